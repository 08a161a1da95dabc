/* Between the operators of one task: batches, watermarks, timers and ends go down the chain as
 * plain calls.  What leaves the last operator goes to the task's outputs.  The operator in which an
 * error begins is remembered for its message. */
#include "exec/runtime.h"

static rask_status note_failure(exec_op *op, rask_status status) {
    if (status != RASK_OK && op->task->failed_op == NULL)
        op->task->failed_op = op;
    return status;
}

/* The selected rows [start, end) of the batch. */
static rask_status take_rows(exec_op *op, int32_t input, data_batch *batch, int32_t start,
                             int32_t end, rask_error *err) {
    data_batch *rows;
    if (start == end)
        return RASK_OK;
    RASK_TRY(data_batch_slice(op->context->pool, batch, start, end - start, &rows, err));
    rask_status status = op->spec->op_class->batch(op, input, rows, err);
    data_batch_unref(rows);
    return status;
}

/* Whether a timer is due at this watermark: a pending one, or one that the rows [start, end), which
 * the operator has not seen yet, may register. */
static bool is_due(exec_op *op, const data_batch *batch, int32_t start, int32_t end,
                   int64_t watermark_ms) {
    const exec_op_class *op_class = op->spec->op_class;
    const exec_timers *timers = &op->task->timers[op->index];
    if (timers->count > 0 && timers->due[0] <= watermark_ms)
        return true;
    return end > start && (op_class->may_register == NULL ||
                           op_class->may_register(op, batch, start, end, watermark_ms));
}

/* An operator with timers gets the batch in pieces, cut behind each row whose inner watermark makes
 * a timer due. */
static rask_status take_pieces(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    int32_t start = 0;
    for (int32_t w = 0; w < batch->watermark_count; w++) {
        data_inner_watermark mark = batch->watermarks[w];
        int32_t end = data_batch_rank(batch, mark.row_offset);
        if (!is_due(op, batch, start, end, mark.watermark_ms))
            continue;
        RASK_TRY(take_rows(op, input, batch, start, end, err));
        RASK_TRY(exec_chain_watermark(op, mark.watermark_ms, err));
        start = end;
    }
    return take_rows(op, input, batch, start, batch->selected, err);
}

rask_status exec_chain_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    const exec_op_class *op_class = op->spec->op_class;
    bool may_cut = (op_class->flags & EXEC_TIMERS) != 0 && batch->watermark_count > 0;
    return note_failure(op, may_cut ? take_pieces(op, input, batch, err)
                                    : op_class->batch(op, input, batch, err));
}

/* ---- batches --------------------------------------------------------------------------------- */
static rask_status pass_on(exec_op *op, data_batch *batch, rask_error *err) {
    if (op->next == NULL)
        return exec_task_send(op->task, batch, err);
    rask_status status = exec_chain_batch(op->next, 0, batch, err);
    data_batch_unref(batch);
    return status;
}

rask_status exec_emit(exec_op *op, data_batch *batch, rask_error *err) {
    if (batch->selected > 0)
        return pass_on(op, batch, err);
    /* The rows are gone, but not what was said between them. */
    rask_status status = RASK_OK;
    if (batch->watermark_count > 0)
        status = exec_emit_watermark(op, batch->watermarks[batch->watermark_count - 1].watermark_ms,
                                     err);
    data_batch_unref(batch);
    return status;
}

/* ---- rows left over -------------------------------------------------------------------------- */
bool exec_may_emit(const exec_op *op) {
    exec_task *task = op->task;
    for (const exec_op *behind = op->next; behind != NULL; behind = behind->next)
        if (behind->has_more)
            return false;
    return task->done_from < op->index && exec_task_has_room(task) &&
           !__atomic_load_n(&task->attempt->stop, __ATOMIC_ACQUIRE);
}

rask_status exec_chain_more(exec_task *task, exec_op **out, bool *waits, rask_error *err) {
    *out = NULL;
    *waits = false;
    for (int32_t i = task->op_count - 1; i >= 0; i--) {
        exec_op *op = task->ops[i];
        if (!op->has_more)
            continue;
        if (i <= task->done_from) { /* nobody wants them */
            op->has_more = false;
            continue;
        }
        *out = op;
        rask_status status = note_failure(op, op->spec->op_class->more(op, waits, err));
        base_arena_reset(task->scratch);
        return status;
    }
    return RASK_OK;
}

