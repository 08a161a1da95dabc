/* Type rules: the common type of several types, which casts exist, DECIMAL results of operators.
 *
 * All of it is Flink's: precision and scale of a decimal result are computed without limit first
 * and then brought under 38 digits by giving up fraction digits, but never below six of them. */
#include "func/types.h"

enum { FRACTION_DIGITS_KEPT = 6, DIVIDE_SCALE_MIN = 6 };

static int32_t max_i32(int32_t a, int32_t b) {
    return a > b ? a : b;
}

static int32_t min_i32(int32_t a, int32_t b) {
    return a < b ? a : b;
}

/* ---- decimals -------------------------------------------------------------------------------- */

const data_type *func_decimal_of(const data_type *type) {
    switch (type->kind) {
    case DATA_TINYINT:
        return data_type_decimal(3, 0, type->nullable);
    case DATA_SMALLINT:
        return data_type_decimal(5, 0, type->nullable);
    case DATA_INT:
        return data_type_decimal(10, 0, type->nullable);
    case DATA_BIGINT:
        return data_type_decimal(19, 0, type->nullable);
    case DATA_DECIMAL:
        return type;
    default:
        return NULL;
    }
}

static const data_type *adjusted(int32_t precision, int32_t scale, bool nullable) {
    if (precision <= DATA_DECIMAL_PRECISION_MAX)
        return data_type_decimal(precision, scale, nullable);
    int32_t whole_digits = precision - scale;
    int32_t scale_min = min_i32(scale, FRACTION_DIGITS_KEPT);
    return data_type_decimal(DATA_DECIMAL_PRECISION_MAX,
                             max_i32(DATA_DECIMAL_PRECISION_MAX - whole_digits, scale_min),
                             nullable);
}

const data_type *func_decimal_plus_type(const data_type *a, const data_type *b) {
    const data_type *x = func_decimal_of(a), *y = func_decimal_of(b);
    int32_t scale = max_i32(x->scale, y->scale);
    int32_t whole_digits = max_i32(x->precision - x->scale, y->precision - y->scale);
    return adjusted(whole_digits + scale + 1, scale, a->nullable || b->nullable);
}

const data_type *func_decimal_times_type(const data_type *a, const data_type *b) {
    const data_type *x = func_decimal_of(a), *y = func_decimal_of(b);
    return adjusted(x->precision + y->precision + 1, x->scale + y->scale,
                    a->nullable || b->nullable);
}

const data_type *func_decimal_divide_type(const data_type *a, const data_type *b) {
    const data_type *x = func_decimal_of(a), *y = func_decimal_of(b);
    int32_t scale = max_i32(DIVIDE_SCALE_MIN, x->scale + y->precision + 1);
    return adjusted(x->precision - x->scale + y->scale + scale, scale, a->nullable || b->nullable);
}

const data_type *func_decimal_mod_type(const data_type *a, const data_type *b) {
    bool nullable = a->nullable || b->nullable;
    const data_type *x = func_decimal_of(a), *y = func_decimal_of(b);
    if (x->scale == 0 && y->scale == 0)
        return data_type_with_null(b, nullable);
    int32_t scale = max_i32(x->scale, y->scale);
    int32_t whole_digits = min_i32(x->precision - x->scale, y->precision - y->scale);
    return adjusted(whole_digits + scale, scale, nullable);
}

const data_type *func_decimal_round_type(const data_type *type, int32_t places) {
    if (places >= type->scale)
        return type;
    int32_t whole_digits = type->precision - type->scale + 1; /* rounding up may add one */
    int32_t scale = max_i32(places, 0);
    return data_type_decimal(min_i32(whole_digits + scale, DATA_DECIMAL_PRECISION_MAX), scale,
                             type->nullable);
}

/* ---- numbers --------------------------------------------------------------------------------- */

static bool is_approximate(const data_type *type) {
    return type->kind == DATA_FLOAT || type->kind == DATA_DOUBLE;
}

const data_type *func_arithmetic_type(const data_type *a, const data_type *b) {
    bool nullable = a->nullable || b->nullable;
    data_kind kind;
    if (is_approximate(a) || is_approximate(b)) {
        if (a->kind == DATA_DECIMAL || b->kind == DATA_DECIMAL)
            kind = DATA_DOUBLE;
        else
            kind = is_approximate(a) ? a->kind : b->kind;
    } else {
        kind = a->kind > b->kind ? a->kind : b->kind;
    }
    return data_type_simple(kind, nullable);
}

