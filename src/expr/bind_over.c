/* Binding calls with OVER: the aggregate or window function, the keys and the bounds of the frame.
 *
 * The bound EXPR_OVER stays in the expression, with an EXPR_AGGREGATE as args[0]; who binds a
 * SELECT list moves it into a window node (plan_bind_over.c).  What Flink's parser checks without
 * types is checked where the text is parsed (sql_window.c). */
#include <string.h>
#include <strings.h>

#include "expr/binding.h"
#include "func/window.h"

static const expr_node *without_treatment(const expr_node *call) {
    bool has_treatment =
        call->kind == EXPR_CALL && call->name != NULL && call->arg_count == 1 &&
        (strcmp(call->name, "IGNORE NULLS") == 0 || strcmp(call->name, "RESPECT NULLS") == 0);
    return has_treatment ? call->args[0] : call;
}

/* ---- aggregates below OVER ------------------------------------------------------------------- */

/* The call under OVER is no aggregate of the query, but its arguments and keys may have some. */
const expr_node *expr_find_aggregate(const expr_node *node) {
    const expr_node *found = NULL;
    if (node == NULL)
        return NULL;
    if (node->kind == EXPR_OVER) {
        const expr_node *call = without_treatment(node->args[0]);
        for (int32_t i = 0; i < call->arg_count && found == NULL; i++)
            found = expr_find_aggregate(call->args[i]);
        for (int32_t i = 1; i < node->arg_count && found == NULL; i++)
            found = expr_find_aggregate(node->args[i]);
        return found;
    }
    if (expr_is_aggregate_call(node))
        return node;
    for (int32_t i = 0; i < node->arg_count && found == NULL; i++)
        found = expr_find_aggregate(node->args[i]);
    return found != NULL ? found : expr_find_aggregate(node->filter);
}

const expr_node *expr_find_over(const expr_node *node) {
    const expr_node *found = node != NULL && node->kind == EXPR_OVER ? node : NULL;
    for (int32_t i = 0; node != NULL && i < node->arg_count && found == NULL; i++)
        found = expr_find_over(node->args[i]);
    return found;
}

/* ---- the call -------------------------------------------------------------------------------- */

static rask_status check_call(const expr_binding *s, const expr_node *node, const expr_node *call,
                              rask_error *err) {
    const expr_binder *b = s->binder;
    if (!b->allows_over)
        return expr_error_at(b->from_sql, node->place, err,
                             "Windowed aggregate expression is illegal in %s",
                             b->clause != NULL ? b->clause : "this place");
    bool is_unknown = call->kind == EXPR_CALL && call->name != NULL && call->function == NULL &&
                      call->udf == NULL && !func_exists(call->name);
    if ((!expr_is_aggregate_call(call) && !is_unknown) || call->filter != NULL)
        return expr_error_at(b->from_sql, call->place, err,
                             "OVER must be applied to aggregate function");
    if (s->in_aggregate)
        return expr_error_at(b->from_sql, node->place, err,
                             "Aggregate expressions cannot be nested");
    for (int32_t i = 0; i < call->arg_count; i++)
        if (expr_find_over(call->args[i]) != NULL)
            return expr_error_at(b->from_sql, call->place, err,
                                 "Aggregate expressions cannot be nested");
    const func_window *window = func_window_find(call->name);
    bool takes_treatment = window != NULL && (window->flags & FUNC_WINDOW_OFFSET) != 0;
    if (call != node->args[0] && !takes_treatment)
        return expr_error_at(b->from_sql, call->place, err,
                             "Cannot specify IGNORE NULLS or RESPECT NULLS following '%s'",
                             call->name);
    return RASK_OK;
}

/* A frame that has the row itself, or all rows, whatever they are. */
static bool is_never_empty(const expr_window_frame *frame) {
    if (frame == NULL)
        return true;
    return frame->start == NULL && frame->end == NULL && frame->start_kind <= 0 &&
           frame->end_kind >= 0;
}

