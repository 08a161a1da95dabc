/* The csv writer: rows to text, byte for byte as Flink's.
 *
 * A text is quoted when it has more than 24 UTF-16 units, or a character that is not above both
 * the delimiter and the quote in code order, or the escape character (a backslash if there is
 * none).  Inside quotes, quotes and escapes are doubled.  Numbers, booleans and the null literal
 * are never quoted; dates and times are texts.  Decimals lose their trailing zeros: 1E+2.
 *
 * Legacy tables write as 1.9's CsvTableSink: Java's toString of each field, nothing quoted. */
#include <string.h>

#include "base/time.h"
#include "base/utf8.h"
#include "format/csv.h"
#include "format/value_text.h"

enum { UNCHECKED_LENGTH_MAX = 24 };

typedef struct csv_writer csv_writer;
typedef void (*value_writer)(csv_writer *writer, const data_column *flat, int64_t index,
                             base_strbuf *out);

struct csv_writer {
    const format_config *config;
    csv_dialect dialect;
    value_writer *writers; /* one a column */
    int32_t safe_from;     /* characters from here on need no quotes */
    bool needs_quotes[128];
    base_strbuf scratch;
};

/* ---- texts ----------------------------------------------------------------------------------- */

static int32_t code_of(const csv_mark *mark) {
    int64_t offset = 0;
    return mark->length > 0 ? base_utf8_next(mark->bytes, mark->length, &offset) : 0;
}

static void learn_quoting(csv_writer *writer) {
    int32_t delimiter = code_of(&writer->dialect.delimiter);
    int32_t quote = code_of(&writer->dialect.quote);
    int32_t escape = writer->dialect.escape.length > 0 ? code_of(&writer->dialect.escape) : '\\';
    writer->safe_from = (delimiter > quote ? delimiter : quote) + 1;
    for (int32_t c = 0; c < 128; c++)
        writer->needs_quotes[c] = c < writer->safe_from || c == escape;
}

/* UTF-16 units: code points, those of four bytes count double. */
static int64_t utf16_length(const char *bytes, int64_t length) {
    int64_t units = 0;
    for (int64_t i = 0; i < length; i++)
        units += ((uint8_t)bytes[i] & 0xc0) != 0x80 ? 1 + ((uint8_t)bytes[i] >= 0xf0) : 0;
    return units;
}

static bool must_quote(const csv_writer *writer, const char *bytes, int64_t length) {
    if (length > UNCHECKED_LENGTH_MAX && utf16_length(bytes, length) > UNCHECKED_LENGTH_MAX)
        return true;
    for (int64_t i = 0; i < length; i++)
        if ((uint8_t)bytes[i] < 128 && writer->needs_quotes[(uint8_t)bytes[i]])
            return true;
    if (writer->safe_from <= 128)
        return false;
    for (int64_t i = 0; i < length;)
        if (base_utf8_next(bytes, length, &i) < writer->safe_from)
            return true;
    return false;
}

static bool matches(const char *bytes, int64_t available, const csv_mark *mark) {
    return mark->length > 0 && available >= mark->length && bytes[0] == mark->bytes[0] &&
           memcmp(bytes, mark->bytes, (size_t)mark->length) == 0;
}

static void add_quoted(const csv_dialect *dialect, const char *bytes, int64_t length,
                       base_strbuf *out) {
    const csv_mark *quote = &dialect->quote;
    base_strbuf_add(out, quote->bytes, quote->length);
    int64_t plain_from = 0;
    for (int64_t i = 0; i < length; i++) {
        const csv_mark *doubled = matches(bytes + i, length - i, quote) ? quote
                                  : matches(bytes + i, length - i, &dialect->escape)
                                      ? &dialect->escape
                                      : NULL;
        if (doubled == NULL)
            continue;
        base_strbuf_add(out, bytes + plain_from, i - plain_from);
        base_strbuf_add(out, doubled->bytes, doubled->length);
        plain_from = i;
    }
    base_strbuf_add(out, bytes + plain_from, length - plain_from);
    base_strbuf_add(out, quote->bytes, quote->length);
}

static void add_text(csv_writer *writer, const char *bytes, int64_t length, base_strbuf *out) {
    const csv_dialect *dialect = &writer->dialect;
    if (dialect->quote.length > 0 && !dialect->is_legacy && must_quote(writer, bytes, length))
        add_quoted(dialect, bytes, length, out);
    else
        base_strbuf_add(out, bytes, length);
}

/* ---- values ---------------------------------------------------------------------------------- */

static void write_string(csv_writer *writer, const data_column *flat, int64_t index,
                         base_strbuf *out) {
    const data_string *value = &((const data_string *)flat->values)[index];
    add_text(writer, data_string_bytes(value), value->length, out);
}

static void write_binary(csv_writer *writer, const data_column *flat, int64_t index,
                         base_strbuf *out) {
    const data_string *value = &((const data_string *)flat->values)[index];
    char piece[4];
    base_strbuf_clear(&writer->scratch);
    for (int64_t i = 0; i < value->length; i += 3) {
        int64_t left = value->length - i;
        value_base64((const uint8_t *)data_string_bytes(value) + i, left < 3 ? left : 3, piece);
        base_strbuf_add(&writer->scratch, piece, 4);
    }
    add_text(writer, writer->scratch.data, writer->scratch.length, out);
}

static void write_bool(csv_writer *writer, const data_column *flat, int64_t index,
                       base_strbuf *out) {
    base_strbuf_add_text(out, value_i64_at(flat, index) != 0 ? "true" : "false");
}

