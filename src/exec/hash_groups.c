/* Groups of a batch aggregation; see hash_groups.h.  Spilling is in hash_groups_spill.c. */
#include "exec/hash_groups.h"

#include <stdlib.h>

enum { MERGE_ROWS = 1024 };

/* ---- shape ----------------------------------------------------------------------------------- */
exec_group_shape *exec_group_shape_new(const exec_aggregate_params *params,
                                       const data_schema *input, int32_t part_count) {
    exec_group_shape *shape = BASE_NEW(exec_group_shape);
    int32_t keys = params->key_count, calls = params->aggregate_count;
    shape->params = params;
    shape->part_count = part_count;
    shape->key_types = BASE_NEW_ARRAY(const data_type *, keys + 1);
    for (int32_t i = 0; i < keys; i++)
        shape->key_types[i] = input->types[params->keys[i]];
    exec_key_layout_init(&shape->keys, shape->key_types, keys);
    shape->distinct_keys = BASE_NEW_ARRAY(exec_key_layout, calls + 1);
    shape->distinct_types = BASE_NEW_ARRAY(const data_type **, calls + 1);
    for (int32_t c = 0; c < calls; c++) {
        const exec_aggregate *call = &params->aggregates[c];
        if (!call->distinct)
            continue;
        const data_type **types = BASE_NEW_ARRAY(const data_type *, keys + call->arg_count + 1);
        memcpy(types, shape->key_types, (size_t)keys * sizeof(*types));
        for (int32_t a = 0; a < call->arg_count; a++)
            types[keys + a] = input->types[call->args[a]];
        shape->distinct_types[c] = types;
        exec_key_layout_init(&shape->distinct_keys[c], types, keys + call->arg_count);
    }
    return shape;
}

void exec_group_shape_free(exec_group_shape *shape) {
    if (shape == NULL)
        return;
    for (int32_t c = 0; c < shape->params->aggregate_count; c++)
        base_free(shape->distinct_types[c]);
    base_free(shape->distinct_types);
    base_free(shape->distinct_keys);
    base_free(shape->key_types);
    base_free(shape);
}

/* ---- make, free ------------------------------------------------------------------------------ */
exec_groups *exec_groups_new(const exec_group_shape *shape, const exec_agg_layout *layout,
                             base_pool *pool, int32_t part_count, int64_t morsel) {
    exec_groups *groups = BASE_NEW(exec_groups);
    *groups = (exec_groups){
        .shape = shape, .layout = layout, .pool = base_pool_ref(pool), .morsel = morsel};
    groups->table =
        exec_hash_table_new(pool, &shape->keys, layout->row_bytes, layout->row_align, part_count);
    groups->distinct = BASE_NEW_ARRAY(exec_hash_table *, layout->call_count + 1);
    for (int32_t c = 0; c < layout->call_count; c++)
        if (layout->calls[c].spec->distinct)
            groups->distinct[c] =
                exec_hash_table_new(pool, &shape->distinct_keys[c], 0, 8, part_count);
    groups->memory = func_heap_new(pool);
    return groups;
}

void exec_groups_free(exec_groups *groups) {
    if (groups == NULL)
        return;
    for (int32_t c = 0; c < groups->shape->params->aggregate_count; c++)
        exec_hash_table_free(groups->distinct[c]);
    exec_hash_table_free(groups->table);
    func_heap_free(groups->memory);
    base_free(groups->distinct);
    base_pool_unref(groups->pool);
    base_free(groups);
}

int64_t exec_groups_bytes(const exec_groups *groups) {
    int64_t bytes = groups->table->bytes + func_heap_bytes(groups->memory);
    for (int32_t c = 0; c < groups->shape->params->aggregate_count; c++)
        bytes += groups->distinct[c] != NULL ? groups->distinct[c]->bytes : 0;
    return bytes;
}

void exec_groups_scratch_free(exec_groups_scratch *scratch) {
    base_buffer_unref(scratch->buffer);
    base_buffer_unref(scratch->key_bytes);
}

