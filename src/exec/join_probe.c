/* Probing; see join_probe.h. */
#include "exec/join_probe.h"

#include "exec/batch_tools.h"

enum { DENSE_FRACTION = 4, LOOP_ROWS_FEW = 64 };

/* ---- open, close ----------------------------------------------------------------------------- */
static rask_status compile_residual(exec_join_probe *probe, rask_error *err) {
    const exec_join_params *params = probe->params;
    const data_type **types = BASE_NEW_ARRAY(const data_type *, params->residual_column_count + 1);
    for (int32_t i = 0; i < params->residual_column_count; i++)
        types[i] = params->residual_columns[i].type;
    expr_node *residual = (expr_node *)(uintptr_t)params->residual;
    rask_status status = expr_compile(&residual, 1, types, params->residual_column_count,
                                      &probe->op->context->function, &probe->residual, err);
    base_free(types);
    if (status == RASK_OK)
        probe->residual_state = expr_run_state_new(probe->residual);
    return status;
}

rask_status exec_join_probe_open(exec_join_probe *probe, exec_op *op, const exec_key_layout *layout,
                                 rask_error *err) {
    *probe = (exec_join_probe){.op = op, .params = op->spec->params, .layout = layout};
    return probe->params->residual != NULL ? compile_residual(probe, err) : RASK_OK;
}

void exec_join_probe_close(exec_join_probe *probe) {
    expr_run_state_free(probe->residual_state);
    expr_program_free(probe->residual);
    data_batch_unref(probe->batch);
    base_buffer_unref(probe->buffer);
    base_buffer_unref(probe->key_bytes);
    *probe = (exec_join_probe){0};
}

static rask_status reserve(exec_join_probe *probe, int32_t rows, rask_error *err) {
    int32_t rows_max = probe->op->context->rows_max;
    rows = rows > rows_max ? rows : rows_max;
    if (rows <= probe->capacity)
        return RASK_OK;
    base_buffer_unref(probe->buffer);
    probe->buffer = NULL;
    probe->capacity = 0;
    int64_t n = rows;
    int64_t row_bytes = 16 + 8 + (int64_t)sizeof(exec_join_range) + 2 * 4 + 3 * 2 + 1;
    RASK_TRY(base_buffer_new(probe->op->context->pool, n * row_bytes, &probe->buffer, err));
    probe->cells = probe->buffer->data;
    probe->ranges = (exec_join_range *)(probe->cells + 16 * n);
    probe->hashes = (uint64_t *)(probe->ranges + n);
    probe->pair_keys = (int32_t *)(probe->hashes + n);
    probe->pair_rows = probe->pair_keys + n;
    probe->valid = (uint16_t *)(probe->pair_rows + n);
    probe->found = probe->valid + n;
    probe->selection = probe->found + n;
    probe->matched = (uint8_t *)(probe->selection + n);
    probe->capacity = rows;
    return RASK_OK;
}

/* ---- columns --------------------------------------------------------------------------------- */
/* How the columns of an output batch are made from each side. */
typedef struct sources {
    data_column *const *probe; /* taken as they are; NULL = NULLs */
    const int32_t *probe_rows; /* gathered by these; NULL = as they are */
    data_column *const *build; /* NULL = NULLs */
    const int32_t *build_rows; /* NULL = as they are */
    int64_t count;
} sources;

static rask_status make_column(base_pool *pool, const sources *from, const exec_join_column *column,
                               data_column **out, rask_error *err) {
    bool is_probe = column->side == EXEC_JOIN_PROBE;
    data_column *const *columns = is_probe ? from->probe : from->build;
    const int32_t *rows = is_probe ? from->probe_rows : from->build_rows;
    if (column->side == EXEC_JOIN_NOWHERE || columns == NULL)
        return data_column_new_null(pool, column->type, from->count, out, err);
    data_column *whole = columns[column->column];
    if (rows != NULL)
        return data_column_gather(pool, whole, rows, from->count, out, err);
    *out = data_column_ref(whole);
    return RASK_OK;
}

static rask_status make_batch(base_pool *pool, const sources *from, const exec_join_column *columns,
                              int32_t count, data_batch **out, rask_error *err) {
    data_column **made = BASE_NEW_ARRAY(data_column *, count + 1);
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < count && status == RASK_OK; i++)
        status = make_column(pool, from, &columns[i], &made[i], err);
    if (status == RASK_OK)
        *out = data_batch_take(made, count, (int32_t)from->count);
    for (int32_t i = 0; i < count && status != RASK_OK; i++)
        data_column_unref(made[i]);
    base_free(made);
    return status;
}

