/* HashJoinBuild: the build side of a join.
 *
 *   batch     each task gathers its rows into chunks, their keys sorted by part
 *   combine   the index part by part, then the columns one by one
 *   publish   from here on the table is read by HashJoin, in other stages
 *
 * Chunks are put together by morsel, so that rows with equal keys meet a probe row in an order that
 * does not depend on timing. */
#include "exec/join_build.h"
#include "exec/runtime.h"

#include <stdlib.h>

enum { CHUNK_ROWS = 16 << 10 };

/* What one task has gathered. */
typedef struct gathered_rows {
    exec_join_chunk **chunks;
    int32_t count, capacity;
    bool has_null_key;
} gathered_rows;

typedef struct hash_join_build_op {
    exec_op op;
    gathered_rows *own;
    data_batch **pending; /* not yet in a chunk; all of one morsel */
    int32_t pending_count, pending_capacity, pending_rows;
    int64_t pending_morsel;
} hash_join_build_op;

/* ---- shared ---------------------------------------------------------------------------------- */
static rask_status build_init_shared(void *shared, const exec_op_spec *spec,
                                     const exec_context *context, rask_error *err) {
    (void)err;
    exec_join_build *self = shared;
    self->spec = spec;
    self->params = spec->params;
    self->parallelism = context->parallelism;
    exec_key_layout_init(&self->layout, self->params->key_types, self->params->key_count);
    exec_join_table_init(&self->table, &self->layout);
    self->tasks = BASE_NEW_ARRAY(gathered_rows *, context->parallelism);
    return RASK_OK;
}

static void free_chunk(exec_join_chunk *chunk, int32_t column_count) {
    for (int32_t c = 0; c < column_count; c++)
        data_column_unref(chunk->columns[c]);
    exec_join_keys_free(chunk->keys);
    base_free(chunk->columns);
    base_free(chunk);
}

static void build_free_shared(void *shared) {
    exec_join_build *self = shared;
    exec_join_table_clear(&self->table);
    for (int32_t t = 0; self->tasks != NULL && t < self->parallelism; t++) {
        gathered_rows *task = self->tasks[t];
        for (int32_t i = 0; task != NULL && i < task->count; i++)
            free_chunk(task->chunks[i], self->params->stored_count);
        if (task != NULL)
            base_free(task->chunks);
        base_free(task);
    }
    base_free(self->tasks);
    base_free(self->chunks);
    base_free(self->keys);
    base_free(self->bases);
}

/* ---- chunks ---------------------------------------------------------------------------------- */
static void drop_pending(hash_join_build_op *self) {
    for (int32_t i = 0; i < self->pending_count; i++)
        data_batch_unref(self->pending[i]);
    self->pending_count = self->pending_rows = 0;
}

static rask_status index_keys(hash_join_build_op *self, data_column *const *keys, int32_t rows,
                              exec_join_chunk *chunk, rask_error *err) {
    const exec_join_build *shared = self->op.shared;
    base_pool *pool = self->op.context->pool;
    base_buffer *buffer;
    int32_t count;
    RASK_TRY(base_buffer_new(pool, rows * (int64_t)sizeof(uint16_t), &buffer, err));
    uint16_t *valid = (uint16_t *)buffer->data;
    if (!exec_join_valid_rows(&shared->layout, keys, NULL, rows, valid, &count))
        valid = NULL;
    self->own->has_null_key = self->own->has_null_key || count < rows;
    rask_status status =
        exec_join_keys_new(&shared->layout, pool, keys, valid, count, &chunk->keys, err);
    base_buffer_unref(buffer);
    return status;
}

static rask_status make_keys(hash_join_build_op *self, const data_batch *batch,
                             exec_join_chunk *chunk, rask_error *err) {
    const exec_join_build_params *params = self->op.spec->params;
    data_column **keys = BASE_NEW_ARRAY(data_column *, params->key_count + 1);
    rask_status status = RASK_OK;
    for (int32_t k = 0; k < params->key_count && status == RASK_OK; k++)
        status = data_column_flatten(self->op.context->pool, batch->columns[params->keys[k]],
                                     &keys[k], err);
    if (status == RASK_OK)
        status = index_keys(self, keys, batch->row_count, chunk, err);
    for (int32_t k = 0; k < params->key_count; k++)
        data_column_unref(keys[k]);
    base_free(keys);
    return status;
}

