/* Columns of every layout and type: deriving, comparing, hashing, building.
 *
 * The central check is one property: whatever is derived prints as the same rows picked from the
 * text of the input, for every kind of column and every way to lay it out. */
#include "support.h"

#define LONG_A "a string of more than twelve bytes"
#define LONG_B "another one that does not fit a view"

/* Nine rows of every kind of column. */
static const char *const samples[][2] = {
    {"BOOLEAN", "TRUE|FALSE|NULL|TRUE|TRUE|FALSE|FALSE|NULL|TRUE"},
    {"TINYINT", "1|-1|NULL|127|-128|0|1|2|3"},
    {"SMALLINT NOT NULL", "1|-1|32767|-32768|0|1|2|3|4"},
    {"INT", "1|-1|NULL|2147483647|-2147483648|0|1|2|3"},
    {"BIGINT", "1|-1|NULL|9223372036854775807|-9223372036854775808|0|1|2|3"},
    {"FLOAT", "1.5|-1.5|NULL|NaN|Infinity|-0.0|0.1|1.0|2.0"},
    {"DOUBLE", "1.5|-1.5|NULL|NaN|Infinity|-0.0|0.1|1.0|2.0"},
    {"DECIMAL(5, 2)", "1.50|-1.50|NULL|999.99|-999.99|0.00|0.01|1.00|2.00"},
    {"DECIMAL(15, 2)", "1.50|-1.50|NULL|9999999999999.99|-0.01|0.00|0.01|1.00|2.00"},
    {"DECIMAL(38, 0)", "1|-1|NULL|99999999999999999999999999999999999999|5|0|1|2|3"},
    {"DATE", "2020-01-02|1969-12-31|NULL|0001-01-01|9999-12-31|2000-02-29|1970-01-01|NULL|NULL"},
    {"TIME(3)", "01:02:03.4|00:00:00.0|NULL|23:59:59.999|NULL|NULL|01:00:00.0|NULL|10:00:00.0"},
    {"TIMESTAMP(3)", "2020-01-02 03:04:05.678|1969-12-31 23:59:59.999|NULL|NULL|NULL|NULL|NULL|"
                     "1970-01-01 00:00:00.000|NULL"},
    {"TIMESTAMP_LTZ(9)", "2020-01-02 03:04:05.123456789|NULL|NULL|NULL|NULL|NULL|NULL|"
                         "1969-12-31 23:59:59.999999999|NULL"},
    {"STRING", "short|" LONG_A "|NULL||twelve bytes|" LONG_B "|thirteen byte|" LONG_A "|x"},
    {"ARRAY<INT>", "[1, NULL, 3]|[]|NULL|[4]|[5, 6]|[]|[7]|NULL|[8, 9, 10]"},
    {"ARRAY<STRING>", "[" LONG_A ", NULL]|[]|NULL|[a]|[" LONG_B "]|[]|[b]|NULL|[c, d]"},
    {"MAP<STRING, INT>", "{a=1, b=NULL}|{}|NULL|{" LONG_A "=3}|{c=4}|{}|{d=5}|NULL|{e=6}"},
    {"MULTISET<INT>", "{1=1, 2=3}|{}|NULL|{NULL=2}|{4=1}|{}|{5=1}|NULL|{6=6}"},
    {"ROW<a INT, b STRING>",
     "(1, x)|(NULL, " LONG_A ")|NULL|(3, NULL)|(4, )|(5, y)|(NULL, NULL)|NULL|"
     "(8, " LONG_B ")"},
    {"ROW<a ARRAY<ROW<b INT>>>", "([(1), NULL, (NULL)])|([])|NULL|(NULL)|([(4)])|([])|([(5)])|NULL|"
                                 "([(6), (7)])"},
    {"NULL", "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL"},
};
enum { SAMPLES = sizeof samples / sizeof samples[0], ROWS = 9 };

