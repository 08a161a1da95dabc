/* What the files of columns share: making derived columns and moving bits. */
#ifndef DATA_COLUMN_PRIVATE_H
#define DATA_COLUMN_PRIVATE_H

#include "data/column.h"

/* A column struct with nothing in it but these. */
data_column *data_column_alloc(const data_type *type, data_layout layout, data_physical physical,
                               int64_t length);
/* A second column over the same buffers, children and heaps, to be changed in part. */
data_column *data_column_share(const data_column *column);
/* Children, `count` of them, not set. */
void data_column_alloc_children(data_column *column, int32_t count);
rask_status data_column_alloc_values(base_pool *pool, data_column *column, int64_t count,
                                     rask_error *err);
void data_column_drop_validity(data_column *column);
void data_column_drop_heaps(data_column *column);

/* Gives the column out on success, else drops it. */
static inline rask_status data_column_finish(rask_status status, data_column *column,
                                             data_column **out) {
    if (status == RASK_OK)
        *out = column;
    else
        data_column_unref(column);
    return status;
}

/* Words of a bitmap of `length` bits. */
static inline int64_t data_bit_words(int64_t length) {
    return (length + 63) / 64;
}
/* Copies bits (`from` NULL = ones) to any place; bits of `to` outside the range stay. */
void data_bits_copy(uint64_t *to, int64_t to_offset, const uint64_t *from, int64_t from_offset,
                    int64_t count);
int64_t data_bits_count(const uint64_t *bits, int64_t count);

/* Bytes that the views of the rows that are not null refer to outside themselves. */
int64_t data_column_count_live_bytes(const data_column *column);
int64_t data_column_retained_bytes(const data_column *column); /* of its heaps */
/* The rule of column.h for a unique column of views: no heaps where no view needs one, one fresh
 * heap where the live bytes are less than half of the retained ones. */
rask_status data_column_settle_heaps(base_pool *pool, data_column *column, rask_error *err);
/* Copies the bytes of every view into one fresh heap that becomes the only one. */
rask_status data_column_compact_views(base_pool *pool, data_column *column, rask_error *err);

/* DECIMAL, or any integer physical layout, as i128. */
static inline base_i128 data_column_read_i128(const data_column *flat, int64_t index) {
    switch (flat->physical) {
    case DATA_PHYSICAL_I32:
        return ((const int32_t *)flat->values)[index];
    case DATA_PHYSICAL_I64:
        return ((const int64_t *)flat->values)[index];
    default:
        return ((const base_i128 *)flat->values)[index];
    }
}

#endif
