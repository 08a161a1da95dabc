/* Catalogs, databases, tables, temporary tables, functions, and a table as SQL. */
#include "plan/plan.h"
#include "plan_fixture.h"

static plan_table *make_table(bool temporary) {
    plan_table *table = plan_table_new();
    table->is_temporary = temporary;
    table->columns = BASE_ARENA_ARRAY(table->arena, plan_column, 1);
    table->column_count = 1;
    table->columns[0] = (plan_column){.name = "a", .type = data_type_simple(DATA_INT, true)};
    plan_table_set_option(table, "connector", "print");
    return table;
}

static rask_status put(plan_catalog *c, const char *name, bool temporary, bool ignore,
                       rask_error *err) {
    return plan_catalog_put_take(c, &name, 1, make_table(temporary), ignore, err);
}

static bool is_temporary(plan_catalog *c, const char *name) {
    plan_table *table = plan_catalog_find(c, &name, 1);
    assert_non_null(table);
    bool temporary = table->is_temporary;
    plan_table_unref(table);
    return temporary;
}

static void test_tables(void **state) {
    rask_error err;
    const char *t = "t";
    bool dropped;
    plan_catalog *c = plan_catalog_new("default_catalog", "default_database");
    ASSERT_OK(put(c, "t", false, false, &err));
    ASSERT_FAILS(put(c, "t", false, false, &err), RASK_ERROR_VALIDATION,
                 "Could not execute CreateTable in path `default_catalog`.`default_database`.`t`. "
                 "Table (or view) default_database.t already exists in Catalog default_catalog.");
    ASSERT_OK(put(c, "t", false, true, &err));
    assert_false(is_temporary(c, "t"));
    ASSERT_OK(put(c, "t", true, false, &err));
    assert_true(is_temporary(c, "t"));
    ASSERT_FAILS(put(c, "t", true, false, &err), RASK_ERROR_VALIDATION,
                 "Temporary table '`default_catalog`.`default_database`.`t`' already exists");
    ASSERT_FAILS(plan_catalog_drop(c, &t, 1, false, false, false, &dropped, &err),
                 RASK_ERROR_VALIDATION,
                 "Temporary table with identifier '`default_catalog`.`default_database`.`t`' "
                 "exists. Drop it first before removing the permanent table.");
    ASSERT_OK(plan_catalog_drop(c, &t, 1, true, false, false, &dropped, &err));
    assert_true(dropped);
    assert_false(is_temporary(c, "t"));
    ASSERT_FAILS(plan_catalog_drop(c, &t, 1, false, true, false, &dropped, &err),
                 RASK_ERROR_VALIDATION,
                 "View with identifier 'default_catalog.default_database.t' does not exist.");
    ASSERT_OK(plan_catalog_drop(c, &t, 1, false, false, false, &dropped, &err));
    ASSERT_OK(plan_catalog_drop(c, &t, 1, false, false, true, &dropped, &err));
    assert_false(dropped);
    assert_null(plan_catalog_find(c, &t, 1));
    plan_catalog_free(c);
}

