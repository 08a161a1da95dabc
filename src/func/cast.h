/* Casts: what the cast_*.c files share.
 *
 * A cast is a row like any other: one kernel for a group of type pairs, found by func_cast_find.
 * CAST and TRY_CAST are two rows with the same kernel; where a value cannot be converted the kernel
 * calls func_cast_failed, which ends the job or leaves NULL.  A DECIMAL that does not fit is NULL
 * in both, as in Flink. */
#ifndef FUNC_CAST_H
#define FUNC_CAST_H

#include "func/kernel.h"

/* TRY_CAST: makes the row NULL and returns RASK_OK.  CAST: notes the row and fails with the text.
 */
rask_status func_cast_failed(func_call *call, int32_t row, rask_error *err, const char *format, ...)
    RASK_PRINTF(4, 5);
bool func_cast_is_try(const func_call *call);

#define FUNC_KIND(kind) (1u << (kind))
#define FUNC_INTEGERS                                                                              \
    (FUNC_KIND(DATA_TINYINT) | FUNC_KIND(DATA_SMALLINT) | FUNC_KIND(DATA_INT) |                    \
     FUNC_KIND(DATA_BIGINT))
#define FUNC_APPROXIMATES (FUNC_KIND(DATA_FLOAT) | FUNC_KIND(DATA_DOUBLE))
#define FUNC_STRINGS (FUNC_KIND(DATA_CHAR) | FUNC_KIND(DATA_VARCHAR))
#define FUNC_BYTES (FUNC_KIND(DATA_BINARY) | FUNC_KIND(DATA_VARBINARY))
#define FUNC_STAMPS (FUNC_KIND(DATA_TIMESTAMP) | FUNC_KIND(DATA_TIMESTAMP_LTZ))
#define FUNC_INTERVALS (FUNC_KIND(DATA_INTERVAL_YEAR_MONTH) | FUNC_KIND(DATA_INTERVAL_DAY_TIME))
#define FUNC_NESTED                                                                                \
    (FUNC_KIND(DATA_ARRAY) | FUNC_KIND(DATA_MULTISET) | FUNC_KIND(DATA_MAP) | FUNC_KIND(DATA_ROW))

/* Same physical values: copied, heaps shared. */
rask_status func_cast_copy(func_call *call, rask_error *err);
/* cast_number.c */
rask_status func_cast_number(func_call *call, rask_error *err);
rask_status func_cast_to_decimal(func_call *call, rask_error *err);
rask_status func_cast_from_decimal(func_call *call, rask_error *err);
rask_status func_cast_to_interval(func_call *call, rask_error *err);
/* cast_print.c: anything to CHAR, VARCHAR */
rask_status func_cast_print(func_call *call, rask_error *err);
rask_status func_cast_resize_text(func_call *call, rask_error *err);
rask_status func_cast_resize_bytes(func_call *call, rask_error *err);
/* cast_parse.c: CHAR, VARCHAR to anything */
rask_status func_cast_parse(func_call *call, rask_error *err);
/* cast_time.c */
rask_status func_cast_time(func_call *call, rask_error *err);
/* Cuts a TIME to a precision. */
int32_t func_cast_cut_time(int32_t millis_of_day, int32_t precision);
/* cast_nested.c */
rask_status func_cast_nested(func_call *call, rask_error *err);

#endif
