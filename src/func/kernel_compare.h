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

#endif
