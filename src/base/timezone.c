/* See timezone.h.  A zone is a list of changes of its offset, then a rule (POSIX TZ) for the years
 * after the last one. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/map.h"
#include "base/thread.h"
#include "base/timezone_private.h"
#include "base/world.h"

enum { ID_MAX = 100, OFFSET_MAX_S = 18 * 3600 };

/* ---- offsets --------------------------------------------------------------------------------- */

static const zone_type *type_at(const base_zone *zone, int64_t instant_s) {
    int32_t low = 0, high = zone->change_count;
    while (low < high) { /* the first change behind the instant */
        int32_t middle = low + (high - low) / 2;
        if (zone->changes[middle] <= instant_s)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == zone->change_count && zone->rule.exists)
        return zone_rule_type(&zone->rule, instant_s);
    return &zone->types[low == 0 ? zone->first_type : zone->change_types[low - 1]];
}

int32_t base_zone_offset(const base_zone *zone, int64_t instant_s) {
    return type_at(zone, instant_s)->offset_s;
}

bool base_zone_abbreviation(const base_zone *zone, int64_t instant_s, const char **out) {
    *out = type_at(zone, instant_s)->name;
    return isalpha((unsigned char)**out);
}

const char *base_zone_id(const base_zone *zone) {
    return zone->id;
}

/* Offsets change at most once within a day on either side. */
int64_t base_zone_instant(const base_zone *zone, int64_t local_s, base_zone_overlap overlap) {
    int64_t before = local_s - base_zone_offset(zone, local_s - ZONE_DAY_S);
    int64_t after = local_s - base_zone_offset(zone, local_s + ZONE_DAY_S);
    if (before == after)
        return before;
    bool is_before = base_zone_offset(zone, before) == local_s - before;
    bool is_after = base_zone_offset(zone, after) == local_s - after;
    if (is_before && is_after)
        return overlap == BASE_ZONE_BEFORE ? before : after;
    return is_after ? after : before; /* in a gap the clock shows a time moved on */
}

static int64_t floor_seconds(__int128 nanos) {
    const int64_t second = 1000000000;
    return (int64_t)(nanos / second - (nanos % second < 0));
}

__int128 base_zone_local_nanos(const base_zone *zone, __int128 instant_ns) {
    if (zone == NULL)
        return instant_ns;
    return instant_ns + (__int128)base_zone_offset(zone, floor_seconds(instant_ns)) * 1000000000;
}

__int128 base_zone_instant_nanos(const base_zone *zone, __int128 local_ns) {
    if (zone == NULL)
        return local_ns;
    int64_t local_s = floor_seconds(local_ns);
    int64_t instant_s = base_zone_instant(zone, local_s, BASE_ZONE_BEFORE);
    return local_ns + (__int128)(instant_s - local_s) * 1000000000;
}

/* ---- fixed offsets --------------------------------------------------------------------------- */

static base_zone *fixed_zone(const char *id, int32_t offset_s) {
    base_zone *zone = BASE_NEW(base_zone);
    zone->id = base_strdup(id);
    zone->types = BASE_NEW_ARRAY(zone_type, 1);
    zone->type_count = 1;
    zone->types[0].offset_s = offset_s;
    snprintf(zone->types[0].name, sizeof zone->types[0].name, "%.10s", id);
    return zone;
}

/* Two digits, or one where `may_be_short`. */
static bool two_digits(const char **at, const char *end, bool may_be_short, int32_t *out) {
    if (*at == end || !isdigit((unsigned char)**at))
        return false;
    *out = *(*at)++ - '0';
    if (*at < end && isdigit((unsigned char)**at))
        *out = *out * 10 + (*(*at)++ - '0');
    else if (!may_be_short)
        return false;
    return true;
}

