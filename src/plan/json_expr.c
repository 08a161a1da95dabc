/* Expressions of the plan document: calls are resolved and typed anew, and must come out as the
 * document says. */
#include <string.h>

#include "plan/json_reader.h"

enum { DEPTH_MAX = 500 };

/* ---- expressions ----------------------------------------------------------------------------- */

static rask_udf_handle *find_udf(void *context, const char *name) {
    plan_json_reader *r = context;
    if (r->catalog == NULL)
        return NULL;
    rask_udf_handle *udf = plan_catalog_find_function(r->catalog, name);
    return udf != NULL ? plan_hold_udf(r->plan, expr_udf_ref(udf)) : NULL;
}

rask_status plan_json_read_exprs(plan_json_reader *r, json *value, expr_node ***out,
                                 int32_t *count) {
    RASK_TRY(plan_json_check_array(r, value));
    *count = (int32_t)yyjson_arr_size(value);
    *out = BASE_ARENA_ARRAY(r->arena, expr_node *, *count + 1);
    for (int32_t i = 0; i < *count; i++) {
        int64_t length = plan_json_enter_item(r, (size_t)i);
        RASK_TRY(plan_json_read_expr(r, yyjson_arr_get(value, (size_t)i), &(*out)[i]));
        plan_json_leave(r, length);
    }
    return RASK_OK;
}

static rask_status read_input(plan_json_reader *r, json *value, expr_node **out) {
    int64_t side, column;
    PLAN_JSON_READ(r, value, "side", plan_json_read_optional_int(r, member, 0, &side));
    if (side > 1 || r->scope[side] == NULL)
        return plan_json_damaged(r, "there is no input %lld here", (long long)side);
    const data_schema *schema = r->scope[side];
    PLAN_JSON_READ(r, value, "input",
                   plan_json_read_int(r, member, 0, (int64_t)schema->count - 1, &column));
    *out = expr_input(r->arena, (int32_t)side, (int32_t)column, schema->types[column]);
    (*out)->name = schema->names[column];
    return RASK_OK;
}

static rask_status read_literal(plan_json_reader *r, json *value, expr_node **out) {
    const data_type *type;
    data_value literal;
    PLAN_JSON_READ(r, value, "type", plan_json_read_type(r, member, &type));
    int64_t length = plan_json_enter(r, "literal");
    if (!plan_json_to_value(r->arena, yyjson_obj_get(value, "literal"), type, &literal))
        return plan_json_damaged(r, "not a value of type %s", data_type_text(r->arena, type, true));
    plan_json_leave(r, length);
    *out = expr_literal(r->arena, &literal);
    return RASK_OK;
}

static rask_status check_type(plan_json_reader *r, json *value, const data_type *found) {
    const data_type *type;
    RASK_TRY(plan_json_read_type(r, value, &type));
    if (found == type)
        return RASK_OK;
    return plan_json_damaged(r, "the type is %s, not %s", data_type_text(r->arena, found, true),
                             data_type_text(r->arena, type, true));
}

/* Binds a call anew and compares its type with what the document says. */
static rask_status rebind(plan_json_reader *r, json *value, expr_node *call, expr_node **out) {
    expr_binder binder = {
        .arena = r->arena, .find_udf = find_udf, .context = r, .aggregates = NULL};
    rask_status status = expr_bind(&binder, call, out, r->err);
    if (status != RASK_OK)
        return plan_json_failed(r, status);
    PLAN_JSON_READ(r, value, "type", check_type(r, member, (*out)->type));
    return RASK_OK;
}

static rask_status read_call(plan_json_reader *r, json *value, expr_node **out) {
    const char *name;
    expr_node **args;
    int32_t count;
    PLAN_JSON_READ(r, value, "call", plan_json_read_text(r, member, &name));
    PLAN_JSON_READ(r, value, "args", plan_json_read_exprs(r, member, &args, &count));
    if (!func_exists(name))
        return plan_json_damaged(r, "function '%s' is not known", name);
    return rebind(r, value, expr_call(r->arena, name, args, count), out);
}

