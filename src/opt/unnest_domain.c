/* Dependent joins in general: the right side for all values of its parameters at once.
 *
 * The domain D holds the distinct values that the left side has.  It moves down through the right
 * side, until below it nothing depends on parameters any more, and its columns come up again behind
 * those of each node:
 *
 *     Left DEPENDENT JOIN  Limit 1          Left JOIN  Project
 *       (k)                  Filter b > $k    ===>       ... first row of each D
 *                              Scan                        Filter b > D
 *                                                            Scan CROSS JOIN D
 *                                           ON left.k IS NOT DISTINCT FROM D
 *
 * An aggregation without keys has a row for every value: its groups are joined to D once more. */
#include "opt/unnest.h"

typedef struct domain {
    unnesting *u;
    plan_node *node; /* one column for each parameter */
    int32_t count;
} domain;

/* Columns of `node`, then those of D. */
static plan_node *push(domain *d, plan_node *node);

/* ---- small pieces ---------------------------------------------------------------------------- */

/* What the parameters are over a node that has D's columns from `first` on. */
static expr_node **parameters(domain *d, const plan_node *node, int32_t first) {
    expr_node **out = BASE_ARENA_ARRAY(d->u->arena, expr_node *, d->count + 1);
    for (int32_t i = 0; i < d->count; i++)
        out[i] = opt_column(d->u->context, node, first + i);
    return out;
}

static expr_node **replace_all(domain *d, expr_node *const *exprs, int32_t count,
                               expr_node *const *values) {
    expr_node **out = BASE_ARENA_ARRAY(d->u->arena, expr_node *, count + d->count + 1);
    for (int32_t i = 0; i < count; i++)
        out[i] = expr_substitute_outer(d->u->arena, exprs[i], values);
    return out;
}

/* left = right, where NULL equals NULL. */
static expr_node *same_value(unnesting *u, expr_node *left, expr_node *right) {
    bool nullable = left->type->nullable && right->type->nullable;
    return opt_call2(u->context, nullable ? "IS NOT DISTINCT FROM" : "=", left, right);
}

/* D's columns of a left node, from `left` on, agree with those of a right one. */
static expr_node *same_values(domain *d, const plan_node *left, int32_t left_first,
                              const plan_node *right, int32_t right_first) {
    unnesting *u = d->u;
    expr_node *out = NULL;
    for (int32_t i = 0; i < d->count; i++) {
        expr_node *equal =
            same_value(u, opt_column(u->context, left, left_first + i),
                       opt_to_right(u->context, opt_column(u->context, right, right_first + i)));
        out = opt_and(u->context, out, equal);
    }
    return out;
}

static plan_node *unsupported(domain *d, plan_node *node, const char *what) {
    unnesting *u = d->u;
    if (u->context->status == RASK_OK)
        opt_fail(u->context,
                 rask_error_set(u->context->err, RASK_ERROR_UNSUPPORTED,
                                "%s in a query that depends on the rows around it is not "
                                "supported.",
                                what));
    return opt_make_join(u->context, PLAN_JOIN_INNER, node, d->node, NULL);
}

/* ---- row-wise nodes -------------------------------------------------------------------------- */

static plan_node *push_filter(domain *d, plan_node *node) {
    plan_node *input = push(d, node->inputs[0]);
    expr_node **values = parameters(d, input, node->schema->count);
    return opt_filter(d->u->context, input,
                      expr_substitute_outer(d->u->arena, node->condition, values));
}

static plan_node *push_project(domain *d, plan_node *node) {
    plan_node *input = push(d, node->inputs[0]);
    expr_node **values = parameters(d, input, node->inputs[0]->schema->count);
    expr_node **exprs = replace_all(d, node->exprs, node->expr_count, values);
    for (int32_t i = 0; i < d->count; i++)
        exprs[node->expr_count + i] = values[i];
    return opt_make_project(d->u->context, input, exprs, node->expr_count + d->count);
}

/* VALUES whose cells name parameters: each row a projection of D. */
static plan_node *push_values(domain *d, plan_node *node) {
    unnesting *u = d->u;
    plan_node *all = NULL;
    expr_node **values = parameters(d, d->node, 0);
    for (int32_t r = 0; r < node->expr_count; r += node->row_width) {
        expr_node **exprs = replace_all(d, node->exprs + r, node->row_width, values);
        for (int32_t i = 0; i < d->count; i++)
            exprs[node->row_width + i] = values[i];
        plan_node *row = opt_make_project(u->context, d->node, exprs, node->row_width + d->count);
        all = all == NULL ? row : opt_union_all(u->context, all, row);
    }
    return all;
}

