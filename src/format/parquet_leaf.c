/* Taking values from the page at hand.
 *
 * Values that are not null stand back to back in a page; they are decoded back to back into the
 * column and then, where there were nulls, moved apart from the last to the first. */
#include "func/hot.h"

#include "format/parquet_read.h"

#include <string.h>

#include "base/utf8.h"

/* ---- vectors --------------------------------------------------------------------------------- */

rask_status parquet_vector_init(parquet_vector *vector, const parquet_leaf *leaf, int64_t rows,
                                rask_error *err) {
    *vector = (parquet_vector){.capacity = rows};
    const data_type *type = leaf->conversion.type;
    if (type == NULL)
        return RASK_OK;
    return data_column_new(leaf->pool, type, leaf->conversion.physical, rows, &vector->column, err);
}

void parquet_vector_drop(parquet_vector *vector) {
    data_column_unref(vector->column);
    *vector = (parquet_vector){0};
}

data_column *parquet_vector_take(parquet_vector *vector, const parquet_leaf *leaf) {
    data_column *column = vector->column;
    column->length = vector->length;
    if (column->type->kind == DATA_DECIMAL)
        column->bound = leaf->conversion.bound;
    *vector = (parquet_vector){0};
    return column;
}

static rask_status grow_vector(parquet_vector *vector, int64_t rows, rask_error *err) {
    data_column *column = vector->column;
    if (column == NULL || rows <= vector->capacity)
        return RASK_OK;
    int64_t width = column->values_buffer->size / (vector->capacity > 0 ? vector->capacity : 1);
    if (vector->capacity == 0)
        width = data_physical_width(column->physical);
    int64_t capacity = rows > 2 * vector->capacity ? rows : 2 * vector->capacity;
    column->values_buffer->size = vector->length * width;
    RASK_TRY(base_buffer_reserve(&column->values_buffer, capacity * width, err));
    column->values_buffer->size = capacity * width;
    column->values = column->values_buffer->data;
    vector->capacity = capacity;
    return RASK_OK;
}

/* From views to codes: an empty vector whose first values come from a dictionary. */
static void become_codes(parquet_leaf *leaf, parquet_vector *vector) {
    data_column *column = vector->column;
    column->layout = DATA_DICTIONARY;
    column->dictionary = data_column_ref(leaf->dictionary);
    column->dictionary_id = leaf->dictionary_id;
}

/* ---- texts ----------------------------------------------------------------------------------- */

/* A view like data_string_make's, without branches on the length: 16 bytes can be loaded from any
 * place of a page. */
static inline void put_view(data_string *view, const uint8_t *bytes, uint32_t length) {
    static const uint8_t masks[2 * DATA_STRING_INLINE_MAX] = {255, 255, 255, 255, 255, 255,
                                                              255, 255, 255, 255, 255, 255};
    uint64_t low, mask_low;
    uint32_t high, mask_high;
    view->length = length;
    if (length > DATA_STRING_INLINE_MAX) {
        memcpy(view->prefix, bytes, 4);
        view->pointer = (const char *)bytes;
        return;
    }
    const uint8_t *mask = masks + DATA_STRING_INLINE_MAX - length;
    memcpy(&low, bytes, 8);
    memcpy(&high, bytes + 8, 4);
    memcpy(&mask_low, mask, 8);
    memcpy(&mask_high, mask + 8, 4);
    low &= mask_low;
    high &= mask_high;
    memcpy((char *)view + 4, &low, 8);
    memcpy((char *)view + 12, &high, 4);
}

static bool is_ascii(const uint8_t *bytes, int64_t size) {
    uint64_t all = 0;
    int64_t i = 0;
    for (; i + 32 <= size; i += 32) {
        uint64_t words[4];
        memcpy(words, bytes + i, 32);
        all |= words[0] | words[1] | words[2] | words[3];
    }
    for (; i < size; i++)
        all |= (uint64_t)bytes[i];
    return (all & 0x8080808080808080ULL) == 0;
}

/* Most texts are ASCII, which is seen over all of them at once (lengths included, so that long ones
 * are looked at one by one). */
