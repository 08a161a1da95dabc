/* SUM, SUM0 and AVG.
 *
 * There are four domains: integers (summed in 64 bits, wrapping as Flink's narrower sums do),
 * FLOAT, DOUBLE, and decimals (128 bits, checked against 38 digits).  A state is a sum and the
 * number of values in it; the three functions of a domain differ only in how they read the state.
 */
#include "func/hot.h"

#include <string.h>

#include "func/agg.h"
#include "func/types.h"

/* ---- states ---------------------------------------------------------------------------------- */

typedef struct i64_state {
    int64_t sum, count;
} i64_state;

typedef struct f64_state {
    double sum;
    int64_t count;
} f64_state;

/* A sum beyond 38 digits is lost, and the next value starts a new one, as in Flink. */
typedef struct i128_state {
    base_i128 sum;
    int64_t count;
    bool has_sum;
} i128_state;

static inline void i64_add(i64_state *s, int64_t value, int64_t sign) {
    s->sum = (int64_t)((uint64_t)s->sum + (uint64_t)value * (uint64_t)sign);
    s->count += sign;
}

static inline void f64_add(f64_state *s, double value, int64_t sign) {
    s->sum += sign > 0 ? value : -value;
    s->count += sign;
}

/* FLOAT sums are kept in single precision. */
static inline void f32_add(f64_state *s, double value, int64_t sign) {
    s->sum = (double)((float)s->sum + (sign > 0 ? (float)value : -(float)value));
    s->count += sign;
}

static inline void i128_add_sum(i128_state *s, base_i128 value) {
    base_i128 sum = s->has_sum ? s->sum + value : value;
    s->has_sum = base_decimal_fits(sum, BASE_DECIMAL_DIGITS_MAX);
    s->sum = s->has_sum ? sum : 0;
}

static inline void i128_add(i128_state *s, base_i128 value, int64_t sign) {
    i128_add_sum(s, sign > 0 ? value : -value);
    s->count += sign;
}

/* ---- updating: one set of functions a domain ------------------------------------------------- */

#define DOMAIN(domain, State, Value, zero, load, add)                                              \
    static void domain##_init(const func_aggregate_call *call, void *state) {                      \
        *(State *)state = (State){.sum = zero};                                                    \
    }                                                                                              \
    static void domain##_apply(const func_aggregate_rows *rows, int64_t sign) {                    \
        const data_column *column = rows->args[0];                                                 \
        Value values[FUNC_BLOCK];                                                                  \
        uint8_t present[FUNC_BLOCK];                                                               \
        for (func_block block = {0}; func_agg_block(rows, &block);) {                              \
            load(column, &block, values);                                                          \
            func_agg_present(column, &block, present);                                             \
            void *const *states = rows->states + block.start;                                      \
            for (int32_t i = 0; i < block.count; i++)                                              \
                if (present[i])                                                                    \
                    add((State *)states[i], values[i], sign);                                      \
        }                                                                                          \
    }                                                                                              \
    static rask_status domain##_update(const func_aggregate_call *call,                            \
                                       const func_aggregate_rows *rows, rask_error *err) {         \
        domain##_apply(rows, 1);                                                                   \
        return RASK_OK;                                                                            \
    }                                                                                              \
    static rask_status domain##_retract(const func_aggregate_call *call,                           \
                                        const func_aggregate_rows *rows, rask_error *err) {        \
        domain##_apply(rows, -1);                                                                  \
        return RASK_OK;                                                                            \
    }

/* -0.0 + x is x for every x, so that the sum of -0.0 is -0.0, as in Flink. */
DOMAIN(i64, i64_state, int64_t, 0, func_load_i64, i64_add)
DOMAIN(f32, f64_state, double, -0.0, func_agg_load_f64, f32_add)
DOMAIN(f64, f64_state, double, -0.0, func_agg_load_f64, f64_add)
DOMAIN(i128, i128_state, base_i128, 0, func_load_i128, i128_add)

#define MERGE(function, State, body)                                                               \
    static rask_status function(const func_aggregate_call *call, void *const *into,                \
                                const void *const *from, int32_t count, func_memory *into_memory,  \
                                func_memory *from_memory, rask_error *err) {                       \
        for (int32_t i = 0; i < count; i++) {                                                      \
            State *s = into[i];                                                                    \
            const State *other = from[i];                                                          \
            body;                                                                                  \
            s->count += other->count;                                                              \
        }                                                                                          \
        return RASK_OK;                                                                            \
    }

