/* ConstraintEnforcer, in front of a sink with NOT NULL columns: a row with a NULL in one of them
 * ends the job, or goes (table.exec.sink.not-null-enforcer). */
#include "exec/batch_tools.h"
#include "exec/ops.h"

/* Clears keep[i] where the column of the i-th selected row is NULL; whether any is. */
static bool find_nulls(const data_batch *batch, int32_t column_index, uint8_t *keep) {
    const data_column *column = batch->columns[column_index];
    bool may_be_null = column->validity != NULL || column->physical == DATA_PHYSICAL_NONE ||
                       column->layout != DATA_FLAT;
    bool found = false;
    for (int32_t i = 0; may_be_null && i < batch->selected; i++) {
        bool is_null = data_column_is_null(column, data_batch_row(batch, i));
        keep[i] &= !is_null;
        found |= is_null;
    }
    return found;
}

static rask_status refuse(const exec_op *op, int32_t column, rask_error *err) {
    return rask_error_set(
        err, RASK_ERROR_RUNTIME,
        "Column '%s' is NOT NULL, however, a null value is being written into it. You can set job "
        "configuration 'table.exec.sink.not-null-enforcer'='DROP' to suppress this exception and "
        "drop such records silently.",
        ((const exec_enforcer_params *)op->spec->params)->names[column]);
}

static rask_status enforcer_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    const exec_enforcer_params *params = op->spec->params;
    uint8_t *keep = base_arena_alloc(op->context->function.scratch, batch->selected + 1);
    bool found = false;
    memset(keep, true, (size_t)batch->selected);
    for (int32_t i = 0; i < params->column_count; i++) {
        if (!find_nulls(batch, params->columns[i], keep))
            continue;
        if (!params->drops)
            return refuse(op, i, err);
        found = true;
    }
    data_batch *rows;
    if (!found)
        return exec_emit(op, data_batch_ref(batch), err);
    RASK_TRY(exec_batch_keep(op->context->pool, batch, keep, &rows, err));
    return exec_emit(op, rows, err);
}

const exec_op_class exec_op_enforcer = {
    .size = sizeof(exec_op_class),
    .name = "ConstraintEnforcer",
    .instance_bytes = sizeof(exec_op),
    .batch = enforcer_batch,
};
