/* The batch hash table; see hash_table.h.
 *
 * Keys are looked up in blocks: one pass prefetches index entries, one reads them and prefetches
 * the rows they name, one compares.  Before a block the index is grown so far that it stays put
 * during the block. */
#include "exec/hash_table.h"

enum {
    BLOCK = 128,
    CHUNK_BITS = 10,      /* rows of a chunk, as a power of two */
    CHUNK_BITS_PARTS = 7, /* where there are many parts: 32 chunks are begun at once */
    ENTRIES_FIRST = 256,
    HEAP_BYTES = 64 << 10,
    HEAP_BYTES_PARTS = 4 << 10,
    HEAP_BYTES_MAX = 4 << 20
};

static uint64_t no_entries[1];

/* ---- make, free ------------------------------------------------------------------------------ */
exec_hash_table *exec_hash_table_new(base_pool *pool, const exec_key_layout *keys,
                                     int32_t payload_bytes, int32_t payload_align,
                                     int32_t part_count) {
    exec_hash_table *table = BASE_NEW(exec_hash_table);
    int32_t align = payload_align > 8 ? payload_align : 8;
    table->keys = keys;
    table->pool = pool;
    table->payload_offset = (keys->cell_bytes + 8 + align - 1) / align * align;
    table->payload_bytes = payload_bytes;
    table->stride = (table->payload_offset + payload_bytes + align - 1) / align * align;
    table->part_count = part_count;
    table->chunk_bits = part_count > 1 ? CHUNK_BITS_PARTS : CHUNK_BITS;
    table->parts = BASE_NEW_ARRAY(exec_hash_part, part_count);
    for (int32_t i = 0; i < part_count; i++)
        table->parts[i].entries = no_entries;
    return table;
}

static void clear_part(exec_hash_part *part) {
    for (int32_t i = 0; i < part->chunk_count; i++)
        base_buffer_unref(part->chunks[i]);
    for (int32_t i = 0; i < part->heap_count; i++)
        base_buffer_unref(part->heaps[i]);
    base_buffer_unref(part->entries_buffer);
    base_free(part->chunks);
    base_free(part->heaps);
    *part = (exec_hash_part){.entries = no_entries};
}

void exec_hash_table_clear(exec_hash_table *table) {
    for (int32_t i = 0; i < table->part_count; i++)
        clear_part(&table->parts[i]);
    table->count = table->bytes = 0;
}

void exec_hash_table_free(exec_hash_table *table) {
    if (table == NULL)
        return;
    exec_hash_table_clear(table);
    base_free(table->parts);
    base_free(table);
}

/* ---- index ----------------------------------------------------------------------------------- */
uint8_t *exec_hash_row(const exec_hash_table *table, const exec_hash_part *part, uint32_t ordinal) {
    return part->chunks[ordinal >> table->chunk_bits]->data +
           (int64_t)(ordinal & ((1U << table->chunk_bits) - 1)) * table->stride;
}

static rask_status grow_index(exec_hash_table *table, exec_hash_part *part, int64_t rows,
                              rask_error *err) {
    int64_t size = part->entries_buffer != NULL ? (int64_t)(part->mask + 1) : ENTRIES_FIRST / 2;
    while (size < 2 * rows)
        size *= 2;
    base_buffer *buffer;
    RASK_TRY(base_buffer_new(table->pool, size * (int64_t)sizeof(uint64_t), &buffer, err));
    uint64_t *entries = (uint64_t *)buffer->data, mask = (uint64_t)size - 1;
    memset(entries, 0, (size_t)size * sizeof(uint64_t));
    for (uint32_t i = 0; i < part->count; i++) {
        uint64_t hash = exec_hash_of(table, exec_hash_row(table, part, i)), place = hash & mask;
        while (entries[place] != 0)
            place = (place + 1) & mask;
        entries[place] = hash >> 32 << 32 | (i + 1);
    }
    table->bytes +=
        buffer->capacity - (part->entries_buffer != NULL ? part->entries_buffer->capacity : 0);
    base_buffer_unref(part->entries_buffer);
    part->entries_buffer = buffer;
    part->entries = entries;
    part->mask = mask;
    return RASK_OK;
}

