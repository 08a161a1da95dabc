/* Rank: the first offset + fetch rows of a stream by some order (arrival where there are no keys),
 * as a changelog.  As Flink's Top-N functions do it:
 *
 *   without offset   a row that comes in pushes the last one out (-D), then +I; a row that goes
 *                    gives -D, and the one that moves up +I
 *   with offset      rows shift, so every rank from the changed one on gives -U and +U, the last
 * one +I or -D
 *
 * Input without retractions needs only the rows in range; with retractions all rows are kept. */
#include "exec/ops.h"
#include "exec/rank_list.h"
#include "exec/sort_key.h"

enum { OUTPUT_ROWS = 4096, STATE_VERSION = 1 };

typedef struct rank_change {
    uint64_t handle;
    uint8_t kind;
} rank_change;

typedef struct rank_op {
    exec_op op;
    const exec_rank_params *params;
    exec_rank_list list;
    int64_t end;          /* offset + fetch */
    rank_change *changes; /* of the current batch */
    int32_t change_count, change_capacity;
    uint64_t *dropped; /* blobs to give back once the changes are out */
    int32_t dropped_count, dropped_capacity;
    base_buffer *key_bytes, *row_bytes, *scratch;
} rank_op;

static rask_status rank_open(exec_op *op, rask_error *err) {
    (void)err;
    rank_op *self = (rank_op *)op;
    self->params = op->spec->params;
    self->end = self->params->fetch < 0 ? INT64_MAX : self->params->offset + self->params->fetch;
    exec_rank_list_init(&self->list, op->context->pool);
    return RASK_OK;
}

static void rank_close(exec_op *op) {
    rank_op *self = (rank_op *)op;
    exec_rank_list_free(&self->list);
    base_free(self->changes);
    base_free(self->dropped);
    base_buffer_unref(self->key_bytes);
    base_buffer_unref(self->row_bytes);
    base_buffer_unref(self->scratch);
}

/* ---- output ---------------------------------------------------------------------------------- */
static rask_status decode_rows(rank_op *self, data_builder **builders, rask_error *err) {
    const data_schema *schema = self->op.spec->schema;
    for (int32_t i = 0; i < self->change_count; i++) {
        exec_rank_blob blob = exec_rank_get(&self->list, self->changes[i].handle);
        data_string row = data_string_make((const char *)blob.row, blob.row_length);
        RASK_TRY(state_decode_key(&row, schema->types, builders, schema->count, err));
    }
    return RASK_OK;
}

static rask_status make_batch(rank_op *self, data_builder **builders, data_column **columns,
                              data_batch **out, rask_error *err) {
    int32_t width = self->op.spec->schema->count, made = 0;
    base_buffer *kinds = NULL;
    rask_status status = decode_rows(self, builders, err);
    for (; made < width && status == RASK_OK; made++)
        status = data_builder_finish(builders[made], &columns[made], err);
    if (status == RASK_OK)
        status = base_buffer_new(self->op.context->pool, self->change_count, &kinds, err);
    else
        made--;
    if (status != RASK_OK) {
        for (int32_t c = 0; c < made; c++)
            data_column_unref(columns[c]);
        return status;
    }
    for (int32_t i = 0; i < self->change_count; i++)
        kinds->data[i] = self->changes[i].kind;
    kinds->size = self->change_count;
    *out = data_batch_take(columns, width, self->change_count);
    data_batch_set_kinds(*out, kinds);
    return RASK_OK;
}

static rask_status flush(rank_op *self, rask_error *err) {
    const data_schema *schema = self->op.spec->schema;
    rask_status status = RASK_OK;
    data_batch *batch = NULL;
    if (self->change_count > 0) {
        data_builder **builders = BASE_NEW_ARRAY(data_builder *, 2 * schema->count + 1);
        for (int32_t c = 0; c < schema->count; c++)
            builders[c] =
                data_builder_new(self->op.context->pool, schema->types[c], self->change_count);
        status =
            make_batch(self, builders, (data_column **)(builders + schema->count), &batch, err);
        for (int32_t c = 0; c < schema->count; c++)
            data_builder_free(builders[c]);
        base_free(builders);
    }
    self->change_count = 0;
    for (int32_t i = 0; i < self->dropped_count; i++)
        self->list.memory->drop(self->list.memory, self->dropped[i]);
    self->dropped_count = 0;
    return batch != NULL ? exec_emit(&self->op, batch, err) : status;
}

