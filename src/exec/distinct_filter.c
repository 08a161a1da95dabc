/* The value counts of one DISTINCT aggregate: key = group keys and arguments, row = a count.
 *
 * The key group of an entry must be the group's, or a restore at another parallelism would tear
 * them apart; so an entry's hash has the group hash's upper half, and its own bits below. */
#include "exec/distinct_filter.h"

struct exec_distinct {
    const exec_agg_layout *layout;
    const exec_agg_call *call;
    base_pool *pool;
    state_table *table;
    int32_t columns[4 + 64];
    const data_type *types[4 + 64];
    int32_t column_count;
    base_buffer *key_bytes, *scratch;
};

static rask_status make_table(exec_distinct *filter, int32_t number, const exec_op_spec *spec,
                              const exec_context *context, rask_error *err) {
    char *uid = base_printf("%s#distinct%d", spec->uid, number);
    base_strbuf schema;
    base_strbuf_init(&schema, 1 << 20);
    base_strbuf_add_text(&schema, "value counts of [");
    for (int32_t i = 0; i < filter->column_count; i++) {
        base_strbuf_add_text(&schema, i > 0 ? ", " : "");
        data_type_write(filter->types[i], true, &schema);
    }
    base_strbuf_add_text(&schema, "]");
    int32_t first =
        state_group_first(context->subtask, context->max_parallelism, context->parallelism);
    int32_t end =
        state_group_first(context->subtask + 1, context->max_parallelism, context->parallelism);
    state_table_spec table = {.uid = uid,
                              .schema = schema.data,
                              .version = 1,
                              .row_bytes = sizeof(int64_t),
                              .max_parallelism = context->max_parallelism,
                              .group_first = first,
                              .group_count = end - first,
                              .ttl_ms = filter->layout->params->state_ttl_ms,
                              .pool = context->pool,
                              .world = context->function.world};
    rask_status status = state_table_new(&table, &filter->table, err);
    base_strbuf_free(&schema);
    base_free(uid);
    return status;
}

rask_status exec_distinct_new(const exec_agg_layout *layout, int32_t number,
                              const exec_op_spec *spec, const exec_context *context,
                              exec_distinct **out, rask_error *err) {
    const exec_aggregate_params *params = layout->params;
    exec_distinct *filter = BASE_NEW(exec_distinct);
    *out = filter;
    filter->layout = layout;
    filter->call = &layout->calls[number];
    filter->pool = context->pool;
    if (params->key_count > 64)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "DISTINCT aggregates take at most 64 group keys.");
    for (int32_t i = 0; i < params->key_count; i++)
        filter->columns[filter->column_count++] = params->keys[i];
    for (int32_t i = 0; i < filter->call->arg_count; i++)
        filter->columns[filter->column_count++] = filter->call->args[i];
    for (int32_t i = 0; i < filter->column_count; i++)
        filter->types[i] = spec->input_schema->types[filter->columns[i]];
    return make_table(filter, number, spec, context, err);
}

void exec_distinct_free(exec_distinct *filter) {
    if (filter == NULL)
        return;
    state_table_free(filter->table);
    base_buffer_unref(filter->key_bytes);
    base_buffer_unref(filter->scratch);
    base_free(filter);
}

state_table *exec_distinct_table(const exec_distinct *filter) {
    return filter->table;
}

/* Rows that can count: passing so far, no argument NULL.  Lists their numbers. */
static int32_t candidates(const exec_distinct *filter, data_column *const *columns, int32_t count,
                          const uint8_t *passes, uint16_t *rows) {
    int32_t found = 0;
    for (int32_t i = 0; i < count; i++) {
        bool counts = passes[i];
        for (int32_t a = 0; a < filter->call->arg_count && counts; a++)
            counts = !data_column_is_null(columns[filter->call->args[a]], i);
        rows[found] = (uint16_t)i;
        found += counts;
    }
    return found;
}

static uint64_t entry_hash(uint64_t group_hash, uint64_t own_hash) {
    uint64_t mixed = own_hash * 0x9E3779B97F4A7C15ULL;
    return (group_hash & 0xffffffff00000000ULL) | mixed >> 32;
}

/* Counts one row; true when its value came to be or went away. */
static bool count_value(int64_t *count, bool is_add) {
    if (is_add)
        return (*count)++ == 0;
    return *count > 0 && --*count == 0;
}

typedef struct distinct_scratch {
    data_string *views;
    void **entries;
    uint64_t *hashes;
    uint16_t *rows;
} distinct_scratch;

static rask_status get_scratch(exec_distinct *filter, int32_t count, distinct_scratch *out,
                               rask_error *err) {
    int64_t row_bytes = sizeof(data_string) + sizeof(void *) + sizeof(uint64_t) + sizeof(uint16_t);
    if (filter->scratch == NULL)
        RASK_TRY(base_buffer_new(filter->pool, count * row_bytes, &filter->scratch, err));
    filter->scratch->size = 0;
    RASK_TRY(base_buffer_reserve(&filter->scratch, count * row_bytes, err));
    out->views = (data_string *)filter->scratch->data;
    out->entries = (void **)(out->views + count);
    out->hashes = (uint64_t *)(out->entries + count);
    out->rows = (uint16_t *)(out->hashes + count);
    return RASK_OK;
}

rask_status exec_distinct_run(exec_distinct *filter, data_column *const *columns,
                              const uint8_t *kinds, const uint64_t *hashes, int32_t count,
                              uint8_t *passes, rask_error *err) {
    distinct_scratch s;
    const data_column *keys[4 + 64];
    RASK_TRY(get_scratch(filter, count, &s, err));
    for (int32_t i = 0; i < filter->column_count; i++)
        keys[i] = columns[filter->columns[i]];
    int32_t n = candidates(filter, columns, count, passes, s.rows);
    RASK_TRY(state_encode_keys(filter->pool, keys, filter->types, filter->column_count, s.rows, n,
                               &filter->key_bytes, s.views, s.hashes, err));
    for (int32_t i = 0; i < n; i++)
        s.hashes[i] = entry_hash(hashes[s.rows[i]], s.hashes[i]);
    RASK_TRY(state_pin(filter->table, s.views, s.hashes, n, s.entries, NULL, err));
    memset(passes, 0, (size_t)count);
    bool any_retraction = false;
    for (int32_t i = 0; i < n; i++) {
        bool is_add = kinds == NULL || data_row_kind_is_add(kinds[s.rows[i]]);
        any_retraction = any_retraction || !is_add;
        passes[s.rows[i]] = count_value(s.entries[i], is_add);
    }
    for (int32_t i = 0; i < n && any_retraction; i++)
        if (*(int64_t *)s.entries[i] == 0)
            state_remove(filter->table, &s.views[i], s.hashes[i]);
    state_unpin(filter->table);
    return RASK_OK;
}
