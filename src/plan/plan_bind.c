/* Binding a plan, from the leaves up.
 *
 * Each unresolved node becomes one or more bound ones; a bound node comes back unchanged, so the
 * Table API binds step by step.  What names mean is kept beside the nodes, in relations
 * (relation.h).  Read next: plan_bind_select.c. */
#include "plan/plan_bind.h"

#include <string.h>

#include "plan/relation.h"

enum { DEPTH_MAX = 1000 };

/* ---- expressions over a relation ------------------------------------------------------------- */

/* The plan holds what its expressions call. */
static rask_udf_handle *find_udf(void *context, const char *name) {
    plan_binding *b = context;
    if (b->binder->catalog == NULL)
        return NULL;
    rask_udf_handle *udf = plan_catalog_find_function(b->binder->catalog, name);
    return udf != NULL ? plan_hold_udf(b->binder->plan, expr_udf_ref(udf)) : NULL;
}

expr_binder plan_expression_binder(plan_binding *b, const plan_relation *relation,
                                   const char *clause) {
    return (expr_binder){.arena = b->arena,
                         .columns = relation->columns,
                         .column_count = relation->column_count,
                         .case_sensitive_names = true,
                         .find_udf = find_udf,
                         .bind_subquery = plan_bind_subquery,
                         .find_outer = plan_find_outer,
                         .context = b,
                         .from_sql = b->binder->from_sql,
                         .clause = clause};
}

rask_status plan_bind_condition(plan_binding *b, const plan_relation *relation,
                                const expr_node *node, const char *clause, expr_node **out,
                                rask_error *err) {
    expr_binder binder = plan_expression_binder(b, relation, clause);
    RASK_TRY(expr_bind(&binder, node, out, err));
    if ((*out)->type->kind == DATA_NULL)
        return expr_bind_cast(&binder, *out, data_type_simple(DATA_BOOLEAN, true), out, err);
    if ((*out)->type->kind == DATA_BOOLEAN)
        return RASK_OK;
    if (b->binder->from_sql)
        return expr_error_at(true, node->place, err, "%s must be a condition", clause);
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "Filter operator requires a boolean expression as input, but $condition "
                          "is of type %s",
                          data_type_text(b->arena, (*out)->type, true));
}

/* ---- relations ------------------------------------------------------------------------------- */

const expr_qualifier *plan_alias_qualifier(plan_binding *b, const char *name) {
    expr_qualifier *qualifier = BASE_ARENA_NEW(b->arena, expr_qualifier);
    qualifier->parts = base_arena_copy(b->arena, &name, (int64_t)sizeof name);
    qualifier->count = 1;
    return qualifier;
}

void plan_relation_of(plan_binding *b, plan_node *node, const expr_qualifier *qualifier,
                      plan_relation *out) {
    const data_schema *schema = node->schema;
    out->node = node;
    out->column_count = schema->count;
    out->columns = BASE_ARENA_ARRAY(b->arena, expr_scope_column, schema->count + 1);
    for (int32_t i = 0; i < schema->count; i++)
        out->columns[i] = (expr_scope_column){.qualifier = qualifier,
                                              .name = schema->names[i],
                                              .type = schema->types[i],
                                              .column = i};
}

expr_place plan_name_place(const plan_node *node, int32_t first, int32_t last) {
    if (node->name_places == NULL)
        return node->place;
    const expr_place *from = &node->name_places[first], *to = &node->name_places[last];
    return (expr_place){from->line, from->column, to->end_line, to->end_column};
}

static const char *quoted_names(plan_binding *b, const plan_relation *relation) {
    base_strbuf text;
    base_strbuf_init(&text, 4096);
    for (int32_t i = 0; i < relation->column_count; i++)
        base_strbuf_printf(&text, "%s'%s'", i > 0 ? ", " : "", relation->columns[i].name);
    const char *copy = base_arena_strdup(b->arena, text.data);
    base_strbuf_free(&text);
    return copy;
}

