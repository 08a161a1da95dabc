/* The select list: stars and column ranges expanded, items bound, and the names Flink gives them.
 */
#include <string.h>

#include "plan/select_block.h"

/* ---- the select list ------------------------------------------------------------------------- */

static void add_item(select_block *s, const expr_node *expr, const char *alias) {
    if (s->item_count == s->item_capacity) {
        int32_t capacity = s->item_capacity == 0 ? 16 : 2 * s->item_capacity;
        select_item *items = BASE_ARENA_ARRAY(s->arena, select_item, capacity);
        if (s->item_count > 0)
            memcpy(items, s->items, sizeof *items * (size_t)s->item_count);
        s->items = items;
        s->item_capacity = capacity;
    }
    s->items[s->item_count++] = (select_item){.expr = expr, .alias = alias};
}

/* What a star stands for: the column as "table.column", which is how messages call it. */
static expr_node *column_of(const select_block *s, int32_t i, const expr_node *star) {
    const expr_scope_column *column = &s->input.columns[i];
    expr_node *input = expr_input(s->arena, column->input, column->column, column->type);
    const expr_qualifier *qualifier = column->qualifier;
    input->name = column->name;
    if (select_from_sql(s) && qualifier != NULL)
        input->name = base_arena_printf(s->arena, "%s.%s", qualifier->parts[qualifier->count - 1],
                                        column->name);
    input->place = star->place;
    return input;
}

static void add_column(select_block *s, int32_t i, const expr_node *star) {
    add_item(s, column_of(s, i, star), s->input.columns[i].name);
}

/* Two columns of one subquery may have one name; then a star over them is ambiguous. */
static rask_status check_star_name(const select_block *s, int32_t i, const expr_node *star,
                                   rask_error *err) {
    const expr_scope_column *column = &s->input.columns[i];
    for (int32_t k = 0; k < i && select_from_sql(s); k++) {
        const expr_scope_column *other = &s->input.columns[k];
        if (column->qualifier == other->qualifier && !other->needs_qualifier &&
            strcmp(column->name, other->name) == 0)
            return expr_error_at(true, star->place, err, "Column '%s' is ambiguous", column->name);
    }
    return RASK_OK;
}

static rask_status expand_star(select_block *s, const expr_node *star, rask_error *err) {
    const char *const *table = (const char *const *)star->names;
    int32_t found = 0, parts = star->name_count;
    if (s->node->input_count == 0)
        return expr_error_at(select_from_sql(s), star->place, err,
                             "SELECT * requires a FROM clause");
    for (int32_t i = 0; i < s->input.column_count; i++) {
        const expr_scope_column *column = &s->input.columns[i];
        if (parts == 0 ? column->needs_qualifier
                       : !expr_qualifier_matches(column->qualifier, table, parts, false))
            continue;
        RASK_TRY(check_star_name(s, i, star, err));
        add_column(s, i, star);
        found++;
    }
    if (found > 0 || parts == 0)
        return RASK_OK;
    return expr_error_at(select_from_sql(s), expr_path_place(star, 0, parts - 1), err,
                         "Unknown identifier '%s'", expr_dotted(s->arena, table, parts));
}

static rask_status find_column(const select_block *s, const expr_node *node, int32_t *out,
                               rask_error *err) {
    if (node->kind == EXPR_LITERAL && data_kind_is_integer(node->type->kind) &&
        node->value.i64 >= 1 && node->value.i64 <= s->input.column_count) {
        *out = (int32_t)node->value.i64 - 1;
        return RASK_OK;
    }
    for (int32_t i = 0; i < s->input.column_count && node->kind == EXPR_NAME; i++) {
        if (strcmp(s->input.columns[i].name, node->names[node->name_count - 1]) == 0) {
            *out = i;
            return RASK_OK;
        }
    }
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "Cannot resolve a column of a column range%s%s",
                          node->kind == EXPR_NAME ? ": " : "",
                          node->kind == EXPR_NAME ? node->names[node->name_count - 1] : "");
}

