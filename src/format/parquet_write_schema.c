/* The schema of the files we write: the one Flink's writer makes. */
#include <string.h>

#include "format/parquet_write.h"

typedef struct schema_maker {
    base_arena *arena;
    const parquet_settings *settings;
    base_list leaves, types;
} schema_maker;

/* Bytes that hold every DECIMAL of a precision. */
static int32_t decimal_bytes(int32_t precision) {
    int32_t bytes = 1;
    while (bytes < 16 && base_power_of_ten(precision) - 1 > ((base_i128)1 << (8 * bytes - 1)) - 1)
        bytes++;
    return bytes;
}

static bool set_type(const schema_maker *maker, const data_type *type, parquet_node *node) {
    switch (type->kind) {
    case DATA_CHAR:
    case DATA_VARCHAR:
        node->logical = PARQUET_STRING;
        node->physical = PARQUET_BYTE_ARRAY;
        return true;
    case DATA_BINARY:
    case DATA_VARBINARY:
        node->physical = PARQUET_BYTE_ARRAY;
        return true;
    case DATA_BOOLEAN:
        node->physical = PARQUET_BOOLEAN;
        return true;
    case DATA_TINYINT:
    case DATA_SMALLINT:
        node->logical = PARQUET_INTEGER;
        node->bits = type->kind == DATA_TINYINT ? 8 : 16;
        node->is_signed = true;
        node->physical = PARQUET_INT32;
        return true;
    case DATA_INT:
        node->physical = PARQUET_INT32;
        return true;
    case DATA_BIGINT:
        node->physical = PARQUET_INT64;
        return true;
    case DATA_FLOAT:
        node->physical = PARQUET_FLOAT;
        return true;
    case DATA_DOUBLE:
        node->physical = PARQUET_DOUBLE;
        return true;
    case DATA_DATE:
        node->logical = PARQUET_DATE;
        node->physical = PARQUET_INT32;
        return true;
    case DATA_TIME:
        node->logical = PARQUET_TIME;
        node->physical = PARQUET_INT32;
        return true;
    case DATA_DECIMAL:
        node->logical = PARQUET_DECIMAL;
        node->precision = type->precision;
        node->scale = type->scale;
        node->physical = PARQUET_FIXED;
        node->length = decimal_bytes(type->precision);
        return true;
    case DATA_TIMESTAMP:
    case DATA_TIMESTAMP_LTZ:
        node->physical = PARQUET_INT96;
        if (maker->settings->int64_times) {
            node->physical = PARQUET_INT64;
            node->logical = PARQUET_TIMESTAMP;
            node->unit = maker->settings->unit;
        }
        return true;
    default:
        return false;
    }
}

static rask_status refuse(const data_type *type, rask_error *err) {
    base_strbuf text;
    base_strbuf_init(&text, 4096);
    data_type_write(type, true, &text);
    rask_error_set(err, RASK_ERROR_UNSUPPORTED, "Unsupported type: %s",
                   text.data != NULL ? text.data : "");
    rask_error_hint(err, "Parquet files hold neither intervals nor VARIANT, RAW and BITMAP; cast "
                         "the column to STRING");
    base_strbuf_free(&text);
    return RASK_ERROR_UNSUPPORTED;
}

static parquet_node *add_node(schema_maker *maker, parquet_node *parent, const char *name,
                              parquet_repetition repetition, int32_t child_count) {
    parquet_node *node = BASE_ARENA_NEW(maker->arena, parquet_node);
    node->name = base_arena_strdup(maker->arena, name);
    node->parent = parent;
    node->physical = PARQUET_GROUP;
    node->repetition = repetition;
    node->children = BASE_ARENA_ARRAY(maker->arena, parquet_node *, child_count + 1);
    node->child_count = child_count;
    node->leaf = maker->leaves.count;
    if (parent != NULL) {
        node->max_definition = parent->max_definition + (repetition != PARQUET_REQUIRED);
        node->max_repetition = parent->max_repetition + (repetition == PARQUET_REPEATED);
    }
    return node;
}

static rask_status make_node(schema_maker *maker, parquet_node *parent, const char *name,
                             const data_type *type, parquet_node **out, rask_error *err);

/* ARRAY: a (LIST) { list { element } }; MAP and MULTISET: a (MAP) { key_value { key, value } }. */
static rask_status make_list(schema_maker *maker, parquet_node *node, const data_type *type,
                             rask_error *err) {
    bool is_array = type->kind == DATA_ARRAY;
    static const char *const map_names[] = {"key", "value"};
    node->logical = is_array ? PARQUET_LIST : PARQUET_MAP;
    int32_t count = data_type_child_count(type);
    parquet_node *repeated =
        add_node(maker, node, is_array ? "list" : "key_value", PARQUET_REPEATED, count);
    repeated->logical = is_array ? PARQUET_PLAIN_TYPE : PARQUET_MAP_ENTRY;
    node->children[0] = repeated;
    for (int32_t i = 0; i < count; i++) {
        const data_type *child = data_type_child(type, i);
        if (!is_array && i == 0)
            child = data_type_with_null(child, false);
        RASK_TRY(make_node(maker, repeated, is_array ? "element" : map_names[i], child,
                           &repeated->children[i], err));
    }
    return RASK_OK;
}

static rask_status make_node(schema_maker *maker, parquet_node *parent, const char *name,
                             const data_type *type, parquet_node **out, rask_error *err) {
    data_physical physical = data_physical_of(type);
    int32_t children = physical == DATA_PHYSICAL_LIST  ? 1
                       : physical == DATA_PHYSICAL_ROW ? data_type_child_count(type)
                                                       : 0;
    parquet_node *node = add_node(maker, parent, name,
                                  type->nullable ? PARQUET_OPTIONAL : PARQUET_REQUIRED, children);
    *out = node;
    if (physical == DATA_PHYSICAL_LIST)
        return make_list(maker, node, type, err);
    if (physical == DATA_PHYSICAL_ROW) {
        for (int32_t i = 0; i < children; i++)
            RASK_TRY(make_node(maker, node, type->fields[i].name, data_type_child(type, i),
                               &node->children[i], err));
        return children > 0 ? RASK_OK : refuse(type, err);
    }
    if (!set_type(maker, type, node))
        return refuse(type, err);
    base_list_add(maker->arena, &maker->leaves, node);
    base_list_add(maker->arena, &maker->types, (void *)(uintptr_t)type);
    return RASK_OK;
}

rask_status parquet_schema_make(base_arena *arena, const data_schema *schema,
                                const parquet_settings *settings, parquet_footer *out,
                                const data_type ***leaf_types, rask_error *err) {
    schema_maker maker = {.arena = arena, .settings = settings};
    out->root = add_node(&maker, NULL, "flink_schema", PARQUET_REQUIRED, schema->count);
    for (int32_t i = 0; i < schema->count; i++)
        RASK_TRY(make_node(&maker, out->root, schema->names[i], schema->types[i],
                           &out->root->children[i], err));
    out->leaves = (parquet_node **)maker.leaves.items;
    out->leaf_count = maker.leaves.count;
    *leaf_types = (const data_type **)maker.types.items;
    return RASK_OK;
}

rask_status parquet_schema_check(const data_schema *schema, rask_error *err) {
    base_arena *arena = base_arena_new();
    parquet_settings settings = {0};
    parquet_footer footer = {0};
    const data_type **leaf_types;
    rask_status status = parquet_schema_make(arena, schema, &settings, &footer, &leaf_types, err);
    base_arena_free(arena);
    return status;
}
