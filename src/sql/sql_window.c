/* What may follow a call (FILTER, WITHIN GROUP, OVER), sort keys, and windows.
 *
 * OVER may name a window that the WINDOW clause at the end of the SELECT block defines.  So the
 * EXPR_OVER node is made at once and filled in by sql_block_finish. */
#include <string.h>

#include "expr/bind.h"
#include "func/window.h"
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
static int8_t bound_here(sql_parser *p, expr_node **offset) {
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

static int8_t frame_bound(sql_parser *p, sql_window *window, int32_t side, expr_node **offset) {
    window->bound_at[side] = p->at;
    int8_t kind = bound_here(p, offset);
    window->bound_end[side] = p->at - 1;
    return kind;
}

static const expr_window_frame *frame(sql_parser *p, sql_window *window) {
    window->frame_at = p->at;
    sql_keyword unit = SQL_ONE_OF(p, KW_ROWS, KW_RANGE);
    if (unit == SQL_KEYWORD_COUNT)
        return NULL;
    expr_window_frame *made = BASE_ARENA_NEW(p->arena, expr_window_frame);
    made->is_rows = unit == KW_ROWS;
    if (sql_accept(p, KW_BETWEEN)) {
        made->start_kind = frame_bound(p, window, 0, &made->start);
        sql_expect(p, KW_AND);
        made->end_kind = frame_bound(p, window, 1, &made->end);
        return made;
    }
    made->start_kind = frame_bound(p, window, 0, &made->start);
    /* With one bound, the other is the current row. */
    if (made->start_kind > 0) {
        made->end_kind = made->start_kind;
        made->end = made->start;
        made->start_kind = 0;
        made->start = NULL;
    }
    return made;
}

/* ---- what Flink's validator says without knowing types --------------------------------------- */

static void invalid_bound(sql_parser *p, const sql_window *window, int32_t side,
                          const char *message) {
    sql_invalid(p, &p->tokens.items[window->bound_at[side]],
                &p->tokens.items[window->bound_end[side]], "%s", message);
}

static void check_bounds(sql_parser *p, const sql_window *window) {
    const expr_window_frame *frame = window->frame;
    if (frame->start_kind == 2)
        invalid_bound(p, window, 0,
                      "UNBOUNDED FOLLOWING cannot be specified for the lower frame boundary");
    if (window->bound_at[1] == 0)
        return;
    if (frame->end_kind == -2)
        invalid_bound(p, window, 1,
                      "UNBOUNDED PRECEDING cannot be specified for the upper frame boundary");
    else if (frame->start_kind == 0 && frame->end_kind < 0)
        invalid_bound(
            p, window, 1,
            "Upper frame boundary cannot be PRECEDING when lower boundary is CURRENT ROW");
    else if (frame->start_kind == 1 && frame->end_kind < 0)
        invalid_bound(p, window, 1,
                      "Upper frame boundary cannot be PRECEDING when lower boundary is FOLLOWING");
    else if (frame->start_kind == 1 && frame->end_kind == 0)
        invalid_bound(
            p, window, 1,
            "Upper frame boundary cannot be CURRENT ROW when lower boundary is FOLLOWING");
}

/* The frame of a window whose keys are known. */
static void check_frame(sql_parser *p, const sql_window *window) {
    if (window->frame == NULL)
        return;
    const sql_token *unit = &p->tokens.items[window->frame_at];
    if (window->order.count > 1 && !window->frame->is_rows)
        sql_invalid(p, unit, unit, "RANGE clause cannot be used with compound ORDER BY clause");
    if (window->order.count == 0 && !window->frame->is_rows)
        sql_invalid(p, &p->tokens.items[window->first], &p->tokens.items[window->last],
                    "Window specification must contain an ORDER BY clause");
    check_bounds(p, window);
}

/* The function against the window it is given. */
static void check_function(sql_parser *p, const expr_node *call, const sql_window *window) {
    const func_window *function =
        call->kind == EXPR_CALL && call->name != NULL ? func_window_find(call->name) : NULL;
    if (function == NULL)
        return;
    const sql_token *unit = &p->tokens.items[window->frame_at];
    if ((function->flags & FUNC_WINDOW_ORDER_SYNTAX) != 0 && window->order.count == 0)
        sql_invalid(p, &p->tokens.items[window->first], &p->tokens.items[window->last],
                    "RANK or DENSE_RANK functions require ORDER BY clause in window specification");
    if ((function->flags & FUNC_WINDOW_NO_FRAME) != 0 && window->frame != NULL)
        sql_invalid(p, unit, unit,
                    "ROW/RANGE not allowed with RANK, DENSE_RANK or ROW_NUMBER functions");
}

static void check_keys(sql_parser *p, const sql_window *window) {
    const sql_token *first = &p->tokens.items[window->first];
    const sql_token *last = &p->tokens.items[window->last];
    for (int32_t i = 0; i < window->partition.count; i++)
        if (expr_find_over(window->partition.items[i]) != NULL)
            sql_invalid(p, first, last, "PARTITION BY expression should not contain OVER clause");
    for (int32_t i = 0; i < window->order.count; i++)
        if (expr_find_over(window->order.items[i]) != NULL)
            sql_invalid(p, first, last, "ORDER BY expression should not contain OVER clause");
}

/* ---- windows --------------------------------------------------------------------------------- */

sql_window *sql_window_specification(sql_parser *p) {
    sql_window *window = BASE_ARENA_NEW(p->arena, sql_window);
    int32_t first = p->at;
    window->base_at = p->at + 1;
    sql_expect_symbol(p, "(");
    sql_accept_name(p, &window->base);
    const sql_token *partial = sql_now(p);
    bool has_partition = sql_accept_two(p, KW_PARTITION, KW_BY);
    window->partition_at = p->at;
    if (has_partition)
        do {
            const sql_token *token = sql_now(p);
            expr_node *key = sql_expression(p);
            if (key->kind == EXPR_SUBQUERY)
                sql_refuse(p, token, "Query expression encountered in illegal context");
            base_list_add(p->arena, &window->partition, key);
        } while (sql_accept_symbol(p, ","));
    bool has_order = sql_accept_two(p, KW_ORDER, KW_BY);
    window->order_at = p->at;
    if (has_order)
        sql_order_list(p, &window->order);
    window->frame = frame(p, window);
    if (SQL_ONE_OF(p, KW_ALLOW, KW_DISALLOW) != SQL_KEYWORD_COUNT) {
        sql_unsupported(p, partial, "ALLOW PARTIAL in a window");
        sql_expect(p, KW_PARTIAL);
    }
    sql_expect_symbol(p, ")");
    window->cost = p->at - first;
    window->first = first;
    window->last = p->at - 1;
    check_keys(p, window);
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
    check_function(p, call, window);
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
        window->base_at = window->first = window->last = at;
        window->base = sql_expect_name(p);
    }
    sql_place(p, first, node);
    if (window->base == NULL) {
        check_frame(p, window);
        fill_over(p, node, window);
    } else if (p->block == NULL) {
        const sql_token *token = &p->tokens.items[at];
        sql_invalid(p, token, token, "Window '%s' not found", window->base);
    } else {
        base_list_add(p->arena, &p->block->overs, node);
        base_list_add(p->arena, &p->block->over_windows, window);
    }
    return node;
}

