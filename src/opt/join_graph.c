/* Taking trees of inner joins apart; see join_graph.h. */
#include "opt/join_graph.h"

typedef struct flattening {
    opt_join_graph *graph;
    plan_node *(*order)(opt_context *, plan_node *);
} flattening;

static bool flatten(flattening *f, plan_node *node, expr_node ***outputs);

/* ---- relations ------------------------------------------------------------------------------- */
static expr_node **add_relation(opt_join_graph *graph, plan_node *node) {
    opt_relation *relation = &graph->relations[graph->count];
    int32_t width = node->schema->count;
    *relation = (opt_relation){.node = node, .first = graph->column_count};
    expr_node **outputs = BASE_ARENA_ARRAY(graph->arena, expr_node *, width + 1);
    for (int32_t c = 0; c < width; c++) {
        int32_t column = graph->column_count++;
        graph->types[column] = node->schema->types[c];
        graph->relation_of[column] = graph->count;
        graph->class_of[column] = column;
        outputs[c] = expr_input(graph->arena, 0, column, node->schema->types[c]);
    }
    graph->count++;
    return outputs;
}

static bool has_room(const opt_join_graph *graph, const plan_node *node) {
    return graph->count < OPT_RELATIONS_MAX &&
           graph->column_count + node->schema->count <= OPT_GRAPH_COLUMNS_MAX;
}

static bool flatten_leaf(flattening *f, plan_node *node, expr_node ***outputs) {
    if (!has_room(f->graph, node))
        return false;
    *outputs = add_relation(f->graph, f->order(f->graph->context, node));
    return true;
}

/* ---- conjuncts ------------------------------------------------------------------------------- */
typedef struct relation_mask {
    const opt_join_graph *graph;
    uint32_t mask;
} relation_mask;

static bool note_relation(void *context, expr_node *node) {
    relation_mask *mask = context;
    if (node->kind == EXPR_INPUT)
        mask->mask |= 1U << mask->graph->relation_of[node->column];
    return true;
}

static uint32_t relations_of(const opt_join_graph *graph, expr_node *expr) {
    relation_mask mask = {graph, 0};
    expr_walk(expr, note_relation, &mask);
    return mask.mask;
}

static void add_conjunct(opt_join_graph *graph, expr_node *expr) {
    for (int32_t i = 0; i < graph->conjunct_count; i++)
        if (expr_equal(graph->conjuncts[i].expr, expr))
            return;
    if (graph->conjunct_count == graph->conjunct_capacity) {
        int32_t capacity = graph->conjunct_capacity > 0 ? 2 * graph->conjunct_capacity : 16;
        opt_conjunct *grown = BASE_ARENA_ARRAY(graph->arena, opt_conjunct, capacity);
        if (graph->conjunct_count > 0)
            memcpy(grown, graph->conjuncts, (size_t)graph->conjunct_count * sizeof *grown);
        graph->conjuncts = grown;
        graph->conjunct_capacity = capacity;
    }
    graph->conjuncts[graph->conjunct_count++] =
        (opt_conjunct){.expr = expr, .relations = relations_of(graph, expr)};
}

/* A copy in which columns of either input are what that input gives out. */
static expr_node *over_outputs(base_arena *arena, const expr_node *expr, expr_node **left,
                               expr_node **right) {
    if (expr->kind == EXPR_INPUT)
        return expr_copy(arena, (expr->input == 0 ? left : right)[expr->column]);
    expr_node *copy = base_arena_copy(arena, expr, (int64_t)sizeof *expr);
    copy->args = BASE_ARENA_ARRAY(arena, expr_node *, expr->arg_count + 1);
    for (int32_t i = 0; i < expr->arg_count; i++)
        copy->args[i] = over_outputs(arena, expr->args[i], left, right);
    return copy;
}

static bool all_movable(base_list *conjuncts) {
    for (int32_t i = 0; i < conjuncts->count; i++)
        if (!opt_is_movable(conjuncts->items[i]))
            return false;
    return true;
}

static void add_conjuncts(opt_join_graph *graph, const base_list *conjuncts, expr_node **left,
                          expr_node **right) {
    for (int32_t i = 0; i < conjuncts->count; i++)
        add_conjunct(graph, over_outputs(graph->arena, conjuncts->items[i], left, right));
}

