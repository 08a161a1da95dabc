/* A block's results: borders of partitions and peers, frames, then call after call. */
#include "exec/over.h"

enum { MARK_PARTITION = 1, MARK_PEERS = 2 };

/* ---- borders --------------------------------------------------------------------------------- */

typedef struct borders {
    int32_t *partition_start, *partition_end, *peer_start, *peer_end;
} borders;

static void fill_ends(int32_t *end, int32_t from, int32_t to) {
    for (int32_t i = from; i < to; i++)
        end[i] = to;
}

static void fill_borders(exec_over_block *block, const uint8_t *marks, const borders *b) {
    int32_t partition = 0, peer = 0, number = -1;
    for (int32_t i = 0; i < block->count; i++) {
        if (i == 0 || (marks[i] & MARK_PARTITION) != 0) {
            fill_ends(b->partition_end, partition, i);
            partition = i;
            block->partitions[++number] = i;
        }
        if (i == 0 || marks[i] != 0) {
            fill_ends(b->peer_end, peer, i);
            peer = i;
        }
        b->partition_start[i] = partition;
        b->peer_start[i] = peer;
        block->partition_of[i] = number;
    }
    fill_ends(b->partition_end, partition, block->count);
    fill_ends(b->peer_end, peer, block->count);
    block->partition_count = number + 1;
    block->partitions[number + 1] = block->count;
}

static rask_status find_borders(exec_over_reader *reader, exec_over_block *block, rask_error *err) {
    int64_t count = block->count;
    RASK_TRY(base_buffer_new(reader->pool, (count + 2) * 8 * 4, &block->buffer, err));
    int32_t *at = (int32_t *)block->buffer->data;
    borders b = {at, at + count, at + 2 * count, at + 3 * count};
    block->partition_of = at + 4 * count;
    block->rows = (func_window_rows){
        .count = block->count,
        .partition_start = b.partition_start,
        .partition_end = b.partition_end,
        .peer_start = b.peer_start,
        .peer_end = b.peer_end,
        .frame_start = at + 5 * count,
        .frame_end = at + 6 * count,
        .rows_before = block->is_continued ? reader->rows_before : 0,
        .peers_before = block->is_continued ? reader->peers_before : 0,
    };
    block->partitions = at + 7 * count;
    fill_borders(block, reader->breaks->data, &b);
    return RASK_OK;
}

/* ---- columns --------------------------------------------------------------------------------- */

static rask_status block_column(const exec_over_reader *reader, int32_t column, int32_t count,
                                data_column **out, rask_error *err) {
    data_column **parts = BASE_NEW_ARRAY(data_column *, reader->batch_count + 1);
    data_column *whole = NULL, *cut = NULL;
    rask_status status = RASK_OK;
    int32_t made = 0;
    for (int32_t rows = 0; rows < count && status == RASK_OK; made++) {
        const data_batch *batch = reader->batches[made];
        int32_t wanted = count - rows < batch->row_count ? count - rows : batch->row_count;
        status =
            data_column_slice(reader->pool, batch->columns[column], 0, wanted, &parts[made], err);
        rows += wanted;
        if (status != RASK_OK)
            break;
    }
    if (status == RASK_OK)
        status = data_column_concat(reader->pool, parts, made, &whole, err);
    if (status == RASK_OK)
        status = data_column_flatten(reader->pool, whole, &cut, err);
    for (int32_t i = 0; i < made; i++)
        data_column_unref(parts[i]);
    data_column_unref(whole);
    base_free(parts);
    if (status == RASK_OK)
        *out = cut;
    return status;
}

static rask_status block_columns(const exec_over_reader *reader, exec_over_block *block,
                                 rask_error *err) {
    for (int32_t c = 0; c < reader->schema->count; c++)
        if (reader->is_read[c])
            RASK_TRY(block_column(reader, c, block->count, &block->columns[c], err));
    return RASK_OK;
}

/* ---- functions of their own ------------------------------------------------------------------ */

static rask_status number_call(const exec_over_reader *reader, const exec_over_block *block,
                               const exec_over_call *call, data_column **out, rask_error *err) {
    data_column *column;
    RASK_TRY(data_column_new(reader->pool, call->aggregate.result_type, DATA_PHYSICAL_NONE,
                             block->count, &column, err));
    rask_status status = call->window->number(&block->rows, call->constant, column, err);
    if (status == RASK_OK)
        status = data_column_slice(reader->pool, column, block->first, block->count - block->first,
                                   out, err);
    data_column_unref(column);
    return status;
}

