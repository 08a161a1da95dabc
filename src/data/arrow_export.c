/* Arrow C Data export: a batch's selected rows as a struct array.
 *
 * Fixed-width values, validities and list offsets are shared, kept alive by a reference to the
 * column; booleans become bits, strings large utf8, decimals 128 bits. */
#include <inttypes.h>
#include <stdio.h>

#include "data/arrow.h"
#include "data/column_private.h"

/* ---- schema --------------------------------------------------------------------------------- */
static void release_schema(struct ArrowSchema *schema) {
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release != NULL)
            schema->children[i]->release(schema->children[i]);
        base_free(schema->children[i]);
    }
    base_free(schema->children);
    base_free((char *)schema->format);
    base_free((char *)schema->name);
    schema->release = NULL;
}

static void schema_init(struct ArrowSchema *out, char *format_take, const char *name, bool nullable,
                        int64_t children) {
    *out = (struct ArrowSchema){.format = format_take,
                                .name = base_strdup(name),
                                .flags = nullable ? ARROW_FLAG_NULLABLE : 0,
                                .n_children = children,
                                .children = children > 0 ? BASE_NEW_ARRAY(struct ArrowSchema *, children) : NULL,
                                .release = release_schema};
    for (int64_t i = 0; i < children; i++)
        out->children[i] = BASE_NEW(struct ArrowSchema);
}

static const char *const formats[DATA_KIND_COUNT] = {
    [DATA_CHAR] = "U",          [DATA_VARCHAR] = "U",
    [DATA_BOOLEAN] = "b",       [DATA_BINARY] = "Z",
    [DATA_VARBINARY] = "Z",     [DATA_TINYINT] = "c",
    [DATA_SMALLINT] = "s",      [DATA_INT] = "i",
    [DATA_BIGINT] = "l",        [DATA_FLOAT] = "f",
    [DATA_DOUBLE] = "g",        [DATA_DATE] = "tdD",
    [DATA_TIME] = "ttm",        [DATA_INTERVAL_YEAR_MONTH] = "tiM",
    [DATA_INTERVAL_DAY_TIME] = "tDm", [DATA_ARRAY] = "+l",
    [DATA_MULTISET] = "+m",     [DATA_MAP] = "+m",
    [DATA_ROW] = "+s",          [DATA_STRUCTURED] = "+s",
    [DATA_NULL] = "n",          [DATA_VARIANT] = "Z",
    [DATA_RAW] = "Z",           [DATA_BITMAP] = "Z",
};

static char *format_of(const data_type *type) {
    bool nanos = data_physical_of(type) == DATA_PHYSICAL_I128;
    switch (type->kind) {
    case DATA_DECIMAL:
        return base_printf("d:%d,%d", type->precision, type->scale);
    case DATA_TIMESTAMP:
        return base_strdup(nanos ? "tsn:" : "tsu:");
    case DATA_TIMESTAMP_LTZ:
        return base_strdup(nanos ? "tsn:UTC" : "tsu:UTC");
    default:
        return base_strdup(formats[type->kind]);
    }
}

static rask_status export_type(const data_type *type, const char *name, struct ArrowSchema *out, rask_error *err);

/* entries: struct<key, value> of MAP and MULTISET (elements and their counts). */
static rask_status export_entries(const data_type *type, struct ArrowSchema *out, rask_error *err) {
    schema_init(out, base_strdup("+s"), "entries", false, 2);
    RASK_TRY(export_type(data_type_child(type, 0), "key", out->children[0], err));
    out->children[0]->flags = 0;
    return export_type(data_type_child(type, 1), "value", out->children[1], err);
}

static rask_status export_children(const data_type *type, struct ArrowSchema *out, rask_error *err) {
    if (type->kind == DATA_MAP || type->kind == DATA_MULTISET)
        return export_entries(type, out->children[0], err);
    if (type->kind == DATA_ARRAY)
        return export_type(type->element, "item", out->children[0], err);
    for (int64_t i = 0; i < out->n_children; i++)
        RASK_TRY(export_type(type->fields[i].type, type->fields[i].name, out->children[i], err));
    return RASK_OK;
}

static int64_t arrow_children(const data_type *type) {
    if (type->kind == DATA_MAP || type->kind == DATA_MULTISET || type->kind == DATA_ARRAY)
        return 1;
    return type->kind == DATA_ROW || type->kind == DATA_STRUCTURED ? type->field_count : 0;
}

