/* What aggregates that keep values share. */
#ifndef FUNC_AGG_MINMAX_H
#define FUNC_AGG_MINMAX_H

#include "func/agg.h"
#include "func/values.h"

/* By func_value_kind: the rows that can take values back. */
extern const func_aggregate func_min_retract[], func_max_retract[];

/* The block's values of a column; those of null rows mean nothing. */
void func_agg_load_values(const data_column *column, const func_block *block, func_value_kind kind,
                          func_value *out);
/* Writes one result; `text` is used for text only. */
rask_status func_agg_put_value(data_column *out, func_text *text, int32_t position,
                               func_value_kind kind, bool has, const func_value *value,
                               rask_error *err);

/* Text results of a scan: both columns being written. */
typedef struct func_agg_texts {
    func_call calls[2];
    func_text before, after;
} func_agg_texts;
rask_status func_agg_texts_begin(func_agg_texts *texts, const func_context *context, int32_t count,
                                 data_column *old_out, data_column *new_out, rask_error *err);
rask_status func_agg_texts_finish(func_agg_texts *texts, rask_status status, rask_error *err);

/* Snapshots: a text is its length and bytes; everything little-endian. */
typedef struct func_agg_reader {
    const char *at, *end;
} func_agg_reader;
rask_status func_agg_read(func_agg_reader *reader, void *out, int64_t size, rask_error *err);
void func_agg_write_text(base_strbuf *out, const data_string *text);
rask_status func_agg_read_text(func_agg_reader *reader, data_string *out, rask_error *err);

#endif
