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

/* Borrowed pointers to the rows of a list or tuple, as convert_in wants them. */
static PyObject **row_pointers(PyObject *list, Py_ssize_t count) {
    PyObject **values = base_alloc((int64_t)sizeof(PyObject *) * (count + 1));
    for (Py_ssize_t i = 0; i < count; i++)
        values[i] = PyList_GetItem(list, i);
    return values;
}

int rows_to_stream(PyObject *rows, PyObject *names, PyObject *codes, struct ArrowArrayStream *out) {
    PyObject *list = PySequence_List(rows);
    PyObject *code = list != NULL ? Py_BuildValue("(sOO)", "(", names, codes) : NULL;
    one_batch *batch = BASE_NEW(one_batch);
    int failed = code == NULL ? -1 : convert_schema(code, "", &batch->schema);
    if (failed == 0) {
        Py_ssize_t count = PyList_Size(list);
        PyObject **values = row_pointers(list, count);
        failed = convert_in(code, values, count, "row", &batch->array);
        base_free(values);
        if (failed != 0)
            batch->schema.release(&batch->schema);
    }
    Py_XDECREF(code);
    Py_XDECREF(list);
    if (failed != 0) {
        base_free(batch);
        return -1;
    }
    *out = (struct ArrowArrayStream){get_schema, get_next, get_last_error, release_stream, batch};
    return 0;
}
