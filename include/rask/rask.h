/* Rask: Apache Flink Table programs, run inside the process.  The stable C API.
 *
 *     rask_environment *env;  rask_table *words, *counts;  rask_result *result;  rask_error err;
 *     rask_environment_new(true, &env, &err);
 *     rask_environment_sql_query(env, "SELECT * FROM (VALUES ('a'), ('b'), ('a')) AS t (w)",
 * &words, &err);
 *     ... rask_table_group_by / rask_grouped_table_select ...
 *     rask_table_execute(counts, &result, &err);
 *
 * Objects are opaque.  `_new`, and every function with an `out` parameter, hands over a reference
 * that the caller gives back with the type's `_unref`; NULL is fine there.  Texts that come back as
 * `const char *` are borrowed and live as long as the object they came from.  Texts that go in are
 * copied.  Errors: see rask_base.h.
 *
 * Threads: an environment and the tables and expressions made with it are used by one thread at a
 * time; results and jobs may be used from any thread.  Nothing here blocks longer than the
 * `timeout_ms` it is given; everything else returns at once.
 *
 * Since 0.1 for every call. */
#ifndef RASK_H
#define RASK_H

#include <rask/rask_base.h>
#include <rask/rask_udf.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rask_environment rask_environment;     /* TableEnvironment */
typedef struct rask_table rask_table;                 /* Table: a bound plan */
typedef struct rask_grouped_table rask_grouped_table; /* GroupedTable */
typedef struct rask_expression rask_expression;       /* Expression */
typedef struct rask_descriptor rask_descriptor;       /* TableDescriptor: schema and options */
typedef struct rask_statement_set rask_statement_set; /* StatementSet */
typedef struct rask_result rask_result;               /* TableResult */
typedef struct rask_job rask_job;                     /* JobClient */
typedef struct rask_strings rask_strings;             /* a list of texts */

RASK_API const char *rask_version(void);

/* ---- lists of texts -------------------------------------------------------------------------- */
RASK_API int64_t rask_strings_count(const rask_strings *strings);
RASK_API const char *rask_strings_get(const rask_strings *strings, int64_t i);
RASK_API void rask_strings_unref(rask_strings *strings);

/* ---- environment ----------------------------------------------------------------------------- */
/* A session with catalog default_catalog and database default_database.  Options given by
 * `flink run` (environment variable RASK_PROGRAM_OPTIONS, lines of key=value) are set first. */
RASK_API rask_status rask_environment_new(bool streaming, rask_environment **out, rask_error *err);
RASK_API rask_environment *rask_environment_ref(rask_environment *env);
RASK_API void rask_environment_unref(rask_environment *env);
RASK_API rask_status rask_environment_set(rask_environment *env, const char *key, const char *value,
                                          rask_error *err);
/* The value or the default; NULL where neither is. */
RASK_API const char *rask_environment_get(const rask_environment *env, const char *key);
/* Only what was set, without defaults: key, value, key, value, ... */
RASK_API rask_strings *rask_environment_settings(const rask_environment *env);
RASK_API void rask_environment_reset(rask_environment *env, const char *key); /* NULL = all */

/* One SQL statement of any kind; a job it starts runs in the background. */
RASK_API rask_status rask_environment_execute_sql(rask_environment *env, const char *sql,
                                                  int64_t length, rask_result **out,
                                                  rask_error *err);
RASK_API rask_status rask_environment_sql_query(rask_environment *env, const char *sql,
                                                int64_t length, rask_table **out, rask_error *err);
/* EXPLAIN's text for a statement. */
RASK_API rask_status rask_environment_explain_sql(rask_environment *env, const char *sql,
                                                  int64_t length, rask_strings **out,
                                                  rask_error *err);
/* A registered table or view; `path` as in SQL: "t", "db.t", "`my table`". */
RASK_API rask_status rask_environment_from_path(rask_environment *env, const char *path,
                                                rask_table **out, rask_error *err);
