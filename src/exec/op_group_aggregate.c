/* GroupAggregate: streaming aggregation with Flink's per-record changelog, a batch at a time.
 *
 *   1. encode the keys of all rows, find their groups' rows in keyed state (state_pin)
 *   2. what each row does to its group: first, change, last, or a retraction of nothing
 *   3. each aggregate scans the rows in order: its value before and after every row, as columns
 *   4. list the changes, pick keys and values into one output batch
 *
 * As in Flink's GroupAggFunction: the first row of a group gives +I; a row that changes a result
 * gives -U (where wanted) and +U; one that does not gives nothing, unless state TTL is on; the
 * retraction of the last row gives -D and forgets the group; a retraction that finds no group is
 * dropped.
 *
 * A group that dies and is born again within a batch must begin with fresh states, so there the
 * batch is cut into segments; each gives an output batch of its own, and no pair of -U and +U is
 * torn. */
#include "exec/aggregate_layout.h"
#include "exec/batch_tools.h"
#include "exec/changelog.h"
#include "exec/distinct_filter.h"
#include "exec/runtime.h"

enum { STATE_VERSION = 1 };

/* Arrays with an element per row of the batch; offsets into one buffer. */
typedef struct group_scratch {
    data_string *views;
    void **rows;   /* the groups' rows */
    void **states; /* rows + the aggregate's offset */
    uint64_t *hashes;
    int32_t *source, *pick, *output_end;
    uint16_t *selection; /* rows of the segment that are not skipped */
    bool *is_new;
    uint8_t *effects, *changed, *passes;
} group_scratch;

typedef struct group_aggregate_op {
    exec_op op;
    const exec_aggregate_params *params;
    exec_agg_layout *layout;
    const data_type **key_types;
    state_table *table;
    exec_distinct **distinct; /* one per call, NULL where not DISTINCT */
    bool reuses_hashes;       /* the edge in front hashes by our keys */
    base_buffer *key_bytes, *scratch_buffer;
    group_scratch scratch;
    int32_t scratch_rows;
    data_column **old_values, **new_values; /* one per call, reused from batch to batch */
    int64_t value_rows;
} group_aggregate_op;

/* ---- open, close ----------------------------------------------------------------------------- */
static rask_status make_table(group_aggregate_op *self, rask_error *err) {
    const exec_op_spec *spec = self->op.spec;
    const exec_context *context = self->op.context;
    base_strbuf schema;
    base_strbuf_init(&schema, 1 << 20);
    exec_agg_schema_text(self->layout, spec->input_schema, &schema);
    int32_t first =
        state_group_first(context->subtask, context->max_parallelism, context->parallelism);
    int32_t end =
        state_group_first(context->subtask + 1, context->max_parallelism, context->parallelism);
    state_table_spec table = {.uid = spec->uid,
                              .schema = schema.data,
                              .version = STATE_VERSION,
                              .row_bytes = self->layout->row_bytes,
                              .row_align = self->layout->row_align,
                              .max_parallelism = context->max_parallelism,
                              .group_first = first,
                              .group_count = end - first,
                              .ttl_ms = self->params->state_ttl_ms,
                              .pool = context->pool,
                              .world = context->function.world,
                              .context = self->layout};
    if (!self->layout->is_flat) {
        table.write_row = exec_agg_write_row;
        table.read_row = exec_agg_read_row;
        table.destroy_row = exec_agg_destroy_row;
    }
    rask_status status = state_table_new(&table, &self->table, err);
    base_strbuf_free(&schema);
    return status;
}

