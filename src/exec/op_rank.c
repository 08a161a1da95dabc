/* Rank: the first offset + fetch rows of a stream by some order (arrival where there are no keys),
 * as a changelog.  As Flink's Top-N functions do it, by what the input may do:
 *
 *   APPEND    rows only come: only the rows in range are kept
 *   UPDATE    a row is replaced by one with the same id that ranks no lower (COUNT ... ORDER BY
 *             COUNT DESC): likewise; -U rows say nothing new
 *   RETRACT   rows come and go: all are kept
 *
 *   without offset   a row that comes in pushes the last one out (-D), then +I; a row that goes
 *                    gives -D, and the one that moves up +I; a replaced row gives -U and +U
 *   with offset      rows shift, so every rank from the changed one on gives -U and +U, the last
 *                    one +I or -D
 *   the first row    (fetch 1) of APPEND and UPDATE: a better one replaces it, -U and +U */
#include "exec/ops.h"
#include "exec/rank_changes.h"
#include "exec/sort_key.h"

enum { STATE_VERSION = 2 };

typedef struct rank_op {
    exec_op op;
    const exec_rank_params *params;
    exec_rank_list list;
    exec_rank_changes changes; /* of the current batch */
    int64_t end;               /* offset + fetch */
    bool is_first_only;
    base_buffer *key_bytes, *id_bytes, *row_bytes, *scratch;
} rank_op;

static rask_status rank_open(exec_op *op, rask_error *err) {
    rank_op *self = (rank_op *)op;
    const exec_rank_params *params = self->params = op->spec->params;
    bool is_retract = params->strategy == EXEC_RANK_RETRACT;
    self->end = params->fetch < 0 ? INT64_MAX : params->offset + params->fetch;
    self->is_first_only = !is_retract && params->offset == 0 && params->fetch == 1;
    self->changes.drops_update_before = !params->emits_update_before;
    bool has_ids = params->strategy == EXEC_RANK_UPDATE && !self->is_first_only;
    return exec_rank_list_init(&self->list, op->context, has_ids, err);
}

static void rank_close(exec_op *op) {
    rank_op *self = (rank_op *)op;
    exec_rank_list_free(&self->list);
    exec_rank_changes_free(&self->changes);
    base_buffer_unref(self->key_bytes);
    base_buffer_unref(self->id_bytes);
    base_buffer_unref(self->row_bytes);
    base_buffer_unref(self->scratch);
}

static rask_status flush(rank_op *self, rask_error *err) {
    return exec_rank_flush(&self->changes, &self->list, &self->op, err);
}

static void change(rank_op *self, uint64_t handle, uint8_t kind) {
    exec_rank_change_add(&self->changes, handle, kind);
}

static bool in_range(const rank_op *self, int64_t rank) {
    return rank >= self->params->offset && rank < self->end;
}

/* ---- a row comes ----------------------------------------------------------------------------- */
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
            if (exec_rank_changes_full(&self->changes))
                RASK_TRY(flush(self, err));
        }
        moved = old;
    }
    return RASK_OK;
}

static rask_status add_row(rank_op *self, const exec_rank_row *row, rask_error *err) {
    exec_rank_list *list = &self->list;
    bool keeps_all = self->params->strategy == EXEC_RANK_RETRACT;
    uint64_t handle;
    int64_t place = self->params->key_count > 0 ? exec_rank_place(list, row, false) : list->count;
    if (place >= self->end && !keeps_all)
        return RASK_OK;
    RASK_TRY(exec_rank_put(list, row, &handle, err));
    if (self->params->offset > 0) {
        RASK_TRY(shift_down(self, place, handle, err));
    } else if (place < self->end) {
        bool replaces = list->count >= self->end;
        if (replaces)
            change(self, exec_rank_at(list, self->end - 1),
                   self->is_first_only ? DATA_UPDATE_BEFORE : DATA_DELETE);
        change(self, handle, replaces && self->is_first_only ? DATA_UPDATE_AFTER : DATA_INSERT);
    }
    RASK_TRY(exec_rank_insert(list, place, handle, err));
    if (!keeps_all && list->count > self->end) {
        exec_rank_drop_later(&self->changes, exec_rank_at(list, self->end));
        exec_rank_remove(list, self->end);
    }
    return RASK_OK;
}

