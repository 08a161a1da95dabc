/* The catalog manager: catalogs of databases of tables, temporary tables that hide them, and user
 * functions.  One lock around everything; what is handed out is a reference or a copy, except
 * names, which live as long as the manager. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"
#include "plan/plan.h"

typedef struct database {
    base_map *tables; /* plan_table, by name */
} database;

typedef struct catalog {
    base_map *databases;
} catalog;

struct plan_catalog {
    base_mutex lock;
    base_map *catalogs;
    base_map *temporary; /* plan_table, by full path */
    base_map *functions; /* rask_udf_handle, by lower-case name */
    base_list retired;   /* handles of dropped functions: borrowed ones stay valid */
    base_arena *arena;   /* names that were current once */
    const char *current, *current_database;
};

/* A path completed by the current catalog and database. */
typedef struct full_path {
    const char *catalog, *database, *name;
} full_path;

static void free_table(void *table) {
    plan_table_unref(table);
}

static void free_database(void *value) {
    base_map_free(((database *)value)->tables);
    base_free(value);
}

static void free_catalog(void *value) {
    base_map_free(((catalog *)value)->databases);
    base_free(value);
}

static void free_function(void *udf) {
    expr_udf_unref(udf);
}

static void add_database(catalog *c, const char *name) {
    database *made = BASE_NEW(database);
    made->tables = base_map_new(free_table);
    base_map_put(c->databases, name, made);
}

plan_catalog *plan_catalog_new(const char *name, const char *database_name) {
    plan_catalog *manager = BASE_NEW(plan_catalog);
    base_mutex_init(&manager->lock);
    manager->catalogs = base_map_new(free_catalog);
    manager->temporary = base_map_new(free_table);
    manager->functions = base_map_new(free_function);
    manager->arena = base_arena_new();
    manager->current = base_arena_strdup(manager->arena, name);
    manager->current_database = base_arena_strdup(manager->arena, database_name);
    catalog *first = BASE_NEW(catalog);
    first->databases = base_map_new(free_database);
    add_database(first, database_name);
    base_map_put(manager->catalogs, name, first);
    return manager;
}

void plan_catalog_free(plan_catalog *manager) {
    if (manager == NULL)
        return;
    base_map_free(manager->catalogs);
    base_map_free(manager->temporary);
    base_map_free(manager->functions);
    for (int32_t i = 0; i < manager->retired.count; i++)
        expr_udf_unref(manager->retired.items[i]);
    base_arena_free(manager->arena);
    base_mutex_destroy(&manager->lock);
    base_free(manager);
}

/* ---- finding --------------------------------------------------------------------------------- */

static full_path complete(const plan_catalog *manager, const char *const *path, int32_t parts) {
    return (full_path){
        .catalog = parts > 2 ? path[parts - 3] : manager->current,
        .database = parts > 1 ? path[parts - 2] : manager->current_database,
        .name = path[parts - 1],
    };
}

static char *quoted(const full_path *path) {
    return base_printf("`%s`.`%s`.`%s`", path->catalog, path->database, path->name);
}

static database *find_database(const plan_catalog *manager, const char *catalog_name,
                               const char *database_name) {
    catalog *c = base_map_get(manager->catalogs, catalog_name);
    return c != NULL ? base_map_get(c->databases, database_name) : NULL;
}

static plan_table *find_temporary(const plan_catalog *manager, const full_path *path) {
    char *key = quoted(path);
    plan_table *table = base_map_get(manager->temporary, key);
    base_free(key);
    return table;
}

static plan_table *find_permanent(const plan_catalog *manager, const full_path *path) {
    database *d = find_database(manager, path->catalog, path->database);
    return d != NULL ? base_map_get(d->tables, path->name) : NULL;
}

plan_table *plan_catalog_find(plan_catalog *manager, const char *const *path, int32_t parts) {
    if (parts < 1 || parts > 3)
        return NULL;
    base_mutex_lock(&manager->lock);
    full_path full = complete(manager, path, parts);
    plan_table *table = find_temporary(manager, &full);
    if (table == NULL)
        table = find_permanent(manager, &full);
    plan_table_ref(table);
    base_mutex_unlock(&manager->lock);
    return table;
}

/* ---- catalogs and databases ------------------------------------------------------------------ */

const char *plan_catalog_current(const plan_catalog *manager) {
    return manager->current;
}

const char *plan_catalog_current_database(const plan_catalog *manager) {
    return manager->current_database;
}

static rask_status no_catalog(const char *name, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_CATALOG, "A catalog with name [%s] does not exist.",
                          name);
}

