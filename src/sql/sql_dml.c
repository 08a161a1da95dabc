/* Statements that write: INSERT, statement sets, and the row-level ones (parsed, not run yet). */
#include "sql/parser.h"

/* ---- pieces ---------------------------------------------------------------------------------- */

/* The value of a partition column: a literal. */
static expr_node *partition_value(sql_parser *p) {
    int32_t first = p->at;
    bool is_negative = sql_accept_symbol(p, "-");
    const sql_token *token = sql_now(p);
    bool is_number = token->kind == SQL_TOKEN_INTEGER || token->kind == SQL_TOKEN_DECIMAL ||
                     token->kind == SQL_TOKEN_APPROXIMATE;
    expr_node *value = NULL;
    if (is_number)
        value = sql_number(p, first, is_negative);
    else if (!is_negative)
        value = sql_literal(p);
    if (value == NULL) {
        sql_expecting(p, "<LITERAL>");
        sql_unexpected(p);
    }
    return value;
}

void sql_partition(sql_parser *p, sql_statement *statement, bool needs_values) {
    base_list names = {0}, values = {0};
    sql_expect_symbol(p, "(");
    do {
        base_list_add(p->arena, &names, (void *)sql_expect_name(p));
        bool has_value = needs_values || sql_is_symbol(p, "=");
        if (has_value)
            sql_expect_symbol(p, "=");
        base_list_add(p->arena, &values, has_value ? partition_value(p) : NULL);
    } while (sql_accept_symbol(p, ","));
    sql_expect_symbol(p, ")");
    statement->partition_names = sql_strings(p->arena, &names);
    statement->partition_values = sql_exprs(p, &values);
    statement->partition_count = names.count;
}

/* "(a, b)"; Flink knows no nested target columns. */
static void target_columns(sql_parser *p, sql_statement *statement) {
    base_list names = {0};
    int32_t names_at = p->at + 1;
    sql_expect_symbol(p, "(");
    do {
        const sql_token *token = sql_now(p);
        int32_t first = p->at;
        base_list_add(p->arena, &names, (void *)sql_expect_name(p));
        while (sql_accept_symbol(p, "."))
            sql_expect_name(p);
        if (p->at > first + 1)
            sql_invalid(p, token, sql_now(p) - 1, "Unknown target column '%s'",
                        sql_source(p, first));
    } while (sql_accept_symbol(p, ","));
    sql_expect_symbol(p, ")");
    statement->columns = sql_strings(p->arena, &names);
    statement->column_places = sql_name_places(p, p->arena, names_at, names.count);
    statement->column_count = names.count;
}

/* A parenthesis opens the column list, or the query. */
static bool opens_columns(sql_parser *p) {
    const sql_token *next = sql_ahead(p, 1);
    return sql_is_symbol(p, "(") && !sql_token_is_symbol(p, next, "(") &&
           (sql_is_name(next) || !sql_starts_expression(p, next)) &&
           !sql_token_is(p, next, KW_SELECT) && !sql_token_is(p, next, KW_VALUES) &&
           !sql_token_is(p, next, KW_VALUE) && !sql_token_is(p, next, KW_WITH) &&
           !sql_token_is(p, next, KW_TABLE);
}

static void on_conflict(sql_parser *p) {
    const sql_token *token = sql_now(p);
    if (!sql_accept_two(p, KW_ON, KW_CONFLICT))
        return;
    sql_unsupported(p, token, "ON CONFLICT");
    sql_expect(p, KW_DO);
    if (SQL_ONE_OF(p, KW_ERROR, KW_NOTHING, KW_DEDUPLICATE) == SQL_KEYWORD_COUNT)
        sql_unexpected(p);
}

/* ---- INSERT ---------------------------------------------------------------------------------- */

/* Behind INTO or OVERWRITE. */
static void insert_target(sql_parser *p, sql_statement *statement) {
    statement->path = sql_expect_path(p, &statement->path_count);
    sql_hints(p, &statement->options, true);
    if (sql_accept(p, KW_PARTITION))
        sql_partition(p, statement, true);
    if (opens_columns(p))
        target_columns(p, statement);
    statement->query = sql_query(p);
    on_conflict(p);
}

