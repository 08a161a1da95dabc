/* Pools, buffers, arenas, string builders and maps. */
#include "support.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/thread.h"

static void pool_reserves_in_chunks(void **state) {
    rask_error err;
    base_pool *root = base_pool_new(NULL, "process", "rask.memory", 64 << 20);
    base_pool *child = base_pool_new(root, "task", NULL, 0);
    assert_int_equal(base_pool_limit(child), 64 << 20);
    ASSERT_OK(base_pool_reserve(child, 1, &err));
    assert_int_equal(base_pool_used(child), 1);
    assert_int_equal(base_pool_used(root), BASE_POOL_CHUNK);
    ASSERT_OK(base_pool_reserve(child, BASE_POOL_CHUNK, &err));
    assert_int_equal(base_pool_used(root), 2 * BASE_POOL_CHUNK);
    /* One spare chunk stays. */
    base_pool_release(child, BASE_POOL_CHUNK + 1);
    assert_int_equal(base_pool_used(child), 0);
    assert_int_equal(base_pool_used(root), BASE_POOL_CHUNK);
    base_pool_unref(child);
    assert_int_equal(base_pool_used(root), 0);
    base_pool_unref(root);
}

/* Twenty tasks that breathe leave room in a budget of a mebibyte. */
static void small_budgets_have_small_chunks(void **state) {
    rask_error err;
    base_pool *root = base_pool_new(NULL, "process", "rask.memory", 1 << 20);
    base_pool *tasks[20];
    for (int i = 0; i < 20; i++) {
        tasks[i] = base_pool_new(root, "task", NULL, 0);
        ASSERT_OK(base_pool_reserve(tasks[i], 1000, &err));
        base_pool_release(tasks[i], 1000);
    }
    assert_in_range(base_pool_used(root), 0, 20 * 16384);
    for (int i = 0; i < 20; i++)
        base_pool_unref(tasks[i]);
    base_pool_unref(root);
}

static void pool_refuses_by_name(void **state) {
    rask_error err;
    base_pool *root =
        base_pool_new(NULL, "process", "taskmanager.memory.managed.size", 128LL << 20);
    base_pool *child = base_pool_new(root, "HashAggregate", NULL, 0);
    ASSERT_OK(base_pool_reserve(child, (128LL << 20) - 100, &err));
    ASSERT_FAILS(base_pool_reserve(child, 1048576, &err), RASK_ERROR_MEMORY,
                 "Out of managed memory: 'HashAggregate' needs 1048576 bytes more, "
                 "'taskmanager.memory.managed.size' allows 128 mb.");
    assert_int_equal(base_pool_used(child), (128LL << 20) - 100);
    /* The last bytes of the budget can be had, though they fill no chunk. */
    ASSERT_OK(base_pool_reserve(child, 100, &err));
    assert_int_equal(base_pool_reserve(child, 1, NULL), RASK_ERROR_MEMORY);
    base_pool_release(child, 128LL << 20);
    base_pool_unref(child);
    base_pool *small = base_pool_new(root, "small", NULL, 1000);
    ASSERT_FAILS(base_pool_reserve(small, 1001, &err), RASK_ERROR_MEMORY,
                 "Out of managed memory: 'small' needs 1001 bytes more, 'small' allows 1000 "
                 "bytes.");
    assert_int_equal(base_pool_limit(small), 1000);
    base_pool_unref(small);
    base_pool_unref(root);
}

enum { THREADS = 4, ROUNDS = 20000 };

static void *breathe(void *argument) {
    base_pool *pool = argument;
    base_seeded seeded;
    base_seeded_init(&seeded, (uint64_t)(uintptr_t)&seeded);
    int64_t held = 0;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t bytes = (int64_t)(seeded.random.next(&seeded) % (3 * BASE_POOL_CHUNK));
        if (held > 0 && i % 3 == 0) {
            base_pool_release(pool, held);
            held = 0;
        } else if (base_pool_reserve(pool, bytes, NULL) == RASK_OK) {
            held += bytes;
        }
    }
    base_pool_release(pool, held);
    return NULL;
}

