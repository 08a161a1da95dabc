/* Rows on their way to the caller: a queue of batches bounded in bytes.
 *
 * The sink's task puts, the caller's thread takes.  A full queue takes nothing and remembers to
 * call back when there is room again; an empty one takes any batch, however large.  Once cancelled
 * it calls back and swallows what is put.  The batches' own buffers are charged to their pools. */
#include "base/thread.h"
#include "connect/connect.h"

typedef struct entry {
    data_batch *batch;
    int64_t bytes;
} entry;

struct connect_results {
    base_mutex mutex;
    base_cond changed;
    int64_t bytes, bytes_max;
    entry *entries; /* a ring */
    int64_t first, count, capacity;
    bool is_waiting; /* a put was refused since the last call back */
    bool has_ended, is_cancelled;
    rask_error failure; /* code RASK_OK = none */
    void (*room)(void *context);
    void *room_context;
    int32_t refs;
};

connect_results *connect_results_new(base_pool *pool, int64_t bytes_max) {
    connect_results *results = BASE_NEW(connect_results);
    base_mutex_init(&results->mutex);
    base_cond_init(&results->changed);
    results->bytes_max = bytes_max;
    results->refs = 1;
    return results;
}

connect_results *connect_results_ref(connect_results *results) {
    if (results != NULL)
        __atomic_fetch_add(&results->refs, 1, __ATOMIC_RELAXED);
    return results;
}

static entry take_first(connect_results *results) {
    entry first = results->entries[results->first];
    results->first = (results->first + 1) % results->capacity;
    results->count--;
    results->bytes -= first.bytes;
    return first;
}

static void drop_all(connect_results *results) {
    while (results->count > 0)
        data_batch_unref(take_first(results).batch);
}

void connect_results_unref(connect_results *results) {
    if (results == NULL || __atomic_sub_fetch(&results->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    drop_all(results);
    base_free(results->entries);
    base_cond_destroy(&results->changed);
    base_mutex_destroy(&results->mutex);
    base_free(results);
}

static void add_last(connect_results *results, entry last) {
    if (results->count == results->capacity) {
        int64_t capacity = results->capacity > 0 ? results->capacity * 2 : 16;
        entry *entries = BASE_NEW_ARRAY(entry, capacity);
        for (int64_t i = 0; i < results->count; i++)
            entries[i] = results->entries[(results->first + i) % results->capacity];
        base_free(results->entries);
        results->entries = entries;
        results->first = 0;
        results->capacity = capacity;
    }
    results->entries[(results->first + results->count++) % results->capacity] = last;
    results->bytes += last.bytes;
}

void connect_results_put(connect_results *results, data_batch *batch, bool *full) {
    int64_t bytes = data_batch_pinned_bytes(batch);
    base_mutex_lock(&results->mutex);
    bool swallow = results->is_cancelled || batch->selected == 0;
    *full = !swallow && results->count > 0 && results->bytes + bytes > results->bytes_max;
    if (*full)
        results->is_waiting = true;
    else if (!swallow)
        add_last(results, (entry){batch, bytes});
    base_cond_broadcast(&results->changed);
    base_mutex_unlock(&results->mutex);
    if (swallow)
        data_batch_unref(batch);
}

void connect_results_on_room(connect_results *results, void (*room)(void *context), void *context) {
    base_mutex_lock(&results->mutex);
    results->room = room;
    results->room_context = context;
    base_mutex_unlock(&results->mutex);
}

/* Tells a refused sink that there is room.  Called under the lock, which it keeps: so the callback
 * cannot be taken away while it runs, and must not call back into the queue. */
static void call_room(connect_results *results) {
    if (!results->is_waiting)
        return;
    results->is_waiting = false;
    if (results->room != NULL)
        results->room(results->room_context);
}

void connect_results_end(connect_results *results, const rask_error *failure) {
    base_mutex_lock(&results->mutex);
    if (!results->has_ended) {
        results->has_ended = true;
        if (failure != NULL)
            results->failure = *failure;
    }
    base_cond_broadcast(&results->changed);
    base_mutex_unlock(&results->mutex);
}

rask_status connect_results_next(connect_results *results, int64_t timeout_ms, data_batch **out,
                                 connect_poll *state, rask_error *err) {
    rask_status status = RASK_OK;
    base_mutex_lock(&results->mutex);
    while (results->count == 0 && !results->has_ended && !results->is_cancelled &&
           timeout_ms != 0) {
        if (timeout_ms > 0) {
            base_cond_wait_ms(&results->changed, &results->mutex, timeout_ms);
            break; /* woken or not, the caller asks again */
        }
        base_cond_wait(&results->changed, &results->mutex);
    }
    if (results->count > 0) {
        *out = take_first(results).batch;
        *state = CONNECT_ROWS;
        call_room(results);
    } else if (results->has_ended && results->failure.code != RASK_OK) {
        status = results->failure.code;
        if (err != NULL)
            *err = results->failure;
    } else {
        *state = results->has_ended || results->is_cancelled ? CONNECT_END : CONNECT_IDLE;
    }
    base_mutex_unlock(&results->mutex);
    return status;
}

void connect_results_cancel(connect_results *results) {
    base_mutex_lock(&results->mutex);
    results->is_cancelled = true;
    drop_all(results);
    results->is_waiting = true;
    call_room(results);
    base_cond_broadcast(&results->changed);
    base_mutex_unlock(&results->mutex);
}

bool connect_results_is_cancelled(const connect_results *results) {
    connect_results *mutable = (connect_results *)results;
    base_mutex_lock(&mutable->mutex);
    bool cancelled = results->is_cancelled;
    base_mutex_unlock(&mutable->mutex);
    return cancelled;
}
