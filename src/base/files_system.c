/* Files over the system's calls: every descriptor is close-on-exec, reads carry their offset
 * (pread), calls cut short by a signal go on, and errors name the path and the reason. */
#include "base/files_system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

struct base_file {
    int descriptor;
    char *path;
};

static rask_status fail(rask_error *err, const char *verb, const char *path) {
    char reason[256];
    const char *text = strerror_r(errno, reason, sizeof reason);
    return rask_error_set(err, RASK_ERROR_IO, "Cannot %s '%s': %s", verb, path, text);
}

static rask_status file_open(void *self, const char *path, base_file_mode mode, base_file **out,
                             rask_error *err) {
    static const int flags[] = {
        [BASE_FILE_READ] = O_RDONLY,
        [BASE_FILE_WRITE_NEW] = O_WRONLY | O_CREAT | O_EXCL,
        [BASE_FILE_WRITE] = O_WRONLY | O_CREAT | O_TRUNC,
    };
    int descriptor;
    do
        descriptor = open(path, flags[mode] | O_CLOEXEC, 0666);
    while (descriptor < 0 && errno == EINTR);
    if (descriptor < 0)
        return fail(err, mode == BASE_FILE_READ ? "read" : "write", path);
    base_file *file = BASE_NEW(base_file);
    file->descriptor = descriptor;
    file->path = base_strdup(path);
    *out = file;
    return RASK_OK;
}

static rask_status file_read_at(void *self, base_file *file, int64_t offset, void *bytes,
                                int64_t size, int64_t *got, rask_error *err) {
    int64_t done = 0;
    while (done < size) {
        ssize_t n = pread(file->descriptor, (char *)bytes + done, (size_t)(size - done),
                          (off_t)(offset + done));
        if (n == 0)
            break;
        if (n > 0)
            done += n;
        else if (errno != EINTR)
            return fail(err, "read", file->path);
    }
    *got = done;
    return RASK_OK;
}

static rask_status file_write(void *self, base_file *file, const void *bytes, int64_t size,
                              rask_error *err) {
    int64_t done = 0;
    while (done < size) {
        ssize_t n = write(file->descriptor, (const char *)bytes + done, (size_t)(size - done));
        if (n >= 0)
            done += n;
        else if (errno != EINTR)
            return fail(err, "write", file->path);
    }
    return RASK_OK;
}

static rask_status file_sync(void *self, base_file *file, rask_error *err) {
    return fsync(file->descriptor) == 0 ? RASK_OK : fail(err, "sync", file->path);
}

static rask_status file_close(void *self, base_file *file, rask_error *err) {
    rask_status status = RASK_OK;
    if (close(file->descriptor) != 0 && errno != EINTR)
        status = fail(err, "close", file->path);
    base_free(file->path);
    base_free(file);
    return status;
}

static rask_status file_info(void *self, const char *path, base_file_info *out, rask_error *err) {
    struct stat st;
    base_file_info info = {0};
    bool found = lstat(path, &st) == 0;
    if (found && S_ISLNK(st.st_mode)) {
        info.is_link = true;
        found = stat(path, &st) == 0;
    }
    if (!found && errno != ENOENT && errno != ENOTDIR)
        return fail(err, "read", path);
    if (found) {
        info.exists = true;
        info.is_directory = S_ISDIR(st.st_mode);
        info.size = info.is_directory ? 0 : (int64_t)st.st_size;
        info.modified_ms = (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
    }
    *out = info;
    return RASK_OK;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static rask_status file_list(void *self, const char *path, char ***names, int64_t *count,
                             rask_error *err) {
    char **list = NULL;
    int64_t length = 0, capacity = 0;
    struct dirent *entry;
    DIR *directory = opendir(path);
    if (directory == NULL)
        return fail(err, "list", path);
    while (errno = 0, (entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (length == capacity) {
            capacity = capacity > 0 ? 2 * capacity : 16;
            list = base_realloc(list, capacity * (int64_t)sizeof *list);
        }
        list[length++] = base_strdup(entry->d_name);
    }
    rask_status status = errno != 0 ? fail(err, "list", path) : RASK_OK;
    closedir(directory);
    if (status != RASK_OK) {
        for (int64_t i = 0; i < length; i++)
            base_free(list[i]);
        base_free(list);
        return status;
    }
    if (length > 1)
        qsort(list, (size_t)length, sizeof *list, compare_names);
    *names = list;
    *count = length;
    return RASK_OK;
}

static bool is_directory(const char *path) {
    struct stat st;
    int why = errno; /* the caller's failure is the one to tell of */
    bool result = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    errno = why;
    return result;
}

static rask_status file_make_directories(void *self, const char *path, rask_error *err) {
    char *part = base_strdup(path);
    rask_status status = RASK_OK;
    for (char *p = part + (*part == '/');; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char separator = *p;
        *p = '\0';
        if (mkdir(part, 0777) != 0 && !is_directory(part)) {
            status = fail(err, "create directory", part);
            break;
        }
        *p = separator;
        if (separator == '\0' || p[1] == '\0')
            break;
    }
    base_free(part);
    return status;
}

static rask_status file_rename(void *self, const char *from, const char *to, rask_error *err) {
    if (rename(from, to) == 0)
        return RASK_OK;
    rask_status status = fail(err, "rename", from);
    rask_error_hint(err, "The new name is '%s'.", to);
    return status;
}

static rask_status file_remove(void *self, const char *path, rask_error *err) {
    return remove(path) == 0 ? RASK_OK : fail(err, "remove", path);
}

const base_files base_files_system = {
    .open = file_open,
    .read_at = file_read_at,
    .write = file_write,
    .sync = file_sync,
    .close = file_close,
    .info = file_info,
    .list = file_list,
    .make_directories = file_make_directories,
    .rename = file_rename,
    .remove = file_remove,
};
