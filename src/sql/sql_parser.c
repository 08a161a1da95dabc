/* The token cursor and the errors of the SQL parser.
 *
 * Messages are Flink's.  Two of its habits shape the code:
 *   - A reserved word where a name could have been gives "Incorrect syntax near the keyword 'X'";
 *     anything else gives 'Encountered "x"'.
 *   - An operator is only read when an operand follows.  So in "a = = 1" the culprit is the first
 *     "=", shown together with the token behind it (`pair_at`). */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "sql/parser.h"

enum { NAME_LENGTH_MAX = 256 };
static const char identifier_expected[] = "<IDENTIFIER>";

/* ---- cursor ---------------------------------------------------------------------------------- */

const sql_token *sql_ahead(const sql_parser *p, int32_t distance) {
    int32_t last = p->tokens.count - 1;
    return &p->tokens.items[p->at + distance < last ? p->at + distance : last];
}

const sql_token *sql_now(const sql_parser *p) {
    return &p->tokens.items[p->at];
}

void sql_advance(sql_parser *p) {
    if (p->at < p->tokens.count - 1)
        p->at++;
}

static const char *text_of(const sql_parser *p, const sql_token *token) {
    return p->tokens.text + token->offset;
}

bool sql_token_is(const sql_parser *p, const sql_token *token, sql_keyword keyword) {
    return p->status == RASK_OK && token->kind == SQL_TOKEN_KEYWORD && token->keyword == keyword;
}

bool sql_token_is_symbol(const sql_parser *p, const sql_token *token, const char *symbol) {
    return p->status == RASK_OK && token->kind == SQL_TOKEN_SYMBOL &&
           (size_t)token->length == strlen(symbol) &&
           memcmp(text_of(p, token), symbol, (size_t)token->length) == 0;
}

void sql_expecting(sql_parser *p, const char *what) {
    if (p->expected_at != p->at) {
        p->expected_at = p->at;
        p->expected_count = 0;
    }
    for (int32_t i = 0; i < p->expected_count; i++)
        if (strcmp(p->expected[i], what) == 0)
            return;
    if (p->expected_count < SQL_EXPECTED_MAX)
        p->expected[p->expected_count++] = what;
}

bool sql_is(sql_parser *p, sql_keyword keyword) {
    if (sql_token_is(p, sql_now(p), keyword))
        return true;
    sql_expecting(p, sql_keyword_name(keyword));
    return false;
}

bool sql_is_symbol(sql_parser *p, const char *symbol) {
    if (sql_token_is_symbol(p, sql_now(p), symbol))
        return true;
    sql_expecting(p, symbol);
    return false;
}

bool sql_accept(sql_parser *p, sql_keyword keyword) {
    bool is_here = sql_is(p, keyword);
    if (is_here)
        sql_advance(p);
    return is_here;
}

bool sql_accept_two(sql_parser *p, sql_keyword first, sql_keyword second) {
    if (!sql_is(p, first) || !sql_token_is(p, sql_ahead(p, 1), second))
        return false;
    sql_advance(p);
    sql_advance(p);
    return true;
}

bool sql_accept_symbol(sql_parser *p, const char *symbol) {
    bool is_here = sql_is_symbol(p, symbol);
    if (is_here)
        sql_advance(p);
    return is_here;
}

void sql_expect(sql_parser *p, sql_keyword keyword) {
    if (!sql_accept(p, keyword))
        sql_unexpected(p);
}

void sql_expect_symbol(sql_parser *p, const char *symbol) {
    if (!sql_accept_symbol(p, symbol))
        sql_unexpected(p);
}

sql_keyword sql_accept_one_of(sql_parser *p, const sql_keyword *choices, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (sql_accept(p, choices[i]))
            return choices[i];
    return SQL_KEYWORD_COUNT;
}

/* ---- names ----------------------------------------------------------------------------------- */

bool sql_is_name(const sql_token *token) {
    return token->kind == SQL_TOKEN_NAME || token->kind == SQL_TOKEN_QUOTED_NAME ||
           (token->kind == SQL_TOKEN_KEYWORD && !sql_keyword_is_reserved(token->keyword));
}

