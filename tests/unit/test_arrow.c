/* Arrow: every type out and back in, arrays of other producers, damaged ones, and who releases. */
#include "support.h"

#include "data/arrow.h"

/* ---- helpers --------------------------------------------------------------------------------- */

typedef struct received {
    data_batch *batches[8];
    int32_t count;
    int32_t fails_at; /* emit fails at this batch; -1 = never */
} received;

static rask_status receive(void *context, data_batch *batch, rask_error *err) {
    received *r = context;
    if (r->count == r->fails_at) {
        data_batch_unref(batch);
        return rask_error_set(err, RASK_ERROR_CANCELLED, "enough");
    }
    r->batches[r->count++] = batch;
    return RASK_OK;
}

static void received_free(received *r) {
    for (int32_t i = 0; i < r->count; i++)
        data_batch_unref(r->batches[i]);
}

/* An array and schema of one column, made by hand; nothing of it is allocated but by C. */
typedef struct foreign {
    struct ArrowSchema column_schema, row_schema, child_schema[3], dictionary_schema;
    struct ArrowArray column, row, child[3], dictionary;
    struct ArrowSchema *column_schemas[1], *child_schemas[3];
    struct ArrowArray *columns[1], *children[3];
    const void *row_buffers[1], *buffers[5], *child_buffers[3][3], *dictionary_buffers[3];
    int released;
} foreign;

static void count_release(struct ArrowArray *array) {
    ++*(int *)array->private_data;
    array->release = NULL;
}

static void foreign_init(foreign *f, const char *format, int64_t length, int64_t buffers) {
    memset(f, 0, sizeof *f);
    f->column_schemas[0] = &f->column_schema;
    f->columns[0] = &f->column;
    f->row_schema = (struct ArrowSchema){
        .format = "+s", .name = "", .n_children = 1, .children = f->column_schemas};
    f->column_schema =
        (struct ArrowSchema){.format = format, .name = "a", .flags = ARROW_FLAG_NULLABLE};
    f->row = (struct ArrowArray){.length = length,
                                 .n_buffers = 1,
                                 .n_children = 1,
                                 .buffers = f->row_buffers,
                                 .children = f->columns,
                                 .release = count_release,
                                 .private_data = &f->released};
    f->column = (struct ArrowArray){
        .length = length, .null_count = -1, .n_buffers = buffers, .buffers = f->buffers};
    for (int i = 0; i < 3; i++) {
        f->children[i] = &f->child[i];
        f->child_schemas[i] = &f->child_schema[i];
        f->child[i].buffers = f->child_buffers[i];
    }
    f->column.children = f->children;
    f->column_schema.children = f->child_schemas;
}

/* Imports it as `type` (NULL = what its schema says) and gives the text, or the error's message. */
static const char *import_as(foreign *f, const char *type) {
    static rask_error err;
    static char text[5000];
    base_pool *pool = base_pool_new(NULL, "test", NULL, 0);
    base_arena *arena = base_arena_new();
    received r = {.fails_at = -1};
    data_schema *schema;
    rask_error_clear(&err);
    int expected = f->released + 1;
    rask_status status = data_arrow_import_schema(arena, &f->row_schema, &schema, &err);
    if (status == RASK_OK && type != NULL)
        schema->types[0] = test_type(type);
    if (status == RASK_OK) {
        status =
            data_arrow_import_batch(pool, &f->row, &f->row_schema, schema, 0, receive, &r, &err);
        assert_null(f->row.release);
        text[0] = '\0';
        for (int32_t i = 0; i < r.count; i++)
            strcat(text, test_text(r.batches[i]->columns[0]));
        received_free(&r);
        assert_int_equal(f->released, expected);
        f->row.release = count_release;
    }
    base_arena_free(arena);
    assert_int_equal(base_pool_used(pool), 0);
    base_pool_unref(pool);
    return status == RASK_OK ? text : err.message;
}

