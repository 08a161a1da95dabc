/* Lists of Python values -> Arrow arrays: one loop a column, the converter chosen by its code
 * (ext.h).  A value that does not fit raises TypeError / ValueError naming field and value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "convert.h"
#include "ext.h"

/* ---- arrays made by us ----------------------------------------------------------------------- */
enum { BUFFERS_MAX = 3 };

static void release_array(struct ArrowArray *array) {
    for (int64_t i = 0; i < array->n_buffers; i++)
        base_free((void *)array->buffers[i]);
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release != NULL)
            array->children[i]->release(array->children[i]);
        base_free(array->children[i]);
    }
    base_free(array->children);
    base_free(array->buffers);
    array->release = NULL;
}

static void *zeroed(size_t size) {
    return base_alloc_zero((int64_t)size + 64);
}

static int array_init(struct ArrowArray *out, int64_t length, int64_t buffers, int64_t children) {
    memset(out, 0, sizeof *out);
    out->length = length;
    out->n_buffers = buffers;
    out->n_children = children;
    out->buffers = zeroed(sizeof(void *) * BUFFERS_MAX);
    out->children = children > 0 ? zeroed(sizeof(void *) * (size_t)children) : NULL;
    for (int64_t i = 0; i < children; i++)
        out->children[i] = zeroed(sizeof(struct ArrowArray));
    out->release = release_array;
    return 0;
}

/* Validity from None; no bitmap where nothing is None. */
static void set_validity(struct ArrowArray *out, PyObject *const *values) {
    for (int64_t i = 0; i < out->length; i++)
        out->null_count += values[i] == Py_None;
    if (out->null_count == 0)
        return;
    uint8_t *bits = zeroed((size_t)(out->length / 8 + 1));
    for (int64_t i = 0; i < out->length; i++)
        if (values[i] != Py_None)
            bits[i >> 3] |= (uint8_t)(1 << (i & 7));
    out->buffers[0] = bits;
}

static int bad_value(const char *name, PyObject *value, const char *wanted) {
    PyErr_Clear();
    PyErr_Format(PyExc_TypeError, "field %s: %s can not accept object %R in type %R", name, wanted,
                 value, (PyObject *)Py_TYPE(value));
    return -1;
}

/* ---- numbers --------------------------------------------------------------------------------- */
static int fill_integers(struct ArrowArray *out, PyObject *const *values, int width,
                         const char *name) {
    uint8_t *data = zeroed((size_t)(out->length * width));
    out->buffers[1] = data;
    int64_t max = width == 8 ? INT64_MAX : ((int64_t)1 << (8 * width - 1)) - 1;
    for (int64_t i = 0; i < out->length; i++) {
        if (values[i] == Py_None)
            continue;
        if (!PyLong_Check(values[i]) && !PyIndex_Check(values[i]))
            return bad_value(name, values[i], "an integer column");
        long long value = PyLong_AsLongLong(values[i]);
        if (value == -1 && PyErr_Occurred() != NULL)
            return -1;
        if (value > max || value < -max - 1) {
            PyErr_Format(PyExc_ValueError, "field %s: object of integer out of range, got: %R",
                         name, values[i]);
            return -1;
        }
        memcpy(data + i * width, &value, (size_t)width); /* little endian */
    }
    return 0;
}

static int fill_bool(struct ArrowArray *out, PyObject *const *values, const char *name) {
    uint8_t *bits = zeroed((size_t)(out->length / 8 + 1));
    out->buffers[1] = bits;
    for (int64_t i = 0; i < out->length; i++) {
        if (values[i] == Py_None)
            continue;
        int truth = PyObject_IsTrue(values[i]);
        if (!PyBool_Check(values[i]))
            return bad_value(name, values[i], "a BOOLEAN column");
        if (truth)
            bits[i >> 3] |= (uint8_t)(1 << (i & 7));
    }
    return 0;
}

