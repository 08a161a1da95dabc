/* A column: values of one type for some rows, Arrow-like and immutable once shared.
 *
 *   FLAT        validity bitmap (bit i set = row i not null; NULL = no nulls) + values[length]
 *   CONSTANT    one value (index 0) that stands for all `length` rows
 *   DICTIONARY  `values` are i32 codes into the flat column `dictionary`; nulls are in the outer
 *               validity only.  Codes mean nothing outside a column of the same dictionary_id.
 *
 * Strings are views (string.h) into the reference-counted `heaps` of the column, of which there
 * are at most DATA_HEAPS_MAX: gather, filter, concat union the sets; past the maximum, or when the
 * live bytes fall below half of the retained ones, the column is compacted.  Whoever keeps values
 * after an operator returns (state, hash build, sort run) copies the bytes into its own heap.
 *
 * DECIMAL columns say in `physical` whether they are I32, I64 or I128 and carry `bound`, a limit on
 * the absolute unscaled value (0 = only what the type says); the physical width never shows in
 * hashes, equality, order or files.
 *
 * A LIST column's row i has the elements offsets[i] .. offsets[i + 1] of its children; the first
 * offset need not be 0 (slices share their children).  Children may have any layout.  What stands
 * at null rows is readable, but views there may point anywhere.
 *
 * Reference counts are atomic.  Makers: data_column_new for a flat column to fill in, the builder
 * below to append values, gather/slice/concat to derive. */
#ifndef DATA_COLUMN_H
#define DATA_COLUMN_H

#include "base/decimal.h"
#include "data/string.h"
#include "data/type.h"

enum { DATA_HEAPS_MAX = 8 };

typedef enum data_layout { DATA_FLAT, DATA_CONSTANT, DATA_DICTIONARY } data_layout;

typedef struct data_column data_column;
struct data_column {
    const data_type *type;
    data_layout layout;
    data_physical physical;
    int64_t length;
    const uint64_t *validity; /* NULL = no nulls; bits past `length` are undefined */
    void *values;             /* by physical; LIST: int32_t offsets[length + 1] */
    base_i128 bound;          /* DECIMAL: max |unscaled|, 0 = unknown */
    int64_t live_bytes;       /* STRING: bytes the views refer to outside themselves */
    data_column **children;   /* as data_type_child() has them */
    int32_t child_count;
    int32_t heap_count;
    base_buffer *heaps[DATA_HEAPS_MAX];
    data_column *dictionary; /* DICTIONARY: flat */
    uint64_t dictionary_id;
    base_buffer *validity_buffer; /* owner of `validity`, NULL with it */
    base_buffer *values_buffer;   /* owner of `values` */
    int32_t refs;                 /* atomic */
};

/* A flat column of `length` rows with writable, uninitialised values (string views and list
 * offsets zeroed) and no validity.  `physical` is for DECIMAL; pass DATA_PHYSICAL_NONE to take the
 * type's own.  Children of LIST/ROW are not made: the caller sets them. */
rask_status data_column_new(base_pool *pool, const data_type *type, data_physical physical,
                            int64_t length, data_column **out, rask_error *err);
/* Gives the (still unique) column a validity bitmap with all rows valid. */
rask_status data_column_make_validity(base_pool *pool, data_column *column, rask_error *err);
/* A constant column of one NULL. */
rask_status data_column_new_null(base_pool *pool, const data_type *type, int64_t length,
                                 data_column **out, rask_error *err);
/* `to`, which is unique, becomes what `from` is, which is unique, of the same type, and taken over.
 */
void data_column_become(data_column *to, data_column *from);
data_column *data_column_ref(data_column *column);
void data_column_unref(data_column *column); /* NULL is fine */

/* Adds a heap to a unique column (takes a new reference; duplicates are dropped). */
rask_status data_column_add_heap(data_column *column, base_buffer *heap, rask_error *err);

