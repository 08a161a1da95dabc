/* Bound expressions to a flat program (code.h): constants are folded, equal calls are computed
 * once, AND / OR / CASE / COALESCE / IF become branches under scopes, and registers are shared out
 * at the end.
 *
 * A branch is computed in its own scope only where that matters - it can fail, is dear, or is not
 * deterministic.  Cheap ones are computed for all rows, which is faster than picking rows, and can
 * be shared with the rest of the program.  Folding never turns a failure into a plan-time error: a
 * call that fails stays in the program and fails when a row asks for it. */
#include <math.h>
#include <string.h>

#include "expr/code.h"

enum { CHEAP_COST_MAX = 12 };

typedef struct compiler {
    expr_program *program;
    base_arena *arena;
    const func_context *context;
    code_block *block;
} compiler;

static rask_status compile(compiler *c, const expr_node *node, int32_t scope, int32_t *out,
                           rask_error *err);

/* ---- growing the program --------------------------------------------------------------------- */

static void *grow(base_arena *arena, void *items, int32_t count, int32_t *capacity, int64_t size) {
    if (count < *capacity)
        return items;
    int32_t larger = *capacity == 0 ? 8 : 2 * *capacity;
    void *grown = base_arena_alloc(arena, larger * size);
    if (count > 0)
        memcpy(grown, items, (size_t)(count * size));
    *capacity = larger;
    return grown;
}

static int32_t add_value(compiler *c, code_source source, const data_type *type, int32_t index,
                         int32_t scope) {
    expr_program *p = c->program;
    p->values = grow(c->arena, p->values, p->value_count, &p->value_capacity, sizeof *p->values);
    p->values[p->value_count] = (code_value){.source = source,
                                             .type = type,
                                             .index = index,
                                             .scope = scope,
                                             .last_use = -1,
                                             .maker = -1};
    return p->value_count++;
}

static int32_t add_scope(compiler *c, int32_t parent) {
    expr_program *p = c->program;
    p->scopes = grow(c->arena, p->scopes, p->scope_count, &p->scope_capacity, sizeof *p->scopes);
    p->scopes[p->scope_count] = (code_scope){parent};
    return p->scope_count++;
}

static code_instruction *add_instruction(compiler *c, code_op op, int32_t scope,
                                         const int32_t *args, int32_t arg_count) {
    code_block *b = c->block;
    b->items = grow(c->arena, b->items, b->count, &b->capacity, sizeof *b->items);
    code_instruction *instruction = &b->items[b->count++];
    *instruction = (code_instruction){.op = op, .scope = scope, .dst = -1, .arg_count = arg_count};
    instruction->args = base_arena_copy(c->arena, args, (int64_t)sizeof *args * arg_count);
    return instruction;
}

/* The value that `instruction`, the last one, makes. */
static int32_t add_result(compiler *c, code_instruction *instruction, const data_type *type) {
    int32_t value = add_value(c, CODE_RESULT, type, -1, instruction->scope);
    c->program->values[value].maker = c->block->count - 1;
    instruction->dst = value;
    return value;
}

static bool is_constant(const compiler *c, int32_t value) {
    return c->program->values[value].source == CODE_CONSTANT;
}

static const data_value *constant_of(const compiler *c, int32_t value) {
    return &c->program->constant_values[c->program->values[value].index];
}

/* The constants of Flink's planner are decimal numbers, which have no -0.0. */
static bool is_negative_zero(const data_value *value) {
    bool is_floating = value->type->kind == DATA_FLOAT || value->type->kind == DATA_DOUBLE;
    return is_floating && !value->is_null && value->f64 == 0 && signbit(value->f64);
}

