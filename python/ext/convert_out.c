/* Arrow arrays -> lists of Python values, one loop a column, by the schema's format.
 *
 * Types: bool, int, float, str, bytearray, decimal.Decimal, datetime.date/time/datetime, list,
 * dict, Row; null is None. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "convert.h"

py_classes classes;

int convert_init(void) {
    PyObject *datetime = PyImport_ImportModule("datetime");
    PyObject *decimal = PyImport_ImportModule("decimal");
    if (datetime != NULL && decimal != NULL) {
        classes.date = PyObject_GetAttrString(datetime, "date");
        classes.time = PyObject_GetAttrString(datetime, "time");
        classes.datetime = PyObject_GetAttrString(datetime, "datetime");
        classes.timedelta = PyObject_GetAttrString(datetime, "timedelta");
        classes.timezone = PyObject_GetAttrString(datetime, "timezone");
        classes.decimal = PyObject_GetAttrString(decimal, "Decimal");
    }
    if (classes.timezone != NULL)
        classes.utc = PyObject_GetAttrString(classes.timezone, "utc");
    Py_XDECREF(datetime);
    Py_XDECREF(decimal);
    return PyErr_Occurred() != NULL ? -1 : 0;
}

void set_row_class(PyObject *row_class) {
    Py_XDECREF(classes.row);
    classes.row = Py_NewRef(row_class);
}

/* A column on its way out. */
typedef struct out_column {
    const struct ArrowSchema *schema;
    const struct ArrowArray *array;
    convert_use use;
} out_column;

static out_column child_of(const out_column *column, int64_t c) {
    return (out_column){column->schema->children[c], column->array->children[c], column->use};
}

static int is_null(const struct ArrowArray *array, int64_t i) {
    const uint8_t *bits = array->n_buffers > 0 ? array->buffers[0] : NULL;
    return bits != NULL && array->null_count != 0 && (bits[i >> 3] >> (i & 7) & 1) == 0;
}

/* ---- single values --------------------------------------------------------------------------- */
typedef PyObject *(*make_value)(const out_column *column, int64_t i);

static PyObject *make_null(const out_column *column, int64_t i) {
    (void)column, (void)i;
    Py_RETURN_NONE;
}

static PyObject *make_bool(const out_column *column, int64_t i) {
    return PyBool_FromLong(((const uint8_t *)column->array->buffers[1])[i >> 3] >> (i & 7) & 1);
}

#define MAKE_NUMBER(name, type, call)                                                              \
    static PyObject *name(const out_column *column, int64_t i) {                                   \
        return call(((const type *)column->array->buffers[1])[i]);                                 \
    }
MAKE_NUMBER(make_i8, int8_t, PyLong_FromLong)
MAKE_NUMBER(make_i16, int16_t, PyLong_FromLong)
MAKE_NUMBER(make_i32, int32_t, PyLong_FromLong)
MAKE_NUMBER(make_i64, int64_t, PyLong_FromLongLong)
MAKE_NUMBER(make_u8, uint8_t, PyLong_FromLong)
MAKE_NUMBER(make_u16, uint16_t, PyLong_FromLong)
MAKE_NUMBER(make_u32, uint32_t, PyLong_FromUnsignedLong)
MAKE_NUMBER(make_u64, uint64_t, PyLong_FromUnsignedLongLong)
MAKE_NUMBER(make_f64, double, PyFloat_FromDouble)

/* A collected FLOAT is the double whose digits Flink prints: 0.1, not 0.10000000149011612. */
static PyObject *make_f32(const out_column *column, int64_t i) {
    float value = ((const float *)column->array->buffers[1])[i];
    char digits[BASE_NUMBER_TEXT_MAX];
    double shortest;
    if (column->use == CONVERT_COLLECTED && isfinite(value) &&
        base_double_parse(digits, base_float_format(value, digits), &shortest))
        return PyFloat_FromDouble(shortest);
    return PyFloat_FromDouble(value);
}

/* Bytes of value i of any of Arrow's string and binary layouts. */
static const char *bytes_of(const out_column *column, int64_t i, Py_ssize_t *size) {
    const char *format = column->schema->format;
    if (format[0] == 'v') { /* 16-byte views */
        const uint8_t *view = (const uint8_t *)column->array->buffers[1] + 16 * i;
        int32_t length, buffer, offset;
        memcpy(&length, view, 4);
        *size = length;
        if (length <= 12)
            return (const char *)view + 4;
        memcpy(&buffer, view + 8, 4);
        memcpy(&offset, view + 12, 4);
        return (const char *)column->array->buffers[2 + buffer] + offset;
    }
    if (format[0] == 'U' || format[0] == 'Z') {
        const int64_t *offsets = column->array->buffers[1];
        *size = (Py_ssize_t)(offsets[i + 1] - offsets[i]);
        return (const char *)column->array->buffers[2] + offsets[i];
    }
    if (format[0] == 'w') { /* w:42 */
        int width = 0;
        sscanf(format, "w:%d", &width);
        *size = width;
        return (const char *)column->array->buffers[1] + (int64_t)width * i;
    }
    const int32_t *offsets = column->array->buffers[1];
    *size = offsets[i + 1] - offsets[i];
    return (const char *)column->array->buffers[2] + offsets[i];
}

