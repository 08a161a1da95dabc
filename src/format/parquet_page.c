/* Loading pages of a column chunk: header, decompression, levels, and what an encoding needs before
 * its values can be taken one after the other.
 *
 * Buffers go round: a page whose texts are no longer viewed by any batch is used for the next one,
 * so that a scan works in memory that is already there. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "format/parquet_read.h"

enum {
    WINDOW_BYTES = 256 * 1024, /* read at once, at least */
    HEADER_BYTES = 64 * 1024,  /* page headers are shorter, statistics included */
    HEADER_BYTES_MAX = 16 << 20,
    CODE_BITS_MAX = 32
};

rask_status parquet_leaf_fail(const parquet_leaf *leaf, int64_t at, rask_error *err,
                              const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return rask_error_set(err, RASK_ERROR_RUNTIME, "%s is damaged at byte %lld, column '%s': %s",
                          leaf->input->name, (long long)at, leaf->node->name, text);
}

/* ---- buffers --------------------------------------------------------------------------------- */

/* The smallest free buffer that is large enough, unless most of it would lie idle. */
static int32_t find_spare(const parquet_leaf *leaf, int64_t size) {
    int32_t best = -1;
    for (int32_t i = 0; i < PARQUET_SPARES; i++) {
        const base_buffer *spare = leaf->spares[i];
        bool fits = spare != NULL && spare->capacity >= size &&
                    spare->capacity / 4 <= size + WINDOW_BYTES && base_buffer_is_unique(spare);
        if (fits && (best < 0 || spare->capacity < leaf->spares[best]->capacity))
            best = i;
    }
    return best;
}

rask_status parquet_leaf_buffer(parquet_leaf *leaf, int64_t size, base_buffer **out,
                                rask_error *err) {
    int32_t spare = find_spare(leaf, size);
    if (spare < 0) /* a little more, since the next page may be a little larger */
        return base_buffer_new(leaf->pool, size + size / 8, out, err);
    *out = leaf->spares[spare];
    leaf->spares[spare] = NULL;
    (*out)->size = 0;
    return RASK_OK;
}

void parquet_leaf_recycle(parquet_leaf *leaf, base_buffer *buffer) {
    int32_t place = 0;
    if (buffer == NULL)
        return;
    for (int32_t i = 0; i < PARQUET_SPARES; i++) {
        if (leaf->spares[i] == buffer) { /* as page and as window */
            base_buffer_unref(buffer);
            return;
        }
    }
    /* An empty place, or that of the smallest. */
    for (int32_t i = 1; i < PARQUET_SPARES && leaf->spares[place] != NULL; i++)
        if (leaf->spares[i] == NULL || leaf->spares[i]->capacity < leaf->spares[place]->capacity)
            place = i;
    base_buffer_unref(leaf->spares[place]);
    leaf->spares[place] = buffer;
}

static void drop_page(parquet_leaf *leaf) {
    if (leaf->page == leaf->window)
        base_buffer_unref(leaf->page);
    else
        parquet_leaf_recycle(leaf, leaf->page);
    leaf->page = NULL;
    leaf->left = 0;
}

void parquet_leaf_open(parquet_leaf *leaf, const parquet_chunk *chunk) {
    drop_page(leaf);
    data_column_unref(leaf->dictionary);
    leaf->dictionary = NULL;
    leaf->chunk = chunk;
    leaf->at = chunk->offset;
    leaf->end = chunk->offset + chunk->size;
    leaf->values_left = chunk->value_count;
    leaf->skip = 0;
    if (leaf->conversion.type != NULL)
        parquet_conversion_narrow(&leaf->conversion, &chunk->statistics);
}

void parquet_leaf_close(parquet_leaf *leaf) {
    drop_page(leaf);
    data_column_unref(leaf->dictionary);
    parquet_vector_drop(&leaf->dense);
    base_buffer_unref(leaf->window);
    base_buffer_unref(leaf->levels);
    base_buffer_unref(leaf->scratch);
    base_buffer_unref(leaf->batch_levels);
    for (int32_t i = 0; i < PARQUET_SPARES; i++)
        base_buffer_unref(leaf->spares[i]);
}

