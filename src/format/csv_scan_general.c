/* Splitting rows into fields, every option allowed: marks of several bytes, escape character,
 * comments, trimmed spaces.  Byte by byte, as Flink's reader goes about it:
 *
 *   - a quote counts only where a field begins (behind spaces, when they are trimmed);
 *   - behind a closing quote only blanks may come before the delimiter or the line end;
 *   - an escape takes the byte behind it, a line end too;
 *   - with comments allowed, lines that are empty or blank vanish like comments do.
 *
 * Also here: what all splitters share, the end of a row and skipping a bad one. */
#include <string.h>

#include "format/csv.h"

static inline bool at_mark(const csv_scan *scan, uint32_t at, const csv_mark *mark) {
    return mark->length > 0 && (int64_t)scan->end - at >= mark->length &&
           scan->data[at] == (uint8_t)mark->bytes[0] &&
           (mark->length == 1 || memcmp(scan->data + at, mark->bytes, (size_t)mark->length) == 0);
}

static inline bool is_line_end(const csv_scan *scan, uint32_t at) {
    return scan->data[at] == '\n' || scan->data[at] == '\r';
}

static inline bool is_delimiter(const csv_scan *scan, uint32_t at) {
    return at_mark(scan, at, &scan->dialect->delimiter);
}

/* Marks may straddle the end of a block: rows that come so near wait for the next one. */
static inline bool needs_data(const csv_scan *scan, uint32_t at) {
    return !scan->is_last && (int64_t)at + CSV_MARK_BYTES_MAX >= scan->end;
}

static uint32_t skip_line_end(const csv_scan *scan, uint32_t at) {
    bool pair = scan->data[at] == '\r' && at + 1 < scan->end && scan->data[at + 1] == '\n';
    return at + (pair ? 2 : 1);
}

static uint32_t skip_blanks(const csv_scan *scan, uint32_t at) {
    while (at < scan->end && scan->data[at] <= ' ' && !is_line_end(scan, at) &&
           !is_delimiter(scan, at))
        at++;
    return at;
}

/* From behind the opening quote to behind the closing one and its blanks. */
static csv_stop take_quoted(csv_scan *scan, uint32_t *at, uint64_t *field) {
    const csv_dialect *dialect = scan->dialect;
    uint32_t start = *at + (uint32_t)dialect->quote.length;
    uint32_t i = start;
    uint64_t escaped = 0;
    for (;;) {
        while (i < scan->end && !dialect->stops_quoted[scan->data[i]])
            i++;
        if (needs_data(scan, i))
            return CSV_STOP_DATA;
        if (i >= scan->end) {
            scan->bad.kind = CSV_BAD_UNCLOSED_QUOTE;
            return CSV_STOP_BAD;
        }
        if (at_mark(scan, i, &dialect->quote)) {
            uint32_t next = i + (uint32_t)dialect->quote.length;
            if (!at_mark(scan, next, &dialect->quote))
                break;
            escaped = CSV_FIELD_ESCAPED;
            i = next + (uint32_t)dialect->quote.length;
        } else if (at_mark(scan, i, &dialect->escape)) {
            escaped = CSV_FIELD_ESCAPED;
            i += (uint32_t)dialect->escape.length + 1;
        } else {
            i++;
        }
    }
    *field = CSV_FIELD(start, i - start) | escaped;
    *at = skip_blanks(scan, i + (uint32_t)dialect->quote.length);
    if (needs_data(scan, *at))
        return CSV_STOP_DATA;
    if (*at < scan->end && !is_delimiter(scan, *at) && !is_line_end(scan, *at)) {
        scan->bad.kind = CSV_BAD_TEXT_AFTER_QUOTE;
        scan->bad.start = *at;
        scan->bad.length = 1;
        return CSV_STOP_BAD;
    }
    scan->seen_escaped |= escaped != 0;
    return CSV_STOP_FULL;
}