static void write_integer(csv_writer *writer, const data_column *flat, int64_t index,
                          base_strbuf *out) {
    char text[BASE_NUMBER_TEXT_MAX];
    base_strbuf_add(out, text, base_i64_format(value_i64_at(flat, index), text));
}

static void write_float(csv_writer *writer, const data_column *flat, int64_t index,
                        base_strbuf *out) {
    char text[BASE_NUMBER_TEXT_MAX];
    base_strbuf_add(out, text, base_float_format(((const float *)flat->values)[index], text));
}

static void write_double(csv_writer *writer, const data_column *flat, int64_t index,
                         base_strbuf *out) {
    char text[BASE_NUMBER_TEXT_MAX];
    base_strbuf_add(out, text, base_double_format(((const double *)flat->values)[index], text));
}

static void write_decimal(csv_writer *writer, const data_column *flat, int64_t index,
                          base_strbuf *out) {
    char text[VALUE_TEXT_MAX];
    bool strip = !writer->dialect.is_legacy;
    base_strbuf_add(
        out, text,
        value_decimal_text(value_decimal_at(flat, index), flat->type->scale, strip, text));
}

static void write_date(csv_writer *writer, const data_column *flat, int64_t index,
                       base_strbuf *out) {
    char text[BASE_TIME_TEXT_MAX];
    int32_t length = base_date_format(((const int32_t *)flat->values)[index], text);
    add_text(writer, text, length, out);
}

static void write_time(csv_writer *writer, const data_column *flat, int64_t index,
                       base_strbuf *out) {
    char text[VALUE_TEXT_MAX];
    int32_t millis = ((const int32_t *)flat->values)[index];
    int32_t length = writer->dialect.is_legacy ? base_time_format(millis, 0, text)
                                               : value_time_text(millis, text);
    add_text(writer, text, length, out);
}

static void write_timestamp(csv_writer *writer, const data_column *flat, int64_t index,
                            base_strbuf *out) {
    char text[VALUE_TEXT_MAX];
    int32_t length =
        value_timestamp_text(value_nanos_at(flat, index), ' ', writer->dialect.is_legacy, text);
    if (flat->type->kind == DATA_TIMESTAMP_LTZ)
        text[length++] = 'Z';
    add_text(writer, text, length, out);
}

static value_writer writer_for(const data_type *type) {
    switch (type->kind) {
    case DATA_CHAR:
    case DATA_VARCHAR:
        return write_string;
    case DATA_BINARY:
    case DATA_VARBINARY:
        return write_binary;
    case DATA_BOOLEAN:
        return write_bool;
    case DATA_TINYINT:
    case DATA_SMALLINT:
    case DATA_INT:
    case DATA_BIGINT:
        return write_integer;
    case DATA_FLOAT:
        return write_float;
    case DATA_DOUBLE:
        return write_double;
    case DATA_DECIMAL:
        return write_decimal;
    case DATA_DATE:
        return write_date;
    case DATA_TIME:
        return write_time;
    case DATA_TIMESTAMP:
    case DATA_TIMESTAMP_LTZ:
        return write_timestamp;
    default:
        return NULL;
    }
}

bool csv_writes_type(const data_type *type) {
    return writer_for(type) != NULL;
}

/* ---- rows ------------------------------------------------------------------------------------ */

rask_status csv_open_writer(const format_config *config, format_writer **out, rask_error *err) {
    csv_dialect dialect;
    RASK_TRY(csv_dialect_read(config, &dialect, err));
    csv_writer *writer = BASE_NEW(csv_writer);
    writer->config = config;
    writer->dialect = dialect;
    writer->writers = BASE_NEW_ARRAY(value_writer, config->schema->count + 1);
    for (int32_t i = 0; i < config->schema->count; i++)
        writer->writers[i] = writer_for(config->schema->types[i]);
    learn_quoting(writer);
    base_strbuf_init(&writer->scratch, INT32_MAX);
    *out = (format_writer *)writer;
    return RASK_OK;
}

static void write_row(csv_writer *writer, const data_batch *batch, int32_t row, base_strbuf *out) {
    const csv_dialect *dialect = &writer->dialect;
    for (int32_t i = 0; i < batch->column_count; i++) {
        const data_column *column = batch->columns[i], *flat;
        if (i > 0)
            base_strbuf_add(out, dialect->delimiter.bytes, dialect->delimiter.length);
        if (!data_column_is_null(column, row)) {
            int64_t index = data_column_index(column, row, &flat);
            writer->writers[i](writer, flat, index, out);
        } else if (dialect->null_literal != NULL) {
            base_strbuf_add(out, dialect->null_literal, dialect->null_literal_length);
        }
    }
    base_strbuf_add_char(out, '\n');
}

rask_status csv_write(format_writer *handle, const data_batch *batch, base_strbuf *bytes,
                      rask_error *err) {
    csv_writer *writer = (csv_writer *)handle;
    for (int32_t i = 0; i < batch->selected; i++)
        write_row(writer, batch, data_batch_row(batch, i), bytes);
    if (bytes->overflowed)
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "a batch becomes more than %lld bytes of csv",
                              (long long)bytes->length_max);
    return RASK_OK;
}

rask_status csv_finish_writer(format_writer *writer, base_strbuf *bytes, rask_error *err) {
    return RASK_OK;
}

void csv_close_writer(format_writer *handle) {
    csv_writer *writer = (csv_writer *)handle;
    if (writer == NULL)
        return;
    base_strbuf_free(&writer->scratch);
    base_free(writer->writers);
    base_free(writer);
}