static rask_status check_constant(const expr_binding *s, const func_window *window,
                                  const expr_node *call, const expr_node *place, rask_error *err) {
    bool from_sql = s->binder->from_sql;
    if (window != NULL && (window->flags & FUNC_WINDOW_CONSTANT) != 0) {
        if (call->args[0]->kind != EXPR_LITERAL)
            return expr_error_at(from_sql, place->place, err,
                                 "Argument to function '%s' must be a literal", call->name);
        if (call->args[0]->value.is_null || call->args[0]->value.i64 < 0)
            return expr_error_at(from_sql, place->place, err,
                                 "Argument to function '%s' must be a positive integer literal",
                                 call->name);
    }
    if (window == NULL || (window->flags & FUNC_WINDOW_OFFSET) == 0 || call->arg_count < 2)
        return RASK_OK;
    if (!data_kind_is_integer(call->args[1]->type->kind))
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "The column type must be in long/int/short.");
    if (!expr_is_constant(call->args[1]))
        return rask_error_set(err, RASK_ERROR_TABLE, "The offset of %s must be a constant.",
                              call->name);
    return RASK_OK;
}

/* What overload resolution would say in other words than Flink. */
static rask_status check_arguments(const expr_binding *s, const expr_node *call,
                                   const expr_node *place, rask_error *err) {
    bool from_sql = s->binder->from_sql;
    const func_window *window = func_window_find(call->name);
    if (window == NULL || (window->flags & FUNC_WINDOW_ONLY) == 0)
        return RASK_OK;
    bool is_offset = (window->flags & FUNC_WINDOW_OFFSET) != 0;
    if (is_offset && (call->arg_count < 1 || call->arg_count > 3))
        return expr_error_at(from_sql, place->place, err,
                             "Invalid number of arguments to function '%s'. Was expecting 1 "
                             "arguments",
                             call->name);
    for (int32_t i = 0; i < call->arg_count; i++)
        if (call->args[i]->type->kind == DATA_NULL)
            return expr_error_at(from_sql, call->args[i]->place, err, "Illegal use of 'NULL'");
    return RASK_OK;
}

/* Types, casts and the row of the function. */
static rask_status resolve(const expr_binding *s, expr_node *call, const expr_window_frame *frame,
                           const expr_node *place, rask_error *err) {
    const data_type *types[FUNC_ARGS_MAX];
    func_aggregate_resolution resolution;
    RASK_TRY(check_arguments(s, call, place, err));
    for (int32_t i = 0; i < call->arg_count && i < FUNC_ARGS_MAX; i++)
        types[i] = call->args[i]->type;
    rask_status status = func_aggregate_resolve(call->name, types, call->arg_count,
                                                is_never_empty(frame), &resolution, err);
    if (status != RASK_OK) {
        expr_error_place(s->binder->from_sql, place->place, err);
        return status;
    }
    const func_window *window = func_window_find(resolution.row->name);
    RASK_TRY(check_constant(s, window, call, place, err));
    for (int32_t i = 0; i < call->arg_count; i++) {
        bool is_default = i == 2 && window != NULL && (window->flags & FUNC_WINDOW_OFFSET) != 0;
        RASK_TRY(expr_bind_cast(s->binder, call->args[i],
                                is_default ? types[0] : resolution.parameter_types[i],
                                &call->args[i], err));
    }
    call->name = resolution.row->name;
    call->aggregate = resolution.row;
    call->type = resolution.result_type;
    if ((resolution.row->flags & FUNC_AGG_DISTINCT_IS_SAME) != 0)
        call->distinct = false;
    if (call->distinct)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Distinct not supported in Windowing function!");
    return RASK_OK;
}

static rask_status bind_window_call(expr_binding *s, const expr_node *node, const expr_node *call,
                                    expr_node **out, rask_error *err) {
    base_arena *arena = s->binder->arena;
    expr_node *bound = expr_new(arena, EXPR_AGGREGATE);
    bool has_star = call->arg_count == 1 && call->args[0]->kind == EXPR_STAR;
    if (call->arg_count > FUNC_ARGS_MAX)
        return expr_error_at(s->binder->from_sql, call->place, err, "%s has too many arguments",
                             call->name);
    bound->name = base_arena_strdup(arena, call->name);
    bound->distinct = call->distinct;
    bound->arg_count = has_star ? 0 : call->arg_count;
    bound->args = BASE_ARENA_ARRAY(arena, expr_node *, call->arg_count + 1);
    for (int32_t i = 0; i < bound->arg_count; i++)
        RASK_TRY(expr_bind_node(s, call->args[i], &bound->args[i], err));
    if (strcasecmp(call->name, "COUNT") == 0 && bound->arg_count > 1)
        return rask_error_set(err, RASK_ERROR_TABLE, "We now only support the count of one field.");
    RASK_TRY(resolve(s, bound, node->frame, call, err));
    bound->place = call->place;
    *out = bound;
    return RASK_OK;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static rask_status bind_keys(expr_binding *s, const expr_node *node, expr_node *over,
                             rask_error *err) {
    bool has_order = false;
    for (int32_t i = 1; i < node->arg_count; i++) {
        RASK_TRY(expr_bind_node(s, node->args[i], &over->args[i], err));
        const expr_node *key = over->args[i];
        if (i > node->partition_count)
            has_order = has_order || !expr_is_constant(key);
        /* Keys of the Table API need no direction. */
        if (i > node->partition_count && key->kind != EXPR_ORDER)
            over->args[i] = expr_order(s->binder->arena, over->args[i], false, 0);
    }
    const func_window *window = func_window_find(over->args[0]->name);
    if (window != NULL && (window->flags & FUNC_WINDOW_NEEDS_ORDER) != 0 && !has_order)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Over Agg: The window rank function requires order by clause with "
                              "non-constant fields. please re-check the over window statement.");
    return RASK_OK;
}

