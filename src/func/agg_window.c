/* ROW_NUMBER, RANK, DENSE_RANK, PERCENT_RANK, CUME_DIST, NTILE, LEAD, LAG, FIRST_VALUE, LAST_VALUE:
 * what they compute over a block of sorted partitions, and the rows by which they are found. */
#include "func/hot.h"

#include <strings.h>

#include "func/agg.h"
#include "func/window.h"

/* ---- numbers --------------------------------------------------------------------------------- */

/* Rows of the block that belong to the partition the block began in. */
static int32_t carried_rows(const func_window_rows *rows) {
    return rows->rows_before > 0 && rows->count > 0 ? rows->partition_end[0] : 0;
}

static rask_status row_number(const func_window_rows *rows, int64_t constant, data_column *out,
                              rask_error *err) {
    (void)constant, (void)err;
    int64_t *values = out->values;
    int32_t carried = carried_rows(rows);
    for (int32_t i = 0; i < rows->count; i++)
        values[i] = i - rows->partition_start[i] + 1;
    for (int32_t i = 0; i < carried; i++)
        values[i] += rows->rows_before;
    return RASK_OK;
}

static rask_status rank(const func_window_rows *rows, int64_t constant, data_column *out,
                        rask_error *err) {
    (void)constant, (void)err;
    int64_t *values = out->values;
    int32_t carried = carried_rows(rows);
    for (int32_t i = 0; i < rows->count; i++)
        values[i] = rows->peer_start[i] - rows->partition_start[i] + 1;
    for (int32_t i = 0; i < carried; i++)
        values[i] += rows->rows_before;
    return RASK_OK;
}

static rask_status dense_rank(const func_window_rows *rows, int64_t constant, data_column *out,
                              rask_error *err) {
    (void)constant, (void)err;
    int64_t *values = out->values;
    int64_t now = rows->rows_before > 0 ? rows->peers_before : 0;
    for (int32_t i = 0; i < rows->count; i++) {
        if (i > 0 && rows->partition_start[i] == i)
            now = 0;
        now += rows->peer_start[i] == i;
        values[i] = now;
    }
    return RASK_OK;
}

static rask_status percent_rank(const func_window_rows *rows, int64_t constant, data_column *out,
                                rask_error *err) {
    (void)constant, (void)err;
    double *values = out->values;
    for (int32_t i = 0; i < rows->count; i++) {
        int32_t others = rows->partition_end[i] - rows->partition_start[i] - 1;
        int32_t smaller = rows->peer_start[i] - rows->partition_start[i];
        values[i] = others > 0 ? (double)smaller / others : 0;
    }
    return RASK_OK;
}

static rask_status cume_dist(const func_window_rows *rows, int64_t constant, data_column *out,
                             rask_error *err) {
    (void)constant, (void)err;
    double *values = out->values;
    for (int32_t i = 0; i < rows->count; i++)
        values[i] = (double)(rows->peer_end[i] - rows->partition_start[i]) /
                    (rows->partition_end[i] - rows->partition_start[i]);
    return RASK_OK;
}

/* The first `size % buckets` buckets have one row more. */
static rask_status ntile(const func_window_rows *rows, int64_t buckets, data_column *out,
                         rask_error *err) {
    int64_t *values = out->values;
    if (buckets == 0)
        return rask_error_set(err, RASK_ERROR_RUNTIME, "/ by zero");
    for (int32_t i = 0; i < rows->count; i++) {
        int64_t size = rows->partition_end[i] - rows->partition_start[i];
        int64_t at = i - rows->partition_start[i], small = size / buckets, large = size % buckets;
        int64_t in_large = large * (small + 1);
        values[i] = at < in_large ? at / (small + 1) + 1 : (at - in_large) / small + large + 1;
    }
    return RASK_OK;
}

/* ---- picks ----------------------------------------------------------------------------------- */

static void pick_at_distance(const func_window_rows *rows, int64_t distance, int32_t *picked) {
    int64_t most = rows->count;
    distance = distance > most ? most : distance < -most ? -most : distance;
    for (int32_t i = 0; i < rows->count; i++) {
        int64_t at = i + distance;
        bool inside = at >= rows->partition_start[i] && at < rows->partition_end[i];
        picked[i] = inside ? (int32_t)at : -1;
    }
}

