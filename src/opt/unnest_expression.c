/* Subqueries in expressions: conditions become SEMI and ANTI joins, values become columns of an
 * outer join with an aggregation that has one row.
 *
 *     EXISTS (q)          COUNT(*) > 0
 *     x > ANY (q)         x > MIN(c); without rows FALSE, with a NULL among them never FALSE
 *     x IN (q)            COUNT(*) of the rows with c = x, and COUNT(*), COUNT(c) of all, since
 *                         whether no match is FALSE or UNKNOWN depends on NULLs
 *     (a, b) IN (q)       the rows for which the comparison is TRUE, and for which it is UNKNOWN */
#include "opt/unnest.h"

/* ---- parts of subqueries --------------------------------------------------------------------- */

/* Values of the query's parameters, with room for operands as further ones. */
static expr_node **parameter_values(unnesting *u, const expr_node *subquery, int32_t *count) {
    int32_t given = subquery->arg_count - subquery->operand_count;
    expr_node **values = BASE_ARENA_ARRAY(u->arena, expr_node *, subquery->arg_count + 1);
    for (int32_t i = 0; i < given; i++)
        values[i] = subquery->args[subquery->operand_count + i];
    *count = given;
    return values;
}

/* Whether a query's rows come in an order or number that EXISTS does not care about. */
static plan_node *without_order(plan_node *query) {
    while ((query->kind == PLAN_SORT || query->kind == PLAN_LIMIT) && query->offset == 0 &&
           query->fetch != 0)
        query = query->inputs[0];
    return query;
}

/* One row, whatever its input has. */
static bool has_one_row(const plan_node *query) {
    while (query->kind == PLAN_PROJECT ||
           (query->kind == PLAN_SORT && query->fetch < 0 && query->offset == 0))
        query = query->inputs[0];
    return query->kind == PLAN_AGGREGATE && query->key_count == 0 && query->set_count == 0;
}

static bool may_have_null(const expr_node *subquery, int32_t i) {
    return subquery->args[i]->type->nullable || subquery->subquery->schema->types[i]->nullable;
}

static bool has_nulls(const expr_node *subquery) {
    for (int32_t i = 0; i < subquery->operand_count; i++)
        if (may_have_null(subquery, i))
            return true;
    return false;
}

/* operand = column, AND the next; columns over input 1, or 0 with the operands as parameters. */
static expr_node *all_equal(unnesting *u, const expr_node *subquery, expr_node *const *operands,
                            bool is_join) {
    expr_node *out = NULL;
    for (int32_t i = 0; i < subquery->operand_count; i++) {
        expr_node *column = opt_column(u->context, subquery->subquery, i);
        if (is_join)
            column = opt_to_right(u->context, column);
        out = opt_and(u->context, out, opt_call2(u->context, "=", operands[i], column));
    }
    return out;
}

