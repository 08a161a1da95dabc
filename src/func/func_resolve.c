/* Overload resolution and what Flink says when it fails.
 *
 * Among the rows of a name that take the arguments, the one with the fewest casts wins, the first
 * of them on a tie.  Flink has two voices, and each row says in `forms` which one speaks: operators
 * and functions its SQL validator knows ("Cannot apply '+' to arguments of type ..."), and those
 * resolved by its own type inference ("Invalid function call: ..."). */
#include <string.h>
#include <strings.h>

#include "func/table.h"
#include "func/time_unit.h"
#include "func/types.h"

/* ---- how types and calls read in errors ------------------------------------------------------ */

/* A type in the words of the SQL validator: INTEGER, "INTEGER ARRAY", no nullability. */
static void write_validator_type(const data_type *type, base_strbuf *out) {
    if (type->kind == DATA_INT) {
        base_strbuf_add_text(out, "INTEGER");
    } else if (type->kind == DATA_ARRAY || type->kind == DATA_MULTISET) {
        write_validator_type(type->element, out);
        base_strbuf_add_text(out, type->kind == DATA_ARRAY ? " ARRAY" : " MULTISET");
    } else if (type->kind == DATA_MAP) {
        base_strbuf_add_text(out, "(");
        write_validator_type(type->key, out);
        base_strbuf_add_text(out, ", ");
        write_validator_type(type->element, out);
        base_strbuf_add_text(out, ") MAP");
    } else {
        data_type_write(data_type_with_null(type, true), false, out);
    }
}

static const char *family_word(const data_type *type) {
    if (data_kind_is_numeric(type->kind))
        return "NUMERIC";
    if (data_kind_is_string(type->kind))
        return "CHARACTER";
    if (data_kind_is_binary(type->kind))
        return "BINARY";
    switch (type->kind) {
    case DATA_BOOLEAN:
        return "BOOLEAN";
    case DATA_DATE:
        return "DATE";
    case DATA_TIME:
        return "TIME";
    case DATA_TIMESTAMP:
    case DATA_TIMESTAMP_LTZ:
        return "TIMESTAMP";
    case DATA_INTERVAL_DAY_TIME:
        return "INTERVAL_DAY_TIME";
    case DATA_INTERVAL_YEAR_MONTH:
        return "INTERVAL_YEAR_MONTH";
    case DATA_ARRAY:
        return "ARRAY";
    case DATA_MAP:
        return "MAP";
    case DATA_MULTISET:
        return "MULTISET";
    default:
        return "ANY";
    }
}

/* "<A>"; a word that is a unit of time reads as "<INTERVAL DAY>". */
static void write_validator_argument(const func_infer_call *call, int32_t arg, base_strbuf *out) {
    const data_value *word = call->literals[arg];
    base_strbuf_add_char(out, '<');
    if (func_unit_of(call, arg) != FUNC_UNIT_NONE)
        base_strbuf_printf(out, "INTERVAL %.*s", (int)word->text.length, word->text.bytes);
    else
        write_validator_type(call->types[arg], out);
    base_strbuf_add_char(out, '>');
}

/* "NAME(<A>, <B>)". */
static void write_validator_call(const char *name, const func_infer_call *call, base_strbuf *out) {
    base_strbuf_printf(out, "%s(", name);
    for (int32_t i = 0; i < call->count; i++) {
        base_strbuf_add_text(out, i > 0 ? ", " : "");
        write_validator_argument(call, i, out);
    }
    base_strbuf_add_char(out, ')');
}

/* "NAME(<NUMERIC>, <CHARACTER>)". */
static void write_family_call(const char *name, const data_type *const *types, int32_t count,
                              base_strbuf *out) {
    base_strbuf_printf(out, "%s(", name);
    for (int32_t i = 0; i < count; i++)
        base_strbuf_printf(out, "%s<%s>", i > 0 ? ", " : "", family_word(types[i]));
    base_strbuf_add_char(out, ')');
}

/* Operators read as they are written: "<A> + <B>", "-<A>", "<A> IS TRUE". */
static void write_operator(const char *pattern, const func_infer_call *call, base_strbuf *out) {
    for (const char *at = pattern; *at != '\0'; at++) {
        if (*at == '%' && at[1] >= '1' && at[1] <= '9' && at[1] - '1' < call->count)
            write_validator_argument(call, *++at - '1', out);
        else if (*at != ' ' || at[1] != '%' || call->count > 1)
            base_strbuf_add_char(out, *at);
    }
}

