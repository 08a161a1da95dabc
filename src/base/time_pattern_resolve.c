/* What fields of a date and a time mean together: java.time's smart resolution, completed as Flink
 * does, 1970-01-01 00:00; and java.sql's readers. */
#include <ctype.h>
#include <string.h>

#include "base/time.h"
#include "base/time_pattern_private.h"

#define SECOND_NS INT64_C(1000000000)
#define DAY_NS (86400 * SECOND_NS)

static int64_t get(const pattern_fields *f, pattern_field field, int64_t fallback) {
    return pattern_has(f, field) ? f->values[field] : fallback;
}

static int64_t take(pattern_fields *f, pattern_field field) {
    f->known &= ~(1u << field);
    return f->values[field];
}

static bool has_both(const pattern_fields *f, pattern_field a, pattern_field b) {
    return pattern_has(f, a) && pattern_has(f, b);
}

/* ---- dates ----------------------------------------------------------------------------------- */

/* A year of an era is a year; without an era it is ours. */
static bool resolve_year(pattern_fields *f) {
    if (!pattern_has(f, FIELD_YEAR_OF_ERA))
        return true;
    int64_t year = take(f, FIELD_YEAR_OF_ERA);
    if (get(f, FIELD_ERA, 1) == 0)
        year = 1 - year;
    return pattern_set(f, FIELD_YEAR, year);
}

static int32_t month_length(int32_t year, int32_t month) {
    int32_t day = 31;
    while (!base_civil_is_valid(year, month, day))
        day--;
    return day;
}

/* A day beyond the end of its month is the last one. */
static bool date_of_month(const pattern_fields *f, int64_t *days) {
    int32_t year = (int32_t)f->values[FIELD_YEAR], month = (int32_t)f->values[FIELD_MONTH];
    int32_t day = (int32_t)f->values[FIELD_DAY], last = month_length(year, month);
    *days = base_days_from_civil(year, month, day < last ? day : last);
    return true;
}

static bool date_of_year_day(const pattern_fields *f, int64_t *days) {
    int32_t year = (int32_t)f->values[FIELD_YEAR];
    int64_t day = f->values[FIELD_DAY_OF_YEAR];
    *days = base_days_from_civil(year, 1, 1) + day - 1;
    return day <= 365 || base_civil_is_valid(year, 2, 29);
}

static int64_t local_weekday(const pattern_fields *f) { /* Sunday = 0 */
    return pattern_has(f, FIELD_LOCAL_WEEKDAY) ? f->values[FIELD_LOCAL_WEEKDAY] - 1
                                               : f->values[FIELD_WEEKDAY] % 7;
}

static bool date_of_week(const pattern_fields *f, int64_t *days) {
    int64_t week = f->values[FIELD_WEEK_OF_YEAR];
    int32_t year = (int32_t)f->values[FIELD_WEEK_YEAR];
    *days = pattern_week_start(year) + (week - 1) * 7 + local_weekday(f);
    return *days < pattern_week_start(year + 1);
}

/* The date must have what else was said about it. */
static bool agrees(const pattern_fields *f, int64_t days) {
    int32_t year, month, day, week_year, week;
    base_civil_from_days((int32_t)days, &year, &month, &day);
    pattern_week(days, year, &week_year, &week);
    int64_t weekday = pattern_weekday(days);
    return get(f, FIELD_YEAR, year) == year && get(f, FIELD_MONTH, month) == month &&
           get(f, FIELD_WEEKDAY, weekday == 0 ? 7 : weekday) == (weekday == 0 ? 7 : weekday) &&
           get(f, FIELD_LOCAL_WEEKDAY, weekday + 1) == weekday + 1 &&
           get(f, FIELD_QUARTER, (month - 1) / 3 + 1) == (month - 1) / 3 + 1 &&
           get(f, FIELD_ALIGNED_DAY, (day - 1) % 7 + 1) == (day - 1) % 7 + 1 &&
           get(f, FIELD_WEEK_OF_YEAR, week) == week &&
           get(f, FIELD_WEEK_YEAR, week_year) == week_year &&
           get(f, FIELD_DAY_OF_YEAR, days - base_days_from_civil(year, 1, 1) + 1) ==
               days - base_days_from_civil(year, 1, 1) + 1;
}

