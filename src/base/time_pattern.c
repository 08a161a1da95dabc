/* Compiles patterns to items; see time_pattern.h.  The rules about letters and their numbers are
 * DateTimeFormatterBuilder.appendPattern's and SimpleDateFormat.compile's. */
#include <ctype.h>
#include <string.h>

#include "base/time.h"
#include "base/time_pattern_private.h"

const char *const pattern_months[12] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
const char *const pattern_days[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                     "Thursday", "Friday", "Saturday"};

/* ---- calendars ------------------------------------------------------------------------------- */

/* In days since 1970: 15 October 1582, and how long ago the 1st of March of the Julian year 0 was.
 */
enum { GREGORIAN_START = -141427, JULIAN_START = 719470 };

/* Days since 1970 of a Julian date, by years that begin in March. */
static int64_t julian_days(int64_t year, int32_t month, int64_t day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t month_days = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
    return base_floor_div(y * 1461, 4) + month_days + day - 1 - JULIAN_START;
}

int64_t pattern_hybrid_days(int64_t year, int32_t month, int64_t day) {
    int64_t days = base_days_from_civil((int32_t)year, month, 1) + day - 1;
    return days >= GREGORIAN_START ? days : julian_days(year, month, day);
}

void pattern_hybrid_from_days(int64_t days, int64_t *year, int32_t *month, int32_t *day) {
    if (days >= GREGORIAN_START) {
        int32_t y;
        base_civil_from_days((int32_t)days, &y, month, day);
        *year = y;
        return;
    }
    int64_t since = days + JULIAN_START;
    int64_t cycle = base_floor_div(since, 1461), in_cycle = base_floor_mod(since, 1461);
    int64_t y = in_cycle / 365 < 3 ? in_cycle / 365 : 3;
    int64_t in_year = in_cycle - y * 365;
    int64_t m = (5 * in_year + 2) / 153;
    *day = (int32_t)(in_year - (153 * m + 2) / 5 + 1);
    *month = (int32_t)(m < 10 ? m + 3 : m - 9);
    *year = cycle * 4 + y + (*month <= 2);
}

int64_t pattern_week_start(int32_t week_year) {
    int64_t first = base_days_from_civil(week_year, 1, 1);
    return first - pattern_weekday(first);
}

void pattern_week(int64_t days, int32_t year, int32_t *week_year, int32_t *week) {
    *week_year = days >= pattern_week_start(year + 1) ? year + 1 : year;
    *week = (int32_t)((days - pattern_week_start(*week_year)) / 7) + 1;
}

/* ---- refusals -------------------------------------------------------------------------------- */

rask_status pattern_unsupported(rask_error *err, char letter) {
    return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                          "the pattern letter '%c' of dates and times is not supported here",
                          letter);
}

static rask_status refused(rask_error *err, const char *what, char letter) {
    return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT, "%s%c", what, letter);
}

static rask_status too_many(rask_error *err, char letter) {
    return refused(err, "Too many pattern letters: ", letter);
}

/* ---- letters of DateTimeFormatter ------------------------------------------------------------ */

static void number(pattern_item *item, int32_t width_min, int32_t width_max, pattern_sign sign) {
    item->style = STYLE_NUMBER;
    item->width_min = width_min;
    item->width_max = width_max;
    item->sign = sign;
}

/* One letter any width, two letters two digits. */
static void one_or_two(pattern_item *item) {
    if (item->count == 1)
        number(item, 1, 19, SIGN_NORMAL);
    else
        number(item, 2, 2, SIGN_NOT_NEGATIVE);
}

static rask_status year_letter(pattern_item *item, rask_error *err) {
    if (item->count == 2)
        number(item, 2, 2, SIGN_NOT_NEGATIVE);
    else
        number(item, item->count, 19, item->count < 4 ? SIGN_NORMAL : SIGN_EXCEEDS_PAD);
    return item->count > 19 ? too_many(err, item->letter) : RASK_OK;
}

/* Numbers for one and two letters, then text. */
static rask_status text_letter(pattern_item *item, rask_error *err) {
    bool is_text = item->letter == 'E' || item->letter == 'G';
    if (item->letter == 'c' && item->count == 2)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT, "Invalid pattern \"cc\"");
    if (item->count > 5)
        return too_many(err, item->letter);
    if (item->count < 3 && !is_text)
        one_or_two(item);
    else
        item->style = item->count == 5 ? STYLE_NARROW : item->count == 4 ? STYLE_FULL : STYLE_SHORT;
    return RASK_OK;
}

