/* Reading types from their names.
 *
 *     type     := base [NOT NULL | NULL] { (ARRAY | MULTISET) [NOT NULL | NULL] }
 *     base     := a word of the table below and what its shape asks for
 *     ROW      := ROW < [name type ['description'] {, ...}] >     also with round brackets
 *
 * The lexer knows words, `quoted names`, 'texts', numbers and single characters.  Parsing is
 * sticky: after the first error every step does nothing.  Ranges and messages are Flink's. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "data/type.h"

enum { NESTING_MAX = 100 };

typedef enum token_kind { END, WORD, QUOTED, TEXT, NUMBER, SIGN } token_kind;

typedef struct token {
    token_kind kind;
    const char *bytes; /* without the quotes */
    int64_t length;
    int64_t begin, end; /* in the input; `begin` is where the token before ended */
} token;

typedef struct parser {
    const char *text;
    int64_t length;
    token now;
    int64_t last_begin, last_end; /* of the token before `now` */
    int32_t depth;
    base_arena *arena; /* unquoted names and texts */
    rask_error *err;
    rask_status status;
} parser;

static const data_type *parse_type(parser *p);

/* ---- lexer ----------------------------------------------------------------------------------- */

static int64_t skip_blanks(const parser *p, int64_t i) {
    while (i < p->length) {
        if (isspace((unsigned char)p->text[i])) {
            i++;
        } else if (i + 1 < p->length && p->text[i] == '-' && p->text[i + 1] == '-') {
            while (i < p->length && p->text[i] != '\n')
                i++;
        } else if (i + 1 < p->length && p->text[i] == '/' && p->text[i + 1] == '*') {
            for (i += 2; i < p->length && (p->text[i - 1] != '*' || p->text[i] != '/');)
                i++;
            i += i < p->length;
        } else {
            break;
        }
    }
    return i;
}

static bool is_word_byte(char c) {
    return isalnum((unsigned char)c) || c == '_' || c == '$' || c < 0;
}

/* The end of a quoted token, behind the closing quote; a doubled quote does not close. */
static int64_t quoted_end(const parser *p, int64_t i, char quote) {
    for (i++; i < p->length; i++) {
        if (p->text[i] != quote)
            continue;
        if (i + 1 < p->length && p->text[i + 1] == quote)
            i++;
        else
            return i + 1;
    }
    return -1;
}

static token lex(const parser *p, int64_t from) {
    int64_t i = skip_blanks(p, from), start = i;
    token t = {.kind = END, .bytes = p->text + i, .begin = from, .end = i};
    if (i >= p->length)
        return t;
    char c = p->text[i];
    int64_t close = c == '`' || c == '\'' ? quoted_end(p, i, c) : -1;
    if (close >= 0) {
        t.kind = c == '`' ? QUOTED : TEXT;
        t.bytes = p->text + start + 1;
        t.length = close - start - 2;
        t.end = close;
        return t;
    }
    t.kind = isdigit((unsigned char)c) ? NUMBER : is_word_byte(c) ? WORD : SIGN;
    do
        i++;
    while (i < p->length && (t.kind == NUMBER ? isdigit((unsigned char)p->text[i]) != 0
                                              : t.kind == WORD && is_word_byte(p->text[i])));
    t.length = i - start;
    t.end = i;
    return t;
}

static token peek(const parser *p) {
    return lex(p, p->now.end);
}

static void advance(parser *p) {
    p->last_begin = p->now.begin;
    p->last_end = p->now.end;
    p->now = peek(p);
}

static bool is_word(const token *t, const char *word) {
    return t->kind == WORD && t->length == (int64_t)strlen(word) &&
           strncasecmp(t->bytes, word, (size_t)t->length) == 0;
}

static bool is_sign(const token *t, char sign) {
    return t->kind == SIGN && t->bytes[0] == sign;
}

static void *fail(parser *p, int64_t position, const char *format, ...) RASK_PRINTF(3, 4);
static void *fail(parser *p, int64_t position, const char *format, ...) {
    if (p->status == RASK_OK) {
        va_list args;
        va_start(args, format);
        const char *cause = base_arena_vprintf(p->arena, format, args);
        va_end(args);
        p->status = rask_error_set(p->err, RASK_ERROR_VALIDATION,
                                   "Could not parse type at position %lld: %s\n"
                                   " Input type string: %.*s",
                                   (long long)position, cause, (int)p->length, p->text);
    }
    return NULL;
}

static void *unexpected(parser *p) {
    if (p->now.kind == END)
        return fail(p, p->last_begin, "Unexpected end.");
    return fail(p, p->now.begin, "Unexpected token: %.*s", (int)p->now.length, p->now.bytes);
}

static bool take_word(parser *p, const char *word) {
    if (p->status != RASK_OK || !is_word(&p->now, word))
        return false;
    advance(p);
    return true;
}

