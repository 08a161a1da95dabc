/* 1.9 string expressions: "word, count(1) as n", "a.upperCase() === 'X' && !b".
 *
 *     list       := expression {"," expression}
 *     expression := logic [as name | as "(" names ")"]
 *     logic      := comparison {("&&" | "||") comparison}      both alike, left to right
 *     comparison := sum [("=" | "==" | ... | "<") sum]         they do not chain
 *     sum        := product {("+" | "-") product}
 *     product    := unary {("*" | "/" | "%") unary}
 *     unary      := ("!" | "-" | "+") suffixed | suffixed
 *     suffixed   := atom {"." name [arguments]} [over name]
 *
 * A call on something, a.f(b), is the call f(a, b); so "a.b" is a call of b.  The tokens and the
 * cursor are the SQL parser's. */
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "sql/parser.h"

static expr_node *expression(sql_parser *p);

/* ---- errors and words ------------------------------------------------------------------------ */

void sql_string_unexpected(sql_parser *p, const char *expected) {
    const sql_token *token = sql_now(p);
    char found[8] = {0};
    if (p->status != RASK_OK)
        return;
    int64_t end = token->offset;
    bool is_end = token->offset >= p->tokens.length;
    if (!is_end) {
        base_utf8_next(p->tokens.text, p->tokens.length, &end);
        memcpy(found, p->tokens.text + token->offset, (size_t)(end - token->offset));
    }
    rask_error_set_at(p->err, RASK_ERROR_EXPRESSION_PARSER, token->line, token->column,
                      is_end ? "Could not parse expression at column %d: %s expected but end of "
                               "source found"
                             : "Could not parse expression at column %d: %s expected but '%s' "
                               "found",
                      token->column, expected, found);
    sql_stop(p, RASK_ERROR_EXPRESSION_PARSER);
}

static void expect(sql_parser *p, const char *symbol) {
    if (!sql_accept_symbol(p, symbol))
        sql_string_unexpected(p, base_arena_printf(p->arena, "'%s'", symbol));
}

static bool is_word(const sql_parser *p, const sql_token *token, const char *word) {
    return p->status == RASK_OK && token->kind == SQL_TOKEN_NAME &&
           (size_t)token->length == strlen(word) &&
           strncasecmp(p->tokens.text + token->offset, word, strlen(word)) == 0;
}

static bool accept_word(sql_parser *p, const char *word) {
    bool is_here = is_word(p, sql_now(p), word);
    if (is_here)
        sql_advance(p);
    return is_here;
}

static const char *name_here(sql_parser *p) {
    const sql_token *token = sql_now(p);
    if (p->status != RASK_OK || token->kind != SQL_TOKEN_NAME) {
        sql_string_unexpected(p, "a name");
        return "";
    }
    sql_advance(p);
    return base_arena_strndup(p->arena, p->tokens.text + token->offset, token->length);
}

static expr_node *nothing(sql_parser *p) {
    return expr_literal_bool(p->arena, false);
}

/* ---- literals -------------------------------------------------------------------------------- */

static expr_node *bad_number(sql_parser *p) {
    if (p->status == RASK_OK)
        p->at--;
    sql_string_unexpected(p, "a number in range");
    return nothing(p);
}

static expr_node *integer(sql_parser *p, const char *text, int64_t length, bool is_long) {
    int64_t value;
    if (!base_i64_parse(text, length, &value))
        return bad_number(p);
    data_kind kind = is_long || value != (int32_t)value ? DATA_BIGINT : DATA_INT;
    return expr_literal_i64(p->arena, data_type_simple(kind, false), value);
}

static expr_node *floating(sql_parser *p, const char *text, int64_t length, bool is_float) {
    double value;
    if (!base_double_parse(text, length, &value) || isinf(value))
        return bad_number(p);
    data_value literal =
        data_value_f64(data_type_simple(is_float ? DATA_FLOAT : DATA_DOUBLE, false),
                       is_float ? (double)(float)value : value);
    return expr_literal(p->arena, &literal);
}

/* 1.50p has exactly the digits written. */
static expr_node *decimal(sql_parser *p, const char *text, int64_t length) {
    const char *point = memchr(text, '.', (size_t)length);
    int32_t scale = point != NULL ? (int32_t)(text + length - point) - 1 : 0;
    int32_t digits = (int32_t)length - (point != NULL ? 1 : 0);
    base_i128 value;
    if (digits > DATA_DECIMAL_PRECISION_MAX || memchr(text, 'e', (size_t)length) != NULL ||
        memchr(text, 'E', (size_t)length) != NULL ||
        !base_decimal_parse(text, length, digits, scale, &value))
        return bad_number(p);
    data_value literal = data_value_decimal(data_type_decimal(digits, scale, false), value);
    return expr_literal(p->arena, &literal);
}

