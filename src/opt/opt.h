/* From a bound plan to a physical graph: rules plan to plan, traits, and lowering.
 *
 * Two rule lists (rules.c), one file a rule.  The batch list is free to reorder; the streaming list
 * is ordered and mirrors Flink's planner, because row kinds depend on the plan's shape.  With
 * rask.optimizer.enabled = false only what lowering needs is applied, and answers must agree. */
#ifndef OPT_OPT_H
#define OPT_OPT_H

#include "exec/ops.h"
#include "plan/plan.h"

/* ---- traits: which row kinds a node's output carries ----------------------------------------- */
enum { OPT_INSERTS = 1, OPT_UPDATES = 2, OPT_DELETES = 4 };
/* Streaming; batch plans only insert. */
int opt_changelog(const plan_node *node);
/* The topmost node whose output is not insert-only, for messages; NULL = there is none. */
const plan_node *opt_update_producer(const plan_node *node);
/* Whether sink `table` needs to see -U. */
bool opt_sink_needs_update_before(const plan_table *table);
/* How a SORT with a limit keeps its rows in streaming.  UPDATE: columns 0 .. *id_count-1 of its
 * input tell rows apart. */
exec_rank_strategy opt_rank_strategy(base_arena *arena, const plan_node *sort, int32_t *id_count);

/* ---- ranges.c: what conditions and constants tell about values --------------------------------
 */
enum { OPT_NOT_NEGATIVE = 1, OPT_NOT_POSITIVE = 2 };
int opt_sign_of(const plan_node *input, const expr_node *expr);
/* The same where only rows count that pass `filter` (NULL = all). */
int opt_sign_of_filtered(const plan_node *input, const expr_node *expr, const expr_node *filter);
/* The conjuncts of a filter's condition cannot hold together: x > 3 AND x < 2. */
bool opt_ranges_contradict(base_arena *arena, const plan_node *filter);

/* ---- rules ----------------------------------------------------------------------------------- */
/* A rule looks at one node (inputs already rewritten) and returns its replacement, or the node. */
typedef struct opt_context {
    plan *plan; /* new nodes go here; holds the input plan as a parent */
    const plan_config *config;
    bool streaming;
    const func_context *function;
    base_list estimates; /* opt_estimate *: of the nodes asked for so far */
    rask_status status;  /* of the first rule that failed */
    rask_error *err;
} opt_context;
typedef plan_node *(*opt_rule)(opt_context *context, plan_node *node);

plan_node *opt_rule_push_filter(opt_context *context, plan_node *node);
plan_node *opt_rule_factor_or(opt_context *context, plan_node *node);
/* Conjuncts above a join move into its inputs or its condition, those of the condition that concern
 * one input move there; an outer join whose NULLs a filter drops becomes an inner one. */
plan_node *opt_rule_filter_join(opt_context *context, plan_node *node);
plan_node *opt_rule_join_condition(opt_context *context, plan_node *node);
plan_node *opt_rule_merge_projects(opt_context *context, plan_node *node);
plan_node *opt_rule_push_limit(opt_context *context, plan_node *node);
plan_node *opt_rule_empty(opt_context *context, plan_node *node);
plan_node *opt_rule_constant_keys(opt_context *context, plan_node *node);
plan_node *opt_rule_count_rows(opt_context *context, plan_node *node);
plan_node *opt_rule_sort_past_project(opt_context *context, plan_node *node);
/* What the engine has no operator for; always applied. */
plan_node *opt_rule_reduce_aggregates(opt_context *context, plan_node *node);
plan_node *opt_rule_grouping_sets(opt_context *context, plan_node *node);
plan_node *opt_rule_set_operation(opt_context *context, plan_node *node);
/* Whole-plan rule: reads only the columns that somebody uses. */
plan_node *opt_prune_columns(opt_context *context, plan_node *root);
/* Lets scans see the filters above them (sources may skip rows, the filter stays). */
plan_node *opt_rule_scan_filter(opt_context *context, plan_node *node);
/* Whole-plan rule: inner joins in the order that costs least. */
plan_node *opt_order_joins(opt_context *context, plan_node *root);
plan_node *opt_optimise(opt_context *context, plan_node *root);
/* Subqueries and LATERAL become joins; always applied, and first. */
plan_node *opt_unnest(opt_context *context, plan_node *root);

