/* Statements: which parser a first word leads to, and the entry points.
 *
 * SET and RESET also come without quotes (SET table.local-time-zone = UTC).  That form is no
 * sequence of tokens, so it is looked for in the text first, as Flink does. */
#include <string.h>

#include "base/utf8.h"
#include "sql/parser.h"

void sql_other(sql_statement *statement, const char *name) {
    statement->kind = SQL_OTHER;
    statement->name = name;
}

static void parse_statement(sql_parser *p, sql_statement *statement);

/* ---- SET and RESET without quotes ------------------------------------------------------------ */

typedef struct scanner {
    const char *at, *end;
} scanner;

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static void skip_blanks(scanner *in) {
    while (in->at < in->end && is_blank(*in->at))
        in->at++;
}

static bool accept_word(scanner *in, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(in->end - in->at) < length || strncasecmp(in->at, word, length) != 0)
        return false;
    in->at += length;
    return true;
}

/* What is left may be blanks and one semicolon. */
static bool is_finished(scanner *in) {
    skip_blanks(in);
    if (in->at < in->end && *in->at == ';')
        in->at++;
    skip_blanks(in);
    return in->at == in->end;
}

/* Characters up to a blank or one of `stops`. */
static const char *read_run(base_arena *arena, scanner *in, const char *stops) {
    const char *start = in->at;
    while (in->at < in->end && !is_blank(*in->at) && *in->at != '\0' &&
           strchr(stops, *in->at) == NULL)
        in->at++;
    return in->at > start ? base_arena_strndup(arena, start, in->at - start) : NULL;
}

/* 'text', or characters up to a blank or a semicolon. */
static const char *read_value(base_arena *arena, scanner *in) {
    if (in->at >= in->end || *in->at != '\'')
        return read_run(arena, in, ";");
    const char *start = in->at + 1;
    const char *close = memchr(start, '\'', (size_t)(in->end - start));
    if (close == NULL)
        return NULL;
    in->at = close + 1;
    return base_arena_strndup(arena, start, close - start);
}

/* SET key = value: true when the text is that. */
static bool bare_set(base_arena *arena, scanner in, sql_statement *statement) {
    skip_blanks(&in);
    if (!accept_word(&in, "SET") || in.at == in.end || !is_blank(*in.at))
        return false;
    skip_blanks(&in);
    statement->key = read_run(arena, &in, "'=");
    skip_blanks(&in);
    if (statement->key == NULL || in.at == in.end || *in.at++ != '=')
        return false;
    skip_blanks(&in);
    statement->value = read_value(arena, &in);
    statement->kind = SQL_SET;
    statement->name = "SET";
    return statement->value != NULL && is_finished(&in);
}

static bool bare_reset(base_arena *arena, scanner in, sql_statement *statement) {
    skip_blanks(&in);
    if (!accept_word(&in, "RESET") || in.at == in.end || !is_blank(*in.at))
        return false;
    skip_blanks(&in);
    statement->key = read_run(arena, &in, "';");
    statement->kind = SQL_RESET;
    statement->name = "RESET";
    return statement->key != NULL && is_finished(&in);
}

/* ---- small statements ------------------------------------------------------------------------ */

static void query_statement(sql_parser *p, sql_statement *statement) {
    int32_t first = p->at;
    statement->kind = SQL_QUERY;
    statement->name = "SELECT";
    statement->query = sql_query(p);
    statement->query_text = sql_source(p, first);
}

static void set(sql_parser *p, sql_statement *statement) {
    statement->kind = SQL_SET;
    statement->name = "SET";
    if (!sql_accept_text(p, &statement->key))
        return;
    sql_expect_symbol(p, "=");
    statement->value = sql_expect_text(p);
}

static void reset(sql_parser *p, sql_statement *statement) {
    statement->kind = SQL_RESET;
    statement->name = "RESET";
    sql_accept_text(p, &statement->key);
}

static void name_list(sql_parser *p, sql_statement *statement) {
    base_list names = {0};
    do
        base_list_add(p->home, &names, (void *)sql_expect_name(p));
    while (sql_accept_symbol(p, ","));
    statement->columns = sql_strings(p->home, &names);
    statement->column_count = names.count;
}