/* ---- a row goes ------------------------------------------------------------------------------ */
/* Ranks from `place` on get the row behind; the last one goes. */
static rask_status shift_up(rank_op *self, int64_t place, rask_error *err) {
    for (int64_t rank = place; rank < self->end && rank < self->list.count; rank++) {
        if (!in_range(self, rank))
            continue;
        bool is_last = rank + 1 == self->list.count;
        change(self, exec_rank_at(&self->list, rank), is_last ? DATA_DELETE : DATA_UPDATE_BEFORE);
        if (!is_last)
            change(self, exec_rank_at(&self->list, rank + 1), DATA_UPDATE_AFTER);
        if (exec_rank_changes_full(&self->changes))
            RASK_TRY(flush(self, err));
    }
    return RASK_OK;
}

static rask_status remove_row(rank_op *self, const exec_rank_row *row, rask_error *err) {
    exec_rank_list *list = &self->list;
    int64_t place = exec_rank_find(list, row, self->params->key_count > 0);
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
    exec_rank_drop_later(&self->changes, handle);
    return RASK_OK;
}

/* ---- a row is replaced ----------------------------------------------------------------------- */
/* The row that stands at `rank` once the one at `from` is replaced by `handle` at `to`. */
static uint64_t occupant(const rank_op *self, int64_t rank, int64_t from, int64_t to,
                         uint64_t handle) {
    if (rank == to)
        return handle;
    return exec_rank_at(&self->list, to < from ? rank - 1 : rank + 1);
}

static rask_status replace_row(rank_op *self, int64_t from, const exec_rank_row *row,
                               rask_error *err) {
    exec_rank_list *list = &self->list;
    uint64_t old = exec_rank_at(list, from), handle;
    exec_rank_row before = exec_rank_get(list, old);
    int order = exec_sort_compare(row->key, row->key_length, before.key, before.key_length);
    int64_t to = order == 0 ? from : exec_rank_place(list, row, false) - (order > 0);
    RASK_TRY(exec_rank_put(list, row, &handle, err));
    if (self->params->offset == 0) {
        change(self, old, DATA_UPDATE_BEFORE);
        change(self, handle, DATA_UPDATE_AFTER);
    } else {
        int64_t last = from > to ? from : to;
        for (int64_t rank = from < to ? from : to; rank <= last; rank++) {
            if (!in_range(self, rank))
                continue;
            change(self, exec_rank_at(list, rank), DATA_UPDATE_BEFORE);
            change(self, occupant(self, rank, from, to, handle), DATA_UPDATE_AFTER);
        }
    }
    exec_rank_remove(list, from);
    exec_rank_drop_later(&self->changes, old);
    return exec_rank_insert(list, to, handle, err);
}

static rask_status update_row(rank_op *self, const exec_rank_row *row, rask_error *err) {
    int64_t place;
    RASK_TRY(exec_rank_find_id(&self->list, row, &place, err));
    return place >= 0 ? replace_row(self, place, row, err) : add_row(self, row, err);
}

/* ---- a batch --------------------------------------------------------------------------------- */
static rask_status apply_row(rank_op *self, const exec_rank_row *row, data_row_kind kind,
                             rask_error *err) {
    switch (self->params->strategy) {
    case EXEC_RANK_APPEND:
        return add_row(self, row, err);
    case EXEC_RANK_RETRACT:
        return data_row_kind_is_add(kind) ? add_row(self, row, err) : remove_row(self, row, err);
    case EXEC_RANK_UPDATE:
        if (kind == DATA_UPDATE_BEFORE || (self->is_first_only && kind == DATA_DELETE))
            return RASK_OK;
        /* Even a -D counts as an update: whoever goes comes back as something better. */
        return self->is_first_only ? add_row(self, row, err) : update_row(self, row, err);
    }
    return RASK_OK;
}

typedef struct encoded {
    uint32_t *key_offsets;
    data_string *ids, *rows;
} encoded;

static rask_status encode_ids(rank_op *self, int32_t rows, data_column *const *columns,
                              data_string *out, rask_error *err) {
    const exec_rank_params *params = self->params;
    base_arena *arena = self->op.context->function.scratch;
    int32_t count = params->id_count;
    const data_column **ids = base_arena_alloc(arena, (count + 1) * (int64_t)sizeof *ids);
    const data_type **types = base_arena_alloc(arena, (count + 1) * (int64_t)sizeof *types);
    for (int32_t i = 0; i < count; i++) {
        ids[i] = columns[params->ids[i]];
        types[i] = self->op.spec->input_schema->types[params->ids[i]];
    }
    return state_encode_keys(self->op.context->pool, ids, types, count, NULL, rows, &self->id_bytes,
                             out, NULL, err);
}

