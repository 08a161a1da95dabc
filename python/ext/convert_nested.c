/* Lists, dicts and rows of Python values -> nested Arrow arrays (see convert_in.c). */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "convert.h"

enum { NAME_BYTES = 256 }; /* of a nested value's name in messages */

/* ---- lists and dicts ------------------------------------------------------------------------- */
/* The elements of all values one after the other, owned. */
typedef struct flat_items {
    PyObject **items;
    int64_t count, capacity;
} flat_items;

static void append_items(flat_items *flat, PyObject *list) {
    Py_ssize_t size = PyList_Size(list);
    if (flat->count + size > flat->capacity) {
        flat->capacity = (flat->count + size) * 2;
        flat->items = base_realloc(flat->items, (int64_t)sizeof(PyObject *) * flat->capacity);
    }
    for (Py_ssize_t k = 0; k < size; k++)
        flat->items[flat->count++] = Py_NewRef(PyList_GetItem(list, k));
}

static void drop_items(flat_items *flat) {
    for (int64_t i = 0; i < flat->count; i++)
        Py_DECREF(flat->items[i]);
    base_free(flat->items);
}

static int flatten(const convert_rule *rule, PyObject *const *values, int64_t count,
                   PyObject *(*list_of)(PyObject *), int32_t *offsets, flat_items *out) {
    for (int64_t i = 0; i < count; i++) {
        offsets[i + 1] = (int32_t)out->count;
        if (values[i] == Py_None)
            continue;
        PyObject *list = list_of(values[i]);
        if (list == NULL)
            return convert_refuse(rule, values[i]);
        append_items(out, list);
        Py_DECREF(list);
        if (out->count > INT32_MAX) {
            PyErr_Format(PyExc_ValueError, "%s: more than %d elements", rule->name, INT32_MAX);
            return -1;
        }
        offsets[i + 1] = (int32_t)out->count;
    }
    return 0;
}

/* The elements of one part of the values (items, keys, ...), as an array of their own. */
static int fill_part(const convert_rule *rule, PyObject *const *values, int64_t count,
                     PyObject *(*list_of)(PyObject *), const char *part, int code_index,
                     int32_t *offsets, struct ArrowArray *out) {
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%s %s", part, rule->name);
    convert_rule inner = {code_detail(rule->code, code_index), name, rule->exact};
    flat_items flat = {0};
    int failed = flatten(rule, values, count, list_of, offsets, &flat);
    if (failed == 0)
        failed = convert_in(&inner, flat.items, flat.count, out);
    drop_items(&flat);
    return failed;
}

static PyObject *list_of_sequence(PyObject *value) {
    return PyUnicode_Check(value) || PyDict_Check(value) ? NULL : PySequence_List(value);
}

static int fill_list(const convert_rule *rule, PyObject *const *values, struct ArrowArray *out) {
    int32_t *offsets = convert_zeroed((int64_t)sizeof(int32_t) * (out->length + 1));
    out->buffers[1] = offsets;
    return fill_part(rule, values, out->length, list_of_sequence, "element in array", 0, offsets,
                     out->children[0]);
}

static PyObject *keys_of(PyObject *value) {
    return PyDict_Check(value) ? PyDict_Keys(value) : NULL;
}

static PyObject *values_of(PyObject *value) {
    return PyDict_Check(value) ? PyDict_Values(value) : NULL;
}

static int fill_map(const convert_rule *rule, PyObject *const *values, struct ArrowArray *out) {
    int32_t *offsets = convert_zeroed((int64_t)sizeof(int32_t) * (out->length + 1));
    struct ArrowArray *entries = out->children[0];
    out->buffers[1] = offsets;
    convert_array_init(entries, 0, 1, 2);
    if (fill_part(rule, values, out->length, keys_of, "key of map", 0, offsets,
                  entries->children[0]) != 0 ||
        fill_part(rule, values, out->length, values_of, "value of map", 1, offsets,
                  entries->children[1]) != 0)
        return -1;
    entries->length = offsets[out->length];
    return 0;
}

