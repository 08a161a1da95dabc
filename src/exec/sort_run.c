/* Sorted runs; see sort_run.h.
 *
 * Rows wait as batches until there are enough for a block (columns with heaps of their own, and the
 * rows' keys as bytes).  An entry per row has the first 8 bytes of its key as a number, so that
 * most comparisons touch nothing else.  Sorting is a stable merge sort over the entries.
 *
 * With a limit (Top-N) the entries are cut to it whenever they have doubled, and from then on rows
 * behind the last one kept are not even stored. */
#include "exec/sort_run.h"

#include "exec/batch_tools.h"

enum { BLOCK_ROWS = 64 << 10, BLOCK_BYTES = 8 << 20, FILE_ROWS = 2048, PRUNE_ROWS_MIN = 16 << 10 };

/* ---- make, free ------------------------------------------------------------------------------ */
exec_sorter *exec_sorter_new(const exec_sort_params *params, const data_schema *schema,
                             const exec_context *context) {
    exec_sorter *sorter = BASE_NEW(exec_sorter);
    sorter->params = params;
    sorter->schema = schema;
    sorter->context = context;
    sorter->pool = context->pool;
    sorter->limit = params->fetch < 0 ? INT64_MAX : params->offset + params->fetch;
    return sorter;
}

static void drop_pending(exec_sorter *sorter) {
    for (int32_t i = 0; i < sorter->pending_count; i++)
        data_batch_unref(sorter->pending[i]);
    sorter->pending_count = 0;
    sorter->pending_rows = sorter->pending_bytes = 0;
}

static void drop_blocks(exec_sorter *sorter) {
    for (int32_t i = 0; i < sorter->block_count; i++) {
        exec_block_free(sorter->blocks[i].block);
        base_buffer_unref(sorter->blocks[i].keys);
    }
    sorter->block_count = 0;
    sorter->block_bytes = 0;
    sorter->entry_count = 0;
}

void exec_sorter_free(exec_sorter *sorter) {
    if (sorter == NULL)
        return;
    drop_pending(sorter);
    drop_blocks(sorter);
    base_buffer_unref(sorter->entries_buffer);
    exec_spill_file_free(sorter->file);
    base_free(sorter->pending);
    base_free(sorter->blocks);
    base_free(sorter->runs);
    base_free(sorter->bound);
    base_free(sorter);
}

int64_t exec_sorter_bytes(const exec_sorter *sorter) {
    return sorter->pending_bytes + sorter->block_bytes +
           (sorter->entries_buffer != NULL ? sorter->entries_buffer->capacity : 0);
}

/* ---- order ----------------------------------------------------------------------------------- */
static inline bool comes_before(const exec_sort_entry *a, const exec_sort_entry *b) {
    if (a->prefix != b->prefix)
        return a->prefix < b->prefix;
    return exec_sort_compare(a->key, a->key_length, b->key, b->key_length) < 0;
}

static void sort_small(exec_sort_entry *entries, int64_t count) {
    for (int64_t i = 1; i < count; i++) {
        exec_sort_entry moved = entries[i];
        int64_t k = i;
        for (; k > 0 && comes_before(&moved, &entries[k - 1]); k--)
            entries[k] = entries[k - 1];
        entries[k] = moved;
    }
}

static void merge_halves(const exec_sort_entry *from, int64_t start, int64_t middle, int64_t end,
                         exec_sort_entry *to) {
    int64_t left = start, right = middle;
    for (int64_t i = start; i < end; i++) {
        bool take_right =
            left == middle || (right < end && comes_before(&from[right], &from[left]));
        to[i] = take_right ? from[right++] : from[left++];
    }
}

