/* Dependent joins whose parameters only stand in conditions: the conditions move up through the
 * right side and into the join.
 *
 *     Left DEPENDENT JOIN  Project b          Left JOIN  Project b, a   ON a = left.k
 *       (k)                  Filter a = $k       ===>      Filter c > 1
 *                              Filter c > 1                  Scan
 *                                Scan
 *
 * An aggregation lets equalities pass: their inner sides become further group keys.  Without keys
 * of its own it has a row for every value of the parameters, which after that is there only for
 * values that have rows; the join is then an outer one, and what the aggregates give for no rows (0
 * for COUNT) is put in behind it.
 *
 * Projections dissolve: `outputs` say what the columns of the right side are in terms of `node`. */
#include "expr/program.h"
#include "opt/unnest.h"

typedef struct lifted {
    plan_node *node;     /* without parameters */
    expr_node **outputs; /* over node's columns and parameters */
    int32_t count;
    base_list pulled;    /* conjuncts over node's columns and parameters, true of every row */
    expr_node **missing; /* not NULL: outputs for values without rows, over parameters only */
} lifted;

static bool lift(unnesting *u, plan_node *node, lifted *out);

/* ---- small pieces ---------------------------------------------------------------------------- */

static bool has_subquery(const expr_node *expr) {
    return expr_has_kind(expr, EXPR_SUBQUERY);
}

static bool is_movable(const expr_node *expr) {
    return !has_subquery(expr) && !opt_has_udf(expr) && expr_is_deterministic(expr);
}

static expr_node **substitute_all(unnesting *u, expr_node *const *exprs, int32_t count,
                                  expr_node *const *outputs) {
    expr_node **out = BASE_ARENA_ARRAY(u->arena, expr_node *, count + 1);
    for (int32_t i = 0; i < count; i++)
        out[i] = expr_substitute(u->arena, exprs[i], outputs);
    return out;
}

static bool lift_closed(unnesting *u, plan_node *node, lifted *out) {
    *out = (lifted){.node = node, .count = node->schema->count};
    out->outputs = opt_columns(u->context, node, 0);
    return true;
}

/* ---- row-wise nodes -------------------------------------------------------------------------- */

/* A bare (= or other) condition counts only where it is TRUE; so it may join others by AND. */
static bool split_condition(unnesting *u, expr_node *condition, base_list *closed,
                            base_list *open) {
    base_list conjuncts = {0};
    expr_conjuncts(u->arena, condition, &conjuncts);
    for (int32_t i = 0; i < conjuncts.count; i++) {
        expr_node *conjunct = conjuncts.items[i];
        bool is_open = unnest_is_open_expr(conjunct);
        if (is_open && !is_movable(conjunct))
            return false;
        base_list_add(u->arena, is_open ? open : closed, conjunct);
    }
    return true;
}

static expr_node *all_of(unnesting *u, const base_list *conjuncts) {
    return expr_and(u->arena, (expr_node *const *)conjuncts->items, conjuncts->count);
}

static bool lift_filter(unnesting *u, plan_node *node, lifted *out) {
    base_list closed = {0};
    if (!lift(u, node->inputs[0], out) || out->missing != NULL)
        return false;
    expr_node *condition = expr_substitute(u->arena, node->condition, out->outputs);
    if (!split_condition(u, condition, &closed, &out->pulled))
        return false;
    if (closed.count > 0)
        out->node = opt_filter(u->context, out->node, all_of(u, &closed));
    return true;
}

static bool lift_project(unnesting *u, plan_node *node, lifted *out) {
    if (!lift(u, node->inputs[0], out))
        return false;
    for (int32_t i = 0; i < node->expr_count; i++)
        if (!is_movable(node->exprs[i]))
            return false;
    out->outputs = substitute_all(u, node->exprs, node->expr_count, out->outputs);
    if (out->missing != NULL)
        out->missing = substitute_all(u, node->exprs, node->expr_count, out->missing);
    out->count = node->expr_count;
    return true;
}

/* ---- joins ----------------------------------------------------------------------------------- */

/* What was said about the left node's columns stays true above the join; the right one's are
 * numbered behind them. */
static void shift_right(unnesting *u, lifted *right, int32_t width) {
    for (int32_t i = 0; i < right->count; i++)
        right->outputs[i] =
            opt_joined(u->context, opt_to_right(u->context, right->outputs[i]), width);
    for (int32_t i = 0; i < right->pulled.count; i++)
        right->pulled.items[i] =
            opt_joined(u->context, opt_to_right(u->context, right->pulled.items[i]), width);
}

