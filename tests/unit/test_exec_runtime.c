/* The runtime: edges, limits, failure, cancel, results, the seeded driver. */
#include "exec_support.h"

static void collects_rows_in_order(void **state) {
    (void)state;
    test_rows *rows = test_rows_new(NULL, "BIGINT", "1|2|NULL", "STRING", "a|b|c", NULL);
    plan_config *config = test_config(NULL);
    exec_graph *graph = test_graph(true);
    test_collect(graph, test_source(graph, rows, 1));
    char *out = test_run_ok(graph, config);
    assert_string_equal(out, "+I 1,a|+I 2,b|+I NULL,c");
    test_drop(out);
    plan_config_free(config);
    test_rows_free(rows);
}

static void checks_edge(exec_edge_kind kind, int32_t from, int32_t to, bool streaming) {
    test_rows *rows = test_rows_numbers(5000, 17);
    rows->rows_per_split = 700;
    plan_config *config = test_config(NULL);
    exec_graph *graph = test_graph(streaming);
    int32_t key = 0;
    exec_stage *source = test_source(graph, rows, from);
    exec_stage *middle = test_after(graph, source, kind, to, &key, kind == EXEC_EDGE_HASH);
    exec_stage *last = test_after(graph, middle, EXEC_EDGE_GATHER, 1, NULL, 0);
    test_collect(graph, last);
    char *out = test_run_ok(graph, config);
    char *sorted = test_sorted(out);
    int32_t count = 1;
    for (const char *c = sorted; *c != '\0'; c++)
        count += *c == '|';
    assert_int_equal(count, kind == EXEC_EDGE_BROADCAST ? 5000 * to : 5000);
    test_drop(sorted);
    test_drop(out);
    plan_config_free(config);
    test_rows_free(rows);
}

static void moves_rows_over_every_edge(void **state) {
    (void)state;
    for (int32_t streaming = 0; streaming < 2; streaming++) {
        checks_edge(EXEC_EDGE_FORWARD, 1, 1, streaming);
        checks_edge(EXEC_EDGE_FORWARD, 2, 2, streaming);
        checks_edge(EXEC_EDGE_HASH, 2, 3, streaming);
        checks_edge(EXEC_EDGE_REBALANCE, 1, 3, streaming);
        checks_edge(EXEC_EDGE_BROADCAST, 2, 2, streaming);
        checks_edge(EXEC_EDGE_GATHER, 3, 1, streaming);
    }
}

static void stops_at_the_limit(void **state) {
    (void)state;
    test_rows *rows = test_rows_numbers(10000, 3);
    rows->unbounded = true;
    plan_config *config = test_config(NULL);
    exec_graph *graph = test_graph(true);
    exec_stage *source = test_source(graph, rows, 2);
    exec_stage *last = test_after(graph, source, EXEC_EDGE_GATHER, 1, NULL, 0);
    exec_limit_params limit = {2, 3};
    test_op(graph, last, "Limit", &limit, test_output(source));
    test_collect(graph, last);
    char *out = test_run_ok(graph, config);
    assert_string_equal(out, "+I a-long-key-number-2,2|+I k0,3|+I a-long-key-number-1,4");
    test_drop(out);
    plan_config_free(config);
    test_rows_free(rows);
}

static void interleaves_unions_row_by_row(void **state) {
    (void)state;
    test_rows *a = test_rows_new(NULL, "BIGINT", "1|2|3", NULL);
    test_rows *b = test_rows_new(NULL, "BIGINT", "10|20|30|40", NULL);
    a->delay_us = 300;
    plan_config *config = test_config(NULL);
    for (int32_t run = 0; run < 20; run++) {
        exec_graph *graph = test_graph(true);
        exec_stage *first = test_source(graph, a, 1), *second = test_source(graph, b, 1);
        exec_stage *both = test_after(graph, first, EXEC_EDGE_FORWARD, 1, NULL, 0);
        exec_graph_add_edge(graph, second, both, EXEC_EDGE_FORWARD, 1, NULL, 0);
        test_op(graph, both, "Union", NULL, test_output(first));
        test_collect(graph, both);
        char *out = test_run_ok(graph, config);
        assert_string_equal(out, "+I 1|+I 10|+I 2|+I 20|+I 3|+I 30|+I 40");
        test_drop(out);
    }
    plan_config_free(config);
    test_rows_free(a);
    test_rows_free(b);
}

/* One source feeds both sides of a union, and one side drops everything: waiting strictly for it
 * would stand still for ever. */
