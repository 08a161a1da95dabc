/* Inside of rask_result, shared by result.c and tableau.c. */
#ifndef TABLE_RESULT_H
#define TABLE_RESULT_H

#include "base/thread.h"
#include "table/table.h"

struct rask_result {
    base_arena *arena;
    const data_schema *schema;
    const char **type_texts; /* cache */
    rask_result_kind kind;
    table_print_style style;
    rask_job *job;  /* NULL: rows at hand */
    bool is_query;  /* of a COLLECT root; else INSERT */
    bool streaming; /* prints the op column */
    bool finished;  /* INSERT: its row was handed out */
    bool closed;
    const base_zone *zone; /* prints TIMESTAMP_LTZ; NULL = UTC */
    int32_t width_max;     /* table.display.max-column-width */
    data_batch *ready;     /* the next batch, where it is at hand */
    /* printing */
    int64_t printed_rows;
    bool printed_header, printed_footer;
    int32_t *widths;
    base_strbuf text;
    /* text_next */
    data_batch *printing;
    int32_t printing_row;
    const char **cell_texts;
    int64_t *cell_offsets;
    base_mutex lock;
    int32_t refs;
};

rask_status table_result_next_batch(rask_result *result, int64_t timeout_ms, data_batch **out,
                                    rask_poll *poll, rask_error *err);

#endif