static rask_status pick_lead(const func_window_pick *pick, int32_t *picked, rask_error *err) {
    (void)err;
    pick_at_distance(pick->rows, pick->constant, picked);
    return RASK_OK;
}

static rask_status pick_lag(const func_window_pick *pick, int32_t *picked, rask_error *err) {
    (void)err;
    pick_at_distance(pick->rows, pick->constant < -INT64_MAX ? INT64_MAX : -pick->constant, picked);
    return RASK_OK;
}

/* FIRST_VALUE and LAST_VALUE pass over nulls, as Flink's do.  `near` says for every row where the
 * next value stands that is not null, itself included. */
static rask_status pick_first(const func_window_pick *pick, int32_t *picked, rask_error *err) {
    const func_window_rows *rows = pick->rows;
    base_buffer *buffer;
    RASK_TRY(base_buffer_new(pick->pool, (rows->count + 1) * 4LL, &buffer, err));
    int32_t *near = (int32_t *)buffer->data;
    near[rows->count] = rows->count;
    for (int32_t i = rows->count - 1; i >= 0; i--)
        near[i] = data_column_is_null(pick->values, i) ? near[i + 1] : i;
    for (int32_t i = 0; i < rows->count; i++) {
        bool empty = rows->frame_start[i] >= rows->frame_end[i];
        int32_t found = empty ? rows->count : near[rows->frame_start[i]];
        picked[i] = found < rows->frame_end[i] ? found : -1;
    }
    base_buffer_unref(buffer);
    return RASK_OK;
}

static rask_status pick_last(const func_window_pick *pick, int32_t *picked, rask_error *err) {
    const func_window_rows *rows = pick->rows;
    base_buffer *buffer;
    RASK_TRY(base_buffer_new(pick->pool, (rows->count + 1) * 4LL, &buffer, err));
    int32_t *near = (int32_t *)buffer->data;
    for (int32_t i = 0, last = -1; i < rows->count; i++)
        near[i] = last = data_column_is_null(pick->values, i) ? last : i;
    for (int32_t i = 0; i < rows->count; i++) {
        bool empty = rows->frame_start[i] >= rows->frame_end[i];
        int32_t found = empty ? -1 : near[rows->frame_end[i] - 1];
        picked[i] = found >= rows->frame_start[i] ? found : -1;
    }
    base_buffer_unref(buffer);
    return RASK_OK;
}

/* ---- sessions -------------------------------------------------------------------------------- */

/* Rows in order of time, of which two belong to one session when no more than the gap lies between
 * them.  Internal: lowering of SESSION asks for the first and the last row of each session. */
static rask_status pick_session_first(const func_window_pick *pick, int32_t *picked,
                                      rask_error *err) {
    (void)err;
    const func_window_rows *rows = pick->rows;
    const int64_t *times = pick->values->values;
    for (int32_t i = 0; i < rows->count; i++) {
        bool goes_on = i > rows->partition_start[i] && times[i] - times[i - 1] <= pick->constant;
        picked[i] = goes_on ? picked[i - 1] : i;
    }
    return RASK_OK;
}

static rask_status pick_session_last(const func_window_pick *pick, int32_t *picked,
                                     rask_error *err) {
    (void)err;
    const func_window_rows *rows = pick->rows;
    const int64_t *times = pick->values->values;
    for (int32_t i = rows->count - 1; i >= 0; i--) {
        bool goes_on = i + 1 < rows->partition_end[i] && times[i + 1] - times[i] <= pick->constant;
        picked[i] = goes_on ? picked[i + 1] : i;
    }
    return RASK_OK;
}

/* ---- the table ------------------------------------------------------------------------------- */

enum {
    RANKING = FUNC_WINDOW_ONLY | FUNC_WINDOW_NEEDS_ORDER | FUNC_WINDOW_NO_FRAME,
    MOVING = FUNC_WINDOW_ONLY | FUNC_WINDOW_NO_FRAME | FUNC_WINDOW_OFFSET
};

