/* Literals of dates, times and intervals, and the units of time.
 *
 *   DATE '2020-01-02'   TIME '03:04:05.5'   TIMESTAMP [WITH LOCAL TIME ZONE] '2020-01-02 03:04:05'
 *   INTERVAL '1 2:3' DAY TO MINUTE          INTERVAL -'1-2' YEAR TO MONTH       INTERVAL n DAY
 *
 * The precision of a time is the number of digits written.  An interval, whatever its unit, has one
 * of Flink's two types: INTERVAL SECOND(3) in milliseconds or INTERVAL MONTH in months. */
#include <string.h>

#include "base/time.h"
#include "sql/parser.h"

/* ---- units ----------------------------------------------------------------------------------- */

static const char *const time_units[] = {
    "NANOSECOND", "MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR",   "DAY",
    "WEEK",       "MONTH",       "QUARTER",     "YEAR",   "EPOCH",  "DECADE", "CENTURY",
    "MILLENNIUM", "DOW",         "DOY",         "ISODOW", "ISOYEAR"};

static bool is_time_unit(const char *name) {
    for (size_t i = 0; i < sizeof time_units / sizeof *time_units; i++)
        if (strcmp(name, time_units[i]) == 0)
            return true;
    return false;
}

expr_node *sql_time_unit(sql_parser *p) {
    static const char old_prefix[] = "SQL_TSI_";
    const sql_token *token = sql_now(p);
    int32_t first = p->at;
    bool is_unit = token->kind == SQL_TOKEN_NAME ||
                   (token->kind == SQL_TOKEN_KEYWORD &&
                    (sql_is_name(token) || is_time_unit(sql_keyword_name(token->keyword))));
    if (!is_unit) {
        sql_expecting(p, "<TIME_UNIT>");
        sql_expecting(p, "<IDENTIFIER>");
        sql_unexpected(p);
        return sql_symbol(p, "");
    }
    char *unit = base_arena_strndup(p->arena, p->tokens.text + token->offset, token->length);
    for (char *c = unit; *c != '\0'; c++)
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    if (strncmp(unit, old_prefix, sizeof old_prefix - 1) == 0)
        unit += sizeof old_prefix - 1;
    sql_advance(p);
    if (is_time_unit(unit))
        return sql_place(p, first, sql_symbol(p, unit));
    sql_invalid(p, token, token, "'%.*s' is not a valid time frame", token->length,
                p->tokens.text + token->offset);
    return sql_symbol(p, "");
}

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct reader {
    const char *at;
} reader;

/* A field of a date or time: blanks in front are skipped, as Java's formats do. */
static bool read_field(reader *in, int32_t *value) {
    enum { FIELD_MAX = 100000 };
    while (*in->at == ' ' || *in->at == '\t')
        in->at++;
    const char *start = in->at;
    *value = 0;
    for (; *in->at >= '0' && *in->at <= '9'; in->at++)
        if (*value < FIELD_MAX)
            *value = *value * 10 + (*in->at - '0');
    return in->at > start;
}

static bool read_char(reader *in, char c) {
    bool is_here = *in->at == c;
    in->at += is_here;
    return is_here;
}

static bool read_date(reader *in, int32_t *days, int32_t *year) {
    int32_t month, day;
    if (!read_field(in, year) || !read_char(in, '-') || !read_field(in, &month) ||
        !read_char(in, '-') || !read_field(in, &day) || *year < 1 ||
        !base_civil_is_valid(*year, month, day))
        return false;
    *days = base_days_from_civil(*year, month, day);
    return true;
}

/* HH:mm:ss[.fraction]; the fraction as nanoseconds and the number of its digits, at most nine. */
static bool read_time(reader *in, int32_t *second_of_day, int32_t *nanos, int32_t *digits) {
    int32_t hour, minute, second;
    *nanos = *digits = 0;
    if (!read_field(in, &hour) || !read_char(in, ':') || !read_field(in, &minute) ||
        !read_char(in, ':') || !read_field(in, &second) || hour > 23 || minute > 59 || second > 59)
        return false;
    *second_of_day = (hour * 60 + minute) * 60 + second;
    if (!read_char(in, '.'))
        return true;
    for (; *in->at >= '0' && *in->at <= '9'; in->at++)
        if (*digits < 9) {
            *nanos = *nanos * 10 + (*in->at - '0');
            ++*digits;
        }
    for (int32_t i = *digits; i < 9; i++)
        *nanos *= 10;
    return true;
}

