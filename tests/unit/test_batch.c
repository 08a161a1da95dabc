/* Batches: compact, slice, concat with selection, kinds, inner watermarks and hashes; schemas. */
#include "support.h"

/* `count` rows: an INT column 0, 1, 2 ... and a STRING column. */
static data_batch *new_batch(base_pool *pool, int32_t count) {
    rask_error err;
    char text[40];
    data_builder *ints = data_builder_new(pool, test_type("INT"), count);
    data_builder *texts = data_builder_new(pool, test_type("STRING"), count);
    data_column *columns[2];
    for (int32_t i = 0; i < count; i++) {
        ASSERT_OK(data_builder_add_i64(ints, i, &err));
        snprintf(text, sizeof text, i % 2 == 0 ? "s%d" : "a string with number %d", i);
        ASSERT_OK(data_builder_add_string(texts, text, (int64_t)strlen(text), &err));
    }
    ASSERT_OK(data_builder_finish(ints, &columns[0], &err));
    ASSERT_OK(data_builder_finish(texts, &columns[1], &err));
    data_builder_free(ints);
    data_builder_free(texts);
    return data_batch_take(columns, 2, count);
}

static base_buffer *buffer_of(base_pool *pool, const void *bytes, int64_t size) {
    rask_error err;
    base_buffer *buffer;
    ASSERT_OK(base_buffer_new(pool, size, &buffer, &err));
    memcpy(buffer->data, bytes, (size_t)size);
    buffer->size = size;
    return buffer;
}

/* Ten rows; 1, 2, 5, 8 selected; kinds by row number modulo 4; watermarks in front of, between and
 * behind the selected rows. */
static data_batch *sample(base_pool *pool, bool selects) {
    static const uint16_t selection[] = {1, 2, 5, 8};
    static const uint8_t kinds[] = {0, 1, 2, 3, 0, 1, 2, 3, 0, 1};
    static const data_inner_watermark marks[] = {{0, 10}, {2, 20}, {3, 30}, {6, 60}, {9, 90}};
    uint64_t hashes[10];
    for (int i = 0; i < 10; i++)
        hashes[i] = 1000 + (uint64_t)i;
    data_batch *batch = new_batch(pool, 10);
    if (selects)
        data_batch_set_selection(batch, buffer_of(pool, selection, sizeof selection), 4);
    data_batch_set_kinds(batch, buffer_of(pool, kinds, sizeof kinds));
    data_batch_set_watermarks(batch, buffer_of(pool, marks, sizeof marks), 5);
    data_batch_set_hashes(batch, buffer_of(pool, hashes, sizeof hashes));
    return batch;
}

static const char *watermarks_of(const data_batch *batch) {
    static char text[300];
    int length = 0;
    text[0] = '\0';
    for (int32_t i = 0; i < batch->watermark_count; i++)
        length +=
            snprintf(text + length, sizeof text - (size_t)length, "%s%d:%lld", i > 0 ? " " : "",
                     batch->watermarks[i].row_offset, (long long)batch->watermarks[i].watermark_ms);
    return text;
}

static void row_kinds(void **state) {
    assert_string_equal(data_row_kind_text(DATA_INSERT), "+I");
    assert_string_equal(data_row_kind_text(DATA_UPDATE_BEFORE), "-U");
    assert_string_equal(data_row_kind_text(DATA_UPDATE_AFTER), "+U");
    assert_string_equal(data_row_kind_text(DATA_DELETE), "-D");
    assert_true(data_row_kind_is_add(DATA_UPDATE_AFTER));
    assert_false(data_row_kind_is_add(DATA_UPDATE_BEFORE));
}

static void compact(void **state) {
    rask_error err;
    base_pool *pool = base_pool_new(NULL, "test", NULL, 0);
    data_batch *batch = sample(pool, true), *dense, *same;
    assert_string_equal(test_batch_text(batch), "-U 1,a string with number 1|+U 2,s2|"
                                                "-U 5,a string with number 5|+I 8,s8");
    ASSERT_OK(data_batch_compact(pool, batch, &dense, &err));
    assert_null(dense->selection);
    assert_int_equal(dense->row_count, 4);
    assert_string_equal(test_batch_text(dense), test_batch_text(batch));
    assert_true(dense->hashes[3] == 1008);
    /* 20 and 30 both stand after row 2, the second kept one: the later holds. */
    assert_string_equal(watermarks_of(dense), "-1:10 1:30 2:60 3:90");
    ASSERT_OK(data_batch_compact(pool, dense, &same, &err));
    assert_ptr_equal(same, dense);
    data_batch_unref(same);
    data_batch_unref(dense);
    data_batch_unref(batch);
    data_batch_unref(NULL);
    base_pool_unref(pool);
}

