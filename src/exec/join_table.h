/* The build side of a hash join, once it is complete: rows in columns, and an index over their
 * keys.
 *
 *     part = top bits of the hash -> bucket = next bits -> tuples [heads[b - 1], heads[b])
 *
 * A tuple is | key cell | hash's upper half 4 | row 4 | (of 8-byte cells: | key cell | row 4 |, in
 * 16 bytes).  The tuples of a bucket stand side by side in the order of the rows, so duplicates
 * cost no pointer chase.  A head carries 32 bits of a filter in front of its number: two bits for
 * each of its tuples, so that most keys without a partner cost one look.
 *
 * Parts are made by several tasks at once (exec_join_table_index); then the table is read-only, but
 * for `matched`, which is written atomically. */
#ifndef EXEC_JOIN_TABLE_H
#define EXEC_JOIN_TABLE_H

#include "exec/hash_table.h"

typedef struct exec_join_part {
    uint64_t *heads; /* by bucket; heads[-1] is there and 0.  NULL = no rows */
    uint8_t *tuples;
    base_buffer *heads_buffer, *tuples_buffer;
    int32_t shift; /* of the hash without its radix bits */
    uint32_t count;
    bool has_duplicates;
} exec_join_part;

typedef struct exec_join_table {
    const exec_key_layout *keys; /* count 0: every row is a candidate, there is no index */
    int32_t stride;              /* of a tuple */
    exec_join_part parts[EXEC_RADIX_PARTS];
    data_column **columns;
    int32_t column_count;
    int64_t row_count;
    uint8_t *matched; /* by row: it has had a match.  NULL = nobody asks */
    base_buffer *matched_buffer;
    bool has_duplicates; /* some key stands in several rows */
} exec_join_table;

/* Keys of some rows, sorted by part. */
typedef struct exec_join_keys {
    base_buffer *buffer;
    uint8_t *cells;
    uint64_t *hashes;
    int32_t *rows; /* within the rows that the keys are of */
    int32_t starts[EXEC_RADIX_PARTS + 1];
    base_buffer *bytes;  /* what views in the cells may point to; NULL = none */
    data_column *column; /* the same for a key that is one string column */
} exec_join_keys;

/* Keys of the selected rows (NULL = rows 0..count-1) of flat columns. */
rask_status exec_join_keys_new(const exec_key_layout *layout, base_pool *pool,
                               data_column *const *keys, const uint16_t *selection, int32_t count,
                               exec_join_keys **out, rask_error *err);
void exec_join_keys_free(exec_join_keys *keys); /* NULL is fine */
/* Cells and hashes of keys as both sides encode them: by the layout's types, whatever the columns
 * say about NULL. */
rask_status exec_join_encode(const exec_key_layout *layout, base_pool *pool,
                             data_column *const *keys, const uint16_t *selection, int32_t count,
                             base_buffer **bytes, void *cells, uint64_t *hashes, rask_error *err);
/* The rows whose keys may equal something, in `rows` (room for count), among the selected ones of
 * flat columns; false: all of them may. */
bool exec_join_valid_rows(const exec_key_layout *layout, data_column *const *keys,
                          const uint16_t *selection, int32_t count, uint16_t *rows,
                          int32_t *valid_count);

void exec_join_table_init(exec_join_table *table, const exec_key_layout *keys);
void exec_join_table_clear(exec_join_table *table);
/* Makes part `part` of all keys; rows of list i are numbered from bases[i].  Views go on pointing
 * where they do. */
rask_status exec_join_table_index(exec_join_table *table, base_pool *pool, int32_t part,
                                  exec_join_keys *const *keys, const int64_t *bases, int32_t count,
                                  rask_error *err);
/* Row flags for outer joins. */
rask_status exec_join_table_track(exec_join_table *table, base_pool *pool, rask_error *err);

/* The part's tuples that may have the hash. */
static inline uint32_t exec_join_tag(uint64_t hash) {
    return 1U << (hash & 31) | 1U << (hash >> 5 & 31);
}
static inline uint64_t exec_join_bucket(const exec_join_part *part, uint64_t hash) {
    return (hash << EXEC_RADIX_BITS) >> part->shift;
}

/* Candidates of one probe row. */
typedef struct exec_join_range {
    const uint8_t *at, *end; /* tuples */
} exec_join_range;

/* Whose hashes may be in the table: found[0..*found_count) are indexes into hashes, with the tuples
 * to look at.  Room for `count` each. */
void exec_join_table_find(const exec_join_table *table, const uint64_t *hashes, int32_t count,
                          uint16_t *found, exec_join_range *ranges, int32_t *found_count);

/* Those of `count` rows (NULL = 0..) whose hashes may be in the table; rows of which that cannot be
 * told stay. */
int32_t exec_join_table_filter(const exec_join_table *table, const uint64_t *hashes,
                               const uint16_t *selection, int32_t count, uint16_t *rows);

/* Pairs (index into cells, row) that have equal keys, from candidate *at on, until there are none
 * or `room` is used up; then *at and ranges[*at] say where to go on.  `once`: one pair a candidate
 * is enough. */
int32_t exec_join_table_match(const exec_join_table *table, const void *cells,
                              const uint64_t *hashes, const uint16_t *found,
                              exec_join_range *ranges, int32_t found_count, int32_t *at, bool once,
                              int32_t *pair_keys, int32_t *pair_rows, int32_t room);

#endif
