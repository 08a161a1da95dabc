/* The plan document: every recorded query survives writing and reading, equal plans give equal
 * texts, and damaged documents are refused with the place of the damage. */
#include "plan/plan_json.h"

#include <stdlib.h>

#include "plan_fixture.h"

static const char *const queries[] = {
    "SELECT * FROM t",
    "SELECT a + 1 AS x, UPPER(b), CAST(c AS STRING), d * 2, 'it''s', 1.5, 1e3, NULLIF(g, 1) FROM t",
    "SELECT a FROM t WHERE a > 1 AND (c < 2 OR b = 'x') AND b LIKE 'x%'",
    "SELECT b, COUNT(*), SUM(a), COUNT(DISTINCT a), MIN(b) FROM t GROUP BY b HAVING SUM(a) > 3",
    "SELECT COUNT(*), SUM(a) FILTER (WHERE a > 1) FROM t",
    "SELECT DISTINCT a, b FROM t ORDER BY a DESC, b NULLS LAST LIMIT 3 OFFSET 1",
    "SELECT a FROM t ORDER BY c DESC LIMIT 3",
    "SELECT a FROM t LIMIT 5",
    "SELECT * FROM comp",
    "SELECT v.a + 1 FROM v WHERE b = 'x'",
    "SELECT * FROM (VALUES (1, 'a', 1.5), (2, 'bcd', 22.25)) AS w(i, s, d)",
    "SELECT a FROM t UNION ALL SELECT e FROM t",
    "SELECT t.a, z FROM t LEFT JOIN u ON t.a = u.a AND c > 1",
    "SELECT * FROM u FULL JOIN v USING (a)",
    "SELECT t.a, w FROM t LEFT JOIN LATERAL TABLE(sp(b)) AS x(w, n) ON TRUE",
    "SELECT inc(a) FROM t WHERE inc(a) > 1",
    "WITH x AS (SELECT a FROM t) SELECT p.a FROM x AS p, x AS q WHERE p.a = q.a",
    "SELECT CASE WHEN f THEN a ELSE e END, TRIM(b), TRY_CAST(b AS DECIMAL(5, 2)) FROM t",
    "SELECT a, SUM(a) OVER (PARTITION BY b ORDER BY c DESC NULLS LAST), LAG(b, 2, 'x') OVER (ORDER "
    "BY a), COUNT(*) OVER (ORDER BY a ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING) FROM t",
    "SELECT a FROM t QUALIFY AVG(a) OVER (ORDER BY a RANGE BETWEEN 2 PRECEDING AND 1.5 FOLLOWING) "
    "> 1",
    "SELECT * FROM HOP(TABLE t, DESCRIPTOR(ts), INTERVAL '1' SECOND, INTERVAL '5' SECOND)",
    "SELECT b, SESSION_END(ts, INTERVAL '5' SECOND) FROM t GROUP BY b, SESSION(ts, INTERVAL '5' "
    "SECOND)",
    "INSERT INTO snk SELECT a, b FROM t",
    "INSERT INTO sd (d, c) SELECT g, c FROM t",
    "SELECT a FROM t WHERE a IN (SELECT a FROM u WHERE u.a < t.e) AND NOT EXISTS (SELECT 1 FROM u)",
    "SELECT (SELECT MAX(u.a + t.a) FROM u WHERE u.a = (SELECT MIN(a) FROM u AS v WHERE v.a > "
    "t.e)), "
    "d > ALL (SELECT d FROM t AS w WHERE w.g = t.g) FROM t",
    "SELECT t.a, x.n FROM t LEFT JOIN LATERAL (SELECT COUNT(*) AS n FROM u WHERE u.a = t.a) x ON "
    "TRUE",
    "SELECT a, g, GROUPING_ID(a, g), COUNT(*) FROM t GROUP BY GROUPING SETS ((a, g), ROLLUP(a))",
};
enum { QUERIES = sizeof queries / sizeof queries[0] };

static char *write_plan(const plan_node *root) {
    rask_error err;
    base_strbuf text;
    base_strbuf_init(&text, 1 << 24);
    ASSERT_OK(plan_write(root, &text, &err));
    return base_strbuf_take(&text);
}