/* ---- nodes ----------------------------------------------------------------------------------- */
static bool flatten_inner(flattening *f, plan_node *node, const base_list *conjuncts,
                          expr_node ***outputs) {
    base_arena *arena = f->graph->arena;
    int32_t left = node->inputs[0]->schema->count, right = node->inputs[1]->schema->count;
    expr_node **sides[2];
    for (int32_t s = 0; s < 2; s++)
        if (!flatten(f, node->inputs[s], &sides[s]))
            return false;
    add_conjuncts(f->graph, conjuncts, sides[0], sides[1]);
    *outputs = BASE_ARENA_ARRAY(arena, expr_node *, left + right + 1);
    memcpy(*outputs, sides[0], (size_t)left * sizeof(expr_node *));
    memcpy(*outputs + left, sides[1], (size_t)right * sizeof(expr_node *));
    return true;
}

static bool is_half(const plan_node *node) {
    return node->join_type == PLAN_JOIN_SEMI || node->join_type == PLAN_JOIN_ANTI;
}

static bool leads_to_joins(const plan_node *node) {
    while (node->kind == PLAN_FILTER || node->kind == PLAN_PROJECT)
        node = node->inputs[0];
    return node->kind == PLAN_JOIN;
}

static bool to_relation(void *columns, expr_node *node) {
    if (node->kind == EXPR_INPUT && node->input == 0)
        node->column = ((const int32_t *)columns)[node->column];
    return true;
}

/* The leaf of the tree that column *column comes from, as it will be flattened; NULL = it is
 * computed. */
static plan_node *leaf_of(plan_node *node, int32_t *column) {
    while (leads_to_joins(node)) {
        if (node->kind == PLAN_PROJECT) {
            if (node->exprs[*column]->kind != EXPR_INPUT)
                return NULL;
            *column = node->exprs[*column]->column;
        }
        int32_t left = node->inputs[0]->schema->count;
        if (node->kind == PLAN_JOIN && node->join_type != PLAN_JOIN_INNER && !is_half(node))
            return node;
        bool is_right = node->kind == PLAN_JOIN && *column >= left;
        *column -= is_right ? left : 0;
        node = node->inputs[is_right];
    }
    return node;
}

/* Whether a semi or anti join concerns one relation only, and leaves few of its rows: then it is
 * joined to that one first. */
static bool is_attachable(flattening *f, plan_node *node) {
    opt_context *context = f->graph->context;
    int32_t width = node->inputs[0]->schema->count;
    bool *used = BASE_ARENA_ARRAY(f->graph->arena, bool, width + 1);
    int32_t *columns = BASE_ARENA_ARRAY(f->graph->arena, int32_t, width + 1);
    plan_node *leaf = NULL;
    if (node->condition == NULL || !opt_is_movable(node->condition))
        return false;
    expr_used_columns(node->condition, 0, used);
    for (int32_t c = 0; c < width; c++) {
        if (!used[c])
            continue;
        columns[c] = c;
        plan_node *found = leaf_of(node->inputs[0], &columns[c]);
        if (found == NULL || (leaf != NULL && leaf != found))
            return false;
        leaf = found;
    }
    if (leaf == NULL || leaf == node->inputs[0])
        return false;
    expr_node *condition = expr_copy(f->graph->arena, node->condition);
    expr_walk(condition, to_relation, columns);
    plan_node *half = opt_join_like(context, node, leaf, node->inputs[1], condition);
    half->schema = leaf->schema;
    double rows = opt_rows(context, leaf);
    return opt_rows(context, half) <= rows / 2 && opt_rows(context, node->inputs[1]) <= rows;
}

static bool attach_half(flattening *f, plan_node *node, expr_node **left) {
    opt_join_graph *graph = f->graph;
    int32_t width = node->inputs[0]->schema->count, relation = -1;
    bool *used = BASE_ARENA_ARRAY(graph->arena, bool, width + 1);
    int32_t *columns = BASE_ARENA_ARRAY(graph->arena, int32_t, width + 1);
    expr_node *condition = expr_copy(graph->arena, node->condition);
    expr_used_columns(condition, 0, used);
    for (int32_t c = 0; c < width; c++) {
        if (!used[c])
            continue;
        if (left[c]->kind != EXPR_INPUT ||
            (relation >= 0 && graph->relation_of[left[c]->column] != relation))
            return false;
        relation = graph->relation_of[left[c]->column];
        columns[c] = left[c]->column - graph->relations[relation].first;
    }
    opt_relation *target = &graph->relations[relation];
    expr_walk(condition, to_relation, columns);
    plan_node *right = f->order(graph->context, node->inputs[1]);
    const data_schema *schema = target->node->schema;
    target->node = opt_join_like(graph->context, node, target->node, right, condition);
    target->node->schema = schema;
    return true;
}

