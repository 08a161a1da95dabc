/* SQL text and 1.9 string expressions -> unresolved plan nodes and statements.  Knows no engine and
 * no catalog: it only makes trees.  Sticky errors: the first one ends the parse, with line, column,
 * the offending text and what was expected (SqlParserException / ExpressionParserException). */
#ifndef SQL_SQL_H
#define SQL_SQL_H

#include "plan/plan.h"

typedef enum sql_statement_kind {
    SQL_QUERY,         /* query */
    SQL_INSERT,        /* query, path, columns, overwrite, partitions */
    SQL_STATEMENT_SET, /* inserts[] */
    SQL_CREATE_TABLE,  /* table, path, if_not_exists; like; query for AS SELECT */
    SQL_CREATE_VIEW,   /* path, columns, query, query_text, temporary, if_not_exists */
    SQL_CREATE_DATABASE,
    SQL_CREATE_CATALOG,
    SQL_CREATE_FUNCTION,
    SQL_DROP_TABLE,
    SQL_DROP_VIEW,
    SQL_DROP_DATABASE,
    SQL_DROP_CATALOG,
    SQL_DROP_FUNCTION,
    SQL_ALTER_TABLE, /* name = what is done: "RENAME TO" (to_path), "RENAME COLUMN" (columns: from,
                      * to), "SET" (options), "RESET" (columns = keys), "ADD"/"MODIFY" (table:
                      * columns, key, watermark), "DROP COLUMN" (columns), "DROP WATERMARK", "DROP
                      * PRIMARY KEY", "DROP CONSTRAINT" (key), ... */
    SQL_ALTER_VIEW,  /* "RENAME TO" (to_path), "AS" (query, query_text) */
    SQL_ALTER_DATABASE, /* "SET" (options) */
    SQL_USE,
    SQL_USE_CATALOG,
    SQL_SHOW,     /* what: name = "TABLES", "VIEWS", "DATABASES", "CATALOGS", "FUNCTIONS", "CURRENT
                     DATABASE", "CREATE TABLE", ... */
    SQL_DESCRIBE, /* path */
    SQL_EXPLAIN,  /* inner[0], details */
    SQL_SET,
    SQL_RESET, /* key, value (NULL = list / all) */
    SQL_OTHER, /* parsed but not supported yet: `name` says what */
    SQL_STATEMENT_KIND_COUNT
} sql_statement_kind;

typedef struct sql_statement sql_statement;
struct sql_statement {
    sql_statement_kind kind;
    const char *name;
    plan_node *query;       /* unresolved */
    const char *query_text; /* CREATE VIEW: the text of the query */
    const char **path;
    int32_t path_count;
    const char **columns;            /* INSERT column list, CREATE VIEW names */
    const expr_place *column_places; /* INSERT */
    int32_t column_count;
    plan_table *table; /* CREATE TABLE: columns, keys, options; owned by the statement's plan */
    const char **like_path; /* CREATE TABLE ... LIKE */
    int32_t like_path_count;
    bool is_temporary, is_system, is_overwrite, is_cascade, is_extended;
    bool if_exists;               /* IF EXISTS, IF NOT EXISTS */
    const char **partition_names; /* INSERT ... PARTITION (k = v) */
    expr_node **partition_values; /* NULL value = dynamic */
    int32_t partition_count;
    /* SET: both; RESET: key; SHOW ... [NOT] LIKE: key "LIKE", "NOT ILIKE", ..., value the pattern;
     * functions: key the class; EXECUTE PLAN, ADD JAR: key the file */
    const char *key, *value;
    const char *language; /* functions: "JAVA" by default */
    const char *comment;  /* databases, catalogs, views, models */
    base_map *options;    /* WITH (...), SET (...), an OPTIONS hint of INSERT; owned by the plan */
    const char **to_path; /* ALTER ... RENAME TO */
    int32_t to_path_count;
    const char **resources; /* CREATE FUNCTION ... USING JAR 'a', JAR 'b' */
    int32_t resource_count;
    sql_statement **inner; /* STATEMENT_SET, EXPLAIN */
    int32_t inner_count;
    const char **details; /* EXPLAIN ESTIMATED_COST, ... */
    int32_t detail_count;
};

/* One statement (a trailing ';' is allowed); nodes go into `p`.  A clause that parses but has no
 * plan yet fails with RASK_ERROR_UNSUPPORTED, naming it. */
rask_status sql_parse_statement(plan *p, const char *text, int64_t length, sql_statement **out,
                                rask_error *err);
/* Splits a script at top-level ';' (quotes and comments respected): `emit` is called with each
 * statement's text and its place. */
rask_status sql_split_script(const char *text, int64_t length,
                             rask_status (*emit)(void *context, const char *statement,
                                                 int64_t length, int32_t line, rask_error *err),
                             void *context, rask_error *err);
/* A scalar SQL expression (computed columns, call_sql); a query inside is refused. */
rask_status sql_parse_expression(base_arena *arena, const char *text, int64_t length,
                                 expr_node **out, rask_error *err);
/* "a.`b c`.d", as table paths are given to the API. */
rask_status sql_parse_path(base_arena *arena, const char *text, int64_t length, const char ***parts,
                           int32_t *count, rask_error *err);
/* 1.9 string expressions: a comma-separated list ("word, count(1) as n"), with that language's
 * precedence quirks (reference string_expressions_1.9.tsv). */
rask_status sql_parse_string_expressions(base_arena *arena, const char *text, int64_t length,
                                         base_list *out, rask_error *err);
/* Whether a word is reserved, for quoting identifiers when writing SQL. */
bool sql_is_reserved(const char *word);

#endif
