/* Reading the plan document (docs/plan-format.md).
 *
 * Nothing in a document is trusted: numbers of nodes, tables and columns are checked, calls are
 * resolved and typed anew, and what comes out must have the types the document says.  A failure
 * names the JSON path of the offending value. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plan/json_value.h"
#include "plan/relation.h"

enum { PATH_MAX_LENGTH = 4096, DEPTH_MAX = 500 };

typedef yyjson_val json;

typedef struct document_reader {
    plan *plan;
    base_arena *arena;
    plan_catalog *catalog;
    rask_error *err;
    base_strbuf path;
    plan_table **tables;
    int32_t table_count;
    plan_node **nodes;
    int32_t node_count;
    const data_schema *scope[2]; /* the columns an expression may name */
    base_list *aggregates;       /* set while aggregate calls are read */
    bool grouped;
    int32_t depth;
} document_reader;

static rask_status read_expr(document_reader *r, json *value, expr_node **out);

/* ---- errors and paths --------------------------------------------------------------------------- */

static RASK_PRINTF(2, 3) rask_status damaged(document_reader *r, const char *format, ...) {
    char message[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return rask_error_set(r->err, RASK_ERROR_VALIDATION, "damaged plan document at %s: %s",
                          r->path.data, message);
}

/* A failure of a lower floor, with the path in front. */
static rask_status failed(document_reader *r, rask_status status) {
    rask_error_prefix(r->err, "damaged plan document at %s: ", r->path.data);
    return status;
}

static int64_t enter(document_reader *r, const char *key) {
    int64_t length = r->path.length;
    base_strbuf_printf(&r->path, ".%s", key);
    return length;
}

static int64_t enter_item(document_reader *r, size_t i) {
    int64_t length = r->path.length;
    base_strbuf_printf(&r->path, "[%zu]", i);
    return length;
}

static void leave(document_reader *r, int64_t length) {
    r->path.length = length;
    r->path.data[length] = '\0';
}

static const char *kind_of(json *value) {
    return value == NULL ? "nothing" : yyjson_get_type_desc(value);
}

/* Reads member `key` with `read`, keeping the path. */
#define READ(r, object, key, call)                                                                 \
    do {                                                                                           \
        int64_t length_ = enter((r), (key));                                                       \
        json *member = yyjson_obj_get((object), (key));                                            \
        RASK_TRY(call);                                                                            \
        leave((r), length_);                                                                       \
    } while (0)

/* ---- simple members ----------------------------------------------------------------------------- */

static rask_status read_text(document_reader *r, json *value, const char **out) {
    if (!yyjson_is_str(value))
        return damaged(r, "expected a text, found %s", kind_of(value));
    *out = base_arena_strndup(r->arena, yyjson_get_str(value), (int64_t)yyjson_get_len(value));
    if (strlen(*out) != yyjson_get_len(value))
        return damaged(r, "a name cannot have a NUL character in it");
    return RASK_OK;
}

static rask_status read_optional_text(document_reader *r, json *value, const char **out) {
    *out = NULL;
    return value == NULL ? RASK_OK : read_text(r, value, out);
}

static rask_status read_flag(document_reader *r, json *value, bool *out) {
    *out = yyjson_get_bool(value);
    if (value != NULL && !yyjson_is_bool(value))
        return damaged(r, "expected true or false, found %s", kind_of(value));
    return RASK_OK;
}

/* An integer in [low, high]. */
static rask_status read_int(document_reader *r, json *value, int64_t low, int64_t high,
                            int64_t *out) {
    if (!yyjson_is_int(value) ||
        (yyjson_is_uint(value) && yyjson_get_uint(value) > (uint64_t)INT64_MAX))
        return damaged(r, "expected an integer, found %s", kind_of(value));
    *out = yyjson_get_sint(value);
    if (*out < low || *out > high)
        return damaged(r, "%lld is not between %lld and %lld", (long long)*out, (long long)low,
                       (long long)high);
    return RASK_OK;
}

static rask_status read_optional_int(document_reader *r, json *value, int64_t fallback,
                                     int64_t *out) {
    *out = fallback;
    return value == NULL ? RASK_OK : read_int(r, value, 0, INT64_MAX, out);
}

static rask_status check_array(document_reader *r, json *value) {
    if (!yyjson_is_arr(value))
        return damaged(r, "expected an array, found %s", kind_of(value));
    if (yyjson_arr_size(value) > INT32_MAX / 2)
        return damaged(r, "the array is too long");
    return RASK_OK;
}

static rask_status read_texts(document_reader *r, json *value, const char ***out, int32_t *count) {
    *count = 0;
    *out = NULL;
    if (value == NULL)
        return RASK_OK;
    RASK_TRY(check_array(r, value));
    *count = (int32_t)yyjson_arr_size(value);
    *out = BASE_ARENA_ARRAY(r->arena, const char *, *count + 1);
    for (int32_t i = 0; i < *count; i++) {
        int64_t length = enter_item(r, (size_t)i);
        RASK_TRY(read_text(r, yyjson_arr_get(value, (size_t)i), &(*out)[i]));
        leave(r, length);
    }
    return RASK_OK;
}

static rask_status read_type(document_reader *r, json *value, const data_type **out) {
    const char *text;
    RASK_TRY(read_text(r, value, &text));
    rask_status status = data_type_parse(text, (int64_t)strlen(text), NULL, out, r->err);
    return status == RASK_OK ? RASK_OK : failed(r, status);
}

/* The place of a text in a list of choices. */
static rask_status read_choice(document_reader *r, json *value, const char *const *choices,
                               int32_t count, int32_t *out) {
    const char *text;
    RASK_TRY(read_text(r, value, &text));
    for (int32_t i = 0; i < count; i++) {
        if (strcmp(choices[i], text) == 0) {
            *out = i;
            return RASK_OK;
        }
    }
    rask_status status = damaged(r, "'%s' is not known here", text);
    const char *nearest = base_nearest_name(text, choices, count);
    if (nearest != NULL)
        rask_error_hint(r->err, "did you mean '%s'?", nearest);
    return status;
}

/* ---- expressions -------------------------------------------------------------------------------- */

static rask_udf_handle *find_udf(void *context, const char *name) {
    document_reader *r = context;
    if (r->catalog == NULL)
        return NULL;
    rask_udf_handle *udf = plan_catalog_find_function(r->catalog, name);
    return udf != NULL ? plan_hold_udf(r->plan, expr_udf_ref(udf)) : NULL;
}

static rask_status read_exprs(document_reader *r, json *value, expr_node ***out, int32_t *count) {
    RASK_TRY(check_array(r, value));
    *count = (int32_t)yyjson_arr_size(value);
    *out = BASE_ARENA_ARRAY(r->arena, expr_node *, *count + 1);
    for (int32_t i = 0; i < *count; i++) {
        int64_t length = enter_item(r, (size_t)i);
        RASK_TRY(read_expr(r, yyjson_arr_get(value, (size_t)i), &(*out)[i]));
        leave(r, length);
    }
    return RASK_OK;
}

static rask_status read_input(document_reader *r, json *value, expr_node **out) {
    int64_t side, column;
    READ(r, value, "side", read_optional_int(r, member, 0, &side));
    if (side > 1 || r->scope[side] == NULL)
        return damaged(r, "there is no input %lld here", (long long)side);
    const data_schema *schema = r->scope[side];
    READ(r, value, "input", read_int(r, member, 0, (int64_t)schema->count - 1, &column));
    *out = expr_input(r->arena, (int32_t)side, (int32_t)column, schema->types[column]);
    (*out)->name = schema->names[column];
    return RASK_OK;
}

static rask_status read_literal(document_reader *r, json *value, expr_node **out) {
    const data_type *type;
    data_value literal;
    READ(r, value, "type", read_type(r, member, &type));
    int64_t length = enter(r, "literal");
    if (!plan_json_to_value(r->arena, yyjson_obj_get(value, "literal"), type, &literal))
        return damaged(r, "not a value of type %s", data_type_text(r->arena, type, true));
    leave(r, length);
    *out = expr_literal(r->arena, &literal);
    return RASK_OK;
}

/* Binds a call anew and compares its type with what the document says. */
static rask_status rebind(document_reader *r, json *value, expr_node *call, expr_node **out) {
    const data_type *type;
    expr_binder binder = {.arena = r->arena, .find_udf = find_udf, .context = r,
                          .aggregates = NULL};
    rask_status status = expr_bind(&binder, call, out, r->err);
    if (status != RASK_OK)
        return failed(r, status);
    READ(r, value, "type", read_type(r, member, &type));
    if ((*out)->type != type)
        return damaged(r, "the type is %s, not %s", data_type_text(r->arena, (*out)->type, true),
                       data_type_text(r->arena, type, true));
    return RASK_OK;
}

static rask_status read_call(document_reader *r, json *value, expr_node **out) {
    const char *name;
    expr_node **args;
    int32_t count;
    READ(r, value, "call", read_text(r, member, &name));
    READ(r, value, "args", read_exprs(r, member, &args, &count));
    if (!func_exists(name))
        return damaged(r, "function '%s' is not known", name);
    return rebind(r, value, expr_call(r->arena, name, args, count), out);
}

/* A call of a user's scalar function. */
static rask_status read_function(document_reader *r, json *value, expr_node **out) {
    const char *name;
    expr_node **args;
    int32_t count;
    READ(r, value, "function", read_text(r, member, &name));
    READ(r, value, "args", read_exprs(r, member, &args, &count));
    rask_udf_handle *udf = find_udf(r, name);
    if (udf == NULL)
        return damaged(r, "user function '%s' is not registered", name);
    expr_node *call = expr_call(r->arena, name, args, count);
    call->udf = udf;
    if (udf->udf.kind == RASK_UDF_SCALAR)
        return rebind(r, value, call, out);
    call->type = udf->result_types[0];
    *out = call;
    return RASK_OK;
}

static rask_status read_cast(document_reader *r, json *value, expr_node **out) {
    expr_node *inner;
    const data_type *type;
    bool is_try, is_implicit;
    READ(r, value, "cast", read_expr(r, member, &inner));
    READ(r, value, "try", read_flag(r, member, &is_try));
    READ(r, value, "implicit", read_flag(r, member, &is_implicit));
    READ(r, value, "type", read_type(r, member, &type));
    RASK_TRY(rebind(r, value, expr_cast(r->arena, inner, type, is_try), out));
    if ((*out)->kind != EXPR_CAST)
        return damaged(r, "the cast changes nothing");
    (*out)->is_implicit = is_implicit;
    return RASK_OK;
}

static rask_status read_order(document_reader *r, json *value, expr_node **out) {
    static const char *const places[] = {"first", "last"};
    expr_node *key;
    bool descending;
    int32_t nulls = 0;
    READ(r, value, "order", read_expr(r, member, &key));
    READ(r, value, "descending", read_flag(r, member, &descending));
    if (yyjson_obj_get(value, "nulls") == NULL) {
        *out = expr_order(r->arena, key, descending, 0);
        return RASK_OK;
    }
    READ(r, value, "nulls", read_choice(r, member, places, 2, &nulls));
    *out = expr_order(r->arena, key, descending, nulls == 0 ? -1 : 1);
    return RASK_OK;
}

static rask_status read_symbol(document_reader *r, json *value, expr_node **out) {
    expr_binder binder = {.arena = r->arena};
    expr_node *symbol = expr_new(r->arena, EXPR_SYMBOL);
    READ(r, value, "symbol", read_text(r, member, &symbol->name));
    return expr_bind(&binder, symbol, out, r->err);
}

static rask_status read_aggregate(document_reader *r, json *value, expr_node **out) {
    const data_type *type;
    expr_node **args, *filter = NULL, *marker;
    int32_t count;
    base_list found = {0};
    expr_node *call = expr_new(r->arena, EXPR_CALL);
    READ(r, value, "aggregate", read_text(r, member, &call->name));
    READ(r, value, "args", read_exprs(r, member, &args, &count));
    READ(r, value, "distinct", read_flag(r, member, &call->distinct));
    READ(r, value, "type", read_type(r, member, &type));
    if (yyjson_obj_get(value, "filter") != NULL)
        READ(r, value, "filter", read_expr(r, member, &filter));
    call->args = args;
    call->arg_count = count;
    call->filter = filter;
    if (!func_is_aggregate(call->name))
        return damaged(r, "aggregate function '%s' is not known", call->name);
    expr_binder binder = {.arena = r->arena, .aggregates = &found, .grouped = r->grouped};
    rask_status status = expr_bind(&binder, call, &marker, r->err);
    if (status != RASK_OK)
        return failed(r, status);
    *out = found.items[0];
    if ((*out)->type != type)
        return damaged(r, "the type is %s, not %s", data_type_text(r->arena, (*out)->type, true),
                       data_type_text(r->arena, type, true));
    return RASK_OK;
}

static rask_status read_expr(document_reader *r, json *value, expr_node **out) {
    static const struct {
        const char *key;
        rask_status (*read)(document_reader *, json *, expr_node **);
    } forms[] = {
        {"input", read_input},   {"literal", read_literal}, {"call", read_call},
        {"cast", read_cast},     {"function", read_function}, {"order", read_order},
        {"symbol", read_symbol}, {"aggregate", read_aggregate},
    };
    if (!yyjson_is_obj(value))
        return damaged(r, "expected an expression, found %s", kind_of(value));
    if (r->depth >= DEPTH_MAX)
        return damaged(r, "the expression is nested more than %d levels deep", DEPTH_MAX);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (yyjson_obj_get(value, forms[i].key) == NULL)
            continue;
        r->depth++;
        rask_status status = forms[i].read(r, value, out);
        r->depth--;
        return status;
    }
    return damaged(r, "the object is no expression");
}

