/* Expressions as the API builds them: small unresolved trees, each handle with an arena of its own
 * and references to the handles whose nodes it uses. */
#include "base/buffer.h"
#include "table/table.h"

static rask_expression *expression_new(void) {
    rask_expression *out = BASE_NEW(rask_expression);
    out->arena = base_arena_new();
    out->refs = 1;
    return out;
}

rask_expression *rask_expression_ref(rask_expression *expression) {
    if (expression != NULL)
        __atomic_add_fetch(&expression->refs, 1, __ATOMIC_RELAXED);
    return expression;
}

void rask_expression_unref(rask_expression *expression) {
    if (expression == NULL || __atomic_sub_fetch(&expression->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (int32_t i = 0; i < expression->children.count; i++)
        rask_expression_unref(expression->children.items[i]);
    expr_udf_unref(expression->udf);
    base_arena_free(expression->arena);
    base_free(expression);
}

static expr_node *use(rask_expression *parent, rask_expression *child) {
    base_list_add(parent->arena, &parent->children, rask_expression_ref(child));
    return child->node;
}

static rask_expression *over(rask_expression *child, expr_kind kind) {
    rask_expression *out = expression_new();
    out->node = expr_new(out->arena, kind);
    out->node->args = BASE_ARENA_ARRAY(out->arena, expr_node *, 1);
    out->node->args[0] = use(out, child);
    out->node->arg_count = 1;
    return out;
}

static rask_status type_of(const char *text, const data_type **out, rask_error *err) {
    if (text == NULL)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT, "a type is needed");
    return data_type_parse(text, (int64_t)strlen(text), NULL, out, err);
}

static rask_expression *literal(const data_value *value) {
    rask_expression *out = expression_new();
    data_value copy = data_value_copy(out->arena, value);
    out->node = expr_literal(out->arena, &copy);
    return out;
}

rask_expression *rask_expression_column(const char *name) {
    rask_expression *out = expression_new();
    out->node =
        strcmp(name, "*") == 0 ? expr_new(out->arena, EXPR_STAR) : expr_name(out->arena, name);
    return out;
}

rask_status rask_expression_null(const char *type_text, rask_expression **out, rask_error *err) {
    const data_type *type;
    RASK_TRY(type_of(type_text, &type, err));
    data_value value = data_value_null(data_type_with_null(type, true));
    *out = literal(&value);
    return RASK_OK;
}

rask_status rask_expression_i64(const char *type_text, int64_t number, rask_expression **out,
                                rask_error *err) {
    const data_type *type;
    RASK_TRY(type_of(type_text, &type, err));
    data_value value = data_value_i64(type, number);
    if (data_physical_of(type) == DATA_PHYSICAL_I128 || type->kind == DATA_DECIMAL)
        value = data_value_decimal(type, number);
    *out = literal(&value);
    return RASK_OK;
}

rask_status rask_expression_f64(const char *type_text, double number, rask_expression **out,
                                rask_error *err) {
    const data_type *type;
    RASK_TRY(type_of(type_text, &type, err));
    data_value value = data_value_f64(type, number);
    *out = literal(&value);
    return RASK_OK;
}

rask_status rask_expression_text(const char *type_text, const char *bytes, int64_t length,
                                 rask_expression **out, rask_error *err) {
    const data_type *type;
    RASK_TRY(type_of(type_text, &type, err));
    data_value value;
    rask_expression *made = expression_new();
    if (data_kind_is_string(type->kind) || data_kind_is_binary(type->kind)) {
        value = data_value_text(made->arena, type, bytes, length);
        made->node = expr_literal(made->arena, &value);
        *out = made;
        return RASK_OK;
    }
    if (type->kind == DATA_DECIMAL) {
        base_i128 unscaled;
        if (!base_decimal_parse(bytes, length, type->precision, type->scale, &unscaled)) {
            rask_expression_unref(made);
            return rask_error_set(err, RASK_ERROR_VALIDATION, "'%.*s' does not fit %s", (int)length,
                                  bytes, type_text);
        }
        value = data_value_decimal(type, unscaled);
        made->node = expr_literal(made->arena, &value);
        *out = made;
        return RASK_OK;
    }
    made->node = expr_cast(made->arena, expr_literal_text(made->arena, bytes, length), type, false);
    *out = made;
    return RASK_OK;
}

rask_status rask_expression_call(const char *name, rask_expression *const *args, int32_t count,
                                 rask_expression **out, rask_error *err) {
    if (count < 0 || count > FUNC_ARGS_MAX)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "%s: at most %d arguments are possible, got %d", name, FUNC_ARGS_MAX,
                              count);
    rask_expression *made = expression_new();
    expr_node *nodes[FUNC_ARGS_MAX];
    for (int32_t i = 0; i < count; i++)
        nodes[i] = use(made, args[i]);
    made->node = expr_call(made->arena, name, nodes, count);
    *out = made;
    return RASK_OK;
}

