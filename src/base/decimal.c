/* Decimal arithmetic on unscaled __int128 values.
 *
 * All of it works on magnitudes (unsigned) and puts the sign back at the end, because half up means
 * away from zero.  Three facts carry the file:
 *   - rounding half up looks at one digit:  round(x / 10^d) = (floor(x / 10^(d-1)) + 5) / 10;
 *   - floors compose:  floor(floor(x / a) / b) = floor(x / (a b)), so big divisors go in steps;
 *   - products of two 128-bit numbers take 256 bits; the only 256-bit division is by 128 bits.
 * Intermediates that leave 256 bits are never formed. */
#include "base/decimal.h"

#include <math.h>

typedef unsigned __int128 u128;
typedef struct u256 {
    u128 high, low;
} u256;

#define TEN18 1000000000000000000ULL
/* Powers of ten up to 10^22 are exact as doubles too, which lets the table be written short. */
#define TEN(n) (u128)1e##n
// clang-format off
static const u128 powers[BASE_DECIMAL_DIGITS_MAX + 1] = {
    TEN(0), TEN(1), TEN(2), TEN(3), TEN(4), TEN(5), TEN(6), TEN(7),
    TEN(8), TEN(9), TEN(10), TEN(11), TEN(12), TEN(13), TEN(14), TEN(15),
    TEN(16), TEN(17), TEN(18), TEN(19), TEN(20), TEN(21), TEN(22),
    TEN(22) * TEN(1), TEN(22) * TEN(2), TEN(22) * TEN(3), TEN(22) * TEN(4),
    TEN(22) * TEN(5), TEN(22) * TEN(6), TEN(22) * TEN(7), TEN(22) * TEN(8),
    TEN(22) * TEN(9), TEN(22) * TEN(10), TEN(22) * TEN(11), TEN(22) * TEN(12),
    TEN(22) * TEN(13), TEN(22) * TEN(14), TEN(22) * TEN(15), TEN(22) * TEN(16),
};
// clang-format on
#undef TEN

base_i128 base_power_of_ten(int32_t exponent) {
    RASK_ASSERT(exponent >= 0 && exponent <= BASE_DECIMAL_DIGITS_MAX);
    return (base_i128)powers[exponent];
}

static u128 magnitude(base_i128 value) {
    return value < 0 ? -(u128)value : (u128)value;
}

/* The result with its sign, if it has at most 38 digits. */
static bool put(u128 value, bool negative, base_i128 *out) {
    if (value >= powers[BASE_DECIMAL_DIGITS_MAX])
        return false;
    *out = negative ? -(base_i128)value : (base_i128)value;
    return true;
}

static bool fits_64(u128 value) {
    return value >> 64 == 0;
}

/* ---- 256 bits -------------------------------------------------------------------------------- */

static u256 multiply_256(u128 a, u128 b) {
    uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64);
    uint64_t b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    u128 low = (u128)a0 * b0;
    u128 middle = (u128)a1 * b0 + (low >> 64); /* cannot overflow: (2^64-1)^2 + 2^64-1 < 2^128 */
    u128 middle2 = (u128)a0 * b1 + (uint64_t)middle;
    u128 high = (u128)a1 * b1 + (middle >> 64) + (middle2 >> 64);
    return (u256){high, middle2 << 64 | (uint64_t)low};
}

/* One 64-bit digit of the quotient: (remainder * 2^64 + next) / divisor where remainder < divisor
 * and divisor has its top bit set.  Knuth's D: estimate from the top words, correct twice. */