/* Whatever threads do, nothing is lost and no assertion of the pool fires. */
static void pool_is_thread_safe(void **state) {
    rask_error err;
    base_pool *root = base_pool_new(NULL, "root", NULL, 64 << 20);
    base_pool *middle = base_pool_new(root, "middle", NULL, 0);
    base_thread threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ASSERT_OK(base_thread_start(&threads[i], "breathe", breathe, middle, &err));
    for (int i = 0; i < THREADS; i++)
        base_thread_join(threads[i]);
    assert_int_equal(base_pool_used(middle), 0);
    assert_in_range(base_pool_used(root), 0, (2 + THREADS) * (int64_t)BASE_POOL_CHUNK);
    base_pool_unref(middle);
    assert_int_equal(base_pool_used(root), 0);
    base_pool_unref(root);
}

static void buffers(void **state) {
    rask_error err;
    base_pool *pool = base_pool_new(NULL, "test", NULL, 1000);
    base_buffer *buffer;
    ASSERT_OK(base_buffer_new(pool, 100, &buffer, &err));
    assert_int_equal((uintptr_t)buffer->data % 64, 0);
    assert_int_equal(buffer->size, 0);
    assert_int_equal(base_pool_used(pool), 100);
    for (int i = 0; i < 64; i++)
        assert_int_equal(buffer->data[100 + i], 0);
    memcpy(buffer->data, "abc", 3);
    buffer->size = 3;
    assert_true(base_buffer_is_unique(buffer));
    base_buffer *second = base_buffer_ref(buffer);
    assert_false(base_buffer_is_unique(buffer));
    base_buffer_unref(second);
    ASSERT_OK(base_buffer_reserve(&buffer, 500, &err));
    assert_memory_equal(buffer->data, "abc", 3);
    assert_int_equal(base_pool_used(pool), 500);
    assert_int_equal(base_buffer_reserve(&buffer, 901, NULL), RASK_ERROR_MEMORY);
    assert_int_equal(buffer->capacity, 500);
    base_pool_unref(pool); /* the buffer keeps it alive */
    base_buffer_unref(buffer);
    base_buffer_unref(NULL);
    assert_null(base_buffer_ref(NULL));
    assert_int_equal(base_buffer_new(NULL, INT64_MAX - 8, &buffer, NULL), RASK_ERROR_MEMORY);
}

static void note_release(base_buffer *buffer) {
    ++*(int *)buffer->release_data;
}

static void wrapped_buffers(void **state) {
    static const char text[] = "foreign";
    int released = 0;
    base_buffer *buffer = base_buffer_wrap(text, 7, note_release, &released);
    base_buffer *second = base_buffer_ref(buffer);
    base_buffer_unref(buffer);
    assert_int_equal(released, 0);
    assert_memory_equal(second->data, text, 7);
    base_buffer_unref(second);
    assert_int_equal(released, 1);
}

static void count_release(void *data) {
    ++*(int32_t *)data;
}

static void arenas(void **state) {
    base_arena *arena = base_arena_new();
    char *first = base_arena_strdup(arena, "first");
    for (int i = 1; i < 2000; i++) {
        uint8_t *bytes = base_arena_alloc(arena, i);
        assert_int_equal((uintptr_t)bytes % 16, 0);
        for (int j = 0; j < i; j++)
            assert_int_equal(bytes[j], 0);
        memset(bytes, 0xAB, (size_t)i);
    }
    char *large = base_arena_alloc(arena, 5 << 20);
    large[(5 << 20) - 1] = 'x';
    assert_string_equal(first, "first");
    assert_string_equal(base_arena_printf(arena, "%s-%d", first, 7), "first-7");
    assert_null(base_arena_strdup(arena, NULL));
    int32_t released = 0;
    base_arena_on_free(arena, count_release, &released);
    base_arena_reset(arena);
    assert_int_equal(released, 1);
    base_arena_on_free(arena, count_release, &released);
    assert_string_equal(base_arena_strndup(arena, "abcdef", 3), "abc");
    base_arena_reset(arena);
    uint8_t *again = base_arena_alloc(arena, 4 << 20); /* in the kept chunk, cleared */
    for (int i = 0; i < 4 << 20; i += 1024)
        assert_int_equal(again[i], 0);
    base_list list = {0};
    for (intptr_t i = 0; i < 100; i++)
        base_list_add(arena, &list, (void *)i);
    assert_int_equal(list.count, 100);
    assert_ptr_equal(list.items[99], (void *)99);
    base_arena_reset(arena);
    base_arena_reset(arena);
    base_arena_free(arena);
    assert_int_equal(released, 2);
    base_arena_free(NULL);
}

