/* Runs the blocks of a file through the public API.  A session is one environment in one mode; the
 * way is only a few configuration keys, so that every way runs the same code of the runner. */
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "sqltest_run.h"

enum { STATEMENT_MS_MAX = 120000, PRINTED_LENGTH_MAX = 1 << 26 };

static const struct {
    unsigned ways;
    const char *key, *value;
} SETTINGS[] = {
    {SQLTEST_ALL_WAYS, "table.local-time-zone", "UTC"},
    {SQLTEST_PLAIN | SQLTEST_ONE_ROW | SQLTEST_RESTORE, "parallelism.default", "1"},
    {SQLTEST_PARALLEL, "parallelism.default", "2"},
    {SQLTEST_ONE_ROW, "rask.batch.rows-max", "1"},
    {SQLTEST_RESTORE, "rask.test.restart-after-rows", "3"},
};

bool sqltest_session_open(sqltest_session *session, sqltest_mode mode, sqltest_way way,
                          const char *data, rask_error *err) {
    *session = (sqltest_session){.mode = mode, .way = way};
    if (rask_environment_new(mode == SQLTEST_STREAMING, &session->env, err) != RASK_OK)
        return false;
    for (size_t i = 0; i < sizeof SETTINGS / sizeof *SETTINGS; i++)
        if ((SETTINGS[i].ways & way) != 0 &&
            rask_environment_set(session->env, SETTINGS[i].key, SETTINGS[i].value, err) != RASK_OK)
            return false;
    const char *base = getenv("TMPDIR");
    session->tmp = base_printf("%s/sqltest-XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(session->tmp) == NULL) {
        snprintf(err->message, sizeof err->message, "cannot make a folder %s", session->tmp);
        return false;
    }
    session->data = base_strdup(data);
    return true;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

void sqltest_session_close(sqltest_session *session) {
    rask_environment_unref(session->env);
    if (session->tmp != NULL)
        nftw(session->tmp, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    base_free(session->tmp);
    base_free(session->data);
}

const char *sqltest_session_fill(const sqltest_session *session, base_arena *arena,
                                 const char *text) {
    text = sqltest_replace(arena, text, "{data}", session->data);
    return sqltest_replace(arena, text, "{tmp}", session->tmp);
}

/* ---- statements ------------------------------------------------------------------------------ */

static rask_status too_slow(rask_error *err) {
    err->code = RASK_ERROR_INTERNAL;
    snprintf(err->message, sizeof err->message, "no answer within %d ms", STATEMENT_MS_MAX);
    return RASK_ERROR_INTERNAL;
}

static rask_status execute(sqltest_session *session, const char *sql, rask_result **out,
                           rask_error *err) {
    return rask_environment_execute_sql(session->env, sql, (int64_t)strlen(sql), out, err);
}

static bool is_simple_name(const char *name) {
    const char *letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    return *name != '\0' && strchr(letters, *name) != NULL &&
           strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789$") ==
               strlen(name);
}

static void add_header(const rask_result *result, base_arena *arena, sqltest_lines *out) {
    const char *header = "";
    for (int32_t i = 0; i < rask_result_column_count(result); i++) {
        const char *name = rask_result_column_name(result, i);
        if (!is_simple_name(name))
            name = base_arena_printf(arena, "`%s`", sqltest_replace(arena, name, "`", "``"));
        header =
            base_arena_printf(arena, "%s%s%s %s", header, i == 0 ? "" : ", ",
                              sqltest_escape_cell(arena, name), rask_result_column_type(result, i));
    }
    base_list_add(arena, out, (void *)(uintptr_t)header);
}

static void add_row(base_arena *arena, const char *kind, const char *const *cells, int32_t count,
                    sqltest_lines *out) {
    const char *row = kind;
    for (int32_t i = 0; i < count; i++)
        row = base_arena_printf(arena, "%s%s%s", row, i == 0 ? "" : " | ",
                                sqltest_escape_cell(arena, cells[i]));
    base_list_add(arena, out, (void *)(uintptr_t)row);
}

static rask_status read_rows(rask_result *result, bool with_kinds, base_arena *arena,
                             sqltest_lines *out, rask_error *err) {
    static const char *const KINDS[] = {"+I ", "-U ", "+U ", "-D "};
    for (;;) {
        int kind;
        const char *const *cells;
        rask_poll poll;
        RASK_TRY(rask_result_text_next(result, STATEMENT_MS_MAX, &kind, &cells, &poll, err));
        if (poll == RASK_POLL_TIMEOUT)
            return too_slow(err);
        if (poll == RASK_POLL_END)
            return RASK_OK;
        add_row(arena, with_kinds ? KINDS[kind] : "", cells, rask_result_column_count(result), out);
    }
}

/* Statements whose rows make the job; all others are waited for. */
static bool is_query(const char *sql) {
    static const char *const STARTS[] = {"SELECT", "WITH", "VALUES", "("};
    sql += strspn(sql, " \n\t");
    for (size_t i = 0; i < sizeof STARTS / sizeof *STARTS; i++)
        if (strncasecmp(sql, STARTS[i], strlen(STARTS[i])) == 0)
            return true;
    return false;
}

static rask_status run_to_end(rask_result *result, const char *sql, base_arena *arena,
                              rask_error *err) {
    sqltest_lines rows = {0};
    if (is_query(sql))
        return read_rows(result, false, arena, &rows, err);
    bool done = false;
    RASK_TRY(rask_result_wait(result, STATEMENT_MS_MAX, &done, err));
    return done ? RASK_OK : too_slow(err);
}

static rask_status answer_statement(sqltest_session *session, const char *sql, base_arena *arena,
                                    rask_error *err) {
    rask_result *result = NULL;
    RASK_TRY(execute(session, sql, &result, err));
    rask_status status = run_to_end(result, sql, arena, err);
    rask_result_unref(result);
    return status;
}

static rask_status answer_query(sqltest_session *session, const sqltest_block *block,
                                const char *sql, base_arena *arena, sqltest_lines *out,
                                rask_error *err) {
    rask_result *result = NULL;
    RASK_TRY(execute(session, sql, &result, err));
    add_header(result, arena, out);
    bool with_kinds = session->mode == SQLTEST_STREAMING;
    rask_status status = read_rows(result, with_kinds, arena, out, err);
    rask_result_unref(result);
    RASK_TRY(status);
    if (with_kinds && block->directive == SQLTEST_QUERY && !sqltest_fold(arena, out, 1))
        add_row(arena, "(the changelog takes back a row that is not there)", NULL, 0, out);
    return RASK_OK;
}

static rask_status read_printed(rask_result *result, base_strbuf *out, rask_error *err) {
    for (;;) {
        const char *text;
        int64_t length;
        rask_poll poll;
        RASK_TRY(rask_result_print_next(result, STATEMENT_MS_MAX, &text, &length, &poll, err));
        if (poll == RASK_POLL_TIMEOUT)
            return too_slow(err);
        if (poll == RASK_POLL_END)
            return RASK_OK;
        base_strbuf_add(out, text, length);
    }
}

static rask_status answer_print(sqltest_session *session, const char *sql, base_arena *arena,
                                sqltest_lines *out, rask_error *err) {
    rask_result *result = NULL;
    RASK_TRY(execute(session, sql, &result, err));
    base_strbuf text;
    base_strbuf_init(&text, PRINTED_LENGTH_MAX);
    rask_status status = read_printed(result, &text, err);
    if (status == RASK_OK)
        sqltest_escape_lines(arena, text.data == NULL ? "" : text.data, out);
    base_strbuf_free(&text);
    rask_result_unref(result);
    return status;
}

/* ---- standard output ------------------------------------------------------------------------- */

/* The statement with file descriptor 1 led into a file, which is then read. */
static rask_status answer_stdout(sqltest_session *session, const char *sql, base_arena *arena,
                                 sqltest_lines *out, rask_error *err) {
    const char *path = base_arena_printf(arena, "%s/.stdout", session->tmp);
    fflush(stdout);
    int before = dup(STDOUT_FILENO);
    FILE *file = fopen(path, "wb");
    dup2(fileno(file), STDOUT_FILENO);
    rask_status status = answer_statement(session, sql, arena, err);
    fflush(stdout);
    dup2(before, STDOUT_FILENO);
    close(before);
    fclose(file);
    sqltest_escape_lines(arena, sqltest_read_text(arena, path), out);
    return status;
}

static rask_status answer_explain(sqltest_session *session, const sqltest_block *block,
                                  const char *sql, base_arena *arena, sqltest_lines *out,
                                  rask_error *err) {
    const char *statement = base_arena_printf(arena, "EXPLAIN %s %s", block->arguments, sql);
    rask_strings *text = NULL;
    RASK_TRY(rask_environment_explain_sql(session->env, statement, (int64_t)strlen(statement),
                                          &text, err));
    for (int64_t i = 0; i < rask_strings_count(text); i++)
        sqltest_escape_lines(arena, rask_strings_get(text, i), out);
    rask_strings_unref(text);
    return RASK_OK;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* nftw has no argument for its callback; a runner process runs one block at a time. */
static struct {
    base_arena *arena;
    sqltest_lines *paths;
} visible;

static int add_visible(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void)st;
    char first = path[ftw->base];
    bool is_hidden = ftw->level > 0 && (first == '.' || first == '_');
    if (is_hidden && kind == FTW_D)
        return FTW_SKIP_SUBTREE;
    if (!is_hidden && kind == FTW_F)
        base_list_add(visible.arena, visible.paths, base_arena_strdup(visible.arena, path));
    return FTW_CONTINUE;
}

static void answer_file(sqltest_session *session, const sqltest_block *block, base_arena *arena,
                        sqltest_lines *out) {
    int64_t length = (int64_t)strcspn(block->arguments, " ");
    const char *pattern = base_arena_strndup(arena, block->arguments, length);
    pattern = sqltest_session_fill(session, arena, pattern);
    sqltest_lines paths = {0};
    glob_t found;
    if (glob(pattern, 0, NULL, &found) == 0) {
        visible.arena = arena;
        visible.paths = &paths;
        for (size_t i = 0; i < found.gl_pathc; i++)
            nftw(found.gl_pathv[i], add_visible, 16, FTW_PHYS | FTW_ACTIONRETVAL);
        globfree(&found);
    }
    sqltest_sort_lines(&paths, 0);
    for (int32_t i = 0; i < paths.count; i++)
        sqltest_escape_lines(arena, sqltest_read_text(arena, paths.items[i]), out);
}

/* ---- one block ------------------------------------------------------------------------------- */

static rask_status answer_block(sqltest_session *session, const sqltest_block *block,
                                base_arena *arena, sqltest_lines *out, rask_error *err) {
    const char *sql = sqltest_session_fill(session, arena, block->text);
    switch (block->directive) {
    case SQLTEST_SET:
        return rask_environment_set(session->env, block->arguments, sql, err);
    case SQLTEST_STATEMENT:
        return answer_statement(session, sql, arena, err);
    case SQLTEST_QUERY:
    case SQLTEST_CHANGELOG:
        return answer_query(session, block, sql, arena, out, err);
    case SQLTEST_PRINT:
        return answer_print(session, sql, arena, out, err);
    case SQLTEST_STDOUT:
        return answer_stdout(session, sql, arena, out, err);
    case SQLTEST_EXPLAIN:
        return answer_explain(session, block, sql, arena, out, err);
    case SQLTEST_FILE:
        answer_file(session, block, arena, out);
        return RASK_OK;
    }
    return RASK_OK;
}

void sqltest_session_answer(sqltest_session *session, const sqltest_block *block, base_arena *arena,
                            sqltest_answer *out) {
    memset(out, 0, sizeof *out);
    out->failed = answer_block(session, block, arena, &out->lines, &out->error) != RASK_OK;
}
