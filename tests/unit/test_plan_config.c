/* Configuration: known options, values in Flink's syntax, old keys. */
#include "plan/config.h"
#include "support.h"

static void test_options(void **state) {
    int32_t count;
    const plan_option *options = plan_config_options(&count);
    assert_true(count > 200);
    for (int32_t i = 0; i < count; i++) {
        rask_error err;
        int64_t i64;
        double f64;
        if (i > 0 && strcmp(options[i - 1].key, options[i].key) >= 0)
            fail_msg("%s is out of order", options[i].key);
        assert_true(options[i].doc != NULL && options[i].doc[0] != '\0');
        if (options[i].fallback != NULL)
            ASSERT_OK(plan_option_parse(&options[i], options[i].fallback, &i64, &f64, &err));
    }
}

static void test_values(void **state) {
    static const struct {
        plan_option_kind kind;
        const char *text;
        int64_t value; /* -1 = refused */
    } cases[] = {
        {PLAN_OPTION_DURATION, "5 s", 5000},
        {PLAN_OPTION_DURATION, "5s", 5000},
        {PLAN_OPTION_DURATION, "100ms", 100},
        {PLAN_OPTION_DURATION, " 2 min ", 120000},
        {PLAN_OPTION_DURATION, "1 d", 86400000},
        {PLAN_OPTION_DURATION, "7", 7},
        {PLAN_OPTION_DURATION, "1500 micros", 1},
        {PLAN_OPTION_DURATION, "PT5S", 5000},
        {PLAN_OPTION_DURATION, "PT0.2S", 200},
        {PLAN_OPTION_DURATION, "P1DT2H3M4S", 93784000},
        {PLAN_OPTION_DURATION, "5 parsecs", -1},
        {PLAN_OPTION_DURATION, "s", -1},
        {PLAN_OPTION_DURATION, "", -1},
        {PLAN_OPTION_DURATION, "P", -1},
        {PLAN_OPTION_DURATION, "99999999999999999999 d", -1},
        {PLAN_OPTION_MEMORY, "128 mb", 134217728},
        {PLAN_OPTION_MEMORY, "64kb", 65536},
        {PLAN_OPTION_MEMORY, "1 GB", 1073741824},
        {PLAN_OPTION_MEMORY, "10", 10},
        {PLAN_OPTION_MEMORY, "10 kibibytes", 10240},
        {PLAN_OPTION_MEMORY, "-1 mb", -1},
        {PLAN_OPTION_BOOL, "TRUE", 1},
        {PLAN_OPTION_BOOL, "false", 0},
        {PLAN_OPTION_BOOL, "yes", -1},
        {PLAN_OPTION_INT, "12", 12},
        {PLAN_OPTION_INT, "1x", -1},
        {PLAN_OPTION_ENUM, "b", 1},
        {PLAN_OPTION_ENUM, "AB", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        plan_option option = {.key = "k", .kind = cases[i].kind, .choices = "A,B,C"};
        int64_t value = -1;
        double f64;
        rask_error err;
        rask_error_clear(&err);
        if (plan_option_parse(&option, cases[i].text, &value, &f64, &err) != RASK_OK) {
            value = -1;
            assert_int_equal(err.code, RASK_ERROR_ILLEGAL_ARGUMENT);
        }
        if (value != cases[i].value)
            fail_msg("'%s' is %lld", cases[i].text, (long long)value);
    }
}

static void test_config(void **state) {
    rask_error err;
    plan_config *config = plan_config_new();
    assert_true(plan_config_is_streaming(config));
    assert_int_equal(plan_config_int(config, "parallelism.default"), 1);
    assert_null(plan_config_get(config, "my.own"));
    assert_false(plan_config_is_set(config, "parallelism.default"));
    ASSERT_OK(plan_config_set(config, "execution.runtime-mode", "batch", &err));
    ASSERT_OK(plan_config_set(config, "my.own", "x", &err));
    ASSERT_OK(plan_config_set(config, "table.exec.state.ttl", "10 min", &err));
    assert_false(plan_config_is_streaming(config));
    assert_int_equal(plan_config_duration_ms(config, "table.exec.state.ttl"), 600000);
    assert_string_equal(plan_config_get(config, "my.own"), "x");
    ASSERT_FAILS(plan_config_set(config, "parallelism.default", "two", &err),
                 RASK_ERROR_ILLEGAL_ARGUMENT,
                 "Could not parse value 'two' for key 'parallelism.default'. Expected a whole "
                 "number");
    ASSERT_FAILS(plan_config_set(config, "rask.batch.row-max", "1", &err), RASK_ERROR_VALIDATION,
                 "Unknown option 'rask.batch.row-max'.");
    assert_string_equal(err.hint, "did you mean 'rask.batch.rows-max'?");
    plan_config *copy = plan_config_copy(config);
    plan_config_reset(config, "my.own");
    assert_null(plan_config_get(config, "my.own"));
    plan_config_reset(config, NULL);
    assert_true(plan_config_is_streaming(config));
    assert_string_equal(plan_config_get(copy, "my.own"), "x");
    plan_config_free(copy);
    plan_config_free(config);
}

/* A value set under an older key is the value of the present one. */
static void test_old_keys(void **state) {
    rask_error err;
    plan_config *config = plan_config_new();
    ASSERT_OK(plan_config_set(config, "state.checkpoints.dir", "/x", &err));
    assert_string_equal(plan_config_get(config, "execution.checkpointing.dir"), "/x");
    assert_string_equal(plan_config_get(config, "state.checkpoints.dir"), "/x");
    plan_config_free(config);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_config),
        cmocka_unit_test(test_old_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
