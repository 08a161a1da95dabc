/* Frames as row numbers: row i looks at the rows [start[i], end[i]).
 *
 * RANGE with an offset compares the order keys: row k is inside when key(k) - key(i), counted in
 * the direction of the order, lies between the bounds.  Both ends only ever move forward, as in
 * Flink, whose answers for NULL keys follow from that: a NULL is at distance 0 from a NULL, and a
 * row with a value is behind the lower bound and beyond the upper one of a row without. */
#include "exec/over.h"

/* ---- ROWS ------------------------------------------------------------------------------------ */

static int32_t row_at(int64_t row, base_i128 offset, int32_t low, int32_t high) {
    base_i128 at = row + offset;
    return at < low ? low : at > high ? high : (int32_t)at;
}

static void rows_start(const func_window_rows *rows, const exec_frame_bound *bound,
                       int32_t *start) {
    for (int32_t i = 0; i < rows->count; i++) {
        int32_t low = rows->partition_start[i], high = rows->partition_end[i];
        start[i] = bound->kind == EXEC_BOUND_FIRST     ? low
                   : bound->kind == EXEC_BOUND_CURRENT ? i
                                                       : row_at(i, bound->offset, low, high);
    }
}

static void rows_end(const func_window_rows *rows, const exec_frame_bound *bound, int32_t *end) {
    for (int32_t i = 0; i < rows->count; i++) {
        int32_t low = rows->partition_start[i], high = rows->partition_end[i];
        end[i] = bound->kind == EXEC_BOUND_LAST      ? high
                 : bound->kind == EXEC_BOUND_CURRENT ? i + 1
                                                     : row_at(i + 1, bound->offset, low, high);
    }
}

/* ---- RANGE ----------------------------------------------------------------------------------- */

typedef struct range_keys {
    const func_window_rows *rows;
    const exec_frame *frame;
    const data_column *column;
    bool descending;
    base_i128 *exact; /* one of the two */
    double *floating;
} range_keys;

#define FILL(Type)                                                                                 \
    for (int32_t i = 0; i < count; i++)                                                            \
        keys->exact[i] = (base_i128)((const Type *)values)[i] * factor;                            \
    return

static void fill_exact(range_keys *keys, int32_t count) {
    const void *values = keys->column->values;
    base_i128 factor = keys->frame->key_factor;
    switch (keys->column->physical) {
    case DATA_PHYSICAL_I8:
        FILL(int8_t);
    case DATA_PHYSICAL_I16:
        FILL(int16_t);
    case DATA_PHYSICAL_I32:
        FILL(int32_t);
    case DATA_PHYSICAL_I64:
        FILL(int64_t);
    case DATA_PHYSICAL_I128:
        FILL(base_i128);
    default:
        memset(keys->exact, 0, (size_t)count * sizeof(base_i128));
    }
}

static double power_of_ten(int32_t exponent) {
    double value = 1;
    for (int32_t i = 0; i < exponent; i++)
        value *= 10;
    return value;
}

static double floating_value(const data_column *column, int32_t row) {
    const void *values = column->values;
    double scale = column->type->kind == DATA_DECIMAL ? power_of_ten(column->type->scale) : 1;
    switch (column->physical) {
    case DATA_PHYSICAL_I8:
        return ((const int8_t *)values)[row];
    case DATA_PHYSICAL_I16:
        return ((const int16_t *)values)[row];
    case DATA_PHYSICAL_I32:
        return ((const int32_t *)values)[row] / scale;
    case DATA_PHYSICAL_I64:
        return (double)((const int64_t *)values)[row] / scale;
    case DATA_PHYSICAL_I128:
        return (double)((const base_i128 *)values)[row] / scale;
    case DATA_PHYSICAL_F32:
        return ((const float *)values)[row];
    default:
        return ((const double *)values)[row];
    }
}

/* Distance of row `to` from row `from` against a bound: is it at least / at most that far? */
static bool reaches(const range_keys *keys, int32_t from, int32_t to, const exec_frame_bound *bound,
                    bool at_least) {
    if (keys->descending) {
        int32_t swapped = from;
        from = to;
        to = swapped;
    }
    bool are_null = data_column_is_null(keys->column, from);
    if (keys->floating != NULL) {
        double distance = are_null ? 0 : keys->floating[to] - keys->floating[from];
        return at_least ? distance >= bound->distance : distance <= bound->distance;
    }
    base_i128 distance = are_null ? 0 : keys->exact[to] - keys->exact[from];
    return at_least ? distance >= bound->offset : distance <= bound->offset;
}

