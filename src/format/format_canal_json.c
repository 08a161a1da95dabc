/* The canal-json format: a change as one JSON line, the way the Canal tool sends them.
 *
 *     {"data":[{"word":"flink","count":1}],"type":"INSERT"}
 *
 * An update is written as the DELETE of the old row and the INSERT of the new one.  Only writing is
 * there; reading is refused by name. */
#include <string.h>

#include "format/format_options.h"
#include "format/json_write.h"

static const plan_option options[] = {
    {.key = "ignore-parse-errors",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "Reading: damaged lines are skipped."},
    {.key = "database.include", .doc = "Reading: pattern of databases."},
    {.key = "table.include", .doc = "Reading: pattern of tables."},
    JSON_STYLE_OPTIONS,
    {.key = NULL},
};

typedef struct canal_writer {
    const format_config *config;
    json_style style;
} canal_writer;

static rask_status check(const format_config *config, bool as_writer, rask_error *err) {
    json_style style;
    if (!as_writer)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "Reading format 'canal-json' is not supported yet.");
    for (int32_t i = 0; i < config->schema->count; i++)
        if (!json_writes_type(config->schema->types[i]))
            return format_refuse_type(config, i, err);
    return json_style_read(config->table, "canal-json", options, &style, err);
}

static rask_status open_writer(const format_config *config, format_writer **out, rask_error *err) {
    json_style style;
    RASK_TRY(json_style_read(config->table, "canal-json", options, &style, err));
    canal_writer *writer = BASE_NEW(canal_writer);
    writer->config = config;
    writer->style = style;
    *out = (format_writer *)writer;
    return RASK_OK;
}

static rask_status write_batch(format_writer *handle, const data_batch *batch, base_strbuf *bytes,
                               rask_error *err) {
    canal_writer *writer = (canal_writer *)handle;
    for (int32_t i = 0; i < batch->selected; i++) {
        int32_t row = data_batch_row(batch, i);
        bool is_add = data_row_kind_is_add(data_batch_kind(batch, row));
        base_strbuf_add_text(bytes, "{\"data\":[");
        RASK_TRY(json_write_row(&writer->style, writer->config->schema, batch->columns, row, bytes,
                                err));
        base_strbuf_add_text(bytes,
                             is_add ? "],\"type\":\"INSERT\"}\n" : "],\"type\":\"DELETE\"}\n");
    }
    if (bytes->overflowed)
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "a batch becomes more than %lld bytes of "
                              "canal-json",
                              (long long)bytes->length_max);
    return RASK_OK;
}

static rask_status finish_writer(format_writer *writer, base_strbuf *bytes, rask_error *err) {
    return RASK_OK;
}

static void close_writer(format_writer *writer) {
    base_free(writer);
}

const format_class format_canal_json = {
    .size = sizeof(format_class),
    .abi_version = FORMAT_ABI_VERSION,
    .name = "canal-json",
    .doc = "Changes as JSON lines: inserts and deletes.",
    .options = options,
    .writes = true,
    .writes_updates = true,
    .check = check,
    .open_writer = open_writer,
    .write = write_batch,
    .finish_writer = finish_writer,
    .close_writer = close_writer,
};
