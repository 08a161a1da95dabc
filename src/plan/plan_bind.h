/* Binding a plan: names against the catalog, expressions against their inputs, SELECT blocks into
 * Project / Filter / Aggregate / Sort, views expanded, implicit casts made explicit, sinks checked
 * against their table's schema. */
#ifndef PLAN_PLAN_BIND_H
#define PLAN_PLAN_BIND_H

#include "plan/plan.h"

typedef struct plan_binder {
    plan *plan; /* where bound nodes go */
    plan_catalog *catalog;
    const plan_config *config;
    bool from_sql; /* places and Flink's SQL wording in errors */
} plan_binder;

/* `node` may have bound inputs; a bound node comes back unchanged. */
rask_status plan_bind(plan_binder *binder, plan_node *node, plan_node **out, rask_error *err);
/* Binds one expression over the columns of a bound node (computed columns, API checks). */
rask_status plan_bind_expression(plan_binder *binder, const plan_node *input, const expr_node *node,
                                 expr_node **out, rask_error *err);
/* What an insert says besides query and table; all zero: every column, appended. */
typedef struct plan_insert {
    const char *const *columns; /* INSERT INTO t (a, b); NULL = all */
    const expr_place *column_places;
    int32_t column_count;
    expr_place query_place; /* where the query stands, for errors about its width */
    bool is_overwrite;
} plan_insert;

/* The bound SINK over a bound query for a named or anonymous table: column count and types are
 * checked in Flink's words, implicit casts put in. */
rask_status plan_bind_sink(plan_binder *binder, plan_node *query, plan_table *table_ref,
                           const plan_insert *insert, plan_node **out, rask_error *err);

#endif
