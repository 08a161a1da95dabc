/* Methods on environments, descriptors and statement sets. */
#include <string.h>

#include "args.h"

PyObject *strings_to_list(rask_strings *strings_take) {
    int64_t count = rask_strings_count(strings_take);
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (int64_t i = 0; list != NULL && i < count; i++) {
        const char *text = rask_strings_get(strings_take, i);
        PyObject *item = PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
        if (item == NULL || PyList_SetItem(list, (Py_ssize_t)i, item) != 0)
            Py_CLEAR(list);
    }
    rask_strings_unref(strings_take);
    return list;
}

int text_array_of(PyObject *sequence, const char ***out, int32_t *count) {
    Py_ssize_t size = PySequence_Size(sequence);
    const char **texts = size < 0 ? NULL : PyMem_Malloc(sizeof(char *) * (size_t)(size + 1));
    if (texts == NULL)
        return -1;
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *item = PySequence_GetItem(sequence, i);
        texts[i] = text_or_null(item);
        Py_XDECREF(item); /* the sequence keeps it */
        if (texts[i] == NULL) {
            if (PyErr_Occurred() == NULL)
                PyErr_SetString(PyExc_TypeError, "a list of str is needed");
            PyMem_Free(texts);
            return -1;
        }
    }
    *out = texts;
    *count = (int32_t)size;
    return 0;
}

/* ---- environment ----------------------------------------------------------------------------- */
static PyObject *environment_new(PyObject *module, PyObject *args) {
    (void)module;
    int streaming;
    rask_environment *env;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "p", &streaming))
        return NULL;
    rask_status status = rask_environment_new(streaming != 0, &env, &err);
    return handle_or_raise(status, HANDLE_ENVIRONMENT, &env, &err);
}

static PyObject *environment_set(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *key, *value;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "Oss", &handle, &key, &value))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    return env == NULL ? NULL : none_or_raise(rask_environment_set(env, key, value, &err), &err);
}

static PyObject *environment_get(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *key;
    if (!PyArg_ParseTuple(args, "Os", &handle, &key))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    if (env == NULL)
        return NULL;
    const char *value = rask_environment_get(env, key);
    return value != NULL ? PyUnicode_FromString(value) : Py_NewRef(Py_None);
}

static PyObject *environment_reset(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *key;
    if (!PyArg_ParseTuple(args, "Oz", &handle, &key))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    if (env == NULL)
        return NULL;
    rask_environment_reset(env, key);
    Py_RETURN_NONE;
}

static PyObject *environment_settings(PyObject *module, PyObject *handle) {
    (void)module;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    return env == NULL ? NULL : strings_to_list(rask_environment_settings(env));
}

static PyObject *environment_execute_sql(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *text;
    Py_ssize_t length;
    rask_result *result;
    rask_error err = {0};
    rask_status status;
    if (!PyArg_ParseTuple(args, "OU;the SQL text must be a str", &handle, &text))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    const char *sql = env != NULL ? PyUnicode_AsUTF8AndSize(text, &length) : NULL;
    if (sql == NULL)
        return NULL;
    WITHOUT_GIL(status, rask_environment_execute_sql(env, sql, length, &result, &err));
    return handle_or_raise(status, HANDLE_RESULT, &result, &err);
}

static PyObject *environment_sql_query(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *text;
    Py_ssize_t length;
    rask_table *table;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OU;the SQL text must be a str", &handle, &text))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    const char *sql = env != NULL ? PyUnicode_AsUTF8AndSize(text, &length) : NULL;
    if (sql == NULL)
        return NULL;
    rask_status status = rask_environment_sql_query(env, sql, length, &table, &err);
    return handle_or_raise(status, HANDLE_TABLE, &table, &err);
}

static PyObject *environment_explain_sql(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *text;
    Py_ssize_t length;
    rask_strings *plans;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OU;the SQL text must be a str", &handle, &text))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    const char *sql = env != NULL ? PyUnicode_AsUTF8AndSize(text, &length) : NULL;
    if (sql == NULL)
        return NULL;
    if (rask_environment_explain_sql(env, sql, length, &plans, &err) != RASK_OK)
        return raise_error(&err);
    return strings_to_list(plans);
}

static PyObject *environment_from_path(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *path;
    rask_table *table;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "Os", &handle, &path))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    if (env == NULL)
        return NULL;
    return handle_or_raise(rask_environment_from_path(env, path, &table, &err), HANDLE_TABLE,
                           &table, &err);
}

