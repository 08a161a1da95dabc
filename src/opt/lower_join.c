/* Lowering of joins (batch).
 *
 * The condition's conjuncts a = b and a IS NOT DISTINCT FROM b, with a over one side and b over the
 * other, are hash keys; the rest is the residual.  The build side ends its stage in HashJoinBuild;
 * HashJoin goes on in the probe side's chain.  Without keys the same operators run a nested loop.
 *
 * The build stage keeps only columns that somebody reads:  [stored | keys that are not stored]. */
#include "opt/lower.h"

enum { KEYS_MAX = 64 };

typedef struct join_key {
    expr_node *sides[2]; /* of the left and the right input; each over input 0 */
    const data_type *type;
} join_key;

typedef struct join_side {
    const plan_node *node;
    open_stage open;
    bool *needed;   /* columns that output or residual read */
    int32_t *place; /* column -> column of the operator's input; -1 = not there */
    int32_t *keys;  /* columns of the keys */
    int32_t stored_count;
} join_side;

typedef struct join_lowering {
    lowering *low;
    const plan_node *node;
    join_key keys[KEYS_MAX];
    int32_t key_count;
    base_list residual;
    join_side sides[2]; /* left, right */
    int32_t build;      /* the side that is built */
    const bool *needed; /* of the output; NULL = all */
} join_lowering;

/* ---- the condition --------------------------------------------------------------------------- */
static bool is_call(const expr_node *node, const char *name, int32_t arg_count) {
    return node->kind == EXPR_CALL && node->function != NULL && node->arg_count == arg_count &&
           strcmp(node->function->name, name) == 0;
}

static bool note_input(void *context, expr_node *node) {
    if (node->kind == EXPR_INPUT)
        *(int *)context |= 1 << node->input;
    return true;
}

/* Bit 0: uses the left input, bit 1: the right one. */
static int inputs_used(const expr_node *expr) {
    int used = 0;
    expr_walk((expr_node *)(uintptr_t)expr, note_input, &used);
    return used;
}

/* The type in which two sides' keys are compared; NULL = not by hash. */
static const data_type *key_type(const data_type *a, const data_type *b) {
    data_physical physical = data_physical_of(a);
    if (physical == DATA_PHYSICAL_NONE || physical == DATA_PHYSICAL_LIST ||
        physical == DATA_PHYSICAL_ROW)
        return NULL;
    if (a->kind == DATA_DECIMAL && b->kind == DATA_DECIMAL) {
        int32_t scale = a->scale > b->scale ? a->scale : b->scale;
        int32_t whole = a->precision - a->scale > b->precision - b->scale ? a->precision - a->scale
                                                                          : b->precision - b->scale;
        return whole + scale > DATA_DECIMAL_PRECISION_MAX
                   ? NULL
                   : data_type_decimal(whole + scale, scale, a->nullable);
    }
    if (physical == DATA_PHYSICAL_F32 || physical == DATA_PHYSICAL_F64)
        return a->kind == b->kind ? a : NULL;
    return physical == data_physical_of(b) ? a : NULL;
}

static bool move_left(void *context, expr_node *node) {
    (void)context;
    node->input = 0;
    return true;
}

/* A copy over input 0, brought to the key's type where the values would differ. */
static expr_node *key_side(lowering *low, const expr_node *expr, const data_type *type) {
    expr_node *copy = expr_copy(low->graph->arena, expr);
    expr_walk(copy, move_left, NULL);
    bool differs = type->kind == DATA_DECIMAL &&
                   (copy->type->scale != type->scale || copy->type->precision != type->precision);
    if (!differs)
        return copy;
    return expr_cast(low->graph->arena, copy, data_type_with_null(type, copy->type->nullable),
                     false);
}

/* a = b over both sides, maybe as (a = b) IS TRUE. */
static bool take_key(join_lowering *join, const expr_node *conjunct) {
    if (is_call(conjunct, "IS TRUE", 1))
        conjunct = conjunct->args[0];
    bool is_equal = is_call(conjunct, "=", 2);
    if (join->key_count == KEYS_MAX || (!is_equal && !is_call(conjunct, "IS NOT DISTINCT FROM", 2)))
        return false;
    const expr_node *a = conjunct->args[0], *b = conjunct->args[1];
    int used_a = inputs_used(a), used_b = inputs_used(b);
    if (used_a + used_b != 3 || used_a == 0 || used_b == 0 || !expr_is_deterministic(a) ||
        !expr_is_deterministic(b))
        return false;
    const expr_node *left = used_a == 1 ? a : b, *right = used_a == 1 ? b : a;
    const data_type *type = key_type(left->type, right->type);
    if (type == NULL)
        return false;
    bool nullable = !is_equal && (left->type->nullable || right->type->nullable);
    join_key *key = &join->keys[join->key_count++];
    key->type = data_type_with_null(type, nullable);
    key->sides[0] = key_side(join->low, left, type);
    key->sides[1] = key_side(join->low, right, type);
    return true;
}

