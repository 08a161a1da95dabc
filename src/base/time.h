/* Proleptic Gregorian calendar arithmetic and the text forms of dates and times as Flink reads and
 * prints them.  Days are days since 1970-01-01, instants nanoseconds, floored before 1970. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base/error.h"

enum { BASE_TIME_TEXT_MAX = 48 };

static inline int64_t base_floor_div(int64_t a, int64_t b) {
    int64_t quotient = a / b;
    return quotient - (a % b != 0 && (a < 0) != (b < 0));
}
static inline int64_t base_floor_mod(int64_t a, int64_t b) {
    int64_t rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
int32_t base_days_from_civil(int32_t year, int32_t month, int32_t day);
void base_civil_from_days(int32_t days, int32_t *year, int32_t *month, int32_t *day);
bool base_civil_is_valid(int32_t year, int32_t month, int32_t day);

/* The parsers read the whole text as Flink's CAST from a string does and return false where that
 * fails (time.c tells its oddities).  Timestamps are nanoseconds since 1970. */
bool base_date_parse(const char *text, int64_t length, int32_t *days);
bool base_time_parse(const char *text, int64_t length, int32_t *millis_of_day);
/* 'yyyy-M-d[ H:m:s[.fffffffff]]' */
bool base_timestamp_parse(const char *text, int64_t length, __int128 *nanos);
/* 'yyyy-MM-ddTHH:mm[:ss[.fffffffff]]', strictly: the ISO-8601 of the formats. */
bool base_timestamp_parse_iso(const char *text, int64_t length, __int128 *nanos);

/* Writers of at most BASE_TIME_TEXT_MAX bytes, without NUL; they return the length. */
int32_t base_date_format(int32_t days, char *out);
/* With precision > 0 at least one fraction digit, at most `precision`, no zeros at the end after
 * the first: 10:11:12.0, 10:11:12.34. */
int32_t base_time_format(int32_t millis_of_day, int32_t precision, char *out);
/* Always `precision` fraction digits. */
int32_t base_timestamp_format(__int128 nanos, int32_t precision, char *out);
/* '+1 02:03:04.500' and '+2-03'. */
int32_t base_interval_day_format(int64_t millis, char *out);
int32_t base_interval_month_format(int32_t months, char *out);

#endif
