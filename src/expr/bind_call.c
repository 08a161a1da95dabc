/* Binding calls: the forms that syntax makes are taken apart (BETWEEN, IN, NOT LIKE, CASE, ...),
 * user functions come before built-in ones, the rest is resolved against the function table. */
#include <string.h>
#include <strings.h>

#include "expr/binding.h"
#include "func/types.h"

/* ---- functions of the table ------------------------------------------------------------------ */

static data_value symbol_value(base_arena *arena, const expr_node *symbol) {
    return data_value_text(arena, symbol->type, symbol->name, (int64_t)strlen(symbol->name));
}

/* Types and literals of bound arguments, as overload resolution wants them. */
typedef struct call_types {
    const data_type *types[FUNC_ARGS_MAX];
    const data_value *literals[FUNC_ARGS_MAX];
} call_types;

static rask_status types_of(const expr_binding *s, const char *name, expr_node *const *args,
                            int32_t count, const expr_node *place, call_types *out,
                            rask_error *err) {
    base_arena *arena = s->binder->arena;
    if (count > FUNC_ARGS_MAX)
        return expr_error_at(s->binder->from_sql, place->place, err,
                             "%s has %d arguments; at most %d are supported", name, count,
                             FUNC_ARGS_MAX);
    for (int32_t i = 0; i < count; i++) {
        out->types[i] = args[i]->type;
        out->literals[i] = args[i]->kind == EXPR_LITERAL ? &args[i]->value : NULL;
        if (args[i]->kind == EXPR_SYMBOL) {
            data_value *symbol = BASE_ARENA_NEW(arena, data_value);
            *symbol = symbol_value(arena, args[i]);
            out->literals[i] = symbol;
        }
    }
    return RASK_OK;
}

/* "Invalid function call:\nplus(INT, BOOLEAN)": how the Table API begins. */
static void prefix_api_call(const expr_binding *s, const char *name, expr_node *const *args,
                            int32_t count, rask_error *err) {
    static const char *const api_names[][2] = {
        {"+", "plus"},
        {"-", "minus"},
        {"*", "times"},
        {"/", "divide"},
        {"%", "mod"},
        {"=", "equals"},
        {"<>", "notEquals"},
        {"<", "lessThan"},
        {"<=", "lessThanOrEqual"},
        {">", "greaterThan"},
        {">=", "greaterThanOrEqual"},
    };
    if (err == NULL || strncmp(err->message, "Invalid function call", 21) == 0 ||
        !func_exists(name))
        return;
    base_strbuf text;
    base_strbuf_init(&text, 2048);
    const char *shown = NULL;
    for (size_t i = 0; i < sizeof api_names / sizeof api_names[0]; i++)
        if (strcmp(api_names[i][0], name) == 0)
            shown = api_names[i][1];
    if (shown != NULL)
        base_strbuf_add_text(&text, shown);
    for (const char *at = shown != NULL ? "" : name; *at != '\0'; at++)
        base_strbuf_add_char(&text, *at >= 'A' && *at <= 'Z' ? (char)(*at + 32) : *at);
    base_strbuf_add_char(&text, '(');
    for (int32_t i = 0; i < count; i++) {
        if (i > 0)
            base_strbuf_add_text(&text, ", ");
        data_type_write(args[i]->type, true, &text);
    }
    base_strbuf_add_char(&text, ')');
    rask_error_prefix(err, "Invalid function call:\n%s\n", text.data);
    base_strbuf_free(&text);
}

rask_status expr_check_not_null(const expr_binding *s, const expr_node *bound, rask_error *err) {
    if (bound->type->kind != DATA_NULL)
        return RASK_OK;
    return expr_error_at(s->binder->from_sql, bound->place, err, "Illegal use of 'NULL'");
}

static rask_status refused(const expr_binding *s, const char *name, expr_node *const *args,
                           int32_t count, const expr_node *place, rask_status status,
                           rask_error *err) {
    const data_type *types[FUNC_ARGS_MAX];
    for (int32_t i = 0; i < count; i++)
        types[i] = args[i]->type;
    int32_t null = func_refused_null(name, types, count);
    if (null >= 0)
        return expr_check_not_null(s, args[null], err);
    if (s->binder->from_sql) {
        /* Flink finds this one only after validation. */
        if (err != NULL && strncmp(err->message, "implicit type conversion", 24) != 0)
            expr_error_place(true, place->place, err);
    } else if (!func_exists(name)) {
        rask_error_set(err, status, "Undefined function: %s", place->name);
    } else {
        prefix_api_call(s, name, args, count, err);
    }
    return status;
}

