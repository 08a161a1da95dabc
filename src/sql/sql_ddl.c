/* CREATE and DROP.
 *
 * What a CREATE TABLE says goes into a plan_table, whose arena also holds the expressions of its
 * columns: the table outlives the statement.  The statement's plan holds the table. */
#include <string.h>

#include "sql/parser.h"

/* ---- pieces ---------------------------------------------------------------------------------- */

bool sql_accept_if_exists(sql_parser *p, bool negated) {
    if (!sql_is(p, KW_IF))
        return false;
    bool is_clause = negated ? sql_token_is(p, sql_ahead(p, 1), KW_NOT)
                             : sql_token_is(p, sql_ahead(p, 1), KW_EXISTS);
    if (!is_clause)
        return false;
    sql_advance(p);
    if (negated)
        sql_expect(p, KW_NOT);
    sql_expect(p, KW_EXISTS);
    return true;
}

/* Calls `put` with each pair of ('k' = 'v', ...). */
static void option_list(sql_parser *p,
                        void (*put)(void *target, const char *key, const char *value),
                        void *target) {
    sql_expect_symbol(p, "(");
    if (sql_accept_symbol(p, ")"))
        return;
    do {
        const char *key = sql_expect_text(p);
        sql_expect_symbol(p, "=");
        const char *value = sql_expect_text(p);
        if (p->status == RASK_OK)
            put(target, key, value);
    } while (sql_accept_symbol(p, ","));
    sql_expect_symbol(p, ")");
}

static void put_in_map(void *target, const char *key, const char *value) {
    sql_map_put(target, key, value);
}

static void put_in_table(void *target, const char *key, const char *value) {
    plan_table_set_option(target, key, value);
}

base_map *sql_options(sql_parser *p) {
    base_map *map = sql_new_map(p);
    option_list(p, put_in_map, map);
    return map;
}

static void accept_comment(sql_parser *p, const char **comment) {
    if (sql_accept(p, KW_COMMENT))
        *comment = sql_expect_text(p);
}

/* ---- columns and keys ------------------------------------------------------------------------ */

typedef struct table_body {
    plan_table *table;
    base_list columns;          /* plan_column */
    base_map *by_name;          /* the same; gone after finish_body */
    base_list bare_names;       /* columns without a type: those of CREATE TABLE ... AS */
    const sql_token *key_token; /* of its first column; the others follow with commas between */
    bool has_key;
} table_body;

/* The second column of a name is refused in Flink's words, by what the two are. */
static void refuse_double(sql_parser *p, const plan_column *a, const plan_column *b,
                          const sql_token *token) {
    bool is_metadata = b->kind == PLAN_COLUMN_METADATA;
    if (a->kind == PLAN_COLUMN_PHYSICAL && b->kind == PLAN_COLUMN_PHYSICAL) {
        sql_reject(p, token, "A regular Column named '%s' already exists in the table.", a->name);
    } else if (a->kind == b->kind) {
        sql_reject(p, token,
                   "A %s column named '%s' already exists in the base table. You might want to "
                   "specify EXCLUDING %s or OVERWRITING %s.",
                   is_metadata ? "metadata" : "generated", a->name,
                   is_metadata ? "METADATA" : "GENERATED", is_metadata ? "METADATA" : "GENERATED");
    } else if (a->kind == PLAN_COLUMN_PHYSICAL || b->kind == PLAN_COLUMN_PHYSICAL) {
        bool either_is_metadata = is_metadata || a->kind == PLAN_COLUMN_METADATA;
        sql_reject(p, token,
                   "A column named '%s' already exists in the table. Duplicate columns exist in "
                   "the %s column and regular column. ",
                   a->name, either_is_metadata ? "metadata" : "compute");
    } else {
        sql_reject(p, token,
                   "A column named '%s' already exists in the base table. %s columns can only "
                   "overwrite other %s columns.",
                   a->name, is_metadata ? "Metadata" : "Generated",
                   is_metadata ? "metadata" : "generated");
    }
}

static void add_column(sql_parser *p, table_body *body, const plan_column *column,
                       const sql_token *token) {
    const plan_column *other = base_map_get(body->by_name, column->name);
    if (other != NULL)
        refuse_double(p, other, column, token);
    plan_column *copy = BASE_ARENA_NEW(p->arena, plan_column);
    *copy = *column;
    base_list_add(p->arena, &body->columns, copy);
    base_map_put(body->by_name, copy->name, copy);
}

