/* SHOW and DESCRIBE: one row per object that can be shown, with what may follow its name. */
#include "sql/parser.h"

enum {                  /* show_row.takes */
       TAKES_FROM = 1,  /* FROM | IN path */
       TAKES_LIKE = 2,  /* [NOT] LIKE 'pattern' */
       TAKES_ILIKE = 4, /* [NOT] ILIKE 'pattern' */
       NEEDS_FROM = 8,
       NEEDS_PATH = 16,
       NEEDS_NAME = 32, /* a path of one part */
       TAKES_PARTITION = 64
};

typedef struct show_row {
    sql_keyword words[5];
    const char *name;
    uint32_t takes;
} show_row;

/* A row whose words start another's stands behind it. */
static const show_row show_rows[] = {
    {{KW_CATALOGS}, "CATALOGS", TAKES_LIKE | TAKES_ILIKE},
    {{KW_CURRENT, KW_CATALOG}, "CURRENT CATALOG", 0},
    {{KW_CURRENT, KW_DATABASE}, "CURRENT DATABASE", 0},
    {{KW_DATABASES}, "DATABASES", TAKES_FROM | TAKES_LIKE | TAKES_ILIKE},
    {{KW_TABLES}, "TABLES", TAKES_FROM | TAKES_LIKE},
    {{KW_VIEWS}, "VIEWS", TAKES_FROM | TAKES_LIKE},
    {{KW_MATERIALIZED, KW_TABLES}, "MATERIALIZED TABLES", TAKES_FROM | TAKES_LIKE},
    {{KW_COLUMNS}, "COLUMNS", NEEDS_FROM | TAKES_LIKE},
    {{KW_PARTITIONS}, "PARTITIONS", NEEDS_PATH | TAKES_PARTITION},
    {{KW_USER, KW_FUNCTIONS}, "USER FUNCTIONS", TAKES_FROM | TAKES_LIKE | TAKES_ILIKE},
    {{KW_FUNCTIONS}, "FUNCTIONS", TAKES_FROM | TAKES_LIKE | TAKES_ILIKE},
    {{KW_PROCEDURES}, "PROCEDURES", TAKES_FROM | TAKES_LIKE | TAKES_ILIKE},
    {{KW_FULL, KW_MODULES}, "FULL MODULES", 0},
    {{KW_MODULES}, "MODULES", 0},
    {{KW_MODELS}, "MODELS", TAKES_FROM | TAKES_LIKE},
    {{KW_CONNECTIONS}, "CONNECTIONS", TAKES_FROM | TAKES_LIKE},
    {{KW_JARS}, "JARS", 0},
    {{KW_JOBS}, "JOBS", 0},
    {{KW_CREATE, KW_TABLE}, "CREATE TABLE", NEEDS_PATH},
    {{KW_CREATE, KW_VIEW}, "CREATE VIEW", NEEDS_PATH},
    {{KW_CREATE, KW_CATALOG}, "CREATE CATALOG", NEEDS_NAME},
    {{KW_CREATE, KW_MODEL}, "CREATE MODEL", NEEDS_PATH},
    {{KW_CREATE, KW_CONNECTION}, "CREATE CONNECTION", NEEDS_PATH},
    {{KW_CREATE, KW_MATERIALIZED, KW_TABLE}, "CREATE MATERIALIZED TABLE", NEEDS_PATH},
    {{KW_CREATE, KW_OR, KW_ALTER, KW_MATERIALIZED, KW_TABLE},
     "CREATE OR ALTER MATERIALIZED TABLE",
     NEEDS_PATH}};

/* Words that only make sense with another one behind them. */
static const sql_keyword first_words[] = {KW_CURRENT, KW_CREATE, KW_FULL, KW_USER, KW_MATERIALIZED};

static bool accept_words(sql_parser *p, const show_row *row) {
    int32_t count = 0;
    for (; count < 5 && row->words[count] != 0; count++) {
        /* What was expected is told about the first word that is wrong. */
        if (!sql_token_is(p, sql_ahead(p, count), row->words[count]))
            return false;
    }
    for (int32_t i = 0; i < count; i++)
        sql_advance(p);
    return true;
}