/* (env, list of rows, code of the rows, whether to verify them, row type text) */
static PyObject *environment_from_rows(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *rows, *code;
    int exact;
    const char *row_type;
    struct ArrowArrayStream stream;
    rask_table *table;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OOOps", &handle, &rows, &code, &exact, &row_type))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    if (env == NULL || rows_to_stream(rows, code, exact != 0, &stream) != 0)
        return NULL;
    rask_status status = rask_environment_from_arrow(env, &stream, row_type, &table, &err);
    return handle_or_raise(status, HANDLE_TABLE, &table, &err);
}

/* (env, PyCapsule of an Arrow C stream) */
static PyObject *environment_from_arrow(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *capsule;
    rask_table *table;
    rask_error err = {0};
    rask_status status;
    if (!PyArg_ParseTuple(args, "OO", &handle, &capsule))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    struct ArrowArrayStream *stream =
        env != NULL ? PyCapsule_GetPointer(capsule, "arrow_array_stream") : NULL;
    if (stream == NULL)
        return NULL;
    WITHOUT_GIL(status, rask_environment_from_arrow(env, stream, NULL, &table, &err));
    return handle_or_raise(status, HANDLE_TABLE, &table, &err);
}

/* (env, flat list of expressions, width, row type or None) */
static PyObject *environment_from_values(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *cells;
    int width;
    const char *row_type;
    void **exprs;
    int32_t count;
    rask_table *table;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OOiz", &handle, &cells, &width, &row_type))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    if (env == NULL || handle_array(cells, HANDLE_EXPRESSION, &exprs, &count) != 0)
        return NULL;
    rask_status status =
        rask_environment_from_values(env, (rask_expression *const *)exprs,
                                     width > 0 ? count / width : 0, width, row_type, &table, &err);
    PyMem_Free(exprs);
    return handle_or_raise(status, HANDLE_TABLE, &table, &err);
}

static PyObject *environment_from_descriptor(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *given;
    rask_table *table;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OO", &handle, &given))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    rask_descriptor *descriptor = env != NULL ? handle_get(given, HANDLE_DESCRIPTOR) : NULL;
    if (descriptor == NULL)
        return NULL;
    return handle_or_raise(rask_environment_from_descriptor(env, descriptor, &table, &err),
                           HANDLE_TABLE, &table, &err);
}

/* (env, path, descriptor, temporary, ignore_if_exists) */
static PyObject *environment_create_table(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *given;
    const char *path;
    int temporary, ignore;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OsOpp", &handle, &path, &given, &temporary, &ignore))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    rask_descriptor *descriptor = env != NULL ? handle_get(given, HANDLE_DESCRIPTOR) : NULL;
    if (descriptor == NULL)
        return NULL;
    return none_or_raise(
        rask_environment_create_table(env, path, descriptor, temporary != 0, ignore != 0, &err),
        &err);
}

/* (env, path, table, temporary, ignore_if_exists) */
static PyObject *environment_create_view(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *given;
    const char *path;
    int temporary, ignore;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OsOpp", &handle, &path, &given, &temporary, &ignore))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    rask_table *table = env != NULL ? handle_get(given, HANDLE_TABLE) : NULL;
    if (table == NULL)
        return NULL;
    return none_or_raise(
        rask_environment_create_view(env, path, table, temporary != 0, ignore != 0, &err), &err);
}

/* (env, path, view, temporary, ignore_if_missing) -> whether something was dropped */
static PyObject *environment_drop(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *path;
    int view, temporary, ignore;
    bool dropped;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "Osppp", &handle, &path, &view, &temporary, &ignore))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    if (env == NULL)
        return NULL;
    if (rask_environment_drop(env, path, view != 0, temporary != 0, ignore != 0, &dropped, &err) !=
        RASK_OK)
        return raise_error(&err);
    return PyBool_FromLong(dropped);
}

/* (env, what, scope or None) */
static PyObject *environment_list(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *what, *scope;
    rask_strings *names;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "Osz", &handle, &what, &scope))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    if (env == NULL)
        return NULL;
    if (rask_environment_list(env, what, scope, &names, &err) != RASK_OK)
        return raise_error(&err);
    return strings_to_list(names);
}

