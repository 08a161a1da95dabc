/* Rows picked from several groups of columns (sort runs, merged inputs). */
#ifndef EXEC_ROW_GATHER_H
#define EXEC_ROW_GATHER_H

#include "data/batch.h"

/* Rows kept by an operator: flat columns with heaps of their own. */
typedef struct exec_block {
    data_column **columns;
    int32_t column_count;
    int32_t rows;
} exec_block;

/* Takes over nothing; the columns are concatenated, made flat and their strings copied. */
rask_status exec_block_new(base_pool *pool, data_batch *const *batches, int32_t count,
                           exec_block **out, rask_error *err);
void exec_block_free(exec_block *block); /* NULL is fine */
int64_t exec_block_bytes(const exec_block *block);

typedef struct exec_row {
    const exec_block *block;
    int32_t row;
} exec_row;

/* The rows as a batch; strings are copied into a heap of the batch. */
rask_status exec_rows_gather(base_pool *pool, const exec_row *rows, int32_t count, data_batch **out,
                             rask_error *err);

#endif
