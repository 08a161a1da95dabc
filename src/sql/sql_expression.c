/* Expressions by operator precedence (Pratt): an operand, then operators while they bind tightly
 * enough.  Every infix operator has a left and a right binding power, which are Calcite's:
 *
 *     OR 22  AND 24  NOT 26  IS 28  = < > 30  IN BETWEEN LIKE 32  + - 40  * / % || 60  -x 80  [] .
 * 100
 *
 * An operator is read only when an operand can follow; otherwise it is left for the caller, who
 * then reports it (Flink does the same, and its messages show it).
 *
 * Chains of AND and OR may be long; they become balanced trees.  Any other tree that is too deep
 * for the recursive walks of later stages is refused. */
#include <string.h>

#include "sql/parser.h"

enum {
    BIND_OR = 22,
    BIND_AND = 24,
    BIND_NOT = 27, /* of its operand */
    BIND_IS = 28,
    BIND_COMPARE = 30,
    BIND_IN = 32,
    BIND_SIGN = 80,
    CHAIN_BALANCED = 32 /* conjuncts from which a chain is balanced */
};

typedef struct operator_row {
    const char *text;
    int32_t left, right;
} operator_row;

static const operator_row operators[] = {
    {"=", 30, 31}, {"<>", 30, 31}, {"<", 30, 31}, {"<=", 30, 31}, {">", 30, 31}, {">=", 30, 31},
    {"+", 40, 41}, {"-", 40, 41},  {"*", 60, 61}, {"/", 60, 61},  {"%", 60, 61}, {"||", 60, 61}};

/* ---- nodes ----------------------------------------------------------------------------------- */

expr_node *sql_place(sql_parser *p, int32_t first, expr_node *node) {
    node->place = sql_place_from(p, first);
    return node;
}

expr_node *sql_call(sql_parser *p, int32_t first, const char *name, const base_list *args) {
    return sql_place(p, first,
                     expr_call(p->arena, name, (expr_node *const *)args->items, args->count));
}

expr_node *sql_call_of(sql_parser *p, int32_t first, const char *name, expr_node *a, expr_node *b) {
    return sql_place(p, first,
                     b != NULL ? expr_call2(p->arena, name, a, b) : expr_call1(p->arena, name, a));
}

expr_node *sql_symbol(sql_parser *p, const char *name) {
    expr_node *node = expr_new(p->arena, EXPR_SYMBOL);
    node->name = base_arena_strdup(p->arena, name);
    return node;
}

expr_node *sql_subquery(sql_parser *p, int32_t first, expr_subquery_kind kind, plan_node *query) {
    expr_node *node = expr_new(p->arena, EXPR_SUBQUERY);
    node->subquery_kind = kind;
    node->subquery = query;
    return sql_place(p, first, node);
}

/* ---- operands -------------------------------------------------------------------------------- */

