/* Helpers of kernels: text results and the blocks decimal kernels work in (kernel.h). */
#include "func/hot.h"

#include "func/kernel.h"

#include <string.h>

static void and_validity(uint64_t *bits, const data_column *column, int64_t rows) {
    int64_t words = (rows + 63) / 64;
    if (column->physical == DATA_PHYSICAL_NONE) {
        memset(bits, 0, (size_t)words * 8);
    } else if (column->validity == NULL) {
        return;
    } else if (func_is_constant(column)) {
        if (!data_bit_get(column->validity, 0))
            memset(bits, 0, (size_t)words * 8);
    } else {
        for (int64_t i = 0; i < words; i++)
            bits[i] &= column->validity[i];
    }
}

static bool has_nulls(const data_column *column) {
    return column->validity != NULL || column->physical == DATA_PHYSICAL_NONE;
}

uint64_t *func_merged_validity(const func_call *call, const data_column *a, const data_column *b) {
    if (!has_nulls(a) && !has_nulls(b))
        return NULL;
    int64_t words = (call->row_count + 63) / 64;
    uint64_t *bits = BASE_ARENA_ARRAY(call->context->scratch, uint64_t, words);
    memset(bits, 0xff, (size_t)words * 8);
    and_validity(bits, a, call->row_count);
    and_validity(bits, b, call->row_count);
    return bits;
}

data_column func_scratch_booleans(const func_call *call, const uint64_t *validity) {
    return (data_column){
        .type = data_type_simple(DATA_BOOLEAN, validity != NULL),
        .physical = DATA_PHYSICAL_BOOL,
        .length = call->row_count,
        .validity = validity,
        .values = base_arena_alloc(call->context->scratch, call->row_count + 1),
    };
}

/* ---- text results ---------------------------------------------------------------------------- */

rask_status func_text_begin(func_text *text, func_call *call, int64_t capacity_hint,
                            rask_error *err) {
    *text = (func_text){.call = call, .views = call->result->values};
    return base_buffer_new(call->context->pool, capacity_hint + 64, &text->bytes, err);
}

rask_status func_text_room(func_text *text, int64_t size, char **out, rask_error *err) {
    base_buffer *bytes = text->bytes;
    if (bytes->size + size > bytes->capacity) {
        int64_t wanted = bytes->capacity + bytes->capacity / 2;
        if (wanted < bytes->size + size)
            wanted = bytes->size + size;
        RASK_TRY(base_buffer_reserve(&text->bytes, wanted, err));
    }
    *out = (char *)text->bytes->data + text->bytes->size;
    return RASK_OK;
}

rask_status func_text_add(func_text *text, const char *bytes, int64_t size, rask_error *err) {
    char *out;
    RASK_TRY(func_text_room(text, size, &out, err));
    memcpy(out, bytes, (size_t)size);
    func_text_advance(text, size);
    return RASK_OK;
}

void func_text_end_row(func_text *text, int32_t row) {
    int64_t length = text->bytes->size - text->start;
    const char *bytes = (const char *)text->bytes->data + text->start;
    data_string *view = &text->views[row];
    *view = data_string_make(bytes, (uint32_t)length);
    if (length > DATA_STRING_INLINE_MAX) {
        view->pointer = (const char *)(uintptr_t)text->start;
        text->start += length;
    } else {
        text->bytes->size = text->start; /* the view holds it all */
    }
}

rask_status func_text_set(func_text *text, int32_t row, const char *bytes, int64_t size,
                          rask_error *err) {
    if (size <= DATA_STRING_INLINE_MAX) {
        text->views[row] = data_string_make(bytes, (uint32_t)size);
        return RASK_OK;
    }
    RASK_TRY(func_text_add(text, bytes, size, err));
    func_text_end_row(text, row);
    return RASK_OK;
}

static void point_into(func_text *text) {
    const char *base = (const char *)text->bytes->data;
    data_string *views = text->views;
    const func_call *call = text->call;
    FUNC_EACH_LIVE_ROW(call, row) {
        if (views[row].length > DATA_STRING_INLINE_MAX)
            views[row].pointer = base + (uintptr_t)views[row].pointer;
    }
}

rask_status func_text_finish(func_text *text, rask_status status, rask_error *err) {
    if (status == RASK_OK && text->bytes->size > 0) {
        point_into(text);
        text->call->result->live_bytes = text->bytes->size;
        status = data_column_add_heap(text->call->result, text->bytes, err);
    }
    base_buffer_unref(text->bytes);
    text->bytes = NULL;
    return status;
}

rask_status func_share_heaps(func_call *call, int32_t arg, rask_error *err) {
    const data_column *column = call->args[arg];
    for (int32_t i = 0; i < column->heap_count; i++)
        RASK_TRY(data_column_add_heap(call->result, column->heaps[i], err));
    return RASK_OK;
}

void func_count_live_bytes(func_call *call) {
    const data_string *views = call->result->values;
    int64_t bytes = 0;
    FUNC_EACH_LIVE_ROW(call, row) {
        if (views[row].length > DATA_STRING_INLINE_MAX)
            bytes += views[row].length;
    }
    call->result->live_bytes = bytes;
}

