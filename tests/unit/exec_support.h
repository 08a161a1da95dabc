/* Jobs for tests of the runtime: a source of rows in memory cut into splits, a transactional sink,
 * graphs built by hand, and the outcome as text. */
#ifndef TESTS_UNIT_EXEC_SUPPORT_H
#define TESTS_UNIT_EXEC_SUPPORT_H

#include "exec/ops.h"
#include "support.h"

/* Rows of a source.  `kinds` has a row kind per row as "+", "u" (-U), "U" (+U), "-"; NULL = all +I.
 */
typedef struct test_rows {
    data_schema *schema;
    data_batch *batch;
    plan_table *table;
    base_arena *arena;
    int32_t rows_per_split; /* 0 = one split */
    int32_t idle_every;     /* polls that find nothing: every n-th; 0 = none */
    int32_t fail_at_row;    /* reading it fails; -1 = never */
    bool unbounded;         /* idle for ever after the last row */
    int32_t delay_us;       /* per poll */
    int32_t gate;           /* atomic: rows from this one on are not there yet; 0 = all are */
    /* Inner watermarks: after which row of all. */
    const data_inner_watermark *marks;
    int32_t mark_count;
} test_rows;

/* `types` and `columns` as test_column takes them, ended by NULL: "BIGINT", "1|2", "STRING", "a|b".
 */
test_rows *test_rows_new(const char *kinds, const char *type, const char *items, ...);
/* `count` rows of (key STRING "k<i % keys>", value BIGINT i). */
test_rows *test_rows_numbers(int32_t count, int32_t keys);
void test_rows_free(test_rows *rows);

/* A sink whose rows show at commit, like those of a file sink. */
typedef struct test_sink test_sink;
test_sink *test_sink_new(void);
void test_sink_free(test_sink *sink);
const char *test_sink_text(test_sink *sink); /* committed rows, "+I 1,a|..." */
int32_t test_sink_begun(const test_sink *sink);
int32_t test_sink_aborted(const test_sink *sink);
int32_t test_sink_commits(const test_sink *sink); /* calls that brought rows */
void test_sink_fail_commit(test_sink *sink);      /* the next one */

/* ---- graphs ---------------------------------------------------------------------------------- */
exec_graph *test_graph(bool streaming);
exec_stage *test_source(exec_graph *graph, test_rows *rows, int32_t parallelism);
exec_stage *test_after(exec_graph *graph, exec_stage *from, exec_edge_kind kind,
                       int32_t parallelism, const int32_t *keys, int32_t key_count);
exec_stage *test_result_of(exec_graph *graph, exec_stage *blocking, int32_t parallelism);
/* Adds an operator; the uid is made of its name and place. */
void test_op(exec_graph *graph, exec_stage *stage, const char *name, const void *params,
             const data_schema *schema);
/* "a BIGINT, b STRING" */
data_schema *test_schema(exec_graph *graph, const char *columns);
/* An aggregate over input columns; `arg` -1 = none. */
exec_aggregate test_aggregate(exec_graph *graph, const data_schema *input, const char *name,
                              int32_t arg, bool grouped);
void test_collect(exec_graph *graph, exec_stage *stage);
/* What passes an operator of one task, as text: "(1 2 w100 3) w200 end", a batch in parentheses
 * with its first column and its inner watermarks, "-D 1" for kinds other than +I. */
typedef struct test_log {
    base_strbuf texts[8]; /* by subtask */
    int32_t batches[8], rows_max[8];
} test_log;
test_log *test_log_new(void);
void test_log_free(test_log *log);
/* Adds an operator that writes the log and passes everything on. */
void test_probe(exec_graph *graph, exec_stage *stage, test_log *log);
void test_into(exec_graph *graph, exec_stage *stage, test_sink *sink);
const data_schema *test_output(const exec_stage *stage);

/* ---- runs ------------------------------------------------------------------------------------ */
/* Sets options "key=value" ended by NULL. */
plan_config *test_config(const char *first, ...);
/* Runs the graph to its end; the collected rows as text (test_drop), or the failure. */
rask_status test_run(exec_graph *graph, const plan_config *config, char **out, rask_error *err);
rask_status test_run_in(const base_world *world, exec_graph *graph, const plan_config *config,
                        char **out, rask_error *err);
char *test_run_ok(exec_graph *graph, const plan_config *config);
/* The multiset that a changelog leaves, sorted: "1,a|2,b". */
char *test_fold(const char *changelog);
/* The rows of a text sorted. */
char *test_sorted(const char *rows);
void test_drop(char *text);

#endif
