/* Calling a user's scalar function from a program: the rows of the scope go out as one Arrow struct
 * array, the answer comes back as one array of as many values and is spread to the rows again.
 *
 * The caller of the program opens and closes the function and sees to it that the program runs on
 * the thread the function belongs to. */
#include <string.h>

#include "data/arrow.h"
#include "expr/code.h"

/* ---- the answer as a struct array of one child, which is what can be imported ----------------- */

typedef struct wrapped_array {
    struct ArrowArray child;
    struct ArrowArray *children[1];
    const void *buffers[1];
} wrapped_array;

static void release_wrapped(struct ArrowArray *array) {
    wrapped_array *wrapped = array->private_data;
    if (wrapped->child.release != NULL)
        wrapped->child.release(&wrapped->child);
    base_free(wrapped);
    array->release = NULL;
}

static void wrap_array(struct ArrowArray *child, struct ArrowArray *out) {
    wrapped_array *wrapped = BASE_NEW(wrapped_array);
    wrapped->child = *child;
    child->release = NULL;
    wrapped->children[0] = &wrapped->child;
    *out = (struct ArrowArray){.length = wrapped->child.length, .n_buffers = 1, .n_children = 1,
                               .buffers = wrapped->buffers, .children = wrapped->children,
                               .release = release_wrapped, .private_data = wrapped};
}

static rask_status keep_column(void *context, data_batch *batch, rask_error *err) {
    data_column **out = context;
    if (*out == NULL && batch->column_count == 1)
        *out = data_column_ref(batch->columns[0]);
    data_batch_unref(batch);
    return RASK_OK;
}

/* ---- one call ----------------------------------------------------------------------------------- */

typedef struct udf_call {
    rask_udf_handle *udf;
    base_pool *pool;
    struct ArrowSchema in_schema, out_schema;
    struct ArrowArray in, answer;
} udf_call;

static void release_call(udf_call *call) {
    if (call->in_schema.release != NULL)
        call->in_schema.release(&call->in_schema);
    if (call->out_schema.release != NULL)
        call->out_schema.release(&call->out_schema);
    if (call->in.release != NULL)
        call->in.release(&call->in);
    if (call->answer.release != NULL)
        call->answer.release(&call->answer);
}

static rask_status import_answer(udf_call *call, const data_schema *schema, int32_t rows,
                                 data_column **out, rask_error *err) {
    if (call->answer.release == NULL || call->answer.length != rows)
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "user function '%s' returned %lld values for %d rows",
                              call->udf->udf.name,
                              call->answer.release == NULL ? 0LL : (long long)call->answer.length,
                              rows);
    struct ArrowArray wrapped;
    wrap_array(&call->answer, &wrapped);
    data_column *column = NULL;
    rask_status status = data_arrow_import_batch(call->pool, &wrapped, &call->out_schema, schema,
                                                 DATA_BATCH_ROWS_LIMIT, keep_column, &column, err);
    if (status == RASK_OK && column == NULL)
        status = rask_error_set(err, RASK_ERROR_INTERNAL, "user function '%s': nothing came back",
                                call->udf->udf.name);
    if (status == RASK_OK)
        *out = column;
    else
        data_column_unref(column);
    return status;
}

/* Runs the function over `in`; `*out` has a value for each selected row. */
static rask_status run_udf(udf_call *call, data_batch *in, const data_schema *in_schema,
                           base_arena *arena, const data_type *type, data_column **out,
                           rask_error *err) {
    data_schema *out_schema = data_schema_new(arena, 1);
    out_schema->names[0] = "f0";
    out_schema->types[0] = type;
    RASK_TRY(data_arrow_export_schema(in_schema, &call->in_schema, err));
    RASK_TRY(data_arrow_export_schema(out_schema, &call->out_schema, err));
    RASK_TRY(data_arrow_export_batch(call->pool, in, in_schema, &call->in, err));
    const rask_udf *udf = &call->udf->udf;
    RASK_TRY(udf->eval(udf->self, &call->in_schema, &call->in, call->out_schema.children[0],
                       &call->answer, err));
    return import_answer(call, out_schema, in->selected, out, err);
}

/* The scope's rows of the arguments as a batch. */
static rask_status argument_batch(expr_run_state *state, const code_instruction *instruction,
                                  data_batch **out, rask_error *err) {
    const code_rows *scope = &state->scopes[instruction->scope];
    data_column **columns = BASE_NEW_ARRAY(data_column *, instruction->arg_count + 1);
    rask_status status = RASK_OK;
    int32_t made = 0;
    for (; made < instruction->arg_count && status == RASK_OK; made++)
        status = data_column_slice(state->context->pool,
                                   code_column(state, instruction->args[made]), 0,
                                   state->row_count, &columns[made], err);
    if (status != RASK_OK) {
        for (int32_t i = 0; i + 1 < made; i++)
            data_column_unref(columns[i]);
        base_free(columns);
        return status;
    }
    data_batch *batch = data_batch_take(columns, instruction->arg_count, state->row_count);
    base_free(columns);
    if (scope->rows != NULL) {
        int64_t bytes = scope->count * (int64_t)sizeof(uint16_t);
        base_buffer *selection;
        status = base_buffer_new(state->context->pool, bytes, &selection, err);
        if (status != RASK_OK) {
            data_batch_unref(batch);
            return status;
        }
        memcpy(selection->data, scope->rows, (size_t)bytes);
        data_batch_set_selection(batch, selection, scope->count);
    }
    *out = batch;
    return RASK_OK;
}

/* Moves value i to the i-th row of the scope. */
static rask_status spread(expr_run_state *state, const code_rows *scope, data_column **column,
                          rask_error *err) {
    if (scope->rows == NULL)
        return RASK_OK;
    RASK_TRY(code_rows_reserve(state, &state->scatter,
                               state->row_count * (int64_t)sizeof(int32_t), err));
    int32_t *from = (int32_t *)state->scatter->data;
    for (int32_t i = 0; i < state->row_count; i++)
        from[i] = -1;
    for (int32_t i = 0; i < scope->count; i++)
        from[scope->rows[i]] = i;
    data_column *spreaded;
    RASK_TRY(data_column_gather(state->context->pool, *column, from, state->row_count, &spreaded,
                                err));
    data_column_unref(*column);
    *column = spreaded;
    return RASK_OK;
}

rask_status code_run_udf(expr_run_state *state, const code_instruction *instruction,
                         rask_error *err) {
    const code_value *dst = &state->program->values[instruction->dst];
    udf_call call = {.udf = instruction->udf, .pool = state->context->pool};
    data_batch *in = NULL;
    data_column *column = NULL;
    base_arena *arena = base_arena_new();
    rask_status status;
    RASK_TRY_OUT(status, argument_batch(state, instruction, &in, err));
    RASK_TRY_OUT(status, run_udf(&call, in, instruction->udf_schema, arena, dst->type, &column,
                                 err));
    RASK_TRY_OUT(status, spread(state, &state->scopes[instruction->scope], &column, err));
    code_result_take(state, dst->index, column);
    column = NULL;
out:
    data_column_unref(column);
    data_batch_unref(in);
    release_call(&call);
    base_arena_free(arena);
    return status;
}
