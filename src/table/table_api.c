/* The operations of Table and GroupedTable.  Each makes a plan with one unresolved node over the
 * bound input and binds it at once, so that mistakes show where they are made. */
#include "base/buffer.h"
#include "plan/plan_json.h"
#include "table/table.h"

rask_table *table_new(rask_environment *env, plan *p_take, plan_node *node) {
    rask_table *table = BASE_NEW(rask_table);
    table->env = rask_environment_ref(env);
    table->plan = p_take;
    table->plan->root = node;
    table->refs = 1;
    return table;
}

rask_table *rask_table_ref(rask_table *table) {
    if (table != NULL)
        __atomic_add_fetch(&table->refs, 1, __ATOMIC_RELAXED);
    return table;
}

void rask_table_unref(rask_table *table) {
    if (table == NULL || __atomic_sub_fetch(&table->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    plan_unref(table->plan);
    base_arena_free(table->texts);
    rask_environment_unref(table->env);
    base_free(table);
}

static const data_schema *schema_of(const rask_table *table) {
    return table->plan->root->schema;
}

int32_t rask_table_column_count(const rask_table *table) {
    return schema_of(table)->count;
}

const char *rask_table_column_name(const rask_table *table, int32_t i) {
    return schema_of(table)->names[i];
}

const char *rask_table_column_type(const rask_table *table, int32_t i) {
    rask_table *mutable_table = (rask_table *)table; /* a cache */
    if (table->texts == NULL) {
        mutable_table->texts = base_arena_new();
        mutable_table->type_texts =
            BASE_ARENA_ARRAY(table->texts, char *, schema_of(table)->count + 1);
    }
    if (table->type_texts[i] == NULL)
        mutable_table->type_texts[i] =
            data_type_text(table->texts, schema_of(table)->types[i], true);
    return table->type_texts[i];
}

/* ---- making nodes ---------------------------------------------------------------------------- */
static plan *plan_over(const rask_table *table) {
    plan *p = plan_new();
    plan_add_parent(p, table->plan);
    return p;
}

static expr_node **copy_expressions(plan *p, rask_expression *const *exprs, int32_t count) {
    expr_node **out = BASE_ARENA_ARRAY(p->arena, expr_node *, count + 1);
    for (int32_t i = 0; i < count; i++)
        out[i] = table_expression(p, exprs[i]);
    return out;
}

/* Binds the node and wraps it; gives the plan back when that fails. */
static rask_status finish(rask_table *table, plan *p, plan_node *node, rask_table **out,
                          rask_error *err) {
    plan_binder binder = {p, table->env->catalog, table->env->config, false};
    plan_node *bound;
    rask_status status = plan_bind(&binder, node, &bound, err);
    if (status != RASK_OK) {
        plan_unref(p);
        return status;
    }
    *out = table_new(table->env, p, bound);
    return RASK_OK;
}

static rask_status select_nodes(rask_table *table, plan *p, expr_node **exprs, int32_t count,
                                rask_table **out, rask_error *err) {
    plan_node *node = plan_node_new(p, PLAN_SELECT, &table->plan->root, 1);
    node->exprs = exprs;
    node->expr_count = count;
    return finish(table, p, node, out, err);
}

rask_status rask_table_select(rask_table *table, rask_expression *const *exprs, int32_t count,
                              rask_table **out, rask_error *err) {
    plan *p = plan_over(table);
    return select_nodes(table, p, copy_expressions(p, exprs, count), count, out, err);
}

rask_status rask_table_filter(rask_table *table, rask_expression *condition, rask_table **out,
                              rask_error *err) {
    plan *p = plan_over(table);
    plan_node *node = plan_node_new(p, PLAN_FILTER, &table->plan->root, 1);
    node->condition = table_expression(p, condition);
    return finish(table, p, node, out, err);
}

rask_status rask_table_group_by(rask_table *table, rask_expression *const *keys, int32_t count,
                                rask_grouped_table **out, rask_error *err) {
    (void)err;
    rask_grouped_table *grouped = BASE_NEW(rask_grouped_table);
    grouped->plan = plan_over(table);
    grouped->keys = copy_expressions(grouped->plan, keys, count);
    grouped->key_count = count;
    grouped->table = rask_table_ref(table);
    grouped->refs = 1;
    *out = grouped;
    return RASK_OK;
}

rask_status rask_grouped_table_select(rask_grouped_table *grouped, rask_expression *const *exprs,
                                      int32_t count, rask_table **out, rask_error *err) {
    plan *p = plan_over(grouped->table);
    plan_add_parent(p, grouped->plan);
    plan_node *node = plan_node_new(p, PLAN_SELECT, &grouped->table->plan->root, 1);
    node->exprs = copy_expressions(p, exprs, count);
    node->expr_count = count;
    node->keys = grouped->keys;
    node->key_count = grouped->key_count;
    node->is_grouped = true;
    return finish(grouped->table, p, node, out, err);
}

void rask_grouped_table_unref(rask_grouped_table *grouped) {
    if (grouped == NULL || --grouped->refs > 0)
        return;
    plan_unref(grouped->plan);
    rask_table_unref(grouped->table);
    base_free(grouped);
}

rask_status rask_table_distinct(rask_table *table, rask_table **out, rask_error *err) {
    plan *p = plan_over(table);
    plan_node *node = plan_node_new(p, PLAN_SELECT, &table->plan->root, 1);
    expr_node *star = expr_new(p->arena, EXPR_STAR);
    node->exprs = base_arena_copy(p->arena, &star, (int64_t)sizeof star);
    node->expr_count = 1;
    node->is_distinct = true;
    return finish(table, p, node, out, err);
}

rask_status rask_table_order_by(rask_table *table, rask_expression *const *keys, int32_t count,
                                rask_table **out, rask_error *err) {
    plan *p = plan_over(table);
    plan_node *node = plan_node_new(p, PLAN_SORT, &table->plan->root, 1);
    node->keys = copy_expressions(p, keys, count);
    for (int32_t i = 0; i < count; i++)
        if (node->keys[i]->kind != EXPR_ORDER)
            node->keys[i] = expr_order(p->arena, node->keys[i], false, 0);
    node->key_count = count;
    node->fetch = -1;
    return finish(table, p, node, out, err);
}

rask_status rask_table_limit(rask_table *table, int64_t offset, int64_t fetch, rask_table **out,
                             rask_error *err) {
    if (offset < 0)
        return rask_error_set(err, RASK_ERROR_VALIDATION, "Offset should be greater or equal 0");
    plan *p = plan_over(table);
    plan_node *below = table->plan->root;
    /* offset(m).fetch(n) is one limit. */
    if (below->kind == PLAN_LIMIT && below->fetch < 0 && offset == 0) {
        offset = below->offset;
        below = below->inputs[0];
    }
    plan_node *node = plan_node_new(p, PLAN_LIMIT, &below, 1);
    node->offset = offset;
    node->fetch = fetch;
    return finish(table, p, node, out, err);
}

/* ---- columns --------------------------------------------------------------------------------- */
rask_status rask_table_alias(rask_table *table, const char *const *names, int32_t count,
                             rask_table **out, rask_error *err) {
    const data_schema *schema = schema_of(table);
    if (count > schema->count)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Aliasing more fields than we actually have.");
    plan *p = plan_over(table);
    expr_node **exprs = BASE_ARENA_ARRAY(p->arena, expr_node *, schema->count + 1);
    for (int32_t i = 0; i < schema->count; i++) {
        exprs[i] = expr_name(p->arena, schema->names[i]);
        if (i < count)
            exprs[i] = expr_alias(p->arena, exprs[i], names[i]);
    }
    return select_nodes(table, p, exprs, schema->count, out, err);
}

rask_status rask_table_add_columns(rask_table *table, rask_expression *const *exprs, int32_t count,
                                   bool replace, rask_table **out, rask_error *err) {
    const data_schema *schema = schema_of(table);
    plan *p = plan_over(table);
    expr_node **all = BASE_ARENA_ARRAY(p->arena, expr_node *, schema->count + count + 1);
    int32_t total = schema->count;
    for (int32_t i = 0; i < total; i++)
        all[i] = expr_name(p->arena, schema->names[i]);
    for (int32_t i = 0; i < count; i++) {
        expr_node *added = table_expression(p, exprs[i]);
        int32_t same = added->kind == EXPR_ALIAS ? data_schema_find(schema, added->names[0]) : -1;
        if (replace && same >= 0)
            all[same] = added;
        else
            all[total++] = added;
    }
    return select_nodes(table, p, all, total, out, err);
}

static rask_status find_column(const rask_table *table, const expr_node *node, int32_t *column,
                               rask_error *err) {
    const data_schema *schema = schema_of(table);
    *column = node->kind == EXPR_NAME && node->name_count == 1
                  ? data_schema_find(schema, node->names[0])
                  : -1;
    if (*column >= 0)
        return RASK_OK;
    if (node->kind != EXPR_NAME)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Unexpected field expression, a column name is expected.");
    rask_error_set(err, RASK_ERROR_VALIDATION, "Field %s does not exist in source table",
                   node->names[0]);
    const char *nearest = base_nearest_name(node->names[0], schema->names, schema->count);
    if (nearest != NULL)
        rask_error_hint(err, "Did you mean '%s'?", nearest);
    return RASK_ERROR_VALIDATION;
}

rask_status rask_table_rename_columns(rask_table *table, rask_expression *const *exprs,
                                      int32_t count, rask_table **out, rask_error *err) {
    const data_schema *schema = schema_of(table);
    plan *p = plan_over(table);
    expr_node **all = BASE_ARENA_ARRAY(p->arena, expr_node *, schema->count + 1);
    for (int32_t i = 0; i < schema->count; i++)
        all[i] = expr_name(p->arena, schema->names[i]);
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < count && status == RASK_OK; i++) {
        expr_node *renamed = table_expression(p, exprs[i]);
        int32_t column;
        if (renamed->kind != EXPR_ALIAS)
            status = rask_error_set(err, RASK_ERROR_VALIDATION,
                                    "Unexpected field expression type, a rename "
                                    "(column AS name) is expected.");
        else
            status = find_column(table, renamed->args[0], &column, err);
        if (status == RASK_OK)
            all[column] = renamed;
    }
    if (status != RASK_OK) {
        plan_unref(p);
        return status;
    }
    return select_nodes(table, p, all, schema->count, out, err);
}

rask_status rask_table_drop_columns(rask_table *table, rask_expression *const *exprs, int32_t count,
                                    rask_table **out, rask_error *err) {
    const data_schema *schema = schema_of(table);
    plan *p = plan_over(table);
    bool *dropped = BASE_ARENA_ARRAY(p->arena, bool, schema->count + 1);
    rask_status status = RASK_OK;
    for (int32_t i = 0; i < count && status == RASK_OK; i++) {
        int32_t column;
        status = find_column(table, exprs[i]->node, &column, err);
        if (status == RASK_OK)
            dropped[column] = true;
    }
    expr_node **all = BASE_ARENA_ARRAY(p->arena, expr_node *, schema->count + 1);
    int32_t kept = 0;
    for (int32_t i = 0; i < schema->count; i++)
        if (!dropped[i])
            all[kept++] = expr_name(p->arena, schema->names[i]);
    if (status == RASK_OK && kept == 0)
        status = rask_error_set(err, RASK_ERROR_VALIDATION, "At least one column must remain.");
    if (status != RASK_OK) {
        plan_unref(p);
        return status;
    }
    return select_nodes(table, p, all, kept, out, err);
}

/* ---- two tables, table functions ------------------------------------------------------------- */
static rask_status same_environment(const rask_table *left, const rask_table *right,
                                    rask_error *err) {
    if (left->env == right->env)
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "Only tables from the same TableEnvironment can be combined.");
}

