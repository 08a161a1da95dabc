/* Reading footers and page headers; see parquet_footer.h.
 *
 *     "PAR1" ... pages ... | footer (thrift) | its length, 4 bytes | "PAR1"
 */
#include "format/parquet_footer.h"

#include <string.h>

#include "format/parquet_thrift.h"

enum { TAIL_BYTES = 8, MAGIC_BYTES = 4, SCHEMA_DEPTH_MAX = 100 };

const char parquet_magic[4] = {'P', 'A', 'R', '1'};

const char *parquet_physical_name(parquet_physical physical) {
    static const char *const names[] = {"BOOLEAN", "INT32",  "INT64",  "INT96",
                                        "FLOAT",   "DOUBLE", "BINARY", "FIXED_LEN_BYTE_ARRAY",
                                        "group"};
    return names[physical];
}

/* ---- schema elements ------------------------------------------------------------------------- */

/* What a converted type stands for, by its number. */
static const parquet_node converted_types[] = {
    {.logical = PARQUET_STRING},
    {.logical = PARQUET_MAP},
    {.logical = PARQUET_MAP_ENTRY},
    {.logical = PARQUET_LIST},
    {.logical = PARQUET_STRING}, /* ENUM */
    {.logical = PARQUET_DECIMAL},
    {.logical = PARQUET_DATE},
    {.logical = PARQUET_TIME, .unit = PARQUET_MILLIS},
    {.logical = PARQUET_TIME, .unit = PARQUET_MICROS},
    {.logical = PARQUET_TIMESTAMP, .unit = PARQUET_MILLIS},
    {.logical = PARQUET_TIMESTAMP, .unit = PARQUET_MICROS},
    {.logical = PARQUET_INTEGER, .bits = 8},
    {.logical = PARQUET_INTEGER, .bits = 16},
    {.logical = PARQUET_INTEGER, .bits = 32},
    {.logical = PARQUET_INTEGER, .bits = 64},
    {.logical = PARQUET_INTEGER, .bits = 8, .is_signed = true},
    {.logical = PARQUET_INTEGER, .bits = 16, .is_signed = true},
    {.logical = PARQUET_INTEGER, .bits = 32, .is_signed = true},
    {.logical = PARQUET_INTEGER, .bits = 64, .is_signed = true},
    {.logical = PARQUET_STRING}, /* JSON */
};

static void set_converted(parquet_node *node, int64_t converted) {
    bool known =
        converted >= 0 && converted < (int64_t)(sizeof converted_types / sizeof converted_types[0]);
    const parquet_node *meaning = known ? &converted_types[converted] : NULL;
    if (node->logical != PARQUET_PLAIN_TYPE)
        return; /* the logical type says more */
    node->logical = known ? meaning->logical : PARQUET_OTHER;
    if (known) {
        node->unit = meaning->unit;
        node->bits = meaning->bits;
        node->is_signed = meaning->is_signed;
    }
}

/* TimeUnit: a union of three empty structs. */
static parquet_unit read_unit(thrift_reader *in) {
    int16_t id = 0;
    thrift_type type;
    parquet_unit unit = PARQUET_MILLIS;
    while (thrift_next_field(in, &id, &type)) {
        unit = id == 2 ? PARQUET_MICROS : id == 3 ? PARQUET_NANOS : PARQUET_MILLIS;
        thrift_skip(in, type);
    }
    return unit;
}

/* The struct inside a logical type: all of them at once, since ids and types tell them apart. */
static void read_parameters(thrift_reader *in, parquet_node *node) {
    int16_t id = 0;
    thrift_type type;
    while (thrift_next_field(in, &id, &type)) {
        if (type == THRIFT_STRUCT && id == 2)
            node->unit = read_unit(in);
        else if (type == THRIFT_I32 && id == 1)
            node->scale = (int32_t)thrift_read_int(in);
        else if (type == THRIFT_I32 && id == 2)
            node->precision = (int32_t)thrift_read_int(in);
        else if (type == THRIFT_BYTE && id == 1)
            node->bits = thrift_read_byte(in);
        else if ((type == THRIFT_TRUE || type == THRIFT_FALSE) && id == 2)
            node->is_signed = type == THRIFT_TRUE;
        else
            thrift_skip(in, type);
    }
}

