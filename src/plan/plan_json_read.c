/* Reading the plan document (docs/plan-format.md): nodes and the whole.
 *
 * A node's inputs stand in front of it, its schema must follow from them.  Read next: json_expr.c.
 */
#include <string.h>

#include "plan/json_reader.h"
#include "plan/relation.h"

enum { PATH_MAX_LENGTH = 4096, SETS_MAX = 4096 };

static rask_status read_schema(plan_json_reader *r, json *value, data_schema **out) {
    RASK_TRY(plan_json_check_array(r, value));
    int32_t count = (int32_t)yyjson_arr_size(value);
    data_schema *schema = data_schema_new(r->arena, count);
    for (int32_t i = 0; i < count; i++) {
        json *field = yyjson_arr_get(value, (size_t)i);
        int64_t length = plan_json_enter_item(r, (size_t)i);
        PLAN_JSON_READ(r, field, "name", plan_json_read_text(r, member, &schema->names[i]));
        PLAN_JSON_READ(r, field, "type", plan_json_read_type(r, member, &schema->types[i]));
        plan_json_leave(r, length);
    }
    *out = schema;
    return RASK_OK;
}

static rask_status read_value_rows(plan_json_reader *r, json *value, plan_node *node) {
    RASK_TRY(plan_json_check_array(r, value));
    int32_t rows = (int32_t)yyjson_arr_size(value), width = node->schema->count;
    if (width == 0 || rows > INT32_MAX / 2 / width)
        return plan_json_damaged(r, "rows need columns");
    node->row_width = width;
    node->expr_count = rows * width;
    node->exprs = BASE_ARENA_ARRAY(r->arena, expr_node *, node->expr_count + 1);
    yyjson_arr_iter next;
    yyjson_arr_iter_init(value, &next);
    for (int32_t i = 0; i < rows; i++) {
        expr_node **row;
        int32_t count;
        int64_t length = plan_json_enter_item(r, (size_t)i);
        RASK_TRY(plan_json_read_exprs(r, yyjson_arr_iter_next(&next), &row, &count));
        if (count != width)
            return plan_json_damaged(r, "expected %d values, found %d", width, count);
        for (int32_t c = 0; c < width; c++) {
            RASK_TRY(plan_json_check_plain(r, row[c]));
            if (!data_type_equal_ignoring_null(row[c]->type, node->schema->types[c]))
                return plan_json_damaged(r, "value %d is not of type %s", c,
                                         data_type_text(r->arena, node->schema->types[c], true));
            node->exprs[i * width + c] = row[c];
        }
        plan_json_leave(r, length);
    }
    return RASK_OK;
}

static rask_status read_values(plan_json_reader *r, json *value, plan_node *node) {
    if (yyjson_obj_get(value, "data") == NULL) {
        PLAN_JSON_READ(r, value, "rows", read_value_rows(r, member, node));
        return RASK_OK;
    }
    plan_data *data;
    PLAN_JSON_READ(r, value, "data", plan_json_read_data(r, member, node->schema, &data));
    node->data = plan_hold_data(r->plan, data);
    node->row_width = node->schema->count;
    return RASK_OK;
}

static rask_status read_table_reference(plan_json_reader *r, json *value, plan_node *node) {
    int64_t table;
    PLAN_JSON_READ(r, value, "table",
                   plan_json_read_int(r, member, 0, (int64_t)r->table_count - 1, &table));
    node->table = r->tables[table];
    return RASK_OK;
}

