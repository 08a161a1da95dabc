/* rask_error: filling it, adding to it; the classes that the status codes stand for; the nearest
 * known name.  Everything here is cold: messages are formatted into a local copy first, so that a
 * caller may quote the message that it replaces. */
#include "base/error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const char *const class_names[RASK_STATUS_COUNT] = {
    [RASK_OK] = "OK",
    [RASK_ERROR_VALIDATION] = "ValidationException",
    [RASK_ERROR_TABLE] = "TableException",
    [RASK_ERROR_SQL_PARSER] = "SqlParserException",
    [RASK_ERROR_EXPRESSION_PARSER] = "ExpressionParserException",
    [RASK_ERROR_CATALOG] = "CatalogException",
    [RASK_ERROR_TABLE_NOT_EXIST] = "TableNotExistException",
    [RASK_ERROR_TABLE_ALREADY_EXIST] = "TableAlreadyExistException",
    [RASK_ERROR_DATABASE_NOT_EXIST] = "DatabaseNotExistException",
    [RASK_ERROR_ILLEGAL_ARGUMENT] = "IllegalArgumentException",
    [RASK_ERROR_ILLEGAL_STATE] = "IllegalStateException",
    [RASK_ERROR_UNSUPPORTED] = "UnsupportedOperationException",
    [RASK_ERROR_IO] = "IOException",
    [RASK_ERROR_RUNTIME] = "FlinkRuntimeException",
    [RASK_ERROR_MEMORY] = "OutOfMemoryError",
    [RASK_ERROR_CANCELLED] = "JobCancellationException",
    [RASK_ERROR_INTERNAL] = "FlinkRuntimeException",
};

const char *rask_status_class_name(rask_status status) {
    bool known = status >= RASK_OK && status < RASK_STATUS_COUNT;
    return known ? class_names[status] : "FlinkRuntimeException";
}

void base_assert_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "rask: broken invariant: %s (%s:%d)\n", condition, file, line);
    abort();
}

static rask_status set(rask_error *err, rask_status code, int32_t line, int32_t column,
                       const char *format, va_list args) {
    char message[sizeof err->message];
    if (err == NULL)
        return code;
    vsnprintf(message, sizeof message, format, args);
    rask_error_clear(err);
    err->code = code;
    err->line = line;
    err->column = column;
    memcpy(err->message, message, strlen(message) + 1);
    return code;
}

rask_status rask_error_set(rask_error *err, rask_status code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    set(err, code, 0, 0, format, args);
    va_end(args);
    return code;
}

rask_status rask_error_set_at(rask_error *err, rask_status code, int32_t line, int32_t column,
                              const char *format, ...) {
    va_list args;
    va_start(args, format);
    set(err, code, line, column, format, args);
    va_end(args);
    return code;
}

void rask_error_prefix(rask_error *err, const char *format, ...) {
    char prefix[sizeof err->message], message[sizeof err->message];
    va_list args;
    if (err == NULL)
        return;
    va_start(args, format);
    vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);
    memcpy(message, err->message, sizeof message);
    message[sizeof message - 1] = '\0';
    size_t length = strlen(prefix);
    memcpy(err->message, prefix, length + 1);
    strncat(err->message, message, sizeof err->message - length - 1);
}

void rask_error_hint(rask_error *err, const char *format, ...) {
    va_list args;
    if (err == NULL)
        return;
    va_start(args, format);
    vsnprintf(err->hint, sizeof err->hint, format, args);
    va_end(args);
}

void rask_error_clear(rask_error *err) {
    if (err == NULL)
        return;
    err->code = RASK_OK;
    err->line = err->column = 0;
    err->row = -1;
    err->hint[0] = err->message[0] = '\0';
}

/* Levenshtein distance, case-insensitive, by rows of the matrix; `row` has length_b + 1 cells. */
static int64_t edit_distance(const char *a, int64_t length_a, const char *b, int64_t length_b,
                             int64_t *row) {
    for (int64_t j = 0; j <= length_b; j++)
        row[j] = j;
    for (int64_t i = 1; i <= length_a; i++) {
        int64_t diagonal = row[0];
        row[0] = i;
        for (int64_t j = 1; j <= length_b; j++) {
            bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            int64_t best = diagonal + !same;
            diagonal = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
        }
    }
    return row[length_b];
}

enum { NEAREST_NAME_LENGTH_MAX = 127 };

const char *base_nearest_name(const char *name, const char *const *candidates, int64_t count) {
    int64_t row[NEAREST_NAME_LENGTH_MAX + 1];
    int64_t length = (int64_t)strlen(name);
    int64_t distance_max = length / 3 > 0 ? length / 3 : length > 1;
    const char *nearest = NULL;
    for (int64_t i = 0; i < count; i++) {
        int64_t candidate_length = (int64_t)strlen(candidates[i]);
        if (candidate_length > NEAREST_NAME_LENGTH_MAX ||
            llabs(candidate_length - length) > distance_max)
            continue;
        int64_t distance = edit_distance(name, length, candidates[i], candidate_length, row);
        if (distance > distance_max)
            continue;
        nearest = candidates[i];
        if (distance == 0)
            break;
        distance_max = distance - 1; /* from here on only better ones count */
    }
    return nearest;
}