/* ---- DATE, TIME, TIMESTAMP ------------------------------------------------------------------- */

static expr_node *illegal(sql_parser *p, int32_t first, const char *kind, const char *text,
                          const char *format) {
    sql_invalid(p, &p->tokens.items[first], sql_now(p) - 1,
                "Illegal %s literal '%s': not in format '%s'", kind, text, format);
    return expr_literal_bool(p->arena, false);
}

static void check_year(sql_parser *p, int32_t first, int32_t year) {
    enum { YEAR_MAX = 9999 };
    const sql_token *token = &p->tokens.items[first];
    if (year <= YEAR_MAX || p->status != RASK_OK)
        return;
    sql_invalid(p, token, sql_now(p) - 1, "Year out of range: [%d]", year);
}

static expr_node *date_literal(sql_parser *p, int32_t first, const char *text) {
    int32_t days = 0, year = 0;
    reader in = {text};
    if (!read_date(&in, &days, &year) || *in.at != '\0')
        return illegal(p, first, "DATE", text, "yyyy-MM-dd");
    check_year(p, first, year);
    return sql_place(p, first,
                     expr_literal_i64(p->arena, data_type_simple(DATA_DATE, false), days));
}

static expr_node *time_literal(sql_parser *p, int32_t first, const char *text) {
    enum { TIME_DIGITS_MAX = 3 };
    int32_t second_of_day, nanos, digits;
    reader in = {text};
    if (!read_time(&in, &second_of_day, &nanos, &digits) || *in.at != '\0')
        return illegal(p, first, "TIME", text, "HH:mm:ss");
    int32_t precision = digits < TIME_DIGITS_MAX ? digits : TIME_DIGITS_MAX;
    return sql_place(p, first,
                     expr_literal_i64(p->arena, data_type_time(DATA_TIME, precision, false),
                                      (int64_t)second_of_day * 1000 + nanos / 1000000));
}

static expr_node *timestamp_literal(sql_parser *p, int32_t first, const char *text,
                                    data_kind kind) {
    enum { MICRO_DIGITS_MAX = 6 };
    int32_t days = 0, year = 0, second_of_day = 0, nanos = 0, digits = 0;
    reader in = {text};
    bool is_read = read_date(&in, &days, &year);
    if (is_read && *in.at != '\0')
        is_read = read_char(&in, ' ') && read_time(&in, &second_of_day, &nanos, &digits);
    if (!is_read || *in.at != '\0')
        return illegal(p, first,
                       kind == DATA_TIMESTAMP ? "TIMESTAMP" : "TIMESTAMP WITH LOCAL TIME ZONE",
                       text, "yyyy-MM-dd HH:mm:ss");
    check_year(p, first, year);
    const data_type *type = data_type_time(kind, digits, false);
    int64_t seconds = (int64_t)days * 86400 + second_of_day;
    data_value value = data_value_i64(type, seconds * 1000000 + nanos / 1000);
    if (digits > MICRO_DIGITS_MAX)
        value.i128 = (base_i128)seconds * 1000000000 + nanos;
    return sql_place(p, first, expr_literal(p->arena, &value));
}

static bool is_text(const sql_token *token) {
    return token->kind >= SQL_TOKEN_STRING && token->kind <= SQL_TOKEN_ESCAPED_STRING;
}

/* The typed literal whose text is the current token. */
static expr_node *typed_text(sql_parser *p, int32_t first, data_kind kind) {
    const char *text = sql_expect_text(p);
    if (kind == DATA_DATE)
        return date_literal(p, first, text);
    return kind == DATA_TIME ? time_literal(p, first, text)
                             : timestamp_literal(p, first, text, kind);
}

/* TIMESTAMP WITH LOCAL TIME ZONE '...', TIMESTAMP WITHOUT TIME ZONE '...' */
static expr_node *zoned_timestamp(sql_parser *p, int32_t first) {
    bool has_zone = sql_token_is(p, sql_ahead(p, 1), KW_WITH);
    sql_advance(p);
    sql_advance(p);
    if (has_zone)
        sql_expect(p, KW_LOCAL);
    sql_expect(p, KW_TIME);
    sql_expect(p, KW_ZONE);
    return typed_text(p, first, has_zone ? DATA_TIMESTAMP_LTZ : DATA_TIMESTAMP);
}

