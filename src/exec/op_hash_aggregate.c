/* HashAggregate: grouped and global aggregation of bounded input, a blocking operator.
 *
 * Each task aggregates its morsels into a table of its own; the one partition of `combine` merges
 * them in the order of their first morsels, so that neither the order of groups (first sight) nor
 * sums of doubles depend on thread timing.  The result is a set of columns that later stages read
 * in slices.
 *
 * Without keys there is one group, also over no rows at all. */
#include <stdlib.h>

#include "exec/aggregate_layout.h"
#include "exec/batch_tools.h"
#include "exec/distinct_filter.h"
#include "exec/runtime.h"

enum { MERGE_ROWS = 2048 };

/* Behind the states of each row. */
typedef struct group_tail {
    int64_t sequence; /* order of first sight */
    uint64_t hash;    /* of the key */
} group_tail;

typedef struct hash_aggregate_op {
    exec_op op;
    const exec_aggregate_params *params;
    exec_agg_layout *layout;
    exec_distinct **distinct;
    state_table *table;
    int32_t tail_offset;
    int64_t next_sequence, first_morsel;
    base_buffer *key_bytes;
} hash_aggregate_op;

typedef struct hash_aggregate_shared {
    base_mutex mutex;
    bool has_mutex;
    hash_aggregate_op **partials; /* of the tasks, which stay until the result is published */
    int32_t partial_count;
    data_column **columns;
    int32_t column_count;
    int64_t row_count;
} hash_aggregate_shared;

/* ---- open, close ---------------------------------------------------------------------------- */
static rask_status make_table(hash_aggregate_op *self, rask_error *err) {
    const exec_context *context = self->op.context;
    self->tail_offset = (self->layout->row_bytes + 7) / 8 * 8;
    int32_t align = self->layout->row_align > 8 ? self->layout->row_align : 8;
    int32_t bytes = (self->tail_offset + (int32_t)sizeof(group_tail) + align - 1) / align * align;
    state_table_spec spec = {.uid = self->op.spec->uid,
                             .schema = "",
                             .version = 1,
                             .row_bytes = bytes,
                             .row_align = self->layout->row_align,
                             .max_parallelism = 1,
                             .group_count = 1,
                             .pool = context->pool,
                             .world = context->function.world,
                             .context = self->layout};
    if (!self->layout->is_flat)
        spec.destroy_row = exec_agg_destroy_row;
    return state_table_new(&spec, &self->table, err);
}

static rask_status hash_open(exec_op *op, rask_error *err) {
    hash_aggregate_op *self = (hash_aggregate_op *)op;
    self->params = op->spec->params;
    self->first_morsel = INT64_MAX;
    RASK_TRY(exec_agg_layout_new(self->params, &op->context->function, false, &self->layout, err));
    RASK_TRY(make_table(self, err));
    self->distinct = BASE_NEW_ARRAY(exec_distinct *, self->layout->call_count + 1);
    for (int32_t i = 0; i < self->layout->call_count; i++)
        if (self->layout->calls[i].spec->distinct)
            RASK_TRY(
                exec_distinct_new(self->layout, i, op->spec, op->context, &self->distinct[i], err));
    return RASK_OK;
}

static void hash_close(exec_op *op) {
    hash_aggregate_op *self = (hash_aggregate_op *)op;
    for (int32_t i = 0; self->distinct != NULL && i < self->layout->call_count; i++)
        exec_distinct_free(self->distinct[i]);
    base_free(self->distinct);
    base_buffer_unref(self->key_bytes);
    state_table_free(self->table);
    exec_agg_layout_free(self->layout);
}

static group_tail *tail_of(const hash_aggregate_op *self, void *row) {
    return (group_tail *)((uint8_t *)row + self->tail_offset);
}

/* ---- a batch ----------------------------------------------------------------------------------
 */
/* Rows of the groups of `count` rows; new ones get fresh states and the next number. */
static rask_status find_groups(hash_aggregate_op *self, const data_string *views,
                               const uint64_t *hashes, int32_t count, void **rows, bool *is_new,
                               rask_error *err) {
    RASK_TRY(state_pin(self->table, views, hashes, count, rows, is_new, err));
    for (int32_t i = 0; i < count; i++) {
        if (!is_new[i])
            continue;
        exec_agg_init_row(self->layout, rows[i]);
        *tail_of(self, rows[i]) = (group_tail){self->next_sequence++, hashes[i]};
    }
    return RASK_OK;
}

/* The column with NULL where the row must not count: aggregates pass over NULLs. */
static rask_status masked_argument(const hash_aggregate_op *self, const data_column *column,
                                   const uint8_t *passes, int32_t rows, data_column **out,
                                   rask_error *err) {
    int32_t *numbers =
        base_arena_alloc(self->op.context->function.scratch, rows * (int64_t)sizeof(int32_t) + 1);
    for (int32_t i = 0; i < rows; i++)
        numbers[i] = passes[i] ? i : -1;
    return data_column_gather(self->op.context->pool, column, numbers, rows, out, err);
}

