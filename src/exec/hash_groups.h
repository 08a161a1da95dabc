/* Groups of a batch aggregation: a hash table of states, and for each DISTINCT call a hash table of
 * (group keys, arguments), whose entries are added to the groups only once all is together. */
#ifndef EXEC_HASH_GROUPS_H
#define EXEC_HASH_GROUPS_H

#include "exec/aggregate_layout.h"
#include "exec/hash_table.h"
#include "exec/spill_file.h"

typedef struct exec_group_shape { /* the same for all tasks of a stage; read-only */
    const exec_aggregate_params *params;
    exec_key_layout keys;
    const data_type **key_types;
    exec_key_layout *distinct_keys; /* per call; of calls that are not DISTINCT unused */
    const data_type ***distinct_types;
    int32_t part_count;
} exec_group_shape;

exec_group_shape *exec_group_shape_new(const exec_aggregate_params *params,
                                       const data_schema *input, int32_t part_count);
void exec_group_shape_free(exec_group_shape *shape); /* NULL is fine */

typedef struct exec_groups {
    const exec_group_shape *shape;
    const exec_agg_layout *layout; /* of the task that works on it now */
    base_pool *pool;
    int64_t morsel;
    exec_hash_table *table;
    exec_hash_table **distinct; /* per call, NULL where not DISTINCT */
    func_memory *memory;        /* variable-length parts of states */
} exec_groups;

exec_groups *exec_groups_new(const exec_group_shape *shape, const exec_agg_layout *layout,
                             base_pool *pool, int32_t part_count, int64_t morsel);
void exec_groups_free(exec_groups *groups); /* NULL is fine */
int64_t exec_groups_bytes(const exec_groups *groups);

/* Scratch of a task, kept from batch to batch. */
typedef struct exec_groups_scratch {
    base_buffer *buffer, *key_bytes;
    int32_t rows;
    void *cells;
    uint64_t *hashes, *distinct_hashes;
    uint8_t **groups, **entries, **new_rows;
    void **states;
    uint16_t *selection;
} exec_groups_scratch;
void exec_groups_scratch_free(exec_groups_scratch *scratch);

/* Adds the batch's rows.  Memory that runs out while keys are inserted (*retry = true) has changed
 * no state: after a spill the batch may be added again. */
rask_status exec_groups_add(exec_groups *groups, const data_batch *batch,
                            exec_groups_scratch *scratch, bool *retry, rask_error *err);
/* Adds part `part` of `from` (or, of a table with one part, the rows of that radix; -1 = all). */
rask_status exec_groups_merge(exec_groups *into, const exec_groups *from, int32_t part,
                              exec_groups_scratch *scratch, rask_error *err);
/* Moves part `part` of `from` into the empty `into`, which has one part. */
void exec_groups_adopt(exec_groups *into, exec_groups *from, int32_t part);
/* Adds the DISTINCT entries to their groups; `ordered`: in an order that does not depend on how
 * they came together. */
rask_status exec_groups_apply_distinct(exec_groups *groups, bool ordered,
                                       exec_groups_scratch *scratch, rask_error *err);
/* The one group of an aggregation without keys. */
rask_status exec_groups_ensure_one(exec_groups *groups, exec_groups_scratch *scratch,
                                   rask_error *err);
/* Rows first.. as a batch of key and result columns. */
rask_status exec_groups_read(const exec_groups *groups, const exec_context *context, uint32_t first,
                             int32_t count, data_batch **out, rask_error *err);

/* Appends all rows to the file, radix by radix; offsets[r] .. offsets[r + 1] are those of radix r
 * (room for EXEC_RADIX_PARTS + 1).  The groups are empty after it. */
rask_status exec_groups_spill(exec_groups *groups, exec_spill_file *file, int64_t *offsets,
                              rask_error *err);
rask_status exec_groups_load(exec_groups *into, const exec_spill_file *file, int64_t start,
                             int64_t end, exec_groups_scratch *scratch, rask_error *err);

#endif
