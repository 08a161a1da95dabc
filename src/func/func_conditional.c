/* CASE, IF, COALESCE, IFNULL, which expr/ compiles into branches under selections, and NULLIF,
 * which the binder turns into a CASE. */
#include "func/table.h"

#define IF_FORMS                                                                                   \
    "'IF(<ANY_TYPE>, <NUMERIC_TYPE>, <NUMERIC_TYPE>)'\n'IF(<BOOLEAN>, <CHARACTER>, "               \
    "<CHARACTER>)'\n"                                                                              \
    "'IF(<BOOLEAN>, <BOOLEAN>, <BOOLEAN>)'\n'IF(<BOOLEAN>, <CHARACTER>, <CHARACTER>)'\n"           \
    "'IF(<BOOLEAN>, <BINARY>, <BINARY>)'\n'IF(<BOOLEAN>, <DATE>, <DATE>)'\n"                       \
    "'IF(<BOOLEAN>, <TIMESTAMP>, <TIMESTAMP>)'\n'IF(<BOOLEAN>, <TIME>, <TIME>)'"

static const func_row rows[] = {
    {.name = "CASE",
     .sig = "((BOOLEAN, COMMON)..., COMMON) -> COMMON",
     .nulls = FUNC_SEES_NULLS,
     .special = FUNC_CASE,
     .category = "conditional",
     .doc = "The value of the first branch whose condition is true, else the last value.",
     .example = "CASE WHEN 1 > 2 THEN 'a' ELSE 'b' END",
     .result = "b"},
    {.name = "IF",
     .sig = "(BOOLEAN, COMMON VALUE, COMMON VALUE) -> COMMON NULL IF ANY",
     .nulls = FUNC_SEES_NULLS,
     .special = FUNC_IF,
     .api = "if_then_else",
     .aliases = "ifThenElse",
     .category = "conditional",
     .forms = IF_FORMS,
     .doc = "The second argument where the first is true, else the third.",
     .example = "IF(1 > 2, 'a', 'b')",
     .result = "b"},
    {.name = "COALESCE",
     .sig = "(COMMON...) -> COMMON NULL IF ALL",
     .nulls = FUNC_SEES_NULLS,
     .special = FUNC_COALESCE,
     .api = "coalesce",
     .category = "conditional",
     .forms = "COALESCE(<COMMON>, <COMMON>...)",
     .doc = "The first argument that is not NULL.",
     .example = "COALESCE(CAST(NULL AS INT), 2)",
     .result = "2"},
    {.name = "IFNULL",
     .sig = "(COMMON, COMMON) -> COMMON NULL IF ALL",
     .nulls = FUNC_SEES_NULLS,
     .special = FUNC_COALESCE,
     .api = "if_null",
     .category = "conditional",
     .forms = "IFNULL(input <COMMON>, null_replacement <COMMON>)",
     .doc = "The first argument, or the second where the first is NULL.",
     .example = "IFNULL(CAST(NULL AS INT), 5)",
     .result = "5"},
    {.name = "NULLIF",
     .sig = "(ANY, ANY) -> ARG0 NULL",
     .nulls = FUNC_SEES_NULLS,
     .special = FUNC_REWRITTEN,
     .category = "conditional",
     .forms = "'NULLIF(<COMPARABLE_TYPE>, <COMPARABLE_TYPE>)'",
     .doc = "NULL where both arguments are equal, else the first.",
     .example = "NULLIF(5, 5)",
     .result = "<NULL>"},
};
FUNC_FAMILY(func_conditional_family, rows);
