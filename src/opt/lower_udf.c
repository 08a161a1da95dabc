/* Lowering of user functions: scalar calls are pulled out of expressions, innermost first, into
 * PythonCalc stages that append one column a call; table functions become PythonCorrelate.  Both
 * run on the job's user-function thread, so each has a stage of its own between forward edges. */
#include "opt/lower.h"

expr_node **lower_first_columns(lowering *low, const data_schema *schema) {
    expr_node **exprs = BASE_ARENA_ARRAY(low->graph->arena, expr_node *, schema->count + 1);
    for (int32_t i = 0; i < schema->count; i++)
        exprs[i] = expr_input(low->graph->arena, 0, i, schema->types[i]);
    return exprs;
}

static void add_user_stage(lowering *low, open_stage *open, const char *op_name, const void *params,
                           const data_schema *schema, const char *description) {
    int32_t parallelism = open->stage->parallelism;
    lower_exchange(low, open, EXEC_EDGE_FORWARD, parallelism, NULL, 0);
    lower_add_op(low, open, op_name, params, schema, description);
    lower_exchange(low, open, EXEC_EDGE_FORWARD, parallelism, NULL, 0);
}

/* A call whose arguments are free of user functions. */
static bool is_innermost(const expr_node *node) {
    if (node->kind != EXPR_CALL || node->udf == NULL)
        return false;
    for (int32_t i = 0; i < node->arg_count; i++)
        if (opt_has_udf(node->args[i]))
            return false;
    return true;
}

typedef struct extraction {
    lowering *low;
    expr_node **calls;
    int32_t call_count, call_max;
    int32_t first_column;
} extraction;

/* A copy of `node` in which innermost calls are columns; they are collected on the way. */
static expr_node *extract(extraction *state, expr_node *node) {
    base_arena *arena = state->low->graph->arena;
    if (is_innermost(node)) {
        int32_t found = 0;
        while (found < state->call_count &&
               !(node->udf->udf.deterministic && expr_equal(state->calls[found], node)))
            found++;
        if (found == state->call_count)
            state->calls[state->call_count++] = node;
        return expr_input(arena, 0, state->first_column + found, node->type);
    }
    if (!opt_has_udf(node))
        return node;
    expr_node *copy = base_arena_copy(arena, node, (int64_t)sizeof *node);
    copy->args = BASE_ARENA_ARRAY(arena, expr_node *, node->arg_count + 1);
    for (int32_t i = 0; i < node->arg_count; i++)
        copy->args[i] = extract(state, node->args[i]);
    return copy;
}

static bool count_call(void *context, expr_node *node) {
    *(int32_t *)context += node->udf != NULL;
    return true;
}

static void add_calls(lowering *low, open_stage *open, const extraction *state) {
    base_arena *arena = low->graph->arena;
    data_schema *schema = data_schema_new(arena, open->schema->count + state->call_count);
    base_strbuf text;
    base_strbuf_init(&text, 1 << 20);
    base_strbuf_add_text(&text, "PythonCalc(select=[");
    for (int32_t i = 0; i < schema->count; i++) {
        base_strbuf_add_text(&text, i > 0 ? ", " : "");
        if (i < open->schema->count) {
            schema->names[i] = open->schema->names[i];
            schema->types[i] = open->schema->types[i];
            base_strbuf_add_text(&text, schema->names[i]);
            continue;
        }
        const expr_node *call = state->calls[i - open->schema->count];
        schema->names[i] = base_arena_printf(arena, "f%d", i - open->schema->count);
        schema->types[i] = call->type;
        expr_write(call, open->schema->names, false, &text);
        base_strbuf_printf(&text, " AS %s", schema->names[i]);
    }
    base_strbuf_add_text(&text, "])");
    exec_udf_params *params = BASE_ARENA_NEW(arena, exec_udf_params);
    params->calls = state->calls;
    params->call_count = state->call_count;
    add_user_stage(low, open, "PythonCalc", params, schema, base_arena_strdup(arena, text.data));
    base_strbuf_free(&text);
}

rask_status lower_user_functions(lowering *low, open_stage *open, expr_node **exprs, int32_t count,
                                 rask_error *err) {
    (void)err;
    for (;;) {
        extraction state = {.low = low, .first_column = open->schema->count};
        for (int32_t i = 0; i < count; i++)
            expr_walk(exprs[i], count_call, &state.call_max);
        if (state.call_max == 0)
            return RASK_OK;
        state.calls = BASE_ARENA_ARRAY(low->graph->arena, expr_node *, state.call_max);
        for (int32_t i = 0; i < count; i++)
            exprs[i] = extract(&state, exprs[i]);
        add_calls(low, open, &state);
    }
}

rask_status lower_flat_map(lowering *low, const plan_node *node, bool needs_before,
                           open_stage *open, rask_error *err) {
    RASK_TRY(lower_node(low, node->inputs[0], needs_before, open, err));
    const data_schema *input = open->schema;
    expr_node *call =
        base_arena_copy(low->graph->arena, node->exprs[0], (int64_t)sizeof *node->exprs[0]);
    call->args = base_arena_copy(low->graph->arena, call->args,
                                 (int64_t)sizeof(expr_node *) * call->arg_count);
    RASK_TRY(lower_user_functions(low, open, call->args, call->arg_count, err));
    if (open->schema->count > input->count &&
        node->keeps_input) /* [input | arguments]: arguments only pass through */
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "Python functions inside the arguments of a joined table function "
                              "are not supported yet.");
    if (call->udf == NULL)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "Built-in table function %s is not supported yet.", call->name);
    exec_correlate_params *params = BASE_ARENA_NEW(low->graph->arena, exec_correlate_params);
    *params = (exec_correlate_params){call, node->is_outer, node->keeps_input};
    add_user_stage(low, open, "PythonCorrelate", params, node->schema,
                   opt_describe(low->graph->arena, node, low->streaming));
    return RASK_OK;
}
