/* Replicate: each row as often as its last column, a BIGINT, says (never for 0 and less), without
 * that column. */
#include "exec/batch_tools.h"
#include "exec/ops.h"

/* Which rows the next output batch repeats; goes on where the last one ended. */
typedef struct repetition {
    int32_t row;   /* of the selection */
    int64_t times; /* it has been taken already */
} repetition;

static int32_t next_rows(const data_batch *batch, repetition *at, int32_t *rows, int32_t room) {
    const data_column *counts = batch->columns[batch->column_count - 1];
    const int64_t *values = counts->values;
    int32_t count = 0;
    while (at->row < batch->selected && count < room) {
        int32_t row = data_batch_row(batch, at->row);
        if (data_column_is_null(counts, row) || at->times >= values[row]) {
            *at = (repetition){at->row + 1, 0};
            continue;
        }
        rows[count++] = row;
        at->times++;
    }
    return count;
}

static rask_status emit(exec_op *op, const data_batch *batch, const int32_t *rows, int32_t count,
                        rask_error *err) {
    int32_t width = batch->column_count - 1, made = 0;
    data_column **columns = base_arena_alloc(op->context->function.scratch,
                                             (width + 1) * (int64_t)sizeof(data_column *));
    rask_status status = RASK_OK;
    for (; made < width && status == RASK_OK; made++)
        status = data_column_gather(op->context->pool, batch->columns[made], rows, count,
                                    &columns[made], err);
    if (status == RASK_OK)
        return exec_emit(op, data_batch_take(columns, width, count), err);
    for (int32_t i = 0; i + 1 < made; i++)
        data_column_unref(columns[i]);
    return status;
}

/* Counts come from an aggregation, so they are flat. */
static rask_status replicate_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    int32_t room = op->context->rows_max, count;
    int32_t *rows =
        base_arena_alloc(op->context->function.scratch, room * (int64_t)sizeof(int32_t));
    repetition at = {0};
    while ((count = next_rows(batch, &at, rows, room)) > 0)
        RASK_TRY(emit(op, batch, rows, count, err));
    return RASK_OK;
}

const exec_op_class exec_op_replicate = {
    .size = sizeof(exec_op_class),
    .name = "Replicate",
    .instance_bytes = sizeof(exec_op),
    .batch = replicate_batch,
};
