/* MIN and MAX over frames: which row of the frame has the extreme value.
 *
 * Within a partition the ends of frames never move back, so the rows that can still win form a
 * queue in which each value is better than the next: a new row drops the worse ones at the tail, a
 * frame that moves on drops rows at the head, and the head is the answer.  Every row enters and
 * leaves once.
 *
 * NaN follows the aggregate (agg_minmax.c): a frame whose first value is NaN is NaN, later ones do
 * not count. */
#include "func/hot.h"

#include <math.h>

#include "func/kernel.h"
#include "func/window.h"

typedef struct extreme {
    const func_window_rows *rows;
    const data_column *values;
    int64_t *keys;  /* order of the values as numbers; NULL = compare them */
    uint8_t *state; /* per row */
    int32_t *next;  /* first row at or behind each that has a value */
    int32_t *queue; /* the part [head, tail) counts */
    int32_t head, tail;
    bool max;
} extreme;

enum { IS_NULL, IS_VALUE, IS_NAN };

static int64_t double_key(double value) {
    int64_t bits;
    value += 0.0; /* one zero */
    memcpy(&bits, &value, 8);
    return bits < 0 ? bits ^ INT64_MAX : bits;
}

#define KEYS(Type, expression)                                                                     \
    for (int32_t i = 0; i < e->rows->count; i++) {                                                 \
        Type value = ((const Type *)e->values->values)[i];                                         \
        e->keys[i] = expression;                                                                   \
    }                                                                                              \
    return true

/* False: values of this layout have no number that orders them. */
static bool fill_keys(extreme *e) {
    switch (e->values->physical) {
    case DATA_PHYSICAL_BOOL:
        KEYS(uint8_t, value);
    case DATA_PHYSICAL_I8:
        KEYS(int8_t, value);
    case DATA_PHYSICAL_I16:
        KEYS(int16_t, value);
    case DATA_PHYSICAL_I32:
        KEYS(int32_t, value);
    case DATA_PHYSICAL_I64:
        KEYS(int64_t, value);
    case DATA_PHYSICAL_F32:
        KEYS(float, double_key(value));
    case DATA_PHYSICAL_F64:
        KEYS(double, double_key(value));
    default:
        return false;
    }
}

static bool is_nan(const data_column *values, int32_t row) {
    if (values->physical == DATA_PHYSICAL_F64)
        return isnan(((const double *)values->values)[row]);
    return values->physical == DATA_PHYSICAL_F32 && isnan(((const float *)values->values)[row]);
}

static void fill_states(extreme *e) {
    int32_t next = e->rows->count;
    e->next[e->rows->count] = next;
    for (int32_t i = e->rows->count - 1; i >= 0; i--) {
        e->state[i] = data_column_is_null(e->values, i) ? IS_NULL
                      : is_nan(e->values, i)            ? IS_NAN
                                                        : IS_VALUE;
        e->next[i] = next = e->state[i] == IS_NULL ? next : i;
    }
}

/* Equal values: the earlier row stays. */
static bool is_better(const extreme *e, int32_t row, int32_t than) {
    if (e->keys != NULL)
        return e->max ? e->keys[row] > e->keys[than] : e->keys[row] < e->keys[than];
    int order = data_column_compare(e->values, row, e->values, than);
    return e->max ? order > 0 : order < 0;
}

static void add_row(extreme *e, int32_t row) {
    if (e->state[row] != IS_VALUE)
        return;
    while (e->tail > e->head && is_better(e, row, e->queue[e->tail - 1]))
        e->tail--;
    e->queue[e->tail++] = row;
}

static void run(extreme *e, int32_t *picked) {
    const func_window_rows *rows = e->rows;
    for (int32_t i = 0, added = 0; i < rows->count; i++) {
        if (rows->partition_start[i] == i) {
            e->head = e->tail = 0;
            added = i;
        }
        int32_t start = rows->frame_start[i], end = rows->frame_end[i];
        added = added > start || start >= end ? added : start;
        for (; added < end; added++)
            add_row(e, added);
        while (e->head < e->tail && e->queue[e->head] < start)
            e->head++;
        int32_t first = start < end ? e->next[start] : rows->count;
        if (first >= end)
            picked[i] = -1;
        else
            picked[i] = e->state[first] == IS_NAN || e->head == e->tail ? first : e->queue[e->head];
    }
}

static rask_status pick_extreme(const func_window_pick *pick, bool max, int32_t *picked,
                                rask_error *err) {
    int64_t count = pick->rows->count;
    base_buffer *buffer;
    RASK_TRY(base_buffer_new(pick->pool, (count + 1) * (8 + 4 + 4 + 1), &buffer, err));
    extreme e = {.rows = pick->rows, .values = pick->values, .max = max};
    e.keys = (int64_t *)buffer->data;
    e.next = (int32_t *)(e.keys + count + 1);
    e.queue = e.next + count + 1;
    e.state = (uint8_t *)(e.queue + count + 1);
    if (!fill_keys(&e))
        e.keys = NULL;
    fill_states(&e);
    run(&e, picked);
    base_buffer_unref(buffer);
    return RASK_OK;
}

rask_status func_window_pick_min(const func_window_pick *pick, int32_t *picked, rask_error *err) {
    return pick_extreme(pick, false, picked, err);
}

rask_status func_window_pick_max(const func_window_pick *pick, int32_t *picked, rask_error *err) {
    return pick_extreme(pick, true, picked, err);
}
