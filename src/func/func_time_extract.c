/* EXTRACT and its short forms, YEAR(x) .. SECOND(x), which the binder rewrites.
 *
 * As Flink computes it: a timestamp is its milliseconds, and division cuts towards zero, so that
 * the hours of a time before 1970 are negative and its day may be the next one.  A TIMESTAMP_LTZ is
 * looked at as its zone shows it. */
#include "base/time.h"
#include "func/kernel.h"
#include "func/stamp.h"
#include "func/table.h"
#include "func/time_unit.h"

/* ---- fields of dates ------------------------------------------------------------------------- */

/* Thursday decides which year a week belongs to. */
static void iso_week(int32_t days, int32_t *year, int32_t *week) {
    int32_t month, day, weekday = (int32_t)base_floor_mod(days + 3, 7); /* Monday = 0 */
    int32_t thursday = days - weekday + 3;
    base_civil_from_days(thursday, year, &month, &day);
    *week = (thursday - base_days_from_civil(*year, 1, 1)) / 7 + 1;
}

static int64_t date_field(func_unit unit, int32_t days) {
    int32_t year, month, day, week;
    switch (unit) {
    case FUNC_UNIT_WEEK:
        iso_week(days, &year, &week);
        return week;
    case FUNC_UNIT_ISOYEAR:
        iso_week(days, &year, &week);
        return year;
    case FUNC_UNIT_DOW:
        return base_floor_mod(days + 4, 7) + 1;
    case FUNC_UNIT_ISODOW:
        return base_floor_mod(days + 3, 7) + 1;
    default:
        break;
    }
    base_civil_from_days(days, &year, &month, &day);
    switch (unit) {
    case FUNC_UNIT_MILLENNIUM:
        return year > 0 ? (year + 999) / 1000 : (year - 999) / 1000;
    case FUNC_UNIT_CENTURY:
        return year > 0 ? (year + 99) / 100 : (year - 99) / 100;
    case FUNC_UNIT_DECADE:
        return year / 10;
    case FUNC_UNIT_YEAR:
        return year;
    case FUNC_UNIT_QUARTER:
        return (month - 1) / 3 + 1;
    case FUNC_UNIT_MONTH:
        return month;
    case FUNC_UNIT_DOY:
        return days - base_days_from_civil(year, 1, 1) + 1;
    default:
        return day;
    }
}

static bool is_date_unit(func_unit unit) {
    return unit <= FUNC_UNIT_DAY || unit >= FUNC_UNIT_DOW;
}

/* ---- fields of times ------------------------------------------------------------------------- */

/* A unit within the next larger one. */
static int64_t clock_field(func_unit unit, int64_t millis) {
    switch (unit) {
    case FUNC_UNIT_HOUR:
        return millis % 86400000 / 3600000;
    case FUNC_UNIT_MINUTE:
        return millis % 3600000 / 60000;
    case FUNC_UNIT_SECOND:
        return millis % 60000 / 1000;
    case FUNC_UNIT_MILLISECOND:
        return millis % 1000;
    case FUNC_UNIT_MICROSECOND:
        return millis % 1000 * 1000;
    case FUNC_UNIT_NANOSECOND:
        return millis % 1000 * 1000000;
    default: /* EPOCH */
        return millis / 1000;
    }
}

/* `rest`: nanoseconds beyond the milliseconds. */
static int64_t stamp_field(func_unit unit, int64_t millis, int64_t rest) {
    if (is_date_unit(unit))
        return date_field(unit, (int32_t)(millis / FUNC_MILLIS_PER_DAY));
    int64_t field = clock_field(unit, millis);
    if (unit == FUNC_UNIT_MICROSECOND)
        field += rest / FUNC_NANOS_PER_MICRO;
    return unit == FUNC_UNIT_NANOSECOND ? field + rest : field;
}

