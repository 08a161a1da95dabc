/* Binding joins and table functions.
 *
 * A JOIN node's output is all columns of the left input, then all of the right one; its condition
 * names them as input 0 and input 1.  USING and NATURAL put a projection on top: the common columns
 * first, then the rest of the left, then the rest of the right, then - reachable only by their
 * qualifier - the common columns of each side. */
#include <string.h>

#include "plan/relation.h"

/* ---- joins ----------------------------------------------------------------------------------- */

static bool is_left_nullable(plan_join_type type) {
    return type == PLAN_JOIN_RIGHT || type == PLAN_JOIN_FULL;
}

static bool is_right_nullable(plan_join_type type) {
    return type == PLAN_JOIN_LEFT || type == PLAN_JOIN_FULL;
}

/* Both inputs' columns side by side; `split` = right ones are input 1 of the condition, else all
 * are columns of the join's output. */
static void join_scope(plan_binding *b, const plan_relation *left, const plan_relation *right,
                       plan_join_type type, bool split, plan_relation *out) {
    int32_t count = left->column_count + right->column_count;
    out->columns = BASE_ARENA_ARRAY(b->arena, expr_scope_column, count + 1);
    out->column_count = count;
    for (int32_t i = 0; i < count; i++) {
        bool is_left = i < left->column_count;
        const plan_relation *side = is_left ? left : right;
        expr_scope_column *column = &out->columns[i];
        *column = side->columns[is_left ? i : i - left->column_count];
        column->input = split && !is_left;
        column->column = split && !is_left ? i - left->column_count : i;
        bool nullable = !split && (is_left ? is_left_nullable(type) : is_right_nullable(type));
        if (nullable)
            column->type = data_type_with_null(column->type, true);
    }
}

static void set_schema(plan *p, plan_node *node, const plan_relation *scope) {
    data_schema *schema = data_schema_new(p->arena, scope->column_count);
    for (int32_t i = 0; i < scope->column_count; i++) {
        schema->names[i] = plan_unique_name(p->arena, scope->columns[i].name, schema->names, i);
        schema->types[i] = scope->columns[i].type;
    }
    node->schema = schema;
    node->is_bound = true;
}

/* The only column `name` of a side that a bare name finds; -1 = none, -2 = several. */
static int32_t find_common(const plan_relation *side, const char *name) {
    int32_t found = -1;
    for (int32_t i = 0; i < side->column_count; i++) {
        if (side->columns[i].needs_qualifier || strcmp(side->columns[i].name, name) != 0)
            continue;
        found = found == -1 ? i : -2;
    }
    return found;
}

typedef struct common_columns {
    int32_t *left, *right;
    int32_t count;
} common_columns;

static rask_status add_common(plan_binding *b, expr_place place, const plan_relation *left,
                              const plan_relation *right, const char *name, common_columns *out,
                              rask_error *err) {
    int32_t l = find_common(left, name), r = find_common(right, name);
    bool from_sql = b->binder->from_sql;
    if (l == -1 || r == -1)
        return expr_error_at(from_sql, place, err, "Column '%s' not found in any table", name);
    if (l == -2 || r == -2)
        return expr_error_at(from_sql, place, err,
                             "Column name '%s' in NATURAL join or USING clause is not unique on "
                             "one side of join",
                             name);
    out->left[out->count] = l;
    out->right[out->count++] = r;
    return RASK_OK;
}

static rask_status find_commons(plan_binding *b, const plan_node *node, const plan_relation *left,
                                const plan_relation *right, common_columns *out, rask_error *err) {
    int32_t capacity = node->is_natural ? left->column_count : node->name_count;
    out->left = BASE_ARENA_ARRAY(b->arena, int32_t, capacity + 1);
    out->right = BASE_ARENA_ARRAY(b->arena, int32_t, capacity + 1);
    out->count = 0;
    for (int32_t i = 0; i < capacity; i++) {
        const char *name = node->is_natural ? left->columns[i].name : node->names[i];
        if (node->is_natural &&
            (left->columns[i].needs_qualifier || find_common(right, name) == -1))
            continue;
        expr_place place = node->is_natural ? node->place : plan_name_place(node, i, i);
        RASK_TRY(add_common(b, place, left, right, name, out, err));
    }
    return RASK_OK;
}