static const func_window functions[] = {
    {"ROW_NUMBER", RANKING, row_number, NULL},
    {"RANK", RANKING | FUNC_WINDOW_ORDER_SYNTAX, rank, NULL},
    {"DENSE_RANK", RANKING | FUNC_WINDOW_ORDER_SYNTAX, dense_rank, NULL},
    {"PERCENT_RANK", RANKING | FUNC_WINDOW_ORDER_SYNTAX | FUNC_WINDOW_PARTITION, percent_rank,
     NULL},
    {"CUME_DIST", RANKING | FUNC_WINDOW_ORDER_SYNTAX | FUNC_WINDOW_PARTITION, cume_dist, NULL},
    {"NTILE", FUNC_WINDOW_ONLY | FUNC_WINDOW_PARTITION | FUNC_WINDOW_CONSTANT, ntile, NULL},
    {"LEAD", MOVING, NULL, pick_lead},
    {"LAG", MOVING, NULL, pick_lag},
    {"FIRST_VALUE", FUNC_WINDOW_FRAME, NULL, pick_first},
    {"LAST_VALUE", FUNC_WINDOW_FRAME, NULL, pick_last},
    {"MIN", FUNC_WINDOW_FRAME, NULL, func_window_pick_min},
    {"MAX", FUNC_WINDOW_FRAME, NULL, func_window_pick_max},
    {"$SESSION_FIRST", FUNC_WINDOW_ONLY, NULL, pick_session_first},
    {"$SESSION_LAST", FUNC_WINDOW_ONLY, NULL, pick_session_last},
};

const func_window *func_window_find(const char *name) {
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (strcasecmp(functions[i].name, name) == 0)
            return &functions[i];
    return NULL;
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define OVER_ONLY .flags = FUNC_AGG_OVER_ONLY, .category = "aggregate"
#define MOVE_ROW(function, text)                                                                   \
    OVER_ONLY, .name = function, .forms = "'" function "(<ANY>, <NUMERIC>, <ANY>)'", .doc = text
#define MOVE(function, text)                                                                       \
    {MOVE_ROW(function, text), .sig = "(ANY) -> ARG0 NULL"},                                       \
        {MOVE_ROW(function, text), .sig = "(ANY, NUMERIC) -> ARG0 NULL"}, {                        \
        MOVE_ROW(function, text), .sig = "(ANY, NUMERIC, ANY) -> INFER", .infer = default_type     \
    }

/* The value's type; NULL stays possible where the value or the default may be NULL. */
static rask_status default_type(const func_infer_call *call, const data_type **result,
                                rask_error *err) {
    (void)err;
    *result =
        data_type_with_null(call->types[0], call->types[0]->nullable || call->types[2]->nullable);
    return RASK_OK;
}

static const func_aggregate aggregates[] = {
    {OVER_ONLY, .name = "ROW_NUMBER", .sig = "() -> BIGINT NOT NULL", .forms = "'ROW_NUMBER()'",
     .doc = "The number of the row in its partition, from 1 on."},
    {OVER_ONLY, .name = "RANK", .sig = "() -> BIGINT NOT NULL", .forms = "'RANK()'",
     .doc = "One more than the number of rows in front of the row and its peers."},
    {OVER_ONLY, .name = "DENSE_RANK", .sig = "() -> BIGINT NOT NULL", .forms = "'DENSE_RANK()'",
     .doc = "One more than the number of different order keys in front of the row."},
    {OVER_ONLY, .name = "PERCENT_RANK", .sig = "() -> DOUBLE NOT NULL", .forms = "'PERCENT_RANK()'",
     .doc = "(RANK() - 1) / (rows of the partition - 1); 0 for a single row."},
    {OVER_ONLY, .name = "CUME_DIST", .sig = "() -> DOUBLE NOT NULL", .forms = "'CUME_DIST()'",
     .doc = "The share of the partition's rows up to the row and its peers."},
    {OVER_ONLY, .name = "NTILE", .sig = "(INTEGER) -> BIGINT NOT NULL",
     .forms = "'NTILE(<NUMERIC>)'",
     .doc = "The number of the row's bucket when the partition is cut into n equal ones."},
    MOVE("LEAD", "The value n rows ahead (1 by default); past the partition the default."),
    MOVE("LAG", "The value n rows back (1 by default); past the partition the default."),
};

static const func_aggregate *const rows[] = {
    &aggregates[0], &aggregates[1], &aggregates[2],  &aggregates[3],
    &aggregates[4], &aggregates[5], &aggregates[6],  &aggregates[7],
    &aggregates[8], &aggregates[9], &aggregates[10], &aggregates[11],
};
const func_aggregate_family func_window_aggregates = {rows, sizeof rows / sizeof rows[0]};
