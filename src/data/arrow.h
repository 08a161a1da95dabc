/* Arrow C Data and C Stream at the border.
 *
 * Export shares what has Arrow's layout (values of fixed width, validities, list offsets) and
 * rewrites the rest: booleans become bits, views large utf8 or large binary, narrow decimals 128
 * bits.  Import borrows the producer's buffers and releases them with the last column.
 *
 * DATE is date32, TIME time32[ms], TIMESTAMP timestamp[us], or [ns] for p >= 7, LTZ the same with
 * zone UTC; day-time intervals are duration[ms], year-month ones interval months; MULTISET is a map
 * of element to count. */
#ifndef DATA_ARROW_H
#define DATA_ARROW_H

#include "data/batch.h"

rask_status data_arrow_export_schema(const data_schema *schema, struct ArrowSchema *out,
                                     rask_error *err);
/* The batch's selected rows as a struct array (no nulls at top level). */
rask_status data_arrow_export_batch(base_pool *pool, data_batch *batch, const data_schema *schema,
                                    struct ArrowArray *out, rask_error *err);
/* Field names and Flink types of an Arrow struct schema. */
rask_status data_arrow_import_schema(base_arena *arena, const struct ArrowSchema *schema,
                                     data_schema **out, rask_error *err);
/* Takes over `array` (releases it when the last column goes), whatever the outcome.  `schema` is
 * what data_arrow_import_schema gave, or another with as many fields into which the arrays can be
 * read: integers, floats and times of any width and unit are converted, a value out of range is an
 * error.  Arrays longer than rows_max (0 = DATA_BATCH_ROWS_LIMIT) come back as several batches:
 * `emit` is called for each and takes the reference. */
rask_status data_arrow_import_batch(base_pool *pool, struct ArrowArray *array,
                                    const struct ArrowSchema *arrow_schema,
                                    const data_schema *schema, int32_t rows_max,
                                    rask_status (*emit)(void *context, data_batch *batch,
                                                        rask_error *err),
                                    void *context, rask_error *err);

#endif
