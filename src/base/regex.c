/* See regex.h: compiling and searching with PCRE2. */
#include "base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/regex_translate.h"

enum {
    TRANSLATION_MAX = 4 * 1024 * 1024,
    GROUPS_IN_FRONT = 32, /* a run's first match data; grown for more */
    JIT_STACK_MIN = 32 * 1024,
    JIT_STACK_MAX = 8 * 1024 * 1024
};

struct base_regex {
    pcre2_code *code;
    uint32_t groups;
};

struct base_regex_run {
    pcre2_match_data *match;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    uint32_t groups; /* room in `match` */
    int32_t matched; /* groups of the last match, 0 included */
};

static rask_status refused_by_pcre2(int code, rask_error *err) {
    PCRE2_UCHAR text[256];
    pcre2_get_error_message(code, text, sizeof text);
    /* Java knows no more properties than PCRE2 does. */
    rask_status kind = code == PCRE2_ERROR_UNKNOWN_UNICODE_PROPERTY ? RASK_ERROR_VALIDATION
                                                                    : RASK_ERROR_UNSUPPORTED;
    return rask_error_set(err, kind, "the regular expression is not supported: %s",
                          (const char *)text);
}

static rask_status compile(const base_strbuf *pattern, base_regex **out, rask_error *err) {
    int code;
    PCRE2_SIZE place;
    pcre2_code *compiled = pcre2_compile(
        (PCRE2_SPTR)pattern->data, (PCRE2_SIZE)pattern->length,
        PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &place, NULL);
    if (compiled == NULL)
        return refused_by_pcre2(code, err);
    pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE); /* without it PCRE2 interprets */
    base_regex *regex = BASE_NEW(base_regex);
    regex->code = compiled;
    pcre2_pattern_info(compiled, PCRE2_INFO_CAPTURECOUNT, &regex->groups);
    *out = regex;
    return RASK_OK;
}

rask_status base_regex_new(const char *pattern, int64_t length, bool whole, base_regex **out,
                           rask_error *err) {
    base_arena *arena = base_arena_new();
    base_strbuf text;
    base_strbuf_init(&text, TRANSLATION_MAX);
    base_strbuf_add_text(&text, whole ? "\\A(?:" : "");
    rask_status status = regex_translate(arena, pattern, length, &text, err);
    base_strbuf_add_text(&text, whole ? ")\\z" : "");
    if (status == RASK_OK)
        status = compile(&text, out, err);
    base_strbuf_free(&text);
    base_arena_free(arena);
    return status;
}

void base_regex_free(base_regex *regex) {
    if (regex == NULL)
        return;
    pcre2_code_free(regex->code);
    base_free(regex);
}

int32_t base_regex_group_count(const base_regex *regex) {
    return (int32_t)regex->groups;
}

/* ---- searching ------------------------------------------------------------------------------- */

base_regex_run *base_regex_run_new(void) {
    base_regex_run *run = BASE_NEW(base_regex_run);
    run->groups = GROUPS_IN_FRONT;
    run->match = pcre2_match_data_create(run->groups + 1, NULL);
    run->context = pcre2_match_context_create(NULL);
    run->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
    RASK_ASSERT(run->match != NULL && run->context != NULL);
    if (run->stack != NULL)
        pcre2_jit_stack_assign(run->context, NULL, run->stack);
    return run;
}

void base_regex_run_free(base_regex_run *run) {
    if (run == NULL)
        return;
    pcre2_match_data_free(run->match);
    pcre2_match_context_free(run->context);
    pcre2_jit_stack_free(run->stack);
    base_free(run);
}

static void make_room(base_regex_run *run, const base_regex *regex) {
    if (regex->groups <= run->groups)
        return;
    pcre2_match_data_free(run->match);
    run->groups = regex->groups;
    run->match = pcre2_match_data_create(run->groups + 1, NULL);
    RASK_ASSERT(run->match != NULL);
}

rask_status base_regex_find(base_regex_run *run, const base_regex *regex, const char *text,
                            int64_t size, int64_t from, bool *found, rask_error *err) {
    make_room(run, regex);
    int result = pcre2_match(regex->code, (PCRE2_SPTR)text, (PCRE2_SIZE)size, (PCRE2_SIZE)from, 0,
                             run->match, run->context);
    if (result == PCRE2_ERROR_JIT_STACKLIMIT) /* the interpreter keeps its stack on the heap */
        result = pcre2_match(regex->code, (PCRE2_SPTR)text, (PCRE2_SIZE)size, (PCRE2_SIZE)from,
                             PCRE2_NO_JIT, run->match, run->context);
    run->matched = result > 0 ? result : 0;
    *found = result > 0;
    if (result > 0 || result == PCRE2_ERROR_NOMATCH)
        return RASK_OK;
    PCRE2_UCHAR words[256];
    pcre2_get_error_message(result, words, sizeof words);
    return rask_error_set(err, RASK_ERROR_RUNTIME,
                          "searching a text of %lld bytes for a regular expression failed: %s",
                          (long long)size, (const char *)words);
}

bool base_regex_group(const base_regex_run *run, int32_t group, int64_t *start, int64_t *end) {
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(run->match);
    if (group < 0 || group >= run->matched || places[2 * group] == PCRE2_UNSET)
        return false;
    *start = (int64_t)places[2 * group];
    *end = (int64_t)places[2 * group + 1];
    return true;
}

int64_t base_regex_next(const base_regex_run *run, const char *text, int64_t size) {
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(run->match);
    int64_t start = (int64_t)places[0], end = (int64_t)places[1];
    if (end > start)
        return end;
    for (end++; end < size && ((uint8_t)text[end] & 0xC0) == 0x80;)
        end++;
    return end;
}
