/* What leaves a task: batches over its edges, watermarks, barriers and ends to all of them, and
 * results to the caller.  Nothing here blocks; the task looks at exec_task_has_room between steps.
 */
#include "exec/runtime.h"

/* ---- edges ----------------------------------------------------------------------------------- */
static void put_batch(exec_task *task, exec_channel *channel, data_batch *batch) {
    exec_channel_put(channel, (exec_item){EXEC_ITEM_BATCH, batch, task->context.morsel});
}

/* A channel that gets no rows of the batch still gets what was said between them. */
static void put_last_watermark(exec_channel *channel, const data_batch *batch) {
    if (batch->watermark_count > 0)
        exec_channel_put(channel,
                         (exec_item){EXEC_ITEM_WATERMARK, NULL,
                                     batch->watermarks[batch->watermark_count - 1].watermark_ms});
}

static rask_status send_hashed(exec_task *task, exec_output *output, data_batch *batch,
                               rask_error *err) {
    data_batch **targets =
        base_arena_alloc(task->scratch, output->count * (int64_t)sizeof(data_batch *));
    RASK_TRY(exec_partition(output, &task->context, &task->partition_scratch, batch, targets, err));
    for (int32_t i = 0; i < output->count; i++) {
        if (targets[i] != NULL)
            put_batch(task, output->channels[i], targets[i]);
        else
            put_last_watermark(output->channels[i], batch);
    }
    return RASK_OK;
}

/* To one channel after the other. */
static void send_in_turn(exec_task *task, exec_output *output, data_batch *batch) {
    int32_t turn = (int32_t)(output->next++ % output->count);
    put_batch(task, output->channels[turn], data_batch_ref(batch));
    for (int32_t i = 0; i < output->count; i++)
        if (i != turn)
            put_last_watermark(output->channels[i], batch);
}

/* Borrows the batch. */
static rask_status send_over(exec_task *task, exec_output *output, data_batch *batch,
                             rask_error *err) {
    if (output->count == 1) {
        put_batch(task, output->channels[0], data_batch_ref(batch));
        return RASK_OK;
    }
    switch (output->edge->kind) {
    case EXEC_EDGE_HASH:
        return send_hashed(task, output, batch, err);
    case EXEC_EDGE_BROADCAST:
        for (int32_t i = 0; i < output->count; i++)
            put_batch(task, output->channels[i], data_batch_ref(batch));
        return RASK_OK;
    default:
        send_in_turn(task, output, batch);
        return RASK_OK;
    }
}

rask_status exec_task_send(exec_task *task, data_batch *batch, rask_error *err) {
    task->counts.records_out += batch->selected;
    if (task->output_count > 0)
        task->counts.bytes_out += data_batch_pinned_bytes(batch);
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < task->output_count && status == RASK_OK; i++)
        status = send_over(task, &task->outputs[i], batch, err);
    data_batch_unref(batch);
    return status;
}

void exec_task_send_item(exec_task *task, exec_item_kind kind, int64_t number) {
    for (int32_t i = 0; i < task->output_count; i++)
        for (int32_t k = 0; k < task->outputs[i].count; k++)
            exec_channel_put(task->outputs[i].channels[k], (exec_item){kind, NULL, number});
}

bool exec_task_is_unwanted(exec_task *task) {
    for (int32_t i = 0; i < task->output_count; i++)
        for (int32_t k = 0; k < task->outputs[i].count; k++)
            if (!exec_channel_is_closed(task->outputs[i].channels[k]))
                return false;
    return task->output_count > 0;
}

/* ---- results --------------------------------------------------------------------------------- */
void exec_task_deliver(exec_task *task, data_batch *batch) {
    exec_job *job = task->attempt->job;
    if (exec_job_holds_results(job)) {
        exec_job_hold(job, batch, task->last_checkpoint);
        return;
    }
    if (task->delivery_count == task->delivery_capacity) {
        task->delivery_capacity = task->delivery_capacity > 0 ? 2 * task->delivery_capacity : 16;
        task->deliveries =
            base_realloc(task->deliveries, task->delivery_capacity * (int64_t)sizeof(data_batch *));
    }
    task->deliveries[task->delivery_count++] = batch;
}

/* Hands over what the results have room for; false = some is left.  The room callback wakes us. */
static bool flush_deliveries(exec_task *task) {
    connect_results *results = task->attempt->job->results;
    for (; task->delivery_head < task->delivery_count; task->delivery_head++) {
        bool is_full = false;
        data_batch *batch = task->deliveries[task->delivery_head];
        if (connect_results_is_cancelled(results)) {
            data_batch_unref(batch);
            continue;
        }
        connect_results_put(results, batch, &is_full);
        if (is_full)
            return false;
    }
    task->delivery_head = task->delivery_count = 0;
    return true;
}

bool exec_task_is_flushed(const exec_task *task) {
    return task->delivery_head == task->delivery_count;
}

bool exec_task_has_room(exec_task *task) {
    if (!exec_task_is_flushed(task)) {
        /* Said before trying, so that a room callback in between is not missed. */
        __atomic_store_n(&task->waits_for_results, true, __ATOMIC_SEQ_CST);
        if (!flush_deliveries(task))
            return false;
        __atomic_store_n(&task->waits_for_results, false, __ATOMIC_SEQ_CST);
    }
    for (int32_t i = 0; i < task->output_count; i++)
        for (int32_t k = 0; k < task->outputs[i].count; k++)
            if (exec_channel_is_full(task->outputs[i].channels[k]))
                return false;
    return true;
}
