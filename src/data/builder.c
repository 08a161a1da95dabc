/* Appending values one by one.
 *
 * Long strings go into one growing heap; while it may move, a view holds the offset of its bytes
 * instead of a pointer, and finishing turns offsets into pointers.  The bitmap is made with the
 * first null. */
#include "data/column_private.h"

enum { CAPACITY_MIN = 16, HEAP_BYTES_MIN = 256 };

struct data_builder {
    base_pool *pool;
    const data_type *type;
    data_physical physical;
    int32_t width; /* of an entry of `values`; 0 = no values */
    int64_t length, capacity;
    base_buffer *values;   /* LIST: offsets, one more than the length */
    base_buffer *validity; /* NULL = no nulls so far */
    base_buffer *heap;     /* NULL = no long strings so far */
    int64_t heap_hint;     /* what the column before needed */
    base_i128 bound;       /* DECIMAL: the largest absolute value so far */
    data_builder **children;
    int32_t child_count;
};

data_builder *data_builder_new(base_pool *pool, const data_type *type, int64_t capacity_hint) {
    data_builder *b = BASE_NEW(data_builder);
    b->pool = base_pool_ref(pool);
    b->type = type;
    b->physical = data_physical_of(type);
    b->width = b->physical == DATA_PHYSICAL_LIST ? 4 : data_physical_width(b->physical);
    b->capacity = capacity_hint; /* made at the first append, which can fail */
    b->child_count = data_type_child_count(type);
    b->children = BASE_NEW_ARRAY(data_builder *, b->child_count);
    for (int32_t i = 0; i < b->child_count; i++)
        b->children[i] = data_builder_new(pool, data_type_child(type, i), capacity_hint);
    return b;
}

void data_builder_free(data_builder *builder) {
    if (builder == NULL)
        return;
    for (int32_t i = 0; i < builder->child_count; i++)
        data_builder_free(builder->children[i]);
    base_free(builder->children);
    base_buffer_unref(builder->values);
    base_buffer_unref(builder->validity);
    base_buffer_unref(builder->heap);
    base_pool_unref(builder->pool);
    base_free(builder);
}

int64_t data_builder_length(const data_builder *builder) {
    return builder->length;
}

data_builder *data_builder_child(data_builder *builder, int32_t child) {
    return builder->children[child];
}

/* Makes the buffers, or doubles them.  Bits of new words of the bitmap are set. */
static rask_status grow(data_builder *b, int64_t capacity, rask_error *err) {
    bool is_list = b->physical == DATA_PHYSICAL_LIST;
    capacity = capacity > CAPACITY_MIN ? capacity : CAPACITY_MIN;
    if (b->width > 0) {
        if (b->values == NULL) {
            RASK_TRY(base_buffer_new(b->pool, (capacity + is_list) * b->width, &b->values, err));
            if (is_list)
                *(int32_t *)b->values->data = 0;
        }
        b->values->size = (b->length + is_list) * b->width;
        RASK_TRY(base_buffer_reserve(&b->values, (capacity + is_list) * b->width, err));
    }
    if (b->validity != NULL) {
        int64_t words = data_bit_words(b->length), words_new = data_bit_words(capacity);
        b->validity->size = words * 8;
        RASK_TRY(base_buffer_reserve(&b->validity, words_new * 8, err));
        memset(b->validity->data + words * 8, 0xFF, (size_t)(words_new - words) * 8);
    }
    b->capacity = capacity;
    return RASK_OK;
}

static inline rask_status need_room(data_builder *b, rask_error *err) {
    bool is_made = b->values != NULL || b->width == 0;
    if (__builtin_expect(is_made && b->length < b->capacity, 1))
        return RASK_OK;
    return grow(b, is_made ? 2 * b->capacity : b->capacity, err);
}

static rask_status need_validity(data_builder *b, rask_error *err) {
    int64_t size = data_bit_words(b->capacity) * 8;
    if (b->validity != NULL)
        return RASK_OK;
    RASK_TRY(base_buffer_new(b->pool, size, &b->validity, err));
    memset(b->validity->data, 0xFF, (size_t)size);
    return RASK_OK;
}

static int32_t *offsets_of(data_builder *b) {
    return (int32_t *)b->values->data;
}

rask_status data_builder_add_null(data_builder *builder, rask_error *err) {
    data_builder *b = builder;
    RASK_TRY(need_room(b, err));
    if (b->physical != DATA_PHYSICAL_NONE) {
        RASK_TRY(need_validity(b, err));
        data_bit_clear((uint64_t *)b->validity->data, b->length);
    }
    if (b->physical == DATA_PHYSICAL_ROW)
        for (int32_t i = 0; i < b->child_count; i++)
            RASK_TRY(data_builder_add_null(b->children[i], err));
    if (b->physical == DATA_PHYSICAL_LIST)
        offsets_of(b)[b->length + 1] = offsets_of(b)[b->length];
    else if (b->width > 0)
        memset(b->values->data + b->length * b->width, 0, (size_t)b->width);
    b->length++;
    return RASK_OK;
}

