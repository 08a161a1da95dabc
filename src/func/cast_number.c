/* Casts among BOOLEAN, the integers, FLOAT, DOUBLE and DECIMAL, with Java's conversions.
 *
 * Integers are cut to the low bits.  Floating point goes to INT or BIGINT first, where it stays at
 * the ends of the range and NaN is zero, and from there to the smaller types.  A DECIMAL is cut
 * towards zero; what does not fit a DECIMAL is NULL. */
#include <math.h>

#include "func/cast.h"
#include "func/loops.h"

static inline int32_t to_i32(double value) {
    if (!(value > INT32_MIN))
        return value != value ? 0 : INT32_MIN;
    return value >= 2147483647.0 ? INT32_MAX : (int32_t)value;
}

static inline int64_t to_i64(double value) {
    if (!(value > -9223372036854775808.0))
        return value != value ? 0 : INT64_MIN;
    return value >= 9223372036854775808.0 ? INT64_MAX : (int64_t)value;
}

#define FROM_INTEGER(In)                                                                           \
    switch (call->result->physical) {                                                              \
    case DATA_PHYSICAL_BOOL:                                                                       \
        FUNC_UNARY_LOOP(call, In, uint8_t, x != 0);                                                \
        break;                                                                                     \
    case DATA_PHYSICAL_I8:                                                                         \
        FUNC_UNARY_LOOP(call, In, int8_t, x);                                                      \
        break;                                                                                     \
    case DATA_PHYSICAL_I16:                                                                        \
        FUNC_UNARY_LOOP(call, In, int16_t, x);                                                     \
        break;                                                                                     \
    case DATA_PHYSICAL_I32:                                                                        \
        FUNC_UNARY_LOOP(call, In, int32_t, x);                                                     \
        break;                                                                                     \
    case DATA_PHYSICAL_I64:                                                                        \
        FUNC_UNARY_LOOP(call, In, int64_t, x);                                                     \
        break;                                                                                     \
    case DATA_PHYSICAL_F32:                                                                        \
        FUNC_UNARY_LOOP(call, In, float, x);                                                       \
        break;                                                                                     \
    case DATA_PHYSICAL_F64:                                                                        \
        FUNC_UNARY_LOOP(call, In, double, x);                                                      \
        break;                                                                                     \
    default:                                                                                       \
        break;                                                                                     \
    }

#define FROM_FLOATING(In)                                                                          \
    switch (call->result->physical) {                                                              \
    case DATA_PHYSICAL_BOOL:                                                                       \
        FUNC_UNARY_LOOP(call, In, uint8_t, x != 0);                                                \
        break;                                                                                     \
    case DATA_PHYSICAL_I8:                                                                         \
        FUNC_UNARY_LOOP(call, In, int8_t, to_i32(x));                                              \
        break;                                                                                     \
    case DATA_PHYSICAL_I16:                                                                        \
        FUNC_UNARY_LOOP(call, In, int16_t, to_i32(x));                                             \
        break;                                                                                     \
    case DATA_PHYSICAL_I32:                                                                        \
        FUNC_UNARY_LOOP(call, In, int32_t, to_i32(x));                                             \
        break;                                                                                     \
    case DATA_PHYSICAL_I64:                                                                        \
        FUNC_UNARY_LOOP(call, In, int64_t, to_i64(x));                                             \
        break;                                                                                     \
    case DATA_PHYSICAL_F32:                                                                        \
        FUNC_UNARY_LOOP(call, In, float, x);                                                       \
        break;                                                                                     \
    case DATA_PHYSICAL_F64:                                                                        \
        FUNC_UNARY_LOOP(call, In, double, x);                                                      \
        break;                                                                                     \
    default:                                                                                       \
        break;                                                                                     \
    }

rask_status func_cast_number(func_call *call, rask_error *err) {
    switch (call->args[0]->physical) {
    case DATA_PHYSICAL_BOOL:
        FROM_INTEGER(uint8_t)
        break;
    case DATA_PHYSICAL_I8:
        FROM_INTEGER(int8_t)
        break;
    case DATA_PHYSICAL_I16:
        FROM_INTEGER(int16_t)
        break;
    case DATA_PHYSICAL_I32:
        FROM_INTEGER(int32_t)
        break;
    case DATA_PHYSICAL_I64:
        FROM_INTEGER(int64_t)
        break;
    case DATA_PHYSICAL_F32:
        FROM_FLOATING(float)
        break;
    case DATA_PHYSICAL_F64:
        FROM_FLOATING(double)
        break;
    default:
        break;
    }
    return RASK_OK;
}

/* ---- to DECIMAL ------------------------------------------------------------------------------ */

/* Scaling up by a power that keeps every value within 64 bits and the precision. */
static void scale_up_i64(func_call *call, uint64_t factor) {
    int64_t values[FUNC_BLOCK];
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i64(call->args[0], &block, values);
        for (int32_t i = 0; i < block.count; i++)
            values[i] = (int64_t)((uint64_t)values[i] * factor);
        func_store_i64(call->result, &block, values);
    }
}

static void rescale_i128(func_call *call, int32_t scale_in, const data_type *to) {
    base_i128 values[FUNC_BLOCK];
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i128(call->args[0], &block, values);
        for (int32_t i = 0; i < block.count; i++) {
            int32_t row = func_block_row(&block, i);
            if (func_row_is_live(call, row) &&
                base_decimal_rescale(values[i], scale_in, to->scale, &values[i]) &&
                base_decimal_fits(values[i], to->precision))
                continue;
            values[i] = 0;
            data_column_set_null(call->result, row);
        }
        func_store_i128(call->result, &block, values);
    }
}

