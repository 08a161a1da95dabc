/* Methods on tables and grouped tables. */
#include "args.h"

/* (table, expressions) for the operations that take a list of them. */
typedef rask_status (*list_operation)(rask_table *, rask_expression *const *, int32_t,
                                      rask_table **, rask_error *);

static PyObject *with_list(PyObject *args, list_operation operation) {
    PyObject *handle, *sequence;
    void **exprs;
    int32_t count;
    rask_table *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OO", &handle, &sequence))
        return NULL;
    rask_table *table = handle_get(handle, HANDLE_TABLE);
    if (table == NULL || handle_array(sequence, HANDLE_EXPRESSION, &exprs, &count) != 0)
        return NULL;
    rask_status status = operation(table, (rask_expression *const *)exprs, count, &made, &err);
    PyMem_Free(exprs);
    return handle_or_raise(status, HANDLE_TABLE, &made, &err);
}

static PyObject *table_select(PyObject *module, PyObject *args) {
    (void)module;
    return with_list(args, rask_table_select);
}

static PyObject *table_order_by(PyObject *module, PyObject *args) {
    (void)module;
    return with_list(args, rask_table_order_by);
}

static PyObject *table_rename_columns(PyObject *module, PyObject *args) {
    (void)module;
    return with_list(args, rask_table_rename_columns);
}

static PyObject *table_drop_columns(PyObject *module, PyObject *args) {
    (void)module;
    return with_list(args, rask_table_drop_columns);
}

static rask_status add_columns(rask_table *table, rask_expression *const *exprs, int32_t count,
                               rask_table **out, rask_error *err) {
    return rask_table_add_columns(table, exprs, count, false, out, err);
}

static rask_status add_or_replace_columns(rask_table *table, rask_expression *const *exprs,
                                          int32_t count, rask_table **out, rask_error *err) {
    return rask_table_add_columns(table, exprs, count, true, out, err);
}

static PyObject *table_add_columns(PyObject *module, PyObject *args) {
    (void)module;
    return with_list(args, add_columns);
}

static PyObject *table_add_or_replace_columns(PyObject *module, PyObject *args) {
    (void)module;
    return with_list(args, add_or_replace_columns);
}

static PyObject *table_filter(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *given;
    rask_table *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OO", &handle, &given))
        return NULL;
    rask_table *table = handle_get(handle, HANDLE_TABLE);
    rask_expression *condition = table != NULL ? handle_get(given, HANDLE_EXPRESSION) : NULL;
    if (condition == NULL)
        return NULL;
    return handle_or_raise(rask_table_filter(table, condition, &made, &err), HANDLE_TABLE, &made,
                           &err);
}

static PyObject *table_group_by(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *sequence;
    void **keys;
    int32_t count;
    rask_grouped_table *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OO", &handle, &sequence))
        return NULL;
    rask_table *table = handle_get(handle, HANDLE_TABLE);
    if (table == NULL || handle_array(sequence, HANDLE_EXPRESSION, &keys, &count) != 0)
        return NULL;
    rask_status status =
        rask_table_group_by(table, (rask_expression *const *)keys, count, &made, &err);
    PyMem_Free(keys);
    return handle_or_raise(status, HANDLE_GROUPED, &made, &err);
}

static PyObject *grouped_table_select(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *sequence;
    void **exprs;
    int32_t count;
    rask_table *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OO", &handle, &sequence))
        return NULL;
    rask_grouped_table *grouped = handle_get(handle, HANDLE_GROUPED);
    if (grouped == NULL || handle_array(sequence, HANDLE_EXPRESSION, &exprs, &count) != 0)
        return NULL;
    rask_status status =
        rask_grouped_table_select(grouped, (rask_expression *const *)exprs, count, &made, &err);
    PyMem_Free(exprs);
    return handle_or_raise(status, HANDLE_TABLE, &made, &err);
}

