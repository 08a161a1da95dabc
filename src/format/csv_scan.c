/* Splitting rows into fields, the fast way: one-byte marks, no escape character, no comments.
 *
 * 64 bytes at a time are compared with the bytes that mean something (delimiter, line ends, quote)
 * into a bit mask, and the loop walks the set bits.  A quote matters only where a field begins (in
 * `a"b` it is a letter, as in Flink), which the walk knows and a parity trick would not.
 *
 * What every splitter keeps: a row is found only when it is complete in the block, scan->position
 * is always the start of a row, and a row that cannot be split stops the scan before it. */
#include "format/csv.h"

#include <string.h>

#define NOWHERE UINT32_MAX
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NEVER_INLINE __attribute__((noinline))

typedef uint8_t lane __attribute__((vector_size(16)));

/* A walk over the special bytes in [base, end). */
typedef struct walk {
    const uint8_t *data;
    uint64_t bits; /* the special bytes of the 64 at `base` that are still to come */
    uint32_t base, end;
    lane delimiter, quote, high;
} walk;

static lane lane_of(uint8_t byte) {
    lane all = {0};
    return all + byte;
}

/* Bit i of the result = lane i is not zero; lanes are 0 or 0xff. */
static inline uint64_t lane_bits(lane mask) {
#ifdef __SSE2__
    typedef char char_lane __attribute__((vector_size(16)));
    return (uint64_t)(uint32_t)__builtin_ia32_pmovmskb128((char_lane)mask);
#else
    uint64_t bits = 0;
    for (int i = 0; i < 16; i++)
        bits |= (uint64_t)(mask[i] & 1) << i;
    return bits;
#endif
}

static inline lane special_bytes(const walk *w, lane bytes, bool carriage_returns) {
    lane found = (lane)(bytes == w->delimiter) | (lane)(bytes == w->quote) |
                 (lane)(bytes == (lane){} + (uint8_t)'\n');
    return carriage_returns ? found | (lane)(bytes == (lane){} + (uint8_t)'\r') : found;
}

static inline void walk_load(walk *w, bool carriage_returns) {
    uint64_t bits = 0;
    for (int i = 0; i < 4; i++) {
        lane bytes;
        memcpy(&bytes, w->data + w->base + 16 * i, sizeof bytes);
        w->high |= bytes;
        bits |= lane_bits(special_bytes(w, bytes, carriage_returns)) << (16 * i);
    }
    uint32_t left = w->end - w->base;
    w->bits = left < 64 ? bits & ((1ULL << left) - 1) : bits;
}

static inline uint32_t walk_next(walk *w, bool carriage_returns) {
    while (w->bits == 0) {
        if (w->end - w->base <= 64)
            return NOWHERE;
        w->base += 64;
        walk_load(w, carriage_returns);
    }
    uint32_t place = w->base + (uint32_t)__builtin_ctzll(w->bits);
    w->bits &= w->bits - 1;
    return place;
}

/* From the opening quote at `*place` to the delimiter or line end behind the closing one; `*field`
 * gets what stands between the quotes. */
static NEVER_INLINE csv_stop take_quoted(csv_scan *scan, walk *w, uint32_t *place,
                                         uint64_t *field) {
    const uint8_t *data = w->data;
    uint8_t quote = (uint8_t)scan->dialect->quote.bytes[0];
    uint8_t delimiter = (uint8_t)scan->dialect->delimiter.bytes[0];
    uint32_t open = *place;
    uint64_t escaped = 0;
    uint32_t close;
    for (;;) {
        close = walk_next(w, true);
        if (close == NOWHERE) {
            scan->bad.kind = CSV_BAD_UNCLOSED_QUOTE;
            return scan->is_last ? CSV_STOP_BAD : CSV_STOP_DATA;
        }
        if (data[close] != quote)
            continue;
        if (close + 1 >= w->end && !scan->is_last)
            return CSV_STOP_DATA;
        if (close + 1 >= w->end || data[close + 1] != quote)
            break;
        escaped = CSV_FIELD_ESCAPED;
        walk_next(w, true);
    }
    uint32_t after = close + 1;
    while (after < w->end && data[after] <= ' ' && data[after] != '\n' && data[after] != '\r' &&
           data[after] != delimiter)
        after++;
    if (after >= w->end)
        return CSV_STOP_DATA;
    *field = CSV_FIELD(open + 1, close - open - 1) | escaped;
    if (data[after] != '\n' && data[after] != '\r' && data[after] != delimiter) {
        scan->bad.kind = CSV_BAD_TEXT_AFTER_QUOTE;
        scan->bad.start = after;
        scan->bad.length = 1;
        return CSV_STOP_BAD;
    }
    *place = walk_next(w, true);
    scan->seen_escaped |= escaped != 0;
    return CSV_STOP_FULL;
}

