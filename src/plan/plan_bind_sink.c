/* Binding an insert: the query's columns against the table's, in Flink's words. */
#include <string.h>

#include "plan/relation.h"

/* The columns of a table that an insert writes. */
static bool is_written(const plan_column *column) {
    return column->kind == PLAN_COLUMN_PHYSICAL ||
           (column->kind == PLAN_COLUMN_METADATA && !column->is_virtual);
}

static data_schema *sink_schema(base_arena *arena, const plan_table *table) {
    data_schema *schema = data_schema_new(arena, table->column_count);
    schema->count = 0;
    for (int32_t i = 0; i < table->column_count; i++) {
        if (!is_written(&table->columns[i]))
            continue;
        schema->names[schema->count] = base_arena_strdup(arena, table->columns[i].name);
        schema->types[schema->count++] = table->columns[i].type;
    }
    return schema;
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* "[a: INT, b: STRING NOT NULL]"; of a sink's columns Flink shows no NOT NULL. */
static const char *schema_text(base_arena *arena, const data_schema *schema, bool is_sink) {
    base_strbuf text;
    base_strbuf_init(&text, 3000);
    base_strbuf_add_char(&text, '[');
    for (int32_t i = 0; i < schema->count; i++) {
        const data_type *type = schema->types[i];
        base_strbuf_printf(
            &text, "%s%s: %s", i > 0 ? ", " : "", schema->names[i],
            data_type_text(arena, is_sink ? data_type_with_null(type, true) : type, true));
    }
    base_strbuf_add_char(&text, ']');
    const char *copy = base_arena_strdup(arena, text.data);
    base_strbuf_free(&text);
    return copy;
}

static const char *sink_name(base_arena *arena, const plan_table *table) {
    if (table->name == NULL)
        return "*anonymous*";
    return base_arena_printf(arena, "%s.%s.%s", table->catalog, table->database, table->name);
}

static rask_status no_match(plan_binding *b, const plan_table *table, const data_schema *query,
                            const data_schema *sink, const char *cause, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "Column types of query result and sink for '%s' do not match.\n"
                          "Cause: %s\n\nQuery schema: %s\nSink schema:  %s",
                          sink_name(b->arena, table), cause, schema_text(b->arena, query, false),
                          schema_text(b->arena, sink, true));
}

/* ---- INSERT INTO t (a, b) -------------------------------------------------------------------- */

static rask_status check_targets(const data_schema *sink, const plan_insert *insert,
                                 rask_error *err) {
    for (int32_t i = 0; i < insert->column_count; i++) {
        const char *name = insert->columns[i];
        expr_place place =
            insert->column_places != NULL ? insert->column_places[i] : (expr_place){0};
        if (data_schema_find(sink, name) < 0) {
            expr_error_at(true, place, err, "Unknown target column '%s'", name);
            const char *nearest = base_nearest_name(name, sink->names, sink->count);
            if (nearest != NULL)
                rask_error_hint(err, "did you mean '%s'?", nearest);
            return RASK_ERROR_VALIDATION;
        }
        for (int32_t k = 0; k < i; k++)
            if (strcmp(insert->columns[k], name) == 0)
                return expr_error_at(true, place, err,
                                     "Target column '%s' is assigned more than once", name);
    }
    return RASK_OK;
}

static int32_t find_target(const plan_insert *insert, const char *name) {
    for (int32_t i = 0; i < insert->column_count; i++)
        if (strcmp(insert->columns[i], name) == 0)
            return i;
    return -1;
}

/* The query with its columns at the places the list gives them, NULL elsewhere. */
static rask_status arrange(plan_binding *b, plan_node *query, const data_schema *sink,
                           const plan_insert *insert, plan_node **out, rask_error *err) {
    plan *p = b->binder->plan;
    RASK_TRY(check_targets(sink, insert, err));
    if (insert->column_count != query->schema->count)
        return expr_error_at(true, insert->query_place, err,
                             "Number of columns must match number of query columns");
    expr_node **exprs = BASE_ARENA_ARRAY(p->arena, expr_node *, sink->count + 1);
    for (int32_t i = 0; i < sink->count; i++) {
        int32_t from = find_target(insert, sink->names[i]);
        if (from >= 0) {
            exprs[i] = plan_output_column(p, query, from);
            continue;
        }
        if (!sink->types[i]->nullable)
            return rask_error_set(err, RASK_ERROR_VALIDATION,
                                  "SQL validation failed. At line 0, column 0: Column '%s' has no "
                                  "default value and does not allow NULLs",
                                  sink->names[i]);
        data_value null = data_value_null(sink->types[i]);
        exprs[i] = expr_literal(p->arena, &null);
    }
    *out = plan_make_project(p, query, exprs, sink->names, sink->count);
    return RASK_OK;
}

/* ---- types ----------------------------------------------------------------------------------- */

static rask_status check_types(plan_binding *b, const plan_table *table, const data_schema *query,
                               const data_schema *sink, rask_error *err) {
    if (query->count != sink->count)
        return no_match(b, table, query, sink, "Different number of columns.", err);
    for (int32_t i = 0; i < sink->count; i++) {
        const data_type *from = query->types[i], *to = sink->types[i];
        if (data_type_equal_ignoring_null(from, to) || func_implicit_cast_allowed(from, to))
            continue;
        return no_match(b, table, query, sink,
                        base_arena_printf(b->arena,
                                          "Incompatible types for sink column '%s' at position "
                                          "%d.",
                                          sink->names[i], i + 1),
                        err);
    }
    return RASK_OK;
}

rask_status plan_bind_sink(plan_binder *binder, plan_node *query, plan_table *table_ref,
                           const plan_insert *insert, plan_node **out, rask_error *err) {
    plan *p = binder->plan;
    plan_binding b = {.binder = binder, .arena = p->arena};
    plan_hold_table(p, table_ref);
    if (table_ref->kind == PLAN_TABLE_VIEW)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "%s is a view and cannot be written into.",
                              plan_table_path_text(p->arena, table_ref));
    if (table_ref->kind == PLAN_TABLE_INLINE)
        return rask_error_set(err, RASK_ERROR_TABLE,
                              "Table %s holds rows in memory and cannot be written into.",
                              plan_table_path_text(p->arena, table_ref));
    data_schema *sink = sink_schema(p->arena, table_ref);
    if (insert->column_count > 0)
        RASK_TRY(arrange(&b, query, sink, insert, &query, err));
    RASK_TRY(check_types(&b, table_ref, query->schema, sink, err));
    RASK_TRY(
        plan_cast_columns(&b, query, sink->types, (const char *const *)sink->names, &query, err));
    plan_node *node = plan_node_new(p, PLAN_SINK, &query, 1);
    node->table = table_ref;
    node->schema = sink;
    node->is_overwrite = insert->is_overwrite;
    node->is_bound = true;
    *out = node;
    return RASK_OK;
}
