/* The rule lists and their driver.
 *
 * The driver rewrites bottom-up: inputs first, then the rules of the list on the node itself, again
 * and again until none changes it; a rule that replaces a node has its new inputs visited too.  A
 * bound on rounds keeps a mistaken pair of rules from running for ever.
 *
 * Read next: the rule_*.c files, one rule each. */
#include "opt/opt.h"

enum { OPT_ROUNDS_MAX = 64 };

typedef struct rule_list {
    opt_rule rules[16]; /* ended by NULL */
} rule_list;

/* What the engine has no operator for becomes what it has. */
static const rule_list needed_rules = {
    {opt_rule_reduce_aggregates, opt_rule_grouping_sets, opt_rule_set_operation}};
static const rule_list batch_rules = {
    {opt_rule_empty, opt_rule_factor_or, opt_rule_push_filter, opt_rule_filter_join,
     opt_rule_join_condition, opt_rule_merge_projects, opt_rule_push_limit, opt_rule_constant_keys,
     opt_rule_count_rows, opt_rule_scan_filter}};
static const rule_list streaming_rules = {{opt_rule_empty, opt_rule_push_filter,
                                           opt_rule_merge_projects, opt_rule_push_limit,
                                           opt_rule_constant_keys, opt_rule_count_rows,
                                           opt_rule_sort_past_project, opt_rule_scan_filter}};
/* Without the optimiser: what changes answers, as it does Flink's. */
static const rule_list least_rules = {{opt_rule_empty}};

static plan_node *rewrite(opt_context *context, plan_node *node, const rule_list *list,
                          int32_t *rounds) {
    plan_node *current = node;
    for (int32_t i = 0; i < node->input_count; i++) {
        plan_node *input = rewrite(context, node->inputs[i], list, rounds);
        if (input == node->inputs[i])
            continue;
        if (current == node) {
            current = plan_node_copy(context->plan, node);
            current->inputs = base_arena_copy(context->plan->arena, node->inputs,
                                              (int64_t)sizeof(plan_node *) * node->input_count);
        }
        current->inputs[i] = input;
    }
    for (const opt_rule *rule = list->rules; *rule != NULL; rule++) {
        plan_node *replaced = (*rule)(context, current);
        if (replaced != current && --*rounds > 0)
            return rewrite(context, replaced, list, rounds);
        current = replaced;
    }
    return current;
}

static int32_t count_nodes(const plan_node *node) {
    int32_t count = 1;
    for (int32_t i = 0; i < node->input_count; i++)
        count += count_nodes(node->inputs[i]);
    return count;
}

static plan_node *apply(opt_context *context, plan_node *root, const rule_list *list) {
    int32_t rounds = OPT_ROUNDS_MAX * count_nodes(root);
    return rewrite(context, root, list, &rounds);
}

plan_node *opt_optimise(opt_context *context, plan_node *root) {
    root = apply(context, opt_unnest(context, root), &needed_rules);
    if (context->status != RASK_OK)
        return root;
    if (!plan_config_bool(context->config, "rask.optimizer.enabled"))
        return apply(context, root, &least_rules);
    const rule_list *list = context->streaming ? &streaming_rules : &batch_rules;
    root = opt_prune_columns(context, apply(context, root, list));
    if (!context->streaming) {
        root = apply(context, root, list);
        root = opt_prune_columns(context, opt_order_joins(context, root));
    }
    return apply(context, root, list);
}

plan_node *opt_project(opt_context *context, plan_node *input, expr_node *const *exprs,
                       int32_t count, const char *const *names) {
    base_arena *arena = context->plan->arena;
    plan_node *node = plan_node_new(context->plan, PLAN_PROJECT, &input, 1);
    data_schema *schema = data_schema_new(arena, count);
    node->exprs = base_arena_copy(arena, exprs, (int64_t)sizeof(expr_node *) * count);
    node->expr_count = count;
    for (int32_t i = 0; i < count; i++) {
        schema->names[i] = base_arena_strdup(arena, names[i]);
        schema->types[i] = exprs[i]->type;
    }
    node->schema = schema;
    node->is_bound = true;
    return node;
}

plan_node *opt_filter(opt_context *context, plan_node *input, expr_node *condition) {
    plan_node *node = plan_node_new(context->plan, PLAN_FILTER, &input, 1);
    node->condition = condition;
    node->schema = input->schema;
    node->is_bound = true;
    return node;
}

static bool is_not_udf(void *unused, expr_node *node) {
    (void)unused;
    return node->udf == NULL;
}

bool opt_has_udf(const expr_node *expr) {
    return !expr_walk((expr_node *)expr, is_not_udf, NULL);
}

plan_node *opt_join_like(opt_context *context, const plan_node *join, plan_node *left,
                         plan_node *right, expr_node *condition) {
    plan_node *copy = plan_node_copy(context->plan, join);
    plan_node *inputs[] = {left, right};
    copy->inputs = base_arena_copy(context->plan->arena, inputs, (int64_t)sizeof inputs);
    copy->condition = condition;
    return copy;
}

/* Functions that only a bad pattern makes fail; a literal one is checked before anything runs. */
static bool has_literal_pattern(const expr_node *call) {
    static const char *const names[] = {"LIKE", "NOT LIKE", "SIMILAR TO", "NOT SIMILAR TO"};
    bool is_known = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        is_known = is_known || strcmp(call->function->name, names[i]) == 0;
    for (int32_t i = 1; i < call->arg_count; i++)
        is_known = is_known && call->args[i]->kind == EXPR_LITERAL;
    return is_known;
}

static bool cannot_fail(void *unused, expr_node *node) {
    (void)unused;
    if (node->kind == EXPR_CAST && !node->is_try) {
        const func_row *row;
        return func_cast_find(node->args[0]->type, node->type, false, &row, NULL) == RASK_OK &&
               (row->flags & FUNC_CAN_FAIL) == 0;
    }
    return node->function == NULL || (node->function->flags & FUNC_CAN_FAIL) == 0 ||
           has_literal_pattern(node);
}

bool opt_is_movable(const expr_node *expr) {
    return expr_is_deterministic(expr) && !opt_has_udf(expr) &&
           expr_walk((expr_node *)(uintptr_t)expr, cannot_fail, NULL);
}

static bool note_input(void *used, expr_node *node) {
    if (node->kind == EXPR_INPUT)
        *(int *)used |= 1 << node->input;
    return true;
}

int opt_inputs_used(const expr_node *expr) {
    int used = 0;
    expr_walk((expr_node *)(uintptr_t)expr, note_input, &used);
    return used;
}

static bool renumber(void *columns, expr_node *node) {
    if (node->kind == EXPR_INPUT) {
        node->column = ((int32_t *const *)columns)[node->input][node->column];
        node->input = 0;
    }
    return true;
}

expr_node *opt_renumber(base_arena *arena, const expr_node *expr, int32_t *const columns[2]) {
    expr_node *copy = expr_copy(arena, expr);
    expr_walk(copy, renumber, (void *)(uintptr_t)columns);
    return copy;
}
