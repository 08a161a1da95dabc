/* The .test format: tests/sql/README.md describes it for people, this header for the runner. */
#ifndef SQLTEST_FILE_H
#define SQLTEST_FILE_H

#include "base/arena.h"

typedef enum sqltest_mode { SQLTEST_BATCH = 1, SQLTEST_STREAMING = 2 } sqltest_mode;

typedef enum sqltest_way {
    SQLTEST_PLAIN = 1,
    SQLTEST_ONE_ROW = 2,  /* batches of one row */
    SQLTEST_PARALLEL = 4, /* parallelism 2 */
    SQLTEST_RESTORE = 8,  /* snapshot, kill, restore at another parallelism */
    SQLTEST_ALL_WAYS = 15,
} sqltest_way;

typedef enum sqltest_directive {
    SQLTEST_SET,
    SQLTEST_STATEMENT,
    SQLTEST_QUERY,
    SQLTEST_CHANGELOG,
    SQLTEST_PRINT,
    SQLTEST_STDOUT,
    SQLTEST_EXPLAIN,
    SQLTEST_FILE,
} sqltest_directive;

typedef enum sqltest_mark {
    SQLTEST_MUST_PASS,
    SQLTEST_DIFFERS, /* `rask` holds our answer */
    SQLTEST_NOTIMPL, /* must fail */
    SQLTEST_NEVER,   /* our answer is an error */
} sqltest_mark;

/* A list of texts (char *), all in one arena. */
typedef base_list sqltest_lines;

typedef struct sqltest_block {
    sqltest_directive directive;
    int32_t line;          /* of the directive or its first mark, from 1 */
    const char *arguments; /* what follows the directive on its line; `set`: the key */
    const char *text;      /* the SQL; `set`: the value */
    unsigned modes;        /* sqltest_mode bits, from `only` */
    unsigned ways;         /* sqltest_way bits, from `ways` */
    sqltest_mark mark;
    const char *reason;
    sqltest_lines expected; /* Flink's answer */
    sqltest_lines rask;     /* ours, where it differs */
} sqltest_block;

typedef struct sqltest_file {
    const char *path;
    unsigned modes;
    base_list blocks; /* sqltest_block * in file order */
} sqltest_file;

/* Reads and parses a file; on failure *problem says what is wrong and where. */
bool sqltest_file_read(base_arena *arena, const char *path, sqltest_file *out,
                       const char **problem);

/* One bit for a way's name ("one-row"), 0 for an unknown one. */
unsigned sqltest_way_named(const char *name);
const char *sqltest_way_name(sqltest_way way);
const char *sqltest_mode_name(sqltest_mode mode);

/* The whole of a file as text, NULL when it cannot be read. */
char *sqltest_read_text(base_arena *arena, const char *path);

/* A cell as it stands in a file: escapes, and \s for blanks at its ends. */
const char *sqltest_escape_cell(base_arena *arena, const char *text);
/* The lines of a printed text or of a file, escaped. */
void sqltest_escape_lines(base_arena *arena, const char *text, sqltest_lines *out);
/* `text` with every `from` replaced by `to`. */
const char *sqltest_replace(base_arena *arena, const char *text, const char *from, const char *to);

#endif
