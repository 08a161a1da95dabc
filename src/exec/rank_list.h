/* Rows in order: the state of Rank.  A row is a blob in a func_memory,
 *
 *     | key length 4 | id length 4 | key | id | row |
 *
 * whose parts are encoded so that equal values have equal bytes; the list holds handles.  Where
 * rows have ids (their upsert keys), an index leads from an id to its row. */
#ifndef EXEC_RANK_LIST_H
#define EXEC_RANK_LIST_H

#include "exec/exec.h"

enum { EXEC_RANK_CHUNK = 256 };

typedef struct exec_rank_chunk {
    int32_t count;
    uint64_t handles[EXEC_RANK_CHUNK];
} exec_rank_chunk;

typedef struct exec_rank_list {
    func_memory *memory;
    exec_rank_chunk **chunks; /* none is empty */
    int32_t chunk_count, chunk_capacity;
    int64_t count;
    state_table *index; /* id -> handle; NULL = rows have no ids */
} exec_rank_list;

typedef struct exec_rank_row { /* borrowed */
    const uint8_t *key, *id, *row;
    uint32_t key_length, id_length, row_length;
} exec_rank_row;

rask_status exec_rank_list_init(exec_rank_list *list, const exec_context *context, bool has_ids,
                                rask_error *err);
void exec_rank_list_free(exec_rank_list *list);
int64_t exec_rank_list_bytes(const exec_rank_list *list);

rask_status exec_rank_put(exec_rank_list *list, const exec_rank_row *row, uint64_t *handle,
                          rask_error *err);
exec_rank_row exec_rank_get(const exec_rank_list *list, uint64_t handle);
/* How many rows stand before where a row with this key would go: behind its equals, or (`before`)
 * in front of them. */
int64_t exec_rank_place(const exec_rank_list *list, const exec_rank_row *row, bool before);
/* The place of the first row with the same key (unless the list is in order of arrival) and the
 * same bytes; of the row with the same id.  -1 = there is none. */
int64_t exec_rank_find(const exec_rank_list *list, const exec_rank_row *row, bool is_ordered);
rask_status exec_rank_find_id(exec_rank_list *list, const exec_rank_row *row, int64_t *place,
                              rask_error *err);
uint64_t exec_rank_at(const exec_rank_list *list, int64_t place);
rask_status exec_rank_insert(exec_rank_list *list, int64_t place, uint64_t handle, rask_error *err);
void exec_rank_remove(exec_rank_list *list, int64_t place); /* the blob stays */

/* All rows in order, for a snapshot; and back into an empty list (*damaged = true: the bytes make
 * no sense). */
void exec_rank_write(const exec_rank_list *list, base_strbuf *out);
rask_status exec_rank_read(exec_rank_list *list, const uint8_t *bytes, int64_t size, bool *damaged,
                           rask_error *err);

#endif
