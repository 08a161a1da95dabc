/* Columns from columns: gather, select, slice, concat, flatten, compact, widen.
 *
 * Loops go by the width of a value, not by its type: a gather of DOUBLE and of BIGINT is the same
 * loop over 8 bytes, one of strings and of i128 the same over 16.  Row numbers come in two widths
 * (uint16 selections, int32 row lists); a list with negative numbers (null rows) is first copied
 * with those numbers set to 0, so that the loops need not look. */
#include "data/column_private.h"

typedef unsigned __int128 word_16;

/* The rows of a gather: one of `narrow` and `wide`.  `signed_rows`, if not NULL, are the numbers as
 * given, negative where the result is null. */
typedef struct row_list {
    const uint16_t *narrow;
    const int32_t *wide;
    const int32_t *signed_rows;
    int64_t count;
} row_list;

static inline int64_t row_at(const row_list *rows, int64_t i) {
    return rows->narrow != NULL ? rows->narrow[i] : rows->wide[i];
}

#define GATHER_LOOP(value_type, row_type, numbers)                                                 \
    {                                                                                              \
        const value_type *in = from;                                                               \
        const row_type *row = numbers;                                                             \
        value_type *out = to;                                                                      \
        for (int64_t i = 0; i < count; i++)                                                        \
            out[i] = in[row[i]];                                                                   \
        break;                                                                                     \
    }

static void gather_values(int32_t width, const void *from, const row_list *rows, void *to) {
    int64_t count = rows->count;
    switch (rows->narrow != NULL ? -width : width) {
    case 1:
        GATHER_LOOP(uint8_t, int32_t, rows->wide)
    case 2:
        GATHER_LOOP(uint16_t, int32_t, rows->wide)
    case 4:
        GATHER_LOOP(uint32_t, int32_t, rows->wide)
    case 8:
        GATHER_LOOP(uint64_t, int32_t, rows->wide)
    case 16:
        GATHER_LOOP(word_16, int32_t, rows->wide)
    case -1:
        GATHER_LOOP(uint8_t, uint16_t, rows->narrow)
    case -2:
        GATHER_LOOP(uint16_t, uint16_t, rows->narrow)
    case -4:
        GATHER_LOOP(uint32_t, uint16_t, rows->narrow)
    case -8:
        GATHER_LOOP(uint64_t, uint16_t, rows->narrow)
    case -16:
        GATHER_LOOP(word_16, uint16_t, rows->narrow)
    }
}

#define FILL_LOOP(value_type)                                                                      \
    {                                                                                              \
        value_type value = *(const value_type *)from, *out = to;                                   \
        for (int64_t i = 0; i < count; i++)                                                        \
            out[i] = value;                                                                        \
        break;                                                                                     \
    }

static void fill_values(int32_t width, const void *from, int64_t count, void *to) {
    switch (width) {
    case 1:
        FILL_LOOP(uint8_t)
    case 2:
        FILL_LOOP(uint16_t)
    case 4:
        FILL_LOOP(uint32_t)
    case 8:
        FILL_LOOP(uint64_t)
    case 16:
        FILL_LOOP(word_16)
    }
}

static rask_status attach_heaps(base_pool *pool, data_column *to, const data_column *from,
                                rask_error *err) {
    for (int32_t i = 0; i < from->heap_count; i++)
        to->heaps[to->heap_count++] = base_buffer_ref(from->heaps[i]);
    return data_column_settle_heaps(pool, to, err);
}

/* ---- gather ---------------------------------------------------------------------------------- */

/* The bits of `count` <= 64 rows from `start`; those past `count` are set. */
static inline __attribute__((always_inline)) uint64_t gather_word(const uint64_t *from,
                                                                  const row_list *rows,
                                                                  bool is_narrow, int64_t start,
                                                                  int64_t count) {
    const uint16_t *narrow = rows->narrow + (is_narrow ? start : 0);
    const int32_t *wide = rows->wide + (is_narrow ? 0 : start);
    uint64_t word = count == 64 ? 0 : UINT64_MAX << count;
    for (int64_t i = 0; i < count; i++)
        word |= (uint64_t)data_bit_get(from, is_narrow ? narrow[i] : wide[i]) << i;
    return word;
}

