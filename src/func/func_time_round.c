/* FLOOR(x TO unit), CEIL(x TO unit) of dates and times.
 *
 * As Flink computes them.  Years, quarters, months and weeks look at the date only, which is taken
 * by cutting towards zero, so that CEIL of noon on the first of a month is that day; shorter units
 * look at the milliseconds.  CEIL TO QUARTER goes on to the next one except on 1 January. */
#include "base/time.h"
#include "func/kernel.h"
#include "func/stamp.h"
#include "func/table.h"
#include "func/time_unit.h"

static bool is_ceil(const func_call *call) {
    return call->row->name[0] == 'C';
}

/* ---- dates ----------------------------------------------------------------------------------- */

static int32_t month_start(int32_t year, int32_t month) {
    return base_days_from_civil(year + (month > 12), month > 12 ? month - 12 : month, 1);
}

static int32_t round_date(func_unit unit, int32_t days, bool up) {
    int32_t year, month, day;
    base_civil_from_days(days, &year, &month, &day);
    bool is_new_year = month == 1 && day == 1;
    int32_t weekday = (int32_t)base_floor_mod(days + 4, 7); /* Sunday = 0 */
    switch (unit) {
    case FUNC_UNIT_MILLENNIUM:
        return base_days_from_civil(1000 * ((year + 999) / 1000) + (up ? 1 : -999), 1, 1);
    case FUNC_UNIT_CENTURY:
        return base_days_from_civil(100 * ((year + 99) / 100) + (up ? 1 : -99), 1, 1);
    case FUNC_UNIT_DECADE:
        return base_days_from_civil(10 * (year / 10 + up), 1, 1);
    case FUNC_UNIT_YEAR:
        return base_days_from_civil(year + (up && !is_new_year), 1, 1);
    case FUNC_UNIT_QUARTER:
        return month_start(year, ((month - 1) / 3 + (up && !is_new_year)) * 3 + 1);
    case FUNC_UNIT_MONTH:
        return month_start(year, month + (up && day > 1));
    case FUNC_UNIT_WEEK:
        return days - weekday + (up && weekday > 0 ? 7 : 0);
    default:
        return days; /* a day or less */
    }
}

/* ---- milliseconds ---------------------------------------------------------------------------- */

static int64_t round_millis(func_unit unit, int64_t millis, bool up) {
    if (unit <= FUNC_UNIT_WEEK) {
        int32_t days = (int32_t)(millis / FUNC_MILLIS_PER_DAY);
        return (int64_t)round_date(unit, days, up) * FUNC_MILLIS_PER_DAY;
    }
    int64_t step = func_unit_millis(unit);
    int64_t down = base_floor_div(millis, step) * step;
    return up && down < millis ? down + step : down;
}

static __int128 round_nanos(func_unit unit, __int128 nanos, bool up) {
    int64_t millis = (int64_t)func_floor_div(nanos, FUNC_NANOS_PER_MILLI);
    bool has_rest = (__int128)millis * FUNC_NANOS_PER_MILLI != nanos;
    /* Only milliseconds see what is smaller. */
    int64_t rounded = round_millis(unit, millis, up);
    if (unit == FUNC_UNIT_MILLISECOND && up && has_rest)
        rounded++;
    return (__int128)rounded * FUNC_NANOS_PER_MILLI;
}

/* ---- kernels --------------------------------------------------------------------------------- */

static rask_status round_days(func_call *call, rask_error *err) {
    func_unit unit = *(const func_unit *)call->prepared;
    const int32_t *in = call->args[0]->values;
    int32_t *out = call->result->values;
    FUNC_EACH_ROW (call, row)
        out[row] = round_date(unit, in[row], is_ceil(call));
    return RASK_OK;
}

