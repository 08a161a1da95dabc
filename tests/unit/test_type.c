/* Types: interning, names in and out, ranges, errors; what real Flink 2.3 answered. */
#include "support.h"

#include <stdlib.h>

#include "base/thread.h"

static const char *texts_of(const char *name) {
    static char text[2000];
    base_strbuf out;
    base_strbuf_init(&out, sizeof text - 1);
    data_type_write(test_type(name), false, &out);
    base_strbuf_add_text(&out, " | ");
    data_type_write(test_type(name), true, &out);
    memcpy(text, out.data, (size_t)out.length + 1);
    base_strbuf_free(&out);
    return text;
}

static void names(void **state) {
    static const char *const rows[][2] = {
        {"INT", "INT | INT"},
        {"integer", "INT | INT"},
        {"STRING", "VARCHAR(2147483647) | STRING"},
        {"VARCHAR(5)", "VARCHAR(5) | VARCHAR(5)"},
        {"VARCHAR", "VARCHAR(1) | VARCHAR(1)"},
        {"CHAR", "CHAR(1) | CHAR(1)"},
        {"CHARACTER(3)", "CHAR(3) | CHAR(3)"},
        {"CHARACTER VARYING(3)", "VARCHAR(3) | VARCHAR(3)"},
        {"DEC(5)", "DECIMAL(5, 0) | DECIMAL(5, 0)"},
        {"NUMERIC(7,2)", "DECIMAL(7, 2) | DECIMAL(7, 2)"},
        {"DECIMAL", "DECIMAL(10, 0) | DECIMAL(10, 0)"},
        {"TIME", "TIME(0) | TIME(0)"},
        {"TIME(3) WITHOUT TIME ZONE", "TIME(3) | TIME(3)"},
        {"TIMESTAMP", "TIMESTAMP(6) | TIMESTAMP(6)"},
        {"TIMESTAMP_LTZ", "TIMESTAMP(6) WITH LOCAL TIME ZONE | TIMESTAMP_LTZ(6)"},
        {"TIMESTAMP(3) WITH LOCAL TIME ZONE",
         "TIMESTAMP(3) WITH LOCAL TIME ZONE | TIMESTAMP_LTZ(3)"},
        {"TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP(6) | TIMESTAMP(6)"},
        {"DOUBLE PRECISION", "DOUBLE | DOUBLE"},
        {"INT ARRAY", "ARRAY<INT> | ARRAY<INT>"},
        {"INT NOT NULL ARRAY NOT NULL",
         "ARRAY<INT NOT NULL> NOT NULL | ARRAY<INT NOT NULL> NOT NULL"},
        {"INT ARRAY MULTISET", "MULTISET<ARRAY<INT>> | MULTISET<ARRAY<INT>>"},
        {"MAP<STRING,INT NOT NULL>",
         "MAP<VARCHAR(2147483647), INT NOT NULL> | MAP<STRING, INT NOT NULL>"},
        {"ROW<a INT 'co''m', b ROW(c STRING)>",
         "ROW<`a` INT 'co''m', `b` ROW<`c` VARCHAR(2147483647)>> | "
         "ROW<`a` INT '...', `b` ROW<`c` STRING>>"},
        {"ROW<`a``b` INT>", "ROW<`a``b` INT> | ROW<`a``b` INT>"},
        {"ROW<>", "ROW<> | ROW<>"},
        {"BINARY", "BINARY(1) | BINARY(1)"},
        {"VARBINARY", "VARBINARY(1) | VARBINARY(1)"},
        {"BYTES", "VARBINARY(2147483647) | BYTES"},
        {"INTERVAL YEAR", "INTERVAL YEAR(2) | INTERVAL YEAR(2)"},
        {"INTERVAL YEAR(4) TO MONTH", "INTERVAL YEAR(4) TO MONTH | INTERVAL YEAR(4) TO MONTH"},
        {"INTERVAL MONTH", "INTERVAL MONTH | INTERVAL MONTH"},
        {"INTERVAL DAY TO SECOND", "INTERVAL DAY(2) TO SECOND(6) | INTERVAL DAY(2) TO SECOND(6)"},
        {"INTERVAL DAY(3)", "INTERVAL DAY(3) | INTERVAL DAY(3)"},
        {"INTERVAL DAY TO HOUR", "INTERVAL DAY(2) TO HOUR | INTERVAL DAY(2) TO HOUR"},
        {"INTERVAL HOUR TO SECOND(3)", "INTERVAL HOUR TO SECOND(3) | INTERVAL HOUR TO SECOND(3)"},
        {"INTERVAL SECOND(3)", "INTERVAL SECOND(3) | INTERVAL SECOND(3)"},
        {"VARIANT", "VARIANT | VARIANT"},
        {"BITMAP", "BITMAP | BITMAP"},
        {"NULL", "NULL | NULL"},
        {"INT NULL", "INT | INT"},
        {"SMALLINT NOT NULL", "SMALLINT NOT NULL | SMALLINT NOT NULL"},
        {"RAW('java.lang.Integer', 'AA==')",
         "RAW('java.lang.Integer', 'AA==') | RAW('java.lang.Integer', '...')"},
        {"STRUCTURED<'com.Foo', a INT>",
         "STRUCTURED<'com.Foo', `a` INT> | STRUCTURED<'com.Foo', `a` INT>"},
        {" DECIMAL ( 5 , /* digits */ 2 ) -- end", "DECIMAL(5, 2) | DECIMAL(5, 2)"},
        {"TIMESTAMP(9)", "TIMESTAMP(9) | TIMESTAMP(9)"},
        {"TINYINT", "TINYINT | TINYINT"},
        {"BIGINT", "BIGINT | BIGINT"},
        {"FLOAT", "FLOAT | FLOAT"},
        {"DATE", "DATE | DATE"},
        {"BOOLEAN", "BOOLEAN | BOOLEAN"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(texts_of(rows[i][0]), rows[i][1]);
}

/* What is written reads back as the same pointer. */
static void names_round_trip(void **state) {
    static const char *const rows[] = {
        "ROW<`a` INT NOT NULL 'x', `b c` MAP<CHAR(2), ARRAY<DECIMAL(38, 18)>>> NOT NULL",
        "TIMESTAMP(3) WITH LOCAL TIME ZONE NOT NULL",
        "STRUCTURED<'a.B''c', `x` MULTISET<BYTES>>",
        "RAW('c', 's') NOT NULL",
        "INTERVAL DAY(6) TO SECOND(9)",
    };
    base_arena *arena = base_arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const data_type *type = test_type(rows[i]);
        assert_ptr_equal(test_type(data_type_text(arena, type, false)), type);
    }
    base_arena_free(arena);
}

static void parse_errors(void **state) {
    static const char *const rows[][2] = {
        {"INT x", "Could not parse type at position 3: Unexpected token: x\n"
                  " Input type string: INT x"},
        {"TIMESTAMP(3) WITH", "Could not parse type at position 12: Unexpected token: WITH\n"
                              " Input type string: TIMESTAMP(3) WITH"},
        {"DECIMAL(", "Could not parse type at position 7: Unexpected end.\n"
                     " Input type string: DECIMAL("},
        {"ARRAY<INT", "Could not parse type at position 6: Unexpected end.\n"
                      " Input type string: ARRAY<INT"},
        {"", "Could not parse type at position 0: Unexpected end.\n Input type string: "},
        {"INTERVAL DAY TO YEAR",
         "Could not parse type at position 15: Invalid day-time interval resolution.\n"
         " Input type string: INTERVAL DAY TO YEAR"},
        {"STRING(5)", "Could not parse type at position 6: Unexpected token: (\n"
                      " Input type string: STRING(5)"},
        {"DECIMAL(39,0)", "Decimal precision must be between 1 and 38 (both inclusive)."},
        {"DECIMAL(0)", "Decimal precision must be between 1 and 38 (both inclusive)."},
        {"DECIMAL(5,6)", "Decimal scale must be between 0 and the precision 5 (both inclusive)."},
        {"TIMESTAMP(10)", "Timestamp precision must be between 0 and 9 (both inclusive)."},
        {"VARCHAR(0)", "Variable character string length must be between 1 and 2147483647 (both "
                       "inclusive)."},
        {"INTERVAL YEAR(5)", "Year precision of year-month intervals must be between 1 and 4 (both "
                             "inclusive)."},
        {"ROW<a INT, a STRING>", "Field names must be unique. Found duplicates: [a]"},
        {"STRIN", "Could not parse type at position 0: Unknown type: STRIN\n"
                  " Input type string: STRIN"},
        {"VARCHAR(99999999999)",
         "Could not parse type at position 8: Number too large: 99999999999\n"
         " Input type string: VARCHAR(99999999999)"},
        {"ROW<INT, STRING>", "Could not parse type at position 7: Unexpected token: ,\n"
                             " Input type string: ROW<INT, STRING>"},
        {"TIMESTAMP WITH TIME ZONE",
         "Could not parse type at position 9: TIMESTAMP WITH TIME ZONE is not supported.\n"
         " Input type string: TIMESTAMP WITH TIME ZONE"},
        {"99", "Could not parse type at position 0: Unexpected token: 99\n"
               " Input type string: 99"},
        {"ROW<`a INT>", "Could not parse type at position 4: Unexpected token: `\n"
                        " Input type string: ROW<`a INT>"},
        {"MAP<INT>", "Could not parse type at position 7: Unexpected token: >\n"
                     " Input type string: MAP<INT>"},
    };
    rask_error err;
    const data_type *type;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ASSERT_FAILS(data_type_parse(rows[i][0], (int64_t)strlen(rows[i][0]), NULL, &type, &err),
                     RASK_ERROR_VALIDATION, rows[i][1]);
    (void)data_type_parse("STRIN", 5, NULL, &type, &err);
    assert_string_equal(err.hint, "Did you mean STRING?");
    char deep[2000] = "";
    for (int i = 0; i < 150; i++)
        strcat(deep, "ARRAY<");
    assert_int_equal(data_type_parse(deep, (int64_t)strlen(deep), NULL, &type, &err),
                     RASK_ERROR_VALIDATION);
}

/* As the SQL parser uses it: the type at the beginning of a longer text. */
static void parse_a_prefix(void **state) {
    static const struct {
        const char *text;
        int64_t consumed;
    } rows[] = {
        {"INT NOT NULL COMMENT 'x'", 12},
        {"TIMESTAMP(3) WITH ('a' = 'b')", 12},
        {"INT NOT DETERMINISTIC", 3},
        {"ROW<a INT>)", 10},
        {"DOUBLE)", 6},
        {"STRING , b INT", 6},
        {"INT METADATA @", 3},
    };
    rask_error err;
    const data_type *type;
    int64_t consumed;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ASSERT_OK(
            data_type_parse(rows[i].text, (int64_t)strlen(rows[i].text), &consumed, &type, &err));
        assert_int_equal(consumed, rows[i].consumed);
    }
}

