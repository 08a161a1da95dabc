/* The text of an expression as Flink stores and shows it (DESCRIBE, SHOW CREATE TABLE):
 * "`a` || UPPER(`b`)", "`ts` - INTERVAL '5' SECOND".
 *
 * It is made from the tokens, one after the other: names in back quotes, words and built-in
 * functions in capitals, one blank between tokens except where parentheses, commas, dots and signs
 * want none. */
#include <string.h>

#include "sql/parser.h"

typedef struct canonical {
    sql_parser *parser;
    const sql_token *first, *end;
    base_strbuf out;
} canonical;

static bool is_symbol(const canonical *c, const sql_token *token, const char *symbol) {
    return token >= c->first && token < c->end && sql_token_is_symbol(c->parser, token, symbol);
}

static bool is_keyword(const canonical *c, const sql_token *token, sql_keyword keyword) {
    return token >= c->first && token < c->end && sql_token_is(c->parser, token, keyword);
}

/* Words that are followed by an operand, so that a parenthesis behind one opens no call. */
static const sql_keyword connecting[] = {
    KW_AND,      KW_AS,        KW_BETWEEN,    KW_CASE,   KW_DISTINCT, KW_ELSE, KW_ESCAPE,
    KW_FOR,      KW_FROM,      KW_IN,         KW_IS,     KW_LIKE,     KW_NOT,  KW_OR,
    KW_OVER,     KW_SYMMETRIC, KW_ASYMMETRIC, KW_THEN,   KW_TO,       KW_WHEN, KW_PLACING,
    KW_INTERVAL, KW_END,       KW_BY,         KW_SIMILAR};

static bool is_connecting(const sql_token *token) {
    for (size_t i = 0; i < sizeof connecting / sizeof *connecting; i++)
        if (token->kind == SQL_TOKEN_KEYWORD && token->keyword == connecting[i])
            return true;
    return false;
}

/* ---- one token ------------------------------------------------------------------------------- */

static const struct {
    sql_keyword written, shown;
} other_words[] = {{KW_INT, KW_INTEGER},    {KW_DEC, KW_DECIMAL},      {KW_NUMERIC, KW_DECIMAL},
                   {KW_YEARS, KW_YEAR},     {KW_QUARTERS, KW_QUARTER}, {KW_MONTHS, KW_MONTH},
                   {KW_WEEKS, KW_WEEK},     {KW_DAYS, KW_DAY},         {KW_HOURS, KW_HOUR},
                   {KW_MINUTES, KW_MINUTE}, {KW_SECONDS, KW_SECOND},   {KW_CEILING, KW_CEIL}};

static const char *shown_word(sql_keyword keyword) {
    for (size_t i = 0; i < sizeof other_words / sizeof *other_words; i++)
        if (other_words[i].written == keyword)
            return sql_keyword_name(other_words[i].shown);
    return sql_keyword_name(keyword);
}

/* A unit of time, which may be a word that is not reserved: behind the text of an interval, behind
 * TO, and as the first word of EXTRACT and its like. */
static bool is_unit(const canonical *c, const sql_token *token) {
    const sql_token *before = token - 1;
    if (token->kind != SQL_TOKEN_KEYWORD || before < c->first)
        return false;
    if (is_keyword(c, before, KW_TO) || is_keyword(c, before - 1, KW_INTERVAL))
        return true;
    return is_symbol(c, before, "(") &&
           (is_keyword(c, before - 1, KW_EXTRACT) || is_keyword(c, before - 1, KW_TIMESTAMPADD) ||
            is_keyword(c, before - 1, KW_TIMESTAMPDIFF));
}

static void add_upper(base_strbuf *out, const char *text, int32_t length) {
    for (int32_t i = 0; i < length; i++)
        base_strbuf_add_char(out,
                             text[i] >= 'a' && text[i] <= 'z' ? (char)(text[i] - 32) : text[i]);
}

static bool is_built_in(const canonical *c, const sql_token *token) {
    char name[64];
    if (token->kind == SQL_TOKEN_QUOTED_NAME || token->length >= (int32_t)sizeof name)
        return false;
    memcpy(name, c->parser->tokens.text + token->offset, (size_t)token->length);
    name[token->length] = '\0';
    return func_exists(name);
}

