/* (a AND b) OR (a AND c) becomes a AND (b OR c): what all branches ask for can then be a join key
 * or move to the side it concerns.  Where a branch asks for nothing else, the rest is true. */
#include "opt/opt.h"

static bool is_call(const expr_node *node, const char *name) {
    return node->kind == EXPR_CALL && node->function != NULL &&
           strcmp(node->function->name, name) == 0;
}

static bool contains(const base_list *conjuncts, const expr_node *expr) {
    for (int32_t i = 0; i < conjuncts->count; i++)
        if (expr_equal(conjuncts->items[i], expr))
            return true;
    return false;
}

/* The branch without what all have in common; NULL = nothing is left. */
static expr_node *rest_of(base_arena *arena, const base_list *branch, const base_list *common) {
    base_list rest = {0};
    for (int32_t i = 0; i < branch->count; i++)
        if (!contains(common, branch->items[i]))
            base_list_add(arena, &rest, branch->items[i]);
    return expr_and(arena, (expr_node *const *)rest.items, rest.count);
}

/* Adds what the disjunction asks for in conjuncts of its own; false: there is nothing in common. */
static bool factor(base_arena *arena, const expr_node *any, base_list *out) {
    base_list *branches = BASE_ARENA_ARRAY(arena, base_list, any->arg_count + 1), common = {0};
    for (int32_t i = 0; i < any->arg_count; i++)
        expr_conjuncts(arena, any->args[i], &branches[i]);
    for (int32_t c = 0; c < branches[0].count; c++) {
        bool everywhere = opt_is_movable(branches[0].items[c]);
        for (int32_t i = 1; i < any->arg_count && everywhere; i++)
            everywhere = contains(&branches[i], branches[0].items[c]);
        if (everywhere)
            base_list_add(arena, &common, branches[0].items[c]);
    }
    if (common.count == 0)
        return false;
    for (int32_t c = 0; c < common.count; c++)
        base_list_add(arena, out, common.items[c]);
    expr_node *left = base_arena_copy(arena, any, (int64_t)sizeof *any);
    left->args = BASE_ARENA_ARRAY(arena, expr_node *, any->arg_count);
    for (int32_t i = 0; i < any->arg_count; i++) {
        left->args[i] = rest_of(arena, &branches[i], &common);
        if (left->args[i] == NULL)
            return true;
    }
    base_list_add(arena, out, left);
    return true;
}

plan_node *opt_rule_factor_or(opt_context *context, plan_node *node) {
    if ((node->kind != PLAN_FILTER && node->kind != PLAN_JOIN) || node->condition == NULL ||
        node->is_null_aware)
        return node;
    base_arena *arena = context->plan->arena;
    base_list conjuncts = {0}, factored = {0};
    bool any = false;
    expr_conjuncts(arena, node->condition, &conjuncts);
    for (int32_t i = 0; i < conjuncts.count; i++) {
        expr_node *conjunct = conjuncts.items[i];
        if (is_call(conjunct, "OR") && factor(arena, conjunct, &factored))
            any = true;
        else
            base_list_add(arena, &factored, conjunct);
    }
    if (!any)
        return node;
    plan_node *copy = plan_node_copy(context->plan, node);
    copy->condition = expr_and(arena, (expr_node *const *)factored.items, factored.count);
    return copy;
}