static void use(sql_parser *p, sql_statement *statement) {
    int32_t word = p->at - 1;
    const char *name;
    bool is_catalog = sql_is(p, KW_CATALOG) && !sql_token_is_symbol(p, sql_ahead(p, 1), ".");
    if (is_catalog) {
        sql_advance(p);
        statement->kind = SQL_USE_CATALOG;
        statement->name = "USE CATALOG";
        name = sql_expect_name(p);
        statement->path = BASE_ARENA_ARRAY(p->home, const char *, 1);
        statement->path[0] = name;
        statement->path_count = 1;
    } else if (sql_accept(p, KW_MODULES)) {
        name_list(p, statement);
        sql_other(statement, "USE MODULES");
    } else if (!sql_is_name(sql_now(p))) {
        sql_expecting(p, "<IDENTIFIER>");
        sql_unexpected_pair(p, word);
    } else {
        statement->kind = SQL_USE;
        statement->name = "USE";
        statement->path = sql_expect_path(p, &statement->path_count);
    }
}

/* EXECUTE query | insert | STATEMENT SET ... | PLAN 'file' */
static void execute(sql_parser *p, sql_statement *statement) {
    if (sql_accept_two(p, KW_STATEMENT, KW_SET)) {
        sql_statement_set(p, statement);
    } else if (sql_is(p, KW_PLAN)) {
        sql_advance(p);
        statement->key = sql_expect_text(p);
        sql_other(statement, "EXECUTE PLAN");
    } else if (sql_accept(p, KW_INSERT)) {
        sql_insert(p, statement);
    } else if (sql_accept(p, KW_UPSERT)) {
        sql_upsert(p, statement);
    } else if (sql_starts_query(p) || sql_is_symbol(p, "(")) {
        query_statement(p, statement);
    } else if (sql_starts_expression(p, sql_now(p))) {
        sql_refuse(p, sql_now(p), "Non-query expression encountered in illegal context");
    } else {
        sql_unexpected_pair(p, p->at - 1);
    }
}

static sql_statement *inner_statement(sql_parser *p) {
    sql_statement *inner = BASE_ARENA_NEW(p->home, sql_statement);
    const sql_token *token = sql_now(p);
    if (sql_accept_two(p, KW_STATEMENT, KW_SET)) {
        sql_statement_set(p, inner);
    } else if (sql_accept(p, KW_EXECUTE)) {
        execute(p, inner);
    } else if (sql_accept(p, KW_INSERT)) {
        sql_insert(p, inner);
    } else if (sql_accept(p, KW_UPSERT)) {
        sql_upsert(p, inner);
    } else if (sql_accept(p, KW_CREATE)) {
        sql_create(p, inner);
        if (inner->query == NULL)
            sql_refuse(p, token,
                       "Unsupported CREATE OR REPLACE statement for EXPLAIN. The statement must "
                       "define a query using the AS clause (i.e. CTAS/RTAS statements).");
    } else if (sql_starts_query(p) || sql_is_symbol(p, "(")) {
        query_statement(p, inner);
    } else if (sql_starts_expression(p, token)) {
        sql_refuse(p, token, "Non-query expression encountered in illegal context");
    } else {
        sql_expecting(p, "<IDENTIFIER>");
        sql_unexpected(p);
    }
    return inner;
}

