/* Lowering: the optimised plan becomes stages, chains of operators and edges.
 *
 * lower_node returns an *open* stage: one whose chain may still grow.  Row-wise nodes append to it;
 * keyed and blocking nodes close it and open another.  In batch a blocking operator ends its stage
 * and the next one reads its published result; in streaming a hash edge leads to the next stage
 * (none at parallelism 1, where the chain just goes on).  User functions get stages of their own,
 * which run on the job's user-function thread.
 *
 * Read next: lower_aggregate.c, lower_sink.c, lower_udf.c. */
#include "opt/lower.h"

#include "base/buffer.h"

/* ---- small pieces ---------------------------------------------------------------------------- */
/* FNV-1a over the description and the uid below: the same logical operator has the same uid in
 * every run, whatever the parallelism. */
static const char *make_uid(lowering *low, const char *below, const char *description) {
    uint64_t hash = 1469598103934665603ULL;
    for (const char *text = below; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * 1099511628211ULL;
    for (const char *text = description; *text != '\0'; text++)
        hash = (hash ^ (uint8_t)*text) * 1099511628211ULL;
    return base_arena_printf(low->graph->arena, "%016llx", (unsigned long long)hash);
}

void lower_add_op(lowering *low, open_stage *open, const char *op_name, const void *params,
                  const data_schema *schema, const char *description) {
    const exec_op_class *op_class = exec_op_find(op_name);
    open->uid = make_uid(low, open->uid,
                         base_arena_printf(low->graph->arena, "%s#%s", op_name, description));
    if (op_class != NULL)
        exec_stage_add_op(low->graph, open->stage, op_class, params, schema, open->uid,
                          description);
    else
        low->missing_op = op_name; /* refused by opt_lower */
    open->schema = schema;
    open->calc = NULL;
}

void lower_exchange(lowering *low, open_stage *open, exec_edge_kind kind, int32_t parallelism,
                    const int32_t *keys, int32_t key_count) {
    exec_stage *next = exec_graph_add_stage(low->graph, parallelism);
    next->source = EXEC_FROM_EDGES;
    next->schema = open->schema;
    exec_graph_add_edge(low->graph, open->stage, next, kind, 0, keys, key_count);
    open->stage = next;
    open->calc = NULL;
}

void lower_gather(lowering *low, open_stage *open) {
    if (open->stage->parallelism > 1)
        lower_exchange(low, open, EXEC_EDGE_GATHER, 1, NULL, 0);
}

/* The stage that reads what the blocking operator at the end of `open` published. */
void lower_read_result(lowering *low, open_stage *open, int32_t parallelism) {
    exec_stage *next = exec_graph_add_stage(low->graph, parallelism);
    next->source = EXEC_FROM_RESULT;
    next->result_of = open->stage;
    next->schema = open->schema;
    open->stage = next;
    open->calc = NULL;
}

/* "Calc(select=[a])" with the `where` of the filter it is merged with. */
static const char *merged_description(lowering *low, const char *filter, const char *project) {
    const char *where = strstr(filter, ", where=[");
    if (where == NULL || project[0] == '\0')
        return project;
    return base_arena_printf(low->graph->arena, "%.*s%s", (int)strlen(project) - 1, project, where);
}

/* Adds a Calc, or completes the filter-only Calc at the end of the chain. */
void lower_add_calc(lowering *low, open_stage *open, const expr_node *condition,
                    expr_node *const *exprs, int32_t count, const data_schema *schema,
                    const char *description) {
    if (open->calc != NULL && open->calc->exprs == NULL && condition == NULL) {
        exec_op_spec *spec = open->stage->ops[open->stage->op_count - 1];
        open->calc->exprs = exprs;
        open->calc->expr_count = count;
        spec->schema = schema;
        spec->description = merged_description(low, spec->description, description);
        open->schema = schema;
        open->calc = NULL;
        return;
    }
    exec_calc_params *params = BASE_ARENA_NEW(low->graph->arena, exec_calc_params);
    params->condition = condition;
    params->exprs = exprs;
    params->expr_count = count;
    lower_add_op(low, open, "Calc", params, schema, description);
    open->calc = exprs == NULL ? params : NULL;
}

/* ---- sources --------------------------------------------------------------------------------- */
static rask_status open_source(lowering *low, plan_table *table, const plan_node *node,
                               open_stage *open, rask_error *err) {
    base_arena *arena = low->graph->arena;
    connect_config config;
    const connect_class *connector;
    RASK_TRY(opt_source_config(low->context, arena, table, node, &config, &connector, err));
    config.context = NULL;
    exec_stage *stage = exec_graph_add_stage(low->graph, low->parallelism);
    stage->source = EXEC_FROM_CONNECTOR;
    stage->connector = connector;
    stage->connector_config = config;
    stage->schema = node->schema;
    stage->description = opt_describe(arena, node, low->streaming);
    *open = (open_stage){.stage = stage, .schema = node->schema};
    open->uid = make_uid(low, base_arena_printf(arena, "source%d", low->source_count++),
                         stage->description);
    stage->source_uid = open->uid;
    return RASK_OK;
}

static rask_status append_value_rows(lowering *low, const plan_node *node, data_builder **builders,
                                     rask_error *err) {
    for (int32_t i = 0; i < node->expr_count; i++) {
        data_value value;
        RASK_TRY(
            expr_evaluate_constant(node->exprs[i], &low->function, low->graph->arena, &value, err));
        RASK_TRY(data_builder_add_value(builders[i % node->row_width], &value, err));
    }
    return RASK_OK;
}

/* Evaluates the rows of VALUES into batches of at most DATA_BATCH_ROWS_LIMIT rows. */
static rask_status values_data(lowering *low, const plan_node *node, plan_data **out,
                               rask_error *err) {
    int32_t width = node->row_width;
    int32_t rows = width > 0 ? node->expr_count / width : 0;
    data_builder **builders = BASE_ARENA_ARRAY(low->graph->arena, data_builder *, width + 1);
    data_column **columns = BASE_ARENA_ARRAY(low->graph->arena, data_column *, width + 1);
    for (int32_t i = 0; i < width; i++)
        builders[i] = data_builder_new(NULL, node->schema->types[i], rows);
    rask_status status;
    RASK_TRY_OUT(status, append_value_rows(low, node, builders, err));
    for (int32_t i = 0; i < width; i++)
        RASK_TRY_OUT(status, data_builder_finish(builders[i], &columns[i], err));
    data_batch *all = data_batch_take(columns, width, rows);
    int32_t pieces = (rows + DATA_BATCH_ROWS_LIMIT - 1) / DATA_BATCH_ROWS_LIMIT;
    data_batch **batches = BASE_ARENA_ARRAY(low->graph->arena, data_batch *, pieces + 1);
    int32_t made = 0;
    for (; made < pieces && status == RASK_OK; made++) {
        int32_t start = made * DATA_BATCH_ROWS_LIMIT;
        int32_t count = rows - start < DATA_BATCH_ROWS_LIMIT ? rows - start : DATA_BATCH_ROWS_LIMIT;
        status = data_batch_slice(NULL, all, start, count, &batches[made], err);
    }
    data_batch_unref(all);
    if (status == RASK_OK)
        *out = plan_data_new(node->schema, batches, made);
out:
    for (int32_t i = 0; i < width; i++)
        data_builder_free(builders[i]);
    return status;
}

/* VALUES is a scan of a table in memory. */
static rask_status lower_values(lowering *low, const plan_node *node, open_stage *open,
                                rask_error *err) {
    plan_data *data = node->data != NULL ? plan_data_ref(node->data) : NULL;
    if (data == NULL)
        RASK_TRY(values_data(low, node, &data, err));
    plan_table *table = plan_table_new();
    table->kind = PLAN_TABLE_INLINE;
    table->data = data;
    table->column_count = node->schema->count;
    table->columns = BASE_ARENA_ARRAY(table->arena, plan_column, node->schema->count + 1);
    for (int32_t i = 0; i < node->schema->count; i++) {
        table->columns[i].name = base_arena_strdup(table->arena, node->schema->names[i]);
        table->columns[i].type = node->schema->types[i];
    }
    plan_hold_table(low->plan, table);
    return open_source(low, table, node, open, err);
}

/* ---- which columns are read ------------------------------------------------------------------ */
static void need(lowering *low, bool *needed, expr_node *const *exprs, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        if (exprs[i] != NULL)
            expr_used_columns(exprs[i], 0, needed);
    low->needed = needed;
}

/* Tells the input of a row-wise or aggregating node what is read of it. */
static void pass_needed(lowering *low, const plan_node *node, const bool *needed) {
    bool *below = NULL;
    if (node->input_count == 1)
        below = BASE_ARENA_ARRAY(low->graph->arena, bool, node->inputs[0]->schema->count + 1);
    switch (node->kind) {
    case PLAN_PROJECT:
        need(low, below, node->exprs, node->expr_count);
        break;
    case PLAN_AGGREGATE:
        need(low, below, node->keys, node->key_count);
        need(low, below, node->aggregates, node->aggregate_count);
        break;
    case PLAN_FILTER:
        if (needed == NULL)
            break;
        memcpy(below, needed, (size_t)node->schema->count);
        need(low, below, &node->condition, 1);
        break;
    default:
        break;
    }
}

/* ---- row-wise nodes -------------------------------------------------------------------------- */
static rask_status lower_filter(lowering *low, const plan_node *node, bool needs_before,
                                open_stage *open, rask_error *err) {
    /* Without -U a filter could not take back a row that no longer passes. */
    bool updates = low->streaming && opt_changelog(node->inputs[0]) != OPT_INSERTS;
    RASK_TRY(lower_node(low, node->inputs[0], needs_before || updates, open, err));
    const data_schema *schema = open->schema;
    expr_node *condition = node->condition;
    int32_t width = schema->count;
    RASK_TRY(lower_user_functions(low, open, &condition, 1, err));
    lower_add_calc(low, open, condition, NULL, 0, open->schema,
                   opt_describe(low->graph->arena, node, low->streaming));
    if (open->schema->count > width) /* drop the columns of the user functions */
        lower_add_calc(low, open, NULL, lower_first_columns(low, schema), width, schema, "Calc");
    return RASK_OK;
}

static rask_status lower_project(lowering *low, const plan_node *node, bool needs_before,
                                 open_stage *open, rask_error *err) {
    RASK_TRY(lower_node(low, node->inputs[0], needs_before, open, err));
    expr_node **exprs = base_arena_copy(low->graph->arena, node->exprs,
                                        (int64_t)sizeof(expr_node *) * node->expr_count);
    RASK_TRY(lower_user_functions(low, open, exprs, node->expr_count, err));
    lower_add_calc(low, open, NULL, exprs, node->expr_count, node->schema,
                   opt_describe(low->graph->arena, node, low->streaming));
    return RASK_OK;
}

static rask_status lower_expand(lowering *low, const plan_node *node, bool needs_before,
                                open_stage *open, rask_error *err) {
    RASK_TRY(lower_node(low, node->inputs[0], needs_before, open, err));
    expr_node **exprs = base_arena_copy(low->graph->arena, node->exprs,
                                        (int64_t)sizeof(expr_node *) * node->expr_count);
    RASK_TRY(lower_user_functions(low, open, exprs, node->expr_count, err));
    exec_expand_params *params = BASE_ARENA_NEW(low->graph->arena, exec_expand_params);
    *params = (exec_expand_params){exprs, node->row_width, node->expr_count / node->row_width};
    lower_add_op(low, open, "Expand", params, node->schema,
                 opt_describe(low->graph->arena, node, low->streaming));
    return RASK_OK;
}

static rask_status lower_replicate(lowering *low, const plan_node *node, bool needs_before,
                                   open_stage *open, rask_error *err) {
    RASK_TRY(lower_node(low, node->inputs[0], needs_before, open, err));
    lower_add_op(low, open, "Replicate", NULL, node->schema,
                 opt_describe(low->graph->arena, node, low->streaming));
    return RASK_OK;
}

/* ---- order and limit ------------------------------------------------------------------------- */
/* Sort keys as columns: keys that are expressions become extra columns in front of the operator,
 * which lower_sort drops again behind it. */
static exec_sort_key *sort_keys(lowering *low, const plan_node *node, open_stage *open) {
    base_arena *arena = low->graph->arena;
    exec_sort_key *keys = BASE_ARENA_ARRAY(arena, exec_sort_key, node->key_count + 1);
    expr_node **exprs =
        BASE_ARENA_ARRAY(arena, expr_node *, open->schema->count + node->key_count + 1);
    data_schema *schema = data_schema_new(arena, open->schema->count + node->key_count);
    int32_t count = open->schema->count;
    for (int32_t i = 0; i < count; i++) {
        exprs[i] = expr_input(arena, 0, i, open->schema->types[i]);
        schema->names[i] = open->schema->names[i];
        schema->types[i] = open->schema->types[i];
    }
    for (int32_t i = 0; i < node->key_count; i++) {
        expr_node *order = node->keys[i];
        expr_node *key = order->kind == EXPR_ORDER ? order->args[0] : order;
        keys[i].descending = order->kind == EXPR_ORDER && order->descending;
        /* By default nulls are smallest: first ascending, last descending. */
        keys[i].nulls_last = order->nulls_order != 0 ? order->nulls_order > 0 : keys[i].descending;
        keys[i].column = key->kind == EXPR_INPUT ? key->column : count;
        if (key->kind == EXPR_INPUT)
            continue;
        exprs[count] = key;
        schema->names[count] = base_arena_printf(arena, "$sort%d", i);
        schema->types[count++] = key->type;
    }
    schema->count = count;
    if (count > open->schema->count)
        lower_add_calc(low, open, NULL, exprs, count, schema, "Calc");
    return keys;
}

/* The first rows of a stream; its sort keys are columns of `open`. */
static void add_rank(lowering *low, const plan_node *node, bool needs_before,
                     exec_rank_strategy strategy, int32_t id_count, const exec_sort_key *keys,
                     open_stage *open, const char *description) {
    base_arena *arena = low->graph->arena;
    exec_rank_params *rank = BASE_ARENA_NEW(arena, exec_rank_params);
    int32_t *ids = BASE_ARENA_ARRAY(arena, int32_t, id_count + 1);
    for (int32_t i = 0; i < id_count; i++)
        ids[i] = i;
    *rank = (exec_rank_params){.keys = keys,
                               .key_count = keys != NULL ? node->key_count : 0,
                               .offset = node->offset,
                               .fetch = node->fetch,
                               .strategy = strategy,
                               .ids = ids,
                               .id_count = id_count,
                               .emits_update_before = needs_before};
    lower_gather(low, open);
    lower_add_op(low, open, "Rank", rank, open->schema, description);
}

static rask_status refuse_endless(const plan_node *node, rask_error *err) {
    if (node->kind == PLAN_SORT && node->offset == 0)
        return rask_error_set(err, RASK_ERROR_TABLE,
                              "Sort on a non-time-attribute field is not supported.");
    return rask_error_set(err, RASK_ERROR_TABLE,
                          "FETCH is missed, which on streaming table is not supported currently.");
}

static rask_status lower_sort(lowering *low, const plan_node *node, bool needs_before,
                              open_stage *open, rask_error *err) {
    int32_t id_count = 0;
    exec_rank_strategy strategy = EXEC_RANK_APPEND;
    if (low->streaming && node->fetch < 0)
        return refuse_endless(node, err);
    if (low->streaming)
        strategy = opt_rank_strategy(low->graph->arena, node, &id_count);
    RASK_TRY(lower_node(low, node->inputs[0], strategy == EXEC_RANK_RETRACT, open, err));
    const char *description = opt_describe(low->graph->arena, node, low->streaming);
    const data_schema *schema = open->schema;
    exec_sort_key *keys = sort_keys(low, node, open);
    if (low->streaming) {
        add_rank(low, node, needs_before, strategy, id_count, keys, open, description);
    } else {
        exec_sort_params *sort = BASE_ARENA_NEW(low->graph->arena, exec_sort_params);
        *sort = (exec_sort_params){keys, node->key_count, node->offset, node->fetch};
        lower_add_op(low, open, "Sort", sort, open->schema, description);
        lower_read_result(low, open, 1);
    }
    if (open->schema->count > schema->count)
        lower_add_calc(low, open, NULL, lower_first_columns(low, schema), schema->count, schema,
                       "Calc");
    return RASK_OK;
}

static rask_status lower_limit(lowering *low, const plan_node *node, bool needs_before,
                               open_stage *open, rask_error *err) {
    if (low->streaming && node->fetch < 0)
        return refuse_endless(node, err);
    bool updates = low->streaming && opt_changelog(node->inputs[0]) != OPT_INSERTS;
    RASK_TRY(lower_node(low, node->inputs[0], updates, open, err));
    const char *description = opt_describe(low->graph->arena, node, low->streaming);
    if (updates) {
        add_rank(low, node, needs_before, EXEC_RANK_RETRACT, 0, NULL, open, description);
        return RASK_OK;
    }
    lower_gather(low, open);
    exec_limit_params *limit = BASE_ARENA_NEW(low->graph->arena, exec_limit_params);
    *limit = (exec_limit_params){node->offset, node->fetch};
    lower_add_op(low, open, "Limit", limit, open->schema, description);
    return RASK_OK;
}

/* ---- several inputs -------------------------------------------------------------------------- */
static rask_status lower_union(lowering *low, const plan_node *node, bool needs_before,
                               open_stage *open, rask_error *err) {
    if (node->set_op != PLAN_UNION || !node->is_all)
        return rask_error_set(
            err, RASK_ERROR_UNSUPPORTED,
            "INTERSECT, EXCEPT and UNION without ALL are not supported by the engine yet.");
    open_stage *inputs = BASE_ARENA_ARRAY(low->graph->arena, open_stage, node->input_count);
    int32_t parallelism = 1;
    const char *uid = "union";
    for (int32_t i = 0; i < node->input_count; i++) {
        RASK_TRY(lower_node(low, node->inputs[i], needs_before, &inputs[i], err));
        parallelism =
            inputs[i].stage->parallelism > parallelism ? inputs[i].stage->parallelism : parallelism;
        uid = make_uid(low, uid, inputs[i].uid);
    }
    exec_stage *stage = exec_graph_add_stage(low->graph, parallelism);
    stage->source = EXEC_FROM_EDGES;
    stage->schema = node->schema;
    for (int32_t i = 0; i < node->input_count; i++) {
        exec_edge_kind kind =
            inputs[i].stage->parallelism == parallelism ? EXEC_EDGE_FORWARD : EXEC_EDGE_REBALANCE;
        exec_graph_add_edge(low->graph, inputs[i].stage, stage, kind, i, NULL, 0);
    }
    *open = (open_stage){.stage = stage, .schema = node->schema, .uid = uid};
    lower_add_op(low, open, "Union", NULL, node->schema,
                 opt_describe(low->graph->arena, node, low->streaming));
    return RASK_OK;
}

/* ---- roots ---------------------------------------------------------------------------------- */
static rask_status lower_collect(lowering *low, const plan_node *node, rask_error *err) {
    open_stage open;
    RASK_TRY(lower_node(low, node->inputs[0], true, &open, err));
    lower_gather(low, &open);
    exec_collect_params *params = BASE_ARENA_NEW(low->graph->arena, exec_collect_params);
    lower_add_op(low, &open, "Collect", params, open.schema,
                 opt_describe(low->graph->arena, node, low->streaming));
    return RASK_OK;
}

/* ---- dispatch -------------------------------------------------------------------------------- */
rask_status lower_node(lowering *low, const plan_node *node, bool needs_before, open_stage *open,
                       rask_error *err) {
    const bool *needed = low->needed;
    low->needed = NULL;
    pass_needed(low, node, needed);
    switch (node->kind) {
    case PLAN_SCAN:
        return open_source(low, node->table, node, open, err);
    case PLAN_VALUES:
        return lower_values(low, node, open, err);
    case PLAN_FILTER:
        return lower_filter(low, node, needs_before, open, err);
    case PLAN_PROJECT:
        return lower_project(low, node, needs_before, open, err);
    case PLAN_EXPAND:
        return lower_expand(low, node, needs_before, open, err);
    case PLAN_REPLICATE:
        return lower_replicate(low, node, needs_before, open, err);
    case PLAN_AGGREGATE:
        return lower_aggregate(low, node, needs_before, open, err);
    case PLAN_SORT:
        return lower_sort(low, node, needs_before, open, err);
    case PLAN_LIMIT:
        return lower_limit(low, node, needs_before, open, err);
    case PLAN_FLAT_MAP:
        return lower_flat_map(low, node, needs_before, open, err);
    case PLAN_JOIN:
        return lower_join(low, node, needed, open, err);
    case PLAN_SET_OP:
        return lower_union(low, node, needs_before, open, err);
    default:
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED, "%s is not supported by the engine yet.",
                              plan_kind_name(node->kind));
    }
}

