/* The csv reader: blocks in, batches out.
 *
 * A call splits up to rows_max rows of the current block, cleans their fields and converts column
 * by column.  A batch never straddles blocks.  When a row is damaged the rows before it are handed
 * out first and the error comes with the next call, so what a query sees does not depend on the
 * batch size. */
#include <string.h>

#include "format/csv.h"
#include "format/csv_error.h"

typedef struct csv_reader {
    const format_config *config;
    const format_input *input;
    csv_dialect dialect;
    csv_splitter split;
    text_blocks blocks;
    csv_scan scan;
    int32_t *slot_of;          /* [column_count + 1] */
    int32_t *column_of;        /* slot -> column of the table */
    int32_t *slot_of_output;   /* [projection_count] */
    csv_converter *converters; /* one a slot */
    int32_t slot_count;        /* wanted columns */
    bool skip_line;            /* legacy: the header is still to come */
    bool has_failed;
    rask_error failure;
} csv_reader;

/* ---- open and close -------------------------------------------------------------------------- */

/* A slot for each wanted column, in output order; one more takes what nobody wants. */
static void assign_slots(csv_reader *reader) {
    const format_config *config = reader->config;
    int32_t column_count = config->schema->count;
    reader->slot_of = BASE_NEW_ARRAY(int32_t, column_count + 1);
    reader->column_of = BASE_NEW_ARRAY(int32_t, column_count + 1);
    reader->slot_of_output = BASE_NEW_ARRAY(int32_t, config->projection_count + 1);
    reader->converters = BASE_NEW_ARRAY(csv_converter, column_count + 1);
    for (int32_t i = 0; i <= column_count; i++)
        reader->slot_of[i] = -1;
    for (int32_t i = 0; i < config->projection_count; i++) {
        int32_t column = config->projection[i];
        if (reader->slot_of[column] < 0) {
            reader->slot_of[column] = reader->slot_count;
            reader->column_of[reader->slot_count] = column;
            reader->converters[reader->slot_count++] =
                csv_converter_for(&reader->dialect, config->schema->types[column]);
        }
        reader->slot_of_output[i] = reader->slot_of[column];
    }
    for (int32_t i = 0; i <= column_count; i++)
        if (reader->slot_of[i] < 0)
            reader->slot_of[i] = reader->slot_count;
}

/* Flink wants as many fields as columns are read; 1.9 wants all up to the last column read. */
static int32_t fields_needed(const csv_reader *reader) {
    if (!reader->dialect.is_legacy)
        return reader->config->projection_count;
    int32_t needed = 0;
    for (int32_t i = 0; i < reader->slot_count; i++)
        needed = reader->column_of[i] >= needed ? reader->column_of[i] + 1 : needed;
    return needed;
}

rask_status csv_open_reader(const format_config *config, const format_input *input,
                            const format_split *split, int64_t resume_at, format_reader **out,
                            rask_error *err) {
    csv_dialect dialect;
    RASK_TRY(csv_dialect_read(config, &dialect, err));
    int64_t start = resume_at >= 0 ? resume_at : split->start;
    csv_reader *reader = BASE_NEW(csv_reader);
    reader->config = config;
    reader->input = input;
    reader->dialect = dialect;
    reader->split = csv_splitter_for(&reader->dialect);
    reader->skip_line = dialect.ignore_first_line && start == 0;
    text_blocks_init(&reader->blocks, config, input, start, split->end);
    assign_slots(reader);
    reader->scan.dialect = &reader->dialect;
    reader->scan.column_count = config->schema->count;
    reader->scan.field_min = fields_needed(reader);
    reader->scan.slot_of = reader->slot_of;
    *out = (format_reader *)reader;
    return RASK_OK;
}

void csv_close_reader(format_reader *handle) {
    csv_reader *reader = (csv_reader *)handle;
    if (reader == NULL)
        return;
    text_blocks_close(&reader->blocks);
    base_free(reader->scan.fields);
    base_free(reader->scan.row_starts);
    base_free(reader->slot_of);
    base_free(reader->column_of);
    base_free(reader->slot_of_output);
    base_free(reader->converters);
    base_free(reader);
}

