/* Binding names of FROM: WITH queries, views, tables with their computed columns and hints. */
#include <string.h>

#include "plan/relation.h"

/* ---- errors ---------------------------------------------------------------------------------- */

static const char *quoted_path(plan_binding *b, const plan_node *node) {
    base_strbuf text;
    base_strbuf_init(&text, 4096);
    for (int32_t i = 0; i < node->name_count; i++)
        base_strbuf_printf(&text, "%s`%s`", i > 0 ? "." : "", node->names[i]);
    const char *copy = base_arena_strdup(b->arena, text.data);
    base_strbuf_free(&text);
    return copy;
}

/* Names of one level of the catalog. */
typedef struct name_list {
    const char **items;
    int32_t count;
} name_list;

static bool has_name(const name_list *list, const char *name) {
    for (int32_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], name) == 0)
            return true;
    return false;
}

/* The one that differs only in the case of its letters, or NULL. */
static const char *other_case(const name_list *list, const char *name) {
    for (int32_t i = 0; i < list->count; i++)
        if (strcasecmp(list->items[i], name) == 0)
            return list->items[i];
    return NULL;
}

/* The first part of a path that names nothing. */
typedef struct missing_part {
    const char *name;
    const char *within; /* what it was looked for in, where Flink says so; NULL = nowhere special */
    const char *near;   /* the name in other letters; NULL = none */
} missing_part;

static missing_part missing_table(plan_binding *b, const char *catalog, const char *database,
                                  const char *name, bool is_qualified) {
    name_list tables;
    tables.items =
        plan_catalog_tables(b->binder->catalog, b->arena, catalog, database, false, &tables.count);
    missing_part out = {.name = name, .near = other_case(&tables, name)};
    if (is_qualified || out.near != NULL)
        out.within = base_arena_printf(b->arena, "%s.%s", catalog, database);
    return out;
}

/* `database`.`name` in a catalog; `in_catalog` = the catalog was written too. */
static missing_part missing_in_catalog(plan_binding *b, const char *catalog, const char *database,
                                       const char *name, bool in_catalog) {
    name_list databases;
    databases.items =
        plan_catalog_databases(b->binder->catalog, b->arena, catalog, &databases.count);
    if (has_name(&databases, database))
        return missing_table(b, catalog, database, name, true);
    missing_part out = {.name = database, .near = other_case(&databases, database)};
    if (in_catalog || out.near != NULL)
        out.within = catalog;
    return out;
}

static missing_part find_missing(plan_binding *b, const plan_node *node) {
    const plan_catalog *manager = b->binder->catalog;
    const char *catalog = plan_catalog_current(manager);
    const char *database = plan_catalog_current_database(manager);
    name_list catalogs;
    catalogs.items = plan_catalog_names(b->binder->catalog, b->arena, &catalogs.count);
    if (node->name_count == 1)
        return missing_table(b, catalog, database, node->names[0], false);
    if (has_name(&catalogs, node->names[0]))
        return missing_in_catalog(b, node->names[0], node->names[1],
                                  node->names[node->name_count - 1], true);
    if (node->name_count == 2 && other_case(&catalogs, node->names[0]) == NULL)
        return missing_in_catalog(b, catalog, node->names[0], node->names[1], false);
    return (missing_part){.name = node->names[0], .near = other_case(&catalogs, node->names[0])};
}

static void hint_nearest_table(plan_binding *b, const plan_node *node, rask_error *err) {
    int32_t count;
    if (node->name_count > 1 || b->binder->catalog == NULL)
        return;
    const char **names =
        plan_catalog_tables(b->binder->catalog, b->arena, NULL, NULL, false, &count);
    const char *nearest = base_nearest_name(node->names[0], names, count);
    if (nearest != NULL)
        rask_error_hint(err, "did you mean '%s'?", nearest);
}

static const char *quoted_if(plan_binding *b, const char *before, const char *name,
                             const char *behind) {
    return name != NULL ? base_arena_printf(b->arena, "%s%s%s", before, name, behind) : "";
}

