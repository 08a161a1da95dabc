/* What the aggregating operators share: where the states of the calls lie in a group's row, and the
 * life of such a row. */
#ifndef EXEC_AGGREGATE_LAYOUT_H
#define EXEC_AGGREGATE_LAYOUT_H

#include "exec/ops.h"

typedef struct exec_agg_call {
    const exec_aggregate *spec;
    func_aggregate_call call;
    const data_type *arg_types[4];
    int32_t args[4]; /* input columns */
    int32_t arg_count;
    int32_t offset; /* of the state in the row */
    /* COUNT(*) with a filter is COUNT(x) over a column that is null where the filter does not hold:
     * its only argument is the filter itself. */
    bool counts_filter;
    bool is_order_sensitive; /* DOUBLE sums and the like: merge in morsel order */
} exec_agg_call;

typedef struct exec_agg_layout {
    const exec_aggregate_params *params;
    exec_agg_call *calls;
    int32_t call_count;
    int32_t count_offset; /* hidden row count (int64_t); -1 = none */
    int32_t row_bytes, row_align;
    bool is_flat; /* states are their bytes: nothing to destroy or to write out */
    bool is_order_sensitive;
} exec_agg_layout;

/* `context` must outlive the layout; `is_scanned`: the calls' `scan` will be used. */
rask_status exec_agg_layout_new(const exec_aggregate_params *params, const func_context *context,
                                bool has_count, exec_agg_layout **out, rask_error *err);
void exec_agg_layout_free(exec_agg_layout *layout); /* NULL is fine */
/* Fresh states in a zeroed row. */
void exec_agg_init_row(const exec_agg_layout *layout, void *row);
/* Callbacks of state tables; `context` is the layout. */
void exec_agg_write_row(void *context, const void *row, func_memory *memory, base_strbuf *out);
rask_status exec_agg_read_row(void *context, const char *bytes, int64_t size, void *row,
                              func_memory *memory, rask_error *err);
void exec_agg_destroy_row(void *context, void *row, func_memory *memory);
/* Adds the states of from[i] to into[i]. */
rask_status exec_agg_merge_rows(const exec_agg_layout *layout, void *const *into,
                                const void *const *from, int32_t count, void **scratch_into,
                                const void **scratch_from, func_memory *into_memory,
                                func_memory *from_memory, rask_error *err);
/* "keys=[...], aggregates=[...]": must match on restore. */
void exec_agg_schema_text(const exec_agg_layout *layout, const data_schema *input,
                          base_strbuf *out);

#endif
