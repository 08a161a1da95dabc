/* Column pruning: from the root down, each node is told which of its columns are used, and answers
 * with a node that may have fewer, and a map from old to new column numbers (-1 = gone).
 *
 * Sources keep at least one column, so that a row count survives. */
#include "opt/opt.h"

typedef struct pruned {
    plan_node *node;
    int32_t *map; /* by old column; NULL = nothing changed */
} pruned;

static pruned prune(opt_context *context, plan_node *node, const bool *used);

static bool *new_flags(opt_context *context, int32_t count) {
    return BASE_ARENA_ARRAY(context->plan->arena, bool, count + 1);
}

static bool *all_used(opt_context *context, const plan_node *node) {
    bool *used = new_flags(context, node->schema->count);
    memset(used, true, (size_t)node->schema->count);
    return used;
}

static expr_node *remap(opt_context *context, expr_node *expr, const int32_t *map) {
    return map == NULL || expr == NULL ? expr : expr_remap(context->plan->arena, expr, map);
}

static expr_node **remap_all(opt_context *context, expr_node **exprs, int32_t count,
                             const int32_t *map) {
    expr_node **out = BASE_ARENA_ARRAY(context->plan->arena, expr_node *, count);
    for (int32_t i = 0; i < count; i++)
        out[i] = remap(context, exprs[i], map);
    return out;
}

static plan_node *copy_over(opt_context *context, const plan_node *node, plan_node *input) {
    plan_node *copy = plan_node_copy(context->plan, node);
    copy->inputs = base_arena_copy(context->plan->arena, &input, (int64_t)sizeof input);
    return copy;
}

/* The schema of the kept columns, and the map that leads there. */
static data_schema *keep(opt_context *context, const data_schema *schema, const bool *kept,
                         int32_t **map) {
    base_arena *arena = context->plan->arena;
    data_schema *out = data_schema_new(arena, schema->count);
    *map = BASE_ARENA_ARRAY(arena, int32_t, schema->count + 1);
    out->count = 0;
    for (int32_t i = 0; i < schema->count; i++) {
        (*map)[i] = kept[i] ? out->count : -1;
        if (!kept[i])
            continue;
        out->names[out->count] = schema->names[i];
        out->types[out->count++] = schema->types[i];
    }
    return out;
}

static pruned prune_scan(opt_context *context, plan_node *node, const bool *used) {
    bool *kept = new_flags(context, node->schema->count);
    bool any = false;
    for (int32_t i = 0; i < node->schema->count; i++)
        any |= kept[i] = used[i];
    if (node->scan_filter != NULL)
        expr_used_columns(node->scan_filter, 0, kept);
    if (!any && node->schema->count > 0)
        kept[0] = true;
    pruned out = {plan_node_copy(context->plan, node), NULL};
    out.node->schema = keep(context, node->schema, kept, &out.map);
    out.node->scan_columns =
        BASE_ARENA_ARRAY(context->plan->arena, int32_t, node->schema->count + 1);
    for (int32_t i = 0; i < node->schema->count; i++)
        if (kept[i])
            out.node->scan_columns[out.map[i]] = node->scan_columns[i];
    out.node->scan_filter = remap(context, node->scan_filter, out.map);
    return out;
}

/* Rows in memory are read like any other table, so that unused columns are not. */
static pruned prune_values(opt_context *context, plan_node *node, const bool *used) {
    int32_t width = node->schema->count;
    if (node->data == NULL)
        return (pruned){node, NULL};
    plan_table *table = plan_table_new();
    table->kind = PLAN_TABLE_INLINE;
    table->data = plan_data_ref(node->data);
    table->column_count = width;
    table->columns = BASE_ARENA_ARRAY(table->arena, plan_column, width + 1);
    plan_node *scan = plan_node_new(context->plan, PLAN_SCAN, NULL, 0);
    scan->table = plan_hold_table(context->plan, table);
    scan->schema = node->schema;
    scan->scan_limit = -1;
    scan->scan_columns = BASE_ARENA_ARRAY(context->plan->arena, int32_t, width + 1);
    scan->is_bound = true;
    for (int32_t i = 0; i < width; i++) {
        table->columns[i].name = base_arena_strdup(table->arena, node->schema->names[i]);
        table->columns[i].type = node->schema->types[i];
        scan->scan_columns[i] = i;
    }
    return prune_scan(context, scan, used);
}

