/* Values of one leaf: to PLAIN bytes or dictionary codes, and their range.
 *
 * Values go in pieces through a small array of the widest type of their family (integers, decimals,
 * reals), so that the loops per stored type stay few. */
#include "func/hot.h"

#include "format/parquet_write.h"

#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { PIECE = 512, RANGE_TEXT_MAX = 1024, SLOTS_MIN = 1024 };
enum { INT96_BYTES = 12, JULIAN_EPOCH = 2440588 };
#define DAY_NANOS (86400LL * 1000000000LL)

/* ---- dictionary ------------------------------------------------------------------------------ */

const uint8_t *parquet_dictionary_entry(const parquet_dictionary *dictionary, int32_t width,
                                        int32_t code, int64_t *length) {
    const uint8_t *bytes = (const uint8_t *)dictionary->bytes.data;
    if (width > 0) {
        *length = width;
        return bytes + (int64_t)code * width;
    }
    uint32_t size;
    memcpy(&size, bytes + dictionary->starts[code], 4);
    *length = size;
    return bytes + dictionary->starts[code] + 4;
}

void parquet_dictionary_clear(parquet_dictionary *dictionary) {
    base_strbuf_clear(&dictionary->bytes);
    if (dictionary->count > 0)
        memset(dictionary->slots, 0, sizeof(int32_t) * (size_t)dictionary->slot_count);
    dictionary->count = 0;
}

void parquet_dictionary_free(parquet_dictionary *dictionary) {
    base_strbuf_free(&dictionary->bytes);
    base_free(dictionary->starts);
    base_free(dictionary->slots);
    dictionary->starts = NULL;
    dictionary->slots = NULL;
    dictionary->count = dictionary->capacity = 0;
    dictionary->slot_count = 0;
}

static void grow_dictionary(parquet_dictionary *dictionary, int32_t width) {
    int64_t count = dictionary->slot_count > 0 ? dictionary->slot_count * 2 : SLOTS_MIN, length;
    base_free(dictionary->slots);
    dictionary->slots = BASE_NEW_ARRAY(int32_t, count);
    dictionary->slot_count = count;
    dictionary->capacity = (int32_t)(count / 2);
    if (width == 0)
        dictionary->starts =
            base_realloc(dictionary->starts, (int64_t)sizeof(int64_t) * dictionary->capacity);
    for (int32_t code = 0; code < dictionary->count; code++) {
        const uint8_t *bytes = parquet_dictionary_entry(dictionary, width, code, &length);
        int64_t at = (int64_t)(XXH3_64bits(bytes, (size_t)length) & (uint64_t)(count - 1));
        while (dictionary->slots[at] != 0)
            at = (at + 1) & (count - 1);
        dictionary->slots[at] = code + 1;
    }
}

static void add_entry(parquet_dictionary *dictionary, int32_t width, const void *bytes,
                      int64_t length) {
    if (width == 0) {
        uint32_t size = (uint32_t)length;
        dictionary->starts[dictionary->count] = dictionary->bytes.length;
        base_strbuf_add(&dictionary->bytes, (const char *)&size, 4);
    }
    base_strbuf_add(&dictionary->bytes, bytes, length);
    dictionary->count++;
}

/* The code of a value; *is_new where it was not seen before. */
static int32_t find_code(parquet_dictionary *dictionary, int32_t width, const void *bytes,
                         int64_t length, bool *is_new) {
    if (dictionary->count == dictionary->capacity)
        grow_dictionary(dictionary, width);
    int64_t mask = dictionary->slot_count - 1, size;
    int64_t at = (int64_t)(XXH3_64bits(bytes, (size_t)length) & (uint64_t)mask);
    *is_new = false;
    for (; dictionary->slots[at] != 0; at = (at + 1) & mask) {
        int32_t code = dictionary->slots[at] - 1;
        const uint8_t *entry = parquet_dictionary_entry(dictionary, width, code, &size);
        if (size == length && memcmp(entry, bytes, (size_t)length) == 0)
            return code;
    }
    *is_new = true;
    dictionary->slots[at] = dictionary->count + 1;
    add_entry(dictionary, width, bytes, length);
    return dictionary->count - 1;
}

/* ---- ranges ---------------------------------------------------------------------------------- */

static void widen_i64(parquet_range *range, const int64_t *values, int64_t count) {
    int64_t min = range->has_values ? range->min_i64 : values[0];
    int64_t max = range->has_values ? range->max_i64 : values[0];
    for (int64_t i = 0; i < count; i++) {
        min = values[i] < min ? values[i] : min;
        max = values[i] > max ? values[i] : max;
    }
    range->min_i64 = min;
    range->max_i64 = max;
    range->has_values = true;
}

