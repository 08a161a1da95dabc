/* Binding: unresolved expression -> bound expression against a scope. */
#ifndef EXPR_BIND_H
#define EXPR_BIND_H

#include "expr/udf.h"

enum {
    EXPR_SCOPE_KEY = -2 /* expr_scope_column.input: stands for group key `column` by its alias */
};

/* What a column may be qualified with: an alias (one part) or the path of a table (catalog,
 * database, name), of which the last parts are enough.  The columns of one table share one. */
typedef struct expr_qualifier {
    const char *const *parts;
    int32_t count;
} expr_qualifier;

/* A column that names can refer to. */
typedef struct expr_scope_column {
    const expr_qualifier *qualifier; /* NULL = none */
    const char *name;
    const data_type *type;
    int32_t input, column; /* what the bound EXPR_INPUT says */
    bool needs_qualifier; /* hidden behind the merged column of JOIN ... USING: only q.name finds it
                           */
} expr_scope_column;

struct expr_binding; /* binding.h */
typedef struct expr_binder expr_binder;
struct expr_binder {
    base_arena *arena;
    const expr_scope_column *columns;
    int32_t column_count;
    bool case_sensitive_names; /* true: Flink's identifiers are case sensitive */
    /* Non-NULL: aggregate calls are allowed; each is bound (arguments against `columns`), added
     * here once (expr_equal) and replaced by EXPR_INPUT column aggregate_base + index. */
    base_list *aggregates;
    int32_t aggregate_base;
    bool allows_over; /* calls with OVER may stand here: they are bound and left in place */
    bool grouped;     /* there is a GROUP BY: results of aggregates keep NOT NULL */
    /* Non-NULL with `aggregates`: bound group keys; an expression equal to key k becomes
     * EXPR_INPUT column k, and a bare column that is not under a key or an aggregate is an error.
     */
    expr_node *const *group_keys;
    int32_t group_key_count;
    uint64_t
        absent_keys; /* grouping sets: the keys that some set lacks, so that they may be NULL */
    /* User functions by name; may be NULL.  Borrowed result. */
    rask_udf_handle *(*find_udf)(void *context, const char *name);
    /* Binds a subquery inside an expression: writes a bound copy with its type; may be NULL (then
     * refused).  Names that its query does not know are asked of `around`: expr_bind_outer. */
    rask_status (*bind_subquery)(void *context, struct expr_binding *around,
                                 const expr_node *subquery, expr_node **out, rask_error *err);
    /* Looks a name up around the query that the columns belong to: *out = NULL where nothing has
     * it; may be NULL. */
    rask_status (*find_outer)(void *context, const expr_node *name, expr_node **out,
                              rask_error *err);
    void *context;
    /* "SQL" errors carry line and column; API errors do not. */
    bool from_sql;
    /* Where the expression stands, for "Aggregate expression is illegal in WHERE clause"; may be
     * NULL. */
    const char *clause;
};

/* Whether `parts` (in front of a column or a star) mean this qualifier; case matters unless
 * `any_case`. */
bool expr_qualifier_matches(const expr_qualifier *qualifier, const char *const *parts,
                            int32_t count, bool any_case);
/* "a.b.c" */
const char *expr_dotted(base_arena *arena, const char *const *parts, int32_t count);

/* Errors: ValidationException with place and nearest name. */
rask_status expr_bind(expr_binder *binder, const expr_node *node, expr_node **out, rask_error *err);
/* Puts an implicit cast around `node` where its type differs from `type`; the error says which
 * types do not fit. */
rask_status expr_bind_cast(expr_binder *binder, expr_node *node, const data_type *type,
                           expr_node **out, rask_error *err);
/* Type of a string or number literal as the SQL parser makes it lives in sql/; the API's in table/.
 */

/* A CALL by name of an aggregate function (before binding), not one under OVER. */
bool expr_is_aggregate_call(const expr_node *node);
/* The first aggregate call in an unresolved expression, or NULL; not the one under OVER. */
const expr_node *expr_find_aggregate(const expr_node *node);
/* The first call with OVER in an expression, or NULL. */
const expr_node *expr_find_over(const expr_node *node);

/* A failure at a place: Flink's "SQL validation failed. From line 1, column 8 to line 1, column 10:
 * message" where it came from SQL, else the message alone. */
rask_status expr_error_at(bool from_sql, expr_place place, rask_error *err, const char *format, ...)
    RASK_PRINTF(4, 5);
/* The same around the message that stands in `err` already; keeps its code and hint.  An error that
 * has a place keeps it: the innermost one counts. */
void expr_error_place(bool from_sql, expr_place place, rask_error *err);
/* From part `first` to part `last` of a path; the whole node where the parts' places are unknown.
 */
expr_place expr_path_place(const expr_node *node, int32_t first, int32_t last);

#endif
