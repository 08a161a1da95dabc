/* Looking at expressions and rewriting bound ones: equality, properties, used columns, remapping,
 * substitution, conjuncts.  Nodes are read-only, so every rewrite is a copy. */
#include <string.h>

#include "expr/udf.h"

static bool text_equal(const char *a, const char *b) {
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

static bool maybe_equal(const expr_node *a, const expr_node *b) {
    if (a == NULL || b == NULL)
        return a == b;
    return expr_equal(a, b);
}

static bool frames_equal(const expr_window_frame *a, const expr_window_frame *b) {
    if (a == NULL || b == NULL)
        return a == b;
    return a->is_rows == b->is_rows && a->start_kind == b->start_kind &&
           a->end_kind == b->end_kind && maybe_equal(a->start, b->start) &&
           maybe_equal(a->end, b->end);
}

bool expr_equal(const expr_node *a, const expr_node *b) {
    if (a == b)
        return true;
    if (a->kind != b->kind || a->type != b->type || a->arg_count != b->arg_count ||
        a->name_count != b->name_count || a->function != b->function ||
        a->aggregate != b->aggregate || a->udf != b->udf || a->input != b->input ||
        a->column != b->column || a->is_try != b->is_try || a->distinct != b->distinct ||
        a->descending != b->descending || a->nulls_order != b->nulls_order ||
        a->subquery != b->subquery || a->subquery_kind != b->subquery_kind ||
        a->operand_count != b->operand_count || a->partition_count != b->partition_count)
        return false;
    /* The name of a bound column only serves messages. */
    if (a->kind != EXPR_INPUT && a->kind != EXPR_OUTER && !text_equal(a->name, b->name))
        return false;
    if (a->kind == EXPR_LITERAL && !data_value_equal(&a->value, &b->value))
        return false;
    for (int32_t i = 0; i < a->name_count; i++)
        if (!text_equal(a->names[i], b->names[i]))
            return false;
    for (int32_t i = 0; i < a->arg_count; i++)
        if (!expr_equal(a->args[i], b->args[i]))
            return false;
    return maybe_equal(a->filter, b->filter) && frames_equal(a->frame, b->frame);
}

int32_t expr_list_add_once(base_arena *arena, base_list *list, expr_node *node) {
    int32_t at = 0;
    while (at < list->count && !expr_equal(list->items[at], node))
        at++;
    if (at == list->count)
        base_list_add(arena, list, node);
    return at;
}

bool expr_walk(expr_node *node, bool (*visit)(void *context, expr_node *node), void *context) {
    if (node == NULL)
        return true;
    if (!visit(context, node))
        return false;
    for (int32_t i = 0; i < node->arg_count; i++)
        if (!expr_walk(node->args[i], visit, context))
            return false;
    if (!expr_walk(node->filter, visit, context))
        return false;
    if (node->frame != NULL)
        return expr_walk(node->frame->start, visit, context) &&
               expr_walk(node->frame->end, visit, context);
    return true;
}

/* expr_walk over a node that is only read. */
static bool walk_const(const expr_node *node, bool (*visit)(void *, expr_node *), void *context) {
    return expr_walk((expr_node *)node, visit, context);
}

static bool cannot_fail(void *context, expr_node *node) {
    if (node->udf != NULL)
        return false;
    return node->function == NULL || (node->function->flags & FUNC_CAN_FAIL) == 0;
}

bool expr_can_fail(const expr_node *bound) {
    return !walk_const(bound, cannot_fail, NULL);
}

static bool is_deterministic(void *context, expr_node *node) {
    if (node->udf != NULL)
        return node->udf->udf.deterministic;
    return node->function == NULL || (node->function->flags & FUNC_NOT_DETERMINISTIC) == 0;
}

bool expr_is_deterministic(const expr_node *bound) {
    return walk_const(bound, is_deterministic, NULL);
}

static bool is_constant(void *context, expr_node *node) {
    if (node->function != NULL && (node->function->flags & FUNC_DYNAMIC) != 0)
        return false;
    return node->kind != EXPR_INPUT && node->kind != EXPR_OUTER && node->kind != EXPR_NAME &&
           node->kind != EXPR_STAR && node->kind != EXPR_SUBQUERY && is_deterministic(NULL, node);
}

bool expr_is_constant(const expr_node *bound) {
    return walk_const(bound, is_constant, NULL);
}

static bool is_other_kind(void *context, expr_node *node) {
    return node->kind != *(const expr_kind *)context;
}

bool expr_has_kind(const expr_node *node, expr_kind kind) {
    return !walk_const(node, is_other_kind, &kind);
}

struct used_columns {
    int32_t input;
    bool *used;
};

static bool mark_used(void *context, expr_node *node) {
    const struct used_columns *columns = context;
    if (node->kind == EXPR_INPUT && node->input == columns->input)
        columns->used[node->column] = true;
    return true;
}

void expr_used_columns(const expr_node *bound, int32_t input, bool *used) {
    struct used_columns columns = {input, used};
    walk_const(bound, mark_used, &columns);
}

/* A copy of `node` with every node of kind `kind` given by `replace`. */
struct rewrite {
    base_arena *arena;
    expr_kind kind;
    expr_node *(*replace)(const struct rewrite *rewrite, const expr_node *input);
    const int32_t *map;
    expr_node *const *exprs;
};

static expr_node *rewrite_leaves(const struct rewrite *rewrite, const expr_node *node) {
    if (node->kind == rewrite->kind)
        return rewrite->replace(rewrite, node);
    expr_node *copy = BASE_ARENA_NEW(rewrite->arena, expr_node);
    *copy = *node;
    if (node->arg_count > 0) {
        copy->args = BASE_ARENA_ARRAY(rewrite->arena, expr_node *, node->arg_count);
        for (int32_t i = 0; i < node->arg_count; i++)
            copy->args[i] = rewrite_leaves(rewrite, node->args[i]);
    }
    if (node->filter != NULL)
        copy->filter = rewrite_leaves(rewrite, node->filter);
    return copy;
}

static expr_node *replace_by_map(const struct rewrite *rewrite, const expr_node *input) {
    expr_node *copy = BASE_ARENA_NEW(rewrite->arena, expr_node);
    *copy = *input;
    copy->column = rewrite->map[input->column];
    return copy;
}

static expr_node *replace_by_expr(const struct rewrite *rewrite, const expr_node *input) {
    return expr_copy(rewrite->arena, rewrite->exprs[input->column]);
}

expr_node *expr_remap(base_arena *arena, const expr_node *bound, const int32_t *map) {
    /* Copied first, so that the result owns all its texts in `arena`. */
    struct rewrite rewrite = {arena, EXPR_INPUT, replace_by_map, map, NULL};
    return rewrite_leaves(&rewrite, expr_copy(arena, bound));
}

expr_node *expr_substitute(base_arena *arena, const expr_node *bound, expr_node *const *exprs) {
    struct rewrite rewrite = {arena, EXPR_INPUT, replace_by_expr, NULL, exprs};
    return rewrite_leaves(&rewrite, expr_copy(arena, bound));
}

expr_node *expr_substitute_outer(base_arena *arena, const expr_node *bound,
                                 expr_node *const *exprs) {
    struct rewrite rewrite = {arena, EXPR_OUTER, replace_by_expr, NULL, exprs};
    return rewrite_leaves(&rewrite, expr_copy(arena, bound));
}

static bool is_and(const expr_node *node) {
    return node->kind == EXPR_CALL && node->name != NULL && strcmp(node->name, "AND") == 0;
}

void expr_conjuncts(base_arena *arena, expr_node *condition, base_list *out) {
    if (condition == NULL)
        return;
    if (!is_and(condition)) {
        base_list_add(arena, out, condition);
        return;
    }
    for (int32_t i = 0; i < condition->arg_count; i++)
        expr_conjuncts(arena, condition->args[i], out);
}

expr_node *expr_and(base_arena *arena, expr_node *const *conjuncts, int32_t count) {
    if (count <= 1)
        return count == 0 ? NULL : conjuncts[0];
    expr_node *node = expr_call(arena, "AND", conjuncts, count);
    bool nullable = false;
    for (int32_t i = 0; i < count; i++) {
        if (conjuncts[i]->type == NULL)
            return node; /* unresolved */
        nullable |= conjuncts[i]->type->nullable;
    }
    const data_type *types[2] = {conjuncts[0]->type, conjuncts[1]->type};
    func_resolution resolution;
    if (func_resolve("AND", types, NULL, 2, &resolution, NULL) == RASK_OK)
        node->function = resolution.row;
    node->type = data_type_simple(DATA_BOOLEAN, nullable);
    return node;
}
