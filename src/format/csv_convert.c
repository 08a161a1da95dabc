/* From fields to columns: one function per type, each a loop over the fields of a batch.
 *
 * A converter stops at the first text that is no value of its type; the reader decides whether that
 * is a NULL or an error.  Rows marked as missing have an empty text: converters store anything for
 * them.  What counts as a value is Flink's (Java's parsers), in legacy tables 1.9's, which are
 * stricter about blanks and signs.  Loads go up to 8 bytes past a field: blocks allow that. */
#include <string.h>

#include "base/utf8.h"
#include "format/csv_time.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NEVER_INLINE __attribute__((noinline))

typedef struct text {
    const char *bytes;
    int64_t length;
} text;

static inline text text_of(const csv_column_job *job, int32_t row) {
    uint64_t field = job->fields[row];
    return (text){(const char *)job->data + csv_field_start(field), csv_field_length(field)};
}

static inline bool is_missing(const csv_column_job *job, int32_t row) {
    return (job->fields[row] & CSV_FIELD_MISSING) != 0;
}

/* Java's String.trim. */
static text trimmed(text t) {
    while (t.length > 0 && (uint8_t)t.bytes[0] <= ' ') {
        t.bytes++;
        t.length--;
    }
    while (t.length > 0 && (uint8_t)t.bytes[t.length - 1] <= ' ')
        t.length--;
    return t;
}

/* ---- integers -------------------------------------------------------------------------------- */

/* The value of 1 to 8 digits, all at once; false = some byte is no digit. */
static ALWAYS_INLINE bool parse_8_digits(const char *bytes, int64_t length, uint64_t *out) {
    static const uint64_t zeros_in_front[9] = {0x3030303030303030,
                                               0x30303030303030,
                                               0x303030303030,
                                               0x3030303030,
                                               0x30303030,
                                               0x303030,
                                               0x3030,
                                               0x30,
                                               0};
    uint64_t chunk;
    memcpy(&chunk, bytes, 8);
    /* The first digit is the lowest byte: move the last one to the top, zeros come in below. */
    chunk = chunk << ((8 - length) * 8) | zeros_in_front[length];
    uint64_t digits = chunk - 0x3030303030303030;
    if (((chunk + 0x4646464646464646) | digits) & 0x8080808080808080)
        return false;
    digits = digits * 10 + (digits >> 8);
    const uint64_t mask = 0x000000ff000000ff;
    uint64_t low = (digits & mask) * (100 + (1000000ULL << 32));
    uint64_t high = ((digits >> 16) & mask) * (1 + (10000ULL << 32));
    *out = (low + high) >> 32;
    return true;
}