rask_status expr_bind_function(expr_binding *s, const char *name, expr_node *const *args,
                               int32_t count, const expr_node *place, expr_node **out,
                               rask_error *err) {
    base_arena *arena = s->binder->arena;
    call_types types;
    func_resolution resolution;
    RASK_TRY(types_of(s, name, args, count, place, &types, err));
    rask_status status = func_resolve(name, types.types, types.literals, count, &resolution, err);
    if (status != RASK_OK)
        return refused(s, name, args, count, place, status, err);
    if (resolution.result_type->kind == DATA_NULL)
        return expr_check_not_null(s, args[0], err);
    expr_node *call = expr_call(arena, resolution.row->name, args, count);
    call->place = place->place;
    call->function = resolution.row;
    call->type = resolution.result_type;
    for (int32_t i = 0; i < count; i++)
        if (call->args[i]->kind != EXPR_SYMBOL)
            RASK_TRY(expr_bind_cast(s->binder, call->args[i], resolution.parameter_types[i],
                                    &call->args[i], err));
    *out = call;
    return RASK_OK;
}

rask_status expr_bind_args(expr_binding *s, const expr_node *node, expr_node ***args,
                           rask_error *err) {
    *args = BASE_ARENA_ARRAY(s->binder->arena, expr_node *, node->arg_count + 1);
    for (int32_t i = 0; i < node->arg_count; i++)
        RASK_TRY(expr_bind_node(s, node->args[i], &(*args)[i], err));
    return RASK_OK;
}

static rask_status bind2(expr_binding *s, const char *name, expr_node *a, expr_node *b,
                         const expr_node *place, expr_node **out, rask_error *err) {
    expr_node *args[2] = {a, b};
    return expr_bind_function(s, name, args, 2, place, out, err);
}

/* ---- AND, OR --------------------------------------------------------------------------------- */

static bool is_call_of(const expr_node *node, const char *name) {
    return node->kind == EXPR_CALL && node->function != NULL &&
           strcmp(node->function->name, name) == 0;
}

/* AND or OR of bound conditions, nested ones of the same name taken in; checks that all are
 * BOOLEAN.  Any number of them. */
static rask_status join_terms(expr_binding *s, const char *name, expr_node *const *terms,
                              int32_t count, const expr_node *place, expr_node **out,
                              rask_error *err) {
    base_arena *arena = s->binder->arena;
    base_list flat = {0};
    bool nullable = false;
    expr_node *pair = NULL;
    /* Resolution of each pair of neighbours checks the types and finds the row. */
    for (int32_t i = 1; i < count; i++)
        RASK_TRY(bind2(s, name, terms[i - 1], terms[i], place, &pair, err));
    for (int32_t i = 0; i < count; i++) {
        expr_node *term = terms[i];
        nullable |= term->type->nullable;
        if (!is_call_of(term, pair->name)) {
            base_list_add(arena, &flat, term);
            continue;
        }
        for (int32_t a = 0; a < term->arg_count; a++)
            base_list_add(arena, &flat, term->args[a]);
    }
    expr_node *call = expr_call(arena, pair->name, (expr_node *const *)flat.items, flat.count);
    call->place = place->place;
    call->function = pair->function;
    call->type = data_type_simple(DATA_BOOLEAN, nullable);
    *out = call;
    return RASK_OK;
}

static rask_status bind_logic(expr_binding *s, const expr_node *node, expr_node **out,
                              rask_error *err) {
    expr_node **args;
    RASK_TRY(expr_bind_args(s, node, &args, err));
    if (node->arg_count == 1) {
        *out = args[0];
        return RASK_OK;
    }
    return join_terms(s, node->name, args, node->arg_count, node, out, err);
}

/* ---- forms ----------------------------------------------------------------------------------- */

static rask_status negate(expr_binding *s, expr_node *bound, const expr_node *place,
                          expr_node **out, rask_error *err) {
    return expr_bind_function(s, "NOT", &bound, 1, place, out, err);
}

rask_status expr_wrong_count(const expr_binding *s, const expr_node *node, int32_t wanted,
                             rask_error *err) {
    return expr_error_at(s->binder->from_sql, node->place, err,
                         "Invalid number of arguments to function '%s'. Was expecting %d arguments",
                         node->name, wanted);
}