/* The names of `AS alias (names...)`: as many as there are columns, and all different. */
static rask_status check_names(plan_binding *b, const plan_node *node,
                               const plan_relation *relation, rask_error *err) {
    int32_t given = node->name_count - 1;
    bool from_sql = b->binder->from_sql;
    if (given == 0)
        return RASK_OK;
    for (int32_t i = 1; i <= given; i++)
        for (int32_t k = 1; k < i; k++)
            if (strcmp(node->names[i], node->names[k]) == 0)
                return expr_error_at(from_sql, plan_name_place(node, i, i), err,
                                     "Duplicate name '%s' in column alias list", node->names[i]);
    if (given == relation->column_count)
        return RASK_OK;
    return expr_error_at(from_sql, plan_name_place(node, 1, given), err,
                         "List of column aliases must have same degree as table; table has %d "
                         "columns (%s), whereas alias list has %d columns",
                         relation->column_count, quoted_names(b, relation), given);
}

rask_status plan_rename_relation(plan_binding *b, const plan_node *node, plan_relation *out,
                                 rask_error *err) {
    RASK_TRY(check_names(b, node, out, err));
    int32_t given = node->name_count - 1;
    const expr_qualifier *qualifier = plan_alias_qualifier(b, node->names[0]);
    for (int32_t i = 0; i < out->column_count; i++) {
        out->columns[i].qualifier = qualifier;
        out->columns[i].needs_qualifier = false;
        if (given > 0)
            out->columns[i].name = node->names[i + 1];
    }
    return RASK_OK;
}

static rask_status bind_alias(plan_binding *b, plan_node *node, plan_relation *out,
                              rask_error *err) {
    RASK_TRY(plan_bind_relation(b, node->inputs[0], out, err));
    return plan_rename_relation(b, node, out, err);
}

static rask_status bind_with(plan_binding *b, plan_node *node, plan_relation *out,
                             rask_error *err) {
    plan_named_query *outer = b->queries;
    for (int32_t i = 1; i < node->input_count; i++) {
        plan_named_query *query = BASE_ARENA_NEW(b->arena, plan_named_query);
        query->name = node->with_names[i - 1];
        query->query = node->inputs[i];
        query->outer = b->queries;
        query->scope = b->scope;
        b->queries = query;
    }
    rask_status status = plan_bind_relation(b, node->inputs[0], out, err);
    b->queries = outer;
    return status;
}

static rask_status bind_filter(plan_binding *b, plan_node *node, plan_relation *out,
                               rask_error *err) {
    expr_node *condition;
    RASK_TRY(plan_bind_relation(b, node->inputs[0], out, err));
    RASK_TRY(plan_bind_condition(b, out, node->condition, "WHERE clause", &condition, err));
    out->node = plan_make_filter(b->binder->plan, out->node, condition);
    return RASK_OK;
}

/* SORT and LIMIT: one below the other belong together, and names of ORDER BY may mean the input of
 * the SELECT they stand on. */
static rask_status bind_order(plan_binding *b, plan_node *node, plan_relation *out,
                              rask_error *err) {
    plan_ordering ordering = {.offset = node->offset, .fetch = node->fetch};
    plan_node *input = node->inputs[0];
    if (node->kind == PLAN_LIMIT && !input->is_bound && input->kind == PLAN_SORT &&
        input->offset == 0 && input->fetch < 0) {
        node = input;
        input = node->inputs[0];
    }
    ordering.keys = node->keys;
    ordering.key_count = node->key_count;
    if (input->kind == PLAN_SELECT && !input->is_bound)
        return plan_bind_select(b, input, &ordering, out, err);
    RASK_TRY(plan_bind_relation(b, input, out, err));
    return plan_bind_ordering(b, out, &ordering, err);
}

