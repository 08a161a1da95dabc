/* Pages of one leaf: levels and values, encoded and compressed.
 *
 * A chunk begins with a dictionary.  When its first page ends it shows whether that pays (codes and
 * entries together are smaller than the values); if not, or once the dictionary is full, the rest
 * of the chunk is stored as it is, in version 2 as deltas. */
#include <string.h>

#include "format/parquet_write.h"

enum { LEVELS_MIN = 1024 };

/* ---- life ------------------------------------------------------------------------------------ */

static int32_t plain_width(const parquet_node *node) {
    static const int8_t widths[] = {
        [PARQUET_BOOLEAN] = 1, [PARQUET_INT32] = 4,  [PARQUET_INT64] = 8, [PARQUET_INT96] = 12,
        [PARQUET_FLOAT] = 4,   [PARQUET_DOUBLE] = 8, [PARQUET_GROUP] = 0};
    return node->physical == PARQUET_FIXED ? node->length : widths[node->physical];
}

static void begin_chunk(parquet_column *column) {
    column->has_dictionary =
        column->settings->uses_dictionary && column->node->physical != PARQUET_BOOLEAN;
    column->has_code_pages = false;
    column->range.has_values = column->range.is_broken = false;
    column->chunk_values = column->chunk_nulls = column->pages_uncompressed = 0;
    column->encodings = 0;
    base_strbuf_clear(&column->pages);
    parquet_dictionary_clear(&column->dictionary);
}

void parquet_column_init(parquet_column *column, const parquet_settings *settings,
                         const parquet_node *node, const data_type *type) {
    *column = (parquet_column){
        .settings = settings, .node = node, .type = type, .width = plain_width(node)};
    base_strbuf_init(&column->values, INT32_MAX);
    base_strbuf_init(&column->dictionary.bytes, INT32_MAX);
    base_strbuf_init(&column->range.min_text, INT32_MAX);
    base_strbuf_init(&column->range.max_text, INT32_MAX);
    base_strbuf_init(&column->pages, INT32_MAX);
    begin_chunk(column);
}

void parquet_column_free(parquet_column *column) {
    base_strbuf_free(&column->values);
    base_strbuf_free(&column->range.min_text);
    base_strbuf_free(&column->range.max_text);
    base_strbuf_free(&column->pages);
    parquet_dictionary_free(&column->dictionary);
    base_free(column->codes);
    base_free(column->definition);
    base_free(column->repetition);
}

int64_t parquet_column_bytes(const parquet_column *column) {
    return column->values.capacity + column->pages.capacity + column->dictionary.bytes.capacity +
           (int64_t)sizeof(int32_t) * (column->code_capacity + column->dictionary.slot_count) +
           (int64_t)sizeof(int64_t) * column->dictionary.capacity + 2 * column->level_capacity;
}

void parquet_column_reserve_levels(parquet_column *column, int64_t count) {
    int64_t needed = column->level_count + count;
    if (needed <= column->level_capacity)
        return;
    int64_t capacity = needed > 2 * column->level_capacity ? needed : 2 * column->level_capacity;
    column->level_capacity = capacity > LEVELS_MIN ? capacity : LEVELS_MIN;
    if (column->node->max_definition > 0)
        column->definition = base_realloc(column->definition, column->level_capacity);
    if (column->node->max_repetition > 0)
        column->repetition = base_realloc(column->repetition, column->level_capacity);
}

/* ---- values ---------------------------------------------------------------------------------- */

static int32_t code_width(const parquet_column *column) {
    return column->dictionary.count > 1
               ? parquet_bit_width((uint64_t)(column->dictionary.count - 1))
               : 0;
}

/* The page's codes become values again, and the dictionary goes. */
static void give_up_dictionary(parquet_column *column) {
    for (int64_t i = 0; i < column->value_count; i++) {
        int64_t length;
        const uint8_t *entry =
            parquet_dictionary_entry(&column->dictionary, column->width, column->codes[i], &length);
        uint32_t size = (uint32_t)length;
        if (column->width == 0)
            base_strbuf_add(&column->values, (const char *)&size, 4);
        base_strbuf_add(&column->values, (const char *)entry, length);
    }
    column->has_dictionary = false;
    parquet_dictionary_clear(&column->dictionary);
}

static void encode_codes(const parquet_column *column, base_strbuf *out) {
    int32_t width = code_width(column);
    base_strbuf_add_char(out, (char)width);
    parquet_runs_write(column->codes, column->value_count, width, out);
}

