/* The index of a build side; see join_table.h.
 *
 * A part is made in two passes over its keys: how many tuples each bucket gets, then each tuple to
 * its place.  Look-ups go through a batch three times: prefetch the heads; read them, leave out
 * what the filter rules out, prefetch the tuples; compare. */
#include "func/hot.h"

#include "exec/join_table.h"

enum { LOOKAHEAD = 16 };

/* ---- keys ------------------------------------------------------------------------------------ */
void exec_join_keys_free(exec_join_keys *keys) {
    if (keys == NULL)
        return;
    base_buffer_unref(keys->buffer);
    base_buffer_unref(keys->bytes);
    data_column_unref(keys->column);
    base_free(keys);
}

/* Cells, hashes and rows in the order of their parts. */
static void sort_by_part(exec_join_keys *keys, int32_t cell_bytes, const uint8_t *cells,
                         const uint64_t *hashes, const uint16_t *selection, int32_t count) {
    int32_t next[EXEC_RADIX_PARTS] = {0}, start = 0;
    for (int32_t i = 0; i < count; i++)
        next[exec_radix_of(hashes[i])]++;
    for (int32_t p = 0; p < EXEC_RADIX_PARTS; p++) {
        int32_t size = next[p];
        keys->starts[p] = next[p] = start;
        start += size;
    }
    keys->starts[EXEC_RADIX_PARTS] = start;
    for (int32_t i = 0; i < count; i++) {
        int32_t to = next[exec_radix_of(hashes[i])]++;
        memcpy(keys->cells + to * (int64_t)cell_bytes, cells + i * (int64_t)cell_bytes,
               (size_t)cell_bytes);
        keys->hashes[to] = hashes[i];
        keys->rows[to] = selection != NULL ? selection[i] : i;
    }
}

rask_status exec_join_encode(const exec_key_layout *layout, base_pool *pool,
                             data_column *const *keys, const uint16_t *selection, int32_t count,
                             base_buffer **bytes, void *cells, uint64_t *hashes, rask_error *err) {
    data_column typed[64]; /* borrowed copies */
    const data_column *columns[64];
    RASK_ASSERT(layout->count <= 64);
    for (int32_t k = 0; k < layout->count; k++) {
        typed[k] = *keys[k];
        typed[k].type = layout->types[k];
        columns[k] = &typed[k];
    }
    return exec_keys_encode(layout, pool, columns, selection, count, bytes, cells, hashes, err);
}

bool exec_join_valid_rows(const exec_key_layout *layout, data_column *const *keys,
                          const uint16_t *selection, int32_t count, uint16_t *rows,
                          int32_t *valid_count) {
    const data_column *nulls[64];
    int32_t null_count = 0, valid = 0;
    for (int32_t k = 0; k < layout->count; k++)
        if (!layout->types[k]->nullable &&
            (keys[k]->validity != NULL || keys[k]->physical == DATA_PHYSICAL_NONE))
            nulls[null_count++] = keys[k];
    *valid_count = count;
    if (null_count == 0)
        return false;
    for (int32_t i = 0; i < count; i++) {
        int32_t row = selection != NULL ? selection[i] : i;
        bool is_valid = true;
        for (int32_t k = 0; k < null_count; k++)
            is_valid = is_valid && !data_column_is_null(nulls[k], row);
        rows[valid] = (uint16_t)row;
        valid += is_valid;
    }
    *valid_count = valid;
    return true;
}

static rask_status encode(const exec_key_layout *layout, base_pool *pool, data_column *const *keys,
                          const uint16_t *selection, int32_t count, exec_join_keys *out,
                          rask_error *err) {
    base_buffer *scratch;
    int64_t n = count;
    RASK_TRY(base_buffer_new(pool, n * (layout->cell_bytes + 8), &scratch, err));
    uint64_t *hashes = (uint64_t *)scratch->data;
    uint8_t *cells = scratch->data + 8 * n;
    rask_status status =
        exec_join_encode(layout, pool, keys, selection, count, &out->bytes, cells, hashes, err);
    if (status == RASK_OK)
        status = base_buffer_new(pool, n * (layout->cell_bytes + 8 + 4), &out->buffer, err);
    if (status == RASK_OK) {
        out->cells = out->buffer->data;
        out->hashes = (uint64_t *)(out->cells + n * layout->cell_bytes);
        out->rows = (int32_t *)(out->hashes + n);
        sort_by_part(out, layout->cell_bytes, cells, hashes, selection, count);
    }
    base_buffer_unref(scratch);
    return status;
}

