/* The text of integers and floating-point numbers, as Java reads and prints them.
 *
 * Printing finds the shortest decimal that reads back as the same number and, among those, the one
 * nearest to it; with at least two digits, as Java writes 4.9E-324.  The method is Giulietti's
 * ("The Schubfach way to render doubles"): with v = c * 2^q and k = floor(log10 of the distance to
 * the next number), scale v and the two ends of its rounding interval by 10^-k with one 126-bit
 * power of ten; the answer is one of the two integers around v, or of the two multiples of ten
 * around it when one of those lies in the interval.
 *
 * The powers are computed at first use with a small bignum, exactly, instead of being listed. */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"

typedef unsigned __int128 u128;

/* ---- integers -------------------------------------------------------------------------------- */

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324252627282930"
                                  "31323334353637383940414243444546474849505152535455565758596061"
                                  "62636465666768697071727374757677787980818283848586878889909192"
                                  "93949596979899";

/* Writes the digits so that they end before `end`; returns where they start. */
static char *write_digits(uint64_t value, char *end) {
    while (value >= 100) {
        end -= 2;
        memcpy(end, digit_pairs + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        end -= 2;
        memcpy(end, digit_pairs + 2 * value, 2);
    } else {
        *--end = (char)('0' + value);
    }
    return end;
}

int32_t base_i64_format(int64_t value, char *out) {
    char text[24];
    char *start = write_digits(value < 0 ? -(uint64_t)value : (uint64_t)value, text + sizeof text);
    int32_t length = (int32_t)(text + sizeof text - start);
    if (value < 0)
        *out++ = '-';
    memcpy(out, start, (size_t)length);
    return length + (value < 0);
}

bool base_i64_parse(const char *text, int64_t length, int64_t *out) {
    const char *end = text + length;
    bool negative = length > 0 && *text == '-';
    text += length > 0 && (*text == '-' || *text == '+');
    if (text == end)
        return false;
    int64_t value = 0; /* counted downwards: the negative range is the larger one */
    for (; text < end; text++) {
        unsigned digit = (unsigned char)*text - (unsigned)'0';
        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, (int64_t)digit, &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *out = negative ? value : -value;
    return true;
}

/* ---- powers of ten --------------------------------------------------------------------------- */

enum {
    POWER_MIN = -292, /* -k for the largest double */
    POWER_MAX = 324,  /* -k for the smallest */
    BIG_WORDS = 40    /* 2^2560, well above 10^324 and above 2^(126 + 1077) */
};

typedef struct big {
    uint32_t words[2 * BIG_WORDS]; /* little end first */
} big;

static u128 power_table[POWER_MAX - POWER_MIN + 1];
static pthread_once_t power_once = PTHREAD_ONCE_INIT;

static void big_multiply_by_ten(big *b) {
    uint64_t carry = 0;
    for (int i = 0; i < 2 * BIG_WORDS; i++) {
        carry += (uint64_t)b->words[i] * 10;
        b->words[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static void big_divide_by_ten(big *b) {
    uint64_t rest = 0;
    for (int i = 2 * BIG_WORDS - 1; i >= 0; i--) {
        rest = rest << 32 | b->words[i];
        b->words[i] = (uint32_t)(rest / 10);
        rest %= 10;
    }
}

/* The top 126 bits plus one: an upper bound, less than one unit too large. */
static u128 big_top(const big *b) {
    int top = 2 * BIG_WORDS - 1;
    while (b->words[top] == 0)
        top--;
    int bits = 32 * top + 32 - __builtin_clz(b->words[top]);
    u128 result = 0;
    for (int i = 0; i < 126; i++) {
        int bit = bits - 1 - i;
        result = result << 1 | (bit >= 0 ? b->words[bit / 32] >> bit % 32 & 1 : 0);
    }
    return result + 1;
}

/* Floors compose, so that dividing 2^2559 by ten again and again keeps floor(2^2559 / 10^n), of
 * which far more than 126 bits are left at the end. */
static void make_powers(void) {
    big up = {.words = {1}}, down = {.words = {[2 * BIG_WORDS - 1] = 1U << 31}};
    for (int e = 0; e <= POWER_MAX; e++) {
        power_table[e - POWER_MIN] = big_top(&up);
        big_multiply_by_ten(&up);
    }
    for (int e = -1; e >= POWER_MIN; e--) {
        big_divide_by_ten(&down);
        power_table[e - POWER_MIN] = big_top(&down);
    }
}

/* floor(log10(2^e)), floor(log10(3/4 * 2^e)) and floor(log2(10^e)) for the exponents of doubles. */
static int floor_log10_of_2(int e) {
    return (e * 315653) >> 20;
}
static int floor_log10_of_3_4(int e) {
    return (e * 315653 - 131072) >> 20;
}
static int floor_log2_of_10(int e) {
    return (e * 1741647) >> 19;
}

/* ---- shortest digits ------------------------------------------------------------------------- */

typedef struct decimal {
    uint64_t digits;
    int exponent; /* digits * 10^exponent */
} decimal;

/* power * scaled / 2^127, rounded to odd: the last bit also says whether anything was cut off.
 * What the power is too large by shows only in the lowest 64 bits, which are not looked at. */
static uint64_t multiply_round_odd(u128 power, uint64_t scaled) {
    u128 low = (u128)(uint64_t)power * scaled;
    u128 high = (u128)(uint64_t)(power >> 64) * scaled + (low >> 64);
    uint64_t cut = (uint64_t)high & (UINT64_MAX >> 1);
    return (uint64_t)(high >> 63) | (cut != 0);
}

/* The shortest decimal for c * 2^q.  `irregular`: the number below is only half as far away as the
 * number above (c is a power of two). */
static decimal shortest(uint64_t c, int q, bool irregular) {
    uint64_t out = c & 1; /* the ends of the interval belong to even numbers only */
    uint64_t middle = c << 2, above = middle + 2, below = middle - (irregular ? 1 : 2);
    int k = irregular ? floor_log10_of_3_4(q) : floor_log10_of_2(q);
    int shift = q + floor_log2_of_10(-k) + 2;
    u128 power = power_table[-k - POWER_MIN];
    uint64_t v = multiply_round_odd(power, middle << shift);
    uint64_t v_below = multiply_round_odd(power, below << shift);
    uint64_t v_above = multiply_round_odd(power, above << shift);
    uint64_t s = v >> 2; /* v, v_below, v_above count quarters */
    if (s >= 100) {      /* below that, one digit less would leave only one */
        uint64_t ten = s / 10 * 10;
        bool lower_fits = v_below + out <= ten << 2;
        bool upper_fits = ((ten + 10) << 2) + out <= v_above;
        if (lower_fits != upper_fits)
            return (decimal){lower_fits ? ten : ten + 10, k};
    }
    bool lower_fits = v_below + out <= s << 2;
    bool upper_fits = ((s + 1) << 2) + out <= v_above;
    if (lower_fits != upper_fits)
        return (decimal){lower_fits ? s : s + 1, k};
    int64_t order = (int64_t)(v - ((2 * s + 1) << 1)); /* v against the middle of s and s + 1 */
    return (decimal){order < 0 || (order == 0 && (s & 1) == 0) ? s : s + 1, k};
}

/* Java's layout: 0.001 <= v < 10^7 plainly, else d.ddE±n; always a digit after the point. */
static int32_t write_decimal(decimal d, char *out) {
    char text[24];
    char *end = text + sizeof text, *start = write_digits(d.digits, end);
    while (end - start > 1 && end[-1] == '0') {
        end--;
        d.exponent++;
    }
    int count = (int)(end - start), point = count + d.exponent; /* digits before the point */
    char *o = out;
    if (point > 7 || point < -2) {
        *o++ = *start;
        *o++ = '.';
        memcpy(o, count > 1 ? start + 1 : "0", (size_t)(count > 1 ? count - 1 : 1));
        o += count > 1 ? count - 1 : 1;
        *o++ = 'E';
        return (int32_t)(o - out) + base_i64_format(point - 1, o);
    }
    if (point <= 0) {
        static const char zeros[4] = {'0', '.', '0', '0'};
        memcpy(o, zeros, 4);
        o += 2 - point;
        memcpy(o, start, (size_t)count);
        return (int32_t)(o - out) + count;
    }
    int before = count < point ? count : point;
    memcpy(o, start, (size_t)before);
    memset(o + before, '0', (size_t)(point - before));
    o += point;
    *o++ = '.';
    if (count <= point) {
        *o = '0';
        return point + 2;
    }
    memcpy(o, start + point, (size_t)(count - point));
    return count + 1;
}

/* A number as IEEE stores it; `exponent_min` is the exponent of the last bit of a subnormal. */
static int32_t format_parts(uint64_t fraction, int biased, int fraction_bits, int exponent_min,
                            char *out) {
    pthread_once(&power_once, make_powers);
    if (biased == 0) {
        /* Too few digits to choose from: a tenfold number has the same decimals, one place up. */
        uint64_t factor = fraction < 3 ? 10 : 1;
        decimal d = shortest(fraction * factor, exponent_min, false);
        d.exponent -= factor == 10;
        return write_decimal(d, out);
    }
    uint64_t c = fraction | 1ULL << fraction_bits;
    return write_decimal(shortest(c, biased - 1 + exponent_min, fraction == 0 && biased > 1), out);
}

static int32_t format_special(bool is_nan, bool is_zero, char *out) {
    const char *text = is_nan ? "NaN" : is_zero ? "0.0" : "Infinity";
    int32_t length = 0;
    for (; text[length] != '\0'; length++)
        out[length] = text[length];
    return length;
}

/* Numbers with up to three decimals and 15 digits, the most common ones: different decimals of 15
 * digits are different doubles, so that this one is the shortest. */
static bool is_short_decimal(double magnitude, decimal *out) {
    double scaled = magnitude * 1000;
    if (!(scaled < 1e15))
        return false;
    *out = (decimal){(uint64_t)scaled, -3};
    return (double)out->digits == scaled && scaled / 1000 == magnitude;
}

int32_t base_double_format(double value, char *out) {
    uint64_t bits;
    decimal simple;
    memcpy(&bits, &value, 8);
    int biased = (int)(bits >> 52 & 0x7FF);
    uint64_t fraction = bits & ((1ULL << 52) - 1);
    bool negative = bits >> 63 && !isnan(value);
    if (negative)
        *out++ = '-';
    if (biased == 0x7FF || (bits << 1) == 0)
        return negative + format_special(isnan(value), biased == 0, out);
    if (is_short_decimal(fabs(value), &simple))
        return negative + write_decimal(simple, out);
    return negative + format_parts(fraction, biased, 52, -1074, out);
}

int32_t base_float_format(float value, char *out) {
    uint32_t bits;
    memcpy(&bits, &value, 4);
    int biased = (int)(bits >> 23 & 0xFF);
    uint32_t fraction = bits & ((1U << 23) - 1);
    bool negative = bits >> 31 && !isnan(value);
    if (negative)
        *out++ = '-';
    if (biased == 0xFF || (bits << 1) == 0)
        return negative + format_special(isnan(value), biased == 0, out);
    return negative + format_parts(fraction, biased, 23, -149, out);
}

/* ---- reading --------------------------------------------------------------------------------- */

enum { NUMBER_LENGTH_MAX = 4096 };
static locale_t c_locale; /* strtod() would read the decimal point of the process's locale */
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;
static void make_c_locale(void) {
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static const double ten_exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* [digits][.digits][e[+-]digits]: checks the shape.  `mantissa` has up to 19 digits; `exact` says
 * that it is all of them. */
static bool scan_number(const char *text, int64_t length, uint64_t *mantissa, int *exponent,
                        bool *exact) {
    int64_t i = 0, digits = 0, significant = 0, dropped = 0, fraction = 0, written = 0;
    bool in_fraction = false;
    for (*mantissa = 0; i < length; i++) {
        unsigned digit = (unsigned char)text[i] - (unsigned)'0';
        if (digit <= 9) {
            digits++;
            fraction += in_fraction;
            significant += *mantissa != 0 || digit != 0;
            if (significant <= 19)
                *mantissa = *mantissa * 10 + digit;
            else
                dropped++;
        } else if (text[i] == '.' && !in_fraction) {
            in_fraction = true;
        } else {
            break;
        }
    }
    if (i < length && (text[i] == 'e' || text[i] == 'E')) {
        bool negative = ++i < length && text[i] == '-';
        i += i < length && (text[i] == '-' || text[i] == '+');
        if (i == length)
            return false;
        for (; i < length && text[i] >= '0' && text[i] <= '9'; i++)
            written = written < 100000 ? written * 10 + (text[i] - '0') : written;
        written = negative ? -written : written;
    }
    *exact = dropped == 0;
    *exponent = (int)(written - fraction + dropped);
    return digits > 0 && i == length;
}

/* strtod() on a NUL-terminated copy; it also reads hexadecimal numbers, which Java does too. */
static bool parse_slowly(const char *text, int64_t length, bool as_float, double *out) {
    char copy[NUMBER_LENGTH_MAX + 1], *end;
    if (length > NUMBER_LENGTH_MAX)
        return false;
    memcpy(copy, text, (size_t)length);
    copy[length] = '\0';
    pthread_once(&c_locale_once, make_c_locale);
    *out = as_float ? (double)strtof_l(copy, &end, c_locale) : strtod_l(copy, &end, c_locale);
    return length > 0 && end == copy + length;
}

/* Java asks for the p in 0x1.8p1. */
static bool is_hexadecimal(const char *text, int64_t length) {
    return length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
           (memchr(text, 'p', (size_t)length) != NULL || memchr(text, 'P', (size_t)length) != NULL);
}

static bool is_suffix(char c) {
    return c == 'd' || c == 'D' || c == 'f' || c == 'F';
}

static bool parse_magnitude(const char *text, int64_t length, bool as_float, double *out) {
    uint64_t mantissa;
    int exponent;
    bool exact;
    if (length == 8 && memcmp(text, "Infinity", 8) == 0) {
        *out = (double)INFINITY;
        return true;
    }
    if (length == 3 && memcmp(text, "NaN", 3) == 0) {
        *out = (double)NAN;
        return true;
    }
    if (length > 1 && is_suffix(text[length - 1]))
        length--;
    if (is_hexadecimal(text, length))
        return parse_slowly(text, length, as_float, out);
    if (!scan_number(text, length, &mantissa, &exponent, &exact))
        return false;
    if (exact && mantissa == 0) {
        *out = 0;
        return true;
    }
    /* Where both operands are exact, one multiplication or division rounds once. */
    uint64_t mantissa_max = as_float ? 1ULL << 24 : 1ULL << 53;
    int exponent_max = as_float ? 10 : 22;
    if (exact && mantissa <= mantissa_max && abs(exponent) <= exponent_max) {
        double power = ten_exact[abs(exponent)];
        if (as_float)
            *out = exponent < 0 ? (float)mantissa / (float)power : (float)mantissa * (float)power;
        else
            *out = exponent < 0 ? (double)mantissa / power : (double)mantissa * power;
        return true;
    }
    return parse_slowly(text, length, as_float, out);
}

static bool parse(const char *text, int64_t length, bool as_float, double *out) {
    double value;
    while (length > 0 && (unsigned char)*text <= ' ') {
        text++;
        length--;
    }
    while (length > 0 && (unsigned char)text[length - 1] <= ' ')
        length--;
    bool negative = length > 0 && *text == '-';
    if (length > 0 && (*text == '-' || *text == '+')) {
        text++;
        length--;
    }
    if (!parse_magnitude(text, length, as_float, &value))
        return false;
    *out = negative ? -value : value;
    return true;
}

bool base_double_parse(const char *text, int64_t length, double *out) {
    return parse(text, length, false, out);
}

bool base_float_parse(const char *text, int64_t length, float *out) {
    double value;
    if (!parse(text, length, true, &value))
        return false;
    *out = (float)value;
    return true;
}
