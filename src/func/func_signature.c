/* Parses signatures and fits arguments to them (signature.h has the grammar).
 *
 * The words are two tables: families, which accept a set of kinds and change nothing, and simple
 * types, which accept whatever casts to them implicitly. */
#include "func/signature.h"

#include <ctype.h>
#include <string.h>

#include "func/types.h"

#define BIT(kind) (1u << (kind))
#define INTEGERS (BIT(DATA_TINYINT) | BIT(DATA_SMALLINT) | BIT(DATA_INT) | BIT(DATA_BIGINT))
#define APPROXIMATES (BIT(DATA_FLOAT) | BIT(DATA_DOUBLE))
#define NUMBERS (INTEGERS | APPROXIMATES | BIT(DATA_DECIMAL))
#define STRINGS (BIT(DATA_CHAR) | BIT(DATA_VARCHAR))
#define BYTES (BIT(DATA_BINARY) | BIT(DATA_VARBINARY))
#define STAMPS (BIT(DATA_TIMESTAMP) | BIT(DATA_TIMESTAMP_LTZ))
#define INTERVALS (BIT(DATA_INTERVAL_YEAR_MONTH) | BIT(DATA_INTERVAL_DAY_TIME))
#define EVERY_KIND (BIT(DATA_KIND_COUNT) - 1)

static const struct {
    const char *word;
    uint32_t kinds;
    func_coercion coercion;
} families[] = {
    {"ANY", EVERY_KIND, FUNC_KEEP},
    {"VALUE", EVERY_KIND & ~BIT(DATA_NULL), FUNC_KEEP},
    {"COMPARABLE", EVERY_KIND, FUNC_TO_COMPARABLE},
    {"NUMERIC", NUMBERS, FUNC_KEEP},
    {"INTEGER", INTEGERS, FUNC_KEEP},
    {"EXACT", INTEGERS | BIT(DATA_DECIMAL), FUNC_KEEP},
    {"APPROXIMATE", APPROXIMATES, FUNC_KEEP},
    {"DECIMAL", INTEGERS | BIT(DATA_DECIMAL), FUNC_TO_DECIMAL},
    {"DISCRETE", INTEGERS | INTERVALS | BIT(DATA_BOOLEAN) | BIT(DATA_DATE) | BIT(DATA_TIME),
     FUNC_KEEP}, /* whole numbers of at most 64 bits, whatever they mean */
    {"WIDE", STAMPS | BIT(DATA_DECIMAL), FUNC_KEEP}, /* may need 128 bits */
    {"STRING", STRINGS, FUNC_KEEP},
    {"BINARY", BYTES, FUNC_KEEP},
    {"BOOLEAN", BIT(DATA_BOOLEAN), FUNC_KEEP},
    {"DATE", BIT(DATA_DATE), FUNC_KEEP},
    {"TIME", BIT(DATA_TIME), FUNC_KEEP},
    {"TIMESTAMP", BIT(DATA_TIMESTAMP), FUNC_KEEP},
    {"TIMESTAMP_LTZ", BIT(DATA_TIMESTAMP_LTZ), FUNC_KEEP},
    {"STAMP", STAMPS, FUNC_KEEP},
    {"TEMPORAL", STAMPS | BIT(DATA_DATE) | BIT(DATA_TIME), FUNC_KEEP},
    {"INTERVAL_DAY", BIT(DATA_INTERVAL_DAY_TIME), FUNC_KEEP},
    {"INTERVAL_MONTH", BIT(DATA_INTERVAL_YEAR_MONTH), FUNC_KEEP},
    {"INTERVAL", INTERVALS, FUNC_KEEP},
    {"ARRAY", BIT(DATA_ARRAY), FUNC_KEEP},
    {"MAP", BIT(DATA_MAP), FUNC_KEEP},
    {"MULTISET", BIT(DATA_MULTISET), FUNC_KEEP},
    {"ROW", BIT(DATA_ROW), FUNC_KEEP},
    {"SYMBOL", BIT(DATA_SYMBOL), FUNC_KEEP},
    {"VARIANT", BIT(DATA_VARIANT), FUNC_KEEP},
    {"BITMAP", BIT(DATA_BITMAP), FUNC_KEEP},
};