static int64_t rest_of(func_unit unit, const data_column *column, int64_t row, int64_t millis) {
    if (unit != FUNC_UNIT_MICROSECOND && unit != FUNC_UNIT_NANOSECOND)
        return 0;
    return (int64_t)(func_stamp_nanos(column, row) - (__int128)millis * FUNC_NANOS_PER_MILLI);
}

static int64_t interval_field(func_unit unit, data_kind kind, int64_t value) {
    if (kind == DATA_INTERVAL_DAY_TIME)
        return unit == FUNC_UNIT_DAY ? value / FUNC_MILLIS_PER_DAY : clock_field(unit, value);
    if (unit == FUNC_UNIT_MONTH)
        return value % 12;
    if (unit == FUNC_UNIT_QUARTER)
        return value % 12 / 3 + 1;
    return value / func_unit_months(unit);
}

/* ---- kernels --------------------------------------------------------------------------------- */

static rask_status extract_days(func_call *call, rask_error *err) {
    func_unit unit = *(const func_unit *)call->prepared;
    const int32_t *in = call->args[1]->values;
    int64_t *out = call->result->values;
    if (is_date_unit(unit))
        FUNC_EACH_ROW (call, row)
            out[row] = date_field(unit, in[row]);
    else
        FUNC_EACH_ROW (call, row)
            out[row] = clock_field(unit, in[row] * (int64_t)FUNC_MILLIS_PER_DAY);
    return RASK_OK;
}

static rask_status extract_time(func_call *call, rask_error *err) {
    func_unit unit = *(const func_unit *)call->prepared;
    const int32_t *in = call->args[1]->values;
    int64_t *out = call->result->values;
    FUNC_EACH_ROW (call, row)
        out[row] = clock_field(unit, in[row]);
    return RASK_OK;
}

static rask_status extract_stamp(func_call *call, rask_error *err) {
    func_unit unit = *(const func_unit *)call->prepared;
    const data_column *in = call->args[1];
    int64_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        int64_t millis = func_stamp_millis(in, row);
        out[row] = stamp_field(unit, millis, rest_of(unit, in, row, millis));
    }
    return RASK_OK;
}

static rask_status extract_instant(func_call *call, rask_error *err) {
    func_unit unit = *(const func_unit *)call->prepared;
    const data_column *in = call->args[1];
    int64_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        int64_t millis = func_stamp_millis(in, row), rest = rest_of(unit, in, row, millis);
        out[row] = stamp_field(unit, func_local_millis(call->context->zone, millis), rest);
    }
    return RASK_OK;
}

static rask_status extract_interval(func_call *call, rask_error *err) {
    func_unit unit = *(const func_unit *)call->prepared;
    const data_column *in = call->args[1];
    int64_t *out = call->result->values;
    bool is_months = in->type->kind == DATA_INTERVAL_YEAR_MONTH;
    FUNC_EACH_ROW (call, row) {
        int64_t value =
            is_months ? ((const int32_t *)in->values)[row] : ((const int64_t *)in->values)[row];
        out[row] = interval_field(unit, in->type->kind, value);
    }
    return RASK_OK;
}

/* ---- types ----------------------------------------------------------------------------------- */

static rask_status check_interval(func_unit unit, const data_type *from, rask_error *err) {
    bool is_months = from->kind == DATA_INTERVAL_YEAR_MONTH;
    bool is_finer = unit == FUNC_UNIT_MICROSECOND || unit == FUNC_UNIT_NANOSECOND;
    if (is_months ? unit <= FUNC_UNIT_MONTH && unit != FUNC_UNIT_DECADE
                  : unit >= FUNC_UNIT_DAY && unit <= FUNC_UNIT_MILLISECOND)
        return RASK_OK;
    if (is_finer && !is_months)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "unit %s can not be applied to INTERVAL SECOND(3)%s variable",
                              func_unit_name(unit), from->nullable ? "" : " NOT NULL");
    return rask_error_set(err, RASK_ERROR_VALIDATION, "Unit '%s' is not supported.",
                          func_unit_name(unit));
}

