/* REGEXP and its kin: searching texts for Java's regular expressions.
 *
 * A pattern that Java refuses matches nothing: FALSE or NULL, as in Flink. */
#include "func/java.h"
#include "func/pattern.h"
#include "func/table.h"

static rask_status prepare(base_arena *arena, const func_infer_call *call, const void **prepared,
                           rask_error *err) {
    return func_pattern_prepare(arena, call, 1, prepared, err);
}

/* Runs `each` for the rows of a call; `regex` is NULL for an invalid pattern. */
typedef rask_status (*each_row)(func_patterns *patterns, const base_regex *regex, int32_t row,
                                void *context, rask_error *err);

static rask_status for_rows(func_call *call, each_row each, void *context, rask_error *err) {
    func_patterns patterns;
    rask_status status = RASK_OK;
    func_patterns_begin(&patterns, call, 1);
    FUNC_EACH_LIVE_ROW(call, row) {
        const base_regex *regex;
        RASK_TRY_OUT(status, func_patterns_at(&patterns, row, &regex, err));
        RASK_TRY_OUT(status, each(&patterns, regex, row, context, err));
    }
out:
    func_patterns_end(&patterns);
    return status;
}

/* A text result that is NULL, or a part of the row's first argument. */
static void set_part(func_call *call, int32_t row, bool is_null, int64_t start, int64_t end) {
    data_string *out = call->result->values;
    const char *bytes = data_string_bytes(func_arg_text(call, 0, row));
    out[row] =
        data_string_make(is_null ? "" : bytes + start, is_null ? 0 : (uint32_t)(end - start));
    if (is_null)
        data_column_set_null(call->result, row);
}

static rask_status finish_parts(func_call *call, rask_status status, rask_error *err) {
    RASK_TRY(status);
    func_count_live_bytes(call);
    return func_share_heaps(call, 0, err);
}

/* ---- REGEXP, REGEXP_COUNT, REGEXP_INSTR ------------------------------------------------------ */

static rask_status search(func_patterns *patterns, const base_regex *regex, int32_t row,
                          void *context, rask_error *err) {
    func_call *call = patterns->call;
    bool found = false;
    if (regex != NULL && func_arg_text(call, 1, row)->length > 0)
        RASK_TRY(
            func_patterns_find(patterns, regex, row, func_arg_text(call, 0, row), 0, &found, err));
    ((uint8_t *)call->result->values)[row] = found;
    return RASK_OK;
}

static rask_status regexp(func_call *call, rask_error *err) {
    return for_rows(call, search, NULL, err);
}

/* Calls `use` for each match from left to right. */
static rask_status for_matches(func_patterns *patterns, const base_regex *regex, int32_t row,
                               rask_status (*use)(func_patterns *patterns, int32_t row,
                                                  void *context, rask_error *err),
                               void *context, rask_error *err) {
    const data_string *text = func_arg_text(patterns->call, 0, row);
    for (int64_t from = 0; from <= text->length;) {
        bool found;
        RASK_TRY(func_patterns_find(patterns, regex, row, text, from, &found, err));
        if (!found)
            return RASK_OK;
        RASK_TRY(use(patterns, row, context, err));
        from = base_regex_next(patterns->run, data_string_bytes(text), text->length);
    }
    return RASK_OK;
}

static rask_status count_one(func_patterns *patterns, int32_t row, void *context, rask_error *err) {
    ((int32_t *)patterns->call->result->values)[row]++;
    return RASK_OK;
}

static rask_status count_row(func_patterns *patterns, const base_regex *regex, int32_t row,
                             void *context, rask_error *err) {
    func_call *call = patterns->call;
    ((int32_t *)call->result->values)[row] = 0;
    if (regex != NULL)
        return for_matches(patterns, regex, row, count_one, NULL, err);
    data_column_set_null(call->result, row);
    return RASK_OK;
}

static rask_status regexp_count(func_call *call, rask_error *err) {
    return for_rows(call, count_row, NULL, err);
}

/* Positions count UTF-16 units from 1; 0 = not found. */
static rask_status instr_row(func_patterns *patterns, const base_regex *regex, int32_t row,
                             void *context, rask_error *err) {
    func_call *call = patterns->call;
    const data_string *text = func_arg_text(call, 0, row);
    int32_t *out = &((int32_t *)call->result->values)[row];
    int64_t start, end;
    bool found;
    *out = 0;
    if (regex == NULL) {
        data_column_set_null(call->result, row);
        return RASK_OK;
    }
    RASK_TRY(func_patterns_find(patterns, regex, row, text, 0, &found, err));
    if (found && base_regex_group(patterns->run, 0, &start, &end))
        *out = (int32_t)func_java_length(data_string_bytes(text), start) + 1;
    return RASK_OK;
}

