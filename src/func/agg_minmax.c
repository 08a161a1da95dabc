/* MIN and MAX that only ever see insertions: one value a state.
 *
 * A row is kept for whole numbers of 64 bits (BOOLEAN, integers, DATE, TIME, intervals), floating
 * point, wide values (DECIMAL, timestamps) and text.  Each points to its value-count form in
 * agg_minmax_retract.c, which the planner takes when the input has retractions. */
#include <string.h>

#include "func/agg_minmax.h"

typedef struct i64_state {
    int64_t value;
    bool has;
} i64_state;

typedef struct f64_state {
    double value;
    bool has;
} f64_state;

typedef struct i128_state {
    base_i128 value;
    bool has;
} i128_state;

/* ---- values of a fixed width ----------------------------------------------------------------- */

/* A new value wins by Java's comparison, so a first NaN stays. */
#define FIXED(name, State, Value, load, store, better)                                             \
    static void name##_init(const func_aggregate_call *call, void *state) {                        \
        *(State *)state = (State){0};                                                              \
    }                                                                                              \
    static inline void name##_offer(State *s, Value candidate) {                                   \
        if (!s->has || candidate better s->value) {                                                \
            s->value = candidate;                                                                  \
            s->has = true;                                                                         \
        }                                                                                          \
    }                                                                                              \
    static rask_status name##_update(const func_aggregate_call *call,                              \
                                     const func_aggregate_rows *rows, rask_error *err) {           \
        Value values[FUNC_BLOCK];                                                                  \
        uint8_t present[FUNC_BLOCK];                                                               \
        for (func_block block = {0}; func_agg_block(rows, &block);) {                              \
            load(rows->args[0], &block, values);                                                   \
            func_agg_present(rows->args[0], &block, present);                                      \
            void *const *states = rows->states + block.start;                                      \
            for (int32_t i = 0; i < block.count; i++)                                              \
                if (present[i])                                                                    \
                    name##_offer(states[i], values[i]);                                            \
        }                                                                                          \
        return RASK_OK;                                                                            \
    }                                                                                              \
    static rask_status name##_merge(                                                               \
        const func_aggregate_call *call, void *const *into, const void *const *from,               \
        int32_t count, func_memory *into_memory, func_memory *from_memory, rask_error *err) {      \
        for (int32_t i = 0; i < count; i++)                                                        \
            if (((const State *)from[i])->has)                                                     \
                name##_offer(into[i], ((const State *)from[i])->value);                            \
        return RASK_OK;                                                                            \
    }                                                                                              \
    static rask_status name##_scan(const func_aggregate_call *call,                                \
                                   const func_aggregate_rows *rows, data_column *old_out,          \
                                   data_column *new_out, rask_error *err) {                        \
        Value values[FUNC_BLOCK], before[FUNC_BLOCK], after[FUNC_BLOCK];                           \
        uint8_t present[FUNC_BLOCK], had[FUNC_BLOCK], has[FUNC_BLOCK];                             \
        for (func_block block = {0}; func_agg_block(rows, &block);) {                              \
            load(rows->args[0], &block, values);                                                   \
            func_agg_present(rows->args[0], &block, present);                                      \
            for (int32_t i = 0; i < block.count; i++) {                                            \
                State *s = rows->states[block.start + i];                                          \
                before[i] = s->value;                                                              \
                had[i] = s->has;                                                                   \
                if (present[i])                                                                    \
                    name##_offer(s, values[i]);                                                    \
                after[i] = s->value;                                                               \
                has[i] = s->has;                                                                   \
            }                                                                                      \
            store(old_out, &block, before, had);                                                   \
            store(new_out, &block, after, has);                                                    \
        }                                                                                          \
        return RASK_OK;                                                                            \
    }                                                                                              \
    static rask_status name##_finish(const func_aggregate_call *call, void *const *states,         \
                                     int32_t count, func_memory *memory, data_column *out,         \
                                     rask_error *err) {                                            \
        Value values[FUNC_BLOCK];                                                                  \
        uint8_t has[FUNC_BLOCK];                                                                   \
        for (func_block block = {0}; func_block_over(NULL, count, &block);) {                      \
            for (int32_t i = 0; i < block.count; i++) {                                            \
                const State *s = states[block.start + i];                                          \
                values[i] = s->value;                                                              \
                has[i] = s->has;                                                                   \
            }                                                                                      \
            store(out, &block, values, has);                                                       \
        }                                                                                          \
        return RASK_OK;                                                                            \
    }

