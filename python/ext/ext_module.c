/* The module pyflink._rask: the method tables of the topic files, and two hooks for the package. */
#include "ext.h"

static PyObject *use_row_class(PyObject *module, PyObject *row_class) {
    (void)module;
    set_row_class(row_class);
    Py_RETURN_NONE;
}

static PyObject *version(PyObject *module, PyObject *unused) {
    (void)module, (void)unused;
    return PyUnicode_FromString(rask_version());
}

static PyMethodDef hooks[] = {
    {"set_error_factory", set_error_factory, METH_O, NULL},
    {"set_row_class", use_row_class, METH_O, NULL},
    {"version", version, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyMODINIT_FUNC PyInit__rask(void);
PyMODINIT_FUNC PyInit__rask(void) {
    static struct PyModuleDef definition = {
        PyModuleDef_HEAD_INIT, "pyflink._rask", NULL, -1, hooks, NULL, NULL, NULL, NULL};
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL)
        return NULL;
    PyMethodDef *tables[] = {environment_methods, table_methods, expression_methods,
                             result_methods};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (PyModule_AddFunctions(module, tables[i]) != 0)
            return NULL;
    if (handle_init(module) != 0 || convert_init() != 0)
        return NULL;
    return module;
}
