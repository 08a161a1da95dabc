/* What the parts of the SQL parser share: the token cursor, errors, and who parses what.
 *
 * The parser is sticky: after the first error the cursor stands on END for good, so every `accept`
 * says no, every loop ends, and a parse function returns some harmless node.  Only the public entry
 * points look at `status`.  No parse function returns NULL unless its comment says so.
 *
 * "Was expecting" comes for free: every question about the current token that is answered with no
 * is remembered until the cursor moves. */
#ifndef SQL_PARSER_H
#define SQL_PARSER_H

#include "sql/lexer.h"
#include "sql/sql.h"

enum {
    SQL_DEPTH_MAX = 1000,
    SQL_CHAIN_MAX = 1000, /* joins, and set operations, of one statement */
    SQL_EXPANSION_MAX = 1000000,
    SQL_EXPECTED_MAX = 40,
    SQL_BIND_IN = 32, /* binding powers for sql_expression_from */
    SQL_BIND_ACCESS = 100
};

typedef struct sql_window {
    const char *name;    /* WINDOW name AS (...) */
    const char *base;    /* (base ...): NULL = none */
    base_list partition; /* expr_node */
    base_list order;     /* EXPR_ORDER */
    const expr_window_frame *frame;
    int32_t partition_at, order_at;    /* where they would be */
    int32_t at, cost;                  /* its first token, and how many it was written with */
    int32_t base_at;                   /* the name of its base */
    int32_t first, last;               /* the tokens of its parentheses, or of its name */
    int32_t frame_at;                  /* ROWS or RANGE */
    int32_t bound_at[2], bound_end[2]; /* tokens of the frame's bounds; [1] 0 = not written */
} sql_window;

/* What belongs to the SELECT block being parsed: window names are known only at its end. */
typedef struct sql_block {
    base_list windows;      /* sql_window, as defined */
    base_list overs;        /* EXPR_OVER nodes that wait for a window ... */
    base_list over_windows; /* ... and the sql_window each was written with */
} sql_block;

typedef struct sql_parser {
    sql_tokens tokens;
    int32_t at;
    plan *plan;        /* NULL: only an expression, without subqueries */
    base_arena *arena; /* where expressions go; a table's own arena inside CREATE TABLE */
    base_arena *home;  /* where all else goes */
    rask_error *err;
    rask_status status;
    rask_error invalid; /* the first thing that is well-formed and wrong: told when all parsed */
    int32_t depth;
    int32_t expression_level; /* expressions inside each other; 0 again in a subquery */
    int32_t join_count, set_operation_count;
    int64_t expansion;      /* nodes that stand in more places than they are written in */
    bool stops_at_and;      /* inside BETWEEN: AND is not an operator */
    bool in_statement_body; /* types are those of a column, not of a CAST */
    expr_node *bare_query;  /* the last "(query)": it may turn out to be the start of a query */
    sql_block *block;
    const char *unsupported; /* the first clause that parses but has no plan */
    const sql_token *unsupported_at;
    const char *expected[SQL_EXPECTED_MAX];
    int32_t expected_count;
    int32_t expected_at;  /* the token they are about */
    int32_t pair_at;      /* this token and the next do not go together; -1 = none */
    bool pair_takes_name; /* ... though a name could have been the next */
} sql_parser;

/* ---- cursor ---------------------------------------------------------------------------------- */
const sql_token *sql_now(const sql_parser *p);
const sql_token *sql_ahead(const sql_parser *p, int32_t distance);
void sql_advance(sql_parser *p);
bool sql_is(sql_parser *p, sql_keyword keyword); /* remembers what was expected */
bool sql_is_symbol(sql_parser *p, const char *symbol);
bool sql_token_is(const sql_parser *p, const sql_token *token, sql_keyword keyword);
bool sql_token_is_symbol(const sql_parser *p, const sql_token *token, const char *symbol);
bool sql_accept(sql_parser *p, sql_keyword keyword);
bool sql_accept_two(sql_parser *p, sql_keyword first, sql_keyword second); /* both or none */
bool sql_accept_symbol(sql_parser *p, const char *symbol);
void sql_expect(sql_parser *p, sql_keyword keyword);
void sql_expect_symbol(sql_parser *p, const char *symbol);
/* The keyword of `choices` the cursor stands on, which is consumed; SQL_KEYWORD_COUNT = none. */
sql_keyword sql_accept_one_of(sql_parser *p, const sql_keyword *choices, size_t count);
#define SQL_ONE_OF(p, ...)                                                                         \
    sql_accept_one_of((p), (const sql_keyword[]){__VA_ARGS__},                                     \
                      sizeof((const sql_keyword[]){__VA_ARGS__}) / sizeof(sql_keyword))
