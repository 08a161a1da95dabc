/* Rows of a source, read before the job: what the optimiser learns about data from.
 *
 * The splits of the source are cut small and a few rows are read from the start of each.  Rows of
 * one split stood side by side, so they tell little about how often a value occurs: whoever counts
 * looks at how many splits a value is in. */
#include "opt/opt.h"

enum {
    SAMPLE_TASKS = 8,
    SAMPLE_ROWS = 1024,
    SAMPLE_SPLITS_MAX = 32,
    SAMPLE_BLOCK_BYTES = 64 << 10
};

/* ---- the source's configuration -------------------------------------------------------------- */
/* Data columns only: what the connector sees.  Computed columns are a projection of the binder. */
static data_schema *physical_schema(base_arena *arena, const plan_table *table,
                                    int32_t *physical_index) {
    data_schema *schema = data_schema_new(arena, table->column_count);
    schema->count = 0;
    for (int32_t i = 0; i < table->column_count; i++) {
        physical_index[i] = -1;
        if (table->columns[i].kind == PLAN_COLUMN_COMPUTED)
            continue;
        physical_index[i] = schema->count;
        schema->names[schema->count] = table->columns[i].name;
        schema->types[schema->count++] = table->columns[i].type;
    }
    return schema;
}

rask_status opt_source_config(opt_context *context, base_arena *arena, const plan_table *table,
                              const plan_node *node, connect_config *out,
                              const connect_class **connector, rask_error *err) {
    *out = (connect_config){
        .context = context->function, .config = context->config, .table = table, .limit = -1};
    int32_t *physical = BASE_ARENA_ARRAY(arena, int32_t, table->column_count + 1);
    out->schema = physical_schema(arena, table, physical);
    out->projection_count = node->schema->count;
    int32_t *projection = BASE_ARENA_ARRAY(arena, int32_t, node->schema->count + 1);
    for (int32_t i = 0; i < node->schema->count; i++)
        projection[i] = node->kind == PLAN_SCAN ? physical[node->scan_columns[i]] : i;
    out->projection = projection;
    if (node->kind == PLAN_SCAN) {
        out->filter = node->scan_filter;
        out->limit = node->scan_limit;
    }
    return connect_resolve(out, false, connector, err);
}

/* ---- reading --------------------------------------------------------------------------------- */
typedef struct sampling {
    const connect_class *connector;
    connect_config config;
    data_batch *pieces[SAMPLE_SPLITS_MAX];
    int32_t count;
} sampling;

static rask_status read_piece(sampling *sample, const char *split, int32_t rows, rask_error *err) {
    connect_reader *reader;
    RASK_TRY(sample->connector->open_reader(&sample->config, split, NULL, &reader, err));
    data_batch *batch = NULL;
    connect_poll state;
    rask_status status = sample->connector->poll(reader, rows, &batch, &state, err);
    sample->connector->close_reader(reader);
    if (status == RASK_OK && state == CONNECT_ROWS)
        sample->pieces[sample->count++] = batch;
    return status;
}

static rask_status read_pieces(sampling *sample, base_arena *arena, rask_error *err) {
    const char **splits;
    int32_t count;
    RASK_TRY(sample->connector->plan(&sample->config, SAMPLE_TASKS, arena, &splits, &count, err));
    int32_t taken = count < SAMPLE_SPLITS_MAX ? count : SAMPLE_SPLITS_MAX;
    for (int32_t i = 0; i < taken; i++)
        RASK_TRY(read_piece(sample, splits[(int64_t)count * i / taken], SAMPLE_ROWS / taken, err));
    return RASK_OK;
}

/* Rows in memory: short pieces at even distances. */
static rask_status slice_pieces(sampling *sample, const plan_data *data, rask_error *err) {
    int64_t batch = 0, before = 0; /* rows before the batch */
    for (int32_t i = 0; i < SAMPLE_SPLITS_MAX; i++) {
        int64_t at = data->row_count * i / SAMPLE_SPLITS_MAX;
        while (batch < data->batch_count && before + data->batches[batch]->selected <= at)
            before += data->batches[batch++]->selected;
        if (batch == data->batch_count)
            return RASK_OK;
        int64_t end = data->row_count * (i + 1) / SAMPLE_SPLITS_MAX;
        int64_t left = data->batches[batch]->selected - (at - before), rows = end - at;
        rows = rows < left ? rows : left;
        rows = rows < SAMPLE_ROWS / SAMPLE_SPLITS_MAX ? rows : SAMPLE_ROWS / SAMPLE_SPLITS_MAX;
        if (rows == 0)
            continue;
        RASK_TRY(data_batch_slice(NULL, data->batches[batch], (int32_t)(at - before), (int32_t)rows,
                                  &sample->pieces[sample->count], err));
        sample->count++;
    }
    return RASK_OK;
}

static rask_status read_source(opt_context *context, const plan_node *scan, sampling *sample,
                               rask_error *err) {
    base_arena *arena = context->plan->arena;
    RASK_TRY(opt_source_config(context, arena, scan->table, scan, &sample->config,
                               &sample->connector, err));
    if (!sample->connector->can_be_sampled)
        return RASK_OK;
    sample->config.filter = NULL;
    sample->config.block_bytes = SAMPLE_BLOCK_BYTES;
    sample->config.parallelism = SAMPLE_TASKS;
    return read_pieces(sample, arena, err);
}

rask_status opt_sample(opt_context *context, const plan_node *node, data_batch **out,
                       uint16_t **chunks, rask_error *err) {
    base_arena *arena = context->plan->arena;
    sampling *sample = BASE_ARENA_NEW(arena, sampling);
    *out = NULL;
    rask_status status = node->kind == PLAN_SCAN ? read_source(context, node, sample, err)
                                                 : slice_pieces(sample, node->data, err);
    if (status == RASK_OK && sample->count > 0)
        status = data_batch_concat(NULL, sample->pieces, sample->count, out, err);
    if (status == RASK_OK && *out != NULL) {
        uint16_t *numbers = BASE_ARENA_ARRAY(arena, uint16_t, (*out)->row_count + 1);
        int32_t row = 0;
        for (int32_t i = 0; i < sample->count; i++)
            for (int32_t k = 0; k < sample->pieces[i]->selected; k++)
                numbers[row++] = (uint16_t)i;
        *chunks = numbers;
    }
    for (int32_t i = 0; i < sample->count; i++)
        data_batch_unref(sample->pieces[i]);
    return status;
}
