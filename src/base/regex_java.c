/* From Java's patterns to PCRE2's: groups, anchors, escapes, quantifiers.
 *
 * The reader walks through the pattern as java.util.regex.Pattern does and writes a PCRE2 pattern
 * in which nothing depends on options: every literal is escaped or plain, "." and "$" are spelt out
 * with Java's line terminators, flags are worked in.  Each atom is one item, so that a quantifier
 * behind it means the same. */
#include "base/regex_java.h"

#include <string.h>

#include "base/regex_translate.h"
#include "base/utf8.h"

#define TERMINATORS "\\n\\r\\x{85}\\x{2028}\\x{2029}"
#define WORD "[\\p{L}\\p{Nd}_\\p{Mn}]"

void regex_invalid(regex_reader *r, const char *what) {
    if (r->status == RASK_OK)
        r->status = rask_error_set(r->err, RASK_ERROR_VALIDATION, "%s near index %d", what, r->at);
}

void regex_unsupported(regex_reader *r, const char *what) {
    if (r->status == RASK_OK)
        r->status = rask_error_set(r->err, RASK_ERROR_UNSUPPORTED,
                                   "%s in a regular expression is not supported (near index %d)",
                                   what, r->at);
}

/* ---- reading --------------------------------------------------------------------------------- */

static int32_t raw_peek(const regex_reader *r) {
    return r->at < r->length ? r->text[r->at] : REGEX_END;
}

