/* Parameters of the physical operators, filled by lowering (opt/lower.c), read by op_*.c.
 * Everything lives in the graph's arena and is read-only while running.
 *
 * Names for exec_op_find: Calc, PythonCalc, PythonCorrelate, GroupAggregate, HashAggregate,
 * Expand, Replicate, HashJoinBuild, HashJoin, RuntimeFilter, Spool, Sort, OverAggregate,
 * WindowTableFunction, Limit, Rank, Union, ConstraintEnforcer, Sink, Collect. */
#ifndef EXEC_OPS_H
#define EXEC_OPS_H

#include "exec/exec.h"
#include "func/window.h"

/* Calc: filter, then project. condition NULL = all rows; exprs NULL = the input columns. */
typedef struct exec_calc_params {
    const expr_node *condition;
    expr_node *const *exprs;
    int32_t expr_count;
} exec_calc_params;

/* PythonCalc: calls of user scalar functions.  Output = input columns + one per call. */
typedef struct exec_udf_params {
    expr_node *const *calls; /* bound CALLs with udf; arguments over the input columns */
    int32_t call_count;
} exec_udf_params;

/* PythonCorrelate: a user table function.  Output = (input columns if keeps_input) + result
 * columns. Row kinds of the input row carry over to its output rows. */
typedef struct exec_correlate_params {
    const expr_node *call;
    bool is_outer, keeps_input;
} exec_correlate_params;

/* One aggregate of GroupAggregate / HashAggregate.  Arguments are input *columns* (lowering puts a
 * Calc in front); -1 terminated by arg_count. */
typedef struct exec_aggregate {
    const func_aggregate *row;
    int32_t args[4];
    int32_t arg_count;
    int32_t filter_column; /* BOOLEAN input column, -1 = none */
    bool distinct;
    const data_type *arg_types[4];
    const data_type *result_type;
} exec_aggregate;

/* GroupAggregate (streaming, keyed, changelog out; merges +I/-U/+U/-D in) and HashAggregate (batch,
 * blocking, two-phase).  Output = key columns then aggregates. */
typedef struct exec_aggregate_params {
    const int32_t *keys;
    int32_t key_count;
    const exec_aggregate *aggregates;
    int32_t aggregate_count;
    bool emits_update_before;   /* the consumer needs -U */
    bool input_has_retractions; /* then a hidden row count decides when a group is gone */
    int64_t state_ttl_ms;
} exec_aggregate_params;

/* HashJoinBuild (batch, blocking): keeps the first `stored_count` columns of its input, indexed by
 * the key columns.  Without keys all rows are candidates of every probe row (nested loop). */
typedef struct exec_join_build_params {
    const int32_t *keys;
    const data_type **key_types; /* as both sides have them; NOT NULL where NULL equals nothing */
    int32_t key_count;
    int32_t stored_count;
    bool tracks_matches; /* somebody asks which rows had a match */
} exec_join_build_params;

/* Where a column comes from; -1: nobody reads it, so it is NULL. */
typedef enum exec_join_side {
    EXEC_JOIN_NOWHERE = -1,
    EXEC_JOIN_PROBE,
    EXEC_JOIN_BUILD
} exec_join_side;

typedef struct exec_join_column {
    exec_join_side side;
    int32_t column; /* of the probe input, or stored */
    const data_type *type;
} exec_join_column;

/* HashJoin (batch): probes what the HashJoinBuild at the end of spec->reads has published.
 *
 *     inner            pairs                      semi   probe_matched    or build_matched
 *     outer            pairs, probe_unmatched and / or build_unmatched
 *     anti             probe_unmatched            or build_unmatched
 *
 * Rows without a partner stand beside NULLs where the output has columns of the other side. */
typedef struct exec_join_params {
    const exec_join_build_params *build;
    const int32_t *keys; /* probe columns */
    const exec_join_column *output;
    int32_t output_count;
    const expr_node *residual; /* over residual_columns; NULL = none */
    const exec_join_column *residual_columns;
    int32_t residual_column_count;
    bool emits_pairs, emits_probe_matched, emits_probe_unmatched;
    bool emits_build_matched, emits_build_unmatched;
    bool is_null_aware; /* NOT IN: NULL keys, on either side, leave nothing certain */
} exec_join_params;

/* Expand: each row through every projection; exprs is row-major, `width` a projection. */
typedef struct exec_expand_params {
    expr_node *const *exprs;
    int32_t width, projection_count;
} exec_expand_params;

/* Replicate repeats rows as often as their last column says: no parameters. */

