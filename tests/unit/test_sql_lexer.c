/* Tokens, keywords and the splitting of scripts. */
#include "sql/lexer.h"
#include "sql/sql.h"
#include "support.h"

/* The tokens as text: "KEYWORD<SELECT>@1:1 ...". */
static const char *lexed(const char *text, sql_dialect dialect) {
    static const char *const kinds[] = {
        [SQL_TOKEN_END] = "END",
        [SQL_TOKEN_ERROR] = "ERROR",
        [SQL_TOKEN_NAME] = "name",
        [SQL_TOKEN_QUOTED_NAME] = "quoted",
        [SQL_TOKEN_KEYWORD] = "word",
        [SQL_TOKEN_INTEGER] = "int",
        [SQL_TOKEN_DECIMAL] = "dec",
        [SQL_TOKEN_APPROXIMATE] = "approx",
        [SQL_TOKEN_STRING] = "text",
        [SQL_TOKEN_CHARSET_STRING] = "charset",
        [SQL_TOKEN_UNICODE_STRING] = "unicode",
        [SQL_TOKEN_ESCAPED_STRING] = "escaped",
        [SQL_TOKEN_BINARY_STRING] = "binary",
        [SQL_TOKEN_DOUBLE_QUOTED] = "double",
        [SQL_TOKEN_SYMBOL] = "sym",
    };
    static char shown[4096];
    rask_error err = {0};
    sql_tokens tokens;
    base_strbuf out;
    base_arena *arena = base_arena_new();
    base_strbuf_init(&out, sizeof shown - 1);
    ASSERT_OK(sql_lex(arena, text, (int64_t)strlen(text), dialect, &tokens, &err));
    for (int32_t i = 0; i < tokens.count; i++) {
        const sql_token *token = &tokens.items[i];
        base_strbuf_printf(&out, "%s%s<%.*s>", i > 0 ? " " : "", kinds[token->kind], token->length,
                           text + token->offset);
    }
    if (tokens.lexical_error != NULL)
        base_strbuf_printf(&out, " %s", tokens.lexical_error);
    memcpy(shown, out.data, (size_t)out.length + 1);
    base_strbuf_free(&out);
    base_arena_free(arena);
    return shown;
}

static const char *sql(const char *text) {
    return lexed(text, SQL_DIALECT_SQL);
}

static void test_sql_tokens(void **state) {
    (void)state;
    assert_string_equal(sql(""), "END<>");
    assert_string_equal(sql("Select `a``b`, x$1"),
                        "word<Select> quoted<`a``b`> sym<,> name<x$1> END<>");
    assert_string_equal(sql("1 1.5 .5 5. 1e3 1.5E-3 1e 1.e2"),
                        "int<1> dec<1.5> dec<.5> dec<5.> approx<1e3> approx<1.5E-3> int<1> "
                        "name<e> approx<1.e2> END<>");
    assert_string_equal(sql("'it''s' N'x' _utf8'y' U&'z' E'\\n' X'0a' n x u"),
                        "text<'it''s'> charset<N'x'> charset<_utf8'y'> unicode<U&'z'> "
                        "escaped<E'\\n'> binary<X'0a'> name<n> name<x> name<u> END<>");
    assert_string_equal(sql("a<=b>=c<>d!=e||f=>g"),
                        "word<a> sym<<=> name<b> sym<>=> word<c> sym<<>> name<d> sym<!=> name<e> "
                        "sym<||> name<f> sym<=>> word<g> END<>");
    assert_string_equal(sql("1 -- x\n// y\n/* z */ 2 /**/ 3"), "int<1> int<2> int<3> END<>");
    assert_string_equal(sql("/*+ h(a) */ 2*/3"),
                        "sym</*+> name<h> sym<(> word<a> sym<)> sym<*/> int<2> sym<*> sym</> "
                        "int<3> END<>");
    assert_string_equal(sql("\"a\""), "sym<\"> word<a> sym<\"> END<>");
    assert_string_equal(sql("é漢"), "name<é漢> END<>");
}

static void test_lexical_errors(void **state) {
    (void)state;
    assert_string_equal(sql("a # b"),
                        "word<a> ERROR<> END<> Encountered: \"#\" (35), after : \"\"");
    assert_string_equal(sql("a ! b"),
                        "word<a> ERROR<> END<> Encountered: \" \" (32), after : \"!\"");
    assert_string_equal(sql("`ab"), "ERROR<> END<> Encountered: <EOF> after : \"`ab\"");
    assert_string_equal(sql("1 /* x"), "int<1> ERROR<> END<> Encountered: <EOF> after : \"\"");
    assert_string_equal(sql("'ab"), "sym<'> name<ab> END<>");
    assert_string_equal(sql("\xe3\x80\x80"),
                        "ERROR<> END<> Encountered: \"\xe3\x80\x80\" (12288), after : \"\"");
}

