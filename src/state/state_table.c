/* The memory store of keyed state: one small hash table per key group.
 *
 *     hash >> 32 -> key group -> entries[hash & mask] -> row id -> page, slot
 *
 * An index entry carries 32 other bits of the hash, so that a probe looks at a row only when it is
 * almost surely the right one.  Probing is linear; removing shifts the following entries back, so
 * there are no tombstones.  Pages of a group grow from 1 KiB to 64 KiB: a table of few keys stays
 * small, and bytes never move.
 *
 * state_pin works on blocks of keys in three passes (index entries, rows, compare), each of which
 * prefetches what the next one reads. */
#include "state/state_internal.h"

enum { PIN_BLOCK = 128, ENTRIES_FIRST = 16, SWEEP_PAGES = 4 };

/* The index of a group without rows. */
static uint64_t no_entries[1];

int32_t state_group_owner(int32_t group, int32_t max_parallelism, int32_t parallelism) {
    return (int32_t)((int64_t)group * parallelism / max_parallelism);
}

int32_t state_group_first(int32_t subtask, int32_t max_parallelism, int32_t parallelism) {
    return (int32_t)(((int64_t)subtask * max_parallelism + parallelism - 1) / parallelism);
}

/* ---- make, free ------------------------------------------------------------------------------ */
rask_status state_table_new(const state_table_spec *spec, state_table **out, rask_error *err) {
    (void)err;
    RASK_ASSERT(spec->row_bytes % 8 == 0 && spec->max_parallelism > 0);
    RASK_ASSERT(spec->group_first >= 0 &&
                spec->group_first + spec->group_count <= spec->max_parallelism);
    state_table *table = BASE_NEW(state_table);
    table->spec = *spec;
    table->spec.uid = table->uid = base_strdup(spec->uid);
    table->spec.schema = table->schema = base_strdup(spec->schema);
    int32_t align = spec->row_align > 8 ? spec->row_align : 8;
    int32_t header = (int32_t)sizeof(state_row) + (spec->ttl_ms > 0 ? 8 : 0);
    table->payload_offset = (header + align - 1) / align * align;
    table->stride = (table->payload_offset + spec->row_bytes + align - 1) / align * align;
    table->groups = BASE_NEW_ARRAY(state_group, spec->group_count + 1);
    for (int32_t i = 0; i < spec->group_count; i++)
        table->groups[i].entries = no_entries;
    int64_t max = spec->max_parallelism;
    table->group_mask = (max & (max - 1)) == 0 ? (uint64_t)max - 1 : 0;
    table->slabs = state_slabs_new(spec->pool);
    *out = table;
    return RASK_OK;
}

static void free_group(state_group *group) {
    for (int32_t i = 0; i < group->page_count; i++)
        base_buffer_unref(group->pages[i].buffer);
    base_buffer_unref(group->entries_buffer);
    base_free(group->pages);
    base_free(group->page_data);
}

void state_table_free(state_table *table) {
    if (table == NULL)
        return;
    for (int32_t i = 0; i < table->spec.group_count; i++)
        free_group(&table->groups[i]);
    state_slabs_free(table->slabs);
    base_free(table->released);
    base_free(table->groups);
    base_free(table->uid);
    base_free(table->schema);
    base_free(table);
}

func_memory *state_table_memory(state_table *table) {
    return state_slabs_memory(table->slabs);
}
int64_t state_row_count(const state_table *table) {
    return table->row_count;
}
int64_t state_memory_used(const state_table *table) {
    return table->bytes + state_slabs_bytes(table->slabs);
}

/* ---- hashes, keys ---------------------------------------------------------------------------- */
static inline state_group *group_of(const state_table *table, uint64_t hash) {
    uint64_t number = hash >> 32;
    number = table->group_mask != 0 ? number & table->group_mask
                                    : number % (uint64_t)table->spec.max_parallelism;
    return &table->groups[(int64_t)number - table->spec.group_first];
}

/* Bits that neither the group nor the place in the index has used up. */
static inline uint64_t tag_of(uint64_t hash) {
    return ((hash ^ hash >> 29) * 0x9E3779B97F4A7C15ULL) >> 32;
}

static inline bool key_equals(const state_table *table, const state_row *row,
                              const data_string *key) {
    uint64_t a[2], b[2];
    memcpy(a, &row->key, 16);
    memcpy(b, key, 16);
    if (a[0] != b[0])
        return false;
    if (key->length <= DATA_STRING_INLINE_MAX)
        return a[1] == b[1];
    func_memory *memory = state_slabs_memory(table->slabs);
    return memcmp(memory->get(memory, a[1], NULL), key->pointer, key->length) == 0;
}

