/* A sorted multiset of values in func_memory: what a MIN or MAX needs to take values back.
 *
 *     root (in the state) --> chunk                             up to 256 values
 *     root (in the state) --> directory --> chunk, chunk, ...   more
 *
 * A chunk is a sorted array of (value, count); the directory lists chunks in order.  Chunks grow by
 * doubling and split in two when full, so adding and removing cost a binary search and a short move
 * whatever the number of values; the smallest and largest are found at once.
 *
 * A value whose count comes to zero leaves.  A count may be negative while a retraction is ahead of
 * its insertion; such a value is never the smallest or largest. */
#ifndef FUNC_VALUES_H
#define FUNC_VALUES_H

#include "func/aggregate.h"

typedef enum func_value_kind {
    FUNC_VALUE_I64,
    FUNC_VALUE_F64,
    FUNC_VALUE_I128,
    FUNC_VALUE_TEXT
} func_value_kind;

/* As held in memory, `text.pointer` of a long text is its handle. */
typedef union func_value {
    int64_t i64;
    double f64;
    base_i128 i128;
    data_string text;
} func_value;

typedef struct func_values {
    uint64_t root;
    int64_t count;  /* distinct values */
    int32_t height; /* 0 empty, 1 chunk, 2 directory */
} func_values;

rask_status func_values_add(func_values *set, func_value_kind kind, func_memory *memory,
                            const func_value *value, int64_t times, rask_error *err);
/* The smallest (or largest) value whose count is positive; false where there is none.  A text's
 * view points into the memory until its next change. */
bool func_values_first(const func_values *set, func_value_kind kind, func_memory *memory,
                       func_value *out);
bool func_values_last(const func_values *set, func_value_kind kind, func_memory *memory,
                      func_value *out);
/* Walks all values in order: start with {0}. */
typedef struct func_values_cursor {
    int32_t chunk, entry;
} func_values_cursor;
bool func_values_next(const func_values *set, func_value_kind kind, func_memory *memory,
                      func_values_cursor *cursor, func_value *out, int64_t *times);
void func_values_clear(func_values *set, func_value_kind kind, func_memory *memory);

/* One text in memory: short ones lie in the view itself. */
rask_status func_value_keep_text(func_memory *memory, const data_string *text, data_string *out,
                                 rask_error *err);
data_string func_value_text(func_memory *memory, const data_string *kept);
void func_value_drop_text(func_memory *memory, const data_string *kept);

#endif
