/* Lowering of sinks: refusals in Flink's words, constraints, the Sink operator. */
#include <strings.h>

#include "base/buffer.h"
#include "opt/lower.h"

static rask_status refuse_updates(lowering *low, const plan_node *sink, rask_error *err) {
    const plan_table *table = sink->table;
    if (table->is_legacy)
        return rask_error_set(err, RASK_ERROR_TABLE,
                              "AppendStreamTableSink requires that Table has only insert changes.");
    int kinds = opt_changelog(sink->inputs[0]);
    const char *what = (kinds & OPT_DELETES) == 0   ? "update"
                       : (kinds & OPT_UPDATES) == 0 ? "delete"
                                                    : "update and delete";
    const char *name = table->name == NULL
                           ? "*anonymous*"
                           : base_arena_printf(low->graph->arena, "%s.%s.%s", table->catalog,
                                               table->database, table->name);
    return rask_error_set(
        err, RASK_ERROR_TABLE,
        "Table sink '%s' doesn't support consuming %s changes which is produced by node %s", name,
        what, opt_describe(low->graph->arena, opt_update_producer(sink->inputs[0]), true));
}

/* Values of the static partition as texts. */
static rask_status static_partition(lowering *low, const plan_node *node, connect_config *config,
                                    rask_error *err) {
    base_arena *arena = low->graph->arena;
    const char **values = BASE_ARENA_ARRAY(arena, const char *, node->partition_count + 1);
    for (int32_t i = 0; i < node->partition_count; i++) {
        data_value value;
        base_strbuf text;
        RASK_TRY(
            expr_evaluate_constant(node->partition_values[i], &low->function, arena, &value, err));
        base_strbuf_init(&text, 1 << 20);
        values[i] = data_value_print(&value, &text) ? base_arena_strdup(arena, text.data) : NULL;
        base_strbuf_free(&text);
    }
    config->static_partition_names = node->partition_names;
    config->static_partition_values = values;
    config->static_partition_count = node->partition_count;
    return RASK_OK;
}

static rask_status sink_parallelism(const plan_table *table, int32_t *parallelism,
                                    rask_error *err) {
    const char *text = plan_table_option(table, "sink.parallelism");
    int64_t value;
    if (text == NULL)
        return RASK_OK;
    if (!base_i64_parse(text, (int64_t)strlen(text), &value) || value < 1 ||
        value > STATE_KEY_GROUPS_DEFAULT)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Invalid value '%s' for option 'sink.parallelism'.", text);
    *parallelism = (int32_t)value;
    return RASK_OK;
}

/* Rows that could bring a NULL into a NOT NULL column are looked at before they reach the sink. */
static void enforce_not_null(lowering *low, const plan_table *table, open_stage *open) {
    base_arena *arena = low->graph->arena;
    int32_t *columns = BASE_ARENA_ARRAY(arena, int32_t, open->schema->count + 1), count = 0;
    const char **names = BASE_ARENA_ARRAY(arena, const char *, open->schema->count + 1);
    const char *text = "";
    for (int32_t c = 0, written = 0; c < table->column_count; c++) {
        const plan_column *column = &table->columns[c];
        if (column->kind == PLAN_COLUMN_COMPUTED || column->is_virtual)
            continue;
        int32_t from = written++;
        if (from >= open->schema->count || column->type->nullable ||
            !open->schema->types[from]->nullable)
            continue;
        columns[count] = from;
        names[count++] = column->name;
        text = base_arena_printf(arena, "%s%s%s", text, text[0] != '\0' ? ", " : "", column->name);
    }
    if (count == 0)
        return;
    exec_enforcer_params *params = BASE_ARENA_NEW(arena, exec_enforcer_params);
    const char *mode = plan_config_get(low->config, "table.exec.sink.not-null-enforcer");
    *params = (exec_enforcer_params){columns, names, count, strcasecmp(mode, "DROP") == 0};
    lower_add_op(
        low, open, "ConstraintEnforcer", params, open->schema,
        base_arena_printf(arena, "ConstraintEnforcer[NotNullEnforcer(fields=[%s])]", text));
}

rask_status lower_sink(lowering *low, const plan_node *node, rask_error *err) {
    base_arena *arena = low->graph->arena;
    const plan_table *table = node->table;
    exec_sink_params *params = BASE_ARENA_NEW(arena, exec_sink_params);
    if (low->streaming && node->is_overwrite)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_STATE,
                              "Streaming mode not support overwrite.");
    params->connector_config = (connect_config){.context = &low->function,
                                                .config = low->config,
                                                .table = table,
                                                .schema = node->inputs[0]->schema,
                                                .limit = -1,
                                                .is_overwrite = node->is_overwrite};
    RASK_TRY(connect_resolve(&params->connector_config, true, &params->connector, err));
    bool inserts_only = !low->streaming || opt_changelog(node->inputs[0]) == OPT_INSERTS;
    if (!inserts_only && !connect_sink_takes_updates(table))
        return refuse_updates(low, node, err);
    RASK_TRY(static_partition(low, node, &params->connector_config, err));
    params->connector_config.context = NULL;
    open_stage open;
    RASK_TRY(lower_node(low, node->inputs[0], opt_sink_needs_update_before(table), &open, err));
    enforce_not_null(low, table, &open);
    int32_t parallelism = open.stage->parallelism;
    RASK_TRY(sink_parallelism(table, &parallelism, err));
    if (parallelism != open.stage->parallelism)
        lower_exchange(low, &open, EXEC_EDGE_REBALANCE, parallelism, NULL, 0);
    lower_add_op(low, &open, "Sink", params, open.schema,
                 opt_describe(arena, node, low->streaming));
    return RASK_OK;
}
