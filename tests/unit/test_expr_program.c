/* Programs against a naive evaluator.
 *
 * The naive one walks the bound tree for one row at a time: it calls the kernel of each call on
 * one-row columns and does AND, OR, CASE, IF and COALESCE by their definition.  Random expressions
 * over random columns (flat, constant, dictionary; with and without nulls and selection) must give
 * the same values, or fail on a row the naive one fails on. */
#include "base/arena.h"
#include "expr/bind.h"
#include "expr/program.h"
#include "sql/sql.h"
#include "support.h"

#include <stdlib.h>

enum { ROWS_MAX = 150, COLUMNS = 8 };

static const struct {
    const char *name, *type;
} columns[COLUMNS] = {
    {"a", "INT"},    {"b", "INT NOT NULL"},    {"c", "BIGINT"},  {"d", "DOUBLE"},
    {"s", "STRING"}, {"t", "STRING NOT NULL"}, {"f", "BOOLEAN"}, {"m", "DECIMAL(8, 2)"},
};

typedef struct session {
    base_arena *arena;
    base_seeded seeded;
    func_context context;
    const data_type *types[COLUMNS];
    expr_scope_column scope[COLUMNS];
    data_batch *batch;
} session;

static int32_t runs, failed_runs; /* so that the tests see enough of both */

static int32_t random_below(session *s, int32_t limit) {
    return (int32_t)(s->seeded.random.next(s->seeded.random.self) % (uint64_t)limit);
}

/* ---- random columns -------------------------------------------------------------------------- */

static void add_random(session *s, data_builder *builder, const data_type *type, bool nulls) {
    static const char *const texts[] = {"",
                                        "x",
                                        "1",
                                        "42",
                                        " 7 ",
                                        "true",
                                        "äö",
                                        "nope",
                                        "a text of more than twelve bytes",
                                        "another text, longer than the inline part"};
    rask_error err;
    if (nulls && type->nullable && random_below(s, 4) == 0) {
        ASSERT_OK(data_builder_add_null(builder, &err));
        return;
    }
    const char *text = texts[random_below(s, 10)];
    switch (type->kind) {
    case DATA_DOUBLE:
        ASSERT_OK(data_builder_add_f64(builder, random_below(s, 9) * 0.25 - 1, &err));
        break;
    case DATA_VARCHAR:
        ASSERT_OK(data_builder_add_string(builder, text, (int64_t)strlen(text), &err));
        break;
    case DATA_BOOLEAN:
        ASSERT_OK(data_builder_add_i64(builder, random_below(s, 2), &err));
        break;
    default:
        ASSERT_OK(data_builder_add_i64(builder, random_below(s, 7) - 2, &err));
    }
}

static data_column *random_flat(session *s, const data_type *type, int32_t rows, bool nulls) {
    rask_error err;
    data_column *column = NULL;
    data_builder *builder = data_builder_new(NULL, type, rows);
    for (int32_t i = 0; i < rows; i++)
        add_random(s, builder, type, nulls);
    ASSERT_OK(data_builder_finish(builder, &column, &err));
    data_builder_free(builder);
    return column;
}

static data_column *random_constant(session *s, const data_type *type, int32_t rows) {
    rask_error err;
    data_column *one = random_flat(s, type, 1, true), *column = NULL;
    data_value value = data_value_at(s->arena, one, 0);
    ASSERT_OK(data_value_to_column(NULL, &value, rows, &column, &err));
    data_column_unref(one);
    return column;
}

