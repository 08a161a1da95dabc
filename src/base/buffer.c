/* Byte buffers in one allocation:
 *
 *     | base_buffer (64 bytes) | data, 64-byte aligned, `capacity` bytes | 64 zeroed bytes |
 *
 * and the string builder. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64, TAIL_BYTES = 64 };

_Static_assert(sizeof(base_buffer) <= ALIGNMENT, "the header takes one cache line");

#if defined(RASK_DEBUG) || defined(__SANITIZE_ADDRESS__)
enum { POISONS = 1 };
#else
enum { POISONS = 0 };
#endif

rask_status base_buffer_new(base_pool *pool, int64_t capacity, base_buffer **out, rask_error *err) {
    RASK_ASSERT(capacity >= 0);
    if (pool != NULL)
        RASK_TRY(base_pool_reserve(pool, capacity, err));
    void *allocation = NULL;
    if (capacity < INT64_MAX - 3 * ALIGNMENT - TAIL_BYTES)
        allocation = malloc((size_t)capacity + 2 * ALIGNMENT + TAIL_BYTES);
    if (allocation == NULL) {
        if (pool != NULL)
            base_pool_release(pool, capacity);
        rask_error_set(err, RASK_ERROR_MEMORY, "Out of memory: the system has no %lld bytes more.",
                       (long long)capacity);
        return RASK_ERROR_MEMORY;
    }
    uintptr_t start = ((uintptr_t)allocation + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
    base_buffer *buffer = (base_buffer *)start;
    *buffer = (base_buffer){.data = (uint8_t *)start + ALIGNMENT,
                            .capacity = capacity,
                            .pool = base_pool_ref(pool),
                            .refs = 1,
                            .allocation = allocation};
    memset(buffer->data + capacity, 0, TAIL_BYTES);
    *out = buffer;
    return RASK_OK;
}

base_buffer *base_buffer_wrap(const void *data, int64_t size, void (*release)(base_buffer *),
                              void *release_data) {
    base_buffer *buffer = BASE_NEW(base_buffer);
    buffer->data = (uint8_t *)(uintptr_t)data;
    buffer->size = buffer->capacity = size;
    buffer->refs = 1;
    buffer->release = release;
    buffer->release_data = release_data;
    buffer->allocation = buffer;
    return buffer;
}

base_buffer *base_buffer_ref(base_buffer *buffer) {
    if (buffer != NULL)
        __atomic_fetch_add(&buffer->refs, 1, __ATOMIC_RELAXED);
    return buffer;
}

void base_buffer_unref(base_buffer *buffer) {
    if (buffer == NULL || __atomic_fetch_sub(&buffer->refs, 1, __ATOMIC_ACQ_REL) > 1)
        return;
    bool is_wrapped = (void *)buffer == buffer->allocation;
    if (buffer->release != NULL)
        buffer->release(buffer);
    else if (POISONS && !is_wrapped)
        memset(buffer->data, 0xDE, (size_t)buffer->capacity);
    if (buffer->pool != NULL) {
        base_pool_release(buffer->pool, buffer->capacity);
        base_pool_unref(buffer->pool);
    }
    free(buffer->allocation);
}

bool base_buffer_is_unique(const base_buffer *buffer) {
    return __atomic_load_n(&buffer->refs, __ATOMIC_ACQUIRE) == 1;
}

rask_status base_buffer_reserve(base_buffer **buffer, int64_t capacity, rask_error *err) {
    base_buffer *old = *buffer, *grown;
    if (capacity <= old->capacity)
        return RASK_OK;
    RASK_ASSERT(base_buffer_is_unique(old));
    RASK_TRY(base_buffer_new(old->pool, capacity, &grown, err));
    memcpy(grown->data, old->data, (size_t)old->size);
    grown->size = old->size;
    base_buffer_unref(old);
    *buffer = grown;
    return RASK_OK;
}

/* ---- string builder -------------------------------------------------------------------------- */

/* What an empty builder points to; never written, since its capacity is 0. */
static char empty_text[1] = "";

void base_strbuf_init(base_strbuf *buf, int64_t length_max) {
    *buf = (base_strbuf){.data = empty_text, .length_max = length_max};
}

void base_strbuf_free(base_strbuf *buf) {
    if (buf->capacity > 0)
        base_free(buf->data);
    base_strbuf_init(buf, buf->length_max);
}

void base_strbuf_clear(base_strbuf *buf) {
    buf->length = 0;
    buf->overflowed = false;
    if (buf->capacity > 0)
        buf->data[0] = '\0';
}

/* Room for `length` more bytes and the NUL; false when that passes the maximum. */
static bool make_room(base_strbuf *buf, int64_t length) {
    if (buf->overflowed || length > buf->length_max - buf->length) {
        buf->overflowed = true;
        return false;
    }
    int64_t needed = buf->length + length + 1;
    if (needed > buf->capacity) {
        int64_t capacity = buf->capacity > 0 ? 2 * buf->capacity : 64;
        capacity = capacity > needed ? capacity : needed;
        buf->data = base_realloc(buf->capacity > 0 ? buf->data : NULL, capacity);
        buf->capacity = capacity;
    }
    return true;
}

char *base_strbuf_room(base_strbuf *buf, int64_t length) {
    return make_room(buf, length) ? buf->data + buf->length : NULL;
}

void base_strbuf_add(base_strbuf *buf, const char *bytes, int64_t length) {
    if (length == 0 || !make_room(buf, length))
        return;
    memcpy(buf->data + buf->length, bytes, (size_t)length);
    buf->length += length;
    buf->data[buf->length] = '\0';
}

void base_strbuf_add_text(base_strbuf *buf, const char *text) {
    base_strbuf_add(buf, text, (int64_t)strlen(text));
}

void base_strbuf_add_char(base_strbuf *buf, char c) {
    base_strbuf_add(buf, &c, 1);
}

void base_strbuf_printf(base_strbuf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    RASK_ASSERT(length >= 0);
    if (!make_room(buf, length))
        return;
    va_start(args, format);
    vsnprintf(buf->data + buf->length, (size_t)length + 1, format, args);
    va_end(args);
    buf->length += length;
}

char *base_strbuf_take(base_strbuf *buf) {
    char *text = buf->capacity > 0 ? buf->data : base_strdup("");
    base_strbuf_init(buf, buf->length_max);
    return text;
}
