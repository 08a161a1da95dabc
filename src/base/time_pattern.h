/* Dates and times by patterns: those of java.time.format.DateTimeFormatter and of
 * java.text.SimpleDateFormat, in English.
 *
 * What Java refuses is refused in Java's words; what it takes and we do not know (names of zones,
 * mostly) is refused with RASK_ERROR_UNSUPPORTED. */
#ifndef BASE_TIME_PATTERN_H
#define BASE_TIME_PATTERN_H

#include "base/buffer.h"
#include "base/timezone.h"

typedef enum base_time_dialect {
    BASE_TIME_FORMATTER, /* DateTimeFormatter.ofPattern, resolving smartly */
    BASE_TIME_SIMPLE     /* SimpleDateFormat, lenient, Julian before October 1582 */
} base_time_dialect;

typedef struct base_time_pattern base_time_pattern; /* immutable, shared by threads */

rask_status base_time_pattern_new(base_time_dialect dialect, const char *text, int64_t length,
                                  base_time_pattern **out, rask_error *err);
void base_time_pattern_free(base_time_pattern *pattern); /* NULL is fine */

/* FORMATTER prints a local time in nanoseconds, SIMPLE an instant as the zone shows it. */
rask_status base_time_pattern_format(const base_time_pattern *pattern, __int128 nanos,
                                     const base_zone *zone, base_strbuf *out, rask_error *err);

/* FORMATTER reads the whole text; what is not said is 1970-01-01 00:00.  `*nanos` is local. */
rask_status base_time_pattern_parse_local(const base_time_pattern *pattern, const char *text,
                                          int64_t size, bool *matched, __int128 *nanos,
                                          rask_error *err);
/* SIMPLE reads as much of the text as it needs.  Years of two digits lie within a century that
 * starts in `century_start`. */
rask_status base_time_pattern_parse_instant(const base_time_pattern *pattern, const char *text,
                                            int64_t size, const base_zone *zone,
                                            int32_t century_start, bool *matched, int64_t *millis,
                                            rask_error *err);

/* java.sql.Timestamp.valueOf or, without a blank, java.sql.Date.valueOf: local nanoseconds. */
bool base_time_parse_jdbc(const char *text, int64_t size, __int128 *nanos);

#endif
