/* Plans as the tree Flink shows under "== Abstract Syntax Tree ==". */
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"

typedef struct explainer {
    base_strbuf *out;
    base_arena *arena;
    base_list seen;     /* plan_data, numbered in order of appearance */
    int32_t correlates; /* numbers of $cor */
    base_strbuf prefix; /* the lines in front of the node */
    int32_t nesting;    /* queries inside expressions: their trees are only indented */
    const plan_node *node;
    int32_t correlate; /* of the node's rows; -1 = no query inside its expressions reads them */
    const char *const *outers; /* what the parameters of the query around stand for */
} explainer;

static void write_node(explainer *e, const plan_node *node);

static void write_query(void *explain, const expr_node *subquery, base_strbuf *out);

static void write_outer(void *explain, const expr_node *outer, base_strbuf *out) {
    const explainer *e = explain;
    base_strbuf_add_text(out, e->outers[outer->column]);
}

static void add_expr(explainer *e, const expr_node *expr) {
    expr_text_hooks hooks = {write_query, write_outer, e};
    expr_write_digest(expr, &hooks, e->out);
}

/* Behind the expressions of a node whose rows queries inside them read. */
static void add_variables(explainer *e) {
    if (e->correlate >= 0)
        base_strbuf_printf(e->out, ", variablesSet=[[$cor%d]]", e->correlate);
}

static void add_exprs(explainer *e, const char *const *names, expr_node *const *exprs,
                      int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        base_strbuf_printf(e->out, "%s%s=[", i > 0 ? ", " : "", names[i]);
        add_expr(e, exprs[i]);
        base_strbuf_add_char(e->out, ']');
    }
}

/* ---- leaves ---------------------------------------------------------------------------------- */

static int32_t number_of(explainer *e, const void *thing) {
    for (int32_t i = 0; i < e->seen.count; i++)
        if (e->seen.items[i] == thing)
            return i + 1;
    base_list_add(e->arena, &e->seen, (void *)thing);
    return e->seen.count;
}

static void write_values(explainer *e, const plan_node *node) {
    if (node->data != NULL) {
        base_strbuf_printf(e->out, "LogicalTableScan(table=[[*anonymous_python-input-format$%d*]])",
                           number_of(e, node->data));
        return;
    }
    base_strbuf_add_text(e->out, "LogicalValues(tuples=[[");
    for (int32_t i = 0; i < node->expr_count; i++) {
        bool is_first = i % node->row_width == 0;
        base_strbuf_printf(e->out, "%s%s", i > 0 ? ", " : "", is_first ? "{ " : "");
        const expr_node *cell = node->exprs[i];
        if (cell->kind == EXPR_LITERAL && cell->type->kind == DATA_DECIMAL && !cell->value.is_null)
            data_value_print(&cell->value, e->out); /* the column tells the type */
        else if (cell->kind == EXPR_LITERAL && cell->type->kind == DATA_VARCHAR &&
                 !cell->value.is_null) {
            expr_node as_char = *cell;
            as_char.value.type = data_type_sized(DATA_CHAR, 1, cell->type->nullable);
            as_char.type = as_char.value.type;
            add_expr(e, &as_char);
        } else
            add_expr(e, cell);
        base_strbuf_add_text(e->out, (i + 1) % node->row_width == 0 ? " }" : "");
    }
    base_strbuf_add_text(e->out, "]])");
}

static void write_table_name(explainer *e, const plan_table *table, const char *separator) {
    if (table->name == NULL) {
        const char *connector = plan_table_option(table, "connector");
        base_strbuf_printf(e->out, "*anonymous_%s$%d*",
                           table->data != NULL ? "python-input-format"
                           : connector != NULL ? connector
                                               : "table",
                           number_of(e, table));
        return;
    }
    base_strbuf_printf(e->out, "%s%s%s%s%s", table->catalog, separator, table->database, separator,
                       table->name);
}

static void write_scan(explainer *e, const plan_node *node) {
    base_strbuf_add_text(e->out, "LogicalTableScan(table=[[");
    write_table_name(e, node->table, ", ");
    base_strbuf_add_text(e->out, "]]");
    if (node->hints != NULL && base_map_count(node->hints) > 0) {
        int64_t cursor = 0;
        const char *key, *separator = "";
        void *value;
        base_strbuf_add_text(e->out, ", hints=[[[OPTIONS options:{");
        for (; base_map_next(node->hints, &cursor, &key, &value); separator = ", ")
            base_strbuf_printf(e->out, "%s%s=%s", separator, key, (const char *)value);
        base_strbuf_add_text(e->out, "}]]]");
    }
    base_strbuf_add_char(e->out, ')');
}

