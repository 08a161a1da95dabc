/* Aggregates over frames.  Which way is taken depends on how the frames of the block move:
 *
 *     whole partition           one state a partition, its result repeated
 *     from the first row on     `scan` once over the rows; a frame's result stands at its last row
 *     both ends move            exact states: rows enter and leave (`scan` with retractions)
 *     up to the last row        the same, all rows entered first
 *     else, small frames        every frame anew, in Flink's order of additions
 *     else                      a tree of merged states (over_tree.c)
 *
 * Sums of DOUBLE are not exact: a value that has left would leave its rounding behind. */
#include "exec/over.h"

enum { CHUNK_ROWS = 16 << 10, ANEW_ROWS_MAX = 64 };

/* ---- states and results ---------------------------------------------------------------------- */

rask_status exec_over_new_states(const exec_over_work *work, int64_t count, base_buffer **out,
                                 rask_error *err) {
    RASK_TRY(base_buffer_new(work->reader->pool, (count + 1) * work->stride, out, err));
    memset((*out)->data, 0, (size_t)((count + 1) * work->stride));
    for (int64_t i = 0; i < count; i++)
        work->call->call.row->init(&work->call->call, (*out)->data + i * work->stride);
    return RASK_OK;
}

void exec_over_drop_states(const exec_over_work *work, base_buffer *states, int64_t count) {
    const func_aggregate *row = work->call->call.row;
    for (int64_t i = 0; states != NULL && row->destroy != NULL && i < count; i++)
        row->destroy(&work->call->call, states->data + i * work->stride, work->reader->memory);
    base_buffer_unref(states);
}

rask_status exec_over_new_result(const exec_over_work *work, int64_t count, data_column **out,
                                 rask_error *err) {
    base_pool *pool = work->reader->pool;
    data_column *column;
    RASK_TRY(data_column_new(pool, work->call->call.result_type, DATA_PHYSICAL_NONE, count, &column,
                             err));
    rask_status status = data_column_make_validity(pool, column, err);
    if (status == RASK_OK)
        *out = column;
    else
        data_column_unref(column);
    return status;
}

static rask_status finish(const exec_over_work *work, base_buffer *states, int32_t count,
                          data_column **out, rask_error *err) {
    base_buffer *pointers;
    RASK_TRY(
        base_buffer_new(work->reader->pool, (count + 1) * (int64_t)sizeof(void *), &pointers, err));
    for (int32_t i = 0; i < count; i++)
        ((void **)pointers->data)[i] = states->data + (int64_t)i * work->stride;
    data_column *column = NULL;
    rask_status status = exec_over_new_result(work, count, &column, err);
    if (status == RASK_OK)
        status = work->call->call.row->finish(&work->call->call, (void **)pointers->data, count,
                                              work->reader->memory, column, err);
    base_buffer_unref(pointers);
    if (status == RASK_OK)
        *out = column;
    else
        data_column_unref(column);
    return status;
}

/* What the aggregate is over no rows. */
static rask_status empty_value(const exec_over_work *work, data_column **out, rask_error *err) {
    base_buffer *state;
    RASK_TRY(exec_over_new_states(work, 1, &state, err));
    rask_status status = finish(work, state, 1, out, err);
    exec_over_drop_states(work, state, 1);
    return status;
}

/* values[rows[i]], the value over no rows where rows[i] is negative. */
static rask_status pick_values(const exec_over_work *work, data_column *values, int32_t *rows,
                               int32_t count, data_column **out, rask_error *err) {
    base_pool *pool = work->reader->pool;
    bool any_empty = false;
    for (int32_t i = 0; i < count; i++)
        any_empty = any_empty || rows[i] < 0;
    if (!any_empty)
        return data_column_gather(pool, values, rows, count, out, err);
    data_column *both = NULL, *parts[2] = {values, NULL};
    RASK_TRY(empty_value(work, &parts[1], err));
    rask_status status = data_column_concat(pool, parts, 2, &both, err);
    data_column_unref(parts[1]);
    RASK_TRY(status);
    for (int32_t i = 0; i < count; i++)
        rows[i] = rows[i] < 0 ? (int32_t)values->length : rows[i];
    status = data_column_gather(pool, both, rows, count, out, err);
    data_column_unref(both);
    return status;
}

