/* What is known of the rows in files without reading them: by their formats' own records (footers),
 * or guessed from the first file. */
#include "connect/filesystem.h"

/* Rows of the first file, scaled to the size of all. */
static int64_t scale_rows(const connect_config *config, const format_class *format,
                          const base_list *files) {
    const filesystem_file *first = files->items[0];
    filesystem_input input;
    int64_t total = 0;
    if (filesystem_open_input(config, first, &input, NULL) != RASK_OK)
        return -1;
    format_config settings = connect_format_config(config);
    int64_t rows = format->estimate_rows(&settings, &input.input);
    filesystem_close_input(&input, NULL);
    for (int32_t i = 0; i < files->count; i++)
        total += ((const filesystem_file *)files->items[i])->size;
    if (rows > 0 && first->size > 0)
        rows = (int64_t)((double)rows * (double)total / (double)first->size);
    return rows;
}

int64_t filesystem_estimate_rows(const connect_config *config) {
    const format_class *format = connect_format(config->table);
    base_arena *arena = base_arena_new();
    base_list files = {0};
    int64_t rows = -1;
    if (filesystem_list(arena, config, &files, NULL) == RASK_OK) {
        if (files.count == 0)
            rows = 0;
        else if (format != NULL && format->estimate_rows != NULL)
            rows = scale_rows(config, format, &files);
    }
    base_arena_free(arena);
    return rows;
}

/* Adds one file's to `out`. */
static rask_status add_file(const connect_config *config, const format_config *settings,
                            const int32_t *source_of, const filesystem_file *file,
                            base_arena *arena, format_statistics *out, rask_error *err) {
    filesystem_input input;
    format_statistics known;
    if (file->size == 0)
        return RASK_OK;
    RASK_TRY(filesystem_open_input(config, file, &input, err));
    rask_status status =
        connect_format(config->table)->statistics(settings, &input.input, arena, &known, err);
    filesystem_close_input(&input, NULL);
    RASK_TRY(status);
    for (int32_t i = 0; i < config->projection_count; i++) {
        format_column_statistics of_key = {.null_count = -1, .distinct_max = 1};
        format_statistics_add(&out->columns[i], out->row_count,
                              source_of[i] >= 0 ? &known.columns[source_of[i]] : &of_key,
                              known.row_count);
    }
    out->row_count += known.row_count;
    return RASK_OK;
}

rask_status filesystem_statistics(const connect_config *config, base_arena *arena,
                                  format_statistics *out, rask_error *err) {
    const format_class *format = connect_format(config->table);
    format_config settings = connect_format_config(config);
    filesystem_partitions partitions;
    base_list files = {0};
    int32_t *source_of;
    *out = (format_statistics){.row_count = -1};
    out->columns = BASE_ARENA_ARRAY(arena, format_column_statistics, config->projection_count + 1);
    if (format->statistics == NULL) {
        for (int32_t i = 0; i < config->projection_count; i++)
            out->columns[i].null_count = out->columns[i].distinct_max = -1;
        out->row_count = filesystem_estimate_rows(config);
        return RASK_OK;
    }
    RASK_TRY(filesystem_partitions_read(arena, config, &partitions, err));
    filesystem_map_columns(arena, config, &partitions, &settings, &source_of);
    RASK_TRY(filesystem_list(arena, config, &files, err));
    out->row_count = 0;
    for (int32_t i = 0; i < files.count; i++)
        RASK_TRY(add_file(config, &settings, source_of, files.items[i], arena, out, err));
    return RASK_OK;
}
