/* What cannot have rows is not read: a filter that never holds, LIMIT 0, and whatever stands above
 * them.
 *
 * Flink's planner does this too, and in streaming it shows: an aggregate without GROUP BY over a
 * relation known to be empty is a row of constants, while over one that merely turns out to be
 * empty it has no row.  So this rule also runs when the optimiser is off.  UNION ALL of empty
 * relations is left alone, as Flink's streaming planner leaves it. */
#include "opt/opt.h"

enum { FOLDED_ROWS_MAX = 1024 };

static bool is_empty(const plan_node *node) {
    return node->kind == PLAN_VALUES && node->data == NULL && node->expr_count == 0;
}

/* VALUES of `count` expressions, with the node's schema. */
static plan_node *values(opt_context *context, const plan_node *node, expr_node **exprs,
                         int32_t count) {
    plan_node *out = plan_node_new(context->plan, PLAN_VALUES, NULL, 0);
    out->exprs = exprs;
    out->expr_count = count;
    out->row_width = node->schema->count;
    out->schema = node->schema;
    out->is_bound = true;
    return out;
}

/* ---- conditions ------------------------------------------------------------------------------ */
typedef enum verdict { MAY_HOLD, HOLDS, FAILS } verdict;

static verdict judge(opt_context *context, const expr_node *condition) {
    func_context function = *context->function;
    data_value value;
    if (!expr_is_constant(condition) || opt_has_udf(condition) ||
        expr_evaluate_constant(condition, &function, context->plan->arena, &value, NULL) != RASK_OK)
        return MAY_HOLD;
    return !value.is_null && value.i64 != 0 ? HOLDS : FAILS;
}

static bool never_holds(opt_context *context, plan_node *filter) {
    base_list conjuncts = {0};
    expr_conjuncts(context->plan->arena, filter->condition, &conjuncts);
    for (int32_t i = 0; i < conjuncts.count; i++)
        if (judge(context, conjuncts.items[i]) == FAILS)
            return true;
    return opt_ranges_contradict(context->plan->arena, filter);
}

/* A filter over rows that are all known leaves the rows that pass. */
static plan_node *filter_values(opt_context *context, plan_node *node) {
    const plan_node *input = node->inputs[0];
    int32_t width = input->row_width, count = 0;
    if (input->kind != PLAN_VALUES || input->data != NULL || width == 0 ||
        input->expr_count / width > FOLDED_ROWS_MAX)
        return node;
    base_arena *arena = context->plan->arena;
    expr_node **kept = BASE_ARENA_ARRAY(arena, expr_node *, input->expr_count + 1);
    for (int32_t first = 0; first < input->expr_count; first += width) {
        expr_node *const *row = input->exprs + first;
        verdict found = judge(context, expr_substitute(arena, node->condition, row));
        if (found == MAY_HOLD)
            return node;
        for (int32_t c = 0; c < width && found == HOLDS; c++)
            kept[count++] = row[c];
    }
    return values(context, node, kept, count);
}

static plan_node *filter(opt_context *context, plan_node *node) {
    if (never_holds(context, node))
        return values(context, node, NULL, 0);
    return filter_values(context, node);
}

/* ---- aggregates ------------------------------------------------------------------------------ */
/* What the aggregate gives for no rows: that of a fresh state. */
static rask_status value_of_nothing(opt_context *context, const expr_node *node, expr_node **out) {
    const func_aggregate *row = node->aggregate;
    base_arena *arena = context->plan->arena;
    const data_type *types[FUNC_ARGS_MAX];
    for (int32_t i = 0; i < node->arg_count; i++)
        types[i] = node->args[i]->type;
    func_aggregate_call call = {.row = row,
                                .context = context->function,
                                .arg_types = types,
                                .arg_count = node->arg_count,
                                .result_type = node->type};
    void *state = base_arena_alloc(arena, row->state_size);
    row->init(&call, state);
    data_column *column;
    RASK_TRY(data_column_new(NULL, node->type, DATA_PHYSICAL_NONE, 1, &column, NULL));
    rask_status status = data_column_make_validity(NULL, column, NULL);
    if (status == RASK_OK)
        status = row->finish(&call, &state, 1, NULL, column, NULL);
    if (status == RASK_OK) {
        data_value value = data_value_at(arena, column, 0);
        value.type = node->type;
        *out = expr_literal(arena, &value);
    }
    data_column_unref(column);
    return status;
}

static plan_node *aggregate(opt_context *context, plan_node *node) {
    if (node->key_count > 0)
        return values(context, node, NULL, 0);
    expr_node **row = BASE_ARENA_ARRAY(context->plan->arena, expr_node *, node->aggregate_count);
    for (int32_t i = 0; i < node->aggregate_count; i++)
        if (value_of_nothing(context, node->aggregates[i], &row[i]) != RASK_OK)
            return node;
    return values(context, node, row, node->aggregate_count);
}

plan_node *opt_rule_empty(opt_context *context, plan_node *node) {
    bool is_above_empty = node->input_count == 1 && is_empty(node->inputs[0]);
    switch (node->kind) {
    case PLAN_FILTER:
        return filter(context, node);
    case PLAN_LIMIT:
    case PLAN_SORT:
        return is_above_empty || node->fetch == 0 ? values(context, node, NULL, 0) : node;
    case PLAN_PROJECT:
    case PLAN_FLAT_MAP:
        return is_above_empty ? values(context, node, NULL, 0) : node;
    case PLAN_AGGREGATE:
        return is_above_empty ? aggregate(context, node) : node;
    default:
        return node;
    }
}
