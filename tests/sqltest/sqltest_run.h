/* Runs blocks in a session of their own and compares the answers. */
#ifndef SQLTEST_RUN_H
#define SQLTEST_RUN_H

#include <rask/rask.h>

#include "sqltest_file.h"

/* Everything one run of a file has: its mode, its way, its session and its folders. */
typedef struct sqltest_session {
    rask_environment *env;
    sqltest_mode mode;
    sqltest_way way;
    char *data; /* {data} */
    char *tmp;  /* {tmp}, removed at the end */
} sqltest_session;

/* What we answered: lines in the form of the file, or an error. */
typedef struct sqltest_answer {
    sqltest_lines lines;
    bool failed;
    rask_error error;
} sqltest_answer;

bool sqltest_session_open(sqltest_session *session, sqltest_mode mode, sqltest_way way,
                          const char *data, rask_error *err);
void sqltest_session_close(sqltest_session *session);
/* `text` with {data} and {tmp} filled in. */
const char *sqltest_session_fill(const sqltest_session *session, base_arena *arena,
                                 const char *text);
void sqltest_session_answer(sqltest_session *session, const sqltest_block *block, base_arena *arena,
                            sqltest_answer *out);

/* Whether the answer is the recorded one; *report (a text for people) is set when it is not. */
bool sqltest_judge(const sqltest_session *session, const sqltest_block *block,
                   const sqltest_answer *answer, base_arena *arena, const char **report);

/* Lines in byte order. */
void sqltest_sort_lines(sqltest_lines *lines, int32_t from);
/* The rows that a changelog (from line `from` on) leaves, sorted; false when it takes back a row
 * that is not there. */
bool sqltest_fold(base_arena *arena, sqltest_lines *lines, int32_t from);

#endif