static PyObject *make_text(const out_column *column, int64_t i) {
    Py_ssize_t size;
    const char *bytes = bytes_of(column, i, &size);
    return PyUnicode_DecodeUTF8(bytes, size, "replace");
}

static PyObject *make_bytes(const out_column *column, int64_t i) {
    Py_ssize_t size;
    const char *bytes = bytes_of(column, i, &size);
    return PyByteArray_FromStringAndSize(bytes, size);
}

static PyObject *make_decimal(const out_column *column, int64_t i) {
    int precision = 38, scale = 0;
    char digits[64], text[80];
    sscanf(column->schema->format, "d:%d,%d", &precision, &scale);
    __int128 value;
    memcpy(&value, (const uint8_t *)column->array->buffers[1] + 16 * i, 16);
    unsigned __int128 rest = value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
    int count = 0;
    do {
        digits[count++] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest > 0 || count <= scale);
    int length = 0;
    if (value < 0)
        text[length++] = '-';
    while (count > 0) {
        if (count == scale)
            text[length++] = '.';
        text[length++] = digits[--count];
    }
    text[length] = '\0';
    return PyObject_CallFunction(classes.decimal, "s", text);
}

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static PyObject *make_date(const out_column *column, int64_t i) {
    int32_t days = ((const int32_t *)column->array->buffers[1])[i];
    return PyObject_CallMethod(classes.date, "fromordinal", "i", days + EPOCH_ORDINAL);
}

static PyObject *make_time(const out_column *column, int64_t i) {
    char unit = column->schema->format[2];
    int64_t value = unit == 's' || unit == 'm' ? ((const int32_t *)column->array->buffers[1])[i]
                                               : ((const int64_t *)column->array->buffers[1])[i];
    int64_t micros = unit == 's'   ? value * 1000000
                     : unit == 'm' ? value * 1000
                     : unit == 'u' ? value
                                   : value / 1000;
    return PyObject_CallFunction(classes.time, "iiii", (int)(micros / 3600000000LL),
                                 (int)(micros / 60000000 % 60), (int)(micros / 1000000 % 60),
                                 (int)(micros % 1000000));
}