/* Takes `column` (or makes it, when NULL). */
static rask_status add_constant(compiler *c, const data_value *constant, data_column *column,
                                int32_t *out, rask_error *err) {
    expr_program *p = c->program;
    if (is_negative_zero(constant)) {
        data_value zero = data_value_f64(constant->type, 0.0);
        data_column_unref(column);
        return add_constant(c, &zero, NULL, out, err);
    }
    for (int32_t v = p->input_count; v < p->value_count; v++) {
        if (!is_constant(c, v) || p->values[v].type != constant->type ||
            !data_value_equal(constant_of(c, v), constant))
            continue;
        data_column_unref(column);
        *out = v;
        return RASK_OK;
    }
    if (column == NULL)
        RASK_TRY(data_value_to_column(NULL, constant, DATA_BATCH_ROWS_LIMIT, &column, err));
    int32_t capacity = p->constant_capacity;
    p->constants = grow(c->arena, p->constants, p->constant_count, &capacity, sizeof column);
    p->constant_values = grow(c->arena, p->constant_values, p->constant_count,
                              &p->constant_capacity, sizeof *constant);
    p->constants[p->constant_count] = column;
    p->constant_values[p->constant_count] = data_value_copy(c->arena, constant);
    *out = add_value(c, CODE_CONSTANT, constant->type, p->constant_count++, 0);
    return RASK_OK;
}

static rask_status add_bool(compiler *c, bool value, int32_t *out, rask_error *err) {
    data_value constant = data_value_i64(data_type_simple(DATA_BOOLEAN, false), value);
    return add_constant(c, &constant, NULL, out, err);
}

static rask_status add_null(compiler *c, const data_type *type, int32_t *out, rask_error *err) {
    data_value constant = data_value_null(data_type_with_null(type, true));
    return add_constant(c, &constant, NULL, out, err);
}

static int32_t add_select(compiler *c, int32_t parent, code_test test, int32_t value) {
    int32_t scope = add_scope(c, parent);
    code_instruction *select = add_instruction(c, CODE_SELECT, parent, &value, 1);
    select->dst_scope = scope;
    select->test = test;
    return scope;
}

/* ---- what is cheap --------------------------------------------------------------------------- */

static double cost_of(const expr_node *node) {
    double cost = 0;
    if (node->function != NULL)
        cost = node->function->cost > 0 ? node->function->cost : 1;
    if (node->kind == EXPR_CAST)
        cost = 2;
    for (int32_t i = 0; i < node->arg_count; i++)
        cost += cost_of(node->args[i]);
    return cost;
}

static bool cast_can_fail(void *context, expr_node *node) {
    const func_row *row;
    if (node->kind != EXPR_CAST || data_type_equal_ignoring_null(node->args[0]->type, node->type) ||
        func_cast_find(node->args[0]->type, node->type, node->is_try, &row, NULL) != RASK_OK)
        return true;
    return (row->flags & FUNC_CAN_FAIL) == 0;
}

/* May be computed for rows that need not be. */
static bool is_safe(const expr_node *node) {
    return !expr_can_fail(node) && expr_is_deterministic(node) &&
           expr_walk((expr_node *)node, cast_can_fail, NULL);
}

static bool is_cheap(const expr_node *node) {
    return cost_of(node) <= CHEAP_COST_MAX && is_safe(node);
}

/* ---- calls ----------------------------------------------------------------------------------- */

static bool is_within(const compiler *c, int32_t scope, int32_t outer) {
    while (scope >= 0 && scope != outer)
        scope = c->program->scopes[scope].parent;
    return scope == outer;
}

/* The value of an equal call whose rows include `scope`; -1 = none. */
static int32_t find_equal(const compiler *c, const func_row *function, const data_type *type,
                          const int32_t *args, int32_t arg_count, int32_t scope) {
    for (int32_t i = c->block->count - 1; i >= 0; i--) {
        const code_instruction *at = &c->block->items[i];
        if (at->op != CODE_CALL || !at->is_shareable || at->function != function ||
            at->arg_count != arg_count ||
            memcmp(at->args, args, sizeof *args * (size_t)arg_count) != 0)
            continue;
        if (c->program->values[at->dst].type == type && is_within(c, scope, at->scope))
            return at->dst;
    }
    return -1;
}