int64_t csv_position(const format_reader *handle) {
    const csv_reader *reader = (const csv_reader *)handle;
    return reader->blocks.file_offset + reader->scan.position;
}

/* ---- split ----------------------------------------------------------------------------------- */

static void reserve_rows(csv_reader *reader, int32_t rows_max) {
    csv_scan *scan = &reader->scan;
    if (scan->stride >= rows_max)
        return;
    base_free(scan->fields);
    base_free(scan->row_starts);
    scan->stride = rows_max;
    scan->fields = base_alloc((int64_t)sizeof(uint64_t) * rows_max * (reader->slot_count + 1));
    scan->row_starts = base_alloc((int64_t)sizeof(uint32_t) * (rows_max + 1));
}

static void skip_byte_order_mark(csv_reader *reader) {
    csv_scan *scan = &reader->scan;
    if (reader->blocks.file_offset == 0 && scan->end >= 3 &&
        memcmp(scan->data, "\xef\xbb\xbf", 3) == 0)
        scan->position = 3;
}

static rask_status load_block(csv_reader *reader, rask_error *err) {
    csv_scan *scan = &reader->scan;
    bool is_first = reader->blocks.block == NULL;
    RASK_TRY(text_blocks_next(&reader->blocks, scan->position, err));
    scan->data = reader->blocks.block->data;
    scan->end = (uint32_t)reader->blocks.block->size;
    scan->is_last = reader->blocks.is_last;
    scan->position = 0;
    if (is_first)
        skip_byte_order_mark(reader);
    return RASK_OK;
}

/* Legacy: moves behind the first line; false = it does not end in this block. */
static bool skip_header(csv_reader *reader) {
    csv_scan *scan = &reader->scan;
    const csv_mark *end = &reader->dialect.line_delimiter;
    uint8_t *start = scan->data + scan->position;
    uint8_t *place = memmem(start, scan->end - scan->position, end->bytes, (size_t)end->length);
    if (place == NULL && !scan->is_last)
        return false;
    scan->position =
        place != NULL ? (uint32_t)(place - scan->data) + (uint32_t)end->length : scan->end;
    reader->skip_line = false;
    return true;
}

/* Keeps the failure for the call after the rows before it were handed out. */
static void fail_later(csv_reader *reader, const csv_bad *bad) {
    reader->has_failed = true;
    reader->scan.position = bad->row_start;
    csv_describe_bad(reader->config, reader->input, &reader->dialect, &reader->blocks, bad,
                     &reader->failure);
}

/* Fails or skips the row; false = more of the file must be seen for that. */
static bool get_over_bad_row(csv_reader *reader) {
    csv_scan *scan = &reader->scan;
    uint32_t resume = 0;
    if (reader->dialect.ignore_parse_errors) {
        if (!csv_skip_row(scan, &resume))
            return false;
        scan->position = resume;
        return true;
    }
    if (!scan->is_last && scan->end - scan->bad.row_start < CSV_SHOWN_BYTES_MAX)
        return false; /* so that the message does not depend on where blocks end */
    fail_later(reader, &scan->bad);
    return true;
}

/* Finds the next rows; 0 = none are left or the next one is bad. */
static rask_status split_rows(csv_reader *reader, int32_t rows_max, int32_t *rows,
                              rask_error *err) {
    csv_scan *scan = &reader->scan;
    *rows = 0;
    while (*rows == 0 && !reader->has_failed) {
        csv_stop stop = CSV_STOP_DATA;
        scan->seen_escaped = scan->seen_missing = false;
        if (reader->blocks.block != NULL && !(reader->skip_line && !skip_header(reader)))
            *rows = reader->split(scan, rows_max, &stop);
        if (stop == CSV_STOP_BAD && *rows == 0) {
            if (get_over_bad_row(reader))
                continue;
            stop = CSV_STOP_DATA;
        }
        if (stop == CSV_STOP_DATA && *rows == 0) {
            if (reader->blocks.block != NULL && reader->blocks.is_last)
                return RASK_OK;
            RASK_TRY(load_block(reader, err));
        }
    }
    return RASK_OK;
}