/* PK_a_b */
static const char *default_key_name(sql_parser *p, const base_list *columns) {
    base_strbuf name;
    base_strbuf_init(&name, INT32_MAX);
    base_strbuf_add_text(&name, "PK");
    for (int32_t i = 0; i < columns->count; i++)
        base_strbuf_printf(&name, "_%s", (const char *)columns->items[i]);
    const char *copy = base_arena_strdup(p->arena, name.data);
    base_strbuf_free(&name);
    return copy;
}

/* [ENFORCED | NOT ENFORCED] behind a key. */
static void enforcement(sql_parser *p, const sql_token *token) {
    bool is_not_enforced = sql_accept_two(p, KW_NOT, KW_ENFORCED);
    if (is_not_enforced)
        return;
    sql_accept(p, KW_ENFORCED);
    sql_reject(p, token,
               "Flink doesn't support ENFORCED mode for PRIMARY KEY constraint. ENFORCED/NOT "
               "ENFORCED controls if the constraint checks are performed on the "
               "incoming/outgoing data. Flink does not own the data therefore the only supported "
               "mode is the NOT ENFORCED mode");
}

static void set_key(sql_parser *p, table_body *body, const char *name, const base_list *columns,
                    const sql_token *token, const sql_token *first_column) {
    if (body->has_key)
        sql_reject(p, token, "Duplicate primary key definition");
    enforcement(p, token);
    body->has_key = true;
    body->key_token = first_column;
    body->table->primary_key = sql_strings(p->arena, columns);
    body->table->primary_key_count = columns->count;
    body->table->primary_key_name = name != NULL ? name : default_key_name(p, columns);
}

/* PRIMARY KEY or UNIQUE behind a column. */
static void column_constraint(sql_parser *p, table_body *body, const char *column) {
    const sql_token *token = sql_now(p);
    const char *name = NULL;
    if (sql_accept(p, KW_CONSTRAINT))
        name = sql_expect_name(p);
    if (sql_accept_two(p, KW_PRIMARY, KW_KEY)) {
        base_list columns = {0};
        base_list_add(p->arena, &columns, (void *)column);
        set_key(p, body, name, &columns, token, token);
    } else if (sql_accept(p, KW_UNIQUE)) {
        sql_reject(p, token, "UNIQUE constraint is not supported yet");
    } else if (name != NULL) {
        sql_unexpected(p);
    }
}

/* [CONSTRAINT name] PRIMARY KEY (a, b) NOT ENFORCED; false when there is none. */
static bool table_constraint(sql_parser *p, table_body *body) {
    const sql_token *token = sql_now(p);
    const char *name = NULL;
    base_list columns = {0};
    bool has_name = sql_accept(p, KW_CONSTRAINT);
    if (has_name)
        name = sql_expect_name(p);
    if (sql_accept(p, KW_PRIMARY)) {
        sql_expect(p, KW_KEY);
        const sql_token *first_column = sql_ahead(p, 1);
        sql_name_list(p, &columns);
        set_key(p, body, name, &columns, token, first_column);
    } else if (sql_accept(p, KW_UNIQUE)) {
        sql_name_list(p, &columns);
        sql_accept(p, KW_NOT);
        sql_accept(p, KW_ENFORCED);
        sql_reject(p, token, "UNIQUE constraint is not supported yet");
    } else {
        if (has_name)
            sql_unexpected(p);
        return has_name;
    }
    return true;
}

/* WATERMARK FOR a AS expression; false when there is none. */
static bool watermark(sql_parser *p, table_body *body) {
    const sql_token *token = sql_now(p);
    if (!sql_accept(p, KW_WATERMARK))
        return false;
    if (body->table->watermark_column != NULL)
        sql_refuse(p, token, "Multiple WATERMARK declarations are not supported yet.");
    sql_expect(p, KW_FOR);
    int32_t first = p->at;
    const char *column = sql_expect_dotted(p);
    if (p->at > first + 1)
        sql_reject(p, token,
                   "Invalid column name '%s' for rowtime attribute in watermark declaration.",
                   column);
    sql_expect(p, KW_AS);
    int32_t start = p->at;
    body->table->watermark_column = column;
    body->table->watermark = sql_expression(p);
    body->table->watermark_text = sql_canonical(p, start);
    return true;
}

