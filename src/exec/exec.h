/* The runtime: a physical graph of stages becomes tasks; a task is a chain of operators run by one
 * thread at a time, so operators hold no locks.  Batch is a stream that ends: one operator
 * contract.
 *
 * Between tasks flow four things in one ordered, bounded queue: batch, watermark, barrier, end.  A
 * full queue is back-pressure.  Besides, each task has one control mailbox (trigger barrier,
 * checkpoint complete / aborted, splits, pause, input no longer wanted, timer due, cancel), read
 * only between batches and recorded by the seeded driver.
 *
 * Batch stages are morsel-driven inside this model: the P tasks of a stage pull splits from one
 * shared queue; a chain may end in a *blocking* operator with three steps: `batch` per task into
 * private radix-partitioned state, `combine` one partition per task, `publish`, after which the
 * result is read-only, shared, and read by the splits of a later stage.
 *
 * An operator reaches the world only through its exec_context. */
#ifndef EXEC_EXEC_H
#define EXEC_EXEC_H

#include "connect/connect.h"
#include "expr/program.h"
#include "plan/plan.h"
#include "state/state.h"

/* ---- operators ------------------------------------------------------------------------------- */
typedef struct exec_op exec_op;
typedef struct exec_op_spec exec_op_spec;
typedef struct exec_context exec_context;

enum {                     /* exec_op_class.flags */
       EXEC_KEYED = 1,     /* wants its input hash-partitioned by its keys */
       EXEC_STATEFUL = 2,  /* has snapshot / restore */
       EXEC_BLOCKING = 4,  /* batch -> combine -> publish -> read */
       EXEC_USER_CODE = 8, /* runs on the job's user-function thread; ends its chain */
       EXEC_TIMERS = 16,
       EXEC_SINGLE = 32 /* correct on one task only: its input is gathered */
};

typedef struct exec_op_class {
    uint32_t size;
    const char *name; /* "GroupAggregate": as Flink's explain names it */
    uint32_t flags;
    int64_t instance_bytes; /* of the struct that starts with exec_op */
    int64_t shared_bytes;   /* BLOCKING: of the struct all tasks of the stage share */
    rask_status (*open)(exec_op *op, rask_error *err);
    rask_status (*batch)(exec_op *op, int32_t input, data_batch *batch,
                         rask_error *err); /* borrows */
    rask_status (*watermark)(exec_op *op, int64_t watermark_ms,
                             rask_error *err); /* NULL = pass on */
    rask_status (*timer)(exec_op *op, int64_t due_ms, rask_error *err);
    /* TIMERS: whether the selected rows [start, end) may register a timer due by watermark_ms, so
     * that the batch must be cut there; NULL = they may. */
    bool (*may_register)(const exec_op *op, const data_batch *batch, int32_t start, int32_t end,
                         int64_t watermark_ms);
    /* An input ended; called once per input.  Rows may still be emitted (Top-N in streaming). */
    rask_status (*end)(exec_op *op, int32_t input, rask_error *err);
    /* Goes on where `batch`, `end` or an earlier `more` stopped with op->has_more set.  *waits:
     * only other tasks of the stage can help (they wake this one). */
    rask_status (*more)(exec_op *op, bool *waits, rask_error *err);
    rask_status (*snapshot)(exec_op *op, state_writer *writer, rask_error *err);
    rask_status (*restore)(exec_op *op, state_reader *reader, rask_error *err);
    /* Gives back about bytes_wanted by writing to io.tmp.dirs; NULL = cannot. */
    rask_status (*spill)(exec_op *op, int64_t bytes_wanted, rask_error *err);
    int64_t (*memory_used)(const exec_op *op);
    void (*close)(exec_op *op); /* also after failures; must cope with a half-open instance */
    /* ---- BLOCKING: `shared` is op->shared ---- */
    int32_t (*partitions)(void *shared); /* how many `combine` calls; after all `end` */
    rask_status (*combine)(exec_op *op, int32_t partition, rask_error *err);
    rask_status (*publish)(exec_op *op, rask_error *err); /* once, after all combines */
    int32_t (*result_splits)(void *shared);
    /* Rows of split `split` after *cursor (0 at first); *out NULL at its end. */
    rask_status (*read)(void *shared, const exec_context *context, int32_t split, int64_t *cursor,
                        int32_t rows_max, data_batch **out, rask_error *err);
    void (*free_shared)(void *shared);
    /* Once per stage, before any task opens: `shared` is zeroed. */
    rask_status (*init_shared)(void *shared, const exec_op_spec *spec, const exec_context *context,
                               rask_error *err);
    /* ---- KEYED ---- the input columns rows are distributed by; *count 0 = all rows to one task */
    const int32_t *(*keys)(const exec_op_spec *spec, int32_t *count);
} exec_op_class;