/* A last line without a line end gets one, in the byte that follows the data. */
static uint32_t end_with_line_end(csv_scan *scan, bool carriage_returns) {
    uint32_t end = scan->end;
    if (!scan->is_last || end == scan->position || scan->data[end - 1] == '\n' ||
        (carriage_returns && scan->data[end - 1] == '\r'))
        return end;
    scan->data[end] = '\n';
    return end + 1;
}

static walk walk_from(const csv_scan *scan, uint32_t end, bool carriage_returns) {
    const csv_dialect *dialect = scan->dialect;
    walk w = {.data = scan->data, .base = scan->position, .end = end};
    w.delimiter = lane_of((uint8_t)dialect->delimiter.bytes[0]);
    w.quote = dialect->quote.length > 0 ? lane_of((uint8_t)dialect->quote.bytes[0]) : w.delimiter;
    if (w.end > w.base)
        walk_load(&w, carriage_returns);
    return w;
}

/* Moves over the line feed of a pair; false = it may still come. */
static inline bool take_line_feed(const csv_scan *scan, walk *w, uint32_t *place) {
    if (*place + 1 >= w->end)
        return scan->is_last;
    if (w->data[*place + 1] == '\n')
        *place = walk_next(w, true);
    return true;
}

/* Notes where the scan stands: before row `row`, of which `field` fields were seen. */
static int32_t stop_before(csv_scan *scan, const walk *w, int32_t row, int32_t field) {
    uint32_t start = scan->row_starts[row];
    scan->position = start < scan->end ? start : scan->end;
    scan->bad.row_start = scan->position;
    scan->bad.field = field;
    scan->seen_non_ascii = lane_bits(w->high) != 0;
    return row;
}

/* `legacy`: a carriage return ends no line, it is dropped before a line feed; no quotes. */
static ALWAYS_INLINE int32_t split(csv_scan *scan, int32_t rows_max, csv_stop *stop,
                                   const bool legacy) {
    const uint8_t *data = scan->data;
    const uint8_t delimiter = (uint8_t)scan->dialect->delimiter.bytes[0];
    const bool has_quote = scan->dialect->quote.length > 0;
    const uint8_t quote = (uint8_t)scan->dialect->quote.bytes[0];
    const int32_t *slot_of = scan->slot_of;
    const int32_t column_count = scan->column_count;
    const int64_t stride = scan->stride;
    uint64_t *fields = scan->fields;
    walk w = walk_from(scan, end_with_line_end(scan, !legacy), !legacy);
    int32_t row = 0, field = 0;
    uint32_t start = scan->position;
    scan->bad = (csv_bad){0};
    scan->row_starts[0] = start;
    *stop = CSV_STOP_DATA;
    while (row < rows_max) {
        uint32_t place = walk_next(&w, !legacy);
        if (place == NOWHERE)
            break;
        uint64_t value = CSV_FIELD(start, place - start);
        if (__builtin_expect(data[place] == quote && has_quote, 0)) {
            if (place != start)
                continue;
            csv_stop taken = take_quoted(scan, &w, &place, &value);
            if (taken != CSV_STOP_FULL) {
                *stop = taken;
                break;
            }
        }
        const uint8_t byte = data[place];
        if (legacy && byte == '\n' && place > start && data[place - 1] == '\r')
            value -= 1ULL << 32;
        fields[slot_of[field < column_count ? field : column_count] * stride + row] = value;
        field++;
        if (byte == delimiter) {
            start = place + 1;
            continue;
        }
        if (byte == '\r' && !take_line_feed(scan, &w, &place))
            break;
        if (field != column_count && !csv_close_row(scan, row, field, value)) {
            scan->bad.resume = place + 1 < scan->end ? place + 1 : scan->end;
            *stop = CSV_STOP_BAD;
            break;
        }
        field = 0;
        start = place + 1;
        scan->row_starts[++row] = start;
    }
    if (row == rows_max)
        *stop = CSV_STOP_FULL;
    return stop_before(scan, &w, row, field);
}

int32_t csv_split_plain(csv_scan *scan, int32_t rows_max, csv_stop *stop) {
    return scan->dialect->is_legacy ? split(scan, rows_max, stop, true)
                                    : split(scan, rows_max, stop, false);
}