/* Codes over a dictionary of a few values; nulls are in the outer column. */
static data_column *random_dictionary(session *s, const data_type *type, int32_t rows) {
    static uint64_t next_id = 1;
    rask_error err;
    data_column *codes = NULL, *column = BASE_NEW(data_column);
    data_column *dictionary = random_flat(s, data_type_with_null(type, false), 5, false);
    ASSERT_OK(data_column_new(NULL, data_type_simple(DATA_INT, true), DATA_PHYSICAL_NONE, rows,
                              &codes, &err));
    ASSERT_OK(data_column_make_validity(NULL, codes, &err));
    for (int32_t i = 0; i < rows; i++) {
        ((int32_t *)codes->values)[i] = random_below(s, 5);
        if (type->nullable && random_below(s, 5) == 0)
            data_column_set_null(codes, i);
    }
    *column = (data_column){.type = type,
                            .layout = DATA_DICTIONARY,
                            .physical = dictionary->physical,
                            .length = rows,
                            .validity = codes->validity,
                            .values = codes->values,
                            .dictionary = dictionary,
                            .dictionary_id = next_id++,
                            .validity_buffer = base_buffer_ref(codes->validity_buffer),
                            .values_buffer = base_buffer_ref(codes->values_buffer),
                            .refs = 1};
    data_column_unref(codes);
    return column;
}

static data_column *random_column(session *s, const data_type *type, int32_t rows) {
    switch (random_below(s, 6)) {
    case 0:
        return random_constant(s, type, rows);
    case 1:
        return random_dictionary(s, type, rows);
    default:
        return random_flat(s, type, rows, random_below(s, 2) == 0);
    }
}

static data_batch *random_batch(session *s) {
    rask_error err;
    data_column *made[COLUMNS];
    int32_t rows = 1 + random_below(s, random_below(s, 3) == 0 ? 3 : ROWS_MAX);
    for (int32_t i = 0; i < COLUMNS; i++)
        made[i] = random_column(s, s->types[i], rows);
    data_batch *batch = data_batch_take(made, COLUMNS, rows);
    if (random_below(s, 2) == 0)
        return batch;
    base_buffer *selection = NULL;
    ASSERT_OK(base_buffer_new(NULL, rows * 2, &selection, &err));
    int32_t kept = 0, share = 1 + random_below(s, 6);
    for (int32_t i = 0; i < rows; i++)
        if (random_below(s, share) == 0)
            ((uint16_t *)selection->data)[kept++] = (uint16_t)i;
    data_batch_set_selection(batch, selection, kept);
    return batch;
}

/* ---- random expressions ---------------------------------------------------------------------- */

static const char *random_text(session *s, data_kind kind, int32_t depth);

static const char *pick_column(session *s, data_kind kind) {
    const char *found[COLUMNS];
    int32_t count = 0;
    for (int32_t i = 0; i < COLUMNS; i++)
        if (s->types[i]->kind == kind)
            found[count++] = columns[i].name;
    return found[random_below(s, count)];
}

static const char *random_leaf(session *s, data_kind kind) {
    if (random_below(s, 3) > 0)
        return pick_column(s, kind);
    switch (kind) {
    case DATA_INT:
        return base_arena_printf(s->arena, "%d", random_below(s, 5));
    case DATA_BIGINT:
        return base_arena_printf(s->arena, "CAST(%d AS BIGINT)", random_below(s, 5));
    case DATA_DOUBLE:
        return base_arena_printf(s->arena, "%d.5e0", random_below(s, 3));
    case DATA_DECIMAL:
        return base_arena_printf(s->arena, "%d.25", random_below(s, 3));
    case DATA_VARCHAR:
        return random_below(s, 2) == 0 ? "'x'"
                                       : "CAST('a text of more than twelve bytes' AS STRING)";
    default:
        return random_below(s, 4) == 0   ? "CAST(NULL AS BOOLEAN)"
               : random_below(s, 2) == 0 ? "TRUE"
                                         : "FALSE";
    }
}

static const char *random_number(session *s, data_kind kind, int32_t depth) {
    const char *a = random_text(s, kind, depth), *b = random_text(s, kind, depth);
    switch (random_below(s, kind == DATA_INT ? 7 : 5)) {
    case 0:
        return base_arena_printf(s->arena, "(%s + %s)", a, b);
    case 1:
        return base_arena_printf(s->arena, "(%s - %s)", a, b);
    case 2:
        return base_arena_printf(s->arena, "(%s / %s)", a, b); /* fails on zero */
    case 3:
        return base_arena_printf(s->arena, "(- %s)", a);
    case 4:
        return base_arena_printf(s->arena, "ABS(%s)", a);
    case 5:
        return base_arena_printf(s->arena, "CHAR_LENGTH(%s)", random_text(s, DATA_VARCHAR, depth));
    default:
        return base_arena_printf(s->arena, "CAST(%s AS INT)",
                                 random_text(s, DATA_VARCHAR, depth)); /* fails on most texts */
    }
}

