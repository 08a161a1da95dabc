/* Differences of dates and times: TIMESTAMPDIFF(unit, a, b), which is b - a in whole units, and
 * (a - b) unit, an interval.
 *
 * Flink counts in milliseconds and cuts towards zero; an INT that does not hold the count wraps
 * around.  Months and longer follow the calendar.  A TIME counts as days there, as in Flink. */
#include "func/kernel.h"
#include "func/stamp.h"
#include "func/table.h"
#include "func/time_unit.h"

/* ---- differences ----------------------------------------------------------------------------- */

static int64_t time_millis(const data_column *column, int64_t row) {
    if (column->type->kind == DATA_DATE)
        return ((const int32_t *)column->values)[row] * (int64_t)FUNC_MILLIS_PER_DAY;
    if (column->type->kind == DATA_TIME)
        return ((const int32_t *)column->values)[row];
    return func_stamp_millis(column, row);
}

/* later - earlier */
static int64_t whole_months(const data_column *later, const data_column *earlier, int64_t row) {
    if (later->type->kind == DATA_TIME)
        return func_months_between(((const int32_t *)later->values)[row],
                                   ((const int32_t *)earlier->values)[row]);
    return func_months_between_millis(time_millis(later, row), time_millis(earlier, row));
}

static int64_t whole_millis(const data_column *later, const data_column *earlier, int64_t row) {
    return time_millis(later, row) - time_millis(earlier, row);
}

/* ---- TIMESTAMPDIFF --------------------------------------------------------------------------- */

static int64_t units_between(func_unit unit, const func_call *call, int64_t row) {
    const data_column *later = call->args[2], *earlier = call->args[1];
    int64_t step = func_unit_millis(unit);
    if (func_unit_months(unit) > 0)
        return whole_months(later, earlier, row) / func_unit_months(unit);
    if (step > 0)
        return whole_millis(later, earlier, row) / step;
    uint64_t parts = unit == FUNC_UNIT_MICROSECOND ? 1000 : 1000000;
    return (int64_t)((uint64_t)whole_millis(later, earlier, row) * parts);
}

static rask_status timestamp_diff(func_call *call, rask_error *err) {
    func_unit unit = *(const func_unit *)call->prepared;
    void *out = call->result->values;
    bool is_long = call->result->physical == DATA_PHYSICAL_I64;
    FUNC_EACH_LIVE_ROW(call, row) {
        int64_t count = units_between(unit, call, row);
        if (is_long)
            ((int64_t *)out)[row] = count;
        else
            ((int32_t *)out)[row] = (int32_t)count;
    }
    return RASK_OK;
}

/* An instant and a local time, or a time of day and a date, have no difference. */
static bool have_difference(data_kind a, data_kind b) {
    if (a == DATA_TIME || b == DATA_TIME || a == DATA_TIMESTAMP_LTZ || b == DATA_TIMESTAMP_LTZ)
        return a == b;
    return true;
}

static rask_status diff_type(const func_infer_call *call, const data_type **result,
                             rask_error *err) {
    func_unit unit = func_unit_of(call, 0);
    const data_type *a = call->types[1], *b = call->types[2];
    if (unit > FUNC_UNIT_NANOSECOND)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "TIMESTAMPDIFF counts units from MILLENNIUM to NANOSECOND, not %s",
                              func_unit_name(unit));
    if (!have_difference(a->kind, b->kind))
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              a->kind == DATA_TIME || b->kind == DATA_TIME
                                  ? "TIME only supports diff between the same type."
                                  : "TIMESTAMP_LTZ only supports diff between the same type.");
    *result = data_type_simple(unit == FUNC_UNIT_NANOSECOND ? DATA_BIGINT : DATA_INT,
                               a->nullable || b->nullable);
    return RASK_OK;
}

/* ---- (a - b) unit ---------------------------------------------------------------------------- */

