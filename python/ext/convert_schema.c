/* Codes (ext.h) and the Arrow schemas they stand for. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "convert.h"

/* ---- codes ----------------------------------------------------------------------------------- */
char code_layout(PyObject *code) {
    PyObject *first = PyTuple_Check(code) ? PyTuple_GetItem(code, 0) : NULL;
    const char *text = first != NULL ? PyUnicode_AsUTF8AndSize(first, NULL) : NULL;
    return text != NULL ? text[0] : '\0';
}

PyObject *code_detail(PyObject *code, Py_ssize_t i) {
    return PyTuple_GetItem(code, 3 + i);
}

int code_number(PyObject *code, Py_ssize_t i) {
    return (int)PyLong_AsLong(code_detail(code, i));
}

int64_t code_child_count(PyObject *code) {
    char layout = code_layout(code);
    if (layout == '[' || layout == '{')
        return 1;
    return layout == '(' ? (int64_t)PyTuple_Size(code_detail(code, 1)) : 0;
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
    out->format = base_strdup(format);
    out->name = base_strdup(name != NULL ? name : "");
    out->flags = ARROW_FLAG_NULLABLE;
    out->n_children = children;
    out->children = children > 0 ? convert_zeroed((int64_t)sizeof(void *) * children) : NULL;
    for (int64_t i = 0; i < children; i++)
        out->children[i] = BASE_NEW(struct ArrowSchema);
    out->release = release_schema;
}

static int map_children(PyObject *code, struct ArrowSchema *out) {
    struct ArrowSchema *entries = out->children[0];
    schema_init(entries, "+s", "entries", 2);
    entries->flags = 0;
    if (convert_schema(code_detail(code, 0), "key", entries->children[0]) != 0)
        return -1;
    entries->children[0]->flags = 0;
    return convert_schema(code_detail(code, 1), "value", entries->children[1]);
}

static int schema_children(PyObject *code, struct ArrowSchema *out) {
    char layout = code_layout(code);
    if (layout == '[')
        return convert_schema(code_detail(code, 0), "item", out->children[0]);
    if (layout == '{')
        return map_children(code, out);
    for (Py_ssize_t i = 0; layout == '(' && i < (Py_ssize_t)out->n_children; i++) {
        const char *name = text_or_null(PyTuple_GetItem(code_detail(code, 0), i));
        if (convert_schema(PyTuple_GetItem(code_detail(code, 1), i), name, out->children[i]) != 0)
            return -1;
    }
    return 0;
}

int convert_schema(PyObject *code, const char *name, struct ArrowSchema *out) {
    char decimal[32];
    const char *format = format_of(code_layout(code));
    if (code_layout(code) == 'd') {
        snprintf(decimal, sizeof decimal, "d:%d,%d", code_number(code, 0), code_number(code, 1));
        format = decimal;
    }
    if (format == NULL) {
        PyErr_Format(PyExc_NotImplementedError, "type code %R", code);
        return -1;
    }
    schema_init(out, format, name, code_child_count(code));
    if (schema_children(code, out) == 0)
        return 0;
    out->release(out);
    return -1;
}
