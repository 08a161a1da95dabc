/* See exec_support.h. */
#include "exec_support.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/thread.h"

/* ---- rows ------------------------------------------------------------------------------------ */
static uint8_t kind_of(char c) {
    switch (c) {
    case 'u':
        return DATA_UPDATE_BEFORE;
    case 'U':
        return DATA_UPDATE_AFTER;
    case '-':
        return DATA_DELETE;
    default:
        return DATA_INSERT;
    }
}

static test_rows *rows_of(data_column **columns, const char *const *types, int32_t width,
                          const char *kinds) {
    rask_error err;
    test_rows *rows = BASE_NEW(test_rows);
    rows->arena = base_arena_new();
    rows->fail_at_row = -1;
    rows->schema = data_schema_new(rows->arena, width);
    for (int32_t i = 0; i < width; i++) {
        rows->schema->names[i] = base_arena_printf(rows->arena, "c%d", i);
        rows->schema->types[i] = test_type(types[i]);
    }
    int32_t count = width > 0 ? (int32_t)columns[0]->length : 0;
    rows->batch = data_batch_take(columns, width, count);
    if (kinds != NULL) {
        base_buffer *buffer;
        assert_int_equal(strlen(kinds), count);
        ASSERT_OK(base_buffer_new(NULL, count, &buffer, &err));
        for (int32_t i = 0; i < count; i++)
            buffer->data[i] = kind_of(kinds[i]);
        data_batch_set_kinds(rows->batch, buffer);
    }
    rows->table = plan_table_new();
    return rows;
}

test_rows *test_rows_new(const char *kinds, const char *type, const char *items, ...) {
    data_column *columns[16];
    const char *types[16];
    int32_t width = 0;
    va_list args;
    va_start(args, items);
    while (type != NULL) {
        types[width] = type;
        columns[width++] = test_column(type, items);
        type = va_arg(args, const char *);
        items = type != NULL ? va_arg(args, const char *) : NULL;
    }
    va_end(args);
    return rows_of(columns, types, width, kinds);
}

test_rows *test_rows_numbers(int32_t count, int32_t keys) {
    static const char *const types[] = {"STRING", "BIGINT"};
    rask_error err;
    data_column *columns[2];
    data_builder *names = data_builder_new(NULL, test_type("STRING"), count);
    data_builder *values = data_builder_new(NULL, test_type("BIGINT"), count);
    for (int32_t i = 0; i < count; i++) {
        char name[40];
        int length = snprintf(name, sizeof name, i % keys % 3 == 0 ? "k%d" : "a-long-key-number-%d",
                              i % keys);
        ASSERT_OK(data_builder_add_string(names, name, length, &err));
        ASSERT_OK(data_builder_add_i64(values, i, &err));
    }
    ASSERT_OK(data_builder_finish(names, &columns[0], &err));
    ASSERT_OK(data_builder_finish(values, &columns[1], &err));
    data_builder_free(names);
    data_builder_free(values);
    /* A batch has fewer rows than a test wants, so the batch is only a carrier here: see poll. */
    return rows_of(columns, types, 2, NULL);
}

/* Tables carry nothing but options, so a global list says which rows a table stands for. */
static test_rows *known_rows[64];
static int32_t known_count;

void test_rows_free(test_rows *rows) {
    for (int32_t i = 0; i < known_count; i++)
        if (known_rows[i] == rows)
            known_rows[i--] = known_rows[--known_count];
    data_batch_unref(rows->batch);
    plan_table_unref(rows->table);
    base_arena_free(rows->arena);
    base_free(rows);
}

/* ---- the source ------------------------------------------------------------------------------ */
static test_rows *rows_of_table(const plan_table *table) {
    for (int32_t i = known_count - 1; i >= 0; i--)
        if (known_rows[i]->table == table)
            return known_rows[i];
    return NULL;
}

typedef struct test_reader {
    const test_rows *rows;
    base_pool *pool;
    int32_t at, end, polls;
} test_reader;

static rask_status source_plan(const connect_config *config, int32_t parallelism, base_arena *arena,
                               const char ***splits, int32_t *count, rask_error *err) {
    (void)parallelism, (void)err;
    const test_rows *rows = rows_of_table(config->table);
    int32_t total = rows->batch->row_count,
            step = rows->rows_per_split > 0 ? rows->rows_per_split : total;
    *count = total > 0 ? (total + step - 1) / step : 1;
    *splits = BASE_ARENA_ARRAY(arena, const char *, *count);
    for (int32_t i = 0; i < *count; i++)
        (*splits)[i] = base_arena_printf(arena, "%d-%d", i * step,
                                         (i + 1) * step < total ? (i + 1) * step : total);
    return RASK_OK;
}

