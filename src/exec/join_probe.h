/* Probing: the rows of one batch against a build side, an output batch at a time.
 *
 * Three ways, chosen per batch:
 *
 *     one     each probe row meets at most one build row (unique keys, or only whether there is one
 *             counts): the probe columns go on as they are, build columns are gathered beside them
 *     pairs   candidate pairs of row numbers, at most rows_max at once; both sides are gathered
 *     loop    no keys: the smaller side runs row by row, as constants, against the other one */
#ifndef EXEC_JOIN_PROBE_H
#define EXEC_JOIN_PROBE_H

#include "exec/join_table.h"
#include "exec/ops.h"

typedef enum exec_join_way { EXEC_JOIN_ONE, EXEC_JOIN_PAIRS, EXEC_JOIN_LOOP } exec_join_way;

typedef struct exec_join_probe {
    exec_op *op; /* emits the batches */
    const exec_join_params *params;
    const exec_key_layout *layout;
    expr_program *residual;
    expr_run_state *residual_state;

    /* The batch at hand; NULL = none. */
    data_batch *batch;
    exec_join_table *table;
    exec_join_way way;
    const uint16_t *rows; /* rows with keys, in which found[] counts; NULL = 0.. */
    int32_t row_count;
    int32_t found_count, at;
    int64_t loop_at, loop_inner; /* LOOP: the outer row, and where the inner side goes on */
    bool asks_matched;           /* matched[] is kept */

    /* Scratch, for `capacity` rows. */
    base_buffer *buffer, *key_bytes;
    int32_t capacity;
    uint8_t *cells;
    uint64_t *hashes;
    exec_join_range *ranges;
    int32_t *pair_keys, *pair_rows;
    uint16_t *valid, *found, *selection;
    uint8_t *matched; /* by batch row */
} exec_join_probe;

rask_status exec_join_probe_open(exec_join_probe *probe, exec_op *op, const exec_key_layout *layout,
                                 rask_error *err);
void exec_join_probe_close(exec_join_probe *probe);
/* Takes up a batch (a reference of its own). */
rask_status exec_join_probe_start(exec_join_probe *probe, exec_join_table *table, data_batch *batch,
                                  rask_error *err);
/* Emits at most one batch; the batch is done when probe->batch is NULL. */
rask_status exec_join_probe_step(exec_join_probe *probe, rask_error *err);

/* Emits build rows rows[0..count) beside NULLs. */
rask_status exec_join_emit_build(exec_join_probe *probe, const exec_join_table *table,
                                 const int32_t *rows, int32_t count, rask_error *err);

#endif