static rask_status use(plan_catalog *manager, const char *catalog_name, const char *database_name,
                       rask_error *err) {
    catalog *c =
        base_map_get(manager->catalogs, catalog_name != NULL ? catalog_name : manager->current);
    if (c == NULL)
        return no_catalog(catalog_name, err);
    if (database_name != NULL && base_map_get(c->databases, database_name) == NULL)
        return rask_error_set(err, RASK_ERROR_CATALOG,
                              "A database with name [%s] does not exist in the catalog: [%s].",
                              database_name,
                              catalog_name != NULL ? catalog_name : manager->current);
    if (catalog_name != NULL && strcmp(catalog_name, manager->current) != 0) {
        int64_t cursor = 0;
        const char *first = database_name;
        void *value;
        if (first == NULL)
            base_map_next(c->databases, &cursor, &first, &value);
        manager->current = base_arena_strdup(manager->arena, catalog_name);
        database_name = first;
    }
    if (database_name != NULL)
        manager->current_database = base_arena_strdup(manager->arena, database_name);
    return RASK_OK;
}

rask_status plan_catalog_use(plan_catalog *manager, const char *catalog_name,
                             const char *database_name, rask_error *err) {
    base_mutex_lock(&manager->lock);
    rask_status status = use(manager, catalog_name, database_name, err);
    base_mutex_unlock(&manager->lock);
    return status;
}

static rask_status create_database(plan_catalog *manager, const char *catalog_name,
                                   const char *name, bool ignore_if_exists, rask_error *err) {
    catalog_name = catalog_name != NULL ? catalog_name : manager->current;
    catalog *c = base_map_get(manager->catalogs, catalog_name);
    if (c == NULL)
        return no_catalog(catalog_name, err);
    if (!base_map_has(c->databases, name)) {
        add_database(c, name);
        return RASK_OK;
    }
    if (ignore_if_exists)
        return RASK_OK;
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "Could not execute CREATE DATABASE: (catalogDatabase: [{}], "
                          "catalogName: [%s], databaseName: [%s], ignoreIfExists: [false]). "
                          "Database %s already exists in Catalog %s.",
                          catalog_name, name, name, catalog_name);
}

rask_status plan_catalog_create_database(plan_catalog *manager, const char *catalog_name,
                                         const char *name, bool ignore_if_exists, rask_error *err) {
    base_mutex_lock(&manager->lock);
    rask_status status = create_database(manager, catalog_name, name, ignore_if_exists, err);
    base_mutex_unlock(&manager->lock);
    return status;
}

static rask_status cannot_drop(const char *catalog_name, const char *name, bool cascade,
                               rask_error *err) {
    rask_error_prefix(err, "Could not execute DROP DATABASE %s.%s %s. ", catalog_name, name,
                      cascade ? "CASCADE" : "RESTRICT");
    return err != NULL ? err->code : RASK_ERROR_VALIDATION;
}

static rask_status drop_database(plan_catalog *manager, const char *catalog_name, const char *name,
                                 bool ignore_if_missing, bool cascade, rask_error *err) {
    catalog_name = catalog_name != NULL ? catalog_name : manager->current;
    catalog *c = base_map_get(manager->catalogs, catalog_name);
    if (c == NULL)
        return no_catalog(catalog_name, err);
    database *d = base_map_get(c->databases, name);
    if (d == NULL && ignore_if_missing)
        return RASK_OK;
    if (d == NULL) {
        rask_error_set(err, RASK_ERROR_VALIDATION, "Database %s does not exist in Catalog %s.",
                       name, catalog_name);
    } else if (strcmp(catalog_name, manager->current) == 0 &&
               strcmp(name, manager->current_database) == 0) {
        rask_error_set(err, RASK_ERROR_TABLE, "Cannot drop a database which is currently in use.");
    } else if (base_map_count(d->tables) > 0 && !cascade) {
        rask_error_set(err, RASK_ERROR_VALIDATION, "Database %s in catalog %s is not empty.", name,
                       catalog_name);
    } else {
        base_map_remove(c->databases, name);
        return RASK_OK;
    }
    return cannot_drop(catalog_name, name, cascade, err);
}

rask_status plan_catalog_drop_database(plan_catalog *manager, const char *catalog_name,
                                       const char *name, bool ignore_if_missing, bool cascade,
                                       rask_error *err) {
    base_mutex_lock(&manager->lock);
    rask_status status =
        drop_database(manager, catalog_name, name, ignore_if_missing, cascade, err);
    base_mutex_unlock(&manager->lock);
    return status;
}

/* ---- tables ---------------------------------------------------------------------------------- */

static void set_path(plan_table *table, const full_path *path) {
    table->catalog = base_arena_strdup(table->arena, path->catalog);
    table->database = base_arena_strdup(table->arena, path->database);
    table->name = base_arena_strdup(table->arena, path->name);
}

static rask_status cannot_create(const full_path *path, const char *cause, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "Could not execute CreateTable in path `%s`.`%s`.`%s`. %s", path->catalog,
                          path->database, path->name, cause);
}

