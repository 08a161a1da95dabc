/* States of aggregates that keep every value; see agg_entries.h. */
#include "func/agg_entries.h"

#include <string.h>

#include "func/agg_minmax.h"

enum { CAPACITY_MIN = 64 };

typedef func_entries_state entries_state;

static const func_entries_class *class_of(const func_aggregate_call *call) {
    return call->row->detail;
}

void func_entries_init(const func_aggregate_call *call, void *state) {
    *(entries_state *)state = (entries_state){0};
}

/* ---- the block of bytes ---------------------------------------------------------------------- */

static char *bytes_of(const entries_state *s, func_memory *memory) {
    int64_t size;
    return s->handle != 0 ? memory->get(memory, s->handle, &size) : NULL;
}

static rask_status grow(entries_state *s, func_memory *memory, int64_t size, rask_error *err) {
    int64_t capacity = s->capacity > 0 ? 2 * s->capacity : CAPACITY_MIN;
    while (capacity < size)
        capacity *= 2;
    char *copy = base_alloc_zero(capacity);
    uint64_t handle;
    if (s->size > 0)
        memcpy(copy, bytes_of(s, memory), (size_t)s->size);
    rask_status status = memory->put(memory, copy, capacity, &handle, err);
    base_free(copy);
    RASK_TRY(status);
    if (s->handle != 0)
        memory->drop(memory, s->handle);
    s->handle = handle;
    s->capacity = capacity;
    return RASK_OK;
}

static rask_status append(entries_state *s, func_memory *memory, const char *bytes, int64_t size,
                          rask_error *err) {
    if (s->size + size > s->capacity)
        RASK_TRY(grow(s, memory, s->size + size, err));
    if (size > 0)
        memcpy(bytes_of(s, memory) + s->size, bytes, (size_t)size);
    s->size += size;
    return RASK_OK;
}

/* ---- updating -------------------------------------------------------------------------------- */

static rask_status start(const func_aggregate_call *call, entries_state *s, func_memory *memory,
                         const data_column *const *args, int32_t row, base_strbuf *scratch,
                         rask_error *err) {
    if (s->handle != 0 || class_of(call)->prefix == NULL)
        return RASK_OK;
    base_strbuf_clear(scratch);
    RASK_TRY(class_of(call)->prefix(call, args, row, scratch, err));
    RASK_TRY(append(s, memory, scratch->data, scratch->length, err));
    s->prefix_size = s->size;
    return RASK_OK;
}

static rask_status add(const func_aggregate_call *call, entries_state *s, func_memory *memory,
                       const data_column *const *args, int32_t row, base_strbuf *scratch,
                       rask_error *err) {
    RASK_TRY(start(call, s, memory, args, row, scratch, err));
    base_strbuf_clear(scratch);
    RASK_TRY(class_of(call)->entry(call, args, row, scratch, err));
    return append(s, memory, scratch->data, scratch->length, err);
}

/* Takes out the first entry equal to the row's. */
static rask_status take(const func_aggregate_call *call, entries_state *s, func_memory *memory,
                        const data_column *const *args, int32_t row, base_strbuf *scratch,
                        rask_error *err) {
    base_strbuf_clear(scratch);
    RASK_TRY(class_of(call)->entry(call, args, row, scratch, err));
    char *bytes = bytes_of(s, memory);
    for (int64_t at = s->prefix_size; at < s->size && scratch->length > 0;) {
        int64_t size = class_of(call)->entry_size(call, bytes + at);
        if (size == scratch->length && memcmp(bytes + at, scratch->data, (size_t)size) == 0) {
            memmove(bytes + at, bytes + at + size, (size_t)(s->size - at - size));
            s->size -= size;
            return RASK_OK;
        }
        at += size;
    }
    return RASK_OK;
}

static rask_status apply(const func_aggregate_call *call, const func_aggregate_rows *rows,
                         bool adds, rask_error *err) {
    base_strbuf scratch;
    rask_status status = RASK_OK;
    base_strbuf_init(&scratch, INT32_MAX);
    for (int32_t i = 0; i < rows->count && status == RASK_OK; i++) {
        int32_t row = rows->selection != NULL ? rows->selection[i] : i;
        status = (adds ? add : take)(call, rows->states[i], rows->memory, rows->args, row, &scratch,
                                     err);
    }
    base_strbuf_free(&scratch);
    return status;
}

rask_status func_entries_update(const func_aggregate_call *call, const func_aggregate_rows *rows,
                                rask_error *err) {
    return apply(call, rows, true, err);
}

rask_status func_entries_retract(const func_aggregate_call *call, const func_aggregate_rows *rows,
                                 rask_error *err) {
    return apply(call, rows, false, err);
}