/* Bottom-up: pieces of 16 rows, then pairs of ever longer ones, to and fro between two arrays. */
static rask_status sort_entries(exec_sorter *sorter, rask_error *err) {
    enum { PIECE = 16 };
    int64_t count = sorter->entry_count;
    if (sorter->is_sorted || count < 2) {
        sorter->is_sorted = true;
        return RASK_OK;
    }
    /* Not charged: sorting comes before spilling, when the budget is used up. */
    base_buffer *other;
    RASK_TRY(base_buffer_new(NULL, count * (int64_t)sizeof(exec_sort_entry), &other, err));
    for (int64_t i = 0; i < count; i += PIECE)
        sort_small(sorter->entries + i, count - i < PIECE ? count - i : PIECE);
    exec_sort_entry *from = sorter->entries, *to = (exec_sort_entry *)other->data;
    for (int64_t width = PIECE; width < count; width *= 2) {
        for (int64_t start = 0; start < count; start += 2 * width) {
            int64_t middle = start + width < count ? start + width : count;
            int64_t end = start + 2 * width < count ? start + 2 * width : count;
            merge_halves(from, start, middle, end, to);
        }
        exec_sort_entry *swapped = from;
        from = to;
        to = swapped;
    }
    if (from != sorter->entries)
        memcpy(sorter->entries, from, (size_t)count * sizeof(exec_sort_entry));
    base_buffer_unref(other);
    sorter->is_sorted = true;
    return RASK_OK;
}

/* ---- blocks ---------------------------------------------------------------------------------- */
static rask_status reserve_entries(exec_sorter *sorter, int64_t count, rask_error *err) {
    int64_t bytes = count * (int64_t)sizeof(exec_sort_entry);
    if (sorter->entries_buffer == NULL)
        RASK_TRY(base_buffer_new(sorter->pool, bytes, &sorter->entries_buffer, err));
    sorter->entries_buffer->size = sorter->entry_count * (int64_t)sizeof(exec_sort_entry);
    if (bytes > sorter->entries_buffer->capacity)
        RASK_TRY(base_buffer_reserve(&sorter->entries_buffer, bytes + bytes / 2, err));
    sorter->entries = (exec_sort_entry *)sorter->entries_buffer->data;
    return RASK_OK;
}

static void add_entries(const exec_block *block, const base_buffer *keys, const uint32_t *offsets,
                        exec_sort_entry *out) {
    for (int32_t i = 0; i < block->rows; i++) {
        const uint8_t *key = keys->data + offsets[i];
        uint32_t length = offsets[i + 1] - offsets[i];
        out[i] = (exec_sort_entry){exec_sort_prefix(key, length), key, length, i, block};
    }
}

/* Keys and entries of a block, which is taken over on success. */
static rask_status keep_block(exec_sorter *sorter, exec_block *block, rask_error *err) {
    base_buffer *keys = NULL, *offsets;
    RASK_TRY(reserve_entries(sorter, sorter->entry_count + block->rows, err));
    RASK_TRY(base_buffer_new(sorter->pool, (block->rows + 1) * (int64_t)sizeof(uint32_t), &offsets,
                             err));
    rask_status status =
        exec_sort_keys_encode(sorter->pool, sorter->params->keys, sorter->params->key_count,
                              block->columns, block->rows, &keys, (uint32_t *)offsets->data, err);
    if (status == RASK_OK) {
        if (sorter->block_count == sorter->block_capacity) {
            sorter->block_capacity = sorter->block_capacity > 0 ? 2 * sorter->block_capacity : 8;
            sorter->blocks = base_realloc(sorter->blocks, sorter->block_capacity *
                                                              (int64_t)sizeof(exec_kept_block));
        }
        add_entries(block, keys, (const uint32_t *)offsets->data,
                    sorter->entries + sorter->entry_count);
        sorter->blocks[sorter->block_count++] = (exec_kept_block){block, keys};
        sorter->block_bytes += exec_block_bytes(block) + keys->capacity;
        sorter->entry_count += block->rows;
        sorter->is_sorted = false;
    } else {
        base_buffer_unref(keys);
    }
    base_buffer_unref(offsets);
    return status;
}