/* A call of a user's scalar function. */
static rask_status read_function(plan_json_reader *r, json *value, expr_node **out) {
    const char *name;
    expr_node **args;
    int32_t count;
    PLAN_JSON_READ(r, value, "function", plan_json_read_text(r, member, &name));
    PLAN_JSON_READ(r, value, "args", plan_json_read_exprs(r, member, &args, &count));
    rask_udf_handle *udf = find_udf(r, name);
    if (udf == NULL)
        return plan_json_damaged(r, "user function '%s' is not registered", name);
    expr_node *call = expr_call(r->arena, name, args, count);
    call->udf = udf;
    if (udf->udf.kind == RASK_UDF_SCALAR)
        return rebind(r, value, call, out);
    call->type = udf->result_types[0];
    *out = call;
    return RASK_OK;
}

static rask_status read_cast(plan_json_reader *r, json *value, expr_node **out) {
    expr_node *inner;
    const data_type *type;
    bool is_try, is_implicit;
    PLAN_JSON_READ(r, value, "cast", plan_json_read_expr(r, member, &inner));
    PLAN_JSON_READ(r, value, "try", plan_json_read_flag(r, member, &is_try));
    PLAN_JSON_READ(r, value, "implicit", plan_json_read_flag(r, member, &is_implicit));
    PLAN_JSON_READ(r, value, "type", plan_json_read_type(r, member, &type));
    RASK_TRY(rebind(r, value, expr_cast(r->arena, inner, type, is_try), out));
    if ((*out)->kind != EXPR_CAST)
        return plan_json_damaged(r, "the cast changes nothing");
    (*out)->is_implicit = is_implicit;
    return RASK_OK;
}

static rask_status read_order(plan_json_reader *r, json *value, expr_node **out) {
    static const char *const places[] = {"first", "last"};
    expr_node *key;
    bool descending;
    int32_t nulls = 0;
    PLAN_JSON_READ(r, value, "order", plan_json_read_expr(r, member, &key));
    PLAN_JSON_READ(r, value, "descending", plan_json_read_flag(r, member, &descending));
    if (yyjson_obj_get(value, "nulls") == NULL) {
        *out = expr_order(r->arena, key, descending, 0);
        return RASK_OK;
    }
    PLAN_JSON_READ(r, value, "nulls", plan_json_read_choice(r, member, places, 2, &nulls));
    *out = expr_order(r->arena, key, descending, nulls == 0 ? -1 : 1);
    return RASK_OK;
}

static rask_status read_symbol(plan_json_reader *r, json *value, expr_node **out) {
    expr_binder binder = {.arena = r->arena};
    expr_node *symbol = expr_new(r->arena, EXPR_SYMBOL);
    PLAN_JSON_READ(r, value, "symbol", plan_json_read_text(r, member, &symbol->name));
    return expr_bind(&binder, symbol, out, r->err);
}

static rask_status read_aggregate(plan_json_reader *r, json *value, expr_node **out) {
    expr_node **args, *filter = NULL, *marker;
    int32_t count;
    base_list found = {0};
    expr_node *call = expr_new(r->arena, EXPR_CALL);
    PLAN_JSON_READ(r, value, "aggregate", plan_json_read_text(r, member, &call->name));
    PLAN_JSON_READ(r, value, "args", plan_json_read_exprs(r, member, &args, &count));
    PLAN_JSON_READ(r, value, "distinct", plan_json_read_flag(r, member, &call->distinct));
    if (yyjson_obj_get(value, "filter") != NULL)
        PLAN_JSON_READ(r, value, "filter", plan_json_read_expr(r, member, &filter));
    call->args = args;
    call->arg_count = count;
    call->filter = filter;
    if (!func_is_aggregate(call->name))
        return plan_json_damaged(r, "aggregate function '%s' is not known", call->name);
    expr_binder binder = {.arena = r->arena,
                          .aggregates = &found,
                          .grouped = r->grouped,
                          .group_keys = r->group_keys,
                          .group_key_count = r->group_key_count};
    rask_status status = expr_bind(&binder, call, &marker, r->err);
    if (status != RASK_OK)
        return plan_json_failed(r, status);
    *out = found.items[0];
    PLAN_JSON_READ(r, value, "type", check_type(r, member, (*out)->type));
    return RASK_OK;
}

/* ---- subqueries ------------------------------------------------------------------------------ */

enum { PARAMETERS_MAX = 1000 };

