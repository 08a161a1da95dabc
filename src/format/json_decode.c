/* One value of a JSON document as a value of a type; see json.h.
 *
 * Numbers arrive as the text they have in the document, since a DECIMAL or a STRING wants all its
 * digits. */
#include "format/json.h"

#include <stdlib.h>

#include "format/text_time.h"
#include "format/text_value.h"

/* ---- texts ----------------------------------------------------------------------------------- */
/* The characters of a text, number or boolean; false = an object or array. */
static bool text_of(yyjson_val *value, text *out) {
    if (yyjson_is_str(value) || yyjson_is_raw(value))
        *out = (text){unsafe_yyjson_get_str(value), (int64_t)unsafe_yyjson_get_len(value)};
    else if (yyjson_is_bool(value))
        *out = unsafe_yyjson_get_bool(value) ? (text){"true", 4} : (text){"false", 5};
    else
        return false;
    return true;
}

static bool is_float(text t) {
    for (int64_t i = 0; i < t.length; i++)
        if (t.bytes[i] == '.' || (t.bytes[i] | 0x20) == 'e')
            return true;
    return false;
}

/* A number as Jackson prints it: 1.50 as 1.5, 1e2 as 100.0, -0 as 0. */
static void print_number(text t, base_strbuf *out) {
    char printed[BASE_NUMBER_TEXT_MAX];
    double value = 0;
    if (is_float(t) && base_double_parse(t.bytes, t.length, &value))
        base_strbuf_add(out, printed, base_double_format(value, printed));
    else if (t.length == 2 && t.bytes[0] == '-' && t.bytes[1] == '0')
        base_strbuf_add_char(out, '0');
    else
        base_strbuf_add(out, t.bytes, t.length);
}

static void print_array(yyjson_val *array, base_strbuf *out) {
    yyjson_arr_iter items;
    yyjson_arr_iter_init(array, &items);
    base_strbuf_add_char(out, '[');
    for (yyjson_val *item; (item = yyjson_arr_iter_next(&items)) != NULL;) {
        if (items.idx > 1)
            base_strbuf_add_char(out, ',');
        json_print_tree(item, out);
    }
    base_strbuf_add_char(out, ']');
}

static void print_object(yyjson_val *object, base_strbuf *out) {
    yyjson_obj_iter fields;
    yyjson_obj_iter_init(object, &fields);
    base_strbuf_add_char(out, '{');
    for (yyjson_val *key; (key = yyjson_obj_iter_next(&fields)) != NULL;) {
        if (fields.idx > 1)
            base_strbuf_add_char(out, ',');
        json_write_text(unsafe_yyjson_get_str(key), (int64_t)unsafe_yyjson_get_len(key), out);
        base_strbuf_add_char(out, ':');
        json_print_tree(yyjson_obj_iter_get_val(key), out);
    }
    base_strbuf_add_char(out, '}');
}

void json_print_tree(yyjson_val *value, base_strbuf *out) {
    text t;
    if (yyjson_is_arr(value))
        print_array(value, out);
    else if (yyjson_is_obj(value))
        print_object(value, out);
    else if (!text_of(value, &t))
        base_strbuf_add_text(out, "null");
    else if (yyjson_is_str(value))
        json_write_text(t.bytes, t.length, out);
    else if (yyjson_is_raw(value))
        print_number(t, out);
    else
        base_strbuf_add(out, t.bytes, t.length);
}

static json_outcome read_text(yyjson_val *value, base_strbuf *scratch, json_scalar *out) {
    text t;
    out->form = JSON_TEXT;
    out->is_scratch = !text_of(value, &t);
    if (out->is_scratch) {
        base_strbuf_clear(scratch);
        json_print_tree(value, scratch);
        t = (text){scratch->data, scratch->length};
    }
    out->text = t.bytes;
    out->length = t.length;
    return JSON_VALUE;
}

static json_outcome read_bytes(yyjson_val *value, base_strbuf *scratch, json_scalar *out) {
    text t;
    if (!text_of(value, &t) || yyjson_is_raw(value))
        return JSON_BAD;
    base_strbuf_clear(scratch);
    uint8_t *room = (uint8_t *)base_strbuf_room(scratch, t.length + 4);
    if (room == NULL)
        return JSON_BAD;
    int64_t length = text_decode_base64(t, room);
    if (length < 0)
        return JSON_BAD;
    *out = (json_scalar){.form = JSON_TEXT, .text = (const char *)room, .length = length};
    out->is_scratch = true;
    return JSON_VALUE;
}