/* ---- nodes with inputs ----------------------------------------------------------------------- */

/* Flink's tree has windows inside projections: the columns of a window node as its calls. */
static expr_node *with_windows(explainer *e, const plan_node *input, expr_node *expr) {
    if (input->kind != PLAN_WINDOW)
        return expr;
    int32_t width = input->inputs[0]->schema->count;
    expr_node **columns = BASE_ARENA_ARRAY(e->arena, expr_node *, input->schema->count + 1);
    for (int32_t i = 0; i < input->schema->count; i++)
        columns[i] = i < width ? expr_input(e->arena, 0, i, input->schema->types[i])
                               : input->exprs[i - width];
    return expr_substitute(e->arena, expr, columns);
}

static void write_project(explainer *e, const plan_node *node) {
    expr_node **exprs = BASE_ARENA_ARRAY(e->arena, expr_node *, node->expr_count + 1);
    for (int32_t i = 0; i < node->expr_count; i++)
        exprs[i] = with_windows(e, node->inputs[0], node->exprs[i]);
    base_strbuf_add_text(e->out, "LogicalProject(");
    int64_t start = e->out->length;
    add_exprs(e, (const char *const *)node->schema->names, exprs, node->expr_count);
    if (e->correlate >= 0) { /* in front of all */
        const char *shown = base_arena_strdup(e->arena, e->out->data + start);
        e->out->length = start;
        base_strbuf_printf(e->out, "variablesSet=[[$cor%d]], %s", e->correlate, shown);
    }
    base_strbuf_add_char(e->out, ')');
}

static void write_filter(explainer *e, const plan_node *node) {
    base_strbuf_add_text(e->out, "LogicalFilter(condition=[");
    add_expr(e, with_windows(e, node->inputs[0], node->condition));
    base_strbuf_add_char(e->out, ']');
    add_variables(e);
    base_strbuf_add_char(e->out, ')');
}

static void write_sets(explainer *e, const plan_node *node) {
    base_strbuf_add_text(e->out, ", groups=[[");
    for (int32_t i = 0; i < node->set_count; i++) {
        const char *separator = "";
        base_strbuf_add_text(e->out, i > 0 ? ", {" : "{");
        for (int32_t k = 0; k < node->key_count; k++) {
            if ((node->sets[i] >> k & 1) == 0)
                continue;
            base_strbuf_printf(e->out, "%s%d", separator, k);
            separator = ", ";
        }
        base_strbuf_add_char(e->out, '}');
    }
    base_strbuf_add_text(e->out, "]]");
}

static void write_aggregate(explainer *e, const plan_node *node) {
    base_strbuf_add_text(e->out, "LogicalAggregate(group=[{");
    for (int32_t i = 0; i < node->key_count; i++) {
        base_strbuf_add_text(e->out, i > 0 ? ", " : "");
        if (node->keys[i]->kind == EXPR_INPUT)
            base_strbuf_printf(e->out, "%d", node->keys[i]->column);
        else
            add_expr(e, node->keys[i]);
    }
    base_strbuf_add_text(e->out, "}]");
    if (node->set_count > 0)
        write_sets(e, node);
    base_strbuf_add_text(e->out, node->aggregate_count > 0 ? ", " : "");
    add_exprs(e, (const char *const *)node->schema->names + node->key_count, node->aggregates,
              node->aggregate_count);
    base_strbuf_add_char(e->out, ')');
}

/* Calcite leaves the place of nulls out where it is that of the largest values. */
static void write_direction(explainer *e, const expr_node *key) {
    bool nulls_last = key->nulls_order == 0 ? key->descending : key->nulls_order > 0;
    base_strbuf_add_text(e->out, key->descending ? "DESC" : "ASC");
    if (nulls_last == key->descending)
        base_strbuf_add_text(e->out, nulls_last ? "-nulls-last" : "-nulls-first");
}

