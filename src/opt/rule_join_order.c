/* The order of inner joins.
 *
 * A tree of inner joins is taken apart (join_graph.h) and put together again in the order that
 * costs least: over all subsets of up to ten relations by dynamic programming, beyond that by
 * always joining the two parts whose join has the fewest rows.  Cost is counted in rows: those that
 * go into a hash table, those that probe it, those that come out.
 *
 * A projection on top puts the columns back into their old order. */
#include <math.h>

#include "opt/join_graph.h"

enum { EXACT_RELATIONS_MAX = 10 };

#define COST_BUILD 2.5
#define COST_PROBE 1.0
/* Tables past the caches cost a miss a probe. */
#define COST_PROBE_LARGE 2.0
#define ROWS_LARGE 100000.0
#define COST_CROSS 0.2

typedef struct join_part {
    uint32_t relations;
    double rows, cost;
    int32_t left, right; /* parts; -1 = a relation */
} join_part;

static plan_node *order_joins(opt_context *context, plan_node *node);

/* ---- cost ------------------------------------------------------------------------------------ */
static join_part joined(opt_join_graph *graph, const join_part *parts, int32_t a, int32_t b,
                        bool *connected) {
    double fraction =
        opt_join_graph_fraction(graph, parts[a].relations, parts[b].relations, connected);
    double rows = parts[a].rows * parts[b].rows * fraction;
    int32_t build = parts[a].rows < parts[b].rows ? a : b, probe = a + b - build;
    double probe_cost = parts[build].rows > ROWS_LARGE ? COST_PROBE_LARGE : COST_PROBE;
    double cost = parts[a].cost + parts[b].cost + COST_BUILD * parts[build].rows +
                  probe_cost * parts[probe].rows + rows;
    if (!*connected)
        cost += COST_CROSS * parts[a].rows * parts[b].rows;
    return (join_part){parts[a].relations | parts[b].relations, rows, cost, probe, build};
}

static join_part single(const opt_join_graph *graph, int32_t r) {
    double rows = graph->relations[r].rows;
    return (join_part){1U << r, rows < 1 ? 1 : rows, 0, -1, -1};
}

/* ---- dynamic programming: parts[] is indexed by the set of relations ------------------------- */
static int32_t order_exactly(opt_join_graph *graph, join_part *parts) {
    uint32_t all = (1U << graph->count) - 1;
    for (uint32_t set = 1; set <= all; set++) {
        if ((set & (set - 1)) == 0) {
            parts[set] = single(graph, __builtin_ctz(set));
            continue;
        }
        parts[set].cost = INFINITY;
        /* Each split once: the half that holds the lowest relation comes first. */
        uint32_t lowest = set & -set, rest = set ^ lowest;
        for (uint32_t others = rest;; others = (others - 1) & rest) {
            uint32_t a = lowest | (rest & ~others), b = others;
            bool connected;
            if (b == 0)
                break;
            join_part made = joined(graph, parts, (int32_t)a, (int32_t)b, &connected);
            if (made.cost < parts[set].cost)
                parts[set] = made;
        }
    }
    return (int32_t)all;
}

/* ---- greedily: parts[] grows ----------------------------------------------------------------- */
static int32_t order_greedily(opt_join_graph *graph, join_part *parts) {
    int32_t live[OPT_RELATIONS_MAX], count = graph->count, next = graph->count;
    for (int32_t r = 0; r < count; r++) {
        parts[r] = single(graph, r);
        live[r] = r;
    }
    while (count > 1) {
        int32_t best_a = 0, best_b = 1;
        join_part best = {.rows = INFINITY, .cost = INFINITY};
        bool best_connected = false;
        for (int32_t a = 0; a < count; a++)
            for (int32_t b = a + 1; b < count; b++) {
                bool connected;
                join_part made = joined(graph, parts, live[a], live[b], &connected);
                if (connected < best_connected ||
                    (connected == best_connected && made.rows >= best.rows))
                    continue;
                best = made;
                best_connected = connected;
                best_a = a;
                best_b = b;
            }
        parts[next] = best;
        live[best_a] = next++;
        live[best_b] = live[--count];
    }
    return next - 1;
}

/* ---- putting together ------------------------------------------------------------------------ */
typedef struct laid_out {
    plan_node *node;
    int32_t *place; /* global column -> output column; -1 = not in it */
} laid_out;

static bool to_places(void *places, expr_node *node) {
    if (node->kind != EXPR_INPUT)
        return true;
    int32_t *const *place = places;
    int32_t column = node->column;
    node->input = place[0][column] < 0;
    node->column = place[node->input][column];
    return true;
}

