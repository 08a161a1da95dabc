/* Casts of arrays, multisets, maps and rows: each child is cast by the cast of its types.
 *
 * The result takes over the structure (offsets, which rows are null) and gets children of its own.
 */
#include <string.h>

#include "func/cast.h"

static const data_type *child_type(const data_type *type, int32_t child) {
    if (type->kind == DATA_ROW || type->kind == DATA_STRUCTURED)
        return type->fields[child].type;
    if (type->kind == DATA_MAP)
        return child == 0 ? type->key : type->element;
    return type->element;
}

/* Casts a whole child column; nulls of the input stay null. */
static rask_status cast_child(func_call *outer, data_column *in, const data_type *to,
                              data_column **out, rask_error *err) {
    const func_row *row;
    data_column *flat = NULL, *result = NULL;
    rask_status status = RASK_OK;
    if (data_type_equal_ignoring_null(in->type, to)) {
        *out = data_column_ref(in);
        return RASK_OK;
    }
    RASK_TRY(func_cast_find(in->type, to, func_cast_is_try(outer), &row, err));
    RASK_TRY(data_column_flatten(outer->context->pool, in, &flat, err));
    RASK_TRY_OUT(status, data_column_new(outer->context->pool, to, DATA_PHYSICAL_NONE, flat->length,
                                         &result, err));
    RASK_TRY_OUT(status, data_column_make_validity(outer->context->pool, result, err));
    if (flat->validity != NULL)
        memcpy((void *)result->validity, flat->validity, (size_t)((flat->length + 63) / 64) * 8);
    const data_column *args[1] = {flat};
    func_call inner = {.row = row,
                       .context = outer->context,
                       .row_count = (int32_t)flat->length,
                       .args = args,
                       .arg_count = 1,
                       .result = result};
    status = flat->length == 0 ? RASK_OK : row->kernel(&inner, err);
    if (status == RASK_OK)
        *out = data_column_ref(result);
out:
    data_column_unref(flat);
    data_column_unref(result);
    return status;
}

/* The counts of a MULTISET stay as they are. */
static bool keeps_child(const data_type *type, int32_t child) {
    return type->kind == DATA_MULTISET && child == 1;
}

rask_status func_cast_nested(func_call *call, rask_error *err) {
    const data_column *in = call->args[0];
    data_column *out = call->result;
    if (in->physical == DATA_PHYSICAL_LIST)
        memcpy(out->values, in->values, sizeof(int32_t) * ((size_t)call->row_count + 1));
    for (int32_t i = 0; i < in->child_count; i++) {
        if (keeps_child(in->type, i))
            out->children[i] = data_column_ref(in->children[i]);
        else
            RASK_TRY(cast_child(call, in->children[i], child_type(out->type, i), &out->children[i],
                                err));
    }
    return RASK_OK;
}