static void write_typed_call(const char *name, const data_type *const *types, int32_t count,
                             base_strbuf *out) {
    base_strbuf_printf(out, "%s(", name);
    for (int32_t i = 0; i < count; i++) {
        if (i > 0)
            base_strbuf_add_text(out, ", ");
        data_type_write(types[i], true, out);
    }
    base_strbuf_add_char(out, ')');
}

/* ---- failures -------------------------------------------------------------------------------- */

enum { ERROR_TEXT_MAX = 6000 };

static rask_status fail_with(base_strbuf *text, rask_error *err) {
    rask_status status = rask_error_set(err, RASK_ERROR_VALIDATION, "%s", text->data);
    base_strbuf_free(text);
    return status;
}

static rask_status unknown_function(const char *name, const data_type *const *types, int32_t count,
                                    rask_error *err) {
    base_strbuf text;
    base_strbuf_init(&text, ERROR_TEXT_MAX);
    base_strbuf_add_text(&text, "No match found for function signature ");
    write_family_call(name, types, count, &text);
    rask_status status = fail_with(&text, err);
    int32_t name_count;
    const char *const *names = func_table_names(&name_count);
    const char *nearest = base_nearest_name(name, names, name_count);
    if (nearest != NULL)
        rask_error_hint(err, "did you mean %s?", nearest);
    return status;
}

static bool any_takes(const func_entry *entries, int32_t entry_count, int32_t count) {
    for (int32_t i = 0; i < entry_count; i++)
        if (func_signature_takes(entries[i].signature, count))
            return true;
    return false;
}

/* Of several counts the smallest is named. */
static int32_t smallest_count(const func_entry *entries, int32_t entry_count) {
    int32_t smallest = entries[0].signature->count;
    for (int32_t i = 1; i < entry_count; i++)
        if (entries[i].signature->count < smallest)
            smallest = entries[i].signature->count;
    return smallest;
}

static const char *forms_of(const func_entry *entry) {
    return entry->row != NULL ? entry->row->forms : entry->aggregate->forms;
}

static const char *name_of(const func_entry *entry) {
    return entry->row != NULL ? entry->row->name : entry->aggregate->name;
}

static rask_status validator_refusal(const func_entry *speaker, const func_entry *entries,
                                     int32_t entry_count, const func_infer_call *call,
                                     rask_error *err) {
    const func_row *row = speaker->row;
    const char *name = name_of(speaker);
    base_strbuf text;
    base_strbuf_init(&text, ERROR_TEXT_MAX);
    if (!any_takes(entries, entry_count, call->count)) {
        base_strbuf_printf(
            &text, "Invalid number of arguments to function '%s'. Was expecting %d arguments", name,
            smallest_count(entries, entry_count));
        return fail_with(&text, err);
    }
    base_strbuf_printf(&text, "Cannot apply '%s' to arguments of type '", name);
    const char *pattern = row == NULL ? NULL : row->shown != NULL ? row->shown : row->sql;
    if (pattern != NULL)
        write_operator(pattern, call, &text);
    else
        write_validator_call(name, call, &text);
    base_strbuf_printf(&text, "'. Supported form(s): %s", forms_of(speaker));
    return fail_with(&text, err);
}

/* What type inference calls the kinds a parameter takes; NULL = nothing special. */
static const char *inference_family(uint32_t kinds) {
    static const struct {
        data_kind kind;
        const char *name;
    } families[] = {{DATA_VARCHAR, "CHARACTER_STRING"},
                    {DATA_VARBINARY, "BINARY_STRING"},
                    {DATA_BIGINT, "INTEGER_NUMERIC"}};
    if ((kinds & 1u << DATA_DOUBLE) != 0 && (kinds & 1u << DATA_VARCHAR) == 0)
        return "NUMERIC";
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if ((kinds & 1u << families[i].kind) != 0)
            return families[i].name;
    return NULL;
}

/* The argument that does not fit, where there is but one signature of so many. */
static void write_misfit(const func_entry *entries, int32_t entry_count,
                         const data_type *const *types, int32_t count, base_strbuf *out) {
    const func_entry *only = NULL;
    for (int32_t i = 0; i < entry_count; i++) {
        if (!func_signature_takes(entries[i].signature, count))
            continue;
        if (only != NULL)
            return;
        only = &entries[i];
    }
    for (int32_t i = 0; only != NULL && i < count; i++) {
        uint32_t kinds = func_signature_parameter(only->signature, i, count)->kinds;
        const char *family = inference_family(kinds);
        if ((kinds & 1u << types[i]->kind) != 0 || family == NULL)
            continue;
        base_strbuf_printf(out,
                           "\nUnsupported argument type. Expected type of family '%s' but "
                           "actual type was '",
                           family);
        data_type_write(types[i], true, out);
        base_strbuf_add_text(out, "'.");
        return;
    }
}