static rask_status check_utf8(parquet_leaf *leaf, const uint8_t *start, const data_string *views,
                              int64_t count, rask_error *err) {
    if (!leaf->conversion.is_text || is_ascii(start, leaf->values - start))
        return RASK_OK;
    for (int64_t i = 0; i < count; i++)
        if (!base_utf8_is_valid(data_string_bytes(&views[i]), views[i].length))
            return parquet_leaf_fail(leaf, leaf->page_at, err,
                                     "a text is not UTF-8; declare the column as BYTES to read it");
    return RASK_OK;
}

static rask_status too_few(parquet_leaf *leaf, rask_error *err) {
    return parquet_leaf_fail(leaf, leaf->page_at, err, "a page ends before its last value");
}

/* Views of texts behind their lengths; `live` gets the bytes outside of views. */
static rask_status view_texts(parquet_leaf *leaf, data_string *views, int64_t count, int64_t *live,
                              rask_error *err) {
    const uint8_t *at = leaf->values, *end = leaf->values_end;
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t length;
        if (end - at < 4)
            return too_few(leaf, err);
        memcpy(&length, at, 4);
        at += 4;
        if (length > (uint64_t)(end - at) || length > INT32_MAX)
            return too_few(leaf, err);
        put_view(&views[i], at, length);
        total += length > DATA_STRING_INLINE_MAX ? length : 0;
        at += length;
    }
    leaf->values = at;
    *live = total;
    return RASK_OK;
}

static void view_lengths(parquet_leaf *leaf, data_string *views, int64_t count, int64_t *live) {
    const uint8_t *at = leaf->values;
    int64_t total = 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t length = (uint32_t)leaf->lengths[i];
        put_view(&views[i], at, length);
        total += length > DATA_STRING_INLINE_MAX ? length : 0;
        at += length;
    }
    leaf->values = at;
    leaf->lengths += count;
    *live = total;
}

static void view_fixed(parquet_leaf *leaf, data_string *views, int64_t count, int64_t *live) {
    uint32_t length = (uint32_t)leaf->conversion.width;
    for (int64_t i = 0; i < count; i++, leaf->values += length)
        put_view(&views[i], leaf->values, length);
    *live = length > DATA_STRING_INLINE_MAX ? count * length : 0;
}

static rask_status view_any(parquet_leaf *leaf, data_string *views, int64_t count, int64_t *live,
                            rask_error *err) {
    const uint8_t *start = leaf->values;
    if (leaf->mode == PARQUET_MODE_TEXTS)
        RASK_TRY(view_texts(leaf, views, count, live, err));
    else if (leaf->mode == PARQUET_MODE_LENGTHS)
        view_lengths(leaf, views, count, live);
    else
        view_fixed(leaf, views, count, live);
    return check_utf8(leaf, start, views, count, err);
}

/* The heaps of views that are about to be appended; `live` bytes of them are viewed.  Making room
 * for a ninth heap copies what is there already, no more. */
static rask_status add_heaps(parquet_vector *vector, base_buffer *const *heaps, int32_t count,
                             int64_t live, rask_error *err) {
    data_column *column = vector->column;
    int64_t length = column->length;
    rask_status status = RASK_OK;
    column->length = vector->length;
    for (int32_t i = 0; i < count && status == RASK_OK; i++)
        status = data_column_add_heap(column, heaps[i], err);
    column->length = length;
    column->live_bytes += live;
    return status;
}

/* From codes to views, for values that are in no dictionary or in another one.  In place, from the
 * last to the first: a view takes four times the room of a code. */
static rask_status become_views(parquet_vector *vector, rask_error *err) {
    data_column *column = vector->column, *dictionary = column->dictionary;
    const data_string *entries = dictionary->values;
    const int32_t *codes = column->values;
    data_string *views = column->values;
    int64_t live = 0;
    for (int64_t i = vector->length - 1; i >= 0; i--) {
        bool is_null = column->validity != NULL && !data_bit_get(column->validity, i);
        views[i] = is_null ? (data_string){0} : entries[codes[i]];
        live += views[i].length > DATA_STRING_INLINE_MAX ? views[i].length : 0;
    }
    column->layout = DATA_FLAT;
    column->dictionary = NULL;
    column->dictionary_id = 0;
    rask_status status = add_heaps(vector, dictionary->heaps, dictionary->heap_count, live, err);
    data_column_unref(dictionary);
    return status;
}

