/* String functions over columns, with the answers of real Flink. */
#include "func_support.h"

static void test_case(void **state) {
    test_call("UPPER", "STRING: ABC||NULL|STRASSE|ÀÉǄ|SSFIʼN|A😀B|ABCDEFGHIJKLMNOP",
              "STRING: abc||NULL|straße|àéǆ|ßﬁŉ|a😀b|abcdefghijklmnop");
    test_call("LOWER", "STRING: abc|i̇stanbul|ας|σα|àé|中文字符|σ",
              "STRING: ABC|İSTANBUL|ΑΣ|ΣΑ|ÀÉ|中文字符|Σ");
    test_call("UPPER", "CHAR(5): AB   ", "CHAR(5): ab   ");
    test_call("INITCAP",
              "STRING: Hello World 1abc-Def_Ghi|éA ÉB|A'B C\"D E.F|中文Abc|1st 2nd||NULL",
              "STRING: hELLO wORLD 1abc-def_ghi|éa ÉB|a'b c\"d e.f|中文abc|1st 2ND||NULL");
    test_call("REVERSE", "STRING: cba|ß üõîÉÀ|b😀a||NULL", "STRING: abc|ÀÉîõü ß|a😀b||NULL");
    test_call("CHAR_LENGTH", "INT: 11|0|NULL|4|3", "STRING: Hello World||NULL|中文字符|a😀b");
    test_call("ASCII", "INT: 97|0|-28|-61|NULL", "STRING: abc||中文|é|NULL");
    test_call("CHR", "STRING: A||ÿ|,|a|©|NULL", "INT: 65|-1|255|300|353|169|NULL");
    test_call("UPPER",
              "!Cannot apply 'UPPER' to arguments of type 'UPPER(<INTEGER>)'. Supported form(s): "
              "'UPPER(<CHARACTER>)'",
              "INT: 1");
}

static void test_parts(void **state) {
    test_call("SUBSTRING", "VARCHAR(6): abcdef|ef||bcdef||",
              "CHAR(6): abcdef|abcdef|abcdef|abcdef|abcdef|abcdef", "INT: 0|-2|-10|2|10|7");
    test_call("SUBSTRING", "STRING: abc|NULL|e|ef|||bcdef|NULL",
              "STRING: abcdef|abcdef|abcdef|abcdef|abcdef|abcdef|abcdef|NULL",
              "INT: 0|2|-2|-2|-10|1|2|1", "INT: 3|-1|1|5|5|0|2147483647|1");
    test_call("SUBSTRING", "STRING: 文字|😀b|bcdefghijklmnopqrs",
              "STRING: 中文字符|a😀b|abcdefghijklmnopqrstuv", "INT: 2|2|2", "INT: 2|5|18");
    test_call("SUBSTR", "STRING: a😀|ad|", "STRING: a😀b| pad |", "INT = -3", "INT = 2");
    test_call("LEFT", "STRING: ||abc|中文|NULL", "STRING: abc|abc|abc|中文字符|NULL",
              "INT: 0|-1|10|2|1");
    test_call("RIGHT", "STRING: ||abc|字符|d |ld", "STRING: abc|abc|abc|中文字符| pad |Hello World",
              "INT: 0|-1|5|2|2|2");
    test_call("LTRIM", "STRING: pad ||\t a|NULL", "STRING:  pad |  |\t a|NULL");
    test_call("LTRIM", "STRING: abc|abc|文", "STRING: xyxabc|abc|中中文", "STRING: xy||中");
    test_call("RTRIM", "VARCHAR(5): ab", "CHAR(5): ab   ");
    test_call("RTRIM", "STRING: abc|abcd", "STRING: abcxyx|abcd", "STRING: xy|xy");
    test_call("BTRIM", "STRING: a b|", "STRING:   a b |  ");
    test_call("BTRIM", "STRING: abc", "STRING: xyxabcyx", "STRING: xy");
    test_call("SPLIT_INDEX", "STRING: b|NULL|NULL||c|NULL|abc|NULL|NULL",
              "STRING: a,b,c|a,b,c|a,b,c|a,,c|aXXbXXc||abc|abc|NULL", "STRING: ,|,|,|,|XX|,|||,",
              "INT: 1|3|-1|1|2|0|0|1|0");
    test_call("SPLIT_INDEX", "STRING: b", "STRING: a,b,c", "INT: 44", "INT: 1");
    test_call("BTRIM",
              "!Invalid function call:\nBTRIM(INT)\nInvalid input arguments. Expected signatures "
              "are:\nBTRIM(str <CHARACTER_STRING>)\nBTRIM(str <CHARACTER_STRING>, trimStr "
              "<CHARACTER_STRING>)\nUnsupported argument type. Expected type of family "
              "'CHARACTER_STRING' but actual type was 'INT'.",
              "INT: 1");
}

