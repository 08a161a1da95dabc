/* The parser against what real parsers said: every statement form of Flink 2.3 in
 * sql_statements.md, and every string expression of 1.9 in string_expressions_1.9.tsv. */
#include <ctype.h>
#include <stdlib.h>

#include "sql_tree.h"
#include "support.h"

enum { LINE_MAX_LENGTH = 1 << 14 };

static FILE *open_reference(const char *name) {
    char *path = base_printf("%s/../reference/%s", getenv("RASK_TEST_DATA"), name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    base_free(path);
    return file;
}

/* ---- statements ------------------------------------------------------------------------------ */

/* Cells of "| form | `example` | verdict | meaning |"; a bar inside is written "\|".  False for
 * another kind of line. */
static bool read_row(char *line, char **example, char **verdict) {
    char *cells[8], *out = line;
    int count = 0;
    if (line[0] != '|')
        return false;
    for (char *in = line; *in != '\0' && *in != '\n'; in++) {
        if (in[0] == '\\' && in[1] == '|') {
            *out++ = *++in;
        } else if (*in == '|') {
            *out++ = '\0';
            if (count < 8)
                cells[count++] = out;
        } else {
            *out++ = *in;
        }
    }
    *out = '\0';
    if (count != 5)
        return false;
    char *text = strchr(cells[1], '`');
    char *end = text != NULL ? strrchr(cells[1], '`') : NULL;
    if (text == NULL || end == text)
        return false;
    *end = '\0';
    *example = text + 1;
    *verdict = cells[2] + strspn(cells[2], " ");
    return true;
}

/* Accepted by the grammar: parsed, or refused only because there is no plan for a part of it. */
static bool accepts(const char *text, rask_error *err) {
    sql_statement *statement;
    plan *p = plan_new();
    rask_status status = sql_parse_statement(p, text, (int64_t)strlen(text), &statement, err);
    plan_unref(p);
    bool is_unique = strcmp(err->message, "UNIQUE constraint is not supported yet") == 0;
    return status == RASK_OK || status == RASK_ERROR_UNSUPPORTED || is_unique;
}

static void test_statement_forms(void **state) {
    static char line[LINE_MAX_LENGTH];
    int forms = 0, refused = 0, wrong = 0;
    FILE *file = open_reference("sql_statements.md");
    (void)state;
    while (fgets(line, sizeof line, file) != NULL && strncmp(line, "## What the", 11) != 0) {
        char *example, *verdict;
        rask_error err = {0};
        if (!read_row(line, &example, &verdict))
            continue;
        bool is_no = strncmp(verdict, "no ", 3) == 0;
        forms++;
        refused += is_no;
        if (accepts(example, &err) == is_no) {
            print_error("%s\n  %s\n  %s\n", example, verdict, err.message);
            wrong++;
        }
    }
    fclose(file);
    assert_int_equal(forms, 271);
    assert_int_equal(refused, 13);
    assert_int_equal(wrong, 0);
}

/* The words listed as reserved are, and the others are not. */
static void test_keyword_list(void **state) {
    static char line[LINE_MAX_LENGTH];
    int words = 0;
    FILE *file = open_reference("sql_statements.md");
    (void)state;
    while (fgets(line, sizeof line, file) != NULL) {
        bool reserved = strncmp(line, "Reserved (", 10) == 0;
        if (!reserved && strncmp(line, "Not reserved (", 14) != 0)
            continue;
        strtok(line, ":");
        for (char *word; (word = strtok(NULL, ": \n")) != NULL; words++)
            if (strcmp(word, "END-EXEC") != 0 && sql_is_reserved(word) != reserved)
                fail_msg("%s", word);
    }
    fclose(file);
    assert_int_equal(words, 787);
}

/* ---- string expressions ---------------------------------------------------------------------- */

/* 1.9's names of what we call otherwise; any other name is the SQL name in camel case. */
static const struct {
    const char *sql, *name;
} old_names[] = {{"+", "plus"},
                 {"*", "times"},
                 {"/", "divide"},
                 {"=", "equals"},
                 {"<>", "notEquals"},
                 {">", "greaterThan"},
                 {">=", "greaterThanOrEqual"},
                 {"<", "lessThan"},
                 {"<=", "lessThanOrEqual"},
                 {"IF", "ifThenElse"},
                 {"INT", "INT"},
                 {"UPPER", "upperCase"},
                 {"ITEM", "at"},
                 {"DOT", "get"},
                 {"SIMILAR TO", "similar"},
                 {"WITHCOLUMNS", "withColumns"},
                 {"WITHOUTCOLUMNS", "withoutColumns"},
                 {"RANGETO", "rangeTo"},
                 {"TIMESTAMPDIFF", "timestampDiff"},
                 {"TEMPORALOVERLAPS", "temporalOverlaps"},
                 {"WINDOW_START", "start"},
                 {"WINDOW_END", "end"}};

static void add_old_name(const expr_node *call, base_strbuf *out) {
    bool is_upper = false;
    if (strcmp(call->name, "-") == 0) {
        base_strbuf_add_text(out, call->arg_count == 1 ? "minusPrefix" : "minus");
        return;
    }
    for (size_t i = 0; i < sizeof old_names / sizeof *old_names; i++)
        if (strcmp(call->name, old_names[i].sql) == 0) {
            base_strbuf_add_text(out, old_names[i].name);
            return;
        }
    bool is_sql = true;
    for (const char *c = call->name; *c != '\0'; c++)
        is_sql &= !islower((unsigned char)*c);
    for (const char *c = call->name; *c != '\0'; c++) {
        if (is_sql && (*c == '_' || *c == ' ')) {
            is_upper = true;
            continue;
        }
        base_strbuf_add_char(out, is_sql && !is_upper ? (char)tolower((unsigned char)*c) : *c);
        is_upper = false;
    }
}

static void add_old(const expr_node *node, base_strbuf *out);

static void add_old_args(expr_node *const *args, int32_t count, base_strbuf *out) {
    for (int32_t i = 0; i < count; i++) {
        if (i > 0)
            base_strbuf_add_text(out, ", ");
        add_old(args[i], out);
    }
}

/* 1.9 puts the unit in front, and says the side of TRIM with two booleans. */
static void add_old_call(const expr_node *node, base_strbuf *out) {
    expr_node *args[16];
    bool is_rounding = node->arg_count == 2 && node->args[1]->kind == EXPR_SYMBOL;
    bool is_trim = strcmp(node->name, "TRIM") == 0;
    memcpy(args, node->args, sizeof *args * (size_t)node->arg_count);
    if (is_rounding) {
        args[0] = node->args[1];
        args[1] = node->args[0];
    }
    if (node->distinct)
        base_strbuf_add_text(out, "distinct(");
    add_old_name(node, out);
    base_strbuf_add_char(out, '(');
    if (is_trim) {
        const char *side = node->args[0]->name;
        base_strbuf_printf(out, "%s, %s, ", strcmp(side, "TRAILING") == 0 ? "false" : "true",
                           strcmp(side, "LEADING") == 0 ? "false" : "true");
    }
    add_old_args(args + is_trim, node->arg_count - is_trim, out);
    base_strbuf_add_text(out, node->distinct ? "))" : ")");
}

static void add_old_literal(const data_value *value, base_strbuf *out) {
    bool is_interval = data_kind_is_interval(value->type->kind);
    if (value->is_null)
        base_strbuf_add_text(out, "null");
    else if (value->type->kind == DATA_CHAR)
        data_value_write_sql(value, out);
    else if (value->type->kind == DATA_BOOLEAN)
        base_strbuf_add_text(out, value->i64 ? "true" : "false");
    else if (is_interval)
        base_strbuf_printf(out, "%lld", (long long)value->i64);
    else
        data_value_print(value, out);
}

static void add_old_type(const data_type *type, base_strbuf *out) {
    if (type->kind == DATA_DECIMAL)
        base_strbuf_add_text(out, "LEGACY(BigDecimal)");
    else
        data_type_write(type, true, out);
}

/* The tree as the reference writes it. */
static void add_old(const expr_node *node, base_strbuf *out) {
    switch (node->kind) {
    case EXPR_NAME:
        base_strbuf_add_text(out, node->names[0]);
        break;
    case EXPR_STAR:
        base_strbuf_add_char(out, '*');
        break;
    case EXPR_SYMBOL:
        base_strbuf_add_text(out, node->name);
        break;
    case EXPR_LITERAL:
        add_old_literal(&node->value, out);
        break;
    case EXPR_CAST:
        base_strbuf_add_text(out, "cast(");
        add_old(node->args[0], out);
        base_strbuf_add_text(out, ", ");
        add_old_type(node->type, out);
        base_strbuf_add_char(out, ')');
        break;
    case EXPR_ALIAS:
        base_strbuf_add_text(out, "as(");
        add_old(node->args[0], out);
        for (int32_t i = 0; i < node->name_count; i++)
            base_strbuf_printf(out, ", '%s'", node->names[i]);
        base_strbuf_add_char(out, ')');
        break;
    case EXPR_ORDER:
        base_strbuf_add_text(out, node->descending ? "desc(" : "asc(");
        add_old(node->args[0], out);
        base_strbuf_add_char(out, ')');
        break;
    default:
        assert_int_equal(node->kind, EXPR_CALL);
        add_old_call(node, out);
    }
}

static void describe(const char *text, base_strbuf *out) {
    rask_error err = {0};
    base_list nodes = {0};
    base_arena *arena = base_arena_new();
    if (sql_parse_string_expressions(arena, text, (int64_t)strlen(text), &nodes, &err) == RASK_OK)
        add_old_args((expr_node *const *)nodes.items, nodes.count, out);
    else
        base_strbuf_printf(out, "rejected: %s", err.message);
    base_arena_free(arena);
}

static void test_string_expressions(void **state) {
    static char line[LINE_MAX_LENGTH];
    int forms = 0, wrong = 0;
    FILE *file = open_reference("string_expressions_1.9.tsv");
    (void)state;
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) != NULL) {
        char *kind = strtok(line, "\t"), *text = strtok(NULL, "\t"), *expected = strtok(NULL, "\t");
        base_strbuf got;
        if (strcmp(kind, "name") == 0 || strcmp(kind, "unit") == 0)
            continue;
        base_strbuf_init(&got, 1 << 16);
        describe(text, &got);
        forms++;
        /* A name looked up without regard to case is shown as written: AVG(a). */
        bool is_upper_call = strcmp(text, "AVG(a)") == 0;
        if ((is_upper_call ? strcasecmp : strcmp)(got.data, expected) != 0) {
            print_error("%s\n  expected %s\n  got      %s\n", text, expected, got.data);
            wrong++;
        }
        base_strbuf_free(&got);
    }
    fclose(file);
    assert_true(forms > 120);
    assert_int_equal(wrong, 0);
}

