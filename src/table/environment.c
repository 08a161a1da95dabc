/* The table environment: configuration, catalog, and the plans on their way to a backend. */
#include <stdlib.h>

#include "base/buffer.h"
#include "data/arrow.h"
#include "opt/opt.h"
#include "table/table.h"

const char *rask_version(void) {
    return "0.1.0";
}

/* ---- options given by `flink run` ------------------------------------------------------------ */
/* Lines of key=value in RASK_PROGRAM_OPTIONS. */
static rask_status set_program_options(plan_config *config, rask_error *err) {
    const char *text = getenv("RASK_PROGRAM_OPTIONS");
    while (text != NULL && *text != '\0') {
        const char *end = strchr(text, '\n');
        int64_t length = end != NULL ? end - text : (int64_t)strlen(text);
        const char *equals = memchr(text, '=', (size_t)length);
        if (equals != NULL) {
            char *key = base_strndup(text, equals - text);
            char *value = base_strndup(equals + 1, length - (equals + 1 - text));
            rask_status status = plan_config_set(config, key, value, err);
            base_free(key);
            base_free(value);
            RASK_TRY(status);
        }
        text = end != NULL ? end + 1 : NULL;
    }
    return RASK_OK;
}

rask_status rask_environment_new(bool streaming, rask_environment **out, rask_error *err) {
    rask_environment *env = BASE_NEW(rask_environment);
    env->refs = 1;
    env->world = base_world_system();
    env->config = plan_config_new();
    env->catalog = plan_catalog_new("default_catalog", "default_database");
    rask_status status = set_program_options(env->config, err);
    if (status == RASK_OK)
        status = plan_config_set(env->config, "execution.runtime-mode",
                                 streaming ? "STREAMING" : "BATCH", err);
    if (status != RASK_OK) {
        rask_environment_unref(env);
        return status;
    }
    *out = env;
    return RASK_OK;
}

rask_environment *rask_environment_ref(rask_environment *env) {
    if (env != NULL)
        __atomic_add_fetch(&env->refs, 1, __ATOMIC_RELAXED);
    return env;
}

static void drop_inserts(rask_environment *env) {
    for (int32_t i = 0; i < env->insert_count; i++)
        plan_unref(env->inserts[i]);
    base_free(env->inserts);
    env->inserts = NULL;
    env->insert_count = 0;
}

