/* Calling SQL functions over columns written as texts (func_support.h). */
#include "func_support.h"

#include "base/arena.h"

enum { ARGS_MAX = 8, MANY_ROWS = 700, STRIDE = 3 };

const func_context *test_func_context(void) {
    static func_context context;
    if (context.scratch == NULL) {
        context.world = base_world_system();
        context.scratch = base_arena_new();
    }
    return &context;
}

/* Where a failing check stands in the test. */
typedef struct place {
    const char *file;
    int line;
    const char *call;
} place;

/* A failing check is counted, so that one run shows all of them; the group's teardown fails. */
static int failures;

int test_func_teardown(void **state) {
    base_arena_free(test_func_context()->scratch);
    return failures == 0 ? 0 : -1;
}

#define CHECK(at, condition, ...)                                                                  \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error("%s:%d: %s: ", (at)->file, (at)->line, (at)->call);                        \
            print_error(__VA_ARGS__);                                                              \
            print_error("\n");                                                                     \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

/* ---- arguments ------------------------------------------------------------------------------- */

typedef struct argument {
    data_column *column; /* flat */
    bool is_literal;
    data_value literal;
} argument;

static argument read_argument(base_arena *arena, const char *text) {
    argument a = {0};
    const char *colon = strchr(text, ':'), *equals = strchr(text, '=');
    a.is_literal = equals != NULL && (colon == NULL || equals < colon);
    const char *mark = a.is_literal ? equals : colon;
    int64_t type_length = mark - text;
    while (type_length > 0 && text[type_length - 1] == ' ')
        type_length--;
    char *type = base_arena_strndup(arena, text, type_length);
    const char *rows = mark + 1 + (mark[1] == ' ');
    a.column = test_column(type, rows);
    if (a.is_literal)
        a.literal = data_value_at(arena, a.column, 0);
    return a;
}

/* The column's rows over and over until there are `rows`. */
static data_column *tiled(const data_column *column, int32_t rows) {
    rask_error err;
    data_column *out;
    int32_t *places = BASE_NEW_ARRAY(int32_t, rows);
    for (int32_t i = 0; i < rows; i++)
        places[i] = (int32_t)(i % column->length);
    ASSERT_OK(data_column_gather(NULL, column, places, rows, &out, &err));
    base_free(places);
    return out;
}

/* ---- one run --------------------------------------------------------------------------------- */

typedef struct run {
    const func_row *row;
    const data_type *result_type;
    const void *prepared;
    int32_t rows;
    const uint16_t *selection;
    int32_t selected;
    data_column *args[ARGS_MAX];
    int32_t arg_count;
} run;

static void merge_validity(data_column *result, const data_column *arg) {
    if (arg->validity == NULL && arg->physical != DATA_PHYSICAL_NONE)
        return;
    for (int64_t i = 0; i < result->length; i++)
        if (data_column_is_null(arg, i))
            data_column_set_null(result, i);
}

static bool needs_validity(const run *r) {
    bool needed = (r->row->flags & FUNC_NULL_ON_BAD_INPUT) != 0 ||
                  (r->row->nulls == FUNC_SEES_NULLS && r->result_type->nullable);
    for (int32_t i = 0; i < r->arg_count; i++)
        needed |= r->row->nulls == FUNC_STRICT &&
                  (r->args[i]->validity != NULL || r->args[i]->physical == DATA_PHYSICAL_NONE);
    return needed;
}

static rask_status run_kernel(const run *r, data_column **out, rask_error *err) {
    data_column *result;
    RASK_TRY(data_column_new(NULL, r->result_type, DATA_PHYSICAL_NONE, r->rows, &result, err));
    if (needs_validity(r))
        RASK_TRY(data_column_make_validity(NULL, result, err));
    for (int32_t i = 0; i < r->arg_count && r->row->nulls == FUNC_STRICT; i++)
        merge_validity(result, r->args[i]);
    func_call call = {
        .row = r->row,
        .context = test_func_context(),
        .row_count = r->rows,
        .selection = r->selection,
        .selected = r->selection != NULL ? r->selected : r->rows,
        .args = (const data_column *const *)r->args,
        .arg_count = r->arg_count,
        .result = result,
        .prepared = r->prepared,
    };
    base_arena_reset(test_func_context()->scratch);
    rask_status status = r->row->kernel(&call, err);
    if (status == RASK_OK)
        *out = result;
    else
        data_column_unref(result);
    return status;
}

/* ---- variants -------------------------------------------------------------------------------- */

