/* Aggregates that keep every value they are given: LISTAGG, ARRAY_AGG, COLLECT, PERCENTILE, the
 * aggregates of JSON.
 *
 * A state is a growing block of bytes in func_memory: a prefix, written with the first row (what
 * constant arguments say), then one entry after the other.  Rows share all functions and differ in
 * their class, which `detail` of the row points to; a result is made anew from the entries each
 * time, and taking a value back takes out the first entry equal to its own. */
#ifndef FUNC_AGG_ENTRIES_H
#define FUNC_AGG_ENTRIES_H

#include "func/agg.h"

typedef struct func_entries {
    const char *prefix, *bytes; /* what the first row wrote; the entries */
    int64_t prefix_size, size;
} func_entries;

typedef struct func_entries_class {
    /* Writes the prefix for row `row`; NULL = there is none. */
    rask_status (*prefix)(const func_aggregate_call *call, const data_column *const *args,
                          int32_t row, base_strbuf *out, rask_error *err);
    /* Writes the row's entry; nothing where it does not count. */
    rask_status (*entry)(const func_aggregate_call *call, const data_column *const *args,
                         int32_t row, base_strbuf *out, rask_error *err);
    /* The size of the entry that starts at `at`. */
    int64_t (*entry_size)(const func_aggregate_call *call, const char *at);
    /* Appends the result to a builder of the result's type. */
    rask_status (*result)(const func_aggregate_call *call, const func_entries *entries,
                          data_builder *out, rask_error *err);
} func_entries_class;

typedef struct func_entries_state {
    uint64_t handle; /* 0 = no row yet */
    int64_t size, capacity;
    int64_t prefix_size;
} func_entries_state;

void func_entries_init(const func_aggregate_call *call, void *state);
rask_status func_entries_update(const func_aggregate_call *call, const func_aggregate_rows *rows,
                                rask_error *err);
rask_status func_entries_retract(const func_aggregate_call *call, const func_aggregate_rows *rows,
                                 rask_error *err);
rask_status func_entries_merge(const func_aggregate_call *call, void *const *into,
                               const void *const *from, int32_t count, func_memory *into_memory,
                               func_memory *from_memory, rask_error *err);
rask_status func_entries_scan(const func_aggregate_call *call, const func_aggregate_rows *rows,
                              data_column *old_out, data_column *new_out, rask_error *err);
rask_status func_entries_finish(const func_aggregate_call *call, void *const *states, int32_t count,
                                func_memory *memory, data_column *out, rask_error *err);
void func_entries_snapshot(const func_aggregate_call *call, const void *state, func_memory *memory,
                           base_strbuf *out);
rask_status func_entries_restore(const func_aggregate_call *call, const char *bytes, int64_t size,
                                 void *state, func_memory *memory, int64_t *consumed,
                                 rask_error *err);
void func_entries_destroy(const func_aggregate_call *call, void *state, func_memory *memory);

#define FUNC_ENTRIES(entries_class)                                                                \
    .state_size = sizeof(func_entries_state), .state_align = _Alignof(func_entries_state),         \
    .init = func_entries_init, .update = func_entries_update, .retract = func_entries_retract,     \
    .merge = func_entries_merge, .scan = func_entries_scan, .finish = func_entries_finish,         \
    .snapshot = func_entries_snapshot, .restore = func_entries_restore,                            \
    .destroy = func_entries_destroy, .detail = &(entries_class)

/* ---- cells: one value of a column as bytes (agg_cells.c) ------------------------------------- */
void func_cell_write(const data_column *column, int64_t row, base_strbuf *out);
int64_t func_cell_size(const data_type *type, const char *at);
/* Appends the value to a builder of the type; *at moves behind it. */
rask_status func_cell_read(const data_type *type, const char **at, data_builder *out,
                           rask_error *err);

#endif
