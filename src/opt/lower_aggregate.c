/* Lowering of grouped and global aggregation.
 *
 * A Calc in front turns keys, arguments and filters into columns:  [keys | arguments | filters].
 * Streaming: hash edge on the keys (single task without keys), then GroupAggregate.
 * Batch: HashAggregate ends the stage, and the next stage reads its result. */
#include "opt/lower.h"

typedef struct column_list {
    expr_node **exprs;
    data_schema *schema;
} column_list;

/* The column that holds `expr`, added where it is new. */
static int32_t column_of(lowering *low, column_list *list, expr_node *expr) {
    for (int32_t i = 0; i < list->schema->count; i++)
        if (expr_equal(list->exprs[i], expr))
            return i;
    int32_t column = list->schema->count++;
    list->exprs[column] = expr;
    list->schema->names[column] = base_arena_printf(low->graph->arena, "$f%d", column);
    list->schema->types[column] = expr->type;
    return column;
}

static exec_aggregate one_aggregate(lowering *low, const expr_node *call, bool retracts,
                                    column_list *list) {
    exec_aggregate out = {.row = call->aggregate,
                          .arg_count = call->arg_count,
                          .filter_column = -1,
                          .distinct = call->distinct &&
                                      (call->aggregate->flags & FUNC_AGG_DISTINCT_IS_SAME) == 0,
                          .result_type = call->type};
    if (retracts && out.row->retract == NULL && out.row->retractable != NULL)
        out.row = out.row->retractable;
    for (int32_t i = 0; i < call->arg_count; i++) {
        out.args[i] = column_of(low, list, call->args[i]);
        out.arg_types[i] = call->args[i]->type;
    }
    if (call->filter != NULL)
        out.filter_column = column_of(low, list, call->filter);
    return out;
}

static bool has_distinct(const exec_aggregate_params *params) {
    for (int32_t i = 0; i < params->aggregate_count; i++)
        if (params->aggregates[i].distinct)
            return true;
    return false;
}

static int32_t columns_max(const plan_node *node) {
    int32_t count = node->key_count + 1;
    for (int32_t i = 0; i < node->aggregate_count; i++)
        count += node->aggregates[i]->arg_count + 1;
    return count;
}

static rask_status check_arguments(const plan_node *node, bool retracts, rask_error *err) {
    for (int32_t i = 0; i < node->aggregate_count; i++) {
        const expr_node *call = node->aggregates[i];
        int32_t room = (int32_t)(sizeof((exec_aggregate *)0)->args / sizeof(int32_t));
        if (call->arg_count > room)
            return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                                  "%s with more than %d arguments is not supported.",
                                  call->aggregate->name, room);
        const func_aggregate *row = call->aggregate;
        if (retracts && row->retract == NULL && row->retractable == NULL)
            return rask_error_set(err, RASK_ERROR_TABLE,
                                  "Function class '%s' does not implement retract().", row->name);
    }
    return RASK_OK;
}

static void add_input_calc(lowering *low, open_stage *open, const plan_node *node,
                           const column_list *list) {
    base_strbuf text;
    base_strbuf_init(&text, 1 << 20);
    base_strbuf_add_text(&text, "Calc(select=[");
    bool identity = list->schema->count == open->schema->count;
    for (int32_t i = 0; i < list->schema->count; i++) {
        identity = identity && list->exprs[i]->kind == EXPR_INPUT && list->exprs[i]->column == i;
        base_strbuf_add_text(&text, i > 0 ? ", " : "");
        expr_write(list->exprs[i], node->inputs[0]->schema->names, false, &text);
        if (list->exprs[i]->kind == EXPR_INPUT)
            list->schema->names[i] = open->schema->names[list->exprs[i]->column];
        else
            base_strbuf_printf(&text, " AS %s", list->schema->names[i]);
    }
    base_strbuf_add_text(&text, "])");
    if (!identity)
        lower_add_calc(low, open, NULL, list->exprs, list->schema->count, list->schema,
                       base_arena_strdup(low->graph->arena, text.data));
    base_strbuf_free(&text);
}

rask_status lower_aggregate(lowering *low, const plan_node *node, bool needs_before,
                            open_stage *open, rask_error *err) {
    base_arena *arena = low->graph->arena;
    bool retracts = low->streaming && opt_changelog(node->inputs[0]) != OPT_INSERTS;
    RASK_TRY(check_arguments(node, retracts, err));
    RASK_TRY(lower_node(low, node->inputs[0], true, open, err));

    int32_t max = columns_max(node);
    column_list list = {BASE_ARENA_ARRAY(arena, expr_node *, max), data_schema_new(arena, max)};
    list.schema->count = 0;
    exec_aggregate_params *params = BASE_ARENA_NEW(arena, exec_aggregate_params);
    int32_t *keys = BASE_ARENA_ARRAY(arena, int32_t, node->key_count + 1);
    exec_aggregate *aggregates = BASE_ARENA_ARRAY(arena, exec_aggregate, node->aggregate_count + 1);
    for (int32_t i = 0; i < node->key_count; i++)
        keys[i] = column_of(low, &list, node->keys[i]);
    for (int32_t i = 0; i < node->aggregate_count; i++)
        aggregates[i] = one_aggregate(low, node->aggregates[i], retracts, &list);
    RASK_TRY(lower_user_functions(low, open, list.exprs, list.schema->count, err));
    if (list.schema->count > 0)
        add_input_calc(low, open, node, &list);

    *params = (exec_aggregate_params){.keys = keys,
                                      .key_count = node->key_count,
                                      .aggregates = aggregates,
                                      .aggregate_count = node->aggregate_count,
                                      .emits_update_before = needs_before,
                                      .input_has_retractions = retracts};
    params->state_ttl_ms = plan_config_duration_ms(low->config, "table.exec.state.ttl");
    const char *description = opt_describe(arena, node, low->streaming);
    if (!low->streaming) {
        if (has_distinct(params)) /* one task sees all values of a group */
            lower_gather(low, open);
        lower_add_op(low, open, "HashAggregate", params, node->schema, description);
        lower_read_result(low, open, node->key_count > 0 ? low->parallelism : 1);
        return RASK_OK;
    }
    if (node->key_count == 0)
        lower_gather(low, open);
    else if (low->parallelism > 1)
        lower_exchange(low, open, EXEC_EDGE_HASH, low->parallelism, keys, node->key_count);
    lower_add_op(low, open, "GroupAggregate", params, node->schema, description);
    return RASK_OK;
}
