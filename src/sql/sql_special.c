/* Forms with a syntax of their own: CASE, CAST, EXTRACT(YEAR FROM x), TRIM(BOTH 'x' FROM y), ...
 *
 * One row per keyword; a row's function stands behind the keyword and returns a call with plain
 * arguments (the order is in README.md), so nobody else needs to know how it was written. */
#include <string.h>

#include "sql/parser.h"

typedef expr_node *(*special_parser)(sql_parser *p, int32_t first, const char *name);

static void add(sql_parser *p, base_list *args, expr_node *node) {
    base_list_add(p->arena, args, node);
}

static expr_node *null_literal(sql_parser *p) {
    data_value value = data_value_null(data_type_simple(DATA_NULL, true));
    return expr_literal(p->arena, &value);
}

static expr_node *closed_call(sql_parser *p, int32_t first, const char *name,
                              const base_list *args) {
    sql_expect_symbol(p, ")");
    return sql_call(p, first, name, args);
}

/* ---- CASE ------------------------------------------------------------------------------------ */

/* CASE x WHEN 1, 2: the condition is x IN (1, 2), placed at the whole CASE by parse_case. */
static expr_node *case_condition(sql_parser *p, expr_node *operand, int32_t operand_cost) {
    int32_t first = p->at;
    expr_node *value = sql_expression(p);
    if (operand == NULL)
        return value;
    base_list args = {0};
    add(p, &args, operand);
    add(p, &args, value);
    while (sql_accept_symbol(p, ","))
        add(p, &args, sql_expression(p));
    sql_expand(p, operand_cost);
    return sql_call(p, first, args.count > 2 ? "IN" : "=", &args);
}

static expr_node *parse_case(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    expr_node *operand = NULL;
    int64_t before = p->at + p->expansion;
    if (!sql_is(p, KW_WHEN))
        operand = sql_expression(p);
    int32_t cost = (int32_t)(p->at + p->expansion - before);
    if (!sql_is(p, KW_WHEN))
        sql_unexpected(p);
    while (sql_accept(p, KW_WHEN)) {
        add(p, &args, case_condition(p, operand, cost));
        sql_expect(p, KW_THEN);
        add(p, &args, sql_expression(p));
    }
    add(p, &args, sql_accept(p, KW_ELSE) ? sql_expression(p) : null_literal(p));
    sql_expect(p, KW_END);
    for (int32_t i = 0; operand != NULL && i + 1 < args.count; i += 2)
        sql_place(p, first, args.items[i]);
    return sql_call(p, first, name, &args);
}

/* ---- functions with words between their arguments -------------------------------------------- */

static expr_node *parse_cast(sql_parser *p, int32_t first, const char *name) {
    bool is_try = strcmp(name, "TRY_CAST") == 0;
    if (strcmp(name, "SAFE_CAST") == 0)
        sql_unsupported(p, &p->tokens.items[first], "SAFE_CAST");
    expr_node *value = sql_expression(p);
    sql_expect(p, KW_AS);
    const data_type *type =
        sql_accept(p, KW_INTERVAL) ? sql_interval_type(p, true) : sql_type(p, true);
    sql_expect_symbol(p, ")");
    return sql_place(p, first, expr_cast(p->arena, value, type, is_try));
}

static expr_node *parse_extract(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    add(p, &args, sql_time_unit(p));
    sql_expect(p, KW_FROM);
    add(p, &args, sql_expression(p));
    return closed_call(p, first, name, &args);
}

static expr_node *parse_position(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    add(p, &args, sql_expression_from(p, SQL_BIND_IN + 2));
    sql_expect(p, KW_IN);
    add(p, &args, sql_expression(p));
    if (sql_accept(p, KW_FROM))
        add(p, &args, sql_expression(p));
    return closed_call(p, first, name, &args);
}