static plan_node *make_join(opt_join_graph *graph, plan_node *left, plan_node *right,
                            expr_node *condition) {
    plan_node *inputs[] = {left, right};
    plan_node *join = plan_node_new(graph->context->plan, PLAN_JOIN, inputs, 2);
    data_schema *schema = data_schema_new(graph->arena, left->schema->count + right->schema->count);
    for (int32_t i = 0; i < schema->count; i++) {
        bool is_left = i < left->schema->count;
        const data_schema *from = is_left ? left->schema : right->schema;
        int32_t c = is_left ? i : i - left->schema->count;
        schema->names[i] = from->names[c];
        schema->types[i] = from->types[c];
    }
    join->schema = schema;
    join->condition = condition;
    join->is_bound = true;
    return join;
}

static laid_out put_together(opt_join_graph *graph, const join_part *parts, int32_t part) {
    laid_out out = {.place = BASE_ARENA_ARRAY(graph->arena, int32_t, graph->column_count + 1)};
    memset(out.place, -1, (size_t)graph->column_count * sizeof(int32_t));
    if (parts[part].left < 0) {
        const opt_relation *relation = &graph->relations[__builtin_ctz(parts[part].relations)];
        out.node = relation->node;
        for (int32_t c = 0; c < relation->node->schema->count; c++)
            out.place[relation->first + c] = c;
        return out;
    }
    int32_t left = parts[part].left, right = parts[part].right;
    laid_out sides[2] = {put_together(graph, parts, left), put_together(graph, parts, right)};
    expr_node *condition =
        opt_join_graph_condition(graph, parts[left].relations, parts[right].relations);
    int32_t *places[2] = {sides[0].place, sides[1].place};
    if (condition != NULL)
        expr_walk(condition, to_places, places);
    out.node = make_join(graph, sides[0].node, sides[1].node, condition);
    for (int32_t c = 0; c < graph->column_count; c++)
        out.place[c] = places[0][c] >= 0   ? places[0][c]
                       : places[1][c] >= 0 ? places[1][c] + sides[0].node->schema->count
                                           : -1;
    return out;
}

static plan_node *with_outputs(opt_join_graph *graph, laid_out tree, const plan_node *old) {
    int32_t *columns[2] = {tree.place, NULL};
    expr_node **exprs = BASE_ARENA_ARRAY(graph->arena, expr_node *, old->schema->count + 1);
    base_list constants = {0};
    for (int32_t i = 0; i < graph->conjunct_count; i++)
        if (graph->conjuncts[i].relations == 0)
            base_list_add(graph->arena, &constants, graph->conjuncts[i].expr);
    if (constants.count > 0)
        tree.node = opt_filter(
            graph->context, tree.node,
            expr_and(graph->arena, (expr_node *const *)constants.items, constants.count));
    for (int32_t i = 0; i < old->schema->count; i++)
        exprs[i] = opt_renumber(graph->arena, graph->outputs[i], columns);
    return opt_project(graph->context, tree.node, exprs, old->schema->count, old->schema->names);
}

static plan_node *order_graph(opt_join_graph *graph, const plan_node *old) {
    bool exact = graph->count <= EXACT_RELATIONS_MAX;
    join_part *parts = BASE_ARENA_ARRAY(graph->arena, join_part,
                                        exact ? 1 << graph->count : 2 * OPT_RELATIONS_MAX);
    int32_t root = exact ? order_exactly(graph, parts) : order_greedily(graph, parts);
    return with_outputs(graph, put_together(graph, parts, root), old);
}

/* ---- the whole plan -------------------------------------------------------------------------- */
static plan_node *order_inputs(opt_context *context, plan_node *node) {
    plan_node *copy = NULL;
    for (int32_t i = 0; i < node->input_count; i++) {
        plan_node *input = order_joins(context, node->inputs[i]);
        if (input == node->inputs[i])
            continue;
        if (copy == NULL) {
            copy = plan_node_copy(context->plan, node);
            copy->inputs = base_arena_copy(context->plan->arena, node->inputs,
                                           (int64_t)sizeof(plan_node *) * node->input_count);
        }
        copy->inputs[i] = input;
    }
    return copy != NULL ? copy : node;
}

static bool is_tree(const plan_node *node) {
    return node->kind == PLAN_JOIN && node->join_type != PLAN_JOIN_LEFT &&
           node->join_type != PLAN_JOIN_RIGHT && node->join_type != PLAN_JOIN_FULL;
}

static plan_node *order_joins(opt_context *context, plan_node *node) {
    if (!is_tree(node))
        return order_inputs(context, node);
    opt_join_graph *graph = BASE_ARENA_NEW(context->plan->arena, opt_join_graph);
    if (opt_join_graph_make(context, node, order_inputs, graph))
        return order_graph(graph, node);
    return order_inputs(context, node);
}

plan_node *opt_order_joins(opt_context *context, plan_node *root) {
    return order_joins(context, root);
}
