/* Finding and replacing: POSITION, LOCATE, INSTR, STARTSWITH, ENDSWITH, REPLACE, TRANSLATE.
 *
 * Positions count characters from 1; 0 means not found. */
#include <string.h>

#include "base/utf8.h"
#include "func/kernel.h"
#include "func/table.h"

/* ---- places ---------------------------------------------------------------------------------- */

static int64_t find(const data_string *s, int64_t from, const data_string *what) {
    const char *bytes = data_string_bytes(s);
    if (what->length > s->length - from)
        return -1;
    const char *at =
        memmem(bytes + from, (size_t)(s->length - from), data_string_bytes(what), what->length);
    return at == NULL ? -1 : at - bytes;
}

/* The last place that starts at or before byte `from`. */
static int64_t find_backwards(const data_string *s, int64_t from, const data_string *what) {
    const char *bytes = data_string_bytes(s), *wanted = data_string_bytes(what);
    if (from > (int64_t)s->length - what->length)
        from = (int64_t)s->length - what->length;
    for (int64_t at = from; at >= 0; at--)
        if (memcmp(bytes + at, wanted, what->length) == 0)
            return at;
    return -1;
}

static int32_t character_number(const data_string *s, int64_t offset) {
    return offset < 0 ? 0 : (int32_t)base_utf8_length(data_string_bytes(s), offset) + 1;
}

/* Where `what` is from the 1-based character `start` on; an empty text is found at 1. */
static int32_t position_of(const data_string *s, const data_string *what, int32_t start) {
    if (what->length == 0)
        return 1;
    int64_t from =
        start <= 1 ? 0 : base_utf8_offset(data_string_bytes(s), s->length, (int64_t)start - 1);
    return character_number(s, find(s, from, what));
}

/* The `nth` place; a negative start counts from the end and searches backwards, a start of 0 finds
 * nothing. */
static int32_t nth_position(const data_string *s, const data_string *what, int32_t start,
                            int32_t nth) {
    const char *bytes = data_string_bytes(s);
    if (start == 0 || nth < 1)
        return 0;
    if (what->length == 0)
        return 1;
    bool backwards = start < 0;
    int64_t total = base_utf8_length(bytes, s->length);
    int64_t first = backwards ? total + start : (int64_t)start - 1;
    if (first < 0)
        return 0;
    int64_t at = base_utf8_offset(bytes, s->length, first);
    at = backwards ? find_backwards(s, at, what) : find(s, at, what);
    while (--nth > 0 && at >= 0)
        at = backwards ? find_backwards(s, at - 1, what) : find(s, at + 1, what);
    return character_number(s, at);
}

/* POSITION(what IN text [FROM start]) and LOCATE(what, text [, start]). */
static rask_status locate(func_call *call, rask_error *err) {
    int32_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        int32_t start = call->arg_count > 2 ? func_arg_i32(call, 2, row) : 1;
        out[row] = position_of(func_arg_text(call, 1, row), func_arg_text(call, 0, row), start);
    }
    return RASK_OK;
}

/* INSTR(text, what [, start [, nth]]) */
static rask_status instr(func_call *call, rask_error *err) {
    int32_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        int32_t start = call->arg_count > 2 ? func_arg_i32(call, 2, row) : 1;
        int32_t nth = call->arg_count > 3 ? func_arg_i32(call, 3, row) : 1;
        out[row] =
            nth_position(func_arg_text(call, 0, row), func_arg_text(call, 1, row), start, nth);
    }
    return RASK_OK;
}

/* ---- prefix and suffix, of text or bytes ----------------------------------------------------- */

static rask_status starts_with(func_call *call, rask_error *err) {
    uint8_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = func_arg_text(call, 0, row), *head = func_arg_text(call, 1, row);
        out[row] = head->length <= s->length &&
                   memcmp(data_string_bytes(s), data_string_bytes(head), head->length) == 0;
    }
    return RASK_OK;
}

static rask_status ends_with(func_call *call, rask_error *err) {
    uint8_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = func_arg_text(call, 0, row), *tail = func_arg_text(call, 1, row);
        out[row] =
            tail->length <= s->length && memcmp(data_string_bytes(s) + s->length - tail->length,
                                                data_string_bytes(tail), tail->length) == 0;
    }
    return RASK_OK;
}

/* ---- REPLACE and TRANSLATE ------------------------------------------------------------------- */

