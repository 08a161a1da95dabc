/* Connectors move bytes and positions: sources hand out batches, sinks take them.
 *
 * Source: `plan` (once per job, on the coordinator) lists the splits; each task opens one reader
 * per split it is given and polls it.  A split is a small text, so that it can be stored in a
 * snapshot and handed to any task.  The order of splits is the order a single task reads them in.
 *
 * Sink: one writer per task.  On a checkpoint barrier (and at the end) `prepare` closes what is
 * pending and returns a committable text; the coordinator stores it with the checkpoint and then
 * calls `commit`; on restore every stored committable goes to `recover_commit`, which is
 * idempotent, then orphans are aborted.  Nothing a reader of the target could see appears before
 * commit.
 *
 * One const connect_class per connector, listed in connect.list. */
#ifndef CONNECT_CONNECT_H
#define CONNECT_CONNECT_H

#include "format/format.h"

enum { CONNECT_ABI_VERSION = 1 };

/* What a source or sink is told; borrowed, outlives it. */
typedef struct connect_config {
    const func_context *context; /* world, zone, pool */
    base_pool *pool;
    const plan_config *config; /* the job's configuration */
    const plan_table *table;   /* options, legacy flag, partition keys, inline data */
    const data_schema *schema; /* SOURCE: the table's physical columns; SINK: the rows written */
    const int32_t *projection; /* SOURCE: columns to produce, in output order */
    int32_t projection_count;
    const expr_node *filter;      /* SOURCE: over the projected columns; a hint */
    int64_t limit;                /* SOURCE: rows wanted at most, -1 = all; a hint */
    int64_t block_bytes;          /* SOURCE: bytes to read at once, 0 = as it likes; a hint */
    int32_t subtask, parallelism; /* SINK and readers */
    const char *job_id;           /* 32 hex digits */
    bool is_overwrite;
    const char *const *static_partition_names; /* SINK */
    const char *const *static_partition_values;
    int32_t static_partition_count;
} connect_config;

typedef enum connect_poll { CONNECT_ROWS, CONNECT_IDLE, CONNECT_END } connect_poll;

typedef struct connect_reader connect_reader;
typedef struct connect_writer connect_writer;

typedef struct connect_class {
    uint32_t size, abi_version;
    const char *name;                  /* the value of 'connector' */
    const char *doc;                   /* includes the delivery guarantee */
    const plan_option *options;        /* without format options; ended by key NULL; doc starts with
                                          "required" where so */
    const plan_option *legacy_options; /* more of them in a 1.9 descriptor table; NULL = none */
    bool is_source, is_sink;
    bool sink_takes_updates;         /* -U/+U/-D without a format's help (print, blackhole) */
    bool sink_ignores_update_before; /* no -U needs to reach it (blackhole), so none is made */
    bool uses_format;
    bool can_be_sampled; /* reading some rows beforehand costs little and changes nothing */

    /* Options complete and valid, format exists, schema fits (ValidationException as Flink's). */
    rask_status (*check)(const connect_config *config, bool as_sink, rask_error *err);

    /* ---- source ---- */
    /* Splits for about `parallelism` tasks; texts in `arena`.  A missing input is an error here. */
    rask_status (*plan)(const connect_config *config, int32_t parallelism, base_arena *arena,
                        const char ***splits, int32_t *count, rask_error *err);
    int64_t (*estimate_rows)(const connect_config *config); /* -1 = unknown; NULL = never */
    /* What is known of the rows and the projected columns without reading them (footers); lives in
     * `arena`.  NULL = nothing ever; else what is not known says so. */
    rask_status (*statistics)(const connect_config *config, base_arena *arena,
                              format_statistics *out, rask_error *err);
    /* `resume_at`: what `position` gave, or NULL. */
    rask_status (*open_reader)(const connect_config *config, const char *split,
                               const char *resume_at, connect_reader **out, rask_error *err);
    /* CONNECT_ROWS with a batch of at most rows_max rows (reference handed over), CONNECT_IDLE when
     * nothing is there now (never holds a partial batch back), CONNECT_END after the last row. */
    rask_status (*poll)(connect_reader *reader, int32_t rows_max, data_batch **out,
                        connect_poll *state, rask_error *err);
    void (*position)(const connect_reader *reader, base_strbuf *out);
    void (*close_reader)(connect_reader *reader);

    /* ---- sink ---- */
    /* Once per job before any writer, on the coordinator: e.g. the target must not exist (1.9). */
    rask_status (*begin)(const connect_config *config, rask_error *err);
    rask_status (*open_writer)(const connect_config *config, connect_writer **out, rask_error *err);
    rask_status (*write)(connect_writer *writer, data_batch *batch, rask_error *err);
    /* Appends the committable (may be empty = nothing to commit). */
    rask_status (*prepare)(connect_writer *writer, bool is_end, base_strbuf *committable,
                           rask_error *err);
    void (*close_writer)(
        connect_writer *writer); /* after prepare(end), or to give up: then pending files go */
    /* All committables of one checkpoint, on the coordinator.  `is_end`: the job is complete. */
    rask_status (*commit)(const connect_config *config, const char *const *committables,
                          int32_t count, bool is_end, rask_error *err);
    rask_status (*recover_commit)(const connect_config *config, const char *const *committables,
                                  int32_t count, rask_error *err);
    /* Removes everything pending of this job (failure, cancel, orphans after restore). */
    void (*abort)(const connect_config *config);
} connect_class;

const connect_class *connect_find(const char *name); /* NULL = unknown */
const connect_class *const *connect_all(int32_t *count);
/* The table's connector with its options checked: unknown connector and unknown option are
 * ValidationExceptions that list what is there, in Flink's words. */
rask_status connect_resolve(const connect_config *config, bool as_sink, const connect_class **out,
                            rask_error *err);
/* Whether the table's sink takes changes other than +I (connector, or its format). */
bool connect_sink_takes_updates(const plan_table *table);

/* Rows for the caller (collect): a bounded queue between the sink's task and the reader. */
typedef struct connect_results connect_results;
connect_results *connect_results_new(base_pool *pool, int64_t bytes_max);
connect_results *connect_results_ref(connect_results *results);
void connect_results_unref(connect_results *results);
/* Sink side.  *full = true: nothing was taken, call again once room_cb was called. */
void connect_results_put(connect_results *results, data_batch *batch, bool *full);
void connect_results_on_room(connect_results *results, void (*room)(void *context), void *context);
void connect_results_end(connect_results *results, const rask_error *failure); /* NULL = complete */
/* Reader side: waits at most timeout_ms.  CONNECT_ROWS / CONNECT_IDLE (timeout) / CONNECT_END; the
 * job's failure is returned. */
rask_status connect_results_next(connect_results *results, int64_t timeout_ms, data_batch **out,
                                 connect_poll *state, rask_error *err);
void connect_results_cancel(connect_results *results); /* the reader wants no more */
bool connect_results_is_cancelled(const connect_results *results);

#endif
