/* All allocation of the library goes through this folder.
 *
 * base_alloc & co. serve small metadata and never fail (out of memory ends the process with a
 * message).  Everything whose size depends on the data goes through a base_pool, which enforces a
 * budget and returns RASK_ERROR_MEMORY, and through base_buffer (buffer.h).
 *
 * A pool is a node of a tree (process -> job -> task): reserving in a child reserves in its
 * parents, in chunks (1 MiB, or a 64th of a small budget), so that the shared counter is touched
 * rarely. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/error.h"

void *base_alloc(int64_t size);      /* uninitialised */
void *base_alloc_zero(int64_t size); /* zeroed */
void *base_realloc(void *pointer, int64_t size);
void base_free(void *pointer);       /* NULL is fine */
char *base_strdup(const char *text); /* NULL gives NULL */
char *base_strndup(const char *text, int64_t length);
char *base_printf(const char *format, ...) RASK_PRINTF(1, 2);
#define BASE_NEW(type) ((type *)base_alloc_zero((int64_t)sizeof(type)))
#define BASE_NEW_ARRAY(type, count) ((type *)base_alloc_zero((int64_t)sizeof(type) * (count)))

enum { BASE_POOL_CHUNK = 1 << 20, BASE_POOL_CHUNKS_MIN = 64 };
typedef struct base_pool base_pool;

/* `limit_bytes` 0 = as the parent.  `name` appears in errors; `option` is the configuration key to
 * raise (may be NULL).  `parent` may be NULL. */
base_pool *base_pool_new(base_pool *parent, const char *name, const char *option,
                         int64_t limit_bytes);
base_pool *base_pool_ref(base_pool *pool);
void base_pool_unref(base_pool *pool);
/* Thread-safe.  Fails with RASK_ERROR_MEMORY naming pool and option when a limit on the way up
 * would be exceeded; nothing is reserved then. */
rask_status base_pool_reserve(base_pool *pool, int64_t bytes, rask_error *err);
void base_pool_release(base_pool *pool, int64_t bytes);
int64_t base_pool_used(const base_pool *pool);
int64_t base_pool_limit(const base_pool *pool); /* INT64_MAX = none */

#endif
