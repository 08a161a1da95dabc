/* SIMILAR TO: SQL's regular expressions, written as Java's by Flink's rules.
 *
 * '_' is Java's '.', '%' any text; '[[:ALPHA:]]' and its kin are named classes; '.', '&' and what
 * else Java knows keep Java's meaning, since Flink passes them on. */
#include <string.h>

#include "base/utf8.h"
#include "func/pattern.h"
#include "func/table.h"

static const char sql_specials[] = "[]()|^-+*_%?{}";
static const char java_specials[] = "[]()|^-+*?{}$\\.";

static bool is_one_of(const char *set, char c) {
    return c != '\0' && strchr(set, c) != NULL;
}

/* A pattern being rewritten; the escape is one character, of one byte or more. */
typedef struct rewriting {
    const char *text;
    int64_t size, at;
    const char *escape; /* NULL = none */
    int64_t escape_size;
    base_strbuf *out;
} rewriting;

static int64_t position(const rewriting *w, int64_t at) {
    return base_utf8_length(w->text, at);
}

static rask_status bad_escape(const rewriting *w, int64_t at, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_VALIDATION, "Invalid escape sequence '%.*s', %lld",
                          (int)w->size, w->text, at < 0 ? -1 : (long long)position(w, at));
}

static rask_status bad_pattern(const rewriting *w, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_RUNTIME, "Invalid regular expression '%.*s'",
                          (int)w->size, w->text);
}

static bool at_escape(const rewriting *w, int64_t at) {
    return w->escape != NULL && w->size - at >= w->escape_size &&
           memcmp(w->text + at, w->escape, (size_t)w->escape_size) == 0;
}

/* What follows an escape character, which is skipped: a special character or the escape itself. */
static rask_status escaped(rewriting *w, bool in_class, rask_error *err) {
    int64_t start = w->at;
    w->at += w->escape_size;
    if (w->at < w->size && is_one_of(sql_specials, w->text[w->at])) {
        if (is_one_of(java_specials, w->text[w->at]))
            base_strbuf_add_char(w->out, '\\');
        base_strbuf_add_char(w->out, w->text[w->at++]);
        return RASK_OK;
    }
    if (!at_escape(w, w->at))
        return in_class && w->at < w->size ? bad_pattern(w, err) : bad_escape(w, start, err);
    base_strbuf_add(w->out, w->escape, w->escape_size);
    w->at += w->escape_size;
    return RASK_OK;
}

