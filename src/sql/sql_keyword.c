/* The keyword table: looking words up, and which of them are reserved.
 *
 * The table is in alphabetical order (as bytes), which a unit test checks, so a word is found by
 * bisection. */
#include <string.h>

#include "sql/lexer.h"
#include "sql/sql.h"

typedef enum keyword_class { PLAIN, FUNCTION, RESERVED } keyword_class;

typedef struct keyword_row {
    const char *name;
    keyword_class class;
} keyword_row;

#define PLAIN_ROW(word) {#word, PLAIN},
#define FUNCTION_ROW(word) {#word, FUNCTION},
#define RESERVED_ROW(word) {#word, RESERVED},
static const keyword_row keywords[SQL_KEYWORD_COUNT] = {
    SQL_KEYWORDS(PLAIN_ROW, FUNCTION_ROW, RESERVED_ROW)};

enum { WORD_MAX = 40 };

sql_keyword sql_keyword_find(const char *word, int64_t length) {
    char upper[WORD_MAX];
    if (length <= 0 || length >= WORD_MAX)
        return SQL_KEYWORD_COUNT;
    for (int64_t i = 0; i < length; i++)
        upper[i] = word[i] >= 'a' && word[i] <= 'z' ? (char)(word[i] - 'a' + 'A') : word[i];
    upper[length] = '\0';
    int32_t low = 0, high = SQL_KEYWORD_COUNT;
    while (low < high) {
        int32_t middle = (low + high) / 2;
        int order = strcmp(upper, keywords[middle].name);
        if (order == 0)
            return (sql_keyword)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return SQL_KEYWORD_COUNT;
}

const char *sql_keyword_name(sql_keyword keyword) {
    return keyword < SQL_KEYWORD_COUNT ? keywords[keyword].name : "";
}

bool sql_keyword_is_reserved(sql_keyword keyword) {
    return keyword < SQL_KEYWORD_COUNT && keywords[keyword].class != PLAIN;
}

bool sql_keyword_is_function(sql_keyword keyword) {
    return keyword < SQL_KEYWORD_COUNT && keywords[keyword].class == FUNCTION;
}

bool sql_is_reserved(const char *word) {
    return sql_keyword_is_reserved(sql_keyword_find(word, (int64_t)strlen(word)));
}
