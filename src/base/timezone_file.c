/* Reads a zone's file (TZif, RFC 8536) and the rule at its end (POSIX TZ); see timezone.h. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/time.h"
#include "base/timezone_private.h"

/* ---- rules ----------------------------------------------------------------------------------- */

static int32_t weekday(int32_t days) { /* Sunday = 0 */
    return (int32_t)base_floor_mod(days + 4, 7);
}

static bool is_leap(int32_t year) {
    return base_civil_is_valid(year, 2, 29);
}

/* Local seconds since 1970 of a rule's change. */
static int64_t date_in_year(const zone_date *date, int32_t year) {
    int32_t days = base_days_from_civil(year, 1, 1);
    if (date->form == 'J') {
        days += date->day - 1 + (date->day >= 60 && is_leap(year));
    } else if (date->form == '0') {
        days += date->day;
    } else {
        int32_t first = base_days_from_civil(year, date->month, 1);
        int32_t next = date->month == 12 ? base_days_from_civil(year + 1, 1, 1)
                                         : base_days_from_civil(year, date->month + 1, 1);
        days = first + (date->day - weekday(first) + 7) % 7 + (date->week - 1) * 7;
        while (days >= next)
            days -= 7;
    }
    return (int64_t)days * ZONE_DAY_S + date->second;
}

const zone_type *zone_rule_type(const zone_rule *rule, int64_t instant_s) {
    if (!rule->has_summer)
        return &rule->standard;
    int32_t year, month, day;
    int64_t days = base_floor_div(instant_s + rule->standard.offset_s, ZONE_DAY_S);
    base_civil_from_days((int32_t)days, &year, &month, &day);
    int64_t start = date_in_year(&rule->start, year) - rule->standard.offset_s;
    int64_t end = date_in_year(&rule->end, year) - rule->summer.offset_s;
    bool is_summer =
        start < end ? instant_s >= start && instant_s < end : instant_s >= start || instant_s < end;
    return is_summer ? &rule->summer : &rule->standard;
}

/* ---- reading rules: EST5EDT,M3.2.0,M11.1.0 ----------------------------------------------------
 */

static bool read_name(const char **at, char *out) {
    bool quoted = **at == '<';
    int32_t length = 0;
    *at += quoted;
    while (quoted ? **at != '>' && **at != '\0' : isalpha((unsigned char)**at)) {
        if (length == ZONE_NAME_MAX)
            return false;
        out[length++] = *(*at)++;
    }
    out[length] = '\0';
    if (quoted && *(*at)++ != '>')
        return false;
    return length > 0;
}

static bool read_integer(const char **at, int32_t max, int32_t *out) {
    int32_t value = 0;
    if (!isdigit((unsigned char)**at))
        return false;
    for (; isdigit((unsigned char)**at) && value <= max; (*at)++)
        value = value * 10 + (**at - '0');
    *out = value;
    return value <= max;
}

/* [+-]h[:m[:s]] in seconds */
static bool read_time(const char **at, int32_t *out) {
    int32_t hour = 0, minute = 0, second = 0;
    bool negative = **at == '-';
    *at += **at == '-' || **at == '+';
    if (!read_integer(at, 167, &hour))
        return false;
    if (**at == ':' && (++*at, !read_integer(at, 59, &minute)))
        return false;
    if (**at == ':' && (++*at, !read_integer(at, 59, &second)))
        return false;
    *out = hour * 3600 + minute * 60 + second;
    if (negative)
        *out = -*out;
    return true;
}

static bool read_month_date(const char **at, zone_date *out) {
    out->form = 'M';
    return read_integer(at, 12, &out->month) && out->month >= 1 && *(*at)++ == '.' &&
           read_integer(at, 5, &out->week) && out->week >= 1 && *(*at)++ == '.' &&
           read_integer(at, 6, &out->day);
}

/* ",M3.2.0/2" */
static bool read_date(const char **at, zone_date *out) {
    *out = (zone_date){.form = '0', .second = 2 * 3600};
    bool is_read = false;
    if (*(*at)++ != ',')
        return false;
    if (**at == 'M') {
        (*at)++;
        is_read = read_month_date(at, out);
    } else if (**at == 'J') {
        (*at)++;
        out->form = 'J';
        is_read = read_integer(at, 365, &out->day) && out->day >= 1;
    } else {
        is_read = read_integer(at, 365, &out->day);
    }
    if (is_read && **at == '/')
        return (*at)++, read_time(at, &out->second);
    return is_read;
}

static bool read_rule(const char *text, zone_rule *out) {
    const char *at = text;
    int32_t west;
    *out = (zone_rule){.exists = true};
    if (!read_name(&at, out->standard.name) || !read_time(&at, &west))
        return false;
    out->standard.offset_s = -west;
    if (*at == '\0')
        return true;
    out->has_summer = true;
    out->summer.offset_s = out->standard.offset_s + 3600;
    if (!read_name(&at, out->summer.name))
        return false;
    if (*at != ',') {
        if (!read_time(&at, &west))
            return false;
        out->summer.offset_s = -west;
    }
    return read_date(&at, &out->start) && read_date(&at, &out->end) && *at == '\0';
}

