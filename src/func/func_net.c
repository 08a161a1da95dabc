/* Parts of URLs and IPv4 addresses: PARSE_URL, INET_ATON, INET_NTOA.
 *
 * A URL is read as java.net.URL and its handlers of the protocols that a JDK knows read it; what
 * they refuse has no parts. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "func/kernel.h"
#include "func/table.h"

/* ---- reading a URL --------------------------------------------------------------------------- */

typedef struct part {
    const char *bytes; /* NULL = there is none */
    int64_t size;
} part;

typedef struct url {
    part protocol, authority, user_info, host, path, query, reference;
} url;

static part part_of(const char *from, const char *to) {
    return (part){from, to - from};
}

static const char *find(const char *from, const char *end, char c) {
    const char *at = from < end ? memchr(from, c, (size_t)(end - from)) : NULL;
    return at != NULL ? at : end;
}

static bool part_is(part p, const char *text) {
    return p.size == (int64_t)strlen(text) && strncasecmp(p.bytes, text, (size_t)p.size) == 0;
}

static bool is_known_protocol(part protocol) {
    static const char *const known[] = {"http", "https",  "ftp", "file",
                                        "jar",  "mailto", "jrt", "jmod"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (part_is(protocol, known[i]))
            return true;
    return false;
}

/* "http:" and the place behind it. */
static bool read_protocol(const char **at, const char *end, url *out) {
    const char *colon = *at;
    while (colon < end && *colon != ':' && *colon != '/')
        colon++;
    if (colon == end || *colon != ':' || !isalpha((unsigned char)**at))
        return false;
    for (const char *c = *at; c < colon; c++)
        if (!isalnum((unsigned char)*c) && strchr("+-.", *c) == NULL)
            return false;
    out->protocol = part_of(*at, colon);
    *at = colon + 1;
    return is_known_protocol(out->protocol);
}

/* Java's parseInt, and nothing below -1. */
static bool is_port(const char *from, const char *end) {
    int64_t value = 0;
    if (from == end)
        return true;
    bool negative = *from == '-';
    from += *from == '-' || *from == '+';
    if (from == end)
        return false;
    for (; from < end; from++) {
        if (!isdigit((unsigned char)*from))
            return false;
        value = value * 10 + (*from - '0');
        if (value > INT32_MAX)
            return false;
    }
    return !negative || value <= 1;
}

static bool is_ipv6(const char *from, const char *to) {
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    const char *zone = find(from, to, '%');
    if (zone - from >= (int64_t)sizeof text)
        return false;
    memcpy(text, from, (size_t)(zone - from));
    text[zone - from] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

/* [::1]:80 */
static bool read_bracketed_host(part all, url *out) {
    const char *end = all.bytes + all.size, *close = find(all.bytes, end, ']');
    if (close == end || close - all.bytes <= 2 || !is_ipv6(all.bytes + 1, close))
        return false;
    out->host = part_of(all.bytes, close + 1);
    if (close + 1 == end)
        return true;
    return close[1] == ':' && is_port(close + 2, end);
}

/* user@host:port; with two @ there is neither user nor host. */
static bool read_authority(url *out) {
    const char *from = out->authority.bytes, *end = from + out->authority.size;
    const char *at = find(from, end, '@');
    out->host = out->authority;
    if (at != end) {
        if (find(at + 1, end, '@') != end) {
            out->host = part_of(from, from);
            return true;
        }
        out->user_info = part_of(from, at);
        out->host = part_of(at + 1, end);
    }
    if (out->host.size > 0 && out->host.bytes[0] == '[')
        return read_bracketed_host(out->host, out);
    const char *colon = find(out->host.bytes, end, ':');
    bool is_valid = colon == end || is_port(colon + 1, end);
    out->host = part_of(out->host.bytes, colon);
    return is_valid;
}

/* mailto:someone, jar:url!/entry: everything is the path. */
static bool read_opaque(const char *at, const char *end, url *out) {
    out->path = part_of(at, end);
    if (part_is(out->protocol, "jar"))
        return memmem(at, (size_t)(end - at), "!/", 2) != NULL;
    for (; at < end; at++)
        if (!isspace((unsigned char)*at))
            return true;
    return false;
}

static bool read_hierarchy(const char *at, const char *end, url *out) {
    const char *question = find(at, end, '?');
    if (question != end)
        out->query = part_of(question + 1, end);
    end = question;
    bool is_unc = end - at >= 4 && memcmp(at, "////", 4) == 0;
    if (!is_unc && end - at >= 2 && at[0] == '/' && at[1] == '/') {
        const char *path = find(at + 2, end, '/');
        out->authority = part_of(at + 2, path);
        at = path;
        if (!read_authority(out))
            return false;
    }
    out->path = part_of(at, end);
    return true;
}

static bool read_url(const data_string *text, url *out) {
    const char *at = data_string_bytes(text), *end = at + text->length;
    *out = (url){.host = {"", 0}};
    while (end > at && (uint8_t)end[-1] <= ' ')
        end--;
    while (at < end && (uint8_t)*at <= ' ')
        at++;
    if (end - at >= 4 && strncasecmp(at, "url:", 4) == 0)
        at += 4;
    if (at == end || !read_protocol(&at, end, out))
        return false;
    const char *hash = find(at, end, '#');
    if (hash != end)
        out->reference = part_of(hash + 1, end);
    if (part_is(out->protocol, "mailto") || part_is(out->protocol, "jar"))
        return read_opaque(at, hash, out);
    return read_hierarchy(at, hash, out);
}

/* ---- PARSE_URL ------------------------------------------------------------------------------- */

typedef enum url_part {
    URL_HOST,
    URL_PATH,
    URL_QUERY,
    URL_REF,
    URL_PROTOCOL,
    URL_FILE,
    URL_AUTHORITY,
    URL_USERINFO,
    URL_NOTHING
} url_part;

static url_part part_named(const data_string *name) {
    static const char *const names[] = {"HOST",     "PATH", "QUERY",     "REF",
                                        "PROTOCOL", "FILE", "AUTHORITY", "USERINFO"};
    int32_t i = 0;
    while (i < URL_NOTHING && (strlen(names[i]) != name->length ||
                               memcmp(names[i], data_string_bytes(name), name->length) != 0))
        i++;
    return (url_part)i;
}

static part take_part(const url *u, url_part which) {
    switch (which) {
    case URL_HOST:
        return u->host;
    case URL_PATH:
        return u->path;
    case URL_QUERY:
        return u->query;
    case URL_REF:
        return u->reference;
    case URL_PROTOCOL:
        return u->protocol;
    case URL_FILE: /* the query stands right behind the path */
        return u->query.bytes == NULL ? u->path
                                      : part_of(u->path.bytes, u->query.bytes + u->query.size);
    case URL_AUTHORITY:
        return u->authority;
    case URL_USERINFO:
        return u->user_info;
    default:
        return (part){NULL, 0};
    }
}

/* The value behind "key=" at the start of the query or of a pair. */
static part value_of(part query, const data_string *key) {
    const char *end = query.bytes + query.size;
    for (const char *at = query.bytes; at != NULL && at <= end;) {
        bool is_key = end - at > (int64_t)key->length &&
                      memcmp(at, data_string_bytes(key), key->length) == 0 &&
                      at[key->length] == '=';
        const char *value = at + key->length + 1;
        if (is_key)
            return part_of(value, find(value, end, '&'));
        at = find(at, end, '&') + 1;
    }
    return (part){NULL, 0};
}

static rask_status set_url_part(func_text *text, func_call *call, int32_t row, rask_error *err) {
    url_part which = part_named(func_arg_text(call, 1, row));
    url u;
    part found = {NULL, 0};
    if (read_url(func_arg_text(call, 0, row), &u))
        found = take_part(&u, which);
    if (call->arg_count > 2)
        found = which == URL_QUERY && found.bytes != NULL
                    ? value_of(found, func_arg_text(call, 2, row))
                    : (part){NULL, 0};
    if (found.bytes == NULL) {
        data_column_set_null(call->result, row);
        return func_text_set(text, row, "", 0, err);
    }
    if (which != URL_PROTOCOL)
        return func_text_set(text, row, found.bytes, found.size, err);
    char *out;
    RASK_TRY(func_text_room(text, found.size, &out, err));
    for (int64_t i = 0; i < found.size; i++)
        out[i] = (char)tolower((unsigned char)found.bytes[i]);
    func_text_advance(text, found.size);
    func_text_end_row(text, row);
    return RASK_OK;
}

static rask_status parse_url(func_call *call, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row)
    RASK_TRY_OUT(status, set_url_part(&text, call, row, err));
out:
    return func_text_finish(&text, status, err);
}

/* ---- INET_ATON, INET_NTOA -------------------------------------------------------------------- */

/* One to four numbers up to 255; the last is the lowest byte, the ones in front start at the
 * highest. */
static bool read_address(const data_string *text, int64_t *out) {
    const char *at = data_string_bytes(text), *end = at + text->length;
    int64_t numbers[4], count = 0;
    do {
        if (count == 4 || at == end || !isdigit((unsigned char)*at))
            return false;
        int64_t value = 0;
        for (; at < end && isdigit((unsigned char)*at); at++) {
            value = value * 10 + (*at - '0');
            if (value > 255)
                return false;
        }
        numbers[count++] = value;
        if (at == end)
            break;
    } while (*at++ == '.' && at < end);
    if (at != end || !isdigit((unsigned char)end[-1]))
        return false;
    *out = numbers[count - 1];
    for (int64_t i = 0; i + 1 < count; i++)
        *out |= numbers[i] << (24 - 8 * i);
    return true;
}

static rask_status inet_aton_kernel(func_call *call, rask_error *err) {
    int64_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        if (!read_address(func_arg_text(call, 0, row), &out[row])) {
            out[row] = 0;
            data_column_set_null(call->result, row);
        }
    }
    return RASK_OK;
}