static const char *random_string(session *s, int32_t depth) {
    const char *a = random_text(s, DATA_VARCHAR, depth);
    switch (random_below(s, 5)) {
    case 0:
        return base_arena_printf(s->arena, "UPPER(%s)", a);
    case 1:
        return base_arena_printf(s->arena, "(%s || %s)", a, random_text(s, DATA_VARCHAR, depth));
    case 2:
        return base_arena_printf(s->arena, "SUBSTRING(%s, 2)", a);
    case 3:
        return base_arena_printf(s->arena, "CAST(%s AS STRING)", random_text(s, DATA_INT, depth));
    default:
        return base_arena_printf(s->arena, "TRIM(%s)", a);
    }
}

static const char *random_condition(session *s, int32_t depth) {
    static const char *const operators[] = {"=", "<>", "<", "<=", ">", ">="};
    static const data_kind kinds[] = {DATA_INT, DATA_BIGINT, DATA_DOUBLE, DATA_VARCHAR,
                                      DATA_DECIMAL};
    data_kind kind = kinds[random_below(s, 5)];
    const char *a = random_text(s, DATA_BOOLEAN, depth);
    switch (random_below(s, 8)) {
    case 0:
    case 1:
        return base_arena_printf(s->arena, "(%s AND %s)", a, random_text(s, DATA_BOOLEAN, depth));
    case 2:
    case 3:
        return base_arena_printf(s->arena, "(%s OR %s)", a, random_text(s, DATA_BOOLEAN, depth));
    case 4:
        return base_arena_printf(s->arena, "(NOT %s)", a);
    case 5:
        return base_arena_printf(s->arena, "(%s IS NULL)", random_text(s, kind, depth));
    case 6:
        return base_arena_printf(s->arena, "(%s IN (%s, %s))", random_text(s, kind, depth),
                                 random_leaf(s, kind), random_leaf(s, kind));
    default:
        return base_arena_printf(s->arena, "(%s %s %s)", random_text(s, kind, depth),
                                 operators[random_below(s, 6)], random_text(s, kind, depth));
    }
}

static const char *random_branch(session *s, data_kind kind, int32_t depth) {
    const char *a = random_text(s, kind, depth), *b = random_text(s, kind, depth);
    const char *test = random_text(s, DATA_BOOLEAN, depth);
    switch (random_below(s, 4)) {
    case 0:
        return base_arena_printf(s->arena, "(CASE WHEN %s THEN %s WHEN %s THEN %s END)", test, a,
                                 random_text(s, DATA_BOOLEAN, depth), b);
    case 1:
        return base_arena_printf(s->arena, "(CASE WHEN %s THEN %s ELSE %s END)", test, a, b);
    case 2:
        return base_arena_printf(s->arena, "COALESCE(%s, %s, %s)", a, b, random_leaf(s, kind));
    default:
        return base_arena_printf(s->arena, "IF(%s, %s, %s)", test, a, b);
    }
}

static const char *random_text(session *s, data_kind kind, int32_t depth) {
    if (depth <= 0 || random_below(s, 5) == 0)
        return random_leaf(s, kind);
    if (random_below(s, 4) == 0)
        return random_branch(s, kind, depth - 1);
    if (kind == DATA_BOOLEAN)
        return random_condition(s, depth - 1);
    return kind == DATA_VARCHAR ? random_string(s, depth - 1) : random_number(s, kind, depth - 1);
}

/* ---- the naive evaluator --------------------------------------------------------------------- */

static rask_status naive(session *s, const expr_node *node, int32_t row, data_value *out);

static bool is_true(const data_value *value) {
    return !value->is_null && value->i64 != 0;
}