void rask_environment_unref(rask_environment *env) {
    if (env == NULL || __atomic_sub_fetch(&env->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    drop_inserts(env);
    plan_catalog_free(env->catalog);
    plan_config_free(env->config);
    base_free(env);
}

/* ---- configuration --------------------------------------------------------------------------- */
/* The built-in catalog has its name from the start: it is made again while it is empty. */
static void rename_catalog(rask_environment *env) {
    int32_t count;
    base_arena *arena = base_arena_new();
    plan_catalog_tables(env->catalog, arena, NULL, NULL, false, &count);
    base_arena_free(arena);
    if (count > 0)
        return;
    plan_catalog_free(env->catalog);
    env->catalog = plan_catalog_new(plan_config_get(env->config, "table.builtin-catalog-name"),
                                    plan_config_get(env->config, "table.builtin-database-name"));
}

rask_status rask_environment_set(rask_environment *env, const char *key, const char *value,
                                 rask_error *err) {
    RASK_TRY(plan_config_set(env->config, key, value, err));
    if (strncmp(key, "table.builtin-", 14) == 0)
        rename_catalog(env);
    return RASK_OK;
}

const char *rask_environment_get(const rask_environment *env, const char *key) {
    return plan_config_get(env->config, key);
}

void rask_environment_reset(rask_environment *env, const char *key) {
    plan_config_reset(env->config, key);
}

rask_strings *rask_environment_settings(const rask_environment *env) {
    rask_strings *strings = table_strings_new();
    int64_t cursor = 0;
    const char *key, *value;
    while (plan_config_next(env->config, &cursor, &key, &value)) {
        table_strings_add(strings, key);
        table_strings_add(strings, value);
    }
    return strings;
}

/* ---- names ----------------------------------------------------------------------------------- */
rask_status table_parse_path(base_arena *arena, const char *path, const char ***parts,
                             int32_t *count, rask_error *err) {
    expr_node *node;
    if (path == NULL || *path == '\0')
        return rask_error_set(err, RASK_ERROR_VALIDATION, "The table path must not be empty.");
    rask_error parse_error;
    rask_status status =
        sql_parse_expression(arena, path, (int64_t)strlen(path), &node, &parse_error);
    if (status == RASK_OK && node->kind == EXPR_NAME && node->name_count <= 3) {
        *parts = node->names;
        *count = node->name_count;
        return RASK_OK;
    }
    /* A plain word that happens to be a keyword is a name here: create_temporary_view("values", t).
     */
    for (const char *c = path; *c != '\0'; c++)
        if (*c == '.' || *c == '`')
            return rask_error_set(err, RASK_ERROR_SQL_PARSER, "Invalid SQL identifier %s.", path);
    *parts = BASE_ARENA_ARRAY(arena, const char *, 1);
    (*parts)[0] = base_arena_strdup(arena, path);
    *count = 1;
    return RASK_OK;
}

static rask_status table_missing(rask_environment *env, const char *path, const char *name,
                                 rask_error *err) {
    base_arena *arena = base_arena_new();
    int32_t count;
    const char **names = plan_catalog_tables(env->catalog, arena, NULL, NULL, false, &count);
    rask_error_set(err, RASK_ERROR_VALIDATION, "Table `%s` was not found.", path);
    const char *nearest = base_nearest_name(name, names, count);
    if (nearest != NULL)
        rask_error_hint(err, "Did you mean '%s'?", nearest);
    base_arena_free(arena);
    return RASK_ERROR_VALIDATION;
}

rask_status table_find(rask_environment *env, const char *path, plan_table **out, rask_error *err) {
    base_arena *arena = base_arena_new();
    const char **parts;
    int32_t count;
    rask_status status = table_parse_path(arena, path, &parts, &count, err);
    if (status == RASK_OK) {
        *out = plan_catalog_find(env->catalog, parts, count);
        if (*out == NULL)
            status = table_missing(env, path, parts[count - 1], err);
    }
    base_arena_free(arena);
    return status;
}

/* ---- tables from elsewhere ------------------------------------------------------------------- */
static rask_status bind_table(rask_environment *env, plan *p, plan_node *node, bool from_sql,
                              rask_table **out, rask_error *err) {
    plan_binder binder = {p, env->catalog, env->config, from_sql};
    plan_node *bound;
    rask_status status = plan_bind(&binder, node, &bound, err);
    if (status != RASK_OK) {
        plan_unref(p);
        return status;
    }
    *out = table_new(env, p, bound);
    return RASK_OK;
}

rask_status rask_environment_from_path(rask_environment *env, const char *path, rask_table **out,
                                       rask_error *err) {
    plan_table *found;
    RASK_TRY(table_find(env, path, &found, err)); /* for its message */
    plan_table_unref(found);
    plan *p = plan_new();
    plan_node *node = plan_node_new(p, PLAN_TABLE, NULL, 0);
    rask_status status = table_parse_path(p->arena, path, &node->names, &node->name_count, err);
    if (status != RASK_OK) {
        plan_unref(p);
        return status;
    }
    return bind_table(env, p, node, false, out, err);
}

rask_status rask_environment_sql_query(rask_environment *env, const char *sql, int64_t length,
                                       rask_table **out, rask_error *err) {
    plan *p = plan_new();
    sql_statement *statement;
    rask_status status = sql_parse_statement(p, sql, length, &statement, err);
    if (status == RASK_OK && statement->kind != SQL_QUERY)
        status = rask_error_set(
            err, RASK_ERROR_VALIDATION,
            "Unsupported SQL query! sqlQuery() only accepts a single SQL query of type "
            "SELECT, UNION, INTERSECT, EXCEPT, VALUES, WITH, and ORDER_BY.");
    if (status != RASK_OK) {
        plan_unref(p);
        return status;
    }
    return bind_table(env, p, statement->query, true, out, err);
}

typedef struct batch_list {
    data_batch **batches;
    int64_t count, capacity;
} batch_list;

static rask_status keep_batch(void *context, data_batch *batch, rask_error *err) {
    (void)err;
    batch_list *list = context;
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? 2 * list->capacity : 16;
        list->batches =
            base_realloc(list->batches, list->capacity * (int64_t)sizeof *list->batches);
    }
    list->batches[list->count++] = batch;
    return RASK_OK;
}

static rask_status stream_failed(struct ArrowArrayStream *stream, rask_error *err) {
    const char *reason = stream->get_last_error(stream);
    return rask_error_set(err, RASK_ERROR_VALIDATION, "The Arrow stream failed: %s",
                          reason != NULL ? reason : "unknown");
}

static rask_status schema_of_row_type(base_arena *arena, const char *row_type, data_schema **schema,
                                      rask_error *err) {
    const data_type *type;
    RASK_TRY(data_type_parse(row_type, (int64_t)strlen(row_type), NULL, &type, err));
    if (type->kind != DATA_ROW)
        return rask_error_set(err, RASK_ERROR_VALIDATION, "Schema must be a row type, found %s.",
                              row_type);
    *schema = data_schema_new(arena, type->field_count);
    for (int32_t i = 0; i < type->field_count; i++) {
        (*schema)->names[i] = type->fields[i].name;
        (*schema)->types[i] = type->fields[i].type;
    }
    return RASK_OK;
}

static rask_status read_stream(struct ArrowArrayStream *stream, const char *row_type,
                               base_arena *arena, data_schema **schema, batch_list *list,
                               rask_error *err) {
    struct ArrowSchema arrow = {0};
    if (stream->get_schema(stream, &arrow) != 0)
        return stream_failed(stream, err);
    rask_status status = row_type != NULL ? schema_of_row_type(arena, row_type, schema, err)
                                          : data_arrow_import_schema(arena, &arrow, schema, err);
    if (status == RASK_OK && arrow.n_children != (*schema)->count)
        status = rask_error_set(err, RASK_ERROR_VALIDATION,
                                "The rows have %lld fields, the schema has %d.",
                                (long long)arrow.n_children, (*schema)->count);
    while (status == RASK_OK) {
        struct ArrowArray array = {0};
        if (stream->get_next(stream, &array) != 0)
            status = stream_failed(stream, err);
        if (status != RASK_OK || array.release == NULL)
            break;
        status = data_arrow_import_batch(NULL, &array, &arrow, *schema, DATA_BATCH_ROWS_DEFAULT,
                                         keep_batch, list, err);
    }
    if (arrow.release != NULL)
        arrow.release(&arrow);
    return status;
}

rask_status rask_environment_from_arrow(rask_environment *env, struct ArrowArrayStream *stream,
                                        const char *row_type, rask_table **out, rask_error *err) {
    base_arena *arena = base_arena_new();
    data_schema *schema = NULL;
    batch_list list = {0};
    rask_status status = read_stream(stream, row_type, arena, &schema, &list, err);
    if (stream->release != NULL)
        stream->release(stream);
    if (status == RASK_OK) {
        plan *p = plan_new();
        plan_node *node = plan_node_new(p, PLAN_VALUES, NULL, 0);
        node->data = plan_hold_data(p, plan_data_new(schema, list.batches, list.count));
        node->schema = data_schema_copy(p->arena, schema);
        node->row_width = schema->count;
        node->is_bound = true;
        *out = table_new(env, p, node);
    } else {
        for (int64_t i = 0; i < list.count; i++)
            data_batch_unref(list.batches[i]);
    }
    base_free(list.batches);
    base_arena_free(arena);
    return status;
}

/* Casts every column to the declared type and names it. */
static plan_node *typed_values(plan *p, plan_node *values, const data_schema *schema) {
    plan_node *select = plan_node_new(p, PLAN_SELECT, &values, 1);
    select->exprs = BASE_ARENA_ARRAY(p->arena, expr_node *, schema->count + 1);
    for (int32_t i = 0; i < schema->count; i++) {
        expr_node *column = expr_name(p->arena, base_arena_printf(p->arena, "EXPR$%d", i));
        select->exprs[i] = expr_alias(
            p->arena, expr_cast(p->arena, column, schema->types[i], false), schema->names[i]);
    }
    select->expr_count = schema->count;
    return select;
}

rask_status rask_environment_from_values(rask_environment *env, rask_expression *const *rows,
                                         int64_t row_count, int32_t width, const char *row_type,
                                         rask_table **out, rask_error *err) {
    if (row_count < 1 || width < 1)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "At least one row and one column are needed.");
    plan *p = plan_new();
    plan_node *node = plan_node_new(p, PLAN_VALUES, NULL, 0);
    node->row_width = width;
    node->expr_count = (int32_t)row_count * width;
    node->exprs = BASE_ARENA_ARRAY(p->arena, expr_node *, node->expr_count + 1);
    for (int32_t i = 0; i < node->expr_count; i++)
        node->exprs[i] = table_expression(p, rows[i]);
    if (row_type == NULL)
        return bind_table(env, p, node, false, out, err);
    data_schema *schema;
    rask_status status = schema_of_row_type(p->arena, row_type, &schema, err);
    if (status == RASK_OK && schema->count != width)
        status = rask_error_set(err, RASK_ERROR_VALIDATION,
                                "The rows have %d fields, the type has %d.", width, schema->count);
    if (status != RASK_OK) {
        plan_unref(p);
        return status;
    }
    return bind_table(env, p, typed_values(p, node, schema), false, out, err);
}

