/* Partitioned tables: the columns of PARTITIONED BY live in directory names.
 *
 *     path/day=2020-01-02/city=Lyon/part-...      day and city are not in the file
 *
 * Names are escaped as Hive does it: %2F for a slash.  NULL and the empty text have a name of their
 * own, partition.default-name; both are read as NULL. */
#include <string.h>

#include "base/time.h"
#include "connect/filesystem.h"
#include "data/value.h"

enum { NAME_BYTES_MAX = 64 * 1024 };

/* ---- which columns --------------------------------------------------------------------------- */

static bool is_written(const plan_column *column) {
    return column->kind == PLAN_COLUMN_PHYSICAL ||
           (column->kind == PLAN_COLUMN_METADATA && !column->is_virtual);
}

/* The names the table gives its columns: a query's own names do not matter in its sink. */
static data_schema *named_schema(base_arena *arena, const connect_config *config) {
    data_schema *schema = data_schema_copy(arena, config->schema);
    const plan_table *table = config->table;
    int32_t count = 0;
    for (int32_t i = 0; i < table->column_count; i++)
        count += is_written(&table->columns[i]);
    for (int32_t i = 0, to = 0; i < table->column_count && count == schema->count; i++)
        if (is_written(&table->columns[i]))
            schema->names[to++] = table->columns[i].name;
    return schema;
}

static bool can_be_key(const data_type *type) {
    return data_kind_is_string(type->kind) || data_kind_is_integer(type->kind) ||
           type->kind == DATA_BOOLEAN || type->kind == DATA_DATE;
}

static rask_status find_keys(base_arena *arena, const connect_config *config,
                             const data_schema *schema, int32_t **out, rask_error *err) {
    const plan_table *table = config->table;
    int32_t *columns = BASE_ARENA_ARRAY(arena, int32_t, table->partition_key_count + 1);
    for (int32_t i = 0; i < table->partition_key_count; i++) {
        columns[i] = data_schema_find(schema, table->partition_keys[i]);
        if (columns[i] < 0)
            return rask_error_set(err, RASK_ERROR_VALIDATION,
                                  "Partition key '%s' is no column of the table.",
                                  table->partition_keys[i]);
        if (!can_be_key(schema->types[columns[i]]))
            return rask_error_set(
                err, RASK_ERROR_UNSUPPORTED, "Partition key '%s' of type %s is not supported yet.",
                table->partition_keys[i], data_type_text(arena, schema->types[columns[i]], true));
    }
    *out = columns;
    return RASK_OK;
}

static bool is_key(const int32_t *keys, int32_t count, int32_t column) {
    for (int32_t i = 0; i < count; i++)
        if (keys[i] == column)
            return true;
    return false;
}

rask_status filesystem_partitions_read(base_arena *arena, const connect_config *config,
                                       filesystem_partitions *out, rask_error *err) {
    data_schema *schema = named_schema(arena, config);
    int32_t *keys, key_count = config->table->partition_key_count;
    RASK_TRY(find_keys(arena, config, schema, &keys, err));
    int32_t *file_columns = BASE_ARENA_ARRAY(arena, int32_t, schema->count + 1);
    data_schema *file_schema = data_schema_new(arena, schema->count - key_count);
    int32_t count = 0;
    for (int32_t i = 0; i < schema->count; i++) {
        if (is_key(keys, key_count, i))
            continue;
        file_columns[count] = i;
        file_schema->names[count] = schema->names[i];
        file_schema->types[count++] = schema->types[i];
    }
    const char *default_name =
        connect_option(config, &connect_filesystem, "partition.default-name");
    *out = (filesystem_partitions){.count = key_count,
                                   .columns = keys,
                                   .default_name = default_name,
                                   .file_column_count = count,
                                   .file_columns = file_columns,
                                   .file_schema = file_schema};
    return RASK_OK;
}

/* ---- names ----------------------------------------------------------------------------------- */

static void add_escaped(const char *text, base_strbuf *out) {
    for (; *text != '\0'; text++) {
        uint8_t c = (uint8_t)*text;
        if (c < ' ' || c == 0x7f || strchr("\"#%'*/:=?\\{[]^", c) != NULL)
            base_strbuf_printf(out, "%%%02X", c);
        else
            base_strbuf_add_char(out, (char)c);
    }
}