/* The rows (negative = NULL) of a text of items. */
static const char *pick(const char *items, const int32_t *rows, int64_t count) {
    static char out[1 << 16];
    char *o = out;
    for (int64_t i = 0; i < count; i++) {
        const char *item = "NULL";
        size_t length = 4;
        if (rows[i] >= 0) {
            item = items;
            for (int32_t r = 0; r < rows[i]; r++)
                item = strchr(item, '|') + 1;
            length = strcspn(item, "|");
        }
        o += sprintf(o, "%s%.*s", i > 0 ? "|" : "", (int)length, item);
    }
    *o = '\0';
    return out;
}

/* The sample as a dictionary column: codes backwards over the reversed values. */
static data_column *as_dictionary(data_column *values) {
    rask_error err;
    int32_t backwards[ROWS];
    for (int32_t i = 0; i < ROWS; i++)
        backwards[i] = ROWS - 1 - i;
    data_column *dictionary, *codes;
    ASSERT_OK(data_column_gather(NULL, values, backwards, ROWS, &dictionary, &err));
    ASSERT_OK(data_column_new(NULL, values->type, DATA_PHYSICAL_NONE, ROWS, &codes, &err));
    base_buffer *buffer;
    ASSERT_OK(base_buffer_new(NULL, ROWS * 4, &buffer, &err));
    base_buffer_unref(codes->values_buffer);
    codes->values_buffer = buffer;
    codes->values = buffer->data;
    codes->layout = DATA_DICTIONARY;
    codes->dictionary = dictionary;
    codes->dictionary_id = 1;
    codes->physical = values->physical;
    base_free(codes->children);
    codes->children = NULL;
    codes->child_count = 0;
    if (values->validity != NULL)
        ASSERT_OK(data_column_make_validity(NULL, codes, &err));
    for (int32_t i = 0; i < ROWS; i++) {
        bool is_null = data_column_is_null(values, i);
        if (is_null && values->validity != NULL)
            data_column_set_null(codes, i);
        ((int32_t *)codes->values)[i] = is_null ? -12345 : ROWS - 1 - i; /* null rows: anything */
    }
    return codes;
}

/* Row `row` of the sample as a constant. */
static data_column *as_constant(data_column *values, int32_t row) {
    rask_error err;
    data_column *column;
    base_arena *arena = base_arena_new();
    data_value value = data_value_at(arena, values, row);
    ASSERT_OK(data_value_to_column(NULL, &value, ROWS, &column, &err));
    base_arena_free(arena);
    assert_int_equal(column->layout, DATA_CONSTANT);
    return column;
}

/* All derivations of a column whose rows print as `items`. */
static void check_derived(data_column *column, const char *items) {
    rask_error err;
    base_pool *pool = base_pool_new(NULL, "test", NULL, 0);
    static const int32_t rows[] = {8, 0, 0, 3, 7, 1, 2, 5, 6, 6, 4};
    static const int32_t with_nulls[] = {-1, 8, 0, -1, 1, 2, -7, 4};
    static const uint16_t selection[] = {1, 3, 4, 8};
    static const int32_t selected[] = {1, 3, 4, 8}, middle[] = {2, 3, 4, 5, 6}, none[] = {0};
    static const int32_t twice[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 2, 3, 4,
                                    5, 6, 0, 1, 2, 3, 4, 5, 6, 7, 8};
    data_column *out, *part, *again;
    assert_string_equal(test_text(column), items);
    ASSERT_OK(data_column_flatten(pool, column, &out, &err));
    assert_int_equal(out->layout, DATA_FLAT);
    assert_string_equal(test_text(out), items);
    data_column_unref(out);
    ASSERT_OK(data_column_gather(pool, column, rows, 11, &out, &err));
    assert_string_equal(test_text(out), pick(items, rows, 11));
    data_column_unref(out);
    ASSERT_OK(data_column_gather(pool, column, with_nulls, 8, &out, &err));
    assert_string_equal(test_text(out), pick(items, with_nulls, 8));
    assert_int_equal(data_column_null_count(out) >= 3, true);
    data_column_unref(out);
    ASSERT_OK(data_column_gather(pool, column, none, 0, &out, &err));
    assert_int_equal(out->length, 0);
    ASSERT_OK(data_column_gather(pool, out, with_nulls + 6, 1, &again, &err));
    assert_string_equal(test_text(again), "NULL");
    data_column_unref(again);
    data_column_unref(out);
    ASSERT_OK(data_column_select(pool, column, selection, 4, &out, &err));
    assert_string_equal(test_text(out), pick(items, selected, 4));
    data_column_unref(out);
    ASSERT_OK(data_column_slice(pool, column, 2, 5, &part, &err));
    assert_string_equal(test_text(part), pick(items, middle, 5));
    ASSERT_OK(data_column_slice(pool, part, 1, 2, &again, &err)); /* a slice of a slice */
    assert_string_equal(test_text(again), pick(items, middle + 1, 2));
    data_column_unref(again);
    ASSERT_OK(data_column_gather(pool, part, none, 1, &again, &err));
    assert_string_equal(test_text(again), pick(items, middle, 1));
    data_column_unref(again);
    data_column *parts[] = {column, part, column};
    ASSERT_OK(data_column_concat(pool, parts, 3, &out, &err));
    assert_string_equal(test_text(out), pick(items, twice, 23));
    data_column_unref(out);
    data_column_unref(part);
    ASSERT_OK(data_column_compact(pool, column, true, &out, &err));
    assert_string_equal(test_text(out), items);
    data_column_unref(out);
    base_pool_unref(pool); /* asserts that nothing is charged any more */
}