rask_status plan_json_expect(plan_json_reader *r, int32_t number, const data_type *type) {
    plan_json_parameters *all = r->expects;
    if (number >= all->count) {
        const data_type **types = BASE_ARENA_ARRAY(r->arena, const data_type *, number + 1);
        for (int32_t i = 0; i < all->count; i++)
            types[i] = all->types[i];
        all->types = types;
        all->count = number + 1;
    }
    if (all->types[number] != NULL && all->types[number] != type)
        return plan_json_damaged(r, "parameter %d has two types", number);
    all->types[number] = type;
    return RASK_OK;
}

rask_status plan_json_check_parameters(plan_json_reader *r, const plan_json_parameters *expected,
                                       expr_node *const *values, int32_t count) {
    for (int32_t i = 0; i < expected->count; i++) {
        if (expected->types[i] != NULL && (i >= count || values[i]->type != expected->types[i]))
            return plan_json_damaged(r, "the query's parameter %d is of type %s", i,
                                     data_type_text(r->arena, expected->types[i], true));
    }
    return RASK_OK;
}

static rask_status read_outer(plan_json_reader *r, json *value, expr_node **out) {
    const data_type *type;
    const char *name;
    int64_t number;
    PLAN_JSON_READ(r, value, "parameter",
                   plan_json_read_int(r, member, 0, PARAMETERS_MAX, &number));
    PLAN_JSON_READ(r, value, "name", plan_json_read_optional_text(r, member, &name));
    PLAN_JSON_READ(r, value, "type", plan_json_read_type(r, member, &type));
    *out = expr_outer(r->arena, (int32_t)number, type);
    (*out)->name = name;
    return plan_json_expect(r, (int32_t)number, type);
}

/* Operands and columns must have been brought to types that compare. */
static rask_status check_operands(plan_json_reader *r, const expr_node *node) {
    const data_schema *schema = node->subquery->schema;
    const char *name = node->subquery_kind == EXPR_SUBQUERY_IN ? "=" : node->name;
    expr_binder binder = {.arena = r->arena};
    if (node->subquery_kind == EXPR_SUBQUERY_EXISTS)
        return node->operand_count == 0 ? RASK_OK : plan_json_damaged(r, "EXISTS has no operand");
    if (schema->count != (node->subquery_kind == EXPR_SUBQUERY_SCALAR ? 1 : node->operand_count))
        return plan_json_damaged(r, "the query has %d columns", schema->count);
    for (int32_t i = 0; i < node->operand_count; i++) {
        expr_node *bound, *call = expr_call2(r->arena, name, node->args[i],
                                             expr_input(r->arena, 0, i, schema->types[i]));
        rask_status status = expr_bind(&binder, call, &bound, r->err);
        if (status != RASK_OK)
            return plan_json_failed(r, status);
        if (bound->args[0] != node->args[i] || bound->args[1]->kind != EXPR_INPUT)
            return plan_json_damaged(r, "operand %d is not of the column's type", i);
    }
    return RASK_OK;
}

static const data_type *subquery_type(const expr_node *node) {
    const data_schema *schema = node->subquery->schema;
    bool nullable = false;
    if (node->subquery_kind == EXPR_SUBQUERY_SCALAR)
        return data_type_with_null(schema->types[0], true);
    for (int32_t i = 0; i < node->operand_count; i++)
        nullable |= node->args[i]->type->nullable || schema->types[i]->nullable;
    return data_type_simple(DATA_BOOLEAN, nullable);
}

static rask_status read_query(plan_json_reader *r, json *value, expr_node *node) {
    static const char *const operators[] = {"=", "<>", "<", "<=", ">", ">="};
    int64_t number;
    int32_t operator= 0;
    PLAN_JSON_READ(r, value, "query",
                   plan_json_read_int(r, member, 0, (int64_t)r->node_count - 1, &number));
    node->subquery = r->nodes[number];
    if (node->subquery->schema == NULL)
        return plan_json_damaged(r, "the query has no columns");
    if (node->subquery_kind != EXPR_SUBQUERY_SOME && node->subquery_kind != EXPR_SUBQUERY_ALL)
        return RASK_OK;
    PLAN_JSON_READ(r, value, "operator", plan_json_read_choice(r, member, operators, 6, &operator));
    node->name = operators[operator];
    return RASK_OK;
}

