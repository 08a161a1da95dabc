/* The function table: SQL, Table API and 1.9 string expressions all resolve against it.
 *
 * One row per SQL function and overload, at the foot of the file that holds its kernels; a family
 * file exports one array that func_table.c lists.  From the rows come binding, SHOW FUNCTIONS, the
 * reference page, the test that runs every `.example`, and the check of the Python names.
 *
 * Signatures are text: "(STRING, INT) -> STRING", "(NUMERIC, NUMERIC) -> COMMON",
 * "(ANY...) -> ARG0"; func_signature.c has the grammar and the result strategies, which are Flink's
 * type derivations.  What text cannot say goes into `.infer`.
 *
 * Kernels are typed by physical layout and work on arrays: arrays in, array out, no allocation per
 * row.  Arguments are flat unless the row's flags say otherwise (the evaluator flattens); the
 * result column is made by the evaluator.  STRICT kernels never look at nulls: the evaluator merges
 * the validities first (values at null rows are readable but meaningless). */
#ifndef FUNC_FUNC_H
#define FUNC_FUNC_H

#include "base/timezone.h"
#include "base/world.h"
#include "data/batch.h"
#include "data/value.h"

/* What a call may know of the outside.  One per job and task; owned by the caller. */
typedef struct func_context {
    const base_world *world;
    base_pool *pool;        /* charged for results; may be NULL */
    base_arena *scratch;    /* reset by the caller after each batch */
    const base_zone *zone;  /* table.local-time-zone; NULL = UTC */
    int64_t query_start_us; /* CURRENT_TIMESTAMP & co. in batch mode */
    bool streaming;
    bool legacy_cast; /* table.exec.legacy-cast-behaviour */
} func_context;

typedef struct func_row func_row;

/* One evaluation of one call over one batch. */
typedef struct func_call {
    const func_row *row;
    const func_context *context;
    int32_t row_count;         /* rows in every argument and in the result */
    const uint16_t *selection; /* rows to compute; NULL = all.  Others may be left alone. */
    int32_t selected;
    const data_column *const *args;
    int32_t arg_count;
    data_column *result;  /* flat and writable; has a validity bitmap where null may occur */
    const void *prepared; /* what row->prepare made; NULL without */
    int32_t failed_row;   /* set with an error: the row that failed */
} func_call;

typedef rask_status (*func_kernel)(func_call *call, rask_error *err);

typedef enum func_nulls {
    FUNC_STRICT,    /* any null argument gives null; the kernel never sees one */
    FUNC_SEES_NULLS /* the kernel reads validities and writes the result's */
} func_nulls;

enum {                             /* func_row.flags */
       FUNC_CAN_FAIL = 1,          /* may return an error for some rows */
       FUNC_NOT_DETERMINISTIC = 2, /* RAND(), UUID(): never folded, shared or moved */
       FUNC_DYNAMIC = 4,           /* CURRENT_DATE ...: constant within a query or record */
       FUNC_TAKES_CONSTANT = 8,    /* the kernel understands CONSTANT arguments */
       FUNC_TAKES_DICTIONARY = 16, /* may be run over the dictionary instead of the rows */
       FUNC_OPERATOR = 32,         /* written infix or prefix, `sql` says how */
       FUNC_NULL_ON_BAD_INPUT = 64 /* strict, but the kernel may add nulls to the result */
};

/* Forms that evaluate their arguments under a selection; compiled by expr/, no kernel.
 * FUNC_REWRITTEN: the binder takes the call apart (x BETWEEN a AND b); the row is documentation. */
typedef enum func_special {
    FUNC_ORDINARY,
    FUNC_AND,
    FUNC_OR,
    FUNC_CASE,
    FUNC_COALESCE,
    FUNC_IF,
    FUNC_REWRITTEN
} func_special;

/* Arguments of type inference.  `literals[i]` is non-NULL where the argument is a literal. */
typedef struct func_infer_call {
    const func_row *row;
    const data_type *const *types;
    const data_value *const *literals;
    int32_t count;
} func_infer_call;

struct func_row {
    const char *name; /* SQL name in upper case, or the operator: "+", "=", "LIKE" */
    const char *sig;
    func_nulls nulls;
    uint32_t flags;
    func_special special;
    func_kernel kernel;
    /* Result type where `sig` ends in "-> INFER". */
    rask_status (*infer)(const func_infer_call *call, const data_type **result, rask_error *err);
    /* Once per program: e.g. compiles a LIKE pattern; lives in `arena`. */
    rask_status (*prepare)(base_arena *arena, const func_infer_call *call, const void **prepared,
                           rask_error *err);
    double cost;         /* relative to an integer addition = 1; 0 means 1 */
    const char *sql;     /* how to unparse: "%1 + %2", NULL = NAME(args) */
    const char *shown;   /* how Flink's refusal of a call shows it, where `sql` is not how */
    const char *api;     /* name(s) in the Python DSL, comma separated: "upper_case"; NULL = none */
    const char *aliases; /* other SQL / string-expression names, comma separated */
    const char *category; /* as in the reference: "arithmetic", "string", ... */
    const char *doc;
    const char *example; /* an SQL expression; NULL where it depends on the clock */
    const char *result;  /* what it prints */
    /* What Flink's error says is supported, on the first row of a name: a text that starts with a
     * quote is quoted as "Supported form(s)", any other as "Expected signatures". */
    const char *forms;
};

/* The outcome of overload resolution.  Arguments whose type differs from parameter_types[i] must
 * be cast to it (implicit cast) by the binder. */
enum { FUNC_ARGS_MAX = 64 };
typedef struct func_resolution {
    const func_row *row;
    const data_type *parameter_types[FUNC_ARGS_MAX];
    const data_type *result_type;
} func_resolution;

/* Fails with ValidationException in Flink's words: unknown name (nearest name as hint), or no
 * overload takes these types (signatures listed). */
rask_status func_resolve(const char *name, const data_type *const *types,
                         const data_value *const *literals, int32_t count, func_resolution *out,
                         rask_error *err);
/* The first argument that is a bare NULL where no overload takes one; -1 = there is none. */
int32_t func_refused_null(const char *name, const data_type *const *types, int32_t count);
bool func_exists(const char *name); /* scalar or aggregate, any case, aliases too */
/* All rows, for SHOW FUNCTIONS, docs and tests. */
const func_row *const *func_rows(int32_t *count);
/* Parses every signature; run once at start (idempotent, thread-safe). */
rask_status func_table_check(rask_error *err);

/* ---- types ----------------------------------------------------------------------------------- */
/* The type both can be cast to implicitly (Flink's LogicalTypeMerging.findCommonType), or NULL. */
const data_type *func_common_type(const data_type *const *types, int32_t count);
bool func_implicit_cast_allowed(const data_type *from, const data_type *to);
bool func_explicit_cast_allowed(const data_type *from, const data_type *to);
const data_type *func_decimal_plus_type(const data_type *a, const data_type *b);

/* ---- casts ----------------------------------------------------------------------------------- */
/* The cast as a row (kernel, can_fail); `is_try` gives the TRY_CAST kernel, which puts NULL where
 * CAST fails.  Errors with ValidationException where the cast is not supported. */
rask_status func_cast_find(const data_type *from, const data_type *to, bool is_try,
                           const func_row **out, rask_error *err);

#endif