static int fill_floats(struct ArrowArray *out, PyObject *const *values, bool single,
                       const char *name) {
    void *data = zeroed((size_t)out->length * (single ? 4 : 8));
    out->buffers[1] = data;
    for (int64_t i = 0; i < out->length; i++) {
        if (values[i] == Py_None)
            continue;
        double value = PyFloat_AsDouble(values[i]);
        if (value == -1.0 && PyErr_Occurred() != NULL)
            return bad_value(name, values[i], "a floating-point column");
        if (single)
            ((float *)data)[i] = (float)value;
        else
            ((double *)data)[i] = value;
    }
    return 0;
}

/* ---- texts ----------------------------------------------------------------------------------- */
static const char *bytes_of(PyObject *value, bool text, Py_ssize_t *size, PyObject **temporary) {
    *temporary = NULL;
    if (text)
        return PyUnicode_Check(value) ? PyUnicode_AsUTF8AndSize(value, size) : NULL;
    if (PyByteArray_Check(value)) {
        *size = PyByteArray_Size(value);
        return PyByteArray_AsString(value);
    }
    if (PyObject_HasAttrString(value, "__bytes__") || PyObject_CheckBuffer(value)) {
        *temporary = PyBytes_FromObject(value);
        if (*temporary == NULL)
            return NULL;
        *size = PyBytes_Size(*temporary);
        return PyBytes_AsString(*temporary);
    }
    return NULL;
}

/* Large layout ('U', 'Z'): 64-bit offsets. */
static int fill_bytes(struct ArrowArray *out, PyObject *const *values, bool text,
                      const char *name) {
    int64_t *offsets = zeroed(sizeof(int64_t) * (size_t)(out->length + 1));
    int64_t capacity = out->length * 16 + 64;
    char *data = zeroed((size_t)capacity);
    out->n_buffers = 3;
    out->buffers[1] = offsets;
    out->buffers[2] = data;
    for (int64_t i = 0; i < out->length; i++) {
        offsets[i + 1] = offsets[i];
        if (values[i] == Py_None)
            continue;
        Py_ssize_t size = 0;
        PyObject *temporary;
        const char *bytes = bytes_of(values[i], text, &size, &temporary);
        if (bytes == NULL)
            return bad_value(name, values[i], text ? "a STRING column" : "a BYTES column");
        while (offsets[i] + size > capacity) {
            capacity *= 2;
            data = base_realloc(data, capacity + 64);
            out->buffers[2] = data;
        }
        memcpy(data + offsets[i], bytes, (size_t)size);
        offsets[i + 1] += size;
        Py_XDECREF(temporary);
    }
    return 0;
}

/* ---- decimals -------------------------------------------------------------------------------- */
/* Digits of "-12.345" to the unscaled value of `scale`, half up; false where it does not fit. */
static bool parse_decimal(const char *text, int precision, int scale, __int128 *out) {
    bool negative = *text == '-';
    unsigned __int128 value = 0;
    int digits = 0, after_point = -1, first_dropped = -1;
    for (text += negative || *text == '+'; *text != '\0'; text++) {
        if (*text == '.') {
            after_point = 0;
            continue;
        }
        if (*text < '0' || *text > '9')
            return false;
        if (after_point >= scale) {
            first_dropped = first_dropped < 0 ? *text - '0' : first_dropped;
            continue;
        }
        value = value * 10 + (unsigned)(*text - '0');
        digits += value > 0;
        after_point += after_point >= 0;
        if (digits > 38)
            return false;
    }
    for (int k = after_point < 0 ? 0 : after_point; k < scale; k++) {
        value *= 10;
        digits += value > 0;
        if (digits > 38)
            return false;
    }
    value += first_dropped >= 5;
    unsigned __int128 limit = 1;
    for (int k = 0; k < precision; k++)
        limit *= 10;
    *out = negative ? -(__int128)value : (__int128)value;
    return value < limit;
}

/* The digits of a Decimal or int without exponent; NULL for anything else. */
static PyObject *plain_digits(PyObject *value) {
    if (PyLong_Check(value))
        return PyObject_Str(value);
    if (PyObject_IsInstance(value, classes.decimal) != 1)
        return NULL;
    PyObject *spec = PyUnicode_FromString("f");
    PyObject *text = PyObject_Format(value, spec);
    Py_XDECREF(spec);
    return text;
}