/* The operands as parameters behind the others, whose values they become. */
static expr_node **operands_as_parameters(unnesting *u, const expr_node *subquery,
                                          expr_node **values, int32_t *value_count) {
    expr_node **out = BASE_ARENA_ARRAY(u->arena, expr_node *, subquery->operand_count + 1);
    for (int32_t i = 0; i < subquery->operand_count; i++) {
        out[i] = expr_outer(u->arena, *value_count, subquery->args[i]->type);
        values[(*value_count)++] = subquery->args[i];
    }
    return out;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Joins a query of one row to the input; its columns follow from *first on. */
static void attach(unnesting *u, plan_node **input, plan_node *query, expr_node *const *values,
                   int32_t value_count, int32_t *first) {
    bool is_certain = has_one_row(query) && !unnest_is_open(query);
    dependent_join join = {.type = is_certain ? PLAN_JOIN_INNER : PLAN_JOIN_LEFT,
                           .left = *input,
                           .right = query,
                           .values = values,
                           .value_count = value_count};
    *first = (*input)->schema->count;
    *input = unnest_join(u, &join);
}

static plan_node *count_rows(unnesting *u, plan_node *query) {
    expr_node *count = opt_aggregate_call(u->context, "COUNT", NULL, 0, false);
    return opt_make_aggregate(u->context, query, NULL, 0, &count, 1);
}

static expr_node *is_positive(unnesting *u, expr_node *count) {
    return opt_call2(u->context, ">", count,
                     expr_literal_i64(u->arena, data_type_simple(DATA_BIGINT, false), 0));
}

/* SELECT e without FROM is the expression itself. */
static expr_node *lone_expression(unnesting *u, const plan_node *query, expr_node *const *values) {
    if (query->kind != PLAN_PROJECT || query->inputs[0]->kind != PLAN_VALUES ||
        query->inputs[0]->data != NULL ||
        query->inputs[0]->expr_count != query->inputs[0]->row_width)
        return NULL;
    expr_node *expr = expr_substitute(u->arena, query->exprs[0], query->inputs[0]->exprs);
    return expr_substitute_outer(u->arena, expr, values);
}

static expr_node *scalar(unnesting *u, plan_node **input, const expr_node *subquery) {
    int32_t count, first;
    expr_node **values = parameter_values(u, subquery, &count);
    plan_node *query = subquery->subquery;
    expr_node *lone = lone_expression(u, query, values);
    if (lone != NULL)
        return unnest_expression(u, input, lone);
    if (!has_one_row(query)) {
        expr_node *column = opt_column(u->context, query, 0);
        expr_node *single = opt_aggregate_call(u->context, "SINGLE_VALUE", &column, 1, false);
        query = opt_make_aggregate(u->context, query, NULL, 0, &single, 1);
    }
    attach(u, input, query, values, count, &first);
    return opt_column(u->context, *input, first);
}

static expr_node *exists(unnesting *u, plan_node **input, const expr_node *subquery) {
    int32_t count, first;
    expr_node **values = parameter_values(u, subquery, &count);
    attach(u, input, count_rows(u, without_order(subquery->subquery)), values, count, &first);
    return is_positive(u, opt_column(u->context, *input, first));
}

/* COUNT(*), and for single columns COUNT(c), MIN(c), MAX(c): what says how a comparison with all
 * rows comes out. */
typedef struct summary {
    expr_node *rows, *values, *smallest, *largest;
} summary;

static summary summarise(unnesting *u, plan_node **input, const expr_node *subquery, bool bounds) {
    static const char *const names[] = {"COUNT", "COUNT", "MIN", "MAX"};
    expr_node *calls[4], *column = opt_column(u->context, subquery->subquery, 0);
    int32_t count, first, call_count = bounds ? 4 : 2;
    expr_node **values = parameter_values(u, subquery, &count);
    for (int32_t i = 0; i < call_count; i++)
        calls[i] = opt_aggregate_call(u->context, names[i], &column, i == 0 ? 0 : 1, false);
    plan_node *query =
        opt_make_aggregate(u->context, subquery->subquery, NULL, 0, calls, call_count);
    attach(u, input, query, values, count, &first);
    summary out = {opt_column(u->context, *input, first),
                   opt_column(u->context, *input, first + 1)};
    if (bounds) {
        out.smallest = opt_column(u->context, *input, first + 2);
        out.largest = opt_column(u->context, *input, first + 3);
    }
    return out;
}

static expr_node *zero(unnesting *u) {
    return expr_literal_i64(u->arena, data_type_simple(DATA_BIGINT, false), 0);
}

/* x IN (q) of one column. */
static expr_node *in_single(unnesting *u, plan_node **input, const expr_node *subquery) {
    int32_t count, first;
    expr_node **values = parameter_values(u, subquery, &count);
    expr_node **operands = operands_as_parameters(u, subquery, values, &count);
    plan_node *equal =
        opt_filter(u->context, subquery->subquery, all_equal(u, subquery, operands, false));
    attach(u, input, count_rows(u, equal), values, count, &first);
    expr_node *found = is_positive(u, opt_column(u->context, *input, first));
    if (!has_nulls(subquery))
        return found;
    summary all = summarise(u, input, subquery, false);
    expr_node *doubt = opt_call2(u->context, "<", all.values, all.rows);
    expr_node *is_null = opt_call1(u->context, "IS NULL", subquery->args[0]);
    expr_node *unknown = opt_call2(u->context, "AND", opt_call2(u->context, ">", all.rows, zero(u)),
                                   opt_call2(u->context, "OR", is_null, doubt));
    expr_node *parts[] = {found, opt_bool(u->context, true), unknown,
                          opt_null(u->context, data_type_simple(DATA_BOOLEAN, true)),
                          opt_bool(u->context, false)};
    return opt_call(u->context, "CASE", parts, 5);
}

/* (a, b) IN (q): counts of rows for which the comparison IS TRUE, and IS NULL. */
static expr_node *in_row(unnesting *u, plan_node **input, const expr_node *subquery) {
    static const char *const tests[] = {"IS TRUE", "IS NULL"};
    int32_t count, first;
    expr_node **values = parameter_values(u, subquery, &count);
    expr_node **operands = operands_as_parameters(u, subquery, values, &count);
    expr_node *equal = all_equal(u, subquery, operands, false), *calls[2];
    for (int32_t i = 0; i < 2; i++) {
        calls[i] = expr_copy(u->arena, opt_aggregate_call(u->context, "COUNT", NULL, 0, false));
        calls[i]->filter = opt_call1(u->context, tests[i], equal);
    }
    plan_node *query = opt_make_aggregate(u->context, subquery->subquery, NULL, 0, calls, 2);
    attach(u, input, query, values, count, &first);
    expr_node *parts[] = {
        is_positive(u, opt_column(u->context, *input, first)), opt_bool(u->context, true),
        is_positive(u, opt_column(u->context, *input, first + 1)),
        opt_null(u->context, data_type_simple(DATA_BOOLEAN, true)), opt_bool(u->context, false)};
    return opt_call(u->context, "CASE", parts, 5);
}

static expr_node *in(unnesting *u, plan_node **input, const expr_node *subquery) {
    return subquery->operand_count == 1 ? in_single(u, input, subquery)
                                        : in_row(u, input, subquery);
}

static bool is_operator(const expr_node *subquery, const char *name) {
    return strcmp(subquery->name, name) == 0;
}

/* What a comparison with ANY or ALL of the rows is if none is NULL: one with the smallest or the
 * largest, or with both. */
static expr_node *compare_bounds(unnesting *u, const expr_node *subquery, const summary *all) {
    bool is_some = subquery->subquery_kind == EXPR_SUBQUERY_SOME;
    expr_node *x = subquery->args[0];
    const char *op = subquery->name;
    if (is_operator(subquery, "=") || is_operator(subquery, "<>"))
        return opt_call2(u->context, is_operator(subquery, "=") ? "AND" : "OR",
                         opt_call2(u->context, op, x, all->smallest),
                         opt_call2(u->context, op, x, all->largest));
    bool is_greater = op[0] == '>';
    return opt_call2(u->context, op, x, is_greater == is_some ? all->smallest : all->largest);
}

static expr_node *quantified(unnesting *u, plan_node **input, const expr_node *subquery) {
    bool is_some = subquery->subquery_kind == EXPR_SUBQUERY_SOME;
    summary all = summarise(u, input, subquery, true);
    expr_node *by_bounds = compare_bounds(u, subquery, &all);
    /* A NULL among the rows leaves what they have not decided unknown. */
    expr_node *doubt = opt_case(u->context, opt_call2(u->context, "<", all.values, all.rows),
                                opt_null(u->context, data_type_simple(DATA_BOOLEAN, true)),
                                opt_bool(u->context, !is_some));
    return opt_case(u->context, opt_call2(u->context, "=", all.rows, zero(u)),
                    opt_bool(u->context, !is_some),
                    opt_call2(u->context, is_some ? "OR" : "AND", by_bounds, doubt));
}

expr_node *unnest_expression(unnesting *u, plan_node **input, const expr_node *expr) {
    static expr_node *(*const forms[])(unnesting *, plan_node **, const expr_node *) = {
        [EXPR_SUBQUERY_SCALAR] = scalar,  [EXPR_SUBQUERY_EXISTS] = exists,
        [EXPR_SUBQUERY_IN] = in,          [EXPR_SUBQUERY_SOME] = quantified,
        [EXPR_SUBQUERY_ALL] = quantified,
    };
    if (!expr_has_kind(expr, EXPR_SUBQUERY))
        return (expr_node *)expr;
    expr_node *copy = base_arena_copy(u->arena, expr, (int64_t)sizeof *expr);
    copy->args = BASE_ARENA_ARRAY(u->arena, expr_node *, expr->arg_count + 1);
    for (int32_t i = 0; i < expr->arg_count; i++)
        copy->args[i] = unnest_expression(u, input, expr->args[i]);
    return copy->kind == EXPR_SUBQUERY ? forms[copy->subquery_kind](u, input, copy) : copy;
}

/* ---- conditions ------------------------------------------------------------------------------ */

static bool is_call(const expr_node *expr, const char *name) {
    return expr->kind == EXPR_CALL && expr->function != NULL &&
           strcmp(expr->function->name, name) == 0;
}

static void add_condition(unnesting *u, const expr_node *expr, bool is_negated, base_list *out);

/* NOT (a OR b) is NOT a AND NOT b. */
static bool add_parts(unnesting *u, const expr_node *expr, bool is_negated, base_list *out) {
    if (!is_call(expr, is_negated ? "OR" : "AND"))
        return false;
    for (int32_t i = 0; i < expr->arg_count; i++)
        add_condition(u, expr->args[i], is_negated, out);
    return true;
}

/* NOT x > ANY (q) is x <= ALL (q). */
static expr_node *negated(unnesting *u, const expr_node *expr) {
    if (expr->kind == EXPR_SUBQUERY &&
        (expr->subquery_kind == EXPR_SUBQUERY_SOME || expr->subquery_kind == EXPR_SUBQUERY_ALL)) {
        expr_node *copy = base_arena_copy(u->arena, expr, (int64_t)sizeof *expr);
        copy->name = expr_opposite_operator(expr->name);
        copy->subquery_kind =
            expr->subquery_kind == EXPR_SUBQUERY_SOME ? EXPR_SUBQUERY_ALL : EXPR_SUBQUERY_SOME;
        return copy;
    }
    return opt_call1(u->context, "NOT", (expr_node *)expr);
}

static void add_condition(unnesting *u, const expr_node *expr, bool is_negated, base_list *out) {
    if (!expr_has_kind(expr, EXPR_SUBQUERY))
        base_list_add(u->arena, out,
                      is_negated ? opt_call1(u->context, "NOT", (expr_node *)expr)
                                 : (expr_node *)expr);
    else if (is_call(expr, "NOT"))
        add_condition(u, expr->args[0], !is_negated, out);
    else if (!add_parts(u, expr, is_negated, out))
        base_list_add(u->arena, out, is_negated ? negated(u, expr) : (expr_node *)expr);
}

void unnest_conjuncts(unnesting *u, const expr_node *condition, base_list *out) {
    add_condition(u, condition, false, out);
}

/* Operands may have subqueries of their own. */
static expr_node *prepared(unnesting *u, plan_node **input, const expr_node *subquery) {
    expr_node *copy = base_arena_copy(u->arena, subquery, (int64_t)sizeof *subquery);
    copy->args = BASE_ARENA_ARRAY(u->arena, expr_node *, subquery->arg_count + 1);
    for (int32_t i = 0; i < subquery->arg_count; i++)
        copy->args[i] = unnest_expression(u, input, subquery->args[i]);
    return copy;
}

static void half_join(unnesting *u, plan_node **input, const expr_node *subquery, bool is_anti) {
    int32_t width = (*input)->schema->count, count;
    expr_node *own = prepared(u, input, subquery);
    bool is_in = own->subquery_kind == EXPR_SUBQUERY_IN;
    expr_node **values = parameter_values(u, own, &count);
    dependent_join join = {.type = is_anti ? PLAN_JOIN_ANTI : PLAN_JOIN_SEMI,
                           .left = *input,
                           .right = is_in ? own->subquery : without_order(own->subquery),
                           .values = values,
                           .value_count = count};
    if (is_in)
        join.condition = all_equal(u, own, own->args, true);
    join.is_null_aware = is_in && is_anti && has_nulls(own);
    *input = opt_first_columns(u->context, unnest_join(u, &join), width);
}

/* x > ANY (q), as a condition: x > the smallest. */
static expr_node *some_condition(unnesting *u, plan_node **input, const expr_node *subquery) {
    expr_node *own = prepared(u, input, subquery);
    summary all = summarise(u, input, own, true);
    return compare_bounds(u, own, &all);
}

expr_node *unnest_condition(unnesting *u, plan_node **input, const expr_node *conjunct) {
    bool is_anti = is_call(conjunct, "NOT");
    const expr_node *subquery = is_anti ? conjunct->args[0] : conjunct;
    if (subquery->kind == EXPR_SUBQUERY && (subquery->subquery_kind == EXPR_SUBQUERY_EXISTS ||
                                            subquery->subquery_kind == EXPR_SUBQUERY_IN)) {
        half_join(u, input, subquery, is_anti);
        return NULL;
    }
    if (!is_anti && subquery->kind == EXPR_SUBQUERY &&
        subquery->subquery_kind == EXPR_SUBQUERY_SOME)
        return some_condition(u, input, subquery);
    return unnest_expression(u, input, conjunct);
}