static void read_logical(thrift_reader *in, parquet_node *node) {
    static const parquet_logical kinds[] = {
        [1] = PARQUET_STRING,   [2] = PARQUET_MAP,         [3] = PARQUET_LIST,
        [4] = PARQUET_STRING,   [5] = PARQUET_DECIMAL,     [6] = PARQUET_DATE,
        [7] = PARQUET_TIME,     [8] = PARQUET_TIMESTAMP,   [9] = PARQUET_OTHER,
        [10] = PARQUET_INTEGER, [11] = PARQUET_PLAIN_TYPE, [12] = PARQUET_STRING,
    };
    int16_t id = 0;
    thrift_type type;
    while (thrift_next_field(in, &id, &type)) {
        bool known = id > 0 && id < (int16_t)(sizeof kinds / sizeof kinds[0]);
        if (type != THRIFT_STRUCT) {
            thrift_skip(in, type);
            continue;
        }
        node->logical = known ? kinds[id] : PARQUET_OTHER;
        read_parameters(in, node);
    }
}

typedef struct schema_element {
    parquet_node *node;
    int64_t child_count;
    bool is_leaf;
} schema_element;

static void read_element(thrift_reader *in, base_arena *arena, schema_element *out) {
    int16_t id = 0;
    thrift_type type;
    parquet_node *node = BASE_ARENA_NEW(arena, parquet_node);
    int64_t converted = -1, length, scale = -1, precision = -1;
    bool has_converted = false;
    node->name = "";
    *out = (schema_element){.node = node};
    while (thrift_next_field(in, &id, &type)) {
        if (id == 4 && type == THRIFT_BINARY) {
            const uint8_t *name = thrift_read_binary(in, &length);
            node->name = base_arena_strndup(arena, (const char *)name, length);
        } else if (id == 10 && type == THRIFT_STRUCT) {
            read_logical(in, node);
        } else if (type != THRIFT_I32) {
            thrift_skip(in, type);
        } else {
            int64_t value = thrift_read_int(in);
            if (id == 1 && value >= 0 && value < PARQUET_GROUP) {
                node->physical = (parquet_physical)value;
                out->is_leaf = true;
            } else if (id == 1) {
                thrift_fail(in, "a column has an unknown type");
            } else if (id == 2) {
                node->length = (int32_t)value;
            } else if (id == 3) {
                node->repetition = value >= 0 && value <= 2 ? (parquet_repetition)value : 0;
            } else if (id == 5) {
                out->child_count = value;
            } else if (id == 6) {
                converted = value;
                has_converted = true;
            } else if (id == 7) {
                scale = value;
            } else if (id == 8) {
                precision = value;
            }
        }
    }
    if (has_converted)
        set_converted(node, converted);
    if (node->logical == PARQUET_DECIMAL && precision > 0 && scale >= 0) {
        node->precision = (int32_t)precision;
        node->scale = (int32_t)scale;
    }
    if (out->is_leaf && node->physical == PARQUET_FIXED && node->length <= 0)
        thrift_fail(in, "a column of fixed length has none");
}

/* ---- the tree -------------------------------------------------------------------------------- */

typedef struct schema_parser {
    thrift_reader *in;
    base_arena *arena;
    schema_element *elements;
    int32_t count, next;
    parquet_footer *footer;
} schema_parser;