static rask_status read_scan_columns(plan_json_reader *r, json *value, plan_node *node) {
    const plan_table *table = node->table;
    RASK_TRY(plan_json_check_array(r, value));
    if (yyjson_arr_size(value) != (size_t)node->schema->count)
        return plan_json_damaged(r, "the schema has %d columns, not %zu", node->schema->count,
                                 yyjson_arr_size(value));
    node->scan_columns = BASE_ARENA_ARRAY(r->arena, int32_t, node->schema->count + 1);
    for (int32_t i = 0; i < node->schema->count; i++) {
        int64_t column, length = plan_json_enter_item(r, (size_t)i);
        RASK_TRY(plan_json_read_int(r, yyjson_arr_get(value, (size_t)i), 0,
                                    (int64_t)table->column_count - 1, &column));
        if (table->columns[column].kind == PLAN_COLUMN_COMPUTED ||
            table->columns[column].type != node->schema->types[i])
            return plan_json_damaged(r, "column %lld of the table is not %s", (long long)column,
                                     data_type_text(r->arena, node->schema->types[i], true));
        node->scan_columns[i] = (int32_t)column;
        plan_json_leave(r, length);
    }
    return RASK_OK;
}

static rask_status read_scan(plan_json_reader *r, json *value, plan_node *node) {
    RASK_TRY(read_table_reference(r, value, node));
    PLAN_JSON_READ(r, value, "columns", read_scan_columns(r, member, node));
    r->scope[0] = node->schema;
    if (yyjson_obj_get(value, "filter") != NULL)
        RASK_TRY(plan_json_read_condition(r, value, "filter", &node->scan_filter));
    PLAN_JSON_READ(r, value, "limit",
                   plan_json_read_optional_int(r, member, -1, &node->scan_limit));
    return RASK_OK;
}

/* Compares an expression list with a part of the schema. */
static rask_status check_types(plan_json_reader *r, expr_node *const *exprs, int32_t count,
                               const data_schema *schema, int32_t first) {
    for (int32_t i = 0; i < count; i++)
        if (first + i >= schema->count || exprs[i]->type != schema->types[first + i])
            return plan_json_damaged(r, "schema[%d] is not of type %s", first + i,
                                     data_type_text(r->arena, exprs[i]->type, true));
    return RASK_OK;
}

static rask_status check_width(plan_json_reader *r, const plan_node *node, int32_t count) {
    if (node->schema->count != count)
        return plan_json_damaged(r, "the schema has %d columns, expected %d", node->schema->count,
                                 count);
    return RASK_OK;
}

/* The schema of a node that passes its input's rows on. */
static rask_status check_same(plan_json_reader *r, const plan_node *node) {
    const data_schema *input = node->inputs[0]->schema;
    RASK_TRY(check_width(r, node, input->count));
    for (int32_t i = 0; i < input->count; i++)
        if (input->types[i] != node->schema->types[i] ||
            strcmp(input->names[i], node->schema->names[i]) != 0)
            return plan_json_damaged(r, "schema[%d] differs from the input's column", i);
    return RASK_OK;
}

static rask_status read_project(plan_json_reader *r, json *value, plan_node *node) {
    RASK_TRY(plan_json_read_list(r, value, "exprs", EXPR_CALL, &node->exprs, &node->expr_count));
    RASK_TRY(check_width(r, node, node->expr_count));
    return check_types(r, node->exprs, node->expr_count, node->schema, 0);
}

static rask_status read_filter(plan_json_reader *r, json *value, plan_node *node) {
    RASK_TRY(plan_json_read_condition(r, value, "condition", &node->condition));
    return check_same(r, node);
}

static rask_status read_key_sets(plan_json_reader *r, json *value, plan_node *node) {
    RASK_TRY(plan_json_check_array(r, value));
    size_t count = yyjson_arr_size(value);
    if (count == 0 || count > SETS_MAX || node->key_count > 64)
        return plan_json_damaged(r, "grouping sets over %d keys", node->key_count);
    uint64_t *sets = BASE_ARENA_ARRAY(r->arena, uint64_t, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        json *set = yyjson_arr_get(value, i);
        int64_t length = plan_json_enter_item(r, i);
        RASK_TRY(plan_json_check_array(r, set));
        for (size_t k = 0; k < yyjson_arr_size(set); k++) {
            int64_t key;
            RASK_TRY(plan_json_read_int(r, yyjson_arr_get(set, k), 0, (int64_t)node->key_count - 1,
                                        &key));
            sets[i] |= 1ULL << key;
        }
        plan_json_leave(r, length);
    }
    node->sets = sets;
    node->set_count = (int32_t)count;
    return RASK_OK;
}