/* ---- bytes of the file ----------------------------------------------------------------------- */

static rask_status read_window(parquet_leaf *leaf, int64_t size, rask_error *err) {
    int64_t wanted = size > WINDOW_BYTES ? size : WINDOW_BYTES, got = 1;
    base_buffer *window;
    wanted = wanted > leaf->end - leaf->at ? leaf->end - leaf->at : wanted;
    parquet_leaf_recycle(leaf, leaf->window);
    leaf->window = NULL;
    RASK_TRY(parquet_leaf_buffer(leaf, wanted, &window, err));
    leaf->window = window;
    leaf->window_start = leaf->at;
    while (window->size < wanted && got > 0) {
        RASK_TRY(leaf->input->read_at(leaf->input->self, leaf->at + window->size,
                                      window->data + window->size, wanted - window->size, &got,
                                      err));
        window->size += got;
    }
    if (window->size < size)
        return parquet_leaf_fail(leaf, leaf->at + window->size, err,
                                 "the file became shorter while it was read");
    return RASK_OK;
}

/* `size` bytes from leaf->at on, at *out; they lie in leaf->window. */
static rask_status need_bytes(parquet_leaf *leaf, int64_t size, const uint8_t **out,
                              rask_error *err) {
    bool inside = leaf->window != NULL && leaf->at >= leaf->window_start &&
                  leaf->at + size <= leaf->window_start + leaf->window->size;
    if (size > leaf->end - leaf->at)
        return parquet_leaf_fail(leaf, leaf->at, err, "a page reaches over the end of its column");
    if (!inside)
        RASK_TRY(read_window(leaf, size, err));
    *out = leaf->window->data + (leaf->at - leaf->window_start);
    return RASK_OK;
}

/* The header at leaf->at.  How long it is shows only when it is read: first what is there, then
 * more and more. */
static rask_status peek_header(parquet_leaf *leaf, parquet_page_header *out, rask_error *err) {
    const char *failure = NULL;
    for (int64_t size = HEADER_BYTES / 64;; size *= 16) {
        int64_t left = leaf->end - leaf->at, wanted = left < size ? left : size;
        const uint8_t *bytes;
        RASK_TRY(need_bytes(leaf, wanted, &bytes, err));
        parquet_page_header_read(bytes, wanted, out, &failure);
        if (failure == NULL)
            break;
        if (wanted == left || size >= HEADER_BYTES_MAX)
            return parquet_leaf_fail(leaf, leaf->at, err, "a page header cannot be read: %s",
                                     failure);
    }
    leaf->page_at = leaf->at;
    if (out->compressed_bytes > leaf->end - leaf->at - out->header_bytes)
        return parquet_leaf_fail(leaf, leaf->at, err,
                                 "a page of %d bytes reaches over the end of its column",
                                 out->compressed_bytes);
    return RASK_OK;
}

static void pass_page(parquet_leaf *leaf, const parquet_page_header *header) {
    leaf->at += header->header_bytes + (int64_t)header->compressed_bytes;
}

/* ---- decompression --------------------------------------------------------------------------- */

/* The page's bytes behind its header, decompressed into leaf->page from `prefix` on; the first
 * `prefix` bytes are stored as they are (levels of V2).  Bytes that are not compressed at all stay
 * where they were read. */
