/* Arrow schemas from Flink's types and back.
 *
 * Out goes the layout that columns have: TIME as milliseconds, TIMESTAMP as micro- or nanoseconds,
 * LTZ with zone UTC, DECIMAL as 128 bits, texts and bytes with 64-bit offsets.  What comes in was
 * written by others and is not trusted: every count and format is checked. */
#include <stdio.h>

#include "data/arrow_format.h"

/* ---- out ------------------------------------------------------------------------------------- */

static void release_schema(struct ArrowSchema *schema) {
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i]->release != NULL)
            schema->children[i]->release(schema->children[i]);
        base_free(schema->children[i]);
    }
    base_free(schema->children);
    base_free((char *)schema->format);
    base_free((char *)schema->name);
    schema->release = NULL;
}

/* Takes over `format`. */
static void init_schema(struct ArrowSchema *out, char *format, const char *name, bool nullable,
                        int64_t children) {
    *out = (struct ArrowSchema){.format = format,
                                .name = base_strdup(name),
                                .flags = nullable ? ARROW_FLAG_NULLABLE : 0,
                                .n_children = children,
                                .children = BASE_NEW_ARRAY(struct ArrowSchema *, children),
                                .release = release_schema};
    for (int64_t i = 0; i < children; i++)
        out->children[i] = BASE_NEW(struct ArrowSchema);
}

static const char *const formats[DATA_KIND_COUNT] = {
    [DATA_CHAR] = "U",
    [DATA_VARCHAR] = "U",
    [DATA_BOOLEAN] = "b",
    [DATA_BINARY] = "Z",
    [DATA_VARBINARY] = "Z",
    [DATA_TINYINT] = "c",
    [DATA_SMALLINT] = "s",
    [DATA_INT] = "i",
    [DATA_BIGINT] = "l",
    [DATA_FLOAT] = "f",
    [DATA_DOUBLE] = "g",
    [DATA_DATE] = "tdD",
    [DATA_TIME] = "ttm",
    [DATA_TIMESTAMP] = "tsu:",
    [DATA_TIMESTAMP_LTZ] = "tsu:UTC",
    [DATA_INTERVAL_YEAR_MONTH] = "tiM",
    [DATA_INTERVAL_DAY_TIME] = "tDm",
    [DATA_ARRAY] = "+l",
    [DATA_MULTISET] = "+m",
    [DATA_MAP] = "+m",
    [DATA_ROW] = "+s",
    [DATA_NULL] = "n",
    [DATA_RAW] = "Z",
    [DATA_STRUCTURED] = "+s",
    [DATA_SYMBOL] = "U",
    [DATA_VARIANT] = "Z",
    [DATA_BITMAP] = "Z",
};

static char *format_of(const data_type *type) {
    if (type->kind == DATA_DECIMAL)
        return base_printf("d:%d,%d", type->precision, type->scale);
    if (data_physical_of(type) == DATA_PHYSICAL_I128)
        return base_strdup(type->kind == DATA_TIMESTAMP ? "tsn:" : "tsn:UTC");
    return base_strdup(formats[type->kind]);
}

static void export_type(const data_type *type, const char *name, struct ArrowSchema *out) {
    bool is_map = type->kind == DATA_MAP || type->kind == DATA_MULTISET;
    int32_t children = data_type_child_count(type);
    init_schema(out, format_of(type), name, type->nullable, is_map ? 1 : children);
    if (is_map) { /* the children are one level below, in a struct of entries */
        out = out->children[0];
        init_schema(out, base_strdup("+s"), "entries", false, children);
        export_type(data_type_with_null(data_type_child(type, 0), false), "key", out->children[0]);
        export_type(data_type_child(type, 1), "value", out->children[1]);
    } else if (type->kind == DATA_ARRAY) {
        export_type(type->element, "item", out->children[0]);
    } else {
        for (int32_t i = 0; i < children; i++)
            export_type(type->fields[i].type, type->fields[i].name, out->children[i]);
    }
}

rask_status data_arrow_export_schema(const data_schema *schema, struct ArrowSchema *out,
                                     rask_error *err) {
    init_schema(out, base_strdup("+s"), "", false, schema->count);
    for (int32_t i = 0; i < schema->count; i++)
        export_type(schema->types[i], schema->names[i], out->children[i]);
    return RASK_OK;
}

