/* Hot loops of + - * / % and unary minus over integers and floating point.
 *
 * Integers wrap around as Java's do, so they are computed unsigned.  Division and remainder look at
 * each row: a zero divisor in a row that is not NULL ends the job. */
#include "func/hot.h"

#include "func/kernel_arithmetic.h"

#include <math.h>

#include "func/loops.h"

#define WRAPPING(op_sign)                                                                          \
    switch (call->args[0]->physical) {                                                             \
    case DATA_PHYSICAL_I8:                                                                         \
        FUNC_BINARY_LOOPS(call, uint8_t, uint8_t, x op_sign y);                                    \
        break;                                                                                     \
    case DATA_PHYSICAL_I16:                                                                        \
        FUNC_BINARY_LOOPS(call, uint16_t, uint16_t, (uint32_t)x op_sign(uint32_t) y);              \
        break;                                                                                     \
    case DATA_PHYSICAL_I32:                                                                        \
        FUNC_BINARY_LOOPS(call, uint32_t, uint32_t, x op_sign y);                                  \
        break;                                                                                     \
    case DATA_PHYSICAL_I64:                                                                        \
        FUNC_BINARY_LOOPS(call, uint64_t, uint64_t, x op_sign y);                                  \
        break;                                                                                     \
    case DATA_PHYSICAL_F32:                                                                        \
        FUNC_BINARY_LOOPS(call, float, float, x op_sign y);                                        \
        break;                                                                                     \
    case DATA_PHYSICAL_F64:                                                                        \
        FUNC_BINARY_LOOPS(call, double, double, x op_sign y);                                      \
        break;                                                                                     \
    default:                                                                                       \
        break; /* a bare NULL: the result is null already */                                       \
    }

rask_status func_kernel_plus(func_call *call, rask_error *err) {
    WRAPPING(+)
    return RASK_OK;
}

rask_status func_kernel_minus(func_call *call, rask_error *err) {
    WRAPPING(-)
    return RASK_OK;
}

rask_status func_kernel_times(func_call *call, rask_error *err) {
    WRAPPING(*)
    return RASK_OK;
}

rask_status func_kernel_negate(func_call *call, rask_error *err) {
    switch (call->args[0]->physical) {
    case DATA_PHYSICAL_I8:
        FUNC_UNARY_LOOP(call, uint8_t, uint8_t, 0u - x);
        break;
    case DATA_PHYSICAL_I16:
        FUNC_UNARY_LOOP(call, uint16_t, uint16_t, 0u - x);
        break;
    case DATA_PHYSICAL_I32:
        FUNC_UNARY_LOOP(call, uint32_t, uint32_t, 0u - x);
        break;
    case DATA_PHYSICAL_I64:
        FUNC_UNARY_LOOP(call, uint64_t, uint64_t, 0u - x);
        break;
    case DATA_PHYSICAL_F32:
        FUNC_UNARY_LOOP(call, float, float, -x);
        break;
    case DATA_PHYSICAL_F64:
        FUNC_UNARY_LOOP(call, double, double, -x);
        break;
    default:
        break;
    }
    return RASK_OK;
}

/* ---- division -------------------------------------------------------------------------------- */

static rask_status division_by_zero(func_call *call, int32_t row, rask_error *err) {
    func_failed_at(call, row);
    return rask_error_set(err, RASK_ERROR_RUNTIME, "/ by zero");
}

/* The divisor -1 apart, because the smallest integer has no opposite (Java wraps). */
#define INTEGER_DIVISION(In, Out, expression, minus_one)                                           \
    do {                                                                                           \
        const In *left = call->args[0]->values, *right = call->args[1]->values;                    \
        Out *out = call->result->values;                                                           \
        FUNC_EACH_ROW (call, row) {                                                                \
            const In x = left[func_at(call->args[0], row)];                                        \
            const In y = right[func_at(call->args[1], row)];                                       \
            if (__builtin_expect(y == 0, 0)) {                                                     \
                if (func_row_is_live(call, row))                                                   \
                    return division_by_zero(call, row, err);                                       \
                out[row] = 0;                                                                      \
            } else if (y == -1) {                                                                  \
                out[row] = (Out)(minus_one);                                                       \
            } else {                                                                               \
                out[row] = (Out)(expression);                                                      \
            }                                                                                      \
        }                                                                                          \
    } while (0)

#define DIVIDE(type, unsigned_type)                                                                \
    INTEGER_DIVISION(type, type, x / y, (unsigned_type)0 - (unsigned_type)x)

rask_status func_kernel_divide(func_call *call, rask_error *err) {
    switch (call->args[0]->physical) {
    case DATA_PHYSICAL_I8:
        DIVIDE(int8_t, uint8_t);
        break;
    case DATA_PHYSICAL_I16:
        DIVIDE(int16_t, uint16_t);
        break;
    case DATA_PHYSICAL_I32:
        DIVIDE(int32_t, uint32_t);
        break;
    case DATA_PHYSICAL_I64:
        DIVIDE(int64_t, uint64_t);
        break;
    case DATA_PHYSICAL_F32:
        FUNC_BINARY_LOOPS(call, float, float, x / y);
        break;
    case DATA_PHYSICAL_F64:
        FUNC_BINARY_LOOPS(call, double, double, x / y);
        break;
    default:
        break;
    }
    return RASK_OK;
}

/* The result of a % b has b's type, which may be narrower than the one it is computed in. */
#define REMAINDER_INTO(In, Out) INTEGER_DIVISION(In, Out, x % y, 0)
#define REMAINDER(In)                                                                              \
    switch (call->result->physical) {                                                              \
    case DATA_PHYSICAL_I8:                                                                         \
        REMAINDER_INTO(In, int8_t);                                                                \
        break;                                                                                     \
    case DATA_PHYSICAL_I16:                                                                        \
        REMAINDER_INTO(In, int16_t);                                                               \
        break;                                                                                     \
    case DATA_PHYSICAL_I32:                                                                        \
        REMAINDER_INTO(In, int32_t);                                                               \
        break;                                                                                     \
    default:                                                                                       \
        REMAINDER_INTO(In, int64_t);                                                               \
        break;                                                                                     \
    }

rask_status func_kernel_remainder(func_call *call, rask_error *err) {
    switch (call->args[0]->physical) {
    case DATA_PHYSICAL_I8:
        REMAINDER_INTO(int8_t, int8_t);
        break;
    case DATA_PHYSICAL_I16:
        REMAINDER(int16_t);
        break;
    case DATA_PHYSICAL_I32:
        REMAINDER(int32_t);
        break;
    case DATA_PHYSICAL_I64:
        REMAINDER(int64_t);
        break;
    case DATA_PHYSICAL_F32:
        FUNC_BINARY_LOOPS(call, float, float, fmodf(x, y));
        break;
    case DATA_PHYSICAL_F64:
        FUNC_BINARY_LOOPS(call, double, double, fmod(x, y));
        break;
    default:
        break;
    }
    return RASK_OK;
}