/* What NOT IN asks of the pairs: not (certainly different). */
static rask_status is_not_false(lowering *low, base_list *conjuncts, rask_error *err) {
    base_arena *arena = low->graph->arena;
    expr_node *condition = expr_and(arena, (expr_node *const *)conjuncts->items, conjuncts->count);
    const data_type *types[1] = {condition->type};
    func_resolution resolution;
    RASK_TRY(func_resolve("IS NOT FALSE", types, NULL, 1, &resolution, err));
    expr_node *call = expr_call1(arena, "IS NOT FALSE", condition);
    call->function = resolution.row;
    call->type = data_type_simple(DATA_BOOLEAN, false);
    *conjuncts = (base_list){0};
    base_list_add(arena, conjuncts, call);
    return RASK_OK;
}

/* NOT IN: a bare a = b may be UNKNOWN, (a = b) IS TRUE may not; one bare conjunct alone is what the
 * operator does itself, more are a residual. */
static rask_status split_null_aware(join_lowering *join, base_list *conjuncts, bool *by_operator,
                                    rask_error *err) {
    *by_operator = conjuncts->count == 1 && take_key(join, conjuncts->items[0]) &&
                   is_call(conjuncts->items[0], "=", 2);
    if (*by_operator)
        return RASK_OK;
    join->key_count = 0;
    for (int32_t i = 0; i < conjuncts->count; i++) {
        expr_node *conjunct = conjuncts->items[i];
        bool is_certain =
            is_call(conjunct, "IS TRUE", 1) || is_call(conjunct, "IS NOT DISTINCT FROM", 2);
        if (!is_certain || !take_key(join, conjunct))
            base_list_add(join->low->graph->arena, &join->residual, conjunct);
    }
    return join->residual.count > 0 ? is_not_false(join->low, &join->residual, err) : RASK_OK;
}

static rask_status split_condition(join_lowering *join, bool *null_aware, rask_error *err) {
    base_arena *arena = join->low->graph->arena;
    base_list conjuncts = {0};
    expr_conjuncts(arena, join->node->condition, &conjuncts);
    *null_aware = false;
    if (join->node->is_null_aware)
        return split_null_aware(join, &conjuncts, null_aware, err);
    for (int32_t i = 0; i < conjuncts.count; i++)
        if (!take_key(join, conjuncts.items[i]))
            base_list_add(arena, &join->residual, conjuncts.items[i]);
    return RASK_OK;
}

/* ---- what is read ---------------------------------------------------------------------------- */
static bool is_half(const plan_node *node) {
    return node->join_type == PLAN_JOIN_SEMI || node->join_type == PLAN_JOIN_ANTI;
}

static void mark_needed(join_lowering *join) {
    base_arena *arena = join->low->graph->arena;
    const plan_node *node = join->node;
    int32_t left = node->inputs[0]->schema->count;
    for (int32_t s = 0; s < 2; s++) {
        join->sides[s].node = node->inputs[s];
        join->sides[s].needed = BASE_ARENA_ARRAY(arena, bool, node->inputs[s]->schema->count + 1);
        for (int32_t i = 0; i < join->residual.count; i++)
            expr_used_columns(join->residual.items[i], s, join->sides[s].needed);
    }
    for (int32_t i = 0; i < node->schema->count; i++)
        if (join->needed == NULL || join->needed[i])
            join->sides[i >= left].needed[i >= left ? i - left : i] = true;
}

/* ---- inputs ---------------------------------------------------------------------------------- */
static rask_status lower_side(join_lowering *join, int32_t s, rask_error *err) {
    join_side *side = &join->sides[s];
    int32_t width = side->node->schema->count;
    bool *needed =
        base_arena_copy(join->low->graph->arena, side->needed, (int64_t)sizeof(bool) * (width + 1));
    for (int32_t k = 0; k < join->key_count; k++)
        expr_used_columns(join->keys[k].sides[s], 0, needed);
    join->low->needed = needed;
    return lower_node(join->low, side->node, false, &side->open, err);
}

