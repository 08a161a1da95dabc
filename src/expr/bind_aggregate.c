/* Binding aggregate calls: arguments against the input, the call into the binder's list, a marker
 * in its place. */
#include <strings.h>

#include "expr/binding.h"

bool expr_is_aggregate_call(const expr_node *node) {
    return node->kind == EXPR_CALL && node->function == NULL && node->udf == NULL &&
           node->name != NULL && func_is_aggregate(node->name);
}

static bool is_no_aggregate(void *context, expr_node *node) {
    const expr_node **found = context;
    if (!expr_is_aggregate_call(node))
        return true;
    *found = node;
    return false;
}

const expr_node *expr_find_aggregate(const expr_node *node) {
    const expr_node *found = NULL;
    if (node != NULL && node->kind != EXPR_OVER)
        expr_walk((expr_node *)node, is_no_aggregate, &found);
    return found;
}

/* COUNT(x) of an x that is never null counts rows; so such arguments are left out. */
static void drop_never_null(expr_node *call) {
    int32_t kept = 0;
    if (strcasecmp(call->name, "COUNT") != 0 || call->distinct)
        return;
    for (int32_t i = 0; i < call->arg_count; i++)
        if (call->args[i]->type->nullable)
            call->args[kept++] = call->args[i];
    call->arg_count = kept;
}

static rask_status bind_filter(expr_binding *s, const expr_node *node, expr_node **out,
                               rask_error *err) {
    *out = NULL;
    if (node->filter == NULL)
        return RASK_OK;
    RASK_TRY(expr_bind_node(s, node->filter, out, err));
    if ((*out)->type->kind != DATA_BOOLEAN)
        return expr_error_at(s->binder->from_sql, node->filter, err,
                             "FILTER clause must be a condition");
    return RASK_OK;
}

static rask_status resolve(expr_binding *s, const expr_node *place, expr_node *call,
                           rask_error *err) {
    const data_type *types[FUNC_ARGS_MAX];
    func_aggregate_resolution resolution;
    if (call->arg_count > FUNC_ARGS_MAX)
        return expr_error_at(s->binder->from_sql, place, err, "%s has too many arguments",
                             place->name);
    for (int32_t i = 0; i < call->arg_count; i++)
        types[i] = call->args[i]->type;
    rask_status status = func_aggregate_resolve(call->name, types, call->arg_count,
                                                s->binder->grouped, &resolution, err);
    if (status != RASK_OK) {
        expr_error_place(s->binder->from_sql, place, err);
        return status;
    }
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

static expr_node *add_once(expr_binder *b, expr_node *call) {
    int32_t at = 0;
    while (at < b->aggregates->count && !expr_equal(b->aggregates->items[at], call))
        at++;
    if (at == b->aggregates->count)
        base_list_add(b->arena, b->aggregates, call);
    return expr_input(b->arena, EXPR_AGGREGATE_MARK, at, call->type);
}

rask_status expr_bind_aggregate(expr_binding *s, const expr_node *node, expr_node **out,
                                rask_error *err) {
    expr_binder *b = s->binder;
    if (s->in_aggregate)
        return expr_error_at(b->from_sql, node, err, "Aggregate expressions cannot be nested");
    if (b->aggregates == NULL)
        return expr_error_at(b->from_sql, node, err, "Aggregate expression is illegal in %s",
                             b->clause != NULL ? b->clause : "this place");
    for (int32_t i = 0; i < node->arg_count; i++) {
        const expr_node *nested = expr_find_aggregate(node->args[i]);
        if (nested != NULL)
            return expr_error_at(b->from_sql, node, err, "Aggregate expressions cannot be nested");
    }
    expr_node *call = expr_new(b->arena, EXPR_AGGREGATE);
    call->name = base_arena_strdup(b->arena, node->name);
    call->distinct = node->distinct;
    expr_binding inside = {b, true};
    call->args = BASE_ARENA_ARRAY(b->arena, expr_node *, node->arg_count + 1);
    bool has_star = node->arg_count == 1 && node->args[0]->kind == EXPR_STAR;
    call->arg_count = has_star ? 0 : node->arg_count;
    for (int32_t i = 0; i < call->arg_count; i++)
        RASK_TRY(expr_bind_node(&inside, node->args[i], &call->args[i], err));
    drop_never_null(call);
    RASK_TRY(bind_filter(&inside, node, &call->filter, err));
    RASK_TRY(resolve(s, node, call, err));
    *out = add_once(b, call);
    expr_take_place(*out, node);
    return RASK_OK;
}
