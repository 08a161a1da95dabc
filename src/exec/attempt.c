/* One execution of a job's graph: makes the tasks and the channels between them. */
#include "exec/runtime.h"

enum {
    CHANNEL_ROWS_MIN = 1024,
    CHANNEL_BATCHES = 4,
    CHANNEL_BYTES_MIN = 32 << 10,
    CHANNEL_BYTES_MAX = 8 << 20
};

/* ---- splits ---------------------------------------------------------------------------------- */
static rask_status plan_splits(exec_attempt *attempt, exec_stage_run *run, rask_error *err) {
    const exec_stage *stage = run->stage;
    exec_job *job = attempt->job;
    connect_config config = stage->connector_config;
    config.context = &job->function;
    config.pool = job->pool;
    config.config = job->config;
    config.parallelism = run->parallelism;
    config.job_id = job->id;
    base_arena *arena = base_arena_new();
    const char **texts;
    rask_status status =
        stage->connector->plan(&config, run->parallelism, arena, &texts, &run->split_count, err);
    if (status == RASK_OK) {
        run->splits = BASE_NEW_ARRAY(exec_split, run->split_count + 1);
        for (int32_t i = 0; i < run->split_count; i++)
            run->splits[i].text = base_strdup(texts[i]);
    } else {
        run->split_count = 0;
    }
    base_arena_free(arena);
    return status;
}

static rask_status find_splits(exec_attempt *attempt, exec_stage_run *run, rask_error *err) {
    if (run->stage->source != EXEC_FROM_CONNECTOR)
        return RASK_OK;
    bool found = false;
    if (attempt->restored != NULL && run->stage->source_uid != NULL)
        RASK_TRY(exec_checkpoint_splits(attempt->restored, run->stage->source_uid, &run->splits,
                                        &run->split_count, &found, err));
    return found ? RASK_OK : plan_splits(attempt, run, err);
}

/* ---- stages ---------------------------------------------------------------------------------- */
static rask_status make_shared(exec_attempt *attempt, exec_stage_run *run, rask_error *err) {
    const exec_stage *stage = run->stage;
    if (stage->op_count == 0)
        return RASK_OK;
    const exec_op_spec *spec = stage->ops[stage->op_count - 1];
    const exec_op_class *op_class = spec->op_class;
    if ((op_class->flags & EXEC_BLOCKING) == 0)
        return RASK_OK;
    exec_job *job = attempt->job;
    exec_context context = {.function = job->function,
                            .config = job->config,
                            .job_id = job->id,
                            .parallelism = run->parallelism,
                            .max_parallelism = job->max_parallelism,
                            .rows_max = job->rows_max,
                            .streaming = attempt->graph->streaming,
                            .pool = attempt->pool};
    run->shared = base_alloc_zero(op_class->shared_bytes);
    return op_class->init_shared != NULL ? op_class->init_shared(run->shared, spec, &context, err)
                                         : RASK_OK;
}

static rask_status make_stage(exec_attempt *attempt, int32_t i, rask_error *err) {
    exec_stage_run *run = &attempt->runs[i];
    run->stage = attempt->graph->stages[i];
    run->attempt = attempt;
    run->parallelism = run->stage->parallelism;
    run->partition_count = -1;
    run->tasks = BASE_NEW_ARRAY(exec_task *, run->parallelism);
    run->op_ended = BASE_NEW_ARRAY(int32_t, run->stage->op_count + 1);
    RASK_TRY(find_splits(attempt, run, err));
    RASK_TRY(make_shared(attempt, run, err));
    for (int32_t subtask = 0; subtask < run->parallelism; subtask++) {
        RASK_TRY(exec_task_new(attempt, run, subtask, &run->tasks[subtask], err));
        run->tasks[subtask]->number = attempt->task_count;
        run->tasks[subtask]->last_checkpoint = attempt->job->next_checkpoint - 1;
        attempt->tasks[attempt->task_count++] = run->tasks[subtask];
    }
    return RASK_OK;
}

static void number_morsels(exec_attempt *attempt) {
    int32_t next = 0;
    for (int32_t i = 0; i < attempt->graph->stage_count; i++) {
        attempt->runs[i].morsel_base = next;
        next += attempt->runs[i].split_count;
    }
}

/* ---- channels -------------------------------------------------------------------------------- */
/* How many channels lead from one task of `edge->from`. */
static int32_t fan_out(const exec_edge *edge) {
    if (edge->kind == EXEC_EDGE_GATHER)
        return 1;
    if (edge->kind == EXEC_EDGE_FORWARD && edge->from->parallelism == edge->to->parallelism)
        return 1;
    return edge->to->parallelism;
}

static void on_channel_closed(exec_channel *channel) {
    exec_task_mail((exec_task *)channel->producer, EXEC_MAIL_OUTPUT_DONE, 0);
}

/* All channels together may fill a quarter of the budget. */
static int64_t channel_bytes(const exec_attempt *attempt) {
    int64_t share = base_pool_limit(attempt->pool) / 4 / (attempt->channel_room + 1);
    return share < CHANNEL_BYTES_MIN   ? CHANNEL_BYTES_MIN
           : share > CHANNEL_BYTES_MAX ? CHANNEL_BYTES_MAX
                                       : share;
}