/* ---- formats --------------------------------------------------------------------------------- */

#define DAY_SECONDS 86400LL

static const struct {
    const char *text;
    arrow_format format;
} known_formats[] = {
    {"n", {.class_ = ARROW_NULL}},
    {"b", {.class_ = ARROW_BOOL}},
    {"c", {.class_ = ARROW_INTEGER, .width = 1}},
    {"C", {.class_ = ARROW_INTEGER, .width = 1, .is_unsigned = true}},
    {"s", {.class_ = ARROW_INTEGER, .width = 2}},
    {"S", {.class_ = ARROW_INTEGER, .width = 2, .is_unsigned = true}},
    {"i", {.class_ = ARROW_INTEGER, .width = 4}},
    {"I", {.class_ = ARROW_INTEGER, .width = 4, .is_unsigned = true}},
    {"l", {.class_ = ARROW_INTEGER, .width = 8}},
    {"L", {.class_ = ARROW_INTEGER, .width = 8, .is_unsigned = true}},
    {"f", {.class_ = ARROW_FLOAT, .width = 4}},
    {"g", {.class_ = ARROW_FLOAT, .width = 8}},
    {"u", {.class_ = ARROW_TEXT, .width = 4}},
    {"U", {.class_ = ARROW_TEXT, .width = 8}},
    {"z", {.class_ = ARROW_BYTES, .width = 4}},
    {"Z", {.class_ = ARROW_BYTES, .width = 8}},
    {"vu", {.class_ = ARROW_TEXT_VIEW, .width = 16}},
    {"vz", {.class_ = ARROW_BYTES_VIEW, .width = 16}},
    {"tdD", {.class_ = ARROW_DATE, .width = 4, .units_per_day = 1}},
    {"tdm", {.class_ = ARROW_DATE, .width = 8, .units_per_day = DAY_SECONDS * 1000}},
    {"tts", {.class_ = ARROW_TIME, .width = 4, .units_per_day = DAY_SECONDS}},
    {"ttm", {.class_ = ARROW_TIME, .width = 4, .units_per_day = DAY_SECONDS * 1000}},
    {"ttu", {.class_ = ARROW_TIME, .width = 8, .units_per_day = DAY_SECONDS * 1000000}},
    {"ttn", {.class_ = ARROW_TIME, .width = 8, .units_per_day = DAY_SECONDS * 1000000000}},
    {"tDs", {.class_ = ARROW_DURATION, .width = 8, .units_per_day = DAY_SECONDS}},
    {"tDm", {.class_ = ARROW_DURATION, .width = 8, .units_per_day = DAY_SECONDS * 1000}},
    {"tDu", {.class_ = ARROW_DURATION, .width = 8, .units_per_day = DAY_SECONDS * 1000000}},
    {"tDn", {.class_ = ARROW_DURATION, .width = 8, .units_per_day = DAY_SECONDS * 1000000000}},
    {"tiM", {.class_ = ARROW_MONTHS, .width = 4}},
    {"+l", {.class_ = ARROW_LIST, .width = 4}},
    {"+L", {.class_ = ARROW_LIST, .width = 8}},
    {"+m", {.class_ = ARROW_MAP, .width = 4}},
    {"+s", {.class_ = ARROW_STRUCT}},
};

/* Seconds, milli-, micro- and nanoseconds: 0, 3, 6, 9 digits; -1 = none of them. */
static int32_t digits_of_unit(char unit) {
    static const char units[] = "smun";
    const char *found = memchr(units, unit, sizeof units - 1);
    return found != NULL ? 3 * (int32_t)(found - units) : -1;
}

static arrow_format parse_timestamp(const char *text) {
    arrow_format format = {.class_ = ARROW_TIMESTAMP, .width = 8, .units_per_day = DAY_SECONDS};
    int32_t digits = digits_of_unit(text[2]);
    if (digits < 0 || text[3] != ':')
        return (arrow_format){.class_ = ARROW_UNKNOWN};
    format.precision = digits;
    for (int32_t i = 0; i < digits; i++)
        format.units_per_day *= 10;
    format.has_zone = text[4] != '\0';
    return format;
}

