/* TableDescriptor: a plan_table in the making; and the translation of 1.9's descriptor properties
 * into the options of today's connectors. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "table/table.h"

rask_descriptor *rask_descriptor_new(const char *connector) {
    rask_descriptor *descriptor = BASE_NEW(rask_descriptor);
    descriptor->table = plan_table_new();
    descriptor->refs = 1;
    if (connector != NULL)
        plan_table_set_option(descriptor->table, "connector", connector);
    return descriptor;
}

void rask_descriptor_unref(rask_descriptor *descriptor) {
    if (descriptor == NULL || --descriptor->refs > 0)
        return;
    for (int32_t i = 0; i < descriptor->expressions.count; i++)
        rask_expression_unref(descriptor->expressions.items[i]);
    plan_table_unref(descriptor->table);
    base_free(descriptor);
}

static plan_column *add_column(rask_descriptor *descriptor, const char *name,
                               plan_column_kind kind) {
    plan_table *table = descriptor->table;
    plan_column *columns = BASE_ARENA_ARRAY(table->arena, plan_column, table->column_count + 1);
    if (table->column_count > 0)
        memcpy(columns, table->columns, sizeof(plan_column) * (size_t)table->column_count);
    table->columns = columns;
    plan_column *column = &columns[table->column_count++];
    column->name = base_arena_strdup(table->arena, name);
    column->kind = kind;
    return column;
}

static rask_status column_type(const char *text, const data_type **out, rask_error *err) {
    return data_type_parse(text, (int64_t)strlen(text), NULL, out, err);
}

rask_status rask_descriptor_column(rask_descriptor *descriptor, const char *name, const char *type,
                                   const char *comment, rask_error *err) {
    const data_type *parsed;
    RASK_TRY(column_type(type, &parsed, err));
    plan_column *column = add_column(descriptor, name, PLAN_COLUMN_PHYSICAL);
    column->type = parsed;
    column->comment = base_arena_strdup(descriptor->table->arena, comment);
    return RASK_OK;
}

/* An expression given by the API or as SQL, in the table's arena, with its text. */
static rask_status take_expression(rask_descriptor *descriptor, rask_expression *expression,
                                   const char *sql, expr_node **out, const char **text,
                                   rask_error *err) {
    base_arena *arena = descriptor->table->arena;
    if (sql != NULL) {
        *text = base_arena_strdup(arena, sql);
        return sql_parse_expression(arena, sql, (int64_t)strlen(sql), out, err);
    }
    base_strbuf written;
    base_strbuf_init(&written, 1 << 20);
    expr_write(expression->node, NULL, true, &written);
    *text = base_arena_strdup(arena, written.data);
    base_strbuf_free(&written);
    base_list_add(arena, &descriptor->expressions,
                  rask_expression_ref(expression)); /* its user functions */
    *out = expr_copy(arena, expression->node);
    return RASK_OK;
}

rask_status rask_descriptor_computed_column(rask_descriptor *descriptor, const char *name,
                                            rask_expression *expression, const char *sql,
                                            rask_error *err) {
    expr_node *node;
    const char *text;
    RASK_TRY(take_expression(descriptor, expression, sql, &node, &text, err));
    plan_column *column = add_column(descriptor, name, PLAN_COLUMN_COMPUTED);
    column->expression = node;
    column->expression_text = text;
    return RASK_OK;
}

rask_status rask_descriptor_metadata_column(rask_descriptor *descriptor, const char *name,
                                            const char *type, const char *key, bool is_virtual,
                                            rask_error *err) {
    const data_type *parsed;
    RASK_TRY(column_type(type, &parsed, err));
    plan_column *column = add_column(descriptor, name, PLAN_COLUMN_METADATA);
    column->type = parsed;
    column->metadata_key = base_arena_strdup(descriptor->table->arena, key);
    column->is_virtual = is_virtual;
    return RASK_OK;
}

rask_status rask_descriptor_watermark(rask_descriptor *descriptor, const char *column,
                                      rask_expression *expression, const char *sql,
                                      rask_error *err) {
    plan_table *table = descriptor->table;
    RASK_TRY(take_expression(descriptor, expression, sql, &table->watermark, &table->watermark_text,
                             err));
    table->watermark_column = base_arena_strdup(table->arena, column);
    return RASK_OK;
}

static const char **copy_names(base_arena *arena, const char *const *names, int32_t count) {
    const char **out = BASE_ARENA_ARRAY(arena, const char *, count + 1);
    for (int32_t i = 0; i < count; i++)
        out[i] = base_arena_strdup(arena, names[i]);
    return out;
}

void rask_descriptor_primary_key(rask_descriptor *descriptor, const char *name,
                                 const char *const *columns, int32_t count) {
    plan_table *table = descriptor->table;
    table->primary_key_name = base_arena_strdup(table->arena, name);
    table->primary_key = copy_names(table->arena, columns, count);
    table->primary_key_count = count;
}

void rask_descriptor_partitioned_by(rask_descriptor *descriptor, const char *const *columns,
                                    int32_t count) {
    descriptor->table->partition_keys = copy_names(descriptor->table->arena, columns, count);
    descriptor->table->partition_key_count = count;
}