static rask_status round_time(func_call *call, rask_error *err) {
    func_unit unit = *(const func_unit *)call->prepared;
    const int32_t *in = call->args[0]->values;
    int32_t *out = call->result->values;
    FUNC_EACH_ROW (call, row)
        out[row] =
            unit <= FUNC_UNIT_DAY ? in[row] : (int32_t)round_millis(unit, in[row], is_ceil(call));
    return RASK_OK;
}

static rask_status round_stamp(func_call *call, rask_error *err) {
    func_unit unit = *(const func_unit *)call->prepared;
    FUNC_EACH_LIVE_ROW(call, row)
    func_stamp_store(call->result, row,
                     round_nanos(unit, func_stamp_nanos(call->args[0], row), is_ceil(call)));
    return RASK_OK;
}

/* On the clock of the offset that holds at the instant itself. */
static rask_status round_instant(func_call *call, rask_error *err) {
    func_unit unit = *(const func_unit *)call->prepared;
    FUNC_EACH_LIVE_ROW(call, row) {
        __int128 nanos = func_stamp_nanos(call->args[0], row);
        __int128 shift = base_zone_local_nanos(call->context->zone, nanos) - nanos;
        func_stamp_store(call->result, row,
                         round_nanos(unit, nanos + shift, is_ceil(call)) - shift);
    }
    return RASK_OK;
}

static rask_status rounded_type(const func_infer_call *call, const data_type **result,
                                rask_error *err) {
    func_unit unit = func_unit_of(call, 1);
    if (unit > FUNC_UNIT_MILLISECOND)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "%s rounds to units from MILLENNIUM to MILLISECOND, not to %s",
                              call->row->name, func_unit_name(unit));
    *result = call->types[0];
    return RASK_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define ROUNDS(text, signature, function, row_cost, words)                                         \
    .name = text, .sig = signature, .kernel = function, .infer = rounded_type,                     \
    .prepare = func_unit_prepare_second, .category = "temporal", .cost = row_cost,                 \
    .sql = text "(%1 TO %2)", .doc = words

static const func_row rows[] = {
    {ROUNDS("FLOOR", "(DATE, SYMBOL) -> INFER", round_days, 10, "Down to the start of a unit."),
     .example = "FLOOR(DATE '2020-02-29' TO MONTH)", .result = "2020-02-01"},
    {ROUNDS("FLOOR", "(TIME, SYMBOL) -> INFER", round_time, 4, "Down to the start of a unit."),
     .example = "FLOOR(TIME '10:11:12' TO HOUR)", .result = "10:00:00"},
    {ROUNDS("FLOOR", "(TIMESTAMP, SYMBOL) -> INFER", round_stamp, 12,
            "Down to the start of a unit."),
     .example = "FLOOR(TIMESTAMP '2020-02-29 12:34:56' TO HOUR)", .result = "2020-02-29 12:00:00"},
    {ROUNDS("FLOOR", "(TIMESTAMP_LTZ, SYMBOL) -> INFER", round_instant, 25,
            "Down to the start of a unit in the session's time zone.")},
    {ROUNDS("CEIL", "(DATE, SYMBOL) -> INFER", round_days, 10, "Up to the start of a unit."),
     .example = "CEIL(DATE '2020-02-29' TO MONTH)", .result = "2020-03-01"},
    {ROUNDS("CEIL", "(TIME, SYMBOL) -> INFER", round_time, 4, "Up to the start of a unit."),
     .example = "CEIL(TIME '10:11:12' TO HOUR)", .result = "11:00:00"},
    {ROUNDS("CEIL", "(TIMESTAMP, SYMBOL) -> INFER", round_stamp, 12, "Up to the start of a unit."),
     .example = "CEIL(TIMESTAMP '2020-02-29 12:34:56' TO HOUR)", .result = "2020-02-29 13:00:00"},
    {ROUNDS("CEIL", "(TIMESTAMP_LTZ, SYMBOL) -> INFER", round_instant, 25,
            "Up to the start of a unit in the session's time zone.")},
};
FUNC_FAMILY(func_time_round_family, rows);