static rask_status prepare(compiler *c, const func_row *function, const int32_t *args,
                           int32_t arg_count, const void **prepared, rask_error *err) {
    const data_type *types[FUNC_ARGS_MAX];
    const data_value *literals[FUNC_ARGS_MAX];
    *prepared = NULL;
    if (function->prepare == NULL)
        return RASK_OK;
    for (int32_t i = 0; i < arg_count; i++) {
        types[i] = c->program->values[args[i]].type;
        literals[i] = is_constant(c, args[i]) ? constant_of(c, args[i]) : NULL;
    }
    func_infer_call call = {function, types, literals, arg_count};
    return function->prepare(c->arena, &call, prepared, err);
}

/* Computes a call of constants now; *out stays -1 where that is not to be done. */
static rask_status fold(compiler *c, const func_row *function, const void *prepared,
                        const data_type *type, const int32_t *args, int32_t arg_count, int32_t *out,
                        rask_error *err) {
    data_column *columns[FUNC_ARGS_MAX], *result;
    *out = -1;
    if ((function->flags & (FUNC_NOT_DETERMINISTIC | FUNC_DYNAMIC)) != 0)
        return RASK_OK;
    for (int32_t i = 0; i < arg_count; i++) {
        if (!is_constant(c, args[i]))
            return RASK_OK;
        columns[i] = c->program->constants[c->program->values[args[i]].index];
    }
    /* Not charged to anyone: a constant is small and outlives the job's pools. */
    func_context context = *c->context;
    context.pool = NULL;
    if (code_fold_call(function, prepared, type, columns, arg_count, &context, &result, NULL) !=
        RASK_OK)
        return RASK_OK;
    data_value value = data_value_at(c->arena, result, 0);
    value.type = type;
    return add_constant(c, &value, result, out, err);
}

/* A constant as its user sees it: Flink's planner keeps what it computed as a decimal number, which
 * knows no negative zero. */
static rask_status use_constant(compiler *c, int32_t *value, rask_error *err) {
    if (!is_constant(c, *value))
        return RASK_OK;
    data_value constant = *constant_of(c, *value);
    bool is_float = constant.type->kind == DATA_FLOAT || constant.type->kind == DATA_DOUBLE;
    if (!is_float || constant.is_null || constant.f64 != 0 || !signbit(constant.f64))
        return RASK_OK;
    constant.f64 = 0;
    return add_constant(c, &constant, NULL, value, err);
}

static rask_status emit_call(compiler *c, const func_row *function, const data_type *type,
                             const int32_t *args, int32_t arg_count, int32_t scope, int32_t *out,
                             rask_error *err) {
    bool shareable = (function->flags & FUNC_NOT_DETERMINISTIC) == 0;
    if (shareable) {
        *out = find_equal(c, function, type, args, arg_count, scope);
        if (*out >= 0)
            return RASK_OK;
    }
    const void *prepared;
    RASK_TRY(prepare(c, function, args, arg_count, &prepared, err));
    RASK_TRY(fold(c, function, prepared, type, args, arg_count, out, err));
    if (*out >= 0)
        return RASK_OK;
    int32_t used[FUNC_ARGS_MAX];
    for (int32_t i = 0; i < arg_count; i++) {
        used[i] = args[i];
        RASK_TRY(use_constant(c, &used[i], err));
    }
    code_instruction *call = add_instruction(c, CODE_CALL, scope, used, arg_count);
    call->function = function;
    call->prepared = prepared;
    call->is_shareable = shareable;
    call->cache = c->program->cache_count++;
    *out = add_result(c, call, type);
    return RASK_OK;
}

