/* Arithmetic and math functions over columns, with the answers of real Flink. */
#include "func_support.h"

static void test_integers(void **state) {
    test_call("+", "INT: 3|NULL|-2147483648", "INT: 1|NULL|2147483647", "INT: 2|5|1");
    test_call("+", "INT NOT NULL: 3", "INT NOT NULL = 1", "INT NOT NULL = 2");
    test_call("+", "TINYINT: -2", "TINYINT: 127", "TINYINT: 127");
    test_call("+", "SMALLINT: -32642", "TINYINT: 127", "SMALLINT: 32767");
    test_call("-", "INT: -32769|9|NULL", "SMALLINT: -32768|10|NULL", "INT = 1");
    test_call("-", "INT: 4|NULL", "INT = 5", "INT: 1|NULL");
    test_call("*", "BIGINT: 9223372036854743041", "BIGINT: 9223372036854775807", "SMALLINT: 32767");
    test_call("*", "SMALLINT: 32641", "SMALLINT: 32767", "TINYINT: 127");
    test_call("/", "INT: 3|-3|-2147483648", "INT: 7|-7|-2147483648", "INT: 2|2|-1");
    test_call("/", "TINYINT: -128", "TINYINT: -128", "TINYINT: -1");
    test_call("/", "INT: NULL|2", "INT: 1|4", "INT: NULL|2");
    test_call("/", "!/ by zero", "INT: 1|1", "INT: 1|0");
    test_call("%", "INT: -1|1|0", "INT: -7|7|-2147483648", "INT: 3|-3|-1");
    test_call("%", "SMALLINT: 1", "INT: 2147483647", "SMALLINT: 32767");
    test_call("MOD", "BIGINT: 1", "INT: 7", "BIGINT: -3");
    test_call("%", "INT: -3", "BIGINT: -3", "INT: 7");
    test_call("%", "!/ by zero", "BIGINT: 1", "BIGINT = 0");
    test_call("-", "INT: -1|-2147483648|NULL", "INT: 1|-2147483648|NULL");
    test_call("-", "TINYINT: -128", "TINYINT: -128");
}

static void test_floating(void **state) {
    test_call("+", "FLOAT: 0.2", "FLOAT: 0.1", "DOUBLE: 0.1");
    test_call("+", "DOUBLE: 0.20000000149011612", "DOUBLE: 0.1", "FLOAT: 0.1");
    test_call("+", "DOUBLE: 0.30000000000000004|NULL", "DOUBLE: 0.1|NULL", "DOUBLE = 0.2");
    test_call("*", "DOUBLE: 2.5", "FLOAT: 1", "DECIMAL(2, 1): 2.5");
    test_call("/", "FLOAT: 84.666664", "TINYINT: 127", "FLOAT: 1.5");
    test_call("/", "DOUBLE: -1.492537313432836", "FLOAT: 1.5", "DECIMAL(5, 3): -1.005");
    test_call("/", "DOUBLE: Infinity|NaN|-Infinity", "DOUBLE: 1|0|-1", "INT: 0|0|0");
    test_call("*", "DOUBLE: 2.25E38", "DOUBLE: 2.25",
              "DECIMAL(38, 0): 99999999999999999999999999999999999999");
    test_call("-", "DOUBLE: -0.0|1.5", "DOUBLE: 0.0|-1.5");
    test_call("+", "FLOAT: 2.0", "BIGINT: 1", "FLOAT: 1");
}

