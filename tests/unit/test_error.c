/* rask_error, status names and nearest names. */
#include "support.h"

static void messages(void **state) {
    rask_error err;
    memset(&err, 0x5A, sizeof err); /* callers need not clear it */
    assert_int_equal(rask_error_set(&err, RASK_ERROR_VALIDATION, "row count %d", -1),
                     RASK_ERROR_VALIDATION);
    assert_int_equal(err.code, RASK_ERROR_VALIDATION);
    assert_string_equal(err.message, "row count -1");
    assert_string_equal(err.hint, "");
    assert_int_equal(err.line, 0);
    assert_int_equal(err.row, -1);
    rask_error_prefix(&err, "In '%s': ", "q1");
    assert_string_equal(err.message, "In 'q1': row count -1");
    rask_error_hint(&err, "try %d", 1);
    assert_string_equal(err.hint, "try 1");
    rask_error_set_at(&err, RASK_ERROR_SQL_PARSER, 3, 14, "again: %s", err.message);
    assert_string_equal(err.message, "again: In 'q1': row count -1");
    assert_int_equal(err.line, 3);
    assert_int_equal(err.column, 14);
    assert_string_equal(err.hint, "");
    assert_int_equal(rask_error_set(NULL, RASK_ERROR_IO, "x"), RASK_ERROR_IO);
    rask_error_prefix(NULL, "x");
    rask_error_hint(NULL, "x");
    rask_error_clear(NULL);
}

static void long_messages_are_cut(void **state) {
    rask_error err;
    char text[10000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    rask_error_set(&err, RASK_ERROR_IO, "%s", text);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    rask_error_prefix(&err, "front: ");
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_memory_equal(err.message, "front: xxx", 10);
    rask_error_prefix(&err, "%s", text);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    rask_error_hint(&err, "%s", text);
    assert_int_equal(strlen(err.hint), sizeof err.hint - 1);
}

static void class_names(void **state) {
    assert_string_equal(rask_status_class_name(RASK_ERROR_VALIDATION), "ValidationException");
    assert_string_equal(rask_status_class_name(RASK_ERROR_CANCELLED), "JobCancellationException");
    assert_string_equal(rask_status_class_name(RASK_ERROR_MEMORY), "OutOfMemoryError");
    for (int i = 0; i < RASK_STATUS_COUNT; i++)
        assert_non_null(rask_status_class_name((rask_status)i));
    assert_non_null(rask_status_class_name((rask_status)-1));
    assert_non_null(rask_status_class_name((rask_status)1000));
}

static void nearest_names(void **state) {
    static const char *const names[] = {"word", "count", "WORLD", "user_name", "a"};
    assert_null(base_nearest_name("wrod", names, 5)); /* two edits in four letters */
    assert_string_equal(base_nearest_name("wordd", names, 5), "word");
    assert_string_equal(base_nearest_name("WORD", names, 5), "word");
    assert_string_equal(base_nearest_name("word", names, 5), "word");
    assert_string_equal(base_nearest_name("username", names, 5), "user_name");
    assert_null(base_nearest_name("xyz", names, 5));
    assert_null(base_nearest_name("", names, 5));
    assert_null(base_nearest_name("word", NULL, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(class_names),
        cmocka_unit_test(nearest_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
