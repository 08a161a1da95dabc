/* The FROM clause: tables, subqueries, table functions, and their joins.
 *
 * Comma and JOIN group to the left alike.  A table function on the right of a join is a
 * PLAN_FLAT_MAP over the left side; alone it is a PLAN_FLAT_MAP without input.  Its alias and
 * column names are in the node's `names`. */
#include <string.h>

#include "sql/parser.h"

static plan_node *table_reference(sql_parser *p);

plan_node *sql_table_path(sql_parser *p) {
    int32_t first = p->at;
    plan_node *node = sql_node(p, first, PLAN_TABLE, NULL, NULL);
    node->names = sql_expect_path(p, &node->name_count);
    node->place = sql_place_from(p, first);
    sql_hints(p, &node->hints, true);
    return node;
}

/* ---- what parses but has no plan yet --------------------------------------------------------- */

/* Up to the parenthesis that closes the one the cursor stands on. */
static void skip_parenthesised(sql_parser *p) {
    int32_t depth = 0;
    sql_is_symbol(p, "(");
    do {
        const sql_token *token = sql_now(p);
        if (token->kind == SQL_TOKEN_END || token->kind == SQL_TOKEN_ERROR) {
            sql_unexpected(p);
            return;
        }
        depth += sql_token_is_symbol(p, token, "(") ? 1 : 0;
        depth -= sql_token_is_symbol(p, token, ")") ? 1 : 0;
        sql_advance(p);
    } while (depth > 0);
}

static void skip_clause(sql_parser *p, const char *what) {
    sql_unsupported(p, sql_now(p), what);
    sql_advance(p);
    if (!sql_is_symbol(p, "("))
        sql_unexpected(p);
    else
        skip_parenthesised(p);
}

/* FOR SYSTEM_TIME AS OF x */
static void system_time(sql_parser *p) {
    const sql_token *token = sql_now(p);
    if (!sql_accept_two(p, KW_FOR, KW_SYSTEM_TIME))
        return;
    sql_unsupported(p, token, "FOR SYSTEM_TIME AS OF");
    sql_expect(p, KW_AS);
    sql_expect(p, KW_OF);
    sql_expression(p);
}

static void row_patterns(sql_parser *p) {
    if (sql_is(p, KW_MATCH_RECOGNIZE))
        skip_clause(p, "MATCH_RECOGNIZE");
    if (sql_is(p, KW_PIVOT))
        skip_clause(p, "PIVOT");
    else if (sql_is(p, KW_UNPIVOT))
        skip_clause(p, "UNPIVOT");
}

/* TABLESAMPLE BERNOULLI (10) [REPEATABLE (1)] */
static void table_sample(sql_parser *p) {
    const sql_token *token = sql_now(p);
    if (!sql_accept(p, KW_TABLESAMPLE))
        return;
    sql_unsupported(p, token, "TABLESAMPLE");
    if (SQL_ONE_OF(p, KW_BERNOULLI, KW_SYSTEM, KW_SUBSTITUTE) == SQL_KEYWORD_COUNT ||
        !sql_is_symbol(p, "("))
        sql_unexpected(p);
    else
        skip_parenthesised(p);
    if (sql_accept(p, KW_REPEATABLE))
        skip_parenthesised(p);
}

/* ---- aliases --------------------------------------------------------------------------------- */

/* [AS] name [(columns)]; empty when there is none. */
static base_list alias(sql_parser *p) {
    base_list names = {0};
    const char *name;
    bool has_as = sql_accept(p, KW_AS);
    if (sql_accept_name(p, &name)) {
        base_list_add(p->home, &names, (void *)name);
        if (sql_is_symbol(p, "("))
            sql_name_list(p, &names);
    } else if (has_as) {
        sql_unexpected(p);
    }
    return names;
}

static plan_node *aliased(sql_parser *p, int32_t first, plan_node *node) {
    row_patterns(p);
    int32_t alias_at = p->at + (sql_is(p, KW_AS) ? 1 : 0);
    base_list names = alias(p);
    table_sample(p);
    if (names.count == 0)
        return node;
    bool is_join = node->kind == PLAN_JOIN || node->kind == PLAN_FILTER ||
                   (node->kind == PLAN_FLAT_MAP && node->input_count > 0);
    if (is_join)
        sql_refuse(p, &p->tokens.items[first], "Join expression encountered in illegal context");
    bool is_function = node->kind == PLAN_FLAT_MAP && node->input_count == 0;
    plan_node *named = is_function ? node : sql_node(p, first, PLAN_ALIAS, node, NULL);
    named->names = sql_strings(p->home, &names);
    named->name_places = sql_name_places(p, p->home, alias_at, names.count);
    named->name_count = names.count;
    named->is_lateral = node->is_lateral;
    return named;
}

