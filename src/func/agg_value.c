/* FIRST_VALUE, LAST_VALUE and SINGLE_VALUE: one of the values that were added.
 *
 * The first two pass over nulls, as Flink's do; SINGLE_VALUE, which the planner puts around a
 * scalar subquery, counts every row and fails at the second.  One implementation serves all kinds
 * of values. */
#include <string.h>

#include "func/agg_minmax.h"

typedef struct value_state {
    func_value value; /* a text as values.h keeps it */
    bool has;         /* a value that is not null */
    bool is_used;     /* SINGLE_VALUE: a row has been there */
} value_state;

/* Rows of a function: one for each func_value_kind, then that of binary strings. */
enum { KIND_COUNT = FUNC_VALUE_TEXT + 2 };

typedef enum which { WHICH_FIRST, WHICH_LAST, WHICH_SINGLE, WHICH_COUNT } which;

static const func_aggregate aggregates[WHICH_COUNT][KIND_COUNT];

static which which_of(const func_aggregate_call *call) {
    return (which)((call->row - &aggregates[0][0]) / KIND_COUNT);
}

static func_value_kind kind_of(const func_aggregate_call *call) {
    int32_t place = (int32_t)((call->row - &aggregates[0][0]) % KIND_COUNT);
    return place > FUNC_VALUE_TEXT ? FUNC_VALUE_TEXT : (func_value_kind)place;
}

static void value_init(const func_aggregate_call *call, void *state) {
    *(value_state *)state = (value_state){0};
}

/* ---- keeping --------------------------------------------------------------------------------- */

static rask_status replace(value_state *s, func_value_kind kind, func_memory *memory,
                           const func_value *value, rask_error *err) {
    func_value kept = *value;
    if (kind == FUNC_VALUE_TEXT)
        RASK_TRY(func_value_keep_text(memory, &value->text, &kept.text, err));
    if (s->has && kind == FUNC_VALUE_TEXT)
        func_value_drop_text(memory, &s->value.text);
    s->value = kept;
    s->has = true;
    return RASK_OK;
}

static rask_status too_many(rask_error *err) {
    return rask_error_set(err, RASK_ERROR_RUNTIME,
                          "SingleValueAggFunction received more than one element.");
}

static rask_status offer(which choice, func_value_kind kind, value_state *s, func_memory *memory,
                         const func_value *value, bool present, rask_error *err) {
    if (choice == WHICH_SINGLE && s->is_used)
        return too_many(err);
    s->is_used = true;
    if (!present || (choice == WHICH_FIRST && s->has))
        return RASK_OK;
    return replace(s, kind, memory, value, err);
}

/* A NULL literal has no values. */
static void load(const data_column *column, const func_block *block, func_value_kind kind,
                 func_value *values, uint8_t *present) {
    func_agg_present(column, block, present);
    if (column->physical != DATA_PHYSICAL_NONE)
        func_agg_load_values(column, block, kind, values);
}

static rask_status value_update(const func_aggregate_call *call, const func_aggregate_rows *rows,
                                rask_error *err) {
    func_value values[FUNC_BLOCK];
    uint8_t present[FUNC_BLOCK];
    func_value_kind kind = kind_of(call);
    which choice = which_of(call);
    for (func_block block = {0}; func_agg_block(rows, &block);) {
        load(rows->args[0], &block, kind, values, present);
        for (int32_t i = 0; i < block.count; i++)
            RASK_TRY(offer(choice, kind, rows->states[block.start + i], rows->memory, &values[i],
                           present[i], err));
    }
    return RASK_OK;
}

static func_value read_value(const value_state *s, func_value_kind kind, func_memory *memory) {
    func_value value = s->value;
    if (kind == FUNC_VALUE_TEXT && s->has)
        value.text = func_value_text(memory, &s->value.text);
    return value;
}