static bool take_sign(parser *p, char sign) {
    if (p->status != RASK_OK || !is_sign(&p->now, sign))
        return false;
    advance(p);
    return true;
}

static void need_sign(parser *p, char sign) {
    if (!take_sign(p, sign))
        unexpected(p);
}

static void need_word(parser *p, const char *word) {
    if (!take_word(p, word))
        unexpected(p);
}

/* The current token's bytes with doubled quotes undone. */
static char *take_unquoted(parser *p, char quote) {
    char *copy = base_arena_alloc(p->arena, p->now.length + 1), *out = copy;
    for (int64_t i = 0; i < p->now.length; i++) {
        *out++ = p->now.bytes[i];
        i += p->now.kind != WORD && p->now.bytes[i] == quote;
    }
    advance(p);
    return copy;
}

static char *need_text(parser *p) {
    return p->now.kind == TEXT ? take_unquoted(p, '\'') : unexpected(p);
}

static char *need_name(parser *p) {
    return p->now.kind == WORD || p->now.kind == QUOTED ? take_unquoted(p, '`') : unexpected(p);
}

static int32_t need_number(parser *p) {
    int64_t value = 0;
    if (p->status != RASK_OK || p->now.kind != NUMBER) {
        unexpected(p);
        return 0;
    }
    for (int64_t i = 0; i < p->now.length; i++)
        value = value <= INT32_MAX ? value * 10 + (p->now.bytes[i] - '0') : value;
    if (value > INT32_MAX)
        fail(p, p->now.begin, "Number too large: %.*s", (int)p->now.length, p->now.bytes);
    advance(p);
    return (int32_t)value;
}

