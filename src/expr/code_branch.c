/* Branches: three-valued AND and OR, merging the branches of CASE / COALESCE / IF, and the scopes
 * they are computed in. */
#include <string.h>

#include "expr/code.h"

/* The column of `value` in flat form; *held is to be released where it is not NULL. */
static rask_status flat_column(expr_run_state *state, int32_t value, const data_column **out,
                               data_column **held, rask_error *err) {
    data_column *column = code_column(state, value);
    *held = NULL;
    if (column->layout != DATA_FLAT) {
        data_column *slice = data_column_ref(column);
        if (column->length > state->row_count) {
            data_column_unref(slice);
            RASK_TRY(
                data_column_slice(state->context->pool, column, 0, state->row_count, &slice, err));
        }
        rask_status status = data_column_flatten(state->context->pool, slice, held, err);
        data_column_unref(slice);
        RASK_TRY(status);
        column = *held;
    }
    *out = column;
    return RASK_OK;
}

static inline bool is_valid_at(const data_column *column, int32_t row) {
    return column->validity == NULL || data_bit_get(column->validity, row);
}

/* ---- AND, OR --------------------------------------------------------------------------------- */

/* All rows at once, no nulls in sight. */
static void logic_dense(bool is_and, const uint8_t *a, const uint8_t *b, uint8_t *out,
                        int64_t rows) {
    if (is_and)
        for (int64_t i = 0; i < rows; i++)
            out[i] = a[i] & b[i];
    else
        for (int64_t i = 0; i < rows; i++)
            out[i] = a[i] | b[i];
}

/* One row in three-valued logic: the dominant value (FALSE of AND, TRUE of OR) wins over NULL. */
static inline void logic_row(uint8_t dominant, const data_column *a, const data_column *b,
                             data_column *out, int32_t row) {
    uint8_t va = ((const uint8_t *)a->values)[row], vb = ((const uint8_t *)b->values)[row];
    bool known_a = is_valid_at(a, row), known_b = is_valid_at(b, row);
    bool dominated = (known_a && va == dominant) || (known_b && vb == dominant);
    ((uint8_t *)out->values)[row] = dominated ? dominant : !dominant;
    if (dominated || (known_a && known_b))
        data_bit_set((uint64_t *)out->validity, row);
    else
        data_column_set_null(out, row);
}

/* `a` for the rows outside the branch, `a op b` for those inside. */
static void logic_branch(uint8_t dominant, const data_column *a, const data_column *b,
                         const code_rows *branch, data_column *out, int32_t row_count) {
    memcpy(out->values, a->values, (size_t)row_count);
    if (out->validity != NULL && a->validity != NULL)
        memcpy((void *)out->validity, a->validity, (size_t)(row_count + 63) / 64 * 8);
    for (int32_t i = 0; i < branch->count; i++) {
        int32_t row = branch->rows != NULL ? branch->rows[i] : i;
        if (out->validity == NULL)
            ((uint8_t *)out->values)[row] = ((const uint8_t *)b->values)[row];
        else
            logic_row(dominant, a, b, out, row);
    }
}

rask_status code_run_logic(expr_run_state *state, const code_instruction *instruction,
                           rask_error *err) {
    const data_column *a, *b = NULL;
    data_column *held_a = NULL, *held_b = NULL, *out;
    const code_value *dst = &state->program->values[instruction->dst];
    const code_rows *branch = &state->scopes[instruction->branch_scopes[0]];
    bool is_and = instruction->op == CODE_AND;
    bool is_dense = branch == &state->scopes[instruction->scope];
    uint8_t dominant = is_and ? 0 : 1;
    rask_status status;
    RASK_TRY_OUT(status, flat_column(state, instruction->args[0], &a, &held_a, err));
    if (branch->count > 0)
        RASK_TRY_OUT(status, flat_column(state, instruction->args[1], &b, &held_b, err));
    RASK_TRY_OUT(status, code_result_column(state, dst->index, dst->type, DATA_PHYSICAL_BOOL,
                                            state->row_count, &out, err));
    bool has_nulls = a->validity != NULL || (b != NULL && b->validity != NULL);
    if (has_nulls)
        RASK_TRY_OUT(status, code_result_validity(state, dst->index, out, state->row_count, err));
    if (!is_dense)
        logic_branch(dominant, a, b, branch, out, state->row_count);
    else if (!has_nulls)
        logic_dense(is_and, a->values, b->values, out->values, state->row_count);
    else
        for (int32_t row = 0; row < state->row_count; row++)
            logic_row(dominant, a, b, out, row);
out:
    data_column_unref(held_a);
    data_column_unref(held_b);
    return status;
}

