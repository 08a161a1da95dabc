/* Sort keys as bytes whose order is the rows' order: compared with memcmp. */
#ifndef EXEC_SORT_KEY_H
#define EXEC_SORT_KEY_H

#include "exec/ops.h"

/* Keys of `count` rows of flat columns (`columns` are the input's), one after the other in `bytes`
 * (grown where needed; NULL at first).  offsets[i] .. offsets[i + 1] is the key of row i; room for
 * count + 1. */
rask_status exec_sort_keys_encode(base_pool *pool, const exec_sort_key *keys, int32_t key_count,
                                  data_column *const *columns, int32_t count, base_buffer **bytes,
                                  uint32_t *offsets, rask_error *err);
/* The first 8 bytes as a number of the same order. */
uint64_t exec_sort_prefix(const uint8_t *key, uint32_t length);
static inline int exec_sort_compare(const uint8_t *a, uint32_t a_length, const uint8_t *b,
                                    uint32_t b_length) {
    uint32_t shorter = a_length < b_length ? a_length : b_length;
    int order = memcmp(a, b, shorter);
    return order != 0 ? order : a_length < b_length ? -1 : a_length > b_length;
}

#endif
