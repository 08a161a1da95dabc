/* Arena: many small allocations that die together.  Not thread-safe.  Never holds anything whose
 * size depends on the number of events. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>

#include "base/memory.h"

typedef struct base_arena base_arena;

base_arena *base_arena_new(void);
void base_arena_free(base_arena *arena);
void base_arena_reset(base_arena *arena);                /* keeps the largest chunk for reuse */
void *base_arena_alloc(base_arena *arena, int64_t size); /* zeroed, 16-byte aligned */
void *base_arena_copy(base_arena *arena, const void *bytes, int64_t size);
char *base_arena_strdup(base_arena *arena, const char *text); /* NULL gives NULL */
char *base_arena_strndup(base_arena *arena, const char *text, int64_t length);
char *base_arena_printf(base_arena *arena, const char *format, ...) RASK_PRINTF(2, 3);
char *base_arena_vprintf(base_arena *arena, const char *format, va_list args);
/* Calls `release(data)` when the arena is freed or reset: for what lives in it but holds more. */
void base_arena_on_free(base_arena *arena, void (*release)(void *data), void *data);
#define BASE_ARENA_NEW(arena, type) ((type *)base_arena_alloc((arena), (int64_t)sizeof(type)))
#define BASE_ARENA_ARRAY(arena, type, count)                                                       \
    ((type *)base_arena_alloc((arena), (int64_t)sizeof(type) * (count)))

/* A growing array of pointers in an arena: BASE_ARENA pattern for lists built while parsing. */
typedef struct base_list {
    void **items;
    int32_t count;
    int32_t capacity;
} base_list;
void base_list_add(base_arena *arena, base_list *list, void *item);

#endif
