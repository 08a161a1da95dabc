/* Table functions of windows: TUMBLE, HOP, CUMULATE and SESSION over a table argument.
 *
 *     TUMBLE(TABLE t, DESCRIPTOR(ts), size [, offset])
 *     HOP(TABLE t, DESCRIPTOR(ts), slide, size [, offset])
 *     CUMULATE(TABLE t, DESCRIPTOR(ts), step, size [, offset])
 *     SESSION(TABLE t [PARTITION BY ...], DESCRIPTOR(ts), gap)
 *
 * Each becomes a WINDOW_TABLE node: the table's columns, then window_start, window_end and
 * window_time, which is the window's last moment and has the type of the time column. */
#include <string.h>
#include <strings.h>

#include "plan/relation.h"

/* ---- the functions --------------------------------------------------------------------------- */

enum { PARAMETERS_MAX = 5, DATA = 0, TIME = 1, FIRST_INTERVAL = 2 };

typedef struct window_function {
    const char *name, *form;
    const char *parameters[PARAMETERS_MAX];
    int32_t parameter_count, required;
} window_function;

/* By plan_window_kind. */
static const window_function functions[] = {
    {"TUMBLE",
     "TUMBLE(TABLE table_name, DESCRIPTOR(timecol), datetime interval[, datetime interval])",
     {"DATA", "TIMECOL", "SIZE", "OFFSET"},
     4,
     3},
    {"HOP",
     "HOP(TABLE table_name, DESCRIPTOR(timecol), datetime interval, datetime interval[, datetime "
     "interval])",
     {"DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"},
     5,
     4},
    {"CUMULATE",
     "CUMULATE(TABLE table_name, DESCRIPTOR(timecol), datetime interval, datetime interval[, "
     "datetime interval])",
     {"DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"},
     5,
     4},
    {"SESSION",
     "SESSION(TABLE table_name [PARTITION BY (keycols, ...)], DESCRIPTOR(timecol), datetime "
     "interval)",
     {"DATA", "TIMECOL", "GAP"},
     3,
     3},
};

int32_t plan_window_kind_of(const char *name) {
    for (int32_t i = 0; name != NULL && i < (int32_t)(sizeof functions / sizeof functions[0]); i++)
        if (strcasecmp(functions[i].name, name) == 0)
            return i;
    return -1;
}

/* ---- sizes ----------------------------------------------------------------------------------- */

rask_status plan_window_interval(const expr_node *bound, int64_t *out_ms, bool *is_interval,
                                 rask_error *err) {
    *is_interval = data_kind_is_interval(bound->type->kind);
    if (!*is_interval)
        return RASK_OK;
    if (bound->type->kind == DATA_INTERVAL_YEAR_MONTH)
        return rask_error_set(err, RASK_ERROR_TABLE,
                              "Window aggregate only support SECOND, MINUTE, HOUR, DAY as the time "
                              "unit. MONTH and YEAR time unit are not supported yet.");
    if (bound->kind != EXPR_LITERAL || bound->value.is_null)
        return rask_error_set(err, RASK_ERROR_TABLE,
                              "Only constant window descriptors are supported.");
    *out_ms = bound->value.i64;
    return RASK_OK;
}

static rask_status check_offset(const plan_window_spec *spec, const char *name, const char *word,
                                rask_error *err) {
    int64_t offset = spec->offset_ms < 0 ? -spec->offset_ms : spec->offset_ms;
    if (offset < spec->size_ms)
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "%s table function parameters must satisfy abs(offset) < %s, but got %s "
                          "%lld ms and offset %lld ms.",
                          name, word, word, (long long)spec->size_ms, (long long)spec->offset_ms);
}

static rask_status check_tumble(const plan_window_spec *spec, rask_error *err) {
    if (spec->size_ms <= 0)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "TUMBLE table function based aggregate requires size to be positive, "
                              "but got %lld ms.",
                              (long long)spec->size_ms);
    return check_offset(spec, "TUMBLE", "size", err);
}