static rask_status group_open(exec_op *op, rask_error *err) {
    group_aggregate_op *self = (group_aggregate_op *)op;
    self->params = op->spec->params;
    RASK_TRY(exec_agg_layout_new(self->params, &op->context->function,
                                 self->params->input_has_retractions, &self->layout, err));
    RASK_TRY(make_table(self, err));
    self->key_types = BASE_NEW_ARRAY(const data_type *, self->params->key_count + 1);
    for (int32_t i = 0; i < self->params->key_count; i++)
        self->key_types[i] = op->spec->input_schema->types[self->params->keys[i]];
    int32_t calls = self->layout->call_count;
    self->old_values = BASE_NEW_ARRAY(data_column *, calls + 1);
    self->new_values = BASE_NEW_ARRAY(data_column *, calls + 1);
    self->distinct = BASE_NEW_ARRAY(exec_distinct *, calls + 1);
    for (int32_t i = 0; i < calls; i++)
        if (self->layout->calls[i].spec->distinct)
            RASK_TRY(
                exec_distinct_new(self->layout, i, op->spec, op->context, &self->distinct[i], err));
    const exec_task *task = op->task;
    self->reuses_hashes =
        op->index == 0 && task->input_count > 1 && task->inputs[0].edge->kind == EXEC_EDGE_HASH;
    return RASK_OK;
}

static void drop_values(group_aggregate_op *self) {
    for (int32_t i = 0;
         self->layout != NULL && self->old_values != NULL && i < self->layout->call_count; i++) {
        data_column_unref(self->old_values[i]);
        data_column_unref(self->new_values[i]);
        self->old_values[i] = self->new_values[i] = NULL;
    }
}

static void group_close(exec_op *op) {
    group_aggregate_op *self = (group_aggregate_op *)op;
    drop_values(self);
    for (int32_t i = 0;
         self->layout != NULL && self->distinct != NULL && i < self->layout->call_count; i++)
        exec_distinct_free(self->distinct[i]);
    base_free(self->distinct);
    base_free(self->key_types);
    base_free(self->old_values);
    base_free(self->new_values);
    base_buffer_unref(self->key_bytes);
    base_buffer_unref(self->scratch_buffer);
    state_table_free(self->table);
    exec_agg_layout_free(self->layout);
}

/* ---- scratch --------------------------------------------------------------------------------- */
static rask_status reserve_scratch(group_aggregate_op *self, int32_t rows, rask_error *err) {
    if (rows <= self->scratch_rows)
        return RASK_OK;
    group_scratch *s = &self->scratch;
    int64_t n = rows;
    int64_t bytes = n * (int64_t)(sizeof(data_string) + 2 * sizeof(void *) + sizeof(uint64_t) +
                                  5 * sizeof(int32_t) + sizeof(uint16_t) + 4);
    base_buffer_unref(self->scratch_buffer);
    self->scratch_buffer = NULL;
    self->scratch_rows = 0;
    RASK_TRY(base_buffer_new(self->op.context->pool, bytes, &self->scratch_buffer, err));
    s->views = (data_string *)self->scratch_buffer->data;
    s->rows = (void **)(s->views + n);
    s->states = s->rows + n;
    s->hashes = (uint64_t *)(s->states + n);
    s->source = (int32_t *)(s->hashes + n); /* two outputs a row at most */
    s->pick = s->source + 2 * n;
    s->output_end = s->pick + 2 * n;
    s->selection = (uint16_t *)(s->output_end + n);
    s->is_new = (bool *)(s->selection + n);
    s->effects = (uint8_t *)(s->is_new + n);
    s->changed = s->effects + n;
    s->passes = s->changed + n;
    self->scratch_rows = rows;
    return RASK_OK;
}

/* A column for results of this call, all valid.  Columns are reused as long as nobody else holds
 * them; text heaps are not, so those of strings are always new. */
static rask_status fresh_values(group_aggregate_op *self, data_column **slot, const data_type *type,
                                int32_t count, rask_error *err) {
    base_pool *pool = self->op.context->pool;
    if (*slot == NULL || (*slot)->length < count || data_physical_width((*slot)->physical) == 0 ||
        (*slot)->physical == DATA_PHYSICAL_STRING) {
        data_column_unref(*slot);
        *slot = NULL;
        RASK_TRY(data_column_new(pool, type, DATA_PHYSICAL_NONE, count, slot, err));
        return data_column_make_validity(pool, *slot, err);
    }
    memset((void *)(uintptr_t)(*slot)->validity, 0xff, (size_t)((count + 63) / 64) * 8);
    return RASK_OK;
}