static bool flatten_half(flattening *f, plan_node *node, expr_node ***outputs) {
    opt_join_graph *graph = f->graph;
    int32_t count = graph->count, columns = graph->column_count, conjuncts = graph->conjunct_count;
    if (is_attachable(f, node) && flatten(f, node->inputs[0], outputs) &&
        attach_half(f, node, *outputs))
        return true;
    graph->count = count;
    graph->column_count = columns;
    graph->conjunct_count = conjuncts;
    return flatten_leaf(f, node, outputs);
}

static bool flatten_project(flattening *f, plan_node *node, expr_node ***outputs) {
    expr_node **below;
    for (int32_t i = 0; i < node->expr_count; i++)
        if (!opt_is_movable(node->exprs[i]))
            return flatten_leaf(f, node, outputs);
    if (!flatten(f, node->inputs[0], &below))
        return false;
    *outputs = BASE_ARENA_ARRAY(f->graph->arena, expr_node *, node->expr_count + 1);
    for (int32_t i = 0; i < node->expr_count; i++)
        (*outputs)[i] = over_outputs(f->graph->arena, node->exprs[i], below, NULL);
    return true;
}

static bool flatten(flattening *f, plan_node *node, expr_node ***outputs) {
    base_list conjuncts = {0};
    if (node->condition != NULL)
        expr_conjuncts(f->graph->arena, node->condition, &conjuncts);
    if (!leads_to_joins(node))
        return flatten_leaf(f, node, outputs);
    switch (node->kind) {
    case PLAN_JOIN:
        if (is_half(node))
            return flatten_half(f, node, outputs);
        if (node->join_type != PLAN_JOIN_INNER || !all_movable(&conjuncts))
            return flatten_leaf(f, node, outputs);
        return flatten_inner(f, node, &conjuncts, outputs);
    case PLAN_PROJECT:
        return flatten_project(f, node, outputs);
    default:
        if (!all_movable(&conjuncts))
            return flatten_leaf(f, node, outputs);
        if (!flatten(f, node->inputs[0], outputs))
            return false;
        add_conjuncts(f->graph, &conjuncts, *outputs, NULL);
        return true;
    }
}

/* ---- classes --------------------------------------------------------------------------------- */
static bool is_equation(const expr_node *node) {
    return node->function != NULL && node->arg_count == 2 && strcmp(node->function->name, "=") == 0;
}

/* a = b of columns of one type in two relations. */
static bool is_link(const opt_join_graph *graph, const expr_node *node) {
    if (!is_equation(node) || node->args[0]->kind != EXPR_INPUT ||
        node->args[1]->kind != EXPR_INPUT)
        return false;
    int32_t a = node->args[0]->column, b = node->args[1]->column;
    return graph->relation_of[a] != graph->relation_of[b] &&
           data_type_equal_ignoring_null(graph->types[a], graph->types[b]);
}

static void merge_classes(opt_join_graph *graph, int32_t a, int32_t b) {
    int32_t from = graph->class_of[a], to = graph->class_of[b];
    if (from < to) {
        int32_t swapped = from;
        from = to;
        to = swapped;
    }
    for (int32_t c = 0; c < graph->column_count; c++)
        if (graph->class_of[c] == from)
            graph->class_of[c] = to;
}

static void find_classes(opt_join_graph *graph) {
    for (int32_t i = 0; i < graph->conjunct_count; i++) {
        opt_conjunct *conjunct = &graph->conjuncts[i];
        if (!is_link(graph, conjunct->expr))
            continue;
        conjunct->is_link = true;
        merge_classes(graph, conjunct->expr->args[0]->column, conjunct->expr->args[1]->column);
    }
}

static void list_classes(opt_join_graph *graph) {
    graph->classes = BASE_ARENA_ARRAY(graph->arena, opt_class, graph->column_count / 2 + 1);
    int32_t *members = BASE_ARENA_ARRAY(graph->arena, int32_t, graph->column_count + 1);
    for (int32_t c = 0; c < graph->column_count; c++) {
        opt_class made = {.members = members};
        for (int32_t k = c; k < graph->column_count && graph->class_of[c] == c; k++)
            if (graph->class_of[k] == c) {
                made.members[made.count++] = k;
                made.relations |= 1U << graph->relation_of[k];
            }
        if (made.count > 1) {
            graph->classes[graph->class_count++] = made;
            members += made.count;
        }
    }
}

/* ---- what follows from the classes ----------------------------------------------------------- */
static bool note_column(void *context, expr_node *node) {
    int32_t *column = context;
    if (node->kind == EXPR_INPUT)
        *column = *column == -1 || *column == node->column ? node->column : -2;
    return true;
}

