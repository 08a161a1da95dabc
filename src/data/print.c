/* Values as text: what Flink prints in tables, what its CAST to STRING gives, and SQL literals.
 * Printing and casting differ in one thing: binary is x'0aff' when printed, decoded when cast. */
#include <ctype.h>
#include <math.h>

#include "base/charset.h"
#include "base/time.h"
#include "base/utf8.h"
#include "data/column_private.h"
#include "data/value.h"

typedef struct printer {
    base_strbuf *out;
    const base_zone *zone; /* NULL = UTC */
    bool is_cast;
} printer;

enum { TEXT_MAX = 64 };

static void print_hex(const char *bytes, int64_t length, base_strbuf *out) {
    static const char digits[] = "0123456789abcdef";
    base_strbuf_add_text(out, "x'");
    for (int64_t i = 0; i < length; i++) {
        char pair[2] = {digits[(unsigned char)bytes[i] >> 4], digits[bytes[i] & 15]};
        base_strbuf_add(out, pair, 2);
    }
    base_strbuf_add_char(out, '\'');
}

static void print_decoded(const char *bytes, int64_t length, base_strbuf *out) {
    char *room = base_strbuf_room(out, 3 * length);
    if (room == NULL)
        return;
    out->length += base_charset_decode(BASE_CHARSET_UTF_8, bytes, length, room);
    out->data[out->length] = '\0';
}

static void print_string(printer *p, const data_type *type, const data_string *view) {
    const char *bytes = data_string_bytes(view);
    if (data_kind_is_string(type->kind) || type->kind == DATA_VARIANT || type->kind == DATA_SYMBOL)
        base_strbuf_add(p->out, bytes, view->length);
    else if (p->is_cast)
        print_decoded(bytes, view->length, p->out);
    else
        print_hex(bytes, view->length, p->out);
}

static int32_t format_i32(const data_type *type, int32_t value, char *out) {
    switch (type->kind) {
    case DATA_DATE:
        return base_date_format(value, out);
    case DATA_TIME:
        return base_time_format(value, type->precision, out);
    case DATA_INTERVAL_YEAR_MONTH:
        return base_interval_month_format(value, out);
    default:
        return base_i64_format(value, out);
    }
}

static int32_t format_i128(const printer *p, const data_type *type, base_i128 value, char *out) {
    if (type->kind == DATA_TIMESTAMP_LTZ)
        value = base_zone_local_nanos(p->zone, value);
    return base_timestamp_format(value, type->precision, out);
}

static int32_t format_i64(const printer *p, const data_type *type, int64_t value, char *out) {
    switch (type->kind) {
    case DATA_TIMESTAMP:
    case DATA_TIMESTAMP_LTZ:
        return format_i128(p, type, (__int128)value * 1000, out);
    case DATA_INTERVAL_DAY_TIME:
        return base_interval_day_format(value, out);
    default:
        return base_i64_format(value, out);
    }
}

static void print(printer *p, const data_column *column, int64_t row);

static void print_list(printer *p, const data_column *flat, int64_t index) {
    const int32_t *offsets = flat->values;
    bool is_array = flat->type->kind == DATA_ARRAY;
    base_strbuf_add_char(p->out, is_array ? '[' : '{');
    for (int64_t i = offsets[index]; i < offsets[index + 1]; i++) {
        if (i > offsets[index])
            base_strbuf_add_text(p->out, ", ");
        print(p, flat->children[0], i);
        if (!is_array) {
            base_strbuf_add_char(p->out, '=');
            print(p, flat->children[1], i);
        }
    }
    base_strbuf_add_char(p->out, is_array ? ']' : '}');
}

static void print_fields(printer *p, const data_column *flat, int64_t index) {
    base_strbuf_add_char(p->out, '(');
    for (int32_t c = 0; c < flat->child_count; c++) {
        if (c > 0)
            base_strbuf_add_text(p->out, ", ");
        print(p, flat->children[c], index);
    }
    base_strbuf_add_char(p->out, ')');
}

