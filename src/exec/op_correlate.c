/* PythonCorrelate: a user table function for every row, a batch a call.  An output row has the
 * columns and the row kind of the input row it comes from; with LEFT JOIN a row without results
 * comes once, with NULLs.  Runs on the job's user-function thread. */
#include "exec/udf_call.h"

enum { INPUT_ROWS_MAX = DATA_BATCH_ROWS_LIMIT / 2 };

typedef struct correlate_op {
    exec_op op;
    exec_udf_call *call;
} correlate_op;

static rask_status correlate_open(exec_op *op, rask_error *err) {
    const exec_correlate_params *params = op->spec->params;
    return exec_udf_call_open(params->call, op, &((correlate_op *)op)->call, err);
}

/* ---- output ---------------------------------------------------------------------------------- */
typedef struct output {
    correlate_op *op;
    data_batch *input; /* dense */
    int32_t next_row;  /* LEFT JOIN: rows before it have come */
} output;

static rask_status gather_all(const correlate_op *self, data_column *const *from, int32_t count,
                              const int32_t *rows, int32_t row_count, data_column **to,
                              int32_t *made, rask_error *err) {
    for (int32_t i = 0; i < count; i++, ++*made)
        RASK_TRY(
            data_column_gather(self->op.context->pool, from[i], rows, row_count, &to[*made], err));
    return RASK_OK;
}

static rask_status set_kinds(const correlate_op *self, const data_batch *input, const int32_t *rows,
                             data_batch *out, rask_error *err) {
    if (input->kinds == NULL)
        return RASK_OK;
    base_buffer *kinds;
    RASK_TRY(base_buffer_new(self->op.context->pool, out->row_count, &kinds, err));
    for (int32_t i = 0; i < out->row_count; i++)
        kinds->data[i] = input->kinds[rows[i]];
    kinds->size = out->row_count;
    data_batch_set_kinds(out, kinds);
    return RASK_OK;
}

/* Output row i: input row from[i], result row results[i] of `batch` (-1 = NULLs). */
static rask_status emit_rows(output *self, const data_batch *batch, const int32_t *from,
                             const int32_t *results, int32_t count, rask_error *err) {
    const correlate_op *op = self->op;
    const exec_correlate_params *params = op->op.spec->params;
    int32_t kept = params->keeps_input ? self->input->column_count : 0, made = 0;
    int32_t width = batch->column_count - 1;
    data_column **columns = base_arena_alloc(op->op.context->function.scratch,
                                             (kept + width + 1) * (int64_t)sizeof(data_column *));
    rask_status status =
        gather_all(op, self->input->columns, kept, from, count, columns, &made, err);
    if (status == RASK_OK)
        status = gather_all(op, batch->columns + 1, width, results, count, columns, &made, err);
    if (status != RASK_OK) {
        for (int32_t i = 0; i < made; i++)
            data_column_unref(columns[i]);
        return status;
    }
    data_batch *out = data_batch_take(columns, made, count);
    status = set_kinds(op, self->input, from, out, err);
    if (status == RASK_OK)
        return exec_emit(&self->op->op, out, err);
    data_batch_unref(out);
    return status;
}

/* Inserts the rows without results where they belong: before row `until` of the input. */
static int32_t add_unmatched(output *self, int32_t until, int32_t *from, int32_t *results,
                             int32_t count) {
    for (; self->next_row < until; self->next_row++, count++) {
        from[count] = self->next_row;
        results[count] = -1;
    }
    return count;
}

static rask_status on_results(void *context, data_batch *batch, rask_error *err) {
    output *self = context;
    const exec_correlate_params *params = self->op->op.spec->params;
    const int32_t *rows = batch->columns[0]->values;
    int64_t room = batch->row_count + (int64_t)self->input->row_count + 1;
    int32_t *from = base_arena_alloc(self->op->op.context->function.scratch,
                                     2 * room * (int64_t)sizeof(int32_t));
    int32_t *results = from + room, count = 0;
    for (int32_t i = 0; i < batch->row_count; i++) {
        if (params->is_outer)
            count = add_unmatched(self, rows[i], from, results, count);
        self->next_row = rows[i] + 1;
        from[count] = rows[i];
        results[count++] = i;
    }
    rask_status status = count > 0 ? emit_rows(self, batch, from, results, count, err) : RASK_OK;
    data_batch_unref(batch);
    return status;
}