static rask_status text_values(parquet_leaf *leaf, parquet_vector *vector, int64_t count,
                               rask_error *err) {
    data_column *column = vector->column;
    int64_t live = 0;
    if (column->layout == DATA_DICTIONARY)
        RASK_TRY(become_views(vector, err));
    RASK_TRY(view_any(leaf, (data_string *)column->values + vector->length, count, &live, err));
    return live > 0 ? add_heaps(vector, &leaf->page, 1, live, err) : RASK_OK;
}

/* ---- dictionaries ---------------------------------------------------------------------------- */

static rask_status read_codes(parquet_leaf *leaf, int64_t count, int32_t *out, rask_error *err) {
    uint32_t max;
    if (!parquet_runs_read(&leaf->runs, count, out, &max))
        return too_few(leaf, err);
    if (count > 0 && max >= leaf->dictionary->length)
        return parquet_leaf_fail(leaf, leaf->page_at, err,
                                 "a dictionary code is %u, but there are %lld entries", max,
                                 (long long)leaf->dictionary->length);
    return RASK_OK;
}

static rask_status text_codes(parquet_leaf *leaf, parquet_vector *vector, int64_t count,
                              rask_error *err) {
    data_column *column = vector->column, *dictionary = leaf->dictionary;
    enum { PIECE = 1024 };
    int32_t codes[PIECE];
    if (vector->length == 0 && column->layout == DATA_FLAT && column->heap_count == 0)
        become_codes(leaf, vector);
    if (column->layout == DATA_DICTIONARY && column->dictionary == dictionary)
        return read_codes(leaf, count, (int32_t *)column->values + vector->length, err);
    if (column->layout == DATA_DICTIONARY)
        RASK_TRY(become_views(vector, err));
    data_string *views = (data_string *)column->values + vector->length;
    const data_string *entries = dictionary->values;
    int64_t live = 0;
    for (int64_t done = 0; done < count;) {
        int64_t step = count - done < PIECE ? count - done : PIECE;
        RASK_TRY(read_codes(leaf, step, codes, err));
        for (int64_t i = 0; i < step; i++) {
            views[done + i] = entries[codes[i]];
            if (entries[codes[i]].length > DATA_STRING_INLINE_MAX)
                live += entries[codes[i]].length;
        }
        done += step;
    }
    return add_heaps(vector, dictionary->heaps, dictionary->heap_count, live, err);
}

#define GATHER_CASE(width, value_type)                                                             \
    case width: {                                                                                  \
        const value_type *from = entries;                                                          \
        value_type *to = (value_type *)out;                                                        \
        for (int64_t i = 0; i < count; i++)                                                        \
            to[i] = from[codes[i]];                                                                \
        break;                                                                                     \
    }

static void gather(const void *entries, int32_t width, const int32_t *codes, int64_t count,
                   void *out) {
    switch (width) {
        GATHER_CASE(1, uint8_t)
        GATHER_CASE(2, uint16_t)
        GATHER_CASE(4, uint32_t)
        GATHER_CASE(8, uint64_t)
        GATHER_CASE(16, base_i128)
    default:
        break;
    }
}

static rask_status number_codes(parquet_leaf *leaf, uint8_t *out, int64_t count, rask_error *err) {
    enum { PIECE = 1024 };
    int32_t codes[PIECE], width = data_physical_width(leaf->conversion.physical);
    base_i128 bound = leaf->dictionary->bound;
    for (int64_t done = 0; done < count;) {
        int64_t step = count - done < PIECE ? count - done : PIECE;
        RASK_TRY(read_codes(leaf, step, codes, err));
        gather(leaf->dictionary->values, width, codes, step, out + done * width);
        done += step;
    }
    if (bound > leaf->conversion.bound)
        leaf->conversion.bound = bound;
    return RASK_OK;
}

/* ---- numbers and booleans -------------------------------------------------------------------- */

static rask_status does_not_fit(parquet_leaf *leaf, rask_error *err) {
    base_strbuf type;
    base_strbuf_init(&type, 256);
    data_type_write(leaf->conversion.type, true, &type);
    parquet_leaf_fail(leaf, leaf->page_at, err, "a value does not fit into %s",
                      type.data != NULL ? type.data : "its type");
    base_strbuf_free(&type);
    return RASK_ERROR_RUNTIME;
}