static rask_status close_block(exec_sorter *sorter, rask_error *err) {
    exec_block *block;
    if (sorter->pending_count == 0)
        return RASK_OK;
    RASK_TRY(exec_block_new(sorter->pool, sorter->pending, sorter->pending_count, &block, err));
    rask_status status = keep_block(sorter, block, err);
    if (status != RASK_OK) {
        exec_block_free(block);
        return status;
    }
    drop_pending(sorter);
    return RASK_OK;
}

/* ---- Top-N ----------------------------------------------------------------------------------- */
static rask_status gather_entries(const exec_sorter *sorter, base_pool *pool, int64_t start,
                                  int32_t count, data_batch **out, rask_error *err) {
    exec_row *rows = BASE_NEW_ARRAY(exec_row, count);
    for (int32_t i = 0; i < count; i++)
        rows[i] = (exec_row){sorter->entries[start + i].block, sorter->entries[start + i].row};
    rask_status status = exec_rows_gather(pool, rows, count, out, err);
    base_free(rows);
    return status;
}

static void set_bound(exec_sorter *sorter) {
    const exec_sort_entry *last = &sorter->entries[sorter->limit - 1];
    base_free(sorter->bound);
    sorter->bound = base_alloc(last->key_length);
    memcpy(sorter->bound, last->key, last->key_length);
    sorter->bound_length = last->key_length;
}

/* Keeps the first `limit` entries, in blocks of their own. */
static rask_status prune(exec_sorter *sorter, rask_error *err) {
    int64_t most = 2 * sorter->limit > PRUNE_ROWS_MIN ? 2 * sorter->limit : PRUNE_ROWS_MIN;
    if (sorter->limit > INT32_MAX || sorter->entry_count < most)
        return RASK_OK;
    RASK_TRY(sort_entries(sorter, err));
    data_batch **kept = BASE_NEW_ARRAY(data_batch *, sorter->limit / FILE_ROWS + 2);
    int32_t count = 0;
    rask_status status = RASK_OK;
    for (int64_t start = 0; start < sorter->limit && status == RASK_OK; start += FILE_ROWS) {
        int64_t left = sorter->limit - start;
        status = gather_entries(sorter, sorter->pool, start,
                                left < FILE_ROWS ? (int32_t)left : FILE_ROWS, &kept[count], err);
        count += status == RASK_OK;
    }
    if (status == RASK_OK) {
        exec_block *block = NULL;
        if (sorter->limit > 0)
            set_bound(sorter);
        drop_blocks(sorter);
        if (count > 0)
            status = exec_block_new(sorter->pool, kept, count, &block, err);
        if (status == RASK_OK && block != NULL &&
            (status = keep_block(sorter, block, err)) != RASK_OK)
            exec_block_free(block);
        sorter->is_sorted = true;
    }
    for (int32_t i = 0; i < count; i++)
        data_batch_unref(kept[i]);
    base_free(kept);
    return status;
}

/* The rows that are not behind the bound, as a batch of their own.  A row that equals the bound
 * came later, so it is behind it. */