static void interning(void **state) {
    data_field fields[] = {{"a", data_type_simple(DATA_INT, true), NULL},
                           {"b", data_type_string(false), "note"}};
    const data_type *row = data_type_row(fields, 2, true);
    char name[] = "a"; /* another address */
    fields[0].name = name;
    assert_ptr_equal(data_type_row(fields, 2, true), row);
    fields[1].description = NULL;
    assert_ptr_not_equal(data_type_row(fields, 2, true), row);
    assert_ptr_equal(row->fields[0].type, data_type_simple(DATA_INT, true));
    assert_ptr_equal(test_type("ROW<a INT, b STRING NOT NULL 'note'>"), row);
    assert_ptr_not_equal(data_type_decimal(10, 2, true), data_type_decimal(10, 3, true));
    assert_ptr_equal(data_type_with_null(data_type_with_null(row, false), true), row);
    /* What a kind does not have is not looked at; NULL is always nullable. */
    data_type odd = {.kind = DATA_INT, .nullable = true, .precision = 7, .length = 9};
    assert_ptr_equal(data_type_intern(&odd), data_type_simple(DATA_INT, true));
    assert_ptr_equal(data_type_simple(DATA_NULL, false), data_type_simple(DATA_NULL, true));
}

static void *make_types(void *argument) {
    const data_type **types = argument;
    for (int i = 0; i < 1000; i++)
        types[i] = data_type_map(data_type_sized(DATA_CHAR, i + 1, true),
                                 data_type_decimal(i % 38 + 1, 0, true), i % 2 != 0);
    return NULL;
}