static const sql_keyword operand_keywords[] = {KW_ARRAY,
                                               KW_ARRAY_CONCAT_AGG,
                                               KW_CASE,
                                               KW_CAST,
                                               KW_CEIL,
                                               KW_CEILING,
                                               KW_CLASSIFIER,
                                               KW_CONTAINS_SUBSTR,
                                               KW_CONVERT,
                                               KW_CURRENT,
                                               KW_CURRENT_CATALOG,
                                               KW_CURRENT_DEFAULT_TRANSFORM_GROUP,
                                               KW_CURRENT_PATH,
                                               KW_CURRENT_ROLE,
                                               KW_CURRENT_SCHEMA,
                                               KW_CURRENT_USER,
                                               KW_CURSOR,
                                               KW_DATETIME_TRUNC,
                                               KW_DATE_TRUNC,
                                               KW_DECIMAL,
                                               KW_EXISTS,
                                               KW_EXTRACT,
                                               KW_FALSE,
                                               KW_FLOOR,
                                               KW_GROUP_CONCAT,
                                               KW_INTERVAL,
                                               KW_JSON_ARRAY,
                                               KW_JSON_ARRAYAGG,
                                               KW_JSON_EXISTS,
                                               KW_JSON_OBJECT,
                                               KW_JSON_OBJECTAGG,
                                               KW_JSON_QUERY,
                                               KW_JSON_VALUE,
                                               KW_MATCH_NUMBER,
                                               KW_MULTISET,
                                               KW_NEW,
                                               KW_NEXT,
                                               KW_NOT,
                                               KW_NULL,
                                               KW_OVERLAY,
                                               KW_PERCENTILE_CONT,
                                               KW_PERCENTILE_DISC,
                                               KW_PERIOD,
                                               KW_POSITION,
                                               KW_PREV,
                                               KW_ROW,
                                               KW_RUNNING,
                                               KW_SAFE_CAST,
                                               KW_SESSION_USER,
                                               KW_SPECIFIC,
                                               KW_STRING_AGG,
                                               KW_SUBSTRING,
                                               KW_SYSTEM_USER,
                                               KW_TIMESTAMP_DIFF,
                                               KW_TIMESTAMP_TRUNC,
                                               KW_TIME_DIFF,
                                               KW_TIME_TRUNC,
                                               KW_TRANSLATE,
                                               KW_TRIM,
                                               KW_TRUE,
                                               KW_TRY_CAST,
                                               KW_UNIQUE,
                                               KW_UNKNOWN};

static bool keyword_starts_expression(sql_keyword keyword) {
    if (!sql_keyword_is_reserved(keyword) || sql_keyword_is_function(keyword))
        return true;
    for (size_t i = 0; i < sizeof operand_keywords / sizeof *operand_keywords; i++)
        if (operand_keywords[i] == keyword)
            return true;
    return false;
}

bool sql_starts_expression(const sql_parser *p, const sql_token *token) {
    switch (token->kind) {
    case SQL_TOKEN_END:
    case SQL_TOKEN_ERROR:
        return false;
    case SQL_TOKEN_KEYWORD:
        return keyword_starts_expression(token->keyword);
    case SQL_TOKEN_SYMBOL:
        return strchr("(+-?{", p->tokens.text[token->offset]) != NULL && token->length == 1;
    default:
        return true;
    }
}

static expr_node *nothing(sql_parser *p) {
    return expr_literal_bool(p->arena, false);
}

static expr_node *negated_literal(sql_parser *p, const expr_node *node) {
    data_value value = node->value;
    switch (value.type->kind) {
    case DATA_DOUBLE:
        value.f64 = value.f64 != 0 ? -value.f64 : 0;
        break;
    case DATA_DECIMAL:
        value.i128 = -value.i128;
        break;
    default:
        value.i64 = (int64_t) - (uint64_t)value.i64;
        value.type =
            data_type_simple(value.i64 == (int32_t)value.i64 ? DATA_INT : DATA_BIGINT, false);
    }
    return expr_literal(p->arena, &value);
}

static bool is_number(const expr_node *node) {
    return node->kind == EXPR_LITERAL && !node->value.is_null &&
           data_kind_is_numeric(node->value.type->kind);
}

static bool is_number_token(const sql_token *token) {
    return token->kind == SQL_TOKEN_INTEGER || token->kind == SQL_TOKEN_DECIMAL ||
           token->kind == SQL_TOKEN_APPROXIMATE;
}

/* The sign is part of a number: -9223372036854775808 is a BIGINT. */
static expr_node *signed_operand(sql_parser *p, int32_t first) {
    bool is_negative = sql_is_symbol(p, "-");
    sql_advance(p);
    if (is_number_token(sql_now(p)) && !sql_token_is_symbol(p, sql_ahead(p, 1), "["))
        return sql_number(p, first, is_negative);
    expr_node *value = sql_expression_from(p, BIND_SIGN);
    if (is_number(value))
        return is_negative ? sql_place(p, first, negated_literal(p, value)) : value;
    return sql_call_of(p, first, is_negative ? "-" : "+", value, NULL);
}

