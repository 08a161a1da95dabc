/* The json reader: lines of a block, each parsed in place, to columns.
 *
 * Texts become views into the block, where yyjson has unescaped them.  A batch never straddles
 * blocks.  When a line is damaged the rows before it are handed out first and the error comes with
 * the next call, so what a query sees does not depend on the batch size.
 *
 * Jackson, which Flink reads with, takes what yyjson does not: control characters inside texts and
 * halves of surrogate pairs.  A line that yyjson refuses is read from the file again, since parsing
 * in place has changed it, mended and given a second try.  Texts that lie outside the block (of
 * such lines, decoded bytes, objects read as text) are `loose`: they are gathered per column and
 * get a heap of their own. */
#include <string.h>

#include "format/json.h"
#include "format/text_value.h"

enum {
    SHOWN_BYTES_MAX = 100,
    TEXT_BYTES_MAX = 1 << 30,
    READ_FLAGS = 1 << 1 | 1 << 5 /* STOP_WHEN_DONE, NUMBER_AS_RAW: no constants in C */
};

typedef struct loose_text {
    int32_t row;
    int64_t start, length; /* in the slot's `loose` bytes */
} loose_text;

typedef struct json_slot { /* a wanted column */
    int32_t column;        /* of the table */
    const data_type *type;
    const char *name;
    size_t name_length;
    bool is_scalar;
    data_column *values;   /* scalars: being filled */
    data_builder *builder; /* others */
    base_strbuf loose;
    loose_text *loose_texts;
    int32_t loose_count, loose_capacity;
    yyjson_val *found; /* in the current line */
    base_i128 bound;
} json_slot;

typedef struct json_reader {
    const format_config *config;
    const format_input *input;
    json_dialect dialect;
    text_blocks blocks;
    int64_t at; /* in the block */
    json_slot *slots;
    int32_t slot_count;
    int32_t *slot_of_output;
    base_buffer *memory; /* of documents */
    yyjson_alc allocator;
    base_strbuf original, mended, scratch;
    bool is_loose; /* the current document's texts lie outside the block */
    bool has_failed;
    rask_error failure;
} json_reader;

/* ---- open and close -------------------------------------------------------------------------- */
static void assign_slots(json_reader *reader) {
    const format_config *config = reader->config;
    reader->slots = BASE_NEW_ARRAY(json_slot, config->projection_count + 1);
    reader->slot_of_output = BASE_NEW_ARRAY(int32_t, config->projection_count + 1);
    for (int32_t i = 0; i < config->projection_count; i++) {
        int32_t column = config->projection[i], slot = 0;
        while (slot < reader->slot_count && reader->slots[slot].column != column)
            slot++;
        reader->slot_of_output[i] = slot;
        if (slot < reader->slot_count)
            continue;
        json_slot *made = &reader->slots[reader->slot_count++];
        made->column = column;
        made->type = config->schema->types[column];
        made->name = config->schema->names[column];
        made->name_length = strlen(made->name);
        made->is_scalar = json_is_scalar(made->type);
        base_strbuf_init(&made->loose, TEXT_BYTES_MAX);
    }
}

rask_status json_open_reader(const format_config *config, const format_input *input,
                             const format_split *split, int64_t resume_at, format_reader **out,
                             rask_error *err) {
    json_dialect dialect;
    RASK_TRY(json_dialect_read(config, &dialect, err));
    json_reader *reader = BASE_NEW(json_reader);
    reader->config = config;
    reader->input = input;
    reader->dialect = dialect;
    text_blocks_init(&reader->blocks, config, input, resume_at >= 0 ? resume_at : split->start,
                     split->end);
    base_strbuf_init(&reader->original, TEXT_BYTES_MAX);
    base_strbuf_init(&reader->mended, TEXT_BYTES_MAX);
    base_strbuf_init(&reader->scratch, TEXT_BYTES_MAX);
    assign_slots(reader);
    *out = (format_reader *)reader;
    return RASK_OK;
}

static void drop_batch(json_reader *reader) {
    for (int32_t i = 0; i < reader->slot_count; i++) {
        json_slot *slot = &reader->slots[i];
        data_column_unref(slot->values);
        data_builder_free(slot->builder);
        slot->values = NULL;
        slot->builder = NULL;
        slot->loose_count = 0;
        base_strbuf_clear(&slot->loose);
    }
}