/* ---- scopes ---------------------------------------------------------------------------------- */

/* Whether each (value, is null) passes. */
static bool test_passes(code_test test, bool value, bool is_null) {
    switch (test) {
    case CODE_TRUE:
        return !is_null && value;
    case CODE_NOT_TRUE:
        return is_null || !value;
    case CODE_NOT_FALSE:
        return is_null || value;
    case CODE_NULL:
        break;
    }
    return is_null;
}

static int32_t select_bool(code_test test, const data_column *column, const code_rows *parent,
                           uint16_t *rows) {
    const uint8_t *values = column->values;
    const uint64_t *validity = column->validity;
    /* value and null as a table index: one load a row instead of a branch. */
    const uint8_t passes[4] = {test_passes(test, false, false), test_passes(test, true, false),
                               test_passes(test, false, true), test_passes(test, true, true)};
    int32_t kept = 0;
    for (int32_t i = 0; i < parent->count; i++) {
        int32_t row = parent->rows != NULL ? parent->rows[i] : i;
        uint32_t is_null = validity != NULL && !data_bit_get(validity, row);
        rows[kept] = (uint16_t)row;
        kept += passes[(values[row] & 1) | (is_null << 1)];
    }
    return kept;
}

static int32_t select_null(const data_column *column, const code_rows *parent, uint16_t *rows) {
    int32_t kept = 0;
    if (column->validity == NULL)
        return 0;
    for (int32_t i = 0; i < parent->count; i++) {
        int32_t row = parent->rows != NULL ? parent->rows[i] : i;
        rows[kept] = (uint16_t)row;
        kept += !data_bit_get(column->validity, row);
    }
    return kept;
}

/* A constant passes for all rows of the parent or for none. */
static bool constant_passes(code_test test, const data_column *column) {
    bool is_null = data_column_is_null(column, 0);
    if (test == CODE_NULL)
        return is_null;
    return test_passes(test, !is_null && *(const uint8_t *)column->values != 0, is_null);
}

rask_status code_run_select(expr_run_state *state, const code_instruction *instruction,
                            rask_error *err) {
    const code_rows *parent = &state->scopes[instruction->scope];
    code_rows *scope = &state->scopes[instruction->dst_scope];
    const data_column *column = code_column(state, instruction->args[0]);
    if (column->layout == DATA_CONSTANT || column->physical == DATA_PHYSICAL_NONE) {
        scope->rows = parent->rows;
        scope->count = constant_passes(instruction->test, column) ? parent->count : 0;
        return RASK_OK;
    }
    data_column *held = NULL;
    /* The outer validity of a dictionary column says all about nulls. */
    if (instruction->test != CODE_NULL)
        RASK_TRY(flat_column(state, instruction->args[0], &column, &held, err));
    rask_status status =
        code_rows_reserve(state, &scope->buffer, state->row_count * (int64_t)sizeof(uint16_t), err);
    if (status == RASK_OK) {
        uint16_t *rows = (uint16_t *)scope->buffer->data;
        scope->count = instruction->test == CODE_NULL
                           ? select_null(column, parent, rows)
                           : select_bool(instruction->test, column, parent, rows);
        /* All of all rows stays "all rows", which kernels run over without an index. */
        scope->rows = scope->count == state->row_count ? NULL : rows;
    }
    data_column_unref(held);
    return status;
}