/* SUBSTRING(a FROM b FOR c) or with commas. */
static expr_node *parse_substring(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    add(p, &args, sql_expression(p));
    bool has_words = sql_accept(p, KW_FROM);
    if (!has_words)
        sql_expect_symbol(p, ",");
    add(p, &args, sql_expression(p));
    if (has_words ? sql_accept(p, KW_FOR) : sql_accept_symbol(p, ","))
        add(p, &args, sql_expression(p));
    return closed_call(p, first, name, &args);
}

static expr_node *parse_overlay(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    add(p, &args, sql_expression(p));
    sql_expect(p, KW_PLACING);
    add(p, &args, sql_expression(p));
    sql_expect(p, KW_FROM);
    add(p, &args, sql_expression(p));
    if (sql_accept(p, KW_FOR))
        add(p, &args, sql_expression(p));
    return closed_call(p, first, name, &args);
}

/* TRIM([BOTH | LEADING | TRAILING] [what] [FROM] text): side, what, text. */
static expr_node *parse_trim(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    sql_keyword side = SQL_ONE_OF(p, KW_BOTH, KW_LEADING, KW_TRAILING);
    bool has_side = side != SQL_KEYWORD_COUNT;
    expr_node *what = expr_literal_text(p->arena, " ", 1), *text;
    if (has_side && sql_accept(p, KW_FROM)) {
        text = sql_expression(p);
    } else {
        text = sql_expression(p);
        if (sql_accept(p, KW_FROM)) {
            what = text;
            text = sql_expression(p);
        }
    }
    add(p, &args, sql_symbol(p, has_side ? sql_keyword_name(side) : "BOTH"));
    add(p, &args, what);
    add(p, &args, text);
    return closed_call(p, first, name, &args);
}

/* FLOOR(x [TO unit]) */
static expr_node *parse_rounding(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    add(p, &args, sql_expression(p));
    if (sql_accept(p, KW_TO))
        add(p, &args, sql_time_unit(p));
    return closed_call(p, first, strcmp(name, "CEILING") == 0 ? "CEIL" : name, &args);
}

/* TRANSLATE(a, b, c); with USING it converts between character sets. */
static expr_node *parse_translate(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    add(p, &args, sql_expression(p));
    if (sql_accept(p, KW_USING)) {
        sql_unsupported(p, &p->tokens.items[first], "TRANSLATE with USING");
        add(p, &args, sql_symbol(p, sql_expect_name(p)));
        return closed_call(p, first, "TRANSLATE", &args);
    }
    while (sql_accept_symbol(p, ","))
        add(p, &args, sql_expression(p));
    return closed_call(p, first, name, &args);
}

/* A unit of time by itself is one; in front of more it starts an expression, as in YEAR(x). */
static bool is_lone_word(sql_parser *p) {
    const sql_token *next = sql_ahead(p, 1);
    return sql_now(p)->kind == SQL_TOKEN_KEYWORD &&
           (sql_token_is_symbol(p, next, ",") || sql_token_is_symbol(p, next, ")"));
}

/* TIMESTAMPADD(unit, n, x), DATE_TRUNC(x, unit): expressions, with units among them. */
static expr_node *parse_unit_call(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    bool is_unit_first = strncmp(name, "TIMESTAMP", 9) == 0 && strchr(name, '_') == NULL;
    do {
        bool is_unit = is_unit_first ? args.count == 0 : args.count > 0 && is_lone_word(p);
        add(p, &args, is_unit ? sql_time_unit(p) : sql_expression(p));
    } while (sql_accept_symbol(p, ","));
    return closed_call(p, first, name, &args);
}

/* ---- constructors ---------------------------------------------------------------------------- */

static expr_node *query_constructor(sql_parser *p, int32_t first, const char *name,
                                    plan_node *query) {
    sql_unsupported(p, &p->tokens.items[first], "A collection made of a query");
    return sql_call_of(p, first, name, sql_subquery(p, first, EXPR_SUBQUERY_SCALAR, query), NULL);
}