/* The subtree that starts at the next element; depth first, as they are stored. */
static parquet_node *build_tree(schema_parser *parser, int32_t definition, int32_t repetition,
                                int32_t depth) {
    if (parser->next >= parser->count || depth > SCHEMA_DEPTH_MAX) {
        thrift_fail(parser->in, depth > SCHEMA_DEPTH_MAX ? "its schema is nested too deeply"
                                                         : "its schema has missing elements");
        return NULL;
    }
    schema_element *element = &parser->elements[parser->next++];
    parquet_node *node = element->node;
    parquet_footer *footer = parser->footer;
    node->max_definition = definition + (depth > 0 && node->repetition != PARQUET_REQUIRED);
    node->max_repetition = repetition + (depth > 0 && node->repetition == PARQUET_REPEATED);
    node->leaf = footer->leaf_count;
    if (element->is_leaf) {
        footer->leaves[footer->leaf_count++] = node;
        return node;
    }
    node->physical = PARQUET_GROUP;
    if (element->child_count < 0 || element->child_count > parser->count - parser->next) {
        thrift_fail(parser->in, "its schema has missing elements");
        return NULL;
    }
    node->child_count = (int32_t)element->child_count;
    node->children = BASE_ARENA_ARRAY(parser->arena, parquet_node *, node->child_count);
    for (int32_t i = 0; i < node->child_count; i++) {
        node->children[i] =
            build_tree(parser, node->max_definition, node->max_repetition, depth + 1);
        if (node->children[i] == NULL)
            return NULL;
    }
    return node;
}

static void read_schema(thrift_reader *in, base_arena *arena, parquet_footer *out) {
    thrift_type element;
    int32_t count = thrift_read_list(in, &element);
    if (element != THRIFT_STRUCT || count == 0) {
        thrift_fail(in, "it has no schema");
        return;
    }
    schema_parser parser = {.in = in, .arena = arena, .count = count, .footer = out};
    parser.elements = BASE_ARENA_ARRAY(arena, schema_element, count);
    for (int32_t i = 0; i < count && in->failure == NULL; i++)
        read_element(in, arena, &parser.elements[i]);
    if (in->failure != NULL)
        return;
    out->leaves = BASE_ARENA_ARRAY(arena, parquet_node *, count);
    out->leaf_count = 0;
    out->root = build_tree(&parser, 0, 0, 0);
    if (in->failure == NULL && (out->root->physical != PARQUET_GROUP || parser.next != count))
        thrift_fail(in, "its schema is not one tree");
}

/* ---- row groups ------------------------------------------------------------------------------ */

static const uint8_t *copy_bytes(thrift_reader *in, base_arena *arena, int64_t *length) {
    const uint8_t *bytes = thrift_read_binary(in, length);
    /* One more, so that an empty text is not NULL; the rest for readers that load whole words. */
    uint8_t *copy = base_arena_alloc(arena, *length + 16);
    if (*length > 0)
        memcpy(copy, bytes, (size_t)*length);
    return copy;
}

/* The old fields 1 and 2 were written with an order nobody agreed on, except for signed numbers. */
typedef struct old_range {
    const uint8_t *min, *max;
    int64_t min_length, max_length;
} old_range;

static void read_statistics(thrift_reader *in, base_arena *arena, const parquet_node *leaf,
                            parquet_statistics *out) {
    int16_t id = 0;
    thrift_type type;
    old_range old = {0};
    while (thrift_next_field(in, &id, &type)) {
        if (type == THRIFT_BINARY && id == 1)
            old.max = copy_bytes(in, arena, &old.max_length);
        else if (type == THRIFT_BINARY && id == 2)
            old.min = copy_bytes(in, arena, &old.min_length);
        else if (type == THRIFT_BINARY && id == 5)
            out->max = copy_bytes(in, arena, &out->max_length);
        else if (type == THRIFT_BINARY && id == 6)
            out->min = copy_bytes(in, arena, &out->min_length);
        else if (type == THRIFT_I64 && id == 3)
            out->null_count = thrift_read_int(in);
        else if (type == THRIFT_I64 && id == 4)
            out->distinct_count = thrift_read_int(in);
        else
            thrift_skip(in, type);
    }
    bool is_number = leaf != NULL && leaf->physical != PARQUET_BYTE_ARRAY &&
                     leaf->physical != PARQUET_FIXED && leaf->physical != PARQUET_INT96 &&
                     (leaf->logical != PARQUET_INTEGER || leaf->is_signed);
    if (is_number && out->min == NULL && out->max == NULL) {
        out->min = old.min;
        out->min_length = old.min_length;
        out->max = old.max;
        out->max_length = old.max_length;
    }
}

