/* Lowering of windows (batch): calls with OVER that share their partitions and their order become
 * one OverAggregate; one after the other where there are several such groups.
 *
 *     [Calc   keys and arguments that are not columns yet]
 *     hash edge on the partition keys, at parallelism > 1
 *     OverAggregate    appends a column for each call
 *     ...
 *     [Calc   the columns as the node has them] */
#include <math.h>

#include "opt/lower.h"

typedef struct window_lowering {
    lowering *low;
    const plan_node *node;
    open_stage *open;
    int32_t *result_column; /* by call: where its result stands; -1 = not yet */
} window_lowering;

/* ---- groups ---------------------------------------------------------------------------------- */

static bool same_keys(const expr_node *a, const expr_node *b) {
    if (a->partition_count != b->partition_count || a->arg_count != b->arg_count)
        return false;
    for (int32_t i = 1; i < a->arg_count; i++)
        if (!expr_equal(a->args[i], b->args[i]))
            return false;
    return true;
}

static int32_t order_count(const expr_node *over) {
    return over->arg_count - 1 - over->partition_count;
}

/* ---- columns --------------------------------------------------------------------------------- */

typedef struct window_columns {
    base_arena *arena;
    expr_node **exprs; /* over the open stage */
    data_schema *schema;
    int32_t first; /* columns of the open stage */
} window_columns;

static window_columns columns_of(window_lowering *w, int32_t added_max) {
    base_arena *arena = w->low->graph->arena;
    const data_schema *below = w->open->schema;
    window_columns list = {arena,
                           BASE_ARENA_ARRAY(arena, expr_node *, below->count + added_max + 1),
                           data_schema_new(arena, below->count + added_max), below->count};
    for (int32_t i = 0; i < below->count; i++) {
        list.exprs[i] = expr_input(arena, 0, i, below->types[i]);
        list.schema->names[i] = below->names[i];
        list.schema->types[i] = below->types[i];
    }
    list.schema->count = below->count;
    return list;
}

static int32_t column_of(window_columns *list, expr_node *expr) {
    for (int32_t i = 0; i < list->schema->count; i++)
        if (expr_equal(list->exprs[i], expr))
            return i;
    int32_t column = list->schema->count++;
    list->exprs[column] = expr;
    list->schema->names[column] = base_arena_printf(list->arena, "$f%d", column);
    list->schema->types[column] = expr->type;
    return column;
}

static rask_status add_columns(window_lowering *w, window_columns *list, rask_error *err) {
    if (list->schema->count == list->first)
        return RASK_OK;
    int32_t count = list->schema->count;
    RASK_TRY(lower_user_functions(w->low, w->open, list->exprs, count, err));
    lower_add_calc(w->low, w->open, NULL, list->exprs, count, list->schema, "Calc");
    return RASK_OK;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static exec_bound_kind bound_kind(int8_t kind) {
    return kind == -2  ? EXEC_BOUND_FIRST
           : kind == 2 ? EXEC_BOUND_LAST
           : kind == 0 ? EXEC_BOUND_CURRENT
                       : EXEC_BOUND_OFFSET;
}

static bool is_floating(const data_type *type) {
    return type->kind == DATA_FLOAT || type->kind == DATA_DOUBLE;
}

static int32_t scale_of(const data_type *type) {
    return type->kind == DATA_DECIMAL ? type->scale : 0;
}

static base_i128 power_of_ten(int32_t exponent) {
    base_i128 value = 1;
    while (exponent-- > 0)
        value *= 10;
    return value;
}

static base_i128 exact_value(const data_value *value) {
    return value->type->kind == DATA_DECIMAL ? value->i128 : value->i64;
}

static double floating_value(const data_value *value) {
    if (is_floating(value->type))
        return value->f64;
    return (double)exact_value(value) / (double)power_of_ten(scale_of(value->type));
}

/* How the keys of RANGE are measured: decimals at the finest scale, times in their own unit. */
static void choose_unit(const data_type *key, const expr_window_frame *from, exec_frame *frame) {
    int32_t scale = scale_of(key), key_scale = scale;
    const expr_node *bounds[] = {from->start, from->end};
    frame->key_factor = 1;
    frame->is_floating = is_floating(key);
    for (int32_t i = 0; i < 2; i++) {
        if (bounds[i] == NULL)
            continue;
        frame->is_floating = frame->is_floating || is_floating(bounds[i]->type);
        scale = scale_of(bounds[i]->type) > scale ? scale_of(bounds[i]->type) : scale;
    }
    if (scale - key_scale > 18)
        frame->is_floating = true;
    else
        frame->key_factor = (int64_t)power_of_ten(scale - key_scale);
    if (key->kind == DATA_DATE)
        frame->key_factor = 86400000;
}

static rask_status range_offset(window_lowering *w, const data_type *key, const expr_node *bound,
                                const exec_frame *frame, int32_t sign, exec_frame_bound *out,
                                rask_error *err) {
    data_value value;
    RASK_TRY(expr_evaluate_constant(bound, &w->low->function, w->low->graph->arena, &value, err));
    if (value.is_null)
        return rask_error_set(err, RASK_ERROR_VALIDATION, "A window boundary must not be NULL.");
    if (frame->is_floating) {
        out->distance = sign * floating_value(&value);
        return RASK_OK;
    }
    base_i128 unit = 1;
    if (data_kind_is_interval(bound->type->kind)) { /* milliseconds */
        bool is_timestamp = key->kind == DATA_TIMESTAMP || key->kind == DATA_TIMESTAMP_LTZ;
        unit = !is_timestamp ? 1 : key->precision <= 6 ? 1000 : 1000000;
    } else {
        unit =
            frame->key_factor * power_of_ten(scale_of(key)) / power_of_ten(scale_of(bound->type));
    }
    out->offset = sign * exact_value(&value) * unit;
    return RASK_OK;
}

static rask_status lower_bound(window_lowering *w, const data_type *key, int8_t kind,
                               const expr_node *bound, const exec_frame *frame,
                               exec_frame_bound *out, rask_error *err) {
    int32_t sign = kind < 0 ? -1 : 1;
    out->kind = bound_kind(kind);
    if (bound == NULL)
        return RASK_OK;
    if (!frame->is_rows)
        return range_offset(w, key, bound, frame, sign, out, err);
    data_value value;
    RASK_TRY(expr_evaluate_constant(bound, &w->low->function, w->low->graph->arena, &value, err));
    if (value.is_null || value.i64 < 0)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "ROWS value must be a non-negative integral constant");
    out->offset = (base_i128)sign * value.i64;
    return RASK_OK;
}

