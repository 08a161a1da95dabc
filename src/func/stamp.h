/* Values of TIMESTAMP and TIMESTAMP_LTZ columns, whichever width they have. */
#ifndef FUNC_STAMP_H
#define FUNC_STAMP_H

#include "base/time.h"
#include "base/timezone.h"
#include "data/column.h"

enum {
    FUNC_NANOS_PER_MICRO = 1000,
    FUNC_NANOS_PER_MILLI = 1000000,
    FUNC_MILLIS_PER_DAY = 86400000
};
#define FUNC_NANOS_PER_DAY ((__int128)FUNC_MILLIS_PER_DAY * FUNC_NANOS_PER_MILLI)

static inline __int128 func_floor_div(__int128 a, __int128 b) {
    return a / b - (a % b < 0);
}

/* Nanoseconds since 1970: of the local clock for TIMESTAMP, of the instant for TIMESTAMP_LTZ. */
static inline __int128 func_stamp_nanos(const data_column *column, int64_t at) {
    return column->physical == DATA_PHYSICAL_I128
               ? ((const __int128 *)column->values)[at]
               : (__int128)((const int64_t *)column->values)[at] * FUNC_NANOS_PER_MICRO;
}
/* The same in milliseconds, which most of Flink's functions look at. */
static inline int64_t func_stamp_millis(const data_column *column, int64_t at) {
    return column->physical == DATA_PHYSICAL_I128
               ? (int64_t)func_floor_div(((const __int128 *)column->values)[at],
                                         FUNC_NANOS_PER_MILLI)
               : base_floor_div(((const int64_t *)column->values)[at], 1000);
}
/* An instant in milliseconds as the clocks of a zone show it; NULL = UTC. */
static inline int64_t func_local_millis(const base_zone *zone, int64_t millis) {
    if (zone == NULL)
        return millis;
    return millis + base_zone_offset(zone, base_floor_div(millis, 1000)) * (int64_t)1000;
}
/* Stored with fraction digits beyond the column's precision cut off. */
void func_stamp_store(data_column *column, int64_t row, __int128 nanos);

/* As Java's LocalDateTime.toString: 2020-01-01T10:11, seconds and fraction only where not zero. */
void func_stamp_write_iso(__int128 nanos, base_strbuf *out);

#endif