static rask_status source_open(const connect_config *config, const char *split,
                               const char *resume_at, connect_reader **out, rask_error *err) {
    (void)err;
    test_reader *reader = BASE_NEW(test_reader);
    reader->rows = rows_of_table(config->table);
    reader->pool = config->pool;
    assert_int_equal(sscanf(split, "%d-%d", &reader->at, &reader->end), 2);
    if (resume_at != NULL)
        reader->at = atoi(resume_at);
    *out = (connect_reader *)reader;
    return RASK_OK;
}

/* Those of the `count` rows from the reader's place on. */
static rask_status set_marks(const test_reader *reader, int32_t count, data_batch *batch,
                             rask_error *err) {
    const test_rows *rows = reader->rows;
    base_buffer *buffer;
    if (rows->mark_count == 0)
        return RASK_OK;
    RASK_TRY(base_buffer_new(reader->pool, rows->mark_count * (int64_t)sizeof *rows->marks, &buffer,
                             err));
    data_inner_watermark *to = (data_inner_watermark *)buffer->data;
    int32_t found = 0;
    for (int32_t i = 0; i < rows->mark_count; i++) {
        int32_t row = rows->marks[i].row_offset - reader->at;
        if (row >= 0 && row < count)
            to[found++] = (data_inner_watermark){row, rows->marks[i].watermark_ms};
    }
    buffer->size = found * (int64_t)sizeof *to;
    data_batch_set_watermarks(batch, buffer, found);
    return RASK_OK;
}

static rask_status source_poll(connect_reader *handle, int32_t rows_max, data_batch **out,
                               connect_poll *state, rask_error *err) {
    test_reader *reader = (test_reader *)handle;
    const test_rows *rows = reader->rows;
    if (rows->delay_us > 0)
        usleep((useconds_t)rows->delay_us);
    *state = CONNECT_IDLE;
    if (rows->idle_every > 0 && ++reader->polls % rows->idle_every == 0)
        return RASK_OK;
    if (reader->at >= reader->end) {
        *state = rows->unbounded ? CONNECT_IDLE : CONNECT_END;
        return RASK_OK;
    }
    int32_t gate = __atomic_load_n(&rows->gate, __ATOMIC_ACQUIRE);
    int32_t end = gate > 0 && gate < reader->end ? gate : reader->end;
    if (reader->at >= end)
        return RASK_OK;
    int32_t count = end - reader->at < rows_max ? end - reader->at : rows_max;
    if (rows->fail_at_row >= reader->at && rows->fail_at_row < reader->at + count)
        return rask_error_set(err, RASK_ERROR_IO, "row %d cannot be read", rows->fail_at_row);
    data_column *columns[16];
    for (int32_t c = 0; c < rows->batch->column_count; c++)
        RASK_TRY(data_column_slice(reader->pool, rows->batch->columns[c], reader->at, count,
                                   &columns[c], err));
    *out = data_batch_take(columns, rows->batch->column_count, count);
    if (rows->batch->kinds != NULL) {
        base_buffer *kinds;
        RASK_TRY(base_buffer_new(reader->pool, count, &kinds, err));
        memcpy(kinds->data, rows->batch->kinds + reader->at, (size_t)count);
        data_batch_set_kinds(*out, kinds);
    }
    RASK_TRY(set_marks(reader, count, *out, err));
    reader->at += count;
    *state = CONNECT_ROWS;
    return RASK_OK;
}

static void source_position(const connect_reader *handle, base_strbuf *out) {
    base_strbuf_printf(out, "%d", ((const test_reader *)handle)->at);
}

static void source_close(connect_reader *reader) {
    base_free(reader);
}

static const connect_class source_class = {
    .size = sizeof(connect_class),
    .name = "test-source",
    .is_source = true,
    .plan = source_plan,
    .open_reader = source_open,
    .poll = source_poll,
    .position = source_position,
    .close_reader = source_close,
};