static uint64_t divide_step(u128 *remainder, uint64_t next, u128 divisor) {
    uint64_t d1 = (uint64_t)(divisor >> 64), d0 = (uint64_t)divisor;
    uint64_t r1 = (uint64_t)(*remainder >> 64), r0 = (uint64_t)*remainder;
    u128 estimate = r1 >= d1 ? UINT64_MAX : *remainder / d1;
    u128 rest = *remainder - estimate * d1; /* of the top words */
    while (fits_64(rest) && estimate * d0 > (rest << 64 | next)) {
        estimate--;
        rest += d1;
    }
    /* remainder * 2^64 + next - estimate * divisor, modulo 2^128: it is smaller than divisor. */
    *remainder = ((u128)r0 << 64 | next) - estimate * divisor;
    return (uint64_t)estimate;
}

/* value / divisor where value.high < divisor, so that the quotient has 128 bits. */
static u128 divide_256(u256 value, u128 divisor, u128 *remainder) {
    if (value.high == 0) {
        *remainder = value.low % divisor;
        return value.low / divisor;
    }
    int shift = divisor >> 64 != 0 ? __builtin_clzll((uint64_t)(divisor >> 64))
                                   : 64 + __builtin_clzll((uint64_t)divisor);
    if (shift > 0) {
        divisor <<= shift;
        value.high = value.high << shift | value.low >> (128 - shift);
        value.low <<= shift;
    }
    u128 rest = value.high;
    uint64_t high = divide_step(&rest, (uint64_t)(value.low >> 64), divisor);
    uint64_t low = divide_step(&rest, (uint64_t)value.low, divisor);
    *remainder = rest >> shift;
    return (u128)high << 64 | low;
}

static u256 divide_by_power(u256 value, int32_t exponent) {
    u128 remainder, high = value.high / powers[exponent];
    value.high %= powers[exponent];
    return (u256){high, divide_256(value, powers[exponent], &remainder)};
}

/* floor(value / 10^digits). */
static u256 drop_digits(u256 value, int32_t digits) {
    while (digits > BASE_DECIMAL_DIGITS_MAX && (value.high != 0 || value.low != 0)) {
        value = divide_by_power(value, BASE_DECIMAL_DIGITS_MAX);
        digits -= BASE_DECIMAL_DIGITS_MAX;
    }
    if (value.high == 0 && fits_64(value.low) && digits < 20)
        return (u256){0, (uint64_t)value.low / (uint64_t)powers[digits]};
    return digits > BASE_DECIMAL_DIGITS_MAX ? (u256){0, 0} : divide_by_power(value, digits);
}

/* value / 10^digits rounded half up; false when it passes 128 bits. */
static bool round_digits(u256 value, int32_t digits, u128 *out) {
    if (digits > 0) {
        value = drop_digits(value, digits - 1);
        value.high += __builtin_add_overflow(value.low, 5, &value.low);
        value = drop_digits(value, 1);
    }
    *out = value.low;
    return value.high == 0;
}

/* value * 10^digits. */
static bool append_digits(u128 value, int32_t digits, u128 *out) {
    *out = 0;
    if (value == 0)
        return true;
    return digits <= BASE_DECIMAL_DIGITS_MAX && !__builtin_mul_overflow(value, powers[digits], out);
}

/* ---- operations ------------------------------------------------------------------------------ */

bool base_decimal_rescale(base_i128 value, int32_t from_scale, int32_t to_scale, base_i128 *out) {
    u128 result;
    if (from_scale == to_scale)
        return put(magnitude(value), value < 0, out);
    bool fits = to_scale > from_scale
                    ? append_digits(magnitude(value), to_scale - from_scale, &result)
                    : round_digits((u256){0, magnitude(value)}, from_scale - to_scale, &result);
    return fits && put(result, value < 0, out);
}

bool base_decimal_multiply(base_i128 a, base_i128 b, int32_t scale_a, int32_t scale_b,
                           int32_t scale_out, base_i128 *out) {
    u128 x = magnitude(a), y = magnitude(b), result;
    u256 product = fits_64(x) && fits_64(y) ? (u256){0, x * y} : multiply_256(x, y);
    int32_t drop = scale_a + scale_b - scale_out;
    bool fits = drop >= 0 ? round_digits(product, drop, &result)
                          : product.high == 0 && append_digits(product.low, -drop, &result);
    return fits && put(result, (a < 0) != (b < 0), out);
}

