/* Grouping by a constant divides nothing: such keys leave the aggregate and come back in a
 * projection above it.  One key always stays, since an aggregate without keys has a row even where
 * there is none to aggregate. */
#include "opt/opt.h"

/* The constant behind a key, NULL where it is none. */
static expr_node *constant_of(const plan_node *aggregate, int32_t key) {
    expr_node *expr = aggregate->keys[key];
    const plan_node *input = aggregate->inputs[0];
    if (expr->kind == EXPR_INPUT && input->kind == PLAN_PROJECT)
        expr = input->exprs[expr->column];
    return expr_is_constant(expr) && !opt_has_udf(expr) ? expr : NULL;
}

/* The aggregate without the keys that have constants. */
static plan_node *without_keys(opt_context *context, const plan_node *node,
                               expr_node *const *constants) {
    base_arena *arena = context->plan->arena;
    plan_node *out = plan_node_copy(context->plan, node);
    data_schema *schema = data_schema_new(arena, node->schema->count);
    out->keys = BASE_ARENA_ARRAY(arena, expr_node *, node->key_count);
    out->key_count = schema->count = 0;
    for (int32_t i = 0; i < node->schema->count; i++) {
        if (i < node->key_count && constants[i] != NULL)
            continue;
        if (i < node->key_count)
            out->keys[out->key_count++] = node->keys[i];
        schema->names[schema->count] = node->schema->names[i];
        schema->types[schema->count++] = node->schema->types[i];
    }
    out->schema = schema;
    return out;
}

plan_node *opt_rule_constant_keys(opt_context *context, plan_node *node) {
    base_arena *arena = context->plan->arena;
    if (node->kind != PLAN_AGGREGATE || node->key_count < 2)
        return node;
    expr_node **constants = BASE_ARENA_ARRAY(arena, expr_node *, node->key_count);
    int32_t found = 0;
    for (int32_t i = 0; i < node->key_count; i++)
        found += (constants[i] = constant_of(node, i)) != NULL;
    if (found == node->key_count) {
        constants[0] = NULL;
        found--;
    }
    if (found == 0)
        return node;
    plan_node *aggregate = without_keys(context, node, constants);
    expr_node **exprs = BASE_ARENA_ARRAY(arena, expr_node *, node->schema->count + 1);
    for (int32_t i = 0, column = 0; i < node->schema->count; i++)
        exprs[i] = i < node->key_count && constants[i] != NULL
                       ? constants[i]
                       : expr_input(arena, 0, column++, node->schema->types[i]);
    return opt_project(context, aggregate, exprs, node->schema->count, node->schema->names);
}
