/* JSON text of rows; see json_write.h.
 *
 * Escapes are Jackson's: the two-letter ones where JSON has them, \u00XX for other control
 * characters, and nothing beyond ASCII. */
#include "format/json_write.h"

#include <string.h>

#include "base/time.h"
#include "format/value_text.h"

static rask_status write_value(const json_style *style, const data_column *column, int64_t row,
                               base_strbuf *out, rask_error *err);

void json_write_text(const char *bytes, int64_t length, base_strbuf *out) {
    static const char letters[] = "btn\0fr"; /* for \b to \r */
    int64_t plain_from = 0;
    base_strbuf_add_char(out, '"');
    for (int64_t i = 0; i < length; i++) {
        uint8_t c = (uint8_t)bytes[i];
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        base_strbuf_add(out, bytes + plain_from, i - plain_from);
        plain_from = i + 1;
        if (c >= ' ')
            base_strbuf_printf(out, "\\%c", c);
        else if (c >= '\b' && c <= '\r' && letters[c - '\b'] != '\0')
            base_strbuf_printf(out, "\\%c", letters[c - '\b']);
        else
            base_strbuf_printf(out, "\\u%04X", c);
    }
    base_strbuf_add(out, bytes + plain_from, length - plain_from);
    base_strbuf_add_char(out, '"');
}

static void write_quoted(const char *text, int32_t length, base_strbuf *out) {
    base_strbuf_add_char(out, '"');
    base_strbuf_add(out, text, length);
    base_strbuf_add_char(out, '"');
}

static void write_binary(const data_string *value, base_strbuf *out) {
    const uint8_t *bytes = (const uint8_t *)data_string_bytes(value);
    char piece[4];
    base_strbuf_add_char(out, '"');
    for (int64_t i = 0; i < value->length; i += 3) {
        value_base64(bytes + i, value->length - i < 3 ? value->length - i : 3, piece);
        base_strbuf_add(out, piece, 4);
    }
    base_strbuf_add_char(out, '"');
}

/* NaN and the infinities are no JSON numbers. */
static void write_floating(const char *text, int32_t length, base_strbuf *out) {
    char last = text[length - 1];
    if (last >= '0' && last <= '9')
        base_strbuf_add(out, text, length);
    else
        write_quoted(text, length, out);
}

static void write_scalar(const json_style *style, const data_column *flat, int64_t index,
                         base_strbuf *out) {
    char text[VALUE_TEXT_MAX];
    const data_type *type = flat->type;
    int32_t length;
    switch (type->kind) {
    case DATA_CHAR:
    case DATA_VARCHAR: {
        const data_string *value = &((const data_string *)flat->values)[index];
        json_write_text(data_string_bytes(value), value->length, out);
        break;
    }
    case DATA_BINARY:
    case DATA_VARBINARY:
        write_binary(&((const data_string *)flat->values)[index], out);
        break;
    case DATA_BOOLEAN:
        base_strbuf_add_text(out, value_i64_at(flat, index) != 0 ? "true" : "false");
        break;
    case DATA_FLOAT:
        write_floating(text, base_float_format(((const float *)flat->values)[index], text), out);
        break;
    case DATA_DOUBLE:
        write_floating(text, base_double_format(((const double *)flat->values)[index], text), out);
        break;
    case DATA_DECIMAL:
        length = style->plain_decimals
                     ? base_decimal_format(value_decimal_at(flat, index), type->scale, text)
                     : value_decimal_text(value_decimal_at(flat, index), type->scale, true, text);
        base_strbuf_add(out, text, length);
        break;
    case DATA_DATE:
        write_quoted(text, base_date_format(((const int32_t *)flat->values)[index], text), out);
        break;
    case DATA_TIME:
        write_quoted(text, value_time_text(((const int32_t *)flat->values)[index], text), out);
        break;
    case DATA_TIMESTAMP:
    case DATA_TIMESTAMP_LTZ:
        length =
            value_timestamp_text(value_nanos_at(flat, index), style->timestamp_separator, 0, text);
        if (type->kind == DATA_TIMESTAMP_LTZ)
            text[length++] = 'Z';
        write_quoted(text, length, out);
        break;
    default:
        base_strbuf_add(out, text, base_i64_format(value_i64_at(flat, index), text));
        break;
    }
}

static rask_status write_array(const json_style *style, const data_column *flat, int64_t index,
                               base_strbuf *out, rask_error *err) {
    const int32_t *offsets = flat->values;
    base_strbuf_add_char(out, '[');
    for (int32_t i = offsets[index]; i < offsets[index + 1]; i++) {
        if (i > offsets[index])
            base_strbuf_add_char(out, ',');
        RASK_TRY(write_value(style, flat->children[0], i, out, err));
    }
    base_strbuf_add_char(out, ']');
    return RASK_OK;
}

/* Writes the key of a map entry and a colon; *dropped = the entry is to be left out. */
static rask_status write_key(const json_style *style, const data_column *keys, int64_t row,
                             bool is_first, bool *dropped, base_strbuf *out, rask_error *err) {
    bool is_null = data_column_is_null(keys, row);
    *dropped = is_null && style->null_key == JSON_NULL_KEY_DROP;
    if (*dropped)
        return RASK_OK;
    if (is_null && style->null_key == JSON_NULL_KEY_FAIL)
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "JSON format doesn't support to serialize map data with null keys. "
                              "You can drop null key entries or encode null in literals by "
                              "specifying map-null-key.mode option.");
    if (!is_first)
        base_strbuf_add_char(out, ',');
    if (is_null)
        json_write_text(style->null_key_literal, (int64_t)strlen(style->null_key_literal), out);
    else
        RASK_TRY(write_value(style, keys, row, out, err));
    base_strbuf_add_char(out, ':');
    return RASK_OK;
}

