/* From fields to columns: one function per type, each a loop over the fields of a batch.
 *
 * A converter stops at the first text that is no value of its type; the reader decides whether that
 * is a NULL or an error.  Rows marked as missing have an empty text: converters store anything for
 * them.  What counts as a value is Flink's (Java's parsers), in legacy tables 1.9's, which are
 * stricter about blanks and signs.  Loads go up to 8 bytes past a field: blocks allow that. */
#include <string.h>

#include "base/utf8.h"
#include "format/csv_time.h"
#include "format/text_value.h"

#define NEVER_INLINE __attribute__((noinline))

static inline text text_of(const csv_column_job *job, int32_t row) {
    uint64_t field = job->fields[row];
    return (text){(const char *)job->data + csv_field_start(field), csv_field_length(field)};
}

static inline bool is_missing(const csv_column_job *job, int32_t row) {
    return (job->fields[row] & CSV_FIELD_MISSING) != 0;
}

/* ---- integers -------------------------------------------------------------------------------- */

static NEVER_INLINE bool parse_thoroughly(text t, bool legacy, int64_t *out) {
    if (!legacy)
        t = text_trimmed(t);
    else if (t.length > 0 && t.bytes[0] == '+')
        return false;
    return base_i64_parse(t.bytes, t.length, out);
}

static TEXT_INLINE int32_t convert_integers(csv_column_job *job, int32_t from, int32_t to,
                                            const int32_t width) {
    const int64_t max = width == 8 ? INT64_MAX : (1LL << (8 * width - 1)) - 1;
    const bool legacy = job->dialect->is_legacy;
    for (int32_t row = from; row < to; row++) {
        text t = text_of(job, row);
        int64_t value = 0;
        if (!text_integer_quickly(t, &value) && !parse_thoroughly(t, legacy, &value)) {
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

static int32_t convert_decimal(csv_column_job *job, int32_t from, int32_t to) {
    const data_type *type = job->column->type;
    base_i128 limit = base_power_of_ten(type->precision), bound = job->bound;
    for (int32_t row = from; row < to; row++) {
        text t = text_of(job, row);
        int64_t small = 0;
        base_i128 value = 0;
        if (text_small_decimal(t, type->scale, &small)) {
            value = small;
        } else if (!base_decimal_parse(t.bytes, t.length, type->precision, type->scale, &value)) {
            value = is_missing(job, row) ? 0 : limit;
        }
        if (value >= limit || value <= -limit) {
            job->is_null = text_is_decimal(t);
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
            equals_ignoring_case(text_trimmed(text_of(job, row)), "true");
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

static int32_t convert_string(csv_column_job *job, int32_t from, int32_t to) {
    data_string *values = job->column->values;
    int64_t live_bytes = job->live_bytes;
    for (int32_t row = from; row < to; row++) {
        text t = text_of(job, row);
        if (job->check_utf8 && !base_utf8_is_valid(t.bytes, t.length))
            return row;
        values[row] = text_view(t.bytes, (uint64_t)t.length);
        live_bytes += t.length > DATA_STRING_INLINE_MAX ? t.length : 0;
    }
    job->live_bytes = live_bytes;
    return to;
}

static int32_t convert_binary(csv_column_job *job, int32_t from, int32_t to) {
    data_string *values = job->column->values;
    for (int32_t row = from; row < to; row++) {
        base_buffer *decoded = job->decoded;
        uint8_t *out = decoded->data + decoded->size;
        int64_t length = text_decode_base64(text_of(job, row), out);
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
