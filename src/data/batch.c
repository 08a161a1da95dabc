/* Batches: columns with a selection, row kinds, inner watermarks and hashes, each in a buffer of
 * its own that derived batches share where row numbers stay the same. */
#include "data/batch.h"

#include "data/column_private.h"

const char *data_row_kind_text(data_row_kind kind) {
    static const char *const texts[] = {"+I", "-U", "+U", "-D"};
    return texts[kind];
}

data_batch *data_batch_take(data_column *const *columns, int32_t column_count, int32_t row_count) {
    /* The column array stands behind the struct: one allocation. */
    data_batch *batch =
        base_alloc_zero((int64_t)(sizeof(data_batch) + sizeof(data_column *) * column_count));
    batch->columns = (data_column **)(batch + 1);
    if (column_count > 0)
        memcpy(batch->columns, columns, sizeof(data_column *) * (size_t)column_count);
    batch->column_count = column_count;
    batch->row_count = batch->selected = row_count;
    batch->refs = 1;
    return batch;
}

data_batch *data_batch_ref(data_batch *batch) {
    __atomic_fetch_add(&batch->refs, 1, __ATOMIC_RELAXED);
    return batch;
}

void data_batch_unref(data_batch *batch) {
    if (batch == NULL || __atomic_fetch_sub(&batch->refs, 1, __ATOMIC_ACQ_REL) > 1)
        return;
    for (int32_t i = 0; i < batch->column_count; i++)
        data_column_unref(batch->columns[i]);
    base_buffer_unref(batch->selection_buffer);
    base_buffer_unref(batch->kinds_buffer);
    base_buffer_unref(batch->watermarks_buffer);
    base_buffer_unref(batch->hashes_buffer);
    base_free(batch);
}

static const void *replace(base_buffer **slot, base_buffer *buffer) {
    base_buffer_unref(*slot);
    *slot = buffer;
    return buffer != NULL ? buffer->data : NULL;
}

void data_batch_set_selection(data_batch *batch, base_buffer *selection, int32_t selected) {
    batch->selection = replace(&batch->selection_buffer, selection);
    batch->selected = selection != NULL ? selected : batch->row_count;
}

void data_batch_set_kinds(data_batch *batch, base_buffer *kinds) {
    batch->kinds = replace(&batch->kinds_buffer, kinds);
}

void data_batch_set_watermarks(data_batch *batch, base_buffer *watermarks, int32_t count) {
    batch->watermarks = replace(&batch->watermarks_buffer, watermarks);
    batch->watermark_count = watermarks != NULL ? count : 0;
}

void data_batch_set_hashes(data_batch *batch, base_buffer *hashes) {
    batch->hashes = replace(&batch->hashes_buffer, hashes);
}

data_batch *data_batch_with_columns(const data_batch *batch, data_column *const *columns,
                                    int32_t column_count) {
    data_batch *to = data_batch_take(columns, column_count, batch->row_count);
    data_batch_set_selection(to, base_buffer_ref(batch->selection_buffer), batch->selected);
    data_batch_set_kinds(to, base_buffer_ref(batch->kinds_buffer));
    data_batch_set_watermarks(to, base_buffer_ref(batch->watermarks_buffer),
                              batch->watermark_count);
    /* A slice's arrays start inside their buffers. */
    to->selection = batch->selection;
    to->kinds = batch->kinds;
    to->watermarks = batch->watermarks;
    to->selected = batch->selected;
    return to;
}

/* ---- parts of derived batches ---------------------------------------------------------------- */

