/* The arithmetic operators: + - * / % MOD and unary minus over numbers.
 *
 * Each operator has the same rows: integers in the wider of both types, decimals (an integer beside
 * a decimal counts as one), and whatever has FLOAT or DOUBLE in it.  Kernels are in
 * kernel_arithmetic.c and kernel_decimal.c. */
#include "func/kernel_arithmetic.h"
#include "func/table.h"

#define PLUS_FORMS                                                                                 \
    "'<NUMERIC> + <NUMERIC>'\n'<DATETIME_INTERVAL> + <DATETIME_INTERVAL>'\n"                       \
    "'<DATETIME> + <DATETIME_INTERVAL>'\n'<DATETIME_INTERVAL> + <DATETIME>'"
#define MINUS_FORMS                                                                                \
    "'<NUMERIC> - <NUMERIC>'\n'<DATETIME_INTERVAL> - <DATETIME_INTERVAL>'\n"                       \
    "'<DATETIME> - <DATETIME_INTERVAL>'"
#define TIMES_FORMS                                                                                \
    "'<NUMERIC> * <NUMERIC>'\n'<DATETIME_INTERVAL> * <NUMERIC>'\n"                                 \
    "'<NUMERIC> * <DATETIME_INTERVAL>'"
#define DIVIDE_FORMS "'<NUMERIC> / <NUMERIC>'\n'<DATETIME_INTERVAL> / <NUMERIC>'"

/* What the rows of one operator share. */
#define PLUS                                                                                       \
    .name = "+", .sql = "%1 + %2", .aliases = "plus", .category = "arithmetic",                    \
    .forms = PLUS_FORMS,                                                                           \
    .doc = "Sum; integers wrap around on overflow, a DECIMAL sum that does "                       \
           "not fit 38 digits is NULL.",                                                           \
    .example = "1 + 2", .result = "3"
#define MINUS                                                                                      \
    .name = "-", .sql = "%1 - %2", .aliases = "minus", .category = "arithmetic",                   \
    .forms = MINUS_FORMS, .doc = "Difference.", .example = "1.5 - 2", .result = "-0.5"
#define TIMES                                                                                      \
    .name = "*", .sql = "%1 * %2", .aliases = "times", .category = "arithmetic",                   \
    .forms = TIMES_FORMS, .doc = "Product; integers wrap around on overflow.",                     \
    .example = "1.1 * 1.1", .result = "1.21", .cost = 1
#define DIVIDE                                                                                     \
    .name = "/", .sql = "%1 / %2", .aliases = "divide", .category = "arithmetic",                  \
    .forms = DIVIDE_FORMS, .doc = "Quotient; that of integers is cut towards zero.",               \
    .example = "7 / 2", .result = "3", .cost = 4
#define PERCENT                                                                                    \
    .name = "%", .sql = "%1 % %2", .category = "arithmetic",                                       \
    .forms = "'<EXACT_NUMERIC> % <EXACT_NUMERIC>'",                                                \
    .doc = "Remainder, with the sign of the dividend.", .example = "-7 % 3", .result = "-1",       \
    .cost = 4
#define MOD                                                                                        \
    .name = "MOD", .category = "arithmetic", .forms = "'MOD(<EXACT_NUMERIC>, <EXACT_NUMERIC>)'",   \
    .doc = "Remainder, with the sign of the dividend.", .example = "MOD(7.5, 2)", .result = "1.5", \
    .cost = 4
#define PLUS_SIGN                                                                                  \
    .name = "+", .sql = "+%1", .aliases = "plusPrefix", .category = "arithmetic",                  \
    .forms = "'+<NUMERIC>'\n'+<DATETIME_INTERVAL>'", .doc = "The number itself.",                  \
    .example = "+(2.5)", .result = "2.5"
#define NEGATE                                                                                     \
    .name = "-", .sql = "-%1", .aliases = "minusPrefix", .category = "arithmetic",                 \
    .forms = "'-<NUMERIC>'\n'-<DATETIME_INTERVAL>'", .doc = "Opposite number.",                    \
    .example = "-(2.5)", .result = "-2.5"