/* ---- catalog --------------------------------------------------------------------------------- */
rask_status rask_environment_create_view(rask_environment *env, const char *path, rask_table *table,
                                         bool temporary, bool ignore_if_exists, rask_error *err) {
    base_arena *arena = base_arena_new();
    const char **parts;
    int32_t count;
    rask_status status = table_parse_path(arena, path, &parts, &count, err);
    if (status == RASK_OK) {
        const data_schema *schema = table->plan->root->schema;
        plan_table *view = plan_table_new();
        view->kind = PLAN_TABLE_VIEW;
        view->is_temporary = temporary;
        view->view = plan_ref(table->plan);
        view->column_count = schema->count;
        view->columns = BASE_ARENA_ARRAY(view->arena, plan_column, schema->count + 1);
        for (int32_t i = 0; i < schema->count; i++) {
            view->columns[i].name = base_arena_strdup(view->arena, schema->names[i]);
            view->columns[i].type = schema->types[i];
        }
        status = plan_catalog_put_take(env->catalog, parts, count, view, ignore_if_exists, err);
    }
    base_arena_free(arena);
    return status;
}

rask_status rask_environment_drop(rask_environment *env, const char *path, bool view,
                                  bool temporary, bool ignore_if_missing, bool *dropped,
                                  rask_error *err) {
    base_arena *arena = base_arena_new();
    const char **parts;
    int32_t count;
    bool done = false;
    rask_status status = table_parse_path(arena, path, &parts, &count, err);
    if (status == RASK_OK)
        status = plan_catalog_drop(env->catalog, parts, count, temporary, view, ignore_if_missing,
                                   &done, err);
    if (status == RASK_OK && dropped != NULL)
        *dropped = done;
    base_arena_free(arena);
    return status;
}

