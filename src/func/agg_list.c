/* LISTAGG, ARRAY_AGG and COLLECT: the values of a group as a text, an array, a multiset. */
#include <stdlib.h>
#include <string.h>

#include "func/agg_entries.h"

/* ---- LISTAGG: entries are texts behind their length, the prefix is the separator --------------
 */

static rask_status separator_prefix(const func_aggregate_call *call, const data_column *const *args,
                                    int32_t row, base_strbuf *out, rask_error *err) {
    const data_column *flat;
    if (call->arg_count < 2) {
        base_strbuf_add_char(out, ',');
        return RASK_OK;
    }
    if (data_column_is_null(args[1], row))
        return RASK_OK;
    int64_t index = data_column_index(args[1], row, &flat);
    const data_string *text = (const data_string *)flat->values + index;
    base_strbuf_add(out, data_string_bytes(text), text->length);
    return RASK_OK;
}

/* NULLs do not count. */
static rask_status value_entry(const func_aggregate_call *call, const data_column *const *args,
                               int32_t row, base_strbuf *out, rask_error *err) {
    if (!data_column_is_null(args[0], row))
        func_cell_write(args[0], row, out);
    return RASK_OK;
}

static int64_t value_size(const func_aggregate_call *call, const char *at) {
    return func_cell_size(call->arg_types[0], at);
}

static rask_status listagg_result(const func_aggregate_call *call, const func_entries *entries,
                                  data_builder *out, rask_error *err) {
    base_strbuf text;
    if (entries->size == 0)
        return data_builder_add_null(out, err);
    base_strbuf_init(&text, INT32_MAX);
    for (const char *at = entries->bytes; at < entries->bytes + entries->size;) {
        int64_t size = value_size(call, at);
        if (at > entries->bytes)
            base_strbuf_add(&text, entries->prefix, entries->prefix_size);
        base_strbuf_add(&text, at + 1 + sizeof(uint32_t), size - 1 - (int64_t)sizeof(uint32_t));
        at += size;
    }
    rask_status status = data_builder_add_string(out, text.data, text.length, err);
    base_strbuf_free(&text);
    return status;
}

static const func_entries_class listagg = {separator_prefix, value_entry, value_size,
                                           listagg_result};

/* ---- ARRAY_AGG ------------------------------------------------------------------------------- */

static rask_status any_entry(const func_aggregate_call *call, const data_column *const *args,
                             int32_t row, base_strbuf *out, rask_error *err) {
    func_cell_write(args[0], row, out);
    return RASK_OK;
}

static rask_status array_result(const func_aggregate_call *call, const func_entries *entries,
                                data_builder *out, rask_error *err) {
    int64_t count = 0;
    if (entries->size == 0)
        return data_builder_add_null(out, err);
    for (const char *at = entries->bytes; at < entries->bytes + entries->size; count++)
        RASK_TRY(func_cell_read(call->arg_types[0], &at, data_builder_child(out, 0), err));
    return data_builder_close_row(out, count, err);
}

static const func_entries_class array_agg = {NULL, any_entry, value_size, array_result};

static rask_status array_type(const func_infer_call *call, const data_type **result,
                              rask_error *err) {
    *result = data_type_array(call->types[0], call->types[0]->nullable);
    return RASK_OK;
}

/* ---- COLLECT: each value once, with how often it came ---------------------------------------- */

typedef struct collected {
    const char *at;
    int64_t size, place, times;
} collected;

static int by_bytes(const void *a, const void *b) {
    const collected *x = a, *y = b;
    int64_t head = x->size < y->size ? x->size : y->size;
    int order = memcmp(x->at, y->at, (size_t)head);
    if (order == 0)
        order = (x->size > y->size) - (x->size < y->size);
    return order != 0 ? order : (x->place > y->place) - (x->place < y->place);
}

static int by_place(const void *a, const void *b) {
    const collected *x = a, *y = b;
    return (x->place > y->place) - (x->place < y->place);
}

