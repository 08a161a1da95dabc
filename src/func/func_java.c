/* See java.h. */
#include "func/java.h"

#include <stdlib.h>

#include "base/utf8.h"

int32_t func_java_hash(const data_string *text) {
    const char *bytes = data_string_bytes(text);
    uint32_t hash = 0;
    for (int64_t at = 0; at < text->length;) {
        int32_t c = base_utf8_next(bytes, text->length, &at);
        if (c < 0)
            c = 0xFFFD;
        if (c >= 0x10000) {
            hash = 31 * hash + (uint32_t)(0xD800 + ((c - 0x10000) >> 10));
            c = 0xDC00 + ((c - 0x10000) & 0x3FF);
        }
        hash = 31 * hash + (uint32_t)c;
    }
    return (int32_t)hash;
}

int64_t func_java_length(const char *bytes, int64_t size) {
    int64_t units = base_utf8_length(bytes, size);
    for (int64_t i = 0; i < size; i++)
        units += (uint8_t)bytes[i] >= 0xF0;
    return units;
}

/* The size of a HashMap's table: a power of two, doubled when three quarters are full. */
static uint32_t table_size(int32_t count, int32_t capacity) {
    uint32_t size = 1;
    while (size < (uint32_t)capacity)
        size *= 2;
    while ((uint64_t)count * 4 > (uint64_t)size * 3)
        size *= 2;
    return size;
}

static uint32_t bucket_of(const data_string *key, uint32_t size) {
    uint32_t hash = (uint32_t)func_java_hash(key);
    return (hash ^ hash >> 16) & (size - 1);
}

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Buckets in order; within one the keys as they came. */
void func_java_map_order(const data_string *keys, int32_t count, int32_t capacity,
                         uint64_t *order) {
    uint32_t size = table_size(count, capacity);
    for (int32_t i = 0; i < count; i++)
        order[i] = (uint64_t)bucket_of(&keys[i], size) << 32 | (uint32_t)i;
    qsort(order, (size_t)count, sizeof *order, by_value);
}
