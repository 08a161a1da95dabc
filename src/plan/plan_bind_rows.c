/* Binding VALUES and set operations: rows and inputs are brought to common types. */
#include <string.h>

#include "expr/program.h"
#include "plan/relation.h"

/* ---- VALUES ---------------------------------------------------------------------------------- */

static rask_status different_rows(const plan_binding *b, const plan_node *node, rask_error *err) {
    return expr_error_at(b->binder->from_sql, node->place, err,
                         "Values passed to VALUES operator must have compatible types");
}

static rask_status bind_cells(plan_binding *b, const plan_node *node, expr_node **cells,
                              rask_error *err) {
    plan_relation nothing = {0};
    expr_binder binder = plan_expression_binder(b, &nothing, "VALUES");
    for (int32_t i = 0; i < node->expr_count; i++) {
        RASK_TRY(expr_bind(&binder, node->exprs[i], &cells[i], err));
        if (cells[i]->type->kind == DATA_NULL && b->binder->from_sql)
            return expr_error_at(true, node->exprs[i]->place, err, "Illegal use of 'NULL'");
    }
    return RASK_OK;
}

static const data_type *column_type(plan_binding *b, const plan_node *node, expr_node *const *cells,
                                    int32_t column) {
    int32_t rows = node->expr_count / node->row_width;
    const data_type **types = BASE_ARENA_ARRAY(b->arena, const data_type *, rows + 1);
    bool nullable = false;
    for (int32_t r = 0; r < rows; r++) {
        types[r] = cells[r * node->row_width + column]->type;
        nullable |= types[r]->nullable;
    }
    const data_type *common = func_common_type(types, rows);
    return common != NULL ? data_type_with_null(common, nullable) : NULL;
}

/* A literal under a cast as a literal of the new type, where the cast works out. */
static expr_node *fold_literal(plan_binding *b, expr_node *node) {
    if (node->kind != EXPR_CAST || node->args[0]->kind != EXPR_LITERAL ||
        node->type->kind == DATA_TIMESTAMP_LTZ || node->args[0]->type->kind == DATA_TIMESTAMP_LTZ)
        return node; /* the session's time zone is not known here */
    func_context context = {.world = base_world_system(), .scratch = b->arena};
    data_value value;
    if (expr_evaluate_constant(node, &context, b->arena, &value, NULL) != RASK_OK)
        return node;
    value.type = node->type;
    return expr_literal(b->arena, &value);
}

rask_status plan_bind_values(plan_binding *b, plan_node *node, plan_relation *out,
                             rask_error *err) {
    plan *p = b->binder->plan;
    if (node->row_width <= 0 || node->expr_count % node->row_width != 0 || node->expr_count == 0)
        return different_rows(b, node, err);
    expr_node **cells = BASE_ARENA_ARRAY(p->arena, expr_node *, node->expr_count);
    RASK_TRY(bind_cells(b, node, cells, err));
    expr_binder binder = {.arena = b->arena, .from_sql = b->binder->from_sql};
    data_schema *schema = data_schema_new(p->arena, node->row_width);
    for (int32_t c = 0; c < node->row_width; c++) {
        const data_type *type = column_type(b, node, cells, c);
        if (type == NULL)
            return different_rows(b, node, err);
        schema->names[c] = base_arena_printf(p->arena, "EXPR$%d", c);
        schema->types[c] = type;
        for (int32_t i = c; i < node->expr_count; i += node->row_width) {
            RASK_TRY(expr_bind_cast(&binder, cells[i], type, &cells[i], err));
            cells[i] = fold_literal(b, cells[i]);
        }
    }
    plan_node *bound = plan_node_new(p, PLAN_VALUES, NULL, 0);
    bound->exprs = cells;
    bound->expr_count = node->expr_count;
    bound->row_width = node->row_width;
    bound->schema = schema;
    bound->is_bound = true;
    plan_relation_of(b, bound, NULL, out);
    return RASK_OK;
}

/* ---- UNION, INTERSECT, EXCEPT ---------------------------------------------------------------- */