/* A key that some grouping set lacks may be NULL. */
static rask_status check_key_types(plan_json_reader *r, const plan_node *node) {
    for (int32_t k = 0; k < node->key_count; k++) {
        bool nullable = node->keys[k]->type->nullable;
        for (int32_t i = 0; i < node->set_count; i++)
            nullable |= (node->sets[i] >> k & 1) == 0;
        if (node->schema->types[k] != data_type_with_null(node->keys[k]->type, nullable))
            return plan_json_damaged(r, "schema[%d] does not follow from the key", k);
    }
    return RASK_OK;
}

static rask_status read_aggregation(plan_json_reader *r, json *value, plan_node *node) {
    RASK_TRY(plan_json_read_list(r, value, "keys", EXPR_CALL, &node->keys, &node->key_count));
    r->grouped = node->key_count > 0;
    r->group_keys = node->keys;
    r->group_key_count = node->key_count;
    RASK_TRY(plan_json_read_list(r, value, "aggregates", EXPR_AGGREGATE, &node->aggregates,
                                 &node->aggregate_count));
    RASK_TRY(check_width(r, node, node->key_count + node->aggregate_count));
    if (yyjson_obj_get(value, "sets") != NULL)
        PLAN_JSON_READ(r, value, "sets", read_key_sets(r, member, node));
    RASK_TRY(check_key_types(r, node));
    return check_types(r, node->aggregates, node->aggregate_count, node->schema, node->key_count);
}

static rask_status read_window(plan_json_reader *r, json *value, plan_node *node) {
    const data_schema *input = node->inputs[0]->schema;
    RASK_TRY(plan_json_read_list(r, value, "exprs", EXPR_OVER, &node->exprs, &node->expr_count));
    RASK_TRY(check_width(r, node, input->count + node->expr_count));
    for (int32_t i = 0; i < input->count; i++)
        if (input->types[i] != node->schema->types[i])
            return plan_json_damaged(r, "schema[%d] differs from the input's column", i);
    return check_types(r, node->exprs, node->expr_count, node->schema, input->count);
}

static rask_status read_window_spec(plan_json_reader *r, json *value, plan_window_spec *spec) {
    static const char *const kinds[] = {"tumble", "hop", "cumulate", "session"};
    enum { YEARS_MS = 1000000 };
    const int64_t most = INT64_MAX / YEARS_MS;
    int32_t kind;
    PLAN_JSON_READ(r, value, "window", plan_json_read_choice(r, member, kinds, 4, &kind));
    PLAN_JSON_READ(r, value, "sizeMs", plan_json_read_int(r, member, 1, most, &spec->size_ms));
    PLAN_JSON_READ(r, value, "slideMs", plan_json_read_int(r, member, 0, most, &spec->slide_ms));
    PLAN_JSON_READ(r, value, "offsetMs",
                   plan_json_read_int(r, member, -most, most, &spec->offset_ms));
    spec->kind = (plan_window_kind)kind;
    rask_status status = plan_check_window(spec, r->err);
    return status == RASK_OK ? RASK_OK : plan_json_failed(r, status);
}