/* ---- out and in ------------------------------------------------------------------------------ */

#define LONG_TEXT "a text that is longer than a view"

static const char *const samples[][3] = {
    {"BOOLEAN", "TRUE|FALSE|NULL|TRUE|TRUE|FALSE|FALSE|NULL|TRUE", "b"},
    {"TINYINT", "1|-1|NULL|127|-128|0|1|2|3", "c"},
    {"SMALLINT NOT NULL", "1|-1|32767|-32768|0|1|2|3|4", "s"},
    {"INT", "1|-1|NULL|2147483647|-2147483648|0|1|2|3", "i"},
    {"BIGINT", "1|-1|NULL|9223372036854775807|-9223372036854775808|0|1|2|3", "l"},
    {"FLOAT", "1.5|-1.5|NULL|NaN|Infinity|-0.0|0.1|1.0|2.0", "f"},
    {"DOUBLE", "1.5|-1.5|NULL|NaN|Infinity|-0.0|0.1|1.0|2.0", "g"},
    {"DECIMAL(5, 2)", "1.50|-1.50|NULL|999.99|-999.99|0.00|0.01|1.00|2.00", "d:5,2"},
    {"DECIMAL(15, 2)", "1.50|-1.50|NULL|9999999999999.99|-0.01|0.00|0.01|1.00|2.00", "d:15,2"},
    {"DECIMAL(38, 0)", "1|-1|NULL|99999999999999999999999999999999999999|5|0|1|2|3", "d:38,0"},
    {"DATE", "2020-01-02|1969-12-31|NULL|0001-01-01|9999-12-31|NULL|NULL|NULL|NULL", "tdD"},
    {"TIME(3)", "01:02:03.4|00:00:00.0|NULL|23:59:59.999|NULL|NULL|NULL|NULL|10:00:00.0", "ttm"},
    {"TIMESTAMP(6)",
     "2020-01-02 03:04:05.678901|1969-12-31 23:59:59.999999|NULL|"
     "9999-12-31 23:59:59.999999|NULL|NULL|NULL|NULL|1970-01-01 00:00:00.000000",
     "tsu:"},
    {"TIMESTAMP_LTZ(9)",
     "2020-01-02 03:04:05.123456789|NULL|NULL|NULL|NULL|NULL|NULL|NULL|"
     "1969-12-31 23:59:59.999999999",
     "tsn:UTC"},
    {"STRING", "short|" LONG_TEXT "|NULL||twelve bytes|thirteen byte|x|y|z", "U"},
    {"BYTES", "x'61'|NULL|x'62'|x'63'|NULL|x'64'|x'65'|x'66'|x'67'", "Z"},
    {"INTERVAL DAY(6) TO SECOND(3)", "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL", "tDm"},
    {"ARRAY<INT>", "[1, NULL, 3]|[]|NULL|[4]|[5, 6]|[]|[7]|NULL|[8, 9, 10]", "+l"},
    {"MAP<STRING NOT NULL, INT>", "{a=1, b=NULL}|{}|NULL|{" LONG_TEXT "=3}|{c=4}|{}|{d=5}|NULL|{}",
     "+m"},
    {"ROW<a INT, b ARRAY<STRING>>",
     "(1, [x])|(NULL, [" LONG_TEXT "])|NULL|(3, NULL)|(4, [])|"
     "(5, [NULL])|(NULL, NULL)|NULL|(8, [y, z])",
     "+s"},
    {"NULL", "NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL", "n"},
};
enum { SAMPLES = sizeof samples / sizeof samples[0] };