static rask_status encode(rank_op *self, const data_batch *batch, data_column *const *columns,
                          encoded *out, rask_error *err) {
    const exec_rank_params *params = self->params;
    base_pool *pool = self->op.context->pool;
    int32_t n = batch->row_count;
    int64_t bytes = 2 * n * (int64_t)sizeof(data_string) + (n + 1) * (int64_t)sizeof(uint32_t);
    if (self->scratch == NULL)
        RASK_TRY(base_buffer_new(pool, bytes, &self->scratch, err));
    self->scratch->size = 0;
    RASK_TRY(base_buffer_reserve(&self->scratch, bytes, err));
    out->rows = (data_string *)self->scratch->data;
    out->ids = out->rows + n;
    out->key_offsets = (uint32_t *)(out->ids + n);
    RASK_TRY(exec_sort_keys_encode(pool, params->keys, params->key_count, columns, n,
                                   &self->key_bytes, out->key_offsets, err));
    RASK_TRY(state_encode_keys(pool, (const data_column *const *)columns,
                               self->op.spec->schema->types, batch->column_count, NULL, n,
                               &self->row_bytes, out->rows, NULL, err));
    if (self->list.index == NULL) {
        memset(out->ids, 0, (size_t)n * sizeof(data_string));
        return RASK_OK;
    }
    return encode_ids(self, n, columns, out->ids, err);
}

static rask_status apply_rows(rank_op *self, const data_batch *batch, const encoded *input,
                              rask_error *err) {
    for (int32_t i = 0; i < batch->row_count; i++) {
        exec_rank_row row = {.key = self->key_bytes->data + input->key_offsets[i],
                             .id = (const uint8_t *)data_string_bytes(&input->ids[i]),
                             .row = (const uint8_t *)data_string_bytes(&input->rows[i]),
                             .key_length = input->key_offsets[i + 1] - input->key_offsets[i],
                             .id_length = input->ids[i].length,
                             .row_length = input->rows[i].length};
        RASK_TRY(apply_row(self, &row, data_batch_kind(batch, i), err));
        if (exec_rank_changes_full(&self->changes))
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
    static const char *const strategies[] = {"append", "update", "retract"};
    const exec_rank_params *params = self->params;
    const data_schema *schema = self->op.spec->input_schema;
    base_strbuf_printf(out, "rank (%s) of [", strategies[params->strategy]);
    for (int32_t i = 0; i < schema->count; i++) {
        base_strbuf_add_text(out, i > 0 ? ", " : "");
        data_type_write(schema->types[i], true, out);
    }
    base_strbuf_add_text(out, "] by [");
    for (int32_t i = 0; i < params->key_count; i++)
        base_strbuf_printf(out, "%s%d%s%s", i > 0 ? ", " : "", params->keys[i].column,
                           params->keys[i].descending ? " desc" : "",
                           params->keys[i].nulls_last ? " nulls last" : "");
    base_strbuf_add_text(out, "]");
}

static rask_status rank_snapshot(exec_op *op, state_writer *writer, rask_error *err) {
    rank_op *self = (rank_op *)op;
    base_strbuf schema, bytes;
    base_strbuf_init(&schema, 1 << 20);
    base_strbuf_init(&bytes, UINT32_MAX);
    schema_text(self, &schema);
    exec_rank_write(&self->list, &bytes);
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

static rask_status rank_restore(exec_op *op, state_reader *reader, rask_error *err) {
    rank_op *self = (rank_op *)op;
    base_strbuf schema;
    const uint8_t *bytes;
    int64_t size = 0;
    bool damaged = false;
    base_strbuf_init(&schema, 1 << 20);
    schema_text(self, &schema);
    rask_status status =
        state_read_section(reader, op->spec->uid, schema.data, STATE_VERSION, &bytes, &size, err);
    base_strbuf_free(&schema);
    if (status != RASK_OK || bytes == NULL)
        return status;
    RASK_TRY(exec_rank_read(&self->list, bytes, size, &damaged, err));
    if (damaged)
        return rask_error_set(err, RASK_ERROR_IO, "The snapshot's state of operator %s is damaged.",
                              op->spec->uid);
    return RASK_OK;
}

static int64_t rank_memory_used(const exec_op *op) {
    return exec_rank_list_bytes(&((const rank_op *)op)->list);
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
