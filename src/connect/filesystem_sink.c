/* Writing files: a writer fills hidden part files and hands over their names to be committed.
 *
 *     path/.part-<uuid>-0-0.inprogress.<job>   while it is written and until the commit
 *     path/part-<uuid>-0-0                     in streaming: task 0, its file 0
 *     path/part-<uuid>-task-0-file-0           in batch
 *
 * A partitioned table has one open part a partition.  A committable is a list of lines: hidden
 * name, final name, hidden name, ...  A 1.9 table writes one file at the path itself, or with
 * several tasks a directory of files 1, 2, ...: beside the path, moved there when the job is
 * complete. */
#include <string.h>

#include "base/map.h"
#include "connect/filesystem.h"

enum { FLUSH_BYTES = 256 * 1024 };

typedef struct sink_part {
    char *partition; /* "k=v/...", "" without partitions */
    char *pending, *final;
    base_file *file; /* NULL = none is open */
    format_writer *encoder;
    base_strbuf bytes; /* not written yet */
    int64_t written;
    uint16_t *rows; /* of the batch at hand that go here */
    int32_t row_count;
} sink_part;

typedef struct filesystem_writer {
    const connect_config *config;
    base_arena *arena;
    const base_files *system;
    const char *path;
    const format_class *format;
    format_config format_settings;
    filesystem_partitions partitions;
    base_map *parts; /* partition -> sink_part */
    char uuid[40];
    int32_t file_count;
    int64_t file_bytes_max;
    base_strbuf pending; /* committable: parts that were closed */
} filesystem_writer;

/* ---- one part -------------------------------------------------------------------------------- */

static void name_part(filesystem_writer *writer, sink_part *part) {
    const connect_config *config = writer->config;
    const char *slash = part->partition[0] != '\0' ? "/" : "";
    char *directory = base_printf("%s%s%s", writer->path, slash, part->partition);
    char *name = connect_is_streaming(config) ? base_printf("part-%s-%d-%d", writer->uuid,
                                                            config->subtask, writer->file_count)
                                              : base_printf("part-%s-task-%d-file-%d", writer->uuid,
                                                            config->subtask, writer->file_count);
    writer->file_count++;
    part->pending = base_printf("%s/.%s.inprogress.%s", directory, name, config->job_id);
    part->final = base_printf("%s/%s", directory, name);
    base_free(directory);
    base_free(name);
}

/* 1.9: the path itself, or a directory of numbered files. */
static void name_legacy_part(filesystem_writer *writer, sink_part *part) {
    const connect_config *config = writer->config;
    const char *pending = filesystem_legacy_pending(writer->arena, writer->path, config->job_id);
    part->pending = config->parallelism > 1 ? base_printf("%s/%d", pending, config->subtask + 1)
                                            : base_strdup(pending);
    part->final = config->parallelism > 1 ? base_printf("%s/%d", writer->path, config->subtask + 1)
                                          : base_strdup(writer->path);
}

static rask_status make_parent(const base_files *system, const char *path, rask_error *err) {
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path)
        return RASK_OK;
    char *parent = base_strndup(path, slash - path);
    rask_status status = system->make_directories(system->self, parent, err);
    base_free(parent);
    return status;
}

static rask_status open_part(filesystem_writer *writer, sink_part *part, rask_error *err) {
    const base_files *system = writer->system;
    if (writer->config->table->is_legacy)
        name_legacy_part(writer, part);
    else
        name_part(writer, part);
    RASK_TRY(make_parent(system, part->pending, err));
    RASK_TRY(system->open(system->self, part->pending, BASE_FILE_WRITE, &part->file, err));
    part->written = 0;
    return writer->format->open_writer(&writer->format_settings, &part->encoder, err);
}

static void forget_names(sink_part *part) {
    base_free(part->pending);
    base_free(part->final);
    part->pending = part->final = NULL;
}

static rask_status flush_part(filesystem_writer *writer, sink_part *part, rask_error *err) {
    if (part->bytes.length == 0)
        return RASK_OK;
    RASK_TRY(writer->system->write(writer->system->self, part->file, part->bytes.data,
                                   part->bytes.length, err));
    part->written += part->bytes.length;
    base_strbuf_clear(&part->bytes);
    return RASK_OK;
}

