/* The life of a task, one turn at a time:
 *
 *     NEW -> RUNNING -> ENDING -> [COMBINING -> PUBLISHING] -> FLUSHING -> DONE
 *
 * A turn reads mail, then takes some steps while the outputs have room; each step reads one batch
 * or item.  An error ends the task and becomes the job's; a stop (cancel, failure elsewhere, kill)
 * is seen at the next turn.  Operators are closed by the task's own thread, except a blocking one,
 * whose private state other tasks may be combining: that is closed with the attempt. */
#include <stdio.h>

#include "exec/runtime.h"

enum { STEPS_PER_TURN = 32, MEMORY_RETRY_MS = 20 };

/* ---- make, free ------------------------------------------------------------------------------ */
void exec_task_fill_config(const exec_task *task, connect_config *config) {
    config->context = &task->context.function;
    config->pool = task->pool;
    config->config = task->context.config;
    config->subtask = task->subtask;
    config->parallelism = task->run->parallelism;
    config->job_id = task->context.job_id;
}

static void make_context(exec_task *task) {
    exec_job *job = task->attempt->job;
    task->context = (exec_context){.function = job->function,
                                   .config = job->config,
                                   .job_id = job->id,
                                   .subtask = task->subtask,
                                   .parallelism = task->run->parallelism,
                                   .max_parallelism = job->max_parallelism,
                                   .rows_max = job->rows_max,
                                   .streaming = task->attempt->graph->streaming,
                                   .pool = task->pool};
    task->context.function.pool = task->pool;
    task->context.function.scratch = task->scratch;
}

static void make_ops(exec_task *task) {
    const exec_stage *stage = task->stage;
    task->ops = BASE_NEW_ARRAY(exec_op *, stage->op_count + 1);
    task->timers = BASE_NEW_ARRAY(exec_timers, stage->op_count + 1);
    for (int32_t i = 0; i < stage->op_count; i++) {
        const exec_op_class *op_class = stage->ops[i]->op_class;
        exec_op *op = base_alloc_zero(op_class->instance_bytes);
        op->spec = stage->ops[i];
        op->context = &task->context;
        op->task = task;
        op->index = i;
        op->watermark_ms = INT64_MIN;
        op->shared = (op_class->flags & EXEC_BLOCKING) != 0 ? task->run->shared : NULL;
        task->ops[i] = op;
        if (i > 0)
            task->ops[i - 1]->next = op;
    }
    task->op_count = stage->op_count;
}

static bool runs_user_code(const exec_stage *stage) {
    for (int32_t i = 0; i < stage->op_count; i++)
        if ((stage->ops[i]->op_class->flags & EXEC_USER_CODE) != 0)
            return true;
    return false;
}

/* Who is named when memory runs out: the operator that keeps rows. */
static const char *memory_name(const exec_stage *stage) {
    const char *name = "Source";
    for (int32_t i = 0; i < stage->op_count; i++) {
        name = stage->ops[i]->op_class->name;
        if (stage->ops[i]->op_class->memory_used != NULL)
            return name;
    }
    return name;
}

static exec_turn run_task(exec_unit *unit);
static void task_finished(exec_unit *unit) {
    exec_coordinator_finished((exec_task *)unit);
}

rask_status exec_task_new(exec_attempt *attempt, exec_stage_run *run, int32_t subtask,
                          exec_task **out, rask_error *err) {
    (void)err;
    exec_task *task = BASE_NEW(exec_task);
    char name[24];
    snprintf(name, sizeof name, "%d.%d", run->stage->id, subtask);
    exec_unit_init(&task->unit, attempt->job->scheduler, runs_user_code(run->stage), name, run_task,
                   task_finished);
    task->attempt = attempt;
    task->run = run;
    task->stage = run->stage;
    task->subtask = subtask;
    task->pool = base_pool_new(attempt->pool, memory_name(run->stage), NULL, 0);
    task->scratch = base_arena_new();
    task->done_from = -1;
    task->result_split = -1;
    task->ramp = attempt->job->rows_max < 2 ? 1 : 2;
    task->watermark_ms = task->counts.watermark_ms = task->metrics.watermark_ms = INT64_MIN;
    base_mutex_init(&task->mailbox.mutex);
    make_context(task);
    if (task->stage->source == EXEC_FROM_CONNECTOR) {
        task->source_config = task->stage->connector_config;
        exec_task_fill_config(task, &task->source_config);
        task->readers = BASE_NEW_ARRAY(exec_reader, run->split_count + 1);
        task->done_splits = BASE_NEW_ARRAY(int32_t, run->split_count + 1);
    }
    make_ops(task);
    *out = task;
    return RASK_OK;
}