static void test_decimals(void **state) {
    test_call("+", "DECIMAL(13, 4): 2.0000|NULL", "DECIMAL(10, 2): 1.00|NULL",
              "DECIMAL(12, 4) = 1.0000");
    test_call("+", "DECIMAL(13, 2): 2147483648.00", "DECIMAL(10, 2): 1", "INT: 2147483647");
    test_call("+", "DECIMAL(22, 2): 9223372036867121485.90", "DECIMAL(10, 2): 12345678.90",
              "BIGINT: 9223372036854775807");
    test_call("+", "DECIMAL(38, 9): 127.000000001", "DECIMAL(38, 10): 0.0000000007",
              "TINYINT: 127");
    test_call("+", "DECIMAL(38, 9): -1.004999999", "DECIMAL(38, 10): 0.0000000007",
              "DECIMAL(5, 3): -1.005");
    test_call("+", "DECIMAL(38, 0): NULL|99999999999999999999999999999999999996",
              "DECIMAL(38, 0): 99999999999999999999999999999999999999"
              "|99999999999999999999999999999999999999",
              "BIGINT: 3|-3");
    test_call("+", "DECIMAL(38, 17): 2.00000000000000000|NULL", "DECIMAL(38, 18): 1|NULL",
              "DECIMAL(38, 18): 1|1");
    test_call("-", "DECIMAL(38, 0): 99999999999999999999999999999999999872",
              "DECIMAL(38, 0): 99999999999999999999999999999999999999", "TINYINT: 127");
    test_call("*", "DECIMAL(21, 4): 152415787501905.2100", "DECIMAL(10, 2): 12345678.90",
              "DECIMAL(10, 2): 12345678.90");
    test_call("*", "DECIMAL(5, 2): 1.21", "DECIMAL(2, 1): 1.1", "DECIMAL(2, 1): 1.1");
    test_call("*", "DECIMAL(30, 2): 113868789542248028044710372.30", "BIGINT: 9223372036854775807",
              "DECIMAL(10, 2): 12345678.90");
    test_call("*", "DECIMAL(38, 6): 0.000000", "DECIMAL(38, 10): 0.0000000007",
              "DECIMAL(38, 10): 0.0000000007");
    test_call("*", "DECIMAL(38, 6): 70000000000000000000000000000.000000",
              "DECIMAL(38, 0): 99999999999999999999999999999999999999",
              "DECIMAL(38, 10): 0.0000000007");
    test_call("*", "DECIMAL(38, 0): NULL", "DECIMAL(38, 0): 99999999999999999999999999999999999999",
              "INT: 2147483647");
    test_call("/", "DECIMAL(16, 11): 0.00001028700", "TINYINT: 127", "DECIMAL(10, 2): 12345678.90");
    test_call("/", "DECIMAL(12, 6): -126.368159|NULL", "TINYINT: 127|1",
              "DECIMAL(5, 3): -1.005|NULL");
    test_call("/", "DECIMAL(17, 6): 3.333333", "INT: 10", "DECIMAL(2, 1): 3.0");
    test_call("/", "DECIMAL(38, 6): 10842021724855044341.250022",
              "DECIMAL(38, 0): 99999999999999999999999999999999999999",
              "BIGINT: 9223372036854775807");
    test_call("/", "DECIMAL(38, 18): 10000000000.000000000000000000", "INT: 7",
              "DECIMAL(38, 10): 0.0000000007");
    test_call("/", "!Division by zero", "DECIMAL(2, 1): 1.0", "INT: 0");
    test_call("%", "DECIMAL(2, 1): 1.5|-1.5", "DECIMAL(2, 1): 7.5|-7.5", "INT: 2|2");
    test_call("%", "DECIMAL(2, 1): 2.0", "INT: 7", "DECIMAL(2, 1): 2.5");
    test_call("%", "DECIMAL(12, 4): 0.5000", "DECIMAL(10, 2): 3.50", "DECIMAL(12, 4): 1.0000");
    test_call("MOD", "TINYINT: 30", "DECIMAL(38, 0): 99999999999999999999999999999999999999",
              "TINYINT: 127");
    test_call("%", "!Division by zero", "DECIMAL(2, 1): 1.5", "INT = 0");
    test_call("-", "DECIMAL(10, 2): -3.50|0.01|NULL", "DECIMAL(10, 2): 3.50|-0.01|NULL");
}