/* The node is made anew and must come out with the schema of the document. */
static rask_status read_window_table(plan_json_reader *r, json *value, plan_node *node) {
    plan_window_spec spec = {0};
    expr_node *time, **keys;
    int32_t key_count;
    RASK_TRY(read_window_spec(r, value, &spec));
    PLAN_JSON_READ(r, value, "time", plan_json_read_expr(r, member, &time));
    RASK_TRY(plan_json_check_plain(r, time));
    RASK_TRY(plan_json_read_list(r, value, "keys", EXPR_CALL, &keys, &key_count));
    if (time->type->kind != DATA_TIMESTAMP && time->type->kind != DATA_TIMESTAMP_LTZ)
        return plan_json_damaged(r, "time is no time");
    const data_schema *schema = node->schema;
    plan_node *made =
        plan_make_window_table(r->plan, node->inputs[0], &spec, time, keys, key_count);
    RASK_TRY(check_width(r, node, made->schema->count));
    for (int32_t i = 0; i < schema->count; i++)
        if (schema->types[i] != made->schema->types[i])
            return plan_json_damaged(r, "schema[%d] does not follow from the window", i);
    *node = *made;
    node->schema = schema;
    return RASK_OK;
}

static rask_status read_limit(plan_json_reader *r, json *value, plan_node *node) {
    PLAN_JSON_READ(r, value, "offset", plan_json_read_optional_int(r, member, 0, &node->offset));
    PLAN_JSON_READ(r, value, "fetch", plan_json_read_optional_int(r, member, -1, &node->fetch));
    return check_same(r, node);
}

static rask_status read_sort(plan_json_reader *r, json *value, plan_node *node) {
    RASK_TRY(plan_json_read_list(r, value, "keys", EXPR_ORDER, &node->keys, &node->key_count));
    return read_limit(r, value, node);
}

/* LATERAL: values over the left input for the right one's parameters. */
static rask_status read_lateral(plan_json_reader *r, json *value, plan_node *node) {
    json *inputs = yyjson_obj_get(value, "inputs");
    int64_t right = yyjson_get_sint(yyjson_arr_get(inputs, 1));
    const data_schema *right_scope = r->scope[1];
    r->scope[1] = NULL;
    RASK_TRY(
        plan_json_read_list(r, value, "parameters", EXPR_CALL, &node->exprs, &node->expr_count));
    r->scope[1] = right_scope;
    if (node->join_type != PLAN_JOIN_INNER && node->join_type != PLAN_JOIN_LEFT)
        return plan_json_damaged(r, "a join of this type cannot be LATERAL");
    return plan_json_check_parameters(r, &r->parameters[right], node->exprs, node->expr_count);
}

static rask_status read_join(plan_json_reader *r, json *value, plan_node *node) {
    static const char *const types[] = {"inner", "left", "right", "full", "cross", "semi", "anti"};
    int32_t type;
    PLAN_JSON_READ(r, value, "joinType", plan_json_read_choice(r, member, types, 7, &type));
    node->join_type = (plan_join_type)type;
    if (yyjson_obj_get(value, "parameters") != NULL)
        RASK_TRY(read_lateral(r, value, node));
    if (yyjson_obj_get(value, "condition") != NULL)
        RASK_TRY(plan_json_read_condition(r, value, "condition", &node->condition));
    PLAN_JSON_READ(r, value, "nullAware", plan_json_read_flag(r, member, &node->is_null_aware));
    if (node->is_null_aware && (type != PLAN_JOIN_ANTI || node->condition == NULL))
        return plan_json_damaged(r, "nullAware is for anti joins with a condition");
    bool is_half = type == PLAN_JOIN_SEMI || type == PLAN_JOIN_ANTI;
    int32_t left = node->inputs[0]->schema->count;
    RASK_TRY(check_width(r, node, left + (is_half ? 0 : node->inputs[1]->schema->count)));
    for (int32_t i = 0; i < node->schema->count; i++) {
        const data_type *from =
            i < left ? node->inputs[0]->schema->types[i] : node->inputs[1]->schema->types[i - left];
        bool nullable = from->nullable || type == PLAN_JOIN_FULL ||
                        (i < left ? type == PLAN_JOIN_RIGHT : type == PLAN_JOIN_LEFT);
        if (node->schema->types[i] != data_type_with_null(from, nullable))
            return plan_json_damaged(r, "schema[%d] does not follow from the inputs", i);
    }
    return RASK_OK;
}