static rask_status load_bytes(parquet_leaf *leaf, const parquet_page_header *header, int64_t prefix,
                              const uint8_t **out, rask_error *err) {
    parquet_codec codec = leaf->chunk->codec;
    const uint8_t *in;
    int64_t packed = header->compressed_bytes - prefix, size = header->uncompressed_bytes - prefix;
    leaf->at += header->header_bytes;
    RASK_TRY(need_bytes(leaf, header->compressed_bytes, &in, err));
    leaf->at += header->compressed_bytes;
    if (codec == PARQUET_UNCOMPRESSED || !header->is_compressed) {
        if (packed != size)
            return parquet_leaf_fail(leaf, leaf->page_at, err,
                                     "a page has two sizes though it is not compressed");
        leaf->page = base_buffer_ref(leaf->window);
        *out = in;
        return RASK_OK;
    }
    if (!parquet_codec_is_supported(codec))
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "%s is compressed with %s, which is not supported.",
                              leaf->input->name, parquet_codec_name(codec));
    if (size > parquet_decompressed_bytes_max(codec, packed))
        return parquet_leaf_fail(leaf, leaf->page_at, err,
                                 "a page of %lld bytes cannot become %lld", (long long)packed,
                                 (long long)size);
    RASK_TRY(parquet_leaf_buffer(leaf, prefix + size, &leaf->page, err));
    leaf->page->size = prefix + size;
    memcpy(leaf->page->data, in, (size_t)prefix);
    const char *failure = NULL;
    if (packed > 0 || size > 0)
        failure = parquet_decompress(leaf->compressor, codec, in + prefix, packed,
                                     leaf->page->data + prefix, size);
    if (failure != NULL)
        return parquet_leaf_fail(leaf, leaf->page_at, err, "a page cannot be decompressed: %s",
                                 failure);
    *out = leaf->page->data;
    return RASK_OK;
}

/* ---- levels ---------------------------------------------------------------------------------- */

/* One kind of levels of the page: where they are. */
typedef struct level_bytes {
    const uint8_t *bytes;
    int64_t size;
    int32_t width;
} level_bytes;

/* V1: a length, then the runs; moves *at behind them. */
static rask_status find_levels(parquet_leaf *leaf, int32_t level_max, parquet_encoding encoding,
                               const uint8_t **at, const uint8_t *end, level_bytes *out,
                               rask_error *err) {
    uint32_t size;
    *out = (level_bytes){.width = parquet_bit_width((uint64_t)level_max)};
    if (level_max == 0)
        return RASK_OK;
    if (encoding != PARQUET_RLE)
        return parquet_leaf_fail(leaf, leaf->page_at, err, "levels have the encoding %d, not RLE",
                                 (int)encoding);
    if (end - *at < 4)
        return parquet_leaf_fail(leaf, leaf->page_at, err, "a page ends before its levels");
    memcpy(&size, *at, 4);
    if (size > end - *at - 4)
        return parquet_leaf_fail(leaf, leaf->page_at, err, "levels reach over the end of a page");
    out->bytes = *at + 4;
    out->size = size;
    *at += 4 + (int64_t)size;
    return RASK_OK;
}

static rask_status unpack_levels(parquet_leaf *leaf, const level_bytes *levels, int32_t level_max,
                                 int64_t count, uint8_t *out, rask_error *err) {
    parquet_runs runs;
    uint8_t max = 0;
    if (level_max == 0) {
        memset(out, 0, (size_t)count);
        return RASK_OK;
    }
    parquet_runs_init(&runs, levels->bytes, levels->size, levels->width);
    if (!parquet_runs_read_bytes(&runs, count, out))
        return parquet_leaf_fail(leaf, leaf->page_at, err, "a page has too few levels");
    for (int64_t i = 0; i < count; i++)
        max = out[i] > max ? out[i] : max;
    if (max > level_max)
        return parquet_leaf_fail(leaf, leaf->page_at, err, "a level is %d, at most %d make sense",
                                 max, level_max);
    return RASK_OK;
}

static rask_status load_levels(parquet_leaf *leaf, int64_t count, const level_bytes *repetition,
                               const level_bytes *definition, rask_error *err) {
    if (leaf->is_flat) {
        if (leaf->node->max_definition > 0)
            parquet_runs_init(&leaf->definitions, definition->bytes, definition->size,
                              definition->width);
        return RASK_OK;
    }
    if (leaf->levels == NULL)
        RASK_TRY(base_buffer_new(leaf->pool, 2 * count, &leaf->levels, err));
    leaf->levels->size = 0;
    RASK_TRY(base_buffer_reserve(&leaf->levels, 2 * count, err));
    leaf->definition = leaf->levels->data;
    leaf->repetition = leaf->levels->data + count;
    RASK_TRY(unpack_levels(leaf, definition, leaf->node->max_definition, count, leaf->levels->data,
                           err));
    return unpack_levels(leaf, repetition, leaf->node->max_repetition, count,
                         leaf->levels->data + count, err);
}