void json_close_reader(format_reader *handle) {
    json_reader *reader = (json_reader *)handle;
    if (reader == NULL)
        return;
    drop_batch(reader);
    for (int32_t i = 0; i < reader->slot_count; i++) {
        base_strbuf_free(&reader->slots[i].loose);
        base_free(reader->slots[i].loose_texts);
    }
    text_blocks_close(&reader->blocks);
    base_strbuf_free(&reader->original);
    base_strbuf_free(&reader->mended);
    base_strbuf_free(&reader->scratch);
    base_buffer_unref(reader->memory);
    base_free(reader->slots);
    base_free(reader->slot_of_output);
    base_free(reader);
}

int64_t json_position(const format_reader *handle) {
    const json_reader *reader = (const json_reader *)handle;
    return reader->blocks.file_offset + reader->at;
}

/* ---- lines to documents ---------------------------------------------------------------------- */
/* The next line of the block, without its end; false = none is complete. */
static bool find_line(json_reader *reader, uint8_t **line, int64_t *length) {
    base_buffer *block = reader->blocks.block;
    int64_t left = block != NULL ? block->size - reader->at : 0;
    if (left <= 0)
        return false;
    *line = block->data + reader->at;
    const uint8_t *end = memchr(*line, '\n', (size_t)left);
    if (end == NULL && !reader->blocks.is_last)
        return false;
    *length = end != NULL ? end - *line : left;
    return true;
}

/* Memory for documents of texts of this length; a document's goes back before the next begins. */
static rask_status reserve_memory(json_reader *reader, int64_t length, rask_error *err) {
    size_t wanted = yyjson_read_max_memory_usage((size_t)length, YYJSON_READ_STOP_WHEN_DONE);
    if (reader->memory != NULL && (size_t)reader->memory->capacity >= wanted)
        return RASK_OK;
    base_buffer *memory = NULL;
    RASK_TRY(base_buffer_new(reader->config->pool, 2 * (int64_t)wanted, &memory, err));
    base_buffer_unref(reader->memory);
    reader->memory = memory;
    yyjson_alc_pool_init(&reader->allocator, memory->data, (size_t)memory->capacity);
    return RASK_OK;
}

