/* Fixed-point decimals of up to 38 digits on __int128 with 256-bit intermediates, and the exact
 * text forms of numbers as Java prints them.  No knowledge of columns. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include "base/error.h"

typedef __int128 base_i128;
enum { BASE_DECIMAL_DIGITS_MAX = 38, BASE_NUMBER_TEXT_MAX = 64 };

base_i128 base_power_of_ten(int32_t exponent); /* 0..38 */
/* All round half up (away from zero), as Flink's DecimalData; false = does not fit 38 digits. */
bool base_decimal_rescale(base_i128 value, int32_t from_scale, int32_t to_scale, base_i128 *out);
bool base_decimal_multiply(base_i128 a, base_i128 b, int32_t scale_a, int32_t scale_b,
                           int32_t scale_out, base_i128 *out);
bool base_decimal_divide(base_i128 a, base_i128 b, int32_t scale_a, int32_t scale_b,
                         int32_t scale_out, base_i128 *out); /* b != 0 */
bool base_decimal_remainder(base_i128 a, base_i128 b, int32_t scale_a, int32_t scale_b,
                            int32_t scale_out, base_i128 *out);
bool base_decimal_fits(base_i128 value, int32_t precision);
int base_decimal_compare(base_i128 a, int32_t scale_a, base_i128 b, int32_t scale_b);
double base_decimal_to_double(base_i128 value, int32_t scale);
bool base_decimal_from_double(double value, int32_t precision, int32_t scale, base_i128 *out);
/* Parses [+-]digits[.digits][e[+-]digits], no white space; rounds half up to `scale`. */
bool base_decimal_parse(const char *text, int64_t length, int32_t precision, int32_t scale,
                        base_i128 *out);
/* Writes the text without NUL into `out` (BASE_NUMBER_TEXT_MAX bytes); returns its length. */
int32_t base_decimal_format(base_i128 value, int32_t scale, char *out);

/* Writers of at most BASE_NUMBER_TEXT_MAX bytes, without NUL; they return the length. */
int32_t base_i64_format(int64_t value, char *out);
int32_t base_double_format(double value, char *out); /* as Double.toString: 1.0E10, 0.001, NaN */
int32_t base_float_format(float value, char *out);   /* as Float.toString */
bool base_i64_parse(const char *text, int64_t length, int64_t *out); /* strict [+-]digits */
/* Java's syntax: surrounding blanks, NaN, Infinity, hexadecimal, a trailing d or f. */
bool base_double_parse(const char *text, int64_t length, double *out);
bool base_float_parse(const char *text, int64_t length, float *out); /* rounds once, to float */

#endif
