/* COUNT(*) and COUNT(x): a row counts when all its arguments are there. */
#include "func/hot.h"

#include <string.h>

#include "func/agg.h"

typedef struct count_state {
    int64_t count;
} count_state;

static void count_init(const func_aggregate_call *call, void *state) {
    *(count_state *)state = (count_state){0};
}

/* present[i] = 1 where no argument is null. */
static void rows_that_count(const func_aggregate_rows *rows, int32_t arg_count,
                            const func_block *block, uint8_t *present) {
    uint8_t other[FUNC_BLOCK];
    memset(present, 1, (size_t)block->count);
    for (int32_t a = 0; a < arg_count; a++) {
        func_agg_present(rows->args[a], block, other);
        for (int32_t i = 0; i < block->count; i++)
            present[i] &= other[i];
    }
}

static rask_status count_apply(const func_aggregate_call *call, const func_aggregate_rows *rows,
                               int64_t step) {
    uint8_t present[FUNC_BLOCK];
    for (func_block block = {0}; func_agg_block(rows, &block);) {
        rows_that_count(rows, call->arg_count, &block, present);
        void *const *states = rows->states + block.start;
        for (int32_t i = 0; i < block.count; i++)
            ((count_state *)states[i])->count += step * present[i];
    }
    return RASK_OK;
}

static rask_status count_update(const func_aggregate_call *call, const func_aggregate_rows *rows,
                                rask_error *err) {
    return count_apply(call, rows, 1);
}

static rask_status count_retract(const func_aggregate_call *call, const func_aggregate_rows *rows,
                                 rask_error *err) {
    return count_apply(call, rows, -1);
}

static rask_status count_merge(const func_aggregate_call *call, void *const *into,
                               const void *const *from, int32_t count, func_memory *into_memory,
                               func_memory *from_memory, rask_error *err) {
    for (int32_t i = 0; i < count; i++)
        ((count_state *)into[i])->count += ((const count_state *)from[i])->count;
    return RASK_OK;
}

static rask_status count_scan(const func_aggregate_call *call, const func_aggregate_rows *rows,
                              data_column *old_out, data_column *new_out, rask_error *err) {
    uint8_t present[FUNC_BLOCK], always[FUNC_BLOCK];
    int64_t before[FUNC_BLOCK], after[FUNC_BLOCK];
    memset(always, 1, sizeof always);
    for (func_block block = {0}; func_agg_block(rows, &block);) {
        rows_that_count(rows, call->arg_count, &block, present);
        for (int32_t i = 0; i < block.count; i++) {
            count_state *s = rows->states[block.start + i];
            before[i] = s->count;
            s->count += func_agg_sign(rows, &block, i) * present[i];
            after[i] = s->count;
        }
        func_agg_store_i64(old_out, &block, before, always);
        func_agg_store_i64(new_out, &block, after, always);
    }
    return RASK_OK;
}

static rask_status count_finish(const func_aggregate_call *call, void *const *states, int32_t count,
                                func_memory *memory, data_column *out, rask_error *err) {
    int64_t *values = out->values;
    for (int32_t i = 0; i < count; i++)
        values[i] = ((const count_state *)states[i])->count;
    return RASK_OK;
}

#define COUNT                                                                                      \
    .name = "COUNT", .state_size = sizeof(count_state), .state_align = _Alignof(count_state),      \
    .init = count_init, .update = count_update, .retract = count_retract, .merge = count_merge,    \
    .scan = count_scan, .finish = count_finish, .category = "aggregate", .forms = "'COUNT(...)'"

static const func_aggregate count_rows = {COUNT, .sig = "() -> BIGINT NOT NULL",
                                          .flags = FUNC_AGG_RETRACTABLE | FUNC_AGG_COUNTS_ROWS,
                                          .doc = "The number of rows."};
static const func_aggregate count_values = {COUNT, .sig = "(ANY...) -> BIGINT NOT NULL",
                                            .flags = FUNC_AGG_RETRACTABLE, .api = "count",
                                            .doc = "The number of rows whose arguments are all "
                                                   "not NULL."};

static const func_aggregate *const rows[] = {&count_rows, &count_values};
const func_aggregate_family func_count_aggregates = {rows, 2};