/* RuntimeFilter (batch): drops rows whose keys the HashJoinBuild of spec->reads does not have. */
typedef struct exec_runtime_filter_params {
    const exec_join_build_params *build;
    const int32_t *keys; /* input columns */
} exec_runtime_filter_params;

typedef struct exec_sort_key {
    int32_t column;
    bool descending, nulls_last;
} exec_sort_key;

/* Sort (batch, blocking): whole order, or Top-N when fetch >= 0. */
typedef struct exec_sort_params {
    const exec_sort_key *keys;
    int32_t key_count;
    int64_t offset, fetch; /* -1 = all */
} exec_sort_params;

/* OverAggregate (batch, blocking): windows of one ordering.  Output = input columns, then one per
 * call.  Rows come out partition by partition, each in order. */
typedef enum exec_bound_kind {
    EXEC_BOUND_FIRST, /* UNBOUNDED PRECEDING */
    EXEC_BOUND_OFFSET,
    EXEC_BOUND_CURRENT, /* CURRENT ROW: RANGE takes its peers with it */
    EXEC_BOUND_LAST     /* UNBOUNDED FOLLOWING */
} exec_bound_kind;

/* One end of a frame.  An offset is a number of rows, or a distance of the order key in the unit of
 * the frame; negative behind the row (PRECEDING), positive ahead of it. */
typedef struct exec_frame_bound {
    exec_bound_kind kind;
    base_i128 offset;
    double distance; /* of a floating frame */
} exec_frame_bound;

typedef struct exec_frame {
    bool is_rows;
    exec_frame_bound start, end;
    bool is_floating;   /* RANGE: keys and distances are doubles */
    int64_t key_factor; /* RANGE: else the key times this is in the unit of the offsets */
} exec_frame;

typedef struct exec_over_call {
    exec_aggregate aggregate;
    const func_window *window; /* NULL: an aggregate without a form of its own under OVER */
    int64_t constant;          /* distance of LEAD and LAG, buckets of NTILE */
    int32_t frame;
} exec_over_call;

typedef struct exec_over_params {
    exec_sort_params sort; /* by the partition's keys, then ORDER BY */
    int32_t partition_count;
    const exec_frame *frames;
    int32_t frame_count;
    const exec_over_call *calls;
    int32_t call_count;
} exec_over_params;

/* WindowTableFunction: each row once for each window that its time is in; rows without a time are
 * left out.  Output = input columns, then first moment, end and last moment of the window, all
 * TIMESTAMP(3).  A SESSION has been found already: it goes from `start_column` to the gap behind
 * `time_column`. */
typedef struct exec_window_table_params {
    plan_window_spec window;
    int32_t time_column; /* TIMESTAMP(3) */
    int32_t start_column;
} exec_window_table_params;

/* Limit (batch and append-only streaming): rows offset .. offset+fetch of the arrival order. */
typedef struct exec_limit_params {
    int64_t offset, fetch;
} exec_limit_params;

/* Rank (streaming): ORDER BY ... LIMIT, and LIMIT over a changelog: keeps the first offset+fetch
 * rows by `keys` (arrival order where key_count is 0) and emits their changelog. */
typedef enum exec_rank_strategy { /* what the input does; see op_rank.c */
                                  EXEC_RANK_APPEND,
                                  EXEC_RANK_UPDATE,
                                  EXEC_RANK_RETRACT
} exec_rank_strategy;

typedef struct exec_rank_params {
    const exec_sort_key *keys;
    int32_t key_count;
    int64_t offset, fetch;
    exec_rank_strategy strategy;
    const int32_t *ids; /* UPDATE: the columns that tell which row is replaced */
    int32_t id_count;
    bool emits_update_before;
} exec_rank_params;

/* Sort of a bounded changelog at its end (ORDER BY a in streaming is refused unless on a time
 * attribute) and Union are pass-through of several inputs: no parameters. */

/* ConstraintEnforcer: the input columns that may be NULL but stand for NOT NULL ones of a sink. */
typedef struct exec_enforcer_params {
    const int32_t *columns;
    const char *const *names; /* the sink's, for messages */
    int32_t column_count;
    bool drops; /* rows with a NULL there go; otherwise they end the job */
} exec_enforcer_params;

/* Sink: writes into a connector. */
typedef struct exec_sink_params {
    const connect_class *connector;
    connect_config connector_config;
} exec_sink_params;

/* Collect: delivers to graph->results. */
typedef struct exec_collect_params {
    bool drops_update_before; /* unused rows are not shown */
} exec_collect_params;

#endif
