/* Character classes of Java's patterns: [a-z&&[^b]], \p{IsLatin}, \d.
 *
 * A set is written as the inside of a PCRE2 class as long as that goes; intersections, and the
 * complement of more than a plain class, become a pattern that looks ahead and takes one character:
 *
 *     [a-z&&[^b]]     (?:(?=[a-z])[^\x{62}])
 *
 * The control flow of regex_class is that of java.util.regex.Pattern.clazz, whose reading of && and
 * of nested classes nobody would guess. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/regex_java.h"
#include "base/utf8.h"

#define COUNT_OF(array) ((int32_t)(sizeof(array) / sizeof((array)[0])))

/* ---- sets ------------------------------------------------------------------------------------ */

static regex_set inside(regex_reader *r, const char *text) {
    return (regex_set){base_arena_strdup(r->arena, text), false};
}

const char *regex_set_pattern(regex_reader *r, regex_set set) {
    if (set.text == NULL)
        return "(?!)";
    return set.whole ? set.text : base_arena_printf(r->arena, "[%s]", set.text);
}

static regex_set set_union(regex_reader *r, regex_set a, regex_set b) {
    if (a.text == NULL || b.text == NULL)
        return a.text == NULL ? b : a;
    if (!a.whole && !b.whole)
        return (regex_set){base_arena_printf(r->arena, "%s%s", a.text, b.text), false};
    return (regex_set){
        base_arena_printf(r->arena, "(?:%s|%s)", regex_set_pattern(r, a), regex_set_pattern(r, b)),
        true};
}

static regex_set set_and(regex_reader *r, regex_set a, regex_set b) {
    return (regex_set){base_arena_printf(r->arena, "(?:(?=%s)%s)", regex_set_pattern(r, a),
                                         regex_set_pattern(r, b)),
                       true};
}

static regex_set set_not(regex_reader *r, regex_set a) {
    if (!a.whole && a.text != NULL)
        return (regex_set){base_arena_printf(r->arena, "[^%s]", a.text), true};
    return (regex_set){
        base_arena_printf(r->arena, "(?:(?!%s)[\\x{0}-\\x{10FFFF}])", regex_set_pattern(r, a)),
        true};
}

static int32_t other_case(int32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ? c ^ 0x20 : c;
}

/* With UNICODE_CASE Java folds by rules of its own. */
static bool folds_ascii(regex_reader *r) {
    if (!regex_has(r, REGEX_CASE_INSENSITIVE))
        return false;
    if (regex_has(r, REGEX_UNICODE_CASE))
        regex_unsupported(r, "(?iu)");
    return true;
}

regex_set regex_single(regex_reader *r, int32_t c) {
    if (folds_ascii(r) && other_case(c) != c)
        return (regex_set){base_arena_printf(r->arena, "\\x{%x}\\x{%x}", c, other_case(c)), false};
    return (regex_set){base_arena_printf(r->arena, "\\x{%x}", c), false};
}

/* Adds the part of [low, high] that lies in [first, last], in the other case. */
static regex_set add_other_case(regex_reader *r, regex_set set, int32_t low, int32_t high,
                                int32_t first, int32_t last) {
    low = low > first ? low : first;
    high = high < last ? high : last;
    if (low > high)
        return set;
    return (regex_set){
        base_arena_printf(r->arena, "%s\\x{%x}-\\x{%x}", set.text, low ^ 0x20, high ^ 0x20), false};
}

static regex_set range_of(regex_reader *r, int32_t low, int32_t high) {
    regex_set set = {base_arena_printf(r->arena, "\\x{%x}-\\x{%x}", low, high), false};
    if (!folds_ascii(r))
        return set;
    set = add_other_case(r, set, low, high, 'a', 'z');
    return add_other_case(r, set, low, high, 'A', 'Z');
}

/* ---- named sets ------------------------------------------------------------------------------ */

regex_set regex_predefined(regex_reader *r, int32_t letter) {
    char text[3] = {'\\', (char)letter, '\0'};
    if (letter <= 0 || letter > 'z' || strchr("dDsSwWhHvV", letter) == NULL)
        return (regex_set){NULL, false};
    if (regex_has(r, REGEX_UNICODE_CLASS))
        regex_unsupported(r, "(?U)");
    return inside(r, text);
}

