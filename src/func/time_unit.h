/* Units of time that functions are told by a word, and what calendars do with them. */
#ifndef FUNC_TIME_UNIT_H
#define FUNC_TIME_UNIT_H

#include "func/func.h"

typedef enum func_unit {
    FUNC_UNIT_MILLENNIUM,
    FUNC_UNIT_CENTURY,
    FUNC_UNIT_DECADE,
    FUNC_UNIT_YEAR,
    FUNC_UNIT_QUARTER,
    FUNC_UNIT_MONTH,
    FUNC_UNIT_WEEK,
    FUNC_UNIT_DAY,
    FUNC_UNIT_HOUR,
    FUNC_UNIT_MINUTE,
    FUNC_UNIT_SECOND,
    FUNC_UNIT_MILLISECOND,
    FUNC_UNIT_MICROSECOND,
    FUNC_UNIT_NANOSECOND,
    FUNC_UNIT_EPOCH,
    FUNC_UNIT_DOW,
    FUNC_UNIT_ISODOW,
    FUNC_UNIT_DOY,
    FUNC_UNIT_ISOYEAR,
    FUNC_UNIT_NONE
} func_unit;

/* The unit of a word in any case; FUNC_UNIT_NONE where it is none. */
func_unit func_unit_find(const char *word, int64_t length);
/* The unit of argument `arg`, a word. */
func_unit func_unit_of(const func_infer_call *call, int32_t arg);
const char *func_unit_name(func_unit unit);
/* Milliseconds of WEEK .. MILLISECOND; 0 for others. */
int64_t func_unit_millis(func_unit unit);
/* Months of MILLENNIUM .. MONTH; 0 for others. */
int32_t func_unit_months(func_unit unit);
/* For func_row.prepare: the unit of argument 0 or 1. */
rask_status func_unit_prepare_first(base_arena *arena, const func_infer_call *call,
                                    const void **prepared, rask_error *err);
rask_status func_unit_prepare_second(base_arena *arena, const func_infer_call *call,
                                     const void **prepared, rask_error *err);

/* The date `months` later; a day beyond the end of that month is its last one. */
int32_t func_add_months(int32_t days, int64_t months);
/* Whole months from b to a. */
int32_t func_months_between(int32_t days_a, int32_t days_b);
/* The same of times in milliseconds. */
int32_t func_months_between_millis(int64_t a, int64_t b);

#endif
