/* The extension module pyflink._rask: converts arguments, holds handles, releases the GIL; one C
 * call per method of the Python package, no decisions.  Limited API of CPython 3.11.
 *
 * Values cross by column: `convert_in.c` turns lists of Python values into Arrow arrays with a
 * converter chosen once per column, `convert_out.c` the other way round.  Both are used by
 * from_elements, collect and user functions alike.
 *
 * Column types are told as *codes*, tuples made by the Python type classes: (layout, type name,
 * nullable, details...), where layout and details are
 *   '?' bool   'c' 's' 'i' 'l' integers   'f' 'g' floats   'u' str, 'z' bytes: length
 *   'd' decimal: precision, scale   'D' date   't' time in ms   'T' 'L' datetime
 *   '[' list: code   '{' dict: key code, value code   '(' Row: (name, ...), (code, ...)
 *   'n' None   'I' year-month interval as int months   'J' timedelta in ms */
#ifndef EXT_H
#define EXT_H

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include <stdbool.h>

#include <rask/rask.h>

/* ---- handles (ext_handle.c) ------------------------------------------------------------------ */
typedef enum handle_kind {
    HANDLE_ENVIRONMENT,
    HANDLE_TABLE,
    HANDLE_GROUPED,
    HANDLE_EXPRESSION,
    HANDLE_DESCRIPTOR,
    HANDLE_STATEMENT_SET,
    HANDLE_RESULT,
    HANDLE_JOB,
    HANDLE_KIND_COUNT
} handle_kind;

int handle_init(PyObject *module);
/* Takes the C reference over; NULL with an exception on failure. */
PyObject *handle_new(handle_kind kind, void *pointer);
/* The C object, or NULL with TypeError. */
void *handle_get(PyObject *object, handle_kind kind);
/* A list or tuple of handles as a C array (PyMem_Free it). */
int handle_array(PyObject *sequence, handle_kind kind, void ***out, int32_t *count);

/* ---- errors (ext_error.c) -------------------------------------------------------------------- */
/* Raises the Python class for err->code by the factory the package registered; returns NULL. */
PyObject *raise_error(const rask_error *err);
PyObject *set_error_factory(PyObject *module, PyObject *factory);
/* The pending exception of a user's function, with the user's traceback, as err (code RUNTIME);
 * clears it. */
void error_from_python(rask_error *err, const char *function);

/* ---- conversion ------------------------------------------------------------------------------ */
int convert_init(void); /* imports datetime, decimal; 0 = fine */
/* How the values of one column are taken. */
typedef struct convert_rule {
    PyObject *code;
    const char *name; /* begins messages: "field id", "key of map field m"; "" = nothing */
    /* from_elements verifies its schema: each type takes its own Python class alone, lengths and
     * NOT NULL are kept to.  Otherwise (results of functions) what converts is taken. */
    bool exact;
} convert_rule;

/* `values[0..count)` borrowed references; makes an Arrow array of the code's type.  A value that
 * does not fit raises TypeError or ValueError. */
int convert_in(const convert_rule *rule, PyObject *const *values, int64_t count,
               struct ArrowArray *out);
/* The Arrow schema the code stands for. */
int convert_schema(PyObject *code, const char *name, struct ArrowSchema *out);
typedef enum convert_use { CONVERT_COLLECTED, CONVERT_ARGUMENTS } convert_use;
/* The children of a struct array as a list of lists. */
PyObject *convert_out_columns(const struct ArrowSchema *schema, const struct ArrowArray *array,
                              convert_use use);
void set_row_class(PyObject *row_class);

/* ---- module functions by topic --------------------------------------------------------------- */
extern PyMethodDef environment_methods[];
extern PyMethodDef table_methods[];
extern PyMethodDef expression_methods[];
extern PyMethodDef result_methods[];

/* (ext_udf.c) Fills `out` from a Python description: (name, kind, deterministic, parameter_types or
 * None, parameter_codes or None, result_types, result_names or None, result_codes, function
 * object). `out` holds references that rask calls `release` for; texts live as long as `keep`. */
int udf_from_python(PyObject *description, rask_udf *out, PyObject **keep);
/* Raises KeyboardInterrupt in the functions that run for jobs that are to stop; their number. */
int udf_interrupt(void);
/* (ext_rows.c) A list of rows as an Arrow stream; what is wrong is said with the row's number. */
int rows_to_stream(PyObject *rows, PyObject *code, bool exact, struct ArrowArrayStream *out);

const char *
text_or_null(PyObject *object); /* str -> UTF-8; None -> NULL; else NULL with TypeError */

#endif
