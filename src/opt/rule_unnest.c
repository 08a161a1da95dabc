/* Takes every subquery out of the plan: afterwards no expression has one, and no join depends on
 * its left side.  Not optional: the engine knows only joins.
 *
 * A node's inputs come first, then its own expressions, then what those have brought along; so a
 * subquery inside a subquery is met when nothing around it depends on rows any more.  A node that
 * several read stays one.
 *
 * Read next: unnest_expression.c (forms of subqueries), unnest_lift.c, unnest_domain.c. */
#include "opt/unnest.h"

/* ---- does something depend on parameters? ---------------------------------------------------- */

bool unnest_is_open_expr(const expr_node *expr) {
    return expr != NULL && expr_has_kind(expr, EXPR_OUTER);
}

static bool any_expr(const plan_node *node, bool (*test)(const expr_node *)) {
    bool found = node->condition != NULL && test(node->condition);
    for (int32_t i = 0; i < node->expr_count && !found; i++)
        found = test(node->exprs[i]);
    for (int32_t i = 0; i < node->key_count && !found; i++)
        found = test(node->keys[i]);
    for (int32_t i = 0; i < node->aggregate_count && !found; i++)
        found = test(node->aggregates[i]);
    return found;
}

/* Parameters on the right of a dependent join are that join's own. */
static int32_t open_inputs(const plan_node *node) {
    return node->kind == PLAN_JOIN && node->expr_count > 0 ? 1 : node->input_count;
}

bool unnest_is_open(const plan_node *node) {
    if (any_expr(node, unnest_is_open_expr))
        return true;
    for (int32_t i = 0; i < open_inputs(node); i++)
        if (unnest_is_open(node->inputs[i]))
            return true;
    return false;
}

static bool has_subquery(const expr_node *expr) {
    return expr_has_kind(expr, EXPR_SUBQUERY);
}

static bool needs_unnesting(const plan_node *node) {
    if ((node->kind == PLAN_JOIN && node->expr_count > 0) || any_expr(node, has_subquery))
        return true;
    for (int32_t i = 0; i < node->input_count; i++)
        if (needs_unnesting(node->inputs[i]))
            return true;
    return false;
}

/* ---- nodes with expressions ------------------------------------------------------------------ */

static plan_node *unnest_filter(unnesting *u, plan_node *node) {
    plan_node *input = node->inputs[0];
    int32_t width = input->schema->count;
    base_list conjuncts = {0}, plain = {0}, rest = {0};
    unnest_conjuncts(u, node->condition, &conjuncts);
    for (int32_t i = 0; i < conjuncts.count; i++)
        if (!has_subquery(conjuncts.items[i]))
            base_list_add(u->arena, &plain, conjuncts.items[i]);
    if (plain.count > 0)
        input = opt_filter(u->context, input,
                           expr_and(u->arena, (expr_node *const *)plain.items, plain.count));
    for (int32_t i = 0; i < conjuncts.count; i++) {
        if (!has_subquery(conjuncts.items[i]))
            continue;
        expr_node *left = unnest_condition(u, &input, conjuncts.items[i]);
        if (left != NULL)
            base_list_add(u->arena, &rest, left);
    }
    if (rest.count > 0)
        input = opt_filter(u->context, input,
                           expr_and(u->arena, (expr_node *const *)rest.items, rest.count));
    return opt_first_columns(u->context, input, width);
}

static plan_node *unnest_project(unnesting *u, plan_node *node) {
    plan_node *input = node->inputs[0];
    expr_node **exprs = BASE_ARENA_ARRAY(u->arena, expr_node *, node->expr_count + 1);
    for (int32_t i = 0; i < node->expr_count; i++)
        exprs[i] = unnest_expression(u, &input, node->exprs[i]);
    return opt_project(u->context, input, exprs, node->expr_count,
                       (const char *const *)node->schema->names);
}

