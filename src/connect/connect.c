/* Finding a table's connector and checking that it can do what is asked of it. */
#include "connect/connect.h"

#include <string.h>

#include "connect/connect_options.h"
#include "connect/inline.h"

#define CONNECT(symbol) extern const connect_class symbol;
#include "connect/connect.list"
#undef CONNECT

static const connect_class *const connectors[] = {
#define CONNECT(symbol) &symbol,
#include "connect/connect.list"
#undef CONNECT
};

const connect_class *const *connect_all(int32_t *count) {
    *count = (int32_t)(sizeof connectors / sizeof connectors[0]);
    return connectors;
}

const connect_class *connect_find(const char *name) {
    int32_t count;
    const connect_class *const *all = connect_all(&count);
    for (int32_t i = 0; i < count; i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    return NULL;
}

static rask_status refuse_name(const char *name, rask_error *err) {
    const char *names[sizeof connectors / sizeof connectors[0]];
    base_strbuf text;
    int32_t count;
    const connect_class *const *all = connect_all(&count);
    base_strbuf_init(&text, 4096);
    for (int32_t i = 0; i < count; i++) {
        names[i] = all[i]->name;
        base_strbuf_printf(&text, "\n%s", all[i]->name);
    }
    rask_error_set(err, RASK_ERROR_VALIDATION,
                   "Could not find any factory for identifier '%s' that implements "
                   "'org.apache.flink.table.factories.DynamicTableFactory' in the classpath.\n\n"
                   "Available factory identifiers are:\n%s",
                   name, text.data);
    const char *nearest = base_nearest_name(name, names, count);
    if (nearest != NULL)
        rask_error_hint(err, "did you mean '%s'?", nearest);
    base_strbuf_free(&text);
    return RASK_ERROR_VALIDATION;
}

static rask_status find_connector(const plan_table *table, const connect_class **out,
                                  rask_error *err) {
    if (table->kind == PLAN_TABLE_INLINE) {
        *out = &connect_inline;
        return RASK_OK;
    }
    const char *name = plan_table_option(table, "connector");
    if (name == NULL)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Table options do not contain an option key 'connector' for "
                              "discovering a connector.");
    *out = connect_find(name);
    return *out != NULL ? RASK_OK : refuse_name(name, err);
}

rask_status connect_resolve(const connect_config *config, bool as_sink, const connect_class **out,
                            rask_error *err) {
    const connect_class *connector;
    RASK_TRY(find_connector(config->table, &connector, err));
    if (as_sink ? !connector->is_sink : !connector->is_source)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Connector '%s' can only be used as a %s. It cannot be used as a %s.",
                              connector->name, as_sink ? "source" : "sink",
                              as_sink ? "sink" : "source");
    if (connector != &connect_inline)
        RASK_TRY(connect_check_options(config, connector, as_sink, err));
    if (connector->check != NULL)
        RASK_TRY(connector->check(config, as_sink, err));
    *out = connector;
    return RASK_OK;
}

bool connect_sink_takes_updates(const plan_table *table) {
    const char *name = plan_table_option(table, "connector");
    const connect_class *connector = name != NULL ? connect_find(name) : NULL;
    if (connector == NULL)
        return false;
    const format_class *format = connector->uses_format ? connect_format(table) : NULL;
    return connector->sink_takes_updates || (format != NULL && format->writes_updates);
}
