/* Splitting a script into statements at its semicolons.
 *
 * The lexer decides what a semicolon is; EXECUTE STATEMENT SET BEGIN ... END keeps its own, as do
 * EXPLAIN and COMPILE PLAN of one.  (BEGIN STATEMENT SET; ends where it says.) */
#include <string.h>

#include "base/utf8.h"
#include "sql/parser.h"

static bool is_keyword(const sql_token *token, sql_keyword keyword) {
    return token->kind == SQL_TOKEN_KEYWORD && token->keyword == keyword;
}

static bool is_semicolon(const sql_tokens *tokens, const sql_token *token) {
    return token->kind == SQL_TOKEN_SYMBOL && token->length == 1 &&
           tokens->text[token->offset] == ';';
}

/* "STATEMENT SET BEGIN" ends just in front of `token`. */
static bool opens_block(const sql_token *start, const sql_token *token) {
    return token - start >= 3 && is_keyword(token - 1, KW_BEGIN) && is_keyword(token - 2, KW_SET) &&
           is_keyword(token - 3, KW_STATEMENT);
}

/* The token behind the statement that begins at `start`: its semicolon, or the end. */
static const sql_token *statement_end(const sql_tokens *tokens, const sql_token *start) {
    bool in_block = false;
    const sql_token *token = start;
    for (; token->kind != SQL_TOKEN_END; token++) {
        in_block |= opens_block(start, token);
        /* END closes a block only behind a semicolon; elsewhere it belongs to a CASE. */
        if (in_block && is_keyword(token, KW_END) && is_semicolon(tokens, token - 1))
            in_block = false;
        if (!in_block && is_semicolon(tokens, token))
            break;
    }
    return token;
}

/* What cannot be cut into tokens belongs to the last statement, whose parser then says why. */
static int32_t text_end(const sql_token *start, const sql_token *end, int64_t length) {
    const sql_token *last = end - 1;
    return end->kind == SQL_TOKEN_END && end > start && last->kind == SQL_TOKEN_ERROR
               ? (int32_t)length
               : last->offset + last->length;
}

rask_status sql_split_script(const char *text, int64_t length,
                             rask_status (*emit)(void *context, const char *statement,
                                                 int64_t length, int32_t line, rask_error *err),
                             void *context, rask_error *err) {
    base_arena *arena = base_arena_new();
    sql_tokens tokens;
    rask_status status = RASK_OK;
    if (!base_utf8_is_valid(text, length))
        status = rask_error_set(err, RASK_ERROR_SQL_PARSER, "The script is not valid UTF-8.");
    if (status == RASK_OK)
        status = sql_lex(arena, text, length, SQL_DIALECT_SQL, &tokens, err);
    int32_t after = 0; /* the statement in front of this one */
    const sql_token *start = status == RASK_OK ? tokens.items : NULL;
    while (status == RASK_OK && start->kind != SQL_TOKEN_END) {
        const sql_token *end = statement_end(&tokens, start);
        if (end > start) {
            bool is_error = start->kind == SQL_TOKEN_ERROR;
            int32_t from = is_error ? after : start->offset;
            int32_t to = text_end(start, end, length);
            status = emit(context, text + from, to - from, start->line, err);
        }
        after = end->offset + end->length;
        start = is_semicolon(&tokens, end) ? end + 1 : end;
    }
    base_arena_free(arena);
    return status;
}
