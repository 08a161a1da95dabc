/* Functions over doubles (roots, powers, logarithms, angles), random numbers, and number bases.
 *
 * Arguments of any numeric type are cast to DOUBLE by the signature.  SQRT is a power of one half,
 * as in Flink, so that SQRT(-Infinity) is Infinity and SQRT(-0.0) is 0.0. */
#include <math.h>
#include <stdatomic.h>

#include "base/world.h"
#include "func/loops.h"
#include "func/table.h"

#define DEGREES_PER_RADIAN 57.29577951308232
#define RADIANS_PER_DEGREE 0.017453292519943295

#define UNARY(function, expression)                                                                \
    static rask_status function(func_call *call, rask_error *err) {                                \
        FUNC_UNARY_LOOP(call, double, double, expression);                                         \
        return RASK_OK;                                                                            \
    }
#define BINARY(function, expression)                                                               \
    static rask_status function(func_call *call, rask_error *err) {                                \
        FUNC_BINARY_LOOPS(call, double, double, expression);                                       \
        return RASK_OK;                                                                            \
    }

/* The exponential of Java's StrictMath, whose last digit differs from the C library's here and
 * there: x = k ln 2 + r with |r| <= ln 2 / 2, and a rational approximation for r. */
static double java_exp(double x) {
    const double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;
    const double p[] = {1.66666666666666019037e-01, -2.77777777770155933842e-03,
                        6.61375632143793436117e-05, -1.65339022054652515390e-06,
                        4.13813679705723846039e-08};
    double magnitude = fabs(x), high = x, low = 0;
    int k = 0;
    if (magnitude > 0.5 * M_LN2) {
        k = magnitude < 1.5 * M_LN2 ? (x > 0 ? 1 : -1) : (int)(M_LOG2E * x + (x > 0 ? 0.5 : -0.5));
        high = x - k * ln2_high;
        low = k * ln2_low;
    }
    double r = high - low, t = r * r;
    double c = r - t * (p[0] + t * (p[1] + t * (p[2] + t * (p[3] + t * p[4]))));
    if (k == 0)
        return 1 - ((r * c) / (c - 2) - r);
    return ldexp(1 - ((low - (r * c) / (2 - c)) - high), k);
}

/* COSH goes through that exponential in Java where neither it nor its reciprocal is negligible. */
static double java_cosh(double x) {
    const double reciprocal_matters_max = 22;
    double magnitude = fabs(x);
    if (!(magnitude >= 0.5 * M_LN2 && magnitude < reciprocal_matters_max))
        return cosh(x);
    double t = java_exp(magnitude);
    return 0.5 * t + 0.5 / t;
}

UNARY(square_root, pow(x, 0.5))
UNARY(exponential, exp(x))
UNARY(natural_log, log(x))
UNARY(log_10, log10(x))
UNARY(log_2, log(x) / M_LN2)
BINARY(log_of_base, log(y) / log(x))
BINARY(power, pow(x, y))
UNARY(sine, sin(x))
UNARY(cosine, cos(x))
UNARY(tangent, tan(x))
UNARY(cotangent, 1.0 / tan(x))
UNARY(arc_sine, asin(x))
UNARY(arc_cosine, acos(x))
UNARY(arc_tangent, atan(x))
BINARY(arc_tangent_2, atan2(x, y))
UNARY(hyperbolic_sine, sinh(x))
UNARY(hyperbolic_cosine, java_cosh(x))
UNARY(hyperbolic_tangent, tanh(x))
UNARY(to_degrees, x *DEGREES_PER_RADIAN)
UNARY(to_radians, x *RADIANS_PER_DEGREE)

static rask_status fill(func_call *call, double value) {
    double *out = call->result->values;
    FUNC_ROWS_CHEAP(call, row, out[row] = value);
    return RASK_OK;
}

static rask_status pi(func_call *call, rask_error *err) {
    return fill(call, M_PI);
}

static rask_status euler(func_call *call, rask_error *err) {
    return fill(call, M_E);
}

/* ---- random numbers -------------------------------------------------------------------------- */

