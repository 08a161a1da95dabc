/* ORDER BY of a SELECT block: its names may mean select items as well as columns of FROM, and what
 * is none of the items becomes a hidden column behind them. */
#include <string.h>

#include "plan/select_block.h"

expr_node *plan_select_replace_aliases(select_block *s, const expr_node *node) {
    if (node->kind == EXPR_NAME && node->name_count == 1)
        for (int32_t i = 0; i < s->item_count; i++)
            if (strcmp(s->items[i].name, node->names[0]) == 0)
                return (expr_node *)s->items[i].expr;
    expr_node *copy = base_arena_copy(s->arena, node, (int64_t)sizeof *node);
    copy->args = BASE_ARENA_ARRAY(s->arena, expr_node *, node->arg_count + 1);
    for (int32_t i = 0; i < node->arg_count; i++)
        copy->args[i] = plan_select_replace_aliases(s, node->args[i]);
    return copy;
}

static void add_sort_key(select_block *s, const expr_node *order, int32_t column,
                         const data_type *type) {
    for (int32_t i = 0; i < s->sort_keys.count; i++)
        if (((const expr_node *)s->sort_keys.items[i])->args[0]->column == column)
            return; /* ORDER BY a, a DESC: the first decides */
    expr_node *key = expr_order(s->arena, expr_input(s->arena, 0, column, type), order->descending,
                                order->nulls_order);
    if (key->nulls_order == 0)
        key->nulls_order = order->descending ? 1 : -1;
    base_list_add(s->arena, &s->sort_keys, key);
}

/* ORDER BY 2: the place in the select list; 0 = the key is no ordinal. */
static rask_status ordinal_of(const select_block *s, const expr_node *key, int32_t *out,
                              rask_error *err) {
    *out = 0;
    if (!plan_is_ordinal(key))
        return RASK_OK;
    if (key->value.i64 < 1 || key->value.i64 > s->item_count)
        return expr_error_at(select_from_sql(s), key->place, err, "Ordinal out of range");
    *out = (int32_t)key->value.i64;
    return RASK_OK;
}

static int32_t find_item(const select_block *s, const expr_node *bound) {
    for (int32_t i = 0; i < s->item_count; i++)
        if (expr_equal(s->items[i].bound, bound))
            return i;
    return -1;
}

static rask_status not_selected(const select_block *s, const expr_node *input,
                                const expr_node *aggregate, rask_error *err) {
    base_strbuf text;
    base_strbuf_init(&text, 1024);
    if (input->name != NULL)
        base_strbuf_add_text(&text, input->name);
    else
        expr_write(aggregate, NULL, true, &text);
    rask_status status = expr_error_at(select_from_sql(s), input->place, err,
                                       "Expression '%s' is not in the select clause", text.data);
    base_strbuf_free(&text);
    return status;
}

/* An ORDER BY expression of SELECT DISTINCT over the select items, which is all that is left then.
 */
static rask_status over_items(const select_block *s, const expr_node *node,
                              const expr_node *aggregate, expr_node **out, rask_error *err) {
    int32_t item = find_item(s, node);
    if (item >= 0) {
        *out = expr_input(s->arena, 0, item, node->type);
        return RASK_OK;
    }
    if (node->kind == EXPR_INPUT)
        return not_selected(s, node, aggregate, err);
    expr_node *copy = base_arena_copy(s->arena, node, (int64_t)sizeof *node);
    copy->args = BASE_ARENA_ARRAY(s->arena, expr_node *, node->arg_count + 1);
    for (int32_t i = 0; i < node->arg_count; i++)
        RASK_TRY(over_items(s, node->args[i], aggregate, &copy->args[i], err));
    *out = copy;
    return RASK_OK;
}

/* The column an ORDER BY expression is, added behind the select items where it is none of them. */
static rask_status find_or_hide(select_block *s, expr_node *bound, const expr_node *aggregate,
                                int32_t *out, rask_error *err) {
    *out = find_item(s, bound);
    if (*out >= 0)
        return RASK_OK;
    if (s->node->is_distinct)
        RASK_TRY(over_items(s, bound, aggregate, &bound, err));
    *out = s->item_count + expr_list_add_once(s->arena, &s->hidden, bound);
    return RASK_OK;
}

static rask_status bind_sort_key(select_block *s, const expr_node *order, rask_error *err) {
    const expr_node *key = order->kind == EXPR_ORDER ? order->args[0] : order;
    int32_t column;
    expr_node *bound;
    RASK_TRY(ordinal_of(s, key, &column, err));
    if (column > 0) {
        add_sort_key(s, order, column - 1, s->items[column - 1].bound->type);
        return RASK_OK;
    }
    const expr_node *aggregate = expr_find_aggregate(key);
    if (aggregate != NULL && !s->is_aggregate)
        return expr_error_at(select_from_sql(s), aggregate->place, err,
                             "Aggregate expression is illegal in ORDER BY clause of "
                             "non-aggregating SELECT");
    RASK_TRY(expr_bind(&s->binder, plan_select_replace_aliases(s, key), &bound, err));
    RASK_TRY(find_or_hide(s, bound, aggregate, &column, err));
    add_sort_key(s, order, column, bound->type);
    return RASK_OK;
}

rask_status plan_select_bind_order(select_block *s, rask_error *err) {
    for (int32_t i = 0; s->ordering != NULL && i < s->ordering->key_count; i++)
        RASK_TRY(bind_sort_key(s, s->ordering->keys[i], err));
    return RASK_OK;
}