static bool one_is_null(const range_keys *keys, int32_t a, int32_t b) {
    return data_column_is_null(keys->column, a) != data_column_is_null(keys->column, b);
}

static bool is_behind(const range_keys *keys, int32_t current, int32_t row) {
    const exec_frame_bound *bound = &keys->frame->start;
    if (bound->kind == EXEC_BOUND_FIRST)
        return false;
    if (bound->kind == EXEC_BOUND_CURRENT)
        return row < keys->rows->peer_start[current];
    return one_is_null(keys, current, row) || !reaches(keys, current, row, bound, true);
}

static bool is_beyond(const range_keys *keys, int32_t current, int32_t row) {
    const exec_frame_bound *bound = &keys->frame->end;
    if (bound->kind == EXEC_BOUND_LAST)
        return false;
    if (bound->kind == EXEC_BOUND_CURRENT)
        return row >= keys->rows->peer_end[current];
    return one_is_null(keys, current, row) || !reaches(keys, current, row, bound, false);
}

static void slide(const range_keys *keys, int32_t *start, int32_t *end) {
    const func_window_rows *rows = keys->rows;
    int32_t low = 0, high = 0;
    for (int32_t i = 0; i < rows->count; i++) {
        if (rows->partition_start[i] == i)
            low = high = i;
        while (low < high && is_behind(keys, i, low))
            low++;
        for (; high < rows->partition_end[i] && !is_beyond(keys, i, high); high++)
            low += low == high && is_behind(keys, i, high);
        start[i] = low;
        end[i] = high;
    }
}

/* To the end of the partition: the start moves on alone. */
static void advance_start(const range_keys *keys, int32_t *start, int32_t *end) {
    const func_window_rows *rows = keys->rows;
    for (int32_t i = 0, low = 0; i < rows->count; i++) {
        if (rows->partition_start[i] == i)
            low = i;
        while (low < rows->partition_end[i] && is_behind(keys, i, low))
            low++;
        start[i] = low;
        end[i] = rows->partition_end[i];
    }
}

static rask_status range_frames(const exec_over_reader *reader, const exec_over_block *block,
                                const exec_frame *frame, int32_t *start, int32_t *end,
                                rask_error *err) {
    const exec_sort_key *key = &reader->params->sort.keys[reader->params->partition_count];
    int32_t count = block->count;
    base_buffer *buffer;
    RASK_TRY(base_buffer_new(reader->pool, (count + 1) * (int64_t)sizeof(base_i128), &buffer, err));
    range_keys keys = {.rows = &block->rows,
                       .frame = frame,
                       .column = block->columns[key->column],
                       .descending = key->descending};
    if (frame->is_floating) {
        keys.floating = (double *)buffer->data;
        for (int32_t i = 0; i < count; i++)
            keys.floating[i] = floating_value(keys.column, i);
    } else {
        keys.exact = (base_i128 *)buffer->data;
        fill_exact(&keys, count);
    }
    if (frame->end.kind == EXEC_BOUND_LAST)
        advance_start(&keys, start, end);
    else
        slide(&keys, start, end);
    base_buffer_unref(buffer);
    return RASK_OK;
}

static bool has_offset(const exec_frame *frame) {
    return frame->start.kind == EXEC_BOUND_OFFSET || frame->end.kind == EXEC_BOUND_OFFSET;
}

rask_status exec_over_frames(const exec_over_reader *reader, const exec_over_block *block,
                             const exec_frame *frame, int32_t *start, int32_t *end,
                             rask_error *err) {
    const func_window_rows *rows = &block->rows;
    if (!frame->is_rows && has_offset(frame))
        return range_frames(reader, block, frame, start, end, err);
    if (frame->is_rows) {
        rows_start(rows, &frame->start, start);
        rows_end(rows, &frame->end, end);
        return RASK_OK;
    }
    bool from_first = frame->start.kind == EXEC_BOUND_FIRST;
    bool to_last = frame->end.kind == EXEC_BOUND_LAST;
    size_t bytes = (size_t)rows->count * sizeof(int32_t);
    memcpy(start, from_first ? rows->partition_start : rows->peer_start, bytes);
    memcpy(end, to_last ? rows->partition_end : rows->peer_end, bytes);
    return RASK_OK;
}
