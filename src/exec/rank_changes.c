/* Changes of Rank as a batch; see rank_changes.h. */
#include "exec/rank_changes.h"

void exec_rank_changes_free(exec_rank_changes *changes) {
    base_free(changes->items);
    base_free(changes->dropped);
    *changes = (exec_rank_changes){0};
}

void exec_rank_change_add(exec_rank_changes *changes, uint64_t handle, uint8_t kind) {
    if (kind == DATA_UPDATE_BEFORE && changes->drops_update_before)
        return;
    if (changes->count == changes->capacity) {
        changes->capacity = changes->capacity > 0 ? 2 * changes->capacity : 64;
        changes->items =
            base_realloc(changes->items, changes->capacity * (int64_t)sizeof(exec_rank_change));
    }
    changes->items[changes->count++] = (exec_rank_change){handle, kind};
}

void exec_rank_drop_later(exec_rank_changes *changes, uint64_t handle) {
    if (changes->dropped_count == changes->dropped_capacity) {
        changes->dropped_capacity =
            changes->dropped_capacity > 0 ? 2 * changes->dropped_capacity : 64;
        changes->dropped =
            base_realloc(changes->dropped, changes->dropped_capacity * (int64_t)sizeof(uint64_t));
    }
    changes->dropped[changes->dropped_count++] = handle;
}

static rask_status decode_rows(const exec_rank_changes *changes, const exec_rank_list *list,
                               const data_schema *schema, data_builder **builders,
                               rask_error *err) {
    for (int32_t i = 0; i < changes->count; i++) {
        exec_rank_row row = exec_rank_get(list, changes->items[i].handle);
        data_string bytes = data_string_make((const char *)row.row, row.row_length);
        RASK_TRY(state_decode_key(&bytes, schema->types, builders, schema->count, err));
    }
    return RASK_OK;
}

static rask_status finish_columns(data_builder **builders, int32_t width, data_column **columns,
                                  rask_error *err) {
    for (int32_t made = 0; made < width; made++) {
        rask_status status = data_builder_finish(builders[made], &columns[made], err);
        if (status == RASK_OK)
            continue;
        while (made-- > 0)
            data_column_unref(columns[made]);
        return status;
    }
    return RASK_OK;
}

static rask_status make_batch(const exec_rank_changes *changes, const exec_rank_list *list,
                              const exec_op *op, data_builder **builders, data_column **columns,
                              data_batch **out, rask_error *err) {
    const data_schema *schema = op->spec->schema;
    base_buffer *kinds;
    RASK_TRY(decode_rows(changes, list, schema, builders, err));
    RASK_TRY(base_buffer_new(op->context->pool, changes->count, &kinds, err));
    for (int32_t i = 0; i < changes->count; i++)
        kinds->data[i] = changes->items[i].kind;
    kinds->size = changes->count;
    rask_status status = finish_columns(builders, schema->count, columns, err);
    if (status != RASK_OK) {
        base_buffer_unref(kinds);
        return status;
    }
    *out = data_batch_take(columns, schema->count, changes->count);
    data_batch_set_kinds(*out, kinds);
    return RASK_OK;
}

static rask_status batch_of(const exec_rank_changes *changes, const exec_rank_list *list,
                            const exec_op *op, data_batch **out, rask_error *err) {
    const data_schema *schema = op->spec->schema;
    data_builder **builders = BASE_NEW_ARRAY(data_builder *, schema->count + 1);
    data_column **columns = BASE_NEW_ARRAY(data_column *, schema->count + 1);
    for (int32_t c = 0; c < schema->count; c++)
        builders[c] = data_builder_new(op->context->pool, schema->types[c], changes->count);
    rask_status status = make_batch(changes, list, op, builders, columns, out, err);
    for (int32_t c = 0; c < schema->count; c++)
        data_builder_free(builders[c]);
    base_free(builders);
    base_free(columns);
    return status;
}

rask_status exec_rank_flush(exec_rank_changes *changes, exec_rank_list *list, exec_op *op,
                            rask_error *err) {
    data_batch *batch = NULL;
    rask_status status = changes->count > 0 ? batch_of(changes, list, op, &batch, err) : RASK_OK;
    changes->count = 0;
    for (int32_t i = 0; i < changes->dropped_count; i++)
        list->memory->drop(list->memory, changes->dropped[i]);
    changes->dropped_count = 0;
    return batch != NULL ? exec_emit(op, batch, err) : status;
}