static int fill_decimals(struct ArrowArray *out, PyObject *const *values, PyObject *code,
                         const char *name) {
    int precision = (int)PyLong_AsLong(PyTuple_GetItem(code, 1));
    int scale = (int)PyLong_AsLong(PyTuple_GetItem(code, 2));
    __int128 *data = zeroed(sizeof(__int128) * (size_t)out->length);
    out->buffers[1] = data;
    for (int64_t i = 0; i < out->length; i++) {
        if (values[i] == Py_None)
            continue;
        PyObject *text = plain_digits(values[i]);
        const char *digits = text != NULL ? PyUnicode_AsUTF8AndSize(text, NULL) : NULL;
        if (digits == NULL)
            return bad_value(name, values[i], "a DECIMAL column");
        bool fits = parse_decimal(digits, precision, scale, &data[i]);
        Py_DECREF(text);
        if (!fits) {
            PyErr_Format(PyExc_ValueError, "field %s: %R does not fit DECIMAL(%d, %d)", name,
                         values[i], precision, scale);
            return -1;
        }
    }
    return 0;
}

/* ---- dates and times ------------------------------------------------------------------------- */
static int attribute(PyObject *value, const char *name, long long *out) {
    PyObject *object = PyObject_GetAttrString(value, name);
    if (object == NULL)
        return -1;
    *out = PyLong_AsLongLong(object);
    Py_DECREF(object);
    return *out == -1 && PyErr_Occurred() != NULL ? -1 : 0;
}

static int days_of(PyObject *value, long long *days) {
    PyObject *ordinal = PyObject_CallMethod(value, "toordinal", NULL);
    if (ordinal == NULL)
        return -1;
    *days = PyLong_AsLongLong(ordinal) - EPOCH_ORDINAL;
    Py_DECREF(ordinal);
    return 0;
}

static int micros_of_day(PyObject *value, long long *out) {
    long long hour, minute, second, micro;
    if (attribute(value, "hour", &hour) != 0 || attribute(value, "minute", &minute) != 0 ||
        attribute(value, "second", &second) != 0 || attribute(value, "microsecond", &micro) != 0)
        return -1;
    *out = ((hour * 60 + minute) * 60 + second) * 1000000 + micro;
    return 0;
}

static int one_date(PyObject *value, long long *out) {
    return PyObject_IsInstance(value, classes.date) == 1 ? days_of(value, out) : -1;
}

static int one_time(PyObject *value, long long *out) {
    if (PyObject_IsInstance(value, classes.time) != 1 || micros_of_day(value, out) != 0)
        return -1;
    *out /= 1000;
    return 0;
}

/* Aware datetimes are moved to UTC. */
static int one_timestamp(PyObject *value, long long *out) {
    if (PyObject_IsInstance(value, classes.datetime) != 1)
        return -1;
    PyObject *zone = PyObject_GetAttrString(value, "tzinfo");
    PyObject *naive = zone == NULL ? NULL
                      : zone == Py_None
                          ? Py_NewRef(value)
                          : PyObject_CallMethod(value, "astimezone", "O", classes.utc);
    Py_XDECREF(zone);
    long long days, micros;
    int failed = naive == NULL || days_of(naive, &days) != 0 || micros_of_day(naive, &micros) != 0;
    Py_XDECREF(naive);
    if (failed)
        return -1;
    *out = days * 86400000000LL + micros;
    return 0;
}

static int one_duration(PyObject *value, long long *out) {
    long long days, seconds, micros;
    if (PyObject_IsInstance(value, classes.timedelta) != 1 ||
        attribute(value, "days", &days) != 0 || attribute(value, "seconds", &seconds) != 0 ||
        attribute(value, "microseconds", &micros) != 0)
        return -1;
    *out = (days * 86400 + seconds) * 1000 + micros / 1000;
    return 0;
}

