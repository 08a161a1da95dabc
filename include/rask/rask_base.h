/* What every public header of Rask shares: export macro, status codes, the error struct and the
 * Arrow C Data / C Stream structs (same layout and guards as the Arrow specification, so that they
 * mix with any other copy of it).
 *
 * Errors: a function that can fail returns a rask_status and fills the rask_error passed last
 * (which may be NULL).  Results go to out-pointers, written only on success. */
#ifndef RASK_BASE_H
#define RASK_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RASK_API __attribute__((visibility("default")))
#define RASK_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))

/* Each code stands for one of Flink's exception classes; rask_status_class_name() gives its simple
 * name, which the Python package raises. */
typedef enum rask_status {
    RASK_OK = 0,
    RASK_ERROR_VALIDATION, /* ValidationException: unknown name, wrong type, bad option */
    RASK_ERROR_TABLE,      /* TableException: a valid program that cannot be planned or run */
    RASK_ERROR_SQL_PARSER, /* SqlParserException */
    RASK_ERROR_EXPRESSION_PARSER,   /* ExpressionParserException: 1.9 string expressions */
    RASK_ERROR_CATALOG,             /* CatalogException */
    RASK_ERROR_TABLE_NOT_EXIST,     /* TableNotExistException */
    RASK_ERROR_TABLE_ALREADY_EXIST, /* TableAlreadyExistException */
    RASK_ERROR_DATABASE_NOT_EXIST,  /* DatabaseNotExistException */
    RASK_ERROR_ILLEGAL_ARGUMENT,    /* IllegalArgumentException */
    RASK_ERROR_ILLEGAL_STATE,       /* IllegalStateException */
    RASK_ERROR_UNSUPPORTED,         /* UnsupportedOperationException: known, not built yet */
    RASK_ERROR_IO,                  /* IOException: names the file */
    RASK_ERROR_RUNTIME,   /* FlinkRuntimeException: a row, a user function, a job failed */
    RASK_ERROR_MEMORY,    /* OutOfMemoryError: the job's memory budget is used up */
    RASK_ERROR_CANCELLED, /* JobCancellationException */
    RASK_ERROR_INTERNAL,  /* a bug in Rask */
    RASK_STATUS_COUNT
} rask_status;

/* Filled by the call that failed.  `line`/`column` are 1-based places in the SQL or expression
 * text (0 = none); `row` is the 0-based row of a batch or the 1-based line of a file (-1 = none).
 */
typedef struct rask_error {
    rask_status code;
    int32_t line;
    int32_t column;
    int64_t row;
    char hint[256];     /* what to try, e.g. the nearest known name; "" = none */
    char message[7912]; /* what was found and what was expected; no trailing newline */
} rask_error;

/* "ValidationException" for RASK_ERROR_VALIDATION, ...; never NULL.  Any thread.  Since 0.1. */
RASK_API const char *rask_status_class_name(rask_status status);

/* ---- Arrow C Data and C Stream interface (https://arrow.apache.org/docs/format/CDataInterface) */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE
#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4
struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};
struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};
#endif
#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE
struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};
#endif

#ifdef __cplusplus
}
#endif
#endif
