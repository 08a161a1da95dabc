/* Reading files: one split is a range of bytes of one file.
 *
 * In streaming a file is one split, and files follow each other in order of their names.  In batch
 * with several tasks large files are cut by their format into ranges that start at records.  A
 * split's text is "start end path", a position the offset of the next record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect/filesystem.h"
#include "format/format_predicate.h"

enum { SPLITS_PER_TASK = 4 };
#define SPLIT_BYTES_MIN (8LL << 20)
#define SPLIT_BYTES_MAX (128LL << 20)

typedef struct filesystem_reader {
    const connect_config *config;
    base_arena *arena;
    const base_files *system;
    base_file *file;
    const char *path;
    format_input input;
    const format_class *format;
    format_config format_settings;
    format_reader *reader;
    filesystem_partitions partitions;
    int32_t
        *source_of; /* [projection_count] column of the format's batch, or ~key of a partition */
} filesystem_reader;

/* ---- a file as the formats see it ------------------------------------------------------------ */

static rask_status read_input(void *self, int64_t offset, void *bytes, int64_t size, int64_t *got,
                              rask_error *err) {
    const filesystem_input *open = self;
    return open->system->read_at(open->system->self, open->file, offset, bytes, size, got, err);
}

rask_status filesystem_open_input(const connect_config *config, const filesystem_file *file,
                                  filesystem_input *out, rask_error *err) {
    const base_files *system = connect_world(config)->files;
    *out = (filesystem_input){.system = system};
    RASK_TRY(system->open(system->self, file->path, BASE_FILE_READ, &out->file, err));
    out->input = (format_input){file->path, file->size, read_input, out};
    return RASK_OK;
}

rask_status filesystem_close_input(filesystem_input *input, rask_error *err) {
    return input->system->close(input->system->self, input->file, err);
}

static rask_status read_reader_file(void *self, int64_t offset, void *bytes, int64_t size,
                                    int64_t *got, rask_error *err) {
    const filesystem_reader *reader = self;
    return reader->system->read_at(reader->system->self, reader->file, offset, bytes, size, got,
                                   err);
}

/* ---- plan ------------------------------------------------------------------------------------ */

static void add_split(base_arena *arena, base_list *texts, const filesystem_file *file,
                      format_split split) {
    base_list_add(arena, texts,
                  base_arena_printf(arena, "%lld %lld %s", (long long)split.start,
                                    (long long)split.end, file->path));
}

static rask_status cut_file(const connect_config *config, const format_config *format_settings,
                            const filesystem_file *file, int64_t target_bytes, base_arena *arena,
                            base_list *texts, rask_error *err) {
    const format_class *format = connect_format(config->table);
    filesystem_input file_input;
    format_split *splits;
    int32_t count;
    RASK_TRY(filesystem_open_input(config, file, &file_input, err));
    rask_status status = format->plan_splits(format_settings, &file_input.input, target_bytes,
                                             arena, &splits, &count, err);
    rask_status closed = filesystem_close_input(&file_input, status == RASK_OK ? err : NULL);
    status = status != RASK_OK ? status : closed;
    for (int32_t i = 0; i < count && status == RASK_OK; i++)
        add_split(arena, texts, file, splits[i]);
    return status;
}

/* About how large splits should be; INT64_MAX = files are not cut. */
static int64_t split_bytes(const connect_config *config, const base_list *files,
                           int32_t parallelism) {
    int64_t total = 0;
    if (parallelism == 1 || connect_is_streaming(config))
        return INT64_MAX;
    for (int32_t i = 0; i < files->count; i++)
        total += ((const filesystem_file *)files->items[i])->size;
    int64_t bytes = total / ((int64_t)parallelism * SPLITS_PER_TASK);
    return bytes < SPLIT_BYTES_MIN   ? SPLIT_BYTES_MIN
           : bytes > SPLIT_BYTES_MAX ? SPLIT_BYTES_MAX
                                     : bytes;
}

