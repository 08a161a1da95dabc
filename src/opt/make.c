/* Makers of expressions and nodes that rules share. */
#include "opt/make.h"
#include "expr/bind.h"

void opt_fail(opt_context *context, rask_status status) {
    if (context->status == RASK_OK)
        context->status = status;
}

/* ---- expressions ----------------------------------------------------------------------------- */

expr_node *opt_bool(opt_context *context, bool value) {
    return expr_literal_bool(context->plan->arena, value);
}

expr_node *opt_null(opt_context *context, const data_type *type) {
    data_value null = data_value_null(data_type_with_null(type, true));
    return expr_literal(context->plan->arena, &null);
}

static expr_node *bind_call(opt_context *context, expr_node *call) {
    expr_binder binder = {.arena = context->plan->arena};
    expr_node *bound;
    if (context->status != RASK_OK)
        return opt_bool(context, true);
    rask_status status = expr_bind(&binder, call, &bound, context->err);
    if (status == RASK_OK)
        return bound;
    opt_fail(context, status);
    return opt_bool(context, true);
}

expr_node *opt_call(opt_context *context, const char *name, expr_node *const *args, int32_t count) {
    return bind_call(context, expr_call(context->plan->arena, name, args, count));
}

expr_node *opt_call1(opt_context *context, const char *name, expr_node *a) {
    return opt_call(context, name, &a, 1);
}

expr_node *opt_call2(opt_context *context, const char *name, expr_node *a, expr_node *b) {
    return opt_call(context, name, (expr_node *[]){a, b}, 2);
}

expr_node *opt_case(opt_context *context, expr_node *condition, expr_node *value,
                    expr_node *otherwise) {
    return opt_call(context, "CASE", (expr_node *[]){condition, value, otherwise}, 3);
}

expr_node *opt_column(opt_context *context, const plan_node *node, int32_t column) {
    expr_node *input = expr_input(context->plan->arena, 0, column, node->schema->types[column]);
    input->name = node->schema->names[column];
    return input;
}

expr_node **opt_columns(opt_context *context, const plan_node *node, int32_t more) {
    int32_t count = node->schema->count;
    expr_node **columns = BASE_ARENA_ARRAY(context->plan->arena, expr_node *, count + more + 1);
    for (int32_t i = 0; i < count; i++)
        columns[i] = opt_column(context, node, i);
    return columns;
}

expr_node *opt_aggregate_call(opt_context *context, const char *name, expr_node *const *args,
                              int32_t count, bool grouped) {
    base_list found = {0};
    expr_binder binder = {.arena = context->plan->arena, .aggregates = &found, .grouped = grouped};
    expr_node *marker;
    rask_status status = context->status;
    if (status == RASK_OK)
        status = expr_bind(&binder, expr_call(context->plan->arena, name, args, count), &marker,
                           context->err);
    if (status == RASK_OK)
        return found.items[0];
    opt_fail(context, status);
    return opt_bool(context, true);
}

expr_node *opt_empty_result(opt_context *context, const expr_node *call) {
    const data_type *types[FUNC_ARGS_MAX];
    func_context function = {.world = base_world_system(), .scratch = context->plan->arena};
    func_aggregate_call empty = {.row = call->aggregate,
                                 .context = &function,
                                 .arg_types = types,
                                 .arg_count = call->arg_count,
                                 .result_type = call->type};
    data_value value;
    for (int32_t i = 0; i < call->arg_count; i++)
        types[i] = call->args[i]->type;
    rask_status status = context->status;
    if (status == RASK_OK)
        status = func_aggregate_empty(&empty, context->plan->arena, &value, context->err);
    if (status != RASK_OK) {
        opt_fail(context, status);
        return opt_bool(context, true);
    }
    value.type = call->type;
    return expr_literal(context->plan->arena, &value);
}

expr_node *opt_and(opt_context *context, expr_node *a, expr_node *b) {
    base_list conjuncts = {0};
    expr_conjuncts(context->plan->arena, a, &conjuncts);
    expr_conjuncts(context->plan->arena, b, &conjuncts);
    return expr_and(context->plan->arena, (expr_node *const *)conjuncts.items, conjuncts.count);
}

static bool move_right(void *context, expr_node *node) {
    (void)context;
    if (node->kind == EXPR_INPUT)
        node->input = 1;
    return true;
}

expr_node *opt_to_right(opt_context *context, const expr_node *expr) {
    expr_node *copy = expr_copy(context->plan->arena, expr);
    expr_walk(copy, move_right, NULL);
    return copy;
}

/* Bound expressions are trees of args only, but for an aggregate's filter. */
expr_node *opt_replace_sides(opt_context *context, const expr_node *node, expr_node *const *left,
                             expr_node *const *right) {
    if (node->kind == EXPR_INPUT)
        return expr_copy(context->plan->arena, (node->input == 0 ? left : right)[node->column]);
    expr_node *copy = base_arena_copy(context->plan->arena, node, (int64_t)sizeof *node);
    copy->args = BASE_ARENA_ARRAY(context->plan->arena, expr_node *, node->arg_count + 1);
    for (int32_t i = 0; i < node->arg_count; i++)
        copy->args[i] = opt_replace_sides(context, node->args[i], left, right);
    return copy;
}

