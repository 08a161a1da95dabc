/* Finds the cast between two types; the kernels are in the cast_*.c files.
 *
 * The table below is searched from the top, so a special pair stands before a general one. */
#include "func/cast.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define KIND FUNC_KIND
#define INTEGERS FUNC_INTEGERS
#define APPROXIMATES FUNC_APPROXIMATES
#define STRINGS FUNC_STRINGS
#define EVERY_KIND 0xffffffffu

enum { LOSES = FUNC_NULL_ON_BAD_INPUT, FAILS = FUNC_CAN_FAIL };

#define ROW(text, row_kernel, row_flags, row_cost)                                                 \
    {                                                                                              \
        .name = text, .sig = "(ANY) -> ANY", .kernel = row_kernel, .flags = row_flags,             \
        .cost = row_cost                                                                           \
    }
#define PAIR(from_kinds, to_kinds, kernel, flags, cost)                                            \
    {                                                                                              \
        from_kinds, to_kinds, {                                                                    \
            ROW("CAST", kernel, flags, cost),                                                      \
                ROW("TRY_CAST", kernel, (flags)&FAILS ? (flags) | LOSES : (flags), cost)           \
        }                                                                                          \
    }

/* A cast of a group of pairs: kinds as bit sets, and its rows for CAST and TRY_CAST. */
static const struct {
    uint32_t from, to;
    func_row rows[2];
} pairs[] = {
    PAIR(INTEGERS | APPROXIMATES | KIND(DATA_BOOLEAN), INTEGERS | APPROXIMATES | KIND(DATA_BOOLEAN),
         func_cast_number, 0, 1),
    PAIR(INTEGERS | KIND(DATA_BOOLEAN) | KIND(DATA_DECIMAL), KIND(DATA_DECIMAL),
         func_cast_to_decimal, LOSES, 2),
    PAIR(APPROXIMATES, KIND(DATA_DECIMAL), func_cast_to_decimal, LOSES | FAILS, 20),
    PAIR(KIND(DATA_DECIMAL), INTEGERS | APPROXIMATES | KIND(DATA_BOOLEAN), func_cast_from_decimal,
         0, 4),
    PAIR(STRINGS, STRINGS, func_cast_resize_text, 0, 2),
    PAIR(FUNC_BYTES | STRINGS, FUNC_BYTES, func_cast_resize_bytes, 0, 2),
    PAIR(EVERY_KIND, STRINGS, func_cast_print, 0, 20),
    PAIR(STRINGS,
         INTEGERS | APPROXIMATES | KIND(DATA_BOOLEAN) | KIND(DATA_DATE) | KIND(DATA_TIME) |
             FUNC_STAMPS,
         func_cast_parse, FAILS, 20),
    PAIR(STRINGS, KIND(DATA_DECIMAL), func_cast_parse, FAILS, 20),
    PAIR(KIND(DATA_DATE) | KIND(DATA_TIME) | FUNC_STAMPS,
         KIND(DATA_DATE) | KIND(DATA_TIME) | FUNC_STAMPS, func_cast_time, 0, 2),
    PAIR(KIND(DATA_INTERVAL_YEAR_MONTH), KIND(DATA_INTERVAL_YEAR_MONTH), func_cast_copy, 0, 1),
    PAIR(KIND(DATA_INTERVAL_DAY_TIME), KIND(DATA_INTERVAL_DAY_TIME), func_cast_copy, 0, 1),
    PAIR(INTEGERS | KIND(DATA_DECIMAL), FUNC_INTERVALS, func_cast_to_interval, 0, 1),
    PAIR(FUNC_NESTED, FUNC_NESTED, func_cast_nested, LOSES | FAILS, 20),
};
enum { PAIR_COUNT = sizeof pairs / sizeof pairs[0] };

/* A bare NULL becomes a NULL of the type: the evaluator has merged the validities already. */
static rask_status cast_null(func_call *call, rask_error *err) {
    return RASK_OK;
}

/* Types that differ in nullability only. */
static const func_row copy_rows[2] = {ROW("CAST", func_cast_copy, 0, 1),
                                      ROW("TRY_CAST", func_cast_copy, 0, 1)};
static const func_row null_rows[2] = {ROW("CAST", cast_null, 0, 1),
                                      ROW("TRY_CAST", cast_null, 0, 1)};

