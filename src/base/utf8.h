/* UTF-8: counting, walking, validating.  Positions are code points, as in Flink's
 * BinaryStringData; a damaged byte counts as one. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/error.h"

bool base_utf8_is_valid(const char *bytes, int64_t size);
/* Number of code points. */
int64_t base_utf8_length(const char *bytes, int64_t size);
/* Byte offset of code point `n`, or `size` when there are not so many. */
int64_t base_utf8_offset(const char *bytes, int64_t size, int64_t n);
/* The code point at *offset (< size), moving past it; -1 = damaged byte, moving past one byte. */
int32_t base_utf8_next(const char *bytes, int64_t size, int64_t *offset);
/* Writes 1..4 bytes and returns how many. */
int32_t base_utf8_put(int32_t code_point, char *out);
/* Columns in Flink's printed tables: one for each UTF-16 unit, one more for wide and full-width
 * (East Asian) characters; so an emoji has three. */
int32_t base_utf8_width(int32_t code_point);
int64_t base_utf8_display_width(const char *bytes, int64_t size);

#endif