/* {d '2020-01-01'}, {t '10:00:00'}, {ts '2020-01-01 10:00:00'} */
static expr_node *braced_literal(sql_parser *p, int32_t first) {
    static const struct {
        const char *name;
        data_kind kind;
    } kinds[] = {{"d", DATA_DATE}, {"t", DATA_TIME}, {"ts", DATA_TIMESTAMP}};
    const char *name = "";
    sql_advance(p);
    const sql_token *word = sql_now(p);
    if (sql_accept_name(p, &name) && strcasecmp(name, "fn") == 0) {
        sql_unsupported(p, word, "The escape {fn ...}");
        expr_node *call = sql_expression(p);
        sql_expect_symbol(p, "}");
        return call;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcasecmp(name, kinds[i].name) == 0) {
            expr_node *node = typed_text(p, first, kinds[i].kind);
            sql_expect_symbol(p, "}");
            return node;
        }
    if (p->status == RASK_OK)
        p->at = first + 1;
    sql_unexpected(p);
    return expr_literal_bool(p->arena, false);
}

/* ---- intervals ------------------------------------------------------------------------------- */

typedef enum interval_field {
    FIELD_YEAR,
    FIELD_QUARTER,
    FIELD_MONTH,
    FIELD_WEEK,
    FIELD_DAY,
    FIELD_HOUR,
    FIELD_MINUTE,
    FIELD_SECOND,
    FIELD_COUNT
} interval_field;

static const struct {
    const char *name;
    sql_keyword singular, plural;
    int64_t unit;   /* milliseconds, or months */
    int32_t max;    /* when it is not the leading field */
    char separator; /* in front of it */
} fields[FIELD_COUNT] = {[FIELD_YEAR] = {"YEAR", KW_YEAR, KW_YEARS, 12, 0, 0},
                         [FIELD_QUARTER] = {"QUARTER", KW_QUARTER, KW_QUARTERS, 3, 0, 0},
                         [FIELD_MONTH] = {"MONTH", KW_MONTH, KW_MONTHS, 1, 11, '-'},
                         [FIELD_WEEK] = {"WEEK", KW_WEEK, KW_WEEKS, 7 * 86400000LL, 0, 0},
                         [FIELD_DAY] = {"DAY", KW_DAY, KW_DAYS, 86400000LL, 0, 0},
                         [FIELD_HOUR] = {"HOUR", KW_HOUR, KW_HOURS, 3600000, 23, ' '},
                         [FIELD_MINUTE] = {"MINUTE", KW_MINUTE, KW_MINUTES, 60000, 59, ':'},
                         [FIELD_SECOND] = {"SECOND", KW_SECOND, KW_SECONDS, 1000, 59, ':'}};

typedef struct qualifier {
    interval_field from, to;
    int32_t leading, fraction; /* -1 = not given */
    int32_t first;             /* its first token */
} qualifier;

static bool is_months(interval_field field) {
    return field <= FIELD_MONTH;
}

static bool accept_field(sql_parser *p, interval_field *field) {
    for (int32_t i = 0; i < FIELD_COUNT; i++)
        if (sql_accept(p, fields[i].singular) || sql_accept(p, fields[i].plural)) {
            *field = (interval_field)i;
            return true;
        }
    return false;
}

/* Whether "from TO to" makes sense: YEAR TO MONTH, DAY TO SECOND, ... */
static bool is_range(interval_field from, interval_field to) {
    if (from == FIELD_YEAR)
        return to == FIELD_MONTH;
    return from >= FIELD_DAY && to > from;
}

static void accept_to(sql_parser *p, qualifier *q) {
    if (!sql_is(p, KW_TO) || q->from == FIELD_SECOND)
        return;
    for (int32_t i = 0; i < FIELD_COUNT; i++)
        if (is_range(q->from, (interval_field)i) &&
            sql_token_is(p, sql_ahead(p, 1), fields[i].singular)) {
            sql_advance(p);
            sql_advance(p);
            q->to = (interval_field)i;
            return;
        }
    /* Flink takes "TO" for part of what follows a unit, so both words are in its message. */
    if (is_range(q->from, FIELD_SECOND) || q->from == FIELD_YEAR)
        sql_mismatched(p, false);
}

