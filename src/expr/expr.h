/* Expression nodes, before and after binding.
 *
 * One struct for all kinds; nodes live in the arena of the plan they belong to and are read-only
 * once built.  The parser, the string-expression parser and the API make *unresolved* nodes (names
 * and calls by name, type NULL); expr_bind (bind.h) makes *bound* ones, in which every node has a
 * type, names have become EXPR_INPUT, calls carry their function row, and every implicit cast is an
 * EXPR_CAST.  A plan never mixes the two in one node.
 *
 * Calls that syntax makes, by name (the binder takes them apart, so that parsers need not):
 *     + - * / % || = <> < <= > >=   two arguments; + and - also one
 *     AND OR (two or more)  NOT
 *     IS [NOT] NULL / TRUE / FALSE / UNKNOWN, IS [NOT] DISTINCT FROM
 *     [NOT] BETWEEN, [NOT] BETWEEN SYMMETRIC (value, low, high)
 *     [NOT] IN (value, item...), [NOT] LIKE, [NOT] SIMILAR TO (value, pattern[, escape])
 *     CASE (condition, value, ..., [else]); a simple CASE has been rewritten with =
 *     COUNT () for COUNT(*), also COUNT with an EXPR_STAR argument
 *     ROW, ARRAY, MAP (items...); ITEM (collection, index) for a[i] */
#ifndef EXPR_EXPR_H
#define EXPR_EXPR_H

#include "func/aggregate.h"
#include "func/func.h"

typedef enum expr_kind {
    EXPR_NAME,    /* unresolved: path names[0..name_count), e.g. t.a */
    EXPR_STAR,    /* unresolved: * or names.* */
    EXPR_LITERAL, /* value */
    EXPR_CALL,    /* name(args); bound: function or udf is set */
    EXPR_CAST,    /* args[0] to `type` (target_type before binding); is_try */
    EXPR_ALIAS,   /* args[0] AS names[0] (several names: table functions) */
    EXPR_INPUT, /* bound: column `column` of the node's input `input` (0, or 1 = right of a join) */
    EXPR_OUTER, /* bound, inside a subquery: its parameter number `column` */
    EXPR_AGGREGATE, /* bound aggregate call (only in a plan's aggregate list) */
    EXPR_ORDER,     /* args[0] with descending / nulls_last (only in sort keys) */
    EXPR_SUBQUERY,  /* subquery: a plan; subquery_kind; see below */
    EXPR_OVER,      /* args[0] = the call, args[1..] partition keys then EXPR_ORDER keys; window */
    EXPR_SYMBOL,    /* a keyword argument: YEAR in EXTRACT(YEAR FROM x), BOTH in TRIM */
    EXPR_DEFAULT,   /* the keyword DEFAULT in an argument list */
    EXPR_KIND_COUNT
} expr_kind;

/* A subquery is closed: what it reads of the rows around it, it has as parameters.
 *
 *     args[0 .. operand_count)    operands, one for each column of the query (IN, SOME, ALL)
 *     args[operand_count + i]     value of parameter i: EXPR_OUTER i inside the query
 *
 * So an expression with a subquery is remapped, substituted and moved like any other; a query
 * inside a query gets what belongs to the outermost rows handed down from level to level.  Before
 * binding args are the operands as written (a ROW for several columns). */
typedef enum expr_subquery_kind {
    EXPR_SUBQUERY_SCALAR,
    EXPR_SUBQUERY_EXISTS,
    EXPR_SUBQUERY_IN,
    EXPR_SUBQUERY_SOME, /* operand `name` ANY row, `name` one of < <= > >= <> = */
    EXPR_SUBQUERY_ALL,
    EXPR_SUBQUERY_TABLE /* TABLE t PARTITION BY args: an argument of a table function */
} expr_subquery_kind;

struct plan_node; /* plan/plan.h; opaque here */
struct rask_udf_handle;

typedef struct expr_window_frame { /* OVER (...): bounds are offsets, NULL = unbounded / current */
    bool is_rows;
    int8_t start_kind, end_kind; /* -2 unbounded preceding, -1 preceding, 0 current, 1 following, 2
                                    unbounded following */
    struct expr_node *start, *end;
} expr_window_frame;

/* Where something stands in the text it was written in: from its first to its last character, both
 * counted from 1.  All zero = it comes from no text. */
typedef struct expr_place {
    int32_t line, column;
    int32_t end_line, end_column;
} expr_place;

