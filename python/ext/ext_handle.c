/* One Python type for all handles: a C pointer, its kind, and the unref that belongs to the kind.
 */
#include "ext.h"

typedef struct handle_object {
    PyObject_HEAD void *pointer;
    int kind;
} handle_object;

static PyTypeObject *handle_type;

static const struct {
    const char *name;
    void (*unref)(void *);
} kinds[HANDLE_KIND_COUNT] = {
    [HANDLE_ENVIRONMENT] = {"environment", (void (*)(void *))rask_environment_unref},
    [HANDLE_TABLE] = {"table", (void (*)(void *))rask_table_unref},
    [HANDLE_GROUPED] = {"grouped table", (void (*)(void *))rask_grouped_table_unref},
    [HANDLE_EXPRESSION] = {"expression", (void (*)(void *))rask_expression_unref},
    [HANDLE_DESCRIPTOR] = {"descriptor", (void (*)(void *))rask_descriptor_unref},
    [HANDLE_STATEMENT_SET] = {"statement set", (void (*)(void *))rask_statement_set_unref},
    [HANDLE_RESULT] = {"result", (void (*)(void *))rask_result_unref},
    [HANDLE_JOB] = {"job", (void (*)(void *))rask_job_unref},
};

/* The last reference to a result or job may join threads that need the GIL. */
static void handle_dealloc(PyObject *self) {
    handle_object *handle = (handle_object *)self;
    if (handle->pointer != NULL) {
        Py_BEGIN_ALLOW_THREADS kinds[handle->kind].unref(handle->pointer);
        Py_END_ALLOW_THREADS
    }
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

static PyObject *handle_repr(PyObject *self) {
    handle_object *handle = (handle_object *)self;
    return PyUnicode_FromFormat("<rask %s at %p>", kinds[handle->kind].name, handle->pointer);
}

int handle_init(PyObject *module) {
    static PyType_Slot slots[] = {
        {Py_tp_dealloc, handle_dealloc}, {Py_tp_repr, handle_repr}, {0, NULL}};
    static PyType_Spec spec = {.name = "pyflink._rask.Handle",
                               .basicsize = sizeof(handle_object),
                               .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                               .slots = slots};
    handle_type = (PyTypeObject *)PyType_FromSpec(&spec);
    if (handle_type == NULL)
        return -1;
    Py_INCREF((PyObject *)handle_type);
    return PyModule_AddObject(module, "Handle", (PyObject *)handle_type);
}

PyObject *handle_new(handle_kind kind, void *pointer) {
    allocfunc allocate = (allocfunc)PyType_GetSlot(handle_type, Py_tp_alloc);
    handle_object *handle = (handle_object *)allocate(handle_type, 0);
    if (handle == NULL) {
        kinds[kind].unref(pointer);
        return NULL;
    }
    handle->pointer = pointer;
    handle->kind = kind;
    return (PyObject *)handle;
}

void *handle_get(PyObject *object, handle_kind kind) {
    handle_object *handle = (handle_object *)object;
    if (Py_TYPE(object) == handle_type && handle->kind == (int)kind)
        return handle->pointer;
    PyErr_Format(PyExc_TypeError, "a %s handle is needed", kinds[kind].name);
    return NULL;
}

int handle_array(PyObject *sequence, handle_kind kind, void ***out, int32_t *count) {
    Py_ssize_t size = PySequence_Size(sequence);
    if (size < 0)
        return -1;
    void **array = PyMem_Malloc(sizeof(void *) * (size_t)(size + 1));
    if (array == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *item = PySequence_GetItem(sequence, i);
        array[i] = item != NULL ? handle_get(item, kind) : NULL;
        Py_XDECREF(item); /* the sequence keeps it alive during the call */
        if (array[i] == NULL) {
            PyMem_Free(array);
            return -1;
        }
    }
    *out = array;
    *count = (int32_t)size;
    return 0;
}