/* withColumns(a to c, 5) and withoutColumns(...) of the Table API. */
static rask_status expand_columns(select_block *s, const expr_node *call, bool without,
                                  rask_error *err) {
    bool *chosen = BASE_ARENA_ARRAY(s->arena, bool, s->input.column_count + 1);
    for (int32_t a = 0; a < call->arg_count; a++) {
        const expr_node *arg = call->args[a];
        bool is_range = select_is_call_of(arg, "rangeTo") && arg->arg_count == 2;
        int32_t first, last;
        RASK_TRY(find_column(s, is_range ? arg->args[0] : arg, &first, err));
        RASK_TRY(find_column(s, is_range ? arg->args[1] : arg, &last, err));
        for (int32_t i = first; i <= last; i++) {
            if (!chosen[i] && !without)
                add_column(s, i, call);
            chosen[i] = true;
        }
    }
    for (int32_t i = 0; i < s->input.column_count && without; i++)
        if (!chosen[i])
            add_column(s, i, call);
    return RASK_OK;
}

static rask_status collect_items(select_block *s, rask_error *err) {
    for (int32_t i = 0; i < s->node->expr_count; i++) {
        const expr_node *expr = s->node->exprs[i];
        if (expr->kind == EXPR_STAR)
            RASK_TRY(expand_star(s, expr, err));
        else if (!select_from_sql(s) && select_is_call_of(expr, "withColumns"))
            RASK_TRY(expand_columns(s, expr, false, err));
        else if (!select_from_sql(s) && select_is_call_of(expr, "withoutColumns"))
            RASK_TRY(expand_columns(s, expr, true, err));
        else if (expr->kind == EXPR_ALIAS)
            add_item(s, expr->args[0], expr->names[0]);
        else
            add_item(s, expr, NULL);
    }
    return RASK_OK;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* Niladic functions are written, and named, without parentheses. */
static bool is_niladic(const expr_node *expr) {
    return expr->kind == EXPR_CALL && expr->arg_count == 0 && expr->name != NULL &&
           (strncmp(expr->name, "CURRENT_", 8) == 0 || strncmp(expr->name, "LOCAL", 5) == 0);
}

/* The Table API names a cast column "a-STRING" and everything else by its place. */
static const char *api_name(const select_block *s, const select_item *item, int32_t place) {
    int32_t aggregate = select_aggregate_of(s, item->bound);
    if (aggregate >= 0)
        return base_arena_printf(s->arena, "EXPR$%d", aggregate);
    if (item->expr->kind == EXPR_CAST && item->expr->args[0]->kind == EXPR_NAME) {
        const expr_node *name = item->expr->args[0];
        return base_arena_printf(
            s->arena, "%s-%s", name->names[name->name_count - 1],
            data_type_text(s->arena, data_type_with_null(item->expr->type, true), true));
    }
    return base_arena_printf(s->arena, "_c%d", place);
}

static const char *name_of(const select_block *s, const select_item *item, int32_t place) {
    if (item->alias != NULL)
        return item->alias;
    if (item->expr->kind == EXPR_NAME)
        return item->expr->names[item->expr->name_count - 1];
    if (!select_from_sql(s))
        return api_name(s, item, place);
    if (is_niladic(item->expr))
        return item->expr->name;
    return base_arena_printf(s->arena, "EXPR$%d", place);
}

static rask_status name_items(select_block *s, rask_error *err) {
    for (int32_t i = 0; i < s->item_count; i++) {
        s->items[i].name = name_of(s, &s->items[i], i);
        for (int32_t k = 0; k < i && !select_from_sql(s); k++)
            if (strcmp(s->items[k].name, s->items[i].name) == 0)
                return rask_error_set(err, RASK_ERROR_VALIDATION, "Ambiguous column name: %s",
                                      s->items[i].name);
    }
    return RASK_OK;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static rask_status bind_items(select_block *s, rask_error *err) {
    for (int32_t i = 0; i < s->item_count; i++) {
        select_item *item = &s->items[i];
        RASK_TRY(expr_bind(&s->binder, item->expr, &item->bound, err));
        if (item->bound->type->kind == DATA_NULL)
            return expr_error_at(select_from_sql(s), item->expr->place, err,
                                 "Illegal use of 'NULL'");
    }
    return RASK_OK;
}

rask_status plan_select_bind_items(select_block *s, rask_error *err) {
    RASK_TRY(collect_items(s, err));
    RASK_TRY(bind_items(s, err));
    return name_items(s, err);
}
