/* Row groups that cannot have a wanted row, by the statistics of their chunks. */
#include "format/parquet_read.h"

static bool may_pass(const parquet_reader *reader, const parquet_group *group,
                     const format_predicate *predicate, base_arena *arena) {
    const parquet_field *field = &reader->fields[predicate->column];
    data_value min, max;
    if (field->kind == PARQUET_FIELD_MISSING)
        return predicate->op == FORMAT_IS_NULL;
    if (!parquet_field_is_flat(reader, field))
        return true;
    const parquet_chunk *chunk = &group->chunks[reader->chunk_of[field->leaf]];
    const parquet_statistics *known = &chunk->statistics;
    const parquet_conversion *conversion = &reader->leaves[field->leaf].conversion;
    bool has_min = parquet_statistic_value(conversion, arena, known->min, known->min_length, &min);
    bool has_max = parquet_statistic_value(conversion, arena, known->max, known->max_length, &max);
    return format_predicate_may_pass(predicate, has_min ? &min : NULL, has_max ? &max : NULL,
                                     known->null_count, group->row_count);
}

bool parquet_group_may_pass(const parquet_reader *reader, const parquet_group *group) {
    bool passes = group->row_count > 0;
    if (reader->predicate_count == 0 || !passes)
        return passes;
    base_arena *arena = base_arena_new();
    for (int32_t i = 0; i < reader->predicate_count && passes; i++)
        passes = may_pass(reader, group, &reader->predicates[i], arena);
    base_arena_free(arena);
    return passes;
}
