/* Finding and checking simple conditions; see format_predicate.h. */
#include "func/hot.h"

#include "format/format_predicate.h"

#include <string.h>

#include "expr/program.h"

/* ---- finding --------------------------------------------------------------------------------- */

static const char *const op_names[] = {
    [FORMAT_EQUAL] = "=",         [FORMAT_NOT_EQUAL] = "<>",
    [FORMAT_LESS] = "<",          [FORMAT_LESS_EQUAL] = "<=",
    [FORMAT_GREATER] = ">",       [FORMAT_GREATER_EQUAL] = ">=",
    [FORMAT_IS_NULL] = "IS NULL", [FORMAT_IS_NOT_NULL] = "IS NOT NULL",
};

/* The operator with its sides changed. */
static const format_op flipped[] = {
    [FORMAT_EQUAL] = FORMAT_EQUAL,  [FORMAT_NOT_EQUAL] = FORMAT_NOT_EQUAL,
    [FORMAT_LESS] = FORMAT_GREATER, [FORMAT_LESS_EQUAL] = FORMAT_GREATER_EQUAL,
    [FORMAT_GREATER] = FORMAT_LESS, [FORMAT_GREATER_EQUAL] = FORMAT_LESS_EQUAL,
};

static bool is_real(const data_type *type) {
    return type->kind == DATA_FLOAT || type->kind == DATA_DOUBLE;
}

static bool is_exact(const data_type *type) {
    return data_kind_is_integer(type->kind) || type->kind == DATA_DECIMAL;
}

static bool is_timestamp(const data_type *type) {
    return type->kind == DATA_TIMESTAMP || type->kind == DATA_TIMESTAMP_LTZ;
}

static int32_t scale_of(const data_type *type) {
    return type->kind == DATA_DECIMAL ? type->scale : 0;
}

static int32_t integer_digits(const data_type *type) {
    static const int8_t digits[] = {
        [DATA_TINYINT] = 3, [DATA_SMALLINT] = 5, [DATA_INT] = 10, [DATA_BIGINT] = 19};
    return type->kind == DATA_DECIMAL ? type->precision - type->scale : digits[type->kind];
}

/* Whether a cast changes no value, so that comparing before it is the same. */
static bool keeps_values(const data_type *from, const data_type *to) {
    if (is_exact(from) && is_exact(to))
        return scale_of(from) <= scale_of(to) && integer_digits(from) <= integer_digits(to);
    if (is_timestamp(from))
        return from->kind == to->kind && from->precision <= to->precision;
    if (from->kind == DATA_FLOAT)
        return is_real(to);
    return from->kind == to->kind && from->kind == DATA_VARCHAR && from->length <= to->length;
}

static const expr_node *column_below(const expr_node *node) {
    while (node->kind == EXPR_CAST && keeps_values(node->args[0]->type, node->type))
        node = node->args[0];
    return node->kind == EXPR_INPUT ? node : NULL;
}

/* The constant in other units; a part that is lost makes the comparison one with the next smaller
 * value. */
static bool rescale(base_i128 value, int32_t from, int32_t to, format_op *op, base_i128 *out) {
    if (to >= from)
        return base_decimal_rescale(value, from, to, out);
    base_i128 unit = base_power_of_ten(from - to), rest = value % unit;
    *out = value / unit - (rest < 0);
    if (rest == 0)
        return true;
    if (*op == FORMAT_EQUAL || *op == FORMAT_NOT_EQUAL)
        return false;
    *op = *op == FORMAT_LESS || *op == FORMAT_LESS_EQUAL ? FORMAT_LESS_EQUAL : FORMAT_GREATER;
    return true;
}

/* A timestamp's units are 10^-digits seconds. */
static int32_t unit_digits(const data_type *type) {
    return type->precision > 6 ? 9 : 6;
}

static base_i128 wide_value(const data_value *value) {
    bool is_wide =
        value->type->kind == DATA_DECIMAL || data_physical_of(value->type) == DATA_PHYSICAL_I128;
    return is_wide ? value->i128 : value->i64;
}

static bool set_number(format_predicate *predicate, const data_type *type, base_i128 number) {
    bool is_wide = type->kind == DATA_DECIMAL || data_physical_of(type) == DATA_PHYSICAL_I128;
    if (is_wide)
        predicate->value.i128 = number;
    else
        predicate->value.i64 = (int64_t)number;
    return is_wide || (number >= INT64_MIN && number <= INT64_MAX);
}

