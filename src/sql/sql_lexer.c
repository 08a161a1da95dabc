/* Cutting text into tokens by Flink's lexical rules.
 *
 * One pass; a scanner function per kind of token moves `at` past it and says what it was.  Lines
 * and columns are counted while moving, a column being a character (code point). */
#include "sql/lexer.h"

#include <string.h>

#include "base/utf8.h"

typedef struct lexer {
    const char *text;
    int32_t length;
    int32_t at;
    int32_t line, column;
    sql_dialect dialect;
    bool in_hint; /* between the brackets of a hint, where a closing bracket is a token */
    base_arena *arena;
    sql_tokens *out;
    int32_t capacity;
} lexer;

static int peek(const lexer *lex, int32_t ahead) {
    return lex->length - lex->at > ahead ? (unsigned char)lex->text[lex->at + ahead] : -1;
}

/* Moves to byte `to`, counting lines and characters; CR, LF and CR LF each end a line. */
static void move_to(lexer *lex, int32_t to) {
    for (; lex->at < to; lex->at++) {
        unsigned char c = (unsigned char)lex->text[lex->at];
        bool is_line_end = c == '\n' || (c == '\r' && peek(lex, 1) != '\n');
        if (is_line_end) {
            lex->line++;
            lex->column = 1;
        } else if ((c & 0xC0) != 0x80 && c != '\r') {
            lex->column++;
        }
    }
}