#define INTEGERS "(ARITHMETIC INTEGER, ARITHMETIC INTEGER) -> "
#define DECIMALS "(DECIMAL, DECIMAL) -> "
#define FLOATS_LEFT "(ARITHMETIC APPROXIMATE, ARITHMETIC NUMERIC) -> ARITHMETIC"
#define FLOATS_RIGHT "(ARITHMETIC EXACT, ARITHMETIC APPROXIMATE) -> ARITHMETIC"

enum {
    PLAIN = FUNC_OPERATOR | FUNC_TAKES_CONSTANT | FUNC_TAKES_DICTIONARY,
    DECIMAL = FUNC_OPERATOR | FUNC_TAKES_CONSTANT | FUNC_NULL_ON_BAD_INPUT,
    FAILS = FUNC_CAN_FAIL
};

static const func_row rows[] = {
    {PLUS, .sig = INTEGERS "ARITHMETIC", .flags = PLAIN, .kernel = func_kernel_plus},
    {PLUS, .sig = DECIMALS "DECIMAL_PLUS", .flags = DECIMAL, .kernel = func_kernel_decimal_plus},
    {PLUS, .sig = FLOATS_LEFT, .flags = PLAIN, .kernel = func_kernel_plus},
    {PLUS, .sig = FLOATS_RIGHT, .flags = PLAIN, .kernel = func_kernel_plus},

    {MINUS, .sig = INTEGERS "ARITHMETIC", .flags = PLAIN, .kernel = func_kernel_minus},
    {MINUS, .sig = DECIMALS "DECIMAL_PLUS", .flags = DECIMAL, .kernel = func_kernel_decimal_minus},
    {MINUS, .sig = FLOATS_LEFT, .flags = PLAIN, .kernel = func_kernel_minus},
    {MINUS, .sig = FLOATS_RIGHT, .flags = PLAIN, .kernel = func_kernel_minus},

    {TIMES, .sig = INTEGERS "ARITHMETIC", .flags = PLAIN, .kernel = func_kernel_times},
    {TIMES, .sig = DECIMALS "DECIMAL_TIMES", .flags = DECIMAL, .kernel = func_kernel_decimal_times},
    {TIMES, .sig = FLOATS_LEFT, .flags = PLAIN, .kernel = func_kernel_times},
    {TIMES, .sig = FLOATS_RIGHT, .flags = PLAIN, .kernel = func_kernel_times},

    {DIVIDE, .sig = INTEGERS "ARITHMETIC", .flags = PLAIN | FAILS, .kernel = func_kernel_divide},
    {DIVIDE, .sig = DECIMALS "DECIMAL_DIVIDE", .flags = DECIMAL | FAILS,
     .kernel = func_kernel_decimal_divide},
    {DIVIDE, .sig = FLOATS_LEFT, .flags = PLAIN, .kernel = func_kernel_divide},
    {DIVIDE, .sig = FLOATS_RIGHT, .flags = PLAIN, .kernel = func_kernel_divide},

    {PERCENT, .sig = INTEGERS "DECIMAL_MOD", .flags = PLAIN | FAILS,
     .kernel = func_kernel_remainder},
    {PERCENT, .sig = DECIMALS "DECIMAL_MOD", .flags = DECIMAL | FAILS,
     .kernel = func_kernel_decimal_remainder},
    {MOD, .sig = INTEGERS "DECIMAL_MOD", .flags = FUNC_TAKES_CONSTANT | FAILS,
     .kernel = func_kernel_remainder},
    {MOD, .sig = DECIMALS "DECIMAL_MOD",
     .flags = FUNC_TAKES_CONSTANT | FUNC_NULL_ON_BAD_INPUT | FAILS,
     .kernel = func_kernel_decimal_remainder},

    {PLUS_SIGN, .sig = "(NUMERIC) -> ARG0", .flags = FUNC_OPERATOR, .special = FUNC_REWRITTEN},
    {NEGATE, .sig = "(INTEGER) -> ARG0", .flags = PLAIN, .kernel = func_kernel_negate},
    {NEGATE, .sig = "(APPROXIMATE) -> ARG0", .flags = PLAIN, .kernel = func_kernel_negate},
    {NEGATE, .sig = "(DECIMAL) -> ARG0", .flags = PLAIN, .kernel = func_kernel_decimal_negate},
};
FUNC_FAMILY(func_arithmetic_family, rows);
