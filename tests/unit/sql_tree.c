/* Writes parsed trees as text.  Every field that the parser sets is shown, so that a test compares
 * all of it. */
#include "sql_tree.h"

#include <string.h>

static void separate(base_strbuf *out, const char *opening) {
    size_t length = strlen(opening);
    bool is_first = out->length >= (int64_t)length &&
                    memcmp(out->data + out->length - length, opening, length) == 0;
    if (!is_first)
        base_strbuf_add_text(out, ", ");
}

static void add_names(const char *const *names, int32_t count, const char *separator,
                      base_strbuf *out) {
    for (int32_t i = 0; i < count; i++)
        base_strbuf_printf(out, "%s%s", i > 0 ? separator : "", names[i]);
}

static void add_exprs(expr_node *const *exprs, int32_t count, base_strbuf *out) {
    for (int32_t i = 0; i < count; i++) {
        if (i > 0)
            base_strbuf_add_text(out, ", ");
        if (exprs[i] == NULL)
            base_strbuf_add_text(out, "-");
        else
            sql_tree_expression(exprs[i], out);
    }
}

static void add_type(const data_type *type, base_strbuf *out) {
    data_type_write(type, true, out);
}

static void add_quoted(const char *bytes, int64_t length, base_strbuf *out) {
    base_strbuf_add_char(out, '\'');
    for (int64_t i = 0; i < length; i++) {
        if (bytes[i] == '\'')
            base_strbuf_add_char(out, '\'');
        base_strbuf_add_char(out, bytes[i]);
    }
    base_strbuf_add_char(out, '\'');
}

/* 'text', X'0a', and the printed form of anything else; with the type where it is not plain. */
static void add_literal(const data_value *value, base_strbuf *out) {
    data_kind kind = value->type->kind;
    if (value->is_null)
        base_strbuf_add_text(out, "NULL");
    else if (kind == DATA_CHAR)
        add_quoted(value->text.bytes, value->text.length, out);
    else
        data_value_print(value, out);
    if (kind == DATA_CHAR || kind == DATA_INT || kind == DATA_NULL ||
        (kind == DATA_BOOLEAN && !value->is_null))
        return;
    base_strbuf_add_char(out, ':');
    add_type(data_type_with_null(value->type, true), out);
}

/* ---- expressions ----------------------------------------------------------------------------- */

static void add_call(const expr_node *node, base_strbuf *out) {
    if (node->name_count > 0)
        add_names(node->names, node->name_count, ".", out);
    else
        base_strbuf_add_text(out, node->name);
    base_strbuf_add_text(out, node->distinct ? "(DISTINCT " : "(");
    add_exprs(node->args, node->arg_count, out);
    base_strbuf_add_char(out, ')');
    if (node->filter != NULL) {
        base_strbuf_add_text(out, " FILTER ");
        sql_tree_expression(node->filter, out);
    }
}

static void add_bound(int8_t kind, const expr_node *offset, base_strbuf *out) {
    static const char *const names[] = {"UNBOUNDED PRECEDING", "PRECEDING", "CURRENT ROW",
                                        "FOLLOWING", "UNBOUNDED FOLLOWING"};
    if (offset != NULL) {
        sql_tree_expression(offset, out);
        base_strbuf_add_char(out, ' ');
    }
    base_strbuf_add_text(out, names[kind + 2]);
}

static void add_over(const expr_node *node, base_strbuf *out) {
    int32_t partitions = node->partition_count;
    base_strbuf_add_text(out, "OVER(");
    sql_tree_expression(node->args[0], out);
    base_strbuf_add_text(out, "; [");
    add_exprs(node->args + 1, partitions, out);
    base_strbuf_add_text(out, "]; [");
    add_exprs(node->args + 1 + partitions, node->arg_count - 1 - partitions, out);
    base_strbuf_add_text(out, "]");
    if (node->frame != NULL) {
        base_strbuf_add_text(out, node->frame->is_rows ? "; ROWS " : "; RANGE ");
        add_bound(node->frame->start_kind, node->frame->start, out);
        base_strbuf_add_text(out, " TO ");
        add_bound(node->frame->end_kind, node->frame->end, out);
    }
    base_strbuf_add_char(out, ')');
}

static void add_subquery(const expr_node *node, base_strbuf *out) {
    static const char *const names[] = {"QUERY(", "EXISTS(", "IN("};
    base_strbuf_add_text(out, names[node->subquery_kind]);
    if (node->arg_count > 0) {
        sql_tree_expression(node->args[0], out);
        base_strbuf_add_text(out, ", ");
    }
    sql_tree_plan(node->subquery, out);
    base_strbuf_add_char(out, ')');
}

