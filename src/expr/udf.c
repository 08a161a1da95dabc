/* Handles of user-defined functions: the public struct copied, its type texts parsed and checked.
 */
#include "expr/udf.h"

#include <string.h>

static void free_texts(const char **texts, int32_t count) {
    if (texts == NULL)
        return;
    for (int32_t i = 0; i < count; i++)
        base_free((char *)texts[i]);
    base_free(texts);
}

static void free_handle(rask_udf_handle *handle) {
    free_texts(handle->result_names, handle->result_count);
    base_free(handle->parameter_types);
    base_free(handle->result_types);
    base_free((char *)handle->udf.name);
    base_free(handle);
}

static rask_status parse_types(const char *function, const char *what, const char *const *texts,
                               int32_t count, const data_type ***out, rask_error *err) {
    const data_type **types = BASE_NEW_ARRAY(const data_type *, count + 1);
    *out = types;
    for (int32_t i = 0; i < count; i++) {
        rask_status status =
            data_type_parse(texts[i], (int64_t)strlen(texts[i]), NULL, &types[i], err);
        if (status != RASK_OK) {
            rask_error_prefix(err, "function '%s', %s %d: ", function, what, i + 1);
            return status;
        }
    }
    return RASK_OK;
}

static rask_status check(const rask_udf *udf, rask_error *err) {
    if (udf->size < sizeof(rask_udf) || udf->abi_version != RASK_UDF_ABI_VERSION)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                              "a user function was made for version %u of the interface, this is "
                              "version %d",
                              udf->abi_version, RASK_UDF_ABI_VERSION);
    if (udf->name == NULL || udf->name[0] == '\0' || udf->eval == NULL)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                              "a user function needs a name and an eval function");
    if (udf->result_count < 1 || (udf->kind == RASK_UDF_SCALAR && udf->result_count != 1))
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                              "function '%s': %d result types; a scalar function has one, a table "
                              "function one for each column",
                              udf->name, udf->result_count);
    return RASK_OK;
}

rask_status expr_udf_new(const rask_udf *udf, rask_udf_handle **out, rask_error *err) {
    RASK_TRY(check(udf, err));
    rask_udf_handle *handle = BASE_NEW(rask_udf_handle);
    handle->refs = 1;
    handle->udf = *udf;
    handle->udf.name = base_strdup(udf->name);
    handle->udf.parameter_types = NULL;
    handle->udf.result_types = NULL;
    handle->udf.result_names = NULL;
    handle->parameter_count = udf->parameter_count;
    handle->result_count = udf->result_count;
    rask_status status = parse_types(udf->name, "parameter", udf->parameter_types,
                                     udf->parameter_count < 0 ? 0 : udf->parameter_count,
                                     &handle->parameter_types, err);
    if (status == RASK_OK)
        status = parse_types(udf->name, "result", udf->result_types, udf->result_count,
                             &handle->result_types, err);
    handle->result_names = BASE_NEW_ARRAY(const char *, udf->result_count);
    for (int32_t i = 0; i < udf->result_count; i++)
        handle->result_names[i] = udf->result_names != NULL && udf->result_names[i] != NULL
                                      ? base_strdup(udf->result_names[i])
                                      : base_printf("f%d", i);
    if (status != RASK_OK) {
        free_handle(handle);
        return status;
    }
    *out = handle;
    return RASK_OK;
}

rask_udf_handle *expr_udf_ref(rask_udf_handle *handle) {
    __atomic_fetch_add(&handle->refs, 1, __ATOMIC_RELAXED);
    return handle;
}

void expr_udf_unref(rask_udf_handle *handle) {
    if (handle == NULL || __atomic_sub_fetch(&handle->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    if (handle->udf.release != NULL)
        handle->udf.release(handle->udf.self);
    free_handle(handle);
}