rask_status rask_environment_use_catalog(rask_environment *env, const char *catalog,
                                         rask_error *err) {
    return plan_catalog_use(env->catalog, catalog, NULL, err);
}

rask_status rask_environment_use_database(rask_environment *env, const char *database,
                                          rask_error *err) {
    return plan_catalog_use(env->catalog, NULL, database, err);
}

const char *rask_environment_current_catalog(const rask_environment *env) {
    return plan_catalog_current(env->catalog);
}

const char *rask_environment_current_database(const rask_environment *env) {
    return plan_catalog_current_database(env->catalog);
}

static void add_tables(rask_environment *env, base_arena *arena, bool views_only,
                       bool temporary_only, rask_strings *out) {
    int32_t count;
    const char **names = plan_catalog_tables(env->catalog, arena, NULL, NULL, views_only, &count);
    for (int32_t i = 0; i < count; i++) {
        plan_table *table = plan_catalog_find(env->catalog, &names[i], 1);
        if (!temporary_only || (table != NULL && table->is_temporary))
            table_strings_add(out, names[i]);
        plan_table_unref(table);
    }
}

static void add_names(rask_strings *out, const char *const *names, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        table_strings_add(out, names[i]);
}

static void add_built_in_functions(rask_strings *out) {
    int32_t count;
    const func_row *const *rows = func_rows(&count);
    for (int32_t i = 0; i < count; i++)
        if (i == 0 || strcmp(rows[i]->name, rows[i - 1]->name) != 0)
            table_strings_add(out, rows[i]->name);
    const func_aggregate *const *aggregates = func_aggregates(&count);
    for (int32_t i = 0; i < count; i++)
        if (i == 0 || strcmp(aggregates[i]->name, aggregates[i - 1]->name) != 0)
            table_strings_add(out, aggregates[i]->name);
}

