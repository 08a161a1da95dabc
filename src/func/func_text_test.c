/* What a text consists of: IS_ALPHA, IS_DIGIT, IS_DECIMAL; and TYPEOF.
 *
 * Characters are UTF-16 units, as in Java, so that none beyond U+FFFF is a letter or a digit.  For
 * a number the type decides, whatever its value: Flink's code never looks at that. */
#include <utf8proc.h>

#include "base/utf8.h"
#include "func/kernel.h"
#include "func/table.h"

static bool is_letter(int32_t c) {
    utf8proc_category_t category = utf8proc_category(c);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

static bool is_digit(int32_t c) {
    return utf8proc_category(c) == UTF8PROC_CATEGORY_ND;
}

static bool consists_of(const char *bytes, int64_t size, bool (*is_kind)(int32_t c)) {
    for (int64_t at = 0; at < size;) {
        int32_t c = base_utf8_next(bytes, size, &at);
        if (c < 0 || c > 0xFFFF || !is_kind(c))
            return false;
    }
    return size > 0;
}

static bool is_alpha(const data_string *text) {
    return consists_of(data_string_bytes(text), text->length, is_letter);
}

static bool is_digits(const data_string *text) {
    return consists_of(data_string_bytes(text), text->length, is_digit);
}

/* Long.parseLong or Double.parseDouble takes it; the former reads digits of any script. */
static bool is_number(const data_string *text) {
    const char *bytes = data_string_bytes(text);
    int64_t size = text->length, sign = size > 0 && (*bytes == '+' || *bytes == '-');
    double ignored;
    return base_double_parse(bytes, size, &ignored) ||
           (base_utf8_length(bytes, size) - sign <= 18 &&
            consists_of(bytes + sign, size - sign, is_digit));
}

static rask_status test_texts(func_call *call, bool (*test)(const data_string *text)) {
    uint8_t *out = call->result->values;
    FUNC_EACH_ROW (call, row)
        out[row] = !data_column_is_null(call->args[0], row) && test(func_arg_text(call, 0, row));
    return RASK_OK;
}

static rask_status alpha(func_call *call, rask_error *err) {
    return test_texts(call, is_alpha);
}
static rask_status digit(func_call *call, rask_error *err) {
    return test_texts(call, is_digits);
}
static rask_status decimal(func_call *call, rask_error *err) {
    return test_texts(call, is_number);
}

static rask_status answer(func_call *call, bool value) {
    uint8_t *out = call->result->values;
    FUNC_EACH_ROW (call, row)
        out[row] = value;
    return RASK_OK;
}

static rask_status never(func_call *call, rask_error *err) {
    return answer(call, false);
}
static rask_status if_integer(func_call *call, rask_error *err) {
    return answer(call, data_kind_is_integer(call->args[0]->type->kind));
}
static rask_status unless_decimal(func_call *call, rask_error *err) {
    return answer(call, call->args[0]->type->kind != DATA_DECIMAL);
}

/* ---- TYPEOF ---------------------------------------------------------------------------------- */

static rask_status prepare_type(base_arena *arena, const func_infer_call *call,
                                const void **prepared, rask_error *err) {
    const data_value *serializable = call->count > 1 ? call->literals[1] : NULL;
    bool summary = serializable == NULL || serializable->is_null || serializable->i64 == 0;
    const data_type *type = call->types[0];
    *prepared = type->kind == DATA_NULL ? "NULL" : data_type_text(arena, type, summary);
    return RASK_OK;
}

static rask_status typeof_kernel(func_call *call, rask_error *err) {
    const char *words = call->prepared;
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_ROW (call, row)
        RASK_TRY_OUT(status, func_text_set(&text, row, words, (int64_t)strlen(words), err));
out:
    return func_text_finish(&text, status, err);
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define TESTS(function_name, text_kernel, number_kernel, words, sample)                            \
    {.name = function_name,                                                                        \
     .sig = "(STRING) -> BOOLEAN NOT NULL",                                                        \
     .nulls = FUNC_SEES_NULLS,                                                                     \
     .flags = FUNC_TAKES_CONSTANT,                                                                 \
     .kernel = text_kernel,                                                                        \
     .category = "string",                                                                         \
     .forms = "'" function_name "(<CHARACTER>)'\n'" function_name "(<NUMERIC>)'",                  \
     .doc = words,                                                                                 \
     .example = function_name "(" sample ")",                                                      \
     .result = "TRUE",                                                                             \
     .cost = 20},                                                                                  \
    {                                                                                              \
        .name = function_name, .sig = "(NUMERIC) -> BOOLEAN NOT NULL", .nulls = FUNC_SEES_NULLS,   \
        .flags = FUNC_TAKES_CONSTANT, .kernel = number_kernel, .category = "string",               \
        .doc = "The same for a number, by its type."                                               \
    }

#define TYPEOF_ROW(signature)                                                                      \
    .name = "TYPEOF", .sig = signature, .nulls = FUNC_SEES_NULLS, .flags = FUNC_TAKES_CONSTANT,    \
    .kernel = typeof_kernel, .prepare = prepare_type, .category = "conversion"

static const func_row rows[] = {
    TESTS("IS_ALPHA", alpha, never, "Whether a text has letters only, and some.", "'abc'"),
    TESTS("IS_DIGIT", digit, if_integer, "Whether a text has digits only, and some.", "'12'"),
    TESTS("IS_DECIMAL", decimal, unless_decimal, "Whether a text reads as a number.", "'-1.5e3'"),
    {TYPEOF_ROW("(ANY) -> STRING NULL"),
     .forms = "TYPEOF(input <ANY>)\n"
              "TYPEOF(input <ANY>, force_serializable [<BOOLEAN> & <LITERAL NOT NULL>])",
     .doc = "The type of a value as text.", .example = "TYPEOF(1.5)",
     .result = "DECIMAL(2, 1) NOT NULL"},
    {TYPEOF_ROW("(ANY, BOOLEAN) -> STRING NULL"),
     .doc = "The same in the full form that can be read back.",
     .example = "TYPEOF(CAST('a' AS STRING), TRUE)", .result = "VARCHAR(2147483647) NOT NULL"},
};
FUNC_FAMILY(func_text_test_family, rows);