/* DECIMAL stored as texts. */
static rask_status view_numbers(parquet_leaf *leaf, uint8_t *out, int64_t count, rask_error *err) {
    base_buffer *views;
    int64_t live;
    RASK_TRY(parquet_leaf_buffer(leaf, count * (int64_t)sizeof(data_string), &views, err));
    rask_status status = view_any(leaf, (data_string *)views->data, count, &live, err);
    if (status == RASK_OK && !leaf->conversion.convert(&leaf->conversion, views->data, count, out))
        status = does_not_fit(leaf, err);
    parquet_leaf_recycle(leaf, views);
    return status;
}

static rask_status read_booleans(parquet_leaf *leaf, uint8_t *out, int64_t count, rask_error *err) {
    if (leaf->mode == PARQUET_MODE_RUNS) {
        if (!parquet_runs_read_bytes(&leaf->runs, count, out))
            return too_few(leaf, err);
        for (int64_t i = 0; i < count; i++)
            out[i] &= 1;
        return RASK_OK;
    }
    if ((leaf->values_end - leaf->values) * 8 - leaf->bit < count)
        return too_few(leaf, err);
    for (int64_t i = 0; i < count; i++) {
        int64_t bit = leaf->bit + i;
        out[i] = (leaf->values[bit / 8] >> (bit % 8)) & 1;
    }
    leaf->bit += count;
    return RASK_OK;
}

/* Whether the page has `count` more values of fixed length; counts them. */
static bool take_stored(parquet_leaf *leaf, int64_t count) {
    int64_t width = leaf->conversion.width, bytes = leaf->values_end - leaf->values;
    bool has_bytes = leaf->mode != PARQUET_MODE_FIXED || bytes / width >= count;
    if (leaf->values_stored < count || !has_bytes)
        return false;
    leaf->values_stored -= leaf->values_stored == INT64_MAX ? 0 : count;
    return true;
}

static rask_status number_values(parquet_leaf *leaf, parquet_vector *vector, int64_t count,
                                 rask_error *err) {
    int64_t width = data_physical_width(leaf->conversion.physical);
    uint8_t *out = (uint8_t *)vector->column->values + vector->length * width;
    if (leaf->mode == PARQUET_MODE_CODES)
        return number_codes(leaf, out, count, err);
    if (leaf->mode == PARQUET_MODE_BITS || leaf->mode == PARQUET_MODE_RUNS)
        return read_booleans(leaf, out, count, err);
    if (leaf->mode != PARQUET_MODE_FIXED)
        return view_numbers(leaf, out, count, err);
    if (!leaf->conversion.convert(&leaf->conversion, leaf->values, count, out))
        return does_not_fit(leaf, err);
    leaf->values += count * leaf->conversion.width;
    return RASK_OK;
}

/* ---- any values ------------------------------------------------------------------------------ */

static rask_status skip_values(parquet_leaf *leaf, int64_t count, rask_error *err) {
    switch (leaf->mode) {
    case PARQUET_MODE_FIXED:
        leaf->values += count * leaf->conversion.width;
        return RASK_OK;
    case PARQUET_MODE_LENGTHS:
        for (int64_t i = 0; i < count; i++)
            leaf->values += *leaf->lengths++;
        return RASK_OK;
    case PARQUET_MODE_TEXTS:
        for (int64_t i = 0; i < count; i++) {
            uint32_t length;
            if (leaf->values_end - leaf->values < 4)
                return too_few(leaf, err);
            memcpy(&length, leaf->values, 4);
            if (length > (uint64_t)(leaf->values_end - leaf->values - 4))
                return too_few(leaf, err);
            leaf->values += 4 + (int64_t)length;
        }
        return RASK_OK;
    case PARQUET_MODE_BITS:
        leaf->bit += count;
        return (leaf->values_end - leaf->values) * 8 >= leaf->bit ? RASK_OK : too_few(leaf, err);
    default:
        return parquet_runs_skip(&leaf->runs, count) ? RASK_OK : too_few(leaf, err);
    }
}