static void close_encoder(filesystem_writer *writer, sink_part *part) {
    if (part->encoder != NULL)
        writer->format->close_writer(part->encoder);
    part->encoder = NULL;
}

/* Closes the part's file for good and notes it for the commit.  `durable`: a checkpoint will rely
 * on it, so it must outlive a crash of the machine. */
static rask_status finish_part(filesystem_writer *writer, sink_part *part, bool durable,
                               rask_error *err) {
    const base_files *system = writer->system;
    if (part->file == NULL)
        return RASK_OK;
    RASK_TRY(writer->format->finish_writer(part->encoder, &part->bytes, err));
    RASK_TRY(flush_part(writer, part, err));
    if (durable)
        RASK_TRY(system->sync(system->self, part->file, err));
    base_file *file = part->file;
    part->file = NULL;
    base_strbuf_printf(&writer->pending, "%s\n%s\n", part->pending, part->final);
    forget_names(part);
    close_encoder(writer, part);
    return system->close(system->self, file, err);
}

/* Gives up a part whose file is still open. */
static void drop_part(filesystem_writer *writer, sink_part *part) {
    const base_files *system = writer->system;
    close_encoder(writer, part);
    if (part->file != NULL) {
        system->close(system->self, part->file, NULL);
        system->remove(system->self, part->pending, NULL);
    }
    forget_names(part);
    base_strbuf_free(&part->bytes);
    base_free(part->rows);
    base_free(part->partition);
    base_free(part);
}

static sink_part *get_part(filesystem_writer *writer, const char *partition) {
    sink_part *part = base_map_get(writer->parts, partition);
    if (part == NULL) {
        part = BASE_NEW(sink_part);
        part->partition = base_strdup(partition);
        base_strbuf_init(&part->bytes, INT32_MAX);
        base_map_put(writer->parts, partition, part);
    }
    return part;
}

/* ---- open, close ----------------------------------------------------------------------------- */

static rask_status set_up(filesystem_writer *writer, rask_error *err) {
    const connect_config *config = writer->config;
    RASK_TRY(filesystem_path(writer->arena, config, &writer->path, err));
    RASK_TRY(filesystem_partitions_read(writer->arena, config, &writer->partitions, err));
    writer->format_settings.schema = writer->partitions.file_schema;
    if (!config->table->is_legacy)
        return RASK_OK;
    return open_part(writer, get_part(writer, ""), err); /* also without rows there is a file */
}

rask_status filesystem_open_writer(const connect_config *config, connect_writer **out,
                                   rask_error *err) {
    filesystem_writer *writer = BASE_NEW(filesystem_writer);
    writer->config = config;
    writer->arena = base_arena_new();
    writer->system = connect_world(config)->files;
    writer->format = connect_format(config->table);
    writer->format_settings = connect_format_config(config);
    writer->parts = base_map_new(NULL);
    writer->file_bytes_max = connect_option_number(config, &connect_filesystem,
                                                   "sink.rolling-policy.file-size", INT64_MAX);
    base_strbuf_init(&writer->pending, INT32_MAX);
    base_uuid(connect_world(config), writer->uuid);
    rask_status status = set_up(writer, err);
    if (status != RASK_OK)
        filesystem_close_writer((connect_writer *)writer);
    else
        *out = (connect_writer *)writer;
    return status;
}

/* Files that were closed but never handed over. */
static void remove_pending(filesystem_writer *writer) {
    char *line = writer->pending.data;
    while (line != NULL && *line != '\0') {
        char *end = strchr(line, '\n');
        *end = '\0';
        writer->system->remove(writer->system->self, line, NULL);
        line = strchr(end + 1, '\n') + 1; /* behind the final name */
    }
}

void filesystem_close_writer(connect_writer *handle) {
    filesystem_writer *writer = (filesystem_writer *)handle;
    int64_t cursor = 0;
    const char *partition;
    void *part;
    if (writer == NULL)
        return;
    while (base_map_next(writer->parts, &cursor, &partition, &part))
        drop_part(writer, part);
    remove_pending(writer);
    base_map_free(writer->parts);
    base_strbuf_free(&writer->pending);
    base_arena_free(writer->arena);
    base_free(writer);
}

