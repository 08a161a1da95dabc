/* A job: the public face of the runtime.  Starting one plans the splits, begins the sinks and makes
 * the first attempt on the caller's thread, so that what is wrong with the program is reported at
 * once; from then on the coordinator (coordinator.c) has the lead. */
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "exec/runtime.h"

enum { RESULT_BYTES_MIN = 64 << 10, RESULT_BYTES_MAX = 16 << 20 };

/* ---- options --------------------------------------------------------------------------------- */
int64_t exec_option(const plan_config *config, const char *key, plan_option_kind kind,
                    int64_t fallback) {
    const char *text = plan_config_get(config, key);
    plan_option option = {.key = key, .kind = kind};
    int64_t value;
    double real;
    if (text == NULL || plan_option_parse(&option, text, &value, &real, NULL) != RASK_OK)
        return fallback;
    return value;
}

static int64_t memory_limit(const plan_config *config) {
    int64_t limit = exec_option(config, "taskmanager.memory.managed.size", PLAN_OPTION_MEMORY, 0);
    if (limit > 0)
        return limit;
    int64_t physical = (int64_t)sysconf(_SC_PHYS_PAGES) * (int64_t)sysconf(_SC_PAGE_SIZE);
    return physical / 4 * 3;
}

static void read_options(exec_job *job) {
    const plan_config *config = job->config;
    int64_t rows =
        exec_option(config, "rask.batch.rows-max", PLAN_OPTION_INT, DATA_BATCH_ROWS_DEFAULT);
    job->rows_max = (int32_t)(rows < 1                           ? 1
                              : rows > DATA_BATCH_ROWS_LIMIT / 2 ? DATA_BATCH_ROWS_LIMIT / 2
                                                                 : rows);
    job->interval_ms =
        exec_option(config, "execution.checkpointing.interval", PLAN_OPTION_DURATION, 0);
    if (!job->graph->streaming)
        job->interval_ms = 0;
    const char *base = plan_config_get(config, "execution.checkpointing.dir");
    base = base != NULL ? base : plan_config_get(config, "state.checkpoints.dir");
    if (base != NULL && strncmp(base, "file://", 7) == 0)
        base += 7;
    if (base != NULL)
        job->checkpoint_base = base_printf("%s/%s", base, job->id);
    const char *retention =
        plan_config_get(config, "execution.checkpointing.externalized-checkpoint-retention");
    job->keeps_when_cancelled =
        retention != NULL && strcmp(retention, "RETAIN_ON_CANCELLATION") == 0;
    job->keeps_when_failed =
        job->keeps_when_cancelled ||
        (retention != NULL && strcmp(retention, "DELETE_ON_CANCELLATION") == 0);
    job->restart_rows = exec_option(config, "rask.test.restart-after-rows", PLAN_OPTION_INT, 0);
    job->restart_parallelism =
        (int32_t)exec_option(config, "rask.test.restart-parallelism", PLAN_OPTION_INT, 0);
}

/* ---- sinks ----------------------------------------------------------------------------------- */
static void list_sinks(exec_job *job) {
    for (int32_t i = 0; i < job->graph->stage_count; i++) {
        const exec_stage *stage = job->graph->stages[i];
        for (int32_t k = 0; k < stage->op_count; k++) {
            if (strcmp(stage->ops[k]->op_class->name, "Sink") != 0)
                continue;
            const exec_sink_params *params = stage->ops[k]->params;
            job->sinks =
                base_realloc(job->sinks, (job->sink_count + 1) * (int64_t)sizeof(exec_sink));
            exec_sink *sink = &job->sinks[job->sink_count++];
            *sink = (exec_sink){.spec = stage->ops[k],
                                .connector = params->connector,
                                .config = params->connector_config};
            sink->config.context = &job->function;
            sink->config.pool = job->pool;
            sink->config.config = job->config;
            sink->config.parallelism = stage->parallelism;
            sink->config.job_id = job->id;
        }
    }
}

static rask_status begin_sinks(exec_job *job, rask_error *err) {
    job->has_begun = true;
    for (int32_t i = 0; i < job->sink_count; i++)
        if (job->sinks[i].connector->begin != NULL)
            RASK_TRY(job->sinks[i].connector->begin(&job->sinks[i].config, err));
    return RASK_OK;
}

static void abort_sinks(exec_job *job) {
    for (int32_t i = 0; i < job->sink_count; i++)
        if (job->has_begun && job->sinks[i].connector->abort != NULL)
            job->sinks[i].connector->abort(&job->sinks[i].config);
}

