/* Formats turn bytes into batches and back; they know no connector.
 *
 * A *reader* reads one split (a byte range of a file, or a whole file) through format_input, which
 * the connector implements.  plan_splits cuts at record borders, so a reader of text starts with
 * the first byte of its split and ends with the last; where records stand in groups (Parquet), a
 * group belongs to the split in which it starts.  `position` is a number from which `open` can go
 * on (snapshots): a byte offset at a record border, or whatever else tells a format where it stood.
 * A *writer* turns batches into bytes that the connector stores.
 * One const format_class per format, listed in format.list. */
#ifndef FORMAT_FORMAT_H
#define FORMAT_FORMAT_H

#include "plan/catalog.h"
#include "plan/config.h"

enum { FORMAT_ABI_VERSION = 1 };

/* A file as the connector shows it.  Implementations are thread-safe for read_at. */
typedef struct format_input {
    const char *name; /* for errors */
    int64_t size;     /* bytes */
    rask_status (*read_at)(void *self, int64_t offset, void *bytes, int64_t size, int64_t *got,
                           rask_error *err);
    void *self;
} format_input;

typedef struct format_split {
    int64_t start, end; /* bytes; the whole file = 0, input->size */
} format_split;

/* What is known of a column's values without reading them. */
typedef struct format_column_statistics {
    bool has_min, has_max;
    data_value min, max;  /* bounds of the values that are not null; of the column's type */
    int64_t null_count;   /* -1 = unknown */
    int64_t distinct_min; /* there are at least so many distinct values; 0 = unknown */
    int64_t distinct_max; /* and at most so many; -1 = unknown */
} format_column_statistics;

typedef struct format_statistics {
    int64_t row_count;                 /* -1 = unknown */
    format_column_statistics *columns; /* one a projected column */
} format_statistics;

/* Of two parts of a table, of both together: `to` gets `from` added.  A part without values that
 * are not null changes no range. */
void format_statistics_add(format_column_statistics *to, int64_t to_rows,
                           const format_column_statistics *from, int64_t from_rows);
/* An order of values of one type that have one: numbers, times, texts; -1, 0, 1. */
int format_value_compare(const data_value *a, const data_value *b);

/* What a reader or writer is told.  All borrowed; they outlive it. */
typedef struct format_config {
    const func_context *context;
    base_pool *pool;
    const data_schema *schema; /* physical columns of the table (readers) / of the rows (writers) */
    const int32_t *projection; /* readers: which of them to produce, in output order */
    int32_t projection_count;
    const expr_node *filter; /* readers: bound over the *projected* columns; may be used to skip,
                                never must; NULL = none */
    const plan_table *table; /* its options: "csv.field-delimiter" (prefix = format name + ".") */
    int32_t rows_max;        /* rows per batch */
    int64_t block_bytes;     /* text readers: bytes read at once; 0 = as they like */
} format_config;

typedef struct format_reader format_reader;
typedef struct format_writer format_writer;

typedef struct format_class {
    uint32_t size, abi_version;
    const char *name; /* "csv" */
    const char *doc;
    const plan_option *options;        /* keys without the prefix; ended by key NULL */
    const plan_option *legacy_options; /* instead, in a 1.9 descriptor table; NULL = the same */
    bool reads, writes;
    bool writes_updates; /* the encoder has row kinds (canal-json): may take -U/+U/-D */

    /* Checks options and schema before anything runs (types the format cannot hold are refused). */
    rask_status (*check)(const format_config *config, bool as_writer, rask_error *err);
    /* Cuts a file into splits of about target_bytes; may return one.  Every split starts at the
     * start of a record.  `splits` lives in `arena`. */
    rask_status (*plan_splits)(const format_config *config, const format_input *input,
                               int64_t target_bytes, base_arena *arena, format_split **splits,
                               int32_t *count, rask_error *err);
    /* `resume_at` -1 = from the split's start, else a former position. */
    rask_status (*open_reader)(const format_config *config, const format_input *input,
                               const format_split *split, int64_t resume_at, format_reader **out,
                               rask_error *err);
    /* Up to rows_max rows; *out = NULL at the end of the split. */
    rask_status (*read)(format_reader *reader, int32_t rows_max, data_batch **out, rask_error *err);
    int64_t (*position)(const format_reader *reader);
    void (*close_reader)(format_reader *reader);
    /* Row count of a file if the format knows it cheaply, -1 otherwise; NULL = never. */
    int64_t (*estimate_rows)(const format_config *config, const format_input *input);
    /* What a file knows about its rows and the projected columns; texts and columns live in
     * `arena`.  NULL = files of the format know nothing. */
    rask_status (*statistics)(const format_config *config, const format_input *input,
                              base_arena *arena, format_statistics *out, rask_error *err);

    rask_status (*open_writer)(const format_config *config, format_writer **out, rask_error *err);
    /* Appends the bytes of the batch's selected rows to `bytes`. */
    rask_status (*write)(format_writer *writer, const data_batch *batch, base_strbuf *bytes,
                         rask_error *err);
    rask_status (*finish_writer)(format_writer *writer, base_strbuf *bytes,
                                 rask_error *err); /* footers */
    void (*close_writer)(format_writer *writer);
} format_class;

const format_class *format_find(const char *name); /* NULL = unknown */
const format_class *const *format_all(int32_t *count);

#endif
