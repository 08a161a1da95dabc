/* The sorted multiset of values (values.h).
 *
 * Blocks in func_memory have a fixed size; to grow one, a larger copy is put and the old one
 * dropped.  Pointers from `get` are used only until the next `put`. */
#include <string.h>

#include "func/values.h"

enum { CHUNK_CAPACITY_MIN = 4, CHUNK_CAPACITY_MAX = 256, DIRECTORY_CAPACITY_MIN = 16 };

typedef struct entry {
    uint64_t value[2]; /* a func_value, unaligned so that an entry has 24 bytes */
    int64_t times;
} entry;

typedef struct chunk {
    int32_t used, capacity;
    entry entries[];
} chunk;

typedef struct directory {
    int32_t used, capacity;
    uint64_t chunks[];
} directory;

static int64_t chunk_size(int32_t capacity) {
    return (int64_t)sizeof(chunk) + (int64_t)sizeof(entry) * capacity;
}

static int64_t directory_size(int32_t capacity) {
    return (int64_t)sizeof(directory) + (int64_t)sizeof(uint64_t) * capacity;
}

static chunk *chunk_of(func_memory *memory, uint64_t handle) {
    int64_t size;
    return memory->get(memory, handle, &size);
}

static directory *directory_of(func_memory *memory, uint64_t handle) {
    int64_t size;
    return memory->get(memory, handle, &size);
}

/* ---- texts ----------------------------------------------------------------------------------- */

rask_status func_value_keep_text(func_memory *memory, const data_string *text, data_string *out,
                                 rask_error *err) {
    data_string kept = *text;
    if (text->length > DATA_STRING_INLINE_MAX) {
        uint64_t handle;
        RASK_TRY(memory->put(memory, text->pointer, text->length, &handle, err));
        kept.pointer = (const char *)(uintptr_t)handle;
    }
    *out = kept;
    return RASK_OK;
}

data_string func_value_text(func_memory *memory, const data_string *kept) {
    data_string text = *kept;
    int64_t size;
    if (text.length > DATA_STRING_INLINE_MAX)
        text.pointer = memory->get(memory, (uint64_t)(uintptr_t)kept->pointer, &size);
    return text;
}

void func_value_drop_text(func_memory *memory, const data_string *kept) {
    if (kept->length > DATA_STRING_INLINE_MAX)
        memory->drop(memory, (uint64_t)(uintptr_t)kept->pointer);
}

/* ---- order ----------------------------------------------------------------------------------- */

static int compare_doubles(double a, double b) {
    if (a != a || b != b)
        return (a != a) - (b != b); /* NaN is largest */
    return (a > b) - (a < b);
}

static func_value load(const entry *e) {
    func_value value;
    memcpy(&value, e->value, sizeof e->value);
    return value;
}

/* `kept` is in memory, `value` is not. */
static int compare(func_value_kind kind, func_memory *memory, const entry *kept,
                   const func_value *value) {
    func_value own = load(kept);
    switch (kind) {
    case FUNC_VALUE_I64:
        return (own.i64 > value->i64) - (own.i64 < value->i64);
    case FUNC_VALUE_F64:
        return compare_doubles(own.f64, value->f64);
    case FUNC_VALUE_I128:
        return (own.i128 > value->i128) - (own.i128 < value->i128);
    case FUNC_VALUE_TEXT:
        break;
    }
    uint32_t head = own.text.length < value->text.length ? own.text.length : value->text.length;
    int order = memcmp(own.text.prefix, value->text.prefix, head < 4 ? head : 4);
    if (order != 0)
        return order;
    data_string text = func_value_text(memory, &own.text);
    return data_string_compare(&text, &value->text);
}

/* ---- searching ------------------------------------------------------------------------------- */

typedef struct place {
    int32_t chunk, entry; /* where the value is, or would be inserted */
    uint64_t handle;      /* of the chunk */
    bool found;
} place;