static rask_status update_call(hash_aggregate_op *self, int32_t number, data_column *const *columns,
                               const uint64_t *hashes, void *const *rows, int32_t count,
                               rask_error *err) {
    const exec_agg_call *call = &self->layout->calls[number];
    base_arena *scratch = self->op.context->function.scratch;
    bool is_masked = call->spec->filter_column >= 0 || self->distinct[number] != NULL;
    uint8_t *passes = base_arena_alloc(scratch, count + 1);
    void **states = base_arena_alloc(scratch, count * (int64_t)sizeof(void *) + 1);
    data_column *args[4] = {0};
    rask_status status = RASK_OK;
    memset(passes, 1, (size_t)count);
    for (int32_t i = 0; call->spec->filter_column >= 0 && i < count; i++) {
        const data_column *filter = columns[call->spec->filter_column];
        passes[i] = !data_column_is_null(filter, i) && ((const uint8_t *)filter->values)[i] != 0;
    }
    if (self->distinct[number] != NULL)
        RASK_TRY(
            exec_distinct_run(self->distinct[number], columns, NULL, hashes, count, passes, err));
    for (int32_t i = 0; i < count; i++)
        states[i] = (uint8_t *)rows[i] + call->offset;
    for (int32_t a = 0; a < call->arg_count && status == RASK_OK; a++) {
        if (is_masked)
            status = masked_argument(self, columns[call->args[a]], passes, count, &args[a], err);
        else
            args[a] = data_column_ref(columns[call->args[a]]);
    }
    func_aggregate_rows input = {.states = states,
                                 .args = (const data_column *const *)args,
                                 .count = count,
                                 .memory = state_table_memory(self->table)};
    if (status == RASK_OK)
        status = call->call.row->update(&call->call, &input, err);
    for (int32_t a = 0; a < call->arg_count; a++)
        data_column_unref(args[a]);
    return status;
}

static rask_status add_rows(hash_aggregate_op *self, data_column *const *columns, int32_t count,
                            rask_error *err) {
    base_arena *scratch = self->op.context->function.scratch;
    const data_column **keys =
        BASE_ARENA_ARRAY(scratch, const data_column *, self->params->key_count + 1);
    data_string *views = BASE_ARENA_ARRAY(scratch, data_string, count + 1);
    uint64_t *hashes = BASE_ARENA_ARRAY(scratch, uint64_t, count + 1);
    void **rows = BASE_ARENA_ARRAY(scratch, void *, count + 1);
    bool *is_new = BASE_ARENA_ARRAY(scratch, bool, count + 1);
    for (int32_t i = 0; i < self->params->key_count; i++)
        keys[i] = columns[self->params->keys[i]];
    RASK_TRY(state_encode_keys(self->op.context->pool, keys, self->params->key_count, NULL, count,
                               &self->key_bytes, views, hashes, err));
    rask_status status = find_groups(self, views, hashes, count, rows, is_new, err);
    for (int32_t i = 0; i < self->layout->call_count && status == RASK_OK; i++)
        status = update_call(self, i, columns, hashes, rows, count, err);
    state_unpin(self->table);
    return status;
}

static rask_status hash_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    hash_aggregate_op *self = (hash_aggregate_op *)op;
    data_batch *dense;
    RASK_TRY(data_batch_compact(op->context->pool, batch, &dense, err));
    data_column **columns =
        BASE_ARENA_ARRAY(op->context->function.scratch, data_column *, dense->column_count + 1);
    rask_status status = RASK_OK;
    int32_t made = 0;
    if (op->context->morsel < self->first_morsel)
        self->first_morsel = op->context->morsel;
    for (; made < dense->column_count && status == RASK_OK; made += status == RASK_OK)
        status = data_column_flatten(op->context->pool, dense->columns[made], &columns[made], err);
    if (status == RASK_OK && dense->row_count > 0)
        status = add_rows(self, columns, dense->row_count, err);
    for (int32_t i = 0; i < made; i++)
        data_column_unref(columns[i]);
    data_batch_unref(dense);
    return status;
}

/* ---- combine ------------------------------------------------------------------------------------
 */
static rask_status hash_end(exec_op *op, int32_t input, rask_error *err) {
    (void)input, (void)err;
    hash_aggregate_shared *shared = op->shared;
    base_mutex_lock(&shared->mutex);
    shared->partials[shared->partial_count++] = (hash_aggregate_op *)op;
    base_mutex_unlock(&shared->mutex);
    return RASK_OK;
}