static void print_value(printer *p, const data_type *type, const data_column *flat, int64_t i) {
    char text[TEXT_MAX];
    int32_t length = 0;
    if (type->kind == DATA_DECIMAL) {
        length = base_decimal_format(data_column_read_i128(flat, i), type->scale, text);
        base_strbuf_add(p->out, text, length);
        return;
    }
    switch (flat->physical) {
    case DATA_PHYSICAL_BOOL:
        base_strbuf_add_text(p->out, ((const uint8_t *)flat->values)[i] ? "TRUE" : "FALSE");
        return;
    case DATA_PHYSICAL_I8:
        length = base_i64_format(((const int8_t *)flat->values)[i], text);
        break;
    case DATA_PHYSICAL_I16:
        length = base_i64_format(((const int16_t *)flat->values)[i], text);
        break;
    case DATA_PHYSICAL_I32:
        length = format_i32(type, ((const int32_t *)flat->values)[i], text);
        break;
    case DATA_PHYSICAL_I64:
        length = format_i64(p, type, ((const int64_t *)flat->values)[i], text);
        break;
    case DATA_PHYSICAL_I128:
        length = format_i128(p, type, ((const base_i128 *)flat->values)[i], text);
        break;
    case DATA_PHYSICAL_F32:
        length = base_float_format(((const float *)flat->values)[i], text);
        break;
    case DATA_PHYSICAL_F64:
        length = base_double_format(((const double *)flat->values)[i], text);
        break;
    case DATA_PHYSICAL_STRING:
        print_string(p, type, (const data_string *)flat->values + i);
        return;
    case DATA_PHYSICAL_LIST:
        print_list(p, flat, i);
        return;
    case DATA_PHYSICAL_ROW:
        print_fields(p, flat, i);
        return;
    case DATA_PHYSICAL_NONE:
        return;
    }
    base_strbuf_add(p->out, text, length);
}

/* Inside a nested value. */
static void print(printer *p, const data_column *column, int64_t row) {
    const data_column *flat;
    if (data_column_is_null(column, row)) {
        base_strbuf_add_text(p->out, "NULL");
        return;
    }
    int64_t i = data_column_index(column, row, &flat);
    print_value(p, column->type, flat, i);
}

static bool print_row(printer *p, const data_column *column, int64_t row) {
    if (data_column_is_null(column, row))
        return false;
    print(p, column, row);
    return true;
}

bool data_column_print(const data_column *column, int64_t row, const base_zone *zone,
                       base_strbuf *out) {
    return print_row(&(printer){out, zone, false}, column, row);
}

bool data_column_print_cast(const data_column *column, int64_t row, const base_zone *zone,
                            base_strbuf *out) {
    return print_row(&(printer){out, zone, true}, column, row);
}

/* Literals are few: each goes through a column of its own, so that there is one printer. */
bool data_value_print(const data_value *value, base_strbuf *out) {
    data_column *column;
    if (value->is_null || data_value_to_column(NULL, value, 1, &column, NULL) != RASK_OK)
        return false;
    data_column_print(column, 0, 0, out);
    data_column_unref(column);
    return true;
}

/* ---- SQL literals ---------------------------------------------------------------------------- */

static void write_quoted(const char *bytes, int64_t length, base_strbuf *out) {
    base_strbuf_add_char(out, '\'');
    for (int64_t i = 0; i < length; i++) {
        if (bytes[i] == '\'')
            base_strbuf_add_char(out, '\'');
        base_strbuf_add_char(out, bytes[i]);
    }
    base_strbuf_add_char(out, '\'');
}

/* CAST(literal AS type); what the literal alone would not say. */
static void write_cast(const char *literal, const data_type *type, base_strbuf *out) {
    base_strbuf_printf(out, "CAST(%s AS ", literal);
    data_type_write(data_type_with_null(type, true), true, out);
    base_strbuf_add_char(out, ')');
}

/* PREFIX 'what is printed'. */
static void write_printed(const char *prefix, const data_value *value, base_strbuf *out) {
    base_strbuf_add_text(out, prefix);
    base_strbuf_add_char(out, '\'');
    data_value_print(value, out);
    base_strbuf_add_char(out, '\'');
}

/* The literal 1.50 is a DECIMAL(3, 2): 0.05 has precision 2, digits before the point count. */
static void write_decimal(const data_value *value, base_strbuf *out) {
    char text[TEXT_MAX];
    int32_t length = base_decimal_format(value->i128, value->type->scale, text), digits = 0;
    text[length] = '\0';
    for (int32_t i = 0; i < length; i++)
        digits += isdigit((unsigned char)text[i]) != 0;
    if (length > 1 && text[value->i128 < 0] == '0')
        digits--;
    if (value->type->scale > 0 && digits == value->type->precision)
        base_strbuf_add(out, text, length);
    else
        write_cast(text, value->type, out);
}

/* An approximate literal has an exponent: 1.5E0. */
static void write_double(const data_value *value, base_strbuf *out) {
    char text[TEXT_MAX + 3];
    int32_t length = value->type->kind == DATA_FLOAT ? base_float_format((float)value->f64, text)
                                                     : base_double_format(value->f64, text);
    text[length] = '\0';
    if (!isfinite(value->f64)) {
        base_strbuf_printf(out, "CAST('%s' AS %s)", text,
                           value->type->kind == DATA_FLOAT ? "FLOAT" : "DOUBLE");
        return;
    }
    if (strchr(text, 'E') == NULL)
        memcpy(text + length, "E0", 3);
    if (value->type->kind == DATA_FLOAT)
        write_cast(text, value->type, out);
    else
        base_strbuf_add_text(out, text);
}

