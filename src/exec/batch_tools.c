/* Batches derived from batches. */
#include "exec/batch_tools.h"

data_batch *exec_batch_copy(const data_batch *batch) {
    data_column *few[64];
    data_column **columns = few;
    if (batch->column_count > 64)
        columns = base_alloc(batch->column_count * (int64_t)sizeof(data_column *));
    for (int32_t c = 0; c < batch->column_count; c++)
        columns[c] = data_column_ref(batch->columns[c]);
    data_batch *out = data_batch_with_columns(batch, columns, batch->column_count);
    if (columns != few)
        base_free(columns);
    return out;
}

data_batch *exec_batch_select(const data_batch *batch, base_buffer *selection, int32_t selected) {
    data_batch *out = exec_batch_copy(batch);
    data_batch_set_selection(out, selection, selected);
    return out;
}

rask_status exec_batch_keep(base_pool *pool, const data_batch *batch, const uint8_t *keep,
                            data_batch **out, rask_error *err) {
    base_buffer *selection;
    RASK_TRY(
        base_buffer_new(pool, batch->selected * (int64_t)sizeof(uint16_t) + 2, &selection, err));
    uint16_t *rows = (uint16_t *)selection->data;
    int32_t count = 0;
    for (int32_t i = 0; i < batch->selected; i++) {
        rows[count] = (uint16_t)data_batch_row(batch, i);
        count += keep[i] != 0;
    }
    selection->size = count * (int64_t)sizeof(uint16_t);
    *out = exec_batch_select(batch, selection, count);
    return RASK_OK;
}

rask_status exec_batch_rebase_watermarks(base_pool *pool, const data_batch *batch,
                                         const int32_t *output_end, data_batch *out,
                                         rask_error *err) {
    if (batch->watermark_count == 0)
        return RASK_OK;
    base_buffer *buffer;
    RASK_TRY(base_buffer_new(pool, batch->watermark_count * (int64_t)sizeof(data_inner_watermark),
                             &buffer, err));
    data_inner_watermark *marks = (data_inner_watermark *)buffer->data;
    for (int32_t i = 0; i < batch->watermark_count; i++) {
        int32_t before = data_batch_rank(batch, batch->watermarks[i].row_offset);
        marks[i].row_offset = before > 0 ? output_end[before - 1] - 1 : -1;
        marks[i].watermark_ms = batch->watermarks[i].watermark_ms;
    }
    buffer->size = batch->watermark_count * (int64_t)sizeof(data_inner_watermark);
    data_batch_set_watermarks(out, buffer, batch->watermark_count);
    return RASK_OK;
}

rask_status exec_slice_columns(data_column *const *columns, int32_t column_count, int64_t row_count,
                               base_pool *pool, int64_t *cursor, int32_t rows_max, data_batch **out,
                               rask_error *err) {
    int64_t count = row_count - *cursor < rows_max ? row_count - *cursor : rows_max;
    *out = NULL;
    if (count <= 0)
        return RASK_OK;
    data_column **slices = BASE_NEW_ARRAY(data_column *, column_count + 1);
    rask_status status = RASK_OK;
    int32_t made = 0;
    for (; made < column_count && status == RASK_OK; made += status == RASK_OK)
        status = data_column_slice(pool, columns[made], *cursor, count, &slices[made], err);
    if (status == RASK_OK) {
        *out = data_batch_take(slices, column_count, (int32_t)count);
        *cursor += count;
    }
    for (int32_t i = 0; status != RASK_OK && i < made; i++)
        data_column_unref(slices[i]);
    base_free(slices);
    return status;
}