/* ---- start ----------------------------------------------------------------------------------- */
static bool has_op(const exec_graph *graph, const char *name, uint32_t flags) {
    for (int32_t i = 0; i < graph->stage_count; i++)
        for (int32_t k = 0; k < graph->stages[i]->op_count; k++) {
            const exec_op_class *op_class = graph->stages[i]->ops[k]->op_class;
            if ((name != NULL && strcmp(op_class->name, name) == 0) ||
                (op_class->flags & flags) != 0)
                return true;
        }
    return false;
}

static int32_t widest_stage(const exec_graph *graph) {
    int32_t widest = 1;
    for (int32_t i = 0; i < graph->stage_count; i++)
        if (graph->stages[i]->parallelism > widest)
            widest = graph->stages[i]->parallelism;
    return widest;
}

/* No task runs, none is ready: perhaps they wait for each other. */
static void on_idle(void *context) {
    exec_job *job = context;
    base_mutex_lock(&job->mutex);
    if (job->attempt != NULL)
        exec_attempt_unlock(job->attempt);
    base_mutex_unlock(&job->mutex);
}

/* The reader of the results made room, or wants no more. */
static void on_room(void *context) {
    exec_job *job = context;
    base_mutex_lock(&job->mutex);
    for (int32_t i = 0; job->attempt != NULL && i < job->attempt->task_count; i++)
        if (__atomic_load_n(&job->attempt->tasks[i]->waits_for_results, __ATOMIC_SEQ_CST))
            exec_wake(&job->attempt->tasks[i]->unit);
    base_mutex_unlock(&job->mutex);
    exec_wake(&job->coordinator);
}

static void make_scheduler(exec_job *job) {
    int32_t widest = widest_stage(job->graph), processors = base_cpu_count();
    widest = job->restart_parallelism > widest ? job->restart_parallelism : widest;
    exec_scheduler_options options = {
        .world = job->world,
        .workers = widest < processors + 1 ? widest : processors + 1,
        .has_user_thread = has_op(job->graph, NULL, EXEC_USER_CODE),
        .is_seeded = plan_config_get(job->config, "rask.driver.seed") != NULL,
        .is_manual = exec_option(job->config, "rask.driver.manual", PLAN_OPTION_BOOL, 0) != 0,
        .seed = (uint64_t)exec_option(job->config, "rask.driver.seed", PLAN_OPTION_INT, 0),
        .on_idle = on_idle,
        .context = job,
    };
    options.is_manual = options.is_manual && options.is_seeded;
    job->scheduler = exec_scheduler_new(&options);
}

static void coordinator_finished(exec_unit *unit) {
    (void)unit;
}

static exec_job *new_job(exec_graph *graph, const plan_config *config, const base_world *world,
                         const char *name) {
    exec_job *job = BASE_NEW(exec_job);
    base_mutex_init(&job->mutex);
    base_cond_init(&job->changed);
    job->refs = 1;
    job->name = base_strdup(name != NULL ? name : "");
    job->world = world;
    job->config = config;
    job->graph = graph;
    job->next_checkpoint = 1;
    char uuid[37], *to = job->id;
    base_uuid(world, uuid);
    for (const char *from = uuid; *from != '\0'; from++)
        if (*from != '-')
            *to++ = *from;
    job->max_parallelism =
        graph->max_parallelism > 0 ? graph->max_parallelism : STATE_KEY_GROUPS_DEFAULT;
    job->pool = base_pool_new(NULL, "job", "taskmanager.memory.managed.size", memory_limit(config));
    job->scratch = base_arena_new();
    read_options(job);
    job->function = (func_context){
        .world = world, .pool = job->pool, .scratch = job->scratch, .streaming = graph->streaming};
    job->function.query_start_us = world->clock->now_us(world->clock->self);
    const char *legacy = plan_config_get(config, "table.exec.legacy-cast-behaviour");
    job->function.legacy_cast =
        legacy != NULL && (strcasecmp(legacy, "enabled") == 0 || strcasecmp(legacy, "true") == 0);
    return job;
}

static void prepare_restart_test(exec_job *job) {
    if (job->restart_rows <= 0 || !job->graph->streaming)
        return;
    job->restart = EXEC_RESTART_BEFORE;
    job->holds_results = true;
    if (job->restart_parallelism <= 0)
        job->restart_parallelism = widest_stage(job->graph) == 1 ? 2 : 1;
    if (job->checkpoint_base != NULL)
        return;
    const char *directory = plan_config_get(job->config, "io.tmp.dirs");
    int64_t length = directory != NULL ? (int64_t)strcspn(directory, ",:;") : 0;
    job->checkpoint_base =
        length > 0 ? base_printf("%.*s/rask-restart-%s", (int)length, directory, job->id)
                   : base_printf("/tmp/rask-restart-%s", job->id);
}

