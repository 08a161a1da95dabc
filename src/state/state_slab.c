/* Variable-length values of keyed state: blocks of some 20 sizes cut from 64 KiB slabs, with a free
 * list per size; a value larger than the largest block gets a slab of its own.
 *
 *     handle = (slab + 1) << 32 | offset of the block        block = | size 4 | unused 4 | bytes |
 *
 * Bytes never move while their handle lives. */
#include "state/state_internal.h"

enum { SLAB_BYTES = STATE_PAGE_BYTES, SLAB_BYTES_FIRST = 4096, BLOCK_HEADER = 8 };

/* Block sizes with their header; all multiples of 16. */
static const int32_t class_bytes[] = {32,   48,   64,   96,    128,   192,   256,
                                      384,  512,  768,  1024,  1536,  2048,  3072,
                                      4096, 6144, 8192, 12288, 16384, 24576, 32768};
enum { CLASS_COUNT = sizeof class_bytes / sizeof class_bytes[0] };

typedef struct slab {
    base_buffer *buffer; /* NULL: the place is free */
    int32_t size_class;  /* -1: one large value */
} slab;

typedef struct block {
    uint32_t size;
    uint32_t unused;
    uint64_t next_free; /* handle; only while free */
} block;

struct state_slabs {
    func_memory memory; /* first */
    base_pool *pool;
    slab *slabs;
    int32_t count, capacity;
    int32_t free_place; /* a NULL slab to reuse, -1 = none known */
    uint64_t free_list[CLASS_COUNT];
    int32_t open_slab[CLASS_COUNT]; /* the slab new blocks are cut from, -1 = none */
    int64_t bytes;
};

static int32_t class_of(int64_t size) {
    int32_t c = 0;
    while (c < CLASS_COUNT && class_bytes[c] < size)
        c++;
    return c;
}

static block *block_at(const state_slabs *slabs, uint64_t handle) {
    return (block *)(slabs->slabs[(handle >> 32) - 1].buffer->data + (uint32_t)handle);
}

static rask_status add_slab(state_slabs *slabs, int64_t bytes, int32_t size_class, int32_t *place,
                            rask_error *err) {
    base_buffer *buffer;
    RASK_TRY(base_buffer_new(slabs->pool, bytes, &buffer, err));
    *place = slabs->free_place;
    slabs->free_place = -1;
    if (*place < 0) {
        if (slabs->count == slabs->capacity) {
            slabs->capacity = slabs->capacity > 0 ? 2 * slabs->capacity : 16;
            slabs->slabs = base_realloc(slabs->slabs, slabs->capacity * (int64_t)sizeof(slab));
        }
        *place = slabs->count++;
    }
    slabs->slabs[*place] = (slab){buffer, size_class};
    slabs->bytes += bytes;
    return RASK_OK;
}

/* A fresh block of a class, cut from its open slab. */
static rask_status cut_block(state_slabs *slabs, int32_t c, uint64_t *handle, rask_error *err) {
    int32_t place = slabs->open_slab[c];
    if (place < 0 ||
        slabs->slabs[place].buffer->size + class_bytes[c] > slabs->slabs[place].buffer->capacity) {
        int64_t bytes =
            place < 0 && class_bytes[c] <= SLAB_BYTES_FIRST / 4 ? SLAB_BYTES_FIRST : SLAB_BYTES;
        RASK_TRY(add_slab(slabs, bytes, c, &place, err));
        slabs->open_slab[c] = place;
    }
    base_buffer *buffer = slabs->slabs[place].buffer;
    *handle = (uint64_t)(place + 1) << 32 | (uint64_t)buffer->size;
    buffer->size += class_bytes[c];
    return RASK_OK;
}

static rask_status slab_put(func_memory *self, const void *bytes, int64_t size, uint64_t *out,
                            rask_error *err) {
    state_slabs *slabs = (state_slabs *)self;
    int32_t c = class_of(size + BLOCK_HEADER);
    uint64_t handle;
    if (size > UINT32_MAX - BLOCK_HEADER)
        return rask_error_set(err, RASK_ERROR_MEMORY,
                              "A value of %lld bytes is too large for keyed state.",
                              (long long)size);
    if (c == CLASS_COUNT) {
        int32_t place;
        RASK_TRY(add_slab(slabs, size + BLOCK_HEADER, -1, &place, err));
        handle = (uint64_t)(place + 1) << 32;
    } else if (slabs->free_list[c] != 0) {
        handle = slabs->free_list[c];
        slabs->free_list[c] = block_at(slabs, handle)->next_free;
    } else {
        RASK_TRY(cut_block(slabs, c, &handle, err));
    }
    block *made = block_at(slabs, handle);
    made->size = (uint32_t)size;
    memcpy((uint8_t *)made + BLOCK_HEADER, bytes, (size_t)size);
    *out = handle;
    return RASK_OK;
}

static void *slab_get(func_memory *self, uint64_t handle, int64_t *size) {
    block *found = block_at((state_slabs *)self, handle);
    if (size != NULL)
        *size = found->size;
    return (uint8_t *)found + BLOCK_HEADER;
}

static void slab_drop(func_memory *self, uint64_t handle) {
    state_slabs *slabs = (state_slabs *)self;
    if (handle == 0)
        return;
    int32_t place = (int32_t)(handle >> 32) - 1;
    int32_t c = slabs->slabs[place].size_class;
    if (c >= 0) {
        block_at(slabs, handle)->next_free = slabs->free_list[c];
        slabs->free_list[c] = handle;
        return;
    }
    slabs->bytes -= slabs->slabs[place].buffer->capacity;
    base_buffer_unref(slabs->slabs[place].buffer);
    slabs->slabs[place].buffer = NULL;
    slabs->free_place = place;
}

state_slabs *state_slabs_new(base_pool *pool) {
    state_slabs *slabs = BASE_NEW(state_slabs);
    slabs->memory = (func_memory){slab_put, slab_get, slab_drop};
    slabs->pool = pool;
    slabs->free_place = -1;
    for (int32_t c = 0; c < CLASS_COUNT; c++)
        slabs->open_slab[c] = -1;
    return slabs;
}

void state_slabs_free(state_slabs *slabs) {
    if (slabs == NULL)
        return;
    for (int32_t i = 0; i < slabs->count; i++)
        base_buffer_unref(slabs->slabs[i].buffer);
    base_free(slabs->slabs);
    base_free(slabs);
}

func_memory *state_slabs_memory(state_slabs *slabs) {
    return &slabs->memory;
}

int64_t state_slabs_bytes(const state_slabs *slabs) {
    return slabs->bytes;
}

func_memory *state_memory_new(base_pool *pool) {
    return state_slabs_memory(state_slabs_new(pool));
}
void state_memory_free(func_memory *memory) {
    state_slabs_free((state_slabs *)memory);
}
int64_t state_memory_bytes(const func_memory *memory) {
    return state_slabs_bytes((const state_slabs *)memory);
}