rask_status rask_environment_list(rask_environment *env, const char *what, const char *scope,
                                  rask_strings **out, rask_error *err) {
    base_arena *arena = base_arena_new();
    rask_strings *strings = table_strings_new();
    rask_status status = RASK_OK;
    int32_t count = 0;
    const char **names = NULL;
    if (strcmp(what, "tables") == 0)
        add_tables(env, arena, false, false, strings);
    else if (strcmp(what, "views") == 0)
        add_tables(env, arena, true, false, strings);
    else if (strcmp(what, "temporary tables") == 0)
        add_tables(env, arena, false, true, strings);
    else if (strcmp(what, "temporary views") == 0)
        add_tables(env, arena, true, true, strings);
    else if (strcmp(what, "databases") == 0)
        names = plan_catalog_databases(env->catalog, arena, scope, &count);
    else if (strcmp(what, "catalogs") == 0)
        names = plan_catalog_names(env->catalog, arena, &count);
    else if (strcmp(what, "user functions") == 0)
        names = plan_catalog_functions(env->catalog, arena, &count);
    else if (strcmp(what, "modules") == 0)
        table_strings_add(strings, "core");
    else if (strcmp(what, "functions") == 0) {
        add_built_in_functions(strings);
        names = plan_catalog_functions(env->catalog, arena, &count);
    } else
        status = rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT, "cannot list '%s'", what);
    add_names(strings, names, count);
    base_arena_free(arena);
    if (status == RASK_OK)
        *out = strings;
    else
        rask_strings_unref(strings);
    return status;
}

rask_status rask_environment_create_function(rask_environment *env, const char *name,
                                             const rask_udf *function, bool ignore_if_exists,
                                             rask_error *err) {
    if (plan_catalog_find_function(env->catalog, name) != NULL) {
        if (ignore_if_exists) {
            if (function->release != NULL)
                function->release(function->self);
            return RASK_OK;
        }
    }
    rask_udf_handle *handle;
    RASK_TRY(expr_udf_new(function, &handle, err));
    return plan_catalog_put_function(env->catalog, name, handle, true, err);
}

bool rask_environment_drop_function(rask_environment *env, const char *name) {
    return plan_catalog_drop_function(env->catalog, name);
}

/* ---- running --------------------------------------------------------------------------------- */
rask_status table_run_query(rask_environment *env, plan *p, plan_node *query, rask_result **out,
                            rask_error *err) {
    plan *own = plan_new();
    plan_add_parent(own, p);
    plan_node *root = plan_node_new(own, PLAN_COLLECT, &query, 1);
    root->schema = query->schema;
    root->is_bound = true;
    own->root = root;
    const char *name = plan_config_is_set(env->config, "pipeline.name")
                           ? plan_config_get(env->config, "pipeline.name")
                           : "collect";
    rask_job *job;
    rask_status status = table_backend_of(env)->submit(env, own, root, name, &job, err);
    if (status == RASK_OK)
        *out = table_result_of_job(env, job, query->schema, true);
    plan_unref(own);
    return status;
}

rask_status table_bind_insert(rask_environment *env, plan *query_plan, plan_node *query,
                              plan_table *table_take, const plan_insert *insert, bool from_sql,
                              plan **out, rask_error *err) {
    plan *p = plan_new();
    plan_add_parent(p, query_plan);
    plan_binder binder = {p, env->catalog, env->config, from_sql};
    rask_status status = plan_bind_sink(&binder, query, table_take, insert, &p->root, err);
    if (status != RASK_OK) {
        plan_unref(p);
        return status;
    }
    *out = p;
    return RASK_OK;
}

