/* Groups in spill files: radix by radix, first the groups, then the entries of each DISTINCT call.
 *
 *     table 4 (-1 = groups, else the call)  key length 4  payload length 4  hash 8  key  payload */
#include "exec/hash_groups.h"

typedef struct record_head {
    int32_t table;
    uint32_t key_length, payload_length, unused;
    uint64_t hash;
} record_head;

enum { LOAD_ROWS = 256 };

/* ---- write ----------------------------------------------------------------------------------- */
static rask_status write_row(const exec_groups *groups, int32_t number,
                             const exec_hash_table *table, const uint8_t *row, base_strbuf *payload,
                             exec_spill_file *file, rask_error *err) {
    data_string key = exec_key_bytes(table->keys, row);
    const char *bytes = (const char *)row + table->payload_offset;
    int64_t length = table->payload_bytes;
    if (number < 0 && !groups->layout->is_flat) {
        base_strbuf_clear(payload);
        exec_agg_write_row((void *)(uintptr_t)groups->layout, bytes, groups->memory, payload);
        bytes = payload->data;
        length = payload->length;
    }
    record_head head = {number, key.length, (uint32_t)length, 0, exec_hash_of(table, row)};
    RASK_TRY(exec_spill_write(file, &head, sizeof head, err));
    RASK_TRY(exec_spill_write(file, data_string_bytes(&key), key.length, err));
    return exec_spill_write(file, bytes, length, err);
}

static rask_status write_radix(const exec_groups *groups, int32_t number,
                               const exec_hash_table *table, int32_t radix, base_strbuf *payload,
                               exec_spill_file *file, rask_error *err) {
    const exec_hash_part *part = &table->parts[table->part_count > 1 ? radix : 0];
    for (uint32_t i = 0; i < part->count; i++) {
        const uint8_t *row = exec_hash_row(table, part, i);
        if (table->part_count > 1 || exec_radix_of(exec_hash_of(table, row)) == radix)
            RASK_TRY(write_row(groups, number, table, row, payload, file, err));
    }
    return RASK_OK;
}

static rask_status write_all(const exec_groups *groups, base_strbuf *payload, exec_spill_file *file,
                             int64_t *offsets, rask_error *err) {
    for (int32_t r = 0; r < EXEC_RADIX_PARTS; r++) {
        offsets[r] = exec_spill_size(file);
        RASK_TRY(write_radix(groups, -1, groups->table, r, payload, file, err));
        for (int32_t c = 0; c < groups->layout->call_count; c++)
            if (groups->distinct[c] != NULL)
                RASK_TRY(write_radix(groups, c, groups->distinct[c], r, payload, file, err));
    }
    offsets[EXEC_RADIX_PARTS] = exec_spill_size(file);
    return RASK_OK;
}

rask_status exec_groups_spill(exec_groups *groups, exec_spill_file *file, int64_t *offsets,
                              rask_error *err) {
    base_strbuf payload;
    base_strbuf_init(&payload, INT32_MAX);
    rask_status status = write_all(groups, &payload, file, offsets, err);
    base_strbuf_free(&payload);
    RASK_TRY(status);
    exec_hash_table_clear(groups->table);
    for (int32_t c = 0; c < groups->layout->call_count; c++)
        if (groups->distinct[c] != NULL)
            exec_hash_table_clear(groups->distinct[c]);
    func_heap_free(groups->memory);
    groups->memory = func_heap_new(groups->pool);
    func_heap_overdraw(groups->memory);
    return RASK_OK;
}

/* ---- read ------------------------------------------------------------------------------------ */
/* Records are collected in a small store of their own and merged from there: so a state is restored
 * by the aggregate's own means whatever it holds. */
static rask_status read_record(exec_groups *piece, exec_spill_cursor *from, base_strbuf *bytes,
                               rask_error *err) {
    record_head head;
    RASK_TRY(exec_spill_read(from, &head, sizeof head, err));
    base_strbuf_clear(bytes);
    int64_t length = (int64_t)head.key_length + head.payload_length;
    char *room = base_strbuf_room(bytes, length);
    if (room == NULL || head.table >= piece->layout->call_count)
        return rask_error_set(err, RASK_ERROR_IO, "A spill file is damaged.");
    RASK_TRY(exec_spill_read(from, room, length, err));
    exec_hash_table *table = head.table < 0 ? piece->table : piece->distinct[head.table];
    data_string view = data_string_make(room, head.key_length);
    const void *cell = table->keys->mode == EXEC_KEY_VIEW ? (const void *)&view : room;
    uint8_t *row, *made;
    int32_t made_count;
    RASK_TRY(exec_hash_insert(table, cell, &head.hash, 1, &row, &made, &made_count, err));
    if (head.table >= 0)
        return RASK_OK;
    uint8_t *payload = row + table->payload_offset;
    if (!piece->layout->is_flat)
        return exec_agg_read_row((void *)(uintptr_t)piece->layout, room + head.key_length,
                                 head.payload_length, payload, piece->memory, err);
    memcpy(payload, room + head.key_length, (size_t)table->payload_bytes);
    return RASK_OK;
}

rask_status exec_groups_load(exec_groups *into, const exec_spill_file *file, int64_t start,
                             int64_t end, exec_groups_scratch *scratch, rask_error *err) {
    exec_spill_cursor from;
    base_strbuf bytes;
    rask_status status = RASK_OK;
    exec_spill_cursor_init(&from, file, start, end);
    base_strbuf_init(&bytes, INT64_MAX / 4);
    while (status == RASK_OK && !exec_spill_at_end(&from)) {
        exec_groups *piece = exec_groups_new(into->shape, into->layout, into->pool, 1, 0);
        for (int32_t i = 0; i < LOAD_ROWS && status == RASK_OK && !exec_spill_at_end(&from); i++)
            status = read_record(piece, &from, &bytes, err);
        if (status == RASK_OK)
            status = exec_groups_merge(into, piece, -1, scratch, err);
        exec_groups_free(piece);
    }
    exec_spill_cursor_free(&from);
    base_strbuf_free(&bytes);
    return status;
}