static void test_rounding(void **state) {
    test_call("ROUND", "DECIMAL(2, 0): 3|-3|NULL", "DECIMAL(2, 1): 2.5|-2.5|NULL");
    test_call("ROUND", "DECIMAL(3, 1): 1.3", "DECIMAL(3, 2): 1.25", "INT = 1");
    test_call("ROUND", "DECIMAL(7, 1): 12345.7", "DECIMAL(8, 3): 12345.678", "INT = 1");
    test_call("ROUND", "DECIMAL(8, 3): 12345.678", "DECIMAL(8, 3): 12345.678", "INT = 10");
    test_call("ROUND", "DECIMAL(6, 0): 12300", "DECIMAL(8, 3): 12345.678", "INT = -2");
    test_call("ROUND", "DECIMAL(3, 0): 100", "DECIMAL(4, 2): 99.99", "INT = -1");
    test_call("ROUND", "DECIMAL(3, 0): 0", "DECIMAL(4, 2): 99.99", "INT = -3");
    test_call("ROUND", "INT: 130|-2147483646|0", "INT: 125|2147483647|4", "INT = -1");
    test_call("ROUND", "TINYINT: -126", "TINYINT: 125", "INT = -1");
    test_call("ROUND", "BIGINT: -9223372036854775806", "BIGINT: 9223372036854775807", "INT = -1");
    test_call("ROUND", "INT: 0", "INT: 1", "INT = -400");
    test_call("ROUND", "INT: 0|100", "INT: 15|55", "INT: -2|-2");
    test_call("ROUND", "DOUBLE: 1.26|2.68|1.0E300|0.0|2.3|NULL",
              "DOUBLE: 1.255|2.675|1e300|0.001|2.25|NULL", "INT: 2|2|2|2|1|1");
    test_call("ROUND", "DOUBLE: 100.0|0.0|1000.0|0.0|-0.1|1.0E-5",
              "DOUBLE: 99.96|-0.4|999.9|49|-0.05|1.04e-5", "INT: 1|0|0|-2|1|6");
    test_call("ROUND", "FLOAT: 1.25", "FLOAT: 1.255", "INT = 2");
    test_call("ROUND",
              "!Character N is neither a decimal digit number, decimal point, nor \"e\" notation "
              "exponential mark.",
              "DOUBLE: NaN");
    test_call("TRUNCATE", "DECIMAL(5, 2): 42.34", "DECIMAL(5, 3): 42.345", "INT = 2");
    test_call("TRUNCATE", "DECIMAL(3, 0): -42", "DECIMAL(5, 3): -42.987");
    test_call("TRUNCATE", "INT: 120|-120", "INT: 125|-125", "INT = -1");
    test_call("TRUNCATE", "DOUBLE: 1.25|-1.99|0.0", "DOUBLE: 1.255|-1.999|0.001", "INT = 2");
    test_call("TRUNCATE", "FLOAT: 42.0", "FLOAT: 42.324");
    test_call("CEIL", "DECIMAL(2, 0): 2|-1|10|NULL", "DECIMAL(2, 1): 1.2|-1.2|9.5|NULL");
    test_call("CEIL", "DECIMAL(1, 0): 1|0", "DECIMAL(1, 1): 0.5|-0.5");
    test_call("FLOOR", "DECIMAL(2, 0): 1|-2", "DECIMAL(2, 1): 1.2|-1.2");
    test_call("CEIL", "DOUBLE: -0.0|2.0", "DOUBLE: -0.5|1.5");
    test_call("FLOOR", "FLOAT: -1.0|1.0", "FLOAT: -0.5|1.5");
    test_call("FLOOR", "TINYINT: 3", "TINYINT: 3");
    test_call("CEIL", "DECIMAL(38, 0): 10000000000000000000000000000000000000",
              "DECIMAL(38, 1): 9999999999999999999999999999999999999.5");
}

static void test_signs(void **state) {
    test_call("ABS", "DECIMAL(2, 1): 1.5|NULL", "DECIMAL(2, 1): -1.5|NULL");
    test_call("ABS", "INT: 1|-2147483648", "INT: -1|-2147483648");
    test_call("ABS", "TINYINT: -128|5", "TINYINT: -128|-5");
    test_call("ABS", "DOUBLE: 0.0|1.5", "DOUBLE: -0.0|-1.5");
    test_call("SIGN", "INT: -1|0|1", "INT: -5|0|7");
    test_call("SIGN", "DECIMAL(10, 3): -1.000|0.000", "DECIMAL(10, 3): -5.5|0");
    test_call("SIGN", "DOUBLE: NaN|-1.0|1.0", "DOUBLE: NaN|-0.5|Infinity");
}