MERGE(i64_merge, i64_state, s->sum = (int64_t)((uint64_t)s->sum + (uint64_t)other->sum))
MERGE(f32_merge, f64_state, s->sum = (double)((float)s->sum + (float)other->sum))
MERGE(f64_merge, f64_state, s->sum += other->sum)
MERGE(i128_merge, i128_state, if (other->has_sum) i128_add_sum(s, other->sum))

/* ---- reading: scan and finish of each function and domain ------------------------------------ */

/* `read` writes a state's result and returns whether it is there. */
#define READER(function, State, Value, load, add, store, read)                                     \
    static rask_status function##_scan(const func_aggregate_call *call,                            \
                                       const func_aggregate_rows *rows, data_column *old_out,      \
                                       data_column *new_out, rask_error *err) {                    \
        const data_column *column = rows->args[0];                                                 \
        const int32_t scale = func_decimal_scale(column->type);                                    \
        Value values[FUNC_BLOCK], before[FUNC_BLOCK], after[FUNC_BLOCK];                           \
        uint8_t present[FUNC_BLOCK], had[FUNC_BLOCK], has[FUNC_BLOCK];                             \
        for (func_block block = {0}; func_agg_block(rows, &block);) {                              \
            load(column, &block, values);                                                          \
            func_agg_present(column, &block, present);                                             \
            for (int32_t i = 0; i < block.count; i++) {                                            \
                State *s = rows->states[block.start + i];                                          \
                had[i] = read(s, scale, &before[i]);                                               \
                if (present[i])                                                                    \
                    add(s, values[i], func_agg_sign(rows, &block, i));                             \
                has[i] = read(s, scale, &after[i]);                                                \
            }                                                                                      \
            store(old_out, &block, before, had);                                                   \
            store(new_out, &block, after, has);                                                    \
        }                                                                                          \
        return RASK_OK;                                                                            \
    }                                                                                              \
    static rask_status function##_finish(const func_aggregate_call *call, void *const *states,     \
                                         int32_t count, func_memory *memory, data_column *out,     \
                                         rask_error *err) {                                        \
        const int32_t scale = func_decimal_scale(call->arg_types[0]);                              \
        Value values[FUNC_BLOCK];                                                                  \
        uint8_t has[FUNC_BLOCK];                                                                   \
        for (func_block block = {0}; func_block_over(NULL, count, &block);) {                      \
            for (int32_t i = 0; i < block.count; i++)                                              \
                has[i] = read((const State *)states[block.start + i], scale, &values[i]);          \
            store(out, &block, values, has);                                                       \
        }                                                                                          \
        return RASK_OK;                                                                            \
    }

static inline uint8_t i64_sum(const i64_state *s, int32_t scale, int64_t *out) {
    *out = s->sum;
    return s->count != 0;
}

static inline uint8_t i64_sum0(const i64_state *s, int32_t scale, int64_t *out) {
    *out = s->count != 0 ? s->sum : 0;
    return 1;
}

static inline uint8_t i64_average(const i64_state *s, int32_t scale, int64_t *out) {
    *out = 0;
    if (s->count == 0)
        return 0;
    *out = s->count == -1 ? (int64_t)(0 - (uint64_t)s->sum) : s->sum / s->count;
    return 1;
}

static inline uint8_t f64_sum(const f64_state *s, int32_t scale, double *out) {
    *out = s->sum;
    return s->count != 0;
}

static inline uint8_t f64_sum0(const f64_state *s, int32_t scale, double *out) {
    *out = s->count != 0 ? s->sum + 0.0 : 0;
    return 1;
}

static inline uint8_t f64_average(const f64_state *s, int32_t scale, double *out) {
    *out = s->count != 0 ? (s->sum + 0.0) / (double)s->count : 0;
    return s->count != 0;
}

static inline uint8_t i128_sum(const i128_state *s, int32_t scale, base_i128 *out) {
    *out = s->sum;
    return s->count != 0 && s->has_sum;
}

static inline uint8_t i128_sum0(const i128_state *s, int32_t scale, base_i128 *out) {
    *out = s->count != 0 ? s->sum : 0;
    return s->count == 0 || s->has_sum;
}

static int32_t average_scale(int32_t scale) {
    enum { AVERAGE_SCALE_MIN = 6 };
    return scale > AVERAGE_SCALE_MIN ? scale : AVERAGE_SCALE_MIN;
}

static inline uint8_t i128_average(const i128_state *s, int32_t scale, base_i128 *out) {
    *out = 0;
    return s->count != 0 && s->has_sum &&
           base_decimal_divide(s->sum, s->count, scale, 0, average_scale(scale), out);
}

#define I64_READER(function, read)                                                                 \
    READER(function, i64_state, int64_t, func_load_i64, i64_add, func_agg_store_i64, read)
