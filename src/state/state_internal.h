/* The inside of keyed state, shared by the files of state/.
 *
 *   group   a small hash table of one key group: index entries -> row ids -> pages
 *   page    rows of one group; its bytes never move
 *   slabs   variable-length values of the whole table (long keys, parts of rows) */
#ifndef STATE_INTERNAL_H
#define STATE_INTERNAL_H

#include "state/state.h"

/* A row in a page: | key cell 16 | hash 8 | touched_ms 8 (with a TTL) | payload |
 * The key cell is a data_string whose pointer, where the key is longer than 12 bytes, is a slab
 * handle.  A free slot has this length; its `hash` is the id + 1 of the next free slot. */
enum { STATE_FREE_SLOT = -1 };

typedef struct state_row {
    data_string key;
    uint64_t hash;
} state_row;

typedef struct state_page {
    base_buffer *buffer;
    int32_t slot_count;
    bool is_dirty; /* touched since the last checkpoint */
} state_page;

typedef struct state_group {
    uint64_t *entries; /* tag << 32 | row id + 1; 0 = empty */
    uint64_t mask;
    state_page *pages;
    uint8_t **page_data; /* pages[i].buffer->data, for the inner loops */
    int32_t page_count, page_capacity;
    uint32_t row_count;
    uint32_t next_slot; /* of the last page */
    uint32_t free_row;  /* id + 1 of a free slot, 0 = none */
    base_buffer *entries_buffer;
} state_group;

typedef struct state_slabs state_slabs;

struct state_table {
    state_table_spec spec;
    char *uid, *schema;
    state_group *groups;
    uint64_t group_mask; /* max_parallelism - 1 where that is a power of two, else 0 */
    int32_t stride, payload_offset;
    int64_t row_count;
    int64_t bytes;
    state_slabs *slabs;
    uint32_t *released; /* rows to free at unpin: group, row id */
    int32_t released_count, released_capacity;
    int32_t sweep_group, sweep_page;
};

static inline uint8_t *state_row_at(const state_table *table, const state_group *group,
                                    uint32_t row_id) {
    return group->page_data[row_id >> 16] + (int64_t)(row_id & 0xffff) * table->stride;
}
static inline bool state_row_is_free(const state_row *row) {
    return row->key.length == (uint32_t)STATE_FREE_SLOT;
}
static inline int64_t *state_row_touched(const state_table *table, void *row) {
    return (int64_t *)((uint8_t *)row + sizeof(state_row));
}
/* The key of a row as a view. */
data_string state_row_key(const state_table *table, const state_row *row);
/* Finds or makes the row of one key; *is_new tells. */
rask_status state_table_insert(state_table *table, const data_string *key, uint64_t hash,
                               uint8_t **row, bool *is_new, rask_error *err);

/* state_slab.c */
state_slabs *state_slabs_new(base_pool *pool);
void state_slabs_free(state_slabs *slabs);
func_memory *state_slabs_memory(state_slabs *slabs);
int64_t state_slabs_bytes(const state_slabs *slabs);

#endif
