/* Parquet from strangers: reading any bytes as a file ends, with all the rows that the footer
 * promises or with an error that has a message.
 *
 * The table's columns are derived from the file's schema, so that mutations of every column reach
 * the decoders.  Every value is printed, which follows each pointer. */
#include <stdio.h>
#include <string.h>

#include "format/parquet.h"
#include "format/parquet_footer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { POOL_BYTES = 64 << 20, ROWS_MAX = 1000, TYPE_DEPTH_MAX = 8, BATCHES_MAX = 200 };

typedef struct file_bytes {
    const uint8_t *data;
    int64_t size;
} file_bytes;

static rask_status read_at(void *self, int64_t offset, void *bytes, int64_t size, int64_t *got,
                           rask_error *err) {
    const file_bytes *file = self;
    (void)err;
    *got = offset >= file->size ? 0 : size < file->size - offset ? size : file->size - offset;
    if (*got > 0)
        memcpy(bytes, file->data + offset, (size_t)*got);
    return RASK_OK;
}

/* A failure has a message. */
static void check(rask_status status, const rask_error *err) {
    if (status != RASK_OK && (err->code != status || err->message[0] == '\0'))
        __builtin_trap();
}

/* ---- a table for the file -------------------------------------------------------------------- */

static const data_type *type_of(base_arena *arena, const parquet_node *node, int32_t depth);

static const data_type *leaf_type(const parquet_node *node) {
    switch (node->physical) {
    case PARQUET_BOOLEAN:
        return data_type_simple(DATA_BOOLEAN, true);
    case PARQUET_INT32:
    case PARQUET_INT64:
        if (node->logical == PARQUET_TIMESTAMP)
            return data_type_time(DATA_TIMESTAMP, node->unit == PARQUET_NANOS ? 9 : 3, true);
        if (node->logical == PARQUET_TIME)
            return data_type_time(DATA_TIME, 3, true);
        if (node->logical == PARQUET_DATE)
            return data_type_simple(DATA_DATE, true);
        if (node->logical == PARQUET_DECIMAL)
            break;
        if (node->bits > 0 && node->bits <= 16)
            return data_type_simple(node->bits == 8 ? DATA_TINYINT : DATA_SMALLINT, true);
        return data_type_simple(DATA_BIGINT, true);
    case PARQUET_INT96:
        return data_type_time(DATA_TIMESTAMP, node->name[0] == 'n' ? 9 : 6, true);
    case PARQUET_FLOAT:
    case PARQUET_DOUBLE:
        return data_type_simple(DATA_DOUBLE, true);
    default:
        if (node->logical != PARQUET_DECIMAL)
            return node->logical == PARQUET_STRING
                       ? data_type_string(true)
                       : data_type_sized(DATA_VARBINARY, INT32_MAX, true);
    }
    bool makes_sense = node->scale >= 0 && node->scale <= 38;
    int32_t scale = makes_sense ? node->scale : 0;
    int32_t precision = node->precision > 18 ? 38 : node->precision > 9 ? 18 : 9;
    return data_type_decimal(precision > scale ? precision : 38, scale, true);
}

static const data_type *row_type(base_arena *arena, const parquet_node *node, int32_t depth) {
    data_field *fields = BASE_ARENA_ARRAY(arena, data_field, node->child_count + 1);
    for (int32_t i = 0; i < node->child_count; i++)
        fields[i] =
            (data_field){node->children[i]->name, type_of(arena, node->children[i], depth), NULL};
    return data_type_row(fields, node->child_count, true);
}

static const data_type *type_of(base_arena *arena, const parquet_node *node, int32_t depth) {
    if (depth > TYPE_DEPTH_MAX || node->physical != PARQUET_GROUP)
        return node->physical == PARQUET_GROUP ? data_type_simple(DATA_INT, true) : leaf_type(node);
    const parquet_node *inner = node->child_count == 1 ? node->children[0] : NULL;
    bool repeats = inner != NULL && inner->repetition == PARQUET_REPEATED;
    if (repeats && node->logical == PARQUET_MAP && inner->child_count == 2)
        return data_type_map(type_of(arena, inner->children[0], depth + 1),
                             type_of(arena, inner->children[1], depth + 1), true);
    if (repeats && inner->physical == PARQUET_GROUP && inner->child_count == 1)
        return data_type_array(type_of(arena, inner->children[0], depth + 1), true);
    if (repeats)
        return data_type_array(type_of(arena, inner, depth + 1), true);
    return row_type(arena, node, depth + 1);
}

static data_schema *table_schema(base_arena *arena, const parquet_footer *footer) {
    int32_t count = footer->root->child_count;
    data_schema *schema = data_schema_new(arena, count);
    for (int32_t i = 0; i < count; i++) {
        const parquet_node *node = footer->root->children[i];
        schema->names[i] = node->name;
        schema->types[i] = type_of(arena, node, 0);
        if (node->repetition == PARQUET_REPEATED)
            schema->types[i] = data_type_array(schema->types[i], true);
    }
    return schema;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void print_batch(const data_batch *batch, base_strbuf *text) {
    for (int32_t c = 0; c < batch->column_count; c++) {
        base_strbuf_clear(text);
        for (int32_t i = 0; i < batch->selected; i++)
            data_column_print(batch->columns[c], data_batch_row(batch, i), 0, text);
    }
}

static void read_file(const format_config *config, const format_input *input, int64_t rows_wanted) {
    rask_error err = {0};
    format_reader *reader;
    base_strbuf text;
    int64_t rows = 0;
    int32_t batches = 0;
    rask_status status =
        parquet_open_reader(config, input, &(format_split){0, input->size}, -1, &reader, &err);
    check(status, &err);
    if (status != RASK_OK)
        return;
    base_strbuf_init(&text, 1 << 20);
    while (status == RASK_OK && batches++ < BATCHES_MAX) {
        data_batch *batch = NULL;
        status = parquet_read(reader, ROWS_MAX, &batch, &err);
        check(status, &err);
        if (status != RASK_OK)
            break;
        if (batch == NULL) {
            if (rows != rows_wanted)
                __builtin_trap(); /* a short answer */
            break;
        }
        rows += batch->selected;
        print_batch(batch, &text);
        data_batch_unref(batch);
    }
    base_strbuf_free(&text);
    parquet_close_reader(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    file_bytes file = {data, (int64_t)size};
    format_input input = {"input", (int64_t)size, read_at, &file};
    base_pool *pool = base_pool_new(NULL, "fuzz", NULL, POOL_BYTES);
    base_arena *arena = base_arena_new();
    plan_table *table = plan_table_new();
    rask_error err = {0};
    parquet_footer footer;
    rask_status status = parquet_footer_read(&input, pool, arena, &footer, &err);
    check(status, &err);
    if (status == RASK_OK) {
        data_schema *schema = table_schema(arena, &footer);
        int32_t *projection = BASE_ARENA_ARRAY(arena, int32_t, schema->count + 1);
        for (int32_t i = 0; i < schema->count; i++)
            projection[i] = i;
        format_config config = {.pool = pool,
                                .schema = schema,
                                .projection = projection,
                                .projection_count = schema->count,
                                .table = table,
                                .rows_max = ROWS_MAX};
        format_statistics statistics;
        plan_table_set_option(table, "parquet.utc-timezone", "true");
        check(parquet_statistics_read(&config, &input, arena, &statistics, &err), &err);
        read_file(&config, &input, footer.row_count);
    }
    plan_table_unref(table);
    base_arena_free(arena);
    if (base_pool_used(pool) != 0)
        __builtin_trap();
    base_pool_unref(pool);
    return 0;
}