/* The last chunk that starts at or below the value, or the first. */
static int32_t find_chunk(const func_values *set, func_value_kind kind, func_memory *memory,
                          const func_value *value) {
    if (set->height < 2)
        return 0;
    int32_t low = 0, high = directory_of(memory, set->root)->used;
    while (high - low > 1) {
        int32_t middle = low + (high - low) / 2;
        uint64_t handle = directory_of(memory, set->root)->chunks[middle];
        if (compare(kind, memory, &chunk_of(memory, handle)->entries[0], value) <= 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static uint64_t chunk_handle(const func_values *set, func_memory *memory, int32_t index) {
    return set->height < 2 ? set->root : directory_of(memory, set->root)->chunks[index];
}

static place find(const func_values *set, func_value_kind kind, func_memory *memory,
                  const func_value *value) {
    place p = {.chunk = find_chunk(set, kind, memory, value)};
    p.handle = chunk_handle(set, memory, p.chunk);
    const chunk *c = chunk_of(memory, p.handle);
    int32_t low = 0, high = c->used;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        int order = compare(kind, memory, &c->entries[middle], value);
        p.found |= order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    p.entry = low;
    return p;
}

/* ---- growing --------------------------------------------------------------------------------- */

/* A new chunk with room for `capacity` entries, holding the given ones. */
static rask_status put_chunk(func_memory *memory, const entry *entries, int32_t used,
                             int32_t capacity, uint64_t *handle, rask_error *err) {
    union {
        chunk c;
        char bytes[sizeof(chunk) + sizeof(entry) * CHUNK_CAPACITY_MAX];
    } copy;
    memset(&copy, 0, (size_t)chunk_size(capacity));
    copy.c.used = used;
    copy.c.capacity = capacity;
    if (used > 0)
        memcpy(copy.c.entries, entries, sizeof *entries * (size_t)used);
    return memory->put(memory, &copy, chunk_size(capacity), handle, err);
}

static void replace_chunk(func_values *set, func_memory *memory, int32_t index, uint64_t handle) {
    if (set->height < 2)
        set->root = handle;
    else
        directory_of(memory, set->root)->chunks[index] = handle;
}

static rask_status grow_chunk(func_values *set, func_memory *memory, place *p, rask_error *err) {
    entry entries[CHUNK_CAPACITY_MAX];
    const chunk *c = chunk_of(memory, p->handle);
    int32_t used = c->used;
    memcpy(entries, c->entries, sizeof *entries * (size_t)used);
    uint64_t handle;
    RASK_TRY(put_chunk(memory, entries, used, c->capacity * 4, &handle, err));
    memory->drop(memory, p->handle);
    replace_chunk(set, memory, p->chunk, handle);
    p->handle = handle;
    return RASK_OK;
}

/* Makes sure there is a directory with room for one more chunk. */
static rask_status reserve_directory(func_values *set, func_memory *memory, rask_error *err) {
    const directory *old = set->height == 2 ? directory_of(memory, set->root) : NULL;
    if (old != NULL && old->used < old->capacity)
        return RASK_OK;
    int32_t capacity = old != NULL ? old->capacity * 2 : DIRECTORY_CAPACITY_MIN;
    directory *copy = base_alloc_zero(directory_size(capacity));
    copy->capacity = capacity;
    copy->used = old != NULL ? old->used : 1;
    if (old != NULL)
        memcpy(copy->chunks, old->chunks, sizeof(uint64_t) * (size_t)old->used);
    else
        copy->chunks[0] = set->root;
    uint64_t handle;
    rask_status status = memory->put(memory, copy, directory_size(capacity), &handle, err);
    base_free(copy);
    RASK_TRY(status);
    if (old != NULL)
        memory->drop(memory, set->root);
    set->root = handle;
    set->height = 2;
    return RASK_OK;
}

/* Moves the upper half of a full chunk into a new one behind it. */
static rask_status split_chunk(func_values *set, func_memory *memory, place *p, rask_error *err) {
    enum { HALF = CHUNK_CAPACITY_MAX / 2 };
    entry upper[HALF];
    RASK_TRY(reserve_directory(set, memory, err));
    memcpy(upper, chunk_of(memory, p->handle)->entries + HALF, sizeof upper);
    uint64_t handle;
    RASK_TRY(put_chunk(memory, upper, HALF, CHUNK_CAPACITY_MAX, &handle, err));
    chunk_of(memory, p->handle)->used = HALF;
    directory *d = directory_of(memory, set->root);
    memmove(&d->chunks[p->chunk + 2], &d->chunks[p->chunk + 1],
            sizeof *d->chunks * (size_t)(d->used - p->chunk - 1));
    d->chunks[p->chunk + 1] = handle;
    d->used++;
    if (p->entry > HALF) {
        p->chunk++;
        p->entry -= HALF;
        p->handle = handle;
    }
    return RASK_OK;
}

static rask_status make_room(func_values *set, func_memory *memory, place *p, rask_error *err) {
    const chunk *c = chunk_of(memory, p->handle);
    if (c->used < c->capacity)
        return RASK_OK;
    return c->capacity < CHUNK_CAPACITY_MAX ? grow_chunk(set, memory, p, err)
                                            : split_chunk(set, memory, p, err);
}

/* ---- adding and removing --------------------------------------------------------------------- */

static rask_status keep(func_value_kind kind, func_memory *memory, const func_value *value,
                        entry *out, rask_error *err) {
    func_value kept = *value;
    if (kind == FUNC_VALUE_TEXT)
        RASK_TRY(func_value_keep_text(memory, &value->text, &kept.text, err));
    else if (kind != FUNC_VALUE_I128)
        ((uint64_t *)&kept)[1] = 0;
    memcpy(out->value, &kept, sizeof out->value);
    return RASK_OK;
}

static rask_status insert(func_values *set, func_value_kind kind, func_memory *memory, place *p,
                          const func_value *value, int64_t times, rask_error *err) {
    entry fresh = {.times = times};
    RASK_TRY(make_room(set, memory, p, err));
    RASK_TRY(keep(kind, memory, value, &fresh, err));
    chunk *c = chunk_of(memory, p->handle);
    memmove(&c->entries[p->entry + 1], &c->entries[p->entry],
            sizeof *c->entries * (size_t)(c->used - p->entry));
    c->entries[p->entry] = fresh;
    c->used++;
    set->count++;
    return RASK_OK;
}

/* Takes an empty chunk out; a directory of one chunk becomes that chunk. */
static void remove_chunk(func_values *set, func_memory *memory, const place *p) {
    memory->drop(memory, p->handle);
    if (set->height == 1) {
        *set = (func_values){0};
        return;
    }
    directory *d = directory_of(memory, set->root);
    d->used--;
    memmove(&d->chunks[p->chunk], &d->chunks[p->chunk + 1],
            sizeof *d->chunks * (size_t)(d->used - p->chunk));
    if (d->used == 1) {
        uint64_t last = d->chunks[0];
        memory->drop(memory, set->root);
        set->root = last;
        set->height = 1;
    }
}

static void remove_entry(func_values *set, func_value_kind kind, func_memory *memory,
                         const place *p) {
    chunk *c = chunk_of(memory, p->handle);
    func_value gone = load(&c->entries[p->entry]);
    c->used--;
    memmove(&c->entries[p->entry], &c->entries[p->entry + 1],
            sizeof *c->entries * (size_t)(c->used - p->entry));
    bool empty = c->used == 0;
    set->count--;
    if (kind == FUNC_VALUE_TEXT)
        func_value_drop_text(memory, &gone.text);
    if (empty)
        remove_chunk(set, memory, p);
}

rask_status func_values_add(func_values *set, func_value_kind kind, func_memory *memory,
                            const func_value *value, int64_t times, rask_error *err) {
    if (set->height == 0) {
        RASK_TRY(put_chunk(memory, NULL, 0, CHUNK_CAPACITY_MIN, &set->root, err));
        set->height = 1;
    }
    place p = find(set, kind, memory, value);
    if (!p.found)
        return insert(set, kind, memory, &p, value, times, err);
    entry *e = &chunk_of(memory, p.handle)->entries[p.entry];
    e->times += times;
    if (e->times == 0)
        remove_entry(set, kind, memory, &p);
    return RASK_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static func_value read_value(func_value_kind kind, func_memory *memory, const entry *e) {
    func_value value = load(e);
    if (kind == FUNC_VALUE_TEXT)
        value.text = func_value_text(memory, &value.text);
    return value;
}

static int32_t chunk_count(const func_values *set, func_memory *memory) {
    return set->height < 2 ? set->height : directory_of(memory, set->root)->used;
}

/* The next entry with a positive count from one end inwards. */
static bool from_end(const func_values *set, func_value_kind kind, func_memory *memory,
                     bool backwards, func_value *out) {
    int32_t chunks = chunk_count(set, memory);
    for (int32_t k = 0; k < chunks; k++) {
        const chunk *c =
            chunk_of(memory, chunk_handle(set, memory, backwards ? chunks - 1 - k : k));
        for (int32_t i = 0; i < c->used; i++) {
            const entry *e = &c->entries[backwards ? c->used - 1 - i : i];
            if (e->times > 0) {
                *out = read_value(kind, memory, e);
                return true;
            }
        }
    }
    return false;
}

bool func_values_first(const func_values *set, func_value_kind kind, func_memory *memory,
                       func_value *out) {
    return from_end(set, kind, memory, false, out);
}

bool func_values_last(const func_values *set, func_value_kind kind, func_memory *memory,
                      func_value *out) {
    return from_end(set, kind, memory, true, out);
}

bool func_values_next(const func_values *set, func_value_kind kind, func_memory *memory,
                      func_values_cursor *cursor, func_value *out, int64_t *times) {
    while (cursor->chunk < chunk_count(set, memory)) {
        const chunk *c = chunk_of(memory, chunk_handle(set, memory, cursor->chunk));
        if (cursor->entry < c->used) {
            const entry *e = &c->entries[cursor->entry++];
            *out = read_value(kind, memory, e);
            *times = e->times;
            return true;
        }
        cursor->chunk++;
        cursor->entry = 0;
    }
    return false;
}

void func_values_clear(func_values *set, func_value_kind kind, func_memory *memory) {
    for (int32_t k = 0; k < chunk_count(set, memory); k++) {
        uint64_t handle = chunk_handle(set, memory, k);
        const chunk *c = chunk_of(memory, handle);
        for (int32_t i = 0; kind == FUNC_VALUE_TEXT && i < c->used; i++) {
            func_value value = load(&c->entries[i]);
            func_value_drop_text(memory, &value.text);
        }
        memory->drop(memory, handle);
    }
    if (set->height == 2)
        memory->drop(memory, set->root);
    *set = (func_values){0};
}