/* ---- rows to states -------------------------------------------------------------------------- */

/* Some rows in an order of their own, each with the state it belongs to. */
typedef struct row_feed {
    base_buffer *buffer;
    void **states;
    int32_t *rows;
    uint8_t *kinds;
    int32_t count;
} row_feed;

static rask_status feed_new(const exec_over_work *work, int64_t capacity, row_feed *feed,
                            rask_error *err) {
    *feed = (row_feed){0};
    RASK_TRY(base_buffer_new(work->reader->pool, capacity * (8 + 4 + 1) + 16, &feed->buffer, err));
    feed->states = (void **)feed->buffer->data;
    feed->rows = (int32_t *)(feed->states + capacity);
    feed->kinds = (uint8_t *)(feed->rows + capacity);
    return RASK_OK;
}

static void feed_add(row_feed *feed, void *state, int32_t row, data_row_kind kind) {
    feed->states[feed->count] = state;
    feed->rows[feed->count] = row;
    feed->kinds[feed->count++] = (uint8_t)kind;
}

/* The arguments of the feed's rows; `columns` are to be unreferenced. */
static rask_status feed_arguments(const exec_over_work *work, const row_feed *feed,
                                  data_column **columns, rask_error *err) {
    for (int32_t a = 0; a < work->call->arg_count; a++) {
        data_column *gathered;
        RASK_TRY(data_column_gather(work->reader->pool, work->args[a], feed->rows, feed->count,
                                    &gathered, err));
        rask_status status = data_column_flatten(work->reader->pool, gathered, &columns[a], err);
        data_column_unref(gathered);
        RASK_TRY(status);
    }
    return RASK_OK;
}

static func_aggregate_rows aggregate_rows(const exec_over_work *work, void *const *states,
                                          data_column *const *args, int32_t count,
                                          const uint8_t *kinds) {
    return (func_aggregate_rows){.states = states,
                                 .args = (const data_column *const *)args,
                                 .count = count,
                                 .kinds = kinds,
                                 .memory = work->reader->memory};
}

static rask_status feed_update(const exec_over_work *work, const row_feed *feed, rask_error *err) {
    data_column *args[4] = {NULL};
    rask_status status = feed_arguments(work, feed, args, err);
    if (status == RASK_OK) {
        func_aggregate_rows rows = aggregate_rows(work, feed->states, args, feed->count, NULL);
        status = work->call->call.row->update(&work->call->call, &rows, err);
    }
    for (int32_t a = 0; a < 4; a++)
        data_column_unref(args[a]);
    return status;
}

/* Results after every row of the feed. */
static rask_status feed_scan(const exec_over_work *work, const row_feed *feed, data_column **after,
                             rask_error *err) {
    data_column *args[4] = {NULL}, *old_out = NULL, *new_out = NULL;
    rask_status status = feed_arguments(work, feed, args, err);
    if (status == RASK_OK)
        status = exec_over_new_result(work, feed->count, &old_out, err);
    if (status == RASK_OK)
        status = exec_over_new_result(work, feed->count, &new_out, err);
    if (status == RASK_OK) {
        func_aggregate_rows rows =
            aggregate_rows(work, feed->states, args, feed->count, feed->kinds);
        status = work->call->call.row->scan(&work->call->call, &rows, old_out, new_out, err);
    }
    for (int32_t a = 0; a < 4; a++)
        data_column_unref(args[a]);
    data_column_unref(old_out);
    if (status == RASK_OK)
        *after = new_out;
    else
        data_column_unref(new_out);
    return status;
}

