/* The reader of windows: merged rows in, blocks evaluated, rows with results out.
 *
 * Where every call can go on after a cut (its frame starts with the partition and ends with the row
 * or its peers, or reaches back a few rows), a block is cut between two groups of peers and no
 * partition need fit into memory.  Other calls need theirs whole. */
#include "exec/over.h"

enum { BLOCK_ROWS = 32 << 10, MARK_PARTITION = 1, MARK_PEERS = 2, LOOK_BACK_MAX = 16 << 10 };

/* ---- what calls need ------------------------------------------------------------------------- */

static bool is_running(const exec_frame *frame) {
    return frame->start.kind == EXEC_BOUND_FIRST && frame->end.kind == EXEC_BOUND_CURRENT;
}

/* Rows behind the row that the call may look at; -1 = it needs whole partitions. */
static int64_t look_back_of(const exec_over_params *params, const exec_over_call *call,
                            bool has_state) {
    const exec_frame *frame = &params->frames[call->frame];
    if (call->window != NULL && call->window->number != NULL)
        return (call->window->flags & FUNC_WINDOW_PARTITION) != 0 ? -1 : 0;
    if (call->window != NULL && (call->window->flags & FUNC_WINDOW_OFFSET) != 0) {
        bool is_lag = strcmp(call->window->name, "LAG") == 0;
        int64_t back = is_lag ? call->constant : call->constant == INT64_MIN ? -1 : -call->constant;
        return back >= 0 && back <= LOOK_BACK_MAX ? back : -1;
    }
    if (has_state && is_running(frame))
        return 0;
    bool looks_back = frame->is_rows && frame->start.kind == EXEC_BOUND_OFFSET &&
                      frame->start.offset <= 0 && frame->start.offset >= -LOOK_BACK_MAX &&
                      (frame->end.kind == EXEC_BOUND_CURRENT ||
                       (frame->end.kind == EXEC_BOUND_OFFSET && frame->end.offset <= 0));
    return looks_back ? (int64_t)-frame->start.offset : -1;
}

/* MIN and the like pick a row where frames slide; where they only grow, a state goes on from block
 * to block. */
static bool wants_state(const exec_over_params *params, const exec_over_call *call) {
    return call->window == NULL ||
           (call->aggregate.row != NULL && call->aggregate.row->scan != NULL &&
            is_running(&params->frames[call->frame]));
}

/* Peers matter to ranks other than ROW_NUMBER and to RANGE from or to the current row. */
static bool call_uses_peers(const exec_over_params *params, const exec_over_call *call) {
    const exec_frame *frame = &params->frames[call->frame];
    if (call->window != NULL && (call->window->flags & FUNC_WINDOW_ONLY) != 0)
        return (call->window->flags & FUNC_WINDOW_ORDER_SYNTAX) != 0;
    return !frame->is_rows &&
           (frame->start.kind == EXEC_BOUND_CURRENT || frame->end.kind == EXEC_BOUND_CURRENT);
}

static void mark_read(exec_over_reader *reader) {
    const exec_over_params *params = reader->params;
    for (int32_t i = 0; i < params->call_count; i++)
        for (int32_t a = 0; a < params->calls[i].aggregate.arg_count; a++)
            if (params->calls[i].aggregate.args[a] >= 0)
                reader->is_read[params->calls[i].aggregate.args[a]] = true;
    for (int32_t f = 0; f < params->frame_count; f++)
        if (!params->frames[f].is_rows && (params->frames[f].start.kind == EXEC_BOUND_OFFSET ||
                                           params->frames[f].end.kind == EXEC_BOUND_OFFSET))
            reader->is_read[params->sort.keys[params->partition_count].column] = true;
}

/* ---- make, free ------------------------------------------------------------------------------ */

