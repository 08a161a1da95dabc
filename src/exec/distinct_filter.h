/* DISTINCT in streaming: counts each value of each group in a state table of its own, and lets a
 * row through to the aggregate only when its value comes to be or goes away. */
#ifndef EXEC_DISTINCT_FILTER_H
#define EXEC_DISTINCT_FILTER_H

#include "exec/aggregate_layout.h"

typedef struct exec_distinct exec_distinct;

/* For call number `number` of the layout; the table is named "<uid>#distinct<number>". */
rask_status exec_distinct_new(const exec_agg_layout *layout, int32_t number,
                              const exec_op_spec *spec, const exec_context *context,
                              exec_distinct **out, rask_error *err);
void exec_distinct_free(exec_distinct *filter); /* NULL is fine */
state_table *exec_distinct_table(const exec_distinct *filter);
/* passes[row] (all set before where the row may count at all) stays set where the aggregate must
 * see the row.  The batch is dense; columns flat; `hashes` are the group keys'. */
rask_status exec_distinct_run(exec_distinct *filter, data_column *const *columns,
                              const uint8_t *kinds, const uint64_t *hashes, int32_t count,
                              uint8_t *passes, rask_error *err);

#endif
