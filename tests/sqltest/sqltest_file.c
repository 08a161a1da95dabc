/* Parser of .test files.  A file is split into lines once; a block is a run of lines: marks, the
 * directive, the SQL, and after `----` the expected lines. */
#include "sqltest_file.h"

#include <string.h>

static const char *const WAY_NAMES[] = {"plain", "one-row", "parallel", "restore"};

static const struct {
    const char *name;
    sqltest_directive directive;
} DIRECTIVES[] = {
    {"statement", SQLTEST_STATEMENT}, {"query", SQLTEST_QUERY},   {"changelog", SQLTEST_CHANGELOG},
    {"print", SQLTEST_PRINT},         {"stdout", SQLTEST_STDOUT}, {"explain", SQLTEST_EXPLAIN},
    {"file", SQLTEST_FILE},
};

typedef struct parser {
    base_arena *arena;
    sqltest_file *file;
    base_list lines;
    int32_t at;
    const char *problem;
} parser;

unsigned sqltest_way_named(const char *name) {
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(name, WAY_NAMES[i]) == 0)
            return 1U << i;
    return strcmp(name, "all") == 0 ? SQLTEST_ALL_WAYS : 0;
}

const char *sqltest_way_name(sqltest_way way) {
    for (unsigned i = 0; i < 4; i++)
        if (way == 1U << i)
            return WAY_NAMES[i];
    return "all";
}

const char *sqltest_mode_name(sqltest_mode mode) {
    return mode == SQLTEST_BATCH ? "batch" : "streaming";
}

static unsigned mode_named(const char *name) {
    if (strcmp(name, "batch") == 0)
        return SQLTEST_BATCH;
    return strcmp(name, "streaming") == 0 ? SQLTEST_STREAMING : 0;
}

static bool fail(parser *p, const char *what, const char *found) {
    p->problem =
        base_arena_printf(p->arena, "%s:%d: %s, found `%s`", p->file->path, p->at + 1, what, found);
    return false;
}

static const char *line_at(const parser *p) {
    return p->at < p->lines.count ? p->lines.items[p->at] : NULL;
}

/* The rest of the line behind its first word, NULL when that is not `word`. */
static const char *after_word(const char *line, const char *word) {
    size_t length = strlen(word);
    if (strncmp(line, word, length) != 0 || (line[length] != ' ' && line[length] != '\0'))
        return NULL;
    return line + length + strspn(line + length, " ");
}

/* The bits of a list of names divided by blanks; 0 when one of them is unknown. */
static unsigned bits_of(parser *p, const char *names, unsigned (*bit_named)(const char *name)) {
    unsigned bits = 0;
    while (*names != '\0') {
        size_t length = strcspn(names, " ");
        unsigned bit = bit_named(base_arena_strndup(p->arena, names, (int64_t)length));
        if (bit == 0)
            return 0;
        bits |= bit;
        names += length + strspn(names + length, " ");
    }
    return bits;
}

static bool parse_mark(parser *p, sqltest_block *block, const char *line, bool *is_mark) {
    const char *rest;
    *is_mark = true;
    if ((rest = after_word(line, "only")) != NULL) {
        block->modes = bits_of(p, rest, mode_named);
        return block->modes != 0 || fail(p, "expected `only batch` or `only streaming`", line);
    }
    if ((rest = after_word(line, "ways")) != NULL) {
        block->ways = bits_of(p, rest, sqltest_way_named);
        return block->ways != 0 || fail(p, "expected names of ways", line);
    }
    if ((rest = after_word(line, "differs")) != NULL)
        block->mark = SQLTEST_DIFFERS;
    else if ((rest = after_word(line, "notimpl")) != NULL)
        block->mark = SQLTEST_NOTIMPL;
    else if ((rest = after_word(line, "never")) != NULL)
        block->mark = SQLTEST_NEVER;
    else
        *is_mark = false;
    block->reason = *is_mark ? rest : block->reason;
    return !*is_mark || *rest != '\0' || fail(p, "a mark needs its reason", line);
}

