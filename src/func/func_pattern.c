/* See pattern.h. */
#include "func/pattern.h"

#include <string.h>

enum { PATTERN_TEXT_MAX = 1024 * 1024 };

static void release_regex(void *regex) {
    base_regex_free(regex);
}

/* An invalid pattern is no failure: `*out` stays NULL. */
static rask_status compile(const char *text, int64_t length, bool whole, base_regex **out,
                           rask_error *err) {
    rask_error refusal = {0};
    *out = NULL;
    rask_status status = base_regex_new(text, length, whole, out, &refusal);
    if (status == RASK_OK || status == RASK_ERROR_VALIDATION)
        return RASK_OK;
    return rask_error_set(err, status, "%s: %.*s", refusal.message,
                          (int)(length < 200 ? length : 200), text);
}

rask_status func_pattern_new(const data_string *text, func_pattern *out, rask_error *err) {
    return compile(data_string_bytes(text), text->length, false, &out->regex, err);
}

rask_status func_pattern_prepare(base_arena *arena, const func_infer_call *call, int32_t arg,
                                 const void **prepared, rask_error *err) {
    const data_value *literal = call->literals[arg];
    *prepared = NULL;
    if (literal == NULL || literal->is_null)
        return RASK_OK;
    func_pattern *pattern = BASE_ARENA_NEW(arena, func_pattern);
    RASK_TRY(compile(literal->text.bytes, literal->text.length, false, &pattern->regex, err));
    base_arena_on_free(arena, release_regex, pattern->regex);
    *prepared = pattern;
    return RASK_OK;
}

void func_patterns_begin(func_patterns *patterns, func_call *call, int32_t arg) {
    *patterns =
        (func_patterns){.call = call, .arg = arg, .escape_arg = -1, .run = base_regex_run_new()};
}

static void drop(func_kept_pattern *kept) {
    base_free(kept->text);
    base_free(kept->escape);
    base_regex_free(kept->regex);
    *kept = (func_kept_pattern){0};
}

void func_patterns_end(func_patterns *patterns) {
    for (int32_t i = 0; i < patterns->kept_count; i++)
        drop(&patterns->kept[i]);
    base_regex_run_free(patterns->run);
}

static bool is_kept(const func_kept_pattern *kept, const data_string *text,
                    const data_string *escape) {
    int64_t escape_length = escape != NULL ? (int64_t)escape->length : -1;
    return kept->length == text->length && kept->escape_length == escape_length &&
           memcmp(kept->text, data_string_bytes(text), text->length) == 0 &&
           (escape == NULL || memcmp(kept->escape, data_string_bytes(escape), escape->length) == 0);
}

static rask_status compile_row(const func_patterns *patterns, const data_string *text,
                               const data_string *escape, base_regex **out, rask_error *err) {
    base_strbuf written;
    rask_error refusal = {0};
    if (patterns->writer == NULL)
        return compile(data_string_bytes(text), text->length, false, out, err);
    base_strbuf_init(&written, PATTERN_TEXT_MAX);
    *out = NULL;
    rask_status status = patterns->writer(text, escape, &written, err);
    if (status == RASK_OK) {
        /* Here an invalid pattern fails: the words are Java's. */
        status = base_regex_new(written.data, written.length, true, out, &refusal);
        if (status != RASK_OK)
            rask_error_set(err, status, "%s\n%s", refusal.message, written.data);
    }
    base_strbuf_free(&written);
    return status;
}

rask_status func_patterns_at(func_patterns *patterns, int32_t row, const base_regex **out,
                             rask_error *err) {
    const func_call *call = patterns->call;
    if (call->prepared != NULL) {
        *out = ((const func_pattern *)call->prepared)->regex;
        return RASK_OK;
    }
    const data_string *text =
        patterns->arg >= 0 ? func_arg_text(call, patterns->arg, row) : &patterns->fixed;
    const data_string *escape =
        patterns->escape_arg >= 0 ? func_arg_text(call, patterns->escape_arg, row) : NULL;
    for (int32_t i = 0; i < patterns->kept_count; i++) {
        if (is_kept(&patterns->kept[i], text, escape)) {
            *out = patterns->kept[i].regex;
            return RASK_OK;
        }
    }
    base_regex *regex;
    func_failed_at(patterns->call, row);
    RASK_TRY(compile_row(patterns, text, escape, &regex, err));
    int32_t place = patterns->next_kept++ % FUNC_PATTERNS_KEPT;
    if (patterns->kept_count < FUNC_PATTERNS_KEPT)
        patterns->kept_count++;
    else
        drop(&patterns->kept[place]);
    patterns->kept[place] = (func_kept_pattern){
        .text = base_strndup(data_string_bytes(text), text->length),
        .length = text->length,
        .escape = escape != NULL ? base_strndup(data_string_bytes(escape), escape->length) : NULL,
        .escape_length = escape != NULL ? (int64_t)escape->length : -1,
        .regex = regex};
    *out = regex;
    return RASK_OK;
}

rask_status func_patterns_find(func_patterns *patterns, const base_regex *regex, int32_t row,
                               const data_string *text, int64_t from, bool *found,
                               rask_error *err) {
    func_failed_at(patterns->call, row);
    return base_regex_find(patterns->run, regex, data_string_bytes(text), text->length, from, found,
                           err);
}
