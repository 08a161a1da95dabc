/* Compares an answer with the recorded one.  What counts depends on the directive and on the way
 * (tests/sql/README.md, "How answers are compared"); marks turn the verdict around. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "sqltest_run.h"

enum { REPORT_LENGTH_MAX = 1 << 20, DIFF_LINES_MAX = 2000 };

static int compare_lines(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void sqltest_sort_lines(sqltest_lines *lines, int32_t from) {
    if (lines->count > from)
        qsort(lines->items + from, (size_t)(lines->count - from), sizeof *lines->items,
              compare_lines);
}

static bool take_back(sqltest_lines *rows, const char *row) {
    for (int32_t i = rows->count - 1; i >= 0; i--)
        if (strcmp(rows->items[i], row) == 0) {
            rows->items[i] = rows->items[--rows->count];
            return true;
        }
    return false;
}

bool sqltest_fold(base_arena *arena, sqltest_lines *lines, int32_t from) {
    sqltest_lines rows = {0};
    bool is_sound = true;
    for (int32_t i = 0; i < lines->count; i++) {
        char *line = lines->items[i];
        if (i < from)
            base_list_add(arena, &rows, line);
        else if (line[0] == '+')
            base_list_add(arena, &rows, line + 3);
        else
            is_sound = take_back(&rows, line + 3) && is_sound;
    }
    *lines = rows;
    sqltest_sort_lines(lines, from);
    return is_sound;
}

/* ---- the report ------------------------------------------------------------------------------ */

/* Lengths of the longest common subsequences of the tails a[i..], b[k..]. */
static int32_t *common_lengths(base_arena *arena, const sqltest_lines *a, const sqltest_lines *b) {
    int64_t width = b->count + 1;
    int32_t *common = BASE_ARENA_ARRAY(arena, int32_t, (a->count + 1) * width);
    for (int64_t i = a->count - 1; i >= 0; i--)
        for (int64_t k = b->count - 1; k >= 0; k--) {
            int32_t down = common[(i + 1) * width + k], right = common[i * width + k + 1];
            bool same = strcmp(a->items[i], b->items[k]) == 0;
            common[i * width + k] =
                same ? common[(i + 1) * width + k + 1] + 1 : (down > right ? down : right);
        }
    return common;
}

/* Expected lines that are missing behind `-`, found ones that are not expected behind `+`. */
static void add_diff(base_strbuf *buf, base_arena *arena, const sqltest_lines *expected,
                     const sqltest_lines *found) {
    if (expected->count > DIFF_LINES_MAX || found->count > DIFF_LINES_MAX) {
        base_strbuf_printf(buf, "    %d lines expected, %d found\n", expected->count, found->count);
        return;
    }
    int32_t *common = common_lengths(arena, expected, found);
    int64_t width = found->count + 1;
    int32_t i = 0, k = 0;
    while (i < expected->count || k < found->count) {
        const char *want = i < expected->count ? expected->items[i] : NULL;
        const char *got = k < found->count ? found->items[k] : NULL;
        if (want != NULL && got != NULL && strcmp(want, got) == 0) {
            base_strbuf_printf(buf, "      %s\n", want);
            i++, k++;
        } else if (got == NULL ||
                   (want != NULL && common[(i + 1) * width + k] >= common[i * width + k + 1])) {
            base_strbuf_printf(buf, "    - %s\n", want);
            i++;
        } else {
            base_strbuf_printf(buf, "    + %s\n", got);
            k++;
        }
    }
}

static const char *finish(base_arena *arena, base_strbuf *buf) {
    const char *text = base_arena_strdup(arena, buf->data);
    base_strbuf_free(buf);
    return text;
}

static const char *diff_report(base_arena *arena, const char *title, const sqltest_lines *expected,
                               const sqltest_lines *found) {
    base_strbuf buf;
    base_strbuf_init(&buf, REPORT_LENGTH_MAX);
    base_strbuf_printf(&buf, "    %s\n", title);
    add_diff(&buf, arena, expected, found);
    return finish(arena, &buf);
}

/* ---- errors ---------------------------------------------------------------------------------- */

/* Runs of white space as one blank each, none at the ends. */
static const char *squeezed(base_arena *arena, const char *text) {
    char *out = base_arena_strdup(arena, text);
    int64_t length = 0;
    for (const char *c = text; *c != '\0'; c++) {
        bool blank = isspace((unsigned char)*c);
        if (!blank)
            out[length++] = *c;
        else if (length > 0 && out[length - 1] != ' ')
            out[length++] = ' ';
    }
    while (length > 0 && out[length - 1] == ' ')
        length--;
    out[length] = '\0';
    return out;
}

static bool is_our_class(const char *name) {
    for (int status = RASK_OK + 1; status < RASK_STATUS_COUNT; status++)
        if (strcmp(rask_status_class_name(status), name) == 0)
            return true;
    return false;
}

/* Flink wraps what fails inside a job (`job NumberFormatException`): only the message counts. */
static bool class_counts(const char *name) {
    return strncmp(name, "job ", 4) != 0 && is_our_class(name);
}

/* Which row fails first is only certain with one task. */
static bool messages_count(const sqltest_session *session) {
    return session->way == SQLTEST_PLAIN || session->way == SQLTEST_ONE_ROW;
}