/* An empty text to look for is found around every character. */
static rask_status replace_between(func_text *text, const data_string *s, const data_string *by,
                                   rask_error *err) {
    const char *bytes = data_string_bytes(s);
    RASK_TRY(func_text_add(text, data_string_bytes(by), by->length, err));
    for (int64_t offset = 0; offset < s->length;) {
        int64_t start = offset;
        base_utf8_next(bytes, s->length, &offset);
        RASK_TRY(func_text_add(text, bytes + start, offset - start, err));
        RASK_TRY(func_text_add(text, data_string_bytes(by), by->length, err));
    }
    return RASK_OK;
}

static rask_status replace_row(func_text *text, const data_string *s, const data_string *what,
                               const data_string *by, rask_error *err) {
    const char *bytes = data_string_bytes(s);
    int64_t from = 0, at;
    if (what->length == 0)
        return replace_between(text, s, by, err);
    while ((at = find(s, from, what)) >= 0) {
        RASK_TRY(func_text_add(text, bytes + from, at - from, err));
        RASK_TRY(func_text_add(text, data_string_bytes(by), by->length, err));
        from = at + what->length;
    }
    return func_text_add(text, bytes + from, s->length - from, err);
}

static rask_status replace(func_call *call, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        RASK_TRY_OUT(status,
                     replace_row(&text, func_arg_text(call, 0, row), func_arg_text(call, 1, row),
                                 func_arg_text(call, 2, row), err));
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

/* The character with the number of `character` in `from`: its bytes in `to`, none where `to` is
 * shorter.  False where `from` does not have it. */
static bool translated(const char *character, int64_t size, const data_string *from,
                       const data_string *to, const char **out, int64_t *out_size) {
    const char *from_bytes = data_string_bytes(from), *to_bytes = data_string_bytes(to);
    int64_t to_offset = 0;
    for (int64_t offset = 0; offset < from->length;) {
        int64_t start = offset, to_start = to_offset;
        base_utf8_next(from_bytes, from->length, &offset);
        if (to_offset < to->length)
            base_utf8_next(to_bytes, to->length, &to_offset);
        if (offset - start != size || memcmp(from_bytes + start, character, (size_t)size) != 0)
            continue;
        *out = to_bytes + to_start;
        *out_size = to_offset - to_start;
        return true;
    }
    return false;
}

static rask_status translate_row(func_text *text, const data_string *s, const data_string *from,
                                 const data_string *to, rask_error *err) {
    const char *bytes = data_string_bytes(s);
    for (int64_t offset = 0; offset < s->length;) {
        const char *by = bytes + offset;
        int64_t start = offset, size;
        base_utf8_next(bytes, s->length, &offset);
        if (!translated(bytes + start, offset - start, from, to, &by, &size))
            size = offset - start;
        RASK_TRY(func_text_add(text, by, size, err));
    }
    return RASK_OK;
}

static rask_status translate(func_call *call, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        RASK_TRY_OUT(status,
                     translate_row(&text, func_arg_text(call, 0, row), func_arg_text(call, 1, row),
                                   func_arg_text(call, 2, row), err));
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define ROW(function_name, signature, function)                                                    \
    .name = function_name, .sig = signature, .flags = FUNC_TAKES_CONSTANT | FUNC_TAKES_DICTIONARY, \
    .kernel = function, .category = "string", .cost = 20

#define POSITION_FORMS                                                                             \
    "'POSITION(<STRING> IN <STRING>)'\n'POSITION(<STRING> IN <STRING> FROM <INTEGER>)'"
#define LOCATE_FORMS                                                                               \
    "'LOCATE(<CHARACTER>, <CHARACTER>)'\n'LOCATE(<CHARACTER>, <CHARACTER>, <INTEGER>)'"
#define INSTR_FORMS                                                                                \
    "'INSTR(<CHARACTER>, <CHARACTER>)'\n'INSTR(<CHARACTER>, <CHARACTER>, <INTEGER>)'\n"            \
    "'INSTR(<CHARACTER>, <CHARACTER>, <INTEGER>, <INTEGER>)'"
#define STARTSWITH_FORMS                                                                           \
    "STARTSWITH(expr <CHARACTER_STRING>, startExpr <CHARACTER_STRING>)\n"                          \
    "STARTSWITH(expr <BINARY_STRING>, startExpr <BINARY_STRING>)"
#define ENDSWITH_FORMS                                                                             \
    "ENDSWITH(expr <CHARACTER_STRING>, endExpr <CHARACTER_STRING>)\n"                              \
    "ENDSWITH(expr <BINARY_STRING>, endExpr <BINARY_STRING>)"
#define TRANSLATE_FORMS                                                                            \
    "TRANSLATE3(expr <CHARACTER_STRING>, fromStr <CHARACTER_STRING>, toStr <CHARACTER_STRING>)"

static const func_row rows[] = {
    {ROW("POSITION", "(STRING, STRING) -> INT", locate), .api = "position",
     .sql = "POSITION(%1 IN %2)", .forms = POSITION_FORMS,
     .doc = "The 1-based place of the first text in the second; 0 where it is not there.",
     .example = "POSITION('b' IN 'abc')", .result = "2"},
    {ROW("POSITION", "(STRING, STRING, INT) -> INT", locate), .sql = "POSITION(%1 IN %2 FROM %3)",
     .forms = POSITION_FORMS, .doc = "The same from a 1-based place on.",
     .example = "POSITION('c' IN 'abcabc' FROM 4)", .result = "6"},
    {ROW("LOCATE", "(STRING, STRING) -> INT", locate), .api = "locate", .forms = LOCATE_FORMS,
     .doc = "The 1-based place of the first text in the second; 0 where it is not there.",
     .example = "LOCATE('b', 'abcb')", .result = "2"},
    {ROW("LOCATE", "(STRING, STRING, INT) -> INT", locate),
     .doc = "The same from a 1-based place on.", .example = "LOCATE('b', 'abcb', 3)",
     .result = "4"},
    {ROW("INSTR", "(STRING, STRING) -> INT", instr), .api = "instr", .forms = INSTR_FORMS,
     .doc = "The 1-based place of the second text in the first; 0 where it is not there.",
     .example = "INSTR('abcb', 'b')", .result = "2"},
    {ROW("INSTR", "(STRING, STRING, INT) -> INT", instr),
     .doc = "The same from a place on; from a negative one backwards from the end.",
     .example = "INSTR('abcb', 'b', -1)", .result = "4"},
    {ROW("INSTR", "(STRING, STRING, INT, INT) -> INT", instr), .doc = "The n-th such place.",
     .example = "INSTR('Corporate Floor', 'or', 3, 2)", .result = "14"},
    {ROW("STARTSWITH", "(STRING, STRING) -> BOOLEAN", starts_with), .api = "starts_with",
     .forms = STARTSWITH_FORMS, .doc = "Whether the first argument begins with the second.",
     .example = "STARTSWITH('abc', 'ab')", .result = "TRUE"},
    {ROW("STARTSWITH", "(BINARY, BINARY) -> BOOLEAN", starts_with),
     .doc = "Whether the first argument begins with the second.",
     .example = "STARTSWITH(X'0102', X'01')", .result = "TRUE"},
    {ROW("ENDSWITH", "(STRING, STRING) -> BOOLEAN", ends_with), .api = "ends_with",
     .forms = ENDSWITH_FORMS, .doc = "Whether the first argument ends in the second.",
     .example = "ENDSWITH('abc', 'bc')", .result = "TRUE"},
    {ROW("ENDSWITH", "(BINARY, BINARY) -> BOOLEAN", ends_with),
     .doc = "Whether the first argument ends in the second.", .example = "ENDSWITH(X'0102', X'02')",
     .result = "TRUE"},
    {ROW("REPLACE", "(STRING, STRING, STRING) -> STRING", replace), .api = "replace",
     .forms = "'REPLACE(<CHARACTER>, <CHARACTER>, <CHARACTER>)'",
     .doc = "With every occurrence of the second text replaced by the third.",
     .example = "REPLACE('hello world', 'world', 'flink')", .result = "hello flink"},
    {ROW("TRANSLATE", "(STRING, STRING, STRING) -> STRING", translate), .api = "translate",
     .aliases = "TRANSLATE3", .forms = TRANSLATE_FORMS,
     .doc = "With each character of the second text replaced by the one at its place in the third, "
            "or left out where that is shorter.",
     .example = "TRANSLATE('abcabc', 'ab', 'x')", .result = "xcxc"},
};
FUNC_FAMILY(func_string_search_family, rows);
