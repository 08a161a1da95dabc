/* Flink's one-line descriptions of physical nodes: they appear in explain and in refusals. */
#include "opt/opt.h"

static void write_names(base_strbuf *out, const data_schema *schema) {
    for (int32_t i = 0; i < schema->count; i++)
        base_strbuf_printf(out, "%s%s", i > 0 ? ", " : "", schema->names[i]);
}

static void write_expressions(base_strbuf *out, expr_node *const *exprs, int32_t count,
                              const data_schema *input, const data_schema *output) {
    for (int32_t i = 0; i < count; i++) {
        base_strbuf_add_text(out, i > 0 ? ", " : "");
        expr_write(exprs[i], input->names, false, out);
        bool same = exprs[i]->kind == EXPR_INPUT &&
                    strcmp(input->names[exprs[i]->column], output->names[i]) == 0;
        if (!same)
            base_strbuf_printf(out, " AS %s", output->names[i]);
    }
}

static void write_aggregate(base_strbuf *out, const expr_node *call, const data_schema *input,
                            const char *name) {
    base_strbuf_printf(out, "%s(%s", call->aggregate->name, call->distinct ? "DISTINCT " : "");
    if (call->arg_count == 0)
        base_strbuf_add_text(out, "*");
    for (int32_t i = 0; i < call->arg_count; i++) {
        base_strbuf_add_text(out, i > 0 ? ", " : "");
        expr_write(call->args[i], input->names, false, out);
    }
    base_strbuf_add_text(out, ")");
    if (call->filter != NULL) {
        base_strbuf_add_text(out, " FILTER ");
        expr_write(call->filter, input->names, false, out);
    }
    base_strbuf_printf(out, " AS %s", name);
}

static void describe_aggregate(base_strbuf *out, const plan_node *node, bool streaming) {
    const data_schema *input = node->inputs[0]->schema;
    base_strbuf_add_text(out, streaming ? "GroupAggregate(" : "HashAggregate(");
    if (!streaming)
        base_strbuf_add_text(out, "isMerge=[true], ");
    if (node->key_count > 0) {
        base_strbuf_add_text(out, "groupBy=[");
        for (int32_t i = 0; i < node->key_count; i++)
            base_strbuf_printf(out, "%s%s", i > 0 ? ", " : "", node->schema->names[i]);
        base_strbuf_add_text(out, "], ");
    }
    base_strbuf_add_text(out, "select=[");
    for (int32_t i = 0; i < node->key_count; i++)
        base_strbuf_printf(out, "%s%s", i > 0 ? ", " : "", node->schema->names[i]);
    for (int32_t i = 0; i < node->aggregate_count; i++) {
        base_strbuf_add_text(out, i + node->key_count > 0 ? ", " : "");
        write_aggregate(out, node->aggregates[i], input, node->schema->names[node->key_count + i]);
    }
    base_strbuf_add_text(out, "])");
}

static void describe_scan(base_strbuf *out, const plan_node *node) {
    const plan_table *table = node->table;
    if (table->name != NULL)
        base_strbuf_printf(out, "TableSourceScan(table=[[%s, %s, %s]], fields=[", table->catalog,
                           table->database, table->name);
    else
        base_strbuf_add_text(out, "TableSourceScan(table=[[*anonymous*]], fields=[");
    write_names(out, node->schema);
    base_strbuf_add_text(out, "])");
}

static void describe_order(base_strbuf *out, const plan_node *node) {
    const data_schema *input = node->inputs[0]->schema;
    for (int32_t i = 0; i < node->key_count; i++) {
        const expr_node *key = node->keys[i];
        base_strbuf_add_text(out, i > 0 ? ", " : "");
        expr_write(key->kind == EXPR_ORDER ? key->args[0] : key, input->names, false, out);
        base_strbuf_add_text(out, key->descending ? " DESC" : " ASC");
    }
}

static void describe_strategy(base_arena *arena, base_strbuf *out, const plan_node *node) {
    static const char *const names[] = {"AppendFastStrategy", "UpdateFastStrategy",
                                        "RetractStrategy"};
    int32_t id_count;
    exec_rank_strategy strategy = opt_rank_strategy(arena, node, &id_count);
    base_strbuf_printf(out, ", strategy=[%s", names[strategy]);
    for (int32_t i = 0; i < id_count; i++)
        base_strbuf_printf(out, "%s%d", i == 0 ? "[" : ",", i);
    base_strbuf_add_text(out, id_count > 0 ? "]]" : "]");
}

