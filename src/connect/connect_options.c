/* Checking and reading options of connectors, with Flink's words for what is wrong. */
#include "connect/connect_options.h"

#include <stdlib.h>
#include <string.h>

enum { MESSAGE_BYTES_MAX = 7000 };

/* Keys that every table may have. */
static const char *const common_keys[] = {
    "connector",
    "property-version",
    "scan.watermark.alignment.group",
    "scan.watermark.alignment.max-drift",
    "scan.watermark.alignment.update-interval",
    "scan.watermark.emit.strategy",
    "scan.watermark.idle-timeout",
};

/* ---- reading --------------------------------------------------------------------------------- */

/* A # in an option's key stands for any name: "fields.#.kind". */
static bool key_matches(const char *option_key, const char *key) {
    const char *wild = strchr(option_key, '#');
    if (wild == NULL)
        return strcmp(option_key, key) == 0;
    size_t front = (size_t)(wild - option_key), back = strlen(wild + 1), length = strlen(key);
    return length > front + back && strncmp(key, option_key, front) == 0 &&
           strcmp(key + length - back, wild + 1) == 0;
}

static const plan_option *find_in(const plan_option *options, const char *key) {
    for (const plan_option *option = options; option != NULL && option->key != NULL; option++)
        if (key_matches(option->key, key))
            return option;
    return NULL;
}

static const plan_option *find_option(const connect_class *connector, bool is_legacy,
                                      const char *key) {
    const plan_option *option = is_legacy ? find_in(connector->legacy_options, key) : NULL;
    return option != NULL ? option : find_in(connector->options, key);
}

const char *connect_option(const connect_config *config, const connect_class *connector,
                           const char *key) {
    const char *text = plan_table_option(config->table, key);
    const plan_option *option = find_option(connector, config->table->is_legacy, key);
    return text != NULL || option == NULL ? text : option->fallback;
}

bool connect_option_bool(const connect_config *config, const connect_class *connector,
                         const char *key) {
    return connect_option_number(config, connector, key, 0) != 0;
}

int64_t connect_option_number(const connect_config *config, const connect_class *connector,
                              const char *key, int64_t absent) {
    const char *text = connect_option(config, connector, key);
    const plan_option *option = find_option(connector, config->table->is_legacy, key);
    int64_t number = absent;
    double real;
    if (text == NULL || option == NULL ||
        plan_option_parse(option, text, &number, &real, NULL) != RASK_OK)
        return absent;
    return number;
}

const base_world *connect_world(const connect_config *config) {
    bool known = config->context != NULL && config->context->world != NULL;
    return known ? config->context->world : base_world_system();
}

bool connect_is_streaming(const connect_config *config) {
    if (config->context != NULL)
        return config->context->streaming;
    return config->config != NULL && plan_config_is_streaming(config->config);
}

const format_class *connect_format(const plan_table *table) {
    const char *name = plan_table_option(table, "format");
    return name != NULL ? format_find(name) : NULL;
}

format_config connect_format_config(const connect_config *config) {
    return (format_config){.context = config->context,
                           .pool = config->pool,
                           .schema = config->schema,
                           .projection = config->projection,
                           .projection_count = config->projection_count,
                           .filter = config->filter,
                           .block_bytes = config->block_bytes,
                           .table = config->table,
                           .rows_max = DATA_BATCH_ROWS_DEFAULT};
}

/* ---- lists of names in messages -------------------------------------------------------------- */

typedef struct name_list {
    const char **names;
    int64_t count;
} name_list;

