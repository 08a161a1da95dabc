/* Parts of texts: SUBSTRING, LEFT, RIGHT, TRIM and its kin, SPLIT_INDEX; and texts put together:
 * CONCAT, ||, CONCAT_WS, REPEAT, LPAD, RPAD, OVERLAY.
 *
 * A part is a view into the argument, so nothing is copied; positions count characters from 1. */
#include <string.h>

#include "base/utf8.h"
#include "func/kernel.h"
#include "func/table.h"

/* ---- views ----------------------------------------------------------------------------------- */

/* The part of a text between two byte offsets. */
static data_string part(const data_string *s, int64_t from, int64_t to) {
    return to <= from ? data_string_make("", 0)
                      : data_string_make(data_string_bytes(s) + from, (uint32_t)(to - from));
}

static bool is_single_byte(const data_string *s) {
    uint8_t any = 0;
    const char *bytes = data_string_bytes(s);
    for (uint32_t i = 0; i < s->length; i++)
        any |= (uint8_t)bytes[i];
    return any < 0x80;
}

/* Byte offset of character `n` (0-based), or the length. */
static int64_t offset_of(const data_string *s, bool single_byte, int64_t n) {
    if (n <= 0)
        return 0;
    if (n >= s->length)
        return s->length;
    return single_byte ? n : base_utf8_offset(data_string_bytes(s), s->length, n);
}

static int64_t count_characters(const data_string *s, bool single_byte) {
    return single_byte ? s->length : base_utf8_length(data_string_bytes(s), s->length);
}

/* Closes a kernel whose results are views into argument `arg`. */
static rask_status finish_views(func_call *call, int32_t arg, rask_error *err) {
    func_count_live_bytes(call);
    return func_share_heaps(call, arg, err);
}

/* ---- SUBSTRING, LEFT, RIGHT ------------------------------------------------------------------ */

/* `length` characters from `start`; 0 counts as 1, a negative start counts from the end, and one
 * before the beginning gives nothing. */
static data_string substring_of(const data_string *s, int32_t start, int64_t length) {
    bool single = is_single_byte(s);
    int64_t total = start < 0 ? count_characters(s, single) : 0;
    int64_t first = start > 0 ? (int64_t)start - 1 : start == 0 ? 0 : total + start;
    if (first < 0)
        return data_string_make("", 0);
    return part(s, offset_of(s, single, first), offset_of(s, single, first + length));
}

static rask_status substring(func_call *call, rask_error *err) {
    data_string *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        int32_t length = call->arg_count > 2 ? func_arg_i32(call, 2, row) : INT32_MAX;
        if (length < 0) {
            out[row] = data_string_make("", 0);
            data_column_set_null(call->result, row);
            continue;
        }
        out[row] = substring_of(func_arg_text(call, 0, row), func_arg_i32(call, 1, row), length);
    }
    return finish_views(call, 0, err);
}

static rask_status left(func_call *call, rask_error *err) {
    data_string *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = func_arg_text(call, 0, row);
        out[row] = part(s, 0, offset_of(s, is_single_byte(s), func_arg_i32(call, 1, row)));
    }
    return finish_views(call, 0, err);
}

static rask_status right(func_call *call, rask_error *err) {
    data_string *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = func_arg_text(call, 0, row);
        bool single = is_single_byte(s);
        int32_t wanted = func_arg_i32(call, 1, row);
        int64_t dropped = wanted <= 0 ? s->length : count_characters(s, single) - wanted;
        out[row] = part(s, offset_of(s, single, dropped), s->length);
    }
    return finish_views(call, 0, err);
}

/* ---- TRIM ------------------------------------------------------------------------------------ */

typedef enum trim_sides { TRIM_LEFT = 1, TRIM_RIGHT = 2, TRIM_BOTH = 3 } trim_sides;

/* True where the character at `from` is one of `set`. */
static bool is_in_set(const char *character, int64_t size, const data_string *set) {
    const char *bytes = data_string_bytes(set);
    for (int64_t offset = 0; offset < set->length;) {
        int64_t start = offset;
        base_utf8_next(bytes, set->length, &offset);
        if (offset - start == size && memcmp(bytes + start, character, (size_t)size) == 0)
            return true;
    }
    return false;
}