void exec_chain_note_end(exec_task *task, int32_t index) {
    exec_stage_run *run = task->run;
    int32_t count = __atomic_add_fetch(&run->op_ended[index], 1, __ATOMIC_SEQ_CST);
    if (count < run->parallelism || task->ops[index]->spec->op_class->more == NULL)
        return;
    for (int32_t i = 0; i < run->parallelism; i++)
        exec_wake(&run->tasks[i]->unit);
}

bool exec_all_ended(const exec_op *op) {
    const exec_stage_run *run = op->task->run;
    return __atomic_load_n(&run->op_ended[op->index], __ATOMIC_SEQ_CST) == run->parallelism;
}

void exec_set_morsel(exec_op *op, int64_t number) {
    op->task->context.morsel = ((int64_t)op->index + 1) << 40 | number;
}

/* ---- watermarks and timers ------------------------------------------------------------------- */
rask_status exec_emit_watermark(exec_op *op, int64_t watermark_ms, rask_error *err) {
    if (op->next != NULL)
        return exec_chain_watermark(op->next, watermark_ms, err);
    exec_task_send_item(op->task, EXEC_ITEM_WATERMARK, watermark_ms);
    return RASK_OK;
}

static void sift_down(exec_timers *timers) {
    int32_t place = 0;
    for (;;) {
        int32_t smallest = place;
        for (int32_t child = 2 * place + 1; child <= 2 * place + 2 && child < timers->count;
             child++)
            if (timers->due[child] < timers->due[smallest])
                smallest = child;
        if (smallest == place)
            return;
        int64_t due = timers->due[place];
        timers->due[place] = timers->due[smallest];
        timers->due[smallest] = due;
        place = smallest;
    }
}

static int64_t pop_timer(exec_timers *timers) {
    int64_t due = timers->due[0];
    timers->due[0] = timers->due[--timers->count];
    sift_down(timers);
    return due;
}

rask_status exec_register_timer(exec_op *op, int64_t due_ms, rask_error *err) {
    (void)err;
    exec_timers *timers = &op->task->timers[op->index];
    if (timers->count == timers->capacity) {
        timers->capacity = timers->capacity > 0 ? 2 * timers->capacity : 16;
        timers->due = base_realloc(timers->due, timers->capacity * (int64_t)sizeof(int64_t));
    }
    int32_t place = timers->count++;
    for (; place > 0 && timers->due[(place - 1) / 2] > due_ms; place = (place - 1) / 2)
        timers->due[place] = timers->due[(place - 1) / 2];
    timers->due[place] = due_ms;
    return RASK_OK;
}

/* Timers at or before the watermark, in order, each time once. */
static rask_status fire_timers(exec_op *op, int64_t watermark_ms, rask_error *err) {
    exec_timers *timers = &op->task->timers[op->index];
    while (timers->count > 0 && timers->due[0] <= watermark_ms) {
        int64_t due_ms = pop_timer(timers);
        while (timers->count > 0 && timers->due[0] == due_ms)
            pop_timer(timers);
        RASK_TRY(op->spec->op_class->timer(op, due_ms, err));
    }
    return RASK_OK;
}

rask_status exec_chain_watermark(exec_op *op, int64_t watermark_ms, rask_error *err) {
    if (watermark_ms <= op->watermark_ms)
        return RASK_OK;
    op->watermark_ms = watermark_ms;
    const exec_op_class *op_class = op->spec->op_class;
    if ((op_class->flags & EXEC_TIMERS) != 0)
        RASK_TRY(note_failure(op, fire_timers(op, watermark_ms, err)));
    if (op_class->watermark == NULL)
        return exec_emit_watermark(op, watermark_ms, err);
    return note_failure(op, op_class->watermark(op, watermark_ms, err));
}

/* ---- ends ------------------------------------------------------------------------------------ */
rask_status exec_chain_end(exec_op *op, int32_t input, rask_error *err) {
    if (op->spec->op_class->end == NULL)
        return RASK_OK;
    return note_failure(op, op->spec->op_class->end(op, input, err));
}

void exec_input_done(exec_op *op) {
    exec_task *task = op->task;
    if (task->done_from < op->index)
        task->done_from = op->index;
}