static expr_node *number(sql_parser *p) {
    const sql_token *token = sql_now(p);
    int32_t first = p->at;
    char *text = base_arena_strndup(p->arena, p->tokens.text + token->offset, token->length);
    int64_t length = token->length;
    char suffix = (char)(text[length - 1] | 0x20);
    bool has_suffix = suffix >= 'a';
    sql_advance(p);
    if (has_suffix)
        text[--length] = '\0';
    bool is_integer = token->kind == SQL_TOKEN_INTEGER;
    if (has_suffix && suffix == 'p')
        return sql_place(p, first, decimal(p, text, length));
    if (is_integer && (!has_suffix || suffix == 'l'))
        return sql_place(p, first, integer(p, text, length, has_suffix));
    if (has_suffix && suffix == 'l')
        return bad_number(p);
    return sql_place(p, first, floating(p, text, length, has_suffix && suffix == 'f'));
}

static expr_node *text_literal(sql_parser *p) {
    int64_t length;
    int32_t first = p->at;
    const char *text = sql_token_text(p, sql_now(p), &length);
    sql_advance(p);
    return sql_place(p, first, expr_literal_text(p->arena, text, length));
}

/* ---- types ----------------------------------------------------------------------------------- */

static const struct {
    const char *name, *sql;
} type_names[] = {{"BYTE", "TINYINT"},
                  {"SHORT", "SMALLINT"},
                  {"INT", "INT"},
                  {"LONG", "BIGINT"},
                  {"FLOAT", "FLOAT"},
                  {"DOUBLE", "DOUBLE"},
                  {"BOOLEAN", "BOOLEAN"},
                  {"BOOL", "BOOLEAN"},
                  {"STRING", "STRING"},
                  {"DECIMAL", "DECIMAL(38, 18)"},
                  {"SQL_DATE", "DATE"},
                  {"SQL_TIME", "TIME(0)"},
                  {"SQL_TIMESTAMP", "TIMESTAMP(3)"},
                  {"INTERVAL_MONTHS", "INTERVAL MONTH"},
                  {"INTERVAL_MILLIS", "INTERVAL SECOND(3)"}};

static const data_type *type_of_text(const char *text) {
    const data_type *type = NULL;
    rask_status status = data_type_parse(text, (int64_t)strlen(text), NULL, &type, NULL);
    RASK_ASSERT(status == RASK_OK);
    return type;
}

static const data_type *type_or_null(sql_parser *p);

static const data_type *inner_type(sql_parser *p) {
    const data_type *type = type_or_null(p);
    if (type == NULL)
        sql_string_unexpected(p, "a type");
    return type != NULL ? type : data_type_simple(DATA_INT, true);
}