/* Node makers shared by the rules; schemas are copied into the context's plan. */
plan_node *opt_project(opt_context *context, plan_node *input, expr_node *const *exprs,
                       int32_t count, const char *const *names);
plan_node *opt_filter(opt_context *context, plan_node *input, expr_node *condition);
/* A join of the same type with other inputs (whose columns are the same) and another condition. */
plan_node *opt_join_like(opt_context *context, const plan_node *join, plan_node *left,
                         plan_node *right, expr_node *condition);
bool opt_has_udf(const expr_node *expr);
/* Whether a condition may be evaluated for other rows than it was written for: deterministic, no
 * user function, and it cannot fail. */
bool opt_is_movable(const expr_node *expr);
/* The inputs (bit 0: the left one) whose columns the expression uses. */
int opt_inputs_used(const expr_node *expr);
/* A copy with column c of input i replaced by columns[i][c] of input 0. */
expr_node *opt_renumber(base_arena *arena, const expr_node *expr, int32_t *const columns[2]);

/* ---- sizes ----------------------------------------------------------------------------------- */
/* How large a node's output probably is.  Rows of sources are counted by the connector; what
 * filters let through and how many values a column has is read off a sample of the rows. */
typedef struct opt_estimate opt_estimate;
double opt_rows(opt_context *context, const plan_node *node);
/* Distinct values of an output column, at least 1. */
double opt_distinct(opt_context *context, const plan_node *node, int32_t column);
/* Of the values that input `probe` of a join may have in its keys, how many the other input has. */
double opt_match_fraction(opt_context *context, const plan_node *join, int32_t probe);
/* Where a column comes from unchanged, past filters, joins and groups; *column becomes its number
 * there. */
const plan_node *opt_origin(const plan_node *node, int32_t *column);
void opt_estimates_free(opt_context *context);

/* Some rows of a SCAN, or VALUES in memory, from all over its input; *out NULL where the source
 * gives none.  (*chunks)[row] tells rows that stood side by side from others. */
rask_status opt_sample(opt_context *context, const plan_node *node, data_batch **out,
                       uint16_t **chunks, rask_error *err);
/* How a connector is asked for the columns of a SCAN or VALUES node. */
rask_status opt_source_config(opt_context *context, base_arena *arena, const plan_table *table,
                              const plan_node *node, connect_config *out,
                              const connect_class **connector, rask_error *err);

/* ---- lowering -------------------------------------------------------------------------------- */
/* `root` is a bound SINK, STATEMENT_SET or COLLECT.  Refusals are TableExceptions in Flink's words.
 * The graph holds a reference to a plan of its own that keeps `source` alive; `config` must
 * outlive the graph. */
rask_status opt_lower(plan *source, plan_node *root, const plan_config *config,
                      const base_world *world, exec_graph **out, rask_error *err);
/* Flink's text for a node: "GroupAggregate(groupBy=[word], select=[word, COUNT(*) AS EXPR$0])". */
char *opt_describe(base_arena *arena, const plan_node *node, bool streaming);
/* The same for a Calc that lowering adds, and for a join. */
char *opt_describe_calc(base_arena *arena, expr_node *const *exprs, const data_schema *output,
                        const data_schema *input);
char *opt_describe_join(base_arena *arena, const plan_node *node, bool has_keys, int32_t build);
/* The physical plan as a tree of descriptions. */
void opt_explain_graph(const exec_graph *graph, base_strbuf *out);

#endif
