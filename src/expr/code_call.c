/* Running one function call over a batch: arguments are brought into the layout the kernel takes,
 * nulls of STRICT functions are merged, the rows to compute are chosen, the kernel runs once.
 *
 * Three short cuts: arguments that are constants are computed on one row, a STRICT call with a
 * constant NULL is NULL, and a call over one dictionary column runs over the dictionary. */
#include <string.h>

#include "expr/code.h"

enum {
    DENSE_COST_MAX = 4, /* cheaper kernels run over unwanted rows too ... */
    DENSE_SHARE = 4     /* ... when at least one row in so many is wanted */
};

/* One call under way. */
typedef struct call_frame {
    expr_run_state *state;
    const code_instruction *instruction;
    int32_t row_count;
    int32_t arg_count;
    data_column *args[FUNC_ARGS_MAX]; /* borrowed or in `temporaries` */
    data_column *temporaries[FUNC_ARGS_MAX];
    int32_t temporary_count;
} call_frame;

static bool is_strict(const code_instruction *instruction) {
    return instruction->function->nulls == FUNC_STRICT;
}

static bool can_fail(const code_instruction *instruction) {
    return (instruction->function->flags & FUNC_CAN_FAIL) != 0;
}

static bool takes_constant(const code_instruction *instruction) {
    return (instruction->function->flags & FUNC_TAKES_CONSTANT) != 0;
}

static void hold(call_frame *frame, int32_t arg, data_column *temporary) {
    frame->temporaries[frame->temporary_count++] = temporary;
    frame->args[arg] = temporary;
}

static void release(call_frame *frame) {
    for (int32_t i = 0; i < frame->temporary_count; i++)
        data_column_unref(frame->temporaries[i]);
}

/* Names the row in the error where the kernel did. */
static rask_status failed(const func_call *call, rask_status status, rask_error *err) {
    if (err != NULL && err->row < 0 && call->failed_row >= 0)
        err->row = call->failed_row;
    return status;
}

static rask_status run_kernel(func_call *call, rask_error *err) {
    call->failed_row = -1;
    rask_status status = call->row->kernel(call, err);
    return status == RASK_OK ? RASK_OK : failed(call, status, err);
}

/* ---- constants ------------------------------------------------------------------------------- */

/* A one-row view of a constant; it owns nothing. */
static data_column one_row(const data_column *column) {
    data_column view = *column;
    view.layout = DATA_FLAT;
    view.length = 1;
    return view;
}

static bool any_null(data_column *const *args, int32_t arg_count) {
    for (int32_t i = 0; i < arg_count; i++)
        if (data_column_is_null(args[i], 0))
            return true;
    return false;
}

static rask_status run_one_row(func_call *call, data_column *result, rask_error *err) {
    const data_column *pointers[FUNC_ARGS_MAX];
    data_column views[FUNC_ARGS_MAX];
    for (int32_t i = 0; i < call->arg_count; i++) {
        views[i] = one_row(call->args[i]);
        pointers[i] = &views[i];
    }
    call->args = pointers;
    call->row_count = call->selected = 1;
    call->result = result;
    return run_kernel(call, err);
}

rask_status code_fold_call(const func_row *function, const void *prepared, const data_type *type,
                           data_column *const *args, int32_t arg_count, const func_context *context,
                           data_column **out, rask_error *err) {
    if (function->nulls == FUNC_STRICT && any_null(args, arg_count))
        return data_column_new_null(context->pool, type, DATA_BATCH_ROWS_LIMIT, out, err);
    data_column *result;
    RASK_TRY(data_column_new(context->pool, type, DATA_PHYSICAL_NONE, 1, &result, err));
    func_call call = {.row = function,
                      .context = context,
                      .prepared = prepared,
                      .args = (const data_column *const *)args,
                      .arg_count = arg_count};
    rask_status status = RASK_OK;
    if (type->nullable || (function->flags & FUNC_NULL_ON_BAD_INPUT) != 0)
        status = data_column_make_validity(context->pool, result, err);
    if (status == RASK_OK)
        status = run_one_row(&call, result, err);
    if (status != RASK_OK) {
        data_column_unref(result);
        return status;
    }
    code_result_trim_validity(result);
    result->layout = DATA_CONSTANT;
    result->length = DATA_BATCH_ROWS_LIMIT;
    *out = result;
    return RASK_OK;
}

