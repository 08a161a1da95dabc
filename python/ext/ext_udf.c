/* Python functions as rask_udf: arguments become lists, the function is called row by row, results
 * become an Arrow array; one GIL acquisition a batch. */
#include <string.h>

#include "base/memory.h"
#include "ext.h"

typedef struct py_function {
    PyObject *function; /* an object with eval(*args), open(context), close() */
    PyObject *eval;     /* its bound eval */
    PyObject *description;
    PyObject *codes; /* result codes */
    PyObject *names; /* result names; TABLE */
    const char *name;
    const char **texts; /* parameter and result types, result names */
} py_function;

/* ---- life ------------------------------------------------------------------------------------ */
static rask_status call_life(py_function *self, const char *method, rask_error *err) {
    rask_status status = RASK_OK;
    PyGILState_STATE gil = PyGILState_Ensure();
    PyObject *result = PyObject_CallMethod(self->function, method, NULL);
    if (result == NULL) {
        error_from_python(err, self->name);
        status = RASK_ERROR_RUNTIME;
    }
    Py_XDECREF(result);
    PyGILState_Release(gil);
    return status;
}

static rask_status udf_open(void *self, rask_error *err) {
    return call_life(self, "open", err);
}

static rask_status udf_close(void *self, rask_error *err) {
    return call_life(self, "close", err);
}

static void udf_release(void *opaque) {
    py_function *self = opaque;
    if (Py_IsInitialized()) {
        PyGILState_STATE gil = PyGILState_Ensure();
        Py_XDECREF(self->function);
        Py_XDECREF(self->eval);
        Py_XDECREF(self->description);
        PyGILState_Release(gil);
    }
    base_free(self->texts);
    base_free(self);
}

/* ---- one batch ------------------------------------------------------------------------------- */
/* Argument tuples are made by column: columns[c][i]. */
static PyObject *call_row(py_function *self, PyObject *columns, Py_ssize_t i) {
    Py_ssize_t count = PyList_Size(columns);
    PyObject *args = PyTuple_New(count);
    for (Py_ssize_t c = 0; args != NULL && c < count; c++)
        PyTuple_SetItem(args, c, Py_NewRef(PyList_GetItem(PyList_GetItem(columns, c), i)));
    PyObject *result = args != NULL ? PyObject_CallObject(self->eval, args) : NULL;
    Py_XDECREF(args);
    return result;
}

static void drop(PyObject **values, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        Py_XDECREF(values[i]);
    base_free(values);
}

/* -1 with an exception when the job is cancelled. */
static int check_stop(const bool *stop) {
    if (!__atomic_load_n(stop, __ATOMIC_RELAXED))
        return 0;
    PyErr_SetString(PyExc_InterruptedError, "the job was cancelled");
    return -1;
}

static int eval_scalar(py_function *self, PyObject *columns, int64_t rows, const bool *stop,
                       struct ArrowArray *out) {
    PyObject **values = base_alloc_zero((int64_t)sizeof(PyObject *) * (rows + 1));
    int failed = 0;
    for (int64_t i = 0; i < rows && failed == 0; i++) {
        values[i] = call_row(self, columns, (Py_ssize_t)i);
        failed = values[i] == NULL ? -1 : check_stop(stop);
    }
    if (failed == 0)
        failed = convert_in(PyTuple_GetItem(self->codes, 0), values, rows, "result", out);
    drop(values, rows);
    return failed;
}

typedef struct row_list {
    PyObject **rows; /* owned */
    PyObject **origins;
    int64_t count, capacity;
} row_list;

static void add_row(row_list *list, PyObject *row_take, int64_t origin) {
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? 2 * list->capacity : 256;
        list->rows = base_realloc(list->rows, list->capacity * (int64_t)sizeof(PyObject *));
        list->origins = base_realloc(list->origins, list->capacity * (int64_t)sizeof(PyObject *));
    }
    list->rows[list->count] = row_take;
    list->origins[list->count++] = PyLong_FromLongLong(origin);
}

/* A single result column takes bare values as well as rows of one: `yield word`. */
static PyObject *as_row(PyObject *value_take, Py_ssize_t width) {
    bool is_row = PyTuple_Check(value_take) || PyList_Check(value_take) ||
                  PyObject_HasAttrString(value_take, "_fields");
    if (width > 1 || is_row)
        return value_take;
    PyObject *row = PyTuple_Pack(1, value_take);
    Py_DECREF(value_take);
    return row;
}

/* The rows one call yields: an iterable of rows or bare values, one tuple, None for none. */
static int add_rows(row_list *list, PyObject *result, Py_ssize_t width, int64_t origin) {
    if (result == Py_None)
        return 0;
    if (PyTuple_Check(result) || PyUnicode_Check(result)) {
        add_row(list, as_row(Py_NewRef(result), width), origin);
        return 0;
    }
    PyObject *iterator = PyObject_GetIter(result);
    if (iterator == NULL)
        return -1;
    PyObject *item;
    while ((item = PyIter_Next(iterator)) != NULL)
        add_row(list, as_row(item, width), origin);
    Py_DECREF(iterator);
    return PyErr_Occurred() != NULL ? -1 : 0;
}

