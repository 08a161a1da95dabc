/* Row encoding of keys: equal values have equal bytes, NULL included, whatever the layout.
 *
 *   one string column     the string itself, not copied.  NULL is "\xff"; a string that begins with
 *                         \xff gets another \xff in front, so no two values meet.
 *   otherwise             column by column: a byte 0 (NULL) or 1 where the type is nullable, then
 *                         the value in fixed width, or length (4 bytes) and bytes; lists and rows
 *                         recurse.  DECIMAL is widened to 8 or 16 bytes by its precision.  0.0 and
 *                         -0.0 stay two keys, as in Flink; every NaN becomes the same NaN.
 *
 * Bytes are written column by column over all rows: a pass for the lengths, then one for the
 * values. */
#include "state/state.h"

enum { NULL_ESCAPE = 0xff };

/* ---- fixed-width values ---------------------------------------------------------------------- */
/* Bytes of a value in its encoding; 0 = variable. */
static int32_t encoded_width(const data_type *type) {
    if (type->kind == DATA_DECIMAL)
        return type->precision <= 18 ? 8 : 16;
    return data_physical_width(data_physical_of(type)) *
           (data_physical_of(type) != DATA_PHYSICAL_STRING);
}

static base_i128 decimal_at(const data_column *column, int64_t row) {
    switch (column->physical) {
    case DATA_PHYSICAL_I32:
        return ((const int32_t *)column->values)[row];
    case DATA_PHYSICAL_I64:
        return ((const int64_t *)column->values)[row];
    default:
        return ((const base_i128 *)column->values)[row];
    }
}

static void write_fixed(const data_column *column, int64_t row, int32_t width, uint8_t *out) {
    if (column->type->kind == DATA_DECIMAL) {
        base_i128 value = decimal_at(column, row);
        memcpy(out, &value, (size_t)width);
    } else if (column->physical == DATA_PHYSICAL_F64) {
        double value = ((const double *)column->values)[row];
        value = value != value ? __builtin_nan("") : value;
        memcpy(out, &value, 8);
    } else if (column->physical == DATA_PHYSICAL_F32) {
        float value = ((const float *)column->values)[row];
        value = value != value ? __builtin_nanf("") : value;
        memcpy(out, &value, 4);
    } else {
        memcpy(out, (const uint8_t *)column->values + row * width, (size_t)width);
    }
}

/* ---- any value: lengths, bytes --------------------------------------------------------------- */
static int64_t value_length(const data_column *column, const data_type *type, int64_t row);

static int64_t nested_length(const data_column *column, const data_type *type, int64_t row) {
    int64_t length = 0, first = row, end = row + 1;
    if (column->physical == DATA_PHYSICAL_LIST) {
        first = ((const int32_t *)column->values)[row];
        end = ((const int32_t *)column->values)[row + 1];
        length = 4;
    }
    for (int32_t c = 0; c < column->child_count; c++)
        for (int64_t i = first; i < end; i++)
            length += value_length(column->children[c], data_type_child(type, c), i);
    return length;
}

static int64_t value_length(const data_column *column, const data_type *type, int64_t row) {
    const data_column *flat;
    int64_t index = data_column_index(column, row, &flat);
    int64_t length = type->nullable;
    int32_t width = encoded_width(type);
    if (data_column_is_null(column, row))
        return length + width * !type->nullable;
    if (width > 0)
        return length + width;
    if (flat->physical == DATA_PHYSICAL_STRING)
        return length + 4 + ((const data_string *)flat->values)[index].length;
    return length + nested_length(flat, type, index);
}

static uint8_t *write_value(const data_column *column, const data_type *type, int64_t row,
                            uint8_t *out);

static uint8_t *write_nested(const data_column *column, const data_type *type, int64_t row,
                             uint8_t *out) {
    int64_t first = row, end = row + 1;
    if (column->physical == DATA_PHYSICAL_LIST) {
        first = ((const int32_t *)column->values)[row];
        end = ((const int32_t *)column->values)[row + 1];
        uint32_t count = (uint32_t)(end - first);
        memcpy(out, &count, 4);
        out += 4;
    }
    for (int32_t c = 0; c < column->child_count; c++)
        for (int64_t i = first; i < end; i++)
            out = write_value(column->children[c], data_type_child(type, c), i, out);
    return out;
}

