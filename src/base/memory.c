/* The process's allocator calls, and pools: a tree of budgets.
 *
 * A pool hands out `used` bytes and holds `reserved` >= used bytes of its parent, in whole chunks
 * where the parent has them.  Both counters are atomic and no lock is taken; the rule that keeps
 * `used <= reserved` is that a taker first raises `used`, then looks at `reserved`, while a giver
 * first lowers `reserved`, then looks at `used` (sequentially consistent), so that at least one of
 * two racing threads sees the other and puts things right.  Too much may be reserved for a moment,
 * never too little. */
#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *pointer, int64_t size) {
    if (__builtin_expect(pointer == NULL, 0)) {
        fprintf(stderr, "rask: out of memory: cannot allocate %lld bytes\n", (long long)size);
        abort();
    }
    return pointer;
}

/* malloc(0) may be NULL; one byte never is. */
static size_t at_least_one(int64_t size) {
    RASK_ASSERT(size >= 0);
    return size > 0 ? (size_t)size : 1;
}

void *base_alloc(int64_t size) {
    return checked(malloc(at_least_one(size)), size);
}

void *base_alloc_zero(int64_t size) {
    return checked(calloc(1, at_least_one(size)), size);
}

void *base_realloc(void *pointer, int64_t size) {
    return checked(realloc(pointer, at_least_one(size)), size);
}

void base_free(void *pointer) {
    free(pointer);
}

char *base_strdup(const char *text) {
    return text != NULL ? base_strndup(text, (int64_t)strlen(text)) : NULL;
}

char *base_strndup(const char *text, int64_t length) {
    char *copy = base_alloc(length + 1);
    memcpy(copy, text, (size_t)length);
    copy[length] = '\0';
    return copy;
}

