/* The csv format inside: what the files csv_*.c share.
 *
 * Reading goes in three steps, each over a whole batch:
 *
 *   split    csv_scan.c (hot), csv_scan_general.c, csv_scan_legacy.c: where the fields of the next
 *            rows begin and end in the block; only wanted columns are noted
 *   clean    csv_read.c: escapes removed in place, missing and null fields marked
 *   convert  csv_convert.c: one column at a time, from text to typed arrays or string views
 *
 * So the inner loops are plain functions over arrays, and a column nobody wants costs nothing but
 * its delimiters. */
#ifndef FORMAT_CSV_H
#define FORMAT_CSV_H

#include "format/text_blocks.h"

/* ---- dialect: the options, decoded (csv_options.c) ------------------------------------------- */
enum { CSV_MARK_BYTES_MAX = 15 };

/* A delimiter, quote or escape: one character in UTF-8; any short text in a legacy table. */
typedef struct csv_mark {
    int32_t length; /* 0 = there is none */
    char bytes[CSV_MARK_BYTES_MAX + 1];
} csv_mark;

typedef struct csv_dialect {
    bool is_legacy; /* 1.9's OldCsv: lines are cut first, quotes live within a line */
    csv_mark delimiter, quote, escape, array_delimiter;
    csv_mark line_delimiter, comment_prefix; /* legacy */
    bool ignore_first_line;                  /* legacy */
    bool allow_comments;
    bool trim_spaces;
    bool allow_trailing_delimiter;
    bool ignore_trailing;
    bool fail_on_missing;
    bool ignore_parse_errors;
    bool empty_as_null;
    bool scientific_decimals; /* writer */
    const char *null_literal; /* NULL = none */
    int64_t null_literal_length;
    bool stops_text[256];   /* bytes that may end an unquoted field or begin an escape */
    bool stops_quoted[256]; /* the same inside quotes */
} csv_dialect;

extern const plan_option csv_options[];
extern const plan_option csv_legacy_options[];
rask_status csv_dialect_read(const format_config *config, csv_dialect *out, rask_error *err);
rask_status csv_check(const format_config *config, bool as_writer, rask_error *err);

/* ---- fields: the outcome of splitting -------------------------------------------------------- */
/* A field packs its offset in the block (low 32 bits), length (30 bits) and two flags. */
#define CSV_FIELD(start, length) ((uint64_t)(uint32_t)(start) | (uint64_t)(length) << 32)
#define CSV_FIELD_ESCAPED (1ULL << 62) /* holds doubled quotes or escapes */
#define CSV_FIELD_MISSING (1ULL << 63) /* the row is too short, or the field is null */
static inline uint32_t csv_field_start(uint64_t field) {
    return (uint32_t)field;
}
static inline uint32_t csv_field_length(uint64_t field) {
    return (field >> 32) & 0x3fffffff;
}

typedef enum csv_stop {
    CSV_STOP_FULL, /* rows_max rows were found */
    CSV_STOP_DATA, /* the rest of the block holds no complete row */
    CSV_STOP_BAD   /* the next row cannot be split: `bad` says why */
} csv_stop;

typedef enum csv_bad_kind {
    CSV_BAD_NONE,
    CSV_BAD_TEXT_AFTER_QUOTE,
    CSV_BAD_UNCLOSED_QUOTE,
    CSV_BAD_TOO_MANY_FIELDS,
    CSV_BAD_TOO_FEW_FIELDS,
    CSV_BAD_ESCAPE_AT_END,
    CSV_BAD_UTF8,
    CSV_BAD_VALUE
} csv_bad_kind;

typedef struct csv_bad {
    csv_bad_kind kind;
    int32_t field;      /* 0-based; the number of fields found for TOO_FEW / TOO_MANY */
    uint32_t row_start; /* offset in the block */
    uint32_t start;     /* of the offending text */
    uint32_t length;
    uint32_t resume; /* where the row behind it starts; 0 = csv_skip_row must look */
} csv_bad;

