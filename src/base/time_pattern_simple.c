/* Reading by patterns of SimpleDateFormat; see time_pattern.h.
 *
 * Lenient: blanks before a field are passed over, numbers may be too large, what follows is not
 * looked at.  Dates before 15 October 1582 are Julian. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/time.h"
#include "base/time_pattern_private.h"

enum { VALUE_MAX = 100000000, DAY_S = 86400 };

typedef struct reader {
    const char *at, *end;
    int32_t century_start;
    int64_t year, month, day, day_of_year, hour, minute, second, millis;
    int32_t weekday; /* Sunday = 1; 0 = not said */
    int32_t era, half_day;
    int64_t half_hour;
    bool has_year, has_day, has_day_of_year, has_half_hour, has_offset;
    int64_t offset_s;
    rask_status status;
    rask_error *err;
} reader;

static bool take(reader *r, const char *word) {
    int64_t length = (int64_t)strlen(word);
    if (r->end - r->at < length || strncasecmp(r->at, word, (size_t)length) != 0)
        return false;
    r->at += length;
    return true;
}

/* DecimalFormat's: a sign and digits.  `width` 0 = as many as there are. */
static bool read_number(reader *r, int32_t width, int64_t *out) {
    const char *end = r->end, *at = r->at;
    if (width > 0 && end - at < width)
        return false;
    if (width > 0)
        end = at + width;
    bool negative = at < end && *at == '-';
    at += negative;
    const char *first = at;
    int64_t value = 0;
    for (; at < end && isdigit((unsigned char)*at); at++)
        if (value <= VALUE_MAX)
            value = value * 10 + (*at - '0');
    if (at == first || value > VALUE_MAX)
        return false;
    *out = negative ? -value : value;
    r->at = at;
    return true;
}

/* The longest name that stands here, whole or its first three letters. */
static int32_t read_name(reader *r, const char *const *names, int32_t count) {
    for (int32_t pass = 0; pass < 2; pass++)
        for (int32_t i = 0; i < count; i++) {
            char word[4] = {names[i][0], names[i][1], names[i][2], '\0'};
            if (take(r, pass == 0 ? names[i] : word))
                return i;
        }
    return -1;
}

static bool read_year(reader *r, const pattern_item *item, int32_t width) {
    const char *start = r->at;
    if (!read_number(r, width, &r->year))
        return false;
    bool two_digits = r->at - start == 2 && isdigit((unsigned char)start[0]);
    if (item->count <= 2 && two_digits) {
        int64_t century = r->century_start / 100 * 100;
        r->year += century + (r->year < r->century_start % 100 ? 100 : 0);
    }
    r->has_year = true;
    return true;
}

static bool read_month(reader *r, const pattern_item *item, int32_t width) {
    if (item->count <= 2)
        return read_number(r, width, &r->month);
    int32_t at = read_name(r, pattern_months, 12);
    r->month = at + 1;
    return at >= 0;
}

/* [+-]hh, [+-]hhmm or [+-]hh:mm, by the letters' count for X */
static bool read_offset(reader *r, const pattern_item *item) {
    int64_t sign = *r->at == '-' ? -1 : 1, hour = 0, minute = 0;
    bool is_iso = item->letter == 'X', colon = is_iso && item->count == 3;
    bool has_minutes = !is_iso || item->count > 1;
    r->at++;
    if (r->end - r->at < 2 || !isdigit((unsigned char)*r->at) || !read_number(r, 2, &hour))
        return false;
    if (has_minutes && colon && !take(r, ":"))
        return false;
    if (has_minutes && !colon && !is_iso)
        take(r, ":");
    if (has_minutes &&
        (r->at == r->end || !isdigit((unsigned char)*r->at) || !read_number(r, 2, &minute)))
        return false;
    r->has_offset = true;
    r->offset_s = sign * (hour * 3600 + minute * 60);
    return hour <= 23 && minute <= 59;
}

/* Z and X read offsets; of names only those of UTC are known here. */
static bool read_zone(reader *r, const pattern_item *item) {
    bool has_sign = r->at < r->end && (*r->at == '+' || *r->at == '-');
    if (has_sign)
        return read_offset(r, item);
    if (item->letter == 'X') {
        r->has_offset = take(r, "Z");
        return r->has_offset;
    }
    if (take(r, "GMT") || take(r, "UTC")) {
        r->has_offset = true;
        has_sign = r->at < r->end && (*r->at == '+' || *r->at == '-');
        return !has_sign || read_offset(r, item);
    }
    if (r->at < r->end && isalpha((unsigned char)*r->at))
        r->status = pattern_unsupported(r->err, item->letter);
    return false;
}

