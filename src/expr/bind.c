/* Binding expressions: names to inputs, calls to rows of the function table, implicit casts made
 * explicit, aggregates taken out.
 *
 * With aggregates there are two passes.  The first binds everything against the input columns and
 * puts a marker in place of each aggregate call; the second walks the result from the top and
 * replaces subtrees that equal a group key and the markers by columns of the aggregation.  A column
 * that is left over is not grouped. */
#include "expr/bind.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "expr/binding.h"

/* ---- names ----------------------------------------------------------------------------------- */

bool expr_qualifier_matches(const expr_qualifier *qualifier, const char *const *parts,
                            int32_t count, bool any_case) {
    if (qualifier == NULL || count > qualifier->count)
        return false;
    const char *const *known = qualifier->parts + qualifier->count - count;
    for (int32_t i = 0; i < count; i++)
        if ((any_case ? strcasecmp : strcmp)(known[i], parts[i]) != 0)
            return false;
    return true;
}

const char *expr_dotted(base_arena *arena, const char *const *parts, int32_t count) {
    base_strbuf text;
    if (count == 1)
        return base_arena_strdup(arena, parts[0]);
    base_strbuf_init(&text, INT32_MAX);
    for (int32_t i = 0; i < count; i++)
        base_strbuf_printf(&text, "%s%s", i > 0 ? "." : "", parts[i]);
    const char *copy = base_arena_strdup(arena, text.data);
    base_strbuf_free(&text);
    return copy;
}

/* A column's name taken apart: what stands in front of the last part may be nothing. */
typedef struct column_name {
    const char *const *qualifier;
    int32_t qualifier_count;
    const char *name;
} column_name;

static column_name name_of(const expr_node *node) {
    return (column_name){.qualifier = (const char *const *)node->names,
                         .qualifier_count = node->name_count - 1,
                         .name = node->names[node->name_count - 1]};
}

static bool is_in_scope(const expr_binding *s, const expr_scope_column *column) {
    return column->input != EXPR_SCOPE_KEY || !s->in_aggregate;
}

static bool names_match(const expr_binder *b, const char *a, const char *c) {
    return (b->case_sensitive_names ? strcmp : strcasecmp)(a, c) == 0;
}

static bool is_qualified_so(const expr_scope_column *column, const column_name *wanted) {
    if (wanted->qualifier_count == 0)
        return !column->needs_qualifier;
    return expr_qualifier_matches(column->qualifier, wanted->qualifier, wanted->qualifier_count,
                                  false);
}

/* Number of columns that match; *found gets the first.  An alias of a group key hides the input
 * column of the same name. */
static int32_t find_columns(const expr_binding *s, const column_name *wanted,
                            const expr_scope_column **found) {
    const expr_binder *b = s->binder;
    int32_t count = 0;
    for (int32_t i = 0; i < b->column_count; i++) {
        const expr_scope_column *column = &b->columns[i];
        if (!is_in_scope(s, column) || !is_qualified_so(column, wanted) ||
            !names_match(b, column->name, wanted->name))
            continue;
        if (count++ == 0)
            *found = column;
        if (column->input == EXPR_SCOPE_KEY) {
            *found = column;
            return 1;
        }
    }
    return count;
}

static void hint_nearest(const expr_binder *b, const char *name, rask_error *err) {
    const char **names = BASE_ARENA_ARRAY(b->arena, const char *, b->column_count);
    for (int32_t i = 0; i < b->column_count; i++)
        names[i] = b->columns[i].name;
    const char *nearest = base_nearest_name(name, names, b->column_count);
    if (nearest != NULL)
        rask_error_hint(err, "did you mean '%s'?", nearest);
}

/* "[a, b, c]": what could have been named. */
static const char *field_list(const expr_binding *s) {
    const expr_binder *b = s->binder;
    base_strbuf text;
    base_strbuf_init(&text, 4096);
    const char *separator = "";
    for (int32_t i = 0; i < b->column_count; i++) {
        if (!is_in_scope(s, &b->columns[i]))
            continue;
        base_strbuf_printf(&text, "%s%s", separator, b->columns[i].name);
        separator = ", ";
    }
    const char *copy = base_arena_strdup(b->arena, text.data);
    base_strbuf_free(&text);
    return copy;
}

