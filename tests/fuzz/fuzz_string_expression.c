/* 1.9 string expressions from strangers: any bytes end in nodes or in an error with a message. */
#include "sql/sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool touch(void *context, expr_node *node) {
    (void)node;
    ++*(int64_t *)context;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    rask_error err = {0};
    base_list nodes = {0};
    int64_t total = 0;
    base_arena *arena = base_arena_new();
    rask_status status =
        sql_parse_string_expressions(arena, (const char *)data, (int64_t)size, &nodes, &err);
    bool is_complete = status == RASK_OK
                           ? nodes.count > 0
                           : err.code == status && err.message[0] != '\0' && nodes.count == 0;
    if (!is_complete)
        __builtin_trap();
    for (int32_t i = 0; i < nodes.count; i++)
        expr_walk(nodes.items[i], touch, &total);
    base_arena_free(arena);
    return 0;
}