static void describe_sort(base_arena *arena, base_strbuf *out, const plan_node *node,
                          bool streaming) {
    if (node->fetch < 0) {
        base_strbuf_add_text(out, "Sort(orderBy=[");
        describe_order(out, node);
        base_strbuf_add_text(out, "])");
        return;
    }
    base_strbuf_add_text(out, "SortLimit(orderBy=[");
    describe_order(out, node);
    base_strbuf_printf(out, "], offset=[%lld], fetch=[%lld]", (long long)node->offset,
                       (long long)node->fetch);
    if (streaming)
        describe_strategy(arena, out, node);
    base_strbuf_add_text(out, ")");
}

static void describe_limit(base_strbuf *out, const plan_node *node) {
    base_strbuf_printf(out, "Limit(offset=[%lld], fetch=[", (long long)node->offset);
    if (node->fetch < 0)
        base_strbuf_add_text(out, "unlimited])");
    else
        base_strbuf_printf(out, "%lld])", (long long)node->fetch);
}

static void describe_flat_map(base_strbuf *out, const plan_node *node) {
    const data_schema *input = node->inputs[0]->schema;
    base_strbuf_add_text(out, "PythonCorrelate(invocation=[");
    expr_write(node->exprs[0], input->names, false, out);
    base_strbuf_add_text(out, "], select=[");
    write_names(out, node->schema);
    base_strbuf_printf(out, "], joinType=[%s])", node->is_outer ? "LEFT" : "INNER");
}

char *opt_describe_calc(base_arena *arena, expr_node *const *exprs, const data_schema *output,
                        const data_schema *input) {
    base_strbuf out;
    base_strbuf_init(&out, 1 << 20);
    base_strbuf_add_text(&out, "Calc(select=[");
    write_expressions(&out, exprs, output->count, input, output);
    base_strbuf_add_text(&out, "])");
    char *text = base_arena_strdup(arena, out.data);
    base_strbuf_free(&out);
    return text;
}

static bool number_through(void *left_count, expr_node *node) {
    if (node->kind == EXPR_INPUT && node->input == 1) {
        node->input = 0;
        node->column += *(const int32_t *)left_count;
    }
    return true;
}

char *opt_describe_join(base_arena *arena, const plan_node *node, bool has_keys, int32_t build) {
    static const char *const types[] = {"InnerJoin",     "LeftOuterJoin", "RightOuterJoin",
                                        "FullOuterJoin", "InnerJoin",     "LeftSemiJoin",
                                        "LeftAntiJoin"};
    int32_t left = node->inputs[0]->schema->count, right = node->inputs[1]->schema->count;
    const char **names = BASE_ARENA_ARRAY(arena, const char *, left + right + 1);
    for (int32_t i = 0; i < left + right; i++)
        names[i] =
            i < left ? node->inputs[0]->schema->names[i] : node->inputs[1]->schema->names[i - left];
    base_strbuf out;
    base_strbuf_init(&out, 1 << 20);
    base_strbuf_printf(&out, "%s(joinType=[%s], where=[", has_keys ? "HashJoin" : "NestedLoopJoin",
                       types[node->join_type]);
    if (node->condition != NULL) {
        expr_node *condition = expr_copy(arena, node->condition);
        expr_walk(condition, number_through, &left);
        expr_write(condition, names, false, &out);
    } else {
        base_strbuf_add_text(&out, "true");
    }
    base_strbuf_add_text(&out, "], select=[");
    write_names(&out, node->schema);
    base_strbuf_printf(&out, "], build=[%s])", build == 0 ? "left" : "right");
    char *text = base_arena_strdup(arena, out.data);
    base_strbuf_free(&out);
    return text;
}

static void describe_sink(base_strbuf *out, const plan_node *node) {
    const plan_table *table = node->table;
    if (table->name != NULL)
        base_strbuf_printf(out, "Sink(table=[%s.%s.%s], fields=[", table->catalog, table->database,
                           table->name);
    else
        base_strbuf_add_text(out, "Sink(table=[*anonymous*], fields=[");
    write_names(out, node->inputs[0]->schema);
    base_strbuf_add_text(out, "])");
}