static void write_sort(explainer *e, const plan_node *node) {
    const char *separator = "";
    base_strbuf_add_text(e->out, "LogicalSort(");
    for (int32_t i = 0; i < node->key_count; i++, separator = ", ") {
        base_strbuf_printf(e->out, "%ssort%d=[", separator, i);
        add_expr(e, node->keys[i]->args[0]);
        base_strbuf_add_char(e->out, ']');
    }
    for (int32_t i = 0; i < node->key_count; i++) {
        base_strbuf_printf(e->out, "%sdir%d=[", separator, i);
        write_direction(e, node->keys[i]);
        base_strbuf_add_char(e->out, ']');
    }
    if (node->offset > 0) {
        base_strbuf_printf(e->out, "%soffset=[%lld]", separator, (long long)node->offset);
        separator = ", ";
    }
    if (node->fetch >= 0)
        base_strbuf_printf(e->out, "%sfetch=[%lld]", separator, (long long)node->fetch);
    base_strbuf_add_char(e->out, ')');
}

/* A join's condition with the columns numbered through. */
static expr_node *joined_columns(explainer *e, const plan_node *join, const expr_node *node) {
    expr_node *copy = base_arena_copy(e->arena, node, (int64_t)sizeof *node);
    if (node->kind == EXPR_INPUT && node->input == 1)
        copy->column += join->inputs[0]->schema->count;
    copy->args = BASE_ARENA_ARRAY(e->arena, expr_node *, node->arg_count + 1);
    for (int32_t i = 0; i < node->arg_count; i++)
        copy->args[i] = joined_columns(e, join, node->args[i]);
    return copy;
}

static void write_join(explainer *e, const plan_node *node) {
    static const char *const types[] = {"inner", "left", "right", "full", "inner", "semi", "anti"};
    base_strbuf_add_text(e->out, "LogicalJoin(condition=[");
    if (node->condition == NULL)
        base_strbuf_add_text(e->out, "true");
    else
        add_expr(e, joined_columns(e, node, node->condition));
    base_strbuf_printf(e->out, "], joinType=[%s]", types[node->join_type]);
    add_variables(e);
    base_strbuf_add_char(e->out, ')');
}

static void write_set_op(explainer *e, const plan_node *node) {
    static const char *const names[] = {"Union", "Intersect", "Minus"};
    base_strbuf_printf(e->out, "Logical%s(all=[%s])", names[node->set_op],
                       node->is_all ? "true" : "false");
}

static void write_sink(explainer *e, const plan_node *node) {
    base_strbuf_add_text(e->out, "LogicalSink(table=[");
    write_table_name(e, node->table, ".");
    base_strbuf_add_text(e->out, "], fields=[");
    const data_schema *schema = node->inputs[0]->schema;
    for (int32_t i = 0; i < schema->count; i++)
        base_strbuf_printf(e->out, "%s%s", i > 0 ? ", " : "", schema->names[i]);
    base_strbuf_add_text(e->out, "])");
}

/* ---- table functions: a correlate of the input and the call ---------------------------------- */

static void write_record_type(explainer *e, const rask_udf_handle *udf) {
    base_strbuf_add_text(e->out, "RecordType(");
    for (int32_t i = 0; i < udf->result_count; i++) {
        const data_type *type = data_type_with_null(udf->result_types[i], true);
        base_strbuf_add_text(e->out, i > 0 ? ", " : "");
        if (type->kind == DATA_INT)
            base_strbuf_add_text(e->out, "INTEGER");
        else
            data_type_write(type, false, e->out);
        base_strbuf_printf(e->out, " %s", udf->result_names[i]);
    }
    base_strbuf_add_char(e->out, ')');
}

/* The call with its columns as "$cor0.name". */
static expr_node *correlated(explainer *e, const plan_node *node, const expr_node *expr,
                             int32_t correlate) {
    if (expr->kind == EXPR_INPUT) {
        const char *path[2] = {base_arena_printf(e->arena, "$cor%d", correlate),
                               node->inputs[0]->schema->names[expr->column]};
        return expr_path(e->arena, path, 2);
    }
    expr_node *copy = base_arena_copy(e->arena, expr, (int64_t)sizeof *expr);
    copy->args = BASE_ARENA_ARRAY(e->arena, expr_node *, expr->arg_count + 1);
    for (int32_t i = 0; i < expr->arg_count; i++)
        copy->args[i] = correlated(e, node, expr->args[i], correlate);
    return copy;
}