/* Names of functions lead to calls that are not the name itself, unless they are special forms. */
static void test_string_function_names(void **state) {
    static char line[LINE_MAX_LENGTH];
    static const char *const same[] = {"cast", "as", "concat_ws"};
    int names = 0;
    FILE *file = open_reference("string_expressions_1.9.tsv");
    (void)state;
    while (fgets(line, sizeof line, file) != NULL) {
        rask_error err = {0};
        base_list nodes = {0};
        char *kind = strtok(line, "\t"), *name = strtok(NULL, "\t");
        bool is_special = false;
        if (strcmp(kind, "name") != 0)
            continue;
        for (size_t i = 0; i < sizeof same / sizeof *same; i++)
            is_special |= strcmp(name, same[i]) == 0;
        if (is_special)
            continue;
        base_arena *arena = base_arena_new();
        char *text = base_printf("a.%s(b)", name);
        ASSERT_OK(sql_parse_string_expressions(arena, text, (int64_t)strlen(text), &nodes, &err));
        const expr_node *node = nodes.items[0];
        if (node->kind == EXPR_CALL && strcmp(node->name, name) == 0)
            fail_msg("%s is no known name", name);
        base_free(text);
        base_arena_free(arena);
        names++;
    }
    fclose(file);
    assert_true(names > 100);
}

