/* HashAggregate: batch aggregation in two phases.
 *
 *   batch     each task adds its rows to groups of its own, in 32 parts by the hash's top bits (one
 *             part where there is one task, so that groups come out in order of first sight)
 *   combine   part by part: the tasks' groups are merged, DISTINCT values counted
 *   read      a split is a part
 *
 * Sums of floating point depend on the order of additions.  With several tasks such aggregates keep
 * groups per morsel and merge them in morsel order, so that a result does not depend on timing.
 *
 * When memory runs out a task writes its groups to a file, radix by radix, and begins anew; then,
 * and when there is no room to combine all at once, parts are combined only when they are read, so
 * that one at a time must fit. */
#include "exec/hash_groups.h"
#include "exec/runtime.h"

typedef struct spilled { /* where a radix's rows of one spill are */
    int64_t offsets[EXEC_RADIX_PARTS + 1];
} spilled;

/* What one task has gathered. */
typedef struct gathered {
    exec_agg_layout *layout;
    exec_groups **groups; /* one, or one per morsel */
    int32_t count, capacity;
    exec_spill_file *file; /* NULL = nothing spilled */
    spilled *spills;
    int32_t spill_count;
} gathered;

typedef struct aggregate_shared {
    const exec_op_spec *spec;
    exec_group_shape *shape;
    base_pool *pool; /* the job's */
    int32_t parallelism;
    gathered **tasks;      /* by subtask; owned once published */
    exec_groups **results; /* by radix */
    bool is_late, is_published;
} aggregate_shared;

typedef struct hash_aggregate_op {
    exec_op op;
    gathered *own;
    exec_groups_scratch scratch;
} hash_aggregate_op;

/* ---- shared ---------------------------------------------------------------------------------- */
static rask_status aggregate_init_shared(void *shared, const exec_op_spec *spec,
                                         const exec_context *context, rask_error *err) {
    aggregate_shared *self = shared;
    const exec_aggregate_params *params = spec->params;
    if (params->key_count > 64)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "GROUP BY takes at most 64 keys, but has %d.", params->key_count);
    self->spec = spec;
    self->pool = context->pool;
    self->parallelism = context->parallelism;
    bool is_single = context->parallelism == 1 || params->key_count == 0;
    self->shape =
        exec_group_shape_new(params, spec->input_schema, is_single ? 1 : EXEC_RADIX_PARTS);
    self->tasks = BASE_NEW_ARRAY(gathered *, context->parallelism);
    self->results = BASE_NEW_ARRAY(exec_groups *, EXEC_RADIX_PARTS);
    return RASK_OK;
}

static void free_gathered(gathered *own) {
    if (own == NULL)
        return;
    for (int32_t i = 0; i < own->count; i++)
        exec_groups_free(own->groups[i]);
    exec_spill_file_free(own->file);
    exec_agg_layout_free(own->layout);
    base_free(own->groups);
    base_free(own->spills);
    base_free(own);
}

static void aggregate_free_shared(void *shared) {
    aggregate_shared *self = shared;
    for (int32_t r = 0; self->results != NULL && r < EXEC_RADIX_PARTS; r++)
        exec_groups_free(self->results[r]);
    for (int32_t i = 0; self->tasks != NULL && i < self->parallelism && self->is_published; i++)
        free_gathered(self->tasks[i]);
    exec_group_shape_free(self->shape);
    base_free(self->results);
    base_free(self->tasks);
}

/* ---- batch ----------------------------------------------------------------------------------- */
static rask_status aggregate_open(exec_op *op, rask_error *err) {
    hash_aggregate_op *self = (hash_aggregate_op *)op;
    aggregate_shared *shared = op->shared;
    self->own = BASE_NEW(gathered);
    shared->tasks[op->context->subtask] = self->own;
    return exec_agg_layout_new(op->spec->params, &op->context->function, false, &self->own->layout,
                               err);
}

/* The groups that rows of the current morsel go to. */
static exec_groups *current_groups(hash_aggregate_op *self) {
    gathered *own = self->own;
    const aggregate_shared *shared = self->op.shared;
    const exec_context *context = self->op.context;
    bool by_morsel = own->layout->is_order_sensitive && shared->parallelism > 1;
    int64_t morsel = by_morsel ? context->morsel : 0;
    for (int32_t i = own->count - 1; i >= 0; i--)
        if (own->groups[i]->morsel == morsel)
            return own->groups[i];
    if (own->count == own->capacity) {
        own->capacity = own->capacity > 0 ? 2 * own->capacity : 4;
        own->groups = base_realloc(own->groups, own->capacity * (int64_t)sizeof(exec_groups *));
    }
    exec_groups *made = exec_groups_new(shared->shape, own->layout, context->pool,
                                        shared->shape->part_count, morsel);
    func_heap_overdraw(made->memory);
    return own->groups[own->count++] = made;
}