static rask_status read_set_op(plan_json_reader *r, json *value, plan_node *node) {
    static const char *const names[] = {"union", "intersect", "except"};
    int32_t operation;
    PLAN_JSON_READ(r, value, "operation", plan_json_read_choice(r, member, names, 3, &operation));
    PLAN_JSON_READ(r, value, "all", plan_json_read_flag(r, member, &node->is_all));
    node->set_op = (plan_set_op)operation;
    for (int32_t i = 0; i < 2; i++) {
        const data_schema *input = node->inputs[i]->schema;
        RASK_TRY(check_width(r, node, input->count));
        for (int32_t c = 0; c < input->count; c++)
            if (!data_type_equal_ignoring_null(input->types[c], node->schema->types[c]))
                return plan_json_damaged(r, "schema[%d] does not follow from the inputs", c);
    }
    return RASK_OK;
}

static rask_status read_flat_map(plan_json_reader *r, json *value, plan_node *node) {
    expr_node *call;
    PLAN_JSON_READ(r, value, "function", plan_json_read_expr(r, member, &call));
    PLAN_JSON_READ(r, value, "keepsInput", plan_json_read_flag(r, member, &node->keeps_input));
    PLAN_JSON_READ(r, value, "outer", plan_json_read_flag(r, member, &node->is_outer));
    if (call->kind != EXPR_CALL || call->udf == NULL || call->udf->udf.kind != RASK_UDF_TABLE)
        return plan_json_damaged(r, "function is no table function");
    node->exprs = base_arena_copy(r->arena, &call, (int64_t)sizeof call);
    node->expr_count = 1;
    const data_schema *input = node->inputs[0]->schema;
    int32_t kept = node->keeps_input ? input->count : 0;
    RASK_TRY(check_width(r, node, kept + call->udf->result_count));
    for (int32_t i = 0; i < node->schema->count; i++) {
        const data_type *from = i < kept ? input->types[i] : call->udf->result_types[i - kept];
        if (i >= kept && node->is_outer)
            from = data_type_with_null(from, true);
        if (node->schema->types[i] != from)
            return plan_json_damaged(r, "schema[%d] does not follow from the function", i);
    }
    return RASK_OK;
}

static rask_status read_sink(plan_json_reader *r, json *value, plan_node *node) {
    RASK_TRY(read_table_reference(r, value, node));
    PLAN_JSON_READ(r, value, "overwrite", plan_json_read_flag(r, member, &node->is_overwrite));
    if (node->table->kind == PLAN_TABLE_INLINE)
        return plan_json_damaged(r, "rows in memory cannot be written");
    RASK_TRY(check_width(r, node, node->inputs[0]->schema->count));
    if (yyjson_obj_get(value, "partitionNames") == NULL)
        return RASK_OK;
    int32_t count;
    PLAN_JSON_READ(r, value, "partitionNames",
                   plan_json_read_texts(r, member, &node->partition_names, &node->partition_count));
    RASK_TRY(plan_json_read_list(r, value, "partitionValues", EXPR_CALL, &node->partition_values,
                                 &count));
    return count == node->partition_count
               ? RASK_OK
               : plan_json_damaged(r, "partitionValues has %d values", count);
}

static rask_status read_collect(plan_json_reader *r, json *value, plan_node *node) {
    return check_same(r, node);
}

static rask_status read_statement_set(plan_json_reader *r, json *value, plan_node *node) {
    for (int32_t i = 0; i < node->input_count; i++)
        if (node->inputs[i]->kind != PLAN_SINK)
            return plan_json_damaged(r, "inputs[%d] is no sink", i);
    return RASK_OK;
}

