/* Keyed state: one small table per key group, and snapshots.
 *
 * The number of key groups (max parallelism) is fixed at job start, stored, never changed by
 * restore; a task owns a contiguous range of them.  A table maps a key (row-encoded bytes) to a row
 * of fixed size that lives in 64 KiB pages addressed by page and slot, never by pointer;
 * variable-length values live in size-class slabs with free lists, addressed by handle.
 * Operators ask for a batch of keys: state_pin gives row pointers that hold until state_unpin.
 * The memory store returns its own rows; a disk store may load them into the same page format.
 *
 * Snapshot: sections that name uid, schema and version of each operator's state, a mismatch of
 * which is refused naming both; files carry checksum and version. */
#ifndef STATE_STATE_H
#define STATE_STATE_H

#include "data/batch.h"
#include "func/aggregate.h"

enum { STATE_PAGE_BYTES = 65536, STATE_KEY_GROUPS_DEFAULT = 128 };

typedef struct state_table state_table;

typedef struct state_table_spec {
    const char *uid;    /* digest of the operator's logical role */
    const char *schema; /* text that must match on restore: key and row layout */
    int32_t version;
    int32_t row_bytes;                /* multiple of 8 */
    int32_t row_align;                /* 16 where a row holds i128; 0 = 8 */
    int32_t max_parallelism;          /* key groups in all */
    int32_t group_first, group_count; /* the task's range */
    int64_t ttl_ms;                   /* 0 = off */
    base_pool *pool;
    const base_world *world;
    /* Optional: rows with variable-length parts.  `memory` is the table's slab store. */
    void (*write_row)(void *context, const void *row, func_memory *memory, base_strbuf *out);
    rask_status (*read_row)(void *context, const char *bytes, int64_t size, void *row,
                            func_memory *memory, rask_error *err);
    void (*destroy_row)(void *context, void *row, func_memory *memory);
    void *context;
} state_table_spec;

rask_status state_table_new(const state_table_spec *spec, state_table **out, rask_error *err);
void state_table_free(state_table *table); /* NULL is fine */
func_memory *state_table_memory(state_table *table);
static inline int32_t state_key_group(uint64_t key_hash, int32_t max_parallelism) {
    return (int32_t)((key_hash >> 32) % (uint64_t)max_parallelism);
}
/* The subtask that owns a key group; and a subtask's first group. */
int32_t state_group_owner(int32_t group, int32_t max_parallelism, int32_t parallelism);
int32_t state_group_first(int32_t subtask, int32_t max_parallelism, int32_t parallelism);

/* Rows of `count` keys (encoded bytes + hash each), created zeroed where absent (is_new[i], may be
 * NULL).  Equal keys give the same pointer; pointers hold until state_unpin. */
rask_status state_pin(state_table *table, const data_string *keys, const uint64_t *hashes,
                      int32_t count, void **rows, bool *is_new, rask_error *err);
void state_unpin(state_table *table);
/* Forgets the key of a pinned row and destroys the row (after unpin the slot is reused). */
void state_remove(state_table *table, const data_string *key, uint64_t hash);
int64_t state_row_count(const state_table *table);
int64_t state_memory_used(const state_table *table);
/* Sweeps a few pages for rows whose last touch is older than the TTL. */
void state_sweep(state_table *table, int64_t now_ms);
/* Visits every row (order of key groups): keys as encoded. */
rask_status state_each(state_table *table,
                       rask_status (*visit)(void *context, const data_string *key, void *row,
                                            rask_error *err),
                       void *context, rask_error *err);

/* A store of variable-length values alone: size-class slabs with free lists. */
func_memory *state_memory_new(base_pool *pool);
void state_memory_free(func_memory *memory); /* NULL is fine */
int64_t state_memory_bytes(const func_memory *memory);

/* ---- row encoding of keys: equal values <=> equal bytes, NULL included ----------------------- */
/* Encodes the key columns (flat) of the batch's selected rows into `bytes` (one after the other;
 * grown where needed, `*bytes` may be NULL at first) and fills views and hashes for `count` rows.
 * `types` are the declared ones, which decide the encoding: a column's own may differ in what is
 * nullable.  A single string column is not copied: its views point where the column's do.  `hashes`
 * may be NULL; they are those of data_column_hash, so that hash edges and state agree. */
rask_status state_encode_keys(base_pool *pool, const data_column *const *keys,
                              const data_type *const *types, int32_t key_count,
                              const uint16_t *selection, int32_t count, base_buffer **bytes,
                              data_string *views, uint64_t *hashes, rask_error *err);
/* Back into builders, one per key column of these types. */
rask_status state_decode_key(const data_string *key, const data_type *const *types,
                             data_builder *const *builders, int32_t key_count, rask_error *err);

/* ---- snapshots ------------------------------------------------------------------------------- */
typedef struct state_writer state_writer; /* sections of one task's snapshot, in memory or a file */
typedef struct state_reader state_reader;

/* In memory, charged to the pool. */
state_writer *state_writer_new(base_pool *pool);
/* Straight into a new file; memory use is bounded. */
rask_status state_writer_open(base_pool *pool, const base_world *world, const char *path,
                              state_writer **out, rask_error *err);
/* Ends the snapshot; an in-memory one is written to `path` (which a file's ignores).  Files end in
 * a checksum, which comes back too. */
rask_status state_writer_finish(state_writer *writer, const base_world *world, const char *path,
                                uint64_t *checksum, rask_error *err);
void state_writer_free(
    state_writer *writer); /* NULL is fine; removes a file that was not finished */
/* A section belongs to an operator (uid) and carries schema and version. */
rask_status state_write_section(state_writer *writer, const char *uid, const char *schema,
                                int32_t version, const void *bytes, int64_t size, rask_error *err);
rask_status state_write_table(state_writer *writer, state_table *table, rask_error *err);

state_reader *state_reader_new(void);
/* Damage of any kind is RASK_ERROR_IO naming the file.  `checksum` NULL = the file's own. */
rask_status state_reader_add_file(state_reader *reader, const base_world *world, const char *path,
                                  const uint64_t *checksum, rask_error *err);
/* The sections of an in-memory snapshot (copied), which this ends. */
rask_status state_reader_add_writer(state_reader *reader, state_writer *writer, rask_error *err);
/* Bytes as a file would hold them (borrowed): for fuzzing and tests. */
rask_status state_reader_add_bytes(state_reader *reader, const void *bytes, int64_t size,
                                   const char *name, const uint64_t *checksum, rask_error *err);
void state_reader_free(state_reader *reader); /* NULL is fine */
int32_t state_reader_section_count(const state_reader *reader);
const char *state_reader_uid(const state_reader *reader, int32_t section);
const char *state_reader_schema(const state_reader *reader, int32_t section);
/* Reads the key groups of the table's range out of every task's part of the snapshot. */
rask_status state_read_table(const state_reader *reader, state_table *table, rask_error *err);
/* The first section with this uid; *bytes NULL = none.  Borrowed from the reader. */
rask_status state_read_section(const state_reader *reader, const char *uid, const char *schema,
                               int32_t version, const uint8_t **bytes, int64_t *size,
                               rask_error *err);
/* The sections with this uid, one per former task; *count 0 = none.  The array is the arena's, long
 * sections point into the reader. */
rask_status state_read_sections(const state_reader *reader, base_arena *arena, const char *uid,
                                const char *schema, int32_t version, const data_string **sections,
                                int32_t *count, rask_error *err);

#endif