rask_status data_builder_add_i64(data_builder *builder, int64_t value, rask_error *err) {
    RASK_TRY(need_room(builder, err));
    uint8_t *place = builder->values->data + builder->length * builder->width;
    switch (builder->physical) {
    case DATA_PHYSICAL_BOOL:
        *place = value != 0;
        break;
    case DATA_PHYSICAL_I8:
        *(int8_t *)place = (int8_t)value;
        break;
    case DATA_PHYSICAL_I16:
        *(int16_t *)place = (int16_t)value;
        break;
    case DATA_PHYSICAL_I32:
        *(int32_t *)place = (int32_t)value;
        break;
    case DATA_PHYSICAL_I64:
        *(int64_t *)place = value;
        break;
    case DATA_PHYSICAL_I128:
        *(base_i128 *)place = value;
        break;
    default:
        RASK_ASSERT(!"a builder of integers");
    }
    base_i128 magnitude = value < 0 ? -(base_i128)value : value;
    builder->bound = magnitude > builder->bound ? magnitude : builder->bound;
    builder->length++;
    return RASK_OK;
}

rask_status data_builder_add_i128(data_builder *builder, base_i128 value, rask_error *err) {
    if (builder->physical != DATA_PHYSICAL_I128)
        return data_builder_add_i64(builder, (int64_t)value, err);
    RASK_TRY(need_room(builder, err));
    ((base_i128 *)builder->values->data)[builder->length++] = value;
    base_i128 magnitude = value < 0 ? -value : value;
    builder->bound = magnitude > builder->bound ? magnitude : builder->bound;
    return RASK_OK;
}

rask_status data_builder_add_f64(data_builder *builder, double value, rask_error *err) {
    RASK_TRY(need_room(builder, err));
    RASK_ASSERT(builder->physical == DATA_PHYSICAL_F32 || builder->physical == DATA_PHYSICAL_F64);
    if (builder->physical == DATA_PHYSICAL_F32)
        ((float *)builder->values->data)[builder->length++] = (float)value;
    else
        ((double *)builder->values->data)[builder->length++] = value;
    return RASK_OK;
}

static rask_status add_to_heap(data_builder *b, const char *bytes, int64_t length, int64_t *offset,
                               rask_error *err) {
    if (b->heap == NULL) {
        int64_t capacity = length > b->heap_hint ? length : b->heap_hint;
        capacity = capacity > HEAP_BYTES_MIN ? capacity : HEAP_BYTES_MIN;
        RASK_TRY(base_buffer_new(b->pool, capacity, &b->heap, err));
    } else if (length > b->heap->capacity - b->heap->size) {
        int64_t needed = b->heap->size + length, doubled = 2 * b->heap->capacity;
        RASK_TRY(base_buffer_reserve(&b->heap, needed > doubled ? needed : doubled, err));
    }
    *offset = b->heap->size;
    memcpy(b->heap->data + *offset, bytes, (size_t)length);
    b->heap->size += length;
    return RASK_OK;
}

rask_status data_builder_add_string(data_builder *builder, const char *bytes, int64_t length,
                                    rask_error *err) {
    RASK_ASSERT(builder->physical == DATA_PHYSICAL_STRING);
    if (length > INT32_MAX)
        return rask_error_set(err, RASK_ERROR_RUNTIME, "A string of %lld bytes is too long.",
                              (long long)length);
    RASK_TRY(need_room(builder, err));
    data_string *view = (data_string *)builder->values->data + builder->length;
    if (length > DATA_STRING_INLINE_MAX) {
        int64_t offset;
        RASK_TRY(add_to_heap(builder, bytes, length, &offset, err));
        *view = data_string_make(bytes, (uint32_t)length);
        memcpy(view->rest, &offset, 8);
    } else {
        memset(view, 0, sizeof *view);
        view->length = (uint32_t)length;
        if (length > 0)
            memcpy(view->prefix, bytes, (size_t)length);
    }
    builder->length++;
    return RASK_OK;
}

