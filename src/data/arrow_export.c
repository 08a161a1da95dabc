/* Batches as Arrow struct arrays.
 *
 * An array holds a reference to its column and points into it: values of fixed width, validities
 * and list offsets are shared.  Booleans become bits, views become offsets and bytes, narrow
 * decimals 128 bits, nanosecond timestamps 64 bits, in buffers that the array owns. */
#include "data/arrow.h"
#include "data/column_private.h"

enum { BUFFERS_MAX = 3 };

typedef struct exported {
    data_column *column; /* NULL for the struct of the rows and for map entries */
    base_buffer *made[BUFFERS_MAX];
    const void *buffers[BUFFERS_MAX];
} exported;

static void release_array(struct ArrowArray *array) {
    exported *self = array->private_data;
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release != NULL)
            array->children[i]->release(array->children[i]);
        base_free(array->children[i]);
    }
    base_free(array->children);
    data_column_unref(self->column);
    for (int32_t i = 0; i < BUFFERS_MAX; i++)
        base_buffer_unref(self->made[i]);
    base_free(self);
    array->release = NULL;
}

/* Takes over `column`. */
static exported *init_array(struct ArrowArray *out, data_column *column, int64_t length,
                            int64_t buffers, int64_t children) {
    exported *self = BASE_NEW(exported);
    self->column = column;
    *out = (struct ArrowArray){.length = length,
                               .n_buffers = buffers,
                               .n_children = children,
                               .buffers = self->buffers,
                               .children = BASE_NEW_ARRAY(struct ArrowArray *, children),
                               .release = release_array,
                               .private_data = self};
    for (int64_t i = 0; i < children; i++)
        out->children[i] = BASE_NEW(struct ArrowArray);
    return self;
}

static rask_status make_buffer(base_pool *pool, exported *self, int32_t i, int64_t size,
                               rask_error *err) {
    RASK_TRY(base_buffer_new(pool, size, &self->made[i], err));
    self->made[i]->size = size;
    self->buffers[i] = self->made[i]->data;
    return RASK_OK;
}

static rask_status export_bits(base_pool *pool, exported *self, rask_error *err) {
    const uint8_t *values = self->column->values;
    int64_t length = self->column->length;
    RASK_TRY(make_buffer(pool, self, 1, (length + 7) / 8, err));
    uint8_t *bytes = self->made[1]->data;
    memset(bytes, 0, (size_t)self->made[1]->size);
    for (int64_t i = 0; i < length; i++)
        bytes[i >> 3] |= (uint8_t)((values[i] & 1) << (i & 7)); /* null rows hold anything */
    return RASK_OK;
}

static rask_status export_strings(base_pool *pool, exported *self, rask_error *err) {
    const data_column *column = self->column;
    const data_string *views = column->values;
    int64_t total = 0;
    RASK_TRY(make_buffer(pool, self, 1, (column->length + 1) * 8, err));
    int64_t *offsets = (int64_t *)self->made[1]->data;
    for (int64_t i = 0; i < column->length; i++) {
        offsets[i] = total;
        total += data_column_is_null(column, i) ? 0 : views[i].length;
    }
    offsets[column->length] = total;
    RASK_TRY(make_buffer(pool, self, 2, total, err));
    char *bytes = (char *)self->made[2]->data;
    for (int64_t i = 0; i < column->length; i++)
        if (offsets[i + 1] > offsets[i])
            memcpy(bytes + offsets[i], data_string_bytes(&views[i]), views[i].length);
    return RASK_OK;
}

/* 64 bits of nanoseconds reach from 1677 to 2262. */
static rask_status export_nanos(base_pool *pool, exported *self, const char *name,
                                rask_error *err) {
    const data_column *column = self->column;
    const base_i128 *values = column->values;
    RASK_TRY(make_buffer(pool, self, 1, column->length * 8, err));
    int64_t *nanos = (int64_t *)self->made[1]->data;
    for (int64_t i = 0; i < column->length; i++) {
        bool is_null = data_column_is_null(column, i);
        nanos[i] = is_null ? 0 : (int64_t)values[i];
        if (!is_null && nanos[i] != values[i])
            return rask_error_set(err, RASK_ERROR_RUNTIME,
                                  "Column '%s' has a timestamp outside of the years 1677 to 2262, "
                                  "which Arrow cannot hold in nanoseconds.",
                                  name);
    }
    return RASK_OK;
}

