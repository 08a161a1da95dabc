/* String views of 16 bytes.
 *
 *     length <= 12:  | length u32 | 12 bytes inline, zero padded              |
 *     length  > 12:  | length u32 | first 4 bytes | pointer to all the bytes  |
 *
 * So equality of short strings is two 8-byte compares, and most unequal long ones are told apart
 * by length and prefix.  A view owns nothing: the column that holds it owns the heaps (column.h).
 */
#ifndef DATA_STRING_H
#define DATA_STRING_H

#include <string.h>

#include "base/memory.h"

enum { DATA_STRING_INLINE_MAX = 12 };

typedef struct data_string {
    uint32_t length;
    char prefix[4];
    union {
        char rest[8];
        const char *pointer;
    };
} data_string;

static inline const char *data_string_bytes(const data_string *s) {
    return s->length <= DATA_STRING_INLINE_MAX ? s->prefix : s->pointer;
}

/* A view of `length` bytes at `bytes`; long ones point there, short ones copy. */
static inline data_string data_string_make(const char *bytes, uint32_t length) {
    data_string s;
    memset(&s, 0, sizeof s);
    s.length = length;
    if (length <= DATA_STRING_INLINE_MAX) {
        memcpy(s.prefix, bytes, length);
    } else {
        memcpy(s.prefix, bytes, 4);
        s.pointer = bytes;
    }
    return s;
}

static inline bool data_string_equal(const data_string *a, const data_string *b) {
    uint64_t head_a, head_b;
    memcpy(&head_a, a, 8);
    memcpy(&head_b, b, 8);
    if (head_a != head_b)
        return false;
    if (a->length <= DATA_STRING_INLINE_MAX)
        return memcmp(a->rest, b->rest, 8) == 0;
    return a->pointer == b->pointer || memcmp(a->pointer, b->pointer, a->length) == 0;
}

/* Bytewise (unsigned) order, as Flink's BinaryStringData. */
static inline int data_string_compare(const data_string *a, const data_string *b) {
    uint32_t shorter = a->length < b->length ? a->length : b->length;
    int order = memcmp(data_string_bytes(a), data_string_bytes(b), shorter);
    if (order != 0)
        return order;
    return a->length < b->length ? -1 : a->length > b->length;
}

#endif
