/* The inside of the runtime, shared by the files of exec/ that are not operators.
 *
 *   exec_job        what the caller holds: threads, state, results, metrics, the coordinator
 *   exec_attempt    one execution of the job's graph: tasks and channels (a restart makes another)
 *   exec_task       a chain of operators of one stage and subtask
 *   exec_channel    the bounded queue between two tasks
 *   exec_unit       what the scheduler runs: a task, or the coordinator
 *
 * Who may touch what: a task's fields belong to the thread that runs its turn; other threads leave
 * it mail, put items into its channels and wake it.  What several tasks share (split queues, the
 * counters of a blocking stage, checkpoints) is guarded by the job's mutex. */
#ifndef EXEC_RUNTIME_H
#define EXEC_RUNTIME_H

#include "base/thread.h"
#include "exec/ops.h"

/* ---- scheduler.c: threads and turns ---------------------------------------------------------- */
typedef struct exec_scheduler exec_scheduler;
typedef struct exec_unit exec_unit;

typedef enum exec_turn {
    EXEC_TURN_AGAIN, /* more to do: to the end of the ready queue */
    EXEC_TURN_WAIT,  /* until exec_wake (one that came during the turn counts) or the set time */
    EXEC_TURN_DONE   /* never again; `finished` is called last */
} exec_turn;

struct exec_unit {
    exec_turn (*run)(exec_unit *unit);
    void (*finished)(exec_unit *unit); /* the unit may be freed by another thread after it */
    exec_scheduler *scheduler;
    char name[24];
    bool on_user_thread;
    int32_t state;      /* atomic; see scheduler.c */
    int64_t wake_at_ns; /* INT64_MAX = not sleeping; guarded by the scheduler's lock */
    exec_unit *next_ready, *next_sleeper;
};

typedef struct exec_scheduler_options {
    const base_world *world;
    int32_t workers;
    bool has_user_thread;
    bool is_seeded, is_manual; /* one thread in an order that `seed` chooses; none of its own */
    uint64_t seed;
    /* Nothing runs and nothing is ready, though tasks may wait for each other. */
    void (*on_idle)(void *context);
    void *context;
} exec_scheduler_options;

exec_scheduler *exec_scheduler_new(const exec_scheduler_options *options);
/* Starts the threads.  What was woken before is ready then, so that a seed always begins alike. */
rask_status exec_scheduler_start(exec_scheduler *scheduler, rask_error *err);
/* Lets running turns end, then joins the threads. */
void exec_scheduler_stop(
    exec_scheduler *scheduler); /* joins the threads; units may still be woken */
void exec_scheduler_free(exec_scheduler *scheduler);
void exec_unit_init(exec_unit *unit, exec_scheduler *scheduler, bool on_user_thread,
                    const char *name, exec_turn (*run)(exec_unit *), void (*finished)(exec_unit *));
void exec_wake(exec_unit *unit);
/* Within a turn that ends in EXEC_TURN_WAIT: wake me by then. */
void exec_wake_after(exec_unit *unit, int64_t duration_ms);
/* Manual driver: one turn; false when nothing is ready before timeout_ms. */
bool exec_scheduler_step(exec_scheduler *scheduler, int64_t timeout_ms);
bool exec_scheduler_is_seeded(const exec_scheduler *scheduler);
void exec_trace(exec_scheduler *scheduler, const char *format, ...) RASK_PRINTF(2, 3);
char *exec_scheduler_trace(exec_scheduler *scheduler);

/* ---- channel.c ------------------------------------------------------------------------------- */
typedef enum exec_item_kind {
    EXEC_ITEM_BATCH,
    EXEC_ITEM_WATERMARK,
    EXEC_ITEM_BARRIER,
    EXEC_ITEM_END
} exec_item_kind;

typedef struct exec_item {
    exec_item_kind kind;
    data_batch *batch; /* BATCH: a reference */
    int64_t number;    /* BATCH: its morsel; WATERMARK: ms; BARRIER: checkpoint id */
} exec_item;

