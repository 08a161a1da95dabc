/* Binding, text and rewriting of expressions. */
#include "base/arena.h"
#include "expr/bind.h"
#include "expr/program.h"
#include "sql/sql.h"
#include "support.h"

enum { COLUMNS = 5 };
static const struct {
    const char *qualifier, *name, *type;
} columns[COLUMNS] = {
    {"t", "a", "INT"},          {"t", "b", "STRING NOT NULL"}, {"t", "f", "BOOLEAN"},
    {"t", "g", "INT NOT NULL"}, {"u", "a", "BIGINT"},
};
static const char *const column_names[COLUMNS] = {"a", "b", "f", "g", "ua"};

typedef struct fixture {
    base_arena *arena;
    expr_qualifier qualifiers[COLUMNS];
    expr_scope_column scope[COLUMNS];
    base_list aggregates;
    expr_binder binder;
    rask_udf_handle *udf;
} fixture;

static rask_status never(void *self, const struct ArrowSchema *in_schema,
                         const struct ArrowArray *in, const struct ArrowSchema *out_schema,
                         struct ArrowArray *out, const bool *cancelled, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_RUNTIME, "not to be called");
}

static rask_udf_handle *find_udf(void *context, const char *name) {
    fixture *f = context;
    return strcmp(name, "twice") == 0 ? f->udf : NULL;
}

static void set_up(fixture *f, bool from_sql) {
    rask_error err;
    memset(f, 0, sizeof *f);
    f->arena = base_arena_new();
    for (int32_t i = 0; i < COLUMNS; i++) {
        f->qualifiers[i] = (expr_qualifier){&columns[i].qualifier, 1};
        f->scope[i] = (expr_scope_column){.qualifier = &f->qualifiers[i],
                                          .name = columns[i].name,
                                          .type = test_type(columns[i].type),
                                          .column = i};
    }
    const char *parameters[] = {"BIGINT"}, *results[] = {"BIGINT"};
    rask_udf udf = {.size = sizeof udf,
                    .abi_version = RASK_UDF_ABI_VERSION,
                    .name = "twice",
                    .deterministic = true,
                    .parameter_count = 1,
                    .parameter_types = parameters,
                    .result_count = 1,
                    .result_types = results,
                    .eval = never};
    ASSERT_OK(expr_udf_new(&udf, &f->udf, &err));
    f->binder = (expr_binder){.arena = f->arena,
                              .columns = f->scope,
                              .column_count = COLUMNS,
                              .case_sensitive_names = true,
                              .from_sql = from_sql,
                              .find_udf = find_udf,
                              .context = f,
                              .clause = "WHERE clause"};
}

static void tear_down(fixture *f) {
    expr_udf_unref(f->udf);
    base_arena_free(f->arena);
}

static expr_node *parse(fixture *f, const char *text) {
    rask_error err;
    expr_node *node = NULL;
    ASSERT_OK(sql_parse_expression(f->arena, text, (int64_t)strlen(text), &node, &err));
    return node;
}

static expr_node *bind(fixture *f, const char *text) {
    rask_error err;
    expr_node *bound = NULL;
    ASSERT_OK(expr_bind(&f->binder, parse(f, text), &bound, &err));
    return bound;
}

static const char *written(fixture *f, const expr_node *node, const char *const *names, bool sql) {
    base_strbuf out;
    base_strbuf_init(&out, 1 << 16);
    expr_write(node, names, sql, &out);
    const char *copy = base_arena_strdup(f->arena, out.data);
    base_strbuf_free(&out);
    return copy;
}

/* ---- digests and types ----------------------------------------------------------------------- */

