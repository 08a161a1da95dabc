/* Character literals: quotes, doubled quotes, prefixes and escapes undone.
 *
 *   'it''s'    _utf8'x'  N'x'      U&'\0041'  U&'!0041' UESCAPE '!'      E'a\n\x41\u00e9'      */
#include <string.h>

#include "base/utf8.h"
#include "sql/parser.h"

typedef struct unescape {
    sql_parser *parser;
    const sql_token *token;
    const char *at, *end; /* what is left to read */
    char *out;
    int64_t length;
} unescape;

static int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly `digits` hexadecimal digits, or -1 (nothing is read then). */
static int32_t read_hex(unescape *u, int32_t digits) {
    int32_t value = 0;
    if (u->end - u->at < digits)
        return -1;
    for (int32_t i = 0; i < digits; i++) {
        int digit = hex_value(u->at[i]);
        if (digit < 0)
            return -1;
        value = (int32_t)((uint32_t)value << 4 | (uint32_t)digit);
    }
    u->at += digits;
    return value;
}

static bool is_high_surrogate(int32_t unit) {
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low_surrogate(int32_t unit) {
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* A surrogate without its partner cannot be written in UTF-8: Java prints it as '?'. */
static void put(unescape *u, int32_t code_point) {
    bool is_writable = code_point >= 0 && code_point <= 0x10FFFF &&
                       !is_high_surrogate(code_point) && !is_low_surrogate(code_point);
    u->length += base_utf8_put(is_writable ? code_point : '?', u->out + u->length);
}

/* Four digits behind an escape of `lead` bytes; a pair of surrogates is one character. */
static bool put_utf16(unescape *u, const char *escape, int32_t escape_length) {
    int32_t unit = read_hex(u, 4);
    if (unit < 0)
        return false;
    const char *behind = u->at;
    if (is_high_surrogate(unit) && u->end - u->at > escape_length &&
        memcmp(u->at, escape, (size_t)escape_length) == 0) {
        u->at += escape_length;
        int32_t low = read_hex(u, 4);
        if (is_low_surrogate(low))
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        else
            u->at = behind;
    }
    put(u, unit);
    return true;
}

/* U&'...': the escape character doubled stands for itself. */
static void unescape_unicode(unescape *u, char escape) {
    const char *start = u->at;
    while (u->at < u->end) {
        if (*u->at != escape) {
            u->out[u->length++] = *u->at++;
        } else if (u->end - u->at > 1 && u->at[1] == escape) {
            u->out[u->length++] = escape;
            u->at += 2;
        } else {
            int32_t place = (int32_t)base_utf8_length(start, u->at - start);
            u->at++;
            if (!put_utf16(u, &escape, 1)) {
                sql_refuse(u->parser, u->token,
                           "Unicode escape sequence starting at character %d is not exactly four "
                           "hex digits",
                           place);
                return;
            }
        }
    }
}

static bool put_octal(unescape *u) {
    int32_t value = 0, digits = 0;
    for (; digits < 3 && u->at < u->end && *u->at >= '0' && *u->at <= '7'; digits++)
        value = value * 8 + (*u->at++ - '0');
    if (digits > 0)
        put(u, value);
    return digits > 0;
}

/* E'...': an escape that means nothing stays as it is. */
static void unescape_c_style(unescape *u) {
    static const char letters[] = "bfnrt\\'\"", meanings[] = "\b\f\n\r\t\\'\"";
    while (u->at < u->end) {
        char c = *u->at++;
        if (c != '\\' || u->at == u->end) {
            u->out[u->length++] = c;
            continue;
        }
        const char *found = strchr(letters, *u->at);
        int32_t code_point = -1;
        if (found != NULL && *found != '\0') {
            u->at++;
            code_point = meanings[found - letters];
        } else if (*u->at == 'x' || *u->at == 'u' || *u->at == 'U') {
            int32_t digits = *u->at == 'x' ? 2 : *u->at == 'u' ? 4 : 8;
            u->at++;
            if (digits == 4 && put_utf16(u, "\\u", 2))
                continue;
            code_point = digits == 4 ? -1 : read_hex(u, digits);
            if (code_point < 0)
                u->at--;
        } else if (put_octal(u)) {
            continue;
        }
        if (code_point >= 0)
            put(u, code_point);
        else
            u->out[u->length++] = '\\';
    }
}

/* Doubled quotes become one. */
static void undouble(unescape *u, char quote) {
    while (u->at < u->end) {
        u->out[u->length++] = *u->at;
        u->at += *u->at == quote ? 2 : 1;
    }
}

static void check_charset(sql_parser *p, const sql_token *token, const char *text,
                          int64_t name_length) {
    static const char *const known[] = {"UTF8",       "UTF-8",    "UTF16",  "UTF-16", "UTF-16LE",
                                        "UTF-16BE",   "UTF32",    "UTF-32", "LATIN1", "ISO-8859-1",
                                        "ISO_8859_1", "US-ASCII", "ASCII",  "GBK",    "BIG5"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i]) == (size_t)name_length &&
            strncasecmp(text, known[i], (size_t)name_length) == 0)
            return;
    sql_refuse(p, token, "Unknown character set '%.*s'", (int)name_length, text);
}

/* UESCAPE 'x' stands behind the literal it is about; the cursor is on that literal. */
static char unicode_escape(sql_parser *p, const sql_token *token) {
    const sql_token *word = token + 1;
    if (token->kind != SQL_TOKEN_UNICODE_STRING || !sql_token_is(p, word, KW_UESCAPE))
        return '\\';
    const sql_token *escape = token + 2;
    if (escape->kind != SQL_TOKEN_STRING || escape->length != 3) {
        sql_refuse(p, escape, "UESCAPE must be a single character");
        return '\\';
    }
    return p->tokens.text[escape->offset + 1];
}

const char *sql_token_text(sql_parser *p, const sql_token *token, int64_t *length) {
    const char *text = p->tokens.text + token->offset;
    char quote = text[token->length - 1];
    int64_t prefix = (const char *)memchr(text, quote, (size_t)token->length) - text;
    unescape u = {.parser = p,
                  .token = token,
                  .at = text + prefix + 1,
                  .end = text + token->length - 1,
                  .out = base_arena_alloc(p->arena, token->length + 1)};
    if (token->kind == SQL_TOKEN_CHARSET_STRING && *text == '_')
        check_charset(p, token, text + 1, prefix - 1);
    undouble(&u, quote);
    if (token->kind == SQL_TOKEN_UNICODE_STRING || token->kind == SQL_TOKEN_ESCAPED_STRING) {
        /* In place: what is written is never longer than what was read. */
        u.at = u.out;
        u.end = u.out + u.length;
        u.length = 0;
        if (token->kind == SQL_TOKEN_UNICODE_STRING)
            unescape_unicode(&u, unicode_escape(p, token));
        else
            unescape_c_style(&u);
    }
    u.out[u.length] = '\0';
    *length = u.length;
    return u.out;
}
