/* Shared by convert_in.c and convert_out.c: the Python classes values are made of. */
#ifndef CONVERT_H
#define CONVERT_H

#ifndef PY_SSIZE_T_CLEAN
#define PY_SSIZE_T_CLEAN
#endif
#include <Python.h>

enum { EPOCH_ORDINAL = 719163 }; /* date(1970, 1, 1).toordinal() */

typedef struct py_classes {
    PyObject *date, *time, *datetime, *timedelta, *timezone, *utc, *decimal, *row;
} py_classes;
extern py_classes classes;

#endif