/* The type the cursor stands on; NULL, with nothing read, when it is none. */
static const data_type *type_or_null(sql_parser *p) {
    const sql_token *token = sql_now(p);
    bool is_call = sql_token_is_symbol(p, sql_ahead(p, 1), "(");
    bool is_primitive = is_word(p, token, "PRIMITIVE_ARRAY");
    bool is_map = is_word(p, token, "MAP");
    if (is_call && (is_primitive || is_map || is_word(p, token, "OBJECT_ARRAY"))) {
        if (!sql_enter(p))
            return NULL;
        sql_advance(p);
        sql_advance(p);
        const data_type *element = inner_type(p), *value = element;
        if (is_map) {
            expect(p, ",");
            value = inner_type(p);
        }
        expect(p, ")");
        sql_leave(p);
        return is_map ? data_type_map(element, value, true)
                      : data_type_array(data_type_with_null(element, !is_primitive), true);
    }
    for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
        if (is_word(p, token, type_names[i].name) && !is_call) {
            sql_advance(p);
            return type_of_text(type_names[i].sql);
        }
    return NULL;
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* Column ranges: withColumns(a to c), withColumns(1 to 3). */
static expr_node *argument(sql_parser *p) {
    int32_t first = p->at;
    expr_node *from = expression(p);
    if (!accept_word(p, "to"))
        return from;
    return sql_call_of(p, first, "RANGETO", from, expression(p));
}

/* Behind "(", up to and with ")". */
static void arguments(sql_parser *p, base_list *args) {
    if (sql_accept_symbol(p, ")"))
        return;
    do
        base_list_add(p->arena, args, argument(p));
    while (sql_accept_symbol(p, ","));
    expect(p, ")");
}

/* Behind "cast(" of a suffix, or behind "cast(x,": a type and ")".  A name that is no type makes an
 * ordinary call of it, which nobody can bind: 1.9 does the same. */
static expr_node *cast_rest(sql_parser *p, int32_t first, expr_node *value) {
    base_list args = {0};
    const data_type *type = type_or_null(p);
    if (type != NULL) {
        expect(p, ")");
        return sql_place(p, first, expr_cast(p->arena, value, type, false));
    }
    base_list_add(p->arena, &args, value);
    arguments(p, &args);
    return sql_call(p, first, "CAST", &args);
}

/* Names behind "as": one, or several in parentheses. */
static expr_node *named(sql_parser *p, int32_t first, expr_node *value, const base_list *names) {
    expr_node *alias = expr_alias(p->arena, value, names->count > 0 ? names->items[0] : "");
    alias->names = sql_strings(p->arena, names);
    alias->name_count = names->count;
    return sql_place(p, first, alias);
}

/* "b, c)": the rest of as(a, b, c) and a.as(b, c). */
static expr_node *alias_rest(sql_parser *p, int32_t first, expr_node *value) {
    base_list names = {0};
    do
        base_list_add(p->arena, &names, (void *)name_here(p));
    while (sql_accept_symbol(p, ","));
    expect(p, ")");
    return named(p, first, value, &names);
}

static const struct {
    const char *name;
    const char *type;
} text_casts[] = {{"toDate", "DATE"}, {"toTime", "TIME(0)"}, {"toTimestamp", "TIMESTAMP(3)"}};

/* The type toDate & co. cast to; NULL for another name. */
static const data_type *text_cast_type(const char *name) {
    for (size_t i = 0; i < sizeof text_casts / sizeof *text_casts; i++)
        if (strcasecmp(name, text_casts[i].name) == 0)
            return type_of_text(text_casts[i].type);
    return NULL;
}

static const struct {
    const char *name; /* also with an s behind it */
    int64_t unit;
    bool is_months;
} interval_units[] = {
    {"milli", 1, false},      {"second", 1000, false},  {"minute", 60000, false},
    {"hour", 3600000, false}, {"day", 86400000, false}, {"week", 7 * 86400000LL, false},
    {"month", 1, true},       {"quarter", 3, true},     {"year", 12, true}};

static bool is_unit_name(const char *name, const char *unit) {
    size_t length = strlen(unit);
    return strncasecmp(name, unit, length) == 0 &&
           (name[length] == '\0' || strcasecmp(name + length, "s") == 0);
}

/* 10.minutes, 3.rows: NULL when the name is no unit or the left side no whole number. */
static expr_node *interval(sql_parser *p, int32_t first, const expr_node *count, const char *name) {
    bool is_count = count->kind == EXPR_LITERAL && !count->value.is_null &&
                    data_kind_is_integer(count->type->kind);
    if (!is_count)
        return NULL;
    if (strcasecmp(name, "rows") == 0)
        return sql_place(
            p, first,
            expr_literal_i64(p->arena, data_type_simple(DATA_BIGINT, false), count->value.i64));
    for (size_t i = 0; i < sizeof interval_units / sizeof *interval_units; i++) {
        int64_t value;
        if (!is_unit_name(name, interval_units[i].name))
            continue;
        if (__builtin_mul_overflow(count->value.i64, interval_units[i].unit, &value) ||
            (interval_units[i].is_months && value != (int32_t)value)) {
            sql_string_unexpected(p, "an interval in range");
            return nothing(p);
        }
        const data_type *type =
            interval_units[i].is_months ? data_type_months(false) : data_type_millis(false);
        return sql_place(p, first, expr_literal_i64(p->arena, type, value));
    }
    return NULL;
}

/* ---- atoms ----------------------------------------------------------------------------------- */

/* nullOf(TYPE), Null(TYPE): NULL when the type is none. */
static expr_node *typed_null(sql_parser *p, int32_t first) {
    const data_type *type = inner_type(p);
    data_value value = data_value_null(type);
    expect(p, ")");
    return sql_place(p, first, expr_literal(p->arena, &value));
}

/* as(a, b), cast(a, LONG) */
static expr_node *prefix_as_or_cast(sql_parser *p, int32_t first, bool is_cast) {
    expr_node *value = expression(p);
    expect(p, ",");
    return is_cast ? cast_rest(p, first, value) : alias_rest(p, first, value);
}

/* Behind "name(". */
static expr_node *prefix_call(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0};
    const data_type *type = text_cast_type(name);
    if (strcasecmp(name, "nullOf") == 0 || strcasecmp(name, "Null") == 0)
        return typed_null(p, first);
    if (strcasecmp(name, "as") == 0 || strcasecmp(name, "cast") == 0)
        return prefix_as_or_cast(p, first, strcasecmp(name, "cast") == 0);
    arguments(p, &args);
    if (type != NULL && args.count == 1)
        return sql_place(p, first, expr_cast(p->arena, args.items[0], type, false));
    return sql_string_call(p, first, name, &args, false);
}