static void add_name(canonical *c, const sql_token *token) {
    const char *text = c->parser->tokens.text + token->offset;
    if (is_symbol(c, token + 1, "(") && is_built_in(c, token)) {
        add_upper(&c->out, text, token->length);
        return;
    }
    bool is_quoted = token->kind == SQL_TOKEN_QUOTED_NAME;
    base_strbuf_add_text(&c->out, is_quoted ? "" : "`");
    base_strbuf_add(&c->out, text, token->length);
    base_strbuf_add_text(&c->out, is_quoted ? "" : "`");
}

static bool has_symmetry(const canonical *c, const sql_token *between) {
    return is_keyword(c, between + 1, KW_SYMMETRIC) || is_keyword(c, between + 1, KW_ASYMMETRIC);
}

static void add_token(canonical *c, const sql_token *token) {
    const char *text = c->parser->tokens.text + token->offset;
    bool is_word = token->kind == SQL_TOKEN_KEYWORD;
    if (is_word && (sql_keyword_is_reserved(token->keyword) || is_unit(c, token)))
        base_strbuf_add_text(&c->out, is_keyword(c, token, KW_BETWEEN) && !has_symmetry(c, token)
                                          ? "BETWEEN ASYMMETRIC"
                                          : shown_word(token->keyword));
    else if (is_word && (is_keyword(c, token, KW_MAP) && !sql_is_name(token + 1)))
        base_strbuf_add_text(&c->out, "MAP");
    else if (sql_is_name(token))
        add_name(c, token);
    else if (token->kind == SQL_TOKEN_APPROXIMATE)
        add_upper(&c->out, text, token->length);
    else
        base_strbuf_add(&c->out, text, token->length);
}

/* ---- blanks ---------------------------------------------------------------------------------- */

/* Something that ends an operand: behind it, a sign is an operator. */
static bool ends_operand(const canonical *c, const sql_token *token) {
    if (token < c->first)
        return false;
    if (token->kind == SQL_TOKEN_SYMBOL)
        return is_symbol(c, token, ")") || is_symbol(c, token, "]");
    return !is_connecting(token) || is_keyword(c, token, KW_END);
}

static bool is_sign(const canonical *c, const sql_token *token) {
    return (is_symbol(c, token, "-") || is_symbol(c, token, "+")) && !ends_operand(c, token - 1);
}

static bool is_collection_type(const canonical *c, const sql_token *token) {
    return is_keyword(c, token, KW_ARRAY) || is_keyword(c, token, KW_MAP) ||
           is_keyword(c, token, KW_MULTISET) || is_keyword(c, token, KW_ROW);
}

/* Whether a blank stands between `before` and `token`. */
static bool is_apart(const canonical *c, const sql_token *before, const sql_token *token) {
    static const char *const hold_on[] = {")", ",", "]", ".", "["};
    if (is_symbol(c, before, "(") || is_symbol(c, before, "[") || is_symbol(c, before, ".") ||
        is_sign(c, before))
        return false;
    for (size_t i = 0; i < sizeof hold_on / sizeof *hold_on; i++)
        if (is_symbol(c, token, hold_on[i]))
            return false;
    if (is_symbol(c, token, "<") && is_collection_type(c, before))
        return false;
    bool opens_call =
        is_symbol(c, token, "(") && before->kind != SQL_TOKEN_SYMBOL && !is_connecting(before);
    return !opens_call;
}

/* "(a + b)" as a whole is shown without its parentheses. */
static void drop_parentheses(canonical *c) {
    while (is_symbol(c, c->first, "(")) {
        int32_t depth = 0;
        const sql_token *token = c->first;
        do {
            depth += is_symbol(c, token, "(");
            depth -= is_symbol(c, token, ")");
            /* A comma makes it a row. */
            if (depth == 0 || (depth == 1 && is_symbol(c, token, ",")))
                break;
        } while (++token < c->end);
        if (token != c->end - 1)
            return;
        c->first++;
        c->end--;
    }
}

const char *sql_canonical(sql_parser *p, int32_t first) {
    if (p->status != RASK_OK || p->at <= first)
        return "";
    canonical c = {.parser = p, .first = &p->tokens.items[first], .end = &p->tokens.items[p->at]};
    drop_parentheses(&c);
    base_strbuf_init(&c.out, INT32_MAX);
    for (const sql_token *token = c.first; token < c.end; token++) {
        if (token > c.first && is_apart(&c, token - 1, token))
            base_strbuf_add_char(&c.out, ' ');
        add_token(&c, token);
    }
    const char *copy = base_arena_strdup(p->arena, c.out.data);
    base_strbuf_free(&c.out);
    return copy;
}