/* ---- the sink -------------------------------------------------------------------------------- */
/* Pending rows are texts: a committable is the text itself, so that it survives its writer. */
struct test_sink {
    plan_table *table;
    base_mutex mutex;
    base_strbuf committed;
    int32_t begun, aborted, commits;
    bool fails;
};

static test_sink *known_sinks[64];
static int32_t known_sink_count;

static test_sink *sink_of_table(const plan_table *table) {
    for (int32_t i = known_sink_count - 1; i >= 0; i--)
        if (known_sinks[i]->table == table)
            return known_sinks[i];
    return NULL;
}

test_sink *test_sink_new(void) {
    test_sink *sink = BASE_NEW(test_sink);
    sink->table = plan_table_new();
    base_mutex_init(&sink->mutex);
    base_strbuf_init(&sink->committed, INT32_MAX);
    assert_true(known_sink_count < 64);
    known_sinks[known_sink_count++] = sink;
    return sink;
}

void test_sink_free(test_sink *sink) {
    for (int32_t i = 0; i < known_sink_count; i++)
        if (known_sinks[i] == sink)
            known_sinks[i--] = known_sinks[--known_sink_count];
    plan_table_unref(sink->table);
    base_mutex_destroy(&sink->mutex);
    base_strbuf_free(&sink->committed);
    base_free(sink);
}

const char *test_sink_text(test_sink *sink) {
    return sink->committed.data;
}
int32_t test_sink_begun(const test_sink *sink) {
    return sink->begun;
}
int32_t test_sink_aborted(const test_sink *sink) {
    return sink->aborted;
}

int32_t test_sink_commits(const test_sink *sink) {
    return __atomic_load_n(&sink->commits, __ATOMIC_ACQUIRE);
}
void test_sink_fail_commit(test_sink *sink) {
    base_mutex_lock(&sink->mutex);
    sink->fails = true;
    base_mutex_unlock(&sink->mutex);
}

static rask_status sink_begin(const connect_config *config, rask_error *err) {
    (void)err;
    sink_of_table(config->table)->begun++;
    return RASK_OK;
}

static rask_status sink_open(const connect_config *config, connect_writer **out, rask_error *err) {
    (void)config, (void)err;
    base_strbuf *pending = BASE_NEW(base_strbuf);
    base_strbuf_init(pending, INT32_MAX);
    *out = (connect_writer *)pending;
    return RASK_OK;
}

static void add_rows(base_strbuf *to, const data_batch *batch) {
    for (int32_t i = 0; i < batch->selected; i++) {
        int32_t row = data_batch_row(batch, i);
        base_strbuf_add_text(to, to->length > 0 ? "|" : "");
        base_strbuf_add_text(to, data_row_kind_text(data_batch_kind(batch, row)));
        for (int32_t c = 0; c < batch->column_count; c++) {
            base_strbuf_add_text(to, c == 0 ? " " : ",");
            if (!data_column_print(batch->columns[c], row, 0, to))
                base_strbuf_add_text(to, "NULL");
        }
    }
}

static rask_status sink_write(connect_writer *writer, data_batch *batch, rask_error *err) {
    (void)err;
    add_rows((base_strbuf *)writer, batch);
    return RASK_OK;
}

static rask_status sink_prepare(connect_writer *writer, bool is_end, base_strbuf *committable,
                                rask_error *err) {
    (void)is_end, (void)err;
    base_strbuf *pending = (base_strbuf *)writer;
    base_strbuf_add(committable, pending->data, pending->length);
    base_strbuf_clear(pending);
    return RASK_OK;
}

static void sink_close(connect_writer *writer) {
    base_strbuf_free((base_strbuf *)writer);
    base_free(writer);
}

static rask_status sink_commit(const connect_config *config, const char *const *committables,
                               int32_t count, bool is_end, rask_error *err) {
    (void)is_end;
    test_sink *sink = sink_of_table(config->table);
    base_mutex_lock(&sink->mutex);
    bool fails = sink->fails;
    sink->fails = false;
    __atomic_fetch_add(&sink->commits, count > 0, __ATOMIC_RELEASE);
    for (int32_t i = 0; i < count && !fails; i++) {
        base_strbuf_add_text(&sink->committed, sink->committed.length > 0 ? "|" : "");
        base_strbuf_add_text(&sink->committed, committables[i]);
    }
    base_mutex_unlock(&sink->mutex);
    return fails ? rask_error_set(err, RASK_ERROR_IO, "the commit failed") : RASK_OK;
}

