/* Python functions as rask_udf: arguments become lists, the function is called row by row, results
 * become an Arrow array; one GIL acquisition a batch. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "convert.h"

enum { NAME_BYTES = 256 };

typedef struct py_function {
    PyObject *function; /* an object with eval(*args), open(context), close() */
    PyObject *eval;     /* its bound eval */
    PyObject *description;
    PyObject *codes; /* result codes */
    PyObject *names; /* result names; TABLE */
    const char *name;
    char only_layout;   /* of a single result column; else '\0' */
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

/* ---- calls that run, and their end ----------------------------------------------------------- */
/* A batch that a thread is working on; the list is guarded by the GIL. */
typedef struct running_call {
    struct running_call *next;
    unsigned long thread;
    const bool *stop;
} running_call;

static running_call *running_calls;

static void begin_call(running_call *call, const bool *stop) {
    *call = (running_call){running_calls, PyThread_get_thread_ident(), stop};
    running_calls = call;
}

static void end_call(running_call *call) {
    running_call **link = &running_calls;
    while (*link != call)
        link = &(*link)->next;
    *link = call->next;
    PyThreadState_SetAsyncExc(call->thread, NULL);
}

static bool is_stopped(const bool *stop) {
    return __atomic_load_n(stop, __ATOMIC_RELAXED);
}

