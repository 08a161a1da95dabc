/* The json format: an object a line, as Flink's. */
#include <string.h>

#include "format/json.h"
#include "format/text_splits.h"

const plan_option json_options[] = {
    {.key = "fail-on-missing-field",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "Reading: a field that is not there is an error instead of NULL."},
    {.key = "ignore-parse-errors",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "Reading: damaged lines are skipped, values of another type are NULL."},
    {.key = "decode.json-parser.enabled",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "true",
     .doc = "Chooses between two readers of Flink; Rask has one, which reads as for true."},
    JSON_STYLE_OPTIONS,
    {.key = NULL},
};

rask_status json_dialect_read(const format_config *config, json_dialect *out, rask_error *err) {
    json_style style;
    const plan_table *table = config->table;
    RASK_TRY(json_style_read(table, "json", json_options, &style, err));
    out->timestamp_separator = style.timestamp_separator;
    RASK_TRY(format_option_bool(table, "json", json_options, "ignore-parse-errors",
                                &out->ignore_parse_errors, err));
    RASK_TRY(format_option_bool(table, "json", json_options, "fail-on-missing-field",
                                &out->fail_on_missing, err));
    if (out->fail_on_missing && out->ignore_parse_errors)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "fail-on-missing-field and ignore-parse-errors shouldn't both be "
                              "true.");
    return RASK_OK;
}

static rask_status check(const format_config *config, bool as_writer, rask_error *err) {
    json_dialect dialect;
    for (int32_t i = 0; i < config->schema->count; i++)
        if (!json_writes_type(config->schema->types[i]))
            return format_refuse_type(config, i, err);
    return json_dialect_read(config, &dialect, err);
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

/* ---- writing --------------------------------------------------------------------------------- */
typedef struct json_writer {
    const format_config *config;
    json_style style;
} json_writer;

static rask_status open_writer(const format_config *config, format_writer **out, rask_error *err) {
    json_style style;
    RASK_TRY(json_style_read(config->table, "json", json_options, &style, err));
    json_writer *writer = BASE_NEW(json_writer);
    writer->config = config;
    writer->style = style;
    *out = (format_writer *)writer;
    return RASK_OK;
}

static rask_status write_batch(format_writer *handle, const data_batch *batch, base_strbuf *bytes,
                               rask_error *err) {
    json_writer *writer = (json_writer *)handle;
    for (int32_t i = 0; i < batch->selected; i++) {
        RASK_TRY(json_write_row(&writer->style, writer->config->schema, batch->columns,
                                data_batch_row(batch, i), bytes, err));
        base_strbuf_add_char(bytes, '\n');
    }
    if (bytes->overflowed)
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "a batch becomes more than %lld bytes of json",
                              (long long)bytes->length_max);
    return RASK_OK;
}

static rask_status finish_writer(format_writer *writer, base_strbuf *bytes, rask_error *err) {
    return RASK_OK;
}

static void close_writer(format_writer *writer) {
    base_free(writer);
}

const format_class format_json = {
    .size = sizeof(format_class),
    .abi_version = FORMAT_ABI_VERSION,
    .name = "json",
    .doc = "JSON lines: an object a row.",
    .options = json_options,
    .reads = true,
    .writes = true,
    .check = check,
    .plan_splits = plan_splits,
    .open_reader = json_open_reader,
    .read = json_read,
    .position = json_position,
    .close_reader = json_close_reader,
    .estimate_rows = text_estimate_lines,
    .open_writer = open_writer,
    .write = write_batch,
    .finish_writer = finish_writer,
    .close_writer = close_writer,
};