static rask_status reserve(exec_groups_scratch *s, base_pool *pool, int32_t rows, rask_error *err) {
    if (rows <= s->rows)
        return RASK_OK;
    base_buffer_unref(s->buffer);
    s->buffer = NULL;
    s->rows = 0;
    int64_t n = rows;
    RASK_TRY(base_buffer_new(pool, n * (16 + 2 * 8 + 3 * 8 + 8 + 2), &s->buffer, err));
    s->cells = s->buffer->data;
    s->hashes = (uint64_t *)((uint8_t *)s->cells + 16 * n);
    s->distinct_hashes = s->hashes + n;
    s->groups = (uint8_t **)(s->distinct_hashes + n);
    s->entries = s->groups + n;
    s->new_rows = s->entries + n;
    s->states = (void **)(s->new_rows + n);
    s->selection = (uint16_t *)(s->states + n);
    s->rows = rows;
    return RASK_OK;
}

/* ---- add ------------------------------------------------------------------------------------- */
static rask_status find_groups(exec_groups *groups, const data_column *const *columns,
                               const data_batch *batch, exec_groups_scratch *s, rask_error *err) {
    const exec_aggregate_params *params = groups->shape->params;
    const data_column *keys[64];
    int32_t made = 0;
    RASK_ASSERT(params->key_count <= 64);
    for (int32_t i = 0; i < params->key_count; i++)
        keys[i] = columns[params->keys[i]];
    RASK_TRY(exec_keys_encode(&groups->shape->keys, groups->pool, keys, batch->selection,
                              batch->selected, &s->key_bytes, s->cells, s->hashes, err));
    rask_status status = exec_hash_insert(groups->table, s->cells, s->hashes, batch->selected,
                                          s->groups, s->new_rows, &made, err);
    for (int32_t i = 0; i < made; i++)
        exec_agg_init_row(groups->layout, s->new_rows[i] + groups->table->payload_offset);
    return status;
}

/* The selected rows that the call's filter lets through: row numbers, and their groups in
 * `entries`. */
static int32_t pass_filter(const exec_agg_call *call, const data_column *const *columns,
                           const data_batch *batch, exec_groups_scratch *s) {
    const data_column *filter = columns[call->spec->filter_column];
    int32_t count = 0;
    for (int32_t i = 0; i < batch->selected; i++) {
        int32_t row = data_batch_row(batch, i);
        s->selection[count] = (uint16_t)row;
        s->entries[count] = s->groups[i];
        count += !data_column_is_null(filter, row) && ((const uint8_t *)filter->values)[row] != 0;
    }
    return count;
}

/* Rows that count for a DISTINCT call: through the filter, no argument NULL unless NULL is a value.
 */
static int32_t distinct_rows(const exec_agg_call *call, const data_column *const *columns,
                             const data_batch *batch, exec_groups_scratch *s) {
    bool keeps_nulls = (call->spec->row->flags & FUNC_AGG_KEEPS_NULLS) != 0;
    int32_t count = 0;
    for (int32_t i = 0; i < batch->selected; i++) {
        int32_t row = data_batch_row(batch, i);
        bool counts = true;
        if (call->spec->filter_column >= 0) {
            const data_column *filter = columns[call->spec->filter_column];
            counts =
                !data_column_is_null(filter, row) && ((const uint8_t *)filter->values)[row] != 0;
        }
        for (int32_t a = 0; a < call->spec->arg_count && counts && !keeps_nulls; a++)
            counts = !data_column_is_null(columns[call->spec->args[a]], row);
        s->selection[count] = (uint16_t)row;
        s->distinct_hashes[count] = s->hashes[i];
        count += counts;
    }
    return count;
}

/* The group's radix, so that an entry stays with its group, and bits of its own. */
static uint64_t distinct_hash(uint64_t group_hash, uint64_t own_hash) {
    const uint64_t radix = ~0ULL << (64 - EXEC_RADIX_BITS);
    return (group_hash & radix) | (own_hash & ~radix);
}