#define F32_READER(function, add, read)                                                            \
    READER(function, f64_state, double, func_agg_load_f64, add, func_agg_store_f64, read)
#define I128_READER(function, read)                                                                \
    READER(function, i128_state, base_i128, func_load_i128, i128_add, func_agg_store_i128, read)

I64_READER(sum_i64, i64_sum)
I64_READER(sum0_i64, i64_sum0)
I64_READER(avg_i64, i64_average)
F32_READER(sum_f32, f32_add, f64_sum)
F32_READER(sum0_f32, f32_add, f64_sum0)
F32_READER(sum_f64, f64_add, f64_sum)
F32_READER(sum0_f64, f64_add, f64_sum0)
F32_READER(avg_f64, f64_add, f64_average)
I128_READER(sum_i128, i128_sum)
I128_READER(sum0_i128, i128_sum0)
I128_READER(avg_i128, i128_average)

/* ---- types ----------------------------------------------------------------------------------- */

static rask_status decimal_sum_type(const func_infer_call *call, const data_type **result,
                                    rask_error *err) {
    const data_type *type = call->types[0];
    *result = data_type_decimal(DATA_DECIMAL_PRECISION_MAX, type->scale, type->nullable);
    return RASK_OK;
}

static rask_status decimal_sum0_type(const func_infer_call *call, const data_type **result,
                                     rask_error *err) {
    *result = data_type_decimal(DATA_DECIMAL_PRECISION_MAX, call->types[0]->scale, false);
    return RASK_OK;
}

rask_status func_agg_average_type(const func_infer_call *call, const data_type **result,
                                  rask_error *err) {
    const data_type *type = call->types[0];
    *result =
        data_type_decimal(DATA_DECIMAL_PRECISION_MAX, average_scale(type->scale), type->nullable);
    return RASK_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define ROW(function, domain, State, reader)                                                       \
    function, .flags = FUNC_AGG_RETRACTABLE, .state_size = sizeof(State),                          \
              .state_align = _Alignof(State), .init = domain##_init, .update = domain##_update,    \
              .retract = domain##_retract, .merge = domain##_merge, .scan = reader##_scan,         \
              .finish = reader##_finish, .category = "aggregate"

#define SUM                                                                                        \
    .name = "SUM", .api = "sum", .forms = "'SUM(<NUMERIC>)'",                                      \
    .doc = "The sum of the values; NULL where there is none."
#define SUM0                                                                                       \
    .name = "$SUM0", .aliases = "SUM0", .api = "sum0", .forms = "'$SUM0(<NUMERIC>)'",              \
    .doc = "The sum of the values; 0 where there is none."
#define AVG                                                                                        \
    .name = "AVG", .api = "avg", .forms = "'AVG(<NUMERIC>)'",                                      \
    .doc = "The mean of the values, in their type; integers are cut towards zero."

static const func_aggregate aggregates[] = {
    {ROW(SUM, i64, i64_state, sum_i64), .sig = "(INTEGER) -> ARG0"},
    {ROW(SUM, i128, i128_state, sum_i128), .sig = "(DECIMAL) -> INFER", .infer = decimal_sum_type},
    {ROW(SUM, f32, f64_state, sum_f32), .sig = "(FLOAT) -> ARG0"},
    {ROW(SUM, f64, f64_state, sum_f64), .sig = "(DOUBLE) -> ARG0"},
    {ROW(SUM0, i64, i64_state, sum0_i64), .sig = "(INTEGER) -> ARG0 NOT NULL"},
    {ROW(SUM0, i128, i128_state, sum0_i128), .sig = "(DECIMAL) -> INFER NOT NULL",
     .infer = decimal_sum0_type},
    {ROW(SUM0, f32, f64_state, sum0_f32), .sig = "(FLOAT) -> ARG0 NOT NULL"},
    {ROW(SUM0, f64, f64_state, sum0_f64), .sig = "(DOUBLE) -> ARG0 NOT NULL"},
    {ROW(AVG, i64, i64_state, avg_i64), .sig = "(INTEGER) -> ARG0"},
    {ROW(AVG, i128, i128_state, avg_i128), .sig = "(DECIMAL) -> INFER",
     .infer = func_agg_average_type},
    {ROW(AVG, f64, f64_state, avg_f64), .sig = "(APPROXIMATE) -> ARG0"},
};

static const func_aggregate *const rows[] = {
    &aggregates[0], &aggregates[1], &aggregates[2], &aggregates[3], &aggregates[4],  &aggregates[5],
    &aggregates[6], &aggregates[7], &aggregates[8], &aggregates[9], &aggregates[10],
};
const func_aggregate_family func_sum_aggregates = {rows, sizeof rows / sizeof rows[0]};