static void widen_i128(parquet_range *range, const base_i128 *values, int64_t count) {
    base_i128 min = range->has_values ? range->min_i128 : values[0];
    base_i128 max = range->has_values ? range->max_i128 : values[0];
    for (int64_t i = 0; i < count; i++) {
        min = values[i] < min ? values[i] : min;
        max = values[i] > max ? values[i] : max;
    }
    range->min_i128 = min;
    range->max_i128 = max;
    range->has_values = true;
}

/* NaN has no place in a range. */
static void widen_f64(parquet_range *range, const double *values, int64_t count) {
    double min = range->has_values ? range->min_f64 : values[0];
    double max = range->has_values ? range->max_f64 : values[0];
    for (int64_t i = 0; i < count; i++) {
        range->is_broken = range->is_broken || values[i] != values[i];
        min = values[i] < min ? values[i] : min;
        max = values[i] > max ? values[i] : max;
    }
    range->min_f64 = min;
    range->max_f64 = max;
    range->has_values = true;
}

static int compare_bytes(const void *a, int64_t length_a, const base_strbuf *b) {
    int64_t shorter = length_a < b->length ? length_a : b->length;
    int order = memcmp(a, b->data, (size_t)shorter);
    return order != 0 ? order : (length_a > b->length) - (length_a < b->length);
}

static void set_text(base_strbuf *text, const void *bytes, int64_t length) {
    base_strbuf_clear(text);
    base_strbuf_add(text, bytes, length);
}

static void widen_text(parquet_range *range, const char *bytes, int64_t length) {
    if (range->is_broken)
        return;
    if (length > RANGE_TEXT_MAX) { /* statistics are no place for long texts */
        range->is_broken = true;
        return;
    }
    if (!range->has_values || compare_bytes(bytes, length, &range->min_text) < 0)
        set_text(&range->min_text, bytes, length);
    if (!range->has_values || compare_bytes(bytes, length, &range->max_text) > 0)
        set_text(&range->max_text, bytes, length);
    range->has_values = true;
}

static void big_endian(base_i128 value, int32_t width, uint8_t *out) {
    for (int32_t b = 0; b < width; b++)
        out[b] = (uint8_t)((unsigned __int128)value >> (8 * (width - 1 - b)));
}

static const uint8_t *number_bytes(base_arena *arena, const parquet_column *column, bool is_max) {
    const parquet_range *range = &column->range;
    int64_t i64 = is_max ? range->max_i64 : range->min_i64;
    double f64 = is_max ? range->max_f64 : range->min_f64;
    /* The sign of zero is kept open. */
    f64 = f64 == 0 ? (is_max ? 0.0 : -0.0) : f64;
    float f32 = (float)f64;
    uint8_t bytes[16] = {0};
    switch (column->node->physical) {
    case PARQUET_FLOAT:
        memcpy(bytes, &f32, 4);
        break;
    case PARQUET_DOUBLE:
        memcpy(bytes, &f64, 8);
        break;
    case PARQUET_FIXED:
        big_endian(is_max ? range->max_i128 : range->min_i128, column->node->length, bytes);
        break;
    default:
        memcpy(bytes, &i64, 8);
    }
    return base_arena_copy(arena, bytes, sizeof bytes);
}

void parquet_range_describe(const parquet_column *column, base_arena *arena,
                            parquet_statistics *out) {
    const parquet_range *range = &column->range;
    if (!range->has_values || range->is_broken || column->node->physical == PARQUET_INT96)
        return;
    if (column->node->physical == PARQUET_BYTE_ARRAY) {
        out->min_length = range->min_text.length;
        out->max_length = range->max_text.length;
        out->min = base_arena_copy(arena, range->min_text.data, out->min_length + 1);
        out->max = base_arena_copy(arena, range->max_text.data, out->max_length + 1);
        return;
    }
    out->min_length = out->max_length = column->width;
    out->min = number_bytes(arena, column, false);
    out->max = number_bytes(arena, column, true);
}

/* ---- appending ------------------------------------------------------------------------------- */

static void reserve_codes(parquet_column *column, int64_t count) {
    int64_t needed = column->value_count + count;
    if (needed <= column->code_capacity)
        return;
    column->code_capacity = needed > 2 * column->code_capacity ? needed : 2 * column->code_capacity;
    column->codes = base_realloc(column->codes, (int64_t)sizeof(int32_t) * column->code_capacity);
}

