/* Windows over sorted rows, shared by the over_*.c files and op_over_window.c.
 *
 * A reader takes the merged rows in blocks.  A block holds whole partitions or, where every call
 * allows it, a part of one that ends between two groups of peers; what a call needs to go on in the
 * next block (running states, numbers of rows) is kept in the reader. */
#ifndef EXEC_OVER_H
#define EXEC_OVER_H

#include "exec/aggregate_layout.h"
#include "exec/sort_run.h"

/* The rows being evaluated.  Rows before `first` were shown with the block before and stand here
 * because others look back at them. */
typedef struct exec_over_block {
    int32_t count, first;
    data_column **columns; /* flat; by input column; NULL where no call looks */
    int32_t *partitions;   /* first row of each partition, then `count` */
    int32_t *partition_of; /* by row */
    int32_t partition_count;
    func_window_rows rows; /* frames are set call by call */
    base_buffer *buffer;   /* owner of the arrays */
    bool is_continued;     /* the first row is not the first of its partition */
    bool takes_over;       /* row `first` goes on with the states kept */
    bool goes_on;          /* the states of the last partition are kept */
} exec_over_block;

/* A call that runs over the rows of a partition from its first one, kept from block to block. */
typedef struct exec_over_state {
    void *bytes;
} exec_over_state;

typedef struct exec_over_reader {
    const exec_over_params *params;
    const data_schema *schema; /* of the input */
    const exec_context *context;
    base_pool *pool;
    exec_merge *merge;
    exec_aggregate *aggregates;
    exec_aggregate_params aggregate_params;
    exec_agg_layout *layout; /* one call for each of params->calls that has a state */
    int32_t *layout_call;    /* by call; -1 = none */
    exec_over_state *states; /* by call of the layout */
    func_memory *memory;
    bool *is_read; /* input columns that calls, keys or frames look at */
    bool uses_peers;
    bool is_streamed;
    int64_t look_back; /* is_streamed: rows that must stay */
    /* rows at hand */
    data_batch **batches;
    int32_t batch_count, batch_capacity;
    base_buffer *breaks; /* one byte a row: 1 = a partition begins, 2 = a group of peers begins */
    int32_t total;       /* rows in the batches */
    int32_t ready;       /* the block is the first so many rows */
    int32_t next;        /* to be shown */
    bool is_at_end;
    bool carries; /* `states` are those of the last row's partition */
    int64_t rows_before, peers_before;
    data_column **results; /* by call, for the rows [results_first, ready) */
    int32_t results_first;
} exec_over_reader;

/* over_read.c */
exec_over_reader *exec_over_reader_new(const exec_over_params *params, const data_schema *schema,
                                       exec_sorter *const *sorters, int32_t sorter_count,
                                       const exec_context *context);
void exec_over_reader_free(exec_over_reader *reader); /* NULL is fine */
/* The next rows with their results; *out NULL at the end. */
rask_status exec_over_read(exec_over_reader *reader, int32_t rows_max, data_batch **out,
                           rask_error *err);

/* over_evaluate.c: reader->results for the rows [block->first, block->count). */
rask_status exec_over_evaluate(exec_over_reader *reader, exec_over_block *block, rask_error *err);

/* over_frame.c: the frame of every row. */
rask_status exec_over_frames(const exec_over_reader *reader, const exec_over_block *block,
                             const exec_frame *frame, int32_t *start, int32_t *end,
                             rask_error *err);

/* over_aggregate.c: call `index` over the frames in block->rows. */
rask_status exec_over_aggregate(exec_over_reader *reader, const exec_over_block *block,
                                int32_t index, data_column **out, rask_error *err);

/* What the ways to compute an aggregate share (over_aggregate.c, over_tree.c). */
typedef struct exec_over_work {
    exec_over_reader *reader;
    const exec_over_block *block;
    const exec_agg_call *call;
    const data_column *args[4];
    int32_t stride; /* of states that stand in a row */
} exec_over_work;

rask_status exec_over_new_states(const exec_over_work *work, int64_t count, base_buffer **out,
                                 rask_error *err);
void exec_over_drop_states(const exec_over_work *work, base_buffer *states, int64_t count);
rask_status exec_over_new_result(const exec_over_work *work, int64_t count, data_column **out,
                                 rask_error *err);
/* over_tree.c: frames of any kind in O(rows * log(rows)), by a tree of merged states. */
rask_status exec_over_tree(const exec_over_work *work, data_column **out, rask_error *err);

/* row_breaks.c: marks[i] |= mark where row i of the column differs from row i - 1 (row 0: from the
 * last row of `before`, if any). */
void exec_mark_breaks(const data_column *column, const data_column *before, uint8_t mark,
                      uint8_t *marks);

#endif
