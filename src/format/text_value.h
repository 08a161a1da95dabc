/* Values out of texts, for the readers of text formats: small functions that their loops inline.
 *
 * Loads go up to 8 bytes past a text: blocks (text_blocks.h) allow that. */
#ifndef FORMAT_TEXT_VALUE_H
#define FORMAT_TEXT_VALUE_H

#include <string.h>

#include "data/column.h"

#define TEXT_INLINE inline __attribute__((always_inline))

typedef struct text {
    const char *bytes;
    int64_t length;
} text;

/* Java's String.trim. */
static inline text text_trimmed(text t) {
    while (t.length > 0 && (uint8_t)t.bytes[0] <= ' ') {
        t.bytes++;
        t.length--;
    }
    while (t.length > 0 && (uint8_t)t.bytes[t.length - 1] <= ' ')
        t.length--;
    return t;
}

/* The value of 1 to 8 digits, all at once; false = some byte is no digit. */
static TEXT_INLINE bool text_8_digits(const char *bytes, int64_t length, uint64_t *out) {
    static const uint64_t zeros_in_front[9] = {0x3030303030303030,
                                               0x30303030303030,
                                               0x303030303030,
                                               0x3030303030,
                                               0x30303030,
                                               0x303030,
                                               0x3030,
                                               0x30,
                                               0};
    uint64_t chunk;
    memcpy(&chunk, bytes, 8);
    /* The first digit is the lowest byte: move the last one to the top, zeros come in below. */
    chunk = chunk << ((8 - length) * 8) | zeros_in_front[length];
    uint64_t digits = chunk - 0x3030303030303030;
    if (((chunk + 0x4646464646464646) | digits) & 0x8080808080808080)
        return false;
    digits = digits * 10 + (digits >> 8);
    const uint64_t mask = 0x000000ff000000ff;
    uint64_t low = (digits & mask) * (100 + (1000000ULL << 32));
    uint64_t high = ((digits >> 16) & mask) * (1 + (10000ULL << 32));
    *out = (low + high) >> 32;
    return true;
}

/* 1 to 16 digits with an optional minus; false = leave it to the thorough parser. */
static TEXT_INLINE bool text_integer_quickly(text t, int64_t *out) {
    bool negative = t.length > 0 && t.bytes[0] == '-';
    t.bytes += negative;
    t.length -= negative;
    uint64_t value = 0, high = 0;
    if (t.length < 1 || t.length > 16)
        return false;
    if (t.length > 8) {
        if (!text_8_digits(t.bytes, t.length - 8, &high))
            return false;
        t.bytes += t.length - 8;
        t.length = 8;
    }
    if (!text_8_digits(t.bytes, t.length, &value))
        return false;
    value += high * 100000000;
    *out = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

/* Digits with at most `scale` behind the point, 18 in all, as unscaled number. */
static inline bool text_small_decimal(text t, int32_t scale, int64_t *out) {
    bool negative = t.length > 0 && t.bytes[0] == '-';
    int64_t value = 0, point = -1, i = negative;
    if (t.length - i > 18 || t.length == i)
        return false;
    for (; i < t.length; i++) {
        uint8_t digit = (uint8_t)(t.bytes[i] - '0');
        if (digit <= 9)
            value = value * 10 + digit;
        else if (t.bytes[i] == '.' && point < 0)
            point = i;
        else
            return false;
    }
    int64_t fraction = point < 0 ? 0 : t.length - point - 1;
    int64_t digits = t.length - negative - (point >= 0);
    if (fraction > scale || digits == 0 || digits + scale - fraction > 18)
        return false;
    value *= (int64_t)base_power_of_ten(scale - (int32_t)fraction);
    *out = negative ? -value : value;
    return true;
}

/* Whether it is a number at all: one that does not fit the type is NULL, as in Flink. */
static inline bool text_is_decimal(text t) {
    int64_t i = t.length > 0 && (t.bytes[0] == '-' || t.bytes[0] == '+');
    int64_t digits = 0, points = 0;
    for (; i < t.length; i++) {
        if (t.bytes[i] >= '0' && t.bytes[i] <= '9')
            digits++;
        else if (t.bytes[i] != '.' || ++points > 1)
            break;
    }
    if (digits == 0)
        return false;
    if (i == t.length)
        return true;
    int64_t exponent;
    text rest = {t.bytes + i + 1, t.length - i - 1};
    return (t.bytes[i] | 0x20) == 'e' && base_i64_parse(rest.bytes, rest.length, &exponent);
}

/* A view of the field; short texts are copied by two loads that may go past the field. */
static TEXT_INLINE data_string text_view(const char *bytes, uint64_t length) {
    static const uint64_t low_bytes[9] = {0,
                                          0xff,
                                          0xffff,
                                          0xffffff,
                                          0xffffffff,
                                          0xffffffffff,
                                          0xffffffffffff,
                                          0xffffffffffffff,
                                          0xffffffffffffffff};
    data_string view;
    uint64_t head, tail;
    memcpy(&head, bytes, 8);
    if (length > DATA_STRING_INLINE_MAX) {
        head = head << 32 | length;
        memcpy(&view, &head, 8);
        view.pointer = bytes;
        return view;
    }
    memcpy(&tail, bytes + 4, 8);
    head = (head & low_bytes[length < 4 ? length : 4]) << 32 | length;
    tail &= low_bytes[length < 4 ? 0 : length - 4];
    memcpy(&view, &head, 8);
    memcpy(view.rest, &tail, 8);
    return view;
}

static inline int32_t text_base64_digit(uint8_t c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Padded base64; the decoded bytes, or -1. */
static inline int64_t text_decode_base64(text t, uint8_t *out) {
    if (t.length % 4 != 0)
        return -1;
    int64_t padding = t.length > 0 && t.bytes[t.length - 1] == '=';
    padding += padding > 0 && t.bytes[t.length - 2] == '=';
    uint32_t bits = 0;
    int64_t written = 0;
    for (int64_t i = 0; i < t.length; i++) {
        int32_t digit = i >= t.length - padding ? 0 : text_base64_digit((uint8_t)t.bytes[i]);
        if (digit < 0)
            return -1;
        bits = bits << 6 | (uint32_t)digit;
        if (i % 4 == 3)
            for (int shift = 16; shift >= 0; shift -= 8)
                out[written++] = (uint8_t)(bits >> shift);
    }
    return written - padding;
}

#endif