static const sql_window *find_window(const sql_block *block, const char *name, int32_t before) {
    for (int32_t i = 0; i < before; i++) {
        const sql_window *window = block->windows.items[i];
        if (strcmp(window->name, name) == 0)
            return window;
    }
    return NULL;
}

/* "OVER w" is w; "(w ...)" is w with what is added, except that Flink forgets a frame that is.
 * What `window` takes from the window it is based on: */
static void resolve(sql_parser *p, const sql_block *block, sql_window *window, int32_t before) {
    if (window->base == NULL) {
        check_frame(p, window);
        return;
    }
    bool is_name = window->first == window->last;
    const sql_token *token = &p->tokens.items[window->base_at];
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
    if (base->frame != NULL && !is_name)
        sql_invalid(p, &p->tokens.items[base->frame_at], &p->tokens.items[base->frame_at],
                    "Referenced window cannot have framing declarations");
    if (window->order.count == 0)
        window->order = base->order;
    window->partition = base->partition;
    check_frame(p, window);
    window->frame = base->frame;
    window->frame_at = base->frame_at;
    window->cost += base->cost;
    window->base = NULL;
}

static bool same_tokens(const sql_parser *p, const sql_window *a, const sql_window *b) {
    if (a->last - a->first != b->last - b->first)
        return false;
    for (int32_t i = 0; i <= a->last - a->first; i++) {
        const sql_token *x = &p->tokens.items[a->first + i], *y = &p->tokens.items[b->first + i];
        if (x->kind != y->kind || x->length != y->length ||
            strncasecmp(p->tokens.text + x->offset, p->tokens.text + y->offset,
                        (size_t)x->length) != 0)
            return false;
    }
    return true;
}

static void check_definitions(sql_parser *p, const sql_block *block) {
    for (int32_t i = 0; i < block->windows.count; i++)
        for (int32_t k = 0; k < i; k++) {
            const sql_window *window = block->windows.items[i];
            if (same_tokens(p, window, block->windows.items[k]))
                sql_invalid(p, &p->tokens.items[window->first], &p->tokens.items[window->last],
                            "Duplicate window specification not allowed in the same window clause");
        }
}

void sql_block_finish(sql_parser *p, sql_block *block) {
    for (int32_t i = 0; i < block->windows.count; i++) {
        sql_window *window = block->windows.items[i];
        const sql_token *token = &p->tokens.items[window->at];
        if (find_window(block, window->name, i) != NULL)
            sql_invalid(p, token, token, "Duplicate window names not allowed");
        resolve(p, block, window, i);
    }
    check_definitions(p, block);
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
    if (call->filter != NULL && sql_is(p, KW_OVER))
        sql_place(p, first, call); /* refused as a whole */
    if (sql_accept(p, KW_OVER))
        return over(p, first, node);
    const func_window *function = call->name != NULL ? func_window_find(call->name) : NULL;
    if (function != NULL && (function->flags & FUNC_WINDOW_ONLY) != 0)
        sql_invalid(p, &p->tokens.items[first], sql_now(p) - 1,
                    "OVER clause is necessary for window functions");
    return node;
}