typedef enum variant {
    PLAIN,    /* literals constant where the row takes them */
    FLAT,     /* everything flat */
    MANY,     /* many rows */
    SELECTED, /* every STRIDE-th of many rows */
    WIDE,     /* decimals of 128 bits */
    VARIANT_COUNT
} variant;

static int64_t row_count_of(const argument *args, int32_t count) {
    int64_t rows = 1;
    for (int32_t i = 0; i < count; i++)
        if (args[i].column->length > rows)
            rows = args[i].column->length;
    return rows;
}

static data_column *column_for(const argument *a, variant v, bool takes_constant, int32_t rows) {
    rask_error err;
    data_column *out;
    if (a->is_literal && v == PLAIN && takes_constant) {
        ASSERT_OK(data_value_to_column(NULL, &a->literal, rows, &out, &err));
        return out;
    }
    data_column *flat = tiled(a->column, rows);
    if (v != WIDE || a->column->type->kind != DATA_DECIMAL)
        return flat;
    ASSERT_OK(data_column_widen(NULL, flat, DATA_PHYSICAL_I128, &out, &err));
    data_column_unref(flat);
    return out;
}

static bool compare(const place *at, variant v, const data_column *result, int64_t row,
                    const char *expected, int64_t expected_length) {
    base_strbuf text;
    base_strbuf_init(&text, INT32_MAX);
    if (!data_column_print(result, row, 0, &text))
        base_strbuf_add_text(&text, "NULL");
    bool same =
        text.length == expected_length && memcmp(text.data, expected, (size_t)expected_length) == 0;
    CHECK(at, same, "variant %d, row %d: expected '%.*s', got '%s'", v, (int)row,
          (int)expected_length, expected, text.data);
    base_strbuf_free(&text);
    return same;
}

/* The `n`-th of the rows in "a|b|c". */
static const char *item(const char *rows, int64_t n, int64_t *length) {
    for (; n > 0; n--)
        rows = strchr(rows, '|') + 1;
    const char *end = strchr(rows, '|');
    *length = end != NULL ? end - rows : (int64_t)strlen(rows);
    return rows;
}

static void check_rows(const place *at, variant v, const run *r, const data_column *result,
                       const char *expected, int64_t distinct) {
    int64_t length;
    for (int32_t i = 0; i < (r->selection != NULL ? r->selected : r->rows); i++) {
        int32_t row = r->selection != NULL ? r->selection[i] : i;
        const char *text = item(expected, row % distinct, &length);
        if (!compare(at, v, result, row, text, length))
            return;
    }
}

static void run_variant(const place *at, variant v, run r, const argument *args,
                        const char *expected) {
    uint16_t selection[MANY_ROWS];
    rask_error err;
    data_column *result;
    int64_t distinct = row_count_of(args, r.arg_count);
    bool takes_constant = (r.row->flags & FUNC_TAKES_CONSTANT) != 0 && distinct > 1;
    r.rows = v == MANY || v == SELECTED ? MANY_ROWS : (int32_t)distinct;
    for (int32_t i = 0; i < r.arg_count; i++)
        r.args[i] = column_for(&args[i], v, takes_constant, r.rows);
    if (v == SELECTED) {
        for (int32_t row = 1; row < MANY_ROWS; row += STRIDE)
            selection[r.selected++] = (uint16_t)row;
        r.selection = selection;
    }
    rask_error_clear(&err);
    rask_status status = run_kernel(&r, &result, &err);
    CHECK(at, status == RASK_OK, "%s", err.message);
    if (status == RASK_OK) {
        check_rows(at, v, &r, result, expected, distinct);
        data_column_unref(result);
    }
    for (int32_t i = 0; i < r.arg_count; i++)
        data_column_unref(r.args[i]);
}

/* Runs plain only, and expects the failure. */
static void expect_failure(const place *at, run r, const argument *args, const char *expected) {
    rask_error err;
    data_column *result;
    r.rows = (int32_t)row_count_of(args, r.arg_count);
    for (int32_t i = 0; i < r.arg_count; i++)
        r.args[i] = tiled(args[i].column, r.rows);
    rask_error_clear(&err);
    rask_status status = run_kernel(&r, &result, &err);
    if (status == RASK_OK)
        data_column_unref(result);
    CHECK(at, status != RASK_OK, "did not fail with '%s'", expected);
    CHECK(at, strcmp(err.message, expected) == 0, "expected '%s', got '%s'", expected, err.message);
    for (int32_t i = 0; i < r.arg_count; i++)
        data_column_unref(r.args[i]);
}

