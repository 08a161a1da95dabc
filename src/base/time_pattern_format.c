/* Printing by patterns; see time_pattern.h. */
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/time.h"
#include "base/time_pattern_private.h"

enum { DAY_S = 86400 };
#define SECOND_NS 1000000000

/* The moment to print, taken apart once. */
typedef struct moment {
    int64_t days, year;
    int32_t month, day, second_of_day, nano;
    int32_t offset_s; /* SIMPLE */
    int64_t instant_s;
    const base_zone *zone;
} moment;

static int32_t hour_of(const moment *m) {
    return m->second_of_day / 3600;
}

static int32_t day_of_year(const moment *m) {
    return (int32_t)(m->days - base_days_from_civil((int32_t)m->year, 1, 1)) + 1;
}

static int32_t week_of_month(const moment *m) {
    int64_t first = m->days - m->day + 1;
    return (m->day - 1 + pattern_weekday(first)) / 7 + 1;
}

static void add_padded(int64_t value, int32_t width, base_strbuf *out) {
    char text[BASE_NUMBER_TEXT_MAX];
    int32_t length = base_i64_format(value < 0 ? -value : value, text);
    if (value < 0)
        base_strbuf_add_char(out, '-');
    for (; length < width; width--)
        base_strbuf_add_char(out, '0');
    base_strbuf_add(out, text, length);
}

/* The whole name, its first three letters, or its first. */
static void add_name(const char *name, pattern_style style, base_strbuf *out) {
    int64_t length = (int64_t)strlen(name), wanted = style == STYLE_NARROW ? 1 : 3;
    base_strbuf_add(out, name, style == STYLE_FULL || wanted > length ? length : wanted);
}

/* Hour 0..23 to the letters' ways of counting. */
static int64_t hour_by_letter(char letter, int32_t hour) {
    switch (letter) {
    case 'H':
        return hour;
    case 'k':
        return hour == 0 ? 24 : hour;
    case 'K':
        return hour % 12;
    default: /* h */
        return hour % 12 == 0 ? 12 : hour % 12;
    }
}

/* The number behind a letter that both dialects understand alike. */
static int64_t number_of(const moment *m, char letter) {
    int32_t week_year, week;
    switch (letter) {
    case 'M':
    case 'L':
        return m->month;
    case 'd':
        return m->day;
    case 'D':
        return day_of_year(m);
    case 'w':
    case 'Y':
        pattern_week(m->days, (int32_t)m->year, &week_year, &week);
        return letter == 'w' ? week : week_year;
    case 'W':
        return week_of_month(m);
    case 'm':
        return m->second_of_day / 60 % 60;
    case 's':
        return m->second_of_day % 60;
    case 'H':
    case 'k':
    case 'K':
    case 'h':
        return hour_by_letter(letter, hour_of(m));
    default:
        return 0;
    }
}

/* ---- DateTimeFormatter ----------------------------------------------------------------------- */

static int64_t formatter_number(const moment *m, char letter) {
    int64_t nano_of_day = (int64_t)m->second_of_day * SECOND_NS + m->nano;
    switch (letter) {
    case 'u':
        return m->year;
    case 'y':
        return m->year > 0 ? m->year : 1 - m->year;
    case 'Q':
    case 'q':
        return (m->month - 1) / 3 + 1;
    case 'e':
    case 'c':
        return pattern_weekday(m->days) + 1;
    case 'F':
        return (m->day - 1) % 7 + 1;
    case 'A':
        return nano_of_day / 1000000;
    case 'n':
        return m->nano;
    case 'N':
        return nano_of_day;
    default:
        return number_of(m, letter);
    }
}

static void add_fraction(int32_t nano, int32_t digits, base_strbuf *out) {
    for (int32_t i = digits; i < 9; i++)
        nano /= 10;
    add_padded(nano, digits, out);
}

static void add_formatter_number(const moment *m, const pattern_item *item, base_strbuf *out) {
    int64_t value = formatter_number(m, item->letter);
    if (item->letter == 'S') {
        add_fraction(m->nano, item->count, out);
        return;
    }
    if (item->width_max == 2 && strchr("uyY", item->letter) != NULL)
        value = llabs(value) % 100;
    int64_t limit = 1;
    for (int32_t i = 0; i < item->width_min && limit < INT64_MAX / 10; i++)
        limit *= 10;
    if (item->sign == SIGN_EXCEEDS_PAD && value >= limit)
        base_strbuf_add_char(out, '+');
    add_padded(value, item->width_min, out);
}