/* METADATA [FROM 'key'] [VIRTUAL] */
static void metadata(sql_parser *p, plan_column *column) {
    if (!sql_accept(p, KW_METADATA))
        return;
    column->kind = PLAN_COLUMN_METADATA;
    if (sql_accept(p, KW_FROM))
        column->metadata_key = sql_expect_text(p);
    column->is_virtual = sql_accept(p, KW_VIRTUAL);
}

static bool ends_column(sql_parser *p) {
    return sql_is_symbol(p, ",") || sql_is_symbol(p, ")");
}

/* name type ..., name AS expression, or (for AS SELECT) a name alone. */
static void column(sql_parser *p, table_body *body) {
    const sql_token *token = sql_now(p);
    plan_column column = {.name = sql_expect_name(p)};
    if (sql_accept(p, KW_AS)) {
        int32_t start = p->at;
        column.kind = PLAN_COLUMN_COMPUTED;
        column.expression = sql_expression(p);
        column.expression_text = sql_canonical(p, start);
    } else if (ends_column(p)) {
        base_list_add(p->arena, &body->bare_names, (void *)column.name);
        return;
    } else {
        column.type = sql_type_nullable(p);
        column_constraint(p, body, column.name);
        metadata(p, &column);
    }
    accept_comment(p, &column.comment);
    add_column(p, body, &column, token);
}

static void element(sql_parser *p, table_body *body) {
    if (!table_constraint(p, body) && !watermark(p, body))
        column(p, body);
}

/* Behind the opening parenthesis. */
static void elements(sql_parser *p, table_body *body) {
    do
        element(p, body);
    while (sql_accept_symbol(p, ","));
    sql_expect_symbol(p, ")");
}

/* Column `i` of the key; its name is token number 2 * i from the first. */
static void check_key_column(sql_parser *p, const table_body *body, int32_t i, bool is_complete,
                             base_map *seen) {
    const plan_table *table = body->table;
    const char *name = table->primary_key[i];
    const sql_token *token = body->key_token + 2 * i;
    plan_column *column = base_map_get(body->by_name, name);
    if (base_map_has(seen, name))
        sql_reject(p, token,
                   "Invalid primary key '%s'. A primary key must not contain duplicate "
                   "columns. Found: [%s]",
                   table->primary_key_name, name);
    base_map_put(seen, name, seen);
    if (column == NULL && is_complete)
        sql_reject(p, token,
                   "Primary key column '%s' is not defined in the schema at line %d, column %d",
                   name, token->line, token->column);
    if (column == NULL)
        return;
    if (column->kind != PLAN_COLUMN_PHYSICAL)
        sql_reject(p, token,
                   "Could not create a PRIMARY KEY with column '%s' at line %d, column %d.\nA "
                   "PRIMARY KEY constraint must be declared on physical columns.",
                   name, token->line, token->column);
    else
        column->type = data_type_with_null(column->type, false); /* a key is never null */
}

/* 'a', 'b' */
static const char *column_names(sql_parser *p, const table_body *body) {
    base_strbuf names;
    base_strbuf_init(&names, (int64_t)sizeof p->invalid.message);
    for (int32_t i = 0; i < body->columns.count; i++)
        base_strbuf_printf(&names, "%s'%s'", i > 0 ? ", " : "",
                           ((const plan_column *)body->columns.items[i])->name);
    const char *copy = base_arena_strdup(p->arena, names.data);
    base_strbuf_free(&names);
    return copy;
}

static void finish_body(sql_parser *p, table_body *body, bool is_complete) {
    plan_table *table = body->table;
    base_map *seen = base_map_new(NULL);
    for (int32_t i = 0; i < table->primary_key_count && p->status == RASK_OK; i++)
        check_key_column(p, body, i, is_complete, seen);
    base_map_free(seen);
    for (int32_t i = 0; i < table->partition_key_count && is_complete; i++)
        if (!base_map_has(body->by_name, table->partition_keys[i]))
            sql_reject(p, sql_now(p),
                       "Partition column '%s' not defined in the table schema. Available "
                       "columns: [%s]",
                       table->partition_keys[i], column_names(p, body));
    table->columns = BASE_ARENA_ARRAY(table->arena, plan_column, body->columns.count + 1);
    for (int32_t i = 0; i < body->columns.count; i++)
        table->columns[i] = *(plan_column *)body->columns.items[i];
    table->column_count = body->columns.count;
    base_map_free(body->by_name);
}

