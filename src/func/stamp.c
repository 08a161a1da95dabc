/* See stamp.h. */
#include "func/stamp.h"

#include "base/time.h"

void func_stamp_store(data_column *column, int64_t row, __int128 nanos) {
    static const int64_t units[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                    10000,      1000,      100,      10,      1};
    int64_t unit = units[column->type->precision];
    nanos = func_floor_div(nanos, unit) * unit;
    if (column->physical == DATA_PHYSICAL_I128)
        ((__int128 *)column->values)[row] = nanos;
    else
        ((int64_t *)column->values)[row] = (int64_t)(nanos / FUNC_NANOS_PER_MICRO);
}

void func_stamp_write_iso(__int128 nanos, base_strbuf *out) {
    char text[BASE_TIME_TEXT_MAX];
    int32_t fraction = (int32_t)(nanos - func_floor_div(nanos, 1000000000) * 1000000000);
    int32_t digits = fraction == 0 ? 0 : fraction % 1000000 == 0 ? 3 : fraction % 1000 == 0 ? 6 : 9;
    int32_t length = base_timestamp_format(nanos, digits, text), time = length - digits - 8;
    time -= digits > 0; /* the point */
    bool no_seconds = digits == 0 && text[length - 2] == '0' && text[length - 1] == '0';
    text[time - 1] = 'T';
    base_strbuf_add(out, text, no_seconds ? length - 3 : length);
}
