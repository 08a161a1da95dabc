/* Columns from columns by row numbers: gather, select, flatten.
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

/* The loops for one width of values. */
#define DEFINE_GATHER(width, value_type)                                                           \
    static void gather_narrow_##width(const value_type *in, const uint16_t *rows, int64_t count,   \
                                      value_type out[]) {                                          \
        for (int64_t i = 0; i < count; i++)                                                        \
            out[i] = in[rows[i]];                                                                  \
    }                                                                                              \
    static void gather_wide_##width(const value_type *in, const int32_t *rows, int64_t count,      \
                                    value_type out[]) {                                            \
        for (int64_t i = 0; i < count; i++)                                                        \
            out[i] = in[rows[i]];                                                                  \
    }                                                                                              \
    static void gather_##width(const void *from, const row_list *rows, void *to) {                 \
        if (rows->narrow != NULL)                                                                  \
            gather_narrow_##width(from, rows->narrow, rows->count, to);                            \
        else                                                                                       \
            gather_wide_##width(from, rows->wide, rows->count, to);                                \
    }                                                                                              \
    static void fill_##width(const value_type *from, int64_t count, value_type out[]) {            \
        value_type value = *from;                                                                  \
        for (int64_t i = 0; i < count; i++)                                                        \
            out[i] = value;                                                                        \
    }

DEFINE_GATHER(1, uint8_t)
DEFINE_GATHER(2, uint16_t)
DEFINE_GATHER(4, uint32_t)
DEFINE_GATHER(8, uint64_t)
DEFINE_GATHER(16, word_16)

static void gather_values(int32_t width, const void *from, const row_list *rows, void *to) {
    switch (width) {
    case 1:
        gather_1(from, rows, to);
        break;
    case 2:
        gather_2(from, rows, to);
        break;
    case 4:
        gather_4(from, rows, to);
        break;
    case 8:
        gather_8(from, rows, to);
        break;
    case 16:
        gather_16(from, rows, to);
        break;
    }
}

static void fill_values(int32_t width, const void *from, int64_t count, void *to) {
    switch (width) {
    case 1:
        fill_1(from, count, to);
        break;
    case 2:
        fill_2(from, count, to);
        break;
    case 4:
        fill_4(from, count, to);
        break;
    case 8:
        fill_8(from, count, to);
        break;
    case 16:
        fill_16(from, count, to);
        break;
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
static uint64_t gather_word(const uint64_t *from, const row_list *rows, int64_t start,
                            int64_t count) {
    const uint16_t *narrow = rows->narrow;
    const int32_t *wide = rows->wide;
    uint64_t word = count == 64 ? 0 : UINT64_MAX << count;
    if (narrow != NULL)
        for (int64_t i = 0; i < count; i++)
            word |= (uint64_t)data_bit_get(from, narrow[start + i]) << i;
    else
        for (int64_t i = 0; i < count; i++)
            word |= (uint64_t)data_bit_get(from, wide[start + i]) << i;
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
        uint64_t word = from == NULL ? UINT64_MAX : gather_word(from, rows, start, count);
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
        status = data_column_finish(gather_validity(pool, NULL, rows, flat, err), flat, out);
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
    return data_column_finish(gather_into(pool, column, rows, to, err), to, out);
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
    RASK_ASSERT(selection != NULL || count == 0);
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
    return data_column_finish(flatten_constant(pool, column, to, err), to, out);
}
