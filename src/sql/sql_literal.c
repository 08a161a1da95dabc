/* Literals: numbers, strings, binary strings, and the typed ones (sql_temporal.c).
 *
 * The types are Flink's: an integer is INT or BIGINT, a number with digits behind the point a
 * DECIMAL of exactly the digits written, one with an exponent a DOUBLE, a text CHAR(n). */
#include <math.h>
#include <string.h>

#include "sql/parser.h"

/* ---- numbers --------------------------------------------------------------------------------- */

static expr_node *value_node(sql_parser *p, int32_t first, const data_value *value) {
    return sql_place(p, first, expr_literal(p->arena, value));
}

static expr_node *out_of_range(sql_parser *p, int32_t first, const char *sign, const char *text) {
    sql_invalid(p, &p->tokens.items[first], sql_now(p) - 1, "Numeric literal '%s%s' out of range",
                sign, text);
    return expr_literal_i64(p->arena, data_type_simple(DATA_INT, false), 0);
}

/* `text` is digits with at most one point. */
static expr_node *exact_number(sql_parser *p, int32_t first, const char *text, bool is_negative) {
    const char *point = strchr(text, '.');
    int32_t length = (int32_t)strlen(text);
    int32_t scale = point != NULL ? length - (int32_t)(point - text) - 1 : 0;
    int32_t precision = point != NULL ? length - 1 : length;
    base_i128 value = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c != '.')
            value = value * 10 + (*c - '0');
        if (value > (base_i128)INT64_MAX + (is_negative ? 1 : 0))
            return out_of_range(p, first, is_negative ? "-" : "", text);
    }
    int64_t small = (int64_t)(is_negative ? -value : value);
    if (scale == 0) {
        data_kind kind = small == (int32_t)small ? DATA_INT : DATA_BIGINT;
        data_value integer = data_value_i64(data_type_simple(kind, false), small);
        return value_node(p, first, &integer);
    }
    if (precision > DATA_DECIMAL_PRECISION_MAX) {
        sql_invalid(p, &p->tokens.items[first], sql_now(p) - 1,
                    "Decimal precision must be between 1 and %d (both inclusive).",
                    DATA_DECIMAL_PRECISION_MAX);
        return expr_literal_i64(p->arena, data_type_simple(DATA_INT, false), 0);
    }
    data_value decimal =
        data_value_decimal(data_type_decimal(precision, scale, false), (base_i128)small);
    return value_node(p, first, &decimal);
}

static expr_node *double_number(sql_parser *p, int32_t first, const char *text, bool is_negative) {
    double value = 0;
    if (!base_double_parse(text, (int64_t)strlen(text), &value) || isinf(value)) {
        char *shown = base_arena_strdup(p->arena, text);
        shown[strcspn(shown, "eE")] = 'E';
        return out_of_range(p, first, is_negative ? "-" : "", shown);
    }
    data_value number = data_value_f64(data_type_simple(DATA_DOUBLE, false),
                                       is_negative && value != 0 ? -value : value);
    return value_node(p, first, &number);
}

expr_node *sql_number(sql_parser *p, int32_t first, bool is_negative) {
    const sql_token *token = sql_now(p);
    const char *text = base_arena_strndup(p->arena, p->tokens.text + token->offset, token->length);
    bool is_exact = token->kind != SQL_TOKEN_APPROXIMATE;
    sql_advance(p);
    return is_exact ? exact_number(p, first, text, is_negative)
                    : double_number(p, first, text, is_negative);
}

/* DECIMAL '1.5' */
static expr_node *decimal_text(sql_parser *p, int32_t first) {
    int64_t length;
    sql_advance(p);
    const char *text = sql_token_text(p, sql_now(p), &length);
    bool is_negative = *text == '-';
    const char *digits = text + (is_negative || *text == '+' ? 1 : 0);
    size_t count = strspn(digits, "0123456789");
    if (digits[count] == '.')
        count += 1 + strspn(digits + count + 1, "0123456789");
    if (digits[count] != '\0' || strcspn(digits, "0123456789") == count)
        sql_refuse(p, sql_now(p), "Literal '%s' can not be parsed to type 'DECIMAL'", text);
    sql_advance(p);
    return p->status == RASK_OK ? exact_number(p, first, digits, is_negative)
                                : expr_literal_bool(p->arena, false);
}

/* ---- strings --------------------------------------------------------------------------------- */

static bool is_character_literal(const sql_token *token) {
    return token->kind >= SQL_TOKEN_STRING && token->kind <= SQL_TOKEN_ESCAPED_STRING;
}

/* SQL joins literals that stand on different lines: 'a'
 *                                                   'b' */
