/* Columns: making, sharing and freeing them; bitmaps; string heaps. */
#include "data/column.h"

#include "data/column_private.h"

/* Heaps as small as this are not worth a copy. */
enum { COMPACT_BYTES_MIN = 4096 };

data_column *data_column_alloc(const data_type *type, data_layout layout, data_physical physical,
                               int64_t length) {
    data_column *column = BASE_NEW(data_column);
    column->type = type;
    column->layout = layout;
    column->physical = physical;
    column->length = length;
    column->refs = 1;
    return column;
}

void data_column_alloc_children(data_column *column, int32_t count) {
    column->child_count = count;
    column->children = count > 0 ? BASE_NEW_ARRAY(data_column *, count) : NULL;
}

/* Room for `count` flat values. */
rask_status data_column_alloc_values(base_pool *pool, data_column *column, int64_t count,
                                     rask_error *err) {
    bool is_list = column->physical == DATA_PHYSICAL_LIST;
    int64_t size = is_list ? (count + 1) * 4 : count * data_physical_width(column->physical);
    if (column->physical == DATA_PHYSICAL_NONE || column->physical == DATA_PHYSICAL_ROW)
        return RASK_OK;
    RASK_TRY(base_buffer_new(pool, size, &column->values_buffer, err));
    column->values_buffer->size = size;
    column->values = column->values_buffer->data;
    if (is_list || column->physical == DATA_PHYSICAL_STRING)
        memset(column->values, 0, (size_t)size);
    return RASK_OK;
}

rask_status data_column_new(base_pool *pool, const data_type *type, data_physical physical,
                            int64_t length, data_column **out, rask_error *err) {
    if (physical == DATA_PHYSICAL_NONE)
        physical = data_physical_of(type);
    data_column *column = data_column_alloc(type, DATA_FLAT, physical, length);
    data_column_alloc_children(column, data_type_child_count(type));
    rask_status status = data_column_alloc_values(pool, column, length, err);
    if (status == RASK_OK)
        *out = column;
    else
        data_column_unref(column);
    return status;
}

rask_status data_column_make_validity(base_pool *pool, data_column *column, rask_error *err) {
    int64_t size = data_bit_words(column->length) * 8;
    data_column_drop_validity(column);
    RASK_TRY(base_buffer_new(pool, size, &column->validity_buffer, err));
    column->validity_buffer->size = size;
    memset(column->validity_buffer->data, 0xFF, (size_t)size);
    column->validity = (const uint64_t *)column->validity_buffer->data;
    return RASK_OK;
}

static rask_status null_children(base_pool *pool, data_column *column, rask_error *err) {
    for (int32_t i = 0; i < column->child_count; i++) {
        const data_type *type = data_type_child(column->type, i);
        if (column->physical == DATA_PHYSICAL_ROW) {
            RASK_TRY(data_column_new_null(pool, type, 1, &column->children[i], err));
        } else {
            RASK_TRY(data_column_new(pool, type, DATA_PHYSICAL_NONE, 0, &column->children[i], err));
            RASK_TRY(null_children(pool, column->children[i], err));
        }
    }
    return RASK_OK;
}

rask_status data_column_new_null(base_pool *pool, const data_type *type, int64_t length,
                                 data_column **out, rask_error *err) {
    data_column *column;
    rask_status status;
    RASK_TRY(data_column_new(pool, type, DATA_PHYSICAL_NONE, 1, &column, err));
    RASK_TRY_OUT(status, data_column_make_validity(pool, column, err));
    data_column_set_null(column, 0);
    if (column->values_buffer != NULL)
        memset(column->values, 0, (size_t)column->values_buffer->size);
    RASK_TRY_OUT(status, null_children(pool, column, err));
    column->layout = DATA_CONSTANT;
    column->length = length;
    *out = data_column_ref(column);
out:
    data_column_unref(column);
    return status;
}

data_column *data_column_ref(data_column *column) {
    __atomic_fetch_add(&column->refs, 1, __ATOMIC_RELAXED);
    return column;
}

void data_column_unref(data_column *column) {
    if (column == NULL || __atomic_fetch_sub(&column->refs, 1, __ATOMIC_ACQ_REL) > 1)
        return;
    for (int32_t i = 0; i < column->child_count; i++)
        data_column_unref(column->children[i]);
    base_free(column->children);
    data_column_drop_heaps(column);
    data_column_unref(column->dictionary);
    base_buffer_unref(column->validity_buffer);
    base_buffer_unref(column->values_buffer);
    base_free(column);
}

void data_column_become(data_column *to, data_column *from) {
    data_column before = *to;
    *to = *from;
    to->type = before.type;
    to->refs = before.refs;
    before.refs = from->refs;
    *from = before;
    data_column_unref(from);
}

data_column *data_column_share(const data_column *column) {
    data_column *copy = BASE_NEW(data_column);
    *copy = *column;
    copy->refs = 1;
    data_column_alloc_children(copy, column->child_count);
    for (int32_t i = 0; i < column->child_count; i++)
        copy->children[i] = data_column_ref(column->children[i]);
    for (int32_t i = 0; i < column->heap_count; i++)
        base_buffer_ref(column->heaps[i]);
    if (column->dictionary != NULL)
        data_column_ref(column->dictionary);
    base_buffer_ref(column->validity_buffer);
    base_buffer_ref(column->values_buffer);
    return copy;
}

void data_column_drop_validity(data_column *column) {
    base_buffer_unref(column->validity_buffer);
    column->validity_buffer = NULL;
    column->validity = NULL;
}

int64_t data_column_null_count(const data_column *column) {
    if (column->physical == DATA_PHYSICAL_NONE)
        return column->length;
    if (column->validity == NULL)
        return 0;
    if (column->layout == DATA_CONSTANT)
        return data_bit_get(column->validity, 0) ? 0 : column->length;
    return column->length - data_bits_count(column->validity, column->length);
}