static bool is_terminator(const regex_reader *r, int32_t c) {
    if (regex_has(r, REGEX_UNIX_LINES))
        return c == '\n';
    return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

int32_t regex_peek(regex_reader *r) {
    while (regex_has(r, REGEX_COMMENTS) && r->at < r->length) {
        int32_t c = r->text[r->at];
        if (c == '#')
            while (r->at < r->length && !is_terminator(r, r->text[r->at]))
                r->at++;
        else if (c == ' ' || (c >= '\t' && c <= '\r'))
            r->at++;
        else
            break;
    }
    return raw_peek(r);
}

int32_t regex_take(regex_reader *r) {
    int32_t c = regex_peek(r);
    r->at += r->at < r->length;
    return c;
}

static void write_text(regex_reader *r, const char *text) {
    base_strbuf_add_text(r->out, text);
}

/* ---- escapes --------------------------------------------------------------------------------- */

static int hex_value(int32_t c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_octal(int32_t c) {
    return c >= '0' && c <= '7';
}

/* \0n, \0nn, \0mnn */
static int32_t octal(regex_reader *r) {
    int32_t first = raw_peek(r), value = 0;
    if (!is_octal(first))
        regex_invalid(r, "Illegal octal escape sequence");
    for (int32_t digits = 0; digits < (first <= '3' ? 3 : 2) && is_octal(raw_peek(r)); digits++)
        value = value * 8 + (r->text[r->at++] - '0');
    return value;
}

/* `count` hexadecimal digits; -1 where there are not so many. */
static int32_t hex_digits(regex_reader *r, int32_t count) {
    int32_t value = 0;
    for (int32_t i = 0; i < count; i++) {
        int digit = hex_value(raw_peek(r));
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
        r->at++;
    }
    return value;
}

/* \xhh, \x{h...} */
static int32_t hexadecimal(regex_reader *r) {
    int32_t value = 0;
    if (raw_peek(r) != '{') {
        value = hex_digits(r, 2);
        if (value < 0)
            regex_invalid(r, "Illegal hexadecimal escape sequence");
        return value;
    }
    r->at++;
    if (hex_value(raw_peek(r)) < 0)
        regex_invalid(r, "Illegal hexadecimal escape sequence");
    while (hex_value(raw_peek(r)) >= 0 && value <= 0x10FFFF)
        value = value * 16 + hex_value(r->text[r->at++]);
    if (value > 0x10FFFF)
        regex_invalid(r, "Hexadecimal codepoint is too big");
    if (raw_peek(r) != '}')
        regex_invalid(r, "Unclosed hexadecimal escape sequence");
    r->at++;
    return value;
}

static bool is_surrogate(int32_t c) {
    return c >= 0xD800 && c <= 0xDFFF;
}

/* \uhhhh, two of them for a surrogate pair */
static int32_t unicode(regex_reader *r) {
    int32_t value = hex_digits(r, 4);
    if (value < 0)
        regex_invalid(r, "Illegal Unicode escape sequence");
    if (value >= 0xD800 && value < 0xDC00 && raw_peek(r) == '\\' && r->at + 1 < r->length &&
        r->text[r->at + 1] == 'u') {
        r->at += 2;
        int32_t trail = hex_digits(r, 4);
        if (trail >= 0xDC00 && trail <= 0xDFFF)
            return 0x10000 + ((value - 0xD800) << 10) + (trail - 0xDC00);
    }
    if (is_surrogate(value))
        regex_unsupported(r, "half of a surrogate pair");
    return value;
}

static int32_t control(regex_reader *r) {
    if (r->at >= r->length)
        regex_invalid(r, "Illegal control escape sequence");
    return r->at < r->length ? r->text[r->at++] ^ 64 : 0;
}

int32_t regex_escaped_character(regex_reader *r) {
    static const char letters[] = "aefnrt", values[] = "\a\033\f\n\r\t";
    int32_t c = raw_peek(r);
    if (c < 0)
        return -1;
    r->at++;
    const char *known = c < 128 && c > 0 ? strchr(letters, c) : NULL;
    if (known != NULL)
        return values[known - letters];
    switch (c) {
    case '0':
        return octal(r);
    case 'x':
        return hexadecimal(r);
    case 'u':
        return unicode(r);
    case 'c':
        return control(r);
    default:
        break;
    }
    bool is_word = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    if (c < 128 && is_word) {
        r->at--;
        return -1;
    }
    return c;
}

/* ---- atoms ----------------------------------------------------------------------------------- */

static void write_literal(regex_reader *r, int32_t c) {
    write_text(r, regex_set_pattern(r, regex_single(r, c)));
}

static void write_end(regex_reader *r, bool multiline) {
    if (regex_has(r, REGEX_UNIX_LINES))
        write_text(r, multiline ? "(?=\\n|\\z)" : "(?=\\n?\\z)");
    else if (multiline)
        write_text(r, "(?=\\r\\n|(?<!\\r)\\n|[\\r\\x{85}\\x{2028}\\x{2029}]|\\z)");
    else
        write_text(r, "(?=\\r\\n\\z|(?<!\\r)\\n\\z|[\\r\\x{85}\\x{2028}\\x{2029}]?\\z)");
}

static void write_start(regex_reader *r) {
    if (!regex_has(r, REGEX_MULTILINE))
        write_text(r, "(?:\\A)");
    else if (regex_has(r, REGEX_UNIX_LINES))
        write_text(r, "(?:(?!\\z)(?:\\A|(?<=\\n)))");
    else
        write_text(r, "(?:(?!\\z)(?:\\A|(?<=[\\n\\x{85}\\x{2028}\\x{2029}])|(?<=\\r)(?!\\n)))");
}

static void write_dot(regex_reader *r) {
    if (regex_has(r, REGEX_DOTALL))
        write_text(r, "(?s:.)");
    else
        write_text(r, regex_has(r, REGEX_UNIX_LINES) ? "[^\\n]" : "[^" TERMINATORS "]");
}

static bool name_matches(const regex_reader *r, int32_t group, const char *name) {
    return r->names[group] != NULL && strcmp(r->names[group], name) == 0;
}

/* <name>, behind the '<' */
static const char *group_name(regex_reader *r) {
    enum { NAME_MAX_LENGTH = 100 };
    char name[NAME_MAX_LENGTH + 1];
    int32_t length = 0;
    for (; r->at < r->length && r->text[r->at] != '>'; r->at++) {
        int32_t c = r->text[r->at];
        bool is_letter = c < 128 && (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!is_letter && (length == 0 || c < '0' || c > '9'))
            break;
        if (length == NAME_MAX_LENGTH)
            regex_unsupported(r, "so long a name of a group");
        else
            name[length++] = (char)c;
    }
    if (length == 0)
        regex_invalid(r, "capturing group name does not start with a Latin letter");
    if (raw_peek(r) != '>')
        regex_invalid(r, "named capturing group is missing trailing '>'");
    r->at++;
    return base_arena_strndup(r->arena, name, length);
}

static void write_reference(regex_reader *r, int32_t group) {
    if (regex_has(r, REGEX_CASE_INSENSITIVE))
        regex_unsupported(r, "a back reference under (?i)");
    if (group > r->group_count)
        regex_unsupported(r, "a reference to a group that comes later");
    base_strbuf_printf(r->out, "\\g{%d}", group);
}

static void named_reference(regex_reader *r) {
    if (regex_take(r) != '<')
        regex_invalid(r, "\\k is not followed by '<' for named capturing group");
    const char *name = group_name(r);
    for (int32_t group = 1; r->status == RASK_OK && group <= r->group_count; group++)
        if (name_matches(r, group, name)) {
            write_reference(r, group);
            return;
        }
    regex_invalid(r, "named capturing group does not exist");
}

/* \12 is group 12 if there are so many groups, else group 1 and a 2. */
static void numbered_reference(regex_reader *r) {
    int32_t group = r->text[r->at++] - '0';
    while (raw_peek(r) >= '0' && raw_peek(r) <= '9') {
        int32_t longer = group * 10 + (r->text[r->at] - '0');
        if (longer > r->group_count)
            break;
        group = longer;
        r->at++;
    }
    write_reference(r, group);
}

/* Escapes that are neither a character nor a set; false where the letter is none of them. */
static bool special_escape(regex_reader *r, int32_t letter) {
    switch (letter) {
    case 'A':
        write_text(r, "(?:\\A)");
        break;
    case 'z':
        write_text(r, "(?:\\z)");
        break;
    case 'Z':
        write_end(r, false);
        break;
    case 'b':
        write_text(r, "(?:(?<=" WORD ")(?!" WORD ")|(?<!" WORD ")(?=" WORD "))");
        break;
    case 'B':
        write_text(r, "(?:(?<=" WORD ")(?=" WORD ")|(?<!" WORD ")(?!" WORD "))");
        break;
    case 'R':
        write_text(r, "(?:\\r\\n|[\\n\\x0b\\f\\r\\x{85}\\x{2028}\\x{2029}])");
        break;
    case 'G':
    case 'X':
    case 'N':
        regex_unsupported(r, "\\G, \\X or \\N");
        break;
    default:
        return false;
    }
    r->at++;
    if (letter == 'b' && raw_peek(r) == '{')
        regex_unsupported(r, "\\b{g}");
    return true;
}

static void escape(regex_reader *r) {
    int32_t letter = raw_peek(r);
    regex_set set;
    if (letter == 'p' || letter == 'P') {
        r->at++;
        set = regex_property(r, letter == 'P');
    } else if (letter == 'k') {
        r->at++;
        named_reference(r);
        return;
    } else if (letter >= '1' && letter <= '9') {
        numbered_reference(r);
        return;
    } else if (special_escape(r, letter)) {
        return;
    } else {
        set = regex_predefined(r, letter);
        if (set.text != NULL) {
            r->at++;
        } else {
            int32_t c = regex_escaped_character(r);
            if (c < 0)
                regex_invalid(r, "Illegal/unsupported escape sequence");
            set = regex_single(r, c < 0 ? 0 : c);
        }
    }
    write_text(r, regex_set_pattern(r, set));
}

/* ---- quantifiers ----------------------------------------------------------------------------- */

static int32_t repetition(regex_reader *r) {
    const int32_t repeat_max = 65535; /* PCRE2's */
    int32_t value = 0;
    bool any = false;
    for (int32_t c = raw_peek(r); c >= '0' && c <= '9'; c = raw_peek(r)) {
        value = value * 10 + (c - '0');
        if (value > repeat_max) {
            regex_unsupported(r, "so many repetitions");
            value = repeat_max;
        }
        any = true;
        r->at++;
    }
    if (!any)
        regex_invalid(r, "Illegal repetition");
    return value;
}

/* {n}, {n,}, {n,m}, at the '{' */
static void braces(regex_reader *r) {
    r->at++;
    int32_t low = repetition(r);
    base_strbuf_printf(r->out, "{%d", low);
    if (raw_peek(r) == ',') {
        r->at++;
        write_text(r, ",");
        if (raw_peek(r) != '}') {
            int32_t high = repetition(r);
            if (high < low)
                regex_invalid(r, "Illegal repetition range");
            base_strbuf_printf(r->out, "%d", high);
        }
    }
    if (raw_peek(r) != '}')
        regex_invalid(r, "Unclosed counted closure");
    r->at++;
    write_text(r, "}");
}

static void quantifier(regex_reader *r) {
    int32_t c = regex_peek(r);
    if (c == '{') {
        braces(r);
    } else if (c == '*' || c == '+' || c == '?') {
        r->at++;
        base_strbuf_add_char(r->out, (char)c);
    } else {
        return;
    }
    c = regex_peek(r);
    if (c == '?' || c == '+') {
        r->at++;
        base_strbuf_add_char(r->out, (char)c);
    }
}

/* ---- groups ---------------------------------------------------------------------------------- */

static void alternatives(regex_reader *r);

/* i, m, s, ... behind "(?"; false where a letter is no flag. */
static void read_flags(regex_reader *r) {
    static const struct {
        char letter;
        uint32_t flag;
    } known[] = {{'i', REGEX_CASE_INSENSITIVE},
                 {'m', REGEX_MULTILINE},
                 {'s', REGEX_DOTALL},
                 {'d', REGEX_UNIX_LINES},
                 {'u', REGEX_UNICODE_CASE},
                 {'x', REGEX_COMMENTS},
                 {'U', REGEX_UNICODE_CLASS | REGEX_UNICODE_CASE}};
    bool adds = true;
    for (;; r->at++) {
        int32_t c = raw_peek(r);
        size_t i = 0;
        if (c == '-' && adds) {
            adds = false;
            continue;
        }
        while (i < sizeof known / sizeof known[0] && known[i].letter != c)
            i++;
        if (i == sizeof known / sizeof known[0])
            return;
        r->flags = adds ? r->flags | known[i].flag : r->flags & ~known[i].flag;
    }
}

static void close_group(regex_reader *r, uint32_t flags) {
    if (regex_take(r) != ')')
        regex_invalid(r, "Unclosed group");
    r->flags = flags;
    write_text(r, ")");
    quantifier(r);
}

static void group_body(regex_reader *r, const char *open, uint32_t outer_flags) {
    write_text(r, open);
    if (++r->depth > REGEX_DEPTH_MAX)
        regex_unsupported(r, "so many groups within each other");
    alternatives(r);
    r->depth--;
    close_group(r, outer_flags);
}

static void capturing_group(regex_reader *r, const char *name) {
    if (r->group_count == REGEX_GROUPS_MAX) {
        regex_unsupported(r, "so many groups");
        return;
    }
    for (int32_t i = 1; name != NULL && i <= r->group_count; i++)
        if (name_matches(r, i, name))
            regex_invalid(r, "Named capturing group is already defined");
    r->names[++r->group_count] = name;
    group_body(r, "(", r->flags);
}

/* (?i) sets flags up to the end of the group, (?i:...) for what stands in it. */
static void flag_group(regex_reader *r) {
    uint32_t outer = r->flags;
    read_flags(r);
    int32_t c = regex_take(r);
    if (c == ':')
        group_body(r, "(?:", outer);
    else if (c != ')')
        regex_invalid(r, "Unknown inline modifier");
}

/* Behind "(?". */
static void special_group(regex_reader *r) {
    static const char *const opens[] = {"(?:", "(?=", "(?!", "(?>"};
    int32_t c = raw_peek(r);
    int32_t next = r->at + 1 < r->length ? r->text[r->at + 1] : REGEX_END;
    for (size_t i = 0; i < sizeof opens / sizeof opens[0]; i++)
        if (c == opens[i][2]) {
            r->at++;
            group_body(r, opens[i], r->flags);
            return;
        }
    if (c == '<' && (next == '=' || next == '!')) {
        r->at += 2;
        group_body(r, next == '=' ? "(?<=" : "(?<!", r->flags);
    } else if (c == '<') {
        r->at++;
        const char *name = group_name(r);
        capturing_group(r, name);
    } else {
        flag_group(r);
    }
}

static void group(regex_reader *r) {
    if (raw_peek(r) != '?') {
        capturing_group(r, NULL);
        return;
    }
    r->at++;
    special_group(r);
}

/* ---- sequences ------------------------------------------------------------------------------- */

/* One item with its quantifier; false at the end of the sequence. */
static bool item(regex_reader *r) {
    int32_t c = regex_peek(r);
    switch (c) {
    case REGEX_END:
    case '|':
    case ')':
        return false;
    case '(':
        r->at++;
        group(r);
        return true; /* its quantifier included */
    case '*':
    case '+':
    case '?':
        regex_invalid(r, "Dangling meta character");
        return false;
    case '[':
        write_text(r, regex_set_pattern(r, regex_class(r)));
        break;
    case '\\':
        r->at++;
        escape(r);
        break;
    case '^':
        r->at++;
        write_start(r);
        break;
    case '$':
        r->at++;
        write_end(r, regex_has(r, REGEX_MULTILINE));
        break;
    case '.':
        r->at++;
        write_dot(r);
        break;
    case '{':
        write_text(r, "(?:)"); /* Java repeats nothing here */
        break;
    default:
        r->at++;
        write_literal(r, c);
    }
    quantifier(r);
    return true;
}

static void alternatives(regex_reader *r) {
    while (r->status == RASK_OK) {
        while (r->status == RASK_OK && item(r)) {
        }
        if (regex_peek(r) != '|')
            return;
        r->at++;
        write_text(r, "|");
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool is_word_character(int32_t c) {
    return c >= 128 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Code points, with what stands between \Q and \E escaped one by one; at most four for one. */
static int32_t read_code_points(const char *pattern, int64_t length, int32_t *out) {
    int32_t count = 0;
    bool quoted = false, first = false;
    for (int64_t at = 0; at < length;) {
        bool is_escape = pattern[at] == '\\' && at + 1 < length;
        if (is_escape && pattern[at + 1] == (quoted ? 'E' : 'Q')) {
            quoted = first = !quoted;
            at += 2;
            continue;
        }
        int32_t c = base_utf8_next(pattern, length, &at);
        if (c < 0)
            c = 0xFFFD;
        if (quoted && first && c >= '0' && c <= '9') { /* not part of a \1 in front */
            out[count++] = '\\';
            out[count++] = 'x';
            out[count++] = '3';
        } else if (quoted && !is_word_character(c)) {
            out[count++] = '\\';
        }
        first = false;
        out[count++] = c;
        if (!quoted && is_escape && at < length) /* the escaped character is no start of \Q */
            out[count++] = base_utf8_next(pattern, length, &at);
    }
    return count;
}

rask_status regex_translate(base_arena *arena, const char *pattern, int64_t length,
                            base_strbuf *out, rask_error *err) {
    if (length > REGEX_PATTERN_MAX)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "a regular expression of %lld bytes is too long; at most %d",
                              (long long)length, REGEX_PATTERN_MAX);
    int32_t *text = BASE_ARENA_ARRAY(arena, int32_t, 4 * length + 1);
    regex_reader r = {.arena = arena,
                      .text = text,
                      .names = BASE_ARENA_ARRAY(arena, const char *, REGEX_GROUPS_MAX + 1),
                      .out = out,
                      .err = err};
    r.length = read_code_points(pattern, length, text);
    alternatives(&r);
    if (r.status == RASK_OK && r.at < r.length)
        regex_invalid(&r, "Unmatched closing ')'");
    if (r.status == RASK_OK && out->overflowed)
        regex_unsupported(&r, "so long a pattern");
    return r.status;
}
