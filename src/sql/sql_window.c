/* What may follow a call (FILTER, WITHIN GROUP, OVER), sort keys, and windows.
 *
 * OVER may name a window that the WINDOW clause at the end of the SELECT block defines.  So the
 * EXPR_OVER node is made at once and filled in by sql_block_finish. */
#include <string.h>

#include "sql/parser.h"

/* ---- sort keys ------------------------------------------------------------------------------- */

static expr_node *order_key(sql_parser *p) {
    int32_t first = p->at;
    expr_node *key = sql_expression(p);
    bool is_descending = SQL_ONE_OF(p, KW_ASC, KW_DESC) == KW_DESC;
    int8_t nulls = 0;
    if (sql_accept(p, KW_NULLS)) {
        sql_keyword side = SQL_ONE_OF(p, KW_FIRST, KW_LAST);
        if (side == SQL_KEYWORD_COUNT)
            sql_unexpected(p);
        nulls = side == KW_FIRST ? -1 : 1;
    }
    return sql_place(p, first, expr_order(p->arena, key, is_descending, nulls));
}

void sql_order_list(sql_parser *p, base_list *keys) {
    do
        base_list_add(p->arena, keys, order_key(p));
    while (sql_accept_symbol(p, ","));
}

/* ---- frames ---------------------------------------------------------------------------------- */

/* UNBOUNDED PRECEDING, n PRECEDING, CURRENT ROW, n FOLLOWING, UNBOUNDED FOLLOWING: -2 to 2. */
static int8_t frame_bound(sql_parser *p, expr_node **offset) {
    *offset = NULL;
    if (sql_accept_two(p, KW_CURRENT, KW_ROW))
        return 0;
    int8_t distance = 2;
    if (!sql_accept(p, KW_UNBOUNDED)) {
        *offset = sql_expression(p);
        distance = 1;
    }
    sql_keyword side = SQL_ONE_OF(p, KW_PRECEDING, KW_FOLLOWING);
    if (side == SQL_KEYWORD_COUNT)
        sql_unexpected(p);
    return side == KW_PRECEDING ? (int8_t)-distance : distance;
}

static const expr_window_frame *frame(sql_parser *p) {
    sql_keyword unit = SQL_ONE_OF(p, KW_ROWS, KW_RANGE);
    if (unit == SQL_KEYWORD_COUNT)
        return NULL;
    expr_window_frame *made = BASE_ARENA_NEW(p->arena, expr_window_frame);
    made->is_rows = unit == KW_ROWS;
    if (sql_accept(p, KW_BETWEEN)) {
        made->start_kind = frame_bound(p, &made->start);
        sql_expect(p, KW_AND);
        made->end_kind = frame_bound(p, &made->end);
        return made;
    }
    made->start_kind = frame_bound(p, &made->start);
    /* With one bound, the other is the current row. */
    if (made->start_kind > 0) {
        made->end_kind = made->start_kind;
        made->end = made->start;
        made->start_kind = 0;
        made->start = NULL;
    }
    return made;
}

/* ---- windows --------------------------------------------------------------------------------- */

sql_window *sql_window_specification(sql_parser *p) {
    sql_window *window = BASE_ARENA_NEW(p->arena, sql_window);
    int32_t first = p->at;
    sql_expect_symbol(p, "(");
    sql_accept_name(p, &window->base);
    const sql_token *partial = sql_now(p);
    bool has_partition = sql_accept_two(p, KW_PARTITION, KW_BY);
    window->partition_at = p->at;
    if (has_partition)
        do
            base_list_add(p->arena, &window->partition, sql_expression(p));
        while (sql_accept_symbol(p, ","));
    bool has_order = sql_accept_two(p, KW_ORDER, KW_BY);
    window->order_at = p->at;
    if (has_order)
        sql_order_list(p, &window->order);
    window->frame = frame(p);
    if (SQL_ONE_OF(p, KW_ALLOW, KW_DISALLOW) != SQL_KEYWORD_COUNT) {
        sql_unsupported(p, partial, "ALLOW PARTIAL in a window");
        sql_expect(p, KW_PARTIAL);
    }
    sql_expect_symbol(p, ")");
    window->cost = p->at - first;
    return window;
}

static void fill_over(sql_parser *p, expr_node *over, const sql_window *window) {
    int32_t partitions = window->partition.count, keys = window->order.count;
    expr_node *call = over->args[0];
    over->args = BASE_ARENA_ARRAY(p->arena, expr_node *, 1 + partitions + keys);
    over->args[0] = call;
    for (int32_t i = 0; i < partitions; i++)
        over->args[1 + i] = window->partition.items[i];
    for (int32_t i = 0; i < keys; i++)
        over->args[1 + partitions + i] = window->order.items[i];
    over->arg_count = 1 + partitions + keys;
    over->partition_count = partitions;
    over->frame = window->frame;
}

