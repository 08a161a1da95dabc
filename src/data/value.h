/* A single value: literals in plans, defaults, statistics, keys of configuration.  Strings and
 * nested values are owned by the arena they were made in. */
#ifndef DATA_VALUE_H
#define DATA_VALUE_H

#include "base/timezone.h"
#include "data/column.h"

typedef struct data_value data_value;
struct data_value {
    const data_type *type;
    bool is_null;
    union {
        int64_t i64;    /* BOOLEAN (0/1), integers, DATE, TIME, intervals, TIMESTAMP p <= 6 (us) */
        base_i128 i128; /* DECIMAL unscaled (any precision), TIMESTAMP p >= 7 (ns) */
        double f64;     /* FLOAT, DOUBLE */
        struct {
            const char *bytes;
            int64_t length;
        } text; /* strings and binary */
        struct {
            data_value *items; /* ARRAY elements, ROW fields, MAP key,value,key,value... */
            int32_t count;
        } nested;
    };
};

data_value data_value_null(const data_type *type);
data_value data_value_i64(const data_type *type, int64_t value);
data_value data_value_decimal(const data_type *type, base_i128 unscaled);
data_value data_value_f64(const data_type *type, double value);
data_value data_value_text(base_arena *arena, const data_type *type, const char *bytes,
                           int64_t length);
data_value data_value_copy(base_arena *arena, const data_value *value);
bool data_value_equal(const data_value *a, const data_value *b);
data_value data_value_at(base_arena *arena, const data_column *column, int64_t row);
rask_status data_builder_add_value(data_builder *builder, const data_value *value, rask_error *err);
/* A CONSTANT column of `length` rows. */
rask_status data_value_to_column(base_pool *pool, const data_value *value, int64_t length,
                                 data_column **out, rask_error *err);

/* Appends the text Flink prints for row `row`: TRUE, 1.50, 2020-01-02 03:04:05.678, x'0aff',
 * [1, NULL], {k=1}, (1, x).  A top-level null appends nothing and returns false.  TIMESTAMP_LTZ
 * is printed as the zone shows it (NULL = UTC). */
bool data_column_print(const data_column *column, int64_t row, const base_zone *zone,
                       base_strbuf *out);
/* The text that CAST(... AS STRING) gives: the same, but binary is decoded as UTF-8. */
bool data_column_print_cast(const data_column *column, int64_t row, const base_zone *zone,
                            base_strbuf *out);
bool data_value_print(const data_value *value, base_strbuf *out);
/* As an SQL literal: 'it''s', DATE '2020-01-01', CAST(NULL AS INT), 1.50. */
void data_value_write_sql(const data_value *value, base_strbuf *out);

#endif