/* Behind "name.distinct(": sum.distinct(a) */
static expr_node *prefix_distinct(sql_parser *p, int32_t first, const char *name) {
    base_list args = {0}, one = {0};
    arguments(p, &args);
    base_list_add(p->arena, &one, sql_string_call(p, first, name, &args, false));
    return sql_string_call(p, first, "distinct", &one, true);
}

static const char *const frame_words[] = {"UNBOUNDED_ROW", "UNBOUNDED_RANGE", "CURRENT_ROW",
                                          "CURRENT_RANGE"};

static expr_node *name_atom(sql_parser *p) {
    int32_t first = p->at;
    const sql_token *token = sql_now(p);
    base_list none = {0};
    bool is_call = sql_token_is_symbol(p, sql_ahead(p, 1), "(");
    for (size_t i = 0; i < sizeof frame_words / sizeof *frame_words; i++)
        if (is_word(p, token, frame_words[i]) && !is_call) {
            sql_advance(p);
            return sql_call(p, first, frame_words[i], &none);
        }
    if (!is_call && (is_word(p, token, "true") || is_word(p, token, "false"))) {
        bool value = is_word(p, token, "true");
        sql_advance(p);
        return sql_place(p, first, expr_literal_bool(p->arena, value));
    }
    const char *name = name_here(p);
    if (sql_accept_symbol(p, "("))
        return prefix_call(p, first, name);
    bool is_distinct = sql_token_is_symbol(p, sql_now(p), ".") &&
                       is_word(p, sql_ahead(p, 1), "distinct") &&
                       sql_token_is_symbol(p, sql_ahead(p, 2), "(") &&
                       !sql_token_is_symbol(p, sql_ahead(p, 3), ")");
    if (is_distinct) {
        p->at += 3;
        return prefix_distinct(p, first, name);
    }
    return sql_place(p, first, expr_name(p->arena, name));
}

static expr_node *atom(sql_parser *p) {
    int32_t first = p->at;
    const sql_token *token = sql_now(p);
    switch (token->kind) {
    case SQL_TOKEN_INTEGER:
    case SQL_TOKEN_DECIMAL:
    case SQL_TOKEN_APPROXIMATE:
        return number(p);
    case SQL_TOKEN_STRING:
    case SQL_TOKEN_DOUBLE_QUOTED:
        return text_literal(p);
    case SQL_TOKEN_NAME:
        return name_atom(p);
    default:
        break;
    }
    if (sql_accept_symbol(p, "*"))
        return sql_place(p, first, expr_new(p->arena, EXPR_STAR));
    if (sql_accept_symbol(p, "(")) {
        expr_node *inside = expression(p);
        expect(p, ")");
        return inside;
    }
    if (sql_accept_symbol(p, "?")) {
        expect(p, "(");
        return prefix_call(p, first, "?");
    }
    sql_string_unexpected(p, "an expression");
    return nothing(p);
}

/* ---- suffixes -------------------------------------------------------------------------------- */

/* Behind "x.name(": the arguments. */
static expr_node *suffix_call(sql_parser *p, int32_t first, expr_node *left, const char *name) {
    base_list args = {0};
    if (strcasecmp(name, "as") == 0)
        return alias_rest(p, first, left);
    if (strcasecmp(name, "cast") == 0)
        return cast_rest(p, first, left);
    base_list_add(p->arena, &args, left);
    arguments(p, &args);
    return sql_string_call(p, first, name, &args, true);
}

/* Behind ".". */
static expr_node *suffix(sql_parser *p, int32_t first, expr_node *left) {
    base_list args = {0};
    const char *name = sql_accept_symbol(p, "?") ? "?" : name_here(p);
    const data_type *type = text_cast_type(name);
    bool is_call = sql_accept_symbol(p, "(");
    bool is_empty = is_call && sql_token_is_symbol(p, sql_now(p), ")");
    if (type != NULL && (!is_call || is_empty)) {
        if (is_call)
            sql_advance(p);
        return sql_place(p, first, expr_cast(p->arena, left, type, false));
    }
    if (is_call)
        return suffix_call(p, first, left, name);
    expr_node *literal = interval(p, first, left, name);
    if (literal != NULL)
        return literal;
    base_list_add(p->arena, &args, left);
    return sql_string_call(p, first, name, &args, true);
}

