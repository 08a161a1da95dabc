/* Reading format options; see format_options.h. */
#include "format/format_options.h"

#include <stdio.h>
#include <string.h>

static const plan_option *find_option(const plan_option *options, const char *key) {
    for (const plan_option *option = options; option->key != NULL; option++)
        if (strcmp(option->key, key) == 0)
            return option;
    return NULL;
}

const char *format_option(const plan_table *table, const char *format, const plan_option *options,
                          const char *key) {
    char full_key[128];
    snprintf(full_key, sizeof full_key, "%s.%s", format, key);
    const char *text = plan_table_option(table, full_key);
    const plan_option *option = find_option(options, key);
    return text != NULL || option == NULL ? text : option->fallback;
}

rask_status format_option_bool(const plan_table *table, const char *format,
                               const plan_option *options, const char *key, bool *out,
                               rask_error *err) {
    const plan_option *option = find_option(options, key);
    const char *text = format_option(table, format, options, key);
    *out = false;
    if (text == NULL || option == NULL)
        return RASK_OK;
    int64_t value = 0;
    double unused;
    RASK_TRY(plan_option_parse(option, text, &value, &unused, err));
    *out = value != 0;
    return RASK_OK;
}

rask_status format_refuse_type(const format_config *config, int32_t column, rask_error *err) {
    base_strbuf type;
    base_strbuf_init(&type, 4096);
    data_type_write(config->schema->types[column], true, &type);
    rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT, "Unsupported type '%s' for field '%s'.",
                   type.data != NULL ? type.data : "", config->schema->names[column]);
    base_strbuf_free(&type);
    return RASK_ERROR_ILLEGAL_ARGUMENT;
}
