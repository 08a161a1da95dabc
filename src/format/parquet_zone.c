/* Wall clock times of the machine's zone; see parquet_value.h. */
#include <time.h>

#include "format/parquet_value.h"

#define DAY_S 86400LL
#define SECOND_US 1000000LL

/* Seconds that the zone is ahead of UTC at an instant.  Values of a file are close to each other,
 * so the answer for a whole day is remembered where the clocks do not change on it. */
static int64_t offset_at(int64_t instant_s) {
    static _Thread_local int64_t known_day = INT64_MIN, known_offset;
    int64_t day = instant_s / DAY_S - (instant_s % DAY_S < 0);
    if (day == known_day)
        return known_offset;
    time_t times[] = {(time_t)(day * DAY_S), (time_t)(day * DAY_S + DAY_S), (time_t)instant_s};
    int64_t offsets[3] = {0};
    struct tm parts;
    for (int i = 0; i < 3; i++)
        if (localtime_r(&times[i], &parts) != NULL)
            offsets[i] = parts.tm_gmtoff;
    if (offsets[0] == offsets[1] && offsets[0] == offsets[2]) {
        known_day = day;
        known_offset = offsets[2];
    }
    return offsets[2];
}

bool parquet_zone_is_utc(void) {
    /* Zones differ from UTC now, or did so in a winter, a summer or long ago. */
    static const int64_t instants[] = {-3155760000LL, 0, 15768000, 1577836800, 1593561600};
    tzset();
    for (size_t i = 0; i < sizeof instants / sizeof instants[0]; i++) {
        time_t instant = (time_t)instants[i];
        struct tm parts;
        if (localtime_r(&instant, &parts) == NULL || parts.tm_gmtoff != 0)
            return false;
    }
    return true;
}

static int64_t floor_seconds(int64_t us) {
    return us / SECOND_US - (us % SECOND_US < 0);
}

int64_t parquet_zone_to_wall(int64_t instant_us) {
    return instant_us + offset_at(floor_seconds(instant_us)) * SECOND_US;
}

int64_t parquet_zone_to_instant(int64_t wall_us) {
    int64_t wall = floor_seconds(wall_us);
    int64_t before = offset_at(wall - DAY_S), after = offset_at(wall + DAY_S);
    int64_t standard = before < after ? before : after, summer = before < after ? after : before;
    bool is_summer = offset_at(wall - standard) != standard && offset_at(wall - summer) == summer;
    return wall_us - (is_summer ? summer : standard) * SECOND_US;
}
