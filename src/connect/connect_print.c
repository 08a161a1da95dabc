/* The print connector: every change as a line on standard output or standard error.
 *
 *     +I[flink, 1]        one task                 2> +I[flink, 1]       the second of several
 *     me> +I[flink, 1]    with an identifier       me:2> +I[flink, 1]    both
 *
 * A batch's lines are written together, so lines of different tasks do not mix. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "connect/connect_options.h"
#include "connect/print_text.h"

enum { FLUSH_BYTES = 64 * 1024 };

const connect_class connect_print;

static const plan_option options[] = {
    {.key = "print-identifier", .doc = "Stands in front of every line."},
    {.key = "standard-error",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "Writes to standard error instead of standard output."},
    {.key = "sink.parallelism", .kind = PLAN_OPTION_INT, .doc = "How many tasks print."},
    {.key = NULL},
};

typedef struct print_writer {
    FILE *stream;
    char *prefix;
    base_strbuf lines;
} print_writer;

static char *make_prefix(const connect_config *config) {
    const char *identifier = connect_option(config, &connect_print, "print-identifier");
    bool named = identifier != NULL && identifier[0] != '\0';
    if (config->parallelism > 1)
        return base_printf("%s%s%d> ", named ? identifier : "", named ? ":" : "",
                           config->subtask + 1);
    return named ? base_printf("%s> ", identifier) : base_strdup("");
}

static rask_status open_writer(const connect_config *config, connect_writer **out,
                               rask_error *err) {
    print_writer *writer = BASE_NEW(print_writer);
    bool to_error = connect_option_bool(config, &connect_print, "standard-error");
    writer->stream = to_error ? stderr : stdout;
    writer->prefix = make_prefix(config);
    base_strbuf_init(&writer->lines, INT32_MAX);
    *out = (connect_writer *)writer;
    return RASK_OK;
}

static rask_status flush_lines(print_writer *writer, rask_error *err) {
    size_t length = (size_t)writer->lines.length;
    bool written =
        length == 0 || (fwrite(writer->lines.data, 1, length, writer->stream) == length &&
                        fflush(writer->stream) == 0);
    base_strbuf_clear(&writer->lines);
    if (written)
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_IO, "the print sink cannot write to %s: %s",
                          writer->stream == stdout ? "standard output" : "standard error",
                          strerror(errno));
}

static rask_status write_batch(connect_writer *handle, data_batch *batch, rask_error *err) {
    print_writer *writer = (print_writer *)handle;
    for (int32_t i = 0; i < batch->selected; i++) {
        int32_t row = data_batch_row(batch, i);
        base_strbuf_add_text(&writer->lines, writer->prefix);
        connect_print_row(data_batch_kind(batch, row), batch->columns, batch->column_count, row,
                          &writer->lines);
        base_strbuf_add_char(&writer->lines, '\n');
        if (writer->lines.length >= FLUSH_BYTES)
            RASK_TRY(flush_lines(writer, err));
    }
    return flush_lines(writer, err);
}

static rask_status prepare(connect_writer *writer, bool is_end, base_strbuf *committable,
                           rask_error *err) {
    return RASK_OK;
}

static void close_writer(connect_writer *handle) {
    print_writer *writer = (print_writer *)handle;
    if (writer == NULL)
        return;
    base_free(writer->prefix);
    base_strbuf_free(&writer->lines);
    base_free(writer);
}

const connect_class connect_print = {
    .size = sizeof(connect_class),
    .abi_version = CONNECT_ABI_VERSION,
    .name = "print",
    .doc = "Changes as lines of text; at least once.",
    .options = options,
    .is_sink = true,
    .sink_takes_updates = true,
    .open_writer = open_writer,
    .write = write_batch,
    .prepare = prepare,
    .close_writer = close_writer,
};