rask_status exec_join_keys_new(const exec_key_layout *layout, base_pool *pool,
                               data_column *const *keys, const uint16_t *selection, int32_t count,
                               exec_join_keys **out, rask_error *err) {
    exec_join_keys *made = BASE_NEW(exec_join_keys);
    rask_status status = encode(layout, pool, keys, selection, count, made, err);
    if (status != RASK_OK) {
        exec_join_keys_free(made);
        return status;
    }
    if (layout->mode == EXEC_KEY_VIEW && layout->count == 1)
        made->column = data_column_ref(keys[0]);
    if (layout->mode != EXEC_KEY_VIEW) {
        base_buffer_unref(made->bytes);
        made->bytes = NULL;
    }
    *out = made;
    return RASK_OK;
}

/* ---- make ------------------------------------------------------------------------------------ */
static int32_t tuple_bytes(const exec_key_layout *keys) {
    return keys->cell_bytes + 8;
}

void exec_join_table_init(exec_join_table *table, const exec_key_layout *keys) {
    *table = (exec_join_table){.keys = keys, .stride = tuple_bytes(keys)};
}

void exec_join_table_clear(exec_join_table *table) {
    for (int32_t p = 0; p < EXEC_RADIX_PARTS; p++) {
        base_buffer_unref(table->parts[p].heads_buffer);
        base_buffer_unref(table->parts[p].tuples_buffer);
    }
    for (int32_t c = 0; table->columns != NULL && c < table->column_count; c++)
        data_column_unref(table->columns[c]);
    base_free(table->columns);
    base_buffer_unref(table->matched_buffer);
    *table = (exec_join_table){.keys = table->keys, .stride = table->stride};
}

rask_status exec_join_table_track(exec_join_table *table, base_pool *pool, rask_error *err) {
    RASK_TRY(base_buffer_new(pool, table->row_count, &table->matched_buffer, err));
    table->matched = table->matched_buffer->data;
    memset(table->matched, 0, (size_t)table->row_count);
    return RASK_OK;
}

static rask_status alloc_part(const exec_join_table *table, exec_join_part *part, base_pool *pool,
                              rask_error *err) {
    int32_t bits = 1;
    while (bits < 31 && (1LL << bits) < part->count)
        bits++;
    int64_t bytes = ((1LL << bits) + 1) * (int64_t)sizeof(uint64_t);
    RASK_TRY(base_buffer_new(pool, bytes, &part->heads_buffer, err));
    memset(part->heads_buffer->data, 0, (size_t)bytes);
    RASK_TRY(
        base_buffer_new(pool, part->count * (int64_t)table->stride, &part->tuples_buffer, err));
    part->heads = (uint64_t *)part->heads_buffer->data + 1;
    part->tuples = part->tuples_buffer->data;
    part->shift = 64 - bits;
    return RASK_OK;
}

/* The number of a bucket's tuples becomes the number of the first one. */
static void sum_heads(exec_join_part *part) {
    uint64_t start = 0;
    for (uint64_t b = 0; b < 1ULL << (64 - part->shift); b++) {
        uint64_t head = part->heads[b];
        part->heads[b] = head >> 32 << 32 | start;
        start += (uint32_t)head;
    }
}

