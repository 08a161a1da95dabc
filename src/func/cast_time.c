/* Casts among DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ.
 *
 * Everything passes through nanoseconds since 1970-01-01 of a local clock; the session zone lies
 * between that and an instant.  Fraction digits beyond the target's precision are cut off.
 *
 * Flink cuts a time before 1970 towards zero where it counts in milliseconds, and so do we:
 *   - to three fraction digits or fewer: 1969-12-31 23:59:59.9 AS TIMESTAMP(0) is 1970-01-01
 * 00:00:00; more digits are cut within the millisecond, downwards;
 *   - the day and the time of day of a TIMESTAMP (of a TIMESTAMP_LTZ it takes them downwards):
 *     1969-12-31 10:00:00 AS DATE is 1970-01-01, and its TIME, 14 hours before midnight, 10:00:00.
 */
#include "base/time.h"
#include "func/cast.h"
#include "func/stamp.h"

static __int128 load(const data_column *column, int64_t at, const base_zone *zone) {
    switch (column->type->kind) {
    case DATA_DATE:
        return ((const int32_t *)column->values)[at] * FUNC_NANOS_PER_DAY;
    case DATA_TIME:
        return (__int128)((const int32_t *)column->values)[at] * FUNC_NANOS_PER_MILLI;
    default:
        break;
    }
    __int128 nanos = func_stamp_nanos(column, at);
    return column->type->kind == DATA_TIMESTAMP_LTZ ? base_zone_local_nanos(zone, nanos) : nanos;
}

int32_t func_cast_cut_time(int32_t millis_of_day, int32_t precision) {
    static const int32_t units[] = {1000, 100, 10};
    return precision > 2 ? millis_of_day : millis_of_day / units[precision] * units[precision];
}

/* Milliseconds of the day.  Where the day was cut towards zero they are negative at first. */
static int32_t time_of_day(__int128 nanos, __int128 day, int32_t precision) {
    __int128 millis = func_floor_div(nanos, FUNC_NANOS_PER_MILLI) - day * FUNC_MILLIS_PER_DAY;
    int32_t cut = func_cast_cut_time((int32_t)millis, precision);
    return cut < 0 ? cut + FUNC_MILLIS_PER_DAY : cut;
}

static __int128 cut_stamp(__int128 nanos, int32_t precision) {
    static const int32_t units[] = {1000, 100, 10, 1}; /* milliseconds */
    if (precision > 3)
        return nanos;
    __int128 millis = func_floor_div(nanos, FUNC_NANOS_PER_MILLI);
    return millis / units[precision] * units[precision] * FUNC_NANOS_PER_MILLI;
}

static void store(data_column *column, int32_t row, __int128 nanos, data_kind from,
                  const base_zone *zone) {
    __int128 day = func_floor_div(nanos, FUNC_NANOS_PER_DAY);
    if (from == DATA_TIMESTAMP)
        day = func_floor_div(nanos, FUNC_NANOS_PER_MILLI) / FUNC_MILLIS_PER_DAY;
    switch (column->type->kind) {
    case DATA_DATE:
        ((int32_t *)column->values)[row] = (int32_t)day;
        break;
    case DATA_TIME:
        ((int32_t *)column->values)[row] = time_of_day(nanos, day, column->type->precision);
        break;
    case DATA_TIMESTAMP_LTZ:
        nanos = cut_stamp(base_zone_instant_nanos(zone, nanos), column->type->precision);
        func_stamp_store(column, row, nanos);
        break;
    default:
        func_stamp_store(column, row, cut_stamp(nanos, column->type->precision));
    }
}

rask_status func_cast_time(func_call *call, rask_error *err) {
    const data_column *in = call->args[0];
    const base_zone *zone = call->context->zone;
    FUNC_EACH_LIVE_ROW(call, row)
    store(call->result, row, load(in, func_at(in, row), zone), in->type->kind, zone);
    return RASK_OK;
}
