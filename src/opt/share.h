/* Parts of a plan that are the same, and so are computed once. */
#ifndef OPT_SHARE_H
#define OPT_SHARE_H

#include "opt/opt.h"

typedef struct opt_shares opt_shares;
/* Looks through a plan (several roots may be added) for equal parts that are worth keeping. */
opt_shares *opt_shares_new(base_arena *arena);
void opt_shares_find(opt_shares *shares, const plan_node *root);
/* The first of the equal nodes that stands for `node`; NULL = it is used once. */
const plan_node *opt_shared(opt_shares *shares, const plan_node *node);

#endif
