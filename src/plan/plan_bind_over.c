/* Windows of a SELECT block: calls with OVER move out of its expressions into a window node, whose
 * output is the input's columns and one column for each different call. */
#include <string.h>

#include "plan/select_block.h"

/* ---- taking calls out ------------------------------------------------------------------------ */

static expr_node *column_of_call(plan_windows *windows, base_arena *arena, expr_node *over) {
    int32_t at = 0;
    while (at < windows->calls.count && !expr_equal(windows->calls.items[at], over))
        at++;
    if (at == windows->calls.count)
        base_list_add(arena, &windows->calls, over);
    return expr_input(arena, 0, windows->input_width + at, over->type);
}

expr_node *plan_take_windows(plan_windows *windows, base_arena *arena, expr_node *bound) {
    if (expr_find_over(bound) == NULL)
        return bound;
    if (bound->kind == EXPR_OVER)
        return column_of_call(windows, arena, bound);
    expr_node *copy = base_arena_copy(arena, bound, (int64_t)sizeof *bound);
    copy->args = BASE_ARENA_ARRAY(arena, expr_node *, bound->arg_count + 1);
    for (int32_t i = 0; i < bound->arg_count; i++)
        copy->args[i] = plan_take_windows(windows, arena, bound->args[i]);
    return copy;
}

plan_node *plan_make_window(plan *p, plan_node *input, expr_node *const *calls, int32_t count) {
    const data_schema *below = input->schema;
    plan_node *node = plan_node_new(p, PLAN_WINDOW, &input, 1);
    data_schema *schema = data_schema_new(p->arena, below->count + count);
    for (int32_t i = 0; i < below->count; i++) {
        schema->names[i] = below->names[i];
        schema->types[i] = below->types[i];
    }
    for (int32_t i = 0; i < count; i++) {
        const char *name = base_arena_printf(p->arena, "w0$o%d", i);
        schema->names[below->count + i] =
            plan_unique_name(p->arena, name, schema->names, below->count + i);
        schema->types[below->count + i] = calls[i]->type;
    }
    node->exprs = base_arena_copy(p->arena, calls, (int64_t)sizeof *calls * count);
    node->expr_count = count;
    node->schema = schema;
    node->is_bound = true;
    return node;
}

/* ---- QUALIFY --------------------------------------------------------------------------------- */

/* Names with the table they belong to, as Flink shows them. */
static expr_node *qualified(const select_block *s, const expr_node *node) {
    expr_node *copy = base_arena_copy(s->arena, node, (int64_t)sizeof *node);
    for (int32_t i = 0; i < s->input.column_count && node->kind == EXPR_INPUT; i++) {
        const expr_scope_column *column = &s->input.columns[i];
        if (column->column != node->column || column->qualifier == NULL)
            continue;
        const char *path[2] = {column->qualifier->parts[column->qualifier->count - 1],
                               column->name};
        return expr_path(s->arena, path, 2);
    }
    copy->args = BASE_ARENA_ARRAY(s->arena, expr_node *, node->arg_count + 1);
    for (int32_t i = 0; i < node->arg_count; i++)
        copy->args[i] = qualified(s, node->args[i]);
    return copy;
}

static rask_status refuse_qualify(const select_block *s, rask_error *err) {
    base_strbuf text;
    base_strbuf_init(&text, 512);
    expr_write(qualified(s, s->qualify), NULL, true, &text);
    rask_status status =
        expr_error_at(select_from_sql(s), s->node->qualify->place, err,
                      "QUALIFY expression '%s' must contain a window function", text.data);
    base_strbuf_free(&text);
    return status;
}

rask_status plan_select_bind_qualify(select_block *s, rask_error *err) {
    const expr_node *qualify = s->node->qualify;
    if (qualify == NULL)
        return RASK_OK;
    RASK_TRY(expr_bind(&s->binder, plan_select_replace_aliases(s, qualify), &s->qualify, err));
    if (s->qualify->type->kind != DATA_BOOLEAN)
        return expr_error_at(select_from_sql(s), qualify->place, err,
                             "QUALIFY clause must be a condition");
    return expr_find_over(s->qualify) != NULL ? RASK_OK : refuse_qualify(s, err);
}

/* ---- the block's windows --------------------------------------------------------------------- */

static void add_window(select_block *s, const plan_windows *windows) {
    if (windows->calls.count > 0)
        s->output = plan_make_window(s->plan, s->output, (expr_node *const *)windows->calls.items,
                                     windows->calls.count);
}

static void take_list(const select_block *s, plan_windows *windows, base_list *exprs) {
    for (int32_t i = 0; i < exprs->count; i++)
        exprs->items[i] = plan_take_windows(windows, s->arena, exprs->items[i]);
}

void plan_select_take_windows(select_block *s, base_list *exprs) {
    plan_windows windows = {.input_width = s->output->schema->count};
    take_list(s, &windows, exprs);
    add_window(s, &windows);
}

void plan_select_make_windows(select_block *s) {
    plan_windows windows = {.input_width = s->output->schema->count};
    for (int32_t i = 0; i < s->item_count; i++)
        s->items[i].bound = plan_take_windows(&windows, s->arena, s->items[i].bound);
    if (!s->node->is_distinct)
        take_list(s, &windows, &s->hidden);
    if (s->qualify != NULL)
        s->qualify = plan_take_windows(&windows, s->arena, s->qualify);
    add_window(s, &windows);
    if (s->qualify != NULL)
        s->output = plan_make_filter(s->plan, s->output, s->qualify);
}
