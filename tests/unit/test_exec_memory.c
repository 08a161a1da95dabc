/* Work over a small budget: group-by and sort write to io.tmp.dirs and give the same answer; what
 * cannot spill says who ran out and which option to raise; nothing stays behind. */
#include <dirent.h>

#include "exec_support.h"

enum { ROWS = 120000, KEYS = 60000 };

/* ---- a world that counts spill files --------------------------------------------------------- */
typedef struct watched {
    base_files files;
    base_world world;
    const base_files *below;
    int32_t opened, written;
} watched;

static rask_status watched_open(void *self, const char *path, base_file_mode mode, base_file **out,
                                rask_error *err) {
    watched *w = self;
    if (strstr(path, ".spill") != NULL && mode == BASE_FILE_WRITE_NEW)
        __atomic_fetch_add(&w->opened, 1, __ATOMIC_RELAXED);
    return w->below->open(w->below->self, path, mode, out, err);
}

static rask_status watched_write(void *self, base_file *file, const void *bytes, int64_t size,
                                 rask_error *err) {
    watched *w = self;
    __atomic_fetch_add(&w->written, 1, __ATOMIC_RELAXED);
    return w->below->write(w->below->self, file, bytes, size, err);
}

static void watch(watched *w) {
    const base_world *system = base_world_system();
    *w = (watched){.files = *system->files, .world = *system, .below = system->files};
    w->files.open = watched_open;
    w->files.write = watched_write;
    w->files.self = w;
    w->world.files = &w->files;
}

