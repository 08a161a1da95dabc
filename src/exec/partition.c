/* The sending side of a hash edge: hashes are computed once for the batch's rows and carried in it;
 * every target gets the same columns under a selection of its own.  A row goes to the task that
 * owns its key group. */
#include "exec/runtime.h"

/* Hashes by row: those the batch carries are of some other edge's keys, so they are made anew. */
static rask_status hash_rows(const exec_output *output, const exec_context *context,
                             const data_batch *batch, base_buffer **out, rask_error *err) {
    base_buffer *hashes, *dense = NULL;
    RASK_TRY(
        base_buffer_new(context->pool, batch->row_count * (int64_t)sizeof(uint64_t), &hashes, err));
    uint64_t *target = (uint64_t *)hashes->data;
    if (batch->selection != NULL) {
        rask_status status = base_buffer_new(
            context->pool, batch->selected * (int64_t)sizeof(uint64_t), &dense, err);
        if (status != RASK_OK) {
            base_buffer_unref(hashes);
            return status;
        }
        target = (uint64_t *)dense->data;
    }
    for (int32_t k = 0; k < output->edge->key_count; k++)
        data_column_hash(batch->columns[output->edge->key_columns[k]], batch->selection,
                         batch->selected, k == 0, target);
    if (dense != NULL) {
        memset(hashes->data, 0, (size_t)batch->row_count * sizeof(uint64_t));
        for (int32_t i = 0; i < batch->selected; i++)
            ((uint64_t *)hashes->data)[batch->selection[i]] = target[i];
        base_buffer_unref(dense);
    }
    *out = hashes;
    return RASK_OK;
}

/* A batch with the same columns and hashes and another selection (taken over). */
static data_batch *with_selection(const data_batch *batch, base_buffer *hashes,
                                  base_buffer *selection, int32_t selected) {
    data_column *columns[64];
    data_column **refs = batch->column_count <= 64
                             ? columns
                             : base_alloc(batch->column_count * (int64_t)sizeof(data_column *));
    for (int32_t c = 0; c < batch->column_count; c++)
        refs[c] = data_column_ref(batch->columns[c]);
    data_batch *out = data_batch_with_columns(batch, refs, batch->column_count);
    if (refs != columns)
        base_free(refs);
    data_batch_set_selection(out, selection, selected);
    data_batch_set_hashes(out, base_buffer_ref(hashes));
    return out;
}

rask_status exec_partition(const exec_output *output, const exec_context *context,
                           base_buffer **scratch, data_batch *batch, data_batch **targets,
                           rask_error *err) {
    int32_t n = batch->selected, target_count = output->count;
    /* Scratch: the target of each selected row, then how many rows each target gets. */
    int64_t bytes = n * (int64_t)sizeof(uint16_t) +
                    target_count * (int64_t)(sizeof(int32_t) + sizeof(base_buffer *)) + 16;
    if (*scratch == NULL)
        RASK_TRY(base_buffer_new(context->pool, bytes, scratch, err));
    (*scratch)->size = 0;
    RASK_TRY(base_buffer_reserve(scratch, bytes, err));
    base_buffer **selections = (base_buffer **)(*scratch)->data;
    int32_t *counts = (int32_t *)(selections + target_count);
    uint16_t *target_of = (uint16_t *)(counts + target_count);
    base_buffer *hashes;
    RASK_TRY(hash_rows(output, context, batch, &hashes, err));

    memset(targets, 0, sizeof(data_batch *) * (size_t)target_count);
    memset(selections, 0, sizeof(base_buffer *) * (size_t)target_count);
    memset(counts, 0, sizeof(int32_t) * (size_t)target_count);
    const uint64_t *hash = (const uint64_t *)hashes->data;
    for (int32_t i = 0; i < n; i++) {
        int32_t group = state_key_group(hash[data_batch_row(batch, i)], context->max_parallelism);
        target_of[i] = output->owner_of_group[group];
        counts[target_of[i]]++;
    }
    rask_status status = RASK_OK;
    for (int32_t t = 0; t < target_count && status == RASK_OK; t++)
        if (counts[t] > 0)
            status = base_buffer_new(context->pool, counts[t] * (int64_t)sizeof(uint16_t),
                                     &selections[t], err);
    if (status != RASK_OK) {
        for (int32_t t = 0; t < target_count; t++)
            base_buffer_unref(selections[t]);
        base_buffer_unref(hashes);
        return status;
    }
    for (int32_t i = 0; i < n; i++) {
        base_buffer *selection = selections[target_of[i]];
        ((uint16_t *)selection->data)[selection->size++] = (uint16_t)data_batch_row(batch, i);
    }
    for (int32_t t = 0; t < target_count; t++) {
        if (counts[t] == 0)
            continue;
        selections[t]->size *= (int64_t)sizeof(uint16_t);
        targets[t] = with_selection(batch, hashes, selections[t], counts[t]);
    }
    base_buffer_unref(hashes);
    return RASK_OK;
}
