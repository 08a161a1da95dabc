/* Which leaves can be read as which types, and the loops; see parquet_value.h. */
#include "format/parquet_value.h"

#include <string.h>

/* ---- integers -------------------------------------------------------------------------------- */

/* From one C type to another; `checks` where values may not fit. */
#define DEFINE_NUMBER(name, from_type, to_type, checks)                                            \
    static bool name(parquet_conversion *c, const uint8_t *in, int64_t count, void *out) {         \
        bool fits = true;                                                                          \
        to_type *to = out;                                                                         \
        for (int64_t i = 0; i < count; i++) {                                                      \
            from_type value;                                                                       \
            memcpy(&value, in + i * (int64_t)sizeof value, sizeof value);                          \
            to[i] = (to_type)value;                                                                \
            if (checks)                                                                            \
                fits &= (base_i128)to[i] == (base_i128)value;                                      \
        }                                                                                          \
        return fits;                                                                               \
    }

DEFINE_NUMBER(i32_to_i8, int32_t, int8_t, true)
DEFINE_NUMBER(i32_to_i16, int32_t, int16_t, true)
DEFINE_NUMBER(i32_to_i64, int32_t, int64_t, false)
DEFINE_NUMBER(u32_to_i32, uint32_t, int32_t, true)
DEFINE_NUMBER(u32_to_i64, uint32_t, int64_t, false)
DEFINE_NUMBER(i64_to_i8, int64_t, int8_t, true)
DEFINE_NUMBER(i64_to_i16, int64_t, int16_t, true)
DEFINE_NUMBER(i64_to_i32, int64_t, int32_t, true)
DEFINE_NUMBER(u64_to_i64, uint64_t, int64_t, true)

static bool float_to_double(parquet_conversion *c, const uint8_t *in, int64_t count, void *out) {
    double *to = out;
    for (int64_t i = 0; i < count; i++) {
        float value;
        memcpy(&value, in + i * 4, 4);
        to[i] = value;
    }
    return true;
}

static bool copy_4(parquet_conversion *c, const uint8_t *in, int64_t count, void *out) {
    memcpy(out, in, (size_t)count * 4);
    return true;
}

static bool copy_8(parquet_conversion *c, const uint8_t *in, int64_t count, void *out) {
    memcpy(out, in, (size_t)count * 8);
    return true;
}

/* ---- decimals -------------------------------------------------------------------------------- */

/* Keeps the bound.  `all` is an OR of the magnitudes (of negative numbers one less), which is at
 * least the largest and less than twice it, so the values are looked at only when that is not good
 * enough. */
#define DEFINE_BOUND(name, value_type)                                                             \
    static bool name(parquet_conversion *c, const value_type *values, int64_t count,               \
                     base_i128 all) {                                                              \
        if (all < c->limit - 1) {                                                                  \
            c->bound = all + 1 > c->bound ? all + 1 : c->bound;                                    \
            return true;                                                                           \
        }                                                                                          \
        for (int64_t i = 0; i < count; i++) {                                                      \
            base_i128 size = values[i] < 0 ? ~(base_i128)values[i] : (base_i128)values[i];         \
            size += values[i] < 0 && size < c->limit;                                              \
            if (size >= c->limit)                                                                  \
                return false;                                                                      \
            c->bound = size > c->bound ? size : c->bound;                                          \
        }                                                                                          \
        return true;                                                                               \
    }

DEFINE_BOUND(bound_i32, int32_t)
DEFINE_BOUND(bound_i64, int64_t)
DEFINE_BOUND(bound_i128, base_i128)

/* The OR of magnitudes: x ^ (x >> 63) is |x|, or one less for negative numbers. */
#define DEFINE_DECIMAL(name, from_type, to_type, to_bits, bound_call, read, width)                 \
    static bool name(parquet_conversion *c, const uint8_t *in, int64_t count, void *out) {         \
        to_type *to = out, all = 0;                                                                \
        bool fits = true;                                                                          \
        for (int64_t i = 0; i < count; i++) {                                                      \
            from_type value = read(in + i * (int64_t)(width), c);                                  \
            to[i] = (to_type)value;                                                                \
            fits &= to[i] == value;                                                                \
            all |= to[i] ^ (to[i] >> (to_bits - 1));                                               \
        }                                                                                          \
        return fits && bound_call(c, to, count, all);                                              \
    }