static uint64_t sign_word(const int32_t *signed_rows, int64_t count) {
    uint64_t word = count == 64 ? 0 : UINT64_MAX << count;
    for (int64_t i = 0; i < count; i++)
        word |= (uint64_t)(signed_rows[i] >= 0) << i;
    return word;
}

/* A row list without signs over a source without nulls needs no bitmap, nor does a result that
 * turns out to have no nulls. */
static rask_status gather_validity(base_pool *pool, const uint64_t *from, const row_list *rows,
                                   data_column *to, rask_error *err) {
    if (from == NULL && rows->signed_rows == NULL)
        return RASK_OK;
    RASK_TRY(data_column_make_validity(pool, to, err));
    uint64_t *out = (uint64_t *)to->validity, all = UINT64_MAX;
    for (int64_t start = 0; start < rows->count; start += 64) {
        int64_t count = rows->count - start < 64 ? rows->count - start : 64;
        uint64_t word = from == NULL           ? UINT64_MAX
                        : rows->narrow != NULL ? gather_word(from, rows, true, start, count)
                                               : gather_word(from, rows, false, start, count);
        if (rows->signed_rows != NULL)
            word &= sign_word(rows->signed_rows + start, count);
        out[start / 64] = word;
        all &= word;
    }
    if (all == UINT64_MAX)
        data_column_drop_validity(to);
    return RASK_OK;
}

static rask_status gather(base_pool *pool, const data_column *column, const row_list *rows,
                          data_column **out, rask_error *err);

/* New offsets and the list of element rows, then the children by that list. */
static rask_status gather_lists(base_pool *pool, const data_column *column, const row_list *rows,
                                data_column *to, rask_error *err) {
    const int32_t *from = column->values;
    int32_t *offsets = to->values;
    int64_t total = 0;
    for (int64_t i = 0; i < rows->count; i++) {
        int64_t row = row_at(rows, i);
        if (rows->signed_rows == NULL || rows->signed_rows[i] >= 0)
            total += from[row + 1] - from[row];
        if (total > INT32_MAX)
            return rask_error_set(err, RASK_ERROR_MEMORY, "A column has more than %d elements.",
                                  INT32_MAX);
        offsets[i + 1] = (int32_t)total;
    }
    base_buffer *elements;
    RASK_TRY(base_buffer_new(pool, total * 4, &elements, err));
    int32_t *element = (int32_t *)elements->data;
    for (int64_t i = 0; i < rows->count; i++) {
        int32_t first = from[row_at(rows, i)], count = offsets[i + 1] - offsets[i];
        for (int32_t j = 0; j < count; j++)
            *element++ = first + j;
    }
    row_list element_rows = {.wide = (int32_t *)elements->data, .count = total};
    rask_status status = RASK_OK;
    for (int32_t i = 0; status == RASK_OK && i < column->child_count; i++)
        status = gather(pool, column->children[i], &element_rows, &to->children[i], err);
    base_buffer_unref(elements);
    return status;
}

static rask_status gather_flat(base_pool *pool, const data_column *column, const row_list *rows,
                               data_column *to, rask_error *err) {
    RASK_TRY(data_column_alloc_values(pool, to, rows->count, err));
    RASK_TRY(gather_validity(pool, column->validity, rows, to, err));
    to->bound = column->bound;
    switch (column->physical) {
    case DATA_PHYSICAL_NONE:
        return RASK_OK;
    case DATA_PHYSICAL_LIST:
        return gather_lists(pool, column, rows, to, err);
    case DATA_PHYSICAL_ROW:
        for (int32_t i = 0; i < column->child_count; i++)
            RASK_TRY(gather(pool, column->children[i], rows, &to->children[i], err));
        return RASK_OK;
    default:
        gather_values(data_physical_width(column->physical), column->values, rows, to->values);
        return column->heap_count > 0 ? attach_heaps(pool, to, column, err) : RASK_OK;
    }
}