/* ---- CREATE TABLE ---------------------------------------------------------------------------- */

/* A table for the statement to fill, held by its plan.  Expressions go into the table's arena until
 * the caller puts p->arena back. */
static table_body open_table(sql_parser *p, sql_statement *statement) {
    plan_table *table = plan_table_new();
    statement->table = plan_hold_table(p->plan, table);
    p->arena = table->arena;
    p->in_statement_body = true;
    return (table_body){.table = table, .by_name = base_map_new(NULL)};
}

static void close_table(sql_parser *p) {
    p->arena = p->home;
    p->in_statement_body = false;
}

/* BY [HASH | RANGE] (a, b) [INTO n BUCKETS], or INTO n BUCKETS: behind DISTRIBUTED. */
static void distribution(sql_parser *p, const sql_token *token) {
    const char *name;
    base_list columns = {0};
    sql_unsupported(p, token, "DISTRIBUTED BY");
    bool has_by = sql_accept(p, KW_BY);
    if (has_by) {
        if (!sql_is_symbol(p, "(") && !sql_accept(p, KW_HASH) && !sql_accept(p, KW_RANGE) &&
            !sql_accept_name(p, &name))
            sql_unexpected(p);
        sql_name_list(p, &columns);
    }
    if (has_by ? sql_accept(p, KW_INTO) : (sql_expect(p, KW_INTO), true)) {
        sql_expect_integer(p);
        sql_expect(p, KW_BUCKETS);
    }
}

/* LIKE path [(INCLUDING ALL ...)] */
static void like_clause(sql_parser *p, sql_statement *statement) {
    statement->like_path = sql_expect_path(p, &statement->like_path_count);
    const sql_token *token = sql_now(p);
    if (!sql_accept_symbol(p, "("))
        return;
    sql_unsupported(p, token, "LIKE with options");
    while (p->status == RASK_OK && !sql_accept_symbol(p, ")")) {
        if (SQL_ONE_OF(p, KW_INCLUDING, KW_EXCLUDING, KW_OVERWRITING) == SQL_KEYWORD_COUNT ||
            SQL_ONE_OF(p, KW_ALL, KW_CONSTRAINTS, KW_DISTRIBUTION, KW_GENERATED, KW_METADATA,
                       KW_OPTIONS, KW_PARTITIONS, KW_WATERMARKS) == SQL_KEYWORD_COUNT)
            sql_unexpected(p);
    }
}

static void as_query(sql_parser *p, sql_statement *statement) {
    int32_t start = p->at;
    statement->query = sql_query(p);
    statement->query_text = sql_source(p, start);
}

static void table_clauses(sql_parser *p, table_body *body) {
    plan_table *table = body->table;
    base_list keys = {0};
    accept_comment(p, &table->comment);
    const sql_token *token = sql_now(p);
    if (sql_accept(p, KW_DISTRIBUTED))
        distribution(p, token);
    if (sql_accept(p, KW_PARTITIONED)) {
        sql_expect(p, KW_BY);
        sql_name_list(p, &keys);
        table->partition_keys = sql_strings(p->arena, &keys);
        table->partition_key_count = keys.count;
    }
    if (sql_accept(p, KW_WITH))
        option_list(p, put_in_table, table);
}

/* Behind TABLE. */
static void create_table(sql_parser *p, sql_statement *statement) {
    statement->kind = SQL_CREATE_TABLE;
    statement->name = "CREATE TABLE";
    statement->if_exists = sql_accept_if_exists(p, true);
    const sql_token *token = sql_now(p);
    statement->path = sql_expect_path(p, &statement->path_count);
    if (statement->path_count > 3)
        sql_reject(p, token, "Object identifier must consist of 1 to 3 parts.");
    table_body body = open_table(p, statement);
    bool has_elements = sql_accept_symbol(p, "(");
    if (has_elements)
        elements(p, &body);
    table_clauses(p, &body);
    close_table(p);
    if (sql_accept(p, KW_LIKE))
        like_clause(p, statement);
    else if (sql_accept(p, KW_AS))
        as_query(p, statement);
    bool is_complete = statement->like_path_count == 0 && statement->query == NULL;
    if (body.bare_names.count > 0 && statement->query == NULL)
        sql_refuse(p, token,
                   "Columns identifiers without types in the schema are supported on CTAS/RTAS "
                   "statements only.");
    if (body.bare_names.count > 0)
        sql_unsupported(p, token, "CREATE TABLE ... AS with reordered columns");
    p->arena = body.table->arena;
    finish_body(p, &body, is_complete);
    p->arena = p->home;
}

