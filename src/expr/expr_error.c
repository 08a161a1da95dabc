/* Errors at a place of the SQL text, in the form Flink's validator gives them. */
#include <stdarg.h>
#include <stdio.h>

#include "expr/bind.h"

expr_place expr_path_place(const expr_node *node, int32_t first, int32_t last) {
    if (node->name_places == NULL || first > last || last >= node->name_count)
        return node->place;
    const expr_place *from = &node->name_places[first], *to = &node->name_places[last];
    return (expr_place){from->line, from->column, to->end_line, to->end_column};
}

static void put_in_front(bool from_sql, expr_place place, rask_error *err) {
    if (err == NULL || !from_sql || place.line == 0)
        return;
    if (place.line == place.end_line && place.column == place.end_column)
        rask_error_prefix(err, "SQL validation failed. At line %d, column %d: ", place.line,
                          place.column);
    else
        rask_error_prefix(err,
                          "SQL validation failed. From line %d, column %d to line %d, column %d: ",
                          place.line, place.column, place.end_line, place.end_column);
    err->line = place.line;
    err->column = place.column;
}

rask_status expr_error_at(bool from_sql, expr_place place, rask_error *err, const char *format,
                          ...) {
    char message[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    rask_status status = rask_error_set(err, RASK_ERROR_VALIDATION, "%s", message);
    put_in_front(from_sql, place, err);
    return status;
}

void expr_error_place(bool from_sql, expr_place place, rask_error *err) {
    if (err != NULL && err->line == 0)
        put_in_front(from_sql, place, err);
}
