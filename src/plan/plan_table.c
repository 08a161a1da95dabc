/* Tables as the catalog keeps them, and rows in memory. */
#include <string.h>

#include "plan/plan.h"

plan_data *plan_data_new(const data_schema *schema, data_batch *const *batches, int64_t count) {
    plan_data *data = BASE_NEW(plan_data);
    data->arena = base_arena_new();
    data->schema = data_schema_copy(data->arena, schema);
    data->batches = BASE_ARENA_ARRAY(data->arena, data_batch *, count + 1);
    data->batch_count = count;
    data->refs = 1;
    for (int64_t i = 0; i < count; i++) {
        data->batches[i] = batches[i];
        data->row_count += batches[i]->selected;
    }
    return data;
}

plan_data *plan_data_ref(plan_data *data) {
    if (data != NULL)
        __atomic_fetch_add(&data->refs, 1, __ATOMIC_RELAXED);
    return data;
}

void plan_data_unref(plan_data *data) {
    if (data == NULL || __atomic_sub_fetch(&data->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    for (int64_t i = 0; i < data->batch_count; i++)
        data_batch_unref(data->batches[i]);
    base_arena_free(data->arena);
    base_free(data);
}

plan_table *plan_table_new(void) {
    plan_table *table = BASE_NEW(plan_table);
    table->arena = base_arena_new();
    table->options = base_map_new(base_free);
    table->refs = 1;
    return table;
}

plan_table *plan_table_ref(plan_table *table) {
    if (table != NULL)
        __atomic_fetch_add(&table->refs, 1, __ATOMIC_RELAXED);
    return table;
}

void plan_table_unref(plan_table *table) {
    if (table == NULL || __atomic_sub_fetch(&table->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    base_map_free(table->options);
    plan_data_unref(table->data);
    plan_unref(table->view);
    base_arena_free(table->arena);
    base_free(table);
}

const char *plan_table_option(const plan_table *table, const char *key) {
    return base_map_get(table->options, key);
}

void plan_table_set_option(plan_table *table, const char *key, const char *value) {
    base_map_put(table->options, key, base_strdup(value));
}

data_schema *plan_table_schema(base_arena *arena, const plan_table *table) {
    data_schema *schema = data_schema_new(arena, table->column_count);
    for (int32_t i = 0; i < table->column_count; i++) {
        schema->names[i] = base_arena_strdup(arena, table->columns[i].name);
        schema->types[i] = table->columns[i].type;
    }
    return schema;
}

char *plan_table_path_text(base_arena *arena, const plan_table *table) {
    if (table->name == NULL)
        return base_arena_strdup(arena, "*anonymous*");
    return base_arena_printf(arena, "`%s`.`%s`.`%s`", table->catalog, table->database, table->name);
}