/* ---- the other objects ----------------------------------------------------------------------- */

static void create_view(sql_parser *p, sql_statement *statement) {
    base_list columns = {0};
    statement->kind = SQL_CREATE_VIEW;
    statement->name = "CREATE VIEW";
    statement->if_exists = sql_accept_if_exists(p, true);
    statement->path = sql_expect_path(p, &statement->path_count);
    if (sql_is_symbol(p, "("))
        sql_name_list(p, &columns);
    statement->columns = sql_strings(p->home, &columns);
    statement->column_count = columns.count;
    accept_comment(p, &statement->comment);
    sql_expect(p, KW_AS);
    as_query(p, statement);
}

static void create_database(sql_parser *p, sql_statement *statement) {
    statement->kind = SQL_CREATE_DATABASE;
    statement->name = "CREATE DATABASE";
    statement->if_exists = sql_accept_if_exists(p, true);
    statement->path = sql_expect_path(p, &statement->path_count);
    accept_comment(p, &statement->comment);
    if (sql_accept(p, KW_WITH))
        statement->options = sql_options(p);
}

static void one_name(sql_parser *p, sql_statement *statement) {
    base_list name = {0};
    base_list_add(p->home, &name, (void *)sql_expect_name(p));
    statement->path = sql_strings(p->home, &name);
    statement->path_count = 1;
}

static void create_catalog(sql_parser *p, sql_statement *statement) {
    statement->kind = SQL_CREATE_CATALOG;
    statement->name = "CREATE CATALOG";
    statement->if_exists = sql_accept_if_exists(p, true);
    one_name(p, statement);
    accept_comment(p, &statement->comment);
    if (sql_accept(p, KW_WITH))
        statement->options = sql_options(p);
}

/* LANGUAGE word, JAVA when it is left out. */
static void function_language(sql_parser *p, sql_statement *statement) {
    statement->language = "JAVA";
    if (!sql_accept(p, KW_LANGUAGE))
        return;
    sql_keyword word = SQL_ONE_OF(p, KW_JAVA, KW_SCALA, KW_PYTHON);
    const char *other;
    const sql_token *token = sql_now(p);
    if (word != SQL_KEYWORD_COUNT)
        statement->language = sql_keyword_name(word);
    else if (sql_accept(p, KW_SQL) || sql_accept_name(p, &other))
        sql_reject(p, token, "Unrecognized function language string %.*s", token->length,
                   p->tokens.text + token->offset);
    else
        sql_unexpected(p);
}

static void create_function(sql_parser *p, sql_statement *statement) {
    base_list resources = {0};
    statement->kind = SQL_CREATE_FUNCTION;
    statement->name = "CREATE FUNCTION";
    statement->if_exists = sql_accept_if_exists(p, true);
    statement->path = sql_expect_path(p, &statement->path_count);
    sql_expect(p, KW_AS);
    statement->key = sql_expect_text(p);
    function_language(p, statement);
    if (sql_accept(p, KW_USING))
        do {
            if (SQL_ONE_OF(p, KW_JAR, KW_ARTIFACT) == SQL_KEYWORD_COUNT)
                sql_unexpected(p);
            base_list_add(p->home, &resources, (void *)sql_expect_text(p));
        } while (sql_accept_symbol(p, ","));
    if (sql_accept(p, KW_WITH))
        statement->options = sql_options(p);
    statement->resources = sql_strings(p->home, &resources);
    statement->resource_count = resources.count;
}

/* INPUT (a INT) and OUTPUT (b STRING) of a model. */
static void model_columns(sql_parser *p) {
    sql_expect_symbol(p, "(");
    do {
        const char *comment;
        sql_expect_name(p);
        sql_type_nullable(p);
        accept_comment(p, &comment);
    } while (sql_accept_symbol(p, ","));
    sql_expect_symbol(p, ")");
}