static rask_status extract_type(const func_infer_call *call, const data_type **result,
                                rask_error *err) {
    func_unit unit = func_unit_of(call, 0);
    const data_type *from = call->types[1];
    if (unit == FUNC_UNIT_NONE)
        return rask_error_set(err, RASK_ERROR_VALIDATION, "'%.*s' is not a valid time frame",
                              (int)call->literals[0]->text.length, call->literals[0]->text.bytes);
    if (from->kind == DATA_TIME && (is_date_unit(unit) || unit == FUNC_UNIT_EPOCH))
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "unit %s can not be applied to time variable", func_unit_name(unit));
    if (data_kind_is_interval(from->kind))
        RASK_TRY(check_interval(unit, from, err));
    *result = data_type_simple(DATA_BIGINT, from->nullable);
    return RASK_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define EXTRACT(signature, function, row_cost)                                                     \
    .name = "EXTRACT", .sig = signature, .kernel = function, .infer = extract_type,                \
    .prepare = func_unit_prepare_first, .category = "temporal", .cost = row_cost,                  \
    .flags = FUNC_OPERATOR, .sql = "EXTRACT(%1 FROM %2)"
#define EXTRACT_FORMS                                                                              \
    "'EXTRACT(<DATETIME_INTERVAL> FROM <DATETIME_INTERVAL>)'\n"                                    \
    "'EXTRACT(<DATETIME_INTERVAL> FROM <DATETIME>)'"
#define SHORT(word, what, sample, shown)                                                           \
    {                                                                                              \
        .name = word, .sig = "(TEMPORAL) -> BIGINT", .special = FUNC_REWRITTEN,                    \
        .category = "temporal", .doc = what, .example = word "(" sample ")", .result = shown       \
    }

static const func_row rows[] = {
    {EXTRACT("(SYMBOL, DATE) -> INFER", extract_days, 6), .api = "extract", .forms = EXTRACT_FORMS,
     .doc = "A field of a date.", .example = "EXTRACT(DOY FROM DATE '2020-02-29')", .result = "60"},
    {EXTRACT("(SYMBOL, TIME) -> INFER", extract_time, 3), .doc = "A field of a time of day.",
     .example = "EXTRACT(MINUTE FROM TIME '10:11:12')", .result = "11"},
    {EXTRACT("(SYMBOL, TIMESTAMP) -> INFER", extract_stamp, 10), .doc = "A field of a timestamp.",
     .example = "EXTRACT(YEAR FROM TIMESTAMP '2020-02-29 12:34:56')", .result = "2020"},
    {EXTRACT("(SYMBOL, TIMESTAMP_LTZ) -> INFER", extract_instant, 20),
     .doc = "A field of an instant as the session's time zone shows it."},
    {EXTRACT("(SYMBOL, INTERVAL) -> INFER", extract_interval, 3), .doc = "A field of an interval.",
     .example = "EXTRACT(HOUR FROM INTERVAL '5 10:11' DAY TO MINUTE)", .result = "10"},
    SHORT("YEAR", "The year.", "DATE '2020-02-29'", "2020"),
    SHORT("QUARTER", "The quarter of the year.", "DATE '2020-02-29'", "1"),
    SHORT("MONTH", "The month of the year.", "DATE '2020-02-29'", "2"),
    SHORT("WEEK", "The week of the year by ISO 8601.", "DATE '2020-02-29'", "9"),
    SHORT("DAYOFYEAR", "The day of the year.", "DATE '2020-02-29'", "60"),
    SHORT("DAYOFMONTH", "The day of the month.", "DATE '2020-02-29'", "29"),
    SHORT("DAYOFWEEK", "The day of the week from Sunday, 1.", "DATE '2020-02-29'", "7"),
    SHORT("HOUR", "The hour.", "TIME '10:11:12'", "10"),
    SHORT("MINUTE", "The minute.", "TIME '10:11:12'", "11"),
    SHORT("SECOND", "The second.", "TIME '10:11:12'", "12"),
};
FUNC_FAMILY(func_time_extract_family, rows);