static rask_status add_distinct(exec_groups *groups, int32_t c, const data_column *const *columns,
                                const data_batch *batch, exec_groups_scratch *s, rask_error *err) {
    const exec_aggregate_params *params = groups->shape->params;
    const exec_agg_call *call = &groups->layout->calls[c];
    const data_column *keys[64 + 4];
    for (int32_t i = 0; i < params->key_count; i++)
        keys[i] = columns[params->keys[i]];
    for (int32_t a = 0; a < call->spec->arg_count; a++)
        keys[params->key_count + a] = columns[call->spec->args[a]];
    int32_t count = distinct_rows(call, columns, batch, s), made;
    uint64_t *own = (uint64_t *)s->states;
    RASK_TRY(exec_keys_encode(&groups->shape->distinct_keys[c], groups->pool, keys, s->selection,
                              count, &s->key_bytes, s->cells, own, err));
    for (int32_t i = 0; i < count; i++)
        own[i] = distinct_hash(s->distinct_hashes[i], own[i]);
    return exec_hash_insert(groups->distinct[c], s->cells, own, count, s->entries, s->new_rows,
                            &made, err);
}

static rask_status update_call(exec_groups *groups, int32_t c, const data_column *const *columns,
                               const data_batch *batch, exec_groups_scratch *s, rask_error *err) {
    const exec_agg_call *call = &groups->layout->calls[c];
    const data_column *args[4];
    uint8_t **rows = s->groups;
    func_aggregate_rows input = {.states = s->states,
                                 .args = args,
                                 .selection = batch->selection,
                                 .count = batch->selected,
                                 .memory = groups->memory};
    /* A COUNT(*) with a filter counts the rows where the filter is not NULL: those that pass. */
    if (call->spec->filter_column >= 0) {
        input.count = pass_filter(call, columns, batch, s);
        input.selection = s->selection;
        rows = s->entries;
    }
    for (int32_t a = 0; a < call->arg_count; a++)
        args[a] = columns[call->args[a]];
    int64_t offset = groups->table->payload_offset + call->offset;
    for (int32_t i = 0; i < input.count; i++)
        s->states[i] = rows[i] + offset;
    return call->call.row->update(&call->call, &input, err);
}

static rask_status add_rows(exec_groups *groups, const data_column *const *columns,
                            const data_batch *batch, exec_groups_scratch *s, bool *retry,
                            rask_error *err) {
    *retry = true;
    RASK_TRY(reserve(s, groups->pool, batch->selected, err));
    RASK_TRY(find_groups(groups, columns, batch, s, err));
    for (int32_t c = 0; c < groups->layout->call_count; c++)
        if (groups->distinct[c] != NULL)
            RASK_TRY(add_distinct(groups, c, columns, batch, s, err));
    *retry = false;
    for (int32_t c = 0; c < groups->layout->call_count; c++)
        if (groups->distinct[c] == NULL)
            RASK_TRY(update_call(groups, c, columns, batch, s, err));
    return RASK_OK;
}

rask_status exec_groups_add(exec_groups *groups, const data_batch *batch,
                            exec_groups_scratch *scratch, bool *retry, rask_error *err) {
    data_column **columns = BASE_NEW_ARRAY(data_column *, batch->column_count + 1);
    rask_status status = RASK_OK;
    *retry = true;
    for (int32_t c = 0; c < batch->column_count && status == RASK_OK; c++)
        status = data_column_flatten(groups->pool, batch->columns[c], &columns[c], err);
    if (status == RASK_OK)
        status = add_rows(groups, (const data_column *const *)columns, batch, scratch, retry, err);
    for (int32_t c = 0; c < batch->column_count; c++)
        data_column_unref(columns[c]);
    base_free(columns);
    return status;
}

/* ---- merge ----------------------------------------------------------------------------------- */
/* Rows of a part, or those of one radix of a table with a single part, in pieces. */
typedef struct part_walk {
    const exec_hash_table *table;
    const exec_hash_part *part;
    int32_t radix; /* -1 = all */
    uint32_t next;
} part_walk;

