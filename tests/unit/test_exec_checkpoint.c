/* Checkpoints and restores: at other parallelisms, by other programs, over damage and failing
 * files, and with a sink whose commit fails. */
#include "base/thread.h"
#include "exec_support.h"

enum { ROWS = 4000, KEYS = 37 };

/* ---- graphs ---------------------------------------------------------------------------------- */
typedef struct program {
    test_rows *rows;
    test_sink *sink;
    exec_aggregate calls[3];
    exec_aggregate_params params;
    int32_t key;
} program;

/* source -> hash -> GroupAggregate -> sink; the sink's text folds to the counts. */
static exec_graph *group_graph(program *p, int32_t parallelism) {
    exec_graph *graph = test_graph(true);
    exec_stage *source = test_source(graph, p->rows, parallelism);
    exec_stage *stage = parallelism > 1
                            ? test_after(graph, source, EXEC_EDGE_HASH, parallelism, &p->key, 1)
                            : source;
    p->calls[0] = test_aggregate(graph, p->rows->schema, "COUNT", -1, true);
    p->calls[1] = test_aggregate(graph, p->rows->schema, "SUM", 1, true);
    p->calls[2] = test_aggregate(graph, p->rows->schema, "MAX", 0, true);
    p->params = (exec_aggregate_params){.keys = &p->key,
                                        .key_count = 1,
                                        .aggregates = p->calls,
                                        .aggregate_count = 3,
                                        .emits_update_before = true};
    test_op(graph, stage, "GroupAggregate", &p->params,
            test_schema(graph, "k STRING; n BIGINT NOT NULL; s BIGINT; m STRING"));
    test_into(graph, stage, p->sink);
    return graph;
}

static program program_new(void) {
    program p = {.rows = test_rows_numbers(ROWS, KEYS), .sink = test_sink_new()};
    p.rows->rows_per_split = 300;
    return p;
}

static void program_free(program *p) {
    test_sink_free(p->sink);
    test_rows_free(p->rows);
}

static plan_config *config_in(const char *directory, const char *more) {
    char *option = base_printf("execution.checkpointing.dir=%s", directory);
    plan_config *config = test_config(option, "rask.batch.rows-max=16", more, NULL);
    base_free(option);
    return config;
}

static rask_status finish_job(exec_job *job, rask_error *err) {
    bool done = false;
    rask_status status = exec_job_wait(job, -1, &done, err);
    assert_true(done);
    exec_job_unref(job);
    return status;
}

static void set_gate(program *p, int32_t rows) {
    __atomic_store_n(&p->rows->gate, rows, __ATOMIC_RELEASE);
}

/* Starts the program, checkpoints it before row `gate`, lets it go on a little and cancels it; the
 * checkpoint's path. */
static char *run_until_checkpoint(program *p, int32_t parallelism, const char *restore_from,
                                  int32_t gate, const plan_config *config) {
    rask_error err;
    exec_job *job;
    char *path = NULL;
    bool done;
    set_gate(p, gate);
    ASSERT_OK(exec_job_start(group_graph(p, parallelism), config, base_world_system(), "first",
                             restore_from, &job, &err));
    ASSERT_OK(exec_job_wait(job, 20, &done, &err));
    ASSERT_OK(exec_job_checkpoint(job, &path, &err));
    set_gate(p, gate + ROWS / 5); /* rows that must come again */
    ASSERT_OK(exec_job_wait(job, 10, &done, &err));
    exec_job_cancel(job);
    assert_int_equal(finish_job(job, &err), RASK_ERROR_CANCELLED);
    set_gate(p, 0);
    return path;
}

static char *all_at_once(void) {
    rask_error err;
    program p = program_new();
    plan_config *config = test_config(NULL);
    exec_job *job;
    ASSERT_OK(
        exec_job_start(group_graph(&p, 1), config, base_world_system(), "all", NULL, &job, &err));
    ASSERT_OK(finish_job(job, &err));
    char *folded = test_fold(test_sink_text(p.sink));
    plan_config_free(config);
    program_free(&p);
    return folded;
}