/* The first column under the qualifier, in any case of its letters; NULL = there is no such table.
 */
static const expr_scope_column *first_of_table(const expr_binder *b, const column_name *wanted,
                                               bool any_case) {
    for (int32_t i = 0; i < b->column_count; i++)
        if (expr_qualifier_matches(b->columns[i].qualifier, wanted->qualifier,
                                   wanted->qualifier_count, any_case))
            return &b->columns[i];
    return NULL;
}

/* "Table 'x.y' not found", at the whole of x.y. */
static rask_status unknown_table(const expr_binder *b, const expr_node *node,
                                 const column_name *wanted, rask_error *err) {
    const char *path = expr_dotted(b->arena, wanted->qualifier, wanted->qualifier_count);
    expr_place place = expr_path_place(node, 0, wanted->qualifier_count - 1);
    const expr_scope_column *near = first_of_table(b, wanted, true);
    if (near == NULL)
        return expr_error_at(true, place, err, "Table '%s' not found", path);
    return expr_error_at(true, place, err, "Table '%s' not found; did you mean '%s'?", path,
                         near->qualifier->parts[near->qualifier->count - 1]);
}

/* A column that differs only in the case of its letters. */
static const char *other_case(const expr_binder *b, const column_name *wanted) {
    for (int32_t i = 0; i < b->column_count; i++)
        if (is_qualified_so(&b->columns[i], wanted) &&
            strcasecmp(b->columns[i].name, wanted->name) == 0)
            return b->columns[i].name;
    return NULL;
}

static rask_status unknown_column(const expr_binding *s, const expr_node *node, rask_error *err) {
    const expr_binder *b = s->binder;
    column_name wanted = name_of(node);
    if (!b->from_sql) {
        rask_error_set(err, RASK_ERROR_VALIDATION,
                       "Cannot resolve field [%s], input field list:[%s].", wanted.name,
                       field_list(s));
        hint_nearest(b, wanted.name, err);
        return RASK_ERROR_VALIDATION;
    }
    if (wanted.qualifier_count > 0 && first_of_table(b, &wanted, false) == NULL)
        return unknown_table(b, node, &wanted, err);
    const char *near = other_case(b, &wanted);
    const char *table = "any table";
    if (wanted.qualifier_count > 0)
        table = base_arena_printf(b->arena, "table '%s'",
                                  expr_dotted(b->arena, wanted.qualifier, wanted.qualifier_count));
    expr_error_at(true, expr_path_place(node, node->name_count - 1, node->name_count - 1), err,
                  near != NULL ? "Column '%s' not found in %s; did you mean '%s'?"
                               : "Column '%s' not found in %s",
                  wanted.name, table, near);
    if (near == NULL)
        hint_nearest(b, wanted.name, err);
    return RASK_ERROR_VALIDATION;
}

rask_status expr_bind_outer(expr_binding *s, const expr_node *node, expr_node **out,
                            rask_error *err) {
    const expr_binder *b = s->binder;
    column_name wanted = name_of(node);
    const expr_scope_column *column = NULL;
    int32_t count = find_columns(s, &wanted, &column);
    *out = NULL;
    if (count == 0 && wanted.qualifier_count > 0 && first_of_table(b, &wanted, false) != NULL)
        return unknown_column(s, node, err); /* the table hides those of its name around */
    if (count == 0 && b->find_outer != NULL)
        return b->find_outer(b->context, node, out, err);
    if (count == 0)
        return RASK_OK;
    if (count > 1 && b->from_sql)
        return expr_error_at(true, node->place, err, "Column '%s' is ambiguous", wanted.name);
    if (count > 1)
        return rask_error_set(err, RASK_ERROR_VALIDATION, "Ambiguous column name: %s", wanted.name);
    expr_node *input = expr_input(b->arena, column->input, column->column, column->type);
    input->name = expr_dotted(b->arena, (const char *const *)node->names, node->name_count);
    input->place = node->place;
    *out = input;
    return RASK_OK;
}

