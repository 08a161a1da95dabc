/* What the files of the binder share. */
#ifndef EXPR_BINDING_H
#define EXPR_BINDING_H

#include "expr/bind.h"

enum { EXPR_AGGREGATE_MARK = -1 }; /* EXPR_INPUT.input of an aggregate between the two passes */

typedef struct expr_binding {
    expr_binder *binder;
    bool in_aggregate; /* inside the arguments of an aggregate call */
} expr_binding;

rask_status expr_bind_node(expr_binding *s, const expr_node *node, expr_node **out,
                           rask_error *err);
rask_status expr_bind_call(expr_binding *s, const expr_node *node, expr_node **out,
                           rask_error *err);
rask_status expr_bind_aggregate(expr_binding *s, const expr_node *node, expr_node **out,
                                rask_error *err);
/* bind_over.c */
rask_status expr_bind_over(expr_binding *s, const expr_node *node, expr_node **out,
                           rask_error *err);
/* A call of a row of the function table over bound arguments; `place` gives the place. */
rask_status expr_bind_function(expr_binding *s, const char *name, expr_node *const *args,
                               int32_t count, const expr_node *place, expr_node **out,
                               rask_error *err);
/* Refuses a bare NULL, at its place. */
rask_status expr_check_not_null(const expr_binding *s, const expr_node *bound, rask_error *err);
rask_status expr_bind_args(expr_binding *s, const expr_node *node, expr_node ***args,
                           rask_error *err);
/* What a wrong number of arguments is refused with. */
rask_status expr_wrong_count(const expr_binding *s, const expr_node *node, int32_t wanted,
                             rask_error *err);
/* The forms of bind_time.c: YEAR(x) and the like, TIMESTAMPADD, OVERLAPS. */
rask_status expr_bind_time_field(expr_binding *s, const expr_node *node, expr_node **out,
                                 rask_error *err);
rask_status expr_bind_time_add(expr_binding *s, const expr_node *node, expr_node **out,
                               rask_error *err);
rask_status expr_bind_overlaps(expr_binding *s, const expr_node *node, expr_node **out,
                               rask_error *err);
/* A NAME of a query inside this expression; *out = NULL where neither the columns here nor those
 * around have it. */
rask_status expr_bind_outer(expr_binding *s, const expr_node *name, expr_node **out,
                            rask_error *err);

/* The type of a node of a copied tree whose arguments may have become nullable. */
void expr_retype(expr_node *node);

#endif
