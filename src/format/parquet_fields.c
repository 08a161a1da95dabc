/* Matching the table's columns with the file's.
 *
 * By name, as it is written; fields of ROW too, which Flink matches by their places.  What the file
 * lacks is NULL.  Lists and maps come in several shapes, from writers of different ages:
 *
 *     group a (LIST) { repeated group list { element } }      the usual one
 *     group a (LIST) { repeated int32 array }                 the repeated field is the element
 *     repeated int32 a                                        the same without a group */
#include <string.h>

#include "format/parquet_read.h"

static int32_t add_leaf(parquet_reader *reader, const parquet_node *node, bool is_flat) {
    int32_t index = reader->leaf_count++;
    parquet_leaf *leaf = &reader->leaves[index];
    leaf->input = reader->input;
    leaf->pool = reader->config->pool;
    leaf->compressor = reader->compressor;
    leaf->node = node;
    leaf->is_flat = is_flat;
    reader->chunk_of[index] = node->leaf;
    return index;
}

static const parquet_node *find_child(const parquet_node *node, const char *name) {
    for (int32_t i = 0; i < node->child_count; i++)
        if (strcmp(node->children[i]->name, name) == 0)
            return node->children[i];
    return NULL;
}

/* Where a field stands: what its nodes above say about levels. */
typedef struct field_place {
    int32_t slot_definition, repetition;
    const char *column; /* for messages */
} field_place;

static rask_status match(parquet_reader *reader, const parquet_node *node, const data_type *type,
                         field_place place, parquet_field *out, rask_error *err);

static rask_status refuse(const parquet_reader *reader, const parquet_node *node,
                          const data_type *type, const char *column, rask_error *err) {
    parquet_conversion unused;
    return parquet_conversion_find(reader->input, node, type, column, true, &unused, err);
}

static rask_status refuse_repeated(const parquet_reader *reader, const parquet_node *node,
                                   const data_type *type, const char *column, rask_error *err) {
    base_strbuf text;
    base_strbuf_init(&text, 4096);
    data_type_write(type, true, &text);
    rask_error_set(err, RASK_ERROR_RUNTIME,
                   "Unexpected type: column '%s' in %s is repeated, which is an ARRAY, not %s",
                   column, reader->input->name, text.data != NULL ? text.data : "");
    base_strbuf_free(&text);
    return RASK_ERROR_RUNTIME;
}

static rask_status match_leaf(parquet_reader *reader, const parquet_node *node,
                              const data_type *type, field_place place, parquet_field *out,
                              rask_error *err) {
    parquet_conversion conversion;
    RASK_TRY(parquet_conversion_find(reader->input, node, type, place.column, reader->is_utc,
                                     &conversion, err));
    bool is_flat = node->max_repetition == 0 && node->max_definition <= 1 &&
                   find_child(reader->footer.root, node->name) == node;
    out->kind = PARQUET_FIELD_LEAF;
    out->leaf = add_leaf(reader, node, is_flat);
    out->definition = node->max_definition;
    reader->leaves[out->leaf].conversion = conversion;
    return RASK_OK;
}

static rask_status match_row(parquet_reader *reader, const parquet_node *node,
                             const data_type *type, field_place place, parquet_field *out,
                             rask_error *err) {
    if (node->physical != PARQUET_GROUP || node->child_count == 0)
        return refuse(reader, node, type, place.column, err);
    out->kind = PARQUET_FIELD_ROW;
    out->definition = node->max_definition;
    out->leaf = -1;
    for (int32_t i = 0; i < out->child_count; i++) {
        const parquet_node *child = find_child(node, type->fields[i].name);
        parquet_field *field = &out->children[i];
        RASK_TRY(match(reader, child, data_type_child(type, i), place, field, err));
        if (out->leaf < 0 && field->kind != PARQUET_FIELD_MISSING)
            out->leaf = field->leaf;
    }
    /* Some leaf must tell which rows are there, wanted or not. */
    if (out->leaf < 0)
        out->leaf = add_leaf(reader, reader->footer.leaves[node->leaf], false);
    return RASK_OK;
}

