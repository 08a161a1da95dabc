/* An ordered list in chunks of at most 256 handles: searches are binary over chunks and within one,
 * insertions move half a chunk. */
#include "exec/rank_list.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "exec/sort_key.h"

enum { BLOB_HEADER = 2 * (int)sizeof(uint32_t) };

rask_status exec_rank_list_init(exec_rank_list *list, const exec_context *context, bool has_ids,
                                rask_error *err) {
    *list = (exec_rank_list){.memory = state_memory_new(context->pool)};
    if (!has_ids)
        return RASK_OK;
    /* One task holds all rows, so the index is one group. */
    state_table_spec index = {.uid = "rank",
                              .schema = "",
                              .row_bytes = sizeof(uint64_t),
                              .max_parallelism = 1,
                              .group_count = 1,
                              .pool = context->pool,
                              .world = context->function.world};
    return state_table_new(&index, &list->index, err);
}

void exec_rank_list_free(exec_rank_list *list) {
    for (int32_t i = 0; i < list->chunk_count; i++)
        base_free(list->chunks[i]);
    base_free(list->chunks);
    state_table_free(list->index);
    state_memory_free(list->memory);
    *list = (exec_rank_list){0};
}

int64_t exec_rank_list_bytes(const exec_rank_list *list) {
    return (list->memory != NULL ? state_memory_bytes(list->memory) : 0) +
           (list->index != NULL ? state_memory_used(list->index) : 0) +
           list->chunk_count * (int64_t)sizeof(exec_rank_chunk);
}

/* ---- blobs ----------------------------------------------------------------------------------- */
rask_status exec_rank_put(exec_rank_list *list, const exec_rank_row *row, uint64_t *handle,
                          rask_error *err) {
    uint32_t lengths[2] = {row->key_length, row->id_length};
    int64_t size = BLOB_HEADER + (int64_t)row->key_length + row->id_length + row->row_length;
    uint8_t small[512], *bytes = size <= (int64_t)sizeof small ? small : base_alloc(size);
    memcpy(bytes, lengths, sizeof lengths);
    uint8_t *to = bytes + BLOB_HEADER;
    memcpy(to, row->key, row->key_length);
    memcpy(to + row->key_length, row->id, row->id_length);
    memcpy(to + row->key_length + row->id_length, row->row, row->row_length);
    rask_status status = list->memory->put(list->memory, bytes, size, handle, err);
    if (bytes != small)
        base_free(bytes);
    return status;
}

exec_rank_row exec_rank_get(const exec_rank_list *list, uint64_t handle) {
    int64_t size;
    uint32_t lengths[2];
    const uint8_t *bytes = list->memory->get(list->memory, handle, &size);
    memcpy(lengths, bytes, sizeof lengths);
    exec_rank_row row = {.key = bytes + BLOB_HEADER,
                         .key_length = lengths[0],
                         .id_length = lengths[1],
                         .row_length = (uint32_t)size - BLOB_HEADER - lengths[0] - lengths[1]};
    row.id = row.key + row.key_length;
    row.row = row.id + row.id_length;
    return row;
}

/* ---- search ---------------------------------------------------------------------------------- */
static int compare_keys(const exec_rank_row *a, const exec_rank_row *b) {
    return exec_sort_compare(a->key, a->key_length, b->key, b->key_length);
}

/* Whether the row stands before the place that is looked for. */
static bool is_before(const exec_rank_list *list, uint64_t handle, const exec_rank_row *row,
                      bool before) {
    exec_rank_row found = exec_rank_get(list, handle);
    int order = compare_keys(&found, row);
    return before ? order < 0 : order <= 0;
}