static rask_status check_hop(const plan_window_spec *spec, rask_error *err) {
    if (spec->size_ms > 0 && spec->slide_ms > 0)
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "HOP table function based aggregate requires slide and size to be "
                          "positive, but got slide %lld ms and size %lld ms.",
                          (long long)spec->slide_ms, (long long)spec->size_ms);
}

static rask_status check_cumulate(const plan_window_spec *spec, rask_error *err) {
    if (spec->size_ms <= 0 || spec->slide_ms <= 0)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "CUMULATE table function based aggregate requires maxSize and step "
                              "to be positive, but got maxSize %lld ms and step %lld ms.",
                              (long long)spec->size_ms, (long long)spec->slide_ms);
    if (spec->size_ms % spec->slide_ms != 0)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "CUMULATE table function based aggregate requires maxSize must be an "
                              "integral multiple of step, but got maxSize %lld ms and step %lld "
                              "ms.",
                              (long long)spec->size_ms, (long long)spec->slide_ms);
    return RASK_OK;
}

static rask_status check_session(const plan_window_spec *spec, rask_error *err) {
    if (spec->size_ms > 0)
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "SESSION table function based aggregate requires gap to be positive, but "
                          "got gap %lld ms.",
                          (long long)spec->size_ms);
}

rask_status plan_check_window(const plan_window_spec *spec, rask_error *err) {
    static rask_status (*const checks[])(const plan_window_spec *, rask_error *) = {
        check_tumble, check_hop, check_cumulate, check_session};
    return checks[spec->kind](spec, err);
}

/* ---- the node -------------------------------------------------------------------------------- */

plan_node *plan_make_window_table(plan *p, plan_node *input, const plan_window_spec *spec,
                                  expr_node *time, expr_node *const *keys, int32_t key_count) {
    static const char *const names[] = {"window_start", "window_end", "window_time"};
    const data_schema *below = input->schema;
    const data_type *border = data_type_time(DATA_TIMESTAMP, 3, false);
    const data_type *types[] = {border, border, data_type_with_null(time->type, false)};
    plan_node *node = plan_node_new(p, PLAN_WINDOW_TABLE, &input, 1);
    data_schema *schema = data_schema_new(p->arena, below->count + 3);
    for (int32_t i = 0; i < schema->count; i++) {
        bool is_new = i >= below->count;
        schema->names[i] =
            is_new ? plan_unique_name(p->arena, names[i - below->count], schema->names, i)
                   : below->names[i];
        schema->types[i] = is_new ? types[i - below->count] : below->types[i];
    }
    node->window = base_arena_copy(p->arena, spec, (int64_t)sizeof *spec);
    node->exprs = base_arena_copy(p->arena, &time, (int64_t)sizeof time);
    node->expr_count = 1;
    node->keys = base_arena_copy(p->arena, keys, (int64_t)sizeof *keys * key_count);
    node->key_count = key_count;
    node->schema = schema;
    node->is_bound = true;
    return node;
}

/* ---- arguments ------------------------------------------------------------------------------- */

typedef struct window_call {
    plan_binding *b;
    plan_window_kind kind;
    const window_function *function;
    const expr_node *call;
    const expr_node *args[PARAMETERS_MAX]; /* NULL = not given */
    plan_relation input;
} window_call;

static bool from_sql(const window_call *w) {
    return w->b->binder->from_sql;
}

static rask_status wrong_count(const window_call *w, rask_error *err) {
    return expr_error_at(from_sql(w), w->call->place, err,
                         "Invalid number of arguments to function '%s'. Was expecting %d arguments",
                         w->function->name, w->function->required);
}