static void change(rank_op *self, uint64_t handle, uint8_t kind) {
    if (kind == DATA_UPDATE_BEFORE && !self->params->emits_update_before)
        return;
    if (self->change_count == self->change_capacity) {
        self->change_capacity = self->change_capacity > 0 ? 2 * self->change_capacity : 64;
        self->changes =
            base_realloc(self->changes, self->change_capacity * (int64_t)sizeof(rank_change));
    }
    self->changes[self->change_count++] = (rank_change){handle, kind};
}

static void drop_later(rank_op *self, uint64_t handle) {
    if (self->dropped_count == self->dropped_capacity) {
        self->dropped_capacity = self->dropped_capacity > 0 ? 2 * self->dropped_capacity : 64;
        self->dropped =
            base_realloc(self->dropped, self->dropped_capacity * (int64_t)sizeof(uint64_t));
    }
    self->dropped[self->dropped_count++] = handle;
}

/* ---- rows come and go ------------------------------------------------------------------------ */
static bool in_range(const rank_op *self, int64_t rank) {
    return rank >= self->params->offset && rank < self->end;
}

/* Ranks from `place` on hold the row that was one rank before: `moved` is the one now at `place`.
 */
static rask_status shift_down(rank_op *self, int64_t place, uint64_t moved, rask_error *err) {
    for (int64_t rank = place; rank < self->end && rank <= self->list.count; rank++) {
        bool is_new_rank = rank == self->list.count;
        uint64_t old = is_new_rank ? 0 : exec_rank_at(&self->list, rank);
        if (in_range(self, rank)) {
            if (!is_new_rank)
                change(self, old, DATA_UPDATE_BEFORE);
            change(self, moved, is_new_rank ? DATA_INSERT : DATA_UPDATE_AFTER);
            if (self->change_count >= OUTPUT_ROWS)
                RASK_TRY(flush(self, err));
        }
        moved = old;
    }
    return RASK_OK;
}

static rask_status add_row(rank_op *self, const uint8_t *key, uint32_t key_length,
                           const uint8_t *row, uint32_t row_length, rask_error *err) {
    exec_rank_list *list = &self->list;
    uint64_t handle;
    int64_t place =
        self->params->key_count > 0 ? exec_rank_place(list, key, key_length, false) : list->count;
    if (place >= self->end && !self->params->input_has_retractions)
        return RASK_OK;
    RASK_TRY(exec_rank_put(list, key, key_length, row, row_length, &handle, err));
    if (self->params->offset > 0) {
        RASK_TRY(shift_down(self, place, handle, err));
    } else if (place < self->end) {
        if (list->count >= self->end)
            change(self, exec_rank_at(list, self->end - 1), DATA_DELETE);
        change(self, handle, DATA_INSERT);
    }
    exec_rank_insert(list, place, handle);
    if (!self->params->input_has_retractions && list->count > self->end) {
        drop_later(self, exec_rank_at(list, self->end));
        exec_rank_remove(list, self->end);
    }
    return RASK_OK;
}

/* The place of the first row with this key and these bytes, -1 = there is none. */
static int64_t find_row(const rank_op *self, const uint8_t *key, uint32_t key_length,
                        const uint8_t *row, uint32_t row_length) {
    const exec_rank_list *list = &self->list;
    bool is_ordered = self->params->key_count > 0;
    int64_t place = is_ordered ? exec_rank_place(list, key, key_length, true) : 0;
    for (; place < list->count; place++) {
        exec_rank_blob blob = exec_rank_get(list, exec_rank_at(list, place));
        if (is_ordered && exec_sort_compare(blob.key, blob.key_length, key, key_length) != 0)
            return -1;
        if (blob.row_length == row_length && memcmp(blob.row, row, row_length) == 0)
            return place;
    }
    return -1;
}

