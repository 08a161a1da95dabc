/* Binding SELECT blocks: FROM, WHERE, GROUP BY, HAVING, the select list, DISTINCT, ORDER BY, in the
 * shape Flink's planner gives them:
 *
 *     [Project   drops the columns only ORDER BY needed]
 *     [Sort]
 *     [Aggregate all columns                      DISTINCT]
 *     Project    select list [+ ORDER BY expressions]
 *     [Filter    HAVING]
 *     [Aggregate keys, calls]
 *     [Project   keys and arguments]
 *     [Filter    WHERE]
 *     FROM
 *
 * ORDER BY is bound here, because its names may mean select items as well as columns of FROM. */
#include <stdio.h>
#include <string.h>
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
    base_list aggregates;     /* EXPR_AGGREGATE over the input */
    expr_binder binder;       /* of select items, HAVING, ORDER BY */
    expr_node *having;
    plan_node *output;
} select_block;

static bool from_sql(const select_block *s) {
    return s->b->binder->from_sql;
}

/* ---- the select list ------------------------------------------------------------------------- */

static void add_item(select_block *s, const expr_node *expr, const char *alias) {
    if (s->item_count == s->item_capacity) {
        int32_t capacity = s->item_capacity == 0 ? 16 : 2 * s->item_capacity;
        select_item *items = BASE_ARENA_ARRAY(s->arena, select_item, capacity);
        if (s->item_count > 0)
            memcpy(items, s->items, sizeof *items * (size_t)s->item_count);
        s->items = items;
        s->item_capacity = capacity;
    }
    s->items[s->item_count++] = (select_item){.expr = expr, .alias = alias};
}

/* What a star stands for: the column as "table.column", which is how messages call it. */
static expr_node *column_of(const select_block *s, int32_t i, const expr_node *star) {
    const expr_scope_column *column = &s->input.columns[i];
    expr_node *input = expr_input(s->arena, column->input, column->column, column->type);
    const expr_qualifier *qualifier = column->qualifier;
    input->name = column->name;
    if (from_sql(s) && qualifier != NULL)
        input->name = base_arena_printf(s->arena, "%s.%s", qualifier->parts[qualifier->count - 1],
                                        column->name);
    input->place = star->place;
    return input;
}

static void add_column(select_block *s, int32_t i, const expr_node *star) {
    add_item(s, column_of(s, i, star), s->input.columns[i].name);
}

/* Two columns of one subquery may have one name; then a star over them is ambiguous. */
static rask_status check_star_name(const select_block *s, int32_t i, const expr_node *star,
                                   rask_error *err) {
    const expr_scope_column *column = &s->input.columns[i];
    for (int32_t k = 0; k < i && from_sql(s); k++) {
        const expr_scope_column *other = &s->input.columns[k];
        if (column->qualifier == other->qualifier && !other->needs_qualifier &&
            strcmp(column->name, other->name) == 0)
            return expr_error_at(true, star->place, err, "Column '%s' is ambiguous", column->name);
    }
    return RASK_OK;
}

static rask_status expand_star(select_block *s, const expr_node *star, rask_error *err) {
    const char *const *table = (const char *const *)star->names;
    int32_t found = 0, parts = star->name_count;
    if (s->node->input_count == 0)
        return expr_error_at(from_sql(s), star->place, err, "SELECT * requires a FROM clause");
    for (int32_t i = 0; i < s->input.column_count; i++) {
        const expr_scope_column *column = &s->input.columns[i];
        if (parts == 0 ? column->needs_qualifier
                       : !expr_qualifier_matches(column->qualifier, table, parts, false))
            continue;
        RASK_TRY(check_star_name(s, i, star, err));
        add_column(s, i, star);
        found++;
    }
    if (found > 0 || parts == 0)
        return RASK_OK;
    return expr_error_at(from_sql(s), expr_path_place(star, 0, parts - 1), err,
                         "Unknown identifier '%s'", expr_dotted(s->arena, table, parts));
}

