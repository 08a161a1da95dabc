/* Single values: in and out of columns, copies, equality, and their SQL literals. */
#include "support.h"

static const char *const texts[][2] = {
    {"BOOLEAN", "TRUE"},
    {"TINYINT", "-5"},
    {"BIGINT", "-9223372036854775808"},
    {"FLOAT", "1.5"},
    {"DOUBLE", "1.0E10"},
    {"DECIMAL(5, 2)", "-1.50"},
    {"DECIMAL(38, 10)", "1234567890123456789012345678.0123456789"},
    {"DATE", "2020-01-02"},
    {"TIME(3)", "01:02:03.4"},
    {"TIMESTAMP(6)", "1969-12-31 23:59:59.999999"},
    {"TIMESTAMP(9)", "1969-12-31 23:59:59.999999999"},
    {"STRING", "a text that needs a heap of its own"},
    {"STRING", ""},
    {"ARRAY<STRING>", "[a, NULL, a text that needs a heap of its own]"},
    {"MAP<STRING, INT>", "{a=1, b=NULL}"},
    {"MULTISET<INT>", "{1=2}"},
    {"ROW<a INT, b ROW<c BOOLEAN>>", "(1, (FALSE))"},
    {"ROW<>", "()"},
};

static void through_columns(void **state) {
    rask_error err;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        base_arena *arena = base_arena_new(), *other = base_arena_new();
        data_column *column, *constant;
        if (strcmp(texts[i][1], "()") == 0) { /* no text of a test column */
            data_value unit = {.type = test_type("ROW<>")};
            ASSERT_OK(data_value_to_column(NULL, &unit, 1, &column, &err));
        } else if (texts[i][1][0] == '\0') {
            data_value empty = data_value_text(arena, test_type("STRING"), "", 0);
            ASSERT_OK(data_value_to_column(NULL, &empty, 1, &column, &err));
        } else {
            column = test_column(texts[i][0], texts[i][1]);
        }
        data_value value = data_value_at(other, column, 0);
        data_column_unref(column);
        data_value copy = data_value_copy(arena, &value);
        assert_true(data_value_equal(&value, &copy));
        base_arena_free(other);
        base_strbuf text;
        base_strbuf_init(&text, 1000);
        assert_true(data_value_print(&copy, &text));
        assert_string_equal(text.data, texts[i][1]);
        base_strbuf_free(&text);
        ASSERT_OK(data_value_to_column(NULL, &copy, 5, &constant, &err));
        assert_int_equal(constant->layout, DATA_CONSTANT);
        assert_int_equal(constant->length, 5);
        value = data_value_at(arena, constant, 4);
        assert_true(data_value_equal(&value, &copy));
        data_column_unref(constant);
        base_arena_free(arena);
    }
}

static void equality(void **state) {
    const data_type *type = test_type("INT"), *other = test_type("INT NOT NULL");
    data_value null = data_value_null(type), one = data_value_i64(type, 1);
    data_value two = data_value_i64(type, 2), not_null = data_value_i64(other, 1);
    assert_true(data_value_equal(&null, &null));
    assert_false(data_value_equal(&null, &one));
    assert_false(data_value_equal(&one, &two));
    assert_false(data_value_equal(&one, &not_null)); /* types count */
    base_strbuf text;
    base_strbuf_init(&text, 100);
    assert_false(data_value_print(&null, &text));
    assert_int_equal(text.length, 0);
    data_value decimal = data_value_i64(test_type("DECIMAL(5, 2)"), -150);
    assert_true(data_value_print(&decimal, &text));
    assert_string_equal(text.data, "-1.50");
    base_strbuf_free(&text);
}

/* What only printing does: hexadecimal binary, the zone, and the decoded form of a cast. */
static void printing(void **state) {
    base_strbuf text;
    base_strbuf_init(&text, 1000);
    data_column *column = test_column("ARRAY<BYTES>", "[h\xFFi, \xC3\xBC]");
    data_column_print(column, 0, NULL, &text);
    assert_string_equal(text.data, "[x'68ff69', x'c3bc']");
    base_strbuf_clear(&text);
    data_column_print_cast(column, 0, NULL, &text);
    assert_string_equal(text.data, "[h\xEF\xBF\xBDi, \xC3\xBC]");
    data_column_unref(column);
    column = test_column("TIMESTAMP_LTZ(3)", "1970-01-01 00:00:00");
    base_strbuf_clear(&text);
    data_column_print(column, 0, base_zone_find_legacy("GMT-01:00", 9), &text);
    assert_string_equal(text.data, "1969-12-31 23:00:00.000");
    data_column_unref(column);
    column = test_column("TIMESTAMP_LTZ(9)", "1970-01-01 00:00:00.5");
    base_strbuf_clear(&text);
    data_column_print(column, 0, base_zone_find_legacy("GMT+01:00", 9), &text);
    assert_string_equal(text.data, "1970-01-01 01:00:00.500000000");
    data_column_unref(column);
    column = test_column("INTERVAL DAY TO SECOND(3)", "-93784500");
    base_strbuf_clear(&text);
    data_column_print(column, 0, NULL, &text);
    assert_string_equal(text.data, "-1 02:03:04.500");
    data_column_unref(column);
    column = test_column("CHAR(3)", "a  ");
    base_strbuf_clear(&text);
    data_column_print(column, 0, NULL, &text);
    assert_string_equal(text.data, "a  ");
    data_column_unref(column);
    base_strbuf_free(&text);
}

