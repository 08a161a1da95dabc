/* Values of TIMESTAMP and TIMESTAMP_LTZ columns, whichever width they have. */
#ifndef FUNC_STAMP_H
#define FUNC_STAMP_H

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
/* Stored with fraction digits beyond the column's precision cut off. */
void func_stamp_store(data_column *column, int64_t row, __int128 nanos);

/* As Java's LocalDateTime.toString: 2020-01-01T10:11, seconds and fraction only where not zero. */
void func_stamp_write_iso(__int128 nanos, base_strbuf *out);

#endif
