/* Limit: rows offset .. offset + fetch in the order they arrive; once they are out, no more input
 * is wanted.  In streaming the rows seen are state, so that a restored LIMIT does not begin anew.
 */
#include "exec/ops.h"

static const char state_schema[] = "limit: rows seen";

typedef struct limit_op {
    exec_op op;
    int64_t seen, end;
} limit_op;

static rask_status limit_open(exec_op *op, rask_error *err) {
    (void)err;
    const exec_limit_params *params = op->spec->params;
    ((limit_op *)op)->end = params->fetch < 0 ? INT64_MAX : params->offset + params->fetch;
    if (params->fetch == 0)
        exec_input_done(op);
    return RASK_OK;
}

static rask_status limit_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    limit_op *self = (limit_op *)op;
    const exec_limit_params *params = op->spec->params;
    int64_t first = params->offset > self->seen ? params->offset - self->seen : 0;
    int64_t end =
        self->end - self->seen < batch->selected ? self->end - self->seen : batch->selected;
    self->seen += batch->selected;
    if (self->seen >= self->end)
        exec_input_done(op);
    if (first >= end)
        return RASK_OK;
    data_batch *rows;
    RASK_TRY(data_batch_slice(op->context->pool, batch, (int32_t)first, (int32_t)(end - first),
                              &rows, err));
    return exec_emit(op, rows, err);
}

static rask_status limit_snapshot(exec_op *op, state_writer *writer, rask_error *err) {
    return state_write_section(writer, op->spec->uid, state_schema, 1, &((limit_op *)op)->seen,
                               sizeof(int64_t), err);
}

static rask_status limit_restore(exec_op *op, state_reader *reader, rask_error *err) {
    limit_op *self = (limit_op *)op;
    const uint8_t *bytes;
    int64_t size;
    RASK_TRY(state_read_section(reader, op->spec->uid, state_schema, 1, &bytes, &size, err));
    if (bytes == NULL)
        return RASK_OK;
    if (size != sizeof(int64_t))
        return rask_error_set(err, RASK_ERROR_IO, "The snapshot's state of operator %s is damaged.",
                              op->spec->uid);
    memcpy(&self->seen, bytes, sizeof(int64_t));
    if (self->seen >= self->end)
        exec_input_done(op);
    return RASK_OK;
}

const exec_op_class exec_op_limit = {
    .size = sizeof(exec_op_class),
    .name = "Limit",
    .flags = EXEC_STATEFUL | EXEC_SINGLE,
    .instance_bytes = sizeof(limit_op),
    .open = limit_open,
    .batch = limit_batch,
    .snapshot = limit_snapshot,
    .restore = limit_restore,
};