/* Sets by name; PCRE2 itself knows the general categories. */
static const struct {
    const char *name, *inside;
} named_sets[] = {
    {"Lower", "a-z"},
    {"Upper", "A-Z"},
    {"ASCII", "\\x00-\\x7F"},
    {"Alpha", "a-zA-Z"},
    {"Digit", "0-9"},
    {"Alnum", "0-9A-Za-z"},
    {"Punct", "!-\\/:-@\\[-`{-~"},
    {"Graph", "!-~"},
    {"Print", "\\x20-~"},
    {"Blank", "\\x20\\t"},
    {"Cntrl", "\\x00-\\x1F\\x7F"},
    {"XDigit", "0-9A-Fa-f"},
    {"Space", "\\x20\\t-\\r"},
    {"LC", "\\p{Lu}\\p{Ll}\\p{Lt}"},
    {"LD", "\\p{L}\\p{Nd}"},
    {"L1", "\\x00-\\xFF"},
    {"all", "\\x{0}-\\x{10FFFF}"},
};

static const char *const categories[] = {"Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd",
                                         "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cs", "Pd",
                                         "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf",
                                         "L",  "M",  "N",  "Z",  "C",  "P",  "S"};

/* \p{IsX}: binary properties. */
static const struct {
    const char *name, *inside;
} binary_sets[] = {
    {"Alphabetic", "\\p{Alphabetic}"},
    {"Letter", "\\p{L}"},
    {"Ideographic", "\\p{Ideographic}"},
    {"Lowercase", "\\p{Lowercase}"},
    {"Uppercase", "\\p{Uppercase}"},
    {"Titlecase", "\\p{Lt}"},
    {"White_Space", "\\p{White_Space}"},
    {"Whitespace", "\\p{White_Space}"},
    {"Control", "\\p{Cc}"},
    {"Punctuation", "\\p{P}"},
    {"Hex_Digit", "\\p{Hex_Digit}"},
    {"HexDigit", "\\p{Hex_Digit}"},
    {"Noncharacter_Code_Point", "\\p{Noncharacter_Code_Point}"},
    {"NoncharacterCodePoint", "\\p{Noncharacter_Code_Point}"},
    {"Digit", "\\p{Nd}"},
    {"Join_Control", "\\p{Join_Control}"},
    {"JoinControl", "\\p{Join_Control}"},
};

/* \p{InX}, without blanks, hyphens and underscores. */
static const struct {
    const char *name, *inside;
} blocks[] = {
    {"BasicLatin", "\\x00-\\x7F"},
    {"Latin1Supplement", "\\x{80}-\\x{FF}"},
    {"LatinExtendedA", "\\x{100}-\\x{17F}"},
    {"LatinExtendedB", "\\x{180}-\\x{24F}"},
    {"IPAExtensions", "\\x{250}-\\x{2AF}"},
    {"CombiningDiacriticalMarks", "\\x{300}-\\x{36F}"},
    {"Greek", "\\x{370}-\\x{3FF}"},
    {"GreekandCoptic", "\\x{370}-\\x{3FF}"},
    {"Cyrillic", "\\x{400}-\\x{4FF}"},
    {"Armenian", "\\x{530}-\\x{58F}"},
    {"Hebrew", "\\x{590}-\\x{5FF}"},
    {"Arabic", "\\x{600}-\\x{6FF}"},
    {"Devanagari", "\\x{900}-\\x{97F}"},
    {"Thai", "\\x{E00}-\\x{E7F}"},
    {"Georgian", "\\x{10A0}-\\x{10FF}"},
    {"HangulJamo", "\\x{1100}-\\x{11FF}"},
    {"GeneralPunctuation", "\\x{2000}-\\x{206F}"},
    {"CurrencySymbols", "\\x{20A0}-\\x{20CF}"},
    {"Arrows", "\\x{2190}-\\x{21FF}"},
    {"MathematicalOperators", "\\x{2200}-\\x{22FF}"},
    {"BoxDrawing", "\\x{2500}-\\x{257F}"},
    {"CJKSymbolsandPunctuation", "\\x{3000}-\\x{303F}"},
    {"Hiragana", "\\x{3040}-\\x{309F}"},
    {"Katakana", "\\x{30A0}-\\x{30FF}"},
    {"CJKUnifiedIdeographs", "\\x{4E00}-\\x{9FFF}"},
    {"HangulSyllables", "\\x{AC00}-\\x{D7AF}"},
    {"HalfwidthandFullwidthForms", "\\x{FF00}-\\x{FFEF}"},
    {"Emoticons", "\\x{1F600}-\\x{1F64F}"},
};