static rask_status drop_behind_bound(exec_sorter *sorter, data_batch *dense, data_batch **out,
                                     rask_error *err) {
    base_buffer *keys = NULL, *offsets_buffer = NULL, *selection = NULL;
    data_column **columns = BASE_NEW_ARRAY(data_column *, dense->column_count + 1);
    int32_t count = 0;
    rask_status status;
    RASK_TRY_OUT(status,
                 base_buffer_new(sorter->pool, (dense->row_count + 1) * 4LL, &offsets_buffer, err));
    RASK_TRY_OUT(status, base_buffer_new(sorter->pool, dense->row_count * 2LL, &selection, err));
    for (int32_t c = 0; c < dense->column_count; c++)
        RASK_TRY_OUT(status,
                     data_column_flatten(sorter->pool, dense->columns[c], &columns[c], err));
    uint32_t *offsets = (uint32_t *)offsets_buffer->data;
    RASK_TRY_OUT(status, exec_sort_keys_encode(sorter->pool, sorter->params->keys,
                                               sorter->params->key_count, columns, dense->row_count,
                                               &keys, offsets, err));
    for (int32_t i = 0; i < dense->row_count; i++) {
        ((uint16_t *)selection->data)[count] = (uint16_t)i;
        count += exec_sort_compare(keys->data + offsets[i], offsets[i + 1] - offsets[i],
                                   sorter->bound, sorter->bound_length) < 0;
    }
    selection->size = count * 2LL;
    *out = exec_batch_select(dense, base_buffer_ref(selection), count);
out:
    for (int32_t c = 0; c < dense->column_count; c++)
        data_column_unref(columns[c]);
    base_free(columns);
    base_buffer_unref(keys);
    base_buffer_unref(offsets_buffer);
    base_buffer_unref(selection);
    return status;
}

/* ---- add ------------------------------------------------------------------------------------- */
static void keep_pending(exec_sorter *sorter, data_batch *batch) {
    if (sorter->pending_count == sorter->pending_capacity) {
        sorter->pending_capacity = sorter->pending_capacity > 0 ? 2 * sorter->pending_capacity : 16;
        sorter->pending =
            base_realloc(sorter->pending, sorter->pending_capacity * (int64_t)sizeof(data_batch *));
    }
    sorter->pending[sorter->pending_count++] = batch;
    sorter->pending_rows += batch->selected;
    sorter->pending_bytes += data_batch_pinned_bytes(batch);
}

rask_status exec_sorter_add(exec_sorter *sorter, data_batch *batch, rask_error *err) {
    data_batch *rows = NULL;
    if (sorter->limit == 0)
        return RASK_OK;
    if (sorter->bound != NULL) {
        data_batch *dense;
        RASK_TRY(data_batch_compact(sorter->pool, batch, &dense, err));
        rask_status status = drop_behind_bound(sorter, dense, &rows, err);
        data_batch_unref(dense);
        RASK_TRY(status);
        /* Few rows must not pin many. */
        data_batch *few = NULL;
        status = data_batch_compact(sorter->pool, rows, &few, err);
        data_batch_unref(rows);
        RASK_TRY(status);
        rows = few;
    } else {
        rows = data_batch_ref(batch);
    }
    if (rows->selected == 0)
        data_batch_unref(rows);
    else
        keep_pending(sorter, rows);
    if (sorter->pending_rows < BLOCK_ROWS && sorter->pending_bytes < BLOCK_BYTES)
        return RASK_OK;
    rask_status status = close_block(sorter, err);
    if (status == RASK_ERROR_MEMORY && sorter->entry_count > 0)
        status = exec_sorter_spill(sorter, err);
    if (status == RASK_OK)
        status = prune(sorter, err);
    return status;
}

/* ---- spill, finish --------------------------------------------------------------------------- */
static rask_status write_run(exec_sorter *sorter, rask_error *err) {
    int64_t start = exec_spill_size(sorter->file);
    int64_t count = sorter->entry_count < sorter->limit ? sorter->entry_count : sorter->limit;
    for (int64_t i = 0; i < count; i += FILE_ROWS) {
        data_batch *batch;
        int32_t rows = count - i < FILE_ROWS ? (int32_t)(count - i) : FILE_ROWS;
        RASK_TRY(gather_entries(sorter, NULL, i, rows, &batch, err));
        rask_status status =
            exec_columns_write(batch->columns, batch->column_count, rows, sorter->file, err);
        data_batch_unref(batch);
        RASK_TRY(status);
    }
    sorter->runs =
        base_realloc(sorter->runs, (sorter->run_count + 1) * (int64_t)sizeof(exec_file_run));
    sorter->runs[sorter->run_count++] = (exec_file_run){start, exec_spill_size(sorter->file)};
    return RASK_OK;
}