static pruned prune_project(opt_context *context, plan_node *node, const bool *used) {
    plan_node *input = node->inputs[0];
    bool *kept = new_flags(context, node->expr_count);
    bool *below = new_flags(context, input->schema->count);
    int32_t kept_count = 0;
    for (int32_t i = 0; i < node->expr_count; i++)
        kept_count += kept[i] = used[i];
    if (kept_count == 0 && node->expr_count > 0)
        kept[0] = true;
    for (int32_t i = 0; i < node->expr_count; i++)
        if (kept[i])
            expr_used_columns(node->exprs[i], 0, below);
    pruned in = prune(context, input, below);
    pruned out = {copy_over(context, node, in.node), NULL};
    out.node->schema = keep(context, node->schema, kept, &out.map);
    out.node->expr_count = out.node->schema->count;
    out.node->exprs = BASE_ARENA_ARRAY(context->plan->arena, expr_node *, out.node->expr_count + 1);
    for (int32_t i = 0; i < node->expr_count; i++)
        if (kept[i])
            out.node->exprs[out.map[i]] = remap(context, node->exprs[i], in.map);
    return out;
}

static pruned prune_expand(opt_context *context, plan_node *node, const bool *used) {
    plan_node *input = node->inputs[0];
    int32_t width = node->row_width, sets = node->expr_count / width;
    bool *kept = new_flags(context, width);
    bool *below = new_flags(context, input->schema->count);
    memcpy(kept, used, (size_t)width);
    for (int32_t i = 0; i < node->expr_count; i++)
        if (kept[i % width])
            expr_used_columns(node->exprs[i], 0, below);
    pruned in = prune(context, input, below);
    pruned out = {copy_over(context, node, in.node), NULL};
    out.node->schema = keep(context, node->schema, kept, &out.map);
    out.node->row_width = out.node->schema->count;
    out.node->expr_count = 0;
    out.node->exprs = BASE_ARENA_ARRAY(context->plan->arena, expr_node *,
                                       (int64_t)out.node->row_width * sets + 1);
    for (int32_t i = 0; i < node->expr_count; i++)
        if (kept[i % width])
            out.node->exprs[out.node->expr_count++] = remap(context, node->exprs[i], in.map);
    return out;
}

static pruned prune_aggregate(opt_context *context, plan_node *node, const bool *used) {
    plan_node *input = node->inputs[0];
    int32_t keys = node->key_count;
    bool *kept = new_flags(context, node->schema->count);
    bool *below = new_flags(context, input->schema->count);
    int32_t kept_count = 0;
    for (int32_t i = 0; i < node->schema->count; i++)
        kept_count += kept[i] = i < keys || used[i];
    if (kept_count == 0)
        kept[0] = true;
    for (int32_t i = 0; i < keys; i++)
        expr_used_columns(node->keys[i], 0, below);
    for (int32_t i = 0; i < node->aggregate_count; i++)
        if (kept[keys + i])
            expr_used_columns(node->aggregates[i], 0, below);
    pruned in = prune(context, input, below);
    pruned out = {copy_over(context, node, in.node), NULL};
    out.node->schema = keep(context, node->schema, kept, &out.map);
    out.node->keys = remap_all(context, node->keys, keys, in.map);
    out.node->aggregate_count = out.node->schema->count - keys;
    out.node->aggregates =
        BASE_ARENA_ARRAY(context->plan->arena, expr_node *, out.node->aggregate_count + 1);
    for (int32_t i = 0; i < node->aggregate_count; i++)
        if (kept[keys + i])
            out.node->aggregates[out.map[keys + i] - keys] =
                remap(context, node->aggregates[i], in.map);
    return out;
}