/* java.util.Random: a 48-bit linear congruential generator, so that a seed gives Flink's numbers.
 */
#define JAVA_MULTIPLIER 0x5DEECE66DULL
#define JAVA_MASK ((1ULL << 48) - 1)

static uint64_t java_seed(int32_t seed) {
    return ((uint64_t)(int64_t)seed ^ JAVA_MULTIPLIER) & JAVA_MASK;
}

static int32_t java_next(uint64_t *state, int bits) {
    *state = (*state * JAVA_MULTIPLIER + 0xB) & JAVA_MASK;
    return (int32_t)((int64_t)*state >> (48 - bits));
}

static double java_double(uint64_t *state) {
    int64_t high = (int64_t)java_next(state, 26) << 27;
    return (double)(high + java_next(state, 27)) * 0x1.0p-53;
}

static int32_t java_below(uint64_t *state, int32_t bound) {
    int32_t value = java_next(state, 31);
    if ((bound & (bound - 1)) == 0)
        return (int32_t)(((int64_t)bound * value) >> 31);
    for (int32_t bits = value;
         (int32_t)((uint32_t)bits - (uint32_t)(value = bits % bound) + (uint32_t)(bound - 1)) < 0;)
        bits = java_next(state, 31);
    return value;
}

/* The generator of a literal seed goes on from batch to batch.  Tasks that share a program share
 * it; a race only repeats numbers. */
typedef struct generator {
    _Atomic uint64_t state;
} generator;

static rask_status prepare_seed(base_arena *arena, const func_infer_call *call,
                                const void **prepared, rask_error *err) {
    const data_value *seed = call->literals[0];
    *prepared = NULL;
    if (seed != NULL && !seed->is_null) {
        generator *g = BASE_ARENA_NEW(arena, generator);
        atomic_init(&g->state, java_seed((int32_t)seed->i64));
        *prepared = g;
    }
    return RASK_OK;
}

/* The state before row `row`: the running one, or that of the row's own seed. */
static uint64_t row_state(const func_call *call, uint64_t running, int32_t row) {
    return call->prepared != NULL ? running : java_seed(func_arg_i32(call, 0, row));
}

static rask_status rand_seeded(func_call *call, rask_error *err) {
    generator *g = (generator *)call->prepared;
    uint64_t state = g != NULL ? atomic_load(&g->state) : 0;
    double *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        state = row_state(call, state, row);
        out[row] = java_double(&state);
    }
    if (g != NULL)
        atomic_store(&g->state, state);
    return RASK_OK;
}

static uint64_t world_next(const func_call *call) {
    const base_random *random = call->context->world->random;
    return random->next(random->self);
}

static rask_status rand_any(func_call *call, rask_error *err) {
    double *out = call->result->values;
    FUNC_EACH_ROW (call, row)
        out[row] = (double)(world_next(call) >> 11) * 0x1.0p-53;
    return RASK_OK;
}

static rask_status check_bound(func_call *call, int32_t bound, int32_t row, rask_error *err) {
    if (bound > 0)
        return RASK_OK;
    func_failed_at(call, row);
    return rask_error_set(err, RASK_ERROR_RUNTIME, "bound must be positive");
}

static rask_status rand_integer(func_call *call, rask_error *err) {
    int32_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        int32_t bound = func_arg_i32(call, 0, row);
        RASK_TRY(check_bound(call, bound, row, err));
        out[row] = (int32_t)(((world_next(call) >> 32) * (uint64_t)bound) >> 32);
    }
    return RASK_OK;
}

static rask_status rand_integer_seeded(func_call *call, rask_error *err) {
    generator *g = (generator *)call->prepared;
    uint64_t state = g != NULL ? atomic_load(&g->state) : 0;
    int32_t *out = call->result->values;
    FUNC_EACH_LIVE_ROW(call, row) {
        int32_t bound = func_arg_i32(call, 1, row);
        RASK_TRY(check_bound(call, bound, row, err));
        state = row_state(call, state, row);
        out[row] = java_below(&state, bound);
    }
    if (g != NULL)
        atomic_store(&g->state, state);
    return RASK_OK;
}