static void write_integer(const data_value *value, base_strbuf *out) {
    char text[TEXT_MAX];
    bool is_int = value->i64 >= INT32_MIN && value->i64 <= INT32_MAX;
    text[base_i64_format(value->i64, text)] = '\0';
    if (value->type->kind == DATA_INT || (value->type->kind == DATA_BIGINT && !is_int))
        base_strbuf_add_text(out, text);
    else
        write_cast(text, value->type, out);
}

static void write_text(const data_value *value, base_strbuf *out) {
    base_strbuf quoted;
    base_strbuf_init(&quoted, out->length_max);
    if (data_kind_is_string(value->type->kind))
        write_quoted(value->text.bytes, value->text.length, &quoted);
    else
        print_hex(value->text.bytes, value->text.length, &quoted);
    bool is_exact = value->type->kind == DATA_CHAR || value->type->kind == DATA_BINARY;
    int64_t length = is_exact && value->type->kind == DATA_CHAR
                         ? base_utf8_length(value->text.bytes, value->text.length)
                         : value->text.length;
    if (is_exact && length == value->type->length)
        base_strbuf_add(out, quoted.data, quoted.length);
    else
        write_cast(quoted.data, value->type, out);
    base_strbuf_free(&quoted);
}

static void write_items(const char *open, char close, const data_value *value, base_strbuf *out) {
    base_strbuf_add_text(out, open);
    for (int32_t i = 0; i < value->nested.count; i++) {
        if (i > 0)
            base_strbuf_add_text(out, ", ");
        data_value_write_sql(&value->nested.items[i], out);
    }
    base_strbuf_add_char(out, close);
}

/* The instant does not depend on the session's zone; a fraction below milliseconds needs TIMESTAMP
 * text, which does, and is written only then. */
static void write_instant(const data_value *value, base_strbuf *out) {
    base_i128 nanos = value->type->precision > 6 ? value->i128 : (base_i128)value->i64 * 1000;
    base_strbuf literal;
    base_strbuf_init(&literal, out->length_max);
    if (nanos % 1000000 == 0)
        base_strbuf_printf(&literal, "TO_TIMESTAMP_LTZ(%lld, 3)", (long long)(nanos / 1000000));
    else
        write_printed("TIMESTAMP ", value, &literal);
    if (value->type->precision == 3 && nanos % 1000000 == 0)
        base_strbuf_add(out, literal.data, literal.length);
    else
        write_cast(literal.data, value->type, out);
    base_strbuf_free(&literal);
}

static void write_interval(const data_value *value, base_strbuf *out) {
    bool is_months = value->type->kind == DATA_INTERVAL_YEAR_MONTH;
    char text[TEXT_MAX];
    int32_t length = is_months ? base_interval_month_format((int32_t)value->i64, text)
                               : base_interval_day_format(value->i64, text);
    /* The sign stands in front of the quotes; the leading field needs its digits. */
    int32_t lead = (int32_t)strcspn(text + 1, is_months ? "-" : " ");
    base_strbuf_printf(out, "INTERVAL %s'%.*s' ", text[0] == '-' ? "-" : "", length - 1, text + 1);
    if (is_months)
        base_strbuf_printf(out, "YEAR(%d) TO MONTH", lead > 2 ? lead : 2);
    else
        base_strbuf_printf(out, "DAY(%d) TO SECOND(3)", lead > 2 ? lead : 2);
}

void data_value_write_sql(const data_value *value, base_strbuf *out) {
    if (value->is_null) {
        base_strbuf_add_text(out, "CAST(NULL AS ");
        data_type_write(data_type_with_null(value->type, true), true, out);
        base_strbuf_add_char(out, ')');
        return;
    }
    switch (value->type->kind) {
    case DATA_BOOLEAN:
        base_strbuf_add_text(out, value->i64 ? "TRUE" : "FALSE");
        break;
    case DATA_TINYINT:
    case DATA_SMALLINT:
    case DATA_INT:
    case DATA_BIGINT:
        write_integer(value, out);
        break;
    case DATA_DECIMAL:
        write_decimal(value, out);
        break;
    case DATA_FLOAT:
    case DATA_DOUBLE:
        write_double(value, out);
        break;
    case DATA_DATE:
        write_printed("DATE ", value, out);
        break;
    case DATA_TIME:
        write_printed("TIME ", value, out);
        break;
    case DATA_TIMESTAMP:
        write_printed("TIMESTAMP ", value, out);
        break;
    case DATA_TIMESTAMP_LTZ:
        write_instant(value, out);
        break;
    case DATA_INTERVAL_YEAR_MONTH:
    case DATA_INTERVAL_DAY_TIME:
        write_interval(value, out);
        break;
    case DATA_ARRAY:
        write_items("ARRAY[", ']', value, out);
        break;
    case DATA_MAP:
        write_items("MAP[", ']', value, out);
        break;
    case DATA_ROW:
        write_items("ROW(", ')', value, out);
        break;
    default:
        write_text(value, out);
    }
}