static PyObject *environment_use(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *catalog, *database;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "Ozz", &handle, &catalog, &database))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    if (env == NULL)
        return NULL;
    rask_status status = RASK_OK;
    if (catalog != NULL)
        status = rask_environment_use_catalog(env, catalog, &err);
    if (status == RASK_OK && database != NULL)
        status = rask_environment_use_database(env, database, &err);
    return none_or_raise(status, &err);
}

static PyObject *environment_current(PyObject *module, PyObject *handle) {
    (void)module;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    return env == NULL ? NULL
                       : Py_BuildValue("(ss)", rask_environment_current_catalog(env),
                                       rask_environment_current_database(env));
}

/* (env, name, function description, ignore_if_exists) */
static PyObject *environment_create_function(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *description, *keep;
    const char *name;
    int ignore;
    rask_udf udf;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OsOp", &handle, &name, &description, &ignore))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    if (env == NULL || udf_from_python(description, &udf, &keep) != 0)
        return NULL;
    return none_or_raise(rask_environment_create_function(env, name, &udf, ignore != 0, &err),
                         &err);
}

static PyObject *environment_drop_function(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *name;
    if (!PyArg_ParseTuple(args, "Os", &handle, &name))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    return env == NULL ? NULL : PyBool_FromLong(rask_environment_drop_function(env, name));
}

/* (env, job name or None) */
static PyObject *environment_execute(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *name;
    rask_result *result;
    rask_error err = {0};
    rask_status status;
    if (!PyArg_ParseTuple(args, "Oz", &handle, &name))
        return NULL;
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    if (env == NULL)
        return NULL;
    WITHOUT_GIL(status, rask_environment_execute(env, name, &result, &err));
    return handle_or_raise(status, HANDLE_RESULT, &result, &err);
}

static PyObject *environment_explain(PyObject *module, PyObject *handle) {
    (void)module;
    rask_strings *text;
    rask_error err = {0};
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    if (env == NULL)
        return NULL;
    if (rask_environment_explain(env, &text, &err) != RASK_OK)
        return raise_error(&err);
    return strings_to_list(text);
}

/* ---- descriptors ----------------------------------------------------------------------------- */
static PyObject *descriptor_new(PyObject *module, PyObject *args) {
    (void)module;
    const char *connector;
    if (!PyArg_ParseTuple(args, "z", &connector))
        return NULL;
    return handle_new(HANDLE_DESCRIPTOR, rask_descriptor_new(connector));
}

/* (descriptor, name, type, comment or None) */
static PyObject *descriptor_column(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *name, *type, *comment;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "Ossz", &handle, &name, &type, &comment))
        return NULL;
    rask_descriptor *descriptor = handle_get(handle, HANDLE_DESCRIPTOR);
    return descriptor == NULL
               ? NULL
               : none_or_raise(rask_descriptor_column(descriptor, name, type, comment, &err), &err);
}

static int expression_or_sql(PyObject *given, rask_expression **expression, const char **sql) {
    *expression = NULL;
    *sql = NULL;
    if (PyUnicode_Check(given))
        return (*sql = text_or_null(given)) != NULL ? 0 : -1;
    return (*expression = handle_get(given, HANDLE_EXPRESSION)) != NULL ? 0 : -1;
}

/* (descriptor, name, expression handle or SQL text) */
static PyObject *descriptor_computed_column(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *given;
    const char *name, *sql;
    rask_expression *expression;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OsO", &handle, &name, &given))
        return NULL;
    rask_descriptor *descriptor = handle_get(handle, HANDLE_DESCRIPTOR);
    if (descriptor == NULL || expression_or_sql(given, &expression, &sql) != 0)
        return NULL;
    return none_or_raise(rask_descriptor_computed_column(descriptor, name, expression, sql, &err),
                         &err);
}

/* (descriptor, name, type, key or None, virtual) */
static PyObject *descriptor_metadata_column(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *name, *type, *key;
    int is_virtual;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "Osszp", &handle, &name, &type, &key, &is_virtual))
        return NULL;
    rask_descriptor *descriptor = handle_get(handle, HANDLE_DESCRIPTOR);
    if (descriptor == NULL)
        return NULL;
    return none_or_raise(
        rask_descriptor_metadata_column(descriptor, name, type, key, is_virtual != 0, &err), &err);
}

