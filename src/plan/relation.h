/* What the files of the plan binder share.
 *
 * A relation is a bound node with the names that an expression over it may use: one scope column
 * per output column of the node, in order (input 0), with the table or alias that qualifies it. */
#ifndef PLAN_RELATION_H
#define PLAN_RELATION_H

#include "expr/binding.h"
#include "plan/plan_bind.h"

typedef struct plan_relation {
    plan_node *node;
    expr_scope_column *columns;
    int32_t column_count;
} plan_relation;

/* What stands around a query that is being bound inside an expression (or behind LATERAL): where
 * its unknown names are looked up, and what has been found there. */
typedef struct plan_scope {
    expr_binding *around;
    base_list found; /* bound over `around`: the values of the query's parameters */
    struct plan_scope *outer;
} plan_scope;

/* A WITH query in scope; bound when first used and then shared. */
typedef struct plan_named_query {
    const char *name;
    plan_node *query;
    struct plan_named_query *outer; /* what this query itself may use */
    plan_scope *scope;              /* in which it stands */
    plan_relation relation;
    bool is_bound, is_correlated;
} plan_named_query;

typedef struct plan_binding {
    plan_binder *binder;
    base_arena *arena;
    plan_named_query *queries;
    plan_scope *scope; /* NULL = nothing stands around */
    int32_t depth;
} plan_binding;

/* ORDER BY and LIMIT on top of a SELECT. */
typedef struct plan_ordering {
    expr_node *const *keys;
    int32_t key_count;
    int64_t offset, fetch; /* -1 = all */
} plan_ordering;

/* ---- relations (plan_bind.c) ----------------------------------------------------------------- */
rask_status plan_bind_relation(plan_binding *b, plan_node *node, plan_relation *out,
                               rask_error *err);
/* All columns of a bound node under one qualifier (may be NULL). */
void plan_relation_of(plan_binding *b, plan_node *node, const expr_qualifier *qualifier,
                      plan_relation *out);
/* A qualifier of one part. */
const expr_qualifier *plan_alias_qualifier(plan_binding *b, const char *name);
/* What an ALIAS node says, over its bound input: a new qualifier, and new names where given. */
rask_status plan_rename_relation(plan_binding *b, const plan_node *alias, plan_relation *relation,
                                 rask_error *err);
/* From name `first` to name `last` of a node; the node's place where that is unknown. */
expr_place plan_name_place(const plan_node *node, int32_t first, int32_t last);
/* The relation as a node of its own: names that only the scope knows become a projection. */
plan_node *plan_relation_finish(plan_binding *b, const plan_relation *relation);
/* An expression binder over the relation. */
expr_binder plan_expression_binder(plan_binding *b, const plan_relation *relation,
                                   const char *clause);
rask_status plan_bind_condition(plan_binding *b, const plan_relation *relation,
                                const expr_node *node, const char *clause, expr_node **out,
                                rask_error *err);

/* Binds `query` inside an expression; *values get what the parameters of *out stand for. */
rask_status plan_bind_inside(plan_binding *b, expr_binding *around, plan_node *query,
                             plan_relation *out, base_list *values, rask_error *err);
/* Hooks of expression binders (plan_bind_subquery.c). */
rask_status plan_bind_subquery(void *binding, expr_binding *around, const expr_node *subquery,
                               expr_node **out, rask_error *err);
rask_status plan_find_outer(void *binding, const expr_node *name, expr_node **out, rask_error *err);

/* ---- parts ----------------------------------------------------------------------------------- */
/* plan_bind_select.c; `ordering` may be NULL. */
rask_status plan_bind_select(plan_binding *b, plan_node *node, const plan_ordering *ordering,
                             plan_relation *out, rask_error *err);
/* ORDER BY 2: a place in the select list.  A negative number is an expression. */
bool plan_is_ordinal(const expr_node *key);
/* plan_bind_group.c: the keys of GROUP BY as written, and its grouping sets as sets of their
 * numbers; none where there is but the set of all. */
rask_status plan_group_sets(plan_binding *b, const plan_node *select, base_list *keys,
                            uint64_t **sets, int32_t *set_count, rask_error *err);
/* The sets as sets of bound keys: key_of[i] is what mention i is; equal ones once if distinct. */
void plan_number_sets(uint64_t *sets, int32_t *set_count, const int32_t *key_of, bool is_distinct);
/* plan_bind_over.c: calls with OVER, collected while they are replaced by columns of the window
 * node that plan_make_window then puts above an input of `input_width` columns. */
typedef struct plan_windows {
    int32_t input_width;
    base_list calls; /* bound EXPR_OVER */
} plan_windows;
expr_node *plan_take_windows(plan_windows *windows, base_arena *arena, expr_node *bound);
plan_node *plan_make_window(plan *p, plan_node *input, expr_node *const *calls, int32_t count);
/* plan_bind_window.c: table functions of windows, and what else makes their node */
rask_status plan_bind_window_table(plan_binding *b, plan_node *node, plan_relation *out,
                                   rask_error *err);
/* Sizes that Flink takes. */
rask_status plan_check_window(const plan_window_spec *spec, rask_error *err);
/* The length of an interval literal; *out_ms is left alone where `bound` is no interval of time. */
rask_status plan_window_interval(const expr_node *bound, int64_t *out_ms, bool *is_interval,
                                 rask_error *err);
plan_node *plan_make_window_table(plan *p, plan_node *input, const plan_window_spec *spec,
                                  expr_node *time, expr_node *const *keys, int32_t key_count);
/* plan_bind_order.c: over a relation that is no SELECT. */
rask_status plan_bind_ordering(plan_binding *b, plan_relation *relation,
                               const plan_ordering *ordering, rask_error *err);
/* plan_bind_rows.c */
rask_status plan_bind_values(plan_binding *b, plan_node *node, plan_relation *out, rask_error *err);
rask_status plan_bind_set_op(plan_binding *b, plan_node *node, plan_relation *out, rask_error *err);
/* plan_bind_join.c */
rask_status plan_bind_join(plan_binding *b, plan_node *node, plan_relation *out, rask_error *err);
rask_status plan_bind_flat_map(plan_binding *b, plan_node *node, const plan_relation *left,
                               plan_relation *out, rask_error *err);
/* plan_bind_table.c */
rask_status plan_bind_table(plan_binding *b, plan_node *node, plan_relation *out, rask_error *err);

/* ---- bound nodes (plan_make.c); names and schemas are copied into the plan ------------------- */
plan_node *plan_make_project(plan *p, plan_node *input, expr_node *const *exprs,
                             const char *const *names, int32_t count);
plan_node *plan_make_filter(plan *p, plan_node *input, expr_node *condition);
plan_node *plan_make_sort(plan *p, plan_node *input, expr_node *const *keys, int32_t key_count,
                          int64_t offset, int64_t fetch);
/* VALUES of one row with one INT column named ZERO: what SELECT without FROM reads. */
plan_node *plan_make_one_row(plan *p);
/* Column `column` of a bound node as an expression. */
expr_node *plan_output_column(plan *p, const plan_node *node, int32_t column);
/* `name`, or name0, name1, ... where that is taken by one of the first `count` names. */
const char *plan_unique_name(base_arena *arena, const char *name, const char *const *names,
                             int32_t count);
/* The columns of `node`, cast where their types differ (and then named `names`, NULL = as they
 * are); the node itself where none does. */
rask_status plan_cast_columns(plan_binding *b, plan_node *node, const data_type *const *types,
                              const char *const *names, plan_node **out, rask_error *err);

#endif
