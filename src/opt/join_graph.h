/* A tree of inner joins taken apart: relations, the conjuncts that connect them, and what the tree
 * gives out in terms of the relations' columns.
 *
 * Columns are numbered through all relations ("global"); conjuncts and outputs refer to them as
 * input 0.  Columns that are equal by a = b of one type form a class: any two members will do where
 * two parts of the graph meet. */
#ifndef OPT_JOIN_GRAPH_H
#define OPT_JOIN_GRAPH_H

#include "opt/opt.h"

enum { OPT_RELATIONS_MAX = 32, OPT_GRAPH_COLUMNS_MAX = 1024 };

typedef struct opt_relation {
    plan_node *node;
    int32_t first; /* its first column */
    double rows;
} opt_relation;

typedef struct opt_conjunct {
    expr_node *expr;
    uint32_t relations;
    bool is_link; /* a = b of a class: not evaluated itself */
} opt_conjunct;

typedef struct opt_class { /* of at least two columns */
    int32_t *members;
    int32_t count;
    uint32_t relations;
} opt_class;

typedef struct opt_join_graph {
    opt_context *context;
    base_arena *arena;
    opt_relation relations[OPT_RELATIONS_MAX];
    int32_t count;
    int32_t column_count;
    const data_type *types[OPT_GRAPH_COLUMNS_MAX];
    int32_t relation_of[OPT_GRAPH_COLUMNS_MAX];
    int32_t class_of[OPT_GRAPH_COLUMNS_MAX];         /* the smallest member's number */
    double distinct[OPT_GRAPH_COLUMNS_MAX];          /* before filters; 0 = not asked for yet */
    const plan_node *origins[OPT_GRAPH_COLUMNS_MAX]; /* set with it */
    opt_class *classes;
    int32_t class_count;
    opt_conjunct *conjuncts;
    int32_t conjunct_count, conjunct_capacity;
    expr_node **outputs; /* of the whole tree */
} opt_join_graph;

/* False: the tree is no graph worth ordering (fewer than two relations).  `node` is the tree's
 * root; its leaves have been ordered inside by `order`. */
bool opt_join_graph_make(opt_context *context, plan_node *node,
                         plan_node *(*order)(opt_context *, plan_node *), opt_join_graph *out);
/* What joining two parts makes of all pairs, and whether they are connected at all. */
double opt_join_graph_fraction(opt_join_graph *graph, uint32_t a, uint32_t b, bool *connected);
/* The conditions that hold between two parts, over global columns (NULL = none). */
expr_node *opt_join_graph_condition(opt_join_graph *graph, uint32_t a, uint32_t b);

#endif
