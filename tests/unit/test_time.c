/* The calendar, and dates, times, timestamps and intervals as text; the texts are Flink's. */
#include "support.h"

#include "base/time.h"

#define SECOND ((__int128)1000000000)

static void floor_division(void **state) {
    assert_int_equal(base_floor_div(7, 2), 3);
    assert_int_equal(base_floor_div(-7, 2), -4);
    assert_int_equal(base_floor_div(-8, 2), -4);
    assert_int_equal(base_floor_div(7, -2), -4);
    assert_int_equal(base_floor_mod(-7, 2), 1);
    assert_int_equal(base_floor_mod(-8, 2), 0);
    assert_int_equal(base_floor_mod(7, -2), -1);
}

static void calendar(void **state) {
    int32_t year, month, day, last_day = 0, last_month = 0;
    assert_int_equal(base_days_from_civil(1970, 1, 1), 0);
    assert_int_equal(base_days_from_civil(2000, 3, 1), 11017);
    assert_int_equal(base_days_from_civil(1, 1, 1), -719162);
    assert_int_equal(base_days_from_civil(9999, 12, 31), 2932896);
    /* Every day of 800 years follows the one before. */
    for (int32_t days = -146097 * 1; days < 146097; days++) {
        base_civil_from_days(days, &year, &month, &day);
        assert_int_equal(base_days_from_civil(year, month, day), days);
        assert_true(base_civil_is_valid(year, month, day));
        if (last_day != 0 && day != last_day + 1) {
            assert_int_equal(day, 1);
            assert_int_equal(month, last_month % 12 + 1);
            assert_false(
                base_civil_is_valid(month == 1 ? year - 1 : year, last_month, last_day + 1));
        }
        last_day = day;
        last_month = month;
    }
    assert_true(base_civil_is_valid(2000, 2, 29));
    assert_false(base_civil_is_valid(1900, 2, 29));
    assert_false(base_civil_is_valid(2021, 13, 1));
    assert_false(base_civil_is_valid(2021, 0, 1));
    assert_false(base_civil_is_valid(2021, 1, 0));
    base_civil_from_days(-2147483647 - 1, &year, &month, &day);
    assert_int_equal(base_days_from_civil(year, month, day), -2147483647 - 1);
}

static const char *date_of(const char *text) {
    static char out[BASE_TIME_TEXT_MAX + 1];
    int32_t days;
    if (!base_date_parse(text, (int64_t)strlen(text), &days))
        return "NULL";
    out[base_date_format(days, out)] = '\0';
    return out;
}

