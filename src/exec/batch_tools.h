/* Small pieces that operators share: batches derived from batches. */
#ifndef EXEC_BATCH_TOOLS_H
#define EXEC_BATCH_TOOLS_H

#include "data/batch.h"

/* The same columns, kinds and watermarks under another selection (taken over). */
data_batch *exec_batch_select(const data_batch *batch, base_buffer *selection, int32_t selected);
/* The i-th selected rows with keep[i] != 0. */
rask_status exec_batch_keep(base_pool *pool, const data_batch *batch, const uint8_t *keep,
                            data_batch **out, rask_error *err);
/* A new header over the same columns, to change what stands in it. */
data_batch *exec_batch_copy(const data_batch *batch);
/* Inner watermarks for a batch made of `batch`'s rows: output_end[i] is how many output rows come
 * from the selected rows 0..i.  Sets them on `out`, which is unique. */
rask_status exec_batch_rebase_watermarks(base_pool *pool, const data_batch *batch,
                                         const int32_t *output_end, data_batch *out,
                                         rask_error *err);

/* The next batch of at most rows_max rows from *cursor on of columns with row_count rows; *out NULL
 * at the end: how published results are read. */
rask_status exec_slice_columns(data_column *const *columns, int32_t column_count, int64_t row_count,
                               base_pool *pool, int64_t *cursor, int32_t rows_max, data_batch **out,
                               rask_error *err);

#endif