/* ---- encodings ------------------------------------------------------------------------------- */

static rask_status need_scratch(parquet_leaf *leaf, int64_t bytes, rask_error *err) {
    if (leaf->scratch == NULL)
        return base_buffer_new(leaf->pool, bytes, &leaf->scratch, err);
    leaf->scratch->size = 0;
    return base_buffer_reserve(&leaf->scratch, bytes, err);
}

static rask_status too_damaged(parquet_leaf *leaf, const char *what, rask_error *err) {
    return parquet_leaf_fail(leaf, leaf->page_at, err, "%s cannot be decoded", what);
}

static rask_status open_plain(parquet_leaf *leaf, rask_error *err) {
    leaf->values_stored = INT64_MAX; /* the bytes tell */
    leaf->bit = 0;
    leaf->mode = leaf->node->physical == PARQUET_BOOLEAN      ? PARQUET_MODE_BITS
                 : leaf->node->physical == PARQUET_BYTE_ARRAY ? PARQUET_MODE_TEXTS
                                                              : PARQUET_MODE_FIXED;
    return RASK_OK;
}

static rask_status open_codes(parquet_leaf *leaf, rask_error *err) {
    if (leaf->dictionary == NULL && leaf->conversion.type != NULL)
        return parquet_leaf_fail(leaf, leaf->page_at, err,
                                 "a page needs a dictionary, but none "
                                 "came before it");
    leaf->mode = PARQUET_MODE_CODES;
    int32_t width = leaf->values < leaf->values_end ? leaf->values[0] : 0;
    if (width > CODE_BITS_MAX)
        return parquet_leaf_fail(leaf, leaf->page_at, err, "dictionary codes have %d bits", width);
    const uint8_t *codes = leaf->values + (leaf->values < leaf->values_end);
    parquet_runs_init(&leaf->runs, codes, leaf->values_end - codes, width);
    return RASK_OK;
}

static rask_status open_boolean_runs(parquet_leaf *leaf, rask_error *err) {
    uint32_t size = 0;
    if (leaf->node->physical != PARQUET_BOOLEAN)
        return parquet_leaf_fail(leaf, leaf->page_at, err, "the encoding RLE is for booleans");
    if (leaf->values_end - leaf->values >= 4)
        memcpy(&size, leaf->values, 4);
    if (leaf->values_end - leaf->values < 4 || size > leaf->values_end - leaf->values - 4)
        return too_damaged(leaf, "booleans", err);
    leaf->mode = PARQUET_MODE_RUNS;
    parquet_runs_init(&leaf->runs, leaf->values + 4, size, 1);
    return RASK_OK;
}

static rask_status open_delta(parquet_leaf *leaf, rask_error *err) {
    int64_t size = leaf->values_end - leaf->values;
    int64_t count = parquet_delta_count(leaf->values, size), used = -1;
    bool is_i32 = leaf->node->physical == PARQUET_INT32;
    if (!is_i32 && leaf->node->physical != PARQUET_INT64)
        return parquet_leaf_fail(leaf, leaf->page_at, err,
                                 "the encoding DELTA_BINARY_PACKED is for integers");
    if (count < 0 || count > leaf->left)
        return too_damaged(leaf, "deltas", err);
    RASK_TRY(need_scratch(leaf, count * 8, err));
    used = is_i32
               ? parquet_delta_read_i32(leaf->values, size, count, (int32_t *)leaf->scratch->data)
               : parquet_delta_read_i64(leaf->values, size, count, (int64_t *)leaf->scratch->data);
    if (used < 0)
        return too_damaged(leaf, "deltas", err);
    leaf->mode = PARQUET_MODE_FIXED;
    leaf->values = leaf->scratch->data;
    leaf->values_end = leaf->values + count * (is_i32 ? 4 : 8);
    leaf->values_stored = count;
    return RASK_OK;
}

