/* HashJoin: the probe side of a join, in the chain of whatever reads the probe rows.  Its build
 * side is another stage, which is complete before the tasks of this one start.
 *
 * Build rows that are wanted by whether they had a match come last: when all tasks of the stage
 * have come to their end, each takes range after range of the build side. */
#include "exec/join_build.h"
#include "exec/join_probe.h"

enum { RANGE_ROWS = 32 << 10 };

typedef struct hash_join_op {
    exec_op op;
    exec_join_probe probe;
    exec_join_build *build;
    bool has_ended;              /* the input has: build rows are being emitted */
    int64_t range_at, range_end; /* this task's range of build rows */
} hash_join_op;

static bool emits_build(const exec_join_params *params) {
    return params->emits_build_matched || params->emits_build_unmatched;
}

/* Nothing that the probe side holds could change the result. */
static bool is_decided(const exec_join_params *params, const exec_join_build *build) {
    if (params->is_null_aware && build->has_null_key)
        return true;
    return build->table.row_count == 0 && !params->emits_probe_unmatched;
}

static rask_status join_open(exec_op *op, rask_error *err) {
    hash_join_op *self = (hash_join_op *)op;
    const exec_join_params *params = op->spec->params;
    self->build = op->published;
    RASK_TRY(exec_join_probe_open(&self->probe, op, &self->build->layout, err));
    if (is_decided(params, self->build))
        exec_input_done(op);
    return RASK_OK;
}

/* ---- probe rows ------------------------------------------------------------------------------ */
static rask_status go_on(hash_join_op *self, bool may_stop, rask_error *err) {
    exec_op *op = &self->op;
    op->has_more = false;
    while (self->probe.batch != NULL) {
        RASK_TRY(exec_join_probe_step(&self->probe, err));
        if (may_stop && self->probe.batch != NULL && !exec_may_emit(op)) {
            op->has_more = true;
            return RASK_OK;
        }
    }
    return RASK_OK;
}

static rask_status join_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    hash_join_op *self = (hash_join_op *)op;
    RASK_TRY(go_on(self, false, err)); /* of an operator before that does not stop */
    RASK_TRY(exec_join_probe_start(&self->probe, &self->build->table, batch, err));
    return go_on(self, true, err);
}

/* ---- build rows ------------------------------------------------------------------------------ */
static bool take_range(hash_join_op *self) {
    int64_t count = self->build->table.row_count;
    int64_t range = __atomic_fetch_add(&self->build->next_range, 1, __ATOMIC_RELAXED);
    self->range_at = range * RANGE_ROWS;
    if (self->range_at >= count)
        return false;
    self->range_end = count - self->range_at < RANGE_ROWS ? count : self->range_at + RANGE_ROWS;
    exec_set_morsel(&self->op, range);
    return true;
}

/* The next rows of the range that are wanted. */
static int32_t pick_rows(hash_join_op *self, int32_t *rows, int32_t room) {
    const exec_join_params *params = self->op.spec->params;
    const uint8_t *matched = self->build->table.matched;
    int32_t count = 0;
    while (self->range_at < self->range_end && count < room) {
        rows[count] = (int32_t)self->range_at;
        count += (matched[self->range_at++] != 0) == params->emits_build_matched;
    }
    return count;
}

static rask_status emit_build_rows(hash_join_op *self, rask_error *err) {
    int32_t rows_max = self->op.context->rows_max;
    int32_t *rows = base_arena_alloc(self->op.context->function.scratch, rows_max * 4LL);
    self->op.has_more = true;
    do {
        if (self->range_at == self->range_end && !take_range(self)) {
            self->range_at = self->range_end;
            self->op.has_more = false;
            return RASK_OK;
        }
        int32_t count = pick_rows(self, rows, rows_max);
        RASK_TRY(exec_join_emit_build(&self->probe, &self->build->table, rows, count, err));
    } while (exec_may_emit(&self->op));
    return RASK_OK;
}

static rask_status join_end(exec_op *op, int32_t input, rask_error *err) {
    (void)input;
    hash_join_op *self = (hash_join_op *)op;
    RASK_TRY(go_on(self, false, err));
    self->has_ended = true;
    op->has_more = emits_build(op->spec->params);
    return RASK_OK;
}

static rask_status join_more(exec_op *op, bool *waits, rask_error *err) {
    hash_join_op *self = (hash_join_op *)op;
    if (!self->has_ended)
        return go_on(self, true, err);
    *waits = !exec_all_ended(op);
    return *waits ? RASK_OK : emit_build_rows(self, err);
}

static void join_close(exec_op *op) {
    exec_join_probe_close(&((hash_join_op *)op)->probe);
}

const exec_op_class exec_op_hash_join = {
    .size = sizeof(exec_op_class),
    .name = "HashJoin",
    .instance_bytes = sizeof(hash_join_op),
    .open = join_open,
    .batch = join_batch,
    .end = join_end,
    .more = join_more,
    .close = join_close,
};
