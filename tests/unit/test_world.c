/* Files, clock, random numbers, threads: the real ones and the doubles of support.h. */
#include "support.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/thread.h"

static const base_files *files;

static void write_file(const char *path, const char *text) {
    rask_error err;
    base_file *file;
    ASSERT_OK(files->open(files->self, path, BASE_FILE_WRITE, &file, &err));
    ASSERT_OK(files->write(files->self, file, text, (int64_t)strlen(text), &err));
    ASSERT_OK(files->sync(files->self, file, &err));
    ASSERT_OK(files->close(files->self, file, &err));
}

static void reads_and_writes(void **state) {
    rask_error err;
    char bytes[32], *directory = test_directory_make();
    char *path = base_printf("%s/file", directory);
    base_file *file;
    int64_t got = -1;
    files = base_world_system()->files;
    write_file(path, "0123456789");
    ASSERT_OK(files->open(files->self, path, BASE_FILE_READ, &file, &err));
    ASSERT_OK(files->read_at(files->self, file, 4, bytes, 3, &got, &err));
    assert_int_equal(got, 3);
    assert_memory_equal(bytes, "456", 3);
    ASSERT_OK(files->read_at(files->self, file, 8, bytes, 32, &got, &err));
    assert_int_equal(got, 2);
    ASSERT_OK(files->read_at(files->self, file, 100, bytes, 32, &got, &err));
    assert_int_equal(got, 0);
    ASSERT_OK(files->close(files->self, file, &err));
    base_file_info info;
    ASSERT_OK(files->info(files->self, path, &info, &err));
    assert_true(info.exists && !info.is_directory && !info.is_link);
    assert_int_equal(info.size, 10);
    int64_t age = base_world_system()->clock->now_ms(NULL) - info.modified_ms;
    assert_in_range(age + 1000, 0, 60000);
    write_file(path, "x"); /* truncates */
    ASSERT_OK(files->info(files->self, path, &info, &err));
    assert_int_equal(info.size, 1);
    assert_int_equal(files->open(files->self, path, BASE_FILE_WRITE_NEW, &file, NULL),
                     RASK_ERROR_IO);
    base_free(path);
    test_directory_remove(directory);
}

static void file_errors_name_path_and_reason(void **state) {
    rask_error err;
    base_file *file;
    base_file_info info;
    char **names;
    int64_t count, got;
    files = base_world_system()->files;
    ASSERT_FAILS(files->open(NULL, "/absent/p", BASE_FILE_READ, &file, &err), RASK_ERROR_IO,
                 "Cannot read '/absent/p': No such file or directory");
    ASSERT_FAILS(files->open(NULL, "/absent/p", BASE_FILE_WRITE, &file, &err), RASK_ERROR_IO,
                 "Cannot write '/absent/p': No such file or directory");
    ASSERT_FAILS(files->list(NULL, "/absent", &names, &count, &err), RASK_ERROR_IO,
                 "Cannot list '/absent': No such file or directory");
    ASSERT_FAILS(files->remove(NULL, "/absent", &err), RASK_ERROR_IO,
                 "Cannot remove '/absent': No such file or directory");
    ASSERT_FAILS(files->rename(NULL, "/absent", "/b", &err), RASK_ERROR_IO,
                 "Cannot rename '/absent': No such file or directory");
    ASSERT_FAILS(files->make_directories(NULL, "/dev/null/a", &err), RASK_ERROR_IO,
                 "Cannot create directory '/dev/null': File exists");
    ASSERT_OK(files->info(NULL, "/absent", &info, &err));
    assert_false(info.exists);
    ASSERT_OK(files->info(NULL, "/dev/null/a", &info, &err));
    assert_false(info.exists);
    ASSERT_OK(files->open(NULL, "/", BASE_FILE_READ, &file, &err));
    ASSERT_FAILS(files->read_at(NULL, file, 0, &got, 8, &got, &err), RASK_ERROR_IO,
                 "Cannot read '/': Is a directory");
    ASSERT_OK(files->close(NULL, file, &err));
}

static void directories(void **state) {
    rask_error err;
    char *directory = test_directory_make(), **names;
    char *deep = base_printf("%s/a/b//c/", directory), *link = base_printf("%s/a/link", directory);
    char *other = test_directory_make(), *kept = base_printf("%s/kept", other);
    int64_t count;
    base_file_info info;
    files = base_world_system()->files;
    ASSERT_OK(files->make_directories(NULL, deep, &err));
    ASSERT_OK(files->make_directories(NULL, deep, &err)); /* once more is fine */
    static const char *const children[] = {"b", "B", "ab", "10", "9"};
    for (int i = 0; i < 5; i++) {
        char *child = base_printf("%s/%s", deep, children[i]);
        write_file(child, "x");
        base_free(child);
    }
    ASSERT_OK(files->list(NULL, deep, &names, &count, &err));
    static const char *const sorted[] = {"10", "9", "B", "ab", "b"};
    assert_int_equal(count, 5);
    for (int64_t i = 0; i < count; i++) {
        assert_string_equal(names[i], sorted[i]);
        base_free(names[i]);
    }
    base_free(names);
    /* A tree is removed with its links, not with what they point to. */
    write_file(kept, "x");
    assert_int_equal(symlink(other, link), 0);
    ASSERT_OK(base_remove_tree(base_world_system(), directory, &err));
    ASSERT_OK(files->info(NULL, directory, &info, &err));
    assert_false(info.exists);
    ASSERT_OK(files->info(NULL, kept, &info, &err));
    assert_true(info.exists);
    ASSERT_OK(base_remove_tree(base_world_system(), directory, &err)); /* gone already */
    base_free(deep);
    base_free(link);
    base_free(kept);
    base_free(directory);
    test_directory_remove(other);
}

