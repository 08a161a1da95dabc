/* What Flink leaves to Java: hash codes, the order of a HashMap, UTF-16 positions. */
#ifndef FUNC_JAVA_H
#define FUNC_JAVA_H

#include "data/string.h"

/* String.hashCode(): over UTF-16 units. */
int32_t func_java_hash(const data_string *text);
/* Number of UTF-16 units. */
int64_t func_java_length(const char *bytes, int64_t size);
/* The upper case of one character, at most 12 bytes; returns how many. */
int32_t func_java_upper(int32_t code_point, char *out);
/* The order in which a HashMap made for `capacity` entries gives back `count` different keys that
 * were put in from first to last: (uint32_t)order[i] is the number of the i-th. */
void func_java_map_order(const data_string *keys, int32_t count, int32_t capacity, uint64_t *order);

#endif
