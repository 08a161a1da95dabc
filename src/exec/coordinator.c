/* The coordinator of a job: a unit like the tasks, woken by them.  It triggers and completes
 * checkpoints, commits the sinks, drives the restart test and ends the job.
 *
 *   checkpoint   sources get mail -> barriers flow -> every task acknowledges (or finishes)
 *                -> files are written, the manifest last -> the sinks' committables are committed
 *   end          all tasks have finished -> final checkpoint where there is a directory and a sink
 *                -> commit -> FINISHED; or: abort -> FAILED / CANCELED
 *
 * Only the coordinator changes job->attempt and job->checkpoint. */
#include "exec/runtime.h"

/* ---- what tasks tell ------------------------------------------------------------------------- */
void exec_coordinator_ack(exec_task *task, int64_t checkpoint_id, exec_ack *ack) {
    exec_job *job = task->attempt->job;
    bool is_last = false;
    base_mutex_lock(&job->mutex);
    exec_checkpoint *checkpoint = job->checkpoint;
    if (checkpoint != NULL && checkpoint->id == checkpoint_id &&
        !checkpoint->is_acked[task->number]) {
        checkpoint->acks[task->number] = *ack;
        checkpoint->is_acked[task->number] = true;
        is_last = --checkpoint->waiting == 0;
        *ack = (exec_ack){0};
    }
    base_mutex_unlock(&job->mutex);
    exec_ack_free(ack);
    if (is_last)
        exec_wake(&job->coordinator);
}

void exec_coordinator_finished(exec_task *task) {
    exec_job *job = task->attempt->job;
    base_mutex_lock(&job->mutex);
    task->has_finished = true;
    exec_checkpoint *checkpoint = job->checkpoint;
    if (checkpoint != NULL && !checkpoint->is_acked[task->number]) {
        checkpoint->is_acked[task->number] = true;
        checkpoint->waiting--;
    }
    task->attempt->live_count--;
    base_mutex_unlock(&job->mutex);
    exec_wake(&job->coordinator); /* from here on the attempt may be gone */
}

char *exec_coordinator_snapshot_path(exec_task *task, int64_t checkpoint_id) {
    exec_job *job = task->attempt->job;
    char *path = NULL;
    base_mutex_lock(&job->mutex);
    const exec_checkpoint *checkpoint = job->checkpoint;
    if (checkpoint != NULL && checkpoint->id == checkpoint_id && checkpoint->directory != NULL)
        path = base_printf("%s/task-%d", checkpoint->directory, task->number);
    base_mutex_unlock(&job->mutex);
    return path;
}

/* ---- sinks ----------------------------------------------------------------------------------- */
static exec_sink *find_sink(exec_job *job, const exec_op_spec *spec) {
    for (int32_t i = 0; i < job->sink_count; i++)
        if (job->sinks[i].spec == spec)
            return &job->sinks[i];
    RASK_ASSERT(false);
    return NULL;
}

/* Moves an acknowledgement's committables to their sinks. */
static void take_committables(exec_job *job, const exec_task *task, exec_ack *ack) {
    for (int32_t i = 0; i < ack->committable_count; i++) {
        exec_sink *sink = find_sink(job, task->stage->ops[ack->committables[i].op_index]);
        sink->texts = base_realloc(sink->texts, (sink->text_count + 1) * (int64_t)sizeof(char *));
        sink->texts[sink->text_count++] = ack->committables[i].text;
    }
    ack->committable_count = 0;
}

static rask_status commit_sinks(exec_job *job, bool is_end, rask_error *err) {
    for (int32_t i = 0; i < job->sink_count; i++) {
        exec_sink *sink = &job->sinks[i];
        if (sink->text_count == 0 && !is_end)
            continue;
        if (sink->connector->commit != NULL)
            RASK_TRY(sink->connector->commit(&sink->config, (const char *const *)sink->texts,
                                             sink->text_count, is_end, err));
        for (int32_t k = 0; k < sink->text_count; k++)
            base_free(sink->texts[k]);
        sink->text_count = 0;
    }
    return RASK_OK;
}

