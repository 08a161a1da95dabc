/* Executing SQL statements: one function per statement kind, found in one table. */
#include "base/buffer.h"
#include "table/table.h"

typedef struct execution {
    rask_environment *env;
    plan *plan; /* the statement's nodes */
    sql_statement *statement;
    rask_result *result;
} execution;

typedef rask_status (*execute_function)(execution *run, rask_error *err);

static plan_binder binder_of(execution *run) {
    return (plan_binder){run->plan, run->env->catalog, run->env->config, true};
}

static rask_status ok(execution *run) {
    run->result = table_result_ok();
    return RASK_OK;
}

static rask_status unsupported(const char *what, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_UNSUPPORTED, "%s is not supported yet.", what);
}

/* The path's three parts, those not written taken from the session. */
static void complete_path(execution *run, const char *const *path, int32_t count,
                          const char *parts[3]) {
    int32_t skipped = count > 3 ? count - 3 : 0; /* a name has three parts at most */
    parts[0] = plan_catalog_current(run->env->catalog);
    parts[1] = plan_catalog_current_database(run->env->catalog);
    for (int32_t i = skipped; i < count; i++)
        parts[3 - count + i] = path[i];
}

static rask_status find_table(execution *run, const char *const *path, int32_t count,
                              plan_table **out, rask_error *err) {
    *out = plan_catalog_find(run->env->catalog, path, count);
    if (*out != NULL)
        return RASK_OK;
    const char *parts[3];
    int32_t known;
    const char **names =
        plan_catalog_tables(run->env->catalog, run->plan->arena, NULL, NULL, false, &known);
    complete_path(run, path, count, parts);
    rask_error_set(err, RASK_ERROR_VALIDATION,
                   "Tables or views with the identifier '%s.%s.%s' doesn't exist.", parts[0],
                   parts[1], parts[2]);
    const char *nearest = base_nearest_name(path[count - 1], names, known);
    if (nearest != NULL)
        rask_error_hint(err, "Did you mean '%s'?", nearest);
    return RASK_ERROR_VALIDATION;
}

/* ---- queries and inserts --------------------------------------------------------------------- */
static rask_status execute_query(execution *run, rask_error *err) {
    plan_binder binder = binder_of(run);
    plan_node *bound;
    RASK_TRY(plan_bind(&binder, run->statement->query, &bound, err));
    return table_run_query(run->env, run->plan, bound, &run->result, err);
}

static rask_status find_target(execution *run, const sql_statement *insert, plan_table **out,
                               rask_error *err) {
    const char *parts[3];
    *out = plan_catalog_find(run->env->catalog, insert->path, insert->path_count);
    if (*out != NULL)
        return RASK_OK;
    complete_path(run, insert->path, insert->path_count, parts);
    return rask_error_set(
        err, RASK_ERROR_VALIDATION,
        "Cannot find table '`%s`.`%s`.`%s`' in any of the catalogs [%s], nor as a temporary table.",
        parts[0], parts[1], parts[2], plan_catalog_current(run->env->catalog));
}

static rask_status bind_insert(execution *run, const sql_statement *insert, plan **out,
                               rask_error *err) {
    plan_binder binder = binder_of(run);
    plan_node *bound;
    plan_table *target;
    if (insert->partition_count > 0)
        return unsupported("INSERT with a PARTITION clause", err);
    RASK_TRY(find_target(run, insert, &target, err));
    rask_status status = plan_bind(&binder, insert->query, &bound, err);
    if (status != RASK_OK) {
        plan_table_unref(target);
        return status;
    }
    plan_insert details = {.columns = insert->columns,
                           .column_places = insert->column_places,
                           .column_count = insert->column_count,
                           .query_place = insert->query->place,
                           .is_overwrite = insert->is_overwrite};
    return table_bind_insert(run->env, run->plan, bound, target, &details, true, out, err);
}

static rask_status execute_insert(execution *run, rask_error *err) {
    plan *p;
    RASK_TRY(bind_insert(run, run->statement, &p, err));
    return table_run_insert(run->env, p, p->root, &run->result, err);
}

rask_status table_bind_insert_sql(rask_environment *env, const char *sql, plan **out,
                                  rask_error *err) {
    execution run = {.env = env, .plan = plan_new()};
    rask_status status =
        sql_parse_statement(run.plan, sql, (int64_t)strlen(sql), &run.statement, err);
    if (status == RASK_OK && run.statement->kind != SQL_INSERT)
        status = rask_error_set(err, RASK_ERROR_TABLE, "Only insert statement is supported now.");
    if (status == RASK_OK)
        status = bind_insert(&run, run.statement, out, err);
    plan_unref(run.plan);
    return status;
}

