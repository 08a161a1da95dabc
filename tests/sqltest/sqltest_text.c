/* Texts of .test files: escapes of cells and lines, replacement, whole files.  The rules are those
 * of tools/testfile.py, which writes the files. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "sqltest_file.h"

enum { TEXT_LENGTH_MAX = 1 << 28 };

/* What a byte becomes inside a cell; NULL = itself. */
static const char *cell_escape(char c, char hex[8]) {
    switch (c) {
    case '\\':
        return "\\\\";
    case '|':
        return "\\|";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        break;
    }
    if ((unsigned char)c >= 32 && c != 127)
        return NULL;
    snprintf(hex, 8, "\\x%02x", (unsigned char)c);
    return hex;
}

static const char *take(base_arena *arena, base_strbuf *buf) {
    const char *text = base_arena_strndup(arena, buf->data == NULL ? "" : buf->data, buf->length);
    base_strbuf_free(buf);
    return text;
}

const char *sqltest_escape_cell(base_arena *arena, const char *text) {
    if (*text == '\0')
        return "\\e";
    int64_t length = (int64_t)strlen(text);
    int64_t lead = (int64_t)strspn(text, " ");
    int64_t end = length;
    while (end > lead && text[end - 1] == ' ')
        end--;
    base_strbuf buf;
    base_strbuf_init(&buf, TEXT_LENGTH_MAX);
    for (int64_t i = 0; i < length; i++) {
        char hex[8];
        const char *escape = i < lead || i >= end ? "\\s" : cell_escape(text[i], hex);
        if (escape != NULL)
            base_strbuf_add_text(&buf, escape);
        else
            base_strbuf_add_char(&buf, text[i]);
    }
    return take(arena, &buf);
}

static const char *escape_line(base_arena *arena, const char *line, int64_t length) {
    if (length == 0)
        return "\\e";
    int64_t end = length;
    while (end > 0 && line[end - 1] == ' ')
        end--;
    bool is_rule = length >= 4 && memcmp(line, "----", 4) == 0;
    base_strbuf buf;
    base_strbuf_init(&buf, TEXT_LENGTH_MAX);
    for (int64_t i = 0; i < length; i++) {
        char c = line[i];
        if (i >= end)
            base_strbuf_add_text(&buf, "\\s");
        else if (c == '\\')
            base_strbuf_add_text(&buf, "\\\\");
        else if (c == '\r')
            base_strbuf_add_text(&buf, "\\r");
        else if (((unsigned char)c < 32 && c != '\t') || (i == 0 && is_rule))
            base_strbuf_printf(&buf, "\\x%02x", (unsigned char)c);
        else
            base_strbuf_add_char(&buf, c);
    }
    return take(arena, &buf);
}

void sqltest_escape_lines(base_arena *arena, const char *text, sqltest_lines *out) {
    while (*text != '\0') {
        const char *end = strchr(text, '\n');
        int64_t length = end == NULL ? (int64_t)strlen(text) : end - text;
        base_list_add(arena, out, (void *)(uintptr_t)escape_line(arena, text, length));
        if (end == NULL) {
            base_list_add(arena, out, base_arena_strdup(arena, "\\z"));
            return;
        }
        text = end + 1;
    }
}

const char *sqltest_replace(base_arena *arena, const char *text, const char *from, const char *to) {
    const char *found = strstr(text, from);
    if (found == NULL)
        return text;
    const char *rest = sqltest_replace(arena, found + strlen(from), from, to);
    return base_arena_printf(arena, "%.*s%s%s", (int)(found - text), text, to, rest);
}

char *sqltest_read_text(base_arena *arena, const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    base_strbuf buf;
    base_strbuf_init(&buf, TEXT_LENGTH_MAX);
    char chunk[4096];
    size_t got;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        base_strbuf_add(&buf, chunk, (int64_t)got);
    fclose(file);
    char *text = base_arena_strndup(arena, buf.data == NULL ? "" : buf.data, buf.length);
    base_strbuf_free(&buf);
    return text;
}