static void create_model(sql_parser *p, sql_statement *statement) {
    statement->if_exists = sql_accept_if_exists(p, true);
    statement->path = sql_expect_path(p, &statement->path_count);
    if (sql_accept(p, KW_INPUT))
        model_columns(p);
    if (sql_accept(p, KW_OUTPUT))
        model_columns(p);
    accept_comment(p, &statement->comment);
    if (sql_accept(p, KW_WITH))
        statement->options = sql_options(p);
    if (sql_accept(p, KW_AS))
        as_query(p, statement);
    sql_other(statement, "CREATE MODEL");
}

static void create_connection(sql_parser *p, sql_statement *statement) {
    statement->if_exists = sql_accept_if_exists(p, true);
    statement->path = sql_expect_path(p, &statement->path_count);
    accept_comment(p, &statement->comment);
    if (sql_accept(p, KW_WITH))
        statement->options = sql_options(p);
    sql_other(statement, "CREATE CONNECTION");
}

/* START_MODE = FROM_BEGINNING | FROM_TIMESTAMP(...) | ... */
static void start_mode(sql_parser *p) {
    base_list args = {0};
    sql_expect_symbol(p, "=");
    sql_keyword mode =
        SQL_ONE_OF(p, KW_FROM_BEGINNING, KW_FROM_NOW, KW_FROM_TIMESTAMP,
                   KW_RESUME_OR_FROM_BEGINNING, KW_RESUME_OR_FROM_NOW, KW_RESUME_OR_FROM_TIMESTAMP);
    if (mode == SQL_KEYWORD_COUNT)
        sql_unexpected(p);
    if (sql_accept_symbol(p, "("))
        sql_parenthesised(p, &args);
}

static void materialized_clauses(sql_parser *p, table_body *body) {
    table_clauses(p, body);
    if (sql_accept(p, KW_START_MODE))
        start_mode(p);
    if (sql_accept(p, KW_FRESHNESS)) {
        sql_expect_symbol(p, "=");
        if (!sql_is(p, KW_INTERVAL))
            sql_unexpected(p);
        sql_expression(p);
    }
    if (sql_accept(p, KW_REFRESH_MODE)) {
        sql_expect_symbol(p, "=");
        if (SQL_ONE_OF(p, KW_FULL, KW_CONTINUOUS) == SQL_KEYWORD_COUNT)
            sql_unexpected(p);
    }
}

/* Behind MATERIALIZED. */
static void create_materialized_table(sql_parser *p, sql_statement *statement) {
    const char *unsupported = p->unsupported;
    sql_expect(p, KW_TABLE);
    statement->if_exists = sql_accept_if_exists(p, true);
    statement->path = sql_expect_path(p, &statement->path_count);
    table_body body = open_table(p, statement);
    if (sql_accept_symbol(p, "("))
        elements(p, &body);
    materialized_clauses(p, &body);
    finish_body(p, &body, false);
    close_table(p);
    sql_expect(p, KW_AS);
    as_query(p, statement);
    p->unsupported = unsupported; /* the statement as a whole is */
    sql_other(statement, "CREATE MATERIALIZED TABLE");
}

/* REPLACE TABLE ... AS, also behind CREATE OR. */
void sql_replace(sql_parser *p, sql_statement *statement) {
    const char *unsupported = p->unsupported;
    sql_expect(p, KW_TABLE);
    create_table(p, statement);
    if (statement->query == NULL)
        sql_unexpected(p);
    p->unsupported = unsupported;
    sql_other(statement, "REPLACE TABLE AS");
}

static const struct {
    sql_keyword keyword;
    sql_statement_parser parse;
} creatable[] = {{KW_TABLE, create_table},           {KW_VIEW, create_view},
                 {KW_DATABASE, create_database},     {KW_CATALOG, create_catalog},
                 {KW_FUNCTION, create_function},     {KW_MODEL, create_model},
                 {KW_CONNECTION, create_connection}, {KW_MATERIALIZED, create_materialized_table}};