static rask_status place_arguments(window_call *w, rask_error *err) {
    const expr_node *call = w->call;
    for (int32_t i = 0; i < call->arg_count; i++) {
        const expr_node *arg = call->args[i];
        int32_t at = i;
        if (arg->kind == EXPR_ALIAS) {
            at = 0;
            while (at < w->function->parameter_count &&
                   strcasecmp(w->function->parameters[at], arg->names[0]) != 0)
                at++;
            arg = arg->args[0];
        }
        if (at >= w->function->parameter_count || w->args[at] != NULL)
            return wrong_count(w, err);
        w->args[at] = arg;
    }
    for (int32_t i = 0; i < w->function->required; i++)
        if (w->args[i] == NULL)
            return wrong_count(w, err);
    return RASK_OK;
}

/* An argument that is neither a table nor a descriptor has no columns to name. */
static rask_status bind_argument(const window_call *w, const expr_node *arg, expr_node **out,
                                 rask_error *err) {
    plan_relation none = {0};
    expr_binder binder = plan_expression_binder(w->b, &none, NULL);
    return expr_bind(&binder, arg, out, err);
}

static rask_status bind_input(window_call *w, rask_error *err) {
    const expr_node *arg = w->args[DATA];
    expr_node *bound;
    if (arg->kind != EXPR_SUBQUERY) {
        RASK_TRY(bind_argument(w, arg, &bound, err));
        return expr_error_at(from_sql(w), arg->place, err, "A table is expected here.");
    }
    if (arg->arg_count > 0 && w->kind != PLAN_WINDOW_SESSION)
        return expr_error_at(from_sql(w), w->call->place, err,
                             "Only tables with set semantics may be partitioned. Invalid PARTITION "
                             "BY clause in the 0-th operand of table function '%s'",
                             w->function->name);
    return plan_bind_relation(w->b, arg->subquery, &w->input, err);
}

static rask_status bind_time(const window_call *w, expr_node **out, rask_error *err) {
    const expr_node *arg = w->args[TIME];
    bool is_descriptor = arg->kind == EXPR_CALL && arg->name != NULL &&
                         strcasecmp(arg->name, "DESCRIPTOR") == 0 && arg->arg_count > 0 &&
                         arg->args[0]->kind == EXPR_NAME;
    if (!is_descriptor) {
        RASK_TRY(bind_argument(w, arg, out, err));
        return expr_error_at(from_sql(w), arg->place, err, "A DESCRIPTOR is expected here.");
    }
    const expr_node *name = arg->args[0];
    if (name->name_count > 1)
        return expr_error_at(from_sql(w), name->place, err,
                             "Table or column alias must be a simple identifier");
    for (int32_t i = 0; i < w->input.column_count; i++) {
        if (strcmp(w->input.columns[i].name, name->names[0]) != 0)
            continue;
        *out = plan_output_column(w->b->binder->plan, w->input.node, w->input.columns[i].column);
        return RASK_OK;
    }
    return expr_error_at(from_sql(w), name->place, err, "Unknown identifier '%s'", name->names[0]);
}

static rask_status check_time(const window_call *w, const expr_node *time, rask_error *err) {
    if (time->type->kind == DATA_TIMESTAMP || time->type->kind == DATA_TIMESTAMP_LTZ)
        return RASK_OK;
    return rask_error_set(
        err, RASK_ERROR_VALIDATION,
        "The window function %s requires the timecol to be TIMESTAMP or TIMESTAMP_LTZ, but is %s. "
        "Besides, the timecol must be a time attribute type in streaming mode.",
        w->function->form,
        data_type_text(w->b->arena, data_type_with_null(time->type, true), false));
}

/* "VARCHAR(5)", "INTEGER": a type as the SQL validator writes it. */
static void write_validator_type(const data_type *type, base_strbuf *out) {
    if (type->kind == DATA_INT)
        base_strbuf_add_text(out, "INTEGER");
    else if (data_kind_is_interval(type->kind))
        base_strbuf_add_text(out, "INTERVAL SECOND");
    else
        data_type_write(data_type_with_null(type, true), false, out);
}

static void write_upper(const char *text, base_strbuf *out) {
    for (; *text != '\0'; text++)
        base_strbuf_add_char(out, *text >= 'a' && *text <= 'z' ? (char)(*text - 32) : *text);
}

