/* Makers of bound expressions and nodes for rules.  New things live in the context's plan.
 *
 * Errors are sticky: after the first one (context->status) makers return harmless nodes. */
#ifndef OPT_MAKE_H
#define OPT_MAKE_H

#include "opt/opt.h"

void opt_fail(opt_context *context, rask_status status); /* the error is set */
/* A call over bound arguments. */
expr_node *opt_call(opt_context *context, const char *name, expr_node *const *args, int32_t count);
expr_node *opt_call1(opt_context *context, const char *name, expr_node *a);
expr_node *opt_call2(opt_context *context, const char *name, expr_node *a, expr_node *b);
/* CASE WHEN condition THEN value ELSE otherwise END */
expr_node *opt_case(opt_context *context, expr_node *condition, expr_node *value,
                    expr_node *otherwise);
/* A cast, where the types differ by more than NOT NULL. */
expr_node *opt_cast(opt_context *context, expr_node *value, const data_type *type);
expr_node *opt_bool(opt_context *context, bool value);
expr_node *opt_null(opt_context *context, const data_type *type);
expr_node *opt_column(opt_context *context, const plan_node *node, int32_t column);
/* All columns of a node, with room for `more` expressions behind them. */
expr_node **opt_columns(opt_context *context, const plan_node *node, int32_t more);
/* An aggregate call over bound arguments. */
expr_node *opt_aggregate_call(opt_context *context, const char *name, expr_node *const *args,
                              int32_t count, bool grouped);
/* What an aggregate gives for no rows. */
expr_node *opt_empty_result(opt_context *context, const expr_node *call);
/* a AND b; either may be absent. */
expr_node *opt_and(opt_context *context, expr_node *a, expr_node *b);
/* A copy in which input 0 is input 1. */
expr_node *opt_to_right(opt_context *context, const expr_node *expr);
/* A copy of a join's condition with left over input 0 replaced by left[], right by right[]. */
expr_node *opt_replace_sides(opt_context *context, const expr_node *condition,
                             expr_node *const *left, expr_node *const *right);
/* The condition of a join over the columns of its output. */
expr_node *opt_joined(opt_context *context, const expr_node *condition, int32_t left_width);

plan_node *opt_make_join(opt_context *context, plan_join_type type, plan_node *left,
                         plan_node *right, expr_node *condition);
plan_node *opt_make_aggregate(opt_context *context, plan_node *input, expr_node *const *keys,
                              int32_t key_count, expr_node *const *aggregates,
                              int32_t aggregate_count);
plan_node *opt_union_all(opt_context *context, plan_node *left, plan_node *right); /* ALL */
plan_node *opt_make_project(opt_context *context, plan_node *input, expr_node *const *exprs,
                            int32_t count);
/* Only the first `width` columns. */
plan_node *opt_first_columns(opt_context *context, plan_node *node, int32_t width);
plan_node *opt_copy_over(opt_context *context, const plan_node *node, plan_node *input);

#endif