static void sql_literals(void **state) {
    static const char *const rows[][3] = {
        {"BOOLEAN", "TRUE", "TRUE"},
        {"INT", "-5", "-5"},
        {"TINYINT", "5", "CAST(5 AS TINYINT)"},
        {"BIGINT NOT NULL", "5", "CAST(5 AS BIGINT)"},
        {"BIGINT", "2147483648", "2147483648"},
        {"DOUBLE", "1.5", "1.5E0"},
        {"DOUBLE", "1.0E10", "1.0E10"},
        {"DOUBLE", "NaN", "CAST('NaN' AS DOUBLE)"},
        {"FLOAT", "0.1", "CAST(0.1E0 AS FLOAT)"},
        {"DECIMAL(3, 2)", "1.50", "1.50"},
        {"DECIMAL(3, 2)", "-1.50", "-1.50"},
        {"DECIMAL(2, 2)", "0.05", "0.05"},
        {"DECIMAL(5, 2)", "1.50", "CAST(1.50 AS DECIMAL(5, 2))"},
        {"DECIMAL(3, 0)", "150", "CAST(150 AS DECIMAL(3, 0))"},
        {"CHAR(4)", "it's", "'it''s'"},
        {"CHAR(2)", "\xC3\xBCx", "'\xC3\xBCx'"},
        {"STRING", "it's", "CAST('it''s' AS STRING)"},
        {"VARCHAR(5)", "ab", "CAST('ab' AS VARCHAR(5))"},
        {"BINARY(2)", "ab", "x'6162'"},
        {"BYTES", "ab", "CAST(x'6162' AS BYTES)"},
        {"DATE", "2020-01-01", "DATE '2020-01-01'"},
        {"TIME(0)", "01:02:03", "TIME '01:02:03'"},
        {"TIMESTAMP(3)", "2020-01-01 01:02:03.500", "TIMESTAMP '2020-01-01 01:02:03.500'"},
        {"TIMESTAMP_LTZ(3)", "1970-01-01 00:00:01.500", "TO_TIMESTAMP_LTZ(1500, 3)"},
        {"TIMESTAMP_LTZ(6)", "1970-01-01 00:00:01.500",
         "CAST(TO_TIMESTAMP_LTZ(1500, 3) AS TIMESTAMP_LTZ(6))"},
        {"INTERVAL DAY TO SECOND(3)", "-93784500",
         "INTERVAL -'1 02:03:04.500' DAY(2) TO SECOND(3)"},
        {"INTERVAL DAY TO SECOND(3)", "17280000000",
         "INTERVAL '200 00:00:00.000' DAY(3) TO SECOND(3)"},
        {"INTERVAL YEAR TO MONTH", "27", "INTERVAL '2-03' YEAR(2) TO MONTH"},
        {"ARRAY<INT>", "[1, NULL]", "ARRAY[1, CAST(NULL AS INT)]"},
        {"MAP<CHAR(1), INT>", "{a=1, b=2}", "MAP['a', 1, 'b', 2]"},
        {"ROW<a INT, b BOOLEAN>", "(1, FALSE)", "ROW(1, FALSE)"},
        {"STRING NOT NULL", "NULL", "CAST(NULL AS STRING)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        base_arena *arena = base_arena_new();
        data_column *column = test_column(rows[i][0], rows[i][1]);
        data_value value = data_value_at(arena, column, 0);
        base_strbuf text;
        base_strbuf_init(&text, 1000);
        data_value_write_sql(&value, &text);
        assert_string_equal(text.data, rows[i][2]);
        base_strbuf_free(&text);
        data_column_unref(column);
        base_arena_free(arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(through_columns),
        cmocka_unit_test(equality),
        cmocka_unit_test(printing),
        cmocka_unit_test(sql_literals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