static rask_status regexp_instr(func_call *call, rask_error *err) {
    return for_rows(call, instr_row, NULL, err);
}

/* ---- REGEXP_EXTRACT, REGEXP_SUBSTR ----------------------------------------------------------- */

/* Group 0 without a third argument. */
static rask_status extract_row(func_patterns *patterns, const base_regex *regex, int32_t row,
                               void *context, rask_error *err) {
    func_call *call = patterns->call;
    int32_t group = call->arg_count > 2 ? func_arg_i32(call, 2, row) : 0;
    int64_t start = 0, end = 0;
    bool found = false;
    if (regex != NULL)
        RASK_TRY(
            func_patterns_find(patterns, regex, row, func_arg_text(call, 0, row), 0, &found, err));
    found = found && base_regex_group(patterns->run, group, &start, &end);
    set_part(call, row, !found, start, end);
    return RASK_OK;
}

static rask_status regexp_extract(func_call *call, rask_error *err) {
    return finish_parts(call, for_rows(call, extract_row, NULL, err), err);
}

/* ---- REGEXP_REPLACE -------------------------------------------------------------------------- */

typedef struct replacing {
    func_text text;
    int64_t copied; /* up to where the row's text is in the result */
} replacing;

static rask_status replace_one(func_patterns *patterns, int32_t row, void *context,
                               rask_error *err) {
    replacing *r = context;
    const data_string *replacement = func_arg_text(patterns->call, 2, row);
    const char *bytes = data_string_bytes(func_arg_text(patterns->call, 0, row));
    int64_t start = 0, end = 0;
    base_regex_group(patterns->run, 0, &start, &end);
    RASK_TRY(func_text_add(&r->text, bytes + r->copied, start - r->copied, err));
    r->copied = end;
    return func_text_add(&r->text, data_string_bytes(replacement), replacement->length, err);
}

static rask_status replace_row(func_patterns *patterns, const base_regex *regex, int32_t row,
                               void *context, rask_error *err) {
    replacing *r = context;
    const data_string *text = func_arg_text(patterns->call, 0, row);
    r->copied = 0;
    if (regex == NULL) {
        data_column_set_null(patterns->call->result, row);
    } else {
        RASK_TRY(for_matches(patterns, regex, row, replace_one, r, err));
        RASK_TRY(func_text_add(&r->text, data_string_bytes(text) + r->copied,
                               text->length - r->copied, err));
    }
    func_text_end_row(&r->text, row);
    return RASK_OK;
}

/* The replacement is taken as it stands: $1 is no group. */
static rask_status regexp_replace(func_call *call, rask_error *err) {
    replacing r;
    RASK_TRY(func_text_begin(&r.text, call, (int64_t)call->row_count * 16, err));
    return func_text_finish(&r.text, for_rows(call, replace_row, &r, err), err);
}

/* ---- REGEXP_EXTRACT_ALL ---------------------------------------------------------------------- */

typedef struct extracting {
    data_builder *elements;
    int32_t group;
    int32_t done; /* rows whose end is in the offsets */
} extracting;

/* Rows that are not computed are empty lists. */
static void end_rows(func_call *call, extracting *e, int32_t rows) {
    int32_t *offsets = call->result->values;
    while (e->done < rows)
        offsets[++e->done] = (int32_t)data_builder_length(e->elements);
}

static rask_status add_group(func_patterns *patterns, int32_t row, void *context, rask_error *err) {
    extracting *e = context;
    const char *bytes = data_string_bytes(func_arg_text(patterns->call, 0, row));
    int64_t start, end;
    if (!base_regex_group(patterns->run, e->group, &start, &end))
        return data_builder_add_null(e->elements, err);
    return data_builder_add_string(e->elements, bytes + start, end - start, err);
}

static rask_status extract_all_row(func_patterns *patterns, const base_regex *regex, int32_t row,
                                   void *context, rask_error *err) {
    extracting *e = context;
    func_call *call = patterns->call;
    e->group = call->arg_count > 2 ? func_arg_i32(call, 2, row) : 1;
    end_rows(call, e, row);
    if (regex == NULL || e->group < 0 || e->group > base_regex_group_count(regex))
        data_column_set_null(call->result, row);
    else
        RASK_TRY(for_matches(patterns, regex, row, add_group, e, err));
    end_rows(call, e, row + 1);
    return RASK_OK;
}

/* Group 1 without a third argument. */
static rask_status regexp_extract_all(func_call *call, rask_error *err) {
    const data_type *element = call->result->type->element;
    extracting e = {.elements = data_builder_new(call->context->pool, element, call->row_count)};
    ((int32_t *)call->result->values)[0] = 0;
    rask_status status = for_rows(call, extract_all_row, &e, err);
    end_rows(call, &e, call->row_count);
    if (status == RASK_OK)
        status = data_builder_finish(e.elements, &call->result->children[0], err);
    data_builder_free(e.elements);
    return status;
}

