/* Queries: SELECT blocks, VALUES, set operations, WITH, ORDER BY and LIMIT, as unresolved plan
 * nodes.
 *
 *     query := [WITH ...] leaf {set-operation leaf} [ORDER BY ...] [LIMIT ... | OFFSET ... FETCH
 * ...] leaf  := SELECT ... | VALUES ... | TABLE t | "(" query ")"
 *
 * INTERSECT binds tighter than UNION and EXCEPT; equals group to the left. */
#include <string.h>

#include "sql/parser.h"

/* ---- nodes ----------------------------------------------------------------------------------- */

/* Without a plan (a lone expression) or inside a table's own arena there is no place for a query.
 */
static bool has_room_for_query(sql_parser *p) {
    if (p->plan != NULL && p->arena == p->home)
        return true;
    sql_refuse(p, sql_now(p), "Query expression encountered in illegal context");
    return false;
}

plan_node *sql_node(sql_parser *p, int32_t first, plan_kind kind, plan_node *left,
                    plan_node *right) {
    plan_node *inputs[2] = {left, right};
    int32_t count = left == NULL ? 0 : right == NULL ? 1 : 2;
    if (p->plan == NULL)
        return BASE_ARENA_NEW(p->home, plan_node); /* the parse has failed already */
    plan_node *node = plan_node_new(p->plan, kind, inputs, count);
    node->place = sql_place_from(p, first);
    if (left != NULL) { /* without the parentheses around it */
        node->place.line = left->place.line;
        node->place.column = left->place.column;
    }
    node->fetch = -1;
    return node;
}

expr_node **sql_exprs(sql_parser *p, const base_list *list) {
    expr_node **exprs = BASE_ARENA_ARRAY(p->arena, expr_node *, list->count + 1);
    for (int32_t i = 0; i < list->count; i++)
        exprs[i] = list->items[i];
    return exprs;
}

/* ---- SELECT ---------------------------------------------------------------------------------- */

static expr_node *select_item(sql_parser *p) {
    int32_t first = p->at;
    const char *alias = NULL;
    expr_node *item;
    if (sql_accept_symbol(p, "*"))
        item = sql_place(p, first, expr_new(p->arena, EXPR_STAR));
    else
        item = sql_expression(p);
    bool has_as = sql_accept(p, KW_AS);
    if (sql_now(p)->kind == SQL_TOKEN_STRING)
        sql_refuse(p, sql_now(p), "Expecting alias, found character literal");
    if (!sql_accept_name(p, &alias)) {
        if (has_as)
            sql_unexpected(p);
        return item;
    }
    return sql_place(p, first, expr_alias(p->arena, item, alias));
}

static void grouping_elements(sql_parser *p, base_list *out);

/* ROLLUP (...), CUBE (...), GROUPING SETS (...); NULL when there is none. */
static expr_node *grouping_call(sql_parser *p) {
    int32_t first = p->at;
    const char *name = NULL;
    base_list args = {0};
    if (sql_accept(p, KW_ROLLUP))
        name = "ROLLUP";
    else if (sql_accept(p, KW_CUBE))
        name = "CUBE";
    else if (sql_accept_two(p, KW_GROUPING, KW_SETS))
        name = "GROUPING SETS";
    if (name == NULL)
        return NULL;
    sql_expect_symbol(p, "(");
    grouping_elements(p, &args);
    sql_expect_symbol(p, ")");
    return sql_call(p, first, name, &args);
}

/* "()" is a set of no keys. */
static expr_node *grouping_element(sql_parser *p) {
    int32_t first = p->at;
    base_list none = {0};
    if (!sql_enter(p))
        return expr_literal_bool(p->arena, false);
    expr_node *node = grouping_call(p);
    bool is_empty =
        node == NULL && sql_is_symbol(p, "(") && sql_token_is_symbol(p, sql_ahead(p, 1), ")");
    if (is_empty) {
        sql_advance(p);
        sql_advance(p);
        node = sql_call(p, first, "ROW", &none);
    }
    sql_leave(p);
    return node != NULL ? node : sql_expression(p);
}

static void grouping_elements(sql_parser *p, base_list *out) {
    do
        base_list_add(p->arena, out, grouping_element(p));
    while (sql_accept_symbol(p, ","));
}

/* GROUP BY (a, b) groups by a and b. */
static void group_by(sql_parser *p, plan_node *select) {
    base_list elements = {0}, keys = {0};
    select->has_distinct_sets = SQL_ONE_OF(p, KW_ALL, KW_DISTINCT) == KW_DISTINCT;
    grouping_elements(p, &elements);
    for (int32_t i = 0; i < elements.count; i++) {
        expr_node *element = elements.items[i];
        bool is_row = element->kind == EXPR_CALL && strcmp(element->name, "ROW") == 0;
        if (!is_row)
            base_list_add(p->arena, &keys, element);
        for (int32_t k = 0; is_row && k < element->arg_count; k++)
            base_list_add(p->arena, &keys, element->args[k]);
    }
    select->keys = sql_exprs(p, &keys);
    select->key_count = keys.count;
    select->is_grouped = true;
}

