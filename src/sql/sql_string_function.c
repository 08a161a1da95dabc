/* The functions of 1.9 string expressions: their SQL names, and the arguments that move.
 *
 * Names are looked up without regard to case; an unknown one stays as written and is a user
 * function.  Words such as DAY or LEADING are parsed as names; here they become symbols. */
#include <string.h>

#include "sql/parser.h"

typedef enum string_form {
    PLAIN,
    UNIT_FIRST,    /* extract(x, DAY): EXTRACT(DAY, x) */
    UNIT_LAST,     /* floor(x, HOUR) */
    UNIT_IN_PLACE, /* timestampDiff(DAY, a, b) */
    TRIMMED,       /* trim(BOTH, ' ', x), x.trim(LEADING, ' ') */
    BASE_FIRST,    /* x.log(10): LOG(10, x) */
    ASCENDING,
    DESCENDING,
    DISTINCT_CALL
} string_form;

typedef struct string_function {
    const char *name;
    const char *sql;
    string_form form;
} string_function;

static const string_function functions[] = {{"and", "AND"},
                                            {"or", "OR"},
                                            {"not", "NOT"},
                                            {"ifThenElse", "IF"},
                                            {"?", "IF"},
                                            {"equals", "="},
                                            {"notEquals", "<>"},
                                            {"greaterThan", ">"},
                                            {"greaterThanOrEqual", ">="},
                                            {"lessThan", "<"},
                                            {"lessThanOrEqual", "<="},
                                            {"isNull", "IS NULL"},
                                            {"isNotNull", "IS NOT NULL"},
                                            {"isTrue", "IS TRUE"},
                                            {"isFalse", "IS FALSE"},
                                            {"isNotTrue", "IS NOT TRUE"},
                                            {"isNotFalse", "IS NOT FALSE"},
                                            {"between", "BETWEEN"},
                                            {"notBetween", "NOT BETWEEN"},
                                            {"in", "IN"},
                                            {"like", "LIKE"},
                                            {"similar", "SIMILAR TO"},
                                            {"avg", "AVG"},
                                            {"count", "COUNT"},
                                            {"max", "MAX"},
                                            {"min", "MIN"},
                                            {"sum", "SUM"},
                                            {"sum0", "$SUM0"},
                                            {"stddevPop", "STDDEV_POP"},
                                            {"stddevSamp", "STDDEV_SAMP"},
                                            {"varPop", "VAR_POP"},
                                            {"varSamp", "VAR_SAMP"},
                                            {"collect", "COLLECT"},
                                            {"distinct", "DISTINCT", DISTINCT_CALL},
                                            {"charLength", "CHAR_LENGTH"},
                                            {"initCap", "INITCAP"},
                                            {"lowerCase", "LOWER"},
                                            {"upperCase", "UPPER"},
                                            {"substring", "SUBSTRING"},
                                            {"replace", "REPLACE"},
                                            {"trim", "TRIM", TRIMMED},
                                            {"position", "POSITION"},
                                            {"overlay", "OVERLAY"},
                                            {"concat", "CONCAT"},
                                            {"concat_ws", "CONCAT_WS"},
                                            {"lpad", "LPAD"},
                                            {"rpad", "RPAD"},
                                            {"regexpExtract", "REGEXP_EXTRACT"},
                                            {"regexpReplace", "REGEXP_REPLACE"},
                                            {"fromBase64", "FROM_BASE64"},
                                            {"toBase64", "TO_BASE64"},
                                            {"uuid", "UUID"},
                                            {"ltrim", "LTRIM"},
                                            {"rtrim", "RTRIM"},
                                            {"repeat", "REPEAT"},
                                            {"plus", "+"},
                                            {"minus", "-"},
                                            {"minusPrefix", "-"},
                                            {"divide", "/"},
                                            {"times", "*"},
                                            {"mod", "MOD"},
                                            {"abs", "ABS"},
                                            {"ceil", "CEIL", UNIT_LAST},
                                            {"floor", "FLOOR", UNIT_LAST},
                                            {"exp", "EXP"},
                                            {"log10", "LOG10"},
                                            {"log2", "LOG2"},
                                            {"ln", "LN"},
                                            {"log", "LOG", BASE_FIRST},
                                            {"power", "POWER"},
                                            {"sqrt", "SQRT"},
                                            {"sin", "SIN"},
                                            {"cos", "COS"},
                                            {"sinh", "SINH"},
                                            {"tan", "TAN"},
                                            {"tanh", "TANH"},
                                            {"cot", "COT"},
                                            {"asin", "ASIN"},
                                            {"acos", "ACOS"},
                                            {"atan", "ATAN"},
                                            {"atan2", "ATAN2"},
                                            {"cosh", "COSH"},
                                            {"degrees", "DEGREES"},
                                            {"radians", "RADIANS"},
                                            {"sign", "SIGN"},
                                            {"round", "ROUND"},
                                            {"pi", "PI"},
                                            {"e", "E"},
                                            {"rand", "RAND"},
                                            {"randInteger", "RAND_INTEGER"},
                                            {"bin", "BIN"},
                                            {"hex", "HEX"},
                                            {"truncate", "TRUNCATE"},
                                            {"extract", "EXTRACT", UNIT_FIRST},
                                            {"currentDate", "CURRENT_DATE"},
                                            {"currentTime", "CURRENT_TIME"},
                                            {"currentTimestamp", "CURRENT_TIMESTAMP"},
                                            {"localTime", "LOCALTIME"},
                                            {"localTimestamp", "LOCALTIMESTAMP"},
                                            {"temporalOverlaps", "TEMPORALOVERLAPS"},
                                            {"dateTimePlus", "+"},
                                            {"dateFormat", "DATE_FORMAT"},
                                            {"timestampDiff", "TIMESTAMPDIFF", UNIT_IN_PLACE},
                                            {"at", "ITEM"},
                                            {"cardinality", "CARDINALITY"},
                                            {"array", "ARRAY"},
                                            {"element", "ELEMENT"},
                                            {"map", "MAP"},
                                            {"row", "ROW"},
                                            {"flatten", "FLATTEN"},
                                            {"get", "DOT"},
                                            {"start", "WINDOW_START"},
                                            {"end", "WINDOW_END"},
                                            {"asc", "ASC", ASCENDING},
                                            {"desc", "DESC", DESCENDING},
                                            {"md5", "MD5"},
                                            {"sha1", "SHA1"},
                                            {"sha224", "SHA224"},
                                            {"sha256", "SHA256"},
                                            {"sha384", "SHA384"},
                                            {"sha512", "SHA512"},
                                            {"sha2", "SHA2"},
                                            {"proctime", "PROCTIME"},
                                            {"rowtime", "ROWTIME"},
                                            {"over", "OVER"},
                                            {"unboundedRange", "UNBOUNDED_RANGE"},
                                            {"unboundedRow", "UNBOUNDED_ROW"},
                                            {"currentRange", "CURRENT_RANGE"},
                                            {"currentRow", "CURRENT_ROW"},
                                            {"withColumns", "WITHCOLUMNS"},
                                            {"withoutColumns", "WITHOUTCOLUMNS"},
                                            {"rangeTo", "RANGETO"},
                                            {"reinterpretCast", "REINTERPRETCAST"},
                                            {"streamRecordTimestamp", "STREAMRECORDTIMESTAMP"}};

