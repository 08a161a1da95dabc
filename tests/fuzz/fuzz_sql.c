/* SQL from strangers: parsing any bytes as a statement, an expression, a path and a script ends,
 * with nodes or with an error that has a message. */
#include <string.h>

#include "sql/sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An error is complete: a code, a message, and no place before the text. */
static void check(rask_status status, const rask_error *err) {
    bool is_complete = status == RASK_OK || (err->code == status && err->message[0] != '\0' &&
                                             err->line >= 0 && err->column >= 0);
    if (!is_complete)
        __builtin_trap();
}

static bool touch(void *context, expr_node *node) {
    (void)node;
    ++*(int64_t *)context;
    return true;
}

static rask_status count(void *context, const char *statement, int64_t length, int32_t line,
                         rask_error *err) {
    (void)statement;
    (void)err;
    *(int64_t *)context += length;
    if (line < 1)
        __builtin_trap();
    return RASK_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    rask_error err = {0};
    sql_statement *statement;
    expr_node *node;
    const char **parts;
    int32_t part_count;
    int64_t total = 0;
    plan *p = plan_new();
    base_arena *arena = base_arena_new();
    check(sql_parse_statement(p, text, (int64_t)size, &statement, &err), &err);
    rask_status status = sql_parse_expression(arena, text, (int64_t)size, &node, &err);
    check(status, &err);
    if (status == RASK_OK)
        expr_walk(node, touch, &total);
    check(sql_parse_path(arena, text, (int64_t)size, &parts, &part_count, &err), &err);
    check(sql_split_script(text, (int64_t)size, count, &total, &err), &err);
    base_arena_free(arena);
    plan_unref(p);
    return 0;
}
