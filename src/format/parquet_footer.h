/* What a Parquet file says about itself: schema, row groups, column chunks, statistics.
 *
 * Everything lives in the arena it was read into; texts of the schema are copied, bytes of
 * statistics too.  parquet_footer_read checks what the reader relies on: the tree of the schema is
 * whole, each row group has one chunk a leaf, and chunks lie inside the file. */
#ifndef FORMAT_PARQUET_FOOTER_H
#define FORMAT_PARQUET_FOOTER_H

#include "format/format.h"

typedef enum parquet_physical {
    PARQUET_BOOLEAN,
    PARQUET_INT32,
    PARQUET_INT64,
    PARQUET_INT96,
    PARQUET_FLOAT,
    PARQUET_DOUBLE,
    PARQUET_BYTE_ARRAY,
    PARQUET_FIXED,
    PARQUET_GROUP /* not in files: a node with children */
} parquet_physical;
const char *parquet_physical_name(parquet_physical physical); /* as Java names it: "BINARY" */

typedef enum parquet_repetition {
    PARQUET_REQUIRED,
    PARQUET_OPTIONAL,
    PARQUET_REPEATED
} parquet_repetition;

/* Logical type and converted type in one. */
typedef enum parquet_logical {
    PARQUET_PLAIN_TYPE, /* none */
    PARQUET_STRING,
    PARQUET_MAP,
    PARQUET_MAP_ENTRY, /* the converted type MAP_KEY_VALUE */
    PARQUET_LIST,
    PARQUET_DECIMAL,
    PARQUET_DATE,
    PARQUET_TIME,
    PARQUET_TIMESTAMP,
    PARQUET_INTEGER,
    PARQUET_OTHER /* JSON, BSON, UUID, ...: bytes to us */
} parquet_logical;

typedef enum parquet_unit { PARQUET_MILLIS, PARQUET_MICROS, PARQUET_NANOS } parquet_unit;

typedef enum parquet_encoding {
    PARQUET_PLAIN = 0,
    PARQUET_PLAIN_DICTIONARY = 2,
    PARQUET_RLE = 3,
    PARQUET_BIT_PACKED = 4,
    PARQUET_DELTA_BINARY_PACKED = 5,
    PARQUET_DELTA_LENGTH_BYTE_ARRAY = 6,
    PARQUET_DELTA_BYTE_ARRAY = 7,
    PARQUET_RLE_DICTIONARY = 8,
    PARQUET_BYTE_STREAM_SPLIT = 9
} parquet_encoding;

typedef enum parquet_codec {
    PARQUET_UNCOMPRESSED,
    PARQUET_SNAPPY,
    PARQUET_GZIP,
    PARQUET_LZO,
    PARQUET_BROTLI,
    PARQUET_LZ4, /* Hadoop's frames, also bare blocks: files of both kinds exist */
    PARQUET_ZSTD,
    PARQUET_LZ4_RAW
} parquet_codec;

typedef struct parquet_node parquet_node;
struct parquet_node {
    const char *name;
    parquet_physical physical;
    parquet_repetition repetition;
    int32_t length; /* FIXED: bytes of a value */
    parquet_logical logical;
    parquet_unit unit; /* TIME, TIMESTAMP */
    int32_t precision, scale;
    int32_t bits; /* INTEGER */
    bool is_signed;
    parquet_node *parent; /* NULL = the root; only in nodes that are written */
    parquet_node **children;
    int32_t child_count;
    int32_t leaf; /* index of its chunks; groups: of the first leaf below */
    /* Levels at which the node is there (not null), and how often it may repeat. */
    int32_t max_definition, max_repetition;
};

typedef struct parquet_statistics {
    const uint8_t *min, *max; /* NULL = unknown; one value in PLAIN encoding without its length */
    int64_t min_length, max_length;
    int64_t null_count, distinct_count; /* -1 = unknown */
} parquet_statistics;

typedef struct parquet_chunk {
    int64_t offset, size;      /* of all its pages */
    int64_t dictionary_offset; /* -1 = none */
    int64_t value_count;       /* nulls and empty lists included */
    parquet_codec codec;
    parquet_statistics statistics;
    uint32_t encodings;                     /* of its pages: bit e = encoding e */
    uint32_t data_encodings;                /* read: of its data pages alone, 0 = not told */
    int64_t data_offset, uncompressed_size; /* only written */
} parquet_chunk;

typedef struct parquet_group {
    int64_t first_row, row_count;
    int64_t offset, size; /* where its chunks lie */
    parquet_chunk *chunks;
} parquet_group;

typedef struct parquet_footer {
    parquet_node *root;
    parquet_node **leaves;
    int32_t leaf_count;
    parquet_group *groups;
    int32_t group_count;
    int64_t row_count;
    const char *created_by; /* NULL = unknown */
} parquet_footer;

rask_status parquet_footer_read(const format_input *input, base_pool *pool, base_arena *arena,
                                parquet_footer *out, rask_error *err);

/* Writing: appends the footer with its length and the closing magic. */
void parquet_footer_write(const parquet_footer *footer, base_strbuf *out);
extern const char parquet_magic[4];

/* ---- pages ----------------------------------------------------------------------------------- */
typedef enum parquet_page_kind {
    PARQUET_PAGE_DATA = 0,
    PARQUET_PAGE_INDEX = 1,
    PARQUET_PAGE_DICTIONARY = 2,
    PARQUET_PAGE_DATA_V2 = 3
} parquet_page_kind;

typedef struct parquet_page_header {
    parquet_page_kind kind;
    int32_t header_bytes;
    int32_t uncompressed_bytes, compressed_bytes;
    int32_t value_count, null_count, row_count; /* the last two only in V2 */
    parquet_encoding encoding, definition_encoding, repetition_encoding;
    int32_t definition_bytes, repetition_bytes; /* V2: levels stand uncompressed in front */
    bool is_compressed;                         /* V2 */
} parquet_page_header;

/* Parses the header at `bytes`; *failure says what is wrong, NULL = nothing. */
void parquet_page_header_read(const uint8_t *bytes, int64_t size, parquet_page_header *out,
                              const char **failure);
void parquet_page_header_write(const parquet_page_header *header, base_strbuf *out);

#endif
