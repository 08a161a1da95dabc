/* A batch: what flows between operators.
 *
 *   columns    each with `row_count` rows
 *   selection  the rows that count, ascending (NULL = all of them); `selected` is their number
 *   kinds      row kind per row (not per selected row), NULL = all +I
 *   watermarks inner watermarks: after the row with index `row_offset` (an index into the rows, not
 *              into the selection) the event-time watermark is `watermark_ms`; ascending in both
 *   hashes     optional key hashes carried over a hash edge, one per row
 *
 * Batches are reference-counted (atomic) and immutable once shared; columns are shared freely.
 * The two changes of one update (-U then +U) are adjacent and never straddle a batch. */
#ifndef DATA_BATCH_H
#define DATA_BATCH_H

#include "data/column.h"

enum { DATA_BATCH_ROWS_LIMIT = 32768, DATA_BATCH_ROWS_DEFAULT = 2048 };

typedef enum data_row_kind { /* Flink's RowKind byte values */
                             DATA_INSERT = 0,
                             DATA_UPDATE_BEFORE = 1,
                             DATA_UPDATE_AFTER = 2,
                             DATA_DELETE = 3
} data_row_kind;
const char *data_row_kind_text(data_row_kind kind); /* "+I" "-U" "+U" "-D" */
static inline bool data_row_kind_is_add(uint8_t kind) {
    return kind == DATA_INSERT || kind == DATA_UPDATE_AFTER;
}

typedef struct data_inner_watermark {
    int32_t row_offset;
    int64_t watermark_ms;
} data_inner_watermark;

typedef struct data_batch {
    int32_t row_count;
    int32_t column_count;
    data_column **columns;
    int32_t selected; /* = row_count where selection is NULL */
    const uint16_t *selection;
    const uint8_t *kinds;
    const data_inner_watermark *watermarks;
    int32_t watermark_count;
    const uint64_t *hashes;
    base_buffer *selection_buffer, *kinds_buffer, *watermarks_buffer, *hashes_buffer; /* owners */
    int32_t refs;
} data_batch;

/* Takes over the references in `columns` (the array itself is copied). */
data_batch *data_batch_take(data_column *const *columns, int32_t column_count, int32_t row_count);
data_batch *data_batch_ref(data_batch *batch);
void data_batch_unref(data_batch *batch); /* NULL is fine */
static inline int32_t data_batch_row(const data_batch *batch, int32_t i) {
    return batch->selection != NULL ? batch->selection[i] : i;
}
static inline uint8_t data_batch_kind(const data_batch *batch, int32_t row) {
    return batch->kinds != NULL ? batch->kinds[row] : DATA_INSERT;
}
/* The number of selected rows up to and including row number `row`. */
int32_t data_batch_rank(const data_batch *batch, int32_t row);
/* On a unique batch: the setters take over the buffer. */
void data_batch_set_selection(data_batch *batch, base_buffer *selection, int32_t selected);
void data_batch_set_kinds(data_batch *batch, base_buffer *kinds);
void data_batch_set_watermarks(data_batch *batch, base_buffer *watermarks, int32_t count);
void data_batch_set_hashes(data_batch *batch, base_buffer *hashes);

/* A new batch with other columns (references taken over) and this one's selection, kinds, inner
 * watermarks: what row-wise operators return. */
data_batch *data_batch_with_columns(const data_batch *batch, data_column *const *columns,
                                    int32_t column_count);
/* Only the selected rows, dense; inner watermarks are re-based (one that stood after a dropped row
 * moves to the last kept row before it, or is kept with row_offset -1 = before the first row). */
rask_status data_batch_compact(base_pool *pool, data_batch *batch, data_batch **out,
                               rask_error *err);
/* Rows [offset, offset + count) of the selected rows. */
rask_status data_batch_slice(base_pool *pool, data_batch *batch, int32_t offset, int32_t count,
                             data_batch **out, rask_error *err);
rask_status data_batch_concat(base_pool *pool, data_batch *const *batches, int32_t count,
                              data_batch **out, rask_error *err);
int64_t data_batch_pinned_bytes(const data_batch *batch);

/* ---- schema: names and types of a batch's columns -------------------------------------------- */
typedef struct data_schema {
    int32_t count;
    const char **names;
    const data_type **types;
} data_schema; /* lives in an arena */
data_schema *data_schema_new(base_arena *arena, int32_t count);
data_schema *data_schema_copy(base_arena *arena, const data_schema *schema);
int32_t data_schema_find(const data_schema *schema, const char *name); /* -1 = absent */

#endif