arrow_format arrow_format_parse(const char *text) {
    arrow_format format = {.class_ = ARROW_UNKNOWN};
    int bits = 128;
    if (text == NULL)
        return format;
    for (size_t i = 0; i < sizeof known_formats / sizeof known_formats[0]; i++)
        if (strcmp(text, known_formats[i].text) == 0)
            return known_formats[i].format;
    if (strncmp(text, "ts", 2) == 0 && text[2] != '\0')
        return parse_timestamp(text);
    if (sscanf(text, "w:%d", &format.width) == 1 && format.width > 0)
        format.class_ = ARROW_FIXED;
    else if (sscanf(text, "+w:%d", &format.width) == 1 && format.width >= 0)
        format.class_ = ARROW_FIXED_LIST;
    else if (sscanf(text, "d:%d,%d,%d", &format.precision, &format.scale, &bits) >= 2 &&
             bits == 128 && format.precision >= 1 &&
             format.precision <= DATA_DECIMAL_PRECISION_MAX && format.scale >= 0 &&
             format.scale <= format.precision)
        format.class_ = ARROW_DECIMAL;
    return format;
}

arrow_format arrow_format_of(const struct ArrowSchema *schema) {
    return arrow_format_parse(schema->dictionary != NULL ? schema->dictionary->format
                                                         : schema->format);
}

/* ---- in -------------------------------------------------------------------------------------- */

enum { NESTING_MAX = 100 };

static const char *name_of(const struct ArrowSchema *schema) {
    return schema->name != NULL ? schema->name : "";
}

rask_status arrow_need_children(const struct ArrowSchema *schema, int64_t count, rask_error *err) {
    bool fits = schema->n_children == count && (count == 0 || schema->children != NULL);
    for (int64_t i = 0; fits && i < count; i++)
        fits = schema->children[i] != NULL;
    return fits ? RASK_OK
                : rask_error_set(err, RASK_ERROR_VALIDATION,
                                 "Arrow field '%s' of format '%s' should have %lld children, not "
                                 "%lld.",
                                 name_of(schema), schema->format, (long long)count,
                                 (long long)schema->n_children);
}

static rask_status import_type(base_arena *arena, const struct ArrowSchema *schema, int32_t depth,
                               const data_type **out, rask_error *err);

static rask_status import_struct(base_arena *arena, const struct ArrowSchema *schema, int32_t depth,
                                 bool nullable, const data_type **out, rask_error *err) {
    int64_t count = schema->n_children;
    RASK_TRY(arrow_need_children(schema, count >= 0 && count < INT32_MAX ? count : 0, err));
    data_field *fields = BASE_ARENA_ARRAY(arena, data_field, count);
    for (int64_t i = 0; i < count; i++) {
        fields[i].name = base_arena_strdup(arena, name_of(schema->children[i]));
        RASK_TRY(import_type(arena, schema->children[i], depth, &fields[i].type, err));
    }
    *out = data_type_row(fields, (int32_t)count, nullable);
    return RASK_OK;
}

static rask_status import_map(base_arena *arena, const struct ArrowSchema *schema, int32_t depth,
                              bool nullable, const data_type **out, rask_error *err) {
    const data_type *key, *value;
    RASK_TRY(arrow_need_children(schema, 1, err));
    RASK_TRY(arrow_need_children(schema->children[0], 2, err));
    RASK_TRY(import_type(arena, schema->children[0]->children[0], depth, &key, err));
    RASK_TRY(import_type(arena, schema->children[0]->children[1], depth, &value, err));
    *out = data_type_map(key, value, nullable);
    return RASK_OK;
}

static rask_status import_list(base_arena *arena, const struct ArrowSchema *schema, int32_t depth,
                               bool nullable, const data_type **out, rask_error *err) {
    const data_type *element;
    RASK_TRY(arrow_need_children(schema, 1, err));
    RASK_TRY(import_type(arena, schema->children[0], depth, &element, err));
    *out = data_type_array(element, nullable);
    return RASK_OK;
}

