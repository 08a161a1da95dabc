/* The list of all aggregates, finding one by signature, and helpers of aggregate loops. */
#include "func/hot.h"

#include <pthread.h>
#include <string.h>

#include "func/agg.h"

/* ---- the list -------------------------------------------------------------------------------- */

static const func_aggregate_family *const families[] = {
    &func_count_aggregates, &func_sum_aggregates,        &func_minmax_aggregates,
    &func_value_aggregates, &func_grouping_aggregates,   &func_variance_aggregates,
    &func_list_aggregates,  &func_percentile_aggregates, &func_window_aggregates,
};

static struct {
    pthread_once_t once;
    const func_aggregate **rows;
    int32_t count;
} list = {.once = PTHREAD_ONCE_INIT};

static void build(void) {
    for (size_t f = 0; f < sizeof families / sizeof families[0]; f++)
        list.count += families[f]->count;
    list.rows = BASE_NEW_ARRAY(const func_aggregate *, list.count);
    int32_t at = 0;
    for (size_t f = 0; f < sizeof families / sizeof families[0]; f++)
        for (int32_t i = 0; i < families[f]->count; i++)
            list.rows[at++] = families[f]->rows[i];
}

const func_aggregate *const *func_aggregates(int32_t *count) {
    pthread_once(&list.once, build);
    *count = list.count;
    return list.rows;
}

const func_aggregate *func_aggregate_by_sig(const char *name, const char *sig) {
    int32_t count;
    const func_aggregate *const *rows = func_aggregates(&count);
    for (int32_t i = 0; i < count; i++) {
        for (const func_aggregate *row = rows[i]; row != NULL; row = row->retractable)
            if (strcmp(row->name, name) == 0 && strcmp(row->sig, sig) == 0)
                return row;
    }
    return NULL;
}

static rask_status finish_empty(const func_aggregate_call *call, void *state, func_memory *memory,
                                base_arena *arena, data_value *out, rask_error *err) {
    data_column *column;
    RASK_TRY(data_column_new(NULL, call->result_type, DATA_PHYSICAL_NONE, 1, &column, err));
    rask_status status = data_column_make_validity(NULL, column, err);
    if (status == RASK_OK)
        status = call->row->finish(call, &state, 1, memory, column, err);
    if (status == RASK_OK)
        *out = data_value_at(arena, column, 0);
    data_column_unref(column);
    return status;
}

rask_status func_aggregate_empty(const func_aggregate_call *call, base_arena *arena,
                                 data_value *out, rask_error *err) {
    void *state = base_arena_alloc(arena, call->row->state_size + 16);
    func_memory *memory = func_heap_new(NULL);
    call->row->init(call, state);
    rask_status status = finish_empty(call, state, memory, arena, out, err);
    if (call->row->destroy != NULL)
        call->row->destroy(call, state, memory);
    func_heap_free(memory);
    return status;
}

/* ---- loading --------------------------------------------------------------------------------- */

/* The bits of a word as 64 bytes of 0 or 1. */
static void unpack_word(uint64_t word, uint8_t *present) {
    for (int32_t i = 0; i < 64; i++)
        present[i] = word >> i & 1;
}

void func_agg_present(const data_column *column, const func_block *block, uint8_t *present) {
    if (column->physical == DATA_PHYSICAL_NONE) {
        memset(present, 0, (size_t)block->count);
        return;
    }
    if (column->validity == NULL) {
        memset(present, 1, (size_t)block->count);
        return;
    }
    int32_t i = 0;
    if (block->rows == NULL && block->start % 64 == 0 && !func_is_constant(column))
        for (; i + 64 <= block->count; i += 64)
            unpack_word(column->validity[(block->start + i) / 64], present + i);
    for (; i < block->count; i++)
        present[i] = data_bit_get(column->validity, func_at(column, func_block_row(block, i)));
}

void func_agg_load_f64(const data_column *column, const func_block *block, double *out) {
    if (column->physical == DATA_PHYSICAL_F32) {
        const float *values = column->values;
        for (int32_t i = 0; i < block->count; i++)
            out[i] = values[func_at(column, func_block_row(block, i))];
    } else {
        const double *values = column->values;
        for (int32_t i = 0; i < block->count; i++)
            out[i] = values[func_at(column, func_block_row(block, i))];
    }
}

/* ---- storing --------------------------------------------------------------------------------- */

/* 64 bytes of 0 or 1 as the bits of a word. */
static uint64_t pack_word(const uint8_t *present) {
    uint64_t word = 0;
    for (int32_t byte = 0; byte < 8; byte++) {
        uint64_t eight;
        memcpy(&eight, present + byte * 8, 8);
        /* The product gathers the low bits of eight bytes in its top byte. */
        word |= (eight * 0x0102040810204080ULL >> 56) << (byte * 8);
    }
    return word;
}

void func_agg_store_present(data_column *out, const func_block *block, const uint8_t *present) {
    if (out->validity == NULL)
        return; /* the result type is NOT NULL */
    uint64_t *bits = (uint64_t *)out->validity;
    int32_t i = 0;
    if (block->start % 64 == 0)
        for (; i + 64 <= block->count; i += 64)
            bits[(block->start + i) / 64] = pack_word(present + i);
    for (; i < block->count; i++) {
        if (present[i])
            data_bit_set(bits, block->start + i);
        else
            data_bit_clear(bits, block->start + i);
    }
}

static func_block positions(const func_block *block) {
    return (func_block){.start = block->start, .count = block->count};
}

void func_agg_store_i64(data_column *out, const func_block *block, const int64_t *values,
                        const uint8_t *present) {
    func_block at = positions(block);
    func_store_i64(out, &at, values);
    func_agg_store_present(out, block, present);
}

void func_agg_store_i128(data_column *out, const func_block *block, const base_i128 *values,
                         const uint8_t *present) {
    func_block at = positions(block);
    func_store_i128(out, &at, values);
    func_agg_store_present(out, block, present);
}

void func_agg_store_f64(data_column *out, const func_block *block, const double *values,
                        const uint8_t *present) {
    for (int32_t i = 0; i < block->count; i++) {
        if (out->physical == DATA_PHYSICAL_F32)
            ((float *)out->values)[block->start + i] = (float)values[i];
        else
            ((double *)out->values)[block->start + i] = values[i];
    }
    func_agg_store_present(out, block, present);
}
