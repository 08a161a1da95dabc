/* See charset.h.  A character set reads one code point at a time and writes one at a time. */
#include "base/charset.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"

enum { REPLACEMENT = 0xFFFD, SURROGATE_MIN = 0xD800, SURROGATE_MAX = 0xDFFF, TRAIL_MIN = 0xDC00 };

static bool is_surrogate(int32_t c) {
    return c >= SURROGATE_MIN && c <= SURROGATE_MAX;
}

/* ---- UTF-8, as Java counts what is damaged ----------------------------------------------------
 */

static bool is_continuation(uint8_t byte) {
    return (byte & 0xC0) == 0x80;
}

/* A second byte that no sequence with this first byte has. */
static bool is_bad_second(uint8_t first, uint8_t second) {
    return !is_continuation(second) || (first == 0xE0 && second < 0xA0) ||
           (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
}

static int sequence_length(uint8_t first) {
    if (first < 0x80)
        return 1;
    if (first < 0xC2)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
}

/* The code point at *at, moving past it; REPLACEMENT for the longest prefix of a sequence. */
static int32_t next_utf8(const uint8_t *bytes, int64_t size, int64_t *at) {
    uint8_t first = bytes[*at];
    int length = sequence_length(first);
    (*at)++;
    if (length == 1)
        return first;
    if (length == 0)
        return REPLACEMENT;
    int32_t c = first & (0x7F >> length);
    for (int i = 1; i < length; i++) {
        if (*at == size ||
            (i == 1 ? is_bad_second(first, bytes[*at]) : !is_continuation(bytes[*at])))
            return REPLACEMENT;
        c = c << 6 | (bytes[(*at)++] & 0x3F);
    }
    return is_surrogate(c) ? REPLACEMENT : c;
}

/* ---- fixed units ----------------------------------------------------------------------------- */

static uint32_t load_unit(const uint8_t *bytes, int width, bool little_end) {
    uint32_t value = 0;
    for (int i = 0; i < width; i++)
        value = value << 8 | bytes[little_end ? width - 1 - i : i];
    return value;
}

static int64_t store_unit(uint32_t value, int width, bool little_end, char *out) {
    for (int i = 0; i < width; i++)
        out[i] = (char)(value >> 8 * (little_end ? i : width - 1 - i));
    return width;
}

static int32_t next_utf16(const uint8_t *bytes, int64_t size, int64_t *at, bool little_end) {
    if (size - *at < 2) {
        *at = size;
        return REPLACEMENT;
    }
    int32_t c = (int32_t)load_unit(bytes + *at, 2, little_end);
    *at += 2;
    if (!is_surrogate(c))
        return c;
    if (c >= TRAIL_MIN)
        return REPLACEMENT;
    int32_t trail = size - *at < 2 ? 0 : (int32_t)load_unit(bytes + *at, 2, little_end);
    *at = size - *at < 2 ? size : *at + 2; /* what should have been the trail goes too */
    if (!is_surrogate(trail) || trail < TRAIL_MIN)
        return REPLACEMENT;
    return 0x10000 + ((c - SURROGATE_MIN) << 10) + (trail - TRAIL_MIN);
}

static int32_t next_utf32(const uint8_t *bytes, int64_t size, int64_t *at, bool little_end) {
    if (size - *at < 4) {
        *at = size;
        return REPLACEMENT;
    }
    uint32_t c = load_unit(bytes + *at, 4, little_end);
    *at += 4;
    if (is_surrogate((int32_t)c))
        return '?';
    return c > 0x10FFFF ? REPLACEMENT : (int32_t)c;
}

static int64_t put_utf16(int32_t c, bool little_end, char *out) {
    if (c < 0x10000)
        return store_unit((uint32_t)c, 2, little_end, out);
    c -= 0x10000;
    store_unit((uint32_t)(SURROGATE_MIN + (c >> 10)), 2, little_end, out);
    return 2 + store_unit((uint32_t)(TRAIL_MIN + (c & 0x3FF)), 2, little_end, out + 2);
}

/* ---- all of them ----------------------------------------------------------------------------- */

typedef enum charset_form { FORM_UTF_8, FORM_BYTE, FORM_UTF_16, FORM_UTF_32 } charset_form;

static const struct {
    const char *names; /* Java's name, then its aliases */
    charset_form form;
    int32_t max; /* FORM_BYTE: the last code point */
    bool little_end;
    bool reads_mark, writes_mark; /* reads_mark: in either order */
} charsets[] = {
    [BASE_CHARSET_UTF_8] = {"UTF-8,UTF8,unicode-1-1-utf-8", FORM_UTF_8},
    [BASE_CHARSET_ASCII] = {"US-ASCII,ASCII,ISO646-US,ISO_646.irv:1991,ISO_646.irv:1983,646,us,"
                            "iso-ir-6,ANSI_X3.4-1968,ANSI_X3.4-1986,ascii7,cp367,IBM367,csASCII,"
                            "default",
                            FORM_BYTE, 0x7F},
    [BASE_CHARSET_LATIN_1] = {"ISO-8859-1,ISO8859_1,ISO8859-1,ISO_8859-1,ISO_8859_1,"
                              "ISO_8859-1:1987,8859_1,latin1,l1,iso-ir-100,cp819,819,IBM819,"
                              "IBM-819,csISOLatin1",
                              FORM_BYTE, 0xFF},
    [BASE_CHARSET_UTF_16] = {"UTF-16,UTF_16,utf16,unicode,UnicodeBig", FORM_UTF_16, 0, false, true,
                             true},
    [BASE_CHARSET_UTF_16BE] = {"UTF-16BE,UTF_16BE,ISO-10646-UCS-2,X-UTF-16BE,UnicodeBigUnmarked",
                               FORM_UTF_16},
    [BASE_CHARSET_UTF_16LE] = {"UTF-16LE,UTF_16LE,X-UTF-16LE,UnicodeLittleUnmarked", FORM_UTF_16, 0,
                               true},
    [BASE_CHARSET_UTF_32] = {"UTF-32,UTF_32,UTF32,ISO-10646-UCS-4", FORM_UTF_32, 0, false, true},
    [BASE_CHARSET_UTF_32BE] = {"UTF-32BE,UTF_32BE,X-UTF-32BE", FORM_UTF_32},
    [BASE_CHARSET_UTF_32LE] = {"UTF-32LE,UTF_32LE,X-UTF-32LE", FORM_UTF_32, 0, true},
};

bool base_charset_find(const char *name, int64_t length, base_charset *out) {
    for (size_t i = 0; i < sizeof charsets / sizeof charsets[0]; i++) {
        for (const char *at = charsets[i].names; *at != '\0';) {
            size_t size = strcspn(at, ",");
            if ((int64_t)size == length && strncasecmp(at, name, size) == 0) {
                *out = (base_charset)i;
                return true;
            }
            at += size + (at[size] == ',');
        }
    }
    return false;
}

const char *base_charset_names(void) {
    return "UTF-8, US-ASCII, ISO-8859-1, UTF-16, UTF-16BE, UTF-16LE, UTF-32, UTF-32BE, UTF-32LE";
}

int64_t base_charset_encode(base_charset charset, const char *bytes, int64_t size, char *out) {
    charset_form form = charsets[charset].form;
    bool little_end = charsets[charset].little_end;
    int64_t written = 0, at = 0;
    if (charsets[charset].writes_mark && size > 0)
        written = store_unit(0xFEFF, 2, little_end, out);
    while (at < size) {
        int32_t c = next_utf8((const uint8_t *)bytes, size, &at);
        if (form == FORM_UTF_8)
            written += base_utf8_put(c, out + written);
        else if (form == FORM_BYTE)
            out[written++] = c <= charsets[charset].max ? (char)c : '?';
        else if (form == FORM_UTF_16)
            written += put_utf16(c, little_end, out + written);
        else
            written += store_unit((uint32_t)c, 4, little_end, out + written);
    }
    return written;
}

/* Passes over a byte order mark; a swapped one turns the ends round where either order is read.
 * All of UTF-32 know it, of UTF-16 only the one that writes it. */
static int64_t skip_mark(base_charset charset, const uint8_t *bytes, int64_t size,
                         bool *little_end) {
    int width = charsets[charset].form == FORM_UTF_32 ? 4 : 2;
    bool knows_mark = charsets[charset].form == FORM_UTF_32 || charsets[charset].reads_mark;
    if (!knows_mark || size < width)
        return 0;
    if (load_unit(bytes, width, *little_end) == 0xFEFF)
        return width;
    if (!charsets[charset].reads_mark || load_unit(bytes, width, !*little_end) != 0xFEFF)
        return 0;
    *little_end = !*little_end;
    return width;
}

int64_t base_charset_decode(base_charset charset, const char *bytes, int64_t size, char *out) {
    charset_form form = charsets[charset].form;
    const uint8_t *in = (const uint8_t *)bytes;
    bool little_end = charsets[charset].little_end;
    int64_t written = 0, at = skip_mark(charset, in, size, &little_end);
    while (at < size) {
        int32_t c;
        if (form == FORM_UTF_8)
            c = next_utf8(in, size, &at);
        else if (form == FORM_UTF_16)
            c = next_utf16(in, size, &at, little_end);
        else if (form == FORM_UTF_32)
            c = next_utf32(in, size, &at, little_end);
        else
            c = in[at] <= charsets[charset].max ? in[at] : REPLACEMENT, at++;
        written += base_utf8_put(c, out + written);
    }
    return written;
}
