/* Reference-counted byte buffers: the storage behind columns, string heaps, pages and messages.
 *
 * A buffer is written by its maker and immutable once a second reference exists.  `data` is
 * 64-byte aligned and readable up to 64 bytes past `capacity`, where zeros stand; a wrapped buffer
 * (foreign memory) promises neither, so only the maker of a buffer may over-read it.  Reference
 * counts are atomic.  A buffer keeps its pool alive. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/memory.h"

typedef struct base_buffer {
    uint8_t *data;
    int64_t size;                          /* bytes in use */
    int64_t capacity;                      /* bytes allocated */
    base_pool *pool;                       /* charged for `capacity`; NULL = uncharged */
    int32_t refs;                          /* atomic */
    void (*release)(struct base_buffer *); /* for foreign memory (Arrow imports); NULL = own */
    void *release_data;
    void *allocation; /* what is freed: the block that holds this struct */
} base_buffer;

/* `size` is set to 0.  `pool` may be NULL. */
rask_status base_buffer_new(base_pool *pool, int64_t capacity, base_buffer **out, rask_error *err);
/* Borrows foreign memory; `release` is called once when the last reference goes. */
base_buffer *base_buffer_wrap(const void *data, int64_t size, void (*release)(base_buffer *),
                              void *release_data);
base_buffer *base_buffer_ref(base_buffer *buffer); /* NULL gives NULL */
void base_buffer_unref(base_buffer *buffer);       /* NULL is fine */
bool base_buffer_is_unique(const base_buffer *buffer);
/* Grows a unique buffer to at least `capacity`; `*buffer` may move. */
rask_status base_buffer_reserve(base_buffer **buffer, int64_t capacity, rask_error *err);

/* String builder with a maximum given at birth; sticky: after exceeding it, appends do nothing and
 * base_strbuf_overflowed() is true.  `data` is always NUL-terminated. */
typedef struct base_strbuf {
    char *data;
    int64_t length;
    int64_t capacity;
    int64_t length_max;
    bool overflowed;
} base_strbuf;
void base_strbuf_init(base_strbuf *buf, int64_t length_max);
void base_strbuf_free(base_strbuf *buf);
void base_strbuf_clear(base_strbuf *buf);
void base_strbuf_add(base_strbuf *buf, const char *bytes, int64_t length);
void base_strbuf_add_text(base_strbuf *buf, const char *text);
void base_strbuf_add_char(base_strbuf *buf, char c);
/* Writable room for `length` bytes at the end (NULL when that passes the maximum); the caller
 * writes there, advances `length` and puts the NUL. */
char *base_strbuf_room(base_strbuf *buf, int64_t length);
void base_strbuf_printf(base_strbuf *buf, const char *format, ...) RASK_PRINTF(2, 3);
char *base_strbuf_take(base_strbuf *buf); /* caller base_free()s; buf is empty again */

#endif
