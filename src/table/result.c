/* Results: rows of a job, or rows at hand, one batch at a time; as Arrow, as texts, as a tableau
 * (tableau.c). */
#include "table/result.h"

#include <stdlib.h>

#include "data/arrow.h"

static rask_result *result_new(base_arena *arena, const data_schema *schema, rask_result_kind kind,
                               table_print_style style) {
    rask_result *result = BASE_NEW(rask_result);
    result->arena = arena;
    result->schema = data_schema_copy(arena, schema);
    result->kind = kind;
    result->style = style;
    result->refs = 1;
    base_mutex_init(&result->lock);
    base_strbuf_init(&result->text, INT64_MAX);
    return result;
}

rask_result *table_result_of_job(rask_environment *env, rask_job *job, const data_schema *schema,
                                 bool is_query) {
    table_print_style style = is_query ? TABLE_PRINT_BY_TYPE : TABLE_PRINT_RAW;
    rask_result *result =
        result_new(base_arena_new(), schema, RASK_RESULT_SUCCESS_WITH_CONTENT, style);
    result->job = job;
    result->is_query = is_query;
    result->streaming = plan_config_is_streaming(env->config);
    base_zone_find_session(plan_config_get(env->config, "table.local-time-zone"), &result->zone,
                           NULL);
    result->width_max = (int32_t)plan_config_int(env->config, "table.display.max-column-width");
    return result;
}

static const data_type *text_type(const char *type) {
    const data_type *parsed = data_type_string(true);
    rask_error ignored;
    if (type != NULL)
        data_type_parse(type, (int64_t)strlen(type), NULL, &parsed, &ignored);
    return parsed;
}

static data_column *text_column(const data_type *type, const char *const *cells, int32_t stride,
                                int32_t rows) {
    data_builder *builder = data_builder_new(NULL, type, rows);
    data_column *column = NULL;
    for (int32_t i = 0; i < rows; i++) {
        const char *cell = cells[i * stride];
        if (cell == NULL)
            data_builder_add_null(builder, NULL);
        else if (type->kind == DATA_BOOLEAN)
            data_builder_add_i64(builder, strcmp(cell, "TRUE") == 0, NULL);
        else if (type->kind == DATA_BIGINT)
            data_builder_add_i64(builder, strtoll(cell, NULL, 10), NULL);
        else
            data_builder_add_string(builder, cell, (int64_t)strlen(cell), NULL);
    }
    rask_status status = data_builder_finish(builder, &column, NULL);
    RASK_ASSERT(status == RASK_OK); /* uncharged memory */
    data_builder_free(builder);
    return column;
}

rask_result *table_result_of_texts(const char *const *names, const char *const *types,
                                   int32_t column_count, const char *const *cells,
                                   int32_t row_count, rask_result_kind kind,
                                   table_print_style style) {
    base_arena *arena = base_arena_new();
    data_schema *schema = data_schema_new(arena, column_count);
    data_column **columns = BASE_ARENA_ARRAY(arena, data_column *, column_count + 1);
    for (int32_t i = 0; i < column_count; i++) {
        schema->names[i] = names[i];
        schema->types[i] = text_type(types != NULL ? types[i] : NULL);
        columns[i] = text_column(schema->types[i], cells + i, column_count, row_count);
    }
    rask_result *result = result_new(arena, schema, kind, style);
    result->ready = data_batch_take(columns, column_count, row_count);
    result->width_max = INT32_MAX;
    return result;
}

rask_result *table_result_ok(void) {
    const char *names[] = {"result"};
    const char *cells[] = {"OK"};
    return table_result_of_texts(names, NULL, 1, cells, 1, RASK_RESULT_SUCCESS, TABLE_PRINT_RAW);
}

rask_result *rask_result_ref(rask_result *result) {
    if (result != NULL)
        __atomic_add_fetch(&result->refs, 1, __ATOMIC_RELAXED);
    return result;
}

