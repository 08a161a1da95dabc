/* Making and copying expression nodes.
 *
 * Every maker copies the texts it is given into the arena, so that a node depends on nothing but
 * its arena and, for function rows and types, on the process. */
#include "expr/expr.h"

#include "base/utf8.h"

expr_node *expr_new(base_arena *arena, expr_kind kind) {
    expr_node *node = BASE_ARENA_NEW(arena, expr_node);
    node->kind = kind;
    return node;
}

static void set_names(base_arena *arena, expr_node *node, const char *const *names, int32_t count) {
    node->names = BASE_ARENA_ARRAY(arena, const char *, count);
    for (int32_t i = 0; i < count; i++)
        node->names[i] = base_arena_strdup(arena, names[i]);
    node->name_count = count;
}

static void set_args(base_arena *arena, expr_node *node, expr_node *const *args, int32_t count) {
    node->args = BASE_ARENA_ARRAY(arena, expr_node *, count);
    for (int32_t i = 0; i < count; i++)
        node->args[i] = args[i];
    node->arg_count = count;
}

/* A node takes its place from its first argument until a parser knows better. */
static void take_place(expr_node *node) {
    if (node->arg_count == 0 || node->args[0] == NULL)
        return;
    const expr_node *last = node->args[node->arg_count - 1];
    node->place = node->args[0]->place;
    if (last != NULL) {
        node->place.end_line = last->place.end_line;
        node->place.end_column = last->place.end_column;
    }
}

expr_node *expr_name(base_arena *arena, const char *name) {
    return expr_path(arena, &name, 1);
}

expr_node *expr_path(base_arena *arena, const char *const *names, int32_t count) {
    expr_node *node = expr_new(arena, EXPR_NAME);
    set_names(arena, node, names, count);
    return node;
}

expr_node *expr_literal(base_arena *arena, const data_value *value) {
    expr_node *node = expr_new(arena, EXPR_LITERAL);
    node->value = data_value_copy(arena, value);
    node->type = value->type;
    return node;
}

expr_node *expr_literal_i64(base_arena *arena, const data_type *type, int64_t value) {
    data_value v = data_value_i64(type, value);
    return expr_literal(arena, &v);
}

expr_node *expr_literal_text(base_arena *arena, const char *bytes, int64_t length) {
    int64_t characters = base_utf8_length(bytes, length);
    data_value v = data_value_text(arena, data_type_sized(DATA_CHAR, (int32_t)characters, false),
                                   bytes, length);
    return expr_literal(arena, &v);
}

expr_node *expr_literal_bool(base_arena *arena, bool value) {
    return expr_literal_i64(arena, data_type_simple(DATA_BOOLEAN, false), value);
}

expr_node *expr_call(base_arena *arena, const char *name, expr_node *const *args, int32_t count) {
    expr_node *node = expr_new(arena, EXPR_CALL);
    node->name = base_arena_strdup(arena, name);
    set_args(arena, node, args, count);
    take_place(node);
    return node;
}

expr_node *expr_call1(base_arena *arena, const char *name, expr_node *a) {
    return expr_call(arena, name, &a, 1);
}

expr_node *expr_call2(base_arena *arena, const char *name, expr_node *a, expr_node *b) {
    return expr_call(arena, name, (expr_node *[]){a, b}, 2);
}

expr_node *expr_cast(base_arena *arena, expr_node *value, const data_type *type, bool is_try) {
    expr_node *node = expr_new(arena, EXPR_CAST);
    set_args(arena, node, &value, 1);
    take_place(node);
    node->type = type;
    node->is_try = is_try;
    return node;
}

expr_node *expr_alias(base_arena *arena, expr_node *value, const char *name) {
    expr_node *node = expr_new(arena, EXPR_ALIAS);
    set_args(arena, node, &value, 1);
    set_names(arena, node, &name, 1);
    take_place(node);
    node->type = value->type;
    return node;
}

expr_node *expr_input(base_arena *arena, int32_t input, int32_t column, const data_type *type) {
    expr_node *node = expr_new(arena, EXPR_INPUT);
    node->input = input;
    node->column = column;
    node->type = type;
    return node;
}

expr_node *expr_outer(base_arena *arena, int32_t parameter, const data_type *type) {
    expr_node *outer = expr_new(arena, EXPR_OUTER);
    outer->column = parameter;
    outer->type = type;
    return outer;
}

expr_node *expr_order(base_arena *arena, expr_node *key, bool descending, int8_t nulls_order) {
    expr_node *node = expr_new(arena, EXPR_ORDER);
    set_args(arena, node, &key, 1);
    take_place(node);
    node->descending = descending;
    node->nulls_order = nulls_order;
    node->type = key->type;
    return node;
}

static const expr_window_frame *copy_frame(base_arena *arena, const expr_window_frame *frame) {
    if (frame == NULL)
        return NULL;
    expr_window_frame *copy = BASE_ARENA_NEW(arena, expr_window_frame);
    *copy = *frame;
    copy->start = frame->start != NULL ? expr_copy(arena, frame->start) : NULL;
    copy->end = frame->end != NULL ? expr_copy(arena, frame->end) : NULL;
    return copy;
}

expr_node *expr_copy(base_arena *arena, const expr_node *node) {
    expr_node *copy = expr_new(arena, node->kind);
    *copy = *node;
    copy->name = base_arena_strdup(arena, node->name);
    if (node->name_count > 0)
        set_names(arena, copy, node->names, node->name_count);
    if (node->name_places != NULL)
        copy->name_places = base_arena_copy(arena, node->name_places,
                                            (int64_t)sizeof(expr_place) * node->name_count);
    if (node->arg_count > 0) {
        copy->args = BASE_ARENA_ARRAY(arena, expr_node *, node->arg_count);
        for (int32_t i = 0; i < node->arg_count; i++)
            copy->args[i] = expr_copy(arena, node->args[i]);
    }
    if (node->kind == EXPR_LITERAL)
        copy->value = data_value_copy(arena, &node->value);
    if (node->filter != NULL)
        copy->filter = expr_copy(arena, node->filter);
    copy->frame = copy_frame(arena, node->frame);
    return copy;
}