static void write_invocation(explainer *e, const plan_node *node, int32_t correlate) {
    base_strbuf_add_text(e->out, "LogicalTableFunctionScan(invocation=[");
    add_expr(e, correlated(e, node, node->exprs[0], correlate));
    base_strbuf_add_text(e->out, "], rowType=[");
    write_record_type(e, node->exprs[0]->udf);
    base_strbuf_add_text(e->out, "])");
}

static void write_correlate(explainer *e, const plan_node *node, int32_t correlate) {
    const char *separator = "";
    int32_t width = node->inputs[0]->schema->count;
    bool *used = BASE_ARENA_ARRAY(e->arena, bool, width + 1);
    expr_used_columns(node->exprs[0], 0, used);
    base_strbuf_printf(e->out,
                       "LogicalCorrelate(correlation=[$cor%d], joinType=[%s], "
                       "requiredColumns=[{",
                       correlate, node->is_outer ? "left" : "inner");
    for (int32_t i = 0; i < width; i++) {
        if (!used[i])
            continue;
        base_strbuf_printf(e->out, "%s%d", separator, i);
        separator = ", ";
    }
    base_strbuf_add_text(e->out, "}])");
}

/* ---- the tree -------------------------------------------------------------------------------- */

static void start_line(explainer *e, const char *branch) {
    base_strbuf_add_char(e->out, '\n');
    base_strbuf_add(e->out, e->prefix.data, e->prefix.length);
    base_strbuf_add_text(e->out, e->nesting > 0 ? "  " : branch);
}

static void write_child(explainer *e, const plan_node *node, bool is_last) {
    int64_t length = e->prefix.length;
    start_line(e, is_last ? "+- " : ":- ");
    base_strbuf_add_text(&e->prefix, e->nesting > 0 ? "  " : is_last ? "   " : ":  ");
    write_node(e, node);
    e->prefix.length = length;
    e->prefix.data[length] = '\0';
}

/* FROM TABLE(f(x)) reads a single row that has no column anybody names. */
static bool is_alone(const plan_node *node) {
    const plan_node *input = node->inputs[0];
    bool used = false;
    if (node->keeps_input || input->kind != PLAN_VALUES || input->data != NULL ||
        input->expr_count != 1 || strcmp(input->schema->names[0], "ZERO") != 0)
        return false;
    expr_used_columns(node->exprs[0], 0, &used);
    return !used;
}

static void write_flat_map(explainer *e, const plan_node *node) {
    if (is_alone(node)) {
        write_invocation(e, node, 0);
        return;
    }
    int32_t correlate = e->correlates++;
    int64_t length = e->prefix.length;
    if (!node->keeps_input) {
        /* Only the function's columns: a projection of them. */
        int32_t first = node->inputs[0]->schema->count;
        base_strbuf_add_text(e->out, "LogicalProject(");
        for (int32_t i = 0; i < node->schema->count; i++)
            base_strbuf_printf(e->out, "%s%s=[$%d]", i > 0 ? ", " : "", node->schema->names[i],
                               first + i);
        base_strbuf_add_char(e->out, ')');
        start_line(e, "+- ");
        base_strbuf_add_text(&e->prefix, "   ");
    }
    write_correlate(e, node, correlate);
    write_child(e, node->inputs[0], false);
    start_line(e, "+- ");
    write_invocation(e, node, correlate);
    e->prefix.length = length;
    e->prefix.data[length] = '\0';
}

/* ---- queries inside expressions -------------------------------------------------------------- */

/* What parameter values are called inside the query: "$cor0.name". */
static const char **name_outers(explainer *e, expr_node *const *values, int32_t count) {
    const char **out = BASE_ARENA_ARRAY(e->arena, const char *, count + 1);
    for (int32_t i = 0; i < count; i++) {
        if (values[i]->kind == EXPR_OUTER) {
            out[i] = e->outers[values[i]->column];
            continue;
        }
        if (e->correlate < 0)
            e->correlate = e->correlates++;
        const plan_node *input = e->node->inputs[values[i]->input];
        bool is_column = values[i]->kind == EXPR_INPUT;
        out[i] = base_arena_printf(e->arena, "$cor%d.%s", e->correlate,
                                   is_column ? input->schema->names[values[i]->column] : "?");
    }
    return out;
}

