/* Decimal arithmetic: rounding, 256-bit intermediates, overflow, text. */
#include "support.h"

#include <math.h>

#include "base/decimal.h"

static base_i128 dec(const char *text, int32_t scale) {
    base_i128 value = 0;
    assert_true(base_decimal_parse(text, (int64_t)strlen(text), 38, scale, &value));
    return value;
}

static const char *text_of(base_i128 value, int32_t scale) {
    static char texts[4][BASE_NUMBER_TEXT_MAX + 1];
    static int next;
    char *text = texts[next++ % 4];
    text[base_decimal_format(value, scale, text)] = '\0';
    return text;
}

#define NINES_38 "99999999999999999999999999999999999999"

static void formats(void **state) {
    assert_string_equal(text_of(0, 0), "0");
    assert_string_equal(text_of(0, 3), "0.000");
    assert_string_equal(text_of(-5, 3), "-0.005");
    assert_string_equal(text_of(1234, 2), "12.34");
    assert_string_equal(text_of(-1234, 4), "-0.1234");
    assert_string_equal(text_of(dec(NINES_38, 0), 0), NINES_38);
    assert_string_equal(text_of(-dec(NINES_38, 0), 38), "-0." NINES_38);
    assert_string_equal(text_of(dec("10000000000000000000000000000", 0), 0),
                        "10000000000000000000000000000");
    assert_string_equal(text_of(base_power_of_ten(38), 38),
                        "1.00000000000000000000000000000000000000");
}