static plan_node *push_flat_map(domain *d, plan_node *node) {
    unnesting *u = d->u;
    int32_t width = node->inputs[0]->schema->count;
    plan_node *input = push(d, node->inputs[0]);
    expr_node **values = parameters(d, input, width);
    plan_node *copy = opt_copy_over(u->context, node, input);
    int32_t kept = node->keeps_input ? width : 0, made = node->schema->count - kept;
    data_schema *schema = data_schema_new(u->arena, input->schema->count + made);
    for (int32_t i = 0; i < schema->count; i++) {
        bool is_input = i < input->schema->count;
        const data_schema *from = is_input ? input->schema : node->schema;
        int32_t column = is_input ? i : kept + i - input->schema->count;
        schema->names[i] = from->names[column];
        schema->types[i] = from->types[column];
    }
    copy->schema = schema;
    copy->keeps_input = true;
    copy->exprs = replace_all(d, node->exprs, node->expr_count, values);
    /* input, D, made -> input, made, D */
    expr_node **columns = opt_columns(u->context, copy, 0);
    expr_node **exprs = BASE_ARENA_ARRAY(u->arena, expr_node *, schema->count + 1);
    int32_t count = 0;
    for (int32_t i = 0; i < kept; i++)
        exprs[count++] = columns[i];
    for (int32_t i = 0; i < made; i++)
        exprs[count++] = columns[input->schema->count + i];
    for (int32_t i = 0; i < d->count; i++)
        exprs[count++] = columns[width + i];
    return opt_make_project(u->context, copy, exprs, count);
}

/* ---- joins ----------------------------------------------------------------------------------- */

/* A join's sides, and where their own columns and D's are in its output. */
typedef struct pushed_join {
    plan_node *sides[2];
    bool has_domain[2];
    int32_t widths[2]; /* without D's columns */
} pushed_join;

/* Rows of a side that must be there for each value of D, even unmatched, need D at that side. */
static pushed_join push_sides(domain *d, const plan_node *node) {
    pushed_join out;
    plan_join_type type = node->join_type;
    bool must[2] = {type != PLAN_JOIN_INNER && type != PLAN_JOIN_RIGHT,
                    type == PLAN_JOIN_RIGHT || type == PLAN_JOIN_FULL};
    bool open[2];
    for (int32_t i = 0; i < 2; i++)
        open[i] = unnest_is_open(node->inputs[i]);
    if (!open[0] && !open[1] && !must[0] && !must[1])
        must[0] = true; /* only the condition is open */
    for (int32_t i = 0; i < 2; i++) {
        out.widths[i] = node->inputs[i]->schema->count;
        out.has_domain[i] = must[i] || open[i];
        out.sides[i] = out.has_domain[i] ? push(d, node->inputs[i]) : node->inputs[i];
    }
    return out;
}

/* The condition with D's columns for the parameters, taken from the side that has them. */
static expr_node *pushed_condition(domain *d, const plan_node *node, const pushed_join *join) {
    unnesting *u = d->u;
    int32_t side = join->has_domain[0] ? 0 : 1;
    expr_node *condition = node->condition;
    if (condition != NULL) {
        expr_node **values = parameters(d, join->sides[side], join->widths[side]);
        for (int32_t i = 0; i < d->count && side == 1; i++)
            values[i] = opt_to_right(u->context, values[i]);
        condition = expr_substitute_outer(u->arena, condition, values);
    }
    if (!join->has_domain[0] || !join->has_domain[1])
        return condition;
    return opt_and(
        u->context, condition,
        same_values(d, join->sides[0], join->widths[0], join->sides[1], join->widths[1]));
}

/* Output column of D's column i: of FULL joins whichever side has it. */
static expr_node *joined_domain(domain *d, const plan_node *joined, const pushed_join *join,
                                plan_join_type type, int32_t i) {
    unnesting *u = d->u;
    int32_t right_first = join->sides[0]->schema->count + join->widths[1];
    bool from_left = join->has_domain[0] && type != PLAN_JOIN_RIGHT;
    expr_node *left = from_left ? opt_column(u->context, joined, join->widths[0] + i) : NULL;
    if (from_left && type != PLAN_JOIN_FULL)
        return left;
    expr_node *right = opt_column(u->context, joined, right_first + i);
    return from_left ? opt_call2(u->context, "COALESCE", left, right) : right;
}

