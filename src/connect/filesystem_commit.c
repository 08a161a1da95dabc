/* The coordinator's part of writing files: before any writer, at commits, and when a job is given
 * up.  Committables are the lists of names that filesystem_sink.c hands over. */
#include <string.h>

#include "connect/filesystem.h"

/* ---- committables ---------------------------------------------------------------------------- */

typedef struct file_pair {
    const char *pending, *final;
} file_pair;

/* The pairs of all committables, in `arena`. */
static base_list read_committables(base_arena *arena, const char *const *committables,
                                   int32_t count) {
    base_list pairs = {0};
    for (int32_t i = 0; i < count; i++) {
        char *line = base_arena_strdup(arena, committables[i]);
        while (*line != '\0') {
            char *middle = strchr(line, '\n'),
                 *end = middle != NULL ? strchr(middle + 1, '\n') : NULL;
            if (end == NULL)
                break;
            *middle = *end = '\0';
            file_pair *pair = BASE_ARENA_NEW(arena, file_pair);
            *pair = (file_pair){line, middle + 1};
            base_list_add(arena, &pairs, pair);
            line = end + 1;
        }
    }
    return pairs;
}

static bool is_final(const base_list *pairs, const char *path) {
    for (int32_t i = 0; i < pairs->count; i++)
        if (strcmp(((const file_pair *)pairs->items[i])->final, path) == 0)
            return true;
    return false;
}

static rask_status exists(const base_files *system, const char *path, bool *out, rask_error *err) {
    base_file_info info;
    RASK_TRY(system->info(system->self, path, &info, err));
    *out = info.exists;
    return RASK_OK;
}

static const char *directory_of(base_arena *arena, const char *path) {
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return ".";
    return base_arena_strndup(arena, path, slash == path ? 1 : slash - path);
}

static void free_names(char **names, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        base_free(names[i]);
    base_free(names);
}

/* ---- 1.9 ------------------------------------------------------------------------------------- */

char *filesystem_legacy_pending(base_arena *arena, const char *path, const char *job_id) {
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    return base_arena_printf(arena, "%.*s.%s.inprogress.%s", (int)(name - path), path, name,
                             job_id);
}

static bool may_overwrite(const connect_config *config) {
    const char *mode = connect_option(config, &connect_filesystem, "write-mode");
    return mode != NULL && strcmp(mode, "OVERWRITE") == 0;
}

static rask_status refuse_existing(const connect_config *config, const char *path,
                                   rask_error *err) {
    const base_files *system = connect_world(config)->files;
    bool there = false;
    RASK_TRY(exists(system, path, &there, err));
    if (!there || may_overwrite(config))
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_IO,
                          "File or directory %s already exists. Existing files and directories are "
                          "not overwritten in NO_OVERWRITE mode. Use OVERWRITE mode to overwrite "
                          "existing files and directories.",
                          path);
}

static rask_status remove_any(const base_world *world, const char *path, rask_error *err) {
    base_file_info info;
    RASK_TRY(world->files->info(world->files->self, path, &info, err));
    if (!info.exists)
        return RASK_OK;
    if (info.is_directory)
        return base_remove_tree(world, path, err);
    return world->files->remove(world->files->self, path, err);
}

/* All writers are done: what they wrote beside the path goes there at once. */
static rask_status commit_legacy(const connect_config *config, base_arena *arena, rask_error *err) {
    const base_world *world = connect_world(config);
    const char *path;
    bool there = false;
    RASK_TRY(filesystem_path(arena, config, &path, err));
    const char *pending = filesystem_legacy_pending(arena, path, config->job_id);
    RASK_TRY(exists(world->files, pending, &there, err));
    if (!there)
        return RASK_OK;
    RASK_TRY(refuse_existing(config, path, err));
    RASK_TRY(remove_any(world, path, err));
    return world->files->rename(world->files->self, pending, path, err);
}

/* ---- begin ----------------------------------------------------------------------------------- */

rask_status filesystem_begin(const connect_config *config, rask_error *err) {
    const base_files *system = connect_world(config)->files;
    base_arena *arena = base_arena_new();
    base_file_info info;
    const char *path;
    rask_status status;
    RASK_TRY_OUT(status, filesystem_path(arena, config, &path, err));
    if (config->table->is_legacy) {
        status = refuse_existing(config, path, err);
    } else {
        RASK_TRY_OUT(status, system->info(system->self, path, &info, err));
        if (info.exists && !info.is_directory)
            status = rask_error_set(err, RASK_ERROR_IO,
                                    "'%s' is a file: the filesystem connector writes part files "
                                    "into a directory",
                                    path);
        else
            status = system->make_directories(system->self, path, err);
    }
out:
    base_arena_free(arena);
    return status;
}

/* ---- commit ---------------------------------------------------------------------------------- */

/* INSERT OVERWRITE: whatever else is visible in `directory` goes. */
static rask_status remove_others(const connect_config *config, base_arena *arena,
                                 const char *directory, const base_list *pairs, rask_error *err) {
    const base_world *world = connect_world(config);
    char **names;
    int64_t count;
    RASK_TRY(world->files->list(world->files->self, directory, &names, &count, err));
    rask_status status = RASK_OK;
    for (int64_t i = 0; i < count && status == RASK_OK; i++) {
        const char *path = base_arena_printf(arena, "%s/%s", directory, names[i]);
        if (names[i][0] != '.' && names[i][0] != '_' && !is_final(pairs, path))
            status = remove_any(world, path, err);
    }
    free_names(names, count);
    return status;
}