static uint32_t encoding_bit(int64_t encoding) {
    return encoding >= 0 && encoding < 32 ? 1U << encoding : 0;
}

static uint32_t read_encodings(thrift_reader *in) {
    thrift_type element;
    uint32_t encodings = 0;
    int32_t count = thrift_read_list(in, &element);
    for (int32_t i = 0; i < count && in->failure == NULL; i++) {
        if (element == THRIFT_I32)
            encodings |= encoding_bit(thrift_read_int(in));
        else
            thrift_skip(in, element);
    }
    return encodings;
}

/* How many pages there are of each kind and encoding. */
static uint32_t read_encoding_counts(thrift_reader *in) {
    thrift_type element, type;
    uint32_t encodings = 0;
    int32_t count = thrift_read_list(in, &element);
    for (int32_t i = 0; i < count && in->failure == NULL; i++) {
        int16_t id = 0;
        int64_t fields[4] = {-1, -1, -1, -1};
        if (element != THRIFT_STRUCT) {
            thrift_skip(in, element);
            continue;
        }
        while (thrift_next_field(in, &id, &type)) {
            if (type == THRIFT_I32 && id >= 1 && id <= 3)
                fields[id] = thrift_read_int(in);
            else
                thrift_skip(in, type);
        }
        if (fields[1] == PARQUET_PAGE_DATA || fields[1] == PARQUET_PAGE_DATA_V2)
            encodings |= encoding_bit(fields[2]);
    }
    return encodings;
}

static void read_chunk_data(thrift_reader *in, base_arena *arena, const parquet_node *leaf,
                            parquet_chunk *out) {
    int16_t id = 0;
    thrift_type type;
    int64_t physical = -1, codec = -1, data_offset = -1, dictionary_offset = -1;
    while (thrift_next_field(in, &id, &type)) {
        if (id == 12 && type == THRIFT_STRUCT)
            read_statistics(in, arena, leaf, &out->statistics);
        else if (id == 2 && type == THRIFT_LIST)
            out->encodings = read_encodings(in);
        else if (id == 13 && type == THRIFT_LIST)
            out->data_encodings = read_encoding_counts(in);
        else if (type != THRIFT_I32 && type != THRIFT_I64)
            thrift_skip(in, type);
        else if (id == 1)
            physical = thrift_read_int(in);
        else if (id == 4)
            codec = thrift_read_int(in);
        else if (id == 5)
            out->value_count = thrift_read_int(in);
        else if (id == 7)
            out->size = thrift_read_int(in);
        else if (id == 9)
            data_offset = thrift_read_int(in);
        else if (id == 11)
            dictionary_offset = thrift_read_int(in);
        else
            thrift_skip(in, type);
    }
    bool has_dictionary = dictionary_offset >= MAGIC_BYTES && dictionary_offset < data_offset;
    out->dictionary_offset = has_dictionary ? dictionary_offset : -1;
    out->offset = has_dictionary ? dictionary_offset : data_offset;
    out->codec = (parquet_codec)codec;
    if (codec < 0 || codec > PARQUET_LZ4_RAW)
        thrift_fail(in, "a column has an unknown codec");
    if (leaf != NULL && physical != leaf->physical)
        thrift_fail(in, "a column chunk has another type than its column");
}

static void read_chunk(thrift_reader *in, base_arena *arena, const parquet_node *leaf,
                       parquet_chunk *out) {
    int16_t id = 0;
    thrift_type type;
    bool has_data = false;
    out->statistics.null_count = out->statistics.distinct_count = -1;
    while (thrift_next_field(in, &id, &type)) {
        if (id == 3 && type == THRIFT_STRUCT) {
            read_chunk_data(in, arena, leaf, out);
            has_data = true;
        } else {
            if (id == 1 || id == 8)
                thrift_fail(in, id == 1 ? "its columns are in other files"
                                        : "its columns are encrypted");
            thrift_skip(in, type);
        }
    }
    if (!has_data)
        thrift_fail(in, "a column chunk lacks its description");
}

