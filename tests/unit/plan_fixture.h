/* A session for tests of the binder: tables t, u, comp, snk, snkn, a view v, the functions inc and
 * sp, and SQL bound against them. */
#ifndef TESTS_UNIT_PLAN_FIXTURE_H
#define TESTS_UNIT_PLAN_FIXTURE_H

#include "plan/plan_bind.h"
#include "support.h"

typedef struct plan_fixture {
    plan_catalog *catalog;
    plan_config *config;
} plan_fixture;

void plan_fixture_init(plan_fixture *f);
void plan_fixture_free(plan_fixture *f);
/* Adds a table whose columns are given as "a INT, b STRING NOT NULL, c AS a + 1"; options
 * "k=v|k=v". */
void plan_fixture_table(plan_fixture *f, const char *name, const char *columns,
                        const char *options);
/* Binds a query or an INSERT; the root of *out is the bound node. */
rask_status plan_fixture_bind(plan_fixture *f, const char *sql, plan **out, rask_error *err);
/* The query's columns and Flink's AST text, or "ERR " and the message; caller base_free()s. */
char *plan_fixture_explain(plan_fixture *f, const char *sql);

#endif