/* Order keys and aggregate calls stand only at the top, where lists of them are. */
static bool is_plain(void *context, expr_node *node) {
    return node == context || (node->kind != EXPR_ORDER && node->kind != EXPR_AGGREGATE);
}

static rask_status check_plain(document_reader *r, expr_node *node) {
    return expr_walk(node, is_plain, node) ? RASK_OK
                                           : damaged(r, "this expression cannot stand here");
}

static rask_status read_list(document_reader *r, json *object, const char *key, expr_kind only,
                             expr_node ***out, int32_t *count) {
    READ(r, object, key, read_exprs(r, member, out, count));
    for (int32_t i = 0; i < *count; i++) {
        bool is_special = (*out)[i]->kind == EXPR_ORDER || (*out)[i]->kind == EXPR_AGGREGATE;
        bool wants_special = only == EXPR_ORDER || only == EXPR_AGGREGATE;
        if (wants_special ? (*out)[i]->kind != only : is_special)
            return damaged(r, "%s[%d] cannot stand here", key, i);
        RASK_TRY(check_plain(r, (*out)[i]));
    }
    return RASK_OK;
}

static rask_status read_condition(document_reader *r, json *object, const char *key,
                                  expr_node **out) {
    READ(r, object, key, read_expr(r, member, out));
    if ((*out)->kind == EXPR_ORDER || (*out)->kind == EXPR_AGGREGATE ||
        (*out)->type->kind != DATA_BOOLEAN)
        return damaged(r, "%s is not a condition", key);
    return check_plain(r, *out);
}