/* low <= value AND value <= high, in Flink's order. */
static rask_status bind_range(expr_binding *s, expr_node *value, expr_node *low, expr_node *high,
                              const expr_node *place, expr_node **out, rask_error *err) {
    expr_node *terms[2];
    RASK_TRY(bind2(s, ">=", value, low, place, &terms[0], err));
    RASK_TRY(bind2(s, "<=", value, high, place, &terms[1], err));
    return join_terms(s, "AND", terms, 2, place, out, err);
}

static rask_status bind_between(expr_binding *s, const expr_node *node, expr_node **out,
                                rask_error *err) {
    expr_node **args;
    bool is_not = strncasecmp(node->name, "NOT ", 4) == 0;
    if (node->arg_count != 3)
        return expr_wrong_count(s, node, 3, err);
    RASK_TRY(expr_bind_args(s, node, &args, err));
    /* Only to see whether it is refused. */
    RASK_TRY(expr_bind_function(s, node->name, args, 3, node, out, err));
    RASK_TRY(bind_range(s, args[0], args[1], args[2], node, out, err));
    if (strcasestr(node->name, "BETWEEN SYMMETRIC") != NULL) {
        expr_node *terms[2] = {*out, NULL};
        RASK_TRY(bind_range(s, args[0], args[2], args[1], node, &terms[1], err));
        RASK_TRY(join_terms(s, "OR", terms, 2, node, out, err));
    }
    return is_not ? negate(s, *out, node, out, err) : RASK_OK;
}

/* Whether IN compares the two as they are.  Numbers of other types, and text beside anything else,
 * are brought to the type of the value first - other than for `=`, and whatever is lost: 1 IN (1.7)
 * is TRUE in Flink. */
static bool is_same_family(const data_type *a, const data_type *b) {
    return a->kind == b->kind || (data_kind_is_string(a->kind) && data_kind_is_string(b->kind)) ||
           a->kind == DATA_NULL || b->kind == DATA_NULL;
}

/* The items of IN must have a common type, and that must be comparable with the value. */
static rask_status prepare_in(expr_binding *s, const expr_node *node, expr_node **args,
                              rask_error *err) {
    bool from_sql = s->binder->from_sql;
    int32_t count = node->arg_count - 1;
    const data_type *value = args[0]->type, *ignored;
    const data_type **types = BASE_ARENA_ARRAY(s->binder->arena, const data_type *, count);
    for (int32_t i = 0; i < count; i++)
        types[i] = args[i + 1]->type;
    const data_type *common = func_common_type(types, count);
    if (common == NULL) {
        expr_place list = node->place; /* with its parentheses */
        list.line = node->args[1]->place.line;
        list.column = node->args[1]->place.column - 1;
        return expr_error_at(from_sql, list, err,
                             "Values in expression list must have compatible types");
    }
    if (!func_comparison_types(value, common, false, &ignored, &ignored))
        return expr_error_at(from_sql, node->place, err,
                             "Values passed to IN operator must have compatible types");
    for (int32_t i = 1; i <= count; i++)
        if (!is_same_family(value, args[i]->type))
            RASK_TRY(expr_bind_cast(s->binder, args[i], value, &args[i], err));
    return RASK_OK;
}

static rask_status bind_in(expr_binding *s, const expr_node *node, expr_node **out,
                           rask_error *err) {
    expr_node **args;
    bool is_not = strncasecmp(node->name, "NOT ", 4) == 0;
    if (node->arg_count < 2)
        return expr_wrong_count(s, node, 2, err);
    RASK_TRY(expr_bind_args(s, node, &args, err));
    RASK_TRY(prepare_in(s, node, args, err));
    for (int32_t i = 1; i < node->arg_count; i++)
        RASK_TRY(bind2(s, "=", args[0], args[i], node, &args[i], err));
    *out = args[1];
    if (node->arg_count > 2)
        RASK_TRY(join_terms(s, "OR", args + 1, node->arg_count - 1, node, out, err));
    return is_not ? negate(s, *out, node, out, err) : RASK_OK;
}

/* NOT LIKE, NOT SIMILAR TO. */
static rask_status bind_negated(expr_binding *s, const expr_node *node, expr_node **out,
                                rask_error *err) {
    expr_node **args;
    RASK_TRY(expr_bind_args(s, node, &args, err));
    RASK_TRY(expr_bind_function(s, node->name + 4, args, node->arg_count, node, out, err));
    return negate(s, *out, node, out, err);
}