static rask_status fill_chunk(hash_join_build_op *self, const data_batch *batch,
                              exec_join_chunk *chunk, rask_error *err) {
    const exec_join_build_params *params = self->op.spec->params;
    chunk->rows = batch->row_count;
    for (int32_t c = 0; c < params->stored_count; c++)
        RASK_TRY(data_column_compact(self->op.context->pool, batch->columns[c], false,
                                     &chunk->columns[c], err));
    return params->key_count > 0 ? make_keys(self, batch, chunk, err) : RASK_OK;
}

static void keep_chunk(gathered_rows *own, exec_join_chunk *chunk) {
    if (own->count == own->capacity) {
        own->capacity = own->capacity > 0 ? 2 * own->capacity : 8;
        own->chunks = base_realloc(own->chunks, own->capacity * (int64_t)sizeof(*own->chunks));
    }
    own->chunks[own->count++] = chunk;
}

/* The pending batches become a chunk; on failure they are still pending. */
static rask_status flush(hash_join_build_op *self, rask_error *err) {
    const exec_join_build_params *params = self->op.spec->params;
    if (self->pending_count == 0)
        return RASK_OK;
    data_batch *batch;
    RASK_TRY(
        data_batch_concat(self->op.context->pool, self->pending, self->pending_count, &batch, err));
    exec_join_chunk *chunk = BASE_NEW(exec_join_chunk);
    *chunk = (exec_join_chunk){.morsel = self->pending_morsel,
                               .subtask = self->op.context->subtask,
                               .number = self->own->count};
    chunk->columns = BASE_NEW_ARRAY(data_column *, params->stored_count + 1);
    rask_status status = fill_chunk(self, batch, chunk, err);
    data_batch_unref(batch);
    if (status != RASK_OK) {
        free_chunk(chunk, params->stored_count);
        return status;
    }
    keep_chunk(self->own, chunk);
    drop_pending(self);
    return RASK_OK;
}

/* ---- batch ----------------------------------------------------------------------------------- */
static rask_status build_open(exec_op *op, rask_error *err) {
    (void)err;
    hash_join_build_op *self = (hash_join_build_op *)op;
    exec_join_build *shared = op->shared;
    self->own = BASE_NEW(gathered_rows);
    shared->tasks[op->context->subtask] = self->own;
    return RASK_OK;
}

static rask_status build_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    hash_join_build_op *self = (hash_join_build_op *)op;
    if (self->pending_rows >= CHUNK_ROWS || self->pending_morsel != op->context->morsel)
        RASK_TRY(flush(self, err));
    data_batch *dense;
    RASK_TRY(data_batch_compact(op->context->pool, batch, &dense, err));
    if (self->pending_count == self->pending_capacity) {
        self->pending_capacity = self->pending_capacity > 0 ? 2 * self->pending_capacity : 8;
        self->pending =
            base_realloc(self->pending, self->pending_capacity * (int64_t)sizeof(*self->pending));
    }
    self->pending[self->pending_count++] = dense;
    self->pending_rows += dense->row_count;
    self->pending_morsel = op->context->morsel;
    return RASK_OK;
}

static rask_status build_end(exec_op *op, int32_t input, rask_error *err) {
    (void)input;
    return flush((hash_join_build_op *)op, err);
}