static rask_status bind_name(expr_binding *s, const expr_node *node, expr_node **out,
                             rask_error *err) {
    RASK_TRY(expr_bind_outer(s, node, out, err));
    return *out != NULL ? RASK_OK : unknown_column(s, node, err);
}

/* ---- the second pass of aggregations --------------------------------------------------------- */

static rask_status not_grouped(const expr_binder *b, const expr_node *input, rask_error *err) {
    if (b->from_sql)
        return expr_error_at(true, input->place, err, "Expression '%s' is not being grouped",
                             input->name);
    base_strbuf text;
    base_strbuf_init(&text, 4096);
    const char *separator = "";
    for (int32_t i = 0; i < b->group_key_count; i++, separator = ", ") {
        base_strbuf_add_text(&text, separator);
        const char *alias = NULL;
        for (int32_t c = 0; c < b->column_count; c++)
            if (b->columns[c].input == EXPR_SCOPE_KEY && b->columns[c].column == i)
                alias = b->columns[c].name;
        if (alias != NULL)
            base_strbuf_add_text(&text, alias);
        else
            expr_write(b->group_keys[i], NULL, false, &text);
    }
    for (int32_t i = 0; i < b->aggregates->count; i++, separator = ", ")
        base_strbuf_printf(&text, "%sEXPR$%d", separator, i);
    rask_status status =
        rask_error_set(err, RASK_ERROR_VALIDATION,
                       "Cannot resolve field [%s], input field list:[%s].", input->name, text.data);
    base_strbuf_free(&text);
    return status;
}

static expr_node *output_column(const expr_binder *b, int32_t column, const expr_node *from) {
    bool may_lack = column < b->group_key_count && (b->absent_keys >> column & 1) != 0;
    const data_type *type = may_lack ? data_type_with_null(from->type, true) : from->type;
    expr_node *input = expr_input(b->arena, 0, column, type);
    input->name = from->name;
    input->place = from->place;
    return input;
}

static rask_status regroup(const expr_binder *b, const expr_node *node, expr_node **out,
                           rask_error *err) {
    for (int32_t k = 0; k < b->group_key_count; k++) {
        if (expr_equal(node, b->group_keys[k])) {
            *out = output_column(b, k, node);
            return RASK_OK;
        }
    }
    if (node->kind == EXPR_INPUT && node->input == EXPR_SCOPE_KEY) {
        *out = output_column(b, node->column, node);
        return RASK_OK;
    }
    if (node->kind == EXPR_INPUT && node->input == EXPR_AGGREGATE_MARK) {
        *out = output_column(b, b->aggregate_base + node->column, node);
        return RASK_OK;
    }
    if (node->kind == EXPR_INPUT)
        return not_grouped(b, node, err);
    expr_node *copy = BASE_ARENA_NEW(b->arena, expr_node);
    *copy = *node;
    copy->args = BASE_ARENA_ARRAY(b->arena, expr_node *, node->arg_count);
    for (int32_t i = 0; i < node->arg_count; i++)
        RASK_TRY(regroup(b, node->args[i], &copy->args[i], err));
    if (b->absent_keys != 0)
        expr_retype(copy);
    *out = copy;
    return RASK_OK;
}

/* ---- casts and the rest ---------------------------------------------------------------------- */

static rask_status bind_cast(expr_binding *s, const expr_node *node, expr_node **out,
                             rask_error *err) {
    base_arena *arena = s->binder->arena;
    const func_row *row;
    expr_node *value;
    RASK_TRY(expr_bind_node(s, node->args[0], &value, err));
    const data_type *type = data_type_with_null(node->type, node->is_try || value->type->nullable);
    if (value->type->kind == DATA_NULL) {
        data_value null = data_value_null(data_type_with_null(node->type, true));
        *out = expr_literal(arena, &null);
    } else if (data_type_equal_ignoring_null(value->type, type)) {
        *out = value;
        return RASK_OK;
    } else {
        rask_status status = func_cast_find(value->type, type, node->is_try, &row, err);
        if (status != RASK_OK) {
            expr_error_place(s->binder->from_sql, node->place, err);
            return status;
        }
        *out = expr_cast(arena, value, type, node->is_try);
        (*out)->is_implicit = node->is_implicit; /* of a cast that is bound again */
    }
    (*out)->place = node->place;
    return RASK_OK;
}