static void read_chunks(thrift_reader *in, base_arena *arena, const parquet_footer *footer,
                        parquet_group *group) {
    thrift_type element;
    int32_t count = thrift_read_list(in, &element);
    if (element != THRIFT_STRUCT || count != footer->leaf_count) {
        thrift_fail(in, "a row group has another number of columns than the schema");
        return;
    }
    group->chunks = BASE_ARENA_ARRAY(arena, parquet_chunk, count);
    for (int32_t i = 0; i < count && in->failure == NULL; i++)
        read_chunk(in, arena, footer->leaves[i], &group->chunks[i]);
}

static void read_group(thrift_reader *in, base_arena *arena, const parquet_footer *footer,
                       parquet_group *out) {
    int16_t id = 0;
    thrift_type type;
    while (thrift_next_field(in, &id, &type)) {
        if (id == 1 && type == THRIFT_LIST && out->chunks == NULL)
            read_chunks(in, arena, footer, out);
        else if (id == 3 && type == THRIFT_I64)
            out->row_count = thrift_read_int(in);
        else
            thrift_skip(in, type);
    }
    if (out->chunks == NULL && footer->leaf_count > 0)
        thrift_fail(in, "a row group lacks its columns");
    if (out->row_count < 0)
        thrift_fail(in, "a row group has a negative number of rows");
}

static void read_groups(thrift_reader *in, base_arena *arena, parquet_footer *out) {
    thrift_type element;
    int32_t count = thrift_read_list(in, &element);
    if (out->root == NULL)
        thrift_fail(in, "its row groups come before its schema");
    if (count > 0 && element != THRIFT_STRUCT)
        thrift_fail(in, "its row groups are not structs");
    if (in->failure != NULL)
        return;
    out->groups = BASE_ARENA_ARRAY(arena, parquet_group, count + 1);
    out->group_count = count;
    for (int32_t i = 0; i < count && in->failure == NULL; i++)
        read_group(in, arena, out, &out->groups[i]);
}

static void read_file_data(thrift_reader *in, base_arena *arena, parquet_footer *out) {
    int16_t id = 0;
    thrift_type type;
    int64_t length;
    while (thrift_next_field(in, &id, &type)) {
        if (id == 2 && type == THRIFT_LIST && out->root == NULL) {
            read_schema(in, arena, out);
        } else if (id == 3 && type == THRIFT_I64) {
            out->row_count = thrift_read_int(in);
        } else if (id == 4 && type == THRIFT_LIST && out->groups == NULL) {
            read_groups(in, arena, out);
        } else if (id == 6 && type == THRIFT_BINARY) {
            const uint8_t *text = thrift_read_binary(in, &length);
            out->created_by = base_arena_strndup(arena, (const char *)text, length);
        } else {
            thrift_skip(in, type);
        }
    }
    if (out->root == NULL)
        thrift_fail(in, "it has no schema");
}

/* ---- checks ---------------------------------------------------------------------------------- */

static const char *place_group(const parquet_footer *footer, parquet_group *group,
                               int64_t data_end) {
    int64_t start = INT64_MAX, end = 0;
    for (int32_t i = 0; i < footer->leaf_count; i++) {
        const parquet_chunk *chunk = &group->chunks[i];
        const parquet_node *leaf = footer->leaves[i];
        if (chunk->offset < MAGIC_BYTES || chunk->size < 0 || chunk->offset > data_end ||
            chunk->size > data_end - chunk->offset)
            return "a column chunk lies outside of the file";
        if (chunk->value_count < 0 ||
            (leaf->max_repetition == 0 && chunk->value_count != group->row_count))
            return "a column chunk has another number of values than its row group has rows";
        start = chunk->offset < start ? chunk->offset : start;
        end = chunk->offset + chunk->size > end ? chunk->offset + chunk->size : end;
    }
    group->offset = footer->leaf_count > 0 ? start : MAGIC_BYTES;
    group->size = footer->leaf_count > 0 ? end - start : 0;
    return NULL;
}

