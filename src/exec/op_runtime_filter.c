/* RuntimeFilter: drops rows that cannot find a partner in a join further up, whose build side is
 * complete by then.  It looks at the filter in the heads of the join's index, so a few rows without
 * a partner get through; the join itself drops those.
 *
 * Where it turns out that most rows pass, it steps aside. */
#include "exec/batch_tools.h"
#include "exec/join_build.h"

enum { TRIAL_ROWS = 64 << 10, PASSING_PERCENT_MAX = 75 };

typedef struct runtime_filter_op {
    exec_op op;
    const exec_join_build *build;
    base_buffer *buffer, *key_bytes;
    int32_t capacity;
    uint8_t *cells;
    uint64_t *hashes;
    uint16_t *valid;
    int64_t rows_in, rows_out;
    bool is_idle;
} runtime_filter_op;

static rask_status filter_open(exec_op *op, rask_error *err) {
    (void)err;
    runtime_filter_op *self = (runtime_filter_op *)op;
    self->build = op->published;
    if (self->build->table.row_count == 0)
        exec_input_done(op);
    return RASK_OK;
}

static rask_status reserve(runtime_filter_op *self, int32_t rows, rask_error *err) {
    if (rows <= self->capacity)
        return RASK_OK;
    base_buffer_unref(self->buffer);
    self->buffer = NULL;
    self->capacity = 0;
    int64_t n = rows;
    RASK_TRY(base_buffer_new(self->op.context->pool, n * (16 + 8 + 2), &self->buffer, err));
    self->cells = self->buffer->data;
    self->hashes = (uint64_t *)(self->cells + 16 * n);
    self->valid = (uint16_t *)(self->hashes + n);
    self->capacity = rows;
    return RASK_OK;
}

/* The rows of the batch that pass, into `rows`. */
static rask_status pass(runtime_filter_op *self, const data_batch *batch, data_column *const *keys,
                        uint16_t *rows, int32_t *count, rask_error *err) {
    const exec_key_layout *layout = &self->build->layout;
    const uint16_t *selection = batch->selection;
    RASK_TRY(reserve(self, batch->row_count, err));
    *count = batch->selected;
    if (exec_join_valid_rows(layout, keys, selection, batch->selected, self->valid, count))
        selection = self->valid;
    RASK_TRY(exec_join_encode(layout, self->op.context->pool, keys, selection, *count,
                              &self->key_bytes, self->cells, self->hashes, err));
    *count = exec_join_table_filter(&self->build->table, self->hashes, selection, *count, rows);
    return RASK_OK;
}

static rask_status select_rows(runtime_filter_op *self, const data_batch *batch,
                               base_buffer *selection, int32_t *count, rask_error *err) {
    const exec_runtime_filter_params *params = self->op.spec->params;
    int32_t key_count = params->build->key_count;
    data_column **keys = BASE_NEW_ARRAY(data_column *, key_count + 1);
    rask_status status = RASK_OK;
    for (int32_t k = 0; k < key_count && status == RASK_OK; k++)
        status = data_column_flatten(self->op.context->pool, batch->columns[params->keys[k]],
                                     &keys[k], err);
    if (status == RASK_OK)
        status = pass(self, batch, keys, (uint16_t *)selection->data, count, err);
    for (int32_t k = 0; k < key_count; k++)
        data_column_unref(keys[k]);
    base_free(keys);
    return status;
}

static rask_status filter_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    runtime_filter_op *self = (runtime_filter_op *)op;
    base_buffer *selection;
    int32_t count;
    if (self->is_idle)
        return exec_emit(op, data_batch_ref(batch), err);
    RASK_TRY(base_buffer_new(op->context->pool, batch->selected * (int64_t)sizeof(uint16_t),
                             &selection, err));
    rask_status status = select_rows(self, batch, selection, &count, err);
    if (status != RASK_OK) {
        base_buffer_unref(selection);
        return status;
    }
    self->rows_in += batch->selected;
    self->rows_out += count;
    if (self->rows_in < TRIAL_ROWS + batch->selected && self->rows_in >= TRIAL_ROWS)
        self->is_idle = 100 * self->rows_out > PASSING_PERCENT_MAX * self->rows_in;
    selection->size = count * (int64_t)sizeof(uint16_t);
    return exec_emit(op, exec_batch_select(batch, selection, count), err);
}

static void filter_close(exec_op *op) {
    runtime_filter_op *self = (runtime_filter_op *)op;
    base_buffer_unref(self->buffer);
    base_buffer_unref(self->key_bytes);
}

const exec_op_class exec_op_runtime_filter = {
    .size = sizeof(exec_op_class),
    .name = "RuntimeFilter",
    .instance_bytes = sizeof(runtime_filter_op),
    .open = filter_open,
    .batch = filter_batch,
    .close = filter_close,
};
