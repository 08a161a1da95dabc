/* Single values: making, copying, comparing, and moving them in and out of columns. */
#include "data/value.h"

#include "data/column_private.h"

/* Where in the union the value of a physical layout stands. */
typedef enum value_form { FORM_I64, FORM_I128, FORM_F64, FORM_TEXT, FORM_NESTED } value_form;

static value_form form_of(const data_type *type) {
    if (type->kind == DATA_DECIMAL)
        return FORM_I128;
    switch (data_physical_of(type)) {
    case DATA_PHYSICAL_I128:
        return FORM_I128;
    case DATA_PHYSICAL_F32:
    case DATA_PHYSICAL_F64:
        return FORM_F64;
    case DATA_PHYSICAL_STRING:
        return FORM_TEXT;
    case DATA_PHYSICAL_LIST:
    case DATA_PHYSICAL_ROW:
        return FORM_NESTED;
    default:
        return FORM_I64;
    }
}

data_value data_value_null(const data_type *type) {
    return (data_value){.type = type, .is_null = true};
}

data_value data_value_i64(const data_type *type, int64_t value) {
    data_value v = {.type = type};
    if (form_of(type) == FORM_I128)
        v.i128 = value;
    else
        v.i64 = value;
    return v;
}

data_value data_value_decimal(const data_type *type, base_i128 unscaled) {
    return (data_value){.type = type, .i128 = unscaled};
}

data_value data_value_f64(const data_type *type, double value) {
    return (data_value){.type = type, .f64 = value};
}

data_value data_value_text(base_arena *arena, const data_type *type, const char *bytes,
                           int64_t length) {
    data_value v = {.type = type};
    v.text.bytes = base_arena_strndup(arena, bytes, length);
    v.text.length = length;
    return v;
}

data_value data_value_copy(base_arena *arena, const data_value *value) {
    value_form form = form_of(value->type);
    data_value v = *value;
    if (value->is_null)
        return v;
    if (form == FORM_TEXT)
        return data_value_text(arena, value->type, value->text.bytes, value->text.length);
    if (form == FORM_NESTED) {
        v.nested.items = BASE_ARENA_ARRAY(arena, data_value, value->nested.count);
        for (int32_t i = 0; i < value->nested.count; i++)
            v.nested.items[i] = data_value_copy(arena, &value->nested.items[i]);
    }
    return v;
}

static bool equal_doubles(double a, double b) {
    return a == b || (a != a && b != b);
}

static bool equal_items(const data_value *a, const data_value *b) {
    if (a->nested.count != b->nested.count)
        return false;
    for (int32_t i = 0; i < a->nested.count; i++)
        if (!data_value_equal(&a->nested.items[i], &b->nested.items[i]))
            return false;
    return true;
}

bool data_value_equal(const data_value *a, const data_value *b) {
    if (a->type != b->type || a->is_null || b->is_null)
        return a->type == b->type && a->is_null && b->is_null;
    switch (form_of(a->type)) {
    case FORM_I64:
        return a->i64 == b->i64;
    case FORM_I128:
        return a->i128 == b->i128;
    case FORM_F64:
        return equal_doubles(a->f64, b->f64);
    case FORM_TEXT:
        return a->text.length == b->text.length &&
               memcmp(a->text.bytes, b->text.bytes, (size_t)a->text.length) == 0;
    case FORM_NESTED:
        return equal_items(a, b);
    }
    return false;
}

/* ---- out of columns -------------------------------------------------------------------------- */

static int64_t read_i64(const data_column *flat, int64_t i) {
    switch (flat->physical) {
    case DATA_PHYSICAL_BOOL:
    case DATA_PHYSICAL_I8:
        return ((const int8_t *)flat->values)[i];
    case DATA_PHYSICAL_I16:
        return ((const int16_t *)flat->values)[i];
    case DATA_PHYSICAL_I32:
        return ((const int32_t *)flat->values)[i];
    default:
        return ((const int64_t *)flat->values)[i];
    }
}

/* A list's entries as key, value, key, value... or as elements; a row's fields. */
static data_value read_nested(base_arena *arena, const data_column *flat, int64_t index) {
    data_value v = {.type = flat->type};
    int64_t begin = index, end = index + 1;
    if (flat->physical == DATA_PHYSICAL_LIST) {
        begin = ((const int32_t *)flat->values)[index];
        end = ((const int32_t *)flat->values)[index + 1];
    }
    v.nested.items = BASE_ARENA_ARRAY(arena, data_value, (end - begin) * flat->child_count);
    for (int64_t i = begin; i < end; i++)
        for (int32_t c = 0; c < flat->child_count; c++)
            v.nested.items[v.nested.count++] = data_value_at(arena, flat->children[c], i);
    return v;
}

data_value data_value_at(base_arena *arena, const data_column *column, int64_t row) {
    const data_column *flat;
    if (data_column_is_null(column, row))
        return data_value_null(column->type);
    int64_t i = data_column_index(column, row, &flat);
    data_value v = {.type = column->type};
    switch (form_of(column->type)) {
    case FORM_I64:
        v.i64 = read_i64(flat, i);
        break;
    case FORM_I128:
        v.i128 = data_column_read_i128(flat, i);
        break;
    case FORM_F64:
        v.f64 = flat->physical == DATA_PHYSICAL_F32 ? (double)((const float *)flat->values)[i]
                                                    : ((const double *)flat->values)[i];
        break;
    case FORM_TEXT: {
        const data_string *view = (const data_string *)flat->values + i;
        return data_value_text(arena, column->type, data_string_bytes(view), view->length);
    }
    case FORM_NESTED:
        v = read_nested(arena, flat, i);
        v.type = column->type;
    }
    return v;
}

/* ---- into columns ---------------------------------------------------------------------------- */

static rask_status add_nested(data_builder *builder, const data_value *value, rask_error *err) {
    int32_t children = data_type_child_count(value->type), count = value->nested.count;
    for (int32_t i = 0; i < count; i++)
        RASK_TRY(data_builder_add_value(data_builder_child(builder, i % children),
                                        &value->nested.items[i], err));
    return data_builder_close_row(builder, children > 0 ? count / children : 0, err);
}

rask_status data_builder_add_value(data_builder *builder, const data_value *value,
                                   rask_error *err) {
    if (value->is_null)
        return data_builder_add_null(builder, err);
    switch (form_of(value->type)) {
    case FORM_I64:
        return data_builder_add_i64(builder, value->i64, err);
    case FORM_I128:
        return data_builder_add_i128(builder, value->i128, err);
    case FORM_F64:
        return data_builder_add_f64(builder, value->f64, err);
    case FORM_TEXT:
        return data_builder_add_string(builder, value->text.bytes, value->text.length, err);
    case FORM_NESTED:
        return add_nested(builder, value, err);
    }
    return RASK_OK;
}

rask_status data_value_to_column(base_pool *pool, const data_value *value, int64_t length,
                                 data_column **out, rask_error *err) {
    data_column *column;
    if (value->is_null)
        return data_column_new_null(pool, value->type, length, out, err);
    data_builder *builder = data_builder_new(pool, value->type, 1);
    rask_status status = data_builder_add_value(builder, value, err);
    if (status == RASK_OK)
        status = data_builder_finish(builder, &column, err);
    data_builder_free(builder);
    if (status != RASK_OK)
        return status;
    column->layout = DATA_CONSTANT;
    column->length = length;
    *out = column;
    return RASK_OK;
}
