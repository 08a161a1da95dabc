/* Expand: every row several times, each time through another projection (GROUPING SETS).  A batch
 * leaves as one batch a projection; only the last carries its inner watermarks. */
#include "exec/batch_tools.h"
#include "exec/ops.h"

typedef struct expand_op {
    exec_op op;
    expr_program **programs; /* one a projection */
    expr_run_state **states;
} expand_op;

static rask_status expand_open(exec_op *op, rask_error *err) {
    expand_op *self = (expand_op *)op;
    const exec_expand_params *params = op->spec->params;
    const data_schema *schema = op->spec->input_schema;
    self->programs = BASE_NEW_ARRAY(expr_program *, params->projection_count);
    self->states = BASE_NEW_ARRAY(expr_run_state *, params->projection_count);
    for (int32_t i = 0; i < params->projection_count; i++) {
        RASK_TRY(expr_compile(params->exprs + (int64_t)i * params->width, params->width,
                              schema->types, schema->count, &op->context->function,
                              &self->programs[i], err));
        self->states[i] = expr_run_state_new(self->programs[i]);
    }
    return RASK_OK;
}

static rask_status expand_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    expand_op *self = (expand_op *)op;
    const exec_expand_params *params = op->spec->params;
    data_column **columns = base_arena_alloc(op->context->function.scratch,
                                             (params->width + 1) * (int64_t)sizeof(data_column *));
    for (int32_t i = 0; i < params->projection_count; i++) {
        RASK_TRY(expr_run(self->programs[i], self->states[i], &op->context->function, batch,
                          columns, err));
        data_batch *out = data_batch_with_columns(batch, columns, params->width);
        if (i + 1 < params->projection_count)
            data_batch_set_watermarks(out, NULL, 0);
        RASK_TRY(exec_emit(op, out, err));
    }
    return RASK_OK;
}

static void expand_close(exec_op *op) {
    expand_op *self = (expand_op *)op;
    const exec_expand_params *params = op->spec->params;
    for (int32_t i = 0; i < params->projection_count && self->states != NULL; i++) {
        expr_run_state_free(self->states[i]);
        expr_program_free(self->programs[i]);
    }
    base_free(self->states);
    base_free(self->programs);
}

const exec_op_class exec_op_expand = {
    .size = sizeof(exec_op_class),
    .name = "Expand",
    .instance_bytes = sizeof(expand_op),
    .open = expand_open,
    .batch = expand_batch,
    .close = expand_close,
};
