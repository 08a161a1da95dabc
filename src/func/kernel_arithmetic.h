/* Kernels of kernel_arithmetic.c and kernel_decimal.c, for the rows in func_arithmetic.c. */
#ifndef FUNC_KERNEL_ARITHMETIC_H
#define FUNC_KERNEL_ARITHMETIC_H

#include "func/func.h"

/* Integers and floating point; both operands and (but for remainder) the result of one layout. */
rask_status func_kernel_plus(func_call *call, rask_error *err);
rask_status func_kernel_minus(func_call *call, rask_error *err);
rask_status func_kernel_times(func_call *call, rask_error *err);
rask_status func_kernel_divide(func_call *call, rask_error *err);
rask_status func_kernel_remainder(func_call *call, rask_error *err);
rask_status func_kernel_negate(func_call *call, rask_error *err);

/* Decimals of any scale and width; what does not fit the result's precision becomes NULL. */
rask_status func_kernel_decimal_plus(func_call *call, rask_error *err);
rask_status func_kernel_decimal_minus(func_call *call, rask_error *err);
rask_status func_kernel_decimal_times(func_call *call, rask_error *err);
rask_status func_kernel_decimal_divide(func_call *call, rask_error *err);
rask_status func_kernel_decimal_remainder(func_call *call, rask_error *err);
rask_status func_kernel_decimal_negate(func_call *call, rask_error *err);

#endif