FIXED(min_i64, i64_state, int64_t, func_load_i64, func_agg_store_i64, <)
FIXED(max_i64, i64_state, int64_t, func_load_i64, func_agg_store_i64, >)
FIXED(min_f64, f64_state, double, func_agg_load_f64, func_agg_store_f64, <)
FIXED(max_f64, f64_state, double, func_agg_load_f64, func_agg_store_f64, >)
FIXED(min_i128, i128_state, base_i128, func_load_i128, func_agg_store_i128, <)
FIXED(max_i128, i128_state, base_i128, func_load_i128, func_agg_store_i128, >)

/* ---- text ------------------------------------------------------------------------------------ */

typedef struct text_state {
    data_string kept; /* values.h: a long text's pointer is its handle */
    bool has;
} text_state;

static void text_init(const func_aggregate_call *call, void *state) {
    *(text_state *)state = (text_state){0};
}

static bool wants_max(const func_aggregate_call *call) {
    return call->row->name[1] == 'A';
}

static rask_status offer_text(text_state *s, func_memory *memory, const data_string *candidate,
                              bool max, rask_error *err) {
    if (s->has) {
        data_string own = func_value_text(memory, &s->kept);
        int order = data_string_compare(candidate, &own);
        if (max ? order <= 0 : order >= 0)
            return RASK_OK;
    }
    data_string kept;
    RASK_TRY(func_value_keep_text(memory, candidate, &kept, err));
    if (s->has)
        func_value_drop_text(memory, &s->kept);
    s->kept = kept;
    s->has = true;
    return RASK_OK;
}

static rask_status text_update(const func_aggregate_call *call, const func_aggregate_rows *rows,
                               rask_error *err) {
    const data_column *column = rows->args[0];
    const data_string *views = column->values;
    bool max = wants_max(call);
    for (int32_t i = 0; i < rows->count; i++) {
        int32_t row = rows->selection != NULL ? rows->selection[i] : i;
        if (!data_column_is_null(column, row))
            RASK_TRY(
                offer_text(rows->states[i], rows->memory, &views[func_at(column, row)], max, err));
    }
    return RASK_OK;
}

static rask_status text_merge(const func_aggregate_call *call, void *const *into,
                              const void *const *from, int32_t count, func_memory *into_memory,
                              func_memory *from_memory, rask_error *err) {
    bool max = wants_max(call);
    for (int32_t i = 0; i < count; i++) {
        const text_state *other = from[i];
        if (!other->has)
            continue;
        data_string text = func_value_text(from_memory, &other->kept);
        RASK_TRY(offer_text(into[i], into_memory, &text, max, err));
    }
    return RASK_OK;
}

static rask_status put_text(func_text *out, int32_t position, func_memory *memory,
                            const text_state *s, rask_error *err) {
    if (!s->has) {
        data_column_set_null(out->call->result, position);
        return RASK_OK;
    }
    data_string text = func_value_text(memory, &s->kept);
    return func_text_set(out, position, data_string_bytes(&text), text.length, err);
}

static rask_status text_scan(const func_aggregate_call *call, const func_aggregate_rows *rows,
                             data_column *old_out, data_column *new_out, rask_error *err) {
    const data_column *column = rows->args[0];
    const data_string *views = column->values;
    bool max = wants_max(call);
    func_agg_texts out;
    RASK_TRY(func_agg_texts_begin(&out, call->context, rows->count, old_out, new_out, err));
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < rows->count && status == RASK_OK; i++) {
        int32_t row = rows->selection != NULL ? rows->selection[i] : i;
        text_state *s = rows->states[i];
        status = put_text(&out.before, i, rows->memory, s, err);
        if (status == RASK_OK && !data_column_is_null(column, row))
            status = offer_text(s, rows->memory, &views[func_at(column, row)], max, err);
        if (status == RASK_OK)
            status = put_text(&out.after, i, rows->memory, s, err);
    }
    return func_agg_texts_finish(&out, status, err);
}