void sql_tree_expression(const expr_node *node, base_strbuf *out) {
    switch (node->kind) {
    case EXPR_NAME:
        add_names(node->names, node->name_count, ".", out);
        break;
    case EXPR_STAR:
        add_names(node->names, node->name_count, ".", out);
        base_strbuf_add_text(out, node->name_count > 0 ? ".*" : "*");
        break;
    case EXPR_LITERAL:
        add_literal(&node->value, out);
        break;
    case EXPR_CALL:
        add_call(node, out);
        break;
    case EXPR_CAST:
        base_strbuf_add_text(out, node->is_try ? "TRY_CAST(" : "CAST(");
        sql_tree_expression(node->args[0], out);
        base_strbuf_add_text(out, " AS ");
        add_type(node->type, out);
        base_strbuf_add_char(out, ')');
        break;
    case EXPR_ALIAS:
        base_strbuf_add_text(out, "AS(");
        sql_tree_expression(node->args[0], out);
        base_strbuf_add_text(out, ", ");
        add_names(node->names, node->name_count, ", ", out);
        base_strbuf_add_char(out, ')');
        break;
    case EXPR_ORDER:
        sql_tree_expression(node->args[0], out);
        base_strbuf_add_text(out, node->descending ? " DESC" : " ASC");
        if (node->nulls_order != 0)
            base_strbuf_add_text(out, node->nulls_order < 0 ? " NULLS FIRST" : " NULLS LAST");
        break;
    case EXPR_SUBQUERY:
        add_subquery(node, out);
        break;
    case EXPR_OVER:
        add_over(node, out);
        break;
    case EXPR_SYMBOL:
        base_strbuf_printf(out, ":%s", node->name);
        break;
    case EXPR_DEFAULT:
        base_strbuf_add_text(out, "DEFAULT");
        break;
    default:
        base_strbuf_printf(out, "?%d", (int)node->kind);
    }
}

/* ---- plans ----------------------------------------------------------------------------------- */

static void add_input(const plan_node *node, int32_t i, base_strbuf *out) {
    if (node->input_count > i)
        sql_tree_plan(node->inputs[i], out);
    else
        base_strbuf_add_text(out, "-");
}

static void add_map(const base_map *map, base_strbuf *out) {
    int64_t cursor = 0;
    const char *key;
    void *value;
    base_strbuf_add_char(out, '{');
    while (base_map_next(map, &cursor, &key, &value)) {
        separate(out, "{");
        base_strbuf_printf(out, "%s=%s", key, (const char *)value);
    }
    base_strbuf_add_char(out, '}');
}

static void add_clause(const char *name, const expr_node *node, base_strbuf *out) {
    if (node == NULL)
        return;
    base_strbuf_printf(out, "; %s ", name);
    sql_tree_expression(node, out);
}

static void add_select(const plan_node *node, base_strbuf *out) {
    base_strbuf_add_text(out, node->is_distinct ? "SELECT(DISTINCT " : "SELECT(");
    add_exprs(node->exprs, node->expr_count, out);
    if (node->input_count > 0) {
        base_strbuf_add_text(out, "; FROM ");
        add_input(node, 0, out);
    }
    add_clause("WHERE", node->condition, out);
    if (node->is_grouped) {
        base_strbuf_add_text(out, "; GROUP [");
        add_exprs(node->keys, node->key_count, out);
        base_strbuf_add_char(out, ']');
    }
    add_clause("HAVING", node->having, out);
    add_clause("QUALIFY", node->qualify, out);
    if (node->hints != NULL) {
        base_strbuf_add_text(out, "; HINTS ");
        add_map(node->hints, out);
    }
    base_strbuf_add_char(out, ')');
}

static void add_join(const plan_node *node, base_strbuf *out) {
    static const char *const names[] = {"INNER", "LEFT", "RIGHT", "FULL", "CROSS", "SEMI", "ANTI"};
    base_strbuf_printf(out, "JOIN(%s%s, ", node->is_natural ? "NATURAL " : "",
                       names[node->join_type]);
    add_input(node, 0, out);
    base_strbuf_add_text(out, ", ");
    add_input(node, 1, out);
    add_clause("ON", node->condition, out);
    if (node->name_count > 0) {
        base_strbuf_add_text(out, "; USING ");
        add_names(node->names, node->name_count, ", ", out);
    }
    base_strbuf_add_char(out, ')');
}

static void add_values(const plan_node *node, base_strbuf *out) {
    base_strbuf_printf(out, "VALUES(%d; ", node->row_width);
    add_exprs(node->exprs, node->expr_count, out);
    base_strbuf_add_char(out, ')');
}

static void add_sort(const plan_node *node, base_strbuf *out) {
    base_strbuf_add_text(out, node->kind == PLAN_SORT ? "SORT(" : "LIMIT(");
    add_input(node, 0, out);
    if (node->key_count > 0) {
        base_strbuf_add_text(out, "; ");
        add_exprs(node->keys, node->key_count, out);
    }
    base_strbuf_printf(out, "; %lld, %lld)", (long long)node->offset, (long long)node->fetch);
}