static const struct {
    const char *word;
    data_kind kind;
    uint32_t kinds;
} simple_types[] = {
    {"TINYINT", DATA_TINYINT, BIT(DATA_TINYINT)},
    {"SMALLINT", DATA_SMALLINT, BIT(DATA_TINYINT) | BIT(DATA_SMALLINT)},
    /* A BIGINT where an INT is expected is narrowed, as Flink's generated code does. */
    {"INT", DATA_INT, INTEGERS},
    {"BIGINT", DATA_BIGINT, INTEGERS},
    {"FLOAT", DATA_FLOAT, NUMBERS},
    {"DOUBLE", DATA_DOUBLE, NUMBERS},
};

static const struct {
    const char *word;
    func_result_rule rule;
} result_rules[] = {
    {"COMMON", FUNC_RESULT_COMMON},
    {"ARITHMETIC", FUNC_RESULT_ARITHMETIC},
    {"VARYING", FUNC_RESULT_VARYING},
    {"DECIMAL_PLUS", FUNC_RESULT_DECIMAL_PLUS},
    {"DECIMAL_TIMES", FUNC_RESULT_DECIMAL_TIMES},
    {"DECIMAL_DIVIDE", FUNC_RESULT_DECIMAL_DIVIDE},
    {"DECIMAL_MOD", FUNC_RESULT_DECIMAL_MOD},
    {"INFER", FUNC_RESULT_INFER},
};

#define COUNT_OF(array) ((int32_t)(sizeof(array) / sizeof((array)[0])))

/* ---- parsing --------------------------------------------------------------------------------- */

typedef struct reader {
    const char *text, *at;
} reader;

static void skip_blanks(reader *r) {
    while (*r->at == ' ')
        r->at++;
}

static bool take(reader *r, const char *token) {
    skip_blanks(r);
    size_t length = strlen(token);
    if (strncmp(r->at, token, length) != 0)
        return false;
    if (isalpha((unsigned char)token[0]) &&
        (isalnum((unsigned char)r->at[length]) || r->at[length] == '_'))
        return false;
    r->at += length;
    return true;
}

static rask_status damaged(const reader *r, const char *expected, rask_error *err) {
    return rask_error_set(err, RASK_ERROR_INTERNAL, "signature '%s': expected %s at '%s'", r->text,
                          expected, r->at);
}

static bool take_word(reader *r, func_parameter *out) {
    for (int32_t i = 0; i < COUNT_OF(families); i++) {
        if (take(r, families[i].word)) {
            *out = (func_parameter){families[i].kinds, families[i].coercion, NULL};
            return true;
        }
    }
    for (int32_t i = 0; i < COUNT_OF(simple_types); i++) {
        if (take(r, simple_types[i].word)) {
            *out = (func_parameter){simple_types[i].kinds, FUNC_TO_TYPE,
                                    data_type_simple(simple_types[i].kind, true)};
            return true;
        }
    }
    return false;
}

static rask_status parse_parameter(reader *r, func_signature *out, rask_error *err) {
    if (out->count == FUNC_PARAMETERS_MAX)
        return damaged(r, "fewer parameters", err);
    bool common = take(r, "COMMON"), arithmetic = !common && take(r, "ARITHMETIC");
    func_parameter *parameter = &out->parameters[out->count];
    if (!take_word(r, parameter)) {
        if (!common)
            return damaged(r, "a type or family", err);
        *parameter = (func_parameter){EVERY_KIND, FUNC_TO_COMMON, NULL};
    }
    if (common)
        parameter->coercion = FUNC_TO_COMMON;
    if (arithmetic)
        parameter->coercion = FUNC_TO_ARITHMETIC;
    out->count++;
    return RASK_OK;
}

