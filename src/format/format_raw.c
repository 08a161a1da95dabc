/* The raw format: each line of a file is one row of one column.
 *
 * A line ends with a line feed; a carriage return before it is dropped.  Damaged UTF-8 becomes
 * U+FFFD, as in Flink, so that any text file can be read. */
#include <string.h>

#include "base/utf8.h"
#include "format/format_options.h"
#include "format/text_blocks.h"
#include "format/text_splits.h"

static const plan_option options[] = {
    {.key = "charset", .fallback = "UTF-8", .doc = "Encoding of texts; only UTF-8."},
    {.key = "endianness", .fallback = "big-endian", .doc = "Byte order of numbers."},
    {.key = NULL},
};

typedef struct raw_reader {
    const format_config *config;
    text_blocks blocks;
    int64_t at; /* in the block */
} raw_reader;

static rask_status refuse_columns(const data_schema *schema, rask_error *err) {
    base_strbuf columns;
    base_strbuf_init(&columns, 4096);
    for (int32_t i = 0; i < schema->count; i++) {
        base_strbuf_printf(&columns, "%s`%s` ", i > 0 ? ", " : "", schema->names[i]);
        data_type_write(schema->types[i], true, &columns);
    }
    rask_error_set(err, RASK_ERROR_VALIDATION,
                   "The 'raw' format only supports single physical column. However the defined "
                   "schema contains multiple physical columns: [%s]",
                   columns.data != NULL ? columns.data : "");
    base_strbuf_free(&columns);
    return RASK_ERROR_VALIDATION;
}

static rask_status check(const format_config *config, bool as_writer, rask_error *err) {
    const data_schema *schema = config->schema;
    if (schema->count != 1)
        return refuse_columns(schema, err);
    data_kind kind = schema->types[0]->kind;
    if (!data_kind_is_string(kind) && !data_kind_is_binary(kind))
        return format_refuse_type(config, 0, err);
    const char *charset = format_option(config->table, "raw", options, "charset");
    if (strcasecmp(charset, "UTF-8") != 0 && strcasecmp(charset, "US-ASCII") != 0)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "Option 'raw.charset' is '%s': only UTF-8 is supported.", charset);
    return RASK_OK;
}

static rask_status plan_splits(const format_config *config, const format_input *input,
                               int64_t target_bytes, base_arena *arena, format_split **out,
                               int32_t *count, rask_error *err) {
    text_splits splits;
    text_splits_init(&splits, arena, input->size, target_bytes);
    RASK_TRY(text_splits_by_line(&splits, input, "\n", err));
    text_splits_end(&splits, out, count);
    return RASK_OK;
}

static rask_status open_reader(const format_config *config, const format_input *input,
                               const format_split *split, int64_t resume_at, format_reader **out,
                               rask_error *err) {
    raw_reader *reader = BASE_NEW(raw_reader);
    reader->config = config;
    text_blocks_init(&reader->blocks, config, input, resume_at >= 0 ? resume_at : split->start,
                     split->end);
    *out = (format_reader *)reader;
    return RASK_OK;
}

static int64_t position(const format_reader *handle) {
    const raw_reader *reader = (const raw_reader *)handle;
    return reader->blocks.file_offset + reader->at;
}

static void close_reader(format_reader *handle) {
    raw_reader *reader = (raw_reader *)handle;
    if (reader != NULL)
        text_blocks_close(&reader->blocks);
    base_free(reader);
}

/* The next line of the block, without its end; false = none is complete. */
static bool take_line(raw_reader *reader, const uint8_t **line, int64_t *length) {
    const base_buffer *block = reader->blocks.block;
    int64_t left = block != NULL ? block->size - reader->at : 0;
    if (left == 0)
        return false;
    const uint8_t *start = block->data + reader->at;
    const uint8_t *end = memchr(start, '\n', (size_t)left);
    if (end == NULL && !reader->blocks.is_last)
        return false;
    *line = start;
    *length = end != NULL ? end - start : left;
    reader->at += *length + (end != NULL);
    if (*length > 0 && start[*length - 1] == '\r')
        (*length)--;
    return true;
}

/* Fills the column with views of the next lines; *rows gets their number. */
static void take_lines(raw_reader *reader, data_column *column, int32_t rows_max, int32_t *rows,
                       int64_t *damaged_bytes) {
    data_string *values = column->values;
    bool is_text = data_kind_is_string(column->type->kind);
    const uint8_t *line;
    int64_t length;
    while (*rows < rows_max && take_line(reader, &line, &length)) {
        if (is_text && !base_utf8_is_valid((const char *)line, length))
            *damaged_bytes += length;
        if (length > DATA_STRING_INLINE_MAX)
            column->live_bytes += length;
        values[(*rows)++] = data_string_make((const char *)line, (uint32_t)length);
    }
}