/* ---- decimals -------------------------------------------------------------------------------- */

int32_t func_decimal_scale(const data_type *type) {
    return type->kind == DATA_DECIMAL ? type->scale : 0;
}

base_i128 func_decimal_bound(const data_column *column) {
    if (column->type->kind != DATA_DECIMAL) {
        int32_t bits = data_physical_width(column->physical) * 8;
        return (base_i128)1 << (bits - 1);
    }
    base_i128 limit = base_power_of_ten(column->type->precision) - 1;
    return column->bound != 0 && column->bound < limit ? column->bound : limit;
}

bool func_block_over(const uint16_t *selection, int32_t total, func_block *block) {
    int32_t at = block->start + block->count;
    int32_t left = total - at;
    if (left <= 0)
        return false;
    block->start = at;
    block->count = left < FUNC_BLOCK ? left : FUNC_BLOCK;
    block->rows = selection != NULL ? selection + at : NULL;
    return true;
}

/* Copies of the block's fields, because `out` might point at them for all the compiler knows. */
#define LOAD(type, Out)                                                                            \
    do {                                                                                           \
        const type *restrict values = column->values;                                              \
        Out *restrict to = out;                                                                    \
        const uint16_t *rows = block->rows;                                                        \
        const int32_t count = block->count;                                                        \
        if (func_is_constant(column)) {                                                            \
            for (int32_t i = 0; i < count; i++)                                                    \
                to[i] = (Out)values[0];                                                            \
        } else if (rows == NULL) {                                                                 \
            values += block->start;                                                                \
            for (int32_t i = 0; i < count; i++)                                                    \
                to[i] = (Out)values[i];                                                            \
        } else {                                                                                   \
            for (int32_t i = 0; i < count; i++)                                                    \
                to[i] = (Out)values[rows[i]];                                                      \
        }                                                                                          \
    } while (0)

#define LOAD_BY_PHYSICAL(Out)                                                                      \
    switch (column->physical) {                                                                    \
    case DATA_PHYSICAL_BOOL:                                                                       \
    case DATA_PHYSICAL_I8:                                                                         \
        LOAD(int8_t, Out);                                                                         \
        break;                                                                                     \
    case DATA_PHYSICAL_I16:                                                                        \
        LOAD(int16_t, Out);                                                                        \
        break;                                                                                     \
    case DATA_PHYSICAL_I32:                                                                        \
        LOAD(int32_t, Out);                                                                        \
        break;                                                                                     \
    case DATA_PHYSICAL_I64:                                                                        \
        LOAD(int64_t, Out);                                                                        \
        break;                                                                                     \
    case DATA_PHYSICAL_I128:                                                                       \
        LOAD(base_i128, Out);                                                                      \
        break;                                                                                     \
    default:                                                                                       \
        RASK_ASSERT(!"an integer layout");                                                         \
    }

void func_load_i64(const data_column *column, const func_block *block, int64_t *out) {
    LOAD_BY_PHYSICAL(int64_t)
}

void func_load_i128(const data_column *column, const func_block *block, base_i128 *out) {
    LOAD_BY_PHYSICAL(base_i128)
}

#define STORE(type)                                                                                \
    do {                                                                                           \
        type *restrict out = result->values;                                                       \
        const uint16_t *rows = block->rows;                                                        \
        const int32_t count = block->count;                                                        \
        if (rows == NULL) {                                                                        \
            out += block->start;                                                                   \
            for (int32_t i = 0; i < count; i++)                                                    \
                out[i] = (type)values[i];                                                          \
        } else {                                                                                   \
            for (int32_t i = 0; i < count; i++)                                                    \
                out[rows[i]] = (type)values[i];                                                    \
        }                                                                                          \
    } while (0)

#define STORE_BY_PHYSICAL                                                                          \
    switch (result->physical) {                                                                    \
    case DATA_PHYSICAL_BOOL:                                                                       \
    case DATA_PHYSICAL_I8:                                                                         \
        STORE(int8_t);                                                                             \
        break;                                                                                     \
    case DATA_PHYSICAL_I16:                                                                        \
        STORE(int16_t);                                                                            \
        break;                                                                                     \
    case DATA_PHYSICAL_I32:                                                                        \
        STORE(int32_t);                                                                            \
        break;                                                                                     \
    case DATA_PHYSICAL_I64:                                                                        \
        STORE(int64_t);                                                                            \
        break;                                                                                     \
    case DATA_PHYSICAL_I128:                                                                       \
        STORE(base_i128);                                                                          \
        break;                                                                                     \
    default:                                                                                       \
        RASK_ASSERT(!"an integer layout");                                                         \
    }

void func_store_i64(data_column *result, const func_block *block, const int64_t *values) {
    STORE_BY_PHYSICAL
}

void func_store_i128(data_column *result, const func_block *block, const base_i128 *values) {
    STORE_BY_PHYSICAL
}

void func_decimal_result(data_column *result, base_i128 bound) {
    base_i128 limit = base_power_of_ten(result->type->precision) - 1;
    result->bound = bound < limit ? bound : limit;
    if (result->physical == DATA_PHYSICAL_I128 && result->bound <= INT64_MAX)
        result->physical = DATA_PHYSICAL_I64;
}
