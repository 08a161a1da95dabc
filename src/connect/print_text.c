/* Texts of values as Java prints them; see print_text.h.
 *
 * Where they differ from CAST AS STRING: times drop seconds that are zero and show fractions in
 * groups of three digits, a T stands between date and time, decimals may have an exponent, bytes
 * are lists of numbers, nested nulls are small. */
#include "connect/print_text.h"

#include "base/time.h"
#include "format/value_text.h"

enum { NANOS_PER_SECOND = 1000000000 };
#define NANOS_PER_DAY (86400LL * NANOS_PER_SECOND)

static void print_value(const data_column *column, int64_t row, base_strbuf *out);

/* HH:mm, :ss where `seconds` or not zero, and the fraction in as few groups of three as it takes.
 */
static void print_clock(int64_t nanos_of_day, bool seconds, base_strbuf *out) {
    int64_t second = nanos_of_day / NANOS_PER_SECOND, fraction = nanos_of_day % NANOS_PER_SECOND;
    base_strbuf_printf(out, "%02d:%02d", (int)(second / 3600), (int)(second / 60 % 60));
    if (second % 60 != 0 || fraction != 0 || seconds)
        base_strbuf_printf(out, ":%02d", (int)(second % 60));
    if (fraction == 0)
        return;
    if (fraction % 1000000 == 0)
        base_strbuf_printf(out, ".%03d", (int)(fraction / 1000000));
    else if (fraction % 1000 == 0)
        base_strbuf_printf(out, ".%06d", (int)(fraction / 1000));
    else
        base_strbuf_printf(out, ".%09d", (int)fraction);
}

static void print_date(int32_t days, base_strbuf *out) {
    char text[BASE_TIME_TEXT_MAX];
    base_strbuf_add(out, text, base_date_format(days, text));
}

static void print_timestamp(base_i128 nanos, bool is_instant, base_strbuf *out) {
    int64_t days = (int64_t)(nanos / NANOS_PER_DAY);
    int64_t of_day = (int64_t)(nanos % NANOS_PER_DAY);
    if (of_day < 0) {
        days--;
        of_day += NANOS_PER_DAY;
    }
    print_date((int32_t)days, out);
    base_strbuf_add_char(out, 'T');
    print_clock(of_day, is_instant, out);
    if (is_instant)
        base_strbuf_add_char(out, 'Z');
}

/* java.time.Period: P1Y2M. */
static void print_months(int64_t months, base_strbuf *out) {
    base_strbuf_add_char(out, 'P');
    if (months / 12 != 0)
        base_strbuf_printf(out, "%lldY", (long long)(months / 12));
    if (months % 12 != 0)
        base_strbuf_printf(out, "%lldM", (long long)(months % 12));
    if (months == 0)
        base_strbuf_add_text(out, "0D");
}

/* java.time.Duration: PT26H3M4.5S. */
static void print_millis(int64_t millis, base_strbuf *out) {
    int64_t seconds = millis / 1000, fraction = millis % 1000;
    base_strbuf_add_text(out, "PT");
    if (millis == 0)
        base_strbuf_add_text(out, "0S");
    if (seconds / 3600 != 0)
        base_strbuf_printf(out, "%lldH", (long long)(seconds / 3600));
    if (seconds / 60 % 60 != 0)
        base_strbuf_printf(out, "%lldM", (long long)(seconds / 60 % 60));
    if (seconds % 60 == 0 && fraction == 0)
        return;
    char text[BASE_NUMBER_TEXT_MAX];
    int32_t length = base_decimal_format(seconds % 60 * 1000 + fraction, 3, text);
    while (text[length - 1] == '0')
        length--;
    base_strbuf_add(out, text, length - (text[length - 1] == '.'));
    base_strbuf_add_char(out, 'S');
}