/* Exports selected rows of a batch of all samples and imports them again, in pieces. */
static void round_trip(int32_t rows_max, int32_t offset) {
    rask_error err;
    base_pool *pool = base_pool_new(NULL, "test", NULL, 0);
    base_arena *arena = base_arena_new();
    data_schema *schema = data_schema_new(arena, SAMPLES), *back;
    data_column *columns[SAMPLES];
    for (int s = 0; s < SAMPLES; s++) {
        bool is_bytes = strcmp(samples[s][0], "BYTES") == 0;
        schema->names[s] = samples[s][2];
        schema->types[s] = test_type(samples[s][0]);
        columns[s] =
            test_column(samples[s][0], is_bytes ? "a|NULL|b|c|NULL|d|e|f|g" : samples[s][1]);
    }
    data_batch *batch = data_batch_take(columns, SAMPLES, 9), *slice, *again;
    struct ArrowSchema arrow_schema;
    struct ArrowArray array;
    received r = {.fails_at = -1};
    ASSERT_OK(data_batch_slice(pool, batch, offset, 9 - offset, &slice, &err));
    ASSERT_OK(data_arrow_export_schema(schema, &arrow_schema, &err));
    for (int s = 0; s < SAMPLES; s++)
        assert_string_equal(arrow_schema.children[s]->format, samples[s][2]);
    ASSERT_OK(data_arrow_export_batch(pool, slice, schema, &array, &err));
    ASSERT_OK(data_arrow_import_schema(arena, &arrow_schema, &back, &err));
    ASSERT_OK(
        data_arrow_import_batch(pool, &array, &arrow_schema, back, rows_max, receive, &r, &err));
    assert_int_equal(r.count, (9 - offset + rows_max - 1) / rows_max);
    ASSERT_OK(data_batch_concat(pool, r.batches, r.count, &again, &err));
    for (int s = 0; s < SAMPLES; s++) {
        assert_string_equal(test_text(again->columns[s]), test_text(slice->columns[s]));
        if (schema->types[s]->kind != DATA_TIME && schema->types[s]->kind != DATA_MULTISET)
            assert_ptr_equal(back->types[s], schema->types[s]);
    }
    data_batch_unref(again);
    received_free(&r);
    arrow_schema.release(&arrow_schema);
    data_batch_unref(slice);
    data_batch_unref(batch);
    base_arena_free(arena);
    assert_int_equal(base_pool_used(pool), 0);
    base_pool_unref(pool);
}

static void out_and_in(void **state) {
    round_trip(9, 0);
    round_trip(2, 0);
    round_trip(1, 3);
    round_trip(5, 1);
}

static void exports_only_selected_rows(void **state) {
    rask_error err;
    static const uint16_t selection[] = {1, 3};
    data_column *columns[2] = {test_column("INT", "10|11|12|13"), NULL};
    base_arena *arena = base_arena_new();
    ASSERT_OK(data_column_new_null(NULL, test_type("STRING"), 4, &columns[1], &err));
    data_schema *schema = data_schema_new(arena, 2);
    schema->names[0] = "a";
    schema->names[1] = "b";
    schema->types[0] = test_type("INT");
    schema->types[1] = test_type("STRING");
    data_batch *batch = data_batch_take(columns, 2, 4);
    base_buffer *buffer;
    ASSERT_OK(base_buffer_new(NULL, sizeof selection, &buffer, &err));
    memcpy(buffer->data, selection, sizeof selection);
    data_batch_set_selection(batch, buffer, 2);
    struct ArrowArray array;
    ASSERT_OK(data_arrow_export_batch(NULL, batch, schema, &array, &err));
    data_batch_unref(batch); /* the array keeps what it needs */
    assert_int_equal(array.length, 2);
    assert_int_equal(array.null_count, 0);
    assert_int_equal(((const int32_t *)array.children[0]->buffers[1])[1], 13);
    assert_null(array.children[0]->buffers[0]);
    assert_int_equal(array.children[1]->null_count, 2);
    array.release(&array);
    assert_null(array.release);
    base_arena_free(arena);
}

