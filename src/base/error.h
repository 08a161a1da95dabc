/* Filling rask_error, passing failures up, and assertions for bugs.
 *
 *     if (rows < 0)
 *         return rask_error_set(err, RASK_ERROR_VALIDATION, "row count %d is negative", rows);
 *     RASK_TRY(next_step(x, err));
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <rask/rask_base.h>

#define RASK_TRY(call)                                                                             \
    do {                                                                                           \
        rask_status try_status_ = (call);                                                          \
        if (__builtin_expect(try_status_ != RASK_OK, 0))                                           \
            return try_status_;                                                                    \
    } while (0)

/* For functions that hold resources: keeps the status and goes to the one `out:` label. */
#define RASK_TRY_OUT(status, call)                                                                 \
    do {                                                                                           \
        (status) = (call);                                                                         \
        if (__builtin_expect((status) != RASK_OK, 0))                                              \
            goto out;                                                                              \
    } while (0)

/* A broken invariant of Rask itself: prints and aborts.  Never reached by user input. */
#define RASK_ASSERT(condition)                                                                     \
    ((condition) ? (void)0 : base_assert_failed(#condition, __FILE__, __LINE__))
_Noreturn void base_assert_failed(const char *condition, const char *file, int line);

/* Resets `err` and writes code and message (truncated to fit).  Returns `code`, so that a caller
 * can `return rask_error_set(...)`.  `err` may be NULL. */
rask_status rask_error_set(rask_error *err, rask_status code, const char *format, ...)
    RASK_PRINTF(3, 4);
/* The same with a place in the SQL or expression text (1-based line and column). */
rask_status rask_error_set_at(rask_error *err, rask_status code, int32_t line, int32_t column,
                              const char *format, ...) RASK_PRINTF(5, 6);
/* Adds to the failure already in `err`: a prefix "in front: " or a hint. */
void rask_error_prefix(rask_error *err, const char *format, ...) RASK_PRINTF(2, 3);
void rask_error_hint(rask_error *err, const char *format, ...) RASK_PRINTF(2, 3);
void rask_error_clear(rask_error *err);

/* The candidate nearest to `name` (case-insensitive edit distance of at most a third of its
 * length), or NULL.  `candidates` has `count` strings. */
const char *base_nearest_name(const char *name, const char *const *candidates, int64_t count);

#endif
