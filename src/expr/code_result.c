/* Columns for results: taken from the register's last batch where nobody else holds them any more,
 * so that a steady stream of batches allocates nothing but what leaves the program. */
#include "expr/code.h"

#include <string.h>

data_column *code_column(const expr_run_state *state, int32_t value) {
    const code_value *v = &state->program->values[value];
    switch (v->source) {
    case CODE_INPUT:
        return state->batch->columns[v->index];
    case CODE_CONSTANT:
        return state->program->constants[v->index];
    case CODE_RESULT:
        break;
    }
    return state->registers[v->index].column;
}

rask_status code_rows_reserve(expr_run_state *state, base_buffer **buffer, int64_t bytes,
                              rask_error *err) {
    if (*buffer != NULL && (*buffer)->capacity >= bytes)
        return RASK_OK;
    base_buffer *grown;
    RASK_TRY(base_buffer_new(state->context->pool, bytes, &grown, err));
    base_buffer_unref(*buffer);
    *buffer = grown;
    return RASK_OK;
}

static bool is_reusable(const data_column *column, int64_t bytes) {
    return column != NULL && __atomic_load_n(&column->refs, __ATOMIC_ACQUIRE) == 1 &&
           column->layout != DATA_DICTIONARY && column->child_count == 0 &&
           column->values_buffer != NULL && column->values_buffer->release == NULL &&
           base_buffer_is_unique(column->values_buffer) && column->values_buffer->capacity >= bytes;
}

/* Takes the bitmap off a column nobody else holds, to be used again where that is possible. */
static void reclaim_validity(code_register *r, data_column *column) {
    base_buffer *bitmap = column->validity_buffer;
    column->validity = NULL;
    column->validity_buffer = NULL;
    if (bitmap == NULL)
        return;
    if (r->validity == NULL && bitmap->release == NULL && base_buffer_is_unique(bitmap))
        r->validity = bitmap;
    else
        base_buffer_unref(bitmap);
}

static void reset_column(data_column *column, const data_type *type, data_physical physical,
                         int64_t rows, int64_t bytes) {
    for (int32_t i = 0; i < column->heap_count; i++) {
        base_buffer_unref(column->heaps[i]);
        column->heaps[i] = NULL;
    }
    column->heap_count = 0;
    column->live_bytes = 0;
    column->bound = 0;
    column->type = type;
    column->layout = DATA_FLAT;
    column->physical = physical;
    column->length = rows;
    column->values = column->values_buffer->data;
    column->values_buffer->size = bytes;
}

rask_status code_result_column(expr_run_state *state, int32_t register_index, const data_type *type,
                               data_physical physical, int64_t rows, data_column **out,
                               rask_error *err) {
    code_register *r = &state->registers[register_index];
    int64_t bytes = rows * data_physical_width(physical);
    if (bytes > 0 && is_reusable(r->column, bytes)) {
        reclaim_validity(r, r->column);
        reset_column(r->column, type, physical, rows, bytes);
    } else {
        data_column *made;
        RASK_TRY(data_column_new(state->context->pool, type,
                                 type->kind == DATA_DECIMAL ? physical : DATA_PHYSICAL_NONE, rows,
                                 &made, err));
        code_result_take(state, register_index, made);
    }
    /* Rows that no kernel writes must still be readable: no wild pointers, no third truth value. */
    if (physical == DATA_PHYSICAL_STRING || physical == DATA_PHYSICAL_BOOL)
        memset(r->column->values, 0, (size_t)bytes);
    *out = r->column;
    return RASK_OK;
}

rask_status code_result_validity(expr_run_state *state, int32_t register_index, data_column *column,
                                 int64_t rows, rask_error *err) {
    code_register *r = &state->registers[register_index];
    int64_t bytes = (rows + 63) / 64 * 8;
    RASK_TRY(code_rows_reserve(state, &r->validity, bytes, err));
    memset(r->validity->data, 0xff, (size_t)bytes);
    r->validity->size = bytes;
    column->validity_buffer = r->validity;
    column->validity = (const uint64_t *)r->validity->data;
    r->validity = NULL;
    return RASK_OK;
}

void code_result_take(expr_run_state *state, int32_t register_index, data_column *column) {
    code_register *r = &state->registers[register_index];
    data_column_unref(r->column);
    r->column = column;
}

void code_result_trim_validity(data_column *column) {
    if (column->validity == NULL || data_column_null_count(column) > 0)
        return;
    base_buffer_unref(column->validity_buffer);
    column->validity_buffer = NULL;
    column->validity = NULL;
}

uint64_t code_fresh_dictionary_id(void) {
    /* The upper half of the ids, so that they never meet those of the columns' makers. */
    static uint64_t next;
    return (1ULL << 63) | __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);
}