static void string_builders(void **state) {
    base_strbuf text;
    base_strbuf_init(&text, 10);
    assert_string_equal(text.data, "");
    base_strbuf_add_text(&text, "abc");
    base_strbuf_add_char(&text, 'd');
    base_strbuf_printf(&text, "%d", 123);
    assert_string_equal(text.data, "abcd123");
    base_strbuf_add(&text, "efgh", 4);
    assert_true(text.overflowed);
    base_strbuf_add_char(&text, 'x'); /* sticky */
    assert_string_equal(text.data, "abcd123");
    base_strbuf_clear(&text);
    assert_false(text.overflowed);
    base_strbuf_printf(&text, "%s", "0123456789");
    assert_false(text.overflowed);
    assert_null(base_strbuf_room(&text, 1));
    char *taken = base_strbuf_take(&text);
    assert_string_equal(taken, "0123456789");
    base_free(taken);
    taken = base_strbuf_take(&text);
    assert_string_equal(taken, "");
    base_free(taken);
    base_strbuf_free(&text);
}

static int freed;
static void count_free(void *value) {
    freed++;
}

static void maps(void **state) {
    base_map *map = base_map_new(count_free);
    static int values[1000];
    char key[16];
    freed = 0;
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "key%d", i);
        base_map_put(map, key, &values[i]);
    }
    assert_int_equal(base_map_count(map), 1000);
    assert_ptr_equal(base_map_get(map, "key500"), &values[500]);
    assert_null(base_map_get(map, "absent"));
    for (int i = 0; i < 1000; i += 2) {
        snprintf(key, sizeof key, "key%d", i);
        assert_true(base_map_remove(map, key));
        assert_false(base_map_remove(map, key));
    }
    assert_int_equal(freed, 500);
    base_map_put(map, "key1", &values[0]); /* keeps its place, frees the old value */
    assert_int_equal(freed, 501);
    base_map_put(map, "key0", &values[0]); /* was removed: comes last */
    int64_t cursor = 0, seen = 0;
    const char *name = NULL;
    void *value;
    while (base_map_next(map, &cursor, &name, &value)) {
        snprintf(key, sizeof key, "key%d", seen < 500 ? (int)(2 * seen + 1) : 0);
        assert_string_equal(name, key);
        assert_ptr_equal(value, base_map_get(map, name));
        seen++;
    }
    assert_int_equal(seen, 501);
    assert_true(base_map_has(map, "key1"));
    base_map_put(map, "null", NULL);
    assert_true(base_map_has(map, "null"));
    base_map_clear(map);
    assert_int_equal(base_map_count(map), 0);
    assert_false(base_map_has(map, "key1"));
    base_map_put(map, "key1", &values[0]);
    base_map_free(map);
    base_map_free(NULL);
}

/* Removing and adding in turn must not fill the table with dead entries. */
static void maps_reuse_room(void **state) {
    base_map *map = base_map_new(NULL);
    char key[16];
    for (int i = 0; i < 100000; i++) {
        snprintf(key, sizeof key, "k%d", i);
        base_map_put(map, key, map);
        assert_true(base_map_remove(map, key));
    }
    assert_int_equal(base_map_count(map), 0);
    base_map_free(map);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_budgets_have_small_chunks),
        cmocka_unit_test(pool_reserves_in_chunks),
        cmocka_unit_test(pool_refuses_by_name),
        cmocka_unit_test(pool_is_thread_safe),
        cmocka_unit_test(buffers),
        cmocka_unit_test(wrapped_buffers),
        cmocka_unit_test(arenas),
        cmocka_unit_test(string_builders),
        cmocka_unit_test(maps),
        cmocka_unit_test(maps_reuse_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
