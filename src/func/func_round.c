/* ABS, SIGN, CEIL, FLOOR, ROUND and TRUNCATE.
 *
 * Integers and decimals are rounded exactly.  Doubles are rounded in their shortest decimal form,
 * as Flink does through BigDecimal, so that ROUND(2.675, 2) is 2.68; NaN and the infinities have
 * none and end the job. */
#include <math.h>
#include <string.h>

#include "func/loops.h"
#include "func/table.h"
#include "func/types.h"

/* ---- ABS and SIGN ---------------------------------------------------------------------------- */

static void absolute_decimals(func_call *call) {
    base_i128 values[FUNC_BLOCK];
    func_decimal_result(call->result, func_decimal_bound(call->args[0]));
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i128(call->args[0], &block, values);
        for (int32_t i = 0; i < block.count; i++)
            values[i] = values[i] < 0 ? (base_i128) - (unsigned __int128)values[i] : values[i];
        func_store_i128(call->result, &block, values);
    }
}

static rask_status absolute(func_call *call, rask_error *err) {
    if (call->args[0]->type->kind == DATA_DECIMAL) {
        absolute_decimals(call);
        return RASK_OK;
    }
    switch (call->args[0]->physical) {
    case DATA_PHYSICAL_I8:
        FUNC_UNARY_LOOP(call, int8_t, int8_t, x < 0 ? -x : x);
        break;
    case DATA_PHYSICAL_I16:
        FUNC_UNARY_LOOP(call, int16_t, int16_t, x < 0 ? -x : x);
        break;
    case DATA_PHYSICAL_I32:
        FUNC_UNARY_LOOP(call, int32_t, int32_t, x < 0 ? 0u - (uint32_t)x : (uint32_t)x);
        break;
    case DATA_PHYSICAL_I64:
        FUNC_UNARY_LOOP(call, int64_t, int64_t, x < 0 ? 0ull - (uint64_t)x : (uint64_t)x);
        break;
    case DATA_PHYSICAL_F32:
        FUNC_UNARY_LOOP(call, float, float, fabsf(x));
        break;
    case DATA_PHYSICAL_F64:
        FUNC_UNARY_LOOP(call, double, double, fabs(x));
        break;
    default:
        break;
    }
    return RASK_OK;
}

static void sign_decimals(func_call *call) {
    const data_type *type = call->result->type;
    base_i128 values[FUNC_BLOCK], one = base_power_of_ten(type->scale);
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i128(call->args[0], &block, values);
        for (int32_t i = 0; i < block.count; i++) {
            if (values[i] != 0 && type->precision == type->scale)
                data_column_set_null(call->result, func_block_row(&block, i)); /* no room for 1 */
            values[i] = values[i] > 0 ? one : values[i] < 0 ? -one : 0;
        }
        func_store_i128(call->result, &block, values);
    }
}

/* Keeps NaN and the sign of zero. */
#define SIGN_OF(x) ((x) > 0 ? 1 : (x) < 0 ? -1 : (x))

static rask_status sign(func_call *call, rask_error *err) {
    if (call->args[0]->type->kind == DATA_DECIMAL) {
        sign_decimals(call);
        return RASK_OK;
    }
    switch (call->args[0]->physical) {
    case DATA_PHYSICAL_I8:
        FUNC_UNARY_LOOP(call, int8_t, int8_t, (x > 0) - (x < 0));
        break;
    case DATA_PHYSICAL_I16:
        FUNC_UNARY_LOOP(call, int16_t, int16_t, (x > 0) - (x < 0));
        break;
    case DATA_PHYSICAL_I32:
        FUNC_UNARY_LOOP(call, int32_t, int32_t, (x > 0) - (x < 0));
        break;
    case DATA_PHYSICAL_I64:
        FUNC_UNARY_LOOP(call, int64_t, int64_t, (x > 0) - (x < 0));
        break;
    case DATA_PHYSICAL_F32:
        FUNC_UNARY_LOOP(call, float, float, SIGN_OF(x));
        break;
    case DATA_PHYSICAL_F64:
        FUNC_UNARY_LOOP(call, double, double, SIGN_OF(x));
        break;
    default:
        break;
    }
    return RASK_OK;
}

/* ---- exact rounding -------------------------------------------------------------------------- */

typedef enum rounding { ROUND_HALF_UP, ROUND_DOWN, ROUND_CEILING, ROUND_FLOOR } rounding;