static const char *const units[] = {"YEAR",           "YEAR_TO_MONTH",
                                    "QUARTER",        "MONTH",
                                    "WEEK",           "DAY",
                                    "DAY_TO_HOUR",    "DAY_TO_MINUTE",
                                    "DAY_TO_SECOND",  "HOUR",
                                    "HOUR_TO_MINUTE", "HOUR_TO_SECOND",
                                    "MINUTE",         "MINUTE_TO_SECOND",
                                    "SECOND",         "MILLISECOND",
                                    "MICROSECOND"};
static const char *const sides[] = {"BOTH", "LEADING", "TRAILING"};

/* The word as a symbol when the node is a name that is one of them, else NULL. */
static expr_node *word_symbol(sql_parser *p, const expr_node *node, const char *const *words,
                              size_t count) {
    if (node->kind != EXPR_NAME || node->name_count != 1)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(node->names[0], words[i]) == 0)
            return sql_symbol(p, words[i]);
    return NULL;
}

static expr_node *unit_symbol(sql_parser *p, const expr_node *node) {
    return word_symbol(p, node, units, sizeof units / sizeof *units);
}

/* The side first, then what to trim, then the text. */
static expr_node *trim(sql_parser *p, int32_t first, const base_list *args, bool is_suffix) {
    expr_node *side = sql_symbol(p, "BOTH"), *others[2] = {NULL, NULL};
    base_list ordered = {0};
    int32_t count = 0;
    for (int32_t i = 0; i < args->count; i++) {
        expr_node *symbol = word_symbol(p, args->items[i], sides, sizeof sides / sizeof *sides);
        if (symbol != NULL)
            side = symbol;
        else if (count == 2)
            return sql_call(p, first, "TRIM", args);
        else
            others[count++] = args->items[i];
    }
    if (count == 0)
        return sql_call(p, first, "TRIM", args);
    expr_node *what = count == 1  ? expr_literal_text(p->arena, " ", 1)
                      : is_suffix ? others[1]
                                  : others[0];
    base_list_add(p->arena, &ordered, side);
    base_list_add(p->arena, &ordered, what);
    base_list_add(p->arena, &ordered, count == 1 || is_suffix ? others[0] : others[1]);
    return sql_call(p, first, "TRIM", &ordered);
}