data_string state_row_key(const state_table *table, const state_row *row) {
    data_string key = row->key;
    if (key.length > DATA_STRING_INLINE_MAX) {
        uint64_t handle;
        func_memory *memory = state_slabs_memory(table->slabs);
        memcpy(&handle, row->key.rest, 8);
        key.pointer = memory->get(memory, handle, NULL);
    }
    return key;
}

/* ---- index ----------------------------------------------------------------------------------- */
/* The place of the key's entry, or of the empty one where it would go. */
static uint64_t find_entry(const state_table *table, const state_group *group,
                           const data_string *key, uint64_t hash) {
    uint64_t place = hash & group->mask, tag = tag_of(hash);
    for (;; place = (place + 1) & group->mask) {
        uint64_t entry = group->entries[place];
        if (entry == 0)
            return place;
        if (entry >> 32 != tag)
            continue;
        if (key_equals(table, (const state_row *)state_row_at(table, group, (uint32_t)entry - 1),
                       key))
            return place;
    }
}

static rask_status grow_index(state_table *table, state_group *group, rask_error *err) {
    int64_t size = group->entries_buffer != NULL ? 2 * (int64_t)(group->mask + 1) : ENTRIES_FIRST;
    base_buffer *buffer;
    RASK_TRY(base_buffer_new(table->spec.pool, size * (int64_t)sizeof(uint64_t), &buffer, err));
    uint64_t *entries = (uint64_t *)buffer->data, mask = (uint64_t)size - 1;
    memset(entries, 0, (size_t)size * sizeof(uint64_t));
    for (uint64_t i = 0; i <= group->mask; i++) {
        uint64_t entry = group->entries[i];
        if (entry == 0)
            continue;
        uint64_t place =
            ((const state_row *)state_row_at(table, group, (uint32_t)entry - 1))->hash & mask;
        while (entries[place] != 0)
            place = (place + 1) & mask;
        entries[place] = entry;
    }
    table->bytes +=
        buffer->capacity - (group->entries_buffer != NULL ? group->entries_buffer->capacity : 0);
    base_buffer_unref(group->entries_buffer);
    group->entries_buffer = buffer;
    group->entries = entries;
    group->mask = mask;
    return RASK_OK;
}

/* Closes the gap: an entry moves back when its home is not between the gap and itself. */
static void remove_entry(const state_table *table, state_group *group, uint64_t gap) {
    for (uint64_t place = (gap + 1) & group->mask; group->entries[place] != 0;
         place = (place + 1) & group->mask) {
        uint32_t id = (uint32_t)group->entries[place] - 1;
        uint64_t home = ((const state_row *)state_row_at(table, group, id))->hash & group->mask;
        if (((place - home) & group->mask) >= ((place - gap) & group->mask)) {
            group->entries[gap] = group->entries[place];
            gap = place;
        }
    }
    group->entries[gap] = 0;
}

/* ---- pages ----------------------------------------------------------------------------------- */
static rask_status add_page(state_table *table, state_group *group, rask_error *err) {
    int64_t bytes = STATE_PAGE_BYTES;
    if (group->page_count < 3)
        bytes >>= 2 * (3 - group->page_count);
    bytes = bytes < table->stride ? table->stride : bytes;
    if (group->page_count > UINT16_MAX)
        return rask_error_set(err, RASK_ERROR_MEMORY,
                              "A key group of '%s' is full: raise 'pipeline.max-parallelism'.",
                              table->uid);
    base_buffer *buffer;
    RASK_TRY(base_buffer_new(table->spec.pool, bytes, &buffer, err));
    if (group->page_count == group->page_capacity) {
        group->page_capacity = group->page_capacity > 0 ? 2 * group->page_capacity : 4;
        group->pages =
            base_realloc(group->pages, group->page_capacity * (int64_t)sizeof(state_page));
        group->page_data =
            base_realloc(group->page_data, group->page_capacity * (int64_t)sizeof(uint8_t *));
    }
    group->pages[group->page_count] = (state_page){buffer, (int32_t)(bytes / table->stride), true};
    group->page_data[group->page_count++] = buffer->data;
    group->next_slot = 0;
    table->bytes += bytes;
    return RASK_OK;
}

static rask_status take_slot(state_table *table, state_group *group, uint32_t *row_id,
                             rask_error *err) {
    if (group->free_row != 0) {
        *row_id = group->free_row - 1;
        group->free_row = (uint32_t)((state_row *)state_row_at(table, group, *row_id))->hash;
        return RASK_OK;
    }
    if (group->page_count == 0 ||
        (int32_t)group->next_slot == group->pages[group->page_count - 1].slot_count)
        RASK_TRY(add_page(table, group, err));
    *row_id = (uint32_t)(group->page_count - 1) << 16 | group->next_slot++;
    return RASK_OK;
}