/* Lengths as deltas into `out` (of `count` 64-bit places); *used gets their bytes. */
static rask_status read_lengths(parquet_leaf *leaf, const uint8_t *bytes, int64_t size,
                                int64_t count, int32_t *out, int64_t *used, rask_error *err) {
    *used = parquet_delta_read_i32(bytes, size, count, out);
    if (*used < 0)
        return too_damaged(leaf, "lengths", err);
    for (int64_t i = 0; i < count; i++)
        if (out[i] < 0)
            return parquet_leaf_fail(leaf, leaf->page_at, err, "a text has a negative length");
    return RASK_OK;
}

static rask_status is_for_texts(parquet_leaf *leaf, rask_error *err) {
    bool is_text =
        leaf->node->physical == PARQUET_BYTE_ARRAY || leaf->node->physical == PARQUET_FIXED;
    return is_text ? RASK_OK : too_damaged(leaf, "numbers encoded as texts", err);
}

/* Texts whose bytes stand back to back at leaf->values. */
static rask_status open_lengths(parquet_leaf *leaf, const int32_t *lengths, int64_t count,
                                rask_error *err) {
    bool is_fixed = leaf->node->physical == PARQUET_FIXED;
    for (int64_t i = 0; i < count && is_fixed; i++)
        if (lengths[i] != leaf->node->length)
            return parquet_leaf_fail(leaf, leaf->page_at, err, "a value has %d bytes, not %d",
                                     lengths[i], leaf->node->length);
    leaf->mode = is_fixed ? PARQUET_MODE_FIXED : PARQUET_MODE_LENGTHS;
    leaf->lengths = lengths;
    leaf->values_stored = count;
    return RASK_OK;
}

/* Values that were put together take the place of the page. */
static void take_joined(parquet_leaf *leaf, base_buffer *joined) {
    int64_t left = leaf->left;
    drop_page(leaf);
    leaf->left = left;
    leaf->page = joined;
    leaf->values = joined->data;
    leaf->values_end = joined->data + joined->size;
}

static rask_status open_delta_lengths(parquet_leaf *leaf, rask_error *err) {
    int64_t size = leaf->values_end - leaf->values, used;
    int64_t count = parquet_delta_count(leaf->values, size), total = 0;
    RASK_TRY(is_for_texts(leaf, err));
    if (count < 0 || count > leaf->left)
        return too_damaged(leaf, "lengths", err);
    RASK_TRY(need_scratch(leaf, count * 8, err));
    int32_t *lengths = (int32_t *)leaf->scratch->data;
    RASK_TRY(read_lengths(leaf, leaf->values, size, count, lengths, &used, err));
    for (int64_t i = 0; i < count; i++)
        total += lengths[i];
    if (total > size - used)
        return parquet_leaf_fail(leaf, leaf->page_at, err, "texts reach over the end of a page");
    leaf->values += used;
    return open_lengths(leaf, lengths, count, err);
}

/* The texts, each made of a prefix of the one before and its own suffix, back to back. */
static void join_texts(const int32_t *prefixes, int32_t *suffixes, int64_t count,
                       const uint8_t *bytes, uint8_t *out) {
    const uint8_t *before = out;
    for (int64_t i = 0; i < count; i++) {
        memmove(out, before, (size_t)prefixes[i]);
        memcpy(out + prefixes[i], bytes, (size_t)suffixes[i]);
        before = out;
        bytes += suffixes[i];
        suffixes[i] += prefixes[i];
        out += suffixes[i];
    }
}

/* Bytes of all texts together, -1 = prefixes or suffixes are longer than they can be. */
static int64_t joined_bytes(const int32_t *prefixes, const int32_t *suffixes, int64_t count,
                            int64_t suffix_bytes) {
    int64_t total = 0, before = 0, used = 0;
    for (int64_t i = 0; i < count; i++) {
        if (prefixes[i] > before)
            return -1;
        before = (int64_t)prefixes[i] + suffixes[i];
        used += suffixes[i];
        total += before;
        if (before > INT32_MAX)
            return -1;
    }
    return used <= suffix_bytes ? total : -1;
}