static bool parse_directive(parser *p, sqltest_block *block) {
    const char *line = line_at(p);
    for (size_t i = 0; i < sizeof DIRECTIVES / sizeof *DIRECTIVES; i++) {
        const char *rest = after_word(line, DIRECTIVES[i].name);
        if (rest != NULL) {
            block->directive = DIRECTIVES[i].directive;
            block->arguments = rest;
            if (block->directive == SQLTEST_CHANGELOG)
                block->modes &= SQLTEST_STREAMING;
            p->at++;
            return true;
        }
    }
    return fail(p, "expected a directive", line);
}

static void parse_text(parser *p, sqltest_block *block) {
    const char *text = "", *line;
    while ((line = line_at(p)) != NULL && *line != '\0' && strncmp(line, "----", 4) != 0) {
        text = *text == '\0' ? line : base_arena_printf(p->arena, "%s\n%s", text, line);
        p->at++;
    }
    block->text = text;
}

static void parse_section(parser *p, const char *rule, sqltest_lines *out) {
    const char *line = line_at(p);
    if (line == NULL || strcmp(line, rule) != 0)
        return;
    p->at++;
    while ((line = line_at(p)) != NULL && *line != '\0' && strncmp(line, "----", 4) != 0) {
        base_list_add(p->arena, out, p->lines.items[p->at]);
        p->at++;
    }
}

static bool parse_block(parser *p) {
    sqltest_block *block = BASE_ARENA_NEW(p->arena, sqltest_block);
    block->line = p->at + 1;
    block->modes = p->file->modes;
    block->ways = SQLTEST_ALL_WAYS;
    bool is_mark = true;
    while (line_at(p) != NULL && is_mark) {
        if (!parse_mark(p, block, line_at(p), &is_mark))
            return false;
        p->at += is_mark;
    }
    if (line_at(p) == NULL)
        return fail(p, "expected a directive", "end of file");
    if (!parse_directive(p, block))
        return false;
    parse_text(p, block);
    if (*block->text == '\0' && block->directive != SQLTEST_FILE)
        return fail(p, "expected SQL", "nothing");
    parse_section(p, "----", &block->expected);
    parse_section(p, "---- rask", &block->rask);
    base_list_add(p->arena, &p->file->blocks, block);
    return true;
}

static bool parse_set(parser *p, const char *rest) {
    size_t length = strcspn(rest, " ");
    if (length == 0)
        return fail(p, "expected `set <key> <value>`", line_at(p));
    sqltest_block *block = BASE_ARENA_NEW(p->arena, sqltest_block);
    *block = (sqltest_block){.directive = SQLTEST_SET,
                             .line = p->at + 1,
                             .arguments = base_arena_strndup(p->arena, rest, (int64_t)length),
                             .text = rest + length + strspn(rest + length, " "),
                             .modes = p->file->modes,
                             .ways = SQLTEST_ALL_WAYS};
    base_list_add(p->arena, &p->file->blocks, block);
    p->at++;
    return true;
}

static bool parse_item(parser *p) {
    const char *line = line_at(p), *rest;
    if (*line == '\0' || *line == '#') {
        p->at++;
        return true;
    }
    if ((rest = after_word(line, "mode")) != NULL) {
        p->file->modes = bits_of(p, rest, mode_named);
        if (p->file->modes == 0)
            return fail(p, "expected `mode batch`, `mode streaming` or both", line);
        p->at++;
        return true;
    }
    if (p->file->modes == 0)
        return fail(p, "expected a `mode` line first", line);
    if ((rest = after_word(line, "set")) != NULL)
        return parse_set(p, rest);
    return parse_block(p);
}

bool sqltest_file_read(base_arena *arena, const char *path, sqltest_file *out,
                       const char **problem) {
    *out = (sqltest_file){.path = path};
    char *text = sqltest_read_text(arena, path);
    if (text == NULL) {
        *problem = base_arena_printf(arena, "%s: cannot be read", path);
        return false;
    }
    parser p = {.arena = arena, .file = out};
    for (char *line = text; line != NULL;) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end++ = '\0';
        base_list_add(arena, &p.lines, line);
        line = end;
    }
    bool ok = true;
    while (ok && p.at < p.lines.count)
        ok = parse_item(&p);
    *problem = p.problem;
    return ok;
}
