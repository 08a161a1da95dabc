/* Streaming Top-N moves below a projection when its keys are plain columns there: the projection is
 * computed for the first rows only, and the rows still have the keys of the aggregate below, by
 * which they are updated in place (traits.c), as in Flink. */
#include "opt/opt.h"

/* The key as a column below the projection, NULL where it is computed. */
static expr_node *key_below(opt_context *context, const plan_node *project, const expr_node *key) {
    base_arena *arena = context->plan->arena;
    const expr_node *value = key->kind == EXPR_ORDER ? key->args[0] : key;
    if (value->kind != EXPR_INPUT || project->exprs[value->column]->kind != EXPR_INPUT)
        return NULL;
    return expr_substitute(arena, key, project->exprs);
}

plan_node *opt_rule_sort_past_project(opt_context *context, plan_node *node) {
    if (node->kind != PLAN_SORT || node->fetch < 0 || node->inputs[0]->kind != PLAN_PROJECT)
        return node;
    base_arena *arena = context->plan->arena;
    plan_node *project = node->inputs[0];
    for (int32_t i = 0; i < project->expr_count; i++)
        if (opt_has_udf(project->exprs[i]) || !expr_is_deterministic(project->exprs[i]))
            return node;
    plan_node *sort = plan_node_copy(context->plan, node);
    sort->keys = BASE_ARENA_ARRAY(arena, expr_node *, node->key_count + 1);
    for (int32_t i = 0; i < node->key_count; i++)
        if ((sort->keys[i] = key_below(context, project, node->keys[i])) == NULL)
            return node;
    sort->inputs = base_arena_copy(arena, &project->inputs[0], (int64_t)sizeof(plan_node *));
    sort->schema = project->inputs[0]->schema;
    return opt_project(context, sort, project->exprs, project->expr_count, project->schema->names);
}