/* ---- table functions ------------------------------------------------------------------------- */

static plan_node *flat_map(sql_parser *p, int32_t first, expr_node *call) {
    plan_node *node = sql_node(p, first, PLAN_FLAT_MAP, NULL, NULL);
    base_list exprs = {0};
    base_list_add(p->arena, &exprs, call);
    node->exprs = sql_exprs(p, &exprs);
    node->expr_count = 1;
    return node;
}

/* The functions of windows take tables; others are better named than their argument. */
static void settle_table_argument(sql_parser *p, bool was_supported, const char *function) {
    if (!was_supported || p->unsupported == NULL || strcmp(p->unsupported, "A table argument") != 0)
        return;
    p->unsupported = plan_window_kind_of(function) >= 0
                         ? NULL
                         : base_arena_printf(p->home, "The table function %s(TABLE ...)", function);
}

/* FROM a table function: one of windows is a table of its own, any other a map of the left side. */
static plan_node *from_function(sql_parser *p, int32_t first, expr_node *call) {
    plan_node *node = flat_map(p, first, call);
    if (call->kind == EXPR_CALL && plan_window_kind_of(call->name) >= 0)
        node->kind = PLAN_WINDOW_TABLE;
    return node;
}

/* name(arguments) */
static expr_node *function_call(sql_parser *p) {
    int32_t first = p->at, count;
    bool was_supported = p->unsupported == NULL;
    const char **path = sql_expect_path(p, &count);
    sql_expect_symbol(p, "(");
    expr_node *call = sql_call_rest(p, first, path, count);
    settle_table_argument(p, was_supported, path[count - 1]);
    return call;
}

/* Behind TABLE: (f(x)) */
static plan_node *table_function(sql_parser *p, int32_t first) {
    sql_expect_symbol(p, "(");
    if (sql_now(p)->kind == SQL_TOKEN_KEYWORD && !sql_is_name(sql_now(p))) {
        sql_expecting(p, "<IDENTIFIER>");
        sql_unexpected(p);
    }
    plan_node *node = from_function(p, first, function_call(p));
    sql_expect_symbol(p, ")");
    return node;
}