static rask_status uuid(func_call *call, rask_error *err) {
    enum { UUID_LENGTH = 36 };
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * UUID_LENGTH, err));
    FUNC_EACH_ROW (call, row) {
        char written[UUID_LENGTH + 1];
        base_uuid(call->context->world, written);
        status = func_text_set(&text, row, written, UUID_LENGTH, err);
        if (status != RASK_OK)
            break;
    }
    return func_text_finish(&text, status, err);
}

/* ---- number bases ---------------------------------------------------------------------------- */

/* The digits of the 64-bit pattern, without leading zeros. */
static rask_status write_digits(func_call *call, int32_t bits, rask_error *err) {
    const data_column *in = call->args[0];
    const int64_t *values = in->values;
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        char digits[64];
        int32_t at = 64;
        uint64_t value = (uint64_t)values[func_at(in, row)];
        do {
            digits[--at] = "0123456789ABCDEF"[value & ((1u << bits) - 1)];
            value >>= bits;
        } while (value != 0);
        status = func_text_set(&text, row, digits + at, 64 - at, err);
        if (status != RASK_OK)
            break;
    }
    return func_text_finish(&text, status, err);
}

static rask_status bin(func_call *call, rask_error *err) {
    return write_digits(call, 1, err);
}

static rask_status hex_of_integer(func_call *call, rask_error *err) {
    return write_digits(call, 4, err);
}

static rask_status hex_of_text(func_call *call, rask_error *err) {
    const data_column *in = call->args[0];
    const data_string *views = in->values;
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = &views[func_at(in, row)];
        const uint8_t *bytes = (const uint8_t *)data_string_bytes(s);
        char *out;
        status = func_text_room(&text, (int64_t)s->length * 2, &out, err);
        if (status != RASK_OK)
            break;
        for (uint32_t i = 0; i < s->length; i++) {
            out[2 * i] = "0123456789ABCDEF"[bytes[i] >> 4];
            out[2 * i + 1] = "0123456789ABCDEF"[bytes[i] & 15];
        }
        func_text_advance(&text, (int64_t)s->length * 2);
        func_text_end_row(&text, row);
    }
    return func_text_finish(&text, status, err);
}

static int32_t hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes into `out`; an odd first digit stands alone.  False where a character is no digit. */
static bool decode_hex(const data_string *s, char *out, int64_t *size) {
    const char *in = data_string_bytes(s);
    uint32_t at = 0;
    *size = 0;
    if (s->length % 2 == 1) {
        if (hex_digit(in[at]) < 0)
            return false;
        /* Flink loses the digit and keeps a zero byte when it stands alone. */
        out[(*size)++] = s->length == 1 ? 0 : (char)hex_digit(in[at]);
        at++;
    }
    for (; at < s->length; at += 2) {
        int32_t high = hex_digit(in[at]), low = hex_digit(in[at + 1]);
        if (high < 0 || low < 0)
            return false;
        out[(*size)++] = (char)(high * 16 + low);
    }
    return true;
}

static rask_status unhex(func_call *call, rask_error *err) {
    const data_column *in = call->args[0];
    const data_string *views = in->values;
    func_text text;
    rask_status status = RASK_OK;
    RASK_TRY(func_text_begin(&text, call, (int64_t)call->row_count * 16, err));
    FUNC_EACH_LIVE_ROW(call, row) {
        const data_string *s = &views[func_at(in, row)];
        char *out;
        int64_t size;
        status = func_text_room(&text, s->length / 2 + 1, &out, err);
        if (status != RASK_OK)
            break;
        if (decode_hex(s, out, &size)) {
            func_text_advance(&text, size);
            func_text_end_row(&text, row);
        } else {
            data_column_set_null(call->result, row);
        }
    }
    return func_text_finish(&text, status, err);
}

/* ---- rows ------------------------------------------------------------------------------------ */

enum { PURE = FUNC_TAKES_CONSTANT | FUNC_TAKES_DICTIONARY };

