/* Values in the plan document.
 *
 *     BOOLEAN                                  true, false
 *     integers, DATE (days), TIME (ms),
 *     intervals, TIMESTAMP(0..6) (us)          a JSON integer
 *     DECIMAL, TIMESTAMP(7..9) (ns)            the unscaled integer as a text
 *     FLOAT, DOUBLE                            a text, as Java prints it
 *     CHAR, VARCHAR                            a text
 *     BINARY, VARBINARY and other bytes        hexadecimal digits
 *     ARRAY, MULTISET, ROW; MAP                an array; keys and values in turn */
#include "plan/json_value.h"

#include <string.h>

static void *json_alloc(void *context, size_t size) {
    return base_alloc((int64_t)size);
}

static void *json_realloc(void *context, void *pointer, size_t old_size, size_t size) {
    return base_realloc(pointer, (int64_t)size);
}

static void json_free(void *context, void *pointer) {
    base_free(pointer);
}

const yyjson_alc plan_json_memory = {json_alloc, json_realloc, json_free, NULL};

typedef enum value_form {
    FORM_BOOL,
    FORM_INTEGER,
    FORM_WIDE,
    FORM_FLOAT,
    FORM_TEXT,
    FORM_BYTES,
    FORM_LIST,
    FORM_NONE
} value_form;

static value_form form_of(const data_type *type) {
    switch (data_physical_of(type)) {
    case DATA_PHYSICAL_BOOL:
        return FORM_BOOL;
    case DATA_PHYSICAL_F32:
    case DATA_PHYSICAL_F64:
        return FORM_FLOAT;
    case DATA_PHYSICAL_STRING:
        return data_kind_is_string(type->kind) ? FORM_TEXT : FORM_BYTES;
    case DATA_PHYSICAL_LIST:
    case DATA_PHYSICAL_ROW:
        return FORM_LIST;
    case DATA_PHYSICAL_NONE:
        return FORM_NONE;
    case DATA_PHYSICAL_I128:
        return FORM_WIDE;
    default:
        return type->kind == DATA_DECIMAL ? FORM_WIDE : FORM_INTEGER;
    }
}

static yyjson_mut_val *from_wide(yyjson_mut_doc *doc, base_i128 value) {
    char text[BASE_NUMBER_TEXT_MAX];
    int32_t length = base_decimal_format(value, 0, text);
    return yyjson_mut_strncpy(doc, text, (size_t)length);
}

static yyjson_mut_val *from_float(yyjson_mut_doc *doc, const data_value *value) {
    char text[BASE_NUMBER_TEXT_MAX];
    int32_t length = value->type->kind == DATA_FLOAT ? base_float_format((float)value->f64, text)
                                                     : base_double_format(value->f64, text);
    return yyjson_mut_strncpy(doc, text, (size_t)length);
}

static yyjson_mut_val *from_bytes(yyjson_mut_doc *doc, const data_value *value) {
    static const char digits[] = "0123456789abcdef";
    base_strbuf text;
    base_strbuf_init(&text, INT64_MAX);
    for (int64_t i = 0; i < value->text.length; i++) {
        uint8_t byte = (uint8_t)value->text.bytes[i];
        base_strbuf_add_char(&text, digits[byte >> 4]);
        base_strbuf_add_char(&text, digits[byte & 15]);
    }
    yyjson_mut_val *out = yyjson_mut_strncpy(doc, text.data, (size_t)text.length);
    base_strbuf_free(&text);
    return out;
}

yyjson_mut_val *plan_json_from_value(yyjson_mut_doc *doc, const data_value *value) {
    if (value->is_null)
        return yyjson_mut_null(doc);
    switch (form_of(value->type)) {
    case FORM_BOOL:
        return yyjson_mut_bool(doc, value->i64 != 0);
    case FORM_INTEGER:
        return yyjson_mut_sint(doc, value->i64);
    case FORM_WIDE:
        return from_wide(doc, value->i128);
    case FORM_FLOAT:
        return from_float(doc, value);
    case FORM_TEXT:
        return yyjson_mut_strncpy(doc, value->text.bytes, (size_t)value->text.length);
    case FORM_BYTES:
        return from_bytes(doc, value);
    case FORM_NONE:
        return yyjson_mut_null(doc);
    case FORM_LIST:
        break;
    }
    yyjson_mut_val *list = yyjson_mut_arr(doc);
    for (int32_t i = 0; i < value->nested.count; i++)
        yyjson_mut_arr_append(list, plan_json_from_value(doc, &value->nested.items[i]));
    return list;
}