static rask_status recover_sink(exec_sink *sink, state_reader *reader, const char *job_id,
                                rask_error *err) {
    char **texts = NULL;
    int32_t count = 0;
    RASK_TRY(exec_checkpoint_committables(reader, sink->spec->uid, &texts, &count, err));
    connect_config config = sink->config;
    config.job_id = job_id;
    rask_status status = RASK_OK;
    if (count > 0 && sink->connector->recover_commit != NULL)
        status = sink->connector->recover_commit(&config, (const char *const *)texts, count, err);
    if (status == RASK_OK && sink->connector->abort != NULL)
        sink->connector->abort(&config);
    for (int32_t i = 0; i < count; i++)
        base_free(texts[i]);
    base_free(texts);
    return status;
}

rask_status exec_recover_sinks(exec_job *job, state_reader *reader, const exec_snapshot_info *info,
                               rask_error *err) {
    for (int32_t i = 0; i < job->sink_count; i++)
        RASK_TRY(recover_sink(&job->sinks[i], reader, info->job_id, err));
    return RASK_OK;
}

/* ---- checkpoints ----------------------------------------------------------------------------- */
static void free_checkpoint(exec_checkpoint *checkpoint, int32_t task_count) {
    if (checkpoint == NULL)
        return;
    for (int32_t i = 0; i < task_count; i++)
        exec_ack_free(&checkpoint->acks[i]);
    base_free(checkpoint->acks);
    base_free(checkpoint->is_acked);
    base_free(checkpoint->directory);
    base_free(checkpoint);
}

static void drop_checkpoint(exec_job *job) {
    base_mutex_lock(&job->mutex);
    exec_checkpoint *checkpoint = job->checkpoint;
    job->checkpoint = NULL;
    base_mutex_unlock(&job->mutex);
    if (checkpoint != NULL)
        free_checkpoint(checkpoint, job->attempt->task_count);
}

static int64_t now_ns(const exec_job *job) {
    return job->world->clock->monotonic_ns(job->world->clock->self);
}

static exec_checkpoint *new_checkpoint(exec_job *job) {
    exec_checkpoint *checkpoint = BASE_NEW(exec_checkpoint);
    checkpoint->acks = BASE_NEW_ARRAY(exec_ack, job->attempt->task_count + 1);
    checkpoint->is_acked = BASE_NEW_ARRAY(bool, job->attempt->task_count + 1);
    checkpoint->id = job->next_checkpoint++;
    if (job->checkpoint_base != NULL)
        checkpoint->directory =
            base_printf("%s/chk-%lld", job->checkpoint_base, (long long)checkpoint->id);
    return checkpoint;
}

/* Tasks that have finished take part with what they left. */
static void trigger(exec_job *job, bool is_test) {
    exec_attempt *attempt = job->attempt;
    exec_checkpoint *checkpoint = new_checkpoint(job);
    checkpoint->is_test = is_test;
    /* Where this fails, the tasks cannot write their files either, and say so. */
    if (checkpoint->directory != NULL)
        job->world->files->make_directories(job->world->files->self, checkpoint->directory, NULL);
    base_mutex_lock(&job->mutex);
    checkpoint->manual_upto = job->manual_wanted;
    for (int32_t i = 0; i < attempt->task_count; i++) {
        checkpoint->is_acked[i] = attempt->tasks[i]->has_finished;
        checkpoint->waiting += !checkpoint->is_acked[i];
    }
    job->checkpoint = checkpoint;
    base_mutex_unlock(&job->mutex);
    job->next_trigger_ns = now_ns(job) + job->interval_ms * 1000000;
    for (int32_t i = 0; i < attempt->task_count; i++)
        if (attempt->tasks[i]->stage->source == EXEC_FROM_CONNECTOR)
            exec_task_mail(attempt->tasks[i], EXEC_MAIL_BARRIER, checkpoint->id);
}

/* Of finished tasks too, unless they acknowledged a barrier and finished later: what they prepared
 * since then belongs to the next checkpoint. */