/* left.a = right.a AND ... over the split scope. */
static rask_status common_condition(plan_binding *b, const common_columns *common,
                                    const plan_relation *left, const plan_relation *right,
                                    expr_node **out, rask_error *err) {
    plan_relation nothing = {0};
    expr_binder binder = plan_expression_binder(b, &nothing, "JOIN");
    expr_node **terms = BASE_ARENA_ARRAY(b->arena, expr_node *, common->count + 1);
    for (int32_t i = 0; i < common->count; i++) {
        const expr_scope_column *l = &left->columns[common->left[i]];
        const expr_scope_column *r = &right->columns[common->right[i]];
        expr_node *equal =
            expr_call2(b->arena, "=", expr_input(b->arena, 0, common->left[i], l->type),
                       expr_input(b->arena, 1, common->right[i], r->type));
        RASK_TRY(expr_bind(&binder, equal, &terms[i], err));
    }
    *out = expr_and(b->arena, terms, common->count);
    return RASK_OK;
}

static bool is_common(const int32_t *columns, int32_t count, int32_t column) {
    for (int32_t i = 0; i < count; i++)
        if (columns[i] == column)
            return true;
    return false;
}

/* One output column of a USING join. */
typedef struct output_list {
    expr_node **exprs;
    expr_scope_column *columns;
    int32_t count;
} output_list;

static void add_output(output_list *list, expr_node *expr, const expr_qualifier *qualifier,
                       const char *name, bool needs_qualifier) {
    list->columns[list->count] = (expr_scope_column){.qualifier = qualifier,
                                                     .name = name,
                                                     .type = expr->type,
                                                     .column = list->count,
                                                     .needs_qualifier = needs_qualifier};
    list->exprs[list->count++] = expr;
}

static rask_status merged_column(plan_binding *b, plan_node *join, int32_t left, int32_t right,
                                 expr_node **out, rask_error *err) {
    plan_relation nothing = {0};
    expr_binder binder = plan_expression_binder(b, &nothing, "JOIN");
    plan *p = b->binder->plan;
    expr_node *both = expr_call2(b->arena, "COALESCE", plan_output_column(p, join, left),
                                 plan_output_column(p, join, right));
    return expr_bind(&binder, both, out, err);
}

static rask_status project_commons(plan_binding *b, const common_columns *common,
                                   int32_t left_count, plan_relation *relation, rask_error *err) {
    plan *p = b->binder->plan;
    int32_t width = relation->column_count, capacity = width + common->count;
    output_list list = {BASE_ARENA_ARRAY(b->arena, expr_node *, capacity + 1),
                        BASE_ARENA_ARRAY(b->arena, expr_scope_column, capacity + 1), 0};
    for (int32_t i = 0; i < common->count; i++) {
        expr_node *merged;
        RASK_TRY(merged_column(b, relation->node, common->left[i], left_count + common->right[i],
                               &merged, err));
        add_output(&list, merged, NULL, relation->columns[common->left[i]].name, false);
    }
    for (int32_t hidden = 0; hidden <= 1; hidden++) {
        for (int32_t i = 0; i < width; i++) {
            const expr_scope_column *column = &relation->columns[i];
            bool is_shared = i < left_count
                                 ? is_common(common->left, common->count, i)
                                 : is_common(common->right, common->count, i - left_count);
            bool needs_qualifier = is_shared || column->needs_qualifier;
            if (needs_qualifier != (hidden == 1))
                continue;
            add_output(&list, plan_output_column(p, relation->node, i), column->qualifier,
                       column->name, needs_qualifier);
        }
    }
    const char **names = BASE_ARENA_ARRAY(b->arena, const char *, list.count + 1);
    for (int32_t i = 0; i < list.count; i++)
        names[i] = plan_unique_name(b->arena, list.columns[i].name, names, i);
    relation->node = plan_make_project(p, relation->node, list.exprs, names, list.count);
    relation->columns = list.columns;
    relation->column_count = list.count;
    return RASK_OK;
}

/* The Table API has no qualifiers, so names must differ. */
static rask_status check_names(plan_binding *b, const plan_relation *left,
                               const plan_relation *right, rask_error *err) {
    base_strbuf text;
    base_strbuf_init(&text, 2048);
    for (int32_t i = 0; i < left->column_count; i++)
        if (find_common(right, left->columns[i].name) != -1)
            base_strbuf_printf(&text, "%s%s", text.length > 0 ? ", " : "", left->columns[i].name);
    rask_status status = RASK_OK;
    if (text.length > 0)
        status = rask_error_set(err, RASK_ERROR_VALIDATION,
                                "join relations with ambiguous names: [%s]", text.data);
    base_strbuf_free(&text);
    return status;
}