static int32_t find_text(const char *const *texts, const char *text) {
    for (int32_t i = 0; texts[i] != NULL; i++)
        if (strcmp(texts[i], text) == 0)
            return i;
    return -1;
}

rask_status rask_table_set_operation(rask_table *left, rask_table *right, const char *operation,
                                     bool all, rask_table **out, rask_error *err) {
    static const char *const names[] = {"union", "intersect", "minus",
                                        NULL}; /* order of plan_set_op */
    int32_t found = find_text(names, operation);
    if (found < 0)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT, "unknown set operation '%s'",
                              operation);
    RASK_TRY(same_environment(left, right, err));
    plan *p = plan_over(left);
    plan_add_parent(p, right->plan);
    plan_node *inputs[] = {left->plan->root, right->plan->root};
    plan_node *node = plan_node_new(p, PLAN_SET_OP, inputs, 2);
    node->set_op = (plan_set_op)found;
    node->is_all = all;
    return finish(left, p, node, out, err);
}

rask_status rask_table_join(rask_table *left, rask_table *right, const char *type,
                            rask_expression *condition, rask_table **out, rask_error *err) {
    static const char *const names[] = {"inner", "left",  "right",
                                        "full",  "cross", NULL}; /* order of plan_join_type */
    int32_t found = find_text(names, type);
    if (found < 0)
        return rask_error_set(err, RASK_ERROR_ILLEGAL_ARGUMENT, "unknown join type '%s'", type);
    RASK_TRY(same_environment(left, right, err));
    plan *p = plan_over(left);
    plan_add_parent(p, right->plan);
    plan_node *inputs[] = {left->plan->root, right->plan->root};
    plan_node *node = plan_node_new(p, PLAN_JOIN, inputs, 2);
    node->join_type = (plan_join_type)found;
    node->condition = condition != NULL ? table_expression(p, condition) : NULL;
    return finish(left, p, node, out, err);
}

