/* Types as SQL writes them: INT, DECIMAL(10, 2), ROW<a INT, b ARRAY<STRING>>, INT ARRAY, ...
 *
 * They are read from tokens (and not by data_type_parse, which reads stored texts), so that
 * comments, places and Flink's limits hold: a precision beyond the largest is cut to it. */
#include <string.h>

#include "sql/parser.h"

enum { TIME_PRECISION_MAX = 3, TIMESTAMP_PRECISION_MAX = 9, POSTFIX_MAX = 100 };

static const data_type *any_type(void) {
    return data_type_simple(DATA_INT, true);
}

static int32_t smaller(int64_t a, int32_t b) {
    return a < b ? (int32_t)a : b;
}

/* "(n)", or `by_default` without it. */
static int64_t length_in_parentheses(sql_parser *p, int64_t by_default) {
    if (!sql_accept_symbol(p, "("))
        return by_default;
    int64_t length = sql_expect_integer(p);
    sql_expect_symbol(p, ")");
    return length;
}

/* ---- simple types ---------------------------------------------------------------------------- */

typedef struct simple_row {
    sql_keyword keyword;
    data_kind kind;
} simple_row;

static const simple_row simple_types[] = {{KW_BOOLEAN, DATA_BOOLEAN},   {KW_TINYINT, DATA_TINYINT},
                                          {KW_SMALLINT, DATA_SMALLINT}, {KW_INT, DATA_INT},
                                          {KW_INTEGER, DATA_INT},       {KW_BIGINT, DATA_BIGINT},
                                          {KW_FLOAT, DATA_FLOAT},       {KW_DATE, DATA_DATE},
                                          {KW_VARIANT, DATA_VARIANT},   {KW_BITMAP, DATA_BITMAP}};

static const data_type *simple(sql_parser *p, bool nullable) {
    for (size_t i = 0; i < sizeof simple_types / sizeof *simple_types; i++)
        if (sql_accept(p, simple_types[i].keyword))
            return data_type_simple(simple_types[i].kind, nullable);
    if (sql_accept(p, KW_DOUBLE)) {
        sql_accept(p, KW_PRECISION);
        return data_type_simple(DATA_DOUBLE, nullable);
    }
    return NULL;
}

static const data_type *character_set(sql_parser *p, const data_type *type) {
    if (sql_accept_two(p, KW_CHARACTER, KW_SET)) {
        const sql_token *name = sql_now(p);
        sql_expect_name(p);
        sql_unsupported(p, name, "CHARACTER SET in a type");
    }
    return type;
}

/* CHAR is CHAR(1), VARCHAR without a length is STRING. */
static const data_type *sized(sql_parser *p, bool nullable) {
    sql_keyword word = SQL_ONE_OF(p, KW_STRING, KW_BYTES, KW_VARCHAR, KW_VARBINARY, KW_CHAR,
                                  KW_CHARACTER, KW_BINARY);
    if (word == SQL_KEYWORD_COUNT)
        return NULL;
    bool is_binary = word == KW_BYTES || word == KW_VARBINARY || word == KW_BINARY;
    bool is_fixed = word == KW_CHAR || word == KW_CHARACTER || word == KW_BINARY;
    if (word == KW_STRING || word == KW_BYTES)
        return data_type_sized(is_binary ? DATA_VARBINARY : DATA_VARCHAR, DATA_STRING_LENGTH_MAX,
                               nullable);
    if (is_fixed && sql_accept(p, KW_VARYING))
        is_fixed = false;
    int32_t length = (int32_t)length_in_parentheses(p, is_fixed ? 1 : DATA_STRING_LENGTH_MAX);
    data_kind kind = is_binary ? (is_fixed ? DATA_BINARY : DATA_VARBINARY)
                               : (is_fixed ? DATA_CHAR : DATA_VARCHAR);
    return character_set(p, data_type_sized(kind, length, nullable));
}

static const data_type *decimal(sql_parser *p, bool nullable) {
    enum { PRECISION_DEFAULT = 10 };
    const sql_token *token = sql_now(p);
    if (SQL_ONE_OF(p, KW_DECIMAL, KW_DEC, KW_NUMERIC) == SQL_KEYWORD_COUNT)
        return NULL;
    int64_t precision = PRECISION_DEFAULT, scale = 0;
    if (sql_accept_symbol(p, "(")) {
        precision = sql_expect_integer(p);
        if (sql_accept_symbol(p, ","))
            scale = sql_expect_integer(p);
        sql_expect_symbol(p, ")");
    }
    precision = smaller(precision, DATA_DECIMAL_PRECISION_MAX);
    if (precision < 1) {
        sql_reject(p, token, "Decimal precision must be between 1 and %d (both inclusive).",
                   DATA_DECIMAL_PRECISION_MAX);
        return any_type();
    }
    if (scale > precision) {
        sql_reject(p, token,
                   "Decimal scale must be between 0 and the precision %d (both inclusive).",
                   (int)precision);
        return any_type();
    }
    return data_type_decimal((int32_t)precision, (int32_t)scale, nullable);
}

