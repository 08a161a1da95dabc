/* What conditions and constants tell about the values of a column: which signs it can have, and
 * whether a filter contradicts itself.  No more than Flink's planner concludes, since the plan's
 * shape, and with it the changelog, depends on it: it looks through columns, constants and CASE,
 * not through arithmetic. */
#include "opt/opt.h"

/* ---- constants ------------------------------------------------------------------------------- */
/* -1, 0, 1; *known = false where the value is no number. */
static int sign_of_value(const data_value *value, bool *known) {
    *known = !value->is_null;
    switch (value->type->kind) {
    case DATA_TINYINT:
    case DATA_SMALLINT:
    case DATA_INT:
    case DATA_BIGINT:
        return (value->i64 > 0) - (value->i64 < 0);
    case DATA_DECIMAL:
        return (value->i128 > 0) - (value->i128 < 0);
    case DATA_FLOAT:
    case DATA_DOUBLE:
        return (value->f64 > 0) - (value->f64 < 0);
    default:
        *known = false;
        return 0;
    }
}

/* The order of two values; false where their types do not compare as numbers. */
static bool compare_values(const data_value *a, const data_value *b, int *order) {
    if (a->is_null || b->is_null || !data_type_equal_ignoring_null(a->type, b->type))
        return false;
    switch (a->type->kind) {
    case DATA_TINYINT:
    case DATA_SMALLINT:
    case DATA_INT:
    case DATA_BIGINT:
    case DATA_DATE:
    case DATA_TIME:
        *order = (a->i64 > b->i64) - (a->i64 < b->i64);
        return true;
    case DATA_DECIMAL:
        *order = (a->i128 > b->i128) - (a->i128 < b->i128);
        return true;
    default:
        return false;
    }
}

/* ---- comparisons: column op constant --------------------------------------------------------- */
typedef struct comparison {
    int32_t column;
    char op; /* '=', '<', '>' */
    bool or_equal;
    const data_value *value;
} comparison;

static bool read_comparison(const expr_node *node, comparison *out) {
    static const char *const names[] = {"=", "<", "<=", ">", ">="};
    if (node->kind != EXPR_CALL || node->function == NULL || node->arg_count != 2)
        return false;
    size_t i = 0;
    while (i < sizeof names / sizeof *names && strcmp(node->function->name, names[i]) != 0)
        i++;
    if (i == sizeof names / sizeof *names)
        return false;
    bool is_mirrored = node->args[0]->kind == EXPR_LITERAL;
    const expr_node *column = node->args[is_mirrored], *literal = node->args[!is_mirrored];
    if (column->kind != EXPR_INPUT || literal->kind != EXPR_LITERAL)
        return false;
    *out = (comparison){column->column, names[i][0], names[i][1] == '=', &literal->value};
    if (is_mirrored && out->op != '=')
        out->op = out->op == '<' ? '>' : '<';
    return true;
}

/* ---- signs ----------------------------------------------------------------------------------- */
static int sign_by_comparison(const expr_node *condition, int32_t column) {
    comparison found;
    bool known;
    if (!read_comparison(condition, &found) || found.column != column)
        return 0;
    int sign = sign_of_value(found.value, &known), signs = 0;
    if (known && sign >= 0 && found.op != '<')
        signs |= OPT_NOT_NEGATIVE;
    if (known && sign <= 0 && found.op != '>')
        signs |= OPT_NOT_POSITIVE;
    return signs;
}

static int sign_by_condition(const expr_node *condition, int32_t column) {
    func_special special = condition->kind == EXPR_CALL && condition->function != NULL
                               ? condition->function->special
                               : FUNC_ORDINARY;
    if (condition->kind == EXPR_CALL && strcmp(condition->name, "IS TRUE") == 0)
        return sign_by_condition(condition->args[0], column);
    if (special != FUNC_AND && special != FUNC_OR)
        return sign_by_comparison(condition, column);
    int signs = special == FUNC_AND ? 0 : OPT_NOT_NEGATIVE | OPT_NOT_POSITIVE;
    for (int32_t i = 0; i < condition->arg_count; i++) {
        int one = sign_by_condition(condition->args[i], column);
        signs = special == FUNC_AND ? signs | one : signs & one;
    }
    return signs;
}

