/* Calendar arithmetic and the text of dates and times.
 *
 * Days and civil dates convert in closed form: years are counted from March, so that the leap day
 * is the last of its year, and in eras of 400 years = 146097 days.
 *
 * The parsers follow Flink's casts, including their oddities: DATE takes 'yyyy' and 'yyyy-M' and
 * ignores what follows a blank; TIME rounds the fourth digit of a second; TIMESTAMP takes no
 * surrounding blanks, has seconds whenever it has hours, clamps the day to the month's last, and
 * takes 24:00:00 as the next midnight. */
#include "base/time.h"

#include <string.h>

#define NANOS_PER_DAY ((__int128)86400 * 1000000000)

int32_t base_days_from_civil(int32_t year, int32_t month, int32_t day) {
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = base_floor_div(y, 400), year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int32_t)(era * 146097 + day_of_era - 719468);
}

void base_civil_from_days(int32_t days, int32_t *year, int32_t *month, int32_t *day) {
    int64_t z = (int64_t)days + 719468;
    int64_t era = base_floor_div(z, 146097), day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153; /* month counted from March */
    *day = (int32_t)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int32_t)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int32_t)(year_of_era + era * 400 + (*month <= 2));
}

static int32_t days_in_month(int32_t year, int32_t month) {
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

bool base_civil_is_valid(int32_t year, int32_t month, int32_t day) {
    return month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

/* ---- parsing: a cursor that moves over what it recognises ------------------------------------ */

typedef struct cursor {
    const char *at, *end;
} cursor;

static cursor trimmed(const char *text, int64_t length) {
    cursor c = {text, text + length};
    while (c.at < c.end && (unsigned char)*c.at <= ' ')
        c.at++;
    while (c.at < c.end && (unsigned char)c.end[-1] <= ' ')
        c.end--;
    return c;
}

/* An unsigned number of min..max digits. */
static bool number(cursor *c, int digits_min, int digits_max, int32_t *out) {
    int32_t value = 0;
    int digits = 0;
    for (; c->at < c->end && digits < digits_max && *c->at >= '0' && *c->at <= '9'; digits++)
        value = value * 10 + (*c->at++ - '0');
    *out = value;
    return digits >= digits_min;
}

static bool skip(cursor *c, char expected) {
    if (c->at == c->end || *c->at != expected)
        return false;
    c->at++;
    return true;
}

/* The digits of a fraction as nanoseconds; up to `digits_max` of them. */
static bool fraction(cursor *c, int digits_max, int32_t *nanos) {
    int32_t value = 0, scale = 1000000000;
    int digits = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; digits++, c->at++) {
        scale /= 10;
        value += (*c->at - '0') * scale;
    }
    *nanos = value;
    return digits <= digits_max;
}

bool base_date_parse(const char *text, int64_t length, int32_t *days) {
    cursor c = trimmed(text, length);
    const char *blank = memchr(c.at, ' ', (size_t)(c.end - c.at));
    int32_t year, month = 1, day = 1;
    if (blank != NULL)
        c.end = blank;
    if (!number(&c, 1, 4, &year))
        return false;
    if (skip(&c, '-') && !number(&c, 1, 2, &month))
        return false;
    if (skip(&c, '-') && !number(&c, 1, 2, &day))
        return false;
    if (c.at != c.end || !base_civil_is_valid(year, month, day))
        return false;
    *days = base_days_from_civil(year, month, day);
    return true;
}

bool base_time_parse(const char *text, int64_t length, int32_t *millis_of_day) {
    cursor c = trimmed(text, length);
    int32_t hour, minute = 0, second = 0, nanos = 0;
    if (!number(&c, 1, 2, &hour))
        return false;
    if (skip(&c, ':') && !number(&c, 1, 2, &minute))
        return false;
    if (skip(&c, ':') && !number(&c, 1, 2, &second))
        return false;
    if (skip(&c, '.') && !fraction(&c, INT32_MAX, &nanos))
        return false;
    if (c.at != c.end || hour > 23 || minute > 59 || second > 59)
        return false;
    int32_t millis = nanos / 1000000 + (nanos / 100000 % 10 >= 5);
    millis = (hour * 3600 + minute * 60 + second) * 1000 + millis;
    *millis_of_day = millis < 86400000 ? millis : 86399999;
    return true;
}

static __int128 instant(int32_t days, int32_t seconds, int32_t nanos) {
    return (__int128)days * NANOS_PER_DAY + (__int128)seconds * 1000000000 + nanos;
}

bool base_timestamp_parse(const char *text, int64_t length, __int128 *nanos) {
    cursor c = {text, text + length};
    int32_t year, month, day, hour = 0, minute = 0, second = 0, part = 0;
    if (!number(&c, 4, 4, &year) || !skip(&c, '-') || !number(&c, 1, 2, &month) || !skip(&c, '-') ||
        !number(&c, 1, 2, &day))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    if (skip(&c, ' ') &&
        (!number(&c, 1, 2, &hour) || !skip(&c, ':') || !number(&c, 1, 2, &minute) ||
         !skip(&c, ':') || !number(&c, 1, 2, &second)))
        return false;
    if (skip(&c, '.') && !fraction(&c, 9, &part))
        return false;
    bool midnight = hour == 24 && minute == 0 && second == 0 && part == 0;
    if (c.at != c.end || (hour > 23 && !midnight) || minute > 59 || second > 59)
        return false;
    int32_t last = days_in_month(year, month);
    *nanos = instant(base_days_from_civil(year, month, day < last ? day : last),
                     hour * 3600 + minute * 60 + second, part);
    return true;
}

bool base_timestamp_parse_iso(const char *text, int64_t length, __int128 *nanos) {
    cursor c = {text, text + length};
    int32_t year, month, day, hour, minute, second = 0, part = 0;
    if (!number(&c, 4, 4, &year) || !skip(&c, '-') || !number(&c, 2, 2, &month) || !skip(&c, '-') ||
        !number(&c, 2, 2, &day) || !skip(&c, 'T') || !number(&c, 2, 2, &hour) || !skip(&c, ':') ||
        !number(&c, 2, 2, &minute))
        return false;
    if (skip(&c, ':') && (!number(&c, 2, 2, &second) || (skip(&c, '.') && !fraction(&c, 9, &part))))
        return false;
    if (c.at != c.end || !base_civil_is_valid(year, month, day) || hour > 23 || minute > 59 ||
        second > 59)
        return false;
    *nanos =
        instant(base_days_from_civil(year, month, day), hour * 3600 + minute * 60 + second, part);
    return true;
}

/* ---- formatting: writers return the place after what they wrote ------------------------------ */

/* At least `width` digits, zero padded. */
static char *put_number(char *out, int64_t value, int width) {
    char digits[24];
    int count = 0;
    for (; value > 0 || count < width; value /= 10)
        digits[count++] = (char)('0' + value % 10);
    while (count > 0)
        *out++ = digits[--count];
    return out;
}

static char *put_date(char *out, int32_t days) {
    int32_t year, month, day;
    base_civil_from_days(days, &year, &month, &day);
    if (year < 0)
        *out++ = '-';
    out = put_number(out, year < 0 ? -(int64_t)year : year, 4);
    *out++ = '-';
    out = put_number(out, month, 2);
    *out++ = '-';
    return put_number(out, day, 2);
}

static char *put_time(char *out, int32_t seconds) {
    out = put_number(out, seconds / 3600, 2);
    *out++ = ':';
    out = put_number(out, seconds / 60 % 60, 2);
    *out++ = ':';
    return put_number(out, seconds % 60, 2);
}

int32_t base_date_format(int32_t days, char *out) {
    return (int32_t)(put_date(out, days) - out);
}

int32_t base_time_format(int32_t millis_of_day, int32_t precision, char *out) {
    millis_of_day = (int32_t)base_floor_mod(millis_of_day, 86400000);
    char *end = put_time(out, millis_of_day / 1000);
    int32_t rest = millis_of_day % 1000;
    if (precision > 0)
        *end++ = '.';
    while (precision-- > 0) {
        *end++ = (char)('0' + rest / 100);
        rest = rest % 100 * 10;
        if (rest == 0)
            break;
    }
    return (int32_t)(end - out);
}

int32_t base_timestamp_format(__int128 nanos, int32_t precision, char *out) {
    static const int32_t powers[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                     10000,      1000,      100,      10,      1};
    int64_t seconds = (int64_t)(nanos / 1000000000);
    int32_t part = (int32_t)(nanos % 1000000000);
    if (part < 0) {
        part += 1000000000;
        seconds--;
    }
    char *end = put_date(out, (int32_t)base_floor_div(seconds, 86400));
    *end++ = ' ';
    end = put_time(end, (int32_t)base_floor_mod(seconds, 86400));
    if (precision > 0) {
        *end++ = '.';
        end = put_number(end, part / powers[precision], precision);
    }
    return (int32_t)(end - out);
}

int32_t base_interval_day_format(int64_t millis, char *out) {
    uint64_t rest = millis < 0 ? -(uint64_t)millis : (uint64_t)millis;
    char *end = out;
    *end++ = millis < 0 ? '-' : '+';
    end = put_number(end, (int64_t)(rest / 86400000), 1);
    *end++ = ' ';
    end = put_time(end, (int32_t)(rest / 1000 % 86400));
    *end++ = '.';
    return (int32_t)(put_number(end, (int64_t)(rest % 1000), 3) - out);
}

int32_t base_interval_month_format(int32_t months, char *out) {
    int64_t rest = months < 0 ? -(int64_t)months : months;
    char *end = out;
    *end++ = months < 0 ? '-' : '+';
    end = put_number(end, rest / 12, 1);
    *end++ = '-';
    return (int32_t)(put_number(end, rest % 12, 2) - out);
}
