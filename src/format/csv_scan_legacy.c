/* Splitting rows as 1.9's OldCsv did: the file is cut into lines first, so quotes live within a
 * line; delimiters are texts of any length.
 *
 *   - a quoted field ends at the next quote that no backslash precedes, and a delimiter or the end
 *     of the line must follow; the backslash stays in the text;
 *   - fields behind the last column are ignored, a line that is too short is an error;
 *   - with ignore-parse-errors a damaged field is NULL and a short line is skipped. */
#include <string.h>

#include "format/csv.h"

static bool matches(const uint8_t *text, int64_t available, const csv_mark *mark) {
    return mark->length > 0 && available >= mark->length &&
           memcmp(text, mark->bytes, (size_t)mark->length) == 0;
}

/* First place of `mark` in text[0, length), or -1. */
static int64_t find(const uint8_t *text, int64_t length, const csv_mark *mark) {
    const uint8_t *place = mark->length == 1
                               ? memchr(text, (uint8_t)mark->bytes[0], (size_t)length)
                               : memmem(text, (size_t)length, mark->bytes, (size_t)mark->length);
    return place != NULL ? place - text : -1;
}

/* The quoted field at line[at]: its text between the quotes; *at moves behind the closing quote.
 * False = not closed, or something else than a delimiter follows. */
static bool take_quoted(const csv_scan *scan, const uint8_t *line, int64_t length, int64_t *at,
                        int64_t *close) {
    const csv_mark *quote = &scan->dialect->quote;
    int64_t i = *at + quote->length;
    while (i < length && !(matches(line + i, length - i, quote) && line[i - 1] != '\\'))
        i++;
    if (i >= length)
        return false;
    *close = i;
    i += quote->length;
    if (i < length && !matches(line + i, length - i, &scan->dialect->delimiter))
        return false;
    *at = i;
    return true;
}

/* The field at line[*at]; *at moves to the delimiter or the end of the line. */
static bool take_field(csv_scan *scan, uint32_t line_start, int64_t length, int64_t *at,
                       uint64_t *field) {
    const uint8_t *line = scan->data + line_start;
    int64_t start = *at, close = 0;
    if (matches(line + start, length - start, &scan->dialect->quote)) {
        int64_t quoted_start = start + scan->dialect->quote.length;
        if (take_quoted(scan, line, length, at, &close)) {
            *field = CSV_FIELD(line_start + quoted_start, close - quoted_start);
            return true;
        }
        scan->bad.kind = CSV_BAD_TEXT_AFTER_QUOTE;
        scan->bad.start = line_start + (uint32_t)start;
        scan->bad.length = (uint32_t)(length - start);
        if (!scan->dialect->ignore_parse_errors)
            return false;
        *field = CSV_FIELD_MISSING;
        scan->seen_missing = true;
    }
    int64_t distance = find(line + start, length - start, &scan->dialect->delimiter);
    *at = distance < 0 ? length : start + distance;
    if (scan->bad.kind == CSV_BAD_NONE)
        *field = CSV_FIELD(line_start + start, *at - start);
    scan->bad.kind = CSV_BAD_NONE;
    return true;
}

static bool take_line(csv_scan *scan, int32_t row, uint32_t line_start, int64_t length) {
    int64_t at = 0;
    for (int32_t count = 0; count < scan->column_count;) {
        uint64_t field = 0;
        if (!take_field(scan, line_start, length, &at, &field)) {
            scan->bad.field = count;
            return false;
        }
        scan->fields[(int64_t)scan->slot_of[count] * scan->stride + row] = field;
        count++;
        if (at < length) {
            at += scan->dialect->delimiter.length;
        } else if (count < scan->column_count) {
            scan->bad.field = count;
            return csv_close_row(scan, row, count, field);
        } else {
            break;
        }
    }
    return true;
}

int32_t csv_split_legacy(csv_scan *scan, int32_t rows_max, csv_stop *stop) {
    const csv_mark *line_delimiter = &scan->dialect->line_delimiter;
    bool drop_return = line_delimiter->length == 1 && line_delimiter->bytes[0] == '\n';
    int32_t row = 0;
    scan->bad = (csv_bad){0};
    scan->seen_non_ascii = true;
    *stop = CSV_STOP_FULL;
    scan->row_starts[0] = scan->position;
    while (row < rows_max && *stop == CSV_STOP_FULL) {
        uint32_t start = scan->row_starts[row];
        int64_t left = (int64_t)scan->end - start;
        int64_t length = find(scan->data + start, left, line_delimiter);
        if (left == 0 || (length < 0 && !scan->is_last)) {
            *stop = CSV_STOP_DATA;
            break;
        }
        uint32_t next =
            length < 0 ? scan->end : start + (uint32_t)(length + line_delimiter->length);
        length = length < 0 ? left : length;
        if (drop_return && length > 0 && scan->data[start + length - 1] == '\r')
            length--;
        if (matches(scan->data + start, length, &scan->dialect->comment_prefix)) {
            scan->row_starts[row] = next;
            continue;
        }
        if (take_line(scan, row, start, length)) {
            scan->row_starts[++row] = next;
        } else {
            scan->bad.resume = next;
            *stop = CSV_STOP_BAD;
        }
    }
    scan->position = scan->row_starts[row];
    scan->bad.row_start = scan->position;
    return row;
}
