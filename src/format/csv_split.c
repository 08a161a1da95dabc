/* Cutting a csv file into splits.
 *
 * A line end ends a record only outside quotes, and which quotes are open at some offset can be
 * known for certain only from the start of the file.  So the file is read once, at the speed of
 * memory, with nothing but quotes looked for: the same rule as the splitters' (a quote opens only
 * where a field begins), so the cuts are exact.  Where quotes cannot be followed so simply
 * (escapes, trimmed spaces, comments, marks of several bytes) the file stays in one piece. */
#include <string.h>

#include "format/csv.h"
#include "format/text_splits.h"

typedef enum quote_state { OUTSIDE, INSIDE, AFTER_QUOTE } quote_state;

typedef struct quote_walk {
    text_splits *splits;
    uint8_t quote, delimiter;
    quote_state state;
    uint8_t before; /* the byte before the piece */
} quote_walk;

static bool starts_field(const quote_walk *walk, uint8_t before) {
    return before == walk->delimiter || before == '\n' || before == '\r';
}

/* Looks for cuts in piece[from, to), which holds no quotes and lies outside of any. */
static void cut_between(quote_walk *walk, const uint8_t *piece, int64_t from, int64_t to,
                        int64_t offset) {
    while (text_splits_want_more(walk->splits)) {
        int64_t wanted = walk->splits->wanted - offset;
        int64_t end = text_line_end(piece, wanted > from ? wanted : from, to);
        if (end < 0)
            return;
        text_splits_cut(walk->splits, offset + end);
        from = end;
    }
}

static int64_t find_quote(const quote_walk *walk, const uint8_t *piece, int64_t from,
                          int64_t size) {
    const uint8_t *place = memchr(piece + from, walk->quote, (size_t)(size - from));
    return place != NULL ? place - piece : size;
}

/* Walks one piece of the file, which starts at `offset`. */
static void walk_piece(quote_walk *walk, const uint8_t *piece, int64_t size, int64_t offset) {
    int64_t i = 0;
    while (i < size) {
        if (walk->state == AFTER_QUOTE) { /* doubled, or closed? */
            walk->state = piece[i] == walk->quote ? INSIDE : OUTSIDE;
            i += walk->state == INSIDE;
            continue;
        }
        int64_t quote = find_quote(walk, piece, i, size);
        if (walk->state == INSIDE) {
            walk->state = quote < size ? AFTER_QUOTE : INSIDE;
            i = quote + 1;
            continue;
        }
        cut_between(walk, piece, i, quote, offset);
        if (quote < size && starts_field(walk, quote > 0 ? piece[quote - 1] : walk->before))
            walk->state = INSIDE;
        i = quote + 1;
    }
    walk->before = size > 0 ? piece[size - 1] : walk->before;
}

static rask_status cut_by_quotes(const csv_dialect *dialect, const format_input *input,
                                 text_splits *splits, rask_error *err) {
    base_buffer *piece = NULL;
    RASK_TRY(base_buffer_new(NULL, TEXT_BLOCK_BYTES, &piece, err));
    quote_walk walk = {.splits = splits,
                       .quote = (uint8_t)dialect->quote.bytes[0],
                       .delimiter = (uint8_t)dialect->delimiter.bytes[0],
                       .before = '\n'};
    rask_status status = RASK_OK;
    int64_t offset = 0, got = 1;
    while (text_splits_want_more(splits) && got > 0) {
        status = input->read_at(input->self, offset, piece->data, TEXT_BLOCK_BYTES, &got, err);
        if (status != RASK_OK)
            break;
        bool has_mark = offset == 0 && got >= 3 && memcmp(piece->data, "\xef\xbb\xbf", 3) == 0;
        int64_t skip = has_mark ? 3 : 0;
        walk_piece(&walk, piece->data + skip, got - skip, offset + skip);
        offset += got;
    }
    base_buffer_unref(piece);
    return status;
}

rask_status csv_plan_splits(const format_config *config, const format_input *input,
                            int64_t target_bytes, base_arena *arena, format_split **out,
                            int32_t *count, rask_error *err) {
    csv_dialect dialect;
    RASK_TRY(csv_dialect_read(config, &dialect, err));
    text_splits splits;
    text_splits_init(&splits, arena, input->size, target_bytes);
    if (!text_splits_want_more(&splits)) {
        /* one piece */
    } else if (dialect.is_legacy) {
        RASK_TRY(text_splits_by_line(&splits, input, dialect.line_delimiter.bytes, err));
    } else if (csv_splitter_for(&dialect) == csv_split_plain) {
        if (dialect.quote.length == 0)
            RASK_TRY(text_splits_by_line(&splits, input, NULL, err));
        else
            RASK_TRY(cut_by_quotes(&dialect, input, &splits, err));
    }
    text_splits_end(&splits, out, count);
    return RASK_OK;
}