void exec_ack_free(exec_ack *ack) {
    for (int32_t i = 0; i < ack->committable_count; i++)
        base_free(ack->committables[i].text);
    for (int32_t i = 0; i < ack->note_count; i++)
        base_free(ack->notes[i].position);
    base_free(ack->committables);
    base_free(ack->notes);
    base_free(ack->failure);
    state_writer_free(ack->writer);
    *ack = (exec_ack){0};
}

static bool is_blocking(const exec_op *op) {
    return (op->spec->op_class->flags & EXEC_BLOCKING) != 0;
}

static void close_op(exec_task *task, int32_t i) {
    if (i < task->open_count && task->ops[i]->spec->op_class->close != NULL)
        task->ops[i]->spec->op_class->close(task->ops[i]);
}

static void close_ops(exec_task *task) {
    for (int32_t i = 0; i < task->op_count; i++)
        if (!is_blocking(task->ops[i]))
            close_op(task, i);
}

void exec_task_free(exec_task *task) {
    if (task == NULL)
        return;
    for (int32_t i = 0; i < task->op_count; i++) {
        if (is_blocking(task->ops[i]))
            close_op(task, i);
        base_free(task->ops[i]);
        base_free(task->timers[i].due);
    }
    for (int32_t i = task->delivery_head; i < task->delivery_count; i++)
        data_batch_unref(task->deliveries[i]);
    for (int32_t i = 0; i < task->output_count; i++) {
        base_free(task->outputs[i].channels);
        base_free(task->outputs[i].owner_of_group);
    }
    exec_ack_free(&task->final);
    base_buffer_unref(task->partition_scratch);
    base_free(task->deliveries);
    base_free(task->outputs);
    base_free(task->inputs);
    base_free(task->readers);
    base_free(task->done_splits);
    base_free(task->ops);
    base_free(task->timers);
    base_free(task->mailbox.mails);
    base_mutex_destroy(&task->mailbox.mutex);
    base_arena_free(task->scratch);
    base_pool_unref(task->pool);
    base_free(task);
}

/* ---- mail ------------------------------------------------------------------------------------ */
void exec_task_mail(exec_task *task, exec_mail_kind kind, int64_t number) {
    exec_mailbox *box = &task->mailbox;
    base_mutex_lock(&box->mutex);
    if (box->count == box->capacity) {
        box->capacity = box->capacity > 0 ? 2 * box->capacity : 8;
        box->mails = base_realloc(box->mails, box->capacity * (int64_t)sizeof(exec_mail));
    }
    box->mails[box->count] = (exec_mail){kind, number};
    __atomic_store_n(&box->count, box->count + 1, __ATOMIC_SEQ_CST);
    base_mutex_unlock(&box->mutex);
    exec_wake(&task->unit);
}

static bool take_mail(exec_task *task, exec_mail *out) {
    exec_mailbox *box = &task->mailbox;
    if (__atomic_load_n(&box->count, __ATOMIC_SEQ_CST) == 0)
        return false;
    base_mutex_lock(&box->mutex);
    *out = box->mails[0];
    memmove(box->mails, box->mails + 1, (size_t)(box->count - 1) * sizeof(exec_mail));
    __atomic_store_n(&box->count, box->count - 1, __ATOMIC_SEQ_CST);
    base_mutex_unlock(&box->mutex);
    static const char *const names[] = {"barrier", "complete", "output done", "spill", "resume"};
    exec_trace(task->unit.scheduler, "mail %s %s %lld\n", task->unit.name, names[out->kind],
               (long long)out->number);
    return true;
}

