/* Keyed state: tables against a naive model, time to live, snapshots in key groups, damage. */
#include <unistd.h>

#include "state/state.h"
#include "support.h"

enum { GROUPS = 12 };

/* ---- a table and its model ------------------------------------------------------------------- */
enum { KEYS_MAX = 3000 };

typedef struct model { /* key number -> value, -1 = absent */
    int64_t values[KEYS_MAX];
} model;

/* Keys of all lengths: inline ones, long ones, the empty one. */
static data_string key_of(int32_t number, char *room) {
    int length = number == 0       ? 0
                 : number % 5 == 0 ? snprintf(room, 200, "%0*d", 20 + number % 150, number)
                                   : snprintf(room, 200, "k%d", number);
    return data_string_make(room, (uint32_t)length);
}

static uint64_t hash_of(int32_t number) {
    uint64_t x = (uint64_t)number * 0x9E3779B97F4A7C15ULL;
    return (x ^ x >> 29) * 0xBF58476D1CE4E5B9ULL;
}

static state_table *table_of(const char *schema, int32_t first, int32_t count, int64_t ttl_ms,
                             const base_world *world) {
    rask_error err;
    state_table *table;
    state_table_spec spec = {.uid = "counter",
                             .schema = schema,
                             .version = 1,
                             .row_bytes = 16,
                             .max_parallelism = GROUPS,
                             .group_first = first,
                             .group_count = count,
                             .ttl_ms = ttl_ms,
                             .world = world};
    ASSERT_OK(state_table_new(&spec, &table, &err));
    return table;
}

/* Pins a block of random keys and sets their values; equal keys are the same row. */
static void put_some(state_table *table, base_random *random, model *m) {
    enum { BLOCK = 300 };
    static char rooms[BLOCK][200];
    data_string keys[BLOCK];
    uint64_t hashes[BLOCK];
    int32_t numbers[BLOCK];
    void *rows[BLOCK];
    bool is_new[BLOCK];
    rask_error err;
    for (int32_t i = 0; i < BLOCK; i++) {
        numbers[i] = (int32_t)(random->next(random->self) % KEYS_MAX);
        keys[i] = key_of(numbers[i], rooms[i]);
        hashes[i] = hash_of(numbers[i]);
    }
    ASSERT_OK(state_pin(table, keys, hashes, BLOCK, rows, is_new, &err));
    for (int32_t i = 0; i < BLOCK; i++) {
        int64_t *value = rows[i];
        assert_int_equal(is_new[i], m->values[numbers[i]] < 0);
        assert_int_equal(*value, m->values[numbers[i]] < 0 ? 0 : m->values[numbers[i]]);
        m->values[numbers[i]] = *value = i + 1;
    }
    for (int32_t i = 0; i < BLOCK; i += 3) {
        if (m->values[numbers[i]] < 0)
            continue;
        state_remove(table, &keys[i], hashes[i]);
        m->values[numbers[i]] = -1;
    }
    state_unpin(table);
}

static int64_t live_keys(const model *m) {
    int64_t count = 0;
    for (int32_t i = 0; i < KEYS_MAX; i++)
        count += m->values[i] >= 0;
    return count;
}

static int64_t value_of(state_table *table, int32_t number) {
    char room[200];
    rask_error err;
    data_string key = key_of(number, room);
    uint64_t hash = hash_of(number);
    void *row;
    bool is_new;
    ASSERT_OK(state_pin(table, &key, &hash, 1, &row, &is_new, &err));
    int64_t value = is_new ? -1 : *(int64_t *)row;
    if (is_new)
        state_remove(table, &key, hash);
    state_unpin(table);
    return value;
}

static void fill(state_table *table, model *m, uint64_t seed) {
    base_seeded seeded;
    base_seeded_init(&seeded, seed);
    memset(m->values, -1, sizeof m->values);
    for (int32_t i = 0; i < 60; i++)
        put_some(table, &seeded.random, m);
}

static void tables_hold_what_was_put(void **state) {
    (void)state;
    model m;
    state_table *table = table_of("v", 0, GROUPS, 0, base_world_system());
    fill(table, &m, 1);
    assert_int_equal(state_row_count(table), live_keys(&m));
    for (int32_t i = 0; i < KEYS_MAX; i++)
        assert_int_equal(value_of(table, i), m.values[i]);
    assert_true(state_memory_used(table) > 16 * live_keys(&m));
    state_table_free(table);
}

/* ---- key groups ------------------------------------------------------------------------------ */
static void every_group_has_one_owner(void **state) {
    (void)state;
    for (int32_t max = 1; max <= 130; max += 43)
        for (int32_t parallelism = 1; parallelism <= max; parallelism++) {
            assert_int_equal(state_group_first(0, max, parallelism), 0);
            assert_int_equal(state_group_first(parallelism, max, parallelism), max);
            for (int32_t task = 0; task < parallelism; task++)
                for (int32_t g = state_group_first(task, max, parallelism);
                     g < state_group_first(task + 1, max, parallelism); g++)
                    assert_int_equal(state_group_owner(g, max, parallelism), task);
        }
}

