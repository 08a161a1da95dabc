/* Packing of keys into cells and back; see hash_keys.h. */
#include "exec/hash_keys.h"

enum { FIXED_KEYS_MAX = 8 };

static int32_t packed_width(const data_type *type) {
    data_physical physical = data_physical_of(type);
    if (type->kind == DATA_DECIMAL)
        return type->precision <= 18 ? 8 : 16;
    return physical == DATA_PHYSICAL_STRING ? 0 : data_physical_width(physical);
}

static bool pack(exec_key_layout *layout) {
    int32_t end = 0;
    bool nullable = false;
    if (layout->count > FIXED_KEYS_MAX)
        return false;
    for (int32_t i = 0; i < layout->count; i++) {
        layout->widths[i] = packed_width(layout->types[i]);
        layout->offsets[i] = end;
        end += layout->widths[i];
        nullable = nullable || layout->types[i]->nullable;
        if (layout->widths[i] == 0)
            return false;
    }
    layout->null_offset = nullable ? end : -1;
    end += nullable;
    layout->cell_bytes = end <= 8 ? 8 : 16;
    return end <= 16;
}

void exec_key_layout_init(exec_key_layout *layout, const data_type **types, int32_t count) {
    *layout = (exec_key_layout){.types = types, .count = count, .null_offset = -1};
    if (pack(layout)) {
        layout->mode = layout->cell_bytes == 8 ? EXEC_KEY_FIXED8 : EXEC_KEY_FIXED16;
        return;
    }
    layout->mode = EXEC_KEY_VIEW;
    layout->cell_bytes = (int32_t)sizeof(data_string);
}

/* ---- encode ---------------------------------------------------------------------------------- */
#define PACK(Type, expression)                                                                     \
    for (int32_t i = 0; i < count; i++) {                                                          \
        int64_t row = selection != NULL ? selection[i] : i;                                        \
        Type value = (expression);                                                                 \
        memcpy(to + i * (int64_t)stride, &value, sizeof value);                                    \
    }                                                                                              \
    break

/* As state_encode_keys has them: one NaN, two zeros. */
static inline double plain_double(double value) {
    return value != value ? __builtin_nan("") : value;
}
static inline float plain_float(float value) {
    return value != value ? __builtin_nanf("") : value;
}

static void pack_decimal(const data_column *column, const uint16_t *selection, int32_t count,
                         int32_t width, uint8_t *to, int32_t stride) {
    for (int32_t i = 0; i < count; i++) {
        int64_t row = selection != NULL ? selection[i] : i;
        base_i128 value =
            column->physical == DATA_PHYSICAL_I32   ? ((const int32_t *)column->values)[row]
            : column->physical == DATA_PHYSICAL_I64 ? ((const int64_t *)column->values)[row]
                                                    : ((const base_i128 *)column->values)[row];
        memcpy(to + i * (int64_t)stride, &value, (size_t)width);
    }
}

static void pack_values(const data_column *column, const uint16_t *selection, int32_t count,
                        uint8_t *to, int32_t stride) {
    const void *values = column->values;
    switch (column->physical) {
    case DATA_PHYSICAL_BOOL:
    case DATA_PHYSICAL_I8:
        PACK(uint8_t, ((const uint8_t *)values)[row]);
    case DATA_PHYSICAL_I16:
        PACK(uint16_t, ((const uint16_t *)values)[row]);
    case DATA_PHYSICAL_I32:
        PACK(uint32_t, ((const uint32_t *)values)[row]);
    case DATA_PHYSICAL_I64:
        PACK(uint64_t, ((const uint64_t *)values)[row]);
    case DATA_PHYSICAL_I128:
        PACK(base_i128, ((const base_i128 *)values)[row]);
    case DATA_PHYSICAL_F32:
        PACK(float, plain_float(((const float *)values)[row]));
    case DATA_PHYSICAL_F64:
        PACK(double, plain_double(((const double *)values)[row]));
    default:
        break;
    }
}

/* A NULL is its bit and zeros. */
static void pack_nulls(const data_column *column, const uint16_t *selection, int32_t count,
                       int32_t width, uint8_t *values, uint8_t *null_bytes, int32_t stride,
                       uint8_t bit) {
    for (int32_t i = 0; i < count; i++) {
        if (data_bit_get(column->validity, selection != NULL ? selection[i] : i))
            continue;
        memset(values + i * (int64_t)stride, 0, (size_t)width);
        null_bytes[i * (int64_t)stride] |= bit;
    }
}