/* Civil date of days since 1970 (Howard Hinnant's algorithm). */
static void civil(int64_t days, int *year, int *month, int *day) {
    days += 719468;
    int64_t era = floor_div(days, 146097);
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

/* TIMESTAMP is a naive datetime; TIMESTAMP_LTZ (format with a zone) an aware one in UTC. */
static PyObject *make_timestamp(const out_column *column, int64_t i) {
    char unit = column->schema->format[2];
    int64_t value = ((const int64_t *)column->array->buffers[1])[i];
    int64_t micros = unit == 's'   ? value * 1000000
                     : unit == 'm' ? value * 1000
                     : unit == 'u' ? value
                                   : floor_div(value, 1000);
    int64_t days = floor_div(micros, 86400000000LL);
    int64_t rest = micros - days * 86400000000LL;
    int year, month, day;
    civil(days, &year, &month, &day);
    bool has_zone = column->schema->format[3] == ':' && column->schema->format[4] != '\0';
    return PyObject_CallFunction(classes.datetime, "iiiiiiiO", year, month, day,
                                 (int)(rest / 3600000000LL), (int)(rest / 60000000 % 60),
                                 (int)(rest / 1000000 % 60), (int)(rest % 1000000),
                                 has_zone ? classes.utc : Py_None);
}

static PyObject *make_duration(const out_column *column, int64_t i) {
    int64_t value = ((const int64_t *)column->array->buffers[1])[i];
    int64_t micros = column->schema->format[2] == 's'   ? value * 1000000
                     : column->schema->format[2] == 'm' ? value * 1000
                     : column->schema->format[2] == 'u' ? value
                                                        : value / 1000;
    return PyObject_CallFunction(classes.timedelta, "iiL", 0, 0, (long long)micros);
}

/* ---- nested ---------------------------------------------------------------------------------- */
static PyObject *value_at(const out_column *column, int64_t i);

static void list_range(const out_column *column, int64_t i, int64_t *start, int64_t *end) {
    if (column->schema->format[1] == 'L') {
        *start = ((const int64_t *)column->array->buffers[1])[i];
        *end = ((const int64_t *)column->array->buffers[1])[i + 1];
    } else {
        *start = ((const int32_t *)column->array->buffers[1])[i];
        *end = ((const int32_t *)column->array->buffers[1])[i + 1];
    }
}

static PyObject *make_list(const out_column *column, int64_t i) {
    int64_t start, end;
    out_column items = child_of(column, 0);
    list_range(column, i, &start, &end);
    PyObject *list = PyList_New((Py_ssize_t)(end - start));
    for (int64_t k = start; list != NULL && k < end; k++) {
        PyObject *item = value_at(&items, k);
        if (item == NULL || PyList_SetItem(list, (Py_ssize_t)(k - start), item) != 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *make_map(const out_column *column, int64_t i) {
    int64_t start, end;
    out_column entries = child_of(column, 0);
    out_column keys = child_of(&entries, 0), values = child_of(&entries, 1);
    list_range(column, i, &start, &end);
    PyObject *dict = PyDict_New();
    for (int64_t k = start; dict != NULL && k < end; k++) {
        PyObject *key = value_at(&keys, k + entries.array->offset);
        PyObject *value = value_at(&values, k + entries.array->offset);
        if (key == NULL || value == NULL || PyDict_SetItem(dict, key, value) != 0)
            Py_CLEAR(dict);
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    return dict;
}

static PyObject *make_row(const out_column *column, int64_t i) {
    int64_t count = column->schema->n_children;
    PyObject *values = PyTuple_New((Py_ssize_t)count);
    PyObject *names = PyTuple_New((Py_ssize_t)count);
    for (int64_t c = 0; values != NULL && names != NULL && c < count; c++) {
        out_column field = child_of(column, c);
        PyObject *value = value_at(&field, i);
        PyObject *name = PyUnicode_FromString(field.schema->name);
        if (value == NULL || PyTuple_SetItem(values, (Py_ssize_t)c, value) != 0)
            Py_CLEAR(values);
        if (name == NULL || PyTuple_SetItem(names, (Py_ssize_t)c, name) != 0)
            Py_CLEAR(names);
    }
    PyObject *row = NULL;
    if (values != NULL && names != NULL)
        row = classes.row != NULL ? PyObject_CallMethod(classes.row, "_of", "OO", values, names)
                                  : Py_NewRef(values);
    Py_XDECREF(values);
    Py_XDECREF(names);
    return row;
}

/* ---- by format ------------------------------------------------------------------------------- */
static const struct {
    const char *prefix;
    make_value make;
} makers[] = {{"n", make_null},   {"b", make_bool},   {"c", make_i8},         {"C", make_u8},
              {"s", make_i16},    {"S", make_u16},    {"i", make_i32},        {"I", make_u32},
              {"l", make_i64},    {"L", make_u64},    {"f", make_f32},        {"g", make_f64},
              {"u", make_text},   {"U", make_text},   {"vu", make_text},      {"z", make_bytes},
              {"Z", make_bytes},  {"vz", make_bytes}, {"w:", make_bytes},     {"d:", make_decimal},
              {"tdD", make_date}, {"tt", make_time},  {"ts", make_timestamp}, {"tD", make_duration},
              {"tiM", make_i32},  {"+l", make_list},  {"+L", make_list},      {"+m", make_map},
              {"+s", make_row}};

static make_value maker_of(const struct ArrowSchema *schema) {
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++) {
        size_t length = strlen(makers[i].prefix);
        bool whole = length == 1;
        if (whole ? strcmp(schema->format, makers[i].prefix) == 0
                  : strncmp(schema->format, makers[i].prefix, length) == 0)
            return makers[i].make;
    }
    PyErr_Format(PyExc_NotImplementedError, "Arrow format '%s' cannot become a Python value",
                 schema->format);
    return NULL;
}

static PyObject *value_at(const out_column *column, int64_t i) {
    make_value make = maker_of(column->schema);
    i += column->array->offset;
    if (make == NULL)
        return NULL;
    return is_null(column->array, i) ? Py_NewRef(Py_None) : make(column, i);
}

static PyObject *values_of(const out_column *column) {
    const struct ArrowArray *array = column->array;
    make_value make = maker_of(column->schema);
    PyObject *list = make != NULL ? PyList_New((Py_ssize_t)array->length) : NULL;
    for (int64_t i = 0; list != NULL && i < array->length; i++) {
        int64_t row = i + array->offset;
        PyObject *value = is_null(array, row) ? Py_NewRef(Py_None) : make(column, row);
        if (value == NULL || PyList_SetItem(list, (Py_ssize_t)i, value) != 0)
            Py_CLEAR(list);
    }
    return list;
}

PyObject *convert_out_columns(const struct ArrowSchema *schema, const struct ArrowArray *array,
                              convert_use use) {
    out_column all = {schema, array, use};
    PyObject *columns = PyList_New((Py_ssize_t)schema->n_children);
    for (int64_t c = 0; columns != NULL && c < schema->n_children; c++) {
        out_column column = child_of(&all, c);
        PyObject *values = values_of(&column);
        if (values == NULL || PyList_SetItem(columns, (Py_ssize_t)c, values) != 0)
            Py_CLEAR(columns);
    }
    return columns;
}