/* The system's files take no `self`, so the other calls may go straight through. */
static int32_t entries_in(const char *path) {
    DIR *directory = opendir(path);
    int32_t count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

/* ---- graphs ---------------------------------------------------------------------------------- */
static exec_graph *group_by(test_rows *rows, int32_t parallelism, const int32_t *key,
                            exec_aggregate *calls, exec_aggregate_params *params) {
    exec_graph *graph = test_graph(false);
    exec_stage *stage = test_source(graph, rows, parallelism);
    calls[0] = test_aggregate(graph, rows->schema, "COUNT", -1, true);
    calls[1] = test_aggregate(graph, rows->schema, "SUM", 1, true);
    calls[2] = test_aggregate(graph, rows->schema, "MAX", 0, true);
    *params = (exec_aggregate_params){
        .keys = key, .key_count = 1, .aggregates = calls, .aggregate_count = 3};
    test_op(graph, stage, "HashAggregate", params,
            test_schema(graph, "k STRING; n BIGINT NOT NULL; s BIGINT; m STRING"));
    exec_stage *result = test_result_of(graph, stage, parallelism);
    test_collect(graph, test_after(graph, result, EXEC_EDGE_GATHER, 1, NULL, 0));
    return graph;
}

static exec_graph *order_by(test_rows *rows, int32_t parallelism, exec_sort_key *keys,
                            exec_sort_params *params) {
    exec_graph *graph = test_graph(false);
    exec_stage *stage = test_source(graph, rows, parallelism);
    keys[0] = (exec_sort_key){.column = 0};
    keys[1] = (exec_sort_key){.column = 1, .descending = true};
    *params = (exec_sort_params){.keys = keys, .key_count = 2, .fetch = -1};
    test_op(graph, stage, "Sort", params, rows->schema);
    test_collect(graph, test_result_of(graph, stage, 1));
    return graph;
}

/* The sorted text of a run under `budget` (NULL = plenty), and how many files it spilled to. */
static char *run(const char *what, int32_t parallelism, const char *budget, int32_t *files) {
    int32_t key = 0;
    exec_aggregate calls[3];
    exec_aggregate_params aggregate;
    exec_sort_key keys[2];
    exec_sort_params sort;
    rask_error err;
    watched w;
    char *text, *directory = test_directory_make();
    char *option = base_printf("io.tmp.dirs=%s", directory);
    char *size = base_printf("taskmanager.memory.managed.size=%s", budget);
    test_rows *rows = test_rows_numbers(ROWS, KEYS);
    rows->rows_per_split = 10000;
    plan_config *config = test_config(option, budget != NULL ? size : NULL, NULL);
    exec_graph *graph = strcmp(what, "group") == 0
                            ? group_by(rows, parallelism, &key, calls, &aggregate)
                            : order_by(rows, parallelism, keys, &sort);
    watch(&w);
    ASSERT_OK(test_run_in(&w.world, graph, config, &text, &err));
    *files = w.opened;
    assert_int_equal(entries_in(directory), 0);
    plan_config_free(config);
    test_rows_free(rows);
    test_directory_remove(directory);
    base_free(option);
    base_free(size);
    return text;
}

static void checks_spilling(const char *what, int32_t parallelism, const char *budget,
                            bool sorted) {
    int32_t none, some;
    char *plenty = run(what, parallelism, NULL, &none);
    char *little = run(what, parallelism, budget, &some);
    assert_int_equal(none, 0);
    assert_in_range(some, 1, parallelism);
    char *a = sorted ? base_strdup(plenty) : test_sorted(plenty);
    char *b = sorted ? base_strdup(little) : test_sorted(little);
    assert_true(strcmp(a, b) == 0);
    base_free(a);
    base_free(b);
    test_drop(plenty);
    test_drop(little);
}

static void spills_groups(void **state) {
    (void)state;
    checks_spilling("group", 1, "5 mb", false);
    checks_spilling("group", 3, "6 mb", false);
}

static void spills_sorted_runs(void **state) {
    (void)state;
    checks_spilling("sort", 1, "6 mb", true);
    checks_spilling("sort", 3, "8 mb", true);
}

/* ---- what cannot be done --------------------------------------------------------------------- */
static rask_status run_over(exec_graph *graph, const char *budget, const char *directory,
                            rask_error *err) {
    char *text = NULL;
    char *size = base_printf("taskmanager.memory.managed.size=%s", budget);
    char *option = base_printf("io.tmp.dirs=%s", directory);
    plan_config *config = test_config(size, option, NULL);
    rask_status status = test_run(graph, config, &text, err);
    test_drop(text);
    plan_config_free(config);
    base_free(size);
    base_free(option);
    return status;
}

static void names_operator_and_option(void **state) {
    (void)state;
    int32_t key = 0;
    rask_error err;
    test_rows *rows = test_rows_numbers(ROWS, KEYS);
    exec_graph *graph = test_graph(true);
    exec_stage *stage = test_source(graph, rows, 1);
    exec_aggregate count = test_aggregate(graph, rows->schema, "COUNT", -1, true);
    exec_aggregate_params params = {
        .keys = &key, .key_count = 1, .aggregates = &count, .aggregate_count = 1};
    test_op(graph, stage, "GroupAggregate", &params,
            test_schema(graph, "k STRING; n BIGINT NOT NULL"));
    test_collect(graph, stage);
    assert_int_equal(run_over(graph, "2 mb", "/tmp", &err), RASK_ERROR_MEMORY);
    assert_non_null(strstr(err.message, "'GroupAggregate' needs"));
    assert_non_null(strstr(err.message, "'taskmanager.memory.managed.size' allows 2 mb"));
    test_rows_free(rows);
}

static void names_a_folder_that_is_not_there(void **state) {
    (void)state;
    int32_t key = 0;
    exec_aggregate calls[3];
    exec_aggregate_params params;
    rask_error err;
    test_rows *rows = test_rows_numbers(ROWS, KEYS);
    exec_graph *graph = group_by(rows, 1, &key, calls, &params);
    assert_int_equal(run_over(graph, "5 mb", "/nowhere/at/all", &err), RASK_ERROR_IO);
    assert_non_null(strstr(err.message, "/nowhere/at/all/rask-"));
    test_rows_free(rows);
}

/* A budget in which not even one batch fits ends the job, too. */
static void survives_a_tiny_budget(void **state) {
    (void)state;
    int32_t key = 0;
    exec_aggregate calls[3];
    exec_aggregate_params params;
    exec_sort_key keys[2];
    exec_sort_params sort;
    rask_error err;
    test_rows *rows = test_rows_numbers(20000, 20000);
    static const char *const budgets[] = {"1 kb", "20 kb", "100 kb", "300 kb", "1 mb"};
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        exec_graph *graph = group_by(rows, 2, &key, calls, &params);
        rask_status status = run_over(graph, budgets[i], "/tmp", &err);
        assert_true(status == RASK_OK || status == RASK_ERROR_MEMORY);
        graph = order_by(rows, 2, keys, &sort);
        status = run_over(graph, budgets[i], "/tmp", &err);
        assert_true(status == RASK_OK || status == RASK_ERROR_MEMORY);
    }
    test_rows_free(rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spills_groups),
        cmocka_unit_test(spills_sorted_runs),
        cmocka_unit_test(names_operator_and_option),
        cmocka_unit_test(names_a_folder_that_is_not_there),
        cmocka_unit_test(survives_a_tiny_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
