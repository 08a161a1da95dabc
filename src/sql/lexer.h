/* Text -> tokens, for SQL and for the 1.9 string expressions.
 *
 * The whole text is cut at once, so the parsers may look ahead freely.  A place where no token can
 * start becomes a SQL_TOKEN_ERROR that ends the list: a syntax error in front of it is reported
 * first, as Flink does.  Tokens point into the text; nothing is copied or unescaped here. */
#ifndef SQL_LEXER_H
#define SQL_LEXER_H

#include "base/arena.h"
#include "sql/keywords.h"

typedef enum sql_token_kind {
    SQL_TOKEN_END,
    SQL_TOKEN_ERROR,       /* nothing can start here; the reason is in sql_tokens.lexical_error */
    SQL_TOKEN_NAME,        /* an identifier that is no keyword */
    SQL_TOKEN_QUOTED_NAME, /* `a` */
    SQL_TOKEN_KEYWORD,     /* reserved or not; `keyword` */
    SQL_TOKEN_INTEGER,     /* 12 */
    SQL_TOKEN_DECIMAL,     /* 1.50 */
    SQL_TOKEN_APPROXIMATE, /* 1e3 */
    SQL_TOKEN_STRING,      /* '...' */
    SQL_TOKEN_CHARSET_STRING, /* _utf8'...', N'...' */
    SQL_TOKEN_UNICODE_STRING, /* U&'...' */
    SQL_TOKEN_ESCAPED_STRING, /* E'...' */
    SQL_TOKEN_BINARY_STRING,  /* X'...' */
    SQL_TOKEN_DOUBLE_QUOTED,  /* "..." (string expressions only) */
    SQL_TOKEN_SYMBOL          /* operators and punctuation: compare the text */
} sql_token_kind;

typedef struct sql_token {
    uint8_t kind;
    uint16_t keyword; /* KEYWORD: a sql_keyword */
    int32_t offset, length;
    int32_t line, column; /* 1-based, in characters */
} sql_token;

typedef enum sql_dialect { SQL_DIALECT_SQL, SQL_DIALECT_EXPRESSION } sql_dialect;

typedef struct sql_tokens {
    const char *text;
    int32_t length;   /* of the text */
    sql_token *items; /* the last one is END */
    int32_t count;
    const char *lexical_error; /* message for the ERROR token; NULL without one */
} sql_tokens;

/* Fails only when the text is too long to have 32-bit places. */
rask_status sql_lex(base_arena *arena, const char *text, int64_t length, sql_dialect dialect,
                    sql_tokens *out, rask_error *err);
/* The place of the token's last character. */
void sql_token_end(const sql_tokens *tokens, const sql_token *token, int32_t *line,
                   int32_t *column);

/* SQL_KEYWORD_COUNT when the word (any case) is none. */
sql_keyword sql_keyword_find(const char *word, int64_t length);
const char *sql_keyword_name(sql_keyword keyword);
/* May not be a plain identifier. */
bool sql_keyword_is_reserved(sql_keyword keyword);
/* May be the name of a called function. */
bool sql_keyword_is_function(sql_keyword keyword);

#endif
