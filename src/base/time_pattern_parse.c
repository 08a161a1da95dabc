/* Reading by patterns of DateTimeFormatter; see time_pattern.h.
 *
 * Strict about widths and case, as ofPattern's formatters are; what the fields mean together is
 * decided in time_pattern_resolve.c. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/time_pattern_private.h"
#include "base/utf8.h"

typedef struct reader {
    const char *at, *end;
    pattern_fields fields;
    rask_status status; /* a refusal */
    rask_error *err;
} reader;

bool pattern_set(pattern_fields *fields, pattern_field field, int64_t value) {
    if (pattern_has(fields, field))
        return fields->values[field] == value;
    fields->known |= 1u << field;
    fields->values[field] = value;
    return true;
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* Digits at the cursor, at most `width_max`; of any script, as Java converts only ASCII ones here:
 * others end the number. */
static int32_t count_digits(const reader *r, int32_t width_max) {
    int32_t count = 0;
    while (count < width_max && r->at + count < r->end && isdigit((unsigned char)r->at[count]))
        count++;
    return count;
}

static bool read_sign(reader *r, const pattern_item *item, bool *negative, bool *positive) {
    *negative = r->at < r->end && *r->at == '-';
    *positive = r->at < r->end && *r->at == '+';
    if (*negative || *positive) {
        bool allowed = item->sign == SIGN_EXCEEDS_PAD || (*negative && item->sign == SIGN_NORMAL);
        r->at++;
        return allowed;
    }
    return true;
}

/* NumberPrinterParser.parse, strict. */
static bool read_number(reader *r, const pattern_item *item, int64_t *out) {
    bool negative, positive;
    if (!read_sign(r, item, &negative, &positive))
        return false;
    int32_t reserved = item->reserved > 0 ? item->reserved : 0;
    int32_t digits = count_digits(r, item->width_max + reserved);
    if (digits < item->width_min)
        return false;
    if (reserved > 0 && digits - reserved > item->width_min)
        digits -= reserved;
    else if (reserved > 0)
        digits = item->width_min;
    int64_t value = 0;
    for (int32_t i = 0; i < digits; i++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, r->at[i] - '0', &value))
            return false;
    r->at += digits;
    if (negative && value == 0)
        return false;
    if (item->sign == SIGN_EXCEEDS_PAD && !negative && positive != (digits > item->width_min))
        return false;
    *out = negative ? -value : value;
    return true;
}

static bool read_fraction(reader *r, const pattern_item *item) {
    int64_t nanos = 0;
    if (count_digits(r, item->count) < item->count)
        return false;
    for (int32_t i = 0; i < 9; i++)
        nanos = nanos * 10 + (i < item->count ? *r->at++ - '0' : 0);
    return pattern_set(&r->fields, FIELD_NANO, nanos);
}

/* ---- words ----------------------------------------------------------------------------------- */

static bool take(reader *r, const char *word, int64_t length) {
    if (r->end - r->at < length || memcmp(r->at, word, (size_t)length) != 0)
        return false;
    r->at += length;
    return true;
}

/* The number (from 0) of the name at the cursor, -1 = none. */
static int32_t read_name(reader *r, const char *const *names, int32_t count, pattern_style style) {
    for (int32_t i = 0; i < count; i++) {
        int64_t length = style == STYLE_FULL ? (int64_t)strlen(names[i]) : 3;
        if (take(r, names[i], length))
            return i;
    }
    return -1;
}

static bool read_era(reader *r, pattern_style style) {
    static const char *const words[][2] = {
        [STYLE_SHORT] = {"BC", "AD"},
        [STYLE_FULL] = {"Before Christ", "Anno Domini"},
        [STYLE_NARROW] = {"B", "A"},
    };
    for (int32_t era = 0; era < 2; era++)
        if (take(r, words[style][era], (int64_t)strlen(words[style][era])))
            return pattern_set(&r->fields, FIELD_ERA, era);
    return false;
}

static bool read_quarter(reader *r, pattern_style style) {
    static const char *const names[] = {"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"};
    if (style == STYLE_SHORT && !take(r, "Q", 1))
        return false;
    for (int32_t i = 0; i < 4; i++)
        if (take(r, names[i], style == STYLE_FULL ? (int64_t)strlen(names[i]) : 1))
            return pattern_set(&r->fields, FIELD_QUARTER, i + 1);
    return false;
}