/* "type: rows" is split; the type is compared and the rows returned. */
static const char *check_type(const place *at, base_arena *arena, const data_type *type,
                              const char *expected) {
    const char *colon = strstr(expected, ": ");
    char *wanted = base_arena_strndup(arena, expected, colon - expected);
    const char *got = data_type_text(arena, type, true);
    CHECK(at, strcmp(wanted, got) == 0, "expected type %s, got %s", wanted, got);
    return colon + 2;
}

static void check_run(const place *at, base_arena *arena, const run *r, const argument *args,
                      const char *expected) {
    if (expected[0] == '!') {
        expect_failure(at, *r, args, expected + 1);
        return;
    }
    const char *rows = check_type(at, arena, r->result_type, expected);
    for (variant v = PLAIN; v < VARIANT_COUNT; v++)
        run_variant(at, v, *r, args, rows);
}

/* ---- casts ----------------------------------------------------------------------------------- */

static void cast_argument(base_arena *arena, argument *a, const data_type *to) {
    rask_error err;
    data_column *result;
    run r = {.result_type = to, .rows = (int32_t)a->column->length, .arg_count = 1};
    if (a->column->type == to)
        return;
    ASSERT_OK(func_cast_find(a->column->type, to, false, &r.row, &err));
    r.args[0] = a->column;
    ASSERT_OK(run_kernel(&r, &result, &err));
    data_column_unref(a->column);
    a->column = result;
    if (a->is_literal)
        a->literal = data_value_at(arena, result, 0);
}

void test_cast_at(const char *file, int line, const char *value, const char *to, bool is_try,
                  const char *expected) {
    char call[512];
    snprintf(call, sizeof call, "CAST(%s AS %s)", value, to);
    place at = {file, line, call};
    base_arena *arena = base_arena_new();
    argument a = read_argument(arena, value);
    run r = {.result_type = test_type(to), .arg_count = 1};
    rask_error err;
    rask_error_clear(&err);
    rask_status status = func_cast_find(a.column->type, r.result_type, is_try, &r.row, &err);
    if (status == RASK_OK)
        check_run(&at, arena, &r, &a, expected);
    else
        CHECK(&at, expected[0] == '!' && strcmp(expected + 1, err.message) == 0, "%s", err.message);
    data_column_unref(a.column);
    base_arena_free(arena);
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* Fills in row, result type and what `prepare` makes, and casts the arguments. */
static rask_status resolve(base_arena *arena, const char *name, argument *args, run *r,
                           rask_error *err) {
    const data_type *types[ARGS_MAX];
    const data_value *literals[ARGS_MAX];
    func_resolution resolution;
    for (int32_t i = 0; i < r->arg_count; i++) {
        types[i] = args[i].column->type;
        literals[i] = args[i].is_literal ? &args[i].literal : NULL;
    }
    RASK_TRY(func_resolve(name, types, literals, r->arg_count, &resolution, err));
    for (int32_t i = 0; i < r->arg_count; i++)
        cast_argument(arena, &args[i], resolution.parameter_types[i]);
    r->row = resolution.row;
    r->result_type = resolution.result_type;
    if (r->row->prepare == NULL)
        return RASK_OK;
    func_infer_call call = {r->row, types, literals, r->arg_count};
    return r->row->prepare(arena, &call, &r->prepared, err);
}

void test_call_at(const char *file, int line, const char *name, const char *expected,
                  const char *const *texts) {
    char call[512];
    int length = snprintf(call, sizeof call, "%s(", name);
    base_arena *arena = base_arena_new();
    argument args[ARGS_MAX];
    run r = {0};
    for (; texts[r.arg_count] != NULL; r.arg_count++) {
        args[r.arg_count] = read_argument(arena, texts[r.arg_count]);
        length += snprintf(call + length, sizeof call - (size_t)length, "%s; ", texts[r.arg_count]);
    }
    place at = {file, line, call};
    rask_error err;
    rask_error_clear(&err);
    rask_status status = resolve(arena, name, args, &r, &err);
    if (status == RASK_OK)
        check_run(&at, arena, &r, args, expected);
    else
        CHECK(&at, expected[0] == '!' && strcmp(expected + 1, err.message) == 0,
              "expected '%s', got '!%s'", expected, err.message);
    for (int32_t i = 0; i < r.arg_count; i++)
        data_column_unref(args[i].column);
    base_arena_free(arena);
}