static rask_status open_snapshot(exec_job *job, const char *directory, state_reader **out,
                                 rask_error *err) {
    exec_snapshot_info info = {0};
    state_reader *reader;
    RASK_TRY(exec_checkpoint_read(job->world, directory, &reader, &info, err));
    rask_status status = RASK_OK;
    if (exec_option(job->config, "execution.state-recovery.ignore-unclaimed-state",
                    PLAN_OPTION_BOOL, 0) == 0)
        status = exec_checkpoint_check(reader, job->graph, err);
    if (status == RASK_OK) {
        job->max_parallelism = info.max_parallelism;
        job->next_checkpoint = info.id + 1;
        job->has_begun = true;
        status = exec_recover_sinks(job, reader, &info, err);
    }
    exec_snapshot_info_free(&info);
    if (status == RASK_OK)
        *out = reader;
    else
        state_reader_free(reader);
    return status;
}

/* Rows that wait for their reader may fill an eighth of the budget. */
static int64_t result_bytes(const base_pool *pool) {
    int64_t share = base_pool_limit(pool) / 8;
    return share < RESULT_BYTES_MIN   ? RESULT_BYTES_MIN
           : share > RESULT_BYTES_MAX ? RESULT_BYTES_MAX
                                      : share;
}

static rask_status prepare(exec_job *job, const char *restore_from, rask_error *err) {
    state_reader *restored = NULL;
    list_sinks(job);
    prepare_restart_test(job);
    make_scheduler(job);
    if (has_op(job->graph, "Collect", 0)) {
        /* Back-pressure by the reader would not be repeatable. */
        int64_t bytes_max =
            exec_scheduler_is_seeded(job->scheduler) ? INT64_MAX : result_bytes(job->pool);
        if (job->graph->results == NULL)
            job->graph->results = connect_results_new(NULL, bytes_max);
        job->results = connect_results_ref(job->graph->results);
        connect_results_on_room(job->results, on_room, job);
    }
    exec_unit_init(&job->coordinator, job->scheduler, false, "coordinator", exec_coordinator_run,
                   coordinator_finished);
    if (restore_from != NULL)
        RASK_TRY(open_snapshot(job, restore_from, &restored, err));
    rask_status status = exec_attempt_new(job, job->graph, restored, &job->attempt, err);
    if (status != RASK_OK) {
        state_reader_free(restored);
        return status;
    }
    return restored == NULL ? begin_sinks(job, err) : RASK_OK;
}

static void free_job(exec_job *job) {
    if (job->results != NULL)
        connect_results_on_room(job->results, NULL, NULL);
    exec_scheduler_stop(job->scheduler);
    exec_attempt_free(job->attempt); /* tasks that are given up still wake their neighbours */
    exec_scheduler_free(job->scheduler);
    for (int32_t i = 0; i < job->sink_count; i++) {
        for (int32_t k = 0; k < job->sinks[i].text_count; k++)
            base_free(job->sinks[i].texts[k]);
        base_free(job->sinks[i].texts);
    }
    for (int32_t i = 0; i < job->held_count; i++)
        data_batch_unref(job->held[i].batch);
    base_free(job->held);
    base_free(job->sinks);
    connect_results_unref(job->results);
    exec_graph_free(job->graph);
    base_arena_free(job->scratch);
    base_pool_unref(job->pool);
    base_free(job->checkpoint_base);
    base_free(job->kept_path);
    base_free(job->manual_path);
    base_free(job->name);
    base_cond_destroy(&job->changed);
    base_mutex_destroy(&job->mutex);
    base_free(job);
}

rask_status exec_job_start(exec_graph *graph, const plan_config *config, const base_world *world,
                           const char *name, const char *restore_from, exec_job **out,
                           rask_error *err) {
    exec_job *job = new_job(graph, config, world, name);
    rask_status status = base_zone_find_session(plan_config_get(config, "table.local-time-zone"),
                                                &job->function.zone, err);
    if (status == RASK_OK)
        status = prepare(job, restore_from, err);
    if (status == RASK_OK) {
        job->state = EXEC_JOB_RUNNING;
        if (job->restart == EXEC_RESTART_BEFORE)
            job->attempt->hold_at = job->restart_rows;
        const base_clock *clock = world->clock;
        job->next_trigger_ns = clock->monotonic_ns(clock->self) + job->interval_ms * 1000000;
        exec_attempt_wake_all(job->attempt);
        exec_wake(&job->coordinator);
        status = exec_scheduler_start(job->scheduler, err);
    }
    if (status != RASK_OK) {
        abort_sinks(job);
        free_job(job);
        return status;
    }
    *out = job;
    return RASK_OK;
}

