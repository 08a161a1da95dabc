/* Reading from a connector or from a published result.
 *
 * The splits of a stage wait in one queue that its tasks share; a task takes the next one when it
 * has none, or when all it has are idle.  In streaming, batches begin with one row and grow (the
 * ramp); in batch they are full from the start, so that where they are cut depends on the split
 * alone. */
#include "exec/runtime.h"

enum { IDLE_RETRY_MS = 10 };

/* ---- splits ---------------------------------------------------------------------------------- */
static int32_t take_split(exec_task *task, int32_t count) {
    if (task->splits_taken)
        return -1;
    int32_t split = __atomic_fetch_add(&task->run->next_split, 1, __ATOMIC_RELAXED);
    if (split < count)
        return split;
    task->splits_taken = true;
    return -1;
}

/* Opens the next split of the queue; *opened = false when there is none. */
static rask_status open_next(exec_task *task, bool *opened, rask_error *err) {
    *opened = false;
    int32_t split = take_split(task, task->run->split_count);
    if (split < 0)
        return RASK_OK;
    const exec_split *text = &task->run->splits[split];
    connect_reader *reader;
    RASK_TRY(task->stage->connector->open_reader(&task->source_config, text->text, text->resume_at,
                                                 &reader, err));
    task->readers[task->reader_count++] = (exec_reader){split, reader, false};
    task->current = task->reader_count - 1;
    *opened = true;
    return RASK_OK;
}

static void close_reader(exec_task *task, int32_t place) {
    task->stage->connector->close_reader(task->readers[place].reader);
    task->done_splits[task->done_split_count++] = task->readers[place].split;
    task->reader_count--;
    for (int32_t i = place; i < task->reader_count; i++)
        task->readers[i] = task->readers[i + 1];
    task->current = task->reader_count > 0 ? place % task->reader_count : 0;
}

void exec_task_close_inputs(exec_task *task) {
    for (int32_t i = 0; i < task->reader_count; i++)
        task->stage->connector->close_reader(task->readers[i].reader);
    task->reader_count = 0;
    task->splits_taken = true;
    task->result_split = -1;
    for (int32_t i = 0; i < task->input_count; i++) {
        if (!task->inputs[i].channel->has_ended)
            exec_channel_close(task->inputs[i].channel);
        task->inputs[i].channel->has_ended = true;
    }
    task->live_inputs = 0;
}

void exec_task_note_splits(exec_task *task, exec_ack *ack) {
    ack->notes = BASE_NEW_ARRAY(exec_split_note, task->done_split_count + task->reader_count + 1);
    for (int32_t i = 0; i < task->done_split_count; i++)
        ack->notes[ack->note_count++].split = task->done_splits[i];
    for (int32_t i = 0; i < task->reader_count; i++) {
        base_strbuf text;
        base_strbuf_init(&text, INT32_MAX);
        task->stage->connector->position(task->readers[i].reader, &text);
        ack->notes[ack->note_count++] =
            (exec_split_note){task->readers[i].split, base_strbuf_take(&text)};
    }
}

/* ---- reading --------------------------------------------------------------------------------- */
/* How many rows the next batch may have; 0 = the restart test holds this source. */
static int32_t rows_wanted(exec_task *task) {
    int32_t rows = task->context.streaming ? exec_ramp_rows(task->ramp, task->rows_seen)
                                           : task->context.rows_max;
    int64_t hold_at = __atomic_load_n(&task->attempt->hold_at, __ATOMIC_ACQUIRE);
    if (hold_at == INT64_MAX)
        return rows;
    int64_t left = hold_at - __atomic_load_n(&task->attempt->source_rows, __ATOMIC_RELAXED);
    return left <= 0 ? 0 : left < rows ? (int32_t)left : rows;
}

static rask_status on_rows(exec_task *task, int32_t split, data_batch *batch, rask_error *err) {
    task->context.morsel = task->run->morsel_base + split;
    exec_task_count_rows(task, batch->selected);
    __atomic_fetch_add(&task->attempt->source_rows, batch->selected, __ATOMIC_RELAXED);
    return exec_task_feed(task, 0, batch, err);
}

/* All readers are idle: another split may have rows, else wait. */
static rask_status on_idle(exec_task *task, exec_step *step, rask_error *err) {
    exec_reader *reader = &task->readers[task->current];
    reader->is_idle = true;
    /* Whoever waits for its turn strictly may read on now. */
    if (!__atomic_exchange_n(&task->attempt->any_idle_source, true, __ATOMIC_SEQ_CST))
        exec_attempt_wake_all(task->attempt);
    task->current = (task->current + 1) % task->reader_count;
    if (!task->readers[task->current].is_idle)
        return RASK_OK;
    bool opened;
    RASK_TRY(open_next(task, &opened, err));
    if (opened)
        return RASK_OK;
    for (int32_t i = 0; i < task->reader_count; i++)
        task->readers[i].is_idle = false;
    exec_wake_after(&task->unit, IDLE_RETRY_MS);
    *step = EXEC_STEP_NOTHING;
    return RASK_OK;
}

rask_status exec_task_read_source(exec_task *task, exec_step *step, rask_error *err) {
    *step = EXEC_STEP_PROGRESS;
    int32_t rows = rows_wanted(task);
    if (rows == 0) {
        exec_wake(&task->attempt->job->coordinator);
        *step = EXEC_STEP_NOTHING;
        return RASK_OK;
    }
    if (task->reader_count == 0) {
        bool opened;
        RASK_TRY(open_next(task, &opened, err));
        if (!opened)
            *step = EXEC_STEP_ENDED;
        return RASK_OK;
    }
    exec_reader *reader = &task->readers[task->current];
    data_batch *batch = NULL;
    connect_poll state;
    RASK_TRY(task->stage->connector->poll(reader->reader, rows, &batch, &state, err));
    if (state == CONNECT_END)
        close_reader(task, task->current);
    else if (state == CONNECT_IDLE)
        return on_idle(task, step, err);
    else
        return on_rows(task, reader->split, batch, err);
    return RASK_OK;
}

rask_status exec_task_read_result(exec_task *task, exec_step *step, rask_error *err) {
    exec_stage_run *maker = &task->attempt->runs[task->stage->result_of->id];
    *step = EXEC_STEP_NOTHING;
    if (!__atomic_load_n(&maker->is_published, __ATOMIC_ACQUIRE))
        return RASK_OK;
    *step = EXEC_STEP_PROGRESS;
    const exec_op_class *op_class = maker->stage->ops[maker->stage->op_count - 1]->op_class;
    if (task->result_split < 0) {
        task->result_cursor = 0;
        task->result_split = take_split(task, op_class->result_splits(maker->shared));
        if (task->result_split < 0)
            *step = EXEC_STEP_ENDED;
        return RASK_OK;
    }
    data_batch *batch = NULL;
    RASK_TRY(op_class->read(maker->shared, &task->context, task->result_split, &task->result_cursor,
                            task->context.rows_max, &batch, err));
    if (batch == NULL) {
        task->result_split = -1;
        return RASK_OK;
    }
    task->context.morsel = task->run->morsel_base + task->result_split;
    return exec_task_feed(task, 0, batch, err);
}