static regex_set block_set(regex_reader *r, const char *name) {
    char plain[64];
    int32_t length = 0;
    for (; *name != '\0' && length + 1 < COUNT_OF(plain); name++)
        if (strchr(" -_", *name) == NULL)
            plain[length++] = *name;
    plain[length] = '\0';
    for (int32_t i = 0; i < COUNT_OF(blocks); i++)
        if (strcasecmp(blocks[i].name, plain) == 0)
            return inside(r, blocks[i].inside);
    regex_unsupported(r, "this block of characters");
    return (regex_set){NULL, false};
}

static regex_set script_set(regex_reader *r, const char *name) {
    for (const char *at = name; *at != '\0'; at++)
        if (!((*at | 0x20) >= 'a' && (*at | 0x20) <= 'z') && *at != '_')
            regex_invalid(r, "unknown script");
    return (regex_set){base_arena_printf(r->arena, "\\p{sc:%s}", name), false};
}

/* A general category, a POSIX name; text NULL where there is none of that name. */
static regex_set category_set(regex_reader *r, const char *name) {
    static const char *const cased[] = {"Lower", "Upper", "Lu", "Ll", "Lt"};
    if (regex_has(r, REGEX_CASE_INSENSITIVE))
        for (int32_t i = 0; i < COUNT_OF(cased); i++)
            if (strcmp(cased[i], name) == 0)
                regex_unsupported(r, "a property that tells cases apart, under (?i)");
    for (int32_t i = 0; i < COUNT_OF(named_sets); i++)
        if (strcmp(named_sets[i].name, name) == 0)
            return inside(r, named_sets[i].inside);
    for (int32_t i = 0; i < COUNT_OF(categories); i++)
        if (strcmp(categories[i], name) == 0)
            return (regex_set){base_arena_printf(r->arena, "\\p{%s}", name), false};
    if (strncmp(name, "java", 4) == 0)
        regex_unsupported(r, "a \\p{java...} property");
    return (regex_set){NULL, false};
}

static regex_set is_set(regex_reader *r, const char *name) {
    for (int32_t i = 0; i < COUNT_OF(binary_sets); i++)
        if (strcasecmp(binary_sets[i].name, name) == 0) {
            if (regex_has(r, REGEX_CASE_INSENSITIVE) && strstr(name, "case") != NULL)
                regex_unsupported(r, "a property that tells cases apart, under (?i)");
            return inside(r, binary_sets[i].inside);
        }
    regex_set set = category_set(r, name);
    return set.text != NULL ? set : script_set(r, name);
}

static regex_set value_set(regex_reader *r, const char *key, const char *value) {
    if (strcasecmp(key, "sc") == 0 || strcasecmp(key, "script") == 0)
        return script_set(r, value);
    if (strcasecmp(key, "blk") == 0 || strcasecmp(key, "block") == 0)
        return block_set(r, value);
    if (strcasecmp(key, "gc") == 0 || strcasecmp(key, "general_category") == 0)
        return category_set(r, value);
    return (regex_set){NULL, false};
}

/* The name behind \p: one letter, or in braces. */
static char *property_name(regex_reader *r) {
    enum { NAME_MAX_LENGTH = 100 };
    char name[NAME_MAX_LENGTH + 1];
    int32_t length = 0, first = regex_take(r);
    if (first == REGEX_END)
        regex_invalid(r, "Illegal/unsupported escape sequence");
    if (first != '{') {
        name[length++] = first > 0 && first < 128 ? (char)first : '?';
        return base_arena_strndup(r->arena, name, length);
    }
    while (r->at < r->length && r->text[r->at] != '}') {
        int32_t c = r->text[r->at++];
        if (length < NAME_MAX_LENGTH)
            name[length++] = c < 128 ? (char)c : '?';
    }
    if (r->at++ >= r->length)
        regex_invalid(r, "Unclosed character family");
    if (length == 0)
        regex_invalid(r, "Empty character family");
    return base_arena_strndup(r->arena, name, length);
}