static rask_status parse_item(reader *r, func_signature *out, rask_error *err) {
    int32_t start = out->count;
    bool group = take(r, "(");
    do {
        RASK_TRY(parse_parameter(r, out, err));
    } while (group && take(r, ","));
    if (group && !take(r, ")"))
        return damaged(r, "')'", err);
    if (take(r, "...")) {
        out->repeat_start = start;
        out->repeat_count = out->count - start;
    } else if (group) {
        return damaged(r, "'...'", err);
    }
    return RASK_OK;
}

static rask_status parse_result(reader *r, func_signature *out, rask_error *err) {
    skip_blanks(r);
    if (strncmp(r->at, "ARG", 3) == 0 && isdigit((unsigned char)r->at[3])) {
        out->rule = FUNC_RESULT_ARGUMENT;
        out->result_argument = r->at[3] - '0';
        r->at += 4;
        return RASK_OK;
    }
    for (int32_t i = 0; i < COUNT_OF(result_rules); i++) {
        if (take(r, result_rules[i].word)) {
            out->rule = result_rules[i].rule;
            return RASK_OK;
        }
    }
    /* A type: all up to a trailing NULL or NOT NULL, which parse_nulls reads. */
    const char *end = strstr(r->at, " NOT NULL");
    if (end == NULL)
        end = strstr(r->at, " NULL");
    if (end == NULL)
        end = r->at + strlen(r->at);
    out->rule = FUNC_RESULT_TYPE;
    RASK_TRY(data_type_parse(r->at, end - r->at, NULL, &out->result_type, err));
    out->result_type = data_type_with_null(out->result_type, true);
    r->at = end;
    return RASK_OK;
}

static rask_status parse_nulls(reader *r, func_signature *out, rask_error *err) {
    if (take(r, "NOT NULL"))
        out->nulls = FUNC_NULL_NEVER;
    else if (take(r, "NULL IF ALL"))
        out->nulls = FUNC_NULL_IF_ALL;
    else if (take(r, "NULL IF ANY"))
        out->nulls = FUNC_NULL_IF_ANY;
    else if (take(r, "NULL"))
        out->nulls = FUNC_NULL_ALWAYS;
    skip_blanks(r);
    return *r->at == '\0' ? RASK_OK : damaged(r, "the end", err);
}

rask_status func_signature_parse(const char *text, func_signature *out, rask_error *err) {
    reader r = {text, text};
    memset(out, 0, sizeof *out);
    if (!take(&r, "("))
        return damaged(&r, "'('", err);
    if (!take(&r, ")")) {
        do {
            RASK_TRY(parse_item(&r, out, err));
        } while (take(&r, ","));
        if (!take(&r, ")"))
            return damaged(&r, "')'", err);
    }
    if (!take(&r, "->"))
        return damaged(&r, "'->'", err);
    RASK_TRY(parse_result(&r, out, err));
    return parse_nulls(&r, out, err);
}

/* ---- fitting arguments ----------------------------------------------------------------------- */

bool func_signature_takes(const func_signature *signature, int32_t count) {
    if (signature->repeat_count == 0)
        return count == signature->count;
    return count >= signature->count && (count - signature->count) % signature->repeat_count == 0;
}

const func_parameter *func_signature_parameter(const func_signature *signature, int32_t index,
                                               int32_t count) {
    int32_t extra = count - signature->count; /* how much the repetition adds */
    int32_t repeat_end = signature->repeat_start + signature->repeat_count + extra;
    if (signature->repeat_count == 0 || index < signature->repeat_start)
        return &signature->parameters[index];
    if (index >= repeat_end)
        return &signature->parameters[index - extra];
    return &signature->parameters[signature->repeat_start +
                                  (index - signature->repeat_start) % signature->repeat_count];
}

