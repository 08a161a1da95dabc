/* Aggregates against a naive model: every group keeps the list of its values, and each result is
 * computed from the list anew.  Random rows with retractions go through scan, through update and
 * retract, through merge, and through snapshots. */
#include <stdlib.h>

#include "base/decimal.h"
#include "func_support.h"

enum { GROUPS = 7, BATCH_MAX = 600, TEXT_SIZE = 64, RANGE = 60, STATE_SIZE_MAX = 128 };

static uint64_t random_state = 1;

static uint32_t next_random(uint32_t below) {
    random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(random_state >> 33) % below;
}

/* ---- values: small numbers k, in order, as values of a type ---------------------------------- */

static void value_text(const data_type *type, int32_t k, char *out) {
    switch (type->kind) {
    case DATA_BOOLEAN:
        strcpy(out, k > 0 ? "TRUE" : "FALSE");
        break;
    case DATA_FLOAT:
    case DATA_DOUBLE:
        out[base_double_format(k * 0.25, out)] = '\0';
        break;
    case DATA_DECIMAL:
        out[base_decimal_format(k, type->scale, out)] = '\0';
        break;
    case DATA_VARCHAR: /* every other one too long for a view */
        snprintf(out, TEXT_SIZE, k % 2 ? "v%04d" : "v%04d and a longer tail", k + 1000);
        break;
    case DATA_DATE:
        snprintf(out, TEXT_SIZE, "%04d-01-01", k + 1970);
        break;
    case DATA_TIMESTAMP:
        snprintf(out, TEXT_SIZE, "%04d-01-01 00:00:00%s", k + 1970,
                 type->precision == 9 ? ".000000001" : "");
        break;
    default:
        snprintf(out, TEXT_SIZE, "%d", k);
    }
}

static data_column *value_column(const char *type_name, const int32_t *values, const bool *nulls,
                                 int32_t count) {
    base_strbuf items;
    char text[TEXT_SIZE];
    base_strbuf_init(&items, INT32_MAX);
    for (int32_t i = 0; i < count; i++) {
        value_text(test_type(type_name), values[i], text);
        base_strbuf_printf(&items, "%s%s", i > 0 ? "|" : "", nulls[i] ? "NULL" : text);
    }
    data_column *column = test_column(type_name, items.data);
    base_strbuf_free(&items);
    return column;
}

/* ---- the model ------------------------------------------------------------------------------- */

typedef struct group {
    int32_t values[4000];
    int32_t count;
    int32_t rows; /* nulls included */
} group;

static int64_t wrapped(data_kind kind, int64_t value) {
    return kind == DATA_TINYINT    ? (int8_t)value
           : kind == DATA_SMALLINT ? (int16_t)value
           : kind == DATA_INT      ? (int32_t)value
                                   : value;
}

static void sum_text(const data_type *type, const group *g, bool average, char *out) {
    int64_t sum = 0;
    for (int32_t i = 0; i < g->count; i++)
        sum += g->values[i];
    if (type->kind == DATA_DECIMAL) {
        base_i128 result = sum;
        int32_t scale = average && type->scale < 6 ? 6 : type->scale;
        if (average)
            base_decimal_divide(sum, g->count, type->scale, 0, scale, &result);
        out[base_decimal_format(result, scale, out)] = '\0';
    } else if (type->kind == DATA_DOUBLE) {
        double result = (double)sum * 0.25;
        out[base_double_format(average ? result / g->count : result, out)] = '\0';
    } else {
        snprintf(out, TEXT_SIZE, "%lld",
                 (long long)wrapped(type->kind, average ? sum / g->count : sum));
    }
}

static void expected_text(const char *name, const data_type *type, const group *g, char *out) {
    int32_t min = INT32_MAX, max = INT32_MIN;
    for (int32_t i = 0; i < g->count; i++) {
        min = g->values[i] < min ? g->values[i] : min;
        max = g->values[i] > max ? g->values[i] : max;
    }
    if (strcmp(name, "COUNT") == 0)
        snprintf(out, TEXT_SIZE, "%d", g->count);
    else if (g->count == 0 && strcmp(name, "$SUM0") != 0)
        strcpy(out, "NULL");
    else if (strncmp(name, "MIN", 3) == 0)
        value_text(type, min, out);
    else if (strncmp(name, "MAX", 3) == 0)
        value_text(type, max, out);
    else
        sum_text(type, g, strcmp(name, "AVG") == 0, out);
}