/* ---- barriers -------------------------------------------------------------------------------- */
void exec_task_add_committable(exec_task *task, int32_t op_index, const char *text) {
    exec_ack *ack = task->ack != NULL ? task->ack : &task->final;
    ack->committables = base_realloc(ack->committables, (ack->committable_count + 1) *
                                                            (int64_t)sizeof(exec_committable));
    ack->committables[ack->committable_count++] = (exec_committable){op_index, base_strdup(text)};
}

/* Sinks prepare their committables; what they cannot write fails the job. */
static rask_status prepare_sinks(exec_task *task, rask_error *err) {
    for (int32_t i = 0; i < task->op_count; i++) {
        const exec_op_class *op_class = task->ops[i]->spec->op_class;
        if (op_class->snapshot == NULL || (op_class->flags & EXEC_STATEFUL) != 0)
            continue;
        rask_status status = op_class->snapshot(task->ops[i], NULL, err);
        if (status != RASK_OK) {
            task->failed_op = task->ops[i];
            return status;
        }
    }
    return RASK_OK;
}

static rask_status write_state(exec_task *task, const char *path, exec_ack *ack, rask_error *err) {
    state_writer *writer = NULL;
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < task->op_count && status == RASK_OK; i++) {
        const exec_op_class *op_class = task->ops[i]->spec->op_class;
        if (op_class->snapshot == NULL || (op_class->flags & EXEC_STATEFUL) == 0)
            continue;
        if (writer == NULL)
            status =
                state_writer_open(task->pool, task->context.function.world, path, &writer, err);
        if (status == RASK_OK)
            status = op_class->snapshot(task->ops[i], writer, err);
    }
    if (writer != NULL && status == RASK_OK)
        status =
            state_writer_finish(writer, task->context.function.world, NULL, &ack->checksum, err);
    ack->has_file = writer != NULL && status == RASK_OK;
    state_writer_free(writer);
    return status;
}

/* A snapshot that cannot be written fails the checkpoint; the job decides what that means. */
rask_status exec_task_barrier(exec_task *task, int64_t checkpoint, rask_error *err) {
    exec_ack ack = {.is_barrier = true};
    task->ack = &ack;
    rask_status status = prepare_sinks(task, err);
    task->ack = NULL;
    if (status != RASK_OK) {
        exec_ack_free(&ack);
        return status;
    }
    char *path = exec_coordinator_snapshot_path(task, checkpoint);
    rask_error failure;
    if (path != NULL && write_state(task, path, &ack, &failure) != RASK_OK) {
        ack.failure = BASE_NEW(rask_error);
        *ack.failure = failure;
    }
    base_free(path);
    if (task->stage->source == EXEC_FROM_CONNECTOR)
        exec_task_note_splits(task, &ack);
    task->last_checkpoint = checkpoint;
    exec_task_send_item(task, EXEC_ITEM_BARRIER, checkpoint);
    exec_coordinator_ack(task, checkpoint, &ack);
    return RASK_OK;
}

/* ---- phases ---------------------------------------------------------------------------------- */
static rask_status open_ops(exec_task *task, rask_error *err) {
    exec_attempt *attempt = task->attempt;
    for (int32_t i = 0; i < task->op_count; i++) {
        exec_op *op = task->ops[i];
        const exec_op_class *op_class = op->spec->op_class;
        task->open_count = i + 1;
        rask_status status = op_class->open != NULL ? op_class->open(op, err) : RASK_OK;
        if (status == RASK_OK && attempt->restored != NULL && op_class->restore != NULL)
            status = op_class->restore(op, attempt->restored, err);
        if (status != RASK_OK) {
            task->failed_op = op;
            return status;
        }
    }
    exec_attempt_opened(attempt);
    return RASK_OK;
}