static const char *operation_name(plan_binding *b, const plan_node *node) {
    static const char *const sql[] = {"UNION", "INTERSECT", "EXCEPT"};
    static const char *const api[] = {"union", "intersect", "minus"};
    if (!b->binder->from_sql)
        return api[node->set_op];
    return base_arena_printf(b->arena, "%s%s", sql[node->set_op], node->is_all ? " ALL" : "");
}

/* A query, or its select list where it is a SELECT. */
static expr_place list_place(const plan_node *query) {
    if (query->kind != PLAN_SELECT || query->is_bound)
        return query->place;
    expr_place first = query->exprs[0]->place, last = query->exprs[query->expr_count - 1]->place;
    return (expr_place){first.line, first.column, last.end_line, last.end_column};
}

/* Item `i` of a select list or of the first row of VALUES. */
static expr_place item_place(const plan_node *query, int32_t i) {
    bool has_items = !query->is_bound && (query->kind == PLAN_SELECT || query->kind == PLAN_VALUES);
    return has_items && i < query->expr_count ? query->exprs[i]->place : query->place;
}

static rask_status different_width(plan_binding *b, const plan_node *node, const plan_node *left,
                                   const plan_node *right, rask_error *err) {
    if (b->binder->from_sql)
        return expr_error_at(true, list_place(node->inputs[1]), err, "Column count mismatch in %s",
                             operation_name(b, node));
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "The %s operation on two tables of different column sizes: %d and %d is "
                          "not supported",
                          operation_name(b, node), left->schema->count, right->schema->count);
}

static rask_status different_types(plan_binding *b, const plan_node *node, int32_t column,
                                   const data_type *const *types, rask_error *err) {
    if (b->binder->from_sql)
        return expr_error_at(true, item_place(node->inputs[0], column), err,
                             "Type mismatch in column %d of %s", column + 1,
                             operation_name(b, node));
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "Incompatible types for %s operation. Could not find a common type at "
                          "position %d for '%s' and '%s'.",
                          operation_name(b, node), column, data_type_text(b->arena, types[0], true),
                          data_type_text(b->arena, types[1], true));
}

/* Bound input `i` with the names its relation gives it. */
static rask_status bind_input(plan_binding *b, plan_node *node, plan_relation *out,
                              rask_error *err) {
    RASK_TRY(plan_bind_relation(b, node, out, err));
    for (int32_t i = 0; i < out->column_count; i++)
        if (out->columns[i].needs_qualifier)
            return expr_error_at(b->binder->from_sql, node->place, err,
                                 "JOIN ... USING needs a SELECT around it here");
    return RASK_OK;
}

static bool nullable_result(plan_set_op op, const data_type *a, const data_type *b) {
    if (op == PLAN_EXCEPT)
        return a->nullable;
    return op == PLAN_UNION ? a->nullable || b->nullable : a->nullable && b->nullable;
}

rask_status plan_bind_set_op(plan_binding *b, plan_node *node, plan_relation *out,
                             rask_error *err) {
    plan *p = b->binder->plan;
    plan_relation left, right;
    RASK_TRY(bind_input(b, node->inputs[0], &left, err));
    RASK_TRY(bind_input(b, node->inputs[1], &right, err));
    int32_t count = left.node->schema->count;
    if (right.node->schema->count != count)
        return different_width(b, node, left.node, right.node, err);
    data_schema *schema = data_schema_new(p->arena, count);
    for (int32_t i = 0; i < count; i++) {
        const data_type *types[2] = {left.node->schema->types[i], right.node->schema->types[i]};
        const data_type *common = func_common_type(types, 2);
        if (common == NULL)
            return different_types(b, node, i, types, err);
        schema->names[i] = base_arena_strdup(p->arena, left.columns[i].name);
        schema->types[i] =
            data_type_with_null(common, nullable_result(node->set_op, types[0], types[1]));
    }
    plan_node *inputs[2];
    RASK_TRY(plan_cast_columns(b, left.node, schema->types, NULL, &inputs[0], err));
    RASK_TRY(plan_cast_columns(b, right.node, schema->types, NULL, &inputs[1], err));
    plan_node *bound = plan_node_new(p, PLAN_SET_OP, inputs, 2);
    bound->set_op = node->set_op;
    bound->is_all = node->is_all;
    bound->schema = schema;
    bound->is_bound = true;
    plan_relation_of(b, bound, NULL, out);
    return RASK_OK;
}
