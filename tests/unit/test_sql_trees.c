/* The parser's trees and refusals, case by case from tests/data/sql: a line of SQL, then its tree
 * or error, indented. */
#include <stdlib.h>

#include "sql_tree.h"
#include "support.h"

enum { LINE_MAX_LENGTH = 1 << 16, SHOWN_MAX = 10 };

typedef void (*describe_function)(const char *text, base_strbuf *out);

/* "ERROR class: message" without the list of what was expected. */
static void add_error(const rask_error *err, base_strbuf *out) {
    const char *expected = strstr(err->message, "\nWas expecting");
    size_t length = expected != NULL ? (size_t)(expected - err->message) : strlen(err->message);
    base_strbuf_printf(out, "ERROR %s: ", rask_status_class_name(err->code));
    base_strbuf_add(out, err->message, (int64_t)length);
}

static void describe_expression(const char *text, base_strbuf *out) {
    rask_error err = {0};
    expr_node *node;
    base_arena *arena = base_arena_new();
    if (sql_parse_expression(arena, text, (int64_t)strlen(text), &node, &err) == RASK_OK)
        sql_tree_expression(node, out);
    else
        add_error(&err, out);
    base_arena_free(arena);
}

static void describe_statement(const char *text, base_strbuf *out) {
    rask_error err = {0};
    sql_statement *statement;
    plan *p = plan_new();
    if (sql_parse_statement(p, text, (int64_t)strlen(text), &statement, &err) == RASK_OK)
        sql_tree_statement(statement, out);
    else
        add_error(&err, out);
    plan_unref(p);
}

static bool read_line(FILE *file, char *line) {
    if (fgets(line, LINE_MAX_LENGTH, file) == NULL)
        return false;
    line[strcspn(line, "\n")] = '\0';
    return true;
}

/* A line break in a tree is written \n. */
static void describe_on_one_line(describe_function describe, const char *text, base_strbuf *out) {
    base_strbuf raw;
    base_strbuf_init(&raw, LINE_MAX_LENGTH);
    describe(text, &raw);
    for (int64_t i = 0; i < raw.length; i++) {
        if (raw.data[i] == '\n')
            base_strbuf_add_text(out, "\\n");
        else
            base_strbuf_add_char(out, raw.data[i]);
    }
    base_strbuf_free(&raw);
}

