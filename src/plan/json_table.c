/* Tables of the plan document, and rows in memory. */
#include <string.h>

#include "plan/json_reader.h"

/* ---- rows in memory -------------------------------------------------------------------------- */

static rask_status read_row(plan_json_reader *r, json *row, const data_schema *schema,
                            data_builder **builders) {
    RASK_TRY(plan_json_check_array(r, row));
    if (yyjson_arr_size(row) != (size_t)schema->count)
        return plan_json_damaged(r, "expected %d values, found %zu", schema->count,
                                 yyjson_arr_size(row));
    for (int32_t c = 0; c < schema->count; c++) {
        data_value value;
        int64_t length = plan_json_enter_item(r, (size_t)c);
        if (!plan_json_to_value(r->arena, yyjson_arr_get(row, (size_t)c), schema->types[c], &value))
            return plan_json_damaged(r, "not a value of type %s",
                                     data_type_text(r->arena, schema->types[c], true));
        RASK_TRY(data_builder_add_value(builders[c], &value, r->err));
        plan_json_leave(r, length);
    }
    return RASK_OK;
}

/* The next `count` rows; `first` is the number of the first, for errors. */
static rask_status build_batch(plan_json_reader *r, yyjson_arr_iter *rows,
                               const data_schema *schema, size_t first, size_t count,
                               data_batch **out) {
    data_builder **builders = BASE_ARENA_ARRAY(r->arena, data_builder *, schema->count + 1);
    data_column **columns = BASE_ARENA_ARRAY(r->arena, data_column *, schema->count + 1);
    rask_status status = RASK_OK;
    int32_t finished = 0;
    for (int32_t c = 0; c < schema->count; c++)
        builders[c] = data_builder_new(NULL, schema->types[c], (int64_t)count);
    for (size_t i = first; i < first + count && status == RASK_OK; i++) {
        int64_t length = plan_json_enter_item(r, i);
        status = read_row(r, yyjson_arr_iter_next(rows), schema, builders);
        if (status == RASK_OK)
            plan_json_leave(r, length);
    }
    for (; finished < schema->count && status == RASK_OK; finished++)
        status = data_builder_finish(builders[finished], &columns[finished], r->err);
    for (int32_t c = 0; c < schema->count; c++)
        data_builder_free(builders[c]);
    if (status == RASK_OK)
        *out = data_batch_take(columns, schema->count, (int32_t)count);
    else
        for (int32_t c = 0; c + 1 < finished; c++)
            data_column_unref(columns[c]);
    return status;
}

rask_status plan_json_read_data(plan_json_reader *r, json *rows, const data_schema *schema,
                                plan_data **out) {
    RASK_TRY(plan_json_check_array(r, rows));
    size_t total = yyjson_arr_size(rows), step = DATA_BATCH_ROWS_DEFAULT, made = 0;
    data_batch **batches = BASE_ARENA_ARRAY(r->arena, data_batch *, (int64_t)(total / step) + 1);
    rask_status status = RASK_OK;
    yyjson_arr_iter next;
    yyjson_arr_iter_init(rows, &next);
    for (size_t first = 0; first < total && status == RASK_OK; first += step) {
        size_t count = total - first < step ? total - first : step;
        status = build_batch(r, &next, schema, first, count, &batches[made]);
        made += status == RASK_OK;
    }
    if (status == RASK_OK)
        *out = plan_data_new(schema, batches, (int64_t)made);
    else
        for (size_t i = 0; i < made; i++)
            data_batch_unref(batches[i]);
    return status;
}

/* ---- tables ---------------------------------------------------------------------------------- */

static rask_status read_table_column(plan_json_reader *r, json *value, base_arena *arena,
                                     plan_column *out) {
    static const char *const kinds[] = {"physical", "computed", "metadata"};
    int32_t kind = 0;
    const char *name, *expression, *key, *comment;
    if (!yyjson_is_obj(value))
        return plan_json_damaged(r, "expected a column, found %s", plan_json_kind_of(value));
    PLAN_JSON_READ(r, value, "name", plan_json_read_text(r, member, &name));
    PLAN_JSON_READ(r, value, "expression", plan_json_read_optional_text(r, member, &expression));
    PLAN_JSON_READ(r, value, "metadataKey", plan_json_read_optional_text(r, member, &key));
    PLAN_JSON_READ(r, value, "comment", plan_json_read_optional_text(r, member, &comment));
    PLAN_JSON_READ(r, value, "virtual", plan_json_read_flag(r, member, &out->is_virtual));
    if (yyjson_obj_get(value, "kind") != NULL)
        PLAN_JSON_READ(r, value, "kind", plan_json_read_choice(r, member, kinds, 3, &kind));
    PLAN_JSON_READ(r, value, "type", plan_json_read_type(r, member, &out->type));
    out->kind = (plan_column_kind)kind;
    out->name = base_arena_strdup(arena, name);
    out->expression_text = base_arena_strdup(arena, expression);
    out->metadata_key = base_arena_strdup(arena, key);
    out->comment = base_arena_strdup(arena, comment);
    return RASK_OK;
}

