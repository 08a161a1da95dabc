/* The world as a struct: clock, random numbers, files and log come in from outside, so that a seed
 * can replay a run and a test can make any call fail.  base_world_system() is the real one. */
#ifndef BASE_WORLD_H
#define BASE_WORLD_H

#include "base/error.h"

typedef struct base_world base_world;

typedef struct base_clock {
    int64_t (*now_ms)(void *self);       /* wall clock, milliseconds since 1970 UTC */
    int64_t (*now_us)(void *self);       /* wall clock, microseconds since 1970 UTC */
    int64_t (*monotonic_ns)(void *self); /* for durations */
    void (*sleep_ms)(void *self, int64_t duration_ms);
    void *self;
} base_clock;

typedef struct base_random {
    uint64_t (*next)(void *self);
    void *self;
} base_random;

typedef enum base_log_level {
    BASE_LOG_DEBUG,
    BASE_LOG_INFO,
    BASE_LOG_WARN,
    BASE_LOG_ERROR
} base_log_level;
typedef struct base_log {
    void (*write)(void *self, base_log_level level, const char *line);
    base_log_level level_min;
    void *self;
} base_log;

/* ---- files: every error is RASK_ERROR_IO naming the path and the reason ---------------------- */
typedef struct base_file base_file; /* an open file of some file system */
typedef enum base_file_mode {
    BASE_FILE_READ,
    BASE_FILE_WRITE_NEW, /* fails when the path exists */
    BASE_FILE_WRITE      /* truncates */
} base_file_mode;
typedef struct base_file_info {
    bool exists;
    bool is_directory;
    bool is_link; /* a symbolic link; the rest tells of what it points to */
    int64_t size;
    int64_t modified_ms;
} base_file_info;

typedef struct base_files {
    rask_status (*open)(void *self, const char *path, base_file_mode mode, base_file **out,
                        rask_error *err);
    /* Reads up to `size` bytes at `offset`; *got = 0 at the end of the file. */
    rask_status (*read_at)(void *self, base_file *file, int64_t offset, void *bytes, int64_t size,
                           int64_t *got, rask_error *err);
    /* Appends all bytes, or fails (disk full, ...). */
    rask_status (*write)(void *self, base_file *file, const void *bytes, int64_t size,
                         rask_error *err);
    /* Onto the disk.  A directory opened for reading can be synced too, which makes the names in it
     * durable (after a rename). */
    rask_status (*sync)(void *self, base_file *file, rask_error *err);
    rask_status (*close)(void *self, base_file *file, rask_error *err); /* `file` is gone after */
    /* A missing path is not an error: `exists` is false. */
    rask_status (*info)(void *self, const char *path, base_file_info *out, rask_error *err);
    /* Names in the directory, sorted bytewise, without "." and ".."; caller frees each and the
     * array with base_free. */
    rask_status (*list)(void *self, const char *path, char ***names, int64_t *count,
                        rask_error *err);
    rask_status (*make_directories)(void *self, const char *path, rask_error *err);
    rask_status (*rename)(void *self, const char *from, const char *to, rask_error *err);
    rask_status (*remove)(void *self, const char *path, rask_error *err); /* file or empty dir */
    void *self;
} base_files;

struct base_world {
    const base_clock *clock;
    const base_random *random;
    const base_files *files;
    const base_log *log;
};

const base_world *base_world_system(void);
/* "<8-4-4-4-12>" lower-case hex, from the world's random numbers; `out` has 37 bytes. */
void base_uuid(const base_world *world, char *out);
/* Removes a directory and everything below it; a missing path is fine. */
rask_status base_remove_tree(const base_world *world, const char *path, rask_error *err);
/* Makes the names in a directory durable: what was made or renamed there survives a crash of the
 * machine. */
rask_status base_sync_directory(const base_world *world, const char *path, rask_error *err);
void base_log_write(const base_world *world, base_log_level level, const char *format, ...)
    RASK_PRINTF(3, 4);
/* A seeded splitmix64 generator for tests and the single-threaded driver. */
typedef struct base_seeded {
    uint64_t state;
    base_random random;
} base_seeded;
void base_seeded_init(base_seeded *seeded, uint64_t seed);

#endif