static const struct {
    plan_kind kind;
    int32_t inputs_min, inputs_max;
    rask_status (*read)(plan_json_reader *, json *, plan_node *);
} readers[] = {
    {PLAN_VALUES, 0, 0, read_values},
    {PLAN_SCAN, 0, 0, read_scan},
    {PLAN_PROJECT, 1, 1, read_project},
    {PLAN_FILTER, 1, 1, read_filter},
    {PLAN_AGGREGATE, 1, 1, read_aggregation},
    {PLAN_SORT, 1, 1, read_sort},
    {PLAN_LIMIT, 1, 1, read_limit},
    {PLAN_JOIN, 2, 2, read_join},
    {PLAN_SET_OP, 2, 2, read_set_op},
    {PLAN_FLAT_MAP, 1, 1, read_flat_map},
    {PLAN_WINDOW, 1, 1, read_window},
    {PLAN_WINDOW_TABLE, 1, 1, read_window_table},
    {PLAN_SINK, 1, 1, read_sink},
    {PLAN_COLLECT, 1, 1, read_collect},
    {PLAN_STATEMENT_SET, 1, INT32_MAX, read_statement_set},
};

static rask_status read_inputs(plan_json_reader *r, json *value, int32_t min, int32_t max,
                               plan_node ***out, int32_t *count) {
    *count = 0;
    if (value != NULL) {
        RASK_TRY(plan_json_check_array(r, value));
        *count = (int32_t)yyjson_arr_size(value);
    }
    if (*count < min || *count > max)
        return plan_json_damaged(r, "a node of this kind has %d inputs, found %d", min, *count);
    *out = BASE_ARENA_ARRAY(r->arena, plan_node *, *count + 1);
    for (int32_t i = 0; i < *count; i++) {
        int64_t number, length = plan_json_enter_item(r, (size_t)i);
        RASK_TRY(plan_json_read_int(r, yyjson_arr_get(value, (size_t)i), 0,
                                    (int64_t)r->node_count - 1, &number));
        (*out)[i] = r->nodes[number];
        plan_json_leave(r, length);
    }
    return RASK_OK;
}

static rask_status find_reader(plan_json_reader *r, json *value, size_t *out) {
    const char *name;
    RASK_TRY(plan_json_read_text(r, value, &name));
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        if (strcmp(plan_kind_name(readers[i].kind), name) == 0) {
            *out = i;
            return RASK_OK;
        }
    }
    return plan_json_damaged(r, "there is no node kind '%s'", name);
}

/* Only sinks go into a statement set; what has no rows has no reader but that. */
static rask_status check_input_kinds(plan_json_reader *r, const plan_node *node) {
    for (int32_t i = 0; i < node->input_count; i++) {
        plan_kind kind = node->inputs[i]->kind;
        if ((kind == PLAN_SINK || kind == PLAN_STATEMENT_SET || kind == PLAN_COLLECT) &&
            node->kind != PLAN_STATEMENT_SET)
            return plan_json_damaged(r, "a %s cannot be an input", plan_kind_name(kind));
    }
    return RASK_OK;
}

/* What the node's inputs expect, it expects; but parameters on the right of a LATERAL join are that
 * join's own. */
static rask_status expect_of_inputs(plan_json_reader *r, json *value, const plan_node *node) {
    json *inputs = yyjson_obj_get(value, "inputs");
    bool is_lateral = node->kind == PLAN_JOIN && yyjson_obj_get(value, "parameters") != NULL;
    r->expects = &r->parameters[r->node_count];
    for (int32_t i = 0; i < node->input_count - is_lateral; i++) {
        int64_t number = yyjson_get_sint(yyjson_arr_get(inputs, (size_t)i));
        const plan_json_parameters *input = &r->parameters[number];
        for (int32_t p = 0; p < input->count; p++)
            if (input->types[p] != NULL)
                RASK_TRY(plan_json_expect(r, p, input->types[p]));
    }
    return RASK_OK;
}