static rask_status find_column(const select_block *s, const expr_node *node, int32_t *out,
                               rask_error *err) {
    if (node->kind == EXPR_LITERAL && data_kind_is_integer(node->type->kind) &&
        node->value.i64 >= 1 && node->value.i64 <= s->input.column_count) {
        *out = (int32_t)node->value.i64 - 1;
        return RASK_OK;
    }
    for (int32_t i = 0; i < s->input.column_count && node->kind == EXPR_NAME; i++) {
        if (strcmp(s->input.columns[i].name, node->names[node->name_count - 1]) == 0) {
            *out = i;
            return RASK_OK;
        }
    }
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "Cannot resolve a column of a column range%s%s",
                          node->kind == EXPR_NAME ? ": " : "",
                          node->kind == EXPR_NAME ? node->names[node->name_count - 1] : "");
}

static bool is_call_of(const expr_node *node, const char *name) {
    return node->kind == EXPR_CALL && node->name != NULL && strcasecmp(node->name, name) == 0;
}

/* withColumns(a to c, 5) and withoutColumns(...) of the Table API. */
static rask_status expand_columns(select_block *s, const expr_node *call, bool without,
                                  rask_error *err) {
    bool *chosen = BASE_ARENA_ARRAY(s->arena, bool, s->input.column_count + 1);
    for (int32_t a = 0; a < call->arg_count; a++) {
        const expr_node *arg = call->args[a];
        bool is_range = is_call_of(arg, "rangeTo") && arg->arg_count == 2;
        int32_t first, last;
        RASK_TRY(find_column(s, is_range ? arg->args[0] : arg, &first, err));
        RASK_TRY(find_column(s, is_range ? arg->args[1] : arg, &last, err));
        for (int32_t i = first; i <= last; i++) {
            if (!chosen[i] && !without)
                add_column(s, i, call);
            chosen[i] = true;
        }
    }
    for (int32_t i = 0; i < s->input.column_count && without; i++)
        if (!chosen[i])
            add_column(s, i, call);
    return RASK_OK;
}

static rask_status collect_items(select_block *s, rask_error *err) {
    for (int32_t i = 0; i < s->node->expr_count; i++) {
        const expr_node *expr = s->node->exprs[i];
        if (expr->kind == EXPR_STAR)
            RASK_TRY(expand_star(s, expr, err));
        else if (!from_sql(s) && is_call_of(expr, "withColumns"))
            RASK_TRY(expand_columns(s, expr, false, err));
        else if (!from_sql(s) && is_call_of(expr, "withoutColumns"))
            RASK_TRY(expand_columns(s, expr, true, err));
        else if (expr->kind == EXPR_ALIAS)
            add_item(s, expr->args[0], expr->names[0]);
        else
            add_item(s, expr, NULL);
    }
    return RASK_OK;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* Niladic functions are written, and named, without parentheses. */
static bool is_niladic(const expr_node *expr) {
    return expr->kind == EXPR_CALL && expr->arg_count == 0 && expr->name != NULL &&
           (strncmp(expr->name, "CURRENT_", 8) == 0 || strncmp(expr->name, "LOCAL", 5) == 0);
}

static int32_t aggregate_of(const select_block *s, const expr_node *bound) {
    if (!s->is_aggregate || bound->kind != EXPR_INPUT || bound->column < s->keys.count)
        return -1;
    return bound->column - s->keys.count;
}

/* The Table API names a cast column "a-STRING" and everything else by its place. */
static const char *api_name(const select_block *s, const select_item *item, int32_t place) {
    int32_t aggregate = aggregate_of(s, item->bound);
    if (aggregate >= 0)
        return base_arena_printf(s->arena, "EXPR$%d", aggregate);
    if (item->expr->kind == EXPR_CAST && item->expr->args[0]->kind == EXPR_NAME) {
        const expr_node *name = item->expr->args[0];
        return base_arena_printf(
            s->arena, "%s-%s", name->names[name->name_count - 1],
            data_type_text(s->arena, data_type_with_null(item->expr->type, true), true));
    }
    return base_arena_printf(s->arena, "_c%d", place);
}

static const char *name_of(const select_block *s, const select_item *item, int32_t place) {
    if (item->alias != NULL)
        return item->alias;
    if (item->expr->kind == EXPR_NAME)
        return item->expr->names[item->expr->name_count - 1];
    if (!from_sql(s))
        return api_name(s, item, place);
    if (is_niladic(item->expr))
        return item->expr->name;
    return base_arena_printf(s->arena, "EXPR$%d", place);
}

static rask_status name_items(select_block *s, rask_error *err) {
    for (int32_t i = 0; i < s->item_count; i++) {
        s->items[i].name = name_of(s, &s->items[i], i);
        for (int32_t k = 0; k < i && !from_sql(s); k++)
            if (strcmp(s->items[k].name, s->items[i].name) == 0)
                return rask_error_set(err, RASK_ERROR_VALIDATION, "Ambiguous column name: %s",
                                      s->items[i].name);
    }
    return RASK_OK;
}

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
        if (from_sql(s))
            RASK_TRY(check_from_names(s, err));
        RASK_TRY(plan_bind_relation(s->b, s->node->inputs[0], &s->input, err));
    }
    if (s->node->condition == NULL)
        return RASK_OK;
    const expr_node *aggregate = expr_find_aggregate(s->node->condition);
    if (aggregate != NULL)
        return expr_error_at(from_sql(s), aggregate->place, err,
                             "Aggregate expression is illegal in WHERE clause");
    expr_node *condition;
    RASK_TRY(
        plan_bind_condition(s->b, &s->input, s->node->condition, "WHERE clause", &condition, err));
    s->input.node = plan_make_filter(s->plan, s->input.node, condition);
    return RASK_OK;
}

