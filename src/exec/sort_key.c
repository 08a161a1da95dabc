/* Sort keys as bytes.  For each key column: a byte for NULL, then the value:
 *
 *     integers, DECIMAL   big-endian, sign bit flipped
 *     FLOAT, DOUBLE       bits, with all flipped where negative, else the sign; -0.0
 *                         before 0.0, one NaN
 *     strings             bytes, 0 as 0 255, ended by 0 0
 *
 * Bytes of values (not of NULL) are inverted for descending order. */
#include "exec/sort_key.h"

static int32_t fixed_width(const data_column *column) {
    if (column->type->kind == DATA_DECIMAL)
        return column->type->precision <= 18 ? 8 : 16;
    switch (column->physical) {
    case DATA_PHYSICAL_BOOL:
    case DATA_PHYSICAL_I8:
        return 1;
    case DATA_PHYSICAL_I16:
        return 2;
    case DATA_PHYSICAL_I32:
    case DATA_PHYSICAL_F32:
        return 4;
    case DATA_PHYSICAL_I64:
    case DATA_PHYSICAL_F64:
        return 8;
    case DATA_PHYSICAL_I128:
        return 16;
    default:
        return 0;
    }
}

static bool is_null(const data_column *column, int32_t row) {
    return column->physical == DATA_PHYSICAL_NONE ||
           (column->validity != NULL && !data_bit_get(column->validity, row));
}

/* ---- lengths --------------------------------------------------------------------------------- */
static uint32_t text_length(const data_string *text) {
    const char *bytes = data_string_bytes(text);
    uint32_t zeros = 0;
    for (uint32_t i = 0; i < text->length; i++)
        zeros += bytes[i] == 0;
    return text->length + zeros + 2;
}

static void add_lengths(const data_column *column, int32_t count, uint32_t *lengths) {
    uint32_t width = (uint32_t)fixed_width(column);
    for (int32_t i = 0; i < count; i++) {
        lengths[i] += 1;
        if (is_null(column, i))
            continue;
        lengths[i] += width > 0 ? width : text_length(&((const data_string *)column->values)[i]);
    }
}

/* ---- values ---------------------------------------------------------------------------------- */
static void put_big_endian(uint64_t value, int32_t width, uint8_t *out) {
    uint64_t swapped = __builtin_bswap64(value) >> (64 - 8 * width);
    memcpy(out, &swapped, (size_t)width);
}

static void put_i128(base_i128 value, int32_t width, uint8_t *out) {
    if (width == 8) {
        put_big_endian((uint64_t)value ^ 1ULL << 63, 8, out);
        return;
    }
    put_big_endian((uint64_t)(value >> 64) ^ 1ULL << 63, 8, out);
    put_big_endian((uint64_t)value, 8, out + 8);
}

static uint64_t ordered_double(double value) {
    uint64_t bits;
    value = value != value ? __builtin_nan("") : value;
    memcpy(&bits, &value, 8);
    return bits >> 63 != 0 ? ~bits : bits | 1ULL << 63;
}

static uint64_t ordered_float(float value) {
    uint32_t bits;
    value = value != value ? __builtin_nanf("") : value;
    memcpy(&bits, &value, 4);
    return bits >> 31 != 0 ? ~bits : bits | 1U << 31;
}

