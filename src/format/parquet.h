/* The Parquet format: what its files offer to format_parquet.c. */
#ifndef FORMAT_PARQUET_H
#define FORMAT_PARQUET_H

#include "format/format.h"

extern const plan_option parquet_options[];

rask_status parquet_check(const format_config *config, bool as_writer, rask_error *err);
rask_status parquet_plan_splits(const format_config *config, const format_input *input,
                                int64_t target_bytes, base_arena *arena, format_split **splits,
                                int32_t *count, rask_error *err);
int64_t parquet_estimate_rows(const format_config *config, const format_input *input);

rask_status parquet_statistics_read(const format_config *config, const format_input *input,
                                    base_arena *arena, format_statistics *out, rask_error *err);

rask_status parquet_open_reader(const format_config *config, const format_input *input,
                                const format_split *split, int64_t resume_at, format_reader **out,
                                rask_error *err);
rask_status parquet_read(format_reader *handle, int32_t rows_max, data_batch **out,
                         rask_error *err);
int64_t parquet_position(const format_reader *handle);
void parquet_close_reader(format_reader *handle);

rask_status parquet_open_writer(const format_config *config, format_writer **out, rask_error *err);
rask_status parquet_write(format_writer *writer, const data_batch *batch, base_strbuf *bytes,
                          rask_error *err);
rask_status parquet_finish_writer(format_writer *writer, base_strbuf *bytes, rask_error *err);
void parquet_close_writer(format_writer *writer);

#endif