static rask_status bind_inner_inserts(execution *run, const sql_statement *set, plan **inserts,
                                      int32_t *bound, rask_error *err) {
    for (*bound = 0; *bound < set->inner_count; ++*bound)
        RASK_TRY(bind_insert(run, set->inner[*bound], &inserts[*bound], err));
    return RASK_OK;
}

static rask_status execute_statement_set(execution *run, rask_error *err) {
    const sql_statement *set = run->statement;
    plan **inserts = BASE_ARENA_ARRAY(run->plan->arena, plan *, set->inner_count + 1);
    int32_t bound = 0;
    rask_status status = bind_inner_inserts(run, set, inserts, &bound, err);
    if (status == RASK_OK)
        status = table_run_inserts(run->env, inserts, bound, &run->result, err);
    for (int32_t i = 0; i < bound; i++)
        plan_unref(inserts[i]);
    return status;
}

/* ---- tables and views ------------------------------------------------------------------------ */
rask_status table_resolve_columns(rask_environment *env, plan_table *table, rask_error *err) {
    plan *p = plan_new();
    plan_binder binder = {p, env->catalog, env->config, true};
    /* What computed columns may refer to: the columns that are stored. */
    plan_node *stored = plan_node_new(p, PLAN_VALUES, NULL, 0);
    data_schema *schema = data_schema_new(p->arena, table->column_count);
    schema->count = 0;
    for (int32_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].kind == PLAN_COLUMN_COMPUTED)
            continue;
        schema->names[schema->count] = table->columns[i].name;
        schema->types[schema->count++] = table->columns[i].type;
    }
    stored->schema = schema;
    stored->is_bound = true;
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < table->column_count && status == RASK_OK; i++) {
        plan_column *column = &table->columns[i];
        expr_node *bound;
        if (column->kind != PLAN_COLUMN_COMPUTED)
            continue;
        status = plan_bind_expression(&binder, stored, column->expression, &bound, err);
        if (status == RASK_OK)
            column->type = bound->type;
    }
    plan_unref(p);
    return status;
}

static void copy_column(base_arena *arena, plan_column *to, const plan_column *from) {
    *to = *from;
    to->name = base_arena_strdup(arena, from->name);
    to->comment = base_arena_strdup(arena, from->comment);
    to->expression_text = base_arena_strdup(arena, from->expression_text);
    to->metadata_key = base_arena_strdup(arena, from->metadata_key);
    to->expression = from->expression != NULL ? expr_copy(arena, from->expression) : NULL;
}

static void add_columns_first(plan_table *table, const plan_column *columns, int32_t count) {
    plan_column *all = BASE_ARENA_ARRAY(table->arena, plan_column, count + table->column_count + 1);
    for (int32_t i = 0; i < count; i++)
        copy_column(table->arena, &all[i], &columns[i]);
    for (int32_t i = 0; i < table->column_count; i++)
        all[count + i] = table->columns[i];
    table->columns = all;
    table->column_count += count;
}

/* CREATE TABLE ... LIKE: the other table's columns first, its options where not given anew. */
static rask_status apply_like(execution *run, plan_table *table, rask_error *err) {
    const sql_statement *statement = run->statement;
    plan_table *source;
    RASK_TRY(find_table(run, statement->like_path, statement->like_path_count, &source, err));
    add_columns_first(table, source->columns, source->column_count);
    int64_t cursor = 0;
    const char *key;
    void *value;
    while (source->options != NULL && base_map_next(source->options, &cursor, &key, &value))
        if (plan_table_option(table, key) == NULL)
            plan_table_set_option(table, key, value);
    plan_table_unref(source);
    return RASK_OK;
}

static void columns_of_query(plan_table *table, const data_schema *schema) {
    plan_column *columns = BASE_ARENA_ARRAY(table->arena, plan_column, schema->count + 1);
    for (int32_t i = 0; i < schema->count; i++) {
        columns[i].name = schema->names[i];
        columns[i].type = schema->types[i];
    }
    add_columns_first(table, columns, schema->count);
}