static int64_t previous_character(const char *bytes, int64_t at) {
    do {
        at--;
    } while (at > 0 && ((uint8_t)bytes[at] & 0xC0) == 0x80);
    return at;
}

static data_string trim_one(const data_string *s, const data_string *set, trim_sides sides) {
    const char *bytes = data_string_bytes(s);
    int64_t from = 0, to = s->length;
    while ((sides & TRIM_LEFT) != 0 && from < to) {
        int64_t next = from;
        base_utf8_next(bytes, to, &next);
        if (!is_in_set(bytes + from, next - from, set))
            break;
        from = next;
    }
    while ((sides & TRIM_RIGHT) != 0 && from < to) {
        int64_t last = previous_character(bytes, to);
        if (!is_in_set(bytes + last, to - last, set))
            break;
        to = last;
    }
    return part(s, from, to);
}

/* `text` and `set` are argument numbers; set < 0 = the blank. */
static rask_status trim(func_call *call, int32_t text, int32_t set, trim_sides sides,
                        rask_error *err) {
    const data_string blank = data_string_make(" ", 1);
    data_string *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *characters = set < 0 ? &blank : func_arg_text(call, set, row);
        out[row] = trim_one(func_arg_text(call, text, row), characters, sides);
    }
    return finish_views(call, text, err);
}

static rask_status ltrim(func_call *call, rask_error *err) {
    return trim(call, 0, -1, TRIM_LEFT, err);
}

static rask_status ltrim_set(func_call *call, rask_error *err) {
    return trim(call, 0, 1, TRIM_LEFT, err);
}

static rask_status rtrim(func_call *call, rask_error *err) {
    return trim(call, 0, -1, TRIM_RIGHT, err);
}

static rask_status rtrim_set(func_call *call, rask_error *err) {
    return trim(call, 0, 1, TRIM_RIGHT, err);
}

static rask_status btrim(func_call *call, rask_error *err) {
    return trim(call, 0, -1, TRIM_BOTH, err);
}

static rask_status btrim_set(func_call *call, rask_error *err) {
    return trim(call, 0, 1, TRIM_BOTH, err);
}

/* TRIM(side what FROM text): the side is a keyword, known when the program is made. */
static rask_status prepare_trim(base_arena *arena, const func_infer_call *call,
                                const void **prepared, rask_error *err) {
    trim_sides *sides = BASE_ARENA_NEW(arena, trim_sides);
    const data_value *side = call->literals[0];
    char first = side != NULL && side->text.length > 0 ? side->text.bytes[0] : 'B';
    *sides = first == 'L' ? TRIM_LEFT : first == 'T' ? TRIM_RIGHT : TRIM_BOTH;
    *prepared = sides;
    return RASK_OK;
}

static rask_status trim_side(func_call *call, rask_error *err) {
    const trim_sides *sides = call->prepared;
    return trim(call, 2, 1, sides != NULL ? *sides : TRIM_BOTH, err);
}

static rask_status trimmed_type(const func_infer_call *call, const data_type **result,
                                rask_error *err) {
    const data_type *what = call->types[1], *text = call->types[2];
    *result = data_type_sized(DATA_VARCHAR, text->length, what->nullable || text->nullable);
    return RASK_OK;
}

/* ---- SPLIT_INDEX ----------------------------------------------------------------------------- */

/* Where `what` starts in bytes[from..size), or -1. */
static int64_t find(const char *bytes, int64_t size, int64_t from, const char *what,
                    int64_t length) {
    if (length > size - from)
        return -1;
    const char *at = memmem(bytes + from, (size_t)(size - from), what, (size_t)length);
    return at == NULL ? -1 : at - bytes;
}

/* The part with the given 0-based number; false where there is none.  An empty text has no parts,
 * an empty separator separates nothing. */