static void plan_calls(exec_over_reader *reader) {
    const exec_over_params *params = reader->params;
    reader->is_streamed = true;
    for (int32_t i = 0; i < params->call_count; i++) {
        bool has_state = wants_state(params, &params->calls[i]);
        int64_t back = look_back_of(params, &params->calls[i], has_state);
        reader->layout_call[i] = has_state ? 0 : -1;
        reader->uses_peers = reader->uses_peers || call_uses_peers(params, &params->calls[i]);
        reader->is_streamed = reader->is_streamed && back >= 0;
        reader->look_back = back > reader->look_back ? back : reader->look_back;
    }
    reader->look_back = reader->is_streamed ? reader->look_back : 0;
}

exec_over_reader *exec_over_reader_new(const exec_over_params *params, const data_schema *schema,
                                       exec_sorter *const *sorters, int32_t sorter_count,
                                       const exec_context *context) {
    exec_over_reader *reader = BASE_NEW(exec_over_reader);
    reader->params = params;
    reader->schema = schema;
    reader->context = context;
    reader->pool = context->pool;
    reader->merge = exec_merge_new(sorters, sorter_count);
    reader->layout_call = BASE_NEW_ARRAY(int32_t, params->call_count + 1);
    reader->states = BASE_NEW_ARRAY(exec_over_state, params->call_count + 1);
    reader->results = BASE_NEW_ARRAY(data_column *, params->call_count + 1);
    reader->is_read = BASE_NEW_ARRAY(bool, schema->count + 1);
    reader->memory = func_heap_new(context->pool);
    plan_calls(reader);
    mark_read(reader);
    return reader;
}

static void drop_results(exec_over_reader *reader) {
    for (int32_t i = 0; i < reader->params->call_count; i++) {
        data_column_unref(reader->results[i]);
        reader->results[i] = NULL;
    }
}

void exec_over_reader_free(exec_over_reader *reader) {
    if (reader == NULL)
        return;
    drop_results(reader);
    for (int32_t i = 0; i < reader->batch_count; i++)
        data_batch_unref(reader->batches[i]);
    for (int32_t i = 0; i < reader->params->call_count; i++)
        base_free(reader->states[i].bytes);
    exec_merge_free(reader->merge);
    exec_agg_layout_free(reader->layout);
    base_free(reader->aggregates);
    func_heap_free(reader->memory);
    base_buffer_unref(reader->breaks);
    base_free(reader->batches);
    base_free(reader->layout_call);
    base_free(reader->states);
    base_free(reader->results);
    base_free(reader->is_read);
    base_free(reader);
}

/* The calls with a state; made at the first read, because it can fail. */
static rask_status make_layout(exec_over_reader *reader, rask_error *err) {
    const exec_over_params *params = reader->params;
    int32_t count = 0;
    if (reader->layout != NULL)
        return RASK_OK;
    reader->aggregates = BASE_NEW_ARRAY(exec_aggregate, params->call_count + 1);
    for (int32_t i = 0; i < params->call_count; i++) {
        if (reader->layout_call[i] < 0)
            continue;
        reader->layout_call[i] = count;
        reader->aggregates[count++] = params->calls[i].aggregate;
    }
    reader->aggregate_params =
        (exec_aggregate_params){.aggregates = reader->aggregates, .aggregate_count = count};
    RASK_TRY(exec_agg_layout_new(&reader->aggregate_params, &reader->context->function, false,
                                 &reader->layout, err));
    for (int32_t i = 0; i < count; i++)
        reader->states[i].bytes = base_alloc(reader->layout->calls[i].call.row->state_size + 1);
    return RASK_OK;
}

/* ---- rows in --------------------------------------------------------------------------------- */