static bool read_letter(reader *r, const pattern_item *item, int32_t width) {
    int32_t at;
    int64_t ignored;
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
        r->at++;
    switch (item->letter) {
    case 'G':
        r->era = take(r, "BC") ? 0 : take(r, "AD") ? 1 : -1;
        return r->era >= 0;
    case 'y':
        return read_year(r, item, width);
    case 'M':
    case 'L':
        return read_month(r, item, width);
    case 'd':
        r->has_day = true;
        return read_number(r, width, &r->day);
    case 'D':
        r->has_day_of_year = true;
        return read_number(r, width, &r->day_of_year);
    case 'E':
        at = read_name(r, pattern_days, 7);
        r->weekday = at + 1;
        return at >= 0;
    case 'H':
        return read_number(r, width, &r->hour);
    case 'k':
        return read_number(r, width, &r->hour) && (r->hour = r->hour == 24 ? 0 : r->hour, true);
    case 'K':
    case 'h':
        r->has_half_hour = true;
        return read_number(r, width, &r->half_hour) &&
               (r->half_hour = item->letter == 'h' && r->half_hour == 12 ? 0 : r->half_hour, true);
    case 'a':
        r->half_day = take(r, "AM") ? 0 : take(r, "PM") ? 1 : -1;
        return r->half_day >= 0;
    case 'm':
        return read_number(r, width, &r->minute);
    case 's':
        return read_number(r, width, &r->second);
    case 'S':
        return read_number(r, width, &r->millis);
    case 'Z':
    case 'X':
    case 'z':
        return read_zone(r, item);
    case 'u':
        if (!read_number(r, width, &ignored))
            return false;
        r->weekday = (int32_t)(ignored % 7) + 1;
        return true;
    default: /* Y w W F */
        r->status = pattern_unsupported(r->err, item->letter);
        return false;
    }
}

/* A number right in front of another takes as many digits as it has letters. */
static int32_t width_of(const base_time_pattern *pattern, int32_t i) {
    if (i + 1 == pattern->count)
        return 0;
    const pattern_item *next = &pattern->items[i + 1];
    bool is_number = next->letter != '\'' && strchr("yYdDHkKhmsSwWFu", next->letter) != NULL;
    if (strchr("ML", next->letter) != NULL)
        is_number = next->count <= 2;
    return is_number ? pattern->items[i].count : 0;
}

static bool read_items(reader *r, const base_time_pattern *pattern) {
    for (int32_t i = 0; i < pattern->count; i++) {
        const pattern_item *item = &pattern->items[i];
        if (item->letter != '\'') {
            if (!read_letter(r, item, width_of(pattern, i)))
                return false;
            continue;
        }
        if (r->end - r->at < item->literal_length ||
            memcmp(r->at, item->literal, (size_t)item->literal_length) != 0)
            return false;
        r->at += item->literal_length;
    }
    return true;
}

/* ---- what it means --------------------------------------------------------------------------- */

static int64_t days_of(const reader *r) {
    int64_t year = r->era == 0 ? 1 - r->year : r->year;
    int64_t months = year * 12 + r->month - 1;
    int64_t in_year = base_floor_div(months, 12);
    int32_t month = (int32_t)base_floor_mod(months, 12) + 1;
    if (r->has_day_of_year && !r->has_day)
        return pattern_hybrid_days(year, 1, 1) + r->day_of_year - 1;
    int64_t days = pattern_hybrid_days(in_year, month, r->day);
    if (r->weekday != 0 && !r->has_day) /* the first such day of the month */
        days += (r->weekday - 1 - pattern_weekday(days) + 7) % 7;
    return days;
}

rask_status base_time_pattern_parse_instant(const base_time_pattern *pattern, const char *text,
                                            int64_t size, const base_zone *zone,
                                            int32_t century_start, bool *matched, int64_t *millis,
                                            rask_error *err) {
    reader r = {.at = text,
                .end = text + size,
                .century_start = century_start,
                .year = 1970,
                .month = 1,
                .day = 1,
                .era = 1,
                .err = err};
    *matched = read_items(&r, pattern);
    if (!*matched)
        return r.status;
    if (r.has_half_hour)
        r.hour = r.half_hour + 12 * (r.half_day > 0);
    int64_t local_s = days_of(&r) * DAY_S + r.hour * 3600 + r.minute * 60 + r.second;
    local_s += base_floor_div(r.millis, 1000);
    int64_t instant_s =
        r.has_offset ? local_s - r.offset_s : base_zone_instant(zone, local_s, BASE_ZONE_AFTER);
    *millis = instant_s * 1000 + base_floor_mod(r.millis, 1000);
    return RASK_OK;
}