static inline int32_t read_i32(const uint8_t *in, const parquet_conversion *c) {
    int32_t value;
    memcpy(&value, in, 4);
    return value;
}

static inline int64_t read_i64(const uint8_t *in, const parquet_conversion *c) {
    int64_t value;
    memcpy(&value, in, 8);
    return value;
}

static inline uint64_t read_u64(const uint8_t *in, const parquet_conversion *c) {
    uint64_t value;
    memcpy(&value, in, 8);
    return value;
}

/* Up to 8 bytes, big-endian; loads 8, which buffers allow. */
static inline int64_t read_short(const uint8_t *in, const parquet_conversion *c) {
    uint64_t word;
    memcpy(&word, in, 8);
    return (int64_t)__builtin_bswap64(word) >> (64 - 8 * c->leaf->length);
}

static base_i128 read_big_endian(const uint8_t *in, int64_t length) {
    unsigned __int128 value = length > 0 && (in[0] & 0x80) != 0 ? ~(unsigned __int128)0 : 0;
    for (int64_t i = 0; i < length; i++)
        value = value << 8 | in[i];
    return (base_i128)value;
}

/* 9 to 16 bytes. */
static inline base_i128 read_long(const uint8_t *in, const parquet_conversion *c) {
    uint64_t high, low;
    int32_t length = c->leaf->length;
    memcpy(&high, in, 8);
    memcpy(&low, in + length - 8, 8);
    int64_t top = (int64_t)__builtin_bswap64(high) >> (128 - 8 * length);
    return (base_i128)((unsigned __int128)(uint64_t)top << 64 | __builtin_bswap64(low));
}

DEFINE_DECIMAL(decimal_i32_i32, int32_t, int32_t, 32, bound_i32, read_i32, 4)
DEFINE_DECIMAL(decimal_i32_i64, int32_t, int64_t, 64, bound_i64, read_i32, 4)
DEFINE_DECIMAL(decimal_i32_i128, int32_t, base_i128, 128, bound_i128, read_i32, 4)
DEFINE_DECIMAL(decimal_i64_i32, int64_t, int32_t, 32, bound_i32, read_i64, 8)
DEFINE_DECIMAL(decimal_i64_i64, int64_t, int64_t, 64, bound_i64, read_i64, 8)
DEFINE_DECIMAL(decimal_i64_i128, int64_t, base_i128, 128, bound_i128, read_i64, 8)
DEFINE_DECIMAL(decimal_u64_i128, uint64_t, base_i128, 128, bound_i128, read_u64, 8)
DEFINE_DECIMAL(decimal_short_i32, int64_t, int32_t, 32, bound_i32, read_short, c->leaf->length)
DEFINE_DECIMAL(decimal_short_i64, int64_t, int64_t, 64, bound_i64, read_short, c->leaf->length)
DEFINE_DECIMAL(decimal_short_i128, int64_t, base_i128, 128, bound_i128, read_short, c->leaf->length)
DEFINE_DECIMAL(decimal_long_i32, base_i128, int32_t, 32, bound_i32, read_long, c->leaf->length)
DEFINE_DECIMAL(decimal_long_i64, base_i128, int64_t, 64, bound_i64, read_long, c->leaf->length)
DEFINE_DECIMAL(decimal_long_i128, base_i128, base_i128, 128, bound_i128, read_long, c->leaf->length)

/* BYTE_ARRAY: `in` holds views. */
static inline base_i128 read_view(const uint8_t *in, const parquet_conversion *c) {
    data_string view;
    memcpy(&view, in, sizeof view);
    const uint8_t *bytes = (const uint8_t *)data_string_bytes(&view);
    /* More than 16 bytes only repeat the sign, or are too large for any DECIMAL. */
    int64_t extra = view.length > 16 ? view.length - 16 : 0;
    for (int64_t i = 0; i < extra; i++)
        if (bytes[i] != (uint8_t)((int8_t)bytes[extra] >> 7))
            return ((base_i128)1) << 126;
    return read_big_endian(bytes + extra, (int64_t)view.length - extra);
}

