/* ALTER: a table of objects, and for each a table of what can be done to it.
 *
 * ALTER TABLE, VIEW and DATABASE have statement kinds of their own, with `name` saying what is
 * done; the others are SQL_OTHER. */
#include "sql/parser.h"

typedef struct alter_row {
    sql_keyword words[3];
    int32_t kept; /* words at the end that `parse` reads again */
    const char *name;
    sql_statement_parser parse; /* behind the words; NULL = nothing follows */
} alter_row;

/* ---- what is done ---------------------------------------------------------------------------- */

static void keys(sql_parser *p, sql_statement *statement) {
    base_list list = {0};
    sql_expect_symbol(p, "(");
    do
        base_list_add(p->home, &list, (void *)sql_expect_text(p));
    while (sql_accept_symbol(p, ","));
    sql_expect_symbol(p, ")");
    statement->columns = sql_strings(p->home, &list);
    statement->column_count = list.count;
}

static void options(sql_parser *p, sql_statement *statement) {
    statement->options = sql_options(p);
}

static void rename_to(sql_parser *p, sql_statement *statement) {
    statement->to_path = sql_expect_path(p, &statement->to_path_count);
}

/* RENAME a TO b, or RENAME TO t. */
static void rename_column(sql_parser *p, sql_statement *statement) {
    base_list names = {0};
    base_list_add(p->home, &names, (void *)sql_expect_name(p));
    sql_expect(p, KW_TO);
    base_list_add(p->home, &names, (void *)sql_expect_name(p));
    statement->columns = sql_strings(p->home, &names);
    statement->column_count = names.count;
}

static void columns(sql_parser *p, sql_statement *statement) {
    base_list names = {0};
    if (sql_is_symbol(p, "("))
        sql_name_list(p, &names);
    else
        base_list_add(p->home, &names, (void *)sql_expect_name(p));
    statement->columns = sql_strings(p->home, &names);
    statement->column_count = names.count;
}

static void constraint(sql_parser *p, sql_statement *statement) {
    statement->key = sql_expect_name(p);
}

/* [IF NOT EXISTS] PARTITION (...) [WITH (...)] ... */
static void add_partitions(sql_parser *p, sql_statement *statement) {
    statement->if_exists = sql_accept_if_exists(p, true);
    sql_expect(p, KW_PARTITION);
    do {
        sql_partition(p, statement, true);
        if (sql_accept(p, KW_WITH))
            statement->options = sql_options(p);
    } while (sql_accept(p, KW_PARTITION));
}

/* [IF EXISTS] PARTITION (...), PARTITION (...) */
static void drop_partitions(sql_parser *p, sql_statement *statement) {
    statement->if_exists = sql_accept_if_exists(p, false);
    do {
        sql_expect(p, KW_PARTITION);
        sql_partition(p, statement, true);
    } while (sql_accept_symbol(p, ","));
}

/* BY [HASH | RANGE] (a) [INTO n BUCKETS] | INTO n BUCKETS */
static void distribution(sql_parser *p, sql_statement *statement) {
    base_list names = {0};
    const char *kind;
    (void)statement;
    if (sql_accept(p, KW_BY)) {
        if (!sql_accept(p, KW_HASH) && !sql_accept(p, KW_RANGE))
            sql_accept_name(p, &kind);
        sql_name_list(p, &names);
        if (!sql_is(p, KW_INTO))
            return;
    }
    sql_expect(p, KW_INTO);
    sql_expect_integer(p);
    sql_expect(p, KW_BUCKETS);
}

static void comment(sql_parser *p, sql_statement *statement) {
    statement->comment = sql_expect_text(p);
}

static void query(sql_parser *p, sql_statement *statement) {
    int32_t first = p->at;
    statement->query = sql_query(p);
    statement->query_text = sql_source(p, first);
}

static void freshness(sql_parser *p, sql_statement *statement) {
    (void)statement;
    sql_expect_symbol(p, "=");
    if (!sql_is(p, KW_INTERVAL))
        sql_unexpected(p);
    sql_expression(p);
}

static void refresh_mode(sql_parser *p, sql_statement *statement) {
    (void)statement;
    sql_expect_symbol(p, "=");
    if (SQL_ONE_OF(p, KW_FULL, KW_CONTINUOUS) == SQL_KEYWORD_COUNT)
        sql_unexpected(p);
}

static void resume(sql_parser *p, sql_statement *statement) {
    if (sql_accept(p, KW_WITH))
        statement->options = sql_options(p);
}

static void refresh(sql_parser *p, sql_statement *statement) {
    if (sql_accept(p, KW_PARTITION))
        sql_partition(p, statement, true);
}

/* 'class' [LANGUAGE x] */
static void function_class(sql_parser *p, sql_statement *statement) {
    const char *other;
    statement->key = sql_expect_text(p);
    statement->language = "JAVA";
    if (!sql_accept(p, KW_LANGUAGE))
        return;
    sql_keyword word = SQL_ONE_OF(p, KW_JAVA, KW_SCALA, KW_PYTHON);
    if (word != SQL_KEYWORD_COUNT)
        statement->language = sql_keyword_name(word);
    else if (!sql_accept_name(p, &other))
        sql_unexpected(p);
}

/* ---- objects --------------------------------------------------------------------------------- */

