/* Comparison, logic, LIKE and overload resolution, with the answers of real Flink. */
#include "func/table.h"
#include "func_support.h"

static void test_numbers(void **state) {
    test_call("=", "BOOLEAN: TRUE|FALSE|NULL", "INT: 1|2|NULL", "TINYINT: 1|1|1");
    test_call("=", "BOOLEAN NOT NULL: TRUE", "INT NOT NULL: 1", "DECIMAL(2, 1) NOT NULL: 1.0");
    test_call("<", "BOOLEAN: TRUE|FALSE|FALSE", "SMALLINT: 1|2|3", "INT = 2");
    test_call("<=", "BOOLEAN: TRUE|TRUE|FALSE", "INT = 2", "BIGINT: 3|2|1");
    test_call(">", "BOOLEAN: FALSE|TRUE", "DECIMAL(10, 2): 3.50|99999999.99",
              "DECIMAL(4, 3): 3.500|1.5");
    test_call(">=", "BOOLEAN: TRUE|FALSE",
              "DECIMAL(38, 0): 99999999999999999999999999999999999999|1",
              "DECIMAL(38, 18): 1.000000000000000001|1.000000000000000001");
    test_call("=", "BOOLEAN: TRUE|TRUE|FALSE", "FLOAT: 0.1|2147483647|1",
              "DOUBLE: 0.1|2147483647|2");
    test_call("=", "BOOLEAN: FALSE|TRUE", "DOUBLE: 0.1|0.5", "FLOAT: 0.1|0.5");
    test_call("=", "BOOLEAN: FALSE|TRUE", "DOUBLE: NaN|0.0", "DOUBLE: NaN|-0.0");
    test_call("<>", "BOOLEAN: TRUE|FALSE", "DOUBLE: NaN|1", "DOUBLE: NaN|1");
    test_call("<", "BOOLEAN: FALSE|FALSE|TRUE", "DOUBLE: NaN|1|-Infinity", "DOUBLE: 1|NaN|1");
    test_call("<", "BOOLEAN: TRUE", "STRING: 1", "INT: 2");
    test_call("=", "!implicit type conversion between CHAR and INTEGER is not supported now",
              "CHAR(1): 1", "INT: 1");
}

static void test_others(void **state) {
    test_call("=", "BOOLEAN: FALSE|TRUE|NULL", "STRING: abc|abc|NULL", "CHAR(4): abc |abc|abc");
    test_call("<", "BOOLEAN: TRUE|TRUE|FALSE|FALSE", "STRING: a|abcdefghijklmnop|b|",
              "STRING: ab|abcdefghijklmnoq|abc|");
    test_call("<>", "BOOLEAN: FALSE|TRUE", "STRING: abcdefghijklmnop|abcdefghijklmnop",
              "STRING: abcdefghijklmnop|abcdefghijklmnoq");
    test_call(">=", "BOOLEAN: TRUE", "STRING: 中", "STRING: z");
    test_call("=", "BOOLEAN: TRUE|FALSE", "BOOLEAN: TRUE|FALSE", "BOOLEAN: TRUE|TRUE");
    test_call("=", "BOOLEAN: TRUE", "DATE: 2020-01-01", "STRING: 2020-01-01");
    test_call("=", "BOOLEAN: FALSE|TRUE|FALSE", "BOOLEAN: TRUE|TRUE|TRUE", "STRING: true|TRUE|no");
    test_call(">", "BOOLEAN: TRUE|FALSE",
              "TIMESTAMP(3): 2020-01-01 00:00:00.001|1969-01-01 00:00:00",
              "TIMESTAMP(9): 2020-01-01 00:00:00.000999999|1969-01-01 00:00:00");
    test_call("=", "BOOLEAN: TRUE|FALSE", "ARRAY<INT>: [1, 2]|[1]", "ARRAY<INT>: [1, 2]|[2]");
    test_call("=",
              "!Cannot apply '=' to arguments of type '<BOOLEAN> = <INTEGER>'. Supported form(s): "
              "'<COMPARABLE_TYPE> = <COMPARABLE_TYPE>'",
              "BOOLEAN: TRUE", "INT: 1");
    test_call(">",
              "!Cannot apply '>' to arguments of type '<TIMESTAMP(0)> > <DATE>'. Supported "
              "form(s): '<COMPARABLE_TYPE> > <COMPARABLE_TYPE>'",
              "TIMESTAMP(0): 2020-01-01 00:00:00", "DATE: 2020-01-01");
}

