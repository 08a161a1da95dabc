/* GROUPING SETS: every row once for each set, with NULL for the keys that the set lacks and the
 * set's number; grouped by all of that.  GROUPING and its kin are constants of a set.
 *
 *     Aggregate a, b, SUM(c)  sets {a, b} {a}
 *       ===>
 *     Project   a, b, SUM(c)
 *       Aggregate a, b, id, SUM(c)
 *         Expand  (a, b, c, 0) (a, NULL, c, 1)
 *
 * Not optional: the engine knows no sets. */
#include "opt/make.h"

typedef struct set_rewrite {
    opt_context *context;
    base_arena *arena;
    const plan_node *node;
    const plan_node *input;
} set_rewrite;

static const data_type *id_type(void) {
    return data_type_simple(DATA_BIGINT, false);
}

static bool is_grouping(const expr_node *call) {
    return (call->aggregate->flags & FUNC_AGG_GROUPING) != 0;
}

static bool has_grouping(const plan_node *node) {
    for (int32_t i = 0; i < node->aggregate_count; i++)
        if (is_grouping(node->aggregates[i]))
            return true;
    return false;
}

/* ---- GROUPING -------------------------------------------------------------------------------- */

static int32_t key_of(const plan_node *node, const expr_node *argument) {
    for (int32_t k = 0; k < node->key_count; k++)
        if (expr_equal(node->keys[k], argument))
            return k;
    return 0; /* the binder has seen to it that there is one */
}

/* What a call is for set number `set`. */
static int64_t grouping_value(const plan_node *node, const expr_node *call, int32_t set) {
    int64_t value = 0;
    if (node->set_count == 0)
        return 0;
    for (int32_t i = 0; i < call->arg_count; i++) {
        bool has_key = (node->sets[set] >> key_of(node, call->args[i]) & 1) != 0;
        value = value << 1 | !has_key;
    }
    if (strcmp(call->aggregate->name, "GROUP_ID") != 0)
        return value;
    for (int32_t i = 0; i < set; i++)
        value += node->sets[i] == node->sets[set];
    return value;
}

/* CASE id WHEN 0 THEN ... */
static expr_node *grouping_by_id(const set_rewrite *r, const expr_node *call, int32_t id_column) {
    int32_t count = r->node->set_count, used = 0;
    bool same = true;
    for (int32_t i = 1; i < count; i++)
        same &= grouping_value(r->node, call, i) == grouping_value(r->node, call, 0);
    if (same)
        return expr_literal_i64(r->arena, id_type(), grouping_value(r->node, call, 0));
    expr_node **parts = BASE_ARENA_ARRAY(r->arena, expr_node *, 2 * (int64_t)count);
    for (int32_t i = 0; i < count; i++) {
        expr_node *value = expr_literal_i64(r->arena, id_type(), grouping_value(r->node, call, i));
        if (i + 1 < count)
            parts[used++] =
                opt_call2(r->context, "=", expr_input(r->arena, 0, id_column, id_type()),
                          expr_literal_i64(r->arena, id_type(), i));
        parts[used++] = value;
    }
    return opt_call(r->context, "CASE", parts, used);
}

/* ---- the nodes ------------------------------------------------------------------------------- */

static plan_node *expand(const set_rewrite *r) {
    const plan_node *node = r->node;
    int32_t keys = node->key_count, width = keys + r->input->schema->count + 1;
    plan_node *input = (plan_node *)r->input;
    plan_node *out = plan_node_new(r->context->plan, PLAN_EXPAND, &input, 1);
    data_schema *schema = data_schema_new(r->arena, width);
    out->row_width = width;
    out->expr_count = width * node->set_count;
    out->exprs = BASE_ARENA_ARRAY(r->arena, expr_node *, out->expr_count + 1);
    for (int32_t c = 0; c < width; c++) {
        bool is_key = c < keys, is_id = c == width - 1;
        schema->names[c] = is_key  ? node->schema->names[c]
                           : is_id ? "expand_id"
                                   : r->input->schema->names[c - keys];
        schema->types[c] = is_key  ? node->schema->types[c]
                           : is_id ? id_type()
                                   : r->input->schema->types[c - keys];
        for (int32_t s = 0; s < node->set_count; s++) {
            expr_node **cell = &out->exprs[s * width + c];
            data_value null = data_value_null(schema->types[c]);
            if (is_id)
                *cell = expr_literal_i64(r->arena, id_type(), s);
            else if (!is_key)
                *cell = expr_input(r->arena, 0, c - keys, schema->types[c]);
            else
                *cell =
                    (node->sets[s] >> c & 1) != 0 ? node->keys[c] : expr_literal(r->arena, &null);
        }
    }
    out->schema = schema;
    out->is_bound = true;
    return out;
}

