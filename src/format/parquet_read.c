/* The Parquet reader: row groups in, batches out.
 *
 * A batch never straddles row groups.  Columns that the filter compares with constants come first;
 * of the others only the rows that passed are decoded, and pages without such a row are not even
 * decompressed.  Where most rows pass, all are decoded and the batch carries a selection instead.
 *
 * A position is the number of a row of the file. */
#include "format/parquet_read.h"

#include <string.h>

#include "format/format_options.h"
#include "format/parquet.h"

enum { DENSE_SHARE = 2 }; /* decode everything where at least one row in two passed */

/* ---- open and close -------------------------------------------------------------------------- */

void parquet_close_reader(format_reader *handle) {
    parquet_reader *reader = (parquet_reader *)handle;
    if (reader == NULL)
        return;
    for (int32_t i = 0; i < reader->leaf_count; i++)
        parquet_leaf_close(&reader->leaves[i]);
    parquet_compressor_free(reader->compressor);
    base_free(reader->mask);
    base_free(reader->selection);
    base_arena_free(reader->arena);
    base_free(reader);
}

static rask_status set_up(parquet_reader *reader, rask_error *err) {
    const format_config *config = reader->config;
    RASK_TRY(parquet_footer_read(reader->input, config->pool, reader->arena, &reader->footer, err));
    RASK_TRY(format_option_bool(config->table, "parquet", parquet_options, "utc-timezone",
                                &reader->is_utc, err));
    RASK_TRY(parquet_fields_find(reader, err));
    reader->predicate_count =
        format_predicates_find(config->filter, config->context, reader->arena, &reader->predicates);
    reader->is_read = BASE_ARENA_ARRAY(reader->arena, bool, config->projection_count + 1);
    reader->mask = base_alloc(DATA_BATCH_ROWS_LIMIT);
    reader->selection = base_alloc((int64_t)sizeof(uint16_t) * DATA_BATCH_ROWS_LIMIT);
    return RASK_OK;
}

rask_status parquet_open(const format_config *config, const format_input *input,
                         parquet_reader **out, rask_error *err) {
    parquet_reader *reader = BASE_NEW(parquet_reader);
    reader->config = config;
    reader->input = input;
    reader->arena = base_arena_new();
    reader->compressor = parquet_compressor_new();
    reader->end = input->size;
    rask_status status = set_up(reader, err);
    if (status != RASK_OK)
        parquet_close_reader((format_reader *)reader);
    else
        *out = reader;
    return status;
}

rask_status parquet_open_reader(const format_config *config, const format_input *input,
                                const format_split *split, int64_t resume_at, format_reader **out,
                                rask_error *err) {
    parquet_reader *reader;
    RASK_TRY(parquet_open(config, input, &reader, err));
    reader->start = split->start;
    reader->end = split->end;
    reader->row = resume_at > 0 ? resume_at : 0;
    *out = (format_reader *)reader;
    return RASK_OK;
}

int64_t parquet_position(const format_reader *handle) {
    return ((const parquet_reader *)handle)->row;
}

/* ---- row groups ------------------------------------------------------------------------------ */

/* A group belongs to the split in which it starts. */
static bool is_wanted(const parquet_reader *reader, const parquet_group *group) {
    return group->offset >= reader->start && group->offset < reader->end &&
           group->first_row + group->row_count > reader->row &&
           parquet_group_may_pass(reader, group);
}

/* Rows of a group that was begun before a snapshot. */
static rask_status pass_rows(parquet_reader *reader, int64_t count, rask_error *err) {
    for (int32_t i = 0; i < reader->leaf_count && count > 0; i++) {
        parquet_leaf *leaf = &reader->leaves[i];
        if (leaf->is_flat) {
            leaf->skip += count;
            continue;
        }
        for (int64_t done = 0; done < count;) {
            int64_t step =
                count - done < DATA_BATCH_ROWS_LIMIT ? count - done : DATA_BATCH_ROWS_LIMIT;
            RASK_TRY(parquet_leaf_take_rows(leaf, step, err));
            done += step;
        }
    }
    return RASK_OK;
}

