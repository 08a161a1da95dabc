/* Connectors without files: finding one and checking its options, rows in memory, datagen, print,
 * and the queue of results. */
#include <pthread.h>
#include <unistd.h>

#include "connect/print_text.h"
#include "table_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- options --------------------------------------------------------------------------------- */

typedef struct option_case {
    const char *options;
    bool as_sink;
    const char *message; /* contained in the error's; NULL = no error */
    const char *hint;
} option_case;

static void options_are_checked(void **state) {
    static const option_case cases[] = {
        {"connector=print", true, NULL, NULL},
        {"connector=blackhole", true, NULL, NULL},
        {"connector=prnt", true,
         "Could not find any factory for identifier 'prnt' that implements "
         "'org.apache.flink.table.factories.DynamicTableFactory' in the classpath.\n\n"
         "Available factory identifiers are:\n\nblackhole\ndatagen\nfilesystem\nprint",
         "did you mean 'print'?"},
        {"path=/x", true,
         "Table options do not contain an option key 'connector' for discovering a connector.", ""},
        {"connector=print", false,
         "Connector 'print' can only be used as a sink. It cannot be used as a source.", ""},
        {"connector=datagen", true,
         "Connector 'datagen' can only be used as a source. It cannot be used as a sink.", ""},
        {"connector=filesystem", false,
         "One or more required options are missing.\n\nMissing required options "
         "are:\n\nformat\npath",
         ""},
        {"connector=filesystem|path=/x|format=csv2", false,
         "Could not find any format factory for identifier 'csv2' in the classpath.",
         "did you mean 'csv'?"},
        {"connector=filesystem|path=/x|format=csv|pth=1|foo=2", false,
         "Unsupported options found for 'filesystem'.\n\nUnsupported options:\n\nfoo\npth\n\n"
         "Supported options:\n\nauto-compaction\n",
         ""},
        {"connector=filesystem|path=/x|format=csv|csv.field-delimter=;", false,
         "Unsupported options found for 'filesystem'.\n\nUnsupported "
         "options:\n\ncsv.field-delimter",
         "did you mean 'csv.field-delimiter'?"},
        {"connector=filesystem|path=/x|format=csv|csv.ignore-parse-errors=perhaps", false,
         "Invalid value for option 'ignore-parse-errors'.", ""},
        {"connector=print|standard-error=maybe", true, "Invalid value for option 'standard-error'.",
         ""},
        {"connector=filesystem|path=/x|format=csv|source.monitor-interval=1 s", false,
         "Option 'source.monitor-interval' of connector 'filesystem' is not supported yet.", ""},
        {"connector=filesystem|path=/x|format=canal-json", false,
         "Reading format 'canal-json' is not supported yet.", ""},
        {"connector=filesystem|path=s3://b/x|format=csv", false,
         "Could not find a file system implementation for scheme 's3'.", ""},
        {"connector=filesystem|path=file:/x|format=csv", false, NULL, NULL},
        {"connector=datagen|fields.a.kind=random|number-of-rows=3", false, NULL, NULL},
        {"connector=datagen|fields.a.knd=random", false, "Unsupported options found for 'datagen'.",
         NULL},
        {"connector=datagen|fields.a.kind=sequence|fields.a.start=1", false,
         "Could not find required property 'fields.a.end' for sequence generator.", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        fixture f;
        rask_error err = {0};
        const connect_class *found = NULL;
        fixture_init(&f, "a STRING", cases[i].options);
        rask_status status = connect_resolve(&f.connect, cases[i].as_sink, &found, &err);
        if (cases[i].message == NULL) {
            if (status != RASK_OK)
                fail_msg("%s: %s", cases[i].options, err.message);
        } else {
            assert_int_not_equal(status, RASK_OK);
            if (strstr(err.message, cases[i].message) == NULL)
                fail_msg("%s: %s", cases[i].options, err.message);
            if (cases[i].hint != NULL)
                assert_string_equal(err.hint, cases[i].hint);
        }
        fixture_free(&f);
    }
}

static void sinks_that_take_updates(void **state) {
    static const struct {
        const char *options;
        bool takes;
    } cases[] = {
        {"connector=print", true},
        {"connector=blackhole", true},
        {"connector=filesystem|path=/x|format=csv", false},
        {"connector=filesystem|path=/x|format=canal-json", true},
        {"connector=nope", false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        fixture f;
        fixture_init(&f, "a STRING", cases[i].options);
        assert_int_equal(connect_sink_takes_updates(f.table), cases[i].takes);
        fixture_free(&f);
    }
}

/* ---- sources --------------------------------------------------------------------------------- */

/* Reads all splits, going on from the position after every batch. */
static void read_all(const fixture *f, const connect_class *connector, int32_t parallelism,
                     int32_t rows_max, base_strbuf *out) {
    rask_error err;
    base_arena *arena = base_arena_new();
    const char **splits;
    int32_t count;
    ASSERT_OK(connector->plan(&f->connect, parallelism, arena, &splits, &count, &err));
    for (int32_t i = 0; i < count; i++) {
        char *position = NULL;
        connect_poll poll = CONNECT_IDLE;
        while (poll != CONNECT_END) {
            connect_reader *reader;
            data_batch *batch = NULL;
            base_strbuf text;
            base_strbuf_init(&text, 1024);
            ASSERT_OK(connector->open_reader(&f->connect, splits[i], position, &reader, &err));
            ASSERT_OK(connector->poll(reader, rows_max, &batch, &poll, &err));
            if (poll == CONNECT_ROWS)
                add_rows(out, batch);
            data_batch_unref(batch);
            connector->position(reader, &text);
            base_free(position);
            position = base_strbuf_take(&text);
            connector->close_reader(reader);
        }
        base_free(position);
    }
    base_arena_free(arena);
}

static void rows_in_memory(void **state) {
    fixture f;
    rask_error err;
    base_strbuf out;
    const connect_class *connector;
    fixture_init(&f, "a STRING, b INT", "");
    data_batch *batches[3] = {make_batch(&f, "+I x|1\n+I y|2\n+I z|NULL\n"),
                              make_batch(&f, "+I p|3\n"), make_batch(&f, "+I q|4\n+I r|5\n")};
    f.table->kind = PLAN_TABLE_INLINE;
    f.table->data = plan_data_new(f.schema, batches, 3);
    ASSERT_OK(connect_resolve(&f.connect, false, &connector, &err));
    assert_int_equal(connector->estimate_rows(&f.connect), 6);
    for (int32_t rows = 1; rows < 5; rows++) {
        base_strbuf_init(&out, 1024);
        read_all(&f, connector, 1 + rows % 2, rows, &out);
        assert_string_equal(out.data, "x|1\ny|2\nz|<NULL>\np|3\nq|4\nr|5\n");
        base_strbuf_free(&out);
    }
    fixture_project(&f, "b, b");
    base_strbuf_init(&out, 1024);
    read_all(&f, connector, 1, 2, &out);
    assert_string_equal(out.data, "1|1\n2|2\n<NULL>|<NULL>\n3|3\n4|4\n5|5\n");
    base_strbuf_free(&out);
    fixture_free(&f);
}

static void made_up_rows(void **state) {
    fixture f;
    base_strbuf out;
    const connect_class *datagen = connect_find("datagen");
    fixture_init(
        &f, "a INT, b STRING, c DECIMAL(6, 2)",
        "connector=datagen|number-of-rows=100|rows-per-second=1000000|fields.a.kind=sequence|"
        "fields.a.start=5|fields.a.end=14|fields.b.length=3|fields.c.min=1|fields.c.max=2");
    base_strbuf_init(&out, 1 << 16);
    read_all(&f, datagen, 2, 3, &out);
    int32_t next = 5;
    for (const char *line = out.data; *line != '\0'; line = strchr(line, '\n') + 1) {
        int a;
        char b[8];
        double c;
        assert_int_equal(sscanf(line, "%d|%3[0-9a-f]|%lf", &a, b, &c), 3);
        assert_int_equal(a, next++);
        assert_true(c >= 1 && c <= 2);
    }
    assert_int_equal(next, 15);
    base_strbuf_free(&out);
    fixture_free(&f);
}

/* ---- print ----------------------------------------------------------------------------------- */

static void rows_as_java_prints_them(void **state) {
    static const struct {
        const char *columns, *rows, *printed;
    } cases[] = {
        {"a STRING, b BIGINT", "+I flink|1\n-U flink|1\n+U flink|2\n-D NULL|NULL\n",
         "+I[flink, 1]\n-U[flink, 1]\n+U[flink, 2]\n-D[null, null]\n"},
        {"a BOOLEAN, b FLOAT, c DOUBLE, d TINYINT", "+I TRUE|1.1|1e10|-1\n",
         "+I[true, 1.1, 1.0E10, -1]\n"},
        {"a DECIMAL(6, 2), b DECIMAL(20, 10)", "+I 1.50|0\n+I -0.05|0.0000001\n",
         "+I[1.50, 0E-10]\n+I[-0.05, 1.000E-7]\n"},
        {"a DATE, b TIME, c TIME(3)",
         "+I 2020-01-02|12:34:56|12:34:56.7\n+I 0001-01-02|00:00:00|12:34:00\n",
         "+I[2020-01-02, 12:34:56, 12:34:56.700]\n+I[0001-01-02, 00:00, 12:34]\n"},
        {"a TIMESTAMP(6), b TIMESTAMP(9), c TIMESTAMP_LTZ(3)",
         "+I 2020-01-02 03:04:05.123456|2020-01-02 03:04:05.123456789|2020-01-02 03:04:05.12\n"
         "+I 1969-01-02 00:00:00|2020-01-02 03:04:00|2020-01-02 03:04:00\n",
         "+I[2020-01-02T03:04:05.123456, 2020-01-02T03:04:05.123456789, 2020-01-02T03:04:05.120Z]\n"
         "+I[1969-01-02T00:00, 2020-01-02T03:04, 2020-01-02T03:04:00Z]\n"},
        {"a ARRAY<INT>, b ROW<x INT, y STRING>, c MAP<STRING, INT>",
         "+I [1, NULL]|(1, q)|{k=1, l=NULL}\n", "+I[[1, null], +I[1, q], {k=1, l=null}]\n"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        fixture f;
        base_strbuf out;
        fixture_init(&f, cases[i].columns, "");
        base_strbuf_init(&out, 4096);
        data_batch *batch = make_batch(&f, cases[i].rows);
        for (int32_t row = 0; row < batch->row_count; row++) {
            connect_print_row(data_batch_kind(batch, row), batch->columns, batch->column_count, row,
                              &out);
            base_strbuf_add_char(&out, '\n');
        }
        assert_string_equal(out.data, cases[i].printed);
        data_batch_unref(batch);
        base_strbuf_free(&out);
        fixture_free(&f);
    }
}

/* What a print writer of this task puts on standard output. */
static void check_printed(const char *options, int32_t subtask, int32_t parallelism,
                          const char *expected) {
    fixture f;
    rask_error err;
    char text[256] = "";
    const connect_class *print = connect_find("print");
    connect_writer *writer;
    FILE *file = tmpfile();
    fixture_init(&f, "a INT", options);
    f.connect.subtask = subtask;
    f.connect.parallelism = parallelism;
    data_batch *batch = make_batch(&f, "+I 1\n-D 2\n");
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    rask_status status = print->open_writer(&f.connect, &writer, &err);
    if (status == RASK_OK)
        status = print->write(writer, batch, &err);
    print->close_writer(writer);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    rewind(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_int_equal(status, RASK_OK);
    assert_string_equal(text, expected);
    data_batch_unref(batch);
    fixture_free(&f);
}

static void print_prefixes(void **state) {
    check_printed("connector=print", 0, 1, "+I[1]\n-D[2]\n");
    check_printed("connector=print|print-identifier=me", 0, 1, "me> +I[1]\nme> -D[2]\n");
    check_printed("connector=print", 1, 2, "2> +I[1]\n2> -D[2]\n");
    check_printed("connector=print|print-identifier=me", 0, 2, "me:1> +I[1]\nme:1> -D[2]\n");
}

/* ---- results --------------------------------------------------------------------------------- */

static void count_room(void *context) {
    ++*(int *)context;
}

static void results_are_bounded(void **state) {
    fixture f;
    rask_error err;
    int room = 0;
    bool full = false;
    data_batch *batch;
    connect_poll poll;
    fixture_init(&f, "a INT", "");
    connect_results *results = connect_results_new(NULL, 1);
    connect_results_on_room(results, count_room, &room);
    ASSERT_OK(connect_results_next(results, 0, &batch, &poll, &err));
    assert_int_equal(poll, CONNECT_IDLE);
    connect_results_put(results, make_batch(&f, "+I 1\n"), &full);
    assert_false(full); /* one always fits */
    data_batch *second = make_batch(&f, "+I 2\n");
    connect_results_put(results, second, &full);
    assert_true(full);
    assert_int_equal(room, 0);
    ASSERT_OK(connect_results_next(results, 1000, &batch, &poll, &err));
    assert_int_equal(poll, CONNECT_ROWS);
    assert_int_equal(room, 1);
    data_batch_unref(batch);
    connect_results_put(results, second, &full);
    assert_false(full);
    connect_results_end(results, NULL);
    ASSERT_OK(connect_results_next(results, 1000, &batch, &poll, &err));
    assert_int_equal(poll, CONNECT_ROWS);
    data_batch_unref(batch);
    ASSERT_OK(connect_results_next(results, 1000, &batch, &poll, &err));
    assert_int_equal(poll, CONNECT_END);
    connect_results_unref(results);
    fixture_free(&f);
}

static void results_report_failure_and_cancel(void **state) {
    fixture f;
    rask_error err, failure = {0};
    int room = 0;
    bool full = false;
    data_batch *batch = NULL;
    connect_poll poll;
    fixture_init(&f, "a INT", "");
    connect_results *results = connect_results_new(NULL, 1 << 20);
    connect_results_put(results, make_batch(&f, "+I 1\n"), &full);
    rask_error_set(&failure, RASK_ERROR_RUNTIME, "it broke");
    connect_results_end(results, &failure);
    ASSERT_OK(
        connect_results_next(results, 0, &batch, &poll, &err)); /* rows before it come first */
    data_batch_unref(batch);
    ASSERT_FAILS(connect_results_next(results, 0, &batch, &poll, &err), RASK_ERROR_RUNTIME,
                 "it broke");
    connect_results_unref(results);

    results = connect_results_new(NULL, 1 << 20);
    connect_results_on_room(results, count_room, &room);
    connect_results_put(results, make_batch(&f, "+I 1\n"), &full);
    connect_results_cancel(results);
    assert_true(connect_results_is_cancelled(results));
    assert_int_equal(room, 1);
    connect_results_put(results, make_batch(&f, "+I 2\n"), &full);
    assert_false(full);
    ASSERT_OK(connect_results_next(results, 0, &batch, &poll, &err));
    assert_int_equal(poll, CONNECT_END);
    connect_results_unref(connect_results_ref(results));
    connect_results_unref(results);
    fixture_free(&f);
}

typedef struct feeder {
    connect_results *results;
    const fixture *f;
    pthread_mutex_t mutex;
    pthread_cond_t has_room;
    bool room;
} feeder;

static void tell_feeder(void *context) {
    feeder *feed = context;
    pthread_mutex_lock(&feed->mutex);
    feed->room = true;
    pthread_cond_signal(&feed->has_room);
    pthread_mutex_unlock(&feed->mutex);
}

static void *feed_rows(void *context) {
    feeder *feed = context;
    for (int i = 0; i < 500; i++) {
        char row[32];
        bool full = true;
        snprintf(row, sizeof row, "+I %d\n", i);
        data_batch *batch = make_batch(feed->f, row);
        for (connect_results_put(feed->results, batch, &full); full;
             connect_results_put(feed->results, batch, &full)) {
            pthread_mutex_lock(&feed->mutex);
            while (!feed->room)
                pthread_cond_wait(&feed->has_room, &feed->mutex);
            feed->room = false;
            pthread_mutex_unlock(&feed->mutex);
        }
    }
    connect_results_end(feed->results, NULL);
    return NULL;
}

static void results_cross_threads(void **state) {
    fixture f;
    rask_error err;
    pthread_t thread;
    connect_poll poll = CONNECT_IDLE;
    int32_t expected = 0;
    fixture_init(&f, "a INT", "");
    feeder feed = {.results = connect_results_new(NULL, 200), .f = &f};
    pthread_mutex_init(&feed.mutex, NULL);
    pthread_cond_init(&feed.has_room, NULL);
    connect_results_on_room(feed.results, tell_feeder, &feed);
    pthread_create(&thread, NULL, feed_rows, &feed);
    while (poll != CONNECT_END) {
        data_batch *batch = NULL;
        ASSERT_OK(connect_results_next(feed.results, 50, &batch, &poll, &err));
        if (poll != CONNECT_ROWS)
            continue;
        assert_int_equal(((const int32_t *)batch->columns[0]->values)[0], expected++);
        data_batch_unref(batch);
    }
    pthread_join(thread, NULL);
    assert_int_equal(expected, 500);
    connect_results_unref(feed.results);
    fixture_free(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(sinks_that_take_updates),
        cmocka_unit_test(rows_in_memory),
        cmocka_unit_test(made_up_rows),
        cmocka_unit_test(rows_as_java_prints_them),
        cmocka_unit_test(print_prefixes),
        cmocka_unit_test(results_are_bounded),
        cmocka_unit_test(results_report_failure_and_cancel),
        cmocka_unit_test(results_cross_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