/* The picked rows of the first argument; the default (the third) where none is picked. */
static rask_status gather_picked(const exec_over_reader *reader, const exec_over_block *block,
                                 const exec_over_call *call, int32_t *picked, data_column **out,
                                 rask_error *err) {
    int32_t count = block->count - block->first;
    data_column *values = block->columns[call->aggregate.args[0]];
    if (call->aggregate.arg_count < 3)
        return data_column_gather(reader->pool, values, picked + block->first, count, out, err);
    data_column *parts[2] = {values, block->columns[call->aggregate.args[2]]}, *both;
    RASK_TRY(data_column_concat(reader->pool, parts, 2, &both, err));
    for (int32_t i = block->first; i < block->count; i++)
        picked[i] = picked[i] < 0 ? block->count + i : picked[i];
    rask_status status =
        data_column_gather(reader->pool, both, picked + block->first, count, out, err);
    data_column_unref(both);
    return status;
}

static rask_status pick_call(const exec_over_reader *reader, const exec_over_block *block,
                             const exec_over_call *call, data_column **out, rask_error *err) {
    base_buffer *buffer;
    func_window_pick pick = {.rows = &block->rows,
                             .constant = call->constant,
                             .values = block->columns[call->aggregate.args[0]],
                             .pool = reader->pool};
    RASK_TRY(base_buffer_new(reader->pool, (block->count + 1) * 4LL, &buffer, err));
    int32_t *picked = (int32_t *)buffer->data;
    rask_status status = call->window->pick(&pick, picked, err);
    if (status == RASK_OK)
        status = gather_picked(reader, block, call, picked, out, err);
    base_buffer_unref(buffer);
    return status;
}

/* The result's type may differ from the value's in nullability. */
static rask_status retype(const exec_over_reader *reader, const data_type *type,
                          data_column **column, rask_error *err) {
    if ((*column)->type == type)
        return RASK_OK;
    data_column *flat;
    RASK_TRY(data_column_flatten(reader->pool, *column, &flat, err));
    data_column_unref(*column);
    *column = flat;
    if (flat->refs == 1) {
        flat->type = type;
        return RASK_OK;
    }
    data_column *own;
    RASK_TRY(data_column_slice(reader->pool, flat, 0, flat->length, &own, err));
    own->type = type;
    data_column_unref(flat);
    *column = own;
    return RASK_OK;
}

/* ---- all calls ------------------------------------------------------------------------------- */

static rask_status evaluate_call(exec_over_reader *reader, const exec_over_block *block,
                                 int32_t index, rask_error *err) {
    const exec_over_call *call = &reader->params->calls[index];
    data_column **out = &reader->results[index];
    if (reader->layout_call[index] >= 0)
        RASK_TRY(exec_over_aggregate(reader, block, index, out, err));
    else if (call->window->number != NULL)
        RASK_TRY(number_call(reader, block, call, out, err));
    else
        RASK_TRY(pick_call(reader, block, call, out, err));
    return retype(reader, call->aggregate.result_type, out, err);
}

static rask_status evaluate_calls(exec_over_reader *reader, exec_over_block *block,
                                  rask_error *err) {
    const exec_over_params *params = reader->params;
    for (int32_t f = 0; f < params->frame_count; f++) {
        RASK_TRY(exec_over_frames(reader, block, &params->frames[f],
                                  (int32_t *)block->rows.frame_start,
                                  (int32_t *)block->rows.frame_end, err));
        for (int32_t i = 0; i < params->call_count; i++)
            if (params->calls[i].frame == f)
                RASK_TRY(evaluate_call(reader, block, i, err));
    }
    return RASK_OK;
}

rask_status exec_over_evaluate(exec_over_reader *reader, exec_over_block *block, rask_error *err) {
    block->columns = BASE_NEW_ARRAY(data_column *, reader->schema->count + 1);
    rask_status status = find_borders(reader, block, err);
    if (status == RASK_OK)
        status = block_columns(reader, block, err);
    if (status == RASK_OK)
        status = evaluate_calls(reader, block, err);
    for (int32_t c = 0; c < reader->schema->count; c++)
        data_column_unref(block->columns[c]);
    base_free(block->columns);
    base_buffer_unref(block->buffer);
    return status;
}