static void check_file(const char *name, describe_function describe) {
    static char text[LINE_MAX_LENGTH], tree[LINE_MAX_LENGTH];
    int cases = 0, wrong = 0;
    char *path = base_printf("%s/sql/%s", getenv("RASK_TEST_DATA"), name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    while (read_line(file, text)) {
        base_strbuf got;
        bool is_head = text[0] == '#' && cases == 0;
        long place = ftell(file);
        if (is_head || !read_line(file, tree))
            continue;
        if (strncmp(tree, "    ", 4) != 0) {
            fseek(file, place, SEEK_SET);
            continue;
        }
        base_strbuf_init(&got, LINE_MAX_LENGTH);
        describe_on_one_line(describe, text, &got);
        cases++;
        if (strcmp(got.data, tree + 4) != 0 && ++wrong <= SHOWN_MAX)
            print_error("%s\n  expected %s\n  got      %s\n", text, tree + 4, got.data);
        base_strbuf_free(&got);
    }
    fclose(file);
    base_free(path);
    assert_true(cases > 100);
    assert_int_equal(wrong, 0);
}

static void test_expressions(void **state) {
    (void)state;
    check_file("expressions.txt", describe_expression);
}

static void test_statements(void **state) {
    (void)state;
    check_file("statements.txt", describe_statement);
}

/* ---- what one line cannot say ---------------------------------------------------------------- */

static void check_place(const char *text, rask_status code, int32_t line, int32_t column) {
    rask_error err = {0};
    sql_statement *statement;
    plan *p = plan_new();
    assert_int_equal(sql_parse_statement(p, text, (int64_t)strlen(text), &statement, &err), code);
    assert_int_equal(err.line, line);
    assert_int_equal(err.column, column);
    plan_unref(p);
}

static void test_places(void **state) {
    (void)state;
    check_place("SELECT a\n  FORM t x", RASK_ERROR_SQL_PARSER, 2, 8);
    check_place("SELECT a\r\n FROM t y z", RASK_ERROR_SQL_PARSER, 2, 11);
    check_place("SELECT 'é', '漢字' b c", RASK_ERROR_SQL_PARSER, 1, 20);
    check_place("SELECT /* two\nlines */ 1 1", RASK_ERROR_SQL_PARSER, 2, 12);
    check_place("SELECT 1,\n  ", RASK_ERROR_SQL_PARSER, 2, 2);
    check_place("SELECT a, DATE 'x'\nFROM t", RASK_ERROR_VALIDATION, 1, 11);
    check_place("SELECT a FROM t\nMATCH_RECOGNIZE (x)", RASK_ERROR_UNSUPPORTED, 2, 1);
    check_place("SELECT '\xff'", RASK_ERROR_SQL_PARSER, 0, 0);
}

static void test_expected(void **state) {
    rask_error err = {0};
    sql_statement *statement;
    plan *p = plan_new();
    const char *text = "DROP FOO t";
    (void)state;
    assert_int_equal(sql_parse_statement(p, text, (int64_t)strlen(text), &statement, &err),
                     RASK_ERROR_SQL_PARSER);
    const char *list = strstr(err.message, "\nWas expecting one of:\n");
    assert_non_null(list);
    assert_non_null(strstr(list, "\n    \"TABLE\" ...\n    \"VIEW\" ..."));
    assert_int_not_equal(err.message[strlen(err.message) - 1], '\n');
    plan_unref(p);
}

static void test_node_places(void **state) {
    rask_error err = {0};
    expr_node *node;
    base_arena *arena = base_arena_new();
    const char *text = "a +\n  f(b, 'it''s\n x')";
    (void)state;
    ASSERT_OK(sql_parse_expression(arena, text, (int64_t)strlen(text), &node, &err));
    assert_int_equal(node->place.line, 1);
    assert_int_equal(node->place.column, 1);
    assert_int_equal(node->place.end_line, 3);
    assert_int_equal(node->place.end_column, 4);
    assert_int_equal(node->args[1]->place.line, 2);
    assert_int_equal(node->args[1]->place.column, 3);
    assert_int_equal(node->args[1]->args[1]->place.end_column, 3);
    base_arena_free(arena);
}

static void test_continued_text(void **state) {
    rask_error err = {0};
    expr_node *node;
    base_arena *arena = base_arena_new();
    const char *text = "'a'\n'b' -- c\n'c'";
    (void)state;
    ASSERT_OK(sql_parse_expression(arena, text, (int64_t)strlen(text), &node, &err));
    assert_int_equal(node->value.text.length, 3);
    assert_memory_equal(node->value.text.bytes, "abc", 3);
    base_arena_free(arena);
}

static void test_query_text(void **state) {
    rask_error err = {0};
    sql_statement *statement;
    plan *p = plan_new();
    const char *text = "CREATE VIEW v AS -- c\n  SELECT a\n  FROM t ;";
    (void)state;
    ASSERT_OK(sql_parse_statement(p, text, (int64_t)strlen(text), &statement, &err));
    assert_string_equal(statement->query_text, "SELECT a\n  FROM t");
    plan_unref(p);
}

static void test_path(void **state) {
    rask_error err = {0};
    const char **parts;
    int32_t count;
    base_arena *arena = base_arena_new();
    (void)state;
    ASSERT_OK(sql_parse_path(arena, "a.`b c`.`d``e`", 14, &parts, &count, &err));
    assert_int_equal(count, 3);
    assert_string_equal(parts[1], "b c");
    assert_string_equal(parts[2], "d`e");
    assert_int_equal(sql_parse_path(arena, "a b", 3, &parts, &count, &err), RASK_ERROR_SQL_PARSER);
    base_arena_free(arena);
}

/* ---- limits ---------------------------------------------------------------------------------- */

/* head, then `count` times `part`, then middle, then `count` times `tail`. */
static char *repeated(const char *head, const char *part, const char *middle, const char *tail,
                      int32_t count) {
    base_strbuf text;
    base_strbuf_init(&text, 1 << 26);
    base_strbuf_add_text(&text, head);
    for (int32_t i = 0; i < count; i++)
        base_strbuf_add_text(&text, part);
    base_strbuf_add_text(&text, middle);
    for (int32_t i = 0; i < count; i++)
        base_strbuf_add_text(&text, tail);
    return base_strbuf_take(&text);
}

static rask_status status_of(char *text, rask_error *err) {
    sql_statement *statement;
    plan *p = plan_new();
    rask_status status = sql_parse_statement(p, text, (int64_t)strlen(text), &statement, err);
    plan_unref(p);
    base_free(text);
    return status;
}

/* Nesting that would use up the stack is refused; what is only long is fine. */
static void test_limits(void **state) {
    static const struct {
        const char *head, *part, *middle, *tail;
        int32_t count;
        rask_status status;
    } cases[] = {
        {"SELECT ", "(", "1", ")", 400, RASK_OK},
        {"SELECT ", "(", "1", ")", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT ", "- ", "a", "", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT ", "NOT ", "a", "", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT ", "f(", "1", ")", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT ", "CASE WHEN a THEN ", "1", " END", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT ", "a LIKE ", "1", "", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT ", "a BETWEEN ", "1", " AND 2", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT ", "(SELECT ", "1", ")", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT ", "INTERVAL ", "1", " DAY", 100000, RASK_ERROR_SQL_PARSER},
        {"", "SELECT * FROM (", "SELECT 1", ")", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT * FROM ", "(", "SELECT 1", ")", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT a FROM t GROUP BY ", "ROLLUP(", "a", ")", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT CAST(a AS ", "ARRAY<", "INT", ">", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT CAST(a AS INT", " ARRAY", ")", "", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT a", " + 1", "", "", 900, RASK_OK},
        {"SELECT a", " + 1", "", "", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT a", "[1]", "", "", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT f(a)", ".b", "", "", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT a", " IS NULL", "", "", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT 1", " UNION ALL SELECT 1", "", "", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT * FROM t", ", t", "", "", 100000, RASK_ERROR_SQL_PARSER},
        {"SELECT a", " OR a = 1", "", "", 100000, RASK_OK},
        {"SELECT a", " AND b OR c", "", "", 100000, RASK_OK},
        {"SELECT a IN (1", ", 1", ")", "", 100000, RASK_OK},
        {"SELECT 1", ", 1", "", "", 100000, RASK_OK},
        {"VALUES 1", ", (1)", "", "", 100000, RASK_OK},
        {"SELECT CASE", " WHEN a THEN b", " END", "", 100000, RASK_OK},
        {"SELECT CASE f(a, b, c, d, e)", " WHEN 1 THEN 2", " END", "", 200000,
         RASK_ERROR_SQL_PARSER},
        /* Quadratic work would not end in the time of a test. */
        {"SELECT CAST(a AS x", ".y", ")", "", 200000, RASK_ERROR_VALIDATION},
        {"CREATE TABLE t (WATERMARK FOR x", ".y", " AS a)", "", 200000, RASK_ERROR_VALIDATION},
        {"CREATE TABLE t (a INT, PRIMARY KEY (a", ", a", ") NOT ENFORCED)", "", 200000,
         RASK_ERROR_VALIDATION},
        {"SELECT ", "'", "", "", 200001, RASK_ERROR_SQL_PARSER},
        {"SELECT ", "/* ", "", "", 200000, RASK_ERROR_SQL_PARSER},
        {"SELECT ", "CASE ", "1", " WHEN 1 THEN 2 WHEN 3 THEN 4 END", 40, RASK_ERROR_SQL_PARSER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rask_error err = {0};
        char *text =
            repeated(cases[i].head, cases[i].part, cases[i].middle, cases[i].tail, cases[i].count);
        rask_status status = status_of(text, &err);
        if (status != cases[i].status)
            fail_msg("%s%s x %d: %s", cases[i].head, cases[i].part, (int)cases[i].count,
                     err.message);
    }
}

static void test_long_name(void **state) {
    rask_error err = {0};
    (void)state;
    assert_int_equal(status_of(repeated("SELECT ", "a", "", "", 256), &err), RASK_OK);
    assert_int_equal(status_of(repeated("SELECT ", "a", "", "", 257), &err), RASK_ERROR_SQL_PARSER);
    assert_non_null(strstr(err.message, "must be less than or equal to 256 characters"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expressions), cmocka_unit_test(test_statements),
        cmocka_unit_test(test_places),      cmocka_unit_test(test_expected),
        cmocka_unit_test(test_node_places), cmocka_unit_test(test_continued_text),
        cmocka_unit_test(test_query_text),  cmocka_unit_test(test_path),
        cmocka_unit_test(test_limits),      cmocka_unit_test(test_long_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