static const plan_node *first_sink(const plan_node *root) {
    return root->kind == PLAN_STATEMENT_SET ? root->inputs[0] : root;
}

rask_status table_run_insert(rask_environment *env, plan *p_take, plan_node *root,
                             rask_result **out, rask_error *err) {
    base_arena *arena = p_take->arena;
    const plan_table *table = first_sink(root)->table;
    const char *name = table->name == NULL ? "*anonymous*"
                                           : base_arena_printf(arena, "%s.%s.%s", table->catalog,
                                                               table->database, table->name);
    const char *job_name = plan_config_is_set(env->config, "pipeline.name")
                               ? plan_config_get(env->config, "pipeline.name")
                               : base_arena_printf(arena, "insert-into_%s", name);
    data_schema *schema = data_schema_new(arena, 1);
    schema->names[0] = name;
    schema->types[0] = data_type_simple(DATA_BIGINT, true);
    rask_job *job;
    rask_status status = table_backend_of(env)->submit(env, p_take, root, job_name, &job, err);
    if (status == RASK_OK)
        *out = table_result_of_job(env, job, schema, false);
    plan_unref(p_take);
    return status;
}

rask_status table_run_inserts(rask_environment *env, plan *const *inserts, int32_t count,
                              rask_result **out, rask_error *err) {
    if (count == 0)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_STATE,
                              "No operators defined in streaming topology. Cannot execute.");
    plan *p = plan_new();
    plan_node **roots = BASE_ARENA_ARRAY(p->arena, plan_node *, count);
    for (int32_t i = 0; i < count; i++) {
        plan_add_parent(p, inserts[i]);
        roots[i] = inserts[i]->root;
    }
    plan_node *root = count == 1 ? roots[0] : plan_node_new(p, PLAN_STATEMENT_SET, roots, count);
    root->is_bound = true;
    p->root = root;
    return table_run_insert(env, p, root, out, err);
}

/* The refusal of an impossible sink is raised where the insert is written, as 1.9 does. */
rask_status rask_table_insert_into(rask_table *table, const char *path, rask_error *err) {
    rask_environment *env = table->env;
    plan_table *target;
    plan *p;
    exec_graph *graph;
    RASK_TRY(table_find(env, path, &target, err));
    RASK_TRY(table_bind_insert(env, table->plan, table->plan->root, target, &(plan_insert){0},
                               false, &p, err));
    rask_status status = opt_lower(p, p->root, env->config, env->world, &graph, err);
    if (status != RASK_OK) {
        plan_unref(p);
        return status;
    }
    exec_graph_free(graph);
    env->inserts = base_realloc(env->inserts, (env->insert_count + 1) * (int64_t)sizeof(plan *));
    env->inserts[env->insert_count++] = p;
    return RASK_OK;
}

rask_status rask_environment_execute(rask_environment *env, const char *name, rask_result **out,
                                     rask_error *err) {
    bool named = name != NULL && !plan_config_is_set(env->config, "pipeline.name");
    if (named)
        RASK_TRY(plan_config_set(env->config, "pipeline.name", name, err));
    rask_status status = table_run_inserts(env, env->inserts, env->insert_count, out, err);
    if (named)
        plan_config_reset(env->config, "pipeline.name");
    drop_inserts(env);
    return status;
}

/* ---- explain --------------------------------------------------------------------------------- */
static rask_status explain_root(rask_environment *env, plan *p, plan_node *root,
                                base_strbuf *physical, rask_error *err) {
    exec_graph *graph;
    if (root->kind != PLAN_SINK) {
        plan_node *collect = plan_node_new(p, PLAN_COLLECT, &root, 1);
        collect->schema = root->schema;
        collect->is_bound = true;
        root = collect;
    }
    RASK_TRY(opt_lower(p, root, env->config, env->world, &graph, err));
    opt_explain_graph(graph, physical);
    exec_graph_free(graph);
    return RASK_OK;
}