static const data_type *common_number(const data_type *a, const data_type *b, bool nullable) {
    if (is_approximate(a) || is_approximate(b)) {
        bool is_double = a->kind == DATA_DOUBLE || b->kind == DATA_DOUBLE ||
                         a->kind == DATA_DECIMAL || b->kind == DATA_DECIMAL;
        return data_type_simple(is_double ? DATA_DOUBLE : DATA_FLOAT, nullable);
    }
    if (a->kind != DATA_DECIMAL && b->kind != DATA_DECIMAL)
        return data_type_simple(a->kind > b->kind ? a->kind : b->kind, nullable);
    const data_type *x = func_decimal_of(a), *y = func_decimal_of(b);
    int32_t scale = max_i32(x->scale, y->scale);
    int32_t whole_digits = max_i32(x->precision - x->scale, y->precision - y->scale);
    scale = min_i32(scale, DATA_DECIMAL_PRECISION_MAX - whole_digits);
    return data_type_decimal(whole_digits + scale, scale, nullable);
}

/* ---- common type ----------------------------------------------------------------------------- */

static const data_type *common_of_two(const data_type *a, const data_type *b);

static const data_type *common_sized(const data_type *a, const data_type *b, data_kind fixed,
                                     data_kind varying, bool nullable) {
    bool is_fixed = a->kind == fixed && b->kind == fixed && a->length == b->length;
    return data_type_sized(is_fixed ? fixed : varying, max_i32(a->length, b->length), nullable);
}

static const data_type *common_time(const data_type *a, const data_type *b, bool nullable) {
    if (a->kind == DATA_DATE && b->kind == DATA_DATE)
        return data_type_simple(DATA_DATE, nullable);
    int32_t precision = max_i32(a->precision, b->precision);
    if (a->kind == b->kind)
        return data_type_time(a->kind, precision, nullable);
    if (a->kind < DATA_TIMESTAMP || b->kind < DATA_TIMESTAMP)
        return NULL; /* a DATE or TIME does not mix with anything */
    return data_type_time(DATA_TIMESTAMP_LTZ, precision, nullable);
}

static const data_type *common_interval(const data_type *a, const data_type *b, bool nullable) {
    if (a->kind != b->kind)
        return NULL;
    return data_type_interval(a->from < b->from ? a->from : b->from, a->to > b->to ? a->to : b->to,
                              max_i32(a->leading_precision, b->leading_precision),
                              max_i32(a->precision, b->precision), nullable);
}

static const data_type *common_row(const data_type *a, const data_type *b, bool nullable) {
    enum { FIELDS_MAX = 256 };
    data_field fields[FIELDS_MAX];
    if (a->field_count != b->field_count || a->field_count > FIELDS_MAX)
        return NULL;
    for (int32_t i = 0; i < a->field_count; i++) {
        fields[i] = a->fields[i];
        fields[i].type = common_of_two(a->fields[i].type, b->fields[i].type);
        if (fields[i].type == NULL)
            return NULL;
    }
    return data_type_row(fields, a->field_count, nullable);
}

static const data_type *common_nested(const data_type *a, const data_type *b, bool nullable) {
    if (a->kind != b->kind)
        return NULL;
    if (a->kind == DATA_ROW)
        return common_row(a, b, nullable);
    const data_type *element = common_of_two(a->element, b->element);
    if (element == NULL)
        return NULL;
    if (a->kind == DATA_ARRAY)
        return data_type_array(element, nullable);
    if (a->kind == DATA_MULTISET)
        return data_type_multiset(element, nullable);
    const data_type *key = common_of_two(a->key, b->key);
    return key == NULL ? NULL : data_type_map(key, element, nullable);
}

static const data_type *common_of_two(const data_type *a, const data_type *b) {
    bool nullable = a->nullable || b->nullable;
    if (a->kind == DATA_NULL)
        return data_type_with_null(b, true);
    if (b->kind == DATA_NULL)
        return data_type_with_null(a, true);
    if (data_type_equal_ignoring_null(a, b))
        return data_type_with_null(a, nullable);
    if (data_kind_is_string(a->kind) && data_kind_is_string(b->kind))
        return common_sized(a, b, DATA_CHAR, DATA_VARCHAR, nullable);
    if (data_kind_is_binary(a->kind) && data_kind_is_binary(b->kind))
        return common_sized(a, b, DATA_BINARY, DATA_VARBINARY, nullable);
    if (data_kind_is_numeric(a->kind) && data_kind_is_numeric(b->kind))
        return common_number(a, b, nullable);
    if (data_kind_is_temporal(a->kind) && data_kind_is_temporal(b->kind))
        return common_time(a, b, nullable);
    if (data_kind_is_interval(a->kind) && data_kind_is_interval(b->kind))
        return common_interval(a, b, nullable);
    if (a->kind >= DATA_ARRAY && a->kind <= DATA_ROW)
        return common_nested(a, b, nullable);
    return NULL;
}

