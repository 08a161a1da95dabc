/* Casts from CHAR and VARCHAR to numbers, booleans and times, with Flink's refusals.
 *
 * Integers may carry a fraction, which is checked and dropped; blanks around a value do not count.
 */
#include <strings.h>

#include "base/time.h"
#include "func/cast.h"
#include "func/stamp.h"

enum { SHOWN_MAX = 200 };

/* One text, and where its value goes. */
typedef struct source {
    func_call *call;
    int32_t row;
    const char *bytes;
    int64_t length;
} source;

static int shown(const source *s) {
    return s->length < SHOWN_MAX ? (int)s->length : SHOWN_MAX;
}

/* Without the characters from `first` to `last` at both ends. */
static source without(const source *s, char first, char last) {
    source t = *s;
    while (t.length > 0 && t.bytes[0] >= first && t.bytes[0] <= last) {
        t.bytes++;
        t.length--;
    }
    while (t.length > 0 && t.bytes[t.length - 1] >= first && t.bytes[t.length - 1] <= last)
        t.length--;
    return t;
}

static source without_blanks(const source *s) {
    return without(s, ' ', ' ');
}

/* As Java's trim. */
static source without_controls(const source *s) {
    return without(s, '\0', ' ');
}

/* ---- integers -------------------------------------------------------------------------------- */

typedef enum verdict { READ, EMPTY, ONLY_SIGN, INVALID, OVERFLOW } verdict;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Digits, then perhaps a point and digits that are dropped.  Counts down, because the smallest
 * integer has no opposite. */
static verdict read_integer(const char *at, const char *end, int64_t min, int64_t max,
                            int64_t *out) {
    bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+') && ++at == end)
        return ONLY_SIGN;
    int64_t value = 0, limit = negative ? min : -max;
    for (; at < end && *at != '.'; at++) {
        if (!is_digit(*at))
            return INVALID;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, *at - '0', &value) || value < limit)
            return OVERFLOW;
    }
    for (at += at < end; at < end; at++)
        if (!is_digit(*at))
            return INVALID;
    *out = negative ? value : -value;
    return READ;
}

static rask_status parse_integer(const source *s, int64_t min, int64_t max, int64_t *out,
                                 rask_error *err) {
    static const char *const reasons[] = {
        [EMPTY] = "Input is empty.",
        [ONLY_SIGN] = "Input has only positive or negative symbol.",
        [INVALID] = "Invalid character found.",
        [OVERFLOW] = "Overflow.",
    };
    source t = without_blanks(s);
    verdict v = t.length == 0 ? EMPTY : read_integer(t.bytes, t.bytes + t.length, min, max, out);
    if (v == READ)
        return RASK_OK;
    *out = 0;
    return func_cast_failed(s->call, s->row, err, "For input string: '%.*s'. %s", shown(&t),
                            t.bytes, reasons[v]);
}

#define STORE_INTEGER(type, min, max)                                                              \
    do {                                                                                           \
        int64_t value;                                                                             \
        RASK_TRY(parse_integer(s, min, max, &value, err));                                         \
        ((type *)s->call->result->values)[s->row] = (type)value;                                   \
        return RASK_OK;                                                                            \
    } while (0)

/* ---- other values ---------------------------------------------------------------------------- */

static rask_status parse_floating(const source *s, rask_error *err) {
    source t = without_controls(s);
    double value = 0;
    float single = 0;
    bool is_float = s->call->result->physical == DATA_PHYSICAL_F32;
    bool read = is_float ? base_float_parse(t.bytes, t.length, &single)
                         : base_double_parse(t.bytes, t.length, &value);
    if (!read)
        RASK_TRY(t.length == 0
                     ? func_cast_failed(s->call, s->row, err, "empty String")
                     : func_cast_failed(s->call, s->row, err, "For input string: \"%.*s\"",
                                        shown(&t), t.bytes));
    if (is_float)
        ((float *)s->call->result->values)[s->row] = single;
    else
        ((double *)s->call->result->values)[s->row] = value;
    return RASK_OK;
}