static void one_name(sql_parser *p, sql_statement *statement) {
    base_list name = {0};
    base_list_add(p->home, &name, (void *)sql_expect_name(p));
    statement->path = sql_strings(p->home, &name);
    statement->path_count = 1;
}

static void scope(sql_parser *p, sql_statement *statement, uint32_t takes) {
    if (takes & NEEDS_PATH) {
        statement->path = sql_expect_path(p, &statement->path_count);
    } else if (takes & NEEDS_NAME) {
        one_name(p, statement);
    } else if (takes & (TAKES_FROM | NEEDS_FROM)) {
        if (SQL_ONE_OF(p, KW_FROM, KW_IN) != SQL_KEYWORD_COUNT)
            statement->path = sql_expect_path(p, &statement->path_count);
        else if (takes & NEEDS_FROM)
            sql_unexpected(p);
    }
    if ((takes & TAKES_PARTITION) && sql_accept(p, KW_PARTITION))
        sql_partition(p, statement, true);
}

/* [NOT] LIKE | ILIKE 'pattern' */
static void pattern(sql_parser *p, sql_statement *statement, uint32_t takes) {
    if (!(takes & TAKES_LIKE))
        return;
    bool is_negated = sql_accept(p, KW_NOT);
    bool is_like = sql_accept(p, KW_LIKE);
    bool is_ilike = !is_like && (takes & TAKES_ILIKE) && sql_accept(p, KW_ILIKE);
    if (is_like || is_ilike) {
        statement->key =
            is_like ? (is_negated ? "NOT LIKE" : "LIKE") : (is_negated ? "NOT ILIKE" : "ILIKE");
        statement->value = sql_expect_text(p);
    } else if (is_negated) {
        sql_unexpected(p);
    }
}

/* Nothing fits: the second word is wrong when the first one is known, else SHOW is. */
static void wrong_word(sql_parser *p) {
    int32_t show = p->at - 1;
    for (size_t i = 0; i < sizeof first_words / sizeof *first_words; i++)
        if (sql_accept(p, first_words[i])) {
            sql_unexpected(p);
            return;
        }
    sql_unexpected_pair(p, show);
}

void sql_show(sql_parser *p, sql_statement *statement) {
    statement->kind = SQL_SHOW;
    for (size_t i = 0; i < sizeof show_rows / sizeof *show_rows; i++)
        if (accept_words(p, &show_rows[i])) {
            statement->name = show_rows[i].name;
            scope(p, statement, show_rows[i].takes);
            pattern(p, statement, show_rows[i].takes);
            return;
        }
    wrong_word(p);
}

/* ---- DESCRIBE -------------------------------------------------------------------------------- */

static const struct {
    sql_keyword keyword;
    const char *name;
    bool is_one_name;
} described[] = {{KW_CATALOG, "DESCRIBE CATALOG", true},
                 {KW_DATABASE, "DESCRIBE DATABASE", false},
                 {KW_FUNCTION, "DESCRIBE FUNCTION", false},
                 {KW_MODEL, "DESCRIBE MODEL", false},
                 {KW_CONNECTION, "DESCRIBE CONNECTION", false}};

/* Some of these words may also be the name of the table to describe. */
static bool is_lone(sql_parser *p) {
    const sql_token *next = sql_ahead(p, 1);
    return next->kind == SQL_TOKEN_END || sql_token_is_symbol(p, next, ";") ||
           sql_token_is_symbol(p, next, ".");
}

void sql_describe(sql_parser *p, sql_statement *statement) {
    for (size_t i = 0; i < sizeof described / sizeof *described; i++) {
        if (!sql_is(p, described[i].keyword) || is_lone(p))
            continue;
        sql_advance(p);
        statement->is_extended = sql_accept(p, KW_EXTENDED);
        if (described[i].is_one_name)
            one_name(p, statement);
        else
            statement->path = sql_expect_path(p, &statement->path_count);
        sql_other(statement, described[i].name);
        return;
    }
    if (sql_is(p, KW_JOB) && !is_lone(p)) {
        sql_advance(p);
        statement->key = sql_expect_text(p);
        sql_other(statement, "DESCRIBE JOB");
        return;
    }
    statement->kind = SQL_DESCRIBE;
    statement->name = "DESCRIBE";
    statement->is_extended = sql_accept(p, KW_EXTENDED);
    statement->path = sql_expect_path(p, &statement->path_count);
}
