/* The filesystem connector inside: what the files filesystem*.c share. */
#ifndef CONNECT_FILESYSTEM_H
#define CONNECT_FILESYSTEM_H

#include "connect/connect_options.h"

extern const connect_class connect_filesystem;

/* ---- paths and files (filesystem_list.c) ----------------------------------------------------- */
typedef struct filesystem_file {
    const char *path;
    int64_t size;
} filesystem_file;

/* The table's path without file: in front and slashes behind. */
rask_status filesystem_path(base_arena *arena, const connect_config *config, const char **out,
                            rask_error *err);
/* All files the table's path stands for, in the order they are read: directories through and
 * through in bytewise order of names, without hidden ones (. or _ in front); glob patterns; the
 * option source.path.regex-pattern.  A path that is not there is an error.  `files` holds
 * filesystem_file * in the arena. */
rask_status filesystem_list(base_arena *arena, const connect_config *config, base_list *files,
                            rask_error *err);
/* ---- partitions (filesystem_partition.c) ----------------------------------------------------- */
/* PARTITIONED BY columns stand in directory names, key=value, not in the files. */
typedef struct filesystem_partitions {
    int32_t count;
    const int32_t *columns;   /* of config->schema, in the order of the keys */
    const char *default_name; /* stands for NULL and the empty text */
    int32_t file_column_count;
    const int32_t *file_columns; /* the other columns: those in the files */
    data_schema *file_schema;
} filesystem_partitions;

rask_status filesystem_partitions_read(base_arena *arena, const connect_config *config,
                                       filesystem_partitions *out, rask_error *err);
/* "k=v/l=w" for row `row`, appended. */
void filesystem_partition_write(const filesystem_partitions *partitions, const plan_table *table,
                                const data_batch *batch, int32_t row, base_strbuf *out);
/* The value of partition key `index` in a file's path as a column of `length` equal rows. */
rask_status filesystem_partition_column(const filesystem_partitions *partitions,
                                        const connect_config *config, const char *path,
                                        int32_t index, int32_t length, data_column **out,
                                        rask_error *err);

/* ---- source (filesystem_source.c, filesystem_statistics.c)
 * ------------------------------------------------------------ */
/* A file as the formats see it, opened and closed by whoever looks into it. */
typedef struct filesystem_input {
    const base_files *system;
    base_file *file;
    format_input input;
} filesystem_input;
/* `input` must stay where it is until it is closed. */
rask_status filesystem_open_input(const connect_config *config, const filesystem_file *file,
                                  filesystem_input *out, rask_error *err);
rask_status filesystem_close_input(filesystem_input *input, rask_error *err);
/* Sets schema, projection and filter of a format's settings to the columns that stand in the files;
 * source_of[i] (in the arena) is the format's column, or ~key of a partition, for column i of the
 * connector's projection. */
void filesystem_map_columns(base_arena *arena, const connect_config *config,
                            const filesystem_partitions *partitions, format_config *settings,
                            int32_t **source_of);

rask_status filesystem_plan(const connect_config *config, int32_t parallelism, base_arena *arena,
                            const char ***splits, int32_t *count, rask_error *err);
int64_t filesystem_estimate_rows(const connect_config *config);
rask_status filesystem_statistics(const connect_config *config, base_arena *arena,
                                  format_statistics *out, rask_error *err);
rask_status filesystem_open_reader(const connect_config *config, const char *split,
                                   const char *resume_at, connect_reader **out, rask_error *err);
rask_status filesystem_poll(connect_reader *reader, int32_t rows_max, data_batch **out,
                            connect_poll *state, rask_error *err);
void filesystem_position(const connect_reader *reader, base_strbuf *out);
void filesystem_close_reader(connect_reader *reader);

/* ---- sink (filesystem_sink.c; filesystem_commit.c) ------------------------------------------- */
rask_status filesystem_begin(const connect_config *config, rask_error *err);
rask_status filesystem_open_writer(const connect_config *config, connect_writer **out,
                                   rask_error *err);
rask_status filesystem_write(connect_writer *writer, data_batch *batch, rask_error *err);
rask_status filesystem_prepare(connect_writer *writer, bool is_end, base_strbuf *committable,
                               rask_error *err);
void filesystem_close_writer(connect_writer *writer);
rask_status filesystem_commit(const connect_config *config, const char *const *committables,
                              int32_t count, bool is_end, rask_error *err);
rask_status filesystem_recover_commit(const connect_config *config, const char *const *committables,
                                      int32_t count, rask_error *err);
void filesystem_abort(const connect_config *config);
/* Where 1.9's sink writes until the job is complete: ".name.inprogress.<job>" beside the path. */
char *filesystem_legacy_pending(base_arena *arena, const char *path, const char *job_id);

#endif