static rask_status minus_times(func_call *call, rask_error *err) {
    const data_column *later = call->args[0], *earlier = call->args[1];
    void *out = call->result->values;
    bool is_months = call->result->type->kind == DATA_INTERVAL_YEAR_MONTH;
    FUNC_EACH_LIVE_ROW(call, row) {
        if (is_months)
            ((int32_t *)out)[row] = (int32_t)whole_months(later, earlier, row);
        else
            ((int64_t *)out)[row] = whole_millis(later, earlier, row);
    }
    return RASK_OK;
}

static rask_status minus_type(const func_infer_call *call, const data_type **result,
                              rask_error *err) {
    const data_type *a = call->types[0], *b = call->types[1];
    if (a->kind != b->kind)
        return rask_error_set(err, RASK_ERROR_VALIDATION, "Parameters must be of the same type");
    bool nullable = a->nullable || b->nullable;
    *result = func_unit_months(func_unit_of(call, 2)) > 0 ? data_type_months(nullable)
                                                          : data_type_millis(nullable);
    return RASK_OK;
}

/* ---- OVERLAPS -------------------------------------------------------------------------------- */

/* start, end or length, start, end or length; the binder makes comparisons of them. */
static rask_status overlaps_type(const func_infer_call *call, const data_type **result,
                                 rask_error *err) {
    data_kind kind = call->types[0]->kind;
    bool fits = call->types[2]->kind == kind, nullable = false;
    for (int32_t i = 0; i < 4; i++)
        nullable |= call->types[i]->nullable;
    for (int32_t i = 1; i < 4; i += 2)
        fits &= call->types[i]->kind == kind || data_kind_is_interval(call->types[i]->kind);
    if (!fits)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Cannot apply 'OVERLAPS' to these arguments: both ranges start at "
                              "times of one type, and end at such a time or after an INTERVAL");
    *result = data_type_simple(DATA_BOOLEAN, nullable);
    return RASK_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static const func_row rows[] = {
    {.name = "TIMESTAMPDIFF",
     .sig = "(SYMBOL, TEMPORAL, TEMPORAL) -> INFER",
     .infer = diff_type,
     .prepare = func_unit_prepare_first,
     .kernel = timestamp_diff,
     .cost = 8,
     .api = "timestamp_diff",
     .aliases = "timestampDiff",
     .category = "temporal",
     .forms = "'TIMESTAMPDIFF(<ANY>, <DATETIME>, <DATETIME>)'",
     .doc = "Whole units from the first time to the second.",
     .example = "TIMESTAMPDIFF(MONTH, DATE '2020-01-31', DATE '2020-02-29')",
     .result = "1"},
    {.name = "-",
     .sig = "(TEMPORAL, TEMPORAL, SYMBOL) -> INFER",
     .infer = minus_type,
     .kernel = minus_times,
     .cost = 4,
     .sql = "(%1 - %2) %3",
     .shown = "-(%1, %2, %3)",
     .category = "temporal",
     .forms = "'-(<DATETIME>, <DATETIME>, <DATETIME_INTERVAL>)'",
     .doc = "The interval from the second time to the first.",
     .example = "(TIMESTAMP '2020-03-01 09:00:00' - TIMESTAMP '2020-02-28 12:00:00') DAY",
     .result = "+1 21:00:00.000"},
    {.name = "OVERLAPS",
     .sig = "(TEMPORAL, VALUE, TEMPORAL, VALUE) -> INFER",
     .infer = overlaps_type,
     .special = FUNC_REWRITTEN,
     .api = "temporal_overlaps",
     .aliases = "TEMPORALOVERLAPS",
     .category = "temporal",
     .sql = "(%1, %2) OVERLAPS (%3, %4)",
     .flags = FUNC_OPERATOR,
     .doc = "Whether two ranges of time meet; ends may stand in any order.",
     .example = "(TIME '2:55:00', INTERVAL '1' HOUR) OVERLAPS (TIME '3:30:00', TIME '4:00:00')",
     .result = "TRUE"},
};
FUNC_FAMILY(func_time_diff_family, rows);