static state_reader *reader_of(state_table *const *tables, int32_t count) {
    rask_error err;
    state_reader *reader = state_reader_new();
    for (int32_t i = 0; i < count; i++) {
        state_writer *writer = state_writer_new(NULL);
        ASSERT_OK(state_write_table(writer, tables[i], &err));
        ASSERT_OK(state_reader_add_writer(reader, writer, &err));
        state_writer_free(writer);
    }
    return reader;
}

/* Tables of `parallelism` tasks, filled from a snapshot. */
static void restore(const state_reader *reader, int32_t parallelism, state_table **tables) {
    rask_error err;
    for (int32_t i = 0; i < parallelism; i++) {
        int32_t first = state_group_first(i, GROUPS, parallelism);
        int32_t end = state_group_first(i + 1, GROUPS, parallelism);
        tables[i] = table_of("v", first, end - first, 0, base_world_system());
        ASSERT_OK(state_read_table(reader, tables[i], &err));
    }
}

/* One task's snapshot, taken over by three, then by five, then by one again. */
static void snapshots_fit_any_parallelism(void **state) {
    (void)state;
    static const int32_t steps[] = {1, 3, 5, 1};
    model m;
    state_table *tables[5] = {table_of("v", 0, GROUPS, 0, base_world_system())};
    fill(tables[0], &m, 2);
    for (int32_t s = 1; s < 4; s++) {
        state_reader *reader = reader_of(tables, steps[s - 1]);
        for (int32_t i = 0; i < steps[s - 1]; i++)
            state_table_free(tables[i]);
        restore(reader, steps[s], tables);
        state_reader_free(reader);
        int64_t rows = 0;
        for (int32_t i = 0; i < steps[s]; i++)
            rows += state_row_count(tables[i]);
        assert_int_equal(rows, live_keys(&m));
    }
    for (int32_t i = 0; i < KEYS_MAX; i++)
        assert_int_equal(value_of(tables[0], i), m.values[i]);
    state_table_free(tables[0]);
}

static void mismatches_name_both(void **state) {
    (void)state;
    rask_error err;
    model m;
    state_table *table = table_of("keys=[STRING]", 0, GROUPS, 0, base_world_system());
    state_table *other = table_of("keys=[BIGINT]", 0, GROUPS, 0, base_world_system());
    fill(table, &m, 3);
    state_reader *reader = reader_of(&table, 1);
    ASSERT_FAILS(state_read_table(reader, other, &err), RASK_ERROR_ILLEGAL_STATE,
                 "The snapshot's state of operator counter is 'keys=[STRING]', but the program's "
                 "is 'keys=[BIGINT]'.");
    state_reader_free(reader);
    state_table_free(table);
    state_table_free(other);
}

/* ---- time to live ---------------------------------------------------------------------------- */
static void rows_outlive_their_time_by_no_touch(void **state) {
    (void)state;
    test_clock clock;
    base_world world = *base_world_system();
    test_clock_init(&clock, 1000000);
    world.clock = &clock.clock;
    model m;
    state_table *table = table_of("v", 0, GROUPS, 500, &world);
    fill(table, &m, 4);
    clock.now_us += 499000;
    for (int32_t i = 1; i < KEYS_MAX; i += 2) /* touches every other row */
        assert_int_equal(value_of(table, i), m.values[i]);
    int64_t before = state_row_count(table);
    clock.now_us += 1000;
    assert_int_equal(value_of(table, 2), -1);
    for (int32_t i = 0; i < 1000; i++)
        state_sweep(table, clock.clock.now_ms(clock.clock.self));
    assert_in_range(state_row_count(table), 1, before - 1);
    for (int32_t i = 1; i < KEYS_MAX; i += 2)
        assert_int_equal(value_of(table, i), m.values[i]);
    state_table_free(table);
}

/* ---- files ----------------------------------------------------------------------------------- */
static uint8_t *file_bytes(const char *path, int64_t *size) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = base_alloc(1 << 20);
    *size = (int64_t)fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

