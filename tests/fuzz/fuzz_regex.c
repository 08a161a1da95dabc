/* Java's regular expressions from strangers: the pattern is the first line, the text the rest.  A
 * pattern is translated or refused in words; a match lies within the text and goes forward. */
#include <string.h>

#include "base/regex.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
    if (!holds)
        __builtin_trap();
}

static void search(const base_regex *regex, const char *text, int64_t size) {
    enum { MATCHES_MAX = 100 };
    rask_error err = {0};
    base_regex_run *run = base_regex_run_new();
    int64_t from = 0;
    for (int32_t i = 0; i < MATCHES_MAX && from <= size; i++) {
        int64_t start, end;
        bool found;
        if (base_regex_find(run, regex, text, size, from, &found, &err) != RASK_OK || !found)
            break;
        check(base_regex_group(run, 0, &start, &end) && start >= 0 && end <= size);
        for (int32_t group = 1; group <= base_regex_group_count(regex); group++)
            if (base_regex_group(run, group, &start, &end))
                check(start >= 0 && start <= size && end >= 0 && end <= size);
        int64_t next = base_regex_next(run, text, size);
        check(next > from || next > size);
        from = next;
    }
    base_regex_run_free(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *pattern = (const char *)data;
    const char *line = size > 0 ? memchr(pattern, '\n', size) : NULL;
    int64_t length = line != NULL ? line - pattern : (int64_t)size;
    rask_error err = {0};
    base_regex *regex = NULL;
    rask_status status = base_regex_new(pattern, length, false, &regex, &err);
    if (status != RASK_OK) {
        check(err.message[0] != '\0' && regex == NULL);
        return 0;
    }
    if (line != NULL)
        search(regex, line + 1, (int64_t)size - length - 1);
    base_regex_free(regex);
    return 0;
}