static rask_status lower_frame(window_lowering *w, const expr_node *over, exec_frame *out,
                               rask_error *err) {
    const expr_window_frame *frame = over->frame;
    *out = (exec_frame){.is_rows = true,
                        .start = {.kind = EXEC_BOUND_FIRST},
                        .end = {.kind = EXEC_BOUND_LAST},
                        .key_factor = 1};
    const func_window *window = func_window_find(over->args[0]->name);
    bool needs_none = window != NULL && (window->flags & FUNC_WINDOW_ONLY) != 0;
    if (needs_none || order_count(over) == 0)
        return RASK_OK;
    if (frame == NULL) {
        out->is_rows = false;
        out->end.kind = EXEC_BOUND_CURRENT;
        return RASK_OK;
    }
    const data_type *key = over->args[1 + over->partition_count]->args[0]->type;
    out->is_rows = frame->is_rows;
    if (!frame->is_rows)
        choose_unit(key, frame, out);
    RASK_TRY(lower_bound(w, key, frame->start_kind, frame->start, out, &out->start, err));
    return lower_bound(w, key, frame->end_kind, frame->end, out, &out->end, err);
}

static bool same_bound(const exec_frame_bound *a, const exec_frame_bound *b) {
    return a->kind == b->kind && a->offset == b->offset && a->distance == b->distance;
}

static int32_t frame_of(exec_frame *frames, int32_t *count, const exec_frame *frame) {
    for (int32_t i = 0; i < *count; i++)
        if (frames[i].is_rows == frame->is_rows && frames[i].is_floating == frame->is_floating &&
            frames[i].key_factor == frame->key_factor &&
            same_bound(&frames[i].start, &frame->start) && same_bound(&frames[i].end, &frame->end))
            return i;
    frames[*count] = *frame;
    return (*count)++;
}

/* ---- calls ----------------------------------------------------------------------------------- */

static rask_status lower_constant(window_lowering *w, const expr_node *call, exec_over_call *out,
                                  rask_error *err) {
    bool is_offset = (out->window->flags & FUNC_WINDOW_OFFSET) != 0;
    int32_t place = is_offset ? 1 : 0;
    data_value value;
    out->constant = 1;
    if ((!is_offset && (out->window->flags & FUNC_WINDOW_CONSTANT) == 0) ||
        call->arg_count <= place)
        return RASK_OK;
    RASK_TRY(expr_evaluate_constant(call->args[place], &w->low->function, w->low->graph->arena,
                                    &value, err));
    if (value.is_null)
        return rask_error_set(err, RASK_ERROR_VALIDATION, "The offset of %s must not be NULL.",
                              call->name);
    out->constant = value.i64;
    return RASK_OK;
}