/* Rows from an Arrow stream, read to its end now (the stream is released).  `row_type` gives the
 * Flink types and names ("ROW<id BIGINT, name STRING>"), NULL = from the Arrow schema. */
RASK_API rask_status rask_environment_from_arrow(rask_environment *env,
                                                 struct ArrowArrayStream *stream,
                                                 const char *row_type, rask_table **out,
                                                 rask_error *err);
/* VALUES: `rows` are row_count * width expressions, row by row; `row_type` may be NULL. */
RASK_API rask_status rask_environment_from_values(rask_environment *env,
                                                  rask_expression *const *rows, int64_t row_count,
                                                  int32_t width, const char *row_type,
                                                  rask_table **out, rask_error *err);
RASK_API rask_status rask_environment_from_descriptor(rask_environment *env,
                                                      const rask_descriptor *descriptor,
                                                      rask_table **out, rask_error *err);

RASK_API rask_status rask_environment_create_table(rask_environment *env, const char *path,
                                                   const rask_descriptor *descriptor,
                                                   bool temporary, bool ignore_if_exists,
                                                   rask_error *err);
RASK_API rask_status rask_environment_create_view(rask_environment *env, const char *path,
                                                  rask_table *table, bool temporary,
                                                  bool ignore_if_exists, rask_error *err);
/* *dropped may be NULL. */
RASK_API rask_status rask_environment_drop(rask_environment *env, const char *path, bool view,
                                           bool temporary, bool ignore_if_missing, bool *dropped,
                                           rask_error *err);
RASK_API rask_status rask_environment_use_catalog(rask_environment *env, const char *catalog,
                                                  rask_error *err);
RASK_API rask_status rask_environment_use_database(rask_environment *env, const char *database,
                                                   rask_error *err);
RASK_API const char *rask_environment_current_catalog(const rask_environment *env);
RASK_API const char *rask_environment_current_database(const rask_environment *env);
/* `what`: "tables", "views", "temporary tables", "temporary views", "databases", "catalogs",
 * "functions", "user functions", "modules"; `scope` may be NULL. */
RASK_API rask_status rask_environment_list(rask_environment *env, const char *what,
                                           const char *scope, rask_strings **out, rask_error *err);
/* Registers a user function under a name; copies the struct, later calls its `release`. */
RASK_API rask_status rask_environment_create_function(rask_environment *env, const char *name,
                                                      const rask_udf *function,
                                                      bool ignore_if_exists, rask_error *err);
RASK_API bool rask_environment_drop_function(rask_environment *env, const char *name);
/* All tables a 1.9 program put into sinks so far become one job; `name` may be NULL. */
RASK_API rask_status rask_environment_execute(rask_environment *env, const char *name,
                                              rask_result **out, rask_error *err);
RASK_API rask_status rask_environment_explain(rask_environment *env, rask_strings **out,
                                              rask_error *err); /* of those */

/* ---- descriptors ----------------------------------------------------------------------------- */
RASK_API rask_descriptor *rask_descriptor_new(const char *connector); /* NULL = none yet */
RASK_API void rask_descriptor_unref(rask_descriptor *descriptor);
RASK_API rask_status rask_descriptor_column(rask_descriptor *descriptor, const char *name,
                                            const char *type, const char *comment, rask_error *err);
/* Computed column: an expression (API) or SQL text; exactly one is given. */
RASK_API rask_status rask_descriptor_computed_column(rask_descriptor *descriptor, const char *name,
                                                     rask_expression *expression, const char *sql,
                                                     rask_error *err);
RASK_API rask_status rask_descriptor_metadata_column(rask_descriptor *descriptor, const char *name,
                                                     const char *type, const char *key,
                                                     bool is_virtual, rask_error *err);
RASK_API rask_status rask_descriptor_watermark(rask_descriptor *descriptor, const char *column,
                                               rask_expression *expression, const char *sql,
                                               rask_error *err);
