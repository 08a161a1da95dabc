/* Filters and joins.
 *
 *                 left input             right input            condition
 *     above       INNER LEFT SEMI ANTI   INNER RIGHT            INNER (both sides' columns)
 *     condition   INNER RIGHT SEMI       INNER LEFT SEMI ANTI
 *
 * say which conjuncts may move where.  A conjunct that is not movable stays; so does everything of
 * NOT IN but what is (...) IS TRUE.
 *
 * A filter that cannot be true for a row of NULLs drops what an outer join has added: then it need
 * not add it. */
#include "opt/opt.h"

typedef struct sorted_conjuncts {
    base_list sides[2]; /* over input 0 of the side */
    base_list both, stay;
} sorted_conjuncts;

/* ---- outer joins that need not be -------------------------------------------------------------*/
typedef struct side_columns {
    int32_t first, end; /* columns of the join's output */
} side_columns;

/* NULL where all columns of the side are. */
static bool becomes_null(const expr_node *expr, side_columns side) {
    if (expr->kind == EXPR_INPUT)
        return expr->column >= side.first && expr->column < side.end;
    if (expr->kind == EXPR_CAST)
        return becomes_null(expr->args[0], side);
    if (expr->kind != EXPR_CALL || expr->function == NULL || expr->function->nulls != FUNC_STRICT ||
        expr->function->special != FUNC_ORDINARY)
        return false;
    for (int32_t i = 0; i < expr->arg_count; i++)
        if (becomes_null(expr->args[i], side))
            return true;
    return false;
}

/* Not TRUE where all columns of the side are NULL. */
static bool drops_nulls(const expr_node *condition, side_columns side) {
    const char *name = condition->function != NULL ? condition->function->name : "";
    bool any = strcmp(name, "AND") == 0;
    if (any || strcmp(name, "OR") == 0) {
        for (int32_t i = 0; i < condition->arg_count; i++)
            if (drops_nulls(condition->args[i], side) == any)
                return any;
        return !any;
    }
    if (strcmp(name, "IS NOT NULL") == 0)
        return becomes_null(condition->args[0], side);
    if (strcmp(name, "IS TRUE") == 0)
        return drops_nulls(condition->args[0], side);
    return becomes_null(condition, side);
}

static plan_join_type narrowed(const plan_node *join, const expr_node *condition) {
    int32_t left = join->inputs[0]->schema->count;
    bool adds_left = join->join_type == PLAN_JOIN_RIGHT || join->join_type == PLAN_JOIN_FULL;
    bool adds_right = join->join_type == PLAN_JOIN_LEFT || join->join_type == PLAN_JOIN_FULL;
    if (!adds_left && !adds_right)
        return join->join_type;
    adds_left = adds_left && !drops_nulls(condition, (side_columns){0, left});
    adds_right = adds_right && !drops_nulls(condition, (side_columns){left, join->schema->count});
    return adds_left    ? adds_right ? PLAN_JOIN_FULL : PLAN_JOIN_RIGHT
           : adds_right ? PLAN_JOIN_LEFT
                        : PLAN_JOIN_INNER;
}

/* ---- moving conjuncts ------------------------------------------------------------------------ */
static bool shift_right(void *left_count, expr_node *node) {
    if (node->kind == EXPR_INPUT && node->column >= *(const int32_t *)left_count) {
        node->column -= *(const int32_t *)left_count;
        node->input = 1;
    }
    return true;
}

static bool to_first_input(void *unused, expr_node *node) {
    (void)unused;
    node->input = 0;
    return true;
}

static expr_node *over_side(opt_context *context, const expr_node *expr) {
    expr_node *copy = expr_copy(context->plan->arena, expr);
    expr_walk(copy, to_first_input, NULL);
    return copy;
}