/* Read-only description of one operator in a chain, made by lowering; lives in the graph's arena.
 */
struct exec_op_spec {
    const exec_op_class *op_class;
    const void *params;              /* the operator's own struct (declared in exec/ops.h) */
    const data_schema *input_schema; /* of input 0 */
    const data_schema *schema;       /* output */
    const char *uid;                 /* stable digest of its logical role, for snapshots */
    const char
        *description; /* "GroupAggregate(groupBy=[word], select=[word, COUNT(*) AS EXPR$1])" */
    /* A stage whose published result the operator reads (a join its build side): tasks of the
     * operator's stage start when it is there.  NULL = none. */
    const struct exec_stage *reads;
};

struct exec_context {
    func_context function; /* clock, zone, pool, scratch */
    const plan_config *config;
    const char *job_id;
    int32_t subtask, parallelism, max_parallelism;
    int32_t rows_max; /* rask.batch.rows-max */
    bool streaming;
    base_pool *pool; /* the task's */
    /* The morsel (split) the current batch comes from, numbered in planned order over all sources:
     * what must not depend on thread timing reduces per morsel and merges in this order. */
    int64_t morsel;
};

struct exec_op { /* first member of every operator instance */
    const exec_op_spec *spec;
    const exec_context *context;
    void *shared;    /* BLOCKING */
    void *published; /* `shared` of the stage that spec->reads; set before open */
    struct exec_task *task;
    exec_op *next;
    int32_t index;        /* in the chain */
    int64_t watermark_ms; /* last watermark this operator saw */
    bool has_more;        /* rows are left over: no input comes until `more` has emitted them */
};

/* Hands a batch (reference taken over) to the next operator or the task's outputs.  An empty batch
 * is dropped.  Never blocks: outputs that are full are noticed by the task after the call. */
rask_status exec_emit(exec_op *op, data_batch *batch, rask_error *err);
rask_status exec_emit_watermark(exec_op *op, int64_t watermark_ms, rask_error *err);
rask_status exec_register_timer(exec_op *op, int64_t due_ms, rask_error *err); /* event time */
/* For operators that make many batches of one: whether another may be emitted now.  Else (an
 * operator behind has rows left over, outputs are full, the job stops) set has_more and return. */
bool exec_may_emit(const exec_op *op);
/* Whether every task of the stage has reached the end of this operator's input; the last one to
 * get there wakes the others. */
bool exec_all_ended(const exec_op *op);
/* Rows that come from no split count as morsel `number` of the operator: after those of splits. */
void exec_set_morsel(exec_op *op, int64_t number);
/* This operator needs no more input (LIMIT reached): upstream tasks are told to finish early. */
void exec_input_done(exec_op *op);

/* ---- the physical graph ---------------------------------------------------------------------- */
typedef enum exec_edge_kind {
    EXEC_EDGE_FORWARD,
    EXEC_EDGE_HASH,
    EXEC_EDGE_BROADCAST,
    EXEC_EDGE_REBALANCE,
    EXEC_EDGE_GATHER
} exec_edge_kind;

typedef struct exec_edge {
    struct exec_stage *from, *to;
    exec_edge_kind kind;
    int32_t to_input;           /* input number of the first operator of `to` */
    const int32_t *key_columns; /* HASH */
    int32_t key_count;
} exec_edge;

typedef enum exec_source_kind {
    EXEC_FROM_EDGES,
    EXEC_FROM_CONNECTOR,
    EXEC_FROM_RESULT
} exec_source_kind;