#define ONE(function_name, api_name, function, words, text, value)                                 \
    {                                                                                              \
        .name = function_name, .sig = "(DOUBLE) -> DOUBLE", .flags = PURE, .kernel = function,     \
        .api = api_name, .category = "arithmetic", .forms = "'" function_name "(<NUMERIC>)'",      \
        .doc = words, .example = text, .result = value, .cost = 10                                 \
    }
#define TWO(function_name, api_name, function, words, text, value)                                 \
    {                                                                                              \
        .name = function_name, .sig = "(DOUBLE, DOUBLE) -> DOUBLE", .flags = FUNC_TAKES_CONSTANT,  \
        .kernel = function, .api = api_name, .category = "arithmetic",                             \
        .forms = "'" function_name "(<NUMERIC>, <NUMERIC>)'", .doc = words, .example = text,       \
        .result = value, .cost = 20                                                                \
    }

static const func_row rows[] = {
    ONE("SQRT", "sqrt", square_root, "Square root.", "SQRT(2)", "1.4142135623730951"),
    ONE("EXP", "exp", exponential, "Euler's number to the power of the argument.", "EXP(0)", "1.0"),
    ONE("LN", "ln", natural_log, "Natural logarithm.", "LN(1)", "0.0"),
    ONE("LOG10", "log10", log_10, "Logarithm to base 10.", "LOG10(1000)", "3.0"),
    ONE("LOG2", "log2", log_2, "Logarithm to base 2.", "LOG2(8)", "3.0"),
    {.name = "LOG",
     .sig = "(DOUBLE) -> DOUBLE",
     .flags = PURE,
     .kernel = natural_log,
     .api = "log",
     .category = "arithmetic",
     .forms = "'LOG(<NUMERIC>)'\n'LOG(<NUMERIC>, <NUMERIC>)'",
     .doc = "Natural logarithm.",
     .example = "LOG(1)",
     .result = "0.0",
     .cost = 10},
    {.name = "LOG",
     .sig = "(DOUBLE, DOUBLE) -> DOUBLE",
     .flags = FUNC_TAKES_CONSTANT,
     .kernel = log_of_base,
     .category = "arithmetic",
     .doc = "Logarithm of the second argument to the base given first.",
     .example = "LOG(2, 8)",
     .result = "3.0",
     .cost = 20},
    TWO("POWER", "power", power, "The first argument to the power of the second.", "POWER(2, 3)",
        "8.0"),
    ONE("SIN", "sin", sine, "Sine.", "SIN(0)", "0.0"),
    ONE("COS", "cos", cosine, "Cosine.", "COS(0)", "1.0"),
    ONE("TAN", "tan", tangent, "Tangent.", "TAN(0)", "0.0"),
    ONE("COT", "cot", cotangent, "Cotangent.", "COT(1)", "0.6420926159343306"),
    ONE("ASIN", "asin", arc_sine, "Arc sine.", "ASIN(0)", "0.0"),
    ONE("ACOS", "acos", arc_cosine, "Arc cosine.", "ACOS(1)", "0.0"),
    ONE("ATAN", "atan", arc_tangent, "Arc tangent.", "ATAN(0)", "0.0"),
    TWO("ATAN2", "atan2", arc_tangent_2, "Arc tangent of the point (y, x).", "ATAN2(0, 1)", "0.0"),
    ONE("SINH", "sinh", hyperbolic_sine, "Hyperbolic sine.", "SINH(0)", "0.0"),
    ONE("COSH", "cosh", hyperbolic_cosine, "Hyperbolic cosine.", "COSH(0)", "1.0"),
    ONE("TANH", "tanh", hyperbolic_tangent, "Hyperbolic tangent.", "TANH(0)", "0.0"),
    ONE("DEGREES", "degrees", to_degrees, "Radians to degrees.", "DEGREES(PI())", "180.0"),
    ONE("RADIANS", "radians", to_radians, "Degrees to radians.", "RADIANS(180)",
        "3.141592653589793"),
    {.name = "PI",
     .sig = "() -> DOUBLE",
     .kernel = pi,
     .api = "pi",
     .category = "arithmetic",
     .forms = "'PI()'",
     .doc = "The circle number.",
     .example = "PI()",
     .result = "3.141592653589793"},
    {.name = "E",
     .sig = "() -> DOUBLE",
     .kernel = euler,
     .api = "e",
     .category = "arithmetic",
     .forms = "'E()'",
     .doc = "Euler's number.",
     .example = "E()",
     .result = "2.718281828459045"},

    {.name = "RAND",
     .sig = "() -> DOUBLE",
     .flags = FUNC_NOT_DETERMINISTIC,
     .kernel = rand_any,
     .api = "rand",
     .category = "arithmetic",
     .forms = "'RAND()'\n'RAND(<NUMERIC>)'",
     .doc = "A random number of at least 0 and less than 1.",
     .cost = 4},
    {.name = "RAND",
     .sig = "(INT) -> DOUBLE",
     .flags = FUNC_NOT_DETERMINISTIC,
     .kernel = rand_seeded,
     .prepare = prepare_seed,
     .category = "arithmetic",
     .doc = "A random number from a generator that starts from the seed.",
     .cost = 4},
    {.name = "RAND_INTEGER",
     .sig = "(INT) -> INT",
     .flags = FUNC_NOT_DETERMINISTIC | FUNC_CAN_FAIL,
     .kernel = rand_integer,
     .api = "rand_integer",
     .aliases = "randInteger",
     .category = "arithmetic",
     .forms = "'RAND_INTEGER(<NUMERIC>)'\n'RAND_INTEGER(<NUMERIC>, <NUMERIC>)'",
     .doc = "A random integer of at least 0 and less than the bound.",
     .cost = 4},
    {.name = "RAND_INTEGER",
     .sig = "(INT, INT) -> INT",
     .flags = FUNC_NOT_DETERMINISTIC | FUNC_CAN_FAIL,
     .kernel = rand_integer_seeded,
     .prepare = prepare_seed,
     .aliases = "randInteger",
     .category = "arithmetic",
     .doc = "A random integer below a bound from a generator that starts from the seed.",
     .cost = 4},
    {.name = "UUID",
     .sig = "() -> CHAR(36)",
     .flags = FUNC_NOT_DETERMINISTIC,
     .kernel = uuid,
     .api = "uuid",
     .category = "arithmetic",
     .forms = "'UUID()'",
     .doc = "A random UUID as text.",
     .cost = 20},

    {.name = "BIN",
     .sig = "(BIGINT) -> STRING",
     .flags = PURE,
     .kernel = bin,
     .api = "bin",
     .category = "arithmetic",
     .forms = "'BIN(<INTEGER>)'",
     .doc = "The binary digits of an integer.",
     .example = "BIN(4)",
     .result = "100",
     .cost = 10},
    {.name = "HEX",
     .sig = "(BIGINT) -> STRING",
     .flags = PURE,
     .kernel = hex_of_integer,
     .api = "hex",
     .category = "arithmetic",
     .forms = "'HEX(<INTEGER>)'\n'HEX(<CHARACTER>)'",
     .doc = "The hexadecimal digits of an integer.",
     .example = "HEX(255)",
     .result = "FF",
     .cost = 10},
    {.name = "HEX",
     .sig = "(STRING) -> STRING",
     .flags = PURE,
     .kernel = hex_of_text,
     .category = "arithmetic",
     .doc = "The hexadecimal digits of a text's bytes.",
     .example = "HEX('abc')",
     .result = "616263",
     .cost = 10},
    {.name = "UNHEX",
     .sig = "(STRING) -> BYTES NULL",
     .flags = PURE | FUNC_NULL_ON_BAD_INPUT,
     .kernel = unhex,
     .api = "unhex",
     .category = "arithmetic",
     .forms = "UNHEX(expr <CHARACTER_STRING>)",
     .doc = "The bytes of hexadecimal digits; NULL where a character is no digit.",
     .example = "CAST(UNHEX('466C') AS STRING)",
     .result = "Fl",
     .cost = 10},
};
FUNC_FAMILY(func_math_family, rows);