static void check_hashes(const data_column *column, const data_column *flat) {
    uint64_t hashes[ROWS], other[ROWS], some[3];
    static const uint16_t selection[] = {1, 4, 8};
    data_column_hash(column, NULL, ROWS, true, hashes);
    data_column_hash(flat, NULL, ROWS, true, other);
    data_column_hash(column, selection, 3, true, some);
    for (int i = 0; i < 3; i++)
        assert_true(some[i] == hashes[selection[i]]);
    for (int i = 0; i < ROWS; i++) {
        assert_true(hashes[i] == other[i]);
        for (int j = 0; j < ROWS; j++) {
            bool equal = data_column_equal(column, i, flat, j);
            assert_int_equal(equal, data_column_compare(column, i, flat, j) == 0);
            assert_int_equal(data_column_compare(column, i, flat, j),
                             -data_column_compare(flat, j, column, i));
            assert_int_equal(hashes[i] == other[j], equal);
        }
    }
    data_column_hash(column, NULL, ROWS, false, hashes); /* a second key changes all */
    for (int i = 0; i < ROWS; i++)
        assert_true(hashes[i] != other[i]);
}

static void every_layout_of_every_type(void **state) {
    for (int s = 0; s < SAMPLES; s++) {
        data_column *flat = test_column(samples[s][0], samples[s][1]);
        assert_int_equal(flat->length, ROWS);
        check_derived(flat, samples[s][1]);
        check_hashes(flat, flat);
        if (flat->physical != DATA_PHYSICAL_NONE) {
            data_column *dictionary = as_dictionary(flat);
            check_derived(dictionary, samples[s][1]);
            check_hashes(dictionary, flat);
            data_column_unref(dictionary);
        }
        for (int32_t row = 0; row < ROWS; row++) {
            char items[4000] = "";
            int32_t same[ROWS] = {row, row, row, row, row, row, row, row, row};
            data_column *constant = as_constant(flat, row), *spread;
            rask_error err;
            strcpy(items, pick(samples[s][1], same, ROWS));
            check_derived(constant, items);
            ASSERT_OK(data_column_flatten(NULL, constant, &spread, &err));
            check_hashes(constant, spread);
            data_column_unref(spread);
            data_column_unref(constant);
        }
        data_column_unref(flat);
    }
}