/* ---- combine --------------------------------------------------------------------------------- */
static int compare_chunks(const void *a, const void *b) {
    const exec_join_chunk *x = *(exec_join_chunk *const *)a, *y = *(exec_join_chunk *const *)b;
    if (x->morsel != y->morsel)
        return x->morsel < y->morsel ? -1 : 1;
    if (x->subtask != y->subtask)
        return x->subtask < y->subtask ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static void list_chunks(exec_join_build *self) {
    int32_t count = 0;
    for (int32_t t = 0; t < self->parallelism; t++) {
        count += self->tasks[t]->count;
        self->has_null_key = self->has_null_key || self->tasks[t]->has_null_key;
    }
    self->chunks = BASE_NEW_ARRAY(exec_join_chunk *, count + 1);
    self->keys = BASE_NEW_ARRAY(exec_join_keys *, count + 1);
    self->bases = BASE_NEW_ARRAY(int64_t, count + 1);
    for (int32_t t = 0; t < self->parallelism; t++)
        for (int32_t i = 0; i < self->tasks[t]->count; i++)
            self->chunks[self->chunk_count++] = self->tasks[t]->chunks[i];
    qsort(self->chunks, (size_t)count, sizeof(*self->chunks), compare_chunks);
    for (int32_t i = 0; i < count; i++) {
        self->keys[i] = self->chunks[i]->keys;
        self->bases[i] = self->table.row_count;
        self->table.row_count += self->chunks[i]->rows;
    }
}

/* Without keys there is no index. */
static int32_t index_parts(const exec_join_build *self) {
    return self->params->key_count > 0 ? EXEC_RADIX_PARTS : 0;
}

static int32_t build_partitions(void *shared) {
    exec_join_build *self = shared;
    list_chunks(self);
    self->table.column_count = self->params->stored_count;
    self->table.columns = BASE_NEW_ARRAY(data_column *, self->params->stored_count + 1);
    return index_parts(self) + self->params->stored_count;
}

static rask_status combine_column(exec_join_build *self, base_pool *pool, int32_t c,
                                  rask_error *err) {
    if (self->chunk_count == 0) {
        data_builder *builder = data_builder_new(pool, self->spec->input_schema->types[c], 0);
        rask_status status = data_builder_finish(builder, &self->table.columns[c], err);
        data_builder_free(builder);
        return status;
    }
    data_column **parts = BASE_NEW_ARRAY(data_column *, self->chunk_count);
    for (int32_t i = 0; i < self->chunk_count; i++)
        parts[i] = self->chunks[i]->columns[c];
    rask_status status =
        data_column_concat(pool, parts, self->chunk_count, &self->table.columns[c], err);
    base_free(parts);
    for (int32_t i = 0; i < self->chunk_count && status == RASK_OK; i++) {
        data_column_unref(self->chunks[i]->columns[c]);
        self->chunks[i]->columns[c] = NULL;
    }
    return status;
}

static rask_status build_combine(exec_op *op, int32_t partition, rask_error *err) {
    exec_join_build *self = op->shared;
    if (self->table.row_count > INT32_MAX)
        return rask_error_set(err, RASK_ERROR_MEMORY,
                              "%s: the build side has %lld rows, more than the %d it can hold.",
                              op->spec->description, (long long)self->table.row_count, INT32_MAX);
    if (partition >= index_parts(self))
        return combine_column(self, op->context->pool, partition - index_parts(self), err);
    return exec_join_table_index(&self->table, op->context->pool, partition, self->keys,
                                 self->bases, self->chunk_count, err);
}

/* Keys are in the index now; only what its views point to stays. */
static rask_status build_publish(exec_op *op, rask_error *err) {
    exec_join_build *self = op->shared;
    for (int32_t i = 0; i < self->chunk_count && self->keys[i] != NULL; i++) {
        base_buffer_unref(self->keys[i]->buffer);
        self->keys[i]->buffer = NULL;
    }
    for (int32_t p = 0; p < EXEC_RADIX_PARTS; p++)
        self->table.has_duplicates =
            self->table.has_duplicates || self->table.parts[p].has_duplicates;
    return self->params->tracks_matches
               ? exec_join_table_track(&self->table, op->context->pool, err)
               : RASK_OK;
}

static void build_close(exec_op *op) {
    hash_join_build_op *self = (hash_join_build_op *)op;
    drop_pending(self);
    base_free(self->pending);
}

const exec_op_class exec_op_hash_join_build = {
    .size = sizeof(exec_op_class),
    .name = "HashJoinBuild",
    .flags = EXEC_BLOCKING,
    .instance_bytes = sizeof(hash_join_build_op),
    .shared_bytes = sizeof(exec_join_build),
    .open = build_open,
    .batch = build_batch,
    .end = build_end,
    .close = build_close,
    .partitions = build_partitions,
    .combine = build_combine,
    .publish = build_publish,
    .init_shared = build_init_shared,
    .free_shared = build_free_shared,
};
