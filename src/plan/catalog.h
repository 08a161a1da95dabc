/* Catalogs, databases, tables and views of a session.
 *
 * A plan_table is reference-counted and immutable once registered.  Names are case sensitive.
 * Every operation takes the catalog manager's lock, so that jobs may read while a session writes.
 */
#ifndef PLAN_CATALOG_H
#define PLAN_CATALOG_H

#include "base/map.h"
#include "expr/udf.h"

struct plan;

typedef enum plan_column_kind {
    PLAN_COLUMN_PHYSICAL,
    PLAN_COLUMN_COMPUTED,
    PLAN_COLUMN_METADATA
} plan_column_kind;
typedef struct plan_column {
    const char *name;
    const data_type *type; /* COMPUTED: set when the table is resolved */
    plan_column_kind kind;
    expr_node *expression;       /* COMPUTED: unresolved */
    const char *expression_text; /* COMPUTED: as written */
    const char *metadata_key;    /* METADATA ... FROM 'key'; NULL = the column's name */
    bool is_virtual;
    const char *comment;
} plan_column;

typedef enum plan_table_kind {
    PLAN_TABLE_REGULAR, /* connector options */
    PLAN_TABLE_VIEW,    /* `view` (a bound plan) and its text */
    PLAN_TABLE_INLINE   /* rows in memory: from_elements, Arrow */
} plan_table_kind;

/* Rows in memory with a schema, reference-counted: from_elements, imported Arrow, VALUES. */
typedef struct plan_data {
    data_schema *schema;
    data_batch **batches;
    int64_t batch_count;
    int64_t row_count;
    base_arena *arena; /* owns schema and the array */
    int32_t refs;
} plan_data;
/* Takes the references in `batches`. */
plan_data *plan_data_new(const data_schema *schema, data_batch *const *batches, int64_t count);
plan_data *plan_data_ref(plan_data *data);
void plan_data_unref(plan_data *data);

typedef struct plan_table {
    plan_table_kind kind;
    bool is_temporary;
    const char *catalog, *database, *name; /* name NULL = anonymous */
    plan_column *columns;
    int32_t column_count;
    const char **primary_key; /* column names */
    int32_t primary_key_count;
    const char *primary_key_name;
    const char **partition_keys;
    int32_t partition_key_count;
    const char *watermark_column; /* NULL = none */
    expr_node *watermark;         /* unresolved */
    const char *watermark_text;
    base_map *options; /* "connector" -> "filesystem", ... (char * values) */
    const char *comment;
    plan_data *data;   /* INLINE */
    struct plan *view; /* VIEW */
    const char *view_text;
    bool is_legacy;    /* a 1.9 descriptor table: old sink and source semantics */
    base_arena *arena; /* owns everything above */
    int32_t refs;
} plan_table;

plan_table *plan_table_new(void); /* refs 1, own arena, empty options */
plan_table *plan_table_ref(plan_table *table);
void plan_table_unref(plan_table *table);
const char *plan_table_option(const plan_table *table, const char *key); /* NULL = absent */
void plan_table_set_option(plan_table *table, const char *key, const char *value);
/* Names and types of all columns as a query sees them. */
data_schema *plan_table_schema(base_arena *arena, const plan_table *table);
/* "`default_catalog`.`default_database`.`t`" */
char *plan_table_path_text(base_arena *arena, const plan_table *table);
/* SHOW CREATE TABLE's text. */
void plan_table_write_sql(const plan_table *table, base_strbuf *out);

typedef struct plan_catalog plan_catalog; /* the catalog manager of a session */
plan_catalog *plan_catalog_new(const char *catalog, const char *database);
void plan_catalog_free(plan_catalog *manager);
const char *plan_catalog_current(const plan_catalog *manager);
const char *plan_catalog_current_database(const plan_catalog *manager);
rask_status plan_catalog_use(plan_catalog *manager, const char *catalog, const char *database,
                             rask_error *err);
rask_status plan_catalog_create_database(plan_catalog *manager, const char *catalog,
                                         const char *database, bool ignore_if_exists,
                                         rask_error *err);
rask_status plan_catalog_drop_database(plan_catalog *manager, const char *catalog,
                                       const char *database, bool ignore_if_missing, bool cascade,
                                       rask_error *err);
/* `path` has 1 to 3 parts, completed from the current catalog and database.  Takes the reference.
 * A temporary table may hide a permanent one of the same name. */
rask_status plan_catalog_put_take(plan_catalog *manager, const char *const *path, int32_t parts,
                                  plan_table *table, bool ignore_if_exists, rask_error *err);
rask_status plan_catalog_drop(plan_catalog *manager, const char *const *path, int32_t parts,
                              bool temporary, bool view, bool ignore_if_missing, bool *dropped,
                              rask_error *err);
/* New reference, or NULL when absent. */
plan_table *plan_catalog_find(plan_catalog *manager, const char *const *path, int32_t parts);
/* Sorted names; arrays live in `arena`.  NULL catalog/database = the current ones. */
const char **plan_catalog_tables(plan_catalog *manager, base_arena *arena, const char *catalog,
                                 const char *database, bool views_only, int32_t *count);
const char **plan_catalog_databases(plan_catalog *manager, base_arena *arena, const char *catalog,
                                    int32_t *count);
const char **plan_catalog_names(plan_catalog *manager, base_arena *arena, int32_t *count);
/* User functions by name (case-insensitive as Flink's), temporary system functions first. */
rask_status plan_catalog_put_function(plan_catalog *manager, const char *name,
                                      rask_udf_handle *udf_ref, bool replace, rask_error *err);
bool plan_catalog_drop_function(plan_catalog *manager, const char *name);
rask_udf_handle *
plan_catalog_find_function(plan_catalog *manager,
                           const char *name); /* borrowed while the session lives */
const char **plan_catalog_functions(plan_catalog *manager, base_arena *arena, int32_t *count);

#endif
