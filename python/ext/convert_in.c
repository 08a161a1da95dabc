/* Lists of Python values -> Arrow arrays: one loop a column, the converter chosen by its code
 * (ext.h).  A value that does not fit raises TypeError or ValueError in PyFlink's words, naming
 * field and value.  Lists, dicts and rows: convert_nested.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "convert.h"

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

void *convert_zeroed(int64_t size) {
    return base_alloc_zero(size + 64);
}

void convert_array_init(struct ArrowArray *out, int64_t length, int64_t buffers, int64_t children) {
    memset(out, 0, sizeof *out);
    out->length = length;
    out->n_buffers = buffers;
    out->n_children = children;
    out->buffers = convert_zeroed((int64_t)sizeof(void *) * BUFFERS_MAX);
    out->children = children > 0 ? convert_zeroed((int64_t)sizeof(void *) * children) : NULL;
    for (int64_t i = 0; i < children; i++)
        out->children[i] = BASE_NEW(struct ArrowArray);
    out->release = release_array;
}

/* ---- what is wrong --------------------------------------------------------------------------- */
/* "field v: ", or nothing. */
static PyObject *begin_of(const convert_rule *rule) {
    return PyUnicode_FromFormat("%s%s", rule->name, rule->name[0] != '\0' ? ": " : "");
}

static const char *type_name(const convert_rule *rule) {
    return PyUnicode_AsUTF8AndSize(PyTuple_GetItem(rule->code, 1), NULL);
}

int convert_refuse(const convert_rule *rule, PyObject *value) {
    PyErr_Clear();
    PyObject *begin = begin_of(rule);
    if (begin != NULL)
        PyErr_Format(PyExc_TypeError, "%U%s can not accept object %R in type %R", begin,
                     type_name(rule), value, (PyObject *)Py_TYPE(value));
    Py_XDECREF(begin);
    return -1;
}

/* ValueError: the rule's name, then `format` with the value. */
static int refuse_value(const convert_rule *rule, const char *format, PyObject *value, int limit) {
    PyErr_Clear();
    PyObject *begin = begin_of(rule);
    PyObject *rest = begin != NULL ? PyUnicode_FromFormat(format, value, limit) : NULL;
    if (rest != NULL)
        PyErr_Format(PyExc_ValueError, "%U%U", begin, rest);
    Py_XDECREF(rest);
    Py_XDECREF(begin);
    return -1;
}

/* Validity from None; no bitmap where nothing is None. */
static int set_validity(const convert_rule *rule, PyObject *const *values, struct ArrowArray *out) {
    for (int64_t i = 0; i < out->length; i++)
        out->null_count += values[i] == Py_None;
    if (out->null_count == 0)
        return 0;
    if (rule->exact && PyObject_IsTrue(PyTuple_GetItem(rule->code, 2)) == 0)
        return refuse_value(rule, "This field is not nullable, but got %S", Py_None, 0);
    uint8_t *bits = convert_zeroed(out->length / 8 + 1);
    for (int64_t i = 0; i < out->length; i++)
        if (values[i] != Py_None)
            bits[i >> 3] |= (uint8_t)(1 << (i & 7));
    out->buffers[0] = bits;
    return 0;
}

/* ---- numbers --------------------------------------------------------------------------------- */
static const char *integer_range_text(int width) {
    switch (width) {
    case 1:
        return "object of TinyIntType out of range, got: %S";
    case 2:
        return "object of SmallIntType out of range, got: %S";
    case 4:
        return "object of IntType out of range, got: %S";
    default:
        return "object of BigIntType out of range, got: %S";
    }
}

static bool is_integer(const convert_rule *rule, PyObject *value) {
    if (PyLong_Check(value))
        return !rule->exact || !PyBool_Check(value);
    return !rule->exact && PyIndex_Check(value);
}

static int fill_integers(const convert_rule *rule, PyObject *const *values, int width,
                         struct ArrowArray *out) {
    uint8_t *data = convert_zeroed(out->length * width);
    out->buffers[1] = data;
    int64_t max = width == 8 ? INT64_MAX : ((int64_t)1 << (8 * width - 1)) - 1;
    for (int64_t i = 0; i < out->length; i++) {
        if (values[i] == Py_None)
            continue;
        if (!is_integer(rule, values[i]))
            return convert_refuse(rule, values[i]);
        long long value = PyLong_AsLongLong(values[i]);
        bool overflow = value == -1 && PyErr_Occurred() != NULL;
        if (overflow && !PyErr_ExceptionMatches(PyExc_OverflowError))
            return -1;
        if (overflow || value > max || value < -max - 1)
            return refuse_value(rule, integer_range_text(width), values[i], 0);
        memcpy(data + i * width, &value, (size_t)width); /* little endian */
    }
    return 0;
}