static rask_status parse_boolean(const source *s, rask_error *err) {
    static const char *const words[] = {"true", "t", "yes", "y", "1", "false", "f", "no", "n", "0"};
    enum { WORD_COUNT = sizeof words / sizeof words[0], FIRST_FALSE = 5 };
    uint8_t *out = (uint8_t *)s->call->result->values + s->row;
    for (int32_t i = 0; i < WORD_COUNT; i++) {
        if ((int64_t)strlen(words[i]) == s->length &&
            strncasecmp(words[i], s->bytes, (size_t)s->length) == 0) {
            *out = i < FIRST_FALSE;
            return RASK_OK;
        }
    }
    *out = 0;
    return func_cast_failed(s->call, s->row, err, "Cannot parse '%.*s' as BOOLEAN.", shown(s),
                            s->bytes);
}

/* A point alone is zero, and Flink passes over one byte after the number that does not belong to
 * it: '1x' is 1. */
static bool read_decimal(const source *t, const data_type *type, base_i128 *out) {
    if (t->length == 1 && t->bytes[0] == '.') {
        *out = 0;
        return true;
    }
    if (base_decimal_parse(t->bytes, t->length, type->precision, type->scale, out))
        return true;
    return t->length > 1 && !is_digit(t->bytes[t->length - 1]) &&
           base_decimal_parse(t->bytes, t->length - 1, type->precision, type->scale, out);
}

static rask_status parse_decimal(const source *s, rask_error *err) {
    source t = without_controls(s);
    data_column *result = s->call->result;
    base_i128 value = 0;
    rask_status status = RASK_OK;
    if (!read_decimal(&t, result->type, &value)) {
        value = 0;
        status = func_cast_failed(s->call, s->row, err, "For input string: '%.*s'. Overflow.",
                                  shown(s), s->bytes);
    }
    func_store_i128(result, &(func_block){.start = s->row, .count = 1}, &value);
    return status;
}

static rask_status parse_date(const source *s, rask_error *err) {
    int32_t *out = (int32_t *)s->call->result->values + s->row;
    if (base_date_parse(s->bytes, s->length, out))
        return RASK_OK;
    *out = 0;
    return func_cast_failed(s->call, s->row, err, "For input string: '%.*s'.", shown(s), s->bytes);
}

static rask_status parse_time(const source *s, rask_error *err) {
    int32_t *out = (int32_t *)s->call->result->values + s->row;
    int32_t precision = s->call->result->type->precision;
    if (base_time_parse(s->bytes, s->length, out)) {
        *out = func_cast_cut_time(*out, precision);
        return RASK_OK;
    }
    *out = 0;
    return func_cast_failed(s->call, s->row, err,
                            "Invalid time format: '%.*s'. Expected format: HH:mm:ss[.fff] where "
                            "HH is 00-23, mm is 00-59, ss is 00-59",
                            shown(s), s->bytes);
}

/* ---- timestamps ------------------------------------------------------------------------------ */

/* A field of a timestamp: up to `digits_max` digits and the character behind it. */
typedef struct stamp_field {
    const char *name; /* NULL = not checked here */
    int32_t digits_min, digits_max, min, max;
    char before; /* the character that must stand before it; 0 = none */
} stamp_field;

static const stamp_field stamp_fields[] = {
    {NULL, 4, 4, 0, 0, 0},
    {"MonthOfYear (valid values 1 - 12)", 1, 2, 1, 12, '-'},
    {"DayOfMonth (valid values 1 - 28/31)", 1, 2, 1, 31, '-'},
    {"HourOfDay (valid values 0 - 23)", 1, 2, 0, 24, ' '},
    {"MinuteOfHour (valid values 0 - 59)", 1, 2, 0, 59, ':'},
    {"SecondOfMinute (valid values 0 - 59)", 1, 2, 0, 59, ':'},
};
enum { STAMP_FIELDS = 6, STAMP_DATE_FIELDS = 3 };