static bool are_constant(const call_frame *frame) {
    for (int32_t i = 0; i < frame->arg_count; i++)
        if (frame->args[i]->layout != DATA_CONSTANT)
            return false;
    return (frame->instruction->function->flags & FUNC_NOT_DETERMINISTIC) == 0;
}

static bool has_null_constant(const call_frame *frame) {
    for (int32_t i = 0; i < frame->arg_count; i++)
        if (frame->args[i]->layout == DATA_CONSTANT && data_column_is_null(frame->args[i], 0))
            return true;
    return false;
}

static int32_t result_register(const call_frame *frame) {
    return frame->state->program->values[frame->instruction->dst].index;
}

static const data_type *result_type(const call_frame *frame) {
    return frame->state->program->values[frame->instruction->dst].type;
}

static rask_status constant_result(call_frame *frame, rask_error *err) {
    const code_instruction *instruction = frame->instruction;
    const func_context *context = frame->state->context;
    const code_rows *scope = &frame->state->scopes[instruction->scope];
    data_column *result;
    rask_status status =
        code_fold_call(instruction->function, instruction->prepared, result_type(frame),
                       frame->args, frame->arg_count, context, &result, err);
    if (status != RASK_OK) {
        /* It fails alike for every row; the first one is named. */
        if (err != NULL)
            err->row = scope->rows != NULL ? scope->rows[0] : 0;
        return status;
    }
    result->length = frame->row_count;
    code_result_take(frame->state, result_register(frame), result);
    return RASK_OK;
}

/* A STRICT call with a constant NULL. */
static rask_status null_result(call_frame *frame, rask_error *err) {
    data_column *result;
    RASK_TRY(data_column_new_null(frame->state->context->pool, result_type(frame), frame->row_count,
                                  &result, err));
    code_result_take(frame->state, result_register(frame), result);
    return RASK_OK;
}

/* ---- layouts --------------------------------------------------------------------------------- */

/* A program constant as at least `rows` flat rows, kept from batch to batch. */
static rask_status flat_constant(expr_run_state *state, int32_t constant, int64_t rows,
                                 data_column **out, rask_error *err) {
    code_flat *kept = &state->flats[constant];
    if (kept->flat == NULL || kept->flat->length < rows) {
        data_column *slice, *flat;
        base_pool *pool = state->context->pool;
        RASK_TRY(
            data_column_slice(pool, state->program->constants[constant], 0, rows, &slice, err));
        rask_status status = data_column_flatten(pool, slice, &flat, err);
        data_column_unref(slice);
        RASK_TRY(status);
        data_column_unref(kept->flat);
        kept->flat = flat;
    }
    *out = kept->flat;
    return RASK_OK;
}

static rask_status flatten_arg(call_frame *frame, int32_t arg, rask_error *err) {
    data_column *column = frame->args[arg], *flat;
    if (column->layout == DATA_FLAT ||
        (column->layout == DATA_CONSTANT && takes_constant(frame->instruction)))
        return RASK_OK;
    const code_value *value = &frame->state->program->values[frame->instruction->args[arg]];
    if (value->source == CODE_CONSTANT)
        return flat_constant(frame->state, value->index, frame->row_count, &frame->args[arg], err);
    RASK_TRY(data_column_flatten(frame->state->context->pool, column, &flat, err));
    hold(frame, arg, flat);
    return RASK_OK;
}

/* ---- nulls and rows -------------------------------------------------------------------------- */