void rask_result_unref(rask_result *result) {
    if (result == NULL || __atomic_sub_fetch(&result->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    if (result->is_query)
        rask_result_close(result);
    data_batch_unref(result->ready);
    data_batch_unref(result->printing);
    base_free(result->cell_texts);
    base_free(result->cell_offsets);
    base_strbuf_free(&result->text);
    rask_job_unref(result->job);
    base_mutex_destroy(&result->lock);
    base_arena_free(result->arena);
    base_free(result);
}

/* ---- shape ----------------------------------------------------------------------------------- */
rask_result_kind rask_result_get_kind(const rask_result *result) {
    return result->kind;
}

int32_t rask_result_column_count(const rask_result *result) {
    return result->schema->count;
}

const char *rask_result_column_name(const rask_result *result, int32_t i) {
    return result->schema->names[i];
}

const char *rask_result_column_type(const rask_result *result, int32_t i) {
    rask_result *cache = (rask_result *)result;
    base_mutex_lock(&cache->lock);
    if (cache->type_texts == NULL)
        cache->type_texts = BASE_ARENA_ARRAY(cache->arena, const char *, cache->schema->count + 1);
    if (cache->type_texts[i] == NULL)
        cache->type_texts[i] = data_type_text(cache->arena, cache->schema->types[i], true);
    const char *text = cache->type_texts[i];
    base_mutex_unlock(&cache->lock);
    return text;
}

rask_status rask_result_arrow_schema(const rask_result *result, struct ArrowSchema *out,
                                     rask_error *err) {
    return data_arrow_export_schema(result->schema, out, err);
}

/* ---- rows ------------------------------------------------------------------------------------ */
/* INSERT's only row: the affected row count, which nobody counts: -1, once the job is complete. */
static rask_status insert_row(rask_result *result, int64_t timeout_ms, data_batch **out,
                              rask_poll *poll, rask_error *err) {
    bool done;
    RASK_TRY(rask_job_wait(result->job, timeout_ms, &done, err));
    *poll = RASK_POLL_TIMEOUT;
    if (!done)
        return RASK_OK;
    *poll = result->finished ? RASK_POLL_END : RASK_POLL_ROWS;
    if (!result->finished) {
        const char *cells[] = {"-1"};
        data_column *column = text_column(result->schema->types[0], cells, 1, 1);
        *out = data_batch_take(&column, 1, 1);
    }
    result->finished = true;
    return RASK_OK;
}

rask_status table_result_next_batch(rask_result *result, int64_t timeout_ms, data_batch **out,
                                    rask_poll *poll, rask_error *err) {
    *out = NULL;
    if (result->ready != NULL) {
        *out = result->ready;
        result->ready = NULL;
        *poll = (*out)->row_count > 0 ? RASK_POLL_ROWS : RASK_POLL_END;
        if (*poll == RASK_POLL_END) {
            data_batch_unref(*out);
            *out = NULL;
        }
        return RASK_OK;
    }
    if (result->job != NULL && !result->is_query)
        return insert_row(result, timeout_ms, out, poll, err);
    if (result->job == NULL || result->closed) {
        *poll = RASK_POLL_END;
        return RASK_OK;
    }
    connect_poll state = CONNECT_END;
    RASK_TRY(result->job->job_class->next(result->job, timeout_ms, out, &state, err));
    *poll = state == CONNECT_ROWS   ? RASK_POLL_ROWS
            : state == CONNECT_IDLE ? RASK_POLL_TIMEOUT
                                    : RASK_POLL_END;
    return RASK_OK;
}

/* The kinds of the selected rows as an int8 Arrow array. */
static rask_status export_kinds(const data_batch *batch, struct ArrowArray *out, rask_error *err) {
    base_arena *arena = base_arena_new();
    data_schema *schema = data_schema_new(arena, 1);
    data_column *column;
    schema->names[0] = "kind";
    schema->types[0] = data_type_simple(DATA_TINYINT, false);
    rask_status status =
        data_column_new(NULL, schema->types[0], DATA_PHYSICAL_NONE, batch->selected, &column, err);
    struct ArrowArray rows = {0};
    if (status == RASK_OK) {
        for (int32_t i = 0; i < batch->selected; i++)
            ((int8_t *)column->values)[i] =
                (int8_t)data_batch_kind(batch, data_batch_row(batch, i));
        data_batch *kinds = data_batch_take(&column, 1, batch->selected);
        status = data_arrow_export_batch(NULL, kinds, schema, &rows, err);
        data_batch_unref(kinds);
    }
    base_arena_free(arena);
    if (status != RASK_OK)
        return status;
    /* The caller wants the column itself: move it out of the struct array. */
    *out = *rows.children[0];
    rows.children[0]->release = NULL;
    rows.release(&rows);
    return RASK_OK;
}

rask_status rask_result_next(rask_result *result, int64_t timeout_ms, struct ArrowArray *rows,
                             struct ArrowArray *kinds, rask_poll *poll, rask_error *err) {
    data_batch *batch = NULL;
    RASK_TRY(table_result_next_batch(result, timeout_ms, &batch, poll, err));
    if (*poll != RASK_POLL_ROWS)
        return RASK_OK;
    kinds->release = NULL;
    rask_status status = RASK_OK;
    if (batch->kinds != NULL)
        status = export_kinds(batch, kinds, err);
    if (status == RASK_OK)
        status = data_arrow_export_batch(NULL, batch, result->schema, rows, err);
    if (status != RASK_OK && kinds->release != NULL)
        kinds->release(kinds);
    data_batch_unref(batch);
    return status;
}

/* ---- waiting and ending ---------------------------------------------------------------------- */
rask_status rask_result_wait(rask_result *result, int64_t timeout_ms, bool *done, rask_error *err) {
    *done = true;
    if (result->job == NULL || result->ready != NULL || result->closed)
        return RASK_OK;
    if (!result->is_query)
        return rask_job_wait(result->job, timeout_ms, done, err);
    rask_poll poll;
    data_batch *batch = NULL;
    RASK_TRY(table_result_next_batch(result, timeout_ms, &batch, &poll, err));
    if (poll == RASK_POLL_ROWS)
        result->ready = batch;
    result->closed = poll == RASK_POLL_END;
    *done = poll != RASK_POLL_TIMEOUT;
    return RASK_OK;
}

rask_status rask_result_job(rask_result *result, rask_job **out) {
    *out = rask_job_ref(result->job);
    return RASK_OK;
}

void rask_result_close(rask_result *result) {
    if (result->job == NULL || !result->is_query)
        return;
    result->job->job_class->stop_results(result->job);
    rask_job_cancel(result->job);
}