static rask_status bind_unknown(expr_binding *s, const expr_node *node, expr_node **out,
                                rask_error *err) {
    expr_node **args;
    if (node->arg_count != 1)
        return expr_wrong_count(s, node, 1, err);
    RASK_TRY(expr_bind_args(s, node, &args, err));
    const char *name = strcasecmp(node->name, "IS UNKNOWN") == 0 ? "IS NULL" : "IS NOT NULL";
    return expr_bind_function(s, name, args, 1, node, out, err);
}

/* CASE's conditions and values, with the ELSE that was left out. */
static rask_status case_parts(expr_binding *s, const expr_node *node, expr_node ***args,
                              int32_t *count, rask_error *err) {
    if (node->arg_count < 2)
        return expr_wrong_count(s, node, 2, err);
    RASK_TRY(expr_bind_args(s, node, args, err));
    *count = node->arg_count;
    if (*count % 2 == 0) {
        data_value null = data_value_null(data_type_simple(DATA_NULL, true));
        (*args)[(*count)++] = expr_literal(s->binder->arena, &null);
    }
    return RASK_OK;
}

static bool is_case_value(int32_t i, int32_t count) {
    return i % 2 == 1 || i == count - 1;
}

/* CASE may have any number of branches, so it is typed here: conditions are BOOLEAN, values take
 * their common type. */
static rask_status bind_case(expr_binding *s, const expr_node *node, expr_node **out,
                             rask_error *err) {
    base_arena *arena = s->binder->arena;
    bool from_sql = s->binder->from_sql;
    expr_node **args, *sample;
    int32_t count, value_count = 0;
    RASK_TRY(case_parts(s, node, &args, &count, err));
    const data_type **types = BASE_ARENA_ARRAY(arena, const data_type *, count);
    bool nullable = false;
    for (int32_t i = 0; i < count; i++) {
        if (is_case_value(i, count)) {
            types[value_count++] = args[i]->type;
            nullable |= args[i]->type->nullable;
        } else if (args[i]->type->kind != DATA_BOOLEAN && args[i]->type->kind != DATA_NULL) {
            return expr_error_at(from_sql, node->place, err, "Expected a boolean type");
        }
    }
    const data_type *common = func_common_type(types, value_count);
    if (common == NULL)
        return expr_error_at(from_sql, node->place, err,
                             "Illegal mixing of types in CASE or COALESCE statement");
    if (common->kind == DATA_NULL)
        return expr_error_at(from_sql, node->place, err,
                             "ELSE clause or at least one THEN clause must be non-NULL");
    for (int32_t i = 0; i < count; i++)
        RASK_TRY(
            expr_bind_cast(s->binder, args[i],
                           is_case_value(i, count) ? common : data_type_simple(DATA_BOOLEAN, true),
                           &args[i], err));
    expr_node *three[3] = {args[0], args[1], args[1]};
    RASK_TRY(expr_bind_function(s, "CASE", three, 3, node, &sample, err));
    expr_node *call = expr_call(arena, "CASE", args, count);
    call->place = node->place;
    call->function = sample->function;
    call->type = data_type_with_null(common, nullable);
    *out = call;
    return RASK_OK;
}

/* NULLIF(a, b) is CASE WHEN a = b THEN NULL ELSE a END. */
static rask_status bind_nullif(expr_binding *s, const expr_node *node, expr_node **out,
                               rask_error *err) {
    base_arena *arena = s->binder->arena;
    if (node->arg_count != 2)
        return expr_wrong_count(s, node, 2, err);
    data_value null = data_value_null(data_type_simple(DATA_NULL, true));
    expr_node *parts[3] = {expr_call2(arena, "=", node->args[0], node->args[1]),
                           expr_literal(arena, &null), node->args[0]};
    expr_node *as_case = expr_call(arena, "CASE", parts, 3);
    parts[0]->place = node->place;
    as_case->place = node->place;
    return bind_case(s, as_case, out, err);
}

static rask_status bind_plus(expr_binding *s, const expr_node *node, expr_node **out,
                             rask_error *err) {
    expr_node **args;
    RASK_TRY(expr_bind_args(s, node, &args, err));
    RASK_TRY(expr_bind_function(s, "+", args, node->arg_count, node, out, err));
    if (node->arg_count == 1)
        *out = args[0];
    return RASK_OK;
}

