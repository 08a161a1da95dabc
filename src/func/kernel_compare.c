/* Hot loops of = <> < <= > >=.
 *
 * Fixed-width values compare as C does, which is what Java's operators do (NaN is unequal to
 * everything).  Text compares bytewise.  Decimals of different scales are brought to one scale in
 * 64 bits where the bounds allow it.  Nested values only know equality. */
#include "func/hot.h"

#include "func/kernel_compare.h"

#include "func/loops.h"

typedef enum comparison { EQUAL, NOT_EQUAL, LESS, LESS_EQUAL, GREATER, GREATER_EQUAL } comparison;

/* Whether the operator holds for an order below, at and above zero. */
static const uint8_t truth[][3] = {
    [EQUAL] = {0, 1, 0},      [NOT_EQUAL] = {1, 0, 1}, [LESS] = {1, 0, 0},
    [LESS_EQUAL] = {1, 1, 0}, [GREATER] = {0, 0, 1},   [GREATER_EQUAL] = {0, 1, 1},
};

static inline uint8_t holds(comparison op, int order) {
    return truth[op][(order > 0) - (order < 0) + 1];
}

static void compare_strings(func_call *call, comparison op) {
    const data_column *a = call->args[0], *b = call->args[1];
    const data_string *left = a->values, *right = b->values;
    uint8_t *out = call->result->values;
    if (op == EQUAL || op == NOT_EQUAL) {
        const bool wanted = op == EQUAL;
        FUNC_EACH_LIVE_ROW(call, row) {
            out[row] = data_string_equal(&left[func_at(a, row)], &right[func_at(b, row)]) == wanted;
        }
        return;
    }
    FUNC_EACH_LIVE_ROW(call, row) {
        out[row] = holds(op, data_string_compare(&left[func_at(a, row)], &right[func_at(b, row)]));
    }
}

/* ---- decimals -------------------------------------------------------------------------------- */

static void compare_scaled_i64(func_call *call, comparison op, uint64_t factor_a,
                               uint64_t factor_b) {
    int64_t a[FUNC_BLOCK], b[FUNC_BLOCK];
    uint8_t *out = call->result->values;
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i64(call->args[0], &block, a);
        func_load_i64(call->args[1], &block, b);
        for (int32_t i = 0; i < block.count; i++) {
            int64_t x = (int64_t)((uint64_t)a[i] * factor_a);
            int64_t y = (int64_t)((uint64_t)b[i] * factor_b);
            out[func_block_row(&block, i)] = holds(op, (x > y) - (x < y));
        }
    }
}

static void compare_decimals(func_call *call, comparison op) {
    const data_column *a = call->args[0], *b = call->args[1];
    int32_t scale_a = func_decimal_scale(a->type), scale_b = func_decimal_scale(b->type);
    int32_t scale = scale_a > scale_b ? scale_a : scale_b;
    base_i128 factor_a = base_power_of_ten(scale - scale_a);
    base_i128 factor_b = base_power_of_ten(scale - scale_b);
    if (factor_a <= INT64_MAX && factor_b <= INT64_MAX &&
        func_decimal_bound(a) <= INT64_MAX / factor_a &&
        func_decimal_bound(b) <= INT64_MAX / factor_b) {
        compare_scaled_i64(call, op, (uint64_t)factor_a, (uint64_t)factor_b);
        return;
    }
    base_i128 left[FUNC_BLOCK], right[FUNC_BLOCK];
    uint8_t *out = call->result->values;
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i128(a, &block, left);
        func_load_i128(b, &block, right);
        for (int32_t i = 0; i < block.count; i++) {
            int32_t row = func_block_row(&block, i);
            if (func_row_is_live(call, row))
                out[row] = holds(op, base_decimal_compare(left[i], scale_a, right[i], scale_b));
        }
    }
}

/* ---- nested values --------------------------------------------------------------------------- */

static void compare_nested(func_call *call, comparison op) {
    uint8_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        out[row] = data_column_equal(call->args[0], row, call->args[1], row) == (op == EQUAL);
    }
}

/* ---- dispatch -------------------------------------------------------------------------------- */

#define LOOPS(op_sign)                                                                             \
    switch (call->args[0]->physical) {                                                             \
    case DATA_PHYSICAL_BOOL:                                                                       \
        FUNC_BINARY_LOOPS(call, uint8_t, uint8_t, x op_sign y);                                    \
        break;                                                                                     \
    case DATA_PHYSICAL_I8:                                                                         \
        FUNC_BINARY_LOOPS(call, int8_t, uint8_t, x op_sign y);                                     \
        break;                                                                                     \
    case DATA_PHYSICAL_I16:                                                                        \
        FUNC_BINARY_LOOPS(call, int16_t, uint8_t, x op_sign y);                                    \
        break;                                                                                     \
    case DATA_PHYSICAL_I32:                                                                        \
        FUNC_BINARY_LOOPS(call, int32_t, uint8_t, x op_sign y);                                    \
        break;                                                                                     \
    case DATA_PHYSICAL_I64:                                                                        \
        FUNC_BINARY_LOOPS(call, int64_t, uint8_t, x op_sign y);                                    \
        break;                                                                                     \
    case DATA_PHYSICAL_I128:                                                                       \
        FUNC_BINARY_LOOPS(call, base_i128, uint8_t, x op_sign y);                                  \
        break;                                                                                     \
    case DATA_PHYSICAL_F32:                                                                        \
        FUNC_BINARY_LOOPS(call, float, uint8_t, x op_sign y);                                      \
        break;                                                                                     \
    case DATA_PHYSICAL_F64:                                                                        \
        FUNC_BINARY_LOOPS(call, double, uint8_t, x op_sign y);                                     \
        break;                                                                                     \
    default:                                                                                       \
        break; /* a bare NULL: the result is null already */                                       \
    }

/* True when the values were compared here, and no plain loop is needed. */
static bool compare_by_kind(func_call *call, comparison op) {
    const data_column *a = call->args[0], *b = call->args[1];
    if (func_all_null(call))
        return true;
    bool alike = a->physical == b->physical && a->type->scale == b->type->scale;
    if (a->type->kind == DATA_DECIMAL && !alike)
        compare_decimals(call, op);
    else if (a->physical == DATA_PHYSICAL_STRING)
        compare_strings(call, op);
    else if (a->physical == DATA_PHYSICAL_LIST || a->physical == DATA_PHYSICAL_ROW)
        compare_nested(call, op);
    else
        return false;
    return true;
}

#define COMPARISON(name, op, op_sign)                                                              \
    rask_status func_kernel_##name(func_call *call, rask_error *err) {                             \
        if (!compare_by_kind(call, op))                                                            \
            LOOPS(op_sign)                                                                         \
        return RASK_OK;                                                                            \
    }

COMPARISON(equal, EQUAL, ==)
COMPARISON(not_equal, NOT_EQUAL, !=)
COMPARISON(less, LESS, <)
COMPARISON(less_equal, LESS_EQUAL, <=)
COMPARISON(greater, GREATER, >)
COMPARISON(greater_equal, GREATER_EQUAL, >=)