/* ---- numbers --------------------------------------------------------------------------------- */
static json_outcome read_integer(const data_type *type, yyjson_val *value, json_scalar *out) {
    static const int64_t maxima[] = {INT8_MAX, INT16_MAX, INT32_MAX, INT64_MAX};
    text t;
    if (!text_of(value, &t) || yyjson_is_bool(value))
        return JSON_BAD;
    int64_t max = maxima[type->kind - DATA_TINYINT];
    out->form = JSON_I64;
    if (!text_integer_quickly(t, &out->i64)) {
        /* INT and BIGINT drop the fraction of a number. */
        bool drops = type->kind == DATA_INT || type->kind == DATA_BIGINT;
        double number = 0;
        t = text_trimmed(t);
        if (yyjson_is_raw(value) && drops && is_float(t) &&
            base_double_parse(t.bytes, t.length, &number)) {
            if (!(number >= -9223372036854775808.0 && number < 9223372036854775808.0))
                return JSON_BAD;
            out->i64 = (int64_t)number;
        } else if (!base_i64_parse(t.bytes, t.length, &out->i64)) {
            return JSON_BAD;
        }
    }
    return out->i64 <= max && out->i64 >= -max - 1 ? JSON_VALUE : JSON_BAD;
}

static json_outcome read_floating(const data_type *type, yyjson_val *value, json_scalar *out) {
    text t;
    float narrow = 0;
    if (!text_of(value, &t) || yyjson_is_bool(value))
        return JSON_BAD;
    out->form = JSON_F64;
    if (type->kind == DATA_DOUBLE)
        return base_double_parse(t.bytes, t.length, &out->f64) ? JSON_VALUE : JSON_BAD;
    if (!base_float_parse(t.bytes, t.length, &narrow))
        return JSON_BAD;
    out->f64 = narrow;
    return JSON_VALUE;
}

/* One that does not fit the type is NULL, as in Flink. */
static json_outcome read_decimal(const data_type *type, yyjson_val *value, json_scalar *out) {
    text t;
    int64_t small;
    if (!text_of(value, &t) || yyjson_is_bool(value))
        return JSON_BAD;
    t = text_trimmed(t);
    out->form = JSON_I128;
    if (text_small_decimal(t, type->scale, &small))
        out->i128 = small;
    else if (!base_decimal_parse(t.bytes, t.length, type->precision, type->scale, &out->i128))
        return text_is_decimal(t) ? JSON_NULL : JSON_BAD;
    return base_decimal_fits(out->i128, type->precision) ? JSON_VALUE : JSON_NULL;
}

/* "true" in any case; whatever else there is, is false. */
static json_outcome read_boolean(yyjson_val *value, json_scalar *out) {
    text t;
    *out = (json_scalar){.form = JSON_I64};
    if (text_of(value, &t)) {
        t = text_trimmed(t);
        out->i64 = t.length == 4 && strncasecmp(t.bytes, "true", 4) == 0;
    }
    return JSON_VALUE;
}

/* ---- times ----------------------------------------------------------------------------------- */
static json_outcome read_date(text_reader *r, json_scalar *out) {
    int32_t year = text_take_number(r, 4, 4);
    text_take_char(r, '-');
    int32_t month = text_take_number(r, 2, 2);
    text_take_char(r, '-');
    int32_t day = text_take_number(r, 2, 2);
    if (!text_is_done(r) || !base_civil_is_valid(year, month, day))
        return JSON_BAD;
    *out = (json_scalar){.form = JSON_I64, .i64 = base_days_from_civil(year, month, day)};
    return JSON_VALUE;
}

/* HH:mm:ss with a fraction; 24:00:00 is midnight. */
static json_outcome read_time(text_reader *r, const data_type *type, json_scalar *out) {
    int32_t millis = 0;
    bool midnight = r->end - r->at >= 8 && memcmp(r->at, "24:00:00", 8) == 0;
    bool has_seconds = r->end - r->at >= 8;
    if (midnight)
        r->at += 8;
    if (midnight ? text_take_fraction(r) != 0 || !text_is_done(r)
                 : !has_seconds || !text_take_time(r, &millis))
        return JSON_BAD;
    *out = (json_scalar){.form = JSON_I64, .i64 = text_cut_millis(millis, type->precision)};
    return JSON_VALUE;
}