typedef struct replacement {
    int32_t column;
    const data_type *type;
} replacement;

static bool replace_column(void *context, expr_node *node) {
    const replacement *to = context;
    if (node->kind == EXPR_INPUT) {
        node->column = to->column;
        node->type = to->type;
    }
    return true;
}

/* What is said of one member of a class is true of all. */
static void spread_conjuncts(opt_join_graph *graph) {
    int32_t count = graph->conjunct_count;
    for (int32_t i = 0; i < count; i++) {
        int32_t column = -1;
        expr_walk(graph->conjuncts[i].expr, note_column, &column);
        for (int32_t c = 0; column >= 0 && c < graph->column_count; c++) {
            if (c == column || graph->class_of[c] != graph->class_of[column])
                continue;
            replacement to = {c, graph->types[c]};
            expr_node *copy = expr_copy(graph->arena, graph->conjuncts[i].expr);
            expr_walk(copy, replace_column, &to);
            add_conjunct(graph, copy);
        }
    }
}

/* The conjuncts of a branch that concern one relation only; NULL = none. */
static expr_node *branch_over(opt_join_graph *graph, expr_node *branch, uint32_t relation) {
    base_list conjuncts = {0}, own = {0};
    expr_conjuncts(graph->arena, branch, &conjuncts);
    for (int32_t i = 0; i < conjuncts.count; i++)
        if (relations_of(graph, conjuncts.items[i]) == relation)
            base_list_add(graph->arena, &own, conjuncts.items[i]);
    return expr_and(graph->arena, (expr_node *const *)own.items, own.count);
}

/* (a.x = 1 AND b.y = 2) OR (a.x = 3 AND b.y = 4): a.x = 1 OR a.x = 3 is implied. */
static void imply_from_branches(opt_join_graph *graph) {
    int32_t count = graph->conjunct_count;
    for (int32_t i = 0; i < count; i++) {
        const expr_node *any = graph->conjuncts[i].expr;
        uint32_t relations = graph->conjuncts[i].relations;
        bool is_or = any->function != NULL && strcmp(any->function->name, "OR") == 0;
        for (int32_t r = 0; is_or && r < graph->count; r++) {
            if ((relations >> r & 1) == 0 || relations == 1U << r)
                continue;
            expr_node *implied = base_arena_copy(graph->arena, any, (int64_t)sizeof *any);
            implied->args = BASE_ARENA_ARRAY(graph->arena, expr_node *, any->arg_count);
            bool everywhere = true;
            for (int32_t k = 0; k < any->arg_count && everywhere; k++) {
                implied->args[k] = branch_over(graph, any->args[k], 1U << r);
                everywhere = implied->args[k] != NULL;
            }
            if (everywhere)
                add_conjunct(graph, implied);
        }
    }
}

static bool to_local(void *first, expr_node *node) {
    if (node->kind == EXPR_INPUT)
        node->column -= *(const int32_t *)first;
    return true;
}

/* Conjuncts over one relation become its filter. */
static void filter_relations(opt_join_graph *graph) {
    for (int32_t r = 0; r < graph->count; r++) {
        opt_relation *relation = &graph->relations[r];
        base_list filters = {0};
        for (int32_t i = 0; i < graph->conjunct_count; i++) {
            if (graph->conjuncts[i].relations != 1U << r)
                continue;
            expr_node *copy = expr_copy(graph->arena, graph->conjuncts[i].expr);
            expr_walk(copy, to_local, &relation->first);
            base_list_add(graph->arena, &filters, copy);
        }
        if (filters.count > 0)
            relation->node = opt_filter(
                graph->context, relation->node,
                expr_and(graph->arena, (expr_node *const *)filters.items, filters.count));
    }
}

static void size_relations(opt_join_graph *graph) {
    for (int32_t r = 0; r < graph->count; r++)
        graph->relations[r].rows = opt_rows(graph->context, graph->relations[r].node);
}

bool opt_join_graph_make(opt_context *context, plan_node *node,
                         plan_node *(*order)(opt_context *, plan_node *), opt_join_graph *out) {
    *out = (opt_join_graph){.context = context, .arena = context->plan->arena};
    flattening f = {out, order};
    if (!flatten(&f, node, &out->outputs) || out->count < 2)
        return false;
    find_classes(out);
    list_classes(out);
    spread_conjuncts(out);
    imply_from_branches(out);
    filter_relations(out);
    size_relations(out);
    return true;
}

