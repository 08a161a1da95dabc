/* Names and function calls.
 *
 *     a.b.c    t.*    f(x, y)    COUNT(*)    f(DISTINCT x)    f(name => x)    c.d.f(x) CURRENT_DATE
 *
 * The name of a function that exists is put in capitals (the function table's spelling); any other
 * stays as written, for user functions.  A named argument is an EXPR_ALIAS, DEFAULT an
 * EXPR_DEFAULT, a table argument a scalar EXPR_SUBQUERY. */
#include <string.h>

#include "sql/parser.h"

static char *upper(base_arena *arena, const char *text) {
    char *copy = base_arena_strdup(arena, text);
    for (char *c = copy; *c != '\0'; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    return copy;
}

static const char *function_name(sql_parser *p, const char *written) {
    bool is_built_in = sql_keyword_is_function(sql_keyword_find(written, (int64_t)strlen(written)));
    return is_built_in || func_exists(written) ? upper(p->arena, written) : written;
}

/* ---- arguments ------------------------------------------------------------------------------- */

static expr_node *star(sql_parser *p, int32_t first, const base_list *path) {
    expr_node *node = expr_new(p->arena, EXPR_STAR);
    node->names = sql_strings(p->arena, path);
    node->name_places = sql_name_places(p, p->arena, first, path->count);
    node->name_count = path->count;
    return sql_place(p, first, node);
}

/* TABLE t or a query as an argument, with PARTITION BY and ORDER BY behind it. */
static expr_node *table_argument(sql_parser *p, int32_t first) {
    const sql_token *token = sql_now(p);
    base_list partition = {0}, order = {0};
    bool is_table = sql_accept(p, KW_TABLE);
    plan_node *query = !is_table                   ? sql_query(p)
                       : sql_accept_symbol(p, "(") ? sql_parenthesised(p, &partition)
                                                   : sql_table_path(p);
    if (query == NULL)
        sql_unexpected(p);
    bool is_set = sql_is(p, KW_PARTITION) || (is_table && sql_is(p, KW_ORDER));
    if (is_table || is_set)
        sql_unsupported(p, token, "A table argument");
    if (sql_accept_two(p, KW_PARTITION, KW_BY)) {
        if (sql_accept_symbol(p, "("))
            sql_parenthesised(p, &partition);
        else
            base_list_add(p->arena, &partition, sql_expression(p));
    }
    if (sql_accept_two(p, KW_ORDER, KW_BY))
        sql_order_list(p, &order);
    if (order.count > 0)
        sql_unsupported(p, token, "ORDER BY behind a table argument");
    expr_node *node = sql_subquery(p, first, EXPR_SUBQUERY_TABLE, query);
    node->args = sql_exprs(p, &partition);
    node->arg_count = partition.count;
    return node;
}

static bool is_model_argument(sql_parser *p) {
    return sql_is(p, KW_MODEL) && sql_is_name(sql_ahead(p, 1));
}

static expr_node *argument_value(sql_parser *p) {
    int32_t first = p->at;
    const sql_token *token = sql_now(p);
    if (sql_accept(p, KW_DEFAULT))
        return sql_place(p, first, expr_new(p->arena, EXPR_DEFAULT));
    if (sql_is(p, KW_TABLE) || sql_starts_query(p))
        return table_argument(p, first);
    if (is_model_argument(p)) {
        int32_t count;
        sql_unsupported(p, token, "A model argument");
        sql_advance(p);
        const char **path = sql_expect_path(p, &count);
        return sql_place(p, first, expr_path(p->arena, path, count));
    }
    return sql_expression(p);
}

static expr_node *argument(sql_parser *p) {
    int32_t first = p->at;
    const char *name = "";
    bool is_named = sql_is_name(sql_now(p)) && sql_token_is_symbol(p, sql_ahead(p, 1), "=>");
    if (!is_named)
        return argument_value(p);
    sql_accept_name(p, &name);
    sql_advance(p);
    return sql_place(p, first, expr_alias(p->arena, argument_value(p), name));
}

static bool has_order_inside(const char *name) {
    static const char *const names[] = {"ARRAY_AGG", "ARRAY_CONCAT_AGG", "STRING_AGG",
                                        "GROUP_CONCAT"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

static void ordered_arguments(sql_parser *p, const char *name) {
    base_list order = {0};
    const sql_token *by = sql_now(p);
    if (!has_order_inside(name) || !sql_accept_two(p, KW_ORDER, KW_BY))
        return;
    sql_unsupported(p, by, "ORDER BY in an argument list");
    sql_order_list(p, &order);
}

/* Behind the opening parenthesis, up to and with the closing one. */
static void arguments(sql_parser *p, const char *name, base_list *args) {
    int32_t first = p->at;
    base_list no_path = {0};
    if (sql_accept_symbol(p, ")"))
        return;
    if (sql_accept_symbol(p, "*")) {
        base_list_add(p->arena, args, star(p, first, &no_path));
    } else {
        do
            base_list_add(p->arena, args, argument(p));
        while (sql_accept_symbol(p, ","));
        ordered_arguments(p, name);
    }
    sql_expect_symbol(p, ")");
}

/* Behind DISTINCT or ALL in an argument list. */
static void check_quantifier(sql_parser *p, const sql_token *word, const char *name) {
    if (!sql_starts_expression(p, sql_now(p)))
        sql_unexpected(p);
    if (func_exists(name) && !func_is_aggregate(name))
        sql_invalid(p, word, word, "DISTINCT/ALL not allowed with %s function",
                    function_name(p, name));
}

expr_node *sql_call_rest(sql_parser *p, int32_t first, const char *const *path, int32_t count) {
    base_list args = {0};
    const char *name = path[count - 1];
    const sql_token *word = sql_now(p);
    sql_keyword quantifier = SQL_ONE_OF(p, KW_DISTINCT, KW_ALL);
    if (quantifier != SQL_KEYWORD_COUNT)
        check_quantifier(p, word, name);
    arguments(p, name, &args);
    /* Flink places a.b.f(x) where the name itself stands. */
    first += 2 * (count - 1);
    expr_node *node = sql_call(p, first, count == 1 ? function_name(p, name) : name, &args);
    node->distinct = quantifier == KW_DISTINCT;
    if (count > 1) {
        node->names = BASE_ARENA_ARRAY(p->arena, const char *, count);
        for (int32_t i = 0; i < count; i++)
            node->names[i] = path[i];
        node->name_count = count;
    }
    return node;
}

/* ---- names ----------------------------------------------------------------------------------- */

static const sql_keyword niladic[] = {
    KW_CURRENT_DATE,    KW_CURRENT_TIME,   KW_CURRENT_TIMESTAMP,
    KW_LOCALTIME,       KW_LOCALTIMESTAMP, KW_USER,
    KW_CURRENT_CATALOG, KW_CURRENT_ROLE,   KW_CURRENT_DEFAULT_TRANSFORM_GROUP,
    KW_CURRENT_PATH,    KW_CURRENT_SCHEMA, KW_CURRENT_USER,
    KW_SESSION_USER,    KW_SYSTEM_USER};

/* Reserved words that are called as functions are. */
static const sql_keyword callable[] = {KW_ARRAY_CONCAT_AGG,
                                       KW_GROUP_CONCAT,
                                       KW_STRING_AGG,
                                       KW_PERCENTILE_CONT,
                                       KW_PERCENTILE_DISC,
                                       KW_CONTAINS_SUBSTR,
                                       KW_CLASSIFIER,
                                       KW_MATCH_NUMBER,
                                       KW_PREV,
                                       KW_NEXT};

static bool is_one_of(sql_keyword keyword, const sql_keyword *keywords, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (keywords[i] == keyword)
            return true;
    return false;
}

/* A reserved word as the name of a function; NULL when it is none here. */
static expr_node *keyword_call(sql_parser *p, int32_t first) {
    sql_keyword keyword = sql_now(p)->keyword;
    const char *name = sql_keyword_name(keyword);
    bool is_function = sql_keyword_is_function(keyword) ||
                       is_one_of(keyword, callable, sizeof callable / sizeof *callable);
    if (is_function && sql_token_is_symbol(p, sql_ahead(p, 1), "(")) {
        sql_advance(p);
        sql_advance(p);
        return sql_call_suffix(p, first, sql_call_rest(p, first, &name, 1));
    }
    if (!is_one_of(keyword, niladic, sizeof niladic / sizeof *niladic))
        return NULL;
    base_list none = {0};
    sql_advance(p);
    return sql_call(p, first, name, &none);
}

static expr_node *path_or_call(sql_parser *p, int32_t first) {
    base_list path = {0};
    base_list_add(p->arena, &path, (void *)sql_expect_name(p));
    while (sql_is_symbol(p, ".")) {
        const sql_token *next = sql_ahead(p, 1);
        if (sql_token_is_symbol(p, next, "*")) {
            sql_advance(p);
            sql_advance(p);
            return star(p, first, &path);
        }
        if (!sql_is_name(next)) {
            sql_mismatched(p, true);
            break;
        }
        sql_advance(p);
        base_list_add(p->arena, &path, (void *)sql_expect_name(p));
    }
    const char **names = sql_strings(p->arena, &path);
    if (sql_accept_symbol(p, "("))
        return sql_call_suffix(p, first, sql_call_rest(p, first, names, path.count));
    expr_node *node = expr_path(p->arena, names, path.count);
    node->name_places = sql_name_places(p, p->arena, first, path.count);
    return sql_place(p, first, node);
}

expr_node *sql_name_or_call(sql_parser *p) {
    int32_t first = p->at;
    const sql_token *token = sql_now(p);
    if (sql_is_name(token))
        return path_or_call(p, first);
    expr_node *node = token->kind == SQL_TOKEN_KEYWORD ? keyword_call(p, first) : NULL;
    if (node == NULL) {
        sql_expecting(p, "<IDENTIFIER>");
        sql_unexpected(p);
        node = expr_literal_bool(p->arena, false);
    }
    return node;
}