static bool is_continued(sql_parser *p, const sql_token *next) {
    const sql_token *previous = next - 1;
    int32_t line, column;
    sql_token_end(&p->tokens, previous, &line, &column);
    if (next->line == line)
        sql_invalid(p, next, next, "String literal continued on same line");
    return p->status == RASK_OK;
}

static void skip_uescape(sql_parser *p) {
    if (sql_now(p)[-1].kind == SQL_TOKEN_UNICODE_STRING && sql_accept(p, KW_UESCAPE))
        sql_advance(p);
}

static expr_node *text_literal(sql_parser *p, int32_t first) {
    base_strbuf joined;
    base_strbuf_init(&joined, INT32_MAX);
    do {
        int64_t length;
        const char *text = sql_token_text(p, sql_now(p), &length);
        base_strbuf_add(&joined, text, length);
        sql_advance(p);
        skip_uescape(p);
    } while (p->status == RASK_OK && is_character_literal(sql_now(p)) &&
             is_continued(p, sql_now(p)));
    expr_node *node = expr_literal_text(p->arena, joined.data, joined.length);
    base_strbuf_free(&joined);
    return sql_place(p, first, node);
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void add_hex_digits(sql_parser *p, const sql_token *token, base_strbuf *digits) {
    const char *text = p->tokens.text + token->offset;
    int32_t from = token->kind == SQL_TOKEN_BINARY_STRING ? 2 : 1;
    for (int32_t i = from; i < token->length - 1; i++) {
        if (hex_digit(text[i]) < 0) {
            sql_refuse(p, token,
                       "Binary literal string must contain only characters '0' - '9', 'A' - 'F'");
            return;
        }
        base_strbuf_add_char(digits, text[i]);
    }
}

static expr_node *binary_literal(sql_parser *p, int32_t first) {
    base_strbuf digits;
    base_strbuf_init(&digits, INT32_MAX);
    do {
        add_hex_digits(p, sql_now(p), &digits);
        sql_advance(p);
    } while (p->status == RASK_OK && sql_now(p)->kind == SQL_TOKEN_STRING &&
             is_continued(p, sql_now(p)));
    int32_t size = (int32_t)(digits.length / 2);
    char *bytes = base_arena_alloc(p->arena, size + 1);
    for (int32_t i = 0; i < size; i++)
        bytes[i] = (char)(hex_digit(digits.data[2 * i]) << 4 | hex_digit(digits.data[2 * i + 1]));
    if (digits.length % 2 != 0)
        sql_invalid(p, &p->tokens.items[first], sql_now(p) - 1,
                    "Binary literal string must contain an even number of hexits");
    base_strbuf_free(&digits);
    data_value value =
        data_value_text(p->arena, data_type_sized(DATA_BINARY, size, false), bytes, size);
    return value_node(p, first, &value);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static expr_node *keyword_literal(sql_parser *p, int32_t first, data_value value) {
    sql_advance(p);
    return value_node(p, first, &value);
}

static expr_node *boolean_or_null(sql_parser *p, int32_t first) {
    switch (sql_now(p)->keyword) {
    case KW_TRUE:
    case KW_FALSE:
        return keyword_literal(
            p, first,
            data_value_i64(data_type_simple(DATA_BOOLEAN, false), sql_now(p)->keyword == KW_TRUE));
    case KW_UNKNOWN:
        return keyword_literal(p, first, data_value_null(data_type_simple(DATA_BOOLEAN, true)));
    case KW_NULL:
        return keyword_literal(p, first, data_value_null(data_type_simple(DATA_NULL, true)));
    default:
        return NULL;
    }
}

expr_node *sql_literal(sql_parser *p) {
    const sql_token *token = sql_now(p);
    int32_t first = p->at;
    switch (token->kind) {
    case SQL_TOKEN_INTEGER:
    case SQL_TOKEN_DECIMAL:
    case SQL_TOKEN_APPROXIMATE:
        return sql_number(p, first, false);
    case SQL_TOKEN_STRING:
    case SQL_TOKEN_CHARSET_STRING:
    case SQL_TOKEN_UNICODE_STRING:
    case SQL_TOKEN_ESCAPED_STRING:
        return text_literal(p, first);
    case SQL_TOKEN_BINARY_STRING:
        return binary_literal(p, first);
    case SQL_TOKEN_KEYWORD:
        if (token->keyword == KW_DECIMAL && is_character_literal(sql_ahead(p, 1)))
            return decimal_text(p, first);
        expr_node *node = boolean_or_null(p, first);
        return node != NULL ? node : sql_temporal_literal(p);
    default:
        return NULL;
    }
}
