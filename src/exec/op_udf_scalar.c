/* PythonCalc: user scalar functions, a batch a call.  Output = the input's columns and one per
 * call. Runs on the job's user-function thread. */
#include "exec/udf_call.h"

typedef struct udf_op {
    exec_op op;
    exec_udf_call **calls;
} udf_op;

static rask_status udf_open(exec_op *op, rask_error *err) {
    udf_op *self = (udf_op *)op;
    const exec_udf_params *params = op->spec->params;
    self->calls = BASE_NEW_ARRAY(exec_udf_call *, params->call_count + 1);
    for (int32_t i = 0; i < params->call_count; i++)
        RASK_TRY(exec_udf_call_open(params->calls[i], op, &self->calls[i], err));
    return RASK_OK;
}

static rask_status run_calls(udf_op *self, data_batch *batch, data_batch **out, rask_error *err) {
    const exec_udf_params *params = self->op.spec->params;
    int32_t count = 0;
    data_column **columns = base_arena_alloc(self->op.context->function.scratch,
                                             (batch->column_count + params->call_count) *
                                                 (int64_t)sizeof(data_column *));
    for (; count < batch->column_count; count++)
        columns[count] = data_column_ref(batch->columns[count]);
    for (int32_t i = 0; i < params->call_count; i++, count++) {
        rask_status status = exec_udf_call_scalar(self->calls[i], batch, &columns[count], err);
        if (status == RASK_OK)
            continue;
        for (int32_t c = 0; c < count; c++)
            data_column_unref(columns[c]);
        return status;
    }
    *out = data_batch_with_columns(batch, columns, count);
    return RASK_OK;
}

static rask_status udf_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    data_batch *dense, *out = NULL;
    if (batch->selection != NULL)
        RASK_TRY(data_batch_compact(op->context->pool, batch, &dense, err));
    else
        dense = data_batch_ref(batch);
    rask_status status = run_calls((udf_op *)op, dense, &out, err);
    data_batch_unref(dense);
    return status == RASK_OK ? exec_emit(op, out, err) : status;
}

static rask_status udf_end(exec_op *op, int32_t input, rask_error *err) {
    (void)input;
    const exec_udf_params *params = op->spec->params;
    for (int32_t i = 0; i < params->call_count; i++)
        RASK_TRY(exec_udf_call_finish(((udf_op *)op)->calls[i], err));
    return RASK_OK;
}

static void udf_close(exec_op *op) {
    udf_op *self = (udf_op *)op;
    const exec_udf_params *params = op->spec->params;
    for (int32_t i = 0; self->calls != NULL && i < params->call_count; i++)
        exec_udf_call_free(self->calls[i]);
    base_free(self->calls);
}

const exec_op_class exec_op_udf_scalar = {
    .size = sizeof(exec_op_class),
    .name = "PythonCalc",
    .flags = EXEC_USER_CODE,
    .instance_bytes = sizeof(udf_op),
    .open = udf_open,
    .batch = udf_batch,
    .end = udf_end,
    .close = udf_close,
};
