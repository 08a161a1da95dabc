/* Variances and deviations as expressions over two aggregates, as Flink's planner has them:
 *
 *     VAR_POP(x)      CAST($WELFORD_M2(x) / COUNT(x) AS type)
 *     VAR_SAMP(x)     CAST($WELFORD_M2(x) / CASE WHEN COUNT(x) = 1 THEN NULL ELSE COUNT(x) - 1 END
 * AS type) STDDEV_POP(x)   CAST(POWER($WELFORD_M2(x) / COUNT(x), 0.5) AS type)
 *
 * Not optional: the engine does not have them. */
#include "opt/make.h"

static bool is_reduced(const expr_node *call) {
    return (call->aggregate->flags & FUNC_AGG_REDUCED) != 0;
}

static bool has_reduced(const plan_node *node) {
    for (int32_t i = 0; i < node->aggregate_count; i++)
        if (is_reduced(node->aggregates[i]))
            return true;
    return false;
}

/* The column of the new aggregation with `name` of what `call` aggregates. */
static int32_t add_part(opt_context *context, const plan_node *node, const expr_node *call,
                        const char *name, base_list *aggregates) {
    base_arena *arena = context->plan->arena;
    expr_node *part =
        expr_copy(arena, opt_aggregate_call(context, name, call->args, 1, node->key_count > 0));
    part->filter = call->filter;
    part->distinct = call->distinct;
    /* COUNT(DISTINCT x) needs its x. */
    if (call->distinct && part->arg_count == 0) {
        part->args = base_arena_copy(arena, call->args, (int64_t)sizeof(expr_node *));
        part->arg_count = 1;
    }
    return node->key_count + expr_list_add_once(arena, aggregates, part);
}

static expr_node *divisor(opt_context *context, expr_node *count, bool is_sample) {
    const data_type *type = data_type_simple(DATA_BIGINT, false);
    expr_node *one = expr_literal_i64(context->plan->arena, type, 1);
    if (!is_sample)
        return count;
    return opt_case(context, opt_call2(context, "=", count, one), opt_null(context, type),
                    opt_call2(context, "-", count, one));
}

static expr_node *reduced(opt_context *context, const expr_node *call, expr_node *m2,
                          expr_node *count) {
    base_arena *arena = context->plan->arena;
    bool is_sample = strstr(call->aggregate->name, "_SAMP") != NULL;
    expr_node *value = opt_call2(context, "/", m2, divisor(context, count, is_sample));
    if (strncmp(call->aggregate->name, "STDDEV", 6) == 0) {
        data_value half = data_value_f64(data_type_simple(DATA_DOUBLE, false), 0.5);
        value = opt_call2(context, "POWER", value, expr_literal(arena, &half));
    }
    return opt_cast(context, value, call->type);
}

plan_node *opt_rule_reduce_aggregates(opt_context *context, plan_node *node) {
    if (node->kind != PLAN_AGGREGATE || !has_reduced(node))
        return node;
    base_arena *arena = context->plan->arena;
    int32_t width = node->schema->count, keys = node->key_count;
    int32_t *places = BASE_ARENA_ARRAY(arena, int32_t, 2 * (int64_t)width + 2);
    base_list aggregates = {0};
    for (int32_t i = keys; i < width; i++) {
        expr_node *call = node->aggregates[i - keys];
        if (is_reduced(call)) {
            places[2 * i] = add_part(context, node, call, "$WELFORD_M2", &aggregates);
            places[2 * i + 1] = add_part(context, node, call, "COUNT", &aggregates);
        } else {
            places[2 * i] = keys + expr_list_add_once(arena, &aggregates, call);
        }
    }
    plan_node *groups = opt_make_aggregate(context, node->inputs[0], node->keys, keys,
                                           (expr_node *const *)aggregates.items, aggregates.count);
    groups->sets = node->sets;
    groups->set_count = node->set_count;
    for (int32_t k = 0; k < keys; k++) {
        groups->schema->names[k] = node->schema->names[k];
        groups->schema->types[k] = node->schema->types[k];
    }
    expr_node **exprs = BASE_ARENA_ARRAY(arena, expr_node *, width + 1);
    for (int32_t i = 0; i < width; i++) {
        bool is_plain = i < keys || !is_reduced(node->aggregates[i - keys]);
        exprs[i] = is_plain ? opt_column(context, groups, i < keys ? i : places[2 * i])
                            : reduced(context, node->aggregates[i - keys],
                                      opt_column(context, groups, places[2 * i]),
                                      opt_column(context, groups, places[2 * i + 1]));
    }
    return opt_project(context, groups, exprs, width, (const char *const *)node->schema->names);
}