/* The code unit of \uXXXX at `at`, or -1. */
static int32_t unit_at(const uint8_t *at, const uint8_t *end) {
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    int32_t unit = 0;
    for (int32_t i = 2; i < 6; i++) {
        uint8_t c = at[i] | 0x20;
        int32_t digit = at[i] >= '0' && at[i] <= '9' ? at[i] - '0'
                        : c >= 'a' && c <= 'f'       ? c - 'a' + 10
                                                     : -1;
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* Copies an escape; half a surrogate pair becomes '?'. */
static const uint8_t *mend_escape(base_strbuf *out, const uint8_t *at, const uint8_t *end) {
    int32_t unit = unit_at(at, end), next = unit >= 0 ? unit_at(at + 6, end) : -1;
    bool is_pair = (unit & 0xfc00) == 0xd800 && (next & 0xfc00) == 0xdc00;
    int32_t length = unit < 0 ? 2 : is_pair ? 12 : 6;
    if (length > end - at)
        length = (int32_t)(end - at);
    if (unit >= 0xd800 && unit < 0xe000 && !is_pair)
        base_strbuf_add_char(out, '?');
    else
        base_strbuf_add(out, (const char *)at, length);
    return at + length;
}

/* A copy of the line without what Jackson takes and yyjson does not. */
static void mend(base_strbuf *out, const uint8_t *line, int64_t length) {
    const uint8_t *at = line, *end = line + length;
    bool in_text = false;
    base_strbuf_clear(out);
    while (at < end) {
        if (in_text && *at == '\\') {
            at = mend_escape(out, at, end);
            continue;
        }
        in_text ^= *at == '"';
        if (in_text && *at < ' ')
            base_strbuf_printf(out, "\\u%04x", *at);
        else
            base_strbuf_add_char(out, (char)*at);
        at++;
    }
}

/* The current line as the file has it. */
static rask_status read_original(json_reader *reader, int64_t length, rask_error *err) {
    base_strbuf *out = &reader->original;
    int64_t start = json_position((format_reader *)reader);
    base_strbuf_clear(out);
    char *room = base_strbuf_room(out, length + 1);
    if (room == NULL)
        return RASK_OK;
    while (out->length < length) {
        int64_t got = 0;
        RASK_TRY(reader->input->read_at(reader->input->self, start + out->length,
                                        room + out->length, length - out->length, &got, err));
        if (got == 0)
            break;
        out->length += got;
    }
    room[out->length] = '\0';
    return RASK_OK;
}

static rask_status parse_mended(json_reader *reader, int64_t length, yyjson_doc **out,
                                rask_error *err) {
    base_strbuf *mended = &reader->mended;
    RASK_TRY(read_original(reader, length, err));
    mend(mended, (const uint8_t *)reader->original.data, reader->original.length);
    if (mended->overflowed || mended->length == reader->original.length)
        return RASK_OK;
    RASK_TRY(reserve_memory(reader, mended->length, err));
    reader->is_loose = true;
    *out = yyjson_read_opts(mended->data, (size_t)mended->length, READ_FLAGS, &reader->allocator,
                            NULL);
    return RASK_OK;
}

/* Parses in place, with a NUL for the line's end as yyjson wants one; *out NULL = damaged. */
static rask_status parse_line(json_reader *reader, uint8_t *line, int64_t length, yyjson_doc **out,
                              yyjson_read_err *why, rask_error *err) {
    int64_t mark = length >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    RASK_TRY(reserve_memory(reader, length, err));
    uint8_t behind = line[length];
    line[length] = '\0';
    reader->is_loose = false;
    *out = yyjson_read_opts((char *)line + mark, (size_t)(length - mark),
                            READ_FLAGS | YYJSON_READ_INSITU, &reader->allocator, why);
    line[length] = behind;
    return *out != NULL ? RASK_OK : parse_mended(reader, length, out, err);
}

/* ---- documents to columns -------------------------------------------------------------------- */
static json_slot *slot_of_name(json_reader *reader, int32_t guess, yyjson_val *key) {
    const char *name = unsafe_yyjson_get_str(key);
    size_t length = unsafe_yyjson_get_len(key);
    for (int32_t i = 0; i < reader->slot_count; i++) {
        int32_t at = guess + i < reader->slot_count ? guess + i : guess + i - reader->slot_count;
        json_slot *slot = &reader->slots[at];
        if (slot->name_length == length && memcmp(slot->name, name, length) == 0)
            return slot;
    }
    return NULL;
}

/* Notes the values of wanted fields; the fields of a file tend to come in the same order.  As in
 * Flink, once as many were seen as are wanted, the rest of the object does not count. */
static void find_fields(json_reader *reader, yyjson_val *object) {
    yyjson_obj_iter fields;
    int32_t guess = 0, seen = 0;
    for (int32_t i = 0; i < reader->slot_count; i++)
        reader->slots[i].found = NULL;
    yyjson_obj_iter_init(object, &fields);
    for (yyjson_val *key;
         seen < reader->slot_count && (key = yyjson_obj_iter_next(&fields)) != NULL;) {
        json_slot *slot = slot_of_name(reader, guess, key);
        if (slot == NULL)
            continue;
        slot->found = yyjson_obj_iter_get_val(key);
        seen++;
        guess = (int32_t)(slot - reader->slots) + 1;
        if (guess == reader->slot_count)
            guess = 0;
    }
}

static rask_status set_null(json_reader *reader, json_slot *slot, int32_t row, rask_error *err) {
    if (slot->values->validity == NULL)
        RASK_TRY(data_column_make_validity(reader->config->pool, slot->values, err));
    int32_t width = data_physical_width(slot->values->physical);
    memset((uint8_t *)slot->values->values + (int64_t)row * width, 0, (size_t)width);
    data_column_set_null(slot->values, row);
    return RASK_OK;
}

/* Keeps a text that will be gone: its view is made when the batch is complete. */
static void keep_loose(json_slot *slot, int32_t row, const json_scalar *scalar) {
    if (slot->loose_count == slot->loose_capacity) {
        slot->loose_capacity = slot->loose_capacity > 0 ? 2 * slot->loose_capacity : 16;
        slot->loose_texts =
            base_realloc(slot->loose_texts, slot->loose_capacity * (int64_t)sizeof(loose_text));
    }
    slot->loose_texts[slot->loose_count++] = (loose_text){row, slot->loose.length, scalar->length};
    base_strbuf_add(&slot->loose, scalar->text, scalar->length);
}

static void set_text(const json_reader *reader, json_slot *slot, int32_t row,
                     const json_scalar *scalar) {
    data_string *view = &((data_string *)slot->values->values)[row];
    if (scalar->length <= DATA_STRING_INLINE_MAX) {
        *view = data_string_make(scalar->text, (uint32_t)scalar->length);
    } else if (scalar->is_scratch || reader->is_loose) {
        keep_loose(slot, row, scalar);
    } else {
        *view = data_string_make(scalar->text, (uint32_t)scalar->length);
        slot->values->live_bytes += scalar->length;
    }
}

static void set_i128(json_slot *slot, int32_t row, base_i128 value) {
    base_i128 magnitude = value < 0 ? -value : value;
    slot->bound = magnitude > slot->bound ? magnitude : slot->bound;
    if (slot->values->physical == DATA_PHYSICAL_I32)
        ((int32_t *)slot->values->values)[row] = (int32_t)value;
    else if (slot->values->physical == DATA_PHYSICAL_I64)
        ((int64_t *)slot->values->values)[row] = (int64_t)value;
    else
        ((base_i128 *)slot->values->values)[row] = value;
}

static void set_i64(data_column *column, int32_t row, int64_t value) {
    switch (column->physical) {
    case DATA_PHYSICAL_BOOL:
    case DATA_PHYSICAL_I8:
        ((int8_t *)column->values)[row] = (int8_t)value;
        break;
    case DATA_PHYSICAL_I16:
        ((int16_t *)column->values)[row] = (int16_t)value;
        break;
    case DATA_PHYSICAL_I32:
        ((int32_t *)column->values)[row] = (int32_t)value;
        break;
    default:
        ((int64_t *)column->values)[row] = value;
        break;
    }
}

static void set_scalar(const json_reader *reader, json_slot *slot, int32_t row,
                       const json_scalar *scalar) {
    switch (scalar->form) {
    case JSON_I64:
        set_i64(slot->values, row, scalar->i64);
        break;
    case JSON_I128:
        set_i128(slot, row, scalar->i128);
        break;
    case JSON_F64:
        if (slot->values->physical == DATA_PHYSICAL_F32)
            ((float *)slot->values->values)[row] = (float)scalar->f64;
        else
            ((double *)slot->values->values)[row] = scalar->f64;
        break;
    case JSON_TEXT:
        set_text(reader, slot, row, scalar);
        break;
    }
}

/* Stores what was found for a column in row `row`; *bad = it is no value of the type. */
static rask_status store(json_reader *reader, json_slot *slot, int32_t row, bool *bad,
                         rask_error *err) {
    json_scalar scalar = {0};
    if (!slot->is_scalar)
        return json_append(&reader->dialect, slot->builder, slot->type, slot->found,
                           &reader->scratch, bad, err);
    json_outcome outcome = JSON_NULL;
    if (slot->found != NULL && !yyjson_is_null(slot->found))
        outcome =
            json_read_scalar(&reader->dialect, slot->type, slot->found, &reader->scratch, &scalar);
    if (outcome == JSON_VALUE) {
        set_scalar(reader, slot, row, &scalar);
        return RASK_OK;
    }
    *bad = outcome == JSON_BAD;
    return set_null(reader, slot, row, err);
}

/* ---- failures -------------------------------------------------------------------------------- */
/* Keeps the failure for the call after the rows before it were handed out. */
static void fail_later(json_reader *reader, int64_t length, const char *reason) {
    int64_t number = 0;
    int32_t shown = 0;
    if (text_line_number(reader->input, json_position((format_reader *)reader), &number, NULL) !=
        RASK_OK)
        number = 0;
    if (read_original(reader, length < SHOWN_BYTES_MAX ? length : SHOWN_BYTES_MAX, NULL) != RASK_OK)
        base_strbuf_clear(&reader->original);
    const uint8_t *line = (const uint8_t *)reader->original.data;
    while (shown < reader->original.length && line[shown] >= ' ')
        shown++;
    while (shown < length && shown > 0 && (line[shown] & 0xc0) == 0x80)
        shown--;
    rask_error_set(&reader->failure, RASK_ERROR_RUNTIME,
                   "Failed to deserialize JSON '%.*s' of file '%s', line %lld: %s", shown,
                   (const char *)line, reader->input->name, (long long)number, reason);
    reader->failure.row = number;
    reader->has_failed = true;
}

static void fail_with_root(json_reader *reader, int64_t length, yyjson_val *root,
                           const yyjson_read_err *why) {
    char reason[256];
    if (yyjson_is_arr(root))
        snprintf(reason, sizeof reason, "Illegal JSON object data...");
    else if (root != NULL)
        snprintf(reason, sizeof reason,
                 "No content to map due to end-of-input at [Source: UNKNOWN; line: 1, column: 1]");
    else if (why->code == YYJSON_READ_ERROR_EMPTY_CONTENT)
        snprintf(reason, sizeof reason,
                 "No content to map due to end-of-input at [Source: UNKNOWN; line: 1]");
    else
        snprintf(reason, sizeof reason, "%s (column %lld)",
                 why->msg != NULL ? why->msg : "the line is too long", (long long)why->pos + 1);
    fail_later(reader, length, reason);
}

/* ---- rows ------------------------------------------------------------------------------------ */
/* Stores an object's fields as row `row`.  All are stored whatever is wrong with one of them, so
 * that the columns stay in step. */
static rask_status store_row(json_reader *reader, int64_t length, yyjson_val *object, int32_t row,
                             rask_error *err) {
    const json_slot *missing = NULL, *wrong = NULL;
    find_fields(reader, object);
    for (int32_t i = 0; i < reader->slot_count; i++) {
        json_slot *slot = &reader->slots[i];
        bool bad = false;
        RASK_TRY(store(reader, slot, row, &bad, err));
        if (slot->found == NULL && missing == NULL)
            missing = slot;
        if (bad && wrong == NULL)
            wrong = slot;
    }
    char reason[256];
    if (missing != NULL && reader->dialect.fail_on_missing)
        fail_later(reader, length, "Some field is missing in the JSON data.");
    if (wrong != NULL && !reader->dialect.ignore_parse_errors && !reader->has_failed) {
        snprintf(reason, sizeof reason, "Fail to deserialize at field: %.200s.", wrong->name);
        fail_later(reader, length, reason);
    }
    return RASK_OK;
}

/* One line; *stored = it became row `row`. */
static rask_status read_line(json_reader *reader, uint8_t *line, int64_t length, int32_t row,
                             bool *stored, rask_error *err) {
    yyjson_read_err why = {0};
    yyjson_doc *doc = NULL;
    rask_status status = RASK_OK;
    RASK_TRY(parse_line(reader, line, length, &doc, &why, err));
    yyjson_val *root = yyjson_doc_get_root(doc);
    *stored = false;
    if (yyjson_is_obj(root)) {
        status = store_row(reader, length, root, row, err);
        *stored = !reader->has_failed;
    } else if (!reader->dialect.ignore_parse_errors) {
        fail_with_root(reader, length, root, &why);
    }
    yyjson_doc_free(doc);
    return status;
}

/* The complete lines of the block, up to rows_max rows. */
static rask_status read_lines(json_reader *reader, int32_t rows_max, int32_t *rows,
                              rask_error *err) {
    uint8_t *line;
    int64_t length;
    while (*rows < rows_max && !reader->has_failed && find_line(reader, &line, &length)) {
        bool stored = false, is_empty = length == 0 || (length == 1 && line[0] == '\r');
        if (!is_empty)
            RASK_TRY(read_line(reader, line, length, *rows, &stored, err));
        *rows += stored;
        if (reader->has_failed)
            break;
        const base_buffer *block = reader->blocks.block;
        reader->at += length + (reader->at + length < block->size);
    }
    return RASK_OK;
}

/* ---- batches --------------------------------------------------------------------------------- */
static rask_status begin_batch(json_reader *reader, int32_t rows_max, rask_error *err) {
    for (int32_t i = 0; i < reader->slot_count; i++) {
        json_slot *slot = &reader->slots[i];
        slot->bound = 0;
        if (slot->is_scalar)
            RASK_TRY(data_column_new(reader->config->pool, slot->type, DATA_PHYSICAL_NONE, rows_max,
                                     &slot->values, err));
        else
            slot->builder = data_builder_new(reader->config->pool, slot->type, 0);
    }
    return RASK_OK;
}

static rask_status add_loose_heap(json_reader *reader, json_slot *slot, rask_error *err) {
    base_buffer *heap = NULL;
    if (slot->loose.overflowed)
        return rask_error_set(err, RASK_ERROR_RUNTIME, "file '%s': texts of more than %d bytes",
                              reader->input->name, TEXT_BYTES_MAX);
    RASK_TRY(base_buffer_new(reader->config->pool, slot->loose.length, &heap, err));
    memcpy(heap->data, slot->loose.data, (size_t)slot->loose.length);
    heap->size = slot->loose.length;
    data_string *views = slot->values->values;
    for (int32_t i = 0; i < slot->loose_count; i++) {
        const loose_text *kept = &slot->loose_texts[i];
        views[kept->row] =
            data_string_make((const char *)heap->data + kept->start, (uint32_t)kept->length);
        slot->values->live_bytes += kept->length;
    }
    rask_status status = data_column_add_heap(slot->values, heap, err);
    base_buffer_unref(heap);
    return status;
}

static rask_status finish_scalar(json_reader *reader, json_slot *slot, int32_t rows,
                                 rask_error *err) {
    data_column *column = slot->values;
    column->length = rows;
    if (slot->type->kind == DATA_DECIMAL)
        column->bound = slot->bound;
    if (column->physical == DATA_PHYSICAL_STRING && column->live_bytes > 0)
        RASK_TRY(data_column_add_heap(column, reader->blocks.block, err));
    return slot->loose_count > 0 ? add_loose_heap(reader, slot, err) : RASK_OK;
}

/* A damaged row may stand behind the last one that counts. */
static rask_status finish_nested(json_reader *reader, json_slot *slot, int32_t rows,
                                 rask_error *err) {
    data_column *all = NULL;
    RASK_TRY(data_builder_finish(slot->builder, &all, err));
    rask_status status = RASK_OK;
    if (all->length == rows)
        slot->values = data_column_ref(all);
    else
        status = data_column_slice(reader->config->pool, all, 0, rows, &slot->values, err);
    data_column_unref(all);
    return status;
}

static rask_status finish_batch(json_reader *reader, int32_t rows, data_batch **out,
                                rask_error *err) {
    for (int32_t i = 0; i < reader->slot_count; i++) {
        json_slot *slot = &reader->slots[i];
        if (slot->is_scalar)
            RASK_TRY(finish_scalar(reader, slot, rows, err));
        else
            RASK_TRY(finish_nested(reader, slot, rows, err));
    }
    int32_t count = reader->config->projection_count;
    data_column **columns = BASE_NEW_ARRAY(data_column *, count + 1);
    for (int32_t i = 0; i < count; i++)
        columns[i] = data_column_ref(reader->slots[reader->slot_of_output[i]].values);
    *out = data_batch_take(columns, count, rows);
    base_free(columns);
    return RASK_OK;
}

/* Fills the columns with the next rows; *rows = 0 at the end of the split or at a damaged line. */
static rask_status fill_batch(json_reader *reader, int32_t rows_max, int32_t *rows,
                              rask_error *err) {
    RASK_TRY(begin_batch(reader, rows_max, err));
    RASK_TRY(read_lines(reader, rows_max, rows, err));
    while (*rows == 0 && !reader->has_failed &&
           !(reader->blocks.block != NULL && reader->blocks.is_last)) {
        RASK_TRY(text_blocks_next(&reader->blocks, reader->at, err));
        reader->at = 0;
        RASK_TRY(read_lines(reader, rows_max, rows, err));
    }
    return RASK_OK;
}

rask_status json_read(format_reader *handle, int32_t rows_max, data_batch **out, rask_error *err) {
    json_reader *reader = (json_reader *)handle;
    int32_t rows = 0;
    *out = NULL;
    if (reader->has_failed) {
        if (err != NULL)
            *err = reader->failure;
        return reader->failure.code;
    }
    rask_status status = fill_batch(reader, rows_max, &rows, err);
    if (status == RASK_OK && rows > 0)
        status = finish_batch(reader, rows, out, err);
    drop_batch(reader);
    if (status == RASK_OK && rows == 0 && reader->has_failed)
        return json_read(handle, rows_max, out, err);
    return status;
}