/* In each list a longer row stands before one that starts it. */
static const alter_row table_rows[] = {
    {{KW_RENAME, KW_TO}, 0, "RENAME TO", rename_to},
    {{KW_RENAME}, 0, "RENAME COLUMN", rename_column},
    {{KW_SET}, 0, "SET", options},
    {{KW_RESET}, 0, "RESET", keys},
    {{KW_ADD, KW_DISTRIBUTION}, 0, "ADD DISTRIBUTION", distribution},
    {{KW_ADD, KW_IF}, 1, "ADD PARTITION", add_partitions},
    {{KW_ADD, KW_PARTITION}, 1, "ADD PARTITION", add_partitions},
    {{KW_ADD}, 0, "ADD", sql_alter_elements},
    {{KW_MODIFY, KW_DISTRIBUTION}, 0, "MODIFY DISTRIBUTION", distribution},
    {{KW_MODIFY}, 0, "MODIFY", sql_alter_elements},
    {{KW_DROP, KW_IF}, 1, "DROP PARTITION", drop_partitions},
    {{KW_DROP, KW_PARTITION}, 1, "DROP PARTITION", drop_partitions},
    {{KW_DROP, KW_WATERMARK}, 0, "DROP WATERMARK", NULL},
    {{KW_DROP, KW_PRIMARY, KW_KEY}, 0, "DROP PRIMARY KEY", NULL},
    {{KW_DROP, KW_CONSTRAINT}, 0, "DROP CONSTRAINT", constraint},
    {{KW_DROP, KW_DISTRIBUTION}, 0, "DROP DISTRIBUTION", NULL},
    {{KW_DROP}, 0, "DROP COLUMN", columns},
    {{0}}};
static const alter_row view_rows[] = {
    {{KW_RENAME, KW_TO}, 0, "RENAME TO", rename_to}, {{KW_AS}, 0, "AS", query}, {{0}}};
static const alter_row database_rows[] = {{{KW_SET}, 0, "SET", options}, {{0}}};
static const alter_row catalog_rows[] = {{{KW_SET}, 0, "SET", options},
                                         {{KW_RESET}, 0, "RESET", keys},
                                         {{KW_COMMENT}, 0, "COMMENT", comment},
                                         {{0}}};
static const alter_row function_rows[] = {{{KW_AS}, 0, "AS", function_class}, {{0}}};
static const alter_row model_rows[] = {{{KW_RENAME, KW_TO}, 0, "RENAME TO", rename_to},
                                       {{KW_SET}, 0, "SET", options},
                                       {{KW_RESET}, 0, "RESET", keys},
                                       {{0}}};
static const alter_row materialized_rows[] = {
    {{KW_SUSPEND}, 0, "SUSPEND", NULL},
    {{KW_RESUME}, 0, "RESUME", resume},
    {{KW_REFRESH}, 0, "REFRESH", refresh},
    {{KW_SET, KW_FRESHNESS}, 0, "SET FRESHNESS", freshness},
    {{KW_SET, KW_REFRESH_MODE}, 0, "SET REFRESH_MODE", refresh_mode},
    {{KW_SET}, 0, "SET", options},
    {{KW_RESET}, 0, "RESET", keys},
    {{KW_AS}, 0, "AS", query},
    {{KW_ADD}, 0, "ADD", sql_alter_elements},
    {{KW_MODIFY}, 0, "MODIFY", sql_alter_elements},
    {{KW_DROP}, 0, "DROP COLUMN", columns},
    {{0}}};

static const struct {
    sql_keyword words[2];
    sql_statement_kind kind;
    const char *name;
    const alter_row *rows;
} objects[] = {
    {{KW_TABLE}, SQL_ALTER_TABLE, "ALTER TABLE", table_rows},
    {{KW_VIEW}, SQL_ALTER_VIEW, "ALTER VIEW", view_rows},
    {{KW_DATABASE}, SQL_ALTER_DATABASE, "ALTER DATABASE", database_rows},
    {{KW_CATALOG}, SQL_OTHER, "ALTER CATALOG", catalog_rows},
    {{KW_FUNCTION}, SQL_OTHER, "ALTER FUNCTION", function_rows},
    {{KW_MODEL}, SQL_OTHER, "ALTER MODEL", model_rows},
    {{KW_CONNECTION}, SQL_OTHER, "ALTER CONNECTION", model_rows},
    {{KW_MATERIALIZED, KW_TABLE}, SQL_OTHER, "ALTER MATERIALIZED TABLE", materialized_rows}};

/* Whether the words of the row follow; those it keeps are looked at but not consumed. */
static bool accept_row(sql_parser *p, const alter_row *row) {
    int32_t count = 0;
    if (!sql_is(p, row->words[0]))
        return false;
    for (; count < 3 && row->words[count] != 0; count++)
        if (!sql_token_is(p, sql_ahead(p, count), row->words[count]))
            return false;
    for (int32_t i = 0; i < count - row->kept; i++)
        sql_advance(p);
    return true;
}

static void alter_object(sql_parser *p, sql_statement *statement, const alter_row *rows) {
    if (statement->kind == SQL_ALTER_TABLE || rows == function_rows || rows == model_rows)
        statement->if_exists = sql_accept_if_exists(p, false);
    statement->path = sql_expect_path(p, &statement->path_count);
    for (const alter_row *row = rows; row->name != NULL; row++)
        if (accept_row(p, row)) {
            if (statement->kind != SQL_OTHER)
                statement->name = row->name;
            if (row->parse != NULL)
                row->parse(p, statement);
            return;
        }
    sql_unexpected(p);
}

void sql_alter(sql_parser *p, sql_statement *statement) {
    statement->is_temporary = sql_accept(p, KW_TEMPORARY);
    statement->is_system = statement->is_temporary && sql_accept(p, KW_SYSTEM);
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        if (!sql_accept(p, objects[i].words[0]))
            continue;
        if (objects[i].words[1] != 0)
            sql_expect(p, objects[i].words[1]);
        statement->kind = objects[i].kind;
        statement->name = objects[i].name;
        alter_object(p, statement, objects[i].rows);
        return;
    }
    sql_unexpected(p);
}