static rask_status compile_args(compiler *c, const expr_node *node, int32_t scope, int32_t *args,
                                rask_error *err) {
    if (node->arg_count > FUNC_ARGS_MAX)
        return rask_error_set_at(err, RASK_ERROR_VALIDATION, node->place.line, node->place.column,
                                 "%s has %d arguments; at most %d are supported", node->name,
                                 node->arg_count, FUNC_ARGS_MAX);
    for (int32_t i = 0; i < node->arg_count; i++)
        RASK_TRY(compile(c, node->args[i], scope, &args[i], err));
    return RASK_OK;
}

static rask_status compile_cast(compiler *c, const expr_node *node, int32_t scope, int32_t *out,
                                rask_error *err) {
    const data_type *from = node->args[0]->type;
    int32_t arg;
    if (from->kind == DATA_NULL)
        return add_null(c, node->type, out, err);
    RASK_TRY(compile(c, node->args[0], scope, &arg, err));
    if (data_type_equal_ignoring_null(from, node->type)) {
        *out = arg;
        return RASK_OK;
    }
    const func_row *row;
    RASK_TRY(func_cast_find(from, node->type, node->is_try, &row, err));
    return emit_call(c, row, node->type, &arg, 1, scope, out, err);
}

/* ---- AND, OR --------------------------------------------------------------------------------- */

static void add_terms(compiler *c, const expr_node *node, func_special special, base_list *out) {
    for (int32_t i = 0; i < node->arg_count; i++) {
        expr_node *arg = node->args[i];
        if (arg->kind == EXPR_CALL && arg->function != NULL && arg->function->special == special)
            add_terms(c, arg, special, out);
        else
            base_list_add(c->arena, out, arg);
    }
}

/* `value op next`, where `next` holds for the rows of `branch`. */
static int32_t emit_logic(compiler *c, code_op op, int32_t scope, int32_t branch, int32_t value,
                          int32_t next) {
    const code_value *values = c->program->values;
    bool nullable = values[value].type->nullable || values[next].type->nullable;
    int32_t args[2] = {value, next};
    code_instruction *logic = add_instruction(c, op, scope, args, 2);
    logic->branch_scopes = base_arena_copy(c->arena, &branch, sizeof branch);
    return add_result(c, logic, data_type_simple(DATA_BOOLEAN, nullable));
}

static rask_status compile_logic(compiler *c, const expr_node *node, int32_t scope, int32_t *out,
                                 rask_error *err) {
    bool is_and = node->function->special == FUNC_AND;
    base_list terms = {0};
    int32_t value = -1, rest = scope;
    add_terms(c, node, node->function->special, &terms);
    for (int32_t i = 0; i < terms.count; i++) {
        const expr_node *term = terms.items[i];
        int32_t branch = scope, next;
        if (value >= 0 && !is_cheap(term)) {
            rest = add_select(c, rest, is_and ? CODE_NOT_FALSE : CODE_NOT_TRUE, value);
            branch = rest;
        }
        RASK_TRY(compile(c, term, branch, &next, err));
        if (is_constant(c, next) && !constant_of(c, next)->is_null) {
            /* TRUE in AND adds nothing; FALSE decides it: later terms are never asked. */
            if ((constant_of(c, next)->i64 != 0) == is_and)
                continue;
            return add_bool(c, !is_and, out, err);
        }
        value = value < 0 ? next
                          : emit_logic(c, is_and ? CODE_AND : CODE_OR, scope, branch, value, next);
    }
    if (value < 0)
        return add_bool(c, is_and, out, err);
    *out = value;
    return RASK_OK;
}

/* ---- CASE, IF, COALESCE ---------------------------------------------------------------------- */

typedef struct branch_list {
    int32_t *values, *scopes;
    int32_t count;
} branch_list;

static branch_list branches_new(compiler *c, int32_t capacity) {
    return (branch_list){BASE_ARENA_ARRAY(c->arena, int32_t, capacity),
                         BASE_ARENA_ARRAY(c->arena, int32_t, capacity), 0};
}

