/* CAST and TRY_CAST over columns, with the answers of real Flink. */
#include "func_support.h"

static void test_integers_from_text(void **state) {
    test_cast("STRING: 1| 1 |1.|.5|-.5|1.5|.|+7|-0.9", "INT", "INT: 1|1|1|0|0|1|0|7|0");
    test_cast("STRING: 127|-128", "TINYINT", "TINYINT: 127|-128");
    test_cast("STRING: 9223372036854775807|-9223372036854775808", "BIGINT",
              "BIGINT: 9223372036854775807|-9223372036854775808");
    test_try_cast("STRING: 128|abc|1e3|NULL|1_0|1-", "TINYINT",
                  "TINYINT: NULL|NULL|NULL|NULL|NULL|NULL");
    test_cast("STRING: abc", "INT", "!For input string: 'abc'. Invalid character found.");
    test_cast("STRING: |1", "INT", "!For input string: ''. Input is empty.");
    test_cast("STRING:   ", "TINYINT", "!For input string: ''. Input is empty.");
    test_cast("STRING: -", "INT",
              "!For input string: '-'. Input has only positive or negative symbol.");
    test_cast("STRING: 128", "TINYINT", "!For input string: '128'. Overflow.");
    test_cast("STRING: 99999999999999999999", "BIGINT",
              "!For input string: '99999999999999999999'. Overflow.");
    test_cast("STRING: 1 2", "INT", "!For input string: '1 2'. Invalid character found.");
}

static void test_other_numbers_from_text(void **state) {
    test_cast("STRING: 1| 1 |.5|1e3|1E+3|1d|0x1p3|NaN|-Infinity|-0.0", "DOUBLE",
              "DOUBLE: 1.0|1.0|0.5|1000.0|1000.0|1.0|8.0|NaN|-Infinity|-0.0");
    test_cast("STRING: 16777217|3.4e38|1e300", "FLOAT", "FLOAT: 1.6777216E7|3.4E38|Infinity");
    test_cast("STRING: abc", "DOUBLE", "!For input string: \"abc\"");
    test_cast("STRING: |1", "DOUBLE", "!empty String");
    test_cast("STRING: 1|.5|-.5|1.5|.|1.x|1d|1-| 12.345 ", "DECIMAL(5, 2)",
              "DECIMAL(5, 2): 1.00|0.50|-0.50|1.50|0.00|1.00|1.00|1.00|12.35");
    test_cast("STRING: 1e3", "DECIMAL(38, 18)", "DECIMAL(38, 18): 1000.000000000000000000");
    test_cast("STRING: 1e3", "DECIMAL(5, 2)", "!For input string: '1e3'. Overflow.");
    test_cast("STRING: |1", "DECIMAL(5, 2)", "!For input string: ''. Overflow.");
    test_cast("STRING: 1 2", "DECIMAL(5, 2)", "!For input string: '1 2'. Overflow.");
    test_try_cast("STRING: 1000|NaN|0x1|NULL|999.99", "DECIMAL(5, 2)",
                  "DECIMAL(5, 2): NULL|NULL|NULL|NULL|999.99");
    test_cast("STRING: true|TRUE|tRue|t|Y|yes|1|0|no|n|F|false", "BOOLEAN",
              "BOOLEAN: TRUE|TRUE|TRUE|TRUE|TRUE|TRUE|TRUE|FALSE|FALSE|FALSE|FALSE|FALSE");
    test_cast("STRING:  true ", "BOOLEAN", "!Cannot parse ' true ' as BOOLEAN.");
    test_try_cast("STRING: on|2|", "BOOLEAN", "BOOLEAN: NULL|NULL|NULL");
}