static void test_math(void **state) {
    test_call("SQRT", "DOUBLE: 1.4142135623730951|NaN|Infinity|0.0|1.5",
              "DOUBLE: 2|-1|-Infinity|-0.0|2.25");
    test_call("SQRT", "DOUBLE: 1.5", "DECIMAL(3, 2): 2.25");
    test_call("POWER", "DOUBLE: 8.0|NULL", "INT: 2|NULL", "INT = 3");
    test_call("EXP", "DOUBLE: 2.718281828459045", "INT: 1");
    test_call("LN", "DOUBLE: -Infinity|NaN|0.0", "INT: 0|-1|1");
    test_call("LOG", "DOUBLE: 2.9999999999999996|3.0", "INT: 10|2", "INT: 1000|8");
    test_call("LOG2", "DOUBLE: 3.0|31.000000000000004", "BIGINT: 8|2147483648");
    test_call("LOG10", "DOUBLE: 3.0", "INT: 1000");
    test_call("COT", "DOUBLE: Infinity|0.6420926159343306", "INT: 0|1");
    test_call("DEGREES", "DOUBLE: 57.29577951308232", "INT: 1");
    test_call("RADIANS", "DOUBLE: 3.141592653589793", "INT: 180");
    test_call("ATAN2", "DOUBLE: 2.356194490192345", "INT: 1", "INT: -1");
    test_call("COSH", "DOUBLE: 1.543080634815244", "INT: 1");
    test_call("HEX", "STRING: FF|FFFFFFFFFFFFFFFF|0", "INT: 255|-1|0");
    test_call("HEX", "STRING: 616263|", "STRING: abc|");
    test_call("BIN", "STRING: 101|1111111111111111111111111111111111111111111111111111111111111111",
              "TINYINT: 5|-1");
    test_call("UNHEX", "BYTES: x'466c696e6b'|x'00'|x'0abc'|NULL|x''",
              "STRING: 466C696E6B|F|ABC|4g|");
}

static void test_refusals(void **state) {
    test_call("+",
              "!Cannot apply '+' to arguments of type '<CHAR(1)> + <INTEGER>'. Supported form(s): "
              "'<NUMERIC> + <NUMERIC>'\n'<DATETIME_INTERVAL> + <DATETIME_INTERVAL>'\n"
              "'<DATETIME> + <DATETIME_INTERVAL>'\n'<DATETIME_INTERVAL> + <DATETIME>'",
              "CHAR(1): a", "INT: 1");
    test_call("-",
              "!Cannot apply '-' to arguments of type '-<CHAR(1)>'. Supported form(s): "
              "'-<NUMERIC>'\n'-<DATETIME_INTERVAL>'",
              "CHAR(1): a");
    test_call("%",
              "!Cannot apply '%' to arguments of type '<DOUBLE> % <INTEGER>'. Supported form(s): "
              "'<EXACT_NUMERIC> % <EXACT_NUMERIC>'",
              "DOUBLE: 1", "INT: 1");
    test_call("MOD",
              "!Cannot apply 'MOD' to arguments of type 'MOD(<DOUBLE>, <DECIMAL(10, 2)>)'. "
              "Supported form(s): 'MOD(<EXACT_NUMERIC>, <EXACT_NUMERIC>)'",
              "DOUBLE: 1", "DECIMAL(10, 2): 1");
    test_call("SQRT",
              "!Cannot apply 'SQRT' to arguments of type 'SQRT(<BOOLEAN>)'. Supported form(s): "
              "'SQRT(<NUMERIC>)'",
              "BOOLEAN: true");
    test_call("NO_SUCH_FUNCTION",
              "!No match found for function signature NO_SUCH_FUNCTION(<NUMERIC>, <CHARACTER>)",
              "INT: 1", "STRING: a");
    test_call("ABS", "!Invalid number of arguments to function 'ABS'. Was expecting 1 arguments",
              "INT: 1", "INT: 2");
    test_call("RAND_INTEGER", "!bound must be positive", "INT: 0");
}

/* The numbers of java.util.Random(1), going on from batch to batch. */
static void test_seeded_random(void **state) {
    test_call("RAND", "DOUBLE: 0.7308781907032909", "INT: 1");
    test_call("RAND_INTEGER", "INT: 5|85", "INT: 1|1", "INT: 10|100");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers), cmocka_unit_test(test_floating),
        cmocka_unit_test(test_decimals), cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_signs),    cmocka_unit_test(test_math),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_seeded_random),
    };
    return cmocka_run_group_tests(tests, NULL, test_func_teardown);
}
