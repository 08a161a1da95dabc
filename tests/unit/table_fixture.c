/* See table_fixture.h. */
#include "table_fixture.h"

#include <stdlib.h>

static data_schema *parse_columns(base_arena *arena, const char *columns) {
    data_schema *schema = data_schema_new(arena, 32);
    schema->count = 0;
    rask_error err;
    while (*columns != '\0') {
        int64_t name = (int64_t)strcspn(columns, " "), consumed = 0;
        schema->names[schema->count] = base_arena_strndup(arena, columns, name);
        columns += name + 1;
        ASSERT_OK(data_type_parse(columns, (int64_t)strlen(columns), &consumed,
                                  &schema->types[schema->count], &err));
        schema->count++;
        columns += consumed;
        columns += strspn(columns, ", ");
    }
    return schema;
}

static void set_options(plan_table *table, const char *options) {
    char key[128], value[512];
    while (*options != '\0') {
        size_t key_length = strcspn(options, "="), to = 0;
        snprintf(key, sizeof key, "%.*s", (int)key_length, options);
        options += key_length + 1;
        for (; *options != '\0' && *options != '|'; options++) {
            bool bar = options[0] == '\\' && options[1] == 'p';
            value[to++] = bar ? '|' : *options;
            options += bar;
        }
        value[to] = '\0';
        options += *options == '|';
        plan_table_set_option(table, key, value);
    }
}

void fixture_init(fixture *f, const char *columns, const char *options) {
    memset(f, 0, sizeof *f);
    f->arena = base_arena_new();
    f->schema = parse_columns(f->arena, columns);
    f->table = plan_table_new();
    f->table->name = "t";
    f->table->catalog = f->table->database = "d";
    f->table->column_count = f->schema->count;
    f->table->columns = BASE_ARENA_ARRAY(f->table->arena, plan_column, f->schema->count + 1);
    for (int32_t i = 0; i < f->schema->count; i++) {
        f->table->columns[i].name = base_arena_strdup(f->table->arena, f->schema->names[i]);
        f->table->columns[i].type = f->schema->types[i];
        f->projection[i] = i;
    }
    set_options(f->table, options);
    f->world = *base_world_system();
    f->pool = base_pool_new(NULL, "test", NULL, 0);
    f->context = (func_context){.world = &f->world, .pool = f->pool};
    f->connect = (connect_config){.context = &f->context,
                                  .pool = f->pool,
                                  .table = f->table,
                                  .schema = f->schema,
                                  .projection = f->projection,
                                  .projection_count = f->schema->count,
                                  .limit = -1,
                                  .parallelism = 1,
                                  .job_id = "0123456789abcdef0123456789abcdef"};
    f->format = (format_config){.context = &f->context,
                                .pool = f->pool,
                                .schema = f->schema,
                                .projection = f->projection,
                                .projection_count = f->schema->count,
                                .table = f->table};
}

void fixture_free(fixture *f) {
    plan_table_unref(f->table);
    base_pool_unref(f->pool);
    base_arena_free(f->arena);
}

void fixture_project(fixture *f, const char *names) {
    int32_t count = 0;
    while (*names != '\0') {
        char name[64];
        int length = (int)strcspn(names, ", ");
        snprintf(name, sizeof name, "%.*s", length, names);
        f->projection[count++] = data_schema_find(f->schema, name);
        names += length;
        names += strspn(names, ", ");
    }
    f->connect.projection_count = f->format.projection_count = count;
}

static rask_status read_memory(void *self, int64_t offset, void *bytes, int64_t size, int64_t *got,
                               rask_error *err) {
    const memory_file *file = self;
    int64_t left = file->input.size - offset;
    *got = left < 0 ? 0 : left < size ? left : size;
    if (file->longest_read > 0 && *got > file->longest_read)
        *got = file->longest_read;
    memcpy(bytes, file->bytes + offset, (size_t)*got);
    return RASK_OK;
}

void memory_file_init(memory_file *file, const char *bytes, int64_t size) {
    *file = (memory_file){.bytes = bytes};
    file->input = (format_input){"/p/a.csv", size, read_memory, file};
}

void add_rows(base_strbuf *out, const data_batch *batch) {
    for (int32_t i = 0; i < batch->selected; i++) {
        int32_t row = data_batch_row(batch, i);
        if (data_batch_kind(batch, row) != DATA_INSERT)
            base_strbuf_printf(out, "%s ", data_row_kind_text(data_batch_kind(batch, row)));
        for (int32_t c = 0; c < batch->column_count; c++) {
            if (c > 0)
                base_strbuf_add_char(out, '|');
            if (!data_column_print(batch->columns[c], row, 0, out))
                base_strbuf_add_text(out, "<NULL>");
        }
        base_strbuf_add_char(out, '\n');
    }
}

void read_splits(const fixture *f, const format_class *format, const memory_file *file,
                 const format_split *splits, int32_t count, int32_t rows_max, base_strbuf *out) {
    for (int32_t i = 0; i < count; i++) {
        format_reader *reader = NULL;
        rask_error err = {0};
        rask_status status =
            format->open_reader(&f->format, &file->input, &splits[i], -1, &reader, &err);
        data_batch *batch = NULL;
        while (status == RASK_OK &&
               (status = format->read(reader, rows_max, &batch, &err)) == RASK_OK &&
               batch != NULL) {
            assert_in_range(batch->selected, 1, rows_max);
            add_rows(out, batch);
            data_batch_unref(batch);
        }
        if (status != RASK_OK)
            base_strbuf_printf(out, "!%s\n", err.message);
        if (reader != NULL)
            format->close_reader(reader);
    }
}

data_batch *make_batch(const fixture *f, const char *rows) {
    rask_error err;
    data_column *columns[32];
    base_buffer *kinds = NULL;
    int32_t count = 0;
    for (const char *at = rows; *at != '\0'; at++)
        count += *at == '\n';
    ASSERT_OK(base_buffer_new(NULL, count, &kinds, &err));
    for (int32_t c = 0; c < f->schema->count; c++) {
        base_strbuf items;
        base_strbuf_init(&items, INT32_MAX);
        const char *at = rows;
        for (int32_t row = 0; row < count; row++) {
            kinds->data[row] = at[0] == '+' ? (at[1] == 'I' ? DATA_INSERT : DATA_UPDATE_AFTER)
                                            : (at[1] == 'U' ? DATA_UPDATE_BEFORE : DATA_DELETE);
            at += 3;
            for (int32_t skip = 0; skip < c; skip++)
                at += strcspn(at, "|") + 1;
            int64_t length = (int64_t)strcspn(at, "|\n");
            base_strbuf_printf(&items, row > 0 ? "|%.*s" : "%.*s", (int)length, at);
            at = strchr(at, '\n') + 1;
        }
        char type[256];
        base_strbuf text;
        base_strbuf_init(&text, sizeof type);
        data_type_write(f->schema->types[c], false, &text);
        columns[c] = test_column(text.data, items.data);
        base_strbuf_free(&text);
        base_strbuf_free(&items);
    }
    data_batch *batch = data_batch_take(columns, f->schema->count, count);
    data_batch_set_kinds(batch, kinds);
    return batch;
}