/* WINDOW w AS (...), v AS (w ROWS ...) */
static void window_clause(sql_parser *p, sql_block *block) {
    do {
        int32_t at = p->at;
        const char *name = sql_expect_name(p);
        sql_expect(p, KW_AS);
        sql_window *window = sql_window_specification(p);
        window->name = name;
        window->at = at;
        base_list_add(p->arena, &block->windows, window);
        if (block->windows.count > SQL_CHAIN_MAX)
            sql_refuse(p, sql_now(p), "The query has more than %d windows.", SQL_CHAIN_MAX);
    } while (sql_accept_symbol(p, ","));
}

static void select_clauses(sql_parser *p, plan_node *select, sql_block *block) {
    if (sql_accept(p, KW_WHERE))
        select->condition = sql_expression(p);
    if (sql_accept_two(p, KW_GROUP, KW_BY))
        group_by(p, select);
    else if (sql_accept(p, KW_GROUP))
        sql_expect(p, KW_BY);
    if (sql_accept(p, KW_HAVING))
        select->having = sql_expression(p);
    if (sql_accept(p, KW_WINDOW))
        window_clause(p, block);
    if (sql_accept(p, KW_QUALIFY))
        select->qualify = sql_expression(p);
}

static void select_list(sql_parser *p, plan_node *select) {
    base_list items = {0};
    do
        base_list_add(p->arena, &items, select_item(p));
    while (sql_accept_symbol(p, ","));
    select->exprs = sql_exprs(p, &items);
    select->expr_count = items.count;
}

static plan_node *select_block(sql_parser *p) {
    int32_t first = p->at;
    sql_block block = {0}, *outer = p->block;
    p->block = &block;
    sql_expect(p, KW_SELECT);
    plan_node *select = sql_node(p, first, PLAN_SELECT, NULL, NULL);
    sql_hints(p, &select->hints, false);
    const sql_token *stream = sql_now(p);
    if (sql_accept(p, KW_STREAM))
        sql_unsupported(p, stream, "SELECT STREAM");
    select->is_distinct = SQL_ONE_OF(p, KW_ALL, KW_DISTINCT) == KW_DISTINCT;
    select_list(p, select);
    if (sql_accept(p, KW_FROM)) {
        select->inputs = BASE_ARENA_ARRAY(p->home, plan_node *, 1);
        select->inputs[0] = sql_from(p);
        select->input_count = 1;
        select_clauses(p, select, &block);
    }
    sql_block_finish(p, &block);
    p->block = outer;
    select->place = sql_place_from(p, first);
    return select;
}

/* ---- VALUES ---------------------------------------------------------------------------------- */

/* One row: a parenthesised list, ROW(...), or a lone expression. */
static void values_row(sql_parser *p, base_list *row) {
    int32_t first = p->at;
    bool is_row = sql_is(p, KW_ROW) && sql_token_is_symbol(p, sql_ahead(p, 1), "(");
    if (!is_row && !sql_is_symbol(p, "(")) {
        base_list_add(p->arena, row, sql_expression(p));
        return;
    }
    if (is_row)
        sql_advance(p);
    sql_advance(p);
    plan_node *query = sql_parenthesised(p, row);
    if (query != NULL)
        base_list_add(p->arena, row, sql_subquery(p, first, EXPR_SUBQUERY_SCALAR, query));
}

static plan_node *values(sql_parser *p) {
    int32_t first = p->at, width = -1;
    bool is_even = true;
    base_list all = {0};
    sql_advance(p);
    do {
        base_list row = {0};
        values_row(p, &row);
        is_even &= width < 0 || width == row.count;
        width = row.count;
        for (int32_t i = 0; i < row.count; i++)
            base_list_add(p->arena, &all, row.items[i]);
    } while (sql_accept_symbol(p, ","));
    if (!is_even)
        sql_invalid(p, &p->tokens.items[first], sql_now(p) - 1,
                    "Values passed to VALUES operator must have compatible types");
    plan_node *node = sql_node(p, first, PLAN_VALUES, NULL, NULL);
    node->exprs = sql_exprs(p, &all);
    node->expr_count = all.count;
    node->row_width = width;
    return node;
}

/* ---- set operations -------------------------------------------------------------------------- */

