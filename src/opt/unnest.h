/* Shared by the files that take subqueries out of expressions (unnest.c, unnest_*.c).
 *
 * An expression with a subquery, and LATERAL, becomes a dependent join: a join whose right side has
 * parameters, with a value for each over the left side.  A dependent join becomes an ordinary one
 * in one of two ways:
 *
 *   lift     (unnest_lift.c) conditions that name parameters move up through the right side into
 * the join's condition, equalities also past an aggregation, as further group keys domain
 * (unnest_domain.c) always possible: the right side is computed for all distinct values of the
 * parameters at once, and the join compares them (Neumann and Kemper, "Unnesting arbitrary
 * queries")
 *
 * Errors are sticky: after the first one makers return harmless nodes, and opt_unnest fails. */
#ifndef OPT_UNNEST_H
#define OPT_UNNEST_H

#include "opt/make.h"

typedef struct unnesting {
    opt_context *context;
    plan *plan;
    base_arena *arena;
    base_list before, after; /* nodes that are done */
} unnesting;

typedef struct dependent_join {
    plan_join_type type; /* INNER, LEFT, SEMI, ANTI */
    plan_node *left;     /* without subqueries */
    plan_node *right;
    expr_node *const *values; /* of the right side's parameters, over the left side */
    int32_t value_count;
    expr_node *condition; /* over both; NULL = true */
    bool is_null_aware;
} dependent_join;

/* Subqueries out of the node and all below it; columns keep their places. */
plan_node *unnest_node(unnesting *u, plan_node *node);
/* An expression with its subqueries replaced by columns that *input gets behind its own. */
expr_node *unnest_expression(unnesting *u, plan_node **input, const expr_node *expr);
/* The conjuncts of a condition, NOT moved inwards as far as they have subqueries. */
void unnest_conjuncts(unnesting *u, const expr_node *condition, base_list *out);
/* Applies a conjunct to *input, whose columns keep their places; what is left to filter by, or
 * NULL. */
expr_node *unnest_condition(unnesting *u, plan_node **input, const expr_node *conjunct);
/* The join; its output is the left columns, then (INNER, LEFT) the right ones. */
plan_node *unnest_join(unnesting *u, const dependent_join *join);
/* The two ways; unnest_lift returns NULL where it cannot. */
plan_node *unnest_lift(unnesting *u, const dependent_join *join);
plan_node *unnest_domain(unnesting *u, const dependent_join *join);
/* Whether the rows of `node` depend on parameters of the query it belongs to. */
bool unnest_is_open(const plan_node *node);
bool unnest_is_open_expr(const expr_node *expr);

#endif
