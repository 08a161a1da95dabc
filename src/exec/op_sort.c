/* Sort: a whole order of batch rows, or the first ones of it (Top-N).  Each task sorts its own rows
 * (in memory, or in runs on disk when that runs out); the reader of the one result split merges. */
#include "exec/runtime.h"
#include "exec/sort_run.h"

typedef struct sort_shared {
    const exec_sort_params *params;
    int32_t parallelism;
    exec_sorter **sorters; /* by subtask; owned once published */
    exec_merge *merge;
    int64_t left; /* rows still to be read; -1 = all */
    bool is_published;
} sort_shared;

typedef struct sort_op {
    exec_op op;
    exec_sorter *sorter;
} sort_op;

static rask_status sort_init_shared(void *shared, const exec_op_spec *spec,
                                    const exec_context *context, rask_error *err) {
    (void)err;
    sort_shared *self = shared;
    self->params = spec->params;
    self->parallelism = context->parallelism;
    self->sorters = BASE_NEW_ARRAY(exec_sorter *, context->parallelism);
    self->left = self->params->fetch;
    return RASK_OK;
}

static void sort_free_shared(void *shared) {
    sort_shared *self = shared;
    exec_merge_free(self->merge);
    for (int32_t i = 0; self->sorters != NULL && i < self->parallelism && self->is_published; i++)
        exec_sorter_free(self->sorters[i]);
    base_free(self->sorters);
}

static rask_status sort_open(exec_op *op, rask_error *err) {
    (void)err;
    sort_op *self = (sort_op *)op;
    sort_shared *shared = op->shared;
    self->sorter = exec_sorter_new(op->spec->params, op->spec->input_schema, op->context);
    shared->sorters[op->context->subtask] = self->sorter;
    return RASK_OK;
}

static rask_status sort_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    return exec_sorter_add(((sort_op *)op)->sorter, batch, err);
}

static rask_status sort_end(exec_op *op, int32_t input, rask_error *err) {
    (void)input;
    return exec_sorter_finish(((sort_op *)op)->sorter, err);
}

static rask_status sort_spill(exec_op *op, int64_t bytes_wanted, rask_error *err) {
    (void)bytes_wanted;
    return exec_sorter_spill(((sort_op *)op)->sorter, err);
}

static int64_t sort_memory_used(const exec_op *op) {
    const exec_sorter *sorter = ((const sort_op *)op)->sorter;
    return sorter != NULL ? exec_sorter_bytes(sorter) : 0;
}

static int32_t sort_partitions(void *shared) {
    (void)shared;
    return 0;
}

static rask_status sort_combine(exec_op *op, int32_t partition, rask_error *err) {
    (void)op, (void)partition, (void)err;
    return RASK_OK;
}

static rask_status sort_publish(exec_op *op, rask_error *err) {
    (void)err;
    sort_shared *shared = op->shared;
    shared->is_published = true;
    shared->merge = exec_merge_new(shared->sorters, shared->parallelism);
    return RASK_OK;
}

static int32_t sort_result_splits(void *shared) {
    (void)shared;
    return 1;
}

/* One split, so one reader at a time. */
static rask_status sort_read(void *shared, const exec_context *context, int32_t split,
                             int64_t *cursor, int32_t rows_max, data_batch **out, rask_error *err) {
    (void)split;
    sort_shared *self = shared;
    *out = NULL;
    if (*cursor == 0 && self->params->offset > 0)
        RASK_TRY(exec_merge_skip(self->merge, context->pool, self->params->offset, err));
    if (self->left >= 0 && self->left < rows_max)
        rows_max = (int32_t)self->left;
    if (rows_max == 0)
        return RASK_OK;
    RASK_TRY(exec_merge_next(self->merge, context->pool, rows_max, out, err));
    if (*out == NULL)
        return RASK_OK;
    *cursor += (*out)->row_count;
    self->left -= self->left >= 0 ? (*out)->row_count : 0;
    return RASK_OK;
}

static void sort_close(exec_op *op) {
    const sort_shared *shared = op->shared;
    if (!shared->is_published)
        exec_sorter_free(((sort_op *)op)->sorter);
}

const exec_op_class exec_op_sort = {
    .size = sizeof(exec_op_class),
    .name = "Sort",
    .flags = EXEC_BLOCKING,
    .instance_bytes = sizeof(sort_op),
    .shared_bytes = sizeof(sort_shared),
    .open = sort_open,
    .batch = sort_batch,
    .end = sort_end,
    .spill = sort_spill,
    .memory_used = sort_memory_used,
    .close = sort_close,
    .partitions = sort_partitions,
    .combine = sort_combine,
    .publish = sort_publish,
    .result_splits = sort_result_splits,
    .read = sort_read,
    .init_shared = sort_init_shared,
    .free_shared = sort_free_shared,
};