static void test_dates_from_text(void **state) {
    test_cast("STRING: 2020-01-02| 2020-01-02 |2020-1-2|2020|2020-05|2020-01-02 10:00:00|99-1-1",
              "DATE",
              "DATE: 2020-01-02|2020-01-02|2020-01-02|2020-01-01|2020-05-01|2020-01-02|0099-01-01");
    test_cast("STRING: 2021-02-29", "DATE", "!For input string: '2021-02-29'.");
    test_try_cast("STRING: 2020-13-01|2020-05-|20200102|2020-01-02T10:00:00|12020-01-01|", "DATE",
                  "DATE: NULL|NULL|NULL|NULL|NULL|NULL");
    test_cast("STRING: 10:11:12| 10:11:12 |10:11|10|1:2:3|10:11:12.999", "TIME",
              "TIME(0): 10:11:12|10:11:12|10:11:00|10:00:00|01:02:03|10:11:12");
    test_cast("STRING: 10:11:12|10:11:12.123456|10:11:12.1", "TIME(3)",
              "TIME(3): 10:11:12.0|10:11:12.123|10:11:12.1");
    test_cast("STRING: 24:00:00", "TIME",
              "!Invalid time format: '24:00:00'. Expected format: HH:mm:ss[.fff] where HH is "
              "00-23, mm is 00-59, ss is 00-59");
    test_cast("STRING: 2020-01-02 03:04:05|2020-1-2 3:4:5|2020-01-02|2020-01-02 03:04:05.1"
              "|2020-01-02 24:00:00|2020-02-30 00:00:00|2020-01-02 03:04:05.",
              "TIMESTAMP(3)",
              "TIMESTAMP(3): 2020-01-02 03:04:05.000|2020-01-02 03:04:05.000"
              "|2020-01-02 00:00:00.000|2020-01-02 03:04:05.100|2020-01-03 00:00:00.000"
              "|2020-02-29 00:00:00.000|2020-01-02 03:04:05.000");
    test_cast("STRING: 2020-01-02 03:04:05.123456789", "TIMESTAMP(9)",
              "TIMESTAMP(9): 2020-01-02 03:04:05.123456789");
    test_cast("STRING: 1969-12-31 23:59:59.999999999", "TIMESTAMP(6)",
              "TIMESTAMP(6): 1969-12-31 23:59:59.999999");
}

static void test_timestamp_refusals(void **state) {
    test_cast("STRING: 2020-01-02T03:04:05", "TIMESTAMP(3)",
              "!Text '2020-01-02T03:04:05' could not be parsed, unparsed text found at index 10");
    test_cast("STRING: 2020-01-02 03:04", "TIMESTAMP(3)",
              "!Text '2020-01-02 03:04' could not be parsed, unparsed text found at index 10");
    test_cast("STRING: 2020-01-02 03:04:05Z", "TIMESTAMP_LTZ(3)",
              "!Text '2020-01-02 03:04:05Z' could not be parsed, unparsed text found at index 19");
    test_cast("STRING: |1", "TIMESTAMP(3)", "!Text '' could not be parsed at index 0");
    test_cast("STRING: 128", "TIMESTAMP(3)", "!Text '128' could not be parsed at index 0");
    test_cast("STRING: 2020/01/02 00:00:00", "TIMESTAMP(3)",
              "!Text '2020/01/02 00:00:00' could not be parsed at index 4");
    test_cast("STRING: 2020-13-02 00:00:00", "TIMESTAMP(3)",
              "!Invalid value for MonthOfYear (valid values 1 - 12): 13");
    test_cast("STRING: 2020-01-02 25:00:00", "TIMESTAMP(3)",
              "!Invalid value for HourOfDay (valid values 0 - 23): 25");
    test_cast("STRING: 2020-01-02 03:04:60", "TIMESTAMP(3)",
              "!Invalid value for SecondOfMinute (valid values 0 - 59): 60");
    test_try_cast("STRING: 2020-01-02 03:04|x|NULL|2020-01-02", "TIMESTAMP(0)",
                  "TIMESTAMP(0): NULL|NULL|NULL|2020-01-02 00:00:00");
}

static void test_numbers(void **state) {
    test_cast("INT: 300|2147483647|-129|NULL", "TINYINT", "TINYINT: 44|-1|127|NULL");
    test_cast("BIGINT: 3000000000|2147483648", "SMALLINT", "SMALLINT: 24064|0");
    test_cast("DOUBLE: 2.9|-2.9|1e10|-1e10|NaN|Infinity|-Infinity", "INT",
              "INT: 2|-2|2147483647|-2147483648|0|2147483647|-2147483648");
    test_cast("DOUBLE: 9.3e18|-9.3e18|1e300|NaN", "BIGINT",
              "BIGINT: 9223372036854775807|-9223372036854775808|9223372036854775807|0");
    test_cast("DOUBLE: 32768|1e20|-2147483648|128", "SMALLINT", "SMALLINT: -32768|-1|0|128");
    test_cast("FLOAT: 128|3.4e38|1.5", "TINYINT", "TINYINT: -128|-1|1");
    test_cast("BIGINT: 9223372036854775807", "FLOAT", "FLOAT: 9.223372E18");
    test_cast("DOUBLE: 1e300|0.1", "FLOAT", "FLOAT: Infinity|0.1");
    test_cast("FLOAT: 0.1", "DOUBLE", "DOUBLE: 0.10000000149011612");
    test_cast("INT: 0|5|NULL", "BOOLEAN", "BOOLEAN: FALSE|TRUE|NULL");
    test_cast("DOUBLE: 0|-0.0|NaN|0.1", "BOOLEAN", "BOOLEAN: FALSE|FALSE|TRUE|TRUE");
    test_cast("BOOLEAN: TRUE|FALSE|NULL", "INT", "INT: 1|0|NULL");
    test_cast("BOOLEAN: TRUE|FALSE", "DOUBLE", "DOUBLE: 1.0|0.0");
    test_cast("BOOLEAN: TRUE|FALSE", "DECIMAL(3, 1)", "DECIMAL(3, 1): 1.0|0.0");
}