static void test_bound(void **state) {
    static const struct {
        const char *text, *digest, *type;
    } cases[] = {
        {"g", "$3", "INT NOT NULL"},
        {"u.a", "$4", "BIGINT"},
        {"t.f", "$2", "BOOLEAN"},
        {"t.a + 1", "+($0, 1)", "INT"},
        {"+ t.a", "$0", "INT"},
        {"- t.a", "-($0)", "INT"},
        {"t.a > u.a", ">($0, $4)", "BOOLEAN"},
        {"t.a = u.a", "=(CAST($0):BIGINT, $4)", "BOOLEAN"},
        {"f AND g > 1 AND (f AND NOT f)", "AND($2, >($3, 1), $2, NOT($2))", "BOOLEAN"},
        {"f OR f AND f", "OR($2, AND($2, $2))", "BOOLEAN"},
        {"g BETWEEN 1 AND 2", "AND(>=($3, 1), <=($3, 2))", "BOOLEAN NOT NULL"},
        {"g NOT BETWEEN SYMMETRIC 1 AND 2",
         "NOT(OR(AND(>=($3, 1), <=($3, 2)), AND(>=($3, 2), <=($3, 1))))", "BOOLEAN NOT NULL"},
        {"g IN (1, 2)", "OR(=($3, 1), =($3, 2))", "BOOLEAN NOT NULL"},
        {"g NOT IN (1)", "NOT(=($3, 1))", "BOOLEAN NOT NULL"},
        {"b NOT LIKE 'x'", "NOT(LIKE($1, _UTF-16LE'x'))", "BOOLEAN NOT NULL"},
        {"f IS UNKNOWN", "IS NULL($2)", "BOOLEAN NOT NULL"},
        {"CASE WHEN f THEN 1 END", "CASE($2, 1, null:INTEGER)", "INT"},
        {"CASE t.a WHEN 1 THEN 'x' WHEN 2 THEN b ELSE 'yy' END",
         "CASE(=($0, 1), _UTF-16LE'x':VARCHAR(2147483647) CHARACTER SET \"UTF-16LE\", =($0, 2), "
         "$1, _UTF-16LE'yy':VARCHAR(2147483647) CHARACTER SET \"UTF-16LE\")",
         "VARCHAR(2147483647) NOT NULL"},
        {"NULLIF(g, 1)", "CASE(=($3, 1), null:INTEGER, $3)", "INT"},
        {"COALESCE(t.a, u.a)", "COALESCE(CAST($0):BIGINT, $4)", "BIGINT"},
        {"CAST(g AS BIGINT)", "CAST($3):BIGINT NOT NULL", "BIGINT NOT NULL"},
        {"CAST(g AS INT)", "$3", "INT NOT NULL"},
        {"CAST(NULL AS INT)", "null:INTEGER", "INT"},
        {"TRY_CAST(b AS INT)", "TRY_CAST($1)", "INT"},
        {"twice(g)", "twice(CAST($3):BIGINT NOT NULL)", "BIGINT"},
        {"1.5e3", "1.5E3:DOUBLE", "DOUBLE NOT NULL"},
        {"'it''s'", "_UTF-16LE'it''s'", "CHAR(4) NOT NULL"},
        {"DATE '2020-01-02'", "2020-01-02", "DATE NOT NULL"},
    };
    fixture f;
    set_up(&f, true);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expr_node *node = bind(&f, cases[i].text);
        assert_string_equal(written(&f, node, NULL, false), cases[i].digest);
        assert_string_equal(data_type_text(f.arena, node->type, false), cases[i].type);
        /* Bound once more it stays as it is. */
        expr_node *again = NULL;
        rask_error err;
        ASSERT_OK(expr_bind(&f.binder, node, &again, &err));
        assert_true(expr_equal(node, again));
    }
    tear_down(&f);
}

static void test_written(void **state) {
    static const struct {
        const char *text, *named, *sql;
    } cases[] = {
        {"(g + 1) * 2 > 3 AND f", "AND(>(*(+(g, 1), 2), 3), f)", "(((`g` + 1) * 2) > 3) AND `f`"},
        {"CAST(g AS STRING)", "CAST(g AS VARCHAR(2147483647))", "CAST(`g` AS STRING)"},
        {"'it''s' || b", "||('it''s', b)", "'it''s' || `b`"},
        {"b IS NOT NULL", "IS NOT NULL(b)", "`b` IS NOT NULL"},
        {"CASE WHEN f THEN 1 ELSE 2 END", "CASE(f, 1, 2)", "CASE WHEN `f` THEN 1 ELSE 2 END"},
        {"UPPER(b)", "UPPER(b)", "UPPER(`b`)"},
        {"NOT f", "NOT(f)", "NOT `f`"},
        {"- g", "-(g)", "-`g`"},
    };
    fixture f;
    set_up(&f, true);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expr_node *node = bind(&f, cases[i].text);
        assert_string_equal(written(&f, node, column_names, false), cases[i].named);
        assert_string_equal(written(&f, node, column_names, true), cases[i].sql);
    }
    tear_down(&f);
}

/* ---- errors ---------------------------------------------------------------------------------- */

#define PLACE(c, d) "SQL validation failed. From line 1, column " c " to line 1, column " d ": "