static void connect_tasks(exec_attempt *attempt, const exec_edge *edge, exec_output *output,
                          int32_t k, exec_task *from, exec_task *to) {
    exec_channel *channel = &attempt->channels[attempt->channel_count++];
    int64_t rows = CHANNEL_BATCHES * (int64_t)attempt->job->rows_max;
    exec_channel_init(channel, &from->unit, &to->unit,
                      rows > CHANNEL_ROWS_MIN ? rows : CHANNEL_ROWS_MIN, channel_bytes(attempt));
    channel->on_closed = on_channel_closed;
    output->channels[k] = channel;
    to->inputs = base_realloc(to->inputs, (to->input_count + 1) * (int64_t)sizeof(exec_input));
    to->inputs[to->input_count++] = (exec_input){channel, edge};
    to->live_inputs++;
}

static void make_output(exec_attempt *attempt, const exec_edge *edge, exec_task *task) {
    task->outputs =
        base_realloc(task->outputs, (task->output_count + 1) * (int64_t)sizeof(exec_output));
    exec_output *output = &task->outputs[task->output_count++];
    *output = (exec_output){.edge = edge, .count = fan_out(edge), .next = task->subtask};
    output->channels = BASE_NEW_ARRAY(exec_channel *, output->count);
    exec_task **targets = attempt->runs[edge->to->id].tasks;
    if (output->count == 1) {
        bool is_gather = edge->kind != EXEC_EDGE_FORWARD;
        connect_tasks(attempt, edge, output, 0, task, targets[is_gather ? 0 : task->subtask]);
        return;
    }
    for (int32_t k = 0; k < output->count; k++)
        connect_tasks(attempt, edge, output, k, task, targets[k]);
    if (edge->kind != EXEC_EDGE_HASH)
        return;
    int32_t groups = attempt->job->max_parallelism;
    output->owner_of_group = BASE_NEW_ARRAY(uint16_t, groups);
    for (int32_t g = 0; g < groups; g++)
        output->owner_of_group[g] = (uint16_t)state_group_owner(g, groups, output->count);
}

/* Edge by edge, so that a task's inputs stand in the order of its stage's edges. */
static void make_channels(exec_attempt *attempt) {
    int32_t count = 0;
    for (int32_t i = 0; i < attempt->graph->stage_count; i++) {
        const exec_stage *stage = attempt->graph->stages[i];
        for (int32_t e = 0; e < stage->inputs.count; e++) {
            const exec_edge *edge = stage->inputs.items[e];
            count += fan_out(edge) * edge->from->parallelism;
        }
    }
    attempt->channel_room = count;
    attempt->channels = BASE_NEW_ARRAY(exec_channel, count + 1);
    for (int32_t i = 0; i < attempt->graph->stage_count; i++) {
        const exec_stage *stage = attempt->graph->stages[i];
        for (int32_t e = 0; e < stage->inputs.count; e++) {
            const exec_edge *edge = stage->inputs.items[e];
            for (int32_t from = 0; from < edge->from->parallelism; from++)
                make_output(attempt, edge, attempt->runs[edge->from->id].tasks[from]);
        }
    }
}

/* ---- make, start, stop, free ----------------------------------------------------------------- */
static bool is_parallel(const exec_graph *graph) {
    for (int32_t i = 0; i < graph->stage_count; i++)
        if (graph->stages[i]->parallelism > 1)
            return true;
    return false;
}

rask_status exec_attempt_new(exec_job *job, exec_graph *graph, state_reader *restored,
                             exec_attempt **out, rask_error *err) {
    exec_attempt *attempt = BASE_NEW(exec_attempt);
    attempt->job = job;
    attempt->graph = graph;
    attempt->restored = restored;
    attempt->pool = job->pool;
    attempt->hold_at = INT64_MAX;
    attempt->is_strict = !is_parallel(graph);
    attempt->runs = BASE_NEW_ARRAY(exec_stage_run, graph->stage_count + 1);
    int32_t tasks = 0;
    for (int32_t i = 0; i < graph->stage_count; i++)
        tasks += graph->stages[i]->parallelism;
    attempt->tasks = BASE_NEW_ARRAY(exec_task *, tasks + 1);
    for (int32_t i = 0; i < graph->stage_count; i++) {
        rask_status status = make_stage(attempt, i, err);
        if (status != RASK_OK) {
            attempt->restored = NULL;
            exec_attempt_free(attempt);
            return status;
        }
    }
    number_morsels(attempt);
    make_channels(attempt);
    attempt->live_count = attempt->unopened_count = attempt->task_count;
    *out = attempt;
    return RASK_OK;
}

/* The snapshot is dropped when the last task has restored from it. */
void exec_attempt_opened(exec_attempt *attempt) {
    base_mutex_lock(&attempt->job->mutex);
    state_reader *unneeded = --attempt->unopened_count == 0 ? attempt->restored : NULL;
    if (unneeded != NULL)
        attempt->restored = NULL;
    base_mutex_unlock(&attempt->job->mutex);
    state_reader_free(unneeded);
}

