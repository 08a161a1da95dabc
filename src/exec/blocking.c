/* The end of a blocking stage: when all its tasks have read their input, they combine the
 * partitions of the shared result, each the next free one; whoever finishes the last partition
 * publishes.  From then on the result is read-only and the tasks of later stages may read its
 * splits.
 *
 * A task's private state may be read by the combines of others, so no task leaves before that. */
#include "exec/runtime.h"

static void wake_stage(exec_stage_run *run) {
    for (int32_t i = 0; i < run->parallelism; i++)
        exec_wake(&run->tasks[i]->unit);
}

static bool reads_result(const exec_stage *stage, const exec_stage *result) {
    if (stage->result_of == result)
        return true;
    for (int32_t i = 0; i < stage->op_count; i++)
        if (stage->ops[i]->reads == result)
            return true;
    return false;
}

static void wake_readers(exec_attempt *attempt, const exec_stage *stage) {
    for (int32_t i = 0; i < attempt->task_count; i++)
        if (reads_result(attempt->tasks[i]->stage, stage))
            exec_wake(&attempt->tasks[i]->unit);
}

bool exec_task_has_results(exec_task *task) {
    for (int32_t i = 0; i < task->op_count; i++) {
        const exec_stage *maker = task->ops[i]->spec->reads;
        if (maker == NULL)
            continue;
        exec_stage_run *run = &task->attempt->runs[maker->id];
        if (!__atomic_load_n(&run->is_published, __ATOMIC_ACQUIRE))
            return false;
        task->ops[i]->published = run->shared;
    }
    return true;
}

static exec_op *blocking_op(exec_task *task) {
    return task->ops[task->op_count - 1];
}

rask_status exec_blocking_start(exec_task *task, rask_error *err) {
    (void)err;
    exec_stage_run *run = task->run;
    exec_job *job = task->attempt->job;
    base_mutex_lock(&job->mutex);
    bool is_last = ++run->ended_count == run->parallelism;
    base_mutex_unlock(&job->mutex);
    if (!is_last)
        return RASK_OK;
    int32_t partitions = blocking_op(task)->spec->op_class->partitions(run->shared);
    __atomic_store_n(&run->partition_count, partitions, __ATOMIC_SEQ_CST);
    wake_stage(run);
    return RASK_OK;
}

static rask_status publish(exec_task *task, rask_error *err) {
    exec_op *op = blocking_op(task);
    RASK_TRY(op->spec->op_class->publish(op, err));
    __atomic_store_n(&task->run->is_published, true, __ATOMIC_SEQ_CST);
    wake_stage(task->run);
    wake_readers(task->attempt, task->stage);
    return RASK_OK;
}

rask_status exec_blocking_step(exec_task *task, bool *done, bool *progress, rask_error *err) {
    exec_stage_run *run = task->run;
    exec_job *job = task->attempt->job;
    *done = __atomic_load_n(&run->is_published, __ATOMIC_SEQ_CST);
    *progress = *done;
    int32_t partitions = __atomic_load_n(&run->partition_count, __ATOMIC_SEQ_CST);
    if (*done || partitions < 0)
        return RASK_OK;
    /* Whoever combines the last partition publishes; without any, the first to come. */
    int32_t ticket = __atomic_fetch_add(&run->next_partition, 1, __ATOMIC_SEQ_CST);
    if (ticket < partitions) {
        exec_op *op = blocking_op(task);
        RASK_TRY(op->spec->op_class->combine(op, ticket, err));
    } else if (partitions > 0 || ticket > 0) {
        return RASK_OK;
    }
    base_mutex_lock(&job->mutex);
    bool is_last = partitions == 0 || ++run->combined_count == partitions;
    base_mutex_unlock(&job->mutex);
    *progress = true;
    return is_last ? publish(task, err) : RASK_OK;
}
