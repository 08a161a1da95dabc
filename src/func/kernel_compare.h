/* Kernels of kernel_compare.c, for the rows in func_compare.c. */
#ifndef FUNC_KERNEL_COMPARE_H
#define FUNC_KERNEL_COMPARE_H

#include "func/func.h"

/* Both arguments have one layout (decimals: any, with their own scales); the result is BOOLEAN. */
rask_status func_kernel_equal(func_call *call, rask_error *err);
rask_status func_kernel_not_equal(func_call *call, rask_error *err);
rask_status func_kernel_less(func_call *call, rask_error *err);
rask_status func_kernel_less_equal(func_call *call, rask_error *err);
rask_status func_kernel_greater(func_call *call, rask_error *err);
rask_status func_kernel_greater_equal(func_call *call, rask_error *err);

/* Equality as a value: 1 equal, 0 not, for two rows that are not null; NaN differs from NaN. */
bool func_values_equal(const data_column *a, int64_t row_a, const data_column *b, int64_t row_b);
/* Order of two rows that are not null. */
int func_values_compare(const data_column *a, int64_t row_a, const data_column *b, int64_t row_b);

#endif