static PyObject *table_distinct(PyObject *module, PyObject *handle) {
    (void)module;
    rask_table *made;
    rask_error err = {0};
    rask_table *table = handle_get(handle, HANDLE_TABLE);
    return table == NULL ? NULL
                         : handle_or_raise(rask_table_distinct(table, &made, &err), HANDLE_TABLE,
                                           &made, &err);
}

/* (table, offset, fetch; -1 = all) */
static PyObject *table_limit(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    long long offset, fetch;
    rask_table *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OLL", &handle, &offset, &fetch))
        return NULL;
    rask_table *table = handle_get(handle, HANDLE_TABLE);
    if (table == NULL)
        return NULL;
    return handle_or_raise(rask_table_limit(table, offset, fetch, &made, &err), HANDLE_TABLE, &made,
                           &err);
}

static PyObject *table_alias(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *names;
    const char **texts;
    int32_t count;
    rask_table *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OO", &handle, &names))
        return NULL;
    rask_table *table = handle_get(handle, HANDLE_TABLE);
    if (table == NULL || text_array_of(names, &texts, &count) != 0)
        return NULL;
    rask_status status = rask_table_alias(table, texts, count, &made, &err);
    PyMem_Free(texts);
    return handle_or_raise(status, HANDLE_TABLE, &made, &err);
}

/* (left, right, "union" | "intersect" | "minus", all) */
static PyObject *table_set_operation(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *left_handle, *right_handle;
    const char *operation;
    int all;
    rask_table *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OOsp", &left_handle, &right_handle, &operation, &all))
        return NULL;
    rask_table *left = handle_get(left_handle, HANDLE_TABLE);
    rask_table *right = left != NULL ? handle_get(right_handle, HANDLE_TABLE) : NULL;
    if (right == NULL)
        return NULL;
    rask_status status = rask_table_set_operation(left, right, operation, all != 0, &made, &err);
    return handle_or_raise(status, HANDLE_TABLE, &made, &err);
}

/* (left, right, type, condition or None) */
static PyObject *table_join(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *left_handle, *right_handle, *given;
    const char *type;
    rask_table *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OOsO", &left_handle, &right_handle, &type, &given))
        return NULL;
    rask_table *left = handle_get(left_handle, HANDLE_TABLE);
    rask_table *right = left != NULL ? handle_get(right_handle, HANDLE_TABLE) : NULL;
    rask_expression *condition = NULL;
    if (right != NULL && given != Py_None)
        condition = handle_get(given, HANDLE_EXPRESSION);
    if (right == NULL || PyErr_Occurred() != NULL)
        return NULL;
    return handle_or_raise(rask_table_join(left, right, type, condition, &made, &err), HANDLE_TABLE,
                           &made, &err);
}

/* (table, call, keeps_input, outer) */
static PyObject *table_flat_map(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle, *given;
    int keeps_input, outer;
    rask_table *made;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "OOpp", &handle, &given, &keeps_input, &outer))
        return NULL;
    rask_table *table = handle_get(handle, HANDLE_TABLE);
    rask_expression *call = table != NULL ? handle_get(given, HANDLE_EXPRESSION) : NULL;
    if (call == NULL)
        return NULL;
    rask_status status =
        rask_table_flat_map(table, call, keeps_input != 0, outer != 0, &made, &err);
    return handle_or_raise(status, HANDLE_TABLE, &made, &err);
}

