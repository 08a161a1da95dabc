/* Time zones by Java's rules, from the system's tzdata.
 *
 * A zone is named (America/New_York) or a fixed offset (UTC, GMT+08:00, +05:30).  Zones are read
 * once and live as long as the process; equal names give the same pointer.  Thread-safe.
 *
 * A local time in a gap (spring) is moved on by the gap's length; one that occurs twice (autumn)
 * takes the offset before the change, as java.time does, or the one after it, as java.util does. */
#ifndef BASE_TIMEZONE_H
#define BASE_TIMEZONE_H

#include "base/error.h"

typedef struct base_zone base_zone;

const base_zone *base_zone_utc(void);
/* What java.time.ZoneId.of takes.  Fails with RASK_ERROR_VALIDATION and Java's words. */
rask_status base_zone_find(const char *id, int64_t length, const base_zone **out, rask_error *err);
/* What java.util.TimeZone.getTimeZone takes; UTC for anything else. */
const base_zone *base_zone_find_legacy(const char *id, int64_t length);
/* The value of table.local-time-zone, where both must agree; NULL or "default" is the system's. */
rask_status base_zone_find_session(const char *id, const base_zone **out, rask_error *err);

const char *base_zone_id(const base_zone *zone);
/* Seconds east of Greenwich at an instant (seconds since 1970). */
int32_t base_zone_offset(const base_zone *zone, int64_t instant_s);
/* "EDT"; false where the zone has no such name. */
bool base_zone_abbreviation(const base_zone *zone, int64_t instant_s, const char **out);

typedef enum base_zone_overlap { BASE_ZONE_BEFORE, BASE_ZONE_AFTER } base_zone_overlap;
/* The instant of a local time, both in seconds. */
int64_t base_zone_instant(const base_zone *zone, int64_t local_s, base_zone_overlap overlap);
/* The same in nanoseconds; NULL = UTC. */
__int128 base_zone_local_nanos(const base_zone *zone, __int128 instant_ns);
__int128 base_zone_instant_nanos(const base_zone *zone, __int128 local_ns);

/* Reads a TZif file (RFC 8536) as zone `id`; for tests.  The caller frees with base_zone_free. */
rask_status base_zone_parse(const char *id, const void *bytes, int64_t size, base_zone **out,
                            rask_error *err);
void base_zone_free(base_zone *zone);

#endif