static int32_t add_column(data_schema *schema, expr_node **exprs, expr_node *expr,
                          const char *name) {
    exprs[schema->count] = expr;
    schema->names[schema->count] = name;
    schema->types[schema->count] = expr->type;
    return schema->count++;
}

/* A Calc in front of the operator: for the build side the stored columns first, for the probe side
 * all of them; then keys that are no columns yet. */
static rask_status prepare_side(join_lowering *join, int32_t s, rask_error *err) {
    lowering *low = join->low;
    base_arena *arena = low->graph->arena;
    join_side *side = &join->sides[s];
    int32_t width = side->node->schema->count;
    expr_node **keys = BASE_ARENA_ARRAY(arena, expr_node *, join->key_count + 1);
    for (int32_t k = 0; k < join->key_count; k++)
        keys[k] = join->keys[k].sides[s];
    RASK_TRY(lower_user_functions(low, &side->open, keys, join->key_count, err));
    expr_node **exprs = BASE_ARENA_ARRAY(arena, expr_node *, width + join->key_count + 1);
    data_schema *schema = data_schema_new(arena, width + join->key_count);
    schema->count = 0;
    side->place = BASE_ARENA_ARRAY(arena, int32_t, width + 1);
    side->keys = BASE_ARENA_ARRAY(arena, int32_t, join->key_count + 1);
    for (int32_t c = 0; c < width; c++) {
        side->place[c] = -1;
        if (s != join->build || side->needed[c])
            side->place[c] =
                add_column(schema, exprs, expr_input(arena, 0, c, side->open.schema->types[c]),
                           side->open.schema->names[c]);
    }
    side->stored_count = schema->count;
    for (int32_t k = 0; k < join->key_count; k++) {
        bool is_there = keys[k]->kind == EXPR_INPUT && keys[k]->column < width &&
                        side->place[keys[k]->column] >= 0;
        side->keys[k] =
            is_there ? side->place[keys[k]->column]
                     : add_column(schema, exprs, keys[k], base_arena_printf(arena, "$key%d", k));
    }
    bool is_same = schema->count == side->open.schema->count && side->stored_count == width;
    if (!is_same)
        lower_add_calc(low, &side->open, NULL, exprs, schema->count, schema,
                       opt_describe_calc(arena, exprs, schema, side->open.schema));
    return RASK_OK;
}

/* ---- the operators --------------------------------------------------------------------------- */
static exec_join_column column_of(const join_lowering *join, int32_t s, int32_t column,
                                  const data_type *type) {
    int32_t place = join->sides[s].place[column];
    exec_join_side side = s == join->build ? EXEC_JOIN_BUILD : EXEC_JOIN_PROBE;
    if (!join->sides[s].needed[column])
        side = EXEC_JOIN_NOWHERE;
    return (exec_join_column){side, place, type};
}

typedef struct residual_map {
    const join_lowering *join;
    exec_join_params *params;
    exec_join_column *columns;
} residual_map;

/* Columns of either side become columns of the residual's own list. */
static bool map_residual(void *context, expr_node *node) {
    residual_map *map = context;
    if (node->kind != EXPR_INPUT)
        return true;
    exec_join_column column = column_of(map->join, node->input, node->column, node->type);
    int32_t at = 0, count = map->params->residual_column_count;
    while (at < count &&
           (map->columns[at].side != column.side || map->columns[at].column != column.column))
        at++;
    map->columns[at] = column;
    map->params->residual_column_count += at == count;
    node->input = 0;
    node->column = at;
    return true;
}

static void set_residual(const join_lowering *join, exec_join_params *params) {
    base_arena *arena = join->low->graph->arena;
    if (join->residual.count == 0)
        return;
    expr_node *residual = expr_copy(
        arena, expr_and(arena, (expr_node *const *)join->residual.items, join->residual.count));
    int32_t width = join->sides[0].node->schema->count + join->sides[1].node->schema->count;
    residual_map map = {join, params, BASE_ARENA_ARRAY(arena, exec_join_column, width + 1)};
    expr_walk(residual, map_residual, &map);
    params->residual = residual;
    params->residual_columns = map.columns;
}

static void set_output(const join_lowering *join, exec_join_params *params) {
    const plan_node *node = join->node;
    int32_t left = node->inputs[0]->schema->count;
    exec_join_column *output =
        BASE_ARENA_ARRAY(join->low->graph->arena, exec_join_column, node->schema->count + 1);
    for (int32_t i = 0; i < node->schema->count; i++) {
        output[i] = column_of(join, i >= left, i >= left ? i - left : i, node->schema->types[i]);
        if (join->needed != NULL && !join->needed[i])
            output[i].side = EXEC_JOIN_NOWHERE;
    }
    params->output = output;
    params->output_count = node->schema->count;
}

