/* UTF-8: validity, counting, offsets, display width. */
#include "support.h"

#include "base/utf8.h"

#define TEXT(literal) (literal), (int64_t)(sizeof(literal) - 1)

static void validity(void **state) {
    assert_true(base_utf8_is_valid(TEXT("")));
    assert_true(base_utf8_is_valid(TEXT("plain ascii text, longer than a word")));
    assert_true(base_utf8_is_valid(TEXT("gr\xC3\xBC\xC3\x9F \xE4\xBD\xA0 \xF0\x9F\x98\x80")));
    static const char *const bad[] = {"\x80",
                                      "\xC3",
                                      "\xC0\xAF",
                                      "\xE0\x80\xAF",
                                      "\xED\xA0\x80",
                                      "\xF4\x90\x80\x80",
                                      "\xF8\x88\x80\x80\x80",
                                      "abcdefgh\xFF",
                                      "\xE4\xBD"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(base_utf8_is_valid(bad[i], (int64_t)strlen(bad[i])));
}

static void counting(void **state) {
    static const char text[] = "a\xC3\xBC\xE4\xBD\xA0\xF0\x9F\x98\x80z";
    assert_int_equal(base_utf8_length(TEXT("")), 0);
    assert_int_equal(base_utf8_length(TEXT(text)), 5);
    assert_int_equal(base_utf8_length(TEXT("0123456789abcdef0123\xC3\xBC")), 21);
    assert_int_equal(base_utf8_length(TEXT("\xFF\xFE")), 2);
    static const int64_t offsets[] = {0, 1, 3, 6, 10, 11, 11};
    for (int64_t i = 0; i < 7; i++)
        assert_int_equal(base_utf8_offset(TEXT(text), i), offsets[i]);
    assert_int_equal(base_utf8_offset(TEXT("0123456789abcdef"), 9), 9);
    assert_int_equal(base_utf8_length(TEXT("\xE4\xBD")), 1); /* cut off */
}

/* Every code point but surrogates survives writing and reading. */
static void writing_and_reading(void **state) {
    for (int32_t c = 0; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 17) {
        char bytes[4];
        int64_t offset = 0;
        int32_t length = base_utf8_put(c, bytes);
        if (c >= 0xD800 && c <= 0xDFFF) {
            assert_int_equal(base_utf8_next(bytes, length, &offset), -1);
            assert_int_equal(offset, 1);
            continue;
        }
        assert_int_equal(base_utf8_next(bytes, length, &offset), c);
        assert_int_equal(offset, length);
    }
}

static void width(void **state) {
    assert_int_equal(base_utf8_display_width(TEXT("abc")), 3);
    assert_int_equal(base_utf8_display_width(TEXT("\xE4\xBD\xA0\xE5\xA5\xBD")), 4); /* CJK */
    assert_int_equal(base_utf8_display_width(TEXT("gr\xC3\xBC\xC3\x9F")), 4);
    assert_int_equal(base_utf8_display_width(TEXT("e\xCC\x81")), 2); /* combining: one, as Flink */
    assert_int_equal(base_utf8_display_width(TEXT("\xEF\xBC\xA1")), 2);     /* full-width A */
    assert_int_equal(base_utf8_display_width(TEXT("\xF0\x9F\x98\x80")), 3); /* emoji */
    assert_int_equal(base_utf8_display_width(TEXT("\xF0\x9D\x92\x9C")), 2); /* script A */
    assert_int_equal(base_utf8_display_width(TEXT("12345678\xFF")), 9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validity),
        cmocka_unit_test(counting),
        cmocka_unit_test(writing_and_reading),
        cmocka_unit_test(width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