/* ---- 1. groups ------------------------------------------------------------------------------- */
static rask_status find_groups(group_aggregate_op *self, const data_batch *batch,
                               data_column *const *columns, rask_error *err) {
    group_scratch *s = &self->scratch;
    int32_t n = batch->row_count;
    const data_column **keys = base_arena_alloc(
        self->op.context->function.scratch, (self->params->key_count + 1) * (int64_t)sizeof *keys);
    for (int32_t i = 0; i < self->params->key_count; i++)
        keys[i] = columns[self->params->keys[i]];
    bool has_hashes = self->reuses_hashes && batch->hashes != NULL;
    if (has_hashes)
        memcpy(s->hashes, batch->hashes, (size_t)n * sizeof(uint64_t));
    RASK_TRY(state_encode_keys(self->op.context->pool, keys, self->key_types,
                               self->params->key_count, NULL, n, &self->key_bytes, s->views,
                               has_hashes ? NULL : s->hashes, err));
    RASK_TRY(state_pin(self->table, s->views, s->hashes, n, s->rows, s->is_new, err));
    for (int32_t i = 0; i < n; i++)
        if (s->is_new[i])
            exec_agg_init_row(self->layout, s->rows[i]);
    return RASK_OK;
}

/* ---- 2. effects ------------------------------------------------------------------------------ */
enum { GROUP_DIED = -1 }; /* the row count of a group that died in this segment */

static int64_t *count_of(const group_aggregate_op *self, void *row) {
    return (int64_t *)((uint8_t *)row + self->layout->count_offset);
}

/* Fills effects and selection from row `start` on; returns where the segment ends. */
static int32_t count_segment(group_aggregate_op *self, const data_batch *batch, int32_t start,
                             int32_t *selected) {
    group_scratch *s = &self->scratch;
    int32_t n = 0, i = start;
    for (; i < batch->row_count; i++) {
        int64_t *count = count_of(self, s->rows[i]);
        bool is_add = data_row_kind_is_add(data_batch_kind(batch, i));
        if (*count == GROUP_DIED)
            break;
        if (*count == 0 && !is_add)
            continue;
        s->effects[n] = *count == 0 ? EXEC_EFFECT_FIRST : EXEC_EFFECT_CHANGE;
        *count += is_add ? 1 : -1;
        if (*count == 0) {
            s->effects[n] = EXEC_EFFECT_LAST;
            *count = GROUP_DIED;
        }
        s->selection[n++] = (uint16_t)i;
    }
    *selected = n;
    return i;
}

/* Groups that died begin anew: with fresh states, should they come again. */
static void renew_dead_groups(group_aggregate_op *self, int32_t selected) {
    group_scratch *s = &self->scratch;
    for (int32_t i = 0; i < selected; i++) {
        if (s->effects[i] != EXEC_EFFECT_LAST)
            continue;
        void *row = s->rows[s->selection[i]];
        exec_agg_destroy_row(self->layout, row, state_table_memory(self->table));
        exec_agg_init_row(self->layout, row);
        *count_of(self, row) = 0;
    }
}

static void forget_dead_groups(group_aggregate_op *self, int32_t count) {
    group_scratch *s = &self->scratch;
    for (int32_t i = 0; i < count; i++)
        if (*count_of(self, s->rows[i]) == 0)
            state_remove(self->table, &s->views[i], s->hashes[i]);
}

/* ---- 3. aggregates --------------------------------------------------------------------------- */
/* The column with NULL where the row must not count: aggregates pass over NULLs. */
static rask_status mask(const group_aggregate_op *self, const data_column *column,
                        const uint8_t *passes, int32_t rows, data_column **out, rask_error *err) {
    int32_t *numbers =
        base_arena_alloc(self->op.context->function.scratch, rows * (int64_t)sizeof(int32_t) + 1);
    for (int32_t i = 0; i < rows; i++)
        numbers[i] = passes[i] ? i : -1;
    return data_column_gather(self->op.context->pool, column, numbers, rows, out, err);
}

static void apply_filter(const data_column *filter, int32_t rows, uint8_t *passes) {
    for (int32_t i = 0; i < rows; i++)
        passes[i] = !data_column_is_null(filter, i) && ((const uint8_t *)filter->values)[i] != 0;
}

