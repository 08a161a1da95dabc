/* Errors at a place of the SQL text, in the form Flink's validator gives them. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "expr/bind.h"

typedef struct text_range {
    int32_t line, column, end_line, end_column;
} text_range;

static text_range range_of(const expr_node *node) {
    text_range r = {node->line, node->text_column, node->end_line, node->end_column};
    if (r.line > 0 && r.end_line == 0) {
        /* A parser that notes only where names begin. */
        r.end_line = r.line;
        r.end_column = r.column;
        if (node->kind == EXPR_NAME) {
            for (int32_t i = 0; i < node->name_count; i++)
                r.end_column += (int32_t)strlen(node->names[i]) + (i > 0);
            r.end_column--;
        }
    }
    return r;
}

/* The place of one part of a path that is written without quotes and blanks. */
static text_range range_of_part(const expr_node *node, int32_t part) {
    text_range r = range_of(node);
    if (r.line == 0 || node->name_count <= 1)
        return r;
    for (int32_t i = 0; i < part; i++)
        r.column += (int32_t)strlen(node->names[i]) + 1;
    r.end_line = r.line;
    r.end_column = r.column + (int32_t)strlen(node->names[part]) - 1;
    return r;
}

static void place(bool from_sql, text_range r, rask_error *err) {
    if (err == NULL || !from_sql || r.line == 0)
        return;
    if (r.line == r.end_line && r.column == r.end_column)
        rask_error_prefix(err, "SQL validation failed. At line %d, column %d: ", r.line, r.column);
    else
        rask_error_prefix(
            err, "SQL validation failed. From line %d, column %d to line %d, column %d: ", r.line,
            r.column, r.end_line, r.end_column);
    err->line = r.line;
    err->column = r.column;
}

static rask_status fail_at(bool from_sql, text_range r, rask_error *err, const char *format,
                           va_list args) {
    char message[1024];
    vsnprintf(message, sizeof message, format, args);
    rask_status status = rask_error_set(err, RASK_ERROR_VALIDATION, "%s", message);
    place(from_sql, r, err);
    return status;
}

rask_status expr_error_at(bool from_sql, const expr_node *node, rask_error *err, const char *format,
                          ...) {
    va_list args;
    va_start(args, format);
    rask_status status = fail_at(from_sql, range_of(node), err, format, args);
    va_end(args);
    return status;
}

rask_status expr_error_at_part(bool from_sql, const expr_node *node, int32_t part, rask_error *err,
                               const char *format, ...) {
    va_list args;
    va_start(args, format);
    rask_status status = fail_at(from_sql, range_of_part(node, part), err, format, args);
    va_end(args);
    return status;
}

void expr_error_place(bool from_sql, const expr_node *node, rask_error *err) {
    /* The innermost place stays. */
    if (err != NULL && err->line == 0)
        place(from_sql, range_of(node), err);
}
