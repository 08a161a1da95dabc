/* Dates and times plus and minus intervals, and intervals among themselves.
 *
 * Flink keeps the kind and the precision of what an interval is added to, and cuts: a DATE moves by
 * whole days, a TIME goes round the clock and ignores months. */
#include "func/kernel.h"
#include "func/kernel_arithmetic.h"
#include "func/stamp.h"
#include "func/table.h"
#include "func/time_unit.h"

/* ---- operands -------------------------------------------------------------------------------- */

typedef struct shift {
    const data_column *from;
    const int64_t *millis; /* the interval: one of both */
    const int32_t *months;
    int32_t sign;
} shift;

static shift shift_of(const func_call *call) {
    int32_t interval = data_kind_is_interval(call->args[0]->type->kind) ? 0 : 1;
    return (shift){.from = call->args[1 - interval],
                   .millis = call->args[interval]->values,
                   .months = call->args[interval]->values,
                   .sign = call->row->name[0] == '-' ? -1 : 1};
}

static int64_t signed_millis(const shift *s, int64_t row) {
    return s->sign < 0 ? (int64_t)(0 - (uint64_t)s->millis[row]) : s->millis[row];
}

static int64_t signed_months(const shift *s, int64_t row) {
    return s->sign * (int64_t)s->months[row];
}

/* Beyond all dates it wraps around, as in Flink. */
static int32_t plus_days(int32_t days, int64_t millis) {
    return (int32_t)((uint32_t)days + (uint32_t)(millis / FUNC_MILLIS_PER_DAY));
}

/* ---- kernels --------------------------------------------------------------------------------- */

static rask_status date_days(func_call *call, rask_error *err) {
    shift s = shift_of(call);
    const int32_t *from = s.from->values;
    int32_t *out = call->result->values;
    FUNC_ROWS_CHEAP(call, row, out[row] = plus_days(from[row], signed_millis(&s, row)));
    return RASK_OK;
}

static rask_status date_months(func_call *call, rask_error *err) {
    shift s = shift_of(call);
    const int32_t *from = s.from->values;
    int32_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row)
    out[row] = func_add_months(from[row], signed_months(&s, row));
    return RASK_OK;
}

static rask_status time_days(func_call *call, rask_error *err) {
    shift s = shift_of(call);
    const int32_t *from = s.from->values;
    int32_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        int32_t millis = (int32_t)(signed_millis(&s, row) % FUNC_MILLIS_PER_DAY);
        out[row] = (int32_t)base_floor_mod((int64_t)from[row] + millis, FUNC_MILLIS_PER_DAY);
    }
    return RASK_OK;
}

static rask_status time_months(func_call *call, rask_error *err) {
    const int32_t *from = shift_of(call).from->values;
    int32_t *out = call->result->values;
    FUNC_ROWS_CHEAP(call, row, out[row] = from[row]);
    return RASK_OK;
}

/* Microseconds, of which the interval moves no digit that the type does not show. */
static void stamp_days_micros(func_call *call, const shift *s) {
    const int64_t *from = s->from->values;
    int64_t *out = call->result->values;
    const uint64_t unit = FUNC_NANOS_PER_MILLI / FUNC_NANOS_PER_MICRO;
    FUNC_ROWS_CHEAP(call, row,
                    out[row] =
                        (int64_t)((uint64_t)from[row] + (uint64_t)signed_millis(s, row) * unit));
}

static rask_status stamp_days(func_call *call, rask_error *err) {
    shift s = shift_of(call);
    if (s.from->physical == DATA_PHYSICAL_I64 && call->result->physical == DATA_PHYSICAL_I64 &&
        call->result->type->precision >= 3) {
        stamp_days_micros(call, &s);
        return RASK_OK;
    }
    FUNC_EACH_LIVE_ROW(call, row) {
        __int128 nanos = (__int128)signed_millis(&s, row) * FUNC_NANOS_PER_MILLI;
        func_stamp_store(call->result, row, func_stamp_nanos(s.from, row) + nanos);
    }
    return RASK_OK;
}

