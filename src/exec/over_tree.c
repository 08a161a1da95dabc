/* Aggregates over any frames, by a tree of merged states.
 *
 *     level 2          [0 .. 3]            [4 .. 7]
 *     level 1      [0 1]    [2 3]      [4 5]    [6 7]
 *     level 0      0   1    2   3      4   5    6   7
 *
 * A frame is put together from at most two nodes a level, from left to right, since an order of
 * rows may matter: rows 1 .. 6 are 1, [2 3], [4 5], 6.  Nodes that reach over the border of a
 * partition are in the tree, but in no frame. */
#include "exec/over.h"

enum { LEVELS_MAX = 32, FRAMES_AT_ONCE = 2048, NODES_MAX = 2 * LEVELS_MAX };

typedef struct tree {
    const exec_over_work *work;
    base_buffer *levels[LEVELS_MAX];
    int64_t sizes[LEVELS_MAX];
    int32_t level_count;
    void *into[FRAMES_AT_ONCE];
    const void *from[FRAMES_AT_ONCE];
} tree;

static void *node_of(const tree *t, int32_t level, int64_t at) {
    return t->levels[level]->data + at * t->work->stride;
}

static rask_status merge(const tree *t, int32_t count, rask_error *err) {
    const exec_agg_call *call = t->work->call;
    func_memory *memory = t->work->reader->memory;
    return call->call.row->merge(&call->call, t->into, t->from, count, memory, memory, err);
}

static rask_status add_level(tree *t, int64_t size, rask_error *err) {
    base_buffer *states;
    RASK_TRY(exec_over_new_states(t->work, size, &states, err));
    t->levels[t->level_count] = states;
    t->sizes[t->level_count++] = size;
    return RASK_OK;
}

static rask_status fill_leaves(tree *t, rask_error *err) {
    const exec_over_work *work = t->work;
    int32_t count = work->block->count;
    base_buffer *pointers;
    RASK_TRY(add_level(t, count, err));
    RASK_TRY(
        base_buffer_new(work->reader->pool, (count + 1) * (int64_t)sizeof(void *), &pointers, err));
    for (int32_t i = 0; i < count; i++)
        ((void **)pointers->data)[i] = node_of(t, 0, i);
    func_aggregate_rows rows = {.states = (void **)pointers->data,
                                .args = work->args,
                                .count = count,
                                .memory = work->reader->memory};
    rask_status status = work->call->call.row->update(&work->call->call, &rows, err);
    base_buffer_unref(pointers);
    return status;
}

static rask_status fill_level(tree *t, rask_error *err) {
    int32_t below = t->level_count - 1;
    int64_t size = (t->sizes[below] + 1) / 2;
    RASK_TRY(add_level(t, size, err));
    for (int64_t start = 0; start < size; start += FRAMES_AT_ONCE)
        for (int32_t side = 0; side < 2; side++) {
            int32_t count = 0;
            for (int64_t i = start; i < size && i < start + FRAMES_AT_ONCE; i++) {
                if (2 * i + side >= t->sizes[below])
                    continue;
                t->into[count] = node_of(t, below + 1, i);
                t->from[count++] = node_of(t, below, 2 * i + side);
            }
            RASK_TRY(merge(t, count, err));
        }
    return RASK_OK;
}

typedef struct node_list {
    const void *nodes[NODES_MAX];
    int32_t count;
} node_list;

/* The nodes of rows [start, end), from left to right. */
static void list_nodes(const tree *t, int64_t start, int64_t end, node_list *out) {
    const void *right[LEVELS_MAX];
    int32_t right_count = 0;
    out->count = 0;
    for (int32_t level = 0; start < end; level++, start /= 2, end /= 2) {
        if (start % 2 == 1)
            out->nodes[out->count++] = node_of(t, level, start++);
        if (end % 2 == 1)
            right[right_count++] = node_of(t, level, --end);
    }
    while (right_count > 0)
        out->nodes[out->count++] = right[--right_count];
}

/* The states of the frames of rows [first, first + count). */
static rask_status query(tree *t, int32_t first, int32_t count, node_list *lists,
                         base_buffer *states, rask_error *err) {
    const func_window_rows *rows = &t->work->block->rows;
    int32_t longest = 0;
    for (int32_t i = 0; i < count; i++) {
        list_nodes(t, rows->frame_start[first + i], rows->frame_end[first + i], &lists[i]);
        longest = lists[i].count > longest ? lists[i].count : longest;
    }
    for (int32_t step = 0; step < longest; step++) {
        int32_t merged = 0;
        for (int32_t i = 0; i < count; i++) {
            if (step >= lists[i].count)
                continue;
            t->into[merged] = states->data + (int64_t)i * t->work->stride;
            t->from[merged++] = lists[i].nodes[step];
        }
        RASK_TRY(merge(t, merged, err));
    }
    return RASK_OK;
}

static rask_status finish_frames(tree *t, const base_buffer *states, int32_t count,
                                 data_column **out, rask_error *err) {
    const exec_agg_call *call = t->work->call;
    data_column *column = NULL;
    RASK_TRY(exec_over_new_result(t->work, count, &column, err));
    for (int32_t i = 0; i < count; i++)
        t->into[i] = (uint8_t *)states->data + (int64_t)i * t->work->stride;
    rask_status status =
        call->call.row->finish(&call->call, t->into, count, t->work->reader->memory, column, err);
    if (status == RASK_OK)
        *out = column;
    else
        data_column_unref(column);
    return status;
}

static rask_status query_piece(tree *t, int32_t first, int32_t count, node_list *lists,
                               data_column **out, rask_error *err) {
    base_buffer *states;
    RASK_TRY(exec_over_new_states(t->work, count, &states, err));
    rask_status status = query(t, first, count, lists, states, err);
    if (status == RASK_OK)
        status = finish_frames(t, states, count, out, err);
    exec_over_drop_states(t->work, states, count);
    return status;
}

static rask_status run_queries(tree *t, data_column **out, rask_error *err) {
    int32_t rows = t->work->block->count, pieces = 0;
    data_column **columns = BASE_NEW_ARRAY(data_column *, rows / FRAMES_AT_ONCE + 1);
    node_list *lists = BASE_NEW_ARRAY(node_list, FRAMES_AT_ONCE);
    rask_status status = RASK_OK;
    for (int32_t first = 0; first < rows && status == RASK_OK; first += FRAMES_AT_ONCE) {
        int32_t left = rows - first;
        status = query_piece(t, first, left < FRAMES_AT_ONCE ? left : FRAMES_AT_ONCE, lists,
                             &columns[pieces], err);
        pieces += status == RASK_OK;
    }
    if (status == RASK_OK)
        status = data_column_concat(t->work->reader->pool, columns, pieces, out, err);
    for (int32_t i = 0; i < pieces; i++)
        data_column_unref(columns[i]);
    base_free(columns);
    base_free(lists);
    return status;
}

rask_status exec_over_tree(const exec_over_work *work, data_column **out, rask_error *err) {
    tree *t = BASE_NEW(tree);
    t->work = work;
    rask_status status = fill_leaves(t, err);
    while (status == RASK_OK && t->sizes[t->level_count - 1] > 1)
        status = fill_level(t, err);
    if (status == RASK_OK)
        status = run_queries(t, out, err);
    for (int32_t level = 0; level < t->level_count; level++)
        exec_over_drop_states(work, t->levels[level], t->sizes[level]);
    base_free(t);
    return status;
}