static bool split_part(const data_string *s, const char *separator, int64_t length, int32_t index,
                       data_string *out) {
    const char *bytes = data_string_bytes(s);
    int64_t from = 0, at = -1;
    if (index < 0 || s->length == 0)
        return false;
    for (int32_t i = 0;; i++) {
        at = length == 0 ? -1 : find(bytes, s->length, from, separator, length);
        if (i == index || at < 0) {
            *out = part(s, from, at < 0 ? s->length : at);
            return i == index;
        }
        from = at + length;
    }
}

static rask_status split_index(func_call *call, rask_error *err) {
    bool by_code = call->args[1]->physical != DATA_PHYSICAL_STRING;
    data_string *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        char character[4];
        const char *separator = character;
        int64_t length;
        if (by_code) {
            length = base_utf8_put(func_arg_i32(call, 1, row) & 0xFF, character);
        } else {
            separator = data_string_bytes(func_arg_text(call, 1, row));
            length = func_arg_text(call, 1, row)->length;
        }
        if (!split_part(func_arg_text(call, 0, row), separator, length, func_arg_i32(call, 2, row),
                        &out[row])) {
            out[row] = data_string_make("", 0);
            data_column_set_null(call->result, row);
        }
    }
    return finish_views(call, 0, err);
}

/* ---- CONCAT, ||, CONCAT_WS ------------------------------------------------------------------- */