static void check_string_error(const char *text, int32_t column, const char *message) {
    rask_error err = {0};
    base_list nodes = {0};
    base_arena *arena = base_arena_new();
    assert_int_equal(sql_parse_string_expressions(arena, text, (int64_t)strlen(text), &nodes, &err),
                     RASK_ERROR_EXPRESSION_PARSER);
    assert_string_equal(err.message, message);
    assert_int_equal(err.column, column);
    assert_int_equal(nodes.count, 0);
    base_arena_free(arena);
}

static void test_string_errors(void **state) {
    (void)state;
    check_string_error("a,", 2,
                       "Could not parse expression at column 2: an expression expected but end "
                       "of source found");
    check_string_error("f(a", 3,
                       "Could not parse expression at column 3: ')' expected but end of "
                       "source found");
    check_string_error("a é", 3,
                       "Could not parse expression at column 3: ',' expected but 'é' "
                       "found");
    check_string_error("a ; b", 3,
                       "Could not parse expression at column 3: ',' expected but ';' found");
    check_string_error("99999999999999999999", 1,
                       "Could not parse expression at column 1: a number in range expected but "
                       "'9' found");
    check_string_error("nullOf(FOO)", 8,
                       "Could not parse expression at column 8: a type expected "
                       "but 'F' found");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statement_forms),    cmocka_unit_test(test_keyword_list),
        cmocka_unit_test(test_string_expressions), cmocka_unit_test(test_string_function_names),
        cmocka_unit_test(test_string_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