static void null_columns(void **state) {
    rask_error err;
    for (int s = 0; s < SAMPLES; s++) {
        const data_type *type = data_type_with_null(test_type(samples[s][0]), true);
        data_column *column;
        ASSERT_OK(data_column_new_null(NULL, type, ROWS, &column, &err));
        assert_int_equal(data_column_null_count(column), ROWS);
        check_derived(column, "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL");
        data_column_unref(column);
    }
}

/* Longer than a word of the bitmap, at every offset: the bits land where they belong. */
static void bitmaps_of_many_words(void **state) {
    rask_error err;
    base_seeded seeded;
    base_seeded_init(&seeded, 1);
    enum { COUNT = 300 };
    data_builder *builder = data_builder_new(NULL, test_type("INT"), 0);
    for (int i = 0; i < COUNT; i++) {
        if (seeded.random.next(&seeded) % 3 == 0)
            ASSERT_OK(data_builder_add_null(builder, &err));
        else
            ASSERT_OK(data_builder_add_i64(builder, i, &err));
    }
    data_column *column, *slice, *both;
    ASSERT_OK(data_builder_finish(builder, &column, &err));
    data_builder_free(builder);
    for (int offset = 0; offset < 130; offset += 7) {
        ASSERT_OK(data_column_slice(NULL, column, offset, COUNT - offset, &slice, &err));
        data_column *parts[] = {slice, column, slice};
        ASSERT_OK(data_column_concat(NULL, parts, 3, &both, &err));
        int64_t nulls = 0;
        for (int64_t i = 0; i < both->length; i++) {
            int64_t in_slice = i < slice->length ? i : i - slice->length - COUNT;
            bool from_slice = i < slice->length || i >= slice->length + COUNT;
            int64_t row = from_slice ? in_slice + offset : i - slice->length;
            assert_true(data_column_equal(both, i, column, row));
            nulls += data_column_is_null(both, i);
        }
        assert_int_equal(data_column_null_count(both), nulls);
        data_column_unref(both);
        data_column_unref(slice);
    }
    data_column_unref(column);
}

/* A gather that leaves no null has no bitmap. */
static void bitmaps_go_with_the_last_null(void **state) {
    rask_error err;
    data_column *column = test_column("INT", "1|NULL|3"), *out;
    ASSERT_OK(data_column_gather(NULL, column, (int32_t[]){0, 2}, 2, &out, &err));
    assert_null(out->validity);
    data_column_unref(out);
    data_column_unref(column);
}

/* ---- decimals of several widths -------------------------------------------------------------- */

static void decimal_widths(void **state) {
    rask_error err;
    data_column *narrow =
        test_column("DECIMAL(9, 2)", "1.50|-1.50|NULL|9999999.99|0.00|2.00|3.00|4.00|5.00");
    data_column *wide, *widest, *both;
    assert_int_equal(narrow->physical, DATA_PHYSICAL_I32);
    assert_true(narrow->bound == 999999999);
    ASSERT_OK(data_column_widen(NULL, narrow, DATA_PHYSICAL_I64, &wide, &err));
    ASSERT_OK(data_column_widen(NULL, wide, DATA_PHYSICAL_I128, &widest, &err));
    assert_int_equal(widest->physical, DATA_PHYSICAL_I128);
    assert_string_equal(test_text(widest), test_text(narrow));
    check_hashes(narrow, widest);
    check_hashes(wide, narrow);
    data_column *parts[] = {narrow, widest, wide};
    ASSERT_OK(data_column_concat(NULL, parts, 3, &both, &err));
    assert_int_equal(both->physical, DATA_PHYSICAL_I128);
    assert_true(both->bound == 999999999);
    for (int i = 0; i < 27; i++)
        assert_true(data_column_equal(both, i, narrow, i % 9));
    data_column_unref(both);
    ASSERT_OK(data_column_widen(NULL, wide, DATA_PHYSICAL_I32, &both, &err)); /* never narrower */
    assert_ptr_equal(both, wide);
    data_column_unref(both);
    data_column *dictionary = as_dictionary(narrow);
    ASSERT_OK(data_column_widen(NULL, dictionary, DATA_PHYSICAL_I128, &both, &err));
    check_hashes(both, narrow);
    data_column_unref(both);
    data_column_unref(dictionary);
    data_column_unref(narrow);
    data_column_unref(wide);
    data_column_unref(widest);
}