/* The whole date if the fields tell one: `*is_date`. */
static bool resolve_date(const pattern_fields *f, int64_t *days, bool *is_date) {
    bool fits = true;
    bool has_weekday = pattern_has(f, FIELD_LOCAL_WEEKDAY) || pattern_has(f, FIELD_WEEKDAY);
    *is_date = true;
    if (has_both(f, FIELD_YEAR, FIELD_MONTH) && pattern_has(f, FIELD_DAY))
        fits = date_of_month(f, days);
    else if (has_both(f, FIELD_YEAR, FIELD_DAY_OF_YEAR))
        fits = date_of_year_day(f, days);
    else if (has_both(f, FIELD_WEEK_YEAR, FIELD_WEEK_OF_YEAR) && has_weekday)
        fits = date_of_week(f, days);
    else
        *is_date = false;
    return fits && (!*is_date || agrees(f, *days));
}

/* ---- times ----------------------------------------------------------------------------------- */

static bool resolve_hour(pattern_fields *f) {
    bool fits = true;
    if (pattern_has(f, FIELD_CLOCK_HOUR))
        fits = pattern_set(f, FIELD_HOUR, take(f, FIELD_CLOCK_HOUR) % 24);
    if (pattern_has(f, FIELD_CLOCK_HOUR_AM_PM))
        fits = fits && pattern_set(f, FIELD_HOUR_AM_PM, take(f, FIELD_CLOCK_HOUR_AM_PM) % 12);
    if (has_both(f, FIELD_AM_PM, FIELD_HOUR_AM_PM))
        fits = fits &&
               pattern_set(f, FIELD_HOUR, take(f, FIELD_AM_PM) * 12 + take(f, FIELD_HOUR_AM_PM));
    return fits;
}

static bool set_time(pattern_fields *f, int64_t nano_of_day) {
    int64_t seconds = nano_of_day / SECOND_NS;
    return pattern_set(f, FIELD_HOUR, seconds / 3600) &&
           pattern_set(f, FIELD_MINUTE, seconds / 60 % 60) &&
           pattern_set(f, FIELD_SECOND, seconds % 60) &&
           pattern_set(f, FIELD_NANO, nano_of_day % SECOND_NS);
}

static bool resolve_time(pattern_fields *f, int64_t *nano_of_day, int64_t *excess_days) {
    if (!resolve_hour(f))
        return false;
    if (pattern_has(f, FIELD_NANO_OF_DAY) && !set_time(f, f->values[FIELD_NANO_OF_DAY]))
        return false;
    if (pattern_has(f, FIELD_MILLI_OF_DAY) && !set_time(f, f->values[FIELD_MILLI_OF_DAY] * 1000000))
        return false;
    int64_t hour = get(f, FIELD_HOUR, 0), minute = get(f, FIELD_MINUTE, 0);
    int64_t second = get(f, FIELD_SECOND, 0), nano = get(f, FIELD_NANO, 0);
    *excess_days = hour == 24; /* only as 24:00, the end of the day */
    if (hour == 24 && (minute != 0 || second != 0 || nano != 0))
        return false;
    *nano_of_day = ((hour % 24 * 60 + minute) * 60 + second) * SECOND_NS + nano;
    return true;
}