static void test_decimals(void **state) {
    test_cast("DECIMAL(6, 3): 123.456|-123.455|NULL", "DECIMAL(5, 2)",
              "DECIMAL(5, 2): 123.46|-123.46|NULL");
    test_cast("DECIMAL(20, 2): 127.00|32768.00|99999999.95", "DECIMAL(5, 1)",
              "DECIMAL(5, 1): 127.0|NULL|NULL");
    test_cast("DECIMAL(2, 1): -0.5", "DECIMAL(38, 10)", "DECIMAL(38, 10): -0.5000000000");
    test_cast("BIGINT: 127|9223372036854775807", "DECIMAL(10, 2)", "DECIMAL(10, 2): 127.00|NULL");
    test_cast("DOUBLE: 0.1|-2.5|1e-7|1234567|NULL", "DECIMAL(5, 2)",
              "DECIMAL(5, 2): 0.10|-2.50|0.00|NULL|NULL");
    test_try_cast("DOUBLE: NaN", "DECIMAL(5, 2)",
                  "!Character N is neither a decimal digit number, decimal point, nor \"e\" "
                  "notation exponential mark.");
    test_cast("DECIMAL(22, 2): 99999999999999999999.99|-1.99", "SMALLINT", "SMALLINT: -1|-1");
    test_cast("DECIMAL(22, 2): 99999999999999999999.99", "BIGINT", "BIGINT: 7766279631452241919");
    test_cast("DECIMAL(6, 3): 123.456|0", "DOUBLE", "DOUBLE: 123.456|0.0");
    test_cast("DECIMAL(6, 3): 0.1", "FLOAT", "FLOAT: 0.1");
    test_cast("DECIMAL(6, 3): 0|0.001", "BOOLEAN", "BOOLEAN: FALSE|TRUE");
}

static void test_texts(void **state) {
    test_cast("INT: 1|-2147483648|NULL", "STRING", "STRING: 1|-2147483648|NULL");
    test_cast("INT: 1|-129", "CHAR(3)", "CHAR(3): 1  |-12");
    test_cast("INT: 32768|-1", "VARCHAR(3)", "VARCHAR(3): 327|-1");
    test_cast("BOOLEAN: TRUE|FALSE", "STRING", "STRING: TRUE|FALSE");
    test_cast("BOOLEAN: TRUE|FALSE", "CHAR(2)", "CHAR(2): TR|FA");
    test_cast("DOUBLE: 1e7|1e-5|0.1|-0.0|NaN", "STRING", "STRING: 1.0E7|1.0E-5|0.1|-0.0|NaN");
    test_cast("FLOAT: 12345678|0.001", "STRING", "STRING: 1.2345678E7|0.001");
    test_cast("DECIMAL(22, 2): 99999999999999999999.99|0", "STRING",
              "STRING: 99999999999999999999.99|0.00");
    test_cast("DECIMAL(20, 2): -1.50", "VARCHAR(3)", "VARCHAR(3): -1.");
    test_cast("DATE: 2020-02-29|1969-12-31", "STRING", "STRING: 2020-02-29|1969-12-31");
    test_cast("TIME(3): 10:11:12.0|10:11:12.345", "STRING", "STRING: 10:11:12.0|10:11:12.345");
    test_cast("TIMESTAMP(3): 2020-01-02 03:04:05.678|1969-12-31 23:59:59.999", "VARCHAR(23)",
              "VARCHAR(23): 2020-01-02 03:04:05.678|1969-12-31 23:59:59.999");
    test_cast("TIMESTAMP(9): 2020-01-02 03:04:05.000000001", "STRING",
              "STRING: 2020-01-02 03:04:05.000000001");
    test_cast("STRING: abcd|a|中文字符x|NULL|abcdefghijklmnopq", "VARCHAR(4)",
              "VARCHAR(4): abcd|a|中文字符|NULL|abcd");
    test_cast("STRING: ab|中文|abcdefg|", "CHAR(5)", "CHAR(5): ab   |中文   |abcde|     ");
    test_cast("STRING: abcdefghijklmnopqrstuvwxyz|short", "VARCHAR(20)",
              "VARCHAR(20): abcdefghijklmnopqrst|short");
    test_cast("STRING: abc|a", "BINARY(2)", "BINARY(2): x'6162'|x'6100'");
    test_cast("STRING: abc|a", "VARBINARY(2)", "VARBINARY(2): x'6162'|x'61'");
    test_cast("ARRAY<INT>: [1, NULL, 3]|[]|NULL", "STRING", "STRING: [1, NULL, 3]|[]|NULL");
}

