/* UTF-8: counting, walking, validating; positions are code points, as in Flink's BinaryStringData. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/error.h"

bool base_utf8_is_valid(const char *bytes, int64_t size);
int64_t base_utf8_length(const char *bytes, int64_t size);            /* code points */
int64_t base_utf8_offset(const char *bytes, int64_t size, int64_t n); /* byte offset of code point n, or size */
int32_t base_utf8_next(const char *bytes, int64_t size, int64_t *offset); /* code point; -1 = damaged byte */
int32_t base_utf8_put(int32_t code_point, char *out);                 /* bytes written, 1..4 */
int32_t base_utf8_width(int32_t code_point);                          /* terminal columns: 0, 1 or 2 */
int64_t base_utf8_display_width(const char *bytes, int64_t size);

#endif