static expr_node *exists(sql_parser *p, int32_t first) {
    base_list exprs = {0};
    sql_expect_symbol(p, "(");
    const sql_token *inside = sql_now(p);
    plan_node *query = sql_parenthesised(p, &exprs);
    if (query == NULL) {
        sql_refuse(p, inside, "EXISTS expects a query");
        return nothing(p);
    }
    return sql_subquery(p, first, EXPR_SUBQUERY_EXISTS, query);
}

plan_node *sql_parenthesised(sql_parser *p, base_list *exprs) {
    if (sql_starts_query(p)) {
        plan_node *query = sql_query(p);
        sql_expect_symbol(p, ")");
        return query;
    }
    expr_node *node = sql_expression(p);
    bool is_query = node->kind == EXPR_SUBQUERY && node == p->bare_query &&
                    (sql_continues_query(p) || sql_is_symbol(p, ")"));
    if (is_query) {
        plan_node *query = sql_query_rest(p, node->subquery);
        sql_expect_symbol(p, ")");
        return query;
    }
    base_list_add(p->arena, exprs, node);
    while (sql_accept_symbol(p, ","))
        base_list_add(p->arena, exprs, sql_expression(p));
    sql_expect_symbol(p, ")");
    return NULL;
}

/* "(query)", "(expression)" or a row "(a, b)". */
static expr_node *parenthesis(sql_parser *p, int32_t first) {
    base_list exprs = {0};
    sql_advance(p);
    plan_node *query = sql_parenthesised(p, &exprs);
    if (query != NULL)
        return p->bare_query = sql_subquery(p, first, EXPR_SUBQUERY_SCALAR, query);
    if (exprs.count > 1)
        return sql_call(p, first, "ROW", &exprs);
    expr_node *node = exprs.items[0];
    bool is_difference =
        node->kind == EXPR_CALL && strcmp(node->name, "-") == 0 && node->arg_count == 2;
    expr_node *unit = is_difference ? sql_accept_interval_qualifier(p) : NULL;
    if (unit == NULL)
        return node;
    expr_node *parts[] = {node->args[0], node->args[1], unit};
    return sql_place(p, first, expr_call(p->arena, "-", parts, 3));
}

static expr_node *dynamic_parameter(sql_parser *p, int32_t first) {
    sql_invalid(p, &p->tokens.items[first], &p->tokens.items[first],
                "Illegal use of dynamic parameter");
    sql_advance(p);
    return nothing(p);
}

static expr_node *operand_here(sql_parser *p, int32_t first) {
    const sql_token *token = sql_now(p);
    if (token->kind == SQL_TOKEN_SYMBOL) {
        if (sql_is_symbol(p, "+") || sql_is_symbol(p, "-"))
            return signed_operand(p, first);
        if (sql_is_symbol(p, "("))
            return parenthesis(p, first);
        if (sql_is_symbol(p, "?"))
            return dynamic_parameter(p, first);
        return sql_braced_literal(p);
    }
    if (sql_accept(p, KW_NOT))
        return sql_call_of(p, first, "NOT", sql_expression_from(p, BIND_NOT), NULL);
    if (sql_accept(p, KW_EXISTS))
        return exists(p, first);
    expr_node *node = sql_literal(p);
    if (node == NULL)
        node = sql_special_form(p);
    return node != NULL ? node : sql_name_or_call(p);
}

static expr_node *operand(sql_parser *p) {
    expr_node *node = sql_starts_expression(p, sql_now(p)) ? operand_here(p, p->at) : NULL;
    if (node != NULL)
        return node;
    p->expected_count = 0;
    sql_expecting(p, "(");
    sql_expecting(p, "<LITERAL>");
    sql_expecting(p, "<IDENTIFIER>");
    sql_unexpected(p);
    return nothing(p);
}

/* ---- AND, OR --------------------------------------------------------------------------------- */