static part_walk walk_part(const exec_hash_table *table, int32_t part) {
    bool is_whole = table->part_count > 1 && part >= 0;
    return (part_walk){table, &table->parts[is_whole ? part : 0], is_whole ? -1 : part, 0};
}

static int32_t next_rows(part_walk *walk, uint8_t **rows, int32_t room) {
    int32_t count = 0;
    while (walk->next < walk->part->count && count < room) {
        uint8_t *row = exec_hash_row(walk->table, walk->part, walk->next++);
        rows[count] = row;
        count += walk->radix < 0 || exec_radix_of(exec_hash_of(walk->table, row)) == walk->radix;
    }
    return count;
}

static void copy_keys(const exec_hash_table *table, uint8_t *const *rows, int32_t count,
                      exec_groups_scratch *s) {
    int32_t bytes = table->keys->cell_bytes;
    for (int32_t i = 0; i < count; i++) {
        memcpy((uint8_t *)s->cells + (int64_t)i * bytes, rows[i], (size_t)bytes);
        s->hashes[i] = exec_hash_of(table, rows[i]);
    }
}

static rask_status merge_table(exec_groups *into, const exec_groups *from, int32_t part,
                               exec_groups_scratch *s, rask_error *err) {
    part_walk walk = walk_part(from->table, part);
    const void *from_states[MERGE_ROWS];
    int32_t count, made;
    while ((count = next_rows(&walk, s->entries, MERGE_ROWS)) > 0) {
        copy_keys(from->table, s->entries, count, s);
        RASK_TRY(exec_hash_insert(into->table, s->cells, s->hashes, count, s->groups, s->new_rows,
                                  &made, err));
        for (int32_t i = 0; i < made; i++)
            exec_agg_init_row(into->layout, s->new_rows[i] + into->table->payload_offset);
        for (int32_t i = 0; i < count; i++) {
            s->groups[i] += into->table->payload_offset;
            s->entries[i] += from->table->payload_offset;
        }
        RASK_TRY(exec_agg_merge_rows(into->layout, (void *const *)s->groups,
                                     (const void *const *)s->entries, count, s->states, from_states,
                                     into->memory, from->memory, err));
    }
    return RASK_OK;
}

static rask_status merge_distinct(exec_hash_table *into, const exec_hash_table *from, int32_t part,
                                  exec_groups_scratch *s, rask_error *err) {
    part_walk walk = walk_part(from, part);
    int32_t count, made;
    while ((count = next_rows(&walk, s->entries, MERGE_ROWS)) > 0) {
        copy_keys(from, s->entries, count, s);
        RASK_TRY(
            exec_hash_insert(into, s->cells, s->hashes, count, s->groups, s->new_rows, &made, err));
    }
    return RASK_OK;
}

rask_status exec_groups_merge(exec_groups *into, const exec_groups *from, int32_t part,
                              exec_groups_scratch *scratch, rask_error *err) {
    RASK_TRY(reserve(scratch, into->pool, MERGE_ROWS, err));
    RASK_TRY(merge_table(into, from, part, scratch, err));
    for (int32_t c = 0; c < into->layout->call_count; c++)
        if (into->distinct[c] != NULL)
            RASK_TRY(merge_distinct(into->distinct[c], from->distinct[c], part, scratch, err));
    return RASK_OK;
}

static void adopt_table(exec_hash_table *into, exec_hash_table *from, int32_t part) {
    exec_hash_part empty = into->parts[0];
    into->parts[0] = from->parts[part];
    from->parts[part] = empty;
    into->chunk_bits = from->chunk_bits;
    into->count = into->parts[0].count;
}

void exec_groups_adopt(exec_groups *into, exec_groups *from, int32_t part) {
    adopt_table(into->table, from->table, part);
    for (int32_t c = 0; c < into->layout->call_count; c++)
        if (into->distinct[c] != NULL)
            adopt_table(into->distinct[c], from->distinct[c], part);
}

