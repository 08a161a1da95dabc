/* Spool: keeps rows so that several stages can read them: a part of a plan that is used more than
 * once runs once.  Rows go to a file when memory runs out.
 *
 *   batch   each task gathers its batches
 *   read    a split is what one task has gathered: first the file, then memory */
#include "exec/batch_file.h"
#include "exec/runtime.h"

typedef struct spooled { /* of one task */
    data_batch **batches;
    int32_t count, capacity;
    int64_t bytes;
    exec_spill_file *file; /* NULL = nothing spilled */
    int64_t file_end;
} spooled;

typedef struct spool_shared {
    const exec_op_spec *spec;
    spooled **tasks;
    int32_t parallelism;
} spool_shared;

typedef struct spool_op {
    exec_op op;
    spooled *own;
} spool_op;

static rask_status spool_init_shared(void *shared, const exec_op_spec *spec,
                                     const exec_context *context, rask_error *err) {
    (void)err;
    spool_shared *self = shared;
    self->spec = spec;
    self->parallelism = context->parallelism;
    self->tasks = BASE_NEW_ARRAY(spooled *, context->parallelism);
    return RASK_OK;
}

static void drop_batches(spooled *own) {
    for (int32_t i = 0; i < own->count; i++)
        data_batch_unref(own->batches[i]);
    own->count = 0;
    own->bytes = 0;
}

static void spool_free_shared(void *shared) {
    spool_shared *self = shared;
    for (int32_t t = 0; self->tasks != NULL && t < self->parallelism; t++) {
        spooled *own = self->tasks[t];
        if (own == NULL)
            continue;
        drop_batches(own);
        exec_spill_file_free(own->file);
        base_free(own->batches);
        base_free(own);
    }
    base_free(self->tasks);
}

static rask_status spool_open(exec_op *op, rask_error *err) {
    (void)err;
    spool_op *self = (spool_op *)op;
    self->own = BASE_NEW(spooled);
    ((spool_shared *)op->shared)->tasks[op->context->subtask] = self->own;
    return RASK_OK;
}

static rask_status write_batch(const data_batch *batch, exec_spill_file *file, rask_error *err) {
    data_column **flat = BASE_NEW_ARRAY(data_column *, batch->column_count + 1);
    rask_status status = RASK_OK;
    for (int32_t c = 0; c < batch->column_count && status == RASK_OK; c++)
        status = data_column_flatten(NULL, batch->columns[c], &flat[c], err);
    if (status == RASK_OK)
        status = exec_columns_write(flat, batch->column_count, batch->row_count, file, err);
    for (int32_t c = 0; c < batch->column_count; c++)
        data_column_unref(flat[c]);
    base_free(flat);
    return status;
}

static rask_status spool_spill(exec_op *op, int64_t bytes_wanted, rask_error *err) {
    (void)bytes_wanted;
    spooled *own = ((spool_op *)op)->own;
    if (own->count == 0)
        return RASK_OK;
    if (own->file == NULL)
        RASK_TRY(exec_spill_file_new(op->context, &own->file, err));
    for (int32_t i = 0; i < own->count; i++)
        RASK_TRY(write_batch(own->batches[i], own->file, err));
    own->file_end = exec_spill_size(own->file);
    drop_batches(own);
    return RASK_OK;
}

/* Dense, and with no more string bytes than it needs. */
static rask_status keepable(base_pool *pool, data_batch *batch, data_batch **out, rask_error *err) {
    data_batch *dense;
    RASK_TRY(data_batch_compact(pool, batch, &dense, err));
    data_column **columns = BASE_NEW_ARRAY(data_column *, dense->column_count + 1);
    rask_status status = RASK_OK;
    for (int32_t c = 0; c < dense->column_count && status == RASK_OK; c++)
        status = data_column_compact(pool, dense->columns[c], false, &columns[c], err);
    if (status == RASK_OK)
        *out = data_batch_take(columns, dense->column_count, dense->row_count);
    for (int32_t c = 0; c < dense->column_count && status != RASK_OK; c++)
        data_column_unref(columns[c]);
    base_free(columns);
    data_batch_unref(dense);
    return status;
}

static rask_status spool_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    spooled *own = ((spool_op *)op)->own;
    data_batch *kept;
    rask_status status = keepable(op->context->pool, batch, &kept, err);
    if (status == RASK_ERROR_MEMORY && own->count > 0) {
        RASK_TRY(spool_spill(op, INT64_MAX, err));
        status = keepable(op->context->pool, batch, &kept, err);
    }
    RASK_TRY(status);
    if (own->count == own->capacity) {
        own->capacity = own->capacity > 0 ? 2 * own->capacity : 16;
        own->batches = base_realloc(own->batches, own->capacity * (int64_t)sizeof(data_batch *));
    }
    own->batches[own->count++] = kept;
    own->bytes += data_batch_pinned_bytes(kept);
    return RASK_OK;
}

static rask_status spool_end(exec_op *op, int32_t input, rask_error *err) {
    (void)input;
    spooled *own = ((spool_op *)op)->own;
    return own->file != NULL ? exec_spill_flush(own->file, err) : RASK_OK;
}

static int64_t spool_memory_used(const exec_op *op) {
    const spooled *own = ((const spool_op *)op)->own;
    return own != NULL ? own->bytes : 0;
}

static int32_t spool_partitions(void *shared) {
    (void)shared;
    return 0;
}

static rask_status spool_publish(exec_op *op, rask_error *err) {
    (void)op, (void)err;
    return RASK_OK;
}

static int32_t spool_result_splits(void *shared) {
    return ((spool_shared *)shared)->parallelism;
}

/* The batch that stands at *cursor of the file. */
static rask_status read_file(const spool_shared *self, const spooled *own,
                             const exec_context *context, int64_t *cursor, data_batch **out,
                             rask_error *err) {
    exec_spill_cursor from;
    exec_spill_cursor_init(&from, own->file, *cursor, own->file_end);
    const data_schema *schema = self->spec->schema;
    data_column **columns = BASE_NEW_ARRAY(data_column *, schema->count + 1);
    int32_t rows;
    rask_status status =
        exec_columns_read(&from, context->pool, schema->types, schema->count, columns, &rows, err);
    if (status == RASK_OK)
        *out = data_batch_take(columns, schema->count, rows);
    *cursor = exec_spill_at(&from);
    exec_spill_cursor_free(&from);
    base_free(columns);
    return status;
}

static rask_status spool_read(void *shared, const exec_context *context, int32_t split,
                              int64_t *cursor, int32_t rows_max, data_batch **out,
                              rask_error *err) {
    (void)rows_max;
    const spool_shared *self = shared;
    const spooled *own = self->tasks[split];
    *out = NULL;
    if (*cursor < own->file_end)
        return read_file(self, own, context, cursor, out, err);
    int64_t number = *cursor - own->file_end;
    if (number < own->count) {
        *out = data_batch_ref(own->batches[number]);
        (*cursor)++;
    }
    return RASK_OK;
}

const exec_op_class exec_op_spool = {
    .size = sizeof(exec_op_class),
    .name = "Spool",
    .flags = EXEC_BLOCKING,
    .instance_bytes = sizeof(spool_op),
    .shared_bytes = sizeof(spool_shared),
    .open = spool_open,
    .batch = spool_batch,
    .end = spool_end,
    .spill = spool_spill,
    .memory_used = spool_memory_used,
    .partitions = spool_partitions,
    .publish = spool_publish,
    .result_splits = spool_result_splits,
    .read = spool_read,
    .init_shared = spool_init_shared,
    .free_shared = spool_free_shared,
};