/* ---- frames ---------------------------------------------------------------------------------- */

/* What may be added to a key of this type. */
static bool has_difference(const data_type *key) {
    return data_kind_is_numeric(key->kind) || data_kind_is_temporal(key->kind);
}

static rask_status check_range_bound(const expr_binding *s, const data_type *key,
                                     const expr_node *bound, rask_error *err) {
    bool from_sql = s->binder->from_sql;
    if (!has_difference(key))
        return expr_error_at(from_sql, bound->place, err,
                             "Data type of ORDER BY prohibits use of RANGE clause");
    bool fits = data_kind_is_numeric(key->kind) ? data_kind_is_numeric(bound->type->kind)
                                                : data_kind_is_interval(bound->type->kind);
    if (!fits)
        return expr_error_at(from_sql, bound->place, err,
                             "Data Type mismatch between ORDER BY and RANGE clause");
    if (bound->type->kind == DATA_INTERVAL_YEAR_MONTH)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "INTERVAL_YEAR_MONTH type is not allowed for window boundary");
    return RASK_OK;
}

static rask_status bind_bound(expr_binding *s, const expr_node *over, bool is_rows,
                              const expr_node *bound, expr_node **out, rask_error *err) {
    bool from_sql = s->binder->from_sql;
    *out = NULL;
    if (bound == NULL)
        return RASK_OK;
    RASK_TRY(expr_bind_node(s, bound, out, err));
    bool is_number = data_kind_is_integer((*out)->type->kind) &&
                     ((*out)->kind != EXPR_LITERAL || (*out)->value.i64 >= 0);
    if (is_rows && !is_number)
        return expr_error_at(from_sql, bound->place, err,
                             "ROWS value must be a non-negative integral constant");
    if (!expr_is_constant(*out))
        return expr_error_at(from_sql, bound->place, err, "Window boundary must be constant");
    const expr_node *key = over->args[over->partition_count + 1]->args[0];
    return is_rows ? RASK_OK : check_range_bound(s, key->type, *out, err);
}

/* Without ORDER BY a frame means nothing: Flink takes the whole partition. */
static rask_status bind_frame(expr_binding *s, const expr_node *node, expr_node *over,
                              rask_error *err) {
    const expr_window_frame *frame = node->frame;
    if (frame == NULL || node->arg_count <= node->partition_count + 1)
        return RASK_OK;
    expr_window_frame *bound = BASE_ARENA_NEW(s->binder->arena, expr_window_frame);
    *bound = *frame;
    RASK_TRY(bind_bound(s, over, frame->is_rows, frame->start, &bound->start, err));
    RASK_TRY(bind_bound(s, over, frame->is_rows, frame->end, &bound->end, err));
    over->frame = bound;
    return RASK_OK;
}

rask_status expr_bind_over(expr_binding *s, const expr_node *node, expr_node **out,
                           rask_error *err) {
    const expr_node *call = without_treatment(node->args[0]);
    RASK_TRY(check_call(s, node, call, err));
    expr_node *over = expr_new(s->binder->arena, EXPR_OVER);
    over->args = BASE_ARENA_ARRAY(s->binder->arena, expr_node *, node->arg_count);
    over->arg_count = node->arg_count;
    over->partition_count = node->partition_count;
    RASK_TRY(bind_window_call(s, node, call, &over->args[0], err));
    RASK_TRY(bind_keys(s, node, over, err));
    RASK_TRY(bind_frame(s, node, over, err));
    over->type = over->args[0]->type;
    over->place = node->place;
    *out = over;
    return RASK_OK;
}
