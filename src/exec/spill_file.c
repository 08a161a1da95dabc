/* Temporary files; see spill_file.h. */
#include "exec/spill_file.h"

#include <unistd.h>

enum { BUFFER_BYTES = 256 << 10 };

struct exec_spill_file {
    const base_world *world;
    char *path; /* for messages: the name is gone from the directory */
    base_file *out, *in;
    uint8_t *buffer;
    int64_t buffered, size;
};

static char *new_path(const exec_context *context) {
    static int64_t counter;
    const char *directories =
        context->config != NULL ? plan_config_get(context->config, "io.tmp.dirs") : NULL;
    int64_t length = directories != NULL ? (int64_t)strcspn(directories, ",:;") : 0;
    return base_printf("%.*s/rask-%s-%d-%lld.spill", length > 0 ? (int)length : 4,
                       length > 0 ? directories : "/tmp", context->job_id, (int)getpid(),
                       (long long)__atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED));
}

/* The name goes as soon as both handles are open, so that a killed process leaves nothing. */
static rask_status open_both(exec_spill_file *file, rask_error *err) {
    const base_files *files = file->world->files;
    RASK_TRY(files->open(files->self, file->path, BASE_FILE_WRITE_NEW, &file->out, err));
    rask_status status = files->open(files->self, file->path, BASE_FILE_READ, &file->in, err);
    rask_status removed = files->remove(files->self, file->path, status == RASK_OK ? err : NULL);
    return status != RASK_OK ? status : removed;
}

rask_status exec_spill_file_new(const exec_context *context, exec_spill_file **out,
                                rask_error *err) {
    exec_spill_file *file = BASE_NEW(exec_spill_file);
    file->world = context->function.world;
    file->path = new_path(context);
    file->buffer = base_alloc(BUFFER_BYTES);
    rask_status status = open_both(file, err);
    if (status != RASK_OK) {
        exec_spill_file_free(file);
        return status;
    }
    *out = file;
    return RASK_OK;
}

void exec_spill_file_free(exec_spill_file *file) {
    if (file == NULL)
        return;
    const base_files *files = file->world->files;
    if (file->out != NULL)
        files->close(files->self, file->out, NULL);
    if (file->in != NULL)
        files->close(files->self, file->in, NULL);
    base_free(file->buffer);
    base_free(file->path);
    base_free(file);
}

int64_t exec_spill_size(const exec_spill_file *file) {
    return file->size;
}

rask_status exec_spill_flush(exec_spill_file *file, rask_error *err) {
    const base_files *files = file->world->files;
    if (file->buffered == 0)
        return RASK_OK;
    RASK_TRY(files->write(files->self, file->out, file->buffer, file->buffered, err));
    file->buffered = 0;
    return RASK_OK;
}

rask_status exec_spill_write(exec_spill_file *file, const void *bytes, int64_t size,
                             rask_error *err) {
    const uint8_t *from = bytes;
    file->size += size;
    while (size > 0) {
        int64_t room = BUFFER_BYTES - file->buffered, length = size < room ? size : room;
        memcpy(file->buffer + file->buffered, from, (size_t)length);
        file->buffered += length;
        from += length;
        size -= length;
        if (file->buffered == BUFFER_BYTES)
            RASK_TRY(exec_spill_flush(file, err));
    }
    return RASK_OK;
}

void exec_spill_cursor_init(exec_spill_cursor *cursor, const exec_spill_file *file, int64_t start,
                            int64_t end) {
    *cursor = (exec_spill_cursor){.file = file, .at = start, .end = end};
}

void exec_spill_cursor_free(exec_spill_cursor *cursor) {
    base_free(cursor->buffer);
    cursor->buffer = NULL;
}

bool exec_spill_at_end(const exec_spill_cursor *cursor) {
    return cursor->at >= cursor->end && cursor->buffer_at >= cursor->buffer_end;
}

int64_t exec_spill_at(const exec_spill_cursor *cursor) {
    return cursor->at - (cursor->buffer_end - cursor->buffer_at);
}

static rask_status fill(exec_spill_cursor *cursor, rask_error *err) {
    const base_files *files = cursor->file->world->files;
    if (cursor->buffer == NULL)
        cursor->buffer = base_alloc(BUFFER_BYTES);
    int64_t wanted =
                cursor->end - cursor->at < BUFFER_BYTES ? cursor->end - cursor->at : BUFFER_BYTES,
            got = 0;
    if (wanted > 0)
        RASK_TRY(files->read_at(files->self, cursor->file->in, cursor->at, cursor->buffer, wanted,
                                &got, err));
    if (got == 0)
        return rask_error_set(err, RASK_ERROR_IO, "Spill file '%s' is shorter than it was.",
                              cursor->file->path);
    cursor->at += got;
    cursor->buffer_at = 0;
    cursor->buffer_end = got;
    return RASK_OK;
}

rask_status exec_spill_read(exec_spill_cursor *cursor, void *out, int64_t size, rask_error *err) {
    uint8_t *to = out;
    while (size > 0) {
        if (cursor->buffer_at == cursor->buffer_end)
            RASK_TRY(fill(cursor, err));
        int64_t left = cursor->buffer_end - cursor->buffer_at, length = size < left ? size : left;
        memcpy(to, cursor->buffer + cursor->buffer_at, (size_t)length);
        cursor->buffer_at += length;
        to += length;
        size -= length;
    }
    return RASK_OK;
}