/* The call's arguments over all rows of the batch, masked by FILTER and DISTINCT.  The references
 * are the caller's. */
static rask_status make_arguments(group_aggregate_op *self, int32_t number, const data_batch *batch,
                                  data_column *const *columns, data_column **args,
                                  rask_error *err) {
    const exec_agg_call *call = &self->layout->calls[number];
    uint8_t *passes = self->scratch.passes;
    int32_t rows = batch->row_count;
    bool is_masked = call->spec->filter_column >= 0 || self->distinct[number] != NULL;
    memset(passes, 1, (size_t)rows);
    if (call->spec->filter_column >= 0)
        apply_filter(columns[call->spec->filter_column], rows, passes);
    if (self->distinct[number] != NULL)
        RASK_TRY(exec_distinct_run(self->distinct[number], columns, batch->kinds,
                                   self->scratch.hashes, rows, passes, err));
    for (int32_t a = 0; a < call->arg_count; a++) {
        args[a] = NULL;
        if (!is_masked)
            args[a] = data_column_ref(columns[call->args[a]]);
        else
            RASK_TRY(mask(self, columns[call->args[a]], passes, rows, &args[a], err));
    }
    return RASK_OK;
}

typedef struct segment {
    const data_batch *batch;
    int32_t start, end;
    const uint16_t *selection; /* NULL = rows start..end-1, start being 0 */
    int32_t count;
} segment;

static rask_status scan_call(group_aggregate_op *self, int32_t number, const segment *part,
                             data_column *const *args, rask_error *err) {
    const exec_agg_call *call = &self->layout->calls[number];
    group_scratch *s = &self->scratch;
    for (int32_t i = 0; i < part->count; i++) {
        int32_t row = part->selection != NULL ? part->selection[i] : i;
        s->states[i] = (uint8_t *)s->rows[row] + call->offset;
    }
    data_column **old_values = &self->old_values[number], **new_values = &self->new_values[number];
    RASK_TRY(fresh_values(self, old_values, call->call.result_type, part->count, err));
    RASK_TRY(fresh_values(self, new_values, call->call.result_type, part->count, err));
    func_aggregate_rows rows = {.states = s->states,
                                .args = (const data_column *const *)args,
                                .selection = part->selection,
                                .count = part->count,
                                .kinds = part->batch->kinds,
                                .memory = state_table_memory(self->table)};
    RASK_TRY(call->call.row->scan(&call->call, &rows, *old_values, *new_values, err));
    exec_mark_changed(*old_values, *new_values, part->count, s->changed);
    return RASK_OK;
}

/* ---- 4. output ------------------------------------------------------------------------------- */
static rask_status make_columns(group_aggregate_op *self, const exec_changes *changes,
                                data_column *const *columns, data_column **out, int32_t *made,
                                rask_error *err) {
    base_pool *pool = self->op.context->pool;
    for (int32_t i = 0; i < self->params->key_count; i++, ++*made)
        RASK_TRY(data_column_gather(pool, columns[self->params->keys[i]], changes->source,
                                    changes->count, &out[*made], err));
    for (int32_t i = 0; i < self->layout->call_count; i++, ++*made)
        RASK_TRY(exec_pick_values(pool, self->old_values[i], self->new_values[i], changes,
                                  &out[*made], err));
    return RASK_OK;
}

/* For inner watermarks: how many output rows come from the batch's rows 0..i. */
static void count_outputs(const segment *part, const exec_changes *changes, int32_t *output_end) {
    int32_t j = 0;
    for (int32_t i = 0; i < part->end; i++) {
        while (j < changes->count && changes->source[j] <= i)
            j++;
        output_end[i] = j;
    }
}

