/* Collect: hands rows to the caller's results, which are bounded; the task waits for their reader.
 */
#include "exec/batch_tools.h"
#include "exec/runtime.h"

/* Without the -U rows. */
static rask_status drop_update_before(const exec_op *op, const data_batch *batch, data_batch **out,
                                      rask_error *err) {
    uint8_t *keep = base_arena_alloc(op->context->function.scratch, batch->selected + 1);
    for (int32_t i = 0; i < batch->selected; i++)
        keep[i] = data_batch_kind(batch, data_batch_row(batch, i)) != DATA_UPDATE_BEFORE;
    return exec_batch_keep(op->context->pool, batch, keep, out, err);
}

static rask_status collect_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    const exec_collect_params *params = op->spec->params;
    data_batch *rows;
    if (params->drops_update_before && batch->kinds != NULL)
        RASK_TRY(drop_update_before(op, batch, &rows, err));
    else
        rows = data_batch_ref(batch);
    op->task->counts.records_out += rows->selected;
    if (rows->selected > 0)
        exec_task_deliver(op->task, rows);
    else
        data_batch_unref(rows);
    return RASK_OK;
}

const exec_op_class exec_op_collect = {
    .size = sizeof(exec_op_class),
    .name = "Collect",
    .flags = EXEC_SINGLE,
    .instance_bytes = sizeof(exec_op),
    .batch = collect_batch,
};