static rask_status lower_call(window_lowering *w, const expr_node *over, window_columns *list,
                              exec_over_call *out, rask_error *err) {
    const expr_node *call = over->args[0];
    int32_t room = (int32_t)(sizeof out->aggregate.args / sizeof out->aggregate.args[0]);
    *out = (exec_over_call){.window = func_window_find(call->aggregate->name)};
    out->aggregate = (exec_aggregate){.row = call->aggregate,
                                      .arg_count = call->arg_count,
                                      .filter_column = -1,
                                      .result_type = over->type};
    if (call->arg_count > room)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "%s with more than %d arguments is not supported.", call->name, room);
    if (out->window != NULL)
        RASK_TRY(lower_constant(w, call, out, err));
    for (int32_t i = 0; i < call->arg_count; i++) {
        bool is_constant = i == 1 && out->window != NULL;
        out->aggregate.args[i] = is_constant ? -1 : column_of(list, call->args[i]);
        out->aggregate.arg_types[i] = call->args[i]->type;
    }
    return RASK_OK;
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* Keys that are the same for all rows are left out. */
static void lower_keys(const expr_node *over, window_columns *list, exec_over_params *params) {
    exec_sort_key *keys = BASE_ARENA_ARRAY(list->arena, exec_sort_key, over->arg_count);
    int32_t count = 0;
    for (int32_t i = 1; i < over->arg_count; i++) {
        const expr_node *order = over->args[i]->kind == EXPR_ORDER ? over->args[i] : NULL;
        expr_node *key = order != NULL ? order->args[0] : over->args[i];
        if (i == 1 + over->partition_count)
            params->partition_count = count;
        if (expr_is_constant(key))
            continue;
        keys[count].column = column_of(list, key);
        keys[count].descending = order != NULL && order->descending;
        keys[count].nulls_last = order != NULL && order->nulls_order != 0 ? order->nulls_order > 0
                                                                          : keys[count].descending;
        count++;
    }
    if (order_count(over) == 0)
        params->partition_count = count;
    params->sort = (exec_sort_params){.keys = keys, .key_count = count, .fetch = -1};
}

/* ---- description ----------------------------------------------------------------------------- */

static void describe_bound(base_strbuf *out, int8_t kind, const expr_node *bound,
                           const data_schema *input) {
    static const char *const words[] = {"UNBOUNDED PRECEDING", " PRECEDING", "CURRENT ROW",
                                        " FOLLOWING", "UNBOUNDED FOLLOWING"};
    if (bound != NULL)
        expr_write(bound, input->names, false, out);
    base_strbuf_add_text(out, words[kind + 2]);
}

static void describe_call(base_strbuf *out, const expr_node *over, const char *name,
                          const data_schema *input) {
    expr_write(over->args[0], input->names, false, out);
    base_strbuf_printf(out, " AS %s", name);
    if (over->frame == NULL) {
        if (order_count(over) > 0)
            base_strbuf_add_text(out, " RANG BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW");
        return;
    }
    base_strbuf_printf(out, " %s BETWEEN ", over->frame->is_rows ? "ROWS" : "RANG");
    describe_bound(out, over->frame->start_kind, over->frame->start, input);
    base_strbuf_add_text(out, " AND ");
    describe_bound(out, over->frame->end_kind, over->frame->end, input);
}

static const char *describe(window_lowering *w, const expr_node *first) {
    const data_schema *input = w->node->inputs[0]->schema;
    base_strbuf out;
    base_strbuf_init(&out, 1 << 20);
    base_strbuf_add_text(&out, "OverAggregate(");
    for (int32_t i = 1; i < first->arg_count; i++) {
        bool begins = i == 1 || i == 1 + first->partition_count;
        const char *word = i <= first->partition_count ? "partitionBy=[" : "orderBy=[";
        base_strbuf_add_text(&out, begins ? word : ", ");
        expr_write(first->args[i], input->names, false, &out);
        if (i == first->partition_count || i == first->arg_count - 1)
            base_strbuf_add_text(&out, "], ");
    }
    base_strbuf_add_text(&out, "window#0=[");
    const char *separator = "";
    for (int32_t i = 0; i < w->node->expr_count; i++) {
        if (!same_keys(first, w->node->exprs[i]))
            continue;
        base_strbuf_add_text(&out, separator);
        describe_call(&out, w->node->exprs[i], w->node->schema->names[input->count + i], input);
        separator = ", ";
    }
    base_strbuf_add_text(&out, "])");
    const char *text = base_arena_strdup(w->low->graph->arena, out.data);
    base_strbuf_free(&out);
    return text;
}