static rask_status bind_order(expr_binding *s, const expr_node *node, expr_node **out,
                              rask_error *err) {
    expr_node *key;
    RASK_TRY(expr_bind_node(s, node->args[0], &key, err));
    *out = expr_order(s->binder->arena, key, node->descending, node->nulls_order);
    return RASK_OK;
}

static rask_status bind_symbol(expr_binding *s, const expr_node *node, expr_node **out) {
    data_type record = {.kind = DATA_SYMBOL};
    *out = expr_copy(s->binder->arena, node);
    (*out)->type = data_type_intern(&record);
    return RASK_OK;
}

static rask_status bind_subquery(expr_binding *s, const expr_node *node, expr_node **out,
                                 rask_error *err) {
    if (node->type != NULL) {
        *out = (expr_node *)node; /* bound already */
        return RASK_OK;
    }
    if (s->binder->bind_subquery != NULL)
        return s->binder->bind_subquery(s->binder->context, s, node, out, err);
    return rask_error_set_at(err, RASK_ERROR_UNSUPPORTED, node->place.line, node->place.column,
                             "A subquery inside an expression is not supported yet.");
}

/* A star stands only in a select list and in COUNT(*). */
static rask_status bind_star(expr_binding *s, const expr_node *node, rask_error *err) {
    expr_place star = node->place; /* the star alone, the last character */
    star.line = star.end_line;
    star.column = star.end_column;
    return expr_error_at(s->binder->from_sql, star, err,
                         node->name_count > 0 ? "Unknown field '*'" : "Unknown identifier '*'");
}

rask_status expr_bind_node(expr_binding *s, const expr_node *node, expr_node **out,
                           rask_error *err) {
    switch (node->kind) {
    case EXPR_NAME:
        return bind_name(s, node, out, err);
    case EXPR_LITERAL:
    case EXPR_INPUT:
    case EXPR_OUTER:
    case EXPR_AGGREGATE:
        *out = (expr_node *)node;
        return RASK_OK;
    case EXPR_CALL:
        return expr_bind_call(s, node, out, err);
    case EXPR_CAST:
        return bind_cast(s, node, out, err);
    case EXPR_ALIAS:
        return expr_bind_node(s, node->args[0], out, err);
    case EXPR_ORDER:
        return bind_order(s, node, out, err);
    case EXPR_SYMBOL:
        return bind_symbol(s, node, out);
    case EXPR_SUBQUERY:
        return bind_subquery(s, node, out, err);
    case EXPR_OVER:
        return expr_bind_over(s, node, out, err);
    case EXPR_STAR:
        return bind_star(s, node, err);
    default:
        return expr_error_at(s->binder->from_sql, node->place, err, "DEFAULT cannot stand here");
    }
}

rask_status expr_bind(expr_binder *binder, const expr_node *node, expr_node **out,
                      rask_error *err) {
    expr_binding state = {binder, false};
    expr_node *bound;
    RASK_TRY(expr_bind_node(&state, node, &bound, err));
    if (binder->aggregates != NULL)
        RASK_TRY(regroup(binder, bound, &bound, err));
    *out = bound;
    return RASK_OK;
}

rask_status expr_bind_cast(expr_binder *binder, expr_node *node, const data_type *type,
                           expr_node **out, rask_error *err) {
    if (data_type_equal_ignoring_null(node->type, type)) {
        *out = node;
        return RASK_OK;
    }
    if (node->type->kind == DATA_NULL) {
        data_value null = data_value_null(data_type_with_null(type, true));
        *out = expr_literal(binder->arena, &null);
        return RASK_OK;
    }
    const func_row *row;
    const data_type *target = data_type_with_null(type, node->type->nullable);
    rask_status status = func_cast_find(node->type, target, false, &row, err);
    if (status != RASK_OK) {
        expr_error_place(binder->from_sql, node->place, err);
        return status;
    }
    *out = expr_cast(binder->arena, node, target, false);
    (*out)->is_implicit = true;
    return RASK_OK;
}