static void test_nulls(void **state) {
    test_call("IS NULL", "BOOLEAN NOT NULL: FALSE|TRUE", "INT: 1|NULL");
    test_call("IS NOT NULL", "BOOLEAN NOT NULL: TRUE|FALSE", "STRING: a|NULL");
    test_call("IS NULL", "BOOLEAN NOT NULL: FALSE", "ARRAY<INT>: []");
    test_call("IS DISTINCT FROM", "BOOLEAN NOT NULL: FALSE|TRUE|TRUE|FALSE|TRUE",
              "INT: 1|1|NULL|NULL|1", "BIGINT: 1|2|1|NULL|NULL");
    test_call("IS NOT DISTINCT FROM", "BOOLEAN NOT NULL: TRUE|FALSE|FALSE|TRUE",
              "STRING: a|a|NULL|NULL", "STRING: a|b|a|NULL");
    test_call("IS NOT DISTINCT FROM", "BOOLEAN NOT NULL: TRUE|FALSE", "DECIMAL(2, 1): 1.0|1.0",
              "INT: 1|NULL");
}

static void test_logic(void **state) {
    test_call("NOT", "BOOLEAN: FALSE|TRUE|NULL", "BOOLEAN: TRUE|FALSE|NULL");
    test_call("IS TRUE", "BOOLEAN NOT NULL: TRUE|FALSE|FALSE", "BOOLEAN: TRUE|FALSE|NULL");
    test_call("IS NOT TRUE", "BOOLEAN NOT NULL: FALSE|TRUE|TRUE", "BOOLEAN: TRUE|FALSE|NULL");
    test_call("IS FALSE", "BOOLEAN NOT NULL: FALSE|TRUE|FALSE", "BOOLEAN: TRUE|FALSE|NULL");
    test_call("IS NOT FALSE", "BOOLEAN NOT NULL: TRUE|FALSE|TRUE", "BOOLEAN: TRUE|FALSE|NULL");
    test_call("IS UNKNOWN", "BOOLEAN NOT NULL: FALSE|FALSE|TRUE", "BOOLEAN: TRUE|FALSE|NULL");
    test_call("IS NOT UNKNOWN", "BOOLEAN NOT NULL: TRUE|TRUE|FALSE", "BOOLEAN: TRUE|FALSE|NULL");
    test_call("NOT",
              "!Cannot apply 'NOT' to arguments of type 'NOT<INTEGER>'. Supported form(s): "
              "'NOT<BOOLEAN>'",
              "INT: 1");
    test_call("IS TRUE",
              "!Cannot apply 'IS TRUE' to arguments of type '<INTEGER> IS TRUE'. Supported "
              "form(s): '<BOOLEAN> IS TRUE'",
              "INT: 1");
}

static void test_greatest(void **state) {
    test_call("GREATEST", "INT: 3|NULL|5", "INT: 1|2|5", "INT: 3|NULL|4", "INT: 2|3|-1");
    test_call("LEAST", "DECIMAL(12, 2): -3.00|1.25", "DECIMAL(3, 2): 1.25|1.25", "INT: 2|2",
              "INT: -3|2");
    test_call("GREATEST", "BIGINT: 2", "TINYINT: 1", "BIGINT: 2");
    test_call("GREATEST", "DOUBLE: NaN|NaN|0.0|0.0", "DOUBLE: NaN|1|-0.0|0.0",
              "DOUBLE: 1|NaN|0.0|-0.0");
    test_call("LEAST", "DOUBLE: 1.0|1.0|-0.0|-0.0", "DOUBLE: NaN|1|-0.0|0.0",
              "DOUBLE: 1|NaN|0.0|-0.0");
    test_call("GREATEST", "STRING: b|abcdefghijklmnopq", "STRING: a|abcdefghijklmnop",
              "STRING: abc|abcdefghijklmnopq", "STRING: b|");
    test_call("GREATEST", "VARCHAR(3): b", "CHAR(1): a", "CHAR(3): abc", "CHAR(1): b");
    test_call("GREATEST", "BOOLEAN: TRUE", "BOOLEAN: TRUE", "BOOLEAN: FALSE");
    test_call("LEAST", "DATE: 2019-12-31", "DATE: 2020-01-01", "DATE: 2019-12-31");
    test_call("GREATEST", "DOUBLE: 2.5", "FLOAT: 1", "DOUBLE: 2.5");
    test_call("GREATEST",
              "!Invalid function call:\nGREATEST(INT, CHAR(1))\nInvalid input arguments. Expected "
              "signatures are:\nGREATEST(<COMPARABLE>...)",
              "INT: 1", "CHAR(1): a");
}