/* value / 10^digits, rounded. */
static base_i128 divide_rounded(base_i128 value, int32_t digits, rounding mode) {
    if (digits > BASE_DECIMAL_DIGITS_MAX)
        return mode == ROUND_CEILING && value > 0 ? 1 : mode == ROUND_FLOOR && value < 0 ? -1 : 0;
    base_i128 unit = base_power_of_ten(digits), quotient = value / unit, rest = value % unit;
    base_i128 rest_magnitude = rest < 0 ? -rest : rest;
    if (mode == ROUND_HALF_UP && rest != 0 && rest_magnitude >= unit - rest_magnitude)
        return value < 0 ? quotient - 1 : quotient + 1;
    if (mode == ROUND_CEILING && rest > 0)
        return quotient + 1;
    if (mode == ROUND_FLOOR && rest < 0)
        return quotient - 1;
    return quotient;
}

/* An unscaled value of scale `from`, rounded to `places` digits, at scale `to`; false = too large.
 */
static bool round_exact(base_i128 value, int32_t from, int32_t places, int32_t to, rounding mode,
                        base_i128 *out) {
    if (places >= from)
        return base_decimal_rescale(value, from, to, out);
    base_i128 rounded = divide_rounded(value, from - places, mode);
    if (rounded == 0) {
        *out = 0;
        return true;
    }
    return base_decimal_rescale(rounded, places, to, out);
}

/* Without a second argument ROUND and TRUNCATE keep no fraction. */
static int32_t places_at(const func_call *call, int32_t row) {
    if (call->arg_count < 2)
        return 0;
    const data_column *places = call->args[1];
    return ((const int32_t *)places->values)[func_at(places, row)];
}

static void round_decimals(func_call *call, rounding mode) {
    const data_type *to = call->result->type;
    int32_t scale = call->args[0]->type->scale;
    base_i128 values[FUNC_BLOCK];
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i128(call->args[0], &block, values);
        for (int32_t i = 0; i < block.count; i++) {
            int32_t row = func_block_row(&block, i);
            if (func_row_is_live(call, row) &&
                round_exact(values[i], scale, places_at(call, row), to->scale, mode, &values[i]) &&
                base_decimal_fits(values[i], to->precision))
                continue;
            values[i] = 0;
            data_column_set_null(call->result, row);
        }
        func_store_i128(call->result, &block, values);
    }
}

/* Only negative places change an integer; what leaves its range wraps around. */
static void round_integers(func_call *call, rounding mode) {
    base_i128 values[FUNC_BLOCK];
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i128(call->args[0], &block, values);
        for (int32_t i = 0; i < block.count; i++) {
            int32_t places = places_at(call, func_block_row(&block, i));
            if (places >= 0)
                continue;
            int32_t digits = places < -BASE_DECIMAL_DIGITS_MAX ? BASE_DECIMAL_DIGITS_MAX : -places;
            base_i128 quotient = divide_rounded(values[i], digits, mode);
            values[i] = quotient == 0 ? 0 : quotient * base_power_of_ten(digits);
        }
        func_store_i128(call->result, &block, values);
    }
}

/* ---- doubles in their decimal form ----------------------------------------------------------- */

/* 0.d1 d2 ... dn * 10^exponent, as base_double_format writes it. */
typedef struct decimal_form {
    char digits[BASE_NUMBER_TEXT_MAX];
    int32_t count, exponent;
    bool negative;
} decimal_form;

static decimal_form decimal_form_of(double value) {
    char text[BASE_NUMBER_TEXT_MAX];
    int32_t length = base_double_format(fabs(value), text), point = -1, at;
    decimal_form form = {.negative = value < 0};
    for (at = 0; at < length && text[at] != 'E'; at++) {
        if (text[at] == '.')
            point = form.count;
        else if (form.count > 0 || text[at] != '0')
            form.digits[form.count++] = text[at];
        else if (point >= 0)
            form.exponent--; /* a zero right after the point */
    }
    if (form.count > 0 && point > 0)
        form.exponent = point;
    int64_t written = 0;
    if (at < length)
        base_i64_parse(text + at + 1, length - at - 1, &written);
    form.exponent += (int32_t)written;
    return form;
}

static double value_of_form(const decimal_form *form) {
    char text[BASE_NUMBER_TEXT_MAX + 16];
    int64_t length = 0;
    double value = 0;
    text[length++] = form->negative ? '-' : '+';
    memcpy(text + length, form->digits, (size_t)form->count);
    length += form->count;
    text[length++] = 'e';
    length += base_i64_format(form->exponent - form->count, text + length);
    base_double_parse(text, length, &value);
    return value;
}

