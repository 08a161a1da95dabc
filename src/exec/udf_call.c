/* Calls of user functions; see udf_call.h and <rask/rask_udf.h>. */
#include "exec/udf_call.h"

#include "exec/runtime.h"

struct exec_udf_call {
    const rask_udf *udf;
    const exec_context *context;
    const bool *stop;
    base_arena *arena;
    expr_program *program; /* the arguments */
    expr_run_state *state;
    int32_t arg_count;
    data_schema *in, *out; /* out: the one result, or "row" and the result columns */
    struct ArrowSchema arrow_in, arrow_out;
    bool is_open;
};

/* ---- open, close ----------------------------------------------------------------------------- */
static data_schema *argument_schema(base_arena *arena, const expr_node *call) {
    data_schema *schema = data_schema_new(arena, call->arg_count);
    for (int32_t i = 0; i < call->arg_count; i++) {
        schema->names[i] = base_arena_printf(arena, "f%d", i);
        schema->types[i] = call->args[i]->type;
    }
    return schema;
}

static data_schema *result_schema(base_arena *arena, const expr_node *call) {
    const rask_udf_handle *udf = call->udf;
    if (udf->udf.kind == RASK_UDF_SCALAR) {
        data_schema *schema = data_schema_new(arena, 1);
        schema->names[0] = "result";
        schema->types[0] = call->type;
        return schema;
    }
    data_schema *schema = data_schema_new(arena, udf->result_count + 1);
    schema->names[0] = "row";
    schema->types[0] = data_type_simple(DATA_INT, false);
    for (int32_t i = 0; i < udf->result_count; i++) {
        schema->names[i + 1] = udf->result_names[i];
        schema->types[i + 1] = udf->result_types[i];
    }
    return schema;
}

static rask_status prepare(exec_udf_call *self, const expr_node *call, const data_schema *schema,
                           rask_error *err) {
    RASK_TRY(expr_compile(call->args, call->arg_count, schema->types, schema->count,
                          &self->context->function, &self->program, err));
    self->state = expr_run_state_new(self->program);
    self->in = argument_schema(self->arena, call);
    self->out = result_schema(self->arena, call);
    RASK_TRY(data_arrow_export_schema(self->in, &self->arrow_in, err));
    RASK_TRY(data_arrow_export_schema(self->out, &self->arrow_out, err));
    if (self->udf->open != NULL)
        RASK_TRY(self->udf->open(self->udf->self, err));
    self->is_open = true;
    return RASK_OK;
}

rask_status exec_udf_call_open(const expr_node *call, const exec_op *op, exec_udf_call **out,
                               rask_error *err) {
    const data_schema *schema = op->spec->input_schema;
    const exec_context *context = op->context;
    exec_udf_call *self = BASE_NEW(exec_udf_call);
    self->stop = &op->task->attempt->stop;
    self->udf = &call->udf->udf;
    self->context = context;
    self->arena = base_arena_new();
    self->arg_count = call->arg_count;
    *out = self;
    return prepare(self, call, schema, err);
}

rask_status exec_udf_call_finish(exec_udf_call *self, rask_error *err) {
    if (!self->is_open)
        return RASK_OK;
    self->is_open = false;
    return self->udf->close != NULL ? self->udf->close(self->udf->self, err) : RASK_OK;
}

void exec_udf_call_free(exec_udf_call *self) {
    if (self == NULL)
        return;
    exec_udf_call_finish(self, NULL);
    if (self->arrow_in.release != NULL)
        self->arrow_in.release(&self->arrow_in);
    if (self->arrow_out.release != NULL)
        self->arrow_out.release(&self->arrow_out);
    expr_run_state_free(self->state);
    expr_program_free(self->program);
    base_arena_free(self->arena);
    base_free(self);
}

/* ---- the call -------------------------------------------------------------------------------- */
static rask_status export_arguments(exec_udf_call *self, data_batch *batch, struct ArrowArray *out,
                                    rask_error *err) {
    const func_context *function = &self->context->function;
    data_column **columns =
        base_arena_alloc(function->scratch, (self->arg_count + 1) * (int64_t)sizeof(data_column *));
    RASK_TRY(expr_run(self->program, self->state, function, batch, columns, err));
    data_batch *args = data_batch_take(columns, self->arg_count, batch->row_count);
    rask_status status = data_arrow_export_batch(self->context->pool, args, self->in, out, err);
    data_batch_unref(args);
    return status;
}

