/* Letters and characters: UPPER, LOWER, INITCAP, REVERSE, CHAR_LENGTH, ASCII, CHR.
 *
 * Case follows Java: full mappings, so 'ß' becomes 'SS', and a sigma at the end of a word its final
 * form.  ASCII text, which is nearly all text, never reaches the tables.  INITCAP knows ASCII only.
 */
#include <string.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "func/java.h"
#include "func/kernel.h"
#include "func/table.h"

/* ---- case of a code point -------------------------------------------------------------------- */

enum {
    UPPER_MAX = 3,
    CAPITAL_I_WITH_DOT = 0x130,
    DOT_ABOVE = 0x307,
    SIGMA = 0x3A3,
    SMALL_SIGMA = 0x3C3,
    FINAL_SIGMA = 0x3C2
};

/* Characters whose upper case is several characters, by code point. */
static const struct {
    int32_t from;
    int32_t to[UPPER_MAX];
} long_upper[] = {
    {0x00DF, {0x0053, 0x0053}},         {0x0149, {0x02BC, 0x004E}},
    {0x01F0, {0x004A, 0x030C}},         {0x0390, {0x0399, 0x0308, 0x0301}},
    {0x03B0, {0x03A5, 0x0308, 0x0301}}, {0x0587, {0x0535, 0x0552}},
    {0x1E96, {0x0048, 0x0331}},         {0x1E97, {0x0054, 0x0308}},
    {0x1E98, {0x0057, 0x030A}},         {0x1E99, {0x0059, 0x030A}},
    {0x1E9A, {0x0041, 0x02BE}},         {0x1F50, {0x03A5, 0x0313}},
    {0x1F52, {0x03A5, 0x0313, 0x0300}}, {0x1F54, {0x03A5, 0x0313, 0x0301}},
    {0x1F56, {0x03A5, 0x0313, 0x0342}}, {0x1F80, {0x1F08, 0x0399}},
    {0x1F81, {0x1F09, 0x0399}},         {0x1F82, {0x1F0A, 0x0399}},
    {0x1F83, {0x1F0B, 0x0399}},         {0x1F84, {0x1F0C, 0x0399}},
    {0x1F85, {0x1F0D, 0x0399}},         {0x1F86, {0x1F0E, 0x0399}},
    {0x1F87, {0x1F0F, 0x0399}},         {0x1F88, {0x1F08, 0x0399}},
    {0x1F89, {0x1F09, 0x0399}},         {0x1F8A, {0x1F0A, 0x0399}},
    {0x1F8B, {0x1F0B, 0x0399}},         {0x1F8C, {0x1F0C, 0x0399}},
    {0x1F8D, {0x1F0D, 0x0399}},         {0x1F8E, {0x1F0E, 0x0399}},
    {0x1F8F, {0x1F0F, 0x0399}},         {0x1F90, {0x1F28, 0x0399}},
    {0x1F91, {0x1F29, 0x0399}},         {0x1F92, {0x1F2A, 0x0399}},
    {0x1F93, {0x1F2B, 0x0399}},         {0x1F94, {0x1F2C, 0x0399}},
    {0x1F95, {0x1F2D, 0x0399}},         {0x1F96, {0x1F2E, 0x0399}},
    {0x1F97, {0x1F2F, 0x0399}},         {0x1F98, {0x1F28, 0x0399}},
    {0x1F99, {0x1F29, 0x0399}},         {0x1F9A, {0x1F2A, 0x0399}},
    {0x1F9B, {0x1F2B, 0x0399}},         {0x1F9C, {0x1F2C, 0x0399}},
    {0x1F9D, {0x1F2D, 0x0399}},         {0x1F9E, {0x1F2E, 0x0399}},
    {0x1F9F, {0x1F2F, 0x0399}},         {0x1FA0, {0x1F68, 0x0399}},
    {0x1FA1, {0x1F69, 0x0399}},         {0x1FA2, {0x1F6A, 0x0399}},
    {0x1FA3, {0x1F6B, 0x0399}},         {0x1FA4, {0x1F6C, 0x0399}},
    {0x1FA5, {0x1F6D, 0x0399}},         {0x1FA6, {0x1F6E, 0x0399}},
    {0x1FA7, {0x1F6F, 0x0399}},         {0x1FA8, {0x1F68, 0x0399}},
    {0x1FA9, {0x1F69, 0x0399}},         {0x1FAA, {0x1F6A, 0x0399}},
    {0x1FAB, {0x1F6B, 0x0399}},         {0x1FAC, {0x1F6C, 0x0399}},
    {0x1FAD, {0x1F6D, 0x0399}},         {0x1FAE, {0x1F6E, 0x0399}},
    {0x1FAF, {0x1F6F, 0x0399}},         {0x1FB2, {0x1FBA, 0x0399}},
    {0x1FB3, {0x0391, 0x0399}},         {0x1FB4, {0x0386, 0x0399}},
    {0x1FB6, {0x0391, 0x0342}},         {0x1FB7, {0x0391, 0x0342, 0x0399}},
    {0x1FBC, {0x0391, 0x0399}},         {0x1FC2, {0x1FCA, 0x0399}},
    {0x1FC3, {0x0397, 0x0399}},         {0x1FC4, {0x0389, 0x0399}},
    {0x1FC6, {0x0397, 0x0342}},         {0x1FC7, {0x0397, 0x0342, 0x0399}},
    {0x1FCC, {0x0397, 0x0399}},         {0x1FD2, {0x0399, 0x0308, 0x0300}},
    {0x1FD3, {0x0399, 0x0308, 0x0301}}, {0x1FD6, {0x0399, 0x0342}},
    {0x1FD7, {0x0399, 0x0308, 0x0342}}, {0x1FE2, {0x03A5, 0x0308, 0x0300}},
    {0x1FE3, {0x03A5, 0x0308, 0x0301}}, {0x1FE4, {0x03A1, 0x0313}},
    {0x1FE6, {0x03A5, 0x0342}},         {0x1FE7, {0x03A5, 0x0308, 0x0342}},
    {0x1FF2, {0x1FFA, 0x0399}},         {0x1FF3, {0x03A9, 0x0399}},
    {0x1FF4, {0x038F, 0x0399}},         {0x1FF6, {0x03A9, 0x0342}},
    {0x1FF7, {0x03A9, 0x0342, 0x0399}}, {0x1FFC, {0x03A9, 0x0399}},
    {0xFB00, {0x0046, 0x0046}},         {0xFB01, {0x0046, 0x0049}},
    {0xFB02, {0x0046, 0x004C}},         {0xFB03, {0x0046, 0x0046, 0x0049}},
    {0xFB04, {0x0046, 0x0046, 0x004C}}, {0xFB05, {0x0053, 0x0054}},
    {0xFB06, {0x0053, 0x0054}},         {0xFB13, {0x0544, 0x0546}},
    {0xFB14, {0x0544, 0x0535}},         {0xFB15, {0x0544, 0x053B}},
    {0xFB16, {0x054E, 0x0546}},         {0xFB17, {0x0544, 0x053D}},
};
enum { LONG_UPPER_COUNT = sizeof long_upper / sizeof long_upper[0] };