static void order(void **state) {
    static const struct {
        const char *type, *ascending;
    } rows[] = {
        {"INT", "NULL|-2147483648|-1|0|1|2147483647"},
        {"DOUBLE", "NULL|-Infinity|-1.5|0.0|1.0E-300|1.5|Infinity|NaN"},
        {"FLOAT", "NULL|-1.5|0.0|1.5|NaN"},
        {"DECIMAL(38, 2)", "NULL|-999999999999999999999999999999999999.99|-0.01|0.00|0.01"},
        {"STRING", "NULL||a|a long string of bytes A|a long string of bytes B|ab|b|\xC3\xBC"},
        {"ARRAY<INT>", "NULL|[]|[NULL]|[1]|[1, 2]|[2]"},
        {"ROW<a INT, b STRING>", "NULL|(NULL, x)|(1, NULL)|(1, a)|(1, b)|(2, a)"},
        {"BOOLEAN", "NULL|FALSE|TRUE"},
    };
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        data_column *column = test_column(rows[r].type, rows[r].ascending);
        for (int64_t i = 0; i < column->length; i++)
            for (int64_t j = 0; j < column->length; j++)
                assert_int_equal(data_column_compare(column, i, column, j), (i > j) - (i < j));
        data_column_unref(column);
    }
    data_column *zeros = test_column("DOUBLE", "0.0|-0.0|NaN|NaN");
    uint64_t hashes[4];
    data_column_hash(zeros, NULL, 4, true, hashes);
    assert_true(data_column_equal(zeros, 0, zeros, 1) && hashes[0] == hashes[1]);
    assert_true(data_column_equal(zeros, 2, zeros, 3) && hashes[2] == hashes[3]);
    data_column_unref(zeros);
    /* Maps are equal in any order of their entries. */
    data_column *maps = test_column("MAP<STRING, INT>", "{a=1, b=2}|{b=2, a=1}|{a=1, b=3}|{a=1}");
    data_column_hash(maps, NULL, 4, true, hashes);
    assert_true(data_column_equal(maps, 0, maps, 1) && hashes[0] == hashes[1]);
    assert_false(data_column_equal(maps, 0, maps, 2));
    assert_false(data_column_equal(maps, 0, maps, 3));
    data_column_unref(maps);
}

/* Sequential and random keys spread over the low, middle and high bits that tables and key groups
 * use. */
static void hashes_spread(void **state) {
    rask_error err;
    enum { COUNT = 32768, SLOTS = 128 };
    static uint64_t hashes[COUNT];
    data_column *column;
    ASSERT_OK(data_column_new(NULL, test_type("BIGINT"), DATA_PHYSICAL_NONE, COUNT, &column, &err));
    static const int64_t factors[] = {1, 1024, 1LL << 32, 1000003};
    static const int shifts[] = {0, 32, 57};
    for (int f = 0; f < 4; f++) {
        for (int64_t i = 0; i < COUNT; i++)
            ((int64_t *)column->values)[i] = i * factors[f];
        data_column_hash(column, NULL, COUNT, true, hashes);
        for (int s = 0; s < 3; s++) {
            int counts[SLOTS] = {0};
            for (int i = 0; i < COUNT; i++)
                counts[hashes[i] >> shifts[s] & (SLOTS - 1)]++;
            for (int i = 0; i < SLOTS; i++)
                assert_in_range(counts[i], COUNT / SLOTS * 7 / 10, COUNT / SLOTS * 13 / 10);
        }
    }
    data_column_unref(column);
}

/* ---- heaps ----------------------------------------------------------------------------------- */