static rask_status small_number_letter(pattern_item *item, rask_error *err) {
    int32_t count_max = strchr("FW", item->letter) != NULL ? 1 : 2;
    if (item->count > count_max)
        return too_many(err, item->letter);
    one_or_two(item);
    return RASK_OK;
}

static rask_status day_of_year_letter(pattern_item *item, rask_error *err) {
    if (item->count > 3)
        return too_many(err, item->letter);
    if (item->count == 1)
        number(item, 1, 19, SIGN_NORMAL);
    else
        number(item, item->count, 3, SIGN_NOT_NEGATIVE);
    return RASK_OK;
}

static rask_status fraction_letter(pattern_item *item, rask_error *err) {
    if (item->count > 9)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                              "The maximum width must be from 1 to 9 inclusive but was %d",
                              item->count);
    number(item, item->count, item->count, SIGN_NOT_NEGATIVE);
    return RASK_OK;
}

static rask_status wide_number_letter(pattern_item *item, rask_error *err) {
    number(item, item->count, 19, SIGN_NOT_NEGATIVE);
    return item->count > 19 ? too_many(err, item->letter) : RASK_OK;
}

static rask_status half_day_letter(pattern_item *item, rask_error *err) {
    item->style = STYLE_SHORT;
    if (item->letter == 'B' && item->count != 1 && item->count != 4 && item->count != 5)
        return refused(err, "Wrong number of pattern letters: ", 'B');
    return item->letter == 'a' && item->count > 1 ? too_many(err, 'a') : RASK_OK;
}

static rask_status zone_letter(pattern_item *item, rask_error *err) {
    item->style = STYLE_FULL;
    if (item->letter == 'V' && item->count != 2)
        return refused(err, "Pattern letter count must be 2: ", 'V');
    if (item->letter == 'O' && item->count != 1 && item->count != 4)
        return refused(err, "Pattern letter count must be 1 or 4: ", 'O');
    int32_t count_max = item->letter == 'z' ? 4 : 5;
    return item->count > count_max ? too_many(err, item->letter) : RASK_OK;
}

static const struct {
    const char *letters;
    rask_status (*check)(pattern_item *item, rask_error *err);
} formatter_letters[] = {
    {"uyY", year_letter},      {"MLQqEecG", text_letter}, {"dhHkKmswWF", small_number_letter},
    {"D", day_of_year_letter}, {"S", fraction_letter},    {"AnN", wide_number_letter},
    {"aB", half_day_letter},   {"VzOXxZ", zone_letter},
};

static rask_status check_formatter_letter(pattern_item *item, rask_error *err) {
    if (strchr("gv", item->letter) != NULL)
        return pattern_unsupported(err, item->letter);
    for (size_t i = 0; i < sizeof formatter_letters / sizeof formatter_letters[0]; i++)
        if (strchr(formatter_letters[i].letters, item->letter) != NULL)
            return formatter_letters[i].check(item, err);
    return refused(err, "Unknown pattern letter: ", item->letter);
}

/* Numbers side by side: the first takes what those of a fixed width behind it leave. */
static void join_numbers(base_time_pattern *pattern) {
    pattern_item *first = NULL;
    for (int32_t i = 0; i < pattern->count; i++) {
        pattern_item *item = &pattern->items[i];
        bool is_number = item->letter != '\'' && strchr("[]", item->letter) == NULL &&
                         item->style == STYLE_NUMBER && item->pad == 0;
        bool is_fixed = item->width_min == item->width_max && item->sign == SIGN_NOT_NEGATIVE;
        if (!is_number) {
            first = NULL;
        } else if (first == NULL) {
            first = item;
        } else if (is_fixed) {
            first->reserved += item->width_max;
            item->reserved = -1;
        } else {
            first->reserved = first->reserved > 0 ? first->reserved : -1;
            first = item;
        }
    }
}

/* ---- letters of SimpleDateFormat ------------------------------------------------------------- */

static rask_status check_simple_letter(pattern_item *item, rask_error *err) {
    if (strchr("GyMdkHmsSEDFwWahKzZYuXL", item->letter) == NULL)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT, "Illegal pattern character '%c'",
                              item->letter);
    if (item->letter == 'X' && item->count > 3)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                              "invalid ISO 8601 format: length=%d", item->count);
    return RASK_OK;
}

/* ---- items ----------------------------------------------------------------------------------- */

typedef struct reader {
    base_time_pattern *pattern;
    const char *text, *at, *end;
    char *literals; /* where the next unquoted literal goes */
    int32_t brackets;
} reader;