/* "WITHOUT TIME ZONE" changes nothing; true for "WITH LOCAL TIME ZONE". */
static bool time_zone(sql_parser *p, bool may_have_zone) {
    if (sql_accept(p, KW_WITHOUT)) {
        sql_expect(p, KW_TIME);
        sql_expect(p, KW_ZONE);
        return false;
    }
    if (!may_have_zone || !sql_accept(p, KW_WITH))
        return false;
    sql_expect(p, KW_LOCAL);
    sql_expect(p, KW_TIME);
    sql_expect(p, KW_ZONE);
    return true;
}

static const data_type *temporal(sql_parser *p, bool nullable) {
    enum { TIMESTAMP_PRECISION_DEFAULT = 6 };
    sql_keyword word = SQL_ONE_OF(p, KW_TIME, KW_TIMESTAMP, KW_TIMESTAMP_LTZ);
    if (word == SQL_KEYWORD_COUNT)
        return NULL;
    if (word == KW_TIME) {
        int32_t precision = smaller(length_in_parentheses(p, 0), TIME_PRECISION_MAX);
        time_zone(p, false);
        return data_type_time(DATA_TIME, precision, nullable);
    }
    int32_t precision =
        smaller(length_in_parentheses(p, TIMESTAMP_PRECISION_DEFAULT), TIMESTAMP_PRECISION_MAX);
    bool is_local = word == KW_TIMESTAMP_LTZ || time_zone(p, true);
    return data_type_time(is_local ? DATA_TIMESTAMP_LTZ : DATA_TIMESTAMP, precision, nullable);
}

/* ---- types made of types --------------------------------------------------------------------- */

typedef struct field_list {
    base_list fields; /* data_field */
    base_map *names;
    const sql_token *token;
} field_list;

static field_list open_fields(sql_parser *p) {
    return (field_list){.token = sql_now(p), .names = base_map_new(NULL)};
}

static void add_field(sql_parser *p, field_list *list) {
    data_field *field = BASE_ARENA_NEW(p->arena, data_field);
    field->name = sql_expect_name(p);
    field->type = sql_type_nullable(p);
    sql_accept_text(p, &field->description);
    if (base_map_has(list->names, field->name))
        sql_reject(p, list->token, "Field names must be unique. Found duplicates: [%s]",
                   field->name);
    base_map_put(list->names, field->name, field);
    base_list_add(p->arena, &list->fields, field);
}

/* The fields as an array; ends the list. */
static const data_field *field_array(sql_parser *p, field_list *list) {
    data_field *fields = BASE_ARENA_ARRAY(p->arena, data_field, list->fields.count + 1);
    for (int32_t i = 0; i < list->fields.count; i++)
        fields[i] = *(data_field *)list->fields.items[i];
    base_map_free(list->names);
    return fields;
}

/* ROW<a INT, b STRING 'comment'>, ROW(a INT), ROW<>. */
static const data_type *row(sql_parser *p, bool nullable) {
    field_list list = open_fields(p);
    sql_advance(p);
    if (!sql_accept_symbol(p, "<>")) {
        bool is_angled = sql_accept_symbol(p, "<");
        const char *closing = is_angled ? ">" : ")";
        if (!is_angled)
            sql_expect_symbol(p, "(");
        if (!sql_accept_symbol(p, closing)) {
            do
                add_field(p, &list);
            while (sql_accept_symbol(p, ","));
            sql_expect_symbol(p, closing);
        }
    }
    return data_type_row(field_array(p, &list), list.fields.count, nullable);
}

/* STRUCTURED<'class', a INT, ...> */
static const data_type *structured(sql_parser *p, bool nullable) {
    field_list list = open_fields(p);
    sql_advance(p);
    sql_expect_symbol(p, "<");
    data_type record = {.kind = DATA_STRUCTURED, .nullable = nullable};
    record.class_name = sql_expect_text(p);
    while (sql_accept_symbol(p, ","))
        add_field(p, &list);
    sql_expect_symbol(p, ">");
    record.fields = field_array(p, &list);
    record.field_count = list.fields.count;
    return p->status == RASK_OK ? data_type_intern(&record) : any_type();
}

