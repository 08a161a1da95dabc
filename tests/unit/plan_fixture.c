/* See plan_fixture.h. */
#include "plan_fixture.h"

#include "sql/sql.h"

/* ---- user functions: known by their types only ----------------------------------------------- */

static rask_status never(void *self, const struct ArrowSchema *in_schema,
                         const struct ArrowArray *in, const struct ArrowSchema *out_schema,
                         struct ArrowArray *out, const bool *stop, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_RUNTIME, "not to be called");
}

static void add_function(plan_fixture *f, const char *name, rask_udf_kind kind, int32_t count,
                         const char *const *types) {
    rask_error err;
    rask_udf_handle *handle = NULL;
    rask_udf udf = {.size = sizeof udf,
                    .abi_version = RASK_UDF_ABI_VERSION,
                    .kind = kind,
                    .name = name,
                    .deterministic = true,
                    .parameter_count = -1,
                    .result_count = count,
                    .result_types = types,
                    .eval = never};
    ASSERT_OK(expr_udf_new(&udf, &handle, &err));
    ASSERT_OK(plan_catalog_put_function(f->catalog, name, handle, false, &err));
}

/* ---- tables ---------------------------------------------------------------------------------- */

static void add_options(plan_table *table, const char *options) {
    char *copy = base_strdup(options), *rest = copy, *item;
    while ((item = strsep(&rest, "|")) != NULL) {
        char *value = strchr(item, '=');
        *value++ = '\0';
        plan_table_set_option(table, item, value);
    }
    base_free(copy);
}

/* Computed columns are bound against those in front of them. */
static void resolve(plan_fixture *f, plan_table *table) {
    rask_error err;
    plan *p = plan_new();
    plan_binder binder = {p, f->catalog, f->config, true};
    data_schema *schema = data_schema_new(p->arena, table->column_count);
    schema->count = 0;
    plan_node *stored = plan_node_new(p, PLAN_VALUES, NULL, 0);
    stored->schema = schema;
    stored->is_bound = true;
    for (int32_t i = 0; i < table->column_count; i++) {
        plan_column *column = &table->columns[i];
        expr_node *bound;
        if (column->kind == PLAN_COLUMN_COMPUTED) {
            ASSERT_OK(plan_bind_expression(&binder, stored, column->expression, &bound, &err));
            column->type = bound->type;
        } else {
            schema->names[schema->count] = column->name;
            schema->types[schema->count++] = column->type;
        }
    }
    plan_unref(p);
}

void plan_fixture_table(plan_fixture *f, const char *name, const char *columns,
                        const char *options) {
    rask_error err;
    char *sql = base_printf("CREATE TABLE x (%s) WITH ('connector' = 'datagen')", columns);
    plan *p = plan_new();
    sql_statement *statement = NULL;
    ASSERT_OK(sql_parse_statement(p, sql, (int64_t)strlen(sql), &statement, &err));
    plan_table *table = plan_table_ref(statement->table);
    if (options != NULL)
        add_options(table, options);
    resolve(f, table);
    ASSERT_OK(plan_catalog_put_take(f->catalog, &name, 1, table, false, &err));
    plan_unref(p);
    base_free(sql);
}

static void add_view(plan_fixture *f, const char *name, const char *sql) {
    rask_error err;
    plan *p = NULL;
    ASSERT_OK(plan_fixture_bind(f, sql, &p, &err));
    plan_table *view = plan_table_new();
    data_schema *schema = data_schema_copy(view->arena, p->root->schema);
    view->kind = PLAN_TABLE_VIEW;
    view->view = p;
    view->view_text = base_arena_strdup(view->arena, sql);
    view->column_count = schema->count;
    view->columns = BASE_ARENA_ARRAY(view->arena, plan_column, schema->count);
    for (int32_t i = 0; i < schema->count; i++) {
        view->columns[i].name = schema->names[i];
        view->columns[i].type = schema->types[i];
    }
    ASSERT_OK(plan_catalog_put_take(f->catalog, &name, 1, view, false, &err));
}