static int64_t aggregate_memory_used(const exec_op *op) {
    const gathered *own = ((const hash_aggregate_op *)op)->own;
    int64_t bytes = 0;
    for (int32_t i = 0; own != NULL && i < own->count; i++)
        bytes += exec_groups_bytes(own->groups[i]);
    return bytes;
}

static rask_status aggregate_spill(exec_op *op, int64_t bytes_wanted, rask_error *err) {
    (void)bytes_wanted;
    gathered *own = ((hash_aggregate_op *)op)->own;
    if (own->file == NULL)
        RASK_TRY(exec_spill_file_new(op->context, &own->file, err));
    for (int32_t i = 0; i < own->count; i++) {
        if (own->groups[i]->table->count == 0)
            continue;
        own->spills = base_realloc(own->spills, (own->spill_count + 1) * (int64_t)sizeof(spilled));
        RASK_TRY(exec_groups_spill(own->groups[i], own->file, own->spills[own->spill_count].offsets,
                                   err));
        own->spill_count++;
    }
    return RASK_OK;
}

static rask_status aggregate_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    hash_aggregate_op *self = (hash_aggregate_op *)op;
    exec_groups *groups = current_groups(self);
    bool retry;
    rask_status status = exec_groups_add(groups, batch, &self->scratch, &retry, err);
    if (status == RASK_ERROR_MEMORY && retry) {
        RASK_TRY(aggregate_spill(op, INT64_MAX, err));
        status = exec_groups_add(groups, batch, &self->scratch, &retry, err);
    }
    if (status == RASK_OK && func_heap_overdraft(groups->memory) > 0)
        status = aggregate_spill(op, INT64_MAX, err);
    return status;
}

/* What is spilled in part is spilled altogether, so that a radix is in the file only. */
static rask_status aggregate_end(exec_op *op, int32_t input, rask_error *err) {
    (void)input;
    gathered *own = ((hash_aggregate_op *)op)->own;
    if (own->file == NULL)
        return RASK_OK;
    RASK_TRY(aggregate_spill(op, INT64_MAX, err));
    return exec_spill_flush(own->file, err);
}

/* ---- combine --------------------------------------------------------------------------------- */
/* Combining copies what several tasks have: all of it is there twice in the end. */
static bool has_room_to_combine(const aggregate_shared *self) {
    int64_t bytes = 0, limit = base_pool_limit(self->pool);
    for (int32_t t = 0; t < self->parallelism; t++)
        for (int32_t i = 0; i < self->tasks[t]->count; i++)
            bytes += exec_groups_bytes(self->tasks[t]->groups[i]);
    bool copies = self->parallelism > 1 || !self->tasks[0]->layout->is_flat;
    return !copies || base_pool_used(self->pool) + bytes < limit - limit / 4;
}

static int32_t aggregate_partitions(void *shared) {
    aggregate_shared *self = shared;
    self->is_late = !has_room_to_combine(self);
    for (int32_t i = 0; i < self->parallelism; i++)
        self->is_late = self->is_late || self->tasks[i]->file != NULL;
    return self->is_late ? 0 : self->shape->part_count;
}

static int compare_morsels(const void *a, const void *b) {
    const exec_groups *x = *(exec_groups *const *)a, *y = *(exec_groups *const *)b;
    return x->morsel < y->morsel ? -1 : x->morsel > y->morsel;
}

/* All groups that have rows in the part: by morsel, then by task. */
static int32_t list_sources(const aggregate_shared *self, int32_t part, exec_groups ***out) {
    int32_t count = 0, room = 1;
    for (int32_t t = 0; t < self->parallelism; t++)
        room += self->tasks[t]->count;
    exec_groups **sources = BASE_NEW_ARRAY(exec_groups *, room);
    for (int32_t t = 0; t < self->parallelism; t++)
        for (int32_t i = 0; i < self->tasks[t]->count; i++) {
            exec_groups *groups = self->tasks[t]->groups[i];
            const exec_hash_table *table = groups->table;
            sources[count] = groups;
            count += table->parts[table->part_count > 1 ? part : 0].count > 0;
        }
    /* Stable, since a task has a morsel once and tasks rarely share one: insertion keeps order. */
    for (int32_t i = 1; i < count; i++)
        for (int32_t k = i; k > 0 && compare_morsels(&sources[k - 1], &sources[k]) > 0; k--) {
            exec_groups *swapped = sources[k];
            sources[k] = sources[k - 1];
            sources[k - 1] = swapped;
        }
    *out = sources;
    return count;
}