static int fill_bool(const convert_rule *rule, PyObject *const *values, struct ArrowArray *out) {
    uint8_t *bits = convert_zeroed(out->length / 8 + 1);
    out->buffers[1] = bits;
    for (int64_t i = 0; i < out->length; i++) {
        if (values[i] == Py_None)
            continue;
        if (!PyBool_Check(values[i]))
            return convert_refuse(rule, values[i]);
        if (values[i] == Py_True)
            bits[i >> 3] |= (uint8_t)(1 << (i & 7));
    }
    return 0;
}

static int fill_floats(const convert_rule *rule, PyObject *const *values, bool single,
                       struct ArrowArray *out) {
    void *data = convert_zeroed(out->length * (single ? 4 : 8));
    out->buffers[1] = data;
    for (int64_t i = 0; i < out->length; i++) {
        if (values[i] == Py_None)
            continue;
        if (rule->exact && !PyFloat_Check(values[i]))
            return convert_refuse(rule, values[i]);
        double value = PyFloat_AsDouble(values[i]);
        if (value == -1.0 && PyErr_Occurred() != NULL)
            return convert_refuse(rule, values[i]);
        if (single)
            ((float *)data)[i] = (float)value;
        else
            ((double *)data)[i] = value;
    }
    return 0;
}

/* ---- texts ----------------------------------------------------------------------------------- */
/* The bytes of a str; NULL for anything else, and for one with lone surrogates. */
static const char *text_bytes(PyObject *value, Py_ssize_t *size, Py_ssize_t *length) {
    if (!PyUnicode_Check(value))
        return NULL;
    *length = PyUnicode_GetLength(value);
    return PyUnicode_AsUTF8AndSize(value, size);
}

/* The bytes of a bytes-like object, kept by *temporary where it is no bytearray. */
static const char *binary_bytes(PyObject *value, Py_ssize_t *size, PyObject **temporary) {
    if (PyByteArray_Check(value)) {
        *size = PyByteArray_Size(value);
        return PyByteArray_AsString(value);
    }
    if (!PyObject_HasAttrString(value, "__bytes__") && !PyObject_CheckBuffer(value))
        return NULL;
    *temporary = PyBytes_FromObject(value);
    if (*temporary == NULL)
        return NULL;
    *size = PyBytes_Size(*temporary);
    return PyBytes_AsString(*temporary);
}

typedef struct sized_type {
    const char *name;
    bool fixed;
    const char *wrong; /* of object and limit */
} sized_type;

static const sized_type sized_types[] = {
    {"CHAR", true, "length of object (%S) of CharType is not: %d"},
    {"VARCHAR", false, "length of object (%S) of VarCharType exceeds: %d"},
    {"BINARY", true, "length of object (%S) of BinaryType is not: %d"},
    {"VARBINARY", false, "length of object (%S) of VarBinaryType exceeds: %d"},
};

static int check_length(const convert_rule *rule, PyObject *value, Py_ssize_t length) {
    int limit = code_number(rule->code, 0);
    for (size_t i = 0; i < sizeof sized_types / sizeof *sized_types; i++) {
        const sized_type *type = &sized_types[i];
        if (strcmp(type->name, type_name(rule)) == 0 &&
            (type->fixed ? length != limit : length > limit))
            return refuse_value(rule, type->wrong, value, limit);
    }
    return 0;
}

/* Bytes with 64-bit offsets, as Arrow's layouts 'U' and 'Z' have them. */
typedef struct bytes_filler {
    int64_t *offsets;
    char *data;
    int64_t capacity;
} bytes_filler;

static void append_bytes(bytes_filler *filler, int64_t i, const char *bytes, int64_t size) {
    int64_t used = filler->offsets[i];
    while (used + size > filler->capacity) {
        filler->capacity *= 2;
        filler->data = base_realloc(filler->data, filler->capacity + 64);
    }
    memcpy(filler->data + used, bytes, (size_t)size);
    filler->offsets[i + 1] = used + size;
}

static int fill_one_bytes(const convert_rule *rule, PyObject *value, bool text, int64_t i,
                          bytes_filler *filler) {
    Py_ssize_t size = 0, length = 0;
    PyObject *temporary = NULL;
    const char *bytes =
        text ? text_bytes(value, &size, &length) : binary_bytes(value, &size, &temporary);
    int failed = bytes == NULL ? convert_refuse(rule, value) : 0;
    if (failed == 0 && rule->exact)
        failed = check_length(rule, value, text ? length : size);
    if (failed == 0)
        append_bytes(filler, i, bytes, size);
    Py_XDECREF(temporary);
    return failed;
}

