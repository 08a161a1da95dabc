/* The real world (clock, random numbers, log to stderr; files are in files_system.c), and what is
 * made of a world's parts: identifiers, log lines, removing a directory tree. */
#include "base/world.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/buffer.h"
#include "base/files_system.h"
#include "base/time.h"

/* ---- clock ----------------------------------------------------------------------------------- */

static int64_t now_us(void *self) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t now_ms(void *self) {
    return base_floor_div(now_us(self), 1000);
}

static int64_t monotonic_ns(void *self) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void sleep_ms(void *self, int64_t duration_ms) {
    if (duration_ms <= 0)
        return;
    struct timespec rest = {duration_ms / 1000, duration_ms % 1000 * 1000000};
    while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
        ;
}

/* ---- random numbers -------------------------------------------------------------------------- */

/* From the kernel each time: identifiers stay unique across fork(). */
static uint64_t next_random(void *self) {
    uint64_t value;
    while (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value)
        RASK_ASSERT(errno == EINTR);
    return value;
}

static uint64_t next_seeded(void *self) {
    base_seeded *seeded = self;
    uint64_t z = seeded->state += 0x9E3779B97F4A7C15ULL;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
    return z ^ z >> 31;
}

void base_seeded_init(base_seeded *seeded, uint64_t seed) {
    seeded->state = seed;
    seeded->random = (base_random){next_seeded, seeded};
}

void base_uuid(const base_world *world, char *out) {
    uint64_t high = world->random->next(world->random->self);
    uint64_t low = world->random->next(world->random->self);
    high = (high & ~0xF000ULL) | 0x4000;      /* version 4: random */
    low = (low & ~(3ULL << 62)) | 2ULL << 62; /* variant of RFC 4122 */
    snprintf(out, 37, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32),
             (unsigned)(high >> 16 & 0xFFFF), (unsigned)(high & 0xFFFF), (unsigned)(low >> 48),
             (unsigned long long)(low & 0xFFFFFFFFFFFFULL));
}

/* ---- log ------------------------------------------------------------------------------------- */

static const char *const level_names[] = {"DEBUG", "INFO", "WARN", "ERROR"};

static void write_to_stderr(void *self, base_log_level level, const char *line) {
    char time[BASE_TIME_TEXT_MAX];
    int32_t length = base_timestamp_format((__int128)now_ms(NULL) * 1000000, 3, time);
    fprintf(stderr, "%.*s %-5s %s\n", length, time, level_names[level], line);
}

enum { LOG_LINE_MAX = 64 * 1024 };

rask_status base_sync_directory(const base_world *world, const char *path, rask_error *err) {
    const base_files *files = world->files;
    base_file *directory;
    RASK_TRY(files->open(files->self, path, BASE_FILE_READ, &directory, err));
    rask_status status = files->sync(files->self, directory, err);
    rask_status closed = files->close(files->self, directory, status == RASK_OK ? err : NULL);
    return status != RASK_OK ? status : closed;
}

void base_log_write(const base_world *world, base_log_level level, const char *format, ...) {
    char line[2048];
    va_list args, again;
    if (level < world->log->level_min)
        return;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (length < (int)sizeof line) {
        world->log->write(world->log->self, level, line);
    } else {
        int64_t size = length < LOG_LINE_MAX ? length + 1 : LOG_LINE_MAX;
        char *text = base_alloc(size);
        vsnprintf(text, (size_t)size, format, again);
        world->log->write(world->log->self, level, text);
        base_free(text);
    }
    va_end(again);
}

/* ---- files ----------------------------------------------------------------------------------- */

static rask_status remove_children(const base_world *world, const char *path, rask_error *err) {
    const base_files *files = world->files;
    char **names;
    int64_t count;
    rask_status status = RASK_OK;
    RASK_TRY(files->list(files->self, path, &names, &count, err));
    for (int64_t i = 0; i < count; i++) {
        if (status == RASK_OK) {
            char *child = base_printf("%s/%s", path, names[i]);
            status = base_remove_tree(world, child, err);
            base_free(child);
        }
        base_free(names[i]);
    }
    base_free(names);
    return status;
}

/* Plain removal first: it is all that files, links and empty directories need. */
rask_status base_remove_tree(const base_world *world, const char *path, rask_error *err) {
    const base_files *files = world->files;
    base_file_info info;
    if (files->remove(files->self, path, NULL) == RASK_OK)
        return RASK_OK;
    RASK_TRY(files->info(files->self, path, &info, err));
    if (!info.exists && !info.is_link)
        return RASK_OK;
    if (info.is_directory && !info.is_link)
        RASK_TRY(remove_children(world, path, err));
    return files->remove(files->self, path, err);
}

const base_world *base_world_system(void) {
    static const base_clock clock = {now_ms, now_us, monotonic_ns, sleep_ms, NULL};
    static const base_random random = {next_random, NULL};
    static const base_log log = {write_to_stderr, BASE_LOG_WARN, NULL};
    static const base_world world = {&clock, &random, &base_files_system, &log};
    return &world;
}
