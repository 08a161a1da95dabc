/* Reading from edges: which channel is next, what an item does, watermarks, barrier alignment.
 *
 * Inputs take turns, first input first, by a quantum of rows that follows the sources' ramp (one
 * row for the first 64 rows, then doubling), so small inputs interleave row by row and large ones
 * pay nothing for it.
 *
 * At parallelism 1 with bounded sources the order is decided by the data alone: the input whose
 * turn it is is waited for, even if another one has rows (a Kahn network: the outcome does not
 * depend on timing).  Should tasks then wait for each other in a circle, exec_attempt_unlock lets a
 * full queue grow.  Otherwise the next input that has something is taken. */
#include "exec/runtime.h"

enum { SINGLE_ROWS = 64 };

int32_t exec_ramp_rows(int32_t ramp, int64_t rows_seen) {
    return rows_seen < SINGLE_ROWS ? 1 : ramp;
}

/* Moves the ramp on after `rows` more rows. */
void exec_task_count_rows(exec_task *task, int64_t rows) {
    task->rows_seen += rows;
    if (task->rows_seen > SINGLE_ROWS && task->ramp < task->context.rows_max)
        task->ramp =
            2 * task->ramp < task->context.rows_max ? 2 * task->ramp : task->context.rows_max;
}

/* ---- whose turn ------------------------------------------------------------------------------ */
static bool is_readable(const exec_channel *channel) {
    return !channel->has_ended && channel->barrier == 0;
}

static void next_turn(exec_task *task) {
    task->current = (task->current + 1) % task->input_count;
    task->quantum_used = 0;
}

/* The input to take from, or NULL: nothing there yet. */
static exec_input *choose_input(exec_task *task) {
    bool is_strict = task->attempt->is_strict &&
                     !__atomic_load_n(&task->attempt->any_idle_source, __ATOMIC_RELAXED);
    for (int32_t tried = 0; tried < task->input_count; tried++) {
        exec_input *input = &task->inputs[task->current];
        if (is_readable(input->channel)) {
            if (exec_channel_has_items(input->channel))
                return input;
            if (is_strict)
                return NULL;
        }
        next_turn(task);
    }
    return NULL;
}

static void use_quantum(exec_task *task, int64_t rows) {
    task->quantum_used += rows;
    int32_t quantum = exec_ramp_rows(task->ramp, task->rows_seen);
    exec_task_count_rows(task, rows);
    if (task->quantum_used >= quantum)
        next_turn(task);
}

/* ---- batches --------------------------------------------------------------------------------- */
/* With several inputs a watermark inside a batch holds only as far as the other inputs allow. */
static rask_status clamp_watermarks(exec_task *task, exec_channel *from, data_batch **batch,
                                    rask_error *err) {
    data_batch *old = *batch;
    int64_t limit_ms = INT64_MAX;
    for (int32_t i = 0; i < task->input_count; i++) {
        exec_channel *channel = task->inputs[i].channel;
        if (channel != from && !channel->has_ended && channel->watermark_ms < limit_ms)
            limit_ms = channel->watermark_ms;
    }
    from->watermark_ms = old->watermarks[old->watermark_count - 1].watermark_ms;
    base_buffer *buffer;
    RASK_TRY(base_buffer_new(
        task->pool, old->watermark_count * (int64_t)sizeof(data_inner_watermark), &buffer, err));
    data_inner_watermark *kept = (data_inner_watermark *)buffer->data;
    int32_t count = 0;
    int64_t last_ms = task->watermark_ms;
    for (int32_t i = 0; i < old->watermark_count; i++) {
        data_inner_watermark mark = old->watermarks[i];
        mark.watermark_ms = mark.watermark_ms < limit_ms ? mark.watermark_ms : limit_ms;
        if (mark.watermark_ms > last_ms)
            kept[count++] = mark;
        last_ms = mark.watermark_ms > last_ms ? mark.watermark_ms : last_ms;
    }
    buffer->size = count * (int64_t)sizeof *kept;
    data_column **columns =
        base_arena_alloc(task->scratch, old->column_count * (int64_t)sizeof(data_column *) + 1);
    for (int32_t c = 0; c < old->column_count; c++)
        columns[c] = data_column_ref(old->columns[c]);
    *batch = data_batch_with_columns(old, columns, old->column_count);
    data_batch_set_watermarks(*batch, buffer, count);
    task->watermark_ms = last_ms;
    data_batch_unref(old);
    return RASK_OK;
}

rask_status exec_task_feed(exec_task *task, int32_t input, data_batch *batch, rask_error *err) {
    rask_status status;
    task->counts.records_in += batch->selected;
    if (batch->watermark_count > 0)
        task->counts.watermark_ms = batch->watermarks[batch->watermark_count - 1].watermark_ms;
    if (task->op_count == 0)
        return exec_task_send(task, batch, err);
    status = exec_chain_batch(task->ops[0], input, batch, err);
    data_batch_unref(batch);
    base_arena_reset(task->scratch);
    return status;
}

