/* Texts of values; see value_text.h. */
#include "format/value_text.h"

#include "base/time.h"

#define NANOS_PER_DAY (86400LL * 1000000000LL)

base_i128 value_decimal_at(const data_column *flat, int64_t index) {
    switch (flat->physical) {
    case DATA_PHYSICAL_I32:
        return ((const int32_t *)flat->values)[index];
    case DATA_PHYSICAL_I64:
        return ((const int64_t *)flat->values)[index];
    default:
        return ((const base_i128 *)flat->values)[index];
    }
}

base_i128 value_nanos_at(const data_column *flat, int64_t index) {
    if (flat->physical == DATA_PHYSICAL_I128)
        return ((const base_i128 *)flat->values)[index];
    return (base_i128)((const int64_t *)flat->values)[index] * 1000;
}

int64_t value_i64_at(const data_column *flat, int64_t index) {
    switch (flat->physical) {
    case DATA_PHYSICAL_BOOL:
        return ((const uint8_t *)flat->values)[index];
    case DATA_PHYSICAL_I8:
        return ((const int8_t *)flat->values)[index];
    case DATA_PHYSICAL_I16:
        return ((const int16_t *)flat->values)[index];
    case DATA_PHYSICAL_I32:
        return ((const int32_t *)flat->values)[index];
    default:
        return ((const int64_t *)flat->values)[index];
    }
}

/* Drops zeros at the end of the fraction down to `fraction_min` digits, and then the point. */
static int32_t trim_fraction(const char *text, int32_t length, int32_t point,
                             int32_t fraction_min) {
    int32_t length_min = point + 1 + fraction_min;
    while (length > length_min && text[length - 1] == '0')
        length--;
    return length == point + 1 ? point : length;
}

int32_t value_time_text(int32_t millis_of_day, char *out) {
    return trim_fraction(out, base_time_format(millis_of_day, 3, out), 8, 0);
}

int32_t value_timestamp_text(base_i128 nanos, char separator, int32_t fraction_min, char *out) {
    int32_t length = base_timestamp_format(nanos, 9, out);
    out[length - 19] = separator; /* the rest is HH:mm:ss.fffffffff, whatever the year */
    return trim_fraction(out, length, length - 10, fraction_min);
}

/* d.ddd E exponent, as BigDecimal writes it. */
static int32_t write_scientific(const char *digits, int32_t count, int32_t exponent, char *out) {
    int32_t length = 0;
    out[length++] = digits[0];
    if (count > 1) {
        out[length++] = '.';
        for (int32_t i = 1; i < count; i++)
            out[length++] = digits[i];
    }
    if (exponent != 0) {
        out[length++] = 'E';
        if (exponent > 0)
            out[length++] = '+';
        length += base_i64_format(exponent, out + length);
    }
    return length;
}

int32_t value_decimal_text(base_i128 unscaled, int32_t scale, bool strip, char *out) {
    if (strip && unscaled == 0)
        scale = 0;
    while (strip && unscaled != 0 && unscaled % 10 == 0) {
        unscaled /= 10;
        scale--;
    }
    char digits[BASE_NUMBER_TEXT_MAX];
    base_i128 magnitude = unscaled < 0 ? -unscaled : unscaled;
    int32_t count = base_decimal_format(magnitude, 0, digits);
    int32_t exponent = count - 1 - scale;
    if (scale >= 0 && exponent >= -6)
        return base_decimal_format(unscaled, scale, out);
    if (unscaled < 0)
        *out = '-';
    return (unscaled < 0) + write_scientific(digits, count, exponent, out + (unscaled < 0));
}

int64_t value_base64_length(int64_t size) {
    return (size + 2) / 3 * 4;
}

void value_base64(const uint8_t *bytes, int64_t size, char *out) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int64_t i = 0; i < size; i += 3) {
        int64_t left = size - i;
        uint32_t bits = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                        (left > 2 ? bytes[i + 2] : 0);
        *out++ = digits[bits >> 18];
        *out++ = digits[bits >> 12 & 63];
        *out++ = left > 1 ? digits[bits >> 6 & 63] : '=';
        *out++ = left > 2 ? digits[bits & 63] : '=';
    }
}