static bool accept_qualifier(sql_parser *p, qualifier *q) {
    *q = (qualifier){.leading = -1, .fraction = -1, .first = p->at};
    if (!accept_field(p, &q->from))
        return false;
    q->to = q->from;
    if (sql_accept_symbol(p, "(")) {
        q->leading = (int32_t)sql_expect_integer(p);
        if (q->from == FIELD_SECOND && sql_accept_symbol(p, ","))
            q->fraction = (int32_t)sql_expect_integer(p);
        sql_expect_symbol(p, ")");
    }
    accept_to(p, q);
    if (q->to == FIELD_SECOND && q->from != FIELD_SECOND && sql_accept_symbol(p, "(")) {
        q->fraction = (int32_t)sql_expect_integer(p);
        sql_expect_symbol(p, ")");
    }
    return true;
}

static const char *qualifier_text(sql_parser *p, const qualifier *q) {
    const char *leading = q->leading < 0 ? "" : base_arena_printf(p->arena, "(%d)", q->leading);
    if (q->from == FIELD_SECOND && q->fraction >= 0)
        leading = base_arena_printf(p->arena, "(%d, %d)", q->leading, q->fraction);
    if (q->from == q->to)
        return base_arena_printf(p->arena, "%s%s", fields[q->from].name, leading);
    const char *fraction = q->fraction < 0 ? "" : base_arena_printf(p->arena, "(%d)", q->fraction);
    return base_arena_printf(p->arena, "%s%s TO %s%s", fields[q->from].name, leading,
                             fields[q->to].name, fraction);
}

static void check_qualifier(sql_parser *p, const qualifier *q) {
    enum { LEADING_MAX = 10, FRACTION_MAX = 9 };
    const sql_token *first = &p->tokens.items[q->first];
    if (q->leading == 0 || q->leading > LEADING_MAX)
        sql_invalid(p, first, sql_now(p) - 1,
                    "Interval leading field precision '%d' out of range for INTERVAL %s",
                    q->leading, qualifier_text(p, q));
    if (q->fraction == 0 || q->fraction > FRACTION_MAX)
        sql_invalid(p, first, sql_now(p) - 1,
                    "Interval fractional second precision '%d' out of range for INTERVAL %s",
                    q->fraction, qualifier_text(p, q));
}

/* At most `digits_max` digits.  No field has more than ten digits; a larger value stops growing
 * just beyond that, where a week of it still has a number of milliseconds. */
static bool read_digits(reader *in, int32_t digits_max, int64_t *value) {
    const int64_t value_max = INT64_C(10000000000);
    const char *start = in->at;
    *value = 0;
    for (; *in->at >= '0' && *in->at <= '9' && in->at - start < digits_max; in->at++) {
        *value = *value * 10 + (*in->at - '0');
        if (*value > value_max)
            *value = value_max;
    }
    return in->at > start;
}

static bool read_fraction(reader *in, const qualifier *q, int64_t *millis) {
    enum { FRACTION_DEFAULT = 6 };
    if (!read_char(in, '.'))
        return true;
    const char *start = in->at;
    int64_t digits;
    if (!read_digits(in, q->fraction > 0 ? q->fraction : FRACTION_DEFAULT, &digits))
        return false;
    int64_t shown = in->at - start;
    for (; shown < 3; shown++)
        digits *= 10;
    for (; shown > 3; shown--)
        digits /= 10;
    *millis += digits;
    return true;
}

/* "1 02:03:04.5" by the fields from..to; `leading` gets the first field's value. */
static bool read_interval(reader *in, const qualifier *q, int64_t *value, int64_t *leading) {
    enum { DIGITS_MAX = 40 };
    if (!read_digits(in, DIGITS_MAX, leading))
        return false;
    *value = *leading * fields[q->from].unit;
    for (interval_field field = q->from; field != q->to;) {
        int64_t part;
        field = field == FIELD_YEAR ? FIELD_MONTH : (interval_field)(field + 1);
        if (!read_char(in, fields[field].separator) || !read_digits(in, 2, &part) ||
            part > fields[field].max)
            return false;
        *value += part * fields[field].unit;
    }
    return q->to != FIELD_SECOND || read_fraction(in, q, value);
}

static const data_type *interval_type(interval_field from, bool nullable) {
    return is_months(from) ? data_type_months(nullable) : data_type_millis(nullable);
}

static expr_node *interval_value(sql_parser *p, int32_t first, interval_field unit, int64_t value) {
    return sql_place(p, first, expr_literal_i64(p->arena, interval_type(unit, false), value));
}