static void shares_what_it_can(void **state) {
    rask_error err;
    data_column *column = test_column("BIGINT", "1|2|NULL");
    base_arena *arena = base_arena_new();
    data_schema *schema = data_schema_new(arena, 1);
    schema->names[0] = "a";
    schema->types[0] = column->type;
    data_batch *batch = data_batch_take(&column, 1, 3);
    struct ArrowArray array;
    struct ArrowSchema arrow_schema;
    received r = {.fails_at = -1};
    ASSERT_OK(data_arrow_export_schema(schema, &arrow_schema, &err));
    ASSERT_OK(data_arrow_export_batch(NULL, batch, schema, &array, &err));
    assert_ptr_equal(array.children[0]->buffers[1], column->values);
    ASSERT_OK(data_arrow_import_batch(NULL, &array, &arrow_schema, schema, 0, receive, &r, &err));
    assert_ptr_equal(r.batches[0]->columns[0]->values, column->values);
    data_batch_unref(batch);
    assert_string_equal(test_text(r.batches[0]->columns[0]), "1|2|NULL");
    received_free(&r);
    arrow_schema.release(&arrow_schema);
    base_arena_free(arena);
}

/* What stands at a null row must not show in its neighbours' bits. */
static void nulls_of_booleans_hold_anything(void **state) {
    rask_error err;
    data_column *column = test_column("BOOLEAN", "NULL|FALSE|TRUE|FALSE");
    base_arena *arena = base_arena_new();
    data_schema *schema = data_schema_new(arena, 1);
    schema->names[0] = "a";
    schema->types[0] = column->type;
    ((uint8_t *)column->values)[0] = 0xA5;
    data_batch *batch = data_batch_take(&column, 1, 4);
    struct ArrowArray array;
    ASSERT_OK(data_arrow_export_batch(NULL, batch, schema, &array, &err));
    data_batch_unref(batch);
    assert_int_equal(((const uint8_t *)array.children[0]->buffers[1])[0] & 0xE, 4);
    array.release(&array);
    base_arena_free(arena);
}

static void nanoseconds_have_limits(void **state) {
    rask_error err;
    data_column *column = test_column("TIMESTAMP(9)", "2262-04-12 00:00:00");
    base_arena *arena = base_arena_new();
    data_schema *schema = data_schema_new(arena, 1);
    schema->names[0] = "when";
    schema->types[0] = column->type;
    data_batch *batch = data_batch_take(&column, 1, 1);
    struct ArrowArray array;
    ASSERT_FAILS(data_arrow_export_batch(NULL, batch, schema, &array, &err), RASK_ERROR_RUNTIME,
                 "Column 'when' has a timestamp outside of the years 1677 to 2262, which Arrow "
                 "cannot hold in nanoseconds.");
    data_batch_unref(batch);
    base_arena_free(arena);
}

static void export_survives_exhaustion(void **state) {
    rask_error err;
    data_column *columns[] = {test_column("STRING", LONG_TEXT "|NULL|x"),
                              test_column("BOOLEAN", "TRUE|NULL|FALSE"),
                              test_column("ARRAY<DECIMAL(5, 2)>", "[1.50]|NULL|[]")};
    base_arena *arena = base_arena_new();
    data_schema *schema = data_schema_new(arena, 3);
    for (int i = 0; i < 3; i++) {
        schema->names[i] = "a";
        schema->types[i] = columns[i]->type;
    }
    data_batch *batch = data_batch_take(columns, 3, 3);
    struct ArrowSchema arrow_schema;
    ASSERT_OK(data_arrow_export_schema(schema, &arrow_schema, &err));
    bool succeeded = false;
    for (int64_t limit = 1; !succeeded; limit += 4) {
        base_pool *pool = base_pool_new(NULL, "test", NULL, limit);
        struct ArrowArray array;
        received r = {.fails_at = -1};
        succeeded = data_arrow_export_batch(pool, batch, schema, &array, &err) == RASK_OK;
        if (succeeded) {
            succeeded = data_arrow_import_batch(pool, &array, &arrow_schema, schema, 0, receive, &r,
                                                &err) == RASK_OK;
            received_free(&r);
        }
        assert_int_equal(base_pool_used(pool), 0);
        base_pool_unref(pool);
        assert_in_range(limit, 0, 10000);
    }
    arrow_schema.release(&arrow_schema);
    data_batch_unref(batch);
    base_arena_free(arena);
}