static void print_bytes(const data_string *value, base_strbuf *out) {
    const int8_t *bytes = (const int8_t *)data_string_bytes(value);
    base_strbuf_add_char(out, '[');
    for (uint32_t i = 0; i < value->length; i++)
        base_strbuf_printf(out, i > 0 ? ", %d" : "%d", bytes[i]);
    base_strbuf_add_char(out, ']');
}

static void print_scalar(const data_column *flat, int64_t index, base_strbuf *out) {
    char text[VALUE_TEXT_MAX];
    switch (flat->type->kind) {
    case DATA_BINARY:
    case DATA_VARBINARY:
        print_bytes(&((const data_string *)flat->values)[index], out);
        break;
    case DATA_BOOLEAN:
        base_strbuf_add_text(out, value_i64_at(flat, index) != 0 ? "true" : "false");
        break;
    case DATA_DECIMAL:
        base_strbuf_add(
            out, text,
            value_decimal_text(value_decimal_at(flat, index), flat->type->scale, false, text));
        break;
    case DATA_FLOAT:
        base_strbuf_add(out, text, base_float_format(((const float *)flat->values)[index], text));
        break;
    case DATA_DOUBLE:
        base_strbuf_add(out, text, base_double_format(((const double *)flat->values)[index], text));
        break;
    case DATA_DATE:
        print_date(((const int32_t *)flat->values)[index], out);
        break;
    case DATA_TIME:
        print_clock(((const int32_t *)flat->values)[index] * 1000000LL, false, out);
        break;
    case DATA_TIMESTAMP:
    case DATA_TIMESTAMP_LTZ:
        print_timestamp(value_nanos_at(flat, index), flat->type->kind == DATA_TIMESTAMP_LTZ, out);
        break;
    case DATA_INTERVAL_YEAR_MONTH:
        print_months(value_i64_at(flat, index), out);
        break;
    case DATA_INTERVAL_DAY_TIME:
        print_millis(value_i64_at(flat, index), out);
        break;
    case DATA_TINYINT:
    case DATA_SMALLINT:
    case DATA_INT:
    case DATA_BIGINT:
        base_strbuf_add(out, text, base_i64_format(value_i64_at(flat, index), text));
        break;
    default: {
        const data_string *value = &((const data_string *)flat->values)[index];
        base_strbuf_add(out, data_string_bytes(value), value->length);
        break;
    }
    }
}

static void print_elements(const data_column *flat, int64_t index, base_strbuf *out) {
    const int32_t *offsets = flat->values;
    bool is_array = flat->child_count == 1;
    base_strbuf_add_char(out, is_array ? '[' : '{');
    for (int32_t i = offsets[index]; i < offsets[index + 1]; i++) {
        if (i > offsets[index])
            base_strbuf_add_text(out, ", ");
        print_value(flat->children[0], i, out);
        if (is_array)
            continue;
        base_strbuf_add_char(out, '=');
        print_value(flat->children[1], i, out);
    }
    base_strbuf_add_char(out, is_array ? ']' : '}');
}

static void print_value(const data_column *column, int64_t row, base_strbuf *out) {
    if (data_column_is_null(column, row)) {
        base_strbuf_add_text(out, "null");
        return;
    }
    const data_column *flat;
    int64_t index = data_column_index(column, row, &flat);
    if (flat->physical == DATA_PHYSICAL_LIST)
        print_elements(flat, index, out);
    else if (flat->physical == DATA_PHYSICAL_ROW)
        connect_print_row(DATA_INSERT, flat->children, flat->child_count, index, out);
    else
        print_scalar(flat, index, out);
}

void connect_print_row(data_row_kind kind, data_column *const *columns, int32_t count, int64_t row,
                       base_strbuf *out) {
    base_strbuf_add_text(out, data_row_kind_text(kind));
    base_strbuf_add_char(out, '[');
    for (int32_t i = 0; i < count; i++) {
        if (i > 0)
            base_strbuf_add_text(out, ", ");
        print_value(columns[i], row, out);
    }
    base_strbuf_add_char(out, ']');
}