static rask_status gather_codes(base_pool *pool, const data_column *column, const row_list *rows,
                                data_column *to, rask_error *err) {
    RASK_TRY(base_buffer_new(pool, rows->count * 4, &to->values_buffer, err));
    to->values_buffer->size = rows->count * 4;
    to->values = to->values_buffer->data;
    gather_values(4, column->values, rows, to->values);
    to->dictionary = data_column_ref(column->dictionary);
    to->dictionary_id = column->dictionary_id;
    to->bound = column->bound;
    return gather_validity(pool, column->validity, rows, to, err);
}

static rask_status gather_into(base_pool *pool, const data_column *column, const row_list *rows,
                               data_column *to, rask_error *err) {
    if (column->layout == DATA_DICTIONARY)
        return gather_codes(pool, column, rows, to, err);
    data_column_alloc_children(to, column->child_count);
    return gather_flat(pool, column, rows, to, err);
}

static rask_status finish(rask_status status, data_column *column, data_column **out) {
    if (status == RASK_OK)
        *out = column;
    else
        data_column_unref(column);
    return status;
}

/* A constant is the same at every row; only null rows make it an ordinary column. */
static rask_status gather_constant(base_pool *pool, const data_column *column, const row_list *rows,
                                   data_column **out, rask_error *err) {
    data_column *copy = data_column_share(column), *flat;
    copy->length = rows->count;
    if (rows->signed_rows == NULL || data_column_is_null(column, 0)) {
        *out = copy;
        return RASK_OK;
    }
    rask_status status = data_column_flatten(pool, copy, &flat, err);
    data_column_unref(copy);
    if (status == RASK_OK)
        status = finish(gather_validity(pool, NULL, rows, flat, err), flat, out);
    return status;
}

static rask_status gather(base_pool *pool, const data_column *column, const row_list *rows,
                          data_column **out, rask_error *err) {
    if (column->layout == DATA_CONSTANT)
        return gather_constant(pool, column, rows, out, err);
    if (column->length == 0 && rows->count > 0) /* all of them are null rows */
        return data_column_new_null(pool, column->type, rows->count, out, err);
    data_column *to =
        data_column_alloc(column->type, column->layout, column->physical, rows->count);
    return finish(gather_into(pool, column, rows, to, err), to, out);
}

rask_status data_column_gather(base_pool *pool, const data_column *column, const int32_t *rows,
                               int64_t count, data_column **out, rask_error *err) {
    int32_t signs = 0;
    for (int64_t i = 0; i < count; i++)
        signs |= rows[i];
    if (signs >= 0)
        return gather(pool, column, &(row_list){.wide = rows, .count = count}, out, err);
    base_buffer *buffer;
    RASK_TRY(base_buffer_new(pool, count * 4, &buffer, err));
    int32_t *clamped = (int32_t *)buffer->data;
    for (int64_t i = 0; i < count; i++)
        clamped[i] = rows[i] > 0 ? rows[i] : 0;
    row_list list = {.wide = clamped, .signed_rows = rows, .count = count};
    rask_status status = gather(pool, column, &list, out, err);
    base_buffer_unref(buffer);
    return status;
}

rask_status data_column_select(base_pool *pool, const data_column *column,
                               const uint16_t *selection, int64_t count, data_column **out,
                               rask_error *err) {
    return gather(pool, column, &(row_list){.narrow = selection, .count = count}, out, err);
}

/* ---- flatten --------------------------------------------------------------------------------- */

