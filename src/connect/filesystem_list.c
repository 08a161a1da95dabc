/* From a table's path to the files it stands for. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <fnmatch.h>
#include <pcre2.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "connect/filesystem.h"

enum { DEPTH_MAX = 100 };

typedef struct listing {
    base_arena *arena;
    const base_files *system;
    base_list *files;
} listing;

/* ---- path ------------------------------------------------------------------------------------ */

/* Length of "scheme:" in front of a path, 0 = there is none. */
static int64_t scheme_length(const char *text) {
    int64_t i = 0;
    while ((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') ||
           (i > 0 && ((text[i] >= '0' && text[i] <= '9') || text[i] == '+' || text[i] == '-')))
        i++;
    return i > 0 && text[i] == ':' ? i + 1 : 0;
}

rask_status filesystem_path(base_arena *arena, const connect_config *config, const char **out,
                            rask_error *err) {
    const char *text = plan_table_option(config->table, "path");
    int64_t scheme = scheme_length(text);
    if (scheme > 0 && (scheme != 5 || strncasecmp(text, "file:", 5) != 0) && text[scheme] == '/')
        return rask_error_set(err, RASK_ERROR_IO,
                              "Could not find a file system implementation for scheme '%.*s'. "
                              "Rask reads and writes local files: '%s'",
                              (int)scheme - 1, text, text);
    if (scheme == 5 && strncasecmp(text, "file:", 5) == 0) {
        text += 5;
        while (text[0] == '/' && text[1] == '/')
            text++;
    }
    int64_t length = (int64_t)strlen(text);
    while (length > 1 && text[length - 1] == '/')
        length--;
    if (length == 0 || strchr(text, '\n') != NULL)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "The path should not be null or empty, nor hold a line end: '%s'",
                              plan_table_option(config->table, "path"));
    *out = base_arena_strndup(arena, text, length);
    return RASK_OK;
}

/* ---- directories ----------------------------------------------------------------------------- */

static bool is_hidden(const char *name) {
    return name[0] == '.' || name[0] == '_';
}

static const char *join(base_arena *arena, const char *directory, const char *name) {
    bool has_slash = directory[0] != '\0' && directory[strlen(directory) - 1] == '/';
    return base_arena_printf(arena, has_slash ? "%s%s" : "%s/%s", directory, name);
}

static void free_names(char **names, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        base_free(names[i]);
    base_free(names);
}

static rask_status add_path(listing *list, const char *path, int32_t depth, rask_error *err);

static rask_status add_directory(listing *list, const char *path, int32_t depth, rask_error *err) {
    char **names;
    int64_t count;
    if (depth > DEPTH_MAX)
        return rask_error_set(err, RASK_ERROR_IO, "'%s' is more than %d directories deep", path,
                              DEPTH_MAX);
    RASK_TRY(list->system->list(list->system->self, path, &names, &count, err));
    rask_status status = RASK_OK;
    for (int64_t i = 0; i < count && status == RASK_OK; i++)
        if (!is_hidden(names[i]))
            status = add_path(list, join(list->arena, path, names[i]), depth + 1, err);
    free_names(names, count);
    return status;
}

/* The file, or all below the directory; nothing where nothing is. */
static rask_status add_path(listing *list, const char *path, int32_t depth, rask_error *err) {
    base_file_info info;
    RASK_TRY(list->system->info(list->system->self, path, &info, err));
    if (!info.exists)
        return RASK_OK;
    if (info.is_directory)
        return add_directory(list, path, depth, err);
    filesystem_file *file = BASE_ARENA_NEW(list->arena, filesystem_file);
    *file = (filesystem_file){path, info.size};
    base_list_add(list->arena, list->files, file);
    return RASK_OK;
}

/* ---- patterns -------------------------------------------------------------------------------- */

/* Goes down `pattern`, the rest of a path below `directory`, one name at a time. */
static rask_status add_matching(listing *list, const char *directory, const char *pattern,
                                rask_error *err) {
    while (*pattern == '/')
        pattern++;
    if (*pattern == '\0')
        return add_path(list, directory, 0, err);
    int64_t length = (int64_t)strcspn(pattern, "/");
    const char *name = base_arena_strndup(list->arena, pattern, length);
    if (strpbrk(name, "*?[") == NULL)
        return add_matching(list, join(list->arena, directory, name), pattern + length, err);
    base_file_info info;
    RASK_TRY(list->system->info(list->system->self, directory, &info, err));
    if (!info.exists || !info.is_directory)
        return RASK_OK;
    char **names;
    int64_t count;
    RASK_TRY(list->system->list(list->system->self, directory, &names, &count, err));
    rask_status status = RASK_OK;
    for (int64_t i = 0; i < count && status == RASK_OK; i++)
        if (!is_hidden(names[i]) && fnmatch(name, names[i], 0) == 0)
            status =
                add_matching(list, join(list->arena, directory, names[i]), pattern + length, err);
    free_names(names, count);
    return status;
}

/* ---- regular expression ---------------------------------------------------------------------- */

static rask_status keep_matching(base_list *files, const char *pattern, rask_error *err) {
    int code;
    PCRE2_SIZE offset;
    uint32_t flags = PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, flags, &code, &offset, NULL);
    if (compiled == NULL) {
        char reason[128] = "";
        pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof reason);
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Option 'source.path.regex-pattern' is no regular expression: %s at "
                              "position %zu of '%s'",
                              reason, (size_t)offset, pattern);
    }
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(compiled, NULL);
    int32_t kept = 0;
    for (int32_t i = 0; i < files->count; i++) {
        const filesystem_file *file = files->items[i];
        if (pcre2_match(compiled, (PCRE2_SPTR)file->path, strlen(file->path), 0, 0, match, NULL) >
            0)
            files->items[kept++] = files->items[i];
    }
    files->count = kept;
    pcre2_match_data_free(match);
    pcre2_code_free(compiled);
    return RASK_OK;
}

/* ---- all ------------------------------------------------------------------------------------- */

static rask_status refuse_missing(const char *path, rask_error *err) {
    const struct passwd *user = getpwuid(geteuid());
    return rask_error_set(err, RASK_ERROR_IO,
                          "File %s does not exist or the user running Flink ('%s') has "
                          "insufficient permissions to access it.",
                          path, user != NULL ? user->pw_name : "unknown");
}

rask_status filesystem_list(base_arena *arena, const connect_config *config, base_list *files,
                            rask_error *err) {
    const base_files *system = connect_world(config)->files;
    listing list = {arena, system, files};
    const char *path;
    base_file_info info;
    RASK_TRY(filesystem_path(arena, config, &path, err));
    RASK_TRY(system->info(system->self, path, &info, err));
    if (info.exists) {
        RASK_TRY(add_path(&list, path, 0, err));
    } else {
        if (strpbrk(path, "*?[") != NULL)
            RASK_TRY(add_matching(&list, path[0] == '/' ? "/" : ".", path, err));
        if (files->count == 0)
            return refuse_missing(path, err);
    }
    const char *pattern = plan_table_option(config->table, "source.path.regex-pattern");
    return pattern != NULL ? keep_matching(files, pattern, err) : RASK_OK;
}
