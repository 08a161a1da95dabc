/* Binding aggregate calls: arguments against the input, the call into the binder's list, a marker
 * in its place. */
#include <strings.h>

#include "expr/binding.h"

bool expr_is_aggregate_call(const expr_node *node) {
    return node->kind == EXPR_CALL && node->function == NULL && node->udf == NULL &&
           node->name != NULL && func_is_aggregate(node->name);
}

/* COUNT(x) of an x that is never null counts rows, so such arguments are left out.  Of the others
 * Flink counts no more than one. */
static rask_status simplify_count(expr_node *call, rask_error *err) {
    int32_t kept = 0;
    if (strcasecmp(call->name, "COUNT") != 0)
        return RASK_OK;
    for (int32_t i = 0; i < call->arg_count; i++)
        if (call->distinct || call->args[i]->type->nullable)
            call->args[kept++] = call->args[i];
    call->arg_count = kept;
    if (kept > 1)
        return rask_error_set(err, RASK_ERROR_TABLE, "We now only support the count of one field.");
    return RASK_OK;
}

static bool is_count_star(const expr_node *node) {
    return node->arg_count == 1 && node->args[0]->kind == EXPR_STAR &&
           node->args[0]->name_count == 0 && strcasecmp(node->name, "COUNT") == 0;
}

static rask_status bind_filter(expr_binding *s, const expr_node *node, expr_node **out,
                               rask_error *err) {
    bool from_sql = s->binder->from_sql;
    *out = NULL;
    if (node->filter == NULL)
        return RASK_OK;
    if (expr_find_aggregate(node->filter) != NULL)
        return expr_error_at(from_sql, node->filter->place, err,
                             "FILTER must not contain aggregate expression");
    RASK_TRY(expr_bind_node(s, node->filter, out, err));
    RASK_TRY(expr_check_not_null(s, *out, err));
    if ((*out)->type->kind != DATA_BOOLEAN)
        return expr_error_at(from_sql, node->filter->place, err,
                             "FILTER clause must be a condition");
    return RASK_OK;
}

static rask_status resolve(expr_binding *s, const expr_node *place, expr_node *call,
                           rask_error *err) {
    const data_type *types[FUNC_ARGS_MAX];
    const data_value *literals[FUNC_ARGS_MAX];
    func_aggregate_resolution resolution;
    if (call->arg_count > FUNC_ARGS_MAX)
        return expr_error_at(s->binder->from_sql, place->place, err, "%s has too many arguments",
                             place->name);
    for (int32_t i = 0; i < call->arg_count; i++) {
        types[i] = call->args[i]->type;
        literals[i] = call->args[i]->kind == EXPR_LITERAL ? &call->args[i]->value : NULL;
    }
    /* A group, too, may have no row that passes the filter. */
    bool has_rows = s->binder->grouped && call->filter == NULL;
    rask_status status = func_aggregate_resolve_call(call->name, types, literals, call->arg_count,
                                                     has_rows, &resolution, err);
    if (status != RASK_OK) {
        expr_error_place(s->binder->from_sql, place->place, err);
        return status;
    }
    for (int32_t i = 0; i < call->arg_count; i++)
        if ((resolution.row->literals >> i & 1) != 0 && literals[i] == NULL)
            return expr_error_at(s->binder->from_sql, place->place, err,
                                 "Argument to function '%s' must be a literal", place->name);
    for (int32_t i = 0; i < call->arg_count; i++)
        RASK_TRY(expr_bind_cast(s->binder, call->args[i], resolution.parameter_types[i],
                                &call->args[i], err));
    call->name = resolution.row->name;
    call->aggregate = resolution.row;
    call->type = resolution.result_type;
    if ((resolution.row->flags & FUNC_AGG_DISTINCT_IS_SAME) != 0)
        call->distinct = false;
    return RASK_OK;
}

/* GROUPING's arguments are group keys. */
static rask_status check_grouping(expr_binding *s, const expr_node *node, const expr_node *call,
                                  rask_error *err) {
    const expr_binder *b = s->binder;
    if ((call->aggregate->flags & FUNC_AGG_GROUPING) == 0)
        return RASK_OK;
    if (!b->grouped)
        return expr_error_at(b->from_sql, node->place, err,
                             "%s operator may only occur in an aggregate query",
                             call->aggregate->name);
    for (int32_t i = 0; i < call->arg_count; i++) {
        bool found = false;
        for (int32_t k = 0; k < b->group_key_count && !found; k++)
            found = expr_equal(call->args[i], b->group_keys[k]);
        if (!found)
            return expr_error_at(b->from_sql, node->args[i]->place, err,
                                 "Argument to %s operator must be a grouped expression",
                                 call->aggregate->name);
    }
    return RASK_OK;
}

rask_status expr_bind_aggregate(expr_binding *s, const expr_node *node, expr_node **out,
                                rask_error *err) {
    expr_binder *b = s->binder;
    if (s->in_aggregate)
        return expr_error_at(b->from_sql, node->place, err,
                             "Aggregate expressions cannot be nested");
    if (b->aggregates == NULL)
        return expr_error_at(b->from_sql, node->place, err, "Aggregate expression is illegal in %s",
                             b->clause != NULL ? b->clause : "this place");
    for (int32_t i = 0; i < node->arg_count; i++) {
        const expr_node *nested = expr_find_aggregate(node->args[i]);
        if (nested != NULL)
            return expr_error_at(b->from_sql, node->place, err,
                                 "Aggregate expressions cannot be nested");
    }
    if (b->from_sql && node->arg_count == 0 && strcasecmp(node->name, "COUNT") == 0)
        return expr_error_at(true, node->place, err,
                             "Invalid number of arguments to function 'COUNT'. Was expecting 1 "
                             "arguments");
    expr_node *call = expr_new(b->arena, EXPR_AGGREGATE);
    call->name = base_arena_strdup(b->arena, node->name);
    call->distinct = node->distinct;
    expr_binding inside = {b, true};
    call->args = BASE_ARENA_ARRAY(b->arena, expr_node *, node->arg_count + 1);
    bool has_star = is_count_star(node);
    call->arg_count = has_star ? 0 : node->arg_count;
    for (int32_t i = 0; i < call->arg_count; i++) {
        RASK_TRY(expr_bind_node(&inside, node->args[i], &call->args[i], err));
        RASK_TRY(expr_check_not_null(s, call->args[i], err));
    }
    RASK_TRY(bind_filter(&inside, node, &call->filter, err));
    RASK_TRY(simplify_count(call, err));
    RASK_TRY(resolve(s, node, call, err));
    if ((call->aggregate->flags & FUNC_AGG_OVER_ONLY) != 0)
        return expr_error_at(b->from_sql, node->place, err,
                             "OVER clause is necessary for window functions");
    RASK_TRY(check_grouping(s, node, call, err));
    *out = expr_input(b->arena, EXPR_AGGREGATE_MARK,
                      expr_list_add_once(b->arena, b->aggregates, call), call->type);
    (*out)->place = node->place;
    return RASK_OK;
}