static rask_status select_rows(base_pool *pool, data_batch *batch, const uint16_t *rows,
                               int32_t count, rask_error *err) {
    base_buffer *buffer;
    if (rows == NULL || count == batch->row_count)
        return RASK_OK;
    RASK_TRY(base_buffer_new(pool, count * (int64_t)sizeof(uint16_t), &buffer, err));
    memcpy(buffer->data, rows, (size_t)count * sizeof(uint16_t));
    buffer->size = count * (int64_t)sizeof(uint16_t);
    data_batch_set_selection(batch, buffer, count);
    return RASK_OK;
}

/* The output for rows of `from`, of which `rows` are selected (NULL = all). */
static rask_status emit(exec_join_probe *probe, const sources *from, const uint16_t *rows,
                        int32_t count, rask_error *err) {
    const exec_join_params *params = probe->params;
    base_pool *pool = probe->op->context->pool;
    data_batch *batch;
    if (count == 0)
        return RASK_OK;
    RASK_TRY(make_batch(pool, from, params->output, params->output_count, &batch, err));
    rask_status status = select_rows(pool, batch, rows, count, err);
    if (status != RASK_OK) {
        data_batch_unref(batch);
        return status;
    }
    return exec_emit(probe->op, batch, err);
}

/* The rows of `from`, among those selected, that pass the residual. */
static rask_status pass_residual(exec_join_probe *probe, const sources *from, const uint16_t *rows,
                                 int32_t count, uint16_t *passing, int32_t *passing_count,
                                 rask_error *err) {
    const exec_join_params *params = probe->params;
    base_pool *pool = probe->op->context->pool;
    data_batch *batch;
    RASK_TRY(make_batch(pool, from, params->residual_columns, params->residual_column_count, &batch,
                        err));
    rask_status status = select_rows(pool, batch, rows, count, err);
    if (status == RASK_OK)
        status = expr_run_filter(probe->residual, probe->residual_state,
                                 &probe->op->context->function, batch, passing, passing_count, err);
    data_batch_unref(batch);
    return status;
}

static void mark_build(exec_join_table *table, const int32_t *rows, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        __atomic_store_n(&table->matched[rows[i]], 1, __ATOMIC_RELAXED);
}

/* ---- rows of the batch ----------------------------------------------------------------------- */
static inline int32_t batch_row(const exec_join_probe *probe, int32_t key) {
    return probe->rows != NULL ? probe->rows[key] : key;
}

/* Selected rows that have (or have not) had a match. */
static int32_t rows_by_match(const exec_join_probe *probe, uint8_t matched, uint16_t *out) {
    const data_batch *batch = probe->batch;
    int32_t count = 0;
    for (int32_t i = 0; i < batch->selected; i++) {
        int32_t row = data_batch_row(batch, i);
        out[count] = (uint16_t)row;
        count += probe->matched[row] == matched;
    }
    return count;
}

/* What is said of each probe row once all its candidates are known. */
static rask_status finish(exec_join_probe *probe, rask_error *err) {
    const exec_join_params *params = probe->params;
    data_batch *batch = probe->batch;
    rask_status status = RASK_OK;
    if (params->emits_probe_matched || params->emits_probe_unmatched) {
        sources from = {.probe = batch->columns, .count = batch->row_count};
        int32_t count = rows_by_match(probe, params->emits_probe_matched, probe->selection);
        status = emit(probe, &from, probe->selection, count, err);
    }
    data_batch_unref(batch);
    probe->batch = NULL;
    return status;
}

/* ---- one candidate a row --------------------------------------------------------------------- */
/* Passing rows of few among many are picked first, so that the rest is not carried on. */
static rask_status emit_dense(exec_join_probe *probe, int32_t *build_rows, int32_t count,
                              rask_error *err) {
    for (int32_t i = 0; i < count; i++) {
        probe->pair_keys[i] = probe->selection[i];
        probe->pair_rows[i] = build_rows[probe->selection[i]];
    }
    sources from = {probe->batch->columns, probe->pair_keys, probe->table->columns,
                    probe->pair_rows, count};
    return emit(probe, &from, NULL, count, err);
}

/* build_rows has a row for each of the batch's rows: where selection says so the partner. */
static rask_status emit_one(exec_join_probe *probe, int32_t *build_rows, int32_t count,
                            rask_error *err) {
    const exec_join_params *params = probe->params;
    const data_batch *batch = probe->batch;
    sources from = {batch->columns, NULL, probe->table->columns, build_rows, batch->row_count};
    if (params->emits_probe_unmatched) {
        for (int32_t i = 0; i < batch->row_count; i++)
            build_rows[i] = probe->matched[i] ? build_rows[i] : -1;
        return emit(probe, &from, batch->selection, batch->selected, err);
    }
    if (count == 0 || DENSE_FRACTION * count < batch->row_count)
        return emit_dense(probe, build_rows, count, err);
    return emit(probe, &from, probe->selection, count, err);
}

