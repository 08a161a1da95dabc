/* See time_unit.h. */
#include "func/time_unit.h"

#include <string.h>
#include <strings.h>

#include "base/time.h"
#include "func/stamp.h"

static const struct {
    const char *name, *alias;
    int64_t millis;
    int32_t months;
} units[FUNC_UNIT_NONE] = {
    [FUNC_UNIT_MILLENNIUM] = {"MILLENNIUM", NULL, 0, 12000},
    [FUNC_UNIT_CENTURY] = {"CENTURY", NULL, 0, 1200},
    [FUNC_UNIT_DECADE] = {"DECADE", NULL, 0, 120},
    [FUNC_UNIT_YEAR] = {"YEAR", "SQL_TSI_YEAR", 0, 12},
    [FUNC_UNIT_QUARTER] = {"QUARTER", "SQL_TSI_QUARTER", 0, 3},
    [FUNC_UNIT_MONTH] = {"MONTH", "SQL_TSI_MONTH", 0, 1},
    [FUNC_UNIT_WEEK] = {"WEEK", "SQL_TSI_WEEK", 604800000, 0},
    [FUNC_UNIT_DAY] = {"DAY", "SQL_TSI_DAY", 86400000, 0},
    [FUNC_UNIT_HOUR] = {"HOUR", "SQL_TSI_HOUR", 3600000, 0},
    [FUNC_UNIT_MINUTE] = {"MINUTE", "SQL_TSI_MINUTE", 60000, 0},
    [FUNC_UNIT_SECOND] = {"SECOND", "SQL_TSI_SECOND", 1000, 0},
    [FUNC_UNIT_MILLISECOND] = {"MILLISECOND", NULL, 1, 0},
    [FUNC_UNIT_MICROSECOND] = {"MICROSECOND", "SQL_TSI_MICROSECOND", 0, 0},
    [FUNC_UNIT_NANOSECOND] = {"NANOSECOND", "SQL_TSI_FRAC_SECOND", 0, 0},
    [FUNC_UNIT_EPOCH] = {"EPOCH", NULL, 0, 0},
    [FUNC_UNIT_DOW] = {"DOW", NULL, 0, 0},
    [FUNC_UNIT_ISODOW] = {"ISODOW", NULL, 0, 0},
    [FUNC_UNIT_DOY] = {"DOY", NULL, 0, 0},
    [FUNC_UNIT_ISOYEAR] = {"ISOYEAR", NULL, 0, 0},
};

static bool is_word(const char *word, int64_t length, const char *name) {
    return name != NULL && (int64_t)strlen(name) == length &&
           strncasecmp(name, word, (size_t)length) == 0;
}

func_unit func_unit_find(const char *word, int64_t length) {
    int32_t i = 0;
    while (i < FUNC_UNIT_NONE && !is_word(word, length, units[i].name) &&
           !is_word(word, length, units[i].alias))
        i++;
    return (func_unit)i;
}

func_unit func_unit_of(const func_infer_call *call, int32_t arg) {
    const data_value *word = call->literals[arg];
    if (word == NULL || word->is_null || call->types[arg]->kind != DATA_SYMBOL)
        return FUNC_UNIT_NONE;
    return func_unit_find(word->text.bytes, word->text.length);
}

const char *func_unit_name(func_unit unit) {
    return unit < FUNC_UNIT_NONE ? units[unit].name : "?";
}

int64_t func_unit_millis(func_unit unit) {
    return unit < FUNC_UNIT_NONE ? units[unit].millis : 0;
}

int32_t func_unit_months(func_unit unit) {
    return unit < FUNC_UNIT_NONE ? units[unit].months : 0;
}

static rask_status prepare(base_arena *arena, const func_infer_call *call, int32_t arg,
                           const void **prepared) {
    func_unit *unit = BASE_ARENA_NEW(arena, func_unit);
    *unit = func_unit_of(call, arg);
    *prepared = unit;
    return RASK_OK;
}

rask_status func_unit_prepare_first(base_arena *arena, const func_infer_call *call,
                                    const void **prepared, rask_error *err) {
    return prepare(arena, call, 0, prepared);
}

rask_status func_unit_prepare_second(base_arena *arena, const func_infer_call *call,
                                     const void **prepared, rask_error *err) {
    return prepare(arena, call, 1, prepared);
}

/* ---- months ---------------------------------------------------------------------------------- */

int32_t func_add_months(int32_t days, int64_t months) {
    int32_t year, month, day;
    base_civil_from_days(days, &year, &month, &day);
    int64_t total = (int64_t)year * 12 + month - 1 + months;
    year = (int32_t)base_floor_div(total, 12);
    month = (int32_t)base_floor_mod(total, 12) + 1;
    while (day > 28 && !base_civil_is_valid(year, month, day))
        day--;
    return base_days_from_civil(year, month, day);
}

int32_t func_months_between(int32_t days_a, int32_t days_b) {
    if (days_a < days_b)
        return -func_months_between(days_b, days_a);
    int32_t year_a, year_b, month_a, month_b, day;
    base_civil_from_days(days_a, &year_a, &month_a, &day);
    base_civil_from_days(days_b, &year_b, &month_b, &day);
    int32_t months = (year_a - year_b) * 12 + month_a - month_b;
    return func_add_months(days_b, months) > days_a ? months - 1 : months;
}

int32_t func_months_between_millis(int64_t a, int64_t b) {
    int32_t days_a = (int32_t)base_floor_div(a, FUNC_MILLIS_PER_DAY);
    int32_t days_b = (int32_t)base_floor_div(b, FUNC_MILLIS_PER_DAY);
    int32_t months = func_months_between(days_a, days_b);
    bool same_day = func_add_months(days_b, months) == days_a;
    bool earlier = base_floor_mod(a, FUNC_MILLIS_PER_DAY) < base_floor_mod(b, FUNC_MILLIS_PER_DAY);
    return same_day && earlier ? months - 1 : months;
}
