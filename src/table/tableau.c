/* The tableau, exactly as Flink prints it:
 *
 *     +----+--------------------------------+----------------------+
 *     | op |                              w |                    c |
 *     +----+--------------------------------+----------------------+
 *     | +I |                              a |                    1 |
 *     +----+--------------------------------+----------------------+
 *     1 row in set
 *
 * A query's widths come from its types, so rows are printed as they arrive; the header waits for
 * the first row, because an empty result is `Empty set` alone.  Texts longer than their column are
 * cut and end in `...`; wide characters count as two. */
#include "base/utf8.h"
#include "table/result.h"

enum { OP_WIDTH = 2 };

/* ---- cells ----------------------------------------------------------------------------------- */
static void add_cell_text(const rask_result *result, const data_batch *batch, int32_t column,
                          int32_t row, base_strbuf *out) {
    if (!data_column_print(batch->columns[column], row, result->zone, out) &&
        result->style != TABLE_PRINT_BY_ROWS)
        base_strbuf_add_text(out, "<NULL>");
}

/* Bytes of `text` that fit `width` terminal columns. */
static int64_t fitting_bytes(const char *text, int64_t length, int64_t width) {
    int64_t offset = 0, used = 0;
    while (offset < length) {
        int64_t next = offset;
        used += base_utf8_width(base_utf8_next(text, length, &next));
        if (used > width)
            break;
        offset = next;
    }
    return offset;
}

static void add_padded(base_strbuf *out, const char *text, int64_t length, int32_t width) {
    int64_t shown = base_utf8_display_width(text, length);
    int64_t bytes = length;
    const char *tail = "";
    if (shown > width) {
        bytes = fitting_bytes(text, length, width - 3);
        shown = base_utf8_display_width(text, bytes) + 3;
        tail = "...";
    }
    base_strbuf_add_char(out, ' ');
    for (int64_t i = shown; i < width; i++)
        base_strbuf_add_char(out, ' ');
    base_strbuf_add(out, text, bytes);
    base_strbuf_add_text(out, tail);
    base_strbuf_add_text(out, " |");
}

/* ---- lines ----------------------------------------------------------------------------------- */
static void add_border(const rask_result *result, base_strbuf *out) {
    base_strbuf_add_char(out, '+');
    for (int32_t i = result->streaming ? -1 : 0; i < result->schema->count; i++) {
        int32_t width = i < 0 ? OP_WIDTH : result->widths[i];
        for (int32_t k = 0; k < width + 2; k++)
            base_strbuf_add_char(out, '-');
        base_strbuf_add_char(out, '+');
    }
    base_strbuf_add_char(out, '\n');
}

static void add_header(rask_result *result, base_strbuf *out) {
    add_border(result, out);
    base_strbuf_add_char(out, '|');
    if (result->streaming)
        add_padded(out, "op", 2, OP_WIDTH);
    for (int32_t i = 0; i < result->schema->count; i++)
        add_padded(out, result->schema->names[i], (int64_t)strlen(result->schema->names[i]),
                   result->widths[i]);
    base_strbuf_add_char(out, '\n');
    add_border(result, out);
    result->printed_header = true;
}

static void add_row(rask_result *result, const data_batch *batch, int32_t row, base_strbuf *cell,
                    base_strbuf *out) {
    base_strbuf_add_char(out, '|');
    if (result->streaming)
        add_padded(out, data_row_kind_text(data_batch_kind(batch, row)), 2, OP_WIDTH);
    for (int32_t i = 0; i < result->schema->count; i++) {
        base_strbuf_clear(cell);
        add_cell_text(result, batch, i, row, cell);
        add_padded(out, cell->data, cell->length, result->widths[i]);
    }
    base_strbuf_add_char(out, '\n');
}

static void add_footer(rask_result *result, base_strbuf *out) {
    result->printed_footer = true;
    if (result->style == TABLE_PRINT_RAW)
        return;
    if (!result->printed_header) {
        base_strbuf_add_text(out, "Empty set\n");
        return;
    }
    add_border(result, out);
    base_strbuf_printf(out, "%lld row%s in set\n", (long long)result->printed_rows,
                       result->printed_rows == 1 ? "" : "s");
}

/* ---- widths ---------------------------------------------------------------------------------- */
static void widen(int32_t *width, int64_t needed) {
    if (needed > *width)
        *width = (int32_t)needed;
}

