/* Arrow arrays as columns, without copying where layouts agree.
 *
 * Values of fixed width and the bytes of strings stay the producer's: columns hold wrapped buffers,
 * each of which keeps the array alive.  Bitmaps are copied (ours are read by whole words, which the
 * producer's need not fill), string offsets become views, list offsets are rebased, integers and
 * times of another width or unit are converted.
 *
 * Nothing in an array is trusted, as far as the interface lets it be checked: buffers are there,
 * children are long enough, offsets ascend, codes stay in their dictionary.
 *
 * Two row numbers occur: `start` counts from an array's first row; a place in its buffers is
 * array->offset + start.  Children of a struct are as long as the struct's buffers, so that their
 * start is that place. */
#include "base/time.h"
#include "data/arrow_format.h"
#include "data/column_private.h"

/* The producer's array, released with the last buffer that points into it. */
typedef struct producer {
    struct ArrowArray array;
    int32_t refs; /* atomic */
} producer;

typedef struct import {
    base_pool *pool;
    producer *producer;
    rask_error *err;
} import;

static void producer_unref(producer *p) {
    if (__atomic_fetch_sub(&p->refs, 1, __ATOMIC_ACQ_REL) > 1)
        return;
    if (p->array.release != NULL)
        p->array.release(&p->array);
    base_free(p);
}

static void release_wrapped(base_buffer *buffer) {
    producer_unref(buffer->release_data);
}

/* A buffer over the producer's memory, charged to the pool. */
static rask_status borrow(const import *self, const void *bytes, int64_t size, base_buffer **out) {
    if (self->pool != NULL)
        RASK_TRY(base_pool_reserve(self->pool, size, self->err));
    __atomic_fetch_add(&self->producer->refs, 1, __ATOMIC_RELAXED);
    *out = base_buffer_wrap(bytes, size, release_wrapped, self->producer);
    (*out)->pool = base_pool_ref(self->pool);
    return RASK_OK;
}

/* ---- what is wrong with an array ------------------------------------------------------------- */

static const char *name_of(const struct ArrowSchema *schema) {
    return schema->name != NULL ? schema->name : "";
}

static rask_status damaged(const import *self, const struct ArrowSchema *schema, const char *what) {
    return rask_error_set(self->err, RASK_ERROR_VALIDATION, "Arrow field '%s' %s.", name_of(schema),
                          what);
}

static rask_status mismatch(const import *self, const struct ArrowSchema *schema,
                            const data_type *type) {
    base_arena *arena = base_arena_new();
    rask_error_set(self->err, RASK_ERROR_VALIDATION,
                   "Arrow field '%s' of format '%s' cannot be read as %s.", name_of(schema),
                   schema->format, data_type_text(arena, type, true));
    base_arena_free(arena);
    return RASK_ERROR_VALIDATION;
}

static rask_status need_buffers(const import *self, const struct ArrowSchema *schema,
                                const struct ArrowArray *array, int64_t count, int64_t length) {
    if (array->n_buffers < count || array->buffers == NULL)
        return damaged(self, schema, "has too few buffers");
    for (int64_t i = 1; i < count && length > 0; i++)
        if (array->buffers[i] == NULL)
            return damaged(self, schema, "lacks a buffer");
    return RASK_OK;
}

static rask_status need_rows(const import *self, const struct ArrowSchema *schema,
                             const struct ArrowArray *array, int64_t start, int64_t length) {
    bool fits = array != NULL && array->offset >= 0 && start >= 0 && length >= 0 &&
                array->length >= start && array->length - start >= length;
    return fits ? RASK_OK : damaged(self, schema, "has too few rows");
}

/* ---- bits ------------------------------------------------------------------------------------ */

/* Bits from any place of bytes, byte by byte so as to read none too many. */
static void copy_bits(const uint8_t *from, int64_t offset, int64_t count, uint8_t *to) {
    int shift = (int)(offset & 7);
    from += offset >> 3;
    if (shift == 0) {
        memcpy(to, from, (size_t)((count + 7) / 8));
        return;
    }
    for (int64_t done = 0; done < count; done += 8, from++) {
        uint8_t byte = (uint8_t)(from[0] >> shift);
        if (count - done > 8 - shift)
            byte |= (uint8_t)(from[1] << (8 - shift));
        *to++ = byte;
    }
}