bool sql_is_name(const sql_token *token);
bool sql_accept_name(sql_parser *p, const char **name);
const char *sql_expect_name(sql_parser *p);
/* a.b.c; the array is in the home arena. */
const char **sql_expect_path(sql_parser *p, int32_t *count);
/* a.b.c as one text, in the current arena. */
const char *sql_expect_dotted(sql_parser *p);
/* "(a, b)"; texts are in the current arena. */
void sql_name_list(sql_parser *p, base_list *names);
/* A character literal (with all that may be in front of it), unescaped. */
bool sql_accept_text(sql_parser *p, const char **text);
const char *sql_expect_text(sql_parser *p);
int64_t sql_expect_integer(sql_parser *p);
/* The place of what was read from token `first` on. */
expr_place sql_place_from(const sql_parser *p, int32_t first);
/* The places of `count` names that one token each divides: a.b.c, "a, b", "t (a, b)"; `first` is
 * the token of the first one.  NULL after an error. */
const expr_place *sql_name_places(const sql_parser *p, base_arena *arena, int32_t first,
                                  int32_t count);
/* The source from token `first` up to the one in front of the cursor. */
const char *sql_source(const sql_parser *p, int32_t first);
/* The same as Flink shows it: "`a` + 1" (sql_canonical.c). */
const char *sql_canonical(sql_parser *p, int32_t first);
const char **sql_strings(base_arena *arena, const base_list *list);

/* ---- errors ---------------------------------------------------------------------------------- */
/* The current token cannot be here: Flink's message. */
void sql_unexpected(sql_parser *p);
/* Remembers, for a failure at the current token, that the next one does not go with it. */
void sql_mismatched(sql_parser *p, bool takes_name);
/* Fails at an earlier token that the next one does not go with. */
void sql_unexpected_pair(sql_parser *p, int32_t at);
void sql_expecting(sql_parser *p, const char *what);
/* "SQL parse failed. ..." at the given token. */
void sql_refuse(sql_parser *p, const sql_token *token, const char *format, ...) RASK_PRINTF(3, 4);
/* These two are told only when the whole text parsed, as Flink validates after parsing; until then
 * parsing goes on.
 * "SQL validation failed. From line 1, column 2 to line 1, column 3: ..." over some tokens. */
void sql_invalid(sql_parser *p, const sql_token *first, const sql_token *last, const char *format,
                 ...) RASK_PRINTF(4, 5);
/* From now on the cursor stands at the end; the caller has filled the error. */
void sql_stop(sql_parser *p, rask_status status);
/* A message alone; of a ValidationException or whatever `status` says. */
#define sql_reject(p, token, ...) sql_reject_as((p), RASK_ERROR_VALIDATION, (token), __VA_ARGS__)
void sql_reject_as(sql_parser *p, rask_status status, const sql_token *token, const char *format,
                   ...) RASK_PRINTF(4, 5);
/* Goes on parsing; the statement is refused at its end, naming `what`. */
void sql_unsupported(sql_parser *p, const sql_token *token, const char *what);
/* False (with the error) when the text is nested too deeply; else sql_leave must follow. */
bool sql_enter(sql_parser *p);
void sql_leave(sql_parser *p);
void sql_expand(sql_parser *p, int64_t nodes);

/* ---- expressions (sql_expression.c, sql_call.c, sql_window.c) -------------------------------- */
expr_node *sql_expression(sql_parser *p);
/* Operators that bind at least as tightly as `binding`. */
expr_node *sql_expression_from(sql_parser *p, int32_t binding);
bool sql_starts_expression(const sql_parser *p, const sql_token *token);
/* More than SQL_DEPTH_MAX levels: too many for the recursive walks of later stages. */
bool sql_is_too_deep(const expr_node *root);
/* Nodes with their place: from token `first` to the one in front of the cursor. */
expr_node *sql_place(sql_parser *p, int32_t first, expr_node *node);
expr_node *sql_call(sql_parser *p, int32_t first, const char *name, const base_list *args);
expr_node *sql_call_of(sql_parser *p, int32_t first, const char *name, expr_node *a, expr_node *b);
expr_node *sql_symbol(sql_parser *p, const char *name);
expr_node *sql_subquery(sql_parser *p, int32_t first, expr_subquery_kind kind, plan_node *query);
/* Behind "(": a query (returned, else NULL) or a list of expressions, up to and with ")". */
plan_node *sql_parenthesised(sql_parser *p, base_list *exprs);
/* Keywords with a syntax of their own: CAST(...), CASE ...; NULL when this is none of them. */
expr_node *sql_special_form(sql_parser *p);
/* NAME, or NAME(...) with all that may follow. */
expr_node *sql_name_or_call(sql_parser *p);
/* Behind "NAME(": the arguments and the closing parenthesis. */
expr_node *sql_call_rest(sql_parser *p, int32_t first, const char *const *path, int32_t count);
/* FILTER, WITHIN GROUP, OVER behind a call. */
expr_node *sql_call_suffix(sql_parser *p, int32_t first, expr_node *call);
void sql_order_list(sql_parser *p, base_list *keys);
sql_window *sql_window_specification(sql_parser *p);
void sql_block_finish(sql_parser *p, sql_block *block);