static void check_text(const data_column *column, int64_t row, const char *expected,
                       const char *what) {
    base_strbuf text;
    base_strbuf_init(&text, INT32_MAX);
    if (!data_column_print(column, row, 0, &text))
        base_strbuf_add_text(&text, "NULL");
    if (strcmp(text.data, expected) != 0)
        fail_msg("%s, row %d: expected %s, got %s", what, (int)row, expected, text.data);
    base_strbuf_free(&text);
}

/* ---- a random batch -------------------------------------------------------------------------- */

typedef struct rows {
    int32_t count;
    int32_t values[BATCH_MAX], groups[BATCH_MAX];
    bool nulls[BATCH_MAX];
    uint8_t kinds[BATCH_MAX];
    uint16_t selection[BATCH_MAX];
    int32_t selected;
} rows;

/* Draws a row and applies it to the model.  Only values that are there are taken back. */
static void draw_row(rows *r, int32_t i, group *model, bool retract) {
    group *g = &model[r->groups[i] = (int32_t)next_random(GROUPS)];
    bool take = retract && g->count > 0 && next_random(100) < 45;
    r->nulls[i] = !take && next_random(10) == 0;
    r->kinds[i] = take ? (next_random(2) ? DATA_DELETE : DATA_UPDATE_BEFORE)
                       : (next_random(2) ? DATA_INSERT : DATA_UPDATE_AFTER);
    if (take) {
        int32_t at = (int32_t)next_random((uint32_t)g->count);
        r->values[i] = g->values[at];
        g->values[at] = g->values[--g->count];
    } else {
        r->values[i] = (int32_t)next_random(RANGE) - RANGE / 2;
        if (!r->nulls[i])
            g->values[g->count++] = r->values[i];
    }
}

/* ---- one aggregate under test ---------------------------------------------------------------- */

typedef struct tested {
    const char *type_name;
    func_aggregate_call call;
    const data_type *types[1];
    func_memory *memory;
    char states[GROUPS][STATE_SIZE_MAX] __attribute__((aligned(16)));
    group model[GROUPS];
} tested;

static tested *tested_new(const char *name, const char *type_name, bool retract) {
    rask_error err;
    tested *t = BASE_NEW(tested);
    func_aggregate_resolution resolution;
    t->type_name = type_name;
    t->types[0] = test_type(type_name);
    ASSERT_OK(func_aggregate_resolve(name, t->types, 1, true, &resolution, &err));
    assert_ptr_equal(resolution.parameter_types[0], t->types[0]);
    const func_aggregate *row = resolution.row;
    if (retract && row->retract == NULL)
        row = row->retractable;
    assert_non_null(row);
    assert_true(row->state_size <= STATE_SIZE_MAX && row->state_align <= 16);
    t->call =
        (func_aggregate_call){row, test_func_context(), t->types, 1, resolution.result_type, NULL};
    t->memory = func_heap_new(NULL);
    for (int32_t g = 0; g < GROUPS; g++)
        row->init(&t->call, t->states[g]);
    return t;
}

static void tested_free(tested *t) {
    for (int32_t g = 0; g < GROUPS; g++)
        if (t->call.row->destroy != NULL)
            t->call.row->destroy(&t->call, t->states[g], t->memory);
    assert_int_equal(func_heap_used(t->memory), 0);
    func_heap_free(t->memory);
    base_free(t);
}

static data_column *result_column(const tested *t, int32_t count) {
    rask_error err;
    data_column *column;
    ASSERT_OK(data_column_new(NULL, t->call.result_type, DATA_PHYSICAL_NONE, count, &column, &err));
    ASSERT_OK(data_column_make_validity(NULL, column, &err));
    return column;
}