/* +h, +hh, +hh:mm, +hhmm, +hh:mm:ss, +hhmmss */
static bool read_offset(const char *at, const char *end, int32_t *out) {
    int32_t parts[3] = {0, 0, 0};
    bool negative = at < end && *at == '-';
    if (at == end || (*at != '+' && *at != '-'))
        return false;
    const char *start = ++at;
    if (!two_digits(&at, end, true, &parts[0]))
        return false;
    bool colons = at < end && *at == ':', is_short = at - start == 1;
    if (is_short && at != end)
        return false;
    for (int32_t i = 1; i < 3 && at < end; i++) {
        at += colons && *at == ':';
        if (!two_digits(&at, end, false, &parts[i]) || parts[i] > 59)
            return false;
    }
    int32_t offset = parts[0] * 3600 + parts[1] * 60 + parts[2];
    if (at != end || offset > OFFSET_MAX_S)
        return false;
    *out = negative ? -offset : offset;
    return true;
}

static void write_offset_id(const char *prefix, int32_t offset_s, char *out, size_t size) {
    int32_t magnitude = abs(offset_s);
    if (magnitude % 60 != 0)
        snprintf(out, size, "%s%c%02d:%02d:%02d", prefix, offset_s < 0 ? '-' : '+',
                 magnitude / 3600, magnitude / 60 % 60, magnitude % 60);
    else
        snprintf(out, size, "%s%c%02d:%02d", prefix, offset_s < 0 ? '-' : '+', magnitude / 3600,
                 magnitude / 60 % 60);
}

/* "Z", "+05:30", "UTC", "GMT+8"; `*zone` stays NULL where it is none of them. */
static void make_fixed(const char *id, base_zone **zone) {
    static const char *const prefixes[] = {"UTC", "GMT", "UT", ""};
    char name[ID_MAX];
    int32_t offset_s;
    if (strcmp(id, "Z") == 0) {
        *zone = fixed_zone("Z", 0);
        return;
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
        size_t length = strlen(prefixes[i]);
        if (strncmp(id, prefixes[i], length) != 0)
            continue;
        const char *rest = id + length;
        if (*rest == '\0' && length > 0) {
            *zone = fixed_zone(id, 0);
        } else if (read_offset(rest, rest + strlen(rest), &offset_s)) {
            write_offset_id(prefixes[i], offset_s, name, sizeof name);
            *zone = fixed_zone(offset_s == 0 && length > 0 ? prefixes[i] : name, offset_s);
        } else {
            continue;
        }
        return;
    }
}

/* ---- named zones ----------------------------------------------------------------------------- */

/* Letters, digits and "/_+-" only: no way out of the directory.  Names in lower case ("right/...")
 * and three old ones are not Java's. */
static bool is_region_name(const char *id) {
    static const char *const refused[] = {"EST", "MST", "HST"};
    if (!isupper((unsigned char)*id))
        return false;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (strcmp(id, refused[i]) == 0)
            return false;
    for (const char *at = id; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("/_+-", *at) == NULL)
            return false;
    return true;
}

static rask_status read_bytes(const base_files *files, base_file *file, uint8_t *bytes,
                              int64_t *size, rask_error *err) {
    int64_t got = 1;
    for (*size = 0; got > 0 && *size < ZONE_FILE_MAX; *size += got)
        RASK_TRY(files->read_at(files->self, file, *size, bytes + *size, ZONE_FILE_MAX - *size,
                                &got, err));
    return RASK_OK;
}

static rask_status load_zone(const char *directory, const char *id, base_zone **out,
                             rask_error *err) {
    const base_files *files = base_world_system()->files;
    base_file_info info = {0};
    base_file *file;
    char *path = base_printf("%s/%s", directory, id);
    rask_status status = files->info(files->self, path, &info, err);
    if (status == RASK_OK && info.exists && !info.is_directory && info.size <= ZONE_FILE_MAX) {
        uint8_t *bytes = base_alloc(ZONE_FILE_MAX);
        int64_t size = 0;
        status = files->open(files->self, path, BASE_FILE_READ, &file, err);
        if (status == RASK_OK) {
            status = read_bytes(files, file, bytes, &size, err);
            files->close(files->self, file, NULL);
        }
        if (status == RASK_OK && size >= 4 && memcmp(bytes, "TZif", 4) == 0)
            status = base_zone_parse(id, bytes, size, out, err);
        base_free(bytes);
    }
    base_free(path);
    return status;
}