/* ---- restores -------------------------------------------------------------------------------- */
static void restores_at_other_parallelisms(void **state) {
    (void)state;
    static const int32_t steps[][3] = {{1, 3, 2}, {2, 1, 4}, {3, 3, 1}};
    rask_error err;
    char *expected = all_at_once();
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char *directory = test_directory_make();
        plan_config *config = config_in(directory, NULL);
        program p = program_new();
        char *first = run_until_checkpoint(&p, steps[i][0], NULL, ROWS / 4, config);
        char *second = run_until_checkpoint(&p, steps[i][1], first, ROWS / 2, config);
        exec_job *job;
        ASSERT_OK(exec_job_start(group_graph(&p, steps[i][2]), config, base_world_system(), "last",
                                 second, &job, &err));
        ASSERT_OK(finish_job(job, &err));
        char *folded = test_fold(test_sink_text(p.sink));
        assert_string_equal(folded, expected);
        test_drop(folded);
        base_free(first);
        base_free(second);
        program_free(&p);
        plan_config_free(config);
        test_directory_remove(directory);
    }
    test_drop(expected);
}

/* The state of a program that groups by another column, and a source that is not there. */
static void refuses_another_program(void **state) {
    (void)state;
    rask_error err;
    char *directory = test_directory_make();
    plan_config *config = config_in(directory, NULL);
    program p = program_new();
    char *path = run_until_checkpoint(&p, 1, NULL, ROWS / 2, config);
    exec_job *job;

    exec_graph *graph = group_graph(&p, 1);
    graph->stages[0]->ops[0]->uid = "other";
    ASSERT_FAILS(
        exec_job_start(graph, config, base_world_system(), "x", path, &job, &err),
        RASK_ERROR_ILLEGAL_STATE,
        "The snapshot has state of operator 'GroupAggregate-0' (keys=[STRING], aggregates=[COUNT() "
        "-> BIGINT NOT NULL, SUM(INTEGER) -> ARG0 of BIGINT, MAX(STRING) -> ARG0 of STRING]), "
        "but this program has operator 'other' (GroupAggregate): it was taken by another program.");

    graph = group_graph(&p, 1);
    p.params.aggregate_count = 2;
    ASSERT_OK(exec_job_start(graph, config, base_world_system(), "x", path, &job, &err));
    assert_int_equal(finish_job(job, &err), RASK_ERROR_ILLEGAL_STATE);
    assert_non_null(strstr(err.message, "MAX(STRING)"));
    assert_non_null(strstr(err.message, "but the program's is 'keys=[STRING], aggregates=[COUNT"));

    graph = group_graph(&p, 1);
    graph->stages[0]->source_uid = "elsewhere";
    ASSERT_FAILS(exec_job_start(graph, config, base_world_system(), "x", path, &job, &err),
                 RASK_ERROR_ILLEGAL_STATE,
                 "The snapshot has state of source 'source0', but this program has source "
                 "'elsewhere' (TestSource): it was taken by another program.");

    /* Unless it is told to leave what it does not know. */
    plan_config *lenient =
        config_in(directory, "execution.state-recovery.ignore-unclaimed-state=true");
    graph = group_graph(&p, 1);
    graph->stages[0]->ops[0]->uid = "other";
    ASSERT_OK(exec_job_start(graph, lenient, base_world_system(), "x", path, &job, &err));
    ASSERT_OK(finish_job(job, &err));

    ASSERT_FAILS(exec_job_start(group_graph(&p, 1), config, base_world_system(), "x", "/nowhere",
                                &job, &err),
                 RASK_ERROR_IO, "There is no snapshot file '/nowhere/_metadata'.");
    base_free(path);
    plan_config_free(lenient);
    plan_config_free(config);
    program_free(&p);
    test_directory_remove(directory);
}

/* ---- files ----------------------------------------------------------------------------------- */
/* A world that writes down what happens to files, in order, and fails at the n-th write to one. */
typedef struct scribe {
    base_files files;
    base_world world;
    const base_files *below;
    base_mutex mutex;
    base_strbuf log;
    int32_t fails_at, calls; /* calls that change a checkpoint; -1 = none fails */
} scribe;

static rask_status note(scribe *s, const char *what, const char *path, rask_error *err) {
    const char *name = path != NULL ? strrchr(path, '/') : NULL;
    base_mutex_lock(&s->mutex);
    base_strbuf_printf(&s->log, "%s %s\n", what, name != NULL ? name + 1 : "");
    bool fails = s->calls++ == s->fails_at;
    base_mutex_unlock(&s->mutex);
    return fails ? rask_error_set(err, RASK_ERROR_IO, "the disk is gone") : RASK_OK;
}

static rask_status scribe_open(void *self, const char *path, base_file_mode mode, base_file **out,
                               rask_error *err) {
    scribe *s = self;
    if (mode != BASE_FILE_READ)
        RASK_TRY(note(s, "write", path, err));
    return s->below->open(s->below->self, path, mode, out, err);
}

