/* GROUP BY, HAVING, and the aggregation of a SELECT block: keys and calls are bound over the input,
 * then projected, so that the AGGREGATE node only names columns. */
#include <string.h>

#include "plan/select_block.h"

/* ---- GROUP BY -------------------------------------------------------------------------------- */

bool plan_select_uses_aggregates(const select_block *s) {
    if (s->node->is_grouped || s->node->having != NULL ||
        expr_find_aggregate(s->node->qualify) != NULL)
        return true;
    for (int32_t i = 0; i < s->node->expr_count; i++)
        if (expr_find_aggregate(s->node->exprs[i]) != NULL)
            return true;
    return false;
}

/* *out = the number of the key, which may be there already. */
static rask_status bind_key(select_block *s, const expr_node *node, int32_t *out, rask_error *err) {
    expr_binder binder = plan_expression_binder(s->b, &s->input, "GROUP BY clause");
    const char *alias = NULL;
    expr_node *bound;
    if (node->kind == EXPR_ALIAS) {
        alias = node->names[0];
        node = node->args[0];
    }
    RASK_TRY(expr_bind(&binder, node, &bound, err));
    if (bound->type->kind == DATA_NULL)
        return expr_error_at(select_from_sql(s), node->place, err, "Illegal use of 'NULL'");
    for (int32_t k = 0; k < s->keys.count; k++) {
        if (!expr_equal(s->keys.items[k], bound))
            continue;
        if (alias != NULL && s->key_aliases[k] == NULL)
            s->key_aliases[k] = alias;
        *out = k;
        return RASK_OK;
    }
    *out = s->keys.count;
    s->key_aliases[s->keys.count] = alias;
    base_list_add(s->arena, &s->keys, bound);
    return RASK_OK;
}

/* The scope of select items: aliases of keys in front of the columns. */
static void add_key_aliases(select_block *s) {
    int32_t count = 0, capacity = s->keys.count + s->input.column_count;
    expr_scope_column *columns = BASE_ARENA_ARRAY(s->arena, expr_scope_column, capacity + 1);
    for (int32_t k = 0; k < s->keys.count; k++) {
        const expr_node *key = s->keys.items[k];
        if (s->key_aliases[k] != NULL)
            columns[count++] = (expr_scope_column){
                .name = s->key_aliases[k], .type = key->type, .input = EXPR_SCOPE_KEY, .column = k};
    }
    memcpy(columns + count, s->input.columns, sizeof *columns * (size_t)s->input.column_count);
    s->binder.columns = columns;
    s->binder.column_count = count + s->input.column_count;
}

static void number_sets(select_block *s, const int32_t *key_of) {
    uint64_t all = s->keys.count == 64 ? ~0ULL : (1ULL << s->keys.count % 64) - 1;
    plan_number_sets(s->sets, &s->set_count, key_of, s->node->has_distinct_sets);
    if (s->set_count == 1 && s->sets[0] == all)
        s->set_count = 0;
    for (int32_t i = 0; i < s->set_count; i++)
        s->binder.absent_keys |= all & ~s->sets[i];
}

rask_status plan_select_bind_keys(select_block *s, rask_error *err) {
    base_list written = {0};
    RASK_TRY(plan_group_sets(s->b, s->node, &written, &s->sets, &s->set_count, err));
    s->key_aliases = BASE_ARENA_ARRAY(s->arena, const char *, written.count + 1);
    int32_t *key_of = BASE_ARENA_ARRAY(s->arena, int32_t, written.count + 1);
    for (int32_t i = 0; i < written.count; i++)
        RASK_TRY(bind_key(s, written.items[i], &key_of[i], err));
    number_sets(s, key_of);
    add_key_aliases(s);
    s->binder.aggregates = &s->aggregates;
    s->binder.aggregate_base = s->keys.count;
    s->binder.grouped = s->keys.count > 0;
    s->binder.group_keys = (expr_node *const *)s->keys.items;
    s->binder.group_key_count = s->keys.count;
    return RASK_OK;
}
/* ---- HAVING ---------------------------------------------------------------------------------- */