/* ---- rows ------------------------------------------------------------------------------------ */
/* The values that `names` have in a mapping or an object; a missing one is None. */
static PyObject *pick_by_name(PyObject *from, PyObject *names,
                              PyObject *(*get)(PyObject *, PyObject *)) {
    Py_ssize_t count = PyTuple_Size(names);
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *value = get(from, PyTuple_GetItem(names, i));
        if (value == NULL || PyList_SetItem(list, i, value) != 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *get_or_none(PyObject *dict, PyObject *name) {
    PyObject *value = PyDict_GetItemWithError(dict, name);
    if (value == NULL && PyErr_Occurred() != NULL)
        return NULL;
    return Py_NewRef(value != NULL ? value : Py_None);
}

/* Row(a=1, b=2) goes by names, Row(1, 2) by position. */
static PyObject *values_of_row(PyObject *row, PyObject *names) {
    PyObject *named = PyObject_GetAttrString(row, "_from_dict");
    int by_name = named != NULL ? PyObject_IsTrue(named) : -1;
    Py_XDECREF(named);
    if (by_name < 0)
        return NULL;
    return by_name ? pick_by_name(row, names, PyObject_GetItem)
                   : PyObject_GetAttrString(row, "_values");
}

/* The fields of a tuple, list, Row, dict or plain object, as a tuple or list. */
static PyObject *fields_of(PyObject *row, PyObject *names) {
    if (PyTuple_Check(row) || PyList_Check(row))
        return Py_NewRef(row);
    if (PyObject_IsInstance(row, classes.row) == 1)
        return values_of_row(row, names);
    if (PyDict_Check(row))
        return pick_by_name(row, names, get_or_none);
    PyObject *attributes = PyObject_GetAttrString(row, "__dict__");
    PyObject *picked = attributes != NULL ? pick_by_name(attributes, names, get_or_none) : NULL;
    Py_XDECREF(attributes);
    return picked;
}

static Py_ssize_t field_count(PyObject *fields) {
    return PyTuple_Check(fields) ? PyTuple_Size(fields) : PyList_Size(fields);
}

static PyObject *field_at(PyObject *fields, Py_ssize_t i) {
    return PyTuple_Check(fields) ? PyTuple_GetItem(fields, i) : PyList_GetItem(fields, i);
}

/* Fields of row `value`, as many as there are names; NULL with an exception. */
static PyObject *checked_fields(const convert_rule *rule, PyObject *value, PyObject *names) {
    PyObject *fields = fields_of(value, names);
    if (fields == NULL) {
        if (PyErr_Occurred() == NULL || PyErr_ExceptionMatches(PyExc_AttributeError))
            convert_refuse(rule, value);
        return NULL;
    }
    if (field_count(fields) == PyTuple_Size(names))
        return fields;
    PyErr_Format(
        PyExc_ValueError, "%s%sLength of object (%zd) does not match with length of fields (%zd)",
        rule->name, rule->name[0] != '\0' ? ": " : "", field_count(fields), PyTuple_Size(names));
    Py_DECREF(fields);
    return NULL;
}

/* Column c of the rows, as references of its own: a value's own code may change its row. */
static int64_t take_column(PyObject *const *rows, int64_t count, Py_ssize_t c, PyObject **column) {
    for (int64_t i = 0; i < count; i++) {
        PyObject *value = rows[i] != NULL ? field_at(rows[i], c) : Py_None;
        if (value == NULL)
            return i;
        column[i] = Py_NewRef(value);
    }
    return count;
}

/* `column` has room for one pointer a row. */
static int fill_field(const convert_rule *rule, PyObject *const *rows, Py_ssize_t c,
                      PyObject **column, struct ArrowArray *out) {
    char name[NAME_BYTES];
    const char *field = text_or_null(PyTuple_GetItem(code_detail(rule->code, 0), c));
    snprintf(name, sizeof name, "field %s%s%s", field != NULL ? field : "?",
             rule->name[0] != '\0' ? " in " : "", rule->name);
    convert_rule inner = {PyTuple_GetItem(code_detail(rule->code, 1), c), name, rule->exact};
    int64_t taken = take_column(rows, out->length, c, column);
    int failed =
        taken < out->length ? -1 : convert_in(&inner, column, out->length, out->children[c]);
    for (int64_t i = 0; i < taken; i++)
        Py_DECREF(column[i]);
    return failed;
}

static int fill_row(const convert_rule *rule, PyObject *const *values, struct ArrowArray *out) {
    PyObject *names = code_detail(rule->code, 0);
    PyObject **rows = convert_zeroed((int64_t)sizeof(PyObject *) * out->length);
    PyObject **column = convert_zeroed((int64_t)sizeof(PyObject *) * out->length);
    int failed = 0;
    for (int64_t i = 0; i < out->length && failed == 0; i++) {
        if (values[i] == Py_None)
            continue;
        rows[i] = checked_fields(rule, values[i], names);
        failed = rows[i] == NULL ? -1 : 0;
    }
    for (Py_ssize_t c = 0; c < PyTuple_Size(names) && failed == 0; c++)
        failed = fill_field(rule, rows, c, column, out);
    for (int64_t i = 0; i < out->length; i++)
        Py_XDECREF(rows[i]);
    base_free(column);
    base_free(rows);
    return failed;
}

int convert_nested(const convert_rule *rule, PyObject *const *values, struct ArrowArray *out) {
    switch (code_layout(rule->code)) {
    case '[':
        return fill_list(rule, values, out);
    case '{':
        return fill_map(rule, values, out);
    default:
        return fill_row(rule, values, out);
    }
}