/* `*out` stays NULL where no directory has the zone. */
static rask_status load_region(const char *id, base_zone **out, rask_error *err) {
    const char *directories[] = {getenv("TZDIR"), "/usr/share/zoneinfo", "/usr/lib/zoneinfo",
                                 "/usr/share/lib/zoneinfo", "/etc/zoneinfo"};
    if (!is_region_name(id))
        return RASK_OK;
    for (size_t i = 0; i < sizeof directories / sizeof directories[0] && *out == NULL; i++)
        if (directories[i] != NULL)
            RASK_TRY(load_zone(directories[i], id, out, err));
    return RASK_OK;
}

/* ---- the zones in use ------------------------------------------------------------------------ */

/* Zones by every id they were asked for by.  They are never freed; there are not many names. */
static struct {
    pthread_once_t once;
    base_mutex mutex;
    base_map *zones;
    base_zone *utc;
} known = {.once = PTHREAD_ONCE_INIT};

static void start(void) {
    base_mutex_init(&known.mutex);
    known.zones = base_map_new(NULL);
    known.utc = fixed_zone("UTC", 0);
    base_map_put(known.zones, "UTC", known.utc);
}

const base_zone *base_zone_utc(void) {
    pthread_once(&known.once, start);
    return known.utc;
}

/* `*out` NULL where there is no such zone. */
static rask_status find_locked(const char *id, const base_zone **out, rask_error *err) {
    base_zone *zone = NULL;
    *out = base_map_get(known.zones, id);
    if (*out != NULL)
        return RASK_OK;
    make_fixed(id, &zone);
    if (zone == NULL)
        RASK_TRY(load_region(id, &zone, err));
    if (zone == NULL)
        return RASK_OK;
    base_zone *same = base_map_get(known.zones, zone->id); /* +8 is +08:00 */
    if (same != NULL) {
        base_zone_free(zone);
        zone = same;
    } else {
        base_map_put(known.zones, zone->id, zone);
    }
    base_map_put(known.zones, id, zone);
    *out = zone;
    return RASK_OK;
}

rask_status base_zone_find(const char *id, int64_t length, const base_zone **out, rask_error *err) {
    char name[ID_MAX];
    const base_zone *zone = NULL;
    pthread_once(&known.once, start);
    if (length < ID_MAX && memchr(id, '\0', (size_t)length) == NULL) {
        memcpy(name, id, (size_t)length);
        name[length] = '\0';
        base_mutex_lock(&known.mutex);
        rask_status status = find_locked(name, &zone, err);
        base_mutex_unlock(&known.mutex);
        RASK_TRY(status);
    }
    if (zone == NULL)
        return rask_error_set(err, RASK_ERROR_VALIDATION, "Unknown time-zone ID: %.*s",
                              (int)(length < ID_MAX ? length : ID_MAX), id);
    *out = zone;
    return RASK_OK;
}

/* ---- java.util.TimeZone ---------------------------------------------------------------------- */

static const struct {
    char name[4];
    const char *id;
} short_ids[] = {{"ACT", "Australia/Darwin"},
                 {"AET", "Australia/Sydney"},
                 {"AGT", "America/Argentina/Buenos_Aires"},
                 {"ART", "Africa/Cairo"},
                 {"AST", "America/Anchorage"},
                 {"BET", "America/Sao_Paulo"},
                 {"BST", "Asia/Dhaka"},
                 {"CAT", "Africa/Harare"},
                 {"CNT", "America/St_Johns"},
                 {"CST", "America/Chicago"},
                 {"CTT", "Asia/Shanghai"},
                 {"EAT", "Africa/Addis_Ababa"},
                 {"ECT", "Europe/Paris"},
                 {"EST", "-05:00"},
                 {"HST", "-10:00"},
                 {"IET", "America/Indiana/Indianapolis"},
                 {"IST", "Asia/Kolkata"},
                 {"JST", "Asia/Tokyo"},
                 {"MIT", "Pacific/Apia"},
                 {"MST", "-07:00"},
                 {"NET", "Asia/Yerevan"},
                 {"NST", "Pacific/Auckland"},
                 {"PLT", "Asia/Karachi"},
                 {"PNT", "America/Phoenix"},
                 {"PRT", "America/Puerto_Rico"},
                 {"PST", "America/Los_Angeles"},
                 {"SST", "Pacific/Guadalcanal"},
                 {"VST", "Asia/Ho_Chi_Minh"}};