rask_status parquet_leaf_values(parquet_leaf *leaf, parquet_vector *vector, int64_t count,
                                rask_error *err) {
    if (count == 0 || leaf->conversion.type == NULL)
        return RASK_OK;
    if ((leaf->mode == PARQUET_MODE_FIXED || leaf->mode == PARQUET_MODE_LENGTHS) &&
        !take_stored(leaf, count))
        return too_few(leaf, err);
    if (vector == NULL)
        return skip_values(leaf, count, err);
    rask_status status;
    if (leaf->conversion.physical != DATA_PHYSICAL_STRING)
        status = number_values(leaf, vector, count, err);
    else if (leaf->mode == PARQUET_MODE_CODES)
        status = text_codes(leaf, vector, count, err);
    else
        status = text_values(leaf, vector, count, err);
    vector->length += status == RASK_OK ? count : 0;
    return status;
}

/* ---- flat leaves ----------------------------------------------------------------------------- */

#define SPREAD_CASE(width, value_type)                                                             \
    case width: {                                                                                  \
        value_type *at = (value_type *)values;                                                     \
        for (int64_t i = end - 1, from = start + stored - 1; i > from; i--)                        \
            if (data_bit_get(validity, i))                                                         \
                at[i] = at[from--];                                                                \
        break;                                                                                     \
    }

/* Moves the `stored` values at `start` apart to the valid rows of [start, end). */
static void spread(void *values, int32_t width, const uint64_t *validity, int64_t start,
                   int64_t end, int64_t stored) {
    switch (width) {
        SPREAD_CASE(1, uint8_t)
        SPREAD_CASE(2, uint16_t)
        SPREAD_CASE(4, uint32_t)
        SPREAD_CASE(8, uint64_t)
        SPREAD_CASE(16, base_i128)
    default:
        break;
    }
}

static int32_t value_width(const data_column *column) {
    return column->layout == DATA_DICTIONARY ? 4 : data_physical_width(column->physical);
}

static bool are_all_there(parquet_leaf *leaf, int64_t count) {
    parquet_runs *runs = &leaf->definitions;
    if (leaf->node->max_definition == 0)
        return true;
    if (!parquet_runs_open(runs) || runs->repeat_left < count || runs->value != 1)
        return false;
    runs->repeat_left -= count;
    return true;
}

/* The next `count` rows, all in the page at hand. */
static rask_status fill_from_page(parquet_leaf *leaf, parquet_vector *vector, int64_t count,
                                  rask_error *err) {
    int64_t start = vector->length, stored = count;
    data_column *column = vector->column;
    if (!are_all_there(leaf, count)) {
        if (column->validity == NULL)
            RASK_TRY(data_column_make_validity(leaf->pool, column, err));
        if (!parquet_runs_read_bits(&leaf->definitions, count, (uint64_t *)column->validity, start,
                                    &stored))
            return parquet_leaf_fail(leaf, leaf->page_at, err, "a page has too few levels");
    }
    RASK_TRY(parquet_leaf_values(leaf, vector, stored, err));
    if (stored < count)
        spread(column->values, value_width(column), column->validity, start, start + count, stored);
    vector->length = start + count;
    leaf->left -= count;
    return RASK_OK;
}

/* How many of the next `count` rows are not null; passes over their levels. */
static rask_status skip_levels(parquet_leaf *leaf, int64_t count, int64_t *stored,
                               rask_error *err) {
    *stored = 0;
    while (count > 0) {
        uint64_t bits[2];
        int64_t step = count < 64 ? count : 64, ones;
        if (are_all_there(leaf, count)) {
            *stored += count;
            return RASK_OK;
        }
        if (!parquet_runs_read_bits(&leaf->definitions, step, bits, 0, &ones))
            return parquet_leaf_fail(leaf, leaf->page_at, err, "a page has too few levels");
        *stored += ones;
        count -= step;
    }
    return RASK_OK;
}

static rask_status apply_skip(parquet_leaf *leaf, rask_error *err) {
    int64_t count = leaf->skip < leaf->left ? leaf->skip : leaf->left, stored;
    leaf->skip -= count;
    leaf->left -= count;
    if (leaf->left == 0 || count == 0)
        return RASK_OK; /* the rest of the page does not matter any more */
    RASK_TRY(skip_levels(leaf, count, &stored, err));
    return parquet_leaf_values(leaf, NULL, stored, err);
}