static rask_status inet_ntoa_kernel(func_call *call, rask_error *err) {
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_column *in = call->args[0];
        int64_t value = ((const int64_t *)in->values)[func_at(in, row)];
        char dotted[16] = "";
        if (value < 0 || value > UINT32_MAX)
            data_column_set_null(call->result, row);
        else
            snprintf(dotted, sizeof dotted, "%d.%d.%d.%d", (int)(value >> 24),
                     (int)(value >> 16 & 255), (int)(value >> 8 & 255), (int)(value & 255));
        RASK_TRY_OUT(status, func_text_set(&text, row, dotted, (int64_t)strlen(dotted), err));
    }
out:
    return func_text_finish(&text, status, err);
}

/* ---- rows ------------------------------------------------------------------------------------ */

enum { LOSES = FUNC_TAKES_CONSTANT | FUNC_NULL_ON_BAD_INPUT };

#define NET(function_name, signature, function)                                                    \
    .name = function_name, .sig = signature, .flags = LOSES, .kernel = function,                   \
    .category = "string", .cost = 60

static const func_row rows[] = {
    {NET("PARSE_URL", "(STRING, STRING) -> STRING NULL", parse_url), .api = "parse_url",
     .aliases = "PARSEURL",
     .forms = "'PARSE_URL(<CHARACTER>, <CHARACTER>)'\n"
              "'PARSE_URL(<CHARACTER>, <CHARACTER>, <CHARACTER>)'",
     .doc = "A part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY or USERINFO.",
     .example = "PARSE_URL('http://facebook.com/p.php?k=v#r', 'HOST')", .result = "facebook.com"},
    {NET("PARSE_URL", "(STRING, STRING, STRING) -> STRING NULL", parse_url), .aliases = "PARSEURL",
     .doc = "The value of a key in the QUERY of a URL.",
     .example = "PARSE_URL('http://facebook.com/p.php?k=v&l=w', 'QUERY', 'l')", .result = "w"},
    {NET("INET_ATON", "(STRING) -> BIGINT NULL", inet_aton_kernel), .api = "inet_aton",
     .forms = "INET_ATON(<CHARACTER_STRING>)", .doc = "The number of an IPv4 address.",
     .example = "INET_ATON('127.0.0.1')", .result = "2130706433"},
    {NET("INET_NTOA", "(BIGINT) -> STRING NULL", inet_ntoa_kernel), .api = "inet_ntoa",
     .forms = "INET_NTOA(<INTEGER_NUMERIC>)", .doc = "The IPv4 address of a number.",
     .example = "INET_NTOA(2130706433)", .result = "127.0.0.1"},
};
FUNC_FAMILY(func_net_family, rows);