static void explain(sql_parser *p, sql_statement *statement) {
    base_list details = {0};
    statement->kind = SQL_EXPLAIN;
    statement->name = "EXPLAIN";
    if (!sql_accept_two(p, KW_PLAN, KW_FOR)) {
        sql_keyword word = SQL_ONE_OF(p, KW_ESTIMATED_COST, KW_CHANGELOG_MODE,
                                      KW_JSON_EXECUTION_PLAN, KW_PLAN_ADVICE);
        while (word != SQL_KEYWORD_COUNT) {
            base_list_add(p->home, &details, (void *)sql_keyword_name(word));
            if (!sql_accept_symbol(p, ","))
                break;
            word = SQL_ONE_OF(p, KW_ESTIMATED_COST, KW_CHANGELOG_MODE, KW_JSON_EXECUTION_PLAN,
                              KW_PLAN_ADVICE);
            if (word == SQL_KEYWORD_COUNT)
                sql_unexpected(p);
        }
    }
    statement->details = sql_strings(p->home, &details);
    statement->detail_count = details.count;
    statement->inner = BASE_ARENA_ARRAY(p->home, sql_statement *, 1);
    statement->inner[0] = inner_statement(p);
    statement->inner_count = 1;
}

static void begin(sql_parser *p, sql_statement *statement) {
    if (!sql_is(p, KW_STATEMENT)) {
        sql_unexpected_pair(p, p->at - 1);
        return;
    }
    sql_advance(p);
    sql_expect(p, KW_SET);
    sql_other(statement, "BEGIN STATEMENT SET");
}

static void end(sql_parser *p, sql_statement *statement) {
    (void)p;
    sql_other(statement, "END");
}

/* COMPILE [AND EXECUTE] PLAN 'file' [IF NOT EXISTS] FOR insert | STATEMENT SET ... */
static void compile(sql_parser *p, sql_statement *statement) {
    const char *name = "COMPILE PLAN";
    sql_statement *inner = BASE_ARENA_NEW(p->home, sql_statement);
    if (sql_accept(p, KW_AND)) {
        name = "COMPILE AND EXECUTE PLAN";
        sql_expect(p, KW_EXECUTE);
    }
    sql_expect(p, KW_PLAN);
    statement->key = sql_expect_text(p);
    statement->if_exists = sql_accept_if_exists(p, true);
    sql_expect(p, KW_FOR);
    if (sql_accept(p, KW_INSERT))
        sql_insert(p, inner);
    else if (sql_accept_two(p, KW_STATEMENT, KW_SET))
        sql_statement_set(p, inner);
    else
        sql_unexpected(p);
    statement->inner = BASE_ARENA_ARRAY(p->home, sql_statement *, 1);
    statement->inner[0] = inner;
    statement->inner_count = 1;
    sql_other(statement, name);
}

static void call(sql_parser *p, sql_statement *statement) {
    int32_t first = p->at;
    statement->path = sql_expect_path(p, &statement->path_count);
    sql_expect_symbol(p, "(");
    if (p->status == RASK_OK)
        sql_call_rest(p, first, statement->path, statement->path_count);
    sql_other(statement, "CALL");
}

static void add_jar(sql_parser *p, sql_statement *statement) {
    sql_expect(p, KW_JAR);
    statement->key = sql_expect_text(p);
    sql_other(statement, "ADD JAR");
}

static void remove_jar(sql_parser *p, sql_statement *statement) {
    sql_expect(p, KW_JAR);
    statement->key = sql_expect_text(p);
    sql_other(statement, "REMOVE JAR");
}

static void load_module(sql_parser *p, sql_statement *statement) {
    sql_expect(p, KW_MODULE);
    statement->key = sql_expect_name(p);
    if (sql_accept(p, KW_WITH))
        statement->options = sql_options(p);
    sql_other(statement, "LOAD MODULE");
}

static void unload_module(sql_parser *p, sql_statement *statement) {
    sql_expect(p, KW_MODULE);
    statement->key = sql_expect_name(p);
    sql_other(statement, "UNLOAD MODULE");
}

static void truncate(sql_parser *p, sql_statement *statement) {
    if (!sql_is(p, KW_TABLE)) {
        sql_unexpected_pair(p, p->at - 1);
        return;
    }
    sql_advance(p);
    statement->path = sql_expect_path(p, &statement->path_count);
    sql_other(statement, "TRUNCATE TABLE");
}

