/* Comparisons: = <> < <= > >=, IS [NOT] NULL, IS [NOT] DISTINCT FROM, BETWEEN, IN, GREATEST, LEAST.
 *
 * The plain operators are STRICT and run in kernel_compare.c.  IS DISTINCT FROM looks at nulls
 * itself: it runs the equality kernel into a scratch column and combines it with the validities.
 * BETWEEN and IN are taken apart by the binder. */
#include <string.h>

#include "func/kernel.h"
#include "func/kernel_compare.h"
#include "func/table.h"

/* ---- nulls ----------------------------------------------------------------------------------- */

static void write_is_null(func_call *call, uint8_t when_null) {
    const data_column *a = call->args[0];
    uint8_t *out = call->result->values;
    if (a->physical != DATA_PHYSICAL_NONE && a->validity == NULL) {
        FUNC_ROWS_CHEAP(call, row, out[row] = !when_null);
        return;
    }
    FUNC_EACH_ROW (call, row)
        out[row] = data_column_is_null(a, row) == when_null;
}

static rask_status is_null(func_call *call, rask_error *err) {
    write_is_null(call, 1);
    return RASK_OK;
}

static rask_status is_not_null(func_call *call, rask_error *err) {
    write_is_null(call, 0);
    return RASK_OK;
}

/* ---- equality of two arguments into a scratch column ----------------------------------------- */

static rask_status equality(const func_call *call, const data_column *a, const data_column *b,
                            data_column *out, rask_error *err) {
    const data_column *args[2] = {a, b};
    *out = func_scratch_booleans(call, func_merged_validity(call, a, b));
    func_call inner = *call;
    inner.args = args;
    inner.arg_count = 2;
    inner.result = out;
    return func_kernel_equal(&inner, err);
}

static rask_status write_distinct(func_call *call, uint8_t when_distinct, rask_error *err) {
    const data_column *a = call->args[0], *b = call->args[1];
    data_column equal;
    RASK_TRY(equality(call, a, b, &equal, err));
    const uint8_t *same = equal.values;
    uint8_t *out = call->result->values;
    if (equal.validity == NULL) {
        FUNC_ROWS_CHEAP(call, row, out[row] = same[row] != when_distinct);
        return RASK_OK;
    }
    FUNC_EACH_ROW (call, row) {
        bool null_a = data_column_is_null(a, row);
        bool null_b = data_column_is_null(b, row);
        bool distinct = null_a || null_b ? null_a != null_b : !same[row];
        out[row] = distinct == when_distinct;
    }
    return RASK_OK;
}

static rask_status is_distinct(func_call *call, rask_error *err) {
    return write_distinct(call, 1, err);
}

static rask_status is_not_distinct(func_call *call, rask_error *err) {
    return write_distinct(call, 0, err);
}

/* ---- GREATEST and LEAST ---------------------------------------------------------------------- */

/* The order of Java's compareTo: NaN is largest and -0.0 is below 0.0. */
static inline bool double_before(double x, double y) {
    if (x < y)
        return true;
    if (x > y || x != x)
        return false;
    if (y != y)
        return true;
    return __builtin_signbit(x) && !__builtin_signbit(y);
}

#define PICK(type, y_first)                                                                        \
    do {                                                                                           \
        const type *in = arg->values;                                                              \
        type *out = call->result->values;                                                          \
        FUNC_ROWS_CHEAP(call, row, {                                                               \
            const type x = out[row];                                                               \
            const type y = in[func_at(arg, row)];                                                  \
            out[row] = first || (y_first) ? y : x;                                                 \
        });                                                                                        \
    } while (0)

#define PICK_INTEGER(type) PICK(type, greatest ? y > x : y < x)
#define PICK_DOUBLE(type) PICK(type, greatest ? double_before(x, y) : double_before(y, x))

static void pick_number(func_call *call, const data_column *arg, bool first, bool greatest) {
    switch (arg->physical) {
    case DATA_PHYSICAL_BOOL:
        PICK_INTEGER(uint8_t);
        break;
    case DATA_PHYSICAL_I8:
        PICK_INTEGER(int8_t);
        break;
    case DATA_PHYSICAL_I16:
        PICK_INTEGER(int16_t);
        break;
    case DATA_PHYSICAL_I32:
        PICK_INTEGER(int32_t);
        break;
    case DATA_PHYSICAL_I64:
        PICK_INTEGER(int64_t);
        break;
    case DATA_PHYSICAL_I128:
        PICK_INTEGER(base_i128);
        break;
    case DATA_PHYSICAL_F32:
        PICK_DOUBLE(float);
        break;
    case DATA_PHYSICAL_F64:
        PICK_DOUBLE(double);
        break;
    default:
        break;
    }
}

