/* The filesystem connector: its options, its checks and its row in the list of connectors.
 *
 * The parts: filesystem_list.c (paths to files), filesystem_source.c, filesystem_sink.c (part files
 * that are hidden until they are committed), filesystem_commit.c, filesystem_partition.c. */
#include "connect/filesystem.h"

#include <string.h>

static const plan_option options[] = {
    {.key = "path", .doc = "required: a file, a directory or a pattern; file: URIs too."},
    {.key = "format", .doc = "required: the format of the files."},
    {.key = "partition.default-name",
     .fallback = "__DEFAULT_PARTITION__",
     .doc = "The partition of rows whose partition column is NULL or empty."},
    {.key = "partition.time-extractor.kind",
     .fallback = "default",
     .doc = "How a partition's time is found."},
    {.key = "partition.time-extractor.class", .doc = "Class for the kind custom."},
    {.key = "partition.time-extractor.timestamp-pattern",
     .doc = "How partition values make a timestamp."},
    {.key = "partition.time-extractor.timestamp-formatter", .doc = "How it is written."},
    {.key = "source.monitor-interval",
     .kind = PLAN_OPTION_DURATION,
     .doc = "Watches the directory for new files; not supported yet."},
    {.key = "source.report-statistics",
     .kind = PLAN_OPTION_ENUM,
     .fallback = "ALL",
     .choices = "NONE,ALL",
     .doc = "Statistics for the planner."},
    {.key = "source.path.regex-pattern", .doc = "Only files whose whole path matches are read."},
    {.key = "sink.rolling-policy.file-size",
     .kind = PLAN_OPTION_MEMORY,
     .fallback = "128 mb",
     .doc = "A part file that grew to this size is closed and the next one begun."},
    {.key = "sink.rolling-policy.rollover-interval",
     .kind = PLAN_OPTION_DURATION,
     .fallback = "30 min",
     .doc = "Part files are closed at checkpoints in any case."},
    {.key = "sink.rolling-policy.inactivity-interval",
     .kind = PLAN_OPTION_DURATION,
     .fallback = "30 min",
     .doc = "Part files are closed at checkpoints in any case."},
    {.key = "sink.rolling-policy.check-interval",
     .kind = PLAN_OPTION_DURATION,
     .fallback = "1 min",
     .doc = "Part files are closed at checkpoints in any case."},
    {.key = "sink.shuffle-by-partition.enable",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "Rows of a partition go to one task; not supported yet."},
    {.key = "sink.partition-commit.trigger",
     .fallback = "process-time",
     .doc = "When a partition counts as complete."},
    {.key = "sink.partition-commit.delay",
     .kind = PLAN_OPTION_DURATION,
     .fallback = "0 s",
     .doc = "How much later it is committed."},
    {.key = "sink.partition-commit.watermark-time-zone",
     .fallback = "UTC",
     .doc = "Zone of the partition's time."},
    {.key = "sink.partition-commit.policy.kind",
     .doc = "What happens to a complete partition; not supported yet."},
    {.key = "sink.partition-commit.policy.class", .doc = "Class for the kind custom."},
    {.key = "sink.partition-commit.policy.class.parameters", .doc = "Its parameters."},
    {.key = "sink.partition-commit.success-file.name",
     .fallback = "_SUCCESS",
     .doc = "File written for the kind success-file."},
    {.key = "auto-compaction",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "Merges small part files; not supported yet."},
    {.key = "compaction.file-size", .kind = PLAN_OPTION_MEMORY, .doc = "Size to merge to."},
    {.key = "sink.parallelism", .kind = PLAN_OPTION_INT, .doc = "How many tasks write."},
    {.key = NULL},
};

static const plan_option legacy_options[] = {
    {.key = "num-files",
     .kind = PLAN_OPTION_INT,
     .doc = "CsvTableSink: how many files to write; 1 = a file at the path itself."},
    {.key = "write-mode",
     .fallback = "NO_OVERWRITE",
     .doc = "CsvTableSink: OVERWRITE replaces what is at the path."},
    {.key = NULL},
};

static rask_status refuse_option(const char *key, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                          "Option '%s' of connector 'filesystem' is not supported yet.", key);
}

/* Options that would change what happens, were they there. */
static rask_status check_supported(const connect_config *config, rask_error *err) {
    static const char *const absent[] = {"source.monitor-interval",
                                         "sink.partition-commit.policy.kind"};
    static const char *const disabled[] = {"auto-compaction", "sink.shuffle-by-partition.enable"};
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        if (plan_table_option(config->table, absent[i]) != NULL)
            return refuse_option(absent[i], err);
    for (size_t i = 0; i < sizeof disabled / sizeof disabled[0]; i++)
        if (connect_option_bool(config, &connect_filesystem, disabled[i]))
            return refuse_option(disabled[i], err);
    return RASK_OK;
}

static rask_status check_sink(const connect_config *config, rask_error *err) {
    if (config->is_overwrite && connect_is_streaming(config))
        return rask_error_set(err, RASK_ERROR_ILLEGAL_STATE,
                              "Streaming mode not support overwrite.");
    if (connect_option_number(config, &connect_filesystem, "sink.rolling-policy.file-size", 1) < 1)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Option 'sink.rolling-policy.file-size' must be positive.");
    const char *mode = connect_option(config, &connect_filesystem, "write-mode");
    if (mode != NULL && strcmp(mode, "NO_OVERWRITE") != 0 && strcmp(mode, "OVERWRITE") != 0)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Option 'write-mode' must be NO_OVERWRITE or OVERWRITE, but was: %s",
                              mode);
    return RASK_OK;
}

static rask_status check(const connect_config *config, bool as_sink, rask_error *err) {
    base_arena *arena = base_arena_new();
    filesystem_partitions partitions;
    const char *path;
    rask_status status;
    RASK_TRY_OUT(status, check_supported(config, err));
    RASK_TRY_OUT(status, filesystem_path(arena, config, &path, err));
    if (as_sink)
        RASK_TRY_OUT(status, check_sink(config, err));
    RASK_TRY_OUT(status, filesystem_partitions_read(arena, config, &partitions, err));
    const format_class *format = connect_format(config->table);
    format_config format_settings = connect_format_config(config);
    format_settings.schema = partitions.file_schema;
    if (format->check != NULL)
        RASK_TRY_OUT(status, format->check(&format_settings, as_sink, err));
out:
    base_arena_free(arena);
    return status;
}

const connect_class connect_filesystem = {
    .size = sizeof(connect_class),
    .abi_version = CONNECT_ABI_VERSION,
    .name = "filesystem",
    .doc =
        "Files of a local directory; reads resume at a record, writes are exactly once: part files "
        "are hidden until the checkpoint or the end of the job commits them.",
    .options = options,
    .legacy_options = legacy_options,
    .is_source = true,
    .is_sink = true,
    .can_be_sampled = true,
    .uses_format = true,
    .check = check,
    .plan = filesystem_plan,
    .estimate_rows = filesystem_estimate_rows,
    .statistics = filesystem_statistics,
    .open_reader = filesystem_open_reader,
    .poll = filesystem_poll,
    .position = filesystem_position,
    .close_reader = filesystem_close_reader,
    .begin = filesystem_begin,
    .open_writer = filesystem_open_writer,
    .write = filesystem_write,
    .prepare = filesystem_prepare,
    .close_writer = filesystem_close_writer,
    .commit = filesystem_commit,
    .recover_commit = filesystem_recover_commit,
    .abort = filesystem_abort,
};