regex_set regex_property(regex_reader *r, bool negated) {
    char *name = property_name(r), *equals = strchr(name, '=');
    regex_set set;
    if (regex_has(r, REGEX_UNICODE_CLASS))
        regex_unsupported(r, "(?U)");
    if (equals != NULL) {
        *equals = '\0';
        set = value_set(r, name, equals + 1);
    } else if (strncmp(name, "In", 2) == 0) {
        set = block_set(r, name + 2);
    } else if (strncmp(name, "Is", 2) == 0) {
        set = is_set(r, name + 2);
    } else {
        set = category_set(r, name);
    }
    if (set.text == NULL)
        regex_invalid(r, "Unknown character property name");
    return negated ? set_not(r, set) : set;
}

/* ---- classes --------------------------------------------------------------------------------- */

/* One character of a class, or a predefined set, for which the result is REGEX_PROPERTY. */
static int32_t class_item(regex_reader *r, regex_set *set) {
    int32_t c = regex_take(r);
    if (c != '\\')
        return c;
    int32_t letter = r->at < r->length ? r->text[r->at] : REGEX_END;
    if (letter == 'p' || letter == 'P') {
        r->at++;
        *set = regex_property(r, letter == 'P');
        return REGEX_PROPERTY;
    }
    *set = regex_predefined(r, letter);
    if (set->text != NULL) {
        r->at++;
        return REGEX_PROPERTY;
    }
    c = regex_escaped_character(r);
    if (c < 0)
        regex_invalid(r, "Illegal/unsupported escape sequence");
    return c;
}

/* a, a-z, \d, \p{L} */
static regex_set class_range(regex_reader *r) {
    regex_set set = {NULL, false};
    int32_t low = class_item(r, &set);
    if (low == REGEX_PROPERTY)
        return set;
    if (low == REGEX_END)
        regex_invalid(r, "Unclosed character class");
    if (regex_peek(r) != '-')
        return regex_single(r, low);
    int32_t next = r->at + 1 < r->length ? r->text[r->at + 1] : REGEX_END;
    if (next == '[' || next == ']')
        return regex_single(r, low);
    regex_take(r);
    int32_t high = class_item(r, &set);
    if (high < low) {
        regex_invalid(r, "Illegal character range");
        return set;
    }
    return range_of(r, low, high);
}

static regex_set class_body(regex_reader *r, bool consumes);

/* What stands behind &&, up to the next & or ]. */
static regex_set right_side(regex_reader *r) {
    regex_set right = {NULL, false};
    for (int32_t c = regex_peek(r); c != ']' && c != '&' && r->status == RASK_OK;
         c = regex_peek(r)) {
        if (c == REGEX_END) {
            regex_invalid(r, "Unclosed character class");
            break;
        }
        if (c == '[') {
            regex_take(r);
            right = set_union(r, right, class_body(r, true));
        } else {
            right = set_union(r, right, class_body(r, false));
        }
    }
    return right;
}

/* The current character is the first of two. */
static bool is_double_ampersand(regex_reader *r) {
    return r->at + 1 < r->length && r->text[r->at] == '&' && r->text[r->at + 1] == '&';
}

static regex_set intersection(regex_reader *r, regex_set left) {
    r->at += 2;
    regex_set right = right_side(r);
    if (left.text == NULL && right.text == NULL)
        regex_invalid(r, "Bad class syntax");
    if (left.text == NULL || right.text == NULL)
        return left.text == NULL ? right : left;
    return set_and(r, left, right);
}

static regex_set class_items(regex_reader *r, bool consumes) {
    regex_set set = {NULL, false};
    while (r->status == RASK_OK) {
        int32_t c = regex_peek(r);
        if (c == '[') {
            regex_take(r);
            set = set_union(r, set, class_body(r, true));
        } else if (is_double_ampersand(r)) {
            set = intersection(r, set);
        } else if (c == ']' && set.text != NULL) {
            if (consumes)
                regex_take(r);
            return set;
        } else if (c == REGEX_END) {
            regex_invalid(r, "Unclosed character class");
        } else {
            set = set_union(r, set, class_range(r));
        }
    }
    return set;
}

static regex_set class_body(regex_reader *r, bool consumes) {
    if (++r->depth > REGEX_DEPTH_MAX)
        regex_unsupported(r, "so many classes within each other");
    bool negated = consumes && regex_peek(r) == '^';
    if (negated)
        regex_take(r);
    regex_set set = class_items(r, consumes);
    r->depth--;
    return negated ? set_not(r, set) : set;
}

regex_set regex_class(regex_reader *r) {
    regex_take(r);
    return class_body(r, true);
}
