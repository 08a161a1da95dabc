/* Hot loops of the operators over DECIMAL.
 *
 * Values are unscaled integers.  Where the bounds of both operands prove that neither the rescaled
 * operands nor the result leave 64 bits, the loops are plain i64 arithmetic and the result column
 * becomes an i64 one; else they run over i128, exactly, and what exceeds the result's precision is
 * NULL, as in Flink.  All rounding is half up (away from zero).
 *
 * Values in NULL rows are meaningless and may break the bounds: the i64 loops wrap on them, the
 * others leave them out. */
#include "func/hot.h"

#include "func/kernel.h"
#include "func/kernel_arithmetic.h"

typedef struct operands {
    const data_column *a, *b;
    int32_t scale_a, scale_b, scale_out;
    int32_t precision_out;
    base_i128 bound_a, bound_b;
} operands;

static operands operands_of(const func_call *call) {
    const data_type *out = call->result->type;
    const data_column *a = call->args[0], *b = call->args[call->arg_count - 1];
    return (operands){
        .a = a,
        .b = b,
        .scale_a = func_decimal_scale(a->type),
        .scale_b = func_decimal_scale(b->type),
        .scale_out = func_decimal_scale(out),
        .precision_out = out->precision,
        .bound_a = func_decimal_bound(a),
        .bound_b = func_decimal_bound(b),
    };
}

static bool is_live(const func_call *call, const func_block *block, int32_t i) {
    return func_row_is_live(call, func_block_row(block, i));
}

static void put_null(func_call *call, const func_block *block, int32_t i, base_i128 *value) {
    *value = 0;
    data_column_set_null(call->result, func_block_row(block, i));
}

/* a * b, or a number that is certainly over INT64_MAX and still adds up. */
static base_i128 capped_product(base_i128 a, base_i128 b) {
    const base_i128 cap = (base_i128)1 << 100;
    base_i128 product;
    if (__builtin_mul_overflow(a, b, &product) || product > cap)
        return cap;
    return product;
}

/* ---- plus and minus -------------------------------------------------------------------------- */

static void plus_i64(func_call *call, const operands *o, int64_t factor_a, int64_t factor_b) {
    int64_t a[FUNC_BLOCK], b[FUNC_BLOCK];
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i64(o->a, &block, a);
        func_load_i64(o->b, &block, b);
        if (factor_a != 1 || factor_b != 1)
            for (int32_t i = 0; i < block.count; i++) {
                a[i] = (int64_t)((uint64_t)a[i] * (uint64_t)factor_a);
                b[i] = (int64_t)((uint64_t)b[i] * (uint64_t)factor_b);
            }
        for (int32_t i = 0; i < block.count; i++)
            a[i] = (int64_t)((uint64_t)a[i] + (uint64_t)b[i]);
        func_store_i64(call->result, &block, a);
    }
}

/* Splits value / 10^digits into its truncated quotient and the remainder. */
static base_i128 split(base_i128 value, int32_t digits, base_i128 *remainder) {
    base_i128 power = base_power_of_ten(digits);
    *remainder = value % power;
    return value / power;
}

/* value * 10^(to - from) without loss, or its truncated quotient with the part cut off brought to
 * `fine` digits. */
static bool align(base_i128 value, int32_t from, int32_t to, int32_t fine, base_i128 *whole,
                  base_i128 *rest) {
    *rest = 0;
    if (to >= from)
        return !__builtin_mul_overflow(value, base_power_of_ten(to - from), whole);
    *whole = split(value, from - to, rest);
    *rest *= base_power_of_ten(fine - from);
    return true;
}

/* a + b rounded to scale_out, exact whatever the scales: each operand is cut into a part at
 * scale_out and the digits below it, which are added apart and decide the rounding. */
static bool plus_exact(base_i128 a, base_i128 b, const operands *o, base_i128 *out) {
    int32_t fine = o->scale_a > o->scale_b ? o->scale_a : o->scale_b;
    base_i128 whole_a, whole_b, rest_a, rest_b, sum;
    if (!align(a, o->scale_a, o->scale_out, fine, &whole_a, &rest_a) ||
        !align(b, o->scale_b, o->scale_out, fine, &whole_b, &rest_b) ||
        __builtin_add_overflow(whole_a, whole_b, &sum))
        return false;
    if (fine > o->scale_out) {
        base_i128 unit = base_power_of_ten(fine - o->scale_out), rest;
        sum += split(rest_a + rest_b, fine - o->scale_out, &rest);
        if (sum > 0 && rest < 0) {
            sum -= 1;
            rest += unit;
        } else if (sum < 0 && rest > 0) {
            sum += 1;
            rest -= unit;
        }
        if (rest >= unit - rest && rest > 0)
            sum += 1;
        else if (-rest >= unit + rest && rest < 0)
            sum -= 1;
    }
    *out = sum;
    return base_decimal_fits(sum, o->precision_out);
}