/* Whether the partition that a file lies in may have wanted rows. */
static rask_status is_wanted(const connect_config *config, const filesystem_partitions *partitions,
                             const int32_t *source_of, const format_predicate *predicates,
                             int32_t count, const char *path, bool *out, rask_error *err) {
    uint8_t passes = 1;
    for (int32_t i = 0; i < count && passes; i++) {
        int32_t source = source_of[predicates[i].column];
        data_column *column, *flat;
        if (source >= 0)
            continue;
        RASK_TRY(filesystem_partition_column(partitions, config, path, ~source, 1, &column, err));
        rask_status status = data_column_flatten(config->pool, column, &flat, err);
        data_column_unref(column);
        RASK_TRY(status);
        format_predicate_check(&predicates[i], flat, &passes);
        data_column_unref(flat);
    }
    *out = passes != 0;
    return RASK_OK;
}

/* Leaves out the files of partitions that the filter rejects. */
static rask_status drop_partitions(const connect_config *config, base_arena *arena,
                                   const filesystem_partitions *partitions, base_list *files,
                                   rask_error *err) {
    format_config unused = {0};
    format_predicate *predicates;
    int32_t *source_of, kept = 0;
    int32_t count = format_predicates_find(config->filter, config->context, arena, &predicates);
    if (count == 0 || partitions->count == 0)
        return RASK_OK;
    filesystem_map_columns(arena, config, partitions, &unused, &source_of);
    for (int32_t i = 0; i < files->count; i++) {
        bool wanted;
        const filesystem_file *file = files->items[i];
        RASK_TRY(
            is_wanted(config, partitions, source_of, predicates, count, file->path, &wanted, err));
        files->items[kept] = files->items[i];
        kept += wanted;
    }
    files->count = kept;
    return RASK_OK;
}

rask_status filesystem_plan(const connect_config *config, int32_t parallelism, base_arena *arena,
                            const char ***splits, int32_t *count, rask_error *err) {
    base_list files = {0}, texts = {0};
    filesystem_partitions partitions;
    format_config format_settings = connect_format_config(config);
    RASK_TRY(filesystem_partitions_read(arena, config, &partitions, err));
    format_settings.schema = partitions.file_schema;
    format_settings.projection_count = 0;
    RASK_TRY(filesystem_list(arena, config, &files, err));
    RASK_TRY(drop_partitions(config, arena, &partitions, &files, err));
    int64_t target_bytes = split_bytes(config, &files, parallelism);
    for (int32_t i = 0; i < files.count; i++) {
        const filesystem_file *file = files.items[i];
        if (file->size == 0)
            continue;
        if (file->size / 3 * 2 <= target_bytes)
            add_split(arena, &texts, file, (format_split){0, file->size});
        else
            RASK_TRY(cut_file(config, &format_settings, file, target_bytes, arena, &texts, err));
    }
    *splits = (const char **)texts.items;
    *count = texts.count;
    return RASK_OK;
}

/* ---- read ------------------------------------------------------------------------------------ */

/* The conjuncts of the filter that need only columns of the files, over those. */
static const expr_node *filter_of_files(base_arena *arena, const connect_config *config,
                                        const int32_t *source_of) {
    base_list conjuncts = {0}, kept = {0};
    bool *used = BASE_ARENA_ARRAY(arena, bool, config->projection_count + 1);
    expr_conjuncts(arena, (expr_node *)(uintptr_t)config->filter, &conjuncts);
    for (int32_t i = 0; i < conjuncts.count; i++) {
        bool fits = true;
        memset(used, 0, (size_t)config->projection_count);
        expr_used_columns(conjuncts.items[i], 0, used);
        for (int32_t c = 0; c < config->projection_count; c++)
            fits = fits && !(used[c] && source_of[c] < 0);
        if (fits)
            base_list_add(arena, &kept, conjuncts.items[i]);
    }
    if (kept.count == 0)
        return NULL;
    return expr_remap(arena, expr_and(arena, (expr_node *const *)kept.items, kept.count),
                      source_of);
}

void filesystem_map_columns(base_arena *arena, const connect_config *config,
                            const filesystem_partitions *partitions, format_config *settings,
                            int32_t **source_of) {
    int32_t *projection = BASE_ARENA_ARRAY(arena, int32_t, config->projection_count + 1);
    int32_t from_file = 0;
    *source_of = BASE_ARENA_ARRAY(arena, int32_t, config->projection_count + 1);
    for (int32_t i = 0; i < config->projection_count; i++) {
        for (int32_t k = 0; k < partitions->count; k++)
            if (partitions->columns[k] == config->projection[i])
                (*source_of)[i] = ~k;
        for (int32_t k = 0; k < partitions->file_column_count; k++) {
            if (partitions->file_columns[k] == config->projection[i]) {
                (*source_of)[i] = from_file;
                projection[from_file++] = k;
            }
        }
    }
    settings->schema = partitions->file_schema;
    settings->projection = projection;
    settings->projection_count = from_file;
    if (partitions->count > 0 && config->filter != NULL)
        settings->filter = filter_of_files(arena, config, *source_of);
}