static plan_node *push_plain_join(domain *d, plan_node *node) {
    unnesting *u = d->u;
    pushed_join join = push_sides(d, node);
    plan_node *joined = opt_make_join(u->context, node->join_type, join.sides[0], join.sides[1],
                                      pushed_condition(d, node, &join));
    joined->is_null_aware = node->is_null_aware;
    int32_t count = node->schema->count;
    expr_node **columns = opt_columns(u->context, joined, 0);
    expr_node **exprs = BASE_ARENA_ARRAY(u->arena, expr_node *, count + d->count + 1);
    for (int32_t i = 0; i < count; i++)
        exprs[i] = i < join.widths[0] ? columns[i]
                                      : columns[join.sides[0]->schema->count + i - join.widths[0]];
    for (int32_t i = 0; i < d->count; i++)
        exprs[count + i] = joined_domain(d, joined, &join, node->join_type, i);
    return opt_make_project(u->context, joined, exprs, count + d->count);
}

/* A dependent join inside stays one, now over a left side that has D's columns. */
static plan_node *push_join(domain *d, plan_node *node) {
    unnesting *u = d->u;
    if (node->expr_count == 0)
        return push_plain_join(d, node);
    int32_t width = node->inputs[0]->schema->count;
    plan_node *left = push(d, node->inputs[0]);
    expr_node **values = parameters(d, left, width);
    dependent_join inner = {.type = node->join_type,
                            .left = unnest_node(u, left),
                            .right = node->inputs[1],
                            .values = replace_all(d, node->exprs, node->expr_count, values),
                            .value_count = node->expr_count,
                            .condition = node->condition};
    if (inner.condition != NULL)
        inner.condition = expr_substitute_outer(u->arena, inner.condition, values);
    plan_node *joined = unnest_join(u, &inner);
    expr_node **columns = opt_columns(u->context, joined, 0);
    int32_t count = joined->schema->count;
    expr_node **exprs = BASE_ARENA_ARRAY(u->arena, expr_node *, count + 1);
    for (int32_t i = 0; i < count; i++) /* left, D, right -> left, right, D */
        exprs[i] = columns[i < width              ? i
                           : i < count - d->count ? i + d->count
                                                  : i - (count - d->count) + width];
    return opt_make_project(u->context, joined, exprs, count);
}

/* ---- aggregation ----------------------------------------------------------------------------- */

/* keys, D, aggregates -> keys, aggregates, D */
static plan_node *reorder_groups(domain *d, const plan_node *node, plan_node *groups) {
    unnesting *u = d->u;
    expr_node **columns = opt_columns(u->context, groups, 0);
    expr_node **exprs = BASE_ARENA_ARRAY(u->arena, expr_node *, groups->schema->count + 1);
    int32_t count = 0;
    for (int32_t i = 0; i < groups->schema->count; i++)
        if (i < node->key_count || i >= node->key_count + d->count)
            exprs[count++] = columns[i];
    for (int32_t i = 0; i < d->count; i++)
        exprs[count++] = columns[node->key_count + i];
    return opt_make_project(u->context, groups, exprs, count);
}

/* One row for every value of D; `groups` has D, then the aggregates. */
static plan_node *add_empty_groups(domain *d, const plan_node *node, plan_node *groups) {
    unnesting *u = d->u;
    plan_node *joined = opt_make_join(u->context, PLAN_JOIN_LEFT, d->node, groups,
                                      same_values(d, d->node, 0, groups, 0));
    expr_node **columns = opt_columns(u->context, joined, 0);
    expr_node **exprs =
        BASE_ARENA_ARRAY(u->arena, expr_node *, node->aggregate_count + d->count + 1);
    for (int32_t i = 0; i < node->aggregate_count; i++) {
        const expr_node *call = node->aggregates[i];
        exprs[i] = columns[2 * d->count + i];
        if (!call->type->nullable)
            exprs[i] =
                opt_call2(u->context, "COALESCE", exprs[i], opt_empty_result(u->context, call));
    }
    for (int32_t i = 0; i < d->count; i++)
        exprs[node->aggregate_count + i] = columns[i];
    return opt_make_project(u->context, joined, exprs, node->aggregate_count + d->count);
}