void exec_attempt_wake_all(exec_attempt *attempt) {
    for (int32_t i = 0; i < attempt->task_count; i++)
        exec_wake(&attempt->tasks[i]->unit);
}

void exec_attempt_stop(exec_attempt *attempt) {
    __atomic_store_n(&attempt->stop, true, __ATOMIC_SEQ_CST);
    exec_attempt_wake_all(attempt);
}

static void free_run(exec_stage_run *run) {
    for (int32_t i = 0; i < run->split_count; i++) {
        base_free(run->splits[i].text);
        base_free(run->splits[i].resume_at);
    }
    base_free(run->splits);
    base_free(run->tasks);
    base_free(run->op_ended);
    if (run->shared == NULL)
        return;
    const exec_op_class *op_class = run->stage->ops[run->stage->op_count - 1]->op_class;
    if (op_class->free_shared != NULL)
        op_class->free_shared(run->shared);
    base_free(run->shared);
}

void exec_attempt_free(exec_attempt *attempt) {
    if (attempt == NULL)
        return;
    for (int32_t i = 0; i < attempt->task_count; i++)
        exec_task_abandon(attempt->tasks[i]);
    for (int32_t i = 0; i < attempt->channel_count; i++)
        exec_channel_destroy(&attempt->channels[i]);
    for (int32_t i = 0; i < attempt->graph->stage_count; i++)
        for (int32_t k = 0; attempt->runs[i].tasks != NULL && k < attempt->runs[i].parallelism; k++)
            exec_task_free(attempt->runs[i].tasks[k]);
    for (int32_t i = 0; i < attempt->graph->stage_count; i++)
        free_run(&attempt->runs[i]);
    state_reader_free(attempt->restored);
    if (attempt->graph != attempt->job->graph)
        exec_graph_free(attempt->graph);
    base_free(attempt->channels);
    base_free(attempt->tasks);
    base_free(attempt->runs);
    base_free(attempt);
}

/* ---- trouble --------------------------------------------------------------------------------- */
void exec_attempt_unlock(exec_attempt *attempt) {
    if (!attempt->is_strict || __atomic_load_n(&attempt->stop, __ATOMIC_ACQUIRE))
        return;
    exec_channel *smallest = NULL;
    int64_t smallest_rows = INT64_MAX;
    for (int32_t i = 0; i < attempt->channel_count; i++) {
        int64_t rows;
        if (exec_channel_wants_credit(&attempt->channels[i], &rows) && rows < smallest_rows) {
            smallest = &attempt->channels[i];
            smallest_rows = rows;
        }
    }
    if (smallest == NULL)
        return;
    /* A task that waits for the reader of the results is no circle. */
    for (int32_t i = 0; i < attempt->task_count; i++)
        if (__atomic_load_n(&attempt->tasks[i]->waits_for_results, __ATOMIC_ACQUIRE))
            return;
    exec_channel_grow(smallest);
}

void exec_attempt_fail(exec_attempt *attempt, const exec_task *task, const rask_error *err) {
    exec_job *job = attempt->job;
    const exec_op *op = task->failed_op;
    /* What goes wrong in an attempt that is told to stop is no failure of the job. */
    bool is_stopped = __atomic_load_n(&attempt->stop, __ATOMIC_ACQUIRE);
    base_mutex_lock(&job->mutex);
    if (job->failure.code == RASK_OK && !is_stopped) {
        job->failure = *err;
        if (job->failure.code == RASK_OK)
            job->failure.code = RASK_ERROR_INTERNAL;
        const char *where = op != NULL ? op->spec->description : task->stage->description;
        if (job->failure.hint[0] == '\0' && where != NULL)
            rask_error_hint(&job->failure, "in %s", where);
    }
    base_mutex_unlock(&job->mutex);
    exec_attempt_stop(attempt);
    exec_wake(&job->coordinator);
}

/* An eighth of the budget, or a mebibyte for each task's next step where that is not most of it. */
bool exec_attempt_is_short(const exec_attempt *attempt) {
    int64_t limit = base_pool_limit(attempt->pool), steps = (int64_t)attempt->task_count << 20;
    int64_t headroom = steps < limit / 3 ? steps : limit / 3;
    headroom = headroom < limit / 8 ? limit / 8 : headroom;
    return limit != INT64_MAX && base_pool_used(attempt->pool) >= limit - headroom;
}

exec_task *exec_attempt_largest(exec_attempt *attempt) {
    exec_task *largest = NULL;
    int64_t largest_bytes = base_pool_limit(attempt->pool) / 16;
    for (int32_t i = 0; i < attempt->task_count; i++) {
        int64_t bytes = __atomic_load_n(&attempt->tasks[i]->spillable_bytes, __ATOMIC_RELAXED);
        if (bytes > largest_bytes) {
            largest_bytes = bytes;
            largest = attempt->tasks[i];
        }
    }
    return largest;
}
