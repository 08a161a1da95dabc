/* The blackhole connector: takes every change and forgets it. */
#include "connect/connect.h"

static const plan_option options[] = {{.key = NULL}};

static rask_status open_writer(const connect_config *config, connect_writer **out,
                               rask_error *err) {
    *out = base_alloc_zero(1);
    return RASK_OK;
}

static rask_status write_batch(connect_writer *writer, data_batch *batch, rask_error *err) {
    return RASK_OK;
}

static rask_status prepare(connect_writer *writer, bool is_end, base_strbuf *committable,
                           rask_error *err) {
    return RASK_OK;
}

static void close_writer(connect_writer *writer) {
    base_free(writer);
}

const connect_class connect_blackhole = {
    .size = sizeof(connect_class),
    .abi_version = CONNECT_ABI_VERSION,
    .name = "blackhole",
    .doc = "Swallows all rows, for tests of speed.",
    .options = options,
    .is_sink = true,
    .sink_takes_updates = true,
    .open_writer = open_writer,
    .write = write_batch,
    .prepare = prepare,
    .close_writer = close_writer,
};
