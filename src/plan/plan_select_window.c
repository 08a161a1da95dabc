/* Group windows: GROUP BY TUMBLE(ts, size), HOP(ts, slide, size), SESSION(ts, gap) in SQL, and
 * group_by(w) of a window w in the Table API.
 *
 * The block is rewritten before its expressions are bound: the window becomes a WINDOW_TABLE node
 * above the input, its call among the keys the column window_start, and the calls that ask for the
 * window's properties (TUMBLE_START(ts, size), w.start) columns as well, which join the keys.  A
 * session depends on the other keys, so they are its partition. */
#include <string.h>

#include "plan/select_block.h"

enum { WINDOW_START, WINDOW_END, WINDOW_TIME, PROPERTIES, NO_PROPERTY = -1 };

/* ---- names ----------------------------------------------------------------------------------- */

typedef struct group_function {
    const char *name, *shown;
    plan_window_kind kind;
    int32_t arg_count;
    const char *form;
} group_function;

static const group_function group_functions[] = {
    {"TUMBLE", "$TUMBLE", PLAN_WINDOW_TUMBLE, 2, "'$TUMBLE(<DATETIME>, <DATETIME_INTERVAL>)'"},
    {"HOP", "$HOP", PLAN_WINDOW_HOP, 3,
     "'$HOP(<DATETIME>, <DATETIME_INTERVAL>, <DATETIME_INTERVAL>)'"},
    {"SESSION", "$SESSION", PLAN_WINDOW_SESSION, 2, "'$SESSION(<DATETIME>, <DATETIME_INTERVAL>)'"},
};
enum { GROUP_FUNCTIONS = sizeof group_functions / sizeof group_functions[0] };

static const struct {
    const char *suffix; /* SQL: TUMBLE_START(ts, size) */
    const char *api;    /* Table API: WINDOW_START(w) */
    int32_t property;
} auxiliaries[] = {
    {"_START", "WINDOW_START", WINDOW_START},
    {"_END", "WINDOW_END", WINDOW_END},
    {"_ROWTIME", "ROWTIME", WINDOW_TIME},
    {"_PROCTIME", "PROCTIME", PROPERTIES},
};
enum { AUXILIARIES = sizeof auxiliaries / sizeof auxiliaries[0] };

static const group_function *group_function_of(const expr_node *node) {
    for (int32_t i = 0; i < GROUP_FUNCTIONS; i++)
        if (select_is_call_of(node, group_functions[i].name))
            return &group_functions[i];
    return NULL;
}

/* "TUMBLE_START": the group function and the property. */
static const group_function *auxiliary_of(const expr_node *node, int32_t *property) {
    for (int32_t i = 0; i < GROUP_FUNCTIONS && node->kind == EXPR_CALL && node->name != NULL; i++) {
        size_t length = strlen(group_functions[i].name);
        if (strncasecmp(node->name, group_functions[i].name, length) != 0)
            continue;
        for (int32_t k = 0; k < AUXILIARIES; k++) {
            *property = auxiliaries[k].property;
            if (strcasecmp(node->name + length, auxiliaries[k].suffix) == 0)
                return &group_functions[i];
        }
    }
    return NULL;
}

/* ---- the window ------------------------------------------------------------------------------ */

typedef struct group_window {
    select_block *s;
    const group_function *function; /* NULL = none */
    const expr_node *call;
    const char *alias;    /* Table API */
    int32_t key;          /* its place among the keys */
    int32_t first_column; /* window_start */
    bool is_used[PROPERTIES];
} group_window;

static const expr_node *without_alias(const expr_node *node) {
    return node->kind == EXPR_ALIAS ? node->args[0] : node;
}

static rask_status find_window(group_window *w, rask_error *err) {
    const plan_node *node = w->s->node;
    for (int32_t i = 0; i < node->key_count; i++) {
        const group_function *function = group_function_of(without_alias(node->keys[i]));
        if (function == NULL)
            continue;
        if (w->function != NULL)
            return rask_error_set(err, RASK_ERROR_TABLE,
                                  "Only a single window group function may be used in GROUP BY");
        w->function = function;
        w->call = without_alias(node->keys[i]);
        w->alias = node->keys[i]->kind == EXPR_ALIAS ? node->keys[i]->names[0] : NULL;
        w->key = i;
    }
    return RASK_OK;
}