static rask_status emit_changes(group_aggregate_op *self, const segment *part,
                                exec_changes *changes, base_buffer *kinds,
                                data_column *const *columns, rask_error *err) {
    int32_t width = self->params->key_count + self->layout->call_count, made = 0;
    data_column **out =
        base_arena_alloc(self->op.context->function.scratch, (width + 1) * (int64_t)sizeof *out);
    rask_status status = make_columns(self, changes, columns, out, &made, err);
    if (status != RASK_OK) {
        for (int32_t i = 0; i < made; i++)
            data_column_unref(out[i]);
        return status;
    }
    data_batch *batch = data_batch_take(out, width, changes->count);
    data_batch_set_kinds(batch, base_buffer_ref(kinds));
    if (part->batch->watermark_count > 0 && part->end == part->batch->row_count) {
        count_outputs(part, changes, self->scratch.output_end);
        status = exec_batch_rebase_watermarks(self->op.context->pool, part->batch,
                                              self->scratch.output_end, batch, err);
        if (status != RASK_OK) {
            data_batch_unref(batch);
            return status;
        }
    }
    return exec_emit(&self->op, batch, err);
}

static rask_status output(group_aggregate_op *self, const segment *part,
                          data_column *const *columns, rask_error *err) {
    group_scratch *s = &self->scratch;
    base_buffer *kinds;
    RASK_TRY(base_buffer_new(self->op.context->pool, 2 * (int64_t)part->count, &kinds, err));
    exec_changes changes = {s->source, s->pick, kinds->data, 0};
    exec_list_changes(s->effects, s->changed, part->selection, part->count,
                      self->params->emits_update_before, &changes);
    kinds->size = changes.count;
    rask_status status = RASK_OK;
    if (changes.count > 0 || part->batch->watermark_count > 0)
        status = emit_changes(self, part, &changes, kinds, columns, err);
    base_buffer_unref(kinds);
    return status;
}

/* ---- a batch --------------------------------------------------------------------------------- */
static rask_status run_segment(group_aggregate_op *self, const segment *part,
                               data_column *const *columns, data_column *(*args)[4],
                               rask_error *err) {
    memset(self->scratch.changed, self->params->state_ttl_ms > 0, (size_t)part->count);
    for (int32_t i = 0; i < self->layout->call_count; i++)
        RASK_TRY(scan_call(self, i, part, args[i], err));
    return output(self, part, columns, err);
}

static rask_status run_segments(group_aggregate_op *self, const data_batch *batch,
                                data_column *const *columns, data_column *(*args)[4],
                                rask_error *err) {
    group_scratch *s = &self->scratch;
    segment part = {.batch = batch};
    if (!self->params->input_has_retractions) {
        part.end = part.count = batch->row_count;
        for (int32_t i = 0; i < batch->row_count; i++)
            s->effects[i] = s->is_new[i] ? EXEC_EFFECT_FIRST : EXEC_EFFECT_CHANGE;
        return run_segment(self, &part, columns, args, err);
    }
    part.selection = s->selection;
    while (part.end < batch->row_count) {
        part.start = part.end;
        part.end = count_segment(self, batch, part.start, &part.count);
        RASK_TRY(run_segment(self, &part, columns, args, err));
        renew_dead_groups(self, part.count);
    }
    forget_dead_groups(self, batch->row_count);
    return RASK_OK;
}

/* `batch` is dense; `columns` are its columns made flat where they are used. */
static rask_status run_batch(group_aggregate_op *self, const data_batch *batch,
                             data_column *const *columns, rask_error *err) {
    int32_t calls = self->layout->call_count;
    RASK_TRY(reserve_scratch(self, batch->row_count, err));
    RASK_TRY(find_groups(self, batch, columns, err));
    data_column *(*args)[4] =
        base_arena_alloc(self->op.context->function.scratch, (calls + 1) * (int64_t)sizeof *args);
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < calls && status == RASK_OK; i++)
        status = make_arguments(self, i, batch, columns, args[i], err);
    if (status == RASK_OK)
        status = run_segments(self, batch, columns, args, err);
    for (int32_t i = 0; i < calls; i++)
        for (int32_t a = 0; a < self->layout->calls[i].arg_count; a++)
            data_column_unref(args[i][a]);
    state_unpin(self->table);
    return status;
}

static rask_status flatten_used(group_aggregate_op *self, const data_batch *batch,
                                data_column **columns, rask_error *err) {
    base_pool *pool = self->op.context->pool;
    for (int32_t c = 0; c < batch->column_count; c++)
        RASK_TRY(data_column_flatten(pool, batch->columns[c], &columns[c], err));
    return RASK_OK;
}

