/* Columns in spill files: dense batches without kinds, written and read back as they are. */
#ifndef EXEC_BATCH_FILE_H
#define EXEC_BATCH_FILE_H

#include "exec/spill_file.h"

/* `columns` are flat. */
rask_status exec_columns_write(data_column *const *columns, int32_t count, int32_t rows,
                               exec_spill_file *file, rask_error *err);
/* The next group of columns of these types; *rows = 0 at the end. */
rask_status exec_columns_read(exec_spill_cursor *from, base_pool *pool,
                              const data_type *const *types, int32_t count, data_column **columns,
                              int32_t *rows, rask_error *err);

#endif