static char *trimmed(sql_parser *p, const char *text) {
    const char *end = text + strlen(text);
    while (*text == ' ')
        text++;
    while (end > text && end[-1] == ' ')
        end--;
    return base_arena_strndup(p->arena, text, end - text);
}

static int64_t power_of_ten(int32_t exponent) {
    int64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

static expr_node *interval_text(sql_parser *p, int32_t first, bool is_negative) {
    enum { LEADING_DEFAULT = 2, LEADING_MAX = 10 };
    const sql_token *start = &p->tokens.items[first];
    const char *text = sql_expect_text(p);
    qualifier q = {0};
    if (!accept_qualifier(p, &q))
        sql_unexpected(p);
    check_qualifier(p, &q);
    reader in = {trimmed(p, text)};
    bool is_minus = *in.at == '-';
    if (is_minus || *in.at == '+')
        in.at++;
    int64_t value = 0, leading = 0;
    int32_t digits = q.leading > 0 ? q.leading : LEADING_DEFAULT;
    if (digits > LEADING_MAX)
        digits = LEADING_MAX; /* refused above */
    if (!read_interval(&in, &q, &value, &leading) || *in.at != '\0')
        sql_invalid(p, start, sql_now(p) - 1,
                    "Illegal interval literal format '%s' for INTERVAL %s", text,
                    qualifier_text(p, &q));
    else if (leading >= power_of_ten(digits))
        sql_invalid(p, start, sql_now(p) - 1,
                    "Interval field value %lld exceeds precision of %s(%d) field",
                    (long long)leading, fields[q.from].name, digits);
    return interval_value(p, first, q.from, is_minus != is_negative ? -value : value);
}

/* INTERVAL n DAY is n times one day. */
static expr_node *interval_expression(sql_parser *p, int32_t first) {
    interval_field unit = FIELD_DAY;
    expr_node *count = sql_expression_from(p, SQL_BIND_ACCESS);
    int32_t unit_at = p->at;
    if (!accept_field(p, &unit))
        sql_unexpected(p);
    expr_node *one = interval_value(p, unit_at, unit, fields[unit].unit);
    return sql_call_of(p, first, "*", count, one);
}

static expr_node *interval_literal(sql_parser *p, int32_t first) {
    sql_advance(p);
    bool is_negative = sql_is_symbol(p, "-");
    if ((is_negative || sql_is_symbol(p, "+")) && is_text(sql_ahead(p, 1)))
        sql_advance(p);
    return is_text(sql_now(p)) ? interval_text(p, first, is_negative)
                               : interval_expression(p, first);
}

const data_type *sql_interval_type(sql_parser *p, bool nullable) {
    qualifier q = {0};
    if (!accept_qualifier(p, &q))
        sql_unexpected(p);
    check_qualifier(p, &q);
    return interval_type(q.from, nullable);
}

expr_node *sql_accept_interval_qualifier(sql_parser *p) {
    qualifier q;
    int32_t first = p->at;
    if (!accept_qualifier(p, &q))
        return NULL;
    check_qualifier(p, &q);
    return sql_place(p, first, sql_symbol(p, fields[q.from].name));
}

/* ---- all of them ----------------------------------------------------------------------------- */

expr_node *sql_temporal_literal(sql_parser *p) {
    int32_t first = p->at;
    const sql_token *next = sql_ahead(p, 1);
    switch (sql_now(p)->keyword) {
    case KW_INTERVAL:
        return interval_literal(p, first);
    case KW_DATE:
    case KW_TIME:
    case KW_TIMESTAMP:
        if (is_text(next)) {
            sql_keyword word = sql_now(p)->keyword;
            sql_advance(p);
            return typed_text(p, first,
                              word == KW_DATE   ? DATA_DATE
                              : word == KW_TIME ? DATA_TIME
                                                : DATA_TIMESTAMP);
        }
        if (sql_now(p)->keyword == KW_TIMESTAMP &&
            (sql_token_is(p, next, KW_WITH) || sql_token_is(p, next, KW_WITHOUT)))
            return zoned_timestamp(p, first);
        return NULL;
    default:
        return NULL;
    }
}

expr_node *sql_braced_literal(sql_parser *p) {
    return sql_token_is_symbol(p, sql_now(p), "{") ? braced_literal(p, p->at) : NULL;
}