rask_status table_explain_plan(rask_environment *env, plan *p, plan_node *const *roots,
                               int32_t root_count, rask_strings **out, rask_error *err) {
    base_strbuf text, physical;
    base_strbuf_init(&text, INT64_MAX);
    base_strbuf_init(&physical, INT64_MAX);
    plan *own = plan_new();
    plan_add_parent(own, p);
    rask_status status = RASK_OK;
    base_strbuf_add_text(&text, "== Abstract Syntax Tree ==\n");
    for (int32_t i = 0; i < root_count && status == RASK_OK; i++) {
        plan_explain(roots[i], &text);
        status = explain_root(env, own, roots[i], &physical, err);
    }
    if (status == RASK_OK) {
        base_strbuf_printf(
            &text, "\n== Optimized Physical Plan ==\n%s\n== Optimized Execution Plan ==\n%s",
            physical.data, physical.data);
        *out = table_strings_new();
        table_strings_add(*out, text.data);
    }
    plan_unref(own);
    base_strbuf_free(&physical);
    base_strbuf_free(&text);
    return status;
}

rask_status rask_environment_explain(rask_environment *env, rask_strings **out, rask_error *err) {
    plan *p = plan_new();
    plan_node **roots = BASE_ARENA_ARRAY(p->arena, plan_node *, env->insert_count + 1);
    for (int32_t i = 0; i < env->insert_count; i++) {
        plan_add_parent(p, env->inserts[i]);
        roots[i] = env->inserts[i]->root;
    }
    rask_status status = table_explain_plan(env, p, roots, env->insert_count, out, err);
    plan_unref(p);
    return status;
}

/* ---- statement sets -------------------------------------------------------------------------- */
rask_status rask_statement_set_new(rask_environment *env, rask_statement_set **out,
                                   rask_error *err) {
    (void)err;
    rask_statement_set *set = BASE_NEW(rask_statement_set);
    set->env = rask_environment_ref(env);
    set->refs = 1;
    *out = set;
    return RASK_OK;
}

static void clear_set(rask_statement_set *set) {
    for (int32_t i = 0; i < set->insert_count; i++)
        plan_unref(set->inserts[i]);
    base_free(set->inserts);
    set->inserts = NULL;
    set->insert_count = 0;
}

void rask_statement_set_unref(rask_statement_set *set) {
    if (set == NULL || --set->refs > 0)
        return;
    clear_set(set);
    rask_environment_unref(set->env);
    base_free(set);
}

static void add_plan(rask_statement_set *set, plan *p_take) {
    set->inserts = base_realloc(set->inserts, (set->insert_count + 1) * (int64_t)sizeof(plan *));
    set->inserts[set->insert_count++] = p_take;
}

rask_status rask_statement_set_add_insert(rask_statement_set *set, rask_table *table,
                                          const char *path, const rask_descriptor *descriptor,
                                          bool overwrite, rask_error *err) {
    plan_table *target;
    plan *p;
    if (descriptor != NULL)
        target = plan_table_ref(descriptor->table);
    else
        RASK_TRY(table_find(set->env, path, &target, err));
    RASK_TRY(table_bind_insert(set->env, table->plan, table->plan->root, target,
                               &(plan_insert){.is_overwrite = overwrite}, false, &p, err));
    add_plan(set, p);
    return RASK_OK;
}

rask_status rask_statement_set_add_sql(rask_statement_set *set, const char *sql, rask_error *err) {
    plan *p;
    RASK_TRY(table_bind_insert_sql(set->env, sql, &p, err));
    add_plan(set, p);
    return RASK_OK;
}

rask_status rask_statement_set_execute(rask_statement_set *set, rask_result **out,
                                       rask_error *err) {
    rask_status status = table_run_inserts(set->env, set->inserts, set->insert_count, out, err);
    clear_set(set);
    return status;
}

rask_status rask_statement_set_explain(rask_statement_set *set, const char *details,
                                       rask_strings **out, rask_error *err) {
    (void)details;
    plan *p = plan_new();
    plan_node **roots = BASE_ARENA_ARRAY(p->arena, plan_node *, set->insert_count + 1);
    for (int32_t i = 0; i < set->insert_count; i++) {
        plan_add_parent(p, set->inserts[i]);
        roots[i] = set->inserts[i]->root;
    }
    rask_status status = table_explain_plan(set->env, p, roots, set->insert_count, out, err);
    plan_unref(p);
    return status;
}