/* Copies `value` to `out` with U+FFFD for damaged bytes; returns the bytes written. */
static int64_t repair(const data_string *value, char *out) {
    const char *bytes = data_string_bytes(value);
    int64_t length = 0;
    for (int64_t i = 0; i < value->length;) {
        int64_t start = i;
        if (base_utf8_next(bytes, value->length, &i) < 0) {
            memcpy(out + length, "\xef\xbf\xbd", 3);
            length += 3;
        } else {
            memcpy(out + length, bytes + start, (size_t)(i - start));
            length += i - start;
        }
    }
    return length;
}

static rask_status repair_lines(raw_reader *reader, data_column *column, int32_t rows,
                                int64_t damaged_bytes, rask_error *err) {
    base_buffer *repaired = NULL;
    RASK_TRY(base_buffer_new(reader->config->pool, damaged_bytes * 3, &repaired, err));
    data_string *values = column->values;
    for (int32_t i = 0; i < rows; i++) {
        if (base_utf8_is_valid(data_string_bytes(&values[i]), values[i].length))
            continue;
        char *out = (char *)repaired->data + repaired->size;
        int64_t length = repair(&values[i], out);
        values[i] = data_string_make(out, (uint32_t)length);
        repaired->size += length;
        column->live_bytes += length;
    }
    rask_status status = data_column_add_heap(column, repaired, err);
    base_buffer_unref(repaired);
    return status;
}

/* The next rows_max lines at most; *rows = 0 at the end of the split. */
static rask_status read_lines(raw_reader *reader, data_column *column, int32_t rows_max,
                              int32_t *rows, rask_error *err) {
    int64_t damaged_bytes = 0;
    take_lines(reader, column, rows_max, rows, &damaged_bytes);
    while (*rows == 0 && !(reader->blocks.block != NULL && reader->blocks.is_last)) {
        RASK_TRY(text_blocks_next(&reader->blocks, reader->at, err));
        reader->at = 0;
        take_lines(reader, column, rows_max, rows, &damaged_bytes);
    }
    if (column->live_bytes > 0)
        RASK_TRY(data_column_add_heap(column, reader->blocks.block, err));
    return damaged_bytes > 0 ? repair_lines(reader, column, *rows, damaged_bytes, err) : RASK_OK;
}

static rask_status read_batch(format_reader *handle, int32_t rows_max, data_batch **out,
                              rask_error *err) {
    raw_reader *reader = (raw_reader *)handle;
    const format_config *config = reader->config;
    data_column *column = NULL;
    int32_t rows = 0;
    RASK_TRY(data_column_new(config->pool, config->schema->types[0], DATA_PHYSICAL_NONE, rows_max,
                             &column, err));
    rask_status status = read_lines(reader, column, rows_max, &rows, err);
    *out = NULL;
    if (status == RASK_OK && rows > 0) {
        column->length = rows;
        data_column **columns = BASE_NEW_ARRAY(data_column *, config->projection_count + 1);
        for (int32_t i = 0; i < config->projection_count; i++)
            columns[i] = data_column_ref(column);
        *out = data_batch_take(columns, config->projection_count, rows);
        base_free(columns);
    }
    data_column_unref(column);
    return status;
}

/* ---- writing --------------------------------------------------------------------------------- */

static rask_status open_writer(const format_config *config, format_writer **out, rask_error *err) {
    *out = base_alloc_zero(1);
    return RASK_OK;
}

static rask_status write_batch(format_writer *writer, const data_batch *batch, base_strbuf *bytes,
                               rask_error *err) {
    const data_column *column = batch->columns[0], *flat;
    for (int32_t i = 0; i < batch->selected; i++) {
        int32_t row = data_batch_row(batch, i);
        if (data_column_is_null(column, row))
            return rask_error_set(err, RASK_ERROR_RUNTIME, "The 'raw' format cannot write NULL.");
        int64_t index = data_column_index(column, row, &flat);
        const data_string *value = &((const data_string *)flat->values)[index];
        base_strbuf_add(bytes, data_string_bytes(value), value->length);
        base_strbuf_add_char(bytes, '\n');
    }
    if (bytes->overflowed)
        return rask_error_set(err, RASK_ERROR_RUNTIME, "a batch becomes more than %lld bytes",
                              (long long)bytes->length_max);
    return RASK_OK;
}

static rask_status finish_writer(format_writer *writer, base_strbuf *bytes, rask_error *err) {
    return RASK_OK;
}

static void close_writer(format_writer *writer) {
    base_free(writer);
}

const format_class format_raw = {
    .size = sizeof(format_class),
    .abi_version = FORMAT_ABI_VERSION,
    .name = "raw",
    .doc = "Lines of text, one column.",
    .options = options,
    .reads = true,
    .writes = true,
    .check = check,
    .plan_splits = plan_splits,
    .open_reader = open_reader,
    .read = read_batch,
    .position = position,
    .close_reader = close_reader,
    .estimate_rows = text_estimate_lines,
    .open_writer = open_writer,
    .write = write_batch,
    .finish_writer = finish_writer,
    .close_writer = close_writer,
};