static void test_expression_tokens(void **state) {
    (void)state;
    assert_string_equal(lexed("10.rows 1.5f 10L 1.50p 1e3", SQL_DIALECT_EXPRESSION),
                        "int<10> sym<.> name<rows> dec<1.5f> int<10L> dec<1.50p> approx<1e3> "
                        "END<>");
    assert_string_equal(lexed("a===b!==c&&d||!e", SQL_DIALECT_EXPRESSION),
                        "name<a> sym<===> name<b> sym<!==> name<c> sym<&&> name<d> sym<||> sym<!> "
                        "name<e> END<>");
    assert_string_equal(lexed("'a''b' \"c\"\"d\" select", SQL_DIALECT_EXPRESSION),
                        "text<'a''b'> double<\"c\"\"d\"> name<select> END<>");
}

/* The table must be in order for bisection to find every word. */
static void test_keywords(void **state) {
    (void)state;
    for (int32_t i = 0; i < SQL_KEYWORD_COUNT; i++) {
        const char *name = sql_keyword_name((sql_keyword)i);
        assert_int_equal(sql_keyword_find(name, (int64_t)strlen(name)), i);
    }
    assert_int_equal(sql_keyword_find("sElEcT", 6), KW_SELECT);
    assert_int_equal(sql_keyword_find("SELECTS", 7), SQL_KEYWORD_COUNT);
    assert_int_equal(sql_keyword_find("", 0), SQL_KEYWORD_COUNT);
    assert_true(sql_is_reserved("count"));
    assert_true(sql_is_reserved("SELECT"));
    assert_false(sql_is_reserved("name"));
    assert_false(sql_is_reserved("x"));
}

/* ---- scripts --------------------------------------------------------------------------------- */

typedef struct collected {
    base_strbuf text;
    int32_t left; /* statements until `emit` fails; -1 = never */
} collected;

static rask_status collect(void *context, const char *statement, int64_t length, int32_t line,
                           rask_error *err) {
    collected *to = context;
    if (to->left == 0)
        return rask_error_set(err, RASK_ERROR_RUNTIME, "stop");
    to->left--;
    base_strbuf_printf(&to->text, "%d<%.*s> ", line, (int)length, statement);
    return RASK_OK;
}

static void check_split(const char *script, const char *expected) {
    rask_error err = {0};
    collected to = {.left = -1};
    base_strbuf_init(&to.text, 1 << 16);
    ASSERT_OK(sql_split_script(script, (int64_t)strlen(script), collect, &to, &err));
    assert_string_equal(to.text.data, expected);
    base_strbuf_free(&to.text);
}

static void test_split(void **state) {
    (void)state;
    check_split("", "");
    check_split(" ; ;\n -- nothing\n", "");
    check_split("SELECT 1; SELECT 2", "1<SELECT 1> 1<SELECT 2> ");
    check_split("SELECT ';', `;` -- ;\n /* ; */ ;\nSELECT 2 ; -- end",
                "1<SELECT ';', `;`> 3<SELECT 2> ");
    check_split("EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT CASE WHEN b THEN 1 END; INSERT "
                "INTO c SELECT 2; END; SELECT 3",
                "1<EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT CASE WHEN b THEN 1 END; "
                "INSERT INTO c SELECT 2; END> 1<SELECT 3> ");
    check_split("BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END;",
                "1<BEGIN STATEMENT SET> 1<INSERT INTO a SELECT 1> 1<END> ");
    check_split("SELECT 1;\n\n  SELECT `x", "1<SELECT 1> 3<SELECT `x> ");
    check_split("SELECT 1; `x", "1<SELECT 1> 1< `x> ");
    check_split("SET a = b c; SELECT 'x;\ny'; SELECT 1",
                "1<SET a = b c> 1<SELECT 'x;\ny'> 2<SELECT 1> ");
}

static void test_split_stops(void **state) {
    rask_error err = {0};
    collected to = {.left = 1};
    (void)state;
    base_strbuf_init(&to.text, 1 << 16);
    assert_int_equal(sql_split_script("SELECT 1; SELECT 2", 18, collect, &to, &err),
                     RASK_ERROR_RUNTIME);
    assert_string_equal(to.text.data, "1<SELECT 1> ");
    base_strbuf_free(&to.text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sql_tokens),
        cmocka_unit_test(test_lexical_errors),
        cmocka_unit_test(test_expression_tokens),
        cmocka_unit_test(test_keywords),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_split_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