static void test_databases(void **state) {
    rask_error err;
    int32_t count;
    base_arena *arena = base_arena_new();
    plan_catalog *c = plan_catalog_new("default_catalog", "default_database");
    ASSERT_OK(plan_catalog_create_database(c, NULL, "d2", false, &err));
    assert_int_equal(plan_catalog_create_database(c, NULL, "d2", false, &err),
                     RASK_ERROR_VALIDATION);
    ASSERT_OK(plan_catalog_create_database(c, NULL, "d2", true, &err));
    const char *path[] = {"d2", "t"}, *full[] = {"default_catalog", "d2", "t"};
    ASSERT_OK(plan_catalog_put_take(c, path, 2, make_table(false), false, &err));
    plan_table *table = plan_catalog_find(c, full, 3);
    assert_non_null(table);
    assert_string_equal(plan_table_path_text(arena, table), "`default_catalog`.`d2`.`t`");
    plan_table_unref(table);
    ASSERT_FAILS(plan_catalog_use(c, NULL, "nope", &err), RASK_ERROR_CATALOG,
                 "A database with name [nope] does not exist in the catalog: [default_catalog].");
    ASSERT_FAILS(plan_catalog_use(c, "nope", NULL, &err), RASK_ERROR_CATALOG,
                 "A catalog with name [nope] does not exist.");
    ASSERT_OK(plan_catalog_use(c, NULL, "d2", &err));
    assert_string_equal(plan_catalog_current_database(c), "d2");
    assert_string_equal(plan_catalog_tables(c, arena, NULL, NULL, false, &count)[0], "t");
    assert_int_equal(count, 1);
    ASSERT_FAILS(plan_catalog_drop_database(c, NULL, "d2", false, true, &err), RASK_ERROR_TABLE,
                 "Could not execute DROP DATABASE default_catalog.d2 CASCADE. Cannot drop a "
                 "database which is currently in use.");
    ASSERT_OK(plan_catalog_use(c, NULL, "default_database", &err));
    ASSERT_FAILS(plan_catalog_drop_database(c, NULL, "d2", false, false, &err),
                 RASK_ERROR_VALIDATION,
                 "Could not execute DROP DATABASE default_catalog.d2 RESTRICT. Database d2 in "
                 "catalog default_catalog is not empty.");
    ASSERT_OK(plan_catalog_drop_database(c, NULL, "d2", false, true, &err));
    assert_string_equal(plan_catalog_databases(c, arena, NULL, &count)[0], "default_database");
    assert_int_equal(count, 1);
    const char *lost[] = {"d2", "x"};
    ASSERT_FAILS(plan_catalog_put_take(c, lost, 2, make_table(false), false, &err),
                 RASK_ERROR_VALIDATION,
                 "Could not execute CreateTable in path `default_catalog`.`d2`.`x`. Database d2 "
                 "does not exist in Catalog default_catalog.");
    plan_catalog_free(c);
    base_arena_free(arena);
}

static void test_functions(void **state) {
    plan_fixture f;
    int32_t count;
    base_arena *arena = base_arena_new();
    plan_fixture_init(&f);
    assert_non_null(plan_catalog_find_function(f.catalog, "INC"));
    assert_null(plan_catalog_find_function(f.catalog, "nope"));
    assert_string_equal(plan_catalog_functions(f.catalog, arena, &count)[0], "inc");
    assert_int_equal(count, 2);
    assert_true(plan_catalog_drop_function(f.catalog, "inc"));
    assert_false(plan_catalog_drop_function(f.catalog, "inc"));
    plan_fixture_free(&f);
    base_arena_free(arena);
}

static void test_sql(void **state) {
    plan_fixture f;
    base_strbuf text;
    const char *name = "x";
    base_strbuf_init(&text, 1 << 16);
    plan_fixture_init(&f);
    plan_fixture_table(&f, "x",
                       "a INT NOT NULL, b STRING NOT NULL COMMENT 'it''s b', ts TIMESTAMP(3), "
                       "m BIGINT METADATA FROM 'offset' VIRTUAL, "
                       "PRIMARY KEY (a, b) NOT ENFORCED",
                       "x'y=q'r");
    plan_table *table = plan_catalog_find(f.catalog, &name, 1);
    plan_table_write_sql(table, &text);
    assert_string_equal(text.data, "CREATE TABLE `default_catalog`.`default_database`.`x` (\n"
                                   "  `a` INT NOT NULL,\n"
                                   "  `b` VARCHAR(2147483647) NOT NULL COMMENT 'it''s b',\n"
                                   "  `ts` TIMESTAMP(3),\n"
                                   "  `m` BIGINT METADATA FROM 'offset' VIRTUAL,\n"
                                   "  CONSTRAINT `PK_a_b` PRIMARY KEY (`a`, `b`) NOT ENFORCED\n"
                                   ")\n"
                                   "WITH (\n"
                                   "  'connector' = 'datagen',\n"
                                   "  'x''y' = 'q''r'\n"
                                   ")\n");
    plan_table_unref(table);
    base_strbuf_free(&text);
    plan_fixture_free(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_databases),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_sql),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
