/* CSV from strangers, under every option: the first bytes choose the reader's options, the columns
 * and how it is driven, the rest is the file.
 *
 * Whatever it holds, reading ends with rows or with an error that has a message, and how it is read
 * changes nothing: not the size of blocks and batches, not cutting the file into splits, not going
 * on from a position in the middle, not the general splitter in place of the fast one. */
#include <stdio.h>
#include <string.h>

#include "format/csv.h"
#include "format/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHOICE_BYTES = 6, COLUMNS_MAX = 8, MANY_ROWS = 1000, READ_BYTES_MAX = 1 << 16 };

/* ---- choices --------------------------------------------------------------------------------- */

typedef struct choices {
    const uint8_t *bytes;
    int32_t bit;
} choices;

/* A number below 2^bits. */
static uint32_t choose(choices *from, int32_t bits) {
    uint32_t value = 0;
    for (int32_t i = 0; i < bits; i++, from->bit++)
        value |= (uint32_t)(from->bytes[from->bit / 8] >> (from->bit % 8) & 1) << i;
    return value;
}

typedef struct option_choice {
    const char *key;
    const char *values[4]; /* NULL = not set */
} option_choice;

static const option_choice options[] = {
    {"csv.field-delimiter", {NULL, ";", "\\t", "\xc3\xa9"}},
    {"csv.quote-character", {NULL, NULL, "'", ","}},
    {"csv.disable-quote-character", {NULL, NULL, NULL, "true"}},
    {"csv.escape-character", {NULL, NULL, "\\", "\xe2\x82\xac"}},
    {"csv.null-literal", {NULL, "", "n/a", "\\N"}},
    {"csv.array-element-delimiter", {NULL, NULL, "|", ":"}},
    {"csv.allow-comments", {NULL, NULL, NULL, "true"}},
    {"csv.ignore-parse-errors", {NULL, NULL, "true", "true"}},
    {"csv.fail-on-missing-columns", {NULL, NULL, NULL, "true"}},
    {"csv.empty-string-as-null", {NULL, NULL, NULL, "true"}},
    {"csv.trim-spaces", {NULL, NULL, NULL, "true"}},
    {"csv.ignore-trailing-unmappable", {NULL, NULL, NULL, "true"}},
    {"csv.allow-trailing-comma", {NULL, NULL, NULL, "false"}},
};

static const option_choice legacy_options[] = {
    {"csv.field-delimiter", {NULL, ";", "ab", "::"}},
    {"csv.line-delimiter", {NULL, NULL, "\r\n", "|"}},
    {"csv.quote-character", {NULL, NULL, "\"", "'"}},
    {"csv.comment-prefix", {NULL, NULL, "#", "//"}},
    {"csv.ignore-first-line", {NULL, NULL, NULL, "true"}},
    {"csv.ignore-parse-errors", {NULL, NULL, "true", "true"}},
};

static const char *const schemas[][COLUMNS_MAX] = {
    {"STRING", "STRING"},
    {"STRING", "INT", "DOUBLE"},
    {"BOOLEAN", "DECIMAL(9, 2)", "DATE", "TIMESTAMP(3)", "BYTES"},
    {"BIGINT", "TIME", "TIMESTAMP_LTZ(9)", "ARRAY<STRING>", "ROW<a INT, b STRING>", "CHAR(2)"},
};

/* ---- the table ------------------------------------------------------------------------------- */

typedef struct reading {
    base_arena *arena;
    plan_table *table;
    func_context context;
    int32_t projection[COLUMNS_MAX];
    format_config config;
    format_input input;
    const uint8_t *file;
    int32_t rows_max;
} reading;

static rask_status read_file(void *self, int64_t offset, void *bytes, int64_t size, int64_t *got,
                             rask_error *err) {
    const reading *r = self;
    int64_t left = r->input.size - offset;
    (void)err;
    *got = left < 0 ? 0 : left < size ? left : size;
    if (*got > 0)
        memcpy(bytes, r->file + offset, (size_t)*got);
    return RASK_OK;
}

static data_schema *make_schema(base_arena *arena, const char *const *types) {
    data_schema *schema = data_schema_new(arena, COLUMNS_MAX);
    rask_error err;
    schema->count = 0;
    for (int32_t i = 0; i < COLUMNS_MAX && types[i] != NULL; i++) {
        int64_t consumed;
        schema->names[i] = base_arena_printf(arena, "c%d", i);
        if (data_type_parse(types[i], (int64_t)strlen(types[i]), &consumed, &schema->types[i],
                            &err) != RASK_OK)
            __builtin_trap();
        schema->count++;
    }
    return schema;
}

static void set_options(plan_table *table, choices *from, const option_choice *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *value = rows[i].values[choose(from, 2)];
        if (value != NULL)
            plan_table_set_option(table, rows[i].key, value);
    }
}

/* Reads the choices; the file is what follows them. */
static void set_up(reading *r, const uint8_t *data, size_t size) {
    choices from = {data, 0};
    memset(r, 0, sizeof *r);
    r->arena = base_arena_new();
    r->table = plan_table_new();
    r->table->is_legacy = choose(&from, 2) == 3;
    const data_schema *schema = make_schema(r->arena, schemas[choose(&from, 2)]);
    bool swaps = choose(&from, 1) == 1; /* columns in another order, the first left out */
    int32_t count = swaps ? schema->count - 1 : schema->count;
    for (int32_t i = 0; i < count; i++)
        r->projection[i] = swaps ? schema->count - 1 - i : i;
    r->rows_max = (int32_t[]){1, 2, 7, MANY_ROWS}[choose(&from, 2)];
    int64_t block_bytes = (int64_t[]){0, 1, 16, 100}[choose(&from, 2)];
    if (r->table->is_legacy)
        set_options(r->table, &from, legacy_options,
                    sizeof legacy_options / sizeof *legacy_options);
    else
        set_options(r->table, &from, options, sizeof options / sizeof *options);
    r->context = (func_context){.world = base_world_system()};
    r->config = (format_config){.context = &r->context,
                                .schema = schema,
                                .projection = r->projection,
                                .projection_count = count,
                                .table = r->table,
                                .block_bytes = block_bytes};
    r->file = data + CHOICE_BYTES;
    r->input = (format_input){"fuzz.csv", (int64_t)size - CHOICE_BYTES, read_file, r};
}