/* ---- other producers ------------------------------------------------------------------------- */

static void integers_of_every_width(void **state) {
    static const int8_t bytes[] = {9, 1, -2, 3};
    static const uint8_t unsigned_bytes[] = {9, 1, 254, 3};
    static const uint16_t unsigned_words[] = {9, 1, 65535, 3};
    static const uint32_t unsigned_ints[] = {9, 1, 4294967295U, 3};
    static const uint64_t unsigned_longs[] = {9, 1, 9223372036854775807ULL, 3};
    static const int64_t longs[] = {9, 1, 300, 3};
    static const uint8_t valid[] = {0x0B}; /* rows 0, 1, 3 */
    static const struct {
        const char *format, *type;
        const void *values;
        const char *text;
    } rows[] = {
        {"c", NULL, bytes, "1|NULL|3"},
        {"c", "BIGINT", bytes, "1|NULL|3"},
        {"C", NULL, unsigned_bytes, "1|NULL|3"},
        {"S", NULL, unsigned_words, "1|NULL|3"},
        {"I", NULL, unsigned_ints, "1|NULL|3"},
        {"L", NULL, unsigned_longs, "1|NULL|3"},
        {"L", "BIGINT", unsigned_longs, "1|NULL|3"},
        {"l", "TINYINT", longs, "1|NULL|3"}, /* 300 is null */
        {"l", "STRING", longs, "Arrow field 'a' of format 'l' cannot be read as STRING."},
        {"l", "INT NOT NULL", longs, "Arrow field 'a' has nulls, but its type is NOT NULL."},
    };
    foreign f;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        foreign_init(&f, rows[i].format, 3, 2);
        f.column.offset = 1;
        f.buffers[0] = valid;
        f.buffers[1] = rows[i].values;
        assert_string_equal(import_as(&f, rows[i].type), rows[i].text);
    }
    foreign_init(&f, "l", 3, 2);
    f.column.offset = 1;
    f.buffers[1] = longs;
    assert_string_equal(import_as(&f, NULL), "1|300|3");
    assert_string_equal(import_as(&f, "SMALLINT"), "1|300|3");
    assert_string_equal(import_as(&f, "TINYINT"),
                        "Arrow field 'a' has a value out of the type's range.");
    f.row.offset = 1; /* of the struct: its children are as long as its buffers */
    f.row.length = 2;
    assert_string_equal(import_as(&f, NULL), "300|3");
}

/* Memory that is not aligned is copied. */
static void misaligned_values(void **state) {
    _Alignas(16) static char bytes[64];
    base_i128 value = -150;
    memcpy(bytes + 8, &value, 16);
    foreign f;
    foreign_init(&f, "d:5,2", 1, 2);
    f.buffers[1] = bytes + 8;
    assert_string_equal(import_as(&f, NULL), "-1.50");
    assert_string_equal(import_as(&f, "DECIMAL(4, 2)"), "-1.50");
    assert_string_equal(import_as(&f, "DECIMAL(2, 2)"),
                        "Arrow field 'a' has a value out of the type's range.");
    assert_string_equal(import_as(&f, "DECIMAL(5, 1)"),
                        "Arrow field 'a' of format 'd:5,2' cannot be read as DECIMAL(5, 1).");
}