static void test_like(void **state) {
    test_call("LIKE", "BOOLEAN: TRUE|FALSE|NULL|TRUE|TRUE",
              "STRING: abc|bc|NULL|a|abcdefghijklmnop", "STRING = a%");
    test_call("LIKE", "BOOLEAN: TRUE|FALSE|TRUE", "STRING: abcabc|abcab|abc", "STRING = %abc");
    test_call("LIKE", "BOOLEAN: TRUE|FALSE|TRUE", "STRING: aXbXc|abc|X", "STRING = %X%");
    test_call("LIKE", "BOOLEAN: TRUE|FALSE", "STRING: a.c|abc", "STRING = a.c");
    test_call("LIKE", "BOOLEAN: TRUE|FALSE|TRUE|TRUE|FALSE|FALSE|FALSE",
              "STRING: abab|aba|ababab|a😀b|a\nb|a\xc2\x85"
              "b|",
              "STRING: %ab%ab%|%ab%ab%|%ab%ab%|a_b|a_b|a_b|_");
    test_call("LIKE", "BOOLEAN: TRUE|TRUE|FALSE|TRUE|TRUE|FALSE", "STRING: ab|a\nb|a\nb||a_b|ab",
              "STRING: a%%b|a%b|a%_b|%|a_b|a_b");
    test_call("LIKE", "BOOLEAN: TRUE|FALSE", "STRING: a\\xb|a_b", "STRING = a\\_b");
    test_call("LIKE", "BOOLEAN: TRUE|FALSE", "STRING: a_b|axb", "STRING = a!_b", "STRING = !");
    test_call("LIKE", "BOOLEAN: TRUE|TRUE", "STRING: a%b|a!b", "STRING: a!%b|a!!b", "STRING: !|!");
    test_call("LIKE", "!Invalid escape sequence 'a!b', 1", "STRING: ab", "STRING = a!b",
              "STRING = !");
    test_call("LIKE", "!Invalid escape sequence 'ab!', 2", "STRING: ab", "STRING: ab!",
              "STRING: !");
    test_call("LIKE", "!Invalid escape character 'ab'", "STRING: ab", "STRING = a", "STRING = ab");
    test_call("LIKE",
              "!Cannot apply 'LIKE' to arguments of type 'LIKE(<CHAR(3)>, <INTEGER>)'. Supported "
              "form(s): 'LIKE(<STRING>, <STRING>, <STRING>)'",
              "CHAR(3): abc", "INT: 1");
}

/* Names of result types, by argument types. */
static void check_type(const char *name, const char *expected, const char *const *types) {
    rask_error err;
    func_resolution resolution;
    const data_type *parsed[8];
    int32_t count = 0;
    for (; types[count] != NULL; count++)
        parsed[count] = test_type(types[count]);
    rask_error_clear(&err);
    rask_status status = func_resolve(name, parsed, NULL, count, &resolution, &err);
    if (expected[0] == '!') {
        assert_string_equal(err.message, expected + 1);
        return;
    }
    if (status != RASK_OK)
        fail_msg("%s: %s", name, err.message);
    base_arena *arena = base_arena_new();
    assert_string_equal(data_type_text(arena, resolution.result_type, true), expected);
    base_arena_free(arena);
}
#define CHECK_TYPE(name, expected, ...)                                                            \
    check_type(name, expected, (const char *const[]){__VA_ARGS__, NULL})

