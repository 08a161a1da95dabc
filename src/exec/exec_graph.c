/* Building a physical graph; everything lives in the graph's arena. */
#include "exec/runtime.h"

exec_graph *exec_graph_new(plan *p, bool streaming) {
    base_arena *arena = base_arena_new();
    exec_graph *graph = BASE_ARENA_NEW(arena, exec_graph);
    graph->arena = arena;
    graph->plan = p != NULL ? plan_ref(p) : NULL;
    graph->streaming = streaming;
    graph->max_parallelism = STATE_KEY_GROUPS_DEFAULT;
    return graph;
}

void exec_graph_free(exec_graph *graph) {
    if (graph == NULL)
        return;
    connect_results_unref(graph->results);
    if (graph->plan != NULL)
        plan_unref(graph->plan);
    base_arena_free(graph->arena);
}

/* `items` grown by one (arena arrays are copied when a power of two is full). */
static void *grown(base_arena *arena, void *items, int32_t count, int64_t item_bytes) {
    if (count > 0 && (count & (count - 1)) != 0)
        return items;
    void *out = base_arena_alloc(arena, (count > 0 ? 2 * count : 1) * item_bytes);
    if (count > 0)
        memcpy(out, items, (size_t)(count * item_bytes));
    return out;
}

exec_stage *exec_graph_add_stage(exec_graph *graph, int32_t parallelism) {
    RASK_ASSERT(parallelism >= 1 && parallelism <= UINT16_MAX);
    exec_stage *stage = BASE_ARENA_NEW(graph->arena, exec_stage);
    stage->id = graph->stage_count;
    stage->parallelism = parallelism;
    graph->stages =
        grown(graph->arena, graph->stages, graph->stage_count, (int64_t)sizeof(exec_stage *));
    graph->stages[graph->stage_count++] = stage;
    return stage;
}

exec_edge *exec_graph_add_edge(exec_graph *graph, exec_stage *from, exec_stage *to,
                               exec_edge_kind kind, int32_t to_input, const int32_t *key_columns,
                               int32_t key_count) {
    exec_edge *edge = BASE_ARENA_NEW(graph->arena, exec_edge);
    *edge = (exec_edge){
        .from = from, .to = to, .kind = kind, .to_input = to_input, .key_count = key_count};
    if (key_count > 0)
        edge->key_columns =
            base_arena_copy(graph->arena, key_columns, key_count * (int64_t)sizeof(int32_t));
    base_list_add(graph->arena, &from->outputs, edge);
    base_list_add(graph->arena, &to->inputs, edge);
    return edge;
}

void exec_stage_share_op(exec_graph *graph, exec_stage *stage, exec_op_spec *spec) {
    stage->ops = grown(graph->arena, stage->ops, stage->op_count, (int64_t)sizeof(exec_op_spec *));
    stage->ops[stage->op_count++] = spec;
}

exec_op_spec *exec_stage_add_op(exec_graph *graph, exec_stage *stage, const exec_op_class *op_class,
                                const void *params, const data_schema *schema, const char *uid,
                                const char *description) {
    exec_op_spec *spec = BASE_ARENA_NEW(graph->arena, exec_op_spec);
    *spec = (exec_op_spec){.op_class = op_class,
                           .params = params,
                           .schema = schema,
                           .uid = uid,
                           .description = description};
    spec->input_schema =
        stage->op_count > 0 ? stage->ops[stage->op_count - 1]->schema : stage->schema;
    exec_stage_share_op(graph, stage, spec);
    return spec;
}