static void dates(void **state) {
    static const char *const rows[][2] = {
        {"2021-02-30", "NULL"},
        {"2021-2-3", "2021-02-03"},
        {"2021", "2021-01-01"},
        {"2021-05", "2021-05-01"},
        {" 2021-05-06 ", "2021-05-06"},
        {"2021-13-01", "NULL"},
        {"2021-05-06 10:11:12", "2021-05-06"},
        {"2021-05-06T10:11:12", "NULL"},
        {"9999-12-31", "9999-12-31"},
        {"10000-01-01", "NULL"},
        {"-1-01-01", "NULL"},
        {"2021-05-06x", "NULL"},
        {"2021-5-6 x", "2021-05-06"},
        {"2021-04-31", "NULL"},
        {"21-1-1", "0021-01-01"},
        {"2021-05-", "NULL"},
        {"", "NULL"},
        {"1969-12-31", "1969-12-31"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(date_of(rows[i][0]), rows[i][1]);
}

static const char *time_of(const char *text, int32_t precision) {
    static char out[BASE_TIME_TEXT_MAX + 1];
    int32_t millis;
    if (!base_time_parse(text, (int64_t)strlen(text), &millis))
        return "NULL";
    out[base_time_format(millis, precision, out)] = '\0';
    return out;
}

static void times(void **state) {
    static const char *const rows[][3] = {
        {"10", "10:00:00", "10:00:00.0"},
        {"10:11", "10:11:00", "10:11:00.0"},
        {"10:11:12", "10:11:12", "10:11:12.0"},
        {"10:11:12.3", "10:11:12", "10:11:12.3"},
        {"10:11:12.34567", "10:11:12", "10:11:12.346"},
        {"24:00:00", "NULL", "NULL"},
        {"1:2:3", "01:02:03", "01:02:03.0"},
        {" 10:11:12 ", "10:11:12", "10:11:12.0"},
        {"10:60:00", "NULL", "NULL"},
        {"2020-01-01 10:11:12", "NULL", "NULL"},
        {"10:11:12Z", "NULL", "NULL"},
        {"10:11:60", "NULL", "NULL"},
        {"23:59:59.9999", "23:59:59", "23:59:59.999"},
        {"", "NULL", "NULL"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(time_of(rows[i][0], 0), rows[i][1]);
        assert_string_equal(time_of(rows[i][0], 3), rows[i][2]);
    }
    assert_string_equal(time_of("01:02:03.4", 9), "01:02:03.4");
    assert_string_equal(time_of("01:02:03.456", 2), "01:02:03.45");
}

static const char *timestamp_of(const char *text, int32_t precision, bool iso) {
    static char out[BASE_TIME_TEXT_MAX + 1];
    __int128 nanos;
    int64_t length = (int64_t)strlen(text);
    if (!(iso ? base_timestamp_parse_iso : base_timestamp_parse)(text, length, &nanos))
        return "NULL";
    out[base_timestamp_format(nanos, precision, out)] = '\0';
    return out;
}

static void timestamps(void **state) {
    static const char *const rows[][2] = {
        {"2021-05-06", "2021-05-06 00:00:00.000000000"},
        {"2021-5-6", "2021-05-06 00:00:00.000000000"},
        {"2021-05-06 10:11", "NULL"},
        {"2021-05-06 10", "NULL"},
        {"2021-05-06 10:11:12", "2021-05-06 10:11:12.000000000"},
        {"2021-05-06T10:11:12", "NULL"},
        {"2021-05-06 1:2:3", "2021-05-06 01:02:03.000000000"},
        {"2021-05-06 10:11:12.123456789", "2021-05-06 10:11:12.123456789"},
        {"2021-05-06 10:11:12.1234567891", "NULL"},
        {"2021-05-06 10:11:12.", "2021-05-06 10:11:12.000000000"},
        {"2021-02-30 00:00:00", "2021-02-28 00:00:00.000000000"},
        {" 2021-05-06 10:11:12 ", "NULL"},
        {"2021-05-06 10:11:12Z", "NULL"},
        {"2021-05-06 24:00:00", "2021-05-07 00:00:00.000000000"},
        {"2021-05-06 24:00:01", "NULL"},
        {"2021-05", "NULL"},
        {"0000-01-01 00:00:00", "NULL"},
        {"10000-01-01 00:00:00", "NULL"},
        {"1969-12-31 23:59:59.999999999", "1969-12-31 23:59:59.999999999"},
        {"0001-01-01 00:00:00", "0001-01-01 00:00:00.000000000"},
        {"9999-12-31 23:59:59.999999999", "9999-12-31 23:59:59.999999999"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(timestamp_of(rows[i][0], 9, false), rows[i][1]);
    assert_string_equal(timestamp_of("1969-12-31 23:59:59.999", 0, false), "1969-12-31 23:59:59");
    assert_string_equal(timestamp_of("2020-01-02 03:04:05.678", 3, false),
                        "2020-01-02 03:04:05.678");
    assert_string_equal(timestamp_of("2020-01-02 03:04:05.678", 1, false), "2020-01-02 03:04:05.6");
    char out[BASE_TIME_TEXT_MAX];
    assert_memory_equal(out, "0000-12-31 23:59:59.999",
                        (size_t)base_timestamp_format(-62135596800 * SECOND - 1000000, 3, out));
}

static void iso_timestamps(void **state) {
    static const char *const rows[][2] = {
        {"2021-05-06T10:11:12", "2021-05-06 10:11:12.000"},
        {"2021-05-06T10:11", "2021-05-06 10:11:00.000"},
        {"2021-05-06T10:11:12.5", "2021-05-06 10:11:12.500"},
        {"2021-05-06 10:11:12", "NULL"},
        {"2021-5-6T10:11:12", "NULL"},
        {"2021-02-30T00:00:00", "NULL"},
        {"2021-05-06T24:00:00", "NULL"},
        {"2021-05-06", "NULL"},
        {"2021-05-06T10:11:12Z", "NULL"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(timestamp_of(rows[i][0], 3, true), rows[i][1]);
}

static void intervals(void **state) {
    static const struct {
        int64_t millis;
        const char *text;
    } days[] = {
        {93784500, "+1 02:03:04.500"},
        {-93784500, "-1 02:03:04.500"},
        {0, "+0 00:00:00.000"},
        {17280000000, "+200 00:00:00.000"},
        {INT64_MIN, "-106751991167 07:12:55.808"},
    };
    static const struct {
        int32_t months;
        const char *text;
    } months[] = {{27, "+2-03"}, {-27, "-2-03"}, {5, "+0-05"}, {INT32_MIN, "-178956970-08"}};
    char out[BASE_TIME_TEXT_MAX + 1];
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        out[base_interval_day_format(days[i].millis, out)] = '\0';
        assert_string_equal(out, days[i].text);
    }
    for (size_t i = 0; i < sizeof months / sizeof months[0]; i++) {
        out[base_interval_month_format(months[i].months, out)] = '\0';
        assert_string_equal(out, months[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floor_division), cmocka_unit_test(calendar),
        cmocka_unit_test(dates),          cmocka_unit_test(times),
        cmocka_unit_test(timestamps),     cmocka_unit_test(iso_timestamps),
        cmocka_unit_test(intervals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
