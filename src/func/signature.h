/* Signatures of functions, parsed from their text.
 *
 *     signature  = "(" [ item { "," item } ] ")" "->" result
 *     item       = parameter [ "..." ] | "(" parameter { "," parameter } ")..."
 *     parameter  = [ "COMMON" ] word
 *     result     = ( type | ARG0 .. ARG9 | COMMON | DECIMAL_PLUS | DECIMAL_TIMES | DECIMAL_DIVIDE |
 *                    DECIMAL_MOD | ARITHMETIC | VARYING | INFER )
 *                  [ "NULL" | "NOT NULL" | "NULL IF ALL" | "NULL IF ANY" ]
 *
 * A parameter word is a family (ANY, VALUE, NUMERIC, INTEGER, STRING, ...: the argument keeps its
 * own type; only ANY and a lone COMMON take a bare NULL) or a simple type (INT, DOUBLE, DECIMAL,
 * BIGINT, ...: the argument is cast to it implicitly; an integer becomes the DECIMAL of its
 * digits).  COMMON casts all parameters so marked to their common type; COMPARABLE stands for
 * COMMON over values that can be compared with each other; ARITHMETIC NUMERIC for the type an
 * operator computes in.  "..." repeats what stands before it one or more times; at most one item
 * repeats.
 *
 * VARYING is a VARCHAR of the length of the first text argument.
 *
 * A result is nullable when any argument is (for the result COMMON: any argument of that type; with
 * NULL IF ANY all of them count), unless the text says otherwise. */
#ifndef FUNC_SIGNATURE_H
#define FUNC_SIGNATURE_H

#include "func/func.h"

enum { FUNC_PARAMETERS_MAX = 12 };

typedef enum func_coercion {
    FUNC_KEEP,          /* the argument's own type */
    FUNC_TO_TYPE,       /* cast to `type` */
    FUNC_TO_DECIMAL,    /* integers become decimals */
    FUNC_TO_COMMON,     /* cast to the common type of all such parameters */
    FUNC_TO_COMPARABLE, /* made comparable with the other such parameters */
    FUNC_TO_ARITHMETIC  /* cast to the type of an arithmetic operator over both */
} func_coercion;

typedef struct func_parameter {
    uint32_t kinds; /* accepted: bit set of data_kind */
    func_coercion coercion;
    const data_type *type; /* FUNC_TO_TYPE, nullable */
} func_parameter;

typedef enum func_result_rule {
    FUNC_RESULT_TYPE,
    FUNC_RESULT_ARGUMENT,
    FUNC_RESULT_COMMON,
    FUNC_RESULT_DECIMAL_PLUS,
    FUNC_RESULT_DECIMAL_TIMES,
    FUNC_RESULT_DECIMAL_DIVIDE,
    FUNC_RESULT_DECIMAL_MOD,
    FUNC_RESULT_ARITHMETIC,
    FUNC_RESULT_VARYING,
    FUNC_RESULT_INFER
} func_result_rule;

typedef enum func_result_nulls {
    FUNC_NULL_BY_RULE, /* as any argument that the result rule looks at */
    FUNC_NULL_IF_ANY,
    FUNC_NULL_IF_ALL,
    FUNC_NULL_ALWAYS,
    FUNC_NULL_NEVER
} func_result_nulls;

typedef struct func_signature {
    func_parameter parameters[FUNC_PARAMETERS_MAX];
    int32_t count;
    int32_t repeat_start, repeat_count; /* repeat_count 0 = nothing repeats */
    func_result_rule rule;
    const data_type *result_type; /* FUNC_RESULT_TYPE, nullable */
    int32_t result_argument;      /* FUNC_RESULT_ARGUMENT */
    func_result_nulls nulls;
} func_signature;

rask_status func_signature_parse(const char *text, func_signature *out, rask_error *err);
bool func_signature_takes(const func_signature *signature, int32_t count);
/* The parameter for argument `index` of `count`. */
const func_parameter *func_signature_parameter(const func_signature *signature, int32_t index,
                                               int32_t count);

bool func_parameter_takes(const func_parameter *parameter, data_kind kind);

/* How well arguments fit: writes the type every argument is to be cast to.  `casts` counts the
 * arguments that change.  False = they do not fit. */
bool func_signature_match(const func_signature *signature, const data_type *const *types,
                          int32_t count, bool equality, const data_type **parameter_types,
                          int32_t *casts);
/* The result type for matched parameter types; FUNC_RESULT_INFER is the caller's. */
const data_type *func_signature_result(const func_signature *signature,
                                       const data_type *const *types,
                                       const data_type *const *parameter_types, int32_t count);

#endif