static void pack_column(const exec_key_layout *layout, int32_t k, const data_column *column,
                        const uint16_t *selection, int32_t count, uint8_t *cells) {
    int32_t stride = layout->cell_bytes;
    uint8_t *to = cells + layout->offsets[k];
    if (column->type->kind == DATA_DECIMAL)
        pack_decimal(column, selection, count, layout->widths[k], to, stride);
    else
        pack_values(column, selection, count, to, stride);
    if (column->validity != NULL && layout->null_offset >= 0)
        pack_nulls(column, selection, count, layout->widths[k], to, cells + layout->null_offset,
                   stride, (uint8_t)(1 << k));
}

rask_status exec_keys_encode(const exec_key_layout *layout, base_pool *pool,
                             const data_column *const *keys, const uint16_t *selection,
                             int32_t count, base_buffer **bytes, void *cells, uint64_t *hashes,
                             rask_error *err) {
    if (layout->mode == EXEC_KEY_VIEW)
        return state_encode_keys(pool, keys, layout->types, layout->count, selection, count, bytes,
                                 cells, hashes, err);
    memset(cells, 0, (size_t)count * (size_t)layout->cell_bytes);
    if (layout->count == 0)
        memset(hashes, 0, (size_t)count * sizeof(uint64_t));
    for (int32_t k = 0; k < layout->count; k++) {
        pack_column(layout, k, keys[k], selection, count, cells);
        data_column_hash(keys[k], selection, count, k == 0, hashes);
    }
    return RASK_OK;
}

/* ---- decode ---------------------------------------------------------------------------------- */
static rask_status unpack_column(const exec_key_layout *layout, base_pool *pool, int32_t k,
                                 uint8_t *const *rows, int32_t count, data_column **out,
                                 rask_error *err) {
    const data_type *type = layout->types[k];
    int32_t width = layout->widths[k], offset = layout->offsets[k];
    data_physical physical = DATA_PHYSICAL_NONE;
    if (type->kind == DATA_DECIMAL)
        physical = width == 8 ? DATA_PHYSICAL_I64 : DATA_PHYSICAL_I128;
    data_column *column;
    RASK_TRY(data_column_new(pool, type, physical, count, &column, err));
    uint8_t *to = column->values;
    if (width == 8)
        for (int32_t i = 0; i < count; i++)
            memcpy(to + 8 * (int64_t)i, rows[i] + offset, 8);
    else if (width == 4)
        for (int32_t i = 0; i < count; i++)
            memcpy(to + 4 * (int64_t)i, rows[i] + offset, 4);
    else
        for (int32_t i = 0; i < count; i++)
            memcpy(to + width * (int64_t)i, rows[i] + offset, (size_t)width);
    if (type->nullable) {
        rask_status status = data_column_make_validity(pool, column, err);
        if (status != RASK_OK) {
            data_column_unref(column);
            return status;
        }
        for (int32_t i = 0; i < count; i++)
            if ((rows[i][layout->null_offset] >> k & 1) != 0)
                data_column_set_null(column, i);
    }
    *out = column;
    return RASK_OK;
}

static rask_status unpack(const exec_key_layout *layout, base_pool *pool, uint8_t *const *rows,
                          int32_t count, data_column **out, rask_error *err) {
    for (int32_t k = 0; k < layout->count; k++) {
        rask_status status = unpack_column(layout, pool, k, rows, count, &out[k], err);
        if (status == RASK_OK)
            continue;
        for (int32_t i = 0; i < k; i++)
            data_column_unref(out[i]);
        return status;
    }
    return RASK_OK;
}

static rask_status decode_views(const exec_key_layout *layout, data_builder **builders,
                                uint8_t *const *rows, int32_t count, rask_error *err) {
    for (int32_t i = 0; i < count; i++) {
        data_string key = exec_key_bytes(layout, rows[i]);
        RASK_TRY(state_decode_key(&key, layout->types, builders, layout->count, err));
    }
    return RASK_OK;
}

rask_status exec_keys_decode(const exec_key_layout *layout, base_pool *pool, uint8_t *const *rows,
                             int32_t count, data_column **out, rask_error *err) {
    if (layout->mode != EXEC_KEY_VIEW)
        return unpack(layout, pool, rows, count, out, err);
    data_builder **builders = BASE_NEW_ARRAY(data_builder *, layout->count + 1);
    for (int32_t k = 0; k < layout->count; k++)
        builders[k] = data_builder_new(pool, layout->types[k], count);
    rask_status status = decode_views(layout, builders, rows, count, err);
    for (int32_t k = 0; k < layout->count && status == RASK_OK; k++) {
        status = data_builder_finish(builders[k], &out[k], err);
        for (int32_t i = 0; i < k && status != RASK_OK; i++)
            data_column_unref(out[i]);
    }
    for (int32_t k = 0; k < layout->count; k++)
        data_builder_free(builders[k]);
    base_free(builders);
    return status;
}
