/* Merging branches: each branch's rows come from its own column; later branches win.
 *
 * Fixed-width values and string views are scattered; a result whose strings would live in too many
 * heaps is copied into one heap of its own; nested values go through a builder. */
#include <string.h>

#include "expr/code.h"

typedef struct merge {
    expr_run_state *state;
    const code_instruction *instruction;
    const data_type *type;
    data_physical physical;
    data_column **branches; /* as read: any layout */
    const code_rows **rows;
    int32_t count;
} merge;

#define SCATTER(type)                                                                              \
    do {                                                                                           \
        const type *from = source->values;                                                         \
        type *to = out->values;                                                                    \
        for (int32_t i = 0; i < rows->count; i++) {                                                \
            int32_t row = rows->rows != NULL ? rows->rows[i] : i;                                  \
            to[row] = from[is_constant ? 0 : row];                                                 \
        }                                                                                          \
    } while (0)

typedef struct sixteen_bytes {
    uint64_t words[2];
} sixteen_bytes;

static void scatter_values(const data_column *source, const code_rows *rows, data_column *out) {
    bool is_constant = source->layout == DATA_CONSTANT;
    switch (data_physical_width(out->physical)) {
    case 1:
        SCATTER(uint8_t);
        break;
    case 2:
        SCATTER(uint16_t);
        break;
    case 4:
        SCATTER(uint32_t);
        break;
    case 8:
        SCATTER(uint64_t);
        break;
    case 16:
        SCATTER(sixteen_bytes);
        break;
    default:
        break;
    }
}

static void scatter_nulls(const data_column *source, const code_rows *rows, data_column *out) {
    uint64_t *bits = (uint64_t *)out->validity;
    bool is_constant = source->layout == DATA_CONSTANT;
    bool all_null = source->physical == DATA_PHYSICAL_NONE;
    for (int32_t i = 0; i < rows->count; i++) {
        int32_t row = rows->rows != NULL ? rows->rows[i] : i;
        bool is_null = all_null || (source->validity != NULL &&
                                    !data_bit_get(source->validity, is_constant ? 0 : row));
        if (is_null)
            data_bit_clear(bits, row);
        else
            data_bit_set(bits, row);
    }
}

/* ---- strings --------------------------------------------------------------------------------- */

static int32_t heaps_needed(const merge *m) {
    base_buffer *seen[DATA_HEAPS_MAX];
    int32_t count = 0;
    for (int32_t b = 0; b < m->count; b++) {
        for (int32_t h = 0; h < m->branches[b]->heap_count; h++) {
            base_buffer *heap = m->branches[b]->heaps[h];
            int32_t at = 0;
            while (at < count && seen[at] != heap)
                at++;
            if (at < count)
                continue;
            if (count == DATA_HEAPS_MAX)
                return DATA_HEAPS_MAX + 1;
            seen[count++] = heap;
        }
    }
    return count;
}

static rask_status share_heaps(const merge *m, data_column *out, rask_error *err) {
    for (int32_t b = 0; b < m->count; b++) {
        for (int32_t h = 0; h < m->branches[b]->heap_count; h++)
            RASK_TRY(data_column_add_heap(out, m->branches[b]->heaps[h], err));
        out->live_bytes += m->branches[b]->live_bytes;
    }
    return RASK_OK;
}

/* Copies the bytes of all long strings of `out` into one fresh heap. */
static rask_status own_heap(const merge *m, data_column *out, rask_error *err) {
    data_string *views = out->values;
    int64_t bytes = 0;
    for (int64_t i = 0; i < out->length; i++)
        if (views[i].length > DATA_STRING_INLINE_MAX)
            bytes += views[i].length;
    base_buffer *heap;
    RASK_TRY(base_buffer_new(m->state->context->pool, bytes, &heap, err));
    for (int64_t i = 0; i < out->length; i++) {
        if (views[i].length <= DATA_STRING_INLINE_MAX)
            continue;
        char *at = (char *)heap->data + heap->size;
        memcpy(at, views[i].pointer, views[i].length);
        heap->size += views[i].length;
        views[i].pointer = at;
    }
    out->live_bytes = bytes;
    rask_status status = data_column_add_heap(out, heap, err);
    base_buffer_unref(heap);
    return status;
}

/* ---- ways to merge --------------------------------------------------------------------------- */

static bool any_nulls(const merge *m) {
    for (int32_t b = 0; b < m->count; b++)
        if (m->branches[b]->validity != NULL || m->branches[b]->physical == DATA_PHYSICAL_NONE)
            return true;
    return false;
}