/* ---- clean ----------------------------------------------------------------------------------- */

static void unescape_fields(csv_reader *reader, int32_t rows) {
    csv_scan *scan = &reader->scan;
    for (int32_t slot = 0; slot < reader->slot_count; slot++) {
        uint64_t *fields = scan->fields + (int64_t)slot * scan->stride;
        for (int32_t row = 0; row < rows; row++)
            if (fields[row] & CSV_FIELD_ESCAPED)
                fields[row] = csv_unescape(&reader->dialect, scan->data, fields[row]);
    }
}

static bool is_text(const data_type *type) {
    return data_kind_is_string(type->kind) || data_kind_is_binary(type->kind);
}

/* Marks the null literal and, where they are null, empty fields as missing.  In legacy tables an
 * empty number is NULL. */
static bool mark_nulls(csv_reader *reader, const data_type *type, uint64_t *fields, int32_t rows) {
    const csv_dialect *dialect = &reader->dialect;
    const uint8_t *data = reader->scan.data;
    bool empty_is_null = dialect->empty_as_null || (dialect->is_legacy && !is_text(type));
    if (!empty_is_null && dialect->null_literal == NULL)
        return reader->scan.seen_missing;
    int64_t null_length = dialect->null_literal != NULL ? dialect->null_literal_length : -1;
    bool any = reader->scan.seen_missing;
    for (int32_t row = 0; row < rows; row++) {
        uint32_t length = csv_field_length(fields[row]);
        bool null = (length == 0 && empty_is_null) ||
                    (length == null_length && memcmp(data + csv_field_start(fields[row]),
                                                     dialect->null_literal, length) == 0);
        if (null) {
            fields[row] = CSV_FIELD_MISSING;
            any = true;
        }
    }
    return any;
}

static rask_status set_nulls(base_pool *pool, data_column *column, const uint64_t *fields,
                             int32_t rows, rask_error *err) {
    RASK_TRY(data_column_make_validity(pool, column, err));
    for (int32_t row = 0; row < rows; row++)
        if (fields[row] & CSV_FIELD_MISSING)
            data_column_set_null(column, row);
    return RASK_OK;
}

/* ---- convert --------------------------------------------------------------------------------- */

static rask_status null_row(csv_reader *reader, data_column *column, int32_t row, rask_error *err) {
    if (column->validity == NULL)
        RASK_TRY(data_column_make_validity(reader->config->pool, column, err));
    int32_t width = data_physical_width(column->physical);
    memset((uint8_t *)column->values + (int64_t)row * width, 0, (size_t)width);
    data_column_set_null(column, row);
    return RASK_OK;
}

/* Room for what base64 fields decode to: no more than their texts. */
static rask_status reserve_decoded(csv_reader *reader, csv_column_job *job, int32_t rows,
                                   rask_error *err) {
    if (!data_kind_is_binary(job->column->type->kind))
        return RASK_OK;
    int64_t bytes = 0;
    for (int32_t row = 0; row < rows; row++)
        bytes += csv_field_length(job->fields[row]) + 4;
    return base_buffer_new(reader->config->pool, bytes, &job->decoded, err);
}

static rask_status finish_column(csv_reader *reader, csv_column_job *job, rask_error *err) {
    data_column *column = job->column;
    if (column->type->kind == DATA_DECIMAL)
        column->bound = job->bound;
    if (!is_text(column->type))
        return RASK_OK;
    column->live_bytes = job->live_bytes;
    if (job->live_bytes == 0)
        return RASK_OK;
    return data_column_add_heap(column, job->decoded != NULL ? job->decoded : reader->blocks.block,
                                err);
}