static rask_status exists(const plan_table *table, const full_path *path, rask_error *err) {
    char cause[1024];
    if (table->is_temporary)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Temporary table '`%s`.`%s`.`%s`' already exists", path->catalog,
                              path->database, path->name);
    snprintf(cause, sizeof cause, "Table (or view) %s.%s already exists in Catalog %s.",
             path->database, path->name, path->catalog);
    return cannot_create(path, cause, err);
}

static rask_status no_database(const full_path *path, rask_error *err) {
    char cause[1024];
    snprintf(cause, sizeof cause, "Database %s does not exist in Catalog %s.", path->database,
             path->catalog);
    return cannot_create(path, cause, err);
}

static rask_status put_temporary(plan_catalog *manager, const full_path *path, plan_table *table,
                                 bool ignore_if_exists, bool *stored, rask_error *err) {
    if (find_temporary(manager, path) != NULL)
        return ignore_if_exists ? RASK_OK : exists(table, path, err);
    char *key = quoted(path);
    set_path(table, path);
    base_map_put(manager->temporary, key, table);
    base_free(key);
    *stored = true;
    return RASK_OK;
}

static rask_status put_permanent(plan_catalog *manager, const full_path *path, plan_table *table,
                                 bool ignore_if_exists, bool *stored, rask_error *err) {
    if (!base_map_has(manager->catalogs, path->catalog))
        return rask_error_set(err, RASK_ERROR_VALIDATION, "Catalog %s does not exist.",
                              path->catalog);
    database *d = find_database(manager, path->catalog, path->database);
    if (d == NULL)
        return no_database(path, err);
    if (base_map_has(d->tables, path->name))
        return ignore_if_exists ? RASK_OK : exists(table, path, err);
    set_path(table, path);
    base_map_put(d->tables, path->name, table);
    *stored = true;
    return RASK_OK;
}

rask_status plan_catalog_put_take(plan_catalog *manager, const char *const *path, int32_t parts,
                                  plan_table *table, bool ignore_if_exists, rask_error *err) {
    if (parts < 1 || parts > 3) {
        plan_table_unref(table);
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "A table path has one to three parts, not %d.", parts);
    }
    bool stored = false;
    base_mutex_lock(&manager->lock);
    full_path full = complete(manager, path, parts);
    rask_status status = (table->is_temporary ? put_temporary : put_permanent)(
        manager, &full, table, ignore_if_exists, &stored, err);
    base_mutex_unlock(&manager->lock);
    if (!stored)
        plan_table_unref(table);
    return status;
}

static rask_status missing(const full_path *path, bool temporary, bool view, rask_error *err) {
    const char *what = temporary ? "Temporary table or view" : view ? "View" : "Table";
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "%s with identifier '%s.%s.%s' does not exist.", what, path->catalog,
                          path->database, path->name);
}

static bool is_kind(const plan_table *table, bool view) {
    return table != NULL && (table->kind == PLAN_TABLE_VIEW) == view;
}

static rask_status drop(plan_catalog *manager, const full_path *path, bool temporary, bool view,
                        bool ignore_if_missing, bool *dropped, rask_error *err) {
    plan_table *hiding = find_temporary(manager, path);
    *dropped = false;
    if (temporary && is_kind(hiding, view)) {
        char *key = quoted(path);
        base_map_remove(manager->temporary, key);
        base_free(key);
        *dropped = true;
        return RASK_OK;
    }
    if (!temporary && hiding != NULL)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Temporary %s with identifier '`%s`.`%s`.`%s`' exists. Drop it first "
                              "before removing the permanent %s.",
                              view ? "view" : "table", path->catalog, path->database, path->name,
                              view ? "view" : "table");
    if (!temporary && is_kind(find_permanent(manager, path), view)) {
        *dropped = base_map_remove(find_database(manager, path->catalog, path->database)->tables,
                                   path->name);
        return RASK_OK;
    }
    return ignore_if_missing ? RASK_OK : missing(path, temporary, view, err);
}

rask_status plan_catalog_drop(plan_catalog *manager, const char *const *path, int32_t parts,
                              bool temporary, bool view, bool ignore_if_missing, bool *dropped,
                              rask_error *err) {
    bool done = false;
    if (parts < 1 || parts > 3)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "A table path has one to three parts, not %d.", parts);
    base_mutex_lock(&manager->lock);
    full_path full = complete(manager, path, parts);
    rask_status status = drop(manager, &full, temporary, view, ignore_if_missing, &done, err);
    base_mutex_unlock(&manager->lock);
    if (dropped != NULL)
        *dropped = done;
    return status;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts and drops repetitions. */