void sql_insert(sql_parser *p, sql_statement *statement) {
    statement->kind = SQL_INSERT;
    statement->name = "INSERT";
    sql_keyword word = SQL_ONE_OF(p, KW_INTO, KW_OVERWRITE);
    if (word == SQL_KEYWORD_COUNT)
        sql_unexpected(p);
    statement->is_overwrite = word == KW_OVERWRITE;
    insert_target(p, statement);
}

void sql_upsert(sql_parser *p, sql_statement *statement) {
    sql_expect(p, KW_INTO);
    insert_target(p, statement);
    sql_other(statement, "UPSERT INTO");
}

/* ---- statement sets -------------------------------------------------------------------------- */

static sql_statement *inner_insert(sql_parser *p) {
    sql_statement *inner = BASE_ARENA_NEW(p->home, sql_statement);
    if (sql_accept(p, KW_INSERT)) {
        sql_insert(p, inner);
    } else if (sql_accept(p, KW_UPSERT)) {
        const sql_token *word = sql_now(p) - 1;
        sql_upsert(p, inner);
        sql_unsupported(p, word, "UPSERT INTO");
    } else {
        sql_unexpected(p);
    }
    return inner;
}

void sql_statement_set(sql_parser *p, sql_statement *statement) {
    base_list inserts = {0};
    statement->kind = SQL_STATEMENT_SET;
    statement->name = "STATEMENT SET";
    sql_expect(p, KW_BEGIN);
    do {
        base_list_add(p->home, &inserts, inner_insert(p));
        if (!sql_is_symbol(p, ";"))
            sql_expecting(p, "<IDENTIFIER>"); /* an alias could have been */
        sql_expect_symbol(p, ";");
    } while (p->status == RASK_OK && !sql_accept(p, KW_END));
    statement->inner = BASE_ARENA_ARRAY(p->home, sql_statement *, inserts.count);
    for (int32_t i = 0; i < inserts.count; i++)
        statement->inner[i] = inserts.items[i];
    statement->inner_count = inserts.count;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* a = 1, b = 2 */
static void assignments(sql_parser *p) {
    do {
        sql_expect_name(p);
        sql_expect_symbol(p, "=");
        sql_expression(p);
    } while (sql_accept_symbol(p, ","));
}

static void target_alias(sql_parser *p) {
    const char *alias;
    bool has_as = sql_accept(p, KW_AS);
    if (!sql_accept_name(p, &alias) && has_as)
        sql_unexpected(p);
}

void sql_update(sql_parser *p, sql_statement *statement) {
    statement->path = sql_expect_path(p, &statement->path_count);
    target_alias(p);
    sql_expect(p, KW_SET);
    assignments(p);
    if (sql_accept(p, KW_WHERE))
        sql_expression(p);
    sql_other(statement, "UPDATE");
}

void sql_delete(sql_parser *p, sql_statement *statement) {
    sql_expect(p, KW_FROM);
    statement->path = sql_expect_path(p, &statement->path_count);
    target_alias(p);
    if (sql_accept(p, KW_WHERE))
        sql_expression(p);
    sql_other(statement, "DELETE");
}

/* WHEN MATCHED THEN UPDATE SET ..., WHEN NOT MATCHED THEN INSERT ... */
static void merge_action(sql_parser *p) {
    bool is_insert = sql_accept(p, KW_NOT);
    sql_statement ignored = {0};
    sql_expect(p, KW_MATCHED);
    sql_expect(p, KW_THEN);
    sql_expect(p, is_insert ? KW_INSERT : KW_UPDATE);
    if (!is_insert) {
        sql_expect(p, KW_SET);
        assignments(p);
        return;
    }
    if (opens_columns(p))
        target_columns(p, &ignored);
    if (!sql_is(p, KW_VALUES))
        sql_unexpected(p);
    else
        sql_query(p);
}

void sql_merge(sql_parser *p, sql_statement *statement) {
    sql_expect(p, KW_INTO);
    statement->path = sql_expect_path(p, &statement->path_count);
    target_alias(p);
    sql_expect(p, KW_USING);
    statement->query = sql_from(p);
    sql_expect(p, KW_ON);
    sql_expression(p);
    sql_expect(p, KW_WHEN);
    do
        merge_action(p);
    while (sql_accept(p, KW_WHEN));
    sql_other(statement, "MERGE");
}