static const char *name_text(sql_parser *p, const sql_token *token) {
    if (token->kind != SQL_TOKEN_QUOTED_NAME)
        return base_arena_strndup(p->arena, text_of(p, token), token->length);
    char *name = base_arena_alloc(p->arena, token->length);
    const char *text = text_of(p, token);
    int32_t length = 0;
    for (int32_t i = 1; i < token->length - 1; i++) {
        name[length++] = text[i];
        if (text[i] == '`')
            i++;
    }
    name[length] = '\0';
    return name;
}

bool sql_accept_name(sql_parser *p, const char **name) {
    const sql_token *token = sql_now(p);
    if (p->status != RASK_OK || !sql_is_name(token)) {
        sql_expecting(p, identifier_expected);
        return false;
    }
    *name = name_text(p, token);
    if (base_utf8_length(*name, (int64_t)strlen(*name)) > NAME_LENGTH_MAX)
        sql_refuse(p, token,
                   "Length of identifier '%s' must be less than or equal to %d characters", *name,
                   NAME_LENGTH_MAX);
    else
        sql_advance(p);
    return p->status == RASK_OK;
}

const char *sql_expect_name(sql_parser *p) {
    const char *name = "";
    if (!sql_accept_name(p, &name))
        sql_unexpected(p);
    return name;
}

const char **sql_strings(base_arena *arena, const base_list *list) {
    const char **strings = BASE_ARENA_ARRAY(arena, const char *, list->count + 1);
    for (int32_t i = 0; i < list->count; i++)
        strings[i] = list->items[i];
    return strings;
}

const char **sql_expect_path(sql_parser *p, int32_t *count) {
    base_list parts = {0};
    base_list_add(p->home, &parts, (void *)sql_expect_name(p));
    while (sql_is_symbol(p, ".")) {
        if (!sql_is_name(sql_ahead(p, 1))) {
            sql_mismatched(p, true);
            break;
        }
        sql_advance(p);
        base_list_add(p->home, &parts, (void *)sql_expect_name(p));
    }
    *count = parts.count;
    return sql_strings(p->home, &parts);
}

const char *sql_expect_dotted(sql_parser *p) {
    base_strbuf text;
    int32_t count;
    const char **parts = sql_expect_path(p, &count);
    base_strbuf_init(&text, INT32_MAX);
    for (int32_t i = 0; i < count; i++)
        base_strbuf_printf(&text, "%s%s", i > 0 ? "." : "", parts[i]);
    const char *copy = base_arena_strdup(p->arena, text.data);
    base_strbuf_free(&text);
    return copy;
}

void sql_name_list(sql_parser *p, base_list *names) {
    sql_expect_symbol(p, "(");
    do
        base_list_add(p->arena, names, (void *)sql_expect_name(p));
    while (sql_accept_symbol(p, ","));
    sql_expect_symbol(p, ")");
}

bool sql_accept_text(sql_parser *p, const char **text) {
    const sql_token *token = sql_now(p);
    bool is_text = token->kind >= SQL_TOKEN_STRING && token->kind <= SQL_TOKEN_ESCAPED_STRING;
    if (p->status != RASK_OK || !is_text) {
        sql_expecting(p, "<QUOTED_STRING>");
        return false;
    }
    int64_t length;
    *text = sql_token_text(p, token, &length);
    sql_advance(p);
    return p->status == RASK_OK;
}

const char *sql_expect_text(sql_parser *p) {
    const char *text = "";
    if (!sql_accept_text(p, &text))
        sql_unexpected(p);
    return text;
}

int64_t sql_expect_integer(sql_parser *p) {
    const sql_token *token = sql_now(p);
    int64_t value = 0;
    if (p->status != RASK_OK || token->kind != SQL_TOKEN_INTEGER) {
        sql_expecting(p, "<UNSIGNED_INTEGER_LITERAL>");
        sql_unexpected(p);
        return 0;
    }
    for (int32_t i = 0; i < token->length && value <= INT32_MAX; i++)
        value = value * 10 + (text_of(p, token)[i] - '0');
    if (value > INT32_MAX)
        sql_refuse(p, token, "Numeric literal '%.*s' out of range", token->length,
                   text_of(p, token));
    sql_advance(p);
    return value <= INT32_MAX ? value : 0;
}

/* ---- places ---------------------------------------------------------------------------------- */