static rask_status naive_logic(session *s, const expr_node *node, int32_t row, bool is_and,
                               data_value *out) {
    bool saw_null = false;
    for (int32_t i = 0; i < node->arg_count; i++) {
        data_value term;
        RASK_TRY(naive(s, node->args[i], row, &term));
        if (!term.is_null && (term.i64 != 0) != is_and) {
            *out = data_value_i64(node->type, !is_and);
            return RASK_OK;
        }
        saw_null |= term.is_null;
    }
    *out = saw_null ? data_value_null(node->type) : data_value_i64(node->type, is_and);
    return RASK_OK;
}

static rask_status naive_case(session *s, const expr_node *node, int32_t row, data_value *out) {
    int32_t i = 0;
    for (; i + 1 < node->arg_count; i += 2) {
        data_value test;
        RASK_TRY(naive(s, node->args[i], row, &test));
        if (is_true(&test))
            return naive(s, node->args[i + 1], row, out);
    }
    if (i < node->arg_count)
        return naive(s, node->args[i], row, out);
    *out = data_value_null(node->type);
    return RASK_OK;
}

static rask_status naive_coalesce(session *s, const expr_node *node, int32_t row, data_value *out) {
    for (int32_t i = 0; i < node->arg_count; i++) {
        RASK_TRY(naive(s, node->args[i], row, out));
        if (!out->is_null)
            return RASK_OK;
    }
    return RASK_OK;
}

/* The kernel on one row of flat columns. */
static rask_status naive_kernel(session *s, const func_row *function, const data_type *type,
                                const data_value *values, const data_value *const *literals,
                                int32_t count, data_value *out) {
    rask_error err;
    data_column *args[FUNC_ARGS_MAX] = {NULL}, *result = NULL;
    const data_type *types[FUNC_ARGS_MAX];
    const void *prepared = NULL;
    for (int32_t i = 0; i < count; i++) {
        data_builder *builder = data_builder_new(NULL, values[i].type, 1);
        ASSERT_OK(data_builder_add_value(builder, &values[i], &err));
        ASSERT_OK(data_builder_finish(builder, &args[i], &err));
        data_builder_free(builder);
        types[i] = values[i].type;
    }
    func_infer_call infer = {function, types, literals, count};
    if (function->prepare != NULL)
        ASSERT_OK(function->prepare(s->arena, &infer, &prepared, &err));
    ASSERT_OK(data_column_new(NULL, type, DATA_PHYSICAL_NONE, 1, &result, &err));
    ASSERT_OK(data_column_make_validity(NULL, result, &err));
    func_call call = {.row = function,
                      .context = &s->context,
                      .row_count = 1,
                      .selected = 1,
                      .args = (const data_column *const *)args,
                      .arg_count = count,
                      .result = result,
                      .prepared = prepared};
    rask_status status = function->kernel(&call, &err);
    if (status == RASK_OK)
        *out = data_value_at(s->arena, result, 0);
    data_column_unref(result);
    for (int32_t i = 0; i < count; i++)
        data_column_unref(args[i]);
    return status;
}

static rask_status naive_call(session *s, const expr_node *node, const func_row *function,
                              int32_t row, data_value *out) {
    data_value values[FUNC_ARGS_MAX];
    const data_value *literals[FUNC_ARGS_MAX] = {NULL};
    bool any_null = false;
    for (int32_t i = 0; i < node->arg_count; i++) {
        if (node->args[i]->kind == EXPR_SYMBOL)
            values[i] = data_value_text(s->arena, node->args[i]->type, node->args[i]->name,
                                        (int64_t)strlen(node->args[i]->name));
        else
            RASK_TRY(naive(s, node->args[i], row, &values[i]));
        any_null |= values[i].is_null;
        if (node->args[i]->kind == EXPR_LITERAL || node->args[i]->kind == EXPR_SYMBOL)
            literals[i] = &values[i];
    }
    if (function->nulls == FUNC_STRICT && any_null) {
        *out = data_value_null(node->type);
        return RASK_OK;
    }
    return naive_kernel(s, function, node->type, values, literals, node->arg_count, out);
}

