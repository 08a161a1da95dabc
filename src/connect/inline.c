/* Rows in memory as a source; see inline.h.
 *
 * A split is a range of the table's batches, "first-end"; small tables are one split, so that their
 * rows keep their order.  A position is "batch row". */
#include "connect/inline.h"

#include <stdio.h>
#include <stdlib.h>

enum { SPLIT_ROWS_MIN = 16 * 1024, SPLITS_PER_TASK = 4 };

typedef struct inline_reader {
    const connect_config *config;
    int64_t batch, batch_end;
    int32_t row; /* among the selected rows of the batch */
} inline_reader;

static rask_status plan(const connect_config *config, int32_t parallelism, base_arena *arena,
                        const char ***splits, int32_t *count, rask_error *err) {
    const plan_data *data = config->table->data;
    int64_t wanted = data->row_count / SPLIT_ROWS_MIN;
    int64_t most = (int64_t)parallelism * SPLITS_PER_TASK;
    wanted = parallelism == 1 || wanted < 1 ? 1 : wanted > most ? most : wanted;
    wanted = wanted > data->batch_count && data->batch_count > 0 ? data->batch_count : wanted;
    *splits = BASE_ARENA_ARRAY(arena, const char *, wanted);
    *count = (int32_t)wanted;
    for (int64_t i = 0; i < wanted; i++)
        (*splits)[i] =
            base_arena_printf(arena, "%lld-%lld", (long long)(data->batch_count * i / wanted),
                              (long long)(data->batch_count * (i + 1) / wanted));
    return RASK_OK;
}

static int64_t estimate_rows(const connect_config *config) {
    return config->table->data->row_count;
}

static rask_status open_reader(const connect_config *config, const char *split,
                               const char *resume_at, connect_reader **out, rask_error *err) {
    long long first = 0, end = 0;
    int row = 0;
    bool valid = sscanf(split, "%lld-%lld", &first, &end) == 2;
    if (resume_at != NULL)
        valid = valid && sscanf(resume_at, "%lld %d", &first, &row) == 2;
    if (!valid || first < 0 || end > config->table->data->batch_count)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                              "'%s' is no split of a table in memory", split);
    inline_reader *reader = BASE_NEW(inline_reader);
    *reader = (inline_reader){config, first, end, row};
    *out = (connect_reader *)reader;
    return RASK_OK;
}

/* The projected columns of `slice`, with everything else the batch has. */
static data_batch *project(const connect_config *config, data_batch *slice) {
    data_column **columns = BASE_NEW_ARRAY(data_column *, config->projection_count + 1);
    for (int32_t i = 0; i < config->projection_count; i++)
        columns[i] = data_column_ref(slice->columns[config->projection[i]]);
    data_batch *projected = data_batch_with_columns(slice, columns, config->projection_count);
    base_free(columns);
    return projected;
}

static rask_status poll_rows(connect_reader *handle, int32_t rows_max, data_batch **out,
                             connect_poll *state, rask_error *err) {
    inline_reader *reader = (inline_reader *)handle;
    const plan_data *data = reader->config->table->data;
    while (reader->batch < reader->batch_end &&
           reader->row >= data->batches[reader->batch]->selected) {
        reader->batch++;
        reader->row = 0;
    }
    *state = CONNECT_END;
    if (reader->batch >= reader->batch_end)
        return RASK_OK;
    data_batch *batch = data->batches[reader->batch], *slice;
    int32_t left = batch->selected - reader->row;
    int32_t rows = left < rows_max ? left : rows_max;
    if (rows == batch->selected)
        slice = data_batch_ref(batch);
    else
        RASK_TRY(data_batch_slice(reader->config->pool, batch, reader->row, rows, &slice, err));
    *out = project(reader->config, slice);
    data_batch_unref(slice);
    reader->row += rows;
    *state = CONNECT_ROWS;
    return RASK_OK;
}

static void position(const connect_reader *handle, base_strbuf *out) {
    const inline_reader *reader = (const inline_reader *)handle;
    base_strbuf_printf(out, "%lld %d", (long long)reader->batch, reader->row);
}

static void close_reader(connect_reader *reader) {
    base_free(reader);
}

const connect_class connect_inline = {
    .size = sizeof(connect_class),
    .abi_version = CONNECT_ABI_VERSION,
    .name = "inline",
    .doc = "Rows in memory; read again from the start or from a position: exactly once.",
    .is_source = true,
    .can_be_sampled = true,
    .plan = plan,
    .estimate_rows = estimate_rows,
    .open_reader = open_reader,
    .poll = poll_rows,
    .position = position,
    .close_reader = close_reader,
};