static rask_status scribe_write(void *self, base_file *file, const void *bytes, int64_t size,
                                rask_error *err) {
    scribe *s = self;
    RASK_TRY(note(s, "bytes", NULL, err));
    return s->below->write(s->below->self, file, bytes, size, err);
}

static rask_status scribe_sync(void *self, base_file *file, rask_error *err) {
    scribe *s = self;
    RASK_TRY(note(s, "sync", NULL, err));
    return s->below->sync(s->below->self, file, err);
}

static rask_status scribe_rename(void *self, const char *from, const char *to, rask_error *err) {
    scribe *s = self;
    RASK_TRY(note(s, "rename", to, err));
    return s->below->rename(s->below->self, from, to, err);
}

static void scribe_init(scribe *s, int32_t fails_at) {
    *s = (scribe){.files = *base_world_system()->files,
                  .world = *base_world_system(),
                  .below = base_world_system()->files,
                  .fails_at = fails_at};
    s->files.open = scribe_open;
    s->files.write = scribe_write;
    s->files.sync = scribe_sync;
    s->files.rename = scribe_rename;
    s->files.self = s;
    s->world.files = &s->files;
    base_mutex_init(&s->mutex);
    base_strbuf_init(&s->log, INT32_MAX);
}

static void scribe_free(scribe *s) {
    base_mutex_destroy(&s->mutex);
    base_strbuf_free(&s->log);
}

static bool exists(const char *path) {
    base_file_info info;
    const base_files *files = base_world_system()->files;
    assert_int_equal(files->info(files->self, path, &info, NULL), RASK_OK);
    return info.exists;
}

/* One checkpoint of an endless job in this world. */
static rask_status checkpoint_in(scribe *s, const char *directory, char **path, rask_error *err) {
    rask_error ignored;
    program p = program_new();
    p.rows->unbounded = true;
    plan_config *config = config_in(directory, NULL);
    exec_job *job;
    RASK_TRY(exec_job_start(group_graph(&p, 2), config, &s->world, "x", NULL, &job, err));
    rask_status status = exec_job_checkpoint(job, path, err);
    assert_int_equal(exec_job_state_now(job), EXEC_JOB_RUNNING); /* it is the caller's wish only */
    exec_job_cancel(job);
    finish_job(job, &ignored);
    plan_config_free(config);
    program_free(&p);
    return status;
}

static void renames_the_manifest_last(void **state) {
    (void)state;
    rask_error err;
    scribe s;
    char *directory = test_directory_make(), *path = NULL;
    scribe_init(&s, -1);
    ASSERT_OK(checkpoint_in(&s, directory, &path, &err));
    const char *last_file = strstr(s.log.data, "write _metadata.part");
    const char *renamed = strstr(s.log.data, "rename _metadata");
    assert_non_null(last_file);
    assert_non_null(renamed);
    assert_true(strstr(s.log.data, "write task-") < last_file);
    assert_null(strstr(last_file, "write task-"));
    assert_non_null(strstr(last_file, "bytes"));
    assert_true(strstr(last_file, "sync") < renamed);
    assert_null(strstr(renamed, "write"));
    assert_null(strstr(renamed, "bytes"));
    scribe_free(&s);
    base_free(path);
    test_directory_remove(directory);
}

/* Whatever fails, the caller is told, no manifest is left, and the job goes on. */
static void failed_checkpoints_leave_nothing(void **state) {
    (void)state;
    rask_error err;
    bool is_whole = false;
    for (int32_t n = 0; !is_whole; n++) {
        scribe s;
        char *directory = test_directory_make(), *path = NULL;
        scribe_init(&s, n);
        rask_status status = checkpoint_in(&s, directory, &path, &err);
        is_whole = status == RASK_OK;
        if (!is_whole) {
            assert_int_equal(status, RASK_ERROR_IO);
            assert_string_equal(err.message, "the disk is gone");
            assert_true(path == NULL || !exists(path));
        }
        assert_in_range(n, 0, 60);
        scribe_free(&s);
        base_free(path);
        test_directory_remove(directory);
    }
}