/* Reads one field at *at; false where the text does not go on like that. */
static bool read_field(const source *s, const stamp_field *field, int64_t *at, int32_t *value) {
    int64_t i = *at;
    if (field->before != 0 && (i >= s->length || s->bytes[i++] != field->before))
        return false;
    int64_t start = i;
    for (*value = 0; i < s->length && i - start < field->digits_max && is_digit(s->bytes[i]); i++)
        *value = *value * 10 + (s->bytes[i] - '0');
    if (i - start < field->digits_min)
        return false;
    *at = i;
    return true;
}

/* Says why the text is no timestamp as Java does: a field out of its range, or where it stops. */
static rask_status refuse_stamp(const source *s, rask_error *err) {
    int64_t at = 0, date_end = 0;
    int32_t values[STAMP_FIELDS], count = 0;
    while (count < STAMP_FIELDS && read_field(s, &stamp_fields[count], &at, &values[count])) {
        count++;
        if (count == STAMP_DATE_FIELDS)
            date_end = at;
    }
    if (count < STAMP_DATE_FIELDS)
        return func_cast_failed(s->call, s->row, err, "Text '%.*s' could not be parsed at index %d",
                                shown(s), s->bytes, (int)at);
    if (count == STAMP_FIELDS && at < s->length && s->bytes[at] == '.')
        for (at++; at < s->length && at < date_end + 19 && is_digit(s->bytes[at]);)
            at++;
    int64_t end = count == STAMP_FIELDS ? at : date_end;
    if (end < s->length)
        return func_cast_failed(s->call, s->row, err,
                                "Text '%.*s' could not be parsed, unparsed text found at index %d",
                                shown(s), s->bytes, (int)end);
    for (int32_t i = 1; i < count; i++)
        if (values[i] < stamp_fields[i].min || values[i] > stamp_fields[i].max)
            return func_cast_failed(s->call, s->row, err, "Invalid value for %s: %d",
                                    stamp_fields[i].name, values[i]);
    return func_cast_failed(s->call, s->row, err, "Text '%.*s' could not be parsed", shown(s),
                            s->bytes);
}

static rask_status parse_stamp(const source *s, rask_error *err) {
    data_column *result = s->call->result;
    __int128 nanos = 0;
    rask_status status = RASK_OK;
    if (!base_timestamp_parse(s->bytes, s->length, &nanos)) {
        nanos = 0;
        status = refuse_stamp(s, err);
    } else if (result->type->kind == DATA_TIMESTAMP_LTZ) {
        nanos = base_zone_instant_nanos(s->call->context->zone, nanos);
    }
    func_stamp_store(result, s->row, nanos);
    return status;
}

/* ---- dispatch -------------------------------------------------------------------------------- */

static rask_status parse_one(const source *s, rask_error *err) {
    switch (s->call->result->type->kind) {
    case DATA_TINYINT:
        STORE_INTEGER(int8_t, INT8_MIN, INT8_MAX);
    case DATA_SMALLINT:
        STORE_INTEGER(int16_t, INT16_MIN, INT16_MAX);
    case DATA_INT:
        STORE_INTEGER(int32_t, INT32_MIN, INT32_MAX);
    case DATA_BIGINT:
        STORE_INTEGER(int64_t, INT64_MIN, INT64_MAX);
    case DATA_FLOAT:
    case DATA_DOUBLE:
        return parse_floating(s, err);
    case DATA_BOOLEAN:
        return parse_boolean(s, err);
    case DATA_DECIMAL:
        return parse_decimal(s, err);
    case DATA_DATE:
        return parse_date(s, err);
    case DATA_TIME:
        return parse_time(s, err);
    default:
        return parse_stamp(s, err);
    }
}

rask_status func_cast_parse(func_call *call, rask_error *err) {
    const data_column *in = call->args[0];
    const data_string *views = in->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *view = &views[func_at(in, row)];
        source s = {call, row, data_string_bytes(view), view->length};
        RASK_TRY(parse_one(&s, err));
    }
    return RASK_OK;
}