static void parses(void **state) {
    base_i128 value;
    assert_string_equal(text_of(dec("+1.005", 2), 2), "1.01");
    assert_string_equal(text_of(dec("-1.005", 2), 2), "-1.01");
    assert_string_equal(text_of(dec("1.0049999999", 2), 2), "1.00");
    assert_string_equal(text_of(dec(".5", 0), 0), "1");
    assert_string_equal(text_of(dec("5.", 1), 1), "5.0");
    assert_string_equal(text_of(dec("1.5e3", 0), 0), "1500");
    assert_string_equal(text_of(dec("15E-1", 2), 2), "1.50");
    assert_string_equal(text_of(dec("1e-100000000", 2), 2), "0.00");
    assert_string_equal(text_of(dec("0e100000000", 2), 2), "0.00");
    assert_string_equal(text_of(dec("00000000000000000000000000000000000000000000001", 0), 0), "1");
    assert_string_equal(text_of(dec("0.12345678901234567890123456789012345678501", 38), 38),
                        "0.12345678901234567890123456789012345679");
    static const char *const bad[] = {"",   "-",  ".",   "e5",   "1e",  "1e+", "1.2.3",
                                      " 1", "1 ", "1,5", "0x10", "NaN", "--1", "1e5x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(base_decimal_parse(bad[i], (int64_t)strlen(bad[i]), 38, 2, &value));
    assert_true(base_decimal_parse("999.99", 6, 5, 2, &value));
    assert_false(base_decimal_parse("999.995", 7, 5, 2, &value));
    assert_false(base_decimal_parse("1000", 4, 5, 2, &value));
    assert_false(base_decimal_parse("1e38", 4, 38, 0, &value));
    assert_false(base_decimal_parse("1e1000000000", 12, 38, 0, &value));
}

static void rescales(void **state) {
    base_i128 out;
    assert_true(base_decimal_rescale(-25, 1, 0, &out));
    assert_int_equal((int64_t)out, -3);
    assert_true(base_decimal_rescale(24, 1, 0, &out));
    assert_int_equal((int64_t)out, 2);
    assert_true(base_decimal_rescale(7, 0, 37, &out));
    assert_string_equal(text_of(out, 37), "7.0000000000000000000000000000000000000");
    assert_false(base_decimal_rescale(7, 0, 38, &out));
    assert_true(base_decimal_rescale(dec(NINES_38, 0), 38, 0, &out));
    assert_int_equal((int64_t)out, 1);
    assert_true(base_decimal_rescale(0, 0, 38, &out));
    assert_true(out == 0);
}

static void multiplies(void **state) {
    base_i128 out, nines = dec(NINES_38, 0);
    assert_true(base_decimal_multiply(-15, 15, 1, 1, 1, &out)); /* -2.25 */
    assert_string_equal(text_of(out, 1), "-2.3");
    assert_true(base_decimal_multiply(nines, nines, 38, 38, 38, &out));
    assert_string_equal(text_of(out, 38), "0.99999999999999999999999999999999999998");
    assert_true(base_decimal_multiply(nines, nines, 38, 38, 0, &out));
    assert_int_equal((int64_t)out, 1);
    assert_false(base_decimal_multiply(nines, 2, 0, 0, 0, &out));
    assert_false(base_decimal_multiply(nines, nines, 0, 0, 0, &out));
    /* Between 2^128 / 10 and 10^38 the last rounding step needs more than 128 bits. */
    assert_true(base_decimal_multiply(dec("9000000000000000000000000000000000000", 0), 1000, 0, 2,
                                      0, &out));
    assert_string_equal(text_of(out, 0), "90000000000000000000000000000000000000");
}

static void divides(void **state) {
    base_i128 out, nines = dec(NINES_38, 0);
    assert_true(base_decimal_divide(1, 3, 0, 0, 6, &out));
    assert_string_equal(text_of(out, 6), "0.333333");
    assert_true(base_decimal_divide(-2, 3, 0, 0, 6, &out));
    assert_string_equal(text_of(out, 6), "-0.666667");
    assert_true(base_decimal_divide(1, -8, 0, 0, 2, &out)); /* 0.125 */
    assert_string_equal(text_of(out, 2), "-0.13");
    assert_true(base_decimal_divide(1, nines, 38, 38, 38, &out));
    assert_int_equal((int64_t)out, 1);
    assert_true(base_decimal_divide(nines, nines, 0, 0, 37, &out));
    assert_string_equal(text_of(out, 37), "1.0000000000000000000000000000000000000");
    assert_false(base_decimal_divide(nines, 1, 0, 1, 0, &out));
    assert_true(base_decimal_divide(nines, 1, 38, 0, 0, &out));
    assert_int_equal((int64_t)out, 1);
    assert_true(base_decimal_divide(0, 7, 0, 38, 38, &out));
    assert_true(out == 0);
}

static void remainders(void **state) {
    base_i128 out, nines = dec(NINES_38, 0);
    assert_true(base_decimal_remainder(-75, 2, 1, 0, 1, &out)); /* -7.5 % 2 */
    assert_string_equal(text_of(out, 1), "-1.5");
    assert_true(base_decimal_remainder(7, -20, 0, 1, 1, &out)); /* 7 % -2.0 */
    assert_string_equal(text_of(out, 1), "1.0");
    assert_true(base_decimal_remainder(nines, 7, 0, 38, 38, &out)); /* 9.99e37 % 7e-38 */
    assert_true(out >= 0 && out < 7);
    assert_true(base_decimal_remainder(5, nines, 38, 0, 38, &out));
    assert_true(out == 5);
}

static void compares(void **state) {
    base_i128 nines = dec(NINES_38, 0);
    assert_int_equal(base_decimal_compare(15, 1, 150, 2), 0);
    assert_int_equal(base_decimal_compare(15, 1, 149, 2), 1);
    assert_int_equal(base_decimal_compare(-15, 1, -149, 2), -1);
    assert_int_equal(base_decimal_compare(nines, 0, nines, 38), 1);
    assert_int_equal(base_decimal_compare(-nines, 0, nines, 38), -1);
    assert_int_equal(base_decimal_compare(0, 0, 0, 38), 0);
    assert_int_equal(base_decimal_compare(0, 0, -1, 38), 1);
    assert_true(base_decimal_fits(99999, 5));
    assert_false(base_decimal_fits(-100000, 5));
}

static void doubles(void **state) {
    base_i128 out;
    assert_true(base_decimal_to_double(-12345, 2) == -123.45);
    assert_true(base_decimal_to_double(dec(NINES_38, 0), 0) == 1e38);
    assert_true(base_decimal_to_double(dec("1234567890123456789012345678901234567", 0), 30) ==
                1234567.890123456789012345678901234567);
    assert_true(base_decimal_from_double(1.005, 5, 2, &out)); /* by its text, not by its bits */
    assert_string_equal(text_of(out, 2), "1.01");
    assert_true(base_decimal_from_double(-1.5e-7, 38, 10, &out));
    assert_string_equal(text_of(out, 10), "-0.0000001500");
    assert_false(base_decimal_from_double(1e38, 38, 0, &out));
    assert_false(base_decimal_from_double((double)NAN, 38, 0, &out));
    assert_false(base_decimal_from_double((double)INFINITY, 38, 0, &out));
}

/* (a * b) / b = a, and a = (a / b) * b + a % b, over random operands of all sizes. */
static void laws(void **state) {
    base_seeded seeded;
    base_seeded_init(&seeded, 42);
    for (int i = 0; i < 20000; i++) {
        base_i128 bits[2];
        for (int k = 0; k < 2; k++) {
            uint64_t high = seeded.random.next(&seeded), low = seeded.random.next(&seeded);
            bits[k] = (base_i128)((unsigned __int128)high << 64 | low) %
                      base_power_of_ten((int32_t)(low % 19) + 1);
        }
        base_i128 a = bits[0], b = bits[1] == 0 ? 1 : bits[1], product, back, quotient, rest;
        assert_true(base_decimal_multiply(a, b, 0, 0, 0, &product));
        assert_true(base_decimal_divide(product, b, 0, 0, 0, &back));
        assert_true(back == a);
        assert_true(base_decimal_remainder(a, b, 0, 0, 0, &rest));
        assert_true(base_decimal_divide(a - rest, b, 0, 0, 0, &quotient));
        assert_true(quotient * b + rest == a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats),    cmocka_unit_test(parses),  cmocka_unit_test(rescales),
        cmocka_unit_test(multiplies), cmocka_unit_test(divides), cmocka_unit_test(remainders),
        cmocka_unit_test(compares),   cmocka_unit_test(doubles), cmocka_unit_test(laws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