static rask_status read_node(plan_json_reader *r, json *value) {
    size_t reader = 0;
    plan_node **inputs;
    int32_t count;
    if (!yyjson_is_obj(value))
        return plan_json_damaged(r, "expected a node, found %s", plan_json_kind_of(value));
    PLAN_JSON_READ(r, value, "kind", find_reader(r, member, &reader));
    PLAN_JSON_READ(r, value, "inputs",
                   read_inputs(r, member, readers[reader].inputs_min, readers[reader].inputs_max,
                               &inputs, &count));
    plan_node *node = plan_node_new(r->plan, readers[reader].kind, inputs, count);
    RASK_TRY(check_input_kinds(r, node));
    if (node->kind != PLAN_STATEMENT_SET) {
        data_schema *schema;
        PLAN_JSON_READ(r, value, "schema", read_schema(r, member, &schema));
        node->schema = schema;
    }
    RASK_TRY(expect_of_inputs(r, value, node));
    r->scope[0] = count > 0 ? inputs[0]->schema : NULL;
    r->scope[1] = node->kind == PLAN_JOIN ? inputs[1]->schema : NULL;
    RASK_TRY(readers[reader].read(r, value, node));
    node->is_bound = true;
    r->nodes[r->node_count++] = node;
    return RASK_OK;
}

static rask_status read_nodes(plan_json_reader *r, json *value) {
    RASK_TRY(plan_json_check_array(r, value));
    int32_t count = (int32_t)yyjson_arr_size(value);
    r->nodes = BASE_ARENA_ARRAY(r->arena, plan_node *, count + 1);
    r->parameters = BASE_ARENA_ARRAY(r->arena, plan_json_parameters, count + 1);
    for (int32_t i = 0; i < count; i++) {
        int64_t length = plan_json_enter_item(r, (size_t)i);
        RASK_TRY(read_node(r, yyjson_arr_get(value, (size_t)i)));
        plan_json_leave(r, length);
    }
    return RASK_OK;
}

static rask_status read_document(plan_json_reader *r, json *root) {
    int64_t version, number;
    if (!yyjson_is_obj(root))
        return plan_json_damaged(r, "expected an object, found %s", plan_json_kind_of(root));
    PLAN_JSON_READ(r, root, "raskPlan", plan_json_read_int(r, member, 0, INT32_MAX, &version));
    if (version != PLAN_DOCUMENT_VERSION)
        return rask_error_set(r->err, RASK_ERROR_VALIDATION,
                              "The plan document has version %lld; this release reads version %d.",
                              (long long)version, PLAN_DOCUMENT_VERSION);
    PLAN_JSON_READ(r, root, "tables", plan_json_read_tables(r, member));
    PLAN_JSON_READ(r, root, "nodes", read_nodes(r, member));
    PLAN_JSON_READ(r, root, "root",
                   plan_json_read_int(r, member, 0, (int64_t)r->node_count - 1, &number));
    RASK_TRY(plan_json_check_parameters(r, &r->parameters[number], NULL, 0));
    r->plan->root = r->nodes[number];
    return RASK_OK;
}

rask_status plan_read(const char *text, int64_t length, plan_catalog *catalog, plan **out,
                      rask_error *err) {
    yyjson_read_err problem;
    yyjson_doc *doc =
        yyjson_read_opts((char *)text, (size_t)length, 0, &plan_json_memory, &problem);
    if (doc == NULL)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "The plan document is no JSON: %s at byte %zu", problem.msg,
                              problem.pos);
    plan *p = plan_new();
    rask_error local; /* messages are prefixed, so one is needed */
    rask_error_clear(&local);
    plan_json_reader r = {
        .plan = p, .arena = p->arena, .catalog = catalog, .err = err != NULL ? err : &local};
    base_strbuf_init(&r.path, PATH_MAX_LENGTH);
    base_strbuf_add_char(&r.path, '$');
    rask_status status = read_document(&r, yyjson_doc_get_root(doc));
    base_strbuf_free(&r.path);
    yyjson_doc_free(doc);
    if (status != RASK_OK) {
        plan_unref(p);
        return status;
    }
    *out = p;
    return RASK_OK;
}