DEFINE_DECIMAL(decimal_view_i32, base_i128, int32_t, 32, bound_i32, read_view, sizeof(data_string))
DEFINE_DECIMAL(decimal_view_i64, base_i128, int64_t, 64, bound_i64, read_view, sizeof(data_string))
DEFINE_DECIMAL(decimal_view_i128, base_i128, base_i128, 128, bound_i128, read_view,
               sizeof(data_string))

enum { FROM_I32, FROM_I64, FROM_SHORT, FROM_LONG, FROM_VIEW, FROM_COUNT };

static const parquet_convert decimal_converts[FROM_COUNT][3] = {
    [FROM_I32] = {decimal_i32_i32, decimal_i32_i64, decimal_i32_i128},
    [FROM_I64] = {decimal_i64_i32, decimal_i64_i64, decimal_i64_i128},
    [FROM_SHORT] = {decimal_short_i32, decimal_short_i64, decimal_short_i128},
    [FROM_LONG] = {decimal_long_i32, decimal_long_i64, decimal_long_i128},
    [FROM_VIEW] = {decimal_view_i32, decimal_view_i64, decimal_view_i128},
};

static int decimal_source(const parquet_node *leaf) {
    switch (leaf->physical) {
    case PARQUET_INT32:
        return FROM_I32;
    case PARQUET_INT64:
        return FROM_I64;
    case PARQUET_FIXED:
        return leaf->length <= 8 ? FROM_SHORT : leaf->length <= 16 ? FROM_LONG : -1;
    case PARQUET_BYTE_ARRAY:
        return FROM_VIEW;
    default:
        return -1;
    }
}

static bool find_decimal(parquet_conversion *c) {
    const parquet_node *leaf = c->leaf;
    int source = decimal_source(leaf);
    bool is_integer = leaf->logical == PARQUET_PLAIN_TYPE || leaf->logical == PARQUET_INTEGER;
    int32_t scale = leaf->logical == PARQUET_DECIMAL ? leaf->scale : 0;
    if (source < 0 || scale != c->type->scale ||
        (leaf->logical != PARQUET_DECIMAL && (source > FROM_I64 || !is_integer)))
        return false;
    if (leaf->logical == PARQUET_INTEGER && !leaf->is_signed && leaf->bits > 31) {
        if (source != FROM_I64 || c->physical != DATA_PHYSICAL_I128)
            return false;
        c->convert = decimal_u64_i128;
    } else {
        c->convert = decimal_converts[source][c->physical - DATA_PHYSICAL_I32];
    }
    c->limit = base_power_of_ten(c->type->precision);
    return true;
}

/* ---- times ----------------------------------------------------------------------------------- */

static inline int64_t floor_div(int64_t value, int64_t divisor) {
    return value / divisor - (value % divisor < 0);
}

static bool time_to_millis(parquet_conversion *c, const uint8_t *in, int64_t count, void *out) {
    int32_t *to = out;
    bool fits = true;
    for (int64_t i = 0; i < count; i++) {
        int64_t value = floor_div(read_i64(in + i * 8, c), c->divisor);
        to[i] = (int32_t)value;
        fits &= to[i] == value;
    }
    return fits;
}

/* The last steps for microseconds: the zone, and nothing finer than the type has. */
static bool finish_micros(const parquet_conversion *c, int64_t count, int64_t *to) {
    bool overflows = false;
    if (c->shifts_zone)
        for (int64_t i = 0; i < count; i++)
            to[i] = parquet_zone_to_wall(to[i]);
    if (c->step > 1)
        for (int64_t i = 0; i < count; i++)
            overflows |= __builtin_mul_overflow(floor_div(to[i], c->step), c->step, &to[i]);
    return !overflows;
}

static void finish_nanos(const parquet_conversion *c, int64_t count, base_i128 *to) {
    if (c->shifts_zone) {
        for (int64_t i = 0; i < count; i++) {
            int64_t rest = (int64_t)(to[i] % 1000), us = (int64_t)(to[i] / 1000) - (rest < 0);
            to[i] = (base_i128)parquet_zone_to_wall(us) * 1000 + rest + (rest < 0 ? 1000 : 0);
        }
    }
    if (c->step > 1)
        for (int64_t i = 0; i < count; i++)
            to[i] -= (to[i] % c->step + c->step) % c->step;
}