rask_status data_builder_close_row(data_builder *builder, int64_t element_count, rask_error *err) {
    RASK_TRY(need_room(builder, err));
    if (builder->physical == DATA_PHYSICAL_LIST) {
        int64_t end = offsets_of(builder)[builder->length] + element_count;
        if (end > INT32_MAX)
            return rask_error_set(err, RASK_ERROR_MEMORY, "A column has more than %d elements.",
                                  INT32_MAX);
        for (int32_t i = 0; i < builder->child_count; i++)
            RASK_ASSERT(builder->children[i]->length == end);
        offsets_of(builder)[builder->length + 1] = (int32_t)end;
    } else {
        for (int32_t i = 0; i < builder->child_count; i++)
            RASK_ASSERT(builder->children[i]->length == builder->length + 1);
    }
    builder->length++;
    return RASK_OK;
}

static rask_status add_list(data_builder *b, const data_column *flat, int64_t index,
                            rask_error *err) {
    const int32_t *offsets = flat->values;
    int64_t begin = offsets[index], end = offsets[index + 1];
    for (int32_t c = 0; c < b->child_count; c++)
        for (int64_t i = begin; i < end; i++)
            RASK_TRY(data_builder_add_from(b->children[c], flat->children[c], i, err));
    return data_builder_close_row(b, end - begin, err);
}

rask_status data_builder_add_from(data_builder *builder, const data_column *column, int64_t row,
                                  rask_error *err) {
    const data_column *flat;
    if (data_column_is_null(column, row))
        return data_builder_add_null(builder, err);
    int64_t i = data_column_index(column, row, &flat);
    switch (flat->physical) {
    case DATA_PHYSICAL_BOOL:
    case DATA_PHYSICAL_I8:
        return data_builder_add_i64(builder, ((const int8_t *)flat->values)[i], err);
    case DATA_PHYSICAL_I16:
        return data_builder_add_i64(builder, ((const int16_t *)flat->values)[i], err);
    case DATA_PHYSICAL_I32:
    case DATA_PHYSICAL_I64:
    case DATA_PHYSICAL_I128:
        return data_builder_add_i128(builder, data_column_read_i128(flat, i), err);
    case DATA_PHYSICAL_F32:
        return data_builder_add_f64(builder, ((const float *)flat->values)[i], err);
    case DATA_PHYSICAL_F64:
        return data_builder_add_f64(builder, ((const double *)flat->values)[i], err);
    case DATA_PHYSICAL_STRING: {
        const data_string *view = (const data_string *)flat->values + i;
        return data_builder_add_string(builder, data_string_bytes(view), view->length, err);
    }
    case DATA_PHYSICAL_LIST:
        return add_list(builder, flat, i, err);
    case DATA_PHYSICAL_ROW:
        for (int32_t c = 0; c < builder->child_count; c++)
            RASK_TRY(data_builder_add_from(builder->children[c], flat->children[c], i, err));
        return data_builder_close_row(builder, 0, err);
    case DATA_PHYSICAL_NONE:
        break;
    }
    return data_builder_add_null(builder, err);
}

/* ---- finish ---------------------------------------------------------------------------------- */

static void point_into_heap(data_column *column, const base_buffer *heap) {
    data_string *views = column->values;
    for (int64_t i = 0; i < column->length; i++) {
        int64_t offset;
        if (views[i].length <= DATA_STRING_INLINE_MAX)
            continue;
        memcpy(&offset, views[i].rest, 8);
        views[i].pointer = (const char *)heap->data + offset;
    }
}

static void move_buffers(data_builder *b, data_column *column) {
    if (b->values != NULL) {
        b->values->size = (b->length + (b->physical == DATA_PHYSICAL_LIST)) * b->width;
        column->values = b->values->data;
        column->values_buffer = b->values;
    }
    if (b->validity != NULL) {
        b->validity->size = data_bit_words(b->length) * 8;
        column->validity = (const uint64_t *)b->validity->data;
        column->validity_buffer = b->validity;
    }
    if (b->heap != NULL) {
        point_into_heap(column, b->heap);
        column->live_bytes = b->heap_hint = b->heap->size;
        column->heaps[column->heap_count++] = b->heap;
    }
    column->bound = b->type->kind == DATA_DECIMAL ? b->bound : 0;
    b->values = b->validity = b->heap = NULL;
    b->length = 0;
    b->bound = 0;
}

rask_status data_builder_finish(data_builder *builder, data_column **out, rask_error *err) {
    data_builder *b = builder;
    if (b->values == NULL && b->width > 0)
        RASK_TRY(grow(b, b->capacity, err));
    data_column *column = data_column_alloc(b->type, DATA_FLAT, b->physical, b->length);
    data_column_alloc_children(column, b->child_count);
    move_buffers(b, column);
    for (int32_t i = 0; i < b->child_count; i++) {
        rask_status status = data_builder_finish(b->children[i], &column->children[i], err);
        if (status != RASK_OK) {
            data_column_unref(column);
            return status;
        }
    }
    *out = column;
    return RASK_OK;
}