static int sign_of_column(const plan_node *node, int32_t column) {
    switch (node->kind) {
    case PLAN_FILTER:
        return sign_by_condition(node->condition, column) | sign_of_column(node->inputs[0], column);
    case PLAN_PROJECT:
        return opt_sign_of(node->inputs[0], node->exprs[column]);
    case PLAN_AGGREGATE:
        if (column < node->key_count)
            return opt_sign_of(node->inputs[0], node->keys[column]);
        return strcmp(node->aggregates[column - node->key_count]->aggregate->name, "COUNT") == 0
                   ? OPT_NOT_NEGATIVE
                   : 0;
    default:
        return 0;
    }
}

/* Of the branches of a CASE: condition, value, condition, value, ..., else. */
static int sign_of_case(const plan_node *input, const expr_node *node) {
    int signs = OPT_NOT_NEGATIVE | OPT_NOT_POSITIVE;
    for (int32_t i = 1; i < node->arg_count; i += 2)
        signs &= opt_sign_of(input, node->args[i]);
    return node->arg_count % 2 == 1 ? signs & opt_sign_of(input, node->args[node->arg_count - 1])
                                    : 0;
}

int opt_sign_of(const plan_node *input, const expr_node *expr) {
    bool known;
    if (expr->kind == EXPR_INPUT)
        return sign_of_column(input, expr->column);
    if (expr->kind == EXPR_LITERAL)
        return sign_of_value(&expr->value, &known) >= 0 && known ? OPT_NOT_NEGATIVE : 0;
    bool is_case =
        expr->kind == EXPR_CALL && expr->function != NULL && expr->function->special == FUNC_CASE;
    return is_case ? sign_of_case(input, expr) : 0;
}

int opt_sign_of_filtered(const plan_node *input, const expr_node *expr, const expr_node *filter) {
    int signs = opt_sign_of(input, expr);
    if (filter != NULL && expr->kind == EXPR_INPUT) {
        signs |= sign_by_condition(filter, expr->column);
        /* Lowering has made the condition a column of the projection below. */
        if (filter->kind == EXPR_INPUT && input->kind == PLAN_PROJECT &&
            input->exprs[expr->column]->kind == EXPR_INPUT)
            signs |=
                sign_by_condition(input->exprs[filter->column], input->exprs[expr->column]->column);
    }
    return signs;
}

/* ---- contradictions -------------------------------------------------------------------------- */
/* Whether no value satisfies both: x > 3 and x < 2, x = 1 and x = 2. */
static bool exclude(const comparison *a, const comparison *b) {
    int order;
    if (a->column != b->column || !compare_values(a->value, b->value, &order))
        return false;
    if (a->op == '=' && b->op == '=')
        return order != 0;
    bool a_is_low = a->op == '>' || (a->op == '=' && b->op == '<');
    bool b_is_high = b->op == '<' || (b->op == '=' && a->op == '>');
    if (!a_is_low || !b_is_high)
        return false;
    return order > 0 ||
           (order == 0 && !((a->or_equal || a->op == '=') && (b->or_equal || b->op == '=')));
}

bool opt_ranges_contradict(base_arena *arena, const plan_node *filter) {
    base_list conjuncts = {0};
    expr_conjuncts(arena, filter->condition, &conjuncts);
    comparison *found = BASE_ARENA_ARRAY(arena, comparison, conjuncts.count + 1);
    int32_t count = 0;
    for (int32_t i = 0; i < conjuncts.count; i++)
        count += read_comparison(conjuncts.items[i], &found[count]);
    for (int32_t i = 0; i < count; i++)
        for (int32_t k = 0; k < count; k++)
            if (i != k && exclude(&found[i], &found[k]))
                return true;
    return false;
}
