/* Putting statistics of parts together; see format.h. */
#include "format/format.h"

static base_i128 wide_value(const data_value *value) {
    bool is_wide =
        value->type->kind == DATA_DECIMAL || data_physical_of(value->type) == DATA_PHYSICAL_I128;
    return is_wide ? value->i128 : value->i64;
}

int format_value_compare(const data_value *a, const data_value *b) {
    if (data_kind_is_string(a->type->kind) || data_kind_is_binary(a->type->kind)) {
        data_string left = data_string_make(a->text.bytes, (uint32_t)a->text.length);
        data_string right = data_string_make(b->text.bytes, (uint32_t)b->text.length);
        int order = data_string_compare(&left, &right);
        return (order > 0) - (order < 0);
    }
    if (a->type->kind == DATA_FLOAT || a->type->kind == DATA_DOUBLE)
        return (a->f64 > b->f64) - (a->f64 < b->f64);
    base_i128 left = wide_value(a), right = wide_value(b);
    return (left > right) - (left < right);
}

static int64_t add(int64_t a, int64_t b) {
    int64_t sum;
    return a < 0 || b < 0 || __builtin_add_overflow(a, b, &sum) ? -1 : sum;
}

/* Whether a part has nothing that a range could hold. */
static bool is_empty(const format_column_statistics *part, int64_t rows) {
    return rows == 0 || (rows > 0 && part->null_count == rows);
}

static void add_ranges(format_column_statistics *to, const format_column_statistics *from) {
    if (to->has_min && from->has_min && format_value_compare(&from->min, &to->min) < 0)
        to->min = from->min;
    if (to->has_max && from->has_max && format_value_compare(&from->max, &to->max) > 0)
        to->max = from->max;
    to->has_min = to->has_min && from->has_min;
    to->has_max = to->has_max && from->has_max;
}

void format_statistics_add(format_column_statistics *to, int64_t to_rows,
                           const format_column_statistics *from, int64_t from_rows) {
    if (is_empty(to, to_rows)) {
        to->has_min = from->has_min;
        to->has_max = from->has_max;
        to->min = from->min;
        to->max = from->max;
    } else if (!is_empty(from, from_rows)) {
        add_ranges(to, from);
    }
    to->null_count = add(to->null_count, from->null_count);
    to->distinct_max = add(to->distinct_max, from->distinct_max);
    if (from->distinct_min > to->distinct_min)
        to->distinct_min = from->distinct_min;
}