static const char **sorted(base_list *names, int32_t *count) {
    if (names->count > 1)
        qsort(names->items, (size_t)names->count, sizeof(void *), by_text);
    *count = 0;
    for (int32_t i = 0; i < names->count; i++)
        if (*count == 0 || strcmp(names->items[i], names->items[*count - 1]) != 0)
            names->items[(*count)++] = names->items[i];
    return (const char **)names->items;
}

static void add_keys(base_arena *arena, const base_map *map, base_list *out) {
    int64_t cursor = 0;
    const char *key;
    void *value;
    while (map != NULL && base_map_next(map, &cursor, &key, &value))
        base_list_add(arena, out, base_arena_strdup(arena, key));
}

static void add_tables(base_arena *arena, const base_map *map, const char *catalog_name,
                       const char *database_name, bool views_only, base_list *out) {
    int64_t cursor = 0;
    const char *key;
    void *value;
    while (map != NULL && base_map_next(map, &cursor, &key, &value)) {
        const plan_table *table = value;
        if ((views_only && table->kind != PLAN_TABLE_VIEW) ||
            strcmp(table->catalog, catalog_name) != 0 ||
            strcmp(table->database, database_name) != 0)
            continue;
        base_list_add(arena, out, base_arena_strdup(arena, table->name));
    }
}

const char **plan_catalog_tables(plan_catalog *manager, base_arena *arena, const char *catalog_name,
                                 const char *database_name, bool views_only, int32_t *count) {
    base_list names = {0};
    base_mutex_lock(&manager->lock);
    catalog_name = catalog_name != NULL ? catalog_name : manager->current;
    database_name = database_name != NULL ? database_name : manager->current_database;
    database *d = find_database(manager, catalog_name, database_name);
    add_tables(arena, manager->temporary, catalog_name, database_name, views_only, &names);
    if (d != NULL)
        add_tables(arena, d->tables, catalog_name, database_name, views_only, &names);
    base_mutex_unlock(&manager->lock);
    return sorted(&names, count);
}

const char **plan_catalog_databases(plan_catalog *manager, base_arena *arena,
                                    const char *catalog_name, int32_t *count) {
    base_list names = {0};
    base_mutex_lock(&manager->lock);
    catalog *c =
        base_map_get(manager->catalogs, catalog_name != NULL ? catalog_name : manager->current);
    if (c != NULL)
        add_keys(arena, c->databases, &names);
    base_mutex_unlock(&manager->lock);
    return sorted(&names, count);
}

const char **plan_catalog_names(plan_catalog *manager, base_arena *arena, int32_t *count) {
    base_list names = {0};
    base_mutex_lock(&manager->lock);
    add_keys(arena, manager->catalogs, &names);
    base_mutex_unlock(&manager->lock);
    return sorted(&names, count);
}

/* ---- functions ------------------------------------------------------------------------------- */

static char *lower_case(const char *name) {
    char *copy = base_strdup(name);
    for (char *c = copy; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 32);
    return copy;
}

/* Keeps a function that leaves the map: bound plans may still borrow it. */
static void retire(plan_catalog *manager, const char *key) {
    rask_udf_handle *old = base_map_get(manager->functions, key);
    if (old != NULL)
        base_list_add(manager->arena, &manager->retired, expr_udf_ref(old));
}

rask_status plan_catalog_put_function(plan_catalog *manager, const char *name,
                                      rask_udf_handle *udf_ref, bool replace, rask_error *err) {
    char *key = lower_case(name);
    rask_status status = RASK_OK;
    base_mutex_lock(&manager->lock);
    if (base_map_has(manager->functions, key) && !replace) {
        status = rask_error_set(err, RASK_ERROR_VALIDATION,
                                "Could not register temporary system function. A function named "
                                "'%s' does already exist.",
                                name);
    } else {
        retire(manager, key);
        base_map_put(manager->functions, key, udf_ref);
    }
    base_mutex_unlock(&manager->lock);
    if (status != RASK_OK)
        expr_udf_unref(udf_ref);
    base_free(key);
    return status;
}

bool plan_catalog_drop_function(plan_catalog *manager, const char *name) {
    char *key = lower_case(name);
    base_mutex_lock(&manager->lock);
    retire(manager, key);
    bool dropped = base_map_remove(manager->functions, key);
    base_mutex_unlock(&manager->lock);
    base_free(key);
    return dropped;
}

rask_udf_handle *plan_catalog_find_function(plan_catalog *manager, const char *name) {
    char *key = lower_case(name);
    base_mutex_lock(&manager->lock);
    rask_udf_handle *udf = base_map_get(manager->functions, key);
    base_mutex_unlock(&manager->lock);
    base_free(key);
    return udf;
}

const char **plan_catalog_functions(plan_catalog *manager, base_arena *arena, int32_t *count) {
    base_list names = {0};
    base_mutex_lock(&manager->lock);
    add_keys(arena, manager->functions, &names);
    base_mutex_unlock(&manager->lock);
    return sorted(&names, count);
}