/* (descriptor, column, expression handle or SQL text) */
static PyObject *descriptor_watermark(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *given;
    const char *column, *sql;
    rask_expression *expression;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OsO", &handle, &column, &given))
        return NULL;
    rask_descriptor *descriptor = handle_get(handle, HANDLE_DESCRIPTOR);
    if (descriptor == NULL || expression_or_sql(given, &expression, &sql) != 0)
        return NULL;
    return none_or_raise(rask_descriptor_watermark(descriptor, column, expression, sql, &err),
                         &err);
}

/* (descriptor, name or None, columns) */
static PyObject *descriptor_primary_key(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *columns;
    const char *name, **texts;
    int32_t count;
    if (!PyArg_ParseTuple(args, "OzO", &handle, &name, &columns))
        return NULL;
    rask_descriptor *descriptor = handle_get(handle, HANDLE_DESCRIPTOR);
    if (descriptor == NULL || text_array_of(columns, &texts, &count) != 0)
        return NULL;
    rask_descriptor_primary_key(descriptor, name, texts, count);
    PyMem_Free(texts);
    Py_RETURN_NONE;
}

static PyObject *descriptor_partitioned_by(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *columns;
    const char **texts;
    int32_t count;
    if (!PyArg_ParseTuple(args, "OO", &handle, &columns))
        return NULL;
    rask_descriptor *descriptor = handle_get(handle, HANDLE_DESCRIPTOR);
    if (descriptor == NULL || text_array_of(columns, &texts, &count) != 0)
        return NULL;
    rask_descriptor_partitioned_by(descriptor, texts, count);
    PyMem_Free(texts);
    Py_RETURN_NONE;
}

static PyObject *descriptor_option(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *key, *value;
    if (!PyArg_ParseTuple(args, "Oss", &handle, &key, &value))
        return NULL;
    rask_descriptor *descriptor = handle_get(handle, HANDLE_DESCRIPTOR);
    if (descriptor == NULL)
        return NULL;
    rask_descriptor_option(descriptor, key, value);
    Py_RETURN_NONE;
}

static PyObject *descriptor_comment(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *comment;
    if (!PyArg_ParseTuple(args, "Os", &handle, &comment))
        return NULL;
    rask_descriptor *descriptor = handle_get(handle, HANDLE_DESCRIPTOR);
    if (descriptor == NULL)
        return NULL;
    rask_descriptor_comment(descriptor, comment);
    Py_RETURN_NONE;
}

/* (keys, values): 1.9 properties */
static PyObject *descriptor_from_properties(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *key_list, *value_list;
    const char **keys, **values;
    int32_t count, value_count;
    rask_descriptor *descriptor;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OO", &key_list, &value_list) ||
        text_array_of(key_list, &keys, &count) != 0)
        return NULL;
    if (text_array_of(value_list, &values, &value_count) != 0) {
        PyMem_Free(keys);
        return NULL;
    }
    rask_status status = rask_descriptor_from_properties(
        keys, values, count < value_count ? count : value_count, &descriptor, &err);
    PyMem_Free(keys);
    PyMem_Free(values);
    return handle_or_raise(status, HANDLE_DESCRIPTOR, &descriptor, &err);
}

/* ---- statement sets -------------------------------------------------------------------------- */
static PyObject *statement_set_new(PyObject *module, PyObject *handle) {
    (void)module;
    rask_statement_set *set;
    rask_error err = {0};
    rask_environment *env = handle_get(handle, HANDLE_ENVIRONMENT);
    if (env == NULL)
        return NULL;
    return handle_or_raise(rask_statement_set_new(env, &set, &err), HANDLE_STATEMENT_SET, &set,
                           &err);
}

static PyObject *statement_set_add_sql(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *sql;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "Os", &handle, &sql))
        return NULL;
    rask_statement_set *set = handle_get(handle, HANDLE_STATEMENT_SET);
    return set == NULL ? NULL : none_or_raise(rask_statement_set_add_sql(set, sql, &err), &err);
}

/* (set, table, path or None, descriptor or None, overwrite) */
static PyObject *statement_set_add_insert(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *table_handle, *descriptor_handle;
    const char *path;
    int overwrite;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OOzOp", &handle, &table_handle, &path, &descriptor_handle,
                          &overwrite))
        return NULL;
    rask_statement_set *set = handle_get(handle, HANDLE_STATEMENT_SET);
    rask_table *table = set != NULL ? handle_get(table_handle, HANDLE_TABLE) : NULL;
    rask_descriptor *descriptor = NULL;
    if (table != NULL && descriptor_handle != Py_None)
        descriptor = handle_get(descriptor_handle, HANDLE_DESCRIPTOR);
    if (table == NULL || PyErr_Occurred() != NULL)
        return NULL;
    return none_or_raise(
        rask_statement_set_add_insert(set, table, path, descriptor, overwrite != 0, &err), &err);
}