static expr_node *suffixed(sql_parser *p) {
    int32_t first = p->at;
    expr_node *node = atom(p);
    while (sql_accept_symbol(p, "."))
        node = suffix(p, first, node);
    if (accept_word(p, "over")) {
        int32_t window = p->at;
        const char *name = name_here(p);
        node = sql_call_of(p, first, "OVER", node, sql_place(p, window, expr_name(p->arena, name)));
    }
    return node;
}

/* ---- operators ------------------------------------------------------------------------------- */

typedef struct symbol_row {
    const char *symbol, *name;
} symbol_row;

static const symbol_row sum_operators[] = {{"+", "+"}, {"-", "-"}};
static const symbol_row product_operators[] = {{"*", "*"}, {"/", "/"}, {"%", "MOD"}};
static const symbol_row logic_operators[] = {{"&&", "AND"}, {"||", "OR"}};
static const symbol_row comparisons[] = {{"===", "="}, {"==", "="},  {"=", "="},   {"!==", "<>"},
                                         {"!=", "<>"}, {"<>", "<>"}, {">=", ">="}, {"<=", "<="},
                                         {">", ">"},   {"<", "<"}};
#define COUNT_OF(rows) (sizeof(rows) / sizeof *(rows))

/* The operator the cursor stands on, which is consumed; NULL = none. */
static const char *accept_operator(sql_parser *p, const symbol_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (sql_accept_symbol(p, rows[i].symbol))
            return rows[i].name;
    return NULL;
}

static expr_node *left_to_right(sql_parser *p, const symbol_row *rows, size_t count,
                                expr_node *(*next)(sql_parser *p)) {
    int32_t first = p->at;
    expr_node *left = next(p);
    for (;;) {
        const char *name = accept_operator(p, rows, count);
        if (name == NULL)
            return left;
        left = sql_call_of(p, first, name, left, next(p));
    }
}

static expr_node *unary(sql_parser *p) {
    int32_t first = p->at;
    if (sql_accept_symbol(p, "!"))
        return sql_call_of(p, first, "NOT", suffixed(p), NULL);
    if (sql_accept_symbol(p, "-"))
        return sql_call_of(p, first, "-", suffixed(p), NULL);
    sql_accept_symbol(p, "+");
    return suffixed(p);
}

static expr_node *product(sql_parser *p) {
    return left_to_right(p, product_operators, COUNT_OF(product_operators), unary);
}

static expr_node *sum(sql_parser *p) {
    return left_to_right(p, sum_operators, COUNT_OF(sum_operators), product);
}

static expr_node *comparison(sql_parser *p) {
    int32_t first = p->at;
    expr_node *left = sum(p);
    const char *name = accept_operator(p, comparisons, COUNT_OF(comparisons));
    return name != NULL ? sql_call_of(p, first, name, left, sum(p)) : left;
}

static expr_node *expression(sql_parser *p) {
    int32_t first = p->at;
    base_list names = {0};
    if (!sql_enter(p))
        return nothing(p);
    expr_node *node = left_to_right(p, logic_operators, COUNT_OF(logic_operators), comparison);
    if (accept_word(p, "as")) {
        if (sql_accept_symbol(p, "(")) {
            node = alias_rest(p, first, node);
        } else {
            base_list_add(p->arena, &names, (void *)name_here(p));
            node = named(p, first, node, &names);
        }
    }
    sql_leave(p);
    return node;
}

rask_status sql_parse_string_expressions(base_arena *arena, const char *text, int64_t length,
                                         base_list *out, rask_error *err) {
    sql_parser parser = {.arena = arena, .home = arena, .err = err, .pair_at = -1};
    base_list nodes = {0};
    if (!base_utf8_is_valid(text, length))
        return rask_error_set(err, RASK_ERROR_EXPRESSION_PARSER,
                              "Could not parse expression: it is not valid UTF-8");
    RASK_TRY(sql_lex(arena, text, length, SQL_DIALECT_EXPRESSION, &parser.tokens, err));
    do {
        expr_node *node = expression(&parser);
        if (parser.status == RASK_OK && sql_is_too_deep(node))
            sql_string_unexpected(&parser, "an expression of fewer levels");
        base_list_add(arena, &nodes, node);
    } while (sql_accept_symbol(&parser, ","));
    if (sql_now(&parser)->kind != SQL_TOKEN_END)
        sql_string_unexpected(&parser, "','");
    RASK_TRY(parser.status);
    for (int32_t i = 0; i < nodes.count; i++)
        base_list_add(arena, out, nodes.items[i]);
    return RASK_OK;
}
