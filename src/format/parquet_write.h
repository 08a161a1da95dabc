/* The Parquet writer inside: what the files parquet_write*.c share.
 *
 *     parquet_writer       row groups and the footer (parquet_write.c)
 *     parquet_schema_make  the file's schema for the table's (parquet_write_schema.c)
 *     parquet_slots        a column's rows as levels and values (parquet_write_levels.c)
 *     parquet_column       one leaf: values, dictionary, statistics (parquet_write_values.c), and
 * its pages (parquet_write_page.c) */
#ifndef FORMAT_PARQUET_WRITE_H
#define FORMAT_PARQUET_WRITE_H

#include "format/parquet_bits.h"
#include "format/parquet_codec.h"
#include "format/parquet_value.h"

typedef struct parquet_settings {
    parquet_codec codec;
    int64_t group_bytes, page_bytes, dictionary_bytes;
    bool uses_dictionary;
    bool is_v2;       /* data pages of version 2, and the delta encodings */
    bool int64_times; /* else timestamps are INT96 */
    parquet_unit unit;
    bool shifts_zone; /* wall clock times are stored as instants */
} parquet_settings;

/* Values that were seen already: codes by hash. */
typedef struct parquet_dictionary {
    base_strbuf bytes; /* the entries in PLAIN encoding */
    int64_t *starts;   /* of the entries with lengths, in `bytes` */
    int32_t count, capacity;
    int32_t *slots; /* code + 1, 0 = free; a power of two of them */
    int64_t slot_count;
} parquet_dictionary;

typedef struct parquet_range {
    bool has_values;
    bool is_broken; /* NaN, or bytes too long to be of use */
    int64_t min_i64, max_i64;
    base_i128 min_i128, max_i128;
    double min_f64, max_f64;
    base_strbuf min_text, max_text;
} parquet_range;

typedef struct parquet_column {
    const parquet_settings *settings;
    const parquet_node *node;
    const data_type *type;
    int32_t width; /* bytes of a value in PLAIN encoding; 0 = behind its length */
    /* the page being filled */
    base_strbuf values; /* PLAIN; booleans a byte each */
    int32_t *codes;     /* while there is a dictionary */
    int64_t value_count, code_capacity;
    uint8_t *definition, *repetition;
    int64_t level_count, level_capacity, row_count, null_count;
    int64_t raw_bytes; /* of its values in PLAIN encoding */
    /* the chunk */
    bool has_dictionary; /* values become codes */
    bool has_code_pages;
    parquet_dictionary dictionary;
    parquet_range range;
    base_strbuf pages;
    int64_t chunk_values, chunk_nulls, pages_uncompressed;
    uint32_t encodings;
} parquet_column;

typedef struct parquet_writer {
    const format_config *config;
    base_arena *arena;
    parquet_settings settings;
    parquet_compressor *compressor;
    parquet_footer footer;
    int32_t group_capacity;
    parquet_column *columns; /* one a leaf */
    int64_t group_rows;
    int64_t offset;  /* bytes made so far */
    int64_t charged; /* to the pool, for what waits in memory */
    base_strbuf scratch;
} parquet_writer;

/* ---- schema ---------------------------------------------------------------------------------- */
/* Root and leaves; leaf_types[i] gets the type of leaf i (the array lives in the arena). */
rask_status parquet_schema_make(base_arena *arena, const data_schema *schema,
                                const parquet_settings *settings, parquet_footer *out,
                                const data_type ***leaf_types, rask_error *err);
/* RASK_ERROR_UNSUPPORTED "Unsupported type: VARIANT" for a type that no file can hold. */
rask_status parquet_schema_check(const data_schema *schema, rask_error *err);

/* ---- levels ---------------------------------------------------------------------------------- */
/* Appends all rows of a top-level column (any layout) to the leaves below its node. */
rask_status parquet_write_column(parquet_writer *writer, const parquet_node *node,
                                 data_column *column, rask_error *err);

/* ---- one leaf -------------------------------------------------------------------------------- */
void parquet_column_init(parquet_column *column, const parquet_settings *settings,
                         const parquet_node *node, const data_type *type);
void parquet_column_free(parquet_column *column);
int64_t parquet_column_bytes(const parquet_column *column); /* that wait in memory */
/* Room for `count` more levels; the caller writes them and counts them. */
void parquet_column_reserve_levels(parquet_column *column, int64_t count);
/* Appends the values of rows[0..count) of a flat column without nulls among them. */
rask_status parquet_column_add(parquet_column *column, const data_column *flat, const int32_t *rows,
                               int64_t count, rask_error *err);
/* Ends the page at hand. */
rask_status parquet_column_end_page(parquet_writer *writer, parquet_column *column,
                                    rask_error *err);
/* Ends the chunk: appends its pages and describes it; the column is ready for the next one. */
rask_status parquet_column_end_chunk(parquet_writer *writer, parquet_column *column,
                                     parquet_chunk *out, base_strbuf *bytes, rask_error *err);

/* From a value of the dictionary to its bytes. */
const uint8_t *parquet_dictionary_entry(const parquet_dictionary *dictionary, int32_t width,
                                        int32_t code, int64_t *length);
void parquet_dictionary_clear(parquet_dictionary *dictionary);
void parquet_dictionary_free(parquet_dictionary *dictionary);
/* Minimum and maximum as statistics; texts live in the arena. */
void parquet_range_describe(const parquet_column *column, base_arena *arena,
                            parquet_statistics *out);

#endif