int32_t data_batch_rank(const data_batch *batch, int32_t row) {
    if (batch->selection == NULL)
        return row + 1 < batch->row_count ? row + 1 : batch->row_count;
    int32_t low = 0, high = batch->selected;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (batch->selection[middle] <= row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Appends to `out` the watermarks that stand after one of the selected rows (offset, offset +
 * count], the first part taking those in front of all rows too, at the place they have in a dense
 * batch that starts at `base`.  Of several at one place the last one holds. */
static int32_t rebase_watermarks(const data_batch *batch, int32_t offset, int32_t count,
                                 int32_t base, data_inner_watermark *out, int32_t written) {
    for (int32_t i = 0; i < batch->watermark_count; i++) {
        int32_t rank = data_batch_rank(batch, batch->watermarks[i].row_offset);
        bool is_here = (rank > offset && rank <= offset + count) || (rank == 0 && offset == 0);
        if (!is_here)
            continue;
        data_inner_watermark mark = {rank - 1 - offset + base, batch->watermarks[i].watermark_ms};
        if (written > 0 && out[written - 1].row_offset == mark.row_offset)
            written--;
        out[written++] = mark;
    }
    return written;
}

static rask_status new_buffer(base_pool *pool, int64_t size, base_buffer **out, rask_error *err) {
    RASK_TRY(base_buffer_new(pool, size, out, err));
    (*out)->size = size;
    return RASK_OK;
}

static rask_status set_rebased_watermarks(base_pool *pool, const data_batch *batch, int32_t offset,
                                          int32_t count, data_batch *to, rask_error *err) {
    base_buffer *buffer;
    if (batch->watermark_count == 0)
        return RASK_OK;
    RASK_TRY(new_buffer(pool, batch->watermark_count * (int64_t)sizeof(data_inner_watermark),
                        &buffer, err));
    int32_t written = rebase_watermarks(batch, offset, count, 0, (void *)buffer->data, 0);
    data_batch_set_watermarks(to, buffer, written);
    return RASK_OK;
}

static void copy_kinds(const data_batch *batch, uint8_t *out) {
    if (batch->kinds == NULL)
        memset(out, DATA_INSERT, (size_t)batch->selected);
    else if (batch->selection == NULL)
        memcpy(out, batch->kinds, (size_t)batch->selected);
    else
        for (int32_t i = 0; i < batch->selected; i++)
            out[i] = batch->kinds[batch->selection[i]];
}

static void copy_hashes(const data_batch *batch, uint64_t *out) {
    for (int32_t i = 0; i < batch->selected; i++)
        out[i] = batch->hashes[data_batch_row(batch, i)];
}

static data_column **no_columns(int32_t count) {
    return BASE_NEW_ARRAY(data_column *, count);
}

/* Turns columns into a batch, or unreferences them. */
static data_batch *take_or_drop(rask_status status, data_column **columns, int32_t count,
                                int32_t rows) {
    data_batch *batch = NULL;
    if (status == RASK_OK)
        batch = data_batch_take(columns, count, rows);
    else
        for (int32_t i = 0; i < count; i++)
            data_column_unref(columns[i]);
    base_free(columns);
    return batch;
}

static rask_status finish(rask_status status, data_batch *batch, data_batch **out) {
    if (status == RASK_OK)
        *out = batch;
    else
        data_batch_unref(batch);
    return status;
}

/* ---- compact --------------------------------------------------------------------------------- */

static rask_status compact_rest(base_pool *pool, const data_batch *batch, data_batch *to,
                                rask_error *err) {
    base_buffer *buffer;
    if (batch->kinds != NULL) {
        RASK_TRY(new_buffer(pool, batch->selected, &buffer, err));
        copy_kinds(batch, buffer->data);
        data_batch_set_kinds(to, buffer);
    }
    if (batch->hashes != NULL) {
        RASK_TRY(new_buffer(pool, batch->selected * 8, &buffer, err));
        copy_hashes(batch, (uint64_t *)buffer->data);
        data_batch_set_hashes(to, buffer);
    }
    return set_rebased_watermarks(pool, batch, 0, batch->selected, to, err);
}

rask_status data_batch_compact(base_pool *pool, data_batch *batch, data_batch **out,
                               rask_error *err) {
    if (batch->selection == NULL) {
        *out = data_batch_ref(batch);
        return RASK_OK;
    }
    data_column **columns = no_columns(batch->column_count);
    rask_status status = RASK_OK;
    for (int32_t i = 0; status == RASK_OK && i < batch->column_count; i++)
        status = data_column_select(pool, batch->columns[i], batch->selection, batch->selected,
                                    &columns[i], err);
    data_batch *to = take_or_drop(status, columns, batch->column_count, batch->selected);
    if (to == NULL)
        return status;
    return finish(compact_rest(pool, batch, to, err), to, out);
}

/* ---- slice ----------------------------------------------------------------------------------- */

/* Rows keep their numbers: the columns are shared and the selection is a part of the old one. */
static rask_status slice_selection(base_pool *pool, data_batch *batch, int32_t offset,
                                   int32_t count, data_batch **out, rask_error *err) {
    data_batch *to = data_batch_with_columns(batch, batch->columns, batch->column_count);
    for (int32_t i = 0; i < batch->column_count; i++)
        data_column_ref(batch->columns[i]);
    to->selection = batch->selection + offset;
    to->selected = count;
    data_batch_set_hashes(to, base_buffer_ref(batch->hashes_buffer));
    to->hashes = batch->hashes;
    data_batch_set_watermarks(to, NULL, 0);
    rask_status status = set_rebased_watermarks(pool, batch, offset, count, to, err);
    for (int32_t i = 0; i < to->watermark_count; i++) { /* back to row numbers */
        data_inner_watermark *mark = (data_inner_watermark *)&to->watermarks[i];
        mark->row_offset = mark->row_offset < 0 ? -1 : to->selection[mark->row_offset];
    }
    return finish(status, to, out);
}

static rask_status slice_dense(base_pool *pool, data_batch *batch, int32_t offset, int32_t count,
                               data_batch **out, rask_error *err) {
    data_column **columns = no_columns(batch->column_count);
    rask_status status = RASK_OK;
    for (int32_t i = 0; status == RASK_OK && i < batch->column_count; i++)
        status = data_column_slice(pool, batch->columns[i], offset, count, &columns[i], err);
    data_batch *to = take_or_drop(status, columns, batch->column_count, count);
    if (to == NULL)
        return status;
    data_batch_set_kinds(to, base_buffer_ref(batch->kinds_buffer));
    data_batch_set_hashes(to, base_buffer_ref(batch->hashes_buffer));
    to->kinds = batch->kinds != NULL ? batch->kinds + offset : NULL;
    to->hashes = batch->hashes != NULL ? batch->hashes + offset : NULL;
    return finish(set_rebased_watermarks(pool, batch, offset, count, to, err), to, out);
}

rask_status data_batch_slice(base_pool *pool, data_batch *batch, int32_t offset, int32_t count,
                             data_batch **out, rask_error *err) {
    RASK_ASSERT(offset >= 0 && count >= 0 && offset + count <= batch->selected);
    if (offset == 0 && count == batch->selected) {
        *out = data_batch_ref(batch);
        return RASK_OK;
    }
    return batch->selection != NULL ? slice_selection(pool, batch, offset, count, out, err)
                                    : slice_dense(pool, batch, offset, count, out, err);
}

/* ---- concat ---------------------------------------------------------------------------------- */

static rask_status concat_column(base_pool *pool, data_batch *const *batches, int32_t count,
                                 int32_t column, data_column **parts, data_column **out,
                                 rask_error *err) {
    rask_status status = RASK_OK;
    int32_t made = 0;
    for (; status == RASK_OK && made < count; made++) {
        const data_batch *b = batches[made];
        if (b->selection == NULL)
            parts[made] = data_column_ref(b->columns[column]);
        else
            status = data_column_select(pool, b->columns[column], b->selection, b->selected,
                                        &parts[made], err);
    }
    if (status == RASK_OK)
        status = data_column_concat(pool, parts, count, out, err);
    else
        made--; /* the last one failed */
    for (int32_t i = 0; i < made; i++)
        data_column_unref(parts[i]);
    return status;
}

static rask_status concat_kinds(base_pool *pool, data_batch *const *batches, int32_t count,
                                data_batch *to, rask_error *err) {
    bool has_kinds = false;
    for (int32_t i = 0; i < count; i++)
        has_kinds |= batches[i]->kinds != NULL;
    if (!has_kinds)
        return RASK_OK;
    base_buffer *buffer;
    RASK_TRY(new_buffer(pool, to->row_count, &buffer, err));
    int32_t row = 0;
    for (int32_t i = 0; i < count; i++) {
        copy_kinds(batches[i], buffer->data + row);
        row += batches[i]->selected;
    }
    data_batch_set_kinds(to, buffer);
    return RASK_OK;
}

static rask_status concat_hashes(base_pool *pool, data_batch *const *batches, int32_t count,
                                 data_batch *to, rask_error *err) {
    for (int32_t i = 0; i < count; i++)
        if (batches[i]->hashes == NULL)
            return RASK_OK;
    base_buffer *buffer;
    RASK_TRY(new_buffer(pool, to->row_count * 8, &buffer, err));
    int32_t row = 0;
    for (int32_t i = 0; i < count; i++) {
        copy_hashes(batches[i], (uint64_t *)buffer->data + row);
        row += batches[i]->selected;
    }
    data_batch_set_hashes(to, buffer);
    return RASK_OK;
}

static rask_status concat_watermarks(base_pool *pool, data_batch *const *batches, int32_t count,
                                     data_batch *to, rask_error *err) {
    base_buffer *buffer;
    int64_t total = 0;
    for (int32_t i = 0; i < count; i++)
        total += batches[i]->watermark_count;
    if (total == 0)
        return RASK_OK;
    RASK_TRY(new_buffer(pool, total * (int64_t)sizeof(data_inner_watermark), &buffer, err));
    int32_t row = 0, written = 0;
    for (int32_t i = 0; i < count; i++) {
        written = rebase_watermarks(batches[i], 0, batches[i]->selected, row, (void *)buffer->data,
                                    written);
        row += batches[i]->selected;
    }
    data_batch_set_watermarks(to, buffer, written);
    return RASK_OK;
}

rask_status data_batch_concat(base_pool *pool, data_batch *const *batches, int32_t count,
                              data_batch **out, rask_error *err) {
    RASK_ASSERT(count > 0);
    if (count == 1)
        return data_batch_compact(pool, batches[0], out, err);
    int32_t column_count = batches[0]->column_count, rows = 0;
    for (int32_t i = 0; i < count; i++)
        rows += batches[i]->selected;
    data_column **columns = no_columns(column_count), **parts = no_columns(count);
    rask_status status = RASK_OK;
    for (int32_t i = 0; status == RASK_OK && i < column_count; i++)
        status = concat_column(pool, batches, count, i, parts, &columns[i], err);
    base_free(parts);
    data_batch *to = take_or_drop(status, columns, column_count, rows);
    if (to == NULL)
        return status;
    RASK_TRY_OUT(status, concat_kinds(pool, batches, count, to, err));
    RASK_TRY_OUT(status, concat_hashes(pool, batches, count, to, err));
    RASK_TRY_OUT(status, concat_watermarks(pool, batches, count, to, err));
out:
    return finish(status, to, out);
}

static int64_t buffer_bytes(const base_buffer *buffer) {
    return buffer != NULL ? buffer->capacity : 0;
}

int64_t data_batch_pinned_bytes(const data_batch *batch) {
    int64_t bytes = buffer_bytes(batch->selection_buffer) + buffer_bytes(batch->kinds_buffer) +
                    buffer_bytes(batch->watermarks_buffer) + buffer_bytes(batch->hashes_buffer);
    for (int32_t i = 0; i < batch->column_count; i++)
        bytes += data_column_pinned_bytes(batch->columns[i]);
    return bytes;
}

/* ---- schema ---------------------------------------------------------------------------------- */

data_schema *data_schema_new(base_arena *arena, int32_t count) {
    data_schema *schema = BASE_ARENA_NEW(arena, data_schema);
    schema->count = count;
    schema->names = BASE_ARENA_ARRAY(arena, const char *, count);
    schema->types = BASE_ARENA_ARRAY(arena, const data_type *, count);
    return schema;
}

data_schema *data_schema_copy(base_arena *arena, const data_schema *schema) {
    data_schema *copy = data_schema_new(arena, schema->count);
    for (int32_t i = 0; i < schema->count; i++) {
        copy->names[i] = base_arena_strdup(arena, schema->names[i]);
        copy->types[i] = schema->types[i];
    }
    return copy;
}

int32_t data_schema_find(const data_schema *schema, const char *name) {
    for (int32_t i = 0; i < schema->count; i++)
        if (strcmp(schema->names[i], name) == 0)
            return i;
    return -1;
}