/* The bitmap of a STRICT result: shared with the only argument that has one, or merged. */
static rask_status merge_nulls(call_frame *frame, data_column *result, rask_error *err) {
    const code_instruction *instruction = frame->instruction;
    bool adds_nulls = (instruction->function->flags & FUNC_NULL_ON_BAD_INPUT) != 0;
    data_column *nullable[FUNC_ARGS_MAX];
    int32_t count = 0;
    for (int32_t i = 0; i < frame->arg_count; i++)
        if (frame->args[i]->layout == DATA_FLAT && frame->args[i]->validity != NULL)
            nullable[count++] = frame->args[i];
    if (count == 0 && !adds_nulls)
        return RASK_OK;
    if (count == 1 && !adds_nulls && nullable[0]->validity_buffer != NULL) {
        result->validity = nullable[0]->validity;
        result->validity_buffer = base_buffer_ref(nullable[0]->validity_buffer);
        return RASK_OK;
    }
    RASK_TRY(
        code_result_validity(frame->state, result_register(frame), result, frame->row_count, err));
    uint64_t *bits = (uint64_t *)result->validity;
    int64_t words = (frame->row_count + 63) / 64;
    for (int32_t i = 0; i < count; i++)
        for (int64_t w = 0; w < words; w++)
            bits[w] &= nullable[i]->validity[w];
    return RASK_OK;
}

/* The scope's rows that are not null: what a STRICT kernel that can fail is given. */
static rask_status valid_rows(call_frame *frame, const data_column *result, func_call *call,
                              rask_error *err) {
    expr_run_state *state = frame->state;
    RASK_TRY(code_rows_reserve(state, &state->valid_rows,
                               frame->row_count * (int64_t)sizeof(uint16_t), err));
    uint16_t *rows = (uint16_t *)state->valid_rows->data;
    int32_t kept = 0;
    for (int32_t i = 0; i < call->selected; i++) {
        int32_t row = call->selection != NULL ? call->selection[i] : i;
        rows[kept] = (uint16_t)row;
        kept += data_bit_get(result->validity, row);
    }
    call->selection = rows;
    call->selected = kept;
    return RASK_OK;
}

/* Text and nested values of rows outside the scope may point anywhere. */
static bool follows_pointers(const call_frame *frame) {
    for (int32_t i = 0; i < frame->arg_count; i++)
        if (frame->args[i]->physical == DATA_PHYSICAL_STRING || frame->args[i]->child_count > 0)
            return true;
    return false;
}

static rask_status choose_rows(call_frame *frame, const data_column *result, func_call *call,
                               rask_error *err) {
    const code_instruction *instruction = frame->instruction;
    if (can_fail(instruction)) {
        if (is_strict(instruction) && result->validity != NULL)
            return valid_rows(frame, result, call, err);
        return RASK_OK;
    }
    double cost = instruction->function->cost;
    if (call->selection != NULL && cost <= DENSE_COST_MAX && !follows_pointers(frame) &&
        call->selected * DENSE_SHARE >= frame->row_count &&
        (instruction->function->flags & FUNC_NOT_DETERMINISTIC) == 0) {
        call->selection = NULL;
        call->selected = frame->row_count;
    }
    return RASK_OK;
}

/* ---- dictionaries ---------------------------------------------------------------------------- */

/* The argument that is a dictionary column while all others are program constants; -1 = none. */
static int32_t dictionary_arg(const call_frame *frame) {
    const func_row *function = frame->instruction->function;
    int32_t found = -1;
    if ((function->flags & FUNC_TAKES_DICTIONARY) == 0 || function->nulls != FUNC_STRICT ||
        (function->flags & (FUNC_CAN_FAIL | FUNC_NULL_ON_BAD_INPUT | FUNC_NOT_DETERMINISTIC)) != 0)
        return -1;
    for (int32_t i = 0; i < frame->arg_count; i++) {
        const code_value *value = &frame->state->program->values[frame->instruction->args[i]];
        if (value->source == CODE_CONSTANT)
            continue;
        if (frame->args[i]->layout != DATA_DICTIONARY || found >= 0)
            return -1;
        found = i;
    }
    if (found >= 0 && frame->args[found]->dictionary->length > frame->row_count)
        return -1;
    return found;
}

