/* Regular expressions as java.util.regex has them, over UTF-8: a translator to PCRE2's patterns
 * (regex_java.c, regex_class.c), which PCRE2 makes machine code of.
 *
 * What Java refuses is refused with RASK_ERROR_VALIDATION; what Java takes and we cannot express is
 * refused with RASK_ERROR_UNSUPPORTED, so that nothing is ever answered differently in silence.
 * Known and left: positions are code points, so that an empty match is not found inside a surrogate
 * pair; at \b a combining mark counts as a letter also where no letter stands before it. */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include "base/error.h"

typedef struct base_regex base_regex; /* immutable, shared by threads */
typedef struct base_regex_run base_regex_run;

/* `whole`: only the whole text matches. */
rask_status base_regex_new(const char *pattern, int64_t length, bool whole, base_regex **out,
                           rask_error *err);
void base_regex_free(base_regex *regex);                 /* NULL is fine */
int32_t base_regex_group_count(const base_regex *regex); /* without group 0 */

/* Working memory of one thread, for any number of expressions. */
base_regex_run *base_regex_run_new(void);
void base_regex_run_free(base_regex_run *run); /* NULL is fine */

/* The first match at or behind byte `from`.  Fails where the search takes too many steps. */
rask_status base_regex_find(base_regex_run *run, const base_regex *regex, const char *text,
                            int64_t size, int64_t from, bool *found, rask_error *err);
/* A group of the last match; false where it took no part. */
bool base_regex_group(const base_regex_run *run, int32_t group, int64_t *start, int64_t *end);
/* Where to search after the last match: behind it, or a character on where it was empty; a result
 * > size means that there is no more. */
int64_t base_regex_next(const base_regex_run *run, const char *text, int64_t size);

#endif
