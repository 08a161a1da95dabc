/* Rows in order: the state of Rank.  A row is a blob in a func_memory, | key length 4 | key | row
 * |, both encoded so that equal values have equal bytes; the list holds handles. */
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
} exec_rank_list;

typedef struct exec_rank_blob { /* what a handle stands for */
    const uint8_t *key, *row;
    uint32_t key_length, row_length;
} exec_rank_blob;

void exec_rank_list_init(exec_rank_list *list, base_pool *pool);
void exec_rank_list_free(exec_rank_list *list);
int64_t exec_rank_list_bytes(const exec_rank_list *list);

rask_status exec_rank_put(exec_rank_list *list, const uint8_t *key, uint32_t key_length,
                          const uint8_t *row, uint32_t row_length, uint64_t *handle,
                          rask_error *err);
exec_rank_blob exec_rank_get(const exec_rank_list *list, uint64_t handle);
/* How many rows stand before where a row with this key would go: behind its equals, or (`before`)
 * in front of them. */
int64_t exec_rank_place(const exec_rank_list *list, const uint8_t *key, uint32_t key_length,
                        bool before);
uint64_t exec_rank_at(const exec_rank_list *list, int64_t place);
void exec_rank_insert(exec_rank_list *list, int64_t place, uint64_t handle);
void exec_rank_remove(exec_rank_list *list, int64_t place); /* the blob stays */

#endif
