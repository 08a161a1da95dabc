/* Three-valued logic: AND, OR, NOT, IS [NOT] TRUE / FALSE / UNKNOWN.
 *
 * AND and OR are compiled by expr/, which evaluates their arguments under a selection; their rows
 * here give them names, types and documentation. */
#include "func/kernel.h"
#include "func/loops.h"
#include "func/table.h"

static rask_status not_kernel(func_call *call, rask_error *err) {
    if (!func_all_null(call))
        FUNC_UNARY_LOOP(call, uint8_t, uint8_t, !x);
    return RASK_OK;
}

/* The value where the argument is NULL, and otherwise whether it equals `wanted`. */
static rask_status test(func_call *call, uint8_t wanted, uint8_t when_null) {
    const data_column *a = call->args[0];
    const uint8_t *in = a->values;
    uint8_t *out = call->result->values;
    if (a->physical != DATA_PHYSICAL_NONE && a->validity == NULL) {
        FUNC_ROWS_CHEAP(call, row, out[row] = in[func_at(a, row)] == wanted);
        return RASK_OK;
    }
    FUNC_EACH_ROW (call, row) {
        out[row] = data_column_is_null(a, row) ? when_null : in[func_at(a, row)] == wanted;
    }
    return RASK_OK;
}

static rask_status is_true(func_call *call, rask_error *err) {
    return test(call, 1, 0);
}

static rask_status is_not_true(func_call *call, rask_error *err) {
    return test(call, 0, 1);
}

static rask_status is_false(func_call *call, rask_error *err) {
    return test(call, 0, 0);
}

static rask_status is_not_false(func_call *call, rask_error *err) {
    return test(call, 1, 1);
}

static rask_status is_unknown(func_call *call, rask_error *err) {
    const data_column *a = call->args[0];
    uint8_t *out = call->result->values;
    FUNC_EACH_ROW (call, row)
        out[row] = data_column_is_null(a, row);
    return RASK_OK;
}

static rask_status is_not_unknown(func_call *call, rask_error *err) {
    const data_column *a = call->args[0];
    uint8_t *out = call->result->values;
    FUNC_EACH_ROW (call, row)
        out[row] = !data_column_is_null(a, row);
    return RASK_OK;
}

#define TEST(words, function, help, text, value)                                                   \
    .name = words, .sig = "(BOOLEAN) -> BOOLEAN NOT NULL", .nulls = FUNC_SEES_NULLS,               \
    .flags = FUNC_OPERATOR | FUNC_TAKES_CONSTANT, .kernel = function, .sql = "%1 " words,          \
    .category = "logical", .doc = help, .forms = "'<BOOLEAN> " words "'", .example = text,         \
    .result = value

static const func_row rows[] = {
    {.name = "AND",
     .sig = "(BOOLEAN, BOOLEAN...) -> BOOLEAN",
     .nulls = FUNC_SEES_NULLS,
     .flags = FUNC_OPERATOR,
     .special = FUNC_AND,
     .sql = "%1 AND %2",
     .api = "and_",
     .aliases = "and",
     .category = "logical",
     .forms = "'<BOOLEAN> AND <BOOLEAN>'",
     .doc = "False if any argument is false, else NULL if any is NULL, else true.",
     .example = "TRUE AND FALSE",
     .result = "FALSE"},
    {.name = "OR",
     .sig = "(BOOLEAN, BOOLEAN...) -> BOOLEAN",
     .nulls = FUNC_SEES_NULLS,
     .flags = FUNC_OPERATOR,
     .special = FUNC_OR,
     .sql = "%1 OR %2",
     .api = "or_",
     .aliases = "or",
     .category = "logical",
     .forms = "'<BOOLEAN> OR <BOOLEAN>'",
     .doc = "True if any argument is true, else NULL if any is NULL, else false.",
     .example = "TRUE OR FALSE",
     .result = "TRUE"},
    {.name = "NOT",
     .sig = "(BOOLEAN) -> BOOLEAN",
     .flags = FUNC_OPERATOR | FUNC_TAKES_CONSTANT,
     .kernel = not_kernel,
     .sql = "NOT %1",
     .api = "not_",
     .category = "logical",
     .forms = "'NOT<BOOLEAN>'",
     .doc = "The opposite truth value; NULL stays NULL.",
     .example = "NOT TRUE",
     .result = "FALSE"},
    {TEST("IS TRUE", is_true, "True where the value is true.", "(1 = 1) IS TRUE", "TRUE"),
     .api = "is_true", .aliases = "isTrue"},
    {TEST("IS NOT TRUE", is_not_true, "True where the value is false or NULL.",
          "(1 = 1) IS NOT TRUE", "FALSE"),
     .api = "is_not_true", .aliases = "isNotTrue"},
    {TEST("IS FALSE", is_false, "True where the value is false.", "(1 = 2) IS FALSE", "TRUE"),
     .api = "is_false", .aliases = "isFalse"},
    {TEST("IS NOT FALSE", is_not_false, "True where the value is true or NULL.",
          "(1 = 2) IS NOT FALSE", "FALSE"),
     .api = "is_not_false", .aliases = "isNotFalse"},
    {TEST("IS UNKNOWN", is_unknown, "True where the value is NULL.",
          "CAST(NULL AS BOOLEAN) IS UNKNOWN", "TRUE")},
    {TEST("IS NOT UNKNOWN", is_not_unknown, "True where the value is not NULL.",
          "TRUE IS NOT UNKNOWN", "TRUE")},
};
FUNC_FAMILY(func_logic_family, rows);