/* Instants too: their date is that of UTC. */
static rask_status stamp_months(func_call *call, rask_error *err) {
    shift s = shift_of(call);
    FUNC_EACH_LIVE_ROW(call, row) {
        __int128 nanos = func_stamp_nanos(s.from, row);
        __int128 days = func_floor_div(nanos, FUNC_NANOS_PER_DAY);
        __int128 moved = func_add_months((int32_t)days, signed_months(&s, row));
        func_stamp_store(call->result, row, nanos + (moved - days) * FUNC_NANOS_PER_DAY);
    }
    return RASK_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define PLUS(signature, function, words)                                                           \
    .name = "+", .sig = signature, .sql = "%1 + %2", .category = "temporal", .cost = 2,            \
    .flags = FUNC_OPERATOR, .kernel = function, .doc = words
#define MINUS(signature, function, words)                                                          \
    .name = "-", .sig = signature, .sql = "%1 - %2", .category = "temporal", .cost = 2,            \
    .flags = FUNC_OPERATOR, .kernel = function, .doc = words
#define TIMES(signature, words)                                                                    \
    .name = "*", .sig = signature, .sql = "%1 * %2", .category = "temporal",                       \
    .flags = FUNC_OPERATOR, .kernel = func_kernel_times, .doc = words
#define NEGATE(signature, words)                                                                   \
    .name = "-", .sig = signature, .sql = "-%1", .category = "temporal", .flags = FUNC_OPERATOR,   \
    .kernel = func_kernel_negate, .doc = words

static const func_row rows[] = {
    {PLUS("(DATE, INTERVAL_DAY) -> ARG0", date_days, "A date so many whole days later."),
     .example = "DATE '2020-01-31' + INTERVAL '25' HOUR", .result = "2020-02-01"},
    {PLUS("(DATE, INTERVAL_MONTH) -> ARG0", date_months,
          "A date so many months later, or the last day of that month."),
     .example = "DATE '2020-01-31' + INTERVAL '1' MONTH", .result = "2020-02-29"},
    {PLUS("(TIME, INTERVAL_DAY) -> ARG0", time_days, "A time of day later, around the clock."),
     .example = "TIME '23:30:00' + INTERVAL '1' HOUR", .result = "00:30:00"},
    {PLUS("(TIME, INTERVAL_MONTH) -> ARG0", time_months, "The same time of day.")},
    {PLUS("(STAMP, INTERVAL_DAY) -> ARG0", stamp_days, "A timestamp later."),
     .example = "TIMESTAMP '2020-01-31 10:00:00' + INTERVAL '1' DAY",
     .result = "2020-02-01 10:00:00"},
    {PLUS("(STAMP, INTERVAL_MONTH) -> ARG0", stamp_months,
          "A timestamp so many months later, or on the last day of that month."),
     .example = "TIMESTAMP '2020-01-31 10:00:00' + INTERVAL '1' MONTH",
     .result = "2020-02-29 10:00:00"},

    {PLUS("(INTERVAL_DAY, DATE) -> ARG1", date_days, "A date so many whole days later.")},
    {PLUS("(INTERVAL_MONTH, DATE) -> ARG1", date_months, "A date so many months later.")},
    {PLUS("(INTERVAL_DAY, TIME) -> ARG1", time_days, "A time of day later, around the clock.")},
    {PLUS("(INTERVAL_MONTH, TIME) -> ARG1", time_months, "The same time of day.")},
    {PLUS("(INTERVAL_DAY, STAMP) -> ARG1", stamp_days, "A timestamp later.")},
    {PLUS("(INTERVAL_MONTH, STAMP) -> ARG1", stamp_months, "A timestamp so many months later.")},

    {MINUS("(DATE, INTERVAL_DAY) -> ARG0", date_days, "A date so many whole days earlier."),
     .example = "DATE '2020-03-01' - INTERVAL '1' DAY", .result = "2020-02-29"},
    {MINUS("(DATE, INTERVAL_MONTH) -> ARG0", date_months, "A date so many months earlier."),
     .example = "DATE '2020-03-31' - INTERVAL '1' MONTH", .result = "2020-02-29"},
    {MINUS("(TIME, INTERVAL_DAY) -> ARG0", time_days, "A time of day earlier, around the clock."),
     .example = "TIME '10:00:00' - INTERVAL '11' HOUR", .result = "23:00:00"},
    {MINUS("(TIME, INTERVAL_MONTH) -> ARG0", time_months, "The same time of day.")},
    {MINUS("(STAMP, INTERVAL_DAY) -> ARG0", stamp_days, "A timestamp earlier."),
     .example = "TIMESTAMP '2020-01-31 10:00:00' - INTERVAL '1' SECOND",
     .result = "2020-01-31 09:59:59"},
    {MINUS("(STAMP, INTERVAL_MONTH) -> ARG0", stamp_months, "A timestamp so many months earlier.")},

    {PLUS("(INTERVAL_DAY, INTERVAL_DAY) -> ARG0", func_kernel_plus, "Both intervals together."),
     .example = "INTERVAL '1' DAY + INTERVAL '1' HOUR", .result = "+1 01:00:00.000"},
    {PLUS("(INTERVAL_MONTH, INTERVAL_MONTH) -> ARG0", func_kernel_plus, "Both intervals together."),
     .example = "INTERVAL '1' YEAR + INTERVAL '1' MONTH", .result = "+1-01"},
    {MINUS("(INTERVAL_DAY, INTERVAL_DAY) -> ARG0", func_kernel_minus, "How much longer it is."),
     .example = "INTERVAL '1' DAY - INTERVAL '25' HOUR", .result = "-0 01:00:00.000"},
    {MINUS("(INTERVAL_MONTH, INTERVAL_MONTH) -> ARG0", func_kernel_minus, "How much longer it is."),
     .example = "INTERVAL '1' MONTH - INTERVAL '1' YEAR", .result = "-0-11"},
    {TIMES("(INTERVAL_DAY, BIGINT) -> ARG0", "An interval so many times."),
     .example = "INTERVAL '1' DAY * 2", .result = "+2 00:00:00.000"},
    {TIMES("(INTERVAL_MONTH, INT) -> ARG0", "An interval so many times."),
     .example = "INTERVAL '1' MONTH * 14", .result = "+1-02"},
    {TIMES("(BIGINT, INTERVAL_DAY) -> ARG1", "An interval so many times.")},
    {TIMES("(INT, INTERVAL_MONTH) -> ARG1", "An interval so many times.")},
    {NEGATE("(INTERVAL) -> ARG0", "The opposite interval."), .example = "-INTERVAL '1' DAY",
     .result = "-1 00:00:00.000"},
    {.name = "+",
     .sig = "(INTERVAL) -> ARG0",
     .sql = "+%1",
     .category = "temporal",
     .flags = FUNC_OPERATOR,
     .special = FUNC_REWRITTEN,
     .doc = "The interval itself.",
     .example = "+INTERVAL '1' DAY",
     .result = "+1 00:00:00.000"},
    {.name = "TIMESTAMPADD",
     .sig = "(SYMBOL, INTEGER, TEMPORAL) -> ARG2",
     .special = FUNC_REWRITTEN,
     .category = "temporal",
     .forms = "'TIMESTAMPADD(<ANY>, <INTEGER>, <DATETIME>)'",
     .doc = "So many units later; hours and less after a DATE give a TIMESTAMP(6).",
     .example = "TIMESTAMPADD(HOUR, 1, DATE '2020-01-31')",
     .result = "2020-01-31 01:00:00.000000"},
};
FUNC_FAMILY(func_time_add_family, rows);
