/* A call of a user function over batches: arguments are evaluated, exported as Arrow, and what the
 * function returns is imported and checked. */
#ifndef EXEC_UDF_CALL_H
#define EXEC_UDF_CALL_H

#include "data/arrow.h"
#include "exec/ops.h"
#include "expr/udf.h"

typedef struct exec_udf_call exec_udf_call;

/* For operator `op`, over its input.  Calls the function's open. */
rask_status exec_udf_call_open(const expr_node *call, const exec_op *op, exec_udf_call **out,
                               rask_error *err);
/* The function's close, once, after the last batch. */
rask_status exec_udf_call_finish(exec_udf_call *call, rask_error *err);
/* Also closes the function where that has not happened; NULL is fine. */
void exec_udf_call_free(exec_udf_call *call);

/* A scalar function over a dense batch: a column of as many rows. */
rask_status exec_udf_call_scalar(exec_udf_call *call, data_batch *batch, data_column **out,
                                 rask_error *err);
/* A table function over a dense batch: `emit` gets batches of at most rows_max rows whose column 0
 * says which input row a row comes from (ascending, in range), and takes them. */
rask_status exec_udf_call_table(exec_udf_call *call, data_batch *batch, int32_t rows_max,
                                rask_status (*emit)(void *context, data_batch *batch,
                                                    rask_error *err),
                                void *context, rask_error *err);

#endif