static rask_status unknown_table(plan_binding *b, const plan_node *node, rask_error *err) {
    missing_part missing = {0};
    if (!b->binder->from_sql)
        rask_error_set(err, RASK_ERROR_VALIDATION, "Table %s was not found.", quoted_path(b, node));
    else if (b->binder->catalog == NULL)
        expr_error_at(true, node->place, err, "Object '%s' not found", node->names[0]);
    else
        missing = find_missing(b, node);
    if (missing.name != NULL)
        expr_error_at(true, node->place, err, "Object '%s' not found%s%s", missing.name,
                      quoted_if(b, " within '", missing.within, "'"),
                      quoted_if(b, "; did you mean '", missing.near, "'?"));
    if (missing.near == NULL)
        hint_nearest_table(b, node, err);
    return RASK_ERROR_VALIDATION;
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* The table with the options of an OPTIONS hint put over its own. */
static rask_status with_hints(plan_binding *b, const plan_table *table, base_map *hints,
                              plan_table **out, rask_error *err) {
    plan_table *copy = plan_table_new();
    int64_t cursor = 0;
    const char *key;
    void *value;
    if (table->kind == PLAN_TABLE_VIEW) {
        plan_table_unref(copy);
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "View '%s' cannot be enriched with new options. Hints can only be "
                              "applied to tables.",
                              plan_table_path_text(b->arena, table));
    }
    base_arena *arena = copy->arena;
    base_map *options = copy->options;
    *copy = *table;
    copy->arena = arena;
    copy->options = options;
    copy->refs = 1;
    copy->data = plan_data_ref(table->data);
    while (base_map_next(table->options, &cursor, &key, &value))
        plan_table_set_option(copy, key, value);
    cursor = 0;
    while (base_map_next(hints, &cursor, &key, &value))
        plan_table_set_option(copy, key, value);
    *out = copy;
    return RASK_OK;
}

static bool is_computed(const plan_table *table, int32_t column) {
    return table->columns[column].kind == PLAN_COLUMN_COMPUTED;
}

/* All columns that are stored, in table order. */
static plan_node *make_scan(plan_binding *b, plan_table *table, base_map *hints) {
    plan *p = b->binder->plan;
    plan_node *node = plan_node_new(p, PLAN_SCAN, NULL, 0);
    data_schema *schema = data_schema_new(p->arena, table->column_count);
    node->scan_columns = BASE_ARENA_ARRAY(p->arena, int32_t, table->column_count + 1);
    schema->count = 0;
    for (int32_t i = 0; i < table->column_count; i++) {
        if (is_computed(table, i))
            continue;
        schema->names[schema->count] = base_arena_strdup(p->arena, table->columns[i].name);
        schema->types[schema->count] = table->columns[i].type;
        node->scan_columns[schema->count++] = i;
    }
    node->schema = schema;
    node->table = table;
    node->hints = hints;
    node->is_bound = true;
    return node;
}

/* Computed columns: a projection over the scan, in table order. */
static rask_status add_computed(plan_binding *b, const plan_table *table, plan_node *scan,
                                plan_node **out, rask_error *err) {
    plan *p = b->binder->plan;
    plan_relation relation;
    plan_relation_of(b, scan, NULL, &relation);
    expr_binder binder = plan_expression_binder(b, &relation, "a computed column");
    expr_node **exprs = BASE_ARENA_ARRAY(b->arena, expr_node *, table->column_count + 1);
    const char **names = BASE_ARENA_ARRAY(b->arena, const char *, table->column_count + 1);
    int32_t stored = 0;
    for (int32_t i = 0; i < table->column_count; i++) {
        names[i] = table->columns[i].name;
        if (!is_computed(table, i)) {
            exprs[i] = plan_output_column(p, scan, stored++);
            continue;
        }
        rask_status status = expr_bind(&binder, table->columns[i].expression, &exprs[i], err);
        if (status != RASK_OK) {
            rask_error_prefix(err, "Computed column '%s' of table %s: ", names[i],
                              plan_table_path_text(b->arena, table));
            return status;
        }
    }
    *out = plan_make_project(p, scan, exprs, names, table->column_count);
    return RASK_OK;
}

static rask_status bind_stored(plan_binding *b, plan_node *node, plan_table *table, plan_node **out,
                               rask_error *err) {
    plan_node *scan = make_scan(b, table, node->hints);
    *out = scan;
    if (scan->schema->count < table->column_count)
        RASK_TRY(add_computed(b, table, scan, out, err));
    return RASK_OK;
}