static void plus_i128(func_call *call, const operands *o, int32_t sign) {
    base_i128 a[FUNC_BLOCK], b[FUNC_BLOCK];
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i128(o->a, &block, a);
        func_load_i128(o->b, &block, b);
        for (int32_t i = 0; i < block.count; i++)
            if (!is_live(call, &block, i))
                a[i] = 0;
            else if (!plus_exact(a[i], sign * b[i], o, &a[i]))
                put_null(call, &block, i, &a[i]);
        func_store_i128(call->result, &block, a);
    }
}

static rask_status plus(func_call *call, int32_t sign) {
    if (func_all_null(call))
        return RASK_OK;
    operands o = operands_of(call);
    int32_t scale = o.scale_a > o.scale_b ? o.scale_a : o.scale_b;
    base_i128 factor_a = base_power_of_ten(scale - o.scale_a);
    base_i128 factor_b = base_power_of_ten(scale - o.scale_b);
    base_i128 bound = capped_product(o.bound_a, factor_a) + capped_product(o.bound_b, factor_b);
    if (scale == o.scale_out && bound <= INT64_MAX) {
        func_decimal_result(call->result, bound);
        plus_i64(call, &o, (int64_t)factor_a, sign * (int64_t)factor_b);
    } else {
        plus_i128(call, &o, sign);
    }
    return RASK_OK;
}

rask_status func_kernel_decimal_plus(func_call *call, rask_error *err) {
    return plus(call, 1);
}

rask_status func_kernel_decimal_minus(func_call *call, rask_error *err) {
    return plus(call, -1);
}

rask_status func_kernel_decimal_negate(func_call *call, rask_error *err) {
    if (func_all_null(call))
        return RASK_OK;
    base_i128 a[FUNC_BLOCK];
    func_decimal_result(call->result, func_decimal_bound(call->args[0]));
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i128(call->args[0], &block, a);
        for (int32_t i = 0; i < block.count; i++)
            a[i] = (base_i128) - (unsigned __int128)a[i];
        func_store_i128(call->result, &block, a);
    }
    return RASK_OK;
}

/* ---- times ----------------------------------------------------------------------------------- */

static void times_i64(func_call *call, const operands *o) {
    int64_t a[FUNC_BLOCK], b[FUNC_BLOCK];
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i64(o->a, &block, a);
        func_load_i64(o->b, &block, b);
        for (int32_t i = 0; i < block.count; i++)
            a[i] = (int64_t)((uint64_t)a[i] * (uint64_t)b[i]);
        func_store_i64(call->result, &block, a);
    }
}

/* Operands of 64 bits, exact product of 128. */
static void times_wide(func_call *call, const operands *o) {
    int64_t a[FUNC_BLOCK], b[FUNC_BLOCK];
    base_i128 product[FUNC_BLOCK];
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i64(o->a, &block, a);
        func_load_i64(o->b, &block, b);
        for (int32_t i = 0; i < block.count; i++)
            product[i] = (base_i128)a[i] * b[i];
        func_store_i128(call->result, &block, product);
    }
}

static void times_i128(func_call *call, const operands *o) {
    base_i128 a[FUNC_BLOCK], b[FUNC_BLOCK];
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i128(o->a, &block, a);
        func_load_i128(o->b, &block, b);
        for (int32_t i = 0; i < block.count; i++)
            if (!is_live(call, &block, i))
                a[i] = 0;
            else if (!base_decimal_multiply(a[i], b[i], o->scale_a, o->scale_b, o->scale_out,
                                            &a[i]) ||
                     !base_decimal_fits(a[i], o->precision_out))
                put_null(call, &block, i, &a[i]);
        func_store_i128(call->result, &block, a);
    }
}

rask_status func_kernel_decimal_times(func_call *call, rask_error *err) {
    if (func_all_null(call))
        return RASK_OK;
    operands o = operands_of(call);
    base_i128 bound = capped_product(o.bound_a, o.bound_b);
    bool exact = o.scale_out == o.scale_a + o.scale_b;
    bool narrow = o.bound_a <= INT64_MAX && o.bound_b <= INT64_MAX;
    if (exact && bound <= INT64_MAX) {
        func_decimal_result(call->result, bound);
        times_i64(call, &o);
    } else if (exact && narrow && bound < base_power_of_ten(o.precision_out)) {
        func_decimal_result(call->result, bound);
        times_wide(call, &o);
    } else {
        times_i128(call, &o);
    }
    return RASK_OK;
}