/* Filter, sort, limit: the output is the input's columns. */
static pruned prune_row_wise(opt_context *context, plan_node *node, const bool *used) {
    plan_node *input = node->inputs[0];
    bool *below = new_flags(context, input->schema->count);
    memcpy(below, used, (size_t)input->schema->count);
    if (node->condition != NULL)
        expr_used_columns(node->condition, 0, below);
    for (int32_t i = 0; i < node->key_count; i++)
        expr_used_columns(node->keys[i], 0, below);
    pruned in = prune(context, input, below);
    pruned out = {copy_over(context, node, in.node), in.map};
    out.node->schema = in.node->schema;
    out.node->condition = remap(context, node->condition, in.map);
    out.node->keys = remap_all(context, node->keys, node->key_count, in.map);
    return out;
}

static pruned prune_flat_map(opt_context *context, plan_node *node, const bool *used) {
    plan_node *input = node->inputs[0];
    int32_t input_width = node->keeps_input ? input->schema->count : 0;
    bool *below = new_flags(context, input->schema->count);
    if (node->keeps_input)
        memcpy(below, used, (size_t)input_width);
    expr_used_columns(node->exprs[0], 0, below);
    pruned in = prune(context, input, below);
    pruned out = {copy_over(context, node, in.node), NULL};
    out.node->exprs = remap_all(context, node->exprs, node->expr_count, in.map);
    if (in.map == NULL || !node->keeps_input)
        return out;
    bool *kept = all_used(context, node);
    for (int32_t i = 0; i < input_width; i++)
        kept[i] = in.map[i] >= 0;
    out.node->schema = keep(context, node->schema, kept, &out.map);
    return out;
}

static bool remap_side(void *maps, expr_node *node) {
    const int32_t *map = node->kind == EXPR_INPUT ? ((int32_t **)maps)[node->input] : NULL;
    if (map != NULL)
        node->column = map[node->column];
    return true;
}

static pruned prune_join(opt_context *context, plan_node *node, const bool *used) {
    base_arena *arena = context->plan->arena;
    int32_t left = node->inputs[0]->schema->count, width = node->schema->count;
    bool *kept = new_flags(context, width);
    int32_t *maps[2];
    plan_node *inputs[2];
    for (int32_t s = 0; s < 2; s++) {
        int32_t first = s * left, count = node->inputs[s]->schema->count;
        bool *below = new_flags(context, count);
        for (int32_t c = 0; c < count && first + c < width; c++)
            below[c] = used[first + c];
        if (node->condition != NULL)
            expr_used_columns(node->condition, s, below);
        pruned in = prune(context, node->inputs[s], below);
        inputs[s] = in.node;
        maps[s] = in.map;
        for (int32_t c = 0; c < count && first + c < width; c++)
            kept[first + c] = in.map == NULL || in.map[c] >= 0;
    }
    pruned out = {plan_node_copy(context->plan, node), NULL};
    out.node->inputs = base_arena_copy(arena, inputs, (int64_t)sizeof inputs);
    out.node->schema = keep(context, node->schema, kept, &out.map);
    if (node->condition != NULL) {
        out.node->condition = expr_copy(arena, node->condition);
        expr_walk(out.node->condition, remap_side, maps);
    }
    return out;
}

