/* The clock: CURRENT_DATE, CURRENT_TIMESTAMP, NOW(), ...
 *
 * A batch query sees one instant, that of its start; a streaming query, and the functions that say
 * so, look at the clock for each batch of rows.  TIME and what has no zone is as the session's zone
 * shows it. */
#include "func/kernel.h"
#include "func/stamp.h"
#include "func/table.h"

static int64_t clock_us(const func_call *call) {
    const base_clock *clock = call->context->world->clock;
    return clock->now_us(clock->self);
}

static int64_t query_us(const func_call *call) {
    return call->context->streaming ? clock_us(call) : call->context->query_start_us;
}

/* Milliseconds, the finest any of them shows. */
static int64_t local_millis(const func_call *call, int64_t now_us) {
    return func_local_millis(call->context->zone, base_floor_div(now_us, 1000));
}

static void fill_stamp(func_call *call, int64_t millis) {
    FUNC_EACH_ROW (call, row)
        func_stamp_store(call->result, row, (__int128)millis * FUNC_NANOS_PER_MILLI);
}

static void fill_i32(func_call *call, int64_t value) {
    int32_t *out = call->result->values;
    FUNC_EACH_ROW (call, row)
        out[row] = (int32_t)value;
}

static rask_status current_date(func_call *call, rask_error *err) {
    fill_i32(call, base_floor_div(local_millis(call, query_us(call)), FUNC_MILLIS_PER_DAY));
    return RASK_OK;
}

static rask_status current_time(func_call *call, rask_error *err) {
    int64_t millis = base_floor_mod(local_millis(call, query_us(call)), FUNC_MILLIS_PER_DAY);
    fill_i32(call, millis / 1000 * 1000);
    return RASK_OK;
}

static rask_status current_timestamp(func_call *call, rask_error *err) {
    fill_stamp(call, base_floor_div(query_us(call), 1000));
    return RASK_OK;
}

static rask_status local_timestamp(func_call *call, rask_error *err) {
    fill_stamp(call, local_millis(call, query_us(call)));
    return RASK_OK;
}

static rask_status row_timestamp(func_call *call, rask_error *err) {
    fill_stamp(call, base_floor_div(clock_us(call), 1000));
    return RASK_OK;
}

static rask_status unix_timestamp(func_call *call, rask_error *err) {
    int64_t *out = call->result->values, now = base_floor_div(clock_us(call), 1000000);
    FUNC_EACH_ROW (call, row)
        out[row] = now;
    return RASK_OK;
}

#define NOW(text, type, function, words)                                                           \
    .name = text, .sig = "() -> " type " NOT NULL", .kernel = function, .flags = FUNC_DYNAMIC,     \
    .category = "temporal", .doc = words

static const func_row rows[] = {
    {NOW("CURRENT_DATE", "DATE", current_date, "Today, in the session's time zone."),
     .api = "current_date", .sql = "CURRENT_DATE"},
    {NOW("CURRENT_TIME", "TIME(0)", current_time, "The time of day in the session's time zone."),
     .api = "current_time", .sql = "CURRENT_TIME"},
    {NOW("LOCALTIME", "TIME(0)", current_time, "The time of day in the session's time zone."),
     .api = "local_time", .sql = "LOCALTIME"},
    {NOW("CURRENT_TIMESTAMP", "TIMESTAMP_LTZ(3)", current_timestamp, "The present instant."),
     .api = "current_timestamp", .sql = "CURRENT_TIMESTAMP"},
    {NOW("NOW", "TIMESTAMP_LTZ(3)", current_timestamp, "The present instant.")},
    {NOW("LOCALTIMESTAMP", "TIMESTAMP(3)", local_timestamp,
         "The present time in the session's time zone."),
     .api = "local_timestamp", .sql = "LOCALTIMESTAMP"},
    {NOW("CURRENT_ROW_TIMESTAMP", "TIMESTAMP_LTZ(3)", row_timestamp,
         "The instant at which a batch of rows is computed, in batch queries too.")},
    {NOW("PROCTIME", "TIMESTAMP_LTZ(3)", row_timestamp,
         "The instant at which a batch of rows is computed.")},
    {NOW("UNIX_TIMESTAMP", "BIGINT", unix_timestamp, "Seconds since 1970."),
     .forms = "'UNIX_TIMESTAMP()'\n'UNIX_TIMESTAMP(<CHARACTER>)'\n"
              "'UNIX_TIMESTAMP(<CHARACTER>, <CHARACTER>)'",
     .api = "unix_timestamp"},
};
FUNC_FAMILY(func_time_now_family, rows);
