/* Values of options as Flink reads them: booleans, numbers, durations ("5 s", "PT5S"), memory
 * sizes ("128 mb"), choices.  The same reader serves configuration, connectors and formats. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/decimal.h"
#include "plan/config.h"

typedef struct unit {
    const char *labels; /* separated by blanks */
    int64_t numerator, denominator;
} unit;

/* To milliseconds. */
static const unit duration_units[] = {
    {"d day days", 86400000, 1},
    {"h hour hours", 3600000, 1},
    {"m min minute minutes", 60000, 1},
    {"s sec secs second seconds", 1000, 1},
    {"ms milli millis millisecond milliseconds", 1, 1},
    {"\xc2\xb5s micro micros microsecond microseconds", 1, 1000},
    {"ns nano nanos nanosecond nanoseconds", 1, 1000000},
};

/* To bytes. */
static const unit memory_units[] = {
    {"b bytes", 1, 1},
    {"k kb kibibytes", 1LL << 10, 1},
    {"m mb mebibytes", 1LL << 20, 1},
    {"g gb gibibytes", 1LL << 30, 1},
    {"t tb tebibytes", 1LL << 40, 1},
};

static const char *skip_blanks(const char *text) {
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

static bool has_label(const char *labels, const char *text, size_t length) {
    for (const char *at = labels; *at != '\0';) {
        size_t item = strcspn(at, " ");
        if (item == length && strncasecmp(at, text, length) == 0)
            return true;
        at += item + (at[item] == ' ');
    }
    return false;
}

static const unit *find_unit(const unit *units, size_t count, const char *text) {
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    if (length == 0)
        return count == sizeof duration_units / sizeof duration_units[0] ? &units[4] : &units[0];
    for (size_t i = 0; i < count; i++)
        if (has_label(units[i].labels, text, length))
            return &units[i];
    return NULL;
}

/* A whole number, blanks, a unit; without unit milliseconds or bytes. */
static bool parse_with_unit(const unit *units, size_t count, const char *text, int64_t *out) {
    int64_t number = 0, product;
    text = skip_blanks(text);
    if (!isdigit((unsigned char)*text))
        return false;
    for (; isdigit((unsigned char)*text); text++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, *text - '0', &number))
            return false;
    const unit *found = find_unit(units, count, skip_blanks(text));
    if (found == NULL || __builtin_mul_overflow(number, found->numerator, &product))
        return false;
    *out = product / found->denominator;
    return true;
}

/* ISO 8601: P1DT2H3M4.5S. */
static bool parse_iso_duration(const char *text, int64_t *out) {
    double millis = 0;
    bool in_time = false, any = false;
    bool negative = *text == '-';
    text += negative || *text == '+';
    if (toupper((unsigned char)*text++) != 'P')
        return false;
    while (*text != '\0') {
        if (toupper((unsigned char)*text) == 'T') {
            if (in_time)
                return false;
            in_time = true;
            text++;
            continue;
        }
        char *end;
        if (!isdigit((unsigned char)*text) && *text != '-' && *text != '+')
            return false;
        double number = strtod(text, &end);
        char letter = (char)toupper((unsigned char)*end);
        double scale = !in_time        ? (letter == 'D' ? 86400000.0 : 0)
                       : letter == 'H' ? 3600000.0
                       : letter == 'M' ? 60000.0
                       : letter == 'S' ? 1000.0
                                       : 0;
        if (end == text || scale == 0)
            return false;
        millis += number * scale;
        any = true;
        text = end + 1;
    }
    if (!any || millis > 9e18 || millis < -9e18)
        return false;
    *out = (int64_t)(negative ? -millis : millis);
    return true;
}

static bool parse_duration(const char *text, int64_t *out) {
    text = skip_blanks(text);
    if (parse_iso_duration(text, out))
        return true;
    return parse_with_unit(duration_units, sizeof duration_units / sizeof duration_units[0], text,
                           out);
}

static bool parse_bool(const char *text, int64_t *out) {
    *out = strcasecmp(text, "true") == 0;
    return *out != 0 || strcasecmp(text, "false") == 0;
}

/* The place of the choice in the list. */
static bool parse_choice(const char *choices, const char *text, int64_t *out) {
    *out = 0;
    for (const char *at = choices; at != NULL && *at != '\0'; (*out)++) {
        size_t length = strcspn(at, ",");
        if (strlen(text) == length && strncasecmp(at, text, length) == 0)
            return true;
        at += length + (at[length] == ',');
    }
    return choices == NULL;
}

static bool parse(const plan_option *option, const char *text, int64_t *i64, double *f64) {
    switch (option->kind) {
    case PLAN_OPTION_STRING:
        return true;
    case PLAN_OPTION_INT:
        return base_i64_parse(text, (int64_t)strlen(text), i64);
    case PLAN_OPTION_BOOL:
        return parse_bool(text, i64);
    case PLAN_OPTION_DOUBLE:
        return base_double_parse(text, (int64_t)strlen(text), f64);
    case PLAN_OPTION_DURATION:
        return parse_duration(text, i64);
    case PLAN_OPTION_MEMORY:
        return parse_with_unit(memory_units, sizeof memory_units / sizeof memory_units[0], text,
                               i64);
    case PLAN_OPTION_ENUM:
        break;
    }
    return parse_choice(option->choices, text, i64);
}

static const char *expectation(const plan_option *option) {
    static const char *const texts[] = {
        [PLAN_OPTION_STRING] = "a text",
        [PLAN_OPTION_INT] = "a whole number",
        [PLAN_OPTION_BOOL] = "true or false",
        [PLAN_OPTION_DOUBLE] = "a number",
        [PLAN_OPTION_DURATION] = "a duration such as '5 s', '10 min' or 'PT5S'",
        [PLAN_OPTION_MEMORY] = "a memory size such as '64 kb' or '1 gb'",
    };
    return texts[option->kind];
}

rask_status plan_option_parse(const plan_option *option, const char *text, int64_t *i64,
                              double *f64, rask_error *err) {
    int64_t number = 0;
    double real = 0;
    if (parse(option, text, &number, &real)) {
        *i64 = number;
        *f64 = real;
        return RASK_OK;
    }
    if (option->kind == PLAN_OPTION_ENUM)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                              "Could not parse value '%s' for key '%s'. Expected one of: [%s]",
                              text, option->key, option->choices);
    return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                          "Could not parse value '%s' for key '%s'. Expected %s", text, option->key,
                          expectation(option));
}
