/* Dates and times in csv fields, as Flink's reader takes them:
 *
 *   DATE           yyyy-[m]m-[d]d; day 31 of a shorter month runs over into the next
 *   TIME           HH:mm[:ss[.fraction]], nothing around it
 *   TIMESTAMP      yyyy-MM-dd HH:mm:ss[.fraction], blanks around it allowed; a day past the end of
 *                  the month is its last day, 24:00:00 is the next midnight
 *   TIMESTAMP_LTZ  the same followed by Z: an instant
 *
 * Digits that the type's precision does not hold are cut.  Legacy tables read java.sql forms. */
#include "format/csv_time.h"
#include "base/time.h"

#define NANOS_PER_SECOND 1000000000LL

/* A text being read; `ok` turns false at the first thing out of place, after which nothing counts.
 */
typedef struct reader {
    const char *at, *end;
    bool ok;
} reader;

/* Between `digits_min` and `digits_max` decimal digits. */
static int32_t take_number(reader *r, int32_t digits_min, int32_t digits_max) {
    int32_t value = 0, count = 0;
    while (count < digits_max && r->at < r->end && (uint8_t)(*r->at - '0') <= 9) {
        value = value * 10 + (*r->at++ - '0');
        count++;
    }
    r->ok &= count >= digits_min;
    return value;
}

static void take_char(reader *r, char c) {
    if (r->at < r->end && *r->at == c)
        r->at++;
    else
        r->ok = false;
}