/* x * 10^digits / y rounded half up, in steps of at most 38 digits so that remainder * 10^step
 * stays within 256 bits. */
static bool divide_scaled(u128 x, int32_t digits, u128 y, u128 *out) {
    u128 quotient = x / y, remainder = x % y;
    while (digits > 0 && (remainder != 0 || quotient != 0)) {
        int32_t step = digits < BASE_DECIMAL_DIGITS_MAX ? digits : BASE_DECIMAL_DIGITS_MAX;
        u128 more = divide_256(multiply_256(remainder, powers[step]), y, &remainder);
        if (__builtin_mul_overflow(quotient, powers[step], &quotient) ||
            __builtin_add_overflow(quotient, more, &quotient))
            return false;
        digits -= step;
    }
    *out = quotient + (remainder >= y - remainder);
    return true;
}

bool base_decimal_divide(base_i128 a, base_i128 b, int32_t scale_a, int32_t scale_b,
                         int32_t scale_out, base_i128 *out) {
    u128 x = magnitude(a), y = magnitude(b), result;
    int32_t digits = scale_out - scale_a + scale_b;
    RASK_ASSERT(y != 0);
    bool fits = digits >= 0 ? divide_scaled(x, digits, y, &result)
                            : round_digits((u256){0, x / y}, -digits, &result);
    return fits && put(result, (a < 0) != (b < 0), out);
}

bool base_decimal_remainder(base_i128 a, base_i128 b, int32_t scale_a, int32_t scale_b,
                            int32_t scale_out, base_i128 *out) {
    u128 x = magnitude(a), y = magnitude(b), rest;
    int32_t scale = scale_a > scale_b ? scale_a : scale_b;
    RASK_ASSERT(y != 0);
    if (scale_a < scale)
        divide_256(multiply_256(x % y, powers[scale - scale_a]), y, &rest);
    else if (append_digits(y, scale - scale_b, &y))
        rest = x % y;
    else
        rest = x; /* the divisor passes 128 bits, the dividend does not */
    base_i128 signed_rest = a < 0 ? -(base_i128)rest : (base_i128)rest;
    return base_decimal_rescale(signed_rest, scale, scale_out, out);
}

bool base_decimal_fits(base_i128 value, int32_t precision) {
    return magnitude(value) < powers[precision];
}

int base_decimal_compare(base_i128 a, int32_t scale_a, base_i128 b, int32_t scale_b) {
    if (scale_a != scale_b && (a < 0) == (b < 0)) {
        u256 x = multiply_256(magnitude(a), powers[scale_b > scale_a ? scale_b - scale_a : 0]);
        u256 y = multiply_256(magnitude(b), powers[scale_a > scale_b ? scale_a - scale_b : 0]);
        int order = x.high != y.high ? (x.high > y.high) - (x.high < y.high)
                                     : (x.low > y.low) - (x.low < y.low);
        return a < 0 ? -order : order;
    }
    return (a > b) - (a < b);
}

double base_decimal_to_double(base_i128 value, int32_t scale) {
    static const double exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    /* Both operands are exact, so that one division rounds once. */
    if (magnitude(value) <= (u128)1 << 53 && scale >= 0 && scale <= 22)
        return (double)(int64_t)value / exact[scale];
    char text[BASE_NUMBER_TEXT_MAX];
    double result = 0;
    base_double_parse(text, base_decimal_format(value, scale, text), &result);
    return result;
}

/* Through the text that Java prints, as BigDecimal.valueOf(double) does. */
bool base_decimal_from_double(double value, int32_t precision, int32_t scale, base_i128 *out) {
    char text[BASE_NUMBER_TEXT_MAX];
    return isfinite(value) &&
           base_decimal_parse(text, base_double_format(value, text), precision, scale, out);
}