static void add_set_op(const plan_node *node, base_strbuf *out) {
    static const char *const names[] = {"UNION", "INTERSECT", "EXCEPT"};
    base_strbuf_printf(out, "%s%s(", names[node->set_op], node->is_all ? " ALL" : "");
    add_input(node, 0, out);
    base_strbuf_add_text(out, ", ");
    add_input(node, 1, out);
    base_strbuf_add_char(out, ')');
}

static void add_flat_map(const plan_node *node, base_strbuf *out) {
    base_strbuf_printf(out, "FLAT_MAP(%s%s", node->is_outer ? "OUTER " : "",
                       node->keeps_input ? "" : "ALONE ");
    add_input(node, 0, out);
    base_strbuf_add_text(out, ", ");
    add_exprs(node->exprs, node->expr_count, out);
    if (node->name_count > 0) {
        base_strbuf_add_text(out, " AS ");
        add_names(node->names, node->name_count, ", ", out);
    }
    base_strbuf_add_char(out, ')');
}

static void add_with(const plan_node *node, base_strbuf *out) {
    base_strbuf_add_text(out, "WITH(");
    for (int32_t i = 1; i < node->input_count; i++) {
        base_strbuf_printf(out, "%s = ", node->with_names[i - 1]);
        add_input(node, i, out);
        base_strbuf_add_text(out, "; ");
    }
    add_input(node, 0, out);
    base_strbuf_add_char(out, ')');
}

void sql_tree_plan(const plan_node *node, base_strbuf *out) {
    switch (node->kind) {
    case PLAN_TABLE:
        add_names(node->names, node->name_count, ".", out);
        if (node->hints != NULL)
            add_map(node->hints, out);
        break;
    case PLAN_ALIAS:
        base_strbuf_add_text(out, "ALIAS(");
        add_input(node, 0, out);
        base_strbuf_add_text(out, ", ");
        add_names(node->names, node->name_count, ", ", out);
        base_strbuf_add_char(out, ')');
        break;
    case PLAN_SELECT:
        add_select(node, out);
        break;
    case PLAN_WITH:
        add_with(node, out);
        break;
    case PLAN_VALUES:
        add_values(node, out);
        break;
    case PLAN_FILTER:
        base_strbuf_add_text(out, "FILTER(");
        add_input(node, 0, out);
        base_strbuf_add_text(out, ", ");
        sql_tree_expression(node->condition, out);
        base_strbuf_add_char(out, ')');
        break;
    case PLAN_SORT:
    case PLAN_LIMIT:
        add_sort(node, out);
        break;
    case PLAN_JOIN:
        add_join(node, out);
        break;
    case PLAN_SET_OP:
        add_set_op(node, out);
        break;
    case PLAN_FLAT_MAP:
        add_flat_map(node, out);
        break;
    default:
        base_strbuf_printf(out, "?%d", (int)node->kind);
    }
}

/* ---- statements ------------------------------------------------------------------------------ */

static void add_text(const char *name, const char *text, base_strbuf *out) {
    if (text != NULL)
        base_strbuf_printf(out, "; %s '%s'", name, text);
}

static void add_list(const char *name, const char *const *items, int32_t count, base_strbuf *out) {
    if (count == 0)
        return;
    base_strbuf_printf(out, "; %s ", name);
    add_names(items, count, ", ", out);
}

static void add_column(const plan_column *column, base_strbuf *out) {
    base_strbuf_add_text(out, column->name);
    if (column->type != NULL) {
        base_strbuf_add_char(out, ' ');
        add_type(column->type, out);
    }
    if (column->expression != NULL) {
        base_strbuf_printf(out, " AS <%s> ", column->expression_text);
        sql_tree_expression(column->expression, out);
    }
    if (column->kind == PLAN_COLUMN_METADATA)
        base_strbuf_printf(out, " METADATA %s%s",
                           column->metadata_key != NULL ? column->metadata_key : "",
                           column->is_virtual ? " VIRTUAL" : "");
    if (column->comment != NULL)
        base_strbuf_printf(out, " '%s'", column->comment);
}

static void add_table(const plan_table *table, base_strbuf *out) {
    base_strbuf_add_text(out, "; (");
    for (int32_t i = 0; i < table->column_count; i++) {
        separate(out, "(");
        add_column(&table->columns[i], out);
    }
    base_strbuf_add_char(out, ')');
    if (table->primary_key_count > 0) {
        base_strbuf_printf(out, "; KEY %s ", table->primary_key_name);
        add_names(table->primary_key, table->primary_key_count, ", ", out);
    }
    if (table->watermark != NULL) {
        base_strbuf_printf(out, "; WATERMARK %s <%s> ", table->watermark_column,
                           table->watermark_text);
        sql_tree_expression(table->watermark, out);
    }
    add_list("PARTITIONED", table->partition_keys, table->partition_key_count, out);
    add_text("COMMENT", table->comment, out);
    if (base_map_count(table->options) > 0) {
        base_strbuf_add_text(out, "; ");
        add_map(table->options, out);
    }
}

