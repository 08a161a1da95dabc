/* Columns in spill files:
 *
 *     rows 4  then each column: physical 1, has validity 1, bound 16, [validity], and
 *     fixed width  the values
 *     strings      lengths (4 each), then all bytes
 *     lists        offsets (4 each, from 0), length of the children 8, children
 *     rows         children */
#include "exec/batch_file.h"

/* ---- write ----------------------------------------------------------------------------------- */
static rask_status write_column(const data_column *column, int64_t offset, int64_t rows,
                                exec_spill_file *file, rask_error *err);

static rask_status write_validity(const data_column *column, int64_t offset, int64_t rows,
                                  exec_spill_file *file, rask_error *err) {
    for (int64_t i = 0; i < rows; i += 8) {
        uint8_t bits = 0;
        for (int64_t k = i; k < i + 8 && k < rows; k++)
            bits |= (uint8_t)(data_bit_get(column->validity, offset + k) << (k - i));
        RASK_TRY(exec_spill_write(file, &bits, 1, err));
    }
    return RASK_OK;
}

static rask_status write_strings(const data_column *column, int64_t offset, int64_t rows,
                                 exec_spill_file *file, rask_error *err) {
    const data_string *views = (const data_string *)column->values + offset;
    for (int64_t i = 0; i < rows; i++) {
        uint32_t length = data_column_is_null(column, offset + i) ? 0 : views[i].length;
        RASK_TRY(exec_spill_write(file, &length, sizeof length, err));
    }
    for (int64_t i = 0; i < rows; i++)
        if (!data_column_is_null(column, offset + i))
            RASK_TRY(exec_spill_write(file, data_string_bytes(&views[i]), views[i].length, err));
    return RASK_OK;
}

static rask_status write_child(data_column *child, int64_t offset, int64_t rows,
                               exec_spill_file *file, rask_error *err) {
    data_column *flat;
    RASK_TRY(data_column_flatten(NULL, child, &flat, err));
    rask_status status = write_column(flat, offset, rows, file, err);
    data_column_unref(flat);
    return status;
}

static rask_status write_children(const data_column *column, int64_t offset, int64_t rows,
                                  exec_spill_file *file, rask_error *err) {
    int64_t first = offset, length = rows;
    if (column->physical == DATA_PHYSICAL_LIST) {
        const int32_t *offsets = (const int32_t *)column->values + offset;
        first = offsets[0];
        length = offsets[rows] - first;
        for (int64_t i = 0; i <= rows; i++) {
            int32_t moved = offsets[i] - (int32_t)first;
            RASK_TRY(exec_spill_write(file, &moved, sizeof moved, err));
        }
    }
    for (int32_t c = 0; c < column->child_count; c++)
        RASK_TRY(write_child(column->children[c], first, length, file, err));
    return RASK_OK;
}

static rask_status write_column(const data_column *column, int64_t offset, int64_t rows,
                                exec_spill_file *file, rask_error *err) {
    uint8_t head[2] = {(uint8_t)column->physical, column->validity != NULL};
    RASK_TRY(exec_spill_write(file, head, sizeof head, err));
    RASK_TRY(exec_spill_write(file, &column->bound, sizeof column->bound, err));
    if (column->validity != NULL)
        RASK_TRY(write_validity(column, offset, rows, file, err));
    int32_t width = data_physical_width(column->physical);
    switch (column->physical) {
    case DATA_PHYSICAL_NONE:
        return RASK_OK;
    case DATA_PHYSICAL_STRING:
        return write_strings(column, offset, rows, file, err);
    case DATA_PHYSICAL_LIST:
    case DATA_PHYSICAL_ROW:
        return write_children(column, offset, rows, file, err);
    default:
        return exec_spill_write(file, (const uint8_t *)column->values + offset * width,
                                rows * width, err);
    }
}

rask_status exec_columns_write(data_column *const *columns, int32_t count, int32_t rows,
                               exec_spill_file *file, rask_error *err) {
    RASK_TRY(exec_spill_write(file, &rows, sizeof rows, err));
    for (int32_t c = 0; c < count; c++)
        RASK_TRY(write_column(columns[c], 0, rows, file, err));
    return RASK_OK;
}

/* ---- read ------------------------------------------------------------------------------------ */
static rask_status read_column(exec_spill_cursor *from, base_pool *pool, const data_type *type,
                               int64_t rows, data_column **out, rask_error *err);

