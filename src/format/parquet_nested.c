/* Putting nested values together from levels.
 *
 * A leaf's levels are a list of entries.  At an entry a field has a slot where the entry begins
 * something in the field's context (its repetition level is not deeper) and that context is there
 * (its definition level reaches so far).  So each field's part - which slots are null, how many
 * elements a list has - is one pass over the entries of one leaf below it:
 *
 *     a ARRAY<INT>:  [1, NULL], NULL, [], [2]
 *     repetition     0  1       0     0   0
 *     definition     3  2       0     1   3      (0 null list, 1 empty, 2 null element, 3 there)
 *     slots of a     x          x     x   x      elements: 2, -, 0, 1
 *     slots of it    x  x                 x */
#include <string.h>

#include "format/parquet_read.h"

typedef struct entry_list {
    const uint8_t *definition, *repetition;
    int64_t count;
} entry_list;

static entry_list entries_of(const parquet_reader *reader, const parquet_field *field) {
    const parquet_leaf *leaf = &reader->leaves[field->leaf];
    const uint8_t *levels = leaf->batch_levels != NULL ? leaf->batch_levels->data : NULL;
    return (entry_list){levels, levels + leaf->batch_capacity, leaf->batch_count};
}

static inline bool has_slot(const entry_list *entries, int64_t i, const parquet_field *field) {
    return entries->repetition[i] <= field->repetition &&
           entries->definition[i] >= field->slot_definition;
}

static int64_t count_slots(const entry_list *entries, const parquet_field *field) {
    int64_t count = 0;
    for (int64_t i = 0; i < entries->count; i++)
        count += has_slot(entries, i, field);
    return count;
}

static rask_status disagree(const parquet_reader *reader, const parquet_field *field,
                            rask_error *err) {
    const parquet_leaf *leaf = &reader->leaves[field->leaf];
    return parquet_leaf_fail(leaf, leaf->page_at, err,
                             "its levels do not fit those of the columns beside it");
}

static rask_status build(parquet_reader *reader, const parquet_field *field, int64_t slots,
                         data_column **out, rask_error *err);

/* ---- leaves ---------------------------------------------------------------------------------- */

/* For each slot its place among the values that are there, -1 = null. */
static void place_values(const entry_list *entries, const parquet_field *field, int32_t *rows) {
    int32_t value = 0;
    int64_t slot = 0;
    for (int64_t i = 0; i < entries->count; i++) {
        bool is_there = entries->definition[i] == field->definition;
        if (has_slot(entries, i, field))
            rows[slot++] = is_there ? value : -1;
        value += is_there;
    }
}

static rask_status build_leaf(parquet_reader *reader, const parquet_field *field, int64_t slots,
                              data_column **out, rask_error *err) {
    parquet_leaf *leaf = &reader->leaves[field->leaf];
    entry_list entries = entries_of(reader, field);
    base_buffer *rows;
    if (count_slots(&entries, field) != slots)
        return disagree(reader, field, err);
    RASK_TRY(base_buffer_new(leaf->pool, slots * (int64_t)sizeof(int32_t), &rows, err));
    place_values(&entries, field, (int32_t *)rows->data);
    data_column *dense = parquet_vector_take(&leaf->dense, leaf);
    rask_status status =
        data_column_gather(leaf->pool, dense, (int32_t *)rows->data, slots, out, err);
    data_column_unref(dense);
    base_buffer_unref(rows);
    return status;
}

/* ---- rows and lists -------------------------------------------------------------------------- */

static rask_status set_validity(const parquet_reader *reader, const parquet_field *field,
                                data_column *column, rask_error *err) {
    entry_list entries = entries_of(reader, field);
    int64_t slot = 0;
    for (int64_t i = 0; i < entries.count; i++) {
        if (!has_slot(&entries, i, field))
            continue;
        if (entries.definition[i] < field->definition) {
            if (column->validity == NULL)
                RASK_TRY(data_column_make_validity(reader->config->pool, column, err));
            data_column_set_null(column, slot);
        }
        slot++;
    }
    return RASK_OK;
}