/* A splitter's view of a block, and its state between calls. */
typedef struct csv_scan {
    const csv_dialect *dialect;
    uint8_t *data;
    uint32_t position; /* of the next row */
    uint32_t end;      /* bytes of data */
    bool is_last;      /* nothing follows `end`; then data[end] is writable */
    bool seen_non_ascii;
    bool seen_escaped;
    bool seen_missing;
    int32_t column_count;
    int32_t field_min;      /* fewer fields are an error (Flink: the number of columns read) */
    const int32_t *slot_of; /* [column_count + 1] field -> slot; the last is for extra fields */
    int32_t slot_count;     /* the last slot takes what nobody wants */
    uint64_t *fields;       /* fields[slot * stride + row] */
    uint32_t *row_starts;   /* [stride + 1] */
    int32_t stride;
    csv_bad bad;
} csv_scan;

/* Each finds up to rows_max rows from scan->position on and moves it behind them. */
typedef int32_t (*csv_splitter)(csv_scan *scan, int32_t rows_max, csv_stop *stop);
csv_splitter csv_splitter_for(const csv_dialect *dialect);
int32_t csv_split_plain(csv_scan *scan, int32_t rows_max, csv_stop *stop);
int32_t csv_split_general(csv_scan *scan, int32_t rows_max, csv_stop *stop);
int32_t csv_split_legacy(csv_scan *scan, int32_t rows_max, csv_stop *stop);
/* Where the row behind the bad one starts (the end of the data if it cannot be told); false = it is
 * not in this block. */
bool csv_skip_row(csv_scan *scan, uint32_t *resume);
/* Whether a row of `field_count` fields may stand, `last` being its last field; marks columns it
 * does not have as missing.  False = scan->bad is filled in. */
bool csv_close_row(csv_scan *scan, int32_t row, int32_t field_count, uint64_t last);
/* Removes doubled quotes and escapes from a field in place; returns the new field. */
uint64_t csv_unescape(const csv_dialect *dialect, uint8_t *data, uint64_t field);
rask_status csv_plan_splits(const format_config *config, const format_input *input,
                            int64_t target_bytes, base_arena *arena, format_split **splits,
                            int32_t *count, rask_error *err);

/* ---- convert --------------------------------------------------------------------------------- */
typedef struct csv_column_job {
    const csv_dialect *dialect;
    const uint8_t *data;
    const uint64_t *fields; /* one per row */
    data_column *column;
    bool is_null;         /* out: the text stands for NULL, it is not damaged */
    base_i128 bound;      /* DECIMAL: greatest magnitude met */
    int64_t live_bytes;   /* strings: bytes the views point to */
    bool check_utf8;      /* strings: the block has bytes beyond ASCII */
    base_buffer *decoded; /* BYTES: room for the decoded values */
} csv_column_job;

/* Converts rows [from, to); returns the first row whose text is not a value, or `to`.  Rows marked
 * as missing are stored as anything. */
typedef int32_t (*csv_converter)(csv_column_job *job, int32_t from, int32_t to);
/* NULL = the format cannot read the type. */
csv_converter csv_converter_for(const csv_dialect *dialect, const data_type *type);

/* ---- the format's functions ------------------------------------------------------------------ */
rask_status csv_open_reader(const format_config *config, const format_input *input,
                            const format_split *split, int64_t resume_at, format_reader **out,
                            rask_error *err);
rask_status csv_read(format_reader *reader, int32_t rows_max, data_batch **out, rask_error *err);
int64_t csv_position(const format_reader *reader);
void csv_close_reader(format_reader *reader);
rask_status csv_open_writer(const format_config *config, format_writer **out, rask_error *err);
rask_status csv_write(format_writer *writer, const data_batch *batch, base_strbuf *bytes,
                      rask_error *err);
rask_status csv_finish_writer(format_writer *writer, base_strbuf *bytes, rask_error *err);
void csv_close_writer(format_writer *writer);
/* Which types can be read, csv_converter_for tells. */
bool csv_writes_type(const data_type *type);

#endif