static rask_status mark_batch(exec_over_reader *reader, const data_batch *batch, rask_error *err) {
    const exec_over_params *params = reader->params;
    const data_batch *before =
        reader->batch_count > 0 ? reader->batches[reader->batch_count - 1] : NULL;
    int32_t keys = reader->uses_peers ? params->sort.key_count : params->partition_count;
    if (reader->breaks == NULL)
        RASK_TRY(base_buffer_new(reader->pool, 2 * BLOCK_ROWS, &reader->breaks, err));
    reader->breaks->size = reader->total;
    RASK_TRY(base_buffer_reserve(&reader->breaks, reader->total + (int64_t)batch->row_count, err));
    uint8_t *marks = reader->breaks->data + reader->total;
    memset(marks, 0, (size_t)batch->row_count);
    for (int32_t k = 0; k < keys; k++) {
        int32_t column = params->sort.keys[k].column;
        exec_mark_breaks(batch->columns[column], before != NULL ? before->columns[column] : NULL,
                         k < params->partition_count ? MARK_PARTITION : MARK_PEERS, marks);
    }
    return RASK_OK;
}

static rask_status add_batch(exec_over_reader *reader, data_batch *batch, rask_error *err) {
    if (reader->total > INT32_MAX - 2 * BLOCK_ROWS)
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "OverAggregate: a partition has more than %d rows.", reader->total);
    RASK_TRY(mark_batch(reader, batch, err));
    if (reader->batch_count == reader->batch_capacity) {
        reader->batch_capacity = reader->batch_capacity > 0 ? 2 * reader->batch_capacity : 8;
        reader->batches =
            base_realloc(reader->batches, reader->batch_capacity * (int64_t)sizeof(data_batch *));
    }
    reader->batches[reader->batch_count++] = batch;
    reader->total += batch->row_count;
    return RASK_OK;
}

static int32_t last_mark(const exec_over_reader *reader, int32_t from, uint8_t wanted) {
    int32_t row = reader->total - 1;
    while (row > from && (reader->breaks->data[row] & wanted) == 0)
        row--;
    return row;
}

/* The rows that can be evaluated now; `first` = none. */
static int32_t find_ready(const exec_over_reader *reader, int32_t first) {
    if (reader->is_at_end)
        return reader->total;
    if (reader->total - first < BLOCK_ROWS)
        return first;
    if (reader->is_streamed && !reader->uses_peers)
        return reader->total;
    return last_mark(reader, first,
                     reader->is_streamed ? MARK_PARTITION | MARK_PEERS : MARK_PARTITION);
}

/* ---- rows that are done with ----------------------------------------------------------------- */

/* What is known of row `row`'s partition, for when it becomes the first row of the block. */
static void note_position(exec_over_reader *reader, int32_t row) {
    const uint8_t *marks = reader->breaks->data;
    int32_t start = row;
    int64_t peers = 0;
    if (row >= reader->total)
        return;
    for (; start > 0 && (marks[start] & MARK_PARTITION) == 0; start--)
        peers += marks[start] != 0;
    bool began_before = start == 0 && (marks[0] & MARK_PARTITION) == 0;
    reader->rows_before = row - start + (began_before ? reader->rows_before : 0);
    reader->peers_before = peers + (began_before ? reader->peers_before : 0);
}

static rask_status drop_rows(exec_over_reader *reader, int32_t count, rask_error *err) {
    int32_t dropped = 0, left = count;
    if (count == 0)
        return RASK_OK;
    note_position(reader, count);
    while (dropped < reader->batch_count && reader->batches[dropped]->row_count <= left) {
        left -= reader->batches[dropped]->row_count;
        data_batch_unref(reader->batches[dropped++]);
    }
    reader->batch_count -= dropped;
    memmove(reader->batches, reader->batches + dropped,
            (size_t)reader->batch_count * sizeof(data_batch *));
    reader->total -= count;
    memmove(reader->breaks->data, reader->breaks->data + count, (size_t)reader->total);
    if (left == 0)
        return RASK_OK;
    data_batch *rest;
    data_batch *cut = reader->batches[0];
    RASK_TRY(data_batch_slice(reader->pool, cut, left, cut->row_count - left, &rest, err));
    reader->batches[0] = rest;
    data_batch_unref(cut);
    return RASK_OK;
}

/* ---- blocks ---------------------------------------------------------------------------------- */

