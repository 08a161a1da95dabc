/* Texts to collections: SPLIT, STR_TO_MAP; and ELT, which picks one of its arguments. */
#include <string.h>

#include "func/java.h"
#include "func/pattern.h"
#include "func/table.h"

/* ---- SPLIT ----------------------------------------------------------------------------------- */

/* Parts found so far: views into the texts, in a column that grows. */
typedef struct part_list {
    func_call *call;
    data_column *column; /* capacity = its length */
    int64_t count;
} part_list;

static rask_status grow(part_list *parts, rask_error *err) {
    int64_t capacity = parts->column->length < 256 ? 1024 : parts->column->length * 2;
    int64_t bytes = capacity * (int64_t)sizeof(data_string);
    RASK_TRY(base_buffer_reserve(&parts->column->values_buffer, bytes, err));
    parts->column->values_buffer->size = bytes;
    parts->column->values = parts->column->values_buffer->data;
    parts->column->length = capacity;
    return RASK_OK;
}

static rask_status add_part(part_list *parts, const char *bytes, int64_t size, rask_error *err) {
    if (parts->count == parts->column->length)
        RASK_TRY(grow(parts, err));
    ((data_string *)parts->column->values)[parts->count++] =
        data_string_make(bytes, (uint32_t)size);
    if (size > DATA_STRING_INLINE_MAX)
        parts->column->live_bytes += size;
    return RASK_OK;
}

/* An empty separator cuts between all characters. */
static rask_status add_characters(part_list *parts, const char *bytes, int64_t size,
                                  rask_error *err) {
    for (int64_t at = 0; at < size;) {
        int64_t start = at++;
        while (at < size && ((uint8_t)bytes[at] & 0xC0) == 0x80)
            at++;
        RASK_TRY(add_part(parts, bytes + start, at - start, err));
    }
    return RASK_OK;
}

static rask_status split_row(part_list *parts, const data_string *text,
                             const data_string *separator, rask_error *err) {
    const char *bytes = data_string_bytes(text), *cut = data_string_bytes(separator);
    const char *end = bytes + text->length;
    if (separator->length == 0)
        return add_characters(parts, bytes, text->length, err);
    if (text->length == 0)
        return RASK_OK;
    for (;;) {
        size_t left = (size_t)(end - bytes);
        const char *at = separator->length == 1 ? memchr(bytes, *cut, left)
                                                : memmem(bytes, left, cut, separator->length);
        RASK_TRY(add_part(parts, bytes, (at != NULL ? at : end) - bytes, err));
        if (at == NULL)
            return RASK_OK;
        bytes = at + separator->length;
    }
}

static rask_status share_heaps(const data_column *from, data_column *to, rask_error *err) {
    for (int32_t i = 0; i < from->heap_count; i++)
        RASK_TRY(data_column_add_heap(to, from->heaps[i], err));
    return RASK_OK;
}

/* The parts of short texts lie in the views themselves, so that of a batch of them nothing else is
 * kept. */