int64_t exec_rank_place(const exec_rank_list *list, const exec_rank_row *row, bool before) {
    int32_t low = 0, high = list->chunk_count;
    while (low < high) { /* the first chunk whose last row is not before */
        int32_t middle = (low + high) / 2;
        const exec_rank_chunk *chunk = list->chunks[middle];
        if (is_before(list, chunk->handles[chunk->count - 1], row, before))
            low = middle + 1;
        else
            high = middle;
    }
    int64_t place = 0;
    for (int32_t i = 0; i < low; i++)
        place += list->chunks[i]->count;
    if (low == list->chunk_count)
        return place;
    const exec_rank_chunk *chunk = list->chunks[low];
    int32_t first = 0, end = chunk->count;
    while (first < end) {
        int32_t middle = (first + end) / 2;
        if (is_before(list, chunk->handles[middle], row, before))
            first = middle + 1;
        else
            end = middle;
    }
    return place + first;
}

int64_t exec_rank_find(const exec_rank_list *list, const exec_rank_row *row, bool is_ordered) {
    int64_t place = is_ordered ? exec_rank_place(list, row, true) : 0;
    for (; place < list->count; place++) {
        exec_rank_row found = exec_rank_get(list, exec_rank_at(list, place));
        if (is_ordered && compare_keys(&found, row) != 0)
            return -1;
        if (found.row_length == row->row_length &&
            memcmp(found.row, row->row, row->row_length) == 0)
            return place;
    }
    return -1;
}

/* The chunk that holds `place`, which becomes the place within it. */
static int32_t find_chunk(const exec_rank_list *list, int64_t *place) {
    int32_t i = 0;
    while (i < list->chunk_count - 1 && *place >= list->chunks[i]->count)
        *place -= list->chunks[i++]->count;
    return i;
}

uint64_t exec_rank_at(const exec_rank_list *list, int64_t place) {
    int32_t i = find_chunk(list, &place);
    return list->chunks[i]->handles[place];
}

/* ---- index ----------------------------------------------------------------------------------- */
/* The handle kept for the row's id, made 0 where there is none. */
static rask_status pin_id(exec_rank_list *list, const exec_rank_row *row, uint64_t **handle,
                          rask_error *err) {
    data_string id = data_string_make((const char *)row->id, row->id_length);
    uint64_t hash = XXH3_64bits(row->id, row->id_length);
    void *found;
    RASK_TRY(state_pin(list->index, &id, &hash, 1, &found, NULL, err));
    *handle = found;
    return RASK_OK;
}

static void forget_id(exec_rank_list *list, const exec_rank_row *row) {
    data_string id = data_string_make((const char *)row->id, row->id_length);
    state_remove(list->index, &id, XXH3_64bits(row->id, row->id_length));
    state_unpin(list->index);
}

rask_status exec_rank_find_id(exec_rank_list *list, const exec_rank_row *row, int64_t *place,
                              rask_error *err) {
    uint64_t *kept, handle;
    RASK_TRY(pin_id(list, row, &kept, err));
    handle = *kept;
    state_unpin(list->index);
    *place = -1;
    if (handle == 0) {
        forget_id(list, row);
        return RASK_OK;
    }
    exec_rank_row found = exec_rank_get(list, handle);
    int64_t at = exec_rank_place(list, &found, true);
    while (at < list->count && exec_rank_at(list, at) != handle)
        at++;
    *place = at < list->count ? at : -1;
    return RASK_OK;
}

/* ---- change ---------------------------------------------------------------------------------- */
static exec_rank_chunk *add_chunk(exec_rank_list *list, int32_t at) {
    if (list->chunk_count == list->chunk_capacity) {
        list->chunk_capacity = list->chunk_capacity > 0 ? 2 * list->chunk_capacity : 4;
        list->chunks =
            base_realloc(list->chunks, list->chunk_capacity * (int64_t)sizeof(exec_rank_chunk *));
    }
    memmove(&list->chunks[at + 1], &list->chunks[at],
            (size_t)(list->chunk_count - at) * sizeof(exec_rank_chunk *));
    list->chunk_count++;
    return list->chunks[at] = BASE_NEW(exec_rank_chunk);
}

