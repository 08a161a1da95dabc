/* The Parquet reader inside: what the files parquet_*.c of reading share.
 *
 * Three layers:
 *     parquet_leaf     one column chunk after the other: pages in, values out (parquet_page.c loads
 *                      pages, parquet_leaf.c takes values from them)
 *     parquet_field    a column of the table over the leaves of the file that it needs
 *                      (parquet_fields.c matches them, parquet_nested.c puts nested values
 * together) parquet_reader   row groups, batches, predicates (parquet_read.c) */
#ifndef FORMAT_PARQUET_READ_H
#define FORMAT_PARQUET_READ_H

#include "format/format_predicate.h"
#include "format/parquet_bits.h"
#include "format/parquet_codec.h"
#include "format/parquet_value.h"

/* Values being read into a column.  Texts from dictionary pages make a DICTIONARY column, until a
 * page without one comes: then the codes are exchanged for views. */
typedef struct parquet_vector {
    data_column *column; /* NULL = none yet */
    int64_t length;      /* rows filled */
    int64_t capacity;
} parquet_vector;

/* How the values of the page at hand are stored. */
typedef enum parquet_mode {
    PARQUET_MODE_FIXED,   /* back to back */
    PARQUET_MODE_TEXTS,   /* each behind its length */
    PARQUET_MODE_LENGTHS, /* lengths apart, bytes back to back */
    PARQUET_MODE_CODES,   /* of the dictionary */
    PARQUET_MODE_BITS,    /* booleans, a bit each */
    PARQUET_MODE_RUNS     /* booleans in runs */
} parquet_mode;

enum { PARQUET_SPARES = 4 };

typedef struct parquet_leaf {
    /* fixed for the life of the reader */
    const format_input *input;
    base_pool *pool;
    parquet_compressor *compressor;
    const parquet_node *node;
    parquet_conversion conversion; /* type NULL: only the levels are wanted */
    bool is_flat;                  /* top level and not repeated: levels become validity */
    /* the column chunk */
    const parquet_chunk *chunk;
    int64_t at, end;     /* in the file: the next page, the end */
    int64_t values_left; /* in pages that were not loaded; nulls included */
    int64_t skip;        /* flat: rows to pass over before the next are read */
    base_buffer *window; /* bytes of the file from window_start */
    int64_t window_start;
    data_column *dictionary; /* flat; NULL = none came yet */
    uint64_t dictionary_id;
    /* the page at hand */
    base_buffer *page; /* holds its bytes */
    int64_t page_at;   /* in the file, for messages */
    int64_t left;      /* values not taken yet, nulls included */
    parquet_mode mode;
    const uint8_t *values, *values_end;
    int64_t values_stored;                  /* MODE_FIXED, LENGTHS: left to take */
    const int32_t *lengths;                 /* MODE_LENGTHS */
    parquet_runs runs;                      /* MODE_CODES, RUNS */
    int64_t bit;                            /* MODE_BITS */
    parquet_runs definitions;               /* flat */
    base_buffer *levels;                    /* nested: all of the page's, a byte each */
    const uint8_t *definition, *repetition; /* of the next value */
    base_buffer *scratch;                   /* decoded deltas, lengths, views */
    base_buffer *spares[PARQUET_SPARES];
    /* nested: what the batch at hand has taken */
    parquet_vector dense;      /* values that are not null */
    base_buffer *batch_levels; /* definitions, behind them the repetitions */
    int64_t batch_count, batch_capacity;
} parquet_leaf;

/* RASK_ERROR_RUNTIME naming file, place and column. */
rask_status parquet_leaf_fail(const parquet_leaf *leaf, int64_t at, rask_error *err,
                              const char *format, ...) RASK_PRINTF(4, 5);

/* ---- parquet_page.c -------------------------------------------------------------------------- */
void parquet_leaf_open(parquet_leaf *leaf, const parquet_chunk *chunk);
void parquet_leaf_close(parquet_leaf *leaf);
/* Loads the next page of values; *loaded = false at the end of the chunk.  Flat: passes over whole
 * pages that `skip` covers. */