/* Bytes changed in any file of the checkpoint are found before anything runs. */
static void refuses_damaged_files(void **state) {
    (void)state;
    rask_error err;
    char *directory = test_directory_make();
    plan_config *config = config_in(directory, NULL);
    program p = program_new();
    char *path = run_until_checkpoint(&p, 2, NULL, ROWS / 2, config);
    char **names;
    int64_t count;
    const base_files *files = base_world_system()->files;
    ASSERT_OK(files->list(files->self, path, &names, &count, &err));
    assert_true(count >= 3);
    for (int64_t i = 0; i < count; i++) {
        char *name = base_printf("%s/%s", path, names[i]);
        for (long at = 0; at < 400; at += 57) {
            FILE *file = fopen(name, "r+b");
            fseek(file, at, SEEK_SET);
            int byte = fgetc(file);
            fseek(file, at, SEEK_SET);
            fputc(byte ^ 0x20, file);
            fclose(file);
            exec_job *job;
            if (byte != EOF)
                assert_int_equal(exec_job_start(group_graph(&p, 1), config, base_world_system(),
                                                "x", path, &job, &err),
                                 RASK_ERROR_IO);
            file = fopen(name, "r+b");
            fseek(file, at, SEEK_SET);
            if (byte != EOF)
                fputc(byte, file);
            fclose(file);
        }
        base_free(name);
        base_free(names[i]);
    }
    base_free(names);
    base_free(path);
    plan_config_free(config);
    program_free(&p);
    test_directory_remove(directory);
}

/* ---- sinks ----------------------------------------------------------------------------------- */
/* The commit behind a complete checkpoint fails, so the job does; restored, it commits what the
 * checkpoint holds, once, and goes on. */
static void recovers_what_was_not_committed(void **state) {
    (void)state;
    rask_error err;
    char *expected = all_at_once();
    char *directory = test_directory_make(), *path, *none = NULL;
    plan_config *config = config_in(directory, NULL);
    program p = program_new();
    set_gate(&p, ROWS / 2);
    exec_job *job;
    bool done;
    ASSERT_OK(
        exec_job_start(group_graph(&p, 1), config, base_world_system(), "x", NULL, &job, &err));
    ASSERT_OK(exec_job_wait(job, 20, &done, &err));
    test_sink_fail_commit(p.sink);
    path = base_printf("%s/%s/chk-1", directory, exec_job_id(job));
    assert_int_equal(exec_job_checkpoint(job, &none, &err), RASK_ERROR_IO);
    assert_int_equal(finish_job(job, &err), RASK_ERROR_IO);
    assert_string_equal(err.message, "the commit failed");
    assert_string_equal(test_sink_text(p.sink), "");
    set_gate(&p, 0);
    ASSERT_OK(
        exec_job_start(group_graph(&p, 2), config, base_world_system(), "x", path, &job, &err));
    ASSERT_OK(finish_job(job, &err));
    char *folded = test_fold(test_sink_text(p.sink));
    assert_string_equal(folded, expected);
    test_drop(folded);
    test_drop(expected);
    base_free(path);
    plan_config_free(config);
    program_free(&p);
    test_directory_remove(directory);
}

/* Checkpoints on their own, every few milliseconds; the last one goes when the job ends. */
static void takes_checkpoints_by_itself(void **state) {
    (void)state;
    rask_error err;
    char *expected = all_at_once();
    char *directory = test_directory_make();
    plan_config *config = config_in(directory, "execution.checkpointing.interval=3 ms");
    program p = program_new();
    exec_job *job;
    bool done;
    set_gate(&p, 100);
    ASSERT_OK(
        exec_job_start(group_graph(&p, 2), config, base_world_system(), "x", NULL, &job, &err));
    char *base = base_printf("%s/%s", directory, exec_job_id(job));
    for (int32_t commits = 1; commits <= 4; commits++) {
        for (int32_t i = 0; i < 2000 && test_sink_commits(p.sink) < commits; i++)
            ASSERT_OK(exec_job_wait(job, 5, &done, &err));
        assert_true(test_sink_commits(p.sink) >= commits);
        set_gate(&p, 100 + 500 * commits);
    }
    set_gate(&p, 0);
    ASSERT_OK(finish_job(job, &err));
    char *folded = test_fold(test_sink_text(p.sink));
    assert_string_equal(folded, expected);
    assert_false(exists(base));
    test_drop(folded);
    test_drop(expected);
    base_free(base);
    plan_config_free(config);
    program_free(&p);
    test_directory_remove(directory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restores_at_other_parallelisms),
        cmocka_unit_test(refuses_another_program),
        cmocka_unit_test(renames_the_manifest_last),
        cmocka_unit_test(failed_checkpoints_leave_nothing),
        cmocka_unit_test(refuses_damaged_files),
        cmocka_unit_test(recovers_what_was_not_committed),
        cmocka_unit_test(takes_checkpoints_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