/* ---- use ------------------------------------------------------------------------------------- */
exec_job *exec_job_ref(exec_job *job) {
    __atomic_fetch_add(&job->refs, 1, __ATOMIC_RELAXED);
    return job;
}

void exec_job_unref(exec_job *job) {
    if (job == NULL || __atomic_fetch_sub(&job->refs, 1, __ATOMIC_ACQ_REL) > 1)
        return;
    bool done = false;
    exec_job_cancel(job);
    while (!done)
        exec_job_wait(job, -1, &done, NULL);
    free_job(job);
}

const char *exec_job_id(const exec_job *job) {
    return job->id;
}
const char *exec_job_name(const exec_job *job) {
    return job->name;
}
connect_results *exec_job_results(exec_job *job) {
    return job->results;
}
char *exec_job_trace(exec_job *job) {
    return exec_scheduler_trace(job->scheduler);
}

static bool is_final(exec_job_state state) {
    return state >= EXEC_JOB_FINISHED;
}

exec_job_state exec_job_state_now(const exec_job *job) {
    return __atomic_load_n(&job->state, __ATOMIC_ACQUIRE);
}

void exec_job_set_state(exec_job *job, exec_job_state state) {
    base_mutex_lock(&job->mutex);
    __atomic_store_n(&job->state, state, __ATOMIC_RELEASE);
    base_cond_broadcast(&job->changed);
    base_mutex_unlock(&job->mutex);
}

void exec_job_cancel(exec_job *job) {
    base_mutex_lock(&job->mutex);
    bool is_running = job->state == EXEC_JOB_RUNNING;
    if (is_running) {
        job->cancel_wanted = true;
        __atomic_store_n(&job->state, EXEC_JOB_CANCELLING, __ATOMIC_RELEASE);
    }
    base_mutex_unlock(&job->mutex);
    if (is_running)
        exec_wake(&job->coordinator);
}

static bool is_manual(const exec_job *job) {
    return exec_scheduler_is_seeded(job->scheduler) &&
           exec_option(job->config, "rask.driver.manual", PLAN_OPTION_BOOL, 0) != 0;
}

/* Waits until `is_met`, running turns meanwhile where the caller is the driver. */
static bool wait_for(exec_job *job, int64_t timeout_ms, bool (*is_met)(const exec_job *, int64_t),
                     int64_t number) {
    const base_clock *clock = job->world->clock;
    int64_t end_ns =
        timeout_ms < 0 ? INT64_MAX : clock->monotonic_ns(clock->self) + timeout_ms * 1000000;
    for (;;) {
        base_mutex_lock(&job->mutex);
        bool met = is_met(job, number);
        int64_t left_ms =
            timeout_ms < 0 ? 1000 : (end_ns - clock->monotonic_ns(clock->self)) / 1000000;
        if (!met && left_ms > 0 && !is_manual(job))
            base_cond_wait_ms(&job->changed, &job->mutex, left_ms);
        base_mutex_unlock(&job->mutex);
        if (met || left_ms <= 0)
            return met;
        if (is_manual(job))
            exec_scheduler_step(job->scheduler, left_ms);
    }
}

static bool has_ended(const exec_job *job, int64_t number) {
    (void)number;
    return is_final(job->state);
}

rask_status exec_job_wait(exec_job *job, int64_t timeout_ms, bool *done, rask_error *err) {
    *done = wait_for(job, timeout_ms, has_ended, 0);
    if (!*done || job->failure.code == RASK_OK)
        return RASK_OK;
    if (err != NULL)
        *err = job->failure;
    return job->failure.code;
}

rask_status exec_job_step(exec_job *job, bool *done, rask_error *err) {
    if (!is_manual(job))
        return rask_error_set(err, RASK_ERROR_ILLEGAL_STATE,
                              "Stepping needs rask.driver.seed and rask.driver.manual.");
    exec_scheduler_step(job->scheduler, 0);
    return exec_job_wait(job, 0, done, err);
}

static bool checkpoint_is_taken(const exec_job *job, int64_t number) {
    return job->manual_done >= number || is_final(job->state);
}

