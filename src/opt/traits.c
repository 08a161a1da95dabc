/* Traits of a node in streaming: which row kinds its output carries, and how the columns of a row
 * move when it is updated.  One file for all rules of Flink's changelog inference that the engine
 * needs; explain shows the result and the snapshots of recorded plans compare it. */
#include "connect/connect.h"
#include "opt/opt.h"

static int inputs_changelog(const plan_node *node) {
    int kinds = 0;
    for (int32_t i = 0; i < node->input_count; i++)
        kinds |= opt_changelog(node->inputs[i]);
    return kinds;
}

/* A grouped aggregate updates its groups; it deletes one when its last row is retracted.  That
 * DISTINCT (no aggregates) never updates is not told, as in Flink: it is no plan for a sink that
 * only appends. */
static int aggregate_changelog(const plan_node *node) {
    bool retracts = inputs_changelog(node) != OPT_INSERTS;
    return OPT_INSERTS | OPT_UPDATES | (retracts ? OPT_DELETES : 0);
}

int opt_changelog(const plan_node *node) {
    switch (node->kind) {
    case PLAN_SCAN:
    case PLAN_VALUES:
        return OPT_INSERTS;
    case PLAN_AGGREGATE:
        return aggregate_changelog(node);
    case PLAN_SORT:
        return OPT_INSERTS | OPT_UPDATES | OPT_DELETES;
    case PLAN_LIMIT: {
        int input = inputs_changelog(node);
        return input == OPT_INSERTS ? OPT_INSERTS : OPT_INSERTS | OPT_UPDATES | OPT_DELETES;
    }
    default:
        return inputs_changelog(node);
    }
}

const plan_node *opt_update_producer(const plan_node *node) {
    if (opt_changelog(node) == OPT_INSERTS)
        return NULL;
    if (node->kind == PLAN_AGGREGATE || node->kind == PLAN_SORT || node->kind == PLAN_LIMIT)
        return node;
    for (int32_t i = 0; i < node->input_count; i++) {
        const plan_node *producer = opt_update_producer(node->inputs[i]);
        if (producer != NULL)
            return producer;
    }
    return node;
}

bool opt_sink_needs_update_before(const plan_table *table) {
    const char *name = plan_table_option(table, "connector");
    const connect_class *connector = name != NULL ? connect_find(name) : NULL;
    return connector == NULL || !connector->sink_ignores_update_before;
}

/* ---- motion ---------------------------------------------------------------------------------- */
/* What updates of a row do to its columns.  A retraction and the row that comes for it count as an
 * update too. */
typedef enum motion { STILL, RISES, FALLS, MOVES } motion;

/* Fills out[0..columns); false where nothing is known. */
static bool find_motions(base_arena *arena, const plan_node *node, motion *out);

static motion motion_of_sum(const plan_node *input, const expr_node *call) {
    int signs = opt_sign_of_filtered(input, call->args[0], call->filter);
    if ((signs & OPT_NOT_NEGATIVE) != 0)
        return RISES;
    return (signs & OPT_NOT_POSITIVE) != 0 ? FALLS : MOVES;
}

/* As if rows only came. */
static motion motion_of_call(const plan_node *input, const expr_node *call) {
    const char *name = call->aggregate->name;
    if (strcmp(name, "COUNT") == 0 || strcmp(name, "MAX") == 0)
        return RISES;
    if (strcmp(name, "MIN") == 0)
        return FALLS;
    bool is_sum = strcmp(name, "SUM") == 0 || strcmp(name, "$SUM0") == 0;
    return is_sum ? motion_of_sum(input, call) : MOVES;
}