static const int32_t *find_long_upper(int32_t code_point) {
    int32_t low = 0, high = LONG_UPPER_COUNT;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (long_upper[middle].from < code_point)
            low = middle + 1;
        else
            high = middle;
    }
    return low < LONG_UPPER_COUNT && long_upper[low].from == code_point ? long_upper[low].to : NULL;
}

int32_t func_java_upper(int32_t code_point, char *out) {
    const int32_t *several = find_long_upper(code_point);
    if (several == NULL)
        return base_utf8_put(utf8proc_toupper(code_point), out);
    int32_t size = 0;
    for (int32_t i = 0; i < UPPER_MAX && several[i] != 0; i++)
        size += base_utf8_put(several[i], out + size);
    return size;
}

static bool is_cased(int32_t code_point) {
    utf8proc_category_t category = utf8proc_category(code_point);
    return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL ||
           category == UTF8PROC_CATEGORY_LT;
}

/* Marks that a word goes on through. */
static bool is_case_ignorable(int32_t code_point) {
    utf8proc_category_t category = utf8proc_category(code_point);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME ||
           category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_LM ||
           category == UTF8PROC_CATEGORY_SK || code_point == '\'' || code_point == '.' ||
           code_point == ':' || code_point == 0xB7 || code_point == 0x2019;
}

/* True where a cased letter follows at `offset`. */
static bool word_goes_on(const char *bytes, int64_t size, int64_t offset) {
    while (offset < size) {
        int32_t code_point = base_utf8_next(bytes, size, &offset);
        if (!is_case_ignorable(code_point))
            return is_cased(code_point);
    }
    return false;
}

