/* Changelogs in tight loops over columns; see changelog.h. */
#include "exec/changelog.h"

/* ---- what changed ---------------------------------------------------------------------------- */
#define MARK_CHANGED(Type)                                                                         \
    for (int32_t i = 0; i < count; i++)                                                            \
        changed[i] |=                                                                              \
            ((const Type *)old_values->values)[i] != ((const Type *)new_values->values)[i];        \
    break

static void mark_strings(const data_string *a, const data_string *b, int32_t count,
                         uint8_t *changed) {
    for (int32_t i = 0; i < count; i++)
        changed[i] |= !data_string_equal(&a[i], &b[i]);
}

static void mark_slowly(const data_column *a, const data_column *b, int32_t count,
                        uint8_t *changed) {
    for (int32_t i = 0; i < count; i++)
        changed[i] |= !data_column_equal(a, i, b, i);
}

static bool has_nulls(const data_column *column, int32_t count) {
    if (column->validity == NULL)
        return false;
    for (int32_t i = 0; i < count / 64; i++)
        if (column->validity[i] != ~0ULL)
            return true;
    for (int32_t i = count / 64 * 64; i < count; i++)
        if (!data_bit_get(column->validity, i))
            return true;
    return false;
}

void exec_mark_changed(const data_column *old_values, const data_column *new_values, int32_t count,
                       uint8_t *changed) {
    if (has_nulls(old_values, count) || has_nulls(new_values, count)) {
        mark_slowly(old_values, new_values, count, changed);
        return;
    }
    switch (old_values->physical) {
    case DATA_PHYSICAL_BOOL:
    case DATA_PHYSICAL_I8:
        MARK_CHANGED(int8_t);
    case DATA_PHYSICAL_I16:
        MARK_CHANGED(int16_t);
    case DATA_PHYSICAL_I32:
        MARK_CHANGED(int32_t);
    case DATA_PHYSICAL_I64:
        MARK_CHANGED(int64_t);
    case DATA_PHYSICAL_I128:
        MARK_CHANGED(base_i128);
    case DATA_PHYSICAL_F32:
        MARK_CHANGED(float);
    case DATA_PHYSICAL_F64:
        MARK_CHANGED(double);
    case DATA_PHYSICAL_STRING:
        mark_strings(old_values->values, new_values->values, count, changed);
        break;
    default:
        mark_slowly(old_values, new_values, count, changed);
    }
}

/* ---- the list of changes --------------------------------------------------------------------- */
static inline void add(exec_changes *out, int32_t row, int32_t pick, uint8_t kind) {
    out->source[out->count] = row;
    out->pick[out->count] = pick;
    out->kinds[out->count++] = kind;
}

void exec_list_changes(const uint8_t *effects, const uint8_t *changed, const uint16_t *rows,
                       int32_t count, bool emits_update_before, exec_changes *out) {
    exec_changes list = *out;
    list.count = 0;
    for (int32_t i = 0; i < count; i++) {
        int32_t row = rows != NULL ? rows[i] : i;
        if (effects[i] == EXEC_EFFECT_CHANGE && changed[i]) {
            if (emits_update_before)
                add(&list, row, 2 * i, DATA_UPDATE_BEFORE);
            add(&list, row, 2 * i + 1, DATA_UPDATE_AFTER);
        } else if (effects[i] == EXEC_EFFECT_FIRST) {
            add(&list, row, 2 * i + 1, DATA_INSERT);
        } else if (effects[i] == EXEC_EFFECT_LAST) {
            add(&list, row, 2 * i, DATA_DELETE);
        }
    }
    *out = list;
}

/* ---- values ---------------------------------------------------------------------------------- */
#define PICK(Type)                                                                                 \
    do {                                                                                           \
        const Type *from[2] = {old_values->values, new_values->values};                            \
        for (int32_t j = 0; j < changes->count; j++)                                               \
            ((Type *)made->values)[j] = from[changes->pick[j] & 1][changes->pick[j] >> 1];         \
    } while (0)

static rask_status pick_validity(base_pool *pool, const data_column *old_values,
                                 const data_column *new_values, const exec_changes *changes,
                                 data_column *made, rask_error *err) {
    RASK_TRY(data_column_make_validity(pool, made, err));
    const data_column *from[2] = {old_values, new_values};
    for (int32_t j = 0; j < changes->count; j++) {
        const data_column *values = from[changes->pick[j] & 1];
        if (values->validity != NULL && !data_bit_get(values->validity, changes->pick[j] >> 1))
            data_column_set_null(made, j);
    }
    return RASK_OK;
}

static rask_status add_heaps(const data_column *from, data_column *to, rask_error *err) {
    for (int32_t i = 0; i < from->heap_count; i++)
        RASK_TRY(data_column_add_heap(to, from->heaps[i], err));
    return RASK_OK;
}

/* Values without a fixed width: both sides one after the other, then a gather. */
static rask_status pick_nested(base_pool *pool, const data_column *old_values,
                               const data_column *new_values, const exec_changes *changes,
                               data_column **out, rask_error *err) {
    data_column *both,
        *sides[2] = {(data_column *)(uintptr_t)old_values, (data_column *)(uintptr_t)new_values};
    base_buffer *rows;
    RASK_TRY(base_buffer_new(pool, changes->count * (int64_t)sizeof(int32_t), &rows, err));
    int32_t *to = (int32_t *)rows->data;
    for (int32_t j = 0; j < changes->count; j++)
        to[j] = (changes->pick[j] >> 1) + (changes->pick[j] & 1) * (int32_t)old_values->length;
    rask_status status = data_column_concat(pool, sides, 2, &both, err);
    if (status == RASK_OK) {
        status = data_column_gather(pool, both, to, changes->count, out, err);
        data_column_unref(both);
    }
    base_buffer_unref(rows);
    return status;
}

rask_status exec_pick_values(base_pool *pool, const data_column *old_values,
                             const data_column *new_values, const exec_changes *changes,
                             data_column **out, rask_error *err) {
    data_physical physical = old_values->physical;
    int32_t width = data_physical_width(physical);
    if (width == 0)
        return pick_nested(pool, old_values, new_values, changes, out, err);
    data_column *made;
    RASK_TRY(data_column_new(pool, old_values->type, physical, changes->count, &made, err));
    rask_status status = RASK_OK;
    if (width == 1)
        PICK(int8_t);
    else if (width == 2)
        PICK(int16_t);
    else if (width == 4)
        PICK(int32_t);
    else if (width == 8)
        PICK(int64_t);
    else
        PICK(base_i128);
    int32_t places = (int32_t)old_values->length;
    if (has_nulls(old_values, places) || has_nulls(new_values, places))
        RASK_TRY_OUT(status, pick_validity(pool, old_values, new_values, changes, made, err));
    if (physical == DATA_PHYSICAL_STRING) {
        RASK_TRY_OUT(status, add_heaps(old_values, made, err));
        RASK_TRY_OUT(status, add_heaps(new_values, made, err));
        made->live_bytes = old_values->live_bytes + new_values->live_bytes;
    }
    made->bound = old_values->bound > new_values->bound ? old_values->bound : new_values->bound;
    if (old_values->bound == 0 || new_values->bound == 0)
        made->bound = 0;
    *out = made;
    return RASK_OK;
out:
    data_column_unref(made);
    return status;
}