static void unties_a_knot(void **state) {
    (void)state;
    test_rows *rows = test_rows_numbers(60000, 5);
    plan_config *config = test_config(NULL);
    exec_graph *graph = test_graph(true);
    exec_stage *source = test_source(graph, rows, 1);
    exec_stage *none = test_after(graph, source, EXEC_EDGE_FORWARD, 1, NULL, 0);
    exec_calc_params calc = {.condition = expr_literal_bool(graph->arena, false)};
    test_op(graph, none, "Calc", &calc, test_output(source));
    exec_stage *both = test_after(graph, none, EXEC_EDGE_FORWARD, 1, NULL, 0);
    exec_graph_add_edge(graph, source, both, EXEC_EDGE_FORWARD, 1, NULL, 0);
    test_op(graph, both, "Union", NULL, test_output(source));
    exec_limit_params limit = {59999, 10};
    test_op(graph, both, "Limit", &limit, test_output(source));
    test_collect(graph, both);
    char *out = test_run_ok(graph, config);
    assert_string_equal(out, "+I a-long-key-number-4,59999");
    test_drop(out);
    plan_config_free(config);
    test_rows_free(rows);
}

static void names_the_operator_that_failed(void **state) {
    (void)state;
    rask_error err;
    char *out;
    for (int32_t parallelism = 1; parallelism <= 2; parallelism++) {
        test_rows *rows = test_rows_numbers(5000, 3);
        rows->fail_at_row = 3333;
        rows->rows_per_split = 1000;
        test_sink *sink = test_sink_new();
        plan_config *config = test_config(NULL);
        exec_graph *graph = test_graph(true);
        test_into(graph, test_source(graph, rows, parallelism), sink);
        assert_int_equal(test_run(graph, config, &out, &err), RASK_ERROR_IO);
        assert_string_equal(err.message, "row 3333 cannot be read");
        assert_string_equal(err.hint, "in TestSource");
        assert_string_equal(test_sink_text(sink), "");
        assert_int_equal(test_sink_aborted(sink), 1);
        plan_config_free(config);
        test_sink_free(sink);
        test_rows_free(rows);
    }
}

static void commits_a_sink_at_the_end(void **state) {
    (void)state;
    test_rows *rows = test_rows_new(NULL, "BIGINT", "1|2|3", NULL);
    test_sink *sink = test_sink_new();
    plan_config *config = test_config(NULL);
    exec_graph *graph = test_graph(false);
    test_into(graph, test_source(graph, rows, 2), sink);
    test_drop(test_run_ok(graph, config));
    assert_string_equal(test_sink_text(sink), "+I 1|+I 2|+I 3");
    assert_int_equal(test_sink_begun(sink), 1);
    assert_int_equal(test_sink_aborted(sink), 0);
    plan_config_free(config);
    test_sink_free(sink);
    test_rows_free(rows);
}

static void cancels_a_running_job(void **state) {
    (void)state;
    rask_error err;
    test_rows *rows = test_rows_numbers(1000, 3);
    rows->unbounded = true;
    test_sink *sink = test_sink_new();
    plan_config *config = test_config(NULL);
    exec_graph *graph = test_graph(true);
    test_into(graph, test_source(graph, rows, 2), sink);
    exec_job *job;
    bool done;
    ASSERT_OK(exec_job_start(graph, config, base_world_system(), "cancelled", NULL, &job, &err));
    ASSERT_OK(exec_job_wait(job, 30, &done, &err));
    assert_false(done);
    assert_int_equal(exec_job_state_now(job), EXEC_JOB_RUNNING);
    exec_job_cancel(job);
    assert_int_equal(exec_job_wait(job, -1, &done, &err), RASK_ERROR_CANCELLED);
    assert_true(done);
    assert_int_equal(exec_job_state_now(job), EXEC_JOB_CANCELED);
    assert_string_equal(test_sink_text(sink), "");
    exec_job_unref(job);
    plan_config_free(config);
    test_sink_free(sink);
    test_rows_free(rows);
}

/* The reader of an endless query goes away, at once or when the queue is full. */
static void ends_when_nobody_reads(void **state) {
    (void)state;
    rask_error err;
    for (int32_t rows_read = 0; rows_read < 3; rows_read++) {
        test_rows *rows = test_rows_numbers(rows_read == 2 ? 30000 : 10, 3);
        rows->unbounded = true;
        plan_config *config = test_config(NULL);
        exec_graph *graph = test_graph(true);
        graph->results = connect_results_new(NULL, 1000);
        test_collect(graph, test_source(graph, rows, 1));
        exec_job *job;
        bool done;
        ASSERT_OK(exec_job_start(graph, config, base_world_system(), "read", NULL, &job, &err));
        for (int32_t i = 0; i < rows_read; i++) {
            data_batch *batch;
            connect_poll poll = CONNECT_IDLE;
            while (poll == CONNECT_IDLE)
                ASSERT_OK(connect_results_next(exec_job_results(job), 100, &batch, &poll, &err));
            assert_int_equal(poll, CONNECT_ROWS);
            data_batch_unref(batch);
        }
        connect_results_cancel(exec_job_results(job));
        assert_int_equal(exec_job_wait(job, -1, &done, &err), RASK_ERROR_CANCELLED);
        exec_job_unref(job);
        plan_config_free(config);
        test_rows_free(rows);
    }
}