/* SHOW and DESCRIBE have all their rows in one batch. */
static void set_widths(rask_result *result, const data_batch *batch, base_strbuf *cell) {
    result->widths = BASE_ARENA_ARRAY(result->arena, int32_t, result->schema->count + 1);
    for (int32_t i = 0; i < result->schema->count; i++) {
        const char *name = result->schema->names[i];
        widen(&result->widths[i], base_utf8_display_width(name, (int64_t)strlen(name)));
        if (result->style == TABLE_PRINT_BY_TYPE) {
            widen(&result->widths[i],
                  data_type_print_width(result->schema->types[i], result->width_max));
            continue;
        }
        for (int32_t r = 0; r < batch->selected; r++) {
            base_strbuf_clear(cell);
            add_cell_text(result, batch, i, data_batch_row(batch, r), cell);
            widen(&result->widths[i], base_utf8_display_width(cell->data, cell->length));
        }
    }
}

static void add_raw(rask_result *result, const data_batch *batch, base_strbuf *out) {
    for (int32_t r = 0; r < batch->selected; r++) {
        for (int32_t i = 0; i < result->schema->count; i++)
            add_cell_text(result, batch, i, data_batch_row(batch, r), out);
        base_strbuf_add_char(out, '\n');
    }
}

static void add_batch(rask_result *result, const data_batch *batch, base_strbuf *out) {
    if (result->style == TABLE_PRINT_RAW) {
        add_raw(result, batch, out);
        return;
    }
    base_strbuf cell;
    base_strbuf_init(&cell, INT64_MAX);
    if (result->widths == NULL)
        set_widths(result, batch, &cell);
    if (!result->printed_header)
        add_header(result, out);
    for (int32_t r = 0; r < batch->selected; r++)
        add_row(result, batch, data_batch_row(batch, r), &cell, out);
    result->printed_rows += batch->selected;
    base_strbuf_free(&cell);
}

rask_status rask_result_print_next(rask_result *result, int64_t timeout_ms, const char **text,
                                   int64_t *length, rask_poll *poll, rask_error *err) {
    data_batch *batch = NULL;
    base_strbuf_clear(&result->text);
    *length = 0;
    if (result->printed_footer) {
        *poll = RASK_POLL_END;
        return RASK_OK;
    }
    RASK_TRY(table_result_next_batch(result, timeout_ms, &batch, poll, err));
    if (*poll == RASK_POLL_ROWS)
        add_batch(result, batch, &result->text);
    if (*poll == RASK_POLL_END) {
        add_footer(result, &result->text);
        *poll = RASK_POLL_ROWS; /* the footer; the next call ends */
    }
    data_batch_unref(batch);
    *text = result->text.data;
    *length = result->text.length;
    return RASK_OK;
}

/* ---- rows as texts --------------------------------------------------------------------------- */
static void fill_cells(rask_result *result) {
    int32_t count = result->schema->count;
    if (result->cell_texts == NULL) {
        result->cell_texts = BASE_NEW_ARRAY(const char *, count + 1);
        result->cell_offsets = BASE_NEW_ARRAY(int64_t, count + 1);
    }
    int32_t row = data_batch_row(result->printing, result->printing_row);
    base_strbuf_clear(&result->text);
    for (int32_t i = 0; i < count; i++) {
        result->cell_offsets[i] = result->text.length;
        if (!data_column_print(result->printing->columns[i], row, result->zone, &result->text))
            base_strbuf_add_text(&result->text, "<NULL>");
        base_strbuf_add(&result->text, "", 1); /* its NUL */
    }
    for (int32_t i = 0; i < count; i++)
        result->cell_texts[i] = result->text.data + result->cell_offsets[i];
}

rask_status rask_result_text_next(rask_result *result, int64_t timeout_ms, int *kind,
                                  const char *const **cells, rask_poll *poll, rask_error *err) {
    if (result->printing != NULL && result->printing_row >= result->printing->selected) {
        data_batch_unref(result->printing);
        result->printing = NULL;
    }
    if (result->printing == NULL) {
        result->printing_row = 0;
        RASK_TRY(table_result_next_batch(result, timeout_ms, &result->printing, poll, err));
        if (*poll != RASK_POLL_ROWS)
            return RASK_OK;
    }
    *poll = RASK_POLL_ROWS;
    fill_cells(result);
    *kind =
        data_batch_kind(result->printing, data_batch_row(result->printing, result->printing_row));
    *cells = result->cell_texts;
    result->printing_row++;
    return RASK_OK;
}
