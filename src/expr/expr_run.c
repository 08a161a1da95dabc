/* Running a program: one instruction after another over whole columns.
 *
 * An instruction whose scope has no rows is passed over; whoever reads its result does so in the
 * same or a smaller scope, and is passed over too.  Only outputs are asked for without rows, and
 * get a NULL column. */
#include <string.h>

#include "expr/code.h"

expr_run_state *expr_run_state_new(const expr_program *program) {
    expr_run_state *state = BASE_NEW(expr_run_state);
    state->program = program;
    state->registers = BASE_NEW_ARRAY(code_register, program->register_count + 1);
    state->scopes = BASE_NEW_ARRAY(code_rows, program->scope_count + 1);
    state->flats = BASE_NEW_ARRAY(code_flat, program->constant_count + 1);
    state->outputs = BASE_NEW_ARRAY(data_column *, program->constant_count + 1);
    state->dictionaries = BASE_NEW_ARRAY(code_dictionary, program->cache_count + 1);
    return state;
}

void expr_run_state_free(expr_run_state *state) {
    if (state == NULL)
        return;
    const expr_program *program = state->program;
    for (int32_t i = 0; i < program->register_count; i++) {
        data_column_unref(state->registers[i].column);
        base_buffer_unref(state->registers[i].validity);
    }
    for (int32_t i = 0; i < program->scope_count; i++)
        base_buffer_unref(state->scopes[i].buffer);
    for (int32_t i = 0; i < program->constant_count; i++) {
        data_column_unref(state->flats[i].flat);
        data_column_unref(state->outputs[i]);
    }
    for (int32_t i = 0; i < program->cache_count; i++) {
        data_column_unref(state->dictionaries[i].dictionary);
        data_column_unref(state->dictionaries[i].result);
    }
    base_buffer_unref(state->valid_rows);
    base_buffer_unref(state->scatter);
    base_free(state->registers);
    base_free(state->scopes);
    base_free(state->flats);
    base_free(state->outputs);
    base_free(state->dictionaries);
    base_free(state);
}

static rask_status run_instruction(expr_run_state *state, const code_instruction *instruction,
                                   rask_error *err) {
    switch (instruction->op) {
    case CODE_CALL:
        return code_run_call(state, instruction, err);
    case CODE_AND:
    case CODE_OR:
        return code_run_logic(state, instruction, err);
    case CODE_MERGE:
        return code_run_merge(state, instruction, err);
    case CODE_SELECT:
        break;
    }
    return code_run_select(state, instruction, err);
}

static rask_status run_block(expr_run_state *state, const code_block *block,
                             const func_context *context, const data_batch *batch,
                             rask_error *err) {
    state->context = context;
    state->batch = batch;
    state->row_count = batch->row_count;
    state->scopes[0].rows = batch->selection;
    state->scopes[0].count = batch->selected;
    /* An error without a row: some kernel will name it. */
    if (err != NULL)
        err->row = -1;
    for (int32_t i = 0; i < block->count; i++) {
        const code_instruction *instruction = &block->items[i];
        if (state->scopes[instruction->scope].count == 0) {
            if (instruction->op == CODE_SELECT)
                state->scopes[instruction->dst_scope].count = 0;
            continue;
        }
        RASK_TRY(run_instruction(state, instruction, err));
    }
    return RASK_OK;
}

/* A constant as long as the batch; batches mostly have the same length, so it is kept. */
static rask_status constant_output(expr_run_state *state, int32_t constant, data_column **out,
                                   rask_error *err) {
    data_column **kept = &state->outputs[constant];
    if (*kept == NULL || (*kept)->length != state->row_count) {
        data_column *slice;
        RASK_TRY(data_column_slice(state->context->pool, state->program->constants[constant], 0,
                                   state->row_count, &slice, err));
        data_column_unref(*kept);
        *kept = slice;
    }
    *out = data_column_ref(*kept);
    return RASK_OK;
}

static rask_status make_output(expr_run_state *state, int32_t value, data_column **out,
                               rask_error *err) {
    const code_value *v = &state->program->values[value];
    if (v->source == CODE_CONSTANT)
        return constant_output(state, v->index, out, err);
    if (v->source == CODE_RESULT && state->scopes[0].count == 0)
        return data_column_new_null(state->context->pool, v->type, state->row_count, out, err);
    *out = data_column_ref(code_column(state, value));
    return RASK_OK;
}

rask_status expr_run(const expr_program *program, expr_run_state *state,
                     const func_context *context, const data_batch *batch, data_column **out,
                     rask_error *err) {
    RASK_TRY(run_block(state, &program->code, context, batch, err));
    for (int32_t i = 0; i < program->output_count; i++) {
        rask_status status = make_output(state, program->outputs[i], &out[i], err);
        if (status != RASK_OK) {
            while (i-- > 0)
                data_column_unref(out[i]);
            return status;
        }
    }
    return RASK_OK;
}

rask_status expr_run_filter(const expr_program *program, expr_run_state *state,
                            const func_context *context, const data_batch *batch,
                            uint16_t *selection, int32_t *selected, rask_error *err) {
    RASK_TRY(run_block(state, &program->filter, context, batch, err));
    *selected = 0;
    if (program->filter_scope < 0)
        return RASK_OK;
    const code_rows *scope = &state->scopes[program->filter_scope];
    if (scope->rows != NULL) {
        memcpy(selection, scope->rows, sizeof(uint16_t) * (size_t)scope->count);
    } else {
        for (int32_t i = 0; i < scope->count; i++)
            selection[i] = (uint16_t)i;
    }
    *selected = scope->count;
    return RASK_OK;
}

rask_status expr_evaluate_constant(const expr_node *expr, const func_context *context,
                                   base_arena *arena, data_value *out, rask_error *err) {
    expr_node *copy = (expr_node *)expr;
    expr_program *program;
    RASK_TRY(expr_compile(&copy, 1, NULL, 0, context, &program, err));
    expr_run_state *state = expr_run_state_new(program);
    data_batch *batch = data_batch_take(NULL, 0, 1);
    data_column *column;
    rask_status status = expr_run(program, state, context, batch, &column, err);
    if (status == RASK_OK) {
        *out = data_value_at(arena, column, 0);
        data_column_unref(column);
    }
    data_batch_unref(batch);
    expr_run_state_free(state);
    expr_program_free(program);
    return status;
}