/* ---- one result a partition ------------------------------------------------------------------ */

/* States of the partitions, and for every row from `first` on a pointer to its one. */
static rask_status partition_states(const exec_over_work *work, base_buffer **states,
                                    base_buffer **pointers, rask_error *err) {
    const exec_over_block *block = work->block;
    RASK_TRY(exec_over_new_states(work, block->partition_count, states, err));
    rask_status status = base_buffer_new(
        work->reader->pool, (block->count + 1) * (int64_t)sizeof(void *), pointers, err);
    if (status != RASK_OK) {
        base_buffer_unref(*states);
        return status;
    }
    void **out = (void **)(*pointers)->data;
    for (int32_t i = block->first; i < block->count; i++)
        out[i - block->first] = (*states)->data + (int64_t)block->partition_of[i] * work->stride;
    return RASK_OK;
}

/* The arguments of the rows from `first` on. */
static rask_status slice_arguments(const exec_over_work *work, data_column **args,
                                   rask_error *err) {
    int32_t first = work->block->first, count = work->block->count - first;
    for (int32_t a = 0; a < work->call->arg_count; a++)
        RASK_TRY(data_column_slice(work->reader->pool, (data_column *)work->args[a], first, count,
                                   &args[a], err));
    return RASK_OK;
}

static rask_status update_partitions(const exec_over_work *work, void *const *pointers,
                                     rask_error *err) {
    func_aggregate_rows rows =
        aggregate_rows(work, pointers, (data_column *const *)work->args, work->block->count, NULL);
    return work->call->call.row->update(&work->call->call, &rows, err);
}

static rask_status whole_partitions(const exec_over_work *work, data_column **out,
                                    rask_error *err) {
    const exec_over_block *block = work->block;
    base_buffer *states, *pointers;
    data_column *results = NULL;
    RASK_TRY(partition_states(work, &states, &pointers, err));
    rask_status status = update_partitions(work, (void **)pointers->data, err);
    if (status == RASK_OK)
        status = finish(work, states, block->partition_count, &results, err);
    if (status == RASK_OK)
        status = data_column_gather(work->reader->pool, results, block->partition_of, block->count,
                                    out, err);
    data_column_unref(results);
    exec_over_drop_states(work, states, block->partition_count);
    base_buffer_unref(pointers);
    return status;
}

/* ---- from the first row of the partition on -------------------------------------------------- */

static void *carried_state(const exec_over_work *work) {
    exec_over_reader *reader = work->reader;
    int64_t call = work->call - reader->layout->calls;
    return reader->states[call].bytes;
}

/* The result of row i's frame, where `after` has the results after every row from `first` on. */
static rask_status results_at_ends(const exec_over_work *work, data_column *after,
                                   data_column **out, rask_error *err) {
    const exec_over_block *block = work->block;
    const func_window_rows *rows = &block->rows;
    int32_t count = block->count - block->first;
    base_buffer *buffer;
    bool is_same = true;
    RASK_TRY(base_buffer_new(work->reader->pool, (count + 1) * 4LL, &buffer, err));
    int32_t *at = (int32_t *)buffer->data;
    for (int32_t i = 0; i < count; i++) {
        int32_t row = block->first + i;
        bool empty = rows->frame_end[row] <= rows->frame_start[row];
        at[i] = empty ? -1 : rows->frame_end[row] - 1 - block->first;
        is_same = is_same && at[i] == i;
    }
    rask_status status = RASK_OK;
    if (is_same)
        *out = data_column_ref(after);
    else
        status = pick_values(work, after, at, count, out, err);
    base_buffer_unref(buffer);
    return status;
}