typedef struct exec_stage {
    int32_t id;
    int32_t parallelism;
    exec_source_kind source;
    const connect_class *connector;  /* FROM_CONNECTOR */
    connect_config connector_config; /* FROM_CONNECTOR: context, pool, subtask, job are filled by
                                        the runtime */
    const char *source_uid;
    struct exec_stage *result_of; /* FROM_RESULT: the stage whose last operator is BLOCKING */
    exec_op_spec **ops;
    int32_t op_count;
    base_list outputs; /* exec_edge *; empty where the last operator is a sink or BLOCKING */
    base_list inputs;  /* exec_edge * */
    const data_schema *schema; /* what flows out of the source, before ops */
    const char *description;
} exec_stage;

typedef struct exec_graph {
    base_arena *arena;
    plan *plan;          /* referenced: types, expressions, tables */
    exec_stage **stages; /* in topological order */
    int32_t stage_count;
    bool streaming;
    int32_t max_parallelism;
    connect_results *results; /* where a COLLECT root delivers; NULL without */
} exec_graph;

exec_graph *exec_graph_new(plan *p, bool streaming);
exec_stage *exec_graph_add_stage(exec_graph *graph, int32_t parallelism);
exec_edge *exec_graph_add_edge(exec_graph *graph, exec_stage *from, exec_stage *to,
                               exec_edge_kind kind, int32_t to_input, const int32_t *key_columns,
                               int32_t key_count);
exec_op_spec *exec_stage_add_op(exec_graph *graph, exec_stage *stage, const exec_op_class *op_class,
                                const void *params, const data_schema *schema, const char *uid,
                                const char *description);
void exec_graph_free(exec_graph *graph); /* NULL is fine */
const exec_op_class *exec_op_find(const char *name);

/* ---- jobs ------------------------------------------------------------------------------------ */
typedef enum exec_job_state { /* Flink's JobStatus */
                              EXEC_JOB_CREATED,
                              EXEC_JOB_RUNNING,
                              EXEC_JOB_CANCELLING,
                              EXEC_JOB_FINISHED,
                              EXEC_JOB_CANCELED,
                              EXEC_JOB_FAILED
} exec_job_state;

typedef struct exec_job exec_job;
/* Takes the graph over, also when it fails, and starts it: a pool of worker threads (parallelism,
 * at most the number of processors + 1), one user-function thread when the graph has EXEC_USER_CODE
 * stages; or, with rask.driver.seed set, everything on one thread in an order the seed chooses: a
 * thread of the job's own, or, with rask.driver.manual, the callers of exec_job_wait and
 * exec_job_step.  `restore_from` is a checkpoint directory or NULL. */
rask_status exec_job_start(exec_graph *graph, const plan_config *config, const base_world *world,
                           const char *name, const char *restore_from, exec_job **out,
                           rask_error *err);
exec_job *exec_job_ref(exec_job *job);
void exec_job_unref(exec_job *job); /* the last one cancels a running job and joins its threads */
const char *exec_job_id(const exec_job *job); /* 32 hex digits */
const char *exec_job_name(const exec_job *job);
exec_job_state exec_job_state_now(const exec_job *job);
/* Waits at most timeout_ms (-1 = for ever); *done tells whether it ended; its failure is returned.
 */
rask_status exec_job_wait(exec_job *job, int64_t timeout_ms, bool *done, rask_error *err);
void exec_job_cancel(exec_job *job);
/* Takes a checkpoint and waits for it; `path` gets its directory (base_free it). */
rask_status exec_job_checkpoint(exec_job *job, char **path, rask_error *err);
connect_results *exec_job_results(exec_job *job); /* borrowed; NULL without COLLECT */
/* With rask.driver.seed and rask.driver.manual: one turn of one task on the calling thread. */
rask_status exec_job_step(exec_job *job, bool *done, rask_error *err);
/* What the seeded driver did, a line per turn and mail (base_free it); the same seed and input give
 * the same text.  NULL without a driver. */
char *exec_job_trace(exec_job *job);

/* Metrics of a task, Flink's names (numRecordsIn, numRecordsOut, ...). */
typedef struct exec_metrics {
    int64_t records_in, records_out, bytes_in, bytes_out, busy_ms, back_pressured_ms, watermark_ms,
        late_dropped, state_bytes;
} exec_metrics;
rask_status exec_job_metrics(const exec_job *job, int32_t stage, int32_t subtask,
                             exec_metrics *out);

#endif
