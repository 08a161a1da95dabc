/* Binding of what Flink takes apart for dates and times: YEAR(x) is EXTRACT(YEAR FROM x),
 * TIMESTAMPADD a sum, OVERLAPS two comparisons. */
#include <string.h>
#include <strings.h>

#include "expr/binding.h"
#include "func/time_unit.h"

static expr_node *at_place(expr_node *node, const expr_node *place) {
    node->place = place->place;
    return node;
}

/* ---- YEAR(x) --------------------------------------------------------------------------------- */

/* The unit is the name but for these. */
static const struct {
    const char *name, *unit;
} other_units[] = {{"DAYOFYEAR", "DOY"}, {"DAYOFMONTH", "DAY"}, {"DAYOFWEEK", "DOW"}};

rask_status expr_bind_time_field(expr_binding *s, const expr_node *node, expr_node **out,
                                 rask_error *err) {
    base_arena *arena = s->binder->arena;
    if (node->arg_count != 1)
        return expr_wrong_count(s, node, 1, err);
    expr_node *unit = at_place(expr_new(arena, EXPR_SYMBOL), node);
    unit->name = node->name;
    for (size_t i = 0; i < sizeof other_units / sizeof other_units[0]; i++)
        if (strcasecmp(other_units[i].name, node->name) == 0)
            unit->name = other_units[i].unit;
    char *upper = base_arena_strdup(arena, unit->name);
    for (char *c = upper; *c != '\0'; c++)
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    unit->name = upper;
    expr_node *extract = expr_call2(arena, "EXTRACT", unit, node->args[0]);
    return expr_bind_node(s, at_place(extract, node), out, err);
}

/* ---- TIMESTAMPADD ---------------------------------------------------------------------------- */

/* A time as the sum needs it: hours go into a timestamp, milliseconds need three digits. */
static const data_type *widened(const data_type *type, func_unit unit) {
    if (type->kind == DATA_DATE)
        return unit > FUNC_UNIT_DAY ? data_type_time(DATA_TIMESTAMP, 6, type->nullable) : type;
    if (unit == FUNC_UNIT_MILLISECOND && type->precision < 3)
        return data_type_time(type->kind, 3, type->nullable);
    return type;
}

rask_status expr_bind_time_add(expr_binding *s, const expr_node *node, expr_node **out,
                               rask_error *err) {
    base_arena *arena = s->binder->arena;
    expr_node **args;
    if (node->arg_count != 3)
        return expr_wrong_count(s, node, 3, err);
    RASK_TRY(expr_bind_args(s, node, &args, err));
    /* Only to see whether it is refused. */
    RASK_TRY(expr_bind_function(s, "TIMESTAMPADD", args, 3, node, out, err));
    const char *word = args[0]->name;
    func_unit unit = func_unit_find(word, (int64_t)strlen(word));
    int32_t months = func_unit_months(unit);
    if (months == 0 && func_unit_millis(unit) == 0)
        return expr_error_at(s->binder->from_sql, node->place, err,
                             "TIMESTAMPADD cannot add units of %s", word);
    expr_node *one =
        expr_literal_i64(arena, months > 0 ? data_type_months(false) : data_type_millis(false),
                         months > 0 ? months : func_unit_millis(unit));
    expr_node *terms[2], *factors[2] = {one, args[1]};
    RASK_TRY(expr_bind_cast(s->binder, args[2], widened(args[2]->type, unit), &terms[0], err));
    RASK_TRY(expr_bind_function(s, "*", factors, 2, node, &terms[1], err));
    return expr_bind_function(s, "+", terms, 2, node, out, err);
}

/* ---- OVERLAPS -------------------------------------------------------------------------------- */

/* (a, b) OVERLAPS (c, d), or all four one by one. */
static rask_status endpoints(expr_binding *s, const expr_node *node, expr_node **out,
                             rask_error *err) {
    if (node->arg_count == 4) {
        memcpy(out, node->args, sizeof *out * 4);
        return RASK_OK;
    }
    for (int32_t i = 0; i < 2; i++) {
        expr_node *pair = i < node->arg_count ? node->args[i] : NULL;
        if (pair == NULL || pair->kind != EXPR_CALL || strcasecmp(pair->name, "ROW") != 0 ||
            pair->arg_count != 2)
            return expr_error_at(s->binder->from_sql, node->place, err,
                                 "OVERLAPS compares two pairs of times: (start, end or interval) "
                                 "OVERLAPS (start, end or interval)");
        memcpy(out + 2 * i, pair->args, sizeof *out * 2);
    }
    return RASK_OK;
}

/* The earlier or later end of a range whose ends may stand in any order. */
static expr_node *end_of(base_arena *arena, expr_node *const *range, bool later,
                         const expr_node *place) {
    expr_node *ordered = at_place(expr_call2(arena, "<=", range[0], range[1]), place);
    expr_node *parts[] = {ordered, range[later], range[!later]};
    return at_place(expr_call(arena, "CASE", parts, 3), place);
}

rask_status expr_bind_overlaps(expr_binding *s, const expr_node *node, expr_node **out,
                               rask_error *err) {
    base_arena *arena = s->binder->arena;
    expr_node *ends[4], *bound[4];
    RASK_TRY(endpoints(s, node, ends, err));
    for (int32_t i = 0; i < 4; i++)
        RASK_TRY(expr_bind_node(s, ends[i], &bound[i], err));
    /* Only to see whether it is refused. */
    RASK_TRY(expr_bind_function(s, "OVERLAPS", bound, 4, node, out, err));
    for (int32_t i = 1; i < 4; i += 2)
        if (data_kind_is_interval(bound[i]->type->kind))
            ends[i] = at_place(expr_call2(arena, "+", ends[i - 1], ends[i]), node);
    expr_node *terms[2];
    for (int32_t i = 0; i < 2; i++)
        terms[i] = at_place(expr_call2(arena, ">=", end_of(arena, ends + 2 * i, true, node),
                                       end_of(arena, ends + 2 * (1 - i), false, node)),
                            node);
    return expr_bind_node(s, at_place(expr_call(arena, "AND", terms, 2), node), out, err);
}