static void check_finish(tested *t) {
    rask_error err;
    char expected[TEXT_SIZE];
    void *states[GROUPS];
    for (int32_t g = 0; g < GROUPS; g++)
        states[g] = t->states[g];
    data_column *out = result_column(t, GROUPS);
    ASSERT_OK(t->call.row->finish(&t->call, states, GROUPS, t->memory, out, &err));
    for (int32_t g = 0; g < GROUPS; g++) {
        expected_text(t->call.row->name, t->types[0], &t->model[g], expected);
        check_text(out, g, expected, t->call.row->name);
    }
    data_column_unref(out);
}

/* Rows of a batch for the aggregate: all of them, or the even ones. */
static func_aggregate_rows batch_rows(tested *t, rows *r, data_column **column, void **states,
                                      const data_column **args) {
    *column = value_column(t->type_name, r->values, r->nulls, r->count);
    args[0] = *column;
    func_aggregate_rows out = {
        .states = states, .args = args, .count = r->count, .kinds = r->kinds, .memory = t->memory};
    if (r->selected > 0) {
        out.selection = r->selection;
        out.count = r->selected;
    }
    for (int32_t i = 0; i < out.count; i++)
        states[i] = t->states[r->groups[out.selection != NULL ? out.selection[i] : i]];
    return out;
}

/* ---- scan ------------------------------------------------------------------------------------ */

static void scan_batch(tested *t, bool retract, bool select) {
    rows r = {.count = 1 + (int32_t)next_random(BATCH_MAX - 1)};
    static char before[BATCH_MAX][TEXT_SIZE], after[BATCH_MAX][TEXT_SIZE];
    int32_t position = 0;
    for (int32_t i = 0; i < r.count; i++) {
        r.groups[i] = 0;
        if (select && i % 2 == 1)
            continue; /* not selected: neither drawn nor applied */
        group previous[GROUPS];
        memcpy(previous, t->model, sizeof previous);
        draw_row(&r, i, t->model, retract);
        r.selection[r.selected++] = (uint16_t)i;
        const char *name = t->call.row->name;
        expected_text(name, t->types[0], &previous[r.groups[i]], before[position]);
        expected_text(name, t->types[0], &t->model[r.groups[i]], after[position++]);
    }
    if (!select)
        r.selected = 0;
    rask_error err;
    void *states[BATCH_MAX];
    const data_column *args[1];
    data_column *column;
    func_aggregate_rows batch = batch_rows(t, &r, &column, states, args);
    data_column *old_out = result_column(t, batch.count), *new_out = result_column(t, batch.count);
    ASSERT_OK(t->call.row->scan(&t->call, &batch, old_out, new_out, &err));
    for (int32_t i = 0; i < position; i++) {
        check_text(old_out, i, before[i], "old");
        check_text(new_out, i, after[i], "new");
    }
    data_column_unref(old_out);
    data_column_unref(new_out);
    data_column_unref(column);
}

/* ---- update and retract: the rows of one sign at a time -------------------------------------- */

static void update_batch(tested *t, bool retract) {
    rows r = {.count = 1 + (int32_t)next_random(BATCH_MAX - 1)};
    for (int32_t i = 0; i < r.count; i++)
        draw_row(&r, i, t->model, retract);
    rask_error err;
    void *states[BATCH_MAX];
    const data_column *args[1];
    data_column *column;
    for (int32_t pass = 0; pass < (retract ? 2 : 1); pass++) {
        r.selected = 0;
        for (int32_t i = 0; i < r.count; i++)
            if (data_row_kind_is_add(r.kinds[i]) == (pass == 0))
                r.selection[r.selected++] = (uint16_t)i;
        if (r.selected == 0)
            continue;
        func_aggregate_rows batch = batch_rows(t, &r, &column, states, args);
        ASSERT_OK((pass == 0 ? t->call.row->update : t->call.row->retract)(&t->call, &batch, &err));
        data_column_unref(column);
    }
}

/* ---- merge, snapshots ------------------------------------------------------------------------ */

/* All of `from` goes into `into`. */
static void merge_all(tested *into, tested *from) {
    rask_error err;
    void *targets[GROUPS];
    const void *sources[GROUPS];
    for (int32_t g = 0; g < GROUPS; g++) {
        targets[g] = into->states[g];
        sources[g] = from->states[g];
        memcpy(into->model[g].values + into->model[g].count, from->model[g].values,
               sizeof(int32_t) * (size_t)from->model[g].count);
        into->model[g].count += from->model[g].count;
    }
    ASSERT_OK(into->call.row->merge(&into->call, targets, sources, GROUPS, into->memory,
                                    from->memory, &err));
}

