/* Filters move towards the scan: merged with a filter below, past projections (their expressions
 * substituted), past the keys of a grouped aggregate, past windows that have the columns as
 * partition keys, into every branch of a set operation, and past table functions that keep the
 * input's columns.  Joins are in rule_filter_join.c.
 *
 * Only deterministic conjuncts without user functions move, and none moves past an expression that
 * is not: it would be computed for other rows, or twice. */
#include "opt/opt.h"

static bool may_move(const expr_node *expr) {
    return expr_is_deterministic(expr) && !opt_has_udf(expr);
}

static plan_node *merge_filters(opt_context *context, plan_node *node) {
    plan_node *inner = node->inputs[0];
    expr_node *both[] = {inner->condition, node->condition};
    if (!may_move(node->condition) || !may_move(inner->condition))
        return node;
    return opt_filter(context, inner->inputs[0], expr_and(context->plan->arena, both, 2));
}

static plan_node *past_project(opt_context *context, plan_node *node) {
    plan_node *project = node->inputs[0];
    for (int32_t i = 0; i < project->expr_count; i++)
        if (!may_move(project->exprs[i]))
            return node;
    expr_node *below = expr_substitute(context->plan->arena, node->condition, project->exprs);
    plan_node *filter = opt_filter(context, project->inputs[0], below);
    return opt_project(context, filter, project->exprs, project->expr_count,
                       project->schema->names);
}

/* Splits the condition: conjuncts over columns below `limit` go to `below`, others to `above`. */
static void split(opt_context *context, expr_node *condition, int32_t limit, int32_t width,
                  base_list *below, base_list *above) {
    base_arena *arena = context->plan->arena;
    base_list conjuncts = {0};
    expr_conjuncts(arena, condition, &conjuncts);
    bool *used = BASE_ARENA_ARRAY(arena, bool, width + 1);
    for (int32_t i = 0; i < conjuncts.count; i++) {
        expr_node *conjunct = conjuncts.items[i];
        for (int32_t c = 0; c < width; c++)
            used[c] = false;
        expr_used_columns(conjunct, 0, used);
        bool fits = may_move(conjunct);
        for (int32_t c = limit; c < width; c++)
            fits = fits && !used[c];
        base_list_add(arena, fits ? below : above, conjunct);
    }
}

static plan_node *with_remaining(opt_context *context, plan_node *moved, const base_list *above) {
    if (above->count == 0)
        return moved;
    expr_node *rest =
        expr_and(context->plan->arena, (expr_node *const *)above->items, above->count);
    return opt_filter(context, moved, rest);
}

static plan_node *past_aggregate(opt_context *context, plan_node *node) {
    plan_node *aggregate = node->inputs[0];
    base_list below = {0}, above = {0};
    split(context, node->condition, aggregate->key_count, aggregate->schema->count, &below, &above);
    if (below.count == 0 || aggregate->key_count == 0)
        return node;
    base_arena *arena = context->plan->arena;
    expr_node *condition = expr_and(arena, (expr_node *const *)below.items, below.count);
    plan_node *copy = plan_node_copy(context->plan, aggregate);
    plan_node *filter = opt_filter(context, aggregate->inputs[0],
                                   expr_substitute(arena, condition, aggregate->keys));
    copy->inputs = base_arena_copy(arena, &filter, (int64_t)sizeof filter);
    return with_remaining(context, copy, &above);
}

/* Whether column `column` is a partition key of all calls. */
static bool is_partition_key(const plan_node *window, int32_t column) {
    for (int32_t i = 0; i < window->expr_count; i++) {
        const expr_node *over = window->exprs[i];
        bool found = false;
        for (int32_t k = 1; k <= over->partition_count; k++)
            found = found || (over->args[k]->kind == EXPR_INPUT && over->args[k]->column == column);
        if (!found)
            return false;
    }
    return true;
}

static bool uses_only_partition_keys(opt_context *context, const plan_node *window,
                                     const expr_node *condition) {
    int32_t width = window->schema->count;
    bool *used = BASE_ARENA_ARRAY(context->plan->arena, bool, width + 1);
    expr_used_columns(condition, 0, used);
    for (int32_t i = 0; i < width; i++)
        if (used[i] && (i >= window->inputs[0]->schema->count || !is_partition_key(window, i)))
            return false;
    return true;
}