/* `count` values of fixed width, in PLAIN encoding. */
static void append_fixed(parquet_column *column, const uint8_t *bytes, int64_t count) {
    int64_t size = count * column->width;
    if (column->has_dictionary) {
        bool is_new;
        reserve_codes(column, count);
        for (int64_t i = 0; i < count; i++)
            column->codes[column->value_count + i] =
                find_code(&column->dictionary, column->width, bytes + i * column->width,
                          column->width, &is_new);
    } else {
        base_strbuf_add(&column->values, (const char *)bytes, size);
    }
    column->value_count += count;
    column->raw_bytes += size;
}

static void append_text(parquet_column *column, const data_string *text) {
    const char *bytes = data_string_bytes(text);
    bool is_new = true;
    if (column->has_dictionary)
        column->codes[column->value_count] =
            find_code(&column->dictionary, 0, bytes, text->length, &is_new);
    if (is_new)
        widen_text(&column->range, bytes, text->length);
    if (!column->has_dictionary) {
        char *room = base_strbuf_room(&column->values, 4 + (int64_t)text->length);
        if (room == NULL)
            return;
        memcpy(room, &text->length, 4);
        memcpy(room + 4, bytes, text->length);
        column->values.length += 4 + (int64_t)text->length;
    }
    column->value_count++;
    column->raw_bytes += 4 + (int64_t)text->length;
}

/* ---- loading --------------------------------------------------------------------------------- */

#define LOAD_CASE(physical, value_type)                                                            \
    case physical: {                                                                               \
        const value_type *from = flat->values;                                                     \
        for (int64_t i = 0; i < count; i++)                                                        \
            out[i] = from[rows[i]];                                                                \
        break;                                                                                     \
    }

static void load_i64(const data_column *flat, const int32_t *rows, int64_t count, int64_t *out) {
    switch (flat->physical) {
        LOAD_CASE(DATA_PHYSICAL_BOOL, int8_t)
        LOAD_CASE(DATA_PHYSICAL_I8, int8_t)
        LOAD_CASE(DATA_PHYSICAL_I16, int16_t)
        LOAD_CASE(DATA_PHYSICAL_I32, int32_t)
        LOAD_CASE(DATA_PHYSICAL_I64, int64_t)
    default:
        break;
    }
}

static void load_i128(const data_column *flat, const int32_t *rows, int64_t count, base_i128 *out) {
    switch (flat->physical) {
        LOAD_CASE(DATA_PHYSICAL_I32, int32_t)
        LOAD_CASE(DATA_PHYSICAL_I64, int64_t)
        LOAD_CASE(DATA_PHYSICAL_I128, base_i128)
    default:
        break;
    }
}

static void load_f64(const data_column *flat, const int32_t *rows, int64_t count, double *out) {
    switch (flat->physical) {
        LOAD_CASE(DATA_PHYSICAL_F32, float)
        LOAD_CASE(DATA_PHYSICAL_F64, double)
    default:
        break;
    }
}

/* ---- one family of types each ---------------------------------------------------------------- */

static void pack_i64(const int64_t *values, int64_t count, int32_t width, uint8_t *out) {
    if (width == 8)
        memcpy(out, values, (size_t)count * 8);
    else if (width == 4)
        for (int64_t i = 0; i < count; i++)
            ((int32_t *)(void *)out)[i] = (int32_t)values[i];
    else
        for (int64_t i = 0; i < count; i++)
            out[i] = (uint8_t)values[i];
}

static void add_integers(parquet_column *column, const data_column *flat, const int32_t *rows,
                         int64_t count) {
    int64_t values[PIECE], packed[PIECE];
    load_i64(flat, rows, count, values);
    widen_i64(&column->range, values, count);
    pack_i64(values, count, column->width, (uint8_t *)packed);
    append_fixed(column, (uint8_t *)packed, count);
}

static void add_decimals(parquet_column *column, const data_column *flat, const int32_t *rows,
                         int64_t count) {
    base_i128 values[PIECE];
    uint8_t packed[PIECE * 16];
    load_i128(flat, rows, count, values);
    widen_i128(&column->range, values, count);
    for (int64_t i = 0; i < count; i++)
        big_endian(values[i], column->width, packed + i * column->width);
    append_fixed(column, packed, count);
}

static void add_reals(parquet_column *column, const data_column *flat, const int32_t *rows,
                      int64_t count) {
    double values[PIECE];
    float narrow[PIECE];
    load_f64(flat, rows, count, values);
    widen_f64(&column->range, values, count);
    for (int64_t i = 0; i < count && column->width == 4; i++)
        narrow[i] = (float)values[i];
    append_fixed(column, column->width == 4 ? (uint8_t *)narrow : (uint8_t *)values, count);
}

