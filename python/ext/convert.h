/* Shared by the conversion files: the Python classes values are made of, and the rules by which
 * convert_in.c and convert_nested.c take values. */
#ifndef CONVERT_H
#define CONVERT_H

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

#include "ext.h"

enum { EPOCH_ORDINAL = 719163 }; /* date(1970, 1, 1).toordinal() */

typedef struct py_classes {
    PyObject *date, *time, *datetime, *timedelta, *timezone, *utc, *decimal, *row;
} py_classes;
extern py_classes classes;

/* ---- codes ----------------------------------------------------------------------------------- */
char code_layout(PyObject *code);
/* What stands behind layout, type name and nullability. */
PyObject *code_detail(PyObject *code, Py_ssize_t i);
int code_number(PyObject *code, Py_ssize_t i);
int64_t code_child_count(PyObject *code);

/* ---- making arrays --------------------------------------------------------------------------- */
void *convert_zeroed(int64_t size);
void convert_array_init(struct ArrowArray *out, int64_t length, int64_t buffers, int64_t children);
/* TypeError: "field v: INT can not accept object 'x' in type <class 'str'>"; replaces a pending
 * exception; returns -1. */
int convert_refuse(const convert_rule *rule, PyObject *value);
int convert_nested(const convert_rule *rule, PyObject *const *values, struct ArrowArray *out);

#endif
