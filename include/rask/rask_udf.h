/* User-defined functions as the engine calls them: a batch a call, Arrow C Data in and out.
 *
 * Threads: all callbacks of one rask_udf are called from one dedicated thread per job, except
 * `release`, which is called on the thread that drops the last reference. */
#ifndef RASK_UDF_H
#define RASK_UDF_H

#include <rask/rask_base.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RASK_UDF_ABI_VERSION = 1 };

typedef enum rask_udf_kind { RASK_UDF_SCALAR = 0, RASK_UDF_TABLE = 1 } rask_udf_kind;

typedef struct rask_udf {
    size_t size;          /* sizeof(rask_udf) */
    uint32_t abi_version; /* RASK_UDF_ABI_VERSION */
    rask_udf_kind kind;
    const char *name;
    bool deterministic;
    /* Types in SQL syntax ("STRING", "ROW<a INT>"); parameter_count -1 = any number of any type. */
    int32_t parameter_count;
    const char *const *parameter_types;
    /* SCALAR: one; TABLE: one per result column, with names (names may be NULL: f0, f1, ...). */
    int32_t result_count;
    const char *const *result_types;
    const char *const *result_names;
    void *self;
    /* Once per task before the first batch, and once after the last; may be NULL. */
    rask_status (*open)(void *self, rask_error *err);
    rask_status (*close)(void *self, rask_error *err);
    /* `in` is a struct array with one child per argument (borrowed until return; do not release).
     * SCALAR: fill `out` with one array of in->length values of the result type.
     * TABLE: fill `out` with a struct array whose first child is int32 "row" (the input row each
     * output row comes from, ascending) followed by the result columns.
     * `out_schema` gives the Arrow type that must be produced.  `*stop` becomes true (from another
     * thread, to be read atomically) when the job is cancelled: return RASK_ERROR_CANCELLED soon.
     */
    rask_status (*eval)(void *self, const struct ArrowSchema *in_schema,
                        const struct ArrowArray *in, const struct ArrowSchema *out_schema,
                        struct ArrowArray *out, const bool *stop, rask_error *err);
    void (*release)(void *self); /* may be NULL */
} rask_udf;

#ifdef __cplusplus
}
#endif
#endif