static plan_node *group(const set_rewrite *r, plan_node *expanded) {
    const plan_node *node = r->node;
    int32_t keys = node->key_count, width = expanded->schema->count;
    plan_node *out = plan_node_new(r->context->plan, PLAN_AGGREGATE, &expanded, 1);
    int32_t *map = BASE_ARENA_ARRAY(r->arena, int32_t, width + 1);
    data_schema *schema = data_schema_new(r->arena, keys + 1 + node->aggregate_count);
    for (int32_t c = 0; c < r->input->schema->count; c++)
        map[c] = keys + c;
    out->keys = BASE_ARENA_ARRAY(r->arena, expr_node *, keys + 1);
    out->aggregates = BASE_ARENA_ARRAY(r->arena, expr_node *, node->aggregate_count + 1);
    out->key_count = keys + 1;
    for (int32_t k = 0; k <= keys; k++) {
        int32_t column = k < keys ? k : width - 1;
        out->keys[k] = expr_input(r->arena, 0, column, expanded->schema->types[column]);
        schema->names[k] = expanded->schema->names[column];
        schema->types[k] = expanded->schema->types[column];
    }
    for (int32_t i = 0; i < node->aggregate_count; i++) {
        if (is_grouping(node->aggregates[i]))
            continue;
        int32_t place = keys + 1 + out->aggregate_count;
        out->aggregates[out->aggregate_count++] = expr_remap(r->arena, node->aggregates[i], map);
        schema->names[place] = node->schema->names[keys + i];
        schema->types[place] = node->schema->types[keys + i];
    }
    schema->count = keys + 1 + out->aggregate_count;
    out->schema = schema;
    out->is_bound = true;
    return out;
}

/* The columns of the node over `grouped`, whose aggregates start at `first`; `id` is the column of
 * the set's number. */
static plan_node *project(const set_rewrite *r, plan_node *grouped, int32_t first, int32_t id) {
    const plan_node *node = r->node;
    expr_node **exprs = BASE_ARENA_ARRAY(r->arena, expr_node *, node->schema->count + 1);
    int32_t next = first;
    for (int32_t i = 0; i < node->schema->count; i++) {
        int32_t column = i < node->key_count ? i : next;
        bool is_constant =
            i >= node->key_count && is_grouping(node->aggregates[i - node->key_count]);
        if (is_constant) {
            exprs[i] = grouping_by_id(r, node->aggregates[i - node->key_count], id);
            continue;
        }
        next += i >= node->key_count;
        exprs[i] = expr_input(r->arena, 0, column, grouped->schema->types[column]);
    }
    return opt_project(r->context, grouped, exprs, node->schema->count,
                       (const char *const *)node->schema->names);
}

/* An ordinary aggregation whose GROUPING calls are 0. */
static plan_node *without_grouping(const set_rewrite *r) {
    plan_node *copy = plan_node_copy(r->context->plan, r->node);
    data_schema *schema = data_schema_new(r->arena, r->node->schema->count);
    copy->aggregates = BASE_ARENA_ARRAY(r->arena, expr_node *, r->node->aggregate_count + 1);
    copy->aggregate_count = 0;
    for (int32_t i = 0; i < r->node->schema->count; i++) {
        int32_t call = i - r->node->key_count;
        if (call >= 0 && is_grouping(r->node->aggregates[call]))
            continue;
        int32_t place = call < 0 ? i : r->node->key_count + copy->aggregate_count;
        schema->names[place] = r->node->schema->names[i];
        schema->types[place] = r->node->schema->types[i];
        if (call >= 0)
            copy->aggregates[copy->aggregate_count++] = r->node->aggregates[call];
    }
    schema->count = r->node->key_count + copy->aggregate_count;
    copy->schema = schema;
    return project(r, copy, r->node->key_count, -1);
}

/* Sets without keys: the one row, as often as there are sets. */
static plan_node *repeated(const set_rewrite *r) {
    plan_node *all = NULL;
    for (int32_t s = 0; s < r->node->set_count; s++) {
        plan_node *one = plan_node_copy(r->context->plan, r->node);
        one->set_count = 0;
        set_rewrite single = *r;
        single.node = one;
        if (has_grouping(one))
            one = without_grouping(&single);
        if (all != NULL)
            one = opt_union_all(r->context, all, one);
        all = one;
    }
    return all;
}

plan_node *opt_rule_grouping_sets(opt_context *context, plan_node *node) {
    if (node->kind != PLAN_AGGREGATE || (node->set_count == 0 && !has_grouping(node)))
        return node;
    set_rewrite r = {context, context->plan->arena, node, node->inputs[0]};
    if (node->set_count == 0)
        return without_grouping(&r);
    if (node->key_count == 0)
        return repeated(&r);
    return project(&r, group(&r, expand(&r)), node->key_count + 1, node->key_count);
}