/* ---- between two parts ----------------------------------------------------------------------- */
/* Of the column where it comes from, before any filter. */
static double distinct_of(opt_join_graph *graph, int32_t column) {
    const opt_relation *relation = &graph->relations[graph->relation_of[column]];
    if (graph->distinct[column] == 0) {
        int32_t place = column - relation->first;
        graph->origins[column] = opt_origin(relation->node, &place);
        graph->distinct[column] = opt_distinct(graph->context, graph->origins[column], place);
    }
    return graph->distinct[column];
}

/* The member of a class in a part that has the fewest values; -1 = none. */
static int32_t member_in(opt_join_graph *graph, const opt_class *members, uint32_t part) {
    int32_t best = -1;
    for (int32_t i = 0; i < members->count; i++) {
        int32_t c = members->members[i];
        if ((part >> graph->relation_of[c] & 1) != 0 &&
            (best < 0 || distinct_of(graph, c) < distinct_of(graph, best)))
            best = c;
    }
    return best;
}

static bool is_linked(const opt_class *members, uint32_t a, uint32_t b) {
    return (members->relations & a) != 0 && (members->relations & b) != 0;
}

/* The values of all linked columns of a part together: no more than the source that has them all
 * has rows. */
typedef struct combined {
    double values;
    const plan_node *origin;
    bool is_mixed;
} combined;

static void combine(opt_join_graph *graph, combined *with, int32_t column) {
    with->values *= distinct_of(graph, column);
    with->is_mixed =
        with->is_mixed || (with->origin != NULL && with->origin != graph->origins[column]);
    with->origin = graph->origins[column];
}

static double values_of(const opt_join_graph *graph, const combined *columns) {
    double rows = columns->is_mixed ? columns->values : opt_rows(graph->context, columns->origin);
    return columns->values < rows || rows < 1 ? columns->values : rows;
}

static bool is_between(const opt_conjunct *conjunct, uint32_t a, uint32_t b) {
    return !conjunct->is_link && (conjunct->relations & a) != 0 && (conjunct->relations & b) != 0 &&
           (conjunct->relations & ~(a | b)) == 0;
}

double opt_join_graph_fraction(opt_join_graph *graph, uint32_t a, uint32_t b, bool *connected) {
    combined sides[2] = {{1, NULL, false}, {1, NULL, false}};
    int32_t links = 0;
    double fraction = 1;
    *connected = false;
    for (int32_t k = 0; k < graph->class_count; k++) {
        const opt_class *members = &graph->classes[k];
        if (!is_linked(members, a, b))
            continue;
        links++;
        combine(graph, &sides[0], member_in(graph, members, a));
        combine(graph, &sides[1], member_in(graph, members, b));
    }
    for (int32_t i = 0; i < graph->conjunct_count; i++) {
        if (!is_between(&graph->conjuncts[i], a, b))
            continue;
        bool is_equal = is_equation(graph->conjuncts[i].expr);
        fraction *= is_equal ? 0.001 : 0.3;
        *connected = *connected || is_equal;
    }
    if (links == 0)
        return fraction;
    *connected = true;
    double x = values_of(graph, &sides[0]), y = values_of(graph, &sides[1]);
    /* Parts of a key go together, so the tighter bound tells how many combinations there are. */
    double values = links > 1 ? (x < y ? x : y) : (x > y ? x : y);
    return fraction / (values < 1 ? 1 : values);
}

static expr_node *equation(opt_join_graph *graph, int32_t a, int32_t b) {
    const data_type *types[2] = {graph->types[a], graph->types[b]};
    func_resolution resolution;
    expr_node *node = expr_call2(graph->arena, "=", expr_input(graph->arena, 0, a, types[0]),
                                 expr_input(graph->arena, 0, b, types[1]));
    if (func_resolve("=", types, NULL, 2, &resolution, NULL) == RASK_OK)
        node->function = resolution.row;
    node->type = data_type_simple(DATA_BOOLEAN, types[0]->nullable || types[1]->nullable);
    return node;
}

expr_node *opt_join_graph_condition(opt_join_graph *graph, uint32_t a, uint32_t b) {
    base_list conjuncts = {0};
    for (int32_t k = 0; k < graph->class_count; k++) {
        const opt_class *members = &graph->classes[k];
        if (is_linked(members, a, b))
            base_list_add(
                graph->arena, &conjuncts,
                equation(graph, member_in(graph, members, a), member_in(graph, members, b)));
    }
    for (int32_t i = 0; i < graph->conjunct_count; i++)
        if (is_between(&graph->conjuncts[i], a, b))
            base_list_add(graph->arena, &conjuncts,
                          expr_copy(graph->arena, graph->conjuncts[i].expr));
    return expr_and(graph->arena, (expr_node *const *)conjuncts.items, conjuncts.count);
}
