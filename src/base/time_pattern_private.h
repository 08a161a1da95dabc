/* What the time_pattern_*.c files share. */
#ifndef BASE_TIME_PATTERN_PRIVATE_H
#define BASE_TIME_PATTERN_PRIVATE_H

#include "base/time_pattern.h"

typedef enum pattern_sign { SIGN_NORMAL, SIGN_NOT_NEGATIVE, SIGN_EXCEEDS_PAD } pattern_sign;
typedef enum pattern_style { STYLE_NUMBER, STYLE_SHORT, STYLE_FULL, STYLE_NARROW } pattern_style;

/* A letter repeated, or a literal ('\''), or a bracket. */
typedef struct pattern_item {
    char letter;
    int32_t count;
    int32_t pad;         /* FORMATTER's pp; 0 = none */
    const char *literal; /* into the pattern's own text */
    int32_t literal_length;
    /* FORMATTER: how a number is read and printed. */
    pattern_style style;
    pattern_sign sign;
    int32_t width_min, width_max;
    int32_t reserved; /* digits that the numbers right behind it need; -1 = the width is fixed */
} pattern_item;

struct base_time_pattern {
    base_time_dialect dialect;
    char *text; /* of the pattern, literals unquoted behind it */
    pattern_item *items;
    int32_t count;
};

extern const char *const pattern_months[12], *const pattern_days[7]; /* Sunday first */

/* Days to year, month, day: Julian before 15 October 1582; and back. */
void pattern_hybrid_from_days(int64_t days, int64_t *year, int32_t *month, int32_t *day);
int64_t pattern_hybrid_days(int64_t year, int32_t month, int64_t day);
/* Week of the year (first week = the one with 1 January, Sunday first) and the year it belongs to.
 */
void pattern_week(int64_t days, int32_t year, int32_t *week_year, int32_t *week);
int64_t pattern_week_start(int32_t week_year);        /* day of the first Sunday */
static inline int32_t pattern_weekday(int64_t days) { /* Sunday = 0 */
    return (int32_t)(((days + 4) % 7 + 7) % 7);
}

rask_status pattern_unsupported(rask_error *err, char letter);

/* ---- fields that FORMATTER reads (time_pattern_parse.c, time_pattern_resolve.c) -------------- */

typedef enum pattern_field {
    FIELD_ERA,
    FIELD_YEAR_OF_ERA,
    FIELD_YEAR,
    FIELD_WEEK_YEAR,
    FIELD_QUARTER,
    FIELD_MONTH,
    FIELD_WEEK_OF_YEAR,
    FIELD_WEEK_OF_MONTH,
    FIELD_DAY_OF_YEAR,
    FIELD_DAY,
    FIELD_ALIGNED_DAY,
    FIELD_WEEKDAY,       /* Monday = 1 */
    FIELD_LOCAL_WEEKDAY, /* Sunday = 1 */
    FIELD_AM_PM,
    FIELD_HOUR,
    FIELD_CLOCK_HOUR,
    FIELD_HOUR_AM_PM,
    FIELD_CLOCK_HOUR_AM_PM,
    FIELD_MINUTE,
    FIELD_SECOND,
    FIELD_NANO,
    FIELD_MILLI_OF_DAY,
    FIELD_NANO_OF_DAY,
    FIELD_COUNT
} pattern_field;

typedef struct pattern_fields {
    uint32_t known; /* bit set of pattern_field */
    int64_t values[FIELD_COUNT];
} pattern_fields;

static inline bool pattern_has(const pattern_fields *fields, pattern_field field) {
    return (fields->known >> field & 1) != 0;
}
/* False where the field is known with another value. */
bool pattern_set(pattern_fields *fields, pattern_field field, int64_t value);
/* What the fields mean; false where they contradict each other or a range. */
bool pattern_resolve(pattern_fields *fields, __int128 *nanos);

#endif