typedef struct exec_channel {
    base_mutex mutex;
    exec_item *ring;
    int32_t head, ring_size;
    int32_t count; /* atomic: items queued */
    int64_t rows, bytes;
    int64_t rows_max, bytes_max;
    bool producer_waits, is_closed;
    exec_unit *producer, *consumer;
    void (*on_closed)(struct exec_channel *channel); /* called by the consumer that closes it */
    /* The consumer's own notes. */
    int64_t watermark_ms; /* last watermark */
    int64_t barrier;      /* id of the checkpoint this channel waits in; 0 = none */
    bool has_ended;
} exec_channel;

void exec_channel_init(exec_channel *channel, exec_unit *producer, exec_unit *consumer,
                       int64_t rows_max, int64_t bytes_max);
void exec_channel_destroy(exec_channel *channel);
/* Never blocks and never refuses: whoever fills it beyond its credit stops at the next
 * exec_channel_is_full.  Takes the batch's reference. */
void exec_channel_put(exec_channel *channel, exec_item item);
bool exec_channel_take(exec_channel *channel, exec_item *out);
bool exec_channel_has_items(const exec_channel *channel);
/* Whether the producer must wait; then it will be woken when half the credit is back. */
bool exec_channel_is_full(exec_channel *channel);
/* The consumer wants no more: what is queued and what comes is dropped. */
void exec_channel_close(exec_channel *channel);
bool exec_channel_is_closed(exec_channel *channel);
/* Doubles the credit of a channel whose producer waits; its size before in *bytes. */
bool exec_channel_wants_credit(exec_channel *channel, int64_t *rows);
void exec_channel_grow(exec_channel *channel);

/* ---- tasks ----------------------------------------------------------------------------------- */
typedef struct exec_attempt exec_attempt;
typedef struct exec_task exec_task;

typedef enum exec_mail_kind {
    EXEC_MAIL_BARRIER,     /* sources: take checkpoint `number` now */
    EXEC_MAIL_COMPLETE,    /* checkpoint `number` is complete */
    EXEC_MAIL_OUTPUT_DONE, /* a consumer closed its channel */
    EXEC_MAIL_SPILL,       /* give back about `number` bytes */
    EXEC_MAIL_RESUME       /* something the task waited for has changed */
} exec_mail_kind;

typedef struct exec_mail {
    exec_mail_kind kind;
    int64_t number;
} exec_mail;

typedef struct exec_mailbox {
    base_mutex mutex;
    exec_mail *mails;
    int32_t count, capacity; /* count is atomic for peeking */
} exec_mailbox;

/* A split of a source, as it stands in the shared queue of its stage. */
typedef struct exec_split {
    char *text;
    char *resume_at; /* NULL = from its start */
} exec_split;

/* What the P tasks of a stage share; guarded by the job's mutex unless noted. */
typedef struct exec_stage_run {
    const exec_stage *stage;
    exec_attempt *attempt;
    exec_task **tasks;
    int32_t parallelism;
    exec_split *splits; /* FROM_CONNECTOR */
    int32_t split_count;
    int32_t next_split;  /* atomic: the queue's head; FROM_RESULT counts result splits */
    int32_t morsel_base; /* of split 0 */
    void *shared;        /* BLOCKING */
    int32_t *op_ended;   /* atomic, by operator: tasks in which its input has ended */
    int32_t ended_count;
    int32_t partition_count; /* -1 until all tasks have ended */
    int32_t next_partition;  /* atomic */
    int32_t combined_count;
    bool is_published; /* atomic */
} exec_stage_run;

typedef struct exec_reader { /* a split being read */
    int32_t split;
    connect_reader *reader;
    bool is_idle;
} exec_reader;

typedef struct exec_input { /* one channel, with the input of the first operator it feeds */
    exec_channel *channel;
    const exec_edge *edge;
} exec_input;

