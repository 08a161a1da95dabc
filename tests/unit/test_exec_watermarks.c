/* Watermarks between and inside batches: what operators, edges and several inputs make of them, and
 * timers. */
#include "exec_support.h"

static const data_inner_watermark two_marks[] = {{1, 100}, {3, 200}};

static test_rows *six_rows(void) {
    test_rows *rows = test_rows_new(NULL, "BIGINT", "1|2|3|4|5|6", NULL);
    rows->marks = two_marks;
    rows->mark_count = 2;
    return rows;
}

/* Runs a bounded graph, whose batches are full from the start. */
static void run(exec_graph *graph) {
    plan_config *config = test_config(NULL);
    test_drop(test_run_ok(graph, config));
    plan_config_free(config);
}

static expr_node *compare(exec_graph *graph, const char *op, int64_t value) {
    base_arena *arena = graph->arena;
    const data_type *types[2] = {test_type("BIGINT"), test_type("BIGINT NOT NULL")};
    expr_node *args[2] = {expr_input(arena, 0, 0, types[0]),
                          expr_literal_i64(arena, types[1], value)};
    expr_node *node = expr_call(arena, op, args, 2);
    func_resolution found;
    rask_error err;
    const data_value *literals[2] = {NULL, &args[1]->value};
    ASSERT_OK(func_resolve(op, types, literals, 2, &found, &err));
    node->function = found.row;
    node->type = found.result_type;
    return node;
}

/* ---- row-wise operators ---------------------------------------------------------------------- */
static void checks_filter(const char *op, int64_t value, const char *expected) {
    test_rows *rows = six_rows();
    test_log *log = test_log_new();
    exec_graph *graph = test_graph(false);
    exec_stage *stage = test_source(graph, rows, 1);
    exec_calc_params calc = {.condition = compare(graph, op, value)};
    test_op(graph, stage, "Calc", &calc, test_output(stage));
    test_probe(graph, stage, log);
    test_collect(graph, stage);
    run(graph);
    assert_string_equal(log->texts[0].data, expected);
    test_log_free(log);
    test_rows_free(rows);
}

static void filters_keep_inner_watermarks(void **state) {
    (void)state;
    checks_filter(">", 0, "(1 2 w100 3 4 w200 5 6) end");
    checks_filter(">", 2, "( w1003 4 w200 5 6) end");
    checks_filter("<", 3, "(1 2 w100 w200) end");
    checks_filter("=", 3, "( w1003 w200) end");
    checks_filter(">", 9, "w200 end");
}

static void aggregates_rebase_inner_watermarks(void **state) {
    (void)state;
    test_rows *rows = test_rows_new(NULL, "BIGINT", "7|7|8|7|8|8", NULL);
    rows->marks = two_marks;
    rows->mark_count = 2;
    test_log *log = test_log_new();
    exec_graph *graph = test_graph(false);
    exec_stage *stage = test_source(graph, rows, 1);
    int32_t key = 0;
    exec_aggregate count = test_aggregate(graph, rows->schema, "COUNT", -1, true);
    exec_aggregate_params params = {.keys = &key,
                                    .key_count = 1,
                                    .aggregates = &count,
                                    .aggregate_count = 1,
                                    .emits_update_before = true};
    test_op(graph, stage, "GroupAggregate", &params,
            test_schema(graph, "k BIGINT; n BIGINT NOT NULL"));
    test_probe(graph, stage, log);
    test_collect(graph, stage);
    run(graph);
    assert_string_equal(log->texts[0].data,
                        "(7 -U 7 +U 7 w100 8 -U 7 +U 7 w200 -U 8 +U 8 -U 8 +U 8)"
                        " end");
    test_log_free(log);
    test_rows_free(rows);
}

/* ---- edges ----------------------------------------------------------------------------------- */
static void checks_edge(exec_edge_kind kind, const char *items, const char *first,
                        const char *second) {
    test_rows *rows = test_rows_new(NULL, "BIGINT", items, NULL);
    rows->marks = two_marks;
    rows->mark_count = 2;
    test_log *log = test_log_new();
    exec_graph *graph = test_graph(false);
    int32_t key = 0;
    exec_stage *source = test_source(graph, rows, 1);
    exec_stage *stage = test_after(graph, source, kind, 2, &key, kind == EXEC_EDGE_HASH);
    test_probe(graph, stage, log);
    test_collect(graph, test_after(graph, stage, EXEC_EDGE_GATHER, 1, NULL, 0));
    run(graph);
    assert_string_equal(log->texts[0].data, first);
    assert_string_equal(log->texts[1].data, second);
    test_log_free(log);
    test_rows_free(rows);
}

/* All channels learn how far time is, also those that get no rows. */
static void edges_tell_every_task(void **state) {
    (void)state;
    const char *all = "(1 2 w100 3 4 w200 5 6) end";
    checks_edge(EXEC_EDGE_BROADCAST, "1|2|3|4|5|6", all, all);
    checks_edge(EXEC_EDGE_REBALANCE, "1|2|3|4|5|6", all, "w200 end");
    checks_edge(EXEC_EDGE_HASH, "1|1|1|1|1|1", "(1 1 w100 1 1 w200 1 1) end", "w200 end");
}