/* The rows behind the last one that had results. */
static rask_status emit_rest(output *self, rask_error *err) {
    const data_schema *schema = self->op->op.spec->schema;
    const exec_correlate_params *params = self->op->op.spec->params;
    int32_t left = self->input->row_count - self->next_row, count = 0;
    int32_t kept = params->keeps_input ? self->input->column_count : 0;
    int32_t width = schema->count - kept;
    if (!params->is_outer || left == 0)
        return RASK_OK;
    base_arena *scratch = self->op->op.context->function.scratch;
    int32_t *from = base_arena_alloc(scratch, 2 * (int64_t)left * (int64_t)sizeof(int32_t));
    count = add_unmatched(self, self->input->row_count, from, from + left, 0);
    data_column **nulls = base_arena_alloc(scratch, (width + 1) * (int64_t)sizeof(data_column *));
    rask_status status = RASK_OK;
    int32_t made = 0;
    for (; made < width + 1 && status == RASK_OK; made++)
        status = data_column_new_null(self->op->op.context->pool,
                                      made == 0 ? data_type_simple(DATA_INT, true)
                                                : schema->types[kept + made - 1],
                                      1, &nulls[made], err);
    data_batch *batch = data_batch_take(nulls, status == RASK_OK ? made : made - 1, 1);
    if (status == RASK_OK)
        status = emit_rows(self, batch, from, from + left, count, err);
    data_batch_unref(batch);
    return status;
}

/* ---- input ----------------------------------------------------------------------------------- */
static rask_status run_rows(correlate_op *self, data_batch *batch, int32_t start, int32_t count,
                            rask_error *err) {
    base_pool *pool = self->op.context->pool;
    data_batch *part, *dense;
    if (count == 0)
        return RASK_OK;
    RASK_TRY(data_batch_slice(pool, batch, start, count, &part, err));
    rask_status status = data_batch_compact(pool, part, &dense, err);
    data_batch_unref(part);
    RASK_TRY(status);
    output out = {self, dense, 0};
    status =
        exec_udf_call_table(self->call, dense, self->op.context->rows_max, on_results, &out, err);
    if (status == RASK_OK)
        status = emit_rest(&out, err);
    data_batch_unref(dense);
    return status;
}

/* Results of a batch come in several batches, so inner watermarks become watermarks between them.
 */
static rask_status correlate_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    correlate_op *self = (correlate_op *)op;
    int32_t start = 0;
    for (int32_t w = 0; w <= batch->watermark_count; w++) {
        bool is_rest = w == batch->watermark_count;
        int32_t end =
            is_rest ? batch->selected : data_batch_rank(batch, batch->watermarks[w].row_offset);
        while (start < end) {
            int32_t count = end - start < INPUT_ROWS_MAX ? end - start : INPUT_ROWS_MAX;
            RASK_TRY(run_rows(self, batch, start, count, err));
            start += count;
        }
        if (!is_rest)
            RASK_TRY(exec_emit_watermark(op, batch->watermarks[w].watermark_ms, err));
    }
    return RASK_OK;
}

static rask_status correlate_end(exec_op *op, int32_t input, rask_error *err) {
    (void)input;
    return exec_udf_call_finish(((correlate_op *)op)->call, err);
}

static void correlate_close(exec_op *op) {
    exec_udf_call_free(((correlate_op *)op)->call);
}

const exec_op_class exec_op_correlate = {
    .size = sizeof(exec_op_class),
    .name = "PythonCorrelate",
    .flags = EXEC_USER_CODE,
    .instance_bytes = sizeof(correlate_op),
    .open = correlate_open,
    .batch = correlate_batch,
    .end = correlate_end,
    .close = correlate_close,
};