static expr_node **right_outputs(unnesting *u, const lifted *right) {
    expr_node **out = BASE_ARENA_ARRAY(u->arena, expr_node *, right->count + 1);
    for (int32_t i = 0; i < right->count; i++)
        out[i] = opt_to_right(u->context, right->outputs[i]);
    return out;
}

/* Sides whose unmatched rows appear, or which only decide, must not depend on parameters. */
static bool lift_sides(unnesting *u, plan_node *node, lifted *left, lifted *right) {
    bool is_inner = node->join_type == PLAN_JOIN_INNER;
    if (node->expr_count > 0 || node->join_type == PLAN_JOIN_RIGHT ||
        node->join_type == PLAN_JOIN_FULL)
        return false;
    if (!lift(u, node->inputs[0], left) || left->missing != NULL)
        return false;
    if (!is_inner && unnest_is_open(node->inputs[1]))
        return false;
    return lift(u, node->inputs[1], right) && right->missing == NULL;
}

static bool lift_join(unnesting *u, plan_node *node, lifted *out) {
    lifted left, right;
    base_list closed = {0}, open = {0};
    if (!lift_sides(u, node, &left, &right))
        return false;
    expr_node *condition = node->condition;
    if (condition != NULL)
        condition =
            opt_replace_sides(u->context, condition, left.outputs, right_outputs(u, &right));
    if (!split_condition(u, condition, &closed, &open))
        return false;
    if (node->join_type != PLAN_JOIN_INNER && open.count > 0)
        return false;
    int32_t width = left.node->schema->count;
    *out = (lifted){.pulled = left.pulled};
    out->node =
        opt_make_join(u->context, node->join_type, left.node, right.node, all_of(u, &closed));
    out->node->is_null_aware = node->is_null_aware;
    bool has_right = node->schema->count > node->inputs[0]->schema->count;
    out->count = left.count + (has_right ? right.count : 0);
    out->outputs = BASE_ARENA_ARRAY(u->arena, expr_node *, out->count + 1);
    shift_right(u, &right, width);
    for (int32_t i = 0; i < out->count; i++)
        out->outputs[i] = i < left.count ? left.outputs[i] : right.outputs[i - left.count];
    for (int32_t i = 0; i < right.pulled.count; i++)
        base_list_add(u->arena, &out->pulled, right.pulled.items[i]);
    for (int32_t i = 0; i < open.count; i++)
        base_list_add(u->arena, &out->pulled, opt_joined(u->context, open.items[i], width));
    return true;
}

/* ---- aggregation ----------------------------------------------------------------------------- */

/* parameters = columns, or IS NOT DISTINCT FROM: the argument that has the columns; -1 = no. */
static int32_t column_side(const expr_node *conjunct) {
    if (conjunct->kind != EXPR_CALL || conjunct->function == NULL || conjunct->arg_count != 2 ||
        (strcmp(conjunct->function->name, "=") != 0 &&
         strcmp(conjunct->function->name, "IS NOT DISTINCT FROM") != 0))
        return -1;
    for (int32_t side = 0; side < 2; side++)
        if (!unnest_is_open_expr(conjunct->args[side]) &&
            !expr_has_kind(conjunct->args[1 - side], EXPR_INPUT))
            return side;
    return -1;
}

static bool are_closed(expr_node *const *exprs, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        if (unnest_is_open_expr(exprs[i]))
            return false;
    return true;
}

/* The column of the aggregation that holds `expr`; its keys may get one more. */
static int32_t add_key(unnesting *u, base_list *keys, expr_node *expr) {
    for (int32_t i = 0; i < keys->count; i++)
        if (expr_equal(keys->items[i], expr))
            return i;
    base_list_add(u->arena, keys, expr);
    return keys->count - 1;
}

static expr_node *with_column(unnesting *u, const expr_node *conjunct, int32_t side,
                              expr_node *column) {
    expr_node *args[2] = {conjunct->args[0], conjunct->args[1]};
    args[side] = column;
    return opt_call(u->context, conjunct->function->name, args, 2);
}

static void set_missing(unnesting *u, const plan_node *node, lifted *out) {
    out->missing = BASE_ARENA_ARRAY(u->arena, expr_node *, node->aggregate_count + 1);
    for (int32_t i = 0; i < node->aggregate_count; i++)
        out->missing[i] = opt_empty_result(u->context, node->aggregates[i]);
}

/* An outer side like k * 10 has values that no left row asks for; SINGLE_VALUE must not fail for
 * those, so that such a query is computed for the values there are. */
