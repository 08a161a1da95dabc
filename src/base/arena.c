/* Arena: chunks that double from 4 KiB to 256 KiB; what is larger than a chunk gets one of its own
 * size.  Chunks come zeroed from the system, so only a reset clears memory: what was used of it. */
#include "base/arena.h"

#include <stdio.h>
#include <string.h>

typedef struct chunk {
    struct chunk *next;
    int64_t used, capacity;
    _Alignas(16) uint8_t bytes[];
} chunk;

enum { CHUNK_BYTES_MIN = 4096, CHUNK_BYTES_MAX = 256 * 1024 };

typedef struct cleanup {
    struct cleanup *next;
    void (*release)(void *data);
    void *data;
} cleanup;

struct base_arena {
    chunk *current; /* allocations come from here; older ones follow by `next` */
    int64_t next_bytes;
    cleanup *cleanups; /* the last one first */
};

base_arena *base_arena_new(void) {
    base_arena *arena = BASE_NEW(base_arena);
    arena->next_bytes = CHUNK_BYTES_MIN;
    return arena;
}

static void free_chunks(chunk *c) {
    while (c != NULL) {
        chunk *next = c->next;
        base_free(c);
        c = next;
    }
}

static void run_cleanups(base_arena *arena) {
    for (cleanup *c = arena->cleanups; c != NULL; c = c->next)
        c->release(c->data);
    arena->cleanups = NULL;
}

void base_arena_free(base_arena *arena) {
    if (arena == NULL)
        return;
    run_cleanups(arena);
    free_chunks(arena->current);
    base_free(arena);
}

void base_arena_reset(base_arena *arena) {
    chunk **largest = &arena->current;
    run_cleanups(arena);
    if (*largest == NULL)
        return;
    for (chunk **c = largest; *c != NULL; c = &(*c)->next)
        if ((*c)->capacity > (*largest)->capacity)
            largest = c;
    chunk *kept = *largest;
    *largest = kept->next;
    free_chunks(arena->current);
    memset(kept->bytes, 0, (size_t)kept->used);
    kept->used = 0;
    kept->next = NULL;
    arena->current = kept;
}

static chunk *new_chunk(base_arena *arena, int64_t size) {
    int64_t capacity = size > arena->next_bytes ? size : arena->next_bytes;
    chunk *c = base_alloc_zero((int64_t)sizeof(chunk) + capacity);
    c->capacity = capacity;
    if (size > arena->next_bytes && arena->current != NULL) {
        c->next = arena->current->next; /* full at once: the current one may have room left */
        arena->current->next = c;
        return c;
    }
    if (arena->next_bytes < CHUNK_BYTES_MAX)
        arena->next_bytes *= 2;
    c->next = arena->current;
    arena->current = c;
    return c;
}

void *base_arena_alloc(base_arena *arena, int64_t size) {
    RASK_ASSERT(size >= 0 && size < INT64_MAX - 64);
    size = (size + 15) & ~(int64_t)15;
    chunk *c = arena->current;
    if (c == NULL || size > c->capacity - c->used)
        c = new_chunk(arena, size);
    void *result = c->bytes + c->used;
    c->used += size;
    return result;
}

void *base_arena_copy(base_arena *arena, const void *bytes, int64_t size) {
    void *copy = base_arena_alloc(arena, size);
    if (size > 0)
        memcpy(copy, bytes, (size_t)size);
    return copy;
}

char *base_arena_strdup(base_arena *arena, const char *text) {
    return text != NULL ? base_arena_strndup(arena, text, (int64_t)strlen(text)) : NULL;
}

char *base_arena_strndup(base_arena *arena, const char *text, int64_t length) {
    char *copy = base_arena_alloc(arena, length + 1);
    if (length > 0)
        memcpy(copy, text, (size_t)length);
    return copy;
}

char *base_arena_vprintf(base_arena *arena, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    RASK_ASSERT(length >= 0);
    char *text = base_arena_alloc(arena, (int64_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *base_arena_printf(base_arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = base_arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void base_list_add(base_arena *arena, base_list *list, void *item) {
    if (list->count == list->capacity) {
        int32_t capacity = list->capacity > 0 ? 2 * list->capacity : 4;
        void **items = BASE_ARENA_ARRAY(arena, void *, capacity);
        if (list->count > 0)
            memcpy(items, list->items, sizeof(void *) * (size_t)list->count);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
}

void base_arena_on_free(base_arena *arena, void (*release)(void *data), void *data) {
    cleanup *c = BASE_ARENA_NEW(arena, cleanup);
    *c = (cleanup){arena->cleanups, release, data};
    arena->cleanups = c;
}