static bool timestamp_to_micros(parquet_conversion *c, const uint8_t *in, int64_t count,
                                void *out) {
    int64_t *to = out;
    bool overflows = false;
    if (c->divisor > 1) {
        for (int64_t i = 0; i < count; i++)
            to[i] = floor_div(read_i64(in + i * 8, c), c->divisor);
    } else if (c->factor == 1) {
        memcpy(to, in, (size_t)count * 8);
    } else {
        for (int64_t i = 0; i < count; i++)
            overflows |= __builtin_mul_overflow(read_i64(in + i * 8, c), c->factor, &to[i]);
    }
    return finish_micros(c, count, to) && !overflows;
}

static bool timestamp_to_nanos(parquet_conversion *c, const uint8_t *in, int64_t count, void *out) {
    base_i128 *to = out;
    for (int64_t i = 0; i < count; i++)
        to[i] = (base_i128)read_i64(in + i * 8, c) * c->factor;
    finish_nanos(c, count, to);
    return true;
}

/* Nanoseconds of the day, then the Julian day. */
enum { JULIAN_EPOCH = 2440588, INT96_BYTES = 12 };

static bool int96_to_micros(parquet_conversion *c, const uint8_t *in, int64_t count, void *out) {
    int64_t *to = out;
    bool overflows = false;
    for (int64_t i = 0; i < count; i++) {
        int64_t nanos = read_i64(in + i * INT96_BYTES, c);
        int64_t day = (int64_t)read_i32(in + i * INT96_BYTES + 8, c) - JULIAN_EPOCH;
        overflows |= __builtin_mul_overflow(day, 86400000000LL, &to[i]);
        overflows |= __builtin_add_overflow(to[i], floor_div(nanos, 1000), &to[i]);
    }
    return finish_micros(c, count, to) && !overflows;
}

static bool int96_to_nanos(parquet_conversion *c, const uint8_t *in, int64_t count, void *out) {
    base_i128 *to = out;
    for (int64_t i = 0; i < count; i++) {
        int64_t day = (int64_t)read_i32(in + i * INT96_BYTES + 8, c) - JULIAN_EPOCH;
        to[i] = (base_i128)day * 86400000000000LL + read_i64(in + i * INT96_BYTES, c);
    }
    finish_nanos(c, count, to);
    return true;
}

static bool find_timestamp(parquet_conversion *c, bool is_utc) {
    static const int64_t units_of_micros[] = {1000, 1, 1}, units_of_nanos[] = {1000000, 1000, 1};
    const parquet_node *leaf = c->leaf;
    bool wide = c->physical == DATA_PHYSICAL_I128;
    int32_t digits = (wide ? 9 : 6) - c->type->precision;
    c->step = (int64_t)base_power_of_ten(digits);
    c->shifts_zone = !is_utc && !parquet_zone_is_utc();
    if (leaf->physical == PARQUET_INT96) {
        c->convert = wide ? int96_to_nanos : int96_to_micros;
        return true;
    }
    if (leaf->physical != PARQUET_INT64 || leaf->logical != PARQUET_TIMESTAMP)
        return false;
    c->convert = wide ? timestamp_to_nanos : timestamp_to_micros;
    c->factor = wide ? units_of_nanos[leaf->unit] : units_of_micros[leaf->unit];
    c->divisor = !wide && leaf->unit == PARQUET_NANOS ? 1000 : 1;
    /* Milliseconds have no microseconds to cut off. */
    int64_t unit = leaf->unit == PARQUET_NANOS && wide ? 1 : c->factor;
    if (unit % c->step == 0)
        c->step = 1;
    return true;
}

static bool find_time(parquet_conversion *c) {
    const parquet_node *leaf = c->leaf;
    if (leaf->physical == PARQUET_INT32 &&
        (leaf->logical == PARQUET_TIME || leaf->logical == PARQUET_PLAIN_TYPE)) {
        c->convert = copy_4;
        return true;
    }
    if (leaf->physical != PARQUET_INT64 || leaf->logical != PARQUET_TIME)
        return false;
    c->convert = time_to_millis;
    c->divisor = leaf->unit == PARQUET_NANOS ? 1000000 : leaf->unit == PARQUET_MICROS ? 1000 : 1;
    return true;
}