/* ---- GROUP BY -------------------------------------------------------------------------------- */

static bool uses_aggregates(const select_block *s) {
    if (s->node->is_grouped || s->node->having != NULL)
        return true;
    for (int32_t i = 0; i < s->node->expr_count; i++)
        if (expr_find_aggregate(s->node->exprs[i]) != NULL)
            return true;
    return false;
}

static rask_status bind_key(select_block *s, const expr_node *node, rask_error *err) {
    static const char *const sets[] = {"GROUPING SETS", "CUBE", "ROLLUP"};
    expr_binder binder = plan_expression_binder(s->b, &s->input, "GROUP BY clause");
    const char *alias = NULL;
    expr_node *bound;
    if (node->kind == EXPR_ALIAS) {
        alias = node->names[0];
        node = node->args[0];
    }
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        if (is_call_of(node, sets[i]))
            return rask_error_set_at(err, RASK_ERROR_UNSUPPORTED, node->place.line,
                                     node->place.column, "%s is not supported yet", sets[i]);
    RASK_TRY(expr_bind(&binder, node, &bound, err));
    if (bound->type->kind == DATA_NULL)
        return expr_error_at(from_sql(s), node->place, err, "Illegal use of 'NULL'");
    for (int32_t k = 0; k < s->keys.count; k++) {
        if (!expr_equal(s->keys.items[k], bound))
            continue;
        if (alias != NULL && s->key_aliases[k] == NULL)
            s->key_aliases[k] = alias;
        return RASK_OK;
    }
    s->key_aliases[s->keys.count] = alias;
    base_list_add(s->arena, &s->keys, bound);
    return RASK_OK;
}

/* The scope of select items: aliases of keys in front of the columns. */
static void add_key_aliases(select_block *s) {
    int32_t count = 0, capacity = s->keys.count + s->input.column_count;
    expr_scope_column *columns = BASE_ARENA_ARRAY(s->arena, expr_scope_column, capacity + 1);
    for (int32_t k = 0; k < s->keys.count; k++) {
        const expr_node *key = s->keys.items[k];
        if (s->key_aliases[k] != NULL)
            columns[count++] = (expr_scope_column){
                .name = s->key_aliases[k], .type = key->type, .input = EXPR_SCOPE_KEY, .column = k};
    }
    memcpy(columns + count, s->input.columns, sizeof *columns * (size_t)s->input.column_count);
    s->binder.columns = columns;
    s->binder.column_count = count + s->input.column_count;
}