static expr_node *joined(sql_parser *p, const char *name, void **items, int32_t count) {
    if (count == 1)
        return items[0];
    int32_t half = count >= CHAIN_BALANCED ? count / 2 : count - 1;
    return expr_call2(p->arena, name, joined(p, name, items, half),
                      joined(p, name, items + half, count - half));
}

/* All operands of a run of the same connective at once. */
static expr_node *connective(sql_parser *p, int32_t first, expr_node *left, sql_keyword keyword) {
    base_list operands = {0};
    int32_t binding = keyword == KW_AND ? BIND_AND : BIND_OR;
    base_list_add(p->arena, &operands, left);
    while (sql_token_is(p, sql_now(p), keyword) && sql_starts_expression(p, sql_ahead(p, 1))) {
        sql_advance(p);
        base_list_add(p->arena, &operands, sql_expression_from(p, binding + 1));
    }
    return sql_place(p, first,
                     joined(p, sql_keyword_name(keyword), operands.items, operands.count));
}

/* ---- comparisons with a set ------------------------------------------------------------------ */

static expr_node *negated_if(sql_parser *p, int32_t first, expr_node *node, bool is_negated) {
    return is_negated ? sql_call_of(p, first, "NOT", node, NULL) : node;
}

static expr_node *compared_query(sql_parser *p, int32_t first, expr_subquery_kind kind,
                                 expr_node *left, plan_node *query) {
    expr_node *node = sql_subquery(p, first, kind, query);
    node->args = BASE_ARENA_ARRAY(p->arena, expr_node *, 1);
    node->args[0] = left;
    node->arg_count = 1;
    return node;
}

static expr_node *in_list(sql_parser *p, int32_t first, expr_node *left, const base_list *items,
                          bool is_negated) {
    base_list args = {0};
    base_list_add(p->arena, &args, left);
    for (int32_t i = 0; i < items->count; i++)
        base_list_add(p->arena, &args, items->items[i]);
    return sql_call(p, first, is_negated ? "NOT IN" : "IN", &args);
}

/* Behind IN. */
static expr_node *in(sql_parser *p, int32_t first, expr_node *left, bool is_negated) {
    base_list items = {0};
    sql_expect_symbol(p, "(");
    plan_node *query = sql_parenthesised(p, &items);
    if (query == NULL)
        return in_list(p, first, left, &items, is_negated);
    expr_node *node = compared_query(p, first, EXPR_SUBQUERY_IN, left, query);
    return negated_if(p, first, node, is_negated);
}

/* left op ANY (list): one comparison an item. */
static expr_node *compare_each(sql_parser *p, int32_t first, expr_node *left, const char *name,
                               const base_list *items, bool is_all) {
    base_list parts = {0};
    for (int32_t i = 0; i < items->count; i++)
        base_list_add(p->arena, &parts, expr_call2(p->arena, name, left, items->items[i]));
    return sql_place(p, first, joined(p, is_all ? "AND" : "OR", parts.items, parts.count));
}

static bool is_quantified(sql_parser *p) {
    const sql_token *word = sql_ahead(p, 1);
    return (sql_token_is(p, word, KW_SOME) || sql_token_is(p, word, KW_ANY) ||
            sql_token_is(p, word, KW_ALL)) &&
           sql_token_is_symbol(p, sql_ahead(p, 2), "(");
}

/* "= ANY (...)" is IN and "<> ALL (...)" is NOT IN. */
static expr_node *quantified(sql_parser *p, int32_t first, expr_node *left, const char *name) {
    bool is_all = sql_token_is(p, sql_ahead(p, 1), KW_ALL);
    bool is_in = strcmp(name, is_all ? "<>" : "=") == 0;
    base_list items = {0};
    int32_t before = p->at;
    for (int i = 0; i < 3; i++)
        sql_advance(p);
    plan_node *query = sql_parenthesised(p, &items);
    if (query != NULL && is_in)
        return negated_if(p, first, compared_query(p, first, EXPR_SUBQUERY_IN, left, query),
                          is_all);
    if (query != NULL) {
        expr_subquery_kind kind = is_all ? EXPR_SUBQUERY_ALL : EXPR_SUBQUERY_SOME;
        expr_node *node = compared_query(p, first, kind, left, query);
        node->name = base_arena_strdup(p->arena, name);
        return node;
    }
    if (is_in)
        return in_list(p, first, left, &items, is_all);
    sql_expand(p, (int64_t)items.count * (before - first));
    return compare_each(p, first, left, name, &items, is_all);
}