/* ANALYZE TABLE t [PARTITION (...)] COMPUTE STATISTICS [FOR ALL COLUMNS | FOR COLUMNS a, b] */
static void analyze(sql_parser *p, sql_statement *statement) {
    sql_expect(p, KW_TABLE);
    statement->path = sql_expect_path(p, &statement->path_count);
    if (sql_accept(p, KW_PARTITION))
        sql_partition(p, statement, false);
    sql_expect(p, KW_COMPUTE);
    sql_expect(p, KW_STATISTICS);
    if (sql_accept(p, KW_FOR)) {
        bool is_all = sql_accept(p, KW_ALL);
        sql_expect(p, KW_COLUMNS);
        if (!is_all)
            name_list(p, statement);
    }
    sql_other(statement, "ANALYZE TABLE");
}

/* STOP JOB 'id' [WITH SAVEPOINT] [WITH DRAIN] */
static void stop_job(sql_parser *p, sql_statement *statement) {
    sql_expect(p, KW_JOB);
    statement->key = sql_expect_text(p);
    bool has_savepoint = sql_accept_two(p, KW_WITH, KW_SAVEPOINT);
    const sql_token *token = sql_now(p);
    if (sql_accept_two(p, KW_WITH, KW_DRAIN) && !has_savepoint)
        sql_refuse(p, token, "WITH DRAIN could only be used after WITH SAVEPOINT.");
    sql_other(statement, "STOP JOB");
}

static void client_command(sql_parser *p, sql_statement *statement) {
    const sql_token *word = sql_now(p) - 1;
    sql_other(statement, base_arena_strndup(p->home, p->tokens.text + word->offset, word->length));
}

/* ---- dispatch -------------------------------------------------------------------------------- */

/* A word that is not reserved may also begin an expression; it leads here only in front of `next`.
 */
static const struct {
    sql_keyword keyword, next;
    sql_statement_parser parse;
} statements[] = {{KW_INSERT, 0, sql_insert},
                  {KW_UPSERT, 0, sql_upsert},
                  {KW_UPDATE, 0, sql_update},
                  {KW_DELETE, 0, sql_delete},
                  {KW_MERGE, 0, sql_merge},
                  {KW_CREATE, 0, sql_create},
                  {KW_REPLACE, KW_TABLE, sql_replace},
                  {KW_DROP, 0, sql_drop},
                  {KW_ALTER, 0, sql_alter},
                  {KW_SHOW, 0, sql_show},
                  {KW_DESCRIBE, 0, sql_describe},
                  {KW_DESC, SQL_KEYWORD_COUNT, sql_describe},
                  {KW_EXPLAIN, 0, explain},
                  {KW_EXECUTE, 0, execute},
                  {KW_BEGIN, 0, begin},
                  {KW_END, 0, end},
                  {KW_COMPILE, KW_PLAN, compile},
                  {KW_COMPILE, KW_AND, compile},
                  {KW_CALL, 0, call},
                  {KW_SET, 0, set},
                  {KW_RESET, 0, reset},
                  {KW_USE, 0, use},
                  {KW_ADD, KW_JAR, add_jar},
                  {KW_REMOVE, KW_JAR, remove_jar},
                  {KW_LOAD, KW_MODULE, load_module},
                  {KW_UNLOAD, KW_MODULE, unload_module},
                  {KW_TRUNCATE, 0, truncate},
                  {KW_ANALYZE, KW_TABLE, analyze},
                  {KW_STOP, KW_JOB, stop_job}};

static const char *const client_words[] = {"QUIT", "EXIT", "CLEAR", "HELP"};

static bool leads_here(sql_parser *p, sql_keyword keyword, sql_keyword next) {
    return sql_token_is(p, sql_now(p), keyword) &&
           (next == 0 || (next == SQL_KEYWORD_COUNT ? sql_ahead(p, 1)->kind != SQL_TOKEN_END
                                                    : sql_token_is(p, sql_ahead(p, 1), next)));
}

static bool is_client_word(sql_parser *p) {
    const sql_token *token = sql_now(p);
    if (sql_ahead(p, 1)->kind != SQL_TOKEN_END)
        return false;
    for (size_t i = 0; i < sizeof client_words / sizeof *client_words; i++)
        if (strlen(client_words[i]) == (size_t)token->length &&
            strncasecmp(p->tokens.text + token->offset, client_words[i], (size_t)token->length) ==
                0)
            return true;
    return false;
}