/* The right side; LATERAL may name columns of the left one. */
static rask_status bind_right(plan_binding *b, const plan_node *node, const plan_relation *left,
                              plan_relation *out, base_list *values, rask_error *err) {
    plan_node *right = node->inputs[1];
    if (right->is_bound || !right->is_lateral)
        return plan_bind_relation(b, right, out, err);
    expr_binder binder = plan_expression_binder(b, left, "LATERAL");
    expr_binding around = {&binder, false};
    RASK_TRY(plan_bind_inside(b, &around, right, out, values, err));
    if (values->count == 0 || node->join_type == PLAN_JOIN_INNER ||
        node->join_type == PLAN_JOIN_CROSS || node->join_type == PLAN_JOIN_LEFT)
        return RASK_OK;
    return rask_error_set_at(err, RASK_ERROR_UNSUPPORTED, node->place.line, node->place.column,
                             "A RIGHT or FULL JOIN with LATERAL is not supported.");
}

rask_status plan_bind_join(plan_binding *b, plan_node *node, plan_relation *out, rask_error *err) {
    plan_relation left, right, scope;
    base_list values = {0};
    plan *p = b->binder->plan;
    RASK_TRY(plan_bind_relation(b, node->inputs[0], &left, err));
    RASK_TRY(bind_right(b, node, &left, &right, &values, err));
    if (!b->binder->from_sql)
        RASK_TRY(check_names(b, &left, &right, err));
    plan_node *join = plan_node_new(p, PLAN_JOIN, (plan_node *[]){left.node, right.node}, 2);
    join->join_type = node->join_type == PLAN_JOIN_CROSS ? PLAN_JOIN_INNER : node->join_type;
    join->exprs =
        base_arena_copy(b->arena, values.items, (int64_t)sizeof(expr_node *) * values.count);
    join->expr_count = values.count;
    common_columns common = {0};
    join_scope(b, &left, &right, join->join_type, true, &scope);
    if (node->is_natural || node->name_count > 0) {
        RASK_TRY(find_commons(b, node, &left, &right, &common, err));
        RASK_TRY(common_condition(b, &common, &left, &right, &join->condition, err));
    } else if (node->condition != NULL) {
        RASK_TRY(
            plan_bind_condition(b, &scope, node->condition, "ON clause", &join->condition, err));
    }
    join_scope(b, &left, &right, join->join_type, false, out);
    set_schema(p, join, out);
    out->node = join;
    if (common.count > 0)
        return project_commons(b, &common, left.column_count, out, err);
    return RASK_OK;
}

/* ---- table functions ------------------------------------------------------------------------- */

typedef struct function_call {
    const expr_node *call;
    const expr_qualifier *qualifier;
    const char *const *names; /* of its columns; NULL = its own */
    int32_t name_count;
} function_call;

/* f(x) AS t(a, b): SQL names the table first, the Table API only columns. */
static function_call read_call(plan_binding *b, const plan_node *node) {
    function_call out = {.call = node->exprs[0],
                         .names = (const char *const *)node->names,
                         .name_count = node->name_count};
    if (out.call->kind == EXPR_ALIAS) {
        out.names = (const char *const *)out.call->names;
        out.name_count = out.call->name_count;
        out.call = out.call->args[0];
    }
    if (b->binder->from_sql && out.name_count > 0) {
        out.qualifier = plan_alias_qualifier(b, out.names[0]);
        out.names++;
        out.name_count--;
    }
    return out;
}

static rask_status resolve_function(plan_binding *b, const expr_node *call,
                                    const plan_relation *left, rask_udf_handle **out,
                                    rask_error *err) {
    bool from_sql = b->binder->from_sql;
    rask_udf_handle *udf = call->udf;
    if (call->kind != EXPR_CALL)
        return expr_error_at(from_sql, call->place, err,
                             "Only a table function can be used in the flatMap operator.");
    if (udf == NULL && b->binder->catalog != NULL) {
        udf = plan_catalog_find_function(b->binder->catalog, call->name);
        if (udf != NULL)
            plan_hold_udf(b->binder->plan, expr_udf_ref(udf));
    }
    if (udf == NULL && strncmp(call->name, "UNNEST", 6) == 0)
        return rask_error_set_at(err, RASK_ERROR_UNSUPPORTED, call->place.line, call->place.column,
                                 "%s is not supported yet", call->name);
    if (udf == NULL && !func_exists(call->name)) {
        /* As for any function that is not known. */
        expr_binder binder = plan_expression_binder(b, left, "a table function");
        expr_node *ignored;
        RASK_TRY(expr_bind(&binder, call, &ignored, err));
    }
    if (udf == NULL || udf->udf.kind != RASK_UDF_TABLE)
        return expr_error_at(from_sql, call->place, err,
                             from_sql ? "Cannot call table function here: '%s' is no table function"
                                      : "Only a table function can be used in the flatMap "
                                        "operator.",
                             call->name);
    *out = udf;
    return RASK_OK;
}

