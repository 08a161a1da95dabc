/* Hashes of columns.
 *
 * A value is first reduced to a 64-bit digest that depends on the value alone: integers of any
 * width are themselves (so is a DECIMAL in whatever width, as long as it fits 64 bits), doubles
 * their bits with one zero and one NaN, short strings a mix of their view, long ones XXH3.  A step
 * then folds the digest into the row's hash: multiply to 128 bits and add the halves by xor.
 *
 * The loops are one inlined body, once for each physical layout with and without selection and
 * nulls.  A dictionary is digested once, entry by entry, and rows look their digest up. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "data/column_private.h"

#define SEED 0x243F6A8885A308D3ULL
#define FOLD_KEY 0x9E3779B97F4A7C15ULL
#define TEXT_KEY 0xC2B2AE3D27D4EB4FULL
#define NULL_DIGEST 0x452821E638D01377ULL

#define INLINE static inline __attribute__((always_inline))

INLINE uint64_t fold(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

INLINE uint64_t combine(uint64_t hash, uint64_t digest) {
    return fold(hash ^ digest, FOLD_KEY);
}

/* ---- digests, one per physical layout -------------------------------------------------------- */

typedef uint64_t (*digest_function)(const void *values, int64_t row);

INLINE uint64_t digest_bool(const void *values, int64_t row) {
    return ((const uint8_t *)values)[row];
}
INLINE uint64_t digest_i8(const void *values, int64_t row) {
    return (uint64_t)((const int8_t *)values)[row];
}
INLINE uint64_t digest_i16(const void *values, int64_t row) {
    return (uint64_t)((const int16_t *)values)[row];
}
INLINE uint64_t digest_i32(const void *values, int64_t row) {
    return (uint64_t)((const int32_t *)values)[row];
}
INLINE uint64_t digest_i64(const void *values, int64_t row) {
    return (uint64_t)((const int64_t *)values)[row];
}
INLINE uint64_t digest_i128(const void *values, int64_t row) {
    base_i128 value = ((const base_i128 *)values)[row];
    uint64_t low = (uint64_t)value, high = (uint64_t)(value >> 64);
    return value == (int64_t)value ? low : fold(low ^ TEXT_KEY, high ^ FOLD_KEY);
}
INLINE uint64_t digest_f64(const void *values, int64_t row) {
    double value = ((const double *)values)[row] + 0.0; /* -0.0 + 0.0 is 0.0 */
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return value == value ? bits : 0x7FF8000000000000ULL;
}
INLINE uint64_t digest_f32(const void *values, int64_t row) {
    double value = ((const float *)values)[row];
    return digest_f64(&value, 0);
}
INLINE uint64_t digest_string(const void *values, int64_t row) {
    const data_string *s = (const data_string *)values + row;
    uint64_t words[2];
    if (s->length > DATA_STRING_INLINE_MAX)
        return XXH3_64bits(s->pointer, s->length);
    memcpy(words, s, 16);
    return fold(words[0] ^ TEXT_KEY, words[1] ^ FOLD_KEY);
}

/* ---- nested values, one row at a time -------------------------------------------------------- */

static uint64_t digest_row(const data_column *column, int64_t row);

static uint64_t digest_list(const data_column *flat, int64_t index) {
    const int32_t *offsets = flat->values;
    uint64_t digest = (uint64_t)(offsets[index + 1] - offsets[index]), sum = 0;
    for (int64_t i = offsets[index]; i < offsets[index + 1]; i++) {
        uint64_t entry = SEED;
        for (int32_t c = 0; c < flat->child_count; c++)
            entry = combine(entry, digest_row(flat->children[c], i));
        if (flat->type->kind == DATA_ARRAY)
            digest = combine(digest, entry);
        else
            sum += entry; /* the order of entries does not matter */
    }
    return combine(digest, sum);
}

static uint64_t digest_fields(const data_column *flat, int64_t index) {
    uint64_t digest = SEED;
    for (int32_t c = 0; c < flat->child_count; c++)
        digest = combine(digest, digest_row(flat->children[c], index));
    return digest;
}

static uint64_t digest_row(const data_column *column, int64_t row) {
    const data_column *flat;
    if (data_column_is_null(column, row))
        return NULL_DIGEST;
    int64_t index = data_column_index(column, row, &flat);
    switch (flat->physical) {
    case DATA_PHYSICAL_BOOL:
        return digest_bool(flat->values, index);
    case DATA_PHYSICAL_I8:
        return digest_i8(flat->values, index);
    case DATA_PHYSICAL_I16:
        return digest_i16(flat->values, index);
    case DATA_PHYSICAL_I32:
        return digest_i32(flat->values, index);
    case DATA_PHYSICAL_I64:
        return digest_i64(flat->values, index);
    case DATA_PHYSICAL_I128:
        return digest_i128(flat->values, index);
    case DATA_PHYSICAL_F32:
        return digest_f32(flat->values, index);
    case DATA_PHYSICAL_F64:
        return digest_f64(flat->values, index);
    case DATA_PHYSICAL_STRING:
        return digest_string(flat->values, index);
    case DATA_PHYSICAL_LIST:
        return digest_list(flat, index);
    case DATA_PHYSICAL_ROW:
        return digest_fields(flat, index);
    case DATA_PHYSICAL_NONE:
        break;
    }
    return NULL_DIGEST;
}

