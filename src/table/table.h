/* Inside of the Table API: the structs behind the opaque types of rask.h.
 *
 * An environment owns configuration and catalog.  A table is a bound plan; an expression is an
 * unresolved tree in an arena of its own; both are immutable.  Operations make a new plan whose
 * nodes refer to the old one's, so a chain of ten selects shares everything. */
#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H

#include <rask/rask.h>

#include "exec/exec.h"
#include "plan/plan_bind.h"
#include "sql/sql.h"

struct rask_environment {
    plan_config *config;
    plan_catalog *catalog;
    const base_world *world;
    plan **inserts; /* 1.9: bound SINKs waiting for rask_environment_execute */
    int32_t insert_count;
    int32_t refs;
};

struct rask_table {
    rask_environment *env;
    plan *plan;
    char **type_texts; /* by column, made on demand */
    base_arena *texts;
    int32_t refs;
};

struct rask_grouped_table {
    rask_table *table;
    plan *plan; /* holds the keys */
    expr_node **keys;
    int32_t key_count;
    int32_t refs;
};

struct rask_expression {
    base_arena *arena;
    expr_node *node;
    base_list children; /* rask_expression references whose nodes this one uses */
    rask_udf_handle *udf;
    int32_t refs;
};

struct rask_descriptor {
    plan_table *table;
    base_list expressions; /* rask_expression references in computed columns and watermarks */
    int32_t refs;
};

struct rask_statement_set {
    rask_environment *env;
    plan **inserts;
    int32_t insert_count;
    int32_t refs;
};

struct rask_strings {
    base_arena *arena;
    base_list items; /* char * */
    int32_t refs;
};

/* ---- backends -------------------------------------------------------------------------------- */
/* Where a job runs.  `local` is the engine of this process; others speak to a server. */
typedef struct table_backend {
    const char *name;
    /* Starts a job for a bound root (SINK, STATEMENT_SET, COLLECT) in plan `p`. */
    rask_status (*submit)(rask_environment *env, plan *p, plan_node *root, const char *job_name,
                          rask_job **out, rask_error *err);
} table_backend;

typedef struct table_job_class {
    const char *(*status)(rask_job *job);
    rask_status (*wait)(rask_job *job, int64_t timeout_ms, bool *done, rask_error *err);
    void (*cancel)(rask_job *job);
    /* Rows of a COLLECT root. */
    rask_status (*next)(rask_job *job, int64_t timeout_ms, data_batch **out, connect_poll *poll,
                        rask_error *err);
    void (*stop_results)(rask_job *job);
    void (*free)(rask_job *job);
} table_job_class;

struct rask_job {
    const table_job_class *job_class;
    char *id, *name;
    bool has_results;
    bool told; /* somebody was given its failure */
    rask_job *kept_next;
    void *handle;
    int32_t refs;
};

/* Keeps a job that was started until it has ended (job_api.c). */
void table_job_keep(rask_job *job);

extern const table_backend table_backend_local;
const table_backend *table_backend_of(const rask_environment *env);

/* ---- results --------------------------------------------------------------------------------- */
typedef enum table_print_style {
    TABLE_PRINT_RAW,     /* cells alone: OK, EXPLAIN, INSERT */
    TABLE_PRINT_BY_TYPE, /* queries: widths from types */
    TABLE_PRINT_BY_ROWS  /* SHOW, DESCRIBE: widths from contents; nulls blank */
} table_print_style;

/* A query's or insert's result; takes the job. */
rask_result *table_result_of_job(rask_environment *env, rask_job *job, const data_schema *schema,
                                 bool is_query);
/* Rows at hand: `cells` is row-major text, NULL = null; all columns are STRING unless types say
 * else
 * ("BOOLEAN" with TRUE / FALSE texts). */
rask_result *table_result_of_texts(const char *const *names, const char *const *types,
                                   int32_t column_count, const char *const *cells,
                                   int32_t row_count, rask_result_kind kind,
                                   table_print_style style);
rask_result *table_result_ok(void);

/* ---- shared pieces --------------------------------------------------------------------------- */
rask_strings *table_strings_new(void);
void table_strings_add(rask_strings *strings, const char *text);
/* The table over a bound node; takes the reference to `p`, whose root becomes `node`. */
rask_table *table_new(rask_environment *env, plan *p_take, plan_node *node);
/* Copies an API expression into `p`. */
expr_node *table_expression(plan *p, const rask_expression *expression);
/* "`my cat`.db.t" into parts. */
rask_status table_parse_path(base_arena *arena, const char *path, const char ***parts,
                             int32_t *count, rask_error *err);
rask_status table_find(rask_environment *env, const char *path, plan_table **out, rask_error *err);
/* Types of computed columns; `table` is not shared yet. */
rask_status table_resolve_columns(rask_environment *env, plan_table *table, rask_error *err);
/* Runs a bound SINK / STATEMENT_SET plan: takes `p`. */
rask_status table_run_insert(rask_environment *env, plan *p_take, plan_node *root,
                             rask_result **out, rask_error *err);
rask_status table_run_query(rask_environment *env, plan *p, plan_node *query, rask_result **out,
                            rask_error *err);
/* Binds an insert of `query` (bound) into the table at `path` / an anonymous one; new plan. */
rask_status table_bind_insert(rask_environment *env, plan *query_plan, plan_node *query,
                              plan_table *table_take, const plan_insert *insert, bool from_sql,
                              plan **out, rask_error *err);
rask_status table_explain_plan(rask_environment *env, plan *p, plan_node *const *roots,
                               int32_t root_count, rask_strings **out, rask_error *err);
/* The bound plan of one INSERT statement. */
rask_status table_bind_insert_sql(rask_environment *env, const char *sql, plan **out,
                                  rask_error *err);
/* One job out of several insert plans. */
rask_status table_run_inserts(rask_environment *env, plan *const *inserts, int32_t count,
                              rask_result **out, rask_error *err);

#endif
