/* ORDER BY and LIMIT over what is no SELECT block: set operations, VALUES, tables of the API. */
#include <string.h>

#include "plan/relation.h"

bool plan_is_ordinal(const expr_node *key) {
    return key->kind == EXPR_LITERAL && !key->value.is_null &&
           data_kind_is_integer(key->type->kind) && key->value.i64 >= 0;
}

static rask_status bind_key(plan_binding *b, const plan_relation *relation, const expr_node *order,
                            expr_node **out, rask_error *err) {
    const expr_node *key = order->kind == EXPR_ORDER ? order->args[0] : order;
    bool from_sql = b->binder->from_sql;
    expr_node *bound;
    if (from_sql && plan_is_ordinal(key)) {
        if (key->value.i64 < 1 || key->value.i64 > relation->column_count)
            return expr_error_at(true, key->place, err, "Ordinal out of range");
        bound = plan_output_column(b->binder->plan, relation->node, (int32_t)key->value.i64 - 1);
    } else {
        expr_binder binder = plan_expression_binder(b, relation, "ORDER BY clause");
        RASK_TRY(expr_bind(&binder, key, &bound, err));
    }
    *out = expr_order(b->arena, bound, order->descending, order->nulls_order);
    if ((*out)->nulls_order == 0) {
        /* SQL takes nulls for the smallest values, the Table API for the largest. */
        bool last = from_sql ? order->descending : !order->descending;
        (*out)->nulls_order = last ? 1 : -1;
    }
    return RASK_OK;
}

/* Keys that are expressions become columns, which the projection on top drops again. */
static plan_node *sort_by_expressions(plan_binding *b, plan_node *input, expr_node **keys,
                                      const plan_ordering *ordering) {
    plan *p = b->binder->plan;
    int32_t width = input->schema->count, count = width;
    expr_node **exprs = BASE_ARENA_ARRAY(b->arena, expr_node *, width + ordering->key_count + 1);
    const char **names = BASE_ARENA_ARRAY(b->arena, const char *, width + ordering->key_count + 1);
    for (int32_t i = 0; i < width; i++) {
        exprs[i] = plan_output_column(p, input, i);
        names[i] = input->schema->names[i];
    }
    for (int32_t i = 0; i < ordering->key_count; i++) {
        expr_node *key = keys[i]->args[0];
        if (key->kind == EXPR_INPUT)
            continue;
        exprs[count] = key;
        names[count] = base_arena_printf(b->arena, "$f%d", count);
        keys[i]->args[0] = expr_input(b->arena, 0, count++, key->type);
    }
    plan_node *node = input;
    if (count > width)
        node = plan_make_project(p, input, exprs, names, count);
    node = plan_make_sort(p, node, keys, ordering->key_count, ordering->offset, ordering->fetch);
    return count > width ? plan_make_project(p, node, exprs, names, width) : node;
}

/* LIMIT over a sort belongs into the sort, also below a projection. */
static plan_node *limit(plan *p, plan_node *input, int64_t offset, int64_t fetch) {
    if (input->kind == PLAN_SORT && input->fetch < 0 && input->offset == 0)
        return plan_make_sort(p, input->inputs[0], input->keys, input->key_count, offset, fetch);
    if (input->kind == PLAN_PROJECT && input->inputs[0]->kind == PLAN_SORT &&
        input->inputs[0]->fetch < 0 && input->inputs[0]->offset == 0) {
        plan_node *project = plan_node_copy(p, input);
        project->inputs[0] = limit(p, input->inputs[0], offset, fetch);
        return project;
    }
    return plan_make_sort(p, input, NULL, 0, offset, fetch);
}

rask_status plan_bind_ordering(plan_binding *b, plan_relation *relation,
                               const plan_ordering *ordering, rask_error *err) {
    expr_node **keys = BASE_ARENA_ARRAY(b->arena, expr_node *, ordering->key_count + 1);
    for (int32_t i = 0; i < ordering->key_count; i++)
        RASK_TRY(bind_key(b, relation, ordering->keys[i], &keys[i], err));
    if (ordering->key_count == 0)
        relation->node = limit(b->binder->plan, relation->node, ordering->offset, ordering->fetch);
    else
        relation->node = sort_by_expressions(b, relation->node, keys, ordering);
    return RASK_OK;
}