/* ---- write ----------------------------------------------------------------------------------- */

static rask_status write_part(filesystem_writer *writer, sink_part *part, const data_batch *batch,
                              rask_error *err) {
    if (part->file == NULL)
        RASK_TRY(open_part(writer, part, err));
    RASK_TRY(writer->format->write(part->encoder, batch, &part->bytes, err));
    if (part->bytes.length >= FLUSH_BYTES)
        RASK_TRY(flush_part(writer, part, err));
    if (part->written + part->bytes.length < writer->file_bytes_max ||
        writer->config->table->is_legacy)
        return RASK_OK;
    return finish_part(writer, part, connect_is_streaming(writer->config), err);
}

/* Sorts the batch's rows by partition: each part gets the rows that go there. */
static void divide(filesystem_writer *writer, const data_batch *batch) {
    base_strbuf partition;
    base_strbuf_init(&partition, INT32_MAX);
    for (int32_t i = 0; i < batch->selected; i++) {
        int32_t row = data_batch_row(batch, i);
        base_strbuf_clear(&partition);
        filesystem_partition_write(&writer->partitions, writer->config->table, batch, row,
                                   &partition);
        sink_part *part = get_part(writer, partition.data);
        if (part->rows == NULL)
            part->rows = BASE_NEW_ARRAY(uint16_t, DATA_BATCH_ROWS_LIMIT);
        part->rows[part->row_count++] = (uint16_t)row;
    }
    base_strbuf_free(&partition);
}

/* The rows of one part without the partition columns. */
static rask_status write_share(filesystem_writer *writer, sink_part *part, const data_batch *batch,
                               rask_error *err) {
    const filesystem_partitions *partitions = &writer->partitions;
    base_buffer *selection = NULL;
    int64_t bytes = (int64_t)sizeof(uint16_t) * part->row_count;
    RASK_TRY(base_buffer_new(writer->config->pool, bytes, &selection, err));
    memcpy(selection->data, part->rows, (size_t)bytes);
    selection->size = bytes;
    data_column **columns = BASE_NEW_ARRAY(data_column *, partitions->file_column_count + 1);
    for (int32_t i = 0; i < partitions->file_column_count; i++)
        columns[i] = data_column_ref(batch->columns[partitions->file_columns[i]]);
    data_batch *share = data_batch_with_columns(batch, columns, partitions->file_column_count);
    data_batch_set_selection(share, selection, part->row_count);
    rask_status status = write_part(writer, part, share, err);
    data_batch_unref(share);
    base_free(columns);
    return status;
}

rask_status filesystem_write(connect_writer *handle, data_batch *batch, rask_error *err) {
    filesystem_writer *writer = (filesystem_writer *)handle;
    int64_t cursor = 0;
    const char *partition;
    void *value;
    if (batch->selected == 0)
        return RASK_OK;
    if (writer->partitions.count == 0)
        return write_part(writer, get_part(writer, ""), batch, err);
    divide(writer, batch);
    while (base_map_next(writer->parts, &cursor, &partition, &value)) {
        sink_part *part = value;
        if (part->row_count > 0)
            RASK_TRY(write_share(writer, part, batch, err));
        part->row_count = 0;
    }
    return RASK_OK;
}

/* ---- hand over ------------------------------------------------------------------------------- */

rask_status filesystem_prepare(connect_writer *handle, bool is_end, base_strbuf *committable,
                               rask_error *err) {
    filesystem_writer *writer = (filesystem_writer *)handle;
    int64_t cursor = 0;
    const char *partition;
    void *part;
    if (writer->config->table->is_legacy && !is_end) {
        /* The one file goes on; a restored job could not, and says so (filesystem_commit.c). */
        base_strbuf_printf(committable, "\n%s\n", writer->path);
        return RASK_OK;
    }
    while (base_map_next(writer->parts, &cursor, &partition, &part))
        RASK_TRY(finish_part(writer, part, !is_end, err));
    base_strbuf_add(committable, writer->pending.data, writer->pending.length);
    base_strbuf_clear(&writer->pending);
    return RASK_OK;
}