static void take_all_committables(exec_job *job, exec_checkpoint *checkpoint) {
    exec_attempt *attempt = job->attempt;
    for (int32_t i = 0; i < attempt->task_count; i++) {
        exec_task *task = attempt->tasks[i];
        base_mutex_lock(&job->mutex);
        bool has_finished = task->has_finished;
        base_mutex_unlock(&job->mutex);
        if (checkpoint != NULL && checkpoint->acks[i].is_barrier)
            take_committables(job, task, &checkpoint->acks[i]);
        else if (has_finished)
            take_committables(job, task, &task->final);
    }
}

static void replace_kept(exec_job *job, const char *path) {
    if (job->kept_path != NULL)
        base_remove_tree(job->world, job->kept_path, NULL);
    base_free(job->kept_path);
    job->kept_path = path != NULL ? base_strdup(path) : NULL;
}

static rask_status write_checkpoint(exec_job *job, const exec_checkpoint *checkpoint,
                                    rask_error *err) {
    if (checkpoint->directory == NULL)
        return RASK_OK;
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < job->attempt->task_count && status == RASK_OK; i++) {
        if (checkpoint->acks[i].failure == NULL)
            continue;
        *err = *checkpoint->acks[i].failure;
        status = err->code;
    }
    if (status == RASK_OK)
        status = exec_checkpoint_write(job, checkpoint, err);
    if (status != RASK_OK)
        base_remove_tree(job->world, checkpoint->directory, NULL);
    return status;
}

static void answer_manual(exec_job *job, const exec_checkpoint *checkpoint, rask_status status,
                          const rask_error *err) {
    base_mutex_lock(&job->mutex);
    job->manual_done = checkpoint->manual_upto;
    job->manual_error = status != RASK_OK ? *err : (rask_error){0};
    base_free(job->manual_path);
    job->manual_path = base_strdup(checkpoint->directory);
    base_cond_broadcast(&job->changed);
    base_mutex_unlock(&job->mutex);
}

/* All have acknowledged: write, commit, tell.  A checkpoint the caller asked for may fail to be
 * written without harm to the job; what was prepared is then committed with the next one. */
static rask_status complete(exec_job *job, rask_error *err) {
    exec_checkpoint *checkpoint = job->checkpoint;
    bool is_manual = checkpoint->manual_upto > job->manual_done;
    rask_error local = {0};
    take_all_committables(job, checkpoint);
    rask_status status = write_checkpoint(job, checkpoint, &local);
    bool is_written = status == RASK_OK;
    if (is_written && checkpoint->directory != NULL && (!is_manual || checkpoint->is_test))
        replace_kept(job, checkpoint->directory);
    if (is_written)
        status = commit_sinks(job, false, &local);
    if (is_manual)
        answer_manual(job, checkpoint, status, &local);
    if (is_written) {
        job->committed_epoch = checkpoint->id;
        for (int32_t i = 0; i < job->attempt->task_count; i++)
            exec_task_mail(job->attempt->tasks[i], EXEC_MAIL_COMPLETE, checkpoint->id);
    }
    bool is_fatal = status != RASK_OK && (is_written || !is_manual);
    drop_checkpoint(job);
    if (is_fatal)
        *err = local;
    return is_fatal ? status : RASK_OK;
}

/* Before the last commit: restoring after a crash in the middle of it must not lose a file. */
static rask_status write_final_checkpoint(exec_job *job, rask_error *err) {
    int32_t texts = 0;
    for (int32_t i = 0; i < job->sink_count; i++)
        texts += job->sinks[i].text_count;
    if (job->checkpoint_base == NULL || !job->graph->streaming || texts == 0)
        return RASK_OK;
    exec_checkpoint *checkpoint = new_checkpoint(job);
    rask_status status =
        job->world->files->make_directories(job->world->files->self, checkpoint->directory, err);
    if (status == RASK_OK)
        status = write_checkpoint(job, checkpoint, err);
    if (status == RASK_OK)
        replace_kept(job, checkpoint->directory);
    free_checkpoint(checkpoint, job->attempt->task_count);
    return status;
}

/* ---- the end --------------------------------------------------------------------------------- */
static void set_failure(exec_job *job, const rask_error *err) {
    base_mutex_lock(&job->mutex);
    if (job->failure.code == RASK_OK)
        job->failure = *err;
    base_mutex_unlock(&job->mutex);
}

