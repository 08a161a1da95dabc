/* Tables for tests of formats and connectors: made from a text of columns and a text of options,
 * and read into one text of rows. */
#ifndef TESTS_UNIT_TABLE_FIXTURE_H
#define TESTS_UNIT_TABLE_FIXTURE_H

#include "connect/connect.h"
#include "support.h"

/* A table and what connectors and formats are told about it. */
typedef struct fixture {
    base_arena *arena;
    plan_table *table;
    data_schema *schema;
    func_context context;
    base_world world;
    int32_t projection[32];
    base_pool *pool;
    connect_config connect;
    format_config format;
} fixture;

/* `columns`: "a STRING, b DECIMAL(5, 2)".  `options`: "path=/x|format=csv|csv.null-literal=N"; a
 * value ends at the next bar, \p stands for one. */
void fixture_init(fixture *f, const char *columns, const char *options);
void fixture_free(fixture *f);
/* Only these columns are read: "b, a". */
void fixture_project(fixture *f, const char *names);

/* A file that exists in memory only. */
typedef struct memory_file {
    format_input input;
    const char *bytes;
    int64_t longest_read; /* 0 = no limit */
} memory_file;
void memory_file_init(memory_file *file, const char *bytes, int64_t size);

/* Adds the batch's rows, "a|1\n", nulls as <NULL>, with the row kind in front unless it is +I. */
void add_rows(base_strbuf *out, const data_batch *batch);
/* Reads all that the splits of the file hold; "!message" is added where reading fails. */
void read_splits(const fixture *f, const format_class *format, const memory_file *file,
                 const format_split *splits, int32_t count, int32_t rows_max, base_strbuf *out);
/* A batch of rows "+I a|1\n-D b|NULL\n" for the fixture's schema. */
data_batch *make_batch(const fixture *f, const char *rows);

#endif
