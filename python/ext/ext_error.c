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

/* ---- a user function's exception ------------------------------------------------------------- */
/* Whether the outermost frame of a traceback is the package's own. */
static bool begins_in_package(PyObject *traceback) {
    PyObject *frame = PyObject_GetAttrString(traceback, "tb_frame");
    PyObject *globals = frame != NULL ? PyObject_GetAttrString(frame, "f_globals") : NULL;
    PyObject *name = globals != NULL ? PyMapping_GetItemString(globals, "__name__") : NULL;
    const char *text = name != NULL ? PyUnicode_AsUTF8AndSize(name, NULL) : NULL;
    bool ours = text != NULL && strncmp(text, "pyflink.", 8) == 0;
    PyErr_Clear();
    Py_XDECREF(name);
    Py_XDECREF(globals);
    Py_XDECREF(frame);
    return ours;
}

/* The traceback from the user's first frame on; takes and gives a reference, or NULL. */
static PyObject *user_traceback(PyObject *traceback_take) {
    PyObject *traceback = traceback_take;
    while (traceback != NULL && traceback != Py_None && begins_in_package(traceback)) {
        PyObject *next = PyObject_GetAttrString(traceback, "tb_next");
        Py_DECREF(traceback);
        traceback = next;
    }
    PyErr_Clear();
    return traceback;
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

/* `text` behind the message so far.  Of a long one the middle is left out: it begins with where the
 * user's code was called and ends with what went wrong. */
static void append_trace(rask_error *err, const char *text) {
    static const char gap[] = "\n  ...\n";
    size_t used = strlen(err->message), length = strlen(text);
    size_t room = sizeof err->message - used - 1;
    while (length > 0 && text[length - 1] == '\n')
        length--;
    if (length <= room) {
        memcpy(err->message + used, text, length);
        err->message[used + length] = '\0';
        return;
    }
    size_t head = room / 4, tail = room - head - sizeof gap;
    while (head > 0 && text[head] != '\n')
        head--;
    const char *rest = memchr(text + length - tail, '\n', tail);
    rest = rest != NULL ? rest + 1 : text + length - tail;
    snprintf(err->message + used, room + 1, "%.*s%s%.*s", (int)head, text, gap,
             (int)(text + length - rest), rest);
}

void error_from_python(rask_error *err, const char *function) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    traceback = user_traceback(traceback);
    PyObject *text = type != NULL ? format_exception(type, value, traceback) : NULL;
    const char *bytes = text != NULL ? PyUnicode_AsUTF8AndSize(text, NULL) : NULL;
    if (err != NULL) {
        memset(err, 0, sizeof *err);
        err->code = RASK_ERROR_RUNTIME;
        err->row = -1;
        snprintf(err->message, sizeof err->message, "The Python function '%s' failed:\n", function);
        append_trace(err, bytes != NULL ? bytes : "(the exception cannot be shown)");
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