char *opt_describe(base_arena *arena, const plan_node *node, bool streaming) {
    base_strbuf out;
    base_strbuf_init(&out, 1 << 20);
    const data_schema *input = node->input_count > 0 ? node->inputs[0]->schema : NULL;
    switch (node->kind) {
    case PLAN_SCAN:
        describe_scan(&out, node);
        break;
    case PLAN_VALUES:
        base_strbuf_add_text(&out, "Values(fields=[");
        write_names(&out, node->schema);
        base_strbuf_add_text(&out, "])");
        break;
    case PLAN_PROJECT:
        base_strbuf_add_text(&out, "Calc(select=[");
        write_expressions(&out, node->exprs, node->expr_count, input, node->schema);
        base_strbuf_add_text(&out, "])");
        break;
    case PLAN_FILTER:
        base_strbuf_add_text(&out, "Calc(select=[");
        write_names(&out, node->schema);
        base_strbuf_add_text(&out, "], where=[");
        expr_write(node->condition, input->names, false, &out);
        base_strbuf_add_text(&out, "])");
        break;
    case PLAN_AGGREGATE:
        describe_aggregate(&out, node, streaming);
        break;
    case PLAN_SORT:
        describe_sort(arena, &out, node, streaming);
        break;
    case PLAN_LIMIT:
        describe_limit(&out, node);
        break;
    case PLAN_FLAT_MAP:
        describe_flat_map(&out, node);
        break;
    case PLAN_SET_OP:
        base_strbuf_add_text(&out, "Union(all=[true], union=[");
        write_names(&out, node->schema);
        base_strbuf_add_text(&out, "])");
        break;
    case PLAN_SINK:
        describe_sink(&out, node);
        break;
    case PLAN_COLLECT:
        base_strbuf_add_text(&out, "Sink(table=[*anonymous_collect*], fields=[");
        write_names(&out, input);
        base_strbuf_add_text(&out, "])");
        break;
    default:
        base_strbuf_add_text(&out, plan_kind_name(node->kind));
        break;
    }
    char *text = base_arena_strdup(arena, out.data);
    base_strbuf_free(&out);
    return text;
}

static const char *edge_text(const exec_edge *edge, const data_schema *schema, base_strbuf *out) {
    base_strbuf_clear(out);
    switch (edge->kind) {
    case EXEC_EDGE_HASH:
        base_strbuf_add_text(out, "Exchange(distribution=[hash[");
        for (int32_t i = 0; i < edge->key_count; i++)
            base_strbuf_printf(out, "%s%s", i > 0 ? ", " : "", schema->names[edge->key_columns[i]]);
        base_strbuf_add_text(out, "]])");
        return out->data;
    case EXEC_EDGE_BROADCAST:
        return "Exchange(distribution=[broadcast])";
    case EXEC_EDGE_GATHER:
        return "Exchange(distribution=[single])";
    default:
        return NULL; /* forward and rebalance edges are not shown */
    }
}

/* ---- the physical tree ----------------------------------------------------------------------- */
static bool reads_result(const exec_stage *stage, const exec_stage *result) {
    bool reads = stage->result_of == result;
    for (int32_t i = 0; i < stage->op_count; i++)
        reads = reads || stage->ops[i]->reads == result;
    return reads;
}

typedef struct tree_writer {
    base_strbuf *out;
    base_strbuf prefix; /* of the lines below the current node */
} tree_writer;

static void explain_from(tree_writer *w, const exec_stage *stage, int32_t op);

/* A node below the current one; with `exchange`, that line stands between. */
static void write_below(tree_writer *w, const exec_stage *stage, bool is_last,
                        const char *exchange) {
    int64_t length = w->prefix.length;
    base_strbuf_add(w->out, w->prefix.data, w->prefix.length);
    base_strbuf_add_text(w->out, is_last ? "+- " : ":- ");
    base_strbuf_add_text(&w->prefix, is_last ? "   " : ":  ");
    if (exchange != NULL) {
        base_strbuf_printf(w->out, "%s\n", exchange);
        base_strbuf_add(w->out, w->prefix.data, w->prefix.length);
        base_strbuf_add_text(w->out, "+- ");
        base_strbuf_add_text(&w->prefix, "   ");
    }
    explain_from(w, stage, stage->op_count - 1);
    w->prefix.length = length;
    w->prefix.data[length] = '\0';
}

