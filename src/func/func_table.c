/* The function table: gathers the rows of all families, parses their signatures once, and finds
 * them by name or alias.  A new family is one line in `families`. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "func/table.h"

static const func_family *const families[] = {
    &func_arithmetic_family,    &func_math_family,        &func_round_family,
    &func_compare_family,       &func_logic_family,       &func_conditional_family,
    &func_like_family,          &func_string_case_family, &func_string_part_family,
    &func_string_search_family, &func_similar_family,     &func_regexp_family,
    &func_split_family,         &func_encoding_family,    &func_hash_family,
    &func_net_family,           &func_text_test_family,   &func_printf_family,
    &func_time_extract_family,  &func_time_round_family,  &func_time_add_family,
    &func_time_diff_family,     &func_time_now_family,
};

/* Filled once by build() and read-only after; lives as long as the process. */
static struct {
    pthread_once_t once;
    rask_status status;
    rask_error error;
    const func_row **rows;
    int32_t row_count;
    func_entry *entries; /* by name, then by order */
    int32_t entry_count;
    const char **names;
    int32_t name_count;
} table = {.once = PTHREAD_ONCE_INIT};

static int by_name(const void *a, const void *b) {
    const func_entry *x = a, *y = b;
    int order = strcasecmp(x->name, y->name);
    return order != 0 ? order : x->order - y->order;
}

static void add_entry(const char *name, int64_t length, const func_entry *template) {
    func_entry *entry = &table.entries[table.entry_count];
    *entry = *template;
    entry->name = base_strndup(name, length);
    entry->order = table.entry_count++;
}

static int32_t count_names(const char *name, const char *aliases) {
    int32_t count = name[0] != '\0';
    for (const char *at = aliases; at != NULL && *at != '\0'; at++)
        count += at == aliases || *at == ',';
    return count;
}

static void add_names(const char *name, const char *aliases, const func_entry *template) {
    add_entry(name, (int64_t)strlen(name), template);
    while (aliases != NULL && *aliases != '\0') {
        while (*aliases == ' ' || *aliases == ',')
            aliases++;
        int64_t length = (int64_t)strcspn(aliases, ",");
        add_entry(aliases, length, template);
        aliases += length;
    }
}

static void add_signature(const char *name, const char *sig, func_signature *out) {
    if (table.status != RASK_OK)
        return;
    table.status = func_signature_parse(sig, out, &table.error);
    if (table.status != RASK_OK)
        rask_error_prefix(&table.error, "function %s: ", name);
}

static void list_rows(void) {
    for (size_t f = 0; f < sizeof families / sizeof families[0]; f++)
        table.row_count += families[f]->count;
    table.rows = BASE_NEW_ARRAY(const func_row *, table.row_count);
    int32_t at = 0;
    for (size_t f = 0; f < sizeof families / sizeof families[0]; f++)
        for (int32_t i = 0; i < families[f]->count; i++)
            table.rows[at++] = &families[f]->rows[i];
}

static void list_names(void) {
    table.names = BASE_NEW_ARRAY(const char *, table.entry_count);
    for (int32_t i = 0; i < table.entry_count; i++)
        if (i == 0 || strcasecmp(table.entries[i].name, table.entries[i - 1].name) != 0)
            table.names[table.name_count++] = table.entries[i].name;
}

static void build(void) {
    int32_t aggregate_count, capacity = 0;
    const func_aggregate *const *aggregates = func_aggregates(&aggregate_count);
    list_rows();
    for (int32_t i = 0; i < table.row_count; i++)
        capacity += count_names(table.rows[i]->name, table.rows[i]->aliases);
    for (int32_t i = 0; i < aggregate_count; i++)
        capacity += count_names(aggregates[i]->name, aggregates[i]->aliases);
    table.entries = BASE_NEW_ARRAY(func_entry, capacity);
    func_signature *signatures = BASE_NEW_ARRAY(func_signature, table.row_count + aggregate_count);
    for (int32_t i = 0; i < table.row_count; i++) {
        const func_row *row = table.rows[i];
        add_signature(row->name, row->sig, &signatures[i]);
        add_names(row->name, row->aliases, &(func_entry){.row = row, .signature = &signatures[i]});
    }
    for (int32_t i = 0; i < aggregate_count; i++) {
        const func_aggregate *row = aggregates[i];
        func_signature *signature = &signatures[table.row_count + i];
        add_signature(row->name, row->sig, signature);
        add_names(row->name, row->aliases, &(func_entry){.aggregate = row, .signature = signature});
    }
    qsort(table.entries, (size_t)table.entry_count, sizeof *table.entries, by_name);
    list_names();
}

static void make_sure(void) {
    pthread_once(&table.once, build);
}

rask_status func_table_check(rask_error *err) {
    make_sure();
    if (table.status != RASK_OK && err != NULL)
        *err = table.error;
    return table.status;
}

const func_row *const *func_rows(int32_t *count) {
    make_sure();
    *count = table.row_count;
    return table.rows;
}

const char *const *func_table_names(int32_t *count) {
    make_sure();
    *count = table.name_count;
    return table.names;
}

/* The first entry whose name is not smaller. */
static int32_t lower_bound(const char *name) {
    int32_t low = 0, high = table.entry_count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (strcasecmp(table.entries[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const func_entry *func_table_find(const char *name, bool aggregate, int32_t *count) {
    make_sure();
    int32_t first = lower_bound(name);
    *count = 0;
    while (first < table.entry_count && strcasecmp(table.entries[first].name, name) == 0 &&
           (table.entries[first].aggregate != NULL) != aggregate)
        first++;
    while (first + *count < table.entry_count &&
           strcasecmp(table.entries[first + *count].name, name) == 0 &&
           (table.entries[first + *count].aggregate != NULL) == aggregate)
        (*count)++;
    return *count == 0 ? NULL : &table.entries[first];
}

bool func_exists(const char *name) {
    int32_t count;
    return func_table_find(name, false, &count) != NULL ||
           func_table_find(name, true, &count) != NULL;
}

bool func_is_aggregate(const char *name) {
    int32_t count;
    return func_table_find(name, true, &count) != NULL;
}