/* Each head moves from its first tuple to the end of its last. */
static void place_tuples(const exec_join_table *table, exec_join_part *part, int32_t p,
                         const exec_join_keys *keys, int64_t base) {
    int32_t cell_bytes = table->keys->cell_bytes, stride = table->stride;
    for (int32_t i = keys->starts[p]; i < keys->starts[p + 1]; i++) {
        uint64_t hash = keys->hashes[i];
        uint8_t *tuple =
            part->tuples + (int64_t)(uint32_t)part->heads[exec_join_bucket(part, hash)]++ * stride;
        uint32_t high = (uint32_t)(hash >> 32), row = (uint32_t)(base + keys->rows[i]);
        if (cell_bytes == 8) {
            memcpy(tuple, keys->cells + 8 * (int64_t)i, 8);
            memcpy(tuple + 8, &row, 4);
        } else {
            memcpy(tuple, keys->cells + 16 * (int64_t)i, 16);
            memcpy(tuple + 16, &high, 4);
            memcpy(tuple + 20, &row, 4);
        }
    }
}

static inline bool cells_equal(exec_key_mode mode, const uint8_t *a, const uint8_t *b) {
    uint64_t x[2], y[2];
    if (mode == EXEC_KEY_VIEW) {
        data_string s, t;
        memcpy(&s, a, sizeof s);
        memcpy(&t, b, sizeof t);
        return data_string_equal(&s, &t);
    }
    memcpy(x, a, 8);
    memcpy(y, b, 8);
    if (mode == EXEC_KEY_FIXED8)
        return x[0] == y[0];
    memcpy(x + 1, a + 8, 8);
    memcpy(y + 1, b + 8, 8);
    return x[0] == y[0] && x[1] == y[1];
}

/* Whether a key stands twice; looks no further than the first. */
static bool find_duplicate(const exec_join_table *table, const exec_join_part *part) {
    for (uint64_t b = 0; b < 1ULL << (64 - part->shift); b++) {
        uint32_t first = (uint32_t)part->heads[(int64_t)b - 1], end = (uint32_t)part->heads[b];
        for (uint32_t i = first; i + 1 < end; i++)
            for (uint32_t k = i + 1; k < end; k++)
                if (cells_equal(table->keys->mode, part->tuples + i * (int64_t)table->stride,
                                part->tuples + k * (int64_t)table->stride))
                    return true;
    }
    return false;
}

rask_status exec_join_table_index(exec_join_table *table, base_pool *pool, int32_t p,
                                  exec_join_keys *const *keys, const int64_t *bases, int32_t count,
                                  rask_error *err) {
    exec_join_part *part = &table->parts[p];
    int64_t rows = 0;
    for (int32_t i = 0; i < count; i++)
        rows += keys[i]->starts[p + 1] - keys[i]->starts[p];
    if (rows == 0)
        return RASK_OK;
    part->count = (uint32_t)rows;
    RASK_TRY(alloc_part(table, part, pool, err));
    for (int32_t i = 0; i < count; i++)
        for (int32_t k = keys[i]->starts[p]; k < keys[i]->starts[p + 1]; k++) {
            uint64_t hash = keys[i]->hashes[k], *head = &part->heads[exec_join_bucket(part, hash)];
            *head = (*head | (uint64_t)exec_join_tag(hash) << 32) + 1;
        }
    sum_heads(part);
    for (int32_t i = 0; i < count; i++)
        place_tuples(table, part, p, keys[i], bases[i]);
    part->has_duplicates = find_duplicate(table, part);
    return RASK_OK;
}

/* ---- look-up --------------------------------------------------------------------------------- */
static inline void prefetch_head(const exec_join_table *table, uint64_t hash) {
    const exec_join_part *part = &table->parts[exec_radix_of(hash)];
    if (part->heads != NULL)
        __builtin_prefetch(part->heads + exec_join_bucket(part, hash));
}