static void times_of_every_unit(void **state) {
    static const int32_t int_seconds[] = {3723}, days[] = {-1};
    static const int64_t minus_one[] = {-1}, day_ms[] = {-86400000}, day_us[] = {3723000000};
    static const int64_t large[] = {253402300799}, nanos[] = {1234567891};
    static const struct {
        const char *format;
        const void *values;
        const char *type, *text;
    } rows[] = {
        {"tdD", days, NULL, "1969-12-31"},
        {"tdm", day_ms, NULL, "1969-12-31"},
        {"tts", int_seconds, NULL, "01:02:03"},
        {"ttu", day_us, NULL, "01:02:03.0"},
        {"tss:", minus_one, NULL, "1969-12-31 23:59:59"},
        {"tsm:", minus_one, NULL, "1969-12-31 23:59:59.999"},
        {"tsu:", minus_one, NULL, "1969-12-31 23:59:59.999999"},
        {"tsn:", minus_one, NULL, "1969-12-31 23:59:59.999999999"},
        {"tsn:", minus_one, "TIMESTAMP(6)", "1969-12-31 23:59:59.999999"},
        {"tsn:", nanos, "TIMESTAMP(3)", "1970-01-01 00:00:01.234"},
        {"tsu:", minus_one, "TIMESTAMP(0)", "1969-12-31 23:59:59"},
        {"tsn:", nanos, "TIMESTAMP(8)", "1970-01-01 00:00:01.23456789"},
        {"tss:Europe/Berlin", minus_one, NULL, "1969-12-31 23:59:59"},
        {"tss:", large, "TIMESTAMP(9)", "9999-12-31 23:59:59.000000000"},
        {"tDu", minus_one, NULL, "-0 00:00:00.001"},
        {"tiM", days, NULL, "-0-01"},
        {"tss:", minus_one, "DATE", "Arrow field 'a' of format 'tss:' cannot be read as DATE."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        foreign f;
        foreign_init(&f, rows[i].format, 1, 2);
        f.buffers[1] = rows[i].values;
        assert_string_equal(import_as(&f, rows[i].type), rows[i].text);
    }
}

static void strings_of_every_layout(void **state) {
    static const int32_t offsets[] = {3, 3, 36, 40};
    static const int64_t large_offsets[] = {3, 3, 36, 40};
    static const char bytes[] = "..." LONG_TEXT "abcd";
    static const struct {
        int32_t length;
        char bytes[4];
        int32_t buffer, offset;
    } views[] = {{0}, {33, "a te", 0, 3}, {4, "abcd", 0, 0}};
    static const int64_t sizes[] = {sizeof bytes};
    foreign f;
    foreign_init(&f, "u", 3, 3);
    f.buffers[1] = offsets;
    f.buffers[2] = bytes;
    assert_string_equal(import_as(&f, NULL), "|" LONG_TEXT "|abcd");
    f.column.offset = 1;
    f.column.length = f.row.length = 2;
    assert_string_equal(import_as(&f, NULL), LONG_TEXT "|abcd");
    assert_string_equal(import_as(&f, "BYTES"),
                        "Arrow field 'a' of format 'u' cannot be read as BYTES.");
    foreign_init(&f, "U", 3, 3);
    f.buffers[1] = large_offsets;
    f.buffers[2] = bytes;
    assert_string_equal(import_as(&f, "CHAR(40)"), "|" LONG_TEXT "|abcd");
    foreign_init(&f, "vu", 3, 4);
    f.buffers[1] = views;
    f.buffers[2] = bytes;
    f.buffers[3] = sizes;
    assert_string_equal(import_as(&f, NULL), "|" LONG_TEXT "|abcd");
    foreign_init(&f, "w:2", 2, 2);
    f.buffers[1] = "abcd";
    assert_string_equal(import_as(&f, NULL), "x'6162'|x'6364'");
    foreign_init(&f, "w:20", 1, 2);
    f.buffers[1] = "01234567890123456789";
    assert_string_equal(import_as(&f, NULL), "x'3031323334353637383930313233343536373839'");
    foreign_init(&f, "u", 2, 3); /* only empty strings: no bytes at all */
    f.buffers[1] = (const int32_t[]){0, 0, 0};
    f.buffers[2] = NULL;
    assert_string_equal(import_as(&f, NULL), "|");
}

static void dictionaries(void **state) {
    static const int8_t codes[] = {1, 0, 99, 1};
    static const uint8_t valid[] = {0x0B};
    static const int32_t offsets[] = {0, 33, 34};
    foreign f;
    foreign_init(&f, "c", 4, 2);
    f.buffers[0] = valid;
    f.buffers[1] = codes;
    f.column_schema.dictionary = &f.dictionary_schema;
    f.dictionary_schema = (struct ArrowSchema){.format = "u"};
    f.column.dictionary = &f.dictionary;
    f.dictionary =
        (struct ArrowArray){.length = 2, .n_buffers = 3, .buffers = f.dictionary_buffers};
    f.dictionary_buffers[1] = offsets;
    f.dictionary_buffers[2] = LONG_TEXT "x";
    assert_string_equal(import_as(&f, NULL), "x|" LONG_TEXT "|NULL|x");
    f.buffers[0] = NULL;
    assert_string_equal(import_as(&f, NULL),
                        "Arrow field 'a' has a code outside of its dictionary.");
    f.column.dictionary = NULL;
    assert_string_equal(import_as(&f, NULL), "Arrow field 'a' lacks its dictionary.");
}

static void lists_of_every_layout(void **state) {
    static const int32_t values[] = {0, 1, 2, 3, 4, 5}, offsets[] = {1, 2, 2, 5};
    static const int64_t large_offsets[] = {1, 2, 2, 5};
    foreign f;
    foreign_init(&f, "+l", 3, 2);
    f.buffers[1] = offsets;
    f.column.n_children = f.column_schema.n_children = 1;
    f.child_schema[0] = (struct ArrowSchema){.format = "i", .flags = ARROW_FLAG_NULLABLE};
    f.child[0].length = 5;
    f.child[0].offset = 1;
    f.child[0].n_buffers = 2;
    f.child_buffers[0][1] = values;
    assert_string_equal(import_as(&f, NULL), "[2]|[]|[3, 4, 5]");
    f.column.offset = 1;
    f.column.length = f.row.length = 2;
    assert_string_equal(import_as(&f, NULL), "[]|[3, 4, 5]");
    f.column.offset = 0;
    f.column_schema.format = "+L";
    f.buffers[1] = large_offsets;
    assert_string_equal(import_as(&f, NULL), "[2]|[]");
    f.column_schema.format = "+w:2";
    f.column.n_buffers = 1;
    assert_string_equal(import_as(&f, NULL), "[1, 2]|[3, 4]");
    f.column.offset = 1;
    assert_string_equal(import_as(&f, NULL), "Arrow field '' has too few rows.");
}

/* Children of a struct with an offset; the struct's own bitmap counts. */
static void structs_with_offsets(void **state) {
    static const int32_t values[] = {0, 1, 2, 3, 4, 5};
    static const uint8_t valid[] = {0x0A}; /* rows 1 and 3 */
    foreign f;
    foreign_init(&f, "+s", 2, 1);
    f.column.offset = 2;
    f.buffers[0] = valid;
    f.column.n_children = f.column_schema.n_children = 1;
    f.child_schema[0] = (struct ArrowSchema){.format = "i", .name = "x"};
    f.child[0] = (struct ArrowArray){
        .length = 4, .offset = 1, .n_buffers = 2, .buffers = f.child_buffers[0]};
    f.child_buffers[0][1] = values;
    assert_string_equal(import_as(&f, NULL), "NULL|(4)");
}

static void damaged_arrays(void **state) {
    foreign f;
    foreign_init(&f, "i", 3, 2);
    assert_string_equal(import_as(&f, NULL), "Arrow field 'a' lacks a buffer.");
    f.column.n_buffers = 1;
    assert_string_equal(import_as(&f, NULL), "Arrow field 'a' has too few buffers.");
    f.column.length = 2;
    assert_string_equal(import_as(&f, NULL), "Arrow field 'a' has too few rows.");
    f.row.n_children = 2;
    assert_string_equal(import_as(&f, NULL), "Arrow field '' has other fields than its schema.");
    foreign_init(&f, "u", 2, 3);
    f.buffers[1] = (const int32_t[]){0, 5, 3};
    f.buffers[2] = "abcde";
    assert_string_equal(import_as(&f, NULL), "Arrow field 'a' has damaged offsets.");
    f.buffers[1] = (const int32_t[]){-1, 0, 3};
    assert_string_equal(import_as(&f, NULL), "Arrow field 'a' has damaged offsets.");
    foreign_init(&f, "+l", 1, 2);
    f.buffers[1] = (const int32_t[]){0, 1000};
    f.column.n_children = f.column_schema.n_children = 1;
    f.child_schema[0] = (struct ArrowSchema){.format = "i", .name = "item"};
    f.child[0].length = 5;
    f.child[0].n_buffers = 2;
    assert_string_equal(import_as(&f, NULL), "Arrow field 'item' has too few rows.");
    foreign_init(&f, "vu", 1, 3);
    f.buffers[1] = (const int32_t[]){20, 0, 0, 0};
    f.buffers[2] = (const int64_t[]){0};
    assert_string_equal(import_as(&f, NULL), "Arrow field 'a' has a view outside of its buffers.");
}

static void damaged_schemas(void **state) {
    static const char *const formats[] = {"",   "?",    "d:39,0", "d:5", "d:5,2,256", "w:0",
                                          "ts", "tsx:", "tsu",    "+r",  "tdx",       "e"};
    foreign f;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        char message[200];
        foreign_init(&f, formats[i], 1, 2);
        snprintf(message, sizeof message,
                 "Arrow field 'a' has the format '%s', for which there is no type.", formats[i]);
        assert_string_equal(import_as(&f, NULL), message);
    }
    foreign_init(&f, "+l", 1, 2);
    assert_string_equal(import_as(&f, NULL),
                        "Arrow field 'a' of format '+l' should have 1 children, not 0.");
    f.row_schema.format = "i";
    assert_string_equal(import_as(&f, NULL),
                        "The rows of an Arrow stream should be a struct, not 'i'.");
}