/* What cannot be made a block for want of memory stays pending. */
rask_status exec_sorter_spill(exec_sorter *sorter, rask_error *err) {
    if (sorter->entry_count == 0)
        RASK_TRY(close_block(sorter, err));
    if (sorter->entry_count == 0)
        return RASK_OK;
    RASK_TRY(sort_entries(sorter, err));
    if (sorter->file == NULL)
        RASK_TRY(exec_spill_file_new(sorter->context, &sorter->file, err));
    RASK_TRY(write_run(sorter, err));
    drop_blocks(sorter);
    base_buffer_unref(sorter->entries_buffer);
    sorter->entries_buffer = NULL;
    sorter->entries = NULL;
    return close_block(sorter, err);
}

rask_status exec_sorter_finish(exec_sorter *sorter, rask_error *err) {
    rask_status status = close_block(sorter, err);
    if (status == RASK_ERROR_MEMORY && sorter->entry_count > 0)
        status = exec_sorter_spill(sorter, err);
    RASK_TRY(status);
    RASK_TRY(sort_entries(sorter, err));
    return sorter->file != NULL ? exec_spill_flush(sorter->file, err) : RASK_OK;
}

/* ---- merge ----------------------------------------------------------------------------------- */
typedef struct run_cursor {
    exec_sorter *sorter;
    bool in_file;
    exec_spill_cursor file;
    exec_sorter *piece;  /* in_file: what is loaded, in order */
    int64_t next, count; /* entries */
    const exec_sort_entry *entries;
    bool needs_load; /* the next rows are still in the file */
} run_cursor;

struct exec_merge {
    run_cursor *runs;
    int32_t run_count;
    int32_t *heap; /* runs with rows, the one with the first row on top */
    int32_t heap_count;
    bool is_started;
};

exec_merge *exec_merge_new(exec_sorter *const *sorters, int32_t count) {
    exec_merge *merge = BASE_NEW(exec_merge);
    int32_t runs = 0;
    for (int32_t i = 0; i < count; i++)
        runs += sorters[i]->run_count + 1;
    merge->runs = BASE_NEW_ARRAY(run_cursor, runs + 1);
    merge->heap = BASE_NEW_ARRAY(int32_t, runs + 1);
    for (int32_t i = 0; i < count; i++) {
        exec_sorter *sorter = sorters[i];
        for (int32_t r = 0; r < sorter->run_count; r++) {
            run_cursor *run = &merge->runs[merge->run_count++];
            *run = (run_cursor){.sorter = sorter, .in_file = true, .needs_load = true};
            exec_spill_cursor_init(&run->file, sorter->file, sorter->runs[r].start,
                                   sorter->runs[r].end);
        }
        merge->runs[merge->run_count++] = (run_cursor){
            .sorter = sorter, .count = sorter->entry_count, .entries = sorter->entries};
    }
    return merge;
}

void exec_merge_free(exec_merge *merge) {
    if (merge == NULL)
        return;
    for (int32_t i = 0; i < merge->run_count; i++) {
        exec_sorter_free(merge->runs[i].piece);
        if (merge->runs[i].in_file)
            exec_spill_cursor_free(&merge->runs[i].file);
    }
    base_free(merge->runs);
    base_free(merge->heap);
    base_free(merge);
}

/* The next piece of a run in a file; count 0 = there is none. */
static rask_status load_piece(run_cursor *run, base_pool *pool, rask_error *err) {
    exec_sorter *own = run->sorter;
    data_column **columns = BASE_NEW_ARRAY(data_column *, own->schema->count + 1);
    int32_t rows;
    exec_sorter_free(run->piece);
    run->piece = NULL;
    run->next = run->count = 0;
    run->needs_load = false;
    rask_status status = exec_columns_read(&run->file, pool, own->schema->types, own->schema->count,
                                           columns, &rows, err);
    if (status == RASK_OK && rows > 0) {
        exec_block *block = BASE_NEW(exec_block);
        *block = (exec_block){columns, own->schema->count, rows};
        run->piece = exec_sorter_new(own->params, own->schema, own->context);
        run->piece->pool = pool;
        status = keep_block(run->piece, block, err);
        if (status != RASK_OK) {
            exec_block_free(block);
            return status;
        }
        run->entries = run->piece->entries;
        run->count = rows;
        return RASK_OK;
    }
    base_free(columns);
    return status;
}