/* `in_word` says whether a cased letter stands before. */
static int32_t put_lower(int32_t code_point, bool in_word, const char *bytes, int64_t size,
                         int64_t offset, char *out) {
    if (code_point == CAPITAL_I_WITH_DOT) {
        int32_t written = base_utf8_put('i', out);
        return written + base_utf8_put(DOT_ABOVE, out + written);
    }
    if (code_point == SIGMA)
        return base_utf8_put(
            in_word && !word_goes_on(bytes, size, offset) ? FINAL_SIGMA : SMALL_SIGMA, out);
    return base_utf8_put(utf8proc_tolower(code_point), out);
}

/* ---- UPPER and LOWER ------------------------------------------------------------------------- */

static bool is_ascii(const char *bytes, int64_t size) {
    uint8_t any = 0;
    for (int64_t i = 0; i < size; i++)
        any |= (uint8_t)bytes[i];
    return any < 0x80;
}

static void ascii_case(const char *bytes, int64_t size, bool upper, char *out) {
    const char first = upper ? 'a' : 'A', last = upper ? 'z' : 'Z';
    for (int64_t i = 0; i < size; i++)
        out[i] = bytes[i] >= first && bytes[i] <= last ? bytes[i] ^ 0x20 : bytes[i];
}

static rask_status unicode_case(func_text *text, const char *bytes, int64_t size, bool upper,
                                rask_error *err) {
    bool in_word = false;
    for (int64_t offset = 0; offset < size;) {
        int64_t start = offset;
        int32_t code_point = base_utf8_next(bytes, size, &offset), written;
        char *out;
        RASK_TRY(func_text_room(text, 4 * UPPER_MAX, &out, err));
        if (code_point < 0) { /* a damaged byte stays */
            *out = bytes[start];
            written = 1;
        } else if (upper) {
            written = func_java_upper(code_point, out);
        } else {
            written = put_lower(code_point, in_word, bytes, size, offset, out);
        }
        if (code_point >= 0 && !is_case_ignorable(code_point))
            in_word = is_cased(code_point);
        func_text_advance(text, written);
    }
    return RASK_OK;
}

