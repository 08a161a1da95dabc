/* What timezone.c and timezone_file.c share. */
#ifndef BASE_TIMEZONE_PRIVATE_H
#define BASE_TIMEZONE_PRIVATE_H

#include "base/timezone.h"

enum { ZONE_NAME_MAX = 10, ZONE_FILE_MAX = 1 << 20, ZONE_DAY_S = 86400 };

/* An offset and what it is called. */
typedef struct zone_type {
    int32_t offset_s;
    char name[ZONE_NAME_MAX + 1];
} zone_type;

/* When a rule's change happens in a year. */
typedef struct zone_date {
    char form; /* 'M': month.week.day, 'J': day without 29 February, '0': day from 0 */
    int32_t month, week, day;
    int32_t second; /* of the day, local time before the change */
} zone_date;

typedef struct zone_rule {
    bool exists, has_summer;
    zone_type standard, summer;
    zone_date start, end; /* of summer */
} zone_rule;

struct base_zone {
    char *id;
    int64_t *changes; /* instants, ascending */
    uint8_t *change_types;
    int32_t change_count;
    zone_type *types;
    int32_t type_count;
    int32_t first_type; /* before the first change */
    zone_rule rule;     /* after the last one */
};

/* The offset in force by the rule. */
const zone_type *zone_rule_type(const zone_rule *rule, int64_t instant_s);

#endif
