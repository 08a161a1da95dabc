/* Bound expressions compiled to a flat program of column operations, and its evaluation.
 *
 * Compilation folds constants (never turning a run-time failure into a plan-time one), shares
 * common sub-expressions, and lays CASE, AND, OR, COALESCE, IF out as branches under selections.
 * Evaluation runs one instruction after another over whole columns; a failing kernel names the row.
 *
 * A program is read-only after compile and may be run by several tasks at once, each with its own
 * expr_run_state. */
#ifndef EXPR_PROGRAM_H
#define EXPR_PROGRAM_H

#include "expr/expr.h"

typedef struct expr_program expr_program;
typedef struct expr_run_state expr_run_state;

/* `count` expressions over input columns of the given types.  Copies what it needs. */
rask_status expr_compile(expr_node *const *exprs, int32_t count,
                         const data_type *const *input_types, int32_t input_count,
                         const func_context *context, expr_program **out, rask_error *err);
void expr_program_free(expr_program *program);
expr_run_state *expr_run_state_new(const expr_program *program);
void expr_run_state_free(expr_run_state *state);
/* One line per instruction, for explain and tests. */
void expr_program_write(const expr_program *program, base_strbuf *out);

/* Evaluates over the batch's selected rows (values at other rows are undefined); out[i] gets a
 * reference to a column of batch->row_count rows. */
rask_status expr_run(const expr_program *program, expr_run_state *state,
                     const func_context *context, const data_batch *batch, data_column **out,
                     rask_error *err);
/* The program's single BOOLEAN expression as a filter: the rows (ascending, within the batch's
 * selection) for which it is TRUE.  `selection` has room for batch->row_count entries. */
rask_status expr_run_filter(const expr_program *program, expr_run_state *state,
                            const func_context *context, const data_batch *batch,
                            uint16_t *selection, int32_t *selected, rask_error *err);
/* Compiles and evaluates an expression without inputs. */
rask_status expr_evaluate_constant(const expr_node *expr, const func_context *context,
                                   base_arena *arena, data_value *out, rask_error *err);

#endif