static rask_status add_branch(compiler *c, branch_list *list, const expr_node *node, int32_t scope,
                              int32_t branch, rask_error *err) {
    int32_t value;
    RASK_TRY(compile(c, node, is_cheap(node) ? scope : branch, &value, err));
    list->values[list->count] = value;
    list->scopes[list->count++] = branch;
    return RASK_OK;
}

static int32_t emit_merge(compiler *c, const branch_list *list, const data_type *type,
                          int32_t scope) {
    if (list->count == 1 && list->scopes[0] == scope)
        return list->values[0];
    code_instruction *merge = add_instruction(c, CODE_MERGE, scope, list->values, list->count);
    merge->branch_scopes =
        base_arena_copy(c->arena, list->scopes, (int64_t)sizeof(int32_t) * list->count);
    return add_result(c, merge, type);
}

/* CASE(condition, value, ..., else), and IF, which is the same with one condition. */
static rask_status compile_case(compiler *c, const expr_node *node, int32_t scope, int32_t *out,
                                rask_error *err) {
    branch_list list = branches_new(c, node->arg_count + 1);
    int32_t rest = scope, i = 0;
    bool is_decided = false;
    for (; i + 1 < node->arg_count && !is_decided; i += 2) {
        const expr_node *condition = node->args[i];
        int32_t test;
        RASK_TRY(compile(c, condition, is_cheap(condition) ? scope : rest, &test, err));
        if (is_constant(c, test)) {
            const data_value *known = constant_of(c, test);
            is_decided = !known->is_null && known->i64 != 0;
            if (is_decided)
                RASK_TRY(add_branch(c, &list, node->args[i + 1], scope, rest, err));
            continue;
        }
        int32_t chosen = add_select(c, rest, CODE_TRUE, test);
        rest = add_select(c, rest, CODE_NOT_TRUE, test);
        RASK_TRY(add_branch(c, &list, node->args[i + 1], scope, chosen, err));
    }
    if (!is_decided && i < node->arg_count) {
        RASK_TRY(add_branch(c, &list, node->args[i], scope, rest, err));
    } else if (!is_decided) {
        RASK_TRY(add_null(c, node->type, &list.values[list.count], err));
        list.scopes[list.count++] = rest;
    }
    *out = emit_merge(c, &list, node->type, scope);
    return RASK_OK;
}