/* The new files are in place already, so a crash in between loses nothing. */
static rask_status overwrite(const connect_config *config, base_arena *arena,
                             const base_list *pairs, rask_error *err) {
    const char *path;
    if (config->table->partition_key_count == 0) {
        RASK_TRY(filesystem_path(arena, config, &path, err));
        return remove_others(config, arena, path, pairs, err);
    }
    for (int32_t i = 0; i < pairs->count; i++)
        RASK_TRY(remove_others(
            config, arena, directory_of(arena, ((file_pair *)pairs->items[i])->final), pairs, err));
    return RASK_OK;
}

static rask_status rename_all(const connect_config *config, const base_list *pairs,
                              rask_error *err) {
    const base_files *system = connect_world(config)->files;
    for (int32_t i = 0; i < pairs->count; i++) {
        const file_pair *pair = pairs->items[i];
        RASK_TRY(system->rename(system->self, pair->pending, pair->final, err));
    }
    return RASK_OK;
}

/* A checkpoint is forgotten when the next one is complete: by then its names must be durable. */
static rask_status sync_directories(const connect_config *config, base_arena *arena,
                                    const base_list *pairs, rask_error *err) {
    const char *last = NULL;
    for (int32_t i = 0; i < pairs->count; i++) {
        const char *directory = directory_of(arena, ((file_pair *)pairs->items[i])->final);
        if (last == NULL || strcmp(directory, last) != 0)
            RASK_TRY(base_sync_directory(connect_world(config), directory, err));
        last = directory;
    }
    return RASK_OK;
}

rask_status filesystem_commit(const connect_config *config, const char *const *committables,
                              int32_t count, bool is_end, rask_error *err) {
    base_arena *arena = base_arena_new();
    rask_status status = RASK_OK;
    if (config->table->is_legacy) {
        if (is_end)
            status = commit_legacy(config, arena, err);
    } else {
        base_list pairs = read_committables(arena, committables, count);
        status = rename_all(config, &pairs, err);
        if (status == RASK_OK && connect_is_streaming(config))
            status = sync_directories(config, arena, &pairs, err);
        if (status == RASK_OK && config->is_overwrite && is_end)
            status = overwrite(config, arena, &pairs, err);
    }
    base_arena_free(arena);
    return status;
}

static rask_status recover_pair(const base_files *system, const file_pair *pair, rask_error *err) {
    bool is_pending = false, is_committed = false;
    if (pair->pending[0] == '\0')
        return rask_error_set(
            err, RASK_ERROR_UNSUPPORTED,
            "The job writes to '%s' as Flink 1.9's file sink does, which cannot be "
            "restored: the rows before the checkpoint are gone.",
            pair->final);
    RASK_TRY(exists(system, pair->pending, &is_pending, err));
    if (is_pending)
        return system->rename(system->self, pair->pending, pair->final, err);
    RASK_TRY(exists(system, pair->final, &is_committed, err));
    if (is_committed)
        return RASK_OK;
    return rask_error_set(
        err, RASK_ERROR_IO,
        "The file '%s' belongs to a completed checkpoint, but it is neither there "
        "nor waiting as '%s'.",
        pair->final, pair->pending);
}

rask_status filesystem_recover_commit(const connect_config *config, const char *const *committables,
                                      int32_t count, rask_error *err) {
    base_arena *arena = base_arena_new();
    base_list pairs = read_committables(arena, committables, count);
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < pairs.count && status == RASK_OK; i++)
        status = recover_pair(connect_world(config)->files, pairs.items[i], err);
    if (status == RASK_OK)
        status = sync_directories(config, arena, &pairs, err);
    base_arena_free(arena);
    return status;
}

/* ---- give up --------------------------------------------------------------------------------- */

static bool is_pending_of(const char *name, const char *job_id) {
    static const char prefix[] = ".part-", middle[] = ".inprogress.";
    const char *place = strstr(name, middle);
    return strncmp(name, prefix, sizeof prefix - 1) == 0 && place != NULL &&
           strcmp(place + sizeof middle - 1, job_id) == 0;
}

/* Removes the job's hidden files in `directory` and, `depth` levels down, in partitions. */
static void remove_pending(const connect_config *config, base_arena *arena, const char *directory,
                           int32_t depth) {
    const base_files *system = connect_world(config)->files;
    char **names;
    int64_t count;
    if (system->list(system->self, directory, &names, &count, NULL) != RASK_OK)
        return;
    for (int64_t i = 0; i < count; i++) {
        const char *path = base_arena_printf(arena, "%s/%s", directory, names[i]);
        if (is_pending_of(names[i], config->job_id)) {
            system->remove(system->self, path, NULL);
        } else if (depth > 0 && strchr(names[i], '=') != NULL) {
            remove_pending(config, arena, path, depth - 1);
            system->remove(system->self, path, NULL); /* only where nothing is left */
        }
    }
    free_names(names, count);
}

void filesystem_abort(const connect_config *config) {
    base_arena *arena = base_arena_new();
    const char *path;
    if (filesystem_path(arena, config, &path, NULL) == RASK_OK) {
        if (config->table->is_legacy)
            remove_any(connect_world(config),
                       filesystem_legacy_pending(arena, path, config->job_id), NULL);
        else
            remove_pending(config, arena, path, config->table->partition_key_count);
    }
    base_arena_free(arena);
}