static rask_status bind_keys(select_block *s, rask_error *err) {
    s->key_aliases = BASE_ARENA_ARRAY(s->arena, const char *, s->node->key_count + 1);
    for (int32_t i = 0; i < s->node->key_count; i++)
        RASK_TRY(bind_key(s, s->node->keys[i], err));
    add_key_aliases(s);
    s->binder.aggregates = &s->aggregates;
    s->binder.aggregate_base = s->keys.count;
    s->binder.grouped = s->keys.count > 0;
    s->binder.group_keys = (expr_node *const *)s->keys.items;
    s->binder.group_key_count = s->keys.count;
    return RASK_OK;
}

/* ---- ORDER BY -------------------------------------------------------------------------------- */

/* Names of select items inside an ORDER BY expression stand for those items. */
static expr_node *replace_aliases(select_block *s, const expr_node *node) {
    if (node->kind == EXPR_NAME && node->name_count == 1)
        for (int32_t i = 0; i < s->item_count; i++)
            if (strcmp(s->items[i].name, node->names[0]) == 0)
                return (expr_node *)s->items[i].expr;
    expr_node *copy = base_arena_copy(s->arena, node, (int64_t)sizeof *node);
    copy->args = BASE_ARENA_ARRAY(s->arena, expr_node *, node->arg_count + 1);
    for (int32_t i = 0; i < node->arg_count; i++)
        copy->args[i] = replace_aliases(s, node->args[i]);
    return copy;
}

static void add_sort_key(select_block *s, const expr_node *order, int32_t column,
                         const data_type *type) {
    for (int32_t i = 0; i < s->sort_keys.count; i++)
        if (((const expr_node *)s->sort_keys.items[i])->args[0]->column == column)
            return; /* ORDER BY a, a DESC: the first decides */
    expr_node *key = expr_order(s->arena, expr_input(s->arena, 0, column, type), order->descending,
                                order->nulls_order);
    if (key->nulls_order == 0)
        key->nulls_order = order->descending ? 1 : -1;
    base_list_add(s->arena, &s->sort_keys, key);
}

/* ORDER BY 2: the place in the select list; 0 = the key is no ordinal. */
static rask_status ordinal_of(const select_block *s, const expr_node *key, int32_t *out,
                              rask_error *err) {
    *out = 0;
    if (!plan_is_ordinal(key))
        return RASK_OK;
    if (key->value.i64 < 1 || key->value.i64 > s->item_count)
        return expr_error_at(from_sql(s), key->place, err, "Ordinal out of range");
    *out = (int32_t)key->value.i64;
    return RASK_OK;
}

static int32_t find_item(const select_block *s, const expr_node *bound) {
    for (int32_t i = 0; i < s->item_count; i++)
        if (expr_equal(s->items[i].bound, bound))
            return i;
    return -1;
}

static rask_status not_selected(const select_block *s, const expr_node *input,
                                const expr_node *aggregate, rask_error *err) {
    base_strbuf text;
    base_strbuf_init(&text, 1024);
    if (input->name != NULL)
        base_strbuf_add_text(&text, input->name);
    else
        expr_write(aggregate, NULL, true, &text);
    rask_status status = expr_error_at(from_sql(s), input->place, err,
                                       "Expression '%s' is not in the select clause", text.data);
    base_strbuf_free(&text);
    return status;
}

/* An ORDER BY expression of SELECT DISTINCT over the select items, which is all that is left then.
 */
static rask_status over_items(const select_block *s, const expr_node *node,
                              const expr_node *aggregate, expr_node **out, rask_error *err) {
    int32_t item = find_item(s, node);
    if (item >= 0) {
        *out = expr_input(s->arena, 0, item, node->type);
        return RASK_OK;
    }
    if (node->kind == EXPR_INPUT)
        return not_selected(s, node, aggregate, err);
    expr_node *copy = base_arena_copy(s->arena, node, (int64_t)sizeof *node);
    copy->args = BASE_ARENA_ARRAY(s->arena, expr_node *, node->arg_count + 1);
    for (int32_t i = 0; i < node->arg_count; i++)
        RASK_TRY(over_items(s, node->args[i], aggregate, &copy->args[i], err));
    *out = copy;
    return RASK_OK;
}