/* To the delimiter, line end or end of data. */
static csv_stop take_unquoted(csv_scan *scan, uint32_t *at, uint64_t *field) {
    const csv_dialect *dialect = scan->dialect;
    uint32_t start = *at, i = start, plain_from = start;
    uint64_t escaped = 0;
    for (;;) {
        while (i < scan->end && !dialect->stops_text[scan->data[i]])
            i++;
        if (needs_data(scan, i))
            return CSV_STOP_DATA;
        if (i >= scan->end || is_delimiter(scan, i) || is_line_end(scan, i))
            break;
        if (!at_mark(scan, i, &dialect->escape)) {
            i++; /* the first byte of a mark, but not the mark */
            continue;
        }
        escaped = CSV_FIELD_ESCAPED;
        i += (uint32_t)dialect->escape.length + 1;
        plain_from = i;
        if (i > scan->end) {
            scan->bad.kind = CSV_BAD_ESCAPE_AT_END;
            return CSV_STOP_BAD;
        }
    }
    *at = i;
    if (dialect->trim_spaces)
        while (i > plain_from && scan->data[i - 1] <= ' ')
            i--;
    *field = CSV_FIELD(start, i - start) | escaped;
    scan->seen_escaped |= escaped != 0;
    return CSV_STOP_FULL;
}

static csv_stop take_field(csv_scan *scan, uint32_t *at, uint64_t *field) {
    if (scan->dialect->trim_spaces)
        *at = skip_blanks(scan, *at);
    if (needs_data(scan, *at))
        return CSV_STOP_DATA;
    return at_mark(scan, *at, &scan->dialect->quote) ? take_quoted(scan, at, field)
                                                     : take_unquoted(scan, at, field);
}

/* Moves over comment lines, and the empty lines among them. */
static csv_stop skip_comments(csv_scan *scan, uint32_t *at) {
    for (;;) {
        uint32_t i = *at;
        while (i < scan->end && scan->data[i] == ' ')
            i++;
        if (needs_data(scan, i))
            return CSV_STOP_DATA;
        if (i < scan->end && scan->data[i] == '#')
            while (i < scan->end && !is_line_end(scan, i))
                i++;
        else if (i < scan->end && !is_line_end(scan, i)) {
            *at = i; /* the blanks before a row go too */
            return CSV_STOP_FULL;
        }
        if (needs_data(scan, i))
            return CSV_STOP_DATA;
        *at = i < scan->end ? skip_line_end(scan, i) : scan->end;
        if (*at >= scan->end)
            return CSV_STOP_DATA;
    }
}

/* One row from `*at` on; `row` -1 = only find its end. */
static csv_stop take_row(csv_scan *scan, int32_t row, uint32_t *at) {
    int32_t field_count = 0;
    for (;;) {
        uint64_t field = 0;
        csv_stop stop = take_field(scan, at, &field);
        if (stop != CSV_STOP_FULL) {
            scan->bad.field = field_count;
            return stop;
        }
        if (row >= 0) {
            int32_t known = field_count < scan->column_count ? field_count : scan->column_count;
            scan->fields[(int64_t)scan->slot_of[known] * scan->stride + row] = field;
        }
        field_count++;
        if (*at < scan->end && is_delimiter(scan, *at)) {
            *at += (uint32_t)scan->dialect->delimiter.length;
            continue;
        }
        if (*at < scan->end)
            *at = skip_line_end(scan, *at);
        if (row < 0 || field_count == scan->column_count ||
            csv_close_row(scan, row, field_count, field))
            return CSV_STOP_FULL;
        scan->bad.resume = *at;
        scan->bad.field = field_count;
        return CSV_STOP_BAD;
    }
}

int32_t csv_split_general(csv_scan *scan, int32_t rows_max, csv_stop *stop) {
    int32_t row = 0;
    scan->bad = (csv_bad){0};
    scan->seen_non_ascii = true;
    *stop = CSV_STOP_FULL;
    scan->row_starts[0] = scan->position;
    while (row < rows_max && *stop == CSV_STOP_FULL) {
        uint32_t at = scan->row_starts[row];
        if (at >= scan->end)
            *stop = CSV_STOP_DATA;
        else if (scan->dialect->allow_comments)
            *stop = skip_comments(scan, &at);
        scan->row_starts[row] = at;
        if (*stop == CSV_STOP_FULL)
            *stop = take_row(scan, row, &at);
        if (*stop == CSV_STOP_FULL)
            scan->row_starts[++row] = at;
    }
    scan->position = scan->row_starts[row];
    scan->bad.row_start = scan->position;
    return row;
}