static rask_status inference_refusal(const func_entry *speaker, const func_entry *entries,
                                     int32_t entry_count, const data_type *const *types,
                                     int32_t count, rask_error *err) {
    const char *forms = forms_of(speaker), *name = name_of(speaker);
    base_strbuf text;
    base_strbuf_init(&text, ERROR_TEXT_MAX);
    if (!any_takes(entries, entry_count, count)) {
        base_strbuf_add_text(&text, "No match found for function signature ");
        write_family_call(name, types, count, &text);
        base_strbuf_add_text(&text, ".\nSupported signatures are:\n");
    } else {
        base_strbuf_add_text(&text, "Invalid function call:\n");
        write_typed_call(name, types, count, &text);
        base_strbuf_add_text(&text, "\nInvalid input arguments. Expected signatures are:\n");
    }
    if (forms != NULL) {
        base_strbuf_add_text(&text, forms);
    } else {
        for (int32_t i = 0; i < entry_count; i++)
            base_strbuf_printf(&text, "%s%s%s", i > 0 ? "\n" : "", name,
                               entries[i].row != NULL ? entries[i].row->sig
                                                      : entries[i].aggregate->sig);
    }
    write_misfit(entries, entry_count, types, count, &text);
    return fail_with(&text, err);
}

static bool is_equality(const char *name) {
    return strcmp(name, "=") == 0 || strcmp(name, "<>") == 0;
}

/* The name of a text or number type without its parameters. */
static const char *kind_word(const data_type *type) {
    static const char *const words[DATA_KIND_COUNT] = {
        [DATA_CHAR] = "CHAR",       [DATA_VARCHAR] = "VARCHAR",   [DATA_DECIMAL] = "DECIMAL",
        [DATA_TINYINT] = "TINYINT", [DATA_SMALLINT] = "SMALLINT", [DATA_INT] = "INTEGER",
        [DATA_BIGINT] = "BIGINT",   [DATA_FLOAT] = "FLOAT",       [DATA_DOUBLE] = "DOUBLE",
    };
    return words[type->kind];
}

/* The refusals that have words of their own. */
static rask_status special_refusal(const func_row *row, const data_type *const *types,
                                   int32_t count, rask_error *err) {
    if (row == NULL)
        return RASK_OK;
    if (row->special == FUNC_CASE) {
        for (int32_t i = 0; i + 1 < count; i += 2)
            if (types[i]->kind != DATA_BOOLEAN && types[i]->kind != DATA_NULL)
                return rask_error_set(err, RASK_ERROR_VALIDATION, "Expected a boolean type");
        return rask_error_set(err, RASK_ERROR_VALIDATION,
                              "Illegal mixing of types in CASE or COALESCE statement");
    }
    if (is_equality(row->name) && count == 2 &&
        data_kind_is_string(types[0]->kind) != data_kind_is_string(types[1]->kind) &&
        data_kind_is_numeric(types[0]->kind) != data_kind_is_numeric(types[1]->kind)) {
        base_strbuf text;
        base_strbuf_init(&text, ERROR_TEXT_MAX);
        base_strbuf_printf(&text, "implicit type conversion between %s and %s", kind_word(types[0]),
                           kind_word(types[1]));
        base_strbuf_add_text(&text, " is not supported now");
        return fail_with(&text, err);
    }
    return RASK_OK;
}

/* The row whose forms are quoted: the first with forms that takes so many arguments (unary and
 * binary minus have their own), else the first of all. */
static const func_entry *speaking_entry(const func_entry *entries, int32_t entry_count,
                                        int32_t count) {
    for (int32_t i = 0; i < entry_count; i++)
        if (forms_of(&entries[i]) != NULL && func_signature_takes(entries[i].signature, count))
            return &entries[i];
    return &entries[0];
}

static rask_status refuse(const func_entry *entries, int32_t entry_count,
                          const func_infer_call *call, rask_error *err) {
    const data_type *const *types = call->types;
    int32_t count = call->count;
    const func_entry *speaker = speaking_entry(entries, entry_count, count);
    const func_row *row = speaker->row;
    if (any_takes(entries, entry_count, count))
        RASK_TRY(special_refusal(row, types, count, err));
    const char *forms = forms_of(speaker);
    if (forms != NULL && forms[0] == '\'')
        return validator_refusal(speaker, entries, entry_count, call, err);
    return inference_refusal(speaker, entries, entry_count, types, count, err);
}

static bool takes_null(const func_entry *entry, int32_t index, int32_t count) {
    const func_signature *signature = entry->signature;
    return func_signature_takes(signature, count) &&
           func_parameter_takes(func_signature_parameter(signature, index, count), DATA_NULL);
}

