/* Makers of bound nodes. */
#include <string.h>

#include "plan/relation.h"

expr_node *plan_output_column(plan *p, const plan_node *node, int32_t column) {
    expr_node *input = expr_input(p->arena, 0, column, node->schema->types[column]);
    input->name = node->schema->names[column];
    return input;
}

plan_node *plan_make_project(plan *p, plan_node *input, expr_node *const *exprs,
                             const char *const *names, int32_t count) {
    plan_node *node = plan_node_new(p, PLAN_PROJECT, &input, 1);
    data_schema *schema = data_schema_new(p->arena, count);
    node->exprs = BASE_ARENA_ARRAY(p->arena, expr_node *, count + 1);
    node->expr_count = count;
    for (int32_t i = 0; i < count; i++) {
        node->exprs[i] = exprs[i];
        schema->names[i] = base_arena_strdup(p->arena, names[i]);
        schema->types[i] = exprs[i]->type;
    }
    node->schema = schema;
    node->is_bound = true;
    return node;
}

plan_node *plan_make_filter(plan *p, plan_node *input, expr_node *condition) {
    plan_node *node = plan_node_new(p, PLAN_FILTER, &input, 1);
    node->condition = condition;
    node->schema = input->schema;
    node->is_bound = true;
    return node;
}

plan_node *plan_make_sort(plan *p, plan_node *input, expr_node *const *keys, int32_t key_count,
                          int64_t offset, int64_t fetch) {
    plan_node *node = plan_node_new(p, key_count > 0 ? PLAN_SORT : PLAN_LIMIT, &input, 1);
    node->keys = BASE_ARENA_ARRAY(p->arena, expr_node *, key_count + 1);
    for (int32_t i = 0; i < key_count; i++)
        node->keys[i] = keys[i];
    node->key_count = key_count;
    node->offset = offset;
    node->fetch = fetch;
    node->schema = input->schema;
    node->is_bound = true;
    return node;
}

plan_node *plan_make_one_row(plan *p) {
    plan_node *node = plan_node_new(p, PLAN_VALUES, NULL, 0);
    data_schema *schema = data_schema_new(p->arena, 1);
    schema->names[0] = "ZERO";
    schema->types[0] = data_type_simple(DATA_INT, false);
    node->exprs = BASE_ARENA_ARRAY(p->arena, expr_node *, 1);
    node->exprs[0] = expr_literal_i64(p->arena, schema->types[0], 0);
    node->expr_count = node->row_width = 1;
    node->schema = schema;
    node->is_bound = true;
    return node;
}

static bool is_taken(const char *name, const char *const *names, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

const char *plan_unique_name(base_arena *arena, const char *name, const char *const *names,
                             int32_t count) {
    const char *candidate = name;
    for (int32_t i = 0; is_taken(candidate, names, count); i++)
        candidate = base_arena_printf(arena, "%s%d", name, i);
    return candidate;
}

/* The expression that column `i` of `node` has in the projection that will compute the casts. */
static expr_node *source_of(plan *p, const plan_node *node, int32_t i) {
    return node->kind == PLAN_PROJECT ? node->exprs[i] : plan_output_column(p, node, i);
}

rask_status plan_cast_columns(plan_binding *b, plan_node *node, const data_type *const *types,
                              const char *const *names, plan_node **out, rask_error *err) {
    plan *p = b->binder->plan;
    expr_binder binder = {.arena = b->arena, .from_sql = b->binder->from_sql};
    int32_t count = node->schema->count;
    expr_node **exprs = BASE_ARENA_ARRAY(b->arena, expr_node *, count + 1);
    bool same = true;
    for (int32_t i = 0; i < count; i++) {
        same &= data_type_equal_ignoring_null(node->schema->types[i], types[i]);
        RASK_TRY(expr_bind_cast(&binder, source_of(p, node, i), types[i], &exprs[i], err));
    }
    *out = node;
    if (!same)
        *out = plan_make_project(p, node->kind == PLAN_PROJECT ? node->inputs[0] : node, exprs,
                                 names != NULL ? names : (const char *const *)node->schema->names,
                                 count);
    return RASK_OK;
}
