/* GROUPING, GROUPING_ID and GROUP_ID: which grouping set a row belongs to.  The rows are for
 * binding only; the optimiser turns the calls into constants of each set (rule_grouping_sets.c). */
#include "func/agg.h"

#define GROUPING .flags = FUNC_AGG_GROUPING, .category = "grouping", .forms = "'GROUPING(...)'"

static const func_aggregate aggregates[] = {
    {GROUPING, .name = "GROUPING", .aliases = "GROUPING_ID", .sig = "(ANY...) -> BIGINT NOT NULL",
     .doc = "A bit for each argument, the last one lowest: 1 where the row's grouping set lacks "
            "it."},
    {.flags = FUNC_AGG_GROUPING,
     .category = "grouping",
     .name = "GROUP_ID",
     .sig = "() -> BIGINT NOT NULL",
     .doc = "How many equal grouping sets stand in front."},
};

static const func_aggregate *const rows[] = {&aggregates[0], &aggregates[1]};
const func_aggregate_family func_grouping_aggregates = {rows, 2};