int64_t data_column_pinned_bytes(const data_column *column) {
    int64_t bytes = data_column_retained_bytes(column);
    if (column->validity_buffer != NULL)
        bytes += column->validity_buffer->capacity;
    if (column->values_buffer != NULL)
        bytes += column->values_buffer->capacity;
    for (int32_t i = 0; i < column->child_count; i++)
        bytes += data_column_pinned_bytes(column->children[i]);
    return column->dictionary != NULL ? bytes + data_column_pinned_bytes(column->dictionary)
                                      : bytes;
}

/* ---- bitmaps --------------------------------------------------------------------------------- */

/* 64 bits from any place; only words that hold one of the `count` wanted bits are read. */
static uint64_t read_bits(const uint64_t *bits, int64_t offset, int64_t count) {
    if (bits == NULL)
        return UINT64_MAX;
    int shift = (int)(offset & 63);
    uint64_t word = bits[offset >> 6] >> shift;
    return shift + count > 64 ? word | bits[(offset >> 6) + 1] << (64 - shift) : word;
}

void data_bits_copy(uint64_t *to, int64_t to_offset, const uint64_t *from, int64_t from_offset,
                    int64_t count) {
    while (count > 0) {
        int shift = (int)(to_offset & 63);
        int64_t step = 64 - shift < count ? 64 - shift : count;
        uint64_t mask = (step == 64 ? UINT64_MAX : (1ULL << step) - 1) << shift;
        uint64_t bits = read_bits(from, from_offset, step) << shift;
        to[to_offset >> 6] = (to[to_offset >> 6] & ~mask) | (bits & mask);
        to_offset += step;
        from_offset += step;
        count -= step;
    }
}

int64_t data_bits_count(const uint64_t *bits, int64_t count) {
    int64_t total = 0;
    for (int64_t i = 0; i < count / 64; i++)
        total += __builtin_popcountll(bits[i]);
    if (count % 64 != 0)
        total += __builtin_popcountll(bits[count / 64] & ((1ULL << count % 64) - 1));
    return total;
}

/* ---- string heaps ---------------------------------------------------------------------------- */

/* Values stored: one for a constant. */
static int64_t value_count(const data_column *column) {
    return column->layout == DATA_CONSTANT ? 1 : column->length;
}

int64_t data_column_retained_bytes(const data_column *column) {
    int64_t bytes = 0;
    for (int32_t i = 0; i < column->heap_count; i++)
        bytes += column->heaps[i]->capacity;
    return bytes;
}

int64_t data_column_count_live_bytes(const data_column *column) {
    const data_string *views = column->values;
    int64_t live = 0, count = value_count(column);
    if (column->validity == NULL) {
        for (int64_t i = 0; i < count; i++)
            live += views[i].length > DATA_STRING_INLINE_MAX ? views[i].length : 0;
        return live;
    }
    for (int64_t i = 0; i < count; i++)
        if (views[i].length > DATA_STRING_INLINE_MAX && data_bit_get(column->validity, i))
            live += views[i].length;
    return live;
}

void data_column_drop_heaps(data_column *column) {
    for (int32_t i = 0; i < column->heap_count; i++)
        base_buffer_unref(column->heaps[i]);
    column->heap_count = 0;
}

rask_status data_column_compact_views(base_pool *pool, data_column *column, rask_error *err) {
    data_string *views = column->values;
    int64_t count = value_count(column), live = data_column_count_live_bytes(column);
    base_buffer *heap;
    column->live_bytes = live;
    if (live == 0) {
        data_column_drop_heaps(column);
        return RASK_OK;
    }
    RASK_TRY(base_buffer_new(pool, live, &heap, err));
    const char *last_from = (const char *)views, *last_to = NULL; /* no string stands there */
    uint32_t last_length = 0;
    for (int64_t i = 0; i < count; i++) {
        if (column->validity != NULL && !data_bit_get(column->validity, i)) {
            memset(&views[i], 0, sizeof views[i]); /* null rows may point anywhere */
            continue;
        }
        if (views[i].length <= DATA_STRING_INLINE_MAX)
            continue;
        /* Runs of one string, as joins make them, stay one string. */
        if (views[i].pointer != last_from || views[i].length != last_length) {
            last_from = views[i].pointer;
            last_length = views[i].length;
            last_to = (char *)heap->data + heap->size;
            memcpy(heap->data + heap->size, last_from, last_length);
            heap->size += last_length;
        }
        views[i].pointer = last_to;
    }
    data_column_drop_heaps(column);
    column->heaps[column->heap_count++] = heap;
    return RASK_OK;
}

rask_status data_column_settle_heaps(base_pool *pool, data_column *column, rask_error *err) {
    if (column->heap_count == 0)
        return RASK_OK;
    int64_t retained = data_column_retained_bytes(column);
    column->live_bytes = data_column_count_live_bytes(column);
    if (column->live_bytes == 0)
        data_column_drop_heaps(column);
    else if (retained > COMPACT_BYTES_MIN && column->live_bytes < retained / 2)
        return data_column_compact_views(pool, column, err);
    return RASK_OK;
}

rask_status data_column_add_heap(data_column *column, base_buffer *heap, rask_error *err) {
    for (int32_t i = 0; i < column->heap_count; i++)
        if (column->heaps[i] == heap)
            return RASK_OK;
    if (column->heap_count == DATA_HEAPS_MAX)
        RASK_TRY(data_column_compact_views(column->values_buffer->pool, column, err));
    column->heaps[column->heap_count++] = base_buffer_ref(heap);
    return RASK_OK;
}