static void test_sql_errors(void **state) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"1 + nope", PLACE("5", "8") "Column 'nope' not found in any table"},
        {"t.nope", PLACE("3", "6") "Column 'nope' not found in table 't'"},
        {"tt.b", PLACE("1", "2") "Table 'tt' not found"},
        {"x.t.f", PLACE("1", "3") "Table 'x.t' not found"},
        {"G", "SQL validation failed. At line 1, column 1: Column 'G' not found in any table; did "
              "you mean 'g'?"},
        {"a", "SQL validation failed. At line 1, column 1: Column 'a' is ambiguous"},
        {"nope(g)", PLACE("1", "7") "No match found for function signature nope(<NUMERIC>)"},
        {"g + f", PLACE("1", "5") "Cannot apply '+' to arguments of type '<INTEGER> + <BOOLEAN>'."},
        {"SUM(g)", PLACE("1", "6") "Aggregate expression is illegal in WHERE clause"},
        {"CASE WHEN g THEN 1 END", PLACE("1", "22") "Expected a boolean type"},
        {"CASE WHEN f THEN 1 ELSE 'x' END",
         PLACE("1", "31") "Illegal mixing of types in CASE or COALESCE statement"},
        {"CAST(f AS DATE)",
         PLACE("1", "15") "Cast function cannot convert value of type BOOLEAN to type DATE"},
        {"twice(g, g)",
         PLACE("1", "11") "Invalid number of arguments to function 'twice': it takes 1, not 2"},
        {"SUM(g) OVER ()",
         PLACE("1", "14") "Windowed aggregate expression is illegal in WHERE clause"},
    };
    fixture f;
    set_up(&f, true);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rask_error err;
        expr_node *bound;
        rask_error_clear(&err);
        assert_int_not_equal(expr_bind(&f.binder, parse(&f, cases[i].text), &bound, &err), RASK_OK);
        if (strncmp(err.message, cases[i].message, strlen(cases[i].message)) != 0)
            fail_msg("%s: %s", cases[i].text, err.message);
        assert_int_equal(err.line, 1);
    }
    tear_down(&f);
}

static void test_api_errors(void **state) {
    fixture f;
    rask_error err;
    expr_node *bound;
    set_up(&f, false);
    ASSERT_FAILS(expr_bind(&f.binder, parse(&f, "bb"), &bound, &err), RASK_ERROR_VALIDATION,
                 "Cannot resolve field [bb], input field list:[a, b, f, g, a].");
    ASSERT_FAILS(expr_bind(&f.binder, parse(&f, "nope(g)"), &bound, &err), RASK_ERROR_VALIDATION,
                 "Undefined function: nope");
    assert_int_not_equal(expr_bind(&f.binder, parse(&f, "g + f"), &bound, &err), RASK_OK);
    if (strncmp(err.message, "Invalid function call:\nplus(INT NOT NULL, BOOLEAN)\n", 51) != 0)
        fail_msg("%s", err.message);
    tear_down(&f);
}

static void test_nearest_name(void **state) {
    fixture f;
    rask_error err;
    expr_node *bound;
    set_up(&f, true);
    f.scope[1].name = "amount";
    rask_error_clear(&err);
    assert_int_not_equal(expr_bind(&f.binder, parse(&f, "amuont"), &bound, &err), RASK_OK);
    assert_string_equal(err.hint, "did you mean 'amount'?");
    tear_down(&f);
}

/* ---- aggregation ----------------------------------------------------------------------------- */

static void test_aggregates(void **state) {
    fixture f;
    rask_error err;
    expr_node *bound;
    set_up(&f, true);
    expr_node *keys[2] = {bind(&f, "g + 1"), bind(&f, "b")};
    f.binder.aggregates = &f.aggregates;
    f.binder.aggregate_base = 2;
    f.binder.grouped = true;
    f.binder.group_keys = keys;
    f.binder.group_key_count = 2;
    assert_string_equal(written(&f, bind(&f, "g + 1 + SUM(t.a) * COUNT(*)"), NULL, false),
                        "+($0, *($2, $3))");
    assert_string_equal(
        written(&f, bind(&f, "COUNT(g) + SUM(t.a) + COUNT(DISTINCT b)"), NULL, false),
        "+(+($3, $2), $4)");
    assert_int_equal(f.aggregates.count, 3);
    assert_string_equal(written(&f, f.aggregates.items[0], NULL, false), "SUM($0)");
    assert_string_equal(written(&f, f.aggregates.items[1], NULL, false), "COUNT()");
    assert_string_equal(written(&f, f.aggregates.items[1], column_names, true), "COUNT(*)");
    assert_string_equal(written(&f, f.aggregates.items[2], NULL, false), "COUNT(DISTINCT $1)");
    rask_status status = expr_bind(&f.binder, parse(&f, "g + 2"), &bound, &err);
    assert_int_equal(status, RASK_ERROR_VALIDATION);
    assert_string_equal(err.message, "SQL validation failed. At line 1, column 1: Expression 'g' "
                                     "is not being grouped");
    status = expr_bind(&f.binder, parse(&f, "SUM(COUNT(*))"), &bound, &err);
    assert_int_equal(status, RASK_ERROR_VALIDATION);
    assert_string_equal(err.message, PLACE("1", "13") "Aggregate expressions cannot be nested");
    tear_down(&f);
}

/* ---- rewriting ------------------------------------------------------------------------------- */