static inline bool data_bit_get(const uint64_t *bits, int64_t i) {
    return (bits[i >> 6] >> (i & 63)) & 1;
}
static inline void data_bit_set(uint64_t *bits, int64_t i) {
    bits[i >> 6] |= 1ULL << (i & 63);
}
static inline void data_bit_clear(uint64_t *bits, int64_t i) {
    bits[i >> 6] &= ~(1ULL << (i & 63));
}
static inline void data_column_set_null(data_column *column, int64_t row) {
    data_bit_clear((uint64_t *)column->validity, row);
}
/* Row `row` whatever the layout. */
static inline bool data_column_is_null(const data_column *column, int64_t row) {
    if (column->physical == DATA_PHYSICAL_NONE)
        return true;
    return column->validity != NULL &&
           !data_bit_get(column->validity, column->layout == DATA_CONSTANT ? 0 : row);
}
/* Index into the flat values that row `row` stands for; *flat gets the flat column. */
static inline int64_t data_column_index(const data_column *column, int64_t row,
                                        const data_column **flat) {
    *flat = column;
    if (column->layout == DATA_CONSTANT)
        return 0;
    if (column->layout == DATA_DICTIONARY) {
        *flat = column->dictionary;
        return ((const int32_t *)column->values)[row];
    }
    return row;
}
int64_t data_column_null_count(const data_column *column);
/* Bytes this column keeps alive: what memory accounting charges. */
int64_t data_column_pinned_bytes(const data_column *column);

/* ---- derive: the result has a reference of its own; inputs are borrowed ---------------------- */
/* The same values as a flat column (the column itself, referenced, where it is flat already). */
rask_status data_column_flatten(base_pool *pool, data_column *column, data_column **out,
                                rask_error *err);
/* Rows `rows[0..count)`; a row < 0 gives NULL (outer joins).  Keeps CONSTANT and DICTIONARY. */
rask_status data_column_gather(base_pool *pool, const data_column *column, const int32_t *rows,
                               int64_t count, data_column **out, rask_error *err);
rask_status data_column_select(base_pool *pool, const data_column *column,
                               const uint16_t *selection, int64_t count, data_column **out,
                               rask_error *err);
/* Row `row` as a CONSTANT column of `length` rows. */
rask_status data_column_repeat(base_pool *pool, data_column *column, int64_t row, int64_t length,
                               data_column **out, rask_error *err);
rask_status data_column_slice(base_pool *pool, data_column *column, int64_t offset, int64_t length,
                              data_column **out, rask_error *err);
rask_status data_column_concat(base_pool *pool, data_column *const *columns, int32_t count,
                               data_column **out, rask_error *err);
/* Strings copied into one fresh heap (or the column itself where nothing is gained, unless
 * `always`). */
rask_status data_column_compact(base_pool *pool, data_column *column, bool always,
                                data_column **out, rask_error *err);
/* The same values with DECIMAL widened to I64 or I128. */
rask_status data_column_widen(base_pool *pool, data_column *column, data_physical physical,
                              data_column **out, rask_error *err);

/* ---- compare and hash: by value, independent of layout and physical width -------------------- */
/* NULL equals NULL (IS NOT DISTINCT FROM); doubles: NaN equals NaN, -0.0 equals 0.0. */
bool data_column_equal(const data_column *a, int64_t row_a, const data_column *b, int64_t row_b);
/* Total order: -1, 0, 1.  Nulls are equal to each other and smaller than anything; NaN is the
 * largest number; lists go element by element. */
int data_column_compare(const data_column *a, int64_t row_a, const data_column *b, int64_t row_b);
/* Combines the hash of each selected row into hashes[0..count): `first` overwrites instead.
 * `selection` NULL = rows 0..count-1. */
void data_column_hash(const data_column *column, const uint16_t *selection, int64_t count,
                      bool first, uint64_t *hashes);

/* ---- builder: append values one by one (inputs, tests, results) ------------------------------ */
typedef struct data_builder data_builder;
data_builder *data_builder_new(base_pool *pool, const data_type *type, int64_t capacity_hint);
void data_builder_free(data_builder *builder);
int64_t data_builder_length(const data_builder *builder);
rask_status data_builder_add_null(data_builder *builder, rask_error *err);
/* BOOL to I128: the value is stored as the type's physical layout says, without a range check. */
rask_status data_builder_add_i64(data_builder *builder, int64_t value, rask_error *err);
rask_status data_builder_add_i128(data_builder *builder, base_i128 value, rask_error *err);
rask_status data_builder_add_f64(data_builder *builder, double value, rask_error *err);
rask_status data_builder_add_string(data_builder *builder, const char *bytes, int64_t length,
                                    rask_error *err);
rask_status data_builder_add_from(data_builder *builder, const data_column *column, int64_t row,
                                  rask_error *err);
/* LIST and ROW: the children's builders are appended to first, then the row is closed: for LIST
 * with the number of elements appended since. */
data_builder *data_builder_child(data_builder *builder, int32_t child);
rask_status data_builder_close_row(data_builder *builder, int64_t element_count, rask_error *err);
/* The rows appended so far as a flat column; the builder is empty again. */
rask_status data_builder_finish(data_builder *builder, data_column **out, rask_error *err);

#endif