static rask_status open_delta_texts(parquet_leaf *leaf, rask_error *err) {
    int64_t size = leaf->values_end - leaf->values, used, suffix_used;
    int64_t count = parquet_delta_count(leaf->values, size);
    RASK_TRY(is_for_texts(leaf, err));
    if (count < 0 || count > leaf->left)
        return too_damaged(leaf, "prefixes", err);
    RASK_TRY(need_scratch(leaf, 2 * count * 8, err));
    int32_t *suffixes = (int32_t *)leaf->scratch->data, *prefixes = suffixes + 2 * count;
    RASK_TRY(read_lengths(leaf, leaf->values, size, count, prefixes, &used, err));
    if (parquet_delta_count(leaf->values + used, size - used) != count)
        return too_damaged(leaf, "suffixes", err);
    RASK_TRY(
        read_lengths(leaf, leaf->values + used, size - used, count, suffixes, &suffix_used, err));
    used += suffix_used;
    int64_t total = joined_bytes(prefixes, suffixes, count, size - used);
    if (total < 0)
        return parquet_leaf_fail(leaf, leaf->page_at, err, "texts reach over the end of a page");
    base_buffer *joined;
    RASK_TRY(parquet_leaf_buffer(leaf, total, &joined, err));
    joined->size = total;
    join_texts(prefixes, suffixes, count, leaf->values + used, joined->data);
    take_joined(leaf, joined);
    return open_lengths(leaf, suffixes, count, err);
}

/* All first bytes, all second bytes, ...: put together again. */
static rask_status open_byte_streams(parquet_leaf *leaf, rask_error *err) {
    static const int8_t widths[] = {[PARQUET_INT32] = 4,
                                    [PARQUET_INT64] = 8,
                                    [PARQUET_FLOAT] = 4,
                                    [PARQUET_DOUBLE] = 8,
                                    [PARQUET_GROUP] = 0};
    int64_t width =
        leaf->node->physical == PARQUET_FIXED ? leaf->node->length : widths[leaf->node->physical];
    int64_t size = leaf->values_end - leaf->values;
    if (width == 0)
        return parquet_leaf_fail(leaf, leaf->page_at, err,
                                 "the encoding BYTE_STREAM_SPLIT is for numbers");
    int64_t count = size / width;
    base_buffer *joined;
    RASK_TRY(parquet_leaf_buffer(leaf, count * width, &joined, err));
    joined->size = count * width;
    for (int64_t b = 0; b < width; b++)
        for (int64_t i = 0; i < count; i++)
            joined->data[i * width + b] = leaf->values[b * count + i];
    take_joined(leaf, joined);
    leaf->mode = PARQUET_MODE_FIXED;
    leaf->values_stored = count;
    return RASK_OK;
}

typedef rask_status (*encoding_open)(parquet_leaf *leaf, rask_error *err);
static const encoding_open encodings[] = {
    [PARQUET_PLAIN] = open_plain,
    [PARQUET_PLAIN_DICTIONARY] = open_codes,
    [PARQUET_RLE] = open_boolean_runs,
    [PARQUET_DELTA_BINARY_PACKED] = open_delta,
    [PARQUET_DELTA_LENGTH_BYTE_ARRAY] = open_delta_lengths,
    [PARQUET_DELTA_BYTE_ARRAY] = open_delta_texts,
    [PARQUET_RLE_DICTIONARY] = open_codes,
    [PARQUET_BYTE_STREAM_SPLIT] = open_byte_streams,
};

static rask_status open_values(parquet_leaf *leaf, parquet_encoding encoding, rask_error *err) {
    size_t index = (size_t)encoding;
    if (index >= sizeof encodings / sizeof encodings[0] || encodings[index] == NULL)
        return parquet_leaf_fail(leaf, leaf->page_at, err, "the encoding %d is unknown",
                                 (int)encoding);
    return encodings[index](leaf, err);
}

/* ---- pages ----------------------------------------------------------------------------------- */

