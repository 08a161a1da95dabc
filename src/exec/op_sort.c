/* Sort: orders bounded input by keys, a blocking operator; with a fetch it keeps rows offset ..
 * offset + fetch of the order.
 *
 * Tasks hand their batches to the shared result; `publish` joins them in the order of their
 * morsels, so that equal keys keep the order of the input whatever the thread timing, and sorts row
 * numbers by a stable merge sort.  Stages behind read slices of the order. */
#include <stdlib.h>

#include "exec/batch_tools.h"
#include "exec/runtime.h"

typedef struct sort_piece {
    data_batch *batch; /* dense */
    int64_t morsel, arrival;
    int32_t subtask;
} sort_piece;

typedef struct sort_shared {
    base_mutex mutex;
    bool has_mutex;
    sort_piece *pieces;
    int64_t piece_count, piece_room;
    data_column **columns;
    int32_t column_count;
    int64_t row_count;
} sort_shared;

typedef struct sort_op {
    exec_op op;
    int64_t arrival;
    int64_t held_bytes;
} sort_op;

/* ---- sink ----------------------------------------------------------------------------------- */
static rask_status sort_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    sort_op *self = (sort_op *)op;
    sort_shared *shared = op->shared;
    sort_piece piece = {
        .morsel = op->context->morsel, .arrival = self->arrival++, .subtask = op->context->subtask};
    RASK_TRY(data_batch_compact(op->context->pool, batch, &piece.batch, err));
    self->held_bytes += data_batch_pinned_bytes(piece.batch);
    base_mutex_lock(&shared->mutex);
    if (shared->piece_count == shared->piece_room) {
        shared->piece_room = shared->piece_room > 0 ? 2 * shared->piece_room : 64;
        shared->pieces =
            base_realloc(shared->pieces, shared->piece_room * (int64_t)sizeof(sort_piece));
    }
    shared->pieces[shared->piece_count++] = piece;
    base_mutex_unlock(&shared->mutex);
    return RASK_OK;
}

static int64_t sort_memory_used(const exec_op *op) {
    return ((const sort_op *)op)->held_bytes;
}

/* ---- publish --------------------------------------------------------------------------------- */
static int compare_pieces(const void *a, const void *b) {
    const sort_piece *left = a, *right = b;
    if (left->morsel != right->morsel)
        return left->morsel < right->morsel ? -1 : 1;
    if (left->subtask != right->subtask)
        return left->subtask - right->subtask;
    return left->arrival < right->arrival ? -1 : left->arrival > right->arrival;
}

static rask_status join_pieces(sort_shared *shared, int32_t width, base_pool *pool,
                               data_column **out, rask_error *err) {
    data_column **parts = base_alloc((shared->piece_count + 1) * (int64_t)sizeof(data_column *));
    rask_status status = RASK_OK;
    for (int32_t c = 0; c < width && status == RASK_OK; c++) {
        for (int64_t i = 0; i < shared->piece_count; i++)
            parts[i] = shared->pieces[i].batch->columns[c];
        status = data_column_concat(pool, parts, (int32_t)shared->piece_count, &out[c], err);
    }
    base_free(parts);
    return status;
}

typedef struct order_by {
    const exec_sort_params *params;
    data_column *const *columns;
} order_by;

static int compare_rows(const order_by *order, int32_t a, int32_t b) {
    for (int32_t k = 0; k < order->params->key_count; k++) {
        const exec_sort_key *key = &order->params->keys[k];
        const data_column *column = order->columns[key->column];
        bool null_a = data_column_is_null(column, a), null_b = data_column_is_null(column, b);
        if (null_a != null_b)
            return null_a == key->nulls_last ? 1 : -1;
        int compared = null_a ? 0 : data_column_compare(column, a, column, b);
        if (compared != 0)
            return key->descending ? -compared : compared;
    }
    return 0;
}

/* Stable bottom-up merge sort of row numbers; `spare` is as long as `rows`. */
static void merge_sort(const order_by *order, int32_t *rows, int32_t *spare, int64_t count) {
    for (int64_t width = 1; width < count; width *= 2) {
        for (int64_t start = 0; start < count; start += 2 * width) {
            int64_t middle = start + width < count ? start + width : count;
            int64_t end = start + 2 * width < count ? start + 2 * width : count;
            int64_t left = start, right = middle;
            for (int64_t i = start; i < end; i++) {
                bool takes_left = right >= end || (left < middle && compare_rows(order, rows[left],
                                                                                 rows[right]) <= 0);
                spare[i] = takes_left ? rows[left++] : rows[right++];
            }
        }
        memcpy(rows, spare, (size_t)count * sizeof(int32_t));
    }
}

