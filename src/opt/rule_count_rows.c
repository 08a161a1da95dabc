/* COUNT(x) of what is never NULL counts rows, and then x need not be computed. */
#include "opt/opt.h"

static bool counts_rows(const expr_node *call) {
    return strcmp(call->aggregate->name, "COUNT") == 0 && call->arg_count == 1 && !call->distinct &&
           !call->args[0]->type->nullable && !opt_has_udf(call->args[0]) &&
           !expr_can_fail(call->args[0]) && expr_is_deterministic(call->args[0]);
}

/* The same call without an argument; NULL where there is none. */
static expr_node *count_all(opt_context *context, const expr_node *call, bool is_grouped) {
    func_aggregate_resolution found;
    if (func_aggregate_resolve("COUNT", NULL, 0, is_grouped, &found, NULL) != RASK_OK)
        return NULL;
    expr_node *out = expr_copy(context->plan->arena, call);
    out->aggregate = found.row;
    out->arg_count = 0;
    return out;
}

plan_node *opt_rule_count_rows(opt_context *context, plan_node *node) {
    if (node->kind != PLAN_AGGREGATE)
        return node;
    plan_node *changed = NULL;
    for (int32_t i = 0; i < node->aggregate_count; i++) {
        expr_node *call = counts_rows(node->aggregates[i])
                              ? count_all(context, node->aggregates[i], node->key_count > 0)
                              : NULL;
        if (call == NULL)
            continue;
        if (changed == NULL) {
            changed = plan_node_copy(context->plan, node);
            changed->aggregates =
                base_arena_copy(context->plan->arena, node->aggregates,
                                (int64_t)sizeof(expr_node *) * node->aggregate_count);
        }
        changed->aggregates[i] = call;
    }
    return changed != NULL ? changed : node;
}