static void encode_booleans(const parquet_column *column, base_strbuf *out) {
    const uint8_t *values = (const uint8_t *)column->values.data;
    int64_t count = column->value_count;
    if (column->settings->is_v2) {
        uint32_t zero = 0, size;
        int64_t start = out->length;
        base_strbuf_add(out, (const char *)&zero, 4);
        parquet_runs_write_bytes(values, count, 1, out);
        size = (uint32_t)(out->length - start - 4);
        memcpy(out->data + start, &size, 4);
        return;
    }
    for (int64_t i = 0; i < count; i += 8) {
        uint8_t byte = 0;
        for (int64_t b = 0; b < 8 && i + b < count; b++)
            byte |= (uint8_t)(values[i + b] << b);
        base_strbuf_add_char(out, (char)byte);
    }
}

static void encode_deltas(const parquet_column *column, base_strbuf *out) {
    bool is_i32 = column->node->physical == PARQUET_INT32;
    int64_t *wide = base_alloc(column->value_count * 8 + 8);
    for (int64_t i = 0; i < column->value_count; i++) {
        if (is_i32)
            wide[i] = ((const int32_t *)(const void *)column->values.data)[i];
        else
            memcpy(&wide[i], column->values.data + i * 8, 8);
    }
    parquet_delta_write(wide, column->value_count, is_i32, out);
    base_free(wide);
}

static int64_t shared_prefix(const char *a, int64_t length_a, const char *b, int64_t length_b) {
    int64_t shorter = length_a < length_b ? length_a : length_b, same = 0;
    while (same < shorter && a[same] == b[same])
        same++;
    return same;
}

/* DELTA_BYTE_ARRAY: prefix lengths, suffix lengths, suffixes. */
static void encode_texts(const parquet_column *column, base_strbuf *out) {
    int64_t count = column->value_count, length_before = 0;
    int64_t *prefixes = base_alloc(count * 8 + 8), *suffixes = base_alloc(count * 8 + 8);
    const char *at = column->values.data, *before = at;
    base_strbuf bytes;
    base_strbuf_init(&bytes, INT32_MAX);
    for (int64_t i = 0; i < count; i++) {
        uint32_t length;
        memcpy(&length, at, 4);
        at += 4;
        prefixes[i] = shared_prefix(before, length_before, at, length);
        suffixes[i] = length - prefixes[i];
        base_strbuf_add(&bytes, at + prefixes[i], suffixes[i]);
        before = at;
        length_before = length;
        at += length;
    }
    parquet_delta_write(prefixes, count, true, out);
    parquet_delta_write(suffixes, count, true, out);
    base_strbuf_add(out, bytes.data, bytes.length);
    base_strbuf_free(&bytes);
    base_free(prefixes);
    base_free(suffixes);
}

static parquet_encoding encode_values(const parquet_column *column, base_strbuf *out) {
    parquet_physical physical = column->node->physical;
    bool is_v2 = column->settings->is_v2;
    if (column->has_dictionary) {
        encode_codes(column, out);
        return is_v2 ? PARQUET_RLE_DICTIONARY : PARQUET_PLAIN_DICTIONARY;
    }
    if (physical == PARQUET_BOOLEAN) {
        encode_booleans(column, out);
        return is_v2 ? PARQUET_RLE : PARQUET_PLAIN;
    }
    if (is_v2 && (physical == PARQUET_INT32 || physical == PARQUET_INT64)) {
        encode_deltas(column, out);
        return PARQUET_DELTA_BINARY_PACKED;
    }
    if (is_v2 && physical == PARQUET_BYTE_ARRAY) {
        encode_texts(column, out);
        return PARQUET_DELTA_BYTE_ARRAY;
    }
    base_strbuf_add(out, column->values.data, column->values.length);
    return PARQUET_PLAIN;
}

/* ---- levels ---------------------------------------------------------------------------------- */

/* Returns their bytes.  Version 1 puts the length in front. */
static int32_t encode_levels(const parquet_column *column, const uint8_t *levels, int32_t level_max,
                             base_strbuf *out) {
    int64_t start = out->length;
    uint32_t size = 0;
    if (level_max == 0)
        return 0;
    if (!column->settings->is_v2)
        base_strbuf_add(out, (const char *)&size, 4);
    int64_t runs = out->length;
    parquet_runs_write_bytes(levels, column->level_count, parquet_bit_width((uint64_t)level_max),
                             out);
    size = (uint32_t)(out->length - runs);
    if (!column->settings->is_v2)
        memcpy(out->data + start, &size, 4);
    return (int32_t)(out->length - start);
}

/* ---- pages ----------------------------------------------------------------------------------- */

static rask_status too_large(const parquet_column *column, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_MEMORY,
                          "A row group of column '%s' has more than 2 GB; set "
                          "'parquet.block.size' to less",
                          column->node->name);
}