/* GMT+8, GMT+08, GMT+0800, GMT+8:00 */
static bool read_custom_id(const char *id, int64_t length, char *out, size_t size) {
    const char *at = id + 4, *end = id + length;
    int32_t hour = 0, minute = 0;
    if (length < 5 || memcmp(id, "GMT", 3) != 0 || (id[3] != '+' && id[3] != '-') ||
        !two_digits(&at, end, true, &hour))
        return false;
    if (at < end) {
        at += *at == ':';
        if (!two_digits(&at, end, false, &minute))
            return false;
    }
    if (at != end || hour > 23 || minute > 59)
        return false;
    int32_t offset_s = hour * 3600 + minute * 60;
    write_offset_id("GMT", id[3] == '-' ? -offset_s : offset_s, out, size);
    return true;
}

const base_zone *base_zone_find_legacy(const char *id, int64_t length) {
    char custom[ID_MAX];
    const base_zone *zone;
    for (size_t i = 0; length == 3 && i < sizeof short_ids / sizeof short_ids[0]; i++)
        if (memcmp(short_ids[i].name, id, 3) == 0)
            return base_zone_find_legacy(short_ids[i].id, (int64_t)strlen(short_ids[i].id));
    if (read_custom_id(id, length, custom, sizeof custom)) {
        id = custom;
        length = (int64_t)strlen(custom);
    } else if (length == 0 || id[0] == '+' || (id[0] == '-' && length != 6) ||
               (length > 3 && (memcmp(id, "UTC", 3) == 0 || memcmp(id, "GMT", 3) == 0))) {
        return base_zone_utc(); /* no TimeZone has such a name */
    }
    return base_zone_find(id, length, &zone, NULL) == RASK_OK ? zone : base_zone_utc();
}

/* ---- the session's zone ---------------------------------------------------------------------- */

/* The name in TZ, or that /etc/localtime points to. */
static const base_zone *system_zone(void) {
    char path[512];
    const base_zone *zone;
    const char *name = getenv("TZ");
    if (name == NULL || *name == '\0') {
        ssize_t length = readlink("/etc/localtime", path, sizeof path - 1);
        path[length > 0 ? length : 0] = '\0';
        name = strstr(path, "zoneinfo/");
        name = name != NULL ? name + strlen("zoneinfo/") : "UTC";
    }
    name += *name == ':';
    return base_zone_find(name, (int64_t)strlen(name), &zone, NULL) == RASK_OK ? zone
                                                                               : base_zone_utc();
}

rask_status base_zone_find_session(const char *id, const base_zone **out, rask_error *err) {
    if (id == NULL || strcmp(id, "default") == 0) {
        *out = system_zone();
        return RASK_OK;
    }
    int64_t length = (int64_t)strlen(id);
    char custom[ID_MAX];
    bool is_region = is_region_name(id) && strchr(id, '+') == NULL && strchr(id, '-') == NULL;
    bool is_nested = strchr(id, '/') != NULL; /* Etc/GMT+8 */
    if ((is_region || is_nested || read_custom_id(id, length, custom, sizeof custom)) &&
        base_zone_find(id, length, out, NULL) == RASK_OK)
        return RASK_OK;
    return rask_error_set(
        err, RASK_ERROR_VALIDATION,
        "Invalid time zone. The value should be a Time Zone Database (TZDB) ID such as "
        "'America/Los_Angeles' to include daylight saving time. Fixed offsets are supported using "
        "'GMT-03:00' or 'GMT+03:00'. Or use 'UTC' without time zone and daylight saving time.");
}
