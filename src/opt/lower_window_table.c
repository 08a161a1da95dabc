/* Lowering of WINDOW_TABLE (batch).
 *
 * Windows of a fixed size are made row by row by a WindowTableFunction; sessions by an
 * OverAggregate that finds, in each row's partition ordered by time, the first and the last row of
 * the row's session.  Times are those of the session's time zone: TIMESTAMP_LTZ is cast to
 * TIMESTAMP first, and window_time back. */
#include "expr/bind.h"
#include "opt/lower.h"

static const data_type *border_type(void) {
    return data_type_time(DATA_TIMESTAMP, 3, false);
}

/* The time as TIMESTAMP(3). */
static expr_node *local_time(lowering *low, const plan_node *node) {
    const data_type *type = node->exprs[0]->type;
    const data_type *local = data_type_time(DATA_TIMESTAMP, 3, type->nullable);
    if (type == local)
        return node->exprs[0];
    return expr_cast(low->graph->arena, node->exprs[0], local, false);
}

/* Columns 0 .. count-1 of what is open, and room for more. */
static expr_node **columns(lowering *low, const open_stage *open, int32_t count, int32_t room) {
    base_arena *arena = low->graph->arena;
    expr_node **exprs = BASE_ARENA_ARRAY(arena, expr_node *, count + room + 1);
    for (int32_t i = 0; i < count; i++)
        exprs[i] = expr_input(arena, 0, i, open->schema->types[i]);
    return exprs;
}

static data_schema *widened(lowering *low, const data_schema *schema, int32_t room) {
    data_schema *out = data_schema_new(low->graph->arena, schema->count + room);
    memcpy(out->names, schema->names, sizeof *out->names * (size_t)schema->count);
    memcpy(out->types, schema->types, sizeof *out->types * (size_t)schema->count);
    out->count = schema->count;
    return out;
}

static int32_t add_column(data_schema *schema, const char *name, const data_type *type) {
    schema->names[schema->count] = name;
    schema->types[schema->count] = type;
    return schema->count++;
}

/* ---- description ----------------------------------------------------------------------------- */

static void describe_ms(base_strbuf *out, const char *word, int64_t ms) {
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "min"}, {1000, "s"}, {1, "ms"}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (ms % units[i].ms != 0)
            continue;
        base_strbuf_printf(out, ", %s=[%lld %s]", word, (long long)(ms / units[i].ms),
                           units[i].unit);
        return;
    }
}

static const char *describe(lowering *low, const plan_node *node) {
    static const char *const names[] = {"TUMBLE", "HOP", "CUMULATE", "SESSION"};
    static const char *const sizes[] = {"size", "size", "max_size", "gap"};
    const plan_window_spec *window = node->window;
    base_strbuf out;
    base_strbuf_init(&out, 1 << 16);
    base_strbuf_printf(&out, "WindowTableFunction(window=[%s(time_col=[", names[window->kind]);
    expr_write(node->exprs[0], node->inputs[0]->schema->names, false, &out);
    base_strbuf_add_char(&out, ']');
    describe_ms(&out, sizes[window->kind], window->size_ms);
    if (window->slide_ms != 0)
        describe_ms(&out, window->kind == PLAN_WINDOW_HOP ? "slide" : "step", window->slide_ms);
    if (window->offset_ms != 0)
        describe_ms(&out, "offset", window->offset_ms);
    base_strbuf_add_text(&out, ")])");
    const char *text = base_arena_strdup(low->graph->arena, out.data);
    base_strbuf_free(&out);
    return text;
}

/* ---- the operator ---------------------------------------------------------------------------- */

/* Adds the operator that appends the window's three columns, and brings them to the node's place
 * and types. */
static void add_windows(lowering *low, const plan_node *node, open_stage *open,
                        const exec_window_table_params *params) {
    static const char *const names[] = {"window_start", "window_end", "window_time"};
    const data_schema *schema = node->schema;
    int32_t width = node->inputs[0]->schema->count, first = open->schema->count;
    data_schema *out = widened(low, open->schema, 3);
    for (int32_t i = 0; i < 3; i++)
        add_column(out, names[i], border_type());
    lower_add_op(low, open, "WindowTableFunction", params, out, describe(low, node));
    if (first == width && schema->types[width + 2] == border_type())
        return;
    expr_node **exprs = columns(low, open, width, 3);
    for (int32_t i = 0; i < 3; i++) {
        expr_node *column = expr_input(low->graph->arena, 0, first + i, border_type());
        const data_type *type = schema->types[width + i];
        exprs[width + i] =
            type == border_type() ? column : expr_cast(low->graph->arena, column, type, false);
    }
    lower_add_calc(low, open, NULL, exprs, schema->count, schema, "Calc");
}

/* ---- row by row ------------------------------------------------------------------------------ */

