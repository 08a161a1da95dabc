/* What Rank has to tell: changes in order, each a row of the list and a kind, and the rows that are
 * in the list no more, which live until the changes are out. */
#ifndef EXEC_RANK_CHANGES_H
#define EXEC_RANK_CHANGES_H

#include "exec/rank_list.h"

enum { EXEC_RANK_CHANGES_MAX = 4096 }; /* from then on they should be flushed */

typedef struct exec_rank_change {
    uint64_t handle;
    uint8_t kind;
} exec_rank_change;

typedef struct exec_rank_changes {
    bool drops_update_before;
    exec_rank_change *items;
    int32_t count, capacity;
    uint64_t *dropped;
    int32_t dropped_count, dropped_capacity;
} exec_rank_changes;

void exec_rank_changes_free(exec_rank_changes *changes);
void exec_rank_change_add(exec_rank_changes *changes, uint64_t handle, uint8_t kind);
void exec_rank_drop_later(exec_rank_changes *changes, uint64_t handle);
static inline bool exec_rank_changes_full(const exec_rank_changes *changes) {
    return changes->count >= EXEC_RANK_CHANGES_MAX ||
           changes->dropped_count >= EXEC_RANK_CHANGES_MAX;
}
/* Emits the changes as a batch, then forgets them and gives the dropped rows back. */
rask_status exec_rank_flush(exec_rank_changes *changes, exec_rank_list *list, exec_op *op,
                            rask_error *err);

#endif