void rask_descriptor_option(rask_descriptor *descriptor, const char *key, const char *value) {
    plan_table_set_option(descriptor->table, key, value);
}

void rask_descriptor_comment(rask_descriptor *descriptor, const char *comment) {
    descriptor->table->comment = base_arena_strdup(descriptor->table->arena, comment);
}

/* ---- from a descriptor to a table ------------------------------------------------------------ */
/* A copy, because a descriptor may be used for several tables. */
static plan_table *copy_table(const plan_table *from) {
    plan_table *table = plan_table_new();
    base_arena *arena = table->arena;
    table->columns =
        base_arena_copy(arena, from->columns, (int64_t)sizeof(plan_column) * from->column_count);
    table->column_count = from->column_count;
    for (int32_t i = 0; i < from->column_count; i++) {
        plan_column *column = &table->columns[i];
        column->name = base_arena_strdup(arena, column->name);
        column->comment = base_arena_strdup(arena, column->comment);
        column->expression_text = base_arena_strdup(arena, column->expression_text);
        column->metadata_key = base_arena_strdup(arena, column->metadata_key);
        column->expression =
            column->expression != NULL ? expr_copy(arena, column->expression) : NULL;
    }
    table->primary_key_name = base_arena_strdup(arena, from->primary_key_name);
    table->primary_key = copy_names(arena, from->primary_key, from->primary_key_count);
    table->primary_key_count = from->primary_key_count;
    table->partition_keys = copy_names(arena, from->partition_keys, from->partition_key_count);
    table->partition_key_count = from->partition_key_count;
    table->watermark_column = base_arena_strdup(arena, from->watermark_column);
    table->watermark_text = base_arena_strdup(arena, from->watermark_text);
    table->watermark = from->watermark != NULL ? expr_copy(arena, from->watermark) : NULL;
    table->comment = base_arena_strdup(arena, from->comment);
    table->is_legacy = from->is_legacy;
    int64_t cursor = 0;
    const char *key;
    void *value;
    while (from->options != NULL && base_map_next(from->options, &cursor, &key, &value))
        plan_table_set_option(table, key, value);
    return table;
}

rask_status rask_environment_create_table(rask_environment *env, const char *path,
                                          const rask_descriptor *descriptor, bool temporary,
                                          bool ignore_if_exists, rask_error *err) {
    base_arena *arena = base_arena_new();
    const char **parts;
    int32_t count;
    plan_table *table = copy_table(descriptor->table);
    table->is_temporary = temporary;
    rask_status status = table_parse_path(arena, path, &parts, &count, err);
    if (status == RASK_OK)
        status = table_resolve_columns(env, table, err);
    if (status == RASK_OK)
        status = plan_catalog_put_take(env->catalog, parts, count, table, ignore_if_exists, err);
    else
        plan_table_unref(table);
    base_arena_free(arena);
    return status;
}

rask_status rask_environment_from_descriptor(rask_environment *env,
                                             const rask_descriptor *descriptor, rask_table **out,
                                             rask_error *err) {
    static int32_t number; /* anonymous tables get names of their own */
    char name[64];
    int32_t id = __atomic_add_fetch(&number, 1, __ATOMIC_RELAXED);
    snprintf(name, sizeof name, "anonymous_%s_%d",
             plan_table_option(descriptor->table, "connector") != NULL ? "table" : "source", id);
    RASK_TRY(rask_environment_create_table(env, name, descriptor, true, false, err));
    rask_status status = rask_environment_from_path(env, name, out, err);
    rask_environment_drop(env, name, false, true, true, NULL, NULL);
    return status;
}

/* ---- 1.9 properties -------------------------------------------------------------------------- */
typedef struct properties {
    const char *const *keys;
    const char *const *values;
    int32_t count;
} properties;

static const char *property(const properties *given, const char *key) {
    for (int32_t i = 0; i < given->count; i++)
        if (strcmp(given->keys[i], key) == 0)
            return given->values[i];
    return NULL;
}

/* Properties that become options as they are. */
static const struct {
    const char *property, *option;
} option_names[] = {
    {"connector.path", "path"},
    {"format.field-delimiter", "csv.field-delimiter"},
    {"format.line-delimiter", "csv.line-delimiter"},
    {"format.quote-character", "csv.quote-character"},
    {"format.escape-character", "csv.escape-character"},
    {"format.null-literal", "csv.null-literal"},
    {"format.array-element-delimiter", "csv.array-element-delimiter"},
    {"format.allow-comments", "csv.allow-comments"},
    {"format.comment-prefix", "csv.comment-prefix"},
    {"format.ignore-parse-errors", "csv.ignore-parse-errors"},
    {"format.ignore-first-line", "csv.ignore-first-line"},
    {"format.write-mode", "write-mode"},
    {"format.num-files", "num-files"},
};