/* All at once: there is at most one candidate for each row. */
static rask_status step_one(exec_join_probe *probe, rask_error *err) {
    const exec_join_params *params = probe->params;
    exec_join_table *table = probe->table;
    data_batch *batch = probe->batch;
    base_buffer *buffer;
    RASK_TRY(base_buffer_new(probe->op->context->pool, batch->row_count * 4LL, &buffer, err));
    int32_t *build_rows = (int32_t *)buffer->data;
    int32_t count = exec_join_table_match(table, probe->cells, probe->hashes, probe->found,
                                          probe->ranges, probe->found_count, &probe->at, true,
                                          probe->pair_keys, probe->pair_rows, probe->capacity);
    memset(build_rows, 0, (size_t)batch->row_count * 4);
    for (int32_t i = 0; i < count; i++) {
        int32_t row = batch_row(probe, probe->pair_keys[i]);
        probe->selection[i] = (uint16_t)row;
        build_rows[row] = probe->pair_rows[i];
    }
    rask_status status = RASK_OK;
    if (params->residual != NULL && count > 0) {
        sources from = {batch->columns, NULL, table->columns, build_rows, batch->row_count};
        status =
            pass_residual(probe, &from, probe->selection, count, probe->selection, &count, err);
    }
    if (probe->asks_matched)
        for (int32_t i = 0; i < count; i++)
            probe->matched[probe->selection[i]] = 1;
    if (table->matched != NULL)
        for (int32_t i = 0; i < count; i++)
            mark_build(table, &build_rows[probe->selection[i]], 1);
    if (status == RASK_OK && params->emits_pairs) {
        status = emit_one(probe, build_rows, count, err);
        data_batch_unref(probe->batch);
        probe->batch = NULL;
    } else if (status == RASK_OK) {
        status = finish(probe, err);
    }
    base_buffer_unref(buffer);
    return status;
}

/* ---- pairs ----------------------------------------------------------------------------------- */
/* The pairs that pass the residual stay, in order. */
static rask_status filter_pairs(exec_join_probe *probe, int32_t *count, rask_error *err) {
    sources from = {probe->batch->columns, probe->pair_keys, probe->table->columns,
                    probe->pair_rows, *count};
    RASK_TRY(pass_residual(probe, &from, NULL, *count, probe->selection, count, err));
    for (int32_t i = 0; i < *count; i++) {
        probe->pair_keys[i] = probe->pair_keys[probe->selection[i]];
        probe->pair_rows[i] = probe->pair_rows[probe->selection[i]];
    }
    return RASK_OK;
}

static rask_status step_pairs(exec_join_probe *probe, rask_error *err) {
    const exec_join_params *params = probe->params;
    int32_t count = exec_join_table_match(
        probe->table, probe->cells, probe->hashes, probe->found, probe->ranges, probe->found_count,
        &probe->at, false, probe->pair_keys, probe->pair_rows, probe->op->context->rows_max);
    for (int32_t i = 0; i < count; i++)
        probe->pair_keys[i] = batch_row(probe, probe->pair_keys[i]);
    if (params->residual != NULL && count > 0)
        RASK_TRY(filter_pairs(probe, &count, err));
    if (probe->asks_matched)
        for (int32_t i = 0; i < count; i++)
            probe->matched[probe->pair_keys[i]] = 1;
    if (probe->table->matched != NULL)
        mark_build(probe->table, probe->pair_rows, count);
    if (params->emits_pairs) {
        sources from = {probe->batch->columns, probe->pair_keys, probe->table->columns,
                        probe->pair_rows, count};
        RASK_TRY(emit(probe, &from, NULL, count, err));
    }
    return RASK_OK;
}

/* ---- loop ------------------------------------------------------------------------------------ */
static void free_columns(data_column **columns, int32_t count) {
    for (int32_t c = 0; c < count; c++)
        data_column_unref(columns[c]);
    base_free(columns);
}

/* Every column as row `row` repeated. */
static rask_status repeat_all(base_pool *pool, data_column *const *columns, int32_t count,
                              int64_t row, int64_t length, data_column ***out, rask_error *err) {
    data_column **made = BASE_NEW_ARRAY(data_column *, count + 1);
    rask_status status = RASK_OK;
    for (int32_t c = 0; c < count && status == RASK_OK; c++)
        status = data_column_repeat(pool, columns[c], row, length, &made[c], err);
    if (status == RASK_OK)
        *out = made;
    else
        free_columns(made, count);
    return status;
}