RASK_API void rask_descriptor_primary_key(rask_descriptor *descriptor, const char *name,
                                          const char *const *columns, int32_t count);
RASK_API void rask_descriptor_partitioned_by(rask_descriptor *descriptor,
                                             const char *const *columns, int32_t count);
RASK_API void rask_descriptor_option(rask_descriptor *descriptor, const char *key,
                                     const char *value);
RASK_API void rask_descriptor_comment(rask_descriptor *descriptor, const char *comment);
/* A 1.9 descriptor: `connector.*`, `format.*`, `schema.*` properties, translated and with old sink
 * semantics. */
RASK_API rask_status rask_descriptor_from_properties(const char *const *keys,
                                                     const char *const *values, int32_t count,
                                                     rask_descriptor **out, rask_error *err);

/* ---- expressions ----------------------------------------------------------------------------- */
RASK_API rask_expression *rask_expression_ref(rask_expression *expression);
RASK_API void rask_expression_unref(rask_expression *expression);
RASK_API rask_expression *rask_expression_column(const char *name); /* "*" = all columns */
RASK_API rask_status rask_expression_null(const char *type, rask_expression **out, rask_error *err);
RASK_API rask_status rask_expression_i64(
    const char *type, int64_t value, rask_expression **out,
    rask_error *err); /* BOOLEAN, integers, DATE days, TIME ms, TIMESTAMP us, intervals */
RASK_API rask_status rask_expression_f64(const char *type, double value, rask_expression **out,
                                         rask_error *err);
/* Strings and binary as they are; any other type from its SQL text ("1.50", "2020-01-02"). */
RASK_API rask_status rask_expression_text(const char *type, const char *bytes, int64_t length,
                                          rask_expression **out, rask_error *err);
/* A function, aggregate or operator by its SQL name ("UPPER", "+", "COUNT"), or a user function. */
RASK_API rask_status rask_expression_call(const char *name, rask_expression *const *args,
                                          int32_t count, rask_expression **out, rask_error *err);
/* An unregistered user function. */
RASK_API rask_status rask_expression_call_udf(const rask_udf *function,
                                              rask_expression *const *args, int32_t count,
                                              rask_expression **out, rask_error *err);
RASK_API rask_expression *rask_expression_distinct(rask_expression *aggregate);
RASK_API rask_status rask_expression_cast(rask_expression *value, const char *type, bool is_try,
                                          rask_expression **out, rask_error *err);
RASK_API rask_expression *rask_expression_alias(rask_expression *value, const char *const *names,
                                                int32_t count);
RASK_API rask_expression *rask_expression_order(rask_expression *key, bool descending);
RASK_API rask_expression *rask_expression_symbol(const char *name); /* YEAR, BOTH, ... */
/* 1.9 string expressions: a comma-separated list.  out[] gets references (rask_expressions_unref).
 */
RASK_API rask_status rask_expressions_parse(const char *text, rask_expression ***out,
                                            int32_t *count, rask_error *err);
RASK_API void rask_expressions_unref(rask_expression **expressions, int32_t count);
RASK_API rask_status rask_expression_parse_sql(const char *sql, rask_expression **out,
                                               rask_error *err);
RASK_API rask_strings *rask_expression_to_text(const rask_expression *expression); /* one text */

/* ---- tables ---------------------------------------------------------------------------------- */
RASK_API rask_table *rask_table_ref(rask_table *table);
RASK_API void rask_table_unref(rask_table *table);
RASK_API int32_t rask_table_column_count(const rask_table *table);
RASK_API const char *rask_table_column_name(const rask_table *table, int32_t i);
RASK_API const char *rask_table_column_type(const rask_table *table,
                                            int32_t i); /* "BIGINT NOT NULL" */
RASK_API rask_status rask_table_select(rask_table *table, rask_expression *const *exprs,
                                       int32_t count, rask_table **out, rask_error *err);
RASK_API rask_status rask_table_filter(rask_table *table, rask_expression *condition,
                                       rask_table **out, rask_error *err);