/* Ranks from `place` on get the row behind; the last one goes. */
static rask_status shift_up(rank_op *self, int64_t place, rask_error *err) {
    for (int64_t rank = place; rank < self->end && rank < self->list.count; rank++) {
        if (!in_range(self, rank))
            continue;
        bool is_last = rank + 1 == self->list.count;
        change(self, exec_rank_at(&self->list, rank), is_last ? DATA_DELETE : DATA_UPDATE_BEFORE);
        if (!is_last)
            change(self, exec_rank_at(&self->list, rank + 1), DATA_UPDATE_AFTER);
        if (self->change_count >= OUTPUT_ROWS)
            RASK_TRY(flush(self, err));
    }
    return RASK_OK;
}

static rask_status remove_row(rank_op *self, const uint8_t *key, uint32_t key_length,
                              const uint8_t *row, uint32_t row_length, rask_error *err) {
    exec_rank_list *list = &self->list;
    int64_t place = find_row(self, key, key_length, row, row_length);
    if (place < 0)
        return RASK_OK;
    uint64_t handle = exec_rank_at(list, place);
    if (self->params->offset > 0) {
        RASK_TRY(shift_up(self, place, err));
    } else if (place < self->end) {
        change(self, handle, DATA_DELETE);
        if (list->count > self->end)
            change(self, exec_rank_at(list, self->end), DATA_INSERT);
    }
    exec_rank_remove(list, place);
    drop_later(self, handle);
    return RASK_OK;
}

/* ---- a batch --------------------------------------------------------------------------------- */
typedef struct encoded {
    uint32_t *key_offsets; /* NULL: no keys */
    data_string *rows;
} encoded;

static rask_status encode(rank_op *self, const data_batch *batch, data_column *const *columns,
                          encoded *out, rask_error *err) {
    base_pool *pool = self->op.context->pool;
    int64_t n = batch->row_count;
    int64_t bytes = n * (int64_t)sizeof(data_string) + (n + 1) * (int64_t)sizeof(uint32_t);
    if (self->scratch == NULL)
        RASK_TRY(base_buffer_new(pool, bytes, &self->scratch, err));
    self->scratch->size = 0;
    RASK_TRY(base_buffer_reserve(&self->scratch, bytes, err));
    out->rows = (data_string *)self->scratch->data;
    out->key_offsets = (uint32_t *)(out->rows + n);
    RASK_TRY(exec_sort_keys_encode(pool, self->params->keys, self->params->key_count, columns,
                                   batch->row_count, &self->key_bytes, out->key_offsets, err));
    return state_encode_keys(pool, (const data_column *const *)columns, batch->column_count, NULL,
                             batch->row_count, &self->row_bytes, out->rows, NULL, err);
}

static rask_status apply_rows(rank_op *self, const data_batch *batch, const encoded *input,
                              rask_error *err) {
    for (int32_t i = 0; i < batch->row_count; i++) {
        const uint8_t *key = self->key_bytes->data + input->key_offsets[i];
        uint32_t key_length = input->key_offsets[i + 1] - input->key_offsets[i];
        const uint8_t *row = (const uint8_t *)data_string_bytes(&input->rows[i]);
        bool is_add = data_row_kind_is_add(data_batch_kind(batch, i));
        RASK_TRY((is_add ? add_row : remove_row)(self, key, key_length, row, input->rows[i].length,
                                                 err));
        if (self->change_count >= OUTPUT_ROWS || self->dropped_count >= OUTPUT_ROWS)
            RASK_TRY(flush(self, err));
    }
    return flush(self, err);
}

static rask_status rank_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    rank_op *self = (rank_op *)op;
    data_batch *dense;
    encoded rows;
    RASK_TRY(data_batch_compact(op->context->pool, batch, &dense, err));
    data_column **columns = BASE_NEW_ARRAY(data_column *, dense->column_count + 1);
    rask_status status = RASK_OK;
    for (int32_t c = 0; c < dense->column_count && status == RASK_OK; c++)
        status = data_column_flatten(op->context->pool, dense->columns[c], &columns[c], err);
    if (status == RASK_OK)
        status = encode(self, dense, columns, &rows, err);
    if (status == RASK_OK)
        status = apply_rows(self, dense, &rows, err);
    for (int32_t c = 0; c < dense->column_count; c++)
        data_column_unref(columns[c]);
    base_free(columns);
    if (status == RASK_OK && dense->watermark_count > 0)
        status = exec_emit_watermark(op, dense->watermarks[dense->watermark_count - 1].watermark_ms,
                                     err);
    data_batch_unref(dense);
    return status;
}