/* ---- rows in memory ------------------------------------------------------------------------------- */

static rask_status read_row(document_reader *r, json *row, const data_schema *schema,
                            data_builder **builders) {
    RASK_TRY(check_array(r, row));
    if (yyjson_arr_size(row) != (size_t)schema->count)
        return damaged(r, "expected %d values, found %zu", schema->count, yyjson_arr_size(row));
    for (int32_t c = 0; c < schema->count; c++) {
        data_value value;
        int64_t length = enter_item(r, (size_t)c);
        if (!plan_json_to_value(r->arena, yyjson_arr_get(row, (size_t)c), schema->types[c],
                                &value))
            return damaged(r, "not a value of type %s",
                           data_type_text(r->arena, schema->types[c], true));
        RASK_TRY(data_builder_add_value(builders[c], &value, r->err));
        leave(r, length);
    }
    return RASK_OK;
}

static rask_status build_batch(document_reader *r, json *rows, const data_schema *schema,
                               size_t first, size_t count, data_batch **out) {
    data_builder **builders = BASE_ARENA_ARRAY(r->arena, data_builder *, schema->count + 1);
    data_column **columns = BASE_ARENA_ARRAY(r->arena, data_column *, schema->count + 1);
    rask_status status = RASK_OK;
    int32_t finished = 0;
    for (int32_t c = 0; c < schema->count; c++)
        builders[c] = data_builder_new(NULL, schema->types[c], (int64_t)count);
    for (size_t i = first; i < first + count && status == RASK_OK; i++) {
        int64_t length = enter_item(r, i);
        status = read_row(r, yyjson_arr_get(rows, i), schema, builders);
        if (status == RASK_OK)
            leave(r, length);
    }
    for (; finished < schema->count && status == RASK_OK; finished++)
        status = data_builder_finish(builders[finished], &columns[finished], r->err);
    for (int32_t c = 0; c < schema->count; c++)
        data_builder_free(builders[c]);
    if (status == RASK_OK)
        *out = data_batch_take(columns, schema->count, (int32_t)count);
    else
        for (int32_t c = 0; c + 1 < finished; c++)
            data_column_unref(columns[c]);
    return status;
}