static void interning_is_thread_safe(void **state) {
    rask_error err;
    static const data_type *types[4][1000];
    base_thread threads[4];
    for (int i = 0; i < 4; i++)
        ASSERT_OK(base_thread_start(&threads[i], "types", make_types, types[i], &err));
    for (int i = 0; i < 4; i++)
        base_thread_join(threads[i]);
    for (int i = 1; i < 4; i++)
        assert_memory_equal(types[i], types[0], sizeof types[0]);
}

static void equality_ignoring_null(void **state) {
    assert_true(data_type_equal_ignoring_null(test_type("INT"), test_type("INT NOT NULL")));
    assert_true(data_type_equal_ignoring_null(test_type("ROW<a ARRAY<INT NOT NULL>>"),
                                              test_type("ROW<a ARRAY<INT> NOT NULL> NOT NULL")));
    assert_false(data_type_equal_ignoring_null(test_type("ROW<a INT>"), test_type("ROW<b INT>")));
    assert_false(data_type_equal_ignoring_null(test_type("MAP<INT, INT>"), test_type("INT ARRAY")));
    assert_false(data_type_equal_ignoring_null(test_type("CHAR(2)"), test_type("CHAR(3)")));
    assert_false(data_type_equal_ignoring_null(test_type("INT"), test_type("BIGINT")));
}

