/* An ordered list in chunks of at most 256 handles: searches are binary over chunks and within one,
 * insertions move half a chunk. */
#include "exec/rank_list.h"

#include "exec/sort_key.h"

void exec_rank_list_init(exec_rank_list *list, base_pool *pool) {
    *list = (exec_rank_list){.memory = state_memory_new(pool)};
}

void exec_rank_list_free(exec_rank_list *list) {
    for (int32_t i = 0; i < list->chunk_count; i++)
        base_free(list->chunks[i]);
    base_free(list->chunks);
    state_memory_free(list->memory);
    *list = (exec_rank_list){0};
}

int64_t exec_rank_list_bytes(const exec_rank_list *list) {
    return state_memory_bytes(list->memory) + list->chunk_count * (int64_t)sizeof(exec_rank_chunk);
}

/* ---- blobs ----------------------------------------------------------------------------------- */
rask_status exec_rank_put(exec_rank_list *list, const uint8_t *key, uint32_t key_length,
                          const uint8_t *row, uint32_t row_length, uint64_t *handle,
                          rask_error *err) {
    int64_t size = 4 + (int64_t)key_length + row_length;
    uint8_t small[512], *bytes = size <= (int64_t)sizeof small ? small : base_alloc(size);
    memcpy(bytes, &key_length, 4);
    memcpy(bytes + 4, key, key_length);
    memcpy(bytes + 4 + key_length, row, row_length);
    rask_status status = list->memory->put(list->memory, bytes, size, handle, err);
    if (bytes != small)
        base_free(bytes);
    return status;
}

exec_rank_blob exec_rank_get(const exec_rank_list *list, uint64_t handle) {
    int64_t size;
    const uint8_t *bytes = list->memory->get(list->memory, handle, &size);
    exec_rank_blob blob = {.key = bytes + 4};
    memcpy(&blob.key_length, bytes, 4);
    blob.row = blob.key + blob.key_length;
    blob.row_length = (uint32_t)size - 4 - blob.key_length;
    return blob;
}

/* ---- search ---------------------------------------------------------------------------------- */
/* Whether the row stands before the place that is looked for. */
static bool is_before(const exec_rank_list *list, uint64_t handle, const uint8_t *key,
                      uint32_t length, bool before) {
    exec_rank_blob blob = exec_rank_get(list, handle);
    int order = exec_sort_compare(blob.key, blob.key_length, key, length);
    return before ? order < 0 : order <= 0;
}

int64_t exec_rank_place(const exec_rank_list *list, const uint8_t *key, uint32_t key_length,
                        bool before) {
    int32_t low = 0, high = list->chunk_count;
    while (low < high) { /* the first chunk whose last row is not before */
        int32_t middle = (low + high) / 2;
        const exec_rank_chunk *chunk = list->chunks[middle];
        if (is_before(list, chunk->handles[chunk->count - 1], key, key_length, before))
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
        if (is_before(list, chunk->handles[middle], key, key_length, before))
            first = middle + 1;
        else
            end = middle;
    }
    return place + first;
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

void exec_rank_insert(exec_rank_list *list, int64_t place, uint64_t handle) {
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
}

void exec_rank_remove(exec_rank_list *list, int64_t place) {
    int32_t i = find_chunk(list, &place);
    exec_rank_chunk *chunk = list->chunks[i];
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