static void test_rewrite(void **state) {
    fixture f;
    set_up(&f, true);
    expr_node *node = bind(&f, "g + 1 > 2 AND f");
    int32_t map[COLUMNS] = {9, 8, 7, 6, 5};
    bool used[COLUMNS] = {false};
    base_list conjuncts = {0};
    expr_node *exprs[COLUMNS] = {bind(&f, "g"), bind(&f, "b"), bind(&f, "NOT f"),
                                 bind(&f, "t.a * 2"), bind(&f, "u.a")};
    assert_string_equal(written(&f, expr_remap(f.arena, node, map), NULL, false),
                        "AND(>(+($6, 1), 2), $7)");
    assert_string_equal(written(&f, expr_substitute(f.arena, node, exprs), NULL, false),
                        "AND(>(+(*($0, 2), 1), 2), NOT($2))");
    expr_used_columns(node, 0, used);
    assert_true(used[2] && used[3] && !used[0] && !used[1] && !used[4]);
    expr_conjuncts(f.arena, node, &conjuncts);
    assert_int_equal(conjuncts.count, 2);
    expr_node *joined = expr_and(f.arena, (expr_node *const *)conjuncts.items, conjuncts.count);
    assert_true(expr_equal(joined, node));
    assert_true(expr_and(f.arena, NULL, 0) == NULL);
    base_arena *other = base_arena_new();
    assert_true(expr_equal(expr_copy(other, node), node));
    base_arena_free(other);
    assert_false(expr_equal(node, joined->args[0]));
    tear_down(&f);
}

static void test_properties(void **state) {
    fixture f;
    set_up(&f, true);
    assert_true(expr_can_fail(bind(&f, "g / 2")));
    assert_false(expr_can_fail(bind(&f, "g + 2")));
    assert_true(expr_is_constant(bind(&f, "1 + 2")));
    assert_false(expr_is_constant(bind(&f, "g + 2")));
    assert_true(expr_is_deterministic(bind(&f, "g + 2")));
    assert_true(expr_can_fail(bind(&f, "twice(g)")));
    tear_down(&f);
}

/* Every form whose row the function table only documents is taken apart here. */
static void test_rewritten_forms(void **state) {
    int32_t count;
    const func_row *const *rows = func_rows(&count);
    fixture f;
    set_up(&f, true);
    for (int32_t i = 0; i < count; i++) {
        rask_error err;
        expr_node *bound = NULL, *args[3] = {bind(&f, "g"), bind(&f, "g"), bind(&f, "g")};
        if (rows[i]->special != FUNC_REWRITTEN)
            continue;
        if (strcmp(rows[i]->category, "temporal") == 0)
            continue; /* wants other types: test_func_examples binds and runs its example */
        int32_t wanted = strstr(rows[i]->name, "BETWEEN") != NULL ? 3 : 2;
        expr_node *call = expr_call(f.arena, rows[i]->name, args, wanted);
        ASSERT_OK(expr_bind(&f.binder, call, &bound, &err));
        assert_int_not_equal(bound->function->special, FUNC_REWRITTEN);
    }
    tear_down(&f);
}

static void test_constants(void **state) {
    static const struct {
        const char *text, *value;
    } cases[] = {
        {"1 + 2 * 3", "7"},
        {"UPPER('abc') || 'd'", "ABCd"},
        {"CASE WHEN 1 > 2 THEN 1 / 0 ELSE 5 END", "5"},
        {"TRUE OR 1 / 0 = 1", "true"},
        {"COALESCE(CAST(NULL AS INT), 4, 1 / 0)", "4"},
        {"CAST('12' AS DECIMAL(5, 2))", "12.00"},
    };
    fixture f;
    rask_error err;
    set_up(&f, true);
    func_context context = {.world = base_world_system(), .scratch = f.arena};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        data_value value;
        base_strbuf text;
        base_strbuf_init(&text, 1 << 10);
        ASSERT_OK(expr_evaluate_constant(bind(&f, cases[i].text), &context, f.arena, &value, &err));
        assert_true(data_value_print(&value, &text));
        assert_int_equal(strcasecmp(text.data, cases[i].value), 0);
        base_strbuf_free(&text);
    }
    data_value value;
    ASSERT_FAILS(expr_evaluate_constant(bind(&f, "1 / 0"), &context, f.arena, &value, &err),
                 RASK_ERROR_RUNTIME, "/ by zero");
    tear_down(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bound),           cmocka_unit_test(test_written),
        cmocka_unit_test(test_sql_errors),      cmocka_unit_test(test_api_errors),
        cmocka_unit_test(test_nearest_name),    cmocka_unit_test(test_aggregates),
        cmocka_unit_test(test_rewrite),         cmocka_unit_test(test_properties),
        cmocka_unit_test(test_rewritten_forms), cmocka_unit_test(test_constants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