static rask_status check_option_keys(const plan_table *table, rask_error *err) {
    if (table->kind == PLAN_TABLE_REGULAR &&
        (table->options == NULL || base_map_count(table->options) == 0))
        return RASK_OK; /* refused when used: the connector is missing */
    return table->column_count > 0
               ? RASK_OK
               : rask_error_set(err, RASK_ERROR_VALIDATION, "A table needs at least one column.");
}

static rask_status execute_create_table(execution *run, rask_error *err) {
    sql_statement *statement = run->statement;
    plan_table *table = plan_table_ref(statement->table);
    plan_node *query = NULL;
    rask_status status = RASK_OK;
    table->is_temporary = statement->is_temporary;
    if (statement->like_path_count > 0)
        status = apply_like(run, table, err);
    if (status == RASK_OK && statement->query != NULL) {
        plan_binder binder = binder_of(run);
        status = plan_bind(&binder, statement->query, &query, err);
        if (status == RASK_OK)
            columns_of_query(table, query->schema);
    }
    if (status == RASK_OK)
        status = table_resolve_columns(run->env, table, err);
    if (status == RASK_OK)
        status = check_option_keys(table, err);
    if (status == RASK_OK)
        status = plan_catalog_put_take(run->env->catalog, statement->path, statement->path_count,
                                       plan_table_ref(table), statement->if_exists, err);
    plan *insert;
    if (status == RASK_OK && query != NULL) {
        status = table_bind_insert(run->env, run->plan, query, plan_table_ref(table),
                                   &(plan_insert){0}, true, &insert, err);
        if (status == RASK_OK)
            status = table_run_insert(run->env, insert, insert->root, &run->result, err);
    } else if (status == RASK_OK) {
        status = ok(run);
    }
    plan_table_unref(table);
    return status;
}

static rask_status execute_create_view(execution *run, rask_error *err) {
    sql_statement *statement = run->statement;
    plan *p = plan_new();
    plan_add_parent(p, run->plan);
    plan_binder binder = {p, run->env->catalog, run->env->config, true};
    rask_status status = plan_bind(&binder, statement->query, &p->root, err);
    if (status == RASK_OK && statement->column_count > 0 &&
        statement->column_count != p->root->schema->count)
        status = rask_error_set(
            err, RASK_ERROR_VALIDATION,
            "VIEW definition and input fields not match:\n\tDef fields: %d.\n\tInput fields: %d.",
            statement->column_count, p->root->schema->count);
    if (status != RASK_OK) {
        plan_unref(p);
        return status;
    }
    plan_table *view = plan_table_new();
    view->kind = PLAN_TABLE_VIEW;
    view->is_temporary = statement->is_temporary;
    view->view = p;
    view->view_text = base_arena_strdup(view->arena, statement->query_text);
    columns_of_query(view, p->root->schema);
    for (int32_t i = 0; i < statement->column_count; i++)
        view->columns[i].name = base_arena_strdup(view->arena, statement->columns[i]);
    RASK_TRY(plan_catalog_put_take(run->env->catalog, statement->path, statement->path_count, view,
                                   statement->if_exists, err));
    return ok(run);
}

static rask_status drop(execution *run, bool view, rask_error *err) {
    const sql_statement *statement = run->statement;
    bool dropped;
    RASK_TRY(plan_catalog_drop(run->env->catalog, statement->path, statement->path_count,
                               statement->is_temporary, view, statement->if_exists, &dropped, err));
    return ok(run);
}

static rask_status execute_drop_table(execution *run, rask_error *err) {
    return drop(run, false, err);
}

static rask_status execute_drop_view(execution *run, rask_error *err) {
    return drop(run, true, err);
}

/* ---- databases, catalogs, functions ---------------------------------------------------------- */
static rask_status execute_create_database(execution *run, rask_error *err) {
    const sql_statement *statement = run->statement;
    int32_t last = statement->path_count - 1;
    RASK_TRY(plan_catalog_create_database(run->env->catalog, last > 0 ? statement->path[0] : NULL,
                                          statement->path[last], statement->if_exists, err));
    return ok(run);
}

static rask_status execute_drop_database(execution *run, rask_error *err) {
    const sql_statement *statement = run->statement;
    int32_t last = statement->path_count - 1;
    RASK_TRY(plan_catalog_drop_database(run->env->catalog, last > 0 ? statement->path[0] : NULL,
                                        statement->path[last], statement->if_exists,
                                        statement->is_cascade, err));
    return ok(run);
}

static rask_status execute_use(execution *run, rask_error *err) {
    const sql_statement *statement = run->statement;
    int32_t last = statement->path_count - 1;
    RASK_TRY(plan_catalog_use(run->env->catalog, last > 0 ? statement->path[0] : NULL,
                              statement->path[last], err));
    return ok(run);
}

