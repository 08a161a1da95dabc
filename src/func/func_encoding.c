/* Texts in other clothes: TO_BASE64, FROM_BASE64, ENCODE, DECODE, URL_ENCODE, URL_DECODE. */
#include <ctype.h>
#include <string.h>

#include "base/charset.h"
#include "func/kernel.h"
#include "func/table.h"

typedef struct text_span {
    const char *bytes;
    int64_t size;
} text_span;

static text_span span_of(const func_call *call, int32_t arg, int32_t row) {
    const data_string *s = func_arg_text(call, arg, row);
    return (text_span){data_string_bytes(s), s->length};
}

/* ---- base 64 --------------------------------------------------------------------------------- */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int64_t encode_base64(text_span in, char *out) {
    int64_t written = 0;
    for (int64_t at = 0; at < in.size; at += 3) {
        int64_t left = in.size - at;
        uint32_t bits = 0;
        for (int64_t i = 0; i < 3; i++)
            bits = bits << 8 | (i < left ? (uint8_t)in.bytes[at + i] : 0);
        for (int64_t i = 0; i < 4; i++)
            out[written++] = i <= left ? base64_digits[bits >> (18 - 6 * i) & 63] : '=';
    }
    return written;
}

static rask_status to_base64(func_call *call, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        text_span in = span_of(call, 0, row);
        char *out;
        RASK_TRY_OUT(status, func_text_room(&text, (in.size + 2) / 3 * 4, &out, err));
        func_text_advance(&text, encode_base64(in, out));
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

static int base64_value(char c) {
    const char *at = c == '\0' ? NULL : strchr(base64_digits, c);
    return at == NULL ? -1 : (int)(at - base64_digits);
}

static rask_status refuse_base64(rask_error *err, const char *what) {
    return rask_error_set(err, RASK_ERROR_RUNTIME, "%s", what);
}

/* Checks what stands at and behind the padding; `digits` of an incomplete unit came before. */
static rask_status end_base64(text_span in, int64_t at, int32_t digits, rask_error *err) {
    if (at < in.size) { /* at the first '=' */
        at++;
        if (digits == 0 || (digits == 2 && (at == in.size || in.bytes[at++] != '=')))
            return refuse_base64(err, "Input byte array has wrong 4-byte ending unit");
    }
    if (digits == 1)
        return refuse_base64(err, "Last unit does not have enough valid bits");
    if (at < in.size)
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "Input byte array has incorrect ending byte at %lld", (long long)at);
    return RASK_OK;
}

/* As java.util.Base64's basic decoder, with its words. */
static rask_status decode_base64(text_span in, char *out, int64_t *written, rask_error *err) {
    uint32_t bits = 0;
    int32_t digits = 0;
    int64_t at = 0;
    *written = 0;
    if (in.size == 1)
        return refuse_base64(err, "Input byte[] should at least have 2 bytes for base64 bytes");
    for (; at < in.size && in.bytes[at] != '='; at++) {
        int value = base64_value(in.bytes[at]);
        if (value < 0) {
            int byte = (signed char)in.bytes[at];
            return rask_error_set(err, RASK_ERROR_RUNTIME, "Illegal base64 character %s%x",
                                  byte < 0 ? "-" : "", byte < 0 ? -byte : byte);
        }
        bits = bits << 6 | (uint32_t)value;
        if (++digits < 4)
            continue;
        for (int shift = 16; shift >= 0; shift -= 8)
            out[(*written)++] = (char)(bits >> shift);
        digits = 0;
    }
    RASK_TRY(end_base64(in, at, digits, err));
    if (digits >= 2)
        out[(*written)++] = (char)(bits >> (digits == 2 ? 4 : 10));
    if (digits == 3)
        out[(*written)++] = (char)(bits >> 2);
    return RASK_OK;
}