/* RAW('class', 'serializer') */
static const data_type *raw(sql_parser *p, bool nullable) {
    data_type record = {.kind = DATA_RAW, .nullable = nullable};
    sql_advance(p);
    sql_expect_symbol(p, "(");
    record.class_name = sql_expect_text(p);
    sql_expect_symbol(p, ",");
    record.serializer = sql_expect_text(p);
    sql_expect_symbol(p, ")");
    return p->status == RASK_OK ? data_type_intern(&record) : any_type();
}

/* ARRAY<T>, MULTISET<T>, MAP<K, V> */
static const data_type *collection(sql_parser *p, bool nullable) {
    sql_keyword word = sql_now(p)->keyword;
    sql_advance(p);
    sql_expect_symbol(p, "<");
    const data_type *first = sql_type_nullable(p), *second = first;
    if (word == KW_MAP) {
        sql_expect_symbol(p, ",");
        second = sql_type_nullable(p);
    }
    sql_expect_symbol(p, ">");
    return word == KW_MAP     ? data_type_map(first, second, nullable)
           : word == KW_ARRAY ? data_type_array(first, nullable)
                              : data_type_multiset(first, nullable);
}

static const data_type *composite(sql_parser *p, bool nullable) {
    const sql_token *next = sql_ahead(p, 1);
    bool is_angled = sql_token_is_symbol(p, next, "<");
    if (sql_now(p)->kind != SQL_TOKEN_KEYWORD)
        return NULL;
    switch (sql_now(p)->keyword) {
    case KW_ROW:
        return row(p, nullable);
    case KW_STRUCTURED:
        return structured(p, nullable);
    case KW_RAW:
        return raw(p, nullable);
    case KW_ARRAY:
    case KW_MULTISET:
    case KW_MAP:
        return is_angled ? collection(p, nullable) : NULL;
    default:
        return NULL;
    }
}

/* ---- all of them ----------------------------------------------------------------------------- */

/* A name that is no type: Flink would look for a user type, and there are none. */
static const data_type *unknown(sql_parser *p) {
    const sql_token *token = sql_now(p);
    sql_keyword word = SQL_ONE_OF(p, KW_REAL, KW_ANY);
    if (word != SQL_KEYWORD_COUNT) {
        sql_reject_as(p, RASK_ERROR_TABLE, token, "Type is not supported: %s",
                      sql_keyword_name(word));
    } else if (sql_is_name(token)) {
        const char *name = sql_expect_dotted(p);
        sql_invalid(p, token, sql_now(p) - 1, "Unknown identifier '%s'", name);
    } else {
        sql_expecting(p, "<TYPE>");
        sql_expecting(p, "<IDENTIFIER>");
        sql_unexpected(p);
    }
    return any_type();
}

static const data_type *plain_type(sql_parser *p, bool nullable) {
    static const data_type *(*const parsers[])(sql_parser *, bool) = {simple, sized, decimal,
                                                                      temporal, composite};
    for (size_t i = 0; i < sizeof parsers / sizeof *parsers; i++) {
        const data_type *type = parsers[i](p, nullable);
        if (type != NULL)
            return type;
    }
    return unknown(p);
}

/* "INT ARRAY" is ARRAY<INT NOT NULL> in a CAST, ARRAY<INT> in a column. */
const data_type *sql_type(sql_parser *p, bool nullable) {
    if (!sql_enter(p))
        return any_type();
    const sql_token *token = sql_now(p);
    const data_type *type = plain_type(p, nullable);
    for (int32_t count = 0; p->status == RASK_OK; count++) {
        sql_keyword word = SQL_ONE_OF(p, KW_ARRAY, KW_MULTISET);
        if (word == SQL_KEYWORD_COUNT)
            break;
        if (count == POSTFIX_MAX)
            sql_refuse(p, token, "The type is nested more than %d levels deep.", POSTFIX_MAX);
        type = data_type_with_null(type, p->in_statement_body);
        type =
            word == KW_ARRAY ? data_type_array(type, nullable) : data_type_multiset(type, nullable);
    }
    sql_leave(p);
    return type;
}

const data_type *sql_type_nullable(sql_parser *p) {
    const data_type *type = sql_type(p, true);
    if (sql_accept_two(p, KW_NOT, KW_NULL))
        return data_type_with_null(type, false);
    sql_accept(p, KW_NULL);
    return type;
}