/* ---- divide and remainder -------------------------------------------------------------------- */

static rask_status division_by_zero(func_call *call, int32_t row, rask_error *err) {
    func_failed_at(call, row);
    return rask_error_set(err, RASK_ERROR_RUNTIME, "Division by zero");
}

static rask_status integer_division_by_zero(func_call *call, int32_t row, rask_error *err) {
    func_failed_at(call, row);
    return rask_error_set(err, RASK_ERROR_RUNTIME, "/ by zero");
}

typedef bool (*divide_one)(base_i128 a, base_i128 b, int32_t scale_a, int32_t scale_b,
                           int32_t scale_out, base_i128 *out);

static rask_status divide_i128(func_call *call, const operands *o, divide_one divide,
                               rask_error *err) {
    base_i128 a[FUNC_BLOCK], b[FUNC_BLOCK];
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i128(o->a, &block, a);
        func_load_i128(o->b, &block, b);
        for (int32_t i = 0; i < block.count; i++) {
            if (!is_live(call, &block, i)) {
                a[i] = 0;
                continue;
            }
            if (b[i] == 0)
                return division_by_zero(call, func_block_row(&block, i), err);
            if (!divide(a[i], b[i], o->scale_a, o->scale_b, o->scale_out, &a[i]) ||
                !base_decimal_fits(a[i], o->precision_out))
                put_null(call, &block, i, &a[i]);
        }
        func_store_i128(call->result, &block, a);
    }
    return RASK_OK;
}

/* a * factor / b fits 64 bits in every step, and so does the quotient. */
static rask_status divide_i64(func_call *call, const operands *o, int64_t factor, rask_error *err) {
    int64_t a[FUNC_BLOCK], b[FUNC_BLOCK];
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i64(o->a, &block, a);
        func_load_i64(o->b, &block, b);
        for (int32_t i = 0; i < block.count; i++) {
            if (!is_live(call, &block, i)) {
                a[i] = 0;
                continue;
            }
            if (b[i] == 0)
                return division_by_zero(call, func_block_row(&block, i), err);
            int64_t dividend = a[i] * factor, quotient = dividend / b[i];
            int64_t rest = dividend - quotient * b[i];
            int64_t magnitude = b[i] < 0 ? -b[i] : b[i], rest_magnitude = rest < 0 ? -rest : rest;
            if (rest_magnitude >= magnitude - rest_magnitude)
                quotient += (dividend < 0) == (b[i] < 0) ? 1 : -1;
            a[i] = quotient;
        }
        func_store_i64(call->result, &block, a);
    }
    return RASK_OK;
}

rask_status func_kernel_decimal_divide(func_call *call, rask_error *err) {
    if (func_all_null(call))
        return RASK_OK;
    operands o = operands_of(call);
    int32_t shift = o.scale_out - o.scale_a + o.scale_b;
    if (shift >= 0 && shift <= 18 && o.bound_b <= INT64_MAX) {
        base_i128 bound = capped_product(o.bound_a, base_power_of_ten(shift));
        if (bound < INT64_MAX && bound < base_power_of_ten(o.precision_out)) {
            func_decimal_result(call->result, bound);
            return divide_i64(call, &o, (int64_t)base_power_of_ten(shift), err);
        }
    }
    return divide_i128(call, &o, base_decimal_divide, err);
}

/* Without fractions the result has the divisor's type; where that is an integer the dividend is
 * cut to 64 bits first, as Flink does. */
static rask_status remainder_i64(func_call *call, const operands *o, rask_error *err) {
    int64_t a[FUNC_BLOCK], b[FUNC_BLOCK];
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i64(o->a, &block, a);
        func_load_i64(o->b, &block, b);
        for (int32_t i = 0; i < block.count; i++) {
            if (!is_live(call, &block, i))
                continue;
            if (b[i] == 0)
                return integer_division_by_zero(call, func_block_row(&block, i), err);
            a[i] = b[i] == -1 ? 0 : a[i] % b[i];
        }
        func_store_i64(call->result, &block, a);
    }
    return RASK_OK;
}

rask_status func_kernel_decimal_remainder(func_call *call, rask_error *err) {
    if (func_all_null(call))
        return RASK_OK;
    operands o = operands_of(call);
    if (call->result->type->kind != DATA_DECIMAL)
        return remainder_i64(call, &o, err);
    return divide_i128(call, &o, base_decimal_remainder, err);
}