static bool judge_error(const sqltest_session *session, const sqltest_lines *expected,
                        const sqltest_answer *answer, base_arena *arena, const char **report) {
    if (expected->count == 1 && strcmp(expected->items[0], "OK") == 0) {
        *report = answer->failed
                      ? base_arena_printf(arena, "    we refuse: %s\n", answer->error.message)
                      : NULL;
        return !answer->failed;
    }
    if (!answer->failed) {
        *report = "    we take a statement that is an error\n";
        return false;
    }
    if (expected->count < 1) {
        *report = "    the block has no recorded error\n";
        return false;
    }
    const char *class_name = expected->items[0];
    const char *message = expected->count > 1 ? expected->items[1] : "";
    message = squeezed(arena, sqltest_session_fill(session, arena, message));
    const char *our_class = rask_status_class_name(answer->error.code);
    const char *our_message = squeezed(arena, answer->error.message);
    bool same_class = !class_counts(class_name) || strcmp(class_name, our_class) == 0;
    bool same_message = !messages_count(session) || strstr(our_message, message) != NULL;
    if (same_class && same_message)
        return true;
    *report = base_arena_printf(arena, "    - %s\n    - %s\n    + %s\n    + %s\n", class_name,
                                message, our_class, our_message);
    return false;
}

/* ---- answers --------------------------------------------------------------------------------- */

static bool same_lines(const sqltest_lines *a, const sqltest_lines *b) {
    if (a->count != b->count)
        return false;
    for (int32_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

static sqltest_lines copied(base_arena *arena, const sqltest_lines *lines) {
    sqltest_lines out = {0};
    for (int32_t i = 0; i < lines->count; i++)
        base_list_add(arena, &out, lines->items[i]);
    return out;
}

/* Brings both sides into the form in which they must agree. */
static void normalise(const sqltest_session *session, const sqltest_block *block, base_arena *arena,
                      sqltest_lines *expected, sqltest_lines *found) {
    bool in_order = session->way == SQLTEST_PLAIN || session->way == SQLTEST_ONE_ROW;
    bool is_sorted_file = strstr(block->arguments, " sorted") != NULL;
    switch (block->directive) {
    case SQLTEST_CHANGELOG:
        if (!in_order) {
            sqltest_fold(arena, expected, 1);
            sqltest_fold(arena, found, 1);
        }
        break;
    case SQLTEST_QUERY:
        if (session->mode == SQLTEST_BATCH && strcmp(block->arguments, "ordered") == 0)
            break;
        sqltest_sort_lines(expected, 1);
        sqltest_sort_lines(found, 1);
        break;
    case SQLTEST_FILE:
        if (in_order && !is_sorted_file)
            break;
        sqltest_sort_lines(expected, 0);
        sqltest_sort_lines(found, 0);
        break;
    default:
        break;
    }
}

static bool judge_lines(const sqltest_session *session, const sqltest_block *block,
                        const sqltest_lines *section, const sqltest_answer *answer,
                        base_arena *arena, const char **report) {
    if (answer->failed) {
        *report =
            base_arena_printf(arena, "    %s: %s\n", rask_status_class_name(answer->error.code),
                              answer->error.message);
        return false;
    }
    if (block->directive == SQLTEST_STATEMENT)
        return true;
    sqltest_lines expected = {0}, found = copied(arena, &answer->lines);
    for (int32_t i = 0; i < section->count; i++) {
        const char *line = sqltest_session_fill(session, arena, section->items[i]);
        base_list_add(arena, &expected, (void *)(uintptr_t)line);
    }
    normalise(session, block, arena, &expected, &found);
    if (same_lines(&expected, &found))
        return true;
    *report = diff_report(arena, "expected (-) and found (+) differ:", &expected, &found);
    return false;
}

static bool judge_section(const sqltest_session *session, const sqltest_block *block,
                          const sqltest_lines *section, const sqltest_answer *answer,
                          base_arena *arena, const char **report) {
    bool wants_error =
        block->directive == SQLTEST_STATEMENT && strcmp(block->arguments, "error") == 0;
    if (wants_error)
        return judge_error(session, section, answer, arena, report);
    return judge_lines(session, block, section, answer, arena, report);
}

bool sqltest_judge(const sqltest_session *session, const sqltest_block *block,
                   const sqltest_answer *answer, base_arena *arena, const char **report) {
    const char *unused;
    switch (block->mark) {
    case SQLTEST_MUST_PASS:
        return judge_section(session, block, &block->expected, answer, arena, report);
    case SQLTEST_NEVER:
        *report = "    we answer what we said we never would: take the mark away\n";
        return answer->failed;
    case SQLTEST_NOTIMPL:
        *report = "    the gap has closed: take the mark away\n";
        return !judge_section(session, block, &block->expected, answer, arena, &unused);
    case SQLTEST_DIFFERS:
        if (!judge_section(session, block, &block->rask, answer, arena, report))
            return false;
        /* Where only failing counts, two errors always look the same. */
        *report = "    our answer is Flink's: take the mark away\n";
        return !messages_count(session) ||
               !judge_section(session, block, &block->expected, answer, arena, &unused);
    }
    return false;
}