/* [ '(' number ')' ] */
static int32_t optional_number(parser *p, int32_t otherwise) {
    if (!take_sign(p, '('))
        return otherwise;
    int32_t value = need_number(p);
    need_sign(p, ')');
    return value;
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static int32_t in_range(parser *p, const char *what, int32_t value, int32_t min, int32_t max) {
    if (p->status == RASK_OK && (value < min || value > max))
        p->status =
            rask_error_set(p->err, RASK_ERROR_VALIDATION,
                           "%s must be between %d and %d (both inclusive).", what, min, max);
    return value;
}

static void parse_plain(parser *p, data_type *t) {}

static void parse_sized(parser *p, data_type *t) {
    static const char *const what[] = {
        [DATA_CHAR] = "Character string length",
        [DATA_VARCHAR] = "Variable character string length",
        [DATA_BINARY] = "Binary string length",
        [DATA_VARBINARY] = "Variable binary string length",
    };
    if (t->kind == DATA_CHAR && take_word(p, "VARYING"))
        t->kind = DATA_VARCHAR;
    t->length = in_range(p, what[t->kind], optional_number(p, 1), 1, INT32_MAX);
}

static void parse_unbounded(parser *p, data_type *t) {
    t->length = DATA_STRING_LENGTH_MAX;
}

static void parse_double(parser *p, data_type *t) {
    take_word(p, "PRECISION");
}

static void parse_decimal(parser *p, data_type *t) {
    t->precision = 10;
    if (take_sign(p, '(')) {
        t->precision = need_number(p);
        t->scale = take_sign(p, ',') ? need_number(p) : 0;
        need_sign(p, ')');
    }
    in_range(p, "Decimal precision", t->precision, 1, DATA_DECIMAL_PRECISION_MAX);
    if (p->status == RASK_OK && t->scale > t->precision)
        p->status = rask_error_set(p->err, RASK_ERROR_VALIDATION,
                                   "Decimal scale must be between 0 and the precision %d (both "
                                   "inclusive).",
                                   t->precision);
}

/* [WITH [LOCAL] TIME ZONE | WITHOUT TIME ZONE]; WITH alone belongs to what follows the type. */
static void parse_zone(parser *p, data_type *t) {
    token next = peek(p);
    if (take_word(p, "WITHOUT")) {
        need_word(p, "TIME");
        need_word(p, "ZONE");
    } else if (is_word(&p->now, "WITH") && is_word(&next, "LOCAL")) {
        advance(p);
        advance(p);
        need_word(p, "TIME");
        need_word(p, "ZONE");
        t->kind = DATA_TIMESTAMP_LTZ;
    } else if (is_word(&p->now, "WITH") && is_word(&next, "TIME")) {
        fail(p, p->now.begin, "TIMESTAMP WITH TIME ZONE is not supported.");
    }
}

static void parse_time(parser *p, data_type *t) {
    t->precision = in_range(p, "Time precision", optional_number(p, 0), 0, 9);
    parse_zone(p, t);
    if (t->kind != DATA_TIME)
        fail(p, p->last_begin, "TIME has no WITH LOCAL TIME ZONE.");
}

static void parse_timestamp(parser *p, data_type *t) {
    const char *what = t->kind == DATA_TIMESTAMP ? "Timestamp precision"
                                                 : "Timestamp with local time zone precision";
    t->precision = in_range(p, what, optional_number(p, 6), 0, 9);
    if (t->kind == DATA_TIMESTAMP)
        parse_zone(p, t);
}

static bool parse_resolution(parser *p, data_type *t, bool leading, data_resolution *out) {
    static const char *const names[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"};
    int32_t found = 0;
    while (found <= DATA_RESOLUTION_SECOND && !take_word(p, names[found]))
        found++;
    if (found > DATA_RESOLUTION_SECOND)
        return unexpected(p) != NULL;
    *out = (data_resolution)found;
    if (leading && *out == DATA_RESOLUTION_YEAR)
        t->leading_precision =
            in_range(p, "Year precision of year-month intervals", optional_number(p, 2), 1, 4);
    else if (leading && *out == DATA_RESOLUTION_DAY)
        t->leading_precision =
            in_range(p, "Day precision of day-time intervals", optional_number(p, 2), 1, 6);
    else if (*out == DATA_RESOLUTION_SECOND)
        t->precision =
            in_range(p, "Fractional precision of day-time intervals", optional_number(p, 6), 0, 9);
    return true;
}

static void parse_interval(parser *p, data_type *t) {
    if (!parse_resolution(p, t, true, &t->from))
        return;
    t->to = t->from;
    bool is_months = t->from <= DATA_RESOLUTION_MONTH;
    if (take_word(p, "TO") && parse_resolution(p, t, false, &t->to) &&
        (t->to <= t->from || (t->to <= DATA_RESOLUTION_MONTH) != is_months))
        fail(p, p->last_begin, "Invalid %s interval resolution.",
             is_months ? "year-month" : "day-time");
    t->kind = is_months ? DATA_INTERVAL_YEAR_MONTH : DATA_INTERVAL_DAY_TIME;
}

static void parse_element(parser *p, data_type *t) {
    need_sign(p, '<');
    t->element = parse_type(p);
    need_sign(p, '>');
}

static void parse_map(parser *p, data_type *t) {
    need_sign(p, '<');
    t->key = parse_type(p);
    need_sign(p, ',');
    t->element = parse_type(p);
    need_sign(p, '>');
}

static void check_unique_names(parser *p, const data_type *t) {
    for (int32_t i = 0; i < t->field_count; i++)
        for (int32_t j = 0; j < i; j++)
            if (p->status == RASK_OK && strcmp(t->fields[i].name, t->fields[j].name) == 0)
                p->status = rask_error_set(p->err, RASK_ERROR_VALIDATION,
                                           "Field names must be unique. Found duplicates: [%s]",
                                           t->fields[i].name);
}

static void parse_fields(parser *p, data_type *t, char close) {
    base_list fields = {0};
    while (p->status == RASK_OK) {
        data_field *field = BASE_ARENA_NEW(p->arena, data_field);
        field->name = need_name(p);
        field->type = parse_type(p);
        if (p->status == RASK_OK && p->now.kind == TEXT)
            field->description = need_text(p);
        base_list_add(p->arena, &fields, field);
        if (!take_sign(p, ','))
            break;
    }
    need_sign(p, close);
    data_field *array = BASE_ARENA_ARRAY(p->arena, data_field, fields.count);
    for (int32_t i = 0; i < fields.count; i++)
        array[i] = *(data_field *)fields.items[i];
    t->fields = array;
    t->field_count = fields.count;
    if (p->status == RASK_OK)
        check_unique_names(p, t);
}

static void parse_row(parser *p, data_type *t) {
    char close = is_sign(&p->now, '(') ? ')' : '>';
    need_sign(p, close == ')' ? '(' : '<');
    if (!take_sign(p, close))
        parse_fields(p, t, close);
}

static void parse_structured(parser *p, data_type *t) {
    need_sign(p, '<');
    t->class_name = p->status == RASK_OK ? need_text(p) : NULL;
    if (take_sign(p, ','))
        parse_fields(p, t, '>');
    else
        need_sign(p, '>');
}

static void parse_raw(parser *p, data_type *t) {
    need_sign(p, '(');
    t->class_name = p->status == RASK_OK ? need_text(p) : NULL;
    need_sign(p, ',');
    t->serializer = p->status == RASK_OK ? need_text(p) : NULL;
    need_sign(p, ')');
}

static const struct {
    const char *name;
    data_kind kind;
    void (*parse)(parser *p, data_type *t);
} words[] = {
    {"CHAR", DATA_CHAR, parse_sized},
    {"CHARACTER", DATA_CHAR, parse_sized},
    {"VARCHAR", DATA_VARCHAR, parse_sized},
    {"STRING", DATA_VARCHAR, parse_unbounded},
    {"BOOLEAN", DATA_BOOLEAN, parse_plain},
    {"BINARY", DATA_BINARY, parse_sized},
    {"VARBINARY", DATA_VARBINARY, parse_sized},
    {"BYTES", DATA_VARBINARY, parse_unbounded},
    {"DECIMAL", DATA_DECIMAL, parse_decimal},
    {"DEC", DATA_DECIMAL, parse_decimal},
    {"NUMERIC", DATA_DECIMAL, parse_decimal},
    {"TINYINT", DATA_TINYINT, parse_plain},
    {"SMALLINT", DATA_SMALLINT, parse_plain},
    {"INT", DATA_INT, parse_plain},
    {"INTEGER", DATA_INT, parse_plain},
    {"BIGINT", DATA_BIGINT, parse_plain},
    {"FLOAT", DATA_FLOAT, parse_plain},
    {"DOUBLE", DATA_DOUBLE, parse_double},
    {"DATE", DATA_DATE, parse_plain},
    {"TIME", DATA_TIME, parse_time},
    {"TIMESTAMP", DATA_TIMESTAMP, parse_timestamp},
    {"TIMESTAMP_LTZ", DATA_TIMESTAMP_LTZ, parse_timestamp},
    {"INTERVAL", DATA_INTERVAL_DAY_TIME, parse_interval},
    {"ARRAY", DATA_ARRAY, parse_element},
    {"MULTISET", DATA_MULTISET, parse_element},
    {"MAP", DATA_MAP, parse_map},
    {"ROW", DATA_ROW, parse_row},
    {"STRUCTURED", DATA_STRUCTURED, parse_structured},
    {"RAW", DATA_RAW, parse_raw},
    {"NULL", DATA_NULL, parse_plain},
    {"VARIANT", DATA_VARIANT, parse_plain},
    {"BITMAP", DATA_BITMAP, parse_plain},
    {"SYMBOL", DATA_SYMBOL, parse_plain},
};
enum { WORD_COUNT = sizeof words / sizeof words[0] };

static void *unknown_type(parser *p) {
    const char *names[WORD_COUNT];
    char *name = base_arena_strndup(p->arena, p->now.bytes, p->now.length);
    for (int i = 0; i < WORD_COUNT; i++)
        names[i] = words[i].name;
    const char *nearest = base_nearest_name(name, names, WORD_COUNT);
    fail(p, p->now.begin, "Unknown type: %s", name);
    if (nearest != NULL)
        rask_error_hint(p->err, "Did you mean %s?", nearest);
    return NULL;
}

static const data_type *parse_base(parser *p) {
    data_type t = {.nullable = true};
    int i = 0;
    if (p->now.kind != WORD)
        return unexpected(p);
    while (i < WORD_COUNT && !is_word(&p->now, words[i].name))
        i++;
    if (i == WORD_COUNT)
        return unknown_type(p);
    advance(p);
    t.kind = words[i].kind;
    words[i].parse(p, &t);
    return p->status == RASK_OK ? data_type_intern(&t) : NULL;
}

/* [NOT NULL | NULL] */
static const data_type *parse_null(parser *p, const data_type *type) {
    token next = peek(p);
    if (type == NULL || p->status != RASK_OK)
        return NULL;
    if (is_word(&p->now, "NOT") && is_word(&next, "NULL")) {
        advance(p);
        advance(p);
        return data_type_with_null(type, false);
    }
    take_word(p, "NULL");
    return type;
}

static const data_type *parse_type(parser *p) {
    if (p->status != RASK_OK)
        return NULL;
    if (++p->depth > NESTING_MAX)
        return fail(p, p->now.begin, "Types are nested more than %d deep.", NESTING_MAX);
    const data_type *type = parse_null(p, parse_base(p));
    while (type != NULL) {
        if (take_word(p, "ARRAY"))
            type = parse_null(p, data_type_array(type, true));
        else if (take_word(p, "MULTISET"))
            type = parse_null(p, data_type_multiset(type, true));
        else
            break;
    }
    p->depth--;
    return type;
}

rask_status data_type_parse(const char *text, int64_t length, int64_t *consumed,
                            const data_type **out, rask_error *err) {
    parser p = {.text = text, .length = length, .arena = base_arena_new(), .err = err};
    p.now = lex(&p, 0);
    const data_type *type = parse_type(&p);
    if (p.status == RASK_OK && consumed == NULL && p.now.kind != END)
        unexpected(&p);
    base_arena_free(p.arena);
    if (p.status != RASK_OK)
        return p.status;
    if (consumed != NULL)
        *consumed = p.last_end;
    *out = type;
    return RASK_OK;
}
