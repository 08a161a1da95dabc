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

static bool is_database(plan_binding *b, const char *catalog, const char *name) {
    int32_t count;
    const char **names = plan_catalog_databases(b->binder->catalog, b->arena, catalog, &count);
    for (int32_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool is_catalog(plan_binding *b, const char *name) {
    int32_t count;
    const char **names = plan_catalog_names(b->binder->catalog, b->arena, &count);
    for (int32_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The first part of the path that does not exist. */
static const char *missing_part(plan_binding *b, const plan_node *node, const char **within) {
    *within = NULL;
    if (node->name_count == 1)
        return node->names[0];
    bool has_catalog = node->name_count > 2 || is_catalog(b, node->names[0]);
    if (has_catalog && !is_catalog(b, node->names[0]))
        return node->names[0];
    int32_t at = node->name_count > 2 ? 1 : 0;
    if (!is_database(b, at == 1 ? node->names[0] : NULL, node->names[at])) {
        *within = at == 1 ? node->names[0] : NULL;
        return node->names[at];
    }
    *within = at == 1 ? base_arena_printf(b->arena, "%s.%s", node->names[0], node->names[1])
                      : node->names[0];
    return node->names[node->name_count - 1];
}

static void hint_nearest_table(plan_binding *b, const plan_node *node, rask_error *err) {
    int32_t count;
    if (node->name_count > 1)
        return;
    const char **names =
        plan_catalog_tables(b->binder->catalog, b->arena, NULL, NULL, false, &count);
    const char *nearest = base_nearest_name(node->names[0], names, count);
    if (nearest != NULL)
        rask_error_hint(err, "did you mean '%s'?", nearest);
}

static rask_status unknown_table(plan_binding *b, const plan_node *node, rask_error *err) {
    if (!b->binder->from_sql) {
        rask_error_set(err, RASK_ERROR_VALIDATION, "Table %s was not found.", quoted_path(b, node));
    } else {
        const char *within, *missing = missing_part(b, node, &within);
        expr_node place = {.kind = EXPR_NAME,
                           .names = node->names,
                           .name_count = node->name_count,
                           .line = node->line,
                           .text_column = node->text_column};
        if (within != NULL)
            expr_error_at(true, &place, err, "Object '%s' not found within '%s'", missing, within);
        else
            expr_error_at(true, &place, err, "Object '%s' not found", missing);
    }
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

static void bind_view(plan_binding *b, plan_table *view, const char *qualifier,
                      plan_relation *out) {
    plan_add_parent(b->binder->plan, view->view);
    plan_relation_of(b, view->view->root, qualifier, out);
    for (int32_t i = 0; i < out->column_count && i < view->column_count; i++)
        out->columns[i].name = view->columns[i].name;
}

/* ---- WITH ------------------------------------------------------------------------------------ */

static rask_status bind_named_query(plan_binding *b, plan_named_query *query, plan_relation *out,
                                    rask_error *err) {
    plan_named_query *inner = b->queries;
    if (!query->is_bound) {
        b->queries = query->outer;
        rask_status status = plan_bind_relation(b, query->query, &query->relation, err);
        b->queries = inner;
        RASK_TRY(status);
        query->is_bound = true;
    }
    *out = query->relation;
    out->columns = base_arena_copy(b->arena, query->relation.columns,
                                   (int64_t)sizeof *out->columns * out->column_count);
    for (int32_t i = 0; i < out->column_count; i++)
        out->columns[i].qualifier = query->name;
    return RASK_OK;
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
    if (table->kind == PLAN_TABLE_VIEW) {
        bind_view(b, table, name, out);
        return RASK_OK;
    }
    plan_node *bound;
    RASK_TRY(bind_stored(b, node, table, &bound, err));
    plan_relation_of(b, bound, name, out);
    return RASK_OK;
}