static plan_node *leaf(sql_parser *p) {
    if (sql_is(p, KW_SELECT))
        return select_block(p);
    if (sql_is(p, KW_VALUES) || sql_is(p, KW_VALUE))
        return values(p);
    if (sql_accept(p, KW_TABLE))
        return sql_table_path(p);
    if (sql_accept_symbol(p, "(")) {
        plan_node *query = sql_query(p);
        sql_expect_symbol(p, ")");
        return query;
    }
    sql_expecting(p, "<IDENTIFIER>");
    sql_unexpected(p);
    return sql_node(p, p->at, PLAN_VALUES, NULL, NULL);
}

enum { BIND_UNION = 14, BIND_INTERSECT = 18 };

/* The operator the cursor stands on and how tightly it binds; false when there is none. */
static bool set_operation_here(sql_parser *p, plan_set_op *op, int32_t *binding) {
    *binding = BIND_UNION;
    if (sql_is(p, KW_UNION)) {
        *op = PLAN_UNION;
    } else if (sql_is(p, KW_EXCEPT)) {
        *op = PLAN_EXCEPT;
    } else if (sql_is(p, KW_INTERSECT)) {
        *op = PLAN_INTERSECT;
        *binding = BIND_INTERSECT;
    } else {
        if (sql_is(p, KW_MINUS))
            sql_refuse(p, sql_now(p),
                       "MINUS is not allowed under the current SQL conformance level");
        return false;
    }
    return true;
}

static plan_node *set_operations(sql_parser *p, int32_t first, plan_node *left, int32_t minimum) {
    plan_set_op op;
    int32_t binding;
    while (set_operation_here(p, &op, &binding) && binding >= minimum) {
        if (++p->set_operation_count > SQL_CHAIN_MAX)
            sql_refuse(p, sql_now(p), "The statement has more than %d set operations.",
                       SQL_CHAIN_MAX);
        sql_advance(p);
        bool is_all = SQL_ONE_OF(p, KW_ALL, KW_DISTINCT) == KW_ALL;
        int32_t right_first = p->at;
        plan_node *right = set_operations(p, right_first, leaf(p), binding + 1);
        left = sql_node(p, first, PLAN_SET_OP, left, right);
        left->set_op = op;
        left->is_all = is_all;
    }
    return left;
}

/* ---- ORDER BY, LIMIT ------------------------------------------------------------------------- */

/* More rows than there can be; the sum of two such counts is still a number. */
#define ROW_COUNT_MAX (INT64_MAX / 2)

static int64_t row_count(sql_parser *p) {
    const sql_token *token = sql_now(p);
    if (sql_is_symbol(p, "?")) {
        sql_invalid(p, token, token, "Illegal use of dynamic parameter");
        sql_advance(p);
        return 0;
    }
    if (token->kind != SQL_TOKEN_INTEGER && token->kind != SQL_TOKEN_DECIMAL)
        return sql_expect_integer(p);
    int64_t count = 0; /* Flink drops a fraction */
    const char *text = p->tokens.text + token->offset;
    for (int32_t i = 0; i < token->length && text[i] != '.'; i++)
        count = count < ROW_COUNT_MAX / 10 ? count * 10 + (text[i] - '0') : ROW_COUNT_MAX;
    sql_advance(p);
    return count;
}

typedef struct row_range {
    int64_t offset, fetch;
    bool is_given;
} row_range;

/* LIMIT n [OFFSET m] | OFFSET m [ROW | ROWS] | FETCH FIRST n ROWS ONLY */
static row_range limit_clause(sql_parser *p) {
    row_range range = {0, -1, false};
    const sql_token *start = sql_now(p);
    if (sql_accept(p, KW_LIMIT)) {
        range.is_given = true;
        if (!sql_accept(p, KW_ALL))
            range.fetch = row_count(p);
        if (sql_is_symbol(p, ","))
            sql_refuse(p, start,
                       "'LIMIT start, count' is not allowed under the current SQL conformance "
                       "level");
        if (sql_accept(p, KW_OFFSET))
            range.offset = row_count(p);
        return range;
    }
    if (sql_accept(p, KW_OFFSET)) {
        range.is_given = true;
        range.offset = row_count(p);
        SQL_ONE_OF(p, KW_ROW, KW_ROWS);
        if (sql_is(p, KW_LIMIT))
            sql_refuse(p, start,
                       "'OFFSET start LIMIT count' is not allowed under the current SQL "
                       "conformance level");
    }
    if (sql_accept(p, KW_FETCH)) {
        range.is_given = true;
        if (SQL_ONE_OF(p, KW_FIRST, KW_NEXT) == SQL_KEYWORD_COUNT)
            sql_unexpected(p);
        range.fetch = row_count(p);
        if (SQL_ONE_OF(p, KW_ROW, KW_ROWS) == SQL_KEYWORD_COUNT)
            sql_unexpected(p);
        sql_expect(p, KW_ONLY);
    }
    return range;
}