static void add_name(name_list *list, const char *name) {
    list->names = base_realloc(list->names, (int64_t)sizeof(char *) * (list->count + 1));
    list->names[list->count++] = name;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_names(name_list *list) {
    if (list->count > 1)
        qsort(list->names, (size_t)list->count, sizeof(char *), compare_names);
}

/* The names in order, one a line. */
static void write_names(const name_list *list, base_strbuf *out) {
    for (int64_t i = 0; i < list->count; i++)
        base_strbuf_printf(out, "\n%s", list->names[i]);
}

static void free_names(name_list *list) {
    base_free(list->names);
}

/* ---- required -------------------------------------------------------------------------------- */

static rask_status check_required(const plan_table *table, const connect_class *connector,
                                  rask_error *err) {
    name_list missing = {0};
    for (const plan_option *option = connector->options; option->key != NULL; option++)
        if (strncmp(option->doc, "required", 8) == 0 &&
            plan_table_option(table, option->key) == NULL)
            add_name(&missing, option->key);
    if (missing.count == 0)
        return RASK_OK;
    base_strbuf text;
    base_strbuf_init(&text, MESSAGE_BYTES_MAX);
    sort_names(&missing);
    write_names(&missing, &text);
    rask_error_set(err, RASK_ERROR_VALIDATION,
                   "One or more required options are missing.\n\nMissing required options are:\n%s",
                   text.data);
    base_strbuf_free(&text);
    free_names(&missing);
    return RASK_ERROR_VALIDATION;
}

/* ---- known ----------------------------------------------------------------------------------- */

static const plan_option *format_options_of(const plan_table *table, const format_class *format) {
    bool legacy = table->is_legacy && format->legacy_options != NULL;
    return legacy ? format->legacy_options : format->options;
}

/* The option row behind a format's key ("csv.x"), or NULL. */
static const plan_option *find_format_option(const plan_table *table, const format_class *format,
                                             const char *key) {
    size_t prefix = format != NULL ? strlen(format->name) : 0;
    if (format == NULL || strncmp(key, format->name, prefix) != 0 || key[prefix] != '.')
        return NULL;
    return find_in(format_options_of(table, format), key + prefix + 1);
}

static bool is_common_key(const char *key) {
    for (size_t i = 0; i < sizeof common_keys / sizeof common_keys[0]; i++)
        if (strcmp(common_keys[i], key) == 0)
            return true;
    return false;
}

/* All keys the table could have; those of the format are made in `arena`. */
static void list_supported(base_arena *arena, const plan_table *table,
                           const connect_class *connector, const format_class *format,
                           name_list *out) {
    for (size_t i = 0; i < sizeof common_keys / sizeof common_keys[0]; i++)
        add_name(out, common_keys[i]);
    for (const plan_option *option = connector->options; option->key != NULL; option++)
        add_name(out, option->key);
    if (format != NULL)
        for (const plan_option *option = format_options_of(table, format); option->key != NULL;
             option++)
            add_name(out, base_arena_printf(arena, "%s.%s", format->name, option->key));
    sort_names(out);
}

static rask_status refuse_unknown(const plan_table *table, const connect_class *connector,
                                  const format_class *format, name_list *unknown, rask_error *err) {
    base_arena *arena = base_arena_new();
    name_list supported = {0};
    base_strbuf unknown_text, supported_text;
    base_strbuf_init(&unknown_text, MESSAGE_BYTES_MAX);
    base_strbuf_init(&supported_text, MESSAGE_BYTES_MAX);
    list_supported(arena, table, connector, format, &supported);
    sort_names(unknown);
    write_names(unknown, &unknown_text);
    write_names(&supported, &supported_text);
    rask_error_set(err, RASK_ERROR_VALIDATION,
                   "Unsupported options found for '%s'.\n\nUnsupported options:\n%s\n\n"
                   "Supported options:\n%s",
                   connector->name, unknown_text.data, supported_text.data);
    const char *nearest = base_nearest_name(unknown->names[0], supported.names, supported.count);
    if (nearest != NULL)
        rask_error_hint(err, "did you mean '%s'?", nearest);
    base_strbuf_free(&unknown_text);
    base_strbuf_free(&supported_text);
    free_names(&supported);
    base_arena_free(arena);
    return RASK_ERROR_VALIDATION;
}

static rask_status check_known(const plan_table *table, const connect_class *connector,
                               const format_class *format, rask_error *err) {
    name_list unknown = {0};
    int64_t cursor = 0;
    const char *key;
    void *value;
    while (base_map_next(table->options, &cursor, &key, &value))
        if (!is_common_key(key) && find_option(connector, table->is_legacy, key) == NULL &&
            find_format_option(table, format, key) == NULL)
            add_name(&unknown, key);
    rask_status status = RASK_OK;
    if (unknown.count > 0)
        status = refuse_unknown(table, connector, format, &unknown, err);
    free_names(&unknown);
    return status;
}

/* ---- values ---------------------------------------------------------------------------------- */

static rask_status check_values(const plan_table *table, const connect_class *connector,
                                const format_class *format, rask_error *err) {
    int64_t cursor = 0, number;
    double real;
    const char *key;
    void *value;
    while (base_map_next(table->options, &cursor, &key, &value)) {
        const plan_option *option = find_option(connector, table->is_legacy, key);
        if (option == NULL)
            option = find_format_option(table, format, key);
        rask_error cause;
        if (option == NULL || plan_option_parse(option, value, &number, &real, &cause) == RASK_OK)
            continue;
        return rask_error_set(err, RASK_ERROR_VALIDATION, "Invalid value for option '%s'.\n%s",
                              option->key, cause.message);
    }
    return RASK_OK;
}

/* ---- format ---------------------------------------------------------------------------------- */

static rask_status find_format(const plan_table *table, bool as_sink, const format_class **out,
                               rask_error *err) {
    const char *name = plan_table_option(table, "format");
    const format_class *format = name != NULL ? format_find(name) : NULL;
    if (format == NULL) {
        int32_t count;
        const format_class *const *all = format_all(&count);
        name_list names = {0};
        for (int32_t i = 0; i < count; i++)
            add_name(&names, all[i]->name);
        rask_error_set(err, RASK_ERROR_VALIDATION,
                       "Could not find any format factory for identifier '%s' in the classpath.",
                       name != NULL ? name : "");
        const char *nearest = base_nearest_name(name != NULL ? name : "", names.names, names.count);
        if (nearest != NULL)
            rask_error_hint(err, "did you mean '%s'?", nearest);
        free_names(&names);
        return RASK_ERROR_VALIDATION;
    }
    if (as_sink ? !format->writes : !format->reads)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED, "%s format '%s' is not supported yet.",
                              as_sink ? "Writing" : "Reading", format->name);
    *out = format;
    return RASK_OK;
}

rask_status connect_check_options(const connect_config *config, const connect_class *connector,
                                  bool as_sink, rask_error *err) {
    const plan_table *table = config->table;
    const format_class *format = NULL;
    RASK_TRY(check_required(table, connector, err));
    if (connector->uses_format)
        RASK_TRY(find_format(table, as_sink, &format, err));
    RASK_TRY(check_known(table, connector, format, err));
    return check_values(table, connector, format, err);
}