RASK_API rask_status rask_table_group_by(rask_table *table, rask_expression *const *keys,
                                         int32_t count, rask_grouped_table **out, rask_error *err);
RASK_API rask_status rask_grouped_table_select(rask_grouped_table *grouped,
                                               rask_expression *const *exprs, int32_t count,
                                               rask_table **out, rask_error *err);
RASK_API void rask_grouped_table_unref(rask_grouped_table *grouped);
RASK_API rask_status rask_table_distinct(rask_table *table, rask_table **out, rask_error *err);
RASK_API rask_status rask_table_order_by(rask_table *table, rask_expression *const *keys,
                                         int32_t count, rask_table **out, rask_error *err);
/* Rows offset .. offset + fetch; fetch -1 = all. */
RASK_API rask_status rask_table_limit(rask_table *table, int64_t offset, int64_t fetch,
                                      rask_table **out, rask_error *err);
/* Renames all columns (Table.alias). */
RASK_API rask_status rask_table_alias(rask_table *table, const char *const *names, int32_t count,
                                      rask_table **out, rask_error *err);
RASK_API rask_status rask_table_add_columns(rask_table *table, rask_expression *const *exprs,
                                            int32_t count, bool replace, rask_table **out,
                                            rask_error *err);
RASK_API rask_status rask_table_rename_columns(rask_table *table, rask_expression *const *exprs,
                                               int32_t count, rask_table **out, rask_error *err);
RASK_API rask_status rask_table_drop_columns(rask_table *table, rask_expression *const *exprs,
                                             int32_t count, rask_table **out, rask_error *err);
/* `operation`: "union", "intersect", "minus". */
RASK_API rask_status rask_table_set_operation(rask_table *left, rask_table *right,
                                              const char *operation, bool all, rask_table **out,
                                              rask_error *err);
/* `type`: "inner", "left", "right", "full", "cross"; condition NULL = none. */
RASK_API rask_status rask_table_join(rask_table *left, rask_table *right, const char *type,
                                     rask_expression *condition, rask_table **out, rask_error *err);
/* A call of a table function for every row.  keeps_input: join_lateral; otherwise flat_map. */
RASK_API rask_status rask_table_flat_map(rask_table *table, rask_expression *call, bool keeps_input,
                                         bool outer, rask_table **out, rask_error *err);
/* Starts a job whose rows come to the caller. */
RASK_API rask_status rask_table_execute(rask_table *table, rask_result **out, rask_error *err);
/* Starts a job that writes into a registered table. */
RASK_API rask_status rask_table_execute_insert(rask_table *table, const char *path, bool overwrite,
                                               rask_result **out, rask_error *err);
/* 1.9: remembers the insert until rask_environment_execute. */
RASK_API rask_status rask_table_insert_into(rask_table *table, const char *path, rask_error *err);
/* Flink's three-part explain text; `details` comma separated: "CHANGELOG_MODE,ESTIMATED_COST". */
RASK_API rask_status rask_table_explain(rask_table *table, const char *details, rask_strings **out,
                                        rask_error *err);

/* ---- statement sets -------------------------------------------------------------------------- */
RASK_API rask_status rask_statement_set_new(rask_environment *env, rask_statement_set **out,
                                            rask_error *err);
RASK_API void rask_statement_set_unref(rask_statement_set *set);
RASK_API rask_status rask_statement_set_add_sql(rask_statement_set *set, const char *sql,
                                                rask_error *err);
RASK_API rask_status rask_statement_set_add_insert(rask_statement_set *set, rask_table *table,
                                                   const char *path,
                                                   const rask_descriptor *descriptor,
                                                   bool overwrite, rask_error *err);
RASK_API rask_status rask_statement_set_execute(rask_statement_set *set, rask_result **out,
                                                rask_error *err);
RASK_API rask_status rask_statement_set_explain(rask_statement_set *set, const char *details,
                                                rask_strings **out, rask_error *err);

