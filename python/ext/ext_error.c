/* rask_error <-> Python exceptions. */
#include <stdio.h>
#include <string.h>

#include "ext.h"

static PyObject *error_factory; /* callable(class name, message, hint, line, column) -> exception */

PyObject *set_error_factory(PyObject *module, PyObject *factory) {
    (void)module;
    Py_XDECREF(error_factory);
    error_factory = Py_NewRef(factory);
    Py_RETURN_NONE;
}

PyObject *raise_error(const rask_error *err) {
    if (PyErr_Occurred() != NULL)
        return NULL;
    if (error_factory == NULL) {
        PyErr_SetString(PyExc_RuntimeError, err->message);
        return NULL;
    }
    PyObject *message =
        PyUnicode_DecodeUTF8(err->message, (Py_ssize_t)strlen(err->message), "replace");
    if (message == NULL)
        return NULL;
    PyObject *exception =
        PyObject_CallFunction(error_factory, "sOsii", rask_status_class_name(err->code), message,
                              err->hint, (int)err->line, (int)err->column);
    Py_DECREF(message);
    if (exception == NULL)
        return NULL;
    PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_DECREF(exception);
    return NULL;
}

/* traceback.format_exception(type, value, traceback) joined. */
static PyObject *format_exception(PyObject *type, PyObject *value, PyObject *traceback) {
    PyObject *module = PyImport_ImportModule("traceback");
    if (module == NULL)
        return NULL;
    PyObject *lines = PyObject_CallMethod(module, "format_exception", "OOO", type,
                                          value != NULL ? value : Py_None,
                                          traceback != NULL ? traceback : Py_None);
    Py_DECREF(module);
    if (lines == NULL)
        return NULL;
    PyObject *empty = PyUnicode_FromString("");
    PyObject *text = empty != NULL ? PyUnicode_Join(empty, lines) : NULL;
    Py_XDECREF(empty);
    Py_DECREF(lines);
    return text;
}

void error_from_python(rask_error *err, const char *what) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    PyObject *text = type != NULL ? format_exception(type, value, traceback) : NULL;
    Py_ssize_t size = 0;
    const char *bytes = text != NULL ? PyUnicode_AsUTF8AndSize(text, &size) : NULL;
    if (bytes == NULL)
        bytes = "(the exception cannot be shown)\n";
    if (err != NULL) {
        memset(err, 0, sizeof *err);
        err->code = RASK_ERROR_RUNTIME;
        err->row = -1;
        snprintf(err->message, sizeof err->message, "%s\n%s", what, bytes);
        size_t length = strlen(err->message);
        while (length > 0 && err->message[length - 1] == '\n')
            err->message[--length] = '\0';
    }
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

const char *text_or_null(PyObject *object) {
    if (object == NULL || object == Py_None)
        return NULL;
    return PyUnicode_AsUTF8AndSize(object, NULL);
}