struct shift {
    int32_t width;
};

static bool number_through(void *context, expr_node *node) {
    const struct shift *shift = context;
    if (node->kind == EXPR_INPUT && node->input == 1) {
        node->input = 0;
        node->column += shift->width;
    }
    return true;
}

expr_node *opt_joined(opt_context *context, const expr_node *condition, int32_t left_width) {
    struct shift shift = {left_width};
    expr_node *copy = expr_copy(context->plan->arena, condition);
    expr_walk(copy, number_through, &shift);
    return copy;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static bool has_right_columns(plan_join_type type) {
    return type != PLAN_JOIN_SEMI && type != PLAN_JOIN_ANTI;
}

plan_node *opt_make_join(opt_context *context, plan_join_type type, plan_node *left,
                         plan_node *right, expr_node *condition) {
    plan_node *node = plan_node_new(context->plan, PLAN_JOIN, (plan_node *[]){left, right}, 2);
    int32_t width = left->schema->count;
    int32_t count = width + (has_right_columns(type) ? right->schema->count : 0);
    data_schema *schema = data_schema_new(context->plan->arena, count);
    for (int32_t i = 0; i < count; i++) {
        const data_schema *from = i < width ? left->schema : right->schema;
        int32_t column = i < width ? i : i - width;
        bool pads =
            type == PLAN_JOIN_FULL || type == (i < width ? PLAN_JOIN_RIGHT : PLAN_JOIN_LEFT);
        schema->names[i] = from->names[column];
        schema->types[i] =
            data_type_with_null(from->types[column], from->types[column]->nullable || pads);
    }
    node->join_type = type;
    node->condition = condition;
    node->schema = schema;
    node->is_bound = true;
    return node;
}

plan_node *opt_union_all(opt_context *context, plan_node *left, plan_node *right) {
    plan_node *node = plan_node_new(context->plan, PLAN_SET_OP, (plan_node *[]){left, right}, 2);
    data_schema *schema = data_schema_new(context->plan->arena, left->schema->count);
    for (int32_t i = 0; i < schema->count; i++) {
        const data_type *type = left->schema->types[i];
        bool nullable = type->nullable || right->schema->types[i]->nullable;
        schema->names[i] = left->schema->names[i];
        schema->types[i] = data_type_with_null(type, nullable);
    }
    node->set_op = PLAN_UNION;
    node->is_all = true;
    node->schema = schema;
    node->is_bound = true;
    return node;
}

/* Columns get the names they have in the input, others $f<n>. */
static const char *column_name(opt_context *context, const plan_node *input, const expr_node *expr,
                               int32_t place) {
    return expr->kind == EXPR_INPUT ? input->schema->names[expr->column]
                                    : base_arena_printf(context->plan->arena, "$f%d", place);
}

plan_node *opt_make_aggregate(opt_context *context, plan_node *input, expr_node *const *keys,
                              int32_t key_count, expr_node *const *aggregates,
                              int32_t aggregate_count) {
    plan_node *node = plan_node_new(context->plan, PLAN_AGGREGATE, &input, 1);
    data_schema *schema = data_schema_new(context->plan->arena, key_count + aggregate_count);
    node->keys = base_arena_copy(context->plan->arena, keys, (int64_t)sizeof *keys * key_count);
    node->key_count = key_count;
    node->aggregates = base_arena_copy(context->plan->arena, aggregates,
                                       (int64_t)sizeof *aggregates * aggregate_count);
    node->aggregate_count = aggregate_count;
    for (int32_t i = 0; i < key_count + aggregate_count; i++) {
        const expr_node *expr = i < key_count ? keys[i] : aggregates[i - key_count];
        schema->names[i] = column_name(context, input, expr, i);
        schema->types[i] = expr->type;
    }
    node->schema = schema;
    node->is_bound = true;
    return node;
}

plan_node *opt_make_project(opt_context *context, plan_node *input, expr_node *const *exprs,
                            int32_t count) {
    const char **names = BASE_ARENA_ARRAY(context->plan->arena, const char *, count + 1);
    for (int32_t i = 0; i < count; i++)
        names[i] = column_name(context, input, exprs[i], i);
    return opt_project(context, input, exprs, count, names);
}

plan_node *opt_first_columns(opt_context *context, plan_node *node, int32_t width) {
    if (node->schema->count == width)
        return node;
    return opt_make_project(context, node, opt_columns(context, node, 0), width);
}

plan_node *opt_copy_over(opt_context *context, const plan_node *node, plan_node *input) {
    plan_node *copy = plan_node_copy(context->plan, node);
    copy->inputs = base_arena_copy(context->plan->arena, &input, (int64_t)sizeof input);
    return copy;
}