static rask_status lower_fixed(lowering *low, const plan_node *node, open_stage *open,
                               rask_error *err) {
    base_arena *arena = low->graph->arena;
    int32_t width = open->schema->count;
    expr_node **exprs = columns(low, open, width, 1), *time = local_time(low, node);
    data_schema *with_time = widened(low, open->schema, 1);
    exec_window_table_params *params = BASE_ARENA_NEW(arena, exec_window_table_params);
    params->window = *node->window;
    params->time_column = time->kind == EXPR_INPUT ? time->column : width;
    if (time->kind != EXPR_INPUT) {
        exprs[width] = time;
        add_column(with_time, "$time", time->type);
        RASK_TRY(lower_user_functions(low, open, exprs, width + 1, err));
        lower_add_calc(low, open, NULL, exprs, width + 1, with_time, "Calc");
    }
    add_windows(low, node, open, params);
    return RASK_OK;
}

/* ---- sessions -------------------------------------------------------------------------------- */

static void session_call(exec_over_call *call, const char *name, int64_t gap_ms, int32_t time,
                         const data_type *type) {
    *call = (exec_over_call){.window = func_window_find(name), .constant = gap_ms * 1000};
    call->aggregate = (exec_aggregate){.args = {time, -1, -1, -1},
                                       .arg_count = 1,
                                       .filter_column = -1,
                                       .arg_types = {type},
                                       .result_type = type};
}

/* Sort keys and the two calls. */
static exec_over_params *session_params(lowering *low, const plan_node *node, const int32_t *keys,
                                        int32_t time) {
    base_arena *arena = low->graph->arena;
    exec_over_params *params = BASE_ARENA_NEW(arena, exec_over_params);
    exec_sort_key *sort = BASE_ARENA_ARRAY(arena, exec_sort_key, node->key_count + 1);
    exec_over_call *calls = BASE_ARENA_ARRAY(arena, exec_over_call, 2);
    exec_frame *frame = BASE_ARENA_NEW(arena, exec_frame);
    *frame = (exec_frame){
        .is_rows = true, .start = {.kind = EXEC_BOUND_FIRST}, .end = {.kind = EXEC_BOUND_LAST}};
    for (int32_t i = 0; i < node->key_count; i++)
        sort[i].column = keys[i];
    sort[node->key_count].column = time;
    session_call(&calls[0], "$SESSION_FIRST", node->window->size_ms, time, border_type());
    session_call(&calls[1], "$SESSION_LAST", node->window->size_ms, time, border_type());
    params->sort = (exec_sort_params){.keys = sort, .key_count = node->key_count + 1, .fetch = -1};
    params->partition_count = node->key_count;
    params->frames = frame;
    params->frame_count = 1;
    params->calls = calls;
    params->call_count = 2;
    return params;
}

static rask_status not_null(lowering *low, expr_node *value, expr_node **out, rask_error *err) {
    expr_binder binder = {.arena = low->graph->arena};
    return expr_bind(&binder, expr_call1(low->graph->arena, "IS NOT NULL", value), out, err);
}

static rask_status lower_session(lowering *low, const plan_node *node, open_stage *open,
                                 rask_error *err) {
    base_arena *arena = low->graph->arena;
    int32_t width = open->schema->count, count = width;
    int32_t *keys = BASE_ARENA_ARRAY(arena, int32_t, node->key_count + 1);
    expr_node **exprs = columns(low, open, width, node->key_count + 1), *condition;
    data_schema *schema = widened(low, open->schema, node->key_count + 1);
    exprs[count++] = local_time(low, node);
    add_column(schema, "$time", exprs[width]->type);
    for (int32_t i = 0; i < node->key_count; i++) {
        keys[i] = add_column(schema, base_arena_printf(arena, "$key%d", i), node->keys[i]->type);
        exprs[count++] = node->keys[i];
    }
    RASK_TRY(not_null(low, node->exprs[0], &condition, err));
    RASK_TRY(lower_user_functions(low, open, exprs, count, err));
    lower_add_calc(low, open, condition, exprs, count, schema, "Calc");
    if (low->parallelism > 1 && node->key_count > 0)
        lower_exchange(low, open, EXEC_EDGE_HASH, low->parallelism, keys, node->key_count);
    exec_over_params *params = session_params(low, node, keys, width);
    data_schema *out = widened(low, open->schema, 2);
    int32_t first = add_column(out, "window_start", border_type());
    int32_t last = add_column(out, "$last", border_type());
    lower_add_op(low, open, "OverAggregate", params, out, describe(low, node));
    lower_read_result(low, open, node->key_count > 0 ? low->parallelism : 1);
    exec_window_table_params *table = BASE_ARENA_NEW(arena, exec_window_table_params);
    *table = (exec_window_table_params){*node->window, last, first};
    add_windows(low, node, open, table);
    return RASK_OK;
}

rask_status lower_window_table(lowering *low, const plan_node *node, open_stage *open,
                               rask_error *err) {
    if (low->streaming)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "Windows of time are not supported by the engine in streaming mode "
                              "yet.");
    RASK_TRY(lower_node(low, node->inputs[0], false, open, err));
    return node->window->kind == PLAN_WINDOW_SESSION ? lower_session(low, node, open, err)
                                                     : lower_fixed(low, node, open, err);
}