static rask_status read_subquery(plan_json_reader *r, json *value, expr_node **out) {
    static const char *const kinds[] = {"scalar", "exists", "in", "some", "all"};
    expr_node *node = expr_new(r->arena, EXPR_SUBQUERY), **operands, **values;
    int32_t kind = 0, value_count;
    PLAN_JSON_READ(r, value, "subquery", plan_json_read_choice(r, member, kinds, 5, &kind));
    node->subquery_kind = (expr_subquery_kind)kind;
    RASK_TRY(read_query(r, value, node));
    PLAN_JSON_READ(r, value, "operands",
                   plan_json_read_exprs(r, member, &operands, &node->operand_count));
    PLAN_JSON_READ(r, value, "parameters", plan_json_read_exprs(r, member, &values, &value_count));
    node->arg_count = node->operand_count + value_count;
    node->args = BASE_ARENA_ARRAY(r->arena, expr_node *, node->arg_count + 1);
    for (int32_t i = 0; i < node->arg_count; i++) {
        node->args[i] = i < node->operand_count ? operands[i] : values[i - node->operand_count];
        RASK_TRY(plan_json_check_plain(r, node->args[i]));
    }
    RASK_TRY(check_operands(r, node));
    int64_t number = yyjson_get_sint(yyjson_obj_get(value, "query"));
    RASK_TRY(plan_json_check_parameters(r, &r->parameters[number], values, value_count));
    node->type = subquery_type(node);
    *out = node;
    return RASK_OK;
}

/* ---- windows --------------------------------------------------------------------------------- */

static rask_status read_bound(plan_json_reader *r, json *value, int8_t *kind, expr_node **offset) {
    static const char *const words[] = {"unbounded preceding", "preceding", "current row",
                                        "following", "unbounded following"};
    int32_t word;
    PLAN_JSON_READ(r, value, "bound", plan_json_read_choice(r, member, words, 5, &word));
    *kind = (int8_t)(word - 2);
    *offset = NULL;
    if (word == 1 || word == 3)
        PLAN_JSON_READ(r, value, "offset", plan_json_read_expr(r, member, offset));
    return RASK_OK;
}

static rask_status read_frame(plan_json_reader *r, json *value, expr_node *over) {
    static const char *const units[] = {"rows", "range"};
    int32_t unit;
    if (yyjson_obj_get(value, "frame") == NULL)
        return RASK_OK;
    expr_window_frame *frame = BASE_ARENA_NEW(r->arena, expr_window_frame);
    PLAN_JSON_READ(r, value, "frame", plan_json_read_choice(r, member, units, 2, &unit));
    PLAN_JSON_READ(r, value, "start", read_bound(r, member, &frame->start_kind, &frame->start));
    PLAN_JSON_READ(r, value, "end", read_bound(r, member, &frame->end_kind, &frame->end));
    frame->is_rows = unit == 0;
    over->frame = frame;
    return RASK_OK;
}

/* The call under OVER, as it was before it was bound. */
static rask_status read_window_call(plan_json_reader *r, json *value, const data_type **type,
                                    expr_node **out) {
    expr_node *call = expr_new(r->arena, EXPR_CALL);
    PLAN_JSON_READ(r, value, "aggregate", plan_json_read_text(r, member, &call->name));
    PLAN_JSON_READ(r, value, "args",
                   plan_json_read_exprs(r, member, &call->args, &call->arg_count));
    PLAN_JSON_READ(r, value, "type", plan_json_read_type(r, member, type));
    *out = call;
    return func_is_aggregate(call->name)
               ? RASK_OK
               : plan_json_damaged(r, "aggregate function '%s' is not known", call->name);
}