static rask_status change_case(func_call *call, bool upper, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = func_arg_text(call, 0, row);
        const char *bytes = data_string_bytes(s);
        if (is_ascii(bytes, s->length)) {
            char *out;
            RASK_TRY_OUT(status, func_text_room(&text, s->length, &out, err));
            ascii_case(bytes, s->length, upper, out);
            func_text_advance(&text, s->length);
        } else {
            RASK_TRY_OUT(status, unicode_case(&text, bytes, s->length, upper, err));
        }
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

static rask_status upper(func_call *call, rask_error *err) {
    return change_case(call, true, err);
}

static rask_status lower(func_call *call, rask_error *err) {
    return change_case(call, false, err);
}

/* ---- INITCAP, REVERSE ------------------------------------------------------------------------ */

static bool is_word_byte(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static rask_status initcap(func_call *call, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = func_arg_text(call, 0, row);
        const char *bytes = data_string_bytes(s);
        bool in_word = false;
        char *out;
        RASK_TRY_OUT(status, func_text_room(&text, s->length, &out, err));
        for (uint32_t i = 0; i < s->length; i++) {
            ascii_case(bytes + i, 1, !in_word, out + i);
            in_word = is_word_byte(bytes[i]);
        }
        func_text_advance(&text, s->length);
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

/* Characters in the opposite order; the bytes of each stay together. */
static void reverse_bytes(const char *bytes, int64_t size, char *out) {
    for (int64_t offset = 0; offset < size;) {
        int64_t start = offset;
        base_utf8_next(bytes, size, &offset);
        memcpy(out + size - offset, bytes + start, (size_t)(offset - start));
    }
}

static rask_status reverse(func_call *call, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = func_arg_text(call, 0, row);
        char *out;
        RASK_TRY_OUT(status, func_text_room(&text, s->length, &out, err));
        reverse_bytes(data_string_bytes(s), s->length, out);
        func_text_advance(&text, s->length);
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

/* ---- numbers of characters ------------------------------------------------------------------- */

static rask_status char_length(func_call *call, rask_error *err) {
    int32_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = func_arg_text(call, 0, row);
        out[row] = (int32_t)base_utf8_length(data_string_bytes(s), s->length);
    }
    return RASK_OK;
}

/* The first byte, signed, as Flink gives it. */
static rask_status ascii(func_call *call, rask_error *err) {
    int32_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = func_arg_text(call, 0, row);
        out[row] = s->length == 0 ? 0 : (int8_t)data_string_bytes(s)[0];
    }
    return RASK_OK;
}

static rask_status chr(func_call *call, rask_error *err) {
    enum { CODE_MAX = 255, CODE_MODULUS = 256 };
    const data_column *in = call->args[0];
    const int64_t *codes = in->values;
    data_string *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        int64_t code = codes[func_at(in, row)];
        char bytes[4];
        int32_t size = 0;
        if (code >= 0)
            size = base_utf8_put((int32_t)(code > CODE_MAX ? code % CODE_MODULUS : code), bytes);
        out[row] = data_string_make(bytes, (uint32_t)size);
    }
    return RASK_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

enum { PURE = FUNC_TAKES_CONSTANT | FUNC_TAKES_DICTIONARY };

static const func_row rows[] = {
    {.name = "UPPER",
     .sig = "(STRING) -> ARG0",
     .flags = PURE,
     .kernel = upper,
     .api = "upper_case",
     .aliases = "UPPERCASE",
     .category = "string",
     .forms = "'UPPER(<CHARACTER>)'",
     .doc = "In upper case.",
     .example = "UPPER('abc')",
     .result = "ABC",
     .cost = 20},
    {.name = "LOWER",
     .sig = "(STRING) -> ARG0",
     .flags = PURE,
     .kernel = lower,
     .api = "lower_case",
     .aliases = "LOWERCASE",
     .category = "string",
     .forms = "'LOWER(<CHARACTER>)'",
     .doc = "In lower case.",
     .example = "LOWER('ABC')",
     .result = "abc",
     .cost = 20},
    {.name = "INITCAP",
     .sig = "(STRING) -> ARG0",
     .flags = PURE,
     .kernel = initcap,
     .api = "init_cap",
     .category = "string",
     .forms = "'INITCAP(<CHARACTER>)'",
     .doc = "The first letter of each word in upper case, the others in lower case.",
     .example = "INITCAP('hello WORLD')",
     .result = "Hello World",
     .cost = 20},
    {.name = "REVERSE",
     .sig = "(STRING) -> STRING NULL",
     .flags = PURE,
     .kernel = reverse,
     .api = "reverse",
     .category = "string",
     .forms = "'REVERSE(<CHARACTER>)'",
     .doc = "The characters in the opposite order.",
     .example = "REVERSE('abc')",
     .result = "cba",
     .cost = 20},
    {.name = "CHAR_LENGTH",
     .sig = "(STRING) -> INT",
     .flags = PURE,
     .kernel = char_length,
     .api = "char_length",
     .aliases = "CHARLENGTH",
     .category = "string",
     .forms = "'CHAR_LENGTH(<CHARACTER>)'",
     .doc = "The number of characters.",
     .example = "CHAR_LENGTH('abc')",
     .result = "3",
     .cost = 10},
    {.name = "CHARACTER_LENGTH",
     .sig = "(STRING) -> INT",
     .flags = PURE,
     .kernel = char_length,
     .category = "string",
     .forms = "'CHARACTER_LENGTH(<CHARACTER>)'",
     .doc = "The number of characters.",
     .example = "CHARACTER_LENGTH('abc')",
     .result = "3",
     .cost = 10},
    {.name = "ASCII",
     .sig = "(STRING) -> INT",
     .flags = PURE,
     .kernel = ascii,
     .api = "ascii",
     .category = "string",
     .forms = "'ASCII(<CHARACTER>)'",
     .doc = "The code of the first byte; 0 for an empty text.",
     .example = "ASCII('abc')",
     .result = "97",
     .cost = 10},
    {.name = "CHR",
     .sig = "(BIGINT) -> STRING NULL",
     .flags = PURE,
     .kernel = chr,
     .api = "chr",
     .category = "string",
     .forms = "'CHR(<INTEGER>)'",
     .doc = "The character of a code; beyond 255 the code's remainder by 256 counts.",
     .example = "CHR(97)",
     .result = "a",
     .cost = 10},
};
FUNC_FAMILY(func_string_case_family, rows);
