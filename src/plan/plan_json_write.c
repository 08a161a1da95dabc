/* Writing the plan document (docs/plan-format.md).
 *
 * Nodes are numbered in the order in which a depth-first walk leaves them, so inputs stand before
 * what reads them and a shared node stands once.  Members have a fixed order and maps are sorted:
 * equal plans give equal texts. */
#include <stdlib.h>
#include <string.h>

#include "plan/json_value.h"

typedef struct document_writer {
    yyjson_mut_doc *doc;
    yyjson_mut_val *nodes, *tables;
    base_arena *arena;
    base_list seen_nodes, seen_tables;
    rask_status status;
    rask_error *err;
} document_writer;

typedef yyjson_mut_val json;

static json *write_expr(document_writer *w, const expr_node *node);
static int32_t write_node(document_writer *w, const plan_node *node);

/* ---- small pieces ---------------------------------------------------------------------------- */

static json *text(document_writer *w, const char *value) {
    return value != NULL ? yyjson_mut_strcpy(w->doc, value) : yyjson_mut_null(w->doc);
}

static void add(document_writer *w, json *object, const char *key, json *value) {
    yyjson_mut_obj_add(object, yyjson_mut_str(w->doc, key), value);
}

static void add_text(document_writer *w, json *object, const char *key, const char *value) {
    if (value != NULL)
        add(w, object, key, text(w, value));
}

static void add_true(document_writer *w, json *object, const char *key, bool value) {
    if (value)
        add(w, object, key, yyjson_mut_true(w->doc));
}

static void add_int(document_writer *w, json *object, const char *key, int64_t value) {
    add(w, object, key, yyjson_mut_sint(w->doc, value));
}

static void add_type(document_writer *w, json *object, const data_type *type) {
    add(w, object, "type", text(w, data_type_text(w->arena, type, false)));
}