static rask_status merge_flat(const merge *m, rask_error *err) {
    expr_run_state *state = m->state;
    int32_t reg = state->program->values[m->instruction->dst].index;
    data_column *out;
    RASK_TRY(code_result_column(state, reg, m->type, m->physical, state->row_count, &out, err));
    bool has_nulls = any_nulls(m);
    if (has_nulls)
        RASK_TRY(code_result_validity(state, reg, out, state->row_count, err));
    for (int32_t b = 0; b < m->count; b++) {
        if (m->branches[b]->physical != DATA_PHYSICAL_NONE)
            scatter_values(m->branches[b], m->rows[b], out);
        if (has_nulls)
            scatter_nulls(m->branches[b], m->rows[b], out);
        if (m->branches[b]->bound > out->bound)
            out->bound = m->branches[b]->bound;
    }
    for (int32_t b = 0; b < m->count; b++)
        if (m->branches[b]->bound == 0)
            out->bound = 0; /* unknown for one is unknown for all */
    if (m->physical == DATA_PHYSICAL_STRING)
        return heaps_needed(m) > DATA_HEAPS_MAX ? own_heap(m, out, err) : share_heaps(m, out, err);
    return RASK_OK;
}

/* Which branch each row comes from; -1 = none. */
static rask_status branch_of_rows(const merge *m, int32_t **out, rask_error *err) {
    expr_run_state *state = m->state;
    RASK_TRY(code_rows_reserve(state, &state->scatter, state->row_count * (int64_t)sizeof(int32_t),
                               err));
    int32_t *branch = (int32_t *)state->scatter->data;
    for (int32_t i = 0; i < state->row_count; i++)
        branch[i] = -1;
    for (int32_t b = 0; b < m->count; b++)
        for (int32_t i = 0; i < m->rows[b]->count; i++)
            branch[m->rows[b]->rows != NULL ? m->rows[b]->rows[i] : i] = b;
    *out = branch;
    return RASK_OK;
}

static rask_status merge_nested(const merge *m, rask_error *err) {
    expr_run_state *state = m->state;
    int32_t *branch;
    RASK_TRY(branch_of_rows(m, &branch, err));
    data_builder *builder = data_builder_new(state->context->pool, m->type, state->row_count);
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < state->row_count && status == RASK_OK; i++) {
        data_column *source = branch[i] < 0 ? NULL : m->branches[branch[i]];
        if (source == NULL || data_column_is_null(source, i))
            status = data_builder_add_null(builder, err);
        else
            status = data_builder_add_from(builder, source, i, err);
    }
    data_column *out;
    if (status == RASK_OK)
        status = data_builder_finish(builder, &out, err);
    data_builder_free(builder);
    RASK_TRY(status);
    code_result_take(state, state->program->values[m->instruction->dst].index, out);
    return RASK_OK;
}

/* Branches in one width and flat or constant; temporaries are added to `held`. */
static rask_status prepare(merge *m, data_column **held, int32_t *held_count, rask_error *err) {
    base_pool *pool = m->state->context->pool;
    if (m->type->kind == DATA_DECIMAL) {
        m->physical = DATA_PHYSICAL_I32;
        for (int32_t b = 0; b < m->count; b++)
            if (m->branches[b]->physical != DATA_PHYSICAL_NONE &&
                m->branches[b]->physical > m->physical)
                m->physical = m->branches[b]->physical;
    }
    for (int32_t b = 0; b < m->count; b++) {
        data_column *made;
        if (m->branches[b]->layout == DATA_DICTIONARY) {
            RASK_TRY(data_column_flatten(pool, m->branches[b], &made, err));
            m->branches[b] = held[(*held_count)++] = made;
        }
        if (m->type->kind == DATA_DECIMAL && m->branches[b]->physical != m->physical &&
            m->branches[b]->physical != DATA_PHYSICAL_NONE) {
            RASK_TRY(data_column_widen(pool, m->branches[b], m->physical, &made, err));
            m->branches[b] = held[(*held_count)++] = made;
        }
    }
    return RASK_OK;
}

rask_status code_run_merge(expr_run_state *state, const code_instruction *instruction,
                           rask_error *err) {
    const code_value *dst = &state->program->values[instruction->dst];
    merge m = {state, instruction, dst->type, data_physical_of(dst->type), NULL, NULL, 0};
    int32_t count = instruction->arg_count, held_count = 0;
    data_column **held = BASE_NEW_ARRAY(data_column *, 3 * count);
    const code_rows **rows = BASE_NEW_ARRAY(const code_rows *, count);
    m.branches = held + 2 * count;
    m.rows = rows;
    for (int32_t i = 0; i < count; i++) {
        const code_rows *scope = &state->scopes[instruction->branch_scopes[i]];
        if (scope->count == 0)
            continue;
        m.branches[m.count] = code_column(state, instruction->args[i]);
        m.rows[m.count++] = scope;
    }
    rask_status status = prepare(&m, held, &held_count, err);
    bool is_nested = m.physical == DATA_PHYSICAL_LIST || m.physical == DATA_PHYSICAL_ROW;
    if (status == RASK_OK)
        status = is_nested ? merge_nested(&m, err) : merge_flat(&m, err);
    for (int32_t i = 0; i < held_count; i++)
        data_column_unref(held[i]);
    base_free(held);
    base_free(rows);
    return status;
}
