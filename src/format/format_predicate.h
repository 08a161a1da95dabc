/* Conditions that a reader can check before it decodes whole rows: a column against a constant.
 *
 * They come from the filter that the optimiser showed the source (format_config.filter), and are
 * implied by it: rows that one of them rejects are not wanted, rows that pass may still not be.  A
 * NULL fails every comparison.  Constants are brought to the column's own units, so that checking
 * needs no conversion. */
#ifndef FORMAT_FORMAT_PREDICATE_H
#define FORMAT_FORMAT_PREDICATE_H

#include "format/format.h"

typedef enum format_op {
    FORMAT_EQUAL,
    FORMAT_NOT_EQUAL,
    FORMAT_LESS,
    FORMAT_LESS_EQUAL,
    FORMAT_GREATER,
    FORMAT_GREATER_EQUAL,
    FORMAT_IS_NULL,
    FORMAT_IS_NOT_NULL
} format_op;

typedef struct format_predicate {
    int32_t column; /* of the projection */
    format_op op;
    data_value value; /* i64 (also BOOLEAN, dates, times), i128 (DECIMAL at the column's scale,
                         TIMESTAMP from 7 digits), f64 or text; `type` is the column's */
} format_predicate;

/* The conjuncts of `filter` (bound over the projected columns; NULL = none) that have this form;
 * all must hold. */
int32_t format_predicates_find(const expr_node *filter, const func_context *context,
                               base_arena *arena, format_predicate **out);
/* Whether rows with values in [min, max] may pass; NULL = unknown, null_count -1 = unknown. */
bool format_predicate_may_pass(const format_predicate *predicate, const data_value *min,
                               const data_value *max, int64_t null_count, int64_t row_count);
/* Clears mask[i] (0 or 1) of the rows of the column that fail; any layout but CONSTANT. */
void format_predicate_check(const format_predicate *predicate, const data_column *column,
                            uint8_t *mask);

#endif