int udf_interrupt(void) {
    int count = 0;
    for (running_call *call = running_calls; call != NULL; call = call->next)
        if (is_stopped(call->stop)) {
            PyThreadState_SetAsyncExc(call->thread, PyExc_KeyboardInterrupt);
            count++;
        }
    return count;
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

/* How messages name what the function gave. */
static void name_result(const py_function *self, char *out) {
    snprintf(out, NAME_BYTES, "result of %s", self->name);
}

/* -1 with an exception when the job is cancelled. */
static int check_stop(const bool *stop) {
    if (!is_stopped(stop))
        return 0;
    PyErr_SetString(PyExc_InterruptedError, "the job was cancelled");
    return -1;
}

static int eval_scalar(py_function *self, PyObject *columns, int64_t rows, const bool *stop,
                       struct ArrowArray *out) {
    PyObject **values = base_alloc_zero((int64_t)sizeof(PyObject *) * (rows + 1));
    char name[NAME_BYTES];
    convert_rule rule = {PyTuple_GetItem(self->codes, 0), name, false};
    int failed = 0;
    name_result(self, name);
    for (int64_t i = 0; i < rows && failed == 0; i++) {
        values[i] = call_row(self, columns, (Py_ssize_t)i);
        failed = values[i] == NULL ? -1 : check_stop(stop);
    }
    if (failed == 0)
        failed = convert_in(&rule, values, rows, out);
    drop(values, rows);
    return failed;
}

/* What calls yielded: values (width 1) or rows, and of which input row each came. */
typedef struct row_list {
    PyObject **rows; /* owned */
    int32_t *origins;
    int64_t count, capacity;
} row_list;

static void add_row(row_list *list, PyObject *row_take, int64_t origin) {
    if (list->count == list->capacity) {
        list->capacity = list->capacity > 0 ? 2 * list->capacity : 256;
        list->rows = base_realloc(list->rows, list->capacity * (int64_t)sizeof(PyObject *));
        list->origins = base_realloc(list->origins, list->capacity * (int64_t)sizeof(int32_t));
    }
    list->rows[list->count] = row_take;
    list->origins[list->count++] = (int32_t)origin;
}

/* The only value of a row of one, else NULL without an exception. */
static PyObject *only_value(PyObject *row, char layout) {
    if (PyUnicode_Check(row))
        return NULL;
    if (PyTuple_Check(row) && PyTuple_Size(row) == 1)
        return Py_NewRef(PyTuple_GetItem(row, 0));
    if (PyList_Check(row) && layout != '[' && PyList_Size(row) == 1)
        return Py_NewRef(PyList_GetItem(row, 0));
    if (PyObject_IsInstance(row, classes.row) == 1 && PyObject_Size(row) == 1)
        return PySequence_GetItem(row, 0);
    return NULL;
}

/* A single result column takes bare values as well as rows of one: `yield word`. */
static PyObject *as_item(py_function *self, PyObject *item_take) {
    if (self->only_layout == '\0')
        return item_take;
    PyObject *value = only_value(item_take, self->only_layout);
    if (value == NULL)
        return item_take;
    Py_DECREF(item_take);
    return value;
}

/* The rows one call yields: an iterable of rows or bare values, one tuple, None for none. */
static int add_rows(py_function *self, row_list *list, PyObject *result, int64_t origin) {
    if (result == Py_None)
        return 0;
    if (PyTuple_Check(result) || PyUnicode_Check(result)) {
        add_row(list, as_item(self, Py_NewRef(result)), origin);
        return 0;
    }
    PyObject *iterator = PyObject_GetIter(result);
    if (iterator == NULL)
        return -1;
    PyObject *item;
    while ((item = PyIter_Next(iterator)) != NULL)
        add_row(list, as_item(self, item), origin);
    Py_DECREF(iterator);
    return PyErr_Occurred() != NULL ? -1 : 0;
}

/* The result columns as children 1.. of `out`. */
static int fill_columns(py_function *self, const row_list *list, const char *name,
                        struct ArrowArray *out) {
    convert_rule rule = {PyTuple_GetItem(self->codes, 0), name, false};
    if (self->only_layout != '\0')
        return convert_in(&rule, list->rows, list->count, out->children[1]);
    struct ArrowArray rows = {0};
    rule.code = Py_BuildValue("(ssOOO)", "(", "ROW", Py_True, self->names, self->codes);
    int failed = rule.code == NULL ? -1 : convert_in(&rule, list->rows, list->count, &rows);
    Py_XDECREF(rule.code);
    if (failed != 0)
        return -1;
    for (int64_t c = 0; c < rows.n_children; c++) {
        *out->children[c + 1] = *rows.children[c];
        rows.children[c]->release = NULL;
    }
    rows.release(&rows);
    return 0;
}

/* struct<row int32, result columns...>: field 0 is the origin. */
static int rows_to_struct(py_function *self, row_list *list, const char *name,
                          struct ArrowArray *out) {
    convert_array_init(out, list->count, 1, PyTuple_Size(self->codes) + 1);
    struct ArrowArray *origins = out->children[0];
    convert_array_init(origins, list->count, 2, 0);
    origins->buffers[1] =
        list->origins != NULL ? list->origins : convert_zeroed((int64_t)sizeof(int32_t));
    list->origins = NULL;
    if (fill_columns(self, list, name, out) == 0)
        return 0;
    out->release(out);
    return -1;
}

static int eval_table(py_function *self, PyObject *columns, int64_t rows, const bool *stop,
                      struct ArrowArray *out) {
    row_list list = {0};
    char name[NAME_BYTES];
    int failed = 0;
    name_result(self, name);
    for (int64_t i = 0; i < rows && failed == 0; i++) {
        PyObject *result = call_row(self, columns, (Py_ssize_t)i);
        failed = result == NULL ? -1 : add_rows(self, &list, result, i);
        Py_XDECREF(result);
        failed = failed != 0 ? failed : check_stop(stop);
    }
    if (failed == 0)
        failed = rows_to_struct(self, &list, name, out);
    drop(list.rows, list.count);
    base_free(list.origins);
    return failed;
}

static rask_status
eval_with(py_function *self, const struct ArrowSchema *in_schema, const struct ArrowArray *in,
          int (*eval)(py_function *, PyObject *, int64_t, const bool *, struct ArrowArray *),
          struct ArrowArray *out, const bool *stop, rask_error *err) {
    rask_status status = RASK_OK;
    running_call call;
    PyGILState_STATE gil = PyGILState_Ensure();
    begin_call(&call, stop);
    PyObject *columns = convert_out_columns(in_schema, in, CONVERT_ARGUMENTS);
    int failed = columns == NULL ? -1 : eval(self, columns, in->length, stop, out);
    end_call(&call);
    if (failed != 0) {
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
    if (PyTuple_Size(codes) == 1)
        self->only_layout = code_layout(PyTuple_GetItem(codes, 0));
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