/* Brings `constant` to the units of a column of `type`. */
static bool take_constant(format_predicate *predicate, const data_type *type,
                          const data_value *constant) {
    base_i128 number;
    predicate->value = *constant;
    predicate->value.type = type;
    if (constant->is_null)
        return false;
    if (is_exact(type) && is_exact(constant->type))
        return rescale(wide_value(constant), scale_of(constant->type), scale_of(type),
                       &predicate->op, &number) &&
               set_number(predicate, type, number);
    if (is_timestamp(type))
        return constant->type->kind == type->kind &&
               rescale(wide_value(constant), unit_digits(constant->type), unit_digits(type),
                       &predicate->op, &number) &&
               set_number(predicate, type, number);
    if (is_real(type))
        return is_real(constant->type);
    if (type->kind == DATA_VARCHAR)
        return data_kind_is_string(constant->type->kind);
    return type->kind == constant->type->kind &&
           (type->kind == DATA_DATE || type->kind == DATA_TIME || type->kind == DATA_BOOLEAN);
}

static bool find_one(const expr_node *conjunct, const func_context *context, base_arena *arena,
                     format_predicate *out) {
    int32_t op = 0, count = (int32_t)(sizeof op_names / sizeof op_names[0]);
    if (conjunct->kind != EXPR_CALL || conjunct->name == NULL || conjunct->udf != NULL)
        return false;
    while (op < count && strcmp(op_names[op], conjunct->name) != 0)
        op++;
    if (op == count || conjunct->arg_count != (op >= FORMAT_IS_NULL ? 1 : 2))
        return false;
    const expr_node *column = column_below(conjunct->args[0]);
    out->op = (format_op)op;
    if (op >= FORMAT_IS_NULL) {
        out->column = column != NULL ? column->column : 0;
        return column != NULL;
    }
    bool is_flipped = column == NULL;
    if (is_flipped) {
        column = column_below(conjunct->args[1]);
        out->op = flipped[op];
    }
    const expr_node *constant = conjunct->args[is_flipped ? 0 : 1];
    data_value value;
    if (column == NULL || !expr_is_constant(constant) ||
        expr_evaluate_constant(constant, context, arena, &value, NULL) != RASK_OK)
        return false;
    out->column = column->column;
    return take_constant(out, column->type, &value);
}

int32_t format_predicates_find(const expr_node *filter, const func_context *context,
                               base_arena *arena, format_predicate **out) {
    base_list conjuncts = {0};
    int32_t count = 0;
    if (filter == NULL || context == NULL)
        return 0;
    expr_conjuncts(arena, (expr_node *)filter, &conjuncts);
    *out = BASE_ARENA_ARRAY(arena, format_predicate, conjuncts.count);
    for (int32_t i = 0; i < conjuncts.count; i++)
        if (find_one(conjuncts.items[i], context, arena, &(*out)[count]))
            count++;
    return count;
}

/* ---- against a range ------------------------------------------------------------------------- */

bool format_predicate_may_pass(const format_predicate *predicate, const data_value *min,
                               const data_value *max, int64_t null_count, int64_t row_count) {
    const data_value *value = &predicate->value;
    switch (predicate->op) {
    case FORMAT_IS_NULL:
        return null_count != 0;
    case FORMAT_IS_NOT_NULL:
        return null_count < row_count || row_count == 0;
    default:
        break;
    }
    if (null_count == row_count && row_count > 0)
        return false;
    int at_min = min != NULL ? format_value_compare(min, value) : -1;
    int at_max = max != NULL ? format_value_compare(max, value) : 1;
    switch (predicate->op) {
    case FORMAT_EQUAL:
        return at_min <= 0 && at_max >= 0;
    case FORMAT_NOT_EQUAL: /* texts may have been cut short, and NaN is in no range */
        return !(at_min == 0 && at_max == 0) || is_real(value->type) ||
               data_kind_is_string(value->type->kind);
    case FORMAT_LESS:
        return at_min < 0;
    case FORMAT_LESS_EQUAL:
        return at_min <= 0;
    case FORMAT_GREATER:
        return at_max > 0;
    default:
        return at_max >= 0;
    }
}

/* ---- against rows ---------------------------------------------------------------------------- */

#define COMPARE_LOOP(op)                                                                           \
    for (int64_t i = 0; i < count; i++)                                                            \
        mask[i] &= (uint8_t)(values[i] op value);                                                  \
    break;

/* `values` op `value`, anded into the mask; one loop an operator. */
#define DEFINE_CHECK(name, value_type, constant_type)                                              \
    static void name(const value_type *values, int64_t count, format_op op, constant_type value,   \
                     uint8_t *mask) {                                                              \
        switch (op) {                                                                              \
        case FORMAT_EQUAL:                                                                         \
            COMPARE_LOOP(==)                                                                       \
        case FORMAT_NOT_EQUAL:                                                                     \
            COMPARE_LOOP(!=)                                                                       \
        case FORMAT_LESS:                                                                          \
            COMPARE_LOOP(<)                                                                        \
        case FORMAT_LESS_EQUAL:                                                                    \
            COMPARE_LOOP(<=)                                                                       \
        case FORMAT_GREATER:                                                                       \
            COMPARE_LOOP(>)                                                                        \
        default:                                                                                   \
            COMPARE_LOOP(>=)                                                                       \
        }                                                                                          \
    }