static rask_status scan_rows(const exec_over_work *work, void *const *pointers,
                             const uint8_t *kinds, data_column **before, data_column **after,
                             rask_error *err) {
    int32_t count = work->block->count - work->block->first;
    data_column *args[4] = {NULL};
    rask_status status = slice_arguments(work, args, err);
    if (status == RASK_OK)
        status = exec_over_new_result(work, count, before, err);
    if (status == RASK_OK)
        status = exec_over_new_result(work, count, after, err);
    if (status == RASK_OK) {
        func_aggregate_rows rows = aggregate_rows(work, pointers, args, count, kinds);
        status = work->call->call.row->scan(&work->call->call, &rows, *before, *after, err);
    }
    for (int32_t a = 0; a < 4; a++)
        data_column_unref(args[a]);
    return status;
}

static rask_status running(const exec_over_work *work, data_column **out, rask_error *err) {
    const exec_over_block *block = work->block;
    base_buffer *states, *pointers;
    data_column *before = NULL, *after = NULL;
    size_t state_bytes = (size_t)work->call->call.row->state_size;
    RASK_TRY(partition_states(work, &states, &pointers, err));
    if (block->takes_over)
        memcpy(states->data + (int64_t)block->partition_of[block->first] * work->stride,
               carried_state(work), state_bytes);
    rask_status status = scan_rows(work, (void **)pointers->data, NULL, &before, &after, err);
    int32_t kept = block->partition_count;
    if (status == RASK_OK && block->goes_on) {
        kept--; /* its state lives on */
        memcpy(carried_state(work), states->data + (int64_t)kept * work->stride, state_bytes);
    }
    exec_over_drop_states(work, states, kept);
    base_buffer_unref(pointers);
    data_column_unref(before);
    if (status == RASK_OK)
        status = results_at_ends(work, after, out, err);
    data_column_unref(after);
    return status;
}

/* ---- up to the last row of the partition ----------------------------------------------------- */

/* All rows are in; taking them out one by one, the result before row i leaves is that of the frame
 * from row i on. */
static rask_status to_the_end(const exec_over_work *work, data_column **out, rask_error *err) {
    const exec_over_block *block = work->block;
    const func_window_rows *rows = &block->rows;
    base_buffer *states, *pointers, *buffer = NULL;
    data_column *before = NULL, *after = NULL;
    RASK_TRY(partition_states(work, &states, &pointers, err));
    rask_status status = update_partitions(work, (void **)pointers->data, err);
    if (status == RASK_OK)
        status = base_buffer_new(work->reader->pool, (block->count + 1) * 5LL, &buffer, err);
    if (status == RASK_OK) {
        int32_t *at = (int32_t *)buffer->data;
        uint8_t *kinds = (uint8_t *)(at + block->count);
        memset(kinds, DATA_DELETE, (size_t)block->count);
        status = scan_rows(work, (void **)pointers->data, kinds, &before, &after, err);
        for (int32_t i = 0; i < block->count; i++)
            at[i] = rows->frame_start[i] < rows->frame_end[i] ? rows->frame_start[i] : -1;
        if (status == RASK_OK)
            status = pick_values(work, before, at, block->count, out, err);
    }
    exec_over_drop_states(work, states, block->partition_count);
    base_buffer_unref(pointers);
    base_buffer_unref(buffer);
    data_column_unref(before);
    data_column_unref(after);
    return status;
}

/* ---- both ends move -------------------------------------------------------------------------- */

/* Rows of the partition that are in the state. */
typedef struct span {
    int32_t low, high;
} span;

/* False: the feed is full before the state has just the rows [start, end). */
static bool slide_to(row_feed *feed, void *state, span *in, int32_t start, int32_t end) {
    for (; in->low < in->high && in->low < start; in->low++) {
        if (feed->count == CHUNK_ROWS)
            return false;
        feed_add(feed, state, in->low, DATA_DELETE);
    }
    if (in->high < start)
        in->low = in->high = start;
    for (; in->high < end; in->high++) {
        if (feed->count == CHUNK_ROWS)
            return false;
        feed_add(feed, state, in->high, DATA_INSERT);
    }
    if (feed->count == 0) { /* nothing moved since the feed before: its result is wanted again */
        feed_add(feed, state, start, DATA_DELETE);
        feed_add(feed, state, start, DATA_INSERT);
    }
    return true;
}