/* What `from` has came behind what `into` has. */
static rask_status value_merge(const func_aggregate_call *call, void *const *into,
                               const void *const *from, int32_t count, func_memory *into_memory,
                               func_memory *from_memory, rask_error *err) {
    func_value_kind kind = kind_of(call);
    for (int32_t i = 0; i < count; i++) {
        const value_state *other = from[i];
        if (!other->is_used)
            continue;
        func_value value = read_value(other, kind, from_memory);
        RASK_TRY(offer(which_of(call), kind, into[i], into_memory, &value, other->has, err));
    }
    return RASK_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static rask_status put(const value_state *s, func_value_kind kind, func_memory *memory,
                       int32_t position, data_column *out, func_text *text, rask_error *err) {
    func_value value = read_value(s, kind, memory);
    return func_agg_put_value(out, text, position, kind, s->has, &value, err);
}

static rask_status scan_all(const func_aggregate_call *call, const func_aggregate_rows *rows,
                            func_agg_texts *texts, data_column *old_out, data_column *new_out,
                            rask_error *err) {
    func_value values[FUNC_BLOCK];
    uint8_t present[FUNC_BLOCK];
    func_value_kind kind = kind_of(call);
    for (func_block block = {0}; func_agg_block(rows, &block);) {
        load(rows->args[0], &block, kind, values, present);
        for (int32_t i = 0; i < block.count; i++) {
            int32_t position = block.start + i;
            value_state *s = rows->states[position];
            RASK_TRY(put(s, kind, rows->memory, position, old_out, &texts->before, err));
            RASK_TRY(offer(which_of(call), kind, s, rows->memory, &values[i], present[i], err));
            RASK_TRY(put(s, kind, rows->memory, position, new_out, &texts->after, err));
        }
    }
    return RASK_OK;
}

static rask_status value_scan(const func_aggregate_call *call, const func_aggregate_rows *rows,
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
    for (int32_t i = 0; i < count; i++)
        RASK_TRY(put(states[i], kind_of(call), memory, i, out, text, err));
    return RASK_OK;
}

static rask_status value_finish(const func_aggregate_call *call, void *const *states, int32_t count,
                                func_memory *memory, data_column *out, rask_error *err) {
    func_call outer = {.context = call->context, .row_count = count, .result = out};
    func_text text;
    if (kind_of(call) != FUNC_VALUE_TEXT)
        return finish_all(call, states, count, memory, out, NULL, err);
    RASK_TRY(func_text_begin(&text, &outer, (int64_t)count * 8, err));
    return func_text_finish(&text, finish_all(call, states, count, memory, out, &text, err), err);
}

/* ---- snapshots ------------------------------------------------------------------------------- */

static void value_snapshot(const func_aggregate_call *call, const void *state, func_memory *memory,
                           base_strbuf *out) {
    const value_state *s = state;
    func_value_kind kind = kind_of(call);
    base_strbuf_add_char(out, s->is_used ? 1 : 0);
    base_strbuf_add_char(out, s->has ? 1 : 0);
    if (!s->has)
        return;
    func_value value = read_value(s, kind, memory);
    if (kind == FUNC_VALUE_TEXT)
        func_agg_write_text(out, &value.text);
    else
        base_strbuf_add(out, (const char *)&value, sizeof value);
}

static rask_status value_restore(const func_aggregate_call *call, const char *bytes, int64_t size,
                                 void *state, func_memory *memory, int64_t *consumed,
                                 rask_error *err) {
    value_state *s = state;
    func_value_kind kind = kind_of(call);
    func_agg_reader reader = {bytes, bytes + size};
    uint8_t flags[2];
    func_value value = {0};
    *s = (value_state){0};
    RASK_TRY(func_agg_read(&reader, flags, sizeof flags, err));
    s->is_used = flags[0] != 0;
    if (flags[1] != 0 && kind == FUNC_VALUE_TEXT)
        RASK_TRY(func_agg_read_text(&reader, &value.text, err));
    else if (flags[1] != 0)
        RASK_TRY(func_agg_read(&reader, &value, sizeof value, err));
    if (flags[1] != 0)
        RASK_TRY(replace(s, kind, memory, &value, err));
    *consumed = reader.at - bytes;
    return RASK_OK;
}

static void value_destroy(const func_aggregate_call *call, void *state, func_memory *memory) {
    value_state *s = state;
    if (s->has && kind_of(call) == FUNC_VALUE_TEXT)
        func_value_drop_text(memory, &s->value.text);
    *s = (value_state){0};
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define FIRST                                                                                      \
    .name = "FIRST_VALUE", .api = "first_value", .flags = FUNC_AGG_ORDERED,                        \
    .forms = "'FIRST_VALUE(<ANY>)'",                                                               \
    .doc = "The first value that is not NULL, in the order the rows come in."
#define LAST                                                                                       \
    .name = "LAST_VALUE", .api = "last_value", .flags = FUNC_AGG_ORDERED,                          \
    .forms = "'LAST_VALUE(<ANY>)'",                                                                \
    .doc = "The last value that is not NULL, in the order the rows come in."
#define SINGLE                                                                                     \
    .name = "SINGLE_VALUE", .forms = "'SINGLE_VALUE(<ANY>)'",                                      \
    .doc = "The value of the only row; more rows are an error."

#define VALUE                                                                                      \
    .state_size = sizeof(value_state), .state_align = _Alignof(value_state), .init = value_init,   \
    .update = value_update, .merge = value_merge, .scan = value_scan, .finish = value_finish,      \
    .snapshot = value_snapshot, .restore = value_restore, .destroy = value_destroy,                \
    .category = "aggregate"

static const func_aggregate aggregates[WHICH_COUNT][KIND_COUNT] = {
    [WHICH_FIRST] = {{FIRST, VALUE, .sig = "(DISCRETE) -> ARG0"},
                     {FIRST, VALUE, .sig = "(APPROXIMATE) -> ARG0"},
                     {FIRST, VALUE, .sig = "(WIDE) -> ARG0"},
                     {FIRST, VALUE, .sig = "(STRING) -> ARG0"},
                     {FIRST, VALUE, .sig = "(BINARY) -> ARG0"}},
    [WHICH_LAST] = {{LAST, VALUE, .sig = "(DISCRETE) -> ARG0"},
                    {LAST, VALUE, .sig = "(APPROXIMATE) -> ARG0"},
                    {LAST, VALUE, .sig = "(WIDE) -> ARG0"},
                    {LAST, VALUE, .sig = "(STRING) -> ARG0"},
                    {LAST, VALUE, .sig = "(BINARY) -> ARG0"}},
    [WHICH_SINGLE] = {{SINGLE, VALUE, .sig = "(DISCRETE) -> ARG0 NULL"},
                      {SINGLE, VALUE, .sig = "(APPROXIMATE) -> ARG0 NULL"},
                      {SINGLE, VALUE, .sig = "(WIDE) -> ARG0 NULL"},
                      {SINGLE, VALUE, .sig = "(STRING) -> ARG0 NULL"},
                      {SINGLE, VALUE, .sig = "(BINARY) -> ARG0 NULL"}},
};

static const func_aggregate *const rows[] = {
    &aggregates[0][0], &aggregates[0][1], &aggregates[0][2], &aggregates[0][3], &aggregates[0][4],
    &aggregates[1][0], &aggregates[1][1], &aggregates[1][2], &aggregates[1][3], &aggregates[1][4],
    &aggregates[2][0], &aggregates[2][1], &aggregates[2][2], &aggregates[2][3], &aggregates[2][4],
};
const func_aggregate_family func_value_aggregates = {rows, sizeof rows / sizeof rows[0]};
