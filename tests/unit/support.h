/* What the unit tests share: checks of calls that can fail, texts of what columns hold, and worlds
 * whose files fail on demand and whose clock stands still. */
#ifndef TESTS_UNIT_SUPPORT_H
#define TESTS_UNIT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/world.h"
#include "data/batch.h"
#include "data/value.h"

/* The call succeeds, or the test fails with the error's message.  Needs `rask_error err`. */
#define ASSERT_OK(call)                                                                            \
    do {                                                                                           \
        rask_error_clear(&err);                                                                    \
        if ((call) != RASK_OK)                                                                     \
            fail_msg("%s: %s", #call, err.message);                                                \
    } while (0)

/* The call fails with this status and exactly this message. */
#define ASSERT_FAILS(call, status, text)                                                           \
    do {                                                                                           \
        rask_error_clear(&err);                                                                    \
        assert_int_equal(call, status);                                                            \
        assert_int_equal(err.code, status);                                                        \
        assert_string_equal(err.message, text);                                                    \
    } while (0)

/* The type of this name. */
const data_type *test_type(const char *name);
/* A flat column made of the items of a text: "1|2|NULL|x", each read as the type says; nested
 * values as Flink prints them: "[1, NULL]|{a=1}|(1, x)". */
data_column *test_column(const char *type_name, const char *items);
/* The column as such a text; static memory, overwritten by the fourth next call. */
const char *test_text(const data_column *column);
/* The rows of a batch that count: "+I 1,a|-D 2,b". */
const char *test_batch_text(const data_batch *batch);

/* The system's files, of which the n-th call from now on (0 = the next one) fails. */
typedef struct test_faults {
    base_files files;
    const base_files *below;
    int64_t calls_left; /* -1 = none fails */
    int64_t calls;
} test_faults;
void test_faults_init(test_faults *faults, const base_files *below);

/* A clock that only moves when told to, or by sleeping. */
typedef struct test_clock {
    base_clock clock;
    int64_t now_us;
} test_clock;
void test_clock_init(test_clock *clock, int64_t now_us);

/* A directory for this test, removed by test_directory_remove; the path is base_free()d by it. */
char *test_directory_make(void);
void test_directory_remove(char *path);

#endif
