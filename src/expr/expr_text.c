/* Expressions as text: the digest of Flink's plans (prefix form, "+($0, 1)"; with column names as
 * its optimised plans print them) and SQL.
 *
 * The digest hides implicit casts except under = and <>, as Flink's does, and gives a literal its
 * type only where the value alone would not tell it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "expr/udf.h"

typedef struct text_writer {
    const char *const *names; /* NULL = $0, $1 */
    bool sql;
    base_strbuf *out;
    const expr_text_hooks *hooks; /* may be NULL */
} text_writer;

static void write_node(const text_writer *w, const expr_node *node);

/* ---- types and literals in the digest -------------------------------------------------------- */

static void write_digest_type(const text_writer *w, const data_type *type, bool with_nulls) {
    base_strbuf *out = w->out;
    switch (type->kind) {
    case DATA_INT:
        base_strbuf_add_text(out, "INTEGER");
        break;
    case DATA_INTERVAL_DAY_TIME:
        base_strbuf_add_text(out, "INTERVAL DAY");
        break;
    case DATA_INTERVAL_YEAR_MONTH:
        base_strbuf_add_text(out, "INTERVAL YEAR TO MONTH");
        break;
    default:
        data_type_write(data_type_with_null(type, true), false, out);
    }
    if (w->names == NULL && data_kind_is_string(type->kind))
        base_strbuf_add_text(out, " CHARACTER SET \"UTF-16LE\"");
    if (with_nulls && !type->nullable)
        base_strbuf_add_text(out, " NOT NULL");
}

static void write_quoted(base_strbuf *out, const char *bytes, int64_t length) {
    base_strbuf_add_char(out, '\'');
    for (int64_t i = 0; i < length; i++) {
        if (bytes[i] == '\'')
            base_strbuf_add_char(out, '\'');
        base_strbuf_add_char(out, bytes[i]);
    }
    base_strbuf_add_char(out, '\'');
}

/* 1E0, 1.5E3: the fewest digits that give the number back. */
static void write_scientific(base_strbuf *out, double value) {
    char text[64], digits[64];
    int precision = 0, at = 0;
    do {
        snprintf(text, sizeof text, "%.*e", precision, value);
        double back;
        if (sscanf(text, "%lf", &back) == 1 && back == value)
            break;
    } while (++precision < 17);
    const char *e = strchr(text, 'e');
    if (!isfinite(value) || e == NULL) {
        base_strbuf_add_text(out, isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity");
        return;
    }
    for (const char *c = text; c < e; c++)
        digits[at++] = *c;
    while (memchr(digits, '.', (size_t)at) != NULL &&
           (digits[at - 1] == '0' || digits[at - 1] == '.')) {
        at--;
        if (digits[at] == '.')
            break;
    }
    int exponent = 0;
    sscanf(e + 1, "%d", &exponent);
    base_strbuf_printf(out, "%.*sE%d", at, digits, exponent);
}

static void write_bytes(base_strbuf *out, const data_value *value) {
    base_strbuf_add_text(out, "X'");
    for (int64_t i = 0; i < value->text.length; i++)
        base_strbuf_printf(out, "%02x", (uint8_t)value->text.bytes[i]);
    base_strbuf_add_char(out, '\'');
}

/* Writes the value; true where the type has to follow unless the context gives it. */
static bool write_digest_value(const text_writer *w, const data_value *value) {
    base_strbuf *out = w->out;
    switch (value->type->kind) {
    case DATA_BOOLEAN:
        base_strbuf_add_text(out, value->i64 != 0 ? "true" : "false");
        return false;
    case DATA_CHAR:
    case DATA_VARCHAR:
        if (w->names == NULL)
            base_strbuf_add_text(out, "_UTF-16LE");
        write_quoted(out, value->text.bytes, value->text.length);
        return value->type->kind == DATA_VARCHAR && w->names == NULL;
    case DATA_FLOAT:
    case DATA_DOUBLE:
        write_scientific(out, value->f64);
        return w->names == NULL;
    case DATA_BINARY:
    case DATA_VARBINARY:
        write_bytes(out, value);
        return w->names == NULL;
    case DATA_INTERVAL_DAY_TIME:
    case DATA_INTERVAL_YEAR_MONTH:
        base_strbuf_printf(out, "%lld", (long long)value->i64);
        return true;
    case DATA_INT:
    case DATA_DATE:
    case DATA_TIME:
        data_value_print(value, out);
        return false;
    default:
        data_value_print(value, out);
        return w->names == NULL || data_kind_is_integer(value->type->kind);
    }
}

/* `is_typed`: a neighbour of the same type tells the type. */
static void write_digest_literal(const text_writer *w, const data_value *value, bool is_typed) {
    bool needs_type = true;
    if (value->is_null)
        base_strbuf_add_text(w->out, "null");
    else
        needs_type = write_digest_value(w, value) && !is_typed;
    if (!needs_type)
        return;
    base_strbuf_add_char(w->out, ':');
    write_digest_type(w, value->type, false);
}

/* ---- parts ----------------------------------------------------------------------------------- */

static void write_identifier(const text_writer *w, const char *name) {
    if (!w->sql) {
        base_strbuf_add_text(w->out, name);
        return;
    }
    base_strbuf_add_char(w->out, '`');
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '`')
            base_strbuf_add_char(w->out, '`');
        base_strbuf_add_char(w->out, *c);
    }
    base_strbuf_add_char(w->out, '`');
}