/* Behind UNNEST: (array) [WITH ORDINALITY] */
static plan_node *unnest(sql_parser *p, int32_t first) {
    base_list args = {0};
    sql_expect_symbol(p, "(");
    plan_node *query = sql_parenthesised(p, &args);
    if (query != NULL)
        base_list_add(p->arena, &args, sql_subquery(p, first, EXPR_SUBQUERY_SCALAR, query));
    bool has_ordinality = sql_accept_two(p, KW_WITH, KW_ORDINALITY);
    return flat_map(
        p, first, sql_call(p, first, has_ordinality ? "UNNEST WITH ORDINALITY" : "UNNEST", &args));
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* What stands between parentheses in a FROM clause. */
typedef struct inside {
    plan_node *node;
    bool is_query, is_join;
} inside;

static plan_node *joins(sql_parser *p, int32_t first, plan_node *left);

/* Behind "(": a query, or tables that are joined.  "((SELECT 1) UNION ...)" and "((SELECT 1) JOIN
 * ...)" start alike. */
static inside parenthesised_table(sql_parser *p) {
    int32_t first = p->at;
    inside in = {0};
    if (!sql_enter(p)) {
        in.node = sql_node(p, p->at, PLAN_VALUES, NULL, NULL);
        return in;
    }
    bool is_function = sql_is(p, KW_TABLE) && sql_token_is_symbol(p, sql_ahead(p, 1), "(");
    if (sql_starts_query(p) && !is_function) {
        in.node = sql_query(p);
        in.is_query = true;
    } else {
        bool was_query = false;
        if (sql_accept_symbol(p, "(")) {
            inside inner = parenthesised_table(p);
            sql_expect_symbol(p, ")");
            was_query = inner.is_query;
            if (was_query && sql_continues_query(p)) {
                inner.node = sql_query_rest(p, inner.node);
            } else {
                plan_node *named = aliased(p, first, inner.node);
                was_query &= named == inner.node;
                inner.node = named;
            }
            in.node = inner.node;
        } else {
            in.node = table_reference(p);
        }
        plan_node *joined = joins(p, first, in.node);
        in.is_join = joined != in.node;
        in.is_query = was_query && !in.is_join;
        in.node = joined;
    }
    sql_leave(p);
    return in;
}

static plan_node *parenthesis(sql_parser *p) {
    const sql_token *token = sql_now(p);
    sql_advance(p);
    inside in = parenthesised_table(p);
    if (!in.is_query && !in.is_join)
        sql_refuse(p, token, "Expected query or join");
    sql_expect_symbol(p, ")");
    return in.node;
}

static plan_node *lateral(sql_parser *p, int32_t first) {
    if (sql_accept(p, KW_TABLE))
        return table_function(p, first);
    if (sql_accept(p, KW_UNNEST))
        return unnest(p, first);
    if (!sql_is_symbol(p, "(")) {
        sql_unexpected(p);
        return sql_node(p, first, PLAN_VALUES, NULL, NULL);
    }
    plan_node *query = parenthesis(p);
    query->is_lateral = true;
    return query;
}

/* name [hints], or name(arguments). */
static plan_node *table_or_function(sql_parser *p, int32_t first) {
    int32_t end = p->at;
    while (sql_is_name(&p->tokens.items[end]) &&
           sql_token_is_symbol(p, &p->tokens.items[end + 1], "."))
        end += 2;
    bool is_call = sql_is_name(&p->tokens.items[end]) &&
                   sql_token_is_symbol(p, &p->tokens.items[end + 1], "(");
    if (is_call)
        return from_function(p, first, function_call(p));
    plan_node *table = sql_table_path(p);
    system_time(p);
    return table;
}

static plan_node *table_reference(sql_parser *p) {
    int32_t first = p->at;
    plan_node *node;
    if (sql_accept(p, KW_LATERAL))
        node = lateral(p, first);
    else if (sql_accept(p, KW_TABLE))
        node = table_function(p, first);
    else if (sql_accept(p, KW_UNNEST))
        node = unnest(p, first);
    else if (sql_is_symbol(p, "("))
        node = parenthesis(p);
    else
        node = table_or_function(p, first);
    return aliased(p, first, node);
}

/* ---- joins ----------------------------------------------------------------------------------- */

typedef struct join_words {
    plan_join_type type;
    bool is_natural, is_comma;
    int32_t first, count; /* tokens */
} join_words;

static bool starts_table(const sql_parser *p, const sql_token *token) {
    return sql_is_name(token) || sql_token_is_symbol(p, token, "(") ||
           sql_token_is(p, token, KW_LATERAL) || sql_token_is(p, token, KW_TABLE) ||
           sql_token_is(p, token, KW_UNNEST);
}

/* The words of a join from the cursor on; false (and nothing read) when there is none. */
static bool join_here(sql_parser *p, join_words *join) {
    static const struct {
        sql_keyword keyword;
        plan_join_type type;
        bool may_be_outer;
    } types[] = {{KW_INNER, PLAN_JOIN_INNER, false},
                 {KW_LEFT, PLAN_JOIN_LEFT, true},
                 {KW_RIGHT, PLAN_JOIN_RIGHT, true},
                 {KW_FULL, PLAN_JOIN_FULL, true},
                 {KW_CROSS, PLAN_JOIN_CROSS, false}};
    int32_t count = 0;
    *join = (join_words){.type = PLAN_JOIN_INNER, .first = p->at};
    if (sql_is_symbol(p, ",")) {
        join->type = PLAN_JOIN_CROSS;
        join->is_comma = true;
        join->count = 1;
        return true;
    }
    join->is_natural = sql_is(p, KW_NATURAL);
    count += join->is_natural;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!sql_token_is(p, sql_ahead(p, count), types[i].keyword))
            continue;
        join->type = types[i].type;
        count++;
        if (types[i].may_be_outer && sql_token_is(p, sql_ahead(p, count), KW_OUTER))
            count++;
        break;
    }
    join->count = count + 1;
    bool is_apply = sql_token_is(p, sql_ahead(p, count), KW_APPLY) && join->type == PLAN_JOIN_CROSS;
    if (is_apply)
        sql_refuse(p, sql_ahead(p, count),
                   "APPLY operator is not allowed under the current SQL conformance level");
    if (!sql_token_is(p, sql_ahead(p, count), KW_JOIN))
        return false;
    if (count == 0 && !starts_table(p, sql_ahead(p, 1))) {
        sql_mismatched(p, true);
        return false;
    }
    return true;
}