static rask_status read_over(plan_json_reader *r, json *value, expr_node **out) {
    const data_type *type;
    expr_node *call, **partition, **order;
    int32_t partitions, orders;
    PLAN_JSON_READ(r, value, "over", read_window_call(r, member, &type, &call));
    PLAN_JSON_READ(r, value, "partition", plan_json_read_exprs(r, member, &partition, &partitions));
    PLAN_JSON_READ(r, value, "orderBy", plan_json_read_exprs(r, member, &order, &orders));
    expr_node *over = expr_new(r->arena, EXPR_OVER);
    over->arg_count = 1 + partitions + orders;
    over->args = BASE_ARENA_ARRAY(r->arena, expr_node *, over->arg_count);
    over->args[0] = call;
    over->partition_count = partitions;
    for (int32_t i = 0; i < partitions; i++)
        over->args[1 + i] = partition[i];
    for (int32_t i = 0; i < orders; i++)
        over->args[1 + partitions + i] = order[i];
    RASK_TRY(read_frame(r, value, over));
    for (int32_t i = 1; i < over->arg_count; i++)
        if ((over->args[i]->kind == EXPR_ORDER) != (i > partitions))
            return plan_json_damaged(r, "a key of a window cannot stand here");
    expr_binder binder = {
        .arena = r->arena, .find_udf = find_udf, .context = r, .allows_over = true};
    rask_status status = expr_bind(&binder, over, out, r->err);
    if (status != RASK_OK)
        return plan_json_failed(r, status);
    if ((*out)->type != type)
        return plan_json_damaged(r, "the type is %s, not %s",
                                 data_type_text(r->arena, (*out)->type, true),
                                 data_type_text(r->arena, type, true));
    return RASK_OK;
}

rask_status plan_json_read_expr(plan_json_reader *r, json *value, expr_node **out) {
    static const struct {
        const char *key;
        rask_status (*read)(plan_json_reader *, json *, expr_node **);
    } forms[] = {
        {"input", read_input},       {"literal", read_literal},     {"call", read_call},
        {"cast", read_cast},         {"function", read_function},   {"order", read_order},
        {"symbol", read_symbol},     {"aggregate", read_aggregate}, {"parameter", read_outer},
        {"subquery", read_subquery}, {"over", read_over},
    };
    if (!yyjson_is_obj(value))
        return plan_json_damaged(r, "expected an expression, found %s", plan_json_kind_of(value));
    if (r->depth >= DEPTH_MAX)
        return plan_json_damaged(r, "the expression is nested more than %d levels deep", DEPTH_MAX);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (yyjson_obj_get(value, forms[i].key) == NULL)
            continue;
        r->depth++;
        rask_status status = forms[i].read(r, value, out);
        r->depth--;
        return status;
    }
    return plan_json_damaged(r, "the object is no expression");
}

static bool is_special(const expr_node *node) {
    return node->kind == EXPR_ORDER || node->kind == EXPR_AGGREGATE || node->kind == EXPR_OVER;
}

/* Order keys, aggregate calls and calls with OVER stand only at the top, where lists of them are;
 * the parts of a call with OVER have been looked at. */
static bool is_plain(void *context, expr_node *node) {
    return node == context || !is_special(node);
}

rask_status plan_json_check_plain(plan_json_reader *r, expr_node *node) {
    bool is_fine = true;
    if (node->kind != EXPR_OVER)
        is_fine = expr_walk(node, is_plain, node);
    for (int32_t i = 0; node->kind == EXPR_OVER && i < node->arg_count; i++)
        is_fine = is_fine && expr_walk(node->args[i], is_plain, node->args[i]);
    return is_fine ? RASK_OK : plan_json_damaged(r, "this expression cannot stand here");
}

rask_status plan_json_read_list(plan_json_reader *r, json *object, const char *key, expr_kind only,
                                expr_node ***out, int32_t *count) {
    PLAN_JSON_READ(r, object, key, plan_json_read_exprs(r, member, out, count));
    for (int32_t i = 0; i < *count; i++) {
        bool wants_special = only != EXPR_CALL;
        if (wants_special ? (*out)[i]->kind != only : is_special((*out)[i]))
            return plan_json_damaged(r, "%s[%d] cannot stand here", key, i);
        RASK_TRY(plan_json_check_plain(r, (*out)[i]));
    }
    return RASK_OK;
}

rask_status plan_json_read_condition(plan_json_reader *r, json *object, const char *key,
                                     expr_node **out) {
    PLAN_JSON_READ(r, object, key, plan_json_read_expr(r, member, out));
    if (is_special(*out) || (*out)->type->kind != DATA_BOOLEAN)
        return plan_json_damaged(r, "%s is not a condition", key);
    return plan_json_check_plain(r, *out);
}