static rask_status execute_use_catalog(execution *run, rask_error *err) {
    RASK_TRY(plan_catalog_use(run->env->catalog, run->statement->path[0], NULL, err));
    return ok(run);
}

static rask_status execute_drop_function(execution *run, rask_error *err) {
    const sql_statement *statement = run->statement;
    const char *name = statement->path[statement->path_count - 1];
    if (!plan_catalog_drop_function(run->env->catalog, name) && !statement->if_exists)
        return rask_error_set(err, RASK_ERROR_VALIDATION, "Function named %s doesn't exist", name);
    return ok(run);
}

/* ---- SHOW, DESCRIBE, EXPLAIN ----------------------------------------------------------------- */
static rask_status show_list(execution *run, const char *what, const char *header,
                             rask_error *err) {
    rask_strings *names;
    const char *scope = run->statement->path_count > 0 ? run->statement->path[0] : NULL;
    RASK_TRY(rask_environment_list(run->env, what, scope, &names, err));
    int32_t count = names->items.count;
    run->result =
        table_result_of_texts(&header, NULL, 1, (const char *const *)names->items.items, count,
                              RASK_RESULT_SUCCESS_WITH_CONTENT, TABLE_PRINT_BY_ROWS);
    rask_strings_unref(names);
    return RASK_OK;
}

static void show_one(execution *run, const char *header, const char *value) {
    run->result = table_result_of_texts(&header, NULL, 1, &value, 1,
                                        RASK_RESULT_SUCCESS_WITH_CONTENT, TABLE_PRINT_BY_ROWS);
}

static rask_status show_create(execution *run, bool view, rask_error *err) {
    plan_table *table;
    RASK_TRY(find_table(run, run->statement->path, run->statement->path_count, &table, err));
    rask_status status = RASK_OK;
    if ((table->kind == PLAN_TABLE_VIEW) != view)
        status = rask_error_set(
            err, RASK_ERROR_TABLE, "SHOW CREATE %s is only supported for %ss, but %s is a %s.",
            view ? "VIEW" : "TABLE", view ? "view" : "table", table->name, view ? "table" : "view");
    if (status == RASK_OK) {
        base_strbuf text;
        base_strbuf_init(&text, INT64_MAX);
        plan_table_write_sql(table, &text);
        show_one(run, "result", text.data);
        base_strbuf_free(&text);
    }
    plan_table_unref(table);
    return status;
}

static rask_status execute_show(execution *run, rask_error *err) {
    static const struct {
        const char *name, *what, *header;
    } lists[] = {{"TABLES", "tables", "table name"},
                 {"VIEWS", "views", "view name"},
                 {"DATABASES", "databases", "database name"},
                 {"CATALOGS", "catalogs", "catalog name"},
                 {"FUNCTIONS", "functions", "function name"},
                 {"USER FUNCTIONS", "user functions", "function name"},
                 {"MODULES", "modules", "module name"}};
    const char *name = run->statement->name;
    if (run->statement->value != NULL)
        return unsupported("SHOW with a LIKE pattern", err);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(name, lists[i].name) == 0)
            return show_list(run, lists[i].what, lists[i].header, err);
    if (strcmp(name, "CURRENT CATALOG") == 0)
        show_one(run, "current catalog name", plan_catalog_current(run->env->catalog));
    else if (strcmp(name, "CURRENT DATABASE") == 0)
        show_one(run, "current database name", plan_catalog_current_database(run->env->catalog));
    else if (strcmp(name, "CREATE TABLE") == 0)
        return show_create(run, false, err);
    else if (strcmp(name, "CREATE VIEW") == 0)
        return show_create(run, true, err);
    else
        return unsupported(base_arena_printf(run->plan->arena, "SHOW %s", name), err);
    return RASK_OK;
}

static const char *key_text(execution *run, const plan_table *table, const char *column) {
    bool in_key = false;
    base_strbuf text;
    base_strbuf_init(&text, 1 << 20);
    base_strbuf_add_text(&text, "PRI(");
    for (int32_t i = 0; i < table->primary_key_count; i++) {
        base_strbuf_printf(&text, "%s%s", i > 0 ? ", " : "", table->primary_key[i]);
        in_key |= strcmp(table->primary_key[i], column) == 0;
    }
    base_strbuf_add_text(&text, ")");
    const char *copy = in_key ? base_arena_strdup(run->plan->arena, text.data) : NULL;
    base_strbuf_free(&text);
    return copy;
}

