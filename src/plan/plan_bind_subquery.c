/* Binding queries inside expressions.
 *
 * Names that such a query does not know itself are looked up around it, level by level.  What is
 * found becomes a parameter of the query (EXPR_OUTER) and an argument of the subquery expression,
 * so that on every level a subquery is closed: see expr_subquery_kind. */
#include <string.h>

#include "plan/relation.h"

/* ---- parameters ------------------------------------------------------------------------------ */

rask_status plan_find_outer(void *binding, const expr_node *name, expr_node **out,
                            rask_error *err) {
    plan_binding *b = binding;
    plan_scope *scope = b->scope;
    expr_node *found;
    *out = NULL;
    if (scope == NULL)
        return RASK_OK;
    b->scope = scope->outer;
    rask_status status = expr_bind_outer(scope->around, name, &found, err);
    b->scope = scope;
    if (status != RASK_OK || found == NULL)
        return status;
    int32_t at = 0;
    while (at < scope->found.count && !expr_equal(scope->found.items[at], found))
        at++;
    if (at == scope->found.count)
        base_list_add(b->arena, &scope->found, found);
    *out = expr_outer(b->arena, at, found->type);
    (*out)->name = found->name;
    (*out)->place = name->place;
    return RASK_OK;
}

rask_status plan_bind_inside(plan_binding *b, expr_binding *around, plan_node *query,
                             plan_relation *out, base_list *values, rask_error *err) {
    plan_scope scope = {.around = around, .outer = b->scope};
    b->scope = &scope;
    rask_status status = plan_bind_relation(b, query, out, err);
    b->scope = scope.outer;
    *values = scope.found;
    return status;
}

/* ---- operands -------------------------------------------------------------------------------- */

typedef struct subquery_parts {
    plan_node *query;
    base_list operands, values;
} subquery_parts;

static bool is_row(const expr_node *node) {
    return node->kind == EXPR_CALL && node->function == NULL && node->name != NULL &&
           strcmp(node->name, "ROW") == 0;
}

/* (a, b) IN (...) has two operands. */
static rask_status bind_operands(plan_binding *b, expr_binding *around, const expr_node *node,
                                 base_list *out, rask_error *err) {
    for (int32_t i = 0; i < node->arg_count; i++) {
        expr_node *const *items = &node->args[i];
        int32_t count = 1;
        if (is_row(node->args[i])) {
            items = node->args[i]->args;
            count = node->args[i]->arg_count;
        }
        for (int32_t k = 0; k < count; k++) {
            expr_node *bound;
            RASK_TRY(expr_bind_node(around, items[k], &bound, err));
            base_list_add(b->arena, out, bound);
        }
    }
    return RASK_OK;
}

static rask_status wrong_width(const expr_binding *around, const expr_node *node,
                               const subquery_parts *parts, rask_error *err) {
    bool from_sql = around->binder->from_sql;
    if (node->subquery_kind == EXPR_SUBQUERY_SCALAR)
        return expr_error_at(from_sql, node->place, err,
                             "Cannot apply '$SCALAR_QUERY' to arguments of type "
                             "'$SCALAR_QUERY(<RECORDTYPE>)'");
    return expr_error_at(from_sql, node->place, err,
                         "Values passed to IN operator must have compatible types");
}

/* Operands and columns of the query get the types that a comparison gives them. */
static rask_status match_types(plan_binding *b, expr_binding *around, const expr_node *node,
                               subquery_parts *parts, rask_error *err) {
    const data_schema *schema = parts->query->schema;
    const data_type **types = BASE_ARENA_ARRAY(b->arena, const data_type *, schema->count + 1);
    const char *name = node->subquery_kind == EXPR_SUBQUERY_IN ? "=" : node->name;
    for (int32_t i = 0; i < schema->count; i++) {
        expr_node *sides[2] = {parts->operands.items[i],
                               plan_output_column(b->binder->plan, parts->query, i)};
        expr_node *comparison;
        RASK_TRY(expr_bind_function(around, name, sides, 2, node, &comparison, err));
        parts->operands.items[i] = comparison->args[0];
        types[i] = comparison->args[1]->type;
    }
    return plan_cast_columns(b, parts->query, types, NULL, &parts->query, err);
}

/* ---- results --------------------------------------------------------------------------------- */

static const data_type *result_type(const expr_node *node, const subquery_parts *parts) {
    const data_schema *schema = parts->query->schema;
    bool nullable = false;
    if (node->subquery_kind == EXPR_SUBQUERY_SCALAR)
        return data_type_with_null(schema->types[0], true);
    for (int32_t i = 0; i < parts->operands.count; i++)
        nullable |= ((const expr_node *)parts->operands.items[i])->type->nullable ||
                    schema->types[i]->nullable;
    return data_type_simple(DATA_BOOLEAN, nullable);
}

static expr_node *make(plan_binding *b, const expr_node *node, const subquery_parts *parts) {
    expr_node *out = expr_new(b->arena, EXPR_SUBQUERY);
    int32_t count = parts->operands.count + parts->values.count;
    out->subquery_kind = node->subquery_kind;
    out->name = base_arena_strdup(b->arena, node->name);
    out->subquery = parts->query;
    out->operand_count = parts->operands.count;
    out->args = BASE_ARENA_ARRAY(b->arena, expr_node *, count + 1);
    for (int32_t i = 0; i < count; i++)
        out->args[i] = i < out->operand_count ? parts->operands.items[i]
                                              : parts->values.items[i - out->operand_count];
    out->arg_count = count;
    out->type = result_type(node, parts);
    out->place = node->place;
    return out;
}

rask_status plan_bind_subquery(void *binding, expr_binding *around, const expr_node *node,
                               expr_node **out, rask_error *err) {
    plan_binding *b = binding;
    subquery_parts parts = {0};
    plan_relation relation;
    RASK_TRY(bind_operands(b, around, node, &parts.operands, err));
    RASK_TRY(plan_bind_inside(b, around, node->subquery, &relation, &parts.values, err));
    parts.query = plan_relation_finish(b, &relation);
    int32_t width = node->subquery_kind == EXPR_SUBQUERY_SCALAR ? 1 : parts.operands.count;
    if (node->subquery_kind != EXPR_SUBQUERY_EXISTS && parts.query->schema->count != width)
        return wrong_width(around, node, &parts, err);
    if (parts.operands.count > 0)
        RASK_TRY(match_types(b, around, node, &parts, err));
    *out = make(b, node, &parts);
    return RASK_OK;
}