rask_status rask_expression_call_udf(const rask_udf *function, rask_expression *const *args,
                                     int32_t count, rask_expression **out, rask_error *err) {
    rask_udf_handle *handle;
    RASK_TRY(expr_udf_new(function, &handle, err));
    rask_expression *made;
    rask_status status = rask_expression_call(handle->udf.name, args, count, &made, err);
    if (status != RASK_OK) {
        expr_udf_unref(handle);
        return status;
    }
    made->node->udf = handle;
    made->udf = handle;
    *out = made;
    return RASK_OK;
}

rask_expression *rask_expression_distinct(rask_expression *aggregate) {
    rask_expression *out = expression_new();
    out->node = base_arena_copy(out->arena, use(out, aggregate), (int64_t)sizeof(expr_node));
    out->node->distinct = true;
    return out;
}

rask_status rask_expression_cast(rask_expression *value, const char *type_text, bool is_try,
                                 rask_expression **out, rask_error *err) {
    const data_type *type;
    RASK_TRY(type_of(type_text, &type, err));
    rask_expression *made = expression_new();
    made->node = expr_cast(made->arena, use(made, value), type, is_try);
    *out = made;
    return RASK_OK;
}

rask_expression *rask_expression_alias(rask_expression *value, const char *const *names,
                                       int32_t count) {
    rask_expression *out = over(value, EXPR_ALIAS);
    out->node->names = BASE_ARENA_ARRAY(out->arena, const char *, count + 1);
    for (int32_t i = 0; i < count; i++)
        out->node->names[i] = base_arena_strdup(out->arena, names[i]);
    out->node->name_count = count;
    return out;
}

rask_expression *rask_expression_order(rask_expression *key, bool descending) {
    rask_expression *out = over(key, EXPR_ORDER);
    out->node->descending = descending;
    return out;
}

rask_expression *rask_expression_symbol(const char *name) {
    rask_expression *out = expression_new();
    out->node = expr_new(out->arena, EXPR_SYMBOL);
    out->node->name = base_arena_strdup(out->arena, name);
    return out;
}

rask_status rask_expressions_parse(const char *text, rask_expression ***out, int32_t *count,
                                   rask_error *err) {
    rask_expression *all = expression_new();
    base_list nodes = {0};
    rask_status status =
        sql_parse_string_expressions(all->arena, text, (int64_t)strlen(text), &nodes, err);
    if (status != RASK_OK) {
        rask_expression_unref(all);
        return status;
    }
    rask_expression **made = BASE_NEW_ARRAY(rask_expression *, nodes.count + 1);
    for (int32_t i = 0; i < nodes.count; i++) {
        made[i] = expression_new();
        use(made[i], all); /* keeps the arena the nodes live in */
        made[i]->node = nodes.items[i];
    }
    rask_expression_unref(all);
    *count = nodes.count;
    *out = made;
    return RASK_OK;
}

void rask_expressions_unref(rask_expression **expressions, int32_t count) {
    for (int32_t i = 0; expressions != NULL && i < count; i++)
        rask_expression_unref(expressions[i]);
    base_free(expressions);
}

rask_status rask_expression_parse_sql(const char *sql, rask_expression **out, rask_error *err) {
    rask_expression *made = expression_new();
    rask_status status =
        sql_parse_expression(made->arena, sql, (int64_t)strlen(sql), &made->node, err);
    if (status != RASK_OK) {
        rask_expression_unref(made);
        return status;
    }
    *out = made;
    return RASK_OK;
}

rask_strings *rask_expression_to_text(const rask_expression *expression) {
    rask_strings *strings = table_strings_new();
    base_strbuf text;
    base_strbuf_init(&text, 1 << 20);
    expr_write(expression->node, NULL, false, &text);
    table_strings_add(strings, text.data);
    base_strbuf_free(&text);
    return strings;
}

static bool hold_udf(void *context, expr_node *node) {
    if (node->udf != NULL)
        plan_hold_udf(context, expr_udf_ref(node->udf));
    return true;
}

expr_node *table_expression(plan *p, const rask_expression *expression) {
    expr_node *copy = expr_copy(p->arena, expression->node);
    expr_walk(copy, hold_udf, p);
    return copy;
}