/* ---- reading TZif ---------------------------------------------------------------------------- */

enum { HEADER_BYTES = 44, TYPES_MAX = 256 };

/* The counts of a header, in the order of the file. */
typedef struct tzif_header {
    int64_t is_ut, is_standard, leaps, changes, types, characters;
    char version;
} tzif_header;

static int64_t load_big(const uint8_t *bytes, int32_t width) {
    uint64_t value = (bytes[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (int32_t i = 0; i < width; i++)
        value = value << 8 | bytes[i];
    return (int64_t)value;
}

static bool read_header(const uint8_t *bytes, int64_t size, tzif_header *out) {
    int64_t counts[6];
    if (size < HEADER_BYTES || memcmp(bytes, "TZif", 4) != 0)
        return false;
    for (int32_t i = 0; i < 6; i++) {
        counts[i] = load_big(bytes + 20 + 4 * i, 4);
        if (counts[i] < 0 || counts[i] > ZONE_FILE_MAX)
            return false;
    }
    *out = (tzif_header){counts[0], counts[1], counts[2],     counts[3],
                         counts[4], counts[5], (char)bytes[4]};
    return out->types >= 1 && out->types <= TYPES_MAX;
}

static int64_t body_size(const tzif_header *h, int32_t time_width) {
    return h->changes * (time_width + 1) + h->types * 6 + h->characters +
           h->leaps * (time_width + 4) + h->is_standard + h->is_ut;
}

static bool read_types(const tzif_header *h, const uint8_t *bytes, base_zone *zone) {
    const char *names = (const char *)bytes + 6 * h->types;
    zone->type_count = (int32_t)h->types;
    zone->types = BASE_NEW_ARRAY(zone_type, zone->type_count);
    for (int32_t i = 0; i < zone->type_count; i++) {
        zone_type *type = &zone->types[i];
        int64_t name = bytes[6 * i + 5];
        type->offset_s = (int32_t)load_big(bytes + 6 * i, 4);
        if (name >= h->characters || abs(type->offset_s) > ZONE_DAY_S * 2)
            return false;
        int64_t length = (int64_t)strnlen(names + name, (size_t)(h->characters - name));
        if (length > ZONE_NAME_MAX)
            length = ZONE_NAME_MAX;
        memcpy(type->name, names + name, (size_t)length);
    }
    return true;
}

static bool read_body(const tzif_header *h, const uint8_t *bytes, int32_t width, base_zone *zone) {
    const uint8_t *types = bytes + h->changes * width;
    zone->change_count = (int32_t)h->changes;
    zone->changes = BASE_NEW_ARRAY(int64_t, zone->change_count + 1);
    zone->change_types = BASE_NEW_ARRAY(uint8_t, zone->change_count + 1);
    for (int32_t i = 0; i < zone->change_count; i++) {
        zone->changes[i] = load_big(bytes + i * width, width);
        zone->change_types[i] = types[i];
        if (types[i] >= h->types || (i > 0 && zone->changes[i] <= zone->changes[i - 1]))
            return false;
    }
    return read_types(h, types + h->changes, zone);
}

/* The rule between two line feeds at the end. */
static bool read_footer(const char *bytes, int64_t size, base_zone *zone) {
    char text[256];
    const char *end =
        size > 1 && bytes[0] == '\n' ? memchr(bytes + 1, '\n', (size_t)size - 1) : NULL;
    if (end == NULL || end - bytes > (int64_t)sizeof text)
        return false;
    memcpy(text, bytes + 1, (size_t)(end - bytes - 1));
    text[end - bytes - 1] = '\0';
    return text[0] == '\0' || read_rule(text, &zone->rule);
}

static bool read_file(const uint8_t *bytes, int64_t size, base_zone *zone) {
    tzif_header header;
    int32_t width = 4;
    if (!read_header(bytes, size, &header))
        return false;
    if (header.version >= '2') { /* the body with 64 bits follows */
        int64_t skipped = HEADER_BYTES + body_size(&header, 4);
        if (skipped > size || !read_header(bytes + skipped, size - skipped, &header))
            return false;
        bytes += skipped;
        size -= skipped;
        width = 8;
    }
    int64_t end = HEADER_BYTES + body_size(&header, width);
    if (end > size || !read_body(&header, bytes + HEADER_BYTES, width, zone))
        return false;
    return width == 4 || read_footer((const char *)bytes + end, size - end, zone);
}

rask_status base_zone_parse(const char *id, const void *bytes, int64_t size, base_zone **out,
                            rask_error *err) {
    base_zone *zone = BASE_NEW(base_zone);
    zone->id = base_strdup(id);
    if (!read_file(bytes, size, zone)) {
        base_zone_free(zone);
        return rask_error_set(err, RASK_ERROR_IO, "the time zone file of %s is damaged", id);
    }
    *out = zone;
    return RASK_OK;
}

void base_zone_free(base_zone *zone) {
    if (zone == NULL)
        return;
    base_free(zone->id);
    base_free(zone->changes);
    base_free(zone->change_types);
    base_free(zone->types);
    base_free(zone);
}