/* Puts each conjunct where it may go; `from_above`: of a filter, else of the join itself. */
static void sort_conjuncts(opt_context *context, const plan_node *join, const base_list *conjuncts,
                           bool from_above, sorted_conjuncts *out) {
    plan_join_type type = join->join_type;
    bool inner = type == PLAN_JOIN_INNER || type == PLAN_JOIN_CROSS;
    bool half = type == PLAN_JOIN_SEMI || type == PLAN_JOIN_ANTI;
    bool to_left = inner || type == PLAN_JOIN_SEMI ||
                   (from_above ? type == PLAN_JOIN_LEFT || half : type == PLAN_JOIN_RIGHT);
    bool to_right =
        inner || (from_above ? type == PLAN_JOIN_RIGHT : type == PLAN_JOIN_LEFT || half);
    for (int32_t i = 0; i < conjuncts->count; i++) {
        expr_node *conjunct = conjuncts->items[i];
        int used = opt_inputs_used(conjunct);
        bool movable = opt_is_movable(conjunct);
        if (join->is_null_aware && !from_above)
            movable = movable && conjunct->function != NULL &&
                      strcmp(conjunct->function->name, "IS TRUE") == 0;
        if (movable && used == 1 && to_left)
            base_list_add(context->plan->arena, &out->sides[0], over_side(context, conjunct));
        else if (movable && used == 2 && to_right)
            base_list_add(context->plan->arena, &out->sides[1], over_side(context, conjunct));
        else if (movable && used == 3 && inner)
            base_list_add(context->plan->arena, &out->both, conjunct);
        else
            base_list_add(context->plan->arena, &out->stay, conjunct);
    }
}

static plan_node *filtered(opt_context *context, plan_node *input, const base_list *conjuncts) {
    if (conjuncts->count == 0)
        return input;
    return opt_filter(
        context, input,
        expr_and(context->plan->arena, (expr_node *const *)conjuncts->items, conjuncts->count));
}

static expr_node *conjunction(opt_context *context, const base_list *conjuncts) {
    return expr_and(context->plan->arena, (expr_node *const *)conjuncts->items, conjuncts->count);
}

plan_node *opt_rule_filter_join(opt_context *context, plan_node *node) {
    if (node->kind != PLAN_FILTER || node->inputs[0]->kind != PLAN_JOIN)
        return node;
    base_arena *arena = context->plan->arena;
    plan_node *join = node->inputs[0];
    plan_join_type type = narrowed(join, node->condition);
    if (type != join->join_type) {
        join = plan_node_copy(context->plan, join);
        join->join_type = type;
    }
    int32_t left = join->inputs[0]->schema->count;
    expr_node *condition = expr_copy(arena, node->condition);
    expr_walk(condition, shift_right, &left);
    base_list conjuncts = {0};
    sorted_conjuncts sorted = {0};
    expr_conjuncts(arena, condition, &conjuncts);
    sort_conjuncts(context, join, &conjuncts, true, &sorted);
    if (sorted.stay.count == conjuncts.count && join == node->inputs[0])
        return node;
    expr_conjuncts(arena, join->condition, &sorted.both);
    plan_node *moved = opt_join_like(
        context, join, filtered(context, join->inputs[0], &sorted.sides[0]),
        filtered(context, join->inputs[1], &sorted.sides[1]), conjunction(context, &sorted.both));
    if (sorted.stay.count == 0)
        return moved;
    int32_t *columns[2];
    for (int32_t s = 0; s < 2; s++) {
        int32_t count = join->inputs[s]->schema->count;
        columns[s] = BASE_ARENA_ARRAY(arena, int32_t, count + 1);
        for (int32_t c = 0; c < count; c++)
            columns[s][c] = s * left + c;
    }
    return opt_filter(context, moved,
                      opt_renumber(arena, conjunction(context, &sorted.stay), columns));
}

plan_node *opt_rule_join_condition(opt_context *context, plan_node *node) {
    if (node->kind != PLAN_JOIN || node->condition == NULL)
        return node;
    base_list conjuncts = {0};
    sorted_conjuncts sorted = {0};
    expr_conjuncts(context->plan->arena, node->condition, &conjuncts);
    sort_conjuncts(context, node, &conjuncts, false, &sorted);
    if (sorted.sides[0].count + sorted.sides[1].count == 0)
        return node;
    for (int32_t i = 0; i < sorted.stay.count; i++)
        base_list_add(context->plan->arena, &sorted.both, sorted.stay.items[i]);
    return opt_join_like(context, node, filtered(context, node->inputs[0], &sorted.sides[0]),
                         filtered(context, node->inputs[1], &sorted.sides[1]),
                         conjunction(context, &sorted.both));
}