typedef struct slide_position {
    int32_t row;
    bool is_begun; /* part of the row's changes went into the feed before */
    span in;
} slide_position;

/* Rows until the feed is full; at[] says which result of the feed is theirs. */
static int32_t fill_slides(const exec_over_work *work, const base_buffer *states, row_feed *feed,
                           slide_position *at_row, int32_t *at) {
    const func_window_rows *rows = &work->block->rows;
    int32_t count = 0;
    for (; at_row->row < rows->count && count < CHUNK_ROWS; at_row->row++, count++) {
        int32_t row = at_row->row, start = rows->frame_start[row], end = rows->frame_end[row];
        if (rows->partition_start[row] == row && !at_row->is_begun)
            at_row->in = (span){row, row};
        void *state =
            (uint8_t *)states->data + (int64_t)work->block->partition_of[row] * work->stride;
        at_row->is_begun = start < end && !slide_to(feed, state, &at_row->in, start, end);
        if (at_row->is_begun)
            return count;
        at[count] = start < end ? feed->count - 1 : -1;
    }
    return count;
}

/* A column for each feed or chunk of rows, put together at the end. */
typedef struct pieces {
    data_column **columns;
    int32_t count, capacity;
} pieces;

static void add_piece(pieces *list, data_column *column) {
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? 2 * list->capacity : 8;
        list->columns =
            base_realloc(list->columns, list->capacity * (int64_t)sizeof(data_column *));
    }
    list->columns[list->count++] = column;
}

static rask_status join_pieces(const exec_over_work *work, pieces *list, rask_status status,
                               data_column **out, rask_error *err) {
    if (status == RASK_OK)
        status = data_column_concat(work->reader->pool, list->columns, list->count, out, err);
    for (int32_t i = 0; i < list->count; i++)
        data_column_unref(list->columns[i]);
    base_free(list->columns);
    return status;
}

static rask_status slide_piece(const exec_over_work *work, const row_feed *feed, int32_t *at,
                               int32_t count, pieces *list, rask_error *err) {
    data_column *after = NULL, *piece = NULL;
    rask_status status = RASK_OK;
    if (feed->count > 0)
        status = feed_scan(work, feed, &after, err);
    else
        status = exec_over_new_result(work, 0, &after, err);
    if (status == RASK_OK)
        status = pick_values(work, after, at, count, &piece, err);
    data_column_unref(after);
    if (status == RASK_OK)
        add_piece(list, piece);
    return status;
}

static rask_status sliding(const exec_over_work *work, data_column **out, rask_error *err) {
    const exec_over_block *block = work->block;
    base_buffer *states, *at;
    row_feed feed;
    pieces list = {0};
    slide_position position = {0};
    RASK_TRY(exec_over_new_states(work, block->partition_count, &states, err));
    rask_status status = feed_new(work, CHUNK_ROWS + 2, &feed, err);
    if (status == RASK_OK)
        status = base_buffer_new(work->reader->pool, CHUNK_ROWS * 4LL, &at, err);
    if (status != RASK_OK) {
        base_buffer_unref(feed.buffer);
        exec_over_drop_states(work, states, block->partition_count);
        return status;
    }
    while (position.row < block->count && status == RASK_OK) {
        feed.count = 0;
        int32_t count = fill_slides(work, states, &feed, &position, (int32_t *)at->data);
        status = slide_piece(work, &feed, (int32_t *)at->data, count, &list, err);
    }
    base_buffer_unref(at);
    base_buffer_unref(feed.buffer);
    exec_over_drop_states(work, states, block->partition_count);
    return join_pieces(work, &list, status, out, err);
}