static const char *extras_text(execution *run, const plan_column *column) {
    base_arena *arena = run->plan->arena;
    if (column->kind == PLAN_COLUMN_COMPUTED)
        return base_arena_printf(arena, "AS %s", column->expression_text);
    if (column->kind != PLAN_COLUMN_METADATA)
        return NULL;
    const char *from = column->metadata_key == NULL
                           ? ""
                           : base_arena_printf(arena, " FROM '%s'", column->metadata_key);
    return base_arena_printf(arena, "METADATA%s%s", from, column->is_virtual ? " VIRTUAL" : "");
}

static rask_status execute_describe(execution *run, rask_error *err) {
    enum { COLUMNS = 7 };
    static const char *const names[] = {"name",   "type",      "null",   "key",
                                        "extras", "watermark", "comment"};
    static const char *const types[] = {NULL, NULL, "BOOLEAN", NULL, NULL, NULL, NULL};
    plan_table *table;
    base_arena *arena = run->plan->arena;
    RASK_TRY(find_table(run, run->statement->path, run->statement->path_count, &table, err));
    const char **cells = BASE_ARENA_ARRAY(arena, const char *, table->column_count *COLUMNS + 1);
    bool any_comment = false;
    for (int32_t i = 0; i < table->column_count; i++) {
        const plan_column *column = &table->columns[i];
        const char **row = cells + i * COLUMNS;
        bool is_time =
            table->watermark_column != NULL && strcmp(table->watermark_column, column->name) == 0;
        const char *type = data_type_text(arena, data_type_with_null(column->type, true), true);
        row[0] = column->name;
        row[1] = is_time ? base_arena_printf(arena, "%s *ROWTIME*", type) : type;
        row[2] = column->type->nullable ? "TRUE" : "FALSE";
        row[3] = key_text(run, table, column->name);
        row[4] = extras_text(run, column);
        row[5] = is_time ? table->watermark_text : NULL;
        row[6] = column->comment;
        any_comment |= column->comment != NULL;
    }
    int32_t shown = any_comment ? COLUMNS : COLUMNS - 1;
    for (int32_t i = 0; i < table->column_count && shown < COLUMNS; i++)
        for (int32_t c = 0; c < shown; c++)
            cells[i * shown + c] = cells[i * COLUMNS + c];
    run->result = table_result_of_texts(names, types, shown, cells, table->column_count,
                                        RASK_RESULT_SUCCESS_WITH_CONTENT, TABLE_PRINT_BY_ROWS);
    plan_table_unref(table);
    return RASK_OK;
}

static rask_status explain_query(execution *run, const sql_statement *inner, rask_strings **out,
                                 rask_error *err) {
    plan_binder binder = binder_of(run);
    plan_node *bound;
    RASK_TRY(plan_bind(&binder, inner->query, &bound, err));
    return table_explain_plan(run->env, run->plan, &bound, 1, out, err);
}

static rask_status explain_inserts(execution *run, const sql_statement *inner, rask_strings **out,
                                   rask_error *err) {
    bool is_set = inner->kind == SQL_STATEMENT_SET;
    int32_t count = is_set ? inner->inner_count : 1, bound = 0;
    plan **inserts = BASE_ARENA_ARRAY(run->plan->arena, plan *, count + 1);
    plan_node **roots = BASE_ARENA_ARRAY(run->plan->arena, plan_node *, count + 1);
    rask_status status = is_set ? bind_inner_inserts(run, inner, inserts, &bound, err)
                                : bind_insert(run, inner, &inserts[0], err);
    if (!is_set && status == RASK_OK)
        bound = 1;
    plan *all = plan_new();
    for (int32_t i = 0; i < bound; i++) {
        plan_add_parent(all, inserts[i]);
        roots[i] = inserts[i]->root;
        plan_unref(inserts[i]);
    }
    if (status == RASK_OK)
        status = table_explain_plan(run->env, all, roots, bound, out, err);
    plan_unref(all);
    return status;
}

static rask_status explain_statement(execution *run, const sql_statement *inner, rask_strings **out,
                                     rask_error *err) {
    if (inner->kind == SQL_QUERY)
        return explain_query(run, inner, out, err);
    if (inner->kind == SQL_INSERT || inner->kind == SQL_STATEMENT_SET)
        return explain_inserts(run, inner, out, err);
    return rask_error_set(err, RASK_ERROR_TABLE, "Only queries and inserts can be explained.");
}