/* Maps, and multisets as maps from element to count. */
static rask_status write_map(const json_style *style, const data_column *flat, int64_t index,
                             base_strbuf *out, rask_error *err) {
    const int32_t *offsets = flat->values;
    bool is_first = true;
    base_strbuf_add_char(out, '{');
    for (int32_t i = offsets[index]; i < offsets[index + 1]; i++) {
        bool dropped = false;
        RASK_TRY(write_key(style, flat->children[0], i, is_first, &dropped, out, err));
        if (dropped)
            continue;
        RASK_TRY(write_value(style, flat->children[1], i, out, err));
        is_first = false;
    }
    base_strbuf_add_char(out, '}');
    return RASK_OK;
}

static rask_status write_field(const json_style *style, const char *name, const data_column *column,
                               int64_t row, bool *is_first, base_strbuf *out, rask_error *err) {
    if (style->ignore_null_fields && data_column_is_null(column, row))
        return RASK_OK;
    if (!*is_first)
        base_strbuf_add_char(out, ',');
    *is_first = false;
    json_write_text(name, (int64_t)strlen(name), out);
    base_strbuf_add_char(out, ':');
    return write_value(style, column, row, out, err);
}

static rask_status write_nested_row(const json_style *style, const data_column *flat, int64_t index,
                                    base_strbuf *out, rask_error *err) {
    bool is_first = true;
    base_strbuf_add_char(out, '{');
    for (int32_t i = 0; i < flat->child_count; i++)
        RASK_TRY(write_field(style, flat->type->fields[i].name, flat->children[i], index, &is_first,
                             out, err));
    base_strbuf_add_char(out, '}');
    return RASK_OK;
}

static rask_status write_value(const json_style *style, const data_column *column, int64_t row,
                               base_strbuf *out, rask_error *err) {
    if (data_column_is_null(column, row)) {
        base_strbuf_add(out, "null", 4);
        return RASK_OK;
    }
    const data_column *flat;
    int64_t index = data_column_index(column, row, &flat);
    switch (column->type->kind) {
    case DATA_ARRAY:
        return write_array(style, flat, index, out, err);
    case DATA_MAP:
    case DATA_MULTISET:
        return write_map(style, flat, index, out, err);
    case DATA_ROW:
        return write_nested_row(style, flat, index, out, err);
    default:
        write_scalar(style, flat, index, out);
        return RASK_OK;
    }
}

bool json_writes_type(const data_type *type) {
    switch (type->kind) {
    case DATA_ARRAY:
        return json_writes_type(type->element);
    case DATA_MAP:
        return data_kind_is_string(type->key->kind) && json_writes_type(type->element);
    case DATA_MULTISET:
        return data_kind_is_string(type->element->kind);
    case DATA_ROW:
        for (int32_t i = 0; i < type->field_count; i++)
            if (!json_writes_type(type->fields[i].type))
                return false;
        return true;
    case DATA_RAW:
    case DATA_STRUCTURED:
    case DATA_SYMBOL:
    case DATA_VARIANT:
    case DATA_BITMAP:
        return false;
    default:
        return true;
    }
}

rask_status json_write_row(const json_style *style, const data_schema *schema,
                           data_column *const *columns, int64_t row, base_strbuf *out,
                           rask_error *err) {
    bool is_first = true;
    base_strbuf_add_char(out, '{');
    for (int32_t i = 0; i < schema->count; i++)
        RASK_TRY(write_field(style, schema->names[i], columns[i], row, &is_first, out, err));
    base_strbuf_add_char(out, '}');
    return RASK_OK;
}

/* ---- options --------------------------------------------------------------------------------- */
static rask_status read_null_key(const char *mode, json_null_key *out, rask_error *err) {
    static const char *const modes[] = {"FAIL", "DROP", "LITERAL"}; /* in the enum's order */
    for (int32_t i = 0; i < 3; i++) {
        if (strcasecmp(mode, modes[i]) != 0)
            continue;
        *out = (json_null_key)i;
        return RASK_OK;
    }
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "Unsupported value '%s' for option map-null-key.mode. Supported values "
                          "are [LITERAL, FAIL, DROP].",
                          mode);
}

rask_status json_style_read(const plan_table *table, const char *format, const plan_option *options,
                            json_style *out, rask_error *err) {
    const char *standard = format_option(table, format, options, "timestamp-format.standard");
    if (strcmp(standard, "SQL") != 0 && strcmp(standard, "ISO-8601") != 0)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Unsupported value '%s' for timestamp-format.standard. Supported "
                              "values are [SQL, ISO-8601].",
                              standard);
    out->timestamp_separator = strcmp(standard, "SQL") == 0 ? ' ' : 'T';
    RASK_TRY(read_null_key(format_option(table, format, options, "map-null-key.mode"),
                           &out->null_key, err));
    out->null_key_literal = format_option(table, format, options, "map-null-key.literal");
    RASK_TRY(format_option_bool(table, format, options, "encode.decimal-as-plain-number",
                                &out->plain_decimals, err));
    return format_option_bool(table, format, options, "encode.ignore-null-fields",
                              &out->ignore_null_fields, err);
}