static void release_slot(const state_table *table, state_group *group, uint32_t row_id) {
    state_row *row = (state_row *)state_row_at(table, group, row_id);
    row->key.length = (uint32_t)STATE_FREE_SLOT;
    row->hash = group->free_row;
    group->free_row = row_id + 1;
}

/* ---- rows ------------------------------------------------------------------------------------ */
static void clear_row(state_table *table, uint8_t *row, bool is_live) {
    uint8_t *payload = row + table->payload_offset;
    if (is_live && table->spec.destroy_row != NULL)
        table->spec.destroy_row(table->spec.context, payload, state_slabs_memory(table->slabs));
    memset(payload, 0, (size_t)table->spec.row_bytes);
}

static rask_status make_row(state_table *table, state_group *group, uint64_t place,
                            const data_string *key, uint64_t hash, uint8_t **out, rask_error *err) {
    uint32_t row_id;
    data_string cell = *key;
    RASK_TRY(take_slot(table, group, &row_id, err));
    if (key->length > DATA_STRING_INLINE_MAX) {
        uint64_t handle;
        func_memory *memory = state_slabs_memory(table->slabs);
        rask_status status = memory->put(memory, key->pointer, key->length, &handle, err);
        if (status != RASK_OK) {
            release_slot(table, group, row_id);
            return status;
        }
        memcpy(cell.rest, &handle, 8);
    }
    uint8_t *row = state_row_at(table, group, row_id);
    ((state_row *)row)->key = cell;
    ((state_row *)row)->hash = hash;
    clear_row(table, row, false);
    group->entries[place] = tag_of(hash) << 32 | (row_id + 1);
    group->row_count++;
    table->row_count++;
    *out = row;
    return RASK_OK;
}

rask_status state_table_insert(state_table *table, const data_string *key, uint64_t hash,
                               uint8_t **row, bool *is_new, rask_error *err) {
    state_group *group = group_of(table, hash);
    if (group->entries_buffer == NULL || 8 * (uint64_t)group->row_count >= 5 * (group->mask + 1))
        RASK_TRY(grow_index(table, group, err));
    uint64_t place = find_entry(table, group, key, hash);
    uint64_t entry = group->entries[place];
    *is_new = entry == 0;
    if (entry == 0)
        return make_row(table, group, place, key, hash, row, err);
    *row = state_row_at(table, group, (uint32_t)entry - 1);
    group->pages[((uint32_t)entry - 1) >> 16].is_dirty = true;
    return RASK_OK;
}

/* ---- pin ------------------------------------------------------------------------------------- */
/* For each key the row its first fitting index entry names, or NULL: a guess that the compare pass
 * proves. */
static void guess_rows(const state_table *table, const uint64_t *hashes, int32_t count,
                       uint8_t **rows) {
    for (int32_t i = 0; i < count; i++) {
        const state_group *group = group_of(table, hashes[i]);
        __builtin_prefetch(group->entries + (hashes[i] & group->mask));
    }
    for (int32_t i = 0; i < count; i++) {
        const state_group *group = group_of(table, hashes[i]);
        rows[i] = NULL;
        uint64_t entry = group->entries[hashes[i] & group->mask];
        if (entry == 0 || entry >> 32 != tag_of(hashes[i]))
            continue;
        uint32_t row_id = (uint32_t)entry - 1;
        group->pages[row_id >> 16].is_dirty = true;
        rows[i] = state_row_at(table, group, row_id);
        __builtin_prefetch(rows[i]);
    }
}

/* A row that has outlived its TTL counts as absent. */
static bool touch(state_table *table, uint8_t *row, int64_t now_ms, bool is_new) {
    int64_t *touched = state_row_touched(table, row);
    bool is_expired = !is_new && now_ms - *touched >= table->spec.ttl_ms;
    if (is_expired)
        clear_row(table, row, true);
    *touched = now_ms;
    return is_new || is_expired;
}

static rask_status pin_block(state_table *table, const data_string *keys, const uint64_t *hashes,
                             int32_t count, int64_t now_ms, void **rows, bool *is_new,
                             rask_error *err) {
    uint8_t *guessed[PIN_BLOCK];
    guess_rows(table, hashes, count, guessed);
    bool has_ttl = table->spec.ttl_ms > 0;
    for (int32_t i = 0; i < count; i++) {
        uint8_t *row = guessed[i];
        bool made = false;
        if (row == NULL || !key_equals(table, (const state_row *)row, &keys[i]))
            RASK_TRY(state_table_insert(table, &keys[i], hashes[i], &row, &made, err));
        if (has_ttl)
            made = touch(table, row, now_ms, made);
        rows[i] = row + table->payload_offset;
        if (is_new != NULL)
            is_new[i] = made;
    }
    return RASK_OK;
}

