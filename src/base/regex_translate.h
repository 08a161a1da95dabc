/* The translator's one door; see regex.h. */
#ifndef BASE_REGEX_TRANSLATE_H
#define BASE_REGEX_TRANSLATE_H

#include "base/arena.h"
#include "base/buffer.h"

enum { REGEX_PATTERN_MAX = 32 * 1024, REGEX_GROUPS_MAX = 1000 };

/* Appends PCRE2's form of a Java pattern, for UTF without other options. */
rask_status regex_translate(base_arena *arena, const char *pattern, int64_t length,
                            base_strbuf *out, rask_error *err);

#endif