void plan_fixture_init(plan_fixture *f) {
    f->catalog = plan_catalog_new("default_catalog", "default_database");
    f->config = plan_config_new();
    plan_fixture_table(f, "t",
                       "a INT, b STRING NOT NULL, c DOUBLE, d DECIMAL(10, 2), e BIGINT, "
                       "f BOOLEAN, ts TIMESTAMP(3), g INT NOT NULL",
                       NULL);
    plan_fixture_table(f, "u", "a INT, z STRING", NULL);
    plan_fixture_table(f, "comp", "a INT, b AS a + 1, c STRING", NULL);
    plan_fixture_table(f, "snk", "a INT, b STRING", "connector=blackhole");
    plan_fixture_table(f, "snkn", "a INT NOT NULL, b STRING", "connector=blackhole");
    plan_fixture_table(f, "sd",
                       "a DECIMAL(10, 2), b TIMESTAMP(3), c DOUBLE, d BIGINT, e VARCHAR(2), "
                       "f CHAR(5)",
                       "connector=blackhole");
    add_view(f, "v", "SELECT a, b FROM t WHERE a > 1");
    add_function(f, "inc", RASK_UDF_SCALAR, 1, (const char *[]){"INT"});
    add_function(f, "sp", RASK_UDF_TABLE, 2, (const char *[]){"STRING", "INT"});
}

void plan_fixture_free(plan_fixture *f) {
    plan_catalog_free(f->catalog);
    plan_config_free(f->config);
}

/* ---- statements ------------------------------------------------------------------------------ */

static rask_status bind_insert(plan_binder *binder, const sql_statement *insert, plan_node *query,
                               plan_node **out, rask_error *err) {
    plan_table *table = plan_catalog_find(binder->catalog, insert->path, insert->path_count);
    if (table == NULL)
        return rask_error_set(err, RASK_ERROR_VALIDATION, "no such sink");
    plan_insert details = {.columns = insert->columns,
                           .column_places = insert->column_places,
                           .column_count = insert->column_count,
                           .query_place = insert->query->place,
                           .is_overwrite = insert->is_overwrite};
    return plan_bind_sink(binder, query, table, &details, out, err);
}

rask_status plan_fixture_bind(plan_fixture *f, const char *sql, plan **out, rask_error *err) {
    plan *p = plan_new();
    plan_binder binder = {p, f->catalog, f->config, true};
    sql_statement *statement = NULL;
    plan_node *bound = NULL;
    rask_status status = sql_parse_statement(p, sql, (int64_t)strlen(sql), &statement, err);
    if (status == RASK_OK)
        status = plan_bind(&binder, statement->query, &bound, err);
    if (status == RASK_OK && statement->kind == SQL_INSERT)
        status = bind_insert(&binder, statement, bound, &bound, err);
    if (status != RASK_OK) {
        plan_unref(p);
        return status;
    }
    p->root = bound;
    *out = p;
    return RASK_OK;
}

char *plan_fixture_explain(plan_fixture *f, const char *sql) {
    rask_error err;
    plan *p;
    base_strbuf text;
    base_strbuf_init(&text, 1 << 20);
    rask_error_clear(&err);
    if (plan_fixture_bind(f, sql, &p, &err) != RASK_OK) {
        base_strbuf_printf(&text, "ERR %s\n", err.message);
        return base_strbuf_take(&text);
    }
    const data_schema *schema = p->root->schema;
    base_strbuf_add_text(&text, "(\n");
    for (int32_t i = 0; i < schema->count; i++) {
        base_strbuf_printf(&text, "%s  `%s` ", i > 0 ? ",\n" : "", schema->names[i]);
        data_type_write(schema->types[i], true, &text);
    }
    base_strbuf_add_text(&text, "\n)\n");
    plan_explain(p->root, &text);
    plan_unref(p);
    return base_strbuf_take(&text);
}