/* ---- the other types ------------------------------------------------------------------------- */

static bool find_integer(parquet_conversion *c) {
    static const parquet_convert from_i32[] = {i32_to_i8, i32_to_i16, copy_4, i32_to_i64};
    static const parquet_convert from_i64[] = {i64_to_i8, i64_to_i16, i64_to_i32, copy_8};
    const parquet_node *leaf = c->leaf;
    int32_t size = c->physical - DATA_PHYSICAL_I8;
    bool is_unsigned = leaf->logical == PARQUET_INTEGER && !leaf->is_signed;
    if (leaf->logical == PARQUET_DECIMAL)
        return false;
    if (leaf->physical == PARQUET_INT32 && is_unsigned && leaf->bits == 32)
        c->convert = size == 3 ? u32_to_i64 : size == 2 ? u32_to_i32 : NULL;
    else if (leaf->physical == PARQUET_INT32)
        c->convert = from_i32[size];
    else if (leaf->physical == PARQUET_INT64 && is_unsigned)
        c->convert = size == 3 ? u64_to_i64 : NULL;
    else if (leaf->physical == PARQUET_INT64)
        c->convert = from_i64[size];
    return c->convert != NULL;
}

static bool find_text(parquet_conversion *c) {
    bool has_bytes = c->leaf->physical == PARQUET_BYTE_ARRAY || c->leaf->physical == PARQUET_FIXED;
    c->is_text = data_kind_is_string(c->type->kind);
    return has_bytes && c->leaf->logical != PARQUET_DECIMAL;
}

static bool find(parquet_conversion *c, bool is_utc) {
    parquet_physical physical = c->leaf->physical;
    switch (c->type->kind) {
    case DATA_CHAR:
    case DATA_VARCHAR:
    case DATA_BINARY:
    case DATA_VARBINARY:
        return find_text(c);
    case DATA_BOOLEAN:
        return physical == PARQUET_BOOLEAN;
    case DATA_TINYINT:
    case DATA_SMALLINT:
    case DATA_INT:
    case DATA_BIGINT:
        return find_integer(c);
    case DATA_FLOAT:
        c->convert = copy_4;
        return physical == PARQUET_FLOAT;
    case DATA_DOUBLE:
        c->convert = physical == PARQUET_FLOAT ? float_to_double : copy_8;
        return physical == PARQUET_FLOAT || physical == PARQUET_DOUBLE;
    case DATA_DECIMAL:
        return find_decimal(c);
    case DATA_DATE:
        c->convert = copy_4;
        return physical == PARQUET_INT32 &&
               (c->leaf->logical == PARQUET_DATE || c->leaf->logical == PARQUET_PLAIN_TYPE);
    case DATA_TIME:
        return find_time(c);
    case DATA_TIMESTAMP:
    case DATA_TIMESTAMP_LTZ:
        return find_timestamp(c, is_utc);
    default:
        return false;
    }
}

static int32_t stored_width(const parquet_node *leaf) {
    static const int8_t widths[] = {
        [PARQUET_INT32] = 4, [PARQUET_INT64] = 8,  [PARQUET_INT96] = INT96_BYTES,
        [PARQUET_FLOAT] = 4, [PARQUET_DOUBLE] = 8, [PARQUET_GROUP] = 0};
    return leaf->physical == PARQUET_FIXED ? leaf->length : widths[leaf->physical];
}

static rask_status refuse(const format_input *input, const parquet_node *leaf,
                          const data_type *type, const char *column, rask_error *err) {
    base_strbuf text;
    base_strbuf_init(&text, 4096);
    data_type_write(type, true, &text);
    rask_error_set(err, RASK_ERROR_RUNTIME,
                   "Unexpected type: %s of column '%s' in %s cannot be read as %s",
                   parquet_physical_name(leaf->physical), column, input->name,
                   text.data != NULL ? text.data : "");
    if (leaf->logical == PARQUET_DECIMAL)
        rask_error_hint(err, "the file has DECIMAL(%d, %d) there", leaf->precision, leaf->scale);
    base_strbuf_free(&text);
    return RASK_ERROR_RUNTIME;
}