/* [:ALPHA:] and its kin; false where none stands here. */
static bool named_class(rewriting *w) {
    static const struct {
        const char *name, *java;
    } known[] = {
        {"[:ALPHA:]", "\\p{Alpha}"}, {"[:alpha:]", "\\p{Alpha}"}, {"[:UPPER:]", "\\p{Upper}"},
        {"[:upper:]", "\\p{Upper}"}, {"[:LOWER:]", "\\p{Lower}"}, {"[:lower:]", "\\p{Lower}"},
        {"[:DIGIT:]", "\\d"},        {"[:digit:]", "\\d"},        {"[:SPACE:]", " "},
        {"[:space:]", " "},          {"[:WHITESPACE:]", "\\s"},   {"[:whitespace:]", "\\s"},
        {"[:ALNUM:]", "\\p{Alnum}"}, {"[:alnum:]", "\\p{Alnum}"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        int64_t length = (int64_t)strlen(known[i].name);
        if (w->size - w->at >= length &&
            memcmp(w->text + w->at, known[i].name, (size_t)length) == 0) {
            base_strbuf_add_text(w->out, known[i].java);
            w->at += length;
            return true;
        }
    }
    return false;
}

/* Behind '[', up to the ']'. */
static rask_status class_items(rewriting *w, rask_error *err) {
    while (w->at < w->size && w->text[w->at] != ']') {
        char c = w->text[w->at];
        if (at_escape(w, w->at)) {
            RASK_TRY(escaped(w, true, err));
        } else if (c == '[' && w->at + 1 < w->size && w->text[w->at + 1] == ':') {
            if (!named_class(w))
                return bad_pattern(w, err);
        } else if (c != '-' && c != '^' && is_one_of(sql_specials, c)) {
            return bad_pattern(w, err);
        } else {
            base_strbuf_add_char(w->out, c);
            w->at++;
        }
    }
    if (w->at == w->size)
        return bad_pattern(w, err);
    w->at++;
    base_strbuf_add_char(w->out, ']');
    return RASK_OK;
}

/* The rules for escape characters that mean something themselves. */
static rask_status check_escapes(const rewriting *w, rask_error *err) {
    if (w->escape == NULL || w->escape_size != 1)
        return RASK_OK;
    if (is_one_of(sql_specials, *w->escape)) {
        for (int64_t i = 0; i < w->size; i++) {
            if (w->text[i] != *w->escape)
                continue;
            if (i + 1 == w->size ||
                (!is_one_of(sql_specials, w->text[i + 1]) && w->text[i + 1] != *w->escape))
                return bad_escape(w, i, err);
        }
    }
    if (*w->escape == ':' && (memmem(w->text, (size_t)w->size, "[:", 2) == NULL ||
                              memmem(w->text, (size_t)w->size, ":]", 2) == NULL))
        return bad_escape(w, -1, err);
    return RASK_OK;
}

static rask_status one_item(rewriting *w, rask_error *err) {
    char c = w->text[w->at];
    if (at_escape(w, w->at))
        return escaped(w, false, err);
    w->at++;
    switch (c) {
    case '_':
        base_strbuf_add_char(w->out, '.');
        return RASK_OK;
    case '%':
        base_strbuf_add_text(w->out, "(?s:.*)");
        return RASK_OK;
    case '[':
        base_strbuf_add_char(w->out, '[');
        return class_items(w, err);
    case ']':
        return bad_pattern(w, err);
    case '\\':
    case '$':
        base_strbuf_add_char(w->out, '\\');
        break;
    default:
        break;
    }
    base_strbuf_add_char(w->out, c);
    return RASK_OK;
}

static rask_status write_java(const data_string *text, const data_string *escape, base_strbuf *out,
                              rask_error *err) {
    rewriting w = {.text = data_string_bytes(text), .size = text->length, .out = out};
    if (escape != NULL) {
        w.escape = data_string_bytes(escape);
        w.escape_size = escape->length;
        if (base_utf8_length(w.escape, w.escape_size) != 1)
            return rask_error_set(err, RASK_ERROR_VALIDATION, "Invalid escape character '%.*s'",
                                  (int)w.escape_size, w.escape);
    }
    RASK_TRY(check_escapes(&w, err));
    while (w.at < w.size)
        RASK_TRY(one_item(&w, err));
    return RASK_OK;
}

static rask_status similar_to(func_call *call, rask_error *err) {
    func_patterns patterns;
    rask_status status = RASK_OK;
    uint8_t *out = call->result->values;
    func_patterns_begin(&patterns, call, 1);
    patterns.writer = write_java;
    patterns.escape_arg = call->arg_count > 2 ? 2 : -1;
    FUNC_EACH_LIVE_ROW(call, row) {
        const base_regex *regex;
        bool found;
        RASK_TRY_OUT(status, func_patterns_at(&patterns, row, &regex, err));
        RASK_TRY_OUT(status, func_patterns_find(&patterns, regex, row, func_arg_text(call, 0, row),
                                                0, &found, err));
        out[row] = found;
    }
out:
    func_patterns_end(&patterns);
    return status;
}

#define SIMILAR(signature, unparsed)                                                               \
    .name = "SIMILAR TO", .sig = signature, .kernel = similar_to, .cost = 100,                     \
    .flags = FUNC_TAKES_CONSTANT | FUNC_CAN_FAIL, .category = "comparison", .sql = unparsed

static const func_row rows[] = {
    {SIMILAR("(STRING, STRING) -> BOOLEAN", "%1 SIMILAR TO %2"), .api = "similar",
     .forms = "'SIMILAR TO(<STRING>, <STRING>, <STRING>)'", .shown = "SIMILAR TO(%1, %2)",
     .doc = "Whether the whole text matches a regular expression of SQL.",
     .example = "'abbbc' SIMILAR TO 'ab+c'", .result = "TRUE"},
    {SIMILAR("(STRING, STRING, STRING) -> BOOLEAN", "%1 SIMILAR TO %2 ESCAPE %3"),
     .doc = "The same with an escape character.", .example = "'a_c' SIMILAR TO 'a!_c' ESCAPE '!'",
     .result = "TRUE"},
};
FUNC_FAMILY(func_similar_family, rows);
