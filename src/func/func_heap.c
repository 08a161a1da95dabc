/* func_memory for batch operators and tests: allocations charged to a pool, found by handle.
 *
 * A handle is an index into a table of blocks plus one; freed entries form a list.  Small blocks
 * are cut from chunks by size class and reused, large ones are allocated alone. */
#include <string.h>

#include "func/aggregate.h"

enum {
    CHUNK_SIZE = 64 * 1024,
    CLASS_COUNT = 9, /* 16, 32, ... 4096 bytes */
    CLASS_SIZE_MIN = 16,
    TABLE_CAPACITY_MIN = 64
};

typedef struct block {
    void *bytes;
    int64_t size; /* -1 = free, and `next` is the next free entry */
    uint64_t next;
} block;

typedef struct free_slot {
    struct free_slot *next;
} free_slot;

typedef struct chunk {
    struct chunk *next;
    _Alignas(16) char bytes[];
} chunk;

typedef struct heap {
    func_memory memory; /* first: the interface */
    base_pool *pool;
    block *blocks;
    uint64_t count, capacity, free_handle;
    free_slot *free_slots[CLASS_COUNT];
    chunk *chunks;
    int64_t chunk_left;
    char *chunk_at;
    int64_t reserved;  /* from the pool */
    int64_t overdraft; /* what the pool refused and was taken all the same */
    int64_t used;
    bool may_overdraw;
} heap;

static int32_t class_of(int64_t size) {
    int32_t c = 0;
    while (c < CLASS_COUNT && ((int64_t)CLASS_SIZE_MIN << c) < size)
        c++;
    return c;
}

static rask_status reserve(heap *h, int64_t bytes, rask_error *err) {
    if (h->pool != NULL && h->may_overdraw) {
        if (base_pool_reserve(h->pool, bytes, NULL) != RASK_OK) {
            h->overdraft += bytes;
            return RASK_OK;
        }
    } else if (h->pool != NULL) {
        RASK_TRY(base_pool_reserve(h->pool, bytes, err));
    }
    h->reserved += bytes;
    return RASK_OK;
}

static void release(heap *h, int64_t bytes) {
    int64_t owed = bytes < h->overdraft ? bytes : h->overdraft;
    h->overdraft -= owed;
    h->reserved -= bytes - owed;
    if (h->pool != NULL)
        base_pool_release(h->pool, bytes - owed);
}

static rask_status allocate_small(heap *h, int32_t class, void **out, rask_error *err) {
    int64_t size = (int64_t)CLASS_SIZE_MIN << class;
    if (h->free_slots[class] != NULL) {
        *out = h->free_slots[class];
        h->free_slots[class] = h->free_slots[class]->next;
        return RASK_OK;
    }
    if (h->chunk_left < size) {
        RASK_TRY(reserve(h, CHUNK_SIZE, err));
        chunk *fresh = base_alloc(CHUNK_SIZE);
        fresh->next = h->chunks;
        h->chunks = fresh;
        h->chunk_at = fresh->bytes;
        h->chunk_left = CHUNK_SIZE - (int64_t)sizeof(chunk);
    }
    *out = h->chunk_at;
    h->chunk_at += size;
    h->chunk_left -= size;
    return RASK_OK;
}

static rask_status allocate(heap *h, int64_t size, void **out, rask_error *err) {
    int32_t class = class_of(size);
    if (class < CLASS_COUNT)
        return allocate_small(h, class, out, err);
    RASK_TRY(reserve(h, size, err));
    *out = base_alloc(size);
    return RASK_OK;
}

static void give_back(heap *h, void *bytes, int64_t size) {
    int32_t class = class_of(size);
    if (class < CLASS_COUNT) {
        free_slot *slot = bytes;
        slot->next = h->free_slots[class];
        h->free_slots[class] = slot;
    } else {
        base_free(bytes);
        release(h, size);
    }
}

static rask_status new_handle(heap *h, uint64_t *handle, rask_error *err) {
    if (h->free_handle != 0) {
        *handle = h->free_handle;
        h->free_handle = h->blocks[*handle - 1].next;
        return RASK_OK;
    }
    if (h->count == h->capacity) {
        uint64_t capacity = h->capacity == 0 ? TABLE_CAPACITY_MIN : h->capacity * 2;
        RASK_TRY(reserve(h, (int64_t)((capacity - h->capacity) * sizeof(block)), err));
        h->blocks = base_realloc(h->blocks, (int64_t)(capacity * sizeof(block)));
        h->capacity = capacity;
    }
    *handle = ++h->count;
    return RASK_OK;
}

static rask_status heap_put(func_memory *self, const void *bytes, int64_t size, uint64_t *handle,
                            rask_error *err) {
    heap *h = (heap *)self;
    void *copy;
    uint64_t fresh;
    RASK_TRY(allocate(h, size, &copy, err));
    rask_status status = new_handle(h, &fresh, err);
    if (status != RASK_OK) {
        give_back(h, copy, size);
        return status;
    }
    memcpy(copy, bytes, (size_t)size);
    h->blocks[fresh - 1] = (block){copy, size, 0};
    h->used += size;
    *handle = fresh;
    return RASK_OK;
}

static void *heap_get(func_memory *self, uint64_t handle, int64_t *size) {
    heap *h = (heap *)self;
    RASK_ASSERT(handle >= 1 && handle <= h->count && h->blocks[handle - 1].size >= 0);
    *size = h->blocks[handle - 1].size;
    return h->blocks[handle - 1].bytes;
}

static void heap_drop(func_memory *self, uint64_t handle) {
    heap *h = (heap *)self;
    if (handle == 0)
        return;
    block *b = &h->blocks[handle - 1];
    RASK_ASSERT(handle <= h->count && b->size >= 0);
    give_back(h, b->bytes, b->size);
    h->used -= b->size;
    *b = (block){NULL, -1, h->free_handle};
    h->free_handle = handle;
}

func_memory *func_heap_new(base_pool *pool) {
    heap *h = BASE_NEW(heap);
    h->memory = (func_memory){heap_put, heap_get, heap_drop};
    h->pool = pool != NULL ? base_pool_ref(pool) : NULL;
    return &h->memory;
}

void func_heap_free(func_memory *memory) {
    heap *h = (heap *)memory;
    if (h == NULL)
        return;
    for (uint64_t i = 0; i < h->count; i++)
        if (h->blocks[i].size >= 0 && class_of(h->blocks[i].size) == CLASS_COUNT)
            base_free(h->blocks[i].bytes);
    for (chunk *c = h->chunks, *next; c != NULL; c = next) {
        next = c->next;
        base_free(c);
    }
    if (h->pool != NULL) {
        base_pool_release(h->pool, h->reserved);
        base_pool_unref(h->pool);
    }
    base_free(h->blocks);
    base_free(h);
}

int64_t func_heap_used(const func_memory *memory) {
    return ((const heap *)memory)->used;
}

int64_t func_heap_bytes(const func_memory *memory) {
    const heap *h = (const heap *)memory;
    return h->reserved + h->overdraft;
}

void func_heap_overdraw(func_memory *memory) {
    ((heap *)memory)->may_overdraw = true;
}

int64_t func_heap_overdraft(const func_memory *memory) {
    return ((const heap *)memory)->overdraft;
}