static rask_status slice_all(base_pool *pool, data_column *const *columns, int32_t count,
                             int64_t offset, int64_t length, data_column ***out, rask_error *err) {
    data_column **made = BASE_NEW_ARRAY(data_column *, count + 1);
    rask_status status = RASK_OK;
    for (int32_t c = 0; c < count && status == RASK_OK; c++)
        status = data_column_slice(pool, columns[c], offset, length, &made[c], err);
    if (status == RASK_OK)
        *out = made;
    else
        free_columns(made, count);
    return status;
}

/* Rows of the batch against one build row. */
static rask_status loop_over_batch(exec_join_probe *probe, const sources *from, int64_t build_row,
                                   rask_error *err) {
    const exec_join_params *params = probe->params;
    const data_batch *batch = probe->batch;
    const uint16_t *rows = batch->selection;
    int32_t count = batch->selected;
    /* Whoever is certain of a match needs no other. */
    if (probe->asks_matched && !params->emits_pairs && probe->table->matched == NULL) {
        count = rows_by_match(probe, 0, probe->valid);
        rows = probe->valid;
    }
    if (count == 0) {
        probe->loop_at = probe->table->row_count;
        return RASK_OK;
    }
    if (params->residual != NULL) {
        RASK_TRY(pass_residual(probe, from, rows, count, probe->selection, &count, err));
        rows = probe->selection;
    }
    if (probe->asks_matched)
        for (int32_t i = 0; i < count; i++)
            probe->matched[rows != NULL ? rows[i] : i] = 1;
    if (probe->table->matched != NULL && count > 0)
        mark_build(probe->table, &(int32_t){(int32_t)build_row}, 1);
    return params->emits_pairs ? emit(probe, from, rows, count, err) : RASK_OK;
}

/* Build rows from loop_inner on against one row of the batch. */
static rask_status loop_over_build(exec_join_probe *probe, const sources *from, int32_t row,
                                   rask_error *err) {
    const exec_join_params *params = probe->params;
    const uint16_t *rows = NULL;
    int32_t count = (int32_t)from->count;
    if (params->residual != NULL) {
        RASK_TRY(pass_residual(probe, from, NULL, count, probe->selection, &count, err));
        rows = probe->selection;
    }
    if (probe->asks_matched && count > 0)
        probe->matched[row] = 1;
    for (int32_t i = 0; probe->table->matched != NULL && i < count; i++)
        mark_build(probe->table,
                   &(int32_t){(int32_t)probe->loop_inner + (rows != NULL ? rows[i] : i)}, 1);
    return params->emits_pairs ? emit(probe, from, rows, count, err) : RASK_OK;
}

static rask_status step_outer_build(exec_join_probe *probe, rask_error *err) {
    exec_join_table *table = probe->table;
    data_batch *batch = probe->batch;
    data_column **build;
    int64_t row = probe->loop_at++;
    RASK_TRY(repeat_all(probe->op->context->pool, table->columns, table->column_count, row,
                        batch->row_count, &build, err));
    sources from = {.probe = batch->columns, .build = build, .count = batch->row_count};
    rask_status status = loop_over_batch(probe, &from, row, err);
    free_columns(build, table->column_count);
    return status;
}

static rask_status step_outer_probe(exec_join_probe *probe, rask_error *err) {
    exec_join_table *table = probe->table;
    data_batch *batch = probe->batch;
    base_pool *pool = probe->op->context->pool;
    int32_t row = data_batch_row(batch, (int32_t)probe->loop_at);
    int64_t left = table->row_count - probe->loop_inner;
    int64_t count = left < probe->op->context->rows_max ? left : probe->op->context->rows_max;
    data_column **constants, **build;
    RASK_TRY(repeat_all(pool, batch->columns, batch->column_count, row, count, &constants, err));
    rask_status status =
        slice_all(pool, table->columns, table->column_count, probe->loop_inner, count, &build, err);
    if (status == RASK_OK) {
        sources from = {.probe = constants, .build = build, .count = count};
        status = loop_over_build(probe, &from, row, err);
        free_columns(build, table->column_count);
    }
    free_columns(constants, batch->column_count);
    probe->loop_inner += count;
    bool is_settled = probe->asks_matched && probe->matched[row] && !probe->params->emits_pairs &&
                      table->matched == NULL;
    if (probe->loop_inner == table->row_count || is_settled) {
        probe->loop_at++;
        probe->loop_inner = 0;
    }
    return status;
}

