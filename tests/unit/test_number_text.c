/* Integers and floating-point numbers as text and back. */
#include "support.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/decimal.h"

static const char *double_text(double value) {
    static char text[BASE_NUMBER_TEXT_MAX + 1];
    text[base_double_format(value, text)] = '\0';
    return text;
}

static const char *float_text(float value) {
    static char text[BASE_NUMBER_TEXT_MAX + 1];
    text[base_float_format(value, text)] = '\0';
    return text;
}

static void integers(void **state) {
    static const struct {
        int64_t value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {7, "7"},
        {-7, "-7"},
        {10, "10"},
        {99, "99"},
        {100, "100"},
        {12345, "12345"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    char text[BASE_NUMBER_TEXT_MAX + 1];
    int64_t value;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        text[base_i64_format(rows[i].value, text)] = '\0';
        assert_string_equal(text, rows[i].text);
        assert_true(base_i64_parse(text, (int64_t)strlen(text), &value));
        assert_true(value == rows[i].value);
    }
    static const char *const bad[] = {"",
                                      "-",
                                      "+",
                                      " 1",
                                      "1 ",
                                      "1x",
                                      "0x",
                                      "1.0",
                                      "--1",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(base_i64_parse(bad[i], (int64_t)strlen(bad[i]), &value));
    assert_true(base_i64_parse("+0012", 5, &value));
    assert_int_equal(value, 12);
}

static void doubles_as_java_prints_them(void **state) {
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1.0, "1.0"},
        {-1.5, "-1.5"},
        {100.0, "100.0"},
        {0.1, "0.1"},
        {0.001, "0.001"},
        {0.00123, "0.00123"},
        {0.00099, "9.9E-4"},
        {1e-5, "1.0E-5"},
        {9999999.0, "9999999.0"},
        {1e7, "1.0E7"},
        {12345678.9, "1.23456789E7"},
        {1e10, "1.0E10"},
        {123456.789, "123456.789"},
        {1e22, "1.0E22"},
        {1e23, "1.0E23"},
        {2e23, "2.0E23"},
        {DBL_MAX, "1.7976931348623157E308"},
        {DBL_MIN, "2.2250738585072014E-308"},
        {4.9e-324, "4.9E-324"},
        {1.5e-323, "1.5E-323"},
        {9007199254740993.0, "9.007199254740992E15"},
        {1.0 / 3, "0.3333333333333333"},
        {2.0 / 3, "0.6666666666666666"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(double_text(rows[i].value), rows[i].text);
    assert_string_equal(double_text((double)NAN), "NaN");
    assert_string_equal(double_text(-(double)NAN), "NaN");
    assert_string_equal(double_text((double)INFINITY), "Infinity");
    assert_string_equal(double_text(-(double)INFINITY), "-Infinity");
}

static void floats_as_java_prints_them(void **state) {
    assert_string_equal(float_text(1.5F), "1.5");
    assert_string_equal(float_text(0.1F), "0.1");
    assert_string_equal(float_text(1234567.0F), "1234567.0");
    assert_string_equal(float_text(1e10F), "1.0E10");
    assert_string_equal(float_text(FLT_MAX), "3.4028235E38");
    assert_string_equal(float_text(FLT_MIN), "1.1754944E-38");
    assert_string_equal(float_text(1.4e-45F), "1.4E-45");
    assert_string_equal(float_text(-0.0F), "-0.0");
    assert_string_equal(float_text(16777216.0F), "1.6777216E7");
    assert_string_equal(float_text((float)NAN), "NaN");
}

/* The text reads back as the same number, and no text with fewer digits does. */
static void shortest_round_trip(void **state) {
    base_seeded seeded;
    base_seeded_init(&seeded, 7);
    for (int i = 0; i < 50000; i++) {
        uint64_t bits = seeded.random.next(&seeded);
        double value, back;
        if (i % 4 == 1)
            bits &= ~0xFFFFFFFFFFFFFULL; /* powers of two */
        if (i % 4 == 2)
            bits &= 0x800FFFFFFFFFFFFFULL; /* subnormals */
        memcpy(&value, &bits, 8);
        if (i % 4 == 3)
            value = (double)(int64_t)(bits % 2000000) / 1000;
        if (!isfinite(value))
            continue;
        const char *text = double_text(value);
        assert_true(base_double_parse(text, (int64_t)strlen(text), &back));
        assert_memory_equal(&back, &value, 8);
        assert_true(strtod(text, NULL) == value);
        int digits = 0;
        for (const char *c = text; *c != '\0' && *c != 'E'; c++)
            digits += *c >= '0' && *c <= '9';
        char shorter[64];
        snprintf(shorter, sizeof shorter, "%.*e", digits > 3 ? digits - 3 : 0, value);
        if (digits > 3 && strchr(text, 'E') != NULL)
            assert_true(strtod(shorter, NULL) != value);
    }
}

static void reads_what_java_reads(void **state) {
    static const struct {
        const char *text;
        double value;
    } rows[] = {
        {"1", 1},
        {" \t1.5\n", 1.5},
        {"+1.5e+2", 150},
        {"-.5", -0.5},
        {"5.", 5},
        {"1.5d", 1.5},
        {"1.5F", 1.5},
        {"0x1.8p1", 3},
        {"-0x1p-2", -0.25},
        {"1e400", (double)INFINITY},
        {"-1e400", -(double)INFINITY},
        {"1e-400", 0},
        {"Infinity", (double)INFINITY},
        {"-Infinity", -(double)INFINITY},
        {"123456789012345678901234567890", 123456789012345678901234567890.0},
        {"0.1", 0.1},
        {"2.2250738585072011e-308", 2.2250738585072011e-308},
        {"9007199254740993", 9007199254740992.0},
        {"0e99999999999", 0},
        {"000000000000000000000000001", 1},
        {"1e22", 1e22},
        {"1e23", 1e23},
    };
    double value;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(base_double_parse(rows[i].text, (int64_t)strlen(rows[i].text), &value));
        assert_true(value == rows[i].value);
    }
    assert_true(base_double_parse("NaN", 3, &value));
    assert_true(isnan(value));
    static const char *const bad[] = {"",    " ",     ".",  "e5",  "1e",   "1e+",      "inf",
                                      "nan", "0x10",  "0x", "1 2", "d",    "infinity", "1,5",
                                      "--1", "1.5dd", "+",  "-",   "1e5.", "1.2.3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(base_double_parse(bad[i], (int64_t)strlen(bad[i]), &value));
}

/* 1 + 2^-24 + 2^-60 lies just above the middle of two floats; by way of double it would be a tie.
 */
static void floats_round_once(void **state) {
    static const char text[] = "1.000000059604644776";
    float value;
    assert_true(base_float_parse(text, sizeof text - 1, &value));
    assert_true(value == strtof(text, NULL));
    assert_true(base_float_parse("0.1", 3, &value));
    assert_true(value == 0.1F);
    assert_true(base_float_parse("1e39", 4, &value));
    assert_true(isinf(value));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),
        cmocka_unit_test(doubles_as_java_prints_them),
        cmocka_unit_test(floats_as_java_prints_them),
        cmocka_unit_test(shortest_round_trip),
        cmocka_unit_test(reads_what_java_reads),
        cmocka_unit_test(floats_round_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