static rask_status from_base64(func_call *call, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        text_span in = span_of(call, 0, row);
        int64_t size;
        char *out;
        /* The bytes behind the text, in which they are read as UTF-8. */
        RASK_TRY_OUT(status, func_text_room(&text, 4 * in.size, &out, err));
        func_failed_at(call, row); /* counts only where it fails */
        RASK_TRY_OUT(status, decode_base64(in, out + 3 * in.size, &size, err));
        func_text_advance(&text,
                          base_charset_decode(BASE_CHARSET_UTF_8, out + 3 * in.size, size, out));
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

/* ---- character sets -------------------------------------------------------------------------- */

/* A literal name is looked up once; `prepared` stays NULL for an unknown one, which fails when a
 * row asks for it. */
static rask_status prepare_charset(base_arena *arena, const func_infer_call *call,
                                   const void **prepared, rask_error *err) {
    const data_value *name = call->literals[1];
    base_charset found;
    if (name != NULL && !name->is_null &&
        base_charset_find(name->text.bytes, name->text.length, &found))
        *prepared = base_arena_copy(arena, &found, sizeof found);
    return RASK_OK;
}

static rask_status charset_of(func_call *call, int32_t row, base_charset *out, rask_error *err) {
    text_span name = span_of(call, 1, row);
    if (call->prepared != NULL) {
        *out = *(const base_charset *)call->prepared;
        return RASK_OK;
    }
    if (base_charset_find(name.bytes, name.size, out))
        return RASK_OK;
    func_failed_at(call, row);
    rask_status status = rask_error_set(err, RASK_ERROR_RUNTIME, "unknown character set: %.*s",
                                        (int)name.size, name.bytes);
    rask_error_hint(err, "known are %s", base_charset_names());
    return status;
}

static rask_status recode(func_call *call, int32_t growth,
                          int64_t (*convert)(base_charset charset, const char *bytes, int64_t size,
                                             char *out),
                          rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        text_span in = span_of(call, 0, row);
        base_charset charset;
        char *out;
        RASK_TRY_OUT(status, charset_of(call, row, &charset, err));
        RASK_TRY_OUT(status, func_text_room(&text, growth * in.size + 2, &out, err));
        func_text_advance(&text, convert(charset, in.bytes, in.size, out));
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

static rask_status encode(func_call *call, rask_error *err) {
    return recode(call, 4, base_charset_encode, err);
}

static rask_status decode(func_call *call, rask_error *err) {
    return recode(call, 3, base_charset_decode, err);
}

/* ---- percent signs --------------------------------------------------------------------------- */

static bool is_unreserved(char c) {
    return isalnum((unsigned char)c) || (c != '\0' && strchr(".-*_", c) != NULL);
}

static rask_status url_encode(func_call *call, rask_error *err) {
    static const char digits[] = "0123456789ABCDEF";
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        text_span in = span_of(call, 0, row);
        char *out, *end;
        RASK_TRY_OUT(status, func_text_room(&text, 3 * in.size, &out, err));
        end = out;
        for (int64_t i = 0; i < in.size; i++) {
            char c = in.bytes[i];
            if (is_unreserved(c) || c == ' ') {
                *end++ = c == ' ' ? '+' : c;
                continue;
            }
            *end++ = '%';
            *end++ = digits[(uint8_t)c >> 4];
            *end++ = digits[(uint8_t)c & 15];
        }
        func_text_advance(&text, end - out);
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

static int hex_digit(char c) {
    static const char digits[] = "0123456789abcdef";
    const char *at = c == '\0' ? NULL : strchr(digits, tolower((unsigned char)c));
    return at == NULL ? -1 : (int)(at - digits);
}

/* Two digits as Java's parseInt takes them, so that "+1" is one; -1 = damaged. */
static int escaped_byte(const char *at) {
    int high = at[0] == '+' ? 0 : hex_digit(at[0]), low = hex_digit(at[1]);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Bytes of one run of escapes are read as UTF-8 together; `bytes` has room for them. */
static bool decode_url(text_span in, char *bytes, char *out, int64_t *written) {
    *written = 0;
    for (int64_t at = 0; at < in.size;) {
        int64_t run = 0;
        for (; at < in.size && in.bytes[at] == '%'; at += 3) {
            int byte = in.size - at < 3 ? -1 : escaped_byte(in.bytes + at + 1);
            if (byte < 0)
                return false;
            bytes[run++] = (char)byte;
        }
        *written += base_charset_decode(BASE_CHARSET_UTF_8, bytes, run, out + *written);
        for (; at < in.size && in.bytes[at] != '%'; at++)
            out[(*written)++] = in.bytes[at] == '+' ? ' ' : in.bytes[at];
    }
    return true;
}

static rask_status url_decode(func_call *call, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        text_span in = span_of(call, 0, row);
        int64_t size;
        char *out;
        RASK_TRY_OUT(status, func_text_room(&text, 4 * in.size, &out, err));
        if (decode_url(in, out + 3 * in.size, out, &size))
            func_text_advance(&text, size);
        else
            data_column_set_null(call->result, row);
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

/* ---- rows ------------------------------------------------------------------------------------ */

enum { PURE = FUNC_TAKES_CONSTANT | FUNC_TAKES_DICTIONARY };

#define CODED(function_name, signature, function, kernel_flags)                                    \
    .name = function_name, .sig = signature, .flags = (kernel_flags) | FUNC_TAKES_CONSTANT,        \
    .kernel = function, .category = "string", .cost = 40

static const func_row rows[] = {
    {CODED("TO_BASE64", "(STRING) -> STRING", to_base64, PURE), .api = "to_base64",
     .aliases = "TOBASE64", .forms = "'TO_BASE64(<STRING>)'", .doc = "The text's bytes in base 64.",
     .example = "TO_BASE64('Hello')", .result = "SGVsbG8="},
    {CODED("TO_BASE64", "(BINARY) -> STRING", to_base64, PURE), .doc = "Bytes in base 64."},
    {CODED("FROM_BASE64", "(STRING) -> STRING", from_base64, FUNC_CAN_FAIL), .api = "from_base64",
     .aliases = "FROMBASE64", .forms = "'FROM_BASE64(<STRING>)'",
     .doc = "The text that was written in base 64.", .example = "FROM_BASE64('SGVsbG8=')",
     .result = "Hello"},
    {CODED("FROM_BASE64", "(BINARY) -> STRING", from_base64, FUNC_CAN_FAIL),
     .doc = "The text that was written in base 64."},
    {CODED("ENCODE", "(STRING, STRING) -> BYTES", encode, FUNC_CAN_FAIL),
     .prepare = prepare_charset, .api = "encode", .forms = "'ENCODE(<CHARACTER>, <CHARACTER>)'",
     .doc = "The text's bytes in a character set.", .example = "ENCODE('hi', 'UTF-16BE')",
     .result = "x'00680069'"},
    {CODED("DECODE", "(BINARY, STRING) -> STRING", decode, FUNC_CAN_FAIL),
     .prepare = prepare_charset, .api = "decode", .forms = "'DECODE(<BINARY>, <CHARACTER>)'",
     .doc = "The text that bytes in a character set mean.", .example = "DECODE(x'6869', 'UTF-8')",
     .result = "hi"},
    {CODED("URL_ENCODE", "(STRING) -> STRING NULL", url_encode, PURE), .api = "url_encode",
     .forms = "URL_ENCODE(<CHARACTER_STRING>)",
     .doc = "As a part of a URL: letters, digits and .-*_ stay, the rest becomes %XX.",
     .example = "URL_ENCODE('a b&c')", .result = "a+b%26c"},
    {CODED("URL_DECODE", "(STRING) -> STRING NULL", url_decode, FUNC_NULL_ON_BAD_INPUT),
     .api = "url_decode", .forms = "URL_DECODE(<CHARACTER_STRING>)",
     .doc = "The text behind a part of a URL; NULL where an escape is damaged.",
     .example = "URL_DECODE('a+b%26c')", .result = "a b&c"},
};
FUNC_FAMILY(func_encoding_family, rows);