/* Moves to the next row group of the split that may have wanted rows; false = none is left. */
static rask_status next_group(parquet_reader *reader, bool *found, rask_error *err) {
    *found = false;
    while (reader->group < reader->footer.group_count &&
           !is_wanted(reader, &reader->footer.groups[reader->group]))
        reader->group++;
    if (reader->group == reader->footer.group_count)
        return RASK_OK;
    const parquet_group *group = &reader->footer.groups[reader->group];
    for (int32_t i = 0; i < reader->leaf_count; i++)
        parquet_leaf_open(&reader->leaves[i], &group->chunks[reader->chunk_of[i]]);
    if (reader->row > group->first_row)
        RASK_TRY(pass_rows(reader, reader->row - group->first_row, err));
    else
        reader->row = group->first_row;
    reader->is_open = *found = true;
    return RASK_OK;
}

static rask_status end_group(parquet_reader *reader, rask_error *err) {
    for (int32_t i = 0; i < reader->leaf_count; i++)
        RASK_TRY(parquet_leaf_finish(&reader->leaves[i], err));
    reader->is_open = false;
    reader->group++;
    return RASK_OK;
}

/* ---- columns --------------------------------------------------------------------------------- */

/* The next `count` rows of a flat leaf, or of them only those selected. */
static rask_status read_flat(parquet_leaf *leaf, int64_t count, const uint16_t *selection,
                             int64_t selected, data_column **out, rask_error *err) {
    parquet_vector vector;
    leaf->conversion.bound = 0;
    RASK_TRY(parquet_vector_init(&vector, leaf, selection != NULL ? selected : count, err));
    rask_status status = RASK_OK;
    if (selection == NULL)
        status = parquet_leaf_fill(leaf, &vector, count, err);
    int64_t row = 0;
    for (int64_t i = 0; selection != NULL && i < selected && status == RASK_OK;) {
        int64_t run = 1; /* neighbouring rows at once */
        while (i + run < selected && selection[i + run] == selection[i] + run)
            run++;
        leaf->skip += selection[i] - row;
        row = selection[i] + run;
        status = parquet_leaf_fill(leaf, &vector, run, err);
        i += run;
    }
    if (selection != NULL)
        leaf->skip += count - row;
    if (status == RASK_OK)
        *out = parquet_vector_take(&vector, leaf);
    else
        parquet_vector_drop(&vector);
    return status;
}

static rask_status read_nested(parquet_reader *reader, const parquet_field *field, int64_t count,
                               const uint16_t *selection, int64_t selected, data_column **out,
                               rask_error *err) {
    data_column *column;
    RASK_TRY(parquet_nested_read(reader, field, count, &column, err));
    if (selection == NULL) {
        *out = column;
        return RASK_OK;
    }
    rask_status status =
        data_column_select(reader->config->pool, column, selection, selected, out, err);
    data_column_unref(column);
    return status;
}

static rask_status read_column(parquet_reader *reader, int32_t column, int64_t count,
                               const uint16_t *selection, int64_t selected, data_column **out,
                               rask_error *err) {
    const parquet_field *field = &reader->fields[column];
    if (field->kind == PARQUET_FIELD_MISSING)
        return data_column_new_null(reader->config->pool, field->type,
                                    selection != NULL ? selected : count, out, err);
    if (parquet_field_is_flat(reader, field))
        return read_flat(&reader->leaves[field->leaf], count, selection, selected, out, err);
    return read_nested(reader, field, count, selection, selected, out, err);
}

/* ---- predicates ------------------------------------------------------------------------------ */

/* Reads the columns that predicates look at and finds the rows that pass. */
static rask_status check_predicates(parquet_reader *reader, int32_t count, data_column **columns,
                                    int32_t *selected, rask_error *err) {
    memset(reader->mask, 1, (size_t)count);
    for (int32_t i = 0; i < reader->predicate_count; i++) {
        const format_predicate *predicate = &reader->predicates[i];
        int32_t column = predicate->column;
        if (!parquet_field_is_flat(reader, &reader->fields[column]))
            continue;
        if (columns[column] == NULL)
            RASK_TRY(read_column(reader, column, count, NULL, 0, &columns[column], err));
        format_predicate_check(predicate, columns[column], reader->mask);
    }
    int32_t passed = 0;
    for (int32_t i = 0; i < count; i++) {
        reader->selection[passed] = (uint16_t)i;
        passed += reader->mask[i];
    }
    *selected = passed;
    return RASK_OK;
}

static void skip_others(parquet_reader *reader, int64_t count) {
    for (int32_t i = 0; i < reader->config->projection_count; i++) {
        const parquet_field *field = &reader->fields[i];
        if (!reader->is_read[i] && parquet_field_is_flat(reader, field))
            reader->leaves[field->leaf].skip += count;
    }
}