/* Goes on behind the offending text, as if the field went on unquoted. */
bool csv_skip_row(csv_scan *scan, uint32_t *resume) {
    csv_bad bad = scan->bad;
    if (bad.resume > 0) {
        *resume = bad.resume;
        return true;
    }
    *resume = scan->end;
    if (bad.kind != CSV_BAD_TEXT_AFTER_QUOTE)
        return scan->is_last;
    uint32_t at = bad.start;
    uint64_t field;
    csv_stop stop = take_unquoted(scan, &at, &field);
    if (stop == CSV_STOP_FULL && at < scan->end && is_delimiter(scan, at)) {
        at += (uint32_t)scan->dialect->delimiter.length;
        while ((stop = take_row(scan, -1, &at)) == CSV_STOP_BAD &&
               scan->bad.kind == CSV_BAD_TEXT_AFTER_QUOTE)
            at = scan->bad.start;
    } else if (stop == CSV_STOP_FULL && at < scan->end) {
        at = skip_line_end(scan, at);
    }
    scan->bad = bad;
    if (stop == CSV_STOP_FULL)
        *resume = at;
    return stop != CSV_STOP_DATA || scan->is_last;
}

/* A delimiter behind the last field makes one more, which may be blank. */
static bool is_blank(const csv_scan *scan, uint64_t field) {
    const uint8_t *text = scan->data + csv_field_start(field);
    for (uint32_t i = 0; i < csv_field_length(field); i++)
        if (text[i] > ' ')
            return false;
    return true;
}

/* Points scan->bad at field `index` of the row, which is complete in the block. */
static void point_at_field(csv_scan *scan, int32_t row, int32_t index) {
    csv_scan copy = *scan;
    uint32_t at = scan->row_starts[row];
    uint64_t field = 0;
    copy.is_last = true;
    for (int32_t i = 0; take_field(&copy, &at, &field) == CSV_STOP_FULL && i < index; i++)
        at += (uint32_t)scan->dialect->delimiter.length;
    scan->bad.start = csv_field_start(field);
    scan->bad.length = csv_field_length(field);
}

bool csv_close_row(csv_scan *scan, int32_t row, int32_t field_count, uint64_t last) {
    const csv_dialect *dialect = scan->dialect;
    int32_t extra = field_count - scan->column_count;
    if (extra > 0) {
        bool trailing = extra == 1 && dialect->allow_trailing_delimiter && is_blank(scan, last);
        if (trailing || dialect->ignore_trailing)
            return true;
        scan->bad.kind = CSV_BAD_TOO_MANY_FIELDS;
        point_at_field(scan, row, scan->column_count);
        return false;
    }
    bool too_few = dialect->is_legacy
                       ? field_count < scan->field_min
                       : field_count < scan->field_min && !dialect->ignore_parse_errors;
    if (extra < 0 && (dialect->fail_on_missing || too_few)) {
        scan->bad.kind = CSV_BAD_TOO_FEW_FIELDS;
        scan->bad.start = csv_field_start(last);
        scan->bad.length = csv_field_length(last);
        return false;
    }
    for (int32_t i = field_count; i < scan->column_count; i++)
        scan->fields[(int64_t)scan->slot_of[i] * scan->stride + row] = CSV_FIELD_MISSING;
    scan->seen_missing = true;
    return true;
}

static char unescaped_byte(char byte) {
    switch (byte) {
    case '0':
        return '\0';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return byte;
    }
}

uint64_t csv_unescape(const csv_dialect *dialect, uint8_t *data, uint64_t field) {
    const csv_mark *quote = &dialect->quote, *escape = &dialect->escape;
    uint8_t *text = data + csv_field_start(field);
    int64_t length = csv_field_length(field), to = 0;
    bool quoted = quote->length > 0 && csv_field_start(field) >= (uint32_t)quote->length &&
                  memcmp(text - quote->length, quote->bytes, (size_t)quote->length) == 0;
    for (int64_t from = 0; from < length;) {
        if (quoted && length - from >= 2 * quote->length &&
            memcmp(text + from, quote->bytes, (size_t)quote->length) == 0) {
            memmove(text + to, text + from, (size_t)quote->length);
            to += quote->length;
            from += 2 * quote->length;
        } else if (escape->length > 0 && length - from > escape->length &&
                   memcmp(text + from, escape->bytes, (size_t)escape->length) == 0) {
            text[to++] = (uint8_t)unescaped_byte((char)text[from + escape->length]);
            from += escape->length + 1;
        } else {
            text[to++] = text[from++];
        }
    }
    return CSV_FIELD(csv_field_start(field), to);
}
