/* Binding SELECT blocks: FROM, WHERE, GROUP BY, HAVING, the select list, DISTINCT, ORDER BY, in the
 * shape Flink's planner gives them:
 *
 *     [Project   drops the columns only ORDER BY needed]
 *     [Sort]
 *     [Aggregate all columns                      DISTINCT]
 *     Project    select list [+ ORDER BY expressions]
 *     [Filter    QUALIFY]
 *     [Window    calls with OVER]
 *     [Filter    HAVING]
 *     [Aggregate keys, calls]
 *     [Project   keys and arguments]
 *     [Filter    WHERE]
 *     FROM
 *
 * The parts are in plan_select_list.c, plan_select_group.c and plan_select_order.c. */
#include <string.h>

#include "plan/select_block.h"

/* ---- FROM, WHERE ----------------------------------------------------------------------------- */

/* What qualifies the columns of a table of FROM; NULL = nothing, or it joins several. */
static const char *from_name(const plan_node *node) {
    if (node->is_bound || node->name_count == 0)
        return NULL;
    switch (node->kind) {
    case PLAN_TABLE:
        return node->names[node->name_count - 1];
    case PLAN_ALIAS:
    case PLAN_FLAT_MAP:
        return node->names[0];
    default:
        return NULL;
    }
}

/* The tables below a FROM clause's joins, from left to right. */
static void collect_tables(select_block *s, plan_node *node, base_list *out) {
    bool is_join = node->kind == PLAN_JOIN || node->kind == PLAN_FILTER ||
                   (node->kind == PLAN_FLAT_MAP && node->input_count > 0);
    for (int32_t i = 0; i < node->input_count && is_join && !node->is_bound; i++)
        collect_tables(s, node->inputs[i], out);
    if (from_name(node) != NULL)
        base_list_add(s->arena, out, node);
}

/* Two tables of one name could not be told apart; said before they are looked up. */
static rask_status check_from_names(select_block *s, rask_error *err) {
    base_list tables = {0};
    base_map *seen = base_map_new(NULL);
    rask_status status = RASK_OK;
    collect_tables(s, s->node->inputs[0], &tables);
    for (int32_t i = 0; i < tables.count && status == RASK_OK; i++) {
        const plan_node *table = tables.items[i];
        if (base_map_has(seen, from_name(table)))
            status = expr_error_at(true, table->place, err,
                                   "Duplicate relation name '%s' in FROM clause", from_name(table));
        base_map_put(seen, from_name(table), s);
    }
    base_map_free(seen);
    return status;
}

static rask_status bind_input(select_block *s, rask_error *err) {
    if (s->node->input_count == 0) {
        plan_relation_of(s->b, plan_make_one_row(s->plan), NULL, &s->input);
        s->input.column_count = 0; /* nothing to name */
    } else {
        if (select_from_sql(s))
            RASK_TRY(check_from_names(s, err));
        RASK_TRY(plan_bind_relation(s->b, s->node->inputs[0], &s->input, err));
    }
    if (s->node->condition == NULL)
        return RASK_OK;
    const expr_node *aggregate = expr_find_aggregate(s->node->condition);
    if (aggregate != NULL)
        return expr_error_at(select_from_sql(s), aggregate->place, err,
                             "Aggregate expression is illegal in WHERE clause");
    expr_node *condition;
    RASK_TRY(
        plan_bind_condition(s->b, &s->input, s->node->condition, "WHERE clause", &condition, err));
    s->input.node = plan_make_filter(s->plan, s->input.node, condition);
    return RASK_OK;
}
/* ---- expressions of the block ---------------------------------------------------------------- */

/* In the order in which Flink validates. */
static rask_status bind_expressions(select_block *s, rask_error *err) {
    RASK_TRY(plan_select_bind_group_window(s, err));
    s->binder = plan_expression_binder(s->b, &s->input, NULL);
    s->binder.allows_over = true;
    s->is_aggregate = plan_select_uses_aggregates(s);
    if (s->is_aggregate)
        RASK_TRY(plan_select_bind_keys(s, err));
    base_list having_calls = {0};
    RASK_TRY(plan_select_bind_having(s, &having_calls, err));
    RASK_TRY(plan_select_bind_items(s, err));
    RASK_TRY(plan_select_bind_qualify(s, err));
    plan_select_add_calls(s, &having_calls);
    return plan_select_bind_order(s, err);
}

/* ---- the output ------------------------------------------------------------------------------ */

static bool is_identity(const select_block *s, const char *const *names) {
    const data_schema *schema = s->output->schema;
    if (schema->count != s->item_count || s->hidden.count > 0)
        return false;
    for (int32_t i = 0; i < s->item_count; i++)
        if (s->items[i].bound->kind != EXPR_INPUT || s->items[i].bound->column != i ||
            strcmp(names[i], schema->names[i]) != 0)
            return false;
    return true;
}