/* ---- every frame anew ------------------------------------------------------------------------ */

/* Rows [first, first + count): states of their frames, computed in Flink's order. */
static rask_status anew_piece(const exec_over_work *work, row_feed *feed, int32_t first,
                              int32_t count, pieces *list, rask_error *err) {
    const func_window_rows *rows = &work->block->rows;
    base_buffer *states;
    data_column *piece = NULL;
    RASK_TRY(exec_over_new_states(work, count, &states, err));
    rask_status status = RASK_OK;
    feed->count = 0;
    for (int32_t i = 0; i < count && status == RASK_OK; i++) {
        for (int32_t k = rows->frame_start[first + i]; k < rows->frame_end[first + i]; k++) {
            if (feed->count == CHUNK_ROWS) {
                status = feed_update(work, feed, err);
                feed->count = 0;
                if (status != RASK_OK)
                    break;
            }
            feed_add(feed, states->data + (int64_t)i * work->stride, k, DATA_INSERT);
        }
    }
    if (status == RASK_OK && feed->count > 0)
        status = feed_update(work, feed, err);
    if (status == RASK_OK)
        status = finish(work, states, count, &piece, err);
    exec_over_drop_states(work, states, count);
    if (status == RASK_OK)
        add_piece(list, piece);
    return status;
}

static rask_status anew(const exec_over_work *work, data_column **out, rask_error *err) {
    const exec_over_block *block = work->block;
    row_feed feed;
    pieces list = {0};
    RASK_TRY(feed_new(work, CHUNK_ROWS, &feed, err));
    rask_status status = RASK_OK;
    for (int32_t first = 0; first < block->count && status == RASK_OK; first += CHUNK_ROWS) {
        int32_t left = block->count - first;
        status = anew_piece(work, &feed, first, left < CHUNK_ROWS ? left : CHUNK_ROWS, &list, err);
    }
    base_buffer_unref(feed.buffer);
    return join_pieces(work, &list, status, out, err);
}

/* ---- choosing -------------------------------------------------------------------------------- */

static bool are_small(const func_window_rows *rows) {
    int64_t sum = 0;
    for (int32_t i = 0; i < rows->count; i++)
        sum += rows->frame_end[i] > rows->frame_start[i] ? rows->frame_end[i] - rows->frame_start[i]
                                                         : 0;
    return sum <= (int64_t)ANEW_ROWS_MAX * (rows->count + ANEW_ROWS_MAX);
}

static rask_status aggregate(const exec_over_work *work, const exec_frame *frame, data_column **out,
                             rask_error *err) {
    bool from_first = frame->start.kind == EXEC_BOUND_FIRST;
    bool to_last = frame->end.kind == EXEC_BOUND_LAST;
    bool is_exact = work->call->call.row->retract != NULL && !work->call->is_order_sensitive;
    if (from_first && to_last)
        return whole_partitions(work, out, err);
    if (from_first)
        return running(work, out, err);
    if (is_exact)
        return to_last ? to_the_end(work, out, err) : sliding(work, out, err);
    return are_small(&work->block->rows) ? anew(work, out, err) : exec_over_tree(work, out, err);
}

rask_status exec_over_aggregate(exec_over_reader *reader, const exec_over_block *block,
                                int32_t index, data_column **out, rask_error *err) {
    const exec_over_call *call = &reader->params->calls[index];
    const exec_agg_call *agg = &reader->layout->calls[reader->layout_call[index]];
    exec_over_work work = {.reader = reader, .block = block, .call = agg};
    work.stride = (agg->call.row->state_size + 15) / 16 * 16;
    for (int32_t a = 0; a < agg->arg_count; a++)
        work.args[a] = block->columns[agg->args[a]];
    if (block->count == block->first)
        return exec_over_new_result(&work, 0, out, err);
    return aggregate(&work, &reader->params->frames[call->frame], out, err);
}