/* Whichever call fails, the error is reported and nothing leaks; then the tree can go. */
static void remove_tree_reports_faults(void **state) {
    rask_error err;
    base_world world = *base_world_system();
    test_faults faults;
    test_faults_init(&faults, world.files);
    world.files = &faults.files;
    files = base_world_system()->files;
    for (int64_t n = 0;; n++) {
        char *directory = test_directory_make();
        char *deep = base_printf("%s/a/b", directory), *file = base_printf("%s/f", deep);
        ASSERT_OK(files->make_directories(NULL, deep, &err));
        write_file(file, "x");
        faults.calls_left = n;
        rask_status status = base_remove_tree(&world, directory, &err);
        bool was_injected = faults.calls_left < 0;
        if (status != RASK_OK)
            assert_string_equal(err.message, "injected fault");
        base_free(deep);
        base_free(file);
        test_directory_remove(directory);
        if (!was_injected) {
            assert_int_equal(status, RASK_OK);
            break;
        }
    }
    assert_in_range(faults.calls, 10, 1000);
}

static void random_numbers(void **state) {
    char a[37], b[37];
    base_world world = *base_world_system();
    base_uuid(&world, a);
    base_uuid(&world, b);
    assert_int_equal(strlen(a), 36);
    assert_string_not_equal(a, b);
    assert_int_equal(a[14], '4');
    assert_non_null(strchr("89ab", a[19]));
    base_seeded seeded;
    base_seeded_init(&seeded, 42);
    world.random = &seeded.random;
    base_uuid(&world, a);
    assert_string_equal(a, "bdd73226-2feb-4e95-a8ef-e333b266f103");
    base_seeded_init(&seeded, 42);
    base_uuid(&world, b);
    assert_string_equal(a, b);
}

static void clocks(void **state) {
    const base_clock *clock = base_world_system()->clock;
    int64_t before = clock->monotonic_ns(clock->self);
    clock->sleep_ms(clock->self, 2);
    assert_true(clock->monotonic_ns(clock->self) - before >= 2000000);
    assert_true(clock->now_ms(clock->self) > 1600000000000);
    test_clock still;
    test_clock_init(&still, -1);
    assert_int_equal(still.clock.now_ms(still.clock.self), -1);
    still.clock.sleep_ms(still.clock.self, 5);
    assert_int_equal(still.clock.now_us(still.clock.self), 4999);
}

static char logged[3000];
static void keep_line(void *self, base_log_level level, const char *line) {
    snprintf(logged, sizeof logged, "%d %s", level, line);
}

static void logs(void **state) {
    base_world world = *base_world_system();
    base_log log = {keep_line, BASE_LOG_INFO, NULL};
    world.log = &log;
    base_log_write(&world, BASE_LOG_DEBUG, "unheard");
    assert_string_equal(logged, "");
    base_log_write(&world, BASE_LOG_ERROR, "%s %d", "code", 7);
    assert_string_equal(logged, "3 code 7");
    base_log_write(&world, BASE_LOG_INFO, "%2500s|", "x");
    assert_int_equal(strlen(logged), 2503);
}

typedef struct shared {
    base_mutex mutex;
    base_cond cond;
    int turns;
} shared;

static void *play(void *argument) {
    shared *s = argument;
    base_mutex_lock(&s->mutex);
    while (s->turns % 2 == 0)
        base_cond_wait(&s->cond, &s->mutex);
    s->turns++;
    base_cond_broadcast(&s->cond);
    base_mutex_unlock(&s->mutex);
    return s;
}

static void threads(void **state) {
    rask_error err;
    shared s = {.turns = 0};
    base_thread thread;
    base_mutex_init(&s.mutex);
    base_cond_init(&s.cond);
    ASSERT_OK(base_thread_start(&thread, "a name that is too long", play, &s, &err));
    base_mutex_lock(&s.mutex);
    assert_false(base_cond_wait_ms(&s.cond, &s.mutex, 1));
    s.turns++;
    base_cond_signal(&s.cond);
    while (s.turns == 1)
        assert_true(base_cond_wait_ms(&s.cond, &s.mutex, 60000));
    base_mutex_unlock(&s.mutex);
    base_thread_join(thread);
    assert_int_equal(s.turns, 2);
    base_cond_destroy(&s.cond);
    base_mutex_destroy(&s.mutex);
    assert_in_range(base_cpu_count(), 1, 1 << 16);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test(file_errors_name_path_and_reason),
        cmocka_unit_test(directories),
        cmocka_unit_test(remove_tree_reports_faults),
        cmocka_unit_test(random_numbers),
        cmocka_unit_test(clocks),
        cmocka_unit_test(logs),
        cmocka_unit_test(threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
