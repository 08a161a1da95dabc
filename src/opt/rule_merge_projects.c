/* Project over project becomes one, unless that would compute something twice or move a user
 * function; a projection that changes nothing disappears. */
#include "opt/opt.h"

typedef struct use_count {
    int32_t *uses;
    int32_t width;
} use_count;

static bool count_use(void *context, expr_node *node) {
    use_count *count = context;
    if (node->kind == EXPR_INPUT && node->input == 0 && node->column < count->width)
        count->uses[node->column]++;
    return true;
}

static bool is_trivial(const expr_node *expr) {
    return expr->kind == EXPR_INPUT || expr->kind == EXPR_LITERAL;
}

static bool is_identity(const plan_node *project) {
    const data_schema *below = project->inputs[0]->schema;
    if (project->expr_count != below->count)
        return false;
    for (int32_t i = 0; i < project->expr_count; i++) {
        const expr_node *expr = project->exprs[i];
        if (expr->kind != EXPR_INPUT || expr->column != i ||
            strcmp(project->schema->names[i], below->names[i]) != 0)
            return false;
    }
    return true;
}

plan_node *opt_rule_merge_projects(opt_context *context, plan_node *node) {
    if (node->kind != PLAN_PROJECT)
        return node;
    if (is_identity(node))
        return node->inputs[0];
    plan_node *inner = node->inputs[0];
    if (inner->kind != PLAN_PROJECT)
        return node;
    base_arena *arena = context->plan->arena;
    use_count count = {BASE_ARENA_ARRAY(arena, int32_t, inner->expr_count + 1), inner->expr_count};
    for (int32_t i = 0; i < node->expr_count; i++)
        expr_walk(node->exprs[i], count_use, &count);
    for (int32_t i = 0; i < inner->expr_count; i++) {
        const expr_node *expr = inner->exprs[i];
        if (opt_has_udf(expr) ||
            (!is_trivial(expr) && (count.uses[i] > 1 || !expr_is_deterministic(expr))))
            return node;
    }
    expr_node **merged = BASE_ARENA_ARRAY(arena, expr_node *, node->expr_count);
    for (int32_t i = 0; i < node->expr_count; i++)
        merged[i] = expr_substitute(arena, node->exprs[i], inner->exprs);
    return opt_project(context, inner->inputs[0], merged, node->expr_count, node->schema->names);
}
