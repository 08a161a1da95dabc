/* Columns from columns as a whole: slice, widen, concat, compact. */
#include "data/column_private.h"

/* ---- slice ----------------------------------------------------------------------------------- */

static rask_status slice_validity(base_pool *pool, data_column *column, int64_t offset,
                                  rask_error *err) {
    if (column->validity == NULL)
        return RASK_OK;
    if (offset % 64 == 0) {
        column->validity += offset / 64;
        return RASK_OK;
    }
    base_buffer *old = column->validity_buffer;
    const uint64_t *from = column->validity;
    column->validity_buffer = NULL;
    rask_status status = data_column_make_validity(pool, column, err);
    if (status == RASK_OK)
        data_bits_copy((uint64_t *)column->validity, 0, from, offset, column->length);
    else
        column->validity = NULL;
    base_buffer_unref(old);
    return status;
}

static rask_status slice_children(base_pool *pool, data_column *to, int64_t offset,
                                  rask_error *err) {
    for (int32_t i = 0; i < to->child_count; i++) {
        data_column *child = to->children[i];
        RASK_TRY(data_column_slice(pool, child, offset, to->length, &to->children[i], err));
        data_column_unref(child);
    }
    return RASK_OK;
}

static rask_status slice_into(base_pool *pool, data_column *to, int64_t offset, rask_error *err) {
    int32_t width = to->layout == DATA_DICTIONARY || to->physical == DATA_PHYSICAL_LIST
                        ? 4
                        : data_physical_width(to->physical);
    if (width > 0)
        to->values = (uint8_t *)to->values + offset * width;
    RASK_TRY(slice_validity(pool, to, offset, err));
    if (to->physical == DATA_PHYSICAL_ROW)
        return slice_children(pool, to, offset, err);
    if (to->heap_count == 0)
        return RASK_OK;
    to->live_bytes = data_column_count_live_bytes(to);
    if (to->live_bytes == 0)
        data_column_drop_heaps(to);
    return RASK_OK;
}

/* Values are shared, not copied, and so are heaps, until the next gather looks at them. */
rask_status data_column_slice(base_pool *pool, data_column *column, int64_t offset, int64_t length,
                              data_column **out, rask_error *err) {
    RASK_ASSERT(offset >= 0 && length >= 0 && offset + length <= column->length);
    if (offset == 0 && length == column->length) {
        *out = data_column_ref(column);
        return RASK_OK;
    }
    data_column *to = data_column_share(column);
    to->length = length;
    rask_status status =
        column->layout == DATA_CONSTANT ? RASK_OK : slice_into(pool, to, offset, err);
    return data_column_finish(status, to, out);
}

/* ---- repeat ---------------------------------------------------------------------------------- */

rask_status data_column_repeat(base_pool *pool, data_column *column, int64_t row, int64_t length,
                               data_column **out, rask_error *err) {
    if (data_column_is_null(column, row))
        return data_column_new_null(pool, column->type, length, out, err);
    const data_column *flat;
    int64_t index = data_column_index(column, row, &flat);
    data_column *single;
    RASK_TRY(data_column_slice(pool, (data_column *)(uintptr_t)flat, index, 1, &single, err));
    data_column *to = data_column_share(single);
    data_column_unref(single);
    to->type = column->type;
    to->layout = DATA_CONSTANT;
    to->length = length;
    data_column_drop_validity(to);
    *out = to;
    return RASK_OK;
}

/* ---- widen ----------------------------------------------------------------------------------- */

rask_status data_column_widen(base_pool *pool, data_column *column, data_physical physical,
                              data_column **out, rask_error *err) {
    if (column->physical >= physical) {
        *out = data_column_ref(column);
        return RASK_OK;
    }
    data_column *to = data_column_share(column);
    to->physical = physical;
    if (column->layout == DATA_DICTIONARY) {
        data_column *narrow = to->dictionary;
        to->dictionary = NULL;
        rask_status status = data_column_widen(pool, narrow, physical, &to->dictionary, err);
        data_column_unref(narrow);
        return data_column_finish(status, to, out);
    }
    int64_t count = column->layout == DATA_CONSTANT ? 1 : column->length;
    base_buffer_unref(to->values_buffer);
    to->values_buffer = NULL;
    rask_status status = data_column_alloc_values(pool, to, count, err);
    if (status != RASK_OK)
        return data_column_finish(status, to, out);
    if (column->physical == DATA_PHYSICAL_I64)
        for (int64_t i = 0; i < count; i++)
            ((base_i128 *)to->values)[i] = ((const int64_t *)column->values)[i];
    else if (physical == DATA_PHYSICAL_I64)
        for (int64_t i = 0; i < count; i++)
            ((int64_t *)to->values)[i] = ((const int32_t *)column->values)[i];
    else
        for (int64_t i = 0; i < count; i++)
            ((base_i128 *)to->values)[i] = ((const int32_t *)column->values)[i];
    return data_column_finish(RASK_OK, to, out);
}