typedef struct exec_output {
    const exec_edge *edge;
    exec_channel **channels;
    int32_t count;
    int64_t next;             /* REBALANCE */
    uint16_t *owner_of_group; /* HASH: key group -> channel */
} exec_output;

typedef struct exec_timers { /* due times of one operator: a heap, duplicates allowed */
    int64_t *due;
    int32_t count, capacity;
} exec_timers;

/* What a task hands to the coordinator at a barrier or at its end. */
typedef struct exec_committable {
    int32_t op_index;
    char *text;
} exec_committable;

typedef struct exec_split_note { /* how far a source task is with a split it has touched */
    int32_t split;
    char *position; /* NULL = read to its end */
} exec_split_note;

typedef struct exec_ack {
    bool is_barrier;      /* taken at a barrier, not at the task's end */
    bool has_file;        /* the operators' sections are in the task's file of the checkpoint */
    uint64_t checksum;    /* of that file */
    state_writer *writer; /* sections in memory (what a finished task left); NULL = none */
    rask_error *failure;  /* the snapshot could not be written; NULL = it was */
    exec_committable *committables;
    int32_t committable_count;
    exec_split_note *notes;
    int32_t note_count;
} exec_ack;
void exec_ack_free(exec_ack *ack); /* the contents */

typedef enum exec_phase {
    EXEC_PHASE_NEW,
    EXEC_PHASE_RUNNING,
    EXEC_PHASE_ENDING,
    EXEC_PHASE_COMBINING,
    EXEC_PHASE_PUBLISHING,
    EXEC_PHASE_FLUSHING,
    EXEC_PHASE_DONE
} exec_phase;

struct exec_task {
    exec_unit unit; /* first */
    exec_attempt *attempt;
    exec_stage_run *run;
    const exec_stage *stage;
    int32_t subtask;
    int32_t number; /* in the attempt */
    exec_phase phase;
    bool has_finished;       /* job's mutex */
    int64_t last_checkpoint; /* id of the last barrier that passed */
    base_pool *pool;
    base_arena *scratch;
    exec_context context;
    exec_op **ops;
    exec_timers *timers; /* one per operator */
    int32_t op_count;
    int32_t open_count; /* operators on which `open` was called */
    int32_t done_from;  /* the operator that called exec_input_done; -1 = none */
    int32_t ending;     /* ENDING: the next operator to be told */
    exec_op *failed_op; /* where the error in flight began */
    exec_mailbox mailbox;

    exec_input *inputs; /* FROM_EDGES: all channels of all edges */
    int32_t input_count;
    int32_t current; /* input or reader whose turn it is */
    int64_t quantum_used;
    int64_t watermark_ms; /* min over the inputs */
    int32_t live_inputs;

    connect_config source_config; /* FROM_CONNECTOR; the readers point to it */
    exec_reader *readers;
    int32_t reader_count;
    bool splits_taken; /* the queue is empty */
    int32_t *done_splits;
    int32_t done_split_count;
    int32_t result_split; /* FROM_RESULT: -1 = none */
    int64_t result_cursor;
    int64_t rows_seen; /* for the ramp */
    int32_t ramp;      /* rows of the next batch */

    exec_output *outputs;
    int32_t output_count;
    base_buffer *partition_scratch;
    data_batch **deliveries; /* Collect: batches the results had no room for */
    int32_t delivery_head, delivery_count, delivery_capacity;
    bool waits_for_results; /* atomic: the results are full; their reader wakes us */

    exec_ack *ack;  /* being filled: committables go here */
    exec_ack final; /* committables of `end` */
    int64_t start_ns, waiting_since_ns;
    exec_metrics counts;     /* this thread's */
    exec_metrics metrics;    /* published after each turn (atomic fields) */
    int64_t spillable_bytes; /* atomic; what `spill` could give back */
    int64_t stuck_bytes;     /* what the last spill has left */
};

/* task.c */
rask_status exec_task_new(exec_attempt *attempt, exec_stage_run *run, int32_t subtask,
                          exec_task **out, rask_error *err);