/* ---- loops ----------------------------------------------------------------------------------- */

INLINE void loop(const void *values, const uint64_t *validity, const uint16_t *selection,
                 int64_t count, uint64_t *hashes, digest_function digest) {
    for (int64_t i = 0; i < count; i++) {
        int64_t row = selection != NULL ? selection[i] : i;
        uint64_t d = digest(values, row);
        if (validity != NULL)
            d = data_bit_get(validity, row) ? d : NULL_DIGEST;
        hashes[i] = combine(hashes[i], d);
    }
}

/* Null rows hold readable values, except that views there may point anywhere. */
INLINE void loop_strings(const data_string *values, const uint64_t *validity,
                         const uint16_t *selection, int64_t count, uint64_t *hashes) {
    for (int64_t i = 0; i < count; i++) {
        int64_t row = selection != NULL ? selection[i] : i;
        bool valid = validity == NULL || data_bit_get(validity, row);
        hashes[i] = combine(hashes[i], valid ? digest_string(values, row) : NULL_DIGEST);
    }
}

/* Four loops for one layout. */
#define LOOPS(function, ...)                                                                       \
    if (selection == NULL && validity == NULL)                                                     \
        function(values, NULL, NULL, count, hashes, ##__VA_ARGS__);                                \
    else if (selection == NULL)                                                                    \
        function(values, validity, NULL, count, hashes, ##__VA_ARGS__);                            \
    else if (validity == NULL)                                                                     \
        function(values, NULL, selection, count, hashes, ##__VA_ARGS__);                           \
    else                                                                                           \
        function(values, validity, selection, count, hashes, ##__VA_ARGS__);                       \
    break

static void hash_flat(const data_column *column, const uint16_t *selection, int64_t count,
                      uint64_t *hashes) {
    const void *values = column->values;
    const uint64_t *validity = column->validity;
    switch (column->physical) {
    case DATA_PHYSICAL_BOOL:
        LOOPS(loop, digest_bool);
    case DATA_PHYSICAL_I8:
        LOOPS(loop, digest_i8);
    case DATA_PHYSICAL_I16:
        LOOPS(loop, digest_i16);
    case DATA_PHYSICAL_I32:
        LOOPS(loop, digest_i32);
    case DATA_PHYSICAL_I64:
        LOOPS(loop, digest_i64);
    case DATA_PHYSICAL_I128:
        LOOPS(loop, digest_i128);
    case DATA_PHYSICAL_F32:
        LOOPS(loop, digest_f32);
    case DATA_PHYSICAL_F64:
        LOOPS(loop, digest_f64);
    case DATA_PHYSICAL_STRING:
        LOOPS(loop_strings);
    default:
        for (int64_t i = 0; i < count; i++)
            hashes[i] = combine(hashes[i], digest_row(column, selection ? selection[i] : i));
    }
}

static void hash_constant(const data_column *column, int64_t count, uint64_t *hashes) {
    uint64_t digest = digest_row(column, 0);
    for (int64_t i = 0; i < count; i++)
        hashes[i] = combine(hashes[i], digest);
}

static void hash_dictionary(const data_column *column, const uint16_t *selection, int64_t count,
                            uint64_t *hashes) {
    const data_column *dictionary = column->dictionary;
    const int32_t *codes = column->values;
    const uint64_t *validity = column->validity;
    uint64_t *digests = NULL;
    if (dictionary->length <= count) {
        digests = BASE_NEW_ARRAY(uint64_t, dictionary->length);
        for (int64_t i = 0; i < dictionary->length; i++)
            digests[i] = digest_row(dictionary, i);
    }
    for (int64_t i = 0; i < count; i++) {
        int64_t row = selection != NULL ? selection[i] : i;
        uint64_t digest = NULL_DIGEST;
        if (validity == NULL || data_bit_get(validity, row))
            digest = digests != NULL ? digests[codes[row]] : digest_row(dictionary, codes[row]);
        hashes[i] = combine(hashes[i], digest);
    }
    base_free(digests);
}

void data_column_hash(const data_column *column, const uint16_t *selection, int64_t count,
                      bool first, uint64_t *hashes) {
    if (first)
        for (int64_t i = 0; i < count; i++)
            hashes[i] = SEED;
    if (column->layout == DATA_CONSTANT)
        hash_constant(column, count, hashes);
    else if (column->layout == DATA_DICTIONARY)
        hash_dictionary(column, selection, count, hashes);
    else
        hash_flat(column, selection, count, hashes);
}