typedef struct expr_node expr_node;
struct expr_node {
    expr_kind kind;
    const data_type *type; /* bound: the result; EXPR_CAST before binding: the target */
    expr_place place;
    const char *name;              /* CALL, AGGREGATE: upper case for built-ins; SYMBOL */
    const char **names;            /* NAME, STAR, ALIAS */
    const expr_place *name_places; /* of each of `names`; NULL = unknown */
    int32_t name_count;
    expr_node **args;
    int32_t arg_count;
    data_value value;                /* LITERAL */
    const func_row *function;        /* bound CALL */
    const func_aggregate *aggregate; /* bound AGGREGATE */
    struct rask_udf_handle *udf;     /* bound CALL of a user function (expr/udf.h) */
    int32_t input, column;           /* INPUT */
    bool is_try;                     /* CAST: TRY_CAST */
    bool is_implicit;                /* CAST put in by the binder */
    bool distinct;                   /* CALL / AGGREGATE: COUNT(DISTINCT x) */
    bool descending;                 /* ORDER */
    int8_t nulls_order; /* ORDER: -1 first, 1 last, 0 as the default (nulls are smallest) */
    expr_node *filter;  /* CALL / AGGREGATE: FILTER (WHERE ...) */
    expr_subquery_kind subquery_kind;
    struct plan_node *subquery;
    int32_t operand_count;          /* SUBQUERY, bound */
    const expr_window_frame *frame; /* OVER */
    int32_t partition_count;        /* OVER: args[1..1+partition_count) */
};

/* ---- makers (arena-owned; texts are copied) -------------------------------------------------- */
expr_node *expr_new(base_arena *arena, expr_kind kind);
expr_node *expr_name(base_arena *arena, const char *name); /* one part */
expr_node *expr_path(base_arena *arena, const char *const *names, int32_t count);
expr_node *expr_literal(base_arena *arena, const data_value *value);
expr_node *expr_literal_i64(base_arena *arena, const data_type *type, int64_t value);
expr_node *expr_literal_text(base_arena *arena, const char *bytes,
                             int64_t length); /* CHAR(n) NOT NULL */
expr_node *expr_literal_bool(base_arena *arena, bool value);
expr_node *expr_call(base_arena *arena, const char *name, expr_node *const *args, int32_t count);
expr_node *expr_call1(base_arena *arena, const char *name, expr_node *a);
expr_node *expr_call2(base_arena *arena, const char *name, expr_node *a, expr_node *b);
expr_node *expr_cast(base_arena *arena, expr_node *value, const data_type *type, bool is_try);
expr_node *expr_alias(base_arena *arena, expr_node *value, const char *name);
expr_node *expr_input(base_arena *arena, int32_t input, int32_t column, const data_type *type);
expr_node *expr_outer(base_arena *arena, int32_t parameter, const data_type *type);
expr_node *expr_order(base_arena *arena, expr_node *key, bool descending, int8_t nulls_order);
/* Deep copy into another arena; subqueries are shared. */
expr_node *expr_copy(base_arena *arena, const expr_node *node);

/* ---- inspect --------------------------------------------------------------------------------- */
bool expr_equal(const expr_node *a, const expr_node *b); /* structure, places ignored */
/* The place of `node` in a list of expressions, to which it is added where no equal one is. */
int32_t expr_list_add_once(base_arena *arena, base_list *list, expr_node *node);
/* Calls `visit` on every node, parents first; stops and returns false when it does. */
bool expr_walk(expr_node *node, bool (*visit)(void *context, expr_node *node), void *context);
bool expr_can_fail(const expr_node *bound);
bool expr_is_deterministic(const expr_node *bound);
bool expr_is_constant(const expr_node *bound); /* no inputs, deterministic */
bool expr_has_kind(const expr_node *node, expr_kind kind);
/* Marks the columns of input `input` that are used. */
void expr_used_columns(const expr_node *bound, int32_t input, bool *used);
/* A copy in which column c of every EXPR_INPUT is column map[c]. */
expr_node *expr_remap(base_arena *arena, const expr_node *bound, const int32_t *map);
/* A copy in which EXPR_INPUT c is replaced by a copy of exprs[c] (merging projections). */
expr_node *expr_substitute(base_arena *arena, const expr_node *bound, expr_node *const *exprs);
/* A copy in which every EXPR_OUTER p is replaced by a copy of exprs[p]. */
expr_node *expr_substitute_outer(base_arena *arena, const expr_node *bound,
                                 expr_node *const *exprs);
/* Splits AND into conjuncts / joins them again (NULL for none). */
void expr_conjuncts(base_arena *arena, expr_node *condition, base_list *out);
expr_node *expr_and(base_arena *arena, expr_node *const *conjuncts, int32_t count);

/* Text: `names` are the columns' names (explain, generated names), NULL = $0, $1.  As Flink's
 * explain prints them: "+(a, 1)" style for `digest`, SQL otherwise. */
void expr_write(const expr_node *node, const char *const *names, bool sql, base_strbuf *out);

/* What only a writer of plans can write: a subquery's query, and what a parameter stands for. */
typedef struct expr_text_hooks {
    void (*write_query)(void *context, const expr_node *subquery, base_strbuf *out);
    void (*write_outer)(void *context, const expr_node *outer, base_strbuf *out);
    void *context;
} expr_text_hooks;
/* The digest with $0, $1 for columns. */
void expr_write_digest(const expr_node *node, const expr_text_hooks *hooks, base_strbuf *out);
/* > for <=, = for <>, ... */
const char *expr_opposite_operator(const char *name);

#endif