/* A column of `count` rows with one heap of its own, each row `bytes` long. */
static data_column *long_strings(base_pool *pool, int count, int bytes, char letter) {
    rask_error err;
    data_column *column;
    char text[1000];
    data_builder *builder = data_builder_new(pool, test_type("STRING"), count);
    for (int i = 0; i < count; i++) {
        memset(text, letter, (size_t)bytes);
        snprintf(text, sizeof text, "%d", i);
        text[strlen(text)] = letter;
        ASSERT_OK(data_builder_add_string(builder, text, bytes, &err));
    }
    ASSERT_OK(data_builder_finish(builder, &column, &err));
    data_builder_free(builder);
    return column;
}

static void gather_shares_or_compacts(void **state) {
    rask_error err;
    base_pool *pool = base_pool_new(NULL, "test", NULL, 0);
    data_column *column = long_strings(pool, 1000, 100, 'x'), *most, *few, *inline_only;
    int32_t rows[1000];
    for (int i = 0; i < 1000; i++)
        rows[i] = i;
    ASSERT_OK(data_column_gather(pool, column, rows, 900, &most, &err));
    assert_int_equal(most->heap_count, 1);
    assert_ptr_equal(most->heaps[0], column->heaps[0]);
    assert_int_equal(most->live_bytes, 90000);
    ASSERT_OK(data_column_gather(pool, column, rows, 100, &few, &err));
    assert_int_equal(few->heap_count, 1);
    assert_ptr_not_equal(few->heaps[0], column->heaps[0]);
    assert_int_equal(few->heaps[0]->capacity, 10000);
    data_column_unref(column); /* what was copied does not need it */
    assert_int_equal(data_column_pinned_bytes(few), 100 * 16 + 10000);
    for (int i = 0; i < 100; i++)
        assert_true(data_column_equal(few, i, most, i));
    data_column_unref(most);
    data_column *shorts = test_column("STRING", "a string of more than twelve bytes|x|y");
    ASSERT_OK(data_column_gather(pool, shorts, (int32_t[]){1, 2}, 2, &inline_only, &err));
    assert_int_equal(inline_only->heap_count, 0);
    data_column_unref(inline_only);
    data_column_unref(shorts);
    data_column_unref(few);
    assert_int_equal(base_pool_used(pool), 0);
    base_pool_unref(pool);
}

static void concat_unions_heaps(void **state) {
    rask_error err;
    data_column *columns[12], *eight, *twelve, *same;
    for (int i = 0; i < 12; i++)
        columns[i] = long_strings(NULL, 3, 100, (char)('a' + i));
    ASSERT_OK(data_column_concat(NULL, columns, 8, &eight, &err));
    assert_int_equal(eight->heap_count, 8);
    ASSERT_OK(data_column_concat(NULL, columns, 12, &twelve, &err));
    assert_int_equal(twelve->heap_count, 1); /* past the maximum: one fresh heap */
    assert_int_equal(twelve->heaps[0]->capacity, 12 * 300);
    for (int i = 0; i < 36; i++)
        assert_true(data_column_equal(twelve, i, columns[i / 3], i % 3));
    data_column *repeated[] = {columns[0], columns[0], columns[0]};
    ASSERT_OK(data_column_concat(NULL, repeated, 3, &same, &err));
    assert_int_equal(same->heap_count, 1);
    assert_ptr_equal(same->heaps[0], columns[0]->heaps[0]);
    for (int i = 0; i < 12; i++)
        data_column_unref(columns[i]);
    data_column_unref(eight);
    data_column_unref(twelve);
    data_column_unref(same);
}

static void add_heap_past_the_maximum(void **state) {
    rask_error err;
    data_column *column;
    char texts[20][32];
    ASSERT_OK(data_column_new(NULL, test_type("STRING"), DATA_PHYSICAL_NONE, 20, &column, &err));
    for (int i = 0; i < 20; i++) {
        base_buffer *heap;
        ASSERT_OK(base_buffer_new(NULL, 32, &heap, &err));
        snprintf(texts[i], sizeof texts[i], "string number %02d here", i);
        memcpy(heap->data, texts[i], 21);
        ASSERT_OK(data_column_add_heap(column, heap, &err));
        ASSERT_OK(data_column_add_heap(column, heap, &err)); /* a duplicate */
        ((data_string *)column->values)[i] = data_string_make((char *)heap->data, 21);
        base_buffer_unref(heap);
        assert_in_range(column->heap_count, 1, DATA_HEAPS_MAX);
    }
    for (int i = 0; i < 20; i++)
        assert_memory_equal(data_string_bytes((data_string *)column->values + i), texts[i], 21);
    data_column_unref(column);
}

