/* Types as text: Flink's serialisable and summary forms, and their width in printed tables. */
#include <string.h>

#include "data/type.h"

static const char *const kind_names[DATA_KIND_COUNT] = {
    [DATA_CHAR] = "CHAR",
    [DATA_VARCHAR] = "VARCHAR",
    [DATA_BOOLEAN] = "BOOLEAN",
    [DATA_BINARY] = "BINARY",
    [DATA_VARBINARY] = "VARBINARY",
    [DATA_DECIMAL] = "DECIMAL",
    [DATA_TINYINT] = "TINYINT",
    [DATA_SMALLINT] = "SMALLINT",
    [DATA_INT] = "INT",
    [DATA_BIGINT] = "BIGINT",
    [DATA_FLOAT] = "FLOAT",
    [DATA_DOUBLE] = "DOUBLE",
    [DATA_DATE] = "DATE",
    [DATA_TIME] = "TIME",
    [DATA_TIMESTAMP] = "TIMESTAMP",
    [DATA_TIMESTAMP_LTZ] = "TIMESTAMP_LTZ",
    [DATA_INTERVAL_YEAR_MONTH] = "INTERVAL",
    [DATA_INTERVAL_DAY_TIME] = "INTERVAL",
    [DATA_ARRAY] = "ARRAY",
    [DATA_MULTISET] = "MULTISET",
    [DATA_MAP] = "MAP",
    [DATA_ROW] = "ROW",
    [DATA_NULL] = "NULL",
    [DATA_RAW] = "RAW",
    [DATA_STRUCTURED] = "STRUCTURED",
    [DATA_SYMBOL] = "SYMBOL",
    [DATA_VARIANT] = "VARIANT",
    [DATA_BITMAP] = "BITMAP",
};

/* `text` between quotes, with quotes inside doubled. */
static void write_quoted(const char *text, char quote, base_strbuf *out) {
    base_strbuf_add_char(out, quote);
    for (; *text != '\0'; text++) {
        if (*text == quote)
            base_strbuf_add_char(out, quote);
        base_strbuf_add_char(out, *text);
    }
    base_strbuf_add_char(out, quote);
}

static void write_resolution(const data_type *type, data_resolution resolution, bool leading,
                             base_strbuf *out) {
    static const char *const names[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"};
    base_strbuf_add_text(out, names[resolution]);
    if (resolution == DATA_RESOLUTION_SECOND)
        base_strbuf_printf(out, "(%d)", type->precision);
    else if (leading && (resolution == DATA_RESOLUTION_YEAR || resolution == DATA_RESOLUTION_DAY))
        base_strbuf_printf(out, "(%d)", type->leading_precision);
}

static void write_interval(const data_type *type, base_strbuf *out) {
    base_strbuf_add_char(out, ' ');
    write_resolution(type, type->from, true, out);
    if (type->to != type->from) {
        base_strbuf_add_text(out, " TO ");
        write_resolution(type, type->to, false, out);
    }
}

static void write_fields(const data_type *type, bool summary, base_strbuf *out) {
    base_strbuf_add_char(out, '<');
    if (type->kind == DATA_STRUCTURED)
        write_quoted(type->class_name, '\'', out);
    for (int32_t i = 0; i < type->field_count; i++) {
        const data_field *field = &type->fields[i];
        if (i > 0 || type->kind == DATA_STRUCTURED)
            base_strbuf_add_text(out, ", ");
        write_quoted(field->name, '`', out);
        base_strbuf_add_char(out, ' ');
        data_type_write(field->type, summary, out);
        if (field->description != NULL) {
            base_strbuf_add_char(out, ' ');
            write_quoted(summary ? "..." : field->description, '\'', out);
        }
    }
    base_strbuf_add_char(out, '>');
}

static void write_elements(const data_type *type, bool summary, base_strbuf *out) {
    base_strbuf_add_char(out, '<');
    if (type->kind == DATA_MAP) {
        data_type_write(type->key, summary, out);
        base_strbuf_add_text(out, ", ");
    }
    data_type_write(type->element, summary, out);
    base_strbuf_add_char(out, '>');
}

static void write_sized(const data_type *type, bool summary, base_strbuf *out) {
    bool is_unbounded = summary && type->length == DATA_STRING_LENGTH_MAX;
    if (is_unbounded && type->kind == DATA_VARCHAR)
        base_strbuf_add_text(out, "STRING");
    else if (is_unbounded && type->kind == DATA_VARBINARY)
        base_strbuf_add_text(out, "BYTES");
    else
        base_strbuf_printf(out, "%s(%d)", kind_names[type->kind], type->length);
}

void data_type_write(const data_type *type, bool summary, base_strbuf *out) {
    switch (type->kind) {
    case DATA_CHAR:
    case DATA_VARCHAR:
    case DATA_BINARY:
    case DATA_VARBINARY:
        write_sized(type, summary, out);
        break;
    case DATA_DECIMAL:
        base_strbuf_printf(out, "DECIMAL(%d, %d)", type->precision, type->scale);
        break;
    case DATA_TIMESTAMP_LTZ:
        base_strbuf_printf(out,
                           summary ? "TIMESTAMP_LTZ(%d)" : "TIMESTAMP(%d) WITH LOCAL TIME ZONE",
                           type->precision);
        break;
    case DATA_TIME:
    case DATA_TIMESTAMP:
        base_strbuf_printf(out, "%s(%d)", kind_names[type->kind], type->precision);
        break;
    default:
        base_strbuf_add_text(out, kind_names[type->kind]);
        if (data_kind_is_interval(type->kind))
            write_interval(type, out);
        else if (type->element != NULL)
            write_elements(type, summary, out);
        else if (type->kind == DATA_ROW || type->kind == DATA_STRUCTURED)
            write_fields(type, summary, out);
        else if (type->kind == DATA_RAW) {
            base_strbuf_add_char(out, '(');
            write_quoted(type->class_name, '\'', out);
            base_strbuf_add_text(out, ", ");
            write_quoted(summary ? "..." : type->serializer, '\'', out);
            base_strbuf_add_char(out, ')');
        }
    }
    if (!type->nullable)
        base_strbuf_add_text(out, " NOT NULL");
}

char *data_type_text(base_arena *arena, const data_type *type, bool summary) {
    base_strbuf text;
    base_strbuf_init(&text, INT32_MAX);
    data_type_write(type, summary, &text);
    char *copy = base_arena_strndup(arena, text.data, text.length);
    base_strbuf_free(&text);
    return copy;
}

int32_t data_type_print_width(const data_type *type, int32_t width_max) {
    enum { NULL_WIDTH = 6 }; /* <NULL> */
    switch (type->kind) {
    case DATA_BOOLEAN:
    case DATA_TINYINT:
    case DATA_SMALLINT:
        return NULL_WIDTH;
    case DATA_INT:
        return 11;
    case DATA_BIGINT:
        return 20;
    case DATA_DATE:
        return 10;
    case DATA_DECIMAL:
        return type->precision + 2 > NULL_WIDTH ? type->precision + 2 : NULL_WIDTH;
    case DATA_TIME:
        return type->precision == 0 ? 8 : 9 + type->precision;
    case DATA_TIMESTAMP:
    case DATA_TIMESTAMP_LTZ:
        return type->precision == 0 ? 19 : 20 + type->precision;
    default:
        return width_max;
    }
}