static rask_status read_validity(exec_spill_cursor *from, base_pool *pool, data_column *column,
                                 rask_error *err) {
    RASK_TRY(data_column_make_validity(pool, column, err));
    for (int64_t i = 0; i < column->length; i += 8) {
        uint8_t bits;
        RASK_TRY(exec_spill_read(from, &bits, 1, err));
        for (int64_t k = i; k < i + 8 && k < column->length; k++)
            if ((bits >> (k - i) & 1) == 0)
                data_column_set_null(column, k);
    }
    return RASK_OK;
}

static rask_status read_strings(exec_spill_cursor *from, base_pool *pool, data_column *column,
                                rask_error *err) {
    data_string *views = column->values;
    int64_t total = 0;
    for (int64_t i = 0; i < column->length; i++) {
        RASK_TRY(exec_spill_read(from, &views[i].length, sizeof(uint32_t), err));
        total += views[i].length;
    }
    base_buffer *heap;
    RASK_TRY(base_buffer_new(pool, total, &heap, err));
    heap->size = total;
    rask_status status = exec_spill_read(from, heap->data, total, err);
    const char *next = (const char *)heap->data;
    for (int64_t i = 0; i < column->length && status == RASK_OK; i++) {
        uint32_t length = views[i].length;
        views[i] = data_string_make(next, length);
        column->live_bytes += length > DATA_STRING_INLINE_MAX ? length : 0;
        next += length;
    }
    if (status == RASK_OK && column->live_bytes > 0)
        status = data_column_add_heap(column, heap, err);
    base_buffer_unref(heap);
    return status;
}

/* Lists and rows are put together by a builder from their children. */
static rask_status read_nested(exec_spill_cursor *from, base_pool *pool, data_column *column,
                               rask_error *err) {
    int64_t length = column->length;
    const data_type *type = column->type;
    if (column->physical == DATA_PHYSICAL_LIST) {
        RASK_TRY(exec_spill_read(from, column->values,
                                 (column->length + 1) * (int64_t)sizeof(int32_t), err));
        length = ((const int32_t *)column->values)[column->length];
    }
    for (int32_t c = 0; c < column->child_count; c++)
        RASK_TRY(
            read_column(from, pool, data_type_child(type, c), length, &column->children[c], err));
    return RASK_OK;
}

static rask_status read_values(exec_spill_cursor *from, base_pool *pool, data_column *column,
                               rask_error *err) {
    int32_t width = data_physical_width(column->physical);
    switch (column->physical) {
    case DATA_PHYSICAL_STRING:
        return read_strings(from, pool, column, err);
    case DATA_PHYSICAL_LIST:
    case DATA_PHYSICAL_ROW:
        return read_nested(from, pool, column, err);
    default:
        return exec_spill_read(from, column->values, column->length * width, err);
    }
}

static rask_status read_column(exec_spill_cursor *from, base_pool *pool, const data_type *type,
                               int64_t rows, data_column **out, rask_error *err) {
    uint8_t head[2];
    base_i128 bound;
    RASK_TRY(exec_spill_read(from, head, sizeof head, err));
    RASK_TRY(exec_spill_read(from, &bound, sizeof bound, err));
    if (head[0] == DATA_PHYSICAL_NONE)
        return data_column_new_null(pool, type, rows, out, err);
    data_column *column;
    RASK_TRY(data_column_new(
        pool, type, type->kind == DATA_DECIMAL ? (data_physical)head[0] : DATA_PHYSICAL_NONE, rows,
        &column, err));
    column->bound = bound;
    rask_status status = head[1] != 0 ? read_validity(from, pool, column, err) : RASK_OK;
    if (status == RASK_OK)
        status = read_values(from, pool, column, err);
    if (status == RASK_OK)
        *out = column;
    else
        data_column_unref(column);
    return status;
}

rask_status exec_columns_read(exec_spill_cursor *from, base_pool *pool,
                              const data_type *const *types, int32_t count, data_column **columns,
                              int32_t *rows, rask_error *err) {
    *rows = 0;
    if (exec_spill_at_end(from))
        return RASK_OK;
    int32_t found = 0;
    RASK_TRY(exec_spill_read(from, &found, sizeof found, err));
    for (int32_t c = 0; c < count; c++) {
        rask_status status = read_column(from, pool, types[c], found, &columns[c], err);
        if (status == RASK_OK)
            continue;
        for (int32_t i = 0; i < c; i++)
            data_column_unref(columns[i]);
        return status;
    }
    *rows = found;
    return RASK_OK;
}
