/* Union: rows of all inputs in the order the task reads them. */
#include "exec/ops.h"

static rask_status union_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    return exec_emit(op, data_batch_ref(batch), err);
}

const exec_op_class exec_op_union = {
    .size = sizeof(exec_op_class),
    .name = "Union",
    .instance_bytes = sizeof(exec_op),
    .batch = union_batch,
};