static rask_status on_batch(exec_task *task, exec_input *input, exec_item *item, rask_error *err) {
    data_batch *batch = item->batch;
    int64_t rows = batch->selected;
    task->context.morsel = item->number;
    if (input->edge->kind == EXEC_EDGE_HASH && 4 * (int64_t)batch->selected < batch->row_count) {
        data_batch *dense;
        rask_status status = data_batch_compact(task->pool, batch, &dense, err);
        data_batch_unref(batch);
        RASK_TRY(status);
        batch = dense;
    }
    if (batch->watermark_count > 0) {
        if (task->input_count > 1) {
            rask_status status = clamp_watermarks(task, input->channel, &batch, err);
            if (status != RASK_OK) {
                data_batch_unref(batch);
                return status;
            }
        } else {
            task->watermark_ms = input->channel->watermark_ms =
                batch->watermarks[batch->watermark_count - 1].watermark_ms;
        }
    }
    task->counts.bytes_in += data_batch_pinned_bytes(batch);
    rask_status status = exec_task_feed(task, input->edge->to_input, batch, err);
    use_quantum(task, rows);
    return status;
}

/* ---- watermarks, barriers, ends -------------------------------------------------------------- */
static rask_status pass_watermark(exec_task *task, int64_t watermark_ms, rask_error *err) {
    task->counts.watermark_ms = watermark_ms;
    if (task->op_count > 0)
        return exec_chain_watermark(task->ops[0], watermark_ms, err);
    exec_task_send_item(task, EXEC_ITEM_WATERMARK, watermark_ms);
    return RASK_OK;
}

/* The task's watermark is the least of its live inputs'. */
static rask_status advance_watermark(exec_task *task, rask_error *err) {
    int64_t least_ms = INT64_MAX;
    for (int32_t i = 0; i < task->input_count; i++) {
        const exec_channel *channel = task->inputs[i].channel;
        if (!channel->has_ended && channel->watermark_ms < least_ms)
            least_ms = channel->watermark_ms;
    }
    if (least_ms == INT64_MAX || least_ms <= task->watermark_ms)
        return RASK_OK;
    task->watermark_ms = least_ms;
    return pass_watermark(task, least_ms, err);
}

/* Once every live input stands at the barrier, the checkpoint is this task's turn. */
static rask_status align(exec_task *task, rask_error *err) {
    int64_t checkpoint = 0;
    for (int32_t i = 0; i < task->input_count; i++) {
        const exec_channel *channel = task->inputs[i].channel;
        if (channel->barrier != 0)
            checkpoint = channel->barrier;
        else if (!channel->has_ended)
            return RASK_OK;
    }
    if (checkpoint == 0)
        return RASK_OK;
    for (int32_t i = 0; i < task->input_count; i++)
        task->inputs[i].channel->barrier = 0;
    return exec_task_barrier(task, checkpoint, err);
}

static rask_status on_end(exec_task *task, exec_input *input, rask_error *err) {
    input->channel->has_ended = true;
    task->live_inputs--;
    bool input_ended = true;
    for (int32_t i = 0; i < task->input_count; i++)
        if (task->inputs[i].edge->to_input == input->edge->to_input)
            input_ended = input_ended && task->inputs[i].channel->has_ended;
    /* The ends of the first operator's inputs are told here, except the last one of all: before
     * that the watermark must reach the end of time (task.c). */
    if (input_ended && task->live_inputs > 0 && task->op_count > 0)
        RASK_TRY(exec_chain_end(task->ops[0], input->edge->to_input, err));
    if (task->live_inputs == 0)
        return RASK_OK;
    RASK_TRY(advance_watermark(task, err));
    return align(task, err);
}

rask_status exec_task_read_edges(exec_task *task, exec_step *step, rask_error *err) {
    *step = EXEC_STEP_PROGRESS;
    if (task->live_inputs == 0) {
        *step = EXEC_STEP_ENDED;
        return RASK_OK;
    }
    exec_input *input = choose_input(task);
    exec_item item;
    if (input == NULL || !exec_channel_take(input->channel, &item)) {
        *step = EXEC_STEP_NOTHING;
        return RASK_OK;
    }
    switch (item.kind) {
    case EXEC_ITEM_BATCH:
        return on_batch(task, input, &item, err);
    case EXEC_ITEM_WATERMARK:
        input->channel->watermark_ms = item.number;
        return advance_watermark(task, err);
    case EXEC_ITEM_BARRIER:
        input->channel->barrier = item.number;
        return align(task, err);
    case EXEC_ITEM_END:
        task->current = (int32_t)(input - task->inputs);
        return on_end(task, input, err);
    }
    return RASK_OK;
}