static rask_status export_type(const data_type *type, const char *name, struct ArrowSchema *out, rask_error *err) {
    char *format = format_of(type);
    if (format == NULL)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED, "Column '%s' has a type without an Arrow form.", name);
    schema_init(out, format, name, type->nullable, arrow_children(type));
    rask_status status = export_children(type, out, err);
    if (status != RASK_OK)
        out->release(out);
    return status;
}

rask_status data_arrow_export_schema(const data_schema *schema, struct ArrowSchema *out, rask_error *err) {
    struct ArrowSchema made;
    schema_init(&made, base_strdup("+s"), "", false, schema->count);
    for (int32_t i = 0; i < schema->count; i++) {
        rask_status status = export_type(schema->types[i], schema->names[i], made.children[i], err);
        if (status != RASK_OK) {
            made.release(&made);
            return status;
        }
    }
    *out = made;
    return RASK_OK;
}

/* ---- arrays ---------------------------------------------------------------------------------- */
enum { ARRAY_BUFFERS_MAX = 3 };
typedef struct export_owner {
    data_column *column; /* what shared buffers belong to */
    base_buffer *made[ARRAY_BUFFERS_MAX];
    const void *buffers[ARRAY_BUFFERS_MAX];
} export_owner;

static void release_array(struct ArrowArray *array) {
    export_owner *owner = array->private_data;
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release != NULL)
            array->children[i]->release(array->children[i]);
        base_free(array->children[i]);
    }
    base_free(array->children);
    data_column_unref(owner->column);
    for (int32_t i = 0; i < ARRAY_BUFFERS_MAX; i++)
        base_buffer_unref(owner->made[i]);
    base_free(owner);
    array->release = NULL;
}

static export_owner *array_init(struct ArrowArray *out, data_column *column_take, int64_t length, int64_t buffers,
                                int64_t children) {
    export_owner *owner = BASE_NEW(export_owner);
    owner->column = column_take;
    *out = (struct ArrowArray){.length = length,
                               .n_buffers = buffers,
                               .n_children = children,
                               .buffers = owner->buffers,
                               .children = children > 0 ? BASE_NEW_ARRAY(struct ArrowArray *, children) : NULL,
                               .release = release_array,
                               .private_data = owner};
    for (int64_t i = 0; i < children; i++)
        out->children[i] = BASE_NEW(struct ArrowArray);
    return owner;
}

static rask_status make_buffer(base_pool *pool, export_owner *owner, int32_t i, int64_t size, rask_error *err) {
    RASK_TRY(base_buffer_new(pool, size, &owner->made[i], err));
    owner->made[i]->size = size;
    memset(owner->made[i]->data, 0, (size_t)size);
    owner->buffers[i] = owner->made[i]->data;
    return RASK_OK;
}

static rask_status export_bits(base_pool *pool, export_owner *owner, rask_error *err) {
    const data_column *column = owner->column;
    const uint8_t *values = column->values;
    RASK_TRY(make_buffer(pool, owner, 1, (column->length + 7) / 8, err));
    for (int64_t i = 0; i < column->length; i++)
        owner->made[1]->data[i >> 3] |= (uint8_t)(values[i] << (i & 7));
    return RASK_OK;
}

static rask_status export_texts(base_pool *pool, export_owner *owner, rask_error *err) {
    const data_column *column = owner->column;
    const data_string *views = column->values;
    int64_t total = 0;
    RASK_TRY(make_buffer(pool, owner, 1, (column->length + 1) * 8, err));
    int64_t *offsets = (int64_t *)owner->made[1]->data;
    for (int64_t i = 0; i < column->length; i++) {
        offsets[i] = total;
        total += data_column_is_null(column, i) ? 0 : views[i].length;
    }
    offsets[column->length] = total;
    RASK_TRY(make_buffer(pool, owner, 2, total, err));
    for (int64_t i = 0; i < column->length; i++)
        memcpy(owner->made[2]->data + offsets[i], data_string_bytes(&views[i]), (size_t)(offsets[i + 1] - offsets[i]));
    return RASK_OK;
}

