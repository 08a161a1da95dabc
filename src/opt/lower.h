/* Shared by the files of lowering (lower.c, lower_aggregate.c, lower_sink.c, lower_udf.c). */
#ifndef OPT_LOWER_H
#define OPT_LOWER_H

#include "base/thread.h"
#include "exec/ops.h"
#include "opt/share.h"

typedef struct lowering {
    exec_graph *graph;
    opt_context *context;
    plan *plan; /* holds what lowering makes; the graph references it */
    const plan_config *config;
    func_context function;
    bool streaming;
    int32_t parallelism;
    int32_t source_count;
    /* Columns of the node that is lowered next that somebody reads; NULL = all.  Taken by
     * lower_node; a join need not carry the others. */
    const bool *needed;
    opt_shares *shares;     /* NULL: nothing is shared */
    base_list spools;       /* lower_spool * */
    base_list filters;      /* lower_waiting_filter * */
    const char *missing_op; /* an operator the engine lacks */
} lowering;

/* A stage whose chain may still grow. */
typedef struct open_stage {
    exec_stage *stage;
    const data_schema *schema;
    const char *uid;
    exec_calc_params
        *calc; /* the last operator, where it is a Calc without projection; else NULL */
} open_stage;

/* A shared part of the plan whose rows are kept. */
typedef struct lower_spool {
    const plan_node *node;
    open_stage open; /* ends in Spool */
} lower_spool;

/* A filter that waits for its place: behind `target`. */
typedef struct lower_waiting_filter {
    const plan_node *target;
    const exec_runtime_filter_params *params;
    exec_stage *build;
    const char *description;
} lower_waiting_filter;

/* `needs_before`: the consumer needs -U rows. */
rask_status lower_node(lowering *low, const plan_node *node, bool needs_before, open_stage *open,
                       rask_error *err);
rask_status lower_aggregate(lowering *low, const plan_node *node, bool needs_before,
                            open_stage *open, rask_error *err);
rask_status lower_join(lowering *low, const plan_node *node, const bool *needed, open_stage *open,
                       rask_error *err);
/* Rows of the probe side that cannot find a partner are dropped far below the join, where that
 * pays. Called when the build side is there and the probe side is not yet. */
void lower_plan_filter(lowering *low, const plan_node *join, int32_t probe, expr_node *const *keys,
                       const exec_join_build_params *build, exec_stage *build_stage);
/* The filters whose place is behind `node`. */
void lower_add_filters(lowering *low, const plan_node *node, open_stage *open);
rask_status lower_flat_map(lowering *low, const plan_node *node, bool needs_before,
                           open_stage *open, rask_error *err);
/* A root: nothing follows it. */
rask_status lower_sink(lowering *low, const plan_node *node, rask_error *err);
rask_status lower_window_table(lowering *low, const plan_node *node, open_stage *open,
                               rask_error *err);
rask_status lower_window(lowering *low, const plan_node *node, open_stage *open, rask_error *err);
/* Calls of user functions in exprs[] become columns appended to the open stage's output by stages
 * of their own; the expressions then refer to those columns. */
rask_status lower_user_functions(lowering *low, open_stage *open, expr_node **exprs, int32_t count,
                                 rask_error *err);

void lower_add_op(lowering *low, open_stage *open, const char *op_name, const void *params,
                  const data_schema *schema, const char *description);
void lower_add_calc(lowering *low, open_stage *open, const expr_node *condition,
                    expr_node *const *exprs, int32_t count, const data_schema *schema,
                    const char *description);
/* Closes the stage with an edge; the open stage is then its consumer. */
void lower_exchange(lowering *low, open_stage *open, exec_edge_kind kind, int32_t parallelism,
                    const int32_t *keys, int32_t key_count);
void lower_gather(lowering *low, open_stage *open);
void lower_read_result(lowering *low, open_stage *open, int32_t parallelism);
/* EXPR_INPUT 0..count-1 of a schema. */
expr_node **lower_first_columns(lowering *low, const data_schema *schema);

#endif