/* The arguments under one coercion, so that a rule over all of them can be applied at once. */
static int32_t gather(const func_signature *signature, func_coercion coercion,
                      const data_type *const *types, int32_t count, const data_type **out,
                      int32_t *places) {
    int32_t found = 0;
    for (int32_t i = 0; i < count; i++) {
        if (func_signature_parameter(signature, i, count)->coercion != coercion)
            continue;
        places[found] = i;
        out[found++] = types[i];
    }
    return found;
}

static bool match_common(const func_signature *signature, const data_type *const *types,
                         int32_t count, const data_type **parameter_types) {
    const data_type *found[FUNC_ARGS_MAX];
    int32_t places[FUNC_ARGS_MAX];
    int32_t n = gather(signature, FUNC_TO_COMMON, types, count, found, places);
    if (n == 0)
        return true;
    const data_type *common = func_common_type(found, n);
    if (common == NULL)
        return false;
    for (int32_t i = 0; i < n; i++)
        parameter_types[places[i]] = data_type_with_null(common, found[i]->nullable);
    return true;
}

static bool match_arithmetic(const func_signature *signature, const data_type *const *types,
                             int32_t count, const data_type **parameter_types) {
    const data_type *found[FUNC_ARGS_MAX];
    int32_t places[FUNC_ARGS_MAX];
    int32_t n = gather(signature, FUNC_TO_ARITHMETIC, types, count, found, places);
    for (int32_t i = 0; i < n; i++) {
        const data_type *type = func_arithmetic_type(found[0], found[n - 1]);
        parameter_types[places[i]] = data_type_with_null(type, found[i]->nullable);
    }
    return true;
}

/* The common type of values to compare, where text beside something else is read as that. */
static const data_type *common_comparable(const data_type *const *types, int32_t count) {
    const data_type *other = NULL, *read[FUNC_ARGS_MAX];
    for (int32_t i = 0; i < count && other == NULL; i++)
        if (!data_kind_is_string(types[i]->kind) && types[i]->kind != DATA_NULL)
            other = types[i];
    for (int32_t i = 0; i < count; i++)
        read[i] = other != NULL && data_kind_is_string(types[i]->kind) ? other : types[i];
    return func_common_type(read, count);
}

/* Two sides by the rule of comparisons; more of them by their common type. */
static bool match_comparable(const func_signature *signature, const data_type *const *types,
                             int32_t count, bool equality, const data_type **parameter_types) {
    const data_type *found[FUNC_ARGS_MAX], *ignored;
    int32_t places[FUNC_ARGS_MAX];
    int32_t n = gather(signature, FUNC_TO_COMPARABLE, types, count, found, places);
    if (n == 2)
        return func_comparison_types(found[0], found[1], equality, &parameter_types[places[0]],
                                     &parameter_types[places[1]]);
    for (int32_t i = 1; i < n; i++)
        if (!func_comparison_types(found[0], found[i], equality, &ignored, &ignored))
            return false;
    if (n == 0)
        return true;
    const data_type *common = common_comparable(found, n);
    if (common == NULL)
        return false;
    for (int32_t i = 0; i < n; i++)
        parameter_types[places[i]] = data_type_with_null(common, found[i]->nullable);
    return true;
}

bool func_parameter_takes(const func_parameter *parameter, data_kind kind) {
    return (parameter->kinds & BIT(kind)) != 0;
}

/* A bare NULL takes the parameter's type; only where any type goes is it accepted. */
static bool match_one(const func_parameter *parameter, const data_type *type,
                      const data_type **out) {
    if (!func_parameter_takes(parameter, type->kind))
        return false;
    if (parameter->coercion == FUNC_TO_TYPE)
        *out = data_type_with_null(parameter->type, type->nullable);
    else if (parameter->coercion == FUNC_TO_DECIMAL)
        *out = func_decimal_of(type);
    else
        *out = type;
    return true;
}

