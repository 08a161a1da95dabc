/* What aggregate files share.
 *
 * Aggregates work in blocks of rows, as decimal kernels do: the values of a block are loaded into
 * an array of one width together with a byte per row that says whether it is there, and the loops
 * over states see nothing but arrays. */
#ifndef FUNC_AGG_H
#define FUNC_AGG_H

#include "func/kernel.h"
#include "func/table.h"

extern const func_aggregate_family func_count_aggregates, func_sum_aggregates,
    func_minmax_aggregates, func_value_aggregates, func_grouping_aggregates,
    func_variance_aggregates, func_list_aggregates, func_percentile_aggregates,
    func_window_aggregates;

/* AVG's type of a DECIMAL: at least 6 digits behind the point. */
rask_status func_agg_average_type(const func_infer_call *call, const data_type **result,
                                  rask_error *err);

static inline bool func_agg_block(const func_aggregate_rows *rows, func_block *block) {
    return func_block_over(rows->selection, rows->count, block);
}

/* present[i] = 1 where the block's i-th row is not null in `column`. */
void func_agg_present(const data_column *column, const func_block *block, uint8_t *present);
/* Like func_load_i64, for FLOAT and DOUBLE columns. */
void func_agg_load_f64(const data_column *column, const func_block *block, double *out);

/* 1 for +I and +U, -1 for -U and -D. */
static inline int64_t func_agg_sign(const func_aggregate_rows *rows, const func_block *block,
                                    int32_t i) {
    return rows->kinds == NULL || data_row_kind_is_add(rows->kinds[func_block_row(block, i)]) ? 1
                                                                                              : -1;
}

/* Results: the values of block rows go to the positions start.. of the column. */
void func_agg_store_present(data_column *out, const func_block *block, const uint8_t *present);
void func_agg_store_i64(data_column *out, const func_block *block, const int64_t *values,
                        const uint8_t *present);
void func_agg_store_i128(data_column *out, const func_block *block, const base_i128 *values,
                         const uint8_t *present);
void func_agg_store_f64(data_column *out, const func_block *block, const double *values,
                        const uint8_t *present);

#endif