/* Memory behind states that no later block needs. */
static void empty_memory(exec_over_reader *reader) {
    if (reader->layout->is_flat || reader->carries)
        return;
    func_heap_free(reader->memory);
    reader->memory = func_heap_new(reader->pool);
}

static rask_status evaluate(exec_over_reader *reader, int32_t first, rask_error *err) {
    exec_over_block block = {.count = reader->ready, .first = first};
    bool is_last = reader->is_at_end && reader->ready == reader->total;
    block.is_continued = (reader->breaks->data[0] & MARK_PARTITION) == 0;
    block.takes_over = reader->carries && (reader->breaks->data[first] & MARK_PARTITION) == 0;
    block.goes_on = reader->is_streamed && !is_last;
    rask_status status = exec_over_evaluate(reader, &block, err);
    reader->carries = block.goes_on;
    empty_memory(reader);
    return status;
}

static rask_status load_rows(exec_over_reader *reader, int32_t first, rask_error *err) {
    enum { BATCH_ROWS = 8 << 10 };
    while ((reader->ready = find_ready(reader, first)) == first && !reader->is_at_end) {
        data_batch *batch;
        RASK_TRY(exec_merge_next(reader->merge, reader->pool, BATCH_ROWS, &batch, err));
        reader->is_at_end = batch == NULL;
        if (batch == NULL)
            continue;
        rask_status status = add_batch(reader, batch, err);
        if (status != RASK_OK) {
            data_batch_unref(batch);
            return status;
        }
    }
    return RASK_OK;
}

static rask_status load_block(exec_over_reader *reader, rask_error *err) {
    RASK_TRY(make_layout(reader, err));
    drop_results(reader);
    int64_t kept = reader->is_streamed ? reader->look_back : 0;
    int32_t first = kept < reader->ready ? (int32_t)kept : reader->ready;
    RASK_TRY(drop_rows(reader, reader->ready - first, err));
    reader->ready = reader->next = reader->results_first = first;
    rask_status status = load_rows(reader, first, err);
    if (status == RASK_OK && reader->ready > first)
        status = evaluate(reader, first, err);
    if (status == RASK_ERROR_MEMORY)
        rask_error_prefix(err, "OverAggregate, with %d rows %s: ", reader->total,
                          reader->is_streamed ? "at hand" : "of whole partitions at hand");
    return status;
}

/* ---- rows out -------------------------------------------------------------------------------- */

static rask_status make_output(exec_over_reader *reader, const data_batch *batch, int32_t offset,
                               int32_t count, data_batch **out, rask_error *err) {
    int32_t width = reader->schema->count, calls = reader->params->call_count, made = 0;
    data_column **columns = BASE_NEW_ARRAY(data_column *, width + calls + 1);
    rask_status status = RASK_OK;
    for (; made < width + calls && status == RASK_OK; made++) {
        data_column *from = made < width ? batch->columns[made] : reader->results[made - width];
        int32_t start = made < width ? offset : reader->next - reader->results_first;
        status = data_column_slice(reader->pool, from, start, count, &columns[made], err);
    }
    if (status == RASK_OK)
        *out = data_batch_take(columns, made, count);
    for (int32_t i = 0; i < made - 1 && status != RASK_OK; i++)
        data_column_unref(columns[i]);
    base_free(columns);
    return status;
}

rask_status exec_over_read(exec_over_reader *reader, int32_t rows_max, data_batch **out,
                           rask_error *err) {
    int32_t offset, at = 0;
    *out = NULL;
    if (reader->next == reader->ready)
        RASK_TRY(load_block(reader, err));
    if (reader->next == reader->ready)
        return RASK_OK;
    offset = reader->next;
    while (offset >= reader->batches[at]->row_count)
        offset -= reader->batches[at++]->row_count;
    int32_t count = reader->batches[at]->row_count - offset;
    count = count < rows_max ? count : rows_max;
    count = count < reader->ready - reader->next ? count : reader->ready - reader->next;
    RASK_TRY(make_output(reader, reader->batches[at], offset, count, out, err));
    reader->next += count;
    return RASK_OK;
}