/* ---- several inputs -------------------------------------------------------------------------- */
/* The least of the inputs' watermarks holds, inside a batch too; an ended input counts no more. */
static void takes_the_least_of_its_inputs(void **state) {
    (void)state;
    static const data_inner_watermark early[] = {{0, 50}, {1, 150}, {2, 250}};
    test_rows *a = six_rows();
    test_rows *b = test_rows_new(NULL, "BIGINT", "10|20|30", NULL);
    b->marks = early;
    b->mark_count = 3;
    test_log *log = test_log_new();
    exec_graph *graph = test_graph(true);
    exec_stage *first = test_source(graph, a, 1), *second = test_source(graph, b, 1);
    exec_stage *both = test_after(graph, first, EXEC_EDGE_FORWARD, 1, NULL, 0);
    exec_graph_add_edge(graph, second, both, EXEC_EDGE_FORWARD, 1, NULL, 0);
    test_op(graph, both, "Union", NULL, test_output(first));
    test_probe(graph, both, log);
    test_collect(graph, both);
    run(graph);
    /* Sources of a stream begin with batches of one row, and the inputs take turns. */
    assert_string_equal(log->texts[0].data,
                        "(1) (10) (2 w50) (20 w100) (3) (30) (4 w200) (5) (6) wmax end");
    test_log_free(log);
    test_rows_free(a);
    test_rows_free(b);
}

/* ---- timers ---------------------------------------------------------------------------------- */
/* Registers a timer 10 after each value and emits the due time when it fires. */
static rask_status alarm_batch(exec_op *op, int32_t input, data_batch *batch, rask_error *err) {
    (void)input;
    for (int32_t i = 0; i < batch->selected; i++) {
        int64_t value = ((const int64_t *)batch->columns[0]->values)[data_batch_row(batch, i)];
        RASK_TRY(exec_register_timer(op, value + 10, err));
    }
    return exec_emit(op, data_batch_ref(batch), err);
}

static rask_status alarm_timer(exec_op *op, int64_t due_ms, rask_error *err) {
    data_column *column;
    RASK_TRY(data_column_new(op->context->pool, test_type("BIGINT"), DATA_PHYSICAL_NONE, 1, &column,
                             err));
    ((int64_t *)column->values)[0] = -due_ms;
    return exec_emit(op, data_batch_take(&column, 1, 1), err);
}

static bool alarm_may_register(const exec_op *op, const data_batch *batch, int32_t start,
                               int32_t end, int64_t watermark_ms) {
    (void)op;
    for (int32_t i = start; i < end; i++)
        if (((const int64_t *)batch->columns[0]->values)[data_batch_row(batch, i)] + 10 <=
            watermark_ms)
            return true;
    return false;
}

static void checks_alarms(bool knows, bool streaming, const char *expected) {
    static const data_inner_watermark marks[] = {{0, 5}, {1, 11}, {2, 12}, {4, 40}};
    exec_op_class alarms = {.size = sizeof(exec_op_class),
                            .name = "Alarms",
                            .flags = EXEC_TIMERS,
                            .instance_bytes = sizeof(exec_op),
                            .batch = alarm_batch,
                            .timer = alarm_timer};
    alarms.may_register = knows ? alarm_may_register : NULL;
    test_rows *rows = test_rows_new(NULL, "BIGINT", "1|2|3|30|1|50", NULL);
    rows->marks = marks;
    rows->mark_count = 4;
    test_log *log = test_log_new();
    exec_graph *graph = test_graph(streaming);
    exec_stage *stage = test_source(graph, rows, 1);
    exec_stage_add_op(graph, stage, &alarms, NULL, test_output(stage), "alarms", "Alarms");
    test_probe(graph, stage, log);
    test_collect(graph, stage);
    run(graph);
    assert_string_equal(log->texts[0].data, expected);
    test_log_free(log);
    test_rows_free(rows);
}

/* A batch is cut only behind the rows where a timer is due, and there exactly. */
static void cuts_batches_where_timers_are_due(void **state) {
    (void)state;
    checks_alarms(true, false,
                  "(1 w5 2 w11) (-11) w11 (3 w12) (-12) w12 (30 1 w40) (-11) (-13) "
                  "(-40) w40 (50) end");
    checks_alarms(false, false,
                  "(1 w5) w5 (2 w11) (-11) w11 (3 w12) (-12) w12 (30 1 w40) (-11) "
                  "(-13) (-40) w40 (50) end");
    /* In batches of one row the same rows come in the same order; the end of time fires the rest.
     */
    checks_alarms(true, true,
                  "(1 w5) (2 w11) (-11) w11 (3 w12) (-12) w12 (30) (1 w40) (-11) (-13) "
                  "(-40) w40 (50) (-60) wmax end");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_keep_inner_watermarks),
        cmocka_unit_test(aggregates_rebase_inner_watermarks),
        cmocka_unit_test(edges_tell_every_task),
        cmocka_unit_test(takes_the_least_of_its_inputs),
        cmocka_unit_test(cuts_batches_where_timers_are_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
