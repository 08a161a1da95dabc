/* Rows given by Python as an Arrow stream of one batch. */
#include <string.h>

#include "base/memory.h"
#include "ext.h"

typedef struct one_batch {
    struct ArrowSchema schema;
    struct ArrowArray array;
} one_batch;

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out) {
    one_batch *batch = stream->private_data;
    *out = batch->schema;
    batch->schema.release = NULL;
    return 0;
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out) {
    one_batch *batch = stream->private_data;
    *out = batch->array; /* the second call moves the released one: the end */
    batch->array.release = NULL;
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream) {
    (void)stream;
    return NULL;
}

static void release_stream(struct ArrowArrayStream *stream) {
    one_batch *batch = stream->private_data;
    if (batch->schema.release != NULL)
        batch->schema.release(&batch->schema);
    if (batch->array.release != NULL)
        batch->array.release(&batch->array);
    base_free(batch);
    stream->release = NULL;
}

/* The pending exception again, its text beginning with the row that `i` counts from 0. */
static void name_row(Py_ssize_t i) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyObject *base = PyErr_GivenExceptionMatches(type, PyExc_TypeError)    ? PyExc_TypeError
                     : PyErr_GivenExceptionMatches(type, PyExc_ValueError) ? PyExc_ValueError
                                                                           : NULL;
    if (base == NULL) {
        PyErr_Restore(type, value, traceback);
        return;
    }
    PyErr_Format(base, "row %zd (elements[%zd]): %S", i + 1, i, value);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

/* After a failure: the first row that fails by itself, and says so. */
static void find_row(const convert_rule *rule, PyObject *const *rows, Py_ssize_t count) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    for (Py_ssize_t i = 0; i < count; i++) {
        struct ArrowArray array = {0};
        if (convert_in(rule, &rows[i], 1, &array) != 0) {
            Py_XDECREF(type);
            Py_XDECREF(value);
            Py_XDECREF(traceback);
            name_row(i);
            return;
        }
        array.release(&array);
    }
    PyErr_Restore(type, value, traceback);
}

/* References to the rows of a list. */
static PyObject **take_rows(PyObject *list, Py_ssize_t count) {
    PyObject **rows = base_alloc((int64_t)sizeof(PyObject *) * (count + 1));
    for (Py_ssize_t i = 0; i < count; i++)
        rows[i] = Py_NewRef(PyList_GetItem(list, i));
    return rows;
}

int rows_to_stream(PyObject *list, PyObject *code, bool exact, struct ArrowArrayStream *out) {
    convert_rule rule = {code, "", exact};
    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "a list of rows is needed");
        return -1;
    }
    one_batch *batch = BASE_NEW(one_batch);
    int failed = convert_schema(code, "", &batch->schema);
    if (failed == 0) {
        Py_ssize_t count = PyList_Size(list);
        PyObject **rows = take_rows(list, count);
        failed = convert_in(&rule, rows, count, &batch->array);
        if (failed != 0) {
            find_row(&rule, rows, count);
            batch->schema.release(&batch->schema);
        }
        for (Py_ssize_t i = 0; i < count; i++)
            Py_DECREF(rows[i]);
        base_free(rows);
    }
    if (failed != 0) {
        base_free(batch);
        return -1;
    }
    *out = (struct ArrowArrayStream){get_schema, get_next, get_last_error, release_stream, batch};
    return 0;
}
