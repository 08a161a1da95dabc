/* MIN and MAX that can take values back: every distinct value is kept with its count (values.h).
 *
 * One implementation serves all kinds of values; a block's values are loaded into an array of
 * func_value first. */
#include <string.h>

#include "func/agg_minmax.h"

typedef struct set_state {
    func_values values;
} set_state;

static bool wants_max(const func_aggregate_call *call) {
    return call->row->name[1] == 'A';
}

static func_value_kind kind_of(const func_aggregate_call *call) {
    const func_aggregate *first = wants_max(call) ? func_max_retract : func_min_retract;
    return (func_value_kind)(call->row - first);
}

static void set_init(const func_aggregate_call *call, void *state) {
    *(set_state *)state = (set_state){0};
}

/* ---- values in and out ----------------------------------------------------------------------- */

void func_agg_load_values(const data_column *column, const func_block *block, func_value_kind kind,
                          func_value *out) {
    union {
        int64_t i64[FUNC_BLOCK];
        double f64[FUNC_BLOCK];
        base_i128 i128[FUNC_BLOCK];
    } loaded;
    const data_string *views = column->values;
    switch (kind) {
    case FUNC_VALUE_I64:
        func_load_i64(column, block, loaded.i64);
        for (int32_t i = 0; i < block->count; i++)
            out[i].i64 = loaded.i64[i];
        break;
    case FUNC_VALUE_F64:
        func_agg_load_f64(column, block, loaded.f64);
        for (int32_t i = 0; i < block->count; i++)
            out[i].f64 = loaded.f64[i];
        break;
    case FUNC_VALUE_I128:
        func_load_i128(column, block, loaded.i128);
        for (int32_t i = 0; i < block->count; i++)
            out[i].i128 = loaded.i128[i];
        break;
    case FUNC_VALUE_TEXT:
        for (int32_t i = 0; i < block->count; i++)
            out[i].text = views[func_at(column, func_block_row(block, i))];
        break;
    }
}

static bool best_value(const func_aggregate_call *call, func_value_kind kind, bool max,
                       func_memory *memory, const void *state, func_value *out) {
    const func_values *values = &((const set_state *)state)->values;
    return max ? func_values_last(values, kind, memory, out)
               : func_values_first(values, kind, memory, out);
}

rask_status func_agg_put_value(data_column *out, func_text *text, int32_t position,
                               func_value_kind kind, bool has, const func_value *value,
                               rask_error *err) {
    static const func_value zero;
    func_block at = {.start = position, .count = 1};
    uint8_t present = has;
    const func_value *v = has ? value : &zero;
    switch (kind) {
    case FUNC_VALUE_I64:
        func_agg_store_i64(out, &at, &v->i64, &present);
        break;
    case FUNC_VALUE_F64:
        func_agg_store_f64(out, &at, &v->f64, &present);
        break;
    case FUNC_VALUE_I128:
        func_agg_store_i128(out, &at, &v->i128, &present);
        break;
    case FUNC_VALUE_TEXT:
        func_agg_store_present(out, &at, &present);
        if (has)
            return func_text_set(text, position, data_string_bytes(&v->text), v->text.length, err);
    }
    return RASK_OK;
}

/* ---- updating -------------------------------------------------------------------------------- */

static rask_status apply(const func_aggregate_call *call, const func_aggregate_rows *rows,
                         int64_t sign, rask_error *err) {
    func_value values[FUNC_BLOCK];
    uint8_t present[FUNC_BLOCK];
    func_value_kind kind = kind_of(call);
    for (func_block block = {0}; func_agg_block(rows, &block);) {
        func_agg_load_values(rows->args[0], &block, kind, values);
        func_agg_present(rows->args[0], &block, present);
        for (int32_t i = 0; i < block.count; i++) {
            set_state *s = rows->states[block.start + i];
            if (present[i])
                RASK_TRY(func_values_add(&s->values, kind, rows->memory, &values[i], sign, err));
        }
    }
    return RASK_OK;
}

static rask_status set_update(const func_aggregate_call *call, const func_aggregate_rows *rows,
                              rask_error *err) {
    return apply(call, rows, 1, err);
}

static rask_status set_retract(const func_aggregate_call *call, const func_aggregate_rows *rows,
                               rask_error *err) {
    return apply(call, rows, -1, err);
}