/* Compacting copies what lives, once for a run of one string, and leaves null rows alone even when
 * their views are wild. */
static void compaction(void **state) {
    rask_error err;
    data_column *column = long_strings(NULL, 100, 50, 'x'), *out, *same;
    int32_t rows[64] = {0};
    ASSERT_OK(data_column_gather(NULL, column, rows, 64, &out, &err));
    ASSERT_OK(data_column_make_validity(NULL, out, &err));
    data_column_set_null(out, 63);
    ((data_string *)out->values)[63] = (data_string){.length = 1000, .pointer = (const char *)8};
    ASSERT_OK(data_column_compact(NULL, out, true, &same, &err));
    assert_int_equal(same->heaps[0]->size, 50);
    for (int i = 0; i < 63; i++)
        assert_true(data_column_equal(same, i, column, 0));
    uint64_t hashes[64];
    data_column_hash(out, NULL, 64, true, hashes); /* wild views are not followed */
    data_column_unref(same);
    data_column_unref(out);
    ASSERT_OK(data_column_compact(NULL, column, false, &same, &err)); /* nothing to gain */
    assert_ptr_equal(same, column);
    data_column_unref(same);
    data_column_unref(column);
}

static void dictionary_stays(void **state) {
    rask_error err;
    data_column *flat = test_column(samples[14][0], samples[14][1]);
    data_column *column = as_dictionary(flat), *out;
    data_column *parts[] = {column, column};
    ASSERT_OK(data_column_concat(NULL, parts, 2, &out, &err));
    assert_int_equal(out->layout, DATA_DICTIONARY);
    assert_ptr_equal(out->dictionary, column->dictionary);
    assert_int_equal(out->dictionary_id, 1);
    data_column_unref(out);
    ASSERT_OK(data_column_gather(NULL, column, (int32_t[]){3, -1}, 2, &out, &err));
    assert_int_equal(out->layout, DATA_DICTIONARY);
    assert_string_equal(test_text(out), "|NULL");
    data_column_unref(out);
    data_column_unref(column);
    data_column_unref(flat);
}

/* ---- builder --------------------------------------------------------------------------------- */

static void builder_is_reusable_and_grows(void **state) {
    rask_error err;
    base_pool *pool = base_pool_new(NULL, "test", NULL, 0);
    data_builder *builder = data_builder_new(pool, test_type("STRING"), 3);
    for (int round = 0; round < 3; round++) {
        data_column *column;
        char text[64];
        for (int i = 0; i < 1000; i++) {
            if (i % 10 == 9) {
                ASSERT_OK(data_builder_add_null(builder, &err));
            } else {
                snprintf(text, sizeof text, "%*d", i % 40 + 1, i);
                ASSERT_OK(data_builder_add_string(builder, text, (int64_t)strlen(text), &err));
            }
        }
        assert_int_equal(data_builder_length(builder), 1000);
        ASSERT_OK(data_builder_finish(builder, &column, &err));
        assert_int_equal(data_builder_length(builder), 0);
        assert_int_equal(data_column_null_count(column), 100);
        assert_int_equal(column->heap_count, 1);
        for (int i = 0; i < 1000; i++) {
            const data_string *view = (data_string *)column->values + i;
            snprintf(text, sizeof text, "%*d", i % 40 + 1, i);
            assert_int_equal(data_column_is_null(column, i), i % 10 == 9);
            if (i % 10 != 9) {
                assert_int_equal(view->length, strlen(text));
                assert_memory_equal(data_string_bytes(view), text, view->length);
            }
        }
        data_column_unref(column);
    }
    data_column *empty;
    ASSERT_OK(data_builder_finish(builder, &empty, &err));
    assert_int_equal(empty->length, 0);
    data_column_unref(empty);
    data_builder_free(builder);
    base_pool_unref(pool);
}