rask_status parquet_leaf_fill(parquet_leaf *leaf, parquet_vector *vector, int64_t count,
                              rask_error *err) {
    while (count > 0) {
        RASK_TRY(apply_skip(leaf, err));
        if (leaf->left == 0) {
            bool loaded;
            RASK_TRY(parquet_leaf_next_page(leaf, &loaded, err));
            if (!loaded)
                return parquet_leaf_fail(leaf, leaf->at, err, "rows are missing");
            continue;
        }
        int64_t step = count < leaf->left ? count : leaf->left;
        RASK_TRY(fill_from_page(leaf, vector, step, err));
        count -= step;
    }
    return RASK_OK;
}

rask_status parquet_leaf_finish(parquet_leaf *leaf, rask_error *err) {
    if (leaf->left == 0 && leaf->values_left == 0)
        return RASK_OK;
    if (leaf->is_flat) /* rows that no batch wanted */
        return RASK_OK;
    return parquet_leaf_fail(leaf, leaf->page_at, err, "it has more rows than its row group");
}

/* ---- nested leaves --------------------------------------------------------------------------- */

static rask_status keep_levels(parquet_leaf *leaf, int64_t count, rask_error *err) {
    int64_t needed = leaf->batch_count + count;
    if (needed > INT32_MAX)
        return rask_error_set(err, RASK_ERROR_MEMORY, "A column has more than %d elements.",
                              INT32_MAX);
    if (needed > leaf->batch_capacity) {
        int64_t capacity = needed > 2 * leaf->batch_capacity ? needed : 2 * leaf->batch_capacity;
        base_buffer *grown;
        RASK_TRY(base_buffer_new(leaf->pool, 2 * capacity, &grown, err));
        if (leaf->batch_levels != NULL) {
            memcpy(grown->data, leaf->batch_levels->data, (size_t)leaf->batch_count);
            memcpy(grown->data + capacity, leaf->batch_levels->data + leaf->batch_capacity,
                   (size_t)leaf->batch_count);
            base_buffer_unref(leaf->batch_levels);
        }
        leaf->batch_levels = grown;
        leaf->batch_capacity = capacity;
    }
    uint8_t *to = leaf->batch_levels->data + leaf->batch_count;
    memcpy(to, leaf->definition, (size_t)count);
    memcpy(to + leaf->batch_capacity, leaf->repetition, (size_t)count);
    leaf->batch_count += count;
    return RASK_OK;
}

/* Levels of the page that belong to the rows wanted: up to the first of a row too many. */
static int64_t count_levels(const parquet_leaf *leaf, int64_t rows, int64_t *rows_begun) {
    int64_t count = 0;
    for (; count < leaf->left; count++) {
        if (leaf->repetition[count] != 0)
            continue;
        if (*rows_begun == rows)
            break;
        (*rows_begun)++;
    }
    return count;
}

static rask_status take_levels(parquet_leaf *leaf, int64_t count, rask_error *err) {
    int64_t stored = 0;
    for (int64_t i = 0; i < count; i++)
        stored += leaf->definition[i] == leaf->node->max_definition;
    RASK_TRY(keep_levels(leaf, count, err));
    RASK_TRY(grow_vector(&leaf->dense, leaf->dense.length + stored, err));
    RASK_TRY(parquet_leaf_values(leaf, &leaf->dense, stored, err));
    leaf->definition += count;
    leaf->repetition += count;
    leaf->left -= count;
    return RASK_OK;
}

rask_status parquet_leaf_take_rows(parquet_leaf *leaf, int64_t rows, rask_error *err) {
    int64_t rows_begun = 0;
    bool loaded = true;
    leaf->batch_count = 0;
    leaf->conversion.bound = 0;
    parquet_vector_drop(&leaf->dense);
    RASK_TRY(parquet_vector_init(&leaf->dense, leaf, rows, err));
    while (loaded) {
        /* A row may go on in the next page: only there it shows where the last one ends. */
        if (leaf->left == 0) {
            RASK_TRY(parquet_leaf_next_page(leaf, &loaded, err));
            continue;
        }
        if (rows_begun == 0 && leaf->repetition[0] != 0)
            return parquet_leaf_fail(leaf, leaf->page_at, err, "a row begins inside of a list");
        int64_t count = count_levels(leaf, rows, &rows_begun);
        if (count == 0)
            break;
        RASK_TRY(take_levels(leaf, count, err));
    }
    if (rows_begun < rows)
        return parquet_leaf_fail(leaf, leaf->at, err, "rows are missing");
    return RASK_OK;
}