static rask_status refuse_arguments(const group_window *w, expr_node *const *args, int32_t count,
                                    rask_error *err) {
    base_strbuf text;
    base_strbuf_init(&text, 1024);
    for (int32_t i = 0; i < count; i++) {
        base_strbuf_add_text(&text, i > 0 ? ", <" : "<");
        if (args[i]->type->kind == DATA_INT)
            base_strbuf_add_text(&text, "INTEGER");
        else if (data_kind_is_interval(args[i]->type->kind))
            base_strbuf_add_text(&text, "INTERVAL SECOND");
        else
            data_type_write(data_type_with_null(args[i]->type, true), false, &text);
        base_strbuf_add_char(&text, '>');
    }
    rask_status status =
        expr_error_at(select_from_sql(w->s), w->call->place, err,
                      "Cannot apply '%s' to arguments of type '%s(%s)'. Supported form(s): %s",
                      w->function->shown, w->function->shown, text.data, w->function->form);
    base_strbuf_free(&text);
    return status;
}

static rask_status check_count(const group_window *w, rask_error *err) {
    if (w->call->arg_count == w->function->arg_count)
        return RASK_OK;
    if (w->call->arg_count == w->function->arg_count + 1)
        return rask_error_set(err, RASK_ERROR_TABLE,
                              "%s window with alignment is not supported yet.", w->function->name);
    return expr_error_at(select_from_sql(w->s), w->call->place, err,
                         "Invalid number of arguments to function '%s'. Was expecting %d arguments",
                         w->function->shown, w->function->arg_count);
}

/* The time and the sizes. */
static rask_status bind_call(const group_window *w, plan_window_spec *spec, expr_node **time,
                             rask_error *err) {
    expr_binder binder = plan_expression_binder(w->s->b, &w->s->input, "GROUP BY clause");
    int64_t *targets[] = {w->function->kind == PLAN_WINDOW_HOP ? &spec->slide_ms : &spec->size_ms,
                          &spec->size_ms};
    expr_node *args[3];
    RASK_TRY(check_count(w, err));
    for (int32_t i = 0; i < w->call->arg_count; i++)
        RASK_TRY(expr_bind(&binder, w->call->args[i], &args[i], err));
    *time = args[0];
    bool fits = (*time)->type->kind == DATA_TIMESTAMP || (*time)->type->kind == DATA_TIMESTAMP_LTZ;
    for (int32_t i = 1; i < w->call->arg_count; i++)
        fits = fits && data_kind_is_interval(args[i]->type->kind);
    if (!fits)
        return refuse_arguments(w, args, w->call->arg_count, err);
    for (int32_t i = 1; i < w->call->arg_count; i++)
        RASK_TRY(plan_window_interval(args[i], targets[i - 1], &fits, err));
    return plan_check_window(spec, err);
}

/* The other keys, which divide the rows that sessions are made of. */
static rask_status bind_partition(const group_window *w, expr_node ***keys, int32_t *count,
                                  rask_error *err) {
    const plan_node *node = w->s->node;
    expr_binder binder = plan_expression_binder(w->s->b, &w->s->input, "GROUP BY clause");
    *keys = BASE_ARENA_ARRAY(w->s->arena, expr_node *, node->key_count + 1);
    *count = 0;
    for (int32_t i = 0; i < node->key_count && w->function->kind == PLAN_WINDOW_SESSION; i++)
        if (i != w->key)
            RASK_TRY(expr_bind(&binder, without_alias(node->keys[i]), &(*keys)[(*count)++], err));
    return RASK_OK;
}

static rask_status make_table(group_window *w, rask_error *err) {
    plan_window_spec spec = {.kind = w->function->kind};
    expr_node *time, **keys;
    int32_t key_count;
    RASK_TRY(bind_call(w, &spec, &time, err));
    RASK_TRY(bind_partition(w, &keys, &key_count, err));
    w->first_column = w->s->input.node->schema->count;
    w->s->input.node =
        plan_make_window_table(w->s->plan, w->s->input.node, &spec, time, keys, key_count);
    return RASK_OK;
}

/* ---- the block's expressions ----------------------------------------------------------------- */

static expr_node *property_column(group_window *w, int32_t property, const expr_node *place) {
    expr_node *column =
        plan_output_column(w->s->plan, w->s->input.node, w->first_column + property);
    w->is_used[property] = true;
    column->place = place->place;
    return column;
}

static rask_status no_match(const group_window *w, const group_function *function,
                            const expr_node *node, rask_error *err) {
    return expr_error_at(select_from_sql(w->s), node->place, err,
                         "Call to auxiliary group function '%s' must have matching call to group "
                         "function '%s' in GROUP BY clause",
                         node->name, function->shown);
}

static bool same_arguments(const expr_node *a, const expr_node *b) {
    if (a->arg_count != b->arg_count)
        return false;
    for (int32_t i = 0; i < a->arg_count; i++)
        if (!expr_equal(a->args[i], b->args[i]))
            return false;
    return true;
}