static uint8_t *write_value(const data_column *column, const data_type *type, int64_t row,
                            uint8_t *out) {
    const data_column *flat;
    int64_t index = data_column_index(column, row, &flat);
    int32_t width = encoded_width(type);
    bool is_null = data_column_is_null(column, row);
    if (type->nullable)
        *out++ = !is_null;
    if (is_null) { /* of a NOT NULL type: data that should not be; still decodable */
        int32_t zeros = type->nullable ? 0 : width;
        memset(out, 0, (size_t)zeros);
        return out + zeros;
    }
    if (width > 0) {
        write_fixed(flat, index, width, out);
        return out + width;
    }
    if (flat->physical != DATA_PHYSICAL_STRING)
        return write_nested(flat, type, index, out);
    const data_string *text = &((const data_string *)flat->values)[index];
    memcpy(out, &text->length, 4);
    memcpy(out + 4, data_string_bytes(text), text->length);
    return out + 4 + text->length;
}

/* ---- columns: tight loops where the width is fixed ------------------------------------------- */
static void add_lengths(const data_column *column, const data_type *type, const uint16_t *selection,
                        int32_t count, data_string *views) {
    int32_t width = encoded_width(type);
    bool all_valid = column->validity == NULL && column->physical != DATA_PHYSICAL_NONE;
    if (width > 0 && (all_valid || !type->nullable)) {
        uint32_t length = (uint32_t)(width + type->nullable);
        for (int32_t i = 0; i < count; i++)
            views[i].length += length;
        return;
    }
    for (int32_t i = 0; i < count; i++)
        views[i].length +=
            (uint32_t)value_length(column, type, selection != NULL ? selection[i] : i);
}

#define WRITE_COLUMN(bytes)                                                                        \
    for (int32_t i = 0; i < count; i++) {                                                          \
        int64_t row = selection != NULL ? selection[i] : i;                                        \
        uint8_t *to = (uint8_t *)(uintptr_t)views[i].pointer;                                      \
        if (null_byte)                                                                             \
            *to++ = 1;                                                                             \
        memcpy(to, values + row * (bytes), (bytes));                                               \
        views[i].pointer = (const char *)to + (bytes);                                             \
    }

static void write_column(const data_column *column, const data_type *type,
                         const uint16_t *selection, int32_t count, data_string *views) {
    int32_t width = encoded_width(type);
    bool null_byte = type->nullable;
    bool is_plain = width > 0 && column->layout == DATA_FLAT && column->validity == NULL &&
                    type->kind != DATA_DECIMAL && column->physical != DATA_PHYSICAL_F64 &&
                    column->physical != DATA_PHYSICAL_F32;
    const uint8_t *values = column->values;
    if (is_plain && width == 4) {
        WRITE_COLUMN(4);
    } else if (is_plain && width == 8) {
        WRITE_COLUMN(8);
    } else {
        for (int32_t i = 0; i < count; i++)
            views[i].pointer =
                (const char *)write_value(column, type, selection != NULL ? selection[i] : i,
                                          (uint8_t *)(uintptr_t)views[i].pointer);
    }
}

/* ---- the single string ----------------------------------------------------------------------- */
static bool needs_escape(const data_string *text) {
    return text->length > 0 && (uint8_t)text->prefix[0] == NULL_ESCAPE;
}

static rask_status escape_string(base_pool *pool, const data_string *text, base_buffer **bytes,
                                 data_string *view, rask_error *err) {
    /* Rare, so growing one by one is fine; offsets become pointers only in the end. */
    (void)pool;
    int64_t offset = (*bytes)->size;
    RASK_TRY(base_buffer_reserve(bytes, 2 * (offset + text->length + 1), err));
    uint8_t *out = (*bytes)->data + offset;
    out[0] = NULL_ESCAPE;
    memcpy(out + 1, data_string_bytes(text), text->length);
    (*bytes)->size = offset + text->length + 1;
    view->length = text->length + 1;
    view->pointer = (const char *)(uintptr_t)offset;
    return RASK_OK;
}