/* Each row of VALUES as a projection of a row without columns that matter. */
static plan_node *unnest_values(unnesting *u, plan_node *node) {
    plan_node *all = NULL;
    for (int32_t r = 0; r < node->expr_count; r += node->row_width) {
        plan_node *one = plan_node_new(u->plan, PLAN_VALUES, NULL, 0);
        data_schema *schema = data_schema_new(u->arena, 1);
        expr_node *cell = expr_literal_i64(u->arena, data_type_simple(DATA_INT, false), 0);
        schema->names[0] = "ZERO";
        schema->types[0] = cell->type;
        one->exprs = base_arena_copy(u->arena, &cell, (int64_t)sizeof cell);
        one->expr_count = one->row_width = 1;
        one->schema = schema;
        one->is_bound = true;
        plan_node *row = opt_project(u->context, one, node->exprs + r, node->row_width,
                                     (const char *const *)node->schema->names);
        row = unnest_project(u, row);
        all = all == NULL ? row : opt_union_all(u->context, all, row);
    }
    return all;
}

/* ---- joins ----------------------------------------------------------------------------------- */

struct right_as_parameters {
    unnesting *u;
    base_list values; /* left columns */
};

/* A condition over both sides as one over the right side, left columns being parameters. */
static expr_node *over_right(struct right_as_parameters *p, const expr_node *expr) {
    base_arena *arena = p->u->arena;
    if (expr->kind == EXPR_INPUT && expr->input == 0) {
        int32_t at = 0;
        while (at < p->values.count && !expr_equal(p->values.items[at], expr))
            at++;
        if (at == p->values.count)
            base_list_add(arena, &p->values, (void *)expr);
        return expr_outer(arena, at, expr->type);
    }
    expr_node *copy = base_arena_copy(arena, expr, (int64_t)sizeof *expr);
    if (expr->kind == EXPR_INPUT)
        copy->input = 0;
    copy->args = BASE_ARENA_ARRAY(arena, expr_node *, expr->arg_count + 1);
    for (int32_t i = 0; i < expr->arg_count; i++)
        copy->args[i] = over_right(p, expr->args[i]);
    return copy;
}

static plan_node *unnest_dependent(unnesting *u, plan_node *node) {
    dependent_join join = {.type = node->join_type,
                           .left = node->inputs[0],
                           .right = node->inputs[1],
                           .values = node->exprs,
                           .value_count = node->expr_count,
                           .condition = node->condition};
    return unnest_join(u, &join);
}

/* Of an inner join, a filter above.  Of an outer one, the right rows that join, depending on the
 * left row: LATERAL. */
static plan_node *unnest_condition_of_join(unnesting *u, plan_node *node) {
    base_list conjuncts = {0}, plain = {0}, rest = {0};
    unnest_conjuncts(u, node->condition, &conjuncts);
    for (int32_t i = 0; i < conjuncts.count; i++)
        base_list_add(u->arena, has_subquery(conjuncts.items[i]) ? &rest : &plain,
                      conjuncts.items[i]);
    expr_node *kept = expr_and(u->arena, (expr_node *const *)plain.items, plain.count);
    expr_node *moved = expr_and(u->arena, (expr_node *const *)rest.items, rest.count);
    if (node->join_type == PLAN_JOIN_INNER) {
        plan_node *join =
            opt_make_join(u->context, PLAN_JOIN_INNER, node->inputs[0], node->inputs[1], kept);
        moved = opt_joined(u->context, moved, node->inputs[0]->schema->count);
        return unnest_filter(u, opt_filter(u->context, join, moved));
    }
    struct right_as_parameters parameters = {.u = u};
    moved = over_right(&parameters, moved);
    dependent_join join = {.type = node->join_type,
                           .left = node->inputs[0],
                           .right = opt_filter(u->context, node->inputs[1], moved),
                           .values = (expr_node *const *)parameters.values.items,
                           .value_count = parameters.values.count,
                           .condition = kept};
    return unnest_join(u, &join);
}