static expr_place place_of_tokens(const sql_parser *p, int32_t first, int32_t last) {
    const sql_token *start = &p->tokens.items[first];
    expr_place place = {.line = start->line, .column = start->column};
    sql_token_end(&p->tokens, &p->tokens.items[last], &place.end_line, &place.end_column);
    return place;
}

expr_place sql_place_from(const sql_parser *p, int32_t first) {
    if (p->status != RASK_OK)
        return (expr_place){0};
    return place_of_tokens(p, first, p->at > first ? p->at - 1 : first);
}

const expr_place *sql_name_places(const sql_parser *p, base_arena *arena, int32_t first,
                                  int32_t count) {
    if (p->status != RASK_OK || count == 0)
        return NULL;
    expr_place *places = BASE_ARENA_ARRAY(arena, expr_place, count);
    for (int32_t i = 0; i < count; i++)
        places[i] = place_of_tokens(p, first + 2 * i, first + 2 * i);
    return places;
}

const char *sql_source(const sql_parser *p, int32_t first) {
    if (p->status != RASK_OK || p->at <= first)
        return "";
    const sql_token *from = &p->tokens.items[first], *to = &p->tokens.items[p->at - 1];
    return base_arena_strndup(p->arena, text_of(p, from), to->offset + to->length - from->offset);
}

/* ---- errors ---------------------------------------------------------------------------------- */

void sql_stop(sql_parser *p, rask_status status) {
    p->status = status;
    p->at = p->tokens.count - 1;
}

/* A token as it is shown in a message, with the escapes of a Java text. */
static void add_image(const sql_parser *p, const sql_token *token, base_strbuf *out) {
    if (token->kind == SQL_TOKEN_END) {
        base_strbuf_add_text(out, "<EOF>");
        return;
    }
    for (int32_t i = 0; i < token->length; i++) {
        static const char plain[] = "\n\r\t\b\f\"'\\", escaped[] = "nrtbf\"'\\";
        char c = text_of(p, token)[i];
        const char *found = c != '\0' ? strchr(plain, c) : NULL;
        if (found != NULL)
            base_strbuf_add_char(out, '\\');
        base_strbuf_add_char(out, found != NULL ? escaped[found - plain] : c);
    }
}

static void add_expected(const sql_parser *p, base_strbuf *out) {
    base_strbuf_add_text(out, "\nWas expecting one of:");
    for (int32_t i = 0; i < p->expected_count && p->expected_at == p->at; i++) {
        const char *what = p->expected[i];
        bool is_class = what[0] == '<' && what[1] >= 'A';
        base_strbuf_printf(out, is_class ? "\n    %s ..." : "\n    \"%s\" ...", what);
    }
}

static bool name_was_expected(const sql_parser *p) {
    if (p->pair_at == p->at && p->pair_takes_name)
        return true;
    for (int32_t i = 0; i < p->expected_count && p->expected_at == p->at; i++)
        if (strcmp(p->expected[i], identifier_expected) == 0)
            return true;
    return false;
}

/* Reserved and written in capitals, as Flink looks for it. */
static bool is_shouted_keyword(const sql_parser *p, const sql_token *token) {
    if (token->kind != SQL_TOKEN_KEYWORD || !sql_keyword_is_reserved(token->keyword))
        return false;
    return memcmp(text_of(p, token), sql_keyword_name(token->keyword), (size_t)token->length) == 0;
}

static void add_encountered(sql_parser *p, const sql_token *token, int32_t line, int32_t column,
                            base_strbuf *message) {
    bool is_pair = p->pair_at == p->at;
    if (name_was_expected(p) && is_shouted_keyword(p, token)) {
        base_strbuf_printf(message,
                           "SQL parse failed. Incorrect syntax near the keyword '%s' at line %d, "
                           "column %d.",
                           sql_keyword_name(token->keyword), line, column);
        return;
    }
    base_strbuf_add_text(message, token->kind == SQL_TOKEN_END
                                      ? "Encountered \""
                                      : "SQL parse failed. Encountered \"");
    add_image(p, token, message);
    if (is_pair) {
        base_strbuf_add_char(message, ' ');
        add_image(p, sql_ahead(p, 1), message);
    }
    base_strbuf_printf(message, "\" at line %d, column %d.", line, column);
}

