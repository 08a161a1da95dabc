/* Finding equal parts of a plan.
 *
 * Two parts are equal when they have the same operations with equal expressions over the same
 * tables, whatever their columns are called.  Worth keeping is what joins, groups or sorts: reading
 * a table twice costs less than storing it.  Of nested equal parts the outermost count.
 *
 * Each part has a digest; only parts of one digest are compared. */
#include "opt/share.h"

enum { PARTS_MAX = 512 };

typedef struct part {
    const plan_node *node;
    uint64_t digest;
    int32_t first; /* the first part equal to it, or itself */
    int32_t uses;  /* of a first one: inputs that it is, equal parents counted once */
} part;

struct opt_shares {
    base_arena *arena;
    part parts[PARTS_MAX];
    int32_t count;
};

opt_shares *opt_shares_new(base_arena *arena) {
    opt_shares *shares = BASE_ARENA_NEW(arena, opt_shares);
    shares->arena = arena;
    return shares;
}

/* ---- equality -------------------------------------------------------------------------------- */
static bool exprs_equal(expr_node *const *a, expr_node *const *b, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        if (!expr_equal(a[i], b[i]))
            return false;
    return true;
}

static bool same_or_both_null(const expr_node *a, const expr_node *b) {
    return a == NULL || b == NULL ? a == b : expr_equal(a, b);
}

static bool same_types(const plan_node *a, const plan_node *b) {
    if (a->schema->count != b->schema->count)
        return false;
    for (int32_t i = 0; i < a->schema->count; i++)
        if (a->schema->types[i] != b->schema->types[i])
            return false;
    return true;
}

static bool same_scan(const plan_node *a, const plan_node *b) {
    bool same_table = a->table == b->table ||
                      (a->table->kind == PLAN_TABLE_INLINE && b->table->kind == PLAN_TABLE_INLINE &&
                       a->table->data == b->table->data);
    if (!same_table || a->scan_limit != b->scan_limit)
        return false;
    for (int32_t i = 0; i < a->schema->count; i++)
        if (a->scan_columns[i] != b->scan_columns[i])
            return false;
    return same_or_both_null(a->scan_filter, b->scan_filter);
}

static bool same_node(const plan_node *a, const plan_node *b) {
    if (a->kind != b->kind || a->input_count != b->input_count || !same_types(a, b) ||
        a->expr_count != b->expr_count || a->key_count != b->key_count ||
        a->aggregate_count != b->aggregate_count || a->row_width != b->row_width ||
        a->is_all != b->is_all || a->is_outer != b->is_outer || a->keeps_input != b->keeps_input ||
        a->join_type != b->join_type || a->is_null_aware != b->is_null_aware ||
        a->set_op != b->set_op || a->offset != b->offset || a->fetch != b->fetch ||
        a->data != b->data)
        return false;
    if (a->kind == PLAN_SCAN && !same_scan(a, b))
        return false;
    return exprs_equal(a->exprs, b->exprs, a->expr_count) &&
           exprs_equal(a->keys, b->keys, a->key_count) &&
           exprs_equal(a->aggregates, b->aggregates, a->aggregate_count) &&
           same_or_both_null(a->condition, b->condition);
}

static bool same_part(const plan_node *a, const plan_node *b) {
    if (a == b)
        return true;
    if (!same_node(a, b))
        return false;
    for (int32_t i = 0; i < a->input_count; i++)
        if (!same_part(a->inputs[i], b->inputs[i]))
            return false;
    return true;
}

/* ---- what may be shared ---------------------------------------------------------------------- */
static bool all_repeatable(expr_node *const *exprs, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        if (exprs[i] != NULL && (!expr_is_deterministic(exprs[i]) || opt_has_udf(exprs[i])))
            return false;
    return true;
}

/* Kinds whose members same_node knows; everything they compute is the same each time. */
static bool is_repeatable(const plan_node *node) {
    static const bool known[PLAN_KIND_COUNT] = {
        [PLAN_SCAN] = true,      [PLAN_VALUES] = true, [PLAN_FILTER] = true, [PLAN_PROJECT] = true,
        [PLAN_AGGREGATE] = true, [PLAN_SORT] = true,   [PLAN_JOIN] = true,   [PLAN_SET_OP] = true};
    return known[node->kind] && all_repeatable(node->exprs, node->expr_count) &&
           all_repeatable(node->keys, node->key_count) &&
           all_repeatable(node->aggregates, node->aggregate_count) &&
           all_repeatable(&node->condition, 1);
}

static bool is_dear(const plan_node *node) {
    return node->kind == PLAN_AGGREGATE || node->kind == PLAN_JOIN || node->kind == PLAN_SORT;
}

/* ---- finding --------------------------------------------------------------------------------- */
static uint64_t mix(uint64_t digest, uint64_t value) {
    return (digest ^ value) * 1099511628211ULL;
}

static part *part_of(opt_shares *shares, const plan_node *node) {
    for (int32_t i = 0; i < shares->count; i++)
        if (shares->parts[i].node == node)
            return &shares->parts[i];
    return NULL;
}

typedef struct summary {
    uint64_t digest;
    bool repeatable, dear;
} summary;

static summary add_part(opt_shares *shares, const plan_node *node);

static summary summarise(opt_shares *shares, const plan_node *node) {
    summary out = {1469598103934665603ULL, is_repeatable(node), is_dear(node)};
    out.digest = mix(out.digest, (uint64_t)node->kind);
    out.digest =
        mix(out.digest, (uint64_t)node->expr_count << 20 | (uint64_t)node->key_count << 10 |
                            (uint64_t)node->aggregate_count);
    for (int32_t i = 0; i < node->input_count; i++) {
        summary input = add_part(shares, node->inputs[i]);
        out.digest = mix(out.digest, input.digest);
        out.repeatable = out.repeatable && input.repeatable;
        out.dear = out.dear || input.dear;
    }
    return out;
}

/* Notes the part, unless it cannot be shared; false: it is equal to one that is there already. */
static bool is_new(opt_shares *shares, const plan_node *node, const summary *known) {
    if (!known->repeatable || !known->dear || shares->count == PARTS_MAX)
        return true;
    int32_t number = shares->count++;
    shares->parts[number] = (part){node, known->digest, number, 0};
    for (int32_t i = 0; i < number; i++) {
        const part *other = &shares->parts[i];
        if (other->first != i || other->digest != known->digest || !same_part(other->node, node))
            continue;
        shares->parts[number].first = i;
        return false;
    }
    return true;
}

static summary add_part(opt_shares *shares, const plan_node *node) {
    const part *seen = part_of(shares, node);
    if (seen != NULL)
        return (summary){seen->digest, true, true};
    summary out = summarise(shares, node);
    if (!is_new(shares, node, &out))
        return out;
    for (int32_t i = 0; i < node->input_count; i++) {
        const part *input = part_of(shares, node->inputs[i]);
        if (input != NULL)
            shares->parts[input->first].uses++;
    }
    return out;
}

void opt_shares_find(opt_shares *shares, const plan_node *root) {
    add_part(shares, root);
}

const plan_node *opt_shared(opt_shares *shares, const plan_node *node) {
    const part *found = part_of(shares, node);
    if (found == NULL || shares->parts[found->first].uses < 2)
        return NULL;
    return shares->parts[found->first].node;
}
