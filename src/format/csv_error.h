/* The words for a row that cannot be read. */
#ifndef FORMAT_CSV_ERROR_H
#define FORMAT_CSV_ERROR_H

#include "format/csv.h"

/* How much of a row or a field is shown. */
enum { CSV_SHOWN_BYTES_MAX = 100 };

/* Fills `err` naming the row, file, line and field; finds the line by reading the file up to it. */
void csv_describe_bad(const format_config *config, const format_input *input,
                      const csv_dialect *dialect, const text_blocks *blocks, const csv_bad *bad,
                      rask_error *err);

#endif