/* ---- BETWEEN, LIKE, IS ----------------------------------------------------------------------- */

static const char *operator_name(sql_parser *p, const char *name, bool is_negated) {
    return is_negated ? base_arena_printf(p->arena, "NOT %s", name) : name;
}

/* Behind BETWEEN.  The lower bound goes up to AND, whatever its operators; the upper one binds as
 * an operand of BETWEEN does. */
static expr_node *between(sql_parser *p, int32_t first, expr_node *left, bool is_negated) {
    const sql_token *word = sql_now(p) - 1;
    bool is_symmetric = sql_accept(p, KW_SYMMETRIC);
    bool outer = p->stops_at_and;
    base_list args = {0};
    if (!is_symmetric)
        sql_accept(p, KW_ASYMMETRIC);
    p->stops_at_and = true;
    base_list_add(p->arena, &args, left);
    base_list_add(p->arena, &args, sql_expression_from(p, 0));
    p->stops_at_and = outer;
    if (!sql_accept(p, KW_AND))
        sql_refuse(p, word, "BETWEEN operator has no terminating AND");
    base_list_add(p->arena, &args, sql_expression_from(p, BIND_IN + 1));
    return sql_call(p, first,
                    operator_name(p, is_symmetric ? "BETWEEN SYMMETRIC" : "BETWEEN", is_negated),
                    &args);
}

/* Behind LIKE and its kin. */
static expr_node *like(sql_parser *p, int32_t first, expr_node *left, const char *name) {
    base_list args = {0};
    base_list_add(p->arena, &args, left);
    base_list_add(p->arena, &args, sql_expression_from(p, BIND_IN));
    if (sql_accept(p, KW_ESCAPE))
        base_list_add(p->arena, &args, sql_expression_from(p, BIND_IN + 1));
    return sql_call(p, first, name, &args);
}

static int32_t set_operator_binding(const sql_token *word) {
    switch (word->kind == SQL_TOKEN_KEYWORD ? word->keyword : SQL_KEYWORD_COUNT) {
    case KW_IN:
    case KW_BETWEEN:
        return BIND_IN;
    case KW_LIKE: /* these three group to the right */
    case KW_ILIKE:
    case KW_RLIKE:
    case KW_SIMILAR:
        return BIND_IN + 1;
    default:
        return -1;
    }
}

/* The operator behind an optional NOT; NULL when nothing was read. */
static expr_node *set_operator(sql_parser *p, int32_t first, expr_node *left) {
    bool is_negated = sql_token_is(p, sql_now(p), KW_NOT);
    const sql_token *word = sql_ahead(p, is_negated ? 1 : 0);
    const sql_token *next = word + (word->kind == SQL_TOKEN_END ? 0 : 1);
    sql_keyword keyword = word->kind == SQL_TOKEN_KEYWORD ? word->keyword : SQL_KEYWORD_COUNT;
    bool is_complete = set_operator_binding(word) < 0 ? false
                       : keyword == KW_IN             ? sql_token_is_symbol(p, next, "(")
                       : keyword == KW_SIMILAR        ? sql_token_is(p, next, KW_TO)
                       : keyword == KW_BETWEEN        ? sql_token_is(p, next, KW_SYMMETRIC) ||
                                                     sql_token_is(p, next, KW_ASYMMETRIC) ||
                                                     sql_starts_expression(p, next)
                                               : sql_starts_expression(p, next);
    if (!is_complete) {
        sql_mismatched(p, !is_negated && keyword != KW_SIMILAR);
        return NULL;
    }
    p->at += (is_negated ? 2 : 1) + (keyword == KW_SIMILAR ? 1 : 0);
    const char *name = keyword == KW_SIMILAR ? "SIMILAR TO" : sql_keyword_name(keyword);
    switch (keyword) {
    case KW_IN:
        return in(p, first, left, is_negated);
    case KW_BETWEEN:
        return between(p, first, left, is_negated);
    default:
        return like(p, first, left, operator_name(p, name, is_negated));
    }
}