char *base_printf(const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    RASK_ASSERT(length >= 0);
    char *text = base_alloc((int64_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

/* ---- pools ----------------------------------------------------------------------------------- */

struct base_pool {
    base_pool *parent;
    char *name, *option;
    int64_t limit;    /* INT64_MAX = the parent's */
    int64_t chunk;    /* what is taken from the parent is a multiple of it */
    int64_t used;     /* atomic */
    int64_t reserved; /* atomic: taken from the parent; unused without one */
    int32_t refs;     /* atomic */
};

/* Spare chunks of many tasks must not use a small budget up. */
static int64_t chunk_of(int64_t limit) {
    enum { SMALLEST = 4096 };
    int64_t chunk = limit / BASE_POOL_CHUNKS_MIN / SMALLEST * SMALLEST;
    return chunk < SMALLEST ? SMALLEST : chunk > BASE_POOL_CHUNK ? BASE_POOL_CHUNK : chunk;
}

base_pool *base_pool_new(base_pool *parent, const char *name, const char *option,
                         int64_t limit_bytes) {
    base_pool *pool = BASE_NEW(base_pool);
    pool->parent = base_pool_ref(parent);
    pool->name = base_strdup(name);
    pool->option = base_strdup(option);
    pool->limit = limit_bytes > 0 ? limit_bytes : INT64_MAX;
    pool->chunk = chunk_of(base_pool_limit(pool));
    pool->refs = 1;
    return pool;
}

base_pool *base_pool_ref(base_pool *pool) {
    if (pool != NULL)
        __atomic_fetch_add(&pool->refs, 1, __ATOMIC_RELAXED);
    return pool;
}

void base_pool_unref(base_pool *pool) {
    if (pool == NULL || __atomic_fetch_sub(&pool->refs, 1, __ATOMIC_ACQ_REL) > 1)
        return;
    RASK_ASSERT(pool->used == 0);
    if (pool->parent != NULL)
        base_pool_release(pool->parent, pool->reserved);
    base_pool_unref(pool->parent);
    base_free(pool->name);
    base_free(pool->option);
    base_free(pool);
}

/* Bytes as configuration writes them: "128 mb". */
static void write_size(int64_t bytes, char *out, size_t size) {
    static const char *const units[] = {"bytes", "kb", "mb", "gb", "tb"};
    int unit = 0;
    while (unit < 4 && bytes >= 1024 && bytes % 1024 == 0) {
        bytes /= 1024;
        unit++;
    }
    snprintf(out, size, "%lld %s", (long long)bytes, units[unit]);
}

static rask_status out_of_memory(const base_pool *asked, const base_pool *full, int64_t bytes,
                                 rask_error *err) {
    char limit[32];
    write_size(full->limit, limit, sizeof limit);
    return rask_error_set(err, RASK_ERROR_MEMORY,
                          "Out of managed memory: '%s' needs %lld bytes more, '%s' allows %s.",
                          asked->name, (long long)bytes,
                          full->option != NULL ? full->option : full->name, limit);
}

static int64_t whole_chunks(const base_pool *pool, int64_t bytes) {
    return (bytes + pool->chunk - 1) / pool->chunk * pool->chunk;
}

static base_pool *take(base_pool *pool, int64_t bytes);

/* Raises `reserved` to at least `needed`.  Returns the pool that is full, or NULL. */
static base_pool *grow_reserved(base_pool *pool, int64_t needed) {
    int64_t reserved = __atomic_load_n(&pool->reserved, __ATOMIC_SEQ_CST);
    while (reserved < needed) {
        int64_t target = whole_chunks(pool, needed);
        if (take(pool->parent, target - reserved) != NULL) {
            target = needed; /* the last bytes of a budget may not fill a chunk */
            base_pool *full = take(pool->parent, target - reserved);
            if (full != NULL)
                return full;
        }
        int64_t before = reserved;
        if (__atomic_compare_exchange_n(&pool->reserved, &reserved, target, false, __ATOMIC_SEQ_CST,
                                        __ATOMIC_SEQ_CST))
            return NULL;
        base_pool_release(pool->parent, target - before);
    }
    return NULL;
}

/* Reserves here and on the way up, or changes nothing and returns the pool that is full. */
static base_pool *take(base_pool *pool, int64_t bytes) {
    int64_t used = __atomic_load_n(&pool->used, __ATOMIC_RELAXED);
    do {
        if (bytes > pool->limit - used)
            return pool;
    } while (!__atomic_compare_exchange_n(&pool->used, &used, used + bytes, true, __ATOMIC_SEQ_CST,
                                          __ATOMIC_RELAXED));
    if (pool->parent == NULL)
        return NULL;
    base_pool *full = grow_reserved(pool, used + bytes);
    if (full != NULL)
        __atomic_fetch_sub(&pool->used, bytes, __ATOMIC_SEQ_CST);
    return full;
}

rask_status base_pool_reserve(base_pool *pool, int64_t bytes, rask_error *err) {
    RASK_ASSERT(bytes >= 0);
    base_pool *full = take(pool, bytes);
    return full == NULL ? RASK_OK : out_of_memory(pool, full, bytes, err);
}

void base_pool_release(base_pool *pool, int64_t bytes) {
    int64_t used = __atomic_sub_fetch(&pool->used, bytes, __ATOMIC_SEQ_CST);
    RASK_ASSERT(used >= 0);
    if (pool->parent == NULL)
        return;
    /* A spare chunk stays, so that a pool that breathes does not touch its parent each time. */
    int64_t reserved = __atomic_load_n(&pool->reserved, __ATOMIC_SEQ_CST);
    int64_t keep = whole_chunks(pool, used) + pool->chunk;
    if (reserved <= keep || !__atomic_compare_exchange_n(&pool->reserved, &reserved, keep, false,
                                                         __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return;
    if (__atomic_load_n(&pool->used, __ATOMIC_SEQ_CST) > keep)
        __atomic_fetch_add(&pool->reserved, reserved - keep, __ATOMIC_SEQ_CST);
    else
        base_pool_release(pool->parent, reserved - keep);
}

int64_t base_pool_used(const base_pool *pool) {
    return __atomic_load_n(&pool->used, __ATOMIC_RELAXED);
}

int64_t base_pool_limit(const base_pool *pool) {
    int64_t limit = INT64_MAX;
    for (; pool != NULL; pool = pool->parent)
        limit = pool->limit < limit ? pool->limit : limit;
    return limit;
}