/* Earlier runs first among equals. */
static bool run_before(const exec_merge *merge, int32_t a, int32_t b) {
    const run_cursor *x = &merge->runs[a], *y = &merge->runs[b];
    if (comes_before(&x->entries[x->next], &y->entries[y->next]))
        return true;
    return a < b && !comes_before(&y->entries[y->next], &x->entries[x->next]);
}

static void sift_down(exec_merge *merge, int32_t place) {
    for (;;) {
        int32_t first = place;
        for (int32_t child = 2 * place + 1; child <= 2 * place + 2 && child < merge->heap_count;
             child++)
            if (run_before(merge, merge->heap[child], merge->heap[first]))
                first = child;
        if (first == place)
            return;
        int32_t swapped = merge->heap[place];
        merge->heap[place] = merge->heap[first];
        merge->heap[first] = swapped;
        place = first;
    }
}

/* Loads what is due and puts all runs with rows in order. */
static rask_status settle(exec_merge *merge, base_pool *pool, rask_error *err) {
    bool changed = !merge->is_started;
    for (int32_t i = 0; i < merge->run_count; i++) {
        if (!merge->runs[i].needs_load)
            continue;
        RASK_TRY(load_piece(&merge->runs[i], pool, err));
        changed = true;
    }
    merge->is_started = true;
    if (!changed)
        return RASK_OK;
    merge->heap_count = 0;
    for (int32_t i = 0; i < merge->run_count; i++)
        if (merge->runs[i].next < merge->runs[i].count)
            merge->heap[merge->heap_count++] = i;
    for (int32_t i = merge->heap_count / 2; i >= 0; i--)
        sift_down(merge, i);
    return RASK_OK;
}

/* Takes rows until there are enough, or a run must load its next piece (which would drop the rows
 * just taken). */
static int32_t take_rows(exec_merge *merge, exec_row *rows, int32_t room) {
    int32_t count = 0;
    while (count < room && merge->heap_count > 0) {
        run_cursor *run = &merge->runs[merge->heap[0]];
        const exec_sort_entry *entry = &run->entries[run->next++];
        rows[count++] = (exec_row){entry->block, entry->row};
        if (run->next == run->count && run->in_file) {
            run->needs_load = true;
            break;
        }
        if (run->next == run->count)
            merge->heap[0] = merge->heap[--merge->heap_count];
        sift_down(merge, 0);
    }
    return count;
}

rask_status exec_merge_next(exec_merge *merge, base_pool *pool, int32_t rows_max, data_batch **out,
                            rask_error *err) {
    *out = NULL;
    RASK_TRY(settle(merge, pool, err));
    exec_row *rows = BASE_NEW_ARRAY(exec_row, rows_max);
    int32_t count = take_rows(merge, rows, rows_max);
    rask_status status = count > 0 ? exec_rows_gather(pool, rows, count, out, err) : RASK_OK;
    base_free(rows);
    return status;
}

rask_status exec_merge_skip(exec_merge *merge, base_pool *pool, int64_t skipped, rask_error *err) {
    exec_row rows[FILE_ROWS];
    while (skipped > 0) {
        RASK_TRY(settle(merge, pool, err));
        int32_t count = take_rows(merge, rows, skipped < FILE_ROWS ? (int32_t)skipped : FILE_ROWS);
        if (count == 0)
            return RASK_OK;
        skipped -= count;
    }
    return RASK_OK;
}