int32_t func_refused_null(const char *name, const data_type *const *types, int32_t count) {
    int32_t entry_count;
    const func_entry *entries = func_table_find(name, false, &entry_count);
    if (entries == NULL || !any_takes(entries, entry_count, count))
        return -1;
    for (int32_t i = 0; i < count; i++) {
        bool is_taken = types[i]->kind != DATA_NULL;
        for (int32_t e = 0; e < entry_count && !is_taken; e++)
            is_taken = takes_null(&entries[e], i, count);
        if (!is_taken)
            return i;
    }
    return -1;
}

/* ---- choosing a row -------------------------------------------------------------------------- */

/* The entry with the fewest casts, or NULL; its parameter types stand in `best_types`. */
static const func_entry *choose(const func_entry *entries, int32_t entry_count,
                                const data_type *const *types, int32_t count,
                                const data_type **best_types) {
    const func_entry *best = NULL;
    int32_t best_casts = 0;
    for (int32_t i = 0; i < entry_count && (best == NULL || best_casts > 0); i++) {
        const data_type *parameter_types[FUNC_ARGS_MAX];
        int32_t casts;
        bool equality = entries[i].row != NULL && is_equality(entries[i].row->name);
        if (!func_signature_match(entries[i].signature, types, count, equality, parameter_types,
                                  &casts))
            continue;
        if (best != NULL && casts >= best_casts)
            continue;
        best = &entries[i];
        best_casts = casts;
        memcpy(best_types, parameter_types, sizeof *best_types * (size_t)count);
    }
    return best;
}

static rask_status too_many(const char *name, int32_t count, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_VALIDATION,
                          "%s has %d arguments; at most %d are supported", name, count,
                          FUNC_ARGS_MAX);
}

rask_status func_resolve(const char *name, const data_type *const *types,
                         const data_value *const *literals, int32_t count, func_resolution *out,
                         rask_error *err) {
    static const data_value *const no_literals[FUNC_ARGS_MAX];
    RASK_TRY(func_table_check(err));
    if (count > FUNC_ARGS_MAX)
        return too_many(name, count, err);
    int32_t entry_count;
    const func_entry *entries = func_table_find(name, false, &entry_count);
    if (entries == NULL)
        return unknown_function(name, types, count, err);
    func_resolution found;
    func_infer_call call = {NULL, types, literals != NULL ? literals : no_literals, count};
    const func_entry *entry = choose(entries, entry_count, types, count, found.parameter_types);
    if (entry == NULL)
        return refuse(entries, entry_count, &call, err);
    call.row = found.row = entry->row;
    found.result_type =
        func_signature_result(entry->signature, types, found.parameter_types, count);
    if (entry->row->infer != NULL)
        RASK_TRY(entry->row->infer(&call, &found.result_type, err));
    out->row = found.row;
    out->result_type = found.result_type;
    memcpy(out->parameter_types, found.parameter_types,
           sizeof *out->parameter_types * (size_t)count);
    return RASK_OK;
}

rask_status func_aggregate_resolve(const char *name, const data_type *const *types, int32_t count,
                                   bool grouped, func_aggregate_resolution *out, rask_error *err) {
    static const data_value *const no_literals[FUNC_ARGS_MAX];
    return func_aggregate_resolve_call(name, types, no_literals, count, grouped, out, err);
}

rask_status func_aggregate_resolve_call(const char *name, const data_type *const *types,
                                        const data_value *const *literals, int32_t count,
                                        bool grouped, func_aggregate_resolution *out,
                                        rask_error *err) {
    RASK_TRY(func_table_check(err));
    if (count > FUNC_ARGS_MAX)
        return too_many(name, count, err);
    int32_t entry_count;
    const func_entry *entries = func_table_find(name, true, &entry_count);
    if (entries == NULL)
        return unknown_function(name, types, count, err);
    func_aggregate_resolution found;
    func_infer_call call = {NULL, types, literals, count};
    const func_entry *entry = choose(entries, entry_count, types, count, found.parameter_types);
    if (entry == NULL)
        return refuse(entries, entry_count, &call, err);
    found.row = entry->aggregate;
    found.result_type =
        func_signature_result(entry->signature, types, found.parameter_types, count);
    if (entry->aggregate->infer != NULL)
        RASK_TRY(entry->aggregate->infer(&call, &found.result_type, err));
    if (!grouped && entry->signature->nulls == FUNC_NULL_BY_RULE)
        found.result_type = data_type_with_null(found.result_type, true);
    out->row = found.row;
    out->result_type = found.result_type;
    memcpy(out->parameter_types, found.parameter_types,
           sizeof *out->parameter_types * (size_t)count);
    return RASK_OK;
}
