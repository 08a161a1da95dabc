/* Sorted runs: rows gathered, sorted in memory, written out when memory runs short, merged again.
 */
#ifndef EXEC_SORT_RUN_H
#define EXEC_SORT_RUN_H

#include "exec/batch_file.h"
#include "exec/row_gather.h"
#include "exec/sort_key.h"

typedef struct exec_sort_entry {
    uint64_t prefix; /* first 8 bytes of the key */
    const uint8_t *key;
    uint32_t key_length;
    int32_t row;
    const exec_block *block;
} exec_sort_entry;

typedef struct exec_kept_block {
    exec_block *block;
    base_buffer *keys;
} exec_kept_block;

typedef struct exec_file_run { /* a run in the sorter's file */
    int64_t start, end;
} exec_file_run;

/* The rows of one task. */
typedef struct exec_sorter {
    const exec_sort_params *params;
    const data_schema *schema;
    const exec_context *context;
    base_pool *pool;
    int64_t limit;        /* only so many first rows are wanted; INT64_MAX = all */
    data_batch **pending; /* not yet in a block */
    int32_t pending_count, pending_capacity;
    int64_t pending_rows, pending_bytes;
    exec_kept_block *blocks;
    int32_t block_count, block_capacity;
    int64_t block_bytes;
    base_buffer *entries_buffer;
    exec_sort_entry *entries;
    int64_t entry_count;
    bool is_sorted;
    uint8_t *bound; /* a key: rows behind it are not wanted; NULL = none yet */
    uint32_t bound_length;
    exec_spill_file *file;
    exec_file_run *runs;
    int32_t run_count;
} exec_sorter;

exec_sorter *exec_sorter_new(const exec_sort_params *params, const data_schema *schema,
                             const exec_context *context);
void exec_sorter_free(exec_sorter *sorter); /* NULL is fine */
rask_status exec_sorter_add(exec_sorter *sorter, data_batch *batch, rask_error *err);
rask_status exec_sorter_spill(exec_sorter *sorter, rask_error *err);
/* No more rows: the run in memory is sorted. */
rask_status exec_sorter_finish(exec_sorter *sorter, rask_error *err);
int64_t exec_sorter_bytes(const exec_sorter *sorter);

/* The runs of all sorters, merged. */
typedef struct exec_merge exec_merge;
exec_merge *exec_merge_new(exec_sorter *const *sorters, int32_t count);
void exec_merge_free(exec_merge *merge); /* NULL is fine */
/* The next rows in order, at most rows_max; *out NULL at the end. */
rask_status exec_merge_next(exec_merge *merge, base_pool *pool, int32_t rows_max, data_batch **out,
                            rask_error *err);
/* Leaves out the next rows. */
rask_status exec_merge_skip(exec_merge *merge, base_pool *pool, int64_t rows, rask_error *err);

#endif