rask_status plan_select_bind_having(select_block *s, base_list *calls, rask_error *err) {
    const expr_node *having = s->node->having;
    expr_binder binder = s->binder;
    if (having == NULL)
        return RASK_OK;
    binder.allows_over = false;
    binder.clause = "HAVING clause";
    binder.aggregates = calls;
    RASK_TRY(expr_bind(&binder, having, &s->having, err));
    if (s->having->type->kind == DATA_NULL)
        return expr_bind_cast(&binder, s->having, data_type_simple(DATA_BOOLEAN, true), &s->having,
                              err);
    if (s->having->type->kind != DATA_BOOLEAN)
        return expr_error_at(select_from_sql(s), having->place, err,
                             "HAVING clause must be a condition");
    return RASK_OK;
}

/* HAVING's aggregates behind those of the select list, where they are not there yet. */
void plan_select_add_calls(select_block *s, const base_list *calls) {
    int32_t *map = BASE_ARENA_ARRAY(s->arena, int32_t, s->keys.count + calls->count + 1);
    for (int32_t k = 0; k < s->keys.count; k++)
        map[k] = k;
    for (int32_t i = 0; i < calls->count; i++)
        map[s->keys.count + i] =
            s->keys.count + expr_list_add_once(s->arena, &s->aggregates, calls->items[i]);
    if (calls->count > 0)
        s->having = expr_remap(s->arena, s->having, map);
}

/* ---- the aggregation ------------------------------------------------------------------------- */

/* The projection below an aggregation, as it is collected. */
typedef struct argument_list {
    expr_node **exprs;
    const char **names;
    int32_t count;
} argument_list;

static const char *column_name(const select_block *s, const expr_node *expr) {
    return s->input.node->schema->names[expr->column];
}

/* Name of key `k`: its alias, its select item's name, its column's name, or $f<k>. */
static const char *key_name(const select_block *s, int32_t k) {
    const expr_node *key = s->keys.items[k];
    if (s->key_aliases[k] != NULL)
        return s->key_aliases[k];
    for (int32_t i = 0; i < s->item_count && select_from_sql(s); i++)
        if (s->items[i].bound->kind == EXPR_INPUT && s->items[i].bound->column == k)
            return s->items[i].name;
    if (key->kind == EXPR_INPUT)
        return column_name(s, key);
    return base_arena_printf(s->arena, "$f%d", k);
}

/* Column of the projection that computes `expr`, added once. */
static int32_t add_argument(const select_block *s, argument_list *list, expr_node *expr,
                            const char *name) {
    for (int32_t i = 0; i < list->count; i++)
        if (expr_equal(list->exprs[i], expr))
            return i;
    if (name == NULL)
        name = expr->kind == EXPR_INPUT ? column_name(s, expr)
                                        : base_arena_printf(s->arena, "$f%d", list->count);
    list->exprs[list->count] = expr;
    list->names[list->count] = plan_unique_name(s->arena, name, list->names, list->count);
    return list->count++;
}

static int32_t argument_count(const select_block *s) {
    int32_t count = s->keys.count;
    for (int32_t i = 0; i < s->aggregates.count; i++) {
        const expr_node *call = s->aggregates.items[i];
        count += call->arg_count + (call->filter != NULL);
    }
    return count;
}

static bool are_all_columns(const select_block *s) {
    for (int32_t k = 0; k < s->keys.count; k++)
        if (((const expr_node *)s->keys.items[k])->kind != EXPR_INPUT)
            return false;
    for (int32_t i = 0; i < s->aggregates.count; i++) {
        const expr_node *call = s->aggregates.items[i];
        if (call->filter != NULL)
            return false;
        for (int32_t a = 0; a < call->arg_count; a++)
            if (call->args[a]->kind != EXPR_INPUT)
                return false;
    }
    return true;
}

/* The condition of FILTER as a column that is never null. */
static expr_node *filter_argument(const select_block *s, expr_node *filter) {
    expr_binder binder = plan_expression_binder(s->b, &s->input, NULL);
    expr_node *is_true, *bound;
    if (!filter->type->nullable)
        return filter;
    is_true = expr_call1(s->arena, "IS TRUE", filter);
    return expr_bind(&binder, is_true, &bound, NULL) == RASK_OK ? bound : filter;
}

