/* Arrow C Data import.  Text and binary bytes are borrowed: they become a heap that keeps the
 * producer's array alive.  Fixed-width values and validities are copied, because kernels may read a
 * little past the end of a column, which a producer does not promise.
 *
 * A schema from elsewhere is never trusted: formats, child counts and lengths are checked. */
#include <stdio.h>

#include "data/arrow.h"
#include "data/column_private.h"

/* ---- schema: Arrow formats -> Flink types ------------------------------------------------------ */
static rask_status import_type(base_arena *arena, const struct ArrowSchema *schema, const data_type **out,
                               rask_error *err);

static rask_status need_children(const struct ArrowSchema *schema, int64_t count, rask_error *err) {
    if (schema->n_children == count && (count == 0 || schema->children != NULL))
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_VALIDATION, "Arrow field '%s' (format '%s') has %lld children, not %lld.",
                          schema->name != NULL ? schema->name : "", schema->format, (long long)schema->n_children,
                          (long long)count);
}

static rask_status import_row(base_arena *arena, const struct ArrowSchema *schema, bool nullable,
                              const data_type **out, rask_error *err) {
    data_field *fields = BASE_ARENA_ARRAY(arena, data_field, schema->n_children + 1);
    RASK_TRY(need_children(schema, schema->n_children, err));
    for (int64_t i = 0; i < schema->n_children; i++) {
        const char *name = schema->children[i]->name;
        fields[i].name = base_arena_strdup(arena, name != NULL ? name : "");
        RASK_TRY(import_type(arena, schema->children[i], &fields[i].type, err));
    }
    *out = data_type_row(fields, (int32_t)schema->n_children, nullable);
    return RASK_OK;
}

static rask_status import_nested(base_arena *arena, const struct ArrowSchema *schema, bool nullable,
                                 const data_type **out, rask_error *err) {
    const data_type *first, *second;
    if (schema->format[1] == 's')
        return import_row(arena, schema, nullable, out, err);
    RASK_TRY(need_children(schema, 1, err));
    if (schema->format[1] != 'm') {
        RASK_TRY(import_type(arena, schema->children[0], &first, err));
        *out = data_type_array(first, nullable);
        return RASK_OK;
    }
    const struct ArrowSchema *entries = schema->children[0];
    RASK_TRY(need_children(entries, 2, err));
    RASK_TRY(import_type(arena, entries->children[0], &first, err));
    RASK_TRY(import_type(arena, entries->children[1], &second, err));
    *out = data_type_map(first, second, nullable);
    return RASK_OK;
}

/* Precision by the unit letter of times and timestamps: s, m, u, n. */
static int32_t unit_precision(char unit) {
    return unit == 's' ? 0 : unit == 'm' ? 3 : unit == 'u' ? 6 : 9;
}

static const data_type *temporal_type(const char *format, bool nullable) {
    switch (format[1]) {
    case 'd':
        return data_type_simple(DATA_DATE, nullable);
    case 't':
        return data_type_time(DATA_TIME, unit_precision(format[2]), nullable);
    case 's': {
        bool has_zone = format[2] != '\0' && format[3] == ':' && format[4] != '\0';
        return data_type_time(has_zone ? DATA_TIMESTAMP_LTZ : DATA_TIMESTAMP, unit_precision(format[2]), nullable);
    }
    case 'i':
        return format[2] == 'M' ? data_type_interval(DATA_RESOLUTION_YEAR, DATA_RESOLUTION_MONTH, 2, 0, nullable) : NULL;
    case 'D':
        return data_type_interval(DATA_RESOLUTION_DAY, DATA_RESOLUTION_SECOND, 2, 3, nullable);
    default:
        return NULL;
    }
}