static void put_fixed(const data_column *column, int32_t row, int32_t width, uint8_t *out) {
    const void *values = column->values;
    bool is_decimal = column->type->kind == DATA_DECIMAL;
    switch (column->physical) {
    case DATA_PHYSICAL_BOOL:
        out[0] = ((const uint8_t *)values)[row];
        return;
    case DATA_PHYSICAL_I8:
        out[0] = (uint8_t)(((const uint8_t *)values)[row] ^ 0x80);
        return;
    case DATA_PHYSICAL_I16:
        put_big_endian((uint16_t)(((const int16_t *)values)[row] ^ 0x8000), 2, out);
        return;
    case DATA_PHYSICAL_I32:
        if (is_decimal)
            put_i128(((const int32_t *)values)[row], width, out);
        else
            put_big_endian((uint32_t)((const int32_t *)values)[row] ^ 1U << 31, 4, out);
        return;
    case DATA_PHYSICAL_I64:
        put_i128(((const int64_t *)values)[row], width, out);
        return;
    case DATA_PHYSICAL_I128:
        put_i128(((const base_i128 *)values)[row], width, out);
        return;
    case DATA_PHYSICAL_F32:
        put_big_endian(ordered_float(((const float *)values)[row]), 4, out);
        return;
    default:
        put_big_endian(ordered_double(((const double *)values)[row]), 8, out);
    }
}

static uint8_t *put_text(const data_string *text, uint8_t *out) {
    const char *bytes = data_string_bytes(text);
    for (uint32_t i = 0; i < text->length; i++) {
        *out++ = (uint8_t)bytes[i];
        if (bytes[i] == 0)
            *out++ = 0xff;
    }
    *out++ = 0;
    *out++ = 0;
    return out;
}

static uint8_t *put_value(const data_column *column, int32_t row, const exec_sort_key *key,
                          uint8_t *out) {
    bool null = is_null(column, row);
    *out++ = null == key->nulls_last;
    if (null)
        return out;
    uint8_t *start = out;
    int32_t width = fixed_width(column);
    if (width > 0) {
        put_fixed(column, row, width, out);
        out += width;
    } else {
        out = put_text(&((const data_string *)column->values)[row], out);
    }
    for (; key->descending && start < out; start++)
        *start = (uint8_t) ~*start;
    return out;
}

/* ---- rows ------------------------------------------------------------------------------------ */
static rask_status check_type(const data_column *column, rask_error *err) {
    if (column->physical != DATA_PHYSICAL_LIST && column->physical != DATA_PHYSICAL_ROW)
        return RASK_OK;
    base_strbuf type;
    base_strbuf_init(&type, 200);
    data_type_write(column->type, true, &type);
    rask_status status =
        rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                       "Rows cannot be ordered by a column of type %s yet.", type.data);
    base_strbuf_free(&type);
    return status;
}

rask_status exec_sort_keys_encode(base_pool *pool, const exec_sort_key *keys, int32_t key_count,
                                  data_column *const *columns, int32_t count, base_buffer **bytes,
                                  uint32_t *offsets, rask_error *err) {
    memset(offsets, 0, ((size_t)count + 1) * sizeof(uint32_t));
    for (int32_t k = 0; k < key_count; k++) {
        RASK_TRY(check_type(columns[keys[k].column], err));
        add_lengths(columns[keys[k].column], count, offsets + 1);
    }
    uint64_t total = 0;
    for (int32_t i = 1; i <= count; i++) {
        total += offsets[i];
        offsets[i] = (uint32_t)total;
    }
    if (total > UINT32_MAX)
        return rask_error_set(err, RASK_ERROR_MEMORY,
                              "The sort keys of a batch are longer than 4 GB.");
    if (*bytes == NULL)
        RASK_TRY(base_buffer_new(pool, (int64_t)total, bytes, err));
    (*bytes)->size = 0;
    RASK_TRY(base_buffer_reserve(bytes, (int64_t)total, err));
    (*bytes)->size = (int64_t)total;
    uint8_t *out = (*bytes)->data;
    for (int32_t i = 0; i < count; i++)
        for (int32_t k = 0; k < key_count; k++)
            out = put_value(columns[keys[k].column], i, &keys[k], out);
    return RASK_OK;
}

uint64_t exec_sort_prefix(const uint8_t *key, uint32_t length) {
    uint64_t prefix = 0;
    memcpy(&prefix, key, length < 8 ? length : 8);
    return __builtin_bswap64(prefix);
}
