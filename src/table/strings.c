/* Lists of texts handed to callers. */
#include "table/table.h"

rask_strings *table_strings_new(void) {
    rask_strings *strings = BASE_NEW(rask_strings);
    strings->arena = base_arena_new();
    strings->refs = 1;
    return strings;
}

void table_strings_add(rask_strings *strings, const char *text) {
    base_list_add(strings->arena, &strings->items, base_arena_strdup(strings->arena, text));
}

int64_t rask_strings_count(const rask_strings *strings) {
    return strings->items.count;
}

const char *rask_strings_get(const rask_strings *strings, int64_t i) {
    return i >= 0 && i < strings->items.count ? strings->items.items[i] : NULL;
}

void rask_strings_unref(rask_strings *strings) {
    if (strings == NULL || --strings->refs > 0)
        return;
    base_arena_free(strings->arena);
    base_free(strings);
}