/* All of one scale, but each column of its own width. */
static void pick_decimals(func_call *call, bool greatest) {
    base_i128 best[FUNC_BLOCK], other[FUNC_BLOCK], bound = 0;
    for (int32_t a = 0; a < call->arg_count; a++) {
        base_i128 limit = func_decimal_bound(call->args[a]);
        bound = limit > bound ? limit : bound;
    }
    func_decimal_result(call->result, bound);
    for (func_block block = {0}; func_block_next(call, &block);) {
        func_load_i128(call->args[0], &block, best);
        for (int32_t a = 1; a < call->arg_count; a++) {
            func_load_i128(call->args[a], &block, other);
            for (int32_t i = 0; i < block.count; i++)
                if (greatest ? other[i] > best[i] : other[i] < best[i])
                    best[i] = other[i];
        }
        func_store_i128(call->result, &block, best);
    }
}

static rask_status pick_strings(func_call *call, bool greatest, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 8, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *best = NULL;
        for (int32_t a = 0; a < call->arg_count; a++) {
            const data_column *arg = call->args[a];
            const data_string *s = (const data_string *)arg->values + func_at(arg, row);
            int order = best == NULL ? 0 : data_string_compare(s, best);
            if (best == NULL || (greatest ? order > 0 : order < 0))
                best = s;
        }
        RASK_TRY_OUT(status, func_text_set(&text, row, data_string_bytes(best), best->length, err));
    }
out:
    return func_text_finish(&text, status, err);
}

static rask_status pick(func_call *call, bool greatest, rask_error *err) {
    const data_type *type = call->args[0]->type;
    if (func_all_null(call))
        return RASK_OK;
    if (call->args[0]->physical == DATA_PHYSICAL_STRING)
        return pick_strings(call, greatest, err);
    if (type->kind == DATA_DECIMAL) {
        pick_decimals(call, greatest);
        return RASK_OK;
    }
    for (int32_t a = 0; a < call->arg_count; a++)
        pick_number(call, call->args[a], a == 0, greatest);
    return RASK_OK;
}

static rask_status greatest_of(func_call *call, rask_error *err) {
    return pick(call, true, err);
}

