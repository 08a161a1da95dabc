/* The Parquet writer: batches in, row groups and a footer out.
 *
 * A row group waits in memory, compressed page by page, until it has `parquet.block.size` bytes or
 * a million rows.  What waits is charged to the job's pool; when the pool has no more, the row
 * group ends early instead of the job. */
#include "format/parquet_write.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "format/format_options.h"
#include "format/parquet.h"

enum { GROUP_ROWS_MAX = 1 << 20 };

/* ---- settings -------------------------------------------------------------------------------- */

static const char *option(const format_config *config, const char *key) {
    return format_option(config->table, "parquet", parquet_options, key);
}

static int64_t number_option(const format_config *config, const char *key) {
    const char *text = option(config, key);
    int64_t value = 0;
    return text != NULL && base_i64_parse(text, (int64_t)strlen(text), &value) ? value : 0;
}

/* What Java says when no constant of an enum has the name. */
static rask_status refuse_constant(const char *java_enum, const char *name, rask_error *err) {
    char upper[64] = {0};
    for (size_t i = 0; i < sizeof upper - 1 && name[i] != '\0'; i++)
        upper[i] = (char)toupper((unsigned char)name[i]);
    return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                          "No enum constant org.apache.parquet.%s.%s", java_enum, upper);
}

static rask_status read_codec(const format_config *config, parquet_codec *out, rask_error *err) {
    const char *name = option(config, "compression");
    if (!parquet_codec_find(name, out))
        return refuse_constant("hadoop.metadata.CompressionCodecName", name, err);
    if (!parquet_codec_is_supported(*out))
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "Option 'parquet.compression': %s is not supported; take SNAPPY, "
                              "ZSTD, GZIP, LZ4, LZ4_RAW or UNCOMPRESSED.",
                              parquet_codec_name(*out));
    return RASK_OK;
}

static rask_status read_unit(const format_config *config, parquet_unit *out, rask_error *err) {
    static const char *const names[] = {"millis", "micros", "nanos"};
    const char *name = option(config, "timestamp.time.unit");
    for (int32_t i = 0; i < 3; i++) {
        if (strcasecmp(names[i], name) == 0) {
            *out = (parquet_unit)i;
            return RASK_OK;
        }
    }
    return refuse_constant("schema.LogicalTypeAnnotation.TimeUnit", name, err);
}

static rask_status read_settings(const format_config *config, parquet_settings *out,
                                 rask_error *err) {
    const plan_table *table = config->table;
    bool is_utc;
    *out = (parquet_settings){.group_bytes = number_option(config, "block.size"),
                              .page_bytes = number_option(config, "page.size"),
                              .dictionary_bytes = number_option(config, "dictionary.page.size")};
    RASK_TRY(read_codec(config, &out->codec, err));
    RASK_TRY(read_unit(config, &out->unit, err));
    RASK_TRY(format_option_bool(table, "parquet", parquet_options, "write.int64.timestamp",
                                &out->int64_times, err));
    RASK_TRY(format_option_bool(table, "parquet", parquet_options, "enable.dictionary",
                                &out->uses_dictionary, err));
    RASK_TRY(format_option_bool(table, "parquet", parquet_options, "utc-timezone", &is_utc, err));
    const char *version = option(config, "writer.version");
    out->is_v2 = strcasecmp(version, "v2") == 0 || strcasecmp(version, "PARQUET_2_0") == 0;
    if (!out->is_v2 && strcasecmp(version, "v1") != 0 && strcasecmp(version, "PARQUET_1_0") != 0)
        return refuse_constant("column.ParquetProperties.WriterVersion", version, err);
    out->shifts_zone = !is_utc && !parquet_zone_is_utc();
    if (out->group_bytes < 1 || out->page_bytes < 1 || out->dictionary_bytes < 1)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                              "Options 'parquet.block.size', 'parquet.page.size' and "
                              "'parquet.dictionary.page.size' are numbers of bytes above 0.");
    return RASK_OK;
}

rask_status parquet_check(const format_config *config, bool as_writer, rask_error *err) {
    parquet_settings settings;
    if (!as_writer)
        return RASK_OK;
    RASK_TRY(parquet_schema_check(config->schema, err));
    return read_settings(config, &settings, err);
}

/* ---- open and close -------------------------------------------------------------------------- */

void parquet_close_writer(format_writer *handle) {
    parquet_writer *writer = (parquet_writer *)handle;
    if (writer == NULL)
        return;
    for (int32_t i = 0; writer->columns != NULL && i < writer->footer.leaf_count; i++)
        parquet_column_free(&writer->columns[i]);
    if (writer->config->pool != NULL)
        base_pool_release(writer->config->pool, writer->charged);
    parquet_compressor_free(writer->compressor);
    base_free(writer->columns);
    base_free(writer->footer.groups);
    base_strbuf_free(&writer->scratch);
    base_arena_free(writer->arena);
    base_free(writer);
}

static rask_status set_up(parquet_writer *writer, rask_error *err) {
    const data_type **types;
    RASK_TRY(read_settings(writer->config, &writer->settings, err));
    RASK_TRY(parquet_schema_make(writer->arena, writer->config->schema, &writer->settings,
                                 &writer->footer, &types, err));
    int32_t count = writer->footer.leaf_count;
    writer->columns = BASE_NEW_ARRAY(parquet_column, count + 1);
    for (int32_t i = 0; i < count; i++)
        parquet_column_init(&writer->columns[i], &writer->settings, writer->footer.leaves[i],
                            types[i]);
    writer->footer.created_by = "rask version 0.1.0 (build 0)";
    return RASK_OK;
}

