/* Variances and deviations.
 *
 * $WELFORD_M2 is the sum of squared distances from the mean, kept up to date as values come
 * (Welford) and merged pairwise (Chan et al.), all in DOUBLE as Flink does.  STDDEV_POP and its kin
 * are for binding only: the optimiser writes them in terms of it (rule_reduce_aggregates.c). */
#include "func/hot.h"

#include "func/agg.h"
#include "func/types.h"

typedef struct m2_state {
    int64_t count;
    double mean, m2;
} m2_state;

static void m2_init(const func_aggregate_call *call, void *state) {
    *(m2_state *)state = (m2_state){0};
}

static inline void m2_add(m2_state *s, double value) {
    double delta = value - s->mean;
    s->count++;
    s->mean += delta / (double)s->count;
    s->m2 += delta * (value - s->mean);
}

static inline void m2_take(m2_state *s, double value) {
    if (s->count == 1) {
        *s = (m2_state){0};
        return;
    }
    double delta = value - s->mean;
    s->count--;
    s->mean -= delta / (double)s->count;
    s->m2 -= delta * (value - s->mean);
}

static rask_status m2_update(const func_aggregate_call *call, const func_aggregate_rows *rows,
                             rask_error *err) {
    double values[FUNC_BLOCK];
    uint8_t present[FUNC_BLOCK];
    for (func_block block = {0}; func_agg_block(rows, &block);) {
        func_agg_load_f64(rows->args[0], &block, values);
        func_agg_present(rows->args[0], &block, present);
        void *const *states = rows->states + block.start;
        for (int32_t i = 0; i < block.count; i++)
            if (present[i])
                m2_add(states[i], values[i]);
    }
    return RASK_OK;
}

static rask_status m2_retract(const func_aggregate_call *call, const func_aggregate_rows *rows,
                              rask_error *err) {
    double values[FUNC_BLOCK];
    uint8_t present[FUNC_BLOCK];
    for (func_block block = {0}; func_agg_block(rows, &block);) {
        func_agg_load_f64(rows->args[0], &block, values);
        func_agg_present(rows->args[0], &block, present);
        void *const *states = rows->states + block.start;
        for (int32_t i = 0; i < block.count; i++)
            if (present[i])
                m2_take(states[i], values[i]);
    }
    return RASK_OK;
}

static rask_status m2_merge(const func_aggregate_call *call, void *const *into,
                            const void *const *from, int32_t count, func_memory *into_memory,
                            func_memory *from_memory, rask_error *err) {
    for (int32_t i = 0; i < count; i++) {
        m2_state *s = into[i];
        const m2_state *other = from[i];
        int64_t all = s->count + other->count;
        if (other->count == 0)
            continue;
        double delta = other->mean - s->mean;
        double share = (double)other->count / (double)all;
        s->m2 += other->m2 + delta * delta * (double)s->count * share;
        s->mean += delta * share;
        s->count = all;
    }
    return RASK_OK;
}

static inline uint8_t m2_read(const m2_state *s, double *out) {
    *out = s->m2;
    return s->count != 0;
}

static rask_status m2_scan(const func_aggregate_call *call, const func_aggregate_rows *rows,
                           data_column *old_out, data_column *new_out, rask_error *err) {
    double values[FUNC_BLOCK], before[FUNC_BLOCK], after[FUNC_BLOCK];
    uint8_t present[FUNC_BLOCK], had[FUNC_BLOCK], has[FUNC_BLOCK];
    for (func_block block = {0}; func_agg_block(rows, &block);) {
        func_agg_load_f64(rows->args[0], &block, values);
        func_agg_present(rows->args[0], &block, present);
        for (int32_t i = 0; i < block.count; i++) {
            m2_state *s = rows->states[block.start + i];
            had[i] = m2_read(s, &before[i]);
            if (present[i] && func_agg_sign(rows, &block, i) > 0)
                m2_add(s, values[i]);
            else if (present[i])
                m2_take(s, values[i]);
            has[i] = m2_read(s, &after[i]);
        }
        func_agg_store_f64(old_out, &block, before, had);
        func_agg_store_f64(new_out, &block, after, has);
    }
    return RASK_OK;
}

static rask_status m2_finish(const func_aggregate_call *call, void *const *states, int32_t count,
                             func_memory *memory, data_column *out, rask_error *err) {
    double values[FUNC_BLOCK];
    uint8_t has[FUNC_BLOCK];
    for (func_block block = {0}; func_block_over(NULL, count, &block);) {
        for (int32_t i = 0; i < block.count; i++)
            has[i] = m2_read(states[block.start + i], &values[i]);
        func_agg_store_f64(out, &block, values, has);
    }
    return RASK_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define REDUCED .flags = FUNC_AGG_REDUCED, .category = "aggregate"
#define STDDEV_POP                                                                                 \
    REDUCED, .name = "STDDEV_POP", .api = "stddev_pop", .forms = "'STDDEV_POP(<NUMERIC>)'",        \
             .doc = "The standard deviation of a population."
#define STDDEV_SAMP                                                                                \
    REDUCED, .name = "STDDEV_SAMP", .aliases = "STDDEV", .api = "stddev_samp",                     \
             .forms = "'STDDEV_SAMP(<NUMERIC>)'", .doc = "The standard deviation of a sample."
#define VAR_POP                                                                                    \
    REDUCED, .name = "VAR_POP", .api = "var_pop", .forms = "'VAR_POP(<NUMERIC>)'",                 \
             .doc = "The variance of a population."
#define VAR_SAMP                                                                                   \
    REDUCED, .name = "VAR_SAMP", .aliases = "VARIANCE", .api = "var_samp",                         \
             .forms = "'VAR_SAMP(<NUMERIC>)'", .doc = "The variance of a sample."
#define OF_INTEGER .sig = "(INTEGER) -> ARG0"
#define OF_DECIMAL .sig = "(DECIMAL) -> INFER", .infer = func_agg_average_type
#define OF_FLOAT .sig = "(APPROXIMATE) -> ARG0"

static const func_aggregate aggregates[] = {
    {.name = "$WELFORD_M2",
     .sig = "(DOUBLE) -> DOUBLE NULL",
     .flags = FUNC_AGG_RETRACTABLE,
     .state_size = sizeof(m2_state),
     .state_align = _Alignof(m2_state),
     .init = m2_init,
     .update = m2_update,
     .retract = m2_retract,
     .merge = m2_merge,
     .scan = m2_scan,
     .finish = m2_finish,
     .category = "aggregate",
     .doc = "The sum of squared distances from the mean."},
    {STDDEV_POP, OF_INTEGER},
    {STDDEV_POP, OF_DECIMAL},
    {STDDEV_POP, OF_FLOAT},
    {STDDEV_SAMP, OF_INTEGER},
    {STDDEV_SAMP, OF_DECIMAL},
    {STDDEV_SAMP, OF_FLOAT},
    {VAR_POP, OF_INTEGER},
    {VAR_POP, OF_DECIMAL},
    {VAR_POP, OF_FLOAT},
    {VAR_SAMP, OF_INTEGER},
    {VAR_SAMP, OF_DECIMAL},
    {VAR_SAMP, OF_FLOAT},
};

static const func_aggregate *const rows[] = {
    &aggregates[0],  &aggregates[1],  &aggregates[2],  &aggregates[3], &aggregates[4],
    &aggregates[5],  &aggregates[6],  &aggregates[7],  &aggregates[8], &aggregates[9],
    &aggregates[10], &aggregates[11], &aggregates[12],
};
const func_aggregate_family func_variance_aggregates = {rows, sizeof rows / sizeof rows[0]};
