/* Short forms for the method files: parse, call without the GIL where a call may take long, raise.
 */
#ifndef EXT_ARGS_H
#define EXT_ARGS_H

#include "ext.h"

/* Runs `call` (a rask_status expression using `err`) without the GIL. */
#define WITHOUT_GIL(status, call)                                                                  \
    do {                                                                                           \
        Py_BEGIN_ALLOW_THREADS(status) = (call);                                                   \
        Py_END_ALLOW_THREADS                                                                       \
    } while (0)

/* `made` is the address of the out-pointer: the call that fills it may stand in the same argument
 * list. */
static inline PyObject *handle_or_raise(rask_status status, handle_kind kind, void *made,
                                        const rask_error *err) {
    return status == RASK_OK ? handle_new(kind, *(void **)made) : raise_error(err);
}

static inline PyObject *none_or_raise(rask_status status, const rask_error *err) {
    return status == RASK_OK ? Py_NewRef(Py_None) : raise_error(err);
}

/* A list of str; gives the strings back. */
PyObject *strings_to_list(rask_strings *strings_take);
/* A tuple or list of str as a C array (PyMem_Free it); texts live as long as the sequence. */
int text_array_of(PyObject *sequence, const char ***out, int32_t *count);

#endif