static rask_status bind_flat_map(plan_binding *b, plan_node *node, plan_relation *out,
                                 rask_error *err) {
    plan_relation left;
    if (node->input_count == 0)
        plan_relation_of(b, plan_make_one_row(b->binder->plan), NULL, &left);
    else
        RASK_TRY(plan_bind_relation(b, node->inputs[0], &left, err));
    return plan_bind_flat_map(b, node, &left, out, err);
}

static rask_status bind_block(plan_binding *b, plan_node *node, plan_relation *out,
                              rask_error *err) {
    return plan_bind_select(b, node, NULL, out, err);
}

static rask_status bind_unresolved(plan_binding *b, plan_node *node, plan_relation *out,
                                   rask_error *err) {
    static rask_status (*const binders[PLAN_KIND_COUNT])(plan_binding *, plan_node *,
                                                         plan_relation *, rask_error *) = {
        [PLAN_TABLE] = plan_bind_table,   [PLAN_ALIAS] = bind_alias,
        [PLAN_SELECT] = bind_block,       [PLAN_WITH] = bind_with,
        [PLAN_VALUES] = plan_bind_values, [PLAN_FILTER] = bind_filter,
        [PLAN_SORT] = bind_order,         [PLAN_LIMIT] = bind_order,
        [PLAN_JOIN] = plan_bind_join,     [PLAN_SET_OP] = plan_bind_set_op,
        [PLAN_FLAT_MAP] = bind_flat_map,  [PLAN_WINDOW_TABLE] = plan_bind_window_table,
    };
    if (binders[node->kind] == NULL)
        return rask_error_set(err, RASK_ERROR_INTERNAL, "a %s node cannot be bound as a query",
                              plan_kind_name(node->kind));
    return binders[node->kind](b, node, out, err);
}

rask_status plan_bind_relation(plan_binding *b, plan_node *node, plan_relation *out,
                               rask_error *err) {
    if (node->is_bound) {
        plan_relation_of(b, node, NULL, out);
        return RASK_OK;
    }
    if (b->depth >= DEPTH_MAX)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "The query is nested more than %d levels deep.", DEPTH_MAX);
    b->depth++;
    rask_status status = bind_unresolved(b, node, out, err);
    b->depth--;
    return status;
}

/* ---- entry points ---------------------------------------------------------------------------- */

plan_node *plan_relation_finish(plan_binding *b, const plan_relation *relation) {
    const data_schema *schema = relation->node->schema;
    plan *p = b->binder->plan;
    expr_node **exprs = BASE_ARENA_ARRAY(b->arena, expr_node *, schema->count + 1);
    const char **names = BASE_ARENA_ARRAY(b->arena, const char *, schema->count + 1);
    bool same = true;
    int32_t count = 0;
    for (int32_t i = 0; i < schema->count; i++) {
        const expr_scope_column *column = &relation->columns[i];
        if (column->needs_qualifier)
            continue;
        exprs[count] = plan_output_column(p, relation->node, i);
        names[count] = plan_unique_name(b->arena, column->name, names, count);
        same &= strcmp(names[count], schema->names[i]) == 0;
        count++;
    }
    if (same && count == schema->count)
        return relation->node;
    return plan_make_project(p, relation->node, exprs, names, count);
}

rask_status plan_bind(plan_binder *binder, plan_node *node, plan_node **out, rask_error *err) {
    plan_binding b = {.binder = binder, .arena = binder->plan->arena};
    plan_relation relation;
    if (node->is_bound) {
        *out = node;
        return RASK_OK;
    }
    RASK_TRY(plan_bind_relation(&b, node, &relation, err));
    *out = plan_relation_finish(&b, &relation);
    return RASK_OK;
}

rask_status plan_bind_expression(plan_binder *binder, const plan_node *input, const expr_node *node,
                                 expr_node **out, rask_error *err) {
    plan_binding b = {.binder = binder, .arena = binder->plan->arena};
    plan_relation relation;
    plan_relation_of(&b, (plan_node *)input, NULL, &relation);
    expr_binder expressions = plan_expression_binder(&b, &relation, NULL);
    return expr_bind(&expressions, node, out, err);
}