/* ---- literals (sql_literal.c, sql_temporal.c, sql_text.c) ------------------------------------ */
/* NULL when the cursor stands on none. */
expr_node *sql_literal(sql_parser *p);
expr_node *sql_number(sql_parser *p, int32_t first, bool is_negative);
/* DATE '...', TIME '...', TIMESTAMP '...', INTERVAL ..., {d '...'}; NULL when this is none. */
expr_node *sql_temporal_literal(sql_parser *p);
expr_node *sql_braced_literal(sql_parser *p);
/* Behind INTERVAL in a type: DAY, YEAR TO MONTH, ...; all have one of Flink's two types. */
const data_type *sql_interval_type(sql_parser *p, bool nullable);
/* Behind a parenthesised difference, "(a - b) DAY": the unit as a symbol, or NULL. */
expr_node *sql_accept_interval_qualifier(sql_parser *p);
/* The unit of EXTRACT, FLOOR, ... as a symbol in upper case. */
expr_node *sql_time_unit(sql_parser *p);
/* The text of a character literal token, quotes and escapes undone, NUL behind it. */
const char *sql_token_text(sql_parser *p, const sql_token *token, int64_t *length);

/* ---- types (sql_type.c) ---------------------------------------------------------------------- */
const data_type *sql_type(sql_parser *p, bool nullable);
/* [NOT NULL | NULL] behind a type. */
const data_type *sql_type_nullable(sql_parser *p);

/* ---- queries (sql_query.c, sql_from.c, sql_match.c) ------------------------------------------ */
plan_node *sql_query(sql_parser *p);
/* A query that starts with `leaf`: set operations, ORDER BY, LIMIT. */
plan_node *sql_query_rest(sql_parser *p, plan_node *leaf);
plan_node *sql_node(sql_parser *p, int32_t first, plan_kind kind, plan_node *left,
                    plan_node *right);
expr_node **sql_exprs(sql_parser *p, const base_list *list);
bool sql_starts_query(sql_parser *p);    /* SELECT, VALUES, WITH, TABLE t */
bool sql_continues_query(sql_parser *p); /* UNION, ORDER BY, LIMIT, ... */
plan_node *sql_from(sql_parser *p);
plan_node *sql_table_path(sql_parser *p); /* a name with its hints */
/* Hints, if any: of a table its OPTIONS as they are, of a SELECT each hint's name and text. */
void sql_hints(sql_parser *p, base_map **hints, bool is_table);
base_map *sql_new_map(sql_parser *p); /* of texts; owned by the plan */
void sql_map_put(base_map *map, const char *key, const char *value);

/* ---- statements (sql_statement.c, sql_ddl.c, sql_alter.c, sql_show.c, sql_dml.c) ------------- */
typedef void (*sql_statement_parser)(sql_parser *p, sql_statement *statement);
void sql_create(sql_parser *p, sql_statement *statement); /* behind CREATE; so below */
void sql_replace(sql_parser *p, sql_statement *statement);
void sql_drop(sql_parser *p, sql_statement *statement);
void sql_alter(sql_parser *p, sql_statement *statement);
void sql_show(sql_parser *p, sql_statement *statement);
void sql_describe(sql_parser *p, sql_statement *statement);
void sql_insert(sql_parser *p, sql_statement *statement);
void sql_upsert(sql_parser *p, sql_statement *statement);
void sql_update(sql_parser *p, sql_statement *statement);
void sql_delete(sql_parser *p, sql_statement *statement);
void sql_merge(sql_parser *p, sql_statement *statement);
/* STATEMENT SET BEGIN ...; END, behind SET. */
void sql_statement_set(sql_parser *p, sql_statement *statement);
bool sql_accept_if_exists(sql_parser *p, bool negated);
base_map *sql_options(sql_parser *p); /* ('k' = 'v', ...); owned by the plan */
/* (a = 1, b), behind PARTITION. */
void sql_partition(sql_parser *p, sql_statement *statement, bool needs_values);
/* What ADD and MODIFY name, in parentheses or alone, into statement->table. */
void sql_alter_elements(sql_parser *p, sql_statement *statement);
/* A statement that is known, but not run yet. */
void sql_other(sql_statement *statement, const char *name);

/* ---- string expressions (sql_string_expression.c, sql_string_function.c) --------------------- */
/* A call of a 1.9 function: `args` as written, the left side of a suffix call first.  Gives the SQL
 * function with its arguments in SQL's order. */
expr_node *sql_string_call(sql_parser *p, int32_t first, const char *name, const base_list *args,
                           bool is_suffix);
void sql_string_unexpected(sql_parser *p, const char *expected);

#endif
