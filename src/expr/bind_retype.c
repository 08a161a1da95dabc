/* Types anew: what an expression's type is when columns under it may be NULL that were not before
 * (group keys that not every grouping set has). */
#include <string.h>

#include "expr/binding.h"

static bool any_nullable(const expr_node *node, int32_t first, int32_t step) {
    for (int32_t i = first; i < node->arg_count; i += step)
        if (node->args[i]->type->nullable)
            return true;
    return false;
}

/* CASE's values: every second argument, and the last. */
static bool is_case_nullable(const expr_node *node) {
    return any_nullable(node, 1, 2) || node->args[node->arg_count - 1]->type->nullable;
}

static const data_type *resolved_type(const expr_node *node) {
    const data_type *types[FUNC_ARGS_MAX];
    const data_value *literals[FUNC_ARGS_MAX];
    func_resolution resolution;
    if (node->arg_count > FUNC_ARGS_MAX)
        return node->type;
    for (int32_t i = 0; i < node->arg_count; i++) {
        types[i] = node->args[i]->type;
        literals[i] = node->args[i]->kind == EXPR_LITERAL ? &node->args[i]->value : NULL;
    }
    rask_status status =
        func_resolve(node->function->name, types, literals, node->arg_count, &resolution, NULL);
    bool fits =
        status == RASK_OK && data_type_equal_ignoring_null(resolution.result_type, node->type);
    return fits ? resolution.result_type : node->type;
}

void expr_retype(expr_node *node) {
    if (node->kind == EXPR_CAST)
        node->type = data_type_with_null(node->type, node->is_try || node->args[0]->type->nullable);
    if (node->kind != EXPR_CALL || node->function == NULL)
        return;
    switch (node->function->special) {
    case FUNC_AND:
    case FUNC_OR:
        node->type = data_type_with_null(node->type, any_nullable(node, 0, 1));
        break;
    case FUNC_CASE:
        node->type = data_type_with_null(node->type, is_case_nullable(node));
        break;
    default:
        node->type = resolved_type(node);
    }
}
