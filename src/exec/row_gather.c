/* Rows picked from several blocks; see row_gather.h. */
#include "exec/row_gather.h"

/* ---- blocks ---------------------------------------------------------------------------------- */
/* DECIMAL columns of several batches may differ in width; concat brings them together. */
static rask_status block_column(base_pool *pool, data_column **parts, int32_t count,
                                data_column **out, rask_error *err) {
    data_column *whole, *flat = NULL;
    RASK_TRY(data_column_concat(pool, parts, count, &whole, err));
    rask_status status = data_column_flatten(pool, whole, &flat, err);
    data_column_unref(whole);
    RASK_TRY(status);
    status = data_column_compact(pool, flat, true, out, err);
    data_column_unref(flat);
    return status;
}

static rask_status fill_block(base_pool *pool, data_batch *const *dense, int32_t count,
                              exec_block *block, rask_error *err) {
    data_column **parts = BASE_NEW_ARRAY(data_column *, count + 1);
    rask_status status = RASK_OK;
    for (int32_t c = 0; c < block->column_count && status == RASK_OK; c++) {
        for (int32_t i = 0; i < count; i++)
            parts[i] = dense[i]->columns[c];
        status = block_column(pool, parts, count, &block->columns[c], err);
    }
    base_free(parts);
    return status;
}

rask_status exec_block_new(base_pool *pool, data_batch *const *batches, int32_t count,
                           exec_block **out, rask_error *err) {
    data_batch **dense = BASE_NEW_ARRAY(data_batch *, count + 1);
    exec_block *block = BASE_NEW(exec_block);
    block->column_count = count > 0 ? batches[0]->column_count : 0;
    block->columns = BASE_NEW_ARRAY(data_column *, block->column_count + 1);
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < count && status == RASK_OK; i++) {
        if (batches[i]->selection != NULL)
            status = data_batch_compact(pool, batches[i], &dense[i], err);
        else
            dense[i] = data_batch_ref(batches[i]);
        block->rows += batches[i]->selected;
    }
    if (status == RASK_OK)
        status = fill_block(pool, dense, count, block, err);
    for (int32_t i = 0; i < count; i++)
        data_batch_unref(dense[i]);
    base_free(dense);
    if (status != RASK_OK) {
        exec_block_free(block);
        return status;
    }
    *out = block;
    return RASK_OK;
}

void exec_block_free(exec_block *block) {
    if (block == NULL)
        return;
    for (int32_t c = 0; c < block->column_count; c++)
        data_column_unref(block->columns[c]);
    base_free(block->columns);
    base_free(block);
}

int64_t exec_block_bytes(const exec_block *block) {
    int64_t bytes = 0;
    for (int32_t c = 0; c < block->column_count; c++)
        bytes += data_column_pinned_bytes(block->columns[c]);
    return bytes;
}

/* ---- gather ---------------------------------------------------------------------------------- */
#define COPY(Type)                                                                                 \
    for (int32_t i = 0; i < count; i++)                                                            \
        ((Type *)out->values)[i] = ((const Type *)rows[i].block->columns[c]->values)[rows[i].row]; \
    break

static rask_status copy_validity(base_pool *pool, const exec_row *rows, int32_t count, int32_t c,
                                 data_column *out, rask_error *err) {
    bool any = false;
    for (int32_t i = 0; i < count && !any; i++)
        any = rows[i].block->columns[c]->validity != NULL;
    if (!any)
        return RASK_OK;
    RASK_TRY(data_column_make_validity(pool, out, err));
    for (int32_t i = 0; i < count; i++)
        if (data_column_is_null(rows[i].block->columns[c], rows[i].row))
            data_column_set_null(out, i);
    return RASK_OK;
}

