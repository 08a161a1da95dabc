/* The hash table of the batch operators: groups of aggregation and distinct, later build sides.
 *
 *     part = top bits of the hash -> entries[hash & mask] -> ordinal -> chunk, row
 *
 * A row is | key cell | hash 8 | payload |; rows of a part stand in the order they came and never
 * move.  An index entry carries 32 bits of the hash.  A table has one part, or 32 when several
 * tasks build (each part is later combined by one task). */
#ifndef EXEC_HASH_TABLE_H
#define EXEC_HASH_TABLE_H

#include "exec/hash_keys.h"

enum { EXEC_RADIX_BITS = 5, EXEC_RADIX_PARTS = 1 << EXEC_RADIX_BITS };

typedef struct exec_hash_part {
    uint64_t *entries; /* hash >> 32 << 32 | ordinal + 1; 0 = empty */
    uint64_t mask;
    base_buffer *entries_buffer;
    base_buffer **chunks;
    int32_t chunk_count, chunk_capacity;
    uint32_t count;
    base_buffer **heaps; /* bytes of long keys */
    int32_t heap_count, heap_capacity;
} exec_hash_part;

typedef struct exec_hash_table {
    const exec_key_layout *keys;
    base_pool *pool;
    int32_t payload_offset, payload_bytes, stride;
    int32_t part_count, chunk_bits;
    int64_t count, bytes;
    exec_hash_part *parts;
} exec_hash_table;

exec_hash_table *exec_hash_table_new(base_pool *pool, const exec_key_layout *keys,
                                     int32_t payload_bytes, int32_t payload_align,
                                     int32_t part_count);
void exec_hash_table_free(exec_hash_table *table); /* NULL is fine */
void exec_hash_table_clear(exec_hash_table *table);

static inline int32_t exec_radix_of(uint64_t hash) {
    return (int32_t)(hash >> (64 - EXEC_RADIX_BITS));
}
uint8_t *exec_hash_row(const exec_hash_table *table, const exec_hash_part *part, uint32_t ordinal);
static inline uint64_t exec_hash_of(const exec_hash_table *table, const uint8_t *row) {
    uint64_t hash;
    memcpy(&hash, row + table->keys->cell_bytes, sizeof hash);
    return hash;
}

/* Rows of `count` keys, made with zeroed payload where absent.  new_rows[0..*new_count) lists the
 * made ones (room for `count`), also when memory runs out in the middle. */
rask_status exec_hash_insert(exec_hash_table *table, const void *cells, const uint64_t *hashes,
                             int32_t count, uint8_t **rows, uint8_t **new_rows, int32_t *new_count,
                             rask_error *err);

#endif