/* Compresses body[prefix..), writes header, prefix and compressed bytes to `out`. */
static rask_status write_page(parquet_writer *writer, parquet_column *column,
                              parquet_page_header *header, const base_strbuf *body, int64_t prefix,
                              base_strbuf *out, rask_error *err) {
    base_strbuf packed;
    int64_t start = out->length;
    base_strbuf_init(&packed, INT32_MAX);
    rask_status status = body->overflowed
                             ? too_large(column, err)
                             : parquet_compress(writer->compressor, writer->settings.codec,
                                                (const uint8_t *)body->data + prefix,
                                                body->length - prefix, &packed, err);
    if (status == RASK_OK) {
        header->uncompressed_bytes = (int32_t)body->length;
        header->compressed_bytes = (int32_t)(prefix + packed.length);
        header->is_compressed = writer->settings.codec != PARQUET_UNCOMPRESSED;
        parquet_page_header_write(header, out);
        column->pages_uncompressed += out->length - start + body->length;
        base_strbuf_add(out, body->data, prefix);
        base_strbuf_add(out, packed.data, packed.length);
        status = out->overflowed ? too_large(column, err) : RASK_OK;
    }
    base_strbuf_free(&packed);
    return status;
}

static void forget_page(parquet_column *column) {
    column->chunk_values += column->level_count;
    column->chunk_nulls += column->null_count;
    base_strbuf_clear(&column->values);
    column->value_count = column->level_count = column->row_count = column->null_count = 0;
    column->raw_bytes = 0;
}

static bool dictionary_pays(const parquet_column *column) {
    int64_t codes = column->value_count * code_width(column) / 8;
    return column->dictionary.bytes.length + codes < column->raw_bytes;
}

rask_status parquet_column_end_page(parquet_writer *writer, parquet_column *column,
                                    rask_error *err) {
    base_strbuf *body = &writer->scratch;
    if (column->level_count == 0)
        return RASK_OK;
    if (column->has_dictionary && !column->has_code_pages && !dictionary_pays(column))
        give_up_dictionary(column);
    base_strbuf_clear(body);
    base_strbuf_add(body, "", 0); /* a body may be empty, never NULL */
    parquet_page_header header = {.kind = column->settings->is_v2 ? PARQUET_PAGE_DATA_V2
                                                                  : PARQUET_PAGE_DATA,
                                  .value_count = (int32_t)column->level_count,
                                  .null_count = (int32_t)column->null_count,
                                  .row_count = (int32_t)column->row_count};
    header.repetition_bytes =
        encode_levels(column, column->repetition, column->node->max_repetition, body);
    header.definition_bytes =
        encode_levels(column, column->definition, column->node->max_definition, body);
    int64_t prefix = column->settings->is_v2 ? body->length : 0;
    header.encoding = encode_values(column, body);
    column->encodings |= 1U << header.encoding;
    if (header.repetition_bytes + header.definition_bytes > 0)
        column->encodings |= 1U << PARQUET_RLE;
    RASK_TRY(write_page(writer, column, &header, body, prefix, &column->pages, err));
    column->has_code_pages = column->has_code_pages || column->has_dictionary;
    forget_page(column);
    /* A full dictionary stays for the pages that need it. */
    if (column->dictionary.bytes.length > column->settings->dictionary_bytes)
        column->has_dictionary = false;
    return RASK_OK;
}

static rask_status write_dictionary(parquet_writer *writer, parquet_column *column,
                                    base_strbuf *bytes, rask_error *err) {
    parquet_page_header header = {.kind = PARQUET_PAGE_DICTIONARY,
                                  .value_count = column->dictionary.count,
                                  .encoding = column->settings->is_v2 ? PARQUET_PLAIN
                                                                      : PARQUET_PLAIN_DICTIONARY};
    column->encodings |= 1U << header.encoding;
    base_strbuf_add(&column->dictionary.bytes, "", 0);
    return write_page(writer, column, &header, &column->dictionary.bytes, 0, bytes, err);
}

rask_status parquet_column_end_chunk(parquet_writer *writer, parquet_column *column,
                                     parquet_chunk *out, base_strbuf *bytes, rask_error *err) {
    int64_t start = bytes->length;
    RASK_TRY(parquet_column_end_page(writer, column, err));
    *out = (parquet_chunk){.offset = writer->offset,
                           .dictionary_offset = -1,
                           .value_count = column->chunk_values,
                           .codec = writer->settings.codec};
    out->statistics.null_count = column->chunk_nulls;
    out->statistics.distinct_count = column->has_dictionary ? column->dictionary.count : -1;
    if (column->has_code_pages) {
        out->dictionary_offset = writer->offset;
        RASK_TRY(write_dictionary(writer, column, bytes, err));
    }
    out->data_offset = writer->offset + (bytes->length - start);
    base_strbuf_add(bytes, column->pages.data, column->pages.length);
    if (bytes->overflowed)
        return too_large(column, err);
    out->size = bytes->length - start;
    out->uncompressed_size = column->pages_uncompressed;
    out->encodings = column->encodings;
    parquet_range_describe(column, writer->arena, &out->statistics);
    writer->offset += out->size;
    begin_chunk(column);
    return RASK_OK;
}