static rask_status run_dense(group_aggregate_op *self, data_batch *batch, rask_error *err) {
    data_column **columns =
        base_arena_alloc(self->op.context->function.scratch,
                         (batch->column_count + 1) * (int64_t)sizeof(data_column *));
    rask_status status = flatten_used(self, batch, columns, err);
    if (status == RASK_OK)
        status = run_batch(self, batch, columns, err);
    for (int32_t c = 0; c < batch->column_count; c++)
        data_column_unref(columns[c]);
    return status;
}

static void sweep(group_aggregate_op *self) {
    if (self->params->state_ttl_ms <= 0)
        return;
    const base_clock *clock = self->op.context->function.world->clock;
    int64_t now_ms = clock->now_ms(clock->self);
    state_sweep(self->table, now_ms);
    for (int32_t i = 0; i < self->layout->call_count; i++)
        if (self->distinct[i] != NULL)
            state_sweep(exec_distinct_table(self->distinct[i]), now_ms);
}

static rask_status group_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    group_aggregate_op *self = (group_aggregate_op *)op;
    enum { ROWS_MAX = DATA_BATCH_ROWS_LIMIT / 2 }; /* a row gives two at most */
    if (batch->selection == NULL && batch->row_count <= ROWS_MAX) {
        RASK_TRY(run_dense(self, batch, err));
        sweep(self);
        return RASK_OK;
    }
    for (int32_t start = 0; start < batch->selected; start += ROWS_MAX) {
        int32_t count = batch->selected - start < ROWS_MAX ? batch->selected - start : ROWS_MAX;
        data_batch *dense, *part;
        RASK_TRY(data_batch_slice(op->context->pool, batch, start, count, &part, err));
        rask_status status = data_batch_compact(op->context->pool, part, &dense, err);
        data_batch_unref(part);
        RASK_TRY(status);
        status = run_dense(self, dense, err);
        data_batch_unref(dense);
        RASK_TRY(status);
    }
    sweep(self);
    return RASK_OK;
}

/* ---- state ----------------------------------------------------------------------------------- */
static rask_status group_snapshot(exec_op *op, state_writer *writer, rask_error *err) {
    group_aggregate_op *self = (group_aggregate_op *)op;
    RASK_TRY(state_write_table(writer, self->table, err));
    for (int32_t i = 0; i < self->layout->call_count; i++)
        if (self->distinct[i] != NULL)
            RASK_TRY(state_write_table(writer, exec_distinct_table(self->distinct[i]), err));
    return RASK_OK;
}

static rask_status group_restore(exec_op *op, state_reader *reader, rask_error *err) {
    group_aggregate_op *self = (group_aggregate_op *)op;
    RASK_TRY(state_read_table(reader, self->table, err));
    for (int32_t i = 0; i < self->layout->call_count; i++)
        if (self->distinct[i] != NULL)
            RASK_TRY(state_read_table(reader, exec_distinct_table(self->distinct[i]), err));
    return RASK_OK;
}

static int64_t group_memory_used(const exec_op *op) {
    const group_aggregate_op *self = (const group_aggregate_op *)op;
    int64_t bytes = state_memory_used(self->table);
    for (int32_t i = 0; i < self->layout->call_count; i++)
        if (self->distinct[i] != NULL)
            bytes += state_memory_used(exec_distinct_table(self->distinct[i]));
    return bytes;
}

static const int32_t *group_keys(const exec_op_spec *spec, int32_t *count) {
    const exec_aggregate_params *params = spec->params;
    *count = params->key_count;
    return params->keys;
}

const exec_op_class exec_op_group_aggregate = {
    .size = sizeof(exec_op_class),
    .name = "GroupAggregate",
    .flags = EXEC_KEYED | EXEC_STATEFUL,
    .instance_bytes = sizeof(group_aggregate_op),
    .open = group_open,
    .batch = group_batch,
    .snapshot = group_snapshot,
    .restore = group_restore,
    .memory_used = group_memory_used,
    .close = group_close,
    .keys = group_keys,
};