/* ---- text ------------------------------------------------------------------------------------ */

typedef struct digits {
    u128 value;         /* the leading digits, at most 38 significant ones */
    int64_t exponent;   /* value * 10^exponent */
    bool any, negative; /* any digit at all */
    int32_t next;       /* the first digit that did not fit, or -1 */
} digits;

static void add_digit(digits *d, int digit, bool is_fraction) {
    d->any = true;
    if (d->value >= powers[BASE_DECIMAL_DIGITS_MAX - 1]) {
        d->next = d->next < 0 ? digit : d->next;
        d->exponent += !is_fraction;
        return;
    }
    d->value = d->value * 10 + (unsigned)digit;
    d->exponent -= is_fraction;
}

static bool read_exponent(const char *text, int64_t length, int64_t *out) {
    int64_t i = 0, value = 0;
    bool negative = length > 0 && text[0] == '-';
    i += length > 0 && (text[0] == '-' || text[0] == '+');
    if (i == length)
        return false;
    for (; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value < 1000000 ? value * 10 + (text[i] - '0') : value;
    }
    *out = negative ? -value : value;
    return true;
}

static bool read_digits(const char *text, int64_t length, digits *d) {
    int64_t i = 0, written_exponent;
    bool is_fraction = false;
    d->negative = length > 0 && text[0] == '-';
    i += length > 0 && (text[0] == '-' || text[0] == '+');
    for (; i < length; i++) {
        if (text[i] >= '0' && text[i] <= '9')
            add_digit(d, text[i] - '0', is_fraction);
        else if (text[i] == '.' && !is_fraction)
            is_fraction = true;
        else
            break;
    }
    if (i < length && (text[i] == 'e' || text[i] == 'E')) {
        if (!read_exponent(text + i + 1, length - i - 1, &written_exponent))
            return false;
        d->exponent += written_exponent;
        i = length;
    }
    return d->any && i == length;
}

bool base_decimal_parse(const char *text, int64_t length, int32_t precision, int32_t scale,
                        base_i128 *out) {
    digits d = {.next = -1};
    if (!read_digits(text, length, &d))
        return false;
    u128 result;
    int64_t shift = d.exponent + scale; /* unscaled = value * 10^shift */
    if (shift > 0 && !append_digits(d.value, shift < 100 ? (int32_t)shift : 100, &result))
        return false;
    if (shift < 0 &&
        !round_digits((u256){0, d.value}, shift > -100 ? (int32_t)-shift : 100, &result))
        return false;
    if (shift == 0)
        result = d.value + (d.next >= 5);
    return result < powers[precision] && put(result, d.negative, out);
}

/* 18 digits at a time, which 64-bit numbers hold. */
static int32_t write_magnitude(u128 value, char *out) {
    if (fits_64(value) && (uint64_t)value <= INT64_MAX)
        return base_i64_format((int64_t)value, out);
    char low[BASE_NUMBER_TEXT_MAX];
    int32_t length = write_magnitude(value / TEN18, out);
    int32_t low_length = base_i64_format((int64_t)(value % TEN18), low);
    for (int32_t i = low_length; i < 18; i++)
        out[length++] = '0';
    for (int32_t i = 0; i < low_length; i++)
        out[length++] = low[i];
    return length;
}

int32_t base_decimal_format(base_i128 value, int32_t scale, char *out) {
    char text[BASE_NUMBER_TEXT_MAX];
    int32_t count = write_magnitude(magnitude(value), text), length = 0;
    if (value < 0)
        out[length++] = '-';
    if (count <= scale) {
        out[length++] = '0';
        out[length++] = '.';
        for (int32_t i = count; i < scale; i++)
            out[length++] = '0';
    }
    for (int32_t i = 0; i < count; i++) {
        if (i == count - scale && i > 0)
            out[length++] = '.';
        out[length++] = text[i];
    }
    return length;
}