/* Adds one to the last kept digit. */
static void carry(decimal_form *form) {
    int32_t at = form->count;
    while (at > 0 && form->digits[at - 1] == '9')
        form->digits[--at] = '0';
    if (at > 0) {
        form->digits[at - 1]++;
        return;
    }
    form->digits[0] = '1'; /* 99 -> 100 */
    if (form->count == 0)
        form->count = 1;
    form->exponent++;
}

static double round_double(double value, int32_t places, rounding mode) {
    if (value == 0)
        return 0;
    decimal_form form = decimal_form_of(value);
    int64_t kept = (int64_t)form.exponent + places;
    if (kept >= form.count)
        return value;
    if (kept < 0)
        return 0;
    bool up = mode == ROUND_HALF_UP && form.digits[kept] >= '5';
    form.count = (int32_t)kept;
    if (up)
        carry(&form);
    return form.count == 0 ? 0 : value_of_form(&form);
}

static rask_status no_decimal_form(func_call *call, int32_t row, double value, rask_error *err) {
    func_failed_at(call, row);
    return rask_error_set(err, RASK_ERROR_RUNTIME,
                          "Character %c is neither a decimal digit number, decimal point, nor "
                          "\"e\" notation exponential mark.",
                          value != value ? 'N' : 'I');
}

static rask_status round_doubles(func_call *call, rounding mode, rask_error *err) {
    const data_column *in = call->args[0];
    bool is_float = in->physical == DATA_PHYSICAL_F32;
    FUNC_EACH_LIVE_ROW(call, row) {
        int64_t at = func_at(in, row);
        double value =
            is_float ? (double)((const float *)in->values)[at] : ((const double *)in->values)[at];
        if (!isfinite(value))
            return no_decimal_form(call, row, value, err);
        value = round_double(value, places_at(call, row), mode);
        if (is_float)
            ((float *)call->result->values)[row] = (float)value;
        else
            ((double *)call->result->values)[row] = value;
    }
    return RASK_OK;
}

/* ---- ROUND, TRUNCATE, CEIL, FLOOR ------------------------------------------------------------ */

static rask_status round_any(func_call *call, rounding mode, rask_error *err) {
    if (func_all_null(call))
        return RASK_OK;
    const data_type *type = call->args[0]->type;
    if (type->kind == DATA_FLOAT || type->kind == DATA_DOUBLE)
        return round_doubles(call, mode, err);
    if (type->kind == DATA_DECIMAL)
        round_decimals(call, mode);
    else
        round_integers(call, mode);
    return RASK_OK;
}

static rask_status round_half_up(func_call *call, rask_error *err) {
    return round_any(call, ROUND_HALF_UP, err);
}

static rask_status truncate_down(func_call *call, rask_error *err) {
    return round_any(call, ROUND_DOWN, err);
}

static rask_status ceiling(func_call *call, rask_error *err) {
    if (call->args[0]->physical == DATA_PHYSICAL_F64)
        FUNC_UNARY_LOOP(call, double, double, ceil(x));
    else if (call->args[0]->physical == DATA_PHYSICAL_F32)
        FUNC_UNARY_LOOP(call, float, float, ceilf(x));
    else
        return round_any(call, ROUND_CEILING, err);
    return RASK_OK;
}

static rask_status floor_down(func_call *call, rask_error *err) {
    if (call->args[0]->physical == DATA_PHYSICAL_F64)
        FUNC_UNARY_LOOP(call, double, double, floor(x));
    else if (call->args[0]->physical == DATA_PHYSICAL_F32)
        FUNC_UNARY_LOOP(call, float, float, floorf(x));
    else
        return round_any(call, ROUND_FLOOR, err);
    return RASK_OK;
}

/* A DECIMAL gets the scale of a literal second argument; other types stay. */
static rask_status rounded_type(const func_infer_call *call, const data_type **result,
                                rask_error *err) {
    const data_type *type = call->types[0];
    bool nullable = type->nullable || (call->count > 1 && call->types[1]->nullable);
    const data_value *places = call->count > 1 ? call->literals[1] : NULL;
    if (type->kind == DATA_DECIMAL && call->count == 1)
        type = func_decimal_round_type(type, 0);
    else if (type->kind == DATA_DECIMAL && places != NULL && !places->is_null)
        type = func_decimal_round_type(type, (int32_t)places->i64);
    *result = data_type_with_null(type, nullable);
    return RASK_OK;
}