const data_type *func_common_type(const data_type *const *types, int32_t count) {
    if (count == 0)
        return NULL;
    const data_type *common = types[0];
    for (int32_t i = 1; i < count && common != NULL; i++)
        common = common_of_two(common, types[i]);
    return common;
}

/* ---- comparisons ----------------------------------------------------------------------------- */

/* Numbers are compared as decimals of their own scales, or in the type they would be added in. */
static void number_comparison_types(const data_type *a, const data_type *b, const data_type **to_a,
                                    const data_type **to_b) {
    if (!is_approximate(a) && !is_approximate(b) &&
        (a->kind == DATA_DECIMAL || b->kind == DATA_DECIMAL)) {
        *to_a = func_decimal_of(a);
        *to_b = func_decimal_of(b);
        return;
    }
    const data_type *type = func_arithmetic_type(a, b);
    *to_a = data_type_with_null(type, a->nullable);
    *to_b = data_type_with_null(type, b->nullable);
}

/* A string beside something else is read as that; beside a BOOLEAN that is printed instead, so that
 * TRUE = 'true' is false and TRUE = 'TRUE' true. */
static bool string_comparison_types(const data_type *text, const data_type *other, bool equality,
                                    const data_type **to_text, const data_type **to_other) {
    if (other->kind == DATA_BOOLEAN) {
        *to_other = data_type_string(other->nullable);
        return true;
    }
    if (!data_kind_is_temporal(other->kind) && !(data_kind_is_numeric(other->kind) && !equality))
        return false;
    *to_text = data_type_with_null(other, text->nullable);
    return true;
}

bool func_comparison_types(const data_type *a, const data_type *b, bool equality,
                           const data_type **to_a, const data_type **to_b) {
    *to_a = a;
    *to_b = b;
    if (a->kind == DATA_NULL || b->kind == DATA_NULL) {
        const data_type *other = a->kind == DATA_NULL ? b : a;
        *to_a = data_type_with_null(other, true);
        *to_b = data_type_with_null(other, b->nullable);
        if (a->kind != DATA_NULL)
            *to_a = a;
        return true;
    }
    bool text_a = data_kind_is_string(a->kind), text_b = data_kind_is_string(b->kind);
    if (text_a && text_b)
        return true;
    if (text_a)
        return string_comparison_types(a, b, equality, to_a, to_b);
    if (text_b)
        return string_comparison_types(b, a, equality, to_b, to_a);
    if (data_kind_is_binary(a->kind) && data_kind_is_binary(b->kind))
        return true;
    if (data_kind_is_numeric(a->kind) && data_kind_is_numeric(b->kind)) {
        number_comparison_types(a, b, to_a, to_b);
        return true;
    }
    if (data_type_equal_ignoring_null(a, b))
        return true;
    const data_type *both[2] = {a, b};
    const data_type *common = func_common_type(both, 2);
    if (common == NULL)
        return false;
    *to_a = data_type_with_null(common, a->nullable);
    *to_b = data_type_with_null(common, b->nullable);
    return true;
}

/* ---- casts ----------------------------------------------------------------------------------- */

#define BIT(kind) (1u << (kind))
#define INTEGERS (BIT(DATA_TINYINT) | BIT(DATA_SMALLINT) | BIT(DATA_INT) | BIT(DATA_BIGINT))
#define NUMBERS (INTEGERS | BIT(DATA_DECIMAL) | BIT(DATA_FLOAT) | BIT(DATA_DOUBLE))
#define STRINGS (BIT(DATA_CHAR) | BIT(DATA_VARCHAR))
#define BYTES (BIT(DATA_BINARY) | BIT(DATA_VARBINARY))
#define STAMPS (BIT(DATA_TIMESTAMP) | BIT(DATA_TIMESTAMP_LTZ))
#define INTERVALS (BIT(DATA_INTERVAL_YEAR_MONTH) | BIT(DATA_INTERVAL_DAY_TIME))
#define EVERYTHING 0xffffffffu

