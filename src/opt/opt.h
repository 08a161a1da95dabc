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
    func_context function; /* for constants */
} opt_context;
typedef plan_node *(*opt_rule)(opt_context *context, plan_node *node);

plan_node *opt_rule_push_filter(opt_context *context, plan_node *node);
plan_node *opt_rule_merge_projects(opt_context *context, plan_node *node);
plan_node *opt_rule_push_limit(opt_context *context, plan_node *node);
plan_node *opt_rule_empty(opt_context *context, plan_node *node);
plan_node *opt_rule_constant_keys(opt_context *context, plan_node *node);
plan_node *opt_rule_count_rows(opt_context *context, plan_node *node);
plan_node *opt_rule_sort_past_project(opt_context *context, plan_node *node);
/* Whole-plan rule: reads only the columns that somebody uses. */
plan_node *opt_prune_columns(opt_context *context, plan_node *root);
/* Lets scans see the filters above them (sources may skip rows, the filter stays). */
plan_node *opt_rule_scan_filter(opt_context *context, plan_node *node);
plan_node *opt_optimise(opt_context *context, plan_node *root);

/* Node makers shared by the rules; schemas are copied into the context's plan. */
plan_node *opt_project(opt_context *context, plan_node *input, expr_node *const *exprs,
                       int32_t count, const char *const *names);
plan_node *opt_filter(opt_context *context, plan_node *input, expr_node *condition);
bool opt_has_udf(const expr_node *expr);

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