static bool find_aggregate_motions(base_arena *arena, const plan_node *node, motion *out) {
    const plan_node *input = node->inputs[0];
    motion *below = BASE_ARENA_ARRAY(arena, motion, input->schema->count + 1);
    if (!find_motions(arena, input, below))
        return false;
    for (int32_t i = 0; i < node->key_count; i++) {
        const expr_node *key = node->keys[i];
        bool is_still = opt_changelog(input) == OPT_INSERTS ||
                        (key->kind == EXPR_INPUT && below[key->column] == STILL);
        if (!is_still)
            return false;
        out[i] = STILL;
    }
    for (int32_t i = 0; i < node->aggregate_count; i++) {
        const expr_node *call = node->aggregates[i];
        motion found = motion_of_call(input, call);
        /* What the aggregate takes must not work against it. */
        if (opt_changelog(input) != OPT_INSERTS && call->arg_count > 0) {
            const expr_node *arg = call->args[0];
            motion taken = arg->kind == EXPR_INPUT ? below[arg->column] : MOVES;
            if (call->arg_count > 1 || (taken != STILL && taken != found))
                found = MOVES;
        }
        out[node->key_count + i] = found;
    }
    return true;
}

/* A row that passes must go on passing. */
static bool find_filter_motions(base_arena *arena, const plan_node *node, motion *out) {
    int32_t width = node->schema->count;
    bool *used = BASE_ARENA_ARRAY(arena, bool, width + 1);
    expr_used_columns(node->condition, 0, used);
    if (!find_motions(arena, node->inputs[0], out))
        return false;
    for (int32_t i = 0; i < width; i++)
        if (used[i] && out[i] != STILL)
            return false;
    return true;
}

static bool find_project_motions(base_arena *arena, const plan_node *node, motion *out) {
    motion *below = BASE_ARENA_ARRAY(arena, motion, node->inputs[0]->schema->count + 1);
    if (!find_motions(arena, node->inputs[0], below))
        return false;
    for (int32_t i = 0; i < node->expr_count; i++) {
        const expr_node *expr = node->exprs[i];
        out[i] = expr->kind == EXPR_INPUT     ? below[expr->column]
                 : expr->kind == EXPR_LITERAL ? STILL
                                              : MOVES;
    }
    return true;
}

static bool find_motions(base_arena *arena, const plan_node *node, motion *out) {
    if (opt_changelog(node) == OPT_INSERTS) {
        for (int32_t i = 0; i < node->schema->count; i++)
            out[i] = STILL;
        return true;
    }
    switch (node->kind) {
    case PLAN_AGGREGATE:
        return find_aggregate_motions(arena, node, out);
    case PLAN_FILTER:
        return find_filter_motions(arena, node, out);
    case PLAN_PROJECT:
        return find_project_motions(arena, node, out);
    default:
        return false;
    }
}

/* ---- Top-N ----------------------------------------------------------------------------------- */
/* The columns that tell rows apart, kept through filters; -1 = unknown. */
static int32_t find_ids(const plan_node *node) {
    while (node->kind == PLAN_FILTER)
        node = node->inputs[0];
    return node->kind == PLAN_AGGREGATE ? node->key_count : -1;
}

exec_rank_strategy opt_rank_strategy(base_arena *arena, const plan_node *sort, int32_t *id_count) {
    const plan_node *input = sort->inputs[0];
    *id_count = 0;
    if (opt_changelog(input) == OPT_INSERTS)
        return EXEC_RANK_APPEND;
    motion *motions = BASE_ARENA_ARRAY(arena, motion, input->schema->count + 1);
    int32_t ids = find_ids(input);
    if (ids < 0 || sort->key_count == 0 || !find_motions(arena, input, motions))
        return EXEC_RANK_RETRACT;
    for (int32_t i = 0; i < sort->key_count; i++) {
        const expr_node *order = sort->keys[i];
        const expr_node *key = order->kind == EXPR_ORDER ? order->args[0] : order;
        motion found = key->kind == EXPR_INPUT ? motions[key->column] : MOVES;
        bool descends = order->kind == EXPR_ORDER && order->descending;
        if (found != STILL && found != (descends ? RISES : FALLS))
            return EXEC_RANK_RETRACT;
    }
    *id_count = ids;
    return EXEC_RANK_UPDATE;
}