static rask_status split(func_call *call, rask_error *err) {
    int32_t *offsets = call->result->values, done = 0;
    part_list parts = {call, NULL, 0};
    rask_status status = RASK_OK;
    RASK_TRY(data_column_new(call->context->pool, call->result->type->element, DATA_PHYSICAL_NONE,
                             call->row_count, &parts.column, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        while (done <= row)
            offsets[done++] = (int32_t)parts.count;
        RASK_TRY_OUT(status, split_row(&parts, func_arg_text(call, 0, row),
                                       func_arg_text(call, 1, row), err));
    }
    while (done <= call->row_count)
        offsets[done++] = (int32_t)parts.count;
    RASK_TRY_OUT(status, share_heaps(call->args[0], parts.column, err));
    parts.column->length = parts.count;
    call->result->children[0] = data_column_ref(parts.column);
out:
    data_column_unref(parts.column);
    return status;
}

/* ---- STR_TO_MAP ------------------------------------------------------------------------------ */

typedef struct text_part {
    data_string key, value;
    bool has_value;
} text_part;

/* String.split(): parts between matches; an empty match at the start cuts nothing.  Without a limit
 * empty parts at the end are dropped; else there are at most so many parts. */
typedef struct splitting {
    func_patterns *patterns;
    int32_t row;
    data_string text;
    data_string *parts;
    int32_t count, capacity, count_max; /* count_max 0 = no limit */
} splitting;

static void keep_part(splitting *s, base_arena *scratch, int64_t start, int64_t end) {
    if (s->count == s->capacity) {
        int32_t capacity = s->capacity < 8 ? 8 : 2 * s->capacity;
        data_string *larger = BASE_ARENA_ARRAY(scratch, data_string, capacity);
        if (s->count > 0)
            memcpy(larger, s->parts, sizeof *larger * (size_t)s->count);
        s->parts = larger;
        s->capacity = capacity;
    }
    s->parts[s->count++] =
        data_string_make(data_string_bytes(&s->text) + start, (uint32_t)(end - start));
}

static rask_status split_by_pattern(splitting *s, base_arena *scratch, rask_error *err) {
    const base_regex *regex;
    const char *bytes = data_string_bytes(&s->text);
    int64_t part = 0, start = 0, end = 0;
    bool found = true;
    RASK_TRY(func_patterns_at(s->patterns, s->row, &regex, err));
    if (regex == NULL)
        return rask_error_set(err, RASK_ERROR_RUNTIME,
                              "the delimiter of STR_TO_MAP is no regular expression");
    for (int64_t from = 0; from <= s->text.length && s->count + 1 != s->count_max;) {
        RASK_TRY(func_patterns_find(s->patterns, regex, s->row, &s->text, from, &found, err));
        if (!found)
            break;
        base_regex_group(s->patterns->run, 0, &start, &end);
        from = base_regex_next(s->patterns->run, bytes, s->text.length);
        if (end == 0 || start == s->text.length) /* an empty match at either end */
            continue;
        keep_part(s, scratch, part, start);
        part = end;
    }
    keep_part(s, scratch, part, s->text.length);
    while (s->count_max == 0 && s->count > 0 && s->parts[s->count - 1].length == 0)
        s->count--;
    return RASK_OK;
}

typedef struct map_reading {
    func_call *call;
    func_patterns pairs, values;
    data_builder *keys_out, *values_out;
} map_reading;

static int32_t find_key(const text_part *parts, int32_t count, const data_string *key) {
    for (int32_t i = 0; i < count; i++)
        if (data_string_equal(&parts[i].key, key))
            return i;
    return count;
}

static rask_status add_entries(map_reading *m, const text_part *parts, int32_t count,
                               int32_t capacity, base_arena *scratch, rask_error *err) {
    uint64_t *order = BASE_ARENA_ARRAY(scratch, uint64_t, count + 1);
    data_string *keys = BASE_ARENA_ARRAY(scratch, data_string, count + 1);
    for (int32_t i = 0; i < count; i++)
        keys[i] = parts[i].key;
    func_java_map_order(keys, count, capacity, order);
    for (int32_t i = 0; i < count; i++) {
        const text_part *part = &parts[(uint32_t)order[i]];
        RASK_TRY(data_builder_add_string(m->keys_out, data_string_bytes(&part->key),
                                         part->key.length, err));
        if (part->has_value)
            RASK_TRY(data_builder_add_string(m->values_out, data_string_bytes(&part->value),
                                             part->value.length, err));
        else
            RASK_TRY(data_builder_add_null(m->values_out, err));
    }
    return RASK_OK;
}

static rask_status map_row(map_reading *m, int32_t row, rask_error *err) {
    base_arena *scratch = m->call->context->scratch;
    splitting pairs = {.patterns = &m->pairs, .row = row, .text = *func_arg_text(m->call, 0, row)};
    int32_t count = 0;
    if (pairs.text.length == 0)
        return RASK_OK;
    RASK_TRY(split_by_pattern(&pairs, scratch, err));
    text_part *parts = BASE_ARENA_ARRAY(scratch, text_part, pairs.count + 1);
    for (int32_t i = 0; i < pairs.count; i++) {
        splitting pair = {
            .patterns = &m->values, .row = row, .text = pairs.parts[i], .count_max = 2};
        RASK_TRY(split_by_pattern(&pair, scratch, err));
        bool has_value = pair.count == 2;
        const data_string *key = has_value ? &pair.parts[0] : &pairs.parts[i];
        int32_t at = find_key(parts, count, key);
        count += at == count;
        parts[at].key = *key;
        parts[at].has_value = has_value;
        if (has_value)
            parts[at].value = pair.parts[1];
    }
    return add_entries(m, parts, count, pairs.count, scratch, err);
}

static rask_status str_to_map(func_call *call, rask_error *err) {
    const data_type *type = call->result->type;
    int32_t *offsets = call->result->values, done = 0;
    rask_status status = RASK_OK;
    map_reading m = {.call = call,
                     .keys_out = data_builder_new(call->context->pool, type->key, call->row_count),
                     .values_out =
                         data_builder_new(call->context->pool, type->element, call->row_count)};
    bool given = call->arg_count > 1;
    func_patterns_begin(&m.pairs, call, given ? 1 : -1);
    func_patterns_begin(&m.values, call, given ? 2 : -1);
    m.pairs.fixed = data_string_make(",", 1);
    m.values.fixed = data_string_make("=", 1);
    FUNC_EACH_LIVE_ROW(call, row) {
        while (done <= row)
            offsets[done++] = (int32_t)data_builder_length(m.keys_out);
        func_failed_at(call, row);
        RASK_TRY_OUT(status, map_row(&m, row, err));
    }
    while (done <= call->row_count)
        offsets[done++] = (int32_t)data_builder_length(m.keys_out);
    RASK_TRY_OUT(status, data_builder_finish(m.keys_out, &call->result->children[0], err));
    RASK_TRY_OUT(status, data_builder_finish(m.values_out, &call->result->children[1], err));
out:
    func_patterns_end(&m.pairs);
    func_patterns_end(&m.values);
    data_builder_free(m.keys_out);
    data_builder_free(m.values_out);
    return status;
}

/* ---- ELT ------------------------------------------------------------------------------------- */

static rask_status check_index(const func_infer_call *call, rask_error *err) {
    const data_value *index = call->literals[0];
    if (index != NULL && !index->is_null && index->i64 < 0)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Index must be an integer starting from '0', but was '%lld'.",
                              (long long)index->i64);
    return RASK_OK;
}