/* ---- DISTINCT -------------------------------------------------------------------------------- */
static int compare_hashes(const void *a, const void *b, void *table) {
    uint64_t x = exec_hash_of(table, *(uint8_t *const *)a),
             y = exec_hash_of(table, *(uint8_t *const *)b);
    return x < y ? -1 : x > y;
}

/* Entries with their first argument, to be sorted by it. */
typedef struct sorted_entry {
    uint8_t *row;
    int32_t place;
} sorted_entry;

static int compare_values(const void *a, const void *b, void *column) {
    const sorted_entry *x = a, *y = b;
    int order = data_column_compare(column, x->place, column, y->place);
    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

/* Where the order of rows shows, Flink meets distinct values in their own order. */
static rask_status sort_by_value(const exec_groups *groups, int32_t c, uint8_t **entries,
                                 int32_t count, rask_error *err) {
    const exec_key_layout *keys = &groups->shape->distinct_keys[c];
    data_column *columns[64 + 4];
    RASK_TRY(exec_keys_decode(keys, groups->pool, entries, count, columns, err));
    base_buffer *buffer;
    rask_status status =
        base_buffer_new(groups->pool, count * (int64_t)sizeof(sorted_entry), &buffer, err);
    if (status == RASK_OK) {
        sorted_entry *sorted = (sorted_entry *)buffer->data;
        for (int32_t i = 0; i < count; i++)
            sorted[i] = (sorted_entry){entries[i], i};
        qsort_r(sorted, (size_t)count, sizeof *sorted, compare_values,
                columns[groups->shape->params->key_count]);
        for (int32_t i = 0; i < count; i++)
            entries[i] = sorted[i].row;
        base_buffer_unref(buffer);
    }
    for (int32_t i = 0; i < keys->count; i++)
        data_column_unref(columns[i]);
    return status;
}

/* Entries as columns: group keys, then arguments. */
static rask_status apply_entries(exec_groups *groups, int32_t c, uint8_t *const *entries,
                                 int32_t count, exec_groups_scratch *s, rask_error *err) {
    const exec_group_shape *shape = groups->shape;
    const exec_agg_call *call = &groups->layout->calls[c];
    int32_t keys = shape->params->key_count, made;
    data_column *columns[64 + 4];
    RASK_TRY(
        exec_keys_decode(&shape->distinct_keys[c], groups->pool, entries, count, columns, err));
    const data_column *const *read = (const data_column *const *)columns;
    rask_status status = exec_keys_encode(&shape->keys, groups->pool, read, NULL, count,
                                          &s->key_bytes, s->cells, s->hashes, err);
    if (status == RASK_OK)
        status = exec_hash_insert(groups->table, s->cells, s->hashes, count, s->groups, s->new_rows,
                                  &made, err);
    if (status == RASK_OK) {
        func_aggregate_rows rows = {
            .states = s->states, .args = read + keys, .count = count, .memory = groups->memory};
        for (int32_t i = 0; i < count; i++)
            s->states[i] = s->groups[i] + groups->table->payload_offset + call->offset;
        status = call->call.row->update(&call->call, &rows, err);
    }
    for (int32_t i = 0; i < shape->distinct_keys[c].count; i++)
        data_column_unref(columns[i]);
    return status;
}

static rask_status apply_call(exec_groups *groups, int32_t c, bool ordered, exec_groups_scratch *s,
                              rask_error *err) {
    exec_hash_table *table = groups->distinct[c];
    base_buffer *buffer;
    RASK_TRY(
        base_buffer_new(groups->pool, table->count * (int64_t)sizeof(uint8_t *), &buffer, err));
    uint8_t **entries = (uint8_t **)buffer->data;
    for (int64_t i = 0; i < table->count; i++)
        entries[i] = exec_hash_row(table, &table->parts[0], (uint32_t)i);
    rask_status status = RASK_OK;
    if ((groups->layout->calls[c].spec->row->flags & FUNC_AGG_ORDERED) != 0)
        status = sort_by_value(groups, c, entries, (int32_t)table->count, err);
    else if (ordered)
        qsort_r(entries, (size_t)table->count, sizeof(uint8_t *), compare_hashes, table);
    for (int64_t i = 0; i < table->count && status == RASK_OK; i += MERGE_ROWS) {
        int32_t count = table->count - i < MERGE_ROWS ? (int32_t)(table->count - i) : MERGE_ROWS;
        status = apply_entries(groups, c, entries + i, count, s, err);
    }
    base_buffer_unref(buffer);
    return status;
}

rask_status exec_groups_apply_distinct(exec_groups *groups, bool ordered,
                                       exec_groups_scratch *scratch, rask_error *err) {
    RASK_TRY(reserve(scratch, groups->pool, MERGE_ROWS, err));
    for (int32_t c = 0; c < groups->layout->call_count; c++) {
        if (groups->distinct[c] == NULL)
            continue;
        RASK_TRY(apply_call(groups, c, ordered, scratch, err));
        exec_hash_table_clear(groups->distinct[c]);
    }
    return RASK_OK;
}

rask_status exec_groups_ensure_one(exec_groups *groups, exec_groups_scratch *scratch,
                                   rask_error *err) {
    int32_t made;
    RASK_TRY(reserve(scratch, groups->pool, MERGE_ROWS, err));
    memset(scratch->cells, 0, 16);
    scratch->hashes[0] = 0;
    RASK_TRY(exec_hash_insert(groups->table, scratch->cells, scratch->hashes, 1, scratch->groups,
                              scratch->new_rows, &made, err));
    if (made > 0)
        exec_agg_init_row(groups->layout, scratch->new_rows[0] + groups->table->payload_offset);
    return RASK_OK;
}

/* ---- read ------------------------------------------------------------------------------------ */
static rask_status finish_call(const exec_groups *groups, const exec_agg_call *call,
                               const exec_context *context, uint8_t *const *rows, void **states,
                               int32_t count, data_column **out, rask_error *err) {
    func_aggregate_call bound = call->call;
    bound.context = &context->function;
    data_column *column;
    RASK_TRY(
        data_column_new(context->pool, bound.result_type, DATA_PHYSICAL_NONE, count, &column, err));
    rask_status status = data_column_make_validity(context->pool, column, err);
    for (int32_t i = 0; i < count; i++)
        states[i] = rows[i] + groups->table->payload_offset + call->offset;
    if (status == RASK_OK)
        status = bound.row->finish(&bound, states, count, groups->memory, column, err);
    if (status == RASK_OK)
        *out = column;
    else
        data_column_unref(column);
    return status;
}

static rask_status read_columns(const exec_groups *groups, const exec_context *context,
                                uint8_t **rows, void **states, int32_t count, data_column **columns,
                                int32_t *made, rask_error *err) {
    RASK_TRY(exec_keys_decode(&groups->shape->keys, context->pool, rows, count, columns, err));
    *made = groups->shape->keys.count;
    for (int32_t c = 0; c < groups->layout->call_count; c++, ++*made)
        RASK_TRY(finish_call(groups, &groups->layout->calls[c], context, rows, states, count,
                             &columns[*made], err));
    return RASK_OK;
}

rask_status exec_groups_read(const exec_groups *groups, const exec_context *context, uint32_t first,
                             int32_t count, data_batch **out, rask_error *err) {
    int32_t width = groups->shape->keys.count + groups->layout->call_count, made = 0;
    uint8_t **rows = BASE_NEW_ARRAY(uint8_t *, 2 * (int64_t)count + width + 1);
    void **states = (void **)(rows + count);
    data_column **columns = (data_column **)(states + count);
    for (int32_t i = 0; i < count; i++)
        rows[i] = exec_hash_row(groups->table, &groups->table->parts[0], first + (uint32_t)i);
    rask_status status = read_columns(groups, context, rows, states, count, columns, &made, err);
    if (status == RASK_OK)
        *out = data_batch_take(columns, width, count);
    for (int32_t i = 0; i < made && status != RASK_OK; i++)
        data_column_unref(columns[i]);
    base_free(rows);
    return status;
}