static rask_status encode_string(base_pool *pool, const data_column *column,
                                 const uint16_t *selection, int32_t count, base_buffer **bytes,
                                 data_string *views, rask_error *err) {
    static const data_string null_view = {.length = 1, .prefix = {(char)NULL_ESCAPE}};
    const data_string *values = column->values;
    bool any_escape = false;
    for (int32_t i = 0; i < count; i++) {
        int64_t row = selection != NULL ? selection[i] : i;
        bool is_null = column->validity != NULL && !data_bit_get(column->validity, row);
        views[i] = is_null ? null_view : values[row];
        any_escape = any_escape || (!is_null && needs_escape(&values[row]));
    }
    if (!any_escape)
        return RASK_OK;
    (*bytes)->size = 0;
    for (int32_t i = 0; i < count; i++) {
        int64_t row = selection != NULL ? selection[i] : i;
        bool is_null = column->validity != NULL && !data_bit_get(column->validity, row);
        if (!is_null && needs_escape(&values[row]))
            RASK_TRY(escape_string(pool, &values[row], bytes, &views[i], err));
    }
    for (int32_t i = 0; i < count; i++) {
        int64_t row = selection != NULL ? selection[i] : i;
        bool is_null = column->validity != NULL && !data_bit_get(column->validity, row);
        if (!is_null && needs_escape(&values[row]))
            views[i] = data_string_make((const char *)(*bytes)->data + (uintptr_t)views[i].pointer,
                                        views[i].length);
    }
    return RASK_OK;
}

static bool is_single_string(const data_type *type, int32_t key_count) {
    return key_count == 1 && data_physical_of(type) == DATA_PHYSICAL_STRING;
}

/* ---- encode ---------------------------------------------------------------------------------- */
static rask_status encode_columns(const data_column *const *keys, const data_type *const *types,
                                  int32_t key_count, const uint16_t *selection, int32_t count,
                                  base_buffer **bytes, data_string *views, rask_error *err) {
    memset(views, 0, (size_t)count * sizeof(data_string));
    for (int32_t k = 0; k < key_count; k++)
        add_lengths(keys[k], types[k], selection, count, views);
    int64_t total = 0;
    for (int32_t i = 0; i < count; i++)
        total += views[i].length;
    (*bytes)->size = 0;
    RASK_TRY(base_buffer_reserve(bytes, total, err));
    (*bytes)->size = total;
    const char *next = (const char *)(*bytes)->data;
    for (int32_t i = 0; i < count; i++) {
        views[i].pointer = next;
        next += views[i].length;
    }
    for (int32_t k = 0; k < key_count; k++)
        write_column(keys[k], types[k], selection, count, views);
    for (int32_t i = 0; i < count; i++)
        views[i] = data_string_make(views[i].pointer - views[i].length, views[i].length);
    return RASK_OK;
}

rask_status state_encode_keys(base_pool *pool, const data_column *const *keys,
                              const data_type *const *types, int32_t key_count,
                              const uint16_t *selection, int32_t count, base_buffer **bytes,
                              data_string *views, uint64_t *hashes, rask_error *err) {
    if (*bytes == NULL)
        RASK_TRY(base_buffer_new(pool, 1024, bytes, err));
    for (int32_t k = 0; k < key_count && hashes != NULL; k++)
        data_column_hash(keys[k], selection, count, k == 0, hashes);
    if (key_count == 0 && hashes != NULL)
        memset(hashes, 0, (size_t)count * sizeof(uint64_t));
    if (key_count > 0 && is_single_string(types[0], key_count))
        return encode_string(pool, keys[0], selection, count, bytes, views, err);
    return encode_columns(keys, types, key_count, selection, count, bytes, views, err);
}

/* ---- decode ---------------------------------------------------------------------------------- */
typedef struct cursor {
    const uint8_t *at, *end;
} cursor;

static rask_status damaged(rask_error *err) {
    return rask_error_set(err, RASK_ERROR_IO, "A stored key is damaged.");
}

