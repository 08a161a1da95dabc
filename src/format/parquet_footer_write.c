/* Writing footers and page headers; see parquet_footer.h.
 *
 * Types carry the old converted type beside the logical type, as Flink's writer gives both, so that
 * old readers understand them too. */
#include <string.h>

#include "format/parquet_footer.h"
#include "format/parquet_thrift.h"

enum { FORMAT_VERSION = 1 };

/* ---- schema ---------------------------------------------------------------------------------- */

/* The converted type's number, -1 = there is none. */
static int32_t converted_type(const parquet_node *node) {
    switch (node->logical) {
    case PARQUET_STRING:
        return 0;
    case PARQUET_MAP:
        return 1;
    case PARQUET_MAP_ENTRY:
        return 2;
    case PARQUET_LIST:
        return 3;
    case PARQUET_DECIMAL:
        return 5;
    case PARQUET_DATE:
        return 6;
    case PARQUET_TIME:
        return 7;
    case PARQUET_INTEGER:
        return node->bits == 8 ? 15 : node->bits == 16 ? 16 : node->bits == 32 ? 17 : 18;
    default: /* timestamps without a zone have no old form */
        return -1;
    }
}

static void write_empty(base_strbuf *out, int16_t *last, int16_t id) {
    thrift_write_field(out, last, id, THRIFT_STRUCT);
    thrift_write_stop(out);
}

static void write_time_type(base_strbuf *out, const parquet_node *node, bool is_utc) {
    int16_t last = 0, unit = 0;
    thrift_field_bool(out, &last, 1, is_utc);
    thrift_write_field(out, &last, 2, THRIFT_STRUCT);
    write_empty(out, &unit, (int16_t)(node->unit + 1));
    thrift_write_stop(out);
    thrift_write_stop(out);
}

static void write_decimal_type(base_strbuf *out, const parquet_node *node) {
    int16_t last = 0;
    thrift_field_int(out, &last, 1, THRIFT_I32, node->scale);
    thrift_field_int(out, &last, 2, THRIFT_I32, node->precision);
    thrift_write_stop(out);
}

static void write_integer_type(base_strbuf *out, const parquet_node *node) {
    int16_t last = 0;
    thrift_field_int(out, &last, 1, THRIFT_BYTE, node->bits);
    thrift_field_bool(out, &last, 2, node->is_signed);
    thrift_write_stop(out);
}

/* The union's one field. */
static void write_logical(base_strbuf *out, const parquet_node *node) {
    static const int8_t ids[] = {
        [PARQUET_STRING] = 1,    [PARQUET_MAP] = 2,      [PARQUET_LIST] = 3,
        [PARQUET_DECIMAL] = 5,   [PARQUET_DATE] = 6,     [PARQUET_TIME] = 7,
        [PARQUET_TIMESTAMP] = 8, [PARQUET_INTEGER] = 10, [PARQUET_OTHER] = 0};
    int16_t last = 0;
    thrift_write_field(out, &last, ids[node->logical], THRIFT_STRUCT);
    switch (node->logical) {
    case PARQUET_DECIMAL:
        write_decimal_type(out, node);
        break;
    case PARQUET_TIME: /* as Flink writes them */
    case PARQUET_TIMESTAMP:
        write_time_type(out, node, node->logical == PARQUET_TIME);
        break;
    case PARQUET_INTEGER:
        write_integer_type(out, node);
        break;
    default:
        thrift_write_stop(out);
    }
    thrift_write_stop(out);
}

static void write_node(base_strbuf *out, const parquet_node *node) {
    int16_t last = 0;
    int32_t converted = converted_type(node);
    if (node->physical != PARQUET_GROUP)
        thrift_field_int(out, &last, 1, THRIFT_I32, node->physical);
    if (node->physical == PARQUET_FIXED)
        thrift_field_int(out, &last, 2, THRIFT_I32, node->length);
    if (node->parent != NULL)
        thrift_field_int(out, &last, 3, THRIFT_I32, node->repetition);
    thrift_field_binary(out, &last, 4, node->name, (int64_t)strlen(node->name));
    if (node->physical == PARQUET_GROUP)
        thrift_field_int(out, &last, 5, THRIFT_I32, node->child_count);
    if (converted >= 0)
        thrift_field_int(out, &last, 6, THRIFT_I32, converted);
    if (node->logical == PARQUET_DECIMAL) {
        thrift_field_int(out, &last, 7, THRIFT_I32, node->scale);
        thrift_field_int(out, &last, 8, THRIFT_I32, node->precision);
    }
    if (node->logical != PARQUET_PLAIN_TYPE && node->logical != PARQUET_MAP_ENTRY) {
        thrift_write_field(out, &last, 10, THRIFT_STRUCT);
        write_logical(out, node);
    }
    thrift_write_stop(out);
    for (int32_t i = 0; i < node->child_count; i++)
        write_node(out, node->children[i]);
}