static void test_building(void **state) {
    test_call("CONCAT", "STRING: abc|NULL|0123456789abcdef", "STRING: a|NULL|01234567",
              "STRING: b|b|89", "STRING: c|c|abcdef");
    test_call("||", "VARCHAR(7): abc", "VARCHAR(5): a", "CHAR(2): bc");
    test_call("||", "CHAR(3): abc|NULL", "CHAR(1): a|NULL", "CHAR(2): bc|bc");
    test_call("||", "STRING: abc", "STRING: a", "CHAR(2): bc");
    test_call("CONCAT_WS", "STRING: a,b|NULL|a|", "STRING: ,|NULL|,|,", "STRING: a|a|NULL|NULL",
              "STRING: NULL|b|a|NULL", "STRING: b|c|NULL|NULL");
    test_call("CONCAT_WS", "STRING: |", "STRING: ,|,");
    test_call("REPEAT", "STRING: ababab|||a😀ba😀b|NULL", "STRING: ab|ab|ab|a😀b|NULL",
              "INT: 3|0|-1|2|1");
    test_call("LPAD", "STRING: NULL|NULL||abc|中文中文中abc|ab|xyab   |xyxyxyx",
              "STRING: abc|abc|abc|abc|abc|abc|ab   |", "INT: 5|-1|0|3|8|2|7|7",
              "STRING: |x|x|x|中文|x|xy|xy");
    test_call("RPAD", "STRING: abcxyxyx|中文字符xyx||NULL", "STRING: abc|中文字符|hi|hi",
              "INT: 8|7|0|-1", "STRING: xy|xy|?|?");
    test_call("OVERLAY", "STRING: abXYef|abcdef|abcdef|abcdef|abcdeXY|ÀXYõü ß",
              "STRING: abcdef|abcdef|abcdef|abcdef|abcdef|ÀÉîõü ß", "STRING: XY|XY|XY|XY|XY|XY",
              "INT: 3|0|10|-1|6|2");
    test_call("OVERLAY", "VARCHAR(9): abXY|abXY|abXY|abcdXYZ|abcdef|aXef",
              "CHAR(6): abcdef|abcdef|abcdef|abcdef|abcdef|abcdef",
              "VARCHAR(3): XY|XY|XY|XYZ|XYZ|X", "INT: 3|3|3|5|7|2", "INT: 4|0|-1|10|1|3");
}

static void test_search(void **state) {
    test_call("POSITION", "INT: 2|1|0|3|NULL", "STRING: b||x|中|o",
              "STRING: abcb|abc|abc|ab中|NULL");
    test_call("POSITION", "INT: 6", "STRING: c", "STRING: abcabc", "INT: 4");
    test_call("LOCATE", "INT: 4|2|2|0|1|8|0", "STRING: b|b|b|b||o|o",
              "STRING: abcb|abcb|abcb|abcb|abc|Hello World|", "INT: 3|0|-1|10|2|6|6");
    test_call("INSTR", "INT: 2|1|0|NULL", "STRING: abcb|abcb||NULL", "STRING: b||o|o");
    test_call("INSTR", "INT: 4|0|4", "STRING: abcb|abcb|abcb", "STRING: b|b|b", "INT: -1|0|3");
    test_call("INSTR", "INT: 14|2|4", "STRING: Corporate Floor|abcb|abcb", "STRING: or|b|b",
              "INT: 3|-1|1", "INT: 2|2|2");
    test_call("STARTSWITH", "BOOLEAN: TRUE|TRUE|TRUE|FALSE|NULL", "STRING: abc|abc|||NULL",
              "STRING: ab|||He|He");
    test_call("ENDSWITH", "BOOLEAN: TRUE|TRUE|FALSE", "STRING: abc|abc|", "STRING: bc||d");
    test_call(
        "STARTSWITH",
        "!Invalid function call:\nSTARTSWITH(CHAR(3), INT)\nInvalid input arguments. Expected "
        "signatures are:\nSTARTSWITH(expr <CHARACTER_STRING>, startExpr "
        "<CHARACTER_STRING>)\nSTARTSWITH(expr <BINARY_STRING>, startExpr <BINARY_STRING>)",
        "CHAR(3): abc", "INT: 1");
    test_call("REPLACE", "STRING: acac|xaxbxcx|ba|Hell00 W00rld|NULL",
              "STRING: abcabc|abc|aaa|Hello World|NULL", "STRING: b||aa|o|o", "STRING: |x|b|00|x");
    test_call("TRANSLATE", "STRING: xcxc|xycxyc|xzcxzc|abc|bc|aZb|   .APACHE.com",
              "STRING: abcabc|abcabc|abcabc|abc|abc|a中b|www.apache.org",
              "STRING: ab|ab|aab||a|中|wapcheorg", "STRING: x|xyz|xyz|x||Z| APCHEcom");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_case),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_building),
        cmocka_unit_test(test_search),
    };
    return cmocka_run_group_tests(tests, NULL, test_func_teardown);
}