static rask_status export_column(base_pool *pool, data_column *column, const char *name,
                                 struct ArrowArray *out, rask_error *err);

static rask_status export_children(base_pool *pool, const data_column *column, const char *name,
                                   struct ArrowArray *out, rask_error *err) {
    for (int32_t i = 0; i < column->child_count; i++)
        RASK_TRY(export_column(pool, column->children[i], name, out->children[i], err));
    return RASK_OK;
}

static rask_status export_list(base_pool *pool, exported *self, const char *name,
                               struct ArrowArray *out, rask_error *err) {
    const data_column *column = self->column;
    self->buffers[1] = column->values;
    if (column->type->kind != DATA_ARRAY) { /* keys and values stand in a struct of entries */
        init_array(out->children[0], NULL, column->children[0]->length, 1, 2);
        out = out->children[0];
    }
    return export_children(pool, column, name, out, err);
}

static rask_status export_values(base_pool *pool, exported *self, const char *name,
                                 struct ArrowArray *out, rask_error *err) {
    const data_column *column = self->column;
    switch (column->physical) {
    case DATA_PHYSICAL_NONE:
        return RASK_OK;
    case DATA_PHYSICAL_BOOL:
        return export_bits(pool, self, err);
    case DATA_PHYSICAL_STRING:
        return export_strings(pool, self, err);
    case DATA_PHYSICAL_LIST:
        return export_list(pool, self, name, out, err);
    case DATA_PHYSICAL_ROW:
        return export_children(pool, column, name, out, err);
    default:
        if (column->physical == DATA_PHYSICAL_I128 && column->type->kind != DATA_DECIMAL)
            return export_nanos(pool, self, name, err);
        self->buffers[1] = column->values;
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

static rask_status flatten(base_pool *pool, data_column *column, data_column **out,
                           rask_error *err) {
    data_column *flat;
    RASK_TRY(data_column_flatten(pool, column, &flat, err));
    if (flat->type->kind != DATA_DECIMAL) {
        *out = flat;
        return RASK_OK;
    }
    rask_status status = data_column_widen(pool, flat, DATA_PHYSICAL_I128, out, err);
    data_column_unref(flat);
    return status;
}

static rask_status export_column(base_pool *pool, data_column *column, const char *name,
                                 struct ArrowArray *out, rask_error *err) {
    data_column *flat;
    RASK_TRY(flatten(pool, column, &flat, err));
    bool is_map = flat->physical == DATA_PHYSICAL_LIST && flat->child_count == 2;
    exported *self = init_array(out, flat, flat->length, buffer_count(flat->physical),
                                is_map ? 1 : flat->child_count);
    out->null_count = data_column_null_count(flat);
    self->buffers[0] = out->null_count > 0 ? flat->validity : NULL;
    rask_status status = export_values(pool, self, name, out, err);
    if (status != RASK_OK)
        out->release(out);
    return status;
}

rask_status data_arrow_export_batch(base_pool *pool, data_batch *batch, const data_schema *schema,
                                    struct ArrowArray *out, rask_error *err) {
    data_batch *dense;
    RASK_TRY(data_batch_compact(pool, batch, &dense, err));
    rask_status status = RASK_OK;
    init_array(out, NULL, dense->row_count, 1, dense->column_count);
    for (int32_t i = 0; i < dense->column_count && status == RASK_OK; i++)
        status = export_column(pool, dense->columns[i], schema->names[i], out->children[i], err);
    data_batch_unref(dense);
    if (status != RASK_OK)
        out->release(out);
    return status;
}