static rask_status read_data(document_reader *r, json *rows, const data_schema *schema,
                             plan_data **out) {
    RASK_TRY(check_array(r, rows));
    size_t total = yyjson_arr_size(rows), step = DATA_BATCH_ROWS_DEFAULT, made = 0;
    data_batch **batches =
        BASE_ARENA_ARRAY(r->arena, data_batch *, (int64_t)(total / step) + 1);
    rask_status status = RASK_OK;
    for (size_t first = 0; first < total && status == RASK_OK; first += step) {
        size_t count = total - first < step ? total - first : step;
        status = build_batch(r, rows, schema, first, count, &batches[made]);
        made += status == RASK_OK;
    }
    if (status == RASK_OK)
        *out = plan_data_new(schema, batches, (int64_t)made);
    else
        for (size_t i = 0; i < made; i++)
            data_batch_unref(batches[i]);
    return status;
}

/* ---- tables --------------------------------------------------------------------------------------- */

static rask_status read_table_column(document_reader *r, json *value, base_arena *arena,
                                     plan_column *out) {
    static const char *const kinds[] = {"physical", "computed", "metadata"};
    int32_t kind = 0;
    const char *name, *expression, *key, *comment;
    if (!yyjson_is_obj(value))
        return damaged(r, "expected a column, found %s", kind_of(value));
    READ(r, value, "name", read_text(r, member, &name));
    READ(r, value, "expression", read_optional_text(r, member, &expression));
    READ(r, value, "metadataKey", read_optional_text(r, member, &key));
    READ(r, value, "comment", read_optional_text(r, member, &comment));
    READ(r, value, "virtual", read_flag(r, member, &out->is_virtual));
    if (yyjson_obj_get(value, "kind") != NULL)
        READ(r, value, "kind", read_choice(r, member, kinds, 3, &kind));
    READ(r, value, "type", read_type(r, member, &out->type));
    out->kind = (plan_column_kind)kind;
    out->name = base_arena_strdup(arena, name);
    out->expression_text = base_arena_strdup(arena, expression);
    out->metadata_key = base_arena_strdup(arena, key);
    out->comment = base_arena_strdup(arena, comment);
    return RASK_OK;
}

static rask_status read_columns(document_reader *r, json *value, plan_table *table) {
    RASK_TRY(check_array(r, value));
    table->column_count = (int32_t)yyjson_arr_size(value);
    table->columns = BASE_ARENA_ARRAY(table->arena, plan_column, table->column_count + 1);
    for (int32_t i = 0; i < table->column_count; i++) {
        int64_t length = enter_item(r, (size_t)i);
        RASK_TRY(read_table_column(r, yyjson_arr_get(value, (size_t)i), table->arena,
                                   &table->columns[i]));
        leave(r, length);
    }
    return RASK_OK;
}

static const char **copy_texts(base_arena *arena, const char *const *values, int32_t count) {
    const char **copy = BASE_ARENA_ARRAY(arena, const char *, count + 1);
    for (int32_t i = 0; i < count; i++)
        copy[i] = base_arena_strdup(arena, values[i]);
    return copy;
}

static rask_status read_options(document_reader *r, json *value, plan_table *table) {
    yyjson_obj_iter members;
    json *key;
    if (value == NULL)
        return RASK_OK;
    if (!yyjson_is_obj(value))
        return damaged(r, "expected an object, found %s", kind_of(value));
    yyjson_obj_iter_init(value, &members);
    while ((key = yyjson_obj_iter_next(&members)) != NULL) {
        const char *text;
        int64_t length = enter(r, yyjson_get_str(key));
        RASK_TRY(read_text(r, yyjson_obj_iter_get_val(key), &text));
        leave(r, length);
        plan_table_set_option(table, yyjson_get_str(key), text);
    }
    return RASK_OK;
}