/* ---- one operator ---------------------------------------------------------------------------- */

static void exchange(window_lowering *w, const exec_over_params *params) {
    if (w->low->parallelism <= 1 || params->partition_count == 0)
        return;
    int32_t *keys = BASE_ARENA_ARRAY(w->low->graph->arena, int32_t, params->partition_count);
    for (int32_t i = 0; i < params->partition_count; i++)
        keys[i] = params->sort.keys[i].column;
    lower_exchange(w->low, w->open, EXEC_EDGE_HASH, w->low->parallelism, keys,
                   params->partition_count);
}

/* All calls of first's group; the results stand behind the columns that were there. */
static rask_status lower_group(window_lowering *w, const expr_node *first, rask_error *err) {
    base_arena *arena = w->low->graph->arena;
    const plan_node *node = w->node;
    exec_over_params *params = BASE_ARENA_NEW(arena, exec_over_params);
    exec_over_call *calls = BASE_ARENA_ARRAY(arena, exec_over_call, node->expr_count);
    exec_frame *frames = BASE_ARENA_ARRAY(arena, exec_frame, node->expr_count);
    int32_t added = first->arg_count;
    for (int32_t i = 0; i < node->expr_count; i++)
        added += node->exprs[i]->args[0]->arg_count;
    window_columns list = columns_of(w, added);
    lower_keys(first, &list, params);
    for (int32_t i = 0; i < node->expr_count; i++) {
        const expr_node *over = node->exprs[i];
        exec_frame frame;
        if (!same_keys(first, over))
            continue;
        RASK_TRY(lower_frame(w, over, &frame, err));
        RASK_TRY(lower_call(w, over, &list, &calls[params->call_count], err));
        calls[params->call_count++].frame = frame_of(frames, &params->frame_count, &frame);
    }
    params->calls = calls;
    params->frames = frames;
    RASK_TRY(add_columns(w, &list, err));
    exchange(w, params);
    const char *description = describe(w, first);
    data_schema *schema = data_schema_new(arena, list.schema->count + params->call_count);
    memcpy(schema->names, list.schema->names, sizeof *schema->names * (size_t)list.schema->count);
    memcpy(schema->types, list.schema->types, sizeof *schema->types * (size_t)list.schema->count);
    for (int32_t i = 0, at = list.schema->count; i < node->expr_count; i++) {
        if (!same_keys(first, node->exprs[i]))
            continue;
        schema->names[at] = node->schema->names[node->inputs[0]->schema->count + i];
        schema->types[at] = node->exprs[i]->type;
        w->result_column[i] = at++;
    }
    lower_add_op(w->low, w->open, "OverAggregate", params, schema, description);
    lower_read_result(w->low, w->open, params->partition_count > 0 ? w->low->parallelism : 1);
    return RASK_OK;
}

/* ---- the node -------------------------------------------------------------------------------- */

static void restore_columns(window_lowering *w) {
    base_arena *arena = w->low->graph->arena;
    const data_schema *schema = w->node->schema;
    int32_t width = w->node->inputs[0]->schema->count;
    bool is_same = w->open->schema->count == schema->count;
    expr_node **exprs = BASE_ARENA_ARRAY(arena, expr_node *, schema->count + 1);
    for (int32_t i = 0; i < schema->count; i++) {
        int32_t column = i < width ? i : w->result_column[i - width];
        is_same = is_same && column == i;
        exprs[i] = expr_input(arena, 0, column, schema->types[i]);
    }
    if (!is_same)
        lower_add_calc(w->low, w->open, NULL, exprs, schema->count, schema, "Calc");
}

rask_status lower_window(lowering *low, const plan_node *node, open_stage *open, rask_error *err) {
    if (low->streaming)
        return rask_error_set(
            err, RASK_ERROR_UNSUPPORTED,
            "OVER windows are not supported by the engine in streaming mode yet.");
    window_lowering w = {.low = low, .node = node, .open = open};
    RASK_TRY(lower_node(low, node->inputs[0], false, open, err));
    w.result_column = BASE_ARENA_ARRAY(low->graph->arena, int32_t, node->expr_count + 1);
    for (int32_t i = 0; i < node->expr_count; i++)
        w.result_column[i] = -1;
    for (int32_t i = 0; i < node->expr_count; i++)
        if (w.result_column[i] < 0)
            RASK_TRY(lower_group(&w, node->exprs[i], err));
    restore_columns(&w);
    return RASK_OK;
}