static void builder_keeps_to_its_budget(void **state) {
    rask_error err;
    base_pool *pool = base_pool_new(NULL, "test", NULL, 10000);
    data_builder *builder = data_builder_new(pool, test_type("BIGINT"), 0);
    rask_status status = RASK_OK;
    int64_t added = 0;
    while (status == RASK_OK && added < 100000) {
        status = data_builder_add_i64(builder, added, &err);
        added += status == RASK_OK;
    }
    assert_int_equal(status, RASK_ERROR_MEMORY);
    assert_in_range(added, 256, 1250);
    data_column *column; /* what went before is still there */
    ASSERT_OK(data_builder_finish(builder, &column, &err));
    assert_int_equal(column->length, added);
    data_column_unref(column);
    data_builder_free(builder);
    base_pool_unref(pool);
}

static void builder_copies_from_columns(void **state) {
    rask_error err;
    for (int s = 0; s < SAMPLES; s++) {
        data_column *flat = test_column(samples[s][0], samples[s][1]), *copy;
        data_builder *builder = data_builder_new(NULL, flat->type, 0);
        for (int64_t i = 0; i < ROWS; i++)
            ASSERT_OK(data_builder_add_from(builder, flat, i, &err));
        ASSERT_OK(data_builder_finish(builder, &copy, &err));
        data_column_unref(flat);
        assert_string_equal(test_text(copy), samples[s][1]);
        data_column_unref(copy);
        data_builder_free(builder);
    }
}

/* Every derivation reports an exhausted pool, whichever allocation fails, and leaks nothing. */
static void derivations_survive_exhaustion(void **state) {
    rask_error err;
    static const int32_t rows[] = {8, 0, -1, 3, 7};
    for (int s = 0; s < SAMPLES; s++) {
        data_column *flat = test_column(samples[s][0], samples[s][1]);
        bool succeeded = false;
        for (int64_t limit = 1; !succeeded; limit += limit < 100 ? 4 : 16) {
            base_pool *pool = base_pool_new(NULL, "test", NULL, limit);
            data_column *out[4] = {NULL}, *parts[] = {flat, flat};
            succeeded = data_column_gather(pool, flat, rows, 5, &out[0], &err) == RASK_OK;
            succeeded &= data_column_concat(pool, parts, 2, &out[1], &err) == RASK_OK;
            succeeded &= data_column_slice(pool, flat, 1, 5, &out[2], &err) == RASK_OK;
            succeeded &= data_column_compact(pool, flat, true, &out[3], &err) == RASK_OK;
            if (!succeeded)
                assert_int_equal(err.code, RASK_ERROR_MEMORY);
            for (int i = 0; i < 4; i++)
                data_column_unref(out[i]);
            assert_int_equal(base_pool_used(pool), 0);
            base_pool_unref(pool);
            assert_in_range(limit, 0, 100000);
        }
        data_column_unref(flat);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_of_every_type),
        cmocka_unit_test(null_columns),
        cmocka_unit_test(bitmaps_of_many_words),
        cmocka_unit_test(bitmaps_go_with_the_last_null),
        cmocka_unit_test(decimal_widths),
        cmocka_unit_test(order),
        cmocka_unit_test(hashes_spread),
        cmocka_unit_test(gather_shares_or_compacts),
        cmocka_unit_test(concat_unions_heaps),
        cmocka_unit_test(add_heap_past_the_maximum),
        cmocka_unit_test(compaction),
        cmocka_unit_test(dictionary_stays),
        cmocka_unit_test(builder_is_reusable_and_grows),
        cmocka_unit_test(builder_keeps_to_its_budget),
        cmocka_unit_test(builder_copies_from_columns),
        cmocka_unit_test(derivations_survive_exhaustion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