/* ---- memory ---------------------------------------------------------------------------------- */
static int64_t spillable_bytes(const exec_task *task) {
    int64_t bytes = 0;
    for (int32_t i = 0; i < task->open_count && task->phase == EXEC_PHASE_RUNNING; i++) {
        const exec_op_class *op_class = task->ops[i]->spec->op_class;
        if (op_class->spill != NULL && op_class->memory_used != NULL)
            bytes += op_class->memory_used(task->ops[i]);
    }
    return bytes;
}

/* What could not be given back the last time does not count. */
static void publish_spillable(exec_task *task) {
    int64_t bytes = spillable_bytes(task);
    task->stuck_bytes = bytes < task->stuck_bytes ? bytes : task->stuck_bytes;
    __atomic_store_n(&task->spillable_bytes, bytes - task->stuck_bytes, __ATOMIC_RELAXED);
}

static rask_status give_back(exec_task *task, int64_t bytes, rask_error *err) {
    for (int32_t i = 0; i < task->op_count; i++) {
        const exec_op_class *op_class = task->ops[i]->spec->op_class;
        if (op_class->spill != NULL)
            RASK_TRY(op_class->spill(task->ops[i], bytes, err));
    }
    task->stuck_bytes = spillable_bytes(task);
    publish_spillable(task);
    return RASK_OK;
}

/* Before a step: where little memory is left, whoever can give back most does so first.  *waits =
 * true: another task is asked to, and wakes this one. */
static rask_status find_memory(exec_task *task, bool *waits, rask_error *err) {
    exec_attempt *attempt = task->attempt;
    *waits = false;
    if (task->phase != EXEC_PHASE_RUNNING || !exec_attempt_is_short(attempt))
        return RASK_OK;
    publish_spillable(task);
    exec_task *largest = exec_attempt_largest(attempt);
    int64_t wanted = base_pool_limit(attempt->pool) / 2;
    if (largest == task)
        return give_back(task, wanted, err);
    if (largest == NULL)
        return RASK_OK;
    *waits = true;
    exec_task_mail(largest, EXEC_MAIL_SPILL, wanted);
    exec_wake_after(&task->unit, MEMORY_RETRY_MS); /* it may have ended meanwhile */
    return RASK_OK;
}

static rask_status read_mail(exec_task *task, rask_error *err) {
    exec_mail mail;
    while (take_mail(task, &mail)) {
        switch (mail.kind) {
        case EXEC_MAIL_BARRIER:
            /* A source that has read everything takes part by finishing. */
            if (task->phase == EXEC_PHASE_RUNNING)
                RASK_TRY(exec_task_barrier(task, mail.number, err));
            break;
        case EXEC_MAIL_SPILL:
            if (task->phase == EXEC_PHASE_RUNNING)
                RASK_TRY(give_back(task, mail.number, err));
            exec_attempt_wake_all(task->attempt);
            break;
        case EXEC_MAIL_OUTPUT_DONE:
            if ((task->phase == EXEC_PHASE_RUNNING || task->phase == EXEC_PHASE_ENDING) &&
                exec_task_is_unwanted(task))
                task->done_from = task->op_count - 1 >= 0 ? task->op_count - 1 : 0;
            break;
        case EXEC_MAIL_COMPLETE:
        case EXEC_MAIL_RESUME:
            break;
        }
    }
    return RASK_OK;
}

/* The ends of the chain: time ends, then each operator is told, first to last, when those before it
 * have emitted all they had.  After exec_input_done only the operators behind the one that said it
 * still have something to end. */
static rask_status end_ops(exec_task *task, exec_step *step, rask_error *err) {
    exec_op *op;
    bool waits;
    int32_t first = task->done_from + 1;
    if (task->ending == 0 && first < task->op_count && task->context.streaming)
        RASK_TRY(exec_chain_watermark(task->ops[first], INT64_MAX, err));
    RASK_TRY(exec_chain_more(task, &op, &waits, err));
    *step = waits ? EXEC_STEP_NOTHING : EXEC_STEP_PROGRESS;
    if (op != NULL)
        return RASK_OK;
    if (task->ending == task->op_count) {
        *step = EXEC_STEP_ENDED;
        return RASK_OK;
    }
    int32_t i = task->ending++;
    int32_t input =
        i == 0 && task->input_count > 0 ? task->inputs[task->current].edge->to_input : 0;
    exec_chain_note_end(task, i);
    return i > task->done_from ? exec_chain_end(task->ops[i], input, err) : RASK_OK;
}