static rask_status execute_explain(execution *run, rask_error *err) {
    rask_strings *text;
    const char *header = "result";
    RASK_TRY(explain_statement(run, run->statement->inner[0], &text, err));
    const char *cell = rask_strings_get(text, 0);
    run->result = table_result_of_texts(&header, NULL, 1, &cell, 1,
                                        RASK_RESULT_SUCCESS_WITH_CONTENT, TABLE_PRINT_RAW);
    rask_strings_unref(text);
    return RASK_OK;
}

rask_status rask_environment_explain_sql(rask_environment *env, const char *sql, int64_t length,
                                         rask_strings **out, rask_error *err) {
    execution run = {.env = env, .plan = plan_new()};
    rask_status status = sql_parse_statement(run.plan, sql, length, &run.statement, err);
    if (status == RASK_OK)
        status = explain_statement(
            &run, run.statement->kind == SQL_EXPLAIN ? run.statement->inner[0] : run.statement, out,
            err);
    plan_unref(run.plan);
    return status;
}

/* ---- SET, RESET ------------------------------------------------------------------------------ */
static rask_status list_settings(execution *run) {
    static const char *const names[] = {"key", "value"};
    rask_strings *settings = rask_environment_settings(run->env);
    run->result = table_result_of_texts(names, NULL, 2, (const char *const *)settings->items.items,
                                        settings->items.count / 2, RASK_RESULT_SUCCESS_WITH_CONTENT,
                                        TABLE_PRINT_BY_ROWS);
    rask_strings_unref(settings);
    return RASK_OK;
}

static rask_status execute_set(execution *run, rask_error *err) {
    if (run->statement->key == NULL)
        return list_settings(run);
    RASK_TRY(plan_config_set(run->env->config, run->statement->key, run->statement->value, err));
    return ok(run);
}

static rask_status execute_reset(execution *run, rask_error *err) {
    (void)err;
    plan_config_reset(run->env->config, run->statement->key);
    return ok(run);
}

/* ---- dispatch -------------------------------------------------------------------------------- */
static const execute_function functions[SQL_STATEMENT_KIND_COUNT] = {
    [SQL_QUERY] = execute_query,
    [SQL_INSERT] = execute_insert,
    [SQL_STATEMENT_SET] = execute_statement_set,
    [SQL_CREATE_TABLE] = execute_create_table,
    [SQL_CREATE_VIEW] = execute_create_view,
    [SQL_CREATE_DATABASE] = execute_create_database,
    [SQL_DROP_TABLE] = execute_drop_table,
    [SQL_DROP_VIEW] = execute_drop_view,
    [SQL_DROP_DATABASE] = execute_drop_database,
    [SQL_DROP_FUNCTION] = execute_drop_function,
    [SQL_USE] = execute_use,
    [SQL_USE_CATALOG] = execute_use_catalog,
    [SQL_SHOW] = execute_show,
    [SQL_DESCRIBE] = execute_describe,
    [SQL_EXPLAIN] = execute_explain,
    [SQL_SET] = execute_set,
    [SQL_RESET] = execute_reset,
};

static const char *const unsupported_names[SQL_STATEMENT_KIND_COUNT] = {
    [SQL_CREATE_CATALOG] = "CREATE CATALOG", [SQL_CREATE_FUNCTION] = "CREATE FUNCTION",
    [SQL_DROP_CATALOG] = "DROP CATALOG",     [SQL_ALTER_TABLE] = "ALTER TABLE",
    [SQL_ALTER_VIEW] = "ALTER VIEW",         [SQL_ALTER_DATABASE] = "ALTER DATABASE"};

rask_status rask_environment_execute_sql(rask_environment *env, const char *sql, int64_t length,
                                         rask_result **out, rask_error *err) {
    execution run = {.env = env, .plan = plan_new()};
    rask_status status = sql_parse_statement(run.plan, sql, length, &run.statement, err);
    if (status == RASK_OK) {
        sql_statement_kind kind = run.statement->kind;
        const char *name =
            unsupported_names[kind] != NULL ? unsupported_names[kind] : run.statement->name;
        status = functions[kind] != NULL ? functions[kind](&run, err)
                                         : unsupported(name != NULL ? name : "This statement", err);
    }
    if (status == RASK_OK)
        *out = run.result;
    plan_unref(run.plan);
    return status;
}
