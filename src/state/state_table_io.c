/* Tables in snapshots: key group by key group, so that a restore at any parallelism picks its own.
 *
 *     group 4, rows 4, bytes 8 { key length 4, key, hash 8, touched_ms 8, payload length 4, payload
 * } */
#include "state/state_internal.h"
#include "state/state_snapshot.h"

/* ---- write ----------------------------------------------------------------------------------- */
static void add_row(state_table *table, uint8_t *row, base_strbuf *out, base_strbuf *payload) {
    state_row *head = (state_row *)row;
    data_string key = state_row_key(table, head);
    int64_t touched_ms = table->spec.ttl_ms > 0 ? *state_row_touched(table, row) : 0;
    const char *bytes = (const char *)row + table->payload_offset;
    uint32_t length = (uint32_t)table->spec.row_bytes;
    if (table->spec.write_row != NULL) {
        base_strbuf_clear(payload);
        table->spec.write_row(table->spec.context, bytes, state_table_memory(table), payload);
        bytes = payload->data;
        length = (uint32_t)payload->length;
    }
    base_strbuf_add(out, (const char *)&key.length, 4);
    base_strbuf_add(out, data_string_bytes(&key), key.length);
    base_strbuf_add(out, (const char *)&head->hash, 8);
    base_strbuf_add(out, (const char *)&touched_ms, 8);
    base_strbuf_add(out, (const char *)&length, 4);
    base_strbuf_add(out, bytes, length);
}

static void add_group(state_table *table, state_group *group, base_strbuf *out,
                      base_strbuf *payload) {
    for (int32_t p = 0; p < group->page_count; p++) {
        int32_t slots =
            p == group->page_count - 1 ? (int32_t)group->next_slot : group->pages[p].slot_count;
        for (int32_t slot = 0; slot < slots; slot++) {
            uint8_t *row = state_row_at(table, group, (uint32_t)p << 16 | (uint32_t)slot);
            if (!state_row_is_free((state_row *)row))
                add_row(table, row, out, payload);
        }
        group->pages[p].is_dirty = false;
    }
}

static rask_status write_group(state_writer *writer, state_table *table, int32_t g,
                               base_strbuf *bytes, base_strbuf *payload, rask_error *err) {
    state_group *group = &table->groups[g];
    if (group->row_count == 0)
        return RASK_OK;
    base_strbuf_clear(bytes);
    add_group(table, group, bytes, payload);
    if (bytes->overflowed || payload->overflowed)
        return rask_error_set(err, RASK_ERROR_MEMORY,
                              "A key group of '%s' is too large for a snapshot.", table->uid);
    uint32_t head[2] = {(uint32_t)(table->spec.group_first + g), group->row_count};
    uint64_t size = (uint64_t)bytes->length;
    RASK_TRY(state_section_add(writer, head, sizeof head, err));
    RASK_TRY(state_section_add(writer, &size, sizeof size, err));
    return state_section_add(writer, bytes->data, bytes->length, err);
}

rask_status state_write_table(state_writer *writer, state_table *table, rask_error *err) {
    base_strbuf bytes, payload;
    base_strbuf_init(&bytes, INT64_MAX / 4);
    base_strbuf_init(&payload, INT32_MAX);
    rask_status status =
        state_section_begin(writer, table->uid, table->schema, table->spec.version, err);
    for (int32_t g = 0; g < table->spec.group_count && status == RASK_OK; g++)
        status = write_group(writer, table, g, &bytes, &payload, err);
    if (status == RASK_OK)
        status = state_section_end(writer, err);
    base_strbuf_free(&bytes);
    base_strbuf_free(&payload);
    return status;
}

/* ---- read ------------------------------------------------------------------------------------ */
typedef struct cursor {
    const uint8_t *at, *end;
    const char *uid;
} cursor;

