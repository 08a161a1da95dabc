/* The plan: an arena of nodes, the references it holds, and node makers. */
#include "plan/plan.h"

#include <string.h>

const char *plan_kind_name(plan_kind kind) {
    static const char *const names[PLAN_KIND_COUNT] = {
        [PLAN_TABLE] = "Table",         [PLAN_ALIAS] = "Alias",
        [PLAN_SELECT] = "Select",       [PLAN_WITH] = "With",
        [PLAN_VALUES] = "Values",       [PLAN_FILTER] = "Filter",
        [PLAN_SORT] = "Sort",           [PLAN_LIMIT] = "Limit",
        [PLAN_JOIN] = "Join",           [PLAN_SET_OP] = "SetOperation",
        [PLAN_FLAT_MAP] = "FlatMap",    [PLAN_WINDOW_TABLE] = "WindowTable",
        [PLAN_SINK] = "Sink",           [PLAN_STATEMENT_SET] = "StatementSet",
        [PLAN_SCAN] = "Scan",           [PLAN_PROJECT] = "Project",
        [PLAN_AGGREGATE] = "Aggregate", [PLAN_EXPAND] = "Expand",
        [PLAN_REPLICATE] = "Replicate", [PLAN_COLLECT] = "Collect",
        [PLAN_WINDOW] = "Window",
    };
    return names[kind];
}

plan *plan_new(void) {
    plan *p = BASE_NEW(plan);
    p->arena = base_arena_new();
    p->refs = 1;
    return p;
}

plan *plan_ref(plan *p) {
    if (p != NULL)
        __atomic_fetch_add(&p->refs, 1, __ATOMIC_RELAXED);
    return p;
}

/* Chains of plans get as long as a program has calls, so parents are dropped in a loop and not by
 * recursion: `dying` is a stack of plans without references. */
static void drop_references(plan *p) {
    for (int32_t i = 0; i < p->tables.count; i++)
        plan_table_unref(p->tables.items[i]);
    for (int32_t i = 0; i < p->data.count; i++)
        plan_data_unref(p->data.items[i]);
    for (int32_t i = 0; i < p->udfs.count; i++)
        expr_udf_unref(p->udfs.items[i]);
    for (int32_t i = 0; i < p->hint_maps.count; i++)
        base_map_free(p->hint_maps.items[i]);
}

void plan_unref(plan *p) {
    if (p == NULL || __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    plan **dying = BASE_NEW(plan *);
    int64_t count = 1, capacity = 1;
    dying[0] = p;
    while (count > 0) {
        plan *dead = dying[--count];
        for (int32_t i = 0; i < dead->parent_count; i++) {
            plan *parent = dead->parents[i];
            if (__atomic_sub_fetch(&parent->refs, 1, __ATOMIC_ACQ_REL) > 0)
                continue;
            if (count == capacity) {
                capacity *= 2;
                dying = base_realloc(dying, capacity * (int64_t)sizeof(plan *));
            }
            dying[count++] = parent;
        }
        drop_references(dead);
        base_free(dead->parents);
        base_arena_free(dead->arena);
        base_free(dead);
    }
    base_free(dying);
}

void plan_add_parent(plan *p, plan *parent) {
    for (int32_t i = 0; i < p->parent_count; i++)
        if (p->parents[i] == parent)
            return;
    p->parents = base_realloc(p->parents, (int64_t)sizeof(plan *) * (p->parent_count + 1));
    p->parents[p->parent_count++] = plan_ref(parent);
}

plan_table *plan_hold_table(plan *p, plan_table *table_ref) {
    base_list_add(p->arena, &p->tables, table_ref);
    return table_ref;
}

plan_data *plan_hold_data(plan *p, plan_data *data_ref) {
    base_list_add(p->arena, &p->data, data_ref);
    return data_ref;
}

rask_udf_handle *plan_hold_udf(plan *p, rask_udf_handle *udf_ref) {
    base_list_add(p->arena, &p->udfs, udf_ref);
    return udf_ref;
}

plan_node *plan_node_new(plan *p, plan_kind kind, plan_node *const *inputs, int32_t input_count) {
    plan_node *node = BASE_ARENA_NEW(p->arena, plan_node);
    node->kind = kind;
    node->inputs = BASE_ARENA_ARRAY(p->arena, plan_node *, input_count + 1);
    for (int32_t i = 0; i < input_count; i++)
        node->inputs[i] = inputs[i];
    node->input_count = input_count;
    node->fetch = -1;
    node->scan_limit = -1;
    return node;
}

plan_node *plan_node_copy(plan *p, const plan_node *node) {
    plan_node *copy = base_arena_copy(p->arena, node, (int64_t)sizeof *node);
    copy->inputs = BASE_ARENA_ARRAY(p->arena, plan_node *, node->input_count + 1);
    for (int32_t i = 0; i < node->input_count; i++)
        copy->inputs[i] = node->inputs[i];
    return copy;
}