static void write_path(const text_writer *w, const expr_node *node) {
    for (int32_t i = 0; i < node->name_count; i++) {
        if (i > 0)
            base_strbuf_add_char(w->out, '.');
        write_identifier(w, node->names[i]);
    }
}

const char *expr_opposite_operator(const char *name) {
    static const char *const pairs[][2] = {{"=", "<>"}, {"<", ">="}, {">", "<="}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (int32_t k = 0; k < 2; k++)
            if (strcmp(pairs[i][k], name) == 0)
                return pairs[i][1 - k];
    return name;
}

/* IN($0, {...}), EXISTS({...}), $SCALAR_QUERY({...}), < SOME($0, {...}); Flink knows no ALL. */
static void write_subquery(const text_writer *w, const expr_node *node) {
    bool is_all = node->subquery_kind == EXPR_SUBQUERY_ALL;
    switch (node->subquery_kind) {
    case EXPR_SUBQUERY_SCALAR:
        base_strbuf_add_text(w->out, "$SCALAR_QUERY(");
        break;
    case EXPR_SUBQUERY_TABLE:
        base_strbuf_add_text(w->out, "TABLE(");
        break;
    case EXPR_SUBQUERY_EXISTS:
        base_strbuf_add_text(w->out, "EXISTS(");
        break;
    case EXPR_SUBQUERY_IN:
        base_strbuf_add_text(w->out, "IN(");
        break;
    case EXPR_SUBQUERY_SOME:
    case EXPR_SUBQUERY_ALL:
        base_strbuf_printf(w->out, "%s%s SOME(", is_all ? "NOT(" : "",
                           is_all ? expr_opposite_operator(node->name) : node->name);
    }
    for (int32_t i = 0; i < node->operand_count; i++) {
        write_node(w, node->args[i]);
        base_strbuf_add_text(w->out, ", ");
    }
    base_strbuf_add_char(w->out, '{');
    if (w->hooks != NULL)
        w->hooks->write_query(w->hooks->context, node, w->out);
    base_strbuf_add_text(w->out, is_all ? "}))" : "})");
}

/* A column of the rows around a subquery. */
static void write_outer(const text_writer *w, const expr_node *node) {
    if (w->hooks != NULL) {
        w->hooks->write_outer(w->hooks->context, node, w->out);
        return;
    }
    base_strbuf_add_text(w->out, "$cor.");
    if (node->name != NULL)
        base_strbuf_add_text(w->out, node->name);
    else
        base_strbuf_printf(w->out, "$%d", node->column);
}

static void write_input(const text_writer *w, const expr_node *node) {
    if (w->names != NULL)
        write_identifier(w, w->names[node->column]);
    else
        base_strbuf_printf(w->out, "$%d", node->column);
}

static bool is_one_of(const char *name, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* Arithmetic and order comparisons take mixed numbers as they are; equality only mixed literals. */
static bool mixes_numbers(const expr_node *call, const expr_node *arg) {
    static const char *const any[] = {"<", "<=", ">", ">=", "+", "-", "*", "/", "%"};
    static const char *const literals[] = {"=", "<>"};
    if (call->kind != EXPR_CALL)
        return false;
    if (is_one_of(call->name, any, sizeof any / sizeof any[0]))
        return true;
    return arg->kind == EXPR_LITERAL && is_one_of(call->name, literals, 2);
}

/* An argument without the implicit cast that Flink does not show. */
static const expr_node *shown_arg(const expr_node *call, const expr_node *arg) {
    if (arg->kind != EXPR_CAST || !arg->is_implicit)
        return arg;
    const expr_node *value = arg->args[0];
    bool are_numbers =
        data_kind_is_numeric(arg->type->kind) && data_kind_is_numeric(value->type->kind);
    return are_numbers && mixes_numbers(call, value) ? value : arg;
}

/* Operators whose literal operands are shown without type next to one of the same type. */
static bool shares_types(const expr_node *node) {
    return node->arg_count == 2 && strchr("+-*/=<>", node->name[0]) != NULL;
}

static void write_digest_args(const text_writer *w, const expr_node *node) {
    for (int32_t i = 0; i < node->arg_count; i++) {
        const expr_node *arg = shown_arg(node, node->args[i]);
        if (i > 0)
            base_strbuf_add_text(w->out, ", ");
        if (arg->kind != EXPR_LITERAL) {
            write_node(w, arg);
            continue;
        }
        bool is_typed = false;
        if (node->kind == EXPR_CALL && shares_types(node)) {
            const data_type *other =
                shown_arg(node, node->args[1 - i])->type; /* NULL before binding */
            is_typed = other != NULL && data_type_equal_ignoring_null(arg->type, other);
        }
        write_digest_literal(w, &arg->value, is_typed);
    }
}

static void write_list(const text_writer *w, expr_node *const *nodes, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        if (i > 0)
            base_strbuf_add_text(w->out, ", ");
        write_node(w, nodes[i]);
    }
}

/* ---- calls ----------------------------------------------------------------------------------- */

static bool is_operator(const expr_node *node) {
    return node->kind == EXPR_CALL && node->function != NULL && node->function->sql != NULL &&
           (node->function->flags & FUNC_OPERATOR) != 0;
}

/* An operand, in parentheses where it is an operator itself. */
static void write_operand(const text_writer *w, const expr_node *node) {
    bool parentheses = is_operator(node);
    if (parentheses)
        base_strbuf_add_char(w->out, '(');
    write_node(w, node);
    if (parentheses)
        base_strbuf_add_char(w->out, ')');
}

/* "%1 + %2" with the arguments put in. */
static void write_template(const text_writer *w, const char *template, const expr_node *node) {
    for (const char *c = template; *c != '\0'; c++) {
        if (*c == '%' && c[1] >= '1' && c[1] <= '9' && c[1] - '1' < node->arg_count)
            write_operand(w, node->args[*++c - '1']);
        else
            base_strbuf_add_char(w->out, *c);
    }
}

static void write_sql_case(const text_writer *w, const expr_node *node) {
    base_strbuf_add_text(w->out, "CASE");
    for (int32_t i = 0; i + 1 < node->arg_count; i += 2) {
        base_strbuf_add_text(w->out, " WHEN ");
        write_node(w, node->args[i]);
        base_strbuf_add_text(w->out, " THEN ");
        write_node(w, node->args[i + 1]);
    }
    if (node->arg_count % 2 == 1) {
        base_strbuf_add_text(w->out, " ELSE ");
        write_node(w, node->args[node->arg_count - 1]);
    }
    base_strbuf_add_text(w->out, " END");
}

static void write_sql_call(const text_writer *w, const expr_node *node) {
    bool is_and = strcmp(node->name, "AND") == 0, is_or = strcmp(node->name, "OR") == 0;
    if (strcmp(node->name, "CASE") == 0) {
        write_sql_case(w, node);
    } else if (is_and || is_or) {
        for (int32_t i = 0; i < node->arg_count; i++) {
            if (i > 0)
                base_strbuf_printf(w->out, " %s ", node->name);
            write_operand(w, node->args[i]);
        }
    } else if (node->function != NULL && node->function->sql != NULL) {
        write_template(w, node->function->sql, node);
    } else {
        if (node->udf != NULL)
            write_identifier(w, node->name);
        else
            base_strbuf_add_text(w->out, node->name);
        base_strbuf_add_char(w->out, '(');
        write_list(w, node->args, node->arg_count);
        base_strbuf_add_char(w->out, ')');
    }
}

static void write_call(const text_writer *w, const expr_node *node) {
    if (w->sql) {
        write_sql_call(w, node);
        return;
    }
    base_strbuf_add_text(w->out, strcmp(node->name, "%") == 0 ? "MOD" : node->name);
    /* CURRENT_DATE and the like stand without parentheses, as they are written. */
    if (node->arg_count == 0 && node->function != NULL && node->function->sql != NULL)
        return;
    base_strbuf_add_char(w->out, '(');
    write_digest_args(w, node);
    base_strbuf_add_char(w->out, ')');
}

/* A literal under a cast that changes its type only: shown as a literal of that type. */
static bool is_typed_literal(const expr_node *cast) {
    const expr_node *arg = cast->args[0];
    if (cast->is_try || arg->kind != EXPR_LITERAL || arg->type == NULL)
        return false;
    if (data_kind_is_integer(arg->type->kind))
        return data_kind_is_integer(cast->type->kind);
    if (data_kind_is_string(arg->type->kind))
        return cast->is_implicit && data_kind_is_string(cast->type->kind);
    return cast->is_implicit && arg->type->kind == DATA_DECIMAL &&
           cast->type->kind == DATA_DECIMAL && cast->type->scale == arg->type->scale;
}

static void write_cast(const text_writer *w, const expr_node *node) {
    const expr_node *arg = node->args[0];
    const char *word = node->is_try ? "TRY_CAST" : "CAST";
    if (!w->sql && is_typed_literal(node)) {
        data_value value = arg->value;
        value.type = node->type;
        write_digest_literal(w, &value, false);
        return;
    }
    base_strbuf_printf(w->out, "%s(", word);
    write_node(w, arg);
    if (w->sql) {
        base_strbuf_add_text(w->out, " AS ");
        data_type_write(data_type_with_null(node->type, true), true, w->out);
        base_strbuf_add_char(w->out, ')');
    } else if (w->names != NULL) {
        base_strbuf_add_text(w->out, " AS ");
        write_digest_type(w, node->type, false);
        base_strbuf_add_char(w->out, ')');
    } else {
        base_strbuf_add_char(w->out, ')');
        if (node->is_try)
            return;
        base_strbuf_add_char(w->out, ':');
        write_digest_type(w, node->type, true);
    }
}

static void write_aggregate(const text_writer *w, const expr_node *node) {
    base_strbuf_printf(w->out, "%s(%s", node->name, node->distinct ? "DISTINCT " : "");
    if (node->arg_count == 0 && (w->sql || w->names != NULL))
        base_strbuf_add_char(w->out, '*');
    write_list(w, node->args, node->arg_count);
    base_strbuf_add_char(w->out, ')');
    if (node->filter == NULL)
        return;
    base_strbuf_add_text(w->out, w->sql ? " FILTER (WHERE " : " FILTER ");
    write_node(w, node->filter);
    if (w->sql)
        base_strbuf_add_char(w->out, ')');
}

static void write_order(const text_writer *w, const expr_node *node) {
    write_node(w, node->args[0]);
    base_strbuf_add_text(w->out, node->descending ? " DESC" : " ASC");
    bool nulls_last = node->nulls_order == 0 ? node->descending : node->nulls_order > 0;
    if (w->sql && nulls_last != node->descending)
        base_strbuf_add_text(w->out, nulls_last ? " NULLS LAST" : " NULLS FIRST");
}

/* ---- windows --------------------------------------------------------------------------------- */

static void write_bound(const text_writer *w, int8_t kind, const expr_node *offset) {
    static const char *const words[] = {"UNBOUNDED PRECEDING", "PRECEDING", "CURRENT ROW",
                                        "FOLLOWING", "UNBOUNDED FOLLOWING"};
    if (offset != NULL) {
        write_node(w, offset);
        base_strbuf_add_char(w->out, ' ');
    }
    base_strbuf_add_text(w->out, words[kind + 2]);
}

static void write_frame(const text_writer *w, const expr_window_frame *frame) {
    base_strbuf_add_text(w->out, frame->is_rows ? "ROWS " : "RANGE ");
    bool has_both = frame->end_kind != 0 || frame->start_kind == 0;
    if (has_both)
        base_strbuf_add_text(w->out, "BETWEEN ");
    write_bound(w, frame->start_kind, frame->start);
    if (!has_both)
        return;
    base_strbuf_add_text(w->out, " AND ");
    write_bound(w, frame->end_kind, frame->end);
}

static void write_window_key(const text_writer *w, const expr_node *order) {
    bool nulls_last = order->nulls_order == 0 ? order->descending : order->nulls_order > 0;
    write_node(w, order->args[0]);
    base_strbuf_printf(w->out, "%s NULLS %s", order->descending ? " DESC" : "",
                       nulls_last ? "LAST" : "FIRST");
}

static void write_over(const text_writer *w, const expr_node *node) {
    const char *separator = "";
    write_node(w, node->args[0]);
    base_strbuf_add_text(w->out, " OVER (");
    for (int32_t i = 1; i < node->arg_count; i++, separator = " ") {
        bool is_key = i > node->partition_count;
        if (i == 1 || i == node->partition_count + 1)
            base_strbuf_printf(w->out, "%s%s BY ", separator, is_key ? "ORDER" : "PARTITION");
        else
            base_strbuf_add_text(w->out, ", ");
        if (is_key && node->args[i]->kind == EXPR_ORDER)
            write_window_key(w, node->args[i]);
        else
            write_node(w, node->args[i]);
    }
    if (node->frame != NULL) {
        base_strbuf_add_text(w->out, separator);
        write_frame(w, node->frame);
    }
    base_strbuf_add_char(w->out, ')');
}

static void write_node(const text_writer *w, const expr_node *node) {
    switch (node->kind) {
    case EXPR_NAME:
        write_path(w, node);
        break;
    case EXPR_STAR:
        write_path(w, node);
        base_strbuf_add_text(w->out, node->name_count > 0 ? ".*" : "*");
        break;
    case EXPR_LITERAL:
        if (w->sql)
            data_value_write_sql(&node->value, w->out);
        else
            write_digest_literal(w, &node->value, false);
        break;
    case EXPR_CALL:
        write_call(w, node);
        break;
    case EXPR_CAST:
        write_cast(w, node);
        break;
    case EXPR_ALIAS:
        write_node(w, node->args[0]);
        base_strbuf_add_text(w->out, " AS ");
        write_identifier(w, node->names[0]);
        break;
    case EXPR_INPUT:
        write_input(w, node);
        break;
    case EXPR_OUTER:
        write_outer(w, node);
        break;
    case EXPR_AGGREGATE:
        write_aggregate(w, node);
        break;
    case EXPR_ORDER:
        write_order(w, node);
        break;
    case EXPR_SYMBOL:
        base_strbuf_printf(w->out, w->sql ? "%s" : "FLAG(%s)", node->name);
        break;
    case EXPR_DEFAULT:
        base_strbuf_add_text(w->out, "DEFAULT");
        break;
    case EXPR_SUBQUERY:
        write_subquery(w, node);
        break;
    case EXPR_OVER:
        write_over(w, node);
        break;
    case EXPR_KIND_COUNT:
        break;
    }
}

void expr_write(const expr_node *node, const char *const *names, bool sql, base_strbuf *out) {
    text_writer w = {names, sql, out, NULL};
    write_node(&w, node);
}

void expr_write_digest(const expr_node *node, const expr_text_hooks *hooks, base_strbuf *out) {
    text_writer w = {NULL, false, out, hooks};
    write_node(&w, node);
}