rask_status parquet_leaf_next_page(parquet_leaf *leaf, bool *loaded, rask_error *err);
/* A buffer of at least `size` bytes with one reference, used again where one is free. */
rask_status parquet_leaf_buffer(parquet_leaf *leaf, int64_t size, base_buffer **out,
                                rask_error *err);
/* Gives up a reference; the buffer may be used again once nobody else has one. */
void parquet_leaf_recycle(parquet_leaf *leaf, base_buffer *buffer);

/* ---- parquet_leaf.c -------------------------------------------------------------------------- */
/* Room for `rows` rows; makes the column. */
rask_status parquet_vector_init(parquet_vector *vector, const parquet_leaf *leaf, int64_t rows,
                                rask_error *err);
/* Hands the column over with its length set. */
data_column *parquet_vector_take(parquet_vector *vector, const parquet_leaf *leaf);
void parquet_vector_drop(parquet_vector *vector);
/* Flat leaves: appends the next `count` rows. */
rask_status parquet_leaf_fill(parquet_leaf *leaf, parquet_vector *vector, int64_t count,
                              rask_error *err);
/* Nested leaves: takes levels and values of the next `rows` rows into the batch. */
rask_status parquet_leaf_take_rows(parquet_leaf *leaf, int64_t rows, rask_error *err);
/* Takes `count` non-null values that are next in the page; with `vector` NULL passes over them. */
rask_status parquet_leaf_values(parquet_leaf *leaf, parquet_vector *vector, int64_t count,
                                rask_error *err);
/* Nothing may be left once the row group is read. */
rask_status parquet_leaf_finish(parquet_leaf *leaf, rask_error *err);

/* ---- fields ---------------------------------------------------------------------------------- */
typedef enum parquet_field_kind {
    PARQUET_FIELD_MISSING, /* the file lacks it: NULL */
    PARQUET_FIELD_LEAF,
    PARQUET_FIELD_LIST, /* ARRAY, MAP, MULTISET */
    PARQUET_FIELD_ROW
} parquet_field_kind;

typedef struct parquet_field parquet_field;
struct parquet_field {
    parquet_field_kind kind;
    const data_type *type;
    int32_t leaf;               /* of the reader: the one whose levels tell its structure */
    int32_t definition;         /* level from which on it is not null */
    int32_t slot_definition;    /* level from which on it is there at all */
    int32_t repetition;         /* of the context it stands in */
    int32_t element_definition; /* LIST: level from which on there is an element */
    parquet_field *children;
    int32_t child_count;
};

typedef struct parquet_reader {
    const format_config *config;
    const format_input *input;
    base_arena *arena;
    parquet_footer footer;
    parquet_compressor *compressor;
    bool is_utc;
    parquet_field *fields; /* one a projected column */
    parquet_leaf *leaves;
    int32_t leaf_count;
    int32_t *chunk_of; /* leaf -> index of its chunks */
    format_predicate *predicates;
    int32_t predicate_count;
    bool *is_read; /* columns of the batch at hand that predicates needed */
    uint8_t *mask;
    uint16_t *selection;
    int64_t start, end; /* of the split */
    int32_t group;      /* index of the one at hand */
    bool is_open;       /* its leaves stand in it */
    int64_t row;        /* of the file: the next to be read */
} parquet_reader;

/* parquet_read.c: footer, fields and predicates of a file; `end` is the file's. */
rask_status parquet_open(const format_config *config, const format_input *input,
                         parquet_reader **out, rask_error *err);
/* parquet_fields.c: matches the projected columns with the file's. */
rask_status parquet_fields_find(parquet_reader *reader, rask_error *err);
/* parquet_nested.c: takes the next `rows` rows of a field that is not a flat leaf. */
rask_status parquet_nested_read(parquet_reader *reader, const parquet_field *field, int64_t rows,
                                data_column **out, rask_error *err);
bool parquet_field_is_flat(const parquet_reader *reader, const parquet_field *field);
/* parquet_prune.c */
bool parquet_group_may_pass(const parquet_reader *reader, const parquet_group *group);

#endif