/* Equal ones into the first of them; returns how many are left, in the order they came. */
static int64_t count_equal(collected *items, int64_t count) {
    int64_t kept = 0;
    qsort(items, (size_t)count, sizeof *items, by_bytes);
    for (int64_t i = 0; i < count; i++) {
        bool same = kept > 0 && items[kept - 1].size == items[i].size &&
                    memcmp(items[kept - 1].at, items[i].at, (size_t)items[i].size) == 0;
        if (same)
            items[kept - 1].times++;
        else
            items[kept++] = items[i];
    }
    qsort(items, (size_t)kept, sizeof *items, by_place);
    return kept;
}

static rask_status add_counted(const func_aggregate_call *call, const collected *items,
                               int64_t count, data_builder *out, rask_error *err) {
    for (int64_t i = 0; i < count; i++) {
        const char *at = items[i].at;
        RASK_TRY(func_cell_read(call->arg_types[0], &at, data_builder_child(out, 0), err));
        RASK_TRY(data_builder_add_i64(data_builder_child(out, 1), items[i].times, err));
    }
    return data_builder_close_row(out, count, err);
}

static rask_status multiset_result(const func_aggregate_call *call, const func_entries *entries,
                                   data_builder *out, rask_error *err) {
    int64_t count = 0, at = 0;
    for (; at < entries->size; count++)
        at += value_size(call, entries->bytes + at);
    collected *items = BASE_NEW_ARRAY(collected, count + 1);
    at = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t size = value_size(call, entries->bytes + at);
        items[i] = (collected){entries->bytes + at, size, i, 1};
        at += size;
    }
    if (count > 0)
        count = count_equal(items, count);
    rask_status status = add_counted(call, items, count, out, err);
    base_free(items);
    return status;
}

static const func_entries_class collect = {NULL, value_entry, value_size, multiset_result};

static rask_status multiset_type(const func_infer_call *call, const data_type **result,
                                 rask_error *err) {
    *result = data_type_multiset(call->types[0], false);
    return RASK_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

#define LISTAGG                                                                                    \
    FUNC_ENTRIES(listagg), .name = "LISTAGG", .api = "list_agg",                                   \
                           .flags = FUNC_AGG_RETRACTABLE | FUNC_AGG_ORDERED,                       \
                           .category = "aggregate", .literals = 2,                                 \
                           .forms = "'LISTAGG(<CHARACTER>)'\n'LISTAGG(<CHARACTER>, "               \
                                    "<CHARACTER_LITERAL>)'",                                       \
                           .doc = "The texts that are not NULL, one behind the other, with a "     \
                                  "separator, by default ',', between them."

static const func_aggregate aggregates[] = {
    {LISTAGG, .sig = "(STRING) -> ARG0 NULL IF ANY"},
    {LISTAGG, .sig = "(STRING, STRING) -> ARG0 NULL IF ANY"},
    {FUNC_ENTRIES(array_agg), .name = "ARRAY_AGG", .api = "array_agg",
     .flags = FUNC_AGG_RETRACTABLE | FUNC_AGG_ORDERED | FUNC_AGG_KEEPS_NULLS,
     .category = "aggregate", .sig = "(VALUE) -> INFER NULL IF ANY", .infer = array_type,
     .doc = "All values as an array; NULL where there is no row."},
    {FUNC_ENTRIES(collect), .name = "COLLECT", .api = "collect", .flags = FUNC_AGG_RETRACTABLE,
     .category = "aggregate", .sig = "(VALUE) -> INFER NOT NULL", .infer = multiset_type,
     .forms = "'COLLECT(<ANY>)'", .doc = "The values that are not NULL as a multiset."},
};

static const func_aggregate *const rows[] = {&aggregates[0], &aggregates[1], &aggregates[2],
                                             &aggregates[3]};
const func_aggregate_family func_list_aggregates = {rows, sizeof rows / sizeof rows[0]};