static void parse_statement(sql_parser *p, sql_statement *statement) {
    const sql_token *token = sql_now(p);
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        if (leads_here(p, statements[i].keyword, statements[i].next)) {
            sql_advance(p);
            statements[i].parse(p, statement);
            return;
        }
    if (is_client_word(p)) {
        sql_advance(p);
        client_command(p, statement);
    } else if (sql_starts_query(p) || sql_is_symbol(p, "(")) {
        query_statement(p, statement);
    } else if (sql_starts_expression(p, token)) {
        sql_refuse(p, token, "Non-query expression encountered in illegal context");
    } else {
        sql_expecting(p, "<IDENTIFIER>");
        sql_unexpected(p);
    }
}

/* ---- entry points ---------------------------------------------------------------------------- */

static rask_status open_parser(sql_parser *p, plan *owner, base_arena *arena, const char *text,
                               int64_t length, rask_error *err) {
    *p = (sql_parser){
        .plan = owner, .arena = arena, .home = arena, .err = err, .expected_at = -1, .pair_at = -1};
    if (!base_utf8_is_valid(text, length))
        return rask_error_set(err, RASK_ERROR_SQL_PARSER,
                              "SQL parse failed. The text is not valid UTF-8.");
    return sql_lex(arena, text, length, SQL_DIALECT_SQL, &p->tokens, err);
}

static rask_status close_parser(sql_parser *p) {
    if (p->status == RASK_OK && sql_now(p)->kind != SQL_TOKEN_END)
        sql_unexpected(p);
    if (p->status == RASK_OK && p->invalid.code != RASK_OK) {
        if (p->err != NULL)
            *p->err = p->invalid;
        return p->invalid.code;
    }
    if (p->status == RASK_OK && p->unsupported != NULL)
        return rask_error_set_at(p->err, RASK_ERROR_UNSUPPORTED, p->unsupported_at->line,
                                 p->unsupported_at->column, "%s is not supported yet.",
                                 p->unsupported);
    return p->status;
}

rask_status sql_parse_statement(plan *p, const char *text, int64_t length, sql_statement **out,
                                rask_error *err) {
    sql_statement *statement = BASE_ARENA_NEW(p->arena, sql_statement);
    scanner in = {text, text + length};
    sql_parser parser;
    if (bare_set(p->arena, in, statement) || bare_reset(p->arena, in, statement)) {
        *out = statement;
        return RASK_OK;
    }
    *statement = (sql_statement){0};
    RASK_TRY(open_parser(&parser, p, p->arena, text, length, err));
    parse_statement(&parser, statement);
    while (sql_accept_symbol(&parser, ";")) {
    }
    if (parser.status == RASK_OK && sql_now(&parser)->kind != SQL_TOKEN_END &&
        sql_token_is_symbol(&parser, sql_now(&parser) - 1, ";"))
        return rask_error_set_at(err, RASK_ERROR_ILLEGAL_ARGUMENT, sql_now(&parser)->line,
                                 sql_now(&parser)->column, "only single statement supported");
    RASK_TRY(close_parser(&parser));
    *out = statement;
    return RASK_OK;
}

rask_status sql_parse_expression(base_arena *arena, const char *text, int64_t length,
                                 expr_node **out, rask_error *err) {
    sql_parser parser;
    RASK_TRY(open_parser(&parser, NULL, arena, text, length, err));
    expr_node *node = sql_expression(&parser);
    RASK_TRY(close_parser(&parser));
    *out = node;
    return RASK_OK;
}

rask_status sql_parse_path(base_arena *arena, const char *text, int64_t length, const char ***parts,
                           int32_t *count, rask_error *err) {
    sql_parser parser;
    RASK_TRY(open_parser(&parser, NULL, arena, text, length, err));
    int32_t read;
    const char **names = sql_expect_path(&parser, &read);
    RASK_TRY(close_parser(&parser));
    *parts = names;
    *count = read;
    return RASK_OK;
}