/* Conditions on partition keys take whole partitions away. */
static plan_node *past_window(opt_context *context, plan_node *node) {
    plan_node *window = node->inputs[0];
    base_arena *arena = context->plan->arena;
    base_list conjuncts = {0}, below = {0}, above = {0};
    expr_conjuncts(arena, node->condition, &conjuncts);
    for (int32_t i = 0; i < conjuncts.count; i++) {
        expr_node *conjunct = conjuncts.items[i];
        bool fits = may_move(conjunct) && uses_only_partition_keys(context, window, conjunct);
        base_list_add(arena, fits ? &below : &above, conjunct);
    }
    if (below.count == 0)
        return node;
    plan_node *copy = plan_node_copy(context->plan, window);
    plan_node *filter = opt_filter(context, window->inputs[0],
                                   expr_and(arena, (expr_node *const *)below.items, below.count));
    copy->inputs = base_arena_copy(arena, &filter, (int64_t)sizeof filter);
    return with_remaining(context, copy, &above);
}

/* Windows of a fixed size are made row by row; a session must see all its rows. */
static plan_node *past_window_table(opt_context *context, plan_node *node) {
    plan_node *windows = node->inputs[0];
    base_arena *arena = context->plan->arena;
    base_list below = {0}, above = {0};
    if (windows->window->kind == PLAN_WINDOW_SESSION)
        return node;
    split(context, node->condition, windows->inputs[0]->schema->count, windows->schema->count,
          &below, &above);
    if (below.count == 0)
        return node;
    plan_node *copy = plan_node_copy(context->plan, windows);
    plan_node *filter = opt_filter(context, windows->inputs[0],
                                   expr_and(arena, (expr_node *const *)below.items, below.count));
    copy->inputs = base_arena_copy(arena, &filter, (int64_t)sizeof filter);
    return with_remaining(context, copy, &above);
}

static plan_node *past_flat_map(opt_context *context, plan_node *node) {
    plan_node *flat_map = node->inputs[0];
    if (!flat_map->keeps_input)
        return node;
    base_list below = {0}, above = {0};
    split(context, node->condition, flat_map->inputs[0]->schema->count, flat_map->schema->count,
          &below, &above);
    if (below.count == 0)
        return node;
    base_arena *arena = context->plan->arena;
    plan_node *copy = plan_node_copy(context->plan, flat_map);
    plan_node *filter = opt_filter(context, flat_map->inputs[0],
                                   expr_and(arena, (expr_node *const *)below.items, below.count));
    copy->inputs = base_arena_copy(arena, &filter, (int64_t)sizeof filter);
    return with_remaining(context, copy, &above);
}

/* What EXCEPT takes away is looked for among rows that pass too. */
static plan_node *into_set(opt_context *context, plan_node *node) {
    plan_node *set = node->inputs[0];
    if (!may_move(node->condition))
        return node;
    plan_node *copy = plan_node_copy(context->plan, set);
    copy->inputs = BASE_ARENA_ARRAY(context->plan->arena, plan_node *, set->input_count);
    for (int32_t i = 0; i < set->input_count; i++)
        copy->inputs[i] = opt_filter(context, set->inputs[i], node->condition);
    return copy;
}

plan_node *opt_rule_push_filter(opt_context *context, plan_node *node) {
    if (node->kind != PLAN_FILTER)
        return node;
    switch (node->inputs[0]->kind) {
    case PLAN_FILTER:
        return merge_filters(context, node);
    case PLAN_PROJECT:
        return may_move(node->condition) ? past_project(context, node) : node;
    case PLAN_AGGREGATE:
        return past_aggregate(context, node);
    case PLAN_FLAT_MAP:
        return past_flat_map(context, node);
    case PLAN_WINDOW:
        return past_window(context, node);
    case PLAN_WINDOW_TABLE:
        return past_window_table(context, node);
    case PLAN_SET_OP:
        return into_set(context, node);
    default:
        return node;
    }
}
