/* Rows as the print connector shows them: Java's toString of Flink's external objects. */
#ifndef CONNECT_PRINT_TEXT_H
#define CONNECT_PRINT_TEXT_H

#include "data/batch.h"

/* "+I[a, 1]" */
void connect_print_row(data_row_kind kind, data_column *const *columns, int32_t count, int64_t row,
                       base_strbuf *out);

#endif