static const char *place_groups(parquet_footer *footer, int64_t data_end) {
    int64_t rows = 0;
    for (int32_t i = 0; i < footer->group_count; i++) {
        footer->groups[i].first_row = rows;
        if (__builtin_add_overflow(rows, footer->groups[i].row_count, &rows))
            return "its row groups have too many rows";
        const char *failure = place_group(footer, &footer->groups[i], data_end);
        if (failure != NULL)
            return failure;
    }
    return rows == footer->row_count ? NULL : "its row groups do not have as many rows as it says";
}

/* ---- the file -------------------------------------------------------------------------------- */

static rask_status read_exactly(const format_input *input, int64_t offset, void *bytes,
                                int64_t size, rask_error *err) {
    int64_t done = 0, got = 1;
    while (done < size && got > 0) {
        RASK_TRY(input->read_at(input->self, offset + done, (char *)bytes + done, size - done, &got,
                                err));
        done += got;
    }
    if (done == size)
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_RUNTIME,
                          "%s ends at byte %lld, before byte %lld: it became shorter while it was "
                          "read",
                          input->name, (long long)(offset + done), (long long)(offset + size));
}

static rask_status read_tail(const format_input *input, uint32_t *footer_bytes, rask_error *err) {
    uint8_t tail[TAIL_BYTES];
    if (input->size < MAGIC_BYTES + TAIL_BYTES)
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "%s is not a Parquet file (length is too low: %lld)", input->name,
                              (long long)input->size);
    RASK_TRY(read_exactly(input, input->size - TAIL_BYTES, tail, TAIL_BYTES, err));
    const int8_t *magic = (const int8_t *)tail + 4;
    if (memcmp(magic, "PARE", 4) == 0)
        return rask_error_set(err, RASK_ERROR_UNSUPPORTED,
                              "%s is encrypted, which is not supported.", input->name);
    if (memcmp(magic, parquet_magic, MAGIC_BYTES) != 0)
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "%s is not a Parquet file. Expected magic number at tail, but found "
                              "[%d, %d, %d, %d]",
                              input->name, magic[0], magic[1], magic[2], magic[3]);
    memcpy(footer_bytes, tail, 4);
    if (*footer_bytes > input->size - TAIL_BYTES - MAGIC_BYTES)
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "%s is damaged at byte %lld: its footer would have %u bytes, the "
                              "file has %lld",
                              input->name, (long long)input->size - TAIL_BYTES, *footer_bytes,
                              (long long)input->size);
    return RASK_OK;
}

rask_status parquet_footer_read(const format_input *input, base_pool *pool, base_arena *arena,
                                parquet_footer *out, rask_error *err) {
    uint32_t size;
    base_buffer *bytes;
    RASK_TRY(read_tail(input, &size, err));
    int64_t start = input->size - TAIL_BYTES - (int64_t)size;
    RASK_TRY(base_buffer_new(pool, size, &bytes, err));
    rask_status status;
    thrift_reader in;
    RASK_TRY_OUT(status, read_exactly(input, start, bytes->data, size, err));
    *out = (parquet_footer){0};
    thrift_reader_init(&in, bytes->data, size);
    read_file_data(&in, arena, out);
    const char *failure = in.failure != NULL ? in.failure : place_groups(out, start);
    if (failure != NULL)
        status = rask_error_set(err, RASK_ERROR_RUNTIME,
                                "%s is damaged: its footer at byte %lld cannot be read: %s",
                                input->name, (long long)start, failure);
out:
    base_buffer_unref(bytes);
    return status;
}

/* ---- page headers ---------------------------------------------------------------------------- */

static int32_t read_i32(thrift_reader *in) {
    int64_t value = thrift_read_int(in);
    return value >= INT32_MIN && value <= INT32_MAX ? (int32_t)value : -1;
}

