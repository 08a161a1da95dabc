/* Calling SQL functions over columns written as texts. */
#ifndef TESTS_UNIT_FUNC_SUPPORT_H
#define TESTS_UNIT_FUNC_SUPPORT_H

#include "func/aggregate.h"
#include "support.h"

/* The context kernels get: UTC, the system's world, a scratch arena reset at each test_call. */
const func_context *test_func_context(void);
/* Goes last into cmocka_run_group_tests: fails when a check below did. */
int test_func_teardown(void **state);

/* Calls a function and compares what it gives.
 *
 *     test_call("+", "INT: 6|NULL", "INT: 1|NULL", "INT = 5")
 *
 * An argument is "type: rows" or, for a literal, "type = value"; `expected` is the type (as
 * asSummaryString) and the rows, or "!message" where resolution or the kernel fails.  Arguments are
 * cast as resolution says.  The call runs plain, with literals as flat columns, over many rows with
 * and without a selection, and with decimals of 128 bits; all must agree. */
#define test_call(name, expected, ...)                                                             \
    test_call_at(__FILE__, __LINE__, name, expected, (const char *const[]){__VA_ARGS__, NULL})
void test_call_at(const char *file, int line, const char *name, const char *expected,
                  const char *const *args);
/* The same for CAST and TRY_CAST. */
#define test_cast(value, to, expected) test_cast_at(__FILE__, __LINE__, value, to, false, expected)
#define test_try_cast(value, to, expected)                                                         \
    test_cast_at(__FILE__, __LINE__, value, to, true, expected)
void test_cast_at(const char *file, int line, const char *value, const char *to, bool is_try,
                  const char *expected);

#endif