/* strchr would find the NUL that ends the set. */
static bool is_in(const char *set, char c) {
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_digit(int c) {
    return c >= '0' && c <= '9';
}

/* First and last code points of what may be in an identifier beyond ASCII. */
static const struct {
    int32_t first, last;
} letters[] = {{0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x1FFF},   {0x3040, 0x318F},
               {0x3300, 0x3D2D}, {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0x10000, 0x10FFFF}};

static bool is_letter_code_point(int32_t code_point) {
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (code_point >= letters[i].first && code_point <= letters[i].last)
            return true;
    return false;
}

/* Bytes of the identifier character at `at`, 0 when it is none. */
static int32_t identifier_width(const lexer *lex, int32_t at, bool is_first) {
    unsigned char c = (unsigned char)lex->text[at];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$')
        return 1;
    if (is_digit(c))
        return is_first ? 0 : 1;
    if (c < 0x80)
        return 0;
    int64_t next = at;
    int32_t code_point = base_utf8_next(lex->text, lex->length, &next);
    return code_point >= 0 && is_letter_code_point(code_point) ? (int32_t)(next - at) : 0;
}

static int32_t identifier_end(const lexer *lex) {
    int32_t end = lex->at, width;
    while (end < lex->length && (width = identifier_width(lex, end, end == lex->at)) > 0)
        end += width;
    return end;
}

/* The byte behind the closing quote of a text that opens at `at`; a doubled quote stands for one.
 * -1 when it never closes. */
static int32_t quoted_end(const lexer *lex, int32_t at) {
    char quote = lex->text[at];
    for (int32_t end = at + 1;;) {
        const char *found =
            end < lex->length ? memchr(lex->text + end, quote, (size_t)(lex->length - end)) : NULL;
        if (found == NULL)
            return -1;
        end = (int32_t)(found - lex->text) + 1;
        if (end >= lex->length || lex->text[end] != quote)
            return end;
        end++;
    }
}

static sql_token *add_token(lexer *lex, sql_token_kind kind, int32_t end) {
    sql_tokens *out = lex->out;
    if (out->count == lex->capacity) {
        int32_t capacity = lex->capacity > 0 ? lex->capacity * 2 : 64;
        sql_token *items = BASE_ARENA_ARRAY(lex->arena, sql_token, capacity);
        if (out->count > 0)
            memcpy(items, out->items, sizeof *items * (size_t)out->count);
        out->items = items;
        lex->capacity = capacity;
    }
    sql_token *token = &out->items[out->count++];
    *token = (sql_token){.kind = (uint8_t)kind,
                         .offset = lex->at,
                         .length = end - lex->at,
                         .line = lex->line,
                         .column = lex->column};
    move_to(lex, end);
    return token;
}

/* ---- what lies between tokens ---------------------------------------------------------------- */

static int32_t line_end(const lexer *lex) {
    int32_t end = lex->at;
    while (end < lex->length && lex->text[end] != '\n' && lex->text[end] != '\r')
        end++;
    return end;
}

static bool is_blank(int c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* False when a comment is left open; `at` is then at the end. */
static bool skip_blanks(lexer *lex) {
    for (;;) {
        int c = peek(lex, 0), next = peek(lex, 1);
        if (is_blank(c)) {
            move_to(lex, lex->at + 1);
        } else if (lex->dialect != SQL_DIALECT_SQL) {
            return true;
        } else if ((c == '-' && next == '-') || (c == '/' && next == '/')) {
            move_to(lex, line_end(lex));
        } else if (c == '/' && next == '*' && peek(lex, 2) != '+') {
            const char *rest = lex->text + lex->at + 2;
            const char *found = memmem(rest, (size_t)(lex->length - lex->at - 2), "*/", 2);
            move_to(lex, found != NULL ? (int32_t)(found - lex->text) + 2 : lex->length);
            if (found == NULL)
                return false;
        } else {
            return true;
        }
    }
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static int32_t digits_end(const lexer *lex, int32_t end) {
    while (end < lex->length && is_digit((unsigned char)lex->text[end]))
        end++;
    return end;
}

/* SQL allows "5." and ".5"; in a string expression "10.rows" is a call on 10, and a letter behind
 * the number may say its type (10L, 1.5f, 1.50p). */
static void scan_number(lexer *lex) {
    sql_token_kind kind = SQL_TOKEN_INTEGER;
    bool is_sql = lex->dialect == SQL_DIALECT_SQL;
    int32_t end = digits_end(lex, lex->at);
    bool has_fraction = end < lex->length && lex->text[end] == '.' &&
                        (is_sql || (end + 1 < lex->length && is_digit(lex->text[end + 1])));
    if (has_fraction) {
        kind = SQL_TOKEN_DECIMAL;
        end = digits_end(lex, end + 1);
    }
    if (end < lex->length && (lex->text[end] | 0x20) == 'e') {
        int32_t digits = end + 1;
        if (digits < lex->length && (lex->text[digits] == '+' || lex->text[digits] == '-'))
            digits++;
        if (digits < lex->length && is_digit(lex->text[digits])) {
            kind = SQL_TOKEN_APPROXIMATE;
            end = digits_end(lex, digits);
        }
    }
    if (!is_sql && end < lex->length && is_in("lLpPfFdD", lex->text[end]))
        end++;
    add_token(lex, kind, end);
}

/* Strings with letters in front: U&'', X'', N'', E'', _charset''.  SQL_TOKEN_END when it is none;
 * `*quote` gets the place of the opening quote. */
static sql_token_kind prefixed_string(const lexer *lex, int32_t *quote) {
    enum { CHARSET_NAME_MAX = 64 };
    int c = peek(lex, 0), next = peek(lex, 1);
    *quote = lex->at + 1;
    if (next == '\'') {
        switch (c | 0x20) {
        case 'x':
            return SQL_TOKEN_BINARY_STRING;
        case 'n':
            return SQL_TOKEN_CHARSET_STRING;
        case 'e':
            return SQL_TOKEN_ESCAPED_STRING;
        default:
            break;
        }
    }
    if ((c | 0x20) == 'u' && next == '&' && peek(lex, 2) == '\'') {
        *quote = lex->at + 2;
        return SQL_TOKEN_UNICODE_STRING;
    }
    if (c != '_')
        return SQL_TOKEN_END;
    int32_t end = lex->at + 1;
    while (end < lex->length && end - lex->at < CHARSET_NAME_MAX &&
           (is_digit(lex->text[end]) || is_in(":._-", lex->text[end]) ||
            ((lex->text[end] | 0x20) >= 'a' && (lex->text[end] | 0x20) <= 'z')))
        end++;
    *quote = end;
    return end < lex->length && end > lex->at + 1 && lex->text[end] == '\''
               ? SQL_TOKEN_CHARSET_STRING
               : SQL_TOKEN_END;
}

static void scan_word(lexer *lex) {
    if (lex->dialect == SQL_DIALECT_SQL) {
        int32_t quote;
        sql_token_kind kind = prefixed_string(lex, &quote);
        int32_t end = kind != SQL_TOKEN_END ? quoted_end(lex, quote) : -1;
        if (end >= 0) {
            add_token(lex, kind, end);
            return;
        }
    }
    int32_t end = identifier_end(lex);
    sql_keyword keyword = lex->dialect == SQL_DIALECT_SQL
                              ? sql_keyword_find(lex->text + lex->at, end - lex->at)
                              : SQL_KEYWORD_COUNT;
    bool is_keyword = keyword != SQL_KEYWORD_COUNT;
    sql_token *token = add_token(lex, is_keyword ? SQL_TOKEN_KEYWORD : SQL_TOKEN_NAME, end);
    token->keyword = (uint16_t)keyword;
}

/* Longest first. */
static const char *const sql_symbols[] = {
    "/*+", "<=", ">=", "<>", "!=", "||", "=>", "(", ")", "{", "}", "[", "]", ";",  ".",
    ",",   "=",  ">",  "<",  "?",  ":",  "+",  "-", "*", "/", "%", "|", "^", "\"", "'"};
static const char *const expression_symbols[] = {"===", "!==", "==", "!=", "<>", ">=", "<=", "&&",
                                                 "||",  "!",   "?",  "(",  ")",  ",",  ".",  "+",
                                                 "-",   "*",   "/",  "%",  "=",  ">",  "<"};

static int32_t symbol_length(const lexer *lex) {
    bool is_sql = lex->dialect == SQL_DIALECT_SQL;
    const char *const *symbols = is_sql ? sql_symbols : expression_symbols;
    size_t count = is_sql ? sizeof sql_symbols / sizeof *sql_symbols
                          : sizeof expression_symbols / sizeof *expression_symbols;
    if (lex->in_hint && peek(lex, 0) == '*' && peek(lex, 1) == '/')
        return 2;
    for (size_t i = 0; i < count; i++) {
        int32_t length = (int32_t)strlen(symbols[i]);
        if (lex->length - lex->at >= length &&
            memcmp(lex->text + lex->at, symbols[i], (size_t)length) == 0)
            return length;
    }
    return 0;
}

/* Ends the list: no token can start with `after`, the character behind it being the culprit. */
static void fail(lexer *lex, int32_t after) {
    const char *before = base_arena_strndup(lex->arena, lex->text + lex->at, after);
    lexer probe = *lex;
    move_to(&probe, lex->at + after);
    int64_t next = probe.at;
    if (probe.at >= lex->length) {
        lex->out->lexical_error =
            base_arena_printf(lex->arena, "Encountered: <EOF> after : \"%s\"", before);
    } else {
        int32_t code_point = base_utf8_next(lex->text, lex->length, &next);
        if (code_point < 0)
            code_point = 0xFFFD;
        char shown[8] = {0};
        base_utf8_put(code_point, shown);
        lex->out->lexical_error = base_arena_printf(
            lex->arena, "Encountered: \"%s\" (%d), after : \"%s\"", shown, code_point, before);
    }
    move_to(lex, probe.at);
    add_token(lex, SQL_TOKEN_ERROR, lex->at);
}

/* False when nothing can start here: the list has ended with an error token. */
static bool scan_token(lexer *lex) {
    int c = peek(lex, 0);
    bool is_sql = lex->dialect == SQL_DIALECT_SQL;
    if (is_digit(c) || (c == '.' && is_digit(peek(lex, 1)))) {
        scan_number(lex);
        return true;
    }
    if (identifier_width(lex, lex->at, true) > 0) {
        scan_word(lex);
        return true;
    }
    if (c == '\'' || (c == '"' && !is_sql) || (c == '`' && is_sql)) {
        int32_t end = quoted_end(lex, lex->at);
        if (end >= 0) {
            add_token(lex,
                      c == '\''  ? SQL_TOKEN_STRING
                      : c == '"' ? SQL_TOKEN_DOUBLE_QUOTED
                                 : SQL_TOKEN_QUOTED_NAME,
                      end);
            return true;
        }
        if (c != '\'' || !is_sql) {
            fail(lex, lex->length - lex->at);
            return false;
        }
    }
    int32_t length = symbol_length(lex);
    if (length == 0) {
        fail(lex, c == '!' ? 1 : 0);
        return false;
    }
    const sql_token *token = add_token(lex, SQL_TOKEN_SYMBOL, lex->at + length);
    if (length == 3 && is_sql)
        lex->in_hint = true;
    else if (length == 2 && lex->text[token->offset] == '*')
        lex->in_hint = false;
    return true;
}

/* The end is reported where the last character of the text is; an empty text has none. */
static void add_end(lexer *lex) {
    const sql_token *last = lex->out->count > 0 ? &lex->out->items[lex->out->count - 1] : NULL;
    int32_t end = lex->length - 1;
    while (end > 0 && ((unsigned char)lex->text[end] & 0xC0) == 0x80)
        end--;
    lexer place = *lex;
    place.at = last != NULL ? last->offset : 0;
    place.line = last != NULL ? last->line : 1;
    place.column = last != NULL ? last->column : 1;
    move_to(&place, end);
    lex->at = lex->length;
    lex->line = lex->length > 0 ? place.line : 0;
    lex->column = lex->length > 0 ? place.column : 0;
    add_token(lex, SQL_TOKEN_END, lex->length);
}

rask_status sql_lex(base_arena *arena, const char *text, int64_t length, sql_dialect dialect,
                    sql_tokens *out, rask_error *err) {
    if (length >= INT32_MAX)
        return rask_error_set(err, RASK_ERROR_SQL_PARSER,
                              "SQL parse failed. The text is longer than 2 GiB.");
    *out = (sql_tokens){.text = text, .length = (int32_t)length};
    lexer lex = {.text = text,
                 .length = (int32_t)length,
                 .line = 1,
                 .column = 1,
                 .dialect = dialect,
                 .arena = arena,
                 .out = out};
    for (;;) {
        if (!skip_blanks(&lex)) {
            fail(&lex, 0);
            break;
        }
        if (lex.at >= lex.length || !scan_token(&lex))
            break;
    }
    add_end(&lex);
    return RASK_OK;
}

void sql_token_end(const sql_tokens *tokens, const sql_token *token, int32_t *line,
                   int32_t *column) {
    lexer lex = {.text = tokens->text,
                 .length = token->offset + token->length,
                 .at = token->offset,
                 .line = token->line,
                 .column = token->column};
    /* Up to the start of the last character: a token never ends inside one. */
    int32_t last = lex.length - 1;
    while (last > token->offset && ((unsigned char)lex.text[last] & 0xC0) == 0x80)
        last--;
    move_to(&lex, token->length > 0 ? last : token->offset);
    *line = lex.line;
    *column = lex.column;
}
