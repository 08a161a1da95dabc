/* sqltest: runs .test files (tests/sql/README.md) on Rask.
 *
 *     sqltest [--way plain|one-row|parallel|restore|all] [--mode batch|streaming] [--filter TEXT]
 *             [--data FOLDER] [--slow] [--no-fork] [--verbose] FILE|FOLDER...
 *
 * Every file runs in a process of its own, so that a crash or a hang costs one file and leaks are
 * looked for after each.  A check is one block in one mode and one way.  The last line is
 * `N passed, N failed`; the exit status is 1 when anything failed. */
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sqltest_run.h"

enum { FILE_SECONDS_MAX = 600 };

typedef struct options {
    unsigned ways;
    unsigned modes;
    const char *filter;
    const char *data; /* NULL = the folder `data` beside or above the file */
    bool slow;
    bool no_fork;
    bool verbose;
} options;

typedef struct counts {
    int64_t passed, failed;
} counts;

/* ---- one file -------------------------------------------------------------------------------- */

/* Where the order or the text of the output is no promise, a block does not run. */
static bool block_runs(const sqltest_block *block, sqltest_mode mode, sqltest_way way) {
    bool is_text = block->directive == SQLTEST_PRINT || block->directive == SQLTEST_STDOUT ||
                   block->directive == SQLTEST_EXPLAIN;
    unsigned ways = is_text ? block->ways & (SQLTEST_PLAIN | SQLTEST_ONE_ROW) : block->ways;
    return (block->modes & mode) != 0 && (ways & way) != 0;
}

static void report_failure(const sqltest_file *file, const sqltest_block *block,
                           const sqltest_session *session, base_arena *arena, const char *report) {
    printf("FAIL %s:%d (%s, %s)\n", file->path, block->line, sqltest_mode_name(session->mode),
           sqltest_way_name(session->way));
    if (*block->text != '\0')
        printf("    %s\n", sqltest_replace(arena, block->text, "\n", "\n    "));
    printf("%s", report);
    fflush(stdout);
}

static void run_block(const sqltest_file *file, const sqltest_block *block,
                      sqltest_session *session, counts *total) {
    base_arena *arena = base_arena_new();
    sqltest_answer *answer = BASE_ARENA_NEW(arena, sqltest_answer);
    const char *report = NULL;
    sqltest_session_answer(session, block, arena, answer);
    if (sqltest_judge(session, block, answer, arena, &report)) {
        total->passed += block->directive != SQLTEST_SET;
    } else {
        total->failed++;
        report_failure(file, block, session, arena, report);
    }
    base_arena_free(arena);
}

static void run_once(const sqltest_file *file, sqltest_mode mode, sqltest_way way, const char *data,
                     const options *opts, counts *total) {
    sqltest_session session;
    rask_error err = {0};
    if (!sqltest_session_open(&session, mode, way, data, &err)) {
        printf("FAIL %s: no session: %s\n", file->path, err.message);
        total->failed++;
    } else {
        for (int32_t i = 0; i < file->blocks.count; i++) {
            const sqltest_block *block = file->blocks.items[i];
            if (!block_runs(block, mode, way))
                continue;
            if (opts->verbose)
                fprintf(stderr, "%s:%d %s %s\n", file->path, block->line, sqltest_mode_name(mode),
                        sqltest_way_name(way));
            run_block(file, block, &session, total);
        }
    }
    sqltest_session_close(&session);
}

/* The nearest folder `data` above the file. */
static const char *data_folder(base_arena *arena, const char *path) {
    char full[PATH_MAX];
    if (realpath(path, full) == NULL)
        return "";
    for (char *slash; (slash = strrchr(full, '/')) != NULL;) {
        *slash = '\0';
        char *data = base_arena_printf(arena, "%s/data", full);
        if (access(data, F_OK) == 0)
            return data;
    }
    return "";
}

static void run_file(const char *path, const options *opts, counts *total) {
    base_arena *arena = base_arena_new();
    sqltest_file file;
    const char *problem;
    if (!sqltest_file_read(arena, path, &file, &problem)) {
        printf("FAIL %s\n", problem);
        total->failed++;
        base_arena_free(arena);
        return;
    }
    char full[PATH_MAX];
    const char *data = opts->data != NULL ? realpath(opts->data, full) : data_folder(arena, path);
    for (unsigned mode = SQLTEST_BATCH; mode <= SQLTEST_STREAMING; mode <<= 1)
        for (unsigned way = SQLTEST_PLAIN; way <= SQLTEST_RESTORE; way <<= 1) {
            bool is_asked = (file.modes & opts->modes & mode) != 0 && (opts->ways & way) != 0;
            if (is_asked && !(mode == SQLTEST_BATCH && way == SQLTEST_RESTORE))
                run_once(&file, mode, way, data == NULL ? "" : data, opts, total);
        }
    base_arena_free(arena);
}