static rask_status sql_property(const group_window *w, const expr_node *node, int32_t *property,
                                rask_error *err) {
    const group_function *function = auxiliary_of(node, property);
    if (group_function_of(node) != NULL)
        return expr_error_at(true, node->place, err,
                             "Group function '%s' can only appear in GROUP BY clause",
                             group_function_of(node)->shown);
    if (function == NULL)
        *property = NO_PROPERTY;
    else if (function != w->function || !same_arguments(node, w->call))
        return no_match(w, function, node, err);
    return RASK_OK;
}

/* START(w) where w is the window's alias. */
static int32_t api_property(const group_window *w, const expr_node *node) {
    for (int32_t i = 0; i < AUXILIARIES && w->alias != NULL; i++)
        if (select_is_call_of(node, auxiliaries[i].api) && node->arg_count == 1 &&
            node->args[0]->kind == EXPR_NAME && node->args[0]->name_count == 1 &&
            strcmp(node->args[0]->names[0], w->alias) == 0)
            return auxiliaries[i].property;
    return NO_PROPERTY;
}

/* The node itself where nothing in it changes. */
static rask_status rewrite(group_window *w, const expr_node *node, expr_node **out,
                           rask_error *err) {
    *out = (expr_node *)node;
    if (node == NULL)
        return RASK_OK;
    int32_t property = api_property(w, node);
    if (select_from_sql(w->s))
        RASK_TRY(sql_property(w, node, &property, err));
    if (property == PROPERTIES)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "PROCTIME window property is not supported in batch queries.");
    if (property != NO_PROPERTY) {
        *out = property_column(w, property, node);
        return RASK_OK;
    }
    for (int32_t i = 0; i < node->arg_count; i++) {
        expr_node *arg;
        RASK_TRY(rewrite(w, node->args[i], &arg, err));
        if (arg == node->args[i])
            continue;
        if (*out == node) {
            *out = base_arena_copy(w->s->arena, node, (int64_t)sizeof *node);
            (*out)->args = base_arena_copy(w->s->arena, node->args,
                                           (int64_t)sizeof *node->args * node->arg_count);
        }
        (*out)->args[i] = arg;
    }
    return RASK_OK;
}

static rask_status rewrite_list(group_window *w, expr_node *const *from, int32_t count,
                                expr_node ***out, rask_error *err) {
    *out = BASE_ARENA_ARRAY(w->s->arena, expr_node *, count + PROPERTIES + 1);
    for (int32_t i = 0; i < count; i++)
        RASK_TRY(rewrite(w, from[i], &(*out)[i], err));
    return RASK_OK;
}

static rask_status rewrite_ordering(group_window *w, rask_error *err) {
    if (w->s->ordering == NULL)
        return RASK_OK;
    plan_ordering *ordering =
        base_arena_copy(w->s->arena, w->s->ordering, (int64_t)sizeof *w->s->ordering);
    expr_node **keys;
    RASK_TRY(rewrite_list(w, ordering->keys, ordering->key_count, &keys, err));
    ordering->keys = keys;
    w->s->ordering = ordering;
    return RASK_OK;
}

/* The window's columns in place of its call, those that somebody asked for behind the keys. */
static void replace_key(group_window *w, plan_node *copy) {
    expr_node **keys = BASE_ARENA_ARRAY(w->s->arena, expr_node *, copy->key_count + PROPERTIES + 1);
    memcpy(keys, copy->keys, sizeof *keys * (size_t)copy->key_count);
    w->is_used[WINDOW_END] |= w->function->kind == PLAN_WINDOW_SESSION;
    for (int32_t i = WINDOW_END; i <= WINDOW_TIME; i++)
        if (w->is_used[i])
            keys[copy->key_count++] = property_column(w, i, w->call);
    keys[w->key] = property_column(w, WINDOW_START, w->call);
    copy->keys = keys;
}

rask_status plan_select_bind_group_window(select_block *s, rask_error *err) {
    group_window w = {.s = s};
    RASK_TRY(find_window(&w, err));
    if (w.function == NULL && !select_from_sql(s))
        return RASK_OK;
    if (w.function != NULL)
        RASK_TRY(make_table(&w, err));
    plan_node *copy = plan_node_copy(s->plan, s->node);
    RASK_TRY(rewrite_list(&w, s->node->exprs, s->node->expr_count, &copy->exprs, err));
    RASK_TRY(rewrite(&w, s->node->having, &copy->having, err));
    RASK_TRY(rewrite(&w, s->node->qualify, &copy->qualify, err));
    RASK_TRY(rewrite_ordering(&w, err));
    if (w.function == NULL)
        return RASK_OK; /* nothing to change: only mistakes were looked for */
    replace_key(&w, copy);
    s->node = copy;
    return RASK_OK;
}