/* Nested columns know no skipping: their rows are taken and dropped. */
static rask_status drop_nested(parquet_reader *reader, int64_t count, rask_error *err) {
    for (int32_t i = 0; i < reader->config->projection_count; i++) {
        const parquet_field *field = &reader->fields[i];
        data_column *column;
        if (field->kind == PARQUET_FIELD_MISSING || parquet_field_is_flat(reader, field))
            continue;
        RASK_TRY(parquet_nested_read(reader, field, count, &column, err));
        data_column_unref(column);
    }
    return RASK_OK;
}

/* The columns read for predicates, narrowed to the rows that passed. */
static rask_status narrow(parquet_reader *reader, data_column **column, int32_t selected,
                          rask_error *err) {
    data_column *narrowed;
    RASK_TRY(data_column_select(reader->config->pool, *column, reader->selection, selected,
                                &narrowed, err));
    data_column_unref(*column);
    *column = narrowed;
    return RASK_OK;
}

static rask_status select_rows(parquet_reader *reader, data_batch *batch, int32_t selected,
                               rask_error *err) {
    base_buffer *selection;
    int64_t bytes = (int64_t)sizeof(uint16_t) * selected;
    RASK_TRY(base_buffer_new(reader->config->pool, bytes, &selection, err));
    memcpy(selection->data, reader->selection, (size_t)bytes);
    selection->size = bytes;
    data_batch_set_selection(batch, selection, selected);
    return RASK_OK;
}

/* ---- batches --------------------------------------------------------------------------------- */

/* The other columns, for all rows or only the selected ones. */
static rask_status read_columns(parquet_reader *reader, int32_t count, int32_t selected,
                                bool is_dense, data_column **columns, rask_error *err) {
    for (int32_t i = 0; i < reader->config->projection_count; i++) {
        if (!reader->is_read[i])
            RASK_TRY(read_column(reader, i, count, is_dense ? NULL : reader->selection, selected,
                                 &columns[i], err));
        else if (!is_dense)
            RASK_TRY(narrow(reader, &columns[i], selected, err));
    }
    return RASK_OK;
}

static rask_status make_batch(parquet_reader *reader, int32_t count, data_column **columns,
                              data_batch **out, rask_error *err) {
    int32_t selected = count, width = reader->config->projection_count;
    if (reader->predicate_count > 0)
        RASK_TRY(check_predicates(reader, count, columns, &selected, err));
    for (int32_t i = 0; i < width; i++)
        reader->is_read[i] = columns[i] != NULL;
    if (selected == 0) {
        skip_others(reader, count);
        return drop_nested(reader, count, err);
    }
    bool is_dense = (int64_t)selected * DENSE_SHARE >= count;
    RASK_TRY(read_columns(reader, count, selected, is_dense, columns, err));
    *out = data_batch_take(columns, width, is_dense ? count : selected);
    memset(columns, 0, sizeof(data_column *) * (size_t)width);
    if (is_dense && selected < count)
        return select_rows(reader, *out, selected, err);
    return RASK_OK;
}

static rask_status read_rows(parquet_reader *reader, int32_t rows_max, data_batch **out,
                             rask_error *err) {
    const parquet_group *group = &reader->footer.groups[reader->group];
    int64_t left = group->first_row + group->row_count - reader->row;
    int32_t count = left < rows_max ? (int32_t)left : rows_max;
    int32_t width = reader->config->projection_count;
    data_column **columns = BASE_NEW_ARRAY(data_column *, width + 1);
    rask_status status = make_batch(reader, count, columns, out, err);
    for (int32_t i = 0; i < width; i++)
        data_column_unref(columns[i]);
    base_free(columns);
    reader->row += count;
    if (status == RASK_OK && count == left)
        status = end_group(reader, err);
    if (status != RASK_OK) {
        data_batch_unref(*out);
        *out = NULL;
    }
    return status;
}

rask_status parquet_read(format_reader *handle, int32_t rows_max, data_batch **out,
                         rask_error *err) {
    parquet_reader *reader = (parquet_reader *)handle;
    *out = NULL;
    rows_max = rows_max < DATA_BATCH_ROWS_LIMIT ? rows_max : DATA_BATCH_ROWS_LIMIT;
    while (*out == NULL) {
        bool found = true;
        if (!reader->is_open)
            RASK_TRY(next_group(reader, &found, err));
        if (!found)
            return RASK_OK;
        RASK_TRY(read_rows(reader, rows_max, out, err));
    }
    return RASK_OK;
}
