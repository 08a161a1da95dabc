/* The plan: a read-only DAG of relational operations.  It is the product: SQL, string expressions
 * and the Table API all build it, and every backend, explain, the plan document and the tests read
 * it.
 *
 * A node is either unresolved (names, SELECT blocks as written) or bound (`schema` set; only the
 * kinds below the line).  plan_bind (plan_bind.h) turns one into the other and accepts bound
 * inputs, so the Table API binds step by step.  Nodes live in the arena of a `plan`, which is
 * reference-counted and keeps the plans it builds on alive. */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "plan/catalog.h"
#include "plan/config.h"

typedef enum plan_kind {
    /* unresolved only */
    PLAN_TABLE,  /* a name: path, hints */
    PLAN_ALIAS,  /* input AS alias(names...) */
    PLAN_SELECT, /* SELECT exprs FROM input WHERE condition GROUP BY keys HAVING having */
    PLAN_WITH,   /* inputs[0] = body; with_names / inputs[1..] = the named queries */
    /* both */
    PLAN_VALUES,        /* rows: exprs is row-major, `row_width` per row; or `data` */
    PLAN_FILTER,        /* condition */
    PLAN_SORT,          /* keys (EXPR_ORDER), offset/fetch where given (Top-N) */
    PLAN_LIMIT,         /* offset, fetch (-1 = all) */
    PLAN_JOIN,          /* inputs[0], inputs[1], join_type, condition; USING names / natural before
                           binding.  Bound: exprs over inputs[0] are the parameters (EXPR_OUTER) of
                           inputs[1], as of a subquery: LATERAL */
    PLAN_SET_OP,        /* UNION/INTERSECT/EXCEPT, all */
    PLAN_FLAT_MAP,      /* input rows x table function exprs[0]; appends its columns (LATERAL TABLE,
                           flat_map keeps only them) */
    PLAN_WINDOW_TABLE,  /* each row once for each window it is in: `window`, time exprs[0] (before
                           binding: the call), partition keys; appends window_start, _end, _time */
    PLAN_SINK,          /* write input into `table` */
    PLAN_STATEMENT_SET, /* several sinks as one job */
    /* bound only */
    PLAN_SCAN,      /* read `table`: the columns scan_columns, pushed filter and limit */
    PLAN_PROJECT,   /* exprs */
    PLAN_AGGREGATE, /* keys (bound exprs over the input) then aggregates (EXPR_AGGREGATE) */
    PLAN_EXPAND,    /* every row through several projections: exprs is row-major, row_width each */
    PLAN_REPLICATE, /* every row as often as its last column (BIGINT) says, without that column */
    PLAN_COLLECT,   /* root of a query whose rows go to the caller */
    PLAN_WINDOW,    /* the input's columns, then one for each call with OVER in exprs */
    PLAN_KIND_COUNT
} plan_kind;
const char *plan_kind_name(plan_kind kind); /* "Aggregate": as in the plan document */

typedef enum plan_join_type {
    PLAN_JOIN_INNER,
    PLAN_JOIN_LEFT,
    PLAN_JOIN_RIGHT,
    PLAN_JOIN_FULL,
    PLAN_JOIN_CROSS,
    PLAN_JOIN_SEMI,
    PLAN_JOIN_ANTI
} plan_join_type;
typedef enum plan_set_op { PLAN_UNION, PLAN_INTERSECT, PLAN_EXCEPT } plan_set_op;

/* Windows of time, in milliseconds. */
typedef enum plan_window_kind {
    PLAN_WINDOW_TUMBLE,
    PLAN_WINDOW_HOP,
    PLAN_WINDOW_CUMULATE,
    PLAN_WINDOW_SESSION
} plan_window_kind;
typedef struct plan_window_spec {
    plan_window_kind kind;
    int64_t size_ms;  /* CUMULATE: of the largest; SESSION: the gap that ends one */
    int64_t slide_ms; /* HOP: between starts; CUMULATE: the step */
    int64_t offset_ms;
} plan_window_spec;
/* -1 = not the name of a window function. */
int32_t plan_window_kind_of(const char *name);