/* The column an ORDER BY expression is, added behind the select items where it is none of them. */
static rask_status find_or_hide(select_block *s, expr_node *bound, const expr_node *aggregate,
                                int32_t *out, rask_error *err) {
    *out = find_item(s, bound);
    if (*out >= 0)
        return RASK_OK;
    if (s->node->is_distinct)
        RASK_TRY(over_items(s, bound, aggregate, &bound, err));
    *out = s->item_count + expr_list_add_once(s->arena, &s->hidden, bound);
    return RASK_OK;
}

static rask_status bind_sort_key(select_block *s, const expr_node *order, rask_error *err) {
    const expr_node *key = order->kind == EXPR_ORDER ? order->args[0] : order;
    int32_t column;
    expr_node *bound;
    RASK_TRY(ordinal_of(s, key, &column, err));
    if (column > 0) {
        add_sort_key(s, order, column - 1, s->items[column - 1].bound->type);
        return RASK_OK;
    }
    const expr_node *aggregate = expr_find_aggregate(key);
    if (aggregate != NULL && !s->is_aggregate)
        return expr_error_at(from_sql(s), aggregate->place, err,
                             "Aggregate expression is illegal in ORDER BY clause of "
                             "non-aggregating SELECT");
    RASK_TRY(expr_bind(&s->binder, replace_aliases(s, key), &bound, err));
    RASK_TRY(find_or_hide(s, bound, aggregate, &column, err));
    add_sort_key(s, order, column, bound->type);
    return RASK_OK;
}

/* ---- expressions of the block ---------------------------------------------------------------- */

static rask_status bind_items(select_block *s, rask_error *err) {
    for (int32_t i = 0; i < s->item_count; i++) {
        select_item *item = &s->items[i];
        RASK_TRY(expr_bind(&s->binder, item->expr, &item->bound, err));
        if (item->bound->type->kind == DATA_NULL)
            return expr_error_at(from_sql(s), item->expr->place, err, "Illegal use of 'NULL'");
    }
    return RASK_OK;
}

/* Mistakes in HAVING are told before those in the select list, but its aggregates come behind
 * theirs: so it collects its own (`calls`), which add_having_calls brings in later. */
static rask_status bind_having(select_block *s, base_list *calls, rask_error *err) {
    const expr_node *having = s->node->having;
    expr_binder binder = s->binder;
    if (having == NULL)
        return RASK_OK;
    binder.aggregates = calls;
    RASK_TRY(expr_bind(&binder, having, &s->having, err));
    if (s->having->type->kind == DATA_NULL)
        return expr_bind_cast(&binder, s->having, data_type_simple(DATA_BOOLEAN, true), &s->having,
                              err);
    if (s->having->type->kind != DATA_BOOLEAN)
        return expr_error_at(from_sql(s), having->place, err, "HAVING clause must be a condition");
    return RASK_OK;
}

/* HAVING's aggregates behind those of the select list, where they are not there yet. */
static void add_having_calls(select_block *s, const base_list *calls) {
    int32_t *map = BASE_ARENA_ARRAY(s->arena, int32_t, s->keys.count + calls->count + 1);
    for (int32_t k = 0; k < s->keys.count; k++)
        map[k] = k;
    for (int32_t i = 0; i < calls->count; i++)
        map[s->keys.count + i] =
            s->keys.count + expr_list_add_once(s->arena, &s->aggregates, calls->items[i]);
    if (calls->count > 0)
        s->having = expr_remap(s->arena, s->having, map);
}

/* In the order in which Flink validates. */
static rask_status bind_expressions(select_block *s, rask_error *err) {
    s->binder = plan_expression_binder(s->b, &s->input, NULL);
    s->is_aggregate = uses_aggregates(s);
    if (s->is_aggregate)
        RASK_TRY(bind_keys(s, err));
    base_list having_calls = {0};
    RASK_TRY(bind_having(s, &having_calls, err));
    RASK_TRY(collect_items(s, err));
    RASK_TRY(bind_items(s, err));
    RASK_TRY(name_items(s, err));
    add_having_calls(s, &having_calls);
    for (int32_t i = 0; s->ordering != NULL && i < s->ordering->key_count; i++)
        RASK_TRY(bind_sort_key(s, s->ordering->keys[i], err));
    return RASK_OK;
}