static expr_node *over(sql_parser *p, int32_t first, expr_node *call) {
    expr_node *node = expr_new(p->arena, EXPR_OVER);
    sql_window *window;
    int32_t at = p->at;
    node->args = BASE_ARENA_ARRAY(p->arena, expr_node *, 1);
    node->args[0] = call;
    node->arg_count = 1;
    if (sql_is_symbol(p, "(")) {
        window = sql_window_specification(p);
    } else {
        window = BASE_ARENA_NEW(p->arena, sql_window);
        window->base = sql_expect_name(p);
    }
    sql_place(p, first, node);
    if (window->base == NULL) {
        fill_over(p, node, window);
    } else if (p->block == NULL) {
        const sql_token *token = &p->tokens.items[at];
        sql_invalid(p, token, token, "Window '%s' not found", window->base);
    } else {
        window->at = at;
        base_list_add(p->arena, &p->block->overs, node);
        base_list_add(p->arena, &p->block->over_windows, window);
    }
    return node;
}

static const sql_window *find_window(const sql_block *block, const char *name, int32_t before) {
    for (int32_t i = 0; i < before; i++) {
        const sql_window *window = block->windows.items[i];
        if (strcasecmp(window->name, name) == 0)
            return window;
    }
    return NULL;
}

/* Adds what `window` takes from the window it is based on. */
static void resolve(sql_parser *p, const sql_block *block, sql_window *window, int32_t before) {
    if (window->base == NULL)
        return;
    const sql_token *token = &p->tokens.items[window->at];
    const sql_token *partition = &p->tokens.items[window->partition_at];
    const sql_token *order = &p->tokens.items[window->order_at];
    const sql_window *base = find_window(block, window->base, before);
    if (base == NULL) {
        sql_invalid(p, token, token, "Window '%s' not found", window->base);
        return;
    }
    if (window->partition.count > 0)
        sql_invalid(p, partition, partition,
                    "PARTITION BY not allowed with existing window reference");
    if (window->order.count > 0 && base->order.count > 0)
        sql_invalid(p, order, order, "ORDER BY not allowed in both base and referenced windows");
    if (window->frame == NULL)
        window->frame = base->frame;
    if (window->order.count == 0)
        window->order = base->order;
    window->partition = base->partition;
    window->cost += base->cost;
    window->base = NULL;
}

void sql_block_finish(sql_parser *p, sql_block *block) {
    for (int32_t i = 0; i < block->windows.count; i++) {
        sql_window *window = block->windows.items[i];
        const sql_token *token = &p->tokens.items[window->at];
        if (find_window(block, window->name, i) != NULL)
            sql_invalid(p, token, token, "Duplicate window names not allowed");
        resolve(p, block, window, i);
    }
    for (int32_t i = 0; i < block->overs.count && p->status == RASK_OK; i++) {
        sql_window *window = block->over_windows.items[i];
        resolve(p, block, window, block->windows.count);
        sql_expand(p, window->cost);
        fill_over(p, block->overs.items[i], window);
    }
}

/* ---- behind a call --------------------------------------------------------------------------- */

static expr_node *nulls_treatment(sql_parser *p, int32_t first, expr_node *call) {
    if (sql_accept_two(p, KW_IGNORE, KW_NULLS))
        return sql_call_of(p, first, "IGNORE NULLS", call, NULL);
    if (sql_accept_two(p, KW_RESPECT, KW_NULLS))
        return sql_call_of(p, first, "RESPECT NULLS", call, NULL);
    return call;
}

static void within(sql_parser *p) {
    base_list keys = {0};
    const sql_token *token = sql_now(p);
    if (sql_accept_two(p, KW_WITHIN, KW_GROUP)) {
        sql_unsupported(p, token, "WITHIN GROUP");
        sql_expect_symbol(p, "(");
        sql_expect(p, KW_ORDER);
        sql_expect(p, KW_BY);
        sql_order_list(p, &keys);
        sql_expect_symbol(p, ")");
    } else if (sql_accept_two(p, KW_WITHIN, KW_DISTINCT)) {
        sql_unsupported(p, token, "WITHIN DISTINCT");
        sql_expect_symbol(p, "(");
        sql_parenthesised(p, &keys);
    }
}

expr_node *sql_call_suffix(sql_parser *p, int32_t first, expr_node *call) {
    expr_node *node = nulls_treatment(p, first, call);
    within(p);
    if (sql_accept(p, KW_FILTER)) {
        sql_expect_symbol(p, "(");
        sql_expect(p, KW_WHERE);
        call->filter = sql_expression(p);
        sql_expect_symbol(p, ")");
    }
    return sql_accept(p, KW_OVER) ? over(p, first, node) : node;
}