/* Drops everything at once: cancel, failure, kill. */
void exec_task_abandon(exec_task *task);
void exec_task_free(exec_task *task);
void exec_task_mail(exec_task *task, exec_mail_kind kind, int64_t number);
/* Snapshots the chain, sends the barrier on and tells the coordinator. */
rask_status exec_task_barrier(exec_task *task, int64_t checkpoint, rask_error *err);
/* A committable of a sink operator, at a barrier or at the end. */
void exec_task_add_committable(exec_task *task, int32_t op_index, const char *text);
/* The connector's configuration for this task. */
void exec_task_fill_config(const exec_task *task, connect_config *config);

/* chain.c: between the operators of a task */
rask_status exec_chain_batch(exec_op *op, int32_t input, data_batch *batch,
                             rask_error *err); /* borrows */
rask_status exec_chain_watermark(exec_op *op, int64_t watermark_ms, rask_error *err);
rask_status exec_chain_end(exec_op *op, int32_t input, rask_error *err);
/* Lets the last operator that has rows left over go on; *op NULL = there is none. */
rask_status exec_chain_more(exec_task *task, exec_op **op, bool *waits, rask_error *err);
/* The input of operator `index` has ended in this task. */
void exec_chain_note_end(exec_task *task, int32_t index);

/* task_input.c, task_source.c: one step of reading */
typedef enum exec_step { EXEC_STEP_PROGRESS, EXEC_STEP_NOTHING, EXEC_STEP_ENDED } exec_step;
rask_status exec_task_read_edges(exec_task *task, exec_step *step, rask_error *err);
rask_status exec_task_read_source(exec_task *task, exec_step *step, rask_error *err);
rask_status exec_task_read_result(exec_task *task, exec_step *step, rask_error *err);
void exec_task_close_inputs(exec_task *task);
/* Rows of the next batch: one for the first 64 rows, then doubling up to rows_max. */
int32_t exec_ramp_rows(int32_t ramp, int64_t rows_seen);
void exec_task_count_rows(exec_task *task, int64_t rows);
rask_status exec_task_feed(exec_task *task, int32_t input, data_batch *batch,
                           rask_error *err); /* takes */
void exec_task_note_splits(exec_task *task, exec_ack *ack);

/* task_output.c */
rask_status exec_task_send(exec_task *task, data_batch *batch, rask_error *err); /* takes */
void exec_task_send_item(exec_task *task, exec_item_kind kind, int64_t number);
/* False: an output is full; the task will be woken. */
bool exec_task_has_room(exec_task *task);
void exec_task_deliver(exec_task *task, data_batch *batch); /* takes; to the job's results */
bool exec_task_is_flushed(const exec_task *task);
/* All consumers have closed their channels (a task without outputs is never unwanted). */
bool exec_task_is_unwanted(exec_task *task);

/* partition.c: the targets of a hash edge.  targets[t] gets a batch with the rows of channel t (a
 * selection over the same columns, hashes carried along) or NULL. */
rask_status exec_partition(const exec_output *output, const exec_context *context,
                           base_buffer **scratch, data_batch *batch, data_batch **targets,
                           rask_error *err);

/* blocking.c: combine and publish at the end of a blocking stage */
/* Whether all results that the task's operators read are published; then they have them. */
bool exec_task_has_results(exec_task *task);
rask_status exec_blocking_start(exec_task *task, rask_error *err); /* this task has ended */
rask_status exec_blocking_step(exec_task *task, bool *done, bool *progress, rask_error *err);

