/* A format's options as its table of plan_option rows declares them, read from the table's options
 * under the format's name: "csv.field-delimiter". */
#ifndef FORMAT_FORMAT_OPTIONS_H
#define FORMAT_FORMAT_OPTIONS_H

#include "format/format.h"

/* The value set in the table, else the row's default, else NULL. */
const char *format_option(const plan_table *table, const char *format, const plan_option *options,
                          const char *key);
rask_status format_option_bool(const plan_table *table, const char *format,
                               const plan_option *options, const char *key, bool *out,
                               rask_error *err);
/* "Unsupported type 'MAP<STRING, INT>' for field 'a'." */
rask_status format_refuse_type(const format_config *config, int32_t column, rask_error *err);

#endif
