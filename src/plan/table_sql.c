/* SHOW CREATE TABLE / VIEW: a table as the statement that makes it. */
#include "plan/plan.h"

static void add_identifier(base_strbuf *out, const char *name) {
    base_strbuf_add_char(out, '`');
    for (const char *c = name; *c != '\0'; c++) {
        if (*c == '`')
            base_strbuf_add_char(out, '`');
        base_strbuf_add_char(out, *c);
    }
    base_strbuf_add_char(out, '`');
}

static void add_text(base_strbuf *out, const char *text) {
    base_strbuf_add_char(out, '\'');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'')
            base_strbuf_add_char(out, '\'');
        base_strbuf_add_char(out, *c);
    }
    base_strbuf_add_char(out, '\'');
}

static void add_identifiers(base_strbuf *out, const char *const *names, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        base_strbuf_add_text(out, i > 0 ? ", " : "");
        add_identifier(out, names[i]);
    }
}

static void add_path(base_strbuf *out, const plan_table *table) {
    add_identifier(out, table->catalog);
    base_strbuf_add_char(out, '.');
    add_identifier(out, table->database);
    base_strbuf_add_char(out, '.');
    add_identifier(out, table->name);
}

static void add_column(base_strbuf *out, const plan_column *column) {
    add_identifier(out, column->name);
    base_strbuf_add_char(out, ' ');
    if (column->kind == PLAN_COLUMN_COMPUTED)
        base_strbuf_printf(out, "AS %s", column->expression_text);
    else
        data_type_write(column->type, false, out);
    if (column->kind == PLAN_COLUMN_METADATA) {
        base_strbuf_add_text(out, " METADATA");
        if (column->metadata_key != NULL) {
            base_strbuf_add_text(out, " FROM ");
            add_text(out, column->metadata_key);
        }
        if (column->is_virtual)
            base_strbuf_add_text(out, " VIRTUAL");
    }
    if (column->comment != NULL) {
        base_strbuf_add_text(out, " COMMENT ");
        add_text(out, column->comment);
    }
}

static void add_primary_key(base_strbuf *out, const plan_table *table) {
    base_strbuf_add_text(out, ",\n  CONSTRAINT ");
    if (table->primary_key_name != NULL) {
        add_identifier(out, table->primary_key_name);
    } else {
        base_strbuf_add_text(out, "`PK");
        for (int32_t i = 0; i < table->primary_key_count; i++)
            base_strbuf_printf(out, "_%s", table->primary_key[i]);
        base_strbuf_add_char(out, '`');
    }
    base_strbuf_add_text(out, " PRIMARY KEY (");
    add_identifiers(out, table->primary_key, table->primary_key_count);
    base_strbuf_add_text(out, ") NOT ENFORCED");
}

static void add_options(base_strbuf *out, const plan_table *table) {
    int64_t cursor = 0;
    const char *key, *separator = "";
    void *value;
    if (base_map_count(table->options) == 0)
        return;
    base_strbuf_add_text(out, "WITH (\n");
    for (; base_map_next(table->options, &cursor, &key, &value); separator = ",\n") {
        base_strbuf_printf(out, "%s  ", separator);
        add_text(out, key);
        base_strbuf_add_text(out, " = ");
        add_text(out, value);
    }
    base_strbuf_add_text(out, "\n)\n");
}

static void write_view(const plan_table *table, base_strbuf *out) {
    base_strbuf_printf(out, "CREATE %sVIEW ", table->is_temporary ? "TEMPORARY " : "");
    add_path(out, table);
    base_strbuf_add_text(out, " (\n");
    for (int32_t i = 0; i < table->column_count; i++) {
        base_strbuf_add_text(out, i > 0 ? ",\n  " : "  ");
        add_identifier(out, table->columns[i].name);
    }
    base_strbuf_printf(out, "\n)\nAS %s\n", table->view_text != NULL ? table->view_text : "");
}

void plan_table_write_sql(const plan_table *table, base_strbuf *out) {
    if (table->kind == PLAN_TABLE_VIEW) {
        write_view(table, out);
        return;
    }
    base_strbuf_printf(out, "CREATE %sTABLE ", table->is_temporary ? "TEMPORARY " : "");
    add_path(out, table);
    base_strbuf_add_text(out, " (\n");
    for (int32_t i = 0; i < table->column_count; i++) {
        base_strbuf_add_text(out, i > 0 ? ",\n  " : "  ");
        add_column(out, &table->columns[i]);
    }
    if (table->watermark_column != NULL) {
        base_strbuf_add_text(out, ",\n  WATERMARK FOR ");
        add_identifier(out, table->watermark_column);
        base_strbuf_printf(out, " AS %s", table->watermark_text);
    }
    if (table->primary_key_count > 0)
        add_primary_key(out, table);
    base_strbuf_add_text(out, "\n)\n");
    if (table->comment != NULL) {
        base_strbuf_add_text(out, "COMMENT ");
        add_text(out, table->comment);
        base_strbuf_add_char(out, '\n');
    }
    if (table->partition_key_count > 0) {
        base_strbuf_add_text(out, "PARTITIONED BY (");
        add_identifiers(out, table->partition_keys, table->partition_key_count);
        base_strbuf_add_text(out, ")\n");
    }
    add_options(out, table);
}