static void add_era(const moment *m, pattern_style style, base_strbuf *out) {
    bool is_ours = m->year > 0;
    if (style == STYLE_FULL)
        base_strbuf_add_text(out, is_ours ? "Anno Domini" : "Before Christ");
    else
        base_strbuf_add_text(out, style == STYLE_NARROW ? (is_ours ? "A" : "B")
                                                        : (is_ours ? "AD" : "BC"));
}

static void add_quarter(const moment *m, pattern_style style, base_strbuf *out) {
    static const char *const names[] = {"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"};
    int32_t quarter = (m->month - 1) / 3;
    if (style == STYLE_FULL)
        base_strbuf_add_text(out, names[quarter]);
    else
        base_strbuf_printf(out, "%s%d", style == STYLE_SHORT ? "Q" : "", quarter + 1);
}

/* at night, in the morning, noon, ... */
static const char *day_period(const moment *m) {
    int32_t hour = hour_of(m);
    if (m->second_of_day == 0)
        return "midnight";
    if (m->second_of_day == 12 * 3600)
        return "noon";
    return hour < 6    ? "at night"
           : hour < 12 ? "in the morning"
           : hour < 18 ? "in the afternoon"
           : hour < 21 ? "in the evening"
                       : "at night";
}

static rask_status add_formatter_text(const moment *m, const pattern_item *item, base_strbuf *out,
                                      rask_error *err) {
    switch (item->letter) {
    case 'G':
        add_era(m, item->style, out);
        return RASK_OK;
    case 'M':
    case 'L':
        add_name(pattern_months[m->month - 1], item->style, out);
        return RASK_OK;
    case 'Q':
    case 'q':
        add_quarter(m, item->style, out);
        return RASK_OK;
    case 'E':
    case 'e':
    case 'c':
        add_name(pattern_days[pattern_weekday(m->days)], item->style, out);
        return RASK_OK;
    case 'a':
        base_strbuf_add_text(out, hour_of(m) < 12 ? "AM" : "PM");
        return RASK_OK;
    case 'B':
        base_strbuf_add_text(out, day_period(m));
        return RASK_OK;
    case 'V':
    case 'z':
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "Unable to extract ZoneId from a TIMESTAMP (pattern letter '%c')",
                              item->letter);
    default: /* O X x Z */
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "Unsupported field: OffsetSeconds (pattern letter '%c')",
                              item->letter);
    }
}

static rask_status add_padded_item(const moment *m, const pattern_item *item, base_strbuf *out,
                                   rask_error *err) {
    pattern_item inner = *item;
    base_strbuf text;
    base_strbuf_init(&text, 1 << 16);
    inner.pad = 0;
    rask_status status = RASK_OK;
    if (inner.style == STYLE_NUMBER)
        add_formatter_number(m, &inner, &text);
    else
        status = add_formatter_text(m, &inner, &text, err);
    if (status == RASK_OK && text.length > item->pad)
        status = rask_error_set(err, RASK_ERROR_RUNTIME,
                                "Cannot print as output of %lld characters exceeds pad width of %d",
                                (long long)text.length, item->pad);
    for (int64_t i = text.length; i < item->pad; i++)
        base_strbuf_add_char(out, ' ');
    base_strbuf_add(out, text.data, text.length);
    base_strbuf_free(&text);
    return status;
}

static rask_status add_formatter_item(const moment *m, const pattern_item *item, base_strbuf *out,
                                      rask_error *err) {
    if (item->pad > 0)
        return add_padded_item(m, item, out, err);
    if (item->style != STYLE_NUMBER)
        return add_formatter_text(m, item, out, err);
    add_formatter_number(m, item, out);
    return RASK_OK;
}

/* ---- SimpleDateFormat ------------------------------------------------------------------------ */

static void add_offset(int32_t offset_s, const char *separator, bool has_minutes,
                       base_strbuf *out) {
    int32_t minutes = abs(offset_s) / 60;
    base_strbuf_printf(out, "%c%02d", offset_s < 0 ? '-' : '+', minutes / 60);
    if (has_minutes)
        base_strbuf_printf(out, "%s%02d", separator, minutes % 60);
}

