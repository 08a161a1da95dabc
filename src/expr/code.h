/* The flat program behind expr_program: what the compiler writes and the evaluator runs.
 *
 * A *value* is anything an instruction can read: an input column, a constant, or the result of an
 * instruction.  Values are made once (no value has two makers); result values live in *registers*,
 * which are shared between values whose lifetimes do not overlap.
 *
 * A *scope* is a set of rows: scope 0 is the batch's selection, every other one is a subset of its
 * parent made by CODE_SELECT.  An instruction computes its rows only; a value is readable in the
 * scope of its maker and in every scope below that one.  Instructions of an empty scope are passed
 * over.
 *
 *     CASE WHEN a > 0 THEN 10 / a ELSE 0 END
 *
 *     v2 = >(v0, 0)            scope 0
 *     s1 = true(v2)            of scope 0
 *     s2 = not true(v2)        of scope 0
 *     v3 = /(10, v0)           scope 1
 *     v4 = merge s1:v3 s2:0    scope 0
 */
#ifndef EXPR_CODE_H
#define EXPR_CODE_H

#include "expr/program.h"
#include "expr/udf.h"

typedef enum code_op {
    CODE_CALL, /* dst = function(args) */
    CODE_AND,  /* dst = args[0] AND args[1]; args[1] holds for the rows of branch_scopes[0] */
    CODE_OR,
    CODE_MERGE, /* dst = args[i] for the rows of branch_scopes[i], later ones win */
    CODE_SELECT /* scope dst_scope = rows of `scope` for which args[0] is `test` */
} code_op;

typedef enum code_test { CODE_TRUE, CODE_NOT_TRUE, CODE_NOT_FALSE, CODE_NULL } code_test;

typedef enum code_source { CODE_INPUT, CODE_CONSTANT, CODE_RESULT } code_source;

typedef struct code_value {
    code_source source;
    const data_type *type;
    int32_t index;    /* input column, constant, or register */
    int32_t scope;    /* where it is readable; 0 for inputs and constants */
    int32_t last_use; /* instruction; INT32_MAX for outputs */
    int32_t maker;    /* instruction */
} code_value;

typedef struct code_instruction {
    code_op op;
    int32_t scope;
    int32_t dst;   /* value; -1 for CODE_SELECT */
    int32_t *args; /* values */
    int32_t arg_count;
    int32_t *branch_scopes;   /* AND, OR: [1]; MERGE: [arg_count] */
    int32_t dst_scope;        /* SELECT */
    code_test test;           /* SELECT */
    const func_row *function; /* CALL */
    const void *prepared;
    bool is_shareable; /* deterministic: equal calls may be shared */
    int32_t cache;     /* CALL: slot of the run state for dictionary results */
} code_instruction;

typedef struct code_scope {
    int32_t parent; /* -1 for scope 0 */
} code_scope;

typedef struct code_block { /* a sequence of instructions with one kind of result */
    code_instruction *items;
    int32_t count;
    int32_t capacity;
} code_block;

struct expr_program {
    base_arena *arena;
    int32_t input_count;
    code_value *values;
    int32_t value_count, value_capacity;
    code_scope *scopes;
    int32_t scope_count, scope_capacity;
    data_column **constants; /* CONSTANT columns of DATA_BATCH_ROWS_LIMIT rows */
    data_value *constant_values;
    int32_t constant_count, constant_capacity;
    code_block code;  /* makes `outputs` */
    int32_t *outputs; /* values */
    int32_t output_count;
    code_block filter;    /* a single BOOLEAN expression as a filter */
    int32_t filter_scope; /* the rows that pass; -1 = none pass */
    int32_t register_count;
    data_physical *register_physicals;
    int32_t cache_count;
};

/* What the run state keeps for one register from batch to batch. */
typedef struct code_register {
    data_column *column;   /* the last result; reused where nobody else holds it */
    base_buffer *validity; /* an own bitmap to reuse */
} code_register;

typedef struct code_rows { /* a scope at run time */
    const uint16_t *rows;  /* NULL = all rows of the batch */
    int32_t count;
    base_buffer *buffer;
} code_rows;

/* Constants laid out flat for kernels that take no CONSTANT, and results over dictionaries. */
typedef struct code_flat {
    data_column *source, *flat;
} code_flat;
typedef struct code_dictionary {
    uint64_t dictionary_id;
    data_column *dictionary; /* the source's, held so that the id stays meaningful */
    data_column *result;
    uint64_t result_id;
} code_dictionary;

struct expr_run_state {
    const expr_program *program;
    code_register *registers;
    code_rows *scopes;
    code_flat *flats;              /* by constant */
    data_column **outputs;         /* by constant: the column of the last length handed out */
    code_dictionary *dictionaries; /* by cache */
    base_buffer *valid_rows;       /* scratch selection */
    base_buffer *scatter;          /* scratch row map */
    /* during a run */
    const func_context *context;
    const data_batch *batch;
    int32_t row_count;
};

/* ---- results (code_result.c) ----------------------------------------------------------------- */
/* A flat column to write `rows` results into: the register's last one where it is free. */
rask_status code_result_column(expr_run_state *state, int32_t register_index, const data_type *type,
                               data_physical physical, int64_t rows, data_column **out,
                               rask_error *err);
/* Gives a result a bitmap of its own, all rows valid. */
rask_status code_result_validity(expr_run_state *state, int32_t register_index, data_column *column,
                                 int64_t rows, rask_error *err);
/* Keeps a column that was not made by code_result_column as the register's (takes the reference).
 */
void code_result_take(expr_run_state *state, int32_t register_index, data_column *column);
/* Drops a bitmap without zeros. */
void code_result_trim_validity(data_column *column);
data_column *code_column(const expr_run_state *state, int32_t value);
rask_status code_rows_reserve(expr_run_state *state, base_buffer **buffer, int64_t bytes,
                              rask_error *err);
uint64_t code_fresh_dictionary_id(void);

/* ---- running (code_call.c, code_branch.c, code_merge.c) -------------------------------------- */
rask_status code_run_call(expr_run_state *state, const code_instruction *instruction,
                          rask_error *err);
rask_status code_run_logic(expr_run_state *state, const code_instruction *instruction,
                           rask_error *err);
rask_status code_run_merge(expr_run_state *state, const code_instruction *instruction,
                           rask_error *err);
rask_status code_run_select(expr_run_state *state, const code_instruction *instruction,
                            rask_error *err);
/* One call on one row of constants, for folding; `*out` is a CONSTANT column.  Fails as the kernel
 * does. */
rask_status code_fold_call(const func_row *function, const void *prepared, const data_type *type,
                           data_column *const *args, int32_t arg_count, const func_context *context,
                           data_column **out, rask_error *err);

#endif
