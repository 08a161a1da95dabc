/* Sink: writes into a connector.  At a barrier and at the end the connector prepares a committable,
 * which the coordinator stores and commits; nothing shows before that. */
#include "exec/runtime.h"

typedef struct sink_op {
    exec_op op;
    connect_config config;
    connect_writer *writer;
} sink_op;

static const connect_class *connector_of(const exec_op *op) {
    return ((const exec_sink_params *)op->spec->params)->connector;
}

static rask_status sink_open(exec_op *op, rask_error *err) {
    sink_op *self = (sink_op *)op;
    self->config = ((const exec_sink_params *)op->spec->params)->connector_config;
    exec_task_fill_config(op->task, &self->config);
    return connector_of(op)->open_writer(&self->config, &self->writer, err);
}

static rask_status sink_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    op->task->counts.records_out += batch->selected;
    return connector_of(op)->write(((sink_op *)op)->writer, batch, err);
}

static rask_status prepare(exec_op *op, bool is_end, rask_error *err) {
    if (connector_of(op)->prepare == NULL)
        return RASK_OK;
    base_strbuf text;
    base_strbuf_init(&text, INT32_MAX);
    rask_status status = connector_of(op)->prepare(((sink_op *)op)->writer, is_end, &text, err);
    if (status == RASK_OK && text.length > 0)
        exec_task_add_committable(op->task, op->index, text.data);
    base_strbuf_free(&text);
    return status;
}

static rask_status sink_end(exec_op *op, int32_t input, rask_error *err) {
    (void)input;
    return prepare(op, true, err);
}

static rask_status sink_snapshot(exec_op *op, state_writer *writer, rask_error *err) {
    (void)writer;
    return prepare(op, false, err);
}

static void sink_close(exec_op *op) {
    sink_op *self = (sink_op *)op;
    if (self->writer != NULL)
        connector_of(op)->close_writer(self->writer);
    self->writer = NULL;
}

const exec_op_class exec_op_sink = {
    .size = sizeof(exec_op_class),
    .name = "Sink",
    .instance_bytes = sizeof(sink_op),
    .open = sink_open,
    .batch = sink_batch,
    .end = sink_end,
    .snapshot = sink_snapshot,
    .close = sink_close,
};