static plan_node *query_rest(sql_parser *p, plan_node *start) {
    int32_t first = p->at;
    base_list keys = {0};
    plan_node *query = set_operations(p, first, start, 0);
    if (sql_accept_two(p, KW_ORDER, KW_BY))
        sql_order_list(p, &keys);
    else if (sql_accept(p, KW_ORDER))
        sql_expect(p, KW_BY);
    row_range range = limit_clause(p);
    bool has_effect = range.offset > 0 || range.fetch >= 0;
    if (keys.count == 0 && !(range.is_given && has_effect))
        return query;
    query = sql_node(p, first, keys.count > 0 ? PLAN_SORT : PLAN_LIMIT, query, NULL);
    query->keys = sql_exprs(p, &keys);
    query->key_count = keys.count;
    query->offset = range.offset;
    query->fetch = range.fetch;
    return query;
}

/* ---- WITH ------------------------------------------------------------------------------------ */

/* name [(columns)] AS (query) */
static plan_node *named_query(sql_parser *p, base_list *names) {
    int32_t first = p->at;
    base_list alias = {0};
    const char *name = sql_expect_name(p);
    base_list_add(p->home, names, (void *)name);
    base_list_add(p->home, &alias, (void *)name);
    expr_place columns = {0};
    if (sql_is_symbol(p, "(")) {
        sql_name_list(p, &alias);
        columns = sql_place_from(p, first + 1);
    }
    sql_expect(p, KW_AS);
    sql_expect_symbol(p, "(");
    plan_node *query = sql_query(p);
    sql_expect_symbol(p, ")");
    if (alias.count == 1)
        return query;
    plan_node *renamed = sql_node(p, first, PLAN_ALIAS, query, NULL);
    renamed->names = sql_strings(p->home, &alias);
    renamed->name_places = sql_name_places(p, p->home, first, alias.count);
    renamed->place = columns;
    renamed->name_count = alias.count;
    return renamed;
}

static plan_node *with(sql_parser *p) {
    int32_t first = p->at;
    base_list names = {0}, inputs = {0};
    sql_advance(p);
    sql_accept(p, KW_RECURSIVE);
    base_list_add(p->home, &inputs, NULL);
    do
        base_list_add(p->home, &inputs, named_query(p, &names));
    while (sql_accept_symbol(p, ","));
    plan_node *node = sql_node(p, first, PLAN_WITH, NULL, NULL);
    node->inputs = BASE_ARENA_ARRAY(p->home, plan_node *, inputs.count);
    memcpy(node->inputs, inputs.items, sizeof(plan_node *) * (size_t)inputs.count);
    node->input_count = inputs.count;
    node->with_names = sql_strings(p->home, &names);
    node->inputs[0] = query_rest(p, leaf(p));
    return node;
}

/* ---- all of it ------------------------------------------------------------------------------- */

bool sql_starts_query(sql_parser *p) {
    return sql_is(p, KW_SELECT) || sql_is(p, KW_VALUES) || sql_is(p, KW_VALUE) ||
           sql_is(p, KW_WITH) || sql_is(p, KW_TABLE);
}

bool sql_continues_query(sql_parser *p) {
    return sql_is(p, KW_UNION) || sql_is(p, KW_EXCEPT) || sql_is(p, KW_INTERSECT) ||
           sql_is(p, KW_MINUS) || sql_is(p, KW_ORDER) || sql_is(p, KW_LIMIT) ||
           sql_is(p, KW_OFFSET) || sql_is(p, KW_FETCH);
}

/* A query, or its rest behind `start`; what is said about the expression around it does not hold
 * inside. */
static plan_node *nested_query(sql_parser *p, plan_node *start) {
    int32_t level = p->expression_level;
    bool stops_at_and = p->stops_at_and;
    if (!has_room_for_query(p) || !sql_enter(p))
        return start != NULL ? start : sql_node(p, p->at, PLAN_VALUES, NULL, NULL);
    p->expression_level = 0;
    p->stops_at_and = false;
    bool has_with = start == NULL && sql_is(p, KW_WITH);
    plan_node *query = has_with ? with(p) : query_rest(p, start != NULL ? start : leaf(p));
    p->expression_level = level;
    p->stops_at_and = stops_at_and;
    sql_leave(p);
    return query;
}

plan_node *sql_query(sql_parser *p) {
    return nested_query(p, NULL);
}

plan_node *sql_query_rest(sql_parser *p, plan_node *start) {
    return nested_query(p, start);
}