static rask_status read_value(cursor *from, const data_type *type, data_builder *builder,
                              rask_error *err);

static rask_status read_fixed(cursor *from, const data_type *type, int32_t width,
                              data_builder *builder, rask_error *err) {
    if (from->end - from->at < width)
        return damaged(err);
    const uint8_t *at = from->at;
    from->at += width;
    data_physical physical = data_physical_of(type);
    if (physical == DATA_PHYSICAL_F32) {
        float value;
        memcpy(&value, at, 4);
        return data_builder_add_f64(builder, value, err);
    }
    if (physical == DATA_PHYSICAL_F64) {
        double value;
        memcpy(&value, at, 8);
        return data_builder_add_f64(builder, value, err);
    }
    if (width == 16) {
        base_i128 value;
        memcpy(&value, at, 16);
        return data_builder_add_i128(builder, value, err);
    }
    int64_t value = 0;
    memcpy(&value, at, (size_t)width);
    if (width < 8 && physical != DATA_PHYSICAL_BOOL) { /* sign */
        int32_t shift = 64 - 8 * width;
        value = (int64_t)((uint64_t)value << shift) >> shift;
    }
    return data_builder_add_i64(builder, value, err);
}

static rask_status read_list(cursor *from, const data_type *type, data_builder *builder,
                             rask_error *err) {
    uint32_t count;
    if (from->end - from->at < 4)
        return damaged(err);
    memcpy(&count, from->at, 4);
    from->at += 4;
    static const data_type *counts;
    if (counts == NULL)
        counts = data_type_simple(DATA_INT, false);
    const data_type *types[2] = {type->kind == DATA_MAP ? type->key : type->element,
                                 type->kind == DATA_MAP ? type->element : counts};
    int32_t children = type->kind == DATA_ARRAY ? 1 : 2;
    for (int32_t c = 0; c < children; c++)
        for (uint32_t i = 0; i < count; i++)
            RASK_TRY(read_value(from, types[c], data_builder_child(builder, c), err));
    return data_builder_close_row(builder, count, err);
}

static rask_status read_value(cursor *from, const data_type *type, data_builder *builder,
                              rask_error *err) {
    if (type->nullable) {
        if (from->at == from->end)
            return damaged(err);
        if (*from->at++ == 0)
            return data_builder_add_null(builder, err);
    }
    int32_t width = encoded_width(type);
    if (width > 0)
        return read_fixed(from, type, width, builder, err);
    switch (data_physical_of(type)) {
    case DATA_PHYSICAL_STRING: {
        uint32_t length;
        if (from->end - from->at < 4)
            return damaged(err);
        memcpy(&length, from->at, 4);
        if ((uint64_t)(from->end - from->at - 4) < length)
            return damaged(err);
        from->at += 4 + length;
        return data_builder_add_string(builder, (const char *)from->at - length, length, err);
    }
    case DATA_PHYSICAL_LIST:
        return read_list(from, type, builder, err);
    case DATA_PHYSICAL_ROW:
        for (int32_t i = 0; i < type->field_count; i++)
            RASK_TRY(read_value(from, type->fields[i].type, data_builder_child(builder, i), err));
        return data_builder_close_row(builder, 0, err);
    default:
        return data_builder_add_null(builder, err);
    }
}

rask_status state_decode_key(const data_string *key, const data_type *const *types,
                             data_builder *const *builders, int32_t key_count, rask_error *err) {
    const char *bytes = data_string_bytes(key);
    if (key_count > 0 && is_single_string(types[0], key_count)) {
        bool is_escaped = key->length > 0 && (uint8_t)bytes[0] == NULL_ESCAPE;
        if (is_escaped && key->length == 1)
            return data_builder_add_null(builders[0], err);
        return data_builder_add_string(builders[0], bytes + is_escaped, key->length - is_escaped,
                                       err);
    }
    cursor from = {(const uint8_t *)bytes, (const uint8_t *)bytes + key->length};
    for (int32_t k = 0; k < key_count; k++)
        RASK_TRY(read_value(&from, types[k], builders[k], err));
    return from.at == from.end ? RASK_OK : damaged(err);
}
