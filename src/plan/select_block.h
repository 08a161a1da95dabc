/* A SELECT block while it is bound: what the files plan_bind_select.c and plan_select_*.c share. */
#ifndef PLAN_SELECT_BLOCK_H
#define PLAN_SELECT_BLOCK_H

#include <strings.h>

#include "plan/relation.h"

typedef struct select_item {
    const expr_node *expr; /* without its alias; EXPR_INPUT where a star was */
    const char *alias;     /* a star's column: its name; NULL = none */
    expr_node *bound;
    const char *name; /* before it is made unique */
} select_item;

typedef struct select_block {
    plan_binding *b;
    plan *plan;
    base_arena *arena;
    const plan_node *node;
    const plan_ordering *ordering; /* may be NULL */
    plan_relation input;
    select_item *items;
    int32_t item_count, item_capacity;
    bool is_aggregate;
    base_list hidden;    /* bound expressions that only ORDER BY needs; DISTINCT: over the items */
    base_list sort_keys; /* EXPR_ORDER over the projection */
    /* aggregation */
    base_list keys;           /* bound over the input */
    const char **key_aliases; /* Table API: group_by(x.alias("k")) */
    uint64_t *sets;           /* grouping sets, over keys */
    int32_t set_count;
    base_list aggregates; /* EXPR_AGGREGATE over the input */
    expr_binder binder;   /* of select items, HAVING, ORDER BY */
    expr_node *having, *qualify;
    plan_node *output;
} select_block;

static inline bool select_from_sql(const select_block *s) {
    return s->b->binder->from_sql;
}

/* The aggregate a bound expression of the block is; -1 = none. */
static inline int32_t select_aggregate_of(const select_block *s, const expr_node *bound) {
    if (!s->is_aggregate || bound->kind != EXPR_INPUT || bound->column < s->keys.count)
        return -1;
    return bound->column - s->keys.count;
}

/* An unresolved call of that name, in any case. */
static inline bool select_is_call_of(const expr_node *expr, const char *name) {
    return expr->kind == EXPR_CALL && expr->name != NULL && strcasecmp(expr->name, name) == 0;
}

/* ---- the select list (plan_select_list.c) ---------------------------------------------------- */
/* Stars expanded, items bound and named. */
rask_status plan_select_bind_items(select_block *s, rask_error *err);

/* ---- group windows (plan_select_window.c) ---------------------------------------------------- */
/* GROUP BY TUMBLE(ts, size): the input becomes a WINDOW_TABLE, the window and the calls of its
 * auxiliary functions become columns of it. */
rask_status plan_select_bind_group_window(select_block *s, rask_error *err);

/* ---- aggregation (plan_select_group.c) ------------------------------------------------------- */
bool plan_select_uses_aggregates(const select_block *s);
/* GROUP BY; from now on the block's binder takes aggregates. */
rask_status plan_select_bind_keys(select_block *s, rask_error *err);
/* Mistakes in HAVING are told before those in the select list, but its aggregates come behind
 * theirs: so it collects its own (`calls`), which plan_select_add_calls brings in later. */
rask_status plan_select_bind_having(select_block *s, base_list *calls, rask_error *err);
void plan_select_add_calls(select_block *s, const base_list *calls);
/* AGGREGATE, over a projection of keys and arguments where one is needed. */
void plan_select_make_aggregate(select_block *s);

/* ---- QUALIFY and windows (plan_bind_over.c) -------------------------------------------------- */
rask_status plan_select_bind_qualify(select_block *s, rask_error *err);
/* A window node for the calls with OVER in the select list, in QUALIFY and (unless DISTINCT comes
 * between) in ORDER BY; and the filter of QUALIFY. */
void plan_select_make_windows(select_block *s);
/* The same for expressions over the block's output as it is now. */
void plan_select_take_windows(select_block *s, base_list *exprs);

/* ---- ORDER BY (plan_select_order.c) ---------------------------------------------------------- */
/* Names of select items inside an expression stand for those items. */
expr_node *plan_select_replace_aliases(select_block *s, const expr_node *node);
/* Fills `sort_keys` and `hidden`. */
rask_status plan_select_bind_order(select_block *s, rask_error *err);

#endif