rask_status parquet_conversion_find(const format_input *input, const parquet_node *leaf,
                                    const data_type *type, const char *column, bool is_utc,
                                    parquet_conversion *out, rask_error *err) {
    *out = (parquet_conversion){.leaf = leaf,
                                .type = type,
                                .physical = data_physical_of(type),
                                .factor = 1,
                                .divisor = 1,
                                .step = 1};
    if (leaf->physical == PARQUET_GROUP || !find(out, is_utc))
        return refuse(input, leaf, type, column, err);
    out->width = stored_width(leaf);
    return RASK_OK;
}

/* ---- statistics ------------------------------------------------------------------------------ */

static bool fits_i64(const parquet_conversion *c, const uint8_t *bytes, int64_t length) {
    if (bytes == NULL || length > 16)
        return false;
    base_i128 value = read_big_endian(bytes, length);
    return value >= -INT64_MAX && value <= INT64_MAX;
}

void parquet_conversion_narrow(parquet_conversion *c, const parquet_statistics *statistics) {
    int source = c->type->kind == DATA_DECIMAL ? decimal_source(c->leaf) : -1;
    parquet_conversion_widen(c);
    if (source < 0 || c->physical != DATA_PHYSICAL_I128 || c->convert == decimal_u64_i128)
        return;
    bool is_small = source == FROM_I32 || source == FROM_I64 || source == FROM_SHORT ||
                    (fits_i64(c, statistics->min, statistics->min_length) &&
                     fits_i64(c, statistics->max, statistics->max_length));
    if (!is_small)
        return;
    c->physical = DATA_PHYSICAL_I64;
    c->convert = decimal_converts[source][1];
}

void parquet_conversion_widen(parquet_conversion *c) {
    if (c->type->kind != DATA_DECIMAL || c->physical == data_physical_of(c->type))
        return;
    c->physical = data_physical_of(c->type);
    c->convert = decimal_converts[decimal_source(c->leaf)][c->physical - DATA_PHYSICAL_I32];
}

static data_value value_of(const data_type *type, data_physical physical, const void *place) {
    switch (physical) {
    case DATA_PHYSICAL_I8:
        return data_value_i64(type, *(const int8_t *)place);
    case DATA_PHYSICAL_I16:
        return data_value_i64(type, *(const int16_t *)place);
    case DATA_PHYSICAL_I32:
        return type->kind == DATA_DECIMAL ? data_value_decimal(type, *(const int32_t *)place)
                                          : data_value_i64(type, *(const int32_t *)place);
    case DATA_PHYSICAL_I64:
        return type->kind == DATA_DECIMAL ? data_value_decimal(type, *(const int64_t *)place)
                                          : data_value_i64(type, *(const int64_t *)place);
    case DATA_PHYSICAL_F32:
        return data_value_f64(type, *(const float *)place);
    case DATA_PHYSICAL_F64:
        return data_value_f64(type, *(const double *)place);
    default: {
        data_value value = {.type = type};
        value.i128 = *(const base_i128 *)place;
        return value;
    }
    }
}

bool parquet_statistic_value(const parquet_conversion *conversion, base_arena *arena,
                             const uint8_t *bytes, int64_t length, data_value *out) {
    parquet_conversion c = *conversion; /* its bound must not change */
    base_i128 place = 0;
    if (bytes == NULL || c.shifts_zone || c.leaf->physical == PARQUET_INT96)
        return false;
    if (c.physical == DATA_PHYSICAL_STRING) {
        *out = data_value_text(arena, c.type, (const char *)bytes, length);
        return true;
    }
    if (c.leaf->physical == PARQUET_BOOLEAN) {
        *out = data_value_i64(c.type, length > 0 && bytes[0] != 0);
        return length == 1;
    }
    if (c.leaf->physical == PARQUET_BYTE_ARRAY) {
        if (length > 16)
            return false;
        place = read_big_endian(bytes, length);
        *out = data_value_decimal(c.type, place);
        return true;
    }
    if (length != c.width || !c.convert(&c, bytes, 1, &place))
        return false;
    *out = value_of(c.type, c.physical, &place);
    return !((c.physical == DATA_PHYSICAL_F32 || c.physical == DATA_PHYSICAL_F64) &&
             out->f64 != out->f64);
}