/* ---- the aggregation ------------------------------------------------------------------------- */

/* The projection below an aggregation, as it is collected. */
typedef struct argument_list {
    expr_node **exprs;
    const char **names;
    int32_t count;
} argument_list;

static const char *column_name(const select_block *s, const expr_node *expr) {
    return s->input.node->schema->names[expr->column];
}

/* Name of key `k`: its alias, its select item's name, its column's name, or $f<k>. */
static const char *key_name(const select_block *s, int32_t k) {
    const expr_node *key = s->keys.items[k];
    if (s->key_aliases[k] != NULL)
        return s->key_aliases[k];
    for (int32_t i = 0; i < s->item_count && from_sql(s); i++)
        if (s->items[i].bound->kind == EXPR_INPUT && s->items[i].bound->column == k)
            return s->items[i].name;
    if (key->kind == EXPR_INPUT)
        return column_name(s, key);
    return base_arena_printf(s->arena, "$f%d", k);
}

/* Column of the projection that computes `expr`, added once. */
static int32_t add_argument(const select_block *s, argument_list *list, expr_node *expr,
                            const char *name) {
    for (int32_t i = 0; i < list->count; i++)
        if (expr_equal(list->exprs[i], expr))
            return i;
    if (name == NULL)
        name = expr->kind == EXPR_INPUT ? column_name(s, expr)
                                        : base_arena_printf(s->arena, "$f%d", list->count);
    list->exprs[list->count] = expr;
    list->names[list->count] = plan_unique_name(s->arena, name, list->names, list->count);
    return list->count++;
}

static int32_t argument_count(const select_block *s) {
    int32_t count = s->keys.count;
    for (int32_t i = 0; i < s->aggregates.count; i++) {
        const expr_node *call = s->aggregates.items[i];
        count += call->arg_count + (call->filter != NULL);
    }
    return count;
}

static bool are_all_columns(const select_block *s) {
    for (int32_t k = 0; k < s->keys.count; k++)
        if (((const expr_node *)s->keys.items[k])->kind != EXPR_INPUT)
            return false;
    for (int32_t i = 0; i < s->aggregates.count; i++) {
        const expr_node *call = s->aggregates.items[i];
        if (call->filter != NULL)
            return false;
        for (int32_t a = 0; a < call->arg_count; a++)
            if (call->args[a]->kind != EXPR_INPUT)
                return false;
    }
    return true;
}

/* The condition of FILTER as a column that is never null. */
static expr_node *filter_argument(const select_block *s, expr_node *filter) {
    expr_binder binder = plan_expression_binder(s->b, &s->input, NULL);
    expr_node *is_true, *bound;
    if (!filter->type->nullable)
        return filter;
    is_true = expr_call1(s->arena, "IS TRUE", filter);
    return expr_bind(&binder, is_true, &bound, NULL) == RASK_OK ? bound : filter;
}

/* The Table API's projection starts with the plain columns in their order. */
static void add_plain_columns(const select_block *s, argument_list *list) {
    bool *used = BASE_ARENA_ARRAY(s->arena, bool, s->input.node->schema->count + 1);
    for (int32_t k = 0; k < s->keys.count; k++)
        if (s->key_aliases[k] == NULL && ((expr_node *)s->keys.items[k])->kind == EXPR_INPUT)
            used[((expr_node *)s->keys.items[k])->column] = true;
    for (int32_t i = 0; i < s->aggregates.count; i++) {
        const expr_node *call = s->aggregates.items[i];
        for (int32_t a = 0; a < call->arg_count; a++)
            if (call->args[a]->kind == EXPR_INPUT)
                used[call->args[a]->column] = true;
    }
    for (int32_t i = 0; i < s->input.node->schema->count; i++)
        if (used[i])
            add_argument(s, list, plan_output_column(s->plan, s->input.node, i), NULL);
}