/* What a finished task leaves for later checkpoints: which splits are done, and the state of the
 * operator that wanted no more input (a restored LIMIT must know that it is used up). */
static rask_status note_final(exec_task *task, rask_error *err) {
    if (task->stage->source == EXEC_FROM_CONNECTOR)
        exec_task_note_splits(task, &task->final);
    if (!task->context.streaming || task->done_from < 0 || task->done_from >= task->op_count)
        return RASK_OK;
    exec_op *op = task->ops[task->done_from];
    if ((op->spec->op_class->flags & EXEC_STATEFUL) == 0)
        return RASK_OK;
    task->final.writer = state_writer_new(task->pool);
    return op->spec->op_class->snapshot(op, task->final.writer, err);
}

static bool ends_in_blocking(const exec_task *task) {
    return task->op_count > 0 && is_blocking(task->ops[task->op_count - 1]);
}

static rask_status read_inputs(exec_task *task, exec_step *step, rask_error *err) {
    if (task->done_from >= 0) {
        *step = EXEC_STEP_ENDED;
        return RASK_OK;
    }
    exec_op *op;
    bool waits;
    RASK_TRY(exec_chain_more(task, &op, &waits, err));
    *step = waits ? EXEC_STEP_NOTHING : EXEC_STEP_PROGRESS;
    if (op != NULL)
        return RASK_OK;
    switch (task->stage->source) {
    case EXEC_FROM_CONNECTOR:
        return exec_task_read_source(task, step, err);
    case EXEC_FROM_RESULT:
        return exec_task_read_result(task, step, err);
    case EXEC_FROM_EDGES:
        return exec_task_read_edges(task, step, err);
    }
    return RASK_OK;
}

static rask_status take_step(exec_task *task, exec_turn *turn, rask_error *err) {
    exec_step step = EXEC_STEP_NOTHING;
    bool is_done = false, progress = true;
    *turn = EXEC_TURN_AGAIN;
    switch (task->phase) {
    case EXEC_PHASE_NEW:
        if (!exec_task_has_results(task)) {
            *turn = EXEC_TURN_WAIT;
            return RASK_OK;
        }
        RASK_TRY(open_ops(task, err));
        task->phase = EXEC_PHASE_RUNNING;
        return RASK_OK;
    case EXEC_PHASE_RUNNING:
        RASK_TRY(read_inputs(task, &step, err));
        if (step == EXEC_STEP_ENDED)
            task->phase = EXEC_PHASE_ENDING;
        if (step == EXEC_STEP_NOTHING)
            *turn = EXEC_TURN_WAIT;
        return RASK_OK;
    case EXEC_PHASE_ENDING:
        RASK_TRY(end_ops(task, &step, err));
        if (step == EXEC_STEP_NOTHING)
            *turn = EXEC_TURN_WAIT;
        if (step != EXEC_STEP_ENDED)
            return RASK_OK;
        RASK_TRY(note_final(task, err));
        exec_task_close_inputs(task);
        task->phase = EXEC_PHASE_FLUSHING;
        if (ends_in_blocking(task)) {
            RASK_TRY(exec_blocking_start(task, err));
            task->phase = EXEC_PHASE_COMBINING;
        }
        return RASK_OK;
    case EXEC_PHASE_COMBINING:
    case EXEC_PHASE_PUBLISHING:
        RASK_TRY(exec_blocking_step(task, &is_done, &progress, err));
        if (is_done)
            task->phase = EXEC_PHASE_FLUSHING;
        *turn = progress ? EXEC_TURN_AGAIN : EXEC_TURN_WAIT;
        return RASK_OK;
    case EXEC_PHASE_FLUSHING:
        exec_task_send_item(task, EXEC_ITEM_END, 0);
        close_ops(task);
        task->phase = EXEC_PHASE_DONE;
        return RASK_OK;
    case EXEC_PHASE_DONE:
        *turn = EXEC_TURN_DONE;
        return RASK_OK;
    }
    return RASK_OK;
}