static int fill_times(struct ArrowArray *out, PyObject *const *values, int width,
                      int (*one)(PyObject *, long long *), const char *name, const char *wanted) {
    uint8_t *data = zeroed((size_t)(out->length * width));
    out->buffers[1] = data;
    for (int64_t i = 0; i < out->length; i++) {
        long long value = 0;
        if (values[i] != Py_None && one(values[i], &value) != 0)
            return bad_value(name, values[i], wanted);
        memcpy(data + i * width, &value, (size_t)width);
    }
    return 0;
}

/* ---- nested ---------------------------------------------------------------------------------- */
/* All elements of the rows one after the other (owned), and offsets. */
static int flatten(PyObject *const *values, int64_t count, int32_t *offsets, PyObject ***out,
                   int64_t *total, PyObject *(*list_of)(PyObject *)) {
    int64_t capacity = count * 4 + 16;
    PyObject **items = base_alloc((int64_t)sizeof(PyObject *) * capacity);
    *total = 0;
    *out = items;
    for (int64_t i = 0; i < count; i++) {
        offsets[i + 1] = (int32_t)*total;
        if (values[i] == Py_None)
            continue;
        PyObject *list = list_of(values[i]);
        if (list == NULL)
            return -1;
        Py_ssize_t size = PyList_Size(list);
        if (*total + size > capacity) {
            capacity = (*total + size) * 2;
            items = base_realloc(items, (int64_t)sizeof(PyObject *) * capacity);
            *out = items;
        }
        for (Py_ssize_t k = 0; k < size; k++)
            items[(*total)++] = Py_NewRef(PyList_GetItem(list, k));
        Py_DECREF(list);
        offsets[i + 1] = (int32_t)*total;
    }
    return 0;
}

static void drop_items(PyObject **items, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        Py_DECREF(items[i]);
    base_free(items);
}

static PyObject *list_of_sequence(PyObject *value) {
    return PyUnicode_Check(value) ? NULL : PySequence_List(value);
}

static int fill_list(struct ArrowArray *out, PyObject *code, PyObject *const *values,
                     const char *name) {
    int32_t *offsets = zeroed(sizeof(int32_t) * (size_t)(out->length + 1));
    out->buffers[1] = offsets;
    PyObject **items;
    int64_t total;
    int failed = flatten(values, out->length, offsets, &items, &total, list_of_sequence);
    if (failed != 0 && PyErr_Occurred() == NULL)
        PyErr_Format(PyExc_TypeError, "field %s: an ARRAY column needs lists", name);
    if (failed == 0)
        failed = convert_in(PyTuple_GetItem(code, 1), items, total, name, out->children[0]);
    drop_items(items, total);
    return failed;
}

static PyObject *keys_of(PyObject *value) {
    return PyDict_Check(value) ? PyDict_Keys(value) : NULL;
}

static PyObject *values_of(PyObject *value) {
    return PyDict_Check(value) ? PyDict_Values(value) : NULL;
}

static int fill_map(struct ArrowArray *out, PyObject *code, PyObject *const *values,
                    const char *name) {
    int32_t *offsets = zeroed(sizeof(int32_t) * (size_t)(out->length + 1));
    struct ArrowArray *entries = out->children[0];
    PyObject *(*parts[2])(PyObject *) = {keys_of, values_of};
    out->buffers[1] = offsets;
    array_init(entries, 0, 1, 2);
    for (int part = 0; part < 2; part++) {
        PyObject **items;
        int64_t total;
        int failed = flatten(values, out->length, offsets, &items, &total, parts[part]);
        if (failed != 0 && PyErr_Occurred() == NULL)
            PyErr_Format(PyExc_TypeError, "field %s: a MAP column needs dicts", name);
        if (failed == 0)
            failed = convert_in(PyTuple_GetItem(code, part + 1), items, total, name,
                                entries->children[part]);
        drop_items(items, total);
        if (failed != 0)
            return -1;
        entries->length = total;
    }
    return 0;
}