/* ARRAY[a, b], ARRAY(query); ARRAY(a, b) is an ordinary call. */
static expr_node *parse_collection(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    if (sql_accept_symbol(p, "(")) {
        plan_node *query = sql_parenthesised(p, &args);
        return query != NULL ? query_constructor(p, first, name, query)
                             : sql_call(p, first, name, &args);
    }
    sql_expect_symbol(p, "[");
    bool may_be_empty = strcmp(name, "MULTISET") != 0;
    if (may_be_empty && sql_accept_symbol(p, "]"))
        return sql_call(p, first, name, &args);
    do
        add(p, &args, sql_expression(p));
    while (sql_accept_symbol(p, ","));
    sql_expect_symbol(p, "]");
    return sql_call(p, first, name, &args);
}

static expr_node *parse_row(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    plan_node *query = sql_parenthesised(p, &args);
    (void)name;
    if (query != NULL)
        add(p, &args, sql_subquery(p, first, EXPR_SUBQUERY_SCALAR, query));
    return sql_call(p, first, "ROW", &args);
}

/* ---- rarities -------------------------------------------------------------------------------- */

static expr_node *parse_unique(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    sql_unsupported(p, &p->tokens.items[first], name);
    plan_node *query = sql_parenthesised(p, &args);
    return query != NULL ? sql_subquery(p, first, EXPR_SUBQUERY_EXISTS, query)
                         : sql_call(p, first, name, &args);
}

static expr_node *parse_cursor(sql_parser *p, int32_t first, const char *name) {
    (void)name;
    sql_refuse(p, &p->tokens.items[first], "CURSOR expression encountered in illegal context");
    return null_literal(p);
}

/* NEXT VALUE FOR sequence, CURRENT VALUE FOR sequence. */
static expr_node *parse_sequence(sql_parser *p, int32_t first, const char *name) {
    int32_t count;
    (void)name;
    sql_unsupported(p, &p->tokens.items[first], "A sequence");
    sql_expect(p, KW_VALUE);
    sql_expect(p, KW_FOR);
    sql_expect_path(p, &count);
    return null_literal(p);
}