/* Whatever is changed or cut off, the reader says so. */
static void damage_is_found(void **state) {
    (void)state;
    rask_error err;
    char *directory = test_directory_make();
    char *path = base_printf("%s/part", directory);
    state_writer *writer;
    uint64_t checksum;
    ASSERT_OK(state_writer_open(NULL, base_world_system(), path, &writer, &err));
    ASSERT_OK(state_write_section(writer, "a", "schema", 1, "some bytes", 10, &err));
    ASSERT_OK(state_write_section(writer, "b", "", 2, NULL, 0, &err));
    ASSERT_OK(state_writer_finish(writer, base_world_system(), NULL, &checksum, &err));
    state_writer_free(writer);
    int64_t size;
    uint8_t *bytes = file_bytes(path, &size);
    for (int64_t i = 0; i < size; i++) {
        state_reader *reader = state_reader_new();
        bytes[i] ^= 0x41;
        assert_int_equal(state_reader_add_bytes(reader, bytes, size, path, NULL, &err),
                         RASK_ERROR_IO);
        bytes[i] ^= 0x41;
        assert_int_equal(state_reader_add_bytes(reader, bytes, i, path, NULL, &err), RASK_ERROR_IO);
        state_reader_free(reader);
    }
    state_reader *reader = state_reader_new();
    uint64_t wrong = checksum + 1;
    ASSERT_OK(state_reader_add_bytes(reader, bytes, size, path, &checksum, &err));
    assert_int_equal(state_reader_section_count(reader), 2);
    assert_int_equal(state_reader_add_bytes(reader, bytes, size, path, &wrong, &err),
                     RASK_ERROR_IO);
    state_reader_free(reader);
    base_free(bytes);
    base_free(path);
    test_directory_remove(directory);
}

/* A writer whose file system fails at any call leaves no file. */
static void failed_files_are_removed(void **state) {
    (void)state;
    rask_error err;
    char *directory = test_directory_make();
    char *path = base_printf("%s/part", directory);
    bool is_whole = false;
    for (int64_t n = 0; !is_whole; n++) {
        test_faults faults;
        base_world world = *base_world_system();
        test_faults_init(&faults, world.files);
        faults.calls_left = n;
        world.files = &faults.files;
        state_writer *writer = NULL;
        uint64_t checksum;
        rask_status status = state_writer_open(NULL, &world, path, &writer, &err);
        if (status == RASK_OK)
            status = state_write_section(writer, "a", "schema", 1, directory, 20, &err);
        if (status == RASK_OK)
            status = state_writer_finish(writer, &world, NULL, &checksum, &err);
        state_writer_free(writer);
        is_whole = status == RASK_OK;
        if (!is_whole)
            assert_int_equal(status, RASK_ERROR_IO);
        assert_int_equal(access(path, F_OK) == 0, is_whole);
        assert_in_range(n, 0, 20);
    }
    base_free(path);
    test_directory_remove(directory);
}

/* ---- keys ------------------------------------------------------------------------------------ */
/* Columns may say less about NULLs than the declared types: the bytes are the same. */
static void keys_are_encoded_as_declared(void **state) {
    (void)state;
    rask_error err;
    data_column *nullable[2] = {test_column("BIGINT", "1|2"), test_column("STRING", "a|b")};
    data_column *never[2] = {test_column("BIGINT NOT NULL", "1|2"),
                             test_column("STRING NOT NULL", "a|b")};
    const data_type *types[2] = {test_type("BIGINT"), test_type("STRING")};
    base_buffer *bytes[2] = {NULL, NULL};
    data_string keys[2][2];
    ASSERT_OK(state_encode_keys(NULL, (const data_column *const *)nullable, types, 2, NULL, 2,
                                &bytes[0], keys[0], NULL, &err));
    ASSERT_OK(state_encode_keys(NULL, (const data_column *const *)never, types, 2, NULL, 2,
                                &bytes[1], keys[1], NULL, &err));
    for (int32_t i = 0; i < 2; i++)
        assert_true(data_string_equal(&keys[0][i], &keys[1][i]));
    for (int32_t i = 0; i < 2; i++) {
        data_column_unref(nullable[i]);
        data_column_unref(never[i]);
        base_buffer_unref(bytes[i]);
    }
}

/* Equal values are equal keys; both zeros are keys of their own, all NaNs are one. */
static void keys_of_floating_numbers(void **state) {
    (void)state;
    rask_error err;
    data_column *column = test_column("DOUBLE", "0.0|-0.0|NaN|NaN|NULL|1.5");
    ((double *)column->values)[3] = -((double *)column->values)[2];
    const data_type *type = test_type("DOUBLE");
    base_buffer *bytes = NULL;
    data_string keys[6];
    ASSERT_OK(state_encode_keys(NULL, (const data_column *const *)&column, &type, 1, NULL, 6,
                                &bytes, keys, NULL, &err));
    for (int32_t i = 0; i < 6; i++)
        for (int32_t k = 0; k < i; k++)
            assert_int_equal(data_string_equal(&keys[i], &keys[k]), i == 3 && k == 2);
    data_column_unref(column);
    base_buffer_unref(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_hold_what_was_put),
        cmocka_unit_test(every_group_has_one_owner),
        cmocka_unit_test(snapshots_fit_any_parallelism),
        cmocka_unit_test(mismatches_name_both),
        cmocka_unit_test(rows_outlive_their_time_by_no_touch),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(failed_files_are_removed),
        cmocka_unit_test(keys_are_encoded_as_declared),
        cmocka_unit_test(keys_of_floating_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