static rask_status take(cursor *from, void *out, uint64_t size, rask_error *err) {
    if ((uint64_t)(from->end - from->at) < size)
        return rask_error_set(err, RASK_ERROR_IO, "The snapshot's state of operator %s is damaged.",
                              from->uid);
    memcpy(out, from->at, (size_t)size);
    from->at += size;
    return RASK_OK;
}

static rask_status skip(cursor *from, uint64_t size, const uint8_t **start, rask_error *err) {
    *start = from->at;
    if ((uint64_t)(from->end - from->at) < size)
        return rask_error_set(err, RASK_ERROR_IO, "The snapshot's state of operator %s is damaged.",
                              from->uid);
    from->at += size;
    return RASK_OK;
}

static rask_status read_payload(state_table *table, cursor *from, uint8_t *row,
                                const uint8_t *bytes, uint32_t length, rask_error *err) {
    uint8_t *payload = row + table->payload_offset;
    if (table->spec.read_row != NULL)
        return table->spec.read_row(table->spec.context, (const char *)bytes, length, payload,
                                    state_table_memory(table), err);
    if (length != (uint32_t)table->spec.row_bytes)
        return rask_error_set(err, RASK_ERROR_IO, "The snapshot's state of operator %s is damaged.",
                              from->uid);
    memcpy(payload, bytes, length);
    return RASK_OK;
}

static rask_status read_row(state_table *table, cursor *from, rask_error *err) {
    uint32_t key_length, payload_length;
    uint64_t hash;
    int64_t touched_ms;
    const uint8_t *key_bytes, *payload;
    RASK_TRY(take(from, &key_length, 4, err));
    RASK_TRY(skip(from, key_length, &key_bytes, err));
    RASK_TRY(take(from, &hash, 8, err));
    RASK_TRY(take(from, &touched_ms, 8, err));
    RASK_TRY(take(from, &payload_length, 4, err));
    RASK_TRY(skip(from, payload_length, &payload, err));
    int32_t group = state_key_group(hash, table->spec.max_parallelism) - table->spec.group_first;
    data_string key = data_string_make((const char *)key_bytes, key_length);
    uint8_t *row;
    bool is_new;
    if (group < 0 || group >= table->spec.group_count || key_length == (uint32_t)STATE_FREE_SLOT)
        return rask_error_set(err, RASK_ERROR_IO, "The snapshot's state of operator %s is damaged.",
                              from->uid);
    RASK_TRY(state_table_insert(table, &key, hash, &row, &is_new, err));
    if (!is_new)
        return rask_error_set(err, RASK_ERROR_IO,
                              "The snapshot's state of operator %s has a key twice.", from->uid);
    if (table->spec.ttl_ms > 0)
        *state_row_touched(table, row) = touched_ms;
    return read_payload(table, from, row, payload, payload_length, err);
}

static rask_status read_group(state_table *table, cursor *from, rask_error *err) {
    uint32_t head[2];
    uint64_t size;
    const uint8_t *start;
    RASK_TRY(take(from, head, sizeof head, err));
    RASK_TRY(take(from, &size, sizeof size, err));
    RASK_TRY(skip(from, size, &start, err));
    int64_t group = (int64_t)head[0] - table->spec.group_first;
    if (group < 0 || group >= table->spec.group_count)
        return RASK_OK;
    cursor rows = {start, start + size, from->uid};
    for (uint32_t i = 0; i < head[1]; i++)
        RASK_TRY(read_row(table, &rows, err));
    return RASK_OK;
}

rask_status state_read_table(const state_reader *reader, state_table *table, rask_error *err) {
    for (int32_t i = 0; i < state_reader_section_count(reader); i++) {
        const state_section *section;
        RASK_TRY(state_reader_match(reader, i, table->uid, table->schema, table->spec.version,
                                    &section, err));
        if (section == NULL)
            continue;
        cursor from = {section->bytes, section->bytes + section->size, table->uid};
        while (from.at < from.end)
            RASK_TRY(read_group(table, &from, err));
    }
    return RASK_OK;
}