typedef struct is_form {
    sql_keyword words[3];
    const char *name;
} is_form;

/* What may follow IS [NOT], the longest first where one starts another. */
static const is_form is_forms[] = {{{KW_NULL}, "NULL"},
                                   {{KW_TRUE}, "TRUE"},
                                   {{KW_FALSE}, "FALSE"},
                                   {{KW_UNKNOWN}, "UNKNOWN"},
                                   {{KW_JSON, KW_VALUE}, "JSON VALUE"},
                                   {{KW_JSON, KW_OBJECT}, "JSON OBJECT"},
                                   {{KW_JSON, KW_ARRAY}, "JSON ARRAY"},
                                   {{KW_JSON, KW_SCALAR}, "JSON SCALAR"},
                                   {{KW_JSON}, "JSON VALUE"},
                                   {{KW_A, KW_SET}, "A SET"},
                                   {{KW_EMPTY}, "EMPTY"}};

static bool words_follow(sql_parser *p, int32_t distance, const sql_keyword *words) {
    for (int32_t i = 0; i < 3 && (i == 0 || words[i] != 0); i++)
        if (!sql_token_is(p, sql_ahead(p, distance + i), words[i]))
            return false;
    return true;
}

/* IS ...; NULL when nothing was read. */
static expr_node *is_test(sql_parser *p, int32_t first, expr_node *left) {
    bool is_negated = sql_token_is(p, sql_ahead(p, 1), KW_NOT);
    int32_t distance = is_negated ? 2 : 1;
    const char *negation = is_negated ? "IS NOT" : "IS";
    static const sql_keyword distinct_from[3] = {KW_DISTINCT, KW_FROM};
    if (words_follow(p, distance, distinct_from)) {
        p->at += distance + 2;
        return sql_call_of(p, first, base_arena_printf(p->arena, "%s DISTINCT FROM", negation),
                           left, sql_expression_from(p, BIND_COMPARE + 1));
    }
    for (size_t i = 0; i < sizeof is_forms / sizeof *is_forms; i++) {
        const is_form *form = &is_forms[i];
        if (!words_follow(p, distance, form->words))
            continue;
        p->at += distance + 1 + (form->words[1] != 0);
        return sql_call_of(p, first, base_arena_printf(p->arena, "%s %s", negation, form->name),
                           left, NULL);
    }
    sql_mismatched(p, false);
    return NULL;
}

/* ---- the other word operators ---------------------------------------------------------------- */

