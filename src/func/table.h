/* The function table as the resolver sees it: every name and alias with its rows and their parsed
 * signatures, in the order of the rows. */
#ifndef FUNC_TABLE_H
#define FUNC_TABLE_H

#include "func/aggregate.h"
#include "func/signature.h"

/* What a family file exports: its rows. */
typedef struct func_family {
    const func_row *rows;
    int32_t count;
} func_family;

typedef struct func_aggregate_family {
    const func_aggregate *const *rows;
    int32_t count;
} func_aggregate_family;

#define FUNC_FAMILY(family, rows)                                                                  \
    const func_family family = {rows, (int32_t)(sizeof(rows) / sizeof((rows)[0]))}

extern const func_family func_arithmetic_family, func_math_family, func_round_family,
    func_compare_family, func_logic_family, func_conditional_family, func_string_case_family,
    func_string_part_family, func_string_search_family, func_like_family, func_similar_family,
    func_regexp_family, func_split_family, func_encoding_family, func_hash_family, func_net_family,
    func_text_test_family, func_printf_family, func_time_extract_family, func_time_round_family,
    func_time_add_family, func_time_diff_family, func_time_now_family;

/* One name of one row; entries of one name stand together. */
typedef struct func_entry {
    const char *name;
    const func_row *row;             /* NULL for aggregates */
    const func_aggregate *aggregate; /* NULL for scalar functions */
    const func_signature *signature;
    int32_t order;
} func_entry;

/* The entries of a name in any case, alias or not; NULL and 0 where there is none. */
const func_entry *func_table_find(const char *name, bool aggregate, int32_t *count);
/* All names, for the nearest one. */
const char *const *func_table_names(int32_t *count);

#endif