static rask_status elt_type(const func_infer_call *call, const data_type **result,
                            rask_error *err) {
    RASK_TRY(check_index(call, err));
    *result = data_type_with_null(func_common_type(call->types + 1, call->count - 1), true);
    return RASK_OK;
}

/* Copies, since the arguments together may have more heaps than a column takes. */
static rask_status elt(func_call *call, rask_error *err) {
    const data_column *index = call->args[0];
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 8, err));
    FUNC_EACH_ROW (call, row) {
        int64_t at = data_column_is_null(index, row)
                         ? 0
                         : ((const int64_t *)index->values)[func_at(index, row)];
        if (at < 1 || at >= call->arg_count || data_column_is_null(call->args[at], row)) {
            data_column_set_null(call->result, row);
        } else {
            const data_string *s = func_arg_text(call, (int32_t)at, row);
            RASK_TRY_OUT(status, func_text_add(&text, data_string_bytes(s), s->length, err));
        }
        func_text_end_row(&text, row);
    }
out:
    return func_text_finish(&text, status, err);
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define ELT_FORMS                                                                                  \
    "ELT(index <INTEGER_NUMERIC>, expr <CHARACTER_STRING>, exprs <CHARACTER_STRING>...)\n"         \
    "ELT(index <INTEGER_NUMERIC>, expr <BINARY_STRING>, exprs <BINARY_STRING>...)"

#define MAPPED(signature)                                                                          \
    .name = "STR_TO_MAP", .sig = signature, .flags = FUNC_TAKES_CONSTANT | FUNC_CAN_FAIL,          \
    .kernel = str_to_map, .category = "string", .aliases = "STRTOMAP", .cost = 200

static const func_row rows[] = {
    {.name = "SPLIT",
     .sig = "(STRING, STRING) -> ARRAY<STRING>",
     .flags = FUNC_TAKES_CONSTANT,
     .kernel = split,
     .category = "string",
     .api = "split",
     .forms = "SPLIT(<CHARACTER_STRING>, <CHARACTER_STRING>)",
     .doc = "The parts between separators; all characters for an empty one.",
     .example = "SPLIT('a,b,,c', ',')",
     .result = "[a, b, , c]",
     .cost = 40},
    {MAPPED("(STRING) -> MAP<STRING, STRING> NULL"), .api = "str_to_map",
     .forms = "'STR_TO_MAP(<CHARACTER>)'\n'STR_TO_MAP(<CHARACTER>, <CHARACTER>, <CHARACTER>)'",
     .doc = "A map of the pairs between commas, with the values behind equals signs.",
     .example = "STR_TO_MAP('k1=v1,k2=v2')", .result = "{k1=v1, k2=v2}"},
    {MAPPED("(STRING, STRING, STRING) -> MAP<STRING, STRING> NULL"),
     .doc = "The same with regular expressions for the comma and the equals sign.",
     .example = "STR_TO_MAP('k1:v1;k2:v2', ';', ':')", .result = "{k1=v1, k2=v2}"},
    {.name = "ELT",
     .sig = "(BIGINT, COMMON STRING...) -> INFER",
     .nulls = FUNC_SEES_NULLS,
     .flags = FUNC_TAKES_CONSTANT,
     .kernel = elt,
     .infer = elt_type,
     .category = "string",
     .api = "elt",
     .forms = ELT_FORMS,
     .doc = "The argument with a 1-based number among those that follow; NULL where there is none.",
     .example = "ELT(2, 'a', 'bb')",
     .result = "bb",
     .cost = 10},
    {.name = "ELT",
     .sig = "(BIGINT, COMMON BINARY...) -> INFER",
     .nulls = FUNC_SEES_NULLS,
     .flags = FUNC_TAKES_CONSTANT,
     .kernel = elt,
     .infer = elt_type,
     .category = "string",
     .doc = "The same for bytes.",
     .cost = 10},
};
FUNC_FAMILY(func_split_family, rows);
