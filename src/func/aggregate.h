/* Aggregate functions: one row each, in the same table as the scalar ones.
 *
 * State is a flat struct of state_size bytes that lives wherever the operator puts it (a group row
 * of a hash table, a keyed-state page).  Variable-length parts (the text of MIN over strings, the
 * value counts of a retractable MAX, DISTINCT sets) live in the func_memory the operator passes,
 * addressed by handle, never by pointer, so that pages can move.
 *
 * Every call takes states[i] for the i-th *selected* row: finding the pointers is a separate
 * vectorised pass of the operator, and the same pointer may stand there many times.
 *
 *   init     a fresh state
 *   update   adds rows                    (accumulate)
 *   retract  takes rows away              (NULL = cannot; the planner then picks a retractable row)
 *   merge    adds other states            (two-phase aggregation, spilled partitions)
 *   scan     applies rows in order, +I/+U add and -U/-D retract, and writes each group's result
 *            before and after every row into old_out[i] / new_out[i] - a batch yields its exact
 *            per-record changelog with no row interpreter
 *   finish   writes results
 *   snapshot/restore  for states with variable-length parts; NULL = the bytes of the state
 *   destroy  gives variable-length parts back; NULL = nothing to do */
#ifndef FUNC_AGGREGATE_H
#define FUNC_AGGREGATE_H

#include "func/func.h"

/* Where variable-length parts of states live: a bump heap in batch, slabs with free lists in keyed
 * state.  Handle 0 means nothing. */
typedef struct func_memory func_memory;
struct func_memory {
    rask_status (*put)(func_memory *self, const void *bytes, int64_t size, uint64_t *handle,
                       rask_error *err);
    void *(*get)(func_memory *self, uint64_t handle, int64_t *size);
    void (*drop)(func_memory *self, uint64_t handle);
};

typedef struct func_aggregate func_aggregate;

/* A bound aggregate call. */
typedef struct func_aggregate_call {
    const func_aggregate *row;
    const func_context *context;
    const data_type *const *arg_types;
    int32_t arg_count;
    const data_type *result_type;
    const void *prepared;
} func_aggregate_call;

/* The rows one call works on.  args are flat; row numbers index them. */
typedef struct func_aggregate_rows {
    void *const *states; /* [count] */
    const data_column *const *args;
    const uint16_t *selection; /* NULL = rows 0..count-1 */
    int32_t count;
    const uint8_t *kinds; /* by row number; NULL = all +I.  Only `scan` reads it. */
    func_memory *memory;
} func_aggregate_rows;

enum {                                /* func_aggregate.flags */
       FUNC_AGG_COUNTS_ROWS = 1,      /* COUNT(*): takes no argument and ignores nulls */
       FUNC_AGG_RETRACTABLE = 2,      /* has `retract` */
       FUNC_AGG_DISTINCT_IS_SAME = 4, /* MIN, MAX: DISTINCT changes nothing */
       FUNC_AGG_ORDERED = 8,          /* FIRST_VALUE, LISTAGG: the order of rows matters */
       FUNC_AGG_OVER_ONLY = 16,       /* window.h computes it; there is no state */
       FUNC_AGG_GROUPING = 32,        /* GROUPING(a): a constant of each grouping set */
       FUNC_AGG_REDUCED = 64,         /* written in terms of others by the optimiser */
       FUNC_AGG_KEEPS_NULLS = 128     /* ARRAY_AGG: a NULL is a value, also of DISTINCT */
};

struct func_aggregate {
    const char *name; /* "SUM" */
    const char *sig;  /* "(BIGINT) -> BIGINT"; one row per physical overload */
    uint32_t flags;
    /* Another row to use when the input has retractions (MIN -> its value-count form); NULL where
     * this one has `retract`. */
    const func_aggregate *retractable;
    int32_t state_size, state_align;
    rask_status (*infer)(const func_infer_call *call, const data_type **result, rask_error *err);
    void (*init)(const func_aggregate_call *call, void *state);
    rask_status (*update)(const func_aggregate_call *call, const func_aggregate_rows *rows,
                          rask_error *err);
    rask_status (*retract)(const func_aggregate_call *call, const func_aggregate_rows *rows,
                           rask_error *err);
    rask_status (*merge)(const func_aggregate_call *call, void *const *into,
                         const void *const *from, int32_t count, func_memory *into_memory,
                         func_memory *from_memory, rask_error *err);
    /* old_out and new_out are flat, of result_type, with validity, row_count = rows->count. */
    rask_status (*scan)(const func_aggregate_call *call, const func_aggregate_rows *rows,
                        data_column *old_out, data_column *new_out, rask_error *err);
    rask_status (*finish)(const func_aggregate_call *call, void *const *states, int32_t count,
                          func_memory *memory, data_column *out, rask_error *err);
    void (*snapshot)(const func_aggregate_call *call, const void *state, func_memory *memory,
                     base_strbuf *out);
    rask_status (*restore)(const func_aggregate_call *call, const char *bytes, int64_t size,
                           void *state, func_memory *memory, int64_t *consumed, rask_error *err);
    void (*destroy)(const func_aggregate_call *call, void *state, func_memory *memory);
    const void *detail; /* what rows that share functions differ in */
    uint32_t literals;  /* bit i: argument i must be a literal */
    const char *api, *aliases, *category, *doc;
    const char *forms; /* as in func_row */
};

typedef struct func_aggregate_resolution {
    const func_aggregate *row;
    const data_type *parameter_types[FUNC_ARGS_MAX];
    const data_type *result_type; /* nullable where a group may be empty (no GROUP BY) */
} func_aggregate_resolution;

bool func_is_aggregate(const char *name);
rask_status func_aggregate_resolve(const char *name, const data_type *const *types, int32_t count,
                                   bool grouped, func_aggregate_resolution *out, rask_error *err);
/* The same for calls of which some arguments are literals (`literals[i]`, NULL = it is none). */
rask_status func_aggregate_resolve_call(const char *name, const data_type *const *types,
                                        const data_value *const *literals, int32_t count,
                                        bool grouped, func_aggregate_resolution *out,
                                        rask_error *err);
const func_aggregate *const *func_aggregates(int32_t *count);
/* Finds a row again by name and signature (plan documents, snapshots). */
const func_aggregate *func_aggregate_by_sig(const char *name, const char *sig);

/* What the call gives for no rows at all. */
rask_status func_aggregate_empty(const func_aggregate_call *call, base_arena *arena,
                                 data_value *out, rask_error *err);

/* A func_memory over malloc'd chunks charged to `pool`, for batch operators and tests. */
func_memory *func_heap_new(base_pool *pool);
void func_heap_free(func_memory *memory);
int64_t func_heap_used(const func_memory *memory);  /* by values */
int64_t func_heap_bytes(const func_memory *memory); /* in all */
/* From now on a full budget refuses nothing: an operator that cannot stop in the middle of a batch
 * looks at the overdraft behind it, and spills. */
void func_heap_overdraw(func_memory *memory);
int64_t func_heap_overdraft(const func_memory *memory);

#endif