static pattern_item *add_item(reader *r, char letter, int32_t count) {
    pattern_item *item = &r->pattern->items[r->pattern->count++];
    *item = (pattern_item){.letter = letter, .count = count};
    return item;
}

static void add_literal(reader *r, const char *bytes, int64_t size) {
    pattern_item *item = add_item(r, '\'', 0);
    memcpy(r->literals, bytes, (size_t)size);
    item->literal = r->literals;
    item->literal_length = (int32_t)size;
    r->literals += size;
}

/* 'text', where '' stands for one quote. */
static rask_status read_quoted(reader *r, rask_error *err) {
    char *start = r->literals;
    const char *at = r->at + 1;
    for (; at < r->end; at++) {
        if (*at == '\'' && (at + 1 == r->end || at[1] != '\''))
            break;
        at += *at == '\'';
        *r->literals++ = *at;
    }
    if (at == r->end && r->pattern->dialect == BASE_TIME_SIMPLE)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT, "Unterminated quote");
    if (at == r->end)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                              "Pattern ends with an incomplete string literal: %.*s",
                              (int)(r->end - r->text), r->text);
    if (r->literals == start) /* '' */
        *r->literals++ = '\'';
    pattern_item *item = add_item(r, '\'', 0);
    item->literal = start;
    item->literal_length = (int32_t)(r->literals - start);
    r->at = at + 1;
    return RASK_OK;
}

static int32_t read_run(reader *r) {
    const char *start = r->at;
    while (r->at < r->end && *r->at == *start)
        r->at++;
    return (int32_t)(r->at - start);
}

static rask_status read_letters(reader *r, rask_error *err) {
    bool is_formatter = r->pattern->dialect == BASE_TIME_FORMATTER;
    int32_t pad = 0;
    if (*r->at == 'p' && is_formatter) {
        pad = read_run(r);
        if (r->at == r->end || !isalpha((unsigned char)*r->at))
            return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                                  "Pad letter 'p' must be followed by valid pad pattern: %.*s",
                                  (int)(r->end - r->text), r->text);
    }
    char letter = *r->at;
    pattern_item *item = add_item(r, letter, read_run(r));
    item->pad = pad;
    return is_formatter ? check_formatter_letter(item, err) : check_simple_letter(item, err);
}

/* [ ] # { } of DateTimeFormatter. */
static rask_status read_reserved(reader *r, rask_error *err) {
    char c = *r->at++;
    if (strchr("{}#", c) != NULL)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                              "Pattern includes reserved character: '%c'", c);
    r->brackets += c == '[' ? 1 : -1;
    if (r->brackets < 0)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                              "Pattern invalid as it contains ] without previous [");
    add_item(r, c, 0);
    return RASK_OK;
}

static rask_status read_items(reader *r, rask_error *err) {
    bool is_formatter = r->pattern->dialect == BASE_TIME_FORMATTER;
    while (r->at < r->end) {
        if (isalpha((unsigned char)*r->at)) {
            RASK_TRY(read_letters(r, err));
        } else if (*r->at == '\'') {
            RASK_TRY(read_quoted(r, err));
        } else if (is_formatter && *r->at != '\0' && strchr("[]{}#", *r->at) != NULL) {
            RASK_TRY(read_reserved(r, err));
        } else {
            add_literal(r, r->at, 1);
            r->at++;
        }
    }
    if (is_formatter)
        join_numbers(r->pattern);
    return RASK_OK;
}

rask_status base_time_pattern_new(base_time_dialect dialect, const char *text, int64_t length,
                                  base_time_pattern **out, rask_error *err) {
    enum { LENGTH_MAX = 4096 };
    if (length > LENGTH_MAX)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "a pattern of %lld bytes for dates is too long; at most %d",
                              (long long)length, LENGTH_MAX);
    base_time_pattern *pattern = BASE_NEW(base_time_pattern);
    pattern->dialect = dialect;
    pattern->text = base_alloc(length + 1);
    pattern->items = BASE_NEW_ARRAY(pattern_item, length + 1);
    reader r = {.pattern = pattern,
                .text = text,
                .at = text,
                .end = text + length,
                .literals = pattern->text};
    rask_status status = read_items(&r, err);
    if (status != RASK_OK) {
        base_time_pattern_free(pattern);
        return status;
    }
    *out = pattern;
    return RASK_OK;
}

void base_time_pattern_free(base_time_pattern *pattern) {
    if (pattern == NULL)
        return;
    base_free(pattern->text);
    base_free(pattern->items);
    base_free(pattern);
}