/* -> [(name, type text), ...] */
static PyObject *table_schema(PyObject *module, PyObject *handle) {
    (void)module;
    rask_table *table = handle_get(handle, HANDLE_TABLE);
    PyObject *list = table != NULL ? PyList_New(rask_table_column_count(table)) : NULL;
    for (int32_t i = 0; list != NULL && i < rask_table_column_count(table); i++) {
        PyObject *pair = Py_BuildValue("(ss)", rask_table_column_name(table, i),
                                       rask_table_column_type(table, i));
        if (pair == NULL || PyList_SetItem(list, i, pair) != 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *table_execute(PyObject *module, PyObject *handle) {
    (void)module;
    rask_result *result;
    rask_error err = {0};
    rask_status status;
    rask_table *table = handle_get(handle, HANDLE_TABLE);
    if (table == NULL)
        return NULL;
    WITHOUT_GIL(status, rask_table_execute(table, &result, &err));
    return handle_or_raise(status, HANDLE_RESULT, &result, &err);
}

/* (table, path, overwrite) */
static PyObject *table_execute_insert(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *path;
    int overwrite;
    rask_result *result;
    rask_error err = {0};
    rask_status status;
    if (!PyArg_ParseTuple(args, "Osp", &handle, &path, &overwrite))
        return NULL;
    rask_table *table = handle_get(handle, HANDLE_TABLE);
    if (table == NULL)
        return NULL;
    WITHOUT_GIL(status, rask_table_execute_insert(table, path, overwrite != 0, &result, &err));
    return handle_or_raise(status, HANDLE_RESULT, &result, &err);
}

/* (table, path): remembered until environment_execute */
static PyObject *table_insert_into(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *path;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "Os", &handle, &path))
        return NULL;
    rask_table *table = handle_get(handle, HANDLE_TABLE);
    return table == NULL ? NULL : none_or_raise(rask_table_insert_into(table, path, &err), &err);
}

static PyObject *table_explain(PyObject *module, PyObject *args) {
    (void)module;
    PyObject *handle;
    const char *details;
    rask_strings *text;
    rask_error err = {0};
    if (!PyArg_ParseTuple(args, "Oz", &handle, &details))
        return NULL;
    rask_table *table = handle_get(handle, HANDLE_TABLE);
    if (table == NULL)
        return NULL;
    if (rask_table_explain(table, details, &text, &err) != RASK_OK)
        return raise_error(&err);
    return strings_to_list(text);
}

static PyObject *table_plan_write(PyObject *module, PyObject *handle) {
    (void)module;
    rask_strings *text;
    rask_error err = {0};
    rask_table *table = handle_get(handle, HANDLE_TABLE);
    if (table == NULL)
        return NULL;
    if (rask_plan_write(table, &text, &err) != RASK_OK)
        return raise_error(&err);
    return strings_to_list(text);
}

PyMethodDef table_methods[] = {
    {"table_select", table_select, METH_VARARGS, NULL},
    {"table_order_by", table_order_by, METH_VARARGS, NULL},
    {"table_add_columns", table_add_columns, METH_VARARGS, NULL},
    {"table_add_or_replace_columns", table_add_or_replace_columns, METH_VARARGS, NULL},
    {"table_rename_columns", table_rename_columns, METH_VARARGS, NULL},
    {"table_drop_columns", table_drop_columns, METH_VARARGS, NULL},
    {"table_filter", table_filter, METH_VARARGS, NULL},
    {"table_group_by", table_group_by, METH_VARARGS, NULL},
    {"grouped_table_select", grouped_table_select, METH_VARARGS, NULL},
    {"table_distinct", table_distinct, METH_O, NULL},
    {"table_limit", table_limit, METH_VARARGS, NULL},
    {"table_alias", table_alias, METH_VARARGS, NULL},
    {"table_set_operation", table_set_operation, METH_VARARGS, NULL},
    {"table_join", table_join, METH_VARARGS, NULL},
    {"table_flat_map", table_flat_map, METH_VARARGS, NULL},
    {"table_schema", table_schema, METH_O, NULL},
    {"table_execute", table_execute, METH_O, NULL},
    {"table_execute_insert", table_execute_insert, METH_VARARGS, NULL},
    {"table_insert_into", table_insert_into, METH_VARARGS, NULL},
    {"table_explain", table_explain, METH_VARARGS, NULL},
    {"table_plan_write", table_plan_write, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