static rask_status evaluate(exec_udf_call *self, data_batch *batch,
                            const struct ArrowSchema *result_schema, struct ArrowArray *result,
                            rask_error *err) {
    struct ArrowArray in = {0};
    RASK_TRY(export_arguments(self, batch, &in, err));
    memset(result, 0, sizeof *result);
    rask_status status = self->udf->eval(self->udf->self, &self->arrow_in, &in, result_schema,
                                         result, self->stop, err);
    if (in.release != NULL)
        in.release(&in);
    if (status != RASK_OK && result->release != NULL)
        result->release(result);
    if (status == RASK_OK && result->release == NULL)
        return rask_error_set(err, RASK_ERROR_RUNTIME, "User function '%s' returned nothing.",
                              self->udf->name);
    return status;
}

/* ---- scalar: the one array becomes the one child of a struct array --------------------------- */
typedef struct wrapped {
    struct ArrowArray child;
    struct ArrowArray *children[1];
    const void *buffers[1];
} wrapped;

static void release_wrapped(struct ArrowArray *array) {
    wrapped *self = array->private_data;
    if (self->child.release != NULL)
        self->child.release(&self->child);
    base_free(self);
    array->release = NULL;
}

static void wrap(struct ArrowArray *child, struct ArrowArray *out) {
    wrapped *self = BASE_NEW(wrapped);
    self->child = *child;
    self->children[0] = &self->child;
    *out = (struct ArrowArray){.length = child->length,
                               .n_buffers = 1,
                               .n_children = 1,
                               .buffers = self->buffers,
                               .children = self->children,
                               .release = release_wrapped,
                               .private_data = self};
}

static rask_status take_column(void *context, data_batch *batch, rask_error *err) {
    data_column **out = context;
    if (*out != NULL || batch->column_count != 1) {
        data_batch_unref(batch);
        return rask_error_set(err, RASK_ERROR_INTERNAL, "a user function's result came in pieces");
    }
    *out = data_column_ref(batch->columns[0]);
    data_batch_unref(batch);
    return RASK_OK;
}

rask_status exec_udf_call_scalar(exec_udf_call *self, data_batch *batch, data_column **out,
                                 rask_error *err) {
    struct ArrowArray result, whole;
    RASK_TRY(evaluate(self, batch, self->arrow_out.children[0], &result, err));
    if (result.length != batch->row_count) {
        int64_t length = result.length;
        result.release(&result);
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "User function '%s' returned %lld values for %d rows.",
                              self->udf->name, (long long)length, batch->row_count);
    }
    wrap(&result, &whole);
    data_column *column = NULL;
    rask_status status =
        data_arrow_import_batch(self->context->pool, &whole, &self->arrow_out, self->out,
                                DATA_BATCH_ROWS_LIMIT, take_column, &column, err);
    if (status == RASK_OK && column == NULL)
        return rask_error_set(err, RASK_ERROR_INTERNAL, "a user function's result is gone");
    if (status != RASK_OK)
        data_column_unref(column);
    else
        *out = column;
    return status;
}

/* ---- table ----------------------------------------------------------------------------------- */
typedef struct table_results {
    exec_udf_call *call;
    int32_t input_rows, last_row;
    rask_status (*emit)(void *context, data_batch *batch, rask_error *err);
    void *context;
} table_results;

/* What the function says about rows is the user's word: checked, flat, without nulls. */
static rask_status check_rows(table_results *self, const data_column *rows, rask_error *err) {
    const int32_t *numbers = rows->values;
    for (int64_t i = 0; i < rows->length; i++) {
        if (data_column_is_null(rows, i) || numbers[i] < self->last_row ||
            numbers[i] >= self->input_rows)
            return rask_error_set(err, RASK_ERROR_RUNTIME,
                                  "User function '%s' returned rows in a wrong order.",
                                  self->call->udf->name);
        self->last_row = numbers[i];
    }
    return RASK_OK;
}

static rask_status on_result(void *context, data_batch *batch, rask_error *err) {
    table_results *self = context;
    data_column *rows = NULL;
    rask_status status =
        data_column_flatten(self->call->context->pool, batch->columns[0], &rows, err);
    if (status == RASK_OK)
        status = check_rows(self, rows, err);
    if (status == RASK_OK) {
        data_column_unref(batch->columns[0]);
        batch->columns[0] = rows;
        return self->emit(self->context, batch, err);
    }
    data_column_unref(rows);
    data_batch_unref(batch);
    return status;
}

rask_status exec_udf_call_table(exec_udf_call *self, data_batch *batch, int32_t rows_max,
                                rask_status (*emit)(void *context, data_batch *batch,
                                                    rask_error *err),
                                void *context, rask_error *err) {
    struct ArrowArray result;
    RASK_TRY(evaluate(self, batch, &self->arrow_out, &result, err));
    table_results results = {self, batch->row_count, 0, emit, context};
    return data_arrow_import_batch(self->context->pool, &result, &self->arrow_out, self->out,
                                   rows_max, on_result, &results, err);
}
