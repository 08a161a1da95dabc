/* Calc: filter, then project, a batch at a time.  Filtering makes a selection over the same
 * columns; row kinds and inner watermarks pass through. */
#include "exec/batch_tools.h"
#include "exec/ops.h"

typedef struct calc_op {
    exec_op op;
    expr_program *filter, *project;
    expr_run_state *filter_state, *project_state;
} calc_op;

static rask_status compile(calc_op *self, expr_node *const *exprs, int32_t count,
                           expr_program **program, expr_run_state **state, rask_error *err) {
    const data_schema *schema = self->op.spec->input_schema;
    RASK_TRY(expr_compile(exprs, count, schema->types, schema->count, &self->op.context->function,
                          program, err));
    *state = expr_run_state_new(*program);
    return RASK_OK;
}

static rask_status calc_open(exec_op *op, rask_error *err) {
    calc_op *self = (calc_op *)op;
    const exec_calc_params *params = op->spec->params;
    expr_node *condition = (expr_node *)(uintptr_t)params->condition;
    if (condition != NULL)
        RASK_TRY(compile(self, &condition, 1, &self->filter, &self->filter_state, err));
    if (params->exprs != NULL)
        RASK_TRY(compile(self, params->exprs, params->expr_count, &self->project,
                         &self->project_state, err));
    return RASK_OK;
}

/* The rows that pass, as a batch of its own; the batch itself where all do. */
static rask_status filter(calc_op *self, data_batch *batch, data_batch **out, rask_error *err) {
    const exec_context *context = self->op.context;
    base_buffer *selection;
    int32_t selected;
    RASK_TRY(base_buffer_new(context->pool, batch->row_count * (int64_t)sizeof(uint16_t),
                             &selection, err));
    rask_status status = expr_run_filter(self->filter, self->filter_state, &context->function,
                                         batch, (uint16_t *)selection->data, &selected, err);
    if (status != RASK_OK || selected == batch->selected) {
        base_buffer_unref(selection);
        *out = data_batch_ref(batch);
        if (status != RASK_OK)
            data_batch_unref(batch);
        return status;
    }
    selection->size = selected * (int64_t)sizeof(uint16_t);
    *out = exec_batch_select(batch, selection, selected);
    return RASK_OK;
}

static rask_status project(calc_op *self, data_batch *batch, data_batch **out, rask_error *err) {
    const exec_calc_params *params = self->op.spec->params;
    data_column **columns =
        base_arena_alloc(self->op.context->function.scratch,
                         (params->expr_count + 1) * (int64_t)sizeof(data_column *));
    RASK_TRY(expr_run(self->project, self->project_state, &self->op.context->function, batch,
                      columns, err));
    *out = data_batch_with_columns(batch, columns, params->expr_count);
    return RASK_OK;
}

static rask_status calc_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    calc_op *self = (calc_op *)op;
    data_batch *rows = NULL, *out = NULL;
    if (self->filter != NULL)
        RASK_TRY(filter(self, batch, &rows, err));
    else
        rows = data_batch_ref(batch);
    if (self->project == NULL || rows->selected == 0)
        return exec_emit(op, rows, err);
    rask_status status = project(self, rows, &out, err);
    data_batch_unref(rows);
    return status == RASK_OK ? exec_emit(op, out, err) : status;
}

static void calc_close(exec_op *op) {
    calc_op *self = (calc_op *)op;
    expr_run_state_free(self->filter_state);
    expr_run_state_free(self->project_state);
    expr_program_free(self->filter);
    expr_program_free(self->project);
}

const exec_op_class exec_op_calc = {
    .size = sizeof(exec_op_class),
    .name = "Calc",
    .instance_bytes = sizeof(calc_op),
    .open = calc_open,
    .batch = calc_batch,
    .close = calc_close,
};