static bool may_fail_for_others(const plan_node *node, const expr_node *outer) {
    while (outer->kind == EXPR_CAST)
        outer = outer->args[0];
    for (int32_t i = 0; i < node->aggregate_count && outer->kind != EXPR_OUTER; i++)
        if (strcmp(node->aggregates[i]->name, "SINGLE_VALUE") == 0)
            return true;
    return false;
}

static bool lift_aggregate(unnesting *u, plan_node *node, lifted *out) {
    lifted in;
    base_list keys = {0}, pulled = {0};
    if (node->set_count > 0 || !lift(u, node->inputs[0], &in) || in.missing != NULL)
        return false;
    expr_node **own = substitute_all(u, node->keys, node->key_count, in.outputs);
    expr_node **aggregates = substitute_all(u, node->aggregates, node->aggregate_count, in.outputs);
    if (!are_closed(own, node->key_count) || !are_closed(aggregates, node->aggregate_count))
        return false;
    for (int32_t i = 0; i < node->key_count; i++)
        base_list_add(u->arena, &keys, own[i]);
    int32_t *sides = BASE_ARENA_ARRAY(u->arena, int32_t, in.pulled.count + 1);
    int32_t *places = BASE_ARENA_ARRAY(u->arena, int32_t, in.pulled.count + 1);
    for (int32_t i = 0; i < in.pulled.count; i++) {
        const expr_node *conjunct = in.pulled.items[i];
        sides[i] = column_side(conjunct);
        if (sides[i] < 0 || may_fail_for_others(node, conjunct->args[1 - sides[i]]))
            return false;
        places[i] = add_key(u, &keys, conjunct->args[sides[i]]);
    }
    *out = (lifted){.count = node->key_count + node->aggregate_count};
    if (node->key_count == 0)
        set_missing(u, node, out);
    out->node = opt_make_aggregate(u->context, in.node, (expr_node *const *)keys.items, keys.count,
                                   aggregates, node->aggregate_count);
    for (int32_t i = 0; i < in.pulled.count; i++)
        base_list_add(u->arena, &pulled,
                      with_column(u, in.pulled.items[i], sides[i],
                                  opt_column(u->context, out->node, places[i])));
    out->pulled = pulled;
    out->outputs = BASE_ARENA_ARRAY(u->arena, expr_node *, out->count + 1);
    for (int32_t i = 0; i < out->count; i++)
        out->outputs[i] = opt_column(u->context, out->node,
                                     i < node->key_count ? i : i - node->key_count + keys.count);
    return true;
}

static bool lift(unnesting *u, plan_node *node, lifted *out) {
    if (!unnest_is_open(node))
        return lift_closed(u, node, out);
    switch (node->kind) {
    case PLAN_FILTER:
        return lift_filter(u, node, out);
    case PLAN_PROJECT:
        return lift_project(u, node, out);
    case PLAN_JOIN:
        return lift_join(u, node, out);
    case PLAN_AGGREGATE:
        return lift_aggregate(u, node, out);
    case PLAN_SORT:
        return node->offset == 0 && node->fetch < 0 && lift(u, node->inputs[0], out);
    default:
        return false;
    }
}

/* ---- the join -------------------------------------------------------------------------------- */

/* An expression over the lifted node and the parameters, over both sides of the join. */
static expr_node *over_both(unnesting *u, const dependent_join *join, const expr_node *expr) {
    return expr_substitute_outer(u->arena, opt_to_right(u->context, expr), join->values);
}

static expr_node *join_condition(unnesting *u, const dependent_join *join, const lifted *right) {
    expr_node *condition = NULL;
    for (int32_t i = 0; i < right->pulled.count; i++) {
        expr_node *conjunct = over_both(u, join, right->pulled.items[i]);
        /* Beside NOT IN's comparison, which may be UNKNOWN, these must be TRUE. */
        if (join->is_null_aware)
            conjunct = opt_call1(u->context, "IS TRUE", conjunct);
        condition = opt_and(u->context, condition, conjunct);
    }
    if (join->condition == NULL)
        return condition;
    expr_node **outputs = BASE_ARENA_ARRAY(u->arena, expr_node *, right->count + 1);
    for (int32_t i = 0; i < right->count; i++)
        outputs[i] = over_both(u, join, right->outputs[i]);
    expr_node *own = opt_replace_sides(u->context, join->condition,
                                       opt_columns(u->context, join->left, 0), outputs);
    return opt_and(u->context, own, condition);
}

/* ---- outer joins ----------------------------------------------------------------------------- */

