/* A streaming graph for another parallelism: the restart test restores a checkpoint into it.
 *
 * Lowering chains everything at parallelism 1, so what needs its rows distributed is cut off here
 * and put behind a hash edge; what is right on one task only is put behind a gather.  Operators
 * (params, uids, sinks) are those of the old graph, which must outlive the new one. */
#include "exec/runtime.h"

typedef struct rescaling {
    exec_graph *graph;
    exec_stage **tails; /* by old stage id: where its output leaves in the new graph */
    int32_t parallelism;
} rescaling;

static exec_stage *new_stage(rescaling *state, int32_t parallelism, const data_schema *schema) {
    exec_stage *stage = exec_graph_add_stage(state->graph, parallelism);
    stage->source = EXEC_FROM_EDGES;
    stage->schema = schema;
    return stage;
}

static exec_edge_kind edge_kind(const exec_edge *old, const exec_stage *from,
                                const exec_stage *to) {
    if (to->parallelism == 1)
        return from->parallelism == 1 ? EXEC_EDGE_FORWARD : EXEC_EDGE_GATHER;
    if (old->kind == EXEC_EDGE_FORWARD && from->parallelism != to->parallelism)
        return EXEC_EDGE_REBALANCE;
    return old->kind == EXEC_EDGE_GATHER ? EXEC_EDGE_REBALANCE : old->kind;
}

static int32_t stage_parallelism(const rescaling *state, const exec_stage *old) {
    int32_t widest = old->inputs.count > 0 ? 1 : state->parallelism;
    for (int32_t i = 0; i < old->inputs.count; i++) {
        const exec_edge *edge = old->inputs.items[i];
        if (edge->kind == EXEC_EDGE_GATHER)
            return 1;
        int32_t from = state->tails[edge->from->id]->parallelism;
        int32_t wanted = edge->kind == EXEC_EDGE_FORWARD ? from : state->parallelism;
        widest = wanted > widest ? wanted : widest;
    }
    return widest;
}

static bool same_keys(const exec_edge *edge, const int32_t *keys, int32_t count) {
    return edge->kind == EXEC_EDGE_HASH && edge->key_count == count &&
           memcmp(edge->key_columns, keys, (size_t)count * sizeof(int32_t)) == 0;
}

/* The stage in which `spec` may stand behind what `stage` has so far. */
static exec_stage *place_for(rescaling *state, exec_stage *stage, const exec_op_spec *spec) {
    const exec_op_class *op_class = spec->op_class;
    int32_t count = 0;
    const int32_t *keys = (op_class->flags & EXEC_KEYED) != 0 ? op_class->keys(spec, &count) : NULL;
    bool is_keyed = (op_class->flags & EXEC_KEYED) != 0 && count > 0;
    bool is_single =
        (op_class->flags & EXEC_SINGLE) != 0 || ((op_class->flags & EXEC_KEYED) != 0 && count == 0);
    if (is_single && stage->parallelism > 1) {
        exec_stage *next = new_stage(state, 1, spec->input_schema);
        exec_graph_add_edge(state->graph, stage, next, EXEC_EDGE_GATHER, 0, NULL, 0);
        return next;
    }
    if (!is_keyed || (stage->parallelism == 1 && state->parallelism == 1))
        return stage;
    if (stage->op_count == 0 && stage->inputs.count == 1 &&
        same_keys(stage->inputs.items[0], keys, count))
        return stage;
    exec_stage *next = new_stage(state, state->parallelism, spec->input_schema);
    exec_graph_add_edge(state->graph, stage, next, EXEC_EDGE_HASH, 0, keys, count);
    return next;
}

static void add_stage(rescaling *state, const exec_stage *old) {
    exec_stage *stage = new_stage(state, stage_parallelism(state, old), old->schema);
    stage->source = old->source;
    stage->connector = old->connector;
    stage->connector_config = old->connector_config;
    stage->source_uid = old->source_uid;
    stage->description = old->description;
    for (int32_t i = 0; i < old->inputs.count; i++) {
        const exec_edge *edge = old->inputs.items[i];
        exec_stage *from = state->tails[edge->from->id];
        exec_graph_add_edge(state->graph, from, stage, edge_kind(edge, from, stage), edge->to_input,
                            edge->key_columns, edge->key_count);
    }
    for (int32_t k = 0; k < old->op_count; k++) {
        stage = place_for(state, stage, old->ops[k]);
        exec_stage_share_op(state->graph, stage, old->ops[k]);
    }
    state->tails[old->id] = stage;
}

exec_graph *exec_graph_rescale(const exec_graph *graph, int32_t parallelism) {
    RASK_ASSERT(graph->streaming);
    rescaling state = {.graph = exec_graph_new(graph->plan, true), .parallelism = parallelism};
    state.graph->max_parallelism = graph->max_parallelism;
    state.tails = BASE_ARENA_ARRAY(state.graph->arena, exec_stage *, graph->stage_count + 1);
    for (int32_t i = 0; i < graph->stage_count; i++)
        add_stage(&state, graph->stages[i]);
    return state.graph;
}