/* The ids of a kind's fields: which member each one is. */
typedef struct page_fields {
    int8_t values, nulls, rows, encoding, definition_encoding, repetition_encoding,
        definition_bytes, repetition_bytes, is_compressed;
} page_fields;

static void read_page_fields(thrift_reader *in, const page_fields *fields,
                             parquet_page_header *out) {
    int16_t id = 0;
    thrift_type type;
    while (thrift_next_field(in, &id, &type)) {
        if (id == fields->is_compressed && (type == THRIFT_TRUE || type == THRIFT_FALSE))
            out->is_compressed = type == THRIFT_TRUE;
        else if (type != THRIFT_I32)
            thrift_skip(in, type);
        else if (id == fields->values)
            out->value_count = read_i32(in);
        else if (id == fields->nulls)
            out->null_count = read_i32(in);
        else if (id == fields->rows)
            out->row_count = read_i32(in);
        else if (id == fields->encoding)
            out->encoding = (parquet_encoding)read_i32(in);
        else if (id == fields->definition_encoding)
            out->definition_encoding = (parquet_encoding)read_i32(in);
        else if (id == fields->repetition_encoding)
            out->repetition_encoding = (parquet_encoding)read_i32(in);
        else if (id == fields->definition_bytes)
            out->definition_bytes = read_i32(in);
        else if (id == fields->repetition_bytes)
            out->repetition_bytes = read_i32(in);
        else
            thrift_skip(in, type);
    }
}

static const page_fields v1_fields = {
    .values = 1, .encoding = 2, .definition_encoding = 3, .repetition_encoding = 4};
static const page_fields v2_fields = {.values = 1,
                                      .nulls = 2,
                                      .rows = 3,
                                      .encoding = 4,
                                      .definition_bytes = 5,
                                      .repetition_bytes = 6,
                                      .is_compressed = 7};
static const page_fields dictionary_fields = {.values = 1, .encoding = 2};

static void check_page_header(thrift_reader *in, const parquet_page_header *header) {
    if (header->compressed_bytes < 0 || header->uncompressed_bytes < 0 || header->value_count < 0)
        thrift_fail(in, "it has a negative size");
    if (header->kind == PARQUET_PAGE_DATA_V2 &&
        (header->definition_bytes < 0 || header->repetition_bytes < 0 || header->null_count < 0 ||
         header->null_count > header->value_count ||
         (int64_t)header->definition_bytes + header->repetition_bytes > header->compressed_bytes ||
         (int64_t)header->definition_bytes + header->repetition_bytes > header->uncompressed_bytes))
        thrift_fail(in, "its levels are longer than it is");
}

void parquet_page_header_read(const uint8_t *bytes, int64_t size, parquet_page_header *out,
                              const char **failure) {
    thrift_reader in;
    int16_t id = 0;
    thrift_type type;
    thrift_reader_init(&in, bytes, size);
    *out = (parquet_page_header){.kind = PARQUET_PAGE_INDEX, .is_compressed = true};
    out->compressed_bytes = out->uncompressed_bytes = -1;
    while (thrift_next_field(&in, &id, &type)) {
        if (id == 1 && type == THRIFT_I32)
            out->kind = (parquet_page_kind)read_i32(&in);
        else if (id == 2 && type == THRIFT_I32)
            out->uncompressed_bytes = read_i32(&in);
        else if (id == 3 && type == THRIFT_I32)
            out->compressed_bytes = read_i32(&in);
        else if (id == 5 && type == THRIFT_STRUCT)
            read_page_fields(&in, &v1_fields, out);
        else if (id == 7 && type == THRIFT_STRUCT)
            read_page_fields(&in, &dictionary_fields, out);
        else if (id == 8 && type == THRIFT_STRUCT)
            read_page_fields(&in, &v2_fields, out);
        else
            thrift_skip(&in, type);
    }
    check_page_header(&in, out);
    out->header_bytes = (int32_t)(in.at - bytes);
    *failure = in.failure;
}
