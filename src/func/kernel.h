/* What kernels share: walking the rows of a call, reading arguments, writing text results.
 *
 * A cheap kernel that cannot fail may compute rows nobody asked for: FUNC_ROWS_CHEAP then runs one
 * dense loop, which the compiler vectorises, unless very few rows are selected.  Kernels that may
 * fail, follow pointers or allocate use FUNC_EACH_ROW, which visits the selected rows only. */
#ifndef FUNC_KERNEL_H
#define FUNC_KERNEL_H

#include "func/func.h"

/* The number of selected rows, and the `at`-th of them. */
static inline int32_t func_selected_count(const func_call *call) {
    return call->selection != NULL ? call->selected : call->row_count;
}
static inline int32_t func_selected_row(const func_call *call, int32_t at) {
    return call->selection != NULL ? call->selection[at] : at;
}

/* A loop header: visits each selected row. */
#define FUNC_EACH_ROW(call, row)                                                                   \
    for (int32_t at_ = 0, end_ = func_selected_count(call), row = 0;                               \
         at_ < end_ && (row = func_selected_row(call, at_), true); at_++)

/* Each selected row of a STRICT call whose arguments are not null. */
#define FUNC_EACH_LIVE_ROW(call, row)                                                              \
    FUNC_EACH_ROW (call, row)                                                                      \
        if (!func_row_is_live(call, row)) {                                                        \
        } else

/* Runs the statements for each selected row and, unless fewer than one in FUNC_DENSE_SHARE rows is
 * selected, for the others too. */
enum { FUNC_DENSE_SHARE = 8 };
#define FUNC_ROWS_CHEAP(call, row, ...)                                                            \
    do {                                                                                           \
        if ((call)->selection == NULL ||                                                           \
            (int64_t)(call)->selected * FUNC_DENSE_SHARE >= (call)->row_count) {                   \
            for (int32_t row = 0, end_ = (call)->row_count; row < end_; row++) {                   \
                __VA_ARGS__;                                                                       \
            }                                                                                      \
        } else {                                                                                   \
            for (int32_t at_ = 0, end_ = (call)->selected; at_ < end_; at_++) {                    \
                int32_t row = (call)->selection[at_];                                              \
                __VA_ARGS__;                                                                       \
            }                                                                                      \
        }                                                                                          \
    } while (0)

static inline bool func_is_constant(const data_column *column) {
    return column->layout == DATA_CONSTANT;
}

/* Index of a row's value: a constant column has one. */
static inline int64_t func_at(const data_column *column, int64_t row) {
    return column->layout == DATA_CONSTANT ? 0 : row;
}

/* True where STRICT arguments leave nothing to compute: a bare NULL has no values at all. */
static inline bool func_all_null(const func_call *call) {
    for (int32_t i = 0; i < call->arg_count; i++)
        if (call->args[i]->physical == DATA_PHYSICAL_NONE)
            return true;
    return false;
}

/* One value of an INT or text argument. */
static inline int32_t func_arg_i32(const func_call *call, int32_t arg, int64_t row) {
    const data_column *column = call->args[arg];
    return ((const int32_t *)column->values)[func_at(column, row)];
}
static inline const data_string *func_arg_text(const func_call *call, int32_t arg, int64_t row) {
    const data_column *column = call->args[arg];
    return (const data_string *)column->values + func_at(column, row);
}

/* A row of a STRICT call that has to be computed (its result is not already null). */
static inline bool func_row_is_live(const func_call *call, int64_t row) {
    return call->result->validity == NULL || data_bit_get(call->result->validity, row);
}

/* The validity both columns have together, in the call's scratch arena; NULL = no nulls. */
uint64_t *func_merged_validity(const func_call *call, const data_column *a, const data_column *b);
/* A BOOLEAN result in the scratch arena for a kernel called by a kernel. */
data_column func_scratch_booleans(const func_call *call, const uint64_t *validity);

/* Marks the row as the one that failed; write the error after it. */
static inline void func_failed_at(func_call *call, int32_t row) {
    call->failed_row = row;
}

/* ---- text results ---------------------------------------------------------------------------- */

/* Bytes of a text result, appended in one growing buffer.  Long views hold offsets until
 * func_text_finish, because the buffer moves while it grows. */
typedef struct func_text {
    func_call *call;
    base_buffer *bytes;
    int64_t start; /* of the value being written */
    data_string *views;
} func_text;

rask_status func_text_begin(func_text *text, func_call *call, int64_t capacity_hint,
                            rask_error *err);
/* Room for `size` bytes more of the value being written; call func_text_advance after writing. */
rask_status func_text_room(func_text *text, int64_t size, char **out, rask_error *err);
static inline void func_text_advance(func_text *text, int64_t size) {
    text->bytes->size += size;
}
rask_status func_text_add(func_text *text, const char *bytes, int64_t size, rask_error *err);
/* Closes the value: all bytes added since the last call become row `row`. */
void func_text_end_row(func_text *text, int32_t row);
/* One whole value at once. */
rask_status func_text_set(func_text *text, int32_t row, const char *bytes, int64_t size,
                          rask_error *err);
/* Turns offsets into pointers and hands the buffer to the result.  Frees in any case. */
rask_status func_text_finish(func_text *text, rask_status status, rask_error *err);

/* For results that are views into an argument: the result keeps the argument's heaps alive. */
rask_status func_share_heaps(func_call *call, int32_t arg, rask_error *err);
/* Recomputes live_bytes of the selected rows of a text result. */
void func_count_live_bytes(func_call *call);

/* ---- decimals -------------------------------------------------------------------------------- */

/* Decimal kernels work in blocks: load two arguments into arrays of one width, compute, store. */
enum { FUNC_BLOCK = 256 };

/* A limit on the absolute unscaled values of a DECIMAL or integer column. */
base_i128 func_decimal_bound(const data_column *column);
int32_t func_decimal_scale(const data_type *type); /* 0 for integers */

/* The rows of one block: `rows` NULL = start.. */
typedef struct func_block {
    const uint16_t *rows;
    int32_t start, count;
} func_block;
/* Blocks of `total` rows, or of those of a selection (`start` then counts selected rows): start
 * with {0}; false at the end. */
bool func_block_over(const uint16_t *selection, int32_t total, func_block *block);
static inline bool func_block_next(const func_call *call, func_block *block) {
    return func_block_over(call->selection, func_selected_count(call), block);
}
static inline int32_t func_block_row(const func_block *block, int32_t i) {
    return block->rows != NULL ? block->rows[i] : block->start + i;
}
/* Values of a DECIMAL or integer column, any width and constant or not. */
void func_load_i64(const data_column *column, const func_block *block, int64_t *out);
void func_load_i128(const data_column *column, const func_block *block, base_i128 *out);
/* Stores into the result by its physical; the values fit. */
void func_store_i64(data_column *result, const func_block *block, const int64_t *values);
void func_store_i128(data_column *result, const func_block *block, const base_i128 *values);
/* A decimal result that is proven to stay within `bound`: takes the narrowest of the i64 and i128
 * layouts that holds it (the result was made for the type's own) and notes the bound. */
void func_decimal_result(data_column *result, base_i128 bound);

#endif