static rask_status copy_strings(base_pool *pool, const exec_row *rows, int32_t count, int32_t c,
                                data_column *out, rask_error *err) {
    data_string *views = out->values;
    base_buffer *heap;
    for (int32_t i = 0; i < count; i++) {
        if (data_column_is_null(out, i))
            continue;
        views[i] = ((const data_string *)rows[i].block->columns[c]->values)[rows[i].row];
        out->live_bytes += views[i].length > DATA_STRING_INLINE_MAX ? views[i].length : 0;
    }
    if (out->live_bytes == 0)
        return RASK_OK;
    RASK_TRY(base_buffer_new(pool, out->live_bytes, &heap, err));
    for (int32_t i = 0; i < count; i++) {
        if (data_column_is_null(out, i) || views[i].length <= DATA_STRING_INLINE_MAX)
            continue;
        memcpy(heap->data + heap->size, views[i].pointer, views[i].length);
        views[i].pointer = (const char *)heap->data + heap->size;
        heap->size += views[i].length;
    }
    rask_status status = data_column_add_heap(out, heap, err);
    base_buffer_unref(heap);
    return status;
}

static rask_status copy_values(base_pool *pool, const exec_row *rows, int32_t count, int32_t c,
                               data_column *out, rask_error *err) {
    switch (data_physical_width(out->physical)) {
    case 1:
        COPY(uint8_t);
    case 2:
        COPY(uint16_t);
    case 4:
        COPY(uint32_t);
    case 8:
        COPY(uint64_t);
    default:
        if (out->physical == DATA_PHYSICAL_STRING)
            return copy_strings(pool, rows, count, c, out, err);
        COPY(base_i128);
    }
    return RASK_OK;
}

static bool same_physical(const exec_row *rows, int32_t count, int32_t c) {
    for (int32_t i = 1; i < count; i++)
        if (rows[i].block->columns[c]->physical != rows[0].block->columns[c]->physical)
            return false;
    return true;
}

/* Nested values, and decimals whose widths differ from block to block. */
static rask_status build_column(base_pool *pool, const exec_row *rows, int32_t count, int32_t c,
                                data_column **out, rask_error *err) {
    data_builder *builder = data_builder_new(pool, rows[0].block->columns[c]->type, count);
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < count && status == RASK_OK; i++)
        status = data_builder_add_from(builder, rows[i].block->columns[c], rows[i].row, err);
    if (status == RASK_OK)
        status = data_builder_finish(builder, out, err);
    data_builder_free(builder);
    return status;
}

static rask_status gather_column(base_pool *pool, const exec_row *rows, int32_t count, int32_t c,
                                 data_column **out, rask_error *err) {
    const data_column *like = rows[0].block->columns[c];
    if (data_physical_width(like->physical) == 0 || !same_physical(rows, count, c))
        return build_column(pool, rows, count, c, out, err);
    data_column *column;
    RASK_TRY(data_column_new(pool, like->type, like->physical, count, &column, err));
    rask_status status = copy_validity(pool, rows, count, c, column, err);
    if (status == RASK_OK)
        status = copy_values(pool, rows, count, c, column, err);
    for (int32_t i = 0; i < count; i++) {
        base_i128 bound = rows[i].block->columns[c]->bound;
        if (bound == 0) {
            column->bound = 0;
            break;
        }
        column->bound = bound > column->bound ? bound : column->bound;
    }
    if (status == RASK_OK)
        *out = column;
    else
        data_column_unref(column);
    return status;
}

rask_status exec_rows_gather(base_pool *pool, const exec_row *rows, int32_t count, data_batch **out,
                             rask_error *err) {
    int32_t width = rows[0].block->column_count;
    data_column **columns = BASE_NEW_ARRAY(data_column *, width + 1);
    rask_status status = RASK_OK;
    int32_t made = 0;
    for (; made < width && status == RASK_OK; made++)
        status = gather_column(pool, rows, count, made, &columns[made], err);
    if (status == RASK_OK)
        *out = data_batch_take(columns, width, count);
    for (int32_t c = 0; c < made - 1 && status != RASK_OK; c++)
        data_column_unref(columns[c]);
    base_free(columns);
    return status;
}