/* The tree of a query with parameters, on lines of its own. */
static void write_inside(explainer *e, const plan_node *query, const char *const *outers) {
    explainer outer = *e;
    base_strbuf_init(&e->prefix, 1 << 20);
    e->nesting++;
    e->outers = outers;
    write_node(e, query);
    base_strbuf_free(&e->prefix);
    outer.correlates = e->correlates;
    outer.seen = e->seen;
    *e = outer;
}

static void write_query(void *explain, const expr_node *subquery, base_strbuf *out) {
    explainer *e = explain;
    const plan_node *query = subquery->subquery;
    const char **outers = name_outers(e, subquery->args + subquery->operand_count,
                                      subquery->arg_count - subquery->operand_count);
    /* Which columns EXISTS selects does not matter. */
    if (subquery->subquery_kind == EXPR_SUBQUERY_EXISTS && query->kind == PLAN_PROJECT)
        query = query->inputs[0];
    base_strbuf_add_char(out, '\n');
    write_inside(e, query, outers);
    base_strbuf_add_char(out, '\n');
}

/* LATERAL: the right side names the left one's columns. */
static void write_lateral(explainer *e, const plan_node *node) {
    const char *separator = "";
    const char **outers = name_outers(e, node->exprs, node->expr_count);
    const char *const *around = e->outers;
    base_strbuf_printf(e->out,
                       "LogicalCorrelate(correlation=[$cor%d], joinType=[%s], requiredColumns=[{",
                       e->correlate, node->join_type == PLAN_JOIN_LEFT ? "left" : "inner");
    for (int32_t i = 0; i < node->expr_count; i++) {
        if (node->exprs[i]->kind != EXPR_INPUT)
            continue;
        base_strbuf_printf(e->out, "%s%d", separator, node->exprs[i]->column);
        separator = ", ";
    }
    base_strbuf_add_text(e->out, "}])");
    write_child(e, node->inputs[0], false);
    e->outers = outers;
    write_child(e, node->inputs[1], true);
    e->outers = around;
}

static void write_other(explainer *e, const plan_node *node) {
    base_strbuf_printf(e->out, "Logical%s()", plan_kind_name(node->kind));
}

static void write_node(explainer *e, const plan_node *node) {
    static void (*const writers[PLAN_KIND_COUNT])(explainer *, const plan_node *) = {
        [PLAN_VALUES] = write_values,   [PLAN_SCAN] = write_scan,
        [PLAN_PROJECT] = write_project, [PLAN_FILTER] = write_filter,
        [PLAN_SORT] = write_sort,       [PLAN_LIMIT] = write_sort,
        [PLAN_JOIN] = write_join,       [PLAN_SET_OP] = write_set_op,
        [PLAN_SINK] = write_sink,       [PLAN_AGGREGATE] = write_aggregate,
    };
    e->node = node;
    e->correlate = -1;
    if (node->kind == PLAN_FLAT_MAP) {
        write_flat_map(e, node);
        return;
    }
    if (node->kind == PLAN_JOIN && node->expr_count > 0) {
        write_lateral(e, node);
        return;
    }
    (writers[node->kind] != NULL ? writers[node->kind] : write_other)(e, node);
    for (int32_t i = 0; i < node->input_count; i++) {
        const plan_node *input = node->inputs[i];
        bool is_shown =
            input->kind != PLAN_WINDOW || (node->kind != PLAN_PROJECT && node->kind != PLAN_FILTER);
        write_child(e, is_shown ? input : input->inputs[0], i == node->input_count - 1);
    }
}

void plan_explain(const plan_node *root, base_strbuf *out) {
    explainer e = {.out = out, .arena = base_arena_new()};
    base_strbuf_init(&e.prefix, 1 << 20);
    if (root->kind == PLAN_COLLECT) {
        write_node(&e, root->inputs[0]);
    } else if (root->kind == PLAN_STATEMENT_SET) {
        for (int32_t i = 0; i < root->input_count; i++) {
            if (i > 0)
                base_strbuf_add_text(out, "\n\n");
            write_node(&e, root->inputs[i]);
        }
    } else {
        write_node(&e, root);
    }
    base_strbuf_add_char(out, '\n');
    base_strbuf_free(&e.prefix);
    base_arena_free(e.arena);
}