/* By target kind: the kinds that may be cast to it implicitly, and explicitly besides. */
static const struct {
    uint32_t implicit_from, explicit_from;
} cast_rules[DATA_KIND_COUNT] = {
    [DATA_CHAR] = {BIT(DATA_CHAR), EVERYTHING},
    [DATA_VARCHAR] = {STRINGS, EVERYTHING},
    [DATA_BOOLEAN] = {BIT(DATA_BOOLEAN), STRINGS | NUMBERS},
    [DATA_BINARY] = {BIT(DATA_BINARY), STRINGS | BIT(DATA_VARBINARY) | BIT(DATA_RAW)},
    [DATA_VARBINARY] = {BYTES, STRINGS | BIT(DATA_RAW) | BIT(DATA_BITMAP)},
    [DATA_DECIMAL] = {NUMBERS, STRINGS | BIT(DATA_BOOLEAN)},
    [DATA_TINYINT] = {BIT(DATA_TINYINT), NUMBERS | STRINGS | BIT(DATA_BOOLEAN)},
    [DATA_SMALLINT] = {BIT(DATA_TINYINT) | BIT(DATA_SMALLINT),
                       NUMBERS | STRINGS | BIT(DATA_BOOLEAN)},
    [DATA_INT] = {BIT(DATA_TINYINT) | BIT(DATA_SMALLINT) | BIT(DATA_INT),
                  NUMBERS | STRINGS | BIT(DATA_BOOLEAN)},
    [DATA_BIGINT] = {INTEGERS, NUMBERS | STRINGS | BIT(DATA_BOOLEAN)},
    [DATA_FLOAT] = {INTEGERS | BIT(DATA_FLOAT) | BIT(DATA_DECIMAL),
                    NUMBERS | STRINGS | BIT(DATA_BOOLEAN)},
    [DATA_DOUBLE] = {NUMBERS, STRINGS | BIT(DATA_BOOLEAN)},
    [DATA_DATE] = {BIT(DATA_DATE) | BIT(DATA_TIMESTAMP), STAMPS | STRINGS},
    [DATA_TIME] = {BIT(DATA_TIME) | BIT(DATA_TIMESTAMP), STAMPS | STRINGS},
    [DATA_TIMESTAMP] = {STAMPS, BIT(DATA_DATE) | BIT(DATA_TIME) | STRINGS},
    [DATA_TIMESTAMP_LTZ] = {STAMPS, BIT(DATA_DATE) | BIT(DATA_TIME) | STRINGS},
    [DATA_INTERVAL_YEAR_MONTH] = {BIT(DATA_INTERVAL_YEAR_MONTH), INTEGERS | BIT(DATA_DECIMAL)},
    [DATA_INTERVAL_DAY_TIME] = {BIT(DATA_INTERVAL_DAY_TIME), INTEGERS | BIT(DATA_DECIMAL)},
    [DATA_RAW] = {BIT(DATA_RAW), 0},
    [DATA_VARIANT] = {BIT(DATA_VARIANT), 0},
    [DATA_BITMAP] = {BIT(DATA_BITMAP), 0},
};

static bool cast_allowed(const data_type *from, const data_type *to, bool explicitly);

static bool nested_cast_allowed(const data_type *from, const data_type *to, bool explicitly) {
    if (from->kind != to->kind)
        return false;
    if (to->kind == DATA_ROW || to->kind == DATA_STRUCTURED) {
        if (from->field_count != to->field_count)
            return false;
        for (int32_t i = 0; i < to->field_count; i++)
            if (!cast_allowed(from->fields[i].type, to->fields[i].type, explicitly))
                return false;
        return true;
    }
    if (to->kind == DATA_MAP && !cast_allowed(from->key, to->key, explicitly))
        return false;
    return cast_allowed(from->element, to->element, explicitly);
}

static bool cast_allowed(const data_type *from, const data_type *to, bool explicitly) {
    if (from->kind == DATA_NULL || data_type_equal_ignoring_null(from, to))
        return true;
    if ((to->kind >= DATA_ARRAY && to->kind <= DATA_ROW) || to->kind == DATA_STRUCTURED)
        return nested_cast_allowed(from, to, explicitly);
    if (to->kind == DATA_RAW)
        return false; /* another class or serializer */
    uint32_t kinds = cast_rules[to->kind].implicit_from;
    if (explicitly)
        kinds |= cast_rules[to->kind].explicit_from;
    return (kinds & BIT(from->kind)) != 0;
}

bool func_implicit_cast_allowed(const data_type *from, const data_type *to) {
    return cast_allowed(from, to, false);
}

bool func_explicit_cast_allowed(const data_type *from, const data_type *to) {
    return cast_allowed(from, to, true);
}