/* Everything a snapshot holds was committed right after it was written. */
static rask_status sink_recover(const connect_config *config, const char *const *committables,
                                int32_t count, rask_error *err) {
    test_sink *sink = sink_of_table(config->table);
    for (int32_t i = 0; i < count; i++)
        if (strstr(sink->committed.data, committables[i]) == NULL)
            RASK_TRY(sink_commit(config, &committables[i], 1, false, err));
    return RASK_OK;
}

static void sink_abort(const connect_config *config) {
    sink_of_table(config->table)->aborted++;
}

static const connect_class sink_class = {
    .size = sizeof(connect_class),
    .name = "test-sink",
    .is_sink = true,
    .begin = sink_begin,
    .open_writer = sink_open,
    .write = sink_write,
    .prepare = sink_prepare,
    .close_writer = sink_close,
    .commit = sink_commit,
    .recover_commit = sink_recover,
    .abort = sink_abort,
};

/* ---- graphs ---------------------------------------------------------------------------------- */
exec_graph *test_graph(bool streaming) {
    return exec_graph_new(NULL, streaming);
}

exec_stage *test_source(exec_graph *graph, test_rows *rows, int32_t parallelism) {
    if (rows_of_table(rows->table) == NULL) {
        assert_true(known_count < 64);
        known_rows[known_count++] = rows;
    }
    exec_stage *stage = exec_graph_add_stage(graph, parallelism);
    stage->source = EXEC_FROM_CONNECTOR;
    stage->connector = &source_class;
    stage->connector_config =
        (connect_config){.table = rows->table, .schema = rows->schema, .limit = -1};
    stage->schema = rows->schema;
    stage->source_uid = base_arena_printf(graph->arena, "source%d", stage->id);
    stage->description = "TestSource";
    return stage;
}

const data_schema *test_output(const exec_stage *stage) {
    return stage->op_count > 0 ? stage->ops[stage->op_count - 1]->schema : stage->schema;
}

exec_stage *test_after(exec_graph *graph, exec_stage *from, exec_edge_kind kind,
                       int32_t parallelism, const int32_t *keys, int32_t key_count) {
    exec_stage *stage = exec_graph_add_stage(graph, parallelism);
    stage->source = EXEC_FROM_EDGES;
    stage->schema = test_output(from);
    exec_graph_add_edge(graph, from, stage, kind, 0, keys, key_count);
    return stage;
}

exec_stage *test_result_of(exec_graph *graph, exec_stage *blocking, int32_t parallelism) {
    exec_stage *stage = exec_graph_add_stage(graph, parallelism);
    stage->source = EXEC_FROM_RESULT;
    stage->result_of = blocking;
    stage->schema = test_output(blocking);
    return stage;
}

static int32_t ops_named(const exec_graph *graph, const char *name) {
    int32_t count = 0;
    for (int32_t i = 0; i < graph->stage_count; i++)
        for (int32_t k = 0; k < graph->stages[i]->op_count; k++)
            count += strcmp(graph->stages[i]->ops[k]->op_class->name, name) == 0;
    return count;
}

void test_op(exec_graph *graph, exec_stage *stage, const char *name, const void *params,
             const data_schema *schema) {
    const exec_op_class *op_class = exec_op_find(name);
    assert_non_null(op_class);
    const char *uid = base_arena_printf(graph->arena, "%s-%d", name, ops_named(graph, name));
    exec_stage_add_op(graph, stage, op_class, params, schema, uid, name);
}

data_schema *test_schema(exec_graph *graph, const char *columns) {
    data_schema *schema = data_schema_new(graph->arena, 16);
    schema->count = 0;
    while (*columns != '\0') {
        char name[32], type[64];
        int used = 0;
        assert_int_equal(sscanf(columns, " %31s %63[^;]%n", name, type, &used), 2);
        schema->names[schema->count] = base_arena_strdup(graph->arena, name);
        schema->types[schema->count++] = test_type(type);
        columns += used;
        columns += *columns == ';';
    }
    return schema;
}