/* The right side is a function of each row of the left one. */
static plan_node *lateral_join(sql_parser *p, const join_words *join, plan_node *left,
                               plan_node *right, expr_node *condition) {
    const sql_token *token = &p->tokens.items[join->first];
    bool is_true = condition == NULL || (condition->kind == EXPR_LITERAL &&
                                         !condition->value.is_null && condition->value.i64 == 1);
    if (join->type == PLAN_JOIN_RIGHT || join->type == PLAN_JOIN_FULL)
        sql_unsupported(p, token, "A RIGHT or FULL JOIN with a table function");
    right->inputs = BASE_ARENA_ARRAY(p->home, plan_node *, 1);
    right->inputs[0] = left;
    right->input_count = 1;
    right->keeps_input = true;
    right->is_outer = join->type == PLAN_JOIN_LEFT;
    if (is_true)
        return right;
    if (right->is_outer)
        sql_unsupported(p, token, "A LEFT JOIN with a table function and a condition");
    plan_node *filter = sql_node(p, join->first, PLAN_FILTER, right, NULL);
    filter->condition = condition;
    return filter;
}

typedef struct join_condition {
    expr_node *on;      /* NULL = none */
    base_list columns;  /* of USING */
    int32_t columns_at; /* token of the first one */
} join_condition;

/* ON condition | USING (columns); what may not be there is refused. */
static join_condition read_condition(sql_parser *p, const join_words *join) {
    const sql_token *token = sql_now(p);
    const sql_token *word = &p->tokens.items[join->first + join->count - 1];
    join_condition condition = {0};
    if (join->is_comma)
        return condition;
    bool has_on = sql_accept(p, KW_ON), has_using = !has_on && sql_accept(p, KW_USING);
    bool is_cross = join->type == PLAN_JOIN_CROSS;
    if (has_on)
        condition.on = sql_expression(p);
    if (has_using) {
        condition.columns_at = p->at + 1;
        sql_name_list(p, &condition.columns);
    }
    if ((has_on || has_using) && is_cross)
        sql_invalid(p, token, token,
                    "Cannot specify condition (NATURAL keyword, or ON or USING clause) following "
                    "CROSS JOIN");
    else if ((has_on || has_using) && join->is_natural)
        sql_invalid(p, token + 1, sql_now(p) - 1,
                    "Cannot specify NATURAL keyword with ON or USING clause");
    else if (!has_on && !has_using && !is_cross && !join->is_natural)
        sql_invalid(p, word, word,
                    "INNER, LEFT, RIGHT or FULL join requires a condition (NATURAL keyword or ON "
                    "or USING clause)");
    return condition;
}

static plan_node *joins(sql_parser *p, int32_t first, plan_node *left) {
    join_words join;
    while (join_here(p, &join)) {
        if (++p->join_count > SQL_CHAIN_MAX)
            sql_refuse(p, sql_now(p), "The statement has more than %d joins.", SQL_CHAIN_MAX);
        for (int32_t i = 0; i < join.count; i++)
            sql_advance(p);
        plan_node *right = table_reference(p);
        join_condition condition = read_condition(p, &join);
        bool is_lateral = right->kind == PLAN_FLAT_MAP && right->input_count == 0;
        if (is_lateral && condition.columns.count == 0 && !join.is_natural) {
            left = lateral_join(p, &join, left, right, condition.on);
            continue;
        }
        left = sql_node(p, first, PLAN_JOIN, left, right);
        left->join_type = join.type;
        left->is_natural = join.is_natural;
        left->condition = condition.on;
        left->names = sql_strings(p->home, &condition.columns);
        left->name_places =
            sql_name_places(p, p->home, condition.columns_at, condition.columns.count);
        left->name_count = condition.columns.count;
    }
    return left;
}

plan_node *sql_from(sql_parser *p) {
    int32_t first = p->at;
    return joins(p, first, table_reference(p));
}