/* ---- state ----------------------------------------------------------------------------------- */
static void schema_text(const rank_op *self, base_strbuf *out) {
    const data_schema *schema = self->op.spec->input_schema;
    base_strbuf_add_text(out, "rank of [");
    for (int32_t i = 0; i < schema->count; i++) {
        base_strbuf_add_text(out, i > 0 ? ", " : "");
        data_type_write(schema->types[i], true, out);
    }
    base_strbuf_add_text(out, "] by [");
    for (int32_t i = 0; i < self->params->key_count; i++)
        base_strbuf_printf(out, "%s%d%s%s", i > 0 ? ", " : "", self->params->keys[i].column,
                           self->params->keys[i].descending ? " desc" : "",
                           self->params->keys[i].nulls_last ? " nulls last" : "");
    base_strbuf_add_text(out, "]");
}

static rask_status rank_snapshot(exec_op *op, state_writer *writer, rask_error *err) {
    rank_op *self = (rank_op *)op;
    base_strbuf schema, bytes;
    base_strbuf_init(&schema, 1 << 20);
    base_strbuf_init(&bytes, UINT32_MAX);
    schema_text(self, &schema);
    for (int64_t i = 0; i < self->list.count; i++) {
        exec_rank_blob blob = exec_rank_get(&self->list, exec_rank_at(&self->list, i));
        uint32_t lengths[2] = {blob.key_length, blob.row_length};
        base_strbuf_add(&bytes, (const char *)lengths, sizeof lengths);
        base_strbuf_add(&bytes, (const char *)blob.key, blob.key_length);
        base_strbuf_add(&bytes, (const char *)blob.row, blob.row_length);
    }
    rask_status status = RASK_OK;
    if (bytes.overflowed)
        status = rask_error_set(err, RASK_ERROR_MEMORY,
                                "The rows of a Rank are too many for a snapshot.");
    else
        status = state_write_section(writer, op->spec->uid, schema.data, STATE_VERSION, bytes.data,
                                     bytes.length, err);
    base_strbuf_free(&schema);
    base_strbuf_free(&bytes);
    return status;
}

static rask_status restore_rows(rank_op *self, const uint8_t *at, const uint8_t *end,
                                rask_error *err) {
    while (at < end) {
        uint32_t lengths[2];
        uint64_t handle;
        bool fits = end - at >= (int64_t)sizeof lengths;
        if (fits)
            memcpy(lengths, at, sizeof lengths);
        if (!fits || (uint64_t)(end - at) - sizeof lengths < (uint64_t)lengths[0] + lengths[1])
            return rask_error_set(err, RASK_ERROR_IO,
                                  "The snapshot's state of operator %s is damaged.",
                                  self->op.spec->uid);
        at += sizeof lengths;
        RASK_TRY(
            exec_rank_put(&self->list, at, lengths[0], at + lengths[0], lengths[1], &handle, err));
        exec_rank_insert(&self->list, self->list.count, handle);
        at += (int64_t)lengths[0] + lengths[1];
    }
    return RASK_OK;
}

static rask_status rank_restore(exec_op *op, state_reader *reader, rask_error *err) {
    rank_op *self = (rank_op *)op;
    base_strbuf schema;
    const uint8_t *bytes;
    int64_t size = 0;
    base_strbuf_init(&schema, 1 << 20);
    schema_text(self, &schema);
    rask_status status =
        state_read_section(reader, op->spec->uid, schema.data, STATE_VERSION, &bytes, &size, err);
    base_strbuf_free(&schema);
    if (status != RASK_OK || bytes == NULL)
        return status;
    return restore_rows(self, bytes, bytes + size, err);
}

static int64_t rank_memory_used(const exec_op *op) {
    const rank_op *self = (const rank_op *)op;
    return self->list.memory != NULL ? exec_rank_list_bytes(&self->list) : 0;
}

const exec_op_class exec_op_rank = {
    .size = sizeof(exec_op_class),
    .name = "Rank",
    .flags = EXEC_STATEFUL | EXEC_SINGLE,
    .instance_bytes = sizeof(rank_op),
    .open = rank_open,
    .batch = rank_batch,
    .snapshot = rank_snapshot,
    .restore = rank_restore,
    .memory_used = rank_memory_used,
    .close = rank_close,
};