/* ---- a process for each file ----------------------------------------------------------------- */

static void run_child(const char *path, const options *opts, int out) {
    alarm(FILE_SECONDS_MAX);
    counts total = {0};
    run_file(path, opts, &total);
    fflush(stdout);
    bool is_told = write(out, &total, sizeof total) == (ssize_t)sizeof total;
    close(out);
    exit(is_told ? 0 : 2);
}

static void run_isolated(const char *path, const options *opts, counts *total) {
    int ends[2];
    fflush(stdout);
    if (pipe(ends) != 0) {
        perror("pipe");
        exit(2);
    }
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(path, opts, ends[1]);
    }
    close(ends[1]);
    counts told = {0};
    bool is_told = child > 0 && read(ends[0], &told, sizeof told) == (ssize_t)sizeof told;
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    total->passed += told.passed;
    total->failed += told.failed;
    if (is_told && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    total->failed++;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        printf("FAIL %s: not done after %d seconds\n", path, FILE_SECONDS_MAX);
    else if (WIFSIGNALED(status))
        printf("FAIL %s: ended by signal %d (%s)\n", path, WTERMSIG(status),
               strsignal(WTERMSIG(status)));
    else
        printf("FAIL %s: the process ended with status %d\n", path, WEXITSTATUS(status));
}

/* ---- which files ----------------------------------------------------------------------------- */

/* nftw has no argument for its callback. */
static struct {
    base_arena *arena;
    sqltest_lines paths;
    const options *opts;
} found;

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

static int add_path(const char *path, const struct stat *st, int kind, struct FTW *ftw) {
    (void)st;
    bool is_test = ends_with(path, ".test") || (found.opts->slow && ends_with(path, ".test_slow"));
    bool is_named = ftw->level == 0; /* the user names this file itself */
    bool is_asked = found.opts->filter == NULL || strstr(path, found.opts->filter) != NULL;
    if (kind == FTW_F && (is_test || is_named) && is_asked)
        base_list_add(found.arena, &found.paths, base_arena_strdup(found.arena, path));
    return 0;
}

static void usage(void) {
    fputs("usage: sqltest [--way plain|one-row|parallel|restore|all] [--mode batch|streaming]\n"
          "               [--filter TEXT] [--data FOLDER] [--slow] [--no-fork] [--verbose]\n"
          "               FILE|FOLDER...\n",
          stderr);
    exit(2);
}

/* The value behind an option, which must be there. */
static const char *value_of(int argc, char **argv, int *i) {
    if (*i + 1 >= argc)
        usage();
    return argv[++*i];
}

static void read_options(int argc, char **argv, options *opts) {
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i];
        if (strcmp(option, "--way") == 0) {
            opts->ways = sqltest_way_named(value_of(argc, argv, &i));
            if (opts->ways == 0)
                usage();
        } else if (strcmp(option, "--mode") == 0) {
            const char *mode = value_of(argc, argv, &i);
            opts->modes = strcmp(mode, "batch") == 0 ? SQLTEST_BATCH : SQLTEST_STREAMING;
        } else if (strcmp(option, "--filter") == 0) {
            opts->filter = value_of(argc, argv, &i);
        } else if (strcmp(option, "--data") == 0) {
            opts->data = value_of(argc, argv, &i);
        } else if (strcmp(option, "--all") == 0) {
            opts->ways = SQLTEST_ALL_WAYS;
        } else if (strcmp(option, "--slow") == 0) {
            opts->slow = true;
        } else if (strcmp(option, "--no-fork") == 0) {
            opts->no_fork = true;
        } else if (strcmp(option, "--verbose") == 0) {
            opts->verbose = true;
        } else if (option[0] == '-') {
            usage();
        } else if (nftw(option, add_path, 16, FTW_PHYS) != 0) {
            fprintf(stderr, "sqltest: no %s\n", option);
            exit(2);
        }
    }
}

int main(int argc, char **argv) {
    options opts = {.ways = SQLTEST_ALL_WAYS, .modes = SQLTEST_BATCH | SQLTEST_STREAMING};
    found.arena = base_arena_new();
    found.opts = &opts;
    read_options(argc, argv, &opts);
    sqltest_sort_lines(&found.paths, 0);
    counts total = {0};
    for (int32_t i = 0; i < found.paths.count; i++) {
        if (opts.no_fork)
            run_file(found.paths.items[i], &opts, &total);
        else
            run_isolated(found.paths.items[i], &opts, &total);
    }
    base_arena_free(found.arena);
    printf("%lld passed, %lld failed\n", (long long)total.passed, (long long)total.failed);
    return total.failed > 0 || total.passed == 0 ? 1 : 0;
}