/* The smallest integer type that holds them all; unsigned 64 bits need a decimal. */
static const data_type *integer_type(const arrow_format *format, bool nullable) {
    static const data_kind kinds[] = {DATA_TINYINT, DATA_SMALLINT, DATA_INT, DATA_BIGINT};
    int32_t size = format->width == 1 ? 0 : format->width == 2 ? 1 : format->width == 4 ? 2 : 3;
    if (size + format->is_unsigned > 3)
        return data_type_decimal(20, 0, nullable);
    return data_type_simple(kinds[size + format->is_unsigned], nullable);
}

static int32_t time_precision(const arrow_format *format) {
    int32_t digits = 0;
    for (int64_t units = format->units_per_day; units > DAY_SECONDS; units /= 10)
        digits++;
    return digits;
}

static const data_type *scalar_type(const arrow_format *f, bool nullable) {
    switch (f->class_) {
    case ARROW_NULL:
        return data_type_simple(DATA_NULL, true);
    case ARROW_BOOL:
        return data_type_simple(DATA_BOOLEAN, nullable);
    case ARROW_INTEGER:
        return integer_type(f, nullable);
    case ARROW_FLOAT:
        return data_type_simple(f->width == 4 ? DATA_FLOAT : DATA_DOUBLE, nullable);
    case ARROW_DECIMAL:
        return data_type_decimal(f->precision, f->scale, nullable);
    case ARROW_TEXT:
    case ARROW_TEXT_VIEW:
        return data_type_string(nullable);
    case ARROW_BYTES:
    case ARROW_BYTES_VIEW:
        return data_type_sized(DATA_VARBINARY, DATA_STRING_LENGTH_MAX, nullable);
    case ARROW_FIXED:
        return data_type_sized(DATA_BINARY, f->width, nullable);
    case ARROW_DATE:
        return data_type_simple(DATA_DATE, nullable);
    case ARROW_TIME:
        return data_type_time(DATA_TIME, time_precision(f), nullable);
    case ARROW_TIMESTAMP:
        return data_type_time(f->has_zone ? DATA_TIMESTAMP_LTZ : DATA_TIMESTAMP, f->precision,
                              nullable);
    case ARROW_DURATION:
        return data_type_interval(DATA_RESOLUTION_DAY, DATA_RESOLUTION_SECOND, 6, 3, nullable);
    case ARROW_MONTHS:
        return data_type_interval(DATA_RESOLUTION_YEAR, DATA_RESOLUTION_MONTH, 4, 0, nullable);
    default:
        return NULL;
    }
}

static rask_status import_type(base_arena *arena, const struct ArrowSchema *schema, int32_t depth,
                               const data_type **out, rask_error *err) {
    bool nullable = (schema->flags & ARROW_FLAG_NULLABLE) != 0;
    if (schema->dictionary != NULL)
        schema = schema->dictionary;
    arrow_format format = arrow_format_parse(schema->format);
    if (depth > NESTING_MAX)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Arrow types are nested more than %d deep.", NESTING_MAX);
    if (format.class_ == ARROW_STRUCT)
        return import_struct(arena, schema, depth + 1, nullable, out, err);
    if (format.class_ == ARROW_MAP)
        return import_map(arena, schema, depth + 1, nullable, out, err);
    if (format.class_ == ARROW_LIST || format.class_ == ARROW_FIXED_LIST)
        return import_list(arena, schema, depth + 1, nullable, out, err);
    *out = scalar_type(&format, nullable);
    if (*out != NULL)
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                          "Arrow field '%s' has the format '%s', for which there is no type.",
                          name_of(schema), schema->format != NULL ? schema->format : "");
}

rask_status data_arrow_import_schema(base_arena *arena, const struct ArrowSchema *schema,
                                     data_schema **out, rask_error *err) {
    const data_type *row;
    if (arrow_format_parse(schema->format).class_ != ARROW_STRUCT)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "The rows of an Arrow stream should be a struct, not '%s'.",
                              schema->format != NULL ? schema->format : "");
    RASK_TRY(import_struct(arena, schema, 0, false, &row, err));
    data_schema *made = data_schema_new(arena, row->field_count);
    for (int32_t i = 0; i < row->field_count; i++) {
        made->names[i] = row->fields[i].name;
        made->types[i] = row->fields[i].type;
    }
    *out = made;
    return RASK_OK;
}
