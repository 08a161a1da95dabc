/* Set operations as grouping, where equal rows (NULLs alike) meet:
 *
 *     a UNION b       groups of a UNION ALL b
 *     a INTERSECT b   groups of  a, left  UNION ALL  b, right  that have rows of both
 *     a EXCEPT b      ... that have left rows and no right ones
 *     ... ALL         each group as often as the smaller count, or as the difference
 *
 * Not optional: the engine knows only UNION ALL. */
#include "opt/make.h"

static expr_node *count_literal(opt_context *context, int64_t value) {
    return expr_literal_i64(context->plan->arena, data_type_simple(DATA_BIGINT, false), value);
}

/* The columns, then TRUE in the column that tells the side. */
static plan_node *tagged(opt_context *context, plan_node *input, bool is_left) {
    int32_t width = input->schema->count;
    const data_type *tag = data_type_simple(DATA_BOOLEAN, true);
    expr_node **exprs = opt_columns(context, input, 2);
    exprs[width + (is_left ? 0 : 1)] = opt_bool(context, true);
    exprs[width + (is_left ? 1 : 0)] = opt_null(context, tag);
    return opt_make_project(context, input, exprs, width + 2);
}

/* Groups by all of the first columns. */
static plan_node *grouped(opt_context *context, plan_node *input, int32_t width,
                          expr_node *const *aggregates, int32_t aggregate_count) {
    return opt_make_aggregate(context, input, opt_columns(context, input, 0), width, aggregates,
                              aggregate_count);
}

/* The columns, then how many rows the left and the right side have of each. */
static plan_node *counted(opt_context *context, const plan_node *node) {
    int32_t width = node->schema->count;
    plan_node *both = opt_union_all(context, tagged(context, node->inputs[0], true),
                                    tagged(context, node->inputs[1], false));
    expr_node *counts[2];
    for (int32_t i = 0; i < 2; i++) {
        expr_node *tag = opt_column(context, both, width + i);
        counts[i] = opt_aggregate_call(context, "COUNT", &tag, 1, true);
    }
    return grouped(context, both, width, counts, 2);
}

/* Only the node's columns, under its names. */
static plan_node *named(opt_context *context, const plan_node *node, plan_node *input) {
    return opt_project(context, input, opt_columns(context, input, 0), node->schema->count,
                       (const char *const *)node->schema->names);
}

static plan_node *distinct(opt_context *context, const plan_node *node) {
    int32_t width = node->schema->count;
    bool keeps_common = node->set_op == PLAN_INTERSECT;
    plan_node *groups = counted(context, node);
    expr_node *left =
        opt_call2(context, ">", opt_column(context, groups, width), count_literal(context, 0));
    expr_node *right = opt_call2(context, keeps_common ? ">" : "=",
                                 opt_column(context, groups, width + 1), count_literal(context, 0));
    return named(context, node, opt_filter(context, groups, opt_and(context, left, right)));
}

static plan_node *repeated(opt_context *context, const plan_node *node) {
    int32_t width = node->schema->count;
    plan_node *groups = counted(context, node);
    expr_node **exprs = opt_columns(context, groups, 0);
    expr_node *left = exprs[width], *right = exprs[width + 1];
    exprs[width] = node->set_op == PLAN_EXCEPT
                       ? opt_call2(context, "-", left, right)
                       : opt_case(context, opt_call2(context, "<", left, right), left, right);
    plan_node *counts = opt_make_project(context, groups, exprs, width + 1);
    plan_node *out = plan_node_new(context->plan, PLAN_REPLICATE, &counts, 1);
    data_schema *schema = data_schema_copy(context->plan->arena, counts->schema);
    schema->count = width;
    for (int32_t i = 0; i < width; i++)
        schema->names[i] = node->schema->names[i];
    out->schema = schema;
    out->is_bound = true;
    return out;
}

plan_node *opt_rule_set_operation(opt_context *context, plan_node *node) {
    if (node->kind != PLAN_SET_OP || (node->set_op == PLAN_UNION && node->is_all))
        return node;
    if (node->set_op == PLAN_UNION) {
        plan_node *all = plan_node_copy(context->plan, node);
        all->is_all = true;
        return grouped(context, all, node->schema->count, NULL, 0);
    }
    if (context->streaming)
        return node;
    return node->is_all ? repeated(context, node) : distinct(context, node);
}
