/* Methods that make expressions. */
#include "args.h"

static PyObject *expression_column(PyObject *module, PyObject *args) {
    (void)module;
    const char *name;
    if (!PyArg_ParseTuple(args, "s", &name))
        return NULL;
    return handle_new(HANDLE_EXPRESSION, rask_expression_column(name));
}

static PyObject *expression_null(PyObject *module, PyObject *args) {
    (void)module;
    const char *type;
    rask_expression *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "s", &type))
        return NULL;
    return handle_or_raise(rask_expression_null(type, &made, &err), HANDLE_EXPRESSION, &made, &err);
}

static PyObject *expression_i64(PyObject *module, PyObject *args) {
    (void)module;
    const char *type;
    long long value;
    rask_expression *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "sL", &type, &value))
        return NULL;
    return handle_or_raise(rask_expression_i64(type, value, &made, &err), HANDLE_EXPRESSION, &made,
                           &err);
}

static PyObject *expression_f64(PyObject *module, PyObject *args) {
    (void)module;
    const char *type;
    double value;
    rask_expression *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "sd", &type, &value))
        return NULL;
    return handle_or_raise(rask_expression_f64(type, value, &made, &err), HANDLE_EXPRESSION, &made,
                           &err);
}

static PyObject *expression_text(PyObject *module, PyObject *args) {
    (void)module;
    const char *type, *bytes;
    Py_ssize_t length;
    rask_expression *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "ss#", &type, &bytes, &length))
        return NULL;
    return handle_or_raise(rask_expression_text(type, bytes, length, &made, &err),
                           HANDLE_EXPRESSION, &made, &err);
}

/* (name, arguments) */
static PyObject *expression_call(PyObject *module, PyObject *args) {
    (void)module;
    const char *name;
    PyObject *sequence;
    void **operands;
    int32_t count;
    rask_expression *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "sO", &name, &sequence) ||
        handle_array(sequence, HANDLE_EXPRESSION, &operands, &count) != 0)
        return NULL;
    rask_status status =
        rask_expression_call(name, (rask_expression *const *)operands, count, &made, &err);
    PyMem_Free(operands);
    return handle_or_raise(status, HANDLE_EXPRESSION, &made, &err);
}

/* (function description, arguments) */
static PyObject *expression_call_function(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *description, *sequence, *keep;
    void **operands;
    int32_t count;
    rask_udf udf;
    rask_expression *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OO", &description, &sequence) ||
        udf_from_python(description, &udf, &keep) != 0)
        return NULL;
    if (handle_array(sequence, HANDLE_EXPRESSION, &operands, &count) != 0) {
        udf.release(udf.self);
        return NULL;
    }
    rask_status status =
        rask_expression_call_udf(&udf, (rask_expression *const *)operands, count, &made, &err);
    PyMem_Free(operands);
    return handle_or_raise(status, HANDLE_EXPRESSION, &made, &err);
}

static PyObject *expression_distinct(PyObject *module, PyObject *handle) {
    (void)module;
    rask_expression *value = handle_get(handle, HANDLE_EXPRESSION);
    return value == NULL ? NULL : handle_new(HANDLE_EXPRESSION, rask_expression_distinct(value));
}

/* (value, type, try) */
static PyObject *expression_cast(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *type;
    int is_try;
    rask_expression *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "Osp", &handle, &type, &is_try))
        return NULL;
    rask_expression *value = handle_get(handle, HANDLE_EXPRESSION);
    if (value == NULL)
        return NULL;
    return handle_or_raise(rask_expression_cast(value, type, is_try != 0, &made, &err),
                           HANDLE_EXPRESSION, &made, &err);
}

/* (value, names) */
static PyObject *expression_alias(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *names;
    const char **texts;
    int32_t count;
    if (!PyArg_ParseTuple(args, "OO", &handle, &names))
        return NULL;
    rask_expression *value = handle_get(handle, HANDLE_EXPRESSION);
    if (value == NULL || text_array_of(names, &texts, &count) != 0)
        return NULL;
    PyObject *made = handle_new(HANDLE_EXPRESSION, rask_expression_alias(value, texts, count));
    PyMem_Free(texts);
    return made;
}

/* (key, descending) */
static PyObject *expression_order(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    int descending;
    if (!PyArg_ParseTuple(args, "Op", &handle, &descending))
        return NULL;
    rask_expression *key = handle_get(handle, HANDLE_EXPRESSION);
    return key == NULL ? NULL
                       : handle_new(HANDLE_EXPRESSION, rask_expression_order(key, descending != 0));
}

static PyObject *expression_symbol(PyObject *module, PyObject *args) {
    (void)module;
    const char *name;
    if (!PyArg_ParseTuple(args, "s", &name))
        return NULL;
    return handle_new(HANDLE_EXPRESSION, rask_expression_symbol(name));
}

/* 1.9 text -> list of expressions */
static PyObject *expressions_parse(PyObject *module, PyObject *args) {
    (void)module;
    const char *text;
    rask_expression **made;
    int32_t count;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "s", &text))
        return NULL;
    if (rask_expressions_parse(text, &made, &count, &err) != RASK_OK)
        return raise_error(&err);
    PyObject *list = PyList_New(count);
    for (int32_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = handle_new(HANDLE_EXPRESSION, rask_expression_ref(made[i]));
        if (item == NULL || PyList_SetItem(list, i, item) != 0)
            Py_CLEAR(list);
    }
    rask_expressions_unref(made, count);
    return list;
}

static PyObject *expression_parse_sql(PyObject *module, PyObject *args) {
    (void)module;
    const char *sql;
    rask_expression *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "s", &sql))
        return NULL;
    return handle_or_raise(rask_expression_parse_sql(sql, &made, &err), HANDLE_EXPRESSION, &made,
                           &err);
}

static PyObject *expression_to_text(PyObject *module, PyObject *handle) {
    (void)module;
    rask_expression *value = handle_get(handle, HANDLE_EXPRESSION);
    if (value == NULL)
        return NULL;
    rask_strings *text = rask_expression_to_text(value);
    PyObject *made = PyUnicode_FromString(rask_strings_get(text, 0));
    rask_strings_unref(text);
    return made;
}

PyMethodDef expression_methods[] = {
    {"expression_column", expression_column, METH_VARARGS, NULL},
    {"expression_null", expression_null, METH_VARARGS, NULL},
    {"expression_i64", expression_i64, METH_VARARGS, NULL},
    {"expression_f64", expression_f64, METH_VARARGS, NULL},
    {"expression_text", expression_text, METH_VARARGS, NULL},
    {"expression_call", expression_call, METH_VARARGS, NULL},
    {"expression_call_function", expression_call_function, METH_VARARGS, NULL},
    {"expression_distinct", expression_distinct, METH_O, NULL},
    {"expression_cast", expression_cast, METH_VARARGS, NULL},
    {"expression_alias", expression_alias, METH_VARARGS, NULL},
    {"expression_order", expression_order, METH_VARARGS, NULL},
    {"expression_symbol", expression_symbol, METH_VARARGS, NULL},
    {"expressions_parse", expressions_parse, METH_VARARGS, NULL},
    {"expression_parse_sql", expression_parse_sql, METH_VARARGS, NULL},
    {"expression_to_text", expression_to_text, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
