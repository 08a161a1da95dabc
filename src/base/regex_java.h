/* What the two halves of the translator share; see regex.h. */
#ifndef BASE_REGEX_JAVA_H
#define BASE_REGEX_JAVA_H

#include "base/arena.h"
#include "base/buffer.h"

/* Flags of a Java pattern. */
enum {
    REGEX_UNIX_LINES = 1,
    REGEX_CASE_INSENSITIVE = 2,
    REGEX_COMMENTS = 4,
    REGEX_MULTILINE = 8,
    REGEX_DOTALL = 32,
    REGEX_UNICODE_CASE = 64,
    REGEX_UNICODE_CLASS = 256
};

enum { REGEX_PROPERTY = -1, REGEX_END = -2, REGEX_DEPTH_MAX = 100 };

/* A translation under way; sticky: after the first failure everything does nothing. */
typedef struct regex_reader {
    base_arena *arena;
    const int32_t *text; /* code points, REGEX_END behind the last */
    int32_t length, at;
    uint32_t flags;
    int32_t group_count;
    const char **names; /* of groups, by number; NULL = none */
    int32_t depth;
    base_strbuf *out;
    rask_status status;
    rask_error *err;
} regex_reader;

/* The first failure is kept: Java would refuse, or we have no words for it. */
void regex_invalid(regex_reader *r, const char *what);
void regex_unsupported(regex_reader *r, const char *what);

static inline bool regex_has(const regex_reader *r, uint32_t flag) {
    return (r->flags & flag) != 0;
}
/* The current code point; under (?x) behind blanks and comments. */
int32_t regex_peek(regex_reader *r);
int32_t regex_take(regex_reader *r);

/* A set of characters: the inside of a PCRE2 class, or, if `whole`, a pattern of one character. */
typedef struct regex_set {
    const char *text; /* NULL = not yet anything */
    bool whole;
} regex_set;

/* The set behind '[', which is the current character, to the ']'. */
regex_set regex_class(regex_reader *r);
/* The set of \p or \P, behind that letter. */
regex_set regex_property(regex_reader *r, bool negated);
/* The set of \d, \W, ...; text NULL where the letter is none. */
regex_set regex_predefined(regex_reader *r, int32_t letter);
/* One character, also its other case under (?i). */
regex_set regex_single(regex_reader *r, int32_t c);
/* As a pattern that matches one character. */
const char *regex_set_pattern(regex_reader *r, regex_set set);
/* The character of an escape behind the backslash that stands for one (\n, \x41, \., ...); -1 where
 * the letter means something else, which is then still the current character. */
int32_t regex_escaped_character(regex_reader *r);

#endif
