/* CASE, IF, COALESCE, IFNULL (compiled by expr/ under selections) and NULLIF. */
#include "func/kernel.h"
#include "func/kernel_compare.h"
#include "func/table.h"
#include "func/types.h"

/* ---- NULLIF ---------------------------------------------------------------------------------- */

static double number_as_double(const data_column *column, int64_t row) {
    int64_t at = func_at(column, row);
    switch (column->physical) {
    case DATA_PHYSICAL_F32:
        return ((const float *)column->values)[at];
    case DATA_PHYSICAL_F64:
        return ((const double *)column->values)[at];
    default: {
        func_block block = {.start = (int32_t)at, .count = 1};
        base_i128 value;
        func_load_i128(column, &block, &value);
        return base_decimal_to_double(value, func_decimal_scale(column->type));
    }
    }
}

static bool exact_numbers_equal(const data_column *a, const data_column *b, int64_t row) {
    base_i128 x, y;
    func_load_i128(a, &(func_block){.start = (int32_t)row, .count = 1}, &x);
    func_load_i128(b, &(func_block){.start = (int32_t)row, .count = 1}, &y);
    return base_decimal_compare(x, func_decimal_scale(a->type), y, func_decimal_scale(b->type)) ==
           0;
}

static bool is_approximate(const data_column *column) {
    return column->physical == DATA_PHYSICAL_F32 || column->physical == DATA_PHYSICAL_F64;
}

/* The first argument keeps its type, so the two are compared as they are. */
static bool arguments_equal(const data_column *a, const data_column *b, int64_t row) {
    if (data_kind_is_numeric(a->type->kind)) {
        if (is_approximate(a) || is_approximate(b))
            return number_as_double(a, row) == number_as_double(b, row);
        return exact_numbers_equal(a, b, row);
    }
    return data_column_equal(a, row, b, row);
}

static rask_status null_if(func_call *call, rask_error *err) {
    const data_column *a = call->args[0], *b = call->args[1];
    data_column *result = call->result;
    if (a->physical == DATA_PHYSICAL_NONE)
        return RASK_OK;
    if (a->physical != result->physical)
        result->physical = a->physical; /* a DECIMAL keeps the width it came in */
    result->bound = a->bound;
    size_t width = (size_t)data_physical_width(a->physical);
    RASK_TRY(func_share_heaps(call, 0, err));
    FUNC_EACH_ROW (call, row) {
        char *out = (char *)result->values + width * (size_t)row;
        __builtin_memcpy(out, (const char *)a->values + width * (size_t)func_at(a, row), width);
        if (data_column_is_null(a, row) ||
            (!data_column_is_null(b, row) && arguments_equal(a, b, row))) {
            data_column_set_null(result, row);
            __builtin_memset(out, 0, width);
        }
    }
    if (result->physical == DATA_PHYSICAL_STRING)
        func_count_live_bytes(call);
    return RASK_OK;
}

static rask_status null_if_type(const func_infer_call *call, const data_type **result,
                                rask_error *err) {
    const data_type *a = call->types[0], *b = call->types[1], *to_a, *to_b;
    *result = data_type_with_null(a, true);
    if (data_physical_width(data_physical_of(a)) == 0)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED, "NULLIF of nested values");
    if (func_comparison_types(a, b, true, &to_a, &to_b) &&
        (to_a->kind == a->kind || data_kind_is_numeric(a->kind)) &&
        (to_b->kind == b->kind || data_kind_is_numeric(b->kind)))
        return RASK_OK;
    base_arena *arena = base_arena_new();
    rask_status status =
        rask_error_set(err, RASK_ERROR_VALIDATION,
                       "implicit type conversion between %s and %s is not supported now",
                       data_type_text(arena, data_type_with_null(a, true), false),
                       data_type_text(arena, data_type_with_null(b, true), false));
    base_arena_free(arena);
    return status;
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define IF_FORMS                                                                                   \
    "'IF(<ANY_TYPE>, <NUMERIC_TYPE>, <NUMERIC_TYPE>)'\n'IF(<BOOLEAN>, <CHARACTER>, "               \
    "<CHARACTER>)'\n"                                                                              \
    "'IF(<BOOLEAN>, <BOOLEAN>, <BOOLEAN>)'\n'IF(<BOOLEAN>, <CHARACTER>, <CHARACTER>)'\n"           \
    "'IF(<BOOLEAN>, <BINARY>, <BINARY>)'\n'IF(<BOOLEAN>, <DATE>, <DATE>)'\n"                       \
    "'IF(<BOOLEAN>, <TIMESTAMP>, <TIMESTAMP>)'\n'IF(<BOOLEAN>, <TIME>, <TIME>)'"

static const func_row rows[] = {
    {.name = "CASE",
     .sig = "((BOOLEAN, COMMON)..., COMMON) -> COMMON",
     .nulls = FUNC_SEES_NULLS,
     .special = FUNC_CASE,
     .category = "conditional",
     .doc = "The value of the first branch whose condition is true, else the last value.",
     .example = "CASE WHEN 1 > 2 THEN 'a' ELSE 'b' END",
     .result = "b"},
    {.name = "IF",
     .sig = "(BOOLEAN, COMMON, COMMON) -> COMMON",
     .nulls = FUNC_SEES_NULLS,
     .special = FUNC_IF,
     .api = "if_then_else",
     .aliases = "ifThenElse",
     .category = "conditional",
     .forms = IF_FORMS,
     .doc = "The second argument where the first is true, else the third.",
     .example = "IF(1 > 2, 'a', 'b')",
     .result = "b"},
    {.name = "COALESCE",
     .sig = "(COMMON...) -> COMMON NULL IF ALL",
     .nulls = FUNC_SEES_NULLS,
     .special = FUNC_COALESCE,
     .api = "coalesce",
     .category = "conditional",
     .forms = "COALESCE(<COMMON>, <COMMON>...)",
     .doc = "The first argument that is not NULL.",
     .example = "COALESCE(CAST(NULL AS INT), 2)",
     .result = "2"},
    {.name = "IFNULL",
     .sig = "(COMMON, COMMON) -> COMMON NULL IF ALL",
     .nulls = FUNC_SEES_NULLS,
     .special = FUNC_COALESCE,
     .api = "if_null",
     .category = "conditional",
     .forms = "IFNULL(input <COMMON>, null_replacement <COMMON>)",
     .doc = "The first argument, or the second where the first is NULL.",
     .example = "IFNULL(CAST(NULL AS INT), 5)",
     .result = "5"},
    {.name = "NULLIF",
     .sig = "(ANY, ANY) -> INFER",
     .nulls = FUNC_SEES_NULLS,
     .flags = FUNC_TAKES_CONSTANT,
     .kernel = null_if,
     .infer = null_if_type,
     .category = "conditional",
     .forms = "'NULLIF(<COMPARABLE_TYPE>, <COMPARABLE_TYPE>)'",
     .doc = "NULL where both arguments are equal, else the first.",
     .example = "NULLIF(5, 5)",
     .result = "NULL"},
};
FUNC_FAMILY(func_conditional_family, rows);
