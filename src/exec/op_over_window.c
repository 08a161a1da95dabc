/* OverAggregate: calls with OVER that share their partitions and their order, in batch.
 *
 * Each task sorts its rows; the readers of the result merge them and evaluate the windows (over.h).
 * With PARTITION BY a hash edge has brought each partition to one task, which is one split of the
 * result; without, all rows are one partition and one split. */
#include "exec/over.h"

typedef struct over_shared {
    const exec_op_spec *spec;
    const exec_over_params *params;
    int32_t parallelism;
    exec_sorter **sorters;      /* by subtask; owned once published */
    exec_over_reader **readers; /* by split */
    bool is_published;
} over_shared;

typedef struct over_op {
    exec_op op;
    exec_sorter *sorter;
} over_op;

static rask_status over_init_shared(void *shared, const exec_op_spec *spec,
                                    const exec_context *context, rask_error *err) {
    (void)err;
    over_shared *self = shared;
    self->spec = spec;
    self->params = spec->params;
    self->parallelism = context->parallelism;
    self->sorters = BASE_NEW_ARRAY(exec_sorter *, context->parallelism);
    self->readers = BASE_NEW_ARRAY(exec_over_reader *, context->parallelism);
    return RASK_OK;
}

static void over_free_shared(void *shared) {
    over_shared *self = shared;
    for (int32_t i = 0; self->sorters != NULL && i < self->parallelism; i++) {
        exec_over_reader_free(self->readers[i]);
        if (self->is_published)
            exec_sorter_free(self->sorters[i]);
    }
    base_free(self->sorters);
    base_free(self->readers);
}

static rask_status over_open(exec_op *op, rask_error *err) {
    (void)err;
    over_op *self = (over_op *)op;
    over_shared *shared = op->shared;
    self->sorter = exec_sorter_new(&shared->params->sort, op->spec->input_schema, op->context);
    shared->sorters[op->context->subtask] = self->sorter;
    return RASK_OK;
}

static rask_status over_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    return exec_sorter_add(((over_op *)op)->sorter, batch, err);
}

static rask_status over_end(exec_op *op, int32_t input, rask_error *err) {
    (void)input;
    return exec_sorter_finish(((over_op *)op)->sorter, err);
}

static rask_status over_spill(exec_op *op, int64_t bytes_wanted, rask_error *err) {
    (void)bytes_wanted;
    return exec_sorter_spill(((over_op *)op)->sorter, err);
}

static int64_t over_memory_used(const exec_op *op) {
    const exec_sorter *sorter = ((const over_op *)op)->sorter;
    return sorter != NULL ? exec_sorter_bytes(sorter) : 0;
}

static int32_t over_partitions(void *shared) {
    (void)shared;
    return 0;
}

static rask_status over_combine(exec_op *op, int32_t partition, rask_error *err) {
    (void)op, (void)partition, (void)err;
    return RASK_OK;
}

static rask_status over_publish(exec_op *op, rask_error *err) {
    (void)err;
    over_shared *shared = op->shared;
    shared->is_published = true;
    return RASK_OK;
}

static int32_t over_result_splits(void *shared) {
    const over_shared *self = shared;
    return self->params->partition_count > 0 ? self->parallelism : 1;
}

/* A split has one reader, which is done with it when it has nothing more. */
static rask_status over_read(void *shared, const exec_context *context, int32_t split,
                             int64_t *cursor, int32_t rows_max, data_batch **out, rask_error *err) {
    over_shared *self = shared;
    bool has_partitions = self->params->partition_count > 0;
    if (*cursor == 0)
        self->readers[split] =
            exec_over_reader_new(self->params, self->spec->input_schema, self->sorters + split,
                                 has_partitions ? 1 : self->parallelism, context);
    RASK_TRY(exec_over_read(self->readers[split], rows_max, out, err));
    if (*out != NULL) {
        *cursor += (*out)->row_count;
        return RASK_OK;
    }
    exec_over_reader_free(self->readers[split]);
    self->readers[split] = NULL;
    return RASK_OK;
}

static void over_close(exec_op *op) {
    const over_shared *shared = op->shared;
    if (!shared->is_published)
        exec_sorter_free(((over_op *)op)->sorter);
}

const exec_op_class exec_op_over_window = {
    .size = sizeof(exec_op_class),
    .name = "OverAggregate",
    .flags = EXEC_BLOCKING,
    .instance_bytes = sizeof(over_op),
    .shared_bytes = sizeof(over_shared),
    .open = over_open,
    .batch = over_batch,
    .end = over_end,
    .spill = over_spill,
    .memory_used = over_memory_used,
    .close = over_close,
    .partitions = over_partitions,
    .combine = over_combine,
    .publish = over_publish,
    .result_splits = over_result_splits,
    .read = over_read,
    .init_shared = over_init_shared,
    .free_shared = over_free_shared,
};