static plan_node *push_aggregate(domain *d, plan_node *node) {
    unnesting *u = d->u;
    if (node->set_count > 0)
        return unsupported(d, node, "GROUPING SETS");
    plan_node *input = push(d, node->inputs[0]);
    expr_node **values = parameters(d, input, node->inputs[0]->schema->count);
    expr_node **keys = replace_all(d, node->keys, node->key_count, values);
    expr_node **aggregates = replace_all(d, node->aggregates, node->aggregate_count, values);
    for (int32_t i = 0; i < d->count; i++)
        keys[node->key_count + i] = values[i];
    plan_node *groups = opt_make_aggregate(u->context, input, keys, node->key_count + d->count,
                                           aggregates, node->aggregate_count);
    return node->key_count == 0 ? add_empty_groups(d, node, groups)
                                : reorder_groups(d, node, groups);
}

/* ---- the rest -------------------------------------------------------------------------------- */

static plan_node *push_set_operation(domain *d, plan_node *node) {
    unnesting *u = d->u;
    plan_node *copy = plan_node_copy(u->plan, node);
    for (int32_t i = 0; i < node->input_count; i++)
        copy->inputs[i] = push(d, node->inputs[i]);
    int32_t width = node->schema->count;
    data_schema *schema = data_schema_new(u->arena, width + d->count);
    for (int32_t i = 0; i < schema->count; i++) {
        schema->names[i] = i < width ? node->schema->names[i] : d->node->schema->names[i - width];
        schema->types[i] = i < width ? node->schema->types[i] : d->node->schema->types[i - width];
    }
    copy->schema = schema;
    return copy;
}

static plan_node *push_sort(domain *d, plan_node *node) {
    if (node->offset == 0 && node->fetch < 0)
        return push(d, node->inputs[0]); /* the order is lost anyway */
    if (node->fetch == 0)
        return opt_filter(d->u->context, push(d, node->inputs[0]), opt_bool(d->u->context, false));
    return unsupported(d, node, "LIMIT");
}

static plan_node *push(domain *d, plan_node *node) {
    if (!unnest_is_open(node))
        return opt_make_join(d->u->context, PLAN_JOIN_INNER, node, d->node, NULL);
    switch (node->kind) {
    case PLAN_FILTER:
        return push_filter(d, node);
    case PLAN_PROJECT:
        return push_project(d, node);
    case PLAN_VALUES:
        return push_values(d, node);
    case PLAN_JOIN:
        return push_join(d, node);
    case PLAN_AGGREGATE:
        return push_aggregate(d, node);
    case PLAN_SET_OP:
        return push_set_operation(d, node);
    case PLAN_SORT:
    case PLAN_LIMIT:
        return push_sort(d, node);
    case PLAN_FLAT_MAP:
        return push_flat_map(d, node);
    default:
        return unsupported(d, node, plan_kind_name(node->kind));
    }
}

/* ---- the join -------------------------------------------------------------------------------- */

plan_node *unnest_domain(unnesting *u, const dependent_join *join) {
    domain d = {.u = u, .count = join->value_count};
    int32_t width = join->right->schema->count;
    d.node = opt_make_aggregate(u->context, join->left, join->values, join->value_count, NULL, 0);
    plan_node *right = unnest_node(u, push(&d, join->right));
    expr_node *condition = NULL;
    for (int32_t i = 0; i < d.count; i++) {
        expr_node *equal =
            same_value(u, expr_copy(u->arena, join->values[i]),
                       opt_to_right(u->context, opt_column(u->context, right, width + i)));
        if (join->is_null_aware)
            equal = opt_call1(u->context, "IS TRUE", equal);
        condition = opt_and(u->context, condition, equal);
    }
    plan_node *joined = opt_make_join(u->context, join->type, join->left, right,
                                      opt_and(u->context, join->condition, condition));
    joined->is_null_aware = join->is_null_aware;
    if (join->type == PLAN_JOIN_SEMI || join->type == PLAN_JOIN_ANTI)
        return joined;
    return opt_first_columns(u->context, joined, join->left->schema->count + width);
}