static rask_status load_data_page(parquet_leaf *leaf, const parquet_page_header *header,
                                  rask_error *err) {
    bool is_v2 = header->kind == PARQUET_PAGE_DATA_V2;
    int64_t prefix = is_v2 ? (int64_t)header->repetition_bytes + header->definition_bytes : 0;
    level_bytes repetition, definition;
    const uint8_t *bytes, *end;
    RASK_TRY(load_bytes(leaf, header, prefix, &bytes, err));
    end = bytes + header->uncompressed_bytes;
    if (is_v2) {
        repetition = (level_bytes){bytes, header->repetition_bytes,
                                   parquet_bit_width((uint64_t)leaf->node->max_repetition)};
        bytes += header->repetition_bytes;
        definition = (level_bytes){bytes, header->definition_bytes,
                                   parquet_bit_width((uint64_t)leaf->node->max_definition)};
        bytes += header->definition_bytes;
    } else {
        RASK_TRY(find_levels(leaf, leaf->node->max_repetition, header->repetition_encoding, &bytes,
                             end, &repetition, err));
        RASK_TRY(find_levels(leaf, leaf->node->max_definition, header->definition_encoding, &bytes,
                             end, &definition, err));
    }
    leaf->left = header->value_count;
    leaf->values = bytes;
    leaf->values_end = end;
    RASK_TRY(load_levels(leaf, header->value_count, &repetition, &definition, err));
    return open_values(leaf, header->encoding, err);
}

static rask_status load_dictionary(parquet_leaf *leaf, const parquet_page_header *header,
                                   rask_error *err) {
    static uint64_t next_id;
    parquet_vector vector = {0};
    if (leaf->conversion.type == NULL) {
        pass_page(leaf, header);
        return RASK_OK;
    }
    if (leaf->dictionary != NULL)
        return parquet_leaf_fail(leaf, leaf->page_at, err, "a column has two dictionaries");
    RASK_TRY(load_bytes(leaf, header, 0, &leaf->values, err));
    leaf->values_end = leaf->values + header->uncompressed_bytes;
    /* Each value has at least a byte (a text's length: four), so that the room is within reason. */
    if (header->value_count > header->uncompressed_bytes)
        return parquet_leaf_fail(leaf, leaf->page_at, err,
                                 "a dictionary of %d bytes cannot have %d values",
                                 header->uncompressed_bytes, header->value_count);
    rask_status status;
    RASK_TRY_OUT(status, open_plain(leaf, err));
    RASK_TRY_OUT(status, parquet_vector_init(&vector, leaf, header->value_count, err));
    RASK_TRY_OUT(status, parquet_leaf_values(leaf, &vector, header->value_count, err));
    leaf->dictionary = parquet_vector_take(&vector, leaf);
    leaf->dictionary_id = __atomic_fetch_add(&next_id, 1, __ATOMIC_RELAXED);
out:
    parquet_vector_drop(&vector);
    drop_page(leaf);
    return status;
}

static bool is_data_page(const parquet_page_header *header) {
    return header->kind == PARQUET_PAGE_DATA || header->kind == PARQUET_PAGE_DATA_V2;
}

rask_status parquet_leaf_next_page(parquet_leaf *leaf, bool *loaded, rask_error *err) {
    parquet_page_header header;
    *loaded = false;
    drop_page(leaf);
    while (leaf->values_left > 0) {
        if (leaf->at >= leaf->end)
            return parquet_leaf_fail(leaf, leaf->at, err,
                                     "its pages end, but %lld values are missing",
                                     (long long)leaf->values_left);
        RASK_TRY(peek_header(leaf, &header, err));
        if (header.kind == PARQUET_PAGE_DICTIONARY) {
            RASK_TRY(load_dictionary(leaf, &header, err));
            continue;
        }
        if (!is_data_page(&header)) {
            pass_page(leaf, &header);
            continue;
        }
        if (header.value_count > leaf->values_left)
            return parquet_leaf_fail(leaf, leaf->at, err,
                                     "a page has %d values, but only %lld are missing",
                                     header.value_count, (long long)leaf->values_left);
        leaf->values_left -= header.value_count;
        if (leaf->is_flat && header.value_count <= leaf->skip) {
            leaf->skip -= header.value_count;
            pass_page(leaf, &header);
            continue;
        }
        RASK_TRY(load_data_page(leaf, &header, err));
        *loaded = true;
        return RASK_OK;
    }
    return RASK_OK;
}
