/* LIMIT meets its ORDER BY (Top-N), slips below projections, and tells a scan how many rows are
 * wanted at most. */
#include "opt/opt.h"

static plan_node *replace_input(opt_context *context, const plan_node *node, plan_node *input) {
    plan_node *copy = plan_node_copy(context->plan, node);
    copy->inputs = base_arena_copy(context->plan->arena, &input, (int64_t)sizeof input);
    return copy;
}

static plan_node *into_sort(opt_context *context, const plan_node *limit) {
    plan_node *sort = plan_node_copy(context->plan, limit->inputs[0]);
    sort->offset = limit->offset;
    sort->fetch = limit->fetch;
    return sort;
}

static plan_node *below_project(opt_context *context, const plan_node *limit) {
    plan_node *project = limit->inputs[0];
    plan_node *moved = replace_input(context, limit, project->inputs[0]);
    moved->schema = project->inputs[0]->schema;
    return replace_input(context, project, moved);
}

static plan_node *into_scan(opt_context *context, plan_node *limit) {
    plan_node *scan = limit->inputs[0];
    if (limit->fetch < 0 || scan->scan_limit >= 0 || limit->fetch > INT64_MAX - limit->offset)
        return limit;
    plan_node *copy = plan_node_copy(context->plan, scan);
    copy->scan_limit = limit->offset + limit->fetch;
    return replace_input(context, limit, copy);
}

static bool has_udf(const plan_node *project) {
    for (int32_t i = 0; i < project->expr_count; i++)
        if (opt_has_udf(project->exprs[i]))
            return true;
    return false;
}

plan_node *opt_rule_push_limit(opt_context *context, plan_node *node) {
    if (node->kind != PLAN_LIMIT)
        return node;
    plan_node *input = node->inputs[0];
    if (input->kind == PLAN_SORT && input->fetch < 0 && input->offset == 0)
        return into_sort(context, node);
    if (input->kind == PLAN_PROJECT && !has_udf(input))
        return below_project(context, node);
    if (input->kind == PLAN_SCAN)
        return into_scan(context, node);
    return node;
}