static rask_status load_spilled(const aggregate_shared *self, int32_t radix, exec_groups *into,
                                exec_groups_scratch *scratch, rask_error *err) {
    for (int32_t t = 0; t < self->parallelism; t++) {
        const gathered *task = self->tasks[t];
        for (int32_t i = 0; i < task->spill_count; i++)
            RASK_TRY(exec_groups_load(into, task->file, task->spills[i].offsets[radix],
                                      task->spills[i].offsets[radix + 1], scratch, err));
    }
    return RASK_OK;
}

/* Merges what all tasks have of a part into `into`. */
static rask_status combine_into(const aggregate_shared *self, int32_t part, exec_groups *into,
                                exec_groups_scratch *scratch, rask_error *err) {
    exec_groups **sources;
    int32_t count = list_sources(self, part, &sources);
    /* A single part is merged whole, unless spills have torn it into radixes. */
    int32_t merged = self->shape->part_count == 1 && !self->is_late ? -1 : part;
    rask_status status = RASK_OK;
    if (self->is_late)
        status = load_spilled(self, part, into, scratch, err);
    if (count == 1 && !self->is_late && into->layout->is_flat)
        exec_groups_adopt(into, sources[0], part);
    else
        for (int32_t i = 0; i < count && status == RASK_OK; i++)
            status = exec_groups_merge(into, sources[i], merged, scratch, err);
    base_free(sources);
    if (status == RASK_OK)
        status =
            exec_groups_apply_distinct(into, self->parallelism > 1 || self->is_late, scratch, err);
    if (status == RASK_OK && self->shape->params->key_count == 0 && part == 0)
        status = exec_groups_ensure_one(into, scratch, err);
    return status;
}

static rask_status aggregate_combine(exec_op *op, int32_t partition, rask_error *err) {
    hash_aggregate_op *self = (hash_aggregate_op *)op;
    aggregate_shared *shared = op->shared;
    exec_groups *into = exec_groups_new(shared->shape, self->own->layout, op->context->pool, 1, 0);
    shared->results[partition] = into;
    return combine_into(shared, partition, into, &self->scratch, err);
}

static rask_status aggregate_publish(exec_op *op, rask_error *err) {
    (void)err;
    aggregate_shared *shared = op->shared;
    shared->is_published = true;
    return RASK_OK;
}

/* ---- read ------------------------------------------------------------------------------------ */
static int32_t aggregate_result_splits(void *shared) {
    const aggregate_shared *self = shared;
    return self->is_late ? EXEC_RADIX_PARTS : self->shape->part_count;
}

static rask_status combine_late(aggregate_shared *self, const exec_context *context, int32_t radix,
                                rask_error *err) {
    exec_groups_scratch scratch = {0};
    exec_groups *into = exec_groups_new(self->shape, self->tasks[0]->layout, context->pool, 1, 0);
    self->results[radix] = into;
    rask_status status = combine_into(self, radix, into, &scratch, err);
    if (status == RASK_ERROR_MEMORY)
        rask_error_prefix(err,
                          "%s, reading back what it had spilled: ", self->spec->op_class->name);
    exec_groups_scratch_free(&scratch);
    return status;
}

static rask_status aggregate_read(void *shared, const exec_context *context, int32_t split,
                                  int64_t *cursor, int32_t rows_max, data_batch **out,
                                  rask_error *err) {
    aggregate_shared *self = shared;
    *out = NULL;
    if (self->is_late && *cursor == 0)
        RASK_TRY(combine_late(self, context, split, err));
    exec_groups *groups = self->results[split];
    int64_t left = groups->table->count - *cursor;
    if (left <= 0) {
        exec_groups_free(groups);
        self->results[split] = NULL;
        return RASK_OK;
    }
    int32_t count = left < rows_max ? (int32_t)left : rows_max;
    RASK_TRY(exec_groups_read(groups, context, (uint32_t)*cursor, count, out, err));
    *cursor += count;
    return RASK_OK;
}

static void aggregate_close(exec_op *op) {
    hash_aggregate_op *self = (hash_aggregate_op *)op;
    const aggregate_shared *shared = op->shared;
    if (!shared->is_published)
        free_gathered(self->own);
    exec_groups_scratch_free(&self->scratch);
}

const exec_op_class exec_op_hash_aggregate = {
    .size = sizeof(exec_op_class),
    .name = "HashAggregate",
    .flags = EXEC_BLOCKING,
    .instance_bytes = sizeof(hash_aggregate_op),
    .shared_bytes = sizeof(aggregate_shared),
    .open = aggregate_open,
    .batch = aggregate_batch,
    .end = aggregate_end,
    .spill = aggregate_spill,
    .memory_used = aggregate_memory_used,
    .close = aggregate_close,
    .partitions = aggregate_partitions,
    .combine = aggregate_combine,
    .publish = aggregate_publish,
    .result_splits = aggregate_result_splits,
    .read = aggregate_read,
    .init_shared = aggregate_init_shared,
    .free_shared = aggregate_free_shared,
};