rask_status exec_job_checkpoint(exec_job *job, char **path, rask_error *err) {
    if (!job->graph->streaming)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "A job in batch mode takes no checkpoints.");
    if (job->checkpoint_base == NULL)
        return rask_error_set(
            err, RASK_ERROR_ILLEGAL_STATE,
            "There is no directory for checkpoints: set 'execution.checkpointing.dir'.");
    base_mutex_lock(&job->mutex);
    int64_t number = ++job->manual_wanted;
    base_mutex_unlock(&job->mutex);
    exec_wake(&job->coordinator);
    wait_for(job, -1, checkpoint_is_taken, number);
    rask_status status = RASK_OK;
    base_mutex_lock(&job->mutex);
    if (job->manual_done < number) {
        status = rask_error_set(err, RASK_ERROR_ILLEGAL_STATE,
                                "The job has ended before its checkpoint was taken.");
    } else if (job->manual_error.code != RASK_OK) {
        status = job->manual_error.code;
        if (err != NULL)
            *err = job->manual_error;
    } else {
        *path = base_strdup(job->manual_path);
    }
    base_mutex_unlock(&job->mutex);
    return status;
}

static int64_t metric(const int64_t *from) {
    return __atomic_load_n(from, __ATOMIC_RELAXED);
}

rask_status exec_job_metrics(const exec_job *job, int32_t stage, int32_t subtask,
                             exec_metrics *out) {
    exec_job *shared = (exec_job *)(uintptr_t)job;
    rask_status status = RASK_ERROR_ILLEGAL_ARGUMENT;
    base_mutex_lock(&shared->mutex);
    const exec_attempt *attempt = job->attempt;
    if (attempt != NULL && stage >= 0 && stage < attempt->graph->stage_count && subtask >= 0 &&
        subtask < attempt->runs[stage].parallelism) {
        const exec_metrics *from = &attempt->runs[stage].tasks[subtask]->metrics;
        *out = (exec_metrics){metric(&from->records_in),   metric(&from->records_out),
                              metric(&from->bytes_in),     metric(&from->bytes_out),
                              metric(&from->busy_ms),      metric(&from->back_pressured_ms),
                              metric(&from->watermark_ms), metric(&from->late_dropped),
                              metric(&from->state_bytes)};
        status = RASK_OK;
    }
    base_mutex_unlock(&shared->mutex);
    return status;
}

/* ---- results of the restart test ------------------------------------------------------------- */
void exec_job_hold(exec_job *job, data_batch *batch, int64_t epoch) {
    base_mutex_lock(&job->mutex);
    if (job->held_count == job->held_capacity) {
        job->held_capacity = job->held_capacity > 0 ? 2 * job->held_capacity : 16;
        job->held = base_realloc(job->held, job->held_capacity * (int64_t)sizeof(exec_held));
    }
    job->held[job->held_count++] = (exec_held){batch, epoch};
    base_mutex_unlock(&job->mutex);
}

/* The place of the first row batch that may be shown, -1 = none. */
static int32_t first_committed(exec_job *job, data_batch **out) {
    int32_t place = -1;
    base_mutex_lock(&job->mutex);
    for (int32_t i = 0; i < job->held_count && place < 0; i++)
        if (job->held[i].epoch < job->committed_epoch)
            place = i;
    if (place >= 0)
        *out = job->held[place].batch;
    base_mutex_unlock(&job->mutex);
    return place;
}

/* Tasks only append and only the coordinator removes, so a place holds between the two locks; the
 * results are never called under the lock, since their reader calls us (on_room). */
bool exec_job_show_held(exec_job *job) {
    data_batch *batch = NULL;
    for (int32_t place; job->results != NULL && (place = first_committed(job, &batch)) >= 0;) {
        bool is_full = false;
        connect_results_put(job->results, batch, &is_full);
        if (is_full)
            return false;
        base_mutex_lock(&job->mutex);
        job->held_count--;
        memmove(&job->held[place], &job->held[place + 1],
                (size_t)(job->held_count - place) * sizeof(exec_held));
        base_mutex_unlock(&job->mutex);
    }
    return true;
}

void exec_job_drop_held(exec_job *job) {
    base_mutex_lock(&job->mutex);
    int32_t kept = 0;
    for (int32_t i = 0; i < job->held_count; i++) {
        if (job->held[i].epoch < job->committed_epoch)
            job->held[kept++] = job->held[i];
        else
            data_batch_unref(job->held[i].batch);
    }
    job->held_count = kept;
    base_mutex_unlock(&job->mutex);
}