/* ---- and back -------------------------------------------------------------------------------- */

static bool integer_fits(const data_type *type, int64_t value) {
    switch (data_physical_of(type)) {
    case DATA_PHYSICAL_I8:
        return value >= INT8_MIN && value <= INT8_MAX;
    case DATA_PHYSICAL_I16:
        return value >= INT16_MIN && value <= INT16_MAX;
    case DATA_PHYSICAL_I32:
        return value >= INT32_MIN && value <= INT32_MAX;
    default:
        return true;
    }
}

static bool to_integer(yyjson_val *json, data_value *out) {
    if (!yyjson_is_int(json))
        return false;
    if (yyjson_is_uint(json) && yyjson_get_uint(json) > INT64_MAX)
        return false;
    out->i64 = yyjson_get_sint(json);
    return integer_fits(out->type, out->i64);
}

static bool to_wide(yyjson_val *json, data_value *out) {
    int32_t precision =
        out->type->kind == DATA_DECIMAL ? out->type->precision : DATA_DECIMAL_PRECISION_MAX;
    return yyjson_is_str(json) &&
           base_decimal_parse(yyjson_get_str(json), (int64_t)yyjson_get_len(json), precision, 0,
                              &out->i128);
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool to_bytes(base_arena *arena, yyjson_val *json, data_value *out) {
    const char *text = yyjson_get_str(json);
    size_t length = yyjson_get_len(json);
    if (text == NULL || length % 2 != 0)
        return false;
    char *bytes = base_arena_alloc(arena, (int64_t)length / 2 + 1);
    for (size_t i = 0; i < length; i += 2) {
        int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i / 2] = (char)(high * 16 + low);
    }
    out->text.bytes = bytes;
    out->text.length = (int64_t)length / 2;
    return true;
}

static const data_type *item_type(const data_type *type, int32_t i) {
    if (type->kind == DATA_ROW || type->kind == DATA_STRUCTURED)
        return type->fields[i].type;
    if (type->kind == DATA_MULTISET)
        return i % 2 == 0 ? type->element : data_type_simple(DATA_INT, false);
    return type->kind == DATA_MAP && i % 2 == 0 ? type->key : type->element;
}

static bool to_list(base_arena *arena, yyjson_val *json, data_value *out) {
    const data_type *type = out->type;
    bool is_row = type->kind == DATA_ROW || type->kind == DATA_STRUCTURED;
    bool is_paired = type->kind == DATA_MAP || type->kind == DATA_MULTISET;
    size_t count = yyjson_arr_size(json);
    if (!yyjson_is_arr(json) || (is_row && count != (size_t)type->field_count) ||
        (is_paired && count % 2 != 0))
        return false;
    out->nested.items = BASE_ARENA_ARRAY(arena, data_value, (int64_t)count + 1);
    out->nested.count = (int32_t)count;
    for (size_t i = 0; i < count; i++)
        if (!plan_json_to_value(arena, yyjson_arr_get(json, i), item_type(type, (int32_t)i),
                                &out->nested.items[i]))
            return false;
    return true;
}

bool plan_json_to_value(base_arena *arena, yyjson_val *json, const data_type *type,
                        data_value *out) {
    *out = data_value_null(type);
    if (yyjson_is_null(json))
        return type->nullable || type->kind == DATA_NULL;
    out->is_null = false;
    switch (form_of(type)) {
    case FORM_BOOL:
        out->i64 = yyjson_get_bool(json);
        return yyjson_is_bool(json);
    case FORM_INTEGER:
        return to_integer(json, out);
    case FORM_WIDE:
        return to_wide(json, out);
    case FORM_FLOAT:
        return yyjson_is_str(json) &&
               base_double_parse(yyjson_get_str(json), (int64_t)yyjson_get_len(json), &out->f64);
    case FORM_TEXT:
        out->text.bytes = base_arena_strndup(
            arena, yyjson_get_str(json) ? yyjson_get_str(json) : "", (int64_t)yyjson_get_len(json));
        out->text.length = (int64_t)yyjson_get_len(json);
        return yyjson_is_str(json);
    case FORM_BYTES:
        return to_bytes(arena, json, out);
    case FORM_NONE:
        return false;
    case FORM_LIST:
        break;
    }
    return to_list(arena, json, out);
}