/* Slices in a row hold each row and each watermark once, whatever the cuts. */
static void slices(void **state) {
    rask_error err;
    base_pool *pool = base_pool_new(NULL, "test", NULL, 0);
    for (int selects = 0; selects < 2; selects++) {
        data_batch *batch = sample(pool, selects), *parts[3], *whole, *dense;
        ASSERT_OK(data_batch_compact(pool, batch, &dense, &err));
        int32_t count = batch->selected;
        for (int32_t a = 0; a <= count; a++) {
            for (int32_t b = a; b <= count; b++) {
                ASSERT_OK(data_batch_slice(pool, batch, 0, a, &parts[0], &err));
                ASSERT_OK(data_batch_slice(pool, batch, a, b - a, &parts[1], &err));
                ASSERT_OK(data_batch_slice(pool, batch, b, count - b, &parts[2], &err));
                assert_int_equal(parts[1]->selected, b - a);
                ASSERT_OK(data_batch_concat(pool, parts, 3, &whole, &err));
                assert_string_equal(test_batch_text(whole), test_batch_text(batch));
                char marks[300];
                strcpy(marks, watermarks_of(dense));
                assert_string_equal(watermarks_of(whole), marks);
                assert_memory_equal(whole->hashes, dense->hashes, (size_t)count * 8);
                data_batch_unref(whole);
                for (int i = 0; i < 3; i++)
                    data_batch_unref(parts[i]);
            }
        }
        data_batch_unref(dense);
        data_batch_unref(batch);
    }
    base_pool_unref(pool);
}

static void slice_of_a_slice(void **state) {
    rask_error err;
    data_batch *batch = sample(NULL, true), *part, *inner;
    ASSERT_OK(data_batch_slice(NULL, batch, 1, 3, &part, &err));
    data_batch_unref(batch);
    ASSERT_OK(data_batch_slice(NULL, part, 1, 1, &inner, &err));
    data_batch_unref(part);
    assert_string_equal(test_batch_text(inner), "-U 5,a string with number 5");
    assert_string_equal(watermarks_of(inner), "5:60");
    data_batch_unref(inner);
}

static void concat_mixes(void **state) {
    rask_error err;
    data_batch *plain = new_batch(NULL, 2), *rich = sample(NULL, true), *whole;
    data_batch *both[] = {plain, rich, plain};
    ASSERT_OK(data_batch_concat(NULL, both, 3, &whole, &err));
    assert_string_equal(test_batch_text(whole),
                        "+I 0,s0|+I 1,a string with number 1|-U 1,a string with number 1|+U 2,s2|"
                        "-U 5,a string with number 5|+I 8,s8|+I 0,s0|+I 1,a string with number 1");
    assert_string_equal(watermarks_of(whole), "1:10 3:30 4:60 5:90");
    assert_null(whole->hashes); /* not all have them */
    data_batch_unref(whole);
    ASSERT_OK(data_batch_concat(NULL, &rich, 1, &whole, &err));
    assert_int_equal(whole->row_count, 4);
    data_batch_unref(whole);
    data_batch_unref(plain);
    data_batch_unref(rich);
}

static void other_columns(void **state) {
    data_batch *batch = sample(NULL, true);
    data_column *column = data_column_ref(batch->columns[0]);
    data_batch *one = data_batch_with_columns(batch, &column, 1);
    assert_string_equal(test_batch_text(one), "-U 1|+U 2|-U 5|+I 8");
    assert_string_equal(watermarks_of(one), watermarks_of(batch));
    assert_null(one->hashes); /* they belong to other columns */
    data_batch_unref(batch);
    assert_string_equal(test_batch_text(one), "-U 1|+U 2|-U 5|+I 8");
    data_batch *none = data_batch_with_columns(one, NULL, 0);
    assert_int_equal(none->selected, 4);
    data_batch_unref(none);
    data_batch_unref(one);
}

static void pinned_bytes(void **state) {
    base_pool *pool = base_pool_new(NULL, "test", NULL, 0);
    data_batch *batch = sample(pool, true);
    assert_int_equal(data_batch_pinned_bytes(batch), base_pool_used(pool));
    data_batch_unref(batch);
    assert_int_equal(base_pool_used(pool), 0);
    base_pool_unref(pool);
}

static void exhaustion(void **state) {
    rask_error err;
    data_batch *batch = sample(NULL, true);
    bool succeeded = false;
    for (int64_t limit = 1; !succeeded; limit += 8) {
        base_pool *pool = base_pool_new(NULL, "test", NULL, limit);
        data_batch *out[3] = {NULL}, *both[] = {batch, batch};
        succeeded = data_batch_compact(pool, batch, &out[0], &err) == RASK_OK;
        succeeded &= data_batch_slice(pool, batch, 1, 2, &out[1], &err) == RASK_OK;
        succeeded &= data_batch_concat(pool, both, 2, &out[2], &err) == RASK_OK;
        for (int i = 0; i < 3; i++)
            data_batch_unref(out[i]);
        base_pool_unref(pool);
        assert_in_range(limit, 0, 10000);
    }
    data_batch_unref(batch);
}

static void schemas(void **state) {
    base_arena *arena = base_arena_new(), *other = base_arena_new();
    data_schema *schema = data_schema_new(other, 2);
    schema->names[0] = base_arena_strdup(other, "word");
    schema->names[1] = "count";
    schema->types[0] = test_type("STRING");
    schema->types[1] = test_type("BIGINT");
    data_schema *copy = data_schema_copy(arena, schema);
    base_arena_free(other);
    assert_int_equal(data_schema_find(copy, "word"), 0);
    assert_int_equal(data_schema_find(copy, "count"), 1);
    assert_int_equal(data_schema_find(copy, "Word"), -1);
    assert_ptr_equal(copy->types[1], test_type("BIGINT"));
    base_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_kinds),    cmocka_unit_test(compact),
        cmocka_unit_test(slices),       cmocka_unit_test(slice_of_a_slice),
        cmocka_unit_test(concat_mixes), cmocka_unit_test(other_columns),
        cmocka_unit_test(pinned_bytes), cmocka_unit_test(exhaustion),
        cmocka_unit_test(schemas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