/* Calls that nobody reads go, and with the last one the node. */
static pruned prune_window(opt_context *context, plan_node *node, const bool *used) {
    plan_node *input = node->inputs[0];
    int32_t width = input->schema->count, calls = 0;
    bool *kept = new_flags(context, node->schema->count);
    bool *below = new_flags(context, width);
    memcpy(below, used, (size_t)width);
    for (int32_t i = 0; i < node->expr_count; i++) {
        kept[width + i] = used[width + i];
        if (!used[width + i])
            continue;
        calls++;
        expr_used_columns(node->exprs[i], 0, below);
    }
    pruned in = prune(context, input, below);
    if (calls == 0) {
        pruned out = {in.node,
                      BASE_ARENA_ARRAY(context->plan->arena, int32_t, node->schema->count + 1)};
        for (int32_t i = 0; i < node->schema->count; i++)
            out.map[i] = i >= width ? -1 : in.map != NULL ? in.map[i] : i;
        return out;
    }
    for (int32_t i = 0; i < width; i++)
        kept[i] = in.map == NULL || in.map[i] >= 0;
    pruned out = {copy_over(context, node, in.node), NULL};
    out.node->schema = keep(context, node->schema, kept, &out.map);
    out.node->exprs = BASE_ARENA_ARRAY(context->plan->arena, expr_node *, calls + 1);
    out.node->expr_count = 0;
    for (int32_t i = 0; i < node->expr_count; i++)
        if (kept[width + i])
            out.node->exprs[out.node->expr_count++] = remap(context, node->exprs[i], in.map);
    return out;
}

/* The three columns of the window stay: who asks for one asks for most of them. */
static pruned prune_window_table(opt_context *context, plan_node *node, const bool *used) {
    plan_node *input = node->inputs[0];
    int32_t width = input->schema->count;
    bool *kept = all_used(context, node);
    bool *below = new_flags(context, width);
    memcpy(below, used, (size_t)width);
    expr_used_columns(node->exprs[0], 0, below);
    for (int32_t i = 0; i < node->key_count; i++)
        expr_used_columns(node->keys[i], 0, below);
    pruned in = prune(context, input, below);
    for (int32_t i = 0; i < width; i++)
        kept[i] = in.map == NULL || in.map[i] >= 0;
    pruned out = {copy_over(context, node, in.node), NULL};
    out.node->exprs = remap_all(context, node->exprs, node->expr_count, in.map);
    out.node->keys = remap_all(context, node->keys, node->key_count, in.map);
    out.node->schema = keep(context, node->schema, kept, &out.map);
    return out;
}

/* Everything else needs all its columns in their order; the inputs are pruned inside. */
static pruned prune_barrier(opt_context *context, plan_node *node) {
    pruned out = {node, NULL};
    if (node->input_count == 0)
        return out;
    out.node = plan_node_copy(context->plan, node);
    out.node->inputs = BASE_ARENA_ARRAY(context->plan->arena, plan_node *, node->input_count);
    for (int32_t i = 0; i < node->input_count; i++) {
        plan_node *input = node->inputs[i];
        out.node->inputs[i] = input->schema == NULL
                                  ? prune_barrier(context, input).node
                                  : prune(context, input, all_used(context, input)).node;
    }
    return out;
}

static pruned prune(opt_context *context, plan_node *node, const bool *used) {
    switch (node->kind) {
    case PLAN_SCAN:
        return prune_scan(context, node, used);
    case PLAN_VALUES:
        return prune_values(context, node, used);
    case PLAN_PROJECT:
        return prune_project(context, node, used);
    case PLAN_EXPAND:
        return prune_expand(context, node, used);
    case PLAN_AGGREGATE:
        return prune_aggregate(context, node, used);
    case PLAN_FILTER:
    case PLAN_SORT:
    case PLAN_LIMIT:
        return prune_row_wise(context, node, used);
    case PLAN_JOIN:
        return prune_join(context, node, used);
    case PLAN_FLAT_MAP:
        return prune_flat_map(context, node, used);
    case PLAN_WINDOW:
        return prune_window(context, node, used);
    case PLAN_WINDOW_TABLE:
        return prune_window_table(context, node, used);
    default:
        return prune_barrier(context, node);
    }
}

plan_node *opt_prune_columns(opt_context *context, plan_node *root) {
    return prune_barrier(context, root).node;
}
