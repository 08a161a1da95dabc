/* Dates and times out of texts, for the readers of text formats: Java's java.time parsers as
 * Flink's formats use them. */
#ifndef FORMAT_TEXT_TIME_H
#define FORMAT_TEXT_TIME_H

#include "base/time.h"
#include "data/column.h"

/* A text being read; `ok` turns false at the first thing out of place, after which nothing counts.
 */
typedef struct text_reader {
    const char *at, *end;
    bool ok;
} text_reader;

/* Between `digits_min` and `digits_max` decimal digits. */
static inline int32_t text_take_number(text_reader *r, int32_t digits_min, int32_t digits_max) {
    int32_t value = 0, count = 0;
    while (count < digits_max && r->at < r->end && (uint8_t)(*r->at - '0') <= 9) {
        value = value * 10 + (*r->at++ - '0');
        count++;
    }
    r->ok &= count >= digits_min;
    return value;
}

static inline void text_take_char(text_reader *r, char c) {
    if (r->at < r->end && *r->at == c)
        r->at++;
    else
        r->ok = false;
}

/* An optional point with up to nine digits behind it, as nanoseconds. */
static inline int32_t text_take_fraction(text_reader *r) {
    if (r->at == r->end || *r->at != '.')
        return 0;
    r->at++;
    int32_t nanos = 0, count = 0;
    for (; count < 9 && r->at < r->end && (uint8_t)(*r->at - '0') <= 9; count++)
        nanos = nanos * 10 + (*r->at++ - '0');
    for (; count < 9; count++)
        nanos *= 10;
    return nanos;
}

static inline bool text_is_done(const text_reader *r) {
    return r->ok && r->at == r->end;
}

static inline int32_t text_cut_millis(int32_t millis, int32_t precision) {
    int32_t unit = precision >= 3 ? 1 : precision == 2 ? 10 : precision == 1 ? 100 : 1000;
    return millis - millis % unit;
}

static inline bool text_take_time(text_reader *r, int32_t *millis) {
    int32_t hour = text_take_number(r, 2, 2), second = 0, nanos = 0;
    text_take_char(r, ':');
    int32_t minute = text_take_number(r, 2, 2);
    if (r->ok && r->at < r->end) {
        text_take_char(r, ':');
        second = text_take_number(r, 2, 2);
        nanos = text_take_fraction(r);
    }
    if (!text_is_done(r) || hour > 23 || minute > 59 || second > 59)
        return false;
    *millis = ((hour * 60 + minute) * 60 + second) * 1000 + nanos / 1000000;
    return true;
}

static inline int32_t text_days_in_month(int32_t year, int32_t month) {
    int32_t day = 31;
    while (!base_civil_is_valid(year, month, day))
        day--;
    return day;
}

static inline bool text_take_clipped_date(text_reader *r, int32_t *days) {
    int32_t year = text_take_number(r, 4, 4);
    text_take_char(r, '-');
    int32_t month = text_take_number(r, 2, 2);
    text_take_char(r, '-');
    int32_t day = text_take_number(r, 2, 2);
    if (!r->ok || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    if (day > 28 && !base_civil_is_valid(year, month, day))
        day = text_days_in_month(year, month);
    *days = base_days_from_civil(year, month, day);
    return true;
}

/* Seconds since 1970 and nanoseconds.  `separator` stands between date and time; behind a 'T' the
 * seconds may be left out (ISO-8601).  `zone` = a Z must follow. */
static inline bool text_take_timestamp(text_reader *r, char separator, bool zone, int64_t *seconds,
                                       int32_t *nanos) {
    int32_t days = 0;
    if (!text_take_clipped_date(r, &days))
        return false;
    text_take_char(r, separator);
    int32_t hour = text_take_number(r, 2, 2), second = 0;
    text_take_char(r, ':');
    int32_t minute = text_take_number(r, 2, 2);
    *nanos = 0;
    if (separator != 'T' || (r->at < r->end && *r->at == ':')) {
        text_take_char(r, ':');
        second = text_take_number(r, 2, 2);
        *nanos = text_take_fraction(r);
    }
    if (zone)
        text_take_char(r, 'Z');
    bool midnight = hour == 24 && minute == 0 && second == 0 && *nanos == 0;
    if (!text_is_done(r) || (hour > 23 && !midnight) || minute > 59 || second > 59)
        return false;
    *seconds = (int64_t)days * 86400 + (hour * 60 + minute) * 60 + second;
    return true;
}

#endif