static const struct {
    sql_keyword words[3];
    const char *name;
    int32_t binding;
} word_operators[] = {{{KW_MEMBER, KW_OF}, "MEMBER OF", 30},
                      {{KW_SUBMULTISET, KW_OF}, "SUBMULTISET OF", 30},
                      {{KW_OVERLAPS}, "OVERLAPS", 30},
                      {{KW_CONTAINS}, "CONTAINS", 30},
                      {{KW_EQUALS}, "EQUALS", 30},
                      {{KW_PRECEDES}, "PRECEDES", 30},
                      {{KW_SUCCEEDS}, "SUCCEEDS", 30},
                      {{KW_IMMEDIATELY, KW_PRECEDES}, "IMMEDIATELY PRECEDES", 30},
                      {{KW_IMMEDIATELY, KW_SUCCEEDS}, "IMMEDIATELY SUCCEEDS", 30},
                      {{KW_MULTISET, KW_UNION, KW_ALL}, "MULTISET UNION ALL", 14},
                      {{KW_MULTISET, KW_UNION, KW_DISTINCT}, "MULTISET UNION DISTINCT", 14},
                      {{KW_MULTISET, KW_UNION}, "MULTISET UNION ALL", 14},
                      {{KW_MULTISET, KW_INTERSECT, KW_ALL}, "MULTISET INTERSECT ALL", 18},
                      {{KW_MULTISET, KW_INTERSECT, KW_DISTINCT}, "MULTISET INTERSECT DISTINCT", 18},
                      {{KW_MULTISET, KW_INTERSECT}, "MULTISET INTERSECT ALL", 18},
                      {{KW_MULTISET, KW_EXCEPT, KW_ALL}, "MULTISET EXCEPT ALL", 14},
                      {{KW_MULTISET, KW_EXCEPT, KW_DISTINCT}, "MULTISET EXCEPT DISTINCT", 14},
                      {{KW_MULTISET, KW_EXCEPT}, "MULTISET EXCEPT ALL", 14}};

/* The row of word_operators the cursor stands on, or -1. */
static int32_t word_operator_here(sql_parser *p) {
    for (size_t i = 0; i < sizeof word_operators / sizeof *word_operators; i++)
        if (words_follow(p, 0, word_operators[i].words))
            return (int32_t)i;
    return -1;
}