/* The groups of a table in the order of first sight. */
typedef struct group_entry {
    data_string key;
    void *row;
} group_entry;
typedef struct group_list {
    const hash_aggregate_op *op;
    group_entry *entries;
} group_list;

static rask_status add_group(void *context, const data_string *key, void *row, rask_error *err) {
    (void)err;
    group_list *list = context;
    list->entries[tail_of(list->op, row)->sequence] = (group_entry){*key, row};
    return RASK_OK;
}

static rask_status list_groups(const hash_aggregate_op *self, group_entry **out, rask_error *err) {
    group_list list = {self, BASE_NEW_ARRAY(group_entry, self->next_sequence + 1)};
    rask_status status = state_each(self->table, add_group, &list, err);
    if (status == RASK_OK)
        *out = list.entries;
    else
        base_free(list.entries);
    return status;
}

static rask_status merge_slice(hash_aggregate_op *into, hash_aggregate_op *from,
                               const group_entry *entries, int32_t count, rask_error *err) {
    base_arena *scratch = base_arena_new();
    data_string *views = BASE_ARENA_ARRAY(scratch, data_string, count);
    uint64_t *hashes = BASE_ARENA_ARRAY(scratch, uint64_t, count);
    void **rows = BASE_ARENA_ARRAY(scratch, void *, count),
         **pointers = BASE_ARENA_ARRAY(scratch, void *, count);
    const void **sources = BASE_ARENA_ARRAY(scratch, const void *, count);
    const void **source_pointers = BASE_ARENA_ARRAY(scratch, const void *, count);
    bool *is_new = BASE_ARENA_ARRAY(scratch, bool, count);
    for (int32_t i = 0; i < count; i++) {
        views[i] = entries[i].key;
        sources[i] = entries[i].row;
        hashes[i] = tail_of(from, entries[i].row)->hash;
    }
    rask_status status = find_groups(into, views, hashes, count, rows, is_new, err);
    if (status == RASK_OK)
        status = exec_agg_merge_rows(into->layout, rows, sources, count, pointers, source_pointers,
                                     state_table_memory(into->table),
                                     state_table_memory(from->table), err);
    state_unpin(into->table);
    base_arena_free(scratch);
    return status;
}

static rask_status merge_partial(hash_aggregate_op *into, hash_aggregate_op *from,
                                 rask_error *err) {
    group_entry *entries;
    RASK_TRY(list_groups(from, &entries, err));
    rask_status status = RASK_OK;
    for (int64_t start = 0; start < from->next_sequence && status == RASK_OK; start += MERGE_ROWS) {
        int64_t count =
            from->next_sequence - start < MERGE_ROWS ? from->next_sequence - start : MERGE_ROWS;
        status = merge_slice(into, from, entries + start, (int32_t)count, err);
    }
    base_free(entries);
    return status;
}

static int compare_partials(const void *a, const void *b) {
    const hash_aggregate_op *left = *(hash_aggregate_op *const *)a,
                            *right = *(hash_aggregate_op *const *)b;
    if (left->first_morsel != right->first_morsel)
        return left->first_morsel < right->first_morsel ? -1 : 1;
    return left->op.context->subtask - right->op.context->subtask;
}

static int32_t hash_partitions(void *shared) {
    (void)shared;
    return 1;
}

static rask_status hash_combine(exec_op *op, int32_t partition, rask_error *err) {
    (void)partition;
    hash_aggregate_shared *shared = op->shared;
    qsort(shared->partials, (size_t)shared->partial_count, sizeof *shared->partials,
          compare_partials);
    for (int32_t i = 1; i < shared->partial_count; i++)
        RASK_TRY(merge_partial(shared->partials[0], shared->partials[i], err));
    return RASK_OK;
}

/* ---- publish
 * -------------------------------------------------------------------------------------- */
/* The group of a global aggregate over no rows. */
static rask_status add_empty_group(hash_aggregate_op *self, rask_error *err) {
    data_string view;
    uint64_t hash;
    void *row;
    bool is_new;
    if (self->params->key_count > 0 || self->next_sequence > 0)
        return RASK_OK;
    RASK_TRY(state_encode_keys(self->op.context->pool, NULL, 0, NULL, 1, &self->key_bytes, &view,
                               &hash, err));
    rask_status status = find_groups(self, &view, &hash, 1, &row, &is_new, err);
    state_unpin(self->table);
    return status;
}

