/* Flink's type rules that more than one file of this folder needs: decimal derivations and the
 * types of comparisons.  The public part is in func.h. */
#ifndef FUNC_TYPES_H
#define FUNC_TYPES_H

#include "func/func.h"

/* DECIMAL results of the operators; integers count as DECIMAL(3 / 5 / 10 / 19, 0). */
const data_type *func_decimal_of(const data_type *type); /* NULL for anything but exact numerics */
const data_type *func_decimal_times_type(const data_type *a, const data_type *b);
const data_type *func_decimal_divide_type(const data_type *a, const data_type *b);
const data_type *func_decimal_mod_type(const data_type *a, const data_type *b);
/* ROUND and TRUNCATE to `places` digits. */
const data_type *func_decimal_round_type(const data_type *type, int32_t places);

/* The type of an arithmetic operator over integers and approximate numbers: the wider integer; the
 * first operand's type among FLOAT and DOUBLE; DOUBLE for an approximate and a DECIMAL. */
const data_type *func_arithmetic_type(const data_type *a, const data_type *b);

/* Writes the type each side of a comparison is cast to (its own one where it can be compared as it
 * is).  False where Flink refuses the comparison.  `equality` is stricter: a string is not
 * converted to a number. */
bool func_comparison_types(const data_type *a, const data_type *b, bool equality,
                           const data_type **to_a, const data_type **to_b);

#endif
