/* PERCENTILE(x, p [, frequency]): the exact percentile, interpolated between neighbours.  `p` is a
 * number or an array of them; rows whose frequency is not positive do not count. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "func/agg_entries.h"

typedef struct weighted {
    double value;
    int64_t times;
} weighted;

/* ---- the prefix: percentages as doubles ------------------------------------------------------ */

static double number_at(const data_column *column, int64_t row) {
    const data_column *flat;
    int64_t index = data_column_index(column, row, &flat);
    if (flat->physical == DATA_PHYSICAL_F32)
        return ((const float *)flat->values)[index];
    if (flat->physical == DATA_PHYSICAL_F64)
        return ((const double *)flat->values)[index];
    func_block at = {.start = (int32_t)index, .count = 1};
    base_i128 unscaled;
    func_load_i128(flat, &at, &unscaled);
    return (double)unscaled / pow(10, func_decimal_scale(column->type));
}

static rask_status add_percentage(double value, base_strbuf *out, rask_error *err) {
    if (!(value >= 0 && value <= 1))
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                              "Percentage of PERCENTILE should be between [0.0, 1.0], but was "
                              "'%g'.",
                              value);
    base_strbuf_add(out, (const char *)&value, sizeof value);
    return RASK_OK;
}

static rask_status percentages(const func_aggregate_call *call, const data_column *const *args,
                               int32_t row, base_strbuf *out, rask_error *err) {
    const data_column *flat;
    if (call->arg_types[1]->kind != DATA_ARRAY)
        return add_percentage(number_at(args[1], row), out, err);
    int64_t index = data_column_index(args[1], row, &flat);
    const int32_t *offsets = flat->values;
    for (int32_t i = offsets[index]; i < offsets[index + 1]; i++)
        RASK_TRY(add_percentage(number_at(flat->children[0], i), out, err));
    return RASK_OK;
}

/* ---- entries --------------------------------------------------------------------------------- */

static rask_status weighted_entry(const func_aggregate_call *call, const data_column *const *args,
                                  int32_t row, base_strbuf *out, rask_error *err) {
    weighted entry = {.times = 1};
    if (data_column_is_null(args[0], row))
        return RASK_OK;
    if (call->arg_count > 2 && data_column_is_null(args[2], row))
        return RASK_OK;
    if (call->arg_count > 2)
        entry.times = (int64_t)number_at(args[2], row);
    entry.value = number_at(args[0], row);
    if (entry.times > 0)
        base_strbuf_add(out, (const char *)&entry, sizeof entry);
    return RASK_OK;
}

static int64_t weighted_size(const func_aggregate_call *call, const char *at) {
    return sizeof(weighted);
}

/* ---- the result ------------------------------------------------------------------------------ */

static int by_value(const void *a, const void *b) {
    double x = ((const weighted *)a)->value, y = ((const weighted *)b)->value;
    return (x > y) - (x < y);
}

static double nth(const weighted *items, int64_t count, int64_t n) {
    for (int64_t i = 0; i < count; i++) {
        if (n < items[i].times)
            return items[i].value;
        n -= items[i].times;
    }
    return items[count - 1].value;
}

static double percentile(const weighted *items, int64_t count, double percentage) {
    int64_t all = 0;
    for (int64_t i = 0; i < count; i++)
        all += items[i].times;
    double position = (double)(all - 1) * percentage;
    int64_t lower = (int64_t)floor(position), upper = (int64_t)ceil(position);
    double low = nth(items, count, lower);
    if (lower == upper)
        return low;
    double high = nth(items, count, upper);
    return low == high ? low : ((double)upper - position) * low + (position - (double)lower) * high;
}

static rask_status add_results(const func_aggregate_call *call, const func_entries *entries,
                               const weighted *items, int64_t count, data_builder *out,
                               rask_error *err) {
    bool is_array = call->arg_types[1]->kind == DATA_ARRAY;
    int64_t asked = entries->prefix_size / (int64_t)sizeof(double);
    data_builder *values = is_array ? data_builder_child(out, 0) : out;
    for (int64_t i = 0; i < asked; i++) {
        double percentage;
        memcpy(&percentage, entries->prefix + i * (int64_t)sizeof percentage, sizeof percentage);
        RASK_TRY(data_builder_add_f64(values, percentile(items, count, percentage), err));
    }
    return is_array ? data_builder_close_row(out, asked, err) : RASK_OK;
}

static rask_status percentile_result(const func_aggregate_call *call, const func_entries *entries,
                                     data_builder *out, rask_error *err) {
    int64_t count = entries->size / (int64_t)sizeof(weighted);
    if (count == 0)
        return data_builder_add_null(out, err);
    weighted *items = BASE_NEW_ARRAY(weighted, count);
    memcpy(items, entries->bytes, (size_t)entries->size);
    qsort(items, (size_t)count, sizeof *items, by_value);
    rask_status status = add_results(call, entries, items, count, out, err);
    base_free(items);
    return status;
}

static const func_entries_class percentile_class = {percentages, weighted_entry, weighted_size,
                                                    percentile_result};

/* ---- types ----------------------------------------------------------------------------------- */

static rask_status invalid(rask_error *err) {
    return rask_error_set(err, RASK_ERROR_VALIDATION, "Invalid input arguments.");
}

/* A literal outside of 0 and 1, or what is no literal at all, is refused; arrays are seen at run
 * time. */
static rask_status percentile_type(const func_infer_call *call, const data_type **result,
                                   rask_error *err) {
    const data_type *type = call->types[1];
    const data_type *value = data_type_simple(DATA_DOUBLE, true);
    *result = value;
    if (!data_kind_is_numeric(call->types[0]->kind))
        return invalid(err);
    if (type->kind == DATA_ARRAY && data_kind_is_numeric(type->element->kind)) {
        *result = data_type_array(value, true);
        return RASK_OK;
    }
    const data_value *literal = call->literals[1];
    if (!data_kind_is_numeric(type->kind) || literal == NULL || literal->is_null)
        return invalid(err);
    double number = data_kind_is_integer(type->kind) ? (double)literal->i64
                    : type->kind == DATA_DECIMAL     ? (double)literal->i128 / pow(10, type->scale)
                                                     : literal->f64;
    return number >= 0 && number <= 1 ? RASK_OK : invalid(err);
}

static const func_aggregate aggregates[] = {
    {FUNC_ENTRIES(percentile_class), .name = "PERCENTILE", .api = "percentile",
     .flags = FUNC_AGG_RETRACTABLE, .category = "arithmetic", .sig = "(VALUE, VALUE) -> INFER NULL",
     .infer = percentile_type,
     .doc = "The exact percentile, or an array of them, interpolated between neighbours."},
    {FUNC_ENTRIES(percentile_class), .name = "PERCENTILE", .flags = FUNC_AGG_RETRACTABLE,
     .category = "arithmetic", .sig = "(VALUE, VALUE, INTEGER) -> INFER NULL",
     .infer = percentile_type, .doc = "The same of values that each stand for so many."},
};

static const func_aggregate *const rows[] = {&aggregates[0], &aggregates[1]};
const func_aggregate_family func_percentile_aggregates = {rows, 2};