static const char *hidden_name(const select_block *s, int32_t i) {
    const expr_node *expr = s->hidden.items[i];
    if (expr->kind == EXPR_INPUT && select_aggregate_of(s, expr) < 0)
        return s->output->schema->names[expr->column];
    return base_arena_printf(s->arena, "EXPR$%d", s->item_count + i);
}

/* The select list and, unless they come later, what ORDER BY needs besides. */
static void make_projection(select_block *s) {
    int32_t count = s->item_count + (s->node->is_distinct ? 0 : s->hidden.count);
    expr_node **exprs = BASE_ARENA_ARRAY(s->arena, expr_node *, count + 1);
    const char **names = BASE_ARENA_ARRAY(s->arena, const char *, count + 1);
    for (int32_t i = 0; i < count; i++) {
        bool is_item = i < s->item_count;
        exprs[i] = is_item ? s->items[i].bound : s->hidden.items[i - s->item_count];
        const char *name = is_item ? s->items[i].name : hidden_name(s, i - s->item_count);
        names[i] = plan_unique_name(s->arena, name, names, i);
    }
    if (s->is_aggregate && select_from_sql(s) && is_identity(s, names))
        return;
    s->output = plan_make_project(s->plan, s->output, exprs, names, count);
}

static void make_distinct(select_block *s) {
    plan_node *node = plan_node_new(s->plan, PLAN_AGGREGATE, &s->output, 1);
    node->key_count = s->output->schema->count;
    node->keys = BASE_ARENA_ARRAY(s->plan->arena, expr_node *, node->key_count + 1);
    for (int32_t i = 0; i < node->key_count; i++)
        node->keys[i] = plan_output_column(s->plan, s->output, i);
    node->schema = s->output->schema;
    node->is_bound = true;
    s->output = node;
}

/* What ORDER BY needs beside distinct rows. */
static void add_hidden(select_block *s) {
    plan_select_take_windows(s, &s->hidden);
    int32_t count = s->item_count + s->hidden.count;
    expr_node **exprs = BASE_ARENA_ARRAY(s->arena, expr_node *, count + 1);
    const char **names = BASE_ARENA_ARRAY(s->arena, const char *, count + 1);
    for (int32_t i = 0; i < count; i++) {
        bool is_item = i < s->item_count;
        exprs[i] = is_item ? plan_output_column(s->plan, s->output, i)
                           : s->hidden.items[i - s->item_count];
        const char *name =
            is_item ? s->output->schema->names[i] : base_arena_printf(s->arena, "EXPR$%d", i);
        names[i] = plan_unique_name(s->arena, name, names, i);
    }
    s->output = plan_make_project(s->plan, s->output, exprs, names, count);
}

static void make_order(select_block *s) {
    const plan_ordering *ordering = s->ordering;
    if (ordering == NULL ||
        (s->sort_keys.count == 0 && ordering->offset == 0 && ordering->fetch < 0))
        return;
    s->output = plan_make_sort(s->plan, s->output, (expr_node *const *)s->sort_keys.items,
                               s->sort_keys.count, ordering->offset, ordering->fetch);
    if (s->hidden.count == 0)
        return;
    expr_node **exprs = BASE_ARENA_ARRAY(s->arena, expr_node *, s->item_count + 1);
    for (int32_t i = 0; i < s->item_count; i++)
        exprs[i] = plan_output_column(s->plan, s->output, i);
    s->output =
        plan_make_project(s->plan, s->output, exprs, s->output->schema->names, s->item_count);
}

/* DISTINCT over columns that are group keys already, from the Table API's distinct(): the
 * projection of all columns is left out. */
static bool is_plain_star(const select_block *s) {
    return !select_from_sql(s) && s->node->is_distinct && !s->is_aggregate &&
           s->node->expr_count == 1 && s->node->exprs[0]->kind == EXPR_STAR;
}

rask_status plan_bind_select(plan_binding *b, plan_node *node, const plan_ordering *ordering,
                             plan_relation *out, rask_error *err) {
    select_block block = {
        .b = b, .plan = b->binder->plan, .arena = b->arena, .node = node, .ordering = ordering};
    select_block *s = &block;
    RASK_TRY(bind_input(s, err));
    RASK_TRY(bind_expressions(s, err));
    s->output = s->input.node;
    if (s->is_aggregate)
        plan_select_make_aggregate(s);
    if (s->having != NULL)
        s->output = plan_make_filter(s->plan, s->output, s->having);
    plan_select_make_windows(s);
    if (!is_plain_star(s))
        make_projection(s);
    if (node->is_distinct)
        make_distinct(s);
    if (node->is_distinct && s->hidden.count > 0)
        add_hidden(s);
    make_order(s);
    plan_relation_of(b, s->output, NULL, out);
    /* A name that stands twice is ambiguous above, although the column has a name of its own. */
    for (int32_t i = 0; i < s->item_count; i++)
        out->columns[i].name = s->items[i].name;
    return RASK_OK;
}