exec_aggregate test_aggregate(exec_graph *graph, const data_schema *input, const char *name,
                              int32_t arg, bool grouped) {
    (void)graph;
    rask_error err;
    func_aggregate_resolution found;
    exec_aggregate out = {.filter_column = -1, .args = {-1, -1, -1, -1}};
    if (arg >= 0) {
        out.args[0] = arg;
        out.arg_types[0] = input->types[arg];
        out.arg_count = 1;
    }
    ASSERT_OK(func_aggregate_resolve(name, out.arg_types, out.arg_count, grouped, &found, &err));
    out.row = found.row;
    out.result_type = found.result_type;
    return out;
}

void test_collect(exec_graph *graph, exec_stage *stage) {
    exec_collect_params *params = BASE_ARENA_NEW(graph->arena, exec_collect_params);
    test_op(graph, stage, "Collect", params, test_output(stage));
}

void test_into(exec_graph *graph, exec_stage *stage, test_sink *sink) {
    exec_sink_params *params = BASE_ARENA_NEW(graph->arena, exec_sink_params);
    params->connector = &sink_class;
    params->connector_config =
        (connect_config){.table = sink->table, .schema = test_output(stage), .limit = -1};
    test_op(graph, stage, "Sink", params, test_output(stage));
}

/* ---- probes ---------------------------------------------------------------------------------- */
test_log *test_log_new(void) {
    test_log *log = BASE_NEW(test_log);
    for (int32_t i = 0; i < 8; i++)
        base_strbuf_init(&log->texts[i], INT32_MAX);
    return log;
}

void test_log_free(test_log *log) {
    for (int32_t i = 0; i < 8; i++)
        base_strbuf_free(&log->texts[i]);
    base_free(log);
}

static base_strbuf *log_of(const exec_op *op) {
    test_log *log = *(test_log *const *)op->spec->params;
    return &log->texts[op->context->subtask];
}

static void add_marks(const data_batch *batch, int32_t from, int32_t to, base_strbuf *out) {
    for (int32_t w = 0; w < batch->watermark_count; w++)
        if (batch->watermarks[w].row_offset >= from && batch->watermarks[w].row_offset < to)
            base_strbuf_printf(out, " w%lld", (long long)batch->watermarks[w].watermark_ms);
}

static rask_status probe_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    test_log *log = *(test_log *const *)op->spec->params;
    int32_t task = op->context->subtask, before = -1;
    base_strbuf *out = log_of(op);
    log->batches[task]++;
    if (batch->selected > log->rows_max[task])
        log->rows_max[task] = batch->selected;
    base_strbuf_add_text(out, out->length > 0 ? " (" : "(");
    for (int32_t i = 0; i < batch->selected; i++) {
        int32_t row = data_batch_row(batch, i);
        add_marks(batch, before, row, out);
        base_strbuf_add_text(out, i > 0 ? " " : "");
        if (data_batch_kind(batch, row) != DATA_INSERT)
            base_strbuf_printf(out, "%s ", data_row_kind_text(data_batch_kind(batch, row)));
        if (!data_column_print(batch->columns[0], row, 0, out))
            base_strbuf_add_text(out, "NULL");
        before = row;
    }
    add_marks(batch, before, INT32_MAX, out);
    base_strbuf_add_text(out, ")");
    return exec_emit(op, data_batch_ref(batch), err);
}

static rask_status probe_watermark(exec_op *op, int64_t watermark_ms, rask_error *err) {
    base_strbuf *out = log_of(op);
    base_strbuf_add_text(out, out->length > 0 ? " " : "");
    if (watermark_ms == INT64_MAX)
        base_strbuf_add_text(out, "wmax");
    else
        base_strbuf_printf(out, "w%lld", (long long)watermark_ms);
    return exec_emit_watermark(op, watermark_ms, err);
}

static rask_status probe_end(exec_op *op, int32_t input, rask_error *err) {
    (void)input, (void)err;
    base_strbuf_add_text(log_of(op), log_of(op)->length > 0 ? " end" : "end");
    return RASK_OK;
}

static const exec_op_class probe_class = {
    .size = sizeof(exec_op_class),
    .name = "Probe",
    .instance_bytes = sizeof(exec_op),
    .batch = probe_batch,
    .watermark = probe_watermark,
    .end = probe_end,
};

void test_probe(exec_graph *graph, exec_stage *stage, test_log *log) {
    test_log **params = BASE_ARENA_NEW(graph->arena, test_log *);
    *params = log;
    exec_stage_add_op(graph, stage, &probe_class, params, test_output(stage), "probe", "Probe");
}