static rask_status least_of(func_call *call, rask_error *err) {
    return pick(call, false, err);
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define COMPARISON(op_text, alias, words, example_text, result_text)                               \
    .name = op_text, .sig = "(COMPARABLE, COMPARABLE) -> BOOLEAN",                                 \
    .flags = FUNC_OPERATOR | FUNC_TAKES_CONSTANT | FUNC_TAKES_DICTIONARY,                          \
    .sql = "%1 " op_text " %2", .aliases = alias, .category = "comparison", .doc = words,          \
    .example = example_text, .result = result_text,                                                \
    .forms = "'<COMPARABLE_TYPE> " op_text " <COMPARABLE_TYPE>'"

#define SEES_NULLS(text, words)                                                                    \
    .sql = text, .nulls = FUNC_SEES_NULLS, .category = "comparison", .doc = words

enum { OPERATOR = FUNC_OPERATOR | FUNC_TAKES_CONSTANT };

#define BETWEEN_SIG "(COMPARABLE, COMPARABLE, COMPARABLE) -> BOOLEAN"
#define BETWEEN_FORMS(word) "'<COMPARABLE_TYPE> " word " <COMPARABLE_TYPE> AND <COMPARABLE_TYPE>'"
#define BETWEEN_SQL(words) .sql = "%1 " words " %2 AND %3"
#define TAKEN_APART(function_name, signature)                                                      \
    .name = function_name, .sig = signature, .nulls = FUNC_SEES_NULLS, .flags = FUNC_OPERATOR,     \
    .special = FUNC_REWRITTEN, .category = "comparison"

static const func_row rows[] = {
    {COMPARISON("=", "equals", "Equal.", "1 = 1.0", "TRUE"), .kernel = func_kernel_equal},
    {COMPARISON("<>", "notEquals", "Not equal.", "'a' <> 'b'", "TRUE"),
     .kernel = func_kernel_not_equal},
    {COMPARISON("<", "lessThan", "Less than.", "2 < 1", "FALSE"), .kernel = func_kernel_less},
    {COMPARISON("<=", "lessThanOrEqual", "Less than or equal.", "1 <= 1", "TRUE"),
     .kernel = func_kernel_less_equal},
    {COMPARISON(">", "greaterThan", "Greater than.", "2 > 1", "TRUE"),
     .kernel = func_kernel_greater},
    {COMPARISON(">=", "greaterThanOrEqual", "Greater than or equal.", "'b' >= 'abc'", "TRUE"),
     .kernel = func_kernel_greater_equal},

    {SEES_NULLS("%1 IS NULL", "True where the value is NULL."), .name = "IS NULL",
     .sig = "(ANY) -> BOOLEAN NOT NULL", .flags = OPERATOR, .kernel = is_null, .api = "is_null",
     .aliases = "isNull", .forms = "'<ANY> IS NULL'", .example = "1 IS NULL", .result = "FALSE"},
    {SEES_NULLS("%1 IS NOT NULL", "True where the value is not NULL."), .name = "IS NOT NULL",
     .sig = "(ANY) -> BOOLEAN NOT NULL", .flags = OPERATOR, .kernel = is_not_null,
     .api = "is_not_null", .aliases = "isNotNull", .forms = "'<ANY> IS NOT NULL'",
     .example = "1 IS NOT NULL", .result = "TRUE"},
    {SEES_NULLS("%1 IS DISTINCT FROM %2", "Different, where NULL equals NULL."),
     .name = "IS DISTINCT FROM", .sig = "(COMPARABLE, COMPARABLE) -> BOOLEAN NOT NULL",
     .flags = OPERATOR, .kernel = is_distinct,
     .forms = "'<COMPARABLE_TYPE> IS DISTINCT FROM <COMPARABLE_TYPE>'",
     .example = "1 IS DISTINCT FROM CAST(NULL AS INT)", .result = "TRUE"},
    {SEES_NULLS("%1 IS NOT DISTINCT FROM %2", "The same, where NULL equals NULL."),
     .name = "IS NOT DISTINCT FROM", .sig = "(COMPARABLE, COMPARABLE) -> BOOLEAN NOT NULL",
     .flags = OPERATOR, .kernel = is_not_distinct,
     .forms = "'<COMPARABLE_TYPE> IS NOT DISTINCT FROM <COMPARABLE_TYPE>'",
     .example = "1 IS NOT DISTINCT FROM 1", .result = "TRUE"},

    {TAKEN_APART("BETWEEN ASYMMETRIC", BETWEEN_SIG), BETWEEN_SQL("BETWEEN ASYMMETRIC"),
     .api = "between", .aliases = "BETWEEN", .forms = BETWEEN_FORMS("BETWEEN"),
     .doc = "Within two bounds, both included.", .example = "2 BETWEEN 1 AND 3", .result = "TRUE"},
    {TAKEN_APART("NOT BETWEEN ASYMMETRIC", BETWEEN_SIG), BETWEEN_SQL("NOT BETWEEN ASYMMETRIC"),
     .api = "not_between", .aliases = "NOT BETWEEN,notBetween",
     .forms = BETWEEN_FORMS("NOT BETWEEN"), .doc = "Outside two bounds.",
     .example = "2 NOT BETWEEN 1 AND 3", .result = "FALSE"},
    {TAKEN_APART("BETWEEN SYMMETRIC", BETWEEN_SIG), BETWEEN_SQL("BETWEEN SYMMETRIC"),
     .forms = BETWEEN_FORMS("BETWEEN"), .doc = "Within two bounds given in any order.",
     .example = "2 BETWEEN SYMMETRIC 3 AND 1", .result = "TRUE"},
    {TAKEN_APART("NOT BETWEEN SYMMETRIC", BETWEEN_SIG), BETWEEN_SQL("NOT BETWEEN SYMMETRIC"),
     .forms = BETWEEN_FORMS("NOT BETWEEN"), .doc = "Outside two bounds given in any order.",
     .example = "2 NOT BETWEEN SYMMETRIC 3 AND 1", .result = "FALSE"},
    {TAKEN_APART("IN", "(COMPARABLE, COMPARABLE...) -> BOOLEAN"), .sql = "%1 IN (%2...)",
     .api = "in_", .doc = "Equal to one of a list.", .example = "2 IN (1, 2, 3)", .result = "TRUE"},
    {TAKEN_APART("NOT IN", "(COMPARABLE, COMPARABLE...) -> BOOLEAN"), .sql = "%1 NOT IN (%2...)",
     .doc = "Equal to none of a list.", .example = "2 NOT IN (1, 2, 3)", .result = "FALSE"},

    {.name = "GREATEST",
     .sig = "(COMMON...) -> COMMON",
     .flags = FUNC_TAKES_CONSTANT,
     .kernel = greatest_of,
     .category = "comparison",
     .forms = "GREATEST(<COMPARABLE>...)",
     .doc = "The largest argument; NULL if any is NULL.",
     .example = "GREATEST(1, 3, 2)",
     .result = "3",
     .cost = 2},
    {.name = "LEAST",
     .sig = "(COMMON...) -> COMMON",
     .flags = FUNC_TAKES_CONSTANT,
     .kernel = least_of,
     .category = "comparison",
     .forms = "LEAST(<COMPARABLE>...)",
     .doc = "The smallest argument; NULL if any is NULL.",
     .example = "LEAST(1, 3, 2)",
     .result = "1",
     .cost = 2},
};
FUNC_FAMILY(func_compare_family, rows);
