/* The parquet format: its options and its row in the list of formats.
 *
 * Reading is in parquet_read.c and what that includes, writing in parquet_write.c; this file cuts
 * files into splits and tells the planner what footers know. */
#include "format/parquet.h"
#include "format/parquet_read.h"

const plan_option parquet_options[] = {
    {.key = "utc-timezone",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "Timestamps are stored as they are; else they are wall clock times of this machine's "
            "zone and stored as instants."},
    {.key = "write.int64.timestamp",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "false",
     .doc = "Timestamps are written as INT64 with a logical type instead of INT96."},
    {.key = "timestamp.time.unit",
     .fallback = "micros",
     .doc = "Unit of INT64 timestamps that are written: millis, micros or nanos."},
    {.key = "compression",
     .fallback = "SNAPPY",
     .doc = "SNAPPY, ZSTD, GZIP, LZ4, LZ4_RAW or UNCOMPRESSED."},
    {.key = "block.size",
     .kind = PLAN_OPTION_INT,
     .fallback = "134217728",
     .doc = "Bytes of a row group that is written."},
    {.key = "page.size",
     .kind = PLAN_OPTION_INT,
     .fallback = "1048576",
     .doc = "Bytes of a page that is written, before compression."},
    {.key = "dictionary.page.size",
     .kind = PLAN_OPTION_INT,
     .fallback = "1048576",
     .doc = "A dictionary that is larger takes no more values."},
    {.key = "enable.dictionary",
     .kind = PLAN_OPTION_BOOL,
     .fallback = "true",
     .doc = "Repeated values are written as codes of a dictionary."},
    {.key = "writer.version",
     .fallback = "v1",
     .doc = "v1, or v2: data pages of version 2 and delta encodings."},
    {.key = "batch-size",
     .kind = PLAN_OPTION_INT,
     .fallback = "2048",
     .doc = "Taken for Flink's sake; batches here have the engine's size."},
    {.key = "#", .doc = "Flink hands any other key to its Parquet library; here they do nothing."},
    {.key = NULL},
};

/* ---- splits ---------------------------------------------------------------------------------- */

/* Cuts where row groups start, so that each split has about target_bytes of them. */
static void cut(const parquet_footer *footer, int64_t size, int64_t target_bytes,
                format_split *splits, int32_t *count) {
    int64_t start = 0, filled = 0;
    *count = 0;
    for (int32_t i = 0; i < footer->group_count; i++) {
        const parquet_group *group = &footer->groups[i];
        if (filled > 0 && filled + group->size / 2 > target_bytes && group->offset > start) {
            splits[(*count)++] = (format_split){start, group->offset};
            start = group->offset;
            filled = 0;
        }
        filled += group->size;
    }
    splits[(*count)++] = (format_split){start, size};
}

rask_status parquet_plan_splits(const format_config *config, const format_input *input,
                                int64_t target_bytes, base_arena *arena, format_split **splits,
                                int32_t *count, rask_error *err) {
    base_arena *scratch = base_arena_new();
    parquet_footer footer;
    rask_status status = parquet_footer_read(input, config->pool, scratch, &footer, err);
    if (status == RASK_OK) {
        *splits = BASE_ARENA_ARRAY(arena, format_split, footer.group_count + 1);
        cut(&footer, input->size, target_bytes, *splits, count);
    }
    base_arena_free(scratch);
    return status;
}

int64_t parquet_estimate_rows(const format_config *config, const format_input *input) {
    base_arena *scratch = base_arena_new();
    parquet_footer footer;
    bool known = parquet_footer_read(input, config->pool, scratch, &footer, NULL) == RASK_OK;
    int64_t rows = known ? footer.row_count : -1;
    base_arena_free(scratch);
    return rows;
}

const format_class format_parquet = {
    .size = sizeof(format_class),
    .abi_version = FORMAT_ABI_VERSION,
    .name = "parquet",
    .doc = "Apache Parquet: columns in row groups, compressed, with statistics.",
    .options = parquet_options,
    .reads = true,
    .writes = true,
    .check = parquet_check,
    .plan_splits = parquet_plan_splits,
    .open_reader = parquet_open_reader,
    .read = parquet_read,
    .position = parquet_position,
    .close_reader = parquet_close_reader,
    .estimate_rows = parquet_estimate_rows,
    .statistics = parquet_statistics_read,
    .open_writer = parquet_open_writer,
    .write = parquet_write,
    .finish_writer = parquet_finish_writer,
    .close_writer = parquet_close_writer,
};