/* ---- rows ------------------------------------------------------------------------------------ */

enum {
    SEARCHES = FUNC_TAKES_CONSTANT | FUNC_CAN_FAIL,
    LOSES = FUNC_TAKES_CONSTANT | FUNC_CAN_FAIL | FUNC_NULL_ON_BAD_INPUT
};

#define PATTERN(function_name, signature, function, kernel_flags)                                  \
    .name = function_name, .sig = signature, .flags = kernel_flags, .kernel = function,            \
    .prepare = prepare, .category = "string", .cost = 100

static const func_row rows[] = {
    {PATTERN("REGEXP", "(STRING, STRING) -> BOOLEAN", regexp, SEARCHES), .api = "regexp",
     .forms = "'REGEXP(<CHARACTER>, <CHARACTER>)'",
     .doc = "Whether some part of the text matches a Java regular expression.",
     .example = "REGEXP('foobar', 'o+b')", .result = "TRUE"},
    {PATTERN("REGEXP_COUNT", "(STRING, STRING) -> INT NULL", regexp_count, LOSES),
     .api = "regexp_count",
     .forms = "REGEXP_COUNT(str <CHARACTER_STRING>, regex <CHARACTER_STRING>)",
     .doc = "How many parts of the text match a regular expression.",
     .example = "REGEXP_COUNT('banana', 'an')", .result = "2"},
    {PATTERN("REGEXP_INSTR", "(STRING, STRING) -> INT NULL", regexp_instr, LOSES),
     .api = "regexp_instr",
     .forms = "REGEXP_INSTR(str <CHARACTER_STRING>, regex <CHARACTER_STRING>)",
     .doc = "The 1-based place of the first match; 0 where there is none.",
     .example = "REGEXP_INSTR('hello', 'l+')", .result = "3"},
    {PATTERN("REGEXP_SUBSTR", "(STRING, STRING) -> STRING NULL", regexp_extract, LOSES),
     .api = "regexp_substr",
     .forms = "REGEXP_SUBSTR(str <CHARACTER_STRING>, regex <CHARACTER_STRING>)",
     .doc = "The text of the first match.", .example = "REGEXP_SUBSTR('hello world', 'w[a-z]+')",
     .result = "world"},
    {PATTERN("REGEXP_EXTRACT", "(STRING, STRING) -> STRING NULL", regexp_extract, LOSES),
     .api = "regexp_extract", .aliases = "REGEXPEXTRACT",
     .forms = "'REGEXP_EXTRACT(<CHARACTER>, <CHARACTER>, <INTEGER>)'\n"
              "'REGEXP_EXTRACT(<CHARACTER>, <CHARACTER>)'",
     .doc = "The text of the first match.", .example = "REGEXP_EXTRACT('foobar', 'o+')",
     .result = "oo"},
    {PATTERN("REGEXP_EXTRACT", "(STRING, STRING, INT) -> STRING NULL", regexp_extract, LOSES),
     .aliases = "REGEXPEXTRACT", .doc = "The text of a group of the first match.",
     .example = "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2)", .result = "bar"},
    {PATTERN("REGEXP_EXTRACT_ALL", "(STRING, STRING) -> ARRAY<STRING> NULL", regexp_extract_all,
             LOSES),
     .api = "regexp_extract_all",
     .forms = "REGEXP_EXTRACT_ALL(str <CHARACTER_STRING>, regex <CHARACTER_STRING>)\n"
              "REGEXP_EXTRACT_ALL(str <CHARACTER_STRING>, regex <CHARACTER_STRING>, "
              "extractIndex <INTEGER_NUMERIC>)",
     .doc = "The texts of the first group of every match.",
     .example = "REGEXP_EXTRACT_ALL('a1b2', '[a-z]([0-9])')", .result = "[1, 2]"},
    {PATTERN("REGEXP_EXTRACT_ALL", "(STRING, STRING, INT) -> ARRAY<STRING> NULL",
             regexp_extract_all, LOSES),
     .doc = "The texts of a group of every match.",
     .example = "REGEXP_EXTRACT_ALL('a1b2', '[a-z]([0-9])', 0)", .result = "[a1, b2]"},
    {PATTERN("REGEXP_REPLACE", "(STRING, STRING, STRING) -> STRING", regexp_replace, LOSES),
     .api = "regexp_replace", .aliases = "REGEXPREPLACE",
     .forms = "'REGEXP_REPLACE(<CHARACTER>, <CHARACTER>, <CHARACTER>)'",
     .doc = "The text with every match replaced.",
     .example = "REGEXP_REPLACE('foobar', 'oo|ar', '')", .result = "fb"},
};
FUNC_FAMILY(func_regexp_family, rows);