static void add_texts(parquet_column *column, const data_column *flat, const int32_t *rows,
                      int64_t count) {
    const data_string *texts = flat->values;
    if (column->has_dictionary)
        reserve_codes(column, count);
    for (int64_t i = 0; i < count; i++)
        append_text(column, &texts[rows[i]]);
}

/* ---- timestamps ------------------------------------------------------------------------------ */

static inline base_i128 floor_div(base_i128 value, int64_t divisor) {
    base_i128 quotient = value / divisor;
    return quotient - (value - quotient * divisor < 0);
}

/* Nanoseconds since 1970 as they are stored: an instant, if wall clock times are. */
static void load_nanos(const parquet_column *column, const data_column *flat, const int32_t *rows,
                       int64_t count, base_i128 *out) {
    bool is_micros = flat->physical == DATA_PHYSICAL_I64;
    load_i128(flat, rows, count, out);
    for (int64_t i = 0; i < count && is_micros; i++)
        out[i] *= 1000;
    for (int64_t i = 0; i < count && column->settings->shifts_zone; i++) {
        int64_t us = (int64_t)floor_div(out[i], 1000),
                rest = (int64_t)(out[i] - (base_i128)us * 1000);
        out[i] = (base_i128)parquet_zone_to_instant(us) * 1000 + rest;
    }
}

static void pack_int96(const base_i128 *nanos, int64_t count, uint8_t *out) {
    for (int64_t i = 0; i < count; i++) {
        int64_t day = (int64_t)floor_div(nanos[i], DAY_NANOS);
        int64_t rest = (int64_t)(nanos[i] - (base_i128)day * DAY_NANOS);
        int32_t julian = (int32_t)(day + JULIAN_EPOCH);
        memcpy(out + i * INT96_BYTES, &rest, 8);
        memcpy(out + i * INT96_BYTES + 8, &julian, 4);
    }
}

static rask_status add_timestamps(parquet_column *column, const data_column *flat,
                                  const int32_t *rows, int64_t count, rask_error *err) {
    static const int64_t unit_nanos[] = {1000000, 1000, 1};
    base_i128 nanos[PIECE];
    int64_t values[PIECE];
    uint8_t packed[PIECE * INT96_BYTES];
    load_nanos(column, flat, rows, count, nanos);
    if (column->node->physical == PARQUET_INT96) {
        pack_int96(nanos, count, packed);
        append_fixed(column, packed, count);
        return RASK_OK;
    }
    for (int64_t i = 0; i < count; i++) {
        base_i128 value = floor_div(nanos[i], unit_nanos[column->node->unit]);
        values[i] = (int64_t)value;
        if (values[i] != value)
            return rask_error_set(err, RASK_ERROR_RUNTIME,
                                  "A timestamp of column '%s' is out of the range of 64 bits of "
                                  "nanoseconds (1677 to 2262).",
                                  column->node->name);
    }
    widen_i64(&column->range, values, count);
    append_fixed(column, (uint8_t *)values, count);
    return RASK_OK;
}

static rask_status add_piece(parquet_column *column, const data_column *flat, const int32_t *rows,
                             int64_t count, rask_error *err) {
    switch (column->type->kind) {
    case DATA_CHAR:
    case DATA_VARCHAR:
    case DATA_BINARY:
    case DATA_VARBINARY:
        add_texts(column, flat, rows, count);
        return RASK_OK;
    case DATA_DECIMAL:
        add_decimals(column, flat, rows, count);
        return RASK_OK;
    case DATA_FLOAT:
    case DATA_DOUBLE:
        add_reals(column, flat, rows, count);
        return RASK_OK;
    case DATA_TIMESTAMP:
    case DATA_TIMESTAMP_LTZ:
        return add_timestamps(column, flat, rows, count, err);
    default:
        add_integers(column, flat, rows, count);
        return RASK_OK;
    }
}

rask_status parquet_column_add(parquet_column *column, const data_column *flat, const int32_t *rows,
                               int64_t count, rask_error *err) {
    for (int64_t start = 0; start < count; start += PIECE) {
        int64_t size = count - start < PIECE ? count - start : PIECE;
        RASK_TRY(add_piece(column, flat, rows + start, size, err));
    }
    if (column->values.overflowed || column->dictionary.bytes.overflowed)
        return rask_error_set(err, RASK_ERROR_MEMORY, "A page of column '%s' has too many bytes.",
                              column->node->name);
    return RASK_OK;
}