static PyObject *statement_set_execute(PyObject *module, PyObject *handle) {
    (void)module;
    rask_result *result;
    rask_error err = {0};
    rask_status status;
    rask_statement_set *set = handle_get(handle, HANDLE_STATEMENT_SET);
    if (set == NULL)
        return NULL;
    WITHOUT_GIL(status, rask_statement_set_execute(set, &result, &err));
    return handle_or_raise(status, HANDLE_RESULT, &result, &err);
}

static PyObject *statement_set_explain(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *details;
    rask_strings *text;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "Oz", &handle, &details))
        return NULL;
    rask_statement_set *set = handle_get(handle, HANDLE_STATEMENT_SET);
    if (set == NULL)
        return NULL;
    if (rask_statement_set_explain(set, details, &text, &err) != RASK_OK)
        return raise_error(&err);
    return strings_to_list(text);
}

PyMethodDef environment_methods[] = {
    {"environment_new", environment_new, METH_VARARGS, NULL},
    {"environment_set", environment_set, METH_VARARGS, NULL},
    {"environment_get", environment_get, METH_VARARGS, NULL},
    {"environment_reset", environment_reset, METH_VARARGS, NULL},
    {"environment_settings", environment_settings, METH_O, NULL},
    {"environment_execute_sql", environment_execute_sql, METH_VARARGS, NULL},
    {"environment_sql_query", environment_sql_query, METH_VARARGS, NULL},
    {"environment_explain_sql", environment_explain_sql, METH_VARARGS, NULL},
    {"environment_from_path", environment_from_path, METH_VARARGS, NULL},
    {"environment_from_rows", environment_from_rows, METH_VARARGS, NULL},
    {"environment_from_arrow", environment_from_arrow, METH_VARARGS, NULL},
    {"environment_from_values", environment_from_values, METH_VARARGS, NULL},
    {"environment_from_descriptor", environment_from_descriptor, METH_VARARGS, NULL},
    {"environment_create_table", environment_create_table, METH_VARARGS, NULL},
    {"environment_create_view", environment_create_view, METH_VARARGS, NULL},
    {"environment_drop", environment_drop, METH_VARARGS, NULL},
    {"environment_list", environment_list, METH_VARARGS, NULL},
    {"environment_use", environment_use, METH_VARARGS, NULL},
    {"environment_current", environment_current, METH_O, NULL},
    {"environment_create_function", environment_create_function, METH_VARARGS, NULL},
    {"environment_drop_function", environment_drop_function, METH_VARARGS, NULL},
    {"environment_execute", environment_execute, METH_VARARGS, NULL},
    {"environment_explain", environment_explain, METH_O, NULL},
    {"descriptor_new", descriptor_new, METH_VARARGS, NULL},
    {"descriptor_column", descriptor_column, METH_VARARGS, NULL},
    {"descriptor_computed_column", descriptor_computed_column, METH_VARARGS, NULL},
    {"descriptor_metadata_column", descriptor_metadata_column, METH_VARARGS, NULL},
    {"descriptor_watermark", descriptor_watermark, METH_VARARGS, NULL},
    {"descriptor_primary_key", descriptor_primary_key, METH_VARARGS, NULL},
    {"descriptor_partitioned_by", descriptor_partitioned_by, METH_VARARGS, NULL},
    {"descriptor_option", descriptor_option, METH_VARARGS, NULL},
    {"descriptor_comment", descriptor_comment, METH_VARARGS, NULL},
    {"descriptor_from_properties", descriptor_from_properties, METH_VARARGS, NULL},
    {"statement_set_new", statement_set_new, METH_O, NULL},
    {"statement_set_add_sql", statement_set_add_sql, METH_VARARGS, NULL},
    {"statement_set_add_insert", statement_set_add_insert, METH_VARARGS, NULL},
    {"statement_set_execute", statement_set_execute, METH_O, NULL},
    {"statement_set_explain", statement_set_explain, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};
