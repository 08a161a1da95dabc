/* Word count over the C API, as FLIP-38 writes it in Python.
 *
 *     cc word_count.c $(pkg-config --cflags --libs rask) -o word_count
 *     ./word_count TEXT_FILE RESULT_FILE
 *
 * The same plan as examples/flip38_word_count.py: elements, group by, select, a 1.9 csv sink.  Only
 * <rask/rask.h> is used. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rask/rask.h>

/* Ends the program when a call failed. */
static void must(rask_status status, const rask_error *err) {
    if (status == RASK_OK)
        return;
    fprintf(stderr, "%s: %s\n", rask_status_class_name(status), err->message);
    exit(1);
}

/* The whole file; the caller frees it. */
static char *read_text(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    size_t size = 0, capacity = 4096;
    char *text = malloc(capacity);
    for (size_t got; (got = fread(text + size, 1, capacity - size - 1, file)) > 0;) {
        size += got;
        if (size + 1 == capacity)
            text = realloc(text, capacity *= 2);
    }
    text[size] = '\0';
    fclose(file);
    return text;
}

/* t_env.from_elements([("word",), ...], ["word"]) */
static rask_table *words_of(rask_environment *env, char *text) {
    rask_error err;
    rask_table *words;
    rask_expression **rows = NULL;
    int64_t count = 0, capacity = 0;
    for (char *word = strtok(text, " \t\r\n"); word != NULL; word = strtok(NULL, " \t\r\n")) {
        if (count == capacity)
            rows = realloc(rows, (size_t)(capacity = 2 * capacity + 64) * sizeof *rows);
        must(rask_expression_text("STRING", word, (int64_t)strlen(word), &rows[count++], &err),
             &err);
    }
    must(rask_environment_from_values(env, rows, count, 1, "ROW<word STRING>", &words, &err), &err);
    for (int64_t i = 0; i < count; i++)
        rask_expression_unref(rows[i]);
    free(rows);
    return words;
}

/* words.group_by("word").select("word, count(1) as count") */
static rask_table *count_words(rask_table *words) {
    rask_error err;
    rask_expression **keys, **columns;
    int32_t key_count, column_count;
    rask_grouped_table *grouped;
    rask_table *counts;
    must(rask_expressions_parse("word", &keys, &key_count, &err), &err);
    must(rask_table_group_by(words, keys, key_count, &grouped, &err), &err);
    must(rask_expressions_parse("word, count(1) as count", &columns, &column_count, &err), &err);
    must(rask_grouped_table_select(grouped, columns, column_count, &counts, &err), &err);
    rask_expressions_unref(keys, key_count);
    rask_expressions_unref(columns, column_count);
    rask_grouped_table_unref(grouped);
    return counts;
}

/* t_env.connect(FileSystem().path(path)).with_format(OldCsv()...)...register_table_sink("Results")
 */
static void register_sink(rask_environment *env, const char *path) {
    const char *keys[] = {"connector.type",       "connector.path",       "format.type",
                          "schema.0.name",        "schema.0.type",        "schema.1.name",
                          "schema.1.type",        "format.fields.0.name", "format.fields.0.type",
                          "format.fields.1.name", "format.fields.1.type"};
    const char *values[] = {"filesystem", path,   "csv",     "word",  "VARCHAR", "count",
                            "BIGINT",     "word", "VARCHAR", "count", "BIGINT"};
    rask_descriptor *sink;
    rask_error err;
    must(rask_descriptor_from_properties(keys, values, sizeof keys / sizeof *keys, &sink, &err),
         &err);
    must(rask_environment_create_table(env, "Results", sink, true, false, &err), &err);
    rask_descriptor_unref(sink);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: %s TEXT_FILE RESULT_FILE\n", argv[0]);
        return 2;
    }
    rask_environment *env;
    rask_result *result;
    rask_error err;
    bool done = false;
    char *text = read_text(argv[1]);
    must(rask_environment_new(false, &env, &err), &err);
    must(rask_environment_set(env, "parallelism.default", "1", &err), &err); /* one result file */
    rask_table *words = words_of(env, text), *counts = count_words(words);
    register_sink(env, argv[2]);
    must(rask_table_insert_into(counts, "Results", &err), &err);
    must(rask_environment_execute(env, "word_count", &result, &err), &err);
    must(rask_result_wait(result, -1, &done, &err), &err);
    rask_result_unref(result);
    rask_table_unref(counts);
    rask_table_unref(words);
    rask_environment_unref(env);
    free(text);
    return 0;
}