/* The repeated node of a list or a map, NULL = there is none. */
static const parquet_node *find_repeated(const parquet_node *node) {
    if (node->repetition == PARQUET_REPEATED)
        return node;
    bool has_one = node->physical == PARQUET_GROUP && node->child_count == 1 &&
                   node->children[0]->repetition == PARQUET_REPEATED;
    return has_one ? node->children[0] : NULL;
}

/* Whether the repeated node is an entry around the element, not the element itself. */
static bool wraps_element(const parquet_node *list, const parquet_node *repeated) {
    size_t length = strlen(list->name);
    bool is_named_tuple = strncmp(repeated->name, list->name, length) == 0 &&
                          strcmp(repeated->name + length, "_tuple") == 0;
    return list != repeated && repeated->physical == PARQUET_GROUP && repeated->child_count == 1 &&
           strcmp(repeated->name, "array") != 0 && !is_named_tuple;
}

static rask_status match_list(parquet_reader *reader, const parquet_node *node,
                              const data_type *type, field_place place, parquet_field *out,
                              rask_error *err) {
    const parquet_node *repeated = find_repeated(node);
    bool is_array = type->kind == DATA_ARRAY;
    if (repeated == NULL ||
        (!is_array && (repeated->physical != PARQUET_GROUP || repeated->child_count != 2)))
        return refuse(reader, node, type, place.column, err);
    field_place inside = {repeated->max_definition, repeated->max_repetition, place.column};
    out->kind = PARQUET_FIELD_LIST;
    out->definition = node == repeated ? node->max_definition - 1 : node->max_definition;
    out->element_definition = repeated->max_definition;
    for (int32_t i = 0; i < out->child_count; i++) {
        const parquet_node *child = repeated;
        if (!is_array || wraps_element(node, repeated))
            child = repeated->children[i];
        RASK_TRY(match(reader, child, data_type_child(type, i), inside, &out->children[i], err));
    }
    out->leaf = out->children[0].leaf;
    return RASK_OK;
}

static rask_status match(parquet_reader *reader, const parquet_node *node, const data_type *type,
                         field_place place, parquet_field *out, rask_error *err) {
    int32_t child_count = data_type_child_count(type);
    *out = (parquet_field){.kind = PARQUET_FIELD_MISSING,
                           .type = type,
                           .slot_definition = place.slot_definition,
                           .repetition = place.repetition,
                           .child_count = child_count};
    if (node == NULL)
        return RASK_OK;
    out->children = BASE_ARENA_ARRAY(reader->arena, parquet_field, child_count + 1);
    if (data_physical_of(type) == DATA_PHYSICAL_LIST)
        return match_list(reader, node, type, place, out, err);
    /* A repeated node that no list above it stands for. */
    if (node->repetition == PARQUET_REPEATED && node->max_repetition > place.repetition)
        return refuse_repeated(reader, node, type, place.column, err);
    if (data_physical_of(type) == DATA_PHYSICAL_ROW)
        return match_row(reader, node, type, place, out, err);
    return match_leaf(reader, node, type, place, out, err);
}

/* Leaves that the projected columns may need at most: every one of their types, and one for the
 * structure of a row. */
static int32_t count_leaves(const data_type *type) {
    int32_t count = 1, children = data_type_child_count(type);
    for (int32_t i = 0; i < children; i++)
        count += count_leaves(data_type_child(type, i));
    return count;
}

rask_status parquet_fields_find(parquet_reader *reader, rask_error *err) {
    const format_config *config = reader->config;
    int32_t count = config->projection_count, leaves = 0;
    for (int32_t i = 0; i < count; i++)
        leaves += count_leaves(config->schema->types[config->projection[i]]);
    reader->fields = BASE_ARENA_ARRAY(reader->arena, parquet_field, count + 1);
    reader->leaves = BASE_ARENA_ARRAY(reader->arena, parquet_leaf, leaves + 1);
    reader->chunk_of = BASE_ARENA_ARRAY(reader->arena, int32_t, leaves + 1);
    for (int32_t i = 0; i < count; i++) {
        const char *name = config->schema->names[config->projection[i]];
        const data_type *type = config->schema->types[config->projection[i]];
        field_place top = {.column = name};
        RASK_TRY(match(reader, find_child(reader->footer.root, name), type, top, &reader->fields[i],
                       err));
    }
    return RASK_OK;
}
