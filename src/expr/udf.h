/* A registered user-defined function: the public rask_udf with parsed types and a reference count.
 */
#ifndef EXPR_UDF_H
#define EXPR_UDF_H

#include <rask/rask_udf.h>

#include "expr/expr.h"

typedef struct rask_udf_handle {
    rask_udf udf;            /* copied; texts owned */
    int32_t parameter_count; /* -1 = any */
    const data_type **parameter_types;
    int32_t result_count;
    const data_type **result_types;
    const char **result_names;
    int32_t refs;
} rask_udf_handle;

rask_status expr_udf_new(const rask_udf *udf, rask_udf_handle **out, rask_error *err);
rask_udf_handle *expr_udf_ref(rask_udf_handle *handle);
void expr_udf_unref(rask_udf_handle *handle);

#endif