/* Field `index` of a Row, tuple, list, dict or object. */
static PyObject *field_of(PyObject *row, Py_ssize_t index, PyObject *name) {
    if (PyTuple_Check(row))
        return Py_XNewRef(PyTuple_GetItem(row, index));
    if (PyList_Check(row))
        return Py_XNewRef(PyList_GetItem(row, index));
    if (PyDict_Check(row)) {
        PyObject *value = PyDict_GetItemWithError(row, name);
        return value != NULL              ? Py_NewRef(value)
               : PyErr_Occurred() != NULL ? NULL
                                          : Py_NewRef(Py_None);
    }
    if (PySequence_Check(row))
        return PySequence_GetItem(row, index);
    return PyObject_GetAttr(row, name);
}

static int fill_row(struct ArrowArray *out, PyObject *code, PyObject *const *values,
                    const char *name) {
    PyObject *names = PyTuple_GetItem(code, 1), *codes = PyTuple_GetItem(code, 2);
    PyObject **column = base_alloc((int64_t)sizeof(PyObject *) * (out->length + 1));
    int failed = 0;
    for (Py_ssize_t c = 0; c < PyTuple_Size(codes) && failed == 0; c++) {
        PyObject *field_name = PyTuple_GetItem(names, c);
        int64_t made = 0;
        for (; made < out->length && failed == 0; made++) {
            column[made] = values[made] == Py_None ? Py_NewRef(Py_None)
                                                   : field_of(values[made], c, field_name);
            failed = column[made] == NULL ? -1 : 0;
        }
        made -= failed != 0;
        if (failed == 0)
            failed = convert_in(PyTuple_GetItem(codes, c), column, out->length,
                                text_or_null(field_name), out->children[c]);
        else if (PyErr_ExceptionMatches(PyExc_IndexError))
            PyErr_Format(PyExc_ValueError,
                         "field %s: Length of object does not match with length of fields", name);
        for (int64_t i = 0; i < made; i++)
            Py_DECREF(column[i]);
    }
    base_free(column);
    return failed;
}

/* ---- by code --------------------------------------------------------------------------------- */
static char code_char(PyObject *code) {
    PyObject *first = PyTuple_Check(code) ? PyTuple_GetItem(code, 0) : NULL;
    const char *text = first != NULL ? PyUnicode_AsUTF8AndSize(first, NULL) : NULL;
    return text != NULL ? text[0] : '\0';
}

static int64_t child_count(PyObject *code, char c) {
    return c == '[' || c == '{' ? 1
           : c == '('           ? (int64_t)PyTuple_Size(PyTuple_GetItem(code, 2))
                                : 0;
}

static int fill(PyObject *code, char c, PyObject *const *values, const char *name,
                struct ArrowArray *out) {
    switch (c) {
    case 'n':
        return 0;
    case '?':
        return fill_bool(out, values, name);
    case 'c':
        return fill_integers(out, values, 1, name);
    case 's':
        return fill_integers(out, values, 2, name);
    case 'i':
    case 'I':
        return fill_integers(out, values, 4, name);
    case 'l':
        return fill_integers(out, values, 8, name);
    case 'f':
        return fill_floats(out, values, true, name);
    case 'g':
        return fill_floats(out, values, false, name);
    case 'u':
        return fill_bytes(out, values, true, name);
    case 'z':
        return fill_bytes(out, values, false, name);
    case 'd':
        return fill_decimals(out, values, code, name);
    case 'D':
        return fill_times(out, values, 4, one_date, name, "a DATE column");
    case 't':
        return fill_times(out, values, 4, one_time, name, "a TIME column");
    case 'T':
    case 'L':
        return fill_times(out, values, 8, one_timestamp, name, "a TIMESTAMP column");
    case 'J':
        return fill_times(out, values, 8, one_duration, name, "an INTERVAL column");
    case '[':
        return fill_list(out, code, values, name);
    case '{':
        return fill_map(out, code, values, name);
    case '(':
        return fill_row(out, code, values, name);
    default:
        PyErr_Format(PyExc_NotImplementedError, "field %s: type code %R", name, code);
        return -1;
    }
}