static void physical_layouts(void **state) {
    static const struct {
        const char *name;
        data_physical physical;
        int32_t width, print_width;
    } rows[] = {
        {"BOOLEAN", DATA_PHYSICAL_BOOL, 1, 6},
        {"TINYINT", DATA_PHYSICAL_I8, 1, 6},
        {"SMALLINT", DATA_PHYSICAL_I16, 2, 6},
        {"INT", DATA_PHYSICAL_I32, 4, 11},
        {"BIGINT", DATA_PHYSICAL_I64, 8, 20},
        {"FLOAT", DATA_PHYSICAL_F32, 4, 30},
        {"DOUBLE", DATA_PHYSICAL_F64, 8, 30},
        {"DECIMAL(9, 2)", DATA_PHYSICAL_I32, 4, 11},
        {"DECIMAL(10, 2)", DATA_PHYSICAL_I64, 8, 12},
        {"DECIMAL(38, 2)", DATA_PHYSICAL_I128, 16, 40},
        {"DATE", DATA_PHYSICAL_I32, 4, 10},
        {"TIME", DATA_PHYSICAL_I32, 4, 8},
        {"TIME(3)", DATA_PHYSICAL_I32, 4, 12},
        {"TIMESTAMP(0)", DATA_PHYSICAL_I64, 8, 19},
        {"TIMESTAMP(6)", DATA_PHYSICAL_I64, 8, 26},
        {"TIMESTAMP(7)", DATA_PHYSICAL_I128, 16, 27},
        {"TIMESTAMP_LTZ(3)", DATA_PHYSICAL_I64, 8, 23},
        {"STRING", DATA_PHYSICAL_STRING, 16, 30},
        {"BYTES", DATA_PHYSICAL_STRING, 16, 30},
        {"ARRAY<INT>", DATA_PHYSICAL_LIST, 0, 30},
        {"ROW<a INT>", DATA_PHYSICAL_ROW, 0, 30},
        {"INTERVAL DAY", DATA_PHYSICAL_I64, 8, 30},
        {"INTERVAL MONTH", DATA_PHYSICAL_I32, 4, 30},
        {"NULL", DATA_PHYSICAL_NONE, 0, 30},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const data_type *type = test_type(rows[i].name);
        assert_int_equal(data_physical_of(type), rows[i].physical);
        assert_int_equal(data_physical_width(data_physical_of(type)), rows[i].width);
        assert_int_equal(data_type_print_width(type, 30), rows[i].print_width);
    }
}

static void families(void **state) {
    assert_true(data_kind_is_numeric(DATA_DECIMAL) && !data_kind_is_integer(DATA_DECIMAL));
    assert_true(data_kind_is_integer(DATA_TINYINT) && !data_kind_is_integer(DATA_DATE));
    assert_true(data_kind_is_string(DATA_CHAR) && !data_kind_is_string(DATA_BINARY));
    assert_true(data_kind_is_binary(DATA_VARBINARY));
    assert_true(data_kind_is_temporal(DATA_TIMESTAMP_LTZ) &&
                !data_kind_is_temporal(DATA_INTERVAL_DAY_TIME));
    assert_true(data_kind_is_interval(DATA_INTERVAL_YEAR_MONTH));
    const data_type *map = test_type("MAP<STRING, INT>"), *bag = test_type("MULTISET<STRING>");
    assert_int_equal(data_type_child_count(map), 2);
    assert_ptr_equal(data_type_child(map, 1), data_type_simple(DATA_INT, true));
    assert_ptr_equal(data_type_child(bag, 1), data_type_simple(DATA_INT, false));
    assert_int_equal(data_type_child_count(test_type("INT")), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(names_round_trip),
        cmocka_unit_test(parse_errors),
        cmocka_unit_test(parse_a_prefix),
        cmocka_unit_test(interning),
        cmocka_unit_test(interning_is_thread_safe),
        cmocka_unit_test(equality_ignoring_null),
        cmocka_unit_test(physical_layouts),
        cmocka_unit_test(families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