static void write_edges(tree_writer *w, const exec_stage *stage, bool more) {
    base_strbuf text;
    base_strbuf_init(&text, 1 << 16);
    for (int32_t i = 0; i < stage->inputs.count; i++) {
        const exec_edge *edge = stage->inputs.items[i];
        const exec_stage *from = edge->from;
        const data_schema *schema =
            from->op_count > 0 ? from->ops[from->op_count - 1]->schema : from->schema;
        write_below(w, from, i == stage->inputs.count - 1 && !more, edge_text(edge, schema, &text));
    }
    base_strbuf_free(&text);
}

/* What feeds operator `op` of the stage; `more`: another input follows. */
static void write_input(tree_writer *w, const exec_stage *stage, int32_t op, bool more) {
    int64_t length = w->prefix.length;
    if (op < 0 && stage->source == EXEC_FROM_EDGES) {
        write_edges(w, stage, more);
        return;
    }
    if (op < 0 && stage->source == EXEC_FROM_RESULT) {
        write_below(w, stage->result_of, !more, NULL);
        return;
    }
    base_strbuf_add(w->out, w->prefix.data, w->prefix.length);
    base_strbuf_add_text(w->out, more ? ":- " : "+- ");
    base_strbuf_add_text(&w->prefix, more ? ":  " : "   ");
    explain_from(w, stage, op);
    w->prefix.length = length;
    w->prefix.data[length] = '\0';
}

/* Operators that are only part of another one, or the result itself, are not shown. */
static bool is_hidden(const exec_op_spec *op) {
    return strcmp(op->op_class->name, "Collect") == 0 ||
           strcmp(op->op_class->name, "HashJoinBuild") == 0;
}

static void explain_source(tree_writer *w, const exec_stage *stage) {
    if (stage->source == EXEC_FROM_CONNECTOR) {
        base_strbuf_printf(w->out, "%s\n", stage->description);
        return;
    }
    const exec_stage *from = stage->result_of;
    if (stage->source == EXEC_FROM_EDGES) {
        const exec_edge *edge = stage->inputs.items[0];
        from = edge->from;
        const data_schema *schema =
            from->op_count > 0 ? from->ops[from->op_count - 1]->schema : from->schema;
        base_strbuf text;
        base_strbuf_init(&text, 1 << 16);
        const char *exchange = edge_text(edge, schema, &text);
        if (exchange != NULL)
            base_strbuf_printf(w->out, "%s\n", exchange);
        base_strbuf_free(&text);
        if (exchange != NULL) {
            write_below(w, from, true, NULL);
            return;
        }
    }
    explain_from(w, from, from->op_count - 1);
}

/* The tree below and with operator `op` of a stage (-1: its source). */
static void explain_from(tree_writer *w, const exec_stage *stage, int32_t op) {
    while (op >= 0 && is_hidden(stage->ops[op]))
        op--;
    if (op < 0) {
        explain_source(w, stage);
        return;
    }
    const exec_op_spec *spec = stage->ops[op];
    base_strbuf_printf(w->out, "%s\n", spec->description);
    write_input(w, stage, op - 1, spec->reads != NULL);
    if (spec->reads != NULL)
        write_below(w, spec->reads, true, NULL);
}

void opt_explain_graph(const exec_graph *graph, base_strbuf *out) {
    tree_writer w = {.out = out};
    base_strbuf_init(&w.prefix, 1 << 16);
    for (int32_t i = 0; i < graph->stage_count; i++) {
        const exec_stage *stage = graph->stages[i];
        bool is_root = stage->outputs.count == 0;
        for (int32_t j = 0; j < graph->stage_count; j++)
            is_root = is_root && !reads_result(graph->stages[j], stage);
        if (is_root)
            explain_from(&w, stage, stage->op_count - 1);
    }
    base_strbuf_free(&w.prefix);
}