static rask_status refuse_arguments(const window_call *w, expr_node *const *bound, int32_t count,
                                    rask_error *err) {
    base_strbuf text;
    base_strbuf_init(&text, 4096);
    base_strbuf_add_text(&text, "RECORDTYPE(");
    for (int32_t i = 0; i < w->input.column_count; i++) {
        base_strbuf_add_text(&text, i > 0 ? ", " : "");
        write_validator_type(w->input.columns[i].type, &text);
        base_strbuf_add_char(&text, ' ');
        write_upper(w->input.columns[i].name, &text);
    }
    base_strbuf_add_text(&text, ")>, <COLUMN_LIST");
    for (int32_t i = 0; i < count; i++) {
        base_strbuf_add_text(&text, ">, <");
        write_validator_type(bound[i]->type, &text);
    }
    rask_status status =
        expr_error_at(from_sql(w), w->call->place, err,
                      "Cannot apply '%s' to arguments of type '%s(<%s>)'. Supported form(s): %s",
                      w->function->name, w->function->name, text.data, w->function->form);
    base_strbuf_free(&text);
    return status;
}

/* size; slide, size; step, size; gap; and the offset. */
static rask_status bind_sizes(const window_call *w, plan_window_spec *spec, rask_error *err) {
    bool has_slide = w->kind == PLAN_WINDOW_HOP || w->kind == PLAN_WINDOW_CUMULATE;
    int64_t *targets[] = {has_slide ? &spec->slide_ms : &spec->size_ms,
                          has_slide ? &spec->size_ms : &spec->offset_ms, &spec->offset_ms};
    expr_node *bound[3];
    int32_t count = 0;
    bool are_intervals = true;
    for (int32_t i = FIRST_INTERVAL; i < w->function->parameter_count; i++) {
        if (w->args[i] == NULL)
            continue;
        bool is_interval;
        RASK_TRY(bind_argument(w, w->args[i], &bound[count], err));
        RASK_TRY(
            plan_window_interval(bound[count++], targets[i - FIRST_INTERVAL], &is_interval, err));
        are_intervals = are_intervals && is_interval;
    }
    return are_intervals ? plan_check_window(spec, err) : refuse_arguments(w, bound, count, err);
}

static rask_status bind_partition(const window_call *w, expr_node ***keys, rask_error *err) {
    const expr_node *table = w->args[DATA];
    expr_binder binder = plan_expression_binder(w->b, &w->input, NULL);
    *keys = BASE_ARENA_ARRAY(w->b->arena, expr_node *, table->arg_count + 1);
    for (int32_t i = 0; i < table->arg_count; i++)
        RASK_TRY(expr_bind(&binder, table->args[i], &(*keys)[i], err));
    return RASK_OK;
}

rask_status plan_bind_window_table(plan_binding *b, plan_node *node, plan_relation *out,
                                   rask_error *err) {
    int32_t kind = plan_window_kind_of(node->exprs[0]->name);
    window_call w = {.b = b, .kind = (plan_window_kind)kind, .call = node->exprs[0]};
    plan_window_spec spec = {.kind = (plan_window_kind)kind};
    expr_node *time, **keys;
    w.function = &functions[kind];
    RASK_TRY(place_arguments(&w, err));
    RASK_TRY(bind_input(&w, err));
    RASK_TRY(bind_time(&w, &time, err));
    RASK_TRY(bind_partition(&w, &keys, err));
    RASK_TRY(bind_sizes(&w, &spec, err));
    RASK_TRY(check_time(&w, time, err));
    plan *p = b->binder->plan;
    plan_node *input = plan_relation_finish(b, &w.input);
    plan_relation_of(
        b, plan_make_window_table(p, input, &spec, time, keys, w.args[DATA]->arg_count), NULL, out);
    for (int32_t i = input->schema->count; i < out->column_count; i++)
        out->columns[i].name =
            (const char *[]){"window_start", "window_end", "window_time"}[i - input->schema->count];
    return RASK_OK;
}