static const struct {
    const char *name;
    rask_status (*bind)(expr_binding *s, const expr_node *node, expr_node **out, rask_error *err);
} forms[] = {
    {"AND", bind_logic},
    {"OR", bind_logic},
    {"BETWEEN", bind_between},
    {"NOT BETWEEN", bind_between},
    {"BETWEEN ASYMMETRIC", bind_between},
    {"NOT BETWEEN ASYMMETRIC", bind_between},
    {"BETWEEN SYMMETRIC", bind_between},
    {"NOT BETWEEN SYMMETRIC", bind_between},
    {"IN", bind_in},
    {"NOT IN", bind_in},
    {"NOT LIKE", bind_negated},
    {"NOT SIMILAR TO", bind_negated},
    {"IS UNKNOWN", bind_unknown},
    {"IS NOT UNKNOWN", bind_unknown},
    {"CASE", bind_case},
    {"NULLIF", bind_nullif},
    {"+", bind_plus},
    {"YEAR", expr_bind_time_field},
    {"QUARTER", expr_bind_time_field},
    {"MONTH", expr_bind_time_field},
    {"WEEK", expr_bind_time_field},
    {"DAYOFYEAR", expr_bind_time_field},
    {"DAYOFMONTH", expr_bind_time_field},
    {"DAYOFWEEK", expr_bind_time_field},
    {"HOUR", expr_bind_time_field},
    {"MINUTE", expr_bind_time_field},
    {"SECOND", expr_bind_time_field},
    {"TIMESTAMPADD", expr_bind_time_add},
    {"OVERLAPS", expr_bind_overlaps},
    {"TEMPORALOVERLAPS", expr_bind_overlaps},
};

/* ---- user functions -------------------------------------------------------------------------- */

static rask_status bind_udf(expr_binding *s, const expr_node *node, rask_udf_handle *udf,
                            expr_node **out, rask_error *err) {
    expr_node **args;
    bool from_sql = s->binder->from_sql;
    RASK_TRY(expr_bind_args(s, node, &args, err));
    if (udf->parameter_count >= 0 && udf->parameter_count != node->arg_count)
        return expr_error_at(from_sql, node->place, err,
                             "Invalid number of arguments to function '%s': it takes %d, not %d",
                             udf->udf.name, udf->parameter_count, node->arg_count);
    for (int32_t i = 0; i < node->arg_count; i++) {
        const data_type *from = args[i]->type;
        if (udf->parameter_count < 0 && from->kind == DATA_NULL)
            return expr_check_not_null(s, args[i], err);
        if (udf->parameter_count < 0)
            continue;
        const data_type *to = udf->parameter_types[i];
        if (from->kind != DATA_NULL && !func_implicit_cast_allowed(from, to))
            return expr_error_at(from_sql, node->place, err,
                                 "Invalid function call:\nargument %d of '%s' must be %s, not %s",
                                 i + 1, udf->udf.name, data_type_text(s->binder->arena, to, true),
                                 data_type_text(s->binder->arena, from, true));
        RASK_TRY(expr_bind_cast(s->binder, args[i], to, &args[i], err));
    }
    const char *name = node->name != NULL ? node->name : udf->udf.name;
    expr_node *call = expr_call(s->binder->arena, name, args, node->arg_count);
    call->place = node->place;
    call->udf = udf;
    call->type = udf->result_types[0];
    *out = call;
    return RASK_OK;
}

static rask_udf_handle *find_udf(const expr_binding *s, const expr_node *node) {
    if (node->udf != NULL)
        return node->udf;
    if (s->binder->find_udf == NULL || node->name == NULL)
        return NULL;
    return s->binder->find_udf(s->binder->context, node->name);
}

/* ---- calls ----------------------------------------------------------------------------------- */

rask_status expr_bind_call(expr_binding *s, const expr_node *node, expr_node **out,
                           rask_error *err) {
    expr_node **args;
    if (node->function != NULL || (node->udf != NULL && node->type != NULL)) {
        *out = (expr_node *)node; /* bound already */
        return RASK_OK;
    }
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strcasecmp(forms[i].name, node->name) == 0)
            return forms[i].bind(s, node, out, err);
    rask_udf_handle *udf = find_udf(s, node);
    if (udf != NULL && udf->udf.kind == RASK_UDF_TABLE)
        return expr_error_at(s->binder->from_sql, node->place, err,
                             "Table function '%s' cannot be used as a scalar function",
                             udf->udf.name);
    if (udf != NULL)
        return bind_udf(s, node, udf, out, err);
    if (expr_is_aggregate_call(node))
        return expr_bind_aggregate(s, node, out, err);
    RASK_TRY(expr_bind_args(s, node, &args, err));
    if (node->filter != NULL)
        return expr_error_at(s->binder->from_sql, node->place, err,
                             "FILTER must be applied to aggregate function");
    return expr_bind_function(s, node->name, args, node->arg_count, node, out, err);
}