bool func_signature_match(const func_signature *signature, const data_type *const *types,
                          int32_t count, bool equality, const data_type **parameter_types,
                          int32_t *casts) {
    if (!func_signature_takes(signature, count))
        return false;
    for (int32_t i = 0; i < count; i++)
        if (!match_one(func_signature_parameter(signature, i, count), types[i],
                       &parameter_types[i]))
            return false;
    if (!match_common(signature, types, count, parameter_types) ||
        !match_arithmetic(signature, types, count, parameter_types) ||
        !match_comparable(signature, types, count, equality, parameter_types))
        return false;
    *casts = 0;
    for (int32_t i = 0; i < count; i++)
        *casts += parameter_types[i] != types[i];
    return true;
}

/* ---- results --------------------------------------------------------------------------------- */

static const data_type *common_parameter(const func_signature *signature,
                                         const data_type *const *parameter_types, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        func_coercion coercion = func_signature_parameter(signature, i, count)->coercion;
        if (coercion == FUNC_TO_COMMON || coercion == FUNC_TO_COMPARABLE)
            return parameter_types[i];
    }
    return parameter_types[0];
}

/* VARCHAR of the length of the first text argument. */
static const data_type *varying_type(const data_type *const *types, int32_t count) {
    int32_t i = 0;
    while (i + 1 < count && !data_kind_is_string(types[i]->kind))
        i++;
    return data_type_sized(DATA_VARCHAR, types[i]->length, true);
}

static const data_type *result_before_nulls(const func_signature *signature,
                                            const data_type *const *types,
                                            const data_type *const *parameter_types,
                                            int32_t count) {
    switch (signature->rule) {
    case FUNC_RESULT_TYPE:
        return signature->result_type;
    case FUNC_RESULT_ARGUMENT:
        return parameter_types[signature->result_argument];
    case FUNC_RESULT_COMMON:
        return common_parameter(signature, parameter_types, count);
    case FUNC_RESULT_ARITHMETIC:
        return parameter_types[0];
    case FUNC_RESULT_DECIMAL_PLUS:
        return func_decimal_plus_type(types[0], types[1]);
    case FUNC_RESULT_DECIMAL_TIMES:
        return func_decimal_times_type(types[0], types[1]);
    case FUNC_RESULT_DECIMAL_DIVIDE:
        return func_decimal_divide_type(types[0], types[1]);
    case FUNC_RESULT_DECIMAL_MOD:
        return func_decimal_mod_type(types[0], types[1]);
    case FUNC_RESULT_VARYING:
        return varying_type(types, count);
    case FUNC_RESULT_INFER:
        break;
    }
    return data_type_simple(DATA_NULL, true);
}

static bool decides_null(const func_signature *signature, int32_t index, int32_t count) {
    if (signature->rule != FUNC_RESULT_COMMON || signature->nulls == FUNC_NULL_IF_ANY)
        return true;
    func_coercion coercion = func_signature_parameter(signature, index, count)->coercion;
    return coercion == FUNC_TO_COMMON || coercion == FUNC_TO_COMPARABLE;
}

static bool result_nullable(const func_signature *signature, const data_type *const *types,
                            int32_t count) {
    int32_t deciding = 0, nullable = 0;
    for (int32_t i = 0; i < count; i++) {
        if (!decides_null(signature, i, count))
            continue;
        deciding++;
        nullable += types[i]->nullable || types[i]->kind == DATA_NULL;
    }
    switch (signature->nulls) {
    case FUNC_NULL_ALWAYS:
        return true;
    case FUNC_NULL_NEVER:
        return false;
    case FUNC_NULL_IF_ALL:
        return nullable == deciding;
    case FUNC_NULL_BY_RULE:
    case FUNC_NULL_IF_ANY:
        break;
    }
    return nullable > 0;
}

const data_type *func_signature_result(const func_signature *signature,
                                       const data_type *const *types,
                                       const data_type *const *parameter_types, int32_t count) {
    const data_type *type = result_before_nulls(signature, types, parameter_types, count);
    return data_type_with_null(type, result_nullable(signature, types, count));
}