/* ---- concat ---------------------------------------------------------------------------------- */

static bool share_dictionary(data_column *const *columns, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        if (columns[i]->layout != DATA_DICTIONARY ||
            columns[i]->dictionary_id != columns[0]->dictionary_id ||
            columns[i]->dictionary != columns[0]->dictionary)
            return false;
    return true;
}

static rask_status concat_validity(base_pool *pool, data_column *const *columns, int32_t count,
                                   data_column *to, rask_error *err) {
    bool has_nulls = false;
    int64_t offset = 0;
    for (int32_t i = 0; i < count; i++)
        has_nulls |= columns[i]->validity != NULL;
    if (!has_nulls)
        return RASK_OK;
    RASK_TRY(data_column_make_validity(pool, to, err));
    for (int32_t i = 0; i < count; i++) {
        data_bits_copy((uint64_t *)to->validity, offset, columns[i]->validity, 0,
                       columns[i]->length);
        offset += columns[i]->length;
    }
    return RASK_OK;
}

/* The inputs keep all heaps alive meanwhile, so that views can be copied before deciding whether
 * the union of the sets is small enough. */
static rask_status concat_heaps(base_pool *pool, data_column *const *columns, int32_t count,
                                data_column *to, rask_error *err) {
    for (int32_t i = 0; i < count; i++) {
        for (int32_t j = 0; j < columns[i]->heap_count; j++) {
            base_buffer *heap = columns[i]->heaps[j];
            int32_t k = 0;
            while (k < to->heap_count && to->heaps[k] != heap)
                k++;
            if (k == DATA_HEAPS_MAX)
                return data_column_compact_views(pool, to, err);
            if (k == to->heap_count)
                to->heaps[to->heap_count++] = base_buffer_ref(heap);
        }
    }
    return data_column_settle_heaps(pool, to, err);
}

/* Child `child` of every column, cut to the elements that its rows refer to. */
static rask_status concat_elements(base_pool *pool, data_column *const *columns, int32_t count,
                                   int32_t child, data_column **parts, data_column *to,
                                   rask_error *err) {
    for (int32_t i = 0; i < count; i++) {
        const int32_t *offsets = columns[i]->values;
        int32_t first = offsets[0], last = offsets[columns[i]->length];
        RASK_TRY(data_column_slice(pool, columns[i]->children[child], first, last - first,
                                   &parts[i], err));
    }
    return data_column_concat(pool, parts, count, &to->children[child], err);
}

static rask_status concat_lists(base_pool *pool, data_column *const *columns, int32_t count,
                                data_column *to, rask_error *err) {
    int32_t *offsets = to->values;
    int64_t row = 0, total = 0;
    for (int32_t i = 0; i < count; i++) {
        const int32_t *from = columns[i]->values;
        if (total + from[columns[i]->length] - from[0] > INT32_MAX)
            return rask_error_set(err, RASK_ERROR_MEMORY, "A column has more than %d elements.",
                                  INT32_MAX);
        for (int64_t j = 0; j < columns[i]->length; j++)
            offsets[++row] = (int32_t)(total + from[j + 1] - from[0]);
        total += from[columns[i]->length] - from[0];
    }
    data_column **parts = BASE_NEW_ARRAY(data_column *, count);
    rask_status status = RASK_OK;
    for (int32_t child = 0; status == RASK_OK && child < to->child_count; child++) {
        status = concat_elements(pool, columns, count, child, parts, to, err);
        for (int32_t i = 0; i < count; i++) {
            data_column_unref(parts[i]);
            parts[i] = NULL;
        }
    }
    base_free(parts);
    return status;
}

static rask_status concat_rows(base_pool *pool, data_column *const *columns, int32_t count,
                               data_column *to, rask_error *err) {
    data_column **parts = BASE_NEW_ARRAY(data_column *, count);
    rask_status status = RASK_OK;
    for (int32_t child = 0; status == RASK_OK && child < to->child_count; child++) {
        for (int32_t i = 0; i < count; i++)
            parts[i] = columns[i]->children[child];
        status = data_column_concat(pool, parts, count, &to->children[child], err);
    }
    base_free(parts);
    return status;
}