static void split_chunk(exec_rank_list *list, int32_t i) {
    exec_rank_chunk *added = add_chunk(list, i + 1), *chunk = list->chunks[i];
    int32_t half = chunk->count / 2;
    added->count = chunk->count - half;
    memcpy(added->handles, chunk->handles + half, (size_t)added->count * sizeof(uint64_t));
    chunk->count = half;
}

rask_status exec_rank_insert(exec_rank_list *list, int64_t place, uint64_t handle,
                             rask_error *err) {
    if (list->index != NULL) {
        exec_rank_row row = exec_rank_get(list, handle);
        uint64_t *kept;
        RASK_TRY(pin_id(list, &row, &kept, err));
        *kept = handle;
        state_unpin(list->index);
    }
    if (list->chunk_count == 0)
        add_chunk(list, 0);
    int32_t i = find_chunk(list, &place);
    if (list->chunks[i]->count == EXEC_RANK_CHUNK) {
        split_chunk(list, i);
        if (place > list->chunks[i]->count)
            place -= list->chunks[i++]->count;
    }
    exec_rank_chunk *chunk = list->chunks[i];
    memmove(&chunk->handles[place + 1], &chunk->handles[place],
            (size_t)(chunk->count - place) * sizeof(uint64_t));
    chunk->handles[place] = handle;
    chunk->count++;
    list->count++;
    return RASK_OK;
}

void exec_rank_remove(exec_rank_list *list, int64_t place) {
    int32_t i = find_chunk(list, &place);
    exec_rank_chunk *chunk = list->chunks[i];
    if (list->index != NULL) {
        exec_rank_row row = exec_rank_get(list, chunk->handles[place]);
        forget_id(list, &row);
    }
    chunk->count--;
    memmove(&chunk->handles[place], &chunk->handles[place + 1],
            (size_t)(chunk->count - place) * sizeof(uint64_t));
    list->count--;
    if (chunk->count > 0)
        return;
    base_free(chunk);
    list->chunk_count--;
    memmove(&list->chunks[i], &list->chunks[i + 1],
            (size_t)(list->chunk_count - i) * sizeof(exec_rank_chunk *));
}

/* ---- snapshots ------------------------------------------------------------------------------- */
void exec_rank_write(const exec_rank_list *list, base_strbuf *out) {
    for (int64_t i = 0; i < list->count; i++) {
        exec_rank_row row = exec_rank_get(list, exec_rank_at(list, i));
        uint32_t lengths[3] = {row.key_length, row.id_length, row.row_length};
        base_strbuf_add(out, (const char *)lengths, sizeof lengths);
        base_strbuf_add(out, (const char *)row.key,
                        (int64_t)row.key_length + row.id_length + row.row_length);
    }
}

rask_status exec_rank_read(exec_rank_list *list, const uint8_t *bytes, int64_t size, bool *damaged,
                           rask_error *err) {
    const uint8_t *at = bytes, *end = bytes + size;
    *damaged = false;
    while (at < end) {
        uint32_t lengths[3] = {0};
        uint64_t handle;
        *damaged = end - at < (int64_t)sizeof lengths;
        if (!*damaged)
            memcpy(lengths, at, sizeof lengths);
        at += sizeof lengths;
        int64_t length = (int64_t)lengths[0] + lengths[1] + lengths[2];
        if (*damaged || end - at < length) {
            *damaged = true;
            return RASK_OK;
        }
        exec_rank_row row = {.key = at,
                             .id = at + lengths[0],
                             .row = at + lengths[0] + lengths[1],
                             .key_length = lengths[0],
                             .id_length = lengths[1],
                             .row_length = lengths[2]};
        RASK_TRY(exec_rank_put(list, &row, &handle, err));
        RASK_TRY(exec_rank_insert(list, list->count, handle, err));
        at += length;
    }
    return RASK_OK;
}