static inline exec_hash_part *part_of(const exec_hash_table *table, uint64_t hash) {
    return table->part_count == 1 ? table->parts : &table->parts[exec_radix_of(hash)];
}

/* Room for a block of new keys in whatever part they fall into. */
static rask_status make_room(exec_hash_table *table, const uint64_t *hashes, int32_t count,
                             rask_error *err) {
    for (int32_t i = 0; i < (table->part_count == 1 ? 1 : count); i++) {
        exec_hash_part *part = part_of(table, hashes[i]);
        int64_t rows = (int64_t)part->count + count;
        if (part->entries_buffer == NULL || 8 * rows > 5 * (int64_t)(part->mask + 1))
            RASK_TRY(grow_index(table, part, rows, err));
    }
    return RASK_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */
static rask_status add_chunk(exec_hash_table *table, exec_hash_part *part, rask_error *err) {
    base_buffer *buffer;
    if (part->count > UINT32_MAX - (2 << CHUNK_BITS))
        return rask_error_set(err, RASK_ERROR_MEMORY, "A hash table has more than %u rows.",
                              part->count);
    RASK_TRY(
        base_buffer_new(table->pool, (int64_t)table->stride << table->chunk_bits, &buffer, err));
    if (part->chunk_count == part->chunk_capacity) {
        part->chunk_capacity = part->chunk_capacity > 0 ? 2 * part->chunk_capacity : 4;
        part->chunks =
            base_realloc(part->chunks, part->chunk_capacity * (int64_t)sizeof(base_buffer *));
    }
    part->chunks[part->chunk_count++] = buffer;
    table->bytes += buffer->capacity;
    return RASK_OK;
}

/* The bytes of a long key, kept in the part's heap. */
static rask_status keep_bytes(exec_hash_table *table, exec_hash_part *part, data_string *view,
                              rask_error *err) {
    base_buffer *heap = part->heap_count > 0 ? part->heaps[part->heap_count - 1] : NULL;
    if (heap == NULL || heap->size + view->length > heap->capacity) {
        int64_t first = table->part_count > 1 ? HEAP_BYTES_PARTS : HEAP_BYTES;
        int64_t bytes = heap != NULL ? 2 * heap->capacity : first;
        bytes = bytes > HEAP_BYTES_MAX ? HEAP_BYTES_MAX : bytes;
        bytes = bytes < view->length ? view->length : bytes;
        RASK_TRY(base_buffer_new(table->pool, bytes, &heap, err));
        if (part->heap_count == part->heap_capacity) {
            part->heap_capacity = part->heap_capacity > 0 ? 2 * part->heap_capacity : 4;
            part->heaps =
                base_realloc(part->heaps, part->heap_capacity * (int64_t)sizeof(base_buffer *));
        }
        part->heaps[part->heap_count++] = heap;
        table->bytes += heap->capacity;
    }
    memcpy(heap->data + heap->size, view->pointer, view->length);
    view->pointer = (const char *)heap->data + heap->size;
    heap->size += view->length;
    return RASK_OK;
}

static rask_status add_row(exec_hash_table *table, exec_hash_part *part, const uint8_t *cell,
                           uint64_t hash, uint8_t **out, rask_error *err) {
    if (part->count == (uint32_t)part->chunk_count << table->chunk_bits)
        RASK_TRY(add_chunk(table, part, err));
    uint8_t *row = exec_hash_row(table, part, part->count);
    memcpy(row, cell, (size_t)table->keys->cell_bytes);
    if (table->keys->mode == EXEC_KEY_VIEW && ((data_string *)row)->length > DATA_STRING_INLINE_MAX)
        RASK_TRY(keep_bytes(table, part, (data_string *)row, err));
    memcpy(row + table->keys->cell_bytes, &hash, sizeof hash);
    memset(row + table->payload_offset, 0, (size_t)table->payload_bytes);
    part->count++;
    table->count++;
    *out = row;
    return RASK_OK;
}

/* ---- look-up --------------------------------------------------------------------------------- */
static inline bool cells_equal(exec_key_mode mode, const uint8_t *a, const uint8_t *b) {
    uint64_t x[2], y[2];
    if (mode == EXEC_KEY_VIEW)
        return data_string_equal((const data_string *)a, (const data_string *)b);
    memcpy(x, a, 8);
    memcpy(y, b, 8);
    if (mode == EXEC_KEY_FIXED8)
        return x[0] == y[0];
    memcpy(x + 1, a + 8, 8);
    memcpy(y + 1, b + 8, 8);
    return x[0] == y[0] && x[1] == y[1];
}

static rask_status find_or_add(exec_hash_table *table, exec_key_mode mode, const uint8_t *cell,
                               uint64_t hash, uint8_t **row, bool *is_new, rask_error *err) {
    exec_hash_part *part = part_of(table, hash);
    uint64_t place = hash & part->mask;
    *is_new = false;
    for (;; place = (place + 1) & part->mask) {
        uint64_t entry = part->entries[place];
        if (entry == 0)
            break;
        if (entry >> 32 != hash >> 32)
            continue;
        *row = exec_hash_row(table, part, (uint32_t)entry - 1);
        if (cells_equal(mode, *row, cell))
            return RASK_OK;
    }
    RASK_TRY(add_row(table, part, cell, hash, row, err));
    part->entries[place] = hash >> 32 << 32 | part->count;
    *is_new = true;
    return RASK_OK;
}

/* The row each key's first index entry names, if the hash fits. */
static void guess_rows(const exec_hash_table *table, const uint64_t *hashes, int32_t count,
                       uint8_t **rows) {
    for (int32_t i = 0; i < count; i++) {
        const exec_hash_part *part = part_of(table, hashes[i]);
        __builtin_prefetch(part->entries + (hashes[i] & part->mask));
    }
    for (int32_t i = 0; i < count; i++) {
        const exec_hash_part *part = part_of(table, hashes[i]);
        uint64_t entry = part->entries[hashes[i] & part->mask];
        rows[i] = NULL;
        if (entry == 0 || entry >> 32 != hashes[i] >> 32)
            continue;
        rows[i] = exec_hash_row(table, part, (uint32_t)entry - 1);
        __builtin_prefetch(rows[i]);
    }
}

static inline __attribute__((always_inline)) rask_status
insert_block(exec_hash_table *table, exec_key_mode mode, const uint8_t *cells,
             const uint64_t *hashes, int32_t count, uint8_t **rows, uint8_t **new_rows,
             int32_t *new_count, rask_error *err) {
    int32_t cell_bytes = mode == EXEC_KEY_FIXED8 ? 8 : 16;
    guess_rows(table, hashes, count, rows);
    for (int32_t i = 0; i < count; i++) {
        const uint8_t *cell = cells + (int64_t)i * cell_bytes;
        if (rows[i] != NULL && cells_equal(mode, rows[i], cell))
            continue;
        bool is_new;
        RASK_TRY(find_or_add(table, mode, cell, hashes[i], &rows[i], &is_new, err));
        if (is_new)
            new_rows[(*new_count)++] = rows[i];
    }
    return RASK_OK;
}

rask_status exec_hash_insert(exec_hash_table *table, const void *cells, const uint64_t *hashes,
                             int32_t count, uint8_t **rows, uint8_t **new_rows, int32_t *new_count,
                             rask_error *err) {
    const uint8_t *from = cells;
    *new_count = 0;
    for (int32_t start = 0; start < count; start += BLOCK) {
        int32_t n = count - start < BLOCK ? count - start : BLOCK;
        RASK_TRY(make_room(table, hashes + start, n, err));
        rask_status status = RASK_OK;
        switch (table->keys->mode) {
        case EXEC_KEY_FIXED8:
            status = insert_block(table, EXEC_KEY_FIXED8, from + start * 8LL, hashes + start, n,
                                  rows + start, new_rows, new_count, err);
            break;
        case EXEC_KEY_FIXED16:
            status = insert_block(table, EXEC_KEY_FIXED16, from + start * 16LL, hashes + start, n,
                                  rows + start, new_rows, new_count, err);
            break;
        case EXEC_KEY_VIEW:
            status = insert_block(table, EXEC_KEY_VIEW, from + start * 16LL, hashes + start, n,
                                  rows + start, new_rows, new_count, err);
            break;
        }
        RASK_TRY(status);
    }
    return RASK_OK;
}