static rask_status read_path(document_reader *r, json *value, plan_table *table) {
    const char **path;
    int32_t count;
    RASK_TRY(read_texts(r, value, &path, &count));
    if (count != 0 && count != 3)
        return damaged(r, "a path has three parts, found %d", count);
    if (count == 0)
        return RASK_OK;
    table->catalog = base_arena_strdup(table->arena, path[0]);
    table->database = base_arena_strdup(table->arena, path[1]);
    table->name = base_arena_strdup(table->arena, path[2]);
    return RASK_OK;
}

static rask_status read_table(document_reader *r, json *value, plan_table *table) {
    const char *text, **texts;
    int32_t count;
    if (!yyjson_is_obj(value))
        return damaged(r, "expected a table, found %s", kind_of(value));
    READ(r, value, "path", read_path(r, member, table));
    READ(r, value, "temporary", read_flag(r, member, &table->is_temporary));
    READ(r, value, "legacy", read_flag(r, member, &table->is_legacy));
    READ(r, value, "columns", read_columns(r, member, table));
    READ(r, value, "primaryKeyName", read_optional_text(r, member, &text));
    table->primary_key_name = base_arena_strdup(table->arena, text);
    READ(r, value, "primaryKey", read_texts(r, member, &texts, &count));
    table->primary_key = copy_texts(table->arena, texts, count);
    table->primary_key_count = count;
    READ(r, value, "partitionKeys", read_texts(r, member, &texts, &count));
    table->partition_keys = copy_texts(table->arena, texts, count);
    table->partition_key_count = count;
    READ(r, value, "watermarkColumn", read_optional_text(r, member, &text));
    table->watermark_column = base_arena_strdup(table->arena, text);
    READ(r, value, "watermark", read_optional_text(r, member, &text));
    table->watermark_text = base_arena_strdup(table->arena, text);
    READ(r, value, "comment", read_optional_text(r, member, &text));
    table->comment = base_arena_strdup(table->arena, text);
    READ(r, value, "options", read_options(r, member, table));
    if (yyjson_obj_get(value, "rows") == NULL)
        return RASK_OK;
    table->kind = PLAN_TABLE_INLINE;
    data_schema *schema = plan_table_schema(r->arena, table);
    READ(r, value, "rows", read_data(r, member, schema, &table->data));
    return RASK_OK;
}

static rask_status read_tables(document_reader *r, json *value) {
    RASK_TRY(check_array(r, value));
    r->table_count = (int32_t)yyjson_arr_size(value);
    r->tables = BASE_ARENA_ARRAY(r->arena, plan_table *, r->table_count + 1);
    for (int32_t i = 0; i < r->table_count; i++) {
        int64_t length = enter_item(r, (size_t)i);
        r->tables[i] = plan_hold_table(r->plan, plan_table_new());
        RASK_TRY(read_table(r, yyjson_arr_get(value, (size_t)i), r->tables[i]));
        leave(r, length);
    }
    return RASK_OK;
}

/* ---- nodes ---------------------------------------------------------------------------------------- */

static rask_status read_schema(document_reader *r, json *value, data_schema **out) {
    RASK_TRY(check_array(r, value));
    int32_t count = (int32_t)yyjson_arr_size(value);
    data_schema *schema = data_schema_new(r->arena, count);
    for (int32_t i = 0; i < count; i++) {
        json *field = yyjson_arr_get(value, (size_t)i);
        int64_t length = enter_item(r, (size_t)i);
        READ(r, field, "name", read_text(r, member, &schema->names[i]));
        READ(r, field, "type", read_type(r, member, &schema->types[i]));
        leave(r, length);
    }
    *out = schema;
    return RASK_OK;
}

static rask_status read_value_rows(document_reader *r, json *value, plan_node *node) {
    RASK_TRY(check_array(r, value));
    int32_t rows = (int32_t)yyjson_arr_size(value), width = node->schema->count;
    if (width == 0 || rows > INT32_MAX / 2 / width)
        return damaged(r, "rows need columns");
    node->row_width = width;
    node->expr_count = rows * width;
    node->exprs = BASE_ARENA_ARRAY(r->arena, expr_node *, node->expr_count + 1);
    for (int32_t i = 0; i < rows; i++) {
        expr_node **row;
        int32_t count;
        int64_t length = enter_item(r, (size_t)i);
        RASK_TRY(read_exprs(r, yyjson_arr_get(value, (size_t)i), &row, &count));
        if (count != width)
            return damaged(r, "expected %d values, found %d", width, count);
        for (int32_t c = 0; c < width; c++) {
            RASK_TRY(check_plain(r, row[c]));
            if (!data_type_equal_ignoring_null(row[c]->type, node->schema->types[c]))
                return damaged(r, "value %d is not of type %s", c,
                               data_type_text(r->arena, node->schema->types[c], true));
            node->exprs[i * width + c] = row[c];
        }
        leave(r, length);
    }
    return RASK_OK;
}