static rask_status whole_type(const func_infer_call *call, const data_type **result,
                              rask_error *err) {
    const data_type *type = call->types[0];
    *result =
        type->kind == DATA_DECIMAL ? data_type_decimal(type->precision, 0, type->nullable) : type;
    return RASK_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

enum {
    PURE = FUNC_TAKES_CONSTANT | FUNC_TAKES_DICTIONARY,
    LOSES = FUNC_TAKES_CONSTANT | FUNC_NULL_ON_BAD_INPUT
};

#define UNIT_FORMS(name)                                                                           \
    "'" name "(<NUMERIC>)'\n'" name "(<DATETIME_INTERVAL>)'\n'" name                               \
    "(<DATE> TO <TIME_UNIT>)'\n'" name "(<TIME> TO <TIME_UNIT>)'\n'" name                          \
    "(<TIMESTAMP> TO <TIME_UNIT>)'"
#define ROUND_FORMS "'ROUND(<NUMERIC>, <INTEGER>)'\n'ROUND(<NUMERIC>)'"
#define TRUNCATE_FORMS "'TRUNCATE(<NUMERIC>, <INTEGER>)'\n'TRUNCATE(<NUMERIC>)'"

static const func_row rows[] = {
    {.name = "ABS",
     .sig = "(NUMERIC) -> ARG0",
     .flags = PURE,
     .kernel = absolute,
     .api = "abs",
     .category = "arithmetic",
     .forms = "'ABS(<NUMERIC>)'\n'ABS(<DATETIME_INTERVAL>)'",
     .doc = "The magnitude of a number.",
     .example = "ABS(-1.5)",
     .result = "1.5"},
    {.name = "SIGN",
     .sig = "(NUMERIC) -> ARG0",
     .flags = LOSES,
     .kernel = sign,
     .api = "sign",
     .category = "arithmetic",
     .forms = "'SIGN(<NUMERIC>)'",
     .doc = "-1, 0 or 1: the sign of a number, in its own type.",
     .example = "SIGN(-5)",
     .result = "-1"},
    {.name = "CEIL",
     .sig = "(NUMERIC) -> INFER",
     .flags = LOSES,
     .kernel = ceiling,
     .infer = whole_type,
     .api = "ceil",
     .aliases = "CEILING",
     .category = "arithmetic",
     .forms = UNIT_FORMS("CEIL"),
     .doc = "Rounded up to a whole number.",
     .example = "CEIL(-1.2)",
     .result = "-1"},
    {.name = "FLOOR",
     .sig = "(NUMERIC) -> INFER",
     .flags = LOSES,
     .kernel = floor_down,
     .infer = whole_type,
     .api = "floor",
     .category = "arithmetic",
     .forms = UNIT_FORMS("FLOOR"),
     .doc = "Rounded down to a whole number.",
     .example = "FLOOR(-1.2)",
     .result = "-2"},
    {.name = "ROUND",
     .sig = "(NUMERIC) -> INFER",
     .flags = LOSES | FUNC_CAN_FAIL,
     .kernel = round_half_up,
     .infer = rounded_type,
     .api = "round",
     .category = "arithmetic",
     .forms = ROUND_FORMS,
     .doc = "Rounded to a whole number, halves away from zero.",
     .example = "ROUND(-2.5)",
     .result = "-3",
     .cost = 4},
    {.name = "ROUND",
     .sig = "(NUMERIC, INT) -> INFER",
     .flags = LOSES | FUNC_CAN_FAIL,
     .kernel = round_half_up,
     .infer = rounded_type,
     .category = "arithmetic",
     .doc = "Rounded to a number of places, halves away from zero.",
     .example = "ROUND(12345.678, 1)",
     .result = "12345.7",
     .cost = 4},
    {.name = "TRUNCATE",
     .sig = "(NUMERIC) -> INFER",
     .flags = LOSES | FUNC_CAN_FAIL,
     .kernel = truncate_down,
     .infer = rounded_type,
     .api = "truncate",
     .category = "arithmetic",
     .forms = TRUNCATE_FORMS,
     .doc = "Cut to a whole number.",
     .example = "TRUNCATE(-42.987)",
     .result = "-42",
     .cost = 4},
    {.name = "TRUNCATE",
     .sig = "(NUMERIC, INT) -> INFER",
     .flags = LOSES | FUNC_CAN_FAIL,
     .kernel = truncate_down,
     .infer = rounded_type,
     .category = "arithmetic",
     .doc = "Cut to a number of places.",
     .example = "TRUNCATE(42.345, 2)",
     .result = "42.34",
     .cost = 4},
};
FUNC_FAMILY(func_round_family, rows);
