/* UTF-8.  Damaged bytes never stop anything: counting treats each as one code point, as Flink's
 * BinaryStringData does, which trusts the lead byte alone. */
#include "base/utf8.h"

#include <string.h>

#include <utf8proc.h>

/* Sequence length by the five high bits of the lead byte; 0 = continuation or illegal. */
static const uint8_t lead_lengths[32] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                         0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 3, 3, 4, 0};

static bool is_continuation(char byte) {
    return ((unsigned char)byte & 0xC0) == 0x80;
}

int32_t base_utf8_next(const char *bytes, int64_t size, int64_t *offset) {
    static const int32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    static const unsigned char lead_mask[5] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const char *s = bytes + *offset;
    int length = lead_lengths[(unsigned char)*s >> 3];
    int32_t code_point = (unsigned char)*s & lead_mask[length];
    if (length == 0 || length > size - *offset) {
        *offset += 1;
        return -1;
    }
    for (int i = 1; i < length; i++) {
        if (!is_continuation(s[i])) {
            *offset += 1;
            return -1;
        }
        code_point = code_point << 6 | (s[i] & 0x3F);
    }
    bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    if (code_point < smallest[length] || code_point > 0x10FFFF || is_surrogate) {
        *offset += 1;
        return -1;
    }
    *offset += length;
    return code_point;
}

/* Eight bytes without a high bit are eight code points. */
static bool is_ascii_8(const char *bytes) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    return (word & 0x8080808080808080ULL) == 0;
}

bool base_utf8_is_valid(const char *bytes, int64_t size) {
    int64_t offset = 0;
    while (offset < size) {
        if (size - offset >= 8 && is_ascii_8(bytes + offset))
            offset += 8;
        else if (base_utf8_next(bytes, size, &offset) < 0)
            return false;
    }
    return true;
}

static int64_t step(const char *bytes, int64_t size, int64_t offset) {
    int length = lead_lengths[(unsigned char)bytes[offset] >> 3];
    int64_t next = offset + (length > 0 ? length : 1);
    return next < size ? next : size;
}

int64_t base_utf8_length(const char *bytes, int64_t size) {
    int64_t offset = 0, count = 0;
    while (offset < size) {
        if (size - offset >= 8 && is_ascii_8(bytes + offset)) {
            offset += 8;
            count += 8;
        } else {
            offset = step(bytes, size, offset);
            count++;
        }
    }
    return count;
}

int64_t base_utf8_offset(const char *bytes, int64_t size, int64_t n) {
    int64_t offset = 0;
    while (n > 0 && offset < size) {
        if (n >= 8 && size - offset >= 8 && is_ascii_8(bytes + offset)) {
            offset += 8;
            n -= 8;
        } else {
            offset = step(bytes, size, offset);
            n--;
        }
    }
    return offset;
}

int32_t base_utf8_put(int32_t code_point, char *out) {
    uint32_t c = (uint32_t)code_point;
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    int length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (int i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    out[0] = (char)((0xF00 >> length & 0xFF) | c); /* 110xxxxx, 1110xxxx, 11110xxx */
    return length;
}

int32_t base_utf8_width(int32_t code_point) {
    if (code_point < 0x1100)
        return 1;
    return (code_point >= 0x10000 ? 2 : 1) + (utf8proc_charwidth(code_point) == 2);
}

int64_t base_utf8_display_width(const char *bytes, int64_t size) {
    int64_t offset = 0, width = 0;
    while (offset < size) {
        if (size - offset >= 8 && is_ascii_8(bytes + offset)) {
            offset += 8;
            width += 8;
        } else {
            width += base_utf8_width(base_utf8_next(bytes, size, &offset));
        }
    }
    return width;
}