/* "schema.3.name" -> 3 and "name"; false for anything else. */
static bool numbered(const char *key, const char *prefix, int32_t *number, const char **rest) {
    size_t length = strlen(prefix);
    char *end;
    if (strncmp(key, prefix, length) != 0)
        return false;
    long value = strtol(key + length, &end, 10);
    if (end == key + length || *end != '.' || value < 0 || value > 100000)
        return false;
    *number = (int32_t)value;
    *rest = end + 1;
    return true;
}

/* A type as 1.9's `type` properties write it, in SQL: there VARCHAR and VARBINARY without a length
 * have no limit, also inside a MAP or ROW.  The caller base_free()s it. */
static char *sql_of_legacy_type(const char *text) {
    static const struct {
        const char *legacy, *sql;
    } names[] = {{"VARCHAR", "STRING"}, {"VARBINARY", "BYTES"}};
    base_strbuf out;
    base_strbuf_init(&out, 1 << 20);
    base_strbuf_add_text(&out, "");
    for (const char *at = text; *at != '\0';) {
        size_t length, word = 0;
        while (isalnum((uint8_t)at[word]) || at[word] == '_')
            word++;
        const char *replaced = NULL;
        for (size_t i = 0; i < 2; i++)
            if (word == strlen(names[i].legacy) && strncasecmp(at, names[i].legacy, word) == 0 &&
                at[word] != '(')
                replaced = names[i].sql;
        length = word > 0 ? word : 1;
        if (replaced != NULL)
            base_strbuf_add_text(&out, replaced);
        else
            base_strbuf_add(&out, at, (int64_t)length);
        at += length;
    }
    return base_strbuf_take(&out);
}

/* Columns `prefix`N.name with `prefix`N.type (1.9) or .data-type. */
static rask_status add_numbered_columns(rask_descriptor *descriptor, const properties *given,
                                        const char *prefix, rask_error *err) {
    for (int32_t i = 0;; i++) {
        char *key = base_printf("%s%d.name", prefix, i);
        const char *name = property(given, key);
        base_free(key);
        if (name == NULL)
            return RASK_OK;
        key = base_printf("%s%d.data-type", prefix, i);
        const char *type = property(given, key);
        base_free(key);
        key = base_printf("%s%d.type", prefix, i);
        type = type != NULL ? type : property(given, key);
        base_free(key);
        if (type == NULL)
            return rask_error_set(err, RASK_ERROR_VALIDATION,
                                  "Field '%s' of the descriptor has no type.", name);
        char *sql = sql_of_legacy_type(type);
        rask_status status = rask_descriptor_column(descriptor, name, sql, NULL, err);
        base_free(sql);
        RASK_TRY(status);
    }
}

static bool is_known(const char *key) {
    static const char *const known[] = {"connector.type",       "connector.property-version",
                                        "format.type",          "format.property-version",
                                        "format.derive-schema", "update-mode"};
    int32_t number;
    const char *rest;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(key, known[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof option_names / sizeof *option_names; i++)
        if (strcmp(key, option_names[i].property) == 0)
            return true;
    return numbered(key, "schema.", &number, &rest) ||
           numbered(key, "format.fields.", &number, &rest);
}

static rask_status check_properties(const properties *given, rask_error *err) {
    const char *connector = property(given, "connector.type");
    const char *format = property(given, "format.type");
    if (connector == NULL || strcmp(connector, "filesystem") != 0)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "The connector '%s' is not supported yet.",
                              connector != NULL ? connector : "(none)");
    if (format == NULL)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Could not find a format: call with_format(...) first.");
    if (strcmp(format, "csv") != 0)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED, "The format '%s' is not supported yet.",
                              format);
    if (property(given, "connector.path") == NULL)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Could not find required property 'connector.path'.");
    for (int32_t i = 0; i < given->count; i++)
        if (!is_known(given->keys[i]))
            return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                                  "The descriptor property '%s' is not supported yet.",
                                  given->keys[i]);
    return RASK_OK;
}

rask_status rask_descriptor_from_properties(const char *const *keys, const char *const *values,
                                            int32_t count, rask_descriptor **out, rask_error *err) {
    properties given = {keys, values, count};
    RASK_TRY(check_properties(&given, err));
    rask_descriptor *descriptor = rask_descriptor_new("filesystem");
    plan_table_set_option(descriptor->table, "format", "csv");
    descriptor->table->is_legacy = true;
    for (size_t i = 0; i < sizeof option_names / sizeof *option_names; i++) {
        const char *value = property(&given, option_names[i].property);
        if (value != NULL)
            plan_table_set_option(descriptor->table, option_names[i].option, value);
    }
    rask_status status = add_numbered_columns(descriptor, &given, "schema.", err);
    if (status == RASK_OK && descriptor->table->column_count == 0)
        status = add_numbered_columns(descriptor, &given, "format.fields.", err);
    if (status == RASK_OK && descriptor->table->column_count == 0)
        status = rask_error_set(err, RASK_ERROR_VALIDATION,
                                "Could not find a schema: call with_schema(...) first.");
    if (status != RASK_OK) {
        rask_descriptor_unref(descriptor);
        return status;
    }
    *out = descriptor;
    return RASK_OK;
}
