/* A filter directly above a scan is shown to the source, which may use it to skip rows (row groups,
 * partitions) and never must: the filter itself stays where it is. */
#include "opt/opt.h"

plan_node *opt_rule_scan_filter(opt_context *context, plan_node *node) {
    if (node->kind != PLAN_FILTER || node->inputs[0]->kind != PLAN_SCAN)
        return node;
    plan_node *scan = node->inputs[0];
    if (scan->scan_filter != NULL || opt_has_udf(node->condition) ||
        !expr_is_deterministic(node->condition))
        return node;
    plan_node *copy = plan_node_copy(context->plan, scan);
    copy->scan_filter = node->condition;
    return opt_filter(context, copy, node->condition);
}