static const struct {
    const char *format;
    data_kind kind;
} simple_types[] = {{"n", DATA_NULL},     {"b", DATA_BOOLEAN}, {"c", DATA_TINYINT}, {"s", DATA_SMALLINT},
                    {"i", DATA_INT},      {"l", DATA_BIGINT},  {"C", DATA_SMALLINT}, {"S", DATA_INT},
                    {"I", DATA_BIGINT},   {"f", DATA_FLOAT},   {"g", DATA_DOUBLE}};

static bool is_text(const char *format) {
    return strcmp(format, "u") == 0 || strcmp(format, "U") == 0 || strcmp(format, "vu") == 0;
}

static bool is_bytes(const char *format) {
    return strcmp(format, "z") == 0 || strcmp(format, "Z") == 0 || strcmp(format, "vz") == 0;
}

static rask_status import_type(base_arena *arena, const struct ArrowSchema *schema, const data_type **out,
                               rask_error *err) {
    const char *format = schema->format != NULL ? schema->format : "";
    bool nullable = (schema->flags & ARROW_FLAG_NULLABLE) != 0;
    int precision, scale, width = 128;
    *out = NULL;
    if (schema->dictionary != NULL) {
        RASK_TRY(import_type(arena, schema->dictionary, out, err));
        *out = data_type_with_null(*out, nullable);
        return RASK_OK;
    }
    if (format[0] == '+' && (strcmp(format, "+s") == 0 || strcmp(format, "+l") == 0 || strcmp(format, "+L") == 0 ||
                             strcmp(format, "+m") == 0))
        return import_nested(arena, schema, nullable, out, err);
    for (size_t i = 0; i < sizeof simple_types / sizeof *simple_types; i++)
        if (strcmp(format, simple_types[i].format) == 0)
            *out = data_type_simple(simple_types[i].kind, nullable || format[0] == 'n');
    if (is_text(format))
        *out = data_type_string(nullable);
    else if (is_bytes(format))
        *out = data_type_sized(DATA_VARBINARY, DATA_STRING_LENGTH_MAX, nullable);
    else if (sscanf(format, "w:%d", &width) == 1 && width > 0)
        *out = data_type_sized(DATA_BINARY, width, nullable);
    else if (sscanf(format, "d:%d,%d,%d", &precision, &scale, &width) >= 2 && width == 128 && precision >= 1 &&
             precision <= DATA_DECIMAL_PRECISION_MAX && scale >= 0 && scale <= precision)
        *out = data_type_decimal(precision, scale, nullable);
    else if (format[0] == 't')
        *out = temporal_type(format, nullable);
    if (*out != NULL)
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_UNSUPPORTED, "Arrow field '%s' has format '%s', which has no Flink type.",
                          schema->name != NULL ? schema->name : "", format);
}

rask_status data_arrow_import_schema(base_arena *arena, const struct ArrowSchema *schema, data_schema **out,
                                     rask_error *err) {
    if (schema->format == NULL || strcmp(schema->format, "+s") != 0)
        return rask_error_set(err, RASK_ERROR_VALIDATION, "The Arrow schema must be a struct, not '%s'.",
                              schema->format != NULL ? schema->format : "");
    data_schema *made = data_schema_new(arena, (int32_t)schema->n_children);
    for (int64_t i = 0; i < schema->n_children; i++) {
        const char *name = schema->children[i]->name;
        made->names[i] = base_arena_strdup(arena, name != NULL ? name : "");
        RASK_TRY(import_type(arena, schema->children[i], &made->types[i], err));
    }
    *out = made;
    return RASK_OK;
}

/* ---- the producer's array, kept while heaps refer to it ------------------------------------------ */
typedef struct import_owner {
    struct ArrowArray array;
    int32_t refs; /* atomic */
} import_owner;