static rask_status naive(session *s, const expr_node *node, int32_t row, data_value *out) {
    rask_error err;
    const func_row *cast = NULL;
    switch (node->kind) {
    case EXPR_INPUT:
        *out = data_value_at(s->arena, s->batch->columns[node->column], row);
        return RASK_OK;
    case EXPR_LITERAL:
        *out = node->value;
        return RASK_OK;
    case EXPR_CAST:
        if (data_type_equal_ignoring_null(node->args[0]->type, node->type))
            return naive(s, node->args[0], row, out);
        ASSERT_OK(func_cast_find(node->args[0]->type, node->type, node->is_try, &cast, &err));
        return naive_call(s, node, cast, row, out);
    default:
        break;
    }
    switch (node->function->special) {
    case FUNC_AND:
    case FUNC_OR:
        return naive_logic(s, node, row, node->function->special == FUNC_AND, out);
    case FUNC_CASE:
    case FUNC_IF:
        return naive_case(s, node, row, out);
    case FUNC_COALESCE:
        return naive_coalesce(s, node, row, out);
    default:
        return naive_call(s, node, node->function, row, out);
    }
}

/* A filter asks a conjunct only where all earlier ones were TRUE. */
static rask_status naive_filter(session *s, const expr_node *node, int32_t row, bool *out) {
    data_value value;
    *out = true;
    if (node->kind == EXPR_CALL && node->function != NULL && node->function->special == FUNC_AND) {
        for (int32_t i = 0; i < node->arg_count && *out; i++)
            RASK_TRY(naive_filter(s, node->args[i], row, out));
        return RASK_OK;
    }
    RASK_TRY(naive(s, node, row, &value));
    *out = is_true(&value);
    return RASK_OK;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static bool same_value(const data_value *a, const data_column *column, int32_t row) {
    base_strbuf x, y;
    base_strbuf_init(&x, 1 << 16);
    base_strbuf_init(&y, 1 << 16);
    bool has_a = data_value_print(a, &x), has_b = data_column_print(column, row, 0, &y);
    bool same = has_a == has_b && strcmp(x.data, y.data) == 0;
    if (!same)
        printf("naive %s, program %s\n", has_a ? x.data : "NULL", has_b ? y.data : "NULL");
    base_strbuf_free(&x);
    base_strbuf_free(&y);
    return same;
}

static void complain(session *s, expr_program *program, const char *text, int32_t row) {
    base_strbuf code;
    base_strbuf_init(&code, 1 << 20);
    expr_program_write(program, &code);
    printf("%s\nrow %d of %d (%d selected)\n%s\n", text, row, s->batch->row_count,
           s->batch->selected, code.data);
    base_strbuf_free(&code);
    fail();
}

static void check_values(session *s, expr_program *program, expr_run_state *state,
                         expr_node *const *exprs, int32_t count, const char *text) {
    rask_error err;
    data_column *out[4] = {NULL};
    rask_error_clear(&err);
    rask_status status = expr_run(program, state, &s->context, s->batch, out, &err);
    bool any_failure = false, named_failure = false;
    for (int32_t k = 0; k < s->batch->selected; k++) {
        int32_t row = data_batch_row(s->batch, k);
        for (int32_t i = 0; i < count; i++) {
            data_value value;
            if (naive(s, exprs[i], row, &value) != RASK_OK) {
                any_failure = true;
                named_failure |= err.row == row || err.row < 0;
            } else if (status == RASK_OK && !same_value(&value, out[i], row)) {
                complain(s, program, text, row);
            }
        }
    }
    runs++;
    failed_runs += any_failure;
    if (any_failure != (status != RASK_OK) || (any_failure && !named_failure)) {
        printf("naive %s, program: %s (row %d)\n", any_failure ? "failed" : "did not fail",
               status != RASK_OK ? err.message : "no failure", (int)err.row);
        complain(s, program, text, -1);
    }
    for (int32_t i = 0; i < count && status == RASK_OK; i++) {
        assert_int_equal(out[i]->length, s->batch->row_count);
        data_column_unref(out[i]);
    }
}

static void check_filter(session *s, expr_program *program, expr_run_state *state,
                         const expr_node *expr, const char *text) {
    rask_error err;
    uint16_t rows[ROWS_MAX + 1];
    int32_t selected = 0, at = 0;
    bool any_failure = false;
    rask_error_clear(&err);
    rask_status status =
        expr_run_filter(program, state, &s->context, s->batch, rows, &selected, &err);
    for (int32_t k = 0; k < s->batch->selected; k++) {
        int32_t row = data_batch_row(s->batch, k);
        bool passes;
        if (naive_filter(s, expr, row, &passes) != RASK_OK) {
            any_failure = true;
            continue;
        }
        bool is_next = status == RASK_OK && at < selected && rows[at] == row;
        at += is_next;
        if (status == RASK_OK && passes != is_next)
            complain(s, program, text, row);
    }
    if (any_failure != (status != RASK_OK))
        complain(s, program, text, -2);
}

/* ---- the tests ------------------------------------------------------------------------------- */

static void open_session(session *s, uint64_t seed) {
    memset(s, 0, sizeof *s);
    s->arena = base_arena_new();
    base_seeded_init(&s->seeded, seed);
    s->context =
        (func_context){.world = base_world_system(), .scratch = s->arena};
    for (int32_t i = 0; i < COLUMNS; i++) {
        s->types[i] = test_type(columns[i].type);
        s->scope[i] =
            (expr_scope_column){.name = columns[i].name, .type = s->types[i], .column = i};
    }
}

static bool bind_text(session *s, const char *text, expr_node **out) {
    rask_error err;
    expr_node *node;
    expr_binder binder = {.arena = s->arena,
                          .columns = s->scope,
                          .column_count = COLUMNS,
                          .case_sensitive_names = true,
                          .from_sql = true};
    ASSERT_OK(sql_parse_expression(s->arena, text, (int64_t)strlen(text), &node, &err));
    rask_status status = expr_bind(&binder, node, out, &err);
    if (status != RASK_OK && getenv("SHOW") != NULL)
        printf("%s: %s\n", text, err.message);
    return status == RASK_OK;
}

static void run_one(uint64_t seed, bool conditions, int32_t *bound) {
    static const data_kind kinds[] = {DATA_INT,     DATA_BIGINT,  DATA_DOUBLE,
                                      DATA_VARCHAR, DATA_BOOLEAN, DATA_DECIMAL};
    session s;
    rask_error err;
    expr_node *exprs[3];
    open_session(&s, seed);
    int32_t count = conditions ? 1 : 1 + random_below(&s, 3);
    const char *text = "";
    for (int32_t i = 0; i < count; i++) {
        data_kind kind = conditions ? DATA_BOOLEAN : kinds[random_below(&s, 6)];
        const char *one = random_text(&s, kind, 1 + random_below(&s, 4));
        text = base_arena_printf(s.arena, "%s%s%s", text, i > 0 ? ", " : "", one);
        if (!bind_text(&s, one, &exprs[i])) {
            base_arena_free(s.arena);
            return;
        }
    }
    expr_program *program = NULL;
    ASSERT_OK(expr_compile(exprs, count, s.types, COLUMNS, &s.context, &program, &err));
    expr_run_state *state = expr_run_state_new(program);
    for (int32_t round = 0; round < 3; round++) {
        s.batch = random_batch(&s);
        check_values(&s, program, state, exprs, count, text);
        if (conditions)
            check_filter(&s, program, state, exprs[0], text);
        data_batch_unref(s.batch);
    }
    (*bound)++;
    expr_run_state_free(state);
    expr_program_free(program);
    base_arena_free(s.arena);
}

static void test_random_values(void **state) {
    int32_t bound = 0, rounds = 4000;
    for (int32_t seed = 1; seed <= rounds; seed++)
        run_one((uint64_t)seed, false, &bound);
    assert_true(bound > rounds / 2);
    printf("%d runs, %d failed\n", runs, failed_runs);
    assert_true(failed_runs > runs / 20 && failed_runs < runs / 2);
}

static void test_random_filters(void **state) {
    int32_t bound = 0, rounds = 4000;
    for (int32_t seed = 1; seed <= rounds; seed++)
        run_one((uint64_t)seed * 7919, true, &bound);
    assert_true(bound > rounds / 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_values),
        cmocka_unit_test(test_random_filters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
