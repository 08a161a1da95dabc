/* The bounded queue between two tasks: a ring under a lock, with credit in rows and bytes.
 *
 * Putting never fails, since an operator cannot stop in the middle of a batch; the producer's task
 * asks exec_channel_is_full before its next step.  Watermarks, barriers and ends take no credit, so
 * that a barrier never waits for room. */
#include "exec/runtime.h"

void exec_channel_init(exec_channel *channel, exec_unit *producer, exec_unit *consumer,
                       int64_t rows_max, int64_t bytes_max) {
    *channel = (exec_channel){.producer = producer,
                              .consumer = consumer,
                              .rows_max = rows_max,
                              .bytes_max = bytes_max,
                              .watermark_ms = INT64_MIN};
    base_mutex_init(&channel->mutex);
}

static void drop_items(exec_channel *channel) {
    for (int32_t i = 0; i < channel->count; i++)
        data_batch_unref(channel->ring[(channel->head + i) % channel->ring_size].batch);
    __atomic_store_n(&channel->count, 0, __ATOMIC_SEQ_CST);
    channel->rows = channel->bytes = 0;
}

void exec_channel_destroy(exec_channel *channel) {
    drop_items(channel);
    base_free(channel->ring);
    base_mutex_destroy(&channel->mutex);
}

static void make_room(exec_channel *channel) {
    if (channel->count < channel->ring_size)
        return;
    int32_t size = channel->ring_size > 0 ? 2 * channel->ring_size : 16;
    exec_item *ring = BASE_NEW_ARRAY(exec_item, size);
    for (int32_t i = 0; i < channel->count; i++)
        ring[i] = channel->ring[(channel->head + i) % channel->ring_size];
    base_free(channel->ring);
    channel->ring = ring;
    channel->ring_size = size;
    channel->head = 0;
}

void exec_channel_put(exec_channel *channel, exec_item item) {
    int64_t bytes = item.batch != NULL ? data_batch_pinned_bytes(item.batch) : 0;
    base_mutex_lock(&channel->mutex);
    bool is_closed = channel->is_closed;
    if (!is_closed) {
        make_room(channel);
        channel->ring[(channel->head + channel->count) % channel->ring_size] = item;
        __atomic_store_n(&channel->count, channel->count + 1, __ATOMIC_SEQ_CST);
        channel->rows += item.batch != NULL ? item.batch->selected : 0;
        channel->bytes += bytes;
    }
    base_mutex_unlock(&channel->mutex);
    if (is_closed)
        data_batch_unref(item.batch);
    else
        exec_wake(channel->consumer);
}

bool exec_channel_has_items(const exec_channel *channel) {
    return __atomic_load_n(&channel->count, __ATOMIC_SEQ_CST) > 0;
}

bool exec_channel_take(exec_channel *channel, exec_item *out) {
    if (!exec_channel_has_items(channel))
        return false;
    base_mutex_lock(&channel->mutex);
    *out = channel->ring[channel->head];
    channel->head = (channel->head + 1) % channel->ring_size;
    __atomic_store_n(&channel->count, channel->count - 1, __ATOMIC_SEQ_CST);
    if (out->batch != NULL)
        channel->rows -= out->batch->selected;
    if (channel->count == 0)
        channel->rows = channel->bytes = 0;
    else if (out->batch != NULL)
        channel->bytes -= data_batch_pinned_bytes(out->batch);
    bool wakes = channel->producer_waits && 2 * channel->rows <= channel->rows_max &&
                 2 * channel->bytes <= channel->bytes_max;
    if (wakes)
        channel->producer_waits = false;
    base_mutex_unlock(&channel->mutex);
    if (wakes)
        exec_wake(channel->producer);
    return true;
}

bool exec_channel_is_full(exec_channel *channel) {
    base_mutex_lock(&channel->mutex);
    bool is_full = channel->rows >= channel->rows_max || channel->bytes >= channel->bytes_max;
    channel->producer_waits = is_full;
    base_mutex_unlock(&channel->mutex);
    return is_full;
}

bool exec_channel_wants_credit(exec_channel *channel, int64_t *rows) {
    base_mutex_lock(&channel->mutex);
    bool wants = channel->producer_waits;
    *rows = channel->rows_max;
    base_mutex_unlock(&channel->mutex);
    return wants;
}

void exec_channel_grow(exec_channel *channel) {
    base_mutex_lock(&channel->mutex);
    channel->rows_max *= 2;
    channel->bytes_max *= 2;
    channel->producer_waits = false;
    base_mutex_unlock(&channel->mutex);
    exec_wake(channel->producer);
}

void exec_channel_close(exec_channel *channel) {
    base_mutex_lock(&channel->mutex);
    bool was_closed = channel->is_closed;
    channel->is_closed = true;
    drop_items(channel);
    channel->producer_waits = false;
    base_mutex_unlock(&channel->mutex);
    if (!was_closed)
        channel->on_closed(channel);
}

bool exec_channel_is_closed(exec_channel *channel) {
    base_mutex_lock(&channel->mutex);
    bool is_closed = channel->is_closed;
    base_mutex_unlock(&channel->mutex);
    return is_closed;
}