static void owner_unref(import_owner *owner) {
    if (__atomic_sub_fetch(&owner->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    if (owner->array.release != NULL)
        owner->array.release(&owner->array);
    base_free(owner);
}

static void heap_released(base_buffer *heap) {
    owner_unref(heap->release_data);
}

static rask_status add_heap(import_owner *owner, data_column *column, const void *bytes, int64_t size,
                            rask_error *err) {
    if (size <= 0)
        return RASK_OK;
    __atomic_add_fetch(&owner->refs, 1, __ATOMIC_RELAXED);
    base_buffer *heap = base_buffer_wrap(bytes, size, heap_released, owner);
    rask_status status = data_column_add_heap(column, heap, err);
    base_buffer_unref(heap);
    return status;
}

/* ---- columns ------------------------------------------------------------------------------------------ */
typedef struct import_call {
    base_pool *pool;
    import_owner *owner;
} import_call;

static rask_status import_column(const import_call *call, const struct ArrowSchema *schema,
                                 const struct ArrowArray *array, int64_t offset, int64_t length, const data_type *type,
                                 data_column **out, rask_error *err);

static rask_status misfit(const struct ArrowSchema *schema, const data_type *type, rask_error *err) {
    base_arena *arena = base_arena_new();
    rask_error_set(err, RASK_ERROR_VALIDATION, "Arrow field '%s' of format '%s' cannot be read as %s.",
                   schema->name != NULL ? schema->name : "", schema->format, data_type_text(arena, type, true));
    base_arena_free(arena);
    return RASK_ERROR_VALIDATION;
}

static rask_status import_validity(const import_call *call, const struct ArrowArray *array, int64_t offset,
                                   data_column *column, rask_error *err) {
    const uint8_t *bits = array->n_buffers > 0 ? array->buffers[0] : NULL;
    if (bits == NULL || array->null_count == 0)
        return RASK_OK;
    RASK_TRY(data_column_make_validity(call->pool, column, err));
    for (int64_t i = 0; i < column->length; i++)
        if ((bits[(offset + i) >> 3] >> ((offset + i) & 7) & 1) == 0)
            data_column_set_null(column, i);
    return RASK_OK;
}

/* Values of `width` bytes as they are. */
static void copy_values(const struct ArrowArray *array, int64_t offset, data_column *column, int32_t width) {
    if (column->length > 0)
        memcpy(column->values, (const uint8_t *)array->buffers[1] + offset * width, (size_t)(column->length * width));
}

static void copy_bools(const struct ArrowArray *array, int64_t offset, data_column *column) {
    const uint8_t *bits = array->buffers[1];
    for (int64_t i = 0; i < column->length; i++)
        ((uint8_t *)column->values)[i] = bits[(offset + i) >> 3] >> ((offset + i) & 7) & 1;
}

/* An integer of a fixed-width Arrow buffer, signed or (capital letter) unsigned. */
static int64_t integer_at(const void *values, char format, int64_t i) {
    switch (format) {
    case 'c':
        return ((const int8_t *)values)[i];
    case 'C':
        return ((const uint8_t *)values)[i];
    case 's':
        return ((const int16_t *)values)[i];
    case 'S':
        return ((const uint16_t *)values)[i];
    case 'i':
        return ((const int32_t *)values)[i];
    case 'I':
        return ((const uint32_t *)values)[i];
    default:
        return ((const int64_t *)values)[i];
    }
}

static void store_integer(data_column *column, int64_t i, base_i128 value) {
    switch (column->physical) {
    case DATA_PHYSICAL_I8:
        ((int8_t *)column->values)[i] = (int8_t)value;
        break;
    case DATA_PHYSICAL_I16:
        ((int16_t *)column->values)[i] = (int16_t)value;
        break;
    case DATA_PHYSICAL_I32:
        ((int32_t *)column->values)[i] = (int32_t)value;
        break;
    case DATA_PHYSICAL_I64:
        ((int64_t *)column->values)[i] = (int64_t)value;
        break;
    default:
        ((base_i128 *)column->values)[i] = value;
        break;
    }
}

/* Integers of one width become integers of another: scaled by multiply / divide (units of time). */
static void convert_integers(const struct ArrowArray *array, char format, int64_t offset, int64_t multiply,
                             int64_t divide, data_column *column) {
    for (int64_t i = 0; i < column->length; i++) {
        base_i128 value = (base_i128)integer_at(array->buffers[1], format, offset + i) * multiply;
        base_i128 quotient = value / divide;
        store_integer(column, i, value % divide < 0 ? quotient - 1 : quotient);
    }
}

static int64_t units_per_second(char unit) {
    return unit == 's' ? 1 : unit == 'm' ? 1000 : unit == 'u' ? 1000000 : 1000000000;
}

static rask_status import_temporal(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t offset,
                                   data_column *column, rask_error *err) {
    const char *format = schema->format;
    char wide = 'l';
    int64_t from = units_per_second(format[2]), to;
    switch (column->type->kind) {
    case DATA_DATE:
        if (format[1] != 'd')
            return misfit(schema, column->type, err);
        wide = format[2] == 'D' ? 'i' : 'l';
        convert_integers(array, wide, offset, 1, format[2] == 'D' ? 1 : 86400000, column);
        return RASK_OK;
    case DATA_TIME:
        if (format[1] != 't')
            return misfit(schema, column->type, err);
        wide = format[2] == 's' || format[2] == 'm' ? 'i' : 'l';
        to = 1000;
        break;
    case DATA_TIMESTAMP:
    case DATA_TIMESTAMP_LTZ:
        if (format[1] != 's')
            return misfit(schema, column->type, err);
        to = column->physical == DATA_PHYSICAL_I128 ? 1000000000 : 1000000;
        break;
    case DATA_INTERVAL_DAY_TIME:
        if (format[1] != 'D')
            return misfit(schema, column->type, err);
        to = 1000;
        break;
    case DATA_INTERVAL_YEAR_MONTH:
        convert_integers(array, 'i', offset, 1, 1, column);
        return format[1] == 'i' && format[2] == 'M' ? RASK_OK : misfit(schema, column->type, err);
    default:
        return misfit(schema, column->type, err);
    }
    convert_integers(array, wide, offset, to >= from ? to / from : 1, from > to ? from / to : 1, column);
    return RASK_OK;
}

/* ---- texts and binary ------------------------------------------------------------------------------- */
static rask_status import_views(const import_call *call, const struct ArrowArray *array, int64_t offset,
                                data_column *column, rask_error *err) {
    const uint8_t *views = (const uint8_t *)array->buffers[1] + 16 * offset;
    int64_t variadic = array->n_buffers - 3; /* validity, views, data..., their sizes */
    const int64_t *sizes = array->buffers[array->n_buffers - 1];
    for (int64_t i = 0; i < column->length; i++) {
        int32_t length, buffer, start;
        if (data_column_is_null(column, i))
            continue;
        memcpy(&length, views + 16 * i, 4);
        if (length <= DATA_STRING_INLINE_MAX) {
            ((data_string *)column->values)[i] = data_string_make((const char *)views + 16 * i + 4, (uint32_t)length);
            continue;
        }
        memcpy(&buffer, views + 16 * i + 8, 4);
        memcpy(&start, views + 16 * i + 12, 4);
        if (buffer < 0 || buffer >= variadic || start < 0 || start + (int64_t)length > sizes[buffer])
            return rask_error_set(err, RASK_ERROR_VALIDATION, "An Arrow string view points outside its buffers.");
        const char *bytes = (const char *)array->buffers[2 + buffer] + start;
        ((data_string *)column->values)[i] = data_string_make(bytes, (uint32_t)length);
        column->live_bytes += length;
    }
    if (variadic > DATA_HEAPS_MAX)
        return RASK_OK; /* too many to share: import_column copies the bytes */
    for (int64_t b = 0; b < variadic; b++)
        RASK_TRY(add_heap(call->owner, column, array->buffers[2 + b], sizes[b], err));
    return RASK_OK;
}

static rask_status import_texts(const import_call *call, const struct ArrowSchema *schema,
                                const struct ArrowArray *array, int64_t offset, data_column *column,
                                rask_error *err) {
    const char *format = schema->format;
    data_string *views = column->values;
    int width = 0;
    if (format[0] == 'v')
        return import_views(call, array, offset, column, err);
    bool fixed = sscanf(format, "w:%d", &width) == 1;
    bool large = format[0] == 'U' || format[0] == 'Z';
    const char *bytes = fixed ? array->buffers[1] : array->buffers[2];
    int64_t first = -1, end = 0;
    for (int64_t i = 0; i < column->length; i++) {
        int64_t row = offset + i, from, to;
        if (fixed) {
            from = row * width;
            to = from + width;
        } else if (large) {
            from = ((const int64_t *)array->buffers[1])[row];
            to = ((const int64_t *)array->buffers[1])[row + 1];
        } else {
            from = ((const int32_t *)array->buffers[1])[row];
            to = ((const int32_t *)array->buffers[1])[row + 1];
        }
        if (data_column_is_null(column, i))
            continue;
        if (from < 0 || to < from || to - from > INT32_MAX)
            return rask_error_set(err, RASK_ERROR_VALIDATION, "Arrow field '%s' has damaged offsets.", schema->name);
        views[i] = data_string_make(bytes + from, (uint32_t)(to - from));
        if (to - from > DATA_STRING_INLINE_MAX) {
            column->live_bytes += to - from;
            first = first < 0 ? from : first;
            end = to > end ? to : end;
        }
    }
    return first < 0 ? RASK_OK : add_heap(call->owner, column, bytes + first, end - first, err);
}

/* ---- nested -------------------------------------------------------------------------------------------- */
/* Offsets from 0 over the elements in use; children are imported from the first one on. */
static rask_status import_list(const import_call *call, const struct ArrowSchema *schema,
                               const struct ArrowArray *array, int64_t offset, data_column *column, rask_error *err) {
    bool large = strcmp(schema->format, "+L") == 0;
    bool is_map = strcmp(schema->format, "+m") == 0;
    int32_t *offsets = column->values;
    int64_t first = 0, last = 0;
    if (strncmp(schema->format, "+l", 2) != 0 && !large && !is_map)
        return misfit(schema, column->type, err);
    for (int64_t i = 0; i <= column->length; i++) {
        last = large ? ((const int64_t *)array->buffers[1])[offset + i] : ((const int32_t *)array->buffers[1])[offset + i];
        first = i == 0 ? last : first;
        if (last < first || last - first > INT32_MAX)
            return rask_error_set(err, RASK_ERROR_VALIDATION, "Arrow field '%s' has damaged offsets.", schema->name);
        offsets[i] = (int32_t)(last - first);
    }
    const struct ArrowSchema *child_schema = schema->children[0];
    const struct ArrowArray *child = array->children[0];
    int64_t start = first + child->offset;
    if ((column->child_count == 2) != is_map)
        return misfit(schema, column->type, err);
    for (int32_t c = 0; c < column->child_count; c++) {
        const struct ArrowSchema *part_schema = is_map ? child_schema->children[c] : child_schema;
        const struct ArrowArray *part = is_map ? child->children[c] : child;
        RASK_TRY(import_column(call, part_schema, part, is_map ? start + part->offset : start, last - first,
                               data_type_child(column->type, c), &column->children[c], err));
    }
    return RASK_OK;
}

static rask_status import_struct(const import_call *call, const struct ArrowSchema *schema,
                                 const struct ArrowArray *array, int64_t offset, data_column *column,
                                 rask_error *err) {
    if (strcmp(schema->format, "+s") != 0 || array->n_children != column->child_count)
        return misfit(schema, column->type, err);
    for (int32_t c = 0; c < column->child_count; c++)
        RASK_TRY(import_column(call, schema->children[c], array->children[c], offset + array->children[c]->offset,
                               column->length, data_type_child(column->type, c), &column->children[c], err));
    return RASK_OK;
}

/* ---- by physical layout ----------------------------------------------------------------------------------- */
static rask_status import_decimal(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t offset,
                                  data_column *column, rask_error *err) {
    int precision, scale;
    if (sscanf(schema->format, "d:%d,%d", &precision, &scale) != 2 || scale != column->type->scale)
        return misfit(schema, column->type, err);
    const base_i128 *values = (const base_i128 *)array->buffers[1];
    for (int64_t i = 0; i < column->length; i++) {
        base_i128 value;
        memcpy(&value, values + offset + i, sizeof value);
        store_integer(column, i, value);
    }
    return RASK_OK;
}

static rask_status import_number(const struct ArrowSchema *schema, const struct ArrowArray *array, int64_t offset,
                                 data_column *column, rask_error *err) {
    const char *format = schema->format;
    bool one_letter = format[0] != '\0' && format[1] == '\0';
    if (column->physical == DATA_PHYSICAL_F32 || column->physical == DATA_PHYSICAL_F64) {
        if (!one_letter || format[0] != (column->physical == DATA_PHYSICAL_F32 ? 'f' : 'g'))
            return misfit(schema, column->type, err);
        copy_values(array, offset, column, data_physical_width(column->physical));
        return RASK_OK;
    }
    if (!one_letter || strchr("cCsSiIl", format[0]) == NULL)
        return misfit(schema, column->type, err);
    convert_integers(array, format[0], offset, 1, 1, column);
    return RASK_OK;
}

static rask_status fill_column(const import_call *call, const struct ArrowSchema *schema,
                               const struct ArrowArray *array, int64_t offset, data_column *column, rask_error *err) {
    const char *format = schema->format;
    switch (column->physical) {
    case DATA_PHYSICAL_NONE:
        return RASK_OK;
    case DATA_PHYSICAL_BOOL:
        if (strcmp(format, "b") != 0)
            return misfit(schema, column->type, err);
        copy_bools(array, offset, column);
        return RASK_OK;
    case DATA_PHYSICAL_STRING:
        if (!is_text(format) && !is_bytes(format) && strncmp(format, "w:", 2) != 0)
            return misfit(schema, column->type, err);
        return import_texts(call, schema, array, offset, column, err);
    case DATA_PHYSICAL_LIST:
        return import_list(call, schema, array, offset, column, err);
    case DATA_PHYSICAL_ROW:
        return import_struct(call, schema, array, offset, column, err);
    default:
        if (column->type->kind == DATA_DECIMAL)
            return import_decimal(schema, array, offset, column, err);
        return format[0] == 't' ? import_temporal(schema, array, offset, column, err)
                                : import_number(schema, array, offset, column, err);
    }
}

/* Codes into a dictionary: the dictionary is imported and gathered from. */
static rask_status import_dictionary(const import_call *call, const struct ArrowSchema *schema,
                                     const struct ArrowArray *array, int64_t offset, int64_t length,
                                     const data_type *type, data_column **out, rask_error *err) {
    data_column *dictionary;
    RASK_TRY(import_column(call, schema->dictionary, array->dictionary, array->dictionary->offset,
                           array->dictionary->length, type, &dictionary, err));
    int32_t *rows = base_alloc((length + 1) * (int64_t)sizeof(int32_t));
    const uint8_t *bits = array->buffers[0];
    rask_status status = RASK_OK;
    for (int64_t i = 0; i < length && status == RASK_OK; i++) {
        int64_t row = offset + i;
        bool is_null = bits != NULL && (bits[row >> 3] >> (row & 7) & 1) == 0;
        int64_t code = is_null ? -1 : integer_at(array->buffers[1], schema->format[0], row);
        rows[i] = (int32_t)code;
        if (!is_null && (code < 0 || code >= dictionary->length))
            status = rask_error_set(err, RASK_ERROR_VALIDATION, "Arrow field '%s' has a code outside its dictionary.",
                                    schema->name);
    }
    if (status == RASK_OK)
        status = data_column_gather(call->pool, dictionary, rows, length, out, err);
    base_free(rows);
    data_column_unref(dictionary);
    return status;
}

/* Rows [offset, offset + length) of the array's buffers (the array's own offset is in `offset`). */
static rask_status import_column(const import_call *call, const struct ArrowSchema *schema,
                                 const struct ArrowArray *array, int64_t offset, int64_t length, const data_type *type,
                                 data_column **out, rask_error *err) {
    data_column *column;
    if (schema->dictionary != NULL)
        return import_dictionary(call, schema, array, offset, length, type, out, err);
    RASK_TRY(data_column_new(call->pool, type, DATA_PHYSICAL_NONE, length, &column, err));
    rask_status status = import_validity(call, array, offset, column, err);
    if (status == RASK_OK)
        status = fill_column(call, schema, array, offset, column, err);
    bool homeless = column->physical == DATA_PHYSICAL_STRING && column->live_bytes > 0 && column->heap_count == 0;
    if (status == RASK_OK && homeless) {
        status = data_column_compact(call->pool, column, true, out, err);
        data_column_unref(column);
        return status;
    }
    if (status != RASK_OK) {
        data_column_unref(column);
        return status;
    }
    *out = column;
    return RASK_OK;
}

/* ---- batches ------------------------------------------------------------------------------------------------ */
static rask_status import_columns(const import_call *call, const struct ArrowSchema *arrow_schema,
                                  const data_schema *schema, int64_t start, int32_t rows, data_batch **out,
                                  rask_error *err) {
    const struct ArrowArray *array = &call->owner->array;
    data_column **columns = BASE_NEW_ARRAY(data_column *, schema->count + 1);
    rask_status status = RASK_OK;
    int32_t made = 0;
    for (; made < schema->count && status == RASK_OK; made++) {
        const struct ArrowArray *child = array->children[made];
        status = import_column(call, arrow_schema->children[made], child, start + array->offset + child->offset, rows,
                               schema->types[made], &columns[made], err);
    }
    if (status == RASK_OK)
        *out = data_batch_take(columns, schema->count, rows);
    for (int32_t i = 0; status != RASK_OK && i < made - 1; i++)
        data_column_unref(columns[i]);
    base_free(columns);
    return status;
}

rask_status data_arrow_import_batch(base_pool *pool, struct ArrowArray *array, const struct ArrowSchema *arrow_schema,
                                    const data_schema *schema, int32_t rows_max,
                                    rask_status (*emit)(void *context, data_batch *batch, rask_error *err),
                                    void *context, rask_error *err) {
    import_owner *owner = BASE_NEW(import_owner);
    owner->array = *array;
    owner->refs = 1;
    array->release = NULL; /* moved */
    import_call call = {pool, owner};
    int64_t length = owner->array.length;
    rask_status status = RASK_OK;
    if (owner->array.n_children != schema->count || arrow_schema->n_children != schema->count)
        status = rask_error_set(err, RASK_ERROR_VALIDATION, "The Arrow array has %lld columns, the schema %d.",
                                (long long)owner->array.n_children, schema->count);
    if (rows_max < 1 || rows_max > DATA_BATCH_ROWS_LIMIT)
        rows_max = DATA_BATCH_ROWS_LIMIT;
    for (int64_t start = 0; start < length && status == RASK_OK; start += rows_max) {
        int32_t rows = (int32_t)(length - start < rows_max ? length - start : rows_max);
        data_batch *batch;
        status = import_columns(&call, arrow_schema, schema, start, rows, &batch, err);
        if (status == RASK_OK)
            status = emit(context, batch, err);
    }
    owner_unref(owner);
    return status;
}