static json_outcome read_timestamp(const json_dialect *dialect, text_reader *r,
                                   const data_type *type, json_scalar *out) {
    int64_t seconds = 0;
    int32_t nanos = 0, unit = 1;
    bool zone = type->kind == DATA_TIMESTAMP_LTZ;
    if (!text_take_timestamp(r, dialect->timestamp_separator, zone, &seconds, &nanos))
        return JSON_BAD;
    for (int32_t i = type->precision; i < 9; i++)
        unit *= 10;
    nanos -= nanos % unit;
    if (type->precision > 6)
        *out = (json_scalar){.form = JSON_I128, .i128 = (base_i128)seconds * 1000000000 + nanos};
    else
        *out = (json_scalar){.form = JSON_I64, .i64 = seconds * 1000000 + nanos / 1000};
    return JSON_VALUE;
}

static json_outcome read_temporal(const json_dialect *dialect, const data_type *type,
                                  yyjson_val *value, json_scalar *out) {
    text t;
    if (!text_of(value, &t) || !yyjson_is_str(value))
        return JSON_BAD;
    text_reader r = {t.bytes, t.bytes + t.length, true};
    if (type->kind == DATA_DATE)
        return read_date(&r, out);
    if (type->kind == DATA_TIME)
        return read_time(&r, type, out);
    return read_timestamp(dialect, &r, type, out);
}

/* ---- scalars --------------------------------------------------------------------------------- */
bool json_is_scalar(const data_type *type) {
    return type->kind != DATA_ARRAY && type->kind != DATA_MAP && type->kind != DATA_MULTISET &&
           type->kind != DATA_ROW;
}

json_outcome json_read_scalar(const json_dialect *dialect, const data_type *type, yyjson_val *value,
                              base_strbuf *scratch, json_scalar *out) {
    switch (type->kind) {
    case DATA_CHAR:
    case DATA_VARCHAR:
        return read_text(value, scratch, out);
    case DATA_BINARY:
    case DATA_VARBINARY:
        return read_bytes(value, scratch, out);
    case DATA_BOOLEAN:
        return read_boolean(value, out);
    case DATA_TINYINT:
    case DATA_SMALLINT:
    case DATA_INT:
    case DATA_BIGINT:
        return read_integer(type, value, out);
    case DATA_FLOAT:
    case DATA_DOUBLE:
        return read_floating(type, value, out);
    case DATA_DECIMAL:
        return read_decimal(type, value, out);
    case DATA_DATE:
    case DATA_TIME:
    case DATA_TIMESTAMP:
    case DATA_TIMESTAMP_LTZ:
        return read_temporal(dialect, type, value, out);
    default:
        return JSON_BAD;
    }
}

/* ---- appending ------------------------------------------------------------------------------- */
static rask_status append_scalar(data_builder *builder, const json_scalar *scalar,
                                 rask_error *err) {
    switch (scalar->form) {
    case JSON_I64:
        return data_builder_add_i64(builder, scalar->i64, err);
    case JSON_I128:
        return data_builder_add_i128(builder, scalar->i128, err);
    case JSON_F64:
        return data_builder_add_f64(builder, scalar->f64, err);
    case JSON_TEXT:
        return data_builder_add_string(builder, scalar->text, scalar->length, err);
    }
    return RASK_OK;
}

static rask_status append_array(const json_dialect *dialect, data_builder *builder,
                                const data_type *type, yyjson_val *array, base_strbuf *scratch,
                                bool *bad, rask_error *err) {
    yyjson_arr_iter items;
    yyjson_arr_iter_init(array, &items);
    for (yyjson_val *item; (item = yyjson_arr_iter_next(&items)) != NULL;)
        RASK_TRY(json_append(dialect, data_builder_child(builder, 0), type->element, item, scratch,
                             bad, err));
    return data_builder_close_row(builder, (int64_t)yyjson_arr_size(array), err);
}

/* ---- maps: of entries with the same key the last value counts, in the place of the first ------
 */
typedef struct map_entry {
    yyjson_val *key, *value;
    bool is_repeat;
} map_entry;

static int compare_entries(const void *left, const void *right) {
    const map_entry *a = *(map_entry *const *)left, *b = *(map_entry *const *)right;
    size_t length_a = unsafe_yyjson_get_len(a->key), length_b = unsafe_yyjson_get_len(b->key);
    int order = memcmp(unsafe_yyjson_get_str(a->key), unsafe_yyjson_get_str(b->key),
                       length_a < length_b ? length_a : length_b);
    if (order != 0)
        return order;
    if (length_a != length_b)
        return length_a < length_b ? -1 : 1;
    return a < b ? -1 : 1;
}