static bool is_null_literal(const expr_node *expr) {
    return expr->kind == EXPR_LITERAL && expr->value.is_null;
}

/* A column that an outer join pads as it should be. */
static bool is_padded_well(const lifted *right, int32_t i) {
    return right->outputs[i]->kind == EXPR_INPUT &&
           (right->missing == NULL || is_null_literal(right->missing[i]));
}

/* NULL in it can only be padding. */
static bool is_never_null(const lifted *right, int32_t i) {
    return right->missing != NULL && right->outputs[i]->kind == EXPR_INPUT &&
           !right->outputs[i]->type->nullable;
}

static expr_node *folded(unnesting *u, expr_node *expr) {
    func_context context = {.world = base_world_system(), .scratch = u->arena};
    data_value value;
    if (expr->kind == EXPR_LITERAL || !expr_is_constant(expr) ||
        expr_evaluate_constant(expr, &context, u->arena, &value, NULL) != RASK_OK)
        return expr;
    value.type = expr->type;
    return expr_literal(u->arena, &value);
}

/* Computes outputs below the join, and a last column, always TRUE, where padding could not be told
 * otherwise. */
static void prepare_padding(unnesting *u, lifted *right, bool *has_marker) {
    int32_t count = right->node->schema->count;
    expr_node **exprs = opt_columns(u->context, right->node, right->count + 1);
    *has_marker = false;
    for (int32_t i = 0; i < right->count; i++) {
        if (right->missing != NULL)
            right->missing[i] = folded(u, right->missing[i]);
        expr_node *output = right->outputs[i];
        if (output->kind != EXPR_INPUT && !unnest_is_open_expr(output)) {
            exprs[count] = output;
            right->outputs[i] = expr_input(u->arena, 0, count++, output->type);
        }
        *has_marker |= !is_padded_well(right, i) && !is_never_null(right, i);
    }
    if (*has_marker)
        exprs[count++] = opt_bool(u->context, true);
    if (count > right->node->schema->count)
        right->node = opt_make_project(u->context, right->node, exprs, count);
}

/* Output `i` above the join: `value` where there is a row, else what stands for none. */
static expr_node *padded(unnesting *u, const dependent_join *join, const lifted *right, int32_t i,
                         expr_node *value, expr_node *marker) {
    expr_node *missing = opt_null(u->context, value->type);
    if (is_padded_well(right, i))
        return value;
    if (right->missing != NULL)
        missing = expr_substitute_outer(u->arena, right->missing[i], join->values);
    if (is_never_null(right, i))
        return opt_call2(u->context, "COALESCE", value, missing);
    return opt_case(u->context, opt_call1(u->context, "IS TRUE", marker), value, missing);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static plan_node *project_outputs(unnesting *u, const dependent_join *join, const lifted *right,
                                  plan_node *joined, bool is_outer, bool has_marker) {
    int32_t width = join->left->schema->count, count = width + right->count;
    expr_node **exprs = BASE_ARENA_ARRAY(u->arena, expr_node *, count + 1);
    expr_node **columns = opt_columns(u->context, joined, 0);
    expr_node *marker = has_marker ? columns[joined->schema->count - 1] : NULL;
    for (int32_t i = 0; i < count; i++) {
        exprs[i] = columns[i];
        if (i < width)
            continue;
        expr_node *value = over_both(u, join, right->outputs[i - width]);
        value = opt_replace_sides(u->context, value, columns, columns + width);
        exprs[i] = is_outer ? padded(u, join, right, i - width, value, marker) : value;
    }
    return opt_make_project(u->context, joined, exprs, count);
}

plan_node *unnest_lift(unnesting *u, const dependent_join *join) {
    lifted right;
    bool keeps_right = join->type == PLAN_JOIN_INNER || join->type == PLAN_JOIN_LEFT;
    if (!lift(u, join->right, &right))
        return NULL;
    if (right.missing != NULL && (!keeps_right || join->condition != NULL))
        return NULL;
    bool is_outer = join->type == PLAN_JOIN_LEFT || right.missing != NULL, has_marker = false;
    right.node = unnest_node(u, right.node);
    if (is_outer)
        prepare_padding(u, &right, &has_marker);
    plan_node *joined =
        opt_make_join(u->context, right.missing != NULL ? PLAN_JOIN_LEFT : join->type, join->left,
                      right.node, join_condition(u, join, &right));
    joined->is_null_aware = join->is_null_aware;
    return keeps_right ? project_outputs(u, join, &right, joined, is_outer, has_marker) : joined;
}