/* The same arguments with number `at`, if it is a unit, as a symbol at place `to`. */
static expr_node *with_unit(sql_parser *p, int32_t first, const char *sql, const base_list *args,
                            int32_t at, int32_t to) {
    base_list moved = {0};
    expr_node *unit = at < args->count ? unit_symbol(p, args->items[at]) : NULL;
    if (unit == NULL)
        return sql_call(p, first, sql, args);
    for (int32_t i = 0; i < args->count; i++) {
        if (moved.count == to)
            base_list_add(p->arena, &moved, unit);
        if (i != at)
            base_list_add(p->arena, &moved, args->items[i]);
    }
    if (moved.count == to)
        base_list_add(p->arena, &moved, unit);
    return sql_call(p, first, sql, &moved);
}

/* a.sum.distinct: the aggregate over distinct values. */
static expr_node *distinct(sql_parser *p, int32_t first, const base_list *args) {
    expr_node *call = args->count == 1 ? args->items[0] : NULL;
    if (call == NULL || call->kind != EXPR_CALL || call->distinct)
        return sql_call(p, first, "DISTINCT", args);
    expr_node *copy = sql_place(
        p, first, expr_call(p->arena, call->name, (expr_node *const *)call->args, call->arg_count));
    copy->distinct = true;
    return copy;
}

static expr_node *logarithm(sql_parser *p, int32_t first, const base_list *args, bool is_suffix) {
    if (args->count != 2 || !is_suffix)
        return sql_call(p, first, "LOG", args);
    return sql_call_of(p, first, "LOG", args->items[1], args->items[0]);
}

static expr_node *shaped(sql_parser *p, int32_t first, const string_function *row,
                         const base_list *args, bool is_suffix) {
    bool is_order = row->form == ASCENDING || row->form == DESCENDING;
    switch (row->form) {
    case UNIT_FIRST:
        return with_unit(p, first, row->sql, args, 1, 0);
    case UNIT_LAST:
        return with_unit(p, first, row->sql, args, 1, 1);
    case UNIT_IN_PLACE:
        return with_unit(p, first, row->sql, args, 0, 0);
    case TRIMMED:
        return trim(p, first, args, is_suffix);
    case BASE_FIRST:
        return logarithm(p, first, args, is_suffix);
    case DISTINCT_CALL:
        return distinct(p, first, args);
    default:
        if (is_order && args->count == 1)
            return sql_place(p, first,
                             expr_order(p->arena, args->items[0], row->form == DESCENDING, 0));
        return sql_call(p, first, row->sql, args);
    }
}

expr_node *sql_string_call(sql_parser *p, int32_t first, const char *name, const base_list *args,
                           bool is_suffix) {
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcasecmp(functions[i].name, name) == 0)
            return shaped(p, first, &functions[i], args, is_suffix);
    return sql_call(p, first, name, args);
}