/* Columns that are flat and equally wide, or dictionary columns of one dictionary. */
static rask_status concat_into(base_pool *pool, data_column *const *columns, int32_t count,
                               data_column *to, rask_error *err) {
    int32_t width = data_physical_width(to->physical);
    if (to->layout == DATA_DICTIONARY) {
        width = 4;
        to->dictionary = data_column_ref(columns[0]->dictionary);
        to->dictionary_id = columns[0]->dictionary_id;
        RASK_TRY(base_buffer_new(pool, to->length * 4, &to->values_buffer, err));
        to->values_buffer->size = to->length * 4;
        to->values = to->values_buffer->data;
    } else {
        data_column_alloc_children(to, columns[0]->child_count);
        RASK_TRY(data_column_alloc_values(pool, to, to->length, err));
    }
    RASK_TRY(concat_validity(pool, columns, count, to, err));
    if (to->physical == DATA_PHYSICAL_LIST && to->layout == DATA_FLAT)
        return concat_lists(pool, columns, count, to, err);
    if (to->physical == DATA_PHYSICAL_ROW && to->layout == DATA_FLAT)
        return concat_rows(pool, columns, count, to, err);
    int64_t place = 0;
    for (int32_t i = 0; i < count; i++) {
        int64_t size = columns[i]->length * width;
        if (size > 0)
            memcpy((uint8_t *)to->values + place, columns[i]->values, (size_t)size);
        place += size;
    }
    return concat_heaps(pool, columns, count, to, err);
}

/* Replaces each column by its flat form of the widest physical layout. */
static rask_status make_alike(base_pool *pool, data_column **columns, int32_t count,
                              data_physical physical, rask_error *err) {
    for (int32_t i = 0; i < count; i++) {
        data_column *flat, *wide;
        RASK_TRY(data_column_flatten(pool, columns[i], &flat, err));
        data_column_unref(columns[i]);
        columns[i] = flat;
        RASK_TRY(data_column_widen(pool, flat, physical, &wide, err));
        data_column_unref(flat);
        columns[i] = wide;
    }
    return RASK_OK;
}

rask_status data_column_concat(base_pool *pool, data_column *const *columns, int32_t count,
                               data_column **out, rask_error *err) {
    RASK_ASSERT(count > 0);
    if (count == 1) {
        *out = data_column_ref(columns[0]);
        return RASK_OK;
    }
    data_column **alike = BASE_NEW_ARRAY(data_column *, count);
    bool keeps_dictionary = share_dictionary(columns, count);
    data_physical physical = columns[0]->physical;
    base_i128 bound = columns[0]->bound;
    int64_t length = 0;
    for (int32_t i = 0; i < count; i++) {
        const data_column *c = columns[i];
        alike[i] = data_column_ref(columns[i]);
        physical = c->physical > physical ? c->physical : physical;
        bound = c->bound == 0 || bound == 0 ? 0 : c->bound > bound ? c->bound : bound;
        length += c->length;
    }
    rask_status status = keeps_dictionary ? RASK_OK : make_alike(pool, alike, count, physical, err);
    if (status == RASK_OK) {
        data_column *to = data_column_alloc(
            columns[0]->type, keeps_dictionary ? DATA_DICTIONARY : DATA_FLAT, physical, length);
        to->bound = bound;
        status = data_column_finish(concat_into(pool, alike, count, to, err), to, out);
    }
    for (int32_t i = 0; i < count; i++)
        data_column_unref(alike[i]);
    base_free(alike);
    return status;
}

/* ---- compact --------------------------------------------------------------------------------- */

static rask_status compact_children(base_pool *pool, data_column *to, bool always,
                                    rask_error *err) {
    for (int32_t i = 0; i < to->child_count; i++) {
        data_column *child = to->children[i];
        RASK_TRY(data_column_compact(pool, child, always, &to->children[i], err));
        data_column_unref(child);
    }
    if (to->dictionary != NULL) {
        data_column *dictionary = to->dictionary;
        RASK_TRY(data_column_compact(pool, dictionary, always, &to->dictionary, err));
        data_column_unref(dictionary);
    }
    return RASK_OK;
}

static rask_status compact_strings(base_pool *pool, data_column *to, rask_error *err) {
    base_buffer *shared = to->values_buffer;
    const void *views = to->values;
    int64_t count = to->layout == DATA_CONSTANT ? 1 : to->length;
    to->values_buffer = NULL;
    rask_status status = data_column_alloc_values(pool, to, count, err);
    if (status == RASK_OK) {
        memcpy(to->values, views, (size_t)count * sizeof(data_string));
        status = data_column_compact_views(pool, to, err);
    }
    base_buffer_unref(shared);
    return status;
}

rask_status data_column_compact(base_pool *pool, data_column *column, bool always,
                                data_column **out, rask_error *err) {
    bool has_views = column->physical == DATA_PHYSICAL_STRING && column->dictionary == NULL;
    bool gains = column->heap_count > 0 && (always || 2 * data_column_count_live_bytes(column) <
                                                          data_column_retained_bytes(column));
    if (has_views ? !gains : column->child_count == 0 && column->dictionary == NULL) {
        *out = data_column_ref(column);
        return RASK_OK;
    }
    data_column *to = data_column_share(column);
    rask_status status =
        has_views ? compact_strings(pool, to, err) : compact_children(pool, to, always, err);
    return data_column_finish(status, to, out);
}
