/* The csv format: what real Flink 2.3 was seen to read and write, splits, positions, errors, and
 * the splitters against each other and against a plain one on random input. */
#include <stdlib.h>

#include "format/format.h"
#include "table_fixture.h"

typedef struct read_case {
    const char *columns, *options, *bytes;
    const char *rows; /* expected; a line "!..." = the error's message contains this */
    const char *project;
} read_case;

/* Whether `text` is what is expected: lines that start with ! need only be contained. */
static void check_rows(const read_case *c, const char *text) {
    const char *expected_error = strchr(c->rows, '!'), *error = strchr(text, '!');
    if (expected_error == NULL || error == NULL) {
        if (strcmp(text, c->rows) != 0)
            fail_msg("%s\ninput %s\ngave  %s\nnot   %s", c->options, c->bytes, text, c->rows);
        return;
    }
    bool same_rows = error - text == expected_error - c->rows &&
                     strncmp(text, c->rows, (size_t)(error - text)) == 0;
    if (!same_rows || strstr(error, expected_error + 1) == NULL)
        fail_msg("%s\ninput %s\ngave  %s\nnot   %s", c->options, c->bytes, text, c->rows);
}

static void run_case(const read_case *c, bool legacy, int32_t rows_max, int64_t block_bytes) {
    fixture f;
    memory_file file;
    base_strbuf out;
    fixture_init(&f, c->columns, c->options);
    f.table->is_legacy = legacy;
    f.format.block_bytes = block_bytes;
    if (c->project != NULL)
        fixture_project(&f, c->project);
    memory_file_init(&file, c->bytes, (int64_t)strlen(c->bytes));
    base_strbuf_init(&out, INT32_MAX);
    base_strbuf_add_text(&out, "");
    read_splits(&f, format_find("csv"), &file, &(format_split){0, file.input.size}, 1, rows_max,
                &out);
    check_rows(c, out.data);
    base_strbuf_free(&out);
    fixture_free(&f);
}