rask_status func_entries_merge(const func_aggregate_call *call, void *const *into,
                               const void *const *from, int32_t count, func_memory *into_memory,
                               func_memory *from_memory, rask_error *err) {
    for (int32_t i = 0; i < count; i++) {
        entries_state *s = into[i];
        const entries_state *other = from[i];
        if (other->handle == 0)
            continue;
        int64_t skipped = s->handle != 0 ? other->prefix_size : 0;
        s->prefix_size = other->prefix_size;
        RASK_TRY(append(s, into_memory, bytes_of(other, from_memory) + skipped,
                        other->size - skipped, err));
    }
    return RASK_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static rask_status result(const func_aggregate_call *call, const entries_state *s,
                          func_memory *memory, data_builder *out, rask_error *err) {
    const char *bytes = bytes_of(s, memory);
    func_entries entries = {.prefix = bytes, .prefix_size = s->prefix_size};
    if (bytes != NULL)
        entries.bytes = bytes + s->prefix_size;
    entries.size = s->size - s->prefix_size;
    return class_of(call)->result(call, &entries, out, err);
}

/* The builder's rows become the column. */
static rask_status deliver(data_builder *builder, rask_status status, data_column *out,
                           rask_error *err) {
    data_column *built = NULL;
    if (status == RASK_OK)
        status = data_builder_finish(builder, &built, err);
    data_builder_free(builder);
    if (status == RASK_OK)
        data_column_become(out, built);
    return status;
}

static rask_status scan_rows(const func_aggregate_call *call, const func_aggregate_rows *rows,
                             data_builder *before, data_builder *after, base_strbuf *scratch,
                             rask_error *err) {
    for (int32_t i = 0; i < rows->count; i++) {
        int32_t row = rows->selection != NULL ? rows->selection[i] : i;
        entries_state *s = rows->states[i];
        bool adds = rows->kinds == NULL || data_row_kind_is_add(rows->kinds[row]);
        RASK_TRY(result(call, s, rows->memory, before, err));
        RASK_TRY((adds ? add : take)(call, s, rows->memory, rows->args, row, scratch, err));
        RASK_TRY(result(call, s, rows->memory, after, err));
    }
    return RASK_OK;
}

rask_status func_entries_scan(const func_aggregate_call *call, const func_aggregate_rows *rows,
                              data_column *old_out, data_column *new_out, rask_error *err) {
    data_builder *before = data_builder_new(call->context->pool, call->result_type, rows->count);
    data_builder *after = data_builder_new(call->context->pool, call->result_type, rows->count);
    base_strbuf scratch;
    base_strbuf_init(&scratch, INT32_MAX);
    rask_status status = scan_rows(call, rows, before, after, &scratch, err);
    base_strbuf_free(&scratch);
    status = deliver(before, status, old_out, err);
    return deliver(after, status, new_out, err);
}

rask_status func_entries_finish(const func_aggregate_call *call, void *const *states, int32_t count,
                                func_memory *memory, data_column *out, rask_error *err) {
    data_builder *builder = data_builder_new(call->context->pool, call->result_type, count);
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < count && status == RASK_OK; i++)
        status = result(call, states[i], memory, builder, err);
    return deliver(builder, status, out, err);
}

/* ---- snapshots ------------------------------------------------------------------------------- */

void func_entries_snapshot(const func_aggregate_call *call, const void *state, func_memory *memory,
                           base_strbuf *out) {
    const entries_state *s = state;
    int64_t sizes[2] = {s->handle != 0 ? s->size : -1, s->prefix_size};
    base_strbuf_add(out, (const char *)sizes, sizeof sizes);
    if (s->size > 0)
        base_strbuf_add(out, bytes_of(s, memory), s->size);
}

rask_status func_entries_restore(const func_aggregate_call *call, const char *bytes, int64_t size,
                                 void *state, func_memory *memory, int64_t *consumed,
                                 rask_error *err) {
    entries_state *s = state;
    func_agg_reader reader = {bytes, bytes + size};
    int64_t sizes[2];
    *s = (entries_state){0};
    RASK_TRY(func_agg_read(&reader, sizes, sizeof sizes, err));
    bool is_sound = sizes[0] >= -1 && sizes[0] <= reader.end - reader.at && sizes[1] >= 0 &&
                    (sizes[0] < 0 || sizes[1] <= sizes[0]);
    if (!is_sound)
        return rask_error_set(err, RASK_ERROR_IO, "the snapshot of an aggregate is cut short");
    if (sizes[0] >= 0)
        RASK_TRY(append(s, memory, reader.at, sizes[0], err));
    if (sizes[0] == 0) /* a row has been there, though it did not count */
        RASK_TRY(grow(s, memory, 0, err));
    s->prefix_size = sizes[1];
    *consumed = reader.at - bytes + (sizes[0] > 0 ? sizes[0] : 0);
    return RASK_OK;
}

void func_entries_destroy(const func_aggregate_call *call, void *state, func_memory *memory) {
    entries_state *s = state;
    if (s->handle != 0)
        memory->drop(memory, s->handle);
    *s = (entries_state){0};
}