/* The bound call: arguments over the left side, cast to the parameters. */
static rask_status bind_function(plan_binding *b, const expr_node *call, rask_udf_handle *udf,
                                 const plan_relation *left, expr_node **out, rask_error *err) {
    expr_binder binder = plan_expression_binder(b, left, "a table function");
    expr_node **args = BASE_ARENA_ARRAY(b->arena, expr_node *, call->arg_count + 1);
    if (udf->parameter_count >= 0 && udf->parameter_count != call->arg_count)
        return expr_error_at(b->binder->from_sql, call->place, err,
                             "Invalid number of arguments to function '%s': it takes %d, not %d",
                             udf->udf.name, udf->parameter_count, call->arg_count);
    for (int32_t i = 0; i < call->arg_count; i++) {
        RASK_TRY(expr_bind(&binder, call->args[i], &args[i], err));
        if (udf->parameter_count >= 0)
            RASK_TRY(expr_bind_cast(&binder, args[i], udf->parameter_types[i], &args[i], err));
        else if (args[i]->type->kind == DATA_NULL)
            return expr_error_at(b->binder->from_sql, call->args[i]->place, err,
                                 "Illegal use of 'NULL'");
    }
    *out = expr_call(b->arena, udf->udf.name, args, call->arg_count);
    (*out)->udf = udf;
    (*out)->type = udf->result_types[0];
    (*out)->place = call->place;
    return RASK_OK;
}

static rask_status check_name_count(const plan_binding *b, const function_call *call,
                                    const rask_udf_handle *udf, rask_error *err) {
    if (call->name_count == 0 || call->name_count == udf->result_count)
        return RASK_OK;
    return expr_error_at(b->binder->from_sql, call->call->place, err,
                         "List of column aliases must have same degree as table; the returned "
                         "table of function '%s' has %d columns, whereas alias list has %d columns",
                         udf->udf.name, udf->result_count, call->name_count);
}

rask_status plan_bind_flat_map(plan_binding *b, plan_node *node, const plan_relation *left,
                               plan_relation *out, rask_error *err) {
    plan *p = b->binder->plan;
    function_call call = read_call(b, node);
    rask_udf_handle *udf;
    expr_node *bound;
    RASK_TRY(resolve_function(b, call.call, left, &udf, err));
    RASK_TRY(check_name_count(b, &call, udf, err));
    RASK_TRY(bind_function(b, call.call, udf, left, &bound, err));
    int32_t kept = node->keeps_input ? left->column_count : 0, count = kept + udf->result_count;
    out->columns = BASE_ARENA_ARRAY(b->arena, expr_scope_column, count + 1);
    out->column_count = count;
    for (int32_t i = 0; i < count; i++) {
        if (i < kept) {
            out->columns[i] = left->columns[i];
            out->columns[i].column = i;
            continue;
        }
        const data_type *type = udf->result_types[i - kept];
        out->columns[i] = (expr_scope_column){
            .qualifier = call.qualifier,
            .name = call.name_count > 0 ? call.names[i - kept] : udf->result_names[i - kept],
            .type = node->is_outer ? data_type_with_null(type, true) : type,
            .column = i};
        if (!b->binder->from_sql && node->keeps_input &&
            find_common(left, out->columns[i].name) != -1)
            return rask_error_set(err, RASK_ERROR_VALIDATION,
                                  "join relations with ambiguous names: [%s]",
                                  out->columns[i].name);
    }
    plan_node *flat = plan_node_new(p, PLAN_FLAT_MAP, &left->node, 1);
    flat->exprs = base_arena_copy(p->arena, &bound, (int64_t)sizeof bound);
    flat->expr_count = 1;
    flat->keeps_input = node->keeps_input;
    flat->is_outer = node->is_outer;
    set_schema(p, flat, out);
    out->node = flat;
    return RASK_OK;
}