/* Which rows come out, by the side they are on. */
static void set_emissions(const join_lowering *join, exec_join_params *params) {
    plan_join_type type = join->node->join_type;
    bool left_alone = type == PLAN_JOIN_LEFT || type == PLAN_JOIN_FULL || type == PLAN_JOIN_ANTI;
    bool right_alone = type == PLAN_JOIN_RIGHT || type == PLAN_JOIN_FULL;
    bool builds_left = join->build == 0, is_semi = type == PLAN_JOIN_SEMI;
    params->emits_pairs = !is_half(join->node);
    params->emits_probe_unmatched = builds_left ? right_alone : left_alone;
    params->emits_build_unmatched = builds_left ? left_alone : right_alone;
    params->emits_probe_matched = is_semi && !builds_left;
    params->emits_build_matched = is_semi && builds_left;
}

static const exec_join_build_params *add_build(join_lowering *join, bool tracks_matches) {
    lowering *low = join->low;
    base_arena *arena = low->graph->arena;
    join_side *side = &join->sides[join->build];
    exec_join_build_params *params = BASE_ARENA_NEW(arena, exec_join_build_params);
    params->keys = side->keys;
    params->key_count = join->key_count;
    params->key_types = BASE_ARENA_ARRAY(arena, const data_type *, join->key_count + 1);
    for (int32_t k = 0; k < join->key_count; k++)
        params->key_types[k] = join->keys[k].type;
    params->stored_count = side->stored_count;
    params->tracks_matches = tracks_matches;
    lower_add_op(low, &side->open, "HashJoinBuild", params, side->open.schema,
                 opt_describe_join(arena, join->node, join->key_count > 0, join->build));
    return params;
}

/* The build side, whole, and the parameters of the join over it. */
static rask_status build_first(join_lowering *join, exec_join_params *params, rask_error *err) {
    RASK_TRY(lower_side(join, join->build, err));
    RASK_TRY(prepare_side(join, join->build, err));
    set_emissions(join, params);
    params->build = add_build(join, params->emits_build_matched || params->emits_build_unmatched);
    if (params->emits_probe_unmatched)
        return RASK_OK;
    expr_node *keys[KEYS_MAX];
    for (int32_t k = 0; k < join->key_count; k++)
        keys[k] = join->keys[k].sides[1 - join->build];
    lower_plan_filter(join->low, join->node, 1 - join->build, keys, params->build,
                      join->sides[join->build].open.stage);
    return RASK_OK;
}

static void add_join(join_lowering *join, exec_join_params *params) {
    lowering *low = join->low;
    join_side *probe = &join->sides[1 - join->build];
    params->keys = probe->keys;
    set_residual(join, params);
    set_output(join, params);
    lower_add_op(
        low, &probe->open, "HashJoin", params, join->node->schema,
        opt_describe_join(low->graph->arena, join->node, join->key_count > 0, join->build));
    probe->open.stage->ops[probe->open.stage->op_count - 1]->reads =
        join->sides[join->build].open.stage;
}

/* The side with fewer rows, by the optimiser's numbers; without it the right one.  NOT IN asks
 * questions about all of its right side. */
static void choose_build(join_lowering *join, bool null_aware) {
    opt_context *context = join->low->context;
    const plan_node *node = join->node;
    if (null_aware || !plan_config_bool(join->low->config, "rask.optimizer.enabled"))
        return;
    double left = opt_rows(context, node->inputs[0]), right = opt_rows(context, node->inputs[1]);
    join->build = left < right / 2 ? 0 : 1;
}

rask_status lower_join(lowering *low, const plan_node *node, const bool *needed, open_stage *open,
                       rask_error *err) {
    if (low->streaming)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "Join is not supported in streaming mode yet.");
    join_lowering *join = BASE_ARENA_NEW(low->graph->arena, join_lowering);
    *join = (join_lowering){.low = low, .node = node, .build = 1, .needed = needed};
    exec_join_params *params = BASE_ARENA_NEW(low->graph->arena, exec_join_params);
    RASK_TRY(split_condition(join, &params->is_null_aware, err));
    choose_build(join, params->is_null_aware);
    mark_needed(join);
    RASK_TRY(build_first(join, params, err));
    RASK_TRY(lower_side(join, 1 - join->build, err));
    RASK_TRY(prepare_side(join, 1 - join->build, err));
    add_join(join, params);
    *open = join->sides[1 - join->build].open;
    return RASK_OK;
}
