/* Runs the example of every function over SQL: it must print what its row says. */
#include <string.h>

#include "func/func.h"
#include "rask/rask.h"
#include "support.h"

static rask_environment *environment;

/* The text of the only cell of the only row; "!message" where the query fails. */
static void answer(const char *example, char *out, size_t size) {
    rask_table *table = NULL;
    rask_result *result = NULL;
    const char *const *cells = NULL;
    rask_poll poll = RASK_POLL_END;
    rask_error err = {0};
    int kind;
    char *sql = base_printf("SELECT %s", example);
    rask_status status =
        rask_environment_sql_query(environment, sql, (int64_t)strlen(sql), &table, &err);
    if (status == RASK_OK)
        status = rask_table_execute(table, &result, &err);
    if (status == RASK_OK)
        status = rask_result_text_next(result, -1, &kind, &cells, &poll, &err);
    if (status != RASK_OK)
        snprintf(out, size, "!%.200s", err.message);
    else
        snprintf(out, size, "%.900s", poll == RASK_POLL_ROWS ? cells[0] : "no row");
    rask_result_unref(result);
    rask_table_unref(table);
    base_free(sql);
}

static void test_examples(void **state) {
    enum { ANSWER_MAX = 1024 };
    char got[ANSWER_MAX];
    rask_error err;
    int32_t count, failures = 0;
    ASSERT_OK(func_table_check(&err));
    const func_row *const *rows = func_rows(&count);
    for (int32_t i = 0; i < count; i++) {
        if (rows[i]->example == NULL)
            continue;
        answer(rows[i]->example, got, sizeof got);
        if (strcmp(got, rows[i]->result) != 0) {
            print_error("%s is %s, not %s\n", rows[i]->example, got, rows[i]->result);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

int main(void) {
    rask_error err;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples)};
    if (rask_environment_new(false, &environment, &err) != RASK_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rask_environment_unref(environment);
    return failed;
}