/* struct<row int32, result columns...>: field 0 is the origin. */
static int rows_to_struct(py_function *self, const row_list *list, struct ArrowArray *out) {
    PyObject *code = Py_BuildValue("(sOO)", "(", self->names, self->codes);
    PyObject *origin_code = Py_BuildValue("(s)", "i");
    struct ArrowArray rows = {0}, origins = {0};
    int failed = code == NULL || origin_code == NULL
                     ? -1
                     : convert_in(code, list->rows, list->count, self->name, &rows);
    if (failed == 0 &&
        (failed = convert_in(origin_code, list->origins, list->count, "row", &origins)) != 0)
        rows.release(&rows);
    if (failed == 0) {
        /* Grow the struct's children by one in front. */
        struct ArrowArray **children = base_alloc((int64_t)sizeof(void *) * (rows.n_children + 1));
        children[0] = BASE_NEW(struct ArrowArray);
        *children[0] = origins;
        memcpy(children + 1, rows.children, sizeof(void *) * (size_t)rows.n_children);
        base_free(rows.children);
        rows.children = children;
        rows.n_children++;
        *out = rows;
    }
    Py_XDECREF(code);
    Py_XDECREF(origin_code);
    return failed;
}

static int eval_table(py_function *self, PyObject *columns, int64_t rows, const bool *stop,
                      struct ArrowArray *out) {
    row_list list = {0};
    Py_ssize_t width = PyTuple_Size(self->codes);
    int failed = 0;
    for (int64_t i = 0; i < rows && failed == 0; i++) {
        PyObject *result = call_row(self, columns, (Py_ssize_t)i);
        failed = result == NULL ? -1 : add_rows(&list, result, width, i);
        Py_XDECREF(result);
        failed = failed != 0 ? failed : check_stop(stop);
    }
    if (failed == 0)
        failed = rows_to_struct(self, &list, out);
    drop(list.rows, list.count);
    drop(list.origins, list.count);
    return failed;
}

static rask_status
eval_with(py_function *self, const struct ArrowSchema *in_schema, const struct ArrowArray *in,
          int (*eval)(py_function *, PyObject *, int64_t, const bool *, struct ArrowArray *),
          struct ArrowArray *out, const bool *stop, rask_error *err) {
    rask_status status = RASK_OK;
    PyGILState_STATE gil = PyGILState_Ensure();
    PyObject *columns = convert_out_columns(in_schema, in);
    if (columns == NULL || eval(self, columns, in->length, stop, out) != 0) {
        error_from_python(err, self->name);
        status = RASK_ERROR_RUNTIME;
    }
    Py_XDECREF(columns);
    PyGILState_Release(gil);
    return status;
}

static rask_status udf_eval_scalar(void *self, const struct ArrowSchema *in_schema,
                                   const struct ArrowArray *in,
                                   const struct ArrowSchema *out_schema, struct ArrowArray *out,
                                   const bool *stop, rask_error *err) {
    (void)out_schema;
    return eval_with(self, in_schema, in, eval_scalar, out, stop, err);
}

static rask_status udf_eval_table(void *self, const struct ArrowSchema *in_schema,
                                  const struct ArrowArray *in, const struct ArrowSchema *out_schema,
                                  struct ArrowArray *out, const bool *stop, rask_error *err) {
    (void)out_schema;
    return eval_with(self, in_schema, in, eval_table, out, stop, err);
}

/* ---- from a description ---------------------------------------------------------------------- */
static const char **text_array(PyObject *tuple, const char ***cursor) {
    const char **start = *cursor;
    for (Py_ssize_t i = 0; tuple != Py_None && i < PyTuple_Size(tuple); i++)
        *(*cursor)++ = text_or_null(PyTuple_GetItem(tuple, i));
    return tuple == Py_None ? NULL : start;
}

static Py_ssize_t size_or_zero(PyObject *tuple) {
    return tuple == Py_None ? 0 : PyTuple_Size(tuple);
}

int udf_from_python(PyObject *description, rask_udf *out, PyObject **keep) {
    PyObject *name, *parameters, *results, *names, *codes, *function;
    int is_table, deterministic;
    if (!PyArg_ParseTuple(description, "UppOOOOO", &name, &is_table, &deterministic, &parameters,
                          &results, &names, &codes, &function))
        return -1;
    PyObject *eval = PyObject_GetAttrString(function, "eval");
    if (eval == NULL)
        return -1;
    py_function *self = BASE_NEW(py_function);
    Py_ssize_t texts = size_or_zero(parameters) + size_or_zero(results) + size_or_zero(names);
    self->texts = base_alloc_zero((int64_t)sizeof(char *) * (texts + 1));
    self->function = Py_NewRef(function);
    self->eval = eval;
    self->description = Py_NewRef(description); /* owns the texts */
    self->codes = codes;
    self->names = names;
    self->name = text_or_null(name);
    const char **cursor = self->texts;
    *out = (rask_udf){.size = sizeof *out,
                      .abi_version = RASK_UDF_ABI_VERSION,
                      .kind = is_table ? RASK_UDF_TABLE : RASK_UDF_SCALAR,
                      .name = self->name,
                      .deterministic = deterministic != 0,
                      .parameter_count =
                          parameters == Py_None ? -1 : (int32_t)PyTuple_Size(parameters),
                      .result_count = (int32_t)PyTuple_Size(results),
                      .self = self,
                      .open = udf_open,
                      .close = udf_close,
                      .eval = is_table ? udf_eval_table : udf_eval_scalar,
                      .release = udf_release};
    out->parameter_types = text_array(parameters, &cursor);
    out->result_types = text_array(results, &cursor);
    out->result_names = text_array(names, &cursor);
    *keep = description;
    return PyErr_Occurred() != NULL ? -1 : 0;
}