/* ---- results --------------------------------------------------------------------------------- */
typedef enum rask_poll { RASK_POLL_ROWS = 0, RASK_POLL_TIMEOUT = 1, RASK_POLL_END = 2 } rask_poll;
typedef enum rask_result_kind {
    RASK_RESULT_SUCCESS = 0,
    RASK_RESULT_SUCCESS_WITH_CONTENT = 1
} rask_result_kind;

RASK_API rask_result *rask_result_ref(rask_result *result);
RASK_API void
rask_result_unref(rask_result *result); /* the last one cancels a query still running */
RASK_API rask_result_kind rask_result_get_kind(const rask_result *result);
RASK_API int32_t rask_result_column_count(const rask_result *result);
RASK_API const char *rask_result_column_name(const rask_result *result, int32_t i);
RASK_API const char *rask_result_column_type(const rask_result *result, int32_t i);
RASK_API rask_status rask_result_arrow_schema(const rask_result *result, struct ArrowSchema *out,
                                              rask_error *err);
/* The next rows as a struct array, and their row kinds as an int8 array (0 +I, 1 -U, 2 +U, 3 -D);
 * kinds->release is NULL where all are +I.  The caller releases both.  The job's failure comes back
 * as the status. */
RASK_API rask_status rask_result_next(rask_result *result, int64_t timeout_ms,
                                      struct ArrowArray *rows, struct ArrowArray *kinds,
                                      rask_poll *poll, rask_error *err);
/* The next piece of the printed tableau (header, rows, footer); *text is valid until the next call.
 */
RASK_API rask_status rask_result_print_next(rask_result *result, int64_t timeout_ms,
                                            const char **text, int64_t *length, rask_poll *poll,
                                            rask_error *err);
/* The next row as its cell texts, for tests and shells: kind and column_count texts. */
RASK_API rask_status rask_result_text_next(rask_result *result, int64_t timeout_ms, int *kind,
                                           const char *const **cells, rask_poll *poll,
                                           rask_error *err);
/* Waits for the job (INSERT), or for the first row or the end (query). */
RASK_API rask_status rask_result_wait(rask_result *result, int64_t timeout_ms, bool *done,
                                      rask_error *err);
RASK_API rask_status rask_result_job(rask_result *result,
                                     rask_job **out); /* *out NULL where there is none */
RASK_API void rask_result_close(rask_result *result); /* no more rows wanted: cancels the query */

/* ---- jobs ------------------------------------------------------------------------------------ */
/* A job goes on when nobody holds it: an INSERT runs to its end, as in Flink; a query ends with its
 * result. */
RASK_API rask_job *rask_job_ref(rask_job *job);
RASK_API void rask_job_unref(rask_job *job);
RASK_API const char *rask_job_id(const rask_job *job); /* 32 hex digits */
RASK_API const char *rask_job_name(const rask_job *job);
RASK_API const char *rask_job_status(const rask_job *job); /* "RUNNING", "FINISHED", ... */
RASK_API rask_status rask_job_wait(rask_job *job, int64_t timeout_ms, bool *done, rask_error *err);
RASK_API void rask_job_cancel(rask_job *job);
/* What a program does before it ends: cancels the queries of this process, and its INSERTs too, or
 * waits for them.  The failure of an INSERT that nobody was told of comes back as the status, one a
 * call; *done is true when none is left. */
RASK_API rask_status rask_jobs_end(bool wait_for_inserts, int64_t timeout_ms, bool *done,
                                   rask_error *err);
RASK_API rask_strings *rask_jobs_running(void); /* names of the INSERTs that still run */

/* ---- plan documents -------------------------------------------------------------------------- */
RASK_API rask_status rask_plan_write(rask_table *table, rask_strings **out, rask_error *err);
RASK_API rask_status rask_plan_read(rask_environment *env, const char *text, int64_t length,
                                    rask_table **out, rask_error *err);

#ifdef __cplusplus
}
#endif
#endif