/* Nanoseconds of TIMESTAMP(7..9): 64 bits reach from 1677 to 2262. */
static rask_status export_nanos(base_pool *pool, export_owner *owner, const char *name, rask_error *err) {
    const data_column *column = owner->column;
    RASK_TRY(make_buffer(pool, owner, 1, column->length * 8, err));
    for (int64_t i = 0; i < column->length; i++) {
        base_i128 nanos = ((const base_i128 *)column->values)[i];
        if (data_column_is_null(column, i))
            continue;
        if (nanos > INT64_MAX || nanos < INT64_MIN)
            return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                                  "Column '%s': a timestamp with nanoseconds outside 1677 to 2262 has no Arrow form.",
                                  name);
        ((int64_t *)owner->made[1]->data)[i] = (int64_t)nanos;
    }
    return RASK_OK;
}

static rask_status export_column(base_pool *pool, data_column *column, const char *name, struct ArrowArray *out,
                                 rask_error *err);

static rask_status export_list(base_pool *pool, export_owner *owner, const char *name, struct ArrowArray *out,
                               rask_error *err) {
    data_column *column = owner->column;
    owner->buffers[1] = column->values;
    if (column->child_count == 1)
        return export_column(pool, column->children[0], name, out->children[0], err);
    export_owner *entries = array_init(out->children[0], NULL, column->children[0]->length, 1, 2);
    (void)entries;
    RASK_TRY(export_column(pool, column->children[0], name, out->children[0]->children[0], err));
    return export_column(pool, column->children[1], name, out->children[0]->children[1], err);
}

static rask_status export_values(base_pool *pool, export_owner *owner, const char *name, struct ArrowArray *out,
                                 rask_error *err) {
    data_column *column = owner->column;
    switch (column->physical) {
    case DATA_PHYSICAL_NONE:
        return RASK_OK;
    case DATA_PHYSICAL_BOOL:
        return export_bits(pool, owner, err);
    case DATA_PHYSICAL_STRING:
        return export_texts(pool, owner, err);
    case DATA_PHYSICAL_LIST:
        return export_list(pool, owner, name, out, err);
    case DATA_PHYSICAL_ROW:
        for (int32_t i = 0; i < column->child_count; i++)
            RASK_TRY(export_column(pool, column->children[i], name, out->children[i], err));
        return RASK_OK;
    case DATA_PHYSICAL_I128:
        if (column->type->kind != DATA_DECIMAL)
            return export_nanos(pool, owner, name, err);
        owner->buffers[1] = column->values;
        return RASK_OK;
    default:
        owner->buffers[1] = column->values;
        return RASK_OK;
    }
}

static int64_t buffer_count(data_physical physical) {
    switch (physical) {
    case DATA_PHYSICAL_NONE:
        return 0;
    case DATA_PHYSICAL_ROW:
        return 1;
    case DATA_PHYSICAL_STRING:
        return 3;
    default:
        return 2;
    }
}

static rask_status export_column(base_pool *pool, data_column *column, const char *name, struct ArrowArray *out,
                                 rask_error *err) {
    data_column *flat;
    RASK_TRY(data_column_flatten(pool, column, &flat, err));
    if (flat->type->kind == DATA_DECIMAL && flat->physical != DATA_PHYSICAL_I128) {
        data_column *wide;
        rask_status status = data_column_widen(pool, flat, DATA_PHYSICAL_I128, &wide, err);
        data_column_unref(flat);
        RASK_TRY(status);
        flat = wide;
    }
    export_owner *owner = array_init(out, flat, flat->length, buffer_count(flat->physical), arrow_children(flat->type));
    if (flat->physical == DATA_PHYSICAL_NONE)
        out->null_count = flat->length;
    else if (flat->validity != NULL)
        out->null_count = data_column_null_count(flat);
    owner->buffers[0] = out->null_count > 0 ? flat->validity : NULL;
    rask_status status = export_values(pool, owner, name, out, err);
    if (status != RASK_OK)
        out->release(out);
    return status;
}

rask_status data_arrow_export_batch(base_pool *pool, data_batch *batch, const data_schema *schema,
                                    struct ArrowArray *out, rask_error *err) {
    data_batch *dense;
    RASK_TRY(data_batch_compact(pool, batch, &dense, err));
    struct ArrowArray made;
    array_init(&made, NULL, dense->row_count, 1, dense->column_count);
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < dense->column_count && status == RASK_OK; i++)
        status = export_column(pool, dense->columns[i], schema->names[i], made.children[i], err);
    data_batch_unref(dense);
    if (status != RASK_OK) {
        made.release(&made);
        return status;
    }
    *out = made;
    return RASK_OK;
}
