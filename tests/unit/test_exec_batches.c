/* Batches on their way: how sources cut them, how hash edges divide them, and that an aggregate's
 * changelog does not depend on it. */
#include "exec_support.h"

/* ---- the ramp -------------------------------------------------------------------------------- */
/* Sizes of the batches in a log, "1 1 2 ...", with runs as "64x1". */
static char *sizes_of(const char *log) {
    base_strbuf out;
    int32_t last = 0, run = 0;
    base_strbuf_init(&out, INT32_MAX);
    for (const char *at = log; (at = strchr(at, '(')) != NULL;) {
        const char *end = strchr(at, ')');
        int32_t size = 1;
        for (; at < end; at++)
            size += *at == ' ';
        if (size != last && run > 0)
            base_strbuf_printf(&out, "%dx%d ", run, last);
        run = size == last ? run + 1 : 1;
        last = size;
    }
    base_strbuf_printf(&out, "%dx%d", run, last);
    return base_strbuf_take(&out);
}

static void checks_ramp(bool streaming, const char *option, const char *expected) {
    test_rows *rows = test_rows_numbers(3000, 17);
    test_log *log = test_log_new();
    plan_config *config = test_config(option, NULL);
    exec_graph *graph = test_graph(streaming);
    exec_stage *stage = test_source(graph, rows, 1);
    test_probe(graph, stage, log);
    test_collect(graph, stage);
    test_drop(test_run_ok(graph, config));
    char *sizes = sizes_of(log->texts[0].data);
    assert_string_equal(sizes, expected);
    base_free(sizes);
    plan_config_free(config);
    test_log_free(log);
    test_rows_free(rows);
}

static void sources_begin_with_single_rows(void **state) {
    (void)state;
    checks_ramp(true, "rask.batch.rows-max=256",
                "64x1 1x2 1x4 1x8 1x16 1x32 1x64 1x128 10x256 1x122");
    checks_ramp(true, "rask.batch.rows-max=1", "3000x1");
    checks_ramp(false, "rask.batch.rows-max=1000", "3x1000");
}

/* ---- hash edges ------------------------------------------------------------------------------ */
typedef struct density { /* what arrived, over all tasks */
    int64_t rows, sparse, dense;
    bool has_hashes;
} density;

static rask_status density_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    density *self = *(density *const *)op->spec->params;
    __atomic_fetch_add(&self->rows, batch->selected, __ATOMIC_RELAXED);
    __atomic_fetch_add(batch->selection != NULL ? &self->sparse : &self->dense, 1,
                       __ATOMIC_RELAXED);
    if (batch->hashes != NULL)
        __atomic_store_n(&self->has_hashes, true, __ATOMIC_RELAXED);
    return exec_emit(op, data_batch_ref(batch), err);
}

static density send_hashed(int32_t tasks) {
    static const exec_op_class probe = {.size = sizeof(exec_op_class),
                                        .name = "Density",
                                        .instance_bytes = sizeof(exec_op),
                                        .batch = density_batch};
    test_rows *rows = test_rows_numbers(20000, 5000);
    density found = {0};
    density *params = &found;
    plan_config *config = test_config(NULL);
    exec_graph *graph = test_graph(false);
    int32_t key = 0;
    exec_stage *source = test_source(graph, rows, 1);
    exec_stage *stage = test_after(graph, source, EXEC_EDGE_HASH, tasks, &key, 1);
    exec_stage_add_op(graph, stage, &probe, &params, test_output(stage), "density", "Density");
    test_collect(graph, test_after(graph, stage, EXEC_EDGE_GATHER, 1, NULL, 0));
    test_drop(test_run_ok(graph, config));
    plan_config_free(config);
    test_rows_free(rows);
    return found;
}

/* Rows are not copied for two tasks; for eight, where each gets an eighth, the receiver does. */
static void hash_edges_send_selections(void **state) {
    (void)state;
    density two = send_hashed(2), eight = send_hashed(8);
    assert_int_equal(two.rows, 20000);
    assert_int_equal(two.dense, 0);
    assert_true(two.sparse >= 20);
    assert_true(two.has_hashes);
    assert_int_equal(eight.rows, 20000);
    assert_int_equal(eight.sparse, 0);
    assert_true(eight.has_hashes);
}

/* ---- changelogs ------------------------------------------------------------------------------ */
enum { CHANGES = 1500, KEYS = 7, VALUES = 9 };

typedef struct change_list {
    char kinds[CHANGES + 1];
    char *keys, *values; /* as test_column takes them */
} change_list;