static void test_special_forms(void **state) {
    CHECK_TYPE("IF", "DECIMAL(11, 1)", "BOOLEAN", "INT NOT NULL", "DECIMAL(2, 1) NOT NULL");
    CHECK_TYPE("IF", "VARCHAR(3)", "BOOLEAN NOT NULL", "CHAR(1)", "CHAR(3) NOT NULL");
    CHECK_TYPE("CASE", "DECIMAL(11, 1) NOT NULL", "BOOLEAN", "INT NOT NULL",
               "DECIMAL(2, 1) NOT NULL");
    CHECK_TYPE("CASE", "INT", "BOOLEAN", "INT NOT NULL", "BOOLEAN", "INT NOT NULL", "INT");
    CHECK_TYPE("COALESCE", "BIGINT", "INT", "BIGINT");
    CHECK_TYPE("COALESCE", "BIGINT NOT NULL", "INT", "BIGINT NOT NULL");
    CHECK_TYPE("COALESCE", "DECIMAL(38, 0) NOT NULL", "DECIMAL(38, 0) NOT NULL",
               "DECIMAL(38, 18) NOT NULL");
    CHECK_TYPE("COALESCE", "DOUBLE NOT NULL", "FLOAT NOT NULL", "DECIMAL(2, 1) NOT NULL");
    CHECK_TYPE("COALESCE", "VARBINARY(2) NOT NULL", "BINARY(1) NOT NULL", "BINARY(2) NOT NULL");
    CHECK_TYPE("IFNULL", "DECIMAL(11, 1) NOT NULL", "INT", "DECIMAL(2, 1) NOT NULL");
    CHECK_TYPE("NULLIF", "INT", "INT NOT NULL", "DECIMAL(2, 1) NOT NULL");
    CHECK_TYPE("AND", "BOOLEAN NOT NULL", "BOOLEAN NOT NULL", "BOOLEAN NOT NULL");
    CHECK_TYPE("or", "BOOLEAN", "BOOLEAN NOT NULL", "BOOLEAN", "BOOLEAN NOT NULL");
    CHECK_TYPE("COALESCE",
               "!Invalid function call:\nCOALESCE(INT NOT NULL, CHAR(1) NOT NULL)\nInvalid input "
               "arguments. Expected signatures are:\nCOALESCE(<COMMON>, <COMMON>...)",
               "INT NOT NULL", "CHAR(1) NOT NULL");
    CHECK_TYPE("CASE", "!Expected a boolean type", "INT", "INT", "INT");
    CHECK_TYPE("CASE", "!Illegal mixing of types in CASE or COALESCE statement", "BOOLEAN", "INT",
               "STRING");
    CHECK_TYPE("UPPER",
               "!Invalid number of arguments to function 'UPPER'. Was expecting 1 arguments", NULL);
    CHECK_TYPE("ROUND", "DECIMAL(4, 3)", "DECIMAL(4, 3)", "INT");
}

/* A bare NULL is an argument only where any type is. */
static void test_bare_nulls(void **state) {
    const data_type *null = data_type_simple(DATA_NULL, true), *number = test_type("INT");
    const data_type *types[] = {number, null};
    assert_int_equal(func_refused_null("+", types, 2), 1);
    assert_int_equal(func_refused_null("=", types, 2), -1);
    assert_int_equal(func_refused_null("COALESCE", types, 2), -1);
    assert_int_equal(func_refused_null("UPPER", types, 2), -1); /* two are too many */
    assert_int_equal(func_refused_null("NOSUCH", types, 2), -1);
}

/* Every row has what the reference page and the tests of examples need. */
static void test_table(void **state) {
    rask_error err;
    ASSERT_OK(func_table_check(&err));
    int32_t count;
    const func_row *const *rows = func_rows(&count);
    assert_true(count > 100);
    for (int32_t i = 0; i < count; i++) {
        const func_row *row = rows[i];
        if (row->doc == NULL || row->category == NULL)
            fail_msg("%s %s lacks documentation", row->name, row->sig);
        if ((row->kernel == NULL) != (row->special != FUNC_ORDINARY))
            fail_msg("%s %s has no kernel, or one too many", row->name, row->sig);
        if ((row->example == NULL) != (row->result == NULL))
            fail_msg("%s %s has half an example", row->name, row->sig);
        assert_true(func_exists(row->name));
    }
    const func_aggregate *const *aggregates = func_aggregates(&count);
    for (int32_t i = 0; i < count; i++) {
        assert_non_null(aggregates[i]->doc);
        assert_ptr_equal(func_aggregate_by_sig(aggregates[i]->name, aggregates[i]->sig),
                         aggregates[i]);
        assert_true(func_is_aggregate(aggregates[i]->name));
    }
    assert_false(func_is_aggregate("UPPER"));
    assert_true(func_exists("upperCase"));
    assert_false(func_exists("no such"));
    rask_error_clear(&err);
    assert_int_equal(func_resolve("UPER", NULL, NULL, 0, &(func_resolution){0}, &err),
                     RASK_ERROR_VALIDATION);
    assert_string_equal(err.hint, "did you mean UPPER?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),       cmocka_unit_test(test_others),
        cmocka_unit_test(test_nulls),         cmocka_unit_test(test_logic),
        cmocka_unit_test(test_greatest),      cmocka_unit_test(test_like),
        cmocka_unit_test(test_special_forms), cmocka_unit_test(test_bare_nulls),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, test_func_teardown);
}