static rask_status read_values(document_reader *r, json *value, plan_node *node) {
    if (yyjson_obj_get(value, "data") == NULL) {
        READ(r, value, "rows", read_value_rows(r, member, node));
        return RASK_OK;
    }
    plan_data *data;
    READ(r, value, "data", read_data(r, member, node->schema, &data));
    node->data = plan_hold_data(r->plan, data);
    node->row_width = node->schema->count;
    return RASK_OK;
}

static rask_status read_table_reference(document_reader *r, json *value, plan_node *node) {
    int64_t table;
    READ(r, value, "table", read_int(r, member, 0, (int64_t)r->table_count - 1, &table));
    node->table = r->tables[table];
    return RASK_OK;
}

static rask_status read_scan_columns(document_reader *r, json *value, plan_node *node) {
    const plan_table *table = node->table;
    RASK_TRY(check_array(r, value));
    if (yyjson_arr_size(value) != (size_t)node->schema->count)
        return damaged(r, "the schema has %d columns, not %zu", node->schema->count,
                       yyjson_arr_size(value));
    node->scan_columns = BASE_ARENA_ARRAY(r->arena, int32_t, node->schema->count + 1);
    for (int32_t i = 0; i < node->schema->count; i++) {
        int64_t column, length = enter_item(r, (size_t)i);
        RASK_TRY(read_int(r, yyjson_arr_get(value, (size_t)i), 0,
                          (int64_t)table->column_count - 1, &column));
        if (table->columns[column].kind == PLAN_COLUMN_COMPUTED ||
            table->columns[column].type != node->schema->types[i])
            return damaged(r, "column %lld of the table is not %s", (long long)column,
                           data_type_text(r->arena, node->schema->types[i], true));
        node->scan_columns[i] = (int32_t)column;
        leave(r, length);
    }
    return RASK_OK;
}

static rask_status read_scan(document_reader *r, json *value, plan_node *node) {
    RASK_TRY(read_table_reference(r, value, node));
    READ(r, value, "columns", read_scan_columns(r, member, node));
    r->scope[0] = node->schema;
    if (yyjson_obj_get(value, "filter") != NULL)
        RASK_TRY(read_condition(r, value, "filter", &node->scan_filter));
    READ(r, value, "limit", read_optional_int(r, member, -1, &node->scan_limit));
    return RASK_OK;
}

/* Compares an expression list with a part of the schema. */
static rask_status check_types(document_reader *r, expr_node *const *exprs, int32_t count,
                               const data_schema *schema, int32_t first) {
    for (int32_t i = 0; i < count; i++)
        if (first + i >= schema->count || exprs[i]->type != schema->types[first + i])
            return damaged(r, "schema[%d] is not of type %s", first + i,
                           data_type_text(r->arena, exprs[i]->type, true));
    return RASK_OK;
}

static rask_status check_width(document_reader *r, const plan_node *node, int32_t count) {
    if (node->schema->count != count)
        return damaged(r, "the schema has %d columns, expected %d", node->schema->count, count);
    return RASK_OK;
}

/* The schema of a node that passes its input's rows on. */
static rask_status check_same(document_reader *r, const plan_node *node) {
    const data_schema *input = node->inputs[0]->schema;
    RASK_TRY(check_width(r, node, input->count));
    for (int32_t i = 0; i < input->count; i++)
        if (input->types[i] != node->schema->types[i] ||
            strcmp(input->names[i], node->schema->names[i]) != 0)
            return damaged(r, "schema[%d] differs from the input's column", i);
    return RASK_OK;
}

static rask_status read_project(document_reader *r, json *value, plan_node *node) {
    RASK_TRY(read_list(r, value, "exprs", EXPR_CALL, &node->exprs, &node->expr_count));
    RASK_TRY(check_width(r, node, node->expr_count));
    return check_types(r, node->exprs, node->expr_count, node->schema, 0);
}

static rask_status read_filter(document_reader *r, json *value, plan_node *node) {
    RASK_TRY(read_condition(r, value, "condition", &node->condition));
    return check_same(r, node);
}

static rask_status read_aggregation(document_reader *r, json *value, plan_node *node) {
    RASK_TRY(read_list(r, value, "keys", EXPR_CALL, &node->keys, &node->key_count));
    r->grouped = node->key_count > 0;
    RASK_TRY(read_list(r, value, "aggregates", EXPR_AGGREGATE, &node->aggregates,
                       &node->aggregate_count));
    RASK_TRY(check_width(r, node, node->key_count + node->aggregate_count));
    RASK_TRY(check_types(r, node->keys, node->key_count, node->schema, 0));
    return check_types(r, node->aggregates, node->aggregate_count, node->schema, node->key_count);
}

static rask_status read_limit(document_reader *r, json *value, plan_node *node) {
    READ(r, value, "offset", read_optional_int(r, member, 0, &node->offset));
    READ(r, value, "fetch", read_optional_int(r, member, -1, &node->fetch));
    return check_same(r, node);
}

static rask_status read_sort(document_reader *r, json *value, plan_node *node) {
    RASK_TRY(read_list(r, value, "keys", EXPR_ORDER, &node->keys, &node->key_count));
    return read_limit(r, value, node);
}