static void test_times(void **state) {
    test_cast("DATE: 2020-02-29|NULL", "TIMESTAMP(6)",
              "TIMESTAMP(6): 2020-02-29 00:00:00.000000|NULL");
    test_cast("TIME(3): 00:00:01.5", "TIMESTAMP(3)", "TIMESTAMP(3): 1970-01-01 00:00:01.500");
    test_cast("TIMESTAMP(3): 2020-01-02 03:04:05.678|1969-12-31 10:00:00|1969-12-30 10:00:00",
              "DATE", "DATE: 2020-01-02|1970-01-01|1969-12-31");
    test_cast("TIMESTAMP_LTZ(3): 1969-12-31 23:59:59.000", "DATE", "DATE: 1969-12-31");
    test_cast("TIMESTAMP(3): 2020-01-02 03:04:05.678", "TIME", "TIME(0): 03:04:05");
    test_cast("TIMESTAMP(3): 2020-01-02 03:04:05.678", "TIME(3)", "TIME(3): 03:04:05.678");
    test_cast("TIMESTAMP(3): 2020-01-02 03:04:05.678|1969-12-31 23:59:59.678", "TIMESTAMP(0)",
              "TIMESTAMP(0): 2020-01-02 03:04:05|1969-12-31 23:59:59");
    test_cast("TIMESTAMP(9): 2020-01-02 03:04:05.123456789|1969-12-31 23:59:59.999999999",
              "TIMESTAMP(3)", "TIMESTAMP(3): 2020-01-02 03:04:05.123|1969-12-31 23:59:59.999");
    test_cast("TIMESTAMP(3): 2020-01-02 03:04:05.678", "TIMESTAMP(9)",
              "TIMESTAMP(9): 2020-01-02 03:04:05.678000000");
    test_cast("TIMESTAMP(3): 2020-01-02 03:04:05", "TIMESTAMP_LTZ(3)",
              "TIMESTAMP_LTZ(3): 2020-01-02 03:04:05.000");
    test_cast("INT: 1|-5", "INTERVAL DAY", "INTERVAL DAY(2): +1 00:00:00.000|-5 00:00:00.000");
}

static void test_nested(void **state) {
    test_cast("ARRAY<INT>: [1, NULL, 3]|[]|NULL", "ARRAY<BIGINT>",
              "ARRAY<BIGINT>: [1, NULL, 3]|[]|NULL");
    test_cast("ARRAY<INT>: [1, 2]", "ARRAY<STRING>", "ARRAY<STRING>: [1, 2]");
    test_cast("MAP<STRING, INT>: {a=1}|{}", "MAP<STRING, BIGINT>", "MAP<STRING, BIGINT>: {a=1}|{}");
    test_cast("ROW<f0 INT, f1 STRING>: (1, x)|NULL", "ROW<f0 BIGINT, f1 STRING>",
              "ROW<`f0` BIGINT, `f1` STRING>: (1, x)|NULL");
}

static void test_refusals(void **state) {
    test_cast("BOOLEAN: TRUE", "DATE",
              "!Cast function cannot convert value of type BOOLEAN to type DATE");
    test_cast("INT: 1", "DATE", "!Cast function cannot convert value of type INTEGER to type DATE");
    test_cast("DATE: 2020-01-01", "TIME",
              "!Cast function cannot convert value of type DATE to type TIME(0)");
    test_cast("INT: 1", "BYTES",
              "!Cast function cannot convert value of type INTEGER to type VARBINARY(2147483647)");
    test_cast("TIMESTAMP(3): 2020-01-01 00:00:00", "INT",
              "!The cast from TIMESTAMP type to NUMERIC type is not allowed. It's recommended to "
              "use UNIX_TIMESTAMP(CAST(timestamp_col AS STRING)) instead.");
    test_cast("TIMESTAMP_LTZ(3): 2020-01-01 00:00:00", "BIGINT",
              "!The cast from TIMESTAMP_LTZ type to NUMERIC type is not allowed.");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers_from_text),
        cmocka_unit_test(test_other_numbers_from_text),
        cmocka_unit_test(test_dates_from_text),
        cmocka_unit_test(test_timestamp_refusals),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_decimals),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, test_func_teardown);
}