rask_status rask_table_flat_map(rask_table *table, rask_expression *call, bool keeps_input,
                                bool outer, rask_table **out, rask_error *err) {
    plan *p = plan_over(table);
    plan_node *node = plan_node_new(p, PLAN_FLAT_MAP, &table->plan->root, 1);
    expr_node *copy = table_expression(p, call);
    node->exprs = base_arena_copy(p->arena, &copy, (int64_t)sizeof copy);
    node->expr_count = 1;
    node->keeps_input = keeps_input;
    node->is_outer = outer;
    return finish(table, p, node, out, err);
}

/* ---- running --------------------------------------------------------------------------------- */
rask_status rask_table_execute(rask_table *table, rask_result **out, rask_error *err) {
    return table_run_query(table->env, table->plan, table->plan->root, out, err);
}

rask_status rask_table_execute_insert(rask_table *table, const char *path, bool overwrite,
                                      rask_result **out, rask_error *err) {
    plan_table *target;
    plan *p;
    RASK_TRY(table_find(table->env, path, &target, err));
    RASK_TRY(table_bind_insert(table->env, table->plan, table->plan->root, target,
                               &(plan_insert){.is_overwrite = overwrite}, false, &p, err));
    return table_run_insert(table->env, p, p->root, out, err);
}

rask_status rask_table_explain(rask_table *table, const char *details, rask_strings **out,
                               rask_error *err) {
    (void)details;
    return table_explain_plan(table->env, table->plan, &table->plan->root, 1, out, err);
}

rask_status rask_plan_write(rask_table *table, rask_strings **out, rask_error *err) {
    base_strbuf text;
    base_strbuf_init(&text, INT64_MAX);
    rask_status status = plan_write(table->plan->root, &text, err);
    if (status == RASK_OK) {
        *out = table_strings_new();
        table_strings_add(*out, text.data);
    }
    base_strbuf_free(&text);
    return status;
}

rask_status rask_plan_read(rask_environment *env, const char *text, int64_t length,
                           rask_table **out, rask_error *err) {
    plan *p;
    RASK_TRY(plan_read(text, length, env->catalog, &p, err));
    if (p->root->schema == NULL || p->root->kind == PLAN_SINK) {
        plan_unref(p);
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "The plan document's root is not a query.");
    }
    *out = table_new(env, p, p->root);
    return RASK_OK;
}