static bool same_key(const map_entry *a, const map_entry *b) {
    return yyjson_equals_strn(a->key, unsafe_yyjson_get_str(b->key), unsafe_yyjson_get_len(b->key));
}

static map_entry *map_entries(yyjson_val *object, int64_t count) {
    map_entry *entries = BASE_NEW_ARRAY(map_entry, count + 1);
    map_entry **sorted = BASE_NEW_ARRAY(map_entry *, count + 1);
    yyjson_obj_iter fields;
    yyjson_obj_iter_init(object, &fields);
    for (int64_t i = 0; i < count; i++) {
        entries[i].key = yyjson_obj_iter_next(&fields);
        entries[i].value = yyjson_obj_iter_get_val(entries[i].key);
        sorted[i] = &entries[i];
    }
    qsort(sorted, (size_t)count, sizeof *sorted, compare_entries);
    map_entry *first = sorted[0];
    for (int64_t i = 1; i < count; i++) {
        sorted[i]->is_repeat = same_key(first, sorted[i]);
        if (sorted[i]->is_repeat)
            first->value = sorted[i]->value;
        else
            first = sorted[i];
    }
    base_free(sorted);
    return entries;
}

static rask_status append_entries(const json_dialect *dialect, data_builder *builder,
                                  const data_type *type, const map_entry *entries, int64_t count,
                                  base_strbuf *scratch, bool *bad, rask_error *err) {
    int64_t added = 0;
    for (int64_t i = 0; i < count; i++) {
        if (entries[i].is_repeat)
            continue;
        RASK_TRY(data_builder_add_string(data_builder_child(builder, 0),
                                         unsafe_yyjson_get_str(entries[i].key),
                                         (int64_t)unsafe_yyjson_get_len(entries[i].key), err));
        RASK_TRY(json_append(dialect, data_builder_child(builder, 1), data_type_child(type, 1),
                             entries[i].value, scratch, bad, err));
        added++;
    }
    return data_builder_close_row(builder, added, err);
}

static rask_status append_map(const json_dialect *dialect, data_builder *builder,
                              const data_type *type, yyjson_val *object, base_strbuf *scratch,
                              bool *bad, rask_error *err) {
    int64_t count = (int64_t)yyjson_obj_size(object);
    map_entry *entries = map_entries(object, count);
    rask_status status = append_entries(dialect, builder, type, entries, count, scratch, bad, err);
    base_free(entries);
    return status;
}

static rask_status append_row(const json_dialect *dialect, data_builder *builder,
                              const data_type *type, yyjson_val *object, base_strbuf *scratch,
                              bool *bad, rask_error *err) {
    for (int32_t i = 0; i < type->field_count; i++) {
        yyjson_val *value = yyjson_obj_get(object, type->fields[i].name);
        *bad |= value == NULL && dialect->fail_on_missing;
        RASK_TRY(json_append(dialect, data_builder_child(builder, i), type->fields[i].type, value,
                             scratch, bad, err));
    }
    return data_builder_close_row(builder, 1, err);
}

rask_status json_append(const json_dialect *dialect, data_builder *builder, const data_type *type,
                        yyjson_val *value, base_strbuf *scratch, bool *bad, rask_error *err) {
    json_scalar scalar;
    if (value == NULL || yyjson_is_null(value))
        return data_builder_add_null(builder, err);
    if (json_is_scalar(type)) {
        json_outcome outcome = json_read_scalar(dialect, type, value, scratch, &scalar);
        if (outcome == JSON_VALUE)
            return append_scalar(builder, &scalar, err);
        *bad |= outcome == JSON_BAD;
        return data_builder_add_null(builder, err);
    }
    if (type->kind == DATA_ARRAY ? !yyjson_is_arr(value) : !yyjson_is_obj(value)) {
        *bad = true;
        return data_builder_add_null(builder, err);
    }
    if (type->kind == DATA_ARRAY)
        return append_array(dialect, builder, type, value, scratch, bad, err);
    if (type->kind == DATA_ROW)
        return append_row(dialect, builder, type, value, scratch, bad, err);
    return append_map(dialect, builder, type, value, scratch, bad, err);
}
