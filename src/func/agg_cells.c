/* One value of a column as bytes: a byte that is 0 for NULL, then numbers as they are, texts behind
 * their length, lists behind their number of elements, fields of rows one after the other. */
#include <string.h>

#include "func/agg_entries.h"

/* ---- writing --------------------------------------------------------------------------------- */

static void write_length(int64_t length, base_strbuf *out) {
    uint32_t value = (uint32_t)length;
    base_strbuf_add(out, (const char *)&value, sizeof value);
}

static void write_decimal(const data_column *flat, int64_t index, base_strbuf *out) {
    base_i128 value = flat->physical == DATA_PHYSICAL_I32 ? ((const int32_t *)flat->values)[index]
                      : flat->physical == DATA_PHYSICAL_I64
                          ? ((const int64_t *)flat->values)[index]
                          : ((const base_i128 *)flat->values)[index];
    base_strbuf_add(out, (const char *)&value, sizeof value);
}

static void write_list(const data_column *flat, int64_t index, base_strbuf *out) {
    const int32_t *offsets = flat->values;
    write_length(offsets[index + 1] - offsets[index], out);
    for (int32_t i = offsets[index]; i < offsets[index + 1]; i++)
        for (int32_t c = 0; c < flat->child_count; c++)
            func_cell_write(flat->children[c], i, out);
}

void func_cell_write(const data_column *column, int64_t row, base_strbuf *out) {
    const data_column *flat;
    bool is_null = data_column_is_null(column, row);
    base_strbuf_add_char(out, is_null ? 0 : 1);
    if (is_null)
        return;
    int64_t index = data_column_index(column, row, &flat);
    if (column->type->kind == DATA_DECIMAL) {
        write_decimal(flat, index, out);
        return;
    }
    if (flat->physical == DATA_PHYSICAL_STRING) {
        const data_string *text = (const data_string *)flat->values + index;
        write_length(text->length, out);
        base_strbuf_add(out, data_string_bytes(text), text->length);
    } else if (flat->physical == DATA_PHYSICAL_LIST) {
        write_list(flat, index, out);
    } else if (flat->physical == DATA_PHYSICAL_ROW) {
        for (int32_t c = 0; c < flat->child_count; c++)
            func_cell_write(flat->children[c], index, out);
    } else {
        int32_t width = data_physical_width(flat->physical);
        base_strbuf_add(out, (const char *)flat->values + index * width, width);
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

static int32_t fixed_width(const data_type *type) {
    if (type->kind == DATA_DECIMAL)
        return sizeof(base_i128);
    data_physical physical = data_physical_of(type);
    bool varies = physical == DATA_PHYSICAL_STRING || physical == DATA_PHYSICAL_LIST ||
                  physical == DATA_PHYSICAL_ROW || physical == DATA_PHYSICAL_NONE;
    return varies ? 0 : data_physical_width(physical);
}

static uint32_t length_at(const char *at) {
    uint32_t length;
    memcpy(&length, at, sizeof length);
    return length;
}

/* Children of a list stand side by side for each element, those of a row once. */
int64_t func_cell_size(const data_type *type, const char *at) {
    const char *start = at;
    int32_t children = data_type_child_count(type);
    data_physical physical = data_physical_of(type);
    if (*at++ == 0)
        return 1;
    if (fixed_width(type) > 0 || physical == DATA_PHYSICAL_NONE)
        return 1 + fixed_width(type);
    if (physical == DATA_PHYSICAL_STRING)
        return 1 + (int64_t)sizeof(uint32_t) + length_at(at);
    uint32_t count = 1;
    if (physical == DATA_PHYSICAL_LIST) {
        count = length_at(at);
        at += sizeof(uint32_t);
    }
    for (uint32_t i = 0; i < count; i++)
        for (int32_t c = 0; c < children; c++)
            at += func_cell_size(data_type_child(type, c), at);
    return at - start;
}

static rask_status read_number(const data_type *type, const char *at, data_builder *out,
                               rask_error *err) {
    union {
        uint8_t u8;
        int8_t i8;
        int16_t i16;
        int32_t i32;
        int64_t i64;
        float f32;
        double f64;
        base_i128 i128;
    } value;
    memcpy(&value, at, (size_t)fixed_width(type));
    if (type->kind == DATA_DECIMAL)
        return data_builder_add_i128(out, value.i128, err);
    switch (data_physical_of(type)) {
    case DATA_PHYSICAL_BOOL:
        return data_builder_add_i64(out, value.u8, err);
    case DATA_PHYSICAL_I8:
        return data_builder_add_i64(out, value.i8, err);
    case DATA_PHYSICAL_I16:
        return data_builder_add_i64(out, value.i16, err);
    case DATA_PHYSICAL_I32:
        return data_builder_add_i64(out, value.i32, err);
    case DATA_PHYSICAL_I64:
        return data_builder_add_i64(out, value.i64, err);
    case DATA_PHYSICAL_F32:
        return data_builder_add_f64(out, value.f32, err);
    case DATA_PHYSICAL_F64:
        return data_builder_add_f64(out, value.f64, err);
    default:
        return data_builder_add_i128(out, value.i128, err);
    }
}

rask_status func_cell_read(const data_type *type, const char **at, data_builder *out,
                           rask_error *err) {
    const char *cell = *at + 1;
    bool is_null = **at == 0;
    data_physical physical = data_physical_of(type);
    *at += func_cell_size(type, *at);
    if (is_null || physical == DATA_PHYSICAL_NONE)
        return data_builder_add_null(out, err);
    if (fixed_width(type) > 0)
        return read_number(type, cell, out, err);
    if (physical == DATA_PHYSICAL_STRING)
        return data_builder_add_string(out, cell + sizeof(uint32_t), length_at(cell), err);
    uint32_t count = physical == DATA_PHYSICAL_LIST ? length_at(cell) : 1;
    if (physical == DATA_PHYSICAL_LIST)
        cell += sizeof(uint32_t);
    for (uint32_t i = 0; i < count; i++)
        for (int32_t c = 0; c < data_type_child_count(type); c++)
            RASK_TRY(
                func_cell_read(data_type_child(type, c), &cell, data_builder_child(out, c), err));
    return data_builder_close_row(out, physical == DATA_PHYSICAL_LIST ? count : 0, err);
}