typedef struct plan_node plan_node;
struct plan_node {
    plan_kind kind;
    bool is_bound;
    int32_t id; /* unique in its plan, assigned when written or lowered */
    expr_place place;
    plan_node **inputs;
    int32_t input_count;
    const data_schema *schema; /* bound: names and types of the output */

    expr_node **exprs; /* SELECT list, PROJECT, VALUES, FLAT_MAP's call in [0] */
    int32_t expr_count;
    int32_t row_width; /* VALUES, EXPAND */
    expr_node **keys;  /* GROUP BY, AGGREGATE, SORT */
    int32_t key_count;
    expr_node **aggregates; /* AGGREGATE */
    int32_t aggregate_count;
    const uint64_t *sets; /* AGGREGATE: GROUPING SETS, each a set of keys (bit k = key k) */
    int32_t set_count;    /* 0 = one set of all keys */
    expr_node *condition; /* FILTER, SELECT's WHERE, JOIN */
    expr_node *having;
    expr_node *qualify;     /* SELECT: over the results of its windows */
    bool is_grouped;        /* SELECT has GROUP BY (maybe of no keys) */
    bool has_distinct_sets; /* GROUP BY DISTINCT */
    bool is_distinct;       /* SELECT DISTINCT */
    bool is_all;            /* UNION ALL ... */
    bool is_outer;          /* FLAT_MAP: LEFT JOIN LATERAL */
    bool keeps_input;       /* FLAT_MAP: the output starts with the input's columns */
    bool is_legacy;         /* made by a 1.9 call: its naming and sink rules */
    plan_join_type join_type;
    bool is_natural;
    /* JOIN ANTI, for NOT IN: UNKNOWN counts as a match, so a row stays only where the condition is
     * FALSE for every right row.  Conjuncts that must not count so are (...) IS TRUE. */
    bool is_null_aware;
    bool is_lateral; /* the query may name what stands to its left in FROM */
    plan_set_op set_op;
    int64_t offset, fetch; /* fetch -1 = all */

    const char **names; /* TABLE path; ALIAS alias + column names; JOIN USING; SINK columns */
    const expr_place *name_places; /* of each of `names`; NULL = unknown */
    int32_t name_count;
    base_map *hints; /* OPTIONS(...) hint: char * values; owned by the plan; may be NULL */
    const plan_window_spec *window; /* WINDOW_TABLE */
    plan_table *table;              /* SCAN, SINK: referenced by the plan */
    plan_data *data;                /* VALUES from memory: referenced by the plan */
    int32_t *scan_columns;          /* SCAN: table columns read, in output order */
    expr_node *scan_filter;       /* SCAN: pushed into the source (also kept above unless exact) */
    int64_t scan_limit;           /* SCAN: -1 = none */
    bool is_overwrite;            /* SINK: INSERT OVERWRITE */
    const char **partition_names; /* SINK: static partition */
    expr_node **partition_values;
    int32_t partition_count;
    const char *const *with_names;
};

typedef struct plan {
    base_arena *arena;
    plan_node *root;
    struct plan **parents; /* plans whose nodes this one refers to */
    int32_t parent_count;
    base_list tables; /* plan_table references to drop at the end */
    base_list data;   /* plan_data references */
    base_list udfs;   /* rask_udf_handle references */
    base_list hint_maps;
    int32_t refs; /* atomic */
} plan;

plan *plan_new(void);
plan *plan_ref(plan *p);
void plan_unref(plan *p);
/* From now on nodes of `parent` may be used in `p`; takes a reference. */
void plan_add_parent(plan *p, plan *parent);
plan_table *plan_hold_table(plan *p, plan_table *table_ref); /* takes the reference */
plan_data *plan_hold_data(plan *p, plan_data *data_ref);
rask_udf_handle *plan_hold_udf(plan *p, rask_udf_handle *udf_ref);

plan_node *plan_node_new(plan *p, plan_kind kind, plan_node *const *inputs, int32_t input_count);
plan_node *plan_node_copy(plan *p,
                          const plan_node *node); /* shallow: shares inputs and expressions */

/* Text tree as Flink's "== Abstract Syntax Tree ==" shows it (LogicalProject(...), ...); ends with
 * a newline. */
void plan_explain(const plan_node *root, base_strbuf *out);

#endif