static int32_t count_nodes(const parquet_node *node) {
    int32_t count = 1;
    for (int32_t i = 0; i < node->child_count; i++)
        count += count_nodes(node->children[i]);
    return count;
}

/* ---- row groups ------------------------------------------------------------------------------ */

static void write_statistics(base_strbuf *out, const parquet_statistics *statistics) {
    int16_t last = 0;
    if (statistics->null_count >= 0)
        thrift_field_int(out, &last, 3, THRIFT_I64, statistics->null_count);
    if (statistics->distinct_count >= 0)
        thrift_field_int(out, &last, 4, THRIFT_I64, statistics->distinct_count);
    if (statistics->max != NULL)
        thrift_field_binary(out, &last, 5, statistics->max, statistics->max_length);
    if (statistics->min != NULL)
        thrift_field_binary(out, &last, 6, statistics->min, statistics->min_length);
    thrift_write_stop(out);
}

/* The names from the top to the leaf. */
static void write_path(base_strbuf *out, const parquet_node *leaf, int32_t depth) {
    if (leaf->parent->parent != NULL)
        write_path(out, leaf->parent, depth + 1);
    else
        thrift_write_list(out, THRIFT_BINARY, depth + 1);
    thrift_write_binary(out, leaf->name, (int64_t)strlen(leaf->name));
}

static void write_encodings(base_strbuf *out, uint32_t encodings) {
    thrift_write_list(out, THRIFT_I32, __builtin_popcount(encodings));
    for (int32_t e = 0; e < 32; e++)
        if ((encodings >> e & 1) != 0)
            thrift_write_int(out, e);
}

static void write_chunk(base_strbuf *out, const parquet_node *leaf, const parquet_chunk *chunk) {
    int16_t outer = 0, last = 0;
    thrift_field_int(out, &outer, 2, THRIFT_I64, chunk->offset);
    thrift_write_field(out, &outer, 3, THRIFT_STRUCT);
    thrift_field_int(out, &last, 1, THRIFT_I32, leaf->physical);
    thrift_write_field(out, &last, 2, THRIFT_LIST);
    write_encodings(out, chunk->encodings);
    thrift_write_field(out, &last, 3, THRIFT_LIST);
    write_path(out, leaf, 0);
    thrift_field_int(out, &last, 4, THRIFT_I32, chunk->codec);
    thrift_field_int(out, &last, 5, THRIFT_I64, chunk->value_count);
    thrift_field_int(out, &last, 6, THRIFT_I64, chunk->uncompressed_size);
    thrift_field_int(out, &last, 7, THRIFT_I64, chunk->size);
    thrift_field_int(out, &last, 9, THRIFT_I64, chunk->data_offset);
    if (chunk->dictionary_offset >= 0)
        thrift_field_int(out, &last, 11, THRIFT_I64, chunk->dictionary_offset);
    thrift_write_field(out, &last, 12, THRIFT_STRUCT);
    write_statistics(out, &chunk->statistics);
    thrift_write_stop(out);
    thrift_write_stop(out);
}

static void write_group(base_strbuf *out, const parquet_footer *footer, int32_t index) {
    const parquet_group *group = &footer->groups[index];
    int16_t last = 0;
    int64_t uncompressed = 0;
    thrift_write_field(out, &last, 1, THRIFT_LIST);
    thrift_write_list(out, THRIFT_STRUCT, footer->leaf_count);
    for (int32_t i = 0; i < footer->leaf_count; i++) {
        write_chunk(out, footer->leaves[i], &group->chunks[i]);
        uncompressed += group->chunks[i].uncompressed_size;
    }
    thrift_field_int(out, &last, 2, THRIFT_I64, uncompressed);
    thrift_field_int(out, &last, 3, THRIFT_I64, group->row_count);
    thrift_field_int(out, &last, 5, THRIFT_I64, group->offset);
    thrift_field_int(out, &last, 6, THRIFT_I64, group->size);
    thrift_field_int(out, &last, 7, THRIFT_I16, index <= INT16_MAX ? index : INT16_MAX);
    thrift_write_stop(out);
}