static int fill_bytes(const convert_rule *rule, PyObject *const *values, bool text,
                      struct ArrowArray *out) {
    bytes_filler filler = {.capacity = out->length * 16 + 64};
    int failed = 0;
    filler.offsets = convert_zeroed((int64_t)sizeof(int64_t) * (out->length + 1));
    filler.data = convert_zeroed(filler.capacity);
    out->n_buffers = 3;
    for (int64_t i = 0; i < out->length && failed == 0; i++) {
        filler.offsets[i + 1] = filler.offsets[i];
        if (values[i] != Py_None)
            failed = fill_one_bytes(rule, values[i], text, i, &filler);
    }
    out->buffers[1] = filler.offsets;
    out->buffers[2] = filler.data;
    return failed;
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

/* The digits of a Decimal (or an int, where that is taken) without exponent; NULL for others. */
static PyObject *plain_digits(const convert_rule *rule, PyObject *value) {
    if (PyLong_Check(value) && !rule->exact)
        return PyObject_Str(value);
    if (PyObject_IsInstance(value, classes.decimal) != 1)
        return NULL;
    PyObject *spec = PyUnicode_FromString("f");
    PyObject *text = PyObject_Format(value, spec);
    Py_XDECREF(spec);
    return text;
}

static int fill_decimals(const convert_rule *rule, PyObject *const *values,
                         struct ArrowArray *out) {
    int precision = code_number(rule->code, 0), scale = code_number(rule->code, 1);
    __int128 *data = convert_zeroed((int64_t)sizeof(__int128) * out->length);
    out->buffers[1] = data;
    for (int64_t i = 0; i < out->length; i++) {
        if (values[i] == Py_None)
            continue;
        PyObject *text = plain_digits(rule, values[i]);
        const char *digits = text != NULL ? PyUnicode_AsUTF8AndSize(text, NULL) : NULL;
        if (digits == NULL)
            return convert_refuse(rule, values[i]);
        bool fits = parse_decimal(digits, precision, scale, &data[i]);
        Py_DECREF(text);
        if (!fits) {
            char wrong[64];
            snprintf(wrong, sizeof wrong, "%%R does not fit DECIMAL(%d, %d)", precision, scale);
            return refuse_value(rule, wrong, values[i], 0);
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

static int fill_times(const convert_rule *rule, PyObject *const *values, int width,
                      int (*one)(PyObject *, long long *), struct ArrowArray *out) {
    uint8_t *data = convert_zeroed(out->length * width);
    out->buffers[1] = data;
    for (int64_t i = 0; i < out->length; i++) {
        long long value = 0;
        if (values[i] != Py_None && one(values[i], &value) != 0)
            return convert_refuse(rule, values[i]);
        memcpy(data + i * width, &value, (size_t)width);
    }
    return 0;
}

static int fill_nulls(PyObject *const *values, const convert_rule *rule, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (values[i] != Py_None)
            return convert_refuse(rule, values[i]);
    return 0;
}

/* ---- by code --------------------------------------------------------------------------------- */
static int fill(const convert_rule *rule, char layout, PyObject *const *values,
                struct ArrowArray *out) {
    switch (layout) {
    case 'n':
        return fill_nulls(values, rule, out->length);
    case '?':
        return fill_bool(rule, values, out);
    case 'c':
        return fill_integers(rule, values, 1, out);
    case 's':
        return fill_integers(rule, values, 2, out);
    case 'i':
    case 'I':
        return fill_integers(rule, values, 4, out);
    case 'l':
        return fill_integers(rule, values, 8, out);
    case 'f':
    case 'g':
        return fill_floats(rule, values, layout == 'f', out);
    case 'u':
    case 'z':
        return fill_bytes(rule, values, layout == 'u', out);
    case 'd':
        return fill_decimals(rule, values, out);
    case 'D':
        return fill_times(rule, values, 4, one_date, out);
    case 't':
        return fill_times(rule, values, 4, one_time, out);
    case 'T':
    case 'L':
        return fill_times(rule, values, 8, one_timestamp, out);
    case 'J':
        return fill_times(rule, values, 8, one_duration, out);
    case '[':
    case '{':
    case '(':
        return convert_nested(rule, values, out);
    default:
        PyErr_Format(PyExc_NotImplementedError, "%s: type code %R", rule->name, rule->code);
        return -1;
    }
}

int convert_in(const convert_rule *rule, PyObject *const *values, int64_t count,
               struct ArrowArray *out) {
    char layout = code_layout(rule->code);
    int64_t buffers = layout == 'n' ? 0 : layout == '(' ? 1 : 2;
    convert_array_init(out, count, buffers, code_child_count(rule->code));
    int failed = layout != 'n' ? set_validity(rule, values, out) : 0;
    if (layout == 'n')
        out->null_count = count;
    if (failed == 0 && fill(rule, layout, values, out) == 0)
        return 0;
    out->release(out);
    return -1;
}