static rask_status open_split(filesystem_reader *reader, const char *split, const char *resume_at,
                              rask_error *err) {
    long long start, end;
    int path_at = 0;
    if (sscanf(split, "%lld %lld%n", &start, &end, &path_at) != 2 || split[path_at] != ' ')
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT, "'%s' is no split of a file",
                              split);
    base_file_info info;
    reader->path = base_arena_strdup(reader->arena, split + path_at + 1);
    RASK_TRY(reader->system->info(reader->system->self, reader->path, &info, err));
    RASK_TRY(reader->system->open(reader->system->self, reader->path, BASE_FILE_READ, &reader->file,
                                  err));
    reader->input = (format_input){reader->path, info.size, read_reader_file, reader};
    return reader->format->open_reader(
        &reader->format_settings, &reader->input, &(format_split){start, end},
        resume_at != NULL ? atoll(resume_at) : -1, &reader->reader, err);
}

rask_status filesystem_open_reader(const connect_config *config, const char *split,
                                   const char *resume_at, connect_reader **out, rask_error *err) {
    filesystem_reader *reader = BASE_NEW(filesystem_reader);
    reader->config = config;
    reader->arena = base_arena_new();
    reader->system = connect_world(config)->files;
    reader->format = connect_format(config->table);
    reader->format_settings = connect_format_config(config);
    rask_status status =
        filesystem_partitions_read(reader->arena, config, &reader->partitions, err);
    if (status == RASK_OK) {
        filesystem_map_columns(reader->arena, config, &reader->partitions, &reader->format_settings,
                               &reader->source_of);
        status = open_split(reader, split, resume_at, err);
    }
    if (status != RASK_OK)
        filesystem_close_reader((connect_reader *)reader);
    else
        *out = (connect_reader *)reader;
    return status;
}

/* The format's batch with the partition's values put in. */
static rask_status add_partition_columns(filesystem_reader *reader, data_batch *batch,
                                         data_batch **out, rask_error *err) {
    const connect_config *config = reader->config;
    data_column **columns = BASE_NEW_ARRAY(data_column *, config->projection_count + 1);
    rask_status status = RASK_OK;
    int32_t made = 0;
    for (; made < config->projection_count && status == RASK_OK; made++) {
        int32_t source = reader->source_of[made];
        if (source >= 0)
            columns[made] = data_column_ref(batch->columns[source]);
        else
            status = filesystem_partition_column(&reader->partitions, config, reader->path, ~source,
                                                 batch->row_count, &columns[made], err);
    }
    if (status == RASK_OK)
        *out = data_batch_with_columns(batch, columns, config->projection_count);
    else
        for (int32_t i = 0; i < made - 1; i++)
            data_column_unref(columns[i]);
    base_free(columns);
    return status;
}

rask_status filesystem_poll(connect_reader *handle, int32_t rows_max, data_batch **out,
                            connect_poll *state, rask_error *err) {
    filesystem_reader *reader = (filesystem_reader *)handle;
    data_batch *batch = NULL;
    RASK_TRY(reader->format->read(reader->reader, rows_max, &batch, err));
    *state = batch != NULL ? CONNECT_ROWS : CONNECT_END;
    if (batch == NULL || reader->partitions.count == 0) {
        *out = batch;
        return RASK_OK;
    }
    rask_status status = add_partition_columns(reader, batch, out, err);
    data_batch_unref(batch);
    return status;
}

void filesystem_position(const connect_reader *handle, base_strbuf *out) {
    const filesystem_reader *reader = (const filesystem_reader *)handle;
    base_strbuf_printf(out, "%lld", (long long)reader->format->position(reader->reader));
}

void filesystem_close_reader(connect_reader *handle) {
    filesystem_reader *reader = (filesystem_reader *)handle;
    if (reader == NULL)
        return;
    if (reader->reader != NULL)
        reader->format->close_reader(reader->reader);
    if (reader->file != NULL)
        reader->system->close(reader->system->self, reader->file, NULL);
    base_arena_free(reader->arena);
    base_free(reader);
}