/* ---- attempt.c ------------------------------------------------------------------------------- */
struct exec_attempt {
    struct exec_job *job;
    exec_graph *graph;    /* rescaled where the job was restarted */
    exec_stage_run *runs; /* one per stage, in the graph's order */
    exec_task **tasks;
    int32_t task_count;
    exec_channel *channels;
    int32_t channel_count, channel_room;
    base_pool *pool;        /* the job's */
    state_reader *restored; /* NULL = a fresh start */
    bool is_strict;         /* parallelism 1: inputs are read in an order the data decides */
    int32_t live_count;     /* tasks that have not finished (job's mutex) */
    int32_t unopened_count; /* tasks that still need `restored` (job's mutex) */
    bool stop;              /* atomic: tasks close at their next turn */
    bool any_idle_source;   /* atomic */
    int64_t source_rows;    /* atomic; restart test */
    int64_t hold_at;        /* atomic: sources stop reading there; INT64_MAX = never */
};

/* Builds tasks and channels; splits are planned, or taken from the snapshot.  Takes `graph` (unless
 * it is the job's own) in any case and `restored` on success. */
rask_status exec_attempt_new(struct exec_job *job, exec_graph *graph, state_reader *restored,
                             exec_attempt **out, rask_error *err);
void exec_attempt_opened(exec_attempt *attempt); /* a task has opened and restored its operators */
void exec_attempt_stop(exec_attempt *attempt);
void exec_attempt_wake_all(exec_attempt *attempt);
void exec_attempt_free(exec_attempt *attempt); /* all tasks have finished, or never started */
/* Lets the smallest full queue grow when the tasks wait for each other in a circle. */
void exec_attempt_unlock(exec_attempt *attempt);
/* A task's failure: the first one becomes the job's. */
void exec_attempt_fail(exec_attempt *attempt, const exec_task *task, const rask_error *err);
/* Little of the budget is left; and the task at which `spill` helps most, NULL = at none. */
bool exec_attempt_is_short(const exec_attempt *attempt);
exec_task *exec_attempt_largest(exec_attempt *attempt);

/* exec_graph.c: an operator of another graph that outlives this one */
void exec_stage_share_op(exec_graph *graph, exec_stage *stage, exec_op_spec *spec);
/* rescale.c: the same graph for another parallelism (the restart test).  Specs are shared. */
exec_graph *exec_graph_rescale(const exec_graph *graph, int32_t parallelism);

/* ---- checkpoints: coordinator.c, checkpoint_files.c ------------------------------------------ */
typedef struct exec_sink { /* a Sink operator of the graph, as the coordinator sees it */
    const exec_op_spec *spec;
    const connect_class *connector;
    connect_config config;
    char **texts; /* prepared, not yet committed */
    int32_t text_count;
} exec_sink;

typedef struct exec_checkpoint { /* guarded by the job's mutex while `waiting` > 0 */
    int64_t id;
    bool is_test;
    int64_t manual_upto; /* requests of exec_job_checkpoint it answers; 0 = none */
    char *directory;     /* NULL: only the sinks commit, nothing is stored */
    exec_ack *acks;      /* by task number; of finished tasks their `final` counts */
    bool *is_acked;
    int32_t waiting;
} exec_checkpoint;

/* What restoring needs besides the operators' sections. */
typedef struct exec_snapshot_info {
    char *job_id;
    int64_t id;
    int32_t max_parallelism;
} exec_snapshot_info;

/* Ends the checkpoint's directory, in which the tasks have written their files: the manifest is
 * renamed into place last. */
rask_status exec_checkpoint_write(struct exec_job *job, const exec_checkpoint *checkpoint,
                                  rask_error *err);
rask_status exec_checkpoint_read(const base_world *world, const char *directory, state_reader **out,
                                 exec_snapshot_info *info, rask_error *err);
void exec_snapshot_info_free(exec_snapshot_info *info);
/* The splits that were not read to their end, for the source `uid`; *found = false: unknown uid. */
rask_status exec_checkpoint_splits(state_reader *reader, const char *uid, exec_split **splits,
                                   int32_t *count, bool *found, rask_error *err);
/* What the sink `uid` had prepared; base_free each and the array. */
rask_status exec_checkpoint_committables(state_reader *reader, const char *uid, char ***texts,
                                         int32_t *count, rask_error *err);