/* Every column is ordered as its type says: without this readers distrust minima and maxima. */
static void write_orders(base_strbuf *out, int32_t count) {
    thrift_write_list(out, THRIFT_STRUCT, count);
    for (int32_t i = 0; i < count; i++) {
        int16_t last = 0;
        write_empty(out, &last, 1);
        thrift_write_stop(out);
    }
}

void parquet_footer_write(const parquet_footer *footer, base_strbuf *out) {
    int64_t start = out->length;
    int16_t last = 0;
    thrift_field_int(out, &last, 1, THRIFT_I32, FORMAT_VERSION);
    thrift_write_field(out, &last, 2, THRIFT_LIST);
    thrift_write_list(out, THRIFT_STRUCT, count_nodes(footer->root));
    write_node(out, footer->root);
    thrift_field_int(out, &last, 3, THRIFT_I64, footer->row_count);
    thrift_write_field(out, &last, 4, THRIFT_LIST);
    thrift_write_list(out, THRIFT_STRUCT, footer->group_count);
    for (int32_t i = 0; i < footer->group_count; i++)
        write_group(out, footer, i);
    thrift_field_binary(out, &last, 6, footer->created_by, (int64_t)strlen(footer->created_by));
    thrift_write_field(out, &last, 7, THRIFT_LIST);
    write_orders(out, footer->leaf_count);
    thrift_write_stop(out);
    uint32_t length = (uint32_t)(out->length - start);
    base_strbuf_add(out, (const char *)&length, 4);
    base_strbuf_add(out, parquet_magic, 4);
}

/* ---- page headers ---------------------------------------------------------------------------- */

static void write_v1(base_strbuf *out, const parquet_page_header *header) {
    int16_t last = 0;
    thrift_field_int(out, &last, 1, THRIFT_I32, header->value_count);
    thrift_field_int(out, &last, 2, THRIFT_I32, header->encoding);
    thrift_field_int(out, &last, 3, THRIFT_I32, PARQUET_RLE);
    thrift_field_int(out, &last, 4, THRIFT_I32, PARQUET_RLE);
    thrift_write_stop(out);
}

static void write_v2(base_strbuf *out, const parquet_page_header *header) {
    int16_t last = 0;
    thrift_field_int(out, &last, 1, THRIFT_I32, header->value_count);
    thrift_field_int(out, &last, 2, THRIFT_I32, header->null_count);
    thrift_field_int(out, &last, 3, THRIFT_I32, header->row_count);
    thrift_field_int(out, &last, 4, THRIFT_I32, header->encoding);
    thrift_field_int(out, &last, 5, THRIFT_I32, header->definition_bytes);
    thrift_field_int(out, &last, 6, THRIFT_I32, header->repetition_bytes);
    thrift_field_bool(out, &last, 7, header->is_compressed);
    thrift_write_stop(out);
}

static void write_dictionary(base_strbuf *out, const parquet_page_header *header) {
    int16_t last = 0;
    thrift_field_int(out, &last, 1, THRIFT_I32, header->value_count);
    thrift_field_int(out, &last, 2, THRIFT_I32, header->encoding);
    thrift_write_stop(out);
}

void parquet_page_header_write(const parquet_page_header *header, base_strbuf *out) {
    int16_t last = 0;
    thrift_field_int(out, &last, 1, THRIFT_I32, header->kind);
    thrift_field_int(out, &last, 2, THRIFT_I32, header->uncompressed_bytes);
    thrift_field_int(out, &last, 3, THRIFT_I32, header->compressed_bytes);
    if (header->kind == PARQUET_PAGE_DATA) {
        thrift_write_field(out, &last, 5, THRIFT_STRUCT);
        write_v1(out, header);
    } else if (header->kind == PARQUET_PAGE_DICTIONARY) {
        thrift_write_field(out, &last, 7, THRIFT_STRUCT);
        write_dictionary(out, header);
    } else {
        thrift_write_field(out, &last, 8, THRIFT_STRUCT);
        write_v2(out, header);
    }
    thrift_write_stop(out);
}