/* Every state is written out, destroyed and read back. */
static void snapshot_all(tested *t) {
    const func_aggregate *row = t->call.row;
    if (row->snapshot == NULL)
        return;
    for (int32_t g = 0; g < GROUPS; g++) {
        rask_error err;
        int64_t consumed;
        base_strbuf bytes;
        base_strbuf_init(&bytes, INT32_MAX);
        row->snapshot(&t->call, t->states[g], t->memory, &bytes);
        int64_t size = bytes.length;
        base_strbuf_add_text(&bytes, "what follows");
        row->destroy(&t->call, t->states[g], t->memory);
        ASSERT_OK(row->restore(&t->call, bytes.data, bytes.length, t->states[g], t->memory,
                               &consumed, &err));
        assert_int_equal(consumed, size);
        if (size > 0) {
            char ignored[STATE_SIZE_MAX] __attribute__((aligned(16)));
            assert_int_equal(
                row->restore(&t->call, bytes.data, size - 1, ignored, t->memory, &consumed, &err),
                RASK_ERROR_IO);
            row->destroy(&t->call, ignored, t->memory);
        }
        base_strbuf_free(&bytes);
    }
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void run(const char *name, const char *type_name, bool retract) {
    tested *t = tested_new(name, type_name, retract), *other = tested_new(name, type_name, retract);
    check_finish(t);
    for (int32_t i = 0; i < 2; i++) {
        scan_batch(t, retract, i % 2 == 1);
        check_finish(t);
        update_batch(t, retract);
        check_finish(t);
        update_batch(other, retract);
    }
    snapshot_all(t);
    check_finish(t);
    merge_all(t, other);
    check_finish(t);
    check_finish(other);
    tested_free(t);
    tested_free(other);
}

static void test_counts_and_sums(void **state) {
    static const char *const names[] = {"COUNT", "SUM", "$SUM0", "AVG"};
    static const char *const types[] = {"TINYINT", "SMALLINT",      "INT",           "BIGINT",
                                        "DOUBLE",  "DECIMAL(5, 2)", "DECIMAL(20, 7)"};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
            run(names[n], types[i], false);
            run(names[n], types[i], true);
        }
    run("COUNT", "STRING", true);
}

static void test_min_max(void **state) {
    static const char *const types[] = {
        "TINYINT",        "INT",    "BIGINT", "DOUBLE",       "DECIMAL(5, 2)",
        "DECIMAL(30, 2)", "STRING", "DATE",   "TIMESTAMP(0)", "TIMESTAMP(9)"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        run("MIN", types[i], false);
        run("MAX", types[i], false);
        run("MIN", types[i], true);
        run("MAX", types[i], true);
    }
}

/* COUNT(*) counts rows whatever is in them. */
static void test_count_star(void **state) {
    rask_error err;
    func_aggregate_resolution resolution;
    ASSERT_OK(func_aggregate_resolve("count", NULL, 0, false, &resolution, &err));
    assert_int_equal(resolution.row->flags & FUNC_AGG_COUNTS_ROWS, FUNC_AGG_COUNTS_ROWS);
    assert_false(resolution.result_type->nullable);
    int64_t state_words[4] = {0};
    func_aggregate_call call = {
        resolution.row, test_func_context(), NULL, 0, resolution.result_type, NULL};
    resolution.row->init(&call, state_words);
    void *states[5] = {state_words, state_words, state_words, state_words, state_words};
    uint8_t kinds[5] = {DATA_INSERT, DATA_INSERT, DATA_DELETE, DATA_UPDATE_BEFORE, DATA_INSERT};
    func_aggregate_rows batch = {.states = states, .count = 5, .kinds = kinds};
    data_column *before, *after;
    ASSERT_OK(data_column_new(NULL, call.result_type, DATA_PHYSICAL_NONE, 5, &before, &err));
    ASSERT_OK(data_column_new(NULL, call.result_type, DATA_PHYSICAL_NONE, 5, &after, &err));
    ASSERT_OK(resolution.row->scan(&call, &batch, before, after, &err));
    assert_string_equal(test_text(before), "0|1|2|1|0");
    assert_string_equal(test_text(after), "1|2|1|0|1");
    data_column_unref(before);
    data_column_unref(after);
}

