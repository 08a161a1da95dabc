/* Character sets of ENCODE and DECODE: the ones every Java has, and UTF-32.
 *
 * What cannot be written becomes '?' (U+FFFD in the Unicode ones), damaged input becomes U+FFFD,
 * one for as many bytes as Java takes for one. */
#ifndef BASE_CHARSET_H
#define BASE_CHARSET_H

#include "base/error.h"

typedef enum base_charset {
    BASE_CHARSET_UTF_8,
    BASE_CHARSET_ASCII,
    BASE_CHARSET_LATIN_1,
    BASE_CHARSET_UTF_16, /* big end first with a byte order mark; reads either */
    BASE_CHARSET_UTF_16BE,
    BASE_CHARSET_UTF_16LE,
    BASE_CHARSET_UTF_32, /* big end first without a mark; reads either */
    BASE_CHARSET_UTF_32BE,
    BASE_CHARSET_UTF_32LE
} base_charset;

/* By name or alias in any case; false = not one of them. */
bool base_charset_find(const char *name, int64_t length, base_charset *out);
const char *base_charset_names(void); /* for error messages */

/* UTF-8 to the character set; writes at most 4 bytes a byte and 2 more, returns how many. */
int64_t base_charset_encode(base_charset charset, const char *bytes, int64_t size, char *out);
/* The character set to UTF-8; writes at most 3 bytes a byte. */
int64_t base_charset_decode(base_charset charset, const char *bytes, int64_t size, char *out);

#endif