static rask_status lower_root(lowering *low, const plan_node *root, rask_error *err) {
    switch (root->kind) {
    case PLAN_SINK:
        return lower_sink(low, root, err);
    case PLAN_COLLECT:
        return lower_collect(low, root, err);
    case PLAN_STATEMENT_SET:
        for (int32_t i = 0; i < root->input_count; i++)
            RASK_TRY(lower_root(low, root->inputs[i], err));
        return RASK_OK;
    default:
        return rask_error_set(err, RASK_ERROR_INTERNAL, "a %s cannot be the root of a job",
                              plan_kind_name(root->kind));
    }
}

static int32_t default_parallelism(const plan_config *config, bool streaming) {
    if (plan_config_is_set(config, "parallelism.default"))
        return (int32_t)plan_config_int(config, "parallelism.default");
    /* One task keeps a stream's rows in order; batch work is cut into morsels for every processor.
     */
    return streaming ? 1 : base_cpu_count();
}

rask_status opt_lower(plan *source, plan_node *root, const plan_config *config,
                      const base_world *world, exec_graph **out, rask_error *err) {
    bool streaming = plan_config_is_streaming(config);
    plan *own = plan_new();
    plan_add_parent(own, source);
    lowering low = {.plan = own, .config = config, .streaming = streaming};
    low.graph = exec_graph_new(own, streaming);
    plan_unref(own); /* the graph has its own reference */
    low.function =
        (func_context){.world = world, .scratch = low.graph->arena, .streaming = streaming};
    low.function.query_start_us = world->clock->now_us(world->clock->self);
    opt_context context = {.plan = own,
                           .config = config,
                           .streaming = streaming,
                           .function = &low.function,
                           .err = err};
    low.context = &context;
    low.parallelism = default_parallelism(config, streaming);
    low.graph->max_parallelism = STATE_KEY_GROUPS_DEFAULT;
    if (plan_config_is_set(config, "pipeline.max-parallelism"))
        low.graph->max_parallelism = (int32_t)plan_config_int(config, "pipeline.max-parallelism");
    int32_t limit = low.graph->max_parallelism;
    if (low.parallelism < 1 || low.parallelism > limit) {
        exec_graph_free(low.graph);
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                              "The parallelism must be between 1 and %d, but is %d.", limit,
                              low.parallelism);
    }
    rask_status status = base_zone_find_session(plan_config_get(config, "table.local-time-zone"),
                                                &low.function.zone, err);
    if (status == RASK_OK) {
        root = opt_optimise(&context, root);
        status = context.status;
    }
    if (status == RASK_OK)
        status = lower_root(&low, root, err);
    opt_estimates_free(&context);
    if (status == RASK_OK && low.missing_op != NULL)
        status =
            rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                           "The operator %s is not supported by the engine yet.", low.missing_op);
    if (status != RASK_OK) {
        exec_graph_free(low.graph);
        return status;
    }
    *out = low.graph;
    return RASK_OK;
}
