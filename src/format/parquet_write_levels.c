/* A column's rows as levels and values: what Dremel calls striping.
 *
 * The rows of a column are slots; going down the tree, a null ends a slot at its definition level,
 * and a list puts a slot for each of its elements (or one that ends there) in a slot's place.  At a
 * leaf the slots are the entries of its page. */
#include <string.h>

#include "format/parquet_write.h"

typedef struct parquet_slots {
    int32_t *rows; /* of the column at hand, -1 = ended above */
    uint8_t *repetition, *definition;
    int64_t count;
} parquet_slots;

static parquet_slots slots_new(int64_t count) {
    return (parquet_slots){.rows = base_alloc((int64_t)sizeof(int32_t) * (count + 1)),
                           .repetition = base_alloc(count + 1),
                           .definition = base_alloc(count + 1),
                           .count = count};
}

static void slots_free(parquet_slots *slots) {
    base_free(slots->rows);
    base_free(slots->repetition);
    base_free(slots->definition);
}

static rask_status refuse_null(const parquet_node *node, rask_error *err) {
    if (node->parent != NULL && node->parent->logical == PARQUET_MAP_ENTRY)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT,
                              "Parquet does not support null keys in maps. See https://github.com/"
                              "apache/parquet-format/blob/master/LogicalTypes.md#maps for more "
                              "details.");
    return rask_error_set(err, RASK_ERROR_RUNTIME,
                          "Column '%s' is NOT NULL, however, a null value is being written into "
                          "it.",
                          node->name);
}

/* Ends the slots whose row is null. */
static rask_status end_nulls(const parquet_node *node, const data_column *column,
                             parquet_slots *slots, rask_error *err) {
    bool is_optional = node->repetition == PARQUET_OPTIONAL;
    bool has_nulls = column->validity != NULL || column->physical == DATA_PHYSICAL_NONE;
    if (!is_optional && !has_nulls)
        return RASK_OK;
    for (int64_t i = 0; i < slots->count; i++) {
        if (slots->rows[i] < 0)
            continue;
        if (has_nulls && data_column_is_null(column, slots->rows[i])) {
            if (!is_optional)
                return refuse_null(node, err);
            slots->rows[i] = -1;
        } else {
            slots->definition[i] += is_optional;
        }
    }
    return RASK_OK;
}

static rask_status stripe(parquet_writer *writer, const parquet_node *node, data_column *column,
                          parquet_slots *slots, rask_error *err);

/* ---- leaves ---------------------------------------------------------------------------------- */

static rask_status stripe_leaf(parquet_writer *writer, const parquet_node *node,
                               const data_column *flat, const parquet_slots *slots,
                               rask_error *err) {
    parquet_column *column = &writer->columns[node->leaf];
    int32_t *rows = slots->rows;
    int64_t stored = 0;
    parquet_column_reserve_levels(column, slots->count);
    if (node->max_definition > 0)
        memcpy(column->definition + column->level_count, slots->definition, (size_t)slots->count);
    if (node->max_repetition > 0)
        memcpy(column->repetition + column->level_count, slots->repetition, (size_t)slots->count);
    column->level_count += slots->count;
    for (int64_t i = 0; i < slots->count; i++) {
        rows[stored] = rows[i];
        stored += rows[i] >= 0;
    }
    column->null_count += slots->count - stored;
    return parquet_column_add(column, flat, rows, stored, err);
}

/* ---- rows and lists -------------------------------------------------------------------------- */

static rask_status stripe_row(parquet_writer *writer, const parquet_node *node,
                              const data_column *flat, const parquet_slots *slots,
                              rask_error *err) {
    for (int32_t i = 0; i < node->child_count; i++) {
        parquet_slots copy = slots_new(slots->count);
        memcpy(copy.rows, slots->rows, sizeof(int32_t) * (size_t)slots->count);
        memcpy(copy.repetition, slots->repetition, (size_t)slots->count);
        memcpy(copy.definition, slots->definition, (size_t)slots->count);
        rask_status status = stripe(writer, node->children[i], flat->children[i], &copy, err);
        slots_free(&copy);
        RASK_TRY(status);
    }
    return RASK_OK;
}

static int64_t count_elements(const int32_t *offsets, const parquet_slots *slots) {
    int64_t count = 0;
    for (int64_t i = 0; i < slots->count; i++) {
        int32_t row = slots->rows[i];
        int32_t elements = row >= 0 ? offsets[row + 1] - offsets[row] : 0;
        count += elements > 0 ? elements : 1;
    }
    return count;
}

/* A slot for each element; lists without one keep theirs, ended. */
static void spread_elements(const int32_t *offsets, const parquet_slots *slots, uint8_t repetition,
                            parquet_slots *out) {
    int64_t at = 0;
    for (int64_t i = 0; i < slots->count; i++) {
        int32_t row = slots->rows[i];
        int32_t begin = row >= 0 ? offsets[row] : 0, end = row >= 0 ? offsets[row + 1] : 0;
        for (int32_t element = begin; element < end; element++, at++) {
            out->rows[at] = element;
            out->repetition[at] = element == begin ? slots->repetition[i] : repetition;
            out->definition[at] = (uint8_t)(slots->definition[i] + 1);
        }
        if (begin == end) {
            out->rows[at] = -1;
            out->repetition[at] = slots->repetition[i];
            out->definition[at++] = slots->definition[i];
        }
    }
    out->count = at;
}

static rask_status stripe_list(parquet_writer *writer, const parquet_node *node,
                               const data_column *flat, const parquet_slots *slots,
                               rask_error *err) {
    const parquet_node *repeated = node->children[0];
    int64_t count = count_elements(flat->values, slots);
    if (count > INT32_MAX)
        return rask_error_set(err, RASK_ERROR_MEMORY, "A column has more than %d elements.",
                              INT32_MAX);
    for (int32_t i = 0; i < repeated->child_count; i++) {
        parquet_slots elements = slots_new(count);
        spread_elements(flat->values, slots, (uint8_t)repeated->max_repetition, &elements);
        rask_status status =
            stripe(writer, repeated->children[i], flat->children[i], &elements, err);
        slots_free(&elements);
        RASK_TRY(status);
    }
    return RASK_OK;
}

static rask_status stripe(parquet_writer *writer, const parquet_node *node, data_column *column,
                          parquet_slots *slots, rask_error *err) {
    data_column *flat;
    RASK_TRY(data_column_flatten(writer->config->pool, column, &flat, err));
    rask_status status = end_nulls(node, flat, slots, err);
    if (status == RASK_OK) {
        if (node->physical != PARQUET_GROUP)
            status = stripe_leaf(writer, node, flat, slots, err);
        else if (flat->physical == DATA_PHYSICAL_ROW)
            status = stripe_row(writer, node, flat, slots, err);
        else
            status = stripe_list(writer, node, flat, slots, err);
    }
    data_column_unref(flat);
    return status;
}

rask_status parquet_write_column(parquet_writer *writer, const parquet_node *node,
                                 data_column *column, rask_error *err) {
    parquet_slots slots = slots_new(column->length);
    for (int64_t i = 0; i < slots.count; i++)
        slots.rows[i] = (int32_t)i;
    memset(slots.repetition, 0, (size_t)slots.count);
    memset(slots.definition, 0, (size_t)slots.count);
    rask_status status = stripe(writer, node, column, &slots, err);
    slots_free(&slots);
    return status;
}