/* ---- turns ----------------------------------------------------------------------------------- */
static int64_t now_ns(const exec_task *task) {
    const base_clock *clock = task->attempt->job->world->clock;
    return clock->monotonic_ns(clock->self);
}

static void publish_metric(int64_t *to, int64_t value) {
    __atomic_store_n(to, value, __ATOMIC_RELAXED);
}

static void publish_metrics(exec_task *task, int64_t start_ns, bool is_back_pressured) {
    exec_metrics *counts = &task->counts, *out = &task->metrics;
    int64_t end_ns = now_ns(task), state_bytes = 0;
    counts->busy_ms += end_ns - start_ns; /* nanoseconds here, milliseconds when published */
    task->waiting_since_ns = is_back_pressured ? end_ns : 0;
    for (int32_t i = 0; i < task->open_count && task->phase == EXEC_PHASE_RUNNING; i++) {
        const exec_op_class *op_class = task->ops[i]->spec->op_class;
        if (op_class->memory_used != NULL)
            state_bytes += op_class->memory_used(task->ops[i]);
    }
    publish_spillable(task);
    publish_metric(&out->records_in, counts->records_in);
    publish_metric(&out->records_out, counts->records_out);
    publish_metric(&out->bytes_in, counts->bytes_in);
    publish_metric(&out->bytes_out, counts->bytes_out);
    publish_metric(&out->busy_ms, counts->busy_ms / 1000000);
    publish_metric(&out->back_pressured_ms, counts->back_pressured_ms / 1000000);
    publish_metric(&out->watermark_ms, counts->watermark_ms);
    publish_metric(&out->late_dropped, counts->late_dropped);
    publish_metric(&out->state_bytes, state_bytes);
}

void exec_task_abandon(exec_task *task) {
    if (task->phase == EXEC_PHASE_DONE)
        return;
    exec_task_close_inputs(task);
    close_ops(task);
    exec_ack_free(&task->final);
    task->phase = EXEC_PHASE_DONE;
}

static exec_turn give_up(exec_task *task) {
    exec_task_abandon(task);
    return EXEC_TURN_DONE;
}

static bool is_stopped(const exec_task *task) {
    return __atomic_load_n(&task->attempt->stop, __ATOMIC_ACQUIRE);
}

static rask_status take_steps(exec_task *task, exec_turn *turn, bool *back_pressured,
                              rask_error *err) {
    *turn = EXEC_TURN_AGAIN;
    for (int32_t i = 0; i < STEPS_PER_TURN && *turn == EXEC_TURN_AGAIN; i++) {
        if (is_stopped(task))
            return RASK_OK;
        if (task->phase != EXEC_PHASE_NEW)
            RASK_TRY(read_mail(task, err));
        bool waits;
        *back_pressured = task->phase != EXEC_PHASE_DONE && !exec_task_has_room(task);
        RASK_TRY(find_memory(task, &waits, err));
        if (*back_pressured || waits)
            *turn = EXEC_TURN_WAIT;
        else
            RASK_TRY(take_step(task, turn, err));
    }
    return RASK_OK;
}

static exec_turn run_task(exec_unit *unit) {
    exec_task *task = (exec_task *)unit;
    if (is_stopped(task))
        return give_up(task);
    int64_t start_ns = now_ns(task);
    if (task->waiting_since_ns != 0)
        task->counts.back_pressured_ms += start_ns - task->waiting_since_ns;
    exec_turn turn;
    bool back_pressured = false;
    rask_error err = {0};
    rask_status status = take_steps(task, &turn, &back_pressured, &err);
    if (status != RASK_OK) {
        exec_attempt_fail(task->attempt, task, &err);
        return give_up(task);
    }
    publish_metrics(task, start_ns, back_pressured);
    return is_stopped(task) ? give_up(task) : turn;
}