/* Many distinct values, taken back in another order, against a table of counts. */
static void test_many_values(void **state) {
    enum { VALUES = 30000, STEPS = 400, PER_STEP = 256 };
    tested *t = tested_new("MAX", "INT", true);
    int32_t *counts = BASE_NEW_ARRAY(int32_t, VALUES);
    rask_error err;
    for (int32_t step = 0; step < STEPS; step++) {
        bool shrinking = step % 100 >= 60;
        rows r = {.count = PER_STEP};
        for (int32_t i = 0; i < PER_STEP; i++) {
            int32_t value = (int32_t)next_random(VALUES);
            while (shrinking && counts[value] == 0 && value > 0)
                value--;
            bool take = shrinking && counts[value] > 0;
            counts[value] += take ? -1 : 1;
            r.values[i] = value;
            r.kinds[i] = take ? DATA_DELETE : DATA_INSERT;
        }
        void *states[BATCH_MAX];
        const data_column *args[1];
        data_column *column;
        func_aggregate_rows batch = batch_rows(t, &r, &column, states, args);
        data_column *before = result_column(t, PER_STEP), *after = result_column(t, PER_STEP);
        ASSERT_OK(t->call.row->scan(&t->call, &batch, before, after, &err));
        int32_t max = VALUES - 1;
        while (max >= 0 && counts[max] == 0)
            max--;
        assert_int_equal(((const int32_t *)after->values)[PER_STEP - 1], max);
        data_column_unref(before);
        data_column_unref(after);
        data_column_unref(column);
    }
    base_free(counts);
    tested_free(t);
}

static const char *type_of(const char *name, const char *argument, bool grouped) {
    static char text[128];
    rask_error err;
    func_aggregate_resolution resolution;
    const data_type *types[1] = {test_type(argument)};
    ASSERT_OK(func_aggregate_resolve(name, types, 1, grouped, &resolution, &err));
    base_arena *arena = base_arena_new();
    snprintf(text, sizeof text, "%s", data_type_text(arena, resolution.result_type, true));
    base_arena_free(arena);
    return text;
}

static void test_types(void **state) {
    assert_string_equal(type_of("SUM", "INT NOT NULL", true), "INT NOT NULL");
    assert_string_equal(type_of("SUM", "INT NOT NULL", false), "INT");
    assert_string_equal(type_of("sum", "DECIMAL(10, 2)", true), "DECIMAL(38, 2)");
    assert_string_equal(type_of("$SUM0", "INT", false), "INT NOT NULL");
    assert_string_equal(type_of("AVG", "DECIMAL(10, 2) NOT NULL", true), "DECIMAL(38, 6) NOT NULL");
    assert_string_equal(type_of("AVG", "DECIMAL(38, 10)", true), "DECIMAL(38, 10)");
    assert_string_equal(type_of("AVG", "TINYINT", true), "TINYINT");
    assert_string_equal(type_of("AVG", "FLOAT", true), "FLOAT");
    assert_string_equal(type_of("COUNT", "STRING", false), "BIGINT NOT NULL");
    assert_string_equal(type_of("MIN", "STRING NOT NULL", true), "STRING NOT NULL");
    assert_string_equal(type_of("MAX", "TIMESTAMP(3) NOT NULL", false), "TIMESTAMP(3)");
    rask_error err;
    func_aggregate_resolution resolution;
    const data_type *types[1] = {test_type("STRING")};
    ASSERT_FAILS(func_aggregate_resolve("SUM", types, 1, true, &resolution, &err),
                 RASK_ERROR_VALIDATION,
                 "Cannot apply 'SUM' to arguments of type 'SUM(<VARCHAR(2147483647)>)'. Supported "
                 "form(s): 'SUM(<NUMERIC>)'");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_and_sums), cmocka_unit_test(test_min_max),
        cmocka_unit_test(test_count_star),      cmocka_unit_test(test_many_values),
        cmocka_unit_test(test_types),
    };
    return cmocka_run_group_tests(tests, NULL, test_func_teardown);
}