/* The ones it has taken by itself; the directory goes too, unless the caller has some in it. */
static void remove_checkpoints(exec_job *job) {
    const base_files *files = job->world->files;
    replace_kept(job, NULL);
    if (job->checkpoint_base == NULL)
        return;
    if (job->holds_results)
        base_remove_tree(job->world, job->checkpoint_base, NULL);
    else
        files->remove(files->self, job->checkpoint_base, NULL);
}

static exec_turn end_failed(exec_job *job) {
    drop_checkpoint(job);
    bool is_cancelled = job->failure.code == RASK_OK;
    if (is_cancelled)
        rask_error_set(&job->failure, RASK_ERROR_CANCELLED, "Job was cancelled.");
    bool keeps = is_cancelled ? job->keeps_when_cancelled : job->keeps_when_failed;
    for (int32_t i = 0; i < job->sink_count; i++) {
        /* What a kept checkpoint holds is committed, and the rest dropped, by whoever restores. */
        bool is_needed = keeps && job->kept_path != NULL && job->sinks[i].text_count > 0;
        if (job->sinks[i].connector->abort != NULL && !is_needed)
            job->sinks[i].connector->abort(&job->sinks[i].config);
    }
    if (job->results != NULL)
        connect_results_end(job->results, &job->failure);
    if (!keeps)
        remove_checkpoints(job);
    exec_job_set_state(job, is_cancelled ? EXEC_JOB_CANCELED : EXEC_JOB_FAILED);
    return EXEC_TURN_DONE;
}

/* All tasks have finished: the last commit.  WAIT while the results have no room. */
static exec_turn end_complete(exec_job *job) {
    rask_error err = {0};
    if (job->checkpoint != NULL && complete(job, &err) != RASK_OK) {
        set_failure(job, &err);
        return end_failed(job);
    }
    job->committed_epoch = INT64_MAX;
    if (!exec_job_show_held(job) && !connect_results_is_cancelled(job->results))
        return EXEC_TURN_WAIT;
    take_all_committables(job, NULL);
    rask_status status = write_final_checkpoint(job, &err);
    if (status == RASK_OK)
        status = commit_sinks(job, true, &err);
    if (status != RASK_OK) {
        set_failure(job, &err);
        return end_failed(job);
    }
    remove_checkpoints(job);
    if (job->results != NULL)
        connect_results_end(job->results, NULL);
    exec_job_set_state(job, EXEC_JOB_FINISHED);
    return EXEC_TURN_DONE;
}

/* ---- the restart test ------------------------------------------------------------------------ */
/* The tasks are gone, nothing was committed since the checkpoint: another attempt, at another
 * parallelism, goes on from its files. */
static rask_status restart(exec_job *job, rask_error *err) {
    drop_checkpoint(job);
    exec_attempt *old = job->attempt;
    base_mutex_lock(&job->mutex);
    job->attempt = NULL;
    base_mutex_unlock(&job->mutex);
    exec_attempt_free(old);
    exec_job_drop_held(job);
    job->restart = EXEC_RESTART_NEVER;
    exec_snapshot_info info = {0};
    state_reader *reader = NULL;
    exec_attempt *attempt = NULL;
    exec_graph *graph = exec_graph_rescale(job->graph, job->restart_parallelism);
    rask_status status = exec_checkpoint_read(job->world, job->kept_path, &reader, &info, err);
    if (status == RASK_OK)
        status = exec_checkpoint_check(reader, graph, err);
    if (status == RASK_OK)
        status = exec_recover_sinks(job, reader, &info, err);
    if (status == RASK_OK) {
        status = exec_attempt_new(job, graph, reader, &attempt, err);
        graph = NULL;
    }
    exec_snapshot_info_free(&info);
    if (status != RASK_OK) {
        exec_graph_free(graph);
        state_reader_free(reader);
        return status;
    }
    base_mutex_lock(&job->mutex);
    job->attempt = attempt;
    base_mutex_unlock(&job->mutex);
    exec_attempt_wake_all(attempt);
    return RASK_OK;
}

static void hold_sources_at(exec_job *job, int64_t rows) {
    __atomic_store_n(&job->attempt->hold_at, rows, __ATOMIC_RELEASE);
    for (int32_t i = 0; i < job->attempt->task_count; i++)
        exec_task_mail(job->attempt->tasks[i], EXEC_MAIL_RESUME, 0);
}