static rask_status gather_order(sort_shared *shared, const exec_sort_params *params,
                                base_pool *pool, data_column *const *joined, int64_t count,
                                rask_error *err) {
    base_buffer *numbers;
    RASK_TRY(base_buffer_new(pool, 2 * (count + 1) * (int64_t)sizeof(int32_t), &numbers, err));
    int32_t *rows = (int32_t *)numbers->data;
    for (int64_t i = 0; i < count; i++)
        rows[i] = (int32_t)i;
    merge_sort(&(order_by){params, joined}, rows, rows + count, count);
    int64_t first = params->offset < count ? params->offset : count;
    int64_t kept =
        params->fetch >= 0 && params->fetch < count - first ? params->fetch : count - first;
    rask_status status = RASK_OK;
    for (int32_t c = 0; c < shared->column_count && status == RASK_OK; c++)
        status = data_column_gather(pool, joined[c], rows + first, kept, &shared->columns[c], err);
    shared->row_count = kept;
    base_buffer_unref(numbers);
    return status;
}

static rask_status sort_publish(exec_op *op, rask_error *err) {
    sort_shared *shared = op->shared;
    int64_t count = 0;
    for (int64_t i = 0; i < shared->piece_count; i++)
        count += shared->pieces[i].batch->row_count;
    if (count == 0)
        return RASK_OK;
    if (count > INT32_MAX)
        return rask_error_set(err, RASK_ERROR_MEMORY,
                              "Sort cannot order more than 2147483647 rows.");
    qsort(shared->pieces, (size_t)shared->piece_count, sizeof *shared->pieces, compare_pieces);
    int32_t width = op->spec->schema->count;
    data_column **joined = BASE_NEW_ARRAY(data_column *, width + 1);
    shared->column_count = width;
    shared->columns = BASE_NEW_ARRAY(data_column *, width + 1);
    rask_status status = join_pieces(shared, width, op->context->pool, joined, err);
    if (status == RASK_OK)
        status = gather_order(shared, op->spec->params, op->context->pool, joined, count, err);
    for (int32_t c = 0; c < width; c++)
        data_column_unref(joined[c]);
    base_free(joined);
    return status;
}

static int32_t sort_partitions(void *shared) {
    (void)shared;
    return 0; /* nothing to combine: publish does it all */
}

static rask_status sort_combine(exec_op *op, int32_t partition, rask_error *err) {
    (void)op, (void)partition, (void)err;
    return RASK_OK;
}

/* ---- the result -------------------------------------------------------------------------------
 */
static int32_t sort_result_splits(void *shared) {
    (void)shared;
    return 1;
}

static rask_status sort_read(void *opaque, const exec_context *context, int32_t split,
                             int64_t *cursor, int32_t rows_max, data_batch **out, rask_error *err) {
    (void)split;
    const sort_shared *shared = opaque;
    return exec_slice_columns(shared->columns, shared->column_count, shared->row_count,
                              context->pool, cursor, rows_max, out, err);
}

static rask_status sort_init_shared(void *opaque, const exec_op_spec *spec,
                                    const exec_context *context, rask_error *err) {
    (void)spec, (void)context, (void)err;
    sort_shared *shared = opaque;
    base_mutex_init(&shared->mutex);
    shared->has_mutex = true;
    return RASK_OK;
}

static void sort_free_shared(void *opaque) {
    sort_shared *shared = opaque;
    for (int64_t i = 0; i < shared->piece_count; i++)
        data_batch_unref(shared->pieces[i].batch);
    for (int32_t c = 0; shared->columns != NULL && c < shared->column_count; c++)
        data_column_unref(shared->columns[c]);
    base_free(shared->pieces);
    base_free(shared->columns);
    if (shared->has_mutex)
        base_mutex_destroy(&shared->mutex);
}

const exec_op_class exec_op_sort = {
    .size = sizeof(exec_op_class),
    .name = "Sort",
    .flags = EXEC_BLOCKING,
    .instance_bytes = sizeof(sort_op),
    .shared_bytes = sizeof(sort_shared),
    .batch = sort_batch,
    .memory_used = sort_memory_used,
    .partitions = sort_partitions,
    .combine = sort_combine,
    .publish = sort_publish,
    .result_splits = sort_result_splits,
    .read = sort_read,
    .free_shared = sort_free_shared,
    .init_shared = sort_init_shared,
};