static rask_status read_columns(plan_json_reader *r, json *value, plan_table *table) {
    RASK_TRY(plan_json_check_array(r, value));
    table->column_count = (int32_t)yyjson_arr_size(value);
    table->columns = BASE_ARENA_ARRAY(table->arena, plan_column, table->column_count + 1);
    for (int32_t i = 0; i < table->column_count; i++) {
        int64_t length = plan_json_enter_item(r, (size_t)i);
        RASK_TRY(read_table_column(r, yyjson_arr_get(value, (size_t)i), table->arena,
                                   &table->columns[i]));
        plan_json_leave(r, length);
    }
    return RASK_OK;
}

static const char **copy_texts(base_arena *arena, const char *const *values, int32_t count) {
    const char **copy = BASE_ARENA_ARRAY(arena, const char *, count + 1);
    for (int32_t i = 0; i < count; i++)
        copy[i] = base_arena_strdup(arena, values[i]);
    return copy;
}

static rask_status read_options(plan_json_reader *r, json *value, plan_table *table) {
    yyjson_obj_iter members;
    json *key;
    if (value == NULL)
        return RASK_OK;
    if (!yyjson_is_obj(value))
        return plan_json_damaged(r, "expected an object, found %s", plan_json_kind_of(value));
    yyjson_obj_iter_init(value, &members);
    while ((key = yyjson_obj_iter_next(&members)) != NULL) {
        const char *text;
        int64_t length = plan_json_enter(r, yyjson_get_str(key));
        RASK_TRY(plan_json_read_text(r, yyjson_obj_iter_get_val(key), &text));
        plan_json_leave(r, length);
        plan_table_set_option(table, yyjson_get_str(key), text);
    }
    return RASK_OK;
}

static rask_status read_path(plan_json_reader *r, json *value, plan_table *table) {
    const char **path;
    int32_t count;
    RASK_TRY(plan_json_read_texts(r, value, &path, &count));
    if (count != 0 && count != 3)
        return plan_json_damaged(r, "a path has three parts, found %d", count);
    if (count == 0)
        return RASK_OK;
    table->catalog = base_arena_strdup(table->arena, path[0]);
    table->database = base_arena_strdup(table->arena, path[1]);
    table->name = base_arena_strdup(table->arena, path[2]);
    return RASK_OK;
}

static rask_status read_table(plan_json_reader *r, json *value, plan_table *table) {
    const char *text, **texts;
    int32_t count;
    if (!yyjson_is_obj(value))
        return plan_json_damaged(r, "expected a table, found %s", plan_json_kind_of(value));
    PLAN_JSON_READ(r, value, "path", read_path(r, member, table));
    PLAN_JSON_READ(r, value, "temporary", plan_json_read_flag(r, member, &table->is_temporary));
    PLAN_JSON_READ(r, value, "legacy", plan_json_read_flag(r, member, &table->is_legacy));
    PLAN_JSON_READ(r, value, "columns", read_columns(r, member, table));
    PLAN_JSON_READ(r, value, "primaryKeyName", plan_json_read_optional_text(r, member, &text));
    table->primary_key_name = base_arena_strdup(table->arena, text);
    PLAN_JSON_READ(r, value, "primaryKey", plan_json_read_texts(r, member, &texts, &count));
    table->primary_key = copy_texts(table->arena, texts, count);
    table->primary_key_count = count;
    PLAN_JSON_READ(r, value, "partitionKeys", plan_json_read_texts(r, member, &texts, &count));
    table->partition_keys = copy_texts(table->arena, texts, count);
    table->partition_key_count = count;
    PLAN_JSON_READ(r, value, "watermarkColumn", plan_json_read_optional_text(r, member, &text));
    table->watermark_column = base_arena_strdup(table->arena, text);
    PLAN_JSON_READ(r, value, "watermark", plan_json_read_optional_text(r, member, &text));
    table->watermark_text = base_arena_strdup(table->arena, text);
    PLAN_JSON_READ(r, value, "comment", plan_json_read_optional_text(r, member, &text));
    table->comment = base_arena_strdup(table->arena, text);
    PLAN_JSON_READ(r, value, "options", read_options(r, member, table));
    if (yyjson_obj_get(value, "rows") == NULL)
        return RASK_OK;
    table->kind = PLAN_TABLE_INLINE;
    data_schema *schema = plan_table_schema(r->arena, table);
    PLAN_JSON_READ(r, value, "rows", plan_json_read_data(r, member, schema, &table->data));
    return RASK_OK;
}

rask_status plan_json_read_tables(plan_json_reader *r, json *value) {
    RASK_TRY(plan_json_check_array(r, value));
    r->table_count = (int32_t)yyjson_arr_size(value);
    r->tables = BASE_ARENA_ARRAY(r->arena, plan_table *, r->table_count + 1);
    for (int32_t i = 0; i < r->table_count; i++) {
        int64_t length = plan_json_enter_item(r, (size_t)i);
        r->tables[i] = plan_hold_table(r->plan, plan_table_new());
        RASK_TRY(read_table(r, yyjson_arr_get(value, (size_t)i), r->tables[i]));
        plan_json_leave(r, length);
    }
    return RASK_OK;
}