void exec_join_table_find(const exec_join_table *table, const uint64_t *hashes, int32_t count,
                          uint16_t *found, exec_join_range *ranges, int32_t *found_count) {
    int32_t n = 0, stride = table->stride;
    for (int32_t i = 0; i < count && i < LOOKAHEAD; i++)
        prefetch_head(table, hashes[i]);
    for (int32_t i = 0; i < count; i++) {
        uint64_t hash = hashes[i];
        const exec_join_part *part = &table->parts[exec_radix_of(hash)];
        if (i + LOOKAHEAD < count)
            prefetch_head(table, hashes[i + LOOKAHEAD]);
        if (part->heads == NULL)
            continue;
        const uint64_t *head = part->heads + exec_join_bucket(part, hash);
        uint32_t tag = exec_join_tag(hash);
        const uint8_t *first = part->tuples + (int64_t)(uint32_t)head[-1] * stride;
        found[n] = (uint16_t)i;
        ranges[n] = (exec_join_range){first, part->tuples + (int64_t)(uint32_t)head[0] * stride};
        __builtin_prefetch(first);
        n += ((uint32_t)(head[0] >> 32) & tag) == tag;
    }
    *found_count = n;
}

int32_t exec_join_table_filter(const exec_join_table *table, const uint64_t *hashes,
                               const uint16_t *selection, int32_t count, uint16_t *rows) {
    int32_t n = 0;
    for (int32_t i = 0; i < count && i < LOOKAHEAD; i++)
        prefetch_head(table, hashes[i]);
    for (int32_t i = 0; i < count; i++) {
        uint64_t hash = hashes[i];
        const exec_join_part *part = &table->parts[exec_radix_of(hash)];
        if (i + LOOKAHEAD < count)
            prefetch_head(table, hashes[i + LOOKAHEAD]);
        uint32_t tag = exec_join_tag(hash);
        bool passes = false;
        if (part->heads != NULL)
            passes = ((uint32_t)(part->heads[exec_join_bucket(part, hash)] >> 32) & tag) == tag;
        rows[n] = selection != NULL ? selection[i] : (uint16_t)i;
        n += passes;
    }
    return n;
}

static inline __attribute__((always_inline)) int32_t
match(exec_key_mode mode, const uint8_t *cells, const uint64_t *hashes, const uint16_t *found,
      exec_join_range *ranges, int32_t found_count, int32_t *from, bool once, int32_t *pair_keys,
      int32_t *pair_rows, int32_t room) {
    int32_t cell_bytes = mode == EXEC_KEY_FIXED8 ? 8 : 16, stride = cell_bytes + 8, n = 0;
    for (int32_t c = *from; c < found_count; c++) {
        const uint8_t *cell = cells + (int64_t)found[c] * cell_bytes;
        uint32_t high = (uint32_t)(hashes[found[c]] >> 32), other, row;
        for (const uint8_t *at = ranges[c].at; at < ranges[c].end; at += stride) {
            if (mode != EXEC_KEY_FIXED8) {
                memcpy(&other, at + 16, 4);
                if (other != high)
                    continue;
            }
            if (!cells_equal(mode, cell, at))
                continue;
            if (n == room) {
                ranges[c].at = at;
                *from = c;
                return n;
            }
            memcpy(&row, at + (mode == EXEC_KEY_FIXED8 ? 8 : 20), 4);
            pair_keys[n] = found[c];
            pair_rows[n++] = (int32_t)row;
            if (once)
                break;
        }
    }
    *from = found_count;
    return n;
}

int32_t exec_join_table_match(const exec_join_table *table, const void *cells,
                              const uint64_t *hashes, const uint16_t *found,
                              exec_join_range *ranges, int32_t found_count, int32_t *at, bool once,
                              int32_t *pair_keys, int32_t *pair_rows, int32_t room) {
    switch (table->keys->mode) {
    case EXEC_KEY_FIXED8:
        return match(EXEC_KEY_FIXED8, cells, hashes, found, ranges, found_count, at, once,
                     pair_keys, pair_rows, room);
    case EXEC_KEY_FIXED16:
        return match(EXEC_KEY_FIXED16, cells, hashes, found, ranges, found_count, at, once,
                     pair_keys, pair_rows, room);
    case EXEC_KEY_VIEW:
        break;
    }
    return match(EXEC_KEY_VIEW, cells, hashes, found, ranges, found_count, at, once, pair_keys,
                 pair_rows, room);
}
