/* Regular expressions as arguments of kernels: compiled once where they are literals, else kept for
 * the rest of the batch. */
#ifndef FUNC_PATTERN_H
#define FUNC_PATTERN_H

#include "base/regex.h"
#include "func/kernel.h"

/* Turns an argument's text into a Java pattern; NULL = it is one.  `escape` NULL = none given. */
typedef rask_status (*func_pattern_writer)(const data_string *text, const data_string *escape,
                                           base_strbuf *out, rask_error *err);

/* What Java would refuse has no regex: Flink then answers NULL or FALSE. */
typedef struct func_pattern {
    base_regex *regex; /* NULL = invalid */
} func_pattern;

/* For func_row.prepare: the literal argument number `arg`, or NULL where it is none. */
rask_status func_pattern_prepare(base_arena *arena, const func_infer_call *call, int32_t arg,
                                 const void **prepared, rask_error *err);
rask_status func_pattern_new(const data_string *text, func_pattern *out, rask_error *err);

enum { FUNC_PATTERNS_KEPT = 16 };

typedef struct func_kept_pattern {
    char *text, *escape;
    int64_t length, escape_length;
    base_regex *regex;
} func_kept_pattern;

/* The patterns of one kernel call. */
typedef struct func_patterns {
    func_call *call;
    int32_t arg, escape_arg;    /* escape_arg < 0 = none */
    data_string fixed;          /* the pattern where arg < 0 */
    func_pattern_writer writer; /* NULL = the argument is a Java pattern */
    base_regex_run *run;
    func_kept_pattern kept[FUNC_PATTERNS_KEPT];
    int32_t kept_count, next_kept;
} func_patterns;

void func_patterns_begin(func_patterns *patterns, func_call *call, int32_t arg);
void func_patterns_end(func_patterns *patterns);
/* The pattern of a row; `*out` NULL where it is none. */
rask_status func_patterns_at(func_patterns *patterns, int32_t row, const base_regex **out,
                             rask_error *err);
/* Searches `text`; failures name the row. */
rask_status func_patterns_find(func_patterns *patterns, const base_regex *regex, int32_t row,
                               const data_string *text, int64_t from, bool *found, rask_error *err);

#endif
