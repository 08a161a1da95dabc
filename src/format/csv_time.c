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
#include "format/text_time.h"

static text_reader reader_of(const csv_column_job *job, int32_t row, bool trim) {
    uint64_t field = job->fields[row];
    const char *start = (const char *)job->data + csv_field_start(field);
    text_reader r = {start, start + csv_field_length(field), true};
    while (trim && r.at < r.end && (uint8_t)*r.at <= ' ')
        r.at++;
    while (trim && r.at < r.end && (uint8_t)r.end[-1] <= ' ')
        r.end--;
    return r;
}

static bool is_missing(const csv_column_job *job, int32_t row) {
    return (job->fields[row] & CSV_FIELD_MISSING) != 0;
}

/* java.sql.Date.valueOf. */
static bool take_lenient_date(text_reader *r, int32_t *days) {
    int32_t year = text_take_number(r, 4, 4);
    text_take_char(r, '-');
    int32_t month = text_take_number(r, 1, 2);
    text_take_char(r, '-');
    int32_t day = text_take_number(r, 1, 2);
    if (!r->ok || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    *days = base_days_from_civil(year, month, 1) + day - 1;
    return true;
}

static int32_t convert_date(csv_column_job *job, int32_t from, int32_t to) {
    int32_t *values = job->column->values;
    for (int32_t row = from; row < to; row++) {
        text_reader r = reader_of(job, row, false);
        int32_t days = 0;
        if (!(take_lenient_date(&r, &days) && text_is_done(&r)) && !is_missing(job, row))
            return row;
        values[row] = days;
    }
    return to;
}

static int32_t convert_time(csv_column_job *job, int32_t from, int32_t to) {
    int32_t *values = job->column->values;
    for (int32_t row = from; row < to; row++) {
        text_reader r = reader_of(job, row, false);
        int32_t millis = 0;
        if (!text_take_time(&r, &millis) && !is_missing(job, row))
            return row;
        values[row] = text_cut_millis(millis, job->column->type->precision);
    }
    return to;
}

/* java.sql.Time.valueOf. */
static int32_t convert_legacy_time(csv_column_job *job, int32_t from, int32_t to) {
    int32_t *values = job->column->values;
    for (int32_t row = from; row < to; row++) {
        text_reader r = reader_of(job, row, false);
        int32_t hour = text_take_number(&r, 1, 2);
        text_take_char(&r, ':');
        int32_t minute = text_take_number(&r, 1, 2);
        text_take_char(&r, ':');
        int32_t second = text_take_number(&r, 1, 2);
        bool valid = text_is_done(&r) && hour < 24 && minute < 60 && second < 60;
        if (!valid && !is_missing(job, row))
            return row;
        values[row] = valid ? ((hour * 60 + minute) * 60 + second) * 1000 : 0;
    }
    return to;
}

/* java.sql.Timestamp.valueOf. */
static bool take_legacy_timestamp(text_reader *r, bool zone, int64_t *seconds, int32_t *nanos) {
    (void)zone;
    int32_t days = 0;
    if (!take_lenient_date(r, &days))
        return false;
    text_take_char(r, ' ');
    int32_t hour = text_take_number(r, 1, 2);
    text_take_char(r, ':');
    int32_t minute = text_take_number(r, 1, 2);
    text_take_char(r, ':');
    int32_t second = text_take_number(r, 1, 2);
    *nanos = text_take_fraction(r);
    *seconds = (int64_t)days * 86400 + (hour * 60 + minute) * 60 + second;
    return text_is_done(r) && hour < 24 && minute < 60 && second < 60;
}

static void store_timestamp(data_column *column, int32_t row, int64_t seconds, int32_t nanos) {
    int32_t unit = 1;
    for (int32_t i = column->type->precision; i < 9; i++)
        unit *= 10;
    nanos -= nanos % unit;
    if (column->physical == DATA_PHYSICAL_I128)
        ((base_i128 *)column->values)[row] = (base_i128)seconds * 1000000000LL + nanos;
    else
        ((int64_t *)column->values)[row] = seconds * 1000000 + nanos / 1000;
}

static int32_t convert_timestamps(csv_column_job *job, int32_t from, int32_t to, bool legacy,
                                  bool zone) {
    for (int32_t row = from; row < to; row++) {
        text_reader r = reader_of(job, row, !legacy);
        int64_t seconds = 0;
        int32_t nanos = 0;
        bool valid = legacy ? take_legacy_timestamp(&r, zone, &seconds, &nanos)
                            : text_take_timestamp(&r, ' ', zone, &seconds, &nanos);
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