static rask_status set_merge(const func_aggregate_call *call, void *const *into,
                             const void *const *from, int32_t count, func_memory *into_memory,
                             func_memory *from_memory, rask_error *err) {
    func_value_kind kind = kind_of(call);
    for (int32_t i = 0; i < count; i++) {
        const set_state *other = from[i];
        set_state *s = into[i];
        func_values_cursor cursor = {0};
        func_value value;
        int64_t times;
        while (func_values_next(&other->values, kind, from_memory, &cursor, &value, &times))
            RASK_TRY(func_values_add(&s->values, kind, into_memory, &value, times, err));
    }
    return RASK_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static rask_status scan_row(const func_aggregate_call *call, const func_aggregate_rows *rows,
                            const func_block *block, int32_t i, const func_value *value,
                            bool present, func_agg_texts *texts, data_column *old_out,
                            data_column *new_out, rask_error *err) {
    func_value_kind kind = kind_of(call);
    bool max = wants_max(call), has;
    set_state *s = rows->states[block->start + i];
    int32_t position = block->start + i;
    func_value best;
    has = best_value(call, kind, max, rows->memory, s, &best);
    RASK_TRY(func_agg_put_value(old_out, &texts->before, position, kind, has, &best, err));
    if (present) {
        RASK_TRY(func_values_add(&s->values, kind, rows->memory, value,
                                 func_agg_sign(rows, block, i), err));
        has = best_value(call, kind, max, rows->memory, s, &best);
    }
    return func_agg_put_value(new_out, &texts->after, position, kind, has, &best, err);
}

static rask_status scan_all(const func_aggregate_call *call, const func_aggregate_rows *rows,
                            func_agg_texts *texts, data_column *old_out, data_column *new_out,
                            rask_error *err) {
    func_value values[FUNC_BLOCK];
    uint8_t present[FUNC_BLOCK];
    for (func_block block = {0}; func_agg_block(rows, &block);) {
        func_agg_load_values(rows->args[0], &block, kind_of(call), values);
        func_agg_present(rows->args[0], &block, present);
        for (int32_t i = 0; i < block.count; i++)
            RASK_TRY(scan_row(call, rows, &block, i, &values[i], present[i], texts, old_out,
                              new_out, err));
    }
    return RASK_OK;
}

static rask_status set_scan(const func_aggregate_call *call, const func_aggregate_rows *rows,
                            data_column *old_out, data_column *new_out, rask_error *err) {
    func_agg_texts texts;
    if (kind_of(call) != FUNC_VALUE_TEXT)
        return scan_all(call, rows, &texts, old_out, new_out, err);
    RASK_TRY(func_agg_texts_begin(&texts, call->context, rows->count, old_out, new_out, err));
    return func_agg_texts_finish(&texts, scan_all(call, rows, &texts, old_out, new_out, err), err);
}

static rask_status finish_all(const func_aggregate_call *call, void *const *states, int32_t count,
                              func_memory *memory, data_column *out, func_text *text,
                              rask_error *err) {
    func_value_kind kind = kind_of(call);
    for (int32_t i = 0; i < count; i++) {
        func_value best;
        bool has = best_value(call, kind, wants_max(call), memory, states[i], &best);
        RASK_TRY(func_agg_put_value(out, text, i, kind, has, &best, err));
    }
    return RASK_OK;
}

static rask_status set_finish(const func_aggregate_call *call, void *const *states, int32_t count,
                              func_memory *memory, data_column *out, rask_error *err) {
    func_call outer = {.context = call->context, .row_count = count, .result = out};
    func_text text;
    if (kind_of(call) != FUNC_VALUE_TEXT)
        return finish_all(call, states, count, memory, out, NULL, err);
    RASK_TRY(func_text_begin(&text, &outer, (int64_t)count * 8, err));
    return func_text_finish(&text, finish_all(call, states, count, memory, out, &text, err), err);
}

/* ---- snapshots ------------------------------------------------------------------------------- */

static void set_snapshot(const func_aggregate_call *call, const void *state, func_memory *memory,
                         base_strbuf *out) {
    const func_values *values = &((const set_state *)state)->values;
    func_value_kind kind = kind_of(call);
    func_values_cursor cursor = {0};
    func_value value = {0};
    int64_t times;
    base_strbuf_add(out, (const char *)&values->count, sizeof values->count);
    while (func_values_next(values, kind, memory, &cursor, &value, &times)) {
        base_strbuf_add(out, (const char *)&times, sizeof times);
        if (kind == FUNC_VALUE_TEXT)
            func_agg_write_text(out, &value.text);
        else
            base_strbuf_add(out, (const char *)&value, sizeof value);
    }
}

static rask_status set_restore(const func_aggregate_call *call, const char *bytes, int64_t size,
                               void *state, func_memory *memory, int64_t *consumed,
                               rask_error *err) {
    set_state *s = state;
    func_value_kind kind = kind_of(call);
    func_agg_reader reader = {bytes, bytes + size};
    int64_t count = 0;
    *s = (set_state){0};
    RASK_TRY(func_agg_read(&reader, &count, sizeof count, err));
    for (int64_t i = 0; i < count; i++) {
        func_value value;
        int64_t times = 0;
        RASK_TRY(func_agg_read(&reader, &times, sizeof times, err));
        if (kind == FUNC_VALUE_TEXT)
            RASK_TRY(func_agg_read_text(&reader, &value.text, err));
        else
            RASK_TRY(func_agg_read(&reader, &value, sizeof value, err));
        RASK_TRY(func_values_add(&s->values, kind, memory, &value, times, err));
    }
    *consumed = reader.at - bytes;
    return RASK_OK;
}

static void set_destroy(const func_aggregate_call *call, void *state, func_memory *memory) {
    func_values_clear(&((set_state *)state)->values, kind_of(call), memory);
}

/* ---- shared with agg_minmax.c ---------------------------------------------------------------- */

rask_status func_agg_texts_begin(func_agg_texts *texts, const func_context *context, int32_t count,
                                 data_column *old_out, data_column *new_out, rask_error *err) {
    texts->calls[0] = (func_call){.context = context, .row_count = count, .result = old_out};
    texts->calls[1] = (func_call){.context = context, .row_count = count, .result = new_out};
    RASK_TRY(func_text_begin(&texts->before, &texts->calls[0], (int64_t)count * 8, err));
    rask_status status = func_text_begin(&texts->after, &texts->calls[1], (int64_t)count * 8, err);
    return status == RASK_OK ? status : func_text_finish(&texts->before, status, err);
}

rask_status func_agg_texts_finish(func_agg_texts *texts, rask_status status, rask_error *err) {
    status = func_text_finish(&texts->before, status, err);
    return func_text_finish(&texts->after, status, err);
}

rask_status func_agg_read(func_agg_reader *reader, void *out, int64_t size, rask_error *err) {
    if (reader->end - reader->at < size)
        return rask_error_set(err, RASK_ERROR_IO, "the snapshot of an aggregate is cut short");
    memcpy(out, reader->at, (size_t)size);
    reader->at += size;
    return RASK_OK;
}

void func_agg_write_text(base_strbuf *out, const data_string *text) {
    base_strbuf_add(out, (const char *)&text->length, sizeof text->length);
    base_strbuf_add(out, data_string_bytes(text), text->length);
}

rask_status func_agg_read_text(func_agg_reader *reader, data_string *out, rask_error *err) {
    uint32_t length = 0;
    RASK_TRY(func_agg_read(reader, &length, sizeof length, err));
    if (reader->end - reader->at < (int64_t)length)
        return rask_error_set(err, RASK_ERROR_IO, "the snapshot of an aggregate is cut short");
    *out = data_string_make(reader->at, length);
    reader->at += length;
    return RASK_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define ROW(function_name, sig_text, words)                                                        \
    {                                                                                              \
        .name = function_name, .sig = sig_text,                                                    \
        .flags = FUNC_AGG_RETRACTABLE | FUNC_AGG_DISTINCT_IS_SAME,                                 \
        .state_size = sizeof(set_state), .state_align = _Alignof(set_state), .init = set_init,     \
        .update = set_update, .retract = set_retract, .merge = set_merge, .scan = set_scan,        \
        .finish = set_finish, .snapshot = set_snapshot, .restore = set_restore,                    \
        .destroy = set_destroy, .category = "aggregate", .doc = words                              \
    }
#define ROWS(name, words)                                                                          \
    {                                                                                              \
        [FUNC_VALUE_I64] = ROW(name, "(DISCRETE) -> ARG0", words),                                 \
        [FUNC_VALUE_F64] = ROW(name, "(APPROXIMATE) -> ARG0", words),                              \
        [FUNC_VALUE_I128] = ROW(name, "(WIDE) -> ARG0", words),                                    \
        [FUNC_VALUE_TEXT] = ROW(name, "(STRING) -> ARG0", words),                                  \
    }

const func_aggregate func_min_retract[] = ROWS("MIN_RETRACT", "MIN that can take values back.");
const func_aggregate func_max_retract[] = ROWS("MAX_RETRACT", "MAX that can take values back.");
