/* What a file's footer tells the planner: rows, ranges, nulls, numbers of distinct values.
 *
 * A chunk whose pages all use its dictionary has as many distinct values as the dictionary has
 * entries: the footer says how many, or else the header of the dictionary page, a few bytes at a
 * known place.  The most of any row group is a lower bound for the file, their sum an upper one. */
#include "format/parquet.h"
#include "format/parquet_read.h"

enum { HEADER_BYTES = 512, HEADERS_MAX = 512 };

static bool uses_only_dictionary(const parquet_chunk *chunk) {
    const uint32_t codes = 1U << PARQUET_PLAIN_DICTIONARY | 1U << PARQUET_RLE_DICTIONARY;
    const uint32_t levels = 1U << PARQUET_RLE | 1U << PARQUET_BIT_PACKED;
    if (chunk->data_encodings != 0)
        return (chunk->data_encodings & ~codes) == 0;
    return (chunk->encodings & codes) != 0 && (chunk->encodings & ~(codes | levels)) == 0;
}

/* Entries of the chunk's dictionary, -1 = not to be had. */
static int64_t dictionary_size(const format_input *input, const parquet_chunk *chunk) {
    uint8_t bytes[HEADER_BYTES];
    int64_t got = 0, wanted = chunk->size < HEADER_BYTES ? chunk->size : HEADER_BYTES;
    parquet_page_header header;
    const char *failure;
    if (input->read_at(input->self, chunk->offset, bytes, wanted, &got, NULL) != RASK_OK)
        return -1;
    parquet_page_header_read(bytes, got, &header, &failure);
    return failure == NULL && header.kind == PARQUET_PAGE_DICTIONARY ? header.value_count : -1;
}

static int64_t distinct_values(const format_input *input, const parquet_chunk *chunk,
                               int32_t *headers_left) {
    if (chunk->statistics.distinct_count >= 0)
        return chunk->statistics.distinct_count;
    if (!uses_only_dictionary(chunk) || *headers_left <= 0)
        return -1;
    (*headers_left)--;
    return dictionary_size(input, chunk);
}

static void describe_chunk(const parquet_reader *reader, const parquet_leaf *leaf,
                           const parquet_chunk *chunk, base_arena *arena, int32_t *headers_left,
                           format_column_statistics *out) {
    const parquet_statistics *known = &chunk->statistics;
    const parquet_conversion *conversion = &leaf->conversion;
    out->has_min =
        parquet_statistic_value(conversion, arena, known->min, known->min_length, &out->min);
    out->has_max =
        parquet_statistic_value(conversion, arena, known->max, known->max_length, &out->max);
    out->null_count = known->null_count;
    out->distinct_max = distinct_values(reader->input, chunk, headers_left);
    out->distinct_min = out->distinct_max > 0 ? out->distinct_max : 0;
}

/* Integers and the like have at most as many values as their range. */
static void limit_by_range(format_column_statistics *out) {
    data_physical physical = out->has_min ? data_physical_of(out->min.type) : DATA_PHYSICAL_NONE;
    int64_t range;
    if (!out->has_min || !out->has_max || physical < DATA_PHYSICAL_BOOL ||
        physical > DATA_PHYSICAL_I64 || out->min.type->kind == DATA_DECIMAL ||
        __builtin_sub_overflow(out->max.i64, out->min.i64, &range) || range == INT64_MAX)
        return;
    if (out->distinct_max < 0 || range + 1 < out->distinct_max)
        out->distinct_max = range + 1;
}

static void describe_column(parquet_reader *reader, const parquet_field *field, base_arena *arena,
                            int32_t *headers_left, format_column_statistics *out) {
    *out = (format_column_statistics){.null_count = -1, .distinct_max = -1};
    if (field->kind == PARQUET_FIELD_MISSING) {
        out->null_count = reader->footer.row_count;
        out->distinct_max = 0;
        return;
    }
    if (!parquet_field_is_flat(reader, field))
        return;
    const parquet_leaf *leaf = &reader->leaves[field->leaf];
    out->null_count = out->distinct_max = 0;
    for (int32_t g = 0; g < reader->footer.group_count; g++) {
        const parquet_group *group = &reader->footer.groups[g];
        format_column_statistics part;
        describe_chunk(reader, leaf, &group->chunks[reader->chunk_of[field->leaf]], arena,
                       headers_left, &part);
        format_statistics_add(out, group->first_row, &part, group->row_count);
    }
    limit_by_range(out);
}

rask_status parquet_statistics_read(const format_config *config, const format_input *input,
                                    base_arena *arena, format_statistics *out, rask_error *err) {
    parquet_reader *reader;
    int32_t headers_left = HEADERS_MAX;
    RASK_TRY(parquet_open(config, input, &reader, err));
    out->row_count = reader->footer.row_count;
    out->columns = BASE_ARENA_ARRAY(arena, format_column_statistics, config->projection_count + 1);
    for (int32_t i = 0; i < config->projection_count; i++)
        describe_column(reader, &reader->fields[i], arena, &headers_left, &out->columns[i]);
    parquet_close_reader((format_reader *)reader);
    return RASK_OK;
}
