/* Temporary files of operators that run out of memory: appended to, then read in pieces.  A file
 * has no name any more once it is open: it goes away with its struct, or with the process. */
#ifndef EXEC_SPILL_FILE_H
#define EXEC_SPILL_FILE_H

#include "exec/exec.h"

typedef struct exec_spill_file exec_spill_file;

/* In a directory of io.tmp.dirs; its small buffer is not charged, since memory has run out. */
rask_status exec_spill_file_new(const exec_context *context, exec_spill_file **out,
                                rask_error *err);
void exec_spill_file_free(exec_spill_file *file); /* NULL is fine */
rask_status exec_spill_write(exec_spill_file *file, const void *bytes, int64_t size,
                             rask_error *err);
int64_t exec_spill_size(const exec_spill_file *file); /* bytes written so far */

/* A range of the file, read in order; several may be read at once. */
typedef struct exec_spill_cursor {
    const exec_spill_file *file;
    int64_t at, end; /* of the file */
    uint8_t *buffer;
    int64_t buffer_at, buffer_end;
} exec_spill_cursor;
/* Writes out what is buffered, so that it can be read. */
rask_status exec_spill_flush(exec_spill_file *file, rask_error *err);
void exec_spill_cursor_init(exec_spill_cursor *cursor, const exec_spill_file *file, int64_t start,
                            int64_t end);
void exec_spill_cursor_free(exec_spill_cursor *cursor);
bool exec_spill_at_end(const exec_spill_cursor *cursor);
int64_t exec_spill_at(const exec_spill_cursor *cursor); /* offset of the next byte */
/* Exactly `size` bytes, or an error. */
rask_status exec_spill_read(exec_spill_cursor *cursor, void *out, int64_t size, rask_error *err);

#endif