static rask_status text_finish(const func_aggregate_call *call, void *const *states, int32_t count,
                               func_memory *memory, data_column *out_column, rask_error *err) {
    func_call outer = {.context = call->context, .row_count = count, .result = out_column};
    func_text out;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&out, &outer, (int64_t)count * 8, err));
    for (int32_t i = 0; i < count && status == RASK_OK; i++)
        status = put_text(&out, i, memory, states[i], err);
    return func_text_finish(&out, status, err);
}

static void text_snapshot(const func_aggregate_call *call, const void *state, func_memory *memory,
                          base_strbuf *out) {
    const text_state *s = state;
    base_strbuf_add_char(out, s->has ? 1 : 0);
    if (s->has) {
        data_string text = func_value_text(memory, &s->kept);
        func_agg_write_text(out, &text);
    }
}

static rask_status text_restore(const func_aggregate_call *call, const char *bytes, int64_t size,
                                void *state, func_memory *memory, int64_t *consumed,
                                rask_error *err) {
    text_state *s = state;
    func_agg_reader reader = {bytes, bytes + size};
    uint8_t has;
    data_string text;
    *s = (text_state){0};
    RASK_TRY(func_agg_read(&reader, &has, 1, err));
    if (has) {
        RASK_TRY(func_agg_read_text(&reader, &text, err));
        RASK_TRY(func_value_keep_text(memory, &text, &s->kept, err));
        s->has = true;
    }
    *consumed = reader.at - bytes;
    return RASK_OK;
}

static void text_destroy(const func_aggregate_call *call, void *state, func_memory *memory) {
    text_state *s = state;
    if (s->has)
        func_value_drop_text(memory, &s->kept);
    *s = (text_state){0};
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define MIN                                                                                        \
    .name = "MIN", .api = "min", .forms = "'MIN(<COMPARABLE_TYPE>)'",                              \
    .doc = "The smallest value; NULL where there is none."
#define MAX                                                                                        \
    .name = "MAX", .api = "max", .forms = "'MAX(<COMPARABLE_TYPE>)'",                              \
    .doc = "The largest value; NULL where there is none."
#define COMMON .flags = FUNC_AGG_DISTINCT_IS_SAME, .category = "aggregate"
#define FIXED_ROW(prefix, State)                                                                   \
    COMMON, .state_size = sizeof(State), .state_align = _Alignof(State), .init = prefix##_init,    \
            .update = prefix##_update, .merge = prefix##_merge, .scan = prefix##_scan,             \
            .finish = prefix##_finish
#define TEXT_ROW                                                                                   \
    COMMON, .state_size = sizeof(text_state), .state_align = _Alignof(text_state),                 \
            .init = text_init, .update = text_update, .merge = text_merge, .scan = text_scan,      \
            .finish = text_finish, .snapshot = text_snapshot, .restore = text_restore,             \
            .destroy = text_destroy

#define BOTH(sig_text, domain, State, value_kind)                                                  \
    {MIN, FIXED_ROW(min_##domain, State), .sig = sig_text,                                         \
     .retractable = &func_min_retract[value_kind]},                                                \
    {                                                                                              \
        MAX, FIXED_ROW(max_##domain, State), .sig = sig_text,                                      \
                                             .retractable = &func_max_retract[value_kind]          \
    }

static const func_aggregate aggregates[] = {
    BOTH("(DISCRETE) -> ARG0", i64, i64_state, FUNC_VALUE_I64),
    BOTH("(APPROXIMATE) -> ARG0", f64, f64_state, FUNC_VALUE_F64),
    BOTH("(WIDE) -> ARG0", i128, i128_state, FUNC_VALUE_I128),
    {MIN, TEXT_ROW, .sig = "(STRING) -> ARG0", .retractable = &func_min_retract[FUNC_VALUE_TEXT]},
    {MAX, TEXT_ROW, .sig = "(STRING) -> ARG0", .retractable = &func_max_retract[FUNC_VALUE_TEXT]},
};

static const func_aggregate *const rows[] = {
    &aggregates[0], &aggregates[1], &aggregates[2], &aggregates[3],
    &aggregates[4], &aggregates[5], &aggregates[6], &aggregates[7],
};
const func_aggregate_family func_minmax_aggregates = {rows, sizeof rows / sizeof rows[0]};