static char *explain(const plan_node *root) {
    base_strbuf text;
    base_strbuf_init(&text, 1 << 24);
    plan_explain(root, &text);
    return base_strbuf_take(&text);
}

static char *write_query(plan_fixture *f, const char *sql) {
    rask_error err;
    plan *p = NULL;
    ASSERT_OK(plan_fixture_bind(f, sql, &p, &err));
    char *text = write_plan(p->root);
    plan_unref(p);
    return text;
}

static void test_round_trip(void **state) {
    plan_fixture f;
    plan_fixture_init(&f);
    for (int32_t i = 0; i < QUERIES; i++) {
        rask_error err;
        plan *p = NULL, *again = NULL;
        ASSERT_OK(plan_fixture_bind(&f, queries[i], &p, &err));
        char *first = write_plan(p->root), *first_tree = explain(p->root);
        ASSERT_OK(plan_read(first, (int64_t)strlen(first), f.catalog, &again, &err));
        char *second = write_plan(again->root), *second_tree = explain(again->root);
        assert_string_equal(first, second);
        assert_string_equal(first_tree, second_tree);
        base_free(first);
        base_free(second);
        base_free(first_tree);
        base_free(second_tree);
        plan_unref(p);
        plan_unref(again);
    }
    plan_fixture_free(&f);
}