static void drops_a_job_that_runs(void **state) {
    (void)state;
    rask_error err;
    test_rows *rows = test_rows_numbers(1000, 3);
    rows->unbounded = true;
    plan_config *config = test_config(NULL);
    exec_graph *graph = test_graph(true);
    test_collect(graph, test_source(graph, rows, 1));
    exec_job *job;
    ASSERT_OK(exec_job_start(graph, config, base_world_system(), "dropped", NULL, &job, &err));
    exec_job_unref(job);
    plan_config_free(config);
    test_rows_free(rows);
}

static char *run_seeded(uint64_t seed, bool manual, char **trace) {
    rask_error err;
    char option[64];
    snprintf(option, sizeof option, "rask.driver.seed=%llu", (unsigned long long)seed);
    test_rows *rows = test_rows_numbers(3000, 17);
    rows->rows_per_split = 500;
    plan_config *config = test_config(option, manual ? "rask.driver.manual=true" : NULL, NULL);
    exec_graph *graph = test_graph(true);
    int32_t key = 0;
    exec_stage *middle = test_after(graph, test_source(graph, rows, 2), EXEC_EDGE_HASH, 2, &key, 1);
    test_collect(graph, test_after(graph, middle, EXEC_EDGE_GATHER, 1, NULL, 0));
    exec_job *job;
    base_strbuf text;
    bool done = false;
    base_strbuf_init(&text, INT32_MAX);
    ASSERT_OK(exec_job_start(graph, config, base_world_system(), "seeded", NULL, &job, &err));
    for (connect_poll poll = CONNECT_IDLE; poll != CONNECT_END;) {
        data_batch *batch = NULL;
        if (manual)
            ASSERT_OK(exec_job_step(job, &done, &err));
        ASSERT_OK(
            connect_results_next(exec_job_results(job), manual ? 0 : 50, &batch, &poll, &err));
        if (batch != NULL)
            base_strbuf_printf(&text, "%s|", test_batch_text(batch));
        data_batch_unref(batch);
    }
    ASSERT_OK(exec_job_wait(job, -1, &done, &err));
    *trace = exec_job_trace(job);
    exec_job_unref(job);
    plan_config_free(config);
    test_rows_free(rows);
    return base_strbuf_take(&text);
}

static void replays_a_seed(void **state) {
    (void)state;
    char *last = NULL;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        char *traces[2], *outs[2];
        outs[0] = run_seeded(seed, false, &traces[0]);
        outs[1] = run_seeded(seed, seed % 2 == 0, &traces[1]);
        assert_string_equal(outs[0], outs[1]);
        assert_string_equal(traces[0], traces[1]);
        if (last != NULL)
            assert_string_not_equal(traces[0], last);
        base_free(last);
        last = traces[0];
        base_free(traces[1]);
        base_free(outs[0]);
        base_free(outs[1]);
    }
    base_free(last);
}

static void reports_metrics(void **state) {
    (void)state;
    rask_error err;
    test_rows *rows = test_rows_numbers(1000, 3);
    plan_config *config = test_config(NULL);
    test_sink *sink = test_sink_new();
    exec_graph *graph = test_graph(true);
    exec_stage *source = test_source(graph, rows, 1);
    exec_stage *last = test_after(graph, source, EXEC_EDGE_GATHER, 1, NULL, 0);
    test_into(graph, last, sink);
    exec_job *job;
    bool done;
    exec_metrics metrics;
    ASSERT_OK(exec_job_start(graph, config, base_world_system(), "metrics", NULL, &job, &err));
    ASSERT_OK(exec_job_wait(job, -1, &done, &err));
    assert_int_equal(exec_job_metrics(job, 0, 0, &metrics), RASK_OK);
    assert_int_equal(metrics.records_in, 1000);
    assert_int_equal(metrics.records_out, 1000);
    assert_int_equal(exec_job_metrics(job, 1, 0, &metrics), RASK_OK);
    assert_int_equal(metrics.records_in, 1000);
    assert_int_equal(exec_job_metrics(job, 2, 0, &metrics), RASK_ERROR_ILLEGAL_ARGUMENT);
    exec_job_unref(job);
    plan_config_free(config);
    test_sink_free(sink);
    test_rows_free(rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collects_rows_in_order),
        cmocka_unit_test(moves_rows_over_every_edge),
        cmocka_unit_test(stops_at_the_limit),
        cmocka_unit_test(interleaves_unions_row_by_row),
        cmocka_unit_test(unties_a_knot),
        cmocka_unit_test(names_the_operator_that_failed),
        cmocka_unit_test(commits_a_sink_at_the_end),
        cmocka_unit_test(cancels_a_running_job),
        cmocka_unit_test(ends_when_nobody_reads),
        cmocka_unit_test(drops_a_job_that_runs),
        cmocka_unit_test(replays_a_seed),
        cmocka_unit_test(reports_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