static void exact_to_decimal(func_call *call) {
    const data_column *in = call->args[0];
    const data_type *to = call->result->type;
    int32_t scale_in = func_decimal_scale(in->type), up = to->scale - scale_in;
    base_i128 limit = base_power_of_ten(to->precision), bound = func_decimal_bound(in);
    if (in->physical == DATA_PHYSICAL_BOOL)
        bound = 1;
    if (up >= 0 && up <= 18 && bound <= INT64_MAX / base_power_of_ten(up) &&
        bound * base_power_of_ten(up) < limit) {
        func_decimal_result(call->result, bound * base_power_of_ten(up));
        scale_up_i64(call, (uint64_t)base_power_of_ten(up));
    } else {
        rescale_i128(call, scale_in, to);
    }
}

static double floating_value(const data_column *column, int32_t row) {
    int64_t at = func_at(column, row);
    return column->physical == DATA_PHYSICAL_F32 ? (double)((const float *)column->values)[at]
                                                 : ((const double *)column->values)[at];
}

/* NaN and the infinities have no decimal form; in Flink they end the job, TRY_CAST or not. */
static rask_status floating_to_decimal(func_call *call, rask_error *err) {
    const data_column *in = call->args[0];
    const data_type *to = call->result->type;
    base_i128 values[FUNC_BLOCK];
    for (func_block block = {0}; func_block_next(call, &block);) {
        for (int32_t i = 0; i < block.count; i++) {
            int32_t row = func_block_row(&block, i);
            double value = floating_value(in, row);
            values[i] = 0;
            if (!func_row_is_live(call, row))
                continue;
            if (!isfinite(value)) {
                func_failed_at(call, row);
                return rask_error_set(err, RASK_ERROR_RUNTIME,
                                      "Character %c is neither a decimal digit number, decimal "
                                      "point, nor \"e\" notation exponential mark.",
                                      value != value ? 'N' : 'I');
            }
            if (!base_decimal_from_double(value, to->precision, to->scale, &values[i])) {
                values[i] = 0;
                data_column_set_null(call->result, row);
            }
        }
        func_store_i128(call->result, &block, values);
    }
    return RASK_OK;
}

rask_status func_cast_to_decimal(func_call *call, rask_error *err) {
    data_physical from = call->args[0]->physical;
    if (from == DATA_PHYSICAL_F32 || from == DATA_PHYSICAL_F64)
        return floating_to_decimal(call, err);
    exact_to_decimal(call);
    return RASK_OK;
}

/* ---- from DECIMAL ---------------------------------------------------------------------------- */

static void decimal_to_double(func_call *call, const func_block *block, const base_i128 *values,
                              int32_t scale) {
    for (int32_t i = 0; i < block->count; i++) {
        int32_t row = func_block_row(block, i);
        double value = base_decimal_to_double(values[i], scale);
        if (call->result->physical == DATA_PHYSICAL_F32)
            ((float *)call->result->values)[row] = (float)value;
        else
            ((double *)call->result->values)[row] = value;
    }
}

static void decimal_to_boolean(func_call *call, const func_block *block, const base_i128 *values) {
    uint8_t *out = call->result->values;
    for (int32_t i = 0; i < block->count; i++)
        out[func_block_row(block, i)] = values[i] != 0;
}

rask_status func_cast_from_decimal(func_call *call, rask_error *err) {
    const data_column *in = call->args[0];
    int32_t scale = in->type->scale;
    base_i128 values[FUNC_BLOCK], power = base_power_of_ten(scale);
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i128(in, &block, values);
        switch (call->result->physical) {
        case DATA_PHYSICAL_F32:
        case DATA_PHYSICAL_F64:
            decimal_to_double(call, &block, values, scale);
            break;
        case DATA_PHYSICAL_BOOL:
            decimal_to_boolean(call, &block, values);
            break;
        default:
            for (int32_t i = 0; i < block.count; i++)
                values[i] /= power;
            func_store_i128(call->result, &block, values);
        }
    }
    return RASK_OK;
}

/* ---- to intervals ---------------------------------------------------------------------------- */

/* The unit of an interval's last field: CAST(2 AS INTERVAL HOUR) is two hours. */
static int64_t unit_of(const data_type *interval) {
    static const int64_t units[] = {
        [DATA_RESOLUTION_YEAR] = 12,      [DATA_RESOLUTION_MONTH] = 1,
        [DATA_RESOLUTION_DAY] = 86400000, [DATA_RESOLUTION_HOUR] = 3600000,
        [DATA_RESOLUTION_MINUTE] = 60000, [DATA_RESOLUTION_SECOND] = 1000,
    };
    return units[interval->to];
}

rask_status func_cast_to_interval(func_call *call, rask_error *err) {
    const data_column *in = call->args[0];
    base_i128 unit = unit_of(call->result->type);
    base_i128 power = base_power_of_ten(func_decimal_scale(in->type)), values[FUNC_BLOCK];
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i128(in, &block, values);
        for (int32_t i = 0; i < block.count; i++)
            values[i] =
                func_row_is_live(call, func_block_row(&block, i)) ? values[i] / power * unit : 0;
        func_store_i128(call->result, &block, values);
    }
    return RASK_OK;
}