static rask_status read_join(document_reader *r, json *value, plan_node *node) {
    static const char *const types[] = {"inner", "left", "right", "full", "cross", "semi", "anti"};
    int32_t type;
    READ(r, value, "joinType", read_choice(r, member, types, 7, &type));
    node->join_type = (plan_join_type)type;
    if (yyjson_obj_get(value, "condition") != NULL)
        RASK_TRY(read_condition(r, value, "condition", &node->condition));
    bool is_half = type == PLAN_JOIN_SEMI || type == PLAN_JOIN_ANTI;
    int32_t left = node->inputs[0]->schema->count;
    RASK_TRY(check_width(r, node, left + (is_half ? 0 : node->inputs[1]->schema->count)));
    for (int32_t i = 0; i < node->schema->count; i++) {
        const data_type *from = i < left ? node->inputs[0]->schema->types[i]
                                         : node->inputs[1]->schema->types[i - left];
        bool nullable = from->nullable || type == PLAN_JOIN_FULL ||
                        (i < left ? type == PLAN_JOIN_RIGHT : type == PLAN_JOIN_LEFT);
        if (node->schema->types[i] != data_type_with_null(from, nullable))
            return damaged(r, "schema[%d] does not follow from the inputs", i);
    }
    return RASK_OK;
}

static rask_status read_set_op(document_reader *r, json *value, plan_node *node) {
    static const char *const names[] = {"union", "intersect", "except"};
    int32_t operation;
    READ(r, value, "operation", read_choice(r, member, names, 3, &operation));
    READ(r, value, "all", read_flag(r, member, &node->is_all));
    node->set_op = (plan_set_op)operation;
    for (int32_t i = 0; i < 2; i++) {
        const data_schema *input = node->inputs[i]->schema;
        RASK_TRY(check_width(r, node, input->count));
        for (int32_t c = 0; c < input->count; c++)
            if (!data_type_equal_ignoring_null(input->types[c], node->schema->types[c]))
                return damaged(r, "schema[%d] does not follow from the inputs", c);
    }
    return RASK_OK;
}

static rask_status read_flat_map(document_reader *r, json *value, plan_node *node) {
    expr_node *call;
    READ(r, value, "function", read_expr(r, member, &call));
    READ(r, value, "keepsInput", read_flag(r, member, &node->keeps_input));
    READ(r, value, "outer", read_flag(r, member, &node->is_outer));
    if (call->kind != EXPR_CALL || call->udf == NULL || call->udf->udf.kind != RASK_UDF_TABLE)
        return damaged(r, "function is no table function");
    node->exprs = base_arena_copy(r->arena, &call, (int64_t)sizeof call);
    node->expr_count = 1;
    const data_schema *input = node->inputs[0]->schema;
    int32_t kept = node->keeps_input ? input->count : 0;
    RASK_TRY(check_width(r, node, kept + call->udf->result_count));
    for (int32_t i = 0; i < node->schema->count; i++) {
        const data_type *from =
            i < kept ? input->types[i] : call->udf->result_types[i - kept];
        if (i >= kept && node->is_outer)
            from = data_type_with_null(from, true);
        if (node->schema->types[i] != from)
            return damaged(r, "schema[%d] does not follow from the function", i);
    }
    return RASK_OK;
}

static rask_status read_sink(document_reader *r, json *value, plan_node *node) {
    RASK_TRY(read_table_reference(r, value, node));
    READ(r, value, "overwrite", read_flag(r, member, &node->is_overwrite));
    if (node->table->kind == PLAN_TABLE_INLINE)
        return damaged(r, "rows in memory cannot be written");
    RASK_TRY(check_width(r, node, node->inputs[0]->schema->count));
    if (yyjson_obj_get(value, "partitionNames") == NULL)
        return RASK_OK;
    int32_t count;
    READ(r, value, "partitionNames",
         read_texts(r, member, &node->partition_names, &node->partition_count));
    RASK_TRY(read_list(r, value, "partitionValues", EXPR_CALL, &node->partition_values, &count));
    return count == node->partition_count ? RASK_OK
                                          : damaged(r, "partitionValues has %d values", count);
}

static rask_status read_collect(document_reader *r, json *value, plan_node *node) {
    return check_same(r, node);
}

static rask_status read_statement_set(document_reader *r, json *value, plan_node *node) {
    for (int32_t i = 0; i < node->input_count; i++)
        if (node->inputs[i]->kind != PLAN_SINK)
            return damaged(r, "inputs[%d] is no sink", i);
    return RASK_OK;
}

static const struct {
    plan_kind kind;
    int32_t inputs_min, inputs_max;
    rask_status (*read)(document_reader *, json *, plan_node *);
} readers[] = {
    {PLAN_VALUES, 0, 0, read_values},         {PLAN_SCAN, 0, 0, read_scan},
    {PLAN_PROJECT, 1, 1, read_project},       {PLAN_FILTER, 1, 1, read_filter},
    {PLAN_AGGREGATE, 1, 1, read_aggregation}, {PLAN_SORT, 1, 1, read_sort},
    {PLAN_LIMIT, 1, 1, read_limit},           {PLAN_JOIN, 2, 2, read_join},
    {PLAN_SET_OP, 2, 2, read_set_op},         {PLAN_FLAT_MAP, 1, 1, read_flat_map},
    {PLAN_SINK, 1, 1, read_sink},             {PLAN_COLLECT, 1, 1, read_collect},
    {PLAN_STATEMENT_SET, 1, INT32_MAX, read_statement_set},
};