/* The Table API's projection starts with the plain columns in their order. */
static void add_plain_columns(const select_block *s, argument_list *list) {
    bool *used = BASE_ARENA_ARRAY(s->arena, bool, s->input.node->schema->count + 1);
    for (int32_t k = 0; k < s->keys.count; k++)
        if (s->key_aliases[k] == NULL && ((expr_node *)s->keys.items[k])->kind == EXPR_INPUT)
            used[((expr_node *)s->keys.items[k])->column] = true;
    for (int32_t i = 0; i < s->aggregates.count; i++) {
        const expr_node *call = s->aggregates.items[i];
        for (int32_t a = 0; a < call->arg_count; a++)
            if (call->args[a]->kind == EXPR_INPUT)
                used[call->args[a]->column] = true;
    }
    for (int32_t i = 0; i < s->input.node->schema->count; i++)
        if (used[i])
            add_argument(s, list, plan_output_column(s->plan, s->input.node, i), NULL);
}

/* Puts keys and arguments into a projection; the calls then only name its columns. */
static plan_node *project_arguments(select_block *s) {
    int32_t capacity = argument_count(s);
    argument_list list = {BASE_ARENA_ARRAY(s->arena, expr_node *, capacity + 1),
                          BASE_ARENA_ARRAY(s->arena, const char *, capacity + 1), 0};
    if (!select_from_sql(s))
        add_plain_columns(s, &list);
    for (int32_t k = 0; k < s->keys.count; k++)
        add_argument(s, &list, s->keys.items[k], key_name(s, k));
    for (int32_t i = 0; i < s->aggregates.count; i++) {
        expr_node *call = s->aggregates.items[i];
        for (int32_t a = 0; a < call->arg_count; a++)
            add_argument(s, &list, call->args[a], NULL);
        if (call->filter != NULL) {
            call->filter = filter_argument(s, call->filter);
            add_argument(s, &list, call->filter, NULL);
        }
    }
    plan_node *project =
        plan_make_project(s->plan, s->input.node, list.exprs, list.names, list.count);
    for (int32_t k = 0; k < s->keys.count; k++)
        s->keys.items[k] =
            plan_output_column(s->plan, project, add_argument(s, &list, s->keys.items[k], NULL));
    for (int32_t i = 0; i < s->aggregates.count; i++) {
        expr_node *call = s->aggregates.items[i];
        for (int32_t a = 0; a < call->arg_count; a++)
            call->args[a] =
                plan_output_column(s->plan, project, add_argument(s, &list, call->args[a], NULL));
        if (call->filter != NULL)
            call->filter =
                plan_output_column(s->plan, project, add_argument(s, &list, call->filter, NULL));
    }
    return project;
}

/* Whether the input can be aggregated as it is. */
static bool needs_projection(const select_block *s) {
    if (argument_count(s) == 0)
        return false;
    return select_from_sql(s) || !are_all_columns(s);
}

static const char *aggregate_name(const select_block *s, int32_t i) {
    if (!select_from_sql(s))
        return base_arena_printf(s->arena, "EXPR$%d", i);
    for (int32_t k = 0; k < s->item_count; k++)
        if (select_aggregate_of(s, s->items[k].bound) == i)
            return s->items[k].name;
    return base_arena_printf(s->arena, "agg#%d", i);
}

void plan_select_make_aggregate(select_block *s) {
    int32_t key_count = s->keys.count, count = key_count + s->aggregates.count;
    data_schema *schema = data_schema_new(s->plan->arena, count);
    for (int32_t k = 0; k < key_count; k++)
        schema->names[k] = plan_unique_name(s->arena, key_name(s, k), schema->names, k);
    plan_node *input = needs_projection(s) ? project_arguments(s) : s->input.node;
    plan_node *node = plan_node_new(s->plan, PLAN_AGGREGATE, &input, 1);
    node->keys = (expr_node **)s->keys.items;
    node->key_count = key_count;
    node->aggregates = (expr_node **)s->aggregates.items;
    node->aggregate_count = s->aggregates.count;
    node->sets = s->sets;
    node->set_count = s->set_count;
    for (int32_t i = 0; i < count; i++) {
        if (i >= key_count)
            schema->names[i] =
                plan_unique_name(s->arena, aggregate_name(s, i - key_count), schema->names, i);
        const data_type *type =
            i < key_count ? node->keys[i]->type : node->aggregates[i - key_count]->type;
        bool may_lack = i < key_count && (s->binder.absent_keys >> i % 64 & 1) != 0;
        schema->types[i] = may_lack ? data_type_with_null(type, true) : type;
    }
    node->schema = schema;
    node->is_bound = true;
    s->output = node;
}
