/* Functions that only OVER gives a meaning (ROW_NUMBER, LAG, ...), and the forms under OVER of
 * aggregates that pick a row of their frame (MIN, LAST_VALUE, ...).
 *
 * A row of the table here belongs to the aggregates of the same name, which say what arguments it
 * takes.  It works on a block: sorted rows of one partition after the other, as the operator has
 * gathered them.  A function either writes numbers (`number`) or names, for every row, the row of
 * the block whose argument is the result (`pick`). */
#ifndef FUNC_WINDOW_H
#define FUNC_WINDOW_H

#include "func/aggregate.h"

/* Row i's partition is [partition_start[i], partition_end[i]), its peers [peer_start[i],
 * peer_end[i]), its frame [frame_start[i], frame_end[i]) where that is not empty.  The block may
 * begin inside a partition: the arrays then show what of it stands in the block. */
typedef struct func_window_rows {
    int32_t count;
    const int32_t *partition_start, *partition_end;
    const int32_t *peer_start, *peer_end;
    const int32_t *frame_start, *frame_end;
    int64_t rows_before;  /* rows of the first row's partition that came before the block */
    int64_t peers_before; /* groups of peers of that partition that ended before the block */
} func_window_rows;

/* What a function that picks rows is given. */
typedef struct func_window_pick {
    const func_window_rows *rows;
    int64_t constant;          /* the value of the constant argument */
    const data_column *values; /* the first argument, flat; NULL without arguments */
    base_pool *pool;
} func_window_pick;

enum {                               /* func_window.flags */
       FUNC_WINDOW_ONLY = 1,         /* has no meaning without OVER */
       FUNC_WINDOW_NEEDS_ORDER = 2,  /* ORDER BY of something that is not constant */
       FUNC_WINDOW_ORDER_SYNTAX = 4, /* ... which Flink's parser looks for already */
       FUNC_WINDOW_NO_FRAME = 8,     /* must not be given a frame */
       FUNC_WINDOW_PARTITION = 16,   /* looks at whole partitions */
       FUNC_WINDOW_FRAME = 32,       /* looks at its frame */
       FUNC_WINDOW_OFFSET = 64,      /* (value, constant offset, default): LEAD, LAG */
       FUNC_WINDOW_CONSTANT = 128    /* takes one constant: NTILE */
};

typedef struct func_window {
    const char *name;
    uint32_t flags;
    rask_status (*number)(const func_window_rows *rows, int64_t constant, data_column *out,
                          rask_error *err);
    /* picked[i] = -1: NULL, or the default. */
    rask_status (*pick)(const func_window_pick *pick, int32_t *picked, rask_error *err);
} func_window;

/* NULL where `name` is none, or an aggregate without a form of its own. */
const func_window *func_window_find(const char *name);

/* window_extreme.c */
rask_status func_window_pick_min(const func_window_pick *pick, int32_t *picked, rask_error *err);
rask_status func_window_pick_max(const func_window_pick *pick, int32_t *picked, rask_error *err);

#endif
