/* Telling which row cannot be read, where it stands and why.  The reason is in the words of Flink's
 * reader; row, file, line and field come in front, since Flink leaves them out. */
#include <string.h>

#include "base/utf8.h"
#include "format/csv_error.h"

/* At most CSV_SHOWN_BYTES_MAX bytes of a text, cut at a character and at the end of the line. */
static int32_t shown_length(const uint8_t *text, int64_t length) {
    int32_t shown = 0;
    while (shown < length && shown < CSV_SHOWN_BYTES_MAX && text[shown] != '\n' &&
           text[shown] != '\r')
        shown++;
    while (shown < length && shown > 0 && (text[shown] & 0xc0) == 0x80)
        shown--;
    return shown;
}

/* The row as it stands in the file (the block may end in it, and has lost its escapes), up to
 * CSV_SHOWN_BYTES_MAX bytes and to the end of the line. */
static int32_t read_row(const format_input *input, const csv_dialect *dialect,
                        const text_blocks *blocks, const csv_bad *bad, uint8_t *bytes) {
    const csv_mark *mark = &dialect->line_delimiter;
    int64_t offset = blocks->file_offset + bad->row_start, length = 0, got = 0;
    int64_t want = blocks->end - offset;
    want =
        want < CSV_SHOWN_BYTES_MAX + 4 ? want : CSV_SHOWN_BYTES_MAX + 4; /* 4: a character more */
    do {
        if (input->read_at(input->self, offset + length, bytes + length, want - length, &got,
                           NULL) != RASK_OK)
            break;
        length += got;
    } while (got > 0 && length < want);
    const uint8_t *end =
        mark->length > 0 ? memmem(bytes, (size_t)length, mark->bytes, (size_t)mark->length) : NULL;
    return shown_length(bytes, end != NULL ? end - bytes : length);
}

static int64_t characters(const char *text, int64_t length) {
    return base_utf8_length(text, length);
}

static void describe_reason(const csv_dialect *dialect, const format_config *config,
                            const csv_bad *bad, const char *text, int64_t line, int32_t column,
                            base_strbuf *out) {
    int32_t length = (int32_t)bad->length;
    int32_t columns = config->schema->count;
    switch (bad->kind) {
    case CSV_BAD_TEXT_AFTER_QUOTE:
        if (dialect->is_legacy)
            base_strbuf_printf(out, "a quoted field is not closed or goes on behind the quote");
        else
            base_strbuf_printf(out,
                               "Unexpected character ('%c' (code %d)): Expected column separator "
                               "character ('%s' (code %d)) or end-of-line",
                               text[0], (uint8_t)text[0], dialect->delimiter.bytes,
                               (uint8_t)dialect->delimiter.bytes[0]);
        break;
    case CSV_BAD_UNCLOSED_QUOTE:
        base_strbuf_printf(out, "Missing closing quote for value");
        break;
    case CSV_BAD_ESCAPE_AT_END:
        base_strbuf_printf(out, "Unexpected EOF in escaped character");
        break;
    case CSV_BAD_TOO_MANY_FIELDS:
        base_strbuf_printf(out,
                           "Too many entries: expected at most %d (value #%d (%lld chars) \"%.*s\")"
                           " at [Source: UNKNOWN; line: %lld, column: %d]",
                           columns, columns, (long long)characters(text, length), length, text,
                           (long long)line, column);
        break;
    case CSV_BAD_TOO_FEW_FIELDS:
        if (dialect->is_legacy)
            base_strbuf_printf(out, "Row too short: %d fields are needed but only %d are there",
                               columns, bad->field);
        else if (dialect->fail_on_missing)
            base_strbuf_printf(out,
                               "Not enough column values: expected %d, found %d at [Source: "
                               "UNKNOWN; line: %lld, column: %d]",
                               columns, bad->field, (long long)line, column);
        else
            base_strbuf_printf(out, "Row length mismatch. %d fields expected but was %d.",
                               config->projection_count, bad->field);
        break;
    case CSV_BAD_UTF8:
        base_strbuf_printf(out, "the text is not valid UTF-8");
        break;
    case CSV_BAD_VALUE:
    case CSV_BAD_NONE:
        base_strbuf_printf(out, "For input string: \"%.*s\"", length, text);
        break;
    }
}

/* "field 2 (`count` BIGINT): ", where one field is to blame. */
static void describe_field(const format_config *config, const csv_bad *bad, base_strbuf *out) {
    const data_schema *schema = config->schema;
    bool is_one = bad->kind == CSV_BAD_VALUE || bad->kind == CSV_BAD_UTF8 ||
                  bad->kind == CSV_BAD_TEXT_AFTER_QUOTE || bad->kind == CSV_BAD_UNCLOSED_QUOTE;
    if (!is_one || bad->field >= schema->count)
        return;
    base_strbuf_printf(out, ", field %d (`%s` ", bad->field + 1, schema->names[bad->field]);
    data_type_write(schema->types[bad->field], true, out);
    base_strbuf_add_text(out, ")");
}

void csv_describe_bad(const format_config *config, const format_input *input,
                      const csv_dialect *dialect, const text_blocks *blocks, const csv_bad *bad,
                      rask_error *err) {
    const uint8_t *data = blocks->block->data;
    int64_t line = 0;
    if (text_line_number(input, blocks->file_offset + bad->row_start, &line, NULL) != RASK_OK)
        line = 0;
    uint8_t row[CSV_SHOWN_BYTES_MAX + 4];
    int32_t shown = read_row(input, dialect, blocks, bad, row);
    csv_bad cut = *bad;
    cut.length = (uint32_t)shown_length(data + bad->start, bad->length);
    base_strbuf text;
    base_strbuf_init(&text, 4096);
    base_strbuf_printf(&text, "Failed to deserialize CSV row '%.*s' of file '%s', line %lld", shown,
                       (const char *)row, input->name, (long long)line);
    describe_field(config, bad, &text);
    base_strbuf_add_text(&text, ": ");
    describe_reason(dialect, config, &cut, (const char *)data + bad->start, line,
                    (int32_t)(bad->start - bad->row_start) + 1, &text);
    rask_error_set(err, RASK_ERROR_RUNTIME, "%s", text.data);
    err->row = line;
    base_strbuf_free(&text);
}