/* The side with fewer rows is the one that goes row by row. */
static bool build_is_outer(const exec_join_probe *probe) {
    return probe->table->row_count <= LOOP_ROWS_FEW ||
           probe->table->row_count <= probe->batch->selected;
}

static rask_status step_loop(exec_join_probe *probe, rask_error *err) {
    int64_t end = build_is_outer(probe)          ? probe->table->row_count
                  : probe->table->row_count == 0 ? 0
                                                 : probe->batch->selected;
    if (probe->loop_at >= end)
        return finish(probe, err);
    return build_is_outer(probe) ? step_outer_build(probe, err) : step_outer_probe(probe, err);
}

/* ---- the batch ------------------------------------------------------------------------------- */
/* Whether at most one candidate of each row needs to be looked at. */
static bool one_is_enough(const exec_join_probe *probe) {
    const exec_join_params *params = probe->params;
    return !probe->table->has_duplicates ||
           (!params->emits_pairs && params->residual == NULL && probe->table->matched == NULL);
}

static rask_status find(exec_join_probe *probe, data_column *const *keys, rask_error *err) {
    const data_batch *batch = probe->batch;
    probe->rows = batch->selection;
    probe->row_count = batch->selected;
    if (exec_join_valid_rows(probe->layout, keys, batch->selection, batch->selected, probe->valid,
                             &probe->row_count))
        probe->rows = probe->valid;
    RASK_TRY(exec_join_encode(probe->layout, probe->op->context->pool, keys, probe->rows,
                              probe->row_count, &probe->key_bytes, probe->cells, probe->hashes,
                              err));
    exec_join_table_find(probe->table, probe->hashes, probe->row_count, probe->found, probe->ranges,
                         &probe->found_count);
    return RASK_OK;
}

static rask_status find_candidates(exec_join_probe *probe, rask_error *err) {
    const exec_join_params *params = probe->params;
    int32_t count = params->build->key_count;
    data_column **keys = BASE_NEW_ARRAY(data_column *, count + 1);
    rask_status status = RASK_OK;
    for (int32_t k = 0; k < count && status == RASK_OK; k++)
        status = data_column_flatten(probe->op->context->pool,
                                     probe->batch->columns[params->keys[k]], &keys[k], err);
    if (status == RASK_OK)
        status = find(probe, keys, err);
    free_columns(keys, count);
    return status;
}

/* NOT IN over some rows: what is NULL might be in, so it is dropped as if it were. */
static void drop_nulls(exec_join_probe *probe) {
    const data_batch *batch = probe->batch;
    if (probe->rows == batch->selection || probe->table->row_count == 0)
        return;
    int32_t next = 0;
    for (int32_t i = 0; i < batch->selected; i++) {
        int32_t row = data_batch_row(batch, i);
        bool is_valid = next < probe->row_count && probe->rows[next] == row;
        next += is_valid;
        probe->matched[row] = !is_valid;
    }
}

rask_status exec_join_probe_start(exec_join_probe *probe, exec_join_table *table, data_batch *batch,
                                  rask_error *err) {
    const exec_join_params *params = probe->params;
    RASK_TRY(reserve(probe, batch->row_count, err));
    probe->batch = data_batch_ref(batch);
    probe->table = table;
    probe->at = probe->found_count = 0;
    probe->loop_at = probe->loop_inner = 0;
    probe->asks_matched = params->emits_probe_matched || params->emits_probe_unmatched;
    if (probe->asks_matched)
        memset(probe->matched, 0, (size_t)batch->row_count);
    if (params->build->key_count == 0) {
        probe->way = EXEC_JOIN_LOOP;
        return RASK_OK;
    }
    probe->way = one_is_enough(probe) ? EXEC_JOIN_ONE : EXEC_JOIN_PAIRS;
    RASK_TRY(find_candidates(probe, err));
    if (params->is_null_aware)
        drop_nulls(probe);
    return RASK_OK;
}

rask_status exec_join_probe_step(exec_join_probe *probe, rask_error *err) {
    switch (probe->way) {
    case EXEC_JOIN_ONE:
        return step_one(probe, err);
    case EXEC_JOIN_PAIRS:
        return probe->at < probe->found_count ? step_pairs(probe, err) : finish(probe, err);
    case EXEC_JOIN_LOOP:
        break;
    }
    return step_loop(probe, err);
}

rask_status exec_join_emit_build(exec_join_probe *probe, const exec_join_table *table,
                                 const int32_t *rows, int32_t count, rask_error *err) {
    sources from = {.build = table->columns, .build_rows = rows, .count = count};
    return emit(probe, &from, NULL, count, err);
}