/* NEW f(x), SPECIFIC f(x), RUNNING LAST(x), FINAL LAST(x): a word in front of a call. */
static expr_node *parse_prefixed_call(sql_parser *p, int32_t first, const char *name) {
    sql_unsupported(p, &p->tokens.items[first], name);
    return sql_name_or_call(p);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* A type as an argument: CAST(NULL AS type). */
static expr_node *type_argument(sql_parser *p) {
    return expr_cast(p->arena, null_literal(p), sql_type(p, true), false);
}

/* input, path [PASSING x AS name, ...] */
static void json_input(sql_parser *p, base_list *args) {
    add(p, args, sql_expression(p));
    sql_expect_symbol(p, ",");
    add(p, args, sql_expression(p));
    const sql_token *passing = sql_now(p);
    if (!sql_accept(p, KW_PASSING))
        return;
    sql_unsupported(p, passing, "PASSING");
    do {
        sql_expression(p);
        sql_expect(p, KW_AS);
        sql_expect_name(p);
    } while (sql_accept_symbol(p, ","));
}

static bool accept_on(sql_parser *p, sql_keyword what) {
    return sql_accept_two(p, KW_ON, what);
}

static expr_node *parse_json_exists(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    json_input(p, &args);
    sql_keyword behaviour = SQL_ONE_OF(p, KW_TRUE, KW_FALSE, KW_UNKNOWN, KW_ERROR);
    if (behaviour != SQL_KEYWORD_COUNT) {
        add(p, &args, sql_symbol(p, sql_keyword_name(behaviour)));
        if (!accept_on(p, KW_ERROR))
            sql_unexpected(p);
    }
    return closed_call(p, first, name, &args);
}

typedef struct json_behaviour {
    const char *name;
    expr_node *fallback; /* of DEFAULT */
} json_behaviour;

/* ERROR | NULL | DEFAULT x | EMPTY [ARRAY | OBJECT]; false when there is none. */
static bool accept_behaviour(sql_parser *p, json_behaviour *behaviour, bool has_default) {
    behaviour->fallback = null_literal(p);
    if (has_default && sql_accept(p, KW_DEFAULT)) {
        behaviour->name = "DEFAULT";
        behaviour->fallback = sql_expression(p);
        return true;
    }
    if (!has_default && sql_accept(p, KW_EMPTY)) {
        sql_keyword kind = SQL_ONE_OF(p, KW_ARRAY, KW_OBJECT);
        behaviour->name = kind == KW_OBJECT ? "EMPTY OBJECT" : "EMPTY ARRAY";
        return true;
    }
    sql_keyword word = SQL_ONE_OF(p, KW_ERROR, KW_NULL);
    behaviour->name = word == KW_ERROR ? "ERROR" : "NULL";
    return word != SQL_KEYWORD_COUNT;
}

/* behaviour ON EMPTY, behaviour ON ERROR, in this order; `*any` says whether there was one. */
static void json_behaviours(sql_parser *p, json_behaviour *on_empty, json_behaviour *on_error,
                            bool has_default, bool *any) {
    json_behaviour read;
    bool after_empty = false;
    *on_empty = *on_error = (json_behaviour){"NULL", null_literal(p)};
    while (accept_behaviour(p, &read, has_default)) {
        *any = true;
        if (!after_empty && accept_on(p, KW_EMPTY)) {
            *on_empty = read;
            after_empty = true;
            continue;
        }
        if (!accept_on(p, KW_ERROR))
            sql_unexpected(p);
        *on_error = read;
        return;
    }
}

static expr_node *parse_json_value(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    json_behaviour on_empty, on_error;
    json_input(p, &args);
    bool any = sql_accept(p, KW_RETURNING);
    expr_node *type = any ? type_argument(p)
                          : expr_cast(p->arena, null_literal(p), data_type_string(true), false);
    json_behaviours(p, &on_empty, &on_error, true, &any);
    if (any) {
        add(p, &args, type);
        add(p, &args, sql_symbol(p, on_empty.name));
        add(p, &args, on_empty.fallback);
        add(p, &args, sql_symbol(p, on_error.name));
        add(p, &args, on_error.fallback);
    }
    return closed_call(p, first, name, &args);
}

/* WITHOUT [ARRAY] WRAPPER | WITH [CONDITIONAL | UNCONDITIONAL] [ARRAY] WRAPPER */
static const char *json_wrapper(sql_parser *p, bool *any) {
    const char *wrapper = "WITHOUT ARRAY";
    sql_keyword word = SQL_ONE_OF(p, KW_WITHOUT, KW_WITH);
    if (word == SQL_KEYWORD_COUNT)
        return wrapper;
    *any = true;
    if (word == KW_WITH)
        wrapper = SQL_ONE_OF(p, KW_CONDITIONAL, KW_UNCONDITIONAL) == KW_CONDITIONAL
                      ? "WITH CONDITIONAL ARRAY"
                      : "WITH UNCONDITIONAL ARRAY";
    sql_accept(p, KW_ARRAY);
    sql_expect(p, KW_WRAPPER);
    return wrapper;
}

static expr_node *parse_json_query(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    json_behaviour on_empty, on_error;
    json_input(p, &args);
    bool any = sql_accept(p, KW_RETURNING);
    expr_node *type = any ? type_argument(p)
                          : expr_cast(p->arena, null_literal(p), data_type_string(true), false);
    const char *wrapper = json_wrapper(p, &any);
    json_behaviours(p, &on_empty, &on_error, false, &any);
    if (any) {
        add(p, &args, sql_symbol(p, wrapper));
        add(p, &args, sql_symbol(p, on_empty.name));
        add(p, &args, sql_symbol(p, on_error.name));
        add(p, &args, type);
    }
    return closed_call(p, first, name, &args);
}

static const char *json_null_clause(sql_parser *p, const char *by_default) {
    sql_keyword word = SQL_ONE_OF(p, KW_NULL, KW_ABSENT);
    if (word == SQL_KEYWORD_COUNT)
        return by_default;
    if (!accept_on(p, KW_NULL))
        sql_unexpected(p);
    return word == KW_NULL ? "NULL ON NULL" : "ABSENT ON NULL";
}

/* [KEY] k VALUE v | k : v */
static void json_pair(sql_parser *p, base_list *args) {
    const sql_token *next = sql_ahead(p, 1);
    bool is_name = sql_token_is(p, next, KW_VALUE) || sql_token_is_symbol(p, next, ":");
    bool has_key = !is_name && sql_accept(p, KW_KEY);
    add(p, args, sql_expression(p));
    if (has_key || !sql_accept_symbol(p, ":"))
        sql_expect(p, KW_VALUE);
    add(p, args, sql_expression(p));
}

static expr_node *json_call(sql_parser *p, int32_t first, const char *name, const char *nulls,
                            const base_list *parts) {
    base_list args = {0};
    add(p, &args, sql_symbol(p, nulls));
    for (int32_t i = 0; i < parts->count; i++)
        add(p, &args, parts->items[i]);
    return sql_call(p, first, name, &args);
}

static expr_node *parse_json_object(sql_parser *p, int32_t first, const char *name) {
    base_list parts = {0};
    if (!sql_is_symbol(p, ")"))
        do
            json_pair(p, &parts);
        while (sql_accept_symbol(p, ","));
    const char *nulls = json_null_clause(p, "NULL ON NULL");
    sql_expect_symbol(p, ")");
    return json_call(p, first, name, nulls, &parts);
}

static expr_node *parse_json_array(sql_parser *p, int32_t first, const char *name) {
    base_list parts = {0};
    if (!sql_is_symbol(p, ")"))
        do
            add(p, &parts, sql_expression(p));
        while (sql_accept_symbol(p, ","));
    const char *nulls = json_null_clause(p, "ABSENT ON NULL");
    sql_expect_symbol(p, ")");
    return json_call(p, first, name, nulls, &parts);
}

static expr_node *parse_json_objectagg(sql_parser *p, int32_t first, const char *name) {
    base_list parts = {0};
    json_pair(p, &parts);
    const char *nulls = json_null_clause(p, "NULL ON NULL");
    sql_expect_symbol(p, ")");
    return sql_call_suffix(p, first, json_call(p, first, name, nulls, &parts));
}

static expr_node *parse_json_arrayagg(sql_parser *p, int32_t first, const char *name) {
    base_list parts = {0}, order = {0};
    add(p, &parts, sql_expression(p));
    const sql_token *by = sql_now(p);
    if (sql_accept_two(p, KW_ORDER, KW_BY)) {
        sql_unsupported(p, by, "ORDER BY in JSON_ARRAYAGG");
        sql_order_list(p, &order);
    }
    const char *nulls = json_null_clause(p, "ABSENT ON NULL");
    sql_expect_symbol(p, ")");
    return sql_call_suffix(p, first, json_call(p, first, name, nulls, &parts));
}

/* ---- the table ------------------------------------------------------------------------------- */

typedef enum special_opening {
    BARE,
    PARENTHESIS,
    BRACKET,
    WORD_VALUE,
    CALL_FOLLOWS
} special_opening;

typedef struct special_row {
    sql_keyword keyword;
    special_opening opening; /* what must follow for the row to apply; PARENTHESIS is consumed */
    special_parser parse;
} special_row;

static const special_row specials[] = {
    {KW_CASE, BARE, parse_case},
    {KW_CAST, PARENTHESIS, parse_cast},
    {KW_TRY_CAST, PARENTHESIS, parse_cast},
    {KW_SAFE_CAST, PARENTHESIS, parse_cast},
    {KW_EXTRACT, PARENTHESIS, parse_extract},
    {KW_POSITION, PARENTHESIS, parse_position},
    {KW_SUBSTRING, PARENTHESIS, parse_substring},
    {KW_OVERLAY, PARENTHESIS, parse_overlay},
    {KW_TRIM, PARENTHESIS, parse_trim},
    {KW_FLOOR, PARENTHESIS, parse_rounding},
    {KW_CEIL, PARENTHESIS, parse_rounding},
    {KW_CEILING, PARENTHESIS, parse_rounding},
    {KW_TRANSLATE, PARENTHESIS, parse_translate},
    {KW_CONVERT, PARENTHESIS, parse_translate},
    {KW_TIMESTAMPADD, PARENTHESIS, parse_unit_call},
    {KW_TIMESTAMPDIFF, PARENTHESIS, parse_unit_call},
    {KW_TIMESTAMP_DIFF, PARENTHESIS, parse_unit_call},
    {KW_TIMESTAMP_TRUNC, PARENTHESIS, parse_unit_call},
    {KW_DATE_DIFF, PARENTHESIS, parse_unit_call},
    {KW_DATETIME_DIFF, PARENTHESIS, parse_unit_call},
    {KW_TIME_DIFF, PARENTHESIS, parse_unit_call},
    {KW_DATE_TRUNC, PARENTHESIS, parse_unit_call},
    {KW_DATETIME_TRUNC, PARENTHESIS, parse_unit_call},
    {KW_TIME_TRUNC, PARENTHESIS, parse_unit_call},
    {KW_ARRAY, BRACKET, parse_collection},
    {KW_MAP, BRACKET, parse_collection},
    {KW_MULTISET, BRACKET, parse_collection},
    {KW_ROW, PARENTHESIS, parse_row},
    {KW_PERIOD, PARENTHESIS, parse_row},
    {KW_UNIQUE, PARENTHESIS, parse_unique},
    {KW_CURSOR, PARENTHESIS, parse_cursor},
    {KW_NEXT, WORD_VALUE, parse_sequence},
    {KW_CURRENT, WORD_VALUE, parse_sequence},
    {KW_NEW, CALL_FOLLOWS, parse_prefixed_call},
    {KW_SPECIFIC, CALL_FOLLOWS, parse_prefixed_call},
    {KW_RUNNING, CALL_FOLLOWS, parse_prefixed_call},
    {KW_FINAL, CALL_FOLLOWS, parse_prefixed_call},
    {KW_JSON_EXISTS, PARENTHESIS, parse_json_exists},
    {KW_JSON_VALUE, PARENTHESIS, parse_json_value},
    {KW_JSON_QUERY, PARENTHESIS, parse_json_query},
    {KW_JSON_OBJECT, PARENTHESIS, parse_json_object},
    {KW_JSON_ARRAY, PARENTHESIS, parse_json_array},
    {KW_JSON_OBJECTAGG, PARENTHESIS, parse_json_objectagg},
    {KW_JSON_ARRAYAGG, PARENTHESIS, parse_json_arrayagg},
};

static bool opens(sql_parser *p, special_opening opening) {
    const sql_token *next = sql_ahead(p, 1), *after = sql_ahead(p, 2);
    switch (opening) {
    case PARENTHESIS:
        return sql_token_is_symbol(p, next, "(");
    case BRACKET:
        return sql_token_is_symbol(p, next, "[") || sql_token_is_symbol(p, next, "(");
    case WORD_VALUE:
        return sql_token_is(p, next, KW_VALUE);
    case CALL_FOLLOWS:
        return (sql_is_name(next) || next->kind == SQL_TOKEN_KEYWORD) &&
               (sql_token_is_symbol(p, after, "(") || sql_token_is_symbol(p, after, "."));
    default:
        return true;
    }
}

expr_node *sql_special_form(sql_parser *p) {
    int32_t first = p->at;
    sql_keyword keyword = sql_now(p)->keyword;
    if (sql_now(p)->kind != SQL_TOKEN_KEYWORD)
        return NULL;
    for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
        const special_row *row = &specials[i];
        if (row->keyword != keyword || !opens(p, row->opening))
            continue;
        sql_advance(p);
        if (row->opening == PARENTHESIS)
            sql_advance(p);
        return row->parse(p, first, sql_keyword_name(keyword));
    }
    return NULL;
}