/* Puts keys and arguments into a projection; the calls then only name its columns. */
static plan_node *project_arguments(select_block *s) {
    int32_t capacity = argument_count(s);
    argument_list list = {BASE_ARENA_ARRAY(s->arena, expr_node *, capacity + 1),
                          BASE_ARENA_ARRAY(s->arena, const char *, capacity + 1), 0};
    if (!from_sql(s))
        add_plain_columns(s, &list);
    for (int32_t k = 0; k < s->keys.count; k++)
        add_argument(s, &list, s->keys.items[k], key_name(s, k));
    for (int32_t i = 0; i < s->aggregates.count; i++) {
        expr_node *call = s->aggregates.items[i];
        for (int32_t a = 0; a < call->arg_count; a++)
            add_argument(s, &list, call->args[a], NULL);
        if (call->filter != NULL) {
            call->filter = filter_argument(s, call->filter);
            add_argument(s, &list, call->filter, NULL);
        }
    }
    plan_node *project =
        plan_make_project(s->plan, s->input.node, list.exprs, list.names, list.count);
    for (int32_t k = 0; k < s->keys.count; k++)
        s->keys.items[k] =
            plan_output_column(s->plan, project, add_argument(s, &list, s->keys.items[k], NULL));
    for (int32_t i = 0; i < s->aggregates.count; i++) {
        expr_node *call = s->aggregates.items[i];
        for (int32_t a = 0; a < call->arg_count; a++)
            call->args[a] =
                plan_output_column(s->plan, project, add_argument(s, &list, call->args[a], NULL));
        if (call->filter != NULL)
            call->filter =
                plan_output_column(s->plan, project, add_argument(s, &list, call->filter, NULL));
    }
    return project;
}

/* Whether the input can be aggregated as it is. */
static bool needs_projection(const select_block *s) {
    if (argument_count(s) == 0)
        return false;
    return from_sql(s) || !are_all_columns(s);
}

static const char *aggregate_name(const select_block *s, int32_t i) {
    if (!from_sql(s))
        return base_arena_printf(s->arena, "EXPR$%d", i);
    for (int32_t k = 0; k < s->item_count; k++)
        if (aggregate_of(s, s->items[k].bound) == i)
            return s->items[k].name;
    return base_arena_printf(s->arena, "agg#%d", i);
}

static void make_aggregate(select_block *s) {
    int32_t key_count = s->keys.count, count = key_count + s->aggregates.count;
    data_schema *schema = data_schema_new(s->plan->arena, count);
    for (int32_t k = 0; k < key_count; k++)
        schema->names[k] = plan_unique_name(s->arena, key_name(s, k), schema->names, k);
    plan_node *input = needs_projection(s) ? project_arguments(s) : s->input.node;
    plan_node *node = plan_node_new(s->plan, PLAN_AGGREGATE, &input, 1);
    node->keys = (expr_node **)s->keys.items;
    node->key_count = key_count;
    node->aggregates = (expr_node **)s->aggregates.items;
    node->aggregate_count = s->aggregates.count;
    for (int32_t i = 0; i < count; i++) {
        if (i >= key_count)
            schema->names[i] =
                plan_unique_name(s->arena, aggregate_name(s, i - key_count), schema->names, i);
        schema->types[i] =
            i < key_count ? node->keys[i]->type : node->aggregates[i - key_count]->type;
    }
    node->schema = schema;
    node->is_bound = true;
    s->output = node;
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
    if (expr->kind == EXPR_INPUT && aggregate_of(s, expr) < 0)
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
    if (s->is_aggregate && from_sql(s) && is_identity(s, names))
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
    return !from_sql(s) && s->node->is_distinct && !s->is_aggregate && s->node->expr_count == 1 &&
           s->node->exprs[0]->kind == EXPR_STAR;
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
        make_aggregate(s);
    if (s->having != NULL)
        s->output = plan_make_filter(s->plan, s->output, s->having);
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
