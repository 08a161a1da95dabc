/* SQL text and 1.9 string expressions -> unresolved plan nodes and statements.  Knows no engine and
 * no catalog: it only makes trees.  Sticky errors: the first one ends the parse, with line, column,
 * the offending text and what was expected (SqlParserException / ExpressionParserException). */
#ifndef SQL_SQL_H
#define SQL_SQL_H

#include "plan/plan.h"

typedef enum sql_statement_kind {
    SQL_QUERY,               /* query */
    SQL_INSERT,              /* query, path, columns, overwrite, partitions */
    SQL_STATEMENT_SET,       /* inserts[] */
    SQL_CREATE_TABLE,        /* table, path, if_not_exists; like; query for AS SELECT */
    SQL_CREATE_VIEW,         /* path, columns, query, query_text, temporary, if_not_exists */
    SQL_CREATE_DATABASE, SQL_CREATE_CATALOG, SQL_CREATE_FUNCTION,
    SQL_DROP_TABLE, SQL_DROP_VIEW, SQL_DROP_DATABASE, SQL_DROP_CATALOG, SQL_DROP_FUNCTION,
    SQL_ALTER_TABLE, SQL_ALTER_VIEW, SQL_ALTER_DATABASE,
    SQL_USE, SQL_USE_CATALOG,
    SQL_SHOW,                /* what: name = "TABLES", "VIEWS", "DATABASES", "CATALOGS", "FUNCTIONS", "CURRENT DATABASE", "CREATE TABLE", ... */
    SQL_DESCRIBE,            /* path */
    SQL_EXPLAIN,             /* inner statement, details */
    SQL_SET, SQL_RESET,      /* key, value (NULL = list / all) */
    SQL_OTHER,               /* parsed but not supported yet: `name` says what */
    SQL_STATEMENT_KIND_COUNT
} sql_statement_kind;

typedef struct sql_statement sql_statement;
struct sql_statement {
    sql_statement_kind kind;
    const char *name;
    plan_node *query;             /* unresolved */
    const char *query_text;       /* CREATE VIEW: the text of the query */
    const char **path;
    int32_t path_count;
    const char **columns;         /* INSERT column list, CREATE VIEW names */
    int32_t column_count;
    plan_table *table;            /* CREATE TABLE: columns, keys, options; owned by the statement's plan */
    const char **like_path;       /* CREATE TABLE ... LIKE */
    int32_t like_path_count;
    bool is_temporary, is_system, if_exists, is_overwrite, is_cascade; /* if_exists: IF [NOT] EXISTS */
    const char **partition_names; /* INSERT ... PARTITION (k = v) */
    expr_node **partition_values; /* NULL value = dynamic */
    int32_t partition_count;
    const char *key, *value;      /* SET, LIKE pattern of SHOW, class name of a function, ... */
    const char *language;
    base_map *options;            /* WITH (...) of databases, catalogs */
    sql_statement **inner;        /* STATEMENT_SET, EXPLAIN */
    int32_t inner_count;
    const char **details;         /* EXPLAIN ESTIMATED_COST, ... */
    int32_t detail_count;
};

/* One statement (a trailing ';' is allowed); nodes go into `p`. */
rask_status sql_parse_statement(plan *p, const char *text, int64_t length, sql_statement **out, rask_error *err);
/* Splits a script at top-level ';' (quotes and comments respected): `emit` is called with each
 * statement's text and its place. */
rask_status sql_split_script(const char *text, int64_t length,
                             rask_status (*emit)(void *context, const char *statement, int64_t length, int32_t line, rask_error *err),
                             void *context, rask_error *err);
/* A scalar SQL expression (computed columns, call_sql). */
rask_status sql_parse_expression(base_arena *arena, const char *text, int64_t length, expr_node **out, rask_error *err);
/* 1.9 string expressions: a comma-separated list ("word, count(1) as n"), with that language's
 * precedence quirks (reference string_expressions_1.9.tsv). */
rask_status sql_parse_string_expressions(base_arena *arena, const char *text, int64_t length, base_list *out,
                                         rask_error *err);
/* Whether a word is reserved, for quoting identifiers when writing SQL. */
bool sql_is_reserved(const char *word);

#endif