DEFINE_CHECK(check_i8, int8_t, int64_t)
DEFINE_CHECK(check_i16, int16_t, int64_t)
DEFINE_CHECK(check_i32, int32_t, int64_t)
DEFINE_CHECK(check_i64, int64_t, int64_t)
DEFINE_CHECK(check_i128, base_i128, base_i128)
DEFINE_CHECK(check_f32, float, double)
DEFINE_CHECK(check_f64, double, double)

static void check_texts(const data_string *values, int64_t count, format_op op,
                        const data_value *constant, uint8_t *mask) {
    static const uint8_t truth[][3] = {
        [FORMAT_EQUAL] = {0, 1, 0},   [FORMAT_NOT_EQUAL] = {1, 0, 1},
        [FORMAT_LESS] = {1, 0, 0},    [FORMAT_LESS_EQUAL] = {1, 1, 0},
        [FORMAT_GREATER] = {0, 0, 1}, [FORMAT_GREATER_EQUAL] = {0, 1, 1},
    };
    data_string value = data_string_make(constant->text.bytes, (uint32_t)constant->text.length);
    if (op == FORMAT_EQUAL || op == FORMAT_NOT_EQUAL) {
        for (int64_t i = 0; i < count; i++)
            mask[i] = mask[i] && data_string_equal(&values[i], &value) == (op == FORMAT_EQUAL);
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        int order = mask[i] ? data_string_compare(&values[i], &value) : 0;
        mask[i] &= truth[op][(order > 0) - (order < 0) + 1];
    }
}

static void check_flat(const format_predicate *predicate, const data_column *column,
                       uint8_t *mask) {
    const data_value *value = &predicate->value;
    bool is_decimal = value->type->kind == DATA_DECIMAL;
    int64_t count = column->length, number = is_decimal ? (int64_t)value->i128 : value->i64;
    format_op op = predicate->op;
    if (is_decimal && column->physical != DATA_PHYSICAL_I128 && number != value->i128)
        return; /* no such value reaches the constant: let the filter see to it */
    switch (column->physical) {
    case DATA_PHYSICAL_BOOL:
    case DATA_PHYSICAL_I8:
        check_i8(column->values, count, op, number, mask);
        break;
    case DATA_PHYSICAL_I16:
        check_i16(column->values, count, op, number, mask);
        break;
    case DATA_PHYSICAL_I32:
        check_i32(column->values, count, op, number, mask);
        break;
    case DATA_PHYSICAL_I64:
        check_i64(column->values, count, op, number, mask);
        break;
    case DATA_PHYSICAL_I128:
        check_i128(column->values, count, op, value->i128, mask);
        break;
    case DATA_PHYSICAL_F32:
        check_f32(column->values, count, op, value->f64, mask);
        break;
    case DATA_PHYSICAL_F64:
        check_f64(column->values, count, op, value->f64, mask);
        break;
    case DATA_PHYSICAL_STRING:
        check_texts(column->values, count, op, value, mask);
        break;
    default:
        break;
    }
}

static void check_nulls(const data_column *column, bool want_null, uint8_t *mask) {
    if (column->validity == NULL && want_null)
        memset(mask, 0, (size_t)column->length);
    if (column->validity == NULL)
        return;
    for (int64_t i = 0; i < column->length; i++)
        mask[i] &= (uint8_t)(data_bit_get(column->validity, i) != want_null);
}

/* Each entry that rows use once, then the rows by their codes. */
static void check_codes(const format_predicate *predicate, const data_column *column,
                        uint8_t *mask) {
    enum { UNKNOWN = 2 };
    const data_column *dictionary = column->dictionary;
    const data_string *entries = dictionary->values;
    const int32_t *codes = column->values;
    uint8_t *passes = base_alloc(dictionary->length + 1);
    memset(passes, UNKNOWN, (size_t)dictionary->length);
    for (int64_t i = 0; i < column->length; i++) {
        if (mask[i] == 0)
            continue;
        uint8_t *pass = &passes[codes[i]];
        if (*pass == UNKNOWN) {
            *pass = 1;
            check_texts(&entries[codes[i]], 1, predicate->op, &predicate->value, pass);
        }
        mask[i] = *pass;
    }
    base_free(passes);
}

void format_predicate_check(const format_predicate *predicate, const data_column *column,
                            uint8_t *mask) {
    /* Nulls first: what stands at their rows may point anywhere. */
    check_nulls(column, predicate->op == FORMAT_IS_NULL, mask);
    if (predicate->op >= FORMAT_IS_NULL)
        return;
    if (column->layout == DATA_DICTIONARY)
        check_codes(predicate, column, mask);
    else
        check_flat(predicate, column, mask);
}