static rask_status compile_coalesce(compiler *c, const expr_node *node, int32_t scope, int32_t *out,
                                    rask_error *err) {
    branch_list list = branches_new(c, node->arg_count);
    int32_t rest = scope;
    for (int32_t i = 0; i < node->arg_count; i++) {
        RASK_TRY(add_branch(c, &list, node->args[i], scope, rest, err));
        int32_t value = list.values[list.count - 1];
        if (is_constant(c, value) && constant_of(c, value)->is_null && i + 1 < node->arg_count) {
            list.count--;
            continue;
        }
        if (!c->program->values[value].type->nullable || is_constant(c, value))
            break;
        if (i + 1 < node->arg_count)
            rest = add_select(c, rest, CODE_NULL, value);
    }
    *out = emit_merge(c, &list, node->type, scope);
    return RASK_OK;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static rask_status compile_call(compiler *c, const expr_node *node, int32_t scope, int32_t *out,
                                rask_error *err) {
    int32_t args[FUNC_ARGS_MAX];
    /* User functions run in operators of their own; lowering has taken them out. */
    RASK_ASSERT(node->udf == NULL && node->function != NULL);
    switch (node->function->special) {
    case FUNC_AND:
    case FUNC_OR:
        return compile_logic(c, node, scope, out, err);
    case FUNC_CASE:
    case FUNC_IF:
        return compile_case(c, node, scope, out, err);
    case FUNC_COALESCE:
        return compile_coalesce(c, node, scope, out, err);
    case FUNC_ORDINARY:
    case FUNC_REWRITTEN: /* not in bound expressions */
        break;
    }
    RASK_TRY(compile_args(c, node, scope, args, err));
    return emit_call(c, node->function, node->type, args, node->arg_count, scope, out, err);
}

static rask_status compile_symbol(compiler *c, const expr_node *node, int32_t *out,
                                  rask_error *err) {
    data_value value =
        data_value_text(c->arena, node->type, node->name, (int64_t)strlen(node->name));
    return add_constant(c, &value, NULL, out, err);
}

static rask_status compile(compiler *c, const expr_node *node, int32_t scope, int32_t *out,
                           rask_error *err) {
    switch (node->kind) {
    case EXPR_INPUT:
        RASK_ASSERT(node->column >= 0 && node->column < c->program->input_count);
        *out = node->column;
        return RASK_OK;
    case EXPR_LITERAL:
        return add_constant(c, &node->value, NULL, out, err);
    case EXPR_ALIAS:
        return compile(c, node->args[0], scope, out, err);
    case EXPR_CAST:
        return compile_cast(c, node, scope, out, err);
    case EXPR_CALL:
        return compile_call(c, node, scope, out, err);
    case EXPR_SYMBOL:
        return compile_symbol(c, node, out, err);
    default:
        return rask_error_set_at(err, RASK_ERROR_UNSUPPORTED, node->place.line, node->place.column,
                                 "an expression of this kind cannot be evaluated row by row");
    }
}

/* ---- filters --------------------------------------------------------------------------------- */

/* Cheap conjuncts first, but only among neighbours that cannot fail. */
static void order_conjuncts(base_list *conjuncts) {
    for (int32_t i = 1; i < conjuncts->count; i++) {
        expr_node *moving = conjuncts->items[i];
        int32_t at = i;
        if (!is_safe(moving))
            continue;
        while (at > 0 && is_safe(conjuncts->items[at - 1]) &&
               cost_of(conjuncts->items[at - 1]) > cost_of(moving)) {
            conjuncts->items[at] = conjuncts->items[at - 1];
            at--;
        }
        conjuncts->items[at] = moving;
    }
}

/* Narrows `*scope` by one conjunct, or by all cheap ones that follow each other; -1 = no row. */
static rask_status compile_conjunct(compiler *c, const base_list *conjuncts, int32_t *at,
                                    int32_t *scope, rask_error *err) {
    int32_t value = -1, start = *scope;
    do {
        const expr_node *term = conjuncts->items[*at];
        int32_t next;
        if (value >= 0 && !is_cheap(term))
            break;
        RASK_TRY(compile(c, term, start, &next, err));
        (*at)++;
        if (is_constant(c, next)) {
            const data_value *known = constant_of(c, next);
            if (!known->is_null && known->i64 != 0)
                continue;
            *scope = -1;
            return RASK_OK;
        }
        bool is_first = value < 0;
        value = is_first ? next : emit_logic(c, CODE_AND, start, start, value, next);
        if (is_first && !is_cheap(term))
            break;
    } while (*at < conjuncts->count);
    if (value >= 0)
        *scope = add_select(c, start, CODE_TRUE, value);
    return RASK_OK;
}

static rask_status compile_filter(compiler *c, expr_node *condition, rask_error *err) {
    base_list conjuncts = {0};
    int32_t scope = 0, at = 0;
    expr_conjuncts(c->arena, condition, &conjuncts);
    order_conjuncts(&conjuncts);
    while (at < conjuncts.count && scope >= 0)
        RASK_TRY(compile_conjunct(c, &conjuncts, &at, &scope, err));
    c->program->filter_scope = scope;
    return RASK_OK;
}

/* ---- registers ------------------------------------------------------------------------------- */

static void use(expr_program *p, int32_t value, int32_t instruction) {
    if (p->values[value].last_use < instruction)
        p->values[value].last_use = instruction;
}

static void find_last_uses(expr_program *p, const code_block *block) {
    for (int32_t i = 0; i < block->count; i++)
        for (int32_t a = 0; a < block->items[i].arg_count; a++)
            use(p, block->items[i].args[a], i);
}

static int32_t take_register(compiler *c, const data_type *type, bool *is_free, int32_t capacity) {
    expr_program *p = c->program;
    data_physical physical = data_physical_of(type);
    for (int32_t r = 0; r < p->register_count; r++) {
        if (is_free[r] && p->register_physicals[r] == physical) {
            is_free[r] = false;
            return r;
        }
    }
    RASK_ASSERT(p->register_count < capacity);
    p->register_physicals[p->register_count] = physical;
    return p->register_count++;
}

/* Registers freed in one instruction are taken again from the next one on, so that no kernel
 * writes what it reads. */
static void share_registers(compiler *c, const code_block *block, int32_t capacity) {
    expr_program *p = c->program;
    bool *is_free = BASE_ARENA_ARRAY(c->arena, bool, capacity + 1);
    for (int32_t i = 0; i < block->count; i++) {
        const code_instruction *at = &block->items[i];
        if (at->dst >= 0)
            p->values[at->dst].index = take_register(c, p->values[at->dst].type, is_free, capacity);
        for (int32_t a = 0; a < at->arg_count; a++) {
            const code_value *arg = &p->values[at->args[a]];
            if (arg->source == CODE_RESULT && arg->last_use == i)
                is_free[arg->index] = true;
        }
    }
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool is_condition(expr_node *const *exprs, int32_t count) {
    return count == 1 && exprs[0]->type->kind == DATA_BOOLEAN;
}

static rask_status compile_outputs(compiler *c, expr_node *const *exprs, int32_t count,
                                   rask_error *err) {
    expr_program *p = c->program;
    c->block = &p->code;
    p->outputs = BASE_ARENA_ARRAY(c->arena, int32_t, count);
    p->output_count = count;
    for (int32_t i = 0; i < count; i++) {
        RASK_TRY(compile(c, exprs[i], 0, &p->outputs[i], err));
        RASK_TRY(use_constant(c, &p->outputs[i], err));
    }
    find_last_uses(p, &p->code);
    for (int32_t i = 0; i < count; i++)
        p->values[p->outputs[i]].last_use = INT32_MAX;
    return RASK_OK;
}

rask_status expr_compile(expr_node *const *exprs, int32_t count,
                         const data_type *const *input_types, int32_t input_count,
                         const func_context *context, expr_program **out, rask_error *err) {
    expr_program *p = BASE_NEW(expr_program);
    p->arena = base_arena_new();
    p->filter_scope = -1;
    compiler c = {.program = p, .arena = p->arena, .context = context};
    add_scope(&c, -1);
    for (int32_t i = 0; i < input_count; i++)
        add_value(&c, CODE_INPUT, input_types[i], i, 0);
    p->input_count = input_count;
    rask_status status = compile_outputs(&c, exprs, count, err);
    if (status == RASK_OK && is_condition(exprs, count)) {
        c.block = &p->filter;
        status = compile_filter(&c, exprs[0], err);
        find_last_uses(p, &p->filter);
    }
    if (status != RASK_OK) {
        expr_program_free(p);
        return status;
    }
    int32_t capacity = p->code.count + p->filter.count;
    p->register_physicals = BASE_ARENA_ARRAY(p->arena, data_physical, capacity + 1);
    share_registers(&c, &p->code, capacity);
    share_registers(&c, &p->filter, capacity);
    *out = p;
    return RASK_OK;
}

void expr_program_free(expr_program *program) {
    if (program == NULL)
        return;
    for (int32_t i = 0; i < program->constant_count; i++)
        data_column_unref(program->constants[i]);
    base_arena_free(program->arena);
    base_free(program);
}