int convert_in(PyObject *code, PyObject *const *values, int64_t count, const char *name,
               struct ArrowArray *out) {
    char c = code_char(code);
    array_init(out, count, c == 'n' ? 0 : c == '(' ? 1 : 2, child_count(code, c));
    if (c == 'n')
        out->null_count = count;
    else
        set_validity(out, values);
    if (fill(code, c, values, name != NULL ? name : "", out) == 0)
        return 0;
    out->release(out);
    return -1;
}

/* ---- schemas --------------------------------------------------------------------------------- */
static void release_schema(struct ArrowSchema *schema) {
    base_free((void *)schema->format);
    base_free((void *)schema->name);
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release != NULL)
            schema->children[i]->release(schema->children[i]);
        base_free(schema->children[i]);
    }
    base_free(schema->children);
    schema->release = NULL;
}

static char *raw_copy(const char *text) {
    return base_strdup(text);
}

static const char *format_of(char c) {
    static const struct {
        char code;
        const char *format;
    } formats[] = {{'n', "n"},   {'?', "b"},   {'c', "c"},   {'s', "s"},    {'i', "i"},
                   {'I', "tiM"}, {'l', "l"},   {'f', "f"},   {'g', "g"},    {'u', "U"},
                   {'z', "Z"},   {'D', "tdD"}, {'t', "ttm"}, {'T', "tsu:"}, {'L', "tsu:UTC"},
                   {'J', "tDm"}, {'[', "+l"},  {'{', "+m"},  {'(', "+s"}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i].code == c)
            return formats[i].format;
    return NULL;
}

static void schema_init(struct ArrowSchema *out, const char *format, const char *name,
                        int64_t children) {
    memset(out, 0, sizeof *out);
    out->format = raw_copy(format);
    out->name = raw_copy(name != NULL ? name : "");
    out->flags = ARROW_FLAG_NULLABLE;
    out->n_children = children;
    out->children = children > 0 ? zeroed(sizeof(void *) * (size_t)children) : NULL;
    for (int64_t i = 0; i < children; i++)
        out->children[i] = zeroed(sizeof(struct ArrowSchema));
    out->release = release_schema;
}

static int schema_children(PyObject *code, char c, struct ArrowSchema *out) {
    if (c == '[')
        return convert_schema(PyTuple_GetItem(code, 1), "item", out->children[0]);
    if (c == '{') {
        struct ArrowSchema *entries = out->children[0];
        schema_init(entries, "+s", "entries", 2);
        entries->flags = 0;
        int failed = convert_schema(PyTuple_GetItem(code, 1), "key", entries->children[0]);
        if (failed == 0)
            entries->children[0]->flags = 0;
        return failed != 0
                   ? failed
                   : convert_schema(PyTuple_GetItem(code, 2), "value", entries->children[1]);
    }
    for (int64_t i = 0; c == '(' && i < out->n_children; i++) {
        const char *name = text_or_null(PyTuple_GetItem(PyTuple_GetItem(code, 1), (Py_ssize_t)i));
        if (convert_schema(PyTuple_GetItem(PyTuple_GetItem(code, 2), (Py_ssize_t)i), name,
                           out->children[i]) != 0)
            return -1;
    }
    return 0;
}

int convert_schema(PyObject *code, const char *name, struct ArrowSchema *out) {
    char c = code_char(code), decimal[32];
    const char *format = format_of(c);
    if (c == 'd') {
        snprintf(decimal, sizeof decimal, "d:%d,%d", (int)PyLong_AsLong(PyTuple_GetItem(code, 1)),
                 (int)PyLong_AsLong(PyTuple_GetItem(code, 2)));
        format = decimal;
    }
    if (format == NULL) {
        PyErr_Format(PyExc_NotImplementedError, "type code %R", code);
        return -1;
    }
    schema_init(out, format, name, child_count(code, c));
    if (schema_children(code, c, out) == 0)
        return 0;
    out->release(out);
    return -1;
}