static void tear_down(reading *r) {
    plan_table_unref(r->table);
    base_arena_free(r->arena);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void add_rows(const data_batch *batch, base_strbuf *out) {
    for (int32_t i = 0; i < batch->selected; i++) {
        for (int32_t c = 0; c < batch->column_count; c++) {
            if (!data_column_print(batch->columns[c], data_batch_row(batch, i), 0, out))
                base_strbuf_add_text(out, "<NULL>");
            base_strbuf_add_char(out, '|');
        }
        base_strbuf_add_char(out, '\n');
    }
}

/* Adds the rows of a split, and the message where reading ends with an error.  With `breaks` the
 * reader is closed behind each batch and another one goes on. */
static rask_status read_split(const reading *r, const format_split *split, int32_t rows_max,
                              bool breaks, base_strbuf *out) {
    const format_class *csv = format_find("csv");
    format_reader *reader = NULL;
    data_batch *batch = NULL;
    rask_error err = {0};
    rask_status status = csv->open_reader(&r->config, &r->input, split, -1, &reader, &err);
    while (status == RASK_OK) {
        status = csv->read(reader, rows_max, &batch, &err);
        if (status != RASK_OK || batch == NULL)
            break;
        if (batch->selected < 1 || batch->selected > rows_max)
            __builtin_trap();
        add_rows(batch, out);
        data_batch_unref(batch);
        if (!breaks)
            continue;
        int64_t position = csv->position(reader);
        if (position < split->start || position > split->end)
            __builtin_trap();
        csv->close_reader(reader);
        reader = NULL;
        status = csv->open_reader(&r->config, &r->input, split, position, &reader, &err);
    }
    if (status != RASK_OK) {
        if (err.code != status || err.message[0] == '\0')
            __builtin_trap();
        base_strbuf_printf(out, "!%s\n", err.message);
    }
    if (reader != NULL)
        csv->close_reader(reader);
    return status;
}

static void read_whole(const reading *r, int32_t rows_max, bool breaks, base_strbuf *out) {
    format_split whole = {0, r->input.size};
    read_split(r, &whole, rows_max, breaks, out);
}

static void read_in_splits(const reading *r, base_strbuf *out) {
    const format_class *csv = format_find("csv");
    format_split *splits;
    int32_t count;
    rask_error err = {0};
    if (csv->plan_splits(&r->config, &r->input, 8, r->arena, &splits, &count, &err) != RASK_OK)
        __builtin_trap();
    int64_t end = 0;
    for (int32_t i = 0; i < count; i++) {
        if (splits[i].start != end)
            __builtin_trap();
        end = splits[i].end;
        if (read_split(r, &splits[i], r->rows_max, false, out) != RASK_OK)
            return;
    }
    if (end != r->input.size)
        __builtin_trap();
}

/* ---- the comparison -------------------------------------------------------------------------- */

static void expect_same(const base_strbuf *wanted, const base_strbuf *got, const char *how) {
    if (wanted->length == got->length &&
        (wanted->length == 0 || memcmp(wanted->data, got->data, (size_t)wanted->length) == 0))
        return;
    fprintf(stderr, "read %s:\n%s\nelse:\n%s\n", how, got->data, wanted->data);
    __builtin_trap();
}

/* Sets an option that no byte of the file meets, so that another splitter is chosen. */
static bool choose_general(const reading *r) {
    const char *key = r->table->is_legacy ? "csv.comment-prefix" : "csv.escape-character";
    if (plan_table_option(r->table, key) != NULL || r->input.size == 0 ||
        memchr(r->file, '~', (size_t)r->input.size) != NULL)
        return false;
    plan_table_set_option(r->table, key, "~");
    return true;
}

static void compare(reading *r) {
    base_strbuf wanted, got;
    base_strbuf_init(&wanted, INT64_MAX);
    base_strbuf_init(&got, INT64_MAX);
    int64_t block_bytes = r->config.block_bytes;
    r->config.block_bytes = 0;
    read_whole(r, MANY_ROWS, false, &wanted);
    r->config.block_bytes = block_bytes;
    read_whole(r, r->rows_max, false, &got);
    expect_same(&wanted, &got, "in blocks and batches");
    base_strbuf_clear(&got);
    read_whole(r, r->rows_max, true, &got);
    expect_same(&wanted, &got, "from positions");
    base_strbuf_clear(&got);
    read_in_splits(r, &got);
    expect_same(&wanted, &got, "in splits");
    if (choose_general(r)) {
        base_strbuf_clear(&got);
        read_whole(r, r->rows_max, false, &got);
        expect_same(&wanted, &got, "by the general splitter");
    }
    base_strbuf_free(&wanted);
    base_strbuf_free(&got);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    reading r;
    rask_error err = {0};
    if (size < CHOICE_BYTES || size > READ_BYTES_MAX)
        return 0;
    set_up(&r, data, size);
    if (format_find("csv")->check(&r.config, false, &err) == RASK_OK)
        compare(&r);
    else if (err.message[0] == '\0')
        __builtin_trap();
    tear_down(&r);
    return 0;
}