bool pattern_resolve(pattern_fields *f, __int128 *nanos) {
    int64_t days = 0, nano_of_day, excess_days;
    bool is_date;
    if (!resolve_year(f) || !resolve_date(f, &days, &is_date) ||
        !resolve_time(f, &nano_of_day, &excess_days))
        return false;
    if (is_date) {
        days += excess_days;
    } else {
        int64_t year = get(f, FIELD_YEAR, 1970), month = get(f, FIELD_MONTH, 1);
        int64_t day = get(f, FIELD_DAY, 1);
        if (!base_civil_is_valid((int32_t)year, (int32_t)month, (int32_t)day))
            return false;
        days = base_days_from_civil((int32_t)year, (int32_t)month, (int32_t)day);
    }
    *nanos = (__int128)days * DAY_NS + nano_of_day;
    return true;
}

/* ---- java.sql -------------------------------------------------------------------------------- */

/* Integer.parseInt of text[from..to). */
static bool read_integer(const char *text, int64_t from, int64_t to, int64_t *out) {
    bool negative = from < to && text[from] == '-';
    if (from < to && (text[from] == '-' || text[from] == '+'))
        from++;
    if (from >= to || to - from > 9)
        return false;
    *out = 0;
    for (; from < to; from++) {
        if (!isdigit((unsigned char)text[from]))
            return false;
        *out = *out * 10 + (text[from] - '0');
    }
    if (negative)
        *out = -*out;
    return true;
}

static int64_t index_of(const char *text, int64_t size, char c, int64_t from) {
    const char *at = from < size ? memchr(text + from, c, (size_t)(size - from)) : NULL;
    return at == NULL ? -1 : at - text;
}

/* yyyy-[m]m-[d]d; days beyond the month's end go on into the next. */
static bool read_jdbc_date(const char *text, int64_t size, int64_t *days) {
    int64_t first = index_of(text, size, '-', 0), year, month, day;
    int64_t second = first < 0 ? -1 : index_of(text, size, '-', first + 1);
    if (first != 4 || second - first < 2 || second - first > 3 || size - second < 2 ||
        size - second > 3)
        return false;
    if (!read_integer(text, 0, first, &year) || !read_integer(text, first + 1, second, &month) ||
        !read_integer(text, second + 1, size, &day) || month < 1 || month > 12 || day < 1 ||
        day > 31)
        return false;
    *days = base_days_from_civil((int32_t)year, (int32_t)month, 1) + day - 1;
    return true;
}

/* h:m:s[.fraction] */
static bool read_jdbc_time(const char *text, int64_t size, __int128 *nanos) {
    int64_t first = index_of(text, size, ':', 0), hour, minute, second, fraction = 0;
    int64_t last = first < 0 ? -1 : index_of(text, size, ':', first + 1);
    if (first <= 0 || last <= 0 || last >= size - 1)
        return false;
    int64_t point = index_of(text, size, '.', last + 1);
    int64_t digits = point < 0 ? 0 : size - point - 1;
    if (point >= 0 && (digits < 1 || digits > 9 || !isdigit((unsigned char)text[point + 1]) ||
                       !read_integer(text, point + 1, size, &fraction)))
        return false;
    for (; point >= 0 && digits < 9; digits++)
        fraction *= 10;
    if (!read_integer(text, 0, first, &hour) || !read_integer(text, first + 1, last, &minute) ||
        !read_integer(text, last + 1, point < 0 ? size : point, &second))
        return false;
    *nanos = (__int128)(hour * 3600 + minute * 60 + second) * SECOND_NS + fraction;
    return true;
}

bool base_time_parse_jdbc(const char *text, int64_t size, __int128 *nanos) {
    while (size > 0 && (uint8_t)*text <= ' ') {
        text++;
        size--;
    }
    while (size > 0 && (uint8_t)text[size - 1] <= ' ')
        size--;
    int64_t blank = index_of(text, size, ' ', 0), days;
    __int128 time = 0;
    if (!read_jdbc_date(text, blank < 0 ? size : blank, &days))
        return false;
    if (blank >= 0 && !read_jdbc_time(text + blank + 1, size - blank - 1, &time))
        return false;
    *nanos = (__int128)days * DAY_NS + time;
    return true;
}