static rask_status add_simple_zone(const moment *m, const pattern_item *item, base_strbuf *out,
                                   rask_error *err) {
    const char *name;
    if (item->letter == 'Z') {
        add_offset(m->offset_s, "", true, out);
    } else if (item->letter == 'X') {
        if (m->offset_s == 0)
            base_strbuf_add_char(out, 'Z');
        else
            add_offset(m->offset_s, item->count == 3 ? ":" : "", item->count > 1, out);
    } else if (item->count >= 4 || !base_zone_abbreviation(m->zone, m->instant_s, &name)) {
        return pattern_unsupported(err, item->letter);
    } else if (strcmp(base_zone_id(m->zone), "UTC") == 0 ||
               strncmp(base_zone_id(m->zone), "GMT", 3) == 0) {
        base_strbuf_add_text(out, base_zone_id(m->zone));
    } else {
        base_strbuf_add_text(out, name);
    }
    return RASK_OK;
}

static rask_status add_simple_item(const moment *m, const pattern_item *item, base_strbuf *out,
                                   rask_error *err) {
    int64_t year = m->year > 0 ? m->year : 1 - m->year;
    pattern_style style = item->count >= 4 ? STYLE_FULL : STYLE_SHORT;
    switch (item->letter) {
    case 'G':
        add_era(m, STYLE_SHORT, out);
        return RASK_OK;
    case 'y':
    case 'Y':
        year = item->letter == 'Y' ? number_of(m, 'Y') : year;
        add_padded(item->count == 2 ? year % 100 : year, item->count, out);
        return RASK_OK;
    case 'M':
    case 'L':
        if (item->count >= 3)
            add_name(pattern_months[m->month - 1], style, out);
        else
            add_padded(m->month, item->count, out);
        return RASK_OK;
    case 'E':
        add_name(pattern_days[pattern_weekday(m->days)], style, out);
        return RASK_OK;
    case 'u':
        add_padded((pattern_weekday(m->days) + 6) % 7 + 1, item->count, out);
        return RASK_OK;
    case 'F':
        add_padded((m->day - 1) / 7 + 1, item->count, out);
        return RASK_OK;
    case 'a':
        base_strbuf_add_text(out, hour_of(m) < 12 ? "AM" : "PM");
        return RASK_OK;
    case 'S':
        add_padded(m->nano / 1000000, item->count, out);
        return RASK_OK;
    case 'z':
    case 'Z':
    case 'X':
        return add_simple_zone(m, item, out, err);
    default:
        add_padded(number_of(m, item->letter), item->count, out);
        return RASK_OK;
    }
}

/* ---- whole patterns -------------------------------------------------------------------------- */

static moment take_apart(const base_time_pattern *pattern, __int128 nanos, const base_zone *zone) {
    moment m = {.zone = zone};
    m.instant_s = (int64_t)(nanos / SECOND_NS - (nanos % SECOND_NS < 0));
    m.nano = (int32_t)(nanos - (__int128)m.instant_s * SECOND_NS);
    if (zone != NULL)
        m.offset_s = base_zone_offset(zone, m.instant_s);
    int64_t local_s = m.instant_s + m.offset_s;
    m.days = base_floor_div(local_s, DAY_S);
    m.second_of_day = (int32_t)base_floor_mod(local_s, DAY_S);
    int32_t year;
    if (pattern->dialect == BASE_TIME_SIMPLE) {
        pattern_hybrid_from_days(m.days, &m.year, &m.month, &m.day);
    } else {
        base_civil_from_days((int32_t)m.days, &year, &m.month, &m.day);
        m.year = year;
    }
    return m;
}

rask_status base_time_pattern_format(const base_time_pattern *pattern, __int128 nanos,
                                     const base_zone *zone, base_strbuf *out, rask_error *err) {
    bool is_simple = pattern->dialect == BASE_TIME_SIMPLE;
    moment m = take_apart(pattern, nanos, is_simple ? zone : NULL);
    for (int32_t i = 0; i < pattern->count; i++) {
        const pattern_item *item = &pattern->items[i];
        if (item->letter == '\'')
            base_strbuf_add(out, item->literal, item->literal_length);
        else if (item->letter != '[' && item->letter != ']')
            RASK_TRY(is_simple ? add_simple_item(&m, item, out, err)
                               : add_formatter_item(&m, item, out, err));
    }
    return RASK_OK;
}