/* ---- zones and offsets: read and forgotten, as Flink does ------------------------------------ */

static bool read_two_digits(reader *r, int32_t max) {
    if (count_digits(r, 2) < 2 || (r->at[0] - '0') * 10 + (r->at[1] - '0') > max)
        return false;
    r->at += 2;
    return true;
}

/* +HH, then minutes and seconds; `colon` says how they are divided. */
static bool read_offset(reader *r, const char *zero, bool colon, bool needs_minutes,
                        bool has_minutes, bool has_seconds) {
    if (*zero != '\0' && take(r, zero, (int64_t)strlen(zero)))
        return true;
    if (!take(r, "+", 1) && !take(r, "-", 1))
        return false;
    if (!read_two_digits(r, 18))
        return false;
    for (int32_t part = 0; part < (has_seconds ? 2 : has_minutes ? 1 : 0); part++) {
        const char *before = r->at;
        if ((colon && !take(r, ":", 1)) || !read_two_digits(r, 59)) {
            r->at = before;
            return part > 0 || !needs_minutes;
        }
    }
    return true;
}

/* GMT, GMT+8, GMT+08:00 */
static bool read_localized_offset(reader *r, bool is_full) {
    if (!take(r, "GMT", 3))
        return false;
    if (r->at == r->end || (*r->at != '+' && *r->at != '-'))
        return true;
    if (is_full)
        return read_offset(r, "", true, true, true, true);
    r->at++;
    int32_t digits = count_digits(r, 2);
    r->at += digits;
    if (digits > 0 && take(r, ":", 1))
        return read_two_digits(r, 59);
    return digits > 0;
}

static bool read_offset_letter(reader *r, const pattern_item *item) {
    int32_t count = item->count;
    if (item->letter == 'O')
        return read_localized_offset(r, count == 4);
    if (item->letter == 'Z' && count == 4)
        return read_localized_offset(r, true);
    if (item->letter == 'Z')
        return count == 5 ? read_offset(r, "Z", true, true, true, true)
                          : read_offset(r, "", false, true, true, false);
    const char *zero = item->letter == 'X' ? "Z" : "";
    bool colon = count == 3 || count == 5;
    return read_offset(r, zero, colon, count > 1, true, count > 3);
}

/* A zone's id or a fixed offset; other names of zones are not known here. */
static bool read_zone(reader *r, const pattern_item *item) {
    const char *start = r->at;
    const base_zone *zone;
    while (r->at < r->end && (isalnum((unsigned char)*r->at) || strchr("/_+-:", *r->at) != NULL))
        r->at++;
    if (r->at == start)
        return false;
    if (base_zone_find(start, r->at - start, &zone, NULL) == RASK_OK)
        return true;
    r->status = pattern_unsupported(r->err, item->letter);
    return false;
}

/* ---- letters --------------------------------------------------------------------------------- */

static const struct {
    char letter;
    pattern_field field;
    int64_t min, max;
} number_fields[] = {
    {'u', FIELD_YEAR, -999999999, 999999999},
    {'y', FIELD_YEAR_OF_ERA, 1, 999999999},
    {'Y', FIELD_WEEK_YEAR, -999999999, 999999999},
    {'Q', FIELD_QUARTER, 1, 4},
    {'q', FIELD_QUARTER, 1, 4},
    {'M', FIELD_MONTH, 1, 12},
    {'L', FIELD_MONTH, 1, 12},
    {'w', FIELD_WEEK_OF_YEAR, 1, 54},
    {'W', FIELD_WEEK_OF_MONTH, 0, 6},
    {'D', FIELD_DAY_OF_YEAR, 1, 366},
    {'d', FIELD_DAY, 1, 31},
    {'F', FIELD_ALIGNED_DAY, 1, 7},
    {'e', FIELD_LOCAL_WEEKDAY, 1, 7},
    {'c', FIELD_LOCAL_WEEKDAY, 1, 7},
    {'H', FIELD_HOUR, 0, 24},
    {'k', FIELD_CLOCK_HOUR, 0, 24},
    {'K', FIELD_HOUR_AM_PM, 0, 11},
    {'h', FIELD_CLOCK_HOUR_AM_PM, 0, 12},
    {'m', FIELD_MINUTE, 0, 59},
    {'s', FIELD_SECOND, 0, 59},
    {'A', FIELD_MILLI_OF_DAY, 0, 86399999},
    {'n', FIELD_NANO, 0, 999999999},
    {'N', FIELD_NANO_OF_DAY, 0, 86399999999999},
};