bool func_cast_is_try(const func_call *call) {
    return call->row->name[0] == 'T';
}

rask_status func_cast_failed(func_call *call, int32_t row, rask_error *err, const char *format,
                             ...) {
    if (func_cast_is_try(call)) {
        data_column_set_null(call->result, row);
        return RASK_OK;
    }
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    func_failed_at(call, row);
    return rask_error_set(err, RASK_ERROR_RUNTIME, "%s", text);
}

/* ---- finding --------------------------------------------------------------------------------- */

static rask_status refuse(const data_type *from, const data_type *to, rask_error *err) {
    bool to_number = data_kind_is_numeric(to->kind), from_number = data_kind_is_numeric(from->kind);
    if (from->kind == DATA_TIMESTAMP && to_number)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "The cast from TIMESTAMP type to NUMERIC type is not allowed. It's "
                              "recommended to use UNIX_TIMESTAMP(CAST(timestamp_col AS STRING)) "
                              "instead.");
    if (from->kind == DATA_TIMESTAMP_LTZ && to_number)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "The cast from TIMESTAMP_LTZ type to NUMERIC type is not allowed.");
    if (to->kind == DATA_TIMESTAMP && from_number)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "The cast from NUMERIC type to TIMESTAMP type is not allowed. It's "
                              "recommended to use TO_TIMESTAMP(FROM_UNIXTIME(numeric_col)) "
                              "instead, note the numeric is in seconds.");
    if (to->kind == DATA_TIMESTAMP_LTZ && from_number)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "The cast from NUMERIC type to TIMESTAMP_LTZ type is not allowed. "
                              "It's recommended to use TO_TIMESTAMP_LTZ(numeric_col, precision) "
                              "instead.");
    base_arena *arena = base_arena_new();
    const char *words[2];
    const data_type *types[2] = {from, to};
    for (int32_t i = 0; i < 2; i++)
        words[i] = types[i]->kind == DATA_INT
                       ? "INTEGER"
                       : data_type_text(arena, data_type_with_null(types[i], true), false);
    rask_status status = rask_error_set(err, RASK_ERROR_VALIDATION,
                                        "Cast function cannot convert value of type %s to type %s",
                                        words[0], words[1]);
    base_arena_free(arena);
    return status;
}

rask_status func_cast_find(const data_type *from, const data_type *to, bool is_try,
                           const func_row **out, rask_error *err) {
    if (from->kind == DATA_NULL) {
        *out = &null_rows[is_try];
        return RASK_OK;
    }
    if (data_type_equal_ignoring_null(from, to)) {
        *out = &copy_rows[is_try];
        return RASK_OK;
    }
    if (!func_explicit_cast_allowed(from, to))
        return refuse(from, to, err);
    for (int32_t i = 0; i < PAIR_COUNT; i++) {
        if ((pairs[i].from & KIND(from->kind)) != 0 && (pairs[i].to & KIND(to->kind)) != 0) {
            *out = &pairs[i].rows[is_try];
            return RASK_OK;
        }
    }
    return rask_error_set(err, RASK_ERROR_UNSUPPORTED, "cast between these types is not built yet");
}

/* ---- copies ---------------------------------------------------------------------------------- */

static void share_children(func_call *call) {
    const data_column *in = call->args[0];
    for (int32_t i = 0; i < in->child_count; i++)
        call->result->children[i] = data_column_ref(in->children[i]);
}

/* Also for a constant argument of a fixed width. */
rask_status func_cast_copy(func_call *call, rask_error *err) {
    const data_column *in = call->args[0];
    data_column *out = call->result;
    if (func_all_null(call))
        return RASK_OK;
    out->physical = in->physical;
    out->bound = in->bound;
    out->live_bytes = in->live_bytes;
    share_children(call);
    RASK_TRY(func_share_heaps(call, 0, err));
    size_t width = (size_t)data_physical_width(in->physical);
    if (in->physical == DATA_PHYSICAL_LIST)
        memcpy(out->values, in->values, sizeof(int32_t) * ((size_t)call->row_count + 1));
    else if (func_is_constant(in))
        FUNC_EACH_ROW (call, row)
            memcpy((char *)out->values + width * (size_t)row, in->values, width);
    else if (width > 0)
        memcpy(out->values, in->values, width * (size_t)call->row_count);
    return RASK_OK;
}
