/* The filesystem connector: which files a path stands for, splits, part files and their commit,
 * what is left when a call fails, partitions, and 1.9's sink. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "table_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const connect_class *filesystem(void) {
    return connect_find("filesystem");
}

/* ---- files ----------------------------------------------------------------------------------- */

static void put_file(const char *directory, const char *name, const char *text) {
    rask_error err;
    const base_files *files = base_world_system()->files;
    char *path = base_printf("%s/%s", directory, name);
    char *parent = base_strndup(path, strrchr(path, '/') - path);
    base_file *file;
    ASSERT_OK(files->make_directories(files->self, parent, &err));
    ASSERT_OK(files->open(files->self, path, BASE_FILE_WRITE, &file, &err));
    ASSERT_OK(files->write(files->self, file, text, (int64_t)strlen(text), &err));
    ASSERT_OK(files->close(files->self, file, &err));
    base_free(path);
    base_free(parent);
}

static bool is_directory(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Everything below a directory, "name:text;" with uuids and job ids shown as *; names in order. */
static void describe(const char *directory, const char *below, base_strbuf *out) {
    rask_error err;
    const base_files *files = base_world_system()->files;
    char **names;
    int64_t count;
    ASSERT_OK(files->list(files->self, directory, &names, &count, &err));
    for (int64_t i = 0; i < count; i++) {
        char *path = base_printf("%s/%s", directory, names[i]);
        char *shown = base_printf("%s%s", below, names[i]), text[512] = "";
        char *uuid = strstr(shown, "part-");
        if (uuid != NULL && strlen(uuid) > 41)
            memmove(uuid + 6, uuid + 41, strlen(uuid + 41) + 1), uuid[5] = '*';
        char *job = strstr(shown, ".inprogress.");
        if (job != NULL && job[12] != '*')
            memmove(job + 13, job + 44, strlen(job + 44) + 1), job[12] = '*';
        if (is_directory(path)) {
            char *prefix = base_printf("%s/", shown);
            base_strbuf_printf(out, "%s;", prefix);
            describe(path, prefix, out);
            base_free(prefix);
        } else {
            FILE *file = fopen(path, "r");
            text[fread(text, 1, sizeof text - 1, file)] = '\0';
            fclose(file);
            base_strbuf_printf(out, "%s:%s;", shown, text);
        }
        base_free(shown);
        base_free(path);
        base_free(names[i]);
    }
    base_free(names);
}

static void check_tree(const char *directory, const char *expected) {
    base_strbuf out;
    base_strbuf_init(&out, 1 << 16);
    base_strbuf_add_text(&out, "");
    describe(directory, "", &out);
    assert_string_equal(out.data, expected);
    base_strbuf_free(&out);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The rows of the table, or "!message". */
static char *read_table(const fixture *f, int32_t parallelism) {
    rask_error err = {0};
    base_arena *arena = base_arena_new();
    const char **splits;
    int32_t count = 0;
    base_strbuf out;
    base_strbuf_init(&out, 1 << 20);
    base_strbuf_add_text(&out, "");
    rask_status status = filesystem()->plan(&f->connect, parallelism, arena, &splits, &count, &err);
    for (int32_t i = 0; i < count && status == RASK_OK; i++) {
        connect_reader *reader = NULL;
        connect_poll poll = CONNECT_ROWS;
        status = filesystem()->open_reader(&f->connect, splits[i], NULL, &reader, &err);
        while (status == RASK_OK && poll == CONNECT_ROWS) {
            data_batch *batch = NULL;
            status = filesystem()->poll(reader, 100, &batch, &poll, &err);
            if (batch != NULL)
                add_rows(&out, batch);
            data_batch_unref(batch);
        }
        filesystem()->close_reader(reader);
    }
    if (status != RASK_OK)
        base_strbuf_printf(&out, "!%s", err.message);
    base_arena_free(arena);
    return base_strbuf_take(&out);
}

static void check_read(const char *columns, const char *options, const char *directory,
                       const char *path, const char *expected) {
    fixture f;
    char *all = base_printf("connector=filesystem|format=csv|path=%s%s%s", path,
                            options[0] != '\0' ? "|" : "", options);
    char *place = strstr(all, "{}");
    if (place != NULL) {
        char *with = base_printf("%.*s%s%s", (int)(place - all), all, directory, place + 2);
        base_free(all);
        all = with;
    }
    fixture_init(&f, columns, all);
    char *text = read_table(&f, 1);
    if (expected[0] == '!' ? strstr(text, expected + 1) == NULL : strcmp(text, expected) != 0)
        fail_msg("%s gave\n%s\nnot\n%s", all, text, expected);
    base_free(text);
    base_free(all);
    fixture_free(&f);
}

static void paths_and_patterns(void **state) {
    char *directory = test_directory_make();
    put_file(directory, "d/b.csv", "b\n");
    put_file(directory, "d/a.csv", "a\n");
    put_file(directory, "d/empty.csv", "");
    put_file(directory, "d/.h.csv", "h\n");
    put_file(directory, "d/_u.csv", "u\n");
    put_file(directory, "d/sub/c.csv", "c\n");
    put_file(directory, "d/sub/_deep/x.csv", "x\n");
    put_file(directory, "d/z.txt", "z\n");
    put_file(directory, "d/w x/e.csv", "e\n");
    const char *s = "a STRING";
    check_read(s, "", directory, "{}/d", "a\nb\nc\ne\nz\n");
    check_read(s, "", directory, "file://{}/d/", "a\nb\nc\ne\nz\n");
    check_read(s, "", directory, "{}/d/b.csv", "b\n");
    check_read(s, "", directory, "{}/d/*.csv", "a\nb\n");
    check_read(s, "", directory, "{}/*/s*b/?.csv", "c\n");
    check_read(s, "", directory, "{}/d/[az]*", "a\nz\n");
    check_read(s, "", directory, "{}/d/w x", "e\n");
    check_read(s, "source.path.regex-pattern=.*\\.csv", directory, "{}/d", "a\nb\nc\ne\n");
    check_read(s, "source.path.regex-pattern=.*/sub/.*", directory, "{}/d", "c\n");
    check_read(s, "source.path.regex-pattern=b.csv", directory, "{}/d", "");
    check_read(s, "source.path.regex-pattern=[", directory, "{}/d", "!is no regular expression");
    check_read(s, "", directory, "{}/nosuch", "!/nosuch does not exist or the user running Flink");
    check_read(s, "", directory, "{}/d/*.json", "!/d/*.json does not exist");
    test_directory_remove(directory);
}

static void splits_of_large_files(void **state) {
    enum { ROWS = 1500000 };
    char *directory = test_directory_make();
    char *path = base_printf("%s/large.csv", directory);
    FILE *file = fopen(path, "w");
    for (int i = 0; i < ROWS; i++)
        fprintf(file, i % 1000 == 999 ? "\"te\nxt\",%d\n" : "some text,%d\n", i);
    fclose(file);
    fixture f;
    rask_error err;
    base_arena *arena = base_arena_new();
    const char **splits;
    int32_t count;
    char *options = base_printf("connector=filesystem|format=csv|path=%s", path);
    fixture_init(&f, "a STRING, b INT", options);
    ASSERT_OK(filesystem()->plan(&f.connect, 1, arena, &splits, &count, &err));
    assert_int_equal(count, 1);
    ASSERT_OK(filesystem()->plan(&f.connect, 2, arena, &splits, &count, &err));
    assert_in_range(count, 2, 8);
    int64_t rows = filesystem()->estimate_rows(&f.connect), seen = 0;
    assert_in_range(rows, ROWS / 2, ROWS * 3 / 2);
    for (int32_t i = 0; i < count; i++) {
        connect_reader *reader;
        connect_poll poll;
        data_batch *batch;
        ASSERT_OK(filesystem()->open_reader(&f.connect, splits[i], NULL, &reader, &err));
        for (;;) {
            ASSERT_OK(filesystem()->poll(reader, 2048, &batch, &poll, &err));
            if (poll == CONNECT_END)
                break;
            for (int32_t row = 0; row < batch->row_count; row++)
                assert_int_equal(((const int32_t *)batch->columns[1]->values)[row], seen++);
            data_batch_unref(batch);
        }
        filesystem()->close_reader(reader);
    }
    assert_int_equal(seen, ROWS);
    f.context.streaming = true;
    ASSERT_OK(filesystem()->plan(&f.connect, 2, arena, &splits, &count, &err));
    assert_int_equal(count, 1);
    base_arena_free(arena);
    base_free(options);
    base_free(path);
    fixture_free(&f);
    test_directory_remove(directory);
}

/* ---- writing --------------------------------------------------------------------------------- */

/* begin, one writer that writes `rows`, prepare, commit; the first failure ends in abort. */
static rask_status write_table(const fixture *f, const char *rows, rask_error *err) {
    const connect_class *fs = filesystem();
    connect_writer *writer = NULL;
    base_strbuf committable;
    base_strbuf_init(&committable, 1 << 20);
    data_batch *batch = make_batch(f, rows);
    rask_status status = fs->begin(&f->connect, err);
    bool begun = status == RASK_OK;
    if (status == RASK_OK)
        status = fs->open_writer(&f->connect, &writer, err);
    if (status == RASK_OK)
        status = fs->write(writer, batch, err);
    if (status == RASK_OK)
        status = fs->prepare(writer, true, &committable, err);
    if (writer != NULL)
        fs->close_writer(writer);
    const char *texts[] = {committable.data != NULL ? committable.data : ""};
    if (status == RASK_OK)
        status = fs->commit(&f->connect, texts, 1, true, err);
    if (status != RASK_OK && begun)
        fs->abort(&f->connect);
    data_batch_unref(batch);
    base_strbuf_free(&committable);
    return status;
}

static void set_path(fixture *f, const char *directory, const char *name) {
    char *path = base_printf("%s/%s", directory, name);
    plan_table_set_option(f->table, "path", path);
    base_free(path);
}

static void part_files(void **state) {
    fixture f;
    rask_error err;
    char *directory = test_directory_make();
    fixture_init(&f, "a STRING, b INT", "connector=filesystem|format=csv");
    set_path(&f, directory, "out/deep");
    ASSERT_OK(write_table(&f, "+I x|1\n+I y|2\n", &err));
    check_tree(directory, "out/;out/deep/;out/deep/part-*-task-0-file-0:x,1\ny,2\n;");
    ASSERT_OK(write_table(&f, "+I z|3\n", &err));
    f.connect.is_overwrite = true;
    put_file(directory, "out/deep/sub/old.csv", "old\n");
    put_file(directory, "out/deep/.keep", "k");
    ASSERT_OK(write_table(&f, "+I w|4\n", &err));
    check_tree(directory, "out/;out/deep/;out/deep/.keep:k;out/deep/part-*-task-0-file-0:w,4\n;");
    f.connect.is_overwrite = false;
    f.context.streaming = true;
    set_path(&f, directory, "stream");
    ASSERT_OK(write_table(&f, "+I x|1\n", &err));
    check_tree(directory, "out/;out/deep/;out/deep/.keep:k;out/deep/part-*-task-0-file-0:w,4\n;"
                          "stream/;stream/part-*-0-0:x,1\n;");
    f.connect.is_overwrite = true;
    const connect_class *found;
    ASSERT_FAILS(connect_resolve(&f.connect, true, &found, &err), RASK_ERROR_ILLEGAL_STATE,
                 "Streaming mode not support overwrite.");
    f.connect.is_overwrite = false;
    put_file(directory, "plain", "text");
    set_path(&f, directory, "plain");
    assert_int_equal(write_table(&f, "+I x|1\n", &err), RASK_ERROR_IO);
    assert_non_null(strstr(err.message, "is a file"));
    fixture_free(&f);
    test_directory_remove(directory);
}

/* Checkpoints: hidden until the commit, recovery is idempotent, abort leaves nothing of the job. */
static void checkpoints(void **state) {
    fixture f;
    rask_error err;
    connect_writer *writer;
    base_strbuf first;
    char *directory = test_directory_make();
    const connect_class *fs = filesystem();
    fixture_init(&f, "a STRING, b INT", "connector=filesystem|format=canal-json");
    f.context.streaming = true;
    set_path(&f, directory, "out");
    base_strbuf_init(&first, 4096);
    data_batch *batch = make_batch(&f, "+I x|1\n-U x|1\n");
    ASSERT_OK(fs->begin(&f.connect, &err));
    ASSERT_OK(fs->open_writer(&f.connect, &writer, &err));
    ASSERT_OK(fs->write(writer, batch, &err));
    ASSERT_OK(fs->prepare(writer, false, &first, &err));
    ASSERT_OK(fs->write(writer, batch, &err));
    fs->close_writer(writer); /* the job is killed */
    const char *line = "{\"data\":[{\"a\":\"x\",\"b\":1}],\"type\":\"INSERT\"}\n"
                       "{\"data\":[{\"a\":\"x\",\"b\":1}],\"type\":\"DELETE\"}\n";
    char *hidden = base_printf("out/;out/.part-*-0-0.inprogress.*:%s;", line);
    char *visible = base_printf("out/;out/part-*-0-0:%s;", line);
    check_tree(directory, hidden);
    const char *texts[] = {first.data};
    for (int i = 0; i < 2; i++) {
        ASSERT_OK(fs->recover_commit(&f.connect, texts, 1, &err));
        fs->abort(&f.connect);
        check_tree(directory, visible);
    }
    ASSERT_OK(base_remove_tree(base_world_system(), plan_table_option(f.table, "path"), &err));
    assert_int_equal(fs->recover_commit(&f.connect, texts, 1, &err), RASK_ERROR_IO);
    assert_non_null(strstr(err.message, "belongs to a completed checkpoint"));
    data_batch_unref(batch);
    base_strbuf_free(&first);
    base_free(hidden);
    base_free(visible);
    fixture_free(&f);
    test_directory_remove(directory);
}

static void rolling(void **state) {
    fixture f;
    rask_error err;
    connect_writer *writer;
    base_strbuf committable;
    char *directory = test_directory_make();
    const connect_class *fs = filesystem();
    fixture_init(&f, "a STRING, b INT",
                 "connector=filesystem|format=csv|sink.rolling-policy.file-size=5 b");
    f.context.streaming = true;
    set_path(&f, directory, "out");
    base_strbuf_init(&committable, 4096);
    data_batch *batch = make_batch(&f, "+I x|1\n");
    ASSERT_OK(fs->open_writer(&f.connect, &writer, &err));
    for (int i = 0; i < 3; i++)
        ASSERT_OK(fs->write(writer, batch, &err));
    ASSERT_OK(fs->prepare(writer, true, &committable, &err));
    fs->close_writer(writer);
    const char *texts[] = {committable.data};
    ASSERT_OK(fs->commit(&f.connect, texts, 1, true, &err));
    check_tree(directory, "out/;out/part-*-0-0:x,1\nx,1\n;out/part-*-0-1:x,1\n;");
    data_batch_unref(batch);
    base_strbuf_free(&committable);
    fixture_free(&f);
    test_directory_remove(directory);
}

/* The n-th call to the file system fails, for every n: an error, and nothing to be seen. */
static void failing_calls(void **state) {
    static const struct {
        const char *options;
        bool legacy;
    } cases[] = {{"connector=filesystem|format=csv", false},
                 {"connector=filesystem|format=csv|sink.rolling-policy.file-size=1 b", false},
                 {"connector=filesystem|format=csv", true}};
    for (size_t c = 0; c < COUNT(cases); c++) {
        bool done = false;
        for (int64_t n = 0; !done; n++) {
            fixture f;
            test_faults faults;
            rask_error err = {0};
            char *directory = test_directory_make();
            fixture_init(&f, "a STRING, b INT", cases[c].options);
            f.table->is_legacy = cases[c].legacy;
            set_path(&f, directory, "out");
            test_faults_init(&faults, base_world_system()->files);
            faults.calls_left = n;
            f.world.files = &faults.files;
            rask_status status = write_table(&f, "+I x|1\n+I y|2\n", &err);
            done = faults.calls_left >= 0;
            base_strbuf out;
            base_strbuf_init(&out, 4096);
            base_strbuf_add_text(&out, "");
            describe(directory, "", &out);
            if (done) {
                assert_int_equal(status, RASK_OK);
            } else if (status != RASK_OK) {
                assert_int_equal(status, RASK_ERROR_IO);
                assert_true(strlen(err.message) > 0);
                if (out.length > 0 && strcmp(out.data, "out/;") != 0)
                    fail_msg("call %d failed (%s), but there is: %s", (int)n, err.message,
                             out.data);
            }
            base_strbuf_free(&out);
            fixture_free(&f);
            test_directory_remove(directory);
            assert_in_range(n, 0, 100);
        }
    }
}

static void failing_reads(void **state) {
    char *directory = test_directory_make();
    put_file(directory, "in/a.csv", "x,1\ny,2\n");
    put_file(directory, "in/b.csv", "z,3\n");
    bool done = false;
    for (int64_t n = 0; !done; n++) {
        fixture f;
        test_faults faults;
        fixture_init(&f, "a STRING, b INT", "connector=filesystem|format=csv");
        set_path(&f, directory, "in");
        test_faults_init(&faults, base_world_system()->files);
        faults.calls_left = n;
        f.world.files = &faults.files;
        char *text = read_table(&f, 1);
        done = faults.calls_left >= 0;
        const char *error = strchr(text, '!');
        if (done)
            assert_string_equal(text, "x|1\ny|2\nz|3\n");
        else if (error == NULL && strcmp(text, "x|1\ny|2\nz|3\n") != 0)
            fail_msg("call %d failed, and the rows were: %s", (int)n, text);
        base_free(text);
        fixture_free(&f);
        assert_in_range(n, 0, 100);
    }
    test_directory_remove(directory);
}

static void full_disk(void **state) {
    fixture f;
    rask_error err = {0};
    char *directory = test_directory_make();
    char *link = base_printf("%s/out", directory);
    if (access("/dev/full", W_OK) != 0 || symlink("/dev/full", link) != 0)
        skip();
    fixture_init(&f, "a STRING, b INT", "connector=filesystem|format=csv|write-mode=OVERWRITE");
    f.table->is_legacy = true;
    /* The pending file of the 1.9 sink is the device. */
    char *pending = base_printf("%s/.res.inprogress.%s", directory, f.connect.job_id);
    assert_int_equal(symlink("/dev/full", pending), 0);
    set_path(&f, directory, "res");
    assert_int_equal(write_table(&f, "+I x|1\n", &err), RASK_ERROR_IO);
    assert_non_null(strstr(err.message, "No space left on device"));
    base_free(pending);
    base_free(link);
    fixture_free(&f);
    test_directory_remove(directory);
}

/* ---- partitions ------------------------------------------------------------------------------ */

static void partition_by(fixture *f, const char *first, const char *second) {
    f->table->partition_keys = BASE_ARENA_ARRAY(f->table->arena, const char *, 2);
    f->table->partition_keys[0] = first;
    f->table->partition_keys[1] = second;
    f->table->partition_key_count = second != NULL ? 2 : 1;
}

static void partitions(void **state) {
    fixture f;
    rask_error err;
    char *directory = test_directory_make();
    fixture_init(&f, "a STRING, p INT, q STRING", "connector=filesystem|format=csv");
    partition_by(&f, "p", "q");
    set_path(&f, directory, "out");
    ASSERT_OK(
        write_table(&f, "+I x|1|a\n+I y|1|b c\n+I z|2|NULL\n+I w|2|a/b=c%\n+I v|1|a\n", &err));
    check_tree(directory,
               "out/;out/p=1/;out/p=1/q=a/;out/p=1/q=a/part-*-task-0-file-0:x\nv\n;"
               "out/p=1/q=b c/;out/p=1/q=b c/part-*-task-0-file-1:y\n;out/p=2/;"
               "out/p=2/q=__DEFAULT_PARTITION__/;"
               "out/p=2/q=__DEFAULT_PARTITION__/part-*-task-0-file-2:z\n;"
               "out/p=2/q=a%2Fb%3Dc%25/;out/p=2/q=a%2Fb%3Dc%25/part-*-task-0-file-3:w\n;");
    char *text = read_table(&f, 1);
    assert_string_equal(text, "x|1|a\nv|1|a\ny|1|b c\nz|2|<NULL>\nw|2|a/b=c%\n");
    base_free(text);
    fixture_project(&f, "q, a");
    text = read_table(&f, 1);
    assert_string_equal(text, "a|x\na|v\nb c|y\n<NULL>|z\na/b=c%|w\n");
    base_free(text);
    fixture_project(&f, "p");
    text = read_table(&f, 1);
    assert_string_equal(text, "1\n1\n1\n2\n2\n");
    base_free(text);
    /* Overwriting replaces the partitions that get rows. */
    f.connect.is_overwrite = true;
    ASSERT_OK(write_table(&f, "+I new|1|a\n", &err));
    fixture_project(&f, "a, p, q");
    text = read_table(&f, 1);
    assert_string_equal(text, "new|1|a\ny|1|b c\nz|2|<NULL>\nw|2|a/b=c%\n");
    base_free(text);
    fixture_free(&f);
    test_directory_remove(directory);
}

/* ---- 1.9 ------------------------------------------------------------------------------------- */

static void legacy_single_file(void **state) {
    fixture f;
    rask_error err;
    char *directory = test_directory_make();
    fixture_init(&f, "word STRING, count BIGINT", "connector=filesystem|format=csv");
    f.table->is_legacy = true;
    set_path(&f, directory, "result");
    ASSERT_OK(write_table(&f, "+I api|1\n+I flink|NULL\n", &err));
    check_tree(directory, "result:api,1\nflink,\n;");
    assert_int_equal(write_table(&f, "+I x|1\n", &err), RASK_ERROR_IO);
    assert_non_null(strstr(err.message,
                           "already exists. Existing files and directories are not overwritten in "
                           "NO_OVERWRITE mode."));
    check_tree(directory, "result:api,1\nflink,\n;");
    plan_table_set_option(f.table, "write-mode", "OVERWRITE");
    ASSERT_OK(write_table(&f, "", &err));
    check_tree(directory, "result:;");
    fixture_free(&f);
    test_directory_remove(directory);
}

static void legacy_two_tasks(void **state) {
    fixture f;
    rask_error err;
    connect_writer *writers[2];
    base_strbuf texts[2];
    char *directory = test_directory_make();
    const connect_class *fs = filesystem();
    fixture_init(&f, "word STRING, count BIGINT", "connector=filesystem|format=csv");
    f.table->is_legacy = true;
    set_path(&f, directory, "result");
    data_batch *batch = make_batch(&f, "+I api|1\n");
    connect_config configs[2] = {f.connect, f.connect};
    ASSERT_OK(fs->begin(&f.connect, &err));
    for (int i = 0; i < 2; i++) {
        configs[i].subtask = i;
        configs[i].parallelism = 2;
        base_strbuf_init(&texts[i], 4096);
        ASSERT_OK(fs->open_writer(&configs[i], &writers[i], &err));
    }
    ASSERT_OK(fs->write(writers[1], batch, &err));
    for (int i = 0; i < 2; i++) {
        ASSERT_OK(fs->prepare(writers[i], true, &texts[i], &err));
        fs->close_writer(writers[i]);
    }
    check_tree(directory,
               ".result.inprogress.*/;.result.inprogress.*/1:;.result.inprogress.*/2:api,1\n;");
    const char *committables[] = {texts[0].data, texts[1].data};
    ASSERT_OK(fs->commit(&configs[0], committables, 2, true, &err));
    check_tree(directory, "result/;result/1:;result/2:api,1\n;");
    fs->abort(&f.connect);
    check_tree(directory, "result/;result/1:;result/2:api,1\n;");
    for (int i = 0; i < 2; i++)
        base_strbuf_free(&texts[i]);
    data_batch_unref(batch);
    fixture_free(&f);
    test_directory_remove(directory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_and_patterns),
        cmocka_unit_test(splits_of_large_files),
        cmocka_unit_test(part_files),
        cmocka_unit_test(checkpoints),
        cmocka_unit_test(rolling),
        cmocka_unit_test(failing_calls),
        cmocka_unit_test(failing_reads),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(partitions),
        cmocka_unit_test(legacy_single_file),
        cmocka_unit_test(legacy_two_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