static rask_status key_columns(hash_aggregate_op *self, const group_entry *entries, int64_t count,
                               data_column **out, rask_error *err) {
    int32_t keys = self->params->key_count;
    const data_schema *input = self->op.spec->input_schema;
    data_builder **builders = BASE_NEW_ARRAY(data_builder *, keys + 1);
    const data_type **types = BASE_NEW_ARRAY(const data_type *, keys + 1);
    rask_status status = RASK_OK;
    for (int32_t k = 0; k < keys; k++) {
        types[k] = input->types[self->params->keys[k]];
        builders[k] = data_builder_new(self->op.context->pool, types[k], count);
    }
    for (int64_t i = 0; i < count && status == RASK_OK && keys > 0; i++)
        status = state_decode_key(&entries[i].key, types, builders, keys, err);
    for (int32_t k = 0; k < keys; k++) {
        if (status == RASK_OK)
            status = data_builder_finish(builders[k], &out[k], err);
        data_builder_free(builders[k]);
    }
    base_free(builders);
    base_free(types);
    return status;
}

static rask_status value_column(hash_aggregate_op *self, int32_t number, const group_entry *entries,
                                int64_t count, data_column **out, rask_error *err) {
    const exec_agg_call *call = &self->layout->calls[number];
    base_pool *pool = self->op.context->pool;
    void **states = base_alloc((count + 1) * (int64_t)sizeof(void *));
    data_column *column = NULL;
    for (int64_t i = 0; i < count; i++)
        states[i] = (uint8_t *)entries[i].row + call->offset;
    rask_status status =
        data_column_new(pool, call->call.result_type, DATA_PHYSICAL_NONE, count, &column, err);
    if (status == RASK_OK)
        status = data_column_make_validity(pool, column, err);
    if (status == RASK_OK)
        status = call->call.row->finish(&call->call, states, (int32_t)count,
                                        state_table_memory(self->table), column, err);
    base_free(states);
    if (status == RASK_OK)
        *out = column;
    else
        data_column_unref(column);
    return status;
}

static rask_status hash_publish(exec_op *op, rask_error *err) {
    hash_aggregate_shared *shared = op->shared;
    hash_aggregate_op *self = shared->partials[0];
    group_entry *entries;
    RASK_TRY(add_empty_group(self, err));
    RASK_TRY(list_groups(self, &entries, err));
    shared->row_count = self->next_sequence;
    shared->column_count = self->params->key_count + self->layout->call_count;
    shared->columns = BASE_NEW_ARRAY(data_column *, shared->column_count + 1);
    rask_status status = key_columns(self, entries, shared->row_count, shared->columns, err);
    for (int32_t i = 0; i < self->layout->call_count && status == RASK_OK; i++)
        status = value_column(self, i, entries, shared->row_count,
                              &shared->columns[self->params->key_count + i], err);
    base_free(entries);
    return status;
}

/* ---- the result
 * -------------------------------------------------------------------------------------- */
static int32_t hash_result_splits(void *shared) {
    (void)shared;
    return 1;
}

static rask_status hash_read(void *opaque, const exec_context *context, int32_t split,
                             int64_t *cursor, int32_t rows_max, data_batch **out, rask_error *err) {
    (void)split;
    const hash_aggregate_shared *shared = opaque;
    return exec_slice_columns(shared->columns, shared->column_count, shared->row_count,
                              context->pool, cursor, rows_max, out, err);
}

static rask_status hash_init_shared(void *opaque, const exec_op_spec *spec,
                                    const exec_context *context, rask_error *err) {
    (void)spec, (void)err;
    hash_aggregate_shared *shared = opaque;
    base_mutex_init(&shared->mutex);
    shared->has_mutex = true;
    shared->partials = BASE_NEW_ARRAY(hash_aggregate_op *, context->parallelism + 1);
    return RASK_OK;
}

static void hash_free_shared(void *opaque) {
    hash_aggregate_shared *shared = opaque;
    for (int32_t i = 0; shared->columns != NULL && i < shared->column_count; i++)
        data_column_unref(shared->columns[i]);
    base_free(shared->columns);
    base_free(shared->partials);
    if (shared->has_mutex)
        base_mutex_destroy(&shared->mutex);
}

static int64_t hash_memory_used(const exec_op *op) {
    const hash_aggregate_op *self = (const hash_aggregate_op *)op;
    return self->table != NULL ? state_memory_used(self->table) : 0;
}

const exec_op_class exec_op_hash_aggregate = {
    .size = sizeof(exec_op_class),
    .name = "HashAggregate",
    .flags = EXEC_BLOCKING,
    .instance_bytes = sizeof(hash_aggregate_op),
    .shared_bytes = sizeof(hash_aggregate_shared),
    .open = hash_open,
    .batch = hash_batch,
    .end = hash_end,
    .memory_used = hash_memory_used,
    .close = hash_close,
    .partitions = hash_partitions,
    .combine = hash_combine,
    .publish = hash_publish,
    .result_splits = hash_result_splits,
    .read = hash_read,
    .free_shared = hash_free_shared,
    .init_shared = hash_init_shared,
};