rask_status parquet_open_writer(const format_config *config, format_writer **out, rask_error *err) {
    parquet_writer *writer = BASE_NEW(parquet_writer);
    writer->config = config;
    writer->arena = base_arena_new();
    writer->compressor = parquet_compressor_new();
    base_strbuf_init(&writer->scratch, INT32_MAX);
    rask_status status = set_up(writer, err);
    if (status != RASK_OK)
        parquet_close_writer((format_writer *)writer);
    else
        *out = (format_writer *)writer;
    return status;
}

/* ---- row groups ------------------------------------------------------------------------------ */

static void begin_file(parquet_writer *writer, base_strbuf *bytes) {
    if (writer->offset > 0)
        return;
    base_strbuf_add(bytes, parquet_magic, sizeof parquet_magic);
    writer->offset = sizeof parquet_magic;
}

static parquet_group *add_group(parquet_writer *writer) {
    parquet_footer *footer = &writer->footer;
    if (footer->group_count == writer->group_capacity) {
        writer->group_capacity = writer->group_capacity > 0 ? 2 * writer->group_capacity : 8;
        footer->groups =
            base_realloc(footer->groups, (int64_t)sizeof(parquet_group) * writer->group_capacity);
    }
    parquet_group *group = &footer->groups[footer->group_count++];
    *group = (parquet_group){
        .first_row = footer->row_count, .row_count = writer->group_rows, .offset = writer->offset};
    group->chunks = BASE_ARENA_ARRAY(writer->arena, parquet_chunk, footer->leaf_count + 1);
    return group;
}

static rask_status end_group(parquet_writer *writer, base_strbuf *bytes, rask_error *err) {
    if (writer->group_rows == 0)
        return RASK_OK;
    parquet_group *group = add_group(writer);
    for (int32_t i = 0; i < writer->footer.leaf_count; i++)
        RASK_TRY(
            parquet_column_end_chunk(writer, &writer->columns[i], &group->chunks[i], bytes, err));
    group->size = writer->offset - group->offset;
    writer->footer.row_count += group->row_count;
    writer->group_rows = 0;
    return RASK_OK;
}

static int64_t waiting_bytes(const parquet_writer *writer) {
    int64_t bytes = writer->scratch.capacity;
    for (int32_t i = 0; i < writer->footer.leaf_count; i++)
        bytes += parquet_column_bytes(&writer->columns[i]);
    return bytes;
}

static rask_status charge(parquet_writer *writer, int64_t bytes, rask_error *err) {
    base_pool *pool = writer->config->pool;
    if (pool == NULL)
        return RASK_OK;
    if (bytes > writer->charged)
        RASK_TRY(base_pool_reserve(pool, bytes - writer->charged, err));
    else
        base_pool_release(pool, writer->charged - bytes);
    writer->charged = bytes;
    return RASK_OK;
}

/* Gives back the memory of a row group that has ended. */
static void drop_room(parquet_writer *writer) {
    for (int32_t i = 0; i < writer->footer.leaf_count; i++) {
        base_strbuf_free(&writer->columns[i].pages);
        base_strbuf_init(&writer->columns[i].pages, INT32_MAX);
    }
}

static rask_status end_pages(parquet_writer *writer, rask_error *err) {
    for (int32_t i = 0; i < writer->footer.leaf_count; i++) {
        parquet_column *column = &writer->columns[i];
        bool is_full = column->has_dictionary &&
                       column->dictionary.bytes.length > writer->settings.dictionary_bytes;
        if (is_full || column->raw_bytes >= writer->settings.page_bytes ||
            column->level_count >= GROUP_ROWS_MAX)
            RASK_TRY(parquet_column_end_page(writer, column, err));
    }
    return RASK_OK;
}

/* Ends pages and the row group where they are large enough, or memory is short. */
static rask_status settle(parquet_writer *writer, base_strbuf *bytes, rask_error *err) {
    RASK_TRY(end_pages(writer, err));
    int64_t waiting = waiting_bytes(writer);
    bool is_full = waiting >= writer->settings.group_bytes || writer->group_rows >= GROUP_ROWS_MAX;
    if (!is_full && charge(writer, waiting, NULL) == RASK_OK)
        return RASK_OK;
    RASK_TRY(end_group(writer, bytes, err));
    drop_room(writer);
    return charge(writer, waiting_bytes(writer), err);
}

/* ---- write ----------------------------------------------------------------------------------- */

static rask_status write_rows(parquet_writer *writer, const data_batch *batch, rask_error *err) {
    const parquet_node *root = writer->footer.root;
    for (int32_t i = 0; i < root->child_count; i++)
        RASK_TRY(parquet_write_column(writer, root->children[i], batch->columns[i], err));
    for (int32_t i = 0; i < writer->footer.leaf_count; i++)
        writer->columns[i].row_count += batch->row_count;
    writer->group_rows += batch->row_count;
    return RASK_OK;
}

rask_status parquet_write(format_writer *handle, const data_batch *batch, base_strbuf *bytes,
                          rask_error *err) {
    parquet_writer *writer = (parquet_writer *)handle;
    data_batch *dense;
    begin_file(writer, bytes);
    RASK_TRY(data_batch_compact(writer->config->pool, (data_batch *)(uintptr_t)batch, &dense, err));
    rask_status status = write_rows(writer, dense, err);
    data_batch_unref(dense);
    return status == RASK_OK ? settle(writer, bytes, err) : status;
}

rask_status parquet_finish_writer(format_writer *handle, base_strbuf *bytes, rask_error *err) {
    parquet_writer *writer = (parquet_writer *)handle;
    begin_file(writer, bytes);
    RASK_TRY(end_group(writer, bytes, err));
    parquet_footer_write(&writer->footer, bytes);
    if (bytes->overflowed)
        return rask_error_set(err, RASK_ERROR_MEMORY, "A row group has more than 2 GB.");
    return RASK_OK;
}