/* 1 to 16 digits with an optional minus; false = leave it to the thorough parser. */
static ALWAYS_INLINE bool parse_quickly(text t, int64_t *out) {
    bool negative = t.length > 0 && t.bytes[0] == '-';
    t.bytes += negative;
    t.length -= negative;
    uint64_t value = 0, high = 0;
    if (t.length < 1 || t.length > 16)
        return false;
    if (t.length > 8) {
        if (!parse_8_digits(t.bytes, t.length - 8, &high))
            return false;
        t.bytes += t.length - 8;
        t.length = 8;
    }
    if (!parse_8_digits(t.bytes, t.length, &value))
        return false;
    value += high * 100000000;
    *out = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

static NEVER_INLINE bool parse_thoroughly(text t, bool legacy, int64_t *out) {
    if (!legacy)
        t = trimmed(t);
    else if (t.length > 0 && t.bytes[0] == '+')
        return false;
    return base_i64_parse(t.bytes, t.length, out);
}

static ALWAYS_INLINE int32_t convert_integers(csv_column_job *job, int32_t from, int32_t to,
                                              const int32_t width) {
    const int64_t max = width == 8 ? INT64_MAX : (1LL << (8 * width - 1)) - 1;
    const bool legacy = job->dialect->is_legacy;
    for (int32_t row = from; row < to; row++) {
        text t = text_of(job, row);
        int64_t value = 0;
        if (!parse_quickly(t, &value) && !parse_thoroughly(t, legacy, &value)) {
            if (!is_missing(job, row))
                return row;
            value = 0;
        }
        if (value > max || value < -max - 1)
            return row;
        if (width == 1)
            ((int8_t *)job->column->values)[row] = (int8_t)value;
        else if (width == 2)
            ((int16_t *)job->column->values)[row] = (int16_t)value;
        else if (width == 4)
            ((int32_t *)job->column->values)[row] = (int32_t)value;
        else
            ((int64_t *)job->column->values)[row] = value;
    }
    return to;
}

static int32_t convert_i8(csv_column_job *job, int32_t from, int32_t to) {
    return convert_integers(job, from, to, 1);
}

static int32_t convert_i16(csv_column_job *job, int32_t from, int32_t to) {
    return convert_integers(job, from, to, 2);
}

static int32_t convert_i32(csv_column_job *job, int32_t from, int32_t to) {
    return convert_integers(job, from, to, 4);
}

static int32_t convert_i64(csv_column_job *job, int32_t from, int32_t to) {
    return convert_integers(job, from, to, 8);
}

/* ---- other numbers --------------------------------------------------------------------------- */

/* 1.9 takes no blanks around a number. */
static bool is_refused(const csv_column_job *job, text t) {
    return job->dialect->is_legacy && t.length > 0 &&
           ((uint8_t)t.bytes[0] <= ' ' || (uint8_t)t.bytes[t.length - 1] <= ' ');
}

static int32_t convert_f64(csv_column_job *job, int32_t from, int32_t to) {
    double *values = job->column->values;
    for (int32_t row = from; row < to; row++) {
        text t = text_of(job, row);
        if (is_refused(job, t) || !base_double_parse(t.bytes, t.length, &values[row])) {
            if (!is_missing(job, row))
                return row;
            values[row] = 0;
        }
    }
    return to;
}

static int32_t convert_f32(csv_column_job *job, int32_t from, int32_t to) {
    float *values = job->column->values;
    for (int32_t row = from; row < to; row++) {
        text t = text_of(job, row);
        if (is_refused(job, t) || !base_float_parse(t.bytes, t.length, &values[row])) {
            if (!is_missing(job, row))
                return row;
            values[row] = 0;
        }
    }
    return to;
}

/* Digits with at most `scale` behind the point, 18 in all, as unscaled number. */
static bool parse_small_decimal(text t, int32_t scale, int64_t *out) {
    bool negative = t.length > 0 && t.bytes[0] == '-';
    int64_t value = 0, point = -1, i = negative;
    if (t.length - i > 18 || t.length == i)
        return false;
    for (; i < t.length; i++) {
        uint8_t digit = (uint8_t)(t.bytes[i] - '0');
        if (digit <= 9)
            value = value * 10 + digit;
        else if (t.bytes[i] == '.' && point < 0)
            point = i;
        else
            return false;
    }
    int64_t fraction = point < 0 ? 0 : t.length - point - 1;
    int64_t digits = t.length - negative - (point >= 0);
    if (fraction > scale || digits == 0 || digits + scale - fraction > 18)
        return false;
    value *= (int64_t)base_power_of_ten(scale - (int32_t)fraction);
    *out = negative ? -value : value;
    return true;
}

/* Whether it is a number at all: one that does not fit the type is NULL, as in Flink. */
static bool is_decimal_text(text t) {
    int64_t i = t.length > 0 && (t.bytes[0] == '-' || t.bytes[0] == '+');
    int64_t digits = 0, points = 0;
    for (; i < t.length; i++) {
        if (t.bytes[i] >= '0' && t.bytes[i] <= '9')
            digits++;
        else if (t.bytes[i] != '.' || ++points > 1)
            break;
    }
    if (digits == 0)
        return false;
    if (i == t.length)
        return true;
    int64_t exponent;
    text rest = {t.bytes + i + 1, t.length - i - 1};
    return (t.bytes[i] | 0x20) == 'e' && base_i64_parse(rest.bytes, rest.length, &exponent);
}

static int32_t convert_decimal(csv_column_job *job, int32_t from, int32_t to) {
    const data_type *type = job->column->type;
    base_i128 limit = base_power_of_ten(type->precision), bound = job->bound;
    for (int32_t row = from; row < to; row++) {
        text t = text_of(job, row);
        int64_t small = 0;
        base_i128 value = 0;
        if (parse_small_decimal(t, type->scale, &small)) {
            value = small;
        } else if (!base_decimal_parse(t.bytes, t.length, type->precision, type->scale, &value)) {
            value = is_missing(job, row) ? 0 : limit;
        }
        if (value >= limit || value <= -limit) {
            job->is_null = is_decimal_text(t);
            job->bound = bound;
            return row;
        }
        base_i128 magnitude = value < 0 ? -value : value;
        bound = magnitude > bound ? magnitude : bound;
        if (job->column->physical == DATA_PHYSICAL_I32)
            ((int32_t *)job->column->values)[row] = (int32_t)value;
        else if (job->column->physical == DATA_PHYSICAL_I64)
            ((int64_t *)job->column->values)[row] = (int64_t)value;
        else
            ((base_i128 *)job->column->values)[row] = value;
    }
    job->bound = bound;
    return to;
}

/* ---- booleans -------------------------------------------------------------------------------- */

static bool equals_ignoring_case(text t, const char *lower) {
    int64_t length = (int64_t)strlen(lower);
    if (t.length != length)
        return false;
    for (int64_t i = 0; i < length; i++)
        if ((t.bytes[i] | 0x20) != lower[i])
            return false;
    return true;
}

/* As Java's Boolean.parseBoolean: anything but "true" is false. */
static int32_t convert_bool(csv_column_job *job, int32_t from, int32_t to) {
    for (int32_t row = from; row < to; row++)
        ((uint8_t *)job->column->values)[row] =
            equals_ignoring_case(trimmed(text_of(job, row)), "true");
    return to;
}

static int32_t convert_legacy_bool(csv_column_job *job, int32_t from, int32_t to) {
    for (int32_t row = from; row < to; row++) {
        text t = text_of(job, row);
        bool one = t.length == 1 && t.bytes[0] == '1', zero = t.length == 1 && t.bytes[0] == '0';
        bool yes = one || equals_ignoring_case(t, "true");
        if (!yes && !zero && !equals_ignoring_case(t, "false") && !is_missing(job, row))
            return row;
        ((uint8_t *)job->column->values)[row] = yes;
    }
    return to;
}

/* ---- texts ----------------------------------------------------------------------------------- */

/* A view of the field; short texts are copied by two loads that may go past the field. */
static ALWAYS_INLINE data_string view_of(const char *bytes, uint64_t length) {
    static const uint64_t low_bytes[9] = {0,
                                          0xff,
                                          0xffff,
                                          0xffffff,
                                          0xffffffff,
                                          0xffffffffff,
                                          0xffffffffffff,
                                          0xffffffffffffff,
                                          0xffffffffffffffff};
    data_string view;
    uint64_t head, tail;
    memcpy(&head, bytes, 8);
    if (length > DATA_STRING_INLINE_MAX) {
        head = head << 32 | length;
        memcpy(&view, &head, 8);
        view.pointer = bytes;
        return view;
    }
    memcpy(&tail, bytes + 4, 8);
    head = (head & low_bytes[length < 4 ? length : 4]) << 32 | length;
    tail &= low_bytes[length < 4 ? 0 : length - 4];
    memcpy(&view, &head, 8);
    memcpy(view.rest, &tail, 8);
    return view;
}

static int32_t convert_string(csv_column_job *job, int32_t from, int32_t to) {
    data_string *values = job->column->values;
    int64_t live_bytes = job->live_bytes;
    for (int32_t row = from; row < to; row++) {
        text t = text_of(job, row);
        if (job->check_utf8 && !base_utf8_is_valid(t.bytes, t.length))
            return row;
        values[row] = view_of(t.bytes, (uint64_t)t.length);
        live_bytes += t.length > DATA_STRING_INLINE_MAX ? t.length : 0;
    }
    job->live_bytes = live_bytes;
    return to;
}

static int32_t base64_digit(uint8_t c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Padded base64; the decoded bytes, or -1. */
static int64_t decode_base64(text t, uint8_t *out) {
    if (t.length % 4 != 0)
        return -1;
    int64_t padding = t.length > 0 && t.bytes[t.length - 1] == '=';
    padding += padding > 0 && t.bytes[t.length - 2] == '=';
    uint32_t bits = 0;
    int64_t written = 0;
    for (int64_t i = 0; i < t.length; i++) {
        int32_t digit = i >= t.length - padding ? 0 : base64_digit((uint8_t)t.bytes[i]);
        if (digit < 0)
            return -1;
        bits = bits << 6 | (uint32_t)digit;
        if (i % 4 == 3)
            for (int shift = 16; shift >= 0; shift -= 8)
                out[written++] = (uint8_t)(bits >> shift);
    }
    return written - padding;
}

static int32_t convert_binary(csv_column_job *job, int32_t from, int32_t to) {
    data_string *values = job->column->values;
    for (int32_t row = from; row < to; row++) {
        base_buffer *decoded = job->decoded;
        uint8_t *out = decoded->data + decoded->size;
        int64_t length = decode_base64(text_of(job, row), out);
        if (length < 0)
            return row;
        values[row] = data_string_make((char *)out, (uint32_t)length);
        decoded->size += length;
        job->live_bytes += length > DATA_STRING_INLINE_MAX ? length : 0;
    }
    return to;
}

/* ---- which converter ------------------------------------------------------------------------- */

csv_converter csv_converter_for(const csv_dialect *dialect, const data_type *type) {
    switch (type->kind) {
    case DATA_CHAR:
    case DATA_VARCHAR:
        return convert_string;
    case DATA_BOOLEAN:
        return dialect->is_legacy ? convert_legacy_bool : convert_bool;
    case DATA_BINARY:
    case DATA_VARBINARY:
        return dialect->is_legacy ? NULL : convert_binary;
    case DATA_DECIMAL:
        return convert_decimal;
    case DATA_TINYINT:
        return convert_i8;
    case DATA_SMALLINT:
        return convert_i16;
    case DATA_INT:
        return convert_i32;
    case DATA_BIGINT:
        return convert_i64;
    case DATA_FLOAT:
        return convert_f32;
    case DATA_DOUBLE:
        return convert_f64;
    case DATA_DATE:
    case DATA_TIME:
    case DATA_TIMESTAMP:
    case DATA_TIMESTAMP_LTZ:
        return csv_time_converter_for(dialect, type);
    default:
        return NULL;
    }
}