static rask_status import_validity(const import *self, const struct ArrowArray *array,
                                   int64_t place, data_column *column) {
    if (array->n_buffers < 1 || array->buffers[0] == NULL || array->null_count == 0)
        return RASK_OK;
    RASK_TRY(data_column_make_validity(self->pool, column, self->err));
    copy_bits(array->buffers[0], place, column->length, column->validity_buffer->data);
    if (data_bits_count(column->validity, column->length) == column->length)
        data_column_drop_validity(column);
    return RASK_OK;
}

static rask_status import_bools(const import *self, const struct ArrowArray *array, int64_t place,
                                data_column *column) {
    const uint8_t *bits = array->buffers[1];
    RASK_TRY(data_column_alloc_values(self->pool, column, column->length, self->err));
    uint8_t *values = column->values;
    for (int64_t i = 0; i < column->length; i++)
        values[i] = bits[(place + i) >> 3] >> ((place + i) & 7) & 1;
    return RASK_OK;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Values as they are: borrowed, or copied where they are not aligned. */
static rask_status import_same(const import *self, const struct ArrowArray *array, int64_t place,
                               data_column *column) {
    int64_t width = data_physical_width(column->physical), size = column->length * width;
    const uint8_t *from = (const uint8_t *)array->buffers[1];
    if (column->length == 0)
        return data_column_alloc_values(self->pool, column, 0, self->err);
    from += place * width;
    if ((uintptr_t)from % (uintptr_t)width != 0) {
        RASK_TRY(data_column_alloc_values(self->pool, column, column->length, self->err));
        memcpy(column->values, from, (size_t)size);
        return RASK_OK;
    }
    RASK_TRY(borrow(self, from, size, &column->values_buffer));
    column->values = column->values_buffer->data;
    return RASK_OK;
}

#define WIDEN(value_type)                                                                          \
    {                                                                                              \
        const value_type *in = (const value_type *)values + place;                                 \
        for (int64_t i = 0; i < count; i++)                                                        \
            out[i] = (int64_t)in[i];                                                               \
        break;                                                                                     \
    }

/* Integers as 64 bits; false when an unsigned one does not fit. */
static bool widen(const arrow_format *format, const void *values, int64_t place, int64_t count,
                  int64_t *out) {
    uint64_t bits = 0;
    switch (format->is_unsigned ? -format->width : format->width) {
    case 1:
        WIDEN(int8_t)
    case 2:
        WIDEN(int16_t)
    case 4:
        WIDEN(int32_t)
    case 8:
        WIDEN(int64_t)
    case -1:
        WIDEN(uint8_t)
    case -2:
        WIDEN(uint16_t)
    case -4:
        WIDEN(uint32_t)
    default:
        for (int64_t i = 0; i < count; i++)
            bits |= (uint64_t)(out[i] = ((const int64_t *)values)[place + i]);
    }
    return bits >> 63 == 0;
}

#define NARROW(value_type)                                                                         \
    {                                                                                              \
        typedef value_type narrow_type;                                                            \
        narrow_type *out = column->values;                                                         \
        for (int64_t i = 0; i < column->length; i++) {                                             \
            out[i] = (narrow_type)in[i];                                                           \
            fits &= out[i] == in[i] || data_column_is_null(column, i);                             \
        }                                                                                          \
        break;                                                                                     \
    }

/* 64-bit integers into the column's width; false when a value that is not null does not fit. */
static bool narrow(const int64_t *in, data_column *column) {
    bool fits = true;
    switch (column->physical) {
    case DATA_PHYSICAL_I8:
        NARROW(int8_t)
    case DATA_PHYSICAL_I16:
        NARROW(int16_t)
    case DATA_PHYSICAL_I32:
        NARROW(int32_t)
    default:
        NARROW(int64_t)
    }
    return fits;
}

/* Times `multiply`, or floor-divided by `divide`; one of them is 1.  False on overflow. */
static bool rescale(const data_column *column, int64_t *values, int64_t multiply, int64_t divide) {
    bool fits = true;
    for (int64_t i = 0; divide > 1 && i < column->length; i++)
        values[i] = values[i] / divide - (values[i] % divide < 0);
    for (int64_t i = 0; multiply > 1 && i < column->length; i++)
        fits &= !__builtin_mul_overflow(values[i], multiply, &values[i]) ||
                data_column_is_null(column, i);
    return fits;
}

/* Integers of another width or unit, by way of 64 bits. */
static rask_status import_converted(const import *self, const struct ArrowSchema *schema,
                                    const arrow_format *format, const struct ArrowArray *array,
                                    int64_t place, int64_t multiply, int64_t divide,
                                    data_column *column) {
    base_buffer *wide;
    RASK_TRY(data_column_alloc_values(self->pool, column, column->length, self->err));
    RASK_TRY(base_buffer_new(self->pool, column->length * 8, &wide, self->err));
    int64_t *values = (int64_t *)wide->data;
    bool fits = widen(format, array->buffers[1], place, column->length, values) &&
                rescale(column, values, multiply, divide) && narrow(values, column);
    base_buffer_unref(wide);
    return fits ? RASK_OK : damaged(self, schema, "has a value out of the type's range");
}

/* Unsigned 64 bits are a DECIMAL(20, 0). */
static rask_status import_unsigned(const import *self, const struct ArrowArray *array,
                                   int64_t place, data_column *column) {
    const uint64_t *in = (const uint64_t *)array->buffers[1] + place;
    RASK_TRY(data_column_alloc_values(self->pool, column, column->length, self->err));
    for (int64_t i = 0; i < column->length; i++)
        ((base_i128 *)column->values)[i] = in[i];
    return RASK_OK;
}

static rask_status import_integers(const import *self, const struct ArrowSchema *schema,
                                   const arrow_format *format, const struct ArrowArray *array,
                                   int64_t place, data_column *column) {
    const data_type *type = column->type;
    if (type->kind == DATA_DECIMAL && type->scale == 0 && type->precision >= 20)
        if (format->is_unsigned && format->width == 8)
            return import_unsigned(self, array, place, column);
    if (!data_kind_is_integer(type->kind))
        return mismatch(self, schema, type);
    if (!format->is_unsigned && format->width == data_physical_width(column->physical))
        return import_same(self, array, place, column);
    return import_converted(self, schema, format, array, place, 1, 1, column);
}

static rask_status import_floats(const import *self, const struct ArrowSchema *schema,
                                 const arrow_format *format, const struct ArrowArray *array,
                                 int64_t place, data_column *column) {
    if (column->type->kind != DATA_FLOAT && column->type->kind != DATA_DOUBLE)
        return mismatch(self, schema, column->type);
    if (format->width == data_physical_width(column->physical))
        return import_same(self, array, place, column);
    RASK_TRY(data_column_alloc_values(self->pool, column, column->length, self->err));
    const float *narrow_in = (const float *)array->buffers[1] + place;
    const double *wide_in = (const double *)array->buffers[1] + place;
    if (format->width == 4)
        for (int64_t i = 0; i < column->length; i++)
            ((double *)column->values)[i] = narrow_in[i];
    else
        for (int64_t i = 0; i < column->length; i++)
            ((float *)column->values)[i] = (float)wide_in[i];
    return RASK_OK;
}

/* A decimal in a buffer from outside, which need not stand at a multiple of 16 bytes. */
typedef base_i128 loose_i128 __attribute__((aligned(1)));

/* The largest absolute value of the rows that are not null. */
static base_i128 largest(const data_column *column, const loose_i128 *values) {
    base_i128 bound = 0;
    for (int64_t i = 0; i < column->length; i++) {
        base_i128 magnitude = values[i] < 0 ? -values[i] : values[i];
        if (magnitude > bound && !data_column_is_null(column, i))
            bound = magnitude;
    }
    return bound;
}

/* Kept in 64 bits, with their bound, where the values fit: arithmetic is many times faster then. */
static rask_status import_decimals(const import *self, const struct ArrowSchema *schema,
                                   const arrow_format *format, const struct ArrowArray *array,
                                   int64_t place, data_column *column) {
    const data_type *type = column->type;
    if (type->kind != DATA_DECIMAL || type->scale != format->scale)
        return mismatch(self, schema, type);
    const loose_i128 *in = (const loose_i128 *)array->buffers[1] + place;
    column->bound = largest(column, in);
    if (column->bound >= base_power_of_ten(type->precision) || column->bound < 0)
        return damaged(self, schema, "has a value out of the type's range");
    column->physical = column->bound <= INT64_MAX ? DATA_PHYSICAL_I64 : DATA_PHYSICAL_I128;
    if (column->physical == DATA_PHYSICAL_I128)
        return import_same(self, array, place, column);
    RASK_TRY(data_column_alloc_values(self->pool, column, column->length, self->err));
    for (int64_t i = 0; i < column->length; i++)
        ((int64_t *)column->values)[i] = (int64_t)in[i];
    column->bound = column->bound > 0 ? column->bound : 1; /* 0 says that nothing is known */
    return RASK_OK;
}

/* Our units per day: days, milliseconds, micro- or nanoseconds. */
static int64_t units_per_day(const data_column *column) {
    static const int64_t day_ms = 86400000;
    if (column->type->kind == DATA_DATE)
        return 1;
    if (column->type->kind == DATA_TIMESTAMP || column->type->kind == DATA_TIMESTAMP_LTZ)
        return column->physical == DATA_PHYSICAL_I128 ? day_ms * 1000000 : day_ms * 1000;
    return day_ms;
}

/* Microseconds of year 9999 do not fit 64 bits as nanoseconds: they go straight to 128. */
static rask_status import_nanos(const import *self, const arrow_format *format,
                                const struct ArrowArray *array, int64_t place,
                                data_column *column) {
    const int64_t *in = (const int64_t *)array->buffers[1] + place;
    RASK_TRY(data_column_alloc_values(self->pool, column, column->length, self->err));
    base_i128 *out = column->values, multiply = units_per_day(column) / format->units_per_day;
    for (int64_t i = 0; i < column->length; i++)
        out[i] = in[i] * multiply;
    return RASK_OK;
}

static bool is_kind_of_time(arrow_class class_, data_kind kind) {
    switch (class_) {
    case ARROW_DATE:
        return kind == DATA_DATE;
    case ARROW_TIME:
        return kind == DATA_TIME;
    case ARROW_TIMESTAMP:
        return kind == DATA_TIMESTAMP || kind == DATA_TIMESTAMP_LTZ;
    case ARROW_DURATION:
        return kind == DATA_INTERVAL_DAY_TIME;
    default:
        return kind == DATA_INTERVAL_YEAR_MONTH;
    }
}

/* A timestamp has no more digits than its type, though the producer's unit may be finer. */
static rask_status truncate_fraction(const import *self, const arrow_format *format,
                                     data_column *column) {
    int32_t native = column->physical == DATA_PHYSICAL_I128 ? 9 : 6;
    int32_t digits = format->precision < native ? format->precision : native;
    if (format->class_ != ARROW_TIMESTAMP || digits <= column->type->precision)
        return RASK_OK;
    base_buffer *old = column->values_buffer;
    const void *values = column->values;
    column->values_buffer = NULL;
    rask_status status = data_column_alloc_values(self->pool, column, column->length, self->err);
    int64_t unit = (int64_t)base_power_of_ten(native - column->type->precision);
    if (status == RASK_OK && native == 9)
        for (int64_t i = 0; i < column->length; i++) {
            base_i128 value = ((const base_i128 *)values)[i], rest = value % unit;
            ((base_i128 *)column->values)[i] = value - (rest < 0 ? rest + unit : rest);
        }
    else if (status == RASK_OK)
        for (int64_t i = 0; i < column->length; i++) {
            int64_t value = ((const int64_t *)values)[i];
            ((int64_t *)column->values)[i] = value - base_floor_mod(value, unit);
        }
    base_buffer_unref(old);
    return status;
}

static rask_status convert_times(const import *self, const struct ArrowSchema *schema,
                                 const arrow_format *format, const struct ArrowArray *array,
                                 int64_t place, data_column *column) {
    if (column->physical == DATA_PHYSICAL_I128)
        return import_nanos(self, format, array, place, column);
    int64_t theirs = format->units_per_day, ours = units_per_day(column);
    bool is_same = theirs == ours || format->class_ == ARROW_MONTHS;
    if (is_same && format->width == data_physical_width(column->physical))
        return import_same(self, array, place, column);
    return import_converted(self, schema, format, array, place, ours > theirs ? ours / theirs : 1,
                            theirs > ours ? theirs / ours : 1, column);
}

static rask_status import_times(const import *self, const struct ArrowSchema *schema,
                                const arrow_format *format, const struct ArrowArray *array,
                                int64_t place, data_column *column) {
    if (!is_kind_of_time(format->class_, column->type->kind))
        return mismatch(self, schema, column->type);
    RASK_TRY(convert_times(self, schema, format, array, place, column));
    return truncate_fraction(self, format, column);
}

/* ---- strings --------------------------------------------------------------------------------- */

static rask_status set_heap(const import *self, data_column *column, const void *bytes,
                            int64_t size) {
    if (column->live_bytes == 0)
        return RASK_OK;
    RASK_TRY(borrow(self, bytes, size, &column->heaps[0]));
    column->heap_count = 1;
    return RASK_OK;
}

/* Views of [offsets[i], offsets[i + 1]) for the rows that are not null; false when the offsets do
 * not ascend or a string is too long. */
#define MAKE_VIEWS(offset_type)                                                                    \
    {                                                                                              \
        const offset_type *offsets = (const offset_type *)array->buffers[1] + place;               \
        *first = offsets[0];                                                                       \
        *last = offsets[column->length];                                                           \
        for (int64_t i = 0; i < column->length; i++) {                                             \
            int64_t begin = offsets[i], length = (int64_t)offsets[i + 1] - begin;                  \
            if (begin < 0 || length < 0 || length > INT32_MAX)                                     \
                return false;                                                                      \
            if (!data_column_is_null(column, i)) {                                                 \
                views[i] = data_string_make(bytes + begin, (uint32_t)length);                      \
                column->live_bytes += length > DATA_STRING_INLINE_MAX ? length : 0;                \
            }                                                                                      \
        }                                                                                          \
    }

static bool make_views(const arrow_format *format, const struct ArrowArray *array, int64_t place,
                       const char *bytes, data_column *column, int64_t *first, int64_t *last) {
    data_string *views = column->values;
    if (format->width == 4)
        MAKE_VIEWS(int32_t)
    else
        MAKE_VIEWS(int64_t)
    return true;
}

static rask_status import_strings(const import *self, const struct ArrowSchema *schema,
                                  const arrow_format *format, const struct ArrowArray *array,
                                  int64_t place, data_column *column) {
    /* The bytes may be missing where all strings are empty. */
    const char *bytes = array->buffers[2] != NULL ? array->buffers[2] : "";
    int64_t first = 0, last = 0;
    if (column->length > 0 && !make_views(format, array, place, bytes, column, &first, &last))
        return damaged(self, schema, "has damaged offsets");
    return set_heap(self, column, bytes + first, last - first);
}

static rask_status import_fixed(const import *self, const arrow_format *format,
                                const struct ArrowArray *array, int64_t place,
                                data_column *column) {
    const char *bytes = array->buffers[1];
    data_string *views = column->values;
    if (column->length == 0)
        return RASK_OK;
    bytes += place * format->width;
    for (int64_t i = 0; i < column->length; i++)
        if (!data_column_is_null(column, i))
            views[i] = data_string_make(bytes + i * format->width, (uint32_t)format->width);
    int64_t size = column->length * format->width;
    column->live_bytes = format->width > DATA_STRING_INLINE_MAX ? size : 0;
    return set_heap(self, column, bytes, size);
}

/* Arrow's views: length, then 12 bytes, or 4 bytes and (buffer, offset). */
typedef struct arrow_view {
    int32_t length;
    char bytes[4];
    int32_t buffer, offset;
} arrow_view;

static rask_status import_views(const import *self, const struct ArrowSchema *schema,
                                const struct ArrowArray *array, int64_t place,
                                data_column *column) {
    const arrow_view *in = (const arrow_view *)array->buffers[1] + place;
    int64_t buffers = array->n_buffers - 3; /* behind validity and views, before their sizes */
    const int64_t *sizes = array->buffers[array->n_buffers - 1];
    data_string *views = column->values;
    for (int64_t i = 0; i < column->length; i++) {
        const char *bytes = in[i].bytes;
        int32_t length = in[i].length, b = in[i].buffer;
        if (data_column_is_null(column, i))
            continue;
        if (length > DATA_STRING_INLINE_MAX) {
            if (b < 0 || b >= buffers || in[i].offset < 0 || in[i].offset > sizes[b] - length)
                return damaged(self, schema, "has a view outside of its buffers");
            bytes = (const char *)array->buffers[2 + b] + in[i].offset;
            column->live_bytes += length;
        } else if (length < 0) {
            return damaged(self, schema, "has a view of negative length");
        }
        views[i] = data_string_make(bytes, (uint32_t)length);
    }
    if (column->live_bytes > 0 && buffers > DATA_HEAPS_MAX)
        return data_column_compact_views(self->pool, column, self->err);
    for (int64_t b = 0; column->live_bytes > 0 && b < buffers; b++) {
        RASK_TRY(borrow(self, array->buffers[2 + b], sizes[b], &column->heaps[b]));
        column->heap_count++;
    }
    return RASK_OK;
}

static rask_status import_texts(const import *self, const struct ArrowSchema *schema,
                                const arrow_format *format, const struct ArrowArray *array,
                                int64_t place, data_column *column) {
    bool is_text = format->class_ == ARROW_TEXT || format->class_ == ARROW_TEXT_VIEW;
    bool wants_text = data_kind_is_string(column->type->kind) || column->type->kind == DATA_SYMBOL;
    if (column->physical != DATA_PHYSICAL_STRING || is_text != wants_text)
        return mismatch(self, schema, column->type);
    RASK_TRY(data_column_alloc_values(self->pool, column, column->length, self->err));
    if (format->class_ == ARROW_FIXED)
        return import_fixed(self, format, array, place, column);
    if (array->n_buffers < 3)
        return damaged(self, schema, "has too few buffers");
    if (format->class_ == ARROW_TEXT || format->class_ == ARROW_BYTES)
        return import_strings(self, schema, format, array, place, column);
    return import_views(self, schema, array, place, column);
}

/* ---- nested ---------------------------------------------------------------------------------- */

static rask_status import_column(const import *self, const struct ArrowSchema *schema,
                                 const struct ArrowArray *array, int64_t start, int64_t length,
                                 const data_type *type, data_column **out);

static int64_t offset_at(const arrow_format *format, const void *offsets, int64_t place) {
    if (format->class_ == ARROW_FIXED_LIST)
        return place * format->width;
    return format->width == 4 ? ((const int32_t *)offsets)[place]
                              : ((const int64_t *)offsets)[place];
}

/* Offsets that start at 0; *first gets the element that was the first. */
static bool import_offsets(const arrow_format *format, const void *offsets, int64_t place,
                           data_column *column, int64_t *first) {
    int32_t *out = column->values;
    int64_t last = *first = offset_at(format, offsets, place);
    for (int64_t i = 0; i <= column->length; i++) {
        int64_t offset = offset_at(format, offsets, place + i);
        if (offset < last || offset - *first > INT32_MAX)
            return false;
        out[i] = (int32_t)(offset - *first);
        last = offset;
    }
    return *first >= 0;
}

static rask_status import_elements(const import *self, const struct ArrowSchema *schema,
                                   const struct ArrowArray *array, int64_t first,
                                   data_column *column) {
    const struct ArrowSchema *child_schema = schema->children[0];
    const struct ArrowArray *child = array->children[0];
    int64_t count = ((const int32_t *)column->values)[column->length];
    if (column->type->kind == DATA_ARRAY)
        return import_column(self, child_schema, child, first, count, column->type->element,
                             &column->children[0]);
    RASK_TRY(need_rows(self, schema, child, first, count));
    if (child->n_children != 2 || child->children == NULL)
        return damaged(self, schema, "has entries that are not keys and values");
    for (int32_t c = 0; c < 2; c++)
        RASK_TRY(import_column(self, child_schema->children[c], child->children[c],
                               child->offset + first, count, data_type_child(column->type, c),
                               &column->children[c]));
    return RASK_OK;
}

static rask_status import_lists(const import *self, const struct ArrowSchema *schema,
                                const arrow_format *format, const struct ArrowArray *array,
                                int64_t place, data_column *column) {
    bool is_map = format->class_ == ARROW_MAP;
    int64_t first = 0;
    if (column->physical != DATA_PHYSICAL_LIST || is_map != (column->type->kind != DATA_ARRAY))
        return mismatch(self, schema, column->type);
    RASK_TRY(arrow_need_children(schema, 1, self->err));
    if (is_map)
        RASK_TRY(arrow_need_children(schema->children[0], 2, self->err));
    if (array->n_children != 1 || array->children == NULL)
        return damaged(self, schema, "has no elements");
    RASK_TRY(data_column_alloc_values(self->pool, column, column->length, self->err));
    const void *offsets = format->class_ == ARROW_FIXED_LIST ? NULL : array->buffers[1];
    bool has_offsets = offsets != NULL || format->class_ == ARROW_FIXED_LIST;
    if (has_offsets && !import_offsets(format, offsets, place, column, &first))
        return damaged(self, schema, "has damaged offsets");
    return import_elements(self, schema, array, first, column);
}

static rask_status import_structs(const import *self, const struct ArrowSchema *schema,
                                  const struct ArrowArray *array, int64_t place,
                                  data_column *column) {
    if (column->physical != DATA_PHYSICAL_ROW)
        return mismatch(self, schema, column->type);
    RASK_TRY(arrow_need_children(schema, column->child_count, self->err));
    if (array->n_children != column->child_count ||
        (array->children == NULL && column->child_count > 0))
        return damaged(self, schema, "has other fields than its schema");
    for (int32_t c = 0; c < column->child_count; c++)
        RASK_TRY(import_column(self, schema->children[c], array->children[c], place, column->length,
                               data_type_child(column->type, c), &column->children[c]));
    return RASK_OK;
}

/* ---- columns --------------------------------------------------------------------------------- */

static rask_status import_values(const import *self, const struct ArrowSchema *schema,
                                 const arrow_format *format, const struct ArrowArray *array,
                                 int64_t place, data_column *column) {
    switch (format->class_) {
    case ARROW_BOOL:
        return column->physical == DATA_PHYSICAL_BOOL ? import_bools(self, array, place, column)
                                                      : mismatch(self, schema, column->type);
    case ARROW_INTEGER:
        return import_integers(self, schema, format, array, place, column);
    case ARROW_FLOAT:
        return import_floats(self, schema, format, array, place, column);
    case ARROW_DECIMAL:
        return import_decimals(self, schema, format, array, place, column);
    case ARROW_TEXT:
    case ARROW_BYTES:
    case ARROW_FIXED:
    case ARROW_TEXT_VIEW:
    case ARROW_BYTES_VIEW:
        return import_texts(self, schema, format, array, place, column);
    case ARROW_LIST:
    case ARROW_FIXED_LIST:
    case ARROW_MAP:
        return import_lists(self, schema, format, array, place, column);
    case ARROW_STRUCT:
        return import_structs(self, schema, array, place, column);
    case ARROW_NULL:
    case ARROW_UNKNOWN:
        return mismatch(self, schema, column->type);
    default:
        return import_times(self, schema, format, array, place, column);
    }
}

/* Validity first: what stands at null rows is not looked at. */
static rask_status import_flat(const import *self, const struct ArrowSchema *schema,
                               const struct ArrowArray *array, int64_t start, data_column *column) {
    arrow_format format = arrow_format_parse(schema->format);
    int64_t place = array->offset + start;
    bool has_values = format.class_ != ARROW_STRUCT && format.class_ != ARROW_FIXED_LIST;
    RASK_TRY(need_buffers(self, schema, array, has_values ? 2 : 1, column->length));
    RASK_TRY(import_validity(self, array, place, column));
    return import_values(self, schema, &format, array, place, column);
}

/* Codes become rows of a gather; null rows -1. */
static rask_status read_codes(const import *self, const struct ArrowSchema *schema,
                              const struct ArrowArray *array, int64_t start, int64_t length,
                              int64_t dictionary_length, int32_t *rows) {
    rask_status status;
    data_column *codes =
        data_column_alloc(data_type_simple(DATA_INT, true), DATA_FLAT, DATA_PHYSICAL_I32, length);
    RASK_TRY_OUT(status, import_flat(self, schema, array, start, codes));
    for (int64_t i = 0; i < length; i++) {
        rows[i] = data_column_is_null(codes, i) ? -1 : ((const int32_t *)codes->values)[i];
        if (rows[i] >= dictionary_length || (rows[i] < 0 && !data_column_is_null(codes, i))) {
            status = damaged(self, schema, "has a code outside of its dictionary");
            break;
        }
    }
out:
    data_column_unref(codes);
    return status;
}

static rask_status import_dictionary(const import *self, const struct ArrowSchema *schema,
                                     const struct ArrowArray *array, int64_t start, int64_t length,
                                     const data_type *type, data_column **out) {
    const struct ArrowArray *values = array->dictionary;
    data_column *dictionary = NULL;
    base_buffer *rows = NULL;
    rask_status status;
    if (values == NULL)
        return damaged(self, schema, "lacks its dictionary");
    RASK_TRY_OUT(status, import_column(self, schema->dictionary, values, 0, values->length, type,
                                       &dictionary));
    RASK_TRY_OUT(status, base_buffer_new(self->pool, length * 4, &rows, self->err));
    RASK_TRY_OUT(status, read_codes(self, schema, array, start, length, dictionary->length,
                                    (int32_t *)rows->data));
    status = data_column_gather(self->pool, dictionary, (const int32_t *)rows->data, length, out,
                                self->err);
out:
    data_column_unref(dictionary);
    base_buffer_unref(rows);
    return status;
}

/* Rows [start, start + length) of an array. */
static rask_status import_column(const import *self, const struct ArrowSchema *schema,
                                 const struct ArrowArray *array, int64_t start, int64_t length,
                                 const data_type *type, data_column **out) {
    RASK_TRY(need_rows(self, schema, array, start, length));
    if (schema->dictionary != NULL)
        return import_dictionary(self, schema, array, start, length, type, out);
    if (arrow_format_parse(schema->format).class_ == ARROW_NULL)
        return data_column_new_null(self->pool, type, length, out, self->err);
    data_column *column = data_column_alloc(type, DATA_FLAT, data_physical_of(type), length);
    data_column_alloc_children(column, data_type_child_count(type));
    rask_status status = import_flat(self, schema, array, start, column);
    if (status == RASK_OK)
        *out = column;
    else
        data_column_unref(column);
    return status;
}

/* ---- batches --------------------------------------------------------------------------------- */

static rask_status import_columns(const import *self, const struct ArrowSchema *arrow_schema,
                                  const data_schema *schema, data_column **columns) {
    const struct ArrowArray *array = &self->producer->array;
    RASK_TRY(arrow_need_children(arrow_schema, schema->count, self->err));
    if (array->n_children != schema->count || (array->children == NULL && schema->count > 0))
        return damaged(self, arrow_schema, "has other fields than its schema");
    for (int32_t i = 0; i < schema->count; i++) {
        const struct ArrowSchema *child = arrow_schema->children[i];
        RASK_TRY(import_column(self, child, array->children[i], array->offset, array->length,
                               schema->types[i], &columns[i]));
        if (!schema->types[i]->nullable && data_column_null_count(columns[i]) > 0)
            return damaged(self, child, "has nulls, but its type is NOT NULL");
    }
    return RASK_OK;
}

static rask_status
emit_slices(const import *self, data_batch *whole, int32_t rows_max,
            rask_status (*emit)(void *context, data_batch *batch, rask_error *err), void *context) {
    /* Cut at whole words of the bitmaps, slices share them. */
    int32_t step = rows_max >= 64 ? rows_max / 64 * 64 : rows_max;
    for (int64_t start = 0; start < whole->row_count; start += step) {
        int64_t rest = whole->row_count - start;
        data_batch *batch;
        RASK_TRY(data_batch_slice(self->pool, whole, (int32_t)start,
                                  (int32_t)(rest < step ? rest : step), &batch, self->err));
        RASK_TRY(emit(context, batch, self->err));
    }
    return RASK_OK;
}

rask_status data_arrow_import_batch(base_pool *pool, struct ArrowArray *array,
                                    const struct ArrowSchema *arrow_schema,
                                    const data_schema *schema, int32_t rows_max,
                                    rask_status (*emit)(void *context, data_batch *batch,
                                                        rask_error *err),
                                    void *context, rask_error *err) {
import self = {pool, BASE_NEW(producer), err };
    self.producer->array = *array;
    self.producer->refs = 1;
    array->release = NULL; /* moved */
    int64_t length = self.producer->array.length;
    data_column **columns = BASE_NEW_ARRAY(data_column *, schema->count);
    rask_status status = length < 0 || length > INT32_MAX
                             ? damaged(&self, arrow_schema, "has too many rows for one array")
                             : import_columns(&self, arrow_schema, schema, columns);
    if (status == RASK_OK) {
        data_batch *whole = data_batch_take(columns, schema->count, (int32_t)length);
        bool in_range = rows_max >= 1 && rows_max <= DATA_BATCH_ROWS_LIMIT;
        status =
            emit_slices(&self, whole, in_range ? rows_max : DATA_BATCH_ROWS_LIMIT, emit, context);
        data_batch_unref(whole);
    } else {
        for (int32_t i = 0; i < schema->count; i++)
            data_column_unref(columns[i]);
    }
    base_free(columns);
    producer_unref(self.producer);
    return status;
}