/* Each case with whole blocks and with tiny ones, in one batch and row by row. */
static void run_cases(const read_case *cases, size_t count, bool legacy) {
    for (size_t i = 0; i < count; i++) {
        run_case(&cases[i], legacy, 1000, 0);
        run_case(&cases[i], legacy, 1, 0);
        run_case(&cases[i], legacy, 3, 4);
        run_case(&cases[i], legacy, 1000, 33);
    }
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define S "a STRING, b INT"
#define SS "a STRING, b STRING"
#define IGNORE "csv.ignore-parse-errors=true"

static void rows_and_quotes(void **state) {
    static const read_case cases[] = {
        {S, "", "x,1\ny,2\n", "x|1\ny|2\n"},
        {S, "", "x,1\ny,2", "x|1\ny|2\n"},
        {S, "", "x,1\r\ny,2\r\n", "x|1\ny|2\n"},
        {S, "", "x,1\ry,2\r", "x|1\ny|2\n"},
        {S, "", "x,1\r\r\ny,2\r\n", "x|1\n!Row length mismatch. 2 fields expected but was 1."},
        {S, "", "\xef\xbb\xbfx,1\n", "x|1\n"},
        {S, "", "x,1\n\ny,2\n", "x|1\n!Row length mismatch. 2 fields expected but was 1."},
        {"a STRING", "", "x\n\ny\n", "x\n\ny\n"},
        {"a STRING", "", "x\n  \ny\n", "x\n  \ny\n"},
        {"a STRING", "", "\n", "\n"},
        {"a STRING", "", "x\n\n", "x\n\n"},
        {S, "", "", ""},
        {S, "", "\"x,y\",1\n\"a\"\"b\",2\n\"l1\nl2\",3\n\"\",4\n", "x,y|1\na\"b|2\nl1\nl2|3\n|4\n"},
        {S, "", "x,\"1\"\n", "x|1\n"},
        {S, "", "a\"b,1\na\"b\",2\n", "a\"b|1\na\"b\"|2\n"},
        {S, "", "\"a\"b,1\n",
         "!Unexpected character ('b' (code 98)): Expected column separator character (',' (code "
         "44)) or end-of-line"},
        {S, "", "\"a\"  ,1\n", "a|1\n"},
        {S, "", "\"a\"\t,1\n", "a|1\n"},
        {S, "", "  \"a\",1\n", "  \"a\"|1\n"},
        {S, "", "x,1\n\"a,1\nb,2\n", "x|1\n!line 2, field 1 (`a` STRING): Missing closing quote"},
        {SS, "", "x,\"y\"", "x|y\n"},
        {SS, "", "x,\"y\"  ", "x|y\n"},
        {SS, "", "x,", "x|\n"},
        {SS, "csv.field-delimiter= ", "x y\n\"p\" \"q\"\n \"z\"\n", "x|y\np|q\n|z\n"},
        {S, "csv.field-delimiter=;", "x;1\n", "x|1\n"},
        {S, "csv.field-delimiter=\\t", "x\t1\n", "x|1\n"},
        {S, "csv.field-delimiter=\t", "x\t1\n", "x|1\n"},
        {S, "csv.field-delimiter=\\u0001", "x\0011\n", "x|1\n"},
        {S, "csv.field-delimiter=\xc3\xa9",
         "x\xc3\xa9"
         "1\n",
         "x|1\n"},
        {S, "csv.field-delimiter=\\n", "x\n1\n", "x|1\n"},
        {S, "csv.quote-character='", "'x,y',1\n", "x,y|1\n"},
        {S, "csv.quote-character=,", "x,1\n", "x|1\n"},
        {S, "csv.disable-quote-character=true", "\"x\",1\n", "\"x\"|1\n"},
    };
    run_cases(cases, COUNT(cases), false);
}

static void missing_and_extra_fields(void **state) {
    static const read_case cases[] = {
        {S, "", "x\ny,2\n", "!Row length mismatch. 2 fields expected but was 1."},
        {"a STRING, b STRING, c STRING", "csv.fail-on-missing-columns=true", "a,b,c\nd,e\nf\n",
         "a|b|c\n!Not enough column values: expected 3, found 2 at [Source: UNKNOWN; line: 2, "
         "column: 3]"},
        {"a STRING", "", "a,1\n",
         "!Too many entries: expected at most 1 (value #1 (1 chars) \"1\") at [Source: UNKNOWN; "
         "line: 1, column: 3]"},
        {S, "", "x,1,2,3\n", "!Too many entries: expected at most 2 (value #2 (1 chars) \"2\")"},
        {S, IGNORE, "x,1,2\ny,2\n", "y|2\n"},
        {S, "csv.ignore-trailing-unmappable=true", "x,1,2,3\ny,2\n", "x|1\ny|2\n"},
        {S, "", "x,1,\ny,2\n", "x|1\ny|2\n"},
        {S, "", "x,1,", "x|1\n"},
        {S, "", "x,1, \t\ny,2\n", "x|1\ny|2\n"},
        {S, "", "x,1,\"\"\ny,2\n", "x|1\ny|2\n"},
        {S, "csv.allow-trailing-comma=false", "x,1,\ny,2\n", "!Too many entries"},
        {S, "", "x,1,,\ny,2\n", "!Too many entries"},
        {S, IGNORE, "x\n\ny,2\n", "x|<NULL>\n|<NULL>\ny|2\n"},
        {S, IGNORE "|csv.fail-on-missing-columns=true", "x\ny,2\n", "y|2\n"},
        {"a STRING, b INT, c INT", "", "x,abc,3\n", "x|3\n", "a, c"},
        {"a STRING, b INT, c INT", "", "x,1,3\ny\n", "3\n<NULL>\n", "c"},
        {"a STRING, b INT, c INT", "", "x,1\ny\n", "x|<NULL>\n!Row length mismatch", "a, c"},
        {"a STRING, b INT, c INT", "", "x,1,3\n", "3|x\n", "c, a"},
        {"a STRING, b INT, c INT", "", "x,1,3\n", "x|x\n", "a, a"},
        {S, "", "x,1,2\ny,2\n", "!Too many entries", "a"},
        {S, "csv.fail-on-missing-columns=true", "x\ny,2\n", "!Not enough column values", "a"},
    };
    run_cases(cases, COUNT(cases), false);
}

static void skipping_damaged_rows(void **state) {
    static const read_case cases[] = {
        {S, IGNORE, "x,abc\ny,2\n", "x|<NULL>\ny|2\n"},
        {S, IGNORE, "\"a\"b,1\ny,2\nz,3\n", "y|2\nz|3\n"},
        {S, IGNORE, "w,0\nx,\"1\"b\ny,2\nz,3\n", "w|0\ny|2\nz|3\n"},
        {S, IGNORE, "\"a\"bbb\"\n\",1\ny,2\nz,3\n", ""},
        {S, IGNORE, "x,1\n\"a,1\nb,2\n", "x|1\n"},
        {S, IGNORE, "x,1,2,3,4\ny,2\n\"p\",\"1\",\"2\"\nz,3\n", "y|2\nz|3\n"},
        {S, IGNORE, "x,1,\"a\nb\",3\ny,2\n", "y|2\n"},
        {"a STRING, b INT, c INT", IGNORE, "\"a\"b,1,\"2\"z,4\ny,2,3\nz,3,4\n", "y|2|3\nz|3|4\n"},
        {S, IGNORE, "a\xff,1\ny,2\n", "<NULL>|1\ny|2\n"},
        {S, "", "y,2\na\xff,1\n", "y|2\n!field 1 (`a` STRING): the text is not valid UTF-8"},
        {S, IGNORE "|csv.escape-character=\\", "\"a\"b,1\ny,2\n", "y|2\n"},
    };
    run_cases(cases, COUNT(cases), false);
}

static void nulls_comments_blanks_escapes(void **state) {
    static const read_case cases[] = {
        {S, "csv.null-literal=N", "N,1\nx,N\n\"N\",2\n", "<NULL>|1\nx|<NULL>\n<NULL>|2\n"},
        {S, "csv.null-literal=", ",1\nx,\n\"\",2\n", "<NULL>|1\nx|<NULL>\n<NULL>|2\n"},
        {SS, "", ",\n\"\",x\n", "|\n|x\n"},
        {SS, "csv.empty-string-as-null=true", ",\n\"\",x\n", "<NULL>|<NULL>\n<NULL>|x\n"},
        {"a INT, b STRING", "csv.empty-string-as-null=true", ",x\n1,\n", "<NULL>|x\n1|<NULL>\n"},
        {S, "csv.allow-comments=true", "#c\nx,1\n  #d\ny,2\n#e", "x|1\ny|2\n"},
        {S, "csv.allow-comments=true", "x,1\n#\"q\ny,2\n\"#z\",3\n", "x|1\ny|2\n#z|3\n"},
        {S, "csv.allow-comments=true", "x,1\n\n#c\n\ny,2\n", "x|1\ny|2\n"},
        {S, "csv.allow-comments=true", "#c\rx,1\n  \n#a\r\ny,2\n", "x|1\ny|2\n"},
        {S, "csv.allow-comments=true", "#c\n", ""},
        {S, "csv.allow-comments=true", "x#c,1\n", "x#c|1\n"},
        {S, "csv.allow-comments=true", "  x,1\n  \"y\",2\n", "x|1\ny|2\n"},
        {"a STRING", "csv.allow-comments=true|csv.field-delimiter=\\t", "x\n\t\ny\n", "x\n\ny\n"},
        {S, "", "#c\nx,1\n", "!Row length mismatch"},
        {S, "csv.trim-spaces=true", "  x  , 1 \n  \"q \" ,2\n\" z\",3\n\t y\t,4\n",
         "x|1\nq |2\n z|3\ny|4\n"},
        {SS, "csv.trim-spaces=true", "  ,  \n", "|\n"},
        {SS, "csv.trim-spaces=true|csv.null-literal=N", " N ,\"N \"\n\" N\", N\n",
         "<NULL>|N \n N|<NULL>\n"},
        {SS, "csv.trim-spaces=true|csv.field-delimiter=\\t", " x \t y \n\t\n", "x|y\n|\n"},
        {"a STRING", "csv.trim-spaces=true", "x\n\n  \ny\n", "x\n\n\ny\n"},
        {S, "csv.trim-spaces=true", "x,1,  \ny,2\n", "x|1\ny|2\n"},
        {S, "csv.escape-character=\\", "a\\,b,1\n\"q\\\"r\",2\na\\nb,3\n\\\\,4\n\\x,5\n",
         "a,b|1\nq\"r|2\na\nb|3\n\\|4\nx|5\n"},
        {S, "csv.escape-character=\\", "a\\\nb,1\n\\tq,2\n\"\\n\",3\n", "a\nb|1\n\tq|2\n\n|3\n"},
        {SS, "csv.escape-character=\\|csv.null-literal=N", "\\N,N\n\"\\N\",x\n",
         "<NULL>|<NULL>\n<NULL>|x\n"},
        {SS, "csv.escape-character=\\",
         "\\\"a,b\\\"\n\"a\"\"b\",\"a\\\\\"\n\\r,\\b\n\"a\\\nb\",\"x\\,y\"\n",
         "\"a|b\"\na\"b|a\\\n\r|b\na\nb|x,y\n"},
        {"a STRING", "csv.escape-character=\\", "a\\", "!Unexpected EOF in escaped character"},
    };
    run_cases(cases, COUNT(cases), false);
}

/* One column of a type; the texts are rows, what they become is separated by bars. */
static void check_type(const char *type, const char *const *texts, const char *expected) {
    char columns[64];
    base_strbuf bytes, rows;
    snprintf(columns, sizeof columns, "v %s", type);
    base_strbuf_init(&bytes, 1 << 16);
    base_strbuf_init(&rows, 1 << 16);
    for (; *texts != NULL; texts++)
        base_strbuf_printf(&bytes, "\"%s\"\n", *texts);
    for (; *expected != '\0'; expected++)
        base_strbuf_add_char(&rows, *expected == '|' ? '\n' : *expected);
    base_strbuf_add_char(&rows, '\n');
    read_case c = {columns, IGNORE, bytes.data, rows.data};
    run_case(&c, false, 1000, 0);
    base_strbuf_free(&bytes);
    base_strbuf_free(&rows);
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void forms_of_numbers(void **state) {
    check_type("BOOLEAN", TEXTS("true", "TRUE", "False", "1", "t", " true ", ""),
               "TRUE|TRUE|FALSE|FALSE|FALSE|TRUE|FALSE");
    check_type("TINYINT", TEXTS("127", "128", "-128", " 1 ", "+1", "1_0", "0x1"),
               "127|<NULL>|-128|1|1|<NULL>|<NULL>");
    check_type("INT", TEXTS("2147483647", "2147483648", "-2147483648", "1.0", "", "  "),
               "2147483647|<NULL>|-2147483648|<NULL>|<NULL>|<NULL>");
    check_type("BIGINT",
               TEXTS("9223372036854775807", "9223372036854775808", "-9223372036854775808",
                     "00000000000000000000001", "--1", "+-1", "-", "+", "1L", "1e3", "12345678",
                     "123456789", "1234567890123456", "12345678901234567", "-1234567890123456"),
               "9223372036854775807|<NULL>|-9223372036854775808|1|<NULL>|<NULL>|<NULL>|<NULL>|"
               "<NULL>|<NULL>|12345678|123456789|1234567890123456|12345678901234567|"
               "-1234567890123456");
    check_type("DOUBLE",
               TEXTS("1", "1e5", "1.5f", "1d", "NaN", "nan", "Infinity", "-Infinity", "inf",
                     "0x1p3", "", " 1.5 ", ".5", "5.", ".", "1e", "1E+5", "1e400", "+1.5"),
               "1.0|100000.0|1.5|1.0|NaN|<NULL>|Infinity|-Infinity|<NULL>|8.0|<NULL>|1.5|0.5|5.0|"
               "<NULL>|<NULL>|100000.0|Infinity|1.5");
    check_type("FLOAT", TEXTS("1.1", "1e39", "16777217", "3.4028235e38", "1e-46"),
               "1.1|Infinity|1.6777216E7|3.4028235E38|0.0");
    check_type("DECIMAL(5, 2)",
               TEXTS("1.239", "1.235", "-1.235", "1234.5", "999.994", "999.995", "1e2", " 1.5 ",
                     "abc", "", ".5", "5.", "+1", "1E-3", "-0.004", "-", "."),
               "1.24|1.24|-1.24|<NULL>|999.99|<NULL>|100.00|<NULL>|<NULL>|<NULL>|0.50|5.00|1.00|"
               "0.00|0.00|<NULL>|<NULL>");
    check_type(
        "DECIMAL(38, 0)", TEXTS("99999999999999999999999999999999999999", "1e38", "1e37", "-1"),
        "99999999999999999999999999999999999999|<NULL>|10000000000000000000000000000000000000|"
        "-1");
    read_case overflow = {"v DECIMAL(5, 2)", "", "1234.5\n1\n", "<NULL>\n1.00\n"};
    run_case(&overflow, false, 1000, 0);
}

static void forms_of_times(void **state) {
    check_type("DATE",
               TEXTS("2020-01-02", "2020-1-2", " 2020-01-02 ", "2020-13-01", "2020-02-30",
                     "20200102", "12020-01-01", "0001-01-01", "2020-01-02 00:00:00", "20-01-02",
                     "2020/01/02", "2020-001-02", "2020-04-31", "2020-01-32", "2020-01-00",
                     "9999-12-31"),
               "2020-01-02|2020-01-02|<NULL>|<NULL>|2020-03-01|<NULL>|<NULL>|0001-01-01|<NULL>|"
               "<NULL>|<NULL>|<NULL>|2020-05-01|<NULL>|<NULL>|9999-12-31");
    check_type("TIME",
               TEXTS("12:34:56", "12:34", "12:34:56.789", "24:00:00", "23:59:60", "1:2:3",
                     " 12:34:56 ", "12:34:56Z", "12:34:56.7891"),
               "12:34:56|12:34:00|12:34:56|<NULL>|<NULL>|<NULL>|<NULL>|<NULL>|12:34:56");
    check_type("TIME(3)", TEXTS("12:34:56.789", "12:34:56."), "12:34:56.789|12:34:56.0");
    check_type(
        "TIMESTAMP(3)",
        TEXTS("2020-01-02 03:04:05", "2020-01-02 03:04:05.123456789", "2020-01-02 03:04:05.1",
              "2020-01-02T03:04:05", "2020-01-02 03:04", "2020-01-02", " 2020-01-02 03:04:05 ",
              "2020-1-2 3:4:5", "2020-02-30 00:00:00", "2020-01-02 24:00:00", "2020-01-02 24:00:01",
              "2020-01-02 03:04:05.", "2020-01-02 03:04:05Z", "2020-01-02 03:04:05.1234567891",
              "2020-01-02  03:04:05", "1969-12-31 23:59:59.999"),
        "2020-01-02 03:04:05.000|2020-01-02 03:04:05.123|2020-01-02 03:04:05.100|<NULL>|<NULL>"
        "|<NULL>|2020-01-02 03:04:05.000|<NULL>|2020-02-29 00:00:00.000|"
        "2020-01-03 00:00:00.000|<NULL>|2020-01-02 03:04:05.000|<NULL>|<NULL>|<NULL>|"
        "1969-12-31 23:59:59.999");
    check_type("TIMESTAMP(9)", TEXTS("2020-01-02 03:04:05.123456789"),
               "2020-01-02 03:04:05.123456789");
    check_type("TIMESTAMP_LTZ(3)",
               TEXTS("2020-01-02 03:04:05Z", "2020-01-02 03:04:05", "2020-01-02 03:04:05.123Z",
                     "2020-01-02T03:04:05Z", "2020-01-02 03:04:05+01:00"),
               "2020-01-02 03:04:05.000|<NULL>|2020-01-02 03:04:05.123|<NULL>|<NULL>");
}

static void binary_and_text(void **state) {
    check_type("BYTES", TEXTS("aGk=", "aGk", "!!", "", "aGkK"),
               "x'6869'|<NULL>|<NULL>|x''|x'68690a'");
    check_type("CHAR(3)", TEXTS("a", "abcd"), "a|abcd");
    check_type("VARCHAR(2)", TEXTS("abc"), "abc");
    check_type(
        "STRING",
        TEXTS("twelve bytes", "thirteen byte", "a text that is longer than a view", "\xc3\xa9"),
        "twelve bytes|thirteen byte|a text that is longer than a view|\xc3\xa9");
}

static void legacy_reading(void **state) {
    static const read_case cases[] = {
        {S, "", "x,1\ny,2\n", "x|1\ny|2\n"},
        {S, "", "x,1\r\ny,2", "x|1\ny|2\n"},
        {S, "", "x,1,more\ny,2\n", "x|1\ny|2\n"},
        {S, "", "x,\n,2\n", "x|<NULL>\n|2\n"},
        {S, "", "x\ny,2\n", "!Row too short: 2 fields are needed but only 1 are there"},
        {S, IGNORE, "x\ny,2\nz,q\n", "y|2\nz|<NULL>\n"},
        {S, "", "x, 1\n", "!line 1, field 2 (`b` INT): For input string: \" 1\""},
        {S, "", "x,+1\n", "!For input string"},
        {S, "csv.field-delimiter=\\p\\p", "x||1\ny||2\n", "x|1\ny|2\n"},
        {S, "csv.line-delimiter=;;", "x,1;;y,2;;", "x|1\ny|2\n"},
        {S, "csv.comment-prefix=//", "//c\nx,1\n//\ny,2\n", "x|1\ny|2\n"},
        {S, "csv.ignore-first-line=true", "a,b\nx,1\n", "x|1\n"},
        {S, "csv.ignore-first-line=true", "a,b", ""},
        {S, "csv.quote-character=\"", "\"x,y\",1\n\"p\\\"q\",2\n", "x,y|1\np\\\"q|2\n"},
        {S, "csv.quote-character=\"", "\"x,1\n", "!a quoted field is not closed"},
        {S, "csv.quote-character=\"|" IGNORE, "\"x,1\ny,2\n\"z\"z,3\n",
         "<NULL>|1\ny|2\n<NULL>|3\n"},
        {"a BOOLEAN, b DOUBLE", "", "1,1.5\nFALSE,2\n", "TRUE|1.5\nFALSE|2.0\n"},
        {"a BOOLEAN", "", "yes\n", "!For input string: \"yes\""},
        {"a TIMESTAMP(3), b TIME", "", "2020-1-2 3:4:5.6,1:2:3\n",
         "2020-01-02 03:04:05.600|01:02:03\n"},
        {"a STRING, b INT, c INT", "", "x,1\n", "x|1\n", "a, b"},
    };
    run_cases(cases, COUNT(cases), true);
}

static void errors_name_the_place(void **state) {
    static const read_case cases[] = {
        {"word STRING, `count` BIGINT", "", "", ""},
        {"word STRING, count BIGINT", "", "a,1\n\"b\nb\",2\r\nc,abc\n",
         "a|1\nb\nb|2\n!Failed to deserialize CSV row 'c,abc' of file '/p/a.csv', line 4, field 2 "
         "(`count` BIGINT): For input string: \"abc\""},
        {"a INT, b INT", "", "1,x\ny,2\n", "!line 1, field 2 (`b` INT): For input string: \"x\""},
        {"a INT, b INT", "", "y,x\n1,2\n", "!line 1, field 1 (`a` INT): For input string: \"y\""},
    };
    run_cases(cases + 1, COUNT(cases) - 1, false);
}

static void options_are_checked(void **state) {
    static const struct {
        const char *columns, *options, *message;
    } cases[] = {
        {"a INT", "csv.field-delimiter=||",
         "Option 'csv.field-delimiter' must be a string with single character, but was: ||"},
        {"a INT", "csv.quote-character=ab",
         "Option 'csv.quote-character' must be a string with single character, but was: ab"},
        {"a INT", "csv.quote-character='|csv.disable-quote-character=true",
         "Format cannot define a quote character and disabled quote character at the same time."},
        {"a MAP<STRING, INT>", "", "Unsupported type 'MAP<STRING, INT>' for field 'a'."},
    };
    rask_error err;
    for (size_t i = 0; i < COUNT(cases); i++) {
        fixture f;
        char options[128];
        snprintf(options, sizeof options, "%s", cases[i].options);
        if (i == 0)
            snprintf(options, sizeof options, "csv.field-delimiter=\\p\\p");
        fixture_init(&f, cases[i].columns, options);
        rask_error_clear(&err);
        assert_int_not_equal(format_find("csv")->check(&f.format, false, &err), RASK_OK);
        assert_string_equal(err.message, cases[i].message);
        fixture_free(&f);
    }
}

/* ---- splits and positions -------------------------------------------------------------------- */

static char *read_whole(const fixture *f, const memory_file *file, int32_t rows_max) {
    base_strbuf out;
    base_strbuf_init(&out, INT32_MAX);
    base_strbuf_add_text(&out, "");
    read_splits(f, format_find("csv"), file, &(format_split){0, file->input.size}, 1, rows_max,
                &out);
    return base_strbuf_take(&out);
}

static void check_splits(const char *options, bool legacy, const char *bytes) {
    int64_t size = (int64_t)strlen(bytes);
    fixture f;
    memory_file file;
    rask_error err;
    const format_class *csv = format_find("csv");
    fixture_init(&f, SS, options);
    f.table->is_legacy = legacy;
    memory_file_init(&file, bytes, size);
    char *whole = read_whole(&f, &file, 1000);
    for (int64_t target = 1; target <= size; target++) {
        base_arena *arena = base_arena_new();
        format_split *splits;
        int32_t count;
        ASSERT_OK(csv->plan_splits(&f.format, &file.input, target, arena, &splits, &count, &err));
        assert_int_equal(splits[0].start, 0);
        assert_int_equal(splits[count - 1].end, size);
        for (int32_t i = 1; i < count; i++)
            assert_int_equal(splits[i].start, splits[i - 1].end);
        base_strbuf out;
        base_strbuf_init(&out, INT32_MAX);
        base_strbuf_add_text(&out, "");
        read_splits(&f, csv, &file, splits, count, 7, &out);
        if (strchr(whole, '!') == NULL && strcmp(out.data, whole) != 0)
            fail_msg("target %d of %s:\n%s\nnot\n%s", (int)target, bytes, out.data, whole);
        base_strbuf_free(&out);
        base_arena_free(arena);
    }
    base_free(whole);
    fixture_free(&f);
}

static void every_cut_gives_the_same_rows(void **state) {
    static const char quoted[] =
        "a,b\n\"x\ny\",\"p\"\"q\nr\"\r\n\"\",z\n5\" pipe,\"\n\n\n\"\n\"e\",\"f\"";
    check_splits("", false, quoted);
    check_splits(IGNORE, false, "a,b\r\"\r\",c\r\r\nd,\"\n\"x\n\"y\ny\",1\n");
    check_splits("csv.disable-quote-character=true", false, "a,b\r\nc,d\re,f\n\"g,h\n");
    check_splits("csv.escape-character=\\", false, "a,b\\\nc\nd,e\n");
    check_splits("csv.trim-spaces=true", false, "a,b\n \"c\n\" ,d\n");
    check_splits("", true, "a,b\n\"c\n\",d\r\ne,\n");
    check_splits("csv.line-delimiter=\r\n", true, "a,b\r\nc,d\r\r\ne,f\n\r\n");
    check_splits("csv.line-delimiter=;;", true, "a,b;;c,d;;;e,f;;");
}

/* Reading on from the position behind every row gives the rest. */
static void positions_resume(void **state) {
    static const char bytes[] = "a,b\n\"x\ny\",\"p\"\"q\"\r\n\"long text with, comma\",z\n\"\",f";
    fixture f;
    memory_file file;
    rask_error err;
    const format_class *csv = format_find("csv");
    fixture_init(&f, SS, "");
    f.format.block_bytes = 8;
    memory_file_init(&file, bytes, sizeof bytes - 1);
    char *whole = read_whole(&f, &file, 1);
    for (int32_t rows = 0; rows < 4; rows++) {
        format_split split = {0, file.input.size};
        format_reader *reader;
        base_strbuf out;
        base_strbuf_init(&out, INT32_MAX);
        ASSERT_OK(csv->open_reader(&f.format, &file.input, &split, -1, &reader, &err));
        for (int32_t i = 0; i < rows; i++) {
            data_batch *batch;
            ASSERT_OK(csv->read(reader, 1, &batch, &err));
            add_rows(&out, batch);
            data_batch_unref(batch);
        }
        int64_t position = csv->position(reader);
        csv->close_reader(reader);
        ASSERT_OK(csv->open_reader(&f.format, &file.input, &split, position, &reader, &err));
        data_batch *batch;
        for (;;) {
            ASSERT_OK(csv->read(reader, 2, &batch, &err));
            if (batch == NULL)
                break;
            add_rows(&out, batch);
            data_batch_unref(batch);
        }
        csv->close_reader(reader);
        assert_string_equal(out.data, whole);
        base_strbuf_free(&out);
    }
    base_free(whole);
    fixture_free(&f);
}

/* ---- random input ---------------------------------------------------------------------------- */

/* Rows as the simplest reader sees them: one character after the other, quotes only where a field
 * begins, no options.  False = damaged input. */
static bool read_plainly(const char *bytes, int64_t size, int32_t columns, base_strbuf *out) {
    int64_t i = 0;
    while (i < size) {
        int32_t field = 0;
        bool ended = false;
        while (!ended) {
            base_strbuf text;
            base_strbuf_init(&text, INT32_MAX);
            base_strbuf_add_text(&text, "");
            bool damaged = false, blank = true;
            if (i < size && bytes[i] == '"') {
                for (i++; i < size && (bytes[i] != '"' || (i + 1 < size && bytes[i + 1] == '"'));
                     i++) {
                    i += bytes[i] == '"';
                    base_strbuf_add_char(&text, bytes[i]);
                }
                damaged = i >= size;
                for (i++; i < size && bytes[i] == ' ';)
                    i++;
                damaged = damaged || (i < size && strchr(",\r\n", bytes[i]) == NULL);
            } else {
                for (; i < size && strchr(",\r\n", bytes[i]) == NULL; i++)
                    base_strbuf_add_char(&text, bytes[i]);
            }
            for (int64_t k = 0; k < text.length; k++)
                blank = blank && (uint8_t)text.data[k] <= ' ';
            ended = i >= size || bytes[i] != ',';
            if (field < columns)
                base_strbuf_printf(out, field > 0 ? "|%s" : "%s", text.data);
            base_strbuf_free(&text);
            if (damaged || field > columns || (field == columns && (!ended || !blank)))
                return false;
            field++;
            i++;
        }
        if (i <= size && bytes[i - 1] == '\r' && i < size && bytes[i] == '\n')
            i++;
        if (field < columns)
            return false;
        base_strbuf_add_char(out, '\n');
    }
    return true;
}

static int64_t random_text(base_seeded *random, char *out, int64_t size_max) {
    static const char *const pieces[] = {
        "a",       "bc", ",", ",",     "\"",     "\"\"",    "\n",
        "\r\n",    "\r", " ", "\",\"", "\"\n\"", ",\"x\",", "long text without marks in it",
        "\xc3\xa9"};
    int64_t length = 0, pieces_wanted = (int64_t)(random->random.next(random->random.self) % 40);
    for (int64_t i = 0; i < pieces_wanted; i++) {
        const char *piece = pieces[random->random.next(random->random.self) % COUNT(pieces)];
        if (length + (int64_t)strlen(piece) < size_max)
            length += snprintf(out + length, (size_t)(size_max - length), "%s", piece);
    }
    out[length] = '\0';
    return length;
}

/* The fast splitter and the general one (chosen by an escape that never occurs) read the same, and
 * where the plain reader understands the text, what it reads. */
static void splitters_agree(void **state) {
    base_seeded random;
    char bytes[1024];
    int32_t understood = 0;
    base_seeded_init(&random, 42);
    for (int32_t round = 0; round < 4000; round++) {
        int64_t size = random_text(&random, bytes, sizeof bytes);
        bool ignore = round % 4 == 3;
        fixture fast, general;
        memory_file file;
        fixture_init(&fast, SS, ignore ? IGNORE : "");
        fixture_init(&general, SS,
                     ignore ? IGNORE "|csv.escape-character=~" : "csv.escape-character=~");
        fast.format.block_bytes = round % 3 == 0 ? 16 : 0;
        memory_file_init(&file, bytes, size);
        file.longest_read = round % 5 == 0 ? 3 : 0;
        char *a = read_whole(&fast, &file, 1 + round % 7), *b = read_whole(&general, &file, 100);
        if (strcmp(a, b) != 0)
            fail_msg("round %d: %s\nfast\n%s\ngeneral\n%s", round, bytes, a, b);
        base_strbuf plain;
        base_strbuf_init(&plain, INT32_MAX);
        base_strbuf_add_text(&plain, "");
        if (read_plainly(bytes, size, 2, &plain)) {
            understood++;
            if (strcmp(a, plain.data) != 0)
                fail_msg("round %d: %s\nfast\n%s\nplain\n%s", round, bytes, a, plain.data);
        }
        base_strbuf_free(&plain);
        if (round % 10 == 0 && !ignore)
            check_splits("", false, bytes);
        base_free(a);
        base_free(b);
        fixture_free(&fast);
        fixture_free(&general);
    }
    assert_in_range(understood, 100, 4000);
}

/* Many rows over many blocks; what is read stays what it was while later blocks are read. */
static void long_files_and_shared_blocks(void **state) {
    enum { ROWS = 30000 };
    fixture f;
    memory_file file;
    base_strbuf bytes;
    rask_error err;
    data_batch *batches[ROWS / 100 + 300];
    int32_t count = 0, rows = 0;
    const format_class *csv = format_find("csv");
    base_strbuf_init(&bytes, INT32_MAX);
    for (int32_t i = 0; i < ROWS; i++)
        base_strbuf_printf(&bytes, "\"a text of row number %d\",%d\n", i, i);
    fixture_init(&f, S, "");
    memory_file_init(&file, bytes.data, bytes.length);
    format_reader *reader;
    ASSERT_OK(csv->open_reader(&f.format, &file.input, &(format_split){0, bytes.length}, -1,
                               &reader, &err));
    for (;;) {
        data_batch *batch;
        ASSERT_OK(csv->read(reader, 100, &batch, &err));
        if (batch == NULL)
            break;
        if (count % 3 == 2)
            data_batch_unref(batches[--count]);
        batches[count++] = batch;
        rows += batch->row_count;
    }
    csv->close_reader(reader);
    assert_int_equal(rows, ROWS);
    for (int32_t i = 0; i < count; i++) {
        base_strbuf text;
        char expected[64];
        int32_t number = ((const int32_t *)batches[i]->columns[1]->values)[0];
        base_strbuf_init(&text, 1 << 20);
        add_rows(&text, batches[i]);
        snprintf(expected, sizeof expected, "a text of row number %d|%d\n", number, number);
        assert_memory_equal(text.data, expected, strlen(expected));
        base_strbuf_free(&text);
        data_batch_unref(batches[i]);
    }
    assert_int_equal(base_pool_used(f.pool), 0);
    base_strbuf_free(&bytes);
    fixture_free(&f);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void check_written(const char *format, const char *columns, const char *options, bool legacy,
                          const char *rows, const char *expected) {
    fixture f;
    rask_error err;
    base_strbuf out;
    format_writer *writer;
    const format_class *found = format_find(format);
    fixture_init(&f, columns, options);
    f.table->is_legacy = legacy;
    base_strbuf_init(&out, INT32_MAX);
    data_batch *batch = make_batch(&f, rows);
    ASSERT_OK(found->check(&f.format, true, &err));
    ASSERT_OK(found->open_writer(&f.format, &writer, &err));
    ASSERT_OK(found->write(writer, batch, &out, &err));
    ASSERT_OK(found->finish_writer(writer, &out, &err));
    found->close_writer(writer);
    assert_string_equal(out.data, expected);
    data_batch_unref(batch);
    base_strbuf_free(&out);
    fixture_free(&f);
}

static void writing_texts(void **state) {
    check_written(
        "csv", "a STRING", "", false,
        "+I plain\n+I two words\n+I a-b\n+I #x\n+I back\\slash\n+I say \"hi\"\n+I \n+I NULL\n"
        "+I xxxxxxxxxxxxxxxxxxxxxxxx\n+I xxxxxxxxxxxxxxxxxxxxxxxxx\n+I a;b\n",
        "plain\n\"two words\"\na-b\n\"#x\"\n\"back\\slash\"\n\"say \"\"hi\"\"\"\n\n\n"
        "xxxxxxxxxxxxxxxxxxxxxxxx\n\"xxxxxxxxxxxxxxxxxxxxxxxxx\"\na;b\n");
    check_written("csv", "a STRING", "csv.field-delimiter=;", false, "+I a;b\n+I 1\n+I <\n",
                  "\"a;b\"\n\"1\"\n<\n");
    check_written("csv", "a STRING", "csv.field-delimiter=\xc3\xa9", false,
                  "+I ~\n+I \xc3\xa8\n+I \xc3\xbc\n", "\"~\"\n\"\xc3\xa8\"\n\xc3\xbc\n");
    check_written("csv", "a STRING", "csv.escape-character=\\", false, "+I a\\b\n+I a\"b\n",
                  "\"a\\\\b\"\n\"a\"\"b\"\n");
    check_written("csv", "a STRING, b INT", "csv.null-literal=n/a", false, "+I x|NULL\n+I NULL|1\n",
                  "x,n/a\nn/a,1\n");
    check_written("csv", "a STRING", "csv.disable-quote-character=true", false, "+I a,b\n+I a\"b\n",
                  "a,b\na\"b\n");
}

static void writing_values(void **state) {
    check_written("csv", "a DECIMAL(20, 10), b DECIMAL(38, 0)", "", false,
                  "+I 1.5|100\n+I 0.0000000001|12345678901234567890\n+I 0|0\n+I 0.00001234|-5\n"
                  "+I 0.001234|-500\n",
                  "1.5,1E+2\n1E-10,1.234567890123456789E+19\n0,0\n0.00001234,-5\n0.001234,-5E+2\n");
    check_written("csv", "a TINYINT, b BIGINT, c FLOAT, d DOUBLE, e BOOLEAN", "", false,
                  "+I 1|-2|1.1|1e10|TRUE\n+I NULL|0|1e-5|NaN|FALSE\n",
                  "1,-2,1.1,1.0E10,true\n,0,1.0E-5,NaN,false\n");
    check_written("csv", "a DATE, b TIME(3), c TIMESTAMP(9), d TIMESTAMP_LTZ(3)", "", false,
                  "+I 2020-01-02|12:34:56.7|2020-01-02 03:04:05.12|2020-01-02 03:04:05.12\n"
                  "+I 0001-01-01|00:00:00|1969-01-02 00:00:00|2020-01-02 03:04:00\n",
                  "2020-01-02,12:34:56.7,\"2020-01-02 03:04:05.12\",\"2020-01-02 03:04:05.12Z\"\n"
                  "0001-01-01,00:00:00,\"1969-01-02 00:00:00\",\"2020-01-02 03:04:00Z\"\n");
    check_written("csv", "a STRING, b BIGINT, c TIMESTAMP(3), d DECIMAL(5, 2)", "", true,
                  "+I a b|1|2020-01-02 03:04:05|1.50\n+I NULL|NULL|2020-01-02 03:04:05.120|NULL\n",
                  "a b,1,2020-01-02 03:04:05.0,1.50\n,,2020-01-02 03:04:05.12,\n");
}

static void writing_canal_json(void **state) {
    check_written("canal-json", "word STRING, count BIGINT", "", false,
                  "+I flink|1\n-U flink|1\n+U flink|2\n-D a|NULL\n",
                  "{\"data\":[{\"word\":\"flink\",\"count\":1}],\"type\":\"INSERT\"}\n"
                  "{\"data\":[{\"word\":\"flink\",\"count\":1}],\"type\":\"DELETE\"}\n"
                  "{\"data\":[{\"word\":\"flink\",\"count\":2}],\"type\":\"INSERT\"}\n"
                  "{\"data\":[{\"word\":\"a\",\"count\":null}],\"type\":\"DELETE\"}\n");
    check_written("canal-json", "a STRING", "", false, "+I \t\"\\\x01\xc3\xa9/\x7f\n",
                  "{\"data\":[{\"a\":\"\\t\\\"\\\\\\u0001\xc3\xa9/\x7f\"}],\"type\":\"INSERT\"}\n");
    check_written("canal-json", "a DECIMAL(20, 10), b DOUBLE, c BOOLEAN", "", false,
                  "+I 1.5|NaN|TRUE\n+I 0.0000000001|1e10|FALSE\n",
                  "{\"data\":[{\"a\":1.5,\"b\":\"NaN\",\"c\":true}],\"type\":\"INSERT\"}\n"
                  "{\"data\":[{\"a\":1E-10,\"b\":1.0E10,\"c\":false}],\"type\":\"INSERT\"}\n");
    check_written("canal-json", "a DECIMAL(20, 10)",
                  "canal-json.encode.decimal-as-plain-number=true", false, "+I 1.5\n",
                  "{\"data\":[{\"a\":1.5000000000}],\"type\":\"INSERT\"}\n");
    check_written("canal-json", "a TIMESTAMP(3), b DATE",
                  "canal-json.timestamp-format.standard=ISO-8601", false,
                  "+I 2020-01-02 03:04:05.1|2020-01-02\n",
                  "{\"data\":[{\"a\":\"2020-01-02T03:04:05.1\",\"b\":\"2020-01-02\"}],"
                  "\"type\":\"INSERT\"}\n");
    check_written(
        "canal-json", "a STRING, b INT", "canal-json.encode.ignore-null-fields=true", false,
        "+I x|NULL\n+I NULL|NULL\n",
        "{\"data\":[{\"a\":\"x\"}],\"type\":\"INSERT\"}\n{\"data\":[{}],\"type\":\"INSERT\"}\n");
}

static void raw_lines(void **state) {
    static const char bytes[] = "x y\n\r\nz\r\na line that is longer than twelve\nbad\xff"
                                "byte\nlast";
    fixture f;
    memory_file file;
    base_strbuf out;
    fixture_init(&f, "line STRING", "");
    memory_file_init(&file, bytes, sizeof bytes - 1);
    for (int64_t block = 0; block < 20; block += 5) {
        f.format.block_bytes = block;
        base_strbuf_init(&out, 1 << 16);
        read_splits(&f, format_find("raw"), &file, &(format_split){0, file.input.size}, 1, 3, &out);
        assert_string_equal(out.data, "x y\n\nz\na line that is longer than twelve\nbad\xef\xbf\xbd"
                                      "byte\nlast\n");
        base_strbuf_free(&out);
    }
    check_written("raw", "line STRING", "", false, "+I x\n+I y z\n", "x\ny z\n");
    rask_error err;
    fixture two;
    fixture_init(&two, S, "");
    ASSERT_FAILS(
        format_find("raw")->check(&two.format, true, &err), RASK_ERROR_VALIDATION,
        "The 'raw' format only supports single physical column. However the defined schema "
        "contains multiple physical columns: [`a` STRING, `b` INT]");
    fixture_free(&two);
    fixture_free(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_quotes),
        cmocka_unit_test(missing_and_extra_fields),
        cmocka_unit_test(skipping_damaged_rows),
        cmocka_unit_test(nulls_comments_blanks_escapes),
        cmocka_unit_test(forms_of_numbers),
        cmocka_unit_test(forms_of_times),
        cmocka_unit_test(binary_and_text),
        cmocka_unit_test(legacy_reading),
        cmocka_unit_test(errors_name_the_place),
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(every_cut_gives_the_same_rows),
        cmocka_unit_test(positions_resume),
        cmocka_unit_test(splitters_agree),
        cmocka_unit_test(long_files_and_shared_blocks),
        cmocka_unit_test(writing_texts),
        cmocka_unit_test(writing_values),
        cmocka_unit_test(writing_canal_json),
        cmocka_unit_test(raw_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
