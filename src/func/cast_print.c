/* Casts to CHAR and VARCHAR, and resizing of text and bytes.
 *
 * A VARCHAR(n) is cut to n characters, a CHAR(n) is also filled with blanks, a BINARY(n) with zero
 * bytes.  Numbers and times have formatters of their own; everything else prints as results do. */
#include <string.h>

#include "base/charset.h"
#include "base/time.h"
#include "base/utf8.h"
#include "func/cast.h"
#include "func/stamp.h"

/* Cuts `size` bytes of text to `length_max` characters. */
static int64_t cut(const char *bytes, int64_t size, int32_t length_max) {
    return size <= length_max ? size : base_utf8_offset(bytes, size, length_max);
}

/* Closes a row as the result type wants it: bytes were added, now cut or fill. */
static rask_status end_sized_row(func_text *text, int32_t row, const data_type *type,
                                 rask_error *err) {
    const char *bytes = (const char *)text->bytes->data + text->start;
    int64_t size = cut(bytes, text->bytes->size - text->start, type->length);
    text->bytes->size = text->start + size;
    if (type->kind == DATA_CHAR) {
        int64_t missing = type->length - base_utf8_length(bytes, size);
        char *out;
        RASK_TRY(func_text_room(text, missing, &out, err));
        memset(out, ' ', (size_t)missing);
        func_text_advance(text, missing);
    }
    func_text_end_row(text, row);
    return RASK_OK;
}

/* ---- formatters: write at most BASE_NUMBER_TEXT_MAX bytes, return how many ------------------- */

static int32_t format_exact(const data_column *column, int64_t at, char *out) {
    base_i128 value;
    func_load_i128(column, &(func_block){.start = (int32_t)at, .count = 1}, &value);
    if (column->type->kind == DATA_DECIMAL)
        return base_decimal_format(value, column->type->scale, out);
    return base_i64_format((int64_t)value, out);
}

static int32_t format_boolean(const data_column *column, int64_t at, char *out) {
    bool value = ((const uint8_t *)column->values)[at] != 0;
    memcpy(out, value ? "TRUE" : "FALSE", value ? 4 : 5);
    return value ? 4 : 5;
}

/* Formats the value at index `at`; -1 = not one of the kinds done here. */
static int32_t format_value(const func_context *context, const data_column *column, int64_t at,
                            char *out) {
    const data_type *type = column->type;
    switch (type->kind) {
    case DATA_BOOLEAN:
        return format_boolean(column, at, out);
    case DATA_TINYINT:
    case DATA_SMALLINT:
    case DATA_INT:
    case DATA_BIGINT:
    case DATA_DECIMAL:
        return format_exact(column, at, out);
    case DATA_FLOAT:
        return base_float_format(((const float *)column->values)[at], out);
    case DATA_DOUBLE:
        return base_double_format(((const double *)column->values)[at], out);
    case DATA_DATE:
        return base_date_format(((const int32_t *)column->values)[at], out);
    case DATA_TIME:
        return base_time_format(((const int32_t *)column->values)[at], type->precision, out);
    case DATA_TIMESTAMP:
        return base_timestamp_format(func_stamp_nanos(column, at), type->precision, out);
    case DATA_TIMESTAMP_LTZ:
        return base_timestamp_format(
            base_zone_local_nanos(context->zone, func_stamp_nanos(column, at)), type->precision,
            out);
    default:
        return -1;
    }
}

/* Bytes are read as UTF-8; nested values and the rest print as results do. */
static rask_status add_other(func_text *text, const func_call *call, int32_t row,
                             base_strbuf *printed, rask_error *err) {
    const data_column *in = call->args[0];
    if (data_kind_is_binary(in->type->kind)) {
        const data_string *s = (const data_string *)in->values + func_at(in, row);
        char *out;
        RASK_TRY(func_text_room(text, 3 * (int64_t)s->length, &out, err));
        func_text_advance(
            text, base_charset_decode(BASE_CHARSET_UTF_8, data_string_bytes(s), s->length, out));
        return RASK_OK;
    }
    base_strbuf_clear(printed);
    data_column_print(in, row, call->context->zone, printed);
    return func_text_add(text, printed->data, printed->length, err);
}

rask_status func_cast_print(func_call *call, rask_error *err) {
    const data_column *in = call->args[0];
    const data_type *to = call->result->type;
    func_text text;
    base_strbuf printed;
    rask_status status = RASK_OK;
    base_strbuf_init(&printed, INT32_MAX);
    RASK_TRY_OUT(status, func_text_begin(&text, call, (int64_t)call->row_count * 8, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        char formatted[BASE_NUMBER_TEXT_MAX];
        int32_t length = format_value(call->context, in, func_at(in, row), formatted);
        status = length >= 0 ? func_text_add(&text, formatted, length, err)
                             : add_other(&text, call, row, &printed, err);
        if (status == RASK_OK)
            status = end_sized_row(&text, row, to, err);
        if (status != RASK_OK)
            break;
    }
    status = func_text_finish(&text, status, err);
out:
    base_strbuf_free(&printed);
    return status;
}

/* ---- text and bytes of another length -------------------------------------------------------- */

/* The result points into the argument's heaps; only CHAR needs bytes of its own. */
static rask_status shorten(func_call *call, bool by_character, rask_error *err) {
    const data_column *in = call->args[0];
    const data_string *views = in->values;
    data_string *out = call->result->values;
    int32_t length_max = call->result->type->length;
    RASK_TRY(func_share_heaps(call, 0, err));
    FUNC_EACH_ROW (call, row) {
        const data_string *s = &views[func_at(in, row)];
        if (!func_row_is_live(call, row) || s->length <= (uint32_t)length_max) {
            out[row] = *s;
            continue;
        }
        const char *bytes = data_string_bytes(s);
        int64_t size = by_character ? cut(bytes, s->length, length_max) : length_max;
        out[row] = data_string_make(bytes, (uint32_t)size);
    }
    func_count_live_bytes(call);
    return RASK_OK;
}

rask_status func_cast_resize_text(func_call *call, rask_error *err) {
    const data_column *in = call->args[0];
    const data_type *to = call->result->type;
    if (to->kind == DATA_VARCHAR)
        return shorten(call, true, err);
    const data_string *views = in->values;
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 8, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = &views[func_at(in, row)];
        status = func_text_add(&text, data_string_bytes(s), s->length, err);
        if (status == RASK_OK)
            status = end_sized_row(&text, row, to, err);
        if (status != RASK_OK)
            break;
    }
    return func_text_finish(&text, status, err);
}

rask_status func_cast_resize_bytes(func_call *call, rask_error *err) {
    const data_column *in = call->args[0];
    const data_type *to = call->result->type;
    if (to->kind == DATA_VARBINARY)
        return shorten(call, false, err);
    const data_string *views = in->values;
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * to->length, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = &views[func_at(in, row)];
        char *out;
        RASK_TRY_OUT(status, func_text_room(&text, to->length, &out, err));
        int64_t size = s->length;
        if (size > to->length)
            size = to->length;
        memcpy(out, data_string_bytes(s), (size_t)size);
        memset(out + size, 0, (size_t)(to->length - size));
        func_text_advance(&text, to->length);
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}