rask_status state_pin(state_table *table, const data_string *keys, const uint64_t *hashes,
                      int32_t count, void **rows, bool *is_new, rask_error *err) {
    int64_t now_ms = 0;
    if (table->spec.ttl_ms > 0)
        now_ms = table->spec.world->clock->now_ms(table->spec.world->clock->self);
    for (int32_t start = 0; start < count; start += PIN_BLOCK) {
        int32_t n = count - start < PIN_BLOCK ? count - start : PIN_BLOCK;
        RASK_TRY(pin_block(table, keys + start, hashes + start, n, now_ms, rows + start,
                           is_new != NULL ? is_new + start : NULL, err));
    }
    return RASK_OK;
}

/* ---- remove, unpin --------------------------------------------------------------------------- */
/* Takes the row out of the index and destroys it; its slot is not reused yet. */
static uint32_t detach_row(state_table *table, state_group *group, uint64_t place) {
    uint32_t row_id = (uint32_t)group->entries[place] - 1;
    uint8_t *row = state_row_at(table, group, row_id);
    state_row *head = (state_row *)row;
    clear_row(table, row, true);
    if (head->key.length > DATA_STRING_INLINE_MAX) {
        uint64_t handle;
        func_memory *memory = state_slabs_memory(table->slabs);
        memcpy(&handle, head->key.rest, 8);
        memory->drop(memory, handle);
    }
    remove_entry(table, group, place);
    group->pages[row_id >> 16].is_dirty = true;
    group->row_count--;
    table->row_count--;
    return row_id;
}

void state_remove(state_table *table, const data_string *key, uint64_t hash) {
    state_group *group = group_of(table, hash);
    uint64_t place = find_entry(table, group, key, hash);
    if (group->entries[place] == 0)
        return;
    uint32_t row_id = detach_row(table, group, place);
    /* Not found by a walk over the pages any more, but not free before unpin. */
    ((state_row *)state_row_at(table, group, row_id))->key.length = (uint32_t)STATE_FREE_SLOT;
    if (table->released_count + 2 > table->released_capacity) {
        table->released_capacity = table->released_capacity > 0 ? 2 * table->released_capacity : 64;
        table->released =
            base_realloc(table->released, table->released_capacity * (int64_t)sizeof(uint32_t));
    }
    table->released[table->released_count++] = (uint32_t)(group - table->groups);
    table->released[table->released_count++] = row_id;
}

void state_unpin(state_table *table) {
    for (int32_t i = 0; i < table->released_count; i += 2)
        release_slot(table, &table->groups[table->released[i]], table->released[i + 1]);
    table->released_count = 0;
}

/* ---- walks ----------------------------------------------------------------------------------- */
static int32_t used_slots(const state_group *group, int32_t page) {
    return page == group->page_count - 1 ? (int32_t)group->next_slot
                                         : group->pages[page].slot_count;
}

rask_status state_each(state_table *table,
                       rask_status (*visit)(void *context, const data_string *key, void *row,
                                            rask_error *err),
                       void *context, rask_error *err) {
    for (int32_t g = 0; g < table->spec.group_count; g++) {
        state_group *group = &table->groups[g];
        for (int32_t p = 0; p < group->page_count; p++) {
            for (int32_t slot = 0; slot < used_slots(group, p); slot++) {
                uint8_t *row = state_row_at(table, group, (uint32_t)p << 16 | (uint32_t)slot);
                if (state_row_is_free((state_row *)row))
                    continue;
                data_string key = state_row_key(table, (state_row *)row);
                RASK_TRY(visit(context, &key, row + table->payload_offset, err));
            }
        }
    }
    return RASK_OK;
}

static void sweep_page(state_table *table, state_group *group, int32_t p, int64_t now_ms) {
    for (int32_t slot = 0; slot < used_slots(group, p); slot++) {
        uint8_t *row = state_row_at(table, group, (uint32_t)p << 16 | (uint32_t)slot);
        state_row *head = (state_row *)row;
        if (state_row_is_free(head) || now_ms - *state_row_touched(table, row) < table->spec.ttl_ms)
            continue;
        data_string key = state_row_key(table, head);
        uint64_t place = find_entry(table, group, &key, head->hash);
        release_slot(table, group, detach_row(table, group, place));
    }
}

void state_sweep(state_table *table, int64_t now_ms) {
    if (table->spec.ttl_ms <= 0 || table->row_count == 0)
        return;
    int32_t groups_left = table->spec.group_count + 1;
    for (int32_t pages = 0; pages < SWEEP_PAGES && groups_left > 0;) {
        state_group *group = &table->groups[table->sweep_group];
        if (table->sweep_page < group->page_count) {
            sweep_page(table, group, table->sweep_page++, now_ms);
            pages++;
            continue;
        }
        table->sweep_page = 0;
        table->sweep_group = (table->sweep_group + 1) % table->spec.group_count;
        groups_left--;
    }
}
