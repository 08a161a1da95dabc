/* Runtime filters: what a join's build side tells the scans of its probe side.
 *
 * The way down from the join goes past filters, projections, groups (by their keys) and other joins
 * that keep the columns; the filter stands behind the lowest place that was reached past a group or
 * a join, so that it saves their work.  Directly below its own join it would save nothing.
 *
 * It pays where the build side has few of the values that the probe side's keys may have, and few
 * rows. */
#include "opt/lower.h"

#define FRACTION_MAX 0.5
#define ROWS_MIN 20000.0
#define ROWS_PER_BUILD_ROW 2.0

typedef struct descent {
    const plan_node *node;
    int32_t columns[64];
    int32_t count;
} descent;

/* The columns below an operation whose outputs are exprs[]; false where one is computed. */
static bool through_exprs(descent *at, expr_node *const *exprs, int32_t expr_count) {
    for (int32_t k = 0; k < at->count; k++) {
        if (at->columns[k] >= expr_count || exprs[at->columns[k]]->kind != EXPR_INPUT)
            return false;
        at->columns[k] = exprs[at->columns[k]]->column;
    }
    at->node = at->node->inputs[0];
    return true;
}

static bool through_join(descent *at) {
    const plan_node *node = at->node;
    plan_join_type type = node->join_type;
    int32_t left = node->inputs[0]->schema->count, in_right = 0;
    for (int32_t k = 0; k < at->count; k++)
        in_right += at->columns[k] >= left;
    bool keeps_left = type == PLAN_JOIN_INNER || type == PLAN_JOIN_CROSS ||
                      type == PLAN_JOIN_LEFT || type == PLAN_JOIN_SEMI || type == PLAN_JOIN_ANTI;
    bool keeps_right =
        type == PLAN_JOIN_INNER || type == PLAN_JOIN_CROSS || type == PLAN_JOIN_RIGHT;
    if (in_right == 0 ? !keeps_left : in_right < at->count || !keeps_right)
        return false;
    for (int32_t k = 0; k < at->count; k++)
        at->columns[k] -= in_right > 0 ? left : 0;
    at->node = node->inputs[in_right > 0];
    return true;
}

/* One step down; *saves = the step was past something that costs work per row. */
static bool step_down(lowering *low, descent *at, bool *saves) {
    const plan_node *node = at->node;
    *saves = false;
    if (low->shares != NULL && opt_shared(low->shares, node) != NULL)
        return false;
    switch (node->kind) {
    case PLAN_FILTER:
        at->node = node->inputs[0];
        return true;
    case PLAN_PROJECT:
        return through_exprs(at, node->exprs, node->expr_count);
    case PLAN_AGGREGATE:
        *saves = true;
        return through_exprs(at, node->keys, node->key_count);
    case PLAN_JOIN:
        *saves = true;
        return through_join(at);
    default:
        return false;
    }
}

static bool find_target(lowering *low, const plan_node *probe, expr_node *const *keys,
                        int32_t count, descent *out) {
    descent at = {.node = probe, .count = count};
    bool found = false, saves;
    for (int32_t k = 0; k < count; k++) {
        if (keys[k]->kind != EXPR_INPUT)
            return false;
        at.columns[k] = keys[k]->column;
    }
    while (step_down(low, &at, &saves)) {
        if (!saves || (low->shares != NULL && opt_shared(low->shares, at.node) != NULL))
            continue;
        *out = at;
        found = true;
    }
    return found;
}

static bool pays(lowering *low, const plan_node *join, int32_t probe, const plan_node *target) {
    opt_context *context = low->context;
    double rows = opt_rows(context, target), build = opt_rows(context, join->inputs[1 - probe]);
    return rows >= ROWS_MIN && rows >= ROWS_PER_BUILD_ROW * build &&
           opt_match_fraction(context, join, probe) <= FRACTION_MAX;
}

void lower_plan_filter(lowering *low, const plan_node *join, int32_t probe, expr_node *const *keys,
                       const exec_join_build_params *build, exec_stage *build_stage) {
    base_arena *arena = low->graph->arena;
    descent found;
    if (build->key_count == 0 || !plan_config_bool(low->config, "rask.optimizer.enabled") ||
        !find_target(low, join->inputs[probe], keys, build->key_count, &found) ||
        !pays(low, join, probe, found.node))
        return;
    exec_runtime_filter_params *params = BASE_ARENA_NEW(arena, exec_runtime_filter_params);
    params->build = build;
    params->keys =
        base_arena_copy(arena, found.columns, (int64_t)sizeof(int32_t) * build->key_count);
    lower_waiting_filter *filter = BASE_ARENA_NEW(arena, lower_waiting_filter);
    base_strbuf text;
    base_strbuf_init(&text, 1 << 20);
    base_strbuf_add_text(&text, "RuntimeFilter(keys=[");
    for (int32_t k = 0; k < build->key_count; k++)
        base_strbuf_printf(&text, "%s%s", k > 0 ? ", " : "",
                           found.node->schema->names[found.columns[k]]);
    base_strbuf_add_text(&text, "])");
    *filter = (lower_waiting_filter){found.node, params, build_stage,
                                     base_arena_strdup(arena, text.data)};
    base_strbuf_free(&text);
    base_list_add(arena, &low->filters, filter);
}

void lower_add_filters(lowering *low, const plan_node *node, open_stage *open) {
    for (int32_t i = 0; i < low->filters.count; i++) {
        const lower_waiting_filter *filter = low->filters.items[i];
        if (filter->target != node)
            continue;
        lower_add_op(low, open, "RuntimeFilter", filter->params, open->schema, filter->description);
        open->stage->ops[open->stage->op_count - 1]->reads = filter->build;
    }
}