static bool read_number_letter(reader *r, const pattern_item *item) {
    int64_t value;
    if (item->letter == 'S')
        return read_fraction(r, item);
    if (!read_number(r, item, &value))
        return false;
    pattern_field field = FIELD_COUNT;
    for (size_t i = 0; i < sizeof number_fields / sizeof number_fields[0]; i++) {
        if (number_fields[i].letter != item->letter)
            continue;
        if (value < number_fields[i].min || value > number_fields[i].max)
            return false;
        field = number_fields[i].field;
    }
    if (item->width_max == 2 && strchr("uyY", item->letter) != NULL)
        value += 2000; /* two digits */
    return pattern_set(&r->fields, field, value);
}

static bool read_word_letter(reader *r, const pattern_item *item) {
    int32_t at;
    if (item->style == STYLE_NARROW && strchr("GQq", item->letter) == NULL)
        return false; /* ambiguous: Java reads none of them either */
    switch (item->letter) {
    case 'G':
        return read_era(r, item->style);
    case 'Q':
    case 'q':
        return read_quarter(r, item->style);
    case 'M':
    case 'L':
        at = read_name(r, pattern_months, 12, item->style);
        return at >= 0 && pattern_set(&r->fields, FIELD_MONTH, at + 1);
    case 'E':
    case 'e':
    case 'c':
        at = read_name(r, pattern_days, 7, item->style);
        return at >= 0 && pattern_set(&r->fields, FIELD_WEEKDAY, at == 0 ? 7 : at);
    case 'a':
        at = take(r, "AM", 2) ? 0 : take(r, "PM", 2) ? 1 : -1;
        return at >= 0 && pattern_set(&r->fields, FIELD_AM_PM, at);
    case 'V':
    case 'z':
        return read_zone(r, item);
    case 'B':
        r->status = pattern_unsupported(r->err, 'B');
        return false;
    default:
        return read_offset_letter(r, item);
    }
}

static bool read_letter(reader *r, const pattern_item *item) {
    return item->style == STYLE_NUMBER ? read_number_letter(r, item) : read_word_letter(r, item);
}

/* Blanks in front, then exactly up to the padded width. */
static bool read_padded(reader *r, const pattern_item *item) {
    const char *outer_end = r->end;
    if (r->end - r->at < item->pad)
        return false;
    r->end = r->at + item->pad;
    while (r->at < r->end && *r->at == ' ')
        r->at++;
    bool is_read = read_letter(r, item) && r->at == r->end;
    r->end = outer_end;
    return is_read;
}

static bool read_item(reader *r, const pattern_item *item) {
    if (item->letter == '\'')
        return take(r, item->literal, item->literal_length);
    return item->pad > 0 ? read_padded(r, item) : read_letter(r, item);
}

/* ---- whole patterns -------------------------------------------------------------------------- */

/* The item behind the bracket that closes the one at `open`. */
static int32_t closing(const base_time_pattern *pattern, int32_t open) {
    int32_t depth = 0, i = open;
    for (; i < pattern->count; i++) {
        depth += pattern->items[i].letter == '[';
        depth -= pattern->items[i].letter == ']';
        if (depth == 0)
            break;
    }
    return i;
}

/* What stands in brackets may be missing as a whole. */
static bool read_items(reader *r, const base_time_pattern *pattern, int32_t from, int32_t to) {
    for (int32_t i = from; i < to; i++) {
        if (pattern->items[i].letter == '[') {
            reader before = *r;
            int32_t close = closing(pattern, i);
            if (!read_items(r, pattern, i + 1, close)) {
                if (r->status != RASK_OK)
                    return false;
                *r = before;
            }
            i = close;
        } else if (!read_item(r, &pattern->items[i])) {
            return false;
        }
    }
    return true;
}

rask_status base_time_pattern_parse_local(const base_time_pattern *pattern, const char *text,
                                          int64_t size, bool *matched, __int128 *nanos,
                                          rask_error *err) {
    reader r = {.at = text, .end = text + size, .err = err};
    *matched = read_items(&r, pattern, 0, pattern->count) && r.at == r.end &&
               pattern_resolve(&r.fields, nanos);
    return r.status;
}