/* ---- runs ------------------------------------------------------------------------------------ */
plan_config *test_config(const char *first, ...) {
    rask_error err;
    plan_config *config = plan_config_new();
    va_list args;
    va_start(args, first);
    for (const char *option = first; option != NULL; option = va_arg(args, const char *)) {
        const char *equals = strchr(option, '=');
        assert_non_null(equals);
        char *key = base_strndup(option, equals - option);
        ASSERT_OK(plan_config_set(config, key, equals + 1, &err));
        base_free(key);
    }
    va_end(args);
    return config;
}

/* With a manual driver this thread also runs the job. */
static rask_status read_results(exec_job *job, base_strbuf *text, rask_error *err) {
    connect_results *results = exec_job_results(job);
    bool done = false, steps = true;
    for (;;) {
        data_batch *batch = NULL;
        connect_poll state;
        if (steps && exec_job_step(job, &done, NULL) == RASK_ERROR_ILLEGAL_STATE && !done)
            steps = false;
        RASK_TRY(connect_results_next(results, steps ? 0 : 50, &batch, &state, err));
        if (state == CONNECT_END)
            return RASK_OK;
        if (state == CONNECT_ROWS) {
            add_rows(text, batch);
            data_batch_unref(batch);
        }
    }
}

rask_status test_run(exec_graph *graph, const plan_config *config, char **out, rask_error *err) {
    return test_run_in(base_world_system(), graph, config, out, err);
}

rask_status test_run_in(const base_world *world, exec_graph *graph, const plan_config *config,
                        char **out, rask_error *err) {
    exec_job *job;
    base_strbuf text;
    base_strbuf_init(&text, INT32_MAX);
    *out = NULL;
    RASK_TRY(exec_job_start(graph, config, world, "test", NULL, &job, err));
    rask_status status = RASK_OK, ended;
    bool done = false;
    if (exec_job_results(job) != NULL)
        status = read_results(job, &text, err);
    ended = exec_job_wait(job, -1, &done, status == RASK_OK ? err : NULL);
    assert_true(done);
    exec_job_unref(job);
    if (status == RASK_OK)
        status = ended;
    if (status == RASK_OK)
        *out = base_strdup(text.data);
    base_strbuf_free(&text);
    return status;
}

char *test_run_ok(exec_graph *graph, const plan_config *config) {
    rask_error err;
    char *out;
    ASSERT_OK(test_run(graph, config, &out, &err));
    return out;
}

void test_drop(char *text) {
    base_free(text);
}

/* ---- texts ----------------------------------------------------------------------------------- */
static int compare_texts(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **split(const char *rows, int32_t *count) {
    int32_t n = *rows != '\0';
    for (const char *c = rows; *c != '\0'; c++)
        n += *c == '|';
    char **out = BASE_NEW_ARRAY(char *, n + 1);
    for (int32_t i = 0; i < n; i++) {
        int64_t length = (int64_t)strcspn(rows, "|");
        out[i] = base_strndup(rows, length);
        rows += length + 1;
    }
    *count = n;
    return out;
}

static char *join(char **texts, int32_t count) {
    base_strbuf out;
    base_strbuf_init(&out, INT32_MAX);
    qsort(texts, (size_t)count, sizeof(char *), compare_texts);
    for (int32_t i = 0; i < count; i++) {
        if (texts[i][0] != '\0')
            base_strbuf_printf(&out, "%s%s", out.length > 0 ? "|" : "", texts[i]);
        base_free(texts[i]);
    }
    base_free(texts);
    char *text = base_strdup(out.data);
    base_strbuf_free(&out);
    return text;
}

char *test_sorted(const char *rows) {
    int32_t count;
    char **texts = split(rows, &count);
    return join(texts, count);
}

char *test_fold(const char *changelog) {
    int32_t count, live = 0;
    char **texts = split(changelog, &count);
    for (int32_t i = 0; i < count; i++) {
        char *row = base_strdup(texts[i] + 3);
        bool is_add = texts[i][0] == '+';
        base_free(texts[i]);
        if (is_add) {
            texts[live++] = row;
            continue;
        }
        int32_t found = live - 1;
        while (found >= 0 && strcmp(texts[found], row) != 0)
            found--;
        if (found < 0)
            fail_msg("the changelog takes back what is not there: %s", row);
        base_free(texts[found]);
        texts[found] = texts[--live];
        base_free(row);
    }
    return join(texts, live);
}
