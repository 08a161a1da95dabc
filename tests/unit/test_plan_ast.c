/* Bound queries against Flink's: each case of tests/data/flink_ast.txt is a statement, the columns
 * and the AST (or the error) a real Flink 2.3.0 gave for it, and, where ours differs, a line
 * "~~ why" with our text below. */
#include "plan_fixture.h"

#include <stdlib.h>

typedef struct ast_case {
    const char *sql, *expected, *reason, *ours;
} ast_case;

static char *read_file(const char *name) {
    const char *directory = getenv("RASK_TEST_DATA");
    char *path = base_printf("%s/%s", directory != NULL ? directory : "tests/data", name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("%s cannot be read", path);
    base_strbuf text;
    base_strbuf_init(&text, 1 << 24);
    char block[4096];
    for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;)
        base_strbuf_add(&text, block, (int64_t)got);
    fclose(file);
    base_free(path);
    return base_strbuf_take(&text);
}

/* Cuts the text behind `marker` at the start of a line; NULL when there is none. */
static char *cut(char *text, const char *marker) {
    size_t length = strlen(marker);
    for (char *line = text; line != NULL && *line != '\0';) {
        char *next = strchr(line, '\n');
        if (strncmp(line, marker, length) == 0) {
            *line = '\0';
            return line + length;
        }
        line = next != NULL ? next + 1 : NULL;
    }
    return NULL;
}

/* The line at `text`, cut off; `*rest` is what follows. */
static char *take_line(char *text, char **rest) {
    char *end = strchr(text, '\n');
    assert_non_null(end);
    *end = '\0';
    *rest = end + 1;
    return text;
}

static int32_t check(plan_fixture *f, const ast_case *c) {
    char *text = plan_fixture_explain(f, c->sql);
    const char *wanted = c->reason != NULL ? c->ours : c->expected;
    int32_t failures = strcmp(text, wanted) != 0;
    if (failures > 0)
        printf("-- %s\nexpected:\n%sfound:\n%s\n", c->sql, wanted, text);
    if (c->reason != NULL && strcmp(text, c->expected) == 0) {
        printf("-- %s\nno longer differs: %s\n", c->sql, c->reason);
        failures++;
    }
    base_free(text);
    return failures;
}

static void test_cases(void **state) {
    plan_fixture f;
    plan_fixture_init(&f);
    char *text = read_file("flink_ast.txt"), *at = cut(text, "-- ");
    int32_t failures = 0, count = 0;
    while (at != NULL) {
        char *next = cut(at, "-- "), *body;
        ast_case c = {.sql = take_line(at, &body), .expected = body};
        char *difference = cut(body, "~~ "), *ours;
        if (difference != NULL) {
            c.reason = take_line(difference, &ours);
            c.ours = ours;
        }
        failures += check(&f, &c);
        count++;
        at = next;
    }
    base_free(text);
    plan_fixture_free(&f);
    printf("%d cases, %d failures\n", count, failures);
    assert_int_equal(failures, 0);
    assert_true(count > 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
