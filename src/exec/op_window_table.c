/* WindowTableFunction: TUMBLE, HOP and CUMULATE, and the last step of SESSION.  A row comes out
 * once for each window its time is in, with the window's borders behind it.
 *
 * Windows start at `offset` plus multiples of the slide (TUMBLE and CUMULATE: of the size), also
 * before 1970.  A row of HOP is in all windows that start in (time - size, time]; a row of CUMULATE
 * in those of its largest window that end after it. */
#include "exec/batch_tools.h"
#include "exec/runtime.h"

enum { OUTPUT_ROWS = 8192 };

typedef struct window_table_op {
    exec_op op;
} window_table_op;

/* Output rows that are being collected. */
typedef struct window_rows {
    exec_op *op;
    data_batch *batch; /* dense */
    base_buffer *buffer;
    int32_t *rows;
    int64_t *starts_ms, *ends_ms;
    const int64_t *session_starts; /* SESSION: microseconds by row */
    int32_t count;
} window_rows;

static int64_t floor_divide(int64_t a, int64_t b) {
    int64_t quotient = a / b;
    return quotient - (a % b < 0);
}

/* ---- output ---------------------------------------------------------------------------------- */

static rask_status border_column(const window_rows *out, const int64_t *borders_ms, int64_t add_ms,
                                 data_column **column, rask_error *err) {
    RASK_TRY(data_column_new(out->op->context->pool, data_type_time(DATA_TIMESTAMP, 3, false),
                             DATA_PHYSICAL_NONE, out->count, column, err));
    int64_t *values = (*column)->values;
    for (int32_t i = 0; i < out->count; i++)
        values[i] = (borders_ms[i] + add_ms) * 1000;
    return RASK_OK;
}

static rask_status output_column(const window_rows *out, int32_t column, data_column **result,
                                 rask_error *err) {
    int32_t width = out->batch->column_count;
    if (column < width)
        return data_column_gather(out->op->context->pool, out->batch->columns[column], out->rows,
                                  out->count, result, err);
    bool is_start = column == width, is_last = column == width + 2;
    return border_column(out, is_start ? out->starts_ms : out->ends_ms, is_last ? -1 : 0, result,
                         err);
}

static rask_status flush(window_rows *out, rask_error *err) {
    int32_t width = out->batch->column_count + 3, made = 0;
    if (out->count == 0)
        return RASK_OK;
    data_column **columns = BASE_NEW_ARRAY(data_column *, width);
    rask_status status = RASK_OK;
    while (made < width && status == RASK_OK) {
        status = output_column(out, made, &columns[made], err);
        made += status == RASK_OK;
    }
    if (status == RASK_OK) {
        data_batch *batch = data_batch_take(columns, width, out->count);
        out->count = 0;
        status = exec_emit(out->op, batch, err);
    } else {
        for (int32_t i = 0; i < made; i++)
            data_column_unref(columns[i]);
    }
    base_free(columns);
    return status;
}

static rask_status add(window_rows *out, int32_t row, int64_t start_ms, int64_t end_ms,
                       rask_error *err) {
    if (out->count == OUTPUT_ROWS)
        RASK_TRY(flush(out, err));
    out->rows[out->count] = row;
    out->starts_ms[out->count] = start_ms;
    out->ends_ms[out->count++] = end_ms;
    return RASK_OK;
}

/* ---- windows of a row ------------------------------------------------------------------------ */

static int64_t start_of(int64_t time_ms, int64_t offset_ms, int64_t step_ms) {
    return floor_divide(time_ms - offset_ms, step_ms) * step_ms + offset_ms;
}

static rask_status tumble(window_rows *out, const plan_window_spec *window, int32_t row,
                          int64_t time_ms, rask_error *err) {
    int64_t start = start_of(time_ms, window->offset_ms, window->size_ms);
    return add(out, row, start, start + window->size_ms, err);
}

static rask_status hop(window_rows *out, const plan_window_spec *window, int32_t row,
                       int64_t time_ms, rask_error *err) {
    int64_t start = start_of(time_ms, window->offset_ms, window->slide_ms);
    for (; start > time_ms - window->size_ms; start -= window->slide_ms)
        RASK_TRY(add(out, row, start, start + window->size_ms, err));
    return RASK_OK;
}

static rask_status cumulate(window_rows *out, const plan_window_spec *window, int32_t row,
                            int64_t time_ms, rask_error *err) {
    int64_t start = start_of(time_ms, window->offset_ms, window->size_ms);
    int64_t end = start_of(time_ms, start, window->slide_ms) + window->slide_ms;
    for (; end <= start + window->size_ms; end += window->slide_ms)
        RASK_TRY(add(out, row, start, end, err));
    return RASK_OK;
}

static rask_status session(window_rows *out, const plan_window_spec *window, int32_t row,
                           int64_t time_ms, rask_error *err) {
    return add(out, row, floor_divide(out->session_starts[row], 1000), time_ms + window->size_ms,
               err);
}

/* ---- operator -------------------------------------------------------------------------------- */

static rask_status add_windows(window_rows *out, const data_column *times, rask_error *err) {
    static rask_status (*const kinds[])(window_rows *, const plan_window_spec *, int32_t, int64_t,
                                        rask_error *) = {tumble, hop, cumulate, session};
    const exec_window_table_params *params = out->op->spec->params;
    const int64_t *values = times->values;
    for (int32_t i = 0; i < out->batch->row_count; i++)
        if (!data_column_is_null(times, i))
            RASK_TRY(kinds[params->window.kind](out, &params->window, i,
                                                floor_divide(values[i], 1000), err));
    return flush(out, err);
}

static rask_status window_table_batch(exec_op *op, int32_t input, data_batch *batch,
                                      rask_error *err) {
    (void)input;
    const exec_window_table_params *params = op->spec->params;
    base_pool *pool = op->context->pool;
    window_rows out = {.op = op};
    data_column *times = NULL, *starts = NULL;
    rask_status status;
    RASK_TRY(data_batch_compact(pool, batch, &out.batch, err));
    RASK_TRY_OUT(status, base_buffer_new(pool, OUTPUT_ROWS * (8LL + 8 + 4), &out.buffer, err));
    out.starts_ms = (int64_t *)out.buffer->data;
    out.ends_ms = out.starts_ms + OUTPUT_ROWS;
    out.rows = (int32_t *)(out.ends_ms + OUTPUT_ROWS);
    RASK_TRY_OUT(status,
                 data_column_flatten(pool, out.batch->columns[params->time_column], &times, err));
    RASK_TRY_OUT(status,
                 data_column_flatten(pool, out.batch->columns[params->start_column], &starts, err));
    out.session_starts = starts->values;
    status = add_windows(&out, times, err);
out:
    data_column_unref(times);
    data_column_unref(starts);
    base_buffer_unref(out.buffer);
    data_batch_unref(out.batch);
    return status;
}

const exec_op_class exec_op_window_table = {
    .size = sizeof(exec_op_class),
    .name = "WindowTableFunction",
    .instance_bytes = sizeof(window_table_op),
    .batch = window_table_batch,
};