static rask_status read_inputs(document_reader *r, json *value, int32_t min, int32_t max,
                               plan_node ***out, int32_t *count) {
    *count = 0;
    if (value != NULL) {
        RASK_TRY(check_array(r, value));
        *count = (int32_t)yyjson_arr_size(value);
    }
    if (*count < min || *count > max)
        return damaged(r, "a node of this kind has %d inputs, found %d", min, *count);
    *out = BASE_ARENA_ARRAY(r->arena, plan_node *, *count + 1);
    for (int32_t i = 0; i < *count; i++) {
        int64_t number, length = enter_item(r, (size_t)i);
        RASK_TRY(read_int(r, yyjson_arr_get(value, (size_t)i), 0, (int64_t)r->node_count - 1,
                          &number));
        (*out)[i] = r->nodes[number];
        leave(r, length);
    }
    return RASK_OK;
}

static rask_status find_reader(document_reader *r, json *value, size_t *out) {
    const char *name;
    RASK_TRY(read_text(r, value, &name));
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        if (strcmp(plan_kind_name(readers[i].kind), name) == 0) {
            *out = i;
            return RASK_OK;
        }
    }
    return damaged(r, "there is no node kind '%s'", name);
}

/* Only sinks go into a statement set; what has no rows has no reader but that. */
static rask_status check_input_kinds(document_reader *r, const plan_node *node) {
    for (int32_t i = 0; i < node->input_count; i++) {
        plan_kind kind = node->inputs[i]->kind;
        if ((kind == PLAN_SINK || kind == PLAN_STATEMENT_SET || kind == PLAN_COLLECT) &&
            node->kind != PLAN_STATEMENT_SET)
            return damaged(r, "a %s cannot be an input", plan_kind_name(kind));
    }
    return RASK_OK;
}

static rask_status read_node(document_reader *r, json *value) {
    size_t reader = 0;
    plan_node **inputs;
    int32_t count;
    if (!yyjson_is_obj(value))
        return damaged(r, "expected a node, found %s", kind_of(value));
    READ(r, value, "kind", find_reader(r, member, &reader));
    READ(r, value, "inputs",
         read_inputs(r, member, readers[reader].inputs_min, readers[reader].inputs_max, &inputs,
                     &count));
    plan_node *node = plan_node_new(r->plan, readers[reader].kind, inputs, count);
    RASK_TRY(check_input_kinds(r, node));
    if (node->kind != PLAN_STATEMENT_SET) {
        data_schema *schema;
        READ(r, value, "schema", read_schema(r, member, &schema));
        node->schema = schema;
    }
    r->scope[0] = count > 0 ? inputs[0]->schema : NULL;
    r->scope[1] = node->kind == PLAN_JOIN ? inputs[1]->schema : NULL;
    RASK_TRY(readers[reader].read(r, value, node));
    node->is_bound = true;
    r->nodes[r->node_count++] = node;
    return RASK_OK;
}

static rask_status read_nodes(document_reader *r, json *value) {
    RASK_TRY(check_array(r, value));
    int32_t count = (int32_t)yyjson_arr_size(value);
    r->nodes = BASE_ARENA_ARRAY(r->arena, plan_node *, count + 1);
    for (int32_t i = 0; i < count; i++) {
        int64_t length = enter_item(r, (size_t)i);
        RASK_TRY(read_node(r, yyjson_arr_get(value, (size_t)i)));
        leave(r, length);
    }
    return RASK_OK;
}

static rask_status read_document(document_reader *r, json *root) {
    int64_t version, number;
    if (!yyjson_is_obj(root))
        return damaged(r, "expected an object, found %s", kind_of(root));
    READ(r, root, "raskPlan", read_int(r, member, 0, INT32_MAX, &version));
    if (version != PLAN_DOCUMENT_VERSION)
        return rask_error_set(r->err, RASK_ERROR_VALIDATION,
                              "The plan document has version %lld; this release reads version %d.",
                              (long long)version, PLAN_DOCUMENT_VERSION);
    READ(r, root, "tables", read_tables(r, member));
    READ(r, root, "nodes", read_nodes(r, member));
    READ(r, root, "root", read_int(r, member, 0, (int64_t)r->node_count - 1, &number));
    r->plan->root = r->nodes[number];
    return RASK_OK;
}

rask_status plan_read(const char *text, int64_t length, plan_catalog *catalog, plan **out,
                      rask_error *err) {
    yyjson_read_err problem;
    yyjson_doc *doc =
        yyjson_read_opts((char *)text, (size_t)length, 0, &plan_json_memory, &problem);
    if (doc == NULL)
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "The plan document is no JSON: %s at byte %zu", problem.msg,
                              problem.pos);
    plan *p = plan_new();
    rask_error local; /* messages are prefixed, so one is needed */
    rask_error_clear(&local);
    document_reader r = {.plan = p, .arena = p->arena, .catalog = catalog,
                         .err = err != NULL ? err : &local};
    base_strbuf_init(&r.path, PATH_MAX_LENGTH);
    base_strbuf_add_char(&r.path, '$');
    rask_status status = read_document(&r, yyjson_doc_get_root(doc));
    base_strbuf_free(&r.path);
    yyjson_doc_free(doc);
    if (status != RASK_OK) {
        plan_unref(p);
        return status;
    }
    *out = p;
    return RASK_OK;
}