/* Null rows may hold any code. */
static rask_status flatten_dictionary(base_pool *pool, const data_column *column, data_column **out,
                                      rask_error *err) {
    const int32_t *codes = column->values;
    row_list rows = {.wide = codes, .count = column->length};
    if (column->validity == NULL)
        return gather(pool, column->dictionary, &rows, out, err);
    base_buffer *buffer;
    RASK_TRY(base_buffer_new(pool, column->length * 4, &buffer, err));
    int32_t *safe = (int32_t *)buffer->data;
    for (int64_t i = 0; i < column->length; i++)
        safe[i] = data_bit_get(column->validity, i) ? codes[i] : -1;
    rask_status status =
        data_column_gather(pool, column->dictionary, safe, column->length, out, err);
    base_buffer_unref(buffer);
    return status;
}

/* Element rows of a constant list repeat; so do the rows of a constant row: one index list of the
 * single value does both. */
static rask_status flatten_nested(base_pool *pool, const data_column *column, data_column *to,
                                  rask_error *err) {
    base_buffer *zeros;
    data_column *single = data_column_share(column);
    single->layout = DATA_FLAT;
    single->length = 1;
    rask_status status;
    RASK_TRY_OUT(status, base_buffer_new(pool, to->length * 4, &zeros, err));
    memset(zeros->data, 0, (size_t)to->length * 4);
    row_list rows = {.wide = (int32_t *)zeros->data, .count = to->length};
    status = gather_into(pool, single, &rows, to, err);
    base_buffer_unref(zeros);
out:
    data_column_unref(single);
    return status;
}

static rask_status flatten_constant(base_pool *pool, const data_column *column, data_column *to,
                                    rask_error *err) {
    if (column->child_count > 0)
        return flatten_nested(pool, column, to, err);
    RASK_TRY(data_column_alloc_values(pool, to, to->length, err));
    fill_values(data_physical_width(column->physical), column->values, to->length, to->values);
    if (data_column_is_null(column, 0) && to->physical != DATA_PHYSICAL_NONE) {
        RASK_TRY(data_column_make_validity(pool, to, err));
        memset((void *)to->validity, 0, (size_t)to->validity_buffer->size);
    }
    to->bound = column->bound;
    for (int32_t i = 0; i < column->heap_count; i++)
        to->heaps[to->heap_count++] = base_buffer_ref(column->heaps[i]);
    return RASK_OK;
}

rask_status data_column_flatten(base_pool *pool, data_column *column, data_column **out,
                                rask_error *err) {
    if (column->layout == DATA_FLAT) {
        *out = data_column_ref(column);
        return RASK_OK;
    }
    if (column->layout == DATA_DICTIONARY)
        return flatten_dictionary(pool, column, out, err);
    data_column *to = data_column_alloc(column->type, DATA_FLAT, column->physical, column->length);
    return finish(flatten_constant(pool, column, to, err), to, out);
}

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
    return finish(status, to, out);
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
        return finish(status, to, out);
    }
    int64_t count = column->layout == DATA_CONSTANT ? 1 : column->length;
    base_buffer_unref(to->values_buffer);
    to->values_buffer = NULL;
    rask_status status = data_column_alloc_values(pool, to, count, err);
    if (status != RASK_OK)
        return finish(status, to, out);
    if (column->physical == DATA_PHYSICAL_I64)
        for (int64_t i = 0; i < count; i++)
            ((base_i128 *)to->values)[i] = ((const int64_t *)column->values)[i];
    else if (physical == DATA_PHYSICAL_I64)
        for (int64_t i = 0; i < count; i++)
            ((int64_t *)to->values)[i] = ((const int32_t *)column->values)[i];
    else
        for (int64_t i = 0; i < count; i++)
            ((base_i128 *)to->values)[i] = ((const int32_t *)column->values)[i];
    return finish(RASK_OK, to, out);
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
        status = finish(concat_into(pool, alike, count, to, err), to, out);
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
    return finish(status, to, out);
}