static void add_value(const filesystem_partitions *partitions, const data_column *column,
                      int32_t row, base_strbuf *out) {
    base_strbuf text;
    base_strbuf_init(&text, NAME_BYTES_MAX);
    bool present = data_column_print(column, row, 0, &text) && text.length > 0;
    if (present && column->type->kind == DATA_BOOLEAN)
        for (int64_t i = 0; i < text.length; i++)
            text.data[i] |= 0x20;
    add_escaped(present ? text.data : partitions->default_name, out);
    base_strbuf_free(&text);
}

void filesystem_partition_write(const filesystem_partitions *partitions, const plan_table *table,
                                const data_batch *batch, int32_t row, base_strbuf *out) {
    for (int32_t i = 0; i < partitions->count; i++) {
        if (i > 0)
            base_strbuf_add_char(out, '/');
        add_escaped(table->partition_keys[i], out);
        base_strbuf_add_char(out, '=');
        add_value(partitions, batch->columns[partitions->columns[i]], row, out);
    }
}

/* ---- values ---------------------------------------------------------------------------------- */

static int32_t hex_value(char c) {
    const char *digits = "0123456789abcdef";
    const char *place = c != '\0' ? strchr(digits, c | 0x20) : NULL;
    return place != NULL ? (int32_t)(place - digits) : -1;
}

static char *unescaped(base_arena *arena, const char *text, int64_t length) {
    char *plain = base_arena_strndup(arena, text, length), *to = plain;
    for (const char *from = plain; *from != '\0'; from++) {
        int32_t high = from[0] == '%' ? hex_value(from[1]) : -1;
        int32_t low = high >= 0 ? hex_value(from[2]) : -1;
        if (low >= 0)
            from += 2;
        *to++ = low >= 0 ? (char)(high * 16 + low) : *from;
    }
    *to = '\0';
    return plain;
}

/* The value behind "/key=" in a path, or NULL. */
static char *find_value(base_arena *arena, const char *path, const char *key) {
    base_strbuf prefix;
    base_strbuf_init(&prefix, NAME_BYTES_MAX);
    base_strbuf_add_char(&prefix, '/');
    add_escaped(key, &prefix);
    base_strbuf_add_char(&prefix, '=');
    char *value = NULL;
    for (const char *at = path; (at = strstr(at, prefix.data)) != NULL; at++) {
        const char *start = at + prefix.length;
        if (strchr(start, '/') != NULL) /* the last name is the file's */
            value = unescaped(arena, start, (int64_t)strcspn(start, "/"));
    }
    base_strbuf_free(&prefix);
    return value;
}

static bool parse_value(base_arena *arena, const data_type *type, const char *text,
                        data_value *out) {
    int64_t length = (int64_t)strlen(text), number = 0;
    int32_t days = 0;
    bool parsed = true;
    if (data_kind_is_string(type->kind)) {
        *out = data_value_text(arena, type, text, length);
        return true;
    }
    if (type->kind == DATA_BOOLEAN) {
        number = strcasecmp(text, "true") == 0;
        parsed = number || strcasecmp(text, "false") == 0;
    } else if (type->kind == DATA_DATE) {
        parsed = base_date_parse(text, length, &days);
        number = days;
    } else {
        parsed = base_i64_parse(text, length, &number);
    }
    *out = data_value_i64(type, number);
    return parsed;
}

rask_status filesystem_partition_column(const filesystem_partitions *partitions,
                                        const connect_config *config, const char *path,
                                        int32_t index, int32_t length, data_column **out,
                                        rask_error *err) {
    const char *key = config->table->partition_keys[index];
    const data_type *type = config->schema->types[partitions->columns[index]];
    base_arena *arena = base_arena_new();
    const char *text = find_value(arena, path, key);
    data_value value = data_value_null(type);
    rask_status status;
    if (text == NULL)
        status = rask_error_set(err, RASK_ERROR_RUNTIME,
                                "the path '%s' does not name the partition '%s=...'", path, key);
    else if (strcmp(text, partitions->default_name) != 0 && !parse_value(arena, type, text, &value))
        status = rask_error_set(err, RASK_ERROR_RUNTIME,
                                "the path '%s' names the partition '%s=%s', which is no %s", path,
                                key, text, data_type_text(arena, type, true));
    else
        status = data_value_to_column(config->pool, &value, length, out, err);
    base_arena_free(arena);
    return status;
}