static void a_failing_receiver(void **state) {
    rask_error err;
    static const int32_t values[] = {1, 2, 3, 4};
    base_arena *arena = base_arena_new();
    data_schema *schema;
    received r = {.fails_at = 1};
    foreign f;
    foreign_init(&f, "i", 4, 2);
    f.buffers[1] = values;
    ASSERT_OK(data_arrow_import_schema(arena, &f.row_schema, &schema, &err));
    ASSERT_FAILS(data_arrow_import_batch(NULL, &f.row, &f.row_schema, schema, 2, receive, &r, &err),
                 RASK_ERROR_CANCELLED, "enough");
    assert_int_equal(f.released, 0); /* the first batch still lives */
    received_free(&r);
    assert_int_equal(f.released, 1);
    base_arena_free(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(out_and_in),
        cmocka_unit_test(exports_only_selected_rows),
        cmocka_unit_test(shares_what_it_can),
        cmocka_unit_test(nulls_of_booleans_hold_anything),
        cmocka_unit_test(nanoseconds_have_limits),
        cmocka_unit_test(export_survives_exhaustion),
        cmocka_unit_test(integers_of_every_width),
        cmocka_unit_test(misaligned_values),
        cmocka_unit_test(times_of_every_unit),
        cmocka_unit_test(strings_of_every_layout),
        cmocka_unit_test(dictionaries),
        cmocka_unit_test(lists_of_every_layout),
        cmocka_unit_test(structs_with_offsets),
        cmocka_unit_test(damaged_arrays),
        cmocka_unit_test(damaged_schemas),
        cmocka_unit_test(a_failing_receiver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