static rask_status run_over_dictionary(call_frame *frame, int32_t arg, code_dictionary *cache,
                                       rask_error *err) {
    const code_instruction *instruction = frame->instruction;
    const func_context *context = frame->state->context;
    data_column *source = frame->args[arg], *result = NULL;
    frame->row_count = (int32_t)source->dictionary->length;
    frame->args[arg] = source->dictionary;
    for (int32_t i = 0; i < frame->arg_count; i++)
        if (i != arg)
            RASK_TRY(flatten_arg(frame, i, err));
    RASK_TRY(data_column_new(context->pool, result_type(frame), DATA_PHYSICAL_NONE,
                             frame->row_count, &result, err));
    func_call call = {.row = instruction->function,
                      .context = context,
                      .row_count = frame->row_count,
                      .selected = frame->row_count,
                      .args = (const data_column *const *)frame->args,
                      .arg_count = frame->arg_count,
                      .result = result,
                      .prepared = instruction->prepared};
    rask_status status = run_kernel(&call, err);
    if (status != RASK_OK) {
        data_column_unref(result);
        return status;
    }
    data_column_unref(cache->dictionary);
    data_column_unref(cache->result);
    cache->dictionary_id = source->dictionary_id;
    cache->dictionary = data_column_ref(source->dictionary);
    cache->result = result;
    cache->result_id = code_fresh_dictionary_id();
    return RASK_OK;
}

static rask_status dictionary_result(call_frame *frame, int32_t arg, rask_error *err) {
    expr_run_state *state = frame->state;
    data_column *source = frame->args[arg], *result;
    code_dictionary *cache = &state->dictionaries[frame->instruction->cache];
    if (cache->result == NULL || cache->dictionary_id != source->dictionary_id ||
        cache->dictionary != source->dictionary)
        RASK_TRY(run_over_dictionary(frame, arg, cache, err));
    /* The same codes and nulls over the new dictionary. */
    result = BASE_NEW(data_column);
    *result = (data_column){.type = result_type(frame),
                            .layout = DATA_DICTIONARY,
                            .physical = cache->result->physical,
                            .length = source->length,
                            .validity = source->validity,
                            .values = source->values,
                            .bound = cache->result->bound,
                            .dictionary = data_column_ref(cache->result),
                            .dictionary_id = cache->result_id,
                            .validity_buffer = base_buffer_ref(source->validity_buffer),
                            .values_buffer = base_buffer_ref(source->values_buffer),
                            .refs = 1};
    code_result_take(state, result_register(frame), result);
    return RASK_OK;
}

/* ---- the ordinary case ----------------------------------------------------------------------- */

static rask_status flat_result(call_frame *frame, rask_error *err) {
    const code_instruction *instruction = frame->instruction;
    expr_run_state *state = frame->state;
    const data_type *type = result_type(frame);
    for (int32_t i = 0; i < frame->arg_count; i++)
        RASK_TRY(flatten_arg(frame, i, err));
    data_column *result;
    int32_t reg = result_register(frame);
    RASK_TRY(code_result_column(state, reg, type, data_physical_of(type), frame->row_count, &result,
                                err));
    if (is_strict(instruction))
        RASK_TRY(merge_nulls(frame, result, err));
    else if (type->nullable)
        RASK_TRY(code_result_validity(state, reg, result, frame->row_count, err));
    const code_rows *scope = &state->scopes[instruction->scope];
    func_call call = {.row = instruction->function,
                      .context = state->context,
                      .row_count = frame->row_count,
                      .selection = scope->rows,
                      .selected = scope->count,
                      .args = (const data_column *const *)frame->args,
                      .arg_count = frame->arg_count,
                      .result = result,
                      .prepared = instruction->prepared};
    RASK_TRY(choose_rows(frame, result, &call, err));
    if (call.selected > 0)
        RASK_TRY(run_kernel(&call, err));
    if (result->validity_buffer != NULL && base_buffer_is_unique(result->validity_buffer))
        code_result_trim_validity(result);
    return RASK_OK;
}

rask_status code_run_call(expr_run_state *state, const code_instruction *instruction,
                          rask_error *err) {
    call_frame frame;
    frame.state = state;
    frame.instruction = instruction;
    frame.row_count = state->row_count;
    frame.arg_count = instruction->arg_count;
    frame.temporary_count = 0;
    for (int32_t i = 0; i < frame.arg_count; i++)
        frame.args[i] = code_column(state, instruction->args[i]);
    if (is_strict(instruction) && has_null_constant(&frame))
        return null_result(&frame, err);
    if (are_constant(&frame))
        return constant_result(&frame, err);
    int32_t arg = dictionary_arg(&frame);
    rask_status status = arg >= 0 ? dictionary_result(&frame, arg, err) : flat_result(&frame, err);
    release(&frame);
    return status;
}
