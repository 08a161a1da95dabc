/* Hints: comments that begin with a plus sign, behind SELECT, a table or the target of an INSERT.
 *
 * A table keeps the pairs of its OPTIONS hint; a SELECT keeps each hint under its name, with its
 * arguments as text. */
#include <string.h>

#include "sql/parser.h"

static void free_text(void *text) {
    base_free(text);
}

base_map *sql_new_map(sql_parser *p) {
    base_map *map = base_map_new(free_text);
    base_list_add(p->plan->arena, &p->plan->hint_maps, map);
    return map;
}

void sql_map_put(base_map *map, const char *key, const char *value) {
    base_map_put(map, key, base_strdup(value));
}

/* 'k' = 'v', name, 'text' or a number. */
static void hint_argument(sql_parser *p, base_map *options) {
    const char *key, *name;
    if (!sql_accept_text(p, &key)) {
        const sql_token *token = sql_now(p);
        bool is_number = token->kind == SQL_TOKEN_INTEGER || token->kind == SQL_TOKEN_DECIMAL ||
                         token->kind == SQL_TOKEN_APPROXIMATE;
        if (is_number)
            sql_advance(p);
        else if (sql_accept_name(p, &name))
            while (sql_accept_symbol(p, "."))
                sql_expect_name(p);
        else
            sql_unexpected(p);
        return;
    }
    if (sql_accept_symbol(p, "=")) {
        const char *value = sql_expect_text(p);
        if (options != NULL)
            sql_map_put(options, key, value);
    }
}

void sql_hints(sql_parser *p, base_map **hints, bool is_table) {
    if (!sql_accept_symbol(p, "/*+"))
        return;
    base_map *map = p->plan != NULL ? sql_new_map(p) : NULL;
    while (p->status == RASK_OK && !sql_accept_symbol(p, "*/")) {
        const char *name = sql_expect_name(p);
        bool is_options = is_table && strcasecmp(name, "OPTIONS") == 0;
        int32_t first = p->at + 1;
        const char *text = "";
        if (sql_accept_symbol(p, "(")) {
            if (!sql_is_symbol(p, ")"))
                do
                    hint_argument(p, is_options ? map : NULL);
                while (sql_accept_symbol(p, ","));
            text = sql_source(p, first);
            sql_expect_symbol(p, ")");
        }
        if (!is_table && map != NULL)
            sql_map_put(map, name, text);
        sql_accept_symbol(p, ",");
    }
    *hints = map;
}