static void add_flags(const sql_statement *statement, base_strbuf *out) {
    const struct {
        bool is_set;
        const char *name;
    } flags[] = {{statement->is_temporary, "TEMPORARY"}, {statement->is_system, "SYSTEM"},
                 {statement->if_exists, "IF"},           {statement->is_overwrite, "OVERWRITE"},
                 {statement->is_cascade, "CASCADE"},     {statement->is_extended, "EXTENDED"}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (flags[i].is_set)
            base_strbuf_printf(out, "; %s", flags[i].name);
}

void sql_tree_statement(const sql_statement *statement, base_strbuf *out) {
    static const char *const kinds[SQL_STATEMENT_KIND_COUNT] = {
        [SQL_QUERY] = "query",
        [SQL_INSERT] = "insert",
        [SQL_STATEMENT_SET] = "statement set",
        [SQL_CREATE_TABLE] = "create table",
        [SQL_CREATE_VIEW] = "create view",
        [SQL_CREATE_DATABASE] = "create database",
        [SQL_CREATE_CATALOG] = "create catalog",
        [SQL_CREATE_FUNCTION] = "create function",
        [SQL_DROP_TABLE] = "drop table",
        [SQL_DROP_VIEW] = "drop view",
        [SQL_DROP_DATABASE] = "drop database",
        [SQL_DROP_CATALOG] = "drop catalog",
        [SQL_DROP_FUNCTION] = "drop function",
        [SQL_ALTER_TABLE] = "alter table",
        [SQL_ALTER_VIEW] = "alter view",
        [SQL_ALTER_DATABASE] = "alter database",
        [SQL_USE] = "use",
        [SQL_USE_CATALOG] = "use catalog",
        [SQL_SHOW] = "show",
        [SQL_DESCRIBE] = "describe",
        [SQL_EXPLAIN] = "explain",
        [SQL_SET] = "set",
        [SQL_RESET] = "reset",
        [SQL_OTHER] = "other"};
    bool shows_name = statement->kind == SQL_OTHER || statement->kind == SQL_SHOW ||
                      statement->kind == SQL_ALTER_TABLE || statement->kind == SQL_ALTER_VIEW ||
                      statement->kind == SQL_ALTER_DATABASE;
    base_strbuf_add_text(out, kinds[statement->kind]);
    if (shows_name)
        base_strbuf_printf(out, " %s", statement->name);
    if (statement->path_count > 0) {
        base_strbuf_add_char(out, ' ');
        add_names(statement->path, statement->path_count, ".", out);
    }
    add_flags(statement, out);
    if (statement->to_path_count > 0) {
        base_strbuf_add_text(out, "; TO ");
        add_names(statement->to_path, statement->to_path_count, ".", out);
    }
    add_list("COLUMNS", statement->columns, statement->column_count, out);
    add_list("DETAILS", statement->details, statement->detail_count, out);
    add_list("RESOURCES", statement->resources, statement->resource_count, out);
    for (int32_t i = 0; i < statement->partition_count; i++) {
        base_strbuf_printf(out, "; PARTITION %s", statement->partition_names[i]);
        if (statement->partition_values[i] != NULL) {
            base_strbuf_add_text(out, " = ");
            sql_tree_expression(statement->partition_values[i], out);
        }
    }
    add_text("KEY", statement->key, out);
    add_text("VALUE", statement->value, out);
    add_text("LANGUAGE", statement->language, out);
    add_text("COMMENT", statement->comment, out);
    if (statement->options != NULL) {
        base_strbuf_add_text(out, "; ");
        add_map(statement->options, out);
    }
    if (statement->table != NULL)
        add_table(statement->table, out);
    if (statement->like_path_count > 0) {
        base_strbuf_add_text(out, "; LIKE ");
        add_names(statement->like_path, statement->like_path_count, ".", out);
    }
    if (statement->kind == SQL_CREATE_VIEW)
        base_strbuf_printf(out, "; <%s>", statement->query_text);
    if (statement->query != NULL) {
        base_strbuf_add_text(out, "; ");
        sql_tree_plan(statement->query, out);
    }
    for (int32_t i = 0; i < statement->inner_count; i++) {
        base_strbuf_add_text(out, "; [");
        sql_tree_statement(statement->inner[i], out);
        base_strbuf_add_char(out, ']');
    }
}