static void bind_view(plan_binding *b, plan_table *view, const expr_qualifier *qualifier,
                      plan_relation *out) {
    plan_add_parent(b->binder->plan, view->view);
    plan_relation_of(b, view->view->root, qualifier, out);
    for (int32_t i = 0; i < out->column_count && i < view->column_count; i++)
        out->columns[i].name = view->columns[i].name;
}

/* ---- WITH ------------------------------------------------------------------------------------ */

/* The query, and the names of `WITH name (names...) AS`, which are an ALIAS node on top. */
static rask_status bind_definition(plan_binding *b, plan_node *query, plan_relation *out,
                                   rask_error *err) {
    if (query->kind != PLAN_ALIAS)
        return plan_bind_relation(b, query, out, err);
    RASK_TRY(plan_bind_relation(b, query->inputs[0], out, err));
    if (query->name_count - 1 != out->column_count)
        return expr_error_at(b->binder->from_sql, query->place, err,
                             "Number of columns must match number of query columns");
    return plan_rename_relation(b, query, out, err);
}

/* What the query reads of rows around it, it reads of those around its WITH. */
static rask_status bind_once(plan_binding *b, plan_named_query *query, rask_error *err) {
    plan_named_query *queries = b->queries;
    plan_scope *scope = b->scope;
    int32_t found = query->scope != NULL ? query->scope->found.count : 0;
    b->queries = query->outer;
    b->scope = query->scope;
    rask_status status = bind_definition(b, query->query, &query->relation, err);
    b->queries = queries;
    b->scope = scope;
    query->is_bound = status == RASK_OK;
    query->is_correlated = query->scope != NULL && query->scope->found.count > found;
    return status;
}

static rask_status bind_named_query(plan_binding *b, plan_named_query *query, plan_relation *out,
                                    rask_error *err) {
    if (!query->is_bound)
        RASK_TRY(bind_once(b, query, err));
    if (query->is_correlated && query->scope != b->scope)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "The query '%s' reads columns of the query around its WITH and is "
                              "used in a subquery; this is not supported.",
                              query->name);
    *out = query->relation;
    out->columns = base_arena_copy(b->arena, query->relation.columns,
                                   (int64_t)sizeof *out->columns * out->column_count);
    const expr_qualifier *qualifier = plan_alias_qualifier(b, query->name);
    for (int32_t i = 0; i < out->column_count; i++)
        out->columns[i].qualifier = qualifier;
    return RASK_OK;
}

/* ---- names ----------------------------------------------------------------------------------- */

static const expr_qualifier *path_qualifier(plan_binding *b, const plan_table *table,
                                            const char *name) {
    if (table->catalog == NULL || table->database == NULL)
        return plan_alias_qualifier(b, name);
    const char *parts[3] = {table->catalog, table->database, name};
    expr_qualifier *qualifier = BASE_ARENA_NEW(b->arena, expr_qualifier);
    qualifier->parts = base_arena_copy(b->arena, parts, (int64_t)sizeof parts);
    qualifier->count = 3;
    return qualifier;
}

rask_status plan_bind_table(plan_binding *b, plan_node *node, plan_relation *out, rask_error *err) {
    const char *name = node->names[node->name_count - 1];
    for (plan_named_query *query = b->queries; query != NULL && node->name_count == 1;
         query = query->outer)
        if (strcmp(query->name, name) == 0)
            return bind_named_query(b, query, out, err);
    plan_table *table = NULL;
    if (node->name_count <= 3 && b->binder->catalog != NULL)
        table = plan_catalog_find(b->binder->catalog, node->names, node->name_count);
    if (table == NULL)
        return unknown_table(b, node, err);
    plan_hold_table(b->binder->plan, table);
    if (node->hints != NULL && base_map_count(node->hints) > 0) {
        RASK_TRY(with_hints(b, table, node->hints, &table, err));
        plan_hold_table(b->binder->plan, table);
    }
    const expr_qualifier *qualifier = path_qualifier(b, table, name);
    if (table->kind == PLAN_TABLE_VIEW) {
        bind_view(b, table, qualifier, out);
        return RASK_OK;
    }
    plan_node *bound;
    RASK_TRY(bind_stored(b, node, table, &bound, err));
    plan_relation_of(b, bound, qualifier, out);
    return RASK_OK;
}