static void drive_restart_test(exec_job *job) {
    exec_attempt *attempt = job->attempt;
    int64_t rows = __atomic_load_n(&attempt->source_rows, __ATOMIC_RELAXED);
    if (job->restart == EXEC_RESTART_BEFORE && rows >= job->restart_rows &&
        job->checkpoint == NULL) {
        job->restart = EXEC_RESTART_CHECKPOINT;
        trigger(job, true);
    } else if (job->restart == EXEC_RESTART_CHECKPOINT && job->committed_epoch > 0 &&
               job->checkpoint == NULL) {
        /* Some more rows, whose effects must vanish. */
        job->restart = EXEC_RESTART_AFTER;
        hold_sources_at(job, job->restart_rows + (job->restart_rows < 64 ? 64 : job->restart_rows));
    } else if (job->restart == EXEC_RESTART_AFTER && rows >= attempt->hold_at) {
        job->restart = EXEC_RESTART_KILL;
        exec_attempt_stop(attempt);
    }
}

/* ---- turns ----------------------------------------------------------------------------------- */
typedef struct situation { /* what the tasks have told so far */
    int32_t live;
    bool is_failed, is_acked, wants_manual;
} situation;

static situation look(exec_job *job) {
    base_mutex_lock(&job->mutex);
    situation now = {.live = job->attempt->live_count,
                     .is_failed = job->failure.code != RASK_OK || job->cancel_wanted,
                     .is_acked = job->checkpoint != NULL && job->checkpoint->waiting == 0,
                     .wants_manual = job->manual_wanted > job->manual_done};
    base_mutex_unlock(&job->mutex);
    return now;
}

static bool may_restart(const exec_job *job) {
    return job->restart == EXEC_RESTART_AFTER || job->restart == EXEC_RESTART_KILL;
}

static void maybe_trigger(exec_job *job) {
    if (job->checkpoint != NULL || may_restart(job) || job->restart == EXEC_RESTART_CHECKPOINT)
        return;
    if (look(job).wants_manual || (job->interval_ms > 0 && now_ns(job) >= job->next_trigger_ns))
        trigger(job, false);
}

static exec_turn all_tasks_gone(exec_job *job) {
    rask_error err = {0};
    if (job->restart == EXEC_RESTART_CHECKPOINT && job->checkpoint != NULL) {
        if (complete(job, &err) != RASK_OK) {
            set_failure(job, &err);
            return end_failed(job);
        }
        job->restart = EXEC_RESTART_AFTER;
    }
    if (!may_restart(job))
        return end_complete(job);
    if (restart(job, &err) == RASK_OK)
        return EXEC_TURN_AGAIN;
    set_failure(job, &err);
    return end_failed(job);
}

/* A reader that wants no more results ends the query, unless it has read all there is. */
static void notice_cancelled_results(exec_job *job, int32_t live) {
    if (live > 0 && job->results != NULL && connect_results_is_cancelled(job->results))
        exec_job_cancel(job);
}

exec_turn exec_coordinator_run(exec_unit *unit) {
    exec_job *job = (exec_job *)unit;
    rask_error err = {0};
    notice_cancelled_results(job, look(job).live);
    situation now = look(job);
    if (now.is_failed && now.live > 0) {
        exec_attempt_stop(job->attempt);
        return EXEC_TURN_WAIT;
    }
    if (now.is_failed)
        return end_failed(job);
    if (now.live == 0)
        return all_tasks_gone(job);
    if (now.is_acked && complete(job, &err) != RASK_OK) {
        set_failure(job, &err);
        return EXEC_TURN_AGAIN;
    }
    exec_job_show_held(job);
    drive_restart_test(job);
    maybe_trigger(job);
    if (job->interval_ms > 0) {
        int64_t left_ms = (job->next_trigger_ns - now_ns(job)) / 1000000 + 1;
        exec_wake_after(unit, left_ms > 1 ? left_ms : 1);
    }
    return look(job).is_acked ? EXEC_TURN_AGAIN : EXEC_TURN_WAIT;
}