/* [TEMPORARY [SYSTEM]] in front of the kind of object. */
static void temporary(sql_parser *p, sql_statement *statement) {
    const sql_token *token = sql_now(p);
    statement->is_temporary = sql_accept(p, KW_TEMPORARY);
    statement->is_system = sql_accept(p, KW_SYSTEM);
    if (!statement->is_system)
        return;
    if (!sql_is(p, KW_FUNCTION))
        sql_unexpected(p);
    else if (!statement->is_temporary)
        sql_refuse(p, token,
                   "CREATE SYSTEM FUNCTION is not supported, system functions can only be "
                   "registered as temporary functions, you can use CREATE TEMPORARY SYSTEM "
                   "FUNCTION instead.");
}

void sql_create(sql_parser *p, sql_statement *statement) {
    if (sql_accept(p, KW_OR)) {
        if (sql_accept(p, KW_ALTER)) {
            sql_expect(p, KW_MATERIALIZED);
            create_materialized_table(p, statement);
            sql_other(statement, "CREATE OR ALTER MATERIALIZED TABLE");
            return;
        }
        sql_expect(p, KW_REPLACE);
        if (sql_is(p, KW_TABLE)) {
            sql_replace(p, statement);
            return;
        }
    }
    temporary(p, statement);
    for (size_t i = 0; i < sizeof creatable / sizeof *creatable; i++)
        if (sql_accept(p, creatable[i].keyword)) {
            creatable[i].parse(p, statement);
            return;
        }
    sql_unexpected(p);
}

/* ---- DROP ------------------------------------------------------------------------------------ */

static const struct {
    sql_keyword keyword;
    sql_statement_kind kind;
    const char *name;
} droppable[] = {{KW_TABLE, SQL_DROP_TABLE, "DROP TABLE"},
                 {KW_VIEW, SQL_DROP_VIEW, "DROP VIEW"},
                 {KW_DATABASE, SQL_DROP_DATABASE, "DROP DATABASE"},
                 {KW_CATALOG, SQL_DROP_CATALOG, "DROP CATALOG"},
                 {KW_FUNCTION, SQL_DROP_FUNCTION, "DROP FUNCTION"},
                 {KW_MODEL, SQL_OTHER, "DROP MODEL"},
                 {KW_CONNECTION, SQL_OTHER, "DROP CONNECTION"},
                 {KW_MATERIALIZED, SQL_OTHER, "DROP MATERIALIZED TABLE"}};

void sql_drop(sql_parser *p, sql_statement *statement) {
    size_t row = 0, count = sizeof droppable / sizeof *droppable;
    statement->is_temporary = sql_accept(p, KW_TEMPORARY);
    statement->is_system = sql_accept(p, KW_SYSTEM);
    if (statement->is_system && !sql_is(p, KW_FUNCTION))
        sql_unexpected(p);
    while (row < count && !sql_accept(p, droppable[row].keyword))
        row++;
    if (row == count) {
        sql_unexpected(p);
        return;
    }
    if (droppable[row].keyword == KW_MATERIALIZED)
        sql_expect(p, KW_TABLE);
    statement->kind = droppable[row].kind;
    statement->name = droppable[row].name;
    statement->if_exists = sql_accept_if_exists(p, false);
    if (statement->kind == SQL_DROP_CATALOG)
        one_name(p, statement);
    else
        statement->path = sql_expect_path(p, &statement->path_count);
    if (statement->kind == SQL_DROP_DATABASE)
        statement->is_cascade = SQL_ONE_OF(p, KW_RESTRICT, KW_CASCADE) == KW_CASCADE;
}

/* ---- for ALTER TABLE ------------------------------------------------------------------------- */

/* [FIRST | AFTER column] behind an added column. */
static void column_place(sql_parser *p) {
    const sql_token *token = sql_now(p);
    sql_keyword word = SQL_ONE_OF(p, KW_FIRST, KW_AFTER);
    if (word == SQL_KEYWORD_COUNT)
        return;
    sql_unsupported(p, token, "A place for a column, FIRST or AFTER,");
    if (word == KW_AFTER)
        sql_expect_name(p);
}

void sql_alter_elements(sql_parser *p, sql_statement *statement) {
    table_body body = open_table(p, statement);
    bool is_list = sql_accept_symbol(p, "(");
    do {
        element(p, &body);
        column_place(p);
    } while (is_list && sql_accept_symbol(p, ","));
    if (is_list)
        sql_expect_symbol(p, ")");
    finish_body(p, &body, false);
    close_table(p);
}