static json *texts(document_writer *w, const char *const *values, int32_t count) {
    json *list = yyjson_mut_arr(w->doc);
    for (int32_t i = 0; i < count; i++)
        yyjson_mut_arr_append(list, text(w, values[i]));
    return list;
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A map of texts with its keys sorted. */
static json *text_map(document_writer *w, const base_map *map) {
    const char **keys =
        BASE_ARENA_ARRAY(w->arena, const char *, map != NULL ? base_map_count(map) + 1 : 1);
    int64_t cursor = 0, count = 0;
    void *value;
    while (map != NULL && base_map_next(map, &cursor, &keys[count], &value))
        count++;
    if (count > 0)
        qsort(keys, (size_t)count, sizeof *keys, by_text);
    json *object = yyjson_mut_obj(w->doc);
    for (int64_t i = 0; i < count; i++)
        yyjson_mut_obj_add(object, text(w, keys[i]), text(w, base_map_get(map, keys[i])));
    return object;
}

static json *schema(document_writer *w, const data_schema *value) {
    json *list = yyjson_mut_arr(w->doc);
    for (int32_t i = 0; value != NULL && i < value->count; i++) {
        json *field = yyjson_mut_obj(w->doc);
        add_text(w, field, "name", value->names[i]);
        add_type(w, field, value->types[i]);
        yyjson_mut_arr_append(list, field);
    }
    return list;
}

static void fail(document_writer *w, rask_status status, const char *what) {
    if (w->status == RASK_OK)
        w->status =
            rask_error_set(w->err, status, "%s cannot be written into a plan document", what);
}

/* ---- expressions ----------------------------------------------------------------------------- */

static json *exprs(document_writer *w, expr_node *const *nodes, int32_t count) {
    json *list = yyjson_mut_arr(w->doc);
    for (int32_t i = 0; i < count; i++)
        yyjson_mut_arr_append(list, write_expr(w, nodes[i]));
    return list;
}

static void write_input(document_writer *w, const expr_node *node, json *out) {
    add_int(w, out, "input", node->column);
    if (node->input > 0)
        add_int(w, out, "side", node->input);
}

static void write_call(document_writer *w, const expr_node *node, json *out) {
    add_text(w, out, node->udf != NULL ? "function" : "call", node->name);
    add(w, out, "args", exprs(w, node->args, node->arg_count));
    add_type(w, out, node->type);
}

static void write_cast(document_writer *w, const expr_node *node, json *out) {
    add(w, out, "cast", write_expr(w, node->args[0]));
    add_true(w, out, "try", node->is_try);
    add_true(w, out, "implicit", node->is_implicit);
    add_type(w, out, node->type);
}

static void write_aggregate(document_writer *w, const expr_node *node, json *out) {
    add_text(w, out, "aggregate", node->name);
    add(w, out, "args", exprs(w, node->args, node->arg_count));
    add_true(w, out, "distinct", node->distinct);
    if (node->filter != NULL)
        add(w, out, "filter", write_expr(w, node->filter));
    add_type(w, out, node->type);
}

static void write_order(document_writer *w, const expr_node *node, json *out) {
    add(w, out, "order", write_expr(w, node->args[0]));
    add_true(w, out, "descending", node->descending);
    if (node->nulls_order != 0)
        add_text(w, out, "nulls", node->nulls_order < 0 ? "first" : "last");
}

static void write_subquery(document_writer *w, const expr_node *node, json *out) {
    static const char *const kinds[] = {"scalar", "exists", "in", "some", "all"};
    int32_t operands = node->operand_count;
    add_text(w, out, "subquery", kinds[node->subquery_kind]);
    add_text(w, out, "operator", node->name);
    add_int(w, out, "query", write_node(w, node->subquery));
    add(w, out, "operands", exprs(w, node->args, operands));
    add(w, out, "parameters", exprs(w, node->args + operands, node->arg_count - operands));
    add_type(w, out, node->type);
}

static void write_outer(document_writer *w, const expr_node *node, json *out) {
    add_int(w, out, "parameter", node->column);
    add_text(w, out, "name", node->name);
    add_type(w, out, node->type);
}

static json *frame_bound(document_writer *w, int8_t kind, const expr_node *offset) {
    static const char *const words[] = {"unbounded preceding", "preceding", "current row",
                                        "following", "unbounded following"};
    json *out = yyjson_mut_obj(w->doc);
    add_text(w, out, "bound", words[kind + 2]);
    if (offset != NULL)
        add(w, out, "offset", write_expr(w, offset));
    return out;
}

static void write_over(document_writer *w, const expr_node *node, json *out) {
    int32_t partitions = node->partition_count;
    add(w, out, "over", write_expr(w, node->args[0]));
    add(w, out, "partition", exprs(w, node->args + 1, partitions));
    add(w, out, "orderBy", exprs(w, node->args + 1 + partitions, node->arg_count - 1 - partitions));
    if (node->frame == NULL)
        return;
    add_text(w, out, "frame", node->frame->is_rows ? "rows" : "range");
    add(w, out, "start", frame_bound(w, node->frame->start_kind, node->frame->start));
    add(w, out, "end", frame_bound(w, node->frame->end_kind, node->frame->end));
}

static json *write_expr(document_writer *w, const expr_node *node) {
    json *out = yyjson_mut_obj(w->doc);
    switch (node->kind) {
    case EXPR_INPUT:
        write_input(w, node, out);
        break;
    case EXPR_LITERAL:
        add(w, out, "literal", plan_json_from_value(w->doc, &node->value));
        add_type(w, out, node->type);
        break;
    case EXPR_CALL:
        write_call(w, node, out);
        break;
    case EXPR_CAST:
        write_cast(w, node, out);
        break;
    case EXPR_AGGREGATE:
        write_aggregate(w, node, out);
        break;
    case EXPR_ORDER:
        write_order(w, node, out);
        break;
    case EXPR_OUTER:
        write_outer(w, node, out);
        break;
    case EXPR_SUBQUERY:
        write_subquery(w, node, out);
        break;
    case EXPR_OVER:
        write_over(w, node, out);
        break;
    case EXPR_SYMBOL:
        add_text(w, out, "symbol", node->name);
        break;
    default:
        fail(w, RASK_ERROR_UNSUPPORTED, "An expression of this kind");
    }
    return out;
}

/* ---- rows in memory -------------------------------------------------------------------------- */

static json *data_rows(document_writer *w, const plan_data *data) {
    json *rows = yyjson_mut_arr(w->doc);
    for (int64_t b = 0; b < data->batch_count; b++) {
        const data_batch *batch = data->batches[b];
        base_arena *arena = base_arena_new();
        for (int32_t i = 0; i < batch->selected; i++) {
            json *row = yyjson_mut_arr(w->doc);
            for (int32_t c = 0; c < batch->column_count; c++) {
                data_value value =
                    data_value_at(arena, batch->columns[c], data_batch_row(batch, i));
                yyjson_mut_arr_append(row, plan_json_from_value(w->doc, &value));
            }
            yyjson_mut_arr_append(rows, row);
        }
        base_arena_free(arena);
    }
    return rows;
}

/* ---- tables ---------------------------------------------------------------------------------- */

static json *table_column(document_writer *w, const plan_column *column) {
    static const char *const kinds[] = {"physical", "computed", "metadata"};
    json *out = yyjson_mut_obj(w->doc);
    add_text(w, out, "name", column->name);
    if (column->type != NULL)
        add_type(w, out, column->type);
    if (column->kind != PLAN_COLUMN_PHYSICAL)
        add_text(w, out, "kind", kinds[column->kind]);
    add_text(w, out, "expression", column->expression_text);
    add_text(w, out, "metadataKey", column->metadata_key);
    add_true(w, out, "virtual", column->is_virtual);
    add_text(w, out, "comment", column->comment);
    return out;
}

static json *table(document_writer *w, const plan_table *value) {
    json *out = yyjson_mut_obj(w->doc), *columns = yyjson_mut_arr(w->doc);
    if (value->name != NULL)
        add(w, out, "path",
            texts(w, (const char *[]){value->catalog, value->database, value->name}, 3));
    add_true(w, out, "temporary", value->is_temporary);
    add_true(w, out, "legacy", value->is_legacy);
    for (int32_t i = 0; i < value->column_count; i++)
        yyjson_mut_arr_append(columns, table_column(w, &value->columns[i]));
    add(w, out, "columns", columns);
    if (value->primary_key_count > 0) {
        add_text(w, out, "primaryKeyName", value->primary_key_name);
        add(w, out, "primaryKey", texts(w, value->primary_key, value->primary_key_count));
    }
    if (value->partition_key_count > 0)
        add(w, out, "partitionKeys", texts(w, value->partition_keys, value->partition_key_count));
    add_text(w, out, "watermarkColumn", value->watermark_column);
    add_text(w, out, "watermark", value->watermark_text);
    add(w, out, "options", text_map(w, value->options));
    add_text(w, out, "comment", value->comment);
    if (value->data != NULL)
        add(w, out, "rows", data_rows(w, value->data));
    return out;
}

static int32_t table_number(document_writer *w, const plan_table *value) {
    for (int32_t i = 0; i < w->seen_tables.count; i++)
        if (w->seen_tables.items[i] == value)
            return i;
    base_list_add(w->arena, &w->seen_tables, (void *)value);
    yyjson_mut_arr_append(w->tables, table(w, value));
    return w->seen_tables.count - 1;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static void write_values(document_writer *w, const plan_node *node, json *out) {
    if (node->data != NULL) {
        add(w, out, "data", data_rows(w, node->data));
        return;
    }
    json *rows = yyjson_mut_arr(w->doc);
    for (int32_t i = 0; i < node->expr_count; i += node->row_width)
        yyjson_mut_arr_append(rows, exprs(w, node->exprs + i, node->row_width));
    add(w, out, "rows", rows);
}

static void write_scan(document_writer *w, const plan_node *node, json *out) {
    json *columns = yyjson_mut_arr(w->doc);
    add_int(w, out, "table", table_number(w, node->table));
    for (int32_t i = 0; i < node->schema->count; i++)
        yyjson_mut_arr_append(columns, yyjson_mut_sint(w->doc, node->scan_columns[i]));
    add(w, out, "columns", columns);
    if (node->scan_filter != NULL)
        add(w, out, "filter", write_expr(w, node->scan_filter));
    if (node->scan_limit >= 0)
        add_int(w, out, "limit", node->scan_limit);
}

static void write_project(document_writer *w, const plan_node *node, json *out) {
    add(w, out, "exprs", exprs(w, node->exprs, node->expr_count));
}

static void write_filter(document_writer *w, const plan_node *node, json *out) {
    add(w, out, "condition", write_expr(w, node->condition));
}

/* Each set as the numbers of its keys. */
static json *key_sets(document_writer *w, const plan_node *node) {
    json *sets = yyjson_mut_arr(w->doc);
    for (int32_t i = 0; i < node->set_count; i++) {
        json *set = yyjson_mut_arr(w->doc);
        for (int32_t k = 0; k < node->key_count; k++)
            if ((node->sets[i] >> k & 1) != 0)
                yyjson_mut_arr_append(set, yyjson_mut_sint(w->doc, k));
        yyjson_mut_arr_append(sets, set);
    }
    return sets;
}

static void write_aggregation(document_writer *w, const plan_node *node, json *out) {
    add(w, out, "keys", exprs(w, node->keys, node->key_count));
    if (node->set_count > 0)
        add(w, out, "sets", key_sets(w, node));
    add(w, out, "aggregates", exprs(w, node->aggregates, node->aggregate_count));
}

static void write_sort(document_writer *w, const plan_node *node, json *out) {
    if (node->kind == PLAN_SORT)
        add(w, out, "keys", exprs(w, node->keys, node->key_count));
    if (node->offset > 0)
        add_int(w, out, "offset", node->offset);
    if (node->fetch >= 0)
        add_int(w, out, "fetch", node->fetch);
}

static void write_join(document_writer *w, const plan_node *node, json *out) {
    static const char *const types[] = {"inner", "left", "right", "full", "cross", "semi", "anti"};
    add_text(w, out, "joinType", types[node->join_type]);
    if (node->expr_count > 0)
        add(w, out, "parameters", exprs(w, node->exprs, node->expr_count));
    if (node->condition != NULL)
        add(w, out, "condition", write_expr(w, node->condition));
    add_true(w, out, "nullAware", node->is_null_aware);
}

static void write_set_op(document_writer *w, const plan_node *node, json *out) {
    static const char *const names[] = {"union", "intersect", "except"};
    add_text(w, out, "operation", names[node->set_op]);
    add_true(w, out, "all", node->is_all);
}

static void write_flat_map(document_writer *w, const plan_node *node, json *out) {
    add(w, out, "function", write_expr(w, node->exprs[0]));
    add_true(w, out, "keepsInput", node->keeps_input);
    add_true(w, out, "outer", node->is_outer);
}

static void write_window_table(document_writer *w, const plan_node *node, json *out) {
    static const char *const kinds[] = {"tumble", "hop", "cumulate", "session"};
    add_text(w, out, "window", kinds[node->window->kind]);
    add_int(w, out, "sizeMs", node->window->size_ms);
    add_int(w, out, "slideMs", node->window->slide_ms);
    add_int(w, out, "offsetMs", node->window->offset_ms);
    add(w, out, "time", write_expr(w, node->exprs[0]));
    add(w, out, "keys", exprs(w, node->keys, node->key_count));
}

static void write_sink(document_writer *w, const plan_node *node, json *out) {
    add_int(w, out, "table", table_number(w, node->table));
    add_true(w, out, "overwrite", node->is_overwrite);
    if (node->partition_count == 0)
        return;
    add(w, out, "partitionNames", texts(w, node->partition_names, node->partition_count));
    add(w, out, "partitionValues", exprs(w, node->partition_values, node->partition_count));
}

static void write_nothing(document_writer *w, const plan_node *node, json *out) {}

static void (*const writers[PLAN_KIND_COUNT])(document_writer *, const plan_node *, json *) = {
    [PLAN_VALUES] = write_values,
    [PLAN_SCAN] = write_scan,
    [PLAN_PROJECT] = write_project,
    [PLAN_FILTER] = write_filter,
    [PLAN_AGGREGATE] = write_aggregation,
    [PLAN_SORT] = write_sort,
    [PLAN_LIMIT] = write_sort,
    [PLAN_JOIN] = write_join,
    [PLAN_SET_OP] = write_set_op,
    [PLAN_FLAT_MAP] = write_flat_map,
    [PLAN_WINDOW] = write_project,
    [PLAN_WINDOW_TABLE] = write_window_table,
    [PLAN_SINK] = write_sink,
    [PLAN_STATEMENT_SET] = write_nothing,
    [PLAN_COLLECT] = write_nothing,
};

/* The node's number; its inputs are written first. */
static int32_t write_node(document_writer *w, const plan_node *node) {
    for (int32_t i = 0; i < w->seen_nodes.count; i++)
        if (w->seen_nodes.items[i] == node)
            return i;
    json *inputs = yyjson_mut_arr(w->doc), *out = yyjson_mut_obj(w->doc);
    for (int32_t i = 0; i < node->input_count; i++)
        yyjson_mut_arr_append(inputs, yyjson_mut_sint(w->doc, write_node(w, node->inputs[i])));
    add_text(w, out, "kind", plan_kind_name(node->kind));
    if (node->input_count > 0)
        add(w, out, "inputs", inputs);
    if (writers[node->kind] == NULL || !node->is_bound)
        fail(w, RASK_ERROR_UNSUPPORTED, plan_kind_name(node->kind));
    else
        writers[node->kind](w, node, out);
    if (node->kind != PLAN_STATEMENT_SET)
        add(w, out, "schema", schema(w, node->schema));
    yyjson_mut_arr_append(w->nodes, out);
    base_list_add(w->arena, &w->seen_nodes, (void *)node);
    return w->seen_nodes.count - 1;
}

rask_status plan_write(const plan_node *root, base_strbuf *out, rask_error *err) {
    document_writer w = {
        .doc = yyjson_mut_doc_new(&plan_json_memory), .arena = base_arena_new(), .err = err};
    json *document = yyjson_mut_obj(w.doc);
    w.nodes = yyjson_mut_arr(w.doc);
    w.tables = yyjson_mut_arr(w.doc);
    yyjson_mut_doc_set_root(w.doc, document);
    add_int(&w, document, "raskPlan", PLAN_DOCUMENT_VERSION);
    int32_t number = write_node(&w, root);
    add(&w, document, "tables", w.tables);
    add(&w, document, "nodes", w.nodes);
    add_int(&w, document, "root", number);
    if (w.status == RASK_OK) {
        size_t length;
        yyjson_write_err problem;
        char *bytes = yyjson_mut_write_opts(w.doc, YYJSON_WRITE_PRETTY_TWO_SPACES,
                                            &plan_json_memory, &length, &problem);
        if (bytes == NULL)
            w.status = rask_error_set(err, RASK_ERROR_VALIDATION,
                                      "the plan cannot be written as JSON: %s", problem.msg);
        else
            base_strbuf_add(out, bytes, (int64_t)length);
        base_free(bytes);
    }
    yyjson_mut_doc_free(w.doc);
    base_arena_free(w.arena);
    return w.status;
}