static rask_status build_row(parquet_reader *reader, const parquet_field *field, int64_t slots,
                             data_column *column, rask_error *err) {
    for (int32_t i = 0; i < field->child_count; i++)
        RASK_TRY(build(reader, &field->children[i], slots, &column->children[i], err));
    return RASK_OK;
}

/* An entry adds an element where it begins one: not deeper than the list's own elements. */
static rask_status count_elements(const parquet_reader *reader, const parquet_field *field,
                                  int32_t *offsets, int64_t *total, rask_error *err) {
    entry_list entries = entries_of(reader, field);
    int64_t slot = -1;
    int32_t elements = 0;
    for (int64_t i = 0; i < entries.count; i++) {
        if (has_slot(&entries, i, field))
            offsets[++slot] = elements;
        if (entries.definition[i] < field->element_definition ||
            entries.repetition[i] > field->repetition + 1)
            continue;
        if (slot < 0)
            return disagree(reader, field, err);
        elements++;
    }
    offsets[slot + 1] = elements;
    *total = elements;
    return RASK_OK;
}

static rask_status build_list(parquet_reader *reader, const parquet_field *field,
                              data_column *column, rask_error *err) {
    int64_t total;
    RASK_TRY(count_elements(reader, field, column->values, &total, err));
    for (int32_t i = 0; i < field->child_count; i++)
        RASK_TRY(build(reader, &field->children[i], total, &column->children[i], err));
    return RASK_OK;
}

static rask_status build(parquet_reader *reader, const parquet_field *field, int64_t slots,
                         data_column **out, rask_error *err) {
    base_pool *pool = reader->config->pool;
    data_column *column;
    if (field->kind == PARQUET_FIELD_MISSING)
        return data_column_new_null(pool, field->type, slots, out, err);
    if (field->kind == PARQUET_FIELD_LEAF)
        return build_leaf(reader, field, slots, out, err);
    entry_list entries = entries_of(reader, field);
    if (count_slots(&entries, field) != slots)
        return disagree(reader, field, err);
    RASK_TRY(data_column_new(pool, field->type, DATA_PHYSICAL_NONE, slots, &column, err));
    rask_status status = set_validity(reader, field, column, err);
    if (status == RASK_OK)
        status = field->kind == PARQUET_FIELD_ROW ? build_row(reader, field, slots, column, err)
                                                  : build_list(reader, field, column, err);
    if (status == RASK_OK)
        *out = column;
    else
        data_column_unref(column);
    return status;
}

/* ---- the field ------------------------------------------------------------------------------- */

bool parquet_field_is_flat(const parquet_reader *reader, const parquet_field *field) {
    return field->kind == PARQUET_FIELD_LEAF && reader->leaves[field->leaf].is_flat;
}

static rask_status take_rows(parquet_reader *reader, const parquet_field *field, int64_t rows,
                             rask_error *err) {
    if (field->kind == PARQUET_FIELD_MISSING)
        return RASK_OK;
    if (field->kind == PARQUET_FIELD_LEAF)
        return parquet_leaf_take_rows(&reader->leaves[field->leaf], rows, err);
    bool has_own_leaf = true;
    for (int32_t i = 0; i < field->child_count; i++) {
        RASK_TRY(take_rows(reader, &field->children[i], rows, err));
        has_own_leaf = has_own_leaf && (field->children[i].kind == PARQUET_FIELD_MISSING ||
                                        field->children[i].leaf != field->leaf);
    }
    return has_own_leaf ? parquet_leaf_take_rows(&reader->leaves[field->leaf], rows, err) : RASK_OK;
}

rask_status parquet_nested_read(parquet_reader *reader, const parquet_field *field, int64_t rows,
                                data_column **out, rask_error *err) {
    RASK_TRY(take_rows(reader, field, rows, err));
    return build(reader, field, rows, out, err);
}