static plan_node *mirrored(unnesting *u, const plan_node *node) {
    plan_node *copy = plan_node_copy(u->plan, node);
    int32_t left = node->inputs[0]->schema->count, right = node->inputs[1]->schema->count;
    copy->inputs[0] = node->inputs[1];
    copy->inputs[1] = node->inputs[0];
    copy->join_type = PLAN_JOIN_LEFT;
    expr_node **to_right = opt_columns(u->context, node->inputs[0], 0);
    for (int32_t i = 0; i < left; i++)
        to_right[i] = opt_to_right(u->context, to_right[i]);
    copy->condition = opt_replace_sides(u->context, node->condition, to_right,
                                        opt_columns(u->context, node->inputs[1], 0));
    plan_node *joined = unnest_condition_of_join(u, copy);
    expr_node **columns = opt_columns(u->context, joined, 0);
    expr_node **exprs = BASE_ARENA_ARRAY(u->arena, expr_node *, left + right + 1);
    for (int32_t i = 0; i < left + right; i++)
        exprs[i] = columns[i < left ? right + i : i - left];
    return opt_make_project(u->context, joined, exprs, left + right);
}

static plan_node *unnest_join_node(unnesting *u, plan_node *node) {
    if (node->expr_count > 0)
        return unnest_dependent(u, node);
    if (node->join_type == PLAN_JOIN_RIGHT)
        return mirrored(u, node);
    if (node->join_type == PLAN_JOIN_INNER || node->join_type == PLAN_JOIN_LEFT)
        return unnest_condition_of_join(u, node);
    opt_fail(u->context,
             rask_error_set(u->context->err, RASK_ERROR_UNSUPPORTED,
                            "A subquery in the condition of a FULL JOIN is not supported."));
    return node;
}

plan_node *unnest_join(unnesting *u, const dependent_join *join) {
    plan_node *joined;
    if (!unnest_is_open(join->right)) {
        joined = opt_make_join(u->context, join->type, join->left, unnest_node(u, join->right),
                               join->condition);
        joined->is_null_aware = join->is_null_aware;
        return joined;
    }
    joined = unnest_lift(u, join);
    return joined != NULL ? joined : unnest_domain(u, join);
}

/* ---- the walk -------------------------------------------------------------------------------- */

static plan_node *unnest_expressions(unnesting *u, plan_node *node) {
    bool is_dependent = node->kind == PLAN_JOIN && node->expr_count > 0;
    if (!is_dependent && !any_expr(node, has_subquery))
        return node;
    switch (node->kind) {
    case PLAN_FILTER:
        return unnest_filter(u, node);
    case PLAN_PROJECT:
        return unnest_project(u, node);
    case PLAN_VALUES:
        return unnest_values(u, node);
    case PLAN_JOIN:
        return unnest_join_node(u, node);
    default:
        opt_fail(u->context, rask_error_set(u->context->err, RASK_ERROR_UNSUPPORTED,
                                            "A subquery in this place (%s) is not supported.",
                                            plan_kind_name(node->kind)));
        return node;
    }
}

plan_node *unnest_node(unnesting *u, plan_node *node) {
    for (int32_t i = 0; i < u->before.count; i++)
        if (u->before.items[i] == node)
            return u->after.items[i];
    plan_node *current = node;
    /* The right side of a dependent join has its turn when it depends on nothing any more. */
    for (int32_t i = 0; i < open_inputs(node) && u->context->status == RASK_OK; i++) {
        plan_node *input = unnest_node(u, node->inputs[i]);
        if (input != node->inputs[i] && current == node)
            current = plan_node_copy(u->plan, node);
        current->inputs[i] = input;
    }
    if (u->context->status == RASK_OK)
        current = unnest_expressions(u, current);
    base_list_add(u->arena, &u->before, node);
    base_list_add(u->arena, &u->after, current);
    return current;
}

plan_node *opt_unnest(opt_context *context, plan_node *root) {
    unnesting u = {.context = context, .plan = context->plan, .arena = context->plan->arena};
    return needs_unnesting(root) ? unnest_node(&u, root) : root;
}
