/* Values as the text formats write them: Java's and Flink's texts where they differ from what CAST
 * AS STRING prints.  Writers fill `out` (VALUE_TEXT_MAX bytes) without NUL and return the length.
 */
#ifndef FORMAT_VALUE_TEXT_H
#define FORMAT_VALUE_TEXT_H

#include "data/column.h"

enum { VALUE_TEXT_MAX = 64 };

/* Row `index` of a flat DECIMAL column, whatever its width. */
base_i128 value_decimal_at(const data_column *flat, int64_t index);
/* Row `index` of a flat TIMESTAMP or TIMESTAMP_LTZ column in nanoseconds. */
base_i128 value_nanos_at(const data_column *flat, int64_t index);
/* Row `index` of a flat BOOLEAN or integer column. */
int64_t value_i64_at(const data_column *flat, int64_t index);

/* HH:mm:ss[.fff] without trailing zeros. */
int32_t value_time_text(int32_t millis_of_day, char *out);
/* yyyy-MM-dd<separator>HH:mm:ss[.fffffffff] without trailing zeros, but with at least
 * `fraction_min` digits. */
int32_t value_timestamp_text(base_i128 nanos, char separator, int32_t fraction_min, char *out);
/* Java's BigDecimal.toString: 1.50, 1E+2; `strip` drops trailing zeros first. */
int32_t value_decimal_text(base_i128 unscaled, int32_t scale, bool strip, char *out);
/* Bytes of base64 that `size` bytes become. */
int64_t value_base64_length(int64_t size);
void value_base64(const uint8_t *bytes, int64_t size, char *out);

#endif