static rask_status concat(func_call *call, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        for (int32_t a = 0; a < call->arg_count; a++) {
            const data_string *s = func_arg_text(call, a, row);
            RASK_TRY_OUT(status, func_text_add(&text, data_string_bytes(s), s->length, err));
        }
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

static rask_status join_row(func_text *text, const func_call *call, int32_t row, rask_error *err) {
    const data_string *separator = func_arg_text(call, 0, row);
    bool any = false;
    for (int32_t a = 1; a < call->arg_count; a++) {
        if (data_column_is_null(call->args[a], row))
            continue;
        const data_string *s = func_arg_text(call, a, row);
        if (any)
            RASK_TRY(func_text_add(text, data_string_bytes(separator), separator->length, err));
        RASK_TRY(func_text_add(text, data_string_bytes(s), s->length, err));
        any = true;
    }
    return RASK_OK;
}

/* Only a NULL separator gives NULL. */
static rask_status concat_ws(func_call *call, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_ROW (call, row) {
        if (data_column_is_null(call->args[0], row)) {
            data_column_set_null(call->result, row);
            continue;
        }
        RASK_TRY_OUT(status, join_row(&text, call, row, err));
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

static int32_t added_length(const data_type *a, const data_type *b) {
    int64_t length = (int64_t)a->length + b->length;
    return length > DATA_STRING_LENGTH_MAX ? DATA_STRING_LENGTH_MAX : (int32_t)length;
}

/* Two CHARs give a CHAR, anything else a VARCHAR; lengths add up. */
static rask_status concatenated_type(const func_infer_call *call, const data_type **result,
                                     rask_error *err) {
    const data_type *a = call->types[0], *b = call->types[1];
    bool fixed = a->kind == DATA_CHAR && b->kind == DATA_CHAR;
    *result = data_type_sized(fixed ? DATA_CHAR : DATA_VARCHAR, added_length(a, b),
                              a->nullable || b->nullable);
    return RASK_OK;
}

/* ---- REPEAT, LPAD, RPAD, OVERLAY ------------------------------------------------------------- */

static rask_status repeat(func_call *call, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = func_arg_text(call, 0, row);
        int64_t times = func_arg_i32(call, 1, row);
        if (times > 0 && s->length * times > INT32_MAX) {
            func_failed_at(call, row);
            status = rask_error_set(err, RASK_ERROR_RUNTIME,
                                    "REPEAT gives a text of more than 2147483647 bytes");
            goto out;
        }
        for (int64_t i = 0; i < times; i++)
            RASK_TRY_OUT(status, func_text_add(&text, data_string_bytes(s), s->length, err));
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

/* Adds `count` characters of `pad`, over and over. */
static rask_status add_padding(func_text *text, const data_string *pad, int64_t count,
                               rask_error *err) {
    bool single = is_single_byte(pad);
    int64_t characters = count_characters(pad, single);
    for (; count > 0; count -= characters) {
        int64_t size = count >= characters ? pad->length : offset_of(pad, single, count);
        RASK_TRY(func_text_add(text, data_string_bytes(pad), size, err));
    }
    return RASK_OK;
}

/* A negative length, or nothing to pad with, gives NULL. */
static rask_status pad(func_call *call, bool at_left, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = func_arg_text(call, 0, row), *padding = func_arg_text(call, 2, row);
        int32_t wanted = func_arg_i32(call, 1, row);
        if (wanted < 0 || padding->length == 0) {
            data_column_set_null(call->result, row);
            continue;
        }
        bool single = is_single_byte(s);
        int64_t missing = wanted - count_characters(s, single);
        if (at_left)
            RASK_TRY_OUT(status, add_padding(&text, padding, missing, err));
        RASK_TRY_OUT(status,
                     func_text_add(&text, data_string_bytes(s), offset_of(s, single, wanted), err));
        if (!at_left)
            RASK_TRY_OUT(status, add_padding(&text, padding, missing, err));
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

static rask_status lpad(func_call *call, rask_error *err) {
    return pad(call, true, err);
}

static rask_status rpad(func_call *call, rask_error *err) {
    return pad(call, false, err);
}

/* Writes `over` over the characters from `start` on.  A start outside the text changes nothing; a
 * length that reaches nothing, or beyond the end, drops the rest. */
static rask_status overlay_row(func_text *text, const data_string *s, const data_string *over,
                               int64_t start, int64_t length, rask_error *err) {
    const char *bytes = data_string_bytes(s);
    bool single = is_single_byte(s);
    int64_t total = count_characters(s, single);
    if (start < 1 || start > total)
        return func_text_add(text, bytes, s->length, err);
    RASK_TRY(func_text_add(text, bytes, offset_of(s, single, start - 1), err));
    RASK_TRY(func_text_add(text, data_string_bytes(over), over->length, err));
    if (length <= 0 || start - 1 + length >= total)
        return RASK_OK;
    int64_t rest = offset_of(s, single, start - 1 + length);
    return func_text_add(text, bytes + rest, s->length - rest, err);
}

static rask_status overlay(func_call *call, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *over = func_arg_text(call, 1, row);
        int64_t length = call->arg_count > 3 ? func_arg_i32(call, 3, row)
                                             : count_characters(over, is_single_byte(over));
        RASK_TRY_OUT(status, overlay_row(&text, func_arg_text(call, 0, row), over,
                                         func_arg_i32(call, 2, row), length, err));
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

static rask_status overlaid_type(const func_infer_call *call, const data_type **result,
                                 rask_error *err) {
    bool nullable = false;
    for (int32_t i = 0; i < call->count; i++)
        nullable |= call->types[i]->nullable;
    *result = data_type_sized(DATA_VARCHAR, added_length(call->types[0], call->types[1]), nullable);
    return RASK_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

enum {
    PURE = FUNC_TAKES_CONSTANT | FUNC_TAKES_DICTIONARY,
    LOSES = FUNC_TAKES_CONSTANT | FUNC_NULL_ON_BAD_INPUT
};

#define PART(function_name, signature, function, kernel_flags)                                     \
    .name = function_name, .sig = signature, .flags = kernel_flags, .kernel = function,            \
    .category = "string", .cost = 10
#define BUILT(function_name, signature, function, kernel_flags)                                    \
    .name = function_name, .sig = signature, .flags = kernel_flags, .kernel = function,            \
    .category = "string", .cost = 20

#define SUBSTRING_FORMS(name)                                                                      \
    "'" name "(<CHARACTER>, <INTEGER>)'\n'" name "(<CHARACTER>, <INTEGER>, <INTEGER>)'"
#define SUBSTRING_ROWS(text, api_name)                                                             \
    {PART(text, "(STRING, INT) -> VARYING NULL", substring, LOSES),                                \
     .api = api_name,                                                                              \
     .forms = SUBSTRING_FORMS(text),                                                               \
     .doc = "The characters from a 1-based position on; a negative one counts from the end.",      \
     .example = text "('abcdef', 3)",                                                              \
     .result = "cdef"},                                                                            \
    {                                                                                              \
        PART(text, "(STRING, INT, INT) -> VARYING NULL", substring, LOSES),                        \
            .doc = "So many characters from a 1-based position on; NULL for a negative number.",   \
            .example = text "('abcdef', 2, 3)", .result = "bcd"                                    \
    }

#define OVERLAY_FORMS                                                                              \
    "'OVERLAY(<STRING> PLACING <STRING> FROM <INTEGER>)'\n"                                        \
    "'OVERLAY(<STRING> PLACING <STRING> FROM <INTEGER> FOR <INTEGER>)'"
#define TRIM_FORMS(name) "'" name "(<CHARACTER>)'\n'" name "(<CHARACTER>, <CHARACTER>)'"
#define BTRIM_FORMS                                                                                \
    "BTRIM(str <CHARACTER_STRING>)\nBTRIM(str <CHARACTER_STRING>, trimStr <CHARACTER_STRING>)"

static const func_row rows[] = {
    SUBSTRING_ROWS("SUBSTRING", "substring"),
    SUBSTRING_ROWS("SUBSTR", "substr"),
    {PART("LEFT", "(STRING, INT) -> VARYING NULL", left, PURE), .api = "left",
     .forms = "'LEFT(<CHARACTER>, <INTEGER>)'", .doc = "The first n characters.",
     .example = "LEFT('abcd', 2)", .result = "ab"},
    {PART("RIGHT", "(STRING, INT) -> VARYING NULL", right, PURE), .api = "right",
     .forms = "'RIGHT(<CHARACTER>, <INTEGER>)'", .doc = "The last n characters.",
     .example = "RIGHT('abcd', 2)", .result = "cd"},

    {PART("TRIM", "(SYMBOL, STRING, STRING) -> INFER", trim_side, FUNC_TAKES_CONSTANT),
     .prepare = prepare_trim, .infer = trimmed_type, .api = "trim", .sql = "TRIM(%1 %2 FROM %3)",
     .shown = "TRIM([BOTH|LEADING|TRAILING] %1 FROM %2)",
     .forms = "'TRIM([BOTH|LEADING|TRAILING] <ANY> FROM <STRING>)'",
     .doc = "Without the given characters at one or both ends.",
     .example = "TRIM(LEADING 'x' FROM 'xxabc')", .result = "abc"},
    {PART("LTRIM", "(STRING) -> VARYING", ltrim, PURE), .api = "ltrim",
     .forms = TRIM_FORMS("LTRIM"), .doc = "Without blanks at the left.", .example = "LTRIM(' a')",
     .result = "a"},
    {PART("LTRIM", "(STRING, STRING) -> VARYING", ltrim_set, FUNC_TAKES_CONSTANT),
     .doc = "Without the given characters at the left.", .example = "LTRIM('xya', 'xy')",
     .result = "a"},
    {PART("RTRIM", "(STRING) -> VARYING", rtrim, PURE), .api = "rtrim",
     .forms = TRIM_FORMS("RTRIM"), .doc = "Without blanks at the right.",
     .example = "RTRIM('a ') || '.'", .result = "a."},
    {PART("RTRIM", "(STRING, STRING) -> VARYING", rtrim_set, FUNC_TAKES_CONSTANT),
     .doc = "Without the given characters at the right.", .example = "RTRIM('axy', 'xy')",
     .result = "a"},
    {PART("BTRIM", "(STRING) -> STRING", btrim, PURE), .api = "btrim", .forms = BTRIM_FORMS,
     .doc = "Without blanks at both ends.", .example = "BTRIM(' a ')", .result = "a"},
    {PART("BTRIM", "(STRING, STRING) -> STRING", btrim_set, FUNC_TAKES_CONSTANT),
     .doc = "Without the given characters at both ends.", .example = "BTRIM('xyax', 'xy')",
     .result = "a"},

    {PART("SPLIT_INDEX", "(STRING, STRING, INT) -> STRING NULL", split_index, LOSES),
     .api = "split_index", .aliases = "SPLITINDEX",
     .forms = "'SPLIT_INDEX(<CHARACTER>, <INTEGER>, <INTEGER>)'\n"
              "'SPLIT_INDEX(<CHARACTER>, <CHARACTER>, <INTEGER>)'",
     .doc = "The part with a 0-based number between separators; NULL where there is none.",
     .example = "SPLIT_INDEX('a,b,c', ',', 1)", .result = "b"},
    {PART("SPLIT_INDEX", "(STRING, INT, INT) -> STRING NULL", split_index, LOSES),
     .aliases = "SPLITINDEX", .doc = "The same with the separator given by its code.",
     .example = "SPLIT_INDEX('a,b,c', 44, 1)", .result = "b"},

    {BUILT("CONCAT", "(STRING...) -> STRING", concat, FUNC_TAKES_CONSTANT), .api = "concat",
     .forms = "'CONCAT(<CHARACTER>)'", .doc = "The texts one after the other; NULL if any is NULL.",
     .example = "CONCAT('a', 'b', 'c')", .result = "abc"},
    {BUILT("||", "(STRING, STRING) -> INFER", concat, FUNC_TAKES_CONSTANT | FUNC_OPERATOR),
     .infer = concatenated_type, .sql = "%1 || %2",
     .forms = "'<STRING> || <STRING>'\n'<EQUIVALENT_TYPE> || <EQUIVALENT_TYPE>'",
     .doc = "Two texts one after the other.", .example = "'a' || 'b'", .result = "ab"},
    {BUILT("CONCAT_WS", "(STRING) -> STRING", concat_ws, FUNC_TAKES_CONSTANT),
     .nulls = FUNC_SEES_NULLS, .api = "concat_ws", .forms = "'CONCAT_WS(<CHARACTER>)'",
     .doc = "The empty text."},
    {BUILT("CONCAT_WS", "(STRING, STRING...) -> STRING", concat_ws, FUNC_TAKES_CONSTANT),
     .nulls = FUNC_SEES_NULLS,
     .doc = "The texts with a separator between them; NULLs are left out.",
     .example = "CONCAT_WS('-', 'a', CAST(NULL AS STRING), 'b')", .result = "a-b"},

    {BUILT("REPEAT", "(STRING, INT) -> STRING", repeat, FUNC_TAKES_CONSTANT | FUNC_CAN_FAIL),
     .api = "repeat", .forms = "'REPEAT(<CHARACTER>, <INTEGER>)'", .doc = "The text n times.",
     .example = "REPEAT('ab', 3)", .result = "ababab"},
    {BUILT("LPAD", "(STRING, INT, STRING) -> STRING", lpad, LOSES), .api = "lpad",
     .forms = "'LPAD(<CHARACTER>, <INTEGER>, <CHARACTER>)'",
     .doc = "Brought to n characters by filling at the left or cutting.",
     .example = "LPAD('abc', 5, 'xy')", .result = "xyabc"},
    {BUILT("RPAD", "(STRING, INT, STRING) -> STRING", rpad, LOSES), .api = "rpad",
     .forms = "'RPAD(<CHARACTER>, <INTEGER>, <CHARACTER>)'",
     .doc = "Brought to n characters by filling at the right or cutting.",
     .example = "RPAD('abc', 5, 'xy')", .result = "abcxy"},
    {BUILT("OVERLAY", "(STRING, STRING, INT) -> INFER", overlay, FUNC_TAKES_CONSTANT),
     .infer = overlaid_type, .api = "overlay", .sql = "OVERLAY(%1 PLACING %2 FROM %3)",
     .forms = OVERLAY_FORMS, .doc = "One text written over another from a 1-based position on.",
     .example = "OVERLAY('abcdef' PLACING 'XY' FROM 3)", .result = "abXYef"},
    {BUILT("OVERLAY", "(STRING, STRING, INT, INT) -> INFER", overlay, FUNC_TAKES_CONSTANT),
     .infer = overlaid_type, .sql = "OVERLAY(%1 PLACING %2 FROM %3 FOR %4)", .forms = OVERLAY_FORMS,
     .doc = "The same in place of n characters.",
     .example = "OVERLAY('abcdef' PLACING 'X' FROM 2 FOR 3)", .result = "aXef"},
};
FUNC_FAMILY(func_string_part_family, rows);