/* Every uid of the snapshot must be in the graph. */
rask_status exec_checkpoint_check(const state_reader *reader, const exec_graph *graph,
                                  rask_error *err);

typedef enum exec_restart_phase {                      /* of the restart test */
                                  EXEC_RESTART_NEVER,  /* not wanted, or over */
                                  EXEC_RESTART_BEFORE, /* until the sources have read restart_rows
                                                        */
                                  EXEC_RESTART_CHECKPOINT, /* they are held, the checkpoint is on
                                                              its way */
                                  EXEC_RESTART_AFTER,      /* some more rows */
                                  EXEC_RESTART_KILL /* all tasks are dropped, then another attempt
                                                       begins */
} exec_restart_phase;

exec_turn exec_coordinator_run(exec_unit *unit);
void exec_coordinator_ack(exec_task *task, int64_t checkpoint,
                          exec_ack *ack); /* takes what `ack` holds */
void exec_coordinator_finished(exec_task *task);
/* Where a task writes its part of a checkpoint (base_free it); NULL: nothing is stored. */
char *exec_coordinator_snapshot_path(exec_task *task, int64_t checkpoint);
/* Commits what a snapshot's sinks had prepared, then drops what they had begun. */
rask_status exec_recover_sinks(struct exec_job *job, state_reader *reader,
                               const exec_snapshot_info *info, rask_error *err);

/* ---- exec_job.c ------------------------------------------------------------------------------ */
typedef struct exec_held { /* a result of the restart test that waits for the commit of its epoch */
    data_batch *batch;
    int64_t epoch; /* the last checkpoint before it */
} exec_held;

struct exec_job {
    exec_unit coordinator; /* first */
    base_mutex mutex;
    base_cond changed; /* state, checkpoints */
    int32_t refs;
    char id[33];
    char *name;
    const base_world *world;
    const plan_config *config;
    exec_graph *graph;     /* as given */
    exec_attempt *attempt; /* changed under the mutex only; NULL while restarting */
    exec_scheduler *scheduler;
    base_pool *pool;
    connect_results *results;
    exec_sink *sinks;
    int32_t sink_count;
    int32_t rows_max;
    int32_t max_parallelism;
    func_context function; /* of the coordinator; tasks copy it */
    base_arena *scratch;

    exec_job_state state;
    rask_error failure; /* code RASK_OK = none yet */
    bool cancel_wanted;
    bool has_begun; /* the sinks' `begin` */

    exec_checkpoint *checkpoint; /* in flight; NULL = none */
    int64_t next_checkpoint;
    int64_t interval_ms; /* 0 = none */
    int64_t next_trigger_ns;
    char *checkpoint_base; /* directory of this job's checkpoints; NULL = none configured */
    bool keeps_when_failed, keeps_when_cancelled; /* externalized retention */
    char *kept_path;                    /* the newest automatic one, which the next one replaces */
    int64_t manual_wanted, manual_done; /* requests of exec_job_checkpoint */
    char *manual_path;
    rask_error manual_error;

    exec_restart_phase restart;
    int64_t restart_rows;
    int32_t restart_parallelism;
    bool holds_results; /* restart test: rows are shown when their epoch is committed */
    exec_held *held;
    int32_t held_count, held_capacity;
    int64_t committed_epoch; /* rows of epochs before it may be shown */
};

static inline bool exec_job_holds_results(const exec_job *job) {
    return job->holds_results;
}
void exec_job_hold(exec_job *job, data_batch *batch, int64_t epoch); /* takes */
/* Shows what is committed; false: the results are full. */
bool exec_job_show_held(exec_job *job);
void exec_job_drop_held(exec_job *job); /* what is not committed */
void exec_job_set_state(exec_job *job, exec_job_state state);

/* The value of an option as its kind says; `fallback` where it is neither set nor has a default. */
int64_t exec_option(const plan_config *config, const char *key, plan_option_kind kind,
                    int64_t fallback);

#endif