/* Every kind of value comes back as it was. */
static void test_data(void **state) {
    static const struct {
        const char *type, *items;
    } cases[] = {
        {"BOOLEAN", "true|NULL|false"},
        {"TINYINT", "-128|127"},
        {"BIGINT", "-9223372036854775808|9223372036854775807|NULL"},
        {"DECIMAL(5, 2)", "1.50|-999.99|NULL"},
        {"DECIMAL(38, 4)", "9999999999999999999999999999999999.9999"},
        {"FLOAT", "0.1|NaN|-Infinity"},
        {"DOUBLE", "1.7976931348623157E308|-0.0|NULL"},
        {"STRING", "|it's|äö \"quoted\"|a text of more than twelve bytes"},
        {"BYTES", "00ff|x"},
        {"DATE", "1969-12-31|2020-02-29"},
        {"TIME(3)", "00:00:00.000|23:59:59.999"},
        {"TIMESTAMP(3)", "1969-12-31 23:59:59.999|NULL"},
        {"TIMESTAMP(9)", "2020-01-01 00:00:00.123456789"},
        {"ARRAY<INT>", "[1, NULL]|[]|NULL"},
        {"MAP<STRING, INT>", "{a=1, b=NULL}"},
        {"ROW<a INT, b STRING>", "(1, x)|NULL"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rask_error err;
        data_column *column = test_column(cases[i].type, cases[i].items);
        int32_t rows = (int32_t)column->length;
        data_batch *batch = data_batch_take(&column, 1, rows);
        plan *p = plan_new(), *again = NULL;
        plan_node *node = plan_node_new(p, PLAN_VALUES, NULL, 0);
        data_schema *schema = data_schema_new(p->arena, 1);
        schema->names[0] = "x";
        schema->types[0] = column->type;
        node->schema = schema;
        node->data = plan_hold_data(p, plan_data_new(schema, &batch, 1));
        node->row_width = 1;
        node->is_bound = true;
        char *text = write_plan(node);
        ASSERT_OK(plan_read(text, (int64_t)strlen(text), NULL, &again, &err));
        const plan_data *data = again->root->data;
        assert_int_equal(data->row_count, rows);
        for (int32_t r = 0; r < rows; r++)
            if (!data_column_equal(column, r, data->batches[0]->columns[0], r))
                fail_msg("%s row %d of %s", cases[i].type, r, text);
        base_free(text);
        plan_unref(again);
        plan_unref(p);
    }
}

/* ---- damage ---------------------------------------------------------------------------------- */

static char *replaced(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    if (at == NULL)
        fail_msg("'%s' is not in %s", from, text);
    return base_printf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void test_damage(void **state) {
    static const struct {
        const char *from, *to, *message;
    } cases[] = {
        {"\"raskPlan\": 1", "\"raskPlan\": 7",
         "The plan document has version 7; this release reads version 1."},
        {"\"input\": 0", "\"input\": 9",
         "damaged plan document at $.nodes[1].condition.args[0].input: 9 is not between 0 and 7"},
        {"\"kind\": \"Filter\"", "\"kind\": \"Flter\"",
         "damaged plan document at $.nodes[1].kind: there is no node kind 'Flter'"},
        {"\"call\": \">\"", "\"call\": \"?\"",
         "damaged plan document at $.nodes[1].condition: function '?' is not known"},
        {"\"literal\": 1,", "\"literal\": \"x\",",
         "damaged plan document at $.nodes[1].condition.args[1].literal: not a value of type INT "
         "NOT NULL"},
        {"\"type\": \"BOOLEAN\"\n      }", "\"type\": \"INT\"\n      }",
         "damaged plan document at $.nodes[1].condition.type: the type is BOOLEAN, not INT"},
        {"\"root\": 2", "\"root\": 3", "damaged plan document at $.root: 3 is not between 0 and 2"},
        {"\"inputs\": [", "\"inputs\": [9, ",
         "damaged plan document at $.nodes[1].inputs: a node of this kind has 1 inputs, found 2"},
        {"\"table\": 0", "\"table\": 1",
         "damaged plan document at $.nodes[0].table: 1 is not between 0 and 0"},
        {"\"nodes\": [", "\"nodez\": [",
         "damaged plan document at $.nodes: expected an array, found nothing"},
    };
    plan_fixture f;
    plan_fixture_init(&f);
    char *text = write_query(&f, "SELECT a, b FROM t WHERE a > 1");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rask_error err;
        plan *p;
        char *damaged = replaced(text, cases[i].from, cases[i].to);
        ASSERT_FAILS(plan_read(damaged, (int64_t)strlen(damaged), f.catalog, &p, &err),
                     RASK_ERROR_VALIDATION, cases[i].message);
        base_free(damaged);
    }
    rask_error err;
    plan *p;
    ASSERT_FAILS(plan_read("{", 1, NULL, &p, &err), RASK_ERROR_VALIDATION,
                 "The plan document is no JSON: unexpected end of data at byte 1");
    base_free(text);
    plan_fixture_free(&f);
}

static void test_unknown_function(void **state) {
    plan_fixture f;
    rask_error err;
    plan *p;
    plan_fixture_init(&f);
    char *text = write_query(&f, "SELECT inc(a) FROM t");
    assert_int_equal(plan_read(text, (int64_t)strlen(text), NULL, &p, &err), RASK_ERROR_VALIDATION);
    assert_string_equal(err.message, "damaged plan document at $.nodes[1].exprs[0]: user function "
                                     "'inc' is not registered");
    base_free(text);
    plan_fixture_free(&f);
}

/* Bytes changed, dropped and doubled at random: refused or read, never worse. */
static void test_random_damage(void **state) {
    plan_fixture f;
    base_seeded seeded;
    int32_t refused = 0, rounds = 0;
    plan_fixture_init(&f);
    base_seeded_init(&seeded, 42);
    for (int32_t i = 0; i < QUERIES; i++) {
        char *text = write_query(&f, queries[i]);
        size_t length = strlen(text);
        for (int32_t round = 0; round < 150; round++, rounds++) {
            static const char bytes[] = "{}[]:,\"0129-truefalsnINTa.\\";
            rask_error err;
            plan *p = NULL;
            char *copy = base_strndup(text, (int64_t)length);
            uint64_t number = seeded.random.next(seeded.random.self);
            size_t at = (number >> 8) % length;
            if ((number & 1) == 0)
                copy[at] = bytes[(number >> 1) % (sizeof bytes - 1)];
            else
                memmove(copy + at, copy + at + 1 + (number >> 1) % 7 % (length - at),
                        length - at - (number >> 1) % 7 % (length - at));
            rask_error_clear(&err);
            if (plan_read(copy, (int64_t)strlen(copy), f.catalog, &p, &err) == RASK_OK)
                plan_unref(p);
            else
                refused++;
            base_free(copy);
        }
        base_free(text);
    }
    assert_true(refused > rounds / 4);
    plan_fixture_free(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_data),
        cmocka_unit_test(test_damage),        cmocka_unit_test(test_unknown_function),
        cmocka_unit_test(test_random_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