/* Converts a column; *rows shrinks to the rows before the first that cannot be converted. */
static rask_status convert_rows(csv_reader *reader, int32_t slot, csv_column_job *job,
                                int32_t *rows, csv_bad *bad, rask_error *err) {
    int32_t row = 0;
    while ((row = reader->converters[slot](job, row, *rows)) < *rows) {
        if (!job->is_null && !reader->dialect.ignore_parse_errors) {
            uint64_t field = job->fields[row];
            *bad = (csv_bad){.kind = job->check_utf8 ? CSV_BAD_UTF8 : CSV_BAD_VALUE,
                             .field = reader->column_of[slot],
                             .row_start = reader->scan.row_starts[row],
                             .start = csv_field_start(field),
                             .length = csv_field_length(field)};
            *rows = row;
            return RASK_OK;
        }
        job->is_null = false;
        RASK_TRY(null_row(reader, job->column, row, err));
        row++;
    }
    return RASK_OK;
}

static rask_status make_column(csv_reader *reader, int32_t slot, int32_t *rows, csv_bad *bad,
                               data_column **out, rask_error *err) {
    const format_config *config = reader->config;
    csv_scan *scan = &reader->scan;
    const data_type *type = config->schema->types[reader->column_of[slot]];
    uint64_t *fields = scan->fields + (int64_t)slot * scan->stride;
    csv_column_job job = {.dialect = &reader->dialect, .data = scan->data, .fields = fields};
    rask_status status;
    RASK_TRY(data_column_new(config->pool, type, DATA_PHYSICAL_NONE, *rows, &job.column, err));
    if (mark_nulls(reader, type, fields, *rows))
        RASK_TRY_OUT(status, set_nulls(config->pool, job.column, fields, *rows, err));
    job.check_utf8 = scan->seen_non_ascii && data_kind_is_string(type->kind);
    RASK_TRY_OUT(status, reserve_decoded(reader, &job, *rows, err));
    RASK_TRY_OUT(status, convert_rows(reader, slot, &job, rows, bad, err));
    status = finish_column(reader, &job, err);
out:
    base_buffer_unref(job.decoded);
    if (status == RASK_OK)
        *out = job.column;
    else
        data_column_unref(job.column);
    return status;
}

static void drop_columns(data_column **columns, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        data_column_unref(columns[i]);
        columns[i] = NULL;
    }
}

/* All wanted columns.  A bad value shortens the batch, and conversion starts again: so every value
 * of the rows before it is looked at, and the first damaged row wins. */
static rask_status make_columns(csv_reader *reader, int32_t *rows, data_column **columns,
                                rask_error *err) {
    csv_bad bad = {0};
    int32_t slot = 0;
    while (slot<reader->slot_count && * rows> 0) {
        int32_t wanted = *rows;
        rask_status status = make_column(reader, slot, rows, &bad, &columns[slot], err);
        slot++;
        if (status != RASK_OK) {
            drop_columns(columns, slot - 1);
            return status;
        }
        if (*rows < wanted) {
            drop_columns(columns, slot);
            slot = 0;
        }
    }
    if (bad.kind != CSV_BAD_NONE)
        fail_later(reader, &bad);
    return RASK_OK;
}

rask_status csv_read(format_reader *handle, int32_t rows_max, data_batch **out, rask_error *err) {
    csv_reader *reader = (csv_reader *)handle;
    int32_t rows = 0;
    reserve_rows(reader, rows_max);
    RASK_TRY(split_rows(reader, rows_max, &rows, err));
    if (reader->scan.seen_escaped)
        unescape_fields(reader, rows);
    int32_t output_count = reader->config->projection_count;
    data_column **columns = BASE_NEW_ARRAY(data_column *, reader->slot_count + output_count + 1);
    data_column **outputs = columns + reader->slot_count;
    rask_status status = make_columns(reader, &rows, columns, err);
    if (status == RASK_OK && rows > 0) {
        for (int32_t i = 0; i < output_count; i++)
            outputs[i] = data_column_ref(columns[reader->slot_of_output[i]]);
        *out = data_batch_take(outputs, output_count, rows);
        drop_columns(columns, reader->slot_count);
    } else if (status == RASK_OK) {
        *out = NULL;
        if (reader->has_failed) {
            if (err != NULL)
                *err = reader->failure;
            status = reader->failure.code;
        }
    }
    base_free(columns);
    return status;
}