/* Insertions and, with `retracts`, removals of rows that are there; now and then a removal of one
 * that never was.  NULLs are among the keys and the values. */
static change_list random_changes(uint64_t seed, bool retracts) {
    int32_t live[KEYS][VALUES] = {{0}};
    base_seeded random;
    base_strbuf keys, values;
    change_list out = {{0}};
    base_seeded_init(&random, seed);
    base_strbuf_init(&keys, INT32_MAX);
    base_strbuf_init(&values, INT32_MAX);
    for (int32_t i = 0; i < CHANGES; i++) {
        int32_t key = (int32_t)(random.random.next(random.random.self) % KEYS);
        int32_t value = (int32_t)(random.random.next(random.random.self) % VALUES);
        bool removes = retracts && random.random.next(random.random.self) % 2 == 0 &&
                       (live[key][value] > 0 || i % 97 == 0);
        out.kinds[i] = removes ? (i % 2 == 0 ? 'u' : '-') : (i % 3 == 0 ? 'U' : '+');
        live[key][value] += removes ? -1 : 1;
        if (live[key][value] < 0)
            live[key][value] = 0;
        base_strbuf_printf(&keys, key == 0 ? "%sNULL" : "%sa-key-of-some-length-%d",
                           i > 0 ? "|" : "", key);
        base_strbuf_printf(&values, value == 0 ? "%sNULL" : "%s%d", i > 0 ? "|" : "",
                           value * 3 - 10);
    }
    out.keys = base_strbuf_take(&keys);
    out.values = base_strbuf_take(&values);
    return out;
}

static exec_aggregate aggregate_of(exec_graph *graph, const data_schema *schema, const char *name,
                                   int32_t arg, bool retracts, bool distinct) {
    exec_aggregate out = test_aggregate(graph, schema, name, arg, true);
    if (retracts && out.row->retract == NULL)
        out.row = out.row->retractable;
    out.distinct = distinct;
    return out;
}

static char *aggregated(const change_list *changes, bool retracts, const char *option) {
    test_rows *rows =
        test_rows_new(changes->kinds, "STRING", changes->keys, "BIGINT", changes->values, NULL);
    plan_config *config = test_config(option, NULL);
    exec_graph *graph = test_graph(false);
    exec_stage *stage = test_source(graph, rows, 1);
    int32_t key = 0;
    exec_aggregate calls[] = {
        aggregate_of(graph, rows->schema, "COUNT", -1, retracts, false),
        aggregate_of(graph, rows->schema, "COUNT", 1, retracts, true),
        aggregate_of(graph, rows->schema, "SUM", 1, retracts, false),
        aggregate_of(graph, rows->schema, "MIN", 1, retracts, false),
        aggregate_of(graph, rows->schema, "MAX", 1, retracts, false),
        aggregate_of(graph, rows->schema, "AVG", 1, retracts, false),
    };
    exec_aggregate_params params = {.keys = &key,
                                    .key_count = 1,
                                    .aggregates = calls,
                                    .aggregate_count = sizeof calls / sizeof *calls,
                                    .emits_update_before = true,
                                    .input_has_retractions = retracts};
    test_op(graph, stage, "GroupAggregate", &params,
            test_schema(graph,
                        "k STRING; n BIGINT NOT NULL; d BIGINT NOT NULL; s BIGINT; a BIGINT; "
                        "b BIGINT; m BIGINT"));
    test_collect(graph, stage);
    char *out = test_run_ok(graph, config);
    plan_config_free(config);
    test_rows_free(rows);
    return out;
}

/* The changelog of every record, a batch at a time: the cuts must not show. */
static void changelogs_do_not_depend_on_batches(void **state) {
    (void)state;
    static const char *const options[] = {"rask.batch.rows-max=1", "rask.batch.rows-max=2",
                                          "rask.batch.rows-max=7", "rask.batch.rows-max=64",
                                          "rask.batch.rows-max=2048"};
    for (uint64_t seed = 1; seed <= 6; seed++) {
        bool retracts = seed % 3 != 0;
        change_list changes = random_changes(seed, retracts);
        char *single = aggregated(&changes, retracts, options[0]);
        for (size_t i = 1; i < sizeof options / sizeof *options; i++) {
            char *other = aggregated(&changes, retracts, options[i]);
            assert_string_equal(other, single);
            test_drop(other);
        }
        test_drop(test_fold(single)); /* takes back only what it has given */
        test_drop(single);
        base_free(changes.keys);
        base_free(changes.values);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources_begin_with_single_rows),
        cmocka_unit_test(hash_edges_send_selections),
        cmocka_unit_test(changelogs_do_not_depend_on_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