/* An optional point with up to nine digits behind it, as nanoseconds. */
static int32_t take_fraction(reader *r) {
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

static reader reader_of(const csv_column_job *job, int32_t row, bool trim) {
    uint64_t field = job->fields[row];
    const char *start = (const char *)job->data + csv_field_start(field);
    reader r = {start, start + csv_field_length(field), true};
    while (trim && r.at < r.end && (uint8_t)*r.at <= ' ')
        r.at++;
    while (trim && r.at < r.end && (uint8_t)r.end[-1] <= ' ')
        r.end--;
    return r;
}

static bool is_done(const reader *r) {
    return r->ok && r->at == r->end;
}

static bool is_missing(const csv_column_job *job, int32_t row) {
    return (job->fields[row] & CSV_FIELD_MISSING) != 0;
}

/* java.sql.Date.valueOf. */
static bool take_lenient_date(reader *r, int32_t *days) {
    int32_t year = take_number(r, 4, 4);
    take_char(r, '-');
    int32_t month = take_number(r, 1, 2);
    take_char(r, '-');
    int32_t day = take_number(r, 1, 2);
    if (!r->ok || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    *days = base_days_from_civil(year, month, 1) + day - 1;
    return true;
}

static int32_t convert_date(csv_column_job *job, int32_t from, int32_t to) {
    int32_t *values = job->column->values;
    for (int32_t row = from; row < to; row++) {
        reader r = reader_of(job, row, false);
        int32_t days = 0;
        if (!(take_lenient_date(&r, &days) && is_done(&r)) && !is_missing(job, row))
            return row;
        values[row] = days;
    }
    return to;
}

static int32_t cut_millis(int32_t millis, int32_t precision) {
    int32_t unit = precision >= 3 ? 1 : precision == 2 ? 10 : precision == 1 ? 100 : 1000;
    return millis - millis % unit;
}

static bool take_time(reader *r, int32_t *millis) {
    int32_t hour = take_number(r, 2, 2), second = 0, nanos = 0;
    take_char(r, ':');
    int32_t minute = take_number(r, 2, 2);
    if (r->ok && r->at < r->end) {
        take_char(r, ':');
        second = take_number(r, 2, 2);
        nanos = take_fraction(r);
    }
    if (!is_done(r) || hour > 23 || minute > 59 || second > 59)
        return false;
    *millis = ((hour * 60 + minute) * 60 + second) * 1000 + nanos / 1000000;
    return true;
}

static int32_t convert_time(csv_column_job *job, int32_t from, int32_t to) {
    int32_t *values = job->column->values;
    for (int32_t row = from; row < to; row++) {
        reader r = reader_of(job, row, false);
        int32_t millis = 0;
        if (!take_time(&r, &millis) && !is_missing(job, row))
            return row;
        values[row] = cut_millis(millis, job->column->type->precision);
    }
    return to;
}

/* java.sql.Time.valueOf. */
static int32_t convert_legacy_time(csv_column_job *job, int32_t from, int32_t to) {
    int32_t *values = job->column->values;
    for (int32_t row = from; row < to; row++) {
        reader r = reader_of(job, row, false);
        int32_t hour = take_number(&r, 1, 2);
        take_char(&r, ':');
        int32_t minute = take_number(&r, 1, 2);
        take_char(&r, ':');
        int32_t second = take_number(&r, 1, 2);
        bool valid = is_done(&r) && hour < 24 && minute < 60 && second < 60;
        if (!valid && !is_missing(job, row))
            return row;
        values[row] = valid ? ((hour * 60 + minute) * 60 + second) * 1000 : 0;
    }
    return to;
}

static int32_t days_in_month(int32_t year, int32_t month) {
    int32_t day = 31;
    while (!base_civil_is_valid(year, month, day))
        day--;
    return day;
}

static bool take_strict_date(reader *r, int32_t *days) {
    int32_t year = take_number(r, 4, 4);
    take_char(r, '-');
    int32_t month = take_number(r, 2, 2);
    take_char(r, '-');
    int32_t day = take_number(r, 2, 2);
    if (!r->ok || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    if (day > 28 && !base_civil_is_valid(year, month, day))
        day = days_in_month(year, month);
    *days = base_days_from_civil(year, month, day);
    return true;
}

/* Seconds since 1970 and nanoseconds; `zone` = a Z must follow. */
static bool take_timestamp(reader *r, bool zone, int64_t *seconds, int32_t *nanos) {
    int32_t days = 0;
    if (!take_strict_date(r, &days))
        return false;
    take_char(r, ' ');
    int32_t hour = take_number(r, 2, 2);
    take_char(r, ':');
    int32_t minute = take_number(r, 2, 2);
    take_char(r, ':');
    int32_t second = take_number(r, 2, 2);
    *nanos = take_fraction(r);
    if (zone)
        take_char(r, 'Z');
    bool midnight = hour == 24 && minute == 0 && second == 0 && *nanos == 0;
    if (!is_done(r) || (hour > 23 && !midnight) || minute > 59 || second > 59)
        return false;
    *seconds = (int64_t)days * 86400 + (hour * 60 + minute) * 60 + second;
    return true;
}

/* java.sql.Timestamp.valueOf. */
static bool take_legacy_timestamp(reader *r, bool zone, int64_t *seconds, int32_t *nanos) {
    (void)zone;
    int32_t days = 0;
    if (!take_lenient_date(r, &days))
        return false;
    take_char(r, ' ');
    int32_t hour = take_number(r, 1, 2);
    take_char(r, ':');
    int32_t minute = take_number(r, 1, 2);
    take_char(r, ':');
    int32_t second = take_number(r, 1, 2);
    *nanos = take_fraction(r);
    *seconds = (int64_t)days * 86400 + (hour * 60 + minute) * 60 + second;
    return is_done(r) && hour < 24 && minute < 60 && second < 60;
}

static void store_timestamp(data_column *column, int32_t row, int64_t seconds, int32_t nanos) {
    int32_t unit = 1;
    for (int32_t i = column->type->precision; i < 9; i++)
        unit *= 10;
    nanos -= nanos % unit;
    if (column->physical == DATA_PHYSICAL_I128)
        ((base_i128 *)column->values)[row] = (base_i128)seconds * NANOS_PER_SECOND + nanos;
    else
        ((int64_t *)column->values)[row] = seconds * 1000000 + nanos / 1000;
}

static int32_t convert_timestamps(csv_column_job *job, int32_t from, int32_t to, bool legacy,
                                  bool zone) {
    for (int32_t row = from; row < to; row++) {
        reader r = reader_of(job, row, !legacy);
        int64_t seconds = 0;
        int32_t nanos = 0;
        bool valid = legacy ? take_legacy_timestamp(&r, zone, &seconds, &nanos)
                            : take_timestamp(&r, zone, &seconds, &nanos);
        if (!valid && !is_missing(job, row))
            return row;
        store_timestamp(job->column, row, seconds, nanos);
    }
    return to;
}

static int32_t convert_timestamp(csv_column_job *job, int32_t from, int32_t to) {
    return convert_timestamps(job, from, to, false, false);
}

static int32_t convert_timestamp_ltz(csv_column_job *job, int32_t from, int32_t to) {
    return convert_timestamps(job, from, to, false, true);
}

static int32_t convert_legacy_timestamp(csv_column_job *job, int32_t from, int32_t to) {
    return convert_timestamps(job, from, to, true, false);
}

csv_converter csv_time_converter_for(const csv_dialect *dialect, const data_type *type) {
    bool legacy = dialect->is_legacy;
    switch (type->kind) {
    case DATA_DATE:
        return convert_date;
    case DATA_TIME:
        return legacy ? convert_legacy_time : convert_time;
    case DATA_TIMESTAMP:
        return legacy ? convert_legacy_timestamp : convert_timestamp;
    case DATA_TIMESTAMP_LTZ:
        return legacy ? NULL : convert_timestamp_ltz;
    default:
        return NULL;
    }
}
