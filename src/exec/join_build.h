/* What HashJoinBuild publishes and HashJoin reads. */
#ifndef EXEC_JOIN_BUILD_H
#define EXEC_JOIN_BUILD_H

#include "exec/join_table.h"
#include "exec/ops.h"

typedef struct exec_join_chunk { /* some rows of one task and morsel */
    int64_t morsel;
    int32_t subtask, number; /* of the task's chunks */
    data_column **columns;   /* the stored ones */
    int32_t rows;
    exec_join_keys *keys; /* NULL without keys */
} exec_join_chunk;

typedef struct exec_join_build {
    const exec_op_spec *spec;
    const exec_join_build_params *params;
    exec_key_layout layout;
    int32_t parallelism;
    struct gathered_rows **tasks; /* by subtask */
    exec_join_chunk **chunks;     /* all of them, by morsel */
    exec_join_keys **keys;        /* of each */
    int64_t *bases;               /* the number of each one's first row */
    int32_t chunk_count;
    exec_join_table table;
    bool has_null_key;
    int64_t next_range; /* atomic: rows handed out to be looked through for matches */
} exec_join_build;

#endif