static expr_node *word_operator(sql_parser *p, int32_t first, expr_node *left) {
    int32_t row = word_operator_here(p), count = 0;
    while (count < 3 && word_operators[row].words[count] != 0)
        count++;
    if (count == 1 && !sql_starts_expression(p, sql_ahead(p, 1))) {
        sql_mismatched(p, true);
        return NULL;
    }
    p->at += count;
    return sql_call_of(p, first, word_operators[row].name, left,
                       sql_expression_from(p, word_operators[row].binding + 1));
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* How tightly the keyword the cursor stands on binds to its left; -1 = no operator. */
static int32_t keyword_binding(sql_parser *p) {
    const sql_token *token = sql_now(p);
    switch (token->keyword) {
    case KW_AND:
        return p->stops_at_and ? -1 : BIND_AND;
    case KW_OR:
        return BIND_OR;
    case KW_IS: {
        const sql_token *next = sql_ahead(p, sql_token_is(p, sql_ahead(p, 1), KW_NOT) ? 2 : 1);
        return sql_token_is(p, next, KW_DISTINCT) ? BIND_COMPARE : BIND_IS;
    }
    case KW_NOT:
        return set_operator_binding(sql_ahead(p, 1)) >= 0 ? set_operator_binding(sql_ahead(p, 1))
                                                          : BIND_IN;
    case KW_FORMAT:
        return sql_token_is(p, sql_ahead(p, 1), KW_JSON) ? BIND_IS : -1;
    default: {
        int32_t row = word_operator_here(p);
        return row >= 0 ? word_operators[row].binding : set_operator_binding(token);
    }
    }
}

/* These return NULL when nothing was read: the token does not continue the expression. */
static expr_node *keyword_operator(sql_parser *p, int32_t first, expr_node *left) {
    switch (sql_now(p)->keyword) {
    case KW_AND:
    case KW_OR:
        if (sql_starts_expression(p, sql_ahead(p, 1)))
            return connective(p, first, left, sql_now(p)->keyword);
        sql_mismatched(p, true);
        return NULL;
    case KW_IS:
        return is_test(p, first, left);
    case KW_FORMAT:
        sql_accept_two(p, KW_FORMAT, KW_JSON);
        return sql_call_of(p, first, "FORMAT JSON", left, NULL);
    default:
        return word_operator_here(p) >= 0 ? word_operator(p, first, left)
                                          : set_operator(p, first, left);
    }
}

static expr_node *symbol_operator(sql_parser *p, int32_t first, const operator_row *row,
                                  expr_node *left) {
    if (row->left == BIND_COMPARE && is_quantified(p))
        return quantified(p, first, left, row->text);
    if (!sql_starts_expression(p, sql_ahead(p, 1))) {
        sql_mismatched(p, true);
        return NULL;
    }
    sql_advance(p);
    return sql_call_of(p, first, row->text, left, sql_expression_from(p, row->right));
}

/* a[1] and f(x).y */
static expr_node *access(sql_parser *p, int32_t first, expr_node *left) {
    if (sql_accept_symbol(p, "[")) {
        expr_node *index = sql_expression(p);
        sql_expect_symbol(p, "]");
        return sql_call_of(p, first, "ITEM", left, index);
    }
    if (!sql_is_name(sql_ahead(p, 1))) {
        sql_mismatched(p, true);
        return NULL;
    }
    sql_advance(p);
    int32_t field = p->at;
    const char *name = sql_expect_name(p);
    return sql_call_of(
        p, first, "DOT", left,
        sql_place(p, field, expr_literal_text(p->arena, name, (int64_t)strlen(name))));
}

static expr_node *symbol_continues(sql_parser *p, int32_t first, int32_t binding, expr_node *left) {
    const sql_token *token = sql_now(p);
    if (sql_token_is_symbol(p, token, "[") || sql_token_is_symbol(p, token, "."))
        return access(p, first, left);
    if (sql_token_is_symbol(p, token, "!=")) {
        sql_refuse(p, token,
                   "Bang equal '!=' is not allowed under the current SQL conformance level");
        return NULL;
    }
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (sql_token_is_symbol(p, token, operators[i].text))
            return operators[i].left >= binding ? symbol_operator(p, first, &operators[i], left)
                                                : NULL;
    return NULL;
}

expr_node *sql_expression_from(sql_parser *p, int32_t binding) {
    if (!sql_enter(p))
        return nothing(p);
    int32_t first = p->at;
    expr_node *left = operand(p);
    for (;;) {
        expr_node *next = NULL;
        if (sql_now(p)->kind == SQL_TOKEN_SYMBOL)
            next = symbol_continues(p, first, binding, left);
        else if (sql_now(p)->kind == SQL_TOKEN_KEYWORD && keyword_binding(p) >= binding &&
                 keyword_binding(p) >= 0)
            next = keyword_operator(p, first, left);
        if (next == NULL)
            break;
        left = next;
    }
    sql_leave(p);
    return left;
}

/* ---- depth ----------------------------------------------------------------------------------- */

typedef struct pending_node {
    const expr_node *node;
    int32_t depth;
} pending_node;

/* "a + b + c + ..." nests as deep as it is long.  Later stages walk trees by recursion. */
bool sql_is_too_deep(const expr_node *root) {
    int64_t capacity = 64, count = 1;
    pending_node *pending = base_alloc(capacity * (int64_t)sizeof *pending);
    bool found = false;
    pending[0] = (pending_node){root, 1};
    while (count > 0 && !found) {
        pending_node top = pending[--count];
        found = top.depth > SQL_DEPTH_MAX;
        if (count + top.node->arg_count > capacity) {
            capacity = 2 * (count + top.node->arg_count);
            pending = base_realloc(pending, capacity * (int64_t)sizeof *pending);
        }
        for (int32_t i = 0; i < top.node->arg_count; i++)
            pending[count++] = (pending_node){top.node->args[i], top.depth + 1};
    }
    base_free(pending);
    return found;
}

expr_node *sql_expression(sql_parser *p) {
    const sql_token *first = sql_now(p);
    bool outer = p->stops_at_and;
    p->stops_at_and = false;
    p->expression_level++;
    expr_node *node = sql_expression_from(p, 0);
    p->expression_level--;
    p->stops_at_and = outer;
    if (p->expression_level == 0 && p->status == RASK_OK && sql_is_too_deep(node))
        sql_refuse(p, first, "The expression is nested more than %d levels deep.", SQL_DEPTH_MAX);
    return node;
}
