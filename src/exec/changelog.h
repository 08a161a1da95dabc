/* From values before and after each row to a changelog: the output side of streaming aggregates. */
#ifndef EXEC_CHANGELOG_H
#define EXEC_CHANGELOG_H

#include "data/batch.h"

/* What a row did to its group. */
typedef enum exec_effect {
    EXEC_EFFECT_SKIP,   /* a retraction of what was never there */
    EXEC_EFFECT_FIRST,  /* the group came to be: +I new */
    EXEC_EFFECT_CHANGE, /* -U old, +U new, where they differ */
    EXEC_EFFECT_LAST    /* the group is gone: -D old */
} exec_effect;

/* Output rows of one segment: output row j is row source[j] of the input, with the aggregates'
 * values after (pick[j] odd) or before it, at place pick[j] / 2. */
typedef struct exec_changes {
    int32_t *source;
    int32_t *pick;
    uint8_t *kinds;
    int32_t count;
} exec_changes;

/* changed[i] |= old[i] differs from new[i], as Java's == and equals do. */
void exec_mark_changed(const data_column *old_values, const data_column *new_values, int32_t count,
                       uint8_t *changed);
/* Lists the changes of the places 0..count-1, whose input rows are rows[] (NULL = the same
 * numbers). The arrays in `out` have room for 2 * count. */
void exec_list_changes(const uint8_t *effects, const uint8_t *changed, const uint16_t *rows,
                       int32_t count, bool emits_update_before, exec_changes *out);
/* The picked values, as a column of its own. */
rask_status exec_pick_values(base_pool *pool, const data_column *old_values,
                             const data_column *new_values, const exec_changes *changes,
                             data_column **out, rask_error *err);

#endif
