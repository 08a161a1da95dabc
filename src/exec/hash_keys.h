/* Keys of hash tables as cells of 8 or 16 bytes that are compared as numbers:
 *
 *     FIXED8, FIXED16   fixed-width columns packed side by side, null bits in a byte behind them
 *     VIEW              a data_string over the row encoding (state_encode_keys): one string column,
 *                       or anything wider; long ones point to bytes that the table keeps */
#ifndef EXEC_HASH_KEYS_H
#define EXEC_HASH_KEYS_H

#include "exec/exec.h"

typedef enum exec_key_mode { EXEC_KEY_FIXED8, EXEC_KEY_FIXED16, EXEC_KEY_VIEW } exec_key_mode;

typedef struct exec_key_layout {
    exec_key_mode mode;
    int32_t count;
    const data_type **types;
    int32_t cell_bytes;
    int32_t null_offset; /* FIXED: the byte of null bits; -1 = no column is nullable */
    int32_t offsets[8], widths[8];
} exec_key_layout;

/* The array `types` must outlive the layout. */
void exec_key_layout_init(exec_key_layout *layout, const data_type **types, int32_t count);
/* Cells and hashes of the selected rows of flat columns.  `bytes` is scratch for long keys, kept by
 * the caller from call to call. */
rask_status exec_keys_encode(const exec_key_layout *layout, base_pool *pool,
                             const data_column *const *keys, const uint16_t *selection,
                             int32_t count, base_buffer **bytes, void *cells, uint64_t *hashes,
                             rask_error *err);
/* Back into columns; rows[i] points to a cell. */
rask_status exec_keys_decode(const exec_key_layout *layout, base_pool *pool, uint8_t *const *rows,
                             int32_t count, data_column **out, rask_error *err);
/* The bytes of a key, for files: of the view, or the cell itself. */
static inline data_string exec_key_bytes(const exec_key_layout *layout, const uint8_t *cell) {
    data_string view;
    if (layout->mode != EXEC_KEY_VIEW)
        return data_string_make((const char *)cell, (uint32_t)layout->cell_bytes);
    memcpy(&view, cell, sizeof view);
    return view;
}

#endif