void sql_unexpected(sql_parser *p) {
    const sql_token *token = sql_now(p);
    if (p->status != RASK_OK)
        return;
    if (token->kind == SQL_TOKEN_ERROR) {
        rask_error_set_at(p->err, RASK_ERROR_SQL_PARSER, token->line, token->column,
                          "SQL parse failed. Lexical error at line %d, column %d.  %s", token->line,
                          token->column, p->tokens.lexical_error);
        sql_stop(p, RASK_ERROR_SQL_PARSER);
        return;
    }
    int32_t line = token->line, column = token->column;
    base_strbuf message;
    base_strbuf_init(&message, (int64_t)sizeof p->err->message - 1);
    add_encountered(p, token, line, column, &message);
    add_expected(p, &message);
    rask_error_set_at(p->err, RASK_ERROR_SQL_PARSER, line, column, "%s", message.data);
    base_strbuf_free(&message);
    sql_stop(p, RASK_ERROR_SQL_PARSER);
}

void sql_mismatched(sql_parser *p, bool takes_name) {
    p->pair_at = p->at;
    p->pair_takes_name = takes_name;
}

void sql_unexpected_pair(sql_parser *p, int32_t at) {
    if (p->status != RASK_OK)
        return;
    p->at = at;
    sql_mismatched(p, true);
    sql_unexpected(p);
}

/* One failure with a message of the caller's between `prefix` and the end. */
static void fail(rask_error *err, rask_status status, const sql_token *token, const char *prefix,
                 const char *format, va_list args) {
    char message[1024];
    int length = vsnprintf(message, sizeof message, format, args);
    /* What is cut is cut between characters. */
    for (size_t end = sizeof message - 1; length >= (int)sizeof message; end--)
        if (((unsigned char)message[end - 1] & 0xC0) != 0x80) {
            message[end - 1] = '\0';
            break;
        }
    rask_error_set_at(err, status, token->line, token->column, "%s%s", prefix, message);
}

void sql_refuse(sql_parser *p, const sql_token *token, const char *format, ...) {
    va_list args;
    if (p->status != RASK_OK)
        return;
    va_start(args, format);
    fail(p->err, RASK_ERROR_SQL_PARSER, token, "SQL parse failed. ", format, args);
    va_end(args);
    sql_stop(p, RASK_ERROR_SQL_PARSER);
}

static bool is_first_invalid(const sql_parser *p) {
    return p->status == RASK_OK && p->invalid.code == RASK_OK;
}

void sql_reject_as(sql_parser *p, rask_status status, const sql_token *token, const char *format,
                   ...) {
    va_list args;
    if (!is_first_invalid(p))
        return;
    va_start(args, format);
    fail(&p->invalid, status, token, "", format, args);
    va_end(args);
}

void sql_invalid(sql_parser *p, const sql_token *first, const sql_token *last, const char *format,
                 ...) {
    char prefix[160], place[96];
    int32_t line, column;
    va_list args;
    if (!is_first_invalid(p))
        return;
    sql_token_end(&p->tokens, last, &line, &column);
    if (line == first->line && column == first->column)
        snprintf(place, sizeof place, "At line %d, column %d: ", line, column);
    else
        snprintf(place, sizeof place,
                 "From line %d, column %d to line %d, column %d: ", first->line, first->column,
                 line, column);
    snprintf(prefix, sizeof prefix, "%s%s", p->in_statement_body ? "" : "SQL validation failed. ",
             place);
    va_start(args, format);
    fail(&p->invalid, RASK_ERROR_VALIDATION, first, prefix, format, args);
    va_end(args);
}

void sql_unsupported(sql_parser *p, const sql_token *token, const char *what) {
    if (p->status != RASK_OK || p->unsupported != NULL)
        return;
    p->unsupported = what;
    p->unsupported_at = token;
}

bool sql_enter(sql_parser *p) {
    if (p->status != RASK_OK)
        return false;
    if (p->depth >= SQL_DEPTH_MAX) {
        sql_refuse(p, sql_now(p), "The statement is nested more than %d levels deep.",
                   SQL_DEPTH_MAX);
        return false;
    }
    p->depth++;
    return true;
}

void sql_leave(sql_parser *p) {
    p->depth--;
}

void sql_expand(sql_parser *p, int64_t nodes) {
    p->expansion += nodes;
    if (p->expansion > SQL_EXPANSION_MAX)
        sql_refuse(p, sql_now(p), "The statement is too large.");
}
